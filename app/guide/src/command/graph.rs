//! The closed grammar as a graph of words, for recognizers that can listen for what stands on it. Must not know recognizers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use serde::{Deserialize, Serialize};

use super::{
    CONTRACTIONS,
    grammar::{LEADING, PHRASES, Part, TRAILING},
    number,
};

/// Which words may follow which: a path from state 0 to a state that ends is an utterance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordGraph {
    /// Of each state the words that may come, each once, and the state that they lead to.
    pub next: Vec<Vec<(String, u32)>>,
    /// Of each state: may the utterance end there?
    pub ends: Vec<bool>,
}

impl WordGraph {
    /// True where nothing stands on it.
    pub fn is_empty(&self) -> bool {
        self.next.iter().all(Vec::is_empty)
    }

    /// The same with these lines on it too, each by itself.
    #[must_use]
    pub fn with<'a>(&self, lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut graph = self.clone();
        if graph.next.is_empty() {
            graph.next.push(Vec::new());
            graph.ends.push(false);
        }
        for line in lines {
            let mut state = 0;
            for word in line.split_whitespace() {
                // Other paths lead through the state as well: the line goes on from a copy of it.
                let edge = graph.next[state].iter().position(|(own, _)| own == word);
                let (next, ends) = match edge.map(|edge| graph.next[state][edge].1 as usize) {
                    Some(old) => (graph.next[old].clone(), graph.ends[old]),
                    None => (Vec::new(), false),
                };
                let copy = graph.next.len();
                graph.next.push(next);
                graph.ends.push(ends);
                match edge {
                    Some(edge) => graph.next[state][edge].1 = copy as u32,
                    None => graph.next[state].push((word.to_owned(), copy as u32)),
                }
                state = copy;
            }
            graph.ends[state] |= state != 0;
        }
        graph
    }
}

/// Every command as it may be said: with politeness around it, contracted or not, step numbers in words. What stands on it is
/// a command to [`super::parse`], but for numbers that are none.
pub fn word_graph() -> Arc<WordGraph> {
    static GRAPH: LazyLock<Arc<WordGraph>> = LazyLock::new(|| Arc::new(build()));
    Arc::clone(&GRAPH)
}

/// Words that a step number may have.
const NUMBER_WORDS: u8 = 3;

/// A place in the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Before the command.
    Before,
    /// In a leading phrase: which, and how many of its words are said.
    Leading(usize, usize),
    /// In a phrase: which, and at which of its parts.
    Phrase(usize, usize),
    /// In the step number at a part of a phrase, with so many of its words said.
    Number(usize, usize, u8),
    /// After the command.
    After,
    /// In a trailing phrase.
    Trailing(usize, usize),
}

fn build() -> WordGraph {
    let phrases: Vec<&[Part]> = PHRASES.iter().map(|(phrase, _)| phrase.as_slice()).collect();
    let start = closed(&phrases, [Place::Before]);
    let mut states = BTreeMap::from([(start.clone(), 0_u32)]);
    let mut waiting = vec![start];
    let mut graph = WordGraph::default();
    let mut at = 0;
    // States are numbered in the order in which they are found.
    while let Some(places) = waiting.get(at).cloned() {
        at += 1;
        let mut next: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
        for place in &places {
            for (word, to) in steps(&phrases, *place) {
                next.entry(word).or_default().insert(to);
            }
        }
        graph.ends.push(places.contains(&Place::After));
        let mut edges = Vec::new();
        for (word, to) in next {
            let to = closed(&phrases, to);
            let fresh = states.len() as u32;
            let number = *states.entry(to.clone()).or_insert_with(|| {
                waiting.push(to);
                fresh
            });
            edges.push((word, number));
        }
        graph.next.push(edges);
    }
    graph
}

/// The places, and those that are reached from them without a word.
fn closed(phrases: &[&[Part]], places: impl IntoIterator<Item = Place>) -> BTreeSet<Place> {
    let mut found = BTreeSet::new();
    let mut open: Vec<Place> = places.into_iter().collect();
    while let Some(place) = open.pop() {
        if !found.insert(place) {
            continue;
        }
        match place {
            Place::Before => {
                open.extend((0..LEADING.len()).map(|phrase| Place::Leading(phrase, 0)));
                open.extend((0..phrases.len()).map(|phrase| Place::Phrase(phrase, 0)));
            }
            Place::After => open.extend((0..TRAILING.len()).map(|phrase| Place::Trailing(phrase, 0))),
            Place::Phrase(phrase, at) => match phrases[phrase].get(at) {
                None => open.push(Place::After),
                Some(part) if part.optional => open.push(Place::Phrase(phrase, at + 1)),
                Some(_) => {}
            },
            Place::Number(phrase, at, said) if said > 0 => open.push(Place::Phrase(phrase, at + 1)),
            Place::Leading(..) | Place::Trailing(..) | Place::Number(..) => {}
        }
    }
    found
}

/// The words that may be said at a place, and where each leads.
fn steps(phrases: &[&[Part]], place: Place) -> Vec<(String, Place)> {
    let around = |list: &[&str], phrase: usize, said: usize, on: fn(usize, usize) -> Place, then: Place| {
        let words: Vec<&str> = list[phrase].split(' ').collect();
        let to = |said: usize| if said < words.len() { on(phrase, said) } else { then };
        let mut found = vec![(words[said].to_owned(), to(said + 1))];
        if let Some(second) = words.get(said + 1) {
            found.extend(short_for(&[words[said]], &[*second]).map(|short| (short.to_owned(), to(said + 2))));
        }
        found
    };
    match place {
        Place::Leading(phrase, said) => around(LEADING, phrase, said, Place::Leading, Place::Before),
        Place::Trailing(phrase, said) => around(TRAILING, phrase, said, Place::Trailing, Place::After),
        Place::Phrase(phrase, at) => match phrases[phrase].get(at) {
            None => Vec::new(),
            Some(part) if part.alternatives == ["#"] => steps(phrases, Place::Number(phrase, at, 0)),
            Some(part) => {
                let plain = part.alternatives.iter().map(|word| ((*word).to_owned(), Place::Phrase(phrase, at + 1)));
                plain.chain(contracted(phrases, phrase, at, part)).collect()
            }
        },
        Place::Number(phrase, at, said) if said < NUMBER_WORDS => {
            number::words_said().map(|word| (word.to_owned(), Place::Number(phrase, at, said + 1))).collect()
        }
        Place::Before | Place::After | Place::Number(..) => Vec::new(),
    }
}

/// One word for this part's and the next one's.
fn contracted(phrases: &[&[Part]], phrase: usize, at: usize, part: &Part) -> Vec<(String, Place)> {
    let mut found = Vec::new();
    for (after, following) in phrases[phrase].iter().enumerate().skip(at + 1) {
        let short = short_for(&part.alternatives, &following.alternatives);
        found.extend(short.map(|short| (short.to_owned(), Place::Phrase(phrase, after + 1))));
        if !following.optional {
            break;
        }
    }
    found
}

/// The short forms of two words, one of each list, as they are written.
fn short_for(firsts: &[&str], seconds: &[&str]) -> impl Iterator<Item = &'static str> {
    CONTRACTIONS.iter().filter_map(move |(short, long)| match long {
        [first, second] if firsts.contains(first) && seconds.contains(second) && short.contains('\'') => Some(*short),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{Command, parse, phrases::HEARD},
        *,
    };

    /// Whether words stand on the graph.
    fn stands(graph: &WordGraph, words: &str) -> bool {
        let mut state = 0_usize;
        for word in words.split(' ') {
            let Some((_, next)) = graph.next[state].iter().find(|(own, _)| own == word) else { return false };
            state = *next as usize;
        }
        graph.ends[state]
    }

    #[test]
    fn what_is_a_command_stands_on_it() {
        let graph = word_graph();
        let mut tried = 0;
        for (said, _) in HEARD {
            let plain = said.to_lowercase().replace([',', '.', '?', '!'], "");
            if !plain.contains(|c: char| c.is_ascii_digit()) {
                tried += 1;
                assert!(stands(&graph, &plain), "{said}");
            }
        }
        assert!(tried > 50, "{tried}");
        for said in ["okay what's the torque", "go to step twenty one please", "i don't think so"] {
            assert_eq!(stands(&graph, said), parse(said).is_some(), "{said}");
        }
        for said in ["drain the water separator", "next to the filter", "please", "go to step"] {
            assert!(!stands(&graph, said), "{said}");
        }
    }

    #[test]
    fn lines_are_put_on_it_and_nothing_else_with_them() {
        let graph = word_graph().with(["all are met", "mark one", "mark two", "all right then open it"]);
        for said in ["all are met", "mark two", "all right then open it", "go back", "all done"] {
            assert!(stands(&graph, said), "{said}");
        }
        for said in ["all are", "are met", "mark", "mark one two", "go back are met"] {
            assert!(!stands(&graph, said), "{said}");
        }
        for (said, _) in HEARD {
            let plain = said.to_lowercase().replace([',', '.', '?', '!'], "");
            assert_eq!(stands(&graph, &plain), stands(&word_graph(), &plain), "{said}");
        }
        assert!(stands(&WordGraph::default().with(["yes"]), "yes"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever path is taken: it is a command, or its step number is none.
        #[test]
        fn what_stands_on_it_is_a_command(turns in prop::collection::vec(any::<prop::sample::Index>(), 1..14)) {
            let graph = word_graph();
            let (mut state, mut words) = (0_usize, Vec::new());
            for turn in turns {
                if graph.next[state].is_empty() {
                    break;
                }
                let (word, next) = &graph.next[state][turn.index(graph.next[state].len())];
                words.push(word.clone());
                state = *next as usize;
                if graph.ends[state] {
                    let said = words.join(" ");
                    let numbered = words.iter().any(|word| number::words_said().any(|own| own == word));
                    prop_assert!(numbered || parse(&said).is_some(), "{said}");
                    if let Some(command) = parse(&said) {
                        prop_assert!(parse(&command.phrase()) == Some(command.clone()) || command == Command::Stop);
                    }
                }
            }
        }
    }
}
