//! A publication as passages: the citable pieces that are indexed, found and shown. Text is verbatim; titles and
//! headings stand beside it. Must not know XML, nor the index.

use std::collections::BTreeSet;

use fieldwright_guide::{
    applicability::Applicability,
    manual::{
        Alert, AlertKind, Block, Body, Condition, FaultNode, Figure, InitialSetup, PartRow, Provenance, Publication,
        Resource, ResourceKind, Span, Step, Text, WorkPackage,
    },
    passage::Passage,
};

/// Every passage of a publication, in its order. Ids are `WORK-PACKAGE#element`. Withdrawn work packages give none.
pub fn passages(publication: &Publication) -> Vec<Passage> {
    let loaded: BTreeSet<&str> = publication
        .work_packages
        .iter()
        .filter(|work_package| !work_package.deleted())
        .map(|work_package| work_package.id.as_str())
        .collect();
    let mut all = Vec::new();
    for work_package in publication.work_packages.iter().filter(|work_package| !work_package.deleted()) {
        let mut of = Of { publication, work_package, loaded: &loaded, seen: BTreeSet::new(), passages: Vec::new() };
        of.all();
        all.append(&mut of.passages);
    }
    all
}

/// Paragraphs as one string: a space between paragraphs, `; ` between the items of a list.
pub fn joined<'t>(texts: impl IntoIterator<Item = &'t Text>) -> String {
    let mut all = String::new();
    let mut item_before = false;
    for text in texts {
        let item = text.at.element.contains(" item ");
        if !all.is_empty() {
            let closed = all.ends_with([';', ':']);
            all.push_str(if item && item_before && !closed { "; " } else { " " });
        }
        item_before = item;
        all.push_str(&text.plain());
    }
    all
}

/// One resource as it is shown: name, number, quantity.
pub fn resource_line(resource: &Resource) -> String {
    let mut line = resource.name.clone();
    if let Some(number) = resource.number.as_ref().filter(|number| **number != resource.name) {
        line.push_str(" (");
        if let Some(manufacturer) = &resource.manufacturer {
            line.push_str(manufacturer);
            line.push(' ');
        }
        line.push_str(number);
        line.push(')');
    }
    if let Some(quantity) = &resource.quantity {
        line.push_str(", ");
        line.push_str(quantity);
    }
    line
}

/// Calls `each` with every applicability in a work package.
pub fn applicabilities(work_package: &WorkPackage, each: &mut dyn FnMut(&Applicability)) {
    fn steps(list: &[Step], each: &mut dyn FnMut(&Applicability)) {
        for step in list {
            each(&step.applicability);
            step.alerts.iter().for_each(|alert| each(&alert.applicability));
            steps(&step.children, each);
        }
    }
    each(&work_package.applicability);
    let setup = &work_package.setup;
    setup.conditions.iter().for_each(|condition| each(&condition.applicability));
    setup.resources.iter().for_each(|resource| each(&resource.applicability));
    setup.alerts.iter().for_each(|alert| each(&alert.applicability));
    match &work_package.body {
        Body::Procedure(procedure) | Body::Checks(procedure) => {
            steps(&procedure.steps, each);
            procedure.close_up.iter().for_each(|condition| each(&condition.applicability));
        }
        Body::FaultIsolation(graph) => {
            for node in &graph.nodes {
                each(&node.applicability);
                node.alerts.iter().for_each(|alert| each(&alert.applicability));
            }
            graph.close_up.iter().for_each(|condition| each(&condition.applicability));
        }
        Body::Description(blocks) | Body::Common(blocks) => {
            for block in blocks {
                each(&block.applicability);
                block.alerts.iter().for_each(|alert| each(&alert.applicability));
            }
        }
        Body::PartsList(rows) => rows.iter().for_each(|row| each(&row.applicability)),
    }
}

/// The passages of one work package being gathered.
struct Of<'p> {
    publication: &'p Publication,
    work_package: &'p WorkPackage,
    loaded: &'p BTreeSet<&'p str>,
    seen: BTreeSet<String>,
    passages: Vec<Passage>,
}

/// A passage before its work package is added.
#[derive(Default)]
struct Draft {
    element: String,
    at: Option<Provenance>,
    headings: Vec<String>,
    text: String,
    alerts: Vec<(AlertKind, String)>,
    applicability: Applicability,
    parts: Vec<String>,
    step: Option<String>,
    pointer: Option<String>,
}

impl Of<'_> {
    fn all(&mut self) {
        self.setup(&self.work_package.setup);
        match &self.work_package.body {
            Body::Procedure(procedure) | Body::Checks(procedure) => {
                for step in &procedure.steps {
                    self.step(step, &[], &Applicability::Always, &[]);
                }
                self.conditions(&procedure.close_up, "close-up");
            }
            Body::FaultIsolation(graph) => {
                for (index, fault) in graph.faults.iter().enumerate() {
                    self.texts(&format!("fault {}", index + 1), std::slice::from_ref(fault), Draft::default());
                }
                for node in &graph.nodes {
                    self.node(node);
                }
                self.conditions(&graph.close_up, "close-up");
            }
            Body::Description(blocks) | Body::Common(blocks) => {
                for block in blocks {
                    self.block(block);
                }
            }
            Body::PartsList(rows) => {
                for row in rows {
                    self.row(row);
                }
            }
        }
        for (index, figure) in self.work_package.figures.iter().enumerate() {
            self.figure(index, figure);
        }
    }

    /// Adds a passage where it has words; an element that is taken gets a mark.
    fn add(&mut self, draft: Draft) {
        if draft.text.trim().is_empty() {
            return;
        }
        let mut element = draft.element.clone();
        let mut count = 1;
        while !self.seen.insert(element.clone()) {
            count += 1;
            element = format!("{} ({count})", draft.element);
        }
        let work_package = self.work_package;
        let at = Provenance {
            publication: self.publication.id.clone(),
            work_package: work_package.id.clone(),
            element: element.clone(),
            file: work_package.file.clone(),
            // A referenced alert stands in another file: its line there would be wrong here.
            line: draft.at.as_ref().filter(|at| at.work_package == work_package.id).map_or(0, |at| at.line),
            page: draft.at.as_ref().and_then(|at| at.page),
            paragraph: draft.at.and_then(|at| at.paragraph),
        };
        let mut parts = Vec::new();
        for part in draft.parts {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        self.passages.push(Passage {
            id: format!("{}#{element}", work_package.id),
            at,
            kind: work_package.body.kind().to_owned(),
            title: work_package.title(),
            headings: draft.headings,
            text: draft.text,
            alerts: draft.alerts,
            applicability: work_package.applicability.clone().and(draft.applicability),
            parts,
            step: draft.step,
            pointer: draft.pointer,
        });
    }

    /// Adds paragraphs as one passage.
    fn texts(&mut self, element: &str, texts: &[Text], draft: Draft) {
        self.add(Draft {
            element: element.to_owned(),
            at: draft.at.or_else(|| texts.first().map(|text| text.at.clone())),
            text: joined(texts),
            parts: texts.iter().flat_map(Text::parts).map(str::to_owned).collect(),
            pointer: self.pointer(texts),
            ..draft
        });
    }

    /// The first reference to content that is not loaded.
    fn pointer<'t>(&self, texts: impl IntoIterator<Item = &'t Text>) -> Option<String> {
        texts.into_iter().flat_map(|text| &text.spans).find_map(|span| match span {
            Span::WorkPackage { id, text } if !self.loaded.contains(id.as_str()) => Some(text.clone()),
            _ => None,
        })
    }

    fn setup(&mut self, setup: &InitialSetup) {
        self.conditions(&setup.conditions, "condition");
        if !setup.persons.is_empty() {
            self.add(Draft { element: "persons".to_owned(), text: setup.persons.join("; "), ..Draft::default() });
        }
        if let Some(time) = &setup.time {
            self.add(Draft { element: "time".to_owned(), text: time.clone(), ..Draft::default() });
        }
        for (kind, element) in
            [(ResourceKind::Tool, "tools"), (ResourceKind::Supply, "supplies"), (ResourceKind::Spare, "spares")]
        {
            self.resources(setup, kind, element);
        }
        for (index, text) in setup.more.iter().enumerate() {
            self.texts(&format!("setup {}", index + 1), std::slice::from_ref(text), Draft::default());
        }
        self.alerts(&setup.alerts, "", &[], &Applicability::Always);
    }

    /// One list of resources. Those that concern some variants only are listed apart, so that a list can be filtered.
    fn resources(&mut self, setup: &InitialSetup, kind: ResourceKind, element: &str) {
        let mut lists: Vec<(Applicability, Vec<&Resource>)> = Vec::new();
        for resource in setup.resources.iter().filter(|resource| resource.kind == kind) {
            match lists.iter_mut().find(|(applicability, _)| *applicability == resource.applicability) {
                Some((_, list)) => list.push(resource),
                None => lists.push((resource.applicability.clone(), vec![resource])),
            }
        }
        lists.sort_by_key(|(applicability, _)| *applicability != Applicability::Always);
        for (index, (applicability, list)) in lists.into_iter().enumerate() {
            let element = if index == 0 { element.to_owned() } else { format!("{element} {}", index + 1) };
            let lines: Vec<String> = list.iter().map(|resource| resource_line(resource)).collect();
            self.add(Draft {
                element,
                at: list.first().map(|resource| resource.at.clone()),
                text: lines.join("; "),
                applicability,
                parts: list.iter().filter_map(|resource| resource.item.clone()).collect(),
                ..Draft::default()
            });
        }
    }

    fn conditions(&mut self, conditions: &[Condition], kind: &str) {
        for (index, condition) in conditions.iter().enumerate() {
            let by = condition.by.as_deref().filter(|by| !self.loaded.contains(by)).map(str::to_owned);
            let draft = Draft { applicability: condition.applicability.clone(), ..Draft::default() };
            let before = self.passages.len();
            self.texts(&format!("{kind} {}", index + 1), std::slice::from_ref(&condition.text), draft);
            if let (Some(by), Some(passage)) = (by, self.passages.get_mut(before)) {
                passage.pointer.get_or_insert(by);
            }
        }
    }

    /// Alerts as passages of their own. `prefix` is the step or node they precede.
    fn alerts(&mut self, alerts: &[Alert], prefix: &str, headings: &[String], around: &Applicability) {
        let mut counts = [0_u32; 3];
        for alert in alerts {
            let (word, count) = match alert.kind {
                AlertKind::Warning => ("warning", &mut counts[0]),
                AlertKind::Caution => ("caution", &mut counts[1]),
                AlertKind::Note => ("note", &mut counts[2]),
            };
            *count += 1;
            let element = format!("{prefix}{}{word} {count}", if prefix.is_empty() { "" } else { " " });
            let draft = Draft {
                at: Some(alert.at.clone()),
                headings: headings.to_vec(),
                alerts: vec![(alert.kind, joined(&alert.text))],
                applicability: around.clone().and(alert.applicability.clone()),
                ..Draft::default()
            };
            self.texts(&element, &alert.text, draft);
        }
    }

    /// The alerts that hold for a passage: those of the whole procedure, of the steps around it, and its own.
    fn gating(&self, around: &[&Alert], own: &[Alert]) -> Vec<(AlertKind, String)> {
        let mut all: Vec<(AlertKind, String)> = Vec::new();
        let setup = self.work_package.setup.alerts.iter();
        for alert in setup.chain(around.iter().copied()).chain(own) {
            let entry = (alert.kind, joined(&alert.text));
            if !all.contains(&entry) {
                all.push(entry);
            }
        }
        all
    }

    fn step(&mut self, step: &Step, headings: &[String], around: &Applicability, alerts: &[&Alert]) {
        let applicability = around.clone().and(step.applicability.clone());
        let element = format!("step {}", step.number);
        let title = step.title.as_ref();
        self.alerts(&step.alerts, &element, headings, &applicability);
        let texts: Vec<Text> = title.into_iter().chain(&step.text).cloned().collect();
        let draft = Draft {
            at: Some(step.at.clone()),
            headings: headings.to_vec(),
            alerts: self.gating(alerts, &step.alerts),
            applicability: applicability.clone(),
            step: Some(step.id.clone()),
            ..Draft::default()
        };
        self.texts(&element, &texts, draft);
        let mut headings = headings.to_vec();
        let heading = title.map_or_else(|| joined(&step.text), Text::plain);
        if !heading.is_empty() {
            headings.push(heading);
        }
        let alerts: Vec<&Alert> = alerts.iter().copied().chain(&step.alerts).collect();
        for child in &step.children {
            self.step(child, &headings, &applicability, &alerts);
        }
    }

    fn node(&mut self, node: &FaultNode) {
        let element = format!("node {}", node.number);
        self.alerts(&node.alerts, &element, &[], &node.applicability);
        let mut texts = node.actions.clone();
        let mut answers: Vec<&str> = Vec::new();
        if let Some((question, choices)) = &node.question {
            texts.push(question.clone());
            answers.extend(choices.iter().map(|answer| answer.text.as_str()));
        }
        // `Yes` and `No` say nothing that a search could find.
        answers.retain(|answer| !matches!(*answer, "Yes" | "No"));
        let before = self.passages.len();
        let draft = Draft {
            at: Some(node.at.clone()),
            alerts: self.gating(&[], &node.alerts),
            applicability: node.applicability.clone(),
            step: Some(node.id.clone()),
            ..Draft::default()
        };
        self.texts(&element, &texts, draft);
        if let Some(passage) = self.passages.get_mut(before).filter(|_| !answers.is_empty()) {
            passage.text = format!("{} {}", passage.text, answers.join("; "));
        }
    }

    fn block(&mut self, block: &Block) {
        for alert in &block.alerts {
            let draft = Draft {
                at: Some(alert.at.clone()),
                headings: block.headings.clone(),
                alerts: vec![(alert.kind, joined(&alert.text))],
                applicability: block.applicability.clone().and(alert.applicability.clone()),
                ..Draft::default()
            };
            self.texts(&alert.at.element, &alert.text, draft);
        }
        // A paragraph and the items of its list are one passage; a table row is one.
        let mut from = 0;
        while let Some(first) = block.text.get(from) {
            let element = first.at.element.split(" item ").next().unwrap_or_default().to_owned();
            let count = block
                .text
                .iter()
                .skip(from)
                .take_while(|text| text.at.element.split(" item ").next() == Some(element.as_str()))
                .count();
            let texts = block.text.get(from..from + count).unwrap_or_default();
            let draft = Draft {
                headings: block.headings.clone(),
                alerts: block.alerts.iter().map(|alert| (alert.kind, joined(&alert.text))).collect(),
                applicability: block.applicability.clone(),
                ..Draft::default()
            };
            self.texts(&element, texts, draft);
            from += count.max(1);
        }
    }

    fn row(&mut self, row: &PartRow) {
        let mut words = vec![row.name.clone()];
        if !row.part_number.is_empty() {
            words.push(format!("part number {}", row.part_number));
        }
        words.extend(row.manufacturer.as_ref().map(|code| format!("manufacturer {code}")));
        words.push(format!("figure and item {}", row.figure_item));
        words.extend(row.quantity.as_ref().map(|quantity| format!("quantity {quantity}")));
        words.extend(row.remarks.iter().cloned());
        words.retain(|word| !word.is_empty());
        self.add(Draft {
            element: row.at.element.clone(),
            at: Some(row.at.clone()),
            text: words.join("; "),
            applicability: row.applicability.clone(),
            parts: row.item.iter().cloned().collect(),
            ..Draft::default()
        });
    }

    fn figure(&mut self, index: usize, figure: &Figure) {
        let callouts: Vec<String> = figure.callouts.iter().map(Text::plain).collect();
        let mut text = figure.title.clone();
        if !callouts.is_empty() {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&callouts.join("; "));
        }
        self.add(Draft {
            element: format!("figure {}", index + 1),
            at: figure.callouts.first().map(|callout| callout.at.clone()),
            text,
            parts: figure.callouts.iter().flat_map(Text::parts).map(str::to_owned).collect(),
            ..Draft::default()
        });
    }
}
