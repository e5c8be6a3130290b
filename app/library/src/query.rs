//! A question as concepts: what must be covered by whatever answers it, each with its synonyms and its weight.
//! Must not know how passages are ranked.

use std::collections::BTreeSet;

use crate::{
    index::{Entry, Library, Vocabulary},
    question::{Wanted, action},
    words::{Word, WordKind, is_everyday},
};

/// A question, read.
#[derive(Debug)]
pub(crate) struct Query {
    /// What would answer.
    pub(crate) wanted: Wanted,
    /// What must be covered.
    pub(crate) concepts: Vec<Concept>,
    /// Neighboring words of the question that stand side by side somewhere in the manuals, with their weight.
    pub(crate) pairs: Vec<((u32, u32), f32)>,
    /// The weight of neighboring words that no manual has side by side: `cylinder head` where there are cylinders and
    /// filter heads only.
    pub(crate) unheard: f32,
    /// Terms to search, with boosts.
    pub(crate) terms: Vec<(String, f32)>,
    /// The terms of the question alone, for a search without structure and synonyms.
    pub(crate) plain: Vec<(String, f32)>,
    /// The words, for matching names of variants.
    pub(crate) words: Vec<Word>,
}

/// One thing the question speaks of.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what a word of a question is, each yes or no")]
pub(crate) struct Concept {
    /// Ways to say it, each as terms; `None` for a term no manual here has.
    pub(crate) ways: Vec<Vec<Option<u32>>>,
    /// How much it tells.
    pub(crate) weight: f32,
    /// The words of the question.
    pub(crate) said: String,
    /// True where no way of saying it is in the manuals.
    pub(crate) unknown: bool,
    /// True where it names an action asked for.
    pub(crate) acts: bool,
    /// True for a word of everyday speech.
    pub(crate) chatter: bool,
    /// True for a name of letters and digits or in capitals: another equipment, if unknown.
    pub(crate) name: bool,
}

/// Neighboring words weigh this much of a word of theirs, beside their own weights.
const PAIRS: f32 = 0.3;
/// Neighboring words that are nowhere side by side weigh this much of a word of theirs.
const UNHEARD: f32 = 0.6;
/// A word of everyday speech weighs this much of what it would in a manual's own words.
const EVERYDAY: f32 = 0.25;
/// An unknown word weighs this much of the rarest known one: it may be the thing asked for, or chatter.
const UNKNOWN: f32 = 0.5;

impl Concept {
    /// How far a set of terms covers it, 0 to 1.
    pub(crate) fn covered(&self, vocabulary: &Vocabulary, sets: &[&BTreeSet<u32>]) -> f32 {
        let has = |id: u32| sets.iter().any(|set| set.contains(&id));
        self.ways.iter().map(|way| share(vocabulary, way, &has)).fold(0.0, f32::max)
    }
}

fn share(vocabulary: &Vocabulary, way: &[Option<u32>], has: &dyn Fn(u32) -> bool) -> f32 {
    let mut all = 0.0;
    let mut have = 0.0;
    for id in way {
        let weight = vocabulary.weight(*id);
        all += weight;
        if id.is_some_and(has) {
            have += weight;
        }
    }
    if all > 0.0 { have / all } else { 0.0 }
}

impl Query {
    /// Reads a question against a library. `elsewhere` marks words that are met outside of the passages' words: the
    /// name of a variant is met by applicability.
    pub(crate) fn new(library: &Library, question: &str, words: &[Word], elsewhere: &[bool]) -> Self {
        let wanted = Wanted::of(question, words);
        let capitals: BTreeSet<String> = question
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 2 && word.chars().filter(|c| c.is_uppercase()).count() > 1)
            .map(str::to_lowercase)
            .collect();
        let mut query = Self {
            wanted,
            concepts: Vec::new(),
            pairs: Vec::new(),
            unheard: 0.0,
            terms: Vec::new(),
            plain: Vec::new(),
            words: words.to_vec(),
        };
        let matches = library.phrases.matches(words);
        let mut taken = elsewhere.to_vec();
        taken.resize(words.len(), false);
        for found in &matches {
            taken[found.words.clone()].fill(true);
            let said = &words[found.words.clone()];
            let matter: Vec<String> =
                said.iter().filter(|word| is_matter(word)).map(|word| word.term.clone()).collect();
            let mut ways = found.means.clone();
            ways.extend((!matter.is_empty()).then_some(matter));
            let spoken = said.iter().map(|word| word.word.as_str()).collect::<Vec<_>>().join(" ");
            query.add_concept(library, &ways, spoken, false);
            for means in &found.means {
                if query.wanted.task {
                    query.wanted.actions.extend(means.iter().filter_map(|term| action(term)));
                }
                for term in means {
                    query.add_term(term, 0.6);
                }
            }
        }
        let mut at = 0;
        while at < words.len() {
            let word = &words[at];
            let boost = match word.kind {
                _ if elsewhere.get(at).copied().unwrap_or(false) => 0.0,
                WordKind::Filler => 0.0,
                WordKind::Light | WordKind::Unit => 0.3,
                WordKind::CodePart => 0.5,
                WordKind::Number(_) => 0.7,
                WordKind::Plain | WordKind::Code | WordKind::Value => 1.0,
            };
            if boost > 0.0 {
                query.add_term(&word.term, boost);
                query.plain.push((word.term.clone(), 1.0));
            }
            if taken[at] {
                at += 1;
                continue;
            }
            let rest = |kind: fn(&WordKind) -> bool| {
                words[at + 1..].iter().take_while(move |word| kind(&word.kind)).map(|word| word.term.clone())
            };
            match word.kind {
                // Chatter that no manual has tells nothing.
                WordKind::Plain if library.vocabulary.id(&word.term).is_none() && is_everyday(&word.word) => {}
                WordKind::Plain => {
                    let name = capitals.contains(&word.word);
                    query.add_concept(library, &[vec![word.term.clone()]], word.word.clone(), name);
                }
                WordKind::Number(_) => {
                    let value = words[at + 1..].iter().take(2).find(|word| word.kind == WordKind::Value);
                    let way = vec![value.map_or_else(|| word.term.clone(), |value| value.term.clone())];
                    query.add_concept(library, &[way], word.word.clone(), false);
                }
                WordKind::Code => {
                    let parts: Vec<String> = rest(|kind| *kind == WordKind::CodePart).collect();
                    let mut ways = vec![vec![word.term.clone()]];
                    // `Mk1` for `Mk 1`; a part of a long number alone names nothing.
                    if parts.len() == 2 {
                        ways.push(parts);
                    }
                    query.add_concept(library, &ways, word.word.clone(), true);
                }
                WordKind::Filler | WordKind::Light | WordKind::Value | WordKind::Unit | WordKind::CodePart => {}
            }
            at += 1;
        }
        query.add_pairs(library, &taken);
        query
    }

    /// How much of the question's weight these sets cover, 0 to 1.
    pub(crate) fn coverage(&self, vocabulary: &Vocabulary, sets: &[&BTreeSet<u32>]) -> f32 {
        self.coverage_beside(vocabulary, sets, &BTreeSet::new())
    }

    /// The same, where what stands just before counts half.
    pub(crate) fn coverage_beside(
        &self,
        vocabulary: &Vocabulary,
        sets: &[&BTreeSet<u32>],
        beside: &BTreeSet<u32>,
    ) -> f32 {
        let all: f32 = self.concepts.iter().map(|concept| concept.weight).sum::<f32>() + self.unheard;
        let have: f32 = self
            .concepts
            .iter()
            .map(|concept| {
                let here = concept.covered(vocabulary, sets);
                let near = if here < 1.0 { 0.5 * concept.covered(vocabulary, &[beside]) } else { 0.0 };
                concept.weight * here.max(near)
            })
            .sum();
        if all > 0.0 { have / all } else { 0.0 }
    }

    /// Coverage by a passage, where words that stand side by side in the question and in the manual should do so in it.
    pub(crate) fn coverage_in_place(&self, coverage: f32, entry: &Entry) -> f32 {
        let concepts: f32 = self.concepts.iter().map(|concept| concept.weight).sum::<f32>() + self.unheard;
        let pairs: f32 = PAIRS * self.pairs.iter().map(|(_, weight)| weight).sum::<f32>();
        if concepts <= 0.0 {
            coverage
        } else {
            (coverage * concepts + self.pairs_covered(entry) * pairs) / (concepts + pairs)
        }
    }

    /// The most telling thing of the question that the manual knows; `None` where everything is chatter or action.
    pub(crate) fn most_telling(&self) -> Option<&Concept> {
        let things = self.concepts.iter().filter(|concept| !concept.unknown && !concept.acts && !concept.chatter);
        things.max_by(|a, b| a.weight.total_cmp(&b.weight))
    }

    /// How many things the question speaks of.
    pub(crate) fn things(&self) -> usize {
        self.concepts.iter().filter(|concept| !concept.acts && !concept.chatter).count()
    }

    /// How much of what is acted on is covered, 0 to 1: the concepts that name no action.
    pub(crate) fn things_covered(&self, vocabulary: &Vocabulary, sets: &[&BTreeSet<u32>]) -> f32 {
        let things = self.concepts.iter().filter(|concept| !concept.acts);
        let all: f32 = things.clone().map(|concept| concept.weight).sum();
        let have: f32 = things.map(|concept| concept.weight * concept.covered(vocabulary, sets)).sum();
        if all > 0.0 { have / all } else { 1.0 }
    }

    /// How much of the question's compounds (`injection line nuts`) stand side by side in a passage, 0 to 1; 1 without any.
    pub(crate) fn pairs_covered(&self, entry: &Entry) -> f32 {
        let all: f32 = self.pairs.iter().map(|(_, weight)| weight).sum();
        if all <= 0.0 {
            return 1.0;
        }
        let here = self.pairs.iter().filter(|(pair, _)| entry.pairs.contains(pair));
        here.map(|(_, weight)| weight).sum::<f32>() / all
    }

    fn add_term(&mut self, term: &str, boost: f32) {
        match self.terms.iter_mut().find(|(known, _)| known == term) {
            Some((_, known)) => *known = known.max(boost),
            None => self.terms.push((term.to_owned(), boost)),
        }
    }

    fn add_concept(&mut self, library: &Library, ways: &[Vec<String>], said: String, name: bool) {
        let vocabulary = &library.vocabulary;
        let ways: Vec<Vec<Option<u32>>> =
            ways.iter().map(|way| way.iter().map(|term| vocabulary.id(term)).collect()).collect();
        let known: Vec<&Vec<Option<u32>>> = ways.iter().filter(|way| way.iter().all(Option::is_some)).collect();
        let mean =
            |way: &[Option<u32>]| way.iter().map(|id| vocabulary.weight(*id)).sum::<f32>() / way.len().max(1) as f32;
        let unknown = known.is_empty();
        // What can be said in several ways tells as much as the plainest of them that the manual knows.
        let weight = if unknown {
            vocabulary.weight(None)
                * match said.chars().next() {
                    _ if name => 1.5,
                    // A value that no manual has is not chatter.
                    Some(first) if first.is_ascii_digit() && said.contains(' ') => 1.0,
                    _ => UNKNOWN,
                }
        } else {
            known.iter().map(|way| mean(way)).fold(f32::INFINITY, f32::min)
        };
        // `how tight`, `what size`: what it says of the kind of answer is checked as such.
        let asks = ["how ", "what ", "which "].iter().any(|word| said.starts_with(word));
        let chatter = asks || (ways.len() == 1 && is_everyday(&said));
        let weight = if chatter { EVERYDAY * weight } else { weight };
        if self.concepts.iter().any(|concept| concept.ways == ways && concept.said == said) {
            return;
        }
        let acts = said
            .split(' ')
            .any(|word| action(&library.analyzer.stem(word)).is_some_and(|act| self.wanted.actions.contains(act)));
        self.concepts.push(Concept { ways, weight, said, unknown, acts, chatter, name });
    }

    /// Neighboring words of matter, no filler between, name one thing together.
    fn add_pairs(&mut self, library: &Library, taken: &[bool]) {
        let vocabulary = &library.vocabulary;
        for at in 1..self.words.len() {
            let (a, b) = (&self.words[at - 1], &self.words[at]);
            let plain = |word: &Word| word.kind == WordKind::Plain;
            // `element tightened`, `replace bolts`: a verb beside a noun names nothing.
            let verb =
                |word: &Word| word.word.ends_with("ed") || word.word.ends_with("ing") || action(&word.term).is_some();
            if is_everyday(&a.word)
                || is_everyday(&b.word)
                || !plain(a)
                || !plain(b)
                || verb(a)
                || verb(b)
                || taken[at]
                || taken[at - 1]
            {
                continue;
            }
            let Some(pair) = vocabulary.id(&a.term).zip(vocabulary.id(&b.term)) else { continue };
            let weight = 0.5 * (vocabulary.weight(Some(pair.0)) + vocabulary.weight(Some(pair.1)));
            if vocabulary.pair_count(pair) > 0 {
                self.pairs.push((pair, weight));
            } else {
                self.unheard += UNHEARD * weight;
            }
        }
    }
}

fn is_matter(word: &Word) -> bool {
    matches!(word.kind, WordKind::Plain | WordKind::Number(_) | WordKind::Code)
}
