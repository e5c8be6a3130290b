//! `cargo xtask`: sets up a machine, builds, runs the demo, passes the tests. No native dependency, so that it runs on a bare machine.
//! Must not know the product's code: it starts programs and reads their exit codes.

use std::process::ExitCode;

use anyhow::bail;

mod bench;
mod build;
mod demo;
mod gates;
mod headset;
mod setup;
mod test;

use fieldwright_xtask::shell;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo      set up this machine, build, and play the repair of a generator that does not start
  test      set up this machine, build, and pass every test  [--without-headset]
  xr        start an OpenXR runtime that needs no headset and run PROGRAM ARGUMENTS in it; without one, say how to and wait
  xr-setup  prepare that runtime in the user's cache
  setup     install the system packages and the language model that are missing
  build     build every program into one folder; the last line printed is that folder  [--release]
  bench     measure search, tracking and the model against their peers
  gates     formatting, lints, boundaries between crates
  assets    rebuild the equipment model, its setting and the manual's figures (needs Debian's blender)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let release = arguments.iter().any(|a| a == "--release");
    let result = match arguments.first().map(String::as_str) {
        Some("demo") => demo::play(release),
        Some("test") => test::all(arguments.iter().any(|a| a == "--without-headset")),
        Some("setup") => setup::everything(release),
        Some("build") => build::command(release),
        Some("bench") => bench::all(),
        Some("xr") => headset::command(&arguments[1..]),
        Some("xr-setup") => fieldwright_xtask::xr::Tree::prepare().map(|_| ()),
        Some("gates") => gates::run_all(),
        Some("assets") => setup::assets(),
        other => usage(other),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn usage(command: Option<&str>) -> anyhow::Result<()> {
    match command {
        None | Some("help" | "--help" | "-h") => {
            shell::say(USAGE);
            Ok(())
        }
        Some(unknown) => bail!("no command `{unknown}`\n\n{USAGE}"),
    }
}
