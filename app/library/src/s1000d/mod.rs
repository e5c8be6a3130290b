//! Reads an S1000D Issue 4.1 publication into the canonical model. It reads the files it is given and nothing else:
//! no entity, schema, stylesheet or link is ever opened. Must not know search, nor how a manual is shown.

mod alerts;
mod applic;
mod blocks;
mod fault;
mod fleet;
mod ident;
mod parts;
mod reader;
mod records;
mod refs;
mod set;
mod setup;
mod steps;
mod text;
mod words;
mod xml;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fieldwright_guide::{
    applicability::Property,
    manual::{Body, Fault, InitialSetup, Publication, Severity, WorkPackage},
};

use self::{
    fleet::Fleet,
    ident::{Header, dm_code},
    reader::Reader,
    set::{Module, Set},
    xml::{Node, Source, attribute, child, elements},
};

/// Folders are searched this deep for files.
const MAX_FOLDERS: u32 = 4;

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The path cannot be read.
    #[error("cannot read `{}`: {cause}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// There is no data module in it that can be used.
    #[error("no S1000D data module could be read from `{}`{}\nhint: give a folder of DMC-*.XML files, or one such file", path.display(), first_fault(faults))]
    Nothing {
        /// Where.
        path: PathBuf,
        /// What was wrong with the files that are there.
        faults: Vec<Fault>,
    },
}

/// The first error, for the one-line message.
fn first_fault(faults: &[Fault]) -> String {
    let worst = faults.iter().max_by_key(|fault| fault.severity);
    let more = if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() };
    worst.map(|fault| format!(": {}:{}: {}{more}", fault.file, fault.line, fault.message)).unwrap_or_default()
}

/// Reads the publication at `path`: a folder of data modules, or one data module.
///
/// # Errors
///
/// Where the path cannot be read, or holds no usable data module. A file that cannot be used is a [`Fault`] of
/// [`Severity::Error`] while others can.
pub fn read_publication(path: &Path) -> Result<(Publication, Vec<Fault>), ReadError> {
    read_publication_files(std::slice::from_ref(&path.to_path_buf()))
}

/// Reads several folders and files as one publication.
///
/// # Errors
///
/// As [`read_publication`].
pub fn read_publication_files(paths: &[PathBuf]) -> Result<(Publication, Vec<Fault>), ReadError> {
    let mut faults = Vec::new();
    let mut sources = Vec::new();
    for path in paths {
        for (name, file) in files(path, &mut faults)? {
            let bytes = fs::read(&file).map_err(|cause| ReadError::Io { path: file.clone(), cause })?;
            match Source::new(&name, &bytes) {
                Ok(source) => sources.push(source),
                Err(fault) => faults.push(fault),
            }
        }
    }
    let shown = paths.first().cloned().unwrap_or_default();
    read_sources(&sources, &mut faults)
        .map(|publication| (publication, faults.clone()))
        .ok_or(ReadError::Nothing { path: shown, faults })
}

/// Reads a publication from files in memory: name and bytes of each.
///
/// # Errors
///
/// Where no data module can be used.
pub fn read_files(files: &[(String, Vec<u8>)]) -> Result<(Publication, Vec<Fault>), ReadError> {
    let mut faults = Vec::new();
    let mut sources = Vec::new();
    for (name, bytes) in files {
        match Source::new(name, bytes) {
            Ok(source) => sources.push(source),
            Err(fault) => faults.push(fault),
        }
    }
    read_sources(&sources, &mut faults)
        .map(|publication| (publication, faults.clone()))
        .ok_or(ReadError::Nothing { path: PathBuf::from("files in memory"), faults })
}

/// The XML files under a path by name, sorted. A link that leads out of the publication is not followed.
fn files(path: &Path, faults: &mut Vec<Fault>) -> Result<Vec<(String, PathBuf)>, ReadError> {
    let io = |cause| ReadError::Io { path: path.to_path_buf(), cause };
    let whole = fs::canonicalize(path).map_err(io)?;
    if fs::metadata(&whole).map_err(io)?.is_file() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(vec![(name, whole)]);
    }
    let mut found = BTreeMap::new();
    let mut folders = vec![(whole.clone(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|cause| ReadError::Io { path: folder.clone(), cause })? {
            let entry = entry.map_err(|cause| ReadError::Io { path: folder.clone(), cause })?.path();
            let name = entry.strip_prefix(&whole).unwrap_or(&entry).to_string_lossy().into_owned();
            let is_xml = entry.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
            let Ok(real) = fs::canonicalize(&entry) else {
                if is_xml {
                    faults.push(error(&name, 0, "cannot be opened; the file was left out".to_owned()));
                }
                continue;
            };
            if !real.starts_with(&whole) {
                if is_xml {
                    faults.push(error(&name, 0, "is a link out of the publication; the file was left out".to_owned()));
                }
            } else if real.is_dir() {
                if depth < MAX_FOLDERS && entry == real {
                    folders.push((entry, depth + 1));
                }
            } else if is_xml {
                found.insert(name, real);
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn error(file: &str, line: u32, message: String) -> Fault {
    Fault { severity: Severity::Error, file: file.to_owned(), line, message }
}

/// A publication module: its header and the codes it lists, in order.
struct Listing {
    header: Header,
    codes: Vec<String>,
}

fn read_sources(sources: &[Source], faults: &mut Vec<Fault>) -> Option<Publication> {
    let mut documents = Vec::new();
    for source in sources {
        faults.extend(source.remarks.iter().cloned());
        match source.parse() {
            Ok(document) => documents.push((source, document)),
            Err(fault) => faults.push(fault),
        }
    }
    let mut modules = Vec::new();
    let mut listings: Vec<Listing> = Vec::new();
    for (source, document) in &documents {
        let root = document.root_element();
        match root.tag_name().name() {
            "dmodule" if xml::find(root, "identExtension").is_some_and(|node| in_address(node)) => faults.push(Fault {
                severity: Severity::Info,
                file: source.file.clone(),
                line: source.line(root.range().start),
                message: "extended data module (DME): another producer's copy, left out".to_owned(),
            }),
            "dmodule" => match Module::new(source, root) {
                Ok(module) => modules.push(module),
                Err(fault) => faults.push(fault),
            },
            "pm" => match Header::read(root) {
                Ok(header) => listings.push(Listing { header, codes: listed(root) }),
                Err(what) => faults.push(error(&source.file, 1, format!("publication module {what}; left out"))),
            },
            // Data management lists, dispatch notes, comments and updates say nothing to a technician.
            _ => {}
        }
    }
    modules = latest(modules, faults);
    if modules.is_empty() {
        return None;
    }
    let held: BTreeSet<&str> = modules.iter().map(|module| module.header.id.as_str()).collect();
    // The publication is the one that lists most of what is here; others only help to order the rest.
    listings.sort_by_key(|listing| {
        let count = listing.codes.iter().filter(|code| held.contains(code.as_str())).count();
        (std::cmp::Reverse(count), listing.header.id.clone())
    });
    let main_model = listings.first().map_or_else(|| commonest(&modules), |listing| listing.header.model.clone());
    for listing in &listings {
        for code in listing.codes.iter().filter(|code| !held.contains(code.as_str())) {
            faults.push(Fault {
                severity: Severity::Warning,
                file: format!("PMC-{}", listing.header.id),
                line: 0,
                message: format!("lists {code}, which is not in the set"),
            });
        }
    }
    let order = order(&listings, &modules);
    let mut ordered: Vec<Option<Module<'_>>> = modules.into_iter().map(Some).collect();
    let modules: Vec<Module<'_>> =
        order.into_iter().filter_map(|index| ordered.get_mut(index).and_then(Option::take)).collect();

    let main = listings.first();
    let id = main.map_or_else(|| main_model.clone(), |listing| listing.header.id.clone());
    let set = Set::new(id.clone(), &main_model, &modules);
    let mut work_packages = Vec::new();
    for module in &modules {
        let (work_package, found) = read_module(&set, module);
        work_packages.push(work_package);
        faults.extend(found);
    }
    let properties = properties(&set, &work_packages);
    Fleet::new(&set, &properties).simplify(&mut work_packages);
    let title = main.map(|listing| listing.header.tech_name.clone()).filter(|title| !title.is_empty());
    Some(Publication {
        title: title.unwrap_or_else(|| main_model.clone()),
        format: "s1000d".to_owned(),
        issue: main.map(|listing| listing.header.issue.clone()).unwrap_or_default(),
        distribution: main
            .and_then(|listing| listing.header.distribution.clone())
            .or_else(|| modules.iter().find_map(|module| module.header.distribution.clone())),
        properties,
        id,
        work_packages,
    })
}

/// True for an identification extension of the module itself, not of a reference.
fn in_address(node: Node<'_>) -> bool {
    node.ancestors().any(|outer| outer.has_tag_name("dmAddress"))
}

/// Codes a publication module lists, in its order.
fn listed(root: Node<'_>) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    let content = child(root, "content");
    for node in content.into_iter().flat_map(|content| content.descendants()) {
        if let Some(code) = Some(node).filter(|node| node.has_tag_name("dmCode")).and_then(dm_code)
            && !codes.contains(&code)
        {
            codes.push(code);
        }
    }
    codes
}

/// Keeps the highest issue of each module, in the language that most of the set is in.
fn latest<'a>(mut modules: Vec<Module<'a>>, faults: &mut Vec<Fault>) -> Vec<Module<'a>> {
    let mut languages: BTreeMap<String, usize> = BTreeMap::new();
    for module in &modules {
        *languages.entry(module.header.language.clone()).or_default() += 1;
    }
    let usual =
        languages.iter().max_by_key(|&(_, count)| *count).map(|(language, _)| language.clone()).unwrap_or_default();
    modules.sort_by(|a, b| {
        let key = |module: &Module<'a>| {
            (module.header.id.clone(), module.header.language != usual, std::cmp::Reverse(module.header.issue_key()))
        };
        key(a).cmp(&key(b)).then_with(|| a.source.file.cmp(&b.source.file))
    });
    let mut kept: Vec<Module<'a>> = Vec::new();
    for module in modules {
        match kept.last() {
            Some(last) if last.header.id == module.header.id => faults.push(Fault {
                severity: Severity::Info,
                file: module.source.file.clone(),
                line: 0,
                message: format!(
                    "issue {} ({}) of {} is superseded by {}; left out",
                    module.header.issue, module.header.language, module.header.id, last.source.file
                ),
            }),
            _ => kept.push(module),
        }
    }
    kept.sort_by(|a, b| a.source.file.cmp(&b.source.file));
    kept
}

/// The model identification code that most modules carry.
fn commonest(modules: &[Module<'_>]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for module in modules {
        *counts.entry(module.header.model.as_str()).or_default() += 1;
    }
    // The first in the alphabet wins a draw.
    counts
        .iter()
        .max_by_key(|&(model, count)| (*count, std::cmp::Reverse(*model)))
        .map(|(model, _)| (*model).to_owned())
        .unwrap_or_default()
}

/// Indices of the modules in the order of the listings, then by file name.
fn order(listings: &[Listing], modules: &[Module<'_>]) -> Vec<usize> {
    let by_code: BTreeMap<&str, usize> =
        modules.iter().enumerate().map(|(index, module)| (module.header.id.as_str(), index)).collect();
    let mut order = Vec::new();
    let mut placed = BTreeSet::new();
    let listed =
        listings.iter().flat_map(|listing| &listing.codes).filter_map(|code| by_code.get(code.as_str()).copied());
    for index in listed.chain(0..modules.len()) {
        if placed.insert(index) {
            order.push(index);
        }
    }
    order
}

/// Declared properties, then those that are asserted without being declared.
fn properties(set: &Set<'_>, work_packages: &[WorkPackage]) -> Vec<Property> {
    let mut all = set.properties.all();
    let mut asserted = BTreeMap::new();
    for work_package in work_packages {
        crate::passages::applicabilities(work_package, &mut |applicability| {
            applic::asserted(applicability, &mut asserted);
        });
    }
    for (name, values) in asserted {
        let range = values.iter().any(|value| value.contains('~'));
        let values: Vec<String> = values.into_iter().collect();
        match all.iter_mut().find(|property| property.name == name) {
            // Declared without values: those that are asserted are all there are.
            Some(property) if property.values.is_empty() && !range => property.values = values,
            Some(_) => {}
            None => all.push(Property { label: name.clone(), name, values }),
        }
    }
    all
}

/// Reads one module.
fn read_module<'a>(set: &Set<'a>, module: &'a Module<'a>) -> (WorkPackage, Vec<Fault>) {
    let mut reader = Reader::new(set, module);
    let applicability = set.module_applicability(module, &mut reader.faults);
    let (setup, body) = read_body(&mut reader);
    let header = module.header.clone();
    let mut work_package = WorkPackage {
        id: header.id,
        tech_name: header.tech_name,
        info_name: header.info_name,
        issue: header.issue,
        issue_type: header.issue_type,
        date: header.date,
        security: header.security,
        verification: header.verification,
        stated_applicability: applicability.clone(),
        applicability,
        setup,
        body,
        figures: Vec::new(),
        pointers: Vec::new(),
        file: module.source.file.clone(),
    };
    reader.check_references();
    work_package.figures = std::mem::take(&mut reader.figures);
    for pointer in std::mem::take(&mut reader.pointers) {
        if !work_package.pointers.contains(&pointer) {
            work_package.pointers.push(pointer);
        }
    }
    reader.check_words(&work_package);
    (work_package, reader.faults)
}

/// Setup and body by the kind of content.
fn read_body(reader: &mut Reader<'_, '_>) -> (InitialSetup, Body) {
    let content = reader.module.content;
    let mut setup = InitialSetup::default();
    let main = elements(content).find(|node| {
        matches!(
            node.tag_name().name(),
            "procedure" | "faultIsolation" | "illustratedPartsCatalog" | "crew" | "commonRepository"
        ) || matches!(
            node.tag_name().name(),
            "applicCrossRefTable" | "condCrossRefTable" | "productCrossRefTable" | "brex"
        )
    });
    for authority in content.descendants().filter(|node| node.has_tag_name("controlAuthorityText")) {
        let element = reader.next("setup");
        setup.more.extend(reader.texts(authority, &element));
    }
    for reference in elements(content).filter(|node| node.has_tag_name("refs")).flat_map(elements) {
        if reference.has_tag_name("externalPubRef") {
            let element = reader.next("setup");
            setup.more.extend(reader.texts(reference, &element));
        }
    }
    let (own, body) = match main.map(|node| (node, node.tag_name().name())) {
        Some((node, "procedure")) => {
            let own = reader.setup(child(node, "preliminaryRqmts"));
            (own, Body::Procedure(reader.procedure(node)))
        }
        Some((node, "faultIsolation")) => {
            let (own, graph) = reader.fault_isolation(node);
            (own, Body::FaultIsolation(graph))
        }
        Some((node, "illustratedPartsCatalog")) => (InitialSetup::default(), Body::PartsList(reader.parts(node))),
        Some((node, "crew")) => match child(node, "crewRefCard") {
            Some(card) => (InitialSetup::default(), Body::Checks(reader.checks(card))),
            None => (InitialSetup::default(), Body::Description(reader.blocks(node))),
        },
        Some(_) => (InitialSetup::default(), Body::Common(reader.blocks(content))),
        None => {
            let node = elements(content).find_map(|main| child(main, "preliminaryRqmts"));
            (reader.setup(node), Body::Description(reader.blocks(content)))
        }
    };
    let more = std::mem::take(&mut setup.more);
    setup = own;
    setup.more.splice(0..0, more);
    if let Some(title) = main.filter(|node| node.has_tag_name("crew")).and_then(|node| child(node, "crewRefCard")) {
        // The card's title stands above all its drills.
        if let Some(title) = child(title, "title") {
            let element = reader.next("setup");
            setup.more.extend(reader.texts(title, &element));
        }
    }
    if attribute(content, "applicRefId").is_some() {
        reader.fault(Severity::Info, content, "applicability of the content element is not read".to_owned());
    }
    (setup, body)
}
