//! The parent of a headset's session: starts it, and when the runtime dies under it starts it again, in a new session or as a
//! simulator until the runtime is back. The state of the repair is on disk, so nothing is lost with the process. Must not load
//! a runtime itself.

use std::{
    ffi::OsString,
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, ExitCode, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use fieldwright_session::place;
use serde_json::json;

use super::{Args, runtime};
use crate::AFTER;

/// Says which part of the headset command a process is.
const PART: &str = "FIELDWRIGHT_HEADSET_PART";
/// The exit code of a session whose runtime died.
pub(super) const RUNTIME_LOST: u8 = 75;
/// How often a lost runtime is asked for.
const ASK_EVERY: Duration = Duration::from_millis(150);
/// A session that ends sooner than this has not begun.
const BEGUN: Duration = Duration::from_secs(4);
/// So many sessions that have not begun, one after another, are enough.
const GIVE_UP: u32 = 5;

/// What this process is there for.
pub(super) enum Part {
    /// Watches.
    Parent,
    /// Draws.
    Session,
}

/// Which part this process is.
pub(super) fn part() -> Part {
    match std::env::var(PART).as_deref() {
        Ok("session") => Part::Session,
        _ => Part::Parent,
    }
}

/// Watches over sessions until one ends by itself.
///
/// # Errors
/// When no runtime answers at the start, or sessions die before they begin.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let loader = loader_folder()?;
    let probe = probe(loader.as_ref(), Stdio::inherit())?;
    if !probe.success() {
        say("hint: the same repair without a headset: fieldwright sim");
        return Ok(ExitCode::FAILURE);
    }
    let mut after: Option<String> = None;
    let mut short = 0;
    loop {
        let started = Instant::now();
        let mut session = again(loader.as_ref())?;
        if let Some(after) = &after {
            session.env(AFTER, after);
        }
        let status = session.status().context("cannot start the headset's session")?;
        if let Some(code) = ended(status) {
            return Ok(ExitCode::from(code));
        }
        short = if started.elapsed() < BEGUN { short + 1 } else { 0 };
        if short >= GIVE_UP {
            bail!(
                "the headset's session dies as soon as it starts ({status})\nhint: the log is {}",
                log_file().display()
            );
        }
        let why = "The headset's runtime stopped. Here is the repair again, at the same step.";
        tell(args, "lost", &status.to_string());
        say(&format!("the headset's runtime stopped ({status}): going on"));
        after = Some(why.to_owned());
        if !probe_quietly(loader.as_ref()) && !until_back(args, loader.as_ref())? {
            // The simulator was closed by its user: they are done.
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// The exit code of a session that ended by itself; `None` when its runtime died under it.
fn ended(status: ExitStatus) -> Option<u8> {
    match status.code() {
        Some(code) if code != i32::from(RUNTIME_LOST) && code != 101 => Some(u8::try_from(code).unwrap_or(1)),
        Some(_) => None,
        // Somebody who interrupts or ends the session means it; a crash in native code does not.
        None => matches!(status.signal(), Some(libc::SIGINT | libc::SIGTERM)).then_some(1),
    }
}

/// Waits until a runtime answers again, with the simulator where a display is; false when the user closed the simulator.
fn until_back(args: &Args, loader: Option<&OsString>) -> anyhow::Result<bool> {
    let mut simulator = None;
    if std::env::var_os("DISPLAY").is_some_and(|name| !name.is_empty()) {
        tell(args, "simulator", "");
        say("the simulator has the repair until the headset is back");
        simulator = Some(start_simulator(args)?);
    } else {
        tell(args, "waiting", "");
        say("waiting for the headset's runtime; the repair is kept at its step");
    }
    loop {
        std::thread::sleep(ASK_EVERY);
        if let Some(child) = &mut simulator
            && let Some(status) = child.try_wait()?
        {
            if status.success() {
                return Ok(false);
            }
            // The display may be gone too. The runtime may still come back.
            simulator = None;
        }
        if probe_quietly(loader) {
            if let Some(mut child) = simulator {
                terminate(&mut child);
            }
            tell(args, "back", "");
            return Ok(true);
        }
    }
}

fn start_simulator(args: &Args) -> anyhow::Result<Child> {
    let mut command = itself()?;
    command
        .arg("sim")
        .args(args.session.again())
        .env(AFTER, "The headset's runtime stopped. The simulator has the repair.");
    command.stdout(Stdio::null()).spawn().context("cannot start the simulator")
}

/// Asks the process to end, and makes it after two seconds.
fn terminate(child: &mut Child) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // SAFETY: a signal to a child that has not been waited for, so its number is still its own.
        #[expect(unsafe_code, reason = "sending a signal")]
        unsafe {
            libc::kill(pid, libc::SIGTERM);
        }
    }
    let asked = Instant::now();
    while asked.elapsed() < Duration::from_secs(2) {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // Gone already is as good as killed.
    drop(child.kill());
    drop(child.wait());
}

fn probe(loader: Option<&OsString>, errors: Stdio) -> anyhow::Result<ExitStatus> {
    let mut command = itself()?;
    command.arg("runtime");
    with_loader(&mut command, loader);
    command.stdout(Stdio::null()).stderr(errors).status().context("cannot ask for a runtime")
}

fn probe_quietly(loader: Option<&OsString>) -> bool {
    probe(loader, Stdio::null()).is_ok_and(|status| status.success())
}

/// This program once more, with the same arguments, as the part that draws.
fn again(loader: Option<&OsString>) -> anyhow::Result<Command> {
    let mut command = itself()?;
    command.args(std::env::args_os().skip(1)).env(PART, "session");
    with_loader(&mut command, loader);
    Ok(command)
}

fn with_loader(command: &mut Command, loader: Option<&OsString>) {
    if let Some(folder) = loader {
        let mut folders = folder.clone();
        if let Some(known) = std::env::var_os("LD_LIBRARY_PATH") {
            folders.push(":");
            folders.push(known);
        }
        command.env("LD_LIBRARY_PATH", folders);
    }
}

/// This program, however it was started: under another dynamic loader, the loader with its own arguments comes first.
fn itself() -> anyhow::Result<Command> {
    use std::os::unix::ffi::OsStringExt as _;
    let line = std::fs::read("/proc/self/cmdline").context("cannot read this program's own command line")?;
    let all: Vec<OsString> = line.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect();
    // The list ends with an empty word; what the program itself was given stands last.
    let own = std::env::args_os().count().saturating_sub(1);
    let before = all.len().saturating_sub(own + 1);
    let mut command = Command::new("/proc/self/exe");
    command.args(all.get(1..before).unwrap_or_default());
    Ok(command)
}

/// A folder in which the loader has the name that the renderer asks for, where it has only its versioned one.
fn loader_folder() -> anyhow::Result<Option<OsString>> {
    let Some(file) = runtime::versioned_loader() else { return Ok(None) };
    let folder = place::state_folder(true).join("openxr");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let link = folder.join("libopenxr_loader.so");
    // An older link may point to a loader that is gone.
    drop(std::fs::remove_file(&link));
    std::os::unix::fs::symlink(&file, &link).with_context(|| format!("cannot link {}", link.display()))?;
    Ok(Some(folder.into_os_string()))
}

/// Where sessions write what went wrong.
pub(super) fn log_file() -> std::path::PathBuf {
    place::state_folder(true).join("headset.log")
}

#[expect(clippy::print_stdout, reason = "a program asked to be told")]
fn tell(args: &Args, what: &str, detail: &str) {
    if args.tell {
        println!("{}", json!({ "supervisor": what, "detail": detail }));
    }
}

#[expect(clippy::print_stderr, reason = "this is where the command speaks to its user")]
fn say(line: &str) {
    eprintln!("{line}");
}
