//! Least squares over one pose: Levenberg-Marquardt on reprojection errors with a robust loss. Knows points and pixels,
//! not tags.

use nalgebra::{Isometry3, Matrix2x3, Matrix3, Matrix6, Translation3, UnitQuaternion, Vector2, Vector3, Vector6};

/// A known point, the normalized image point where it was seen, and how well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    /// The point in the object's frame, metres.
    pub(crate) point: Vector3<f64>,
    /// The undistorted normalized image point, X/Z and Y/Z.
    pub(crate) ray: Vector2<f64>,
    /// One over the square of the sight's standard deviation, in units of the nominal one.
    pub(crate) weight: f64,
}

/// A pose fitted to sights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    /// Maps the object's frame into the camera's.
    pub(crate) camera_from_object: Isometry3<f64>,
    /// Sum of robust losses, pixels squared.
    pub(crate) cost: f64,
    /// Gauss-Newton matrix at the minimum, of rotation (about the camera's axes) then translation, for a sigma of one pixel.
    pub(crate) information: Matrix6<f64>,
}

/// Errors above this many pixels count linearly (Huber); `f64::INFINITY` for plain least squares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loss {
    pub(crate) huber_px: f64,
}

impl Loss {
    pub(crate) const SQUARES: Self = Self { huber_px: f64::INFINITY };

    /// Loss and weight of a squared error.
    fn of(self, squared: f64) -> (f64, f64) {
        let error = squared.sqrt();
        if error <= self.huber_px {
            (squared, 1.0)
        } else {
            (self.huber_px * (2.0 * error - self.huber_px), self.huber_px / error)
        }
    }
}

/// Refines `start` until the step is negligible. `None` if the points go behind the camera or the problem is singular.
pub(crate) fn refine(sights: &[Sight], focal_px: [f64; 2], start: &Isometry3<f64>, loss: Loss) -> Option<Fit> {
    let mut pose = *start;
    let mut system = linearize(sights, focal_px, &pose, loss)?;
    let mut damping = 1e-4;
    for _ in 0..40 {
        let mut damped = system.information;
        for axis in 0..6 {
            damped[(axis, axis)] += damping * system.information[(axis, axis)].max(1e-9);
        }
        let step = damped.cholesky()?.solve(&-system.gradient);
        let moved = perturb(&pose, &step);
        match linearize(sights, focal_px, &moved, loss) {
            Some(next) if next.cost <= system.cost => {
                let gained = system.cost - next.cost;
                pose = moved;
                system = next;
                damping = (damping * 0.2).max(1e-12);
                if step.norm() < 1e-9 || gained <= 1e-10 * system.cost {
                    break;
                }
            }
            _ if damping > 1e8 => break,
            _ => damping *= 8.0,
        }
    }
    Some(Fit { camera_from_object: pose, cost: system.cost, information: system.information })
}

/// Root mean square error in pixels over the sights, each counted in two coordinates as one point.
pub(crate) fn rms_px(sights: &[Sight], focal_px: [f64; 2], pose: &Isometry3<f64>) -> f64 {
    let sum: f64 = sights.iter().map(|sight| squared_error_px(sight, focal_px, pose)).sum();
    (sum / sights.len().max(1) as f64).sqrt()
}

/// Squared reprojection error of one sight, pixels squared; infinite behind the camera.
pub(crate) fn squared_error_px(sight: &Sight, focal_px: [f64; 2], pose: &Isometry3<f64>) -> f64 {
    let seen = pose.rotation * sight.point + pose.translation.vector;
    if seen.z.is_nan() || seen.z <= MIN_DEPTH_M {
        return f64::INFINITY;
    }
    let error = seen.xy() / seen.z - sight.ray;
    (error.x * focal_px[0]).powi(2) + (error.y * focal_px[1]).powi(2)
}

/// Applies a small rotation about the camera's axes and a translation: `p -> exp(w) R p + t + v`.
pub(crate) fn perturb(pose: &Isometry3<f64>, step: &Vector6<f64>) -> Isometry3<f64> {
    let rotation = UnitQuaternion::from_scaled_axis(step.fixed_rows::<3>(0).into_owned()) * pose.rotation;
    let mut rotation = rotation;
    rotation.renormalize();
    Isometry3::from_parts(Translation3::from(pose.translation.vector + step.fixed_rows::<3>(3)), rotation)
}

const MIN_DEPTH_M: f64 = 1e-3;

struct System {
    cost: f64,
    gradient: Vector6<f64>,
    information: Matrix6<f64>,
}

fn linearize(sights: &[Sight], focal_px: [f64; 2], pose: &Isometry3<f64>, loss: Loss) -> Option<System> {
    let rotation = pose.rotation.to_rotation_matrix();
    let mut system = System { cost: 0.0, gradient: Vector6::zeros(), information: Matrix6::zeros() };
    for sight in sights {
        let turned = rotation * sight.point;
        let seen = turned + pose.translation.vector;
        if seen.z.is_nan() || seen.z <= MIN_DEPTH_M {
            return None;
        }
        let inverse_depth = 1.0 / seen.z;
        let ideal = seen.xy() * inverse_depth;
        let error = Vector2::new((ideal.x - sight.ray.x) * focal_px[0], (ideal.y - sight.ray.y) * focal_px[1]);
        let d_seen = Matrix2x3::new(
            focal_px[0] * inverse_depth,
            0.0,
            -focal_px[0] * ideal.x * inverse_depth,
            0.0,
            focal_px[1] * inverse_depth,
            -focal_px[1] * ideal.y * inverse_depth,
        );
        let d_rotation = -d_seen * skew(&turned);
        let (value, robust) = loss.of(error.norm_squared());
        let weight = sight.weight * robust;
        system.cost += sight.weight * value;
        for row in 0..2 {
            let jacobian = Vector6::new(
                d_rotation[(row, 0)],
                d_rotation[(row, 1)],
                d_rotation[(row, 2)],
                d_seen[(row, 0)],
                d_seen[(row, 1)],
                d_seen[(row, 2)],
            );
            system.gradient += jacobian * (weight * error[row]);
            system.information += jacobian * jacobian.transpose() * weight;
        }
    }
    system.cost.is_finite().then_some(system)
}

/// The matrix whose product with `v` is the cross product `of × v`.
pub(crate) fn skew(of: &Vector3<f64>) -> Matrix3<f64> {
    Matrix3::new(0.0, -of.z, of.y, of.z, 0.0, -of.x, -of.y, of.x, 0.0)
}
