//! `fieldwright run`, `sim` and `headset`: start the shell beside us and pass on what it says. Must not know bevy.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, bail};
use fieldwright_session::place;

/// Arguments of `run`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Scenario files
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,
    /// Folder for the report (index.html, report.json, junit.xml, pictures); without it no pictures are taken
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// One JSON object a scenario on standard output
    #[arg(long)]
    json: bool,
    /// Play as if no model were installed
    #[arg(long)]
    no_model: bool,
    /// Fail where a plate could not be read, or a button not pressed, in a headset
    #[arg(long, conflicts_with = "headset")]
    legible: bool,
    /// Play it in the headset, through OpenXR
    #[arg(long)]
    headset: bool,
    /// Say everything aloud, presses and choices too: synthesized, in noise, through the speech model
    #[arg(long)]
    audio: bool,
    /// Whose voice says it: one of flite's or of espeak-ng's
    #[arg(long, value_name = "VOICE", requires = "audio")]
    voice: Option<String>,
    /// In which noise: generator, fan, tools, none
    #[arg(long, value_name = "NOISE", requires = "audio")]
    noise: Option<String>,
    /// By how many decibels speech is louder than the noise
    #[arg(long, value_name = "DB", requires = "audio", allow_negative_numbers = true)]
    snr: Option<f32>,
    /// Folder with Fieldwright's assets and manuals
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
}

/// What the shell reads for itself: it alone says what `sim` and `headset` take.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct ShellArgs {
    #[arg(value_name = "OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// Plays scenarios headless.
pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    if args.headset {
        return run_in_headset(args);
    }
    let mut shell = shell()?;
    shell.arg("run").args(&args.scenarios);
    if let Some(report) = &args.report {
        shell.arg("--report").arg(report);
    }
    for (flag, set) in
        [("--json", args.json), ("--no-model", args.no_model), ("--audio", args.audio), ("--legible", args.legible)]
    {
        if set {
            shell.arg(flag);
        }
    }
    for (flag, value) in [("--voice", &args.voice), ("--noise", &args.noise)] {
        if let Some(value) = value {
            shell.arg(flag).arg(value);
        }
    }
    if let Some(snr) = args.snr {
        shell.arg("--snr").arg(snr.to_string());
    }
    if let Some(files) = &args.files {
        shell.arg("--files").arg(files);
    }
    finish(shell)
}

/// One session a scenario; exit code 1 when one fails.
fn run_in_headset(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let mut worst = ExitCode::SUCCESS;
    for scenario in &args.scenarios {
        let mut shell = shell()?;
        shell.arg("headset").arg("--play").arg(scenario);
        if let Some(report) = &args.report {
            // A report a scenario, so that none overwrites another.
            let name = scenario.file_stem().unwrap_or(scenario.as_os_str());
            let folder = if args.scenarios.len() > 1 { report.join(name) } else { report.clone() };
            std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
            shell.arg("--report").arg(folder);
        }
        for (flag, set) in [("--json", args.json), ("--no-model", args.no_model)] {
            if set {
                shell.arg(flag);
            }
        }
        if let Some(files) = &args.files {
            shell.arg("--files").arg(files);
        }
        let code = finish(shell)?;
        if code != ExitCode::SUCCESS {
            worst = code;
        }
    }
    Ok(worst)
}

/// Works in the headset.
pub(crate) fn headset(args: &ShellArgs) -> anyhow::Result<ExitCode> {
    let mut shell = shell()?;
    shell.arg("headset").args(&args.words);
    finish(shell)
}

/// Opens the simulator.
pub(crate) fn sim(args: &ShellArgs) -> anyhow::Result<ExitCode> {
    let asks = |word: &OsString| word == "--help" || word == "-h";
    if let Err(error) = crate::display::find()
        && !args.words.iter().any(asks)
    {
        bail!(
            "{error:#}\nhint: set DISPLAY, or render a scenario to pictures: fieldwright run tests/repairs/drain-water-separator.ron --report report"
        );
    }
    let mut shell = shell()?;
    shell.arg("sim").args(&args.words);
    finish(shell)
}

fn shell() -> anyhow::Result<Command> {
    let program = place::sibling("fieldwright-shell").context(
        "`fieldwright-shell` is not beside `fieldwright`\nhint: build every program with: cargo xtask build",
    )?;
    let mut command = Command::new(program);
    // Without this wgpu also tries GL, which only adds an error line on machines without a graphics card.
    command.env("WGPU_BACKEND", "vulkan");
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // The software driver complains without one, though it keeps nothing there.
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
    Ok(command)
}

/// Its exit code is ours; a death by signal is one message, not a core dump's silence.
fn finish(mut shell: Command) -> anyhow::Result<ExitCode> {
    let status = shell.status().context("cannot start `fieldwright-shell`")?;
    match status.code() {
        Some(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(1))),
        None => {
            bail!("`fieldwright-shell` was killed ({status})\nhint: fieldwright doctor says what works on this machine")
        }
    }
}
