//! Fault isolation: from node to node of the graph by the user's own answers. Must not know how a reply was understood.

use std::sync::Arc;

use super::{
    Guidance,
    gates::Entry,
    procedure::playable,
    task::{Phase, Route, Task},
};
use crate::{
    applicability::Applies,
    manual::{Body, FaultNode, Next, Span, WorkPackage},
    time::Timestamp,
};

/// Finds a node by its id.
pub(super) fn find_node<'a>(work_package: &'a WorkPackage, id: &str) -> Option<&'a FaultNode> {
    match &work_package.body {
        Body::FaultIsolation(fault) => fault.nodes.iter().find(|node| node.id == id),
        _ => None,
    }
}

impl Guidance {
    /// Takes the answer with this index at the current node.
    pub(super) fn answer_fault(&mut self, index: usize, now: Timestamp) {
        let publication = Arc::clone(&self.publication);
        let Some(task) = self.tasks.last() else { return };
        let Some(work_package) = publication.work_package(&task.work_package) else { return };
        let Some(node) = task.node(work_package) else { return };
        let Some((_, answers)) = &node.question else {
            self.tell("Nothing is asked here: say “next”.");
            return;
        };
        let Some(answer) = answers.get(index) else {
            let listed = list_answers(node);
            self.tell(format!("The answers are {listed}."));
            return;
        };
        let from = node.id.clone();
        let words = answer.text.clone();
        match &answer.next {
            Next::End => {
                self.note(now, format!("answered `{words}`; the isolation ends"));
                self.close_or_complete(now);
            }
            Next::Node(to) => match find_node(work_package, to).map(|node| node.applicability.applies(&self.variant)) {
                Some(Applies::Yes) => {
                    let to = to.clone();
                    self.note(now, format!("answered `{words}`"));
                    self.enter_node(&to, Some(from), Entry::Forward);
                }
                Some(_) => self.tell("The manual has no step for this model there."),
                None => self.tell(format!("The manual leads to `{to}`, which is not in it.")),
            },
        }
    }

    /// Goes to a node; `from` is remembered as the way back.
    pub(super) fn enter_node(&mut self, to: &str, from: Option<String>, entry: Entry) {
        if let Some(task) = self.tasks.last_mut() {
            if let Route::Fault { node, trail } = &mut task.route {
                to.clone_into(node);
                trail.extend(from);
            }
            // What a node refers to is offered again each time the isolation comes to it.
            task.referred.retain(|(place, _)| place != to);
            task.phase = Phase::Work;
        }
        self.figure_open = false;
        self.gate_current(entry);
    }

    /// The next work package that the current place refers to and that can be entered now.
    pub(super) fn reference(&self) -> Option<&WorkPackage> {
        let (task, work_package) = self.current()?;
        if !task.open() {
            return None;
        }
        references(task, work_package).into_iter().find_map(|id| {
            let found = self.publication.work_package(&id)?;
            let free = !task.referred.contains(&(task.place().to_owned(), id.clone()))
                && !self.tasks.iter().any(|other| other.work_package == id);
            let applies = found.applicability.applies(&self.variant) != Applies::No;
            (free && applies && playable(found)).then_some(found)
        })
    }
}

/// The answers of a node, for people.
pub(super) fn list_answers(node: &FaultNode) -> String {
    let answers = node.question.as_ref().map(|(_, answers)| answers.as_slice()).unwrap_or_default();
    answers.iter().map(|answer| format!("“{}”", answer.text)).collect::<Vec<_>>().join(", ")
}

/// Work packages that the current step or node names, in order.
fn references(task: &Task, work_package: &WorkPackage) -> Vec<String> {
    if let Some(node) = task.node(work_package) {
        return node.corrective.clone();
    }
    let mut ids = Vec::new();
    for span in task.step(work_package).iter().flat_map(|step| &step.text).flat_map(|text| &text.spans) {
        if let Span::WorkPackage { id, .. } = span
            && !ids.contains(id)
        {
            ids.push(id.clone());
        }
    }
    ids
}
