//! Two recordings of orientation aligned in time and mounting: `room_from_head(t + offset) * head_from_camera * camera_from_target(t)`
//! is the same for all pictures. Gauss-Newton over the mounting, the target and the offset, with Huber's loss.

use nalgebra::{Matrix3, SMatrix, SVector, UnitQuaternion, Vector3};

use super::offset::{Turn, rotation_at};

/// What fits best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alignment {
    /// To be added to the camera's times, seconds.
    pub(super) offset_s: f64,
    /// One-sigma uncertainty by the residuals, seconds.
    pub(super) sigma_s: f64,
    /// Root mean square of what remains, radians.
    pub(super) residual_rad: f64,
    /// Pictures used.
    pub(super) pictures: usize,
    head_from_camera: UnitQuaternion<f64>,
    room_from_target: UnitQuaternion<f64>,
}

/// Aligns from a rough offset, good to some 20 ms. `None` if the motion does not determine it.
pub(super) fn align(camera: &[Turn], head: &[Turn], rough_s: f64) -> Option<Alignment> {
    let mounting = mounting(camera, head, rough_s)?;
    let start = Alignment {
        offset_s: rough_s,
        sigma_s: f64::INFINITY,
        residual_rad: 0.0,
        pictures: 0,
        head_from_camera: mounting,
        room_from_target: UnitQuaternion::identity(),
    };
    let start = Alignment { room_from_target: start.target(camera, head)?, ..start };
    start.solve(camera, head, [true, true, true])
}

impl Alignment {
    /// Standard deviation of the offset over consecutive parts of the recording, the mounting held, and the number of parts.
    pub(super) fn spread(&self, camera: &[Turn], head: &[Turn]) -> (f64, usize) {
        let part = (camera.len() / 6).max(15);
        let offsets: Vec<f64> = camera
            .chunks(part)
            .filter(|chunk| chunk.len() >= 12)
            .filter_map(|chunk| self.solve(chunk, head, [false, true, true]))
            // A part in which the head held still knows nothing.
            .filter(|part| part.sigma_s < 0.01 && (part.offset_s - self.offset_s).abs() < 0.05)
            .map(|part| part.offset_s)
            .collect();
        if offsets.len() < 2 {
            return (0.0, offsets.len());
        }
        let mean = offsets.iter().sum::<f64>() / offsets.len() as f64;
        let variance = offsets.iter().map(|o| (o - mean).powi(2)).sum::<f64>() / (offsets.len() - 1) as f64;
        (variance.sqrt(), offsets.len())
    }

    /// Improves mounting, target and offset, of those that are `free`.
    fn solve(&self, camera: &[Turn], head: &[Turn], free: [bool; 3]) -> Option<Self> {
        let mut best = *self;
        for _ in 0..15 {
            let scale = 2.0 * best.median(camera, head)?.max(1e-6);
            let mut normal = SMatrix::<f64, 7, 7>::zeros();
            let mut gradient = SVector::<f64, 7>::zeros();
            let (mut squares, mut pictures) = (0.0f64, 0.0f64);
            for turn in camera {
                let Some((error, jacobian)) = best.linearize(turn, head, free) else { continue };
                let size = error.norm();
                let weight = if size <= scale { 1.0 } else { scale / size };
                normal += jacobian.transpose() * jacobian * weight;
                gradient += jacobian.transpose() * error * weight;
                squares += weight * size * size;
                pictures += 1.0;
            }
            // A head that turned about one axis only leaves the mounting about that axis open; a trace of damping closes it.
            for axis in 0..6 {
                normal[(axis, axis)] += 1e-6 * pictures.max(1.0);
            }
            if !free[2] {
                normal[(6, 6)] = 1.0;
            }
            let inverse = normal.cholesky()?.inverse();
            let step = -(inverse * gradient);
            let moved = |rows: usize| UnitQuaternion::from_scaled_axis(Vector3::from(step.fixed_rows::<3>(rows)));
            best.head_from_camera *= moved(0);
            best.room_from_target *= moved(3);
            best.offset_s += step[6].clamp(-0.02, 0.02);
            best.pictures = pictures as usize;
            best.residual_rad = (squares / pictures.max(1.0)).sqrt();
            let degrees = (3.0 * pictures - 7.0).max(1.0);
            best.sigma_s = (inverse[(6, 6)] * squares / degrees).sqrt();
            if step.norm() < 1e-8 {
                break;
            }
        }
        (best.pictures >= 10 && best.offset_s.is_finite()).then_some(best)
    }

    /// The angle that remains at one picture, and how it changes with mounting, target and offset.
    fn linearize(&self, turn: &Turn, head: &[Turn], free: [bool; 3]) -> Option<(Vector3<f64>, SMatrix<f64, 3, 7>)> {
        let error = self.error(turn, head)?;
        let mut jacobian = SMatrix::<f64, 3, 7>::zeros();
        // To first order the error is the sum of the small turns, each seen from the target.
        if free[0] {
            let seen = turn.rotation.inverse().to_rotation_matrix();
            jacobian.fixed_view_mut::<3, 3>(0, 0).copy_from(seen.matrix());
        }
        if free[1] {
            jacobian.fixed_view_mut::<3, 3>(0, 3).copy_from(&-Matrix3::identity());
        }
        if free[2] {
            let step = 0.002;
            let [early, late] =
                [-step, step].map(|by| Self { offset_s: self.offset_s + by, ..*self }.error(turn, head));
            jacobian.fixed_view_mut::<3, 1>(0, 6).copy_from(&((late? - early?) / (2.0 * step)));
        }
        Some((error, jacobian))
    }

    /// What remains between the target as this picture has it and as it is, in the target's axes, radians.
    fn error(&self, turn: &Turn, head: &[Turn]) -> Option<Vector3<f64>> {
        let room_from_head = rotation_at(head, turn.at.0 + self.offset_s)?;
        let seen = room_from_head * self.head_from_camera * turn.rotation;
        Some((self.room_from_target.inverse() * seen).scaled_axis())
    }

    fn median(&self, camera: &[Turn], head: &[Turn]) -> Option<f64> {
        let mut sizes: Vec<f64> = camera.iter().filter_map(|turn| Some(self.error(turn, head)?.norm())).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.get(sizes.len() / 2).copied()
    }

    /// The target's orientation in the room, as the picture has it that the others agree with most.
    fn target(&self, camera: &[Turn], head: &[Turn]) -> Option<UnitQuaternion<f64>> {
        let seen: Vec<UnitQuaternion<f64>> = camera
            .iter()
            .filter_map(|turn| {
                Some(rotation_at(head, turn.at.0 + self.offset_s)? * self.head_from_camera * turn.rotation)
            })
            .collect();
        let step = (seen.len() / 25).max(1);
        let middle = |candidate: &UnitQuaternion<f64>| {
            let mut angles: Vec<f64> = seen.iter().map(|other| candidate.angle_to(other)).collect();
            angles.sort_by(f64::total_cmp);
            angles[angles.len() / 2]
        };
        seen.iter().step_by(step).min_by(|a, b| middle(a).total_cmp(&middle(b))).copied()
    }
}

/// How the camera is turned on the head, from turns made in between (Park and Martin, "Robot sensor calibration: solving AX = XB on
/// the Euclidean group", 1994): the axis of a turn is the same, seen from the head and from the camera.
pub(super) fn mounting(camera: &[Turn], head: &[Turn], offset_s: f64) -> Option<UnitQuaternion<f64>> {
    let timed: Vec<(UnitQuaternion<f64>, UnitQuaternion<f64>)> =
        camera.iter().filter_map(|turn| Some((rotation_at(head, turn.at.0 + offset_s)?, turn.rotation))).collect();
    let mut turns = Vec::new();
    for (index, (room_from_head, camera_from_target)) in timed.iter().enumerate() {
        for reach in [5, 12, 30] {
            let Some((later_head, later_camera)) = timed.get(index + reach) else { continue };
            let by_head = (room_from_head.inverse() * later_head).scaled_axis();
            let by_camera = (camera_from_target * later_camera.inverse()).scaled_axis();
            // Turns whose sizes differ are flips or outliers, whatever the mounting.
            if (by_head.norm() - by_camera.norm()).abs() < 0.05 && by_head.norm() > 0.03 {
                turns.push((by_head, by_camera));
            }
        }
    }
    rotation_between(&turns)
}

/// The rotation that maps the second vectors onto the first ones best (Kabsch, 1976). `None` for fewer than three.
pub(crate) fn rotation_between(pairs: &[(Vector3<f64>, Vector3<f64>)]) -> Option<UnitQuaternion<f64>> {
    if pairs.len() < 3 {
        return None;
    }
    let sum: Matrix3<f64> = pairs.iter().map(|(to, from)| to * from.transpose()).sum();
    let svd = sum.svd(true, true);
    let (u, v_t) = (svd.u?, svd.v_t?);
    let sign = (u * v_t).determinant().signum();
    let rotation = u * Matrix3::from_diagonal(&Vector3::new(1.0, 1.0, sign)) * v_t;
    Some(UnitQuaternion::from_matrix(&rotation))
}
