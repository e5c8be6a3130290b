//! How well what was found supports an answer; refusals, the variant to ask for, the task to offer. Must not know ranks'
//! origin.
//!
//! The grade rests on two things that can be said to a user: how much of what the question speaks of is in the passage
//! (its terms weighted by how telling they are), and whether the passage holds the kind of thing asked for.

use std::collections::BTreeSet;

use fieldwright_guide::{
    applicability::{Property, Variant},
    manual::Body,
    passage::{Passage, Refusal, Support, TaskRef},
};

use crate::{
    index::Library,
    query::Query,
    search::{Ranked, Status, THING},
};

/// Passages looked at for the grade.
const LOOKED_AT: usize = 5;
/// Coverage by one passage that holds what was asked for.
const EXACT: f32 = 0.75;
/// Coverage by the best passages together.
const PARTIAL: f32 = 0.55;
/// Coverage by a passage that lacks the value which only the question's form asks for.
const NEARLY: f32 = 0.85;
/// Below this nothing in the manual is near.
const RELATED: f32 = 0.3;

impl Library {
    /// The grade of the best passages.
    pub(crate) fn support(&self, query: &Query, ranked: &[Ranked]) -> Support {
        let best = ranked.get(..LOOKED_AT.min(ranked.len())).unwrap_or_default();
        if best.is_empty() || query.concepts.is_empty() {
            return Support::None;
        }
        let coverage = |ranked: &Ranked| query.coverage_in_place(ranked.coverage, &self.entries[ranked.place]);
        let fitting: Vec<&Ranked> = best.iter().filter(|ranked| ranked.fits).collect();
        // Without the most telling thing asked about, the rest of the words is about something else.
        let telling = query.most_telling();
        let names = |ranked: &&&Ranked| {
            let entry = &self.entries[ranked.place];
            telling.is_none_or(|concept| concept.covered(&self.vocabulary, &[&entry.body, &entry.context]) >= 0.5)
        };
        let one = fitting.iter().filter(names).map(|ranked| coverage(ranked)).fold(0.0, f32::max);
        let any = best.iter().map(coverage).fold(0.0, f32::max);
        let mut sets = Vec::new();
        for ranked in fitting.iter().take(3) {
            sets.extend([&self.entries[ranked.place].body, &self.entries[ranked.place].context]);
        }
        let together = query.coverage(&self.vocabulary, &sets);
        // The whole question is met, but for a value that perhaps was not meant.
        let nearly = best.iter().filter(|ranked| ranked.nearly).map(coverage).fold(0.0, f32::max);
        if one >= EXACT {
            Support::Exact
        } else if one >= PARTIAL || nearly >= NEARLY || (together >= EXACT && one >= 0.8 * PARTIAL) {
            Support::Partial
        } else if any >= RELATED {
            Support::Related
        } else {
            Support::None
        }
    }

    /// Why there is no answer, where there is none.
    pub(crate) fn refusal(&self, query: &Query, ranked: &[Ranked], support: Support) -> Option<Refusal> {
        if let Some(other) = query.concepts.iter().find(|concept| concept.unknown && concept.name) {
            return Some(Refusal {
                reason: format!("`{}` is not in the manual that is loaded.", other.said),
                pointer: None,
            });
        }
        if let Some((target, words)) = self.pointed_to(query, ranked) {
            let reason = if target.is_some() {
                format!("The manual only points to this, and what it points to is not loaded: \"{words}\"")
            } else {
                format!("The manual has no procedure for this; it hands it on: \"{words}\"")
            };
            return Some(Refusal { reason, pointer: Some(target.unwrap_or(words)) });
        }
        if support >= Support::Partial {
            return None;
        }
        let mut missing: Vec<&str> =
            query.concepts.iter().filter(|concept| concept.unknown).map(|concept| concept.said.as_str()).collect();
        missing.truncate(3);
        let reason = if support == Support::None {
            "The manual has nothing on this.".to_owned()
        } else if missing.is_empty() {
            "The manual speaks of this, but does not answer the question.".to_owned()
        } else {
            format!("The manual does not answer this: it has nothing on `{}`.", missing.join("`, `"))
        };
        Some(Refusal { reason, pointer: None })
    }

    /// Where the manual sends the reader for what was asked, where that is not loaded or not the reader's to do: the
    /// target, and the words that point there.
    fn pointed_to(&self, query: &Query, ranked: &[Ranked]) -> Option<(Option<String>, String)> {
        if !query.wanted.task {
            return None;
        }
        let near = ranked.get(..(4 * LOOKED_AT).min(ranked.len())).unwrap_or_default();
        let itself = near.iter().filter(|ranked| ranked.fits && !self.points(ranked.place));
        let itself = itself.map(|ranked| ranked.coverage).fold(0.0, f32::max);
        let body = |ranked: &Ranked| query.coverage(&self.vocabulary, &[&self.entries[ranked.place].body]);
        // What names a target is of more use than what only names a shop.
        let named = |place: usize| if self.passages[place].pointer.is_some() { 0.2 } else { 0.0 };
        let pointing =
            near.iter().filter(|ranked| self.points(ranked.place)).map(|ranked| (body(ranked), ranked.place));
        let useful = |(coverage, place): &(f32, usize)| coverage + named(*place);
        let (coverage, place) = pointing.max_by(|a, b| useful(a).total_cmp(&useful(b)).then(b.1.cmp(&a.1)))?;
        let passage = &self.passages[place];
        (coverage >= PARTIAL && itself < 0.9 * coverage).then(|| (passage.pointer.clone(), passage.text.clone()))
    }

    fn points(&self, place: usize) -> bool {
        self.passages[place].pointer.is_some() || self.entries[place].hands_on
    }

    /// The property to ask for first, where what was found depends on it.
    pub(crate) fn variant_needed(
        &self,
        ranked: &[Ranked],
        variant: &Variant,
        compared: &BTreeSet<String>,
    ) -> Option<Property> {
        let first = ranked.iter().find(|ranked| ranked.fits).or(ranked.first())?;
        let Status::Depends(name) = &first.status else { return None };
        if compared.contains(name) {
            return None;
        }
        let property = self.property(&self.passages[first.place], name)?;
        // Each value gives its own best passage: if they differ, the value must be known first.
        let mut answers = BTreeSet::new();
        for value in &property.values {
            let mut with = variant.clone();
            with.insert(name.clone(), value.clone());
            let best = ranked.iter().take(2 * LOOKED_AT).filter(|ranked| ranked.fits).find(|ranked| {
                let rival = ranked.coverage >= 0.8 * first.coverage;
                rival && self.status(&self.passages[ranked.place].applicability, &with) != Status::Other
            });
            answers.insert(best.map(|ranked| self.entries[ranked.place].same_text));
        }
        (answers.len() > 1).then(|| property.clone())
    }

    fn property(&self, passage: &Passage, name: &str) -> Option<&Property> {
        self.publications
            .iter()
            .filter(|publication| publication.id == passage.at.publication)
            .flat_map(|publication| &publication.properties)
            .find(|property| property.name == name)
    }

    /// The work package that would do what was asked.
    pub(crate) fn task(&self, query: &Query, variant: &Variant) -> Option<TaskRef> {
        let scores = self.package_scores(query);
        let mut best: Option<(f32, usize)> = None;
        for (index, package) in self.packages.iter().enumerate() {
            let work_package = &self.publications[package.publication].work_packages[package.index];
            let acts = &package.acts;
            let asked = match &work_package.body {
                Body::Procedure(_) | Body::Checks(_) => acts.iter().any(|act| query.wanted.actions.contains(act)),
                Body::FaultIsolation(_) => query.wanted.no_fact(),
                _ => false,
            };
            let covered = match &work_package.body {
                Body::FaultIsolation(_) => query.coverage(&self.vocabulary, &[&package.title]) >= PARTIAL,
                _ => query.things_covered(&self.vocabulary, &[&package.title]) >= THING,
            };
            let applies = self.status(&work_package.applicability, variant) != Status::Other;
            if asked && applies && covered && best.is_none_or(|(score, _)| scores[index] > score) {
                best = Some((scores[index], index));
            }
        }
        let (_, index) = best?;
        let package = &self.packages[index];
        let work_package = &self.publications[package.publication].work_packages[package.index];
        Some(TaskRef {
            work_package: work_package.id.clone(),
            title: work_package.title(),
            kind: work_package.body.kind().to_owned(),
        })
    }
}
