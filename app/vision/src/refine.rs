//! Sub-pixel corners: fits the tag's whole print, blurred as the picture is, to the gray levels of all its pixels. Knows the
//! tag's cells and the lens, nothing of poses.
//!
//! The detector's own corners come from straight lines along the outer border. Here every edge of the print counts, lines may be
//! bent by the lens, and the response of the sensor need not be linear: with a display's curve, white grows and the border alone
//! would look too small.

use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

use crate::{camera::CameraModel, frame::GrayFrame, pnp};

/// The cells of a print, `true` for white, with the white quiet zone; see [`crate::detector::tag_cells`].
pub(crate) type Cells = [[bool; 10]; 10];

/// Numbers fitted: eight of the homography, the blur, and five of the light.
const UNKNOWNS: usize = 14;
/// Most pixels that enter the fit; a large tag has more than it needs.
const MAX_PIXELS: usize = 3000;
/// Half the side of the print with its quiet zone, in half sides of its black border.
const RIM: f64 = 1.25;
/// The border's corners in the print's plane: top-left, top-right, bottom-right, bottom-left.
const PRINT_CORNERS: [(f64, f64); 4] = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
/// Side of a cell in the same unit.
const CELL: f64 = 0.25;

/// What a camera does to a print besides its lens, as far as known: each a mean and a variance. All tags of a picture share it, so
/// what a large tag teaches helps with the small ones, whose own pixels hardly tell a bent response from a smaller tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Response {
    /// Standard deviation of the blur, pixels.
    blur_px: [f64; 2],
    /// How far the response bulges above a straight line, as a share of the contrast; 0.9 for a display's curve.
    bend: [f64; 2],
}

impl Default for Response {
    fn default() -> Self {
        Self { blur_px: [0.75, 0.25], bend: [0.0, 0.25] }
    }
}

impl Response {
    /// What is left of the knowledge at the next picture: focus and motion change, the sensor does not.
    pub(crate) fn fade(&mut self) {
        let fresh = Self::default();
        self.blur_px = [0.5 * (self.blur_px[0] + fresh.blur_px[0]), fresh.blur_px[1]];
        self.bend[1] = (self.bend[1] + 0.001).min(fresh.bend[1]);
    }
}

/// Corners with their uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RefinedCorners {
    /// Top-left, top-right, bottom-right, bottom-left of the border, pixels.
    pub(crate) corners_px: [[f64; 2]; 4],
    /// Standard deviation of a corner's coordinate, pixels, over the four.
    pub(crate) sigma_px: f64,
}

/// What the pixels say of a detection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Refinement {
    /// Corners nearer the truth.
    Refined(RefinedCorners),
    /// Too few pixels to tell more than the detector did.
    Unclear,
    /// The print is not there: the detector has taken another outline for the border, or read bits into clutter.
    NotThePrint,
}

/// Refines a detection of the print `cells` at `corners_px` (top-left, top-right, bottom-right, bottom-left of the border, pixels). What
/// the tag tells of the camera is added to `response`.
pub(crate) fn refine_corners(
    frame: &GrayFrame,
    camera: &CameraModel,
    cells: &Cells,
    corners_px: &[[f64; 2]; 4],
    response: &mut Response,
) -> Refinement {
    let Some(mut fit) = PrintFit::new(frame, camera, cells, corners_px, *response) else { return Refinement::Unclear };
    let Some(start) = fit.corners(camera) else { return Refinement::Unclear };
    // A part of the pixels brings it near, all of them the rest of the way.
    let mut every = if fit.pixels.len() > 60 * UNKNOWNS { 3 } else { 1 };
    for _ in 0..12 {
        match fit.step(every) {
            Some(moved) if every > 1 && moved < 2e-3 => every = 1,
            Some(moved) if every == 1 && moved < 3e-5 => break,
            Some(_) => {}
            None => return Refinement::Unclear,
        }
    }
    let Some(refined) = fit.corners(camera) else { return Refinement::NotThePrint };
    // A refinement that walks away has locked onto something else.
    let side =
        (0..4).map(|index| distance(corners_px[index], corners_px[(index + 1) % 4])).fold(f64::INFINITY, f64::min);
    let walked = start.iter().zip(&refined).map(|(a, b)| distance(*a, *b)).fold(0.0, f64::max);
    if walked > (MAX_WALK * side).max(0.6) || !fit.looks_right() {
        return Refinement::NotThePrint;
    }
    let Some(covariance) = fit.normal.cholesky().map(|factor| factor.inverse() * (fit.scale * fit.scale)) else {
        return Refinement::Unclear;
    };
    *response = fit.learned(&covariance);
    Refinement::Refined(RefinedCorners { corners_px: refined, sigma_px: fit.corner_sigma_px(camera, &covariance) })
}

/// Farthest that a corner may move, in shortest sides of the border: most of a cell.
const MAX_WALK: f64 = 0.1;

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

type Normal = SMatrix<f64, UNKNOWNS, UNKNOWNS>;

/// One pixel in the fit.
struct Pixel {
    ray: Vector3<f64>,
    level: f64,
}

struct PrintFit<'a> {
    cells: &'a Cells,
    pixels: Vec<Pixel>,
    /// From the print's plane (border at ±1, X right, Y down) to normalized image points.
    ray_from_print: Matrix3<f64>,
    /// Expected of the camera before this tag was seen.
    expected: Response,
    /// Normal matrix of the latest step.
    normal: Normal,
    blur_px: f64,
    /// Level of black; white above it; the response's bend; how much brighter everything is to the right and down.
    light: [f64; 5],
    inverse_focal: [f64; 2],
    /// Robust scale of the residuals, gray levels.
    scale: f64,
    table: NormalTable,
}

/// What the model says of one pixel.
struct Shade {
    /// Share of white, 0 to 1, and its derivatives by place (X, Y) and by blur.
    white: f64,
    by_x: f64,
    by_y: f64,
    by_blur: f64,
}

impl<'a> PrintFit<'a> {
    fn new(
        frame: &GrayFrame,
        camera: &CameraModel,
        cells: &'a Cells,
        corners_px: &[[f64; 2]; 4],
        expected: Response,
    ) -> Option<Self> {
        let mut rays = [nalgebra::Vector2::zeros(); 4];
        for (ray, corner) in rays.iter_mut().zip(corners_px) {
            *ray = camera.undistort(*corner)?.into();
        }
        // The print's Y points up there and down here.
        let ray_from_print = pnp::square_homography(&pnp::tag_corners(2.0), &rays)?
            * Matrix3::from_diagonal(&Vector3::new(1.0, -1.0, 1.0));
        let [fx, fy] = camera.focal_px();
        let mut fit = Self {
            cells,
            pixels: Vec::new(),
            ray_from_print,
            expected,
            normal: Normal::zeros(),
            blur_px: expected.blur_px[0],
            light: [0.0; 5],
            inverse_focal: [1.0 / fx, 1.0 / fy],
            scale: 0.0,
            table: NormalTable::new(),
        };
        fit.collect(frame, camera)?;
        fit.guess_light()?;
        Some(fit)
    }

    /// Chooses the pixels: those of the print and its quiet zone, near edges first.
    fn collect(&mut self, frame: &GrayFrame, camera: &CameraModel) -> Option<()> {
        let print_from_ray = self.ray_from_print.try_inverse()?;
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for (x, y) in [(-RIM, -RIM), (RIM, -RIM), (RIM, RIM), (-RIM, RIM)] {
            let ray = self.ray_from_print * Vector3::new(x, y, 1.0);
            let pixel = camera.distort([ray.x / ray.z, ray.y / ray.z]);
            for axis in 0..2 {
                low[axis] = low[axis].min(pixel[axis] - 1.0);
                high[axis] = high[axis].max(pixel[axis] + 1.0);
            }
        }
        let size = [frame.width() as usize, frame.height() as usize];
        let span = |axis: usize| (low[axis].max(0.0) as usize, (high[axis].max(0.0) as usize + 1).min(size[axis]));
        let ((left, right), (top, bottom)) = (span(0), span(1));
        if !(low[0].is_finite() && low[1].is_finite() && left < right && top < bottom) {
            return None;
        }
        // Every how many-th pixel, so that a large tag costs no more than a small one. Odd rows are shifted, so that edges along
        // rows and columns are met everywhere.
        let area = (right - left) * (bottom - top);
        let stride = (area as f64 / (6.0 * MAX_PIXELS as f64)).sqrt().ceil().max(1.0) as usize;
        let (mut edge, mut flat) = (Vec::new(), Vec::new());
        let coarse = CoarsePlace::new(self, camera)?;
        let mut skipped = 0usize;
        for (line, v) in (top..bottom).step_by(stride).enumerate() {
            let mut near: Option<(usize, [f64; 2])> = None;
            for u in (left + line % stride..right).step_by(stride) {
                let pixel = [u as f64, v as f64];
                if coarse.is_inside_a_cell(pixel) {
                    // Of those that lie inside a cell a few do.
                    skipped += 1;
                    if !skipped.is_multiple_of(16) {
                        continue;
                    }
                }
                let ray = match near {
                    Some((at, near)) if u - at < 32 => camera.undistort_near(pixel, near),
                    _ => camera.undistort(pixel),
                };
                near = ray.map(|ray| (u, ray));
                let Some([x, y]) = ray else { continue };
                let ray = Vector3::new(x, y, 1.0);
                let at = print_from_ray * ray;
                let place = [at.x / at.z, at.y / at.z];
                let footprint = self.footprint(&print_from_ray, &at, place);
                // Beyond the quiet zone anything may be, and blur carries it in.
                if at.z.is_nan()
                    || (0..2).any(|axis| place[axis].abs() + 2.0 * footprint.spread[axis] > RIM || place[axis].is_nan())
                {
                    continue;
                }
                let shade = self.shade(place, &footprint);
                let level = f64::from(frame.pixels()[v * size[0] + u]);
                let pixel = Pixel { ray, level };
                if (0.01..0.99).contains(&shade.white) { edge.push(pixel) } else { flat.push(pixel) }
            }
        }
        // Flat pixels only tell black and white apart.
        let flat_wanted = (edge.len() / 3).max(60);
        let every = (flat.len() / flat_wanted).max(1);
        edge.extend(flat.into_iter().step_by(every));
        let every = edge.len().div_ceil(MAX_PIXELS).max(1);
        self.pixels = edge.into_iter().step_by(every).collect();
        (self.pixels.len() >= 8 * UNKNOWNS).then_some(())
    }

    /// Black and white by linear least squares, and the scale of the residuals.
    fn guess_light(&mut self) -> Option<()> {
        let print_from_ray = self.ray_from_print.try_inverse()?;
        let (mut n, mut sw, mut sww, mut sl, mut swl) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for pixel in &self.pixels {
            let (_, shade) = self.shade_of(&print_from_ray, pixel);
            n += 1.0;
            sw += shade.white;
            sww += shade.white * shade.white;
            sl += pixel.level;
            swl += shade.white * pixel.level;
        }
        let spread = n * sww - sw * sw;
        if spread < 1e-6 * n * n {
            return None;
        }
        let contrast = (n * swl - sw * sl) / spread;
        self.light = [(sl - contrast * sw) / n, contrast, 0.0, 0.0, 0.0];
        // Before the first step residuals are dominated by misplaced edges, so the scale starts wide.
        self.scale = (0.25 * contrast).max(2.0);
        (contrast > 3.0).then_some(())
    }

    /// One Gauss-Newton step on every so many-th pixel; returns how far it moved the print, in half sides of the border.
    fn step(&mut self, every: usize) -> Option<f64> {
        let print_from_ray = self.ray_from_print.try_inverse()?;
        let mut normal = Normal::zeros();
        let mut right = SVector::<f64, UNKNOWNS>::zeros();
        let mut residuals = Vec::with_capacity(self.pixels.len());
        let [black, white, bend, slope_x, slope_y] = self.light;
        for pixel in self.pixels.iter().step_by(every) {
            let ([x, y], shade) = self.shade_of(&print_from_ray, pixel);
            let share = shade.white;
            let residual = pixel.level - self.level([x, y], share);
            let slope = 1.0 + slope_x * x + slope_y * y;
            let even = black + share * (white + bend * (1.0 - share));
            let by_share = slope * (white + bend * (1.0 - 2.0 * share));
            let (gx, gy) = (by_share * shade.by_x, by_share * shade.by_y);
            let perspective = gx * x + gy * y;
            let row = SVector::<f64, UNKNOWNS>::from([
                -gx * x,
                -gx * y,
                -gx,
                -gy * x,
                -gy * y,
                -gy,
                perspective * x,
                perspective * y,
                by_share * shade.by_blur,
                slope,
                slope * share,
                slope * share * (1.0 - share),
                even * x,
                even * y,
            ]);
            // Tukey-like weight: what does not look like the print (a finger, a highlight) does not count.
            let weight = 1.0 / (1.0 + (residual / (3.0 * self.scale)).powi(2)).powi(2);
            let weighted = row * weight;
            normal.ger(1.0, &weighted, &row, 1.0);
            right.axpy(residual, &weighted, 1.0);
            residuals.push(residual.abs());
        }
        self.add_expectations(&mut normal, &mut right);
        let change = normal.cholesky()?.solve(&right);
        self.normal = normal;
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|index| change[index]);
        self.ray_from_print *= Matrix3::new(1.0 + a, b, c, d, 1.0 + e, f, g, h, 1.0);
        self.ray_from_print /= self.ray_from_print[(2, 2)];
        self.blur_px = (self.blur_px + change[8]).clamp(0.3, 4.0);
        for (value, index) in self.light.iter_mut().zip(9..) {
            *value += change[index];
        }
        let middle = residuals.len() / 2;
        let (_, median, _) = residuals.select_nth_unstable_by(middle, f64::total_cmp);
        self.scale = (1.48 * *median).max(1.0);
        let moved = (0..8).map(|index| change[index].abs()).fold(0.0, f64::max);
        moved.is_finite().then_some(moved)
    }

    /// What is known beforehand keeps a small tag from explaining its pixels with absurd light.
    fn add_expectations(&self, normal: &mut Normal, right: &mut SVector<f64, UNKNOWNS>) {
        let contrast = self.light[1].max(1.0);
        let variance = self.scale * self.scale;
        let Response { blur_px, bend } = self.expected;
        let mut expect = |index: usize, error: f64, expected_variance: f64| {
            let weight = variance / expected_variance;
            normal[(index, index)] += weight;
            right[index] += weight * error;
        };
        expect(8, blur_px[0] - self.blur_px, blur_px[1]);
        expect(11, bend[0] * contrast - self.light[2], bend[1] * contrast * contrast);
        expect(12, -self.light[3], 0.04);
        expect(13, -self.light[4], 0.04);
    }

    /// The camera's response as known after this tag. It is never taken for certain: tags differ in focus and light.
    fn learned(&self, covariance: &Normal) -> Response {
        let contrast = self.light[1];
        Response {
            blur_px: [self.blur_px, covariance[(8, 8)].max(0.01)],
            bend: [self.light[2] / contrast, (covariance[(11, 11)] / (contrast * contrast)).max(0.002)],
        }
    }

    /// Standard deviation of a corner's coordinate, pixels.
    fn corner_sigma_px(&self, camera: &CameraModel, covariance: &Normal) -> f64 {
        let [fx, fy] = camera.focal_px();
        let print = covariance.fixed_view::<8, 8>(0, 0);
        let variances = PRINT_CORNERS.map(|(x, y)| {
            // How the corner moves in the print's plane with each number of the homography ...
            let by_print = SMatrix::<f64, 2, 8>::from_row_slice(&[
                x,
                y,
                1.0,
                0.0,
                0.0,
                0.0,
                -x * x,
                -x * y, //
                0.0,
                0.0,
                0.0,
                x,
                y,
                1.0,
                -x * y,
                -y * y,
            ]);
            // ... and what that is in pixels, the lens' mild bending aside.
            let at = self.ray_from_print * Vector3::new(x, y, 1.0);
            let h = &self.ray_from_print;
            let to_px = SMatrix::<f64, 2, 2>::from_fn(|row, column| {
                [fx, fy][row] * (h[(row, column)] - h[(2, column)] * at[row] / at.z) / at.z
            });
            (to_px * by_print * print * by_print.transpose() * to_px.transpose()).trace() / 2.0
        });
        (variances.iter().sum::<f64>() / 4.0).max(0.0).sqrt()
    }

    /// Gray level where the share of white is `share`.
    fn level(&self, [x, y]: [f64; 2], share: f64) -> f64 {
        let [black, white, bend, slope_x, slope_y] = self.light;
        (1.0 + slope_x * x + slope_y * y) * (black + share * (white + bend * (1.0 - share)))
    }

    /// True if the residuals are small against the print's contrast.
    fn looks_right(&self) -> bool {
        self.light[1] > 6.0 && self.scale < 0.2 * self.light[1]
    }

    fn shade_of(&self, print_from_ray: &Matrix3<f64>, pixel: &Pixel) -> ([f64; 2], Shade) {
        let at = print_from_ray * pixel.ray;
        let place = [at.x / at.z, at.y / at.z];
        (place, self.shade(place, &self.footprint(print_from_ray, &at, place)))
    }

    /// The blur around a place as it falls on the print.
    fn footprint(&self, print_from_ray: &Matrix3<f64>, at: &Vector3<f64>, place: [f64; 2]) -> Footprint {
        let by = |axis: usize, column: usize| {
            let change = print_from_ray[(axis, column)] - place[axis] * print_from_ray[(2, column)];
            change / at.z * self.inverse_focal[column]
        };
        let (x, y) = ([by(0, 0), by(0, 1)], [by(1, 0), by(1, 1)]);
        let (long_x, long_y) = (x[0].hypot(x[1]), y[0].hypot(y[1]));
        let correlation = (x[0] * y[0] + x[1] * y[1]) / (long_x * long_y);
        Footprint { spread: [self.blur_px * long_x, self.blur_px * long_y], correlation }
    }

    /// White's share at a place: for each white cell the probability that a normal deviate around the place falls into it. Where the
    /// footprint is slanted the two axes are correlated, and Mehler's series corrects the product of the two distributions.
    fn shade(&self, place: [f64; 2], footprint: &Footprint) -> Shade {
        let spread = footprint.spread;
        let columns = self.table.cells(place[0], spread[0]);
        let rows = self.table.cells(place[1], spread[1]);
        let rho = footprint.correlation;
        let series = [rho, rho * rho / 2.0, rho.powi(3) / 6.0];
        let is_slanted = rho.abs() > 0.03;
        let mut shade = Shade { white: 0.0, by_x: 0.0, by_y: 0.0, by_blur: 0.0 };
        for row in rows.first..=rows.last {
            let (mut white, mut by_x, mut by_spread) = (0.0, 0.0, 0.0);
            let mut terms = [0.0; 4];
            for column in columns.first..=columns.last {
                if self.cells[row][column] {
                    white += columns.share[column];
                    by_x += columns.by_place[column];
                    by_spread += columns.by_spread[column];
                    if is_slanted {
                        for (sum, term) in terms.iter_mut().zip(columns.hermite[column]) {
                            *sum += term;
                        }
                    }
                }
            }
            shade.white += rows.share[row] * white;
            shade.by_x += rows.share[row] * by_x;
            shade.by_y += rows.by_place[row] * white;
            shade.by_blur += rows.share[row] * by_spread * spread[0] + rows.by_spread[row] * white * spread[1];
            if is_slanted {
                let down = rows.hermite[row];
                for (order, factor) in series.into_iter().enumerate() {
                    shade.white += factor * down[order] * terms[order];
                    shade.by_x -= factor * down[order] * terms[order + 1] / spread[0];
                    shade.by_y -= factor * down[order + 1] * terms[order] / spread[1];
                }
            }
        }
        shade.by_blur /= self.blur_px;
        shade
    }

    /// The border's corners in pixels.
    fn corners(&self, camera: &CameraModel) -> Option<[[f64; 2]; 4]> {
        let mut corners = [[0.0; 2]; 4];
        for (corner, (x, y)) in corners.iter_mut().zip(PRINT_CORNERS) {
            let ray = self.ray_from_print * Vector3::new(x, y, 1.0);
            *corner = camera.distort([ray.x / ray.z, ray.y / ray.z]);
            if !corner.iter().all(|value| value.is_finite()) {
                return None;
            }
        }
        Some(corners)
    }
}

/// Where pixels fall on the print, lens aside: good to a pixel, and quick.
struct CoarsePlace {
    print_from_px: Matrix3<f64>,
    /// Farther than this from every line between cells, a pixel shows one cell only; for X and Y.
    clear: [f64; 2],
}

impl CoarsePlace {
    fn new(fit: &PrintFit<'_>, camera: &CameraModel) -> Option<Self> {
        let mut corners = [nalgebra::Vector2::zeros(); 4];
        for (corner, seen) in corners.iter_mut().zip(fit.corners(camera)?) {
            *corner = seen.into();
        }
        let px_from_print = pnp::square_homography(&pnp::tag_corners(2.0), &corners)?
            * Matrix3::from_diagonal(&Vector3::new(1.0, -1.0, 1.0));
        let side = |a: usize, b: usize| (corners[a] - corners[b]).norm();
        // Three standard deviations of the blur, and the lens' bending.
        let reach_px = 3.0 * fit.blur_px + 1.0;
        // How wide the print is across the lines between columns, and between rows.
        let area = 0.5 * (corners[2] - corners[0]).perp(&(corners[3] - corners[1])).abs();
        let across = [area / side(0, 3).max(side(1, 2)), area / side(0, 1).max(side(3, 2))];
        let clear = across.map(|across| reach_px * 2.0 / across);
        Some(Self { print_from_px: px_from_print.try_inverse()?, clear })
    }

    fn is_inside_a_cell(&self, pixel: [f64; 2]) -> bool {
        let at = self.print_from_px * Vector3::new(pixel[0], pixel[1], 1.0);
        let is_clear = |value: f64, clear: f64| {
            let cells = (value + RIM) / CELL;
            (cells - cells.round()).abs() * CELL > clear
        };
        is_clear(at.x / at.z, self.clear[0]) && is_clear(at.y / at.z, self.clear[1])
    }
}

/// The blur around a pixel as it falls on the print.
struct Footprint {
    /// Standard deviations along the print's axes, in half sides of the border.
    spread: [f64; 2],
    correlation: f64,
}

/// How much of a blurred point falls into each cell along one axis.
struct Along {
    first: usize,
    last: usize,
    share: [f64; 10],
    by_place: [f64; 10],
    by_spread: [f64; 10],
    /// Differences over the cell of the normal density times Hermite's polynomials of order 0 to 3.
    hermite: [[f64; 4]; 10],
}

/// The normal distribution and its density, tabulated.
struct NormalTable {
    values: Vec<[f64; 2]>,
}

impl NormalTable {
    const REACH: f64 = 4.0;
    const STEPS_PER_UNIT: f64 = 64.0;

    fn new() -> Self {
        let steps = (2.0 * Self::REACH * Self::STEPS_PER_UNIT) as usize;
        let step = 1.0 / Self::STEPS_PER_UNIT;
        let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
        let mut below = 0.0;
        let values = (0..=steps + 1).map(|index| {
            let z = index as f64 * step - Self::REACH;
            let value = [below, density(z)];
            // Simpson's rule.
            below += step / 6.0 * (density(z) + 4.0 * density(z + 0.5 * step) + density(z + step));
            value
        });
        Self { values: values.collect() }
    }

    /// Distribution and density at `z`.
    fn at(&self, z: f64) -> [f64; 2] {
        if z <= -Self::REACH {
            return [0.0, 0.0];
        }
        if z >= Self::REACH {
            return [1.0, 0.0];
        }
        let place = (z + Self::REACH) * Self::STEPS_PER_UNIT;
        let index = place as usize;
        let (a, b, part) = (self.values[index], self.values[index + 1], place.fract());
        [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]
    }

    fn cells(&self, place: f64, spread: f64) -> Along {
        let spread = spread.max(1e-4);
        let cell_at = |x: f64| (((x + RIM) / CELL).max(0.0) as usize).min(9);
        let (first, last) = (cell_at(place - 3.2 * spread), cell_at(place + 3.2 * spread));
        let mut along =
            Along { first, last, share: [0.0; 10], by_place: [0.0; 10], by_spread: [0.0; 10], hermite: [[0.0; 4]; 10] };
        // The outermost cells reach on for ever: the quiet zone's other side is not modelled.
        let mut left = ([1.0, 0.0, 0.0], [0.0; 4]);
        for cell in first..=last {
            let right = if cell == last {
                ([0.0; 3], [0.0; 4])
            } else {
                let z = (place - ((cell + 1) as f64 * CELL - RIM)) / spread;
                let [below, density] = self.at(z);
                let square = z * z;
                (
                    [below, density / spread, -z * density / spread],
                    [density, z * density, (square - 1.0) * density, z * (square - 3.0) * density],
                )
            };
            along.share[cell] = left.0[0] - right.0[0];
            along.by_place[cell] = left.0[1] - right.0[1];
            along.by_spread[cell] = left.0[2] - right.0[2];
            along.hermite[cell] = std::array::from_fn(|order| left.1[order] - right.1[order]);
            left = right;
        }
        along
    }
}
