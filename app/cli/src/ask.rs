//! `fieldwright ask`.

use std::process::ExitCode;

/// Arguments of `ask`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs it.
pub(crate) fn run(_args: &Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("this build has no `ask`")
}
