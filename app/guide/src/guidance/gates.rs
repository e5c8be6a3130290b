//! The gates: which alerts stand before what, and how alone they open. Must not know how an acknowledgement is said.
//!
//! - The alerts of the procedure gate its start; the required conditions are confirmed after them.
//! - The alerts of a step, and those of the steps around it, gate the step. Each entry asks for the step's own again;
//!   those of the steps around it are asked once while the work stays under them.
//! - Jumping ahead also asks for every alert of the steps jumped over that nobody has acknowledged.
//! - After a resume, a restart, a long pause or a change of variant, all of them are asked again.

use std::collections::BTreeSet;

use super::{
    Guidance,
    procedure::{AlertKey, Owner, alerts_of, conditions, gating, unknown_property},
    prompts::{Ask, Then},
    task::{Phase, Route},
};
use crate::{manual::AlertKind, time::Timestamp};

/// How a step is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// From the one before, or as the first.
    Forward,
    /// Back to an earlier one, or on from a shown one.
    Back,
    /// Over the steps from this index on.
    Jump {
        /// Index of the step left.
        from: usize,
    },
    /// Anew: every acknowledgement is void.
    Anew,
}

impl Guidance {
    /// Fills the gate of the current task for the place it stands at.
    pub(super) fn gate_current(&mut self, entry: Entry) {
        let Some((task, work_package)) = self.current() else { return };
        let variant = &self.variant;
        let own = |id: &str| gating(work_package, &Owner::Step(id.to_owned()), variant);
        let mut held = task.held.clone();
        let mut keys: Vec<AlertKey> = Vec::new();
        if entry == Entry::Anew {
            held.clear();
            keys.extend(gating(work_package, &Owner::Setup, variant));
        } else {
            keys.extend(task.setup_pending());
        }
        if task.phase == Phase::Work {
            if let (Entry::Jump { from }, Route::Steps { plan, at, done }) = (entry, &task.route) {
                for step in plan.iter().take(*at).skip(from).filter(|step| !done.contains(&step.id)) {
                    let around = step.ancestors.iter().chain(&step.carried).chain([&step.id]);
                    let skipped: Vec<_> = around.flat_map(|id| own(id)).collect();
                    keys.extend(skipped.into_iter().filter(|key| !task.seen.contains(key)));
                }
            }
            if let Some(step) = task.planned() {
                held.retain(|key| match &key.owner {
                    Owner::Setup => true,
                    Owner::Step(id) => step.ancestors.contains(id),
                });
                let around: Vec<_> = step.ancestors.iter().flat_map(|id| own(id)).collect();
                keys.extend(around.into_iter().filter(|key| !held.contains(key)));
                keys.extend(step.carried.iter().flat_map(|id| own(id)));
                keys.extend(own(&step.id));
            } else if let Some(node) = task.node(work_package) {
                held.retain(|key| key.owner == Owner::Setup);
                keys.extend(own(&node.id));
            }
        }
        // The same words are asked once: for the whole procedure where it asks for them, else nearest to the step.
        let words = |key: &AlertKey| -> (AlertKind, Vec<String>) {
            alerts_of(work_package, &key.owner).get(key.index).map_or((AlertKind::Note, Vec::new()), |alert| {
                (alert.kind, alert.text.iter().map(crate::manual::Text::plain).collect())
            })
        };
        let mut kept: Vec<AlertKey> = Vec::new();
        let mut said: BTreeSet<(AlertKind, Vec<String>)> = BTreeSet::new();
        let (setup, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key.owner == Owner::Setup);
        for key in setup.into_iter().rev().chain(others.into_iter().rev()) {
            if said.insert(words(&key)) {
                kept.push(key);
            }
        }
        kept.reverse();
        kept.sort_by_key(|key| key.owner != Owner::Setup);
        if let Some(task) = self.tasks.last_mut() {
            if entry == Entry::Anew {
                task.seen.clear();
                task.stale = false;
            }
            task.held = held;
            task.fill(kept);
        }
    }

    /// Voids every acknowledgement: the current task asks for them now, the tasks under it when they come back.
    pub(super) fn gate_anew(&mut self) {
        // What is in front is said again, even where it is the same alert.
        self.presented.clear();
        for task in &mut self.tasks {
            task.stale = true;
        }
        if let Some(task) = self.tasks.last_mut()
            && task.phase == Phase::Conditions
        {
            task.phase = Phase::Alerts;
        }
        self.gate_current(Entry::Anew);
    }

    /// The one way in which a gate opens.
    pub(super) fn acknowledge(&mut self, now: Timestamp) {
        let Some(task) = self.tasks.last_mut() else {
            self.tell("There is nothing to acknowledge.");
            return;
        };
        match task.acknowledge() {
            Some(key) => {
                let words = self.alert_words(&key);
                self.note(now, format!("acknowledged: {words}"));
            }
            None => self.tell("There is nothing to acknowledge."),
        }
    }

    /// Goes from an opened gate to what it gated: the conditions, then the first step.
    pub(super) fn settle(&mut self) {
        self.ask_what_is_unknown();
        let Some((task, work_package)) = self.current() else { return };
        if task.phase != Phase::Alerts || !task.queue.is_empty() {
            return;
        }
        let asks = !conditions(&work_package.setup.conditions, &self.variant).is_empty();
        if asks {
            if let Some(task) = self.tasks.last_mut() {
                task.phase = Phase::Conditions;
            }
        } else {
            self.begin_work();
        }
    }

    /// An open task may come to depend on a property that nobody has told us: it is asked before anything goes on.
    fn ask_what_is_unknown(&mut self) {
        let unknown = self
            .tasks
            .iter()
            .rev()
            .find_map(|task| unknown_property(self.publication.work_package(&task.work_package)?, &self.variant));
        if let Some(property) = unknown
            && !matches!(&self.ask, Some(Ask::Variant { property: asked, .. }) if *asked == property)
        {
            self.ask = Some(Ask::Variant { property, then: Then::Nothing });
        }
    }

    /// Enters the first step, or the step that the task was at.
    pub(super) fn begin_work(&mut self) {
        if let Some(task) = self.tasks.last_mut() {
            task.phase = Phase::Work;
        }
        self.gate_current(Entry::Forward);
    }

    /// Notices that nobody did anything for long.
    pub(super) fn watch_long_pause(&mut self, now: Timestamp) {
        let long = now.since(self.last_user) > self.options.long_pause_s;
        if long && self.paused.is_none() && !self.tasks.is_empty() {
            self.last_user = now;
            self.note(now, "long pause: alerts are asked again".to_owned());
            self.gate_anew();
        }
    }
}
