//! The main job on a fresh machine: a generator that cranks but does not start, guided to its repair.

use anyhow::Result;

use crate::{
    build, setup,
    shell::{heading, program, root, run, say},
};

const SCENARIO: &str = "tests/repairs/cranks-but-does-not-start.ron";

/// Sets up, builds, and plays the repair: in a window where there is a display, else as a report with pictures.
pub(crate) fn play(release: bool) -> Result<()> {
    setup::packages()?;
    let bin = build::all(release)?;
    setup::model(&bin);
    heading("The repair");
    let fieldwright = bin.join("fieldwright");
    let display = std::env::var_os("DISPLAY").is_some_and(|d| !d.is_empty());
    if display {
        say("A window opens and plays the repair; press any key or button in it to take over.");
        return run(&mut program(fieldwright, &["sim", "--play", SCENARIO]));
    }
    let report = root().join("report");
    let folder = report.to_string_lossy().into_owned();
    run_headless(&fieldwright, &folder)?;
    say(&format!("\nThe repair, step by step: {}", report.join("index.html").display()));
    Ok(())
}

fn run_headless(fieldwright: &std::path::Path, folder: &str) -> Result<()> {
    say("No display: the repair is rendered as a film strip.");
    run(&mut program(fieldwright, &["run", SCENARIO, "--report", folder]))
}
