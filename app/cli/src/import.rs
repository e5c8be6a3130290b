//! `fieldwright import`: reads manuals, says what is in them and what is wrong with them, and keeps them in a library.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::Context as _;
use fieldwright_guide::manual::{Fault, Publication, Severity};
use fieldwright_library::{
    index::Library,
    report::{ImportReport, dump},
    s1000d, store,
    synonyms::Synonyms,
};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folders of data modules (each a publication), or single data modules (together one publication)
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Keep the publications in this library folder
    #[arg(long, value_name = "DIR")]
    library: Option<PathBuf>,
    /// One JSON object a publication on standard output
    #[arg(long)]
    json: bool,
    /// Write the whole canonical model as JSON
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut failed = None;
    let mut dumps = Vec::new();
    for paths in publications(&args.paths) {
        match import(&paths, args) {
            Ok((publication, faults)) => {
                if args.dump.is_some() {
                    dumps.push(dump(&publication, &faults));
                }
            }
            // The others may still be of use: this one is told at the end, or at once when more follow.
            Err(error) => {
                if let Some(earlier) = failed.replace(error) {
                    crate::say(&format!("error: {earlier:#}"));
                }
            }
        }
    }
    if let Some(folder) = &args.library {
        index(folder, &args.paths)?;
    }
    if let Some(path) = args.dump.as_ref().filter(|_| !dumps.is_empty()) {
        let one = if dumps.len() == 1 { dumps.remove(0) } else { serde_json::Value::Array(dumps) };
        let bytes = serde_json::to_vec_pretty(&one).context("cannot write the dump as JSON")?;
        std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Builds the search index of a library folder, with the shop's words that lie beside the manuals.
fn index(folder: &Path, paths: &[PathBuf]) -> anyhow::Result<()> {
    if !folder.join("publications").exists() {
        return Ok(());
    }
    let mut synonyms = Synonyms::default();
    for list in paths.iter().map(|path| path.join("synonyms.ron")).filter(|list| list.is_file()) {
        synonyms = synonyms.with(Synonyms::read(&list)?);
    }
    Library::index_folder(folder, synonyms)?;
    Ok(())
}

/// The paths by publication: each folder is one, all single files together are one.
fn publications(paths: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let (files, folders): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| path.is_file());
    let mut all: Vec<Vec<PathBuf>> = folders.into_iter().map(|folder| vec![folder.clone()]).collect();
    if !files.is_empty() {
        all.push(files.into_iter().cloned().collect());
    }
    all
}

/// Reads, keeps and reports one publication.
fn import(paths: &[PathBuf], args: &Args) -> anyhow::Result<(Publication, Vec<Fault>)> {
    if let Some(other) = paths.iter().find(|path| path.is_file() && !is_xml(path)) {
        anyhow::bail!(
            "`{}` is not XML\nhint: import reads S1000D data modules (DMC-*.XML), or a folder of them",
            other.display()
        );
    }
    let shown = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    crate::say(&format!("reading {shown}"));
    let started = Instant::now();
    let (publication, faults) = s1000d::read_publication_files(paths)?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some(folder) = &args.library {
        let file = store::save_publication(folder, &publication)?;
        crate::say(&format!("kept {}", file.display()));
    }
    let report = ImportReport::new(&publication, &faults, seconds);
    let line = if args.json { format!("{}\n", serde_json::to_string(&report)?) } else { report.summary() };
    std::io::stdout().write_all(line.as_bytes()).context("cannot write to standard output")?;
    let errors = faults.iter().filter(|fault| fault.severity == Severity::Error).count();
    if errors > 0 && args.json {
        crate::say(&format!("{}: {errors} of its faults are errors", publication.id));
    }
    Ok((publication, faults))
}

fn is_xml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}
