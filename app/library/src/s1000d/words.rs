//! The lost-text check: every run of words in the content must stand in the canonical model. Must not know kinds.

use std::collections::{BTreeMap, BTreeSet};

use fieldwright_guide::manual::{Severity, WorkPackage};
use serde_json::Value;

use super::{reader::Reader, xml::Node};

/// Elements whose words are turned into structure or into the target's own name, not shown.
const TURNED: [&str; 9] = [
    "referencedApplicGroup",
    "applic",
    "dmRefAddressItems",
    "pmRefAddressItems",
    "language",
    "issueInfo",
    "expression",
    "variableDeclarations",
    "dependency",
];

impl Reader<'_, '_> {
    /// Compares the words of the content with those of the work package; what is missing is a fault that names it.
    pub(super) fn check_words(&mut self, work_package: &WorkPackage) {
        let held = Held::new(work_package);
        let mut lost = 0;
        let mut first: Option<(Node<'_>, String)> = None;
        let content = self.module.content;
        for node in content.descendants().filter(Node::is_text) {
            let words = normalized(node.text().unwrap_or_default());
            if words.is_empty() || held.holds(&words) {
                continue;
            }
            if node.ancestors().any(|outer| TURNED.contains(&outer.tag_name().name())) {
                continue;
            }
            lost += words.split(' ').count();
            first.get_or_insert((node, words));
        }
        if let Some((node, words)) = first {
            let element = node.parent().map(|parent| parent.tag_name().name().to_owned()).unwrap_or_default();
            let shown: String = words.chars().take(60).collect();
            let noun = if lost == 1 { "word" } else { "words" };
            self.fault(Severity::Error, node, format!("{lost} {noun} dropped, first in `{element}`: `{shown}`"));
        }
    }
}

/// The words that a work package shows.
struct Held {
    /// One line a text.
    lines: Vec<String>,
    /// Which lines hold a word.
    by_word: BTreeMap<String, Vec<usize>>,
}

impl Held {
    fn new(work_package: &WorkPackage) -> Self {
        let mut lines = BTreeSet::new();
        for value in [
            serde_json::to_value(&work_package.setup),
            serde_json::to_value(&work_package.body),
            serde_json::to_value(&work_package.figures),
        ]
        .into_iter()
        .flatten()
        {
            gather(&value, &mut lines);
        }
        let lines: Vec<String> = lines.into_iter().collect();
        let mut by_word: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, line) in lines.iter().enumerate() {
            for word in line.split(' ') {
                let places = by_word.entry(word.to_owned()).or_default();
                if places.last() != Some(&index) {
                    places.push(index);
                }
            }
        }
        Self { lines, by_word }
    }

    /// True where these words stand together in one text. A run may begin or end inside a word (`H₂O` in three runs).
    fn holds(&self, words: &str) -> bool {
        let rarest = words.split(' ').filter_map(|word| self.by_word.get(word)).min_by_key(|places| places.len());
        let near = rarest.into_iter().flatten().filter_map(|&index| self.lines.get(index));
        near.into_iter().any(|line| line.contains(words)) || self.lines.iter().any(|line| line.contains(words))
    }
}

/// Letters and digits as words with one space between.
fn normalized(text: &str) -> String {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join(" ")
}

/// Gathers shown strings; runs of one paragraph are joined, so that words split by markup are found again.
fn gather(value: &Value, lines: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            lines.insert(normalized(text));
        }
        Value::Array(parts) => {
            for part in parts {
                gather(part, lines);
            }
        }
        Value::Object(fields) => {
            if let Some(Value::Array(spans)) = fields.get("spans") {
                let text: String = spans.iter().map(run).collect();
                lines.insert(normalized(&text));
                return;
            }
            for (name, field) in fields {
                if !matches!(name.as_str(), "at" | "id" | "applicability" | "file") {
                    gather(field, lines);
                }
            }
        }
        _ => {}
    }
}

/// The words of one serialized span.
fn run(span: &Value) -> String {
    let Value::Object(fields) = span else { return String::new() };
    fields
        .values()
        .map(|inner| match inner {
            Value::String(text) => text.clone(),
            other => other.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        })
        .collect()
}
