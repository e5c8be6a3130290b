//! What stands in front of the user now, said once when it comes and again when asked. Must not know how it is drawn.

use super::{Guidance, joined, kind_word, procedure::alerts_of};
use crate::{event::Effect, passage::Citation, record::Entry, time::Timestamp};

/// The one thing in front.
struct Front {
    /// Same key, same thing: it is not said again.
    key: String,
    /// Kind for the record.
    kind: &'static str,
    /// Words to say.
    say: String,
    /// Citation, short form.
    citation: String,
}

impl Guidance {
    /// Says what is in front of the user, if it was not said yet.
    pub(super) fn present(&mut self, now: Timestamp) {
        let front = self.front();
        let key = front.as_ref().map(|front| front.key.clone()).unwrap_or_default();
        if key == self.presented {
            return;
        }
        self.presented = key;
        let Some(front) = front else { return };
        self.write(Entry::Shown {
            at: now,
            kind: front.kind.to_owned(),
            words: front.say.clone(),
            citation: front.citation,
        });
        if !front.say.is_empty() {
            self.effects.push(Effect::Say(front.say));
        }
    }

    fn front(&self) -> Option<Front> {
        if self.paused.is_some() {
            return Some(self.front_prompt(&self.standing_prompt()?.prompt));
        }
        if let Some((task, work_package)) = self.current()
            && let Some(key) = task.queue.front()
        {
            let alert = alerts_of(work_package, &key.owner).get(key.index)?;
            return Some(Front {
                key: format!("alert {} {} {key:?} {}", task.work_package, task.place(), task.queue.len()),
                kind: "alert",
                say: format!("{}. {}", kind_word(alert.kind), joined(&alert.text)),
                citation: Citation { at: alert.at.clone(), issue: work_package.issue.clone() }.short(),
            });
        }
        // An answer is said when its words stand: the passage at once where no model words it, else at its reply.
        if let Some(answer) = self.answer.as_ref() {
            let panel = &answer.panel;
            if panel.pending {
                return Some(Front {
                    key: format!("wording {}", panel.question),
                    kind: "answer",
                    say: String::new(),
                    citation: panel.citations.join(", "),
                });
            }
            let mut say: Vec<String> =
                panel.alerts.iter().map(|(kind, words)| format!("{}. {words}", kind_word(*kind))).collect();
            say.push(panel.text.clone());
            say.extend(self.standing_prompt().map(|open| open.prompt.title));
            return Some(Front {
                key: format!("answer {} {}", panel.question, panel.text),
                kind: if panel.refused { "refusal" } else { "answer" },
                say: say.join(" "),
                citation: panel.citations.join(", "),
            });
        }
        if let Some(open) = self.standing_prompt() {
            return Some(self.front_prompt(&open.prompt));
        }
        let (task, work_package) = self.current()?;
        let mut say: Vec<String> = self.notes_here().iter().map(|note| format!("Note. {note}")).collect();
        let number = task.planned().map(|step| step.number.as_str());
        let number = number.or_else(|| task.node(work_package).map(|node| node.number.as_str()))?;
        say.push(format!("Step {number}."));
        say.extend(self.texts_here().iter().map(|text| text.plain()));
        if let Some((_, answers)) = task.node(work_package).and_then(|node| node.question.as_ref()) {
            let words: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
            if words != ["Yes", "No"] {
                say.push(format!("{}?", words.join(", or: ")));
            }
        }
        Some(Front {
            key: format!("place {} {}", task.work_package, task.place()),
            kind: if task.planned().is_some() { "step" } else { "node" },
            say: say.join(" "),
            citation: self.citation_here(),
        })
    }

    fn front_prompt(&self, prompt: &crate::overlay::Prompt) -> Front {
        let mut say = vec![prompt.title.clone()];
        say.extend(prompt.lines.iter().cloned());
        Front {
            key: format!("prompt {} {:?} {}", self.tasks.len(), self.variant, say.join(" ")),
            kind: "prompt",
            say: say.join(" "),
            citation: prompt.citation.clone(),
        }
    }
}
