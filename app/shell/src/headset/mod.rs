//! `fieldwright-shell headset`: the same session in a headset, through OpenXR. A parent process watches over the one that draws:
//! when the runtime dies, the repair goes on (`supervise`). Must not know what is shown and why.

mod eyes;
mod input;
mod life;
mod measure;
mod press;
mod runtime;
mod session;
mod supervise;
mod tell;

use std::{path::PathBuf, process::ExitCode};

use bevy::math::UVec2;

use crate::setup::SessionArgs;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Folder for the report of the played scenario, with pictures of both eyes
    #[arg(long, value_name = "DIR", requires = "play")]
    report: Option<PathBuf>,
    /// The played scenario's outcome as a JSON object on standard output
    #[arg(long, requires = "play")]
    json: bool,
    /// One JSON object a frame on standard output: what is shown and where, what can be pressed, what the script waits for
    #[arg(long)]
    tell: bool,
    /// Width and height of each eye's picture instead of what the runtime recommends, e.g. 960x1080
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    eye_size: Option<UVec2>,
    /// Measure in each eye's picture where the focused part is drawn, against where it is, whenever a picture is taken
    #[arg(long, requires = "report")]
    measure: bool,
    /// The camera on the headset, e.g. /dev/video0, or the folder of a recording to play in its place; without one the equipment
    /// and its camera are simulated
    #[arg(long, value_name = "DEVICE or DIR", conflicts_with = "play")]
    camera: Option<PathBuf>,
    /// What `fieldwright calibrate` found of that camera; a recording may hold it itself
    #[arg(long, value_name = "FILE", requires = "camera")]
    calibration: Option<PathBuf>,
    /// Keep the camera's pictures and the head's poses in this folder, to calibrate from or to play again
    #[arg(long, value_name = "DIR", requires = "camera")]
    record: Option<PathBuf>,
    /// The script waits until hands, controllers or eyes have pressed what it wants pressed
    #[arg(long, requires = "play")]
    by_hand: bool,
}

fn size(words: &str) -> Result<UVec2, String> {
    let parts = words.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match parts {
        Some((width, height)) if (16..=8192).contains(&width) && (16..=8192).contains(&height) => {
            Ok(UVec2::new(width, height))
        }
        _ => Err("write it as WIDTHxHEIGHT, e.g. 960x1080".to_owned()),
    }
}

/// Says which runtime and headset answer, as one line of JSON.
///
/// # Errors
/// When there is no loader, no runtime, or no headset, each with what to do.
pub(crate) fn runtime() -> anyhow::Result<ExitCode> {
    runtime::probe().map(|found| runtime::print(&found))
}

/// Runs until the wearer leaves or the scenario has ended.
///
/// # Errors
/// When there is no runtime or headset, files are missing or damaged, or sessions die one after another.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match supervise::part() {
        supervise::Part::Parent => supervise::run(args),
        supervise::Part::Session => session::run(args),
    }
}
