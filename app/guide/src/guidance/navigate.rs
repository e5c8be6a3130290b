//! Commands that move through a task, and the life of a task: start, next, back, jump, pause, close-up, end.
//! Must not know words.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use super::{
    Guidance,
    fault::find_node,
    gates,
    procedure::{PlannedStep, close_up, conditions, plan, playable, unknown_property},
    prompts::{Ask, Then},
    task::{Phase, Route, Task},
};
use crate::{
    applicability::{Applies, Variant},
    command::Command,
    event::Effect,
    manual::{Body, WorkPackage},
    time::Timestamp,
};

/// Tasks within tasks: deeper than any manual goes.
const MAX_DEPTH: usize = 8;

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

    /// Starts a task; one that is under way waits under it and is returned to.
    pub(super) fn start_task(&mut self, id: &str, now: Timestamp) {
        let publication = Arc::clone(&self.publication);
        if self.paused.is_some() {
            self.tell("Paused. Say “resume” to go on.");
            return;
        }
        if self.gate().is_some() {
            self.tell_gate();
            return;
        }
        let Some(work_package) = publication.work_package(id) else {
            self.tell(format!("{id} is not loaded."));
            return;
        };
        if !playable(work_package) {
            self.tell(format!("{} is not a task with steps.", work_package.title()));
            return;
        }
        if self.tasks.iter().any(|task| task.work_package == id) {
            self.tell(format!("{} is already under way.", work_package.title()));
            return;
        }
        if self.tasks.len() >= MAX_DEPTH {
            self.tell("Too many tasks are open: finish one first.");
            return;
        }
        if let Some(property) = unknown_property(work_package, &self.variant) {
            self.ask = Some(Ask::Variant { property, then: Then::Start(id.to_owned()) });
            return;
        }
        let Some(route) = route(work_package, &self.variant) else {
            self.tell(format!("{} does not apply to {}.", work_package.title(), self.variant_words()));
            return;
        };
        if let Some(below) = self.tasks.last_mut() {
            below.suspended = Some(now);
        }
        self.answer = None;
        self.ask = None;
        self.mapping = None;
        self.figure_open = false;
        self.tasks.push(Task {
            work_package: id.to_owned(),
            phase: Phase::Alerts,
            route,
            queue: VecDeque::new(),
            queued: 0,
            held: BTreeSet::new(),
            seen: BTreeSet::new(),
            referred: BTreeSet::new(),
            suspended: None,
            stale: false,
        });
        self.note(now, format!("started {id}"));
        self.gate_current(gates::Entry::Anew);
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
        self.answer = None;
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

    /// Goes from the last step to the requirements after completion, or ends the task.
    pub(super) fn close_or_complete(&mut self, now: Timestamp) {
        let Some((_, work_package)) = self.current() else { return };
        if conditions(close_up(work_package), &self.variant).is_empty() {
            self.complete(now);
        } else if let Some(task) = self.tasks.last_mut() {
            task.phase = Phase::CloseUp;
            self.figure_open = false;
        }
    }

    /// Ends the current task as done and returns to the one under it.
    pub(super) fn complete(&mut self, now: Timestamp) {
        let Some((task, work_package)) = self.current() else { return };
        let title = work_package.title();
        let mut lines = vec![format!("Task complete: {title}.")];
        if let Route::Steps { plan, done, .. } = &task.route {
            let left: Vec<&str> =
                plan.iter().filter(|step| !done.contains(&step.id)).map(|step| step.number.as_str()).collect();
            if !left.is_empty() {
                lines.push(format!("Not done: step {}.", left.join(", ")));
            }
        }
        self.note(now, lines.join(" "));
        self.effects.push(Effect::Say(lines.join(" ")));
        self.tell_cited(lines, String::new());
        self.leave(now);
    }

    /// Takes the current task off the stack and returns to the one under it.
    pub(super) fn leave(&mut self, now: Timestamp) {
        let Some(ended) = self.tasks.pop() else { return };
        self.answer = None;
        self.figure_open = false;
        self.paused = None;
        self.mapping = None;
        if matches!(self.ask, Some(Ask::Mapped { .. })) {
            self.ask = None;
        }
        let Some(below) = self.tasks.last_mut() else { return };
        let place = below.place().to_owned();
        below.referred.insert((place, ended.work_package));
        let waited = below.suspended.take().map_or(0.0, |since| now.since(since));
        if below.stale || waited > self.options.long_pause_s {
            self.gate_anew();
        }
    }

    /// The variant became known, or was corrected: every open task is laid out anew and its alerts are asked again.
    pub(super) fn set_variant(&mut self, property: &str, value: &str, now: Timestamp) {
        if self.variant.get(property).is_some_and(|known| known == value) {
            return;
        }
        self.variant.insert(property.to_owned(), value.to_owned());
        self.note(now, format!("{property} is {value}"));
        self.answer = None;
        self.figure_open = false;
        self.mapping = None;
        if matches!(self.ask, Some(Ask::Mapped { .. } | Ask::Offer { .. })) {
            self.ask = None;
        }
        // What is under way was searched for another variant.
        if let Some((_, query)) = self.search.take() {
            self.search_for(query);
        }
        if self.lay_out_anew(now) {
            self.gate_anew();
        }
        match self.ask.take() {
            Some(Ask::Variant { property: asked, then }) if asked == property => self.then(then, now),
            other => self.ask = other,
        }
    }

    /// Lays every open task out for the variant as it is now known. Returns whether any is open.
    fn lay_out_anew(&mut self, now: Timestamp) -> bool {
        let publication = Arc::clone(&self.publication);
        let mut ended = Vec::new();
        let variant = self.variant.clone();
        self.tasks.retain_mut(|task| {
            let work_package = publication.work_package(&task.work_package);
            let kept = work_package.is_some_and(|work_package| {
                route(work_package, &variant).is_some_and(|fresh| task.move_onto(fresh, work_package, &variant))
            });
            if !kept {
                ended.push(task.work_package.clone());
            }
            kept
        });
        for id in ended {
            let words = format!("{id} does not apply to {}: it is ended.", self.variant_words());
            self.note(now, words.clone());
            self.tell(words);
        }
        !self.tasks.is_empty()
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
        if self.gate().is_some() {
            self.tell_gate();
            return;
        }
        if self.answer.is_some() && !self.tasks.is_empty() {
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

    /// E.g. `Mk 2`; `this equipment` while nothing is known.
    pub(super) fn variant_words(&self) -> String {
        if self.variant.is_empty() {
            "this equipment".to_owned()
        } else {
            self.variant.values().cloned().collect::<Vec<_>>().join(", ")
        }
    }
}

impl Task {
    /// Goes on in another layout of the same work package, at the same place or the nearest that still stands.
    /// False where there is none.
    pub(super) fn move_onto(&mut self, fresh: Route, work_package: &WorkPackage, variant: &Variant) -> bool {
        let stands = |id: &str| {
            find_node(work_package, id).is_some_and(|node| node.applicability.applies(variant) == Applies::Yes)
        };
        match (&self.route, fresh) {
            (Route::Steps { plan: old, at, done }, Route::Steps { plan, .. }) => {
                let done: BTreeSet<String> =
                    plan.iter().filter(|step| done.contains(&step.id)).map(|step| step.id.clone()).collect();
                let index_of = |id: &str| plan.iter().position(|new| new.id == id);
                // The same step, or the one after the last earlier step that is left.
                let same = old.get(*at).and_then(|step| index_of(&step.id));
                let earlier = || old.iter().take(*at).rev().find_map(|step| index_of(&step.id)).map_or(0, |i| i + 1);
                let wanted = same.unwrap_or_else(earlier).min(plan.len().saturating_sub(1));
                // A step that the other variant does not have was never shown: it comes first.
                let new = plan.iter().position(|step| old.iter().all(|old| old.id != step.id));
                let wanted = new.map_or(wanted, |new| new.min(wanted));
                let locked = plan.iter().take(wanted).position(|step| step.lockout && !done.contains(&step.id));
                if self.phase == Phase::CloseUp && (locked.is_some() || new.is_some()) {
                    self.phase = Phase::Work;
                }
                self.route = Route::Steps { at: locked.unwrap_or(wanted), plan, done };
                true
            }
            (Route::Fault { node, trail }, fresh @ Route::Fault { .. }) => {
                let trail: Vec<String> = trail.iter().filter(|id| stands(id)).cloned().collect();
                self.route = if stands(node) { Route::Fault { node: node.clone(), trail } } else { fresh };
                true
            }
            _ => false,
        }
    }
}

/// Lays a work package out for a variant; `None` where nothing of it applies.
pub(super) fn route(work_package: &WorkPackage, variant: &Variant) -> Option<Route> {
    if !playable(work_package) || work_package.applicability.applies(variant) != Applies::Yes {
        return None;
    }
    match &work_package.body {
        Body::Procedure(procedure) | Body::Checks(procedure) => {
            let plan = plan(procedure, variant);
            (!plan.is_empty()).then(|| Route::Steps { plan, at: 0, done: BTreeSet::new() })
        }
        Body::FaultIsolation(fault) => {
            let first = fault.nodes.iter().find(|node| node.applicability.applies(variant) == Applies::Yes)?;
            Some(Route::Fault { node: first.id.clone(), trail: Vec::new() })
        }
        Body::Description(_) | Body::PartsList(_) | Body::Common(_) => None,
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
