//! Commands that ask the manual about the task at hand: tools, torque, what is left, the figure, the warnings again.
//! Values are the manual's own, verbatim and cited. Must not know the library.

use std::collections::BTreeSet;

use super::{
    Guidance,
    procedure::{AlertKey, Owner, find_step, gating, notes},
    task::{Phase, Route},
};
use crate::{
    applicability::Applies,
    manual::{FaultNode, Figure, QuantityKind, Resource, ResourceKind, Span, Step, Text, WorkPackage},
    passage::Citation,
};

impl Guidance {
    /// Tools, supplies and spares of the task.
    pub(super) fn tools(&mut self) {
        let Some((_, work_package)) = self.current() else {
            self.tell("No task is under way: ask for the tools of a task by its name.");
            return;
        };
        let all: Vec<&Resource> = work_package
            .setup
            .resources
            .iter()
            .filter(|resource| resource.applicability.applies(&self.variant) == Applies::Yes)
            .collect();
        let mut lines = Vec::new();
        for (kind, word) in
            [(ResourceKind::Tool, "Tools"), (ResourceKind::Supply, "Supplies"), (ResourceKind::Spare, "Spares")]
        {
            let names: Vec<String> = all.iter().filter(|r| r.kind == kind).map(|r| resource_words(r)).collect();
            if !names.is_empty() {
                lines.push(format!("{word}: {}", names.join("; ")));
            }
        }
        match all.first() {
            Some(first) => {
                let citation = Citation { at: first.at.clone(), issue: work_package.issue.clone() }.short();
                self.tell_cited(lines, citation);
            }
            None => self.tell("The manual names no tools for this task."),
        }
    }

    /// The torque of this step, else every torque of the task by its step.
    pub(super) fn torque(&mut self) {
        if self.gate().is_some() {
            self.tell_gate();
            return;
        }
        let Some((task, work_package)) = self.current() else {
            self.tell("No task is under way: ask for a torque by the name of its part.");
            return;
        };
        let here = if task.open() { self.texts_here() } else { Vec::new() };
        let values = torques(&here);
        if let Some((_, first)) = values.first() {
            let citation = Citation { at: first.at.clone(), issue: work_package.issue.clone() }.short();
            let lines = values.iter().map(|(value, _)| value.clone()).collect();
            self.tell_cited(lines, citation);
            return;
        }
        let Route::Steps { plan, .. } = &task.route else {
            self.tell("The manual gives no torque here.");
            return;
        };
        let steps = work_package.body.procedure().map(|procedure| procedure.steps.as_slice()).unwrap_or_default();
        let mut lines = Vec::new();
        let mut at = None;
        for planned in plan {
            let Some(step) = find_step(steps, &planned.id) else { continue };
            for (value, text) in torques(&step.text.iter().collect::<Vec<_>>()) {
                at.get_or_insert_with(|| text.at.clone());
                lines.push(format!("Step {}: {value}", planned.number));
            }
        }
        match at {
            Some(mut at) => {
                let issue = work_package.issue.clone();
                if lines.len() > 1 {
                    // Several steps: the whole work package is cited, each line names its step.
                    at.element = String::new();
                    at.paragraph = None;
                }
                self.tell_cited(lines, Citation { at, issue }.short());
            }
            None => self.tell("The manual gives no torque in this task."),
        }
    }

    /// Which step this is and how many are left.
    pub(super) fn remaining(&mut self) {
        let Some((task, work_package)) = self.current() else {
            self.tell("No task is under way.");
            return;
        };
        let title = work_package.title();
        let words = match (&task.route, task.phase) {
            (Route::Fault { .. }, _) => {
                "A fault isolation ends where its answers lead: it has no fixed length.".to_owned()
            }
            (Route::Steps { plan, .. }, Phase::Alerts | Phase::Conditions) => {
                format!("{title} has {}; none is done.", count(plan.len()))
            }
            (Route::Steps { plan, at, .. }, Phase::Work) => {
                let left = plan.len() - at - 1;
                format!("Step {} of {}: {} left after this one.", at + 1, plan.len(), count(left))
            }
            (Route::Steps { .. }, Phase::CloseUp) => "No step is left: only what is done after completion.".to_owned(),
        };
        self.tell(words);
    }

    /// Shows the figure of this step, or puts it away.
    pub(super) fn figure(&mut self) {
        if self.figure_open {
            self.figure_open = false;
        } else if self.gate().is_some() {
            self.tell_gate();
        } else if self.figure_here().is_some() {
            self.figure_open = true;
        } else if self.tasks.is_empty() {
            self.tell("No task is under way.");
        } else {
            self.tell("The manual has no figure for this step.");
        }
    }

    /// The figure of this step: its own, the one it names, that of the steps around it, else the first of the task.
    pub(super) fn figure_here(&self) -> Option<&Figure> {
        let (task, work_package) = self.current()?;
        let mut ids: Vec<&str> = Vec::new();
        let texts = self.texts_here();
        if let Some(step) = task.step(work_package) {
            ids.extend(step.figures.iter().map(String::as_str));
        }
        ids.extend(texts.iter().flat_map(|text| &text.spans).filter_map(|span| match span {
            Span::Figure { id, .. } => Some(id.as_str()),
            _ => None,
        }));
        if let (Some(planned), Some(procedure)) = (task.planned(), work_package.body.procedure()) {
            for id in planned.ancestors.iter().rev() {
                let above = find_step(&procedure.steps, id);
                ids.extend(above.iter().flat_map(|step| &step.figures).map(String::as_str));
            }
        }
        ids.iter()
            .find_map(|id| work_package.figures.iter().find(|figure| figure.id == *id))
            .or_else(|| work_package.figures.first())
    }

    /// Shows the alerts of the procedure and of this step again, each to be acknowledged again.
    pub(super) fn show_warning(&mut self) {
        let Some((task, work_package)) = self.current() else {
            self.tell("No task is under way.");
            return;
        };
        if !task.queue.is_empty() {
            self.presented.clear();
            return;
        }
        let mut owners = vec![Owner::Setup];
        if task.phase == Phase::Work {
            if let Some(planned) = task.planned() {
                owners.extend(planned.ancestors.iter().chain(&planned.carried).cloned().map(Owner::Step));
            }
            owners.push(Owner::Step(task.place().to_owned()));
        }
        let keys: Vec<AlertKey> = owners.iter().flat_map(|owner| gating(work_package, owner, &self.variant)).collect();
        let helped: Vec<String> = owners.iter().flat_map(|owner| notes(work_package, owner, &self.variant)).collect();
        self.dismiss();
        if keys.is_empty() && helped.is_empty() {
            self.tell("The manual gives no warning or caution here.");
        } else if keys.is_empty() {
            let place = self.citation_here();
            self.tell_cited(helped.into_iter().map(|note| format!("Note: {note}")).collect(), place);
        } else if let Some(task) = self.tasks.last_mut() {
            task.fill(keys);
        }
    }

    /// The paragraphs of the current step, or the actions and the question of the current node.
    pub(super) fn texts_here(&self) -> Vec<&Text> {
        let Some((task, work_package)) = self.current() else { return Vec::new() };
        match (task.step(work_package), task.node(work_package)) {
            (Some(step), _) => step_texts(step),
            (None, Some(node)) => node_texts(node),
            (None, None) => Vec::new(),
        }
    }

    /// Citation of the current step or node.
    pub(super) fn citation_here(&self) -> String {
        let Some((task, work_package)) = self.current() else { return String::new() };
        let at = task
            .step(work_package)
            .map(|step| step.at.clone())
            .or_else(|| task.node(work_package).map(|node| node.at.clone()))
            .unwrap_or_default();
        Citation { at, issue: work_package.issue.clone() }.short()
    }

    /// A resource of the current work package that concerns this variant.
    pub(super) fn resource<'a>(&self, work_package: &'a WorkPackage, id: &str) -> Option<&'a Resource> {
        let applies = |resource: &&Resource| resource.applicability.applies(&self.variant) == Applies::Yes;
        work_package.setup.resources.iter().filter(applies).find(|resource| resource.id == id)
    }
}

/// The paragraphs of a step; its title where it says nothing else.
fn step_texts(step: &Step) -> Vec<&Text> {
    if step.text.is_empty() { step.title.iter().collect() } else { step.text.iter().collect() }
}

/// The actions and the question of a node.
fn node_texts(node: &FaultNode) -> Vec<&Text> {
    let question = node.question.iter().map(|(question, _)| question).filter(|question| !question.spans.is_empty());
    node.actions.iter().chain(question).collect()
}

/// Torques named by these texts, each once, verbatim, with the text it stands in.
fn torques<'a>(texts: &[&'a Text]) -> Vec<(String, &'a Text)> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut values = Vec::new();
    for text in texts {
        for span in &text.spans {
            if let Span::Quantity { kind: QuantityKind::Torque, text: value } = span
                && found.insert(value)
            {
                values.push((value.clone(), *text));
            }
        }
    }
    values
}

/// E.g. `torque wrench (5GT-110), 1 EA`.
fn resource_words(resource: &Resource) -> String {
    let number = resource.number.as_ref().map(|number| format!(" ({number})")).unwrap_or_default();
    let quantity = resource.quantity.as_ref().map(|quantity| format!(", {quantity}")).unwrap_or_default();
    format!("{}{number}{quantity}", resource.name)
}

fn count(steps: usize) -> String {
    if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") }
}
