//! What speech means as a command: certain, uncertain and to be asked back, or none. Must not know recognizers.
//!
//! The closed grammar is matched on the words as they stand, then by sound. Only words as they stand, heard with
//! confidence, acknowledge an alert: nothing that merely sounds so, and nothing asked back.

use serde::{Deserialize, Serialize};

use super::{Command, alike, exact, leading_cuts, number, parse, trailing_cuts, words};

/// Speech that became words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// The words, in order.
    pub words: Vec<HeardWord>,
    /// The natural logarithm of how likely exactly these words are; 0 where the recognizer tells no phrases.
    #[serde(default)]
    pub log: f32,
    /// Phrases of the grammar that were listened for, the likeliest first.
    #[serde(default)]
    pub phrases: Vec<HeardPhrase>,
    /// True where speech went before it, or went on after it, without a pause: perhaps a piece of a sentence.
    #[serde(default)]
    pub amid: bool,
    /// How far the voice stood above the noise, dB; 0 where that is not known.
    #[serde(default)]
    pub above_noise_db: f32,
}

/// A phrase of the grammar, or an awaited reply, that may have been said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeardPhrase {
    /// Its words; a reply stands as it was offered.
    pub text: String,
    /// The natural logarithm of its likelihood.
    pub log: f32,
}

/// One word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeardWord {
    /// As it was written down, with its marks.
    pub word: String,
    /// How sure the recognizer is, 0 to 1.
    pub confidence: f32,
}

/// What was meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// This command.
    Certain {
        /// The command.
        command: Command,
        /// How sure, 0 to 1.
        confidence: f32,
    },
    /// Perhaps this command: it is asked back, and not acted on.
    Uncertain {
        /// The command.
        command: Command,
        /// How sure, 0 to 1.
        confidence: f32,
    },
    /// No command: a question, a reply in other words, speech to somebody else, or noise.
    Other,
}

/// What a command must be to be acted on. Measured, as everything here: see the model card in `assets/models/training`.
struct Asked {
    /// How sure all of its words are together, with the end after them.
    certain: f32,
    /// Where phrases were told, all the ways to say a command may also be this likely together, with such a share of all commands
    /// that may have been said: whether it was "cancel that" or "cancel it" is no doubt.
    any_way: f32,
    ahead: f32,
    /// What changes nothing in the work may be heard with more doubt, where it was this likely and so far ahead.
    harmless: f32,
    any_way_harmless: f32,
    far_ahead: f32,
    /// Its share of all commands that may have been said; a larger one where a step would be taken for done or a choice for made,
    /// and the largest where the work would go on at another step.
    alone: f32,
    binding: f32,
    elsewhere: f32,
    /// Where other words were written down: how likely a command's phrases are together, and its share. Only for what changes nothing.
    beside: Option<(f32, f32)>,
}
/// Beside an engine, where noise and other speech sound like commands.
const IN_NOISE: Asked = Asked {
    certain: 0.5,
    any_way: 0.1,
    ahead: 0.8,
    harmless: 0.4,
    any_way_harmless: 0.01,
    far_ahead: 0.9,
    alone: 0.6,
    binding: 0.8,
    elsewhere: 0.85,
    beside: None,
};
/// Where a voice stands this far above the noise, dB, what is written down is seldom something else.
const QUIET_DB: f32 = 18.0;
const IN_QUIET: Asked = Asked {
    certain: 0.35,
    any_way: 0.04,
    ahead: 0.85,
    harmless: 0.25,
    any_way_harmless: 0.01,
    far_ahead: 0.9,
    alone: 0.5,
    binding: 0.65,
    elsewhere: 0.75,
    beside: Some((0.02, 0.9)),
};
/// To agree, the words or all the ways to say it must be this likely, in quiet too: "that isn't right" may be heard as "that is right".
const CERTAIN_YES: f32 = 0.8;
/// To acknowledge an alert: all the words together, and each of them.
const CERTAIN_ACKNOWLEDGE: f32 = 0.8;
const EACH_OF_ACKNOWLEDGE: f32 = 0.5;
/// A recognizer's likelihoods of phrases are surer than they are right: they count as their so-manieth root.
const FLATTEN: f32 = 1.5;
/// Where phrases are told, the ways to acknowledge may also be this likely, all of them together, and have that share of all
/// commands: whether it was "acknowledge" or "acknowledged" is no doubt.
const ANY_ACKNOWLEDGE: f32 = 0.5;
const ACKNOWLEDGE_ALONE: f32 = 0.9;
/// A reply is taken where it has this share of all that may have been said.
const REPLY_ALONE: f32 = 0.6;
/// Beside other words, a command is asked back from this share of all that may have been said.
const PERHAPS: f32 = 0.8;
/// A reply that is awaited counts so many times as much as what nobody asked for.
const AWAITED: f32 = 6.0;
/// It is taken only where each of its words, and its end, are this likely, as their geometric mean.
const REPLY_AT_ALL: f32 = 0.3;
/// Words as they stand that were heard with less are not even asked back.
const HEARD_AT_ALL: f32 = 0.15;
/// A phrase that sounds so near, and so much nearer than any other command's, is as good as its words.
const SAME: f32 = 0.9;
const SAME_LEAD: f32 = 0.1;
/// Nearer than this is asked back, where no other command is about as near.
const ALIKE: f32 = 0.76;
const ALIKE_LEAD: f32 = 0.03;
/// Shorter words sound like too much else.
const FEWEST_PHONES: usize = 4;
/// Longer utterances are questions or stories.
const MOST_WORDS: usize = 14;

impl Heard {
    /// Words that are all as sure.
    pub fn evenly(text: &str, confidence: f32) -> Self {
        let word = |word: &str| HeardWord { word: word.to_owned(), confidence };
        Self { words: text.split_whitespace().map(word).collect(), ..Self::default() }
    }

    /// The words as a line.
    pub fn text(&self) -> String {
        self.words.iter().map(|word| word.word.trim()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// How sure all of it is together, 0 to 1: the geometric mean, in which one doubtful word counts. 0 where nothing was heard.
    pub fn confidence(&self) -> f32 {
        if self.words.is_empty() {
            return 0.0;
        }
        let logs: f32 = self.words.iter().map(|word| sure(word).max(1e-4).ln()).sum();
        (logs / self.words.len() as f32).exp()
    }

    fn least(&self) -> f32 {
        self.words.iter().map(sure).fold(1.0, f32::min)
    }
}

/// A confidence that is a number from 0 to 1, whatever was written down.
fn sure(word: &HeardWord) -> f32 {
    if word.confidence.is_finite() { word.confidence.clamp(0.0, 1.0) } else { 0.0 }
}

/// The words of a line as they are compared: lower case, without marks, contractions written out, numbers in words.
pub fn words_of(text: &str) -> Vec<String> {
    let spelled = |word: String| match word.parse::<u32>() {
        Ok(number) if number < 100 => number::apart(number),
        _ => vec![word],
    };
    words(text).into_iter().flat_map(spelled).collect()
}

/// What speech means as a command. A piece of speech that goes on is asked back, and only an order to stop is obeyed amid it.
pub fn understand(heard: &Heard) -> Meaning {
    match by_itself(heard) {
        Meaning::Certain { command, confidence } if heard.amid && command != Command::Stop => {
            Meaning::Uncertain { command, confidence }
        }
        meaning => meaning,
    }
}

/// What it means where nothing is said before and after it.
fn by_itself(heard: &Heard) -> Meaning {
    let asked = if heard.above_noise_db >= QUIET_DB { &IN_QUIET } else { &IN_NOISE };
    let confidence = heard.confidence();
    if let Some(command) = parse(&heard.text()) {
        // The end counts too, where it was told: a sentence that goes on is no command.
        let confidence = confidence.min(each_of(heard.words.len(), heard.log));
        return match is_certain(heard, &command, confidence, asked) {
            true => Meaning::Certain { command, confidence },
            false if confidence >= HEARD_AT_ALL => Meaning::Uncertain { command, confidence },
            false => Meaning::Other,
        };
    }
    by_phrases(heard, asked).or_else(|| by_sound(heard, confidence)).unwrap_or(Meaning::Other)
}

/// Whether words as they stand, that were heard with this confidence, are acted on.
fn is_certain(heard: &Heard, command: &Command, confidence: f32, asked: &Asked) -> bool {
    let (likely, share) = (likely(heard, command), share(heard, command));
    let any_way = likely >= asked.any_way && share >= asked.ahead;
    let doubted = likely >= asked.any_way_harmless && share >= asked.far_ahead && confidence >= asked.harmless;
    match command {
        Command::Acknowledge => {
            let own_words = confidence >= CERTAIN_ACKNOWLEDGE && heard.least() >= EACH_OF_ACKNOWLEDGE;
            share >= IN_NOISE.alone && (own_words || (likely >= ANY_ACKNOWLEDGE && share >= ACKNOWLEDGE_ALONE))
        }
        Command::Yes => share >= asked.binding && confidence.max(likely) >= CERTAIN_YES,
        Command::Next => share >= asked.binding && (any_way || confidence >= asked.certain),
        Command::GoToStep(_) => share >= asked.elsewhere && (any_way || confidence >= asked.certain),
        _ => share >= asked.alone && (any_way || confidence >= asked.certain || (harmless(command) && doubted)),
    }
}

/// Which of the replies that are awaited was said, where phrases were told: the one that leads everything else that may have been.
pub fn reply(heard: &Heard, replies: &[String]) -> Option<usize> {
    let text = heard.text();
    let own = parse(&text);
    let negated = negates(&words(&text));
    // What was written down, where it is no reply.
    let mut others = if replies.iter().any(|reply| answers(reply, &text)) { 0.0 } else { 1.0 };
    for (command, likely) in beside(heard, |said| !replies.iter().any(|reply| answers(reply, said))) {
        others += if own.as_ref() == Some(&command) { (likely - 1.0).max(0.0) } else { likely };
    }
    let mut scores = Vec::new();
    for reply in replies {
        let passes_over = negated && !negates(&words(reply));
        let phrases = heard.phrases.iter().filter(|phrase| answers(reply, &phrase.text));
        let (mut likely, mut heard_at_all) = (0.0, false);
        for phrase in phrases {
            likely += weight(phrase.log - heard.log);
            heard_at_all |= !passes_over && each_of(words_of(&phrase.text).len(), phrase.log) >= REPLY_AT_ALL;
        }
        // Who says "next" to it a third time must not be taken for one who confirms.
        let awaited = if parse(reply) == Some(Command::Next) { 1.0 } else { AWAITED };
        scores.push((awaited * likely, heard_at_all));
    }
    let all: f32 = scores.iter().map(|(score, _)| score).sum::<f32>() + others;
    scores.iter().position(|(score, heard_at_all)| *heard_at_all && *score / all >= REPLY_ALONE)
}

/// True where these words are the reply, or another way to say the command that it is. Only its own words stand for a reply that
/// means "next" elsewhere: "next" confirms nothing.
fn answers(reply: &str, said: &str) -> bool {
    let command = parse(reply).filter(|command| *command != Command::Next);
    words_of(said) == words_of(reply) || (command.is_some() && parse(said) == command)
}

/// The commands whose phrases were heard beside the words and count, each with its likelihood; the words as they were heard have 1.
fn beside(heard: &Heard, counts: impl Fn(&str) -> bool) -> Vec<(Command, f32)> {
    let mut commands: Vec<(Command, f32)> = Vec::new();
    for phrase in heard.phrases.iter().filter(|phrase| counts(&phrase.text)) {
        let Some(command) = parse(&phrase.text) else { continue };
        match commands.iter_mut().find(|(own, _)| *own == command) {
            Some((_, likely)) => *likely += weight(phrase.log - heard.log),
            None => commands.push((command, weight(phrase.log - heard.log))),
        }
    }
    commands
}

/// How likely it is that one of the command's phrases was said, as the recognizer holds it, 0 to 1; 0 where no phrases were told.
fn likely(heard: &Heard, command: &Command) -> f32 {
    let own = |phrase: &&HeardPhrase| phrase.log <= 0.0 && parse(&phrase.text).as_ref() == Some(command);
    heard.phrases.iter().filter(own).map(|phrase| phrase.log.exp()).sum::<f32>().min(1.0)
}

/// The share that the words' own command has of all commands that may have been said; all of it where no phrases were told.
fn share(heard: &Heard, command: &Command) -> f32 {
    let mut own = 1.0_f32;
    let mut others = 0.0;
    for (other, likely) in beside(heard, |_| true) {
        if other == *command { own = own.max(likely) } else { others += likely }
    }
    own / (own + others)
}

/// The command whose phrases were likely beside the words, asked back, or done where that is enough; `None` leaves it to the
/// words' sound.
fn by_phrases(heard: &Heard, asked: &Asked) -> Option<Meaning> {
    let commands = beside(heard, |_| true);
    let all: f32 = commands.iter().map(|(_, likely)| likely).sum::<f32>() + 1.0;
    let (command, own) = commands.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let confidence = own / all;
    if negates(&words(&heard.text())) != negates(&words(&command.phrase())) {
        return None;
    }
    let enough = |(least, ahead)| likely(heard, &command) >= least && share(heard, &command) >= ahead;
    if harmless(&command) && asked.beside.is_some_and(enough) {
        return Some(Meaning::Certain { command, confidence });
    }
    (confidence >= PERHAPS).then_some(Meaning::Uncertain { command, confidence })
}

/// How likely each of so many words was, and the end after them, where all of it has this likelihood: the geometric mean.
fn each_of(words: usize, log: f32) -> f32 {
    (log / (words as f32 + 1.0)).exp()
}

/// True for what shows something or halts, and takes nothing for done, answered or asked for that was not. A value is none of it:
/// the torque of another bolt may have been asked for.
fn harmless(command: &Command) -> bool {
    matches!(
        command,
        Command::Back
            | Command::Repeat
            | Command::ShowWarning
            | Command::Tools
            | Command::Remaining
            | Command::Figure
            | Command::Stop
            | Command::Pause
    )
}

/// What a phrase counts that is so much likelier than the words, natural logarithm.
fn weight(log: f32) -> f32 {
    (log / FLATTEN).exp()
}

/// A negation turns a phrase around: it is never passed over.
fn negates(words: &[String]) -> bool {
    words.iter().any(|word| ["not", "no", "never", "none"].contains(&word.as_str()))
}

fn by_sound(heard: &Heard, confidence: f32) -> Option<Meaning> {
    let all: Vec<(String, f32)> =
        heard.words.iter().flat_map(|one| words(&one.word).into_iter().map(move |word| (word, sure(one)))).collect();
    if all.is_empty() || all.len() > MOST_WORDS || confidence < HEARD_AT_ALL {
        return None;
    }
    let plain: Vec<String> = all.iter().map(|(word, _)| word.clone()).collect();
    // Without the politeness around it, where there is any.
    let front = leading_cuts(&plain).into_iter().max().unwrap_or(0);
    let back = trailing_cuts(&plain).into_iter().min().unwrap_or(plain.len());
    let mut cuts = vec![(0, all.len())];
    if front < back && (front, back) != (0, all.len()) {
        cuts.push((front, back));
    }
    let found = cuts
        .into_iter()
        .filter_map(|(front, back)| alike::nearest(&all[front..back]))
        .max_by(|a, b| a.likeness.total_cmp(&b.likeness))?;
    if negates(&plain) && !negates(&words(&found.command.phrase())) {
        return None;
    }
    // What stands at the end of `go to step` must be a number: nothing is gone to by sound alone.
    let certain_number = !matches!(found.command, Command::GoToStep(_)) || ends_with_its_number(&plain, &found.command);
    let lead = found.likeness - found.other;
    let together = confidence * found.likeness;
    let same =
        found.likeness >= SAME && lead >= SAME_LEAD && found.length > FEWEST_PHONES && confidence >= IN_NOISE.certain;
    match found.command {
        Command::Acknowledge | Command::Yes | Command::No if found.likeness >= ALIKE && lead >= ALIKE_LEAD => {
            let long_enough = found.length >= FEWEST_PHONES;
            long_enough.then_some(Meaning::Uncertain { command: found.command, confidence: together })
        }
        command if same && certain_number => Some(Meaning::Certain { command, confidence: together }),
        command if found.likeness >= ALIKE && lead >= ALIKE_LEAD && found.length >= FEWEST_PHONES => {
            Some(Meaning::Uncertain { command, confidence: together })
        }
        _ => None,
    }
}

/// True where the words end with the number that the command names.
fn ends_with_its_number(words: &[String], command: &Command) -> bool {
    (0..words.len()).any(|from| {
        let tail: Vec<String> = ["step".to_owned()].into_iter().chain(words[from..].iter().cloned()).collect();
        exact(&tail).as_ref() == Some(command)
    })
}

#[cfg(test)]
#[path = "heard/tests.rs"]
mod tests;
