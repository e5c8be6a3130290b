//! A task being worked on: where in it, which alerts are still to be acknowledged, what was done. Must not know words
//! of users, nor what is drawn.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::procedure::{AlertKey, Owner, PlannedStep};
use crate::{
    manual::{Alert, FaultNode, Step, WorkPackage},
    time::Timestamp,
};

/// How far a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// The alerts of the whole procedure are being acknowledged.
    Alerts,
    /// The required conditions are being confirmed.
    Conditions,
    /// At a step or a node.
    Work,
    /// The requirements after completion.
    CloseUp,
}

/// Where in the body of the work package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// In a procedure.
    Steps {
        /// The steps shown to this variant.
        plan: Vec<PlannedStep>,
        /// Index of the current one.
        at: usize,
        /// Ids of those done.
        done: BTreeSet<String>,
    },
    /// In a fault isolation.
    Fault {
        /// Id of the current node.
        node: String,
        /// Ids of the nodes that led here, oldest first.
        trail: Vec<String>,
    },
}

/// A task on the stack.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    /// Id of its work package.
    pub work_package: String,
    /// How far.
    pub phase: Phase,
    /// Where.
    pub route: Route,
    /// Alerts that must be acknowledged before anything goes on, the next one first.
    pub queue: VecDeque<AlertKey>,
    /// How many the queue had when it was filled.
    pub queued: usize,
    /// Acknowledged and still in force: of the procedure, and of the steps around the current one.
    pub held: BTreeSet<AlertKey>,
    /// Acknowledged at any time since the last start or resume.
    pub seen: BTreeSet<AlertKey>,
    /// Work packages that a step or node refers to and that were done or declined there: (step, work package).
    pub referred: BTreeSet<(String, String)>,
    /// Since when it is asked whether what is required after completion is done.
    pub closing_since: Option<Timestamp>,
    /// Since when another task lies over it.
    pub suspended: Option<Timestamp>,
    /// Every acknowledgement is void: they are asked again when the task is next on top.
    pub stale: bool,
}

impl Task {
    /// Id of the step or node that the task is at.
    pub(super) fn place(&self) -> &str {
        match &self.route {
            Route::Steps { plan, at, .. } => plan.get(*at).map_or("", |step| step.id.as_str()),
            Route::Fault { node, .. } => node,
        }
    }

    /// The planned step it is at, in a procedure.
    pub(super) fn planned(&self) -> Option<&PlannedStep> {
        match &self.route {
            Route::Steps { plan, at, .. } => plan.get(*at),
            Route::Fault { .. } => None,
        }
    }

    /// The step it is at, in a procedure.
    pub(super) fn step<'a>(&self, work_package: &'a WorkPackage) -> Option<&'a Step> {
        let procedure = work_package.body.procedure()?;
        super::procedure::find_step(&procedure.steps, &self.planned()?.id)
    }

    /// The node it is at, in a fault isolation.
    pub(super) fn node<'a>(&self, work_package: &'a WorkPackage) -> Option<&'a FaultNode> {
        let Route::Fault { node, .. } = &self.route else { return None };
        super::fault::find_node(work_package, node)
    }

    /// The alert that gates now.
    pub(super) fn gate<'a>(&self, work_package: &'a WorkPackage) -> Option<&'a Alert> {
        let key = self.queue.front()?;
        super::procedure::alerts_of(work_package, &key.owner).get(key.index)
    }

    /// True where nothing stands between the user and the current step.
    pub(super) fn open(&self) -> bool {
        self.phase == Phase::Work && self.queue.is_empty()
    }

    /// Fills the gate.
    pub(super) fn fill(&mut self, keys: Vec<AlertKey>) {
        self.queued = keys.len();
        self.queue = keys.into();
    }

    /// Takes one acknowledgement: of the alert in front, and of no other.
    pub(super) fn acknowledge(&mut self) -> Option<AlertKey> {
        let key = self.queue.pop_front()?;
        self.held.insert(key.clone());
        self.seen.insert(key.clone());
        Some(key)
    }

    /// Alerts of the whole procedure that are still to be acknowledged.
    pub(super) fn setup_pending(&self) -> Vec<AlertKey> {
        self.queue.iter().filter(|key| key.owner == Owner::Setup).cloned().collect()
    }
}
