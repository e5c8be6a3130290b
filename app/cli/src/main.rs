//! `fieldwright`: the one command a user types. Must not know bevy, llama or whisper: siblings in its own folder do.

use std::{io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand};

mod ask;
mod calibrate;
mod display;
mod doctor;
mod eval;
mod import;
mod models;
mod run;
mod track;
mod transcribe;

/// Guides the repair of the equipment in front of you, with the manual's own words.
#[derive(Debug, Parser)]
#[command(name = "fieldwright", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the simulator: the repair on rendered equipment, in a window
    Sim(run::ShellArgs),
    /// Work in a headset, through its OpenXR runtime
    Headset(run::ShellArgs),
    /// Play scripted repairs without a window, and report
    Run(run::RunArgs),
    /// Ask the manual a question
    Ask(ask::Args),
    /// Read manuals into a library
    Import(import::Args),
    /// Find fiducials in pictures
    Track(track::Args),
    /// Calibrate a camera, and where it sits on the headset
    Calibrate(calibrate::Args),
    /// Turn recorded speech into words, and say which command it is
    Transcribe(transcribe::Args),
    /// Measure how well speech is understood, on a folder of recordings
    Eval(eval::Args),
    /// List, add or remove models of language and speech
    Models(models::Args),
    /// Say what works on this machine, and how to get the rest
    Doctor(doctor::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Sim(args) => run::sim(&args),
        Command::Headset(args) => run::headset(&args),
        Command::Run(args) => run::run(&args),
        Command::Ask(args) => ask::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Track(args) => track::run(&args),
        Command::Calibrate(args) => calibrate::run(&args),
        Command::Transcribe(args) => transcribe::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Doctor(args) => Ok(doctor::run(&args)),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// What a shell reports of a command whose reader had enough: 128 and SIGPIPE.
const NOBODY_READS: i32 = 141;

/// A line of a command's answer. The command ends where nobody reads it any longer, as after `| head`.
#[expect(clippy::exit, reason = "every command prints, and none has anything to lose then")]
fn print(line: &str) {
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(NOBODY_READS);
        }
        say(&format!("error: cannot write the answer: {error}"));
        std::process::exit(1);
    }
}

/// A line for the person at the terminal.
#[expect(clippy::print_stderr, reason = "standard error is where people are spoken to")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// One message on standard error, with the causes on the same line and hints on lines of their own.
#[expect(clippy::print_stderr, reason = "this is where the command speaks to its user")]
fn report(error: &anyhow::Error) {
    // Causes that a message already contains are not said twice.
    let mut words = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    eprintln!("error: {words}");
}
