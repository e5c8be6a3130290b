//! The canonical manual: a superset of what S1000D and MIL-STD-40051 share, in their words.
//!
//! Every string that can be shown is built by a reader from manual text and knows where it stands.
//! Must not know: XML, PDF, files.

use serde::{Deserialize, Serialize};

use crate::applicability::{Applicability, Property};

/// Where a text stands: enough to cite it and to find it in the file again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Provenance {
    /// [`Publication::id`].
    pub publication: String,
    /// [`WorkPackage::id`], e.g. `FGS5-A-28-21-00-00A-520A-A`.
    pub work_package: String,
    /// The element's path for people, e.g. `step 3.2`, `warning 1`, `torque table row 4`.
    pub element: String,
    /// Page of the file, counted from 1 (PDF only).
    pub page: Option<u32>,
    /// Paragraph number where the manual has them (MIL-STD-40051, PDF).
    pub paragraph: Option<String>,
    /// File name inside the publication.
    pub file: String,
    /// Line in that file, counted from 1; 0 where the format has none.
    pub line: u32,
}

/// A run of resolved text: references carry their target's name, so that reading the spans in order is reading the sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// Plain words.
    Plain(String),
    /// A part of the equipment; `item` is the functional item number in lower case (e.g. `fuel-filter-element`).
    Part {
        /// Functional item number, lower case.
        item: String,
        /// The words shown.
        text: String,
    },
    /// A tool, supply or spare of the initial setup.
    Resource {
        /// Which of the lists it stands in.
        kind: ResourceKind,
        /// Its id in that list.
        id: String,
        /// Its name.
        text: String,
    },
    /// A figure, perhaps one of its callouts.
    Figure {
        /// [`Figure::id`].
        id: String,
        /// Words shown, e.g. `Fig 2`.
        text: String,
    },
    /// Another step of the same work package.
    Step {
        /// [`Step::id`].
        id: String,
        /// Words shown, e.g. `step 4`.
        text: String,
    },
    /// Another work package, loaded or not.
    WorkPackage {
        /// Its id.
        id: String,
        /// Words shown, e.g. `Fuel system - Bleed air`.
        text: String,
    },
    /// A value with its unit, verbatim.
    Quantity {
        /// What it measures.
        kind: QuantityKind,
        /// Verbatim words, e.g. `18 N·m (13 lb-ft)`.
        text: String,
    },
}

impl Span {
    /// The words of this run.
    pub fn text(&self) -> &str {
        match self {
            Self::Plain(text)
            | Self::Part { text, .. }
            | Self::Resource { text, .. }
            | Self::Figure { text, .. }
            | Self::Step { text, .. }
            | Self::WorkPackage { text, .. }
            | Self::Quantity { text, .. } => text,
        }
    }
}

/// What a [`Span::Quantity`] measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuantityKind {
    /// A tightening torque.
    Torque,
    /// Anything else.
    Other,
}

/// A paragraph of resolved text with its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The runs, in reading order.
    pub spans: Vec<Span>,
    /// Where it stands.
    pub at: Provenance,
}

impl Text {
    /// The paragraph as one string.
    pub fn plain(&self) -> String {
        self.spans.iter().map(Span::text).collect()
    }

    /// The parts named, in order, lower-case item numbers.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().filter_map(|span| match span {
            Span::Part { item, .. } => Some(item.as_str()),
            _ => None,
        })
    }
}

/// Warning: injury or death. Caution: damage. Note: help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertKind {
    /// Injury or death.
    Warning,
    /// Damage to equipment.
    Caution,
    /// Information.
    Note,
}

/// A warning, caution or note. Only readers of manuals build one: a model has no text that could become an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its kind.
    pub kind: AlertKind,
    /// Its paragraphs, verbatim.
    pub text: Vec<Text>,
    /// Whom it concerns.
    pub applicability: Applicability,
    /// Where it stands (for a referenced alert: where its text stands).
    pub at: Provenance,
}

/// Which list of the initial setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceKind {
    /// Support equipment.
    Tool,
    /// Consumable.
    Supply,
    /// New part.
    Spare,
}

/// A tool, supply or spare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Which list.
    pub kind: ResourceKind,
    /// Local id that steps refer to.
    pub id: String,
    /// Name, verbatim.
    pub name: String,
    /// Part or tool number.
    pub number: Option<String>,
    /// Manufacturer code that the number belongs to.
    #[serde(default)]
    pub manufacturer: Option<String>,
    /// Quantity with unit, verbatim.
    pub quantity: Option<String>,
    /// Functional item, lower case, where it is a part of the equipment.
    pub item: Option<String>,
    /// Whom it concerns.
    pub applicability: Applicability,
    /// Where it stands.
    pub at: Provenance,
}

/// What must hold before or after the work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The condition, verbatim.
    pub text: Text,
    /// The work package that brings it about, where one is named.
    pub by: Option<String>,
    /// Whom it concerns.
    pub applicability: Applicability,
}

/// Initial setup (S1000D preliminary requirements).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialSetup {
    /// Required conditions.
    pub conditions: Vec<Condition>,
    /// Persons and skill, verbatim lines, e.g. `1 × generator mechanic, basic`.
    pub persons: Vec<String>,
    /// Estimated time, verbatim, e.g. `0.5 h`.
    pub time: Option<String>,
    /// Tools, supplies and spares, in the order of the manual.
    pub resources: Vec<Resource>,
    /// Procedure-level alerts, in the order of the manual.
    pub alerts: Vec<Alert>,
    /// Whatever else the setup says: technical information needed, zones, work locations, task duration.
    #[serde(default)]
    pub more: Vec<Text>,
}

/// A step, perhaps with steps under it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Unique within its work package.
    pub id: String,
    /// Its number as counted, e.g. `3.2`.
    pub number: String,
    /// Title, where it has one.
    pub title: Option<Text>,
    /// Alerts that precede it.
    pub alerts: Vec<Alert>,
    /// What to do; empty in steps that only group others or hold only a note.
    pub text: Vec<Text>,
    /// Figures it shows, [`Figure::id`].
    pub figures: Vec<String>,
    /// True for a lockout / tagout step, which must not be skipped.
    pub lockout: bool,
    /// Whom it concerns.
    pub applicability: Applicability,
    /// Steps under it.
    pub children: Vec<Step>,
    /// Where it stands.
    pub at: Provenance,
}

/// A task with ordered steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// Main steps in the order of the manual.
    pub steps: Vec<Step>,
    /// What to do after the job (requirements after completion).
    pub close_up: Vec<Condition>,
}

/// Where a fault-isolation answer leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Next {
    /// Another node, by [`FaultNode::id`].
    Node(String),
    /// The isolation ends here.
    End,
}

/// One answer to a question of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultAnswer {
    /// Verbatim, or `Yes` / `No`.
    pub text: String,
    /// Where it leads.
    pub next: Next,
}

/// A node of the fault-isolation graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultNode {
    /// Unique within its work package.
    pub id: String,
    /// Its number as counted, e.g. `4`.
    pub number: String,
    /// Alerts that precede it.
    pub alerts: Vec<Alert>,
    /// What to do at this node.
    pub actions: Vec<Text>,
    /// The question, with its answers; `None` at an end node.
    pub question: Option<(Text, Vec<FaultAnswer>)>,
    /// Corrective work packages that its actions name, in order.
    pub corrective: Vec<String>,
    /// Whom it concerns.
    pub applicability: Applicability,
    /// Where it stands.
    pub at: Provenance,
}

/// Fault isolation: a graph, entered at its first node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultIsolation {
    /// Fault descriptions, verbatim, e.g. `The engine cranks but does not start`.
    pub faults: Vec<Text>,
    /// Nodes in the order of the manual; the first is the entry.
    pub nodes: Vec<FaultNode>,
    /// What to do after the job.
    pub close_up: Vec<Condition>,
}

/// A block of descriptive text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Heading path, outermost first.
    pub headings: Vec<String>,
    /// Alerts that precede it.
    pub alerts: Vec<Alert>,
    /// The paragraphs (list items are paragraphs; a table row is one paragraph `header: cell; header: cell`).
    pub text: Vec<Text>,
    /// Whom it concerns.
    pub applicability: Applicability,
}

/// A row of an illustrated parts list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRow {
    /// Figure and item, e.g. `2 / 4`.
    pub figure_item: String,
    /// Functional item number, lower case, where the row names one.
    pub item: Option<String>,
    /// Part number.
    pub part_number: String,
    /// Manufacturer code.
    pub manufacturer: Option<String>,
    /// Name, verbatim.
    pub name: String,
    /// Quantity per next higher assembly, verbatim.
    pub quantity: Option<String>,
    /// Whatever else the row says, verbatim, one saying each.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// Whom it concerns.
    pub applicability: Applicability,
    /// Where it stands.
    pub at: Provenance,
}

/// A figure: a picture and its callouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Unique within its work package.
    pub id: String,
    /// Title, verbatim.
    pub title: String,
    /// Information control number of each sheet.
    pub sheets: Vec<String>,
    /// What its callouts name, e.g. `3: fuel filter bleed screw`.
    #[serde(default)]
    pub callouts: Vec<Text>,
}

/// What kind of work package, and its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// A task with steps.
    Procedure(Procedure),
    /// A fault-isolation graph.
    FaultIsolation(FaultIsolation),
    /// Descriptive text.
    Description(Vec<Block>),
    /// Illustrated parts list.
    PartsList(Vec<PartRow>),
    /// Operator checks (PMCS, crew drills): steps as in a procedure.
    Checks(Procedure),
    /// Repositories and other common information.
    Common(Vec<Block>),
}

impl Body {
    /// The kind's name in the public JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Procedure(_) => "procedure",
            Self::FaultIsolation(_) => "fault-isolation",
            Self::Description(_) => "description",
            Self::PartsList(_) => "parts-list",
            Self::Checks(_) => "operator-checks",
            Self::Common(_) => "common-information",
        }
    }

    /// The steps of a procedure or of operator checks.
    pub fn procedure(&self) -> Option<&Procedure> {
        match self {
            Self::Procedure(procedure) | Self::Checks(procedure) => Some(procedure),
            _ => None,
        }
    }
}

/// An S1000D data module or a MIL-STD-40051 work package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkPackage {
    /// Displayed identity, e.g. `FGS5-A-28-21-00-00A-520A-A`.
    pub id: String,
    /// Technical name, verbatim, e.g. `Fuel filter element`.
    pub tech_name: String,
    /// Information name, verbatim, e.g. `Remove procedure`.
    pub info_name: Option<String>,
    /// Issue, e.g. `002-00`.
    pub issue: String,
    /// Type of this issue, verbatim: `new`, `changed`, `revised`, `deleted`...; a deleted one gives no passages.
    #[serde(default)]
    pub issue_type: String,
    /// Issue date, ISO 8601.
    pub date: String,
    /// Security marking to show, e.g. `UNCLASSIFIED`.
    pub security: String,
    /// Verification (quality assurance) status, verbatim kind, e.g. `unverified`, `first verification: table top`.
    pub verification: String,
    /// Whom the whole work package concerns; `Always` where what is stated holds for every product there is.
    pub applicability: Applicability,
    /// The same as the manual states it.
    #[serde(default)]
    pub stated_applicability: Applicability,
    /// Initial setup; empty where the kind has none.
    pub setup: InitialSetup,
    /// The content.
    pub body: Body,
    /// Figures.
    pub figures: Vec<Figure>,
    /// Work packages referred to that are not loaded, with the sentence that points there.
    pub pointers: Vec<Pointer>,
    /// File name inside the publication.
    pub file: String,
}

impl WorkPackage {
    /// True where this issue only says that the work package is withdrawn: it may be named, never quoted or played.
    pub fn deleted(&self) -> bool {
        self.issue_type == "deleted"
    }

    /// `Technical name - Information name`.
    pub fn title(&self) -> String {
        self.info_name.as_ref().map_or_else(|| self.tech_name.clone(), |info| format!("{} - {info}", self.tech_name))
    }
}

/// A reference to content that is not loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// What it points to, as it would be shown, e.g. `FGS5-A-28-31-00-00A-664A-C`.
    pub target: String,
    /// The sentence that points there, verbatim.
    pub text: Text,
}

/// A whole manual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Identity, e.g. `FGS5-00001-01`.
    pub id: String,
    /// Title, verbatim.
    pub title: String,
    /// `s1000d`, `mil-std-40051` or `pdf`.
    pub format: String,
    /// Issue.
    pub issue: String,
    /// Distribution statement, verbatim, where there is one.
    pub distribution: Option<String>,
    /// Properties that applicability asserts, from the cross-reference tables.
    pub properties: Vec<Property>,
    /// The work packages, in the order of the publication.
    pub work_packages: Vec<WorkPackage>,
}

impl Publication {
    /// Finds a work package by its id.
    pub fn work_package(&self, id: &str) -> Option<&WorkPackage> {
        self.work_packages.iter().find(|wp| wp.id == id)
    }
}

/// How bad a fault in a manual is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Read, with a remark.
    Info,
    /// Something could not be resolved; the rest stands.
    Warning,
    /// This file's content was refused.
    Error,
}

/// A fault found while reading a manual: a value, since real manuals have them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// How bad.
    pub severity: Severity,
    /// File name inside the publication.
    pub file: String,
    /// Line, counted from 1; 0 if none.
    pub line: u32,
    /// What is wrong and what it means for the reader.
    pub message: String,
}
