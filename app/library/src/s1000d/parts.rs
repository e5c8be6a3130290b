//! Illustrated parts lists: rows of catalog sequence numbers. Must not know procedures.

use std::collections::BTreeSet;

use fieldwright_guide::{
    applicability::Applicability,
    manual::{PartRow, Severity},
};

use super::{
    reader::Reader,
    xml::{Node, attribute, child, elements, find, path, plain},
};

impl<'a> Reader<'a, '_> {
    /// Reads an `illustratedPartsCatalog`.
    pub(super) fn parts(&mut self, node: Node<'a>) -> Vec<PartRow> {
        for figure in node.descendants().filter(|inner| inner.has_tag_name("figure")) {
            self.figure(figure);
        }
        let mut rows = Vec::new();
        let mut places = BTreeSet::new();
        for number in node.descendants().filter(|inner| inner.has_tag_name("catalogSeqNumber")) {
            let outer = self.applicability(number);
            for sequence in elements(number).filter(|inner| inner.has_tag_name("itemSeqNumber")) {
                let row = self.part_row(number, sequence, &outer, &mut places);
                rows.extend(row);
            }
        }
        rows
    }

    fn part_row(
        &mut self,
        number: Node<'a>,
        sequence: Node<'a>,
        outer: &Applicability,
        places: &mut BTreeSet<String>,
    ) -> Option<PartRow> {
        let of = |name: &str| attribute(number, name).unwrap_or_default();
        let figure = format!("{}{}", of("figureNumber"), of("figureNumberVariant"));
        let item = format!("{}{}", of("item"), of("itemVariant"));
        let mut element = format!("figure {figure} item {item}");
        if !places.insert(element.clone()) {
            element = format!("{element} sequence {}", attribute(sequence, "itemSeqNumberValue").unwrap_or("?"));
            places.insert(element.clone());
        }
        let reference = child(sequence, "partRef");
        let part_number = reference
            .and_then(|part| attribute(part, "partNumberValue"))
            .map(str::to_owned)
            .or_else(|| find(sequence, "partNumber").map(plain))
            .unwrap_or_default();
        let manufacturer = reference
            .and_then(|part| attribute(part, "manufacturerCodeValue"))
            .map(str::to_owned)
            .or_else(|| child(sequence, "manufacturerCode").map(plain));
        let named = path(sequence, &["partSegment", "itemIdentData", "descrForPart"]).map(plain);
        let name = named
            .filter(|name| !name.is_empty())
            .or_else(|| self.set.names.get("part", &part_number).map(str::to_owned))
            .unwrap_or_default();
        if name.is_empty() && part_number.is_empty() {
            self.fault(Severity::Warning, sequence, format!("{element} has neither a part number nor a name"));
            return None;
        }
        if name.is_empty() {
            self.fault(Severity::Warning, sequence, format!("{element} ({part_number}) has no name anywhere"));
        }
        let functional = sequence.descendants().find_map(|inner| {
            attribute(inner, "functionalItemNumber").or_else(|| attribute(inner, "controlIndicatorNumber"))
        });
        let known = [part_number.clone(), name.clone(), manufacturer.clone().unwrap_or_default()];
        let quantity = child(sequence, "quantityPerNextHigherAssy").map(plain).filter(|words| !words.is_empty());
        let mut remarks: Vec<String> = Vec::new();
        for inner in sequence.descendants().skip(1).filter(Node::is_element) {
            let words = if super::reader::has_words(inner) { plain(inner) } else { String::new() };
            let silent = words.is_empty()
                || known.iter().any(|known| known.eq_ignore_ascii_case(&words))
                || inner.has_tag_name("quantityPerNextHigherAssy");
            if silent {
                continue;
            }
            let label = match inner.tag_name().name() {
                "unitOfIssue" => "unit of issue",
                "sourceMaintRecoverability" => "source, maintenance, recoverability",
                "service" => "service",
                "modelVersion" => "model version",
                "specialStorage" => "special storage",
                _ => "",
            };
            let remark = if label.is_empty() { words } else { format!("{label}: {words}") };
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        Some(PartRow {
            figure_item: format!("{figure} / {item}"),
            item: functional.map(str::to_lowercase),
            part_number,
            manufacturer,
            name,
            quantity,
            remarks,
            applicability: outer.clone().and(self.applicability(sequence)),
            at: self.at(sequence, &element),
        })
    }
}
