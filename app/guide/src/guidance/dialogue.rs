//! What the user said: a command, a choice, a reply or a question, in this order. Must not know where words come from.

use super::{
    Guidance,
    choices::matching,
    prompts::{Ask, Question, quoted},
};
use crate::{
    command,
    event::{Effect, WorkerState},
    model::ModelTask,
    time::Timestamp,
};

impl Guidance {
    /// Takes in words that are sure.
    pub(super) fn utterance(&mut self, words: &str, now: Timestamp) {
        let words = words.trim().to_owned();
        if words.is_empty() {
            return;
        }
        self.heard = Some(words.clone());
        if let Some(command) = command::parse(&words) {
            self.said(&words, command, now);
        } else {
            self.not_a_command(words, now);
        }
    }

    /// A choice, a reply or a question.
    pub(super) fn not_a_command(&mut self, words: String, now: Timestamp) {
        let asked_back = self.asked_back.take().is_some();
        if self.gate().is_some() && self.paused.is_none() && !asks(&words) && (is_short(&words) || alludes(&words)) {
            self.tell_gate();
            return;
        }
        if let Some(open) = self.prompt() {
            if asked_back && !asks(&words) {
                // It stood behind what was asked back: nobody answers what is not in view.
                self.tell(format!("Say one of: {}.", quoted(&open.prompt.choices)));
                return;
            }
            if let Some(index) = matching(&words, &open.prompt.choices) {
                self.choose(index, now);
                return;
            }
            if open.question == Question::Ask && (self.free_value(&words, now) || self.plain_answer(&words, now)) {
                return;
            }
            if !asks(&words) && (is_short(&words) || unsure(&words)) {
                self.tell(format!("Say one of: {}.", quoted(&open.prompt.choices)));
                return;
            }
        } else if self.answer.is_none() && self.asks_fault() && !asks(&words) {
            self.fault_reply(words, now);
            return;
        }
        self.search_for(words);
    }

    /// A value of the property that is asked for, where the manual gives no list to choose from.
    fn free_value(&mut self, words: &str, now: Timestamp) -> bool {
        let Some(Ask::Variant { property, .. }) = &self.ask else { return false };
        let property = property.clone();
        let said = words.trim_matches(|c: char| c.is_whitespace() || c == '.');
        let fits = self.values_of(&property).is_empty() && self.known_value(&property, said);
        if fits {
            self.set_variant(&property, said, now);
        }
        fits
    }

    /// An answer in the manual's own words where a mapped one was asked back.
    fn plain_answer(&mut self, words: &str, now: Timestamp) -> bool {
        let Some(Ask::Mapped { .. }) = self.ask else { return false };
        let index = matching(words, &self.fault_answers());
        if let Some(index) = index {
            self.ask = None;
            self.answer_fault(index, now);
        }
        index.is_some()
    }

    /// A reply at a fault-isolation node: by its words, else mapped by the model and asked back.
    fn fault_reply(&mut self, words: String, now: Timestamp) {
        let Some((task, work_package)) = self.current() else { return };
        let Some((question, _)) = task.node(work_package).and_then(|node| node.question.as_ref()) else { return };
        let node = task.place().to_owned();
        let answers = self.fault_answers();
        if let Some(index) = matching(&words, &answers) {
            self.answer_fault(index, now);
            return;
        }
        if !self.model_may_answer() {
            self.tell(format!("Say one of: {}.", quoted(&answers)));
            return;
        }
        let question = question.plain();
        let id = self.request();
        self.mapping = Some((id, node, words.clone()));
        self.effects.push(Effect::AskModel { id, task: ModelTask::MapReply { question, answers, reply: words } });
    }

    /// False where it is known that no model will answer.
    pub(super) fn model_may_answer(&self) -> bool {
        !matches!(self.workers.get("model"), Some(WorkerState::Absent(_) | WorkerState::Failed(_)))
    }

    /// Searches the library for the user's words.
    pub(super) fn search_for(&mut self, query: String) {
        let id = self.request();
        self.search = Some((id, query.clone()));
        self.effects.push(Effect::Search { id, query });
    }
}

/// True where words ask, rather than state what is seen.
fn asks(words: &str) -> bool {
    const FIRST: [&str; 30] = [
        "what", "what's", "whats", "how", "how's", "where", "where's", "when", "why", "which", "who", "is", "are",
        "does", "do", "did", "can", "could", "should", "would", "will", "may", "must", "tell", "show", "find",
        "explain", "give", "help", "am",
    ];
    words.trim_end().ends_with('?')
        || words
            .split_whitespace()
            .find(|word| !matches!(word.to_lowercase().trim_matches(','), "okay" | "ok" | "so" | "and" | "but" | "um"))
            .is_some_and(|word| FIRST.contains(&word.to_lowercase().trim_matches(',')))
}

/// True for a word or two: a reply that was not understood, no query.
fn is_short(words: &str) -> bool {
    words.split_whitespace().count() <= 2
}

/// True where words speak of the alert itself: an acknowledgement in words that the grammar does not take.
fn alludes(words: &str) -> bool {
    let words = words.to_lowercase();
    ["acknowledge", "understand", "understood", "warning", "caution"].iter().any(|word| words.contains(word))
}

/// True for `I don't know` and its kind.
fn unsure(words: &str) -> bool {
    let words = words.to_lowercase().replace('’', "'");
    ["don't know", "do not know", "not sure", "no idea", "can't tell", "cannot tell"].iter().any(|w| words.contains(w))
}

#[cfg(test)]
mod tests {
    use super::asks;

    #[test]
    fn questions_and_statements() {
        for question in
            ["what is the torque", "so how do I get in there", "is it hot?", "Show me the lift pump", "it is hot?"]
        {
            assert!(asks(question), "{question}");
        }
        for statement in ["the fuel comes out with foam", "no fuel comes out", "it clicks", "I think it is clogged"] {
            assert!(!asks(statement), "{statement}");
        }
    }
}
