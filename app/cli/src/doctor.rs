//! `fieldwright doctor`: what works on this machine, and how to get the rest. Each item is really tried, not looked up.

use std::process::{Command, ExitCode, Stdio};

use fieldwright_library::s1000d::read_publication;
use fieldwright_session::{models, place};

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One JSON object an item on standard output
    #[arg(long)]
    json: bool,
}

struct Item {
    name: &'static str,
    status: &'static str,
    detail: String,
    hint: String,
}

impl Item {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: "ok", detail: detail.into(), hint: String::new() }
    }

    fn missing(name: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, status: "missing", detail: detail.into(), hint: hint.into() }
    }

    fn broken(name: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, status: "broken", detail: detail.into(), hint: hint.into() }
    }
}

/// Tries everything; the exit code is 0, since finding faults is this command's work.
pub(crate) fn run(args: &Args) -> ExitCode {
    let items =
        [files(), manual(), drawing(), display(), headset(), engine(), model(), speech(), microphone(), state()];
    for item in &items {
        if args.json {
            let row =
                serde_json::json!({"item": item.name, "status": item.status, "detail": item.detail, "hint": item.hint});
            crate::print(&row.to_string());
        } else {
            let sign = match item.status {
                "ok" => "✓",
                "missing" => "–",
                _ => "✗",
            };
            crate::print(&format!("{sign} {:10} {}", item.name, item.detail));
            if !item.hint.is_empty() {
                crate::print(&format!("  {:10} hint: {}", "", item.hint));
            }
        }
    }
    ExitCode::SUCCESS
}

fn files() -> Item {
    match place::ProductFiles::find(None) {
        Ok(files) => Item::ok("files", files.root().display().to_string()),
        Err(error) => Item::missing("files", "Fieldwright's assets and manuals are not found", error.to_string()),
    }
}

fn manual() -> Item {
    let Ok(files) = place::ProductFiles::find(None) else {
        return Item::missing("manual", "no files", "see `files`");
    };
    let folder = files.manual("fgs-5");
    match read_publication(&folder) {
        Ok((publication, faults)) => {
            let bad = faults.iter().filter(|f| f.severity == fieldwright_guide::manual::Severity::Error).count();
            let detail = format!("{}: {} work packages", publication.title, publication.work_packages.len());
            if bad == 0 {
                Item::ok("manual", detail)
            } else {
                Item::broken(
                    "manual",
                    format!("{detail}, {bad} unreadable"),
                    format!("fieldwright import {}", folder.display()),
                )
            }
        }
        Err(error) => {
            Item::broken("manual", error.to_string(), "check the folder, or install Fieldwright's files again")
        }
    }
}

fn drawing() -> Item {
    let Some(shell) = place::sibling("fieldwright-shell") else {
        return Item::missing("drawing", "`fieldwright-shell` is not beside `fieldwright`", "cargo xtask build");
    };
    match Command::new(shell).arg("adapter").stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Item::ok("drawing", String::from_utf8_lossy(&output.stdout).trim()),
        Ok(_) => Item::missing("drawing", "no Vulkan driver", "apt-get install mesa-vulkan-drivers"),
        Err(error) => Item::broken("drawing", error.to_string(), "cargo xtask build"),
    }
}

fn headset() -> Item {
    let Some(shell) = place::sibling("fieldwright-shell") else {
        return Item::missing("headset", "`fieldwright-shell` is not beside `fieldwright`", "cargo xtask build");
    };
    match Command::new(shell).arg("runtime").stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => {
            let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            let word = |key: &str| found.get(key).and_then(serde_json::Value::as_str).unwrap_or("?").to_owned();
            Item::ok("headset", format!("{} through {}", word("headset"), word("runtime")))
        }
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let why =
                said.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or("no runtime answers").to_owned();
            Item::missing("headset", why, "docs/hardware.md says what to connect; fieldwright sim works without")
        }
        Err(error) => Item::broken("headset", error.to_string(), "cargo xtask build"),
    }
}

fn display() -> Item {
    match crate::display::find() {
        Ok(display) => Item::ok("display", display),
        Err(error) => Item::missing(
            "display",
            format!("{error:#}: the simulator's window cannot open"),
            "fieldwright run SCENARIO --report DIR works without one",
        ),
    }
}

fn engine() -> Item {
    match place::sibling("fieldwright-llm") {
        Some(path) => Item::ok("engine", path.display().to_string()),
        None => Item::missing(
            "engine",
            "`fieldwright-llm` is not beside `fieldwright`: answers are passages, not worded",
            "cargo xtask build",
        ),
    }
}

fn model() -> Item {
    let folder = models::folder();
    if let Some(model) = models::default_model(&folder) {
        return Item::ok("model", format!("{} ({} MB)", model.name, model.bytes / 1_000_000));
    }
    match models::installed(&folder).into_iter().find(|m| m.kind == models::ModelKind::Language) {
        Some(model) => Item::broken(
            "model",
            model.trouble.unwrap_or_default().lines().next().unwrap_or_default(),
            "fieldwright models add smollm2-135m",
        ),
        None => {
            Item::missing("model", "none: answers are the manual's passages", "fieldwright models add smollm2-135m")
        }
    }
}

fn speech() -> Item {
    if place::sibling("fieldwright-speech").is_none() {
        return Item::missing("speech", "`fieldwright-speech` is not beside `fieldwright`", "cargo xtask build");
    }
    let Ok(files) = place::ProductFiles::find(None) else { return Item::missing("speech", "no files", "see `files`") };
    let folder = models::folder();
    if let Some(model) = models::default_speech(&files, &folder) {
        return Item::ok("speech", format!("{} ({} MB)", model.name, model.bytes / 1_000_000));
    }
    let hint = "fieldwright models add PATH, with a whisper.cpp model file";
    match models::installed(&folder).into_iter().find(|m| m.kind == models::ModelKind::Speech) {
        Some(model) => {
            let trouble = model.trouble.unwrap_or_default();
            Item::broken("speech", trouble.lines().next().unwrap_or_default(), hint)
        }
        None => Item::missing("speech", "no speech model: typed words work", hint),
    }
}

fn microphone() -> Item {
    let Some(shell) = place::sibling("fieldwright-shell") else {
        return Item::missing("microphone", "`fieldwright-shell` is not beside `fieldwright`", "cargo xtask build");
    };
    match Command::new(shell).arg("microphones").stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout);
            let names: Vec<&str> = said.lines().collect();
            if names.is_empty() {
                Item::missing("microphone", "this machine has none", "plug one in; typed words work")
            } else {
                let names = names.join(", ");
                Item { hint: "--microphone NAME takes one of them".to_owned(), ..Item::ok("microphone", names) }
            }
        }
        Ok(_) => Item::missing("microphone", "this build has no microphone", "cargo xtask build"),
        Err(error) => Item::broken("microphone", error.to_string(), "cargo xtask build"),
    }
}

fn state() -> Item {
    let folder = place::state_folder(true);
    let probe = folder.join(".probe");
    let tried = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe));
    match tried {
        Ok(()) => Item::ok("state", folder.display().to_string()),
        Err(error) => Item::broken(
            "state",
            format!("{}: {error}", folder.display()),
            "make the folder writable, or set XDG_STATE_HOME",
        ),
    }
}
