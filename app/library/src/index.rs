//! The library: publications, their passages, and the index over them. Must not know how a question is graded.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
};

use fieldwright_guide::{
    applicability::{Applicability, Variant},
    manual::{Body, Next, Publication},
    passage::Passage,
    quantity::{Dimension, Token, scan},
};
use tantivy::{
    Index, IndexReader, TantivyDocument, Term,
    collector::TopDocs,
    query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery},
    schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{PreTokenizedString, Token as IndexToken},
};

use crate::{
    passages::passages,
    question::{asked_actions, titled_actions},
    search::Status,
    store::{StoreError, load_publications, save_publication},
    synonyms::{Phrases, Synonyms, SynonymsError},
    words::{Analyzer, Word, WordKind},
};

/// Version of the analysis: an index of another version is built again.
const ANALYSIS: u32 = 4;

/// Why a library cannot be built, stored or opened.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The publications cannot be stored or loaded.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The synonym list cannot be read.
    #[error(transparent)]
    Synonyms(#[from] SynonymsError),
    /// There is nothing to search.
    #[error("`{}` holds no manual\nhint: import one with `fieldwright import PATH --library {}`", .0.display(), .0.display())]
    Empty(PathBuf),
    /// The index cannot be built or read.
    #[error("the search index failed: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// A file of the index cannot be written.
    #[error("cannot write `{}`: {cause}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

/// Manuals that can be asked.
pub struct Library {
    pub(crate) publications: Vec<Publication>,
    pub(crate) passages: Vec<Passage>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) packages: Vec<Package>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) analyzer: Analyzer,
    pub(crate) phrases: Phrases,
    synonyms: Synonyms,
    reader: IndexReader,
    fields: Fields,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library")
            .field("publications", &self.publications.len())
            .field("passages", &self.passages.len())
            .finish_non_exhaustive()
    }
}

/// What is known of a passage beside its words.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what a passage holds, each yes or no")]
pub(crate) struct Entry {
    /// Terms of its words.
    pub(crate) body: BTreeSet<u32>,
    /// Terms of its title, headings and parts.
    pub(crate) context: BTreeSet<u32>,
    /// Terms of what stands just before it: the step before, the alerts of the step.
    pub(crate) beside: BTreeSet<u32>,
    /// Actions that its title or headings name.
    pub(crate) titled: BTreeSet<&'static str>,
    /// Actions that its own words name.
    pub(crate) acts: BTreeSet<&'static str>,
    /// True where it hands the work to somebody else: `tell the maintenance shop`, `a depot task`.
    pub(crate) hands_on: bool,
    /// Neighboring terms, fillers left out.
    pub(crate) pairs: BTreeSet<(u32, u32)>,
    /// Dimensions of its values.
    pub(crate) dimensions: BTreeSet<Dimension>,
    /// True where it has a value: a number with a unit, a range, or a decimal.
    pub(crate) values: bool,
    /// True where it has a number at all.
    pub(crate) numbers: bool,
    /// True where it has a code (part number, tool number).
    pub(crate) codes: bool,
    /// Its words alone, for telling copies apart.
    pub(crate) same_text: u64,
    /// Index into [`Library::packages`].
    pub(crate) package: usize,
}

/// What is known of a work package.
#[derive(Debug)]
pub(crate) struct Package {
    /// Index of its publication.
    pub(crate) publication: usize,
    /// Index in the publication.
    pub(crate) index: usize,
    /// Terms of its title, and of the faults it isolates.
    pub(crate) title: BTreeSet<u32>,
    /// Actions its title names.
    pub(crate) acts: BTreeSet<&'static str>,
    /// Its passages.
    pub(crate) passages: std::ops::Range<usize>,
}

/// Every term and how many passages have it.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    ids: HashMap<String, u32>,
    counts: Vec<u32>,
    pairs: HashMap<(u32, u32), u32>,
    passages: u32,
}

impl Vocabulary {
    /// The id of a term of the manuals.
    pub(crate) fn id(&self, term: &str) -> Option<u32> {
        self.ids.get(term).copied()
    }

    /// How telling a term is: the inverse document frequency BM25 uses. A term no passage has tells most.
    pub(crate) fn weight(&self, id: Option<u32>) -> f32 {
        let count = id.and_then(|id| self.counts.get(id as usize)).copied().unwrap_or(0);
        idf(self.passages, count)
    }

    /// In how many passages two terms stand side by side.
    pub(crate) fn pair_count(&self, pair: (u32, u32)) -> u32 {
        self.pairs.get(&pair).copied().unwrap_or(0)
    }

    fn intern(&mut self, term: &str) -> u32 {
        if let Some(&id) = self.ids.get(term) {
            return id;
        }
        let id = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.insert(term.to_owned(), id);
        self.counts.push(0);
        id
    }
}

fn idf(passages: u32, count: u32) -> f32 {
    let (all, have) = (passages as f32, count as f32);
    (1.0 + (all - have + 0.5) / (have + 0.5)).ln()
}

/// The index' fields.
#[derive(Clone, Copy, Debug)]
struct Fields {
    title: Field,
    structure: Field,
    beside: Field,
    text: Field,
    place: Field,
}

/// A field to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum In {
    Title,
    Structure,
    Beside,
    Text,
}

impl Library {
    /// Builds a library in memory. The general synonym list is added to `synonyms`.
    ///
    /// # Errors
    /// Where the index cannot be built.
    pub fn in_ram(publications: Vec<Publication>, synonyms: Synonyms) -> Result<Self, LibraryError> {
        Self::build(publications, synonyms, None)
    }

    /// Opens a library folder: its publications, its synonyms, and its index where that is up to date.
    ///
    /// # Errors
    /// Where a file is missing or damaged, or where the folder holds no manual.
    pub fn open(folder: &Path) -> Result<Self, LibraryError> {
        let publications = load_publications(folder)?;
        if publications.is_empty() {
            return Err(LibraryError::Empty(folder.to_path_buf()));
        }
        let list = folder.join("synonyms.ron");
        let synonyms = if list.exists() { Synonyms::read(&list)? } else { Synonyms::default() };
        Self::build(publications, synonyms, Some(&folder.join("index")))
    }

    /// Writes publications, synonyms and index into a library folder.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), LibraryError> {
        for publication in &self.publications {
            save_publication(folder, publication)?;
        }
        self.save_index(folder)
    }

    /// Writes the index of a folder that has publications, with a synonym list added to the folder's own.
    ///
    /// # Errors
    /// Where a file cannot be read or written.
    pub fn index_folder(folder: &Path, synonyms: Synonyms) -> Result<(), LibraryError> {
        let mut library = Self::open(folder)?;
        library.synonyms = library.synonyms.with(synonyms);
        library.save_index(folder)
    }

    fn save_index(&self, folder: &Path) -> Result<(), LibraryError> {
        let list = folder.join("synonyms.ron");
        let io = |path: &Path| {
            let path = path.to_path_buf();
            move |cause| LibraryError::Io { path, cause }
        };
        let text = ron::to_string(&self.synonyms)
            .map_err(|error| LibraryError::Io { path: list.clone(), cause: std::io::Error::other(error) })?;
        fs::write(&list, text).map_err(io(&list))?;
        let into = folder.join("index");
        if into.exists() {
            fs::remove_dir_all(&into).map_err(io(&into))?;
        }
        fs::create_dir_all(&into).map_err(io(&into))?;
        let (schema, fields) = schema();
        let index = Index::create_in_dir(&into, schema)?;
        write_index(&index, fields, &self.passages, &surroundings(&self.publications, &self.passages), &self.analyzer)?;
        // Written last: an index without its mark is not used.
        let mark = into.join("fieldwright.mark");
        fs::write(&mark, fingerprint(&self.passages).to_string()).map_err(io(&mark))
    }

    /// Its publications.
    pub fn publications(&self) -> &[Publication] {
        &self.publications
    }

    /// Its passages.
    pub fn passages(&self) -> &[Passage] {
        &self.passages
    }

    fn build(
        publications: Vec<Publication>,
        synonyms: Synonyms,
        index_at: Option<&Path>,
    ) -> Result<Self, LibraryError> {
        let analyzer = Analyzer::default();
        let phrases = Phrases::new(&synonyms.clone().with(Synonyms::general()), &analyzer);
        let all: Vec<Passage> = publications.iter().flat_map(passages).collect();
        let mark = fingerprint(&all).to_string();
        let stored = index_at
            .filter(|at| fs::read_to_string(at.join("fieldwright.mark")).is_ok_and(|have| have == mark))
            .and_then(|at| Index::open_in_dir(at).ok());
        let around = surroundings(&publications, &all);
        let (schema, fields) = schema();
        let index = if let Some(index) = stored {
            index
        } else {
            let index = Index::create_in_ram(schema);
            write_index(&index, fields, &all, &around, &analyzer)?;
            index
        };
        let mut vocabulary = Vocabulary::default();
        let (packages, of_package) = work_packages(&publications, &all, &analyzer, &mut vocabulary);
        let entries: Vec<Entry> = all
            .iter()
            .zip(&around)
            .zip(of_package)
            .map(|((passage, around), package)| entry(passage, around, package, &analyzer, &mut vocabulary))
            .collect();
        count(&entries, &mut vocabulary);
        let reader = index.reader()?;
        let mut library = Self {
            publications,
            passages: all,
            entries,
            packages,
            vocabulary,
            analyzer,
            phrases,
            synonyms,
            reader,
            fields,
        };
        library.settle_applicability();
        Ok(library)
    }

    /// What applies to every declared variant applies always: `Mk 1 or Mk 2` needs no question where there are no others.
    fn settle_applicability(&mut self) {
        let settled: Vec<usize> = (0..self.passages.len())
            .filter(|place| self.status(&self.passages[*place].applicability, &Variant::new()) == Status::Applies)
            .collect();
        for place in settled {
            self.passages[place].applicability = Applicability::Always;
        }
    }

    /// BM25 over fields: `terms` with their boosts, best first, as indices into the passages.
    pub(crate) fn bm25(
        &self,
        terms: &[(String, f32)],
        fields: &[(In, f32)],
        limit: usize,
    ) -> Result<Vec<(usize, f32)>, tantivy::TantivyError> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (term, boost) in terms {
            for (field, field_boost) in fields {
                let field = match field {
                    In::Title => self.fields.title,
                    In::Structure => self.fields.structure,
                    In::Beside => self.fields.beside,
                    In::Text => self.fields.text,
                };
                let query = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(query), boost * field_boost))));
            }
        }
        if clauses.is_empty() {
            return Ok(Vec::new());
        }
        let searcher = self.reader.searcher();
        let found = searcher.search(&BooleanQuery::new(clauses), &TopDocs::with_limit(limit).order_by_score())?;
        let mut hits = Vec::with_capacity(found.len());
        for (score, address) in found {
            let places = searcher.segment_reader(address.segment_ord).fast_fields().u64("place")?;
            let place = places.first(address.doc_id).and_then(|place| usize::try_from(place).ok());
            hits.extend(place.filter(|place| *place < self.passages.len()).map(|place| (place, score)));
        }
        // Equal scores in the order of the manual: the same question gives the same answer on every machine.
        hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(hits)
    }
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    // The tokenizer named here is never used: text arrives as terms.
    let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        title: builder.add_text_field("title", text.clone()),
        structure: builder.add_text_field("structure", text.clone()),
        beside: builder.add_text_field("beside", text.clone()),
        text: builder.add_text_field("text", text),
        place: builder.add_u64_field("place", FAST),
    };
    (builder.build(), fields)
}

fn write_index(
    index: &Index,
    fields: Fields,
    passages: &[Passage],
    around: &[Surroundings],
    analyzer: &Analyzer,
) -> Result<(), tantivy::TantivyError> {
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, 32_000_000)?;
    for (place, (passage, around)) in passages.iter().zip(around).enumerate() {
        let mut document = TantivyDocument::default();
        document.add_pre_tokenized_text(fields.title, tokens(analyzer.terms(&passage.title)));
        document.add_pre_tokenized_text(
            fields.structure,
            tokens(analyzer.terms(&format!("{} . {}", structure(passage), around.path))),
        );
        document.add_pre_tokenized_text(fields.beside, tokens(analyzer.terms(&around.before)));
        document.add_pre_tokenized_text(fields.text, tokens(analyzer.terms(&passage.text)));
        document.add_u64(fields.place, place as u64);
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()
}

fn tokens(terms: Vec<String>) -> PreTokenizedString {
    let tokens = terms
        .into_iter()
        .enumerate()
        .map(|(position, text)| IndexToken { position, text, ..IndexToken::default() })
        .collect();
    PreTokenizedString { text: String::new(), tokens }
}

/// What stands around a passage: headings, parts by name, the kind of its work package, and what element it is.
fn structure(passage: &Passage) -> String {
    let element: String = passage.at.element.chars().map(|c| if c.is_alphabetic() { c } else { ' ' }).collect();
    // `Tighten it to 12 N·m` is asked for as a torque.
    let measures: BTreeSet<&str> = scan(&passage.text).iter().filter_map(measure).collect();
    let measures = measures.into_iter().collect::<Vec<_>>().join(" . ");
    let parts: Vec<String> = passage.parts.iter().map(|part| part.replace('-', " ")).collect();
    format!(
        "{} . {} . {} . {element} . {measures}",
        passage.headings.join(" . "),
        parts.join(" . "),
        passage.kind.replace('-', " ")
    )
}

/// What stands around a passage in the work.
#[derive(Clone, Debug, Default)]
struct Surroundings {
    /// In fault isolation: the question before it and the answer that leads here.
    path: String,
    /// The step before, and the alerts of this one.
    before: String,
}

/// The surroundings of every passage. A step says `it must not be more than 0.5 V` of what the step before measures; a
/// node of a fault-isolation graph is reached by an answer that it does not repeat.
fn surroundings(publications: &[Publication], all: &[Passage]) -> Vec<Surroundings> {
    let mut paths: BTreeMap<(&str, &str, &str), String> = BTreeMap::new();
    for publication in publications {
        for work_package in &publication.work_packages {
            let Body::FaultIsolation(graph) = &work_package.body else { continue };
            for node in &graph.nodes {
                let Some((question, answers)) = &node.question else { continue };
                for answer in answers {
                    if let Next::Node(to) = &answer.next {
                        let path = paths.entry((&publication.id, &work_package.id, to)).or_default();
                        path.extend([question.plain().as_str(), " ", answer.text.as_str(), " . "]);
                    }
                }
            }
        }
    }
    let mut last_step: Option<&Passage> = None;
    let mut around = Vec::with_capacity(all.len());
    for passage in all {
        let mut own = Surroundings::default();
        if let Some(step) = &passage.step {
            let key = (passage.at.publication.as_str(), passage.at.work_package.as_str(), step.as_str());
            own.path = paths.get(&key).cloned().unwrap_or_default();
            let same =
                |last: &&Passage| last.at.work_package == passage.at.work_package && passage.kind != "fault-isolation";
            own.before = last_step.filter(same).map(|last| last.text.clone()).unwrap_or_default();
            last_step = Some(passage);
        } else if let Some(last) = last_step
            && last.at.work_package == passage.at.work_package
            && passage.kind != "parts-list"
        {
            own.before.clone_from(&last.text);
        }
        around.push(own);
    }
    around
}

/// True for words that hand the work on: somebody is told, or a shop or depot does it.
fn hands_on(words: &[Word]) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.word.as_str()));
    has(&["shop", "depot", "manufacturer", "dealer", "workshop"])
        && has(&["tell", "notify", "task", "send", "return", "contact", "report", "must"])
}

/// What a value measures, by name.
fn measure(token: &Token) -> Option<&'static str> {
    let Token::Quantity(quantity) = token else { return None };
    Some(match quantity.unit?.dimension {
        Dimension::Torque => "torque",
        Dimension::Pressure => "pressure",
        Dimension::Temperature => "temperature",
        Dimension::Voltage => "voltage",
        Dimension::Current => "current",
        Dimension::Resistance => "resistance",
        Dimension::Frequency => "frequency",
        Dimension::Mass => "weight",
        _ => return None,
    })
}

fn fingerprint(passages: &[Passage]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (ANALYSIS, passages.len()).hash(&mut hasher);
    for passage in passages {
        (&passage.id, &passage.title, &passage.headings, &passage.text).hash(&mut hasher);
    }
    hasher.finish()
}

/// Work packages in the order of their passages, and the package of every passage.
fn work_packages(
    publications: &[Publication],
    all: &[Passage],
    analyzer: &Analyzer,
    vocabulary: &mut Vocabulary,
) -> (Vec<Package>, Vec<usize>) {
    let mut known: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for (publication, of) in publications.iter().enumerate() {
        for (index, work_package) in
            of.work_packages.iter().enumerate().filter(|(_, work_package)| !work_package.deleted())
        {
            known.insert((of.id.as_str(), work_package.id.as_str()), (publication, index));
        }
    }
    let mut packages: Vec<Package> = Vec::new();
    let mut of_passage = Vec::with_capacity(all.len());
    let mut last = None;
    for (place, passage) in all.iter().enumerate() {
        let key = (passage.at.publication.as_str(), passage.at.work_package.as_str());
        if last != Some(key)
            && let Some(&(publication, index)) = known.get(&key)
        {
            last = Some(key);
            let work_package = &publications[publication].work_packages[index];
            let mut title = work_package.title();
            if let Body::FaultIsolation(graph) = &work_package.body {
                for fault in &graph.faults {
                    title.push_str(" . ");
                    title.push_str(&fault.plain());
                }
            }
            packages.push(Package {
                publication,
                index,
                title: term_set(&analyzer.words(&title), vocabulary),
                acts: titled_actions(&analyzer.words(&work_package.title())),
                passages: place..place,
            });
        }
        if let Some(package) = packages.last_mut() {
            package.passages.end = place + 1;
        }
        of_passage.push(packages.len().saturating_sub(1));
    }
    (packages, of_passage)
}

fn term_set(words: &[Word], vocabulary: &mut Vocabulary) -> BTreeSet<u32> {
    let matter = words.iter().filter(|word| word.kind != WordKind::Filler);
    matter.map(|word| vocabulary.intern(&word.term)).collect()
}

fn entry(
    passage: &Passage,
    around: &Surroundings,
    package: usize,
    analyzer: &Analyzer,
    vocabulary: &mut Vocabulary,
) -> Entry {
    let mut entry = Entry { package, ..Entry::default() };
    let body = analyzer.words(&passage.text);
    let context = analyzer.words(&format!("{} . {} . {}", passage.title, structure(passage), around.path));
    entry.body = term_set(&body, vocabulary);
    entry.context = term_set(&context, vocabulary);
    entry.beside = term_set(&analyzer.words(&around.before), vocabulary);
    entry.acts = asked_actions(&body);
    entry.titled = titled_actions(&analyzer.words(&format!("{} . {}", passage.title, passage.headings.join(" . "))));
    entry.hands_on = hands_on(&body);
    for words in [&body, &context] {
        let ids: Vec<u32> = words
            .iter()
            .filter(|word| !matches!(word.kind, WordKind::Filler | WordKind::CodePart))
            .map(|word| vocabulary.intern(&word.term))
            .collect();
        entry.pairs.extend(ids.windows(2).map(|pair| (pair[0], pair[1])));
    }
    for token in scan(&passage.text) {
        match token {
            Token::Quantity(quantity) => {
                entry.numbers = true;
                entry.values |= quantity.unit.is_some() || quantity.high.is_some() || quantity.low.fract() != 0.0;
                entry.dimensions.extend(quantity.unit.map(|unit| unit.dimension));
            }
            Token::Code(_) => entry.codes = true,
            Token::Word(_) => {}
        }
    }
    let mut hasher = DefaultHasher::new();
    for word in &body {
        word.term.hash(&mut hasher);
    }
    entry.same_text = hasher.finish();
    entry
}

fn count(entries: &[Entry], vocabulary: &mut Vocabulary) {
    vocabulary.passages = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    for entry in entries {
        for id in entry.body.union(&entry.context) {
            if let Some(count) = vocabulary.counts.get_mut(*id as usize) {
                *count += 1;
            }
        }
        for pair in &entry.pairs {
            *vocabulary.pairs.entry(*pair).or_insert(0) += 1;
        }
    }
}
