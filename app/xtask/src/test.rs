//! Everything that must hold before a change lands, cheapest first.

use std::path::Path;

use anyhow::{Context as _, Result};
use fieldwright_xtask::xr::Tree;

use crate::{
    build, gates, setup,
    shell::{cargo, heading, program, root, run, say},
};

/// Sets up and passes the tests. The headset's are left out only where that is asked for: a test that skips itself passes
/// unseen.
pub(crate) fn all(without_headset: bool) -> Result<()> {
    setup::packages()?;
    let headset = if without_headset { None } else { Some(runtime()?) };
    gates::run_all()?;
    heading("Tests of the crates without bevy and ggml");
    run(&mut cargo(&["test", "--quiet"]))?;
    let bin = build::all(false)?;
    setup::model(&bin);
    heading("Tests of the programs");
    let mut arguments = vec!["test", "--quiet"];
    arguments.extend(build::CRATES.iter().flat_map(|name| ["-p", name]));
    run(cargo(&arguments).env("WGPU_BACKEND", "vulkan"))?;
    run(cargo(&["test", "--quiet", "-p", "fieldwright-scenarios", "--test", "programs"]).env("FIELDWRIGHT_BIN", &bin))?;
    scenarios(&bin)?;
    if let Some(tree) = headset {
        in_headset(&tree, &bin)
    } else {
        heading("Tests in a headset: LEFT OUT (--without-headset)");
        Ok(())
    }
}

fn runtime() -> Result<Tree> {
    Tree::prepare().context("no OpenXR runtime for the tests of the headset; --without-headset leaves them out")
}

/// The headset's tests, in a true OpenXR session of a runtime without a headset.
fn in_headset(tree: &Tree, bin: &Path) -> Result<()> {
    for (title, test, arguments) in [
        ("Tests in a headset (Monado)", "headset", &[][..]),
        // One at a time: each has a renderer and a runtime to itself.
        ("Repairs in a headset (Monado), some minutes each", "headset-repairs", &["--", "--test-threads", "1"][..]),
    ] {
        heading(title);
        run(cargo(&["test", "--quiet", "-p", "fieldwright-scenarios", "--test", test])
            .args(arguments)
            .env("FIELDWRIGHT_BIN", bin)
            .env("FIELDWRIGHT_XR_ROOT", tree.root())
            .env("FIELDWRIGHT_REQUIRE_XR", "1"))?;
    }
    Ok(())
}

/// Every scenario twice: with the model installed, and with none.
fn scenarios(bin: &Path) -> Result<()> {
    let folder = root().join("tests/repairs");
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "ron"))
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    files.sort();
    for (title, name, extra) in [
        ("Scenarios, with the installed model", "with-model", None),
        ("Scenarios, without a model", "without-model", Some("--no-model")),
    ] {
        heading(title);
        let report = root().join("report").join(name);
        let report = report.to_string_lossy().into_owned();
        // A process each, so that one repair's memory is given back before the next.
        for file in &files {
            let stem = Path::new(file).file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
            let folder = format!("{report}/{stem}");
            // Every plate must also be readable in a headset, at every step.
            let mut arguments = vec!["run", "--legible", "--report", &folder];
            arguments.extend(extra);
            arguments.push(file);
            run(&mut program(bin.join("fieldwright"), &arguments))?;
        }
        say(&format!("reports: {report}"));
    }
    heading("Scenarios, on audio alone");
    let folder = root().join("report/aloud").to_string_lossy().into_owned();
    // What was heard also depends on how fast the machine is; these two pass with room for a word said again.
    let spoken = ["drain-water-separator.ron", "question-during-a-repair.ron"];
    let spoken = files.iter().filter(|file| spoken.iter().any(|name| file.ends_with(name)));
    let said =
        ["run", "--audio", "--voice", "slt", "--noise", "generator", "--snr", "20", "--no-model", "--report", &folder];
    let arguments: Vec<&str> = said.into_iter().chain(spoken.map(String::as_str)).collect();
    run(&mut program(bin.join("fieldwright"), &arguments))
}
