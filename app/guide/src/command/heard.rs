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

/// A command is acted on from this confidence.
const CERTAIN: f32 = 0.7;
/// Where phrases were told, all the ways to say a command may also be this likely together, with such a share of all commands
/// that may have been said: whether it was "cancel that" or "cancel it" is no doubt. Not to agree, which is said in short words.
const ANY_WAY: f32 = 0.4;
const AHEAD: f32 = 0.8;
/// What changes nothing in the work may be heard with more doubt, where it was this likely and further ahead.
const CERTAIN_HARMLESS: f32 = 0.6;
const ANY_WAY_HARMLESS: f32 = 0.05;
const FAR_AHEAD: f32 = 0.95;
/// To acknowledge an alert: all the words together, and each of them.
const CERTAIN_ACKNOWLEDGE: f32 = 0.8;
const EACH_OF_ACKNOWLEDGE: f32 = 0.5;
/// A recognizer's likelihoods of phrases are surer than they are right: they count as their so-manieth root.
const FLATTEN: f32 = 1.5;
/// Where phrases are told, the ways to acknowledge may also be this likely, all of them together, and have that share of all
/// commands: whether it was "acknowledge" or "acknowledged" is no doubt.
const ANY_ACKNOWLEDGE: f32 = 0.5;
const ACKNOWLEDGE_ALONE: f32 = 0.9;
/// Words as they stand are acted on where their command has this share of all commands that may have been said; a larger one
/// where a step would be taken for done or a choice for made, and the largest where the work would go on at another step.
const ALONE: f32 = 0.6;
const ALONE_BINDING: f32 = 0.7;
const ALONE_ELSEWHERE: f32 = 0.85;
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
    let confidence = heard.confidence();
    if let Some(command) = parse(&heard.text()) {
        // The end counts too, where it was told: a sentence that goes on is no command.
        let confidence = confidence.min(each_of(heard.words.len(), heard.log));
        let (likely, share) = (likely(heard, &command), share(heard, &command));
        let certain = match command {
            Command::Acknowledge => {
                let own_words = confidence >= CERTAIN_ACKNOWLEDGE && heard.least() >= EACH_OF_ACKNOWLEDGE;
                own_words || (likely >= ANY_ACKNOWLEDGE && share >= ACKNOWLEDGE_ALONE)
            }
            Command::Yes => confidence >= CERTAIN,
            _ => {
                let any_way = likely >= ANY_WAY && share >= AHEAD;
                let doubted = harmless(&command) && likely >= ANY_WAY_HARMLESS && share >= FAR_AHEAD;
                any_way || confidence >= if doubted { CERTAIN_HARMLESS } else { CERTAIN }
            }
        };
        let alone = match command {
            Command::GoToStep(_) => ALONE_ELSEWHERE,
            Command::Next | Command::Yes => ALONE_BINDING,
            _ => ALONE,
        };
        return match certain && share >= alone {
            true => Meaning::Certain { command, confidence },
            false if confidence >= HEARD_AT_ALL => Meaning::Uncertain { command, confidence },
            false => Meaning::Other,
        };
    }
    by_phrases(heard).or_else(|| by_sound(heard, confidence)).unwrap_or(Meaning::Other)
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
    scores.iter().position(|(score, heard_at_all)| *heard_at_all && *score / all >= ALONE)
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

/// The command whose phrases were likely beside the words, asked back; `None` leaves it to the words' sound.
fn by_phrases(heard: &Heard) -> Option<Meaning> {
    let commands = beside(heard, |_| true);
    let all: f32 = commands.iter().map(|(_, likely)| likely).sum::<f32>() + 1.0;
    let (command, likely) = commands.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let confidence = likely / all;
    let turned = negates(&words(&heard.text())) != negates(&words(&command.phrase()));
    (confidence >= PERHAPS && !turned).then_some(Meaning::Uncertain { command, confidence })
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
    let same = found.likeness >= SAME && lead >= SAME_LEAD && found.length > FEWEST_PHONES && confidence >= CERTAIN;
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn meant(said: &str, confidence: f32) -> Meaning {
        understand(&Heard::evenly(said, confidence))
    }

    fn certain(said: &str, confidence: f32) -> Option<Command> {
        match meant(said, confidence) {
            Meaning::Certain { command, .. } => Some(command),
            Meaning::Uncertain { .. } | Meaning::Other => None,
        }
    }

    fn uncertain(said: &str, confidence: f32) -> Option<Command> {
        match meant(said, confidence) {
            Meaning::Uncertain { command, .. } => Some(command),
            Meaning::Certain { .. } | Meaning::Other => None,
        }
    }

    #[test]
    fn what_is_asked_back_is_said_as_the_command_is() {
        let mut all = vec![Command::GoToStep("7".into()), Command::GoToStep("3.2".into())];
        all.extend(super::super::grammar::GRAMMAR.iter().filter_map(|(_, command)| command.clone()));
        for command in all {
            assert_eq!(parse(&command.phrase()), Some(command));
        }
    }

    #[test]
    fn clear_commands_are_certain_and_doubtful_ones_are_asked_back() {
        for said in ["next", "okay next", "go back please", "what's the torque", "go to step 12"] {
            assert_eq!(certain(said, 0.9), parse(said), "{said}");
            assert_eq!(uncertain(said, 0.3), parse(said), "{said}");
            assert_eq!(meant(said, 0.05), Meaning::Other, "{said}");
        }
    }

    #[test]
    fn amid_other_speech_only_an_order_to_stop_is_obeyed() {
        for said in ["next", "go back", "what's the torque", "i have read the warning", "yes"] {
            let heard = Heard { amid: true, ..Heard::evenly(said, 0.95) };
            let Meaning::Uncertain { command, .. } = understand(&heard) else {
                panic!("{said}: {:?}", understand(&heard))
            };
            assert_eq!(Some(&command), parse(said).as_ref());
        }
        let stop = Heard { amid: true, ..Heard::evenly("stop", 0.95) };
        assert!(matches!(understand(&stop), Meaning::Certain { command: Command::Stop, .. }));
    }

    #[test]
    fn commands_that_were_misheard_are_asked_back() {
        for (said, command) in [
            ("necks step", Command::Next),
            ("what is the talk", Command::Torque),
            ("could you repeet dat", Command::Repeat),
            ("how many stops are left", Command::Remaining),
            ("show me the finger", Command::Figure),
        ] {
            assert_eq!(uncertain(said, 0.45), Some(command), "{said}: {:?}", meant(said, 0.45));
        }
    }

    #[test]
    fn questions_and_other_speech_are_no_commands() {
        for said in super::super::phrases::NOT_COMMANDS {
            if said.split_whitespace().count() > 2 {
                assert_eq!(certain(said, 0.95), None, "{said}: {:?}", meant(said, 0.95));
            }
        }
        for said in
            ["did you see the game last night", "the coffee is cold again", "tell Joe to bring the truck around"]
        {
            for sure in [0.3, 0.6, 0.95] {
                assert_eq!(meant(said, sure), Meaning::Other, "{said} {sure}");
            }
        }
    }

    #[test]
    fn an_acknowledgement_is_taken_only_as_it_stands_and_heard_for_sure() {
        for said in ["acknowledge", "I acknowledge the warning", "understood"] {
            assert_eq!(certain(said, 0.9), Some(Command::Acknowledge), "{said}");
            assert_eq!(uncertain(said, 0.7), Some(Command::Acknowledge), "{said}");
        }
        for said in
            ["acknowledges", "a knowledge", "I acknowlege the morning", "eye acknowledge the warming", "under stood"]
        {
            for sure in [0.2, 0.5, 0.8, 1.0] {
                assert_eq!(certain(said, sure), None, "{said} {sure}: {:?}", meant(said, sure));
            }
        }
        // One word that was only guessed is enough to ask again.
        let mut heard = Heard::evenly("I acknowledge the warning", 0.99);
        heard.words[1].confidence = 0.45;
        assert!(!matches!(understand(&heard), Meaning::Certain { .. }));
    }

    #[test]
    fn a_negation_is_never_passed_over() {
        for said in ["do not go to the next step", "I do not acknowledge the warning", "never go back", "not next"] {
            for sure in [0.3, 0.6, 0.95] {
                assert!(
                    !matches!(meant(said, sure), Meaning::Certain { .. }),
                    "{said} {sure}: {:?}",
                    meant(said, sure)
                );
            }
        }
    }

    /// What was meant by words, with phrases beside them that are so much likelier (natural logarithms).
    fn with_phrases(said: &str, confidence: f32, phrases: &[(&str, f32)]) -> Meaning {
        let phrase = |(text, log): &(&str, f32)| HeardPhrase { text: (*text).to_owned(), log: log - 0.2 };
        let phrases = phrases.iter().map(phrase).collect();
        understand(&Heard { log: -0.2, phrases, ..Heard::evenly(said, confidence) })
    }

    #[test]
    fn a_phrase_that_was_likely_beside_the_words_is_asked_back() {
        let next = [("next step please", 6.0), ("next", 2.0)];
        let meant = with_phrases("blue paint tin", 0.4, &next);
        assert!(matches!(meant, Meaning::Uncertain { command: Command::Next, .. }), "{meant:?}");
        assert_eq!(with_phrases("blue paint tin", 0.4, &[("go back", -9.0)]), Meaning::Other);
        // Two commands about as likely: neither. All ways to say one command count together.
        assert_eq!(with_phrases("blue paint tin", 0.4, &[("go back", 5.0), ("pause", 5.0)]), Meaning::Other);
        let one = [("pause", 0.5), ("pause please", 0.5), ("pause the task", 0.5)];
        assert_eq!(with_phrases("blue paint tin", 0.4, &one[..1]), Meaning::Other);
        assert!(matches!(with_phrases("blue paint tin", 0.4, &one), Meaning::Uncertain { .. }));
        assert_eq!(with_phrases("do not touch that tin", 0.4, &[("go back", 50.0)]), Meaning::Other);
    }

    #[test]
    fn words_that_may_as_well_have_been_another_command_are_asked_back() {
        let rival = [("go back", 0.0), ("of course", -0.5)];
        assert!(matches!(with_phrases("go back", 0.9, &rival), Meaning::Uncertain { command: Command::Back, .. }));
        let own = [("go back", 0.0), ("go back please", -0.5), ("of course", -6.0)];
        assert!(matches!(with_phrases("go back", 0.9, &own), Meaning::Certain { command: Command::Back, .. }));
        let both = [("acknowledge", 0.0), ("next", -0.2)];
        assert!(matches!(with_phrases("acknowledge", 0.99, &both), Meaning::Uncertain { .. }));
    }

    /// What is meant by the first of these phrases (natural logarithms), heard as it stands with this confidence.
    fn first_of(confidence: f32, phrases: &[(&str, f32)]) -> Meaning {
        let (said, log) = phrases[0];
        let phrases = phrases.iter().map(|(text, log)| HeardPhrase { text: (*text).to_owned(), log: *log }).collect();
        understand(&Heard { log, phrases, ..Heard::evenly(said, confidence) })
    }

    fn acted_on(confidence: f32, phrases: &[(&str, f32)]) -> bool {
        matches!(first_of(confidence, phrases), Meaning::Certain { .. })
    }

    #[test]
    fn all_ways_to_say_a_command_count_together_where_no_other_comes_near() {
        let both = [("cancel that", -1.3), ("cancel it", -1.4), ("stop", -6.0)];
        assert!(acted_on(0.4, &both), "one of the two was said");
        assert!(!acted_on(0.4, &both[..1]), "a quarter alone");
        assert!(!acted_on(0.4, &[both[0], both[1], ("stop", -1.5)]), "another comes near");
        assert!(!acted_on(0.65, &[("yes", -0.5), ("yes sir", -2.0)]), "to agree binds more");
        assert!(acted_on(0.75, &[("yes", -0.5), ("stop", -6.0)]));
        assert!(!acted_on(0.75, &[("yes", -0.5), ("stop", -1.5)]), "and all the more where another comes near");
        assert!(acted_on(0.7, &[("figure", -0.5), ("tools", -1.2)]));
        assert!(!acted_on(0.7, &[("next", -0.5), ("tools", -1.2)]), "a step is done by it");
        assert!(acted_on(0.9, &[("next", -0.3), ("tools", -2.7)]));
        assert!(!acted_on(0.9, &[("go to step four", -0.3), ("tools", -2.7)]), "the work would go on elsewhere");
    }

    #[test]
    fn what_changes_nothing_may_be_doubted_more_where_no_other_command_comes_near() {
        let own = ("thanks go back", -1.9);
        assert!(acted_on(0.62, &[own, ("stop", -7.0)]));
        assert!(!acted_on(0.62, &[own, ("stop", -4.0)]), "another comes near");
        assert!(!acted_on(0.5, &[own]), "hardly heard");
        assert!(!acted_on(0.62, &[("thanks go back", -3.2)]), "or hardly likely");
        assert!(!acted_on(0.62, &[("thanks next step", -1.9)]), "a step is done by it");
        assert!(!matches!(meant("thanks go back", 0.62), Meaning::Certain { .. }), "no phrases were told");
    }

    #[test]
    fn a_sentence_that_goes_on_is_no_command() {
        let meant = first_of(0.85, &[("step four", -4.5)]);
        assert!(matches!(meant, Meaning::Uncertain { command: Command::GoToStep(_), .. }), "{meant:?}");
    }

    #[test]
    fn ways_to_acknowledge_count_together_and_nothing_else_with_them() {
        let heard = |phrases: &[(&str, f32)]| first_of(0.7, phrases);
        let certain = |meaning: &Meaning| matches!(meaning, Meaning::Certain { command: Command::Acknowledge, .. });
        let both = [("i acknowledge that", -0.9), ("i acknowledged that", -1.8)];
        assert!(certain(&heard(&both)), "{:?}", heard(&both));
        assert!(!certain(&heard(&both[..1])), "alone it is not likely enough");
        assert!(!certain(&heard(&[both[0], both[1], ("i do not think so", -2.5)])), "another command is too likely");
        assert!(!certain(&heard(&[("i acknowledge that", f32::NAN), ("acknowledge", 3.0)])), "no likelihoods at all");
    }

    #[test]
    fn a_reply_that_is_awaited_leads_what_nobody_asked_for() {
        let heard = |text: &str, log: f32, phrases: &[(&str, f32)]| Heard {
            log,
            phrases: phrases.iter().map(|(text, log)| HeardPhrase { text: (*text).to_owned(), log: *log }).collect(),
            ..Heard::evenly(text, 0.6)
        };
        let yes_no = ["Yes".to_owned(), "No".to_owned()];
        let met = ["All are met".to_owned(), "Open: Fuel filter - Replace".to_owned(), "Not met".to_owned()];
        let next = [("next", -0.6), ("yes", -2.0), ("nah", -4.3)];
        assert_eq!(reply(&heard("next", -0.6, &next), &yes_no), Some(0));
        assert_eq!(
            reply(&heard("next", -0.1, &[("next", -0.1), ("yes", -5.0)]), &yes_no),
            None,
            "clearly another word"
        );
        assert_eq!(reply(&heard("next", -0.6, &next), &met), None, "no reply to this");
        assert_eq!(
            reply(&heard("yes", -1.0, &[("yes", -1.0), ("no", -1.1)]), &yes_no),
            None,
            "as well the other reply"
        );
        let phrases = [("alright", -4.2), ("All are met", -3.6)];
        assert_eq!(reply(&heard("all done yet", -2.4, &phrases), &met), Some(0));
        assert_eq!(reply(&heard("rain", -9.0, &[("All are met", -9.0)]), &met), None, "hardly heard at all");
        let turned = [("All are met", -2.0)];
        assert_eq!(reply(&heard("not all are met", -2.0, &turned), &met), None, "a negation is not passed over");
        assert_eq!(reply(&heard("all are met", -2.0, &turned), &met), Some(0));
        assert_eq!(reply(&Heard::evenly("yes", 1.0), &yes_no), None, "no phrases were told");
        assert_eq!(reply(&heard("yes", -1.0, &[("yes", f32::NAN)]), &yes_no), None);
        let done = ["Done".to_owned()];
        assert_eq!(reply(&heard("done", -0.5, &[("done", -0.5), ("next", -0.9)]), &done), Some(0), "its own words");
        assert_eq!(
            reply(&heard("next", -0.2, &[("next", -0.2), ("done", -4.0)]), &done),
            None,
            "next confirms nothing"
        );
        assert_eq!(reply(&heard("next", -0.6, &[("next", -0.6), ("done", -2.0)]), &done), None);
        assert_eq!(
            reply(&heard("next", -0.2, &[("done", -4.0)]), &done),
            None,
            "the words count though no phrase has them"
        );
    }

    #[test]
    fn no_phrase_is_acted_on_beside_other_words() {
        for phrase in ["acknowledge", "i acknowledge the warning", "next", "yes", "go to step four"] {
            for log in [-5.0, 0.0, 5.0, 50.0, 1e30, f32::NAN, f32::INFINITY] {
                let meant = with_phrases("blue paint tin", 0.9, &[(phrase, log)]);
                assert!(!matches!(meant, Meaning::Certain { .. }), "{phrase} {log}: {meant:?}");
            }
        }
    }

    #[test]
    fn odd_confidences_are_survived() {
        for confidence in [f32::NAN, f32::INFINITY, -1.0, 7.0] {
            let _meaning = meant("next step", confidence);
        }
        assert_eq!(understand(&Heard::default()), Meaning::Other);
        assert_eq!(meant("?!", 1.0), Meaning::Other);
    }

    /// Letters of phrases, changed at random.
    fn mangled() -> impl Strategy<Value = (String, f32)> {
        let phrases: Vec<&'static str> = super::super::phrases::HEARD.iter().map(|(said, _)| *said).collect();
        let change = (any::<prop::sample::Index>(), prop::option::of(proptest::char::range('a', 'z')));
        (prop::sample::select(phrases), prop::collection::vec(change, 0..4), 0.0_f32..=1.0).prop_map(
            |(phrase, changes, sure)| {
                let mut letters: Vec<char> = phrase.chars().collect();
                for (at, letter) in changes {
                    let at = at.index(letters.len().max(1));
                    match letter {
                        Some(letter) if at < letters.len() => letters[at] = letter,
                        _ if at < letters.len() => drop(letters.remove(at)),
                        _ => {}
                    }
                }
                (letters.into_iter().collect(), sure)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is misheard: only the words themselves acknowledge, and only when they were heard for sure.
        #[test]
        fn no_mishearing_acknowledges((said, sure) in mangled()) {
            if let Meaning::Certain { command: Command::Acknowledge, confidence } = meant(&said, sure) {
                prop_assert_eq!(parse(&said), Some(Command::Acknowledge));
                prop_assert!(confidence >= 0.8);
            }
        }

        /// What the grammar takes is taken for nothing else.
        #[test]
        fn words_as_they_stand_win((said, sure) in mangled()) {
            if let Some(command) = parse(&said) {
                match meant(&said, sure) {
                    Meaning::Certain { command: found, .. } | Meaning::Uncertain { command: found, .. } => {
                        prop_assert_eq!(found, command);
                    }
                    Meaning::Other => prop_assert!(sure < 0.2),
                }
            }
        }

        /// More confidence never makes a command less certain, unless the words are not the grammar's own.
        #[test]
        fn confidence_only_helps_words_as_they_stand((said, sure) in mangled(), more in 0.0_f32..=1.0) {
            let rank = |meaning: &Meaning| match meaning {
                Meaning::Other => 0,
                Meaning::Uncertain { .. } => 1,
                Meaning::Certain { .. } => 2,
            };
            if parse(&said).is_some() {
                let (low, high) = (sure.min(more), sure.max(more));
                prop_assert!(rank(&meant(&said, low)) <= rank(&meant(&said, high)));
            }
        }
    }
}
