//! A camera's intrinsics from pictures of the board: Zhang's start, then all of intrinsics, distortion and poses at once by
//! Levenberg-Marquardt on the reprojection error. Knows no detector and no picture.
//!
//! The normal equations are an arrow: nine camera numbers that all pictures share, and six of pose for each picture alone. The poses
//! are eliminated first (the Schur complement; Triggs et al., "Bundle adjustment: a modern synthesis", 2000), so that the cost grows
//! with the number of pictures and not with its cube. The distortion is Brown's ("Close-range camera calibration", 1971) as OpenCV
//! writes it.

use nalgebra::{Isometry3, Matrix2x3, Matrix6, SMatrix, SVector, Vector2, Vector3, Vector6};
use thiserror::Error;

use super::{
    coverage::Coverage,
    file::CalibrationRecord,
    start,
    view::{BoardView, SeenCorner},
};
use crate::{
    camera::{CameraError, CameraModel, distort_point, distortion_jacobian},
    solve::skew,
};

/// A calibrated camera and how well it explains the pictures.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The camera.
    pub camera: CameraModel,
    /// One-sigma uncertainty of fx, fy, cx, cy (pixels), k1, k2, p1, p2, k3.
    pub sigma: [f64; 9],
    /// Root mean square distance between seen and reprojected corners, pixels.
    pub rms_px: f64,
    /// 95th percentile of that distance, pixels.
    pub p95_px: f64,
    /// The pictures used.
    pub views: Vec<ViewResult>,
    /// Corners left out as gross errors.
    pub dropped: usize,
    /// What the pictures cover, and what is missing.
    pub coverage: Coverage,
}

/// One picture's share.
#[derive(Clone, Debug)]
pub struct ViewResult {
    /// The picture's name.
    pub name: String,
    /// Where the board was (OpenCV axes), metres.
    pub camera_from_board: Isometry3<f64>,
    /// Root mean square reprojection error, pixels.
    pub rms_px: f64,
    /// Each corner used.
    pub corners: Vec<CornerResidual>,
}

impl ViewResult {
    /// Angle between the board's face and the line of sight, radians: 0 is head-on.
    pub fn tilt_rad(&self) -> f64 {
        let normal = self.camera_from_board.rotation * Vector3::z();
        (-normal).angle(&self.camera_from_board.translation.vector)
    }
}

/// A corner and by how much it misses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CornerResidual {
    /// Where it is seen, pixels.
    pub px: [f64; 2],
    /// Reprojected less seen, pixels.
    pub error_px: [f64; 2],
}

/// Why no calibration comes of the pictures.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CalibrationError {
    /// Too few pictures show the board.
    #[error(
        "calibration: the board is seen in {found} pictures, at least {needed} are needed\nhint: print it with `fieldwright calibrate board`, keep it flat and well lit, and take 20 pictures from all sides"
    )]
    TooFewViews {
        /// Pictures with the board.
        found: usize,
        /// Pictures needed.
        needed: usize,
    },
    /// All pictures are head-on.
    #[error(
        "calibration: all pictures are taken head-on, which tells nothing of the focal length\nhint: tilt the board by 30 to 50 degrees, each way"
    )]
    NotTilted,
    /// It does not settle on any camera.
    #[error(
        "calibration: no camera explains the pictures (error {rms_px:.1} pixels)\nhint: use one zoom and focus for all pictures, a flat board, and the board that was measured"
    )]
    NoFit {
        /// Error reached, pixels.
        rms_px: f64,
    },
    /// What comes out is no usable camera.
    #[error(transparent)]
    Unusable(#[from] CameraError),
}

const MIN_VIEWS: usize = 4;
/// Fewest corners of a picture that counts.
const MIN_CORNERS: usize = 16;
/// Errors above this many pixels count linearly while the fit is far off; later, five times the median error.
const FIRST_HUBER_PX: f64 = 4.0;
/// A good fit of a good camera leaves a tenth of a pixel; beyond this something is wrong.
const WORST_RMS_PX: f64 = 3.0;
/// No corner is located better than this, pixels: the board is never quite flat.
const CORNER_FLOOR_PX: f64 = 0.03;

type Lens = SVector<f64, 9>;

/// Finds the camera of pictures of `size_px`, for use with tags of `tag_size_m`.
///
/// # Errors
/// When there are too few pictures, they show the board from one side only, or no camera explains them.
pub fn calibrate(views: &[BoardView], size_px: [u32; 2], tag_size_m: f64) -> Result<Calibration, CalibrationError> {
    let usable: Vec<&BoardView> = views.iter().filter(|view| view.corners.len() >= MIN_CORNERS).collect();
    let too_few = |found| CalibrationError::TooFewViews { found, needed: MIN_VIEWS };
    let middle = size_px.map(|side| (f64::from(side) - 1.0) / 2.0);
    let seen: Vec<(&BoardView, _)> = usable.iter().filter_map(|view| Some((*view, start::homography(view)?))).collect();
    if seen.len() < MIN_VIEWS {
        return Err(too_few(seen.len()));
    }
    let homographies: Vec<_> = seen.iter().map(|(_, homography)| *homography).collect();
    let focal = start::focal_px(&homographies, middle).ok_or(CalibrationError::NotTilted)?;
    let mut problem = Problem {
        lens: Lens::from([focal[0], focal[1], middle[0], middle[1], 0.0, 0.0, 0.0, 0.0, 0.0]),
        views: seen
            .iter()
            .filter_map(|(view, homography)| {
                let pose = start::pose(homography, focal, middle)?;
                Some(View { name: &view.name, corners: view.corners.clone(), pose })
            })
            .collect(),
        huber_px: FIRST_HUBER_PX,
    };
    if problem.views.len() < MIN_VIEWS {
        return Err(too_few(problem.views.len()));
    }
    problem.solve();
    // Gross errors (a tag misread, a corner on a fold of the paper) are left out for good, once the rest is known well.
    let limit = 6.0 * problem.median_px().max(CORNER_FLOOR_PX);
    problem.huber_px = limit / 2.0;
    let dropped = problem.drop_beyond(limit);
    problem.views.retain(|view| view.corners.len() >= MIN_CORNERS);
    if problem.views.len() < MIN_VIEWS {
        return Err(too_few(problem.views.len()));
    }
    let covariance = problem.solve();
    problem.finish(size_px, tag_size_m, dropped, covariance.as_ref())
}

struct View<'a> {
    name: &'a str,
    corners: Vec<SeenCorner>,
    pose: Isometry3<f64>,
}

struct Problem<'a> {
    lens: Lens,
    views: Vec<View<'a>>,
    huber_px: f64,
}

/// The normal equations: the lens, each pose, and what ties them.
struct System {
    cost: f64,
    lens: SMatrix<f64, 9, 9>,
    lens_right: Lens,
    poses: Vec<(Matrix6<f64>, Vector6<f64>, SMatrix<f64, 9, 6>)>,
}

impl Problem<'_> {
    /// Levenberg-Marquardt to the minimum; gives the covariance of the lens for a corner's stated uncertainty.
    fn solve(&mut self) -> Option<SMatrix<f64, 9, 9>> {
        let mut damping = 1e-3;
        let mut system = self.linearize()?;
        for _ in 0..100 {
            let Some((lens_step, steps)) = system.step(damping) else {
                damping *= 10.0;
                if damping > 1e12 {
                    break;
                }
                continue;
            };
            let moved = Problem {
                lens: self.lens + lens_step,
                views: self
                    .views
                    .iter()
                    .zip(&steps)
                    .map(|(view, step)| View {
                        name: view.name,
                        corners: Vec::new(),
                        pose: crate::solve::perturb(&view.pose, step),
                    })
                    .collect(),
                huber_px: self.huber_px,
            };
            match moved.linearize_with(&self.views) {
                Some(next) if next.cost <= system.cost => {
                    let gained = system.cost - next.cost;
                    self.lens = moved.lens;
                    for (view, moved) in self.views.iter_mut().zip(moved.views) {
                        view.pose = moved.pose;
                    }
                    system = next;
                    damping = (damping * 0.2).max(1e-12);
                    if gained <= 1e-10 * system.cost {
                        break;
                    }
                }
                _ if damping > 1e12 => break,
                _ => damping *= 8.0,
            }
        }
        system.lens_covariance()
    }

    fn linearize(&self) -> Option<System> {
        self.linearize_with(&self.views)
    }

    /// The equations at this lens and these poses, for the corners of `seen`. `None` if a corner goes behind the camera.
    fn linearize_with(&self, seen: &[View<'_>]) -> Option<System> {
        let mut system = System {
            cost: 0.0,
            lens: SMatrix::zeros(),
            lens_right: Lens::zeros(),
            poses: Vec::with_capacity(self.views.len()),
        };
        for (view, seen) in self.views.iter().zip(seen) {
            let (mut normal, mut right, mut tie) = (Matrix6::zeros(), Vector6::zeros(), SMatrix::<f64, 9, 6>::zeros());
            for corner in &seen.corners {
                let (error, by_lens, by_pose) = project(&self.lens, &view.pose, corner)?;
                let sigma = corner.sigma_px.hypot(CORNER_FLOOR_PX);
                let size = error.norm();
                let (loss, robust) = if size <= self.huber_px {
                    (size * size, 1.0)
                } else {
                    (self.huber_px * (2.0 * size - self.huber_px), self.huber_px / size)
                };
                let weight = robust / (sigma * sigma);
                system.cost += loss / (sigma * sigma);
                system.lens += by_lens.transpose() * by_lens * weight;
                system.lens_right += by_lens.transpose() * error * weight;
                normal += by_pose.transpose() * by_pose * weight;
                right += by_pose.transpose() * error * weight;
                tie += by_lens.transpose() * by_pose * weight;
            }
            system.poses.push((normal, right, tie));
        }
        system.cost.is_finite().then_some(system)
    }

    fn errors(&self) -> impl Iterator<Item = f64> {
        self.views.iter().flat_map(|view| {
            view.corners
                .iter()
                .map(|corner| project(&self.lens, &view.pose, corner).map_or(f64::INFINITY, |(error, ..)| error.norm()))
        })
    }

    fn median_px(&self) -> f64 {
        let mut errors: Vec<f64> = self.errors().collect();
        errors.sort_by(f64::total_cmp);
        errors.get(errors.len() / 2).copied().unwrap_or(0.0)
    }

    fn drop_beyond(&mut self, limit_px: f64) -> usize {
        let mut dropped = 0;
        for view in &mut self.views {
            let before = view.corners.len();
            let (lens, pose) = (self.lens, view.pose);
            view.corners
                .retain(|corner| project(&lens, &pose, corner).is_some_and(|(error, ..)| error.norm() <= limit_px));
            dropped += before - view.corners.len();
        }
        dropped
    }

    fn finish(
        self,
        size_px: [u32; 2],
        tag_size_m: f64,
        dropped: usize,
        covariance: Option<&SMatrix<f64, 9, 9>>,
    ) -> Result<Calibration, CalibrationError> {
        let mut errors: Vec<f64> = self.errors().collect();
        errors.sort_by(f64::total_cmp);
        let count = errors.len().max(1);
        let rms_px = (errors.iter().map(|error| error * error).sum::<f64>() / count as f64).sqrt();
        let p95_px = errors.get((count - 1) * 95 / 100).copied().unwrap_or(f64::NAN);
        let covariance = covariance.filter(|_| rms_px <= WORST_RMS_PX).ok_or(CalibrationError::NoFit { rms_px })?;
        // The corners' own statements are trusted for their ratios; their size is taken from what is left over.
        let degrees = (2 * count).saturating_sub(9 + 6 * self.views.len()).max(1) as f64;
        let scale = self.linearize().map_or(1.0, |system| (system.cost / degrees).max(1.0));
        let sigma = std::array::from_fn(|index| (covariance[(index, index)] * scale).sqrt());
        let l = &self.lens;
        let camera = CameraModel::new(size_px, [l[0], l[1]], [l[2], l[3]], [l[4], l[5], l[6], l[7], l[8]], tag_size_m)?;
        let views: Vec<ViewResult> = self.views.iter().map(|view| result(&self.lens, view)).collect();
        let coverage = Coverage::of(size_px, &views);
        Ok(Calibration { camera, sigma, rms_px, p95_px, views, dropped, coverage })
    }
}

impl Calibration {
    /// What the camera file keeps of it.
    pub fn record(&self) -> CalibrationRecord {
        CalibrationRecord {
            pictures: self.views.len(),
            corners: self.views.iter().map(|view| view.corners.len()).sum(),
            rms_px: self.rms_px,
            p95_px: self.p95_px,
            sigma_px: [self.sigma[0], self.sigma[1], self.sigma[2], self.sigma[3]],
        }
    }
}

impl System {
    /// The damped step of the lens, and of each pose.
    fn step(&self, damping: f64) -> Option<(Lens, Vec<Vector6<f64>>)> {
        let mut reduced = self.lens;
        for index in 0..9 {
            reduced[(index, index)] += damping * self.lens[(index, index)].max(1e-9);
        }
        let mut right = self.lens_right;
        let mut inverses = Vec::with_capacity(self.poses.len());
        for (normal, pose_right, tie) in &self.poses {
            let mut damped = *normal;
            for index in 0..6 {
                damped[(index, index)] += damping * normal[(index, index)].max(1e-9);
            }
            let inverse = damped.cholesky()?.inverse();
            reduced -= tie * inverse * tie.transpose();
            right -= tie * (inverse * pose_right);
            inverses.push(inverse);
        }
        let lens = -solve_scaled(&reduced, &right)?;
        let poses = self
            .poses
            .iter()
            .zip(&inverses)
            .map(|((_, pose_right, tie), inverse)| -(inverse * (pose_right + tie.transpose() * lens)))
            .collect();
        Some((lens, poses))
    }

    fn lens_covariance(&self) -> Option<SMatrix<f64, 9, 9>> {
        let mut reduced = self.lens;
        for (normal, _, tie) in &self.poses {
            reduced -= tie * normal.cholesky()?.inverse() * tie.transpose();
        }
        let scale = scales(&reduced)?;
        let inverse = (scale * reduced * scale).cholesky()?.inverse();
        Some(scale * inverse * scale)
    }
}

/// Focal lengths count in hundreds and distortion in hundredths: brought to one size before they are solved together.
fn scales(matrix: &SMatrix<f64, 9, 9>) -> Option<SMatrix<f64, 9, 9>> {
    let diagonal = matrix.diagonal();
    diagonal.iter().all(|value| *value > 0.0).then(|| SMatrix::from_diagonal(&diagonal.map(|value| 1.0 / value.sqrt())))
}

fn solve_scaled(matrix: &SMatrix<f64, 9, 9>, right: &Lens) -> Option<Lens> {
    let scale = scales(matrix)?;
    Some(scale * (scale * matrix * scale).cholesky()?.solve(&(scale * right)))
}

type Projected = (Vector2<f64>, SMatrix<f64, 2, 9>, SMatrix<f64, 2, 6>);

/// Reprojected less seen, and its change with the lens and with a small turn about the camera's axes and a shift.
fn project(lens: &Lens, pose: &Isometry3<f64>, corner: &SeenCorner) -> Option<Projected> {
    let turned = pose.rotation * corner.on_board;
    let seen = turned + pose.translation.vector;
    if seen.z.is_nan() || seen.z <= 1e-3 {
        return None;
    }
    let ideal = seen.xy() / seen.z;
    let distortion = [lens[4], lens[5], lens[6], lens[7], lens[8]];
    let bent = distort_point(&distortion, ideal);
    let error = Vector2::new(lens[0] * bent.x + lens[2] - corner.px[0], lens[1] * bent.y + lens[3] - corner.px[1]);

    let (x, y) = (ideal.x, ideal.y);
    let r2 = x * x + y * y;
    let mut by_lens = SMatrix::<f64, 2, 9>::zeros();
    by_lens[(0, 0)] = bent.x;
    by_lens[(1, 1)] = bent.y;
    by_lens[(0, 2)] = 1.0;
    by_lens[(1, 3)] = 1.0;
    let columns = [
        [x * r2, y * r2],
        [x * r2 * r2, y * r2 * r2],
        [2.0 * x * y, r2 + 2.0 * y * y],
        [r2 + 2.0 * x * x, 2.0 * x * y],
        [x * r2 * r2 * r2, y * r2 * r2 * r2],
    ];
    for (index, [across, down]) in columns.into_iter().enumerate() {
        by_lens[(0, 4 + index)] = lens[0] * across;
        by_lens[(1, 4 + index)] = lens[1] * down;
    }
    let bend = distortion_jacobian(&distortion, ideal);
    let focal = nalgebra::Matrix2::new(lens[0], 0.0, 0.0, lens[1]);
    let inverse_depth = 1.0 / seen.z;
    let by_seen =
        focal * bend * Matrix2x3::new(inverse_depth, 0.0, -x * inverse_depth, 0.0, inverse_depth, -y * inverse_depth);
    let mut by_pose = SMatrix::<f64, 2, 6>::zeros();
    by_pose.fixed_view_mut::<2, 3>(0, 0).copy_from(&(-by_seen * skew(&turned)));
    by_pose.fixed_view_mut::<2, 3>(0, 3).copy_from(&by_seen);
    Some((error, by_lens, by_pose))
}

fn result(lens: &Lens, view: &View<'_>) -> ViewResult {
    let corners: Vec<CornerResidual> = view
        .corners
        .iter()
        .filter_map(|corner| {
            let (error, ..) = project(lens, &view.pose, corner)?;
            Some(CornerResidual { px: corner.px, error_px: [error.x, error.y] })
        })
        .collect();
    let squares: f64 = corners.iter().map(|corner| Vector2::from(corner.error_px).norm_squared()).sum();
    let rms_px = (squares / corners.len().max(1) as f64).sqrt();
    ViewResult { name: view.name.to_owned(), camera_from_board: view.pose, rms_px, corners }
}

/// The board's pose in a picture of a camera that is already known, and the root mean square error, pixels. `None` if too little of the
/// board is seen.
pub fn locate(view: &BoardView, camera: &CameraModel) -> Option<(Isometry3<f64>, f64)> {
    if view.corners.len() < MIN_CORNERS / 2 {
        return None;
    }
    let ideal: Vec<SeenCorner> = view
        .corners
        .iter()
        .filter_map(|corner| Some(SeenCorner { px: camera.undistort(corner.px)?, ..*corner }))
        .collect();
    let flat = BoardView { name: String::new(), tags: view.tags, corners: ideal };
    let start = start::pose(&start::homography(&flat)?, [1.0, 1.0], [0.0, 0.0])?;
    let sights: Vec<crate::solve::Sight> = flat
        .corners
        .iter()
        .map(|corner| crate::solve::Sight {
            point: corner.on_board,
            ray: Vector2::from(corner.px),
            weight: 1.0 / (corner.sigma_px.hypot(CORNER_FLOOR_PX) / CORNER_FLOOR_PX).powi(2),
        })
        .collect();
    let fit = crate::solve::refine(&sights, camera.focal_px(), &start, crate::solve::Loss { huber_px: 0.5 })?;
    let rms_px = crate::solve::rms_px(&sights, camera.focal_px(), &fit.camera_from_object);
    Some((fit.camera_from_object, rms_px))
}

/// A board that faces the camera from `x, y, z`, then turned.
#[cfg(test)]
fn pose_at(x: f64, y: f64, z: f64, turn: Vector3<f64>) -> Isometry3<f64> {
    // Half a turn about X makes the print face the camera.
    let facing = nalgebra::UnitQuaternion::from_axis_angle(&Vector3::x_axis(), std::f64::consts::PI);
    let turned = nalgebra::UnitQuaternion::from_scaled_axis(turn) * facing;
    Isometry3::from_parts(nalgebra::Translation3::new(x, y, z), turned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calibrate::board::{Board, Paper};

    /// Views of an A4 board by a known camera, corners exact but for even noise of the given size.
    fn views(camera: &CameraModel, count: usize, noise_px: f64, seed: u64) -> Vec<BoardView> {
        let board = Board::new(Paper::A4);
        let mut state = seed;
        let mut unit = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
        };
        let [width, height] = camera.size_px().map(f64::from);
        (0..count)
            .map(|index| {
                let turn = Vector3::new(0.7 * unit(), 0.7 * unit(), 0.4 * unit());
                let pose = pose_at(0.16 * unit(), 0.1 * unit(), 0.35 + 0.1 * unit(), turn);
                let corners = board
                    .ids()
                    .flat_map(|id| board.corners(id).unwrap())
                    .filter_map(|on_board| {
                        let px = camera.project(&(pose * nalgebra::Point3::from(on_board)).coords)?;
                        let inside = (0.0..width).contains(&px[0]) && (0.0..height).contains(&px[1]);
                        let px = [px[0] + noise_px * unit(), px[1] + noise_px * unit()];
                        inside.then_some(SeenCorner { on_board, px, sigma_px: 0.02 })
                    })
                    .collect();
                BoardView { name: format!("view {index}"), tags: 35, corners }
            })
            .collect()
    }

    fn camera() -> CameraModel {
        CameraModel::new([1280, 720], [902.0, 898.0], [645.2, 352.7], [-0.18, 0.06, 0.0008, -0.0006, -0.01], 0.1)
            .unwrap()
    }

    #[test]
    fn exact_corners_give_the_exact_camera() {
        let truth = camera();
        let found = calibrate(&views(&truth, 12, 0.0, 5), [1280, 720], 0.1).unwrap();
        assert!(found.rms_px < 1e-4, "{} px", found.rms_px);
        for (a, b) in found.camera.focal_px().iter().zip(truth.focal_px()) {
            assert!((a - b).abs() < 1e-2, "{a} is not {b}");
        }
        for (a, b) in found.camera.distortion().iter().zip(truth.distortion()) {
            assert!((a - b).abs() < 1e-3, "{:?}", found.camera);
        }
    }

    #[test]
    fn the_stated_uncertainty_is_honest() {
        let truth = camera();
        let expected = [902.0, 898.0, 645.2, 352.7, -0.18, 0.06, 0.0008, -0.0006, -0.01];
        let mut squares = [0.0; 9];
        let runs = 16;
        for seed in 0..runs {
            let found = calibrate(&views(&truth, 12, 0.2, seed), [1280, 720], 0.1).unwrap();
            let (focal, principal) = (found.camera.focal_px(), found.camera.principal_px());
            let all: Vec<f64> = focal.into_iter().chain(principal).chain(found.camera.distortion()).collect();
            for index in 0..9 {
                squares[index] += ((all[index] - expected[index]) / found.sigma[index]).powi(2) / runs as f64;
            }
        }
        let mean = (squares.iter().sum::<f64>() / 9.0).sqrt();
        assert!((0.6..1.5).contains(&mean), "errors are {mean} stated sigmas: {squares:?}");
    }

    #[test]
    fn gross_errors_are_left_out() {
        let truth = camera();
        let mut seen = views(&truth, 12, 0.05, 9);
        for view in &mut seen {
            for corner in view.corners.iter_mut().step_by(29) {
                corner.px[0] += 40.0;
            }
        }
        let found = calibrate(&seen, [1280, 720], 0.1).unwrap();
        assert!(found.dropped >= 12 && found.rms_px < 0.1, "{} dropped, {} px", found.dropped, found.rms_px);
        assert!((found.camera.focal_px()[0] - 902.0).abs() < 1.0);
    }

    #[test]
    fn what_cannot_be_calibrated_is_refused() {
        let truth = camera();
        let none = calibrate(&[], [1280, 720], 0.1).unwrap_err();
        assert!(matches!(none, CalibrationError::TooFewViews { found: 0, .. }) && none.to_string().contains("hint:"));
        let mut nonsense = views(&truth, 8, 0.0, 1);
        for (index, corner) in nonsense.iter_mut().flat_map(|view| &mut view.corners).enumerate() {
            corner.px = [(index * 7919 % 1280) as f64, (index * 104_729 % 720) as f64];
        }
        assert!(calibrate(&nonsense, [1280, 720], 0.1).is_err());
        for view in &mut nonsense {
            for corner in &mut view.corners {
                corner.px = [f64::NAN, 1.0];
            }
        }
        assert!(calibrate(&nonsense, [1280, 720], 0.1).is_err());
    }

    #[test]
    fn a_board_is_located_by_a_known_camera() {
        let truth = camera();
        for view in views(&truth, 6, 0.02, 4) {
            let (pose, rms_px) = locate(&view, &truth).unwrap();
            assert!(rms_px < 0.05 && pose.translation.z > 0.2, "{rms_px}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// Any reasonable lens comes back from corners located to a twentieth of a pixel.
        #[test]
        fn any_lens_comes_back(
            focal in 500.0f64..1400.0, aspect in 0.97f64..1.03, shift in prop::array::uniform2(-40.0f64..40.0),
            k1 in -0.3f64..0.1, seed in 0u64..1000,
        ) {
            let truth = CameraModel::new(
                [1280, 720], [focal, focal * aspect], [639.5 + shift[0], 359.5 + shift[1]], [k1, 0.05, 0.001, -0.001, 0.0], 0.1,
            );
            prop_assume!(truth.is_ok());
            let truth = truth.unwrap();
            let found = calibrate(&views(&truth, 16, 0.05, seed), [1280, 720], 0.1).unwrap();
            prop_assert!((found.camera.focal_px()[0] / focal - 1.0).abs() < 0.002, "{:?}", found.camera);
            prop_assert!((found.camera.principal_px()[0] - truth.principal_px()[0]).abs() < 1.5, "{:?}", found.camera);
        }
    }
}
