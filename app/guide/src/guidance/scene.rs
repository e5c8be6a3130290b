//! What the wearer sees now, from the state alone. Must not know pixels.

use std::collections::BTreeSet;

use super::{
    Guidance,
    procedure::{Owner, alerts_of, find_step, notes},
    task::{Phase, Route},
};
use crate::{
    command::Command,
    equipment::Part,
    event::WorkerState,
    manual::{AlertKind, QuantityKind, ResourceKind, Span, WorkPackage},
    overlay::{
        AlertPanel, Button, Card, Chip, FigurePanel, Highlight, HighlightRole, Label, OverlayScene, Placement,
        StatusItem, StatusLevel,
    },
    passage::Citation,
    time::Timestamp,
    tracking::Tracking,
};

/// How an alert is acknowledged, as its panel says.
const ACKNOWLEDGE: &str = "Say “acknowledge”";

impl Guidance {
    /// Everything drawn over the world now.
    pub fn scene(&self, now: Timestamp) -> OverlayScene {
        let alert = self.alert_panel();
        let prompt = self.prompt().map(|open| open.prompt);
        let answer = self.answer.as_ref().map(|answer| answer.panel.clone());
        let shown = self.lit_items();
        let focus = shown.first().and_then(|item| self.equipment.parts.get(item));
        let working = answer.is_none() && self.paused.is_none();
        OverlayScene {
            simulation: self.options.simulation,
            security: self.security(),
            placement: match self.anchor.tracking {
                Tracking::Good => Placement::OnPart,
                Tracking::Degraded => Placement::BesidePart,
                Tracking::Lost { .. } => Placement::PanelOnly,
            },
            highlights: self.highlights(&shown),
            motion: if working && alert.is_none() { self.motion() } else { None },
            label: focus.map(|part| self.label(part)),
            card: if working { self.card() } else { None },
            figure: if self.figure_open && alert.is_none() && working { self.figure_panel() } else { None },
            alert,
            prompt,
            answer,
            notice: self.notice.clone(),
            status: self.status(now),
            heard: self.heard.clone(),
            buttons: self.buttons(),
        }
    }

    fn alert_panel(&self) -> Option<AlertPanel> {
        if self.paused.is_some() {
            return None;
        }
        let (task, work_package) = self.current()?;
        let alert = task.gate(work_package)?;
        let left = task.queue.len();
        Some(AlertPanel {
            kind: alert.kind,
            text: alert.text.iter().map(crate::manual::Text::plain).collect(),
            position: ((task.queued.saturating_sub(left) + 1) as u32, task.queued as u32),
            acknowledge: if alert.kind == AlertKind::Note { String::new() } else { ACKNOWLEDGE.to_owned() },
            citation: Citation { at: alert.at.clone(), issue: work_package.issue.clone() }.short(),
        })
    }

    fn card(&self) -> Option<Card> {
        let (task, work_package) = self.current()?;
        if task.phase != Phase::Work {
            return None;
        }
        let (number, position) = match &task.route {
            Route::Steps { plan, at, .. } => (plan.get(*at)?.number.clone(), (*at as u32 + 1, plan.len() as u32)),
            Route::Fault { .. } => (task.node(work_package)?.number.clone(), (0, 0)),
        };
        let answers = task.node(work_package).and_then(|node| node.question.as_ref());
        Some(Card {
            work_package: work_package.id.clone(),
            title: self.titles(work_package),
            step: task.place().to_owned(),
            number,
            position,
            text: self.texts_here().iter().map(|text| text.spans.clone()).collect(),
            answers: answers.map(|(_, all)| all.iter().map(|a| a.text.clone()).collect()).unwrap_or_default(),
            chips: self.chips(work_package),
            notes: self.notes_here(),
            citation: self.citation_here(),
            edition: self.edition(work_package),
            gated: !task.queue.is_empty(),
        })
    }

    /// Title of the work package, with those of the groups that the step stands in.
    fn titles(&self, work_package: &WorkPackage) -> String {
        let mut titles = vec![work_package.title()];
        if let (Some((task, _)), Some(procedure)) = (self.current(), work_package.body.procedure())
            && let Some(planned) = task.planned()
        {
            let above = planned.ancestors.iter().filter_map(|id| find_step(&procedure.steps, id));
            titles.extend(above.filter_map(|step| step.title.as_ref()).map(crate::manual::Text::plain));
            let own = task.step(work_package).filter(|step| !step.text.is_empty());
            titles.extend(own.and_then(|step| step.title.as_ref()).map(crate::manual::Text::plain));
        }
        titles.join(" · ")
    }

    /// Notes that stand with the current step: its own, those carried to it, and those of what begins with it.
    pub(super) fn notes_here(&self) -> Vec<String> {
        let Some((task, work_package)) = self.current() else { return Vec::new() };
        let mut owners: Vec<Owner> = Vec::new();
        match &task.route {
            Route::Steps { plan, at, .. } => {
                let Some(planned) = plan.get(*at) else { return Vec::new() };
                let before = at.checked_sub(1).and_then(|index| plan.get(index));
                if before.is_none() {
                    owners.push(Owner::Setup);
                }
                let begins = |id: &&String| before.is_none_or(|b| b.id != **id && !b.ancestors.contains(*id));
                let ids = planned.ancestors.iter().filter(begins).chain(&planned.carried).chain([&planned.id]);
                owners.extend(ids.cloned().map(Owner::Step));
            }
            Route::Fault { node, trail } => {
                if trail.is_empty() {
                    owners.push(Owner::Setup);
                }
                owners.push(Owner::Step(node.clone()));
            }
        }
        let mut all: Vec<String> = Vec::new();
        for note in owners.iter().flat_map(|owner| notes(work_package, owner, &self.variant)) {
            if !all.contains(&note) {
                all.push(note);
            }
        }
        all
    }

    /// Tools, values and supplies that the current step names, and what it refers to that is not loaded.
    fn chips(&self, work_package: &WorkPackage) -> Vec<Chip> {
        let mut chips: Vec<Chip> = Vec::new();
        let mut add = |kind: &str, text: &str| {
            if !chips.iter().any(|chip| chip.kind == kind && chip.text == text) {
                chips.push(Chip { kind: kind.to_owned(), text: text.to_owned() });
            }
        };
        for span in self.texts_here().iter().flat_map(|text| &text.spans) {
            match span {
                Span::Resource { kind, id, text } => {
                    let kind = match kind {
                        ResourceKind::Tool => "tool",
                        ResourceKind::Supply => "supply",
                        ResourceKind::Spare => "spare",
                    };
                    let number = self.resource(work_package, id).and_then(|resource| resource.number.as_ref());
                    match number {
                        Some(number) => add(kind, &format!("{text} ({number})")),
                        None => add(kind, text),
                    }
                }
                Span::Quantity { kind: QuantityKind::Torque, text } => add("torque", text),
                Span::WorkPackage { id, .. } if self.publication.work_package(id).is_none() => add("not loaded", id),
                _ => {}
            }
        }
        chips
    }

    fn figure_panel(&self) -> Option<FigurePanel> {
        let figure = self.figure_here()?;
        Some(FigurePanel { icn: figure.sheets.first()?.clone(), title: figure.title.clone() })
    }

    /// Parts to light, in order of importance: of the answer, else of the step that is open. A gated step lights nothing:
    /// nothing invites to act before its alert is acknowledged.
    fn lit_items(&self) -> Vec<String> {
        if self.paused.is_some() || self.gate().is_some() {
            return Vec::new();
        }
        let mut items: Vec<String> = Vec::new();
        if let Some(answer) = &self.answer {
            items.extend(answer.passage.iter().flat_map(|passage| passage.parts.iter().cloned()));
        } else {
            items.extend(self.focus_item());
            if self.current().is_some_and(|(task, _)| task.open()) {
                items.extend(self.texts_here().iter().flat_map(|text| text.parts().map(str::to_lowercase)));
            }
        }
        let mut seen = BTreeSet::new();
        items.retain(|item| self.equipment.parts.contains_key(item) && seen.insert(item.clone()));
        items
    }

    fn highlights(&self, items: &[String]) -> Vec<Highlight> {
        let lit = items.iter().filter_map(|item| Some((item, self.equipment.parts.get(item)?)));
        lit.enumerate()
            .map(|(index, (item, part))| Highlight {
                item: item.clone(),
                node: part.node.clone(),
                role: if index == 0 { HighlightRole::Focus } else { HighlightRole::Mentioned },
            })
            .collect()
    }

    /// Name, and the number that this variant has.
    fn label(&self, part: &Part) -> Label {
        let number = part.part_numbers.iter().find(|number| {
            number.when.as_ref().is_none_or(|(property, value)| self.variant.get(property) == Some(value))
        });
        let mut detail: Vec<String> = number.iter().map(|number| number.number.clone()).collect();
        if number.is_some_and(|number| number.when.is_some()) {
            detail.extend(self.variant.values().cloned());
        }
        Label { node: part.node.clone(), name: part.name.clone(), detail: detail.join(" · ") }
    }

    fn edition(&self, work_package: &WorkPackage) -> String {
        let issue = work_package.issue.split('-').next().unwrap_or_default();
        let mut words = vec![format!("Issue {issue}")];
        words.extend(self.variant.values().cloned());
        words.join(" · ")
    }

    /// The marking of what is shown; of the manual's first work package while nothing of it is.
    fn security(&self) -> String {
        let answered = self.answer.as_ref().and_then(|answer| answer.passage.as_ref());
        let answered = answered.and_then(|passage| self.publication.work_package(&passage.at.work_package));
        let shown = answered.or_else(|| self.current().map(|(_, work_package)| work_package));
        shown.or_else(|| self.publication.work_packages.first()).map_or_else(String::new, |wp| wp.security.clone())
    }

    fn status(&self, now: Timestamp) -> Vec<StatusItem> {
        let item = |name: &str, detail: String, level| StatusItem { name: name.to_owned(), detail, level };
        let anchor = match self.anchor.tracking {
            Tracking::Good => item("Anchor", "on part".to_owned(), StatusLevel::Good),
            Tracking::Degraded => item("Anchor", "beside the part".to_owned(), StatusLevel::Busy),
            Tracking::Lost { since: None } => item("Anchor", "looking for tags".to_owned(), StatusLevel::Busy),
            Tracking::Lost { since: Some(since) } => {
                item("Anchor", format!("lost for {:.0} s: look at a tag", now.since(since).max(0.0)), StatusLevel::Bad)
            }
        };
        let model = match self.workers.get("model") {
            None => item("Model", "no model: passages only".to_owned(), StatusLevel::Bad),
            Some(WorkerState::Absent(hint)) => item("Model", format!("passages only: {hint}"), StatusLevel::Bad),
            Some(WorkerState::Starting) => item("Model", "starting".to_owned(), StatusLevel::Busy),
            Some(WorkerState::Ready(name)) if self.model_busy() => {
                item("Model", format!("{name}: wording"), StatusLevel::Busy)
            }
            Some(WorkerState::Ready(name)) => item("Model", name.clone(), StatusLevel::Good),
            Some(WorkerState::Failed(why)) => {
                item("Model", format!("restarting, passages only ({why})"), StatusLevel::Bad)
            }
        };
        let library = if let Some(WorkerState::Failed(why)) = self.workers.get("library") {
            item("Library", format!("cannot search: {why}"), StatusLevel::Bad)
        } else if self.search.is_some() {
            item("Library", "searching".to_owned(), StatusLevel::Busy)
        } else {
            item("Library", self.publication.title.clone(), StatusLevel::Good)
        };
        let mut all = vec![anchor, model, library];
        // Only where somebody listens.
        all.extend(self.workers.get("camera").map(|state| match state {
            WorkerState::Absent(hint) => item("Camera", hint.clone(), StatusLevel::Bad),
            WorkerState::Starting => item("Camera", "starting".to_owned(), StatusLevel::Busy),
            WorkerState::Ready(rhythm) => item("Camera", rhythm.clone(), StatusLevel::Good),
            WorkerState::Failed(why) => item("Camera", why.clone(), StatusLevel::Bad),
        }));
        all.extend(self.workers.get("speech").map(|state| match state {
            WorkerState::Absent(hint) => item("Speech", format!("type instead: {hint}"), StatusLevel::Bad),
            WorkerState::Starting => item("Speech", "starting".to_owned(), StatusLevel::Busy),
            WorkerState::Ready(name) => item("Speech", name.clone(), StatusLevel::Good),
            WorkerState::Failed(why) => item("Speech", format!("restarting ({why})"), StatusLevel::Bad),
        }));
        all
    }

    fn model_busy(&self) -> bool {
        self.mapping.is_some() || self.answer.as_ref().is_some_and(|answer| answer.wording.is_some())
    }

    /// Every button that makes sense now; those that would be refused are greyed.
    fn buttons(&self) -> Vec<Button> {
        let Some((task, work_package)) = self.current() else {
            return if self.prompt().is_some() { self.yes_no() } else { Vec::new() };
        };
        let button = |command, label: &str, enabled| Button { command, label: label.to_owned(), enabled };
        if self.paused.is_some() {
            return vec![button(Command::Resume, "Resume", true)];
        }
        let gated = !task.queue.is_empty();
        let mut buttons = Vec::new();
        if gated {
            buttons.push(button(Command::Acknowledge, "Acknowledge", true));
        }
        buttons.extend(self.yes_no());
        let asked = self.prompt().is_some() && !self.optional_prompt();
        let question = task.node(work_package).is_some_and(|node| node.question.is_some());
        let returns = self.answer.is_some();
        let working = task.phase == Phase::Work;
        let back = match &task.route {
            Route::Steps { at, .. } => *at > 0 || task.phase == Phase::CloseUp,
            Route::Fault { trail, .. } => !trail.is_empty() || task.phase == Phase::CloseUp,
        };
        let next = returns || (working && !gated && !asked && !question);
        buttons.push(button(Command::Next, if returns { "Return" } else { "Next" }, next));
        buttons.push(button(
            Command::Back,
            "Back",
            returns || (back && !asked) || (back && task.phase == Phase::CloseUp),
        ));
        buttons.push(button(Command::Repeat, "Repeat", true));
        buttons.push(button(Command::ShowWarning, "Warnings", self.has_alerts()));
        buttons.push(button(Command::Tools, "Tools", true));
        buttons.push(button(Command::Torque, "Torque", !gated));
        buttons.push(button(Command::Figure, "Figure", !gated && self.figure_here().is_some()));
        buttons.push(button(Command::Remaining, "Steps left", true));
        buttons.push(button(Command::Pause, "Pause", true));
        buttons
    }

    /// The buttons of a question that is answered by yes or no, and of what the step refers to.
    fn yes_no(&self) -> Vec<Button> {
        let button = |command, label: &str| Button { command, label: label.to_owned(), enabled: true };
        if let Some(open) = self.prompt() {
            return match open.prompt.choices.as_slice() {
                [yes, no] if yes == "Yes" && no == "No" => {
                    vec![button(Command::Yes, yes), button(Command::No, no)]
                }
                _ => Vec::new(),
            };
        }
        let answers = self.current().and_then(|(task, work_package)| {
            task.node(work_package).filter(|_| task.open() && self.answer.is_none())?.question.as_ref()
        });
        if let Some((_, answers)) = answers {
            let words: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
            return if words == ["Yes", "No"] {
                vec![button(Command::Yes, "Yes"), button(Command::No, "No")]
            } else {
                Vec::new()
            };
        }
        match self.reference() {
            Some(found) if self.answer.is_none() => vec![button(Command::Yes, &format!("Open: {}", found.title()))],
            _ => Vec::new(),
        }
    }

    fn has_alerts(&self) -> bool {
        self.current().is_some_and(|(task, work_package)| {
            let around = task.planned().map(|planned| planned.ancestors.clone()).unwrap_or_default();
            let owners = [Owner::Setup, Owner::Step(task.place().to_owned())];
            owners
                .into_iter()
                .chain(around.into_iter().map(Owner::Step))
                .any(|owner| !alerts_of(work_package, &owner).is_empty())
        })
    }
}
