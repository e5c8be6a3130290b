//! Finding passages: ranked lists from the index and from the manual's structure, fused by rank. Must not know the
//! grade of the answer.

use std::collections::{BTreeMap, BTreeSet};

use fieldwright_guide::{
    applicability::{Applicability, Applies, Variant},
    manual::AlertKind,
    passage::{Found, Hit, Passage, Refusal, Support, TaskRef},
    quantity::{Dimension, Quantity, Token, scan},
};

use crate::{
    index::{In, Library},
    query::Query,
    question::parts,
};

/// Passages taken from the index before the structure has its say.
const CANDIDATES: usize = 200;
/// Passages in an answer.
const HITS: usize = 20;
/// Passages among which those that answer together are looked for, and how many there can be.
const LOOK_AHEAD: usize = 8;
const TOGETHER: usize = 3;
/// A further passage belongs into an answer only where it covers this much of the question by itself.
const OWN_PART: f32 = 0.1;
/// How much of the thing acted on must be named for a passage to be about doing it.
pub(crate) const THING: f32 = 0.65;
/// The same where a question names many things.
const MANY_THINGS: f32 = 0.5;
/// A step that has the same value answers in place of a table's row if it covers this much of what the row covers.
const NEAR: f32 = 0.7;
/// What each further copy of a text is worth.
const COPY: f32 = 0.7;
/// How much a question within a question has to say beside the whole.
const PART: f32 = 0.5;
/// How fast a rank loses weight in the fusion: small, since the lists are short and their heads matter.
const RANK_OFFSET: f32 = 8.0;

/// A candidate with what the structure says of it.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    /// Index into the passages.
    pub(crate) place: usize,
    /// Fused score.
    pub(crate) score: f32,
    /// How much of the question it covers, with its title and headings.
    pub(crate) coverage: f32,
    /// True where it holds the kind of thing asked for.
    pub(crate) fits: bool,
    /// True where it lacks it, and the question's form was the only sign of it: `how much is too much`.
    pub(crate) nearly: bool,
    /// Whom it concerns.
    pub(crate) status: Status,
}

/// Whether a passage speaks of the equipment in front of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It does, whatever is not known.
    Applies,
    /// It does not.
    Other,
    /// It depends on this property.
    Depends(String),
}

impl Library {
    /// Finds the passages for a question about the equipment of this variant, and grades them.
    pub fn find(&self, question: &str, variant: &Variant) -> Found {
        let (query, variant, compared) = self.read(question, variant);
        let mut ranked = match self.rank(&query, &variant) {
            Ok(ranked) => ranked,
            Err(error) => return failed(&error),
        };
        let answered_in_part = self.rank_parts(question, &variant, &mut ranked);
        self.prefer_guarded(&query, &mut ranked);
        let task = self.task(&query, &variant);
        self.prefer_statement(&query, task.as_ref(), &mut ranked);
        // What answers together comes first: whoever shows or words an answer takes the head of the list.
        let head: Vec<usize> = ranked.iter().take(LOOK_AHEAD).map(|ranked| ranked.place).collect();
        let chosen = self.chosen(&query, &head);
        let (first, rest): (Vec<_>, Vec<_>) =
            ranked.into_iter().enumerate().partition(|(index, _)| chosen.contains(index));
        let mut ranked: Vec<Ranked> = Vec::with_capacity(first.len() + rest.len());
        for index in chosen {
            ranked.extend(first.iter().find(|(known, _)| *known == index).map(|(_, ranked)| ranked.clone()));
        }
        ranked.extend(rest.into_iter().map(|(_, ranked)| ranked));
        let support = self.support(&query, &ranked);
        let support = if answered_in_part { support.max(Support::Partial) } else { support };
        let refusal = self.refusal(&query, &ranked, support);
        let variant_needed = if refusal.is_some() { None } else { self.variant_needed(&ranked, &variant, &compared) };
        let hits = ranked
            .iter()
            .take(HITS)
            .map(|ranked| Hit { passage: self.passages[ranked.place].clone(), score: ranked.score })
            .collect();
        let support = if refusal.is_some() { support.min(Support::Related) } else { support };
        let wanted = query.wanted;
        let mut value_of = (wanted.value || !wanted.dimensions.is_empty()).then_some(wanted.dimensions);
        if wanted.interval {
            value_of.get_or_insert_default().insert(Dimension::Time);
        }
        Found { hits, support, refusal, variant_needed, task, value_of }
    }

    /// The peer to compare with: BM25 over the passages' words alone, no structure, no synonyms, no grades.
    pub fn find_by_words_alone(&self, question: &str, limit: usize) -> Vec<Hit> {
        let query = self.read(question, &Variant::new()).0;
        let found = self.bm25(&query.plain, &[(In::Text, 1.0)], limit).unwrap_or_default();
        found.into_iter().map(|(place, score)| Hit { passage: self.passages[place].clone(), score }).collect()
    }

    /// How many of the first hits answer a question together: the best one, and those that cover what it leaves open.
    pub fn evidence(&self, question: &str, found: &Found) -> usize {
        let query = self.read(question, &Variant::new()).0;
        let places: BTreeMap<&str, usize> =
            self.passages.iter().enumerate().map(|(place, passage)| (passage.id.as_str(), place)).collect();
        let hits = found.hits.iter().filter_map(|hit| places.get(hit.passage.id.as_str()).copied()).take(LOOK_AHEAD);
        self.chosen(&query, &hits.collect::<Vec<_>>()).len()
    }

    /// Indices into `places`: the first, and those that cover what is still open.
    fn chosen(&self, query: &Query, places: &[usize]) -> Vec<usize> {
        let mut chosen = Vec::new();
        let mut sets: Vec<&BTreeSet<u32>> = Vec::new();
        let mut covered = 0.0;
        while chosen.len() < TOGETHER {
            let gain = |place: usize| {
                let entry = &self.entries[place];
                let with: Vec<&BTreeSet<u32>> = sets.iter().copied().chain([&entry.body, &entry.context]).collect();
                query.coverage(&self.vocabulary, &with) - covered
            };
            let left = places.iter().enumerate().filter(|(index, _)| !chosen.contains(index));
            let best = if chosen.is_empty() {
                left.map(|(index, place)| (index, gain(*place))).next()
            } else {
                left.map(|(index, place)| (index, gain(*place)))
                    .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
                    .filter(|(_, gained)| *gained >= OWN_PART)
            };
            let Some((index, gained)) = best else { break };
            chosen.push(index);
            sets.extend([&self.entries[places[index]].body, &self.entries[places[index]].context]);
            covered += gained;
        }
        chosen
    }

    /// How a question was read and what the best passages cover of it, for people who measure.
    pub fn explain(&self, question: &str, variant: &Variant) -> String {
        let (query, variant, _) = self.read(question, variant);
        let ranked = self.rank(&query, &variant).unwrap_or_default();
        let mut text = format!("{:?}\n", query.wanted);
        for ranked in ranked.iter().take(3) {
            let entry = &self.entries[ranked.place];
            let concepts: Vec<String> = query
                .concepts
                .iter()
                .map(|concept| {
                    let covered = concept.covered(&self.vocabulary, &[&entry.body, &entry.context]);
                    format!(
                        "{}:{:.1}x{covered:.1}{}",
                        concept.said,
                        concept.weight,
                        if concept.unknown { "?" } else { "" }
                    )
                })
                .collect();
            let line = format!(
                "  {:.2}{} {} [{}] missing pairs {:.1}\n",
                ranked.coverage,
                if ranked.fits { "" } else { " does not fit" },
                self.passages[ranked.place].id,
                concepts.join(" "),
                query.unheard,
            );
            text.push_str(&line);
        }
        text
    }

    /// A value that stands in a table and in a step is answered with the step: it carries the warnings of the work.
    fn prefer_guarded(&self, query: &Query, ranked: &mut Vec<Ranked>) {
        let Some(first) =
            ranked.first().filter(|first| query.wanted.value && self.passages[first.place].alerts.is_empty())
        else {
            return;
        };
        let values = self.values(query, first.place);
        if values.is_empty() {
            return;
        }
        let same = |other: &Ranked| {
            let theirs = self.values(query, other.place);
            let guarded = !self.passages[other.place].alerts.is_empty() && self.passages[other.place].step.is_some();
            let near = other.coverage >= NEAR * first.coverage && other.status == first.status;
            guarded && near && other.fits && values.iter().all(|value| theirs.iter().any(|known| known.same_as(value)))
        };
        if let Some(at) = ranked.iter().take(LOOK_AHEAD).position(same) {
            let guarded = ranked.remove(at);
            ranked.insert(0, guarded);
        }
    }

    /// A fault is answered with its statement where its isolation is offered: a node from the middle of the graph is no
    /// answer to somebody who has not come there.
    fn prefer_statement(&self, query: &Query, task: Option<&TaskRef>, ranked: &mut Vec<Ranked>) {
        let isolates = |task: &&TaskRef| query.wanted.no_fact() && task.kind == "fault-isolation";
        let Some(task) = task.filter(isolates) else { return };
        let states = |ranked: &Ranked| {
            let at = &self.passages[ranked.place].at;
            at.work_package == task.work_package && at.element.starts_with("fault ")
        };
        if let Some(at) = ranked.iter().take(HITS).position(states) {
            let statement = ranked.remove(at);
            ranked.insert(0, statement);
        }
    }

    /// The values of a passage that have a dimension asked for; all with a unit where none is named.
    fn values(&self, query: &Query, place: usize) -> Vec<Quantity> {
        let asked = |quantity: &Quantity| {
            let dimensions = &query.wanted.dimensions;
            quantity.unit.is_some_and(|unit| dimensions.is_empty() || dimensions.contains(&unit.dimension))
        };
        scan(&self.passages[place].text)
            .into_iter()
            .filter_map(|token| match token {
                Token::Quantity(quantity) => Some(quantity),
                _ => None,
            })
            .filter(asked)
            .collect()
    }

    /// Lets each question within a question speak for its own passages; true where one of them is answered.
    fn rank_parts(&self, question: &str, variant: &Variant, ranked: &mut [Ranked]) -> bool {
        let parts = parts(question);
        if parts.len() < 2 {
            return false;
        }
        let mut answered = false;
        for part in parts {
            let (query, variant, _) = self.read(part, variant);
            if query.concepts.len() < 2 {
                continue;
            }
            let own = self.rank(&query, &variant).unwrap_or_default();
            for (rank, own) in own.iter().take(CANDIDATES).enumerate() {
                if let Some(known) = ranked.iter_mut().find(|known| known.place == own.place) {
                    known.score += PART / (RANK_OFFSET + rank as f32);
                }
            }
            answered |= query.wanted.asks && self.support(&query, &own) == Support::Exact;
        }
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)));
        answered
    }

    /// Candidates in the order of the fusion, copies of one text after everything else.
    pub(crate) fn rank(&self, query: &Query, variant: &Variant) -> Result<Vec<Ranked>, tantivy::TantivyError> {
        let fields = [(In::Text, 1.0), (In::Title, 0.7), (In::Structure, 0.8), (In::Beside, 0.1)];
        let by_words = self.bm25(&query.terms, &fields, CANDIDATES)?;
        let packages = self.package_scores(query);
        let mut candidates: Vec<Ranked> = Vec::new();
        let mut word_scores = Vec::new();
        for &(place, score) in &by_words {
            let status = self.status(&self.passages[place].applicability, variant);
            if status == Status::Other {
                continue;
            }
            let entry = &self.entries[place];
            candidates.push(Ranked {
                place,
                score: 0.0,
                coverage: query.coverage_beside(&self.vocabulary, &[&entry.body, &entry.context], &entry.beside),
                fits: self.fits(query, place),
                nearly: query.wanted.dimensions.is_empty() && !query.wanted.part_number && !query.wanted.task,
                status,
            });
            word_scores.push(score * self.structure_factor(query, place));
        }
        let own: Vec<f32> = candidates
            .iter()
            .zip(&word_scores)
            .map(|(candidate, words)| {
                let entry = &self.entries[candidate.place];
                let body = query.coverage_beside(&self.vocabulary, &[&entry.body], &entry.beside);
                (candidate.coverage + 0.5 * body + 0.3 * query.pairs_covered(entry))
                    * self.structure_factor(query, candidate.place)
                    + 1e-4 * words
            })
            .collect();
        let of_package: Vec<f32> = candidates
            .iter()
            .zip(&word_scores)
            .map(|(candidate, words)| packages[self.entries[candidate.place].package] + 1e-3 * words)
            .collect();
        for (scores, weight) in [(&word_scores, 1.0), (&own, 1.0), (&of_package, 0.5)] {
            for (rank, index) in order(scores).into_iter().enumerate() {
                candidates[index].score += weight / (RANK_OFFSET + rank as f32);
            }
        }
        for candidate in candidates.iter_mut().filter(|candidate| !candidate.fits) {
            candidate.score *= 0.8;
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)));
        // A warning stands in thirty procedures: its copies make room for other passages.
        let mut copies: BTreeMap<u64, f32> = BTreeMap::new();
        for candidate in &mut candidates {
            let seen = copies.entry(self.entries[candidate.place].same_text).or_insert(1.0);
            candidate.score *= *seen;
            *seen *= COPY;
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)));
        Ok(candidates)
    }

    /// How well each work package's title meets the question, 0 to 1.
    pub(crate) fn package_scores(&self, query: &Query) -> Vec<f32> {
        self.packages
            .iter()
            .map(|package| {
                let coverage = query.coverage(&self.vocabulary, &[&package.title]);
                let asked = |id: &u32| {
                    query.concepts.iter().any(|concept| concept.ways.iter().flatten().any(|way| *way == Some(*id)))
                };
                let weight =
                    |ids: &mut dyn Iterator<Item = &u32>| ids.map(|id| self.vocabulary.weight(Some(*id))).sum::<f32>();
                let all = weight(&mut package.title.iter());
                let hit = weight(&mut package.title.iter().filter(|id| asked(id)));
                let precision = if all > 0.0 { hit / all } else { 0.0 };
                coverage * (0.5 + 0.5 * precision)
            })
            .collect()
    }

    /// How far the structure speaks for a passage.
    fn structure_factor(&self, query: &Query, place: usize) -> f32 {
        let (passage, entry) = (&self.passages[place], &self.entries[place]);
        let wanted = &query.wanted;
        let element = passage.at.element.as_str();
        let has = |word: &str| element.split(' ').any(|known| known == word);
        let mut factor = 1.0;
        if !wanted.dimensions.is_empty() {
            let meets = entry.dimensions.intersection(&wanted.dimensions).next().is_some();
            factor *= if meets {
                1.5
            } else if entry.values {
                0.9
            } else {
                0.6
            };
        } else if wanted.value {
            factor *= if entry.values || (wanted.count && entry.numbers) { 1.25 } else { 0.8 };
        }
        if wanted.part_number {
            factor *= if passage.kind == "parts-list" {
                1.8
            } else if entry.codes {
                1.1
            } else {
                0.7
            };
        } else if passage.kind == "parts-list" {
            factor *= 0.7;
        }
        if wanted.tool {
            factor *= if has("tools") || has("supplies") { 1.5 } else { 1.0 };
        } else if has("tools") || has("supplies") || has("spares") {
            factor *= 0.8;
        }
        let alert = has("warning") || has("caution");
        if wanted.care {
            factor *= if alert { 1.4 } else { 1.0 };
        }
        if wanted.task {
            factor *= match passage.kind.as_str() {
                "procedure" | "operator-checks" if passage.step.is_some() => 1.2,
                _ => 1.0,
            };
        }
        // The step that uses a value carries its warnings; a table of values does not.
        if wanted.value && passage.step.is_some() {
            factor *= 1.1;
        }
        if wanted.fault && passage.kind == "fault-isolation" {
            factor *= 1.5;
        }
        if wanted.interval {
            factor *= if entry.dimensions.contains(&Dimension::Time) { 1.3 } else { 1.0 };
        }
        if has("figure") && !wanted.place {
            factor *= 0.7;
        }
        // Repositories and registers repeat what stands where the work is done.
        if passage.kind == "common-information" {
            factor *= 0.7;
        }
        if has("condition") || has("persons") || has("time") {
            factor *= 0.8;
        }
        factor
    }

    /// True where a passage holds the kind of thing asked for.
    fn fits(&self, query: &Query, place: usize) -> bool {
        let (passage, entry) = (&self.passages[place], &self.entries[place]);
        let wanted = &query.wanted;
        if !wanted.dimensions.is_empty() && entry.dimensions.intersection(&wanted.dimensions).next().is_none() {
            return false;
        }
        if (wanted.value || wanted.interval) && !(entry.values || entry.numbers && wanted.count) && !wanted.task {
            return false;
        }
        if wanted.part_number && !entry.codes && passage.kind != "parts-list" {
            return false;
        }
        if wanted.care
            && ["warning", "caution"].iter().any(|kind| passage.at.element.split(' ').any(|word| word == *kind))
        {
            return true;
        }
        if wanted.task && !wanted.actions.is_empty() {
            return self.does(query, place);
        }
        true
    }

    /// True where a passage is part of doing what was asked: its title names the action and the thing, or it is a step
    /// that says to do it. A sentence that hands the work to a shop is no instruction.
    fn does(&self, query: &Query, place: usize) -> bool {
        let (passage, entry) = (&self.passages[place], &self.entries[place]);
        let asked = |actions: &BTreeSet<&str>| actions.iter().any(|act| query.wanted.actions.contains(act));
        let thing = |sets: &[&BTreeSet<u32>]| query.things_covered(&self.vocabulary, sets);
        // A long question names more than the step it is about.
        let enough = if query.things() > 5 { MANY_THINGS } else { THING };
        let titled = asked(&entry.titled) && thing(&[&self.packages[entry.package].title, &entry.context]) >= enough;
        let stepped = matches!(passage.kind.as_str(), "procedure" | "operator-checks")
            && asked(&entry.acts)
            && !entry.hands_on
            && thing(&[&entry.body]) >= enough;
        titled || stepped
    }

    /// Whether something applies, where a property that nobody told is tried with all its declared values.
    pub(crate) fn status(&self, applicability: &Applicability, variant: &Variant) -> Status {
        self.status_within(applicability, variant, 3)
    }

    fn status_within(&self, applicability: &Applicability, variant: &Variant, depth: u8) -> Status {
        let property = match applicability.applies(variant) {
            Applies::Yes => return Status::Applies,
            Applies::No => return Status::Other,
            Applies::Unknown { property } => property,
        };
        let declared = self
            .publications
            .iter()
            .flat_map(|publication| &publication.properties)
            .find(|known| known.name == property);
        let Some(declared) = declared.filter(|declared| depth > 0 && (1..=16).contains(&declared.values.len())) else {
            return Status::Depends(property);
        };
        let mut all: Option<Status> = None;
        for value in &declared.values {
            let mut with = variant.clone();
            with.insert(property.clone(), value.clone());
            let status = self.status_within(applicability, &with, depth - 1);
            match &all {
                None => all = Some(status),
                Some(known) if *known == status => {}
                Some(_) => return Status::Depends(property),
            }
        }
        all.unwrap_or(Status::Depends(property))
    }

    /// Reads a question, with what it says of the variant itself (`on a Mk 2`), and the properties it compares.
    fn read(&self, question: &str, known: &Variant) -> (Query, Variant, BTreeSet<String>) {
        let words = self.analyzer.words(question);
        let mark = |term: &str| if term == "mark" { "mk".to_owned() } else { term.to_owned() };
        let said: Vec<String> = words.iter().map(|word| mark(&word.term)).collect();
        let mut elsewhere = vec![false; words.len()];
        let mut variant = known.clone();
        let mut compared = BTreeSet::new();
        for property in self.publications.iter().flat_map(|publication| &publication.properties) {
            let terms: Vec<Vec<String>> = property.values.iter().map(|value| self.analyzer.terms(value)).collect();
            let mut values = BTreeSet::new();
            for (value, own) in property.values.iter().zip(&terms) {
                let named = own.iter().any(|term| term.chars().any(char::is_alphabetic));
                if let Some(at) =
                    said.windows(own.len().max(1)).position(|window| window == own.as_slice()).filter(|_| named)
                {
                    values.insert(value.clone());
                    elsewhere[at..at + own.len()].fill(true);
                    continue;
                }
                // One word of the value will do where no other value has it.
                let telling = said.iter().position(|term| {
                    let theirs = terms.iter().filter(|other| other.contains(term)).count();
                    term.len() > 4
                        && term.chars().all(char::is_alphabetic)
                        && own.contains(term)
                        && theirs == 1
                        && own.len() > 1
                });
                if let Some(at) = telling {
                    values.insert(value.clone());
                    elsewhere[at] = true;
                }
            }
            if values.len() > 1 {
                compared.insert(property.name.clone());
            } else if let Some(value) = values.into_iter().next() {
                variant.insert(property.name.clone(), value);
            }
        }
        (Query::new(self, question, &words, &elsewhere), variant, compared)
    }

    /// The alerts of a passage, warnings first, each once.
    pub fn alerts_of(passages: &[&Passage]) -> Vec<(AlertKind, String)> {
        let mut alerts: Vec<(AlertKind, String)> = Vec::new();
        for alert in passages.iter().flat_map(|passage| &passage.alerts) {
            if !alerts.contains(alert) {
                alerts.push(alert.clone());
            }
        }
        alerts.sort_by_key(|(kind, _)| *kind);
        alerts
    }
}

/// Indices in falling order of score; equal scores keep their order.
fn order(scores: &[f32]) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..scores.len()).collect();
    indices.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    indices
}

fn failed(error: &tantivy::TantivyError) -> Found {
    Found {
        hits: Vec::new(),
        support: Support::None,
        refusal: Some(Refusal { reason: format!("The search index failed: {error}."), pointer: None }),
        variant_needed: None,
        task: None,
        value_of: None,
    }
}
