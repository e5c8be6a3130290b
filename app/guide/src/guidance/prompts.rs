//! Questions to the user with their choices: the variant, an offered task, a mapped reply, required conditions, close-up,
//! a task that a step refers to, a pause. Must not know how a choice was made.

use super::{
    Guidance,
    fault::find_node,
    procedure::{close_up, conditions, playable},
    task::{Phase, Route},
};
use crate::{
    applicability::Applies,
    manual::Condition,
    overlay::Prompt,
    passage::{Citation, TaskRef},
    time::Timestamp,
};

/// A question that is not part of a task.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ask {
    /// Which variant stands here?
    Variant {
        /// The property.
        property: String,
        /// What to do once it is known.
        then: Then,
    },
    /// Start this task?
    Offer(TaskRef),
    /// Is this the answer you gave?
    Mapped {
        /// Node of the fault isolation.
        node: String,
        /// Index of its answer.
        answer: usize,
    },
}

/// What was wanted when the variant had to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Start this work package.
    Start(String),
    /// Search for these words.
    Search(String),
    /// Nothing: an open task depends on it.
    Nothing,
}

/// Which question is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// The task is paused.
    Paused,
    /// One of [`Ask`].
    Ask,
    /// Required conditions; the work packages that its choices open.
    Conditions(Vec<String>),
    /// Requirements after completion; the work packages that its choices open.
    CloseUp(Vec<String>),
    /// A work package that a fault-isolation node names.
    Reference(String),
    /// A command that was not heard for sure.
    AskedBack,
}

/// The open question and how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub question: Question,
    pub prompt: Prompt,
}

impl Guidance {
    /// The question that is open now. There is none while an alert gates: one thing at a time.
    pub(super) fn prompt(&self) -> Option<Open> {
        match self.asked_back_words().filter(|_| self.paused.is_none() && self.gate().is_none()) {
            Some(words) => Some(Open { question: Question::AskedBack, prompt: plain(&words, &["Yes", "No"]) }),
            None => self.standing_prompt(),
        }
    }

    /// The question that is open apart from what is only asked back.
    pub(super) fn standing_prompt(&self) -> Option<Open> {
        if self.paused.is_some() {
            let prompt = plain("The task is paused.", &["Resume", "End this task"]);
            return Some(Open { question: Question::Paused, prompt });
        }
        if self.gate().is_some() {
            return None;
        }
        if let Some(ask) = &self.ask {
            return Some(Open { question: Question::Ask, prompt: self.ask_prompt(ask)? });
        }
        if self.answer.is_some() {
            return None;
        }
        let (task, work_package) = self.current()?;
        match (task.phase, &task.route) {
            (Phase::Alerts, _) | (Phase::Work, Route::Steps { .. }) => None,
            (Phase::Conditions, _) => {
                let all = conditions(&work_package.setup.conditions, &self.variant);
                let (lines, open, mut choices) = self.condition_lines(&all);
                choices.insert(0, "All are met".to_owned());
                choices.push("Not met".to_owned());
                Some(Open {
                    question: Question::Conditions(open),
                    prompt: Prompt {
                        title: format!("{}: are the required conditions met?", work_package.title()),
                        lines,
                        choices,
                        citation: self.cite(&all),
                    },
                })
            }
            (Phase::CloseUp, _) => {
                let all = conditions(close_up(work_package), &self.variant);
                let (lines, open, mut choices) = self.condition_lines(&all);
                choices.insert(0, "Done".to_owned());
                Some(Open {
                    question: Question::CloseUp(open),
                    prompt: Prompt {
                        title: format!("{}: after completion", work_package.title()),
                        lines,
                        choices,
                        citation: self.cite(&all),
                    },
                })
            }
            (Phase::Work, Route::Fault { .. }) => {
                let found = self.reference()?;
                let prompt = plain(&format!("Start: {}?", found.title()), &["Yes", "No"]);
                Some(Open { question: Question::Reference(found.id.clone()), prompt })
            }
        }
    }

    /// True where the open question may be left unanswered: it was only offered.
    pub(super) fn optional_prompt(&self) -> bool {
        self.paused.is_none() && matches!(self.ask, Some(Ask::Offer(_))) && !self.tasks.is_empty()
    }

    fn ask_prompt(&self, ask: &Ask) -> Option<Prompt> {
        match ask {
            Ask::Variant { property, .. } => {
                let label = self.publication.properties.iter().find(|p| &p.name == property);
                let label = label.map_or(property.as_str(), |p| p.label.as_str()).to_lowercase();
                Some(Prompt {
                    title: format!("Which {label} stands in front of you?"),
                    lines: Vec::new(),
                    choices: self.values_of(property),
                    citation: String::new(),
                })
            }
            Ask::Offer(task) => Some(plain(&format!("Start: {}?", task.title), &["Yes", "No"])),
            Ask::Mapped { node, answer } => {
                let (_, work_package) = self.current()?;
                let node = find_node(work_package, node)?;
                let (question, answers) = node.question.as_ref()?;
                let words = &answers.get(*answer)?.text;
                Some(Prompt {
                    title: format!("Is your answer “{words}”?"),
                    lines: vec![question.plain()],
                    choices: vec!["Yes".to_owned(), "No".to_owned()],
                    citation: Citation { at: node.at.clone(), issue: work_package.issue.clone() }.short(),
                })
            }
        }
    }

    /// Lines of conditions, and the tasks that bring them about: ids and choices.
    fn condition_lines(&self, all: &[&Condition]) -> (Vec<String>, Vec<String>, Vec<String>) {
        let mut open = Vec::new();
        let mut choices = Vec::new();
        for id in all.iter().filter_map(|condition| condition.by.as_ref()) {
            let Some(found) = self.publication.work_package(id).filter(|found| playable(found)) else { continue };
            let free = !self.tasks.iter().any(|task| &task.work_package == id) && !open.contains(id);
            if free && found.applicability.applies(&self.variant) != Applies::No {
                open.push(id.clone());
                choices.push(format!("Open: {}", found.title()));
            }
        }
        (all.iter().map(|condition| condition.text.plain()).collect(), open, choices)
    }

    fn cite(&self, all: &[&Condition]) -> String {
        let issue = self.current().map_or_else(String::new, |(_, wp)| wp.issue.clone());
        all.first().map_or_else(String::new, |first| Citation { at: first.text.at.clone(), issue }.short())
    }

    /// Takes a choice by its index: of the open question, else of the fault-isolation node.
    pub(super) fn choose(&mut self, index: usize, now: Timestamp) {
        let Some(open) = self.prompt() else {
            if self.gate().is_some() {
                self.tell_gate();
            } else if self.answer.is_some() || !self.asks_fault() {
                self.tell("There is nothing to choose.");
            } else {
                self.answer_fault(index, now);
            }
            return;
        };
        let count = open.prompt.choices.len();
        if index >= count {
            self.tell(format!("There are {count} choices."));
            return;
        }
        match open.question {
            Question::AskedBack => self.asked_back_answered(index == 0, now),
            Question::Paused if index == 0 => self.resume_work(now),
            Question::Paused => {
                if let Some((_, work_package)) = self.current() {
                    let words = format!("ended before its end: {}", work_package.id);
                    self.note(now, words);
                }
                self.leave(now);
            }
            Question::Ask => self.choose_ask(index, &open.prompt, now),
            Question::Conditions(_) if index == 0 => {
                self.note(now, format!("conditions confirmed: {}", open.prompt.lines.join("; ")));
                self.begin_work();
            }
            Question::CloseUp(_) if index == 0 => {
                self.note(now, format!("after completion: {}", open.prompt.lines.join("; ")));
                self.complete(now);
            }
            Question::Conditions(tasks) | Question::CloseUp(tasks) => match tasks.get(index - 1) {
                Some(id) => self.start_task(&id.clone(), now),
                None => self.tell("The task does not begin until its conditions are met."),
            },
            Question::Reference(id) => {
                let yes = index == 0;
                if !yes && let Some(task) = self.tasks.last_mut() {
                    let place = task.place().to_owned();
                    task.referred.insert((place, id.clone()));
                }
                if yes {
                    self.start_task(&id, now);
                } else {
                    self.note(now, format!("not entered: {id}"));
                }
            }
        }
    }

    fn choose_ask(&mut self, index: usize, prompt: &Prompt, now: Timestamp) {
        match self.ask.clone() {
            Some(Ask::Variant { property, .. }) => {
                if let Some(value) = prompt.choices.get(index) {
                    self.set_variant(&property, &value.clone(), now);
                }
            }
            Some(Ask::Offer(task)) => {
                self.ask = None;
                if index == 0 {
                    self.answer = None;
                    self.start_task(&task.work_package, now);
                }
            }
            Some(Ask::Mapped { node, answer }) => {
                self.ask = None;
                let here = self.current().is_some_and(|(task, _)| task.place() == node);
                if index == 0 && here {
                    self.answer_fault(answer, now);
                } else if index > 0 {
                    self.tell("Say one of the answers.");
                }
            }
            None => {}
        }
    }

    /// `yes` or `no`: to the open question, else to the fault-isolation node, else to what the step refers to.
    pub(super) fn reply(&mut self, yes: bool, now: Timestamp) {
        if self.paused.is_none() && self.gate().is_some() {
            self.tell_gate();
            return;
        }
        if let Some(open) = self.prompt() {
            let last = open.prompt.choices.len().saturating_sub(1);
            match (&open.question, yes) {
                (Question::Ask, _) if matches!(self.ask, Some(Ask::Variant { .. })) => {
                    self.tell(format!("Say one of: {}.", quoted(&open.prompt.choices)));
                }
                (Question::Paused, false) => self.tell("Still paused."),
                (Question::CloseUp(_), false) => self.tell("Say “done” when they are done."),
                (_, true) => self.choose(0, now),
                (_, false) => self.choose(last, now),
            }
            return;
        }
        if self.answer.is_some() {
            self.tell("Nothing was asked.");
            return;
        }
        if let Some((task, work_package)) = self.current()
            && let Some(node) = task.node(work_package)
            && let Some((_, answers)) = &node.question
        {
            let word = if yes { "yes" } else { "no" };
            let first = |text: &str| {
                text.split_whitespace().next().unwrap_or("").trim_matches(|c: char| !c.is_alphabetic()).to_lowercase()
            };
            let mut fitting = answers.iter().enumerate().filter(|(_, answer)| first(&answer.text) == word);
            if let (Some((index, _)), None) = (fitting.next(), fitting.next()) {
                self.answer_fault(index, now);
            } else {
                let words = format!("Say one of: {}.", super::fault::list_answers(node));
                self.tell(words);
            }
            return;
        }
        match (yes, self.reference().map(|found| found.id.clone())) {
            (true, Some(id)) => self.start_task(&id, now),
            _ => self.tell("Nothing was asked."),
        }
    }

    /// Does what waited for the variant.
    pub(super) fn then(&mut self, then: Then, now: Timestamp) {
        match then {
            Then::Start(id) => self.start_task(&id, now),
            Then::Search(query) => self.search_for(query),
            Then::Nothing => {}
        }
    }

    /// True at an open fault-isolation node that asks.
    pub(super) fn asks_fault(&self) -> bool {
        self.current().is_some_and(|(task, work_package)| {
            task.open() && task.node(work_package).is_some_and(|node| node.question.is_some())
        })
    }

    /// The answers that the fault-isolation node in front may have, in the manual's words; none where it asks nothing.
    pub(super) fn fault_answers(&self) -> Vec<String> {
        let question = self.current().and_then(|(task, work_package)| task.node(work_package)?.question.as_ref());
        question.map_or_else(Vec::new, |(_, answers)| answers.iter().map(|answer| answer.text.clone()).collect())
    }

    /// Says which alert is still to be acknowledged.
    pub(super) fn tell_gate(&mut self) {
        let kind = self.gate().map_or("alert", |alert| match alert.kind {
            crate::manual::AlertKind::Warning => "warning",
            crate::manual::AlertKind::Caution => "caution",
            crate::manual::AlertKind::Note => "note",
        });
        self.tell(format!("Acknowledge the {kind} first: say “acknowledge”."));
    }
}

/// `“a”, “b”`.
pub(super) fn quoted(choices: &[String]) -> String {
    choices.iter().map(|choice| format!("“{choice}”")).collect::<Vec<_>>().join(", ")
}

fn plain(title: &str, choices: &[&str]) -> Prompt {
    Prompt {
        title: title.to_owned(),
        lines: Vec::new(),
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        citation: String::new(),
    }
}
