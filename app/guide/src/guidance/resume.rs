//! The resume point: what survives a kill, and how a session goes on from it. Acknowledgements never survive.
//! Must not know files.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    Guidance, Options,
    fault::find_node,
    lifecycle::route,
    task::{Phase, Route, Task},
};
use crate::{applicability::Variant, equipment::EquipmentPackage, event::Effect, manual::Publication, time::Timestamp};

/// The state of a session as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Publication it belongs to.
    pub publication: String,
    /// What was known of the equipment.
    pub variant: Variant,
    /// Open tasks, the one worked on last.
    tasks: Vec<Saved>,
}

/// A task as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Saved {
    work_package: String,
    issue: String,
    phase: Phase,
    place: String,
    done: Vec<String>,
    trail: Vec<String>,
    referred: Vec<(String, String)>,
}

impl Guidance {
    /// What must survive a kill.
    pub fn snapshot(&self) -> Snapshot {
        let tasks = self.tasks.iter().map(|task| {
            let (done, trail) = match &task.route {
                Route::Steps { done, .. } => (done.iter().cloned().collect(), Vec::new()),
                Route::Fault { trail, .. } => (Vec::new(), trail.clone()),
            };
            Saved {
                work_package: task.work_package.clone(),
                issue: self
                    .publication
                    .work_package(&task.work_package)
                    .map_or_else(String::new, |wp| wp.issue.clone()),
                phase: task.phase,
                place: task.place().to_owned(),
                done,
                trail,
                referred: task.referred.iter().cloned().collect(),
            }
        });
        Snapshot { publication: self.publication.id.clone(), variant: self.variant.clone(), tasks: tasks.collect() }
    }

    /// Goes on where a session ended: at the same step, with every alert to be acknowledged again.
    ///
    /// A work package that is gone or was revised since then is started again from its beginning, or left out, and the
    /// notice says so.
    pub fn resume(
        publication: Arc<Publication>,
        equipment: Arc<EquipmentPackage>,
        options: Options,
        snapshot: Snapshot,
        now: Timestamp,
    ) -> (Self, Vec<Effect>) {
        let mut guidance = Self::new(publication, equipment, options);
        guidance.last_user = now;
        if snapshot.publication != guidance.publication.id {
            guidance.tell("The saved task belongs to another manual: it is not resumed.");
            let effects = std::mem::take(&mut guidance.effects);
            return (guidance, effects);
        }
        guidance.variant.extend(snapshot.variant);
        for saved in snapshot.tasks {
            guidance.restore(saved, now);
        }
        if !guidance.tasks.is_empty() {
            guidance.note(now, "resumed after a restart: alerts are asked again".to_owned());
            guidance.gate_anew();
        }
        guidance.settle();
        guidance.present(now);
        let effects = std::mem::take(&mut guidance.effects);
        (guidance, effects)
    }

    fn restore(&mut self, saved: Saved, now: Timestamp) {
        let publication = Arc::clone(&self.publication);
        let found = publication.work_package(&saved.work_package);
        let Some((work_package, fresh)) = found.and_then(|wp| Some((wp, route(wp, &self.variant)?))) else {
            let words = format!("{} is no longer in the manual: it is left out.", saved.work_package);
            self.note(now, words.clone());
            self.tell(words);
            return;
        };
        let mut task = Task {
            work_package: saved.work_package,
            phase: saved.phase,
            route: fresh,
            queue: VecDeque::new(),
            queued: 0,
            held: BTreeSet::new(),
            seen: BTreeSet::new(),
            referred: saved.referred.into_iter().collect(),
            closing_since: None,
            suspended: None,
            stale: true,
        };
        let stands = saved.issue == work_package.issue
            && match &mut task.route {
                Route::Steps { plan, at, done } => {
                    done.extend(saved.done.into_iter().filter(|id| plan.iter().any(|step| &step.id == id)));
                    let place = plan.iter().position(|step| step.id == saved.place);
                    *at = place.unwrap_or(0);
                    place.is_some() && plan.iter().take(*at).all(|step| !step.lockout || done.contains(&step.id))
                }
                Route::Fault { node, trail } => {
                    trail.extend(saved.trail.into_iter().filter(|id| find_node(work_package, id).is_some()));
                    let place = find_node(work_package, &saved.place).map(|node| node.id.clone());
                    let stands = place.is_some();
                    *node = place.unwrap_or_else(|| node.clone());
                    stands
                }
            };
        if !stands {
            // The manual changed under the task: nothing that was done or read before can be relied on.
            task.phase = Phase::Alerts;
            task.referred.clear();
            if let Some(fresh) = route(work_package, &self.variant) {
                task.route = fresh;
            }
            let words = format!("{} has changed since: it starts again.", work_package.title());
            self.note(now, words.clone());
            self.tell(words);
        }
        self.tasks.push(task);
    }
}
