//! Speech taken in: what was heard for sure is acted on, what was not is asked back. Must not know recognizers.
//!
//! An acknowledgement is never asked back with yes and no: it must be said again in its own words. While an alert gates or
//! the task is paused nothing is asked back that way either, since one thing is asked at a time.

use super::{Guidance, choices::matching};
use crate::{
    command::{
        Command,
        heard::{Heard, Meaning, reply, understand, words_of},
    },
    event::{Effect, Event},
    manual::{ResourceKind, Span},
    record::Entry,
    time::Timestamp,
};

/// A choice or a reply is taken from this confidence; a question is searched for from the other.
const CLEAR: f32 = 0.45;
const GUESSED: f32 = 0.2;
/// What is asked back is forgotten after so many seconds: a later yes means something else.
const ASKED_BACK_S: f64 = 20.0;
/// Nobody has read a question that has stood for less, seconds.
const READ_S: f64 = 2.0;
/// Stands after words of somebody who still speaks.
const SO_FAR: &str = " …";
/// Letters of the words that a recognizer is given as likely.
const MOST_LETTERS: usize = 400;

/// A command that was not heard for sure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AskedBack {
    /// Which.
    command: Command,
    /// When it was asked back.
    since: Timestamp,
}

impl Guidance {
    /// Takes in speech.
    pub(super) fn heard(&mut self, heard: &Heard, now: Timestamp) {
        let words = heard.text();
        if words.is_empty() {
            return;
        }
        let replies = self.replies();
        let meaning = understand(heard);
        let by_words = || if heard.amid && meaning == Meaning::Other { matching(&words, &replies) } else { None };
        if let Some(said) = reply(heard, &replies).or_else(by_words).map(|index| replies[index].clone()) {
            if heard.amid {
                // A piece of a sentence that somebody is telling answers nothing.
                self.have_said_again(&said, now);
            } else {
                self.utterance(&said, now);
            }
            return;
        }
        // What was heard is shown before anything comes of it.
        self.heard = Some(words.clone());
        match meaning {
            Meaning::Certain { command, .. } => self.said(&words, command, now),
            Meaning::Uncertain { command, .. } => self.ask_back(command, now),
            Meaning::Other => self.heard_no_command(heard, words, now),
        }
    }

    /// A command in words. The question that something was asked back with is answered by yes and no; any other command
    /// stands in its place.
    pub(super) fn said(&mut self, words: &str, command: Command, now: Timestamp) {
        if command == Command::Next
            && let Some(index) = self.choice_that_says(words, now)
        {
            self.choose(index, now);
            return;
        }
        if !matches!(command, Command::Yes | Command::No) {
            self.asked_back = None;
        }
        self.command(command, now);
    }

    /// The choice shown whose very words these are, though they mean "next" elsewhere: "done". One that was said again before
    /// the question could be read is none.
    fn choice_that_says(&self, words: &str, now: Timestamp) -> Option<usize> {
        let open = self.prompt()?;
        let closing = self.tasks.last().and_then(|task| task.closing_since);
        let read = closing.is_none_or(|since| now.since(since) >= READ_S);
        open.prompt.choices.iter().position(|choice| read && words_of(choice) == words_of(words))
    }

    /// Shows what is understood so far; nothing takes away what was shown so.
    pub(super) fn hearing(&mut self, words: &str) {
        if !words.trim().is_empty() {
            self.heard = Some(format!("{}{SO_FAR}", words.trim()));
        } else if self.heard.as_ref().is_some_and(|heard| heard.ends_with(SO_FAR)) {
            self.heard = None;
        }
    }

    fn heard_no_command(&mut self, heard: &Heard, words: String, now: Timestamp) {
        let confidence = heard.confidence();
        let replies = self.standing_prompt().is_some() || self.asks_fault() || self.gate().is_some();
        if confidence < if replies { CLEAR } else { GUESSED } {
            self.note(now, format!("not heard for sure: {words}"));
            self.tell("I did not catch that. Say it again.");
            return;
        }
        self.not_a_command(words, now);
    }

    fn ask_back(&mut self, command: Command, now: Timestamp) {
        if matches!(command, Command::Yes | Command::No) {
            // A yes is no answer to whether it was a yes. What it may have answered stays open.
            self.have_said_again(&command.phrase(), now);
            return;
        }
        let words = format!("Did you say “{}”?", command.phrase());
        self.note(now, format!("not heard for sure: {}", command.phrase()));
        self.asked_back = None;
        if command == Command::Acknowledge {
            if self.gate().is_some() && self.paused.is_none() {
                self.tell("Not heard for sure. To acknowledge, say it again: “I acknowledge”.");
            } else {
                self.tell("There is nothing to acknowledge.");
            }
            return;
        }
        if self.gate().is_some() || self.paused.is_some() {
            self.tell(format!("{words} Say it again."));
            return;
        }
        self.write(Entry::Shown { at: now, kind: "prompt".to_owned(), words: words.clone(), citation: String::new() });
        self.effects.push(Effect::Say(words));
        self.asked_back = Some(AskedBack { command, since: now });
    }

    fn have_said_again(&mut self, said: &str, now: Timestamp) {
        self.note(now, format!("not heard for sure: {said}"));
        self.tell(format!("Did you say {said}? Say it again."));
    }

    /// The question that a command is asked back with.
    pub(super) fn asked_back_words(&self) -> Option<String> {
        self.asked_back.as_ref().map(|asked| format!("Did you say “{}”?", asked.command.phrase()))
    }

    /// Yes, or no.
    pub(super) fn asked_back_answered(&mut self, yes: bool, now: Timestamp) {
        let Some(AskedBack { command, .. }) = self.asked_back.take() else { return };
        if yes {
            self.command(command, now);
        } else {
            self.tell("Say it again.");
        }
    }

    /// What was asked back is over when time has passed, or the person does something that is no answer.
    pub(super) fn watch_asked_back(&mut self, event: &Event, now: Timestamp) {
        let other = match event {
            Event::Command(command) => !matches!(command, Command::Yes | Command::No),
            Event::PartActed { .. } | Event::StartTask { .. } | Event::VariantKnown { .. } => true,
            _ => false,
        };
        if other || self.asked_back.as_ref().is_some_and(|asked| now.since(asked.since) > ASKED_BACK_S) {
            self.asked_back = None;
        }
    }

    /// What answers the question that is shown now, as it is shown; none while an alert gates.
    pub fn replies(&self) -> Vec<String> {
        if let Some(open) = self.prompt() {
            return open.prompt.choices;
        }
        if self.answer.is_some() || self.gate().is_some() || !self.asks_fault() {
            return Vec::new();
        }
        self.fault_answers()
    }

    /// Words that are likely to be said now, for a recognizer: parts, tools and values of the open work package, or of the
    /// equipment where none is open.
    pub fn likely_words(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut add = |text: &str| {
            let text = text.trim().to_lowercase();
            if !text.is_empty() && !words.contains(&text) {
                words.push(text);
            }
        };
        if let Some((_, work_package)) = self.current() {
            add(&work_package.title().replace(" - ", " "));
            for text in self.texts_here() {
                for span in &text.spans {
                    if let Span::Resource { text, .. } | Span::Quantity { text, .. } = span {
                        add(text);
                    }
                }
                for item in text.parts() {
                    if let Some(part) = self.equipment.parts.get(&item.to_lowercase()) {
                        add(&part.name);
                    }
                }
            }
            let tools = work_package.setup.resources.iter().filter(|resource| resource.kind == ResourceKind::Tool);
            tools.for_each(|tool| add(&tool.name));
        }
        self.equipment.parts.values().for_each(|part| add(&part.name));
        let mut line = String::new();
        for word in words {
            if line.len() + word.len() + 2 > MOST_LETTERS {
                break;
            }
            if !line.is_empty() {
                line.push_str(", ");
            }
            line.push_str(&word);
        }
        line
    }
}
