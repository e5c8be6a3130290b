//! A renderer for tests and for the accuracy example: tags and clutter ray-cast through a distorted camera, then blurred,
//! exposed and made noisy. It shares no code with the product's own simulated optics, so that neither can hide the other's faults.

#![allow(dead_code, reason = "each test target uses a part of it")]

pub(crate) mod board;
pub(crate) mod site;

use fieldwright_vision::{camera::CameraModel, detector::tag_cells, frame::GrayFrame};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

/// SplitMix64: small, seeded, the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().max(1e-300).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// A tag in front of the camera.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placard {
    pub(crate) id: u32,
    pub(crate) size_m: f64,
    pub(crate) camera_from_tag: Isometry3<f64>,
}

/// What the picture suffers after the lens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Optics {
    /// Standard deviation of the blur, pixels.
    pub(crate) blur_px: f64,
    /// Standard deviation of the noise, gray levels.
    pub(crate) noise: f64,
    /// Exponent from light to gray levels; 1 is a linear sensor.
    pub(crate) gamma: f64,
    /// Light of white paper, 0 to 1.
    pub(crate) white: f64,
    /// Light of black print.
    pub(crate) black: f64,
    /// Samples a pixel's side; 1 leaves edges jagged, as a renderer without antialiasing does.
    pub(crate) samples: usize,
    /// All light is multiplied by this.
    pub(crate) gain: f64,
    /// Length of a horizontal motion smear, pixels.
    pub(crate) smear_px: f64,
}

impl Default for Optics {
    fn default() -> Self {
        Self { blur_px: 0.7, noise: 3.0, gamma: 1.0, white: 0.8, black: 0.08, smear_px: 0.0, gain: 1.0, samples: 6 }
    }
}

pub(crate) fn pinhole() -> CameraModel {
    CameraModel::new([1280, 720], [900.0, 900.0], [639.5, 359.5], [0.0; 5], 0.1).expect("a valid camera")
}

pub(crate) fn distorted() -> CameraModel {
    CameraModel::new([1280, 720], [902.0, 898.0], [645.2, 352.7], [-0.18, 0.06, 0.0008, -0.0006, -0.01], 0.1)
        .expect("a valid camera")
}

/// A tag at `distance_m` whose centre is seen through `pixel`, tilted by `tilt` (radians) about an axis at `axis` in its plane, and
/// rolled by `roll`.
pub(crate) fn place(
    camera: &CameraModel,
    pixel: [f64; 2],
    distance_m: f64,
    tilt: f64,
    axis: f64,
    roll: f64,
) -> Isometry3<f64> {
    let [x, y] = camera.undistort(pixel).expect("the pixel is in the picture");
    let ray = Vector3::new(x, y, 1.0).normalize();
    // Half a turn about X makes the print face the camera, upright.
    let facing = UnitQuaternion::from_axis_angle(&Vector3::x_axis(), std::f64::consts::PI);
    let aim = UnitQuaternion::rotation_between(&Vector3::z(), &ray).expect("in front");
    let tilted = UnitQuaternion::from_scaled_axis(Vector3::new(axis.cos(), axis.sin(), 0.0) * tilt);
    let rolled = UnitQuaternion::from_scaled_axis(Vector3::z() * roll);
    Isometry3::from_parts(Translation3::from(ray * distance_m), aim * facing * tilted * rolled)
}

/// Where the tag's corners truly appear.
pub(crate) fn true_corners(camera: &CameraModel, placard: &Placard) -> [[f64; 2]; 4] {
    fieldwright_vision::pnp::tag_corners(placard.size_m).map(|corner| {
        camera.project(&(placard.camera_from_tag * nalgebra::Point3::from(corner)).coords).expect("in view")
    })
}

/// Renders placards before a cluttered wall.
pub(crate) fn render(camera: &CameraModel, placards: &[Placard], optics: Optics, seed: u64) -> GrayFrame {
    let [width, height] = camera.size_px().map(|side| side as usize);
    let mut random = Random(seed ^ 0x51ED_270B);
    let mut light = background(width, height, &mut random);
    let shade = [random.range(-0.1, 0.1), random.range(-0.1, 0.1)];
    for placard in placards {
        paint(camera, placard, optics, shade, &mut light, width, height);
    }
    let mut light = blur(&light, width, height, &gaussian(optics.blur_px), &gaussian(optics.blur_px));
    if optics.smear_px > 0.0 {
        light = blur(&light, width, height, &boxcar(optics.smear_px), &[1.0]);
    }
    let pixels = light
        .iter()
        .map(|&value| {
            let gray = 255.0 * (optics.gain * f64::from(value)).clamp(0.0, 1.0).powf(optics.gamma)
                + optics.noise * random.normal();
            gray.round().clamp(0.0, 255.0) as u8
        })
        .collect();
    GrayFrame::new(width as u32, height as u32, pixels).expect("sizes agree")
}

fn background(width: usize, height: usize, random: &mut Random) -> Vec<f32> {
    let mut light = vec![0.35f32; width * height];
    for _ in 0..60 {
        let (x0, y0) = (random.range(-100.0, width as f64), random.range(-100.0, height as f64));
        let (w, h) = (random.range(10.0, 300.0), random.range(10.0, 300.0));
        let slant = random.range(-0.7, 0.7);
        let level = random.range(0.1, 0.7) as f32;
        for y in (y0.max(0.0) as usize)..((y0 + h).clamp(0.0, height as f64) as usize) {
            let shift = slant * (y as f64 - y0);
            let from = (x0 + shift).clamp(0.0, width as f64) as usize;
            let to = (x0 + w + shift).clamp(0.0, width as f64) as usize;
            light[y * width + from..y * width + to].fill(level);
        }
    }
    light
}

/// Supersamples the placard where its quiet zone may reach.
fn paint(
    camera: &CameraModel,
    placard: &Placard,
    optics: Optics,
    shade: [f64; 2],
    light: &mut [f32],
    width: usize,
    height: usize,
) {
    let side = optics.samples;
    let cells = tag_cells(placard.id).expect("a tag of the family");
    let rim = placard.size_m * 10.0 / 8.0 / 2.0;
    let corners = [[-rim, rim], [rim, rim], [rim, -rim], [-rim, -rim]]
        .map(|[x, y]| camera.project(&(placard.camera_from_tag * nalgebra::Point3::new(x, y, 0.0)).coords));
    if corners.iter().any(Option::is_none) {
        return;
    }
    let corners = corners.map(|corner| corner.expect("checked above"));
    let span = |axis: usize, limit: usize| {
        let low = corners.iter().map(|c| c[axis]).fold(f64::INFINITY, f64::min) - 3.0;
        let high = corners.iter().map(|c| c[axis]).fold(f64::NEG_INFINITY, f64::max) + 3.0;
        (low.clamp(0.0, limit as f64) as usize, high.clamp(0.0, limit as f64) as usize)
    };
    let ((x0, x1), (y0, y1)) = (span(0, width), span(1, height));
    let tag_from_camera = placard.camera_from_tag.inverse();
    let eye = tag_from_camera.translation.vector;
    let ray_at = |u: f64, v: f64| camera.undistort([u, v]).unwrap_or([f64::NAN; 2]);
    for y in y0..y1 {
        for x in x0..x1 {
            let (u, v) = (x as f64, y as f64);
            // The lens is smooth: rays inside one pixel are interpolated between its corners.
            let [a, b, c, d] = [
                ray_at(u - 0.5, v - 0.5),
                ray_at(u + 0.5, v - 0.5),
                ray_at(u - 0.5, v + 0.5),
                ray_at(u + 0.5, v + 0.5),
            ];
            let (mut sum, mut hits) = (0.0, 0);
            for sub in 0..side * side {
                let (s, t) = (((sub % side) as f64 + 0.5) / side as f64, ((sub / side) as f64 + 0.5) / side as f64);
                let mix = |i: usize| (a[i] * (1.0 - s) + b[i] * s) * (1.0 - t) + (c[i] * (1.0 - s) + d[i] * s) * t;
                let direction = tag_from_camera.rotation * Vector3::new(mix(0), mix(1), 1.0);
                let along = -eye.z / direction.z;
                let hit = eye + direction * along;
                if along > 0.0 && hit.x.abs() < rim && hit.y.abs() < rim {
                    let cell = |value: f64| ((value / (2.0 * rim) + 0.5) * 10.0).clamp(0.0, 9.999) as usize;
                    let white = cells[cell(-hit.y)][cell(hit.x)];
                    let lit = 1.0 + (shade[0] * hit.x + shade[1] * hit.y) / rim;
                    sum += lit * if white { optics.white } else { optics.black };
                    hits += 1;
                }
            }
            let cover = f64::from(hits) / (side * side) as f64;
            let under = &mut light[y * width + x];
            *under = ((1.0 - cover) * f64::from(*under) + sum / (side * side) as f64) as f32;
        }
    }
}

fn gaussian(sigma: f64) -> Vec<f32> {
    if sigma <= 0.0 {
        return vec![1.0];
    }
    let reach = (sigma * 3.5).ceil() as i32;
    normalized((-reach..=reach).map(|i| (-0.5 * (f64::from(i) / sigma).powi(2)).exp()).collect())
}

fn boxcar(length: f64) -> Vec<f32> {
    let reach = (length / 2.0).ceil() as i32;
    normalized((-reach..=reach).map(|i| (length / 2.0 + 0.5 - f64::from(i).abs()).clamp(0.0, 1.0)).collect())
}

fn normalized(kernel: Vec<f64>) -> Vec<f32> {
    let sum: f64 = kernel.iter().sum();
    kernel.into_iter().map(|value| (value / sum) as f32).collect()
}

fn blur(light: &[f32], width: usize, height: usize, across: &[f32], down: &[f32]) -> Vec<f32> {
    let pass = |source: &[f32], kernel: &[f32], step_x: usize, step_y: usize| {
        let reach = kernel.len() / 2;
        let mut out = vec![0.0; source.len()];
        for y in 0..height {
            for x in 0..width {
                let mut sum = 0.0;
                for (index, weight) in kernel.iter().enumerate() {
                    let xx = (x + index * step_x).saturating_sub(reach * step_x).min(width - 1);
                    let yy = (y + index * step_y).saturating_sub(reach * step_y).min(height - 1);
                    sum += weight * source[yy * width + xx];
                }
                out[y * width + x] = sum;
            }
        }
        out
    };
    let rows = pass(light, across, 1, 0);
    pass(&rows, down, 0, 1)
}

/// Distance in millimetres and angle in degrees between two poses.
pub(crate) fn pose_error(estimate: &Isometry3<f64>, truth: &Isometry3<f64>) -> (f64, f64) {
    (
        (estimate.translation.vector - truth.translation.vector).norm() * 1000.0,
        estimate.rotation.angle_to(&truth.rotation).to_degrees(),
    )
}

/// The value below which `share` (0 to 1) of the values lie; not a number for none.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len => values[((len - 1) as f64 * share).round() as usize],
    }
}
