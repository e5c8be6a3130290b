//! A test inside a headset that nobody wears: Monado is started for it, and the test runs itself again with Monado's own
//! libraries. Must not know what is tested.

pub mod remote;
pub mod session;
pub mod wearer;

use std::{
    path::Path,
    process::{Child, Command},
};

use anyhow::{Context as _, Result, bail};
use fieldwright_xtask::{
    xr::Tree,
    xr_runtime::{PID_VARIABLE, Runtime},
};

/// Set in the second run of a test, in the runtime.
const INSIDE: &str = "FIELDWRIGHT_XR_INSIDE";

/// The prepared runtime. `None` where there is none and none is required, with the reason printed: the test has then not been run.
///
/// # Panics
/// Where there is none and one is required (`CI` or `FIELDWRIGHT_REQUIRE_XR` is set): a skipped test would pass unseen.
pub fn tree() -> Option<Tree> {
    match Tree::find() {
        Ok(tree) => Some(tree),
        Err(error) => {
            let required = ["CI", "FIELDWRIGHT_REQUIRE_XR"]
                .iter()
                .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0"));
            assert!(!required, "a headset's runtime is required here: {error:#}");
            say(&format!("\nNOT TESTED, no headset's runtime on this machine: {error:#}\n"));
            None
        }
    }
}

/// Runs the test called `name` in a runtime of its own: `inside` is what it does there, with an OpenXR loader in reach. The
/// reason for a failure inside is in the output of the second run.
///
/// # Panics
/// When the runtime does not start or the test fails inside it.
pub fn inside(name: &str, inside: impl FnOnce() -> Result<()>) {
    if std::env::var(INSIDE).is_ok_and(|value| value == name) {
        if let Err(error) = inside() {
            panic!("{error:#}");
        }
        return;
    }
    let Some(tree) = tree() else { return };
    let result = Runtime::start(&tree).and_then(|runtime| again(&runtime, name));
    if let Err(error) = result {
        panic!("{error:#}");
    }
}

fn again(runtime: &Runtime, name: &str) -> Result<()> {
    let program = std::env::current_exe().context("no path of this test")?;
    let mut command = runtime.command(&program);
    command.args(["--exact", name, "--nocapture", "--test-threads", "1"]).env(INSIDE, name);
    let output = command.output().context("cannot start the test in the runtime")?;
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
    if !output.status.success() {
        let log = tail(&runtime.log(), 8);
        bail!("failed in the runtime ({}):\n{}\nthe end of Monado's log:\n{log}", output.status, tail(&said, 40));
    }
    print(&said);
    Ok(())
}

/// Starts a program in the runtime, with its libraries and with these variables besides.
///
/// # Errors
/// When it cannot be started.
pub fn run_in_xrt(runtime: &Runtime, program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Child> {
    let mut command: Command = runtime.command(program);
    command.args(arguments).envs(variables.iter().copied());
    command.spawn().with_context(|| format!("cannot start `{}` in the runtime", program.display()))
}

/// The service's process number, inside a test that runs in the runtime.
///
/// # Errors
/// Outside of one.
pub fn service_pid() -> Result<u32> {
    let value = std::env::var(PID_VARIABLE).context("not in a headset's runtime")?;
    value.parse().with_context(|| format!("{PID_VARIABLE} is not a process number: `{value}`"))
}

/// The last `count` lines.
pub fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// For whoever asks with `--nocapture`.
#[expect(clippy::print_stdout, reason = "libtest keeps it back unless it is asked for")]
fn print(text: &str) {
    println!("{text}");
}

/// Straight to the person who reads: libtest would keep back what a passing test prints.
pub fn say(line: &str) {
    drop(std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()));
}
