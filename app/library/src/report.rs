//! The import report and the dump: what was read, for people and for programs. The JSON is a public interface, so it
//! has types of its own here. Must not know how a manual is read.

use std::collections::BTreeMap;

use fieldwright_guide::{
    applicability::Applicability,
    manual::{Alert, AlertKind, Body, Fault, Next, Publication, Step, Text, WorkPackage},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::passages::{joined, passages};

/// One line of `fieldwright import --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportReport {
    /// Publication id.
    pub publication: String,
    /// Title.
    pub title: String,
    /// `s1000d`, `mil-std-40051` or `pdf`.
    pub format: String,
    /// How many work packages.
    pub work_packages: usize,
    /// How many of each kind.
    pub by_kind: BTreeMap<String, usize>,
    /// How many of them are withdrawn (named, never quoted).
    pub deleted: usize,
    /// Steps of procedures, groups included.
    pub steps: usize,
    /// Steps of operator checks.
    pub check_steps: usize,
    /// Warnings at procedures, steps, nodes and descriptions.
    pub warnings: usize,
    /// Cautions, likewise.
    pub cautions: usize,
    /// Notes, likewise.
    pub notes: usize,
    /// Passages to be found.
    pub passages: usize,
    /// What is wrong with the manual.
    pub faults: Vec<Fault>,
    /// How long reading took.
    pub seconds: f64,
}

impl ImportReport {
    /// Counts a publication. `seconds` is measured by whoever read it.
    pub fn new(publication: &Publication, faults: &[Fault], seconds: f64) -> Self {
        let mut report = Self {
            publication: publication.id.clone(),
            title: publication.title.clone(),
            format: publication.format.clone(),
            work_packages: publication.work_packages.len(),
            by_kind: BTreeMap::new(),
            deleted: publication.work_packages.iter().filter(|work_package| work_package.deleted()).count(),
            steps: 0,
            check_steps: 0,
            warnings: 0,
            cautions: 0,
            notes: 0,
            passages: passages(publication).len(),
            faults: faults.to_vec(),
            seconds,
        };
        for work_package in &publication.work_packages {
            *report.by_kind.entry(work_package.body.kind().to_owned()).or_default() += 1;
            let steps = work_package.body.procedure().map_or(0, |procedure| flat(&procedure.steps).len());
            match &work_package.body {
                Body::Checks(_) => report.check_steps += steps,
                _ => report.steps += steps,
            }
            for alert in scoped_alerts(work_package) {
                match alert.1.kind {
                    AlertKind::Warning => report.warnings += 1,
                    AlertKind::Caution => report.cautions += 1,
                    AlertKind::Note => report.notes += 1,
                }
            }
        }
        report
    }

    /// A few lines for people.
    pub fn summary(&self) -> String {
        let kinds: Vec<String> = self.by_kind.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let mut lines = format!(
            "{}: {}\n  {} work packages ({}), {} steps, {} warnings, {} cautions, {} notes, {} passages, {:.2} s\n",
            self.publication,
            self.title,
            self.work_packages,
            kinds.join(", "),
            self.steps + self.check_steps,
            self.warnings,
            self.cautions,
            self.notes,
            self.passages,
            self.seconds
        );
        for fault in &self.faults {
            let severity = match fault.severity {
                fieldwright_guide::manual::Severity::Info => "info",
                fieldwright_guide::manual::Severity::Warning => "warning",
                fieldwright_guide::manual::Severity::Error => "error",
            };
            lines.extend(["  ", severity, ": ", &fault.file, ":", &fault.line.to_string(), ": ", &fault.message, "\n"]);
        }
        lines
    }
}

/// Steps in reading order, with how deep each stands (from 1).
pub fn flat(steps: &[Step]) -> Vec<(usize, &Step)> {
    fn gather<'s>(steps: &'s [Step], depth: usize, into: &mut Vec<(usize, &'s Step)>) {
        for step in steps {
            into.push((depth, step));
            gather(&step.children, depth + 1, into);
        }
    }
    let mut all = Vec::new();
    gather(steps, 1, &mut all);
    all
}

/// Every alert that gates something, with its scope: `procedure`, `step N`, `node N`, or the heading it stands under.
/// The entries of warning repositories are not among them: they gate where they are referred to.
pub fn scoped_alerts(work_package: &WorkPackage) -> Vec<(String, &Alert)> {
    let mut all: Vec<(String, &Alert)> =
        work_package.setup.alerts.iter().map(|alert| ("procedure".to_owned(), alert)).collect();
    match &work_package.body {
        Body::Procedure(procedure) | Body::Checks(procedure) => {
            for (_, step) in flat(&procedure.steps) {
                all.extend(step.alerts.iter().map(|alert| (format!("step {}", step.number), alert)));
            }
        }
        Body::FaultIsolation(graph) => {
            for node in &graph.nodes {
                all.extend(node.alerts.iter().map(|alert| (format!("node {}", node.number), alert)));
            }
        }
        Body::Description(blocks) => {
            for block in blocks {
                let scope = block.headings.last().cloned().unwrap_or_else(|| "description".to_owned());
                all.extend(block.alerts.iter().map(|alert| (scope.clone(), alert)));
            }
        }
        Body::Common(_) | Body::PartsList(_) => {}
    }
    all
}

/// The canonical model as JSON: `--dump`.
pub fn dump(publication: &Publication, faults: &[Fault]) -> Value {
    let work_packages: Vec<Value> = publication.work_packages.iter().map(work_package).collect();
    json!({
        "publication": publication.id,
        "title": publication.title,
        "format": publication.format,
        "issue": publication.issue,
        "distribution": publication.distribution,
        "properties": publication.properties,
        "work_packages": work_packages,
        "faults": faults,
    })
}

fn work_package(package: &WorkPackage) -> Value {
    let mut value = json!({
        "id": package.id,
        "kind": package.body.kind(),
        "title": package.title(),
        "tech_name": package.tech_name,
        "info_name": package.info_name,
        "issue": package.issue,
        "issue_type": package.issue_type,
        "deleted": package.deleted(),
        "date": package.date,
        "security": package.security,
        "verification": package.verification,
        "file": package.file,
        "applicability": package.applicability,
        "applicability_text": expression(&package.stated_applicability),
        "stated_applicability": package.stated_applicability,
        "setup": setup(package),
        "alerts": scoped_alerts(package).into_iter().map(|(scope, found)| alert(&scope, found)).collect::<Vec<_>>(),
        "figures": package.figures.iter().map(|figure| json!({
            "id": figure.id,
            "title": figure.title,
            "sheets": figure.sheets,
            "callouts": figure.callouts.iter().map(Text::plain).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "pointers": package.pointers.iter().map(|pointer| json!({
            "target": pointer.target, "text": pointer.text.plain(), "at": pointer.text.at,
        })).collect::<Vec<_>>(),
    });
    let more = body(package);
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
        fields.extend(more);
    }
    value
}

fn setup(package: &WorkPackage) -> Value {
    let setup = &package.setup;
    json!({
        "conditions": conditions(&setup.conditions),
        "persons": setup.persons,
        "time": setup.time,
        "resources": setup.resources.iter().map(|resource| json!({
            "kind": resource.kind,
            "id": resource.id,
            "name": resource.name,
            "number": resource.number,
            "manufacturer": resource.manufacturer,
            "quantity": resource.quantity,
            "item": resource.item,
            "applicability": resource.applicability,
            "at": resource.at,
        })).collect::<Vec<_>>(),
        "more": setup.more.iter().map(Text::plain).collect::<Vec<_>>(),
    })
}

fn conditions(list: &[fieldwright_guide::manual::Condition]) -> Vec<Value> {
    list.iter()
        .map(|condition| {
            json!({
                "text": condition.text.plain(),
                "by": condition.by,
                "applicability": condition.applicability,
                "at": condition.text.at,
            })
        })
        .collect()
}

fn alert(scope: &str, found: &Alert) -> Value {
    json!({
        "kind": found.kind,
        "scope": scope,
        "text": joined(&found.text),
        "applicability": found.applicability,
        "at": found.at,
    })
}

fn body(package: &WorkPackage) -> Value {
    match &package.body {
        Body::Procedure(procedure) | Body::Checks(procedure) => json!({
            "steps": flat(&procedure.steps).into_iter().enumerate().map(|(index, (depth, found))| {
                step(index + 1, depth, found)
            }).collect::<Vec<_>>(),
            "close_up": conditions(&procedure.close_up),
        }),
        Body::FaultIsolation(graph) => json!({
            "fault_isolation": {
                "faults": graph.faults.iter().map(Text::plain).collect::<Vec<_>>(),
                "start": graph.nodes.first().map(|node| node.id.clone()),
                "nodes": graph.nodes.iter().map(|node| json!({
                    "id": node.id,
                    "number": node.number,
                    "action": joined(&node.actions),
                    "question": node.question.as_ref().map(|(question, _)| question.plain()),
                    "answers": node.question.iter().flat_map(|(_, answers)| answers).map(|answer| json!({
                        "answer": answer.text,
                        "next": match &answer.next { Next::Node(id) => Some(id), Next::End => None },
                    })).collect::<Vec<_>>(),
                    "end": node.question.is_none(),
                    "corrective": node.corrective,
                    "alerts": node.alerts.iter().map(|found| alert(&format!("node {}", node.number), found)).collect::<Vec<_>>(),
                    "applicability": node.applicability,
                    "at": node.at,
                })).collect::<Vec<_>>(),
            },
            "close_up": conditions(&graph.close_up),
        }),
        Body::Description(blocks) | Body::Common(blocks) => json!({
            "blocks": blocks.iter().map(|block| json!({
                "headings": block.headings,
                "text": joined(&block.text),
                "paragraphs": block.text.iter().map(|text| json!({"text": text.plain(), "at": text.at})).collect::<Vec<_>>(),
                "alerts": block.alerts.iter().map(|found| alert("block", found)).collect::<Vec<_>>(),
                "applicability": block.applicability,
            })).collect::<Vec<_>>(),
        }),
        Body::PartsList(rows) => json!({"parts": rows}),
    }
}

fn step(index: usize, depth: usize, found: &Step) -> Value {
    json!({
        "index": index,
        "id": found.id,
        "number": found.number,
        "depth": depth,
        "leaf": found.children.is_empty(),
        "title": found.title.as_ref().map(Text::plain),
        "text": joined(&found.text),
        "spans": found.text.iter().map(|text| &text.spans).collect::<Vec<_>>(),
        "alerts": found.alerts.iter().map(|one| alert(&format!("step {}", found.number), one)).collect::<Vec<_>>(),
        "figures": found.figures,
        "lockout": found.lockout,
        "applicability": found.applicability,
        "applicability_text": expression(&found.applicability),
        "at": found.at,
    })
}

/// Applicability as one line: `(model=Mk 1 AND serialno=100~199)`; empty for all.
pub fn expression(applicability: &Applicability) -> String {
    let join = |parts: &[Applicability], word: &str| {
        let parts: Vec<String> = parts.iter().map(expression).filter(|part| !part.is_empty()).collect();
        format!("({})", parts.join(word))
    };
    match applicability {
        Applicability::Always => String::new(),
        Applicability::Assert { property, values } => format!("{property}={}", values.join("|")),
        Applicability::All(parts) => join(parts, " AND "),
        Applicability::Any(parts) => join(parts, " OR "),
    }
}
