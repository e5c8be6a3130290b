//! `fieldwright-shell`: the window and the headless renderer. It draws and passes on; the session decides.

use std::process::ExitCode;

use bevy::log::LogPlugin;
use clap::{Parser, Subcommand};

mod cpu;
mod eyes;
#[cfg(feature = "xr")]
mod headset;
mod live;
mod looks;
mod offscreen;
mod overlay;
mod overlay3d;
mod readback;
mod run;
mod sensing;
mod sensor_camera;
mod setup;
mod shared;
mod stage;
mod views;
mod voice;
mod window;

/// Draws Fieldwright. Started by `fieldwright`, whose name its help and errors bear.
#[derive(Debug, Parser)]
#[command(name = "fieldwright-shell", bin_name = "fieldwright", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the simulator's window
    Sim(window::Args),
    /// Play scenarios without a window
    Run(run::Args),
    /// Work in a headset, through OpenXR
    #[cfg(feature = "xr")]
    Headset(headset::Args),
    /// Name the OpenXR runtime and headset that answer
    #[cfg(feature = "xr")]
    Runtime,
    /// Name the driver that draws
    Adapter,
    /// Name the microphones, one a line
    #[cfg(feature = "microphone")]
    Microphones,
    /// Render every place to stand around an equipment, with the tracker's error there
    Views(views::Args),
    /// Render what both eyes of a headset see, without a headset
    Eyes(eyes::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Sim(args) => window::run(&args),
        Command::Run(args) => run::run(&args),
        #[cfg(feature = "xr")]
        Command::Headset(args) => headset::run(&args),
        #[cfg(feature = "xr")]
        Command::Runtime => headset::runtime(),
        Command::Adapter => adapter(),
        #[cfg(feature = "microphone")]
        Command::Microphones => Ok(microphones()),
        Command::Views(args) => views::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Eyes(args) => eyes::run(&args).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// Where a process that goes on for a dead one finds what happened.
pub(crate) const AFTER: &str = "FIELDWRIGHT_HEADSET_AFTER";
/// Seconds for which that is shown.
const SAID_S: f64 = 12.0;

/// What happened before this process was started, and until when to show it, seconds.
fn what_happened_before() -> Option<(String, f64)> {
    std::env::var(AFTER).ok().map(|words| (words, SAID_S))
}

/// Prints the name of the driver that will draw.
#[expect(clippy::print_stdout, reason = "the name is this command's answer")]
fn adapter() -> anyhow::Result<ExitCode> {
    println!("{}", require_vulkan()?);
    Ok(ExitCode::SUCCESS)
}

/// Prints the names of the microphones.
#[cfg(feature = "microphone")]
#[expect(clippy::print_stdout, reason = "the names are this command's answer")]
fn microphones() -> ExitCode {
    for name in fieldwright_voice::microphone::devices() {
        println!("{name}");
    }
    ExitCode::SUCCESS
}

/// The driver's name, before the renderer would panic for want of one.
///
/// # Errors
/// When this machine has no Vulkan driver.
fn require_vulkan() -> anyhow::Result<String> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapters = bevy::tasks::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    let Some(adapter) = adapters.first() else {
        anyhow::bail!(
            "no Vulkan driver: nothing can be drawn on this machine\nhint: apt-get install mesa-vulkan-drivers (it draws without a graphics card too)"
        );
    };
    let info = adapter.get_info();
    Ok(format!("{} ({:?})", info.name, info.device_type))
}

/// Only errors of the renderer reach the terminal; what the user must know is said by the command itself.
fn log_plugin() -> LogPlugin {
    LogPlugin { filter: "error".to_owned(), ..LogPlugin::default() }
}

#[expect(clippy::print_stderr, reason = "this is where the shell speaks to its user")]
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
