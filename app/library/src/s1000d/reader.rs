//! The reader of one module: what every kind of content shares, that is places, numbers, ids, names and faults.
//! Must not know any one kind of content.

use std::{cmp::Ordering, collections::BTreeMap};

use fieldwright_guide::{
    applicability::Applicability,
    manual::{Fault, Figure, Pointer, Provenance, ResourceKind, Severity, Text},
};

use super::{
    set::{Module, Set},
    xml::{Node, attribute, child, elements, find, path, plain},
};

/// A module with more faults than this is not worth listing further.
const MAX_FAULTS: usize = 1000;

/// Reads one module into the canonical model.
#[derive(Debug)]
pub(super) struct Reader<'a, 's> {
    /// What modules share.
    pub(super) set: &'s Set<'a>,
    /// The module.
    pub(super) module: &'a Module<'a>,
    /// Faults found.
    pub(super) faults: Vec<Fault>,
    /// References to content that is not loaded.
    pub(super) pointers: Vec<Pointer>,
    /// Figures met.
    pub(super) figures: Vec<Figure>,
    /// How many of each kind of element have been given a place.
    counts: BTreeMap<&'static str, u32>,
}

impl<'a, 's> Reader<'a, 's> {
    /// A reader at the start of `module`.
    pub(super) fn new(set: &'s Set<'a>, module: &'a Module<'a>) -> Self {
        Self { set, module, faults: Vec::new(), pointers: Vec::new(), figures: Vec::new(), counts: BTreeMap::new() }
    }

    /// The place of a node.
    pub(super) fn at(&self, node: Node<'_>, element: &str) -> Provenance {
        Provenance {
            publication: self.set.publication.clone(),
            work_package: self.module.header.id.clone(),
            element: element.to_owned(),
            page: None,
            paragraph: None,
            file: self.module.source.file.clone(),
            line: self.module.line(node),
        }
    }

    /// The next place of a kind, e.g. `table 2`.
    pub(super) fn next(&mut self, kind: &'static str) -> String {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        format!("{kind} {count}")
    }

    /// Notes a fault at a node.
    pub(super) fn fault(&mut self, severity: Severity, node: Node<'_>, message: String) {
        let file = self.module.source.file.clone();
        let fault = match self.faults.len().cmp(&MAX_FAULTS) {
            Ordering::Less => Fault { severity, file, line: self.module.line(node), message },
            Ordering::Equal => Fault {
                severity: Severity::Warning,
                file,
                line: 0,
                message: format!("more than {MAX_FAULTS} faults; the rest are not listed"),
            },
            Ordering::Greater => return,
        };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// The applicability that an element carries itself.
    pub(super) fn applicability(&mut self, node: Node<'a>) -> Applicability {
        self.set.own_applicability(self.module, node, &mut self.faults)
    }

    /// Notes a figure (or its like) and gives its id.
    pub(super) fn figure(&mut self, node: Node<'a>) -> String {
        let id = figure_id(node);
        if self.figures.iter().any(|figure| figure.id == id) {
            return id;
        }
        let sheets: Vec<String> = node
            .descendants()
            .filter(roxmltree::Node::is_element)
            .filter_map(|inner| attribute(inner, "infoEntityIdent"))
            .map(str::to_owned)
            .collect();
        let title = child(node, "title").map(plain).filter(|title| !title.is_empty());
        let element = self.next("figure");
        let mut callouts = Vec::new();
        if let Some(legend) = child(node, "legend") {
            callouts = self.texts(legend, &format!("{element} callout"));
        }
        for hotspot in node.descendants().filter(|inner| inner.has_tag_name("hotspot")) {
            if let Some(title) = attribute(hotspot, "hotspotTitle") {
                let name = attribute(hotspot, "applicationStructureName").unwrap_or_default();
                let words = if name.is_empty() { title.to_owned() } else { format!("{name}: {title}") };
                let at = self.at(hotspot, &format!("{element} callout"));
                callouts.push(Text { spans: vec![fieldwright_guide::manual::Span::Plain(words)], at });
            }
        }
        self.figures.push(Figure { id: id.clone(), title: title.unwrap_or_default(), sheets, callouts });
        id
    }

    /// The name of what an empty reference points to; `None` where it has none.
    pub(super) fn name_of(&self, target: Node<'a>) -> Option<String> {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let titled = |node: Node<'a>| child(node, "title").map(plain).and_then(some);
        match target.tag_name().name() {
            "proceduralStep" | "isolationStep" | "isolationProcedureEnd" | "crewDrillStep" => {
                Some(format!("step {}", step_number(target)))
            }
            "hotspot" => attribute(target, "hotspotTitle")
                .or_else(|| attribute(target, "applicationStructureName"))
                .map(str::to_owned)
                .or_else(|| target.ancestors().find(|node| node.has_tag_name("figure")).and_then(titled)),
            "zoneRef" => attribute(target, "zoneNumber").map(|number| format!("zone {number}")),
            "workLocation" => child(target, "workArea").map(plain).and_then(some),
            "sbSupportEquipSet"
            | "sbSpareSet"
            | "sbSupplySet"
            | "sbRemovedSpareSet"
            | "sbIndividualSpare"
            | "sbIndividualSupportEquip"
            | "sbIndividualSupply"
            | "sbIndividualRemovedSpare" => find(target, "name").map(plain).and_then(some),
            _ if resource_kind(target).is_some() => self.resource_name(target),
            _ => titled(target)
                .or_else(|| child(target, "name").map(plain).and_then(some))
                .or_else(|| child(target, "controlIndicatorName").map(plain).and_then(some))
                .or_else(|| target.parent().filter(|parent| parent.has_tag_name("figure")).and_then(titled))
                .or_else(|| date_in(target))
                .or_else(|| Self::own_words(target)),
        }
    }

    /// What a target without a name says itself: its words, or the code that stands for them.
    fn own_words(target: Node<'_>) -> Option<String> {
        // Not resolved further: two nameless targets may refer to each other.
        let quantities = target.descendants().filter(|inner| inner.has_tag_name("quantity"));
        let quantities: Vec<String> = quantities.map(super::text::quantity_words).collect();
        let words = if quantities.is_empty() { plain(target) } else { quantities.join(", ") };
        if !words.is_empty() && words.chars().count() <= 120 {
            return Some(words);
        }
        match (attribute(target, "sbComplianceCategory"), attribute(target, "genericPropertyFlag")) {
            (Some("sbcc01"), _) => return Some("Mandatory".to_owned()),
            (Some("sbcc02"), _) => return Some("Recommended".to_owned()),
            (Some("sbcc04"), _) => return Some("Optional".to_owned()),
            (_, Some("1")) => return Some("Yes".to_owned()),
            (_, Some("0")) => return Some("No".to_owned()),
            _ => {}
        }
        let codes = ["sbApprovalIdent", "sbComplianceCategory", "sbTaskCategory"];
        let code = codes.iter().find_map(|name| attribute(target, name))?;
        Some(code.to_owned())
    }

    /// The name of a tool, supply or spare: its own, or that of the repository its number leads to, or the number.
    pub(super) fn resource_name(&self, node: Node<'a>) -> Option<String> {
        child(node, "name")
            .map(plain)
            .filter(|name| !name.is_empty())
            .or_else(|| {
                ["tool", "supply", "part", "set"].iter().find_map(|kind| {
                    let number = attribute(child(node, reference_of(kind).0)?, reference_of(kind).1)?;
                    self.set.names.get(kind, number).map(str::to_owned)
                })
            })
            .or_else(|| Self::numbers(node).0.and_then(|number| self.set.names.get("part", &number).map(str::to_owned)))
            .or_else(|| Self::numbers(node).0)
    }

    /// Part number and manufacturer code of a tool, supply, spare or other identified thing.
    pub(super) fn numbers(node: Node<'_>) -> (Option<String>, Option<String>) {
        if let Some(ident) = child(node, "identNumber") {
            let number = path(ident, &["partAndSerialNumber", "partNumber"]).or_else(|| find(ident, "partNumber"));
            let text = |node: Option<Node<'_>>| node.map(plain).filter(|text| !text.is_empty());
            return (text(number), text(child(ident, "manufacturerCode")));
        }
        for kind in ["tool", "supply", "part", "set"] {
            let (element, number) = reference_of(kind);
            if let Some(reference) = child(node, element) {
                return (
                    attribute(reference, number).map(str::to_owned),
                    attribute(reference, "manufacturerCodeValue").map(str::to_owned),
                );
            }
        }
        (None, None)
    }

    /// `1 EA`: the text of a quantity with the unit its attribute names.
    pub(super) fn with_unit(node: Node<'_>) -> String {
        let words = plain(node);
        match attribute(node, "unitOfMeasure") {
            Some(unit) if !words.is_empty() => format!("{words} {unit}"),
            _ => words,
        }
    }
}

/// The date that a target holds, ISO 8601.
fn date_in(target: Node<'_>) -> Option<String> {
    let date = find(target, "issueDate")?;
    let part = |name: &str| attribute(date, name).unwrap_or_default();
    Some(format!("{}-{}-{}", part("year"), part("month"), part("day")))
}

/// The element and attribute by which a thing is referred to.
fn reference_of(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "tool" => ("toolRef", "toolNumber"),
        "supply" => ("supplyRef", "supplyNumber"),
        "set" => ("materialSetRef", "materialSetIdent"),
        _ => ("partRef", "partNumberValue"),
    }
}

/// Which list a row of the preliminary requirements stands in.
pub(super) fn resource_kind(node: Node<'_>) -> Option<ResourceKind> {
    match node.tag_name().name() {
        "supportEquipDescr" | "embeddedSupportEquipDescr" => Some(ResourceKind::Tool),
        "supplyDescr" | "embeddedSupplyDescr" => Some(ResourceKind::Supply),
        "spareDescr" | "embeddedSpareDescr" => Some(ResourceKind::Spare),
        _ => None,
    }
}

/// Id of a figure: its own, or that of its first picture.
pub(super) fn figure_id(node: Node<'_>) -> String {
    attribute(node, "id").map_or_else(
        || {
            let picture = node.descendants().find_map(|inner| attribute(inner, "infoEntityIdent"));
            picture.map_or_else(|| format!("figure-{}", node.range().start), str::to_owned)
        },
        str::to_owned,
    )
}

/// True for elements that are counted as steps among their siblings.
fn is_step(node: &Node<'_>) -> bool {
    matches!(
        node.tag_name().name(),
        "proceduralStep"
            | "proceduralStepAlts"
            | "isolationStep"
            | "isolationProcedureEnd"
            | "isolationStepAlts"
            | "isolationProcedureEndAlts"
            | "crewDrillStep"
            | "crewDrill"
            | "subCrewDrill"
            | "if"
            | "elseIf"
    )
}

/// The number of a step as counted: `3`, `3.2`; alternatives of one step are `6a`, `6b`.
pub(super) fn step_number(step: Node<'_>) -> String {
    let before = |node: Node<'_>| node.prev_siblings().skip(1).filter(is_step).count();
    let (counted, letter) = match step.parent() {
        Some(alternatives) if is_step(&alternatives) && alternatives.tag_name().name().ends_with("Alts") => {
            let index = u8::try_from(before(step)).unwrap_or(25).min(25);
            let only = elements(alternatives).filter(is_step).count() == 1;
            (alternatives, (!only).then(|| char::from(b'a' + index)))
        }
        _ => (step, None),
    };
    let mut number = String::new();
    if let Some(parent) = counted.parent().filter(is_step) {
        number = format!("{}.", step_number(parent));
    }
    number.push_str(&(before(counted) + 1).to_string());
    number.extend(letter);
    number
}

/// Elements that hold running text with references in it.
pub(super) fn is_paragraph(node: Node<'_>) -> bool {
    matches!(
        node.tag_name().name(),
        "para"
            | "simplePara"
            | "notePara"
            | "warningAndCautionPara"
            | "attentionListItemPara"
            | "paraBasic"
            | "crewProcedureName"
            | "reqCond"
            | "action"
            | "isolationStepQuestion"
            | "choice"
    )
}

/// True where an element has words of its own, not only children.
pub(super) fn has_words(node: Node<'_>) -> bool {
    node.children().any(|child| child.is_text() && child.text().is_some_and(|text| !text.trim().is_empty()))
}

/// Child elements that stand for content, that is all but references-only groups.
pub(super) fn content_elements(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    elements(node).filter(move |child| {
        let name = child.tag_name().name();
        // The list of references of a whole module only repeats those in its text; one further in says what is meant.
        (name != "refs" || !node.has_tag_name("content"))
            && !matches!(
                name,
                "referencedApplicGroup"
                    | "referencedApplicGroupRef"
                    | "warningsAndCautionsRef"
                    | "controlAuthorityGroup"
            )
    })
}
