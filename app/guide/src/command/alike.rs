//! The grammar matched by sound: which command's phrase an utterance comes nearest to, and how near. Must not know what is
//! done with a near command.
//!
//! Words run together as they do in speech, so that `neck step` is near `next step`. A word that was heard for sure weighs
//! more where it does not fit than one that was guessed.

use std::sync::LazyLock;

use super::{
    Command,
    grammar::{self, Part},
    number,
    sound::{Cost, Phone, lone, phones, swap},
};

/// What costs more than so many hundredths of everything that was heard is near nothing.
const WORTH: Cost = 45;

/// How near two commands came.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Nearest {
    /// The nearest command.
    pub command: Command,
    /// 1 where it sounds the same, 0 where nothing fits.
    pub likeness: f32,
    /// The likeness of the nearest phrase of any other command.
    pub other: f32,
    /// Phones that were heard.
    pub length: usize,
}

/// A phone that was heard, and how much it weighs where it does not fit, in hundredths.
#[derive(Clone, Copy, Debug)]
struct Heard {
    phone: Phone,
    weight: Cost,
}

/// A place of a phrase in phones.
struct Place {
    optional: bool,
    /// A step number stands here.
    number: bool,
    words: Vec<Vec<Phone>>,
}

struct Phrase {
    places: Vec<Place>,
    /// `None` for a step whose number is heard.
    command: Option<Command>,
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let phrases = grammar::PHRASES.iter();
    phrases.map(|(phrase, command)| Phrase { places: places(phrase), command: command.clone() }).collect()
});

/// Numbers of steps that are told apart by sound.
static NUMBERS: LazyLock<Vec<(String, Vec<Phone>)>> =
    LazyLock::new(|| (1..=40).map(|n| (n.to_string(), phones(&number::in_words(n)))).collect());

fn places(phrase: &[Part]) -> Vec<Place> {
    phrase
        .iter()
        .map(|part| Place {
            optional: part.optional,
            number: part.alternatives == ["#"],
            words: part.alternatives.iter().map(|word| phones(word)).collect(),
        })
        .collect()
}

/// The command whose phrase the words come nearest to. Each word comes with how sure it is, 0 to 1.
pub(super) fn nearest(words: &[(String, f32)]) -> Option<Nearest> {
    let mut best: Vec<(Command, Cost)> = Vec::new();
    let mut note = |command: Command, cost: Cost| {
        // Two steps are two commands: one number must not pass for another.
        match best.iter_mut().find(|(known, _)| *known == command) {
            Some((_, least)) => *least = cost.min(*least),
            None => best.push((command, cost)),
        }
    };
    let heard = heard(words);
    if heard.is_empty() {
        return None;
    }
    // A number that was heard as one keeps its digits: only what stands before it is matched by sound.
    let tails: Vec<(usize, String)> = (1..words.len())
        .filter_map(|from| {
            let tail: Vec<String> = words[from..].iter().map(|(word, _)| word.clone()).collect();
            Some((from, number::step_number(&tail)?))
        })
        .collect();
    let whole: Cost = heard.iter().map(|heard| lone(heard.phone)).sum();
    let most = whole * WORTH / 100;
    for phrase in PHRASES.iter() {
        let at = phrase.places.iter().position(|place| place.number && !place.optional);
        let places = &phrase.places[..at.unwrap_or(phrase.places.len())];
        let Some(before) = walk(places, start(&heard), &heard, most) else { continue };
        if let Some(command) = &phrase.command {
            note(command.clone(), last(&before));
            continue;
        }
        for (step, sound) in NUMBERS.iter() {
            note(Command::GoToStep(step.clone()), last(&along(before.clone(), sound, &heard)));
        }
        for (from, step) in &tails {
            let head = self::heard(&words[..*from]);
            if let Some(column) = walk(places, start(&head), &head, most) {
                note(Command::GoToStep(step.clone()), last(&column));
            }
        }
    }
    best.sort_by_key(|(_, cost)| *cost);
    let likeness = |cost: Cost| 1.0 - (cost as f32 / whole as f32).min(1.0);
    let other = best.get(1).map_or(0.0, |(_, cost)| likeness(*cost));
    let (command, cost) = best.into_iter().next()?;
    Some(Nearest { command, likeness: likeness(cost), other, length: heard.len() })
}

fn heard(words: &[(String, f32)]) -> Vec<Heard> {
    words
        .iter()
        .flat_map(|(word, sure)| {
            let weight = 60 + (sure.clamp(0.0, 1.0) * 70.0) as Cost;
            phones(word).into_iter().map(move |phone| Heard { phone, weight })
        })
        .collect()
}

/// The costs of having heard the first n phones, for every n. At the start nothing of the phrase is said.
type Column = Vec<Cost>;

fn start(heard: &[Heard]) -> Column {
    let mut column = vec![0];
    for one in heard {
        column.push(column[column.len() - 1] + lone(one.phone) * one.weight / 100);
    }
    column
}

/// Through the places of a phrase; `None` where that costs more than `most` however it goes on. A number that may be left
/// out is.
fn walk(places: &[Place], mut column: Column, heard: &[Heard], most: Cost) -> Option<Column> {
    for place in places {
        let mut next: Option<Column> = place.optional.then(|| column.clone());
        if !place.number {
            for word in &place.words {
                let through = along(column.clone(), word, heard);
                next = Some(match next {
                    Some(other) => other.into_iter().zip(through).map(|(a, b)| a.min(b)).collect(),
                    None => through,
                });
            }
        }
        column = next?;
        // Costs only grow.
        if column.iter().all(|cost| *cost > most) {
            return None;
        }
    }
    Some(column)
}

/// Through the phones of a word.
fn along(mut column: Column, word: &[Phone], heard: &[Heard]) -> Column {
    for said in word {
        let mut diagonal = column[0];
        column[0] += lone(*said);
        for (index, one) in heard.iter().enumerate() {
            let missed = column[index + 1] + lone(*said);
            let added = column[index] + lone(one.phone) * one.weight / 100;
            let swapped = diagonal + swap(*said, one.phone) * one.weight / 100;
            diagonal = column[index + 1];
            column[index + 1] = missed.min(added).min(swapped);
        }
    }
    column
}

fn last(column: &[Cost]) -> Cost {
    column.last().copied().unwrap_or(Cost::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(said: &str, sure: f32) -> Nearest {
        let words: Vec<(String, f32)> = said.split(' ').map(|word| (word.to_owned(), sure)).collect();
        nearest(&words).unwrap()
    }

    #[test]
    fn what_is_said_exactly_is_the_nearest() {
        for (said, command) in [
            ("next step", Command::Next),
            ("go back", Command::Back),
            ("say that again", Command::Repeat),
            ("i acknowledge the warning", Command::Acknowledge),
            ("how many steps are left", Command::Remaining),
            ("go to step seventeen", Command::GoToStep("17".into())),
            ("go to step 3.2", Command::GoToStep("3.2".into())),
        ] {
            let found = near(said, 0.9);
            assert_eq!(found.command, command, "{said}");
            assert!(found.likeness > 0.999 && found.other < 0.95, "{said}: {found:?}");
        }
    }

    #[test]
    fn misheard_commands_are_near_what_was_said() {
        for (said, command) in [
            ("necks step", Command::Next),
            ("next tep", Command::Next),
            ("what is the talk", Command::Torque),
            ("repeet dat", Command::Repeat),
            ("how many stops are left", Command::Remaining),
            ("which tool do i knee", Command::Tools),
            ("show the finger", Command::Figure),
            ("go to step ate teen", Command::GoToStep("18".into())),
        ] {
            let found = near(said, 0.3);
            assert_eq!(found.command, command, "{said}: {found:?}");
            assert!(found.likeness > 0.75, "{said}: {found:?}");
        }
    }

    #[test]
    fn sure_words_weigh_more_than_guessed_ones() {
        assert!(near("show the filter", 1.0).likeness < near("show the filter", 0.1).likeness);
    }

    #[test]
    fn it_is_quick() {
        let words = "what do you think about the weather in the mountains this week";
        let started = std::time::Instant::now();
        let _near = near(words, 0.5);
        assert!(started.elapsed().as_millis() < 500);
    }
}
