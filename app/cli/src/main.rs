//! `fieldwright`: the one command a user types. Must not know bevy, llama or whisper: siblings in its own folder do.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod ask;
mod import;
mod models;
mod track;

/// Guides the repair of the equipment in front of you, with the manual's own words.
#[derive(Debug, Parser)]
#[command(name = "fieldwright", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask the manual a question
    Ask(ask::Args),
    /// Read manuals into a library
    Import(import::Args),
    /// Find fiducials in pictures
    Track(track::Args),
    /// List, add or remove language models
    Models(models::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Ask(args) => ask::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Track(args) => track::run(&args),
        Command::Models(args) => models::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// One message on standard error, with the causes on the same line and hints on lines of their own.
#[expect(clippy::print_stderr, reason = "this is where the command speaks to its user")]
fn report(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
