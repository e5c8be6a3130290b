//! Building every program into one folder.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell::{cargo, heading, output, root, run};

/// The programs a user needs; the first is the one they type.
const PROGRAMS: &[&str] = &["fieldwright", "fieldwright-llm", "fieldwright-speech", "fieldwright-shell"];

/// Their crates. Always named together: with only some of them cargo unites other features, and builds bevy anew.
pub(crate) const CRATES: [&str; 4] =
    ["fieldwright-cli", "fieldwright-llm-worker", "fieldwright-speech-worker", "fieldwright-shell"];

/// Builds everything; gives the folder.
pub(crate) fn all(release: bool) -> Result<PathBuf> {
    heading("Build (the first one takes about 20 minutes on two cores: bevy, llama.cpp and whisper.cpp)");
    let mut arguments = vec!["build"];
    arguments.extend(CRATES.iter().flat_map(|name| ["-p", name]));
    if release {
        arguments.push("--release");
    }
    run(&mut cargo(&arguments))?;
    let folder = target_directory()?.join(if release { "release" } else { "debug" });
    for name in PROGRAMS {
        if !folder.join(name).is_file() {
            bail!("`{name}` is not in {} after the build", folder.display());
        }
    }
    Ok(folder)
}

/// `cargo xtask build`: prints the folder as its last line.
#[expect(clippy::print_stdout, reason = "the folder is this command's answer")]
pub(crate) fn command(release: bool) -> Result<()> {
    let folder = all(release)?;
    println!("{}", folder.display());
    Ok(())
}

fn target_directory() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("CARGO_TARGET_DIR") {
        return Ok(absolute(Path::new(&folder)));
    }
    let metadata = output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let Some((_, rest)) = metadata.split_once("\"target_directory\":\"") else {
        bail!("cargo metadata names no target directory");
    };
    let folder = rest.split('"').next().unwrap_or_default();
    Ok(PathBuf::from(folder))
}

fn absolute(folder: &Path) -> PathBuf {
    if folder.is_absolute() { folder.to_owned() } else { root().join(folder) }
}
