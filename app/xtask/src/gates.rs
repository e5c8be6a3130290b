//! Rules that a program can check: formatting, lints, and which crate may know which.

use std::process::Stdio;

use anyhow::{Result, bail};

use crate::shell::{cargo, heading, run, say};

/// Crates that a plain `cargo test` compiles.
pub(crate) const LIGHT: &[&str] = &[
    "fieldwright-guide",
    "fieldwright-library",
    "fieldwright-vision",
    "fieldwright-voice",
    "fieldwright-workers",
    "fieldwright-session",
    "fieldwright-cli",
    "fieldwright-xtask",
    "fieldwright-scenarios",
];

/// Who must not know whom: (crate, forbidden packages).
const BOUNDARIES: &[(&str, &[&str])] = &[
    ("fieldwright-guide", &["bevy_ecs", "llama-cpp-2", "whisper-rs", "tantivy", "roxmltree", "tokio", "image"]),
    ("fieldwright-library", &["bevy_ecs", "llama-cpp-2", "tokio"]),
    ("fieldwright-vision", &["bevy_ecs", "llama-cpp-2", "tantivy"]),
    ("fieldwright-voice", &["bevy_ecs", "llama-cpp-2", "whisper-rs", "tantivy"]),
    ("fieldwright-workers", &["bevy_ecs", "llama-cpp-2", "whisper-rs", "tantivy"]),
    ("fieldwright-session", &["bevy_ecs", "llama-cpp-2", "whisper-rs"]),
    ("fieldwright-cli", &["bevy_ecs", "llama-cpp-2", "whisper-rs"]),
    ("fieldwright-llm-worker", &["bevy_ecs", "tantivy", "whisper-rs"]),
    ("fieldwright-speech-worker", &["bevy_ecs", "tantivy", "llama-cpp-2"]),
    ("fieldwright-shell", &["llama-cpp-2", "whisper-rs"]),
];

/// Checks them all.
pub(crate) fn run_all() -> Result<()> {
    heading("Formatting");
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    heading("Lints (the crates without bevy and ggml)");
    let mut arguments = vec!["clippy", "--quiet", "--all-targets"];
    for name in LIGHT {
        arguments.extend(["-p", name]);
    }
    arguments.extend(["--", "-D", "warnings"]);
    run(&mut cargo(&arguments))?;
    boundaries()
}

fn boundaries() -> Result<()> {
    heading("Boundaries between crates");
    for (name, forbidden) in BOUNDARIES {
        for package in *forbidden {
            // `-i` fails where the package is nowhere, and prints nothing where only tests lead to it: both are allowed.
            let mut tree = cargo(&["tree", "--quiet", "--locked", "-p", name, "-e", "normal", "-i", package]);
            let ways = tree.stderr(Stdio::null()).output()?;
            if ways.status.success() && !ways.stdout.is_empty() {
                bail!("`{name}` must not depend on `{package}`\nhint: cargo tree -p {name} -i {package}");
            }
        }
    }
    say("held");
    Ok(())
}
