//! `fieldwright run`, `sim` and `headset`: start the shell beside us and pass on what it says. Must not know bevy.

use std::{
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

/// Arguments of `headset`.
#[derive(Debug, clap::Args)]
pub(crate) struct HeadsetArgs {
    #[command(flatten)]
    session: SimArgs,
    /// One JSON object a frame on standard output (docs/headset.md)
    #[arg(long)]
    tell: bool,
    /// The camera on the headset, e.g. /dev/video0; without one the equipment and its camera are simulated
    #[arg(long, value_name = "DEVICE", requires = "calibration", conflicts_with = "play")]
    camera: Option<PathBuf>,
    /// What `fieldwright calibrate` found of that camera
    #[arg(long, value_name = "FILE", requires = "camera")]
    calibration: Option<PathBuf>,
    /// Keep the camera's pictures and the head's poses in this folder, for `fieldwright calibrate headset` or `track`
    #[arg(long, value_name = "DIR", requires = "camera")]
    record: Option<PathBuf>,
}

/// Arguments of `sim`.
#[derive(Debug, clap::Args)]
pub(crate) struct SimArgs {
    /// Play this scenario until somebody takes over
    #[arg(long, value_name = "SCENARIO")]
    play: Option<PathBuf>,
    /// What is known of the equipment, e.g. model="Mk 1"
    #[arg(long = "property", value_name = "NAME=VALUE")]
    properties: Vec<String>,
    /// Work without a model
    #[arg(long)]
    no_model: bool,
    /// Forget where the last session stopped
    #[arg(long)]
    fresh: bool,
    /// Folder with Fieldwright's assets and manuals
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Microphone to use; else the machine's own choice
    #[arg(long, value_name = "NAME")]
    microphone: Option<String>,
    /// Hear this WAV file in place of a microphone
    #[arg(long, value_name = "FILE", conflicts_with = "microphone")]
    audio: Option<PathBuf>,
    /// Listen for voices, and not only while the key is held
    #[arg(long)]
    hands_free: bool,
    /// Say nothing aloud
    #[arg(long)]
    mute: bool,
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
pub(crate) fn headset(args: &HeadsetArgs) -> anyhow::Result<ExitCode> {
    let mut shell = shell()?;
    shell.arg("headset");
    session(&mut shell, &args.session);
    if args.tell {
        shell.arg("--tell");
    }
    for (flag, path) in [("--camera", &args.camera), ("--calibration", &args.calibration), ("--record", &args.record)] {
        if let Some(path) = path {
            shell.arg(flag).arg(path);
        }
    }
    finish(shell)
}

/// Opens the simulator.
pub(crate) fn sim(args: &SimArgs) -> anyhow::Result<ExitCode> {
    if let Err(error) = crate::display::find() {
        bail!(
            "{error:#}\nhint: set DISPLAY, or render a scenario to pictures: fieldwright run tests/repairs/drain-water-separator.ron --report report"
        );
    }
    let mut shell = shell()?;
    shell.arg("sim");
    session(&mut shell, args);
    finish(shell)
}

/// What a session is started with, passed on.
fn session(shell: &mut Command, args: &SimArgs) {
    if let Some(play) = &args.play {
        shell.arg("--play").arg(play);
    }
    for property in &args.properties {
        shell.arg("--property").arg(property);
    }
    if let Some(name) = &args.microphone {
        shell.arg("--microphone").arg(name);
    }
    if let Some(file) = &args.audio {
        shell.arg("--audio").arg(file);
    }
    for (flag, set) in [
        ("--no-model", args.no_model),
        ("--fresh", args.fresh),
        ("--hands-free", args.hands_free),
        ("--mute", args.mute),
    ] {
        if set {
            shell.arg(flag);
        }
    }
    if let Some(files) = &args.files {
        shell.arg("--files").arg(files);
    }
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
