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

/// A camera for a recorded sequence, small so that many pictures are rendered soon.
pub(crate) fn headset_camera() -> CameraModel {
    CameraModel::new([640, 480], [520.0, 519.0], [322.4, 236.8], [-0.12, 0.04, 0.0005, -0.0004, 0.0], 0.1)
        .expect("a valid camera")
}

/// Where the camera of the recorded sequence truly sits on the head.
pub(crate) fn head_from_camera() -> Isometry3<f64> {
    Isometry3::from_parts(
        Translation3::new(0.028, 0.041, -0.077),
        UnitQuaternion::from_euler_angles(std::f64::consts::PI + 0.09, 0.05, -0.03),
    )
}

/// How late the recorded sequence's pictures are stamped, seconds.
pub(crate) const LATE_S: f64 = 0.020;

/// A person looks about before a board on the wall at 0.55 m: up to 60 degrees a second, all three ways.
pub(crate) fn world_from_head(t: f64) -> Isometry3<f64> {
    let yaw = 0.2 * (t * 3.1).sin() + 0.06 * (t * 5.3 + 0.7).sin();
    let pitch = 0.14 * (t * 2.3 + 0.5).sin() + 0.05 * (t * 6.1).cos();
    let roll = 0.3 * (t * 1.7).sin();
    let at = Vector3::new(0.12 * (t * 1.1).sin(), 1.5 + 0.08 * (t * 0.9).cos(), 0.05 * (t * 0.7).sin());
    // The board is looked back at when the head has moved aside.
    let back = (at.x / 0.55).atan();
    Isometry3::from_parts(
        Translation3::from(at),
        UnitQuaternion::from_axis_angle(&Vector3::y_axis(), yaw + back)
            * UnitQuaternion::from_axis_angle(&Vector3::x_axis(), pitch - 0.1)
            * UnitQuaternion::from_axis_angle(&Vector3::z_axis(), roll),
    )
}

/// Where the board of the recorded sequence hangs: upright, its face towards +Z.
pub(crate) fn world_from_board() -> Isometry3<f64> {
    Isometry3::from_parts(Translation3::new(0.0, 1.45, -0.55), UnitQuaternion::from_euler_angles(-0.1, 0.05, 0.02))
}

/// Renders and writes the recorded sequence: so many pictures at 20 a second, head poses at 90 Hz with noise of 0.3 mm and 0.02 degrees,
/// and a smear as the turning head gives it at an exposure of 2 ms.
pub(crate) fn record(folder: &std::path::Path, count: u32, with_camera: bool) {
    use fieldwright_guide::{
        frames::{Head, Pose, World},
        time::Timestamp,
    };
    use fieldwright_vision::{calibrate::CameraFile, calibrate::Paper, sources::SequenceWriter};
    use glam::{Quat, Vec3};

    let camera = headset_camera();
    let mut studio = Studio::new(&camera, Board::new(Paper::A4), 3);
    let file = with_camera.then(|| CameraFile::new(camera.clone()));
    let mut writer = SequenceWriter::create(folder, file).expect("an empty folder");
    let mut random = Random(99);
    let camera_from_board = |t: f64| (world_from_head(t) * head_from_camera()).inverse() * world_from_board();
    for index in 0..count {
        let t = 0.3 + f64::from(index) / 20.0;
        let pose = camera_from_board(t);
        let middle = |t: f64| camera.project(&camera_from_board(t).translation.vector);
        let smear = match (middle(t - 0.001), middle(t + 0.001)) {
            (Some(a), Some(b)) => [(b[0] - a[0]) as f32, (b[1] - a[1]) as f32],
            _ => [0.0; 2],
        };
        let frame = studio.picture(&pose, &Exposure { smear_px: smear, ..Exposure::default() }, u64::from(index));
        writer.frame(&frame, Timestamp(1000.0 + t + LATE_S)).expect("a writable folder");
    }
    for index in 0..(f64::from(count) / 20.0 * 90.0 + 60.0) as u32 {
        let t = f64::from(index) / 90.0;
        let truth = world_from_head(t);
        let mut noise = |sigma: f64| Vector3::new(random.normal(), random.normal(), random.normal()) * sigma;
        let place = truth.translation.vector + noise(0.0003);
        let turned = truth.rotation * UnitQuaternion::from_scaled_axis(noise(0.02f64.to_radians()));
        let pose: Pose<World, Head> = Pose::new(
            Vec3::new(place.x as f32, place.y as f32, place.z as f32),
            Quat::from_xyzw(turned.i as f32, turned.j as f32, turned.k as f32, turned.w as f32),
        );
        writer.head(Timestamp(1000.0 + t), pose);
    }
    writer.save().expect("a writable folder");
}
