//! Commands that move through a task: next, back, jump, pause, and what is done to a part. Must not know words.

use super::{
    Guidance, gates,
    procedure::PlannedStep,
    prompts::{Ask, Then},
    task::{Phase, Route},
};
use crate::{command::Command, event::Effect, time::Timestamp};

impl Guidance {
    /// Carries out a command, however it came.
    pub(super) fn command(&mut self, command: Command, now: Timestamp) {
        if self.paused.is_some() && !matches!(command, Command::Resume | Command::Yes | Command::Stop | Command::Repeat)
        {
            if command != Command::Pause {
                self.tell("Paused. Say “resume” to go on.");
            }
            return;
        }
        match command {
            Command::Next => self.next(now),
            Command::Back => self.back(),
            Command::Repeat => self.presented.clear(),
            Command::GoToStep(number) => self.go_to(&number, now),
            Command::ShowWarning => self.show_warning(),
            Command::Acknowledge => self.acknowledge(now),
            Command::Tools => self.tools(),
            Command::Torque => self.torque(),
            Command::Remaining => self.remaining(),
            Command::Figure => self.figure(),
            Command::Stop => self.effects.push(Effect::Hush),
            Command::Pause => self.pause(now),
            Command::Resume => self.resume_work(now),
            Command::Yes => self.reply(true, now),
            Command::No => self.reply(false, now),
        }
    }

    fn next(&mut self, now: Timestamp) {
        if self.answer.is_some() && !self.tasks.is_empty() {
            self.dismiss();
            return;
        }
        if self.refuse_unless_open() {
            return;
        }
        let Some((task, work_package)) = self.current() else {
            self.tell("No task is under way. Ask a question, or say what you want to do.");
            return;
        };
        match &task.route {
            Route::Steps { .. } => self.step_done(now),
            Route::Fault { .. } => {
                if task.node(work_package).is_some_and(|node| node.question.is_some()) {
                    self.tell("Answer the question first.");
                } else {
                    self.close_or_complete(now);
                }
            }
        }
    }

    /// Marks the current step done and goes to the one after it.
    fn step_done(&mut self, now: Timestamp) {
        let Some(task) = self.tasks.last_mut() else { return };
        let Route::Steps { plan, at, done } = &mut task.route else { return };
        let Some(step) = plan.get(*at) else { return };
        done.insert(step.id.clone());
        let words = format!("step {} done", step.number);
        if *at + 1 < plan.len() {
            *at += 1;
            self.figure_open = false;
            self.note(now, words);
            self.gate_current(gates::Entry::Forward);
        } else {
            self.note(now, words);
            self.close_or_complete(now);
        }
    }

    fn back(&mut self) {
        if self.answer.is_some() {
            self.dismiss();
            return;
        }
        if matches!(self.ask, Some(Ask::Offer { .. } | Ask::Mapped { .. })) {
            self.ask = None;
            return;
        }
        let Some(task) = self.tasks.last_mut() else {
            self.tell("No task is under way.");
            return;
        };
        match (&mut task.route, task.phase) {
            (_, Phase::Alerts | Phase::Conditions) => self.tell("This is the start of the task."),
            (_, Phase::CloseUp) => {
                task.phase = Phase::Work;
                self.gate_current(gates::Entry::Back);
            }
            (Route::Steps { at, .. }, Phase::Work) => {
                if *at == 0 {
                    self.tell("This is the first step.");
                } else {
                    *at -= 1;
                    self.figure_open = false;
                    self.gate_current(gates::Entry::Back);
                }
            }
            (Route::Fault { trail, .. }, Phase::Work) => match trail.pop() {
                Some(node) => self.enter_node(&node, None, gates::Entry::Back),
                None => self.tell("This is the first step of the fault isolation."),
            },
        }
    }

    /// Goes to the step with this number as the manual counts it, or, where none has it, to the n-th shown.
    fn go_to(&mut self, number: &str, now: Timestamp) {
        let Some(task) = self.tasks.last() else {
            self.tell("No task is under way.");
            return;
        };
        if matches!(self.ask, Some(Ask::Variant { .. })) {
            self.tell("Say first which variant stands in front of you.");
            return;
        }
        if !matches!(task.phase, Phase::Work | Phase::CloseUp) {
            self.tell("The task has not begun: acknowledge its alerts and confirm its conditions first.");
            return;
        }
        let place = task.place().to_owned();
        let (plan, at, done) = match &task.route {
            Route::Steps { plan, at, done } => (plan, *at, done),
            Route::Fault { .. } => {
                self.tell("A fault isolation goes from answer to answer: say “go back” to change one.");
                return;
            }
        };
        let Some(target) = find(plan, number) else {
            let last = plan.last().map_or("", |step| step.number.as_str()).to_owned();
            self.tell(format!("There is no step {number} here: the last is step {last}."));
            return;
        };
        if let Some(locked) = plan.iter().take(target).find(|step| step.lockout && !done.contains(&step.id)) {
            let words = format!("Step {} is a lockout step and is not done: it cannot be skipped.", locked.number);
            self.note(now, format!("jump to step {number} refused: lockout step {} is not done", locked.number));
            self.tell(words);
            return;
        }
        let skipped: Vec<String> = plan
            .iter()
            .take(target)
            .skip(at)
            .filter(|step| !done.contains(&step.id))
            .map(|step| step.number.clone())
            .collect();
        if !skipped.is_empty() {
            self.note(now, format!("skipped step {}", skipped.join(", ")));
        }
        self.dismiss();
        if let Some(task) = self.tasks.last_mut() {
            task.phase = Phase::Work;
            if let Route::Steps { at, .. } = &mut task.route {
                *at = target;
            }
            if task.place() != place {
                self.figure_open = false;
            }
        }
        let entry = if target > at { gates::Entry::Jump { from: at } } else { gates::Entry::Back };
        self.gate_current(entry);
    }

    fn pause(&mut self, now: Timestamp) {
        if self.tasks.is_empty() {
            self.tell("No task is under way.");
        } else {
            self.paused = Some(now);
            self.effects.push(Effect::Hush);
            self.note(now, "paused".to_owned());
        }
    }

    pub(super) fn resume_work(&mut self, now: Timestamp) {
        if let Some(since) = self.paused.take() {
            self.note(now, "resumed".to_owned());
            if now.since(since) > self.options.long_pause_s {
                self.gate_anew();
            }
        } else if self.answer.is_some() && !self.tasks.is_empty() {
            self.dismiss();
        } else if self.tasks.is_empty() {
            self.tell("No task is under way.");
        } else {
            self.tell("Nothing is paused: say “next” for the next step.");
        }
    }

    /// Puts the answer away, with what it offered, and returns to the card.
    pub(super) fn dismiss(&mut self) {
        self.answer = None;
        if matches!(self.ask, Some(Ask::Offer { .. } | Ask::Variant { then: Then::Search(_), .. })) {
            self.ask = None;
        }
    }

    /// Ends with a notice unless the current step is open to be worked on. True when refused.
    pub(super) fn refuse_unless_open(&mut self) -> bool {
        if self.gate().is_some() {
            self.tell_gate();
            return true;
        }
        if let Some(prompt) = self.prompt().filter(|_| !self.optional_prompt()) {
            self.tell(format!("Answer first: {}", prompt.prompt.title));
            return true;
        }
        false
    }

    /// The user did something to a part.
    pub(super) fn part_acted(&mut self, item: &str, now: Timestamp) {
        if self.paused.is_some() {
            self.tell("Paused. Say “resume” to go on.");
            return;
        }
        if self.gate().is_none() && self.answer.is_some() && !self.tasks.is_empty() {
            self.tell("Say “resume” to return to the step.");
            return;
        }
        if self.refuse_unless_open() {
            return;
        }
        let Some((task, work_package)) = self.current() else {
            self.tell("No task is under way.");
            return;
        };
        let Some(focus) = self.focus_item() else {
            self.tell("This step names no part: say “next” when it is done.");
            return;
        };
        if !focus.eq_ignore_ascii_case(item) {
            let name = self.equipment.parts.get(&focus).map_or(focus.as_str(), |part| part.name.as_str());
            let words = format!("This step is about the {}.", name.to_lowercase());
            self.tell(words);
            return;
        }
        let asks = task.node(work_package).is_some_and(|node| node.question.is_some());
        let steps = matches!(task.route, Route::Steps { .. });
        let cue = self.motion();
        self.effects.push(Effect::PlayMotion { item: focus, cue });
        if steps {
            self.step_done(now);
        } else if !asks {
            self.close_or_complete(now);
        }
    }
}

/// The shown step that a spoken number means.
fn find(plan: &[PlannedStep], number: &str) -> Option<usize> {
    let number = number.trim();
    let under = format!("{number}.");
    plan.iter()
        .position(|step| step.number.eq_ignore_ascii_case(number))
        .or_else(|| plan.iter().position(|step| step.number.starts_with(&under)))
        .or_else(|| number.parse::<usize>().ok()?.checked_sub(1).filter(|index| *index < plan.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_means_the_manuals_number_first() {
        let step = |number: &str| PlannedStep {
            id: format!("s{number}"),
            number: number.into(),
            ancestors: Vec::new(),
            carried: Vec::new(),
            lockout: false,
        };
        let plan = [step("1"), step("3"), step("4.1"), step("4.2")];
        assert_eq!(find(&plan, "3"), Some(1));
        assert_eq!(find(&plan, "4"), Some(2));
        assert_eq!(find(&plan, "4.2"), Some(3));
        assert_eq!(find(&plan, "2"), Some(1));
        assert_eq!(find(&plan, "0"), None);
        assert_eq!(find(&plan, "9"), None);
    }
}
