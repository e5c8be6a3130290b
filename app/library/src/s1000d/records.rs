//! Data without sentences: a bundle of values as one paragraph, `label: value; label: value`. Must not know headings.

use std::collections::BTreeSet;

use fieldwright_guide::manual::{Span, Text};

use super::{
    alerts::kind_of,
    blocks::is_text_list,
    reader::{Reader, content_elements, has_words, is_paragraph},
    text::catalog_words,
    xml::{Node, attribute, child, elements, path, plain},
};

/// More values than this are not one record but several.
const RECORD_VALUES: usize = 24;

/// Attributes that say something a reader of the page would see.
const SAYING: [&str; 31] = [
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
    "personCategoryCode",
    "skillLevelCode",
    "inspectionTypeCategory",
];

/// Elements that are one thing to a reader, however much they hold.
const UNITS: [&str; 11] = [
    "taskDefinition",
    "timeLimitInfo",
    "inspectionDefinition",
    "detectedFault",
    "isolatedFault",
    "observedFault",
    "correlatedFault",
    "productAttribute",
    "condType",
    "cond",
    "product",
];

impl<'a> Reader<'a, '_> {
    /// A data record as one paragraph: its name first, then `label: value` in the order of the file.
    pub(super) fn record(&mut self, node: Node<'a>, element: &str) -> Option<Text> {
        let mut values: Vec<(Option<String>, Vec<Span>)> = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        // A repository says the same name twice: once for people, once for its alternatives.
        let once = node.tag_name().name().ends_with("Spec");
        let name_first = if once { name_node(node) } else { None };
        if let Some(name) = name_first {
            let spans = self.text(name, element).spans;
            seen.insert(spans.iter().map(Span::text).collect());
            values.push((None, spans));
        }
        self.values(node, element, once, &mut seen, &mut values);
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
        once: bool,
        seen: &mut BTreeSet<String>,
        into: &mut Vec<(Option<String>, Vec<Span>)>,
    ) {
        let name = node.tag_name().name();
        if kind_of(node).is_some() {
            return;
        }
        if name == "threshold" {
            into.push((Some("threshold".to_owned()), vec![Span::Plain(self.threshold(node))]));
            return;
        }
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
            if seen.insert(words) || !once {
                into.push((label_of(node), spans));
            }
            return;
        }
        for name in SAYING {
            if let Some(value) = attribute(node, name) {
                into.push((Some(humanized(name)), vec![Span::Plain(self.meaning(name, value))]));
            }
        }
        for inner in content_elements(node) {
            self.values(inner, element, once, seen, into);
        }
    }

    /// `1 Months ± 1`.
    fn threshold(&self, node: Node<'a>) -> String {
        let mut words = child(node, "thresholdValue").map(plain).unwrap_or_default();
        if let Some(unit) = attribute(node, "thresholdUnitOfMeasure") {
            words = format!("{words} {}", self.meaning("thresholdUnitOfMeasure", unit));
        }
        if let Some(tolerance) = child(node, "tolerance") {
            let sign = match attribute(tolerance, "toleranceType") {
                Some("plus") => "+",
                Some("minus") => "-",
                _ => "±",
            };
            if let Some(value) = attribute(tolerance, "toleranceValue") {
                words = format!("{words} {sign} {value}");
            }
        }
        words
    }

    /// What the business rules say a coded value means; the code where they say nothing.
    fn meaning(&self, name: &str, value: &str) -> String {
        let key = format!("{name}={value}");
        self.set.names.get("code", &key).unwrap_or(value).to_owned()
    }

    fn reference_value(&mut self, node: Node<'a>, element: &str) -> Vec<Span> {
        if node.has_tag_name("catalogSeqNumberRef") {
            return vec![Span::Plain(catalog_words(node))];
        }
        // References resolve inside a parent: read the parent's flow for this child alone.
        self.inline(node, element)
    }
}

/// References that show something though they hold no words.
pub(super) fn is_reference(name: &str) -> bool {
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
pub(super) fn is_record(node: Node<'_>) -> bool {
    let unit = UNITS.contains(&node.tag_name().name());
    let mut values = 0;
    for inner in node.descendants().skip(1).filter(Node::is_element) {
        let name = inner.tag_name().name();
        let structure = is_text_list(name)
            || matches!(name, "table" | "title" | "figure" | "multimedia" | "levelledPara")
            || attribute(inner, "applicRefId").is_some();
        if structure || (!unit && (is_paragraph(inner) || kind_of(inner).is_some())) {
            return false;
        }
        if name == "fieldName" {
            values += if inner.parent() == Some(node) { 0 } else { RECORD_VALUES };
        }
        if is_reference(name) || has_words(inner) {
            values += 1;
        }
    }
    if unit {
        return true;
    }
    let mut names = BTreeSet::new();
    let mut bundles = elements(node).filter(|inner| elements(*inner).next().is_some());
    let repeated = bundles.any(|bundle| !names.insert(bundle.tag_name().name()));
    values <= RECORD_VALUES && (values > 0 || saying_in(node)) && !repeated
}

/// True where an attribute under the node says something.
fn saying_in(node: Node<'_>) -> bool {
    node.descendants().filter(Node::is_element).any(|inner| SAYING.iter().any(|name| attribute(inner, name).is_some()))
}

/// What the attributes of a container say.
pub(super) fn saying(node: Node<'_>) -> Option<String> {
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
pub(super) fn label_of(node: Node<'_>) -> Option<String> {
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
