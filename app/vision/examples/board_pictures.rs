//! Writes what calibration is tried with where no camera is at hand: pictures of the board, and a recorded sequence with head poses,
//! rendered through the simulated lens and sensor.
//!
//! `cargo run -p fieldwright-vision --example board_pictures -- FOLDER`, then `fieldwright calibrate camera FOLDER/pictures/*.png
//! --out camera.json` and `fieldwright calibrate headset FOLDER/sequence`.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;

use fieldwright_vision::{
    calibrate::{Board, Paper},
    sensor::Exposure,
};
use support::{
    board::{Studio, held, record},
    distorted,
};

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "board_pictures".to_owned()));
    let pictures = folder.join("pictures");
    std::fs::create_dir_all(&pictures).expect("a folder that can be made");
    let mut studio = Studio::new(&distorted(), Board::new(Paper::A4), 4);
    for (index, pose) in held(24, 7).iter().enumerate() {
        let frame = studio.picture(pose, &Exposure::default(), index as u64);
        let path = pictures.join(format!("{index:02}.png"));
        image::save_buffer(path, frame.pixels(), frame.width(), frame.height(), image::ExtendedColorType::L8)
            .expect("a folder that can be written");
    }
    record(&folder.join("sequence"), 160, true);
}
