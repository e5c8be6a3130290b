//! The calibration board before a camera, rendered through the product's own simulated lens and sensor.

use fieldwright_vision::{
    calibrate::Board,
    camera::CameraModel,
    frame::GrayFrame,
    sensor::{Exposure, RenderCamera, Sensor},
};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use super::{Optics, Placard, Random, render};

/// Renders boards for one camera.
pub(crate) struct Studio {
    pub(crate) board: Board,
    pinhole: CameraModel,
    sensor: Sensor,
    samples: usize,
}

impl Studio {
    pub(crate) fn new(camera: &CameraModel, board: Board, samples: usize) -> Self {
        let ideal = RenderCamera::covering(camera, 1.0).expect("valid by construction");
        let middle = [f64::from(ideal.width) / 2.0 - 0.5, f64::from(ideal.height) / 2.0 - 0.5];
        let pinhole = CameraModel::new([ideal.width, ideal.height], [ideal.focal_px; 2], middle, [0.0; 5], 0.1)
            .expect("valid by construction");
        Self { board, pinhole, sensor: Sensor::new(camera, ideal).expect("valid by construction"), samples }
    }

    /// The picture of the board at a pose.
    pub(crate) fn picture(&mut self, camera_from_board: &Isometry3<f64>, exposure: &Exposure, seed: u64) -> GrayFrame {
        let placards: Vec<Placard> = self
            .board
            .ids()
            .filter_map(|id| {
                let center = Translation3::from(self.board.center(id)?);
                Some(Placard { id, size_m: self.board.tag_size_m(), camera_from_tag: camera_from_board * center })
            })
            .collect();
        let clean = Optics { blur_px: 0.0, noise: 0.0, samples: self.samples, ..Optics::default() };
        let picture = render(&self.pinhole, &placards, clean, seed);
        self.sensor.expose(&srgb(picture.pixels()), exposure, seed).expect("valid by construction")
    }
}

/// A board that faces the camera from `at`, turned by `turn` (radians about the camera's axes).
pub(crate) fn facing(at: Vector3<f64>, turn: Vector3<f64>) -> Isometry3<f64> {
    let half = UnitQuaternion::from_axis_angle(&Vector3::x_axis(), std::f64::consts::PI);
    Isometry3::from_parts(Translation3::from(at), UnitQuaternion::from_scaled_axis(turn) * half)
}

/// Poses as a person holds a board: all over the frame, tilted each way, nearer and farther.
pub(crate) fn held(count: usize, seed: u64) -> Vec<Isometry3<f64>> {
    let mut random = Random(seed);
    (0..count)
        .map(|index| {
            let depth = random.range(0.28, 0.5);
            let (column, row) = (index % 3, (index / 3) % 3);
            let at = Vector3::new(
                (column as f64 - 1.0) * 0.42 * depth + random.range(-0.03, 0.03),
                (row as f64 - 1.0) * 0.22 * depth + random.range(-0.02, 0.02),
                depth,
            );
            let tilt = [random.range(0.2, 0.75), random.range(0.2, 0.75)];
            let sign = |bit: usize| if (index >> bit) & 1 == 0 { 1.0 } else { -1.0 };
            let turn = match index % 3 {
                0 => Vector3::new(sign(0) * tilt[0], 0.1 * sign(1), random.range(-0.3, 0.3)),
                1 => Vector3::new(0.1 * sign(1), sign(0) * tilt[1], random.range(-0.3, 0.3)),
                _ => Vector3::new(sign(0) * 0.6 * tilt[0], sign(1) * 0.6 * tilt[1], random.range(-0.3, 0.3)),
            };
            facing(at, turn)
        })
        .collect()
}

/// Gray levels that are linear in light, as a renderer's picture: sRGB with alpha.
fn srgb(linear: &[u8]) -> Vec<u8> {
    let curve: Vec<u8> = (0..=255u8)
        .map(|level| {
            let light = f64::from(level) / 255.0;
            let curved = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
            (curved * 255.0).round() as u8
        })
        .collect();
    linear.iter().flat_map(|&level| [curve[usize::from(level)]; 3].into_iter().chain([255])).collect()
}
