//! `fieldwright track`.

use std::process::ExitCode;

/// Arguments of `track`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs it.
pub(crate) fn run(_args: &Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("this build has no `track`")
}
