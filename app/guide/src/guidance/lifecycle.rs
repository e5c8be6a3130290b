//! The life of a task: started, closed, ended, laid out anew for another variant. Must not know words or commands.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use super::{
    Guidance,
    fault::find_node,
    gates,
    procedure::{close_up, conditions, plan, playable, unknown_property},
    prompts::{Ask, Then},
    task::{Phase, Route, Task},
};
use crate::{
    applicability::{Applies, Variant},
    event::Effect,
    manual::{Body, WorkPackage},
    time::Timestamp,
};

/// Tasks within tasks: deeper than any manual goes.
const MAX_DEPTH: usize = 8;

impl Guidance {
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
            closing_since: None,
            suspended: None,
            stale: false,
        });
        self.note(now, format!("started {id}"));
        self.gate_current(gates::Entry::Anew);
    }

    /// Goes from the last step to the requirements after completion, or ends the task.
    pub(super) fn close_or_complete(&mut self, now: Timestamp) {
        let Some((_, work_package)) = self.current() else { return };
        if conditions(close_up(work_package), &self.variant).is_empty() {
            self.complete(now);
        } else if let Some(task) = self.tasks.last_mut() {
            task.phase = Phase::CloseUp;
            task.closing_since = Some(now);
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
        self.dismiss();
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
