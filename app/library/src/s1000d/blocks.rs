//! Descriptive text and everything that has no shape of its own here: headings, paragraphs, tables, and data records
//! as `label: value` lines. No word is left out. Must not know procedures.

use std::collections::BTreeSet;

use fieldwright_guide::{
    applicability::Applicability,
    manual::{Alert, AlertKind, Block, Span, Text},
};

use super::{
    alerts::kind_of,
    reader::{Reader, content_elements, has_words, is_paragraph},
    text::{Line, catalog_words},
    xml::{Node, attribute, child, elements, path, plain},
};

/// More values than this are not one record but several.
const RECORD_VALUES: usize = 24;

/// Attributes that say something a reader of the page would see.
const SAYING: [&str; 29] = [
    "toolNumber",
    "supplyNumber",
    "partNumberValue",
    "functionalItemNumber",
    "controlIndicatorNumber",
    "zoneNumber",
    "accessPointNumber",
    "circuitBreakerNumber",
    "manufacturerCodeValue",
    "limitTypeValue",
    "limitUnitType",
    "thresholdUnitOfMeasure",
    "unitOfMeasure",
    "quantityUnitOfMeasure",
    "taskIdent",
    "taskCode",
    "timeLimitIdent",
    "taskName",
    "faultCode",
    "testCode",
    "applicPropertyIdent",
    "applicPropertyValue",
    "applicPropertyValues",
    "sbModificationIdent",
    "sbMaterialIdent",
    "materialSetIdent",
    "valueAllowed",
    "zoneRefType",
    "sbImpactType",
];

/// Blocks being gathered.
#[derive(Debug, Default)]
struct Out {
    blocks: Vec<Block>,
    alerts: Vec<Alert>,
}

impl Out {
    /// Adds a paragraph under headings: to the last block where it belongs there.
    fn line(&mut self, headings: &[String], outer: &Applicability, line: Line) {
        let applicability = outer.clone().and(line.applicability);
        if self.alerts.is_empty()
            && let Some(last) = self.blocks.last_mut()
            && last.headings == headings
            && last.applicability == applicability
        {
            last.text.push(line.text);
            return;
        }
        self.blocks.push(Block {
            headings: headings.to_vec(),
            alerts: std::mem::take(&mut self.alerts),
            text: vec![line.text],
            applicability,
        });
    }

    /// Alerts that nothing follows stand alone.
    fn settle(&mut self, headings: &[String], applicability: &Applicability) {
        if !self.alerts.is_empty() {
            self.blocks.push(Block {
                headings: headings.to_vec(),
                alerts: std::mem::take(&mut self.alerts),
                text: Vec::new(),
                applicability: applicability.clone(),
            });
        }
    }
}

impl<'a> Reader<'a, '_> {
    /// Reads any content as blocks.
    pub(super) fn blocks(&mut self, content: Node<'a>) -> Vec<Block> {
        let mut out = Out::default();
        self.describe(content, &[], &Applicability::Always, &mut out);
        out.settle(&[], &Applicability::Always);
        out.blocks
    }

    fn describe(&mut self, node: Node<'a>, outer: &[String], around: &Applicability, out: &mut Out) {
        let mut headings = outer.to_vec();
        let title = child(node, "title").filter(|title| !plain(*title).is_empty());
        if let Some(title) = title {
            let element = self.next("heading");
            headings.push(self.text(title, &element).plain());
        }
        let before = out.blocks.iter().map(|block| block.text.len()).sum::<usize>();
        for inner in content_elements(node) {
            let own = around.clone().and(self.applicability(inner));
            let name = inner.tag_name().name();
            if Some(inner) == title {
                continue;
            }
            if kind_of(inner).is_some() {
                let alert = self.block_alert(inner);
                out.alerts.extend(alert);
            } else if let Some(kind) = spec_kind(name) {
                let alert = self.repository_alert(inner, kind);
                out.settle(&headings, around);
                out.alerts.extend(alert);
                out.settle(&headings, &own);
            } else if matches!(name, "figure" | "figureAlts" | "multimedia" | "multimediaAlts") {
                self.figure(inner);
            } else if name == "table" {
                self.described_table(inner, &headings, around, out);
            } else if is_paragraph(inner) || is_text_list(name) || is_reference(name) || has_words(inner) {
                let element = self.next("para");
                let label = if is_paragraph(inner) || is_text_list(name) || is_reference(name) {
                    None
                } else {
                    label_of(inner)
                };
                for (index, mut line) in self.lines(inner, &element).into_iter().enumerate() {
                    if let (0, Some(label)) = (index, &label) {
                        line.text.spans.insert(0, Span::Plain(format!("{label}: ")));
                    }
                    out.line(&headings, &own, line);
                }
            } else if is_record(inner) {
                let element = self.next("item");
                if let Some(text) = self.record(inner, &element) {
                    out.line(&headings, &own, Line { applicability: Applicability::Always, text });
                }
            } else {
                let before = out.blocks.len();
                if let Some(words) = saying(inner) {
                    let element = self.next("item");
                    let text = Text { spans: vec![Span::Plain(words)], at: self.at(inner, &element) };
                    out.line(&headings, &own, Line { applicability: Applicability::Always, text });
                }
                self.describe(inner, &headings, &own, out);
                if out.blocks.len() > before {
                    out.settle(&headings, &own);
                }
            }
        }
        // A heading that nothing follows is still a saying: `Concurrent requirements`, and none are given.
        let after = out.blocks.iter().map(|block| block.text.len()).sum::<usize>();
        if let Some(title) = title.filter(|_| after == before && out.alerts.is_empty()) {
            let element = self.next("para");
            let text = self.text(title, &element);
            out.line(outer, around, Line { applicability: Applicability::Always, text });
        }
    }

    /// An alert of descriptive text, counted over the module.
    fn block_alert(&mut self, node: Node<'a>) -> Option<Alert> {
        let kind = kind_of(node)?;
        let element = self.next(super::alerts::word(kind));
        let applicability = self.applicability(node);
        let text = self.texts(node, &element);
        (!text.is_empty()).then(|| Alert { kind, text, applicability, at: self.at(node, &element) })
    }

    /// A table: its title is a heading over its rows.
    fn described_table(&mut self, node: Node<'a>, headings: &[String], around: &Applicability, out: &mut Out) {
        let mut headings = headings.to_vec();
        for line in self.lines(node, "table") {
            if line.text.at.element.ends_with(" title") {
                headings.push(line.text.plain());
            } else {
                out.line(&headings, around, line);
            }
        }
    }

    /// A data record as one paragraph: its name first, then `label: value` in the order of the file.
    fn record(&mut self, node: Node<'a>, element: &str) -> Option<Text> {
        let mut values: Vec<(Option<String>, Vec<Span>)> = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let name_first = if node.tag_name().name().ends_with("Spec") { name_node(node) } else { None };
        if let Some(name) = name_first {
            let spans = self.text(name, element).spans;
            seen.insert(spans.iter().map(Span::text).collect());
            values.push((None, spans));
        }
        self.values(node, element, &mut seen, &mut values);
        let mut spans = Vec::new();
        for (label, value) in values {
            if value.is_empty() {
                continue;
            }
            if !spans.is_empty() {
                spans.push(Span::Plain("; ".to_owned()));
            }
            if let Some(label) = label {
                spans.push(Span::Plain(format!("{label}: ")));
            }
            spans.extend(value);
        }
        (!spans.is_empty()).then(|| Text { spans, at: self.at(node, element) })
    }

    fn values(
        &mut self,
        node: Node<'a>,
        element: &str,
        seen: &mut BTreeSet<String>,
        into: &mut Vec<(Option<String>, Vec<Span>)>,
    ) {
        let name = node.tag_name().name();
        if is_reference(name) || has_words(node) || is_paragraph(node) {
            let spans = if is_reference(name) {
                self.reference_value(node, element)
            } else {
                let mut spans = self.text(node, element).spans;
                if let Some(unit) = attribute(node, "unitOfMeasure").filter(|_| !spans.is_empty()) {
                    spans.push(Span::Plain(format!(" {unit}")));
                }
                spans
            };
            let words: String = spans.iter().map(Span::text).collect();
            // A repository says the same name twice: once for people, once for its alternatives.
            if seen.insert(words) {
                into.push((label_of(node), spans));
            }
            return;
        }
        for name in SAYING {
            if let Some(value) = attribute(node, name) {
                let value = self.set.names.get("code", value).unwrap_or(value).to_owned();
                into.push((Some(humanized(name)), vec![Span::Plain(value)]));
            }
        }
        for inner in content_elements(node) {
            self.values(inner, element, seen, into);
        }
    }

    fn reference_value(&mut self, node: Node<'a>, element: &str) -> Vec<Span> {
        if node.has_tag_name("catalogSeqNumberRef") {
            return vec![Span::Plain(catalog_words(node))];
        }
        // References resolve inside a parent: read the parent's flow for this child alone.
        self.inline(node, element)
    }
}

/// The kind of alert that a repository entry is.
fn spec_kind(name: &str) -> Option<AlertKind> {
    match name {
        "warningSpec" => Some(AlertKind::Warning),
        "cautionSpec" => Some(AlertKind::Caution),
        _ => None,
    }
}

/// Lists that stand for themselves.
fn is_text_list(name: &str) -> bool {
    matches!(name, "randomList" | "sequentialList" | "definitionList")
}

/// References that show something though they hold no words.
fn is_reference(name: &str) -> bool {
    matches!(
        name,
        "internalRef"
            | "dmRef"
            | "pmRef"
            | "externalPubRef"
            | "functionalItemRef"
            | "controlIndicatorRef"
            | "toolRef"
            | "supplyRef"
            | "partRef"
            | "materialSetRef"
            | "zoneRef"
            | "catalogSeqNumberRef"
            | "quantity"
            | "variableRef"
    )
}

/// True for a bundle of values that reads as one line.
fn is_record(node: Node<'_>) -> bool {
    let mut values = 0;
    for inner in node.descendants().skip(1).filter(Node::is_element) {
        let name = inner.tag_name().name();
        if is_paragraph(inner)
            || is_text_list(name)
            || kind_of(inner).is_some()
            || matches!(name, "table" | "title" | "figure" | "multimedia" | "levelledPara" | "refs")
        {
            return false;
        }
        if name == "fieldName" {
            values += if inner.parent() == Some(node) { 0 } else { RECORD_VALUES };
        }
        if is_reference(name) || has_words(inner) {
            values += 1;
        }
    }
    if values > RECORD_VALUES {
        return false;
    }
    let mut names = BTreeSet::new();
    let mut bundles = elements(node).filter(|inner| elements(*inner).next().is_some());
    let repeated = bundles.any(|bundle| !names.insert(bundle.tag_name().name()));
    (values > 0 || saying_in(node)) && !repeated
}

/// True where an attribute under the node says something.
fn saying_in(node: Node<'_>) -> bool {
    node.descendants().filter(Node::is_element).any(|inner| SAYING.iter().any(|name| attribute(inner, name).is_some()))
}

/// What the attributes of a container say.
fn saying(node: Node<'_>) -> Option<String> {
    let words: Vec<String> = SAYING
        .iter()
        .filter_map(|name| attribute(node, name).map(|value| format!("{}: {value}", humanized(name))))
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// The node that names a repository entry.
fn name_node(node: Node<'_>) -> Option<Node<'_>> {
    ["name", "controlIndicatorName", "itemIdentData/shortName", "shortName", "itemIdentData/descrForPart"]
        .iter()
        .find_map(|at| path(node, &at.split('/').collect::<Vec<_>>()).filter(|name| !plain(*name).is_empty()))
}

/// The label of a value; `None` where the value speaks for itself.
fn label_of(node: Node<'_>) -> Option<String> {
    match node.tag_name().name() {
        "name"
        | "shortName"
        | "fieldName"
        | "descr"
        | "title"
        | "emphasis"
        | "descrForPart"
        | "itemDescr"
        | "controlIndicatorName"
        | "controlIndicatorFunction"
        | "dmRef"
        | "internalRef"
        | "pmRef"
        | "externalPubRef"
        | "functionalItemRef"
        | "controlIndicatorRef"
        | "toolRef"
        | "supplyRef"
        | "partRef"
        | "materialSetRef"
        | "zoneRef"
        | "catalogSeqNumberRef"
        | "quantity"
        | "testName"
        | "objectUse"
        | "displayName" => None,
        _ if is_paragraph(node) => None,
        name => Some(humanized(name)),
    }
}

/// `wireSeqNumber` as `wire seq number`; the label of data that the file names by its element only.
fn humanized(name: &str) -> String {
    let mut words = String::new();
    for c in name.trim_end_matches("Value").chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
