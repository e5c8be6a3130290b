//! The closed grammar of commands. It never waits for a model. Must not know how commands reach us.

mod alike;
mod grammar;
pub mod graph;
pub mod heard;
mod number;
#[cfg(test)]
mod phrases;
mod sound;

use serde::{Deserialize, Serialize};

use self::grammar::{LEADING, PHRASES, TRAILING};

/// What a user can order. The word that acknowledges a warning is not the word that advances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Advance to the next step.
    Next,
    /// Return to the step before.
    Back,
    /// Show and say the step again.
    Repeat,
    /// Go to the step with this number (as displayed: `3`, `3.2`, or the m of "step n of m").
    GoToStep(String),
    /// Show the alerts of this step and procedure again.
    ShowWarning,
    /// Acknowledge the alert shown.
    Acknowledge,
    /// Which tools, supplies and spares?
    Tools,
    /// Which torque?
    Torque,
    /// How many steps are left?
    Remaining,
    /// Show or hide the figure.
    Figure,
    /// Stop talking.
    Stop,
    /// Pause the task.
    Pause,
    /// Resume the task.
    Resume,
    /// Yes.
    Yes,
    /// No.
    No,
}

impl Command {
    /// The command's name in the public JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Back => "back",
            Self::Repeat => "repeat",
            Self::GoToStep(_) => "go_to_step",
            Self::ShowWarning => "show_warning",
            Self::Acknowledge => "acknowledge",
            Self::Tools => "tools",
            Self::Torque => "torque",
            Self::Remaining => "remaining",
            Self::Figure => "figure",
            Self::Stop => "stop",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Yes => "yes",
            Self::No => "no",
        }
    }

    /// How it is said, so that it can be asked back: [`parse`] takes it for the same command.
    pub fn phrase(&self) -> String {
        match self {
            Self::Next => "next step",
            Self::Back => "go back",
            Self::Repeat => "repeat that",
            Self::GoToStep(number) => return format!("go to step {number}"),
            Self::ShowWarning => "show the warning",
            Self::Acknowledge => "acknowledge",
            Self::Tools => "which tools",
            Self::Torque => "what is the torque",
            Self::Remaining => "how many steps are left",
            Self::Figure => "show the figure",
            Self::Stop => "stop talking",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Yes => "yes",
            Self::No => "no",
        }
        .to_owned()
    }

    /// The command's argument in the public JSON: the step number.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::GoToStep(number) => Some(number),
            _ => None,
        }
    }
}

/// The command that an utterance is; `None` where it is a question, a reply in other words, speech to somebody else, or
/// noise. The whole utterance must be the command, apart from politeness around it.
pub fn parse(utterance: &str) -> Option<Command> {
    let words = words(utterance);
    // A command is short; what is longer is a question or a story.
    if words.is_empty() || words.len() > 16 {
        return None;
    }
    // The fewest words left out first, so that "okay" alone is a yes and "okay next" is a next.
    let fronts = leading_cuts(&words);
    let backs = trailing_cuts(&words);
    fronts
        .iter()
        .flat_map(|front| backs.iter().map(move |back| (*front, *back)))
        .filter(|(front, back)| front < back)
        .find_map(|(front, back)| exact(&words[front..back]))
}

/// The command that exactly these words are.
fn exact(words: &[String]) -> Option<Command> {
    PHRASES.iter().find_map(|(phrase, command)| {
        let heard = grammar::fits(phrase, words)?;
        command.clone().or_else(|| heard.number.map(Command::GoToStep))
    })
}

/// Where the command may begin: at the first word, or after any run of politeness.
fn leading_cuts(words: &[String]) -> Vec<usize> {
    let mut cuts = vec![0];
    let mut next = 0;
    while let Some(&at) = cuts.get(next) {
        for phrase in LEADING {
            let length = phrase.split(' ').count();
            let stands = at + length <= words.len() && phrase.split(' ').zip(&words[at..]).all(|(a, b)| a == b);
            if stands && !cuts.contains(&(at + length)) {
                cuts.push(at + length);
            }
        }
        next += 1;
    }
    cuts
}

/// Where the command may end: at the last word, or before any run of politeness.
fn trailing_cuts(words: &[String]) -> Vec<usize> {
    let mut cuts = vec![words.len()];
    let mut next = 0;
    while let Some(&end) = cuts.get(next) {
        for phrase in TRAILING {
            let length = phrase.split(' ').count();
            let stands = length <= end && phrase.split(' ').zip(&words[end - length..end]).all(|(a, b)| a == b);
            if stands && !cuts.contains(&(end - length)) {
                cuts.push(end - length);
            }
        }
        next += 1;
    }
    cuts
}

/// Short forms, and what they are short for.
const CONTRACTIONS: &[(&str, &[&str])] = &[
    ("what's", &["what", "is"]),
    ("whats", &["what", "is"]),
    ("where's", &["where", "is"]),
    ("that's", &["that", "is"]),
    ("thats", &["that", "is"]),
    ("it's", &["it", "is"]),
    ("there's", &["there", "is"]),
    ("let's", &["let", "us"]),
    ("lets", &["let", "us"]),
    ("i'm", &["i", "am"]),
    ("im", &["i", "am"]),
    ("i've", &["i", "have"]),
    ("ive", &["i", "have"]),
    ("i'd", &["i", "would"]),
    ("we're", &["we", "are"]),
    ("they're", &["they", "are"]),
    ("don't", &["do", "not"]),
    ("dont", &["do", "not"]),
    ("doesn't", &["does", "not"]),
    ("doesnt", &["does", "not"]),
    ("didn't", &["did", "not"]),
    ("didnt", &["did", "not"]),
    ("isn't", &["is", "not"]),
    ("isnt", &["is", "not"]),
    ("aren't", &["are", "not"]),
    ("arent", &["are", "not"]),
    ("wasn't", &["was", "not"]),
    ("wasnt", &["was", "not"]),
    ("hasn't", &["has", "not"]),
    ("haven't", &["have", "not"]),
    ("can't", &["can", "not"]),
    ("cannot", &["can", "not"]),
    ("gonna", &["going", "to"]),
    ("wanna", &["want", "to"]),
];

/// Lower-case words without marks; contractions written out; a number keeps its point.
fn words(utterance: &str) -> Vec<String> {
    let mut words = Vec::new();
    for raw in
        utterance.to_lowercase().replace('’', "'").split(|c: char| c.is_whitespace() || "-,;:!?\"“”()".contains(c))
    {
        let word = raw.trim_matches(|c: char| c == '.' || c == '\'');
        if word.is_empty() {
            continue;
        }
        match CONTRACTIONS.iter().find(|(short, _)| *short == word) {
            Some((_, written)) => words.extend(written.iter().map(|&word| word.to_owned())),
            None => words.push(word.to_owned()),
        }
    }
    words
}
