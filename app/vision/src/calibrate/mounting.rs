//! Where the camera sits on the head: the hand-eye problem `AX = XB`, from a recording in which the head moved about a board that
//! stood still. Knows no pictures; the board's pose in each has been found before.
//!
//! The start is Park and Martin's ("Robot sensor calibration: solving AX = XB on the Euclidean group", 1994): the rotation from the axes
//! of turns, then the translation by least squares. Then the camera's place on the head, the board's place in the room and the clock
//! offset are fitted together, against the camera's pose in the room as the board gives it.

use fieldwright_guide::{
    frames::{Head, Pose, World},
    time::Timestamp,
};
use nalgebra::{Isometry3, Matrix3, SMatrix, SVector, SymmetricEigen, Translation3, UnitQuaternion, Vector3, Vector6};
use thiserror::Error;

use crate::{
    clock::{ClockOffset, OffsetRefusal, OffsetSettings, Turn, estimate_offset},
    pnp::from_pose,
};

/// The board in one picture of the recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoardSighting {
    /// The picture's stamp, on the camera's clock.
    pub captured: Timestamp,
    /// Where the board was (OpenCV axes), metres.
    pub camera_from_board: Isometry3<f64>,
}

/// Where the camera sits, and how well the recording agrees.
#[derive(Clone, Debug)]
pub struct MountingFit {
    /// Where the camera sits on the head.
    pub head_from_camera: Isometry3<f64>,
    /// Where the board stood.
    pub world_from_board: Isometry3<f64>,
    /// To be added to a picture's stamp to get the head's time, seconds.
    pub clock_offset_s: f64,
    /// How well the clock offset is known, or why it was not measured and the given one was kept.
    pub clock: Result<ClockOffset, OffsetRefusal>,
    /// Root mean square of what remains of the camera's place, millimetres.
    pub rms_mm: f64,
    /// Root mean square of what remains of the camera's rotation, degrees.
    pub rms_deg: f64,
    /// One-sigma uncertainty of the camera's place on the head along its worst direction, millimetres, if errors were independent.
    pub sigma_mm: f64,
    /// The same of its rotation, degrees.
    pub sigma_deg: f64,
    /// What remains at each picture used.
    pub residuals: Vec<MountingResidual>,
}

/// What remains at one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MountingResidual {
    /// The picture's stamp.
    pub captured: Timestamp,
    /// Camera by the head less camera by the board, in the camera's axes, millimetres.
    pub mm: [f64; 3],
    /// The same of the rotation, degrees about the camera's axes.
    pub deg: [f64; 3],
    /// Where the camera was, metres in the room.
    pub world_from_camera: Isometry3<f64>,
}

/// Why the camera's place is not given.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MountingError {
    /// Too few pictures have both board and head pose.
    #[error(
        "headset calibration: {found} pictures show the board at a moment with a head pose, at least {needed} are needed\nhint: record for 20 s with the board in view; if there are many pictures, the clocks of camera and headset differ"
    )]
    TooFew {
        /// Pictures found.
        found: usize,
        /// Pictures needed.
        needed: usize,
    },
    /// The head turned about one axis only.
    #[error(
        "headset calibration: the head turned by {deg:.0} degrees about its second axis, at least {needed_deg:.0} are needed\nhint: look left and right, then up and down, then tilt the head to either side, with the board in view"
    )]
    OneAxis {
        /// Turn about the second axis, degrees.
        deg: f64,
        /// Turn needed, degrees.
        needed_deg: f64,
    },
    /// Board and head do not agree.
    #[error(
        "headset calibration: camera and head agree to {mm:.1} mm and {deg:.2} degrees only\nhint: the board must stand still and the camera be fixed to the headset; calibrate the camera first, and measure the board"
    )]
    NoFit {
        /// What remains, millimetres.
        mm: f64,
        /// What remains, degrees.
        deg: f64,
    },
}

const MIN_PICTURES: usize = 20;
/// Least standard deviation of the turn about the second axis, degrees.
const MIN_TURN_DEG: f64 = 5.0;
/// Beyond these something other than noise is at work.
const WORST_MM: f64 = 15.0;
const WORST_DEG: f64 = 2.0;
/// Errors that a headset's tracking has at least; no residual below is believed.
const FLOOR_M: f64 = 0.000_2;
const FLOOR_RAD: f64 = 0.000_2;

/// Finds where the camera sits from where it saw the board and where the head was. The clock offset is measured from the same recording;
/// where that cannot be, `known_offset_s` is kept.
///
/// # Errors
/// When there are too few pictures, the head did not turn about two axes, or the two do not agree.
pub fn find_mounting(
    sightings: &[BoardSighting],
    head: &[(Timestamp, Pose<World, Head>)],
    known_offset_s: f64,
) -> Result<MountingFit, MountingError> {
    let turn = |at: Timestamp, rotation| Turn { at, rotation };
    let camera_turns: Vec<Turn> =
        sightings.iter().map(|seen| turn(seen.captured, seen.camera_from_board.rotation)).collect();
    let track: Vec<(f64, Isometry3<f64>)> = head.iter().map(|(at, pose)| (at.0, from_pose(pose))).collect();
    let head_turns: Vec<Turn> = track.iter().map(|(at, pose)| turn(Timestamp(*at), pose.rotation)).collect();
    let clock = estimate_offset(&camera_turns, &head_turns, &OffsetSettings::default());
    let offset_s = clock.as_ref().map_or(known_offset_s, |clock| clock.seconds);

    let timed: Vec<Timed> = sightings
        .iter()
        .filter_map(|seen| {
            let world_from_head = head_at(&track, seen.captured.0 + offset_s)?;
            Some(Timed { world_from_head, sighting: *seen })
        })
        .collect();
    if timed.len() < MIN_PICTURES {
        return Err(MountingError::TooFew { found: timed.len(), needed: MIN_PICTURES });
    }
    let deg = second_axis_deg(&timed);
    if deg < MIN_TURN_DEG {
        return Err(MountingError::OneAxis { deg, needed_deg: MIN_TURN_DEG });
    }
    let poor = MountingError::NoFit { mm: f64::INFINITY, deg: f64::INFINITY };
    let head_from_camera = start(&timed).ok_or(poor.clone())?;
    let mut fit = Solver {
        head_from_camera,
        world_from_board: middle(&timed, &head_from_camera),
        offset_s,
        // A clock that could not be measured is not moved either.
        free_clock: clock.is_ok(),
        sigma: [0.002, 0.003],
    };
    let covariance = fit.solve(sightings, &track).ok_or(poor)?;
    fit.finish(sightings, &track, &covariance, clock)
}

struct Timed {
    world_from_head: Isometry3<f64>,
    sighting: BoardSighting,
}

/// Where the head was: between its neighbours on the shortest way; `None` outside or in a hole.
fn head_at(track: &[(f64, Isometry3<f64>)], at: f64) -> Option<Isometry3<f64>> {
    let index = track.partition_point(|(time, _)| *time < at);
    let ((before, from), (after, to)) = (track.get(index.checked_sub(1)?)?, track.get(index)?);
    let gap = after - before;
    if gap > 0.1 {
        return None;
    }
    let share = (at - before) / gap;
    let turn = from.rotation.rotation_to(&to.rotation).scaled_axis() * share;
    let translation = from.translation.vector.lerp(&to.translation.vector, share);
    Some(Isometry3::from_parts(Translation3::from(translation), UnitQuaternion::from_scaled_axis(turn) * from.rotation))
}

/// Standard deviation of the head's turn about its second most used axis, degrees: a single axis leaves the place along it open.
fn second_axis_deg(timed: &[Timed]) -> f64 {
    let first = timed[timed.len() / 2].world_from_head.rotation;
    let turns: Vec<Vector3<f64>> =
        timed.iter().map(|at| first.rotation_to(&at.world_from_head.rotation).scaled_axis()).collect();
    let mean = turns.iter().sum::<Vector3<f64>>() / turns.len() as f64;
    let scatter: Matrix3<f64> = turns.iter().map(|turn| (turn - mean) * (turn - mean).transpose()).sum();
    let mut variances: Vec<f64> =
        SymmetricEigen::new(scatter / turns.len() as f64).eigenvalues.iter().copied().collect();
    variances.sort_by(f64::total_cmp);
    variances[1].max(0.0).sqrt().to_degrees()
}

/// Park and Martin's closed form over pairs of pictures.
fn start(timed: &[Timed]) -> Option<Isometry3<f64>> {
    let step = (timed.len() / 60).max(1);
    let mut pairs = Vec::new();
    for (index, first) in timed.iter().enumerate().step_by(step) {
        for second in timed[index + 1..].iter().step_by(step) {
            let a = first.world_from_head.inverse() * second.world_from_head;
            let b = first.sighting.camera_from_board * second.sighting.camera_from_board.inverse();
            let (by_head, by_camera) = (a.rotation.angle(), b.rotation.angle());
            // A turn has one size, whoever measures it; where they differ a pose is wrong.
            if by_head > 0.1 && (by_head - by_camera).abs() < 0.05 {
                pairs.push((a, b));
            }
        }
    }
    let axes: Vec<_> = pairs.iter().map(|(a, b)| (a.rotation.scaled_axis(), b.rotation.scaled_axis())).collect();
    let rotation = crate::clock::rotation_between(&axes)?;
    let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
    for (a, b) in &pairs {
        let row = a.rotation.to_rotation_matrix().matrix() - Matrix3::identity();
        normal += row.transpose() * row;
        right += row.transpose() * (rotation * b.translation.vector - a.translation.vector);
    }
    let translation = normal.cholesky()?.solve(&right);
    Some(Isometry3::from_parts(Translation3::from(translation), rotation))
}

/// The board as the picture has it that lies in the middle of what all say.
fn middle(timed: &[Timed], head_from_camera: &Isometry3<f64>) -> Isometry3<f64> {
    let boards: Vec<Isometry3<f64>> =
        timed.iter().map(|at| at.world_from_head * head_from_camera * at.sighting.camera_from_board).collect();
    let apart = |a: &Isometry3<f64>, b: &Isometry3<f64>| {
        (a.translation.vector - b.translation.vector).norm() + 0.5 * a.rotation.angle_to(&b.rotation)
    };
    let typical = |candidate: &Isometry3<f64>| {
        let mut distances: Vec<f64> = boards.iter().map(|other| apart(candidate, other)).collect();
        distances.sort_by(f64::total_cmp);
        distances[distances.len() / 2]
    };
    let step = (boards.len() / 30).max(1);
    let best = boards.iter().step_by(step).min_by(|a, b| typical(a).total_cmp(&typical(b)));
    best.copied().unwrap_or_else(|| boards[0])
}

/// Camera on head, board in room, offset: thirteen numbers.
const UNKNOWNS: usize = 13;
type Normal = SMatrix<f64, UNKNOWNS, UNKNOWNS>;

#[derive(Clone, Copy)]
struct Solver {
    head_from_camera: Isometry3<f64>,
    world_from_board: Isometry3<f64>,
    offset_s: f64,
    free_clock: bool,
    /// What rotation (radians) and place (metres) are off by, one sigma; learned from what remains.
    sigma: [f64; 2],
}

impl Solver {
    fn moved(&self, step: &SVector<f64, UNKNOWNS>) -> Self {
        let turned = |pose: &Isometry3<f64>, at: usize| {
            let turn = UnitQuaternion::from_scaled_axis(Vector3::from(step.fixed_rows::<3>(at)));
            let shift = pose.translation.vector + step.fixed_rows::<3>(at + 3);
            Isometry3::from_parts(Translation3::from(shift), pose.rotation * turn)
        };
        Self {
            head_from_camera: turned(&self.head_from_camera, 0),
            world_from_board: turned(&self.world_from_board, 6),
            offset_s: self.offset_s + step[12],
            ..*self
        }
    }

    /// Camera by the board from camera by the head: a turn (radians), then a shift (metres), in the camera's axes.
    fn error(&self, seen: &BoardSighting, track: &[(f64, Isometry3<f64>)]) -> Option<Vector6<f64>> {
        let by_head = head_at(track, seen.captured.0 + self.offset_s)? * self.head_from_camera;
        let by_board = self.world_from_board * seen.camera_from_board.inverse();
        let error = by_board.inverse() * by_head;
        let (turn, shift) = (error.rotation.scaled_axis(), error.translation.vector);
        Some(Vector6::new(turn.x, turn.y, turn.z, shift.x, shift.y, shift.z))
    }

    fn weigh(&self, error: &Vector6<f64>) -> Vector6<f64> {
        let [rotation, place] = self.sigma;
        Vector6::from_fn(|row, _| error[row] / if row < 3 { rotation } else { place })
    }

    fn solve(&mut self, sightings: &[BoardSighting], track: &[(f64, Isometry3<f64>)]) -> Option<Normal> {
        let mut covariance = None;
        for round in 0..25 {
            let (mut normal, mut gradient) = (Normal::zeros(), SVector::<f64, UNKNOWNS>::zeros());
            for seen in sightings {
                let Some(error) = self.error(seen, track) else { continue };
                let error = self.weigh(&error);
                let Some(jacobian) = self.jacobian(seen, track) else { continue };
                // Six numbers of unit variance have a length of 2.4; beyond twice that, count linearly.
                let weight = (HUBER / error.norm()).min(1.0);
                normal += jacobian.transpose() * jacobian * weight;
                gradient += jacobian.transpose() * error * weight;
            }
            if !self.free_clock {
                normal[(12, 12)] = 1.0;
                gradient[12] = 0.0;
            }
            let inverse = normal.cholesky()?.inverse();
            let step = -(inverse * gradient);
            *self = self.moved(&step);
            covariance = Some(inverse);
            let settled = step.norm() < 1e-9;
            if settled && round > 4 {
                break;
            }
            self.learn(sightings, track);
        }
        covariance
    }

    fn jacobian(&self, seen: &BoardSighting, track: &[(f64, Isometry3<f64>)]) -> Option<SMatrix<f64, 6, UNKNOWNS>> {
        let mut jacobian = SMatrix::<f64, 6, UNKNOWNS>::zeros();
        for unknown in 0..UNKNOWNS {
            if unknown == 12 && !self.free_clock {
                continue;
            }
            let by = if unknown == 12 { 1e-3 } else { 1e-5 };
            let mut step = SVector::<f64, UNKNOWNS>::zeros();
            step[unknown] = by;
            let more = self.moved(&step).error(seen, track)?;
            let less = self.moved(&-step).error(seen, track)?;
            jacobian.set_column(unknown, &self.weigh(&((more - less) / (2.0 * by))));
        }
        Some(jacobian)
    }

    /// Takes the sizes of the errors from what remains, by the median so that outliers do not count.
    fn learn(&mut self, sightings: &[BoardSighting], track: &[(f64, Isometry3<f64>)]) {
        let errors: Vec<Vector6<f64>> = sightings.iter().filter_map(|seen| self.error(seen, track)).collect();
        for (index, floor) in [FLOOR_RAD, FLOOR_M].into_iter().enumerate() {
            let mut sizes: Vec<f64> = errors.iter().map(|error| error.fixed_rows::<3>(3 * index).norm()).collect();
            sizes.sort_by(f64::total_cmp);
            if let Some(median) = sizes.get(sizes.len() / 2) {
                // The median length of three normal deviates is 1.54 sigma.
                self.sigma[index] = (median / 1.54).max(floor);
            }
        }
    }

    fn finish(
        &self,
        sightings: &[BoardSighting],
        track: &[(f64, Isometry3<f64>)],
        covariance: &Normal,
        clock: Result<ClockOffset, OffsetRefusal>,
    ) -> Result<MountingFit, MountingError> {
        let residuals: Vec<MountingResidual> = sightings
            .iter()
            .filter_map(|seen| {
                let error = self.error(seen, track).filter(|error| self.weigh(error).norm() < 2.0 * HUBER)?;
                Some(MountingResidual {
                    captured: seen.captured,
                    mm: [error[3] * 1e3, error[4] * 1e3, error[5] * 1e3],
                    deg: [error[0].to_degrees(), error[1].to_degrees(), error[2].to_degrees()],
                    world_from_camera: self.world_from_board * seen.camera_from_board.inverse(),
                })
            })
            .collect();
        let rms = |part: fn(&MountingResidual) -> [f64; 3]| {
            let squares: f64 = residuals.iter().flat_map(part).map(|value| value * value).sum();
            (squares / residuals.len().max(1) as f64).sqrt()
        };
        let (rms_mm, rms_deg) = (rms(|residual| residual.mm), rms(|residual| residual.deg));
        if residuals.len() < MIN_PICTURES {
            return Err(MountingError::TooFew { found: residuals.len(), needed: MIN_PICTURES });
        }
        if !(rms_mm <= WORST_MM && rms_deg <= WORST_DEG) {
            return Err(MountingError::NoFit { mm: rms_mm, deg: rms_deg });
        }
        let worst = |at: usize| {
            let block: Matrix3<f64> = covariance.fixed_view::<3, 3>(at, at).into_owned();
            SymmetricEigen::new(block).eigenvalues.max().max(0.0).sqrt()
        };
        Ok(MountingFit {
            head_from_camera: self.head_from_camera,
            world_from_board: self.world_from_board,
            clock_offset_s: self.offset_s,
            clock,
            rms_mm,
            rms_deg,
            sigma_mm: worst(3) * 1e3,
            sigma_deg: worst(0).to_degrees(),
            residuals,
        })
    }
}

const HUBER: f64 = 5.0;

#[cfg(test)]
mod tests {
    use glam::{Quat, Vec3};
    use proptest::prelude::*;

    use super::*;
    use crate::pnp::to_pose;

    struct Noise(u64);

    impl Noise {
        fn vector(&mut self, sigma: f64) -> Vector3<f64> {
            let mut deviate = || {
                (0..12)
                    .map(|_| {
                        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        (self.0 >> 11) as f64 / (1u64 << 53) as f64
                    })
                    .sum::<f64>()
                    - 6.0
            };
            Vector3::new(deviate(), deviate(), deviate()) * sigma
        }

        fn shaken(&mut self, pose: &Isometry3<f64>, metres: f64, degrees: f64) -> Isometry3<f64> {
            let turn = UnitQuaternion::from_scaled_axis(self.vector(degrees.to_radians()));
            Isometry3::from_parts(
                Translation3::from(pose.translation.vector + self.vector(metres)),
                pose.rotation * turn,
            )
        }
    }

    fn mounted() -> Isometry3<f64> {
        Isometry3::from_parts(
            Translation3::new(0.031, 0.045, -0.083),
            UnitQuaternion::from_euler_angles(3.05, 0.06, -0.04),
        )
    }

    fn board() -> Isometry3<f64> {
        Isometry3::from_parts(Translation3::new(0.2, 1.3, -0.9), UnitQuaternion::from_euler_angles(-0.2, 0.1, 0.02))
    }

    /// A head that looks about in front of the board, up to some 60 degrees a second.
    fn head(t: f64, axes: [f64; 3]) -> Isometry3<f64> {
        let [pitch, yaw, roll] = axes;
        let turn = UnitQuaternion::from_euler_angles(
            pitch * (0.25 * (t * 1.9).sin() + 0.06 * (t * 4.7).cos()),
            yaw * (0.4 * (t * 1.3 + 0.5).sin() + 0.1 * (t * 3.7).sin()),
            roll * 0.3 * (t * 0.9).sin(),
        );
        let at = Vector3::new(0.2 + 0.2 * (t * 0.8).sin(), 1.4 + 0.1 * (t * 0.6).cos(), -0.3 + 0.1 * (t * 0.5).sin());
        Isometry3::from_parts(Translation3::from(at), turn)
    }

    type Recording = (Vec<BoardSighting>, Vec<(Timestamp, Pose<World, Head>)>);

    fn recording(late_s: f64, axes: [f64; 3], noise_m: f64, noise_deg: f64, wander: f64, seed: u64) -> Recording {
        let mut noise = Noise(seed);
        let sightings = (0..400)
            .map(|index| {
                let t = 0.5 + f64::from(index) / 20.0;
                let truth = (head(t, axes) * mounted()).inverse() * board();
                BoardSighting { captured: Timestamp(t + late_s), camera_from_board: noise.shaken(&truth, 0.0002, 0.03) }
            })
            .collect();
        let poses = (0..2000)
            .map(|index| {
                let t = f64::from(index) / 90.0;
                let swing = |period: f64| wander * (t / period * std::f64::consts::TAU).sin();
                let drift = Isometry3::from_parts(
                    Translation3::new(0.0025 * swing(11.0), 0.0025 * swing(7.0), 0.0025 * swing(15.0)),
                    UnitQuaternion::from_scaled_axis(
                        Vector3::new(swing(9.0), swing(17.0), swing(13.0)) * 0.1f64.to_radians(),
                    ),
                );
                let shaken = noise.shaken(&(drift * head(t, axes)), noise_m, noise_deg);
                (Timestamp(t), to_pose(&shaken))
            })
            .collect();
        (sightings, poses)
    }

    fn off(fit: &MountingFit) -> (f64, f64) {
        let truth = mounted();
        (
            (fit.head_from_camera.translation.vector - truth.translation.vector).norm() * 1e3,
            fit.head_from_camera.rotation.angle_to(&truth.rotation).to_degrees(),
        )
    }

    #[test]
    fn the_camera_is_found_within_a_millimetre_and_a_tenth_of_a_degree() {
        for seed in 0..4 {
            let (seen, poses) = recording(0.021, [1.0; 3], 0.0005, 0.03, 0.0, seed);
            let fit = find_mounting(&seen, &poses, 0.0).unwrap();
            let (mm, deg) = off(&fit);
            assert!(mm < 0.5 && deg < 0.05, "{mm} mm, {deg} degrees");
            assert!((fit.clock_offset_s + 0.021).abs() < 0.001, "{}", fit.clock_offset_s);
            assert!(fit.rms_mm < 2.0 && fit.rms_deg < 0.1 && fit.sigma_mm < 0.5, "{fit:?}");
        }
    }

    /// A headset that wanders by 4 mm and 0.17 degrees over seconds costs accuracy, and the residual shows it.
    #[test]
    fn a_wandering_headset_shows_in_the_residual() {
        let (seen, poses) = recording(0.021, [1.0; 3], 0.0003, 0.02, 1.0, 3);
        let fit = find_mounting(&seen, &poses, 0.0).unwrap();
        let (mm, deg) = off(&fit);
        println!("wandering: off by {mm:.2} mm, {deg:.3} deg; residual {:.2} mm, {:.3} deg", fit.rms_mm, fit.rms_deg);
        assert!(mm < 4.0 && deg < 0.2, "{mm} mm, {deg} degrees");
        assert!(fit.rms_mm > 1.0, "{} mm", fit.rms_mm);
    }

    #[test]
    fn flipped_boards_do_not_move_it() {
        let (mut seen, poses) = recording(0.021, [1.0; 3], 0.0005, 0.03, 0.0, 1);
        for seen in seen.iter_mut().step_by(23) {
            seen.camera_from_board.rotation *= UnitQuaternion::from_euler_angles(0.4, 0.1, 0.0);
        }
        let fit = find_mounting(&seen, &poses, 0.0).unwrap();
        let (mm, deg) = off(&fit);
        assert!(mm < 1.0 && deg < 0.1 && fit.residuals.len() < 390, "{mm} mm, {deg} degrees");
    }

    #[test]
    fn what_cannot_tell_is_refused() {
        let (seen, poses) = recording(0.0, [0.0, 1.0, 0.0], 0.0, 0.0, 0.0, 1);
        assert!(matches!(find_mounting(&seen, &poses, 0.0), Err(MountingError::OneAxis { .. })));
        assert!(matches!(find_mounting(&seen[..5], &poses, 0.0), Err(MountingError::TooFew { .. })));
        assert!(matches!(find_mounting(&seen, &[], 0.0), Err(MountingError::TooFew { .. })));
        let (seen, _) = recording(0.0, [1.0; 3], 0.0, 0.0, 0.0, 1);
        let still: Vec<_> = (0..2000)
            .map(|index| {
                let t = f64::from(index) / 90.0;
                let other = Quat::from_euler(
                    glam::EulerRot::XYZ,
                    (t as f32).cos(),
                    (1.7 * t as f32).sin(),
                    0.3 * (0.6 * t as f32).sin(),
                );
                (Timestamp(t), Pose::new(Vec3::ZERO, other))
            })
            .collect();
        let unlike = find_mounting(&seen, &still, 0.0).unwrap_err();
        assert!(unlike.to_string().contains("hint:"), "{unlike}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn any_lateness_is_found_along_with_it(late in -0.05f64..0.08, seed in 0u64..1000) {
            let (seen, poses) = recording(late, [1.0; 3], 0.0003, 0.03, 0.0, seed);
            let fit = find_mounting(&seen, &poses, 0.0).unwrap();
            let (mm, deg) = off(&fit);
            prop_assert!(mm < 1.0 && deg < 0.1, "{mm} mm, {deg} degrees");
            prop_assert!((fit.clock_offset_s + late).abs() < 0.002);
        }
    }
}
