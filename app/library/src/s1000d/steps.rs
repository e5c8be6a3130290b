//! Procedures and operator checks: ordered steps with their alerts. Must not know setup, nor how steps are played.

use std::collections::BTreeSet;

use fieldwright_guide::{
    applicability::Applicability,
    manual::{Alert, Figure, Procedure, Severity, Step, Text},
};

use super::{
    alerts::kind_of,
    reader::{Reader, step_number},
    text::Line,
    xml::{Node, attribute, child, elements, plain},
};

impl<'a> Reader<'a, '_> {
    /// Reads a `procedure` (setup apart).
    pub(super) fn procedure(&mut self, node: Node<'a>) -> Procedure {
        let main = child(node, "mainProcedure");
        if main.is_none() {
            self.fault(Severity::Warning, node, "procedure without mainProcedure".to_owned());
        }
        let mut steps = main.map(|main| self.steps(main, false)).unwrap_or_default();
        unique_ids(&mut steps, &mut BTreeSet::new());
        Procedure { steps, close_up: self.close_up(child(node, "closeRqmts")) }
    }

    /// Reads a `crewRefCard`: drills are groups, challenge and response are the paragraphs of a step.
    pub(super) fn checks(&mut self, card: Node<'a>) -> Procedure {
        let mut steps = self.steps(card, false);
        unique_ids(&mut steps, &mut BTreeSet::new());
        Procedure { steps, close_up: Vec::new() }
    }

    /// The steps among the children of a node.
    fn steps(&mut self, parent: Node<'a>, lockout: bool) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut alerts: Vec<Alert> = Vec::new();
        for node in elements(parent) {
            match node.tag_name().name() {
                "proceduralStep" | "crewDrillStep" | "crewDrill" | "subCrewDrill" | "if" | "elseIf" => {
                    let mut step = self.step(node, &Applicability::Always, lockout);
                    step.alerts.splice(0..0, std::mem::take(&mut alerts));
                    steps.push(step);
                }
                "proceduralStepAlts" => {
                    let shared = self.applicability(node);
                    for alternative in elements(node) {
                        let mut step = self.step(alternative, &shared, lockout);
                        step.alerts.splice(0..0, alerts.iter().cloned());
                        steps.push(step);
                    }
                    alerts.clear();
                }
                // Only the main procedure has these between its steps; a step reads its own.
                _ if matches!(parent.tag_name().name(), "mainProcedure" | "crewRefCard") => {
                    if kind_of(node).is_some() {
                        let alert = self.alert(node, "step", &alerts);
                        alerts.extend(alert);
                    } else if is_picture(node) {
                        self.figure(node);
                    } else if !node.has_tag_name("title") {
                        let number = format!("before step {}", steps.len() + 1);
                        let text = self.texts(node, &number);
                        if !text.is_empty() {
                            steps.push(Step {
                                id: number.replace(' ', "-"),
                                text,
                                at: self.at(node, &number),
                                ..Step::default()
                            });
                        }
                    }
                }
                _ => {}
            }
        }
        steps
    }

    /// One step with everything under it.
    fn step(&mut self, node: Node<'a>, shared: &Applicability, lockout: bool) -> Step {
        let number = step_number(node);
        let element = format!("step {number}");
        let lockout = lockout || self.is_lockout(node);
        let mut step = Step {
            id: attribute(node, "id").map_or_else(|| format!("stp-{number}"), str::to_owned),
            title: None,
            alerts: Vec::new(),
            text: Vec::new(),
            figures: Vec::new(),
            lockout,
            applicability: shared.clone().and(self.applicability(node)),
            children: Vec::new(),
            at: self.at(node, &element),
            number,
        };
        self.referenced_alerts(node, &element, &mut step.alerts);
        let figures_before = self.figures.len();
        let mut lines: Vec<Line> = Vec::new();
        for inner in elements(node) {
            match inner.tag_name().name() {
                "title" | "caseCond" => {
                    let text = self.text(inner, &element);
                    if step.title.is_none() && !text.spans.is_empty() {
                        step.title = Some(text);
                    } else if !text.spans.is_empty() {
                        lines.push(Line { applicability: Applicability::Always, text });
                    }
                }
                "proceduralStep" | "proceduralStepAlts" | "crewDrillStep" | "crewDrill" | "subCrewDrill" | "if"
                | "elseIf" => {}
                _ if kind_of(inner).is_some() => {
                    let alert = self.alert(inner, &element, &step.alerts);
                    step.alerts.extend(alert);
                }
                _ if is_picture(inner) => {
                    let id = self.figure(inner);
                    step.figures.push(id);
                }
                _ => {
                    let (alerts, figures) = nested(inner);
                    for alert in alerts {
                        let alert = self.alert(alert, &element, &step.alerts);
                        step.alerts.extend(alert);
                    }
                    for figure in figures {
                        let id = self.figure(figure);
                        step.figures.push(id);
                    }
                    self.referenced_alerts(inner, &element, &mut step.alerts);
                    step.lockout |= self.is_lockout(inner);
                    let own = self.applicability(inner);
                    let more = self.lines(inner, &element);
                    lines.extend(
                        more.into_iter()
                            .map(|line| Line { applicability: own.clone().and(line.applicability), ..line }),
                    );
                }
            }
        }
        // Pictures shown from inside a paragraph or a list.
        let inside =
            self.figures.get(figures_before..).unwrap_or_default().iter().map(|figure: &Figure| figure.id.clone());
        for id in inside.collect::<Vec<_>>() {
            if !step.figures.contains(&id) {
                step.figures.push(id);
            }
        }
        step.children = self.steps(node, step.lockout);
        place_lines(&mut step, lines);
        step
    }

    /// True where a control authority of lockout kind is named.
    fn is_lockout(&self, node: Node<'a>) -> bool {
        attribute(node, "controlAuthorityRefs").unwrap_or_default().split_whitespace().any(|id| {
            self.module.ids.get(id).is_some_and(|authority| {
                let words = format!(
                    "{} {} {}",
                    attribute(*authority, "controlAuthorityType").unwrap_or_default(),
                    attribute(*authority, "controlAuthorityValue").unwrap_or_default(),
                    plain(*authority)
                )
                .to_lowercase();
                ["lockout", "lock-out", "lock out", "tagout", "tag-out", "tag out"]
                    .iter()
                    .any(|word| words.contains(word))
            })
        })
    }
}

/// Alerts and pictures deeper inside a part of a step (a challenge, a response, a list item).
fn nested(node: Node<'_>) -> (Vec<Node<'_>>, Vec<Node<'_>>) {
    let mut alerts = Vec::new();
    let mut figures = Vec::new();
    for inner in node.descendants().skip(1).filter(roxmltree::Node::is_element) {
        if kind_of(inner).is_some() {
            alerts.push(inner);
        } else if is_picture(inner) {
            figures.push(inner);
        }
    }
    (alerts, figures)
}

/// Elements that show a picture.
fn is_picture(node: Node<'_>) -> bool {
    matches!(node.tag_name().name(), "figure" | "figureAlts" | "multimedia" | "multimediaAlts")
}

/// Puts lines into the step. Lines that concern some variants only become steps under it, so that whoever filters
/// steps filters them as well.
fn place_lines(step: &mut Step, lines: Vec<Line>) {
    let mut limited: Vec<(Applicability, Vec<Text>)> = Vec::new();
    for line in lines {
        if line.applicability == Applicability::Always {
            step.text.push(line.text);
        } else {
            match limited.last_mut() {
                Some((same, texts)) if *same == line.applicability => texts.push(line.text),
                _ => limited.push((line.applicability, vec![line.text])),
            }
        }
    }
    let children = limited.into_iter().enumerate().map(|(index, (applicability, text))| {
        let mark = char::from(b'A' + u8::try_from(index).unwrap_or(25).min(25));
        let number = format!("{}.{mark}", step.number);
        let at = text.first().map(|text| text.at.clone()).unwrap_or_default();
        Step {
            id: format!("{}-{mark}", step.id),
            at: fieldwright_guide::manual::Provenance { element: format!("step {number}"), ..at },
            number,
            lockout: step.lockout,
            applicability,
            text,
            ..Step::default()
        }
    });
    let children: Vec<Step> = children.collect();
    step.children.splice(0..0, children);
}

/// Makes ids unique, so that one names one step.
fn unique_ids(steps: &mut [Step], seen: &mut BTreeSet<String>) {
    for step in steps {
        let base = step.id.clone();
        let mut count = 1;
        while !seen.insert(step.id.clone()) {
            count += 1;
            step.id = format!("{base}~{count}");
        }
        unique_ids(&mut step.children, seen);
    }
}
