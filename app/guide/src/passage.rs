//! Passages, citations and the grades of support: what finding gives to answering. Must not know the index.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    applicability::Applicability,
    manual::{AlertKind, Provenance},
    quantity::Dimension,
};

/// A citable piece of a manual, resolved, as indexed and as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Unique and stable within a library: `WORK-PACKAGE#element`.
    pub id: String,
    /// Where it stands.
    pub at: Provenance,
    /// Kind of its work package (`procedure`, `fault-isolation`, ...).
    pub kind: String,
    /// Title of its work package.
    pub title: String,
    /// Headings and group steps above it, outermost first; context, not part of its words.
    #[serde(default)]
    pub headings: Vec<String>,
    /// The words, verbatim.
    pub text: String,
    /// Alerts that belong to it (its own, its step's and its procedure's): kind and words.
    pub alerts: Vec<(AlertKind, String)>,
    /// Whom it concerns (its own and that of everything around it).
    pub applicability: Applicability,
    /// Parts it names, lower-case functional item numbers.
    pub parts: Vec<String>,
    /// The step it is, where it is one: [`crate::manual::Step::id`] or [`crate::manual::FaultNode::id`].
    pub step: Option<String>,
    /// What it points to that is not loaded, where it only points.
    pub pointer: Option<String>,
}

/// A passage as found, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The passage.
    pub passage: Passage,
    /// Fused score; only its order within one search means anything.
    pub score: f32,
}

/// How well the library supports an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// Not in the manual.
    None,
    /// Something near it.
    Related,
    /// Part of what was asked.
    Partial,
    /// The passage answers it.
    Exact,
}

/// What a search gives the core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Best first; at least ten where the library has them.
    pub hits: Vec<Hit>,
    /// The grade of the best of them.
    pub support: Support,
    /// Set when the answer is a refusal: what is missing and where the manual points.
    pub refusal: Option<Refusal>,
    /// Set when the answer depends on a property nobody has told us: ask first.
    pub variant_needed: Option<crate::applicability::Property>,
    /// The work package that would do what was asked, where the question asks to do or to find out something
    /// (a procedure or a fault isolation), for offering to start it.
    pub task: Option<TaskRef>,
    /// Set when the question asks for a value: of one of these dimensions, of any where it names none.
    pub value_of: Option<BTreeSet<Dimension>>,
}

/// A work package that can be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRef {
    /// Work package id.
    pub work_package: String,
    /// Its title.
    pub title: String,
    /// `procedure`, `fault-isolation` or `operator-checks`.
    pub kind: String,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// One plain sentence.
    pub reason: String,
    /// Where the manual points, when it does.
    pub pointer: Option<String>,
}

/// What stands under everything shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Where it stands.
    pub at: Provenance,
    /// Issue of the work package.
    pub issue: String,
}

impl Citation {
    /// E.g. `FGS5-A-28-21-00-00A-520A-A ¶ 4`.
    pub fn short(&self) -> String {
        let place = self.at.paragraph.as_deref().unwrap_or(self.at.element.as_str());
        let place = place.strip_prefix("step ").unwrap_or(place);
        let page = self.at.page.map(|page| format!(" p. {page}")).unwrap_or_default();
        if place.is_empty() {
            format!("{}{page}", self.at.work_package)
        } else {
            format!("{} ¶ {place}{page}", self.at.work_package)
        }
    }
}
