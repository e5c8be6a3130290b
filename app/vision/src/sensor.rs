//! The simulated camera behind the lens: turns an ideal rendered picture into what a real sensor would deliver, with lens
//! distortion, blur, exposure and noise. It is given pixels only; no pose passes through here.
//!
//! Light is added up in linear units, as on a sensor: an edge that is averaged after the display's curve has been applied moves
//! by a fifth of a pixel.

use thiserror::Error;

use crate::{camera::CameraModel, frame::GrayFrame};

/// The ideal pinhole camera that renders the picture: square pixels, principal point in the middle of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RenderCamera {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Focal length in pixels.
    pub focal_px: f64,
}

impl RenderCamera {
    /// The smallest picture that covers all that `camera` sees through its distorting lens, with `density` rendered pixels to a
    /// sensor pixel at the picture's centre. From a density of two on, four rendered pixels are averaged into one.
    ///
    /// # Errors
    /// When the picture would be too large to render.
    pub fn covering(camera: &CameraModel, density: f64) -> Result<Self, SensorError> {
        let [width, height] = camera.size_px().map(f64::from);
        let focal_px = camera.focal_px()[0].max(camera.focal_px()[1]) * density;
        let along = |side: f64| (0..=64).map(move |step| side * f64::from(step) / 64.0 - 0.5);
        let rim = along(width)
            .flat_map(|x| [[x, -0.5], [x, height - 0.5]])
            .chain(along(height).flat_map(|y| [[-0.5, y], [width - 0.5, y]]));
        let reach = rim
            .filter_map(|pixel| camera.undistort(pixel))
            .fold([0.0f64; 2], |reach, ray| [reach[0].max(ray[0].abs()), reach[1].max(ray[1].abs())]);
        // Two pixels of margin for interpolation; even, so that they can be averaged by twos.
        let side = |reach: f64| 2.0 * (reach * focal_px + 2.0 * density.max(1.0)).ceil();
        let (width, height) = (side(reach[0]), side(reach[1]));
        if !(density > 0.0 && width >= 4.0 && height >= 4.0 && width <= MAX_RENDER_SIDE && height <= MAX_RENDER_SIDE) {
            return Err(SensorError::BadRenderSize { width, height });
        }
        Ok(Self { width: width as u32, height: height as u32, focal_px })
    }

    /// Vertical field of view, radians.
    pub fn fov_y_rad(&self) -> f64 {
        2.0 * (f64::from(self.height) / 2.0 / self.focal_px).atan()
    }
}

const MAX_RENDER_SIDE: f64 = 8192.0;

/// Why a picture cannot be exposed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SensorError {
    /// The rendered picture would be too large or too small.
    #[error(
        "simulated camera: needs a rendered picture of {width} x {height} pixels\nhint: use a lens with less distortion, or a lower density"
    )]
    BadRenderSize {
        /// Width in pixels.
        width: f64,
        /// Height in pixels.
        height: f64,
    },
    /// The rendered picture is narrower than what the lens sees.
    #[error(
        "simulated camera: the rendered picture does not cover the lens at pixel {pixel:?}\nhint: use `RenderCamera::covering`"
    )]
    NotCovered {
        /// A sensor pixel whose ray leaves the rendered picture.
        pixel: [u32; 2],
    },
    /// The buffer is not of the size announced.
    #[error(
        "simulated camera: rendered picture has {actual} bytes, expected {expected}\nhint: pass four bytes a pixel without row padding"
    )]
    WrongLength {
        /// Bytes expected.
        expected: usize,
        /// Bytes passed.
        actual: usize,
    },
}

/// What the sensor does to the light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// Light is multiplied by this.
    pub gain: f32,
    /// Exponent from light to gray levels. Machine-vision cameras are linear: 1.
    pub gamma: f32,
    /// Standard deviation of the lens blur, sensor pixels.
    pub blur_px: f32,
    /// How far the picture moves during the exposure, sensor pixels right and down.
    pub smear_px: [f32; 2],
    /// Standard deviation of the noise in the dark, gray levels.
    pub read_noise: f32,
    /// Standard deviation that light itself adds at white, gray levels.
    pub shot_noise: f32,
}

impl Default for Exposure {
    fn default() -> Self {
        Self { gain: 1.0, gamma: 1.0, blur_px: 0.6, smear_px: [0.0; 2], read_noise: 1.2, shot_noise: 2.0 }
    }
}

/// A simulated camera, with its tables worked out.
#[derive(Clone, Debug)]
pub struct Sensor {
    width: usize,
    height: usize,
    render: RenderCamera,
    /// Rendered pixels are averaged by this many in each direction before they are sampled: 1 or 2.
    binning: usize,
    /// For each sensor pixel, where the light comes from.
    taps: Vec<Tap>,
    /// Linear light of each sRGB level, weighted for luma: red, green, blue.
    luma: Box<[[f32; 256]; 3]>,
    /// A normal deviate for each 12-bit number.
    deviates: Vec<f32>,
    light: Vec<f32>,
    image: Vec<f32>,
    spare: Vec<f32>,
}

/// Where one sensor pixel's light comes from: the upper left of four neighbours, and how far on towards the others.
#[derive(Clone, Copy, Debug)]
struct Tap {
    /// `u32::MAX` for a pixel that no ray reaches.
    index: u32,
    right: u16,
    down: u16,
}

impl Sensor {
    /// A sensor behind `camera`'s lens, fed with pictures of `render`.
    ///
    /// # Errors
    /// When the rendered picture does not cover what the lens sees.
    pub fn new(camera: &CameraModel, render: RenderCamera) -> Result<Self, SensorError> {
        let (render_width, render_height) = (f64::from(render.width), f64::from(render.height));
        let sane = |side: f64| (4.0..=MAX_RENDER_SIDE).contains(&side);
        if !(sane(render_width) && sane(render_height) && render.focal_px.is_finite() && render.focal_px > 0.0) {
            return Err(SensorError::BadRenderSize { width: render_width, height: render_height });
        }
        let [fx, fy] = camera.focal_px();
        let binning = if render.focal_px >= 1.9 * fx.min(fy) { 2 } else { 1 };
        let (columns, rows) = (render.width as usize / binning, render.height as usize / binning);
        let [width, height] = camera.size_px();
        let mut taps = Vec::with_capacity(width as usize * height as usize);
        for v in 0..height {
            for u in 0..width {
                let Some([x, y]) = camera.undistort([f64::from(u), f64::from(v)]) else {
                    taps.push(Tap { index: u32::MAX, right: 0, down: 0 });
                    continue;
                };
                let scale = binning as f64;
                // Edges of pixels, not their centres, stay aligned when pixels are averaged.
                let column = (x * render.focal_px + render_width / 2.0) / scale - 0.5;
                let row = (y * render.focal_px + render_height / 2.0) / scale - 0.5;
                let inside = column >= 0.0 && row >= 0.0 && column < (columns - 1) as f64 && row < (rows - 1) as f64;
                if !inside {
                    return Err(SensorError::NotCovered { pixel: [u, v] });
                }
                let fraction = |value: f64| (value.fract() * f64::from(ONE)) as u16;
                taps.push(Tap {
                    index: (row as usize * columns + column as usize) as u32,
                    right: fraction(column),
                    down: fraction(row),
                });
            }
        }
        let pixels = taps.len();
        Ok(Self {
            width: width as usize,
            height: height as usize,
            render,
            binning,
            taps,
            luma: Box::new([0.2126, 0.7152, 0.0722].map(|weight| linear_light(weight / (binning * binning) as f64))),
            deviates: deviates(),
            light: vec![0.0; columns * rows],
            image: vec![0.0; pixels],
            spare: vec![0.0; pixels],
        })
    }

    /// The camera that renders for this sensor.
    pub fn render_camera(&self) -> RenderCamera {
        self.render
    }

    /// Exposes a rendered picture: eight-bit sRGB with alpha, row by row without padding, linear light up to the sRGB curve (no tone
    /// mapping). The same `seed` gives the same noise.
    ///
    /// # Errors
    /// When the buffer is not of the rendered picture's size.
    pub fn expose(&mut self, rendered_rgba: &[u8], exposure: &Exposure, seed: u64) -> Result<GrayFrame, SensorError> {
        let expected = self.render.width as usize * self.render.height as usize * 4;
        if rendered_rgba.len() != expected {
            return Err(SensorError::WrongLength { expected, actual: rendered_rgba.len() });
        }
        self.gather_light(rendered_rgba);
        self.pass_lens();
        self.blur(exposure);
        Ok(self.read_out(exposure, seed))
    }

    /// Rendered pixels to linear luma, averaged by twos if the picture is that dense.
    fn gather_light(&mut self, rgba: &[u8]) {
        let [red, green, blue] = &*self.luma;
        let luma =
            |pixel: &[u8]| red[usize::from(pixel[0])] + green[usize::from(pixel[1])] + blue[usize::from(pixel[2])];
        let stride = self.render.width as usize * 4;
        let columns = self.render.width as usize / self.binning;
        for (line, row) in self.light.chunks_exact_mut(columns).zip(0..) {
            if self.binning == 1 {
                for (light, pixel) in line.iter_mut().zip(rgba[row * stride..].chunks_exact(4)) {
                    *light = luma(pixel);
                }
            } else {
                let upper = rgba[2 * row * stride..].chunks_exact(8);
                let lower = rgba[(2 * row + 1) * stride..].chunks_exact(8);
                for (light, (above, below)) in line.iter_mut().zip(upper.zip(lower)) {
                    *light = luma(above) + luma(&above[4..]) + luma(below) + luma(&below[4..]);
                }
            }
        }
    }

    /// Bends the picture as the lens does.
    fn pass_lens(&mut self) {
        let columns = self.render.width as usize / self.binning;
        let light = &self.light;
        for (out, tap) in self.image.iter_mut().zip(&self.taps) {
            let index = tap.index as usize;
            // `new` has checked every tap; this also keeps the one that no ray reaches dark.
            let (Some(&[a, b]), Some(&[c, d])) = (
                light.get(index..).and_then(|rest| rest.first_chunk::<2>()),
                light.get(index.saturating_add(columns)..).and_then(|rest| rest.first_chunk::<2>()),
            ) else {
                *out = 0.0;
                continue;
            };
            let (right, down) = (f32::from(tap.right) / ONE as f32, f32::from(tap.down) / ONE as f32);
            let upper = a + (b - a) * right;
            let lower = c + (d - c) * right;
            *out = upper + (lower - upper) * down;
        }
    }

    fn blur(&mut self, exposure: &Exposure) {
        let kernel = gaussian(exposure.blur_px);
        if kernel.len() > 1 {
            across(&self.image, &mut self.spare, self.width, &kernel);
            down(&self.spare, &mut self.image, self.width, &kernel);
        }
        let [right, down_px] = exposure.smear_px.map(|px| if px.is_finite() { px.clamp(-64.0, 64.0) } else { 0.0 });
        if right.hypot(down_px) > 0.05 {
            smear(&self.image, &mut self.spare, self.width, [right, down_px]);
            std::mem::swap(&mut self.image, &mut self.spare);
        }
    }

    /// Light to gray levels, with noise.
    fn read_out(&self, exposure: &Exposure, seed: u64) -> GrayFrame {
        let gamma = if exposure.gamma.is_finite() && exposure.gamma > 0.0 { exposure.gamma } else { 1.0 };
        let levels: Vec<u8> =
            (0..=LEVELS).map(|step| ((step as f32 / LEVELS as f32).powf(gamma) * 255.0).round() as u8).collect();
        let read = (exposure.read_noise / 255.0).powi(2);
        let shot = (exposure.shot_noise / 255.0).powi(2);
        let mut pixels = vec![0; self.image.len()];
        for (row, (out, image)) in
            pixels.chunks_exact_mut(self.width).zip(self.image.chunks_exact(self.width)).enumerate()
        {
            let mut random = seed ^ (row as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
            for (out, image) in out.chunks_mut(4).zip(image.chunks(4)) {
                let mut bits = split_mix(&mut random);
                for (out, &light) in out.iter_mut().zip(image) {
                    let light = light * exposure.gain;
                    let deviate = self.deviates[(bits & 0xFFF) as usize];
                    bits >>= 16;
                    let noisy = light + deviate * (read + shot * light).max(0.0).sqrt();
                    // A number that is none becomes black: the cast of a float saturates.
                    *out = levels[((noisy * LEVELS as f32 + 0.5) as usize).min(LEVELS)];
                }
            }
        }
        GrayFrame::new(self.width as u32, self.height as u32, pixels).expect("a calibrated size is a valid frame size")
    }
}

/// Fixed-point one of a tap's fractions.
const ONE: u32 = 1 << 15;
/// Steps of the table from light to gray levels.
const LEVELS: usize = 4095;

fn linear_light(weight: f64) -> [f32; 256] {
    std::array::from_fn(|level| {
        let value = level as f64 / 255.0;
        let light = if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
        (weight * light) as f32
    })
}

/// Normal deviates with exactly no mean and unit variance, from their quantiles.
fn deviates() -> Vec<f32> {
    const COUNT: usize = 4096;
    let quantile = |index: usize| normal_quantile((index as f64 + 0.5) / COUNT as f64);
    let spread = ((0..COUNT).map(|index| quantile(index).powi(2)).sum::<f64>() / COUNT as f64).sqrt();
    (0..COUNT).map(|index| (quantile(index) / spread) as f32).collect()
}

/// Inverse of the normal distribution, by bisecting a series for its integral; slow, and used for a table only.
fn normal_quantile(share: f64) -> f64 {
    let below = |x: f64| {
        let (mut term, mut sum) = (x, x);
        for n in 1..120 {
            term *= x * x / f64::from(2 * n + 1);
            sum += term;
        }
        0.5 + sum * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
    };
    let (mut low, mut high) = (-5.0, 5.0);
    for _ in 0..48 {
        let middle = f64::midpoint(low, high);
        *(if below(middle) < share { &mut low } else { &mut high }) = middle;
    }
    f64::midpoint(low, high)
}

/// SplitMix64, one step.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn gaussian(sigma: f32) -> Vec<f32> {
    if sigma.is_nan() || sigma < 0.15 {
        return vec![1.0];
    }
    let sigma = sigma.min(12.0);
    let reach = (3.0 * sigma).ceil() as i32;
    let weights: Vec<f32> = (-reach..=reach).map(|x| (-0.5 * (x as f32 / sigma).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Convolves each row; the rim repeats.
fn across(source: &[f32], target: &mut [f32], width: usize, kernel: &[f32]) {
    let reach = kernel.len() / 2;
    let mut padded = vec![0.0; width + 2 * reach];
    for (row, out) in source.chunks_exact(width).zip(target.chunks_exact_mut(width)) {
        padded[..reach].fill(row[0]);
        padded[reach..reach + width].copy_from_slice(row);
        padded[reach + width..].fill(row[width - 1]);
        out.fill(0.0);
        for (shift, weight) in kernel.iter().enumerate() {
            for (out, value) in out.iter_mut().zip(&padded[shift..]) {
                *out += weight * value;
            }
        }
    }
}

/// Convolves each column; the rim repeats.
fn down(source: &[f32], target: &mut [f32], width: usize, kernel: &[f32]) {
    let (reach, height) = (kernel.len() / 2, source.len() / width);
    for (y, out) in target.chunks_exact_mut(width).enumerate() {
        out.fill(0.0);
        for (shift, weight) in kernel.iter().enumerate() {
            let from = (y + shift).saturating_sub(reach).min(height - 1) * width;
            for (out, value) in out.iter_mut().zip(&source[from..from + width]) {
                *out += weight * value;
            }
        }
    }
}

/// Averages the picture along a straight path of the given length.
fn smear(source: &[f32], target: &mut [f32], width: usize, path_px: [f32; 2]) {
    let height = source.len() / width;
    let count = (path_px[0].hypot(path_px[1]).ceil() as usize).max(1) + 1;
    target.fill(0.0);
    for step in 0..count {
        let along = (step as f32 + 0.5) / count as f32 - 0.5;
        let (x, y) = (along * path_px[0], along * path_px[1]);
        let (left, top) = (x.floor(), y.floor());
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let part = |d: f32, fraction: f32| if d > 0.0 { fraction } else { 1.0 - fraction };
            let weight = part(dx, x - left) * part(dy, y - top) / count as f32;
            add_shifted(source, target, width, height, [(left + dx) as isize, (top + dy) as isize], weight);
        }
    }
}

/// Adds `weight` times the picture moved by a whole number of pixels; the rim repeats.
fn add_shifted(source: &[f32], target: &mut [f32], width: usize, height: usize, shift: [isize; 2], weight: f32) {
    if weight <= 0.0 {
        return;
    }
    let skipped = shift[0].unsigned_abs().min(width - 1);
    for (y, out) in target.chunks_exact_mut(width).enumerate() {
        let row = y.saturating_add_signed(shift[1]).min(height - 1) * width;
        let row = &source[row..row + width];
        // The picture is sampled at x + shift.
        let (inner, rim, from, edge) = if shift[0] >= 0 {
            (0..width - skipped, width - skipped..width, &row[skipped..], row[width - 1])
        } else {
            (skipped..width, 0..skipped, row, row[0])
        };
        for (out, value) in out[inner].iter_mut().zip(from) {
            *out += weight * value;
        }
        for out in &mut out[rim] {
            *out += weight * edge;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: Exposure =
        Exposure { gain: 1.0, gamma: 1.0, blur_px: 0.0, smear_px: [0.0; 2], read_noise: 0.0, shot_noise: 0.0 };

    fn camera() -> CameraModel {
        CameraModel::new([320, 180], [225.0, 224.0], [161.0, 88.0], [-0.18, 0.06, 0.0008, -0.0006, -0.01], 0.1)
            .expect("a valid camera")
    }

    fn picture(render: RenderCamera, light: impl Fn(f64, f64) -> f64) -> Vec<u8> {
        let mut rgba = Vec::new();
        for y in 0..render.height {
            for x in 0..render.width {
                let ray = |at: u32, side: u32| (f64::from(at) + 0.5 - f64::from(side) / 2.0) / render.focal_px;
                let value = light(ray(x, render.width), ray(y, render.height)).clamp(0.0, 1.0);
                let curved = if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
                let level = (curved * 255.0).round() as u8;
                rgba.extend([level, level, level, 255]);
            }
        }
        rgba
    }

    /// Every sensor pixel shows the light of its own ray, for sparse and for dense rendering alike.
    #[test]
    fn geometry_is_that_of_the_camera_model() {
        let camera = camera();
        for density in [1.0, 1.4, 2.0] {
            let render = RenderCamera::covering(&camera, density).unwrap();
            let mut sensor = Sensor::new(&camera, render).unwrap();
            for axis in 0..2 {
                let rgba = picture(render, |x, y| 0.5 + 0.5 * [x, y][axis]);
                let frame = sensor.expose(&rgba, &CLEAN, 0).unwrap();
                for (u, v) in [(0, 0), (319, 0), (0, 179), (319, 179), (160, 90), (40, 150)] {
                    let ray = camera.undistort([f64::from(u), f64::from(v)]).unwrap();
                    let expected = 255.0 * (0.5 + 0.5 * ray[axis]);
                    let seen = f64::from(frame.pixels()[(v * 320 + u) as usize]);
                    assert!((seen - expected).abs() < 2.0, "density {density}: {seen} is not {expected} at ({u}, {v})");
                }
            }
        }
    }

    #[test]
    fn noise_has_the_stated_size_and_is_repeatable() {
        let camera = camera();
        let render = RenderCamera::covering(&camera, 1.0).unwrap();
        let mut sensor = Sensor::new(&camera, render).unwrap();
        let rgba = picture(render, |_, _| 0.5);
        let exposure = Exposure { read_noise: 3.0, shot_noise: 4.0, ..CLEAN };
        let frame = sensor.expose(&rgba, &exposure, 7).unwrap();
        let count = frame.pixels().len() as f64;
        let mean = frame.pixels().iter().map(|&p| f64::from(p)).sum::<f64>() / count;
        let variance = frame.pixels().iter().map(|&p| (f64::from(p) - mean).powi(2)).sum::<f64>() / count;
        // The nearest sRGB level to a light of one half is a little brighter.
        assert!((mean - 128.2).abs() < 0.3, "{mean}");
        assert!((variance - (9.0 + 16.0 * 0.5)).abs() < 0.8, "{variance}");
        assert_eq!(frame, sensor.expose(&rgba, &exposure, 7).unwrap());
        assert_ne!(frame, sensor.expose(&rgba, &exposure, 8).unwrap());
    }

    #[test]
    fn blur_and_smear_keep_the_light_and_the_place() {
        let camera = camera();
        let render = RenderCamera::covering(&camera, 1.0).unwrap();
        let mut sensor = Sensor::new(&camera, render).unwrap();
        let rgba = picture(render, |x, y| if x.abs() < 0.1 && y.abs() < 0.1 { 0.8 } else { 0.1 });
        let centre = |frame: &GrayFrame| {
            let (mut sum, mut x) = (0.0, 0.0);
            for (index, &pixel) in frame.pixels().iter().enumerate() {
                let weight = (f64::from(pixel) - 25.5).max(0.0);
                sum += weight;
                x += weight * (index % 320) as f64;
            }
            (x / sum, sum)
        };
        let sharp = centre(&sensor.expose(&rgba, &CLEAN, 0).unwrap());
        for exposure in [Exposure { blur_px: 1.5, ..CLEAN }, Exposure { smear_px: [5.5, -3.2], ..CLEAN }] {
            let soft = centre(&sensor.expose(&rgba, &exposure, 0).unwrap());
            assert!((soft.0 - sharp.0).abs() < 0.05, "{} moved to {}", sharp.0, soft.0);
            assert!((soft.1 / sharp.1 - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn exposure_scales_and_hostile_settings_do_no_harm() {
        let camera = camera();
        let render = RenderCamera::covering(&camera, 1.0).unwrap();
        let mut sensor = Sensor::new(&camera, render).unwrap();
        let rgba = picture(render, |_, _| 0.25);
        let middle = |frame: &GrayFrame| frame.pixels()[90 * 320 + 160];
        assert_eq!(middle(&sensor.expose(&rgba, &Exposure { gain: 2.0, ..CLEAN }, 0).unwrap()), 128);
        assert_eq!(middle(&sensor.expose(&rgba, &Exposure { gain: 50.0, ..CLEAN }, 0).unwrap()), 255);
        assert_eq!(middle(&sensor.expose(&rgba, &Exposure { gamma: 0.5, ..CLEAN }, 0).unwrap()), 128);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0] {
            let exposure = Exposure {
                gain: bad,
                gamma: bad,
                blur_px: bad,
                smear_px: [bad, bad],
                read_noise: bad,
                shot_noise: bad,
            };
            assert!(sensor.expose(&rgba, &exposure, 0).is_ok());
        }
    }

    #[test]
    fn a_picture_that_does_not_cover_the_lens_is_refused() {
        let camera = camera();
        let narrow = RenderCamera { width: 320, height: 180, focal_px: 225.0 };
        assert!(matches!(Sensor::new(&camera, narrow), Err(SensorError::NotCovered { .. })));
        let render = RenderCamera::covering(&camera, 1.0).unwrap();
        let error = Sensor::new(&camera, render).unwrap().expose(&[0; 7], &CLEAN, 0).unwrap_err();
        assert!(error.to_string().contains("hint:"), "{error}");
        assert!(RenderCamera::covering(&camera, f64::NAN).is_err());
        assert!(RenderCamera::covering(&camera, 1000.0).is_err());
    }
}
