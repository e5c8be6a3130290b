//! `fieldwright ask`: answers from manuals, with citations. Must not know how finding or wording works.

use std::{
    io::{BufWriter, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use fieldwright_guide::{applicability::Variant, manual::AlertKind};
use fieldwright_library::{index::Library, s1000d::read_publication, synonyms::Synonyms};
use fieldwright_session::{
    ask::{AnswerLine, Asker, LanguageModel, PassageLine, WorkerModel},
    models,
    place::{self, ProductFiles},
};
use fieldwright_workers::client::ModelClient;
use serde::Deserialize;

/// Arguments of `ask`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["question", "questions"])))]
pub(crate) struct Args {
    /// The question
    question: Option<String>,
    /// Many questions: a line of JSON each, with `id`, `question` and perhaps `spoken`
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// Which wording of each question to ask
    #[arg(long, value_enum, default_value = "question", requires = "questions")]
    wording: Wording,
    /// A library that `fieldwright import` made
    #[arg(long, value_name = "DIR", conflicts_with = "manual")]
    library: Option<PathBuf>,
    /// A manual to read at once: a folder of S1000D data modules [default: the shipped fgs-5]
    #[arg(long, value_name = "PATH")]
    manual: Option<PathBuf>,
    /// What is known of the equipment, e.g. model="Mk 2"
    #[arg(long, value_name = "NAME=VALUE", value_parser = property)]
    property: Vec<(String, String)>,
    /// One JSON object a question on standard output
    #[arg(long)]
    json: bool,
    /// Show the passages themselves; no model words them
    #[arg(long)]
    no_model: bool,
}

/// Which wording of a question set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Wording {
    /// As written.
    Question,
    /// As said; as written where a line has none.
    Spoken,
}

/// A line of a question set; other fields are left alone.
#[derive(Debug, Deserialize)]
struct Line {
    id: Option<String>,
    question: String,
    spoken: Option<String>,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let questions = questions(args)?;
    let library = library(args)?;
    let variant: Variant = args.property.iter().cloned().collect();
    check_properties(&library, &variant)?;
    let mut model = model(args);
    let mut asker = Asker::new(&library, model.as_mut().map(|model| model as &mut dyn LanguageModel), MODEL_DEADLINE_S);
    let out = std::io::stdout();
    let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut out = BufWriter::new(out.lock());
    for (id, question) in questions {
        let answer = asker.ask(id.as_deref(), &question, &variant);
        let text =
            if args.json { format!("{}\n", serde_json::to_string(&answer)?) } else { for_people(&answer, color) };
        // A reader that has seen enough closes the pipe: that ends the work, and is no failure.
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            result => result.context("cannot write to standard output")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How long a model may take over one answer, seconds, its start included.
const MODEL_DEADLINE_S: f64 = 30.0;

/// The installed model's worker. Without one the passages stand, and standard error says so.
fn model(args: &Args) -> Option<WorkerModel> {
    if args.no_model {
        return None;
    }
    match models::worker(&models::folder(), place::state_folder(false).join("model.log")) {
        Ok((_, spec)) => Some(WorkerModel::new(ModelClient::start(spec))),
        Err(why) => {
            crate::say(&format!("{why}: the passages themselves are shown"));
            None
        }
    }
}

fn questions(args: &Args) -> anyhow::Result<Vec<(Option<String>, String)>> {
    let Some(path) = &args.questions else {
        return Ok(args.question.iter().map(|question| (None, question.clone())).collect());
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut questions = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).with_context(|| {
            format!(
                "`{}` line {}: not a question\nhint: each line is {{\"id\": ..., \"question\": ...}}",
                path.display(),
                number + 1
            )
        })?;
        let spoken = line.spoken.filter(|spoken| args.wording == Wording::Spoken && !spoken.trim().is_empty());
        questions.push((line.id, spoken.unwrap_or(line.question)));
    }
    Ok(questions)
}

fn library(args: &Args) -> anyhow::Result<Library> {
    if let Some(folder) = &args.library {
        return Library::open(folder).with_context(|| format!("cannot open the library `{}`", folder.display()));
    }
    let manual = match &args.manual {
        Some(path) => path.clone(),
        None => ProductFiles::find(None)?.root().join("manuals/fgs-5"),
    };
    let (publication, _) =
        read_publication(&manual).with_context(|| format!("cannot read the manual `{}`", manual.display()))?;
    Ok(Library::in_ram(vec![publication], synonyms_beside(&manual)?)?)
}

/// The shop's words that lie beside a manual.
fn synonyms_beside(manual: &Path) -> anyhow::Result<Synonyms> {
    let list = manual.join("synonyms.ron");
    Ok(if list.exists() { Synonyms::read(&list)? } else { Synonyms::default() })
}

/// `NAME=VALUE`, the value perhaps in quotes.
fn property(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, e.g. model=\"Mk 2\"")?;
    let value = value.trim().trim_matches('"');
    if name.trim().is_empty() || value.is_empty() {
        return Err("expected NAME=VALUE, e.g. model=\"Mk 2\"".to_owned());
    }
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// A property that no manual declares is a slip of the keyboard, not knowledge.
fn check_properties(library: &Library, variant: &Variant) -> anyhow::Result<()> {
    for name in variant.keys() {
        let declared: Vec<&str> = library
            .publications()
            .iter()
            .flat_map(|publication| &publication.properties)
            .map(|property| property.name.as_str())
            .collect();
        if !declared.contains(&name.as_str()) {
            anyhow::bail!(
                "the manual knows no property `{name}`\nhint: it declares {}",
                if declared.is_empty() { "none".to_owned() } else { declared.join(", ") }
            );
        }
    }
    Ok(())
}

/// The answer as text: alerts first, since they precede what they warn of.
fn for_people(answer: &AnswerLine, color: bool) -> String {
    let paint = |code: &str, text: &str| if color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() };
    let mut lines = Vec::new();
    if answer.id.is_some() {
        lines.push(paint("2", &format!("{} {}", answer.id.as_deref().unwrap_or_default(), answer.question)));
    }
    for alert in &answer.alerts {
        let (word, code) = match alert.kind {
            AlertKind::Warning => ("WARNING", "1;31"),
            AlertKind::Caution => ("CAUTION", "1;33"),
            AlertKind::Note => ("NOTE", "1"),
        };
        lines.push(format!("{} {}", paint(code, word), alert.text));
    }
    if !answer.alerts.is_empty() {
        lines.push(String::new());
    }
    if let Some(text) = &answer.answer {
        lines.push(paint("1", text));
        lines.extend(answer.citations.iter().map(|passage| paint("2", &format!("  {}", citation(passage)))));
    }
    for needed in answer.variant_needed.iter().flatten() {
        let values: Vec<String> =
            needed.values.iter().map(|value| format!("--property {}=\"{value}\"", needed.property)).collect();
        lines.push(paint("1", &format!("The answer depends on the {} in front of you.", needed.property)));
        lines.push(format!("Ask again with {}.", values.join(" or ")));
    }
    if let Some(refusal) = &answer.refusal {
        lines.push(paint("1", &refusal.reason));
        lines.extend(refusal.pointer.iter().map(|pointer| format!("The manual points to: {pointer}")));
        if !refusal.found_instead.is_empty() {
            lines.push("Nearest in the manual:".to_owned());
            lines.extend(
                refusal
                    .found_instead
                    .iter()
                    .map(|passage| format!("  {} {}", passage.text, paint("2", &citation(passage)))),
            );
        }
    }
    lines.extend(answer.task.iter().map(|task| format!("Task: {} ({}, {})", task.title, task.kind, task.work_package)));
    lines.push(paint("2", &format!("support: {}", support(answer))));
    lines.push(String::new());
    format!("{}\n", lines.join("\n"))
}

fn support(answer: &AnswerLine) -> &'static str {
    use fieldwright_guide::passage::Support;
    match answer.support {
        Support::Exact => "exact",
        Support::Partial => "partial",
        Support::Related => "related",
        Support::None => "not in the manual",
    }
}

fn citation(passage: &PassageLine) -> String {
    let element = passage.element.as_deref().unwrap_or_default();
    let page = passage.page.map(|page| format!(" p. {page}")).unwrap_or_default();
    format!("[{} {element}{page}]", passage.work_package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read() {
        assert_eq!(property("model=Mk 2"), Ok(("model".to_owned(), "Mk 2".to_owned())));
        assert_eq!(property("model=\"Mk 2\""), Ok(("model".to_owned(), "Mk 2".to_owned())));
        assert!(property("model").is_err() && property("=x").is_err() && property("model=").is_err());
    }
}
