//! `fieldwright-shell`: the window and the headless renderer. It draws and passes on; the session decides.

use std::process::ExitCode;

use bevy::log::LogPlugin;
use clap::{Parser, Subcommand};

mod looks;
mod offscreen;
mod overlay;
mod readback;
mod sensor_camera;
mod setup;
mod shared;
mod stage;
mod views;

/// Draws Fieldwright; usually started by `fieldwright`.
#[derive(Debug, Parser)]
#[command(name = "fieldwright-shell", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render every place to stand around an equipment, with the tracker's error there
    Views(views::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Views(args) => views::run(&args).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// Only errors of the renderer reach the terminal; what the user must know is said by the command itself.
fn log_plugin() -> LogPlugin {
    LogPlugin { filter: "error".to_owned(), ..LogPlugin::default() }
}

#[expect(clippy::print_stderr, reason = "this is where the shell speaks to its user")]
fn report(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
