//! The pinhole camera with the Brown-Conrady distortion of OpenCV, and its calibration file. Knows nothing of tags but
//! their size, which travels in the same file.

use nalgebra::{Matrix2, Vector2, Vector3};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A calibrated camera. The centre of the top-left pixel is (0, 0); the camera looks along +Z, +X right, +Y down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawCamera")]
pub struct CameraModel {
    width: u32,
    height: u32,
    fx: f64,
    fy: f64,
    cx: f64,
    cy: f64,
    distortion: [f64; 5],
    tag_size_m: f64,
    /// Square of the largest normalized radius at which the radial polynomial still grows; beyond it the model folds.
    #[serde(skip)]
    max_radius_squared: f64,
}

/// Why a calibration cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CameraError {
    /// A value is out of its range.
    #[error("camera calibration: `{field}` is {value}, expected {expected}\nhint: {hint}")]
    BadValue {
        /// Name of the field in the file.
        field: &'static str,
        /// The value found.
        value: f64,
        /// What is accepted.
        expected: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// The distortion folds the picture inside its own frame.
    #[error(
        "camera calibration: `distortion` {coefficients:?} folds the picture well inside the frame (at pixel {pixel:?})\nhint: order is k1, k2, p1, p2, k3; calibrate again with more views near the edges"
    )]
    Folds {
        /// The five coefficients.
        coefficients: [f64; 5],
        /// A pixel that no ray reaches.
        pixel: [f64; 2],
    },
}

/// The calibration file as written; becomes a [`CameraModel`] by validation.
#[derive(Deserialize)]
struct RawCamera {
    width: u32,
    height: u32,
    fx: f64,
    fy: f64,
    cx: f64,
    cy: f64,
    distortion: [f64; 5],
    tag_size_m: f64,
}

impl TryFrom<RawCamera> for CameraModel {
    type Error = CameraError;

    fn try_from(raw: RawCamera) -> Result<Self, CameraError> {
        Self::new([raw.width, raw.height], [raw.fx, raw.fy], [raw.cx, raw.cy], raw.distortion, raw.tag_size_m)
    }
}

impl CameraModel {
    /// A camera of `size_px` with focal lengths and principal point in pixels, distortion `[k1, k2, p1, p2, k3]`, for tags whose
    /// black border measures `tag_size_m` metres.
    ///
    /// # Errors
    /// When a value is not finite, out of range, or the distortion folds inside the frame.
    pub fn new(
        size_px: [u32; 2],
        focal_px: [f64; 2],
        principal_px: [f64; 2],
        distortion: [f64; 5],
        tag_size_m: f64,
    ) -> Result<Self, CameraError> {
        let bad = |field, value, expected, hint| Err(CameraError::BadValue { field, value, expected, hint });
        for (field, value) in [("width", size_px[0]), ("height", size_px[1])] {
            if value == 0 || value > crate::frame::GrayFrame::MAX_SIDE {
                return bad(field, f64::from(value), "1 to 16384", "give the picture size in pixels");
            }
        }
        if u64::from(size_px[0]) * u64::from(size_px[1]) > crate::frame::GrayFrame::MAX_PIXELS {
            return bad(
                "height",
                f64::from(size_px[1]),
                "at most 64 Mi pixels in all",
                "give the picture size in pixels",
            );
        }
        for (field, value) in [("fx", focal_px[0]), ("fy", focal_px[1])] {
            if !(value.is_finite() && (1.0..=1e6).contains(&value)) {
                return bad(
                    field,
                    value,
                    "a positive number of pixels",
                    "focal lengths are in pixels, not millimetres",
                );
            }
        }
        for (field, value, side) in [("cx", principal_px[0], size_px[0]), ("cy", principal_px[1], size_px[1])] {
            if !value.is_finite() || value < -f64::from(side) || value > 2.0 * f64::from(side) {
                return bad(
                    field,
                    value,
                    "a pixel in or near the picture",
                    "the principal point is in pixels from the top-left pixel's centre",
                );
            }
        }
        for (field, value) in ["k1", "k2", "p1", "p2", "k3"].into_iter().zip(distortion) {
            if !value.is_finite() || value.abs() > 100.0 {
                return bad(field, value, "a small number", "order is k1, k2, p1, p2, k3");
            }
        }
        if !(tag_size_m.is_finite() && (1e-3..=10.0).contains(&tag_size_m)) {
            return bad(
                "tag_size_m",
                tag_size_m,
                "0.001 to 10",
                "the side of the black border in metres, for example 0.1",
            );
        }
        let camera = Self {
            width: size_px[0],
            height: size_px[1],
            fx: focal_px[0],
            fy: focal_px[1],
            cx: principal_px[0],
            cy: principal_px[1],
            distortion,
            tag_size_m,
            max_radius_squared: fold_radius_squared(&distortion),
        };
        // Many real calibrations fold in the very corners, where tags then have no pose; halfway out is where it is nonsense.
        let [width, height] = size_px.map(f64::from);
        for (right, down) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            let pixel = [right * width, down * height];
            if camera.undistort(pixel).is_none() {
                return Err(CameraError::Folds { coefficients: distortion, pixel });
            }
        }
        Ok(camera)
    }

    /// Picture size in pixels, width then height.
    pub fn size_px(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    /// Focal lengths in pixels, horizontal then vertical.
    pub fn focal_px(&self) -> [f64; 2] {
        [self.fx, self.fy]
    }

    /// Principal point in pixels.
    pub fn principal_px(&self) -> [f64; 2] {
        [self.cx, self.cy]
    }

    /// Distortion `[k1, k2, p1, p2, k3]`.
    pub fn distortion(&self) -> [f64; 5] {
        self.distortion
    }

    /// Side of a tag's black border in metres.
    pub fn tag_size_m(&self) -> f64 {
        self.tag_size_m
    }

    /// The pixel at which a point of the camera frame (metres) appears; `None` behind the camera or beyond the lens model.
    pub fn project(&self, point_in_camera: &Vector3<f64>) -> Option<[f64; 2]> {
        if point_in_camera.z.is_nan() || point_in_camera.z <= 1e-9 {
            return None;
        }
        let ideal = point_in_camera.xy() / point_in_camera.z;
        (ideal.norm_squared() < self.max_radius_squared).then(|| self.distort([ideal.x, ideal.y]))
    }

    /// The pixel of a normalized image point (the ray's X/Z and Y/Z).
    pub fn distort(&self, ideal: [f64; 2]) -> [f64; 2] {
        let distorted = distort_point(&self.distortion, Vector2::from(ideal));
        [self.fx * distorted.x + self.cx, self.fy * distorted.y + self.cy]
    }

    /// The normalized image point (X/Z, Y/Z) of a pixel, by Newton's method; `None` where the lens model has no such ray.
    pub fn undistort(&self, pixel: [f64; 2]) -> Option<[f64; 2]> {
        let observed = Vector2::new((pixel[0] - self.cx) / self.fx, (pixel[1] - self.cy) / self.fy);
        if !(observed.x.is_finite() && observed.y.is_finite()) {
            return None;
        }
        if self.is_straight() {
            return Some([observed.x, observed.y]);
        }
        let mut ideal = observed;
        for _ in 0..30 {
            let error = distort_point(&self.distortion, ideal) - observed;
            if error.norm_squared() < 1e-24 {
                break;
            }
            let step = distortion_jacobian(&self.distortion, ideal).try_inverse()? * error;
            // Far out the polynomial is steep: a damped step cannot jump over the fold onto another branch.
            let limit = 0.25 * (0.2 + ideal.norm());
            let length = step.norm();
            ideal -= if length > limit { step * (limit / length) } else { step };
        }
        let residual = (distort_point(&self.distortion, ideal) - observed).norm();
        let on_the_right_branch = ideal.norm_squared() < self.max_radius_squared
            && distortion_jacobian(&self.distortion, ideal).determinant() > 0.0;
        (residual < 1e-9 && on_the_right_branch).then_some([ideal.x, ideal.y])
    }

    /// Like [`Self::undistort`], given the ray of a pixel not far away: two steps of Newton's method, for many pixels in a row.
    pub(crate) fn undistort_near(&self, pixel: [f64; 2], near: [f64; 2]) -> Option<[f64; 2]> {
        let observed = Vector2::new((pixel[0] - self.cx) / self.fx, (pixel[1] - self.cy) / self.fy);
        if self.is_straight() {
            return Some([observed.x, observed.y]);
        }
        let mut ideal = Vector2::from(near);
        for _ in 0..2 {
            let error = distort_point(&self.distortion, ideal) - observed;
            ideal -= distortion_jacobian(&self.distortion, ideal).try_inverse()? * error;
        }
        (ideal.norm_squared() < self.max_radius_squared).then_some([ideal.x, ideal.y])
    }

    fn is_straight(&self) -> bool {
        self.distortion.iter().all(|&coefficient| coefficient == 0.0)
    }

    /// True where a frame of this size belongs to this camera.
    pub fn fits(&self, width: u32, height: u32) -> bool {
        self.width == width && self.height == height
    }
}

pub(crate) fn distort_point(&[k1, k2, p1, p2, k3]: &[f64; 5], ideal: Vector2<f64>) -> Vector2<f64> {
    let (x, y) = (ideal.x, ideal.y);
    let r2 = x * x + y * y;
    let radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
    Vector2::new(
        x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
        y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y,
    )
}

pub(crate) fn distortion_jacobian(&[k1, k2, p1, p2, k3]: &[f64; 5], ideal: Vector2<f64>) -> Matrix2<f64> {
    let (x, y) = (ideal.x, ideal.y);
    let r2 = x * x + y * y;
    let radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
    let slope = 2.0 * (k1 + r2 * (2.0 * k2 + r2 * 3.0 * k3));
    let cross = x * y * slope + 2.0 * p1 * x + 2.0 * p2 * y;
    Matrix2::new(
        radial + x * x * slope + 2.0 * p1 * y + 6.0 * p2 * x,
        cross,
        cross,
        radial + y * y * slope + 6.0 * p1 * y + 2.0 * p2 * x,
    )
}

/// Where `r * radial(r)` stops growing, as the square of that radius; infinite for a lens that never folds.
fn fold_radius_squared(&[k1, k2, _, _, k3]: &[f64; 5]) -> f64 {
    let slope = |s: f64| 1.0 + s * (3.0 * k1 + s * (5.0 * k2 + s * 7.0 * k3));
    // A radius of 8 is 83 degrees off the axis, beyond any lens this model describes.
    let steps = 6400;
    (1..=steps)
        .map(|step| 64.0 * f64::from(step) / f64::from(steps))
        .find(|&s| slope(s) <= 0.0)
        .unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn camera(distortion: [f64; 5]) -> CameraModel {
        CameraModel::new([1280, 720], [900.0, 905.0], [641.5, 355.0], distortion, 0.1).unwrap()
    }

    #[test]
    fn axes_are_those_of_opencv() {
        let camera = camera([0.0; 5]);
        assert_eq!(camera.project(&Vector3::new(0.0, 0.0, 2.0)), Some([641.5, 355.0]));
        assert_eq!(camera.project(&Vector3::new(1.0, 0.0, 2.0)), Some([641.5 + 450.0, 355.0]));
        assert_eq!(camera.project(&Vector3::new(0.0, 1.0, 2.0)), Some([641.5, 355.0 + 452.5]));
        assert_eq!(camera.project(&Vector3::new(0.0, 0.0, -2.0)), None);
    }

    #[test]
    fn distortion_is_that_of_opencv() {
        // Worked by hand from the published formula for x = 0.3, y = -0.2: r2 = 0.13.
        let pixel = camera([-0.2, 0.05, 0.001, -0.002, 0.01]).project(&Vector3::new(0.3, -0.2, 1.0)).unwrap();
        let radial = 1.0 - 0.2 * 0.13 + 0.05 * 0.0169 + 0.01 * 0.002_197;
        let x = 0.3 * radial + 2.0 * 0.001 * -0.06 + -0.002 * (0.13 + 0.18);
        let y = -0.2 * radial + 0.001 * (0.13 + 0.08) + 2.0 * -0.002 * -0.06;
        assert!((pixel[0] - (900.0 * x + 641.5)).abs() < 1e-9);
        assert!((pixel[1] - (905.0 * y + 355.0)).abs() < 1e-9);
    }

    #[test]
    fn the_file_round_trips_and_faults_are_named() {
        let text = r#"{"width":1280,"height":720,"fx":900.0,"fy":905.0,"cx":641.5,"cy":355.0,"distortion":[0.0,0.0,0.0,0.0,0.0],"tag_size_m":0.1}"#;
        let read: CameraModel = serde_json::from_str(text).unwrap();
        assert_eq!(read, camera([0.0; 5]));
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        let zero = serde_json::from_str::<CameraModel>(&text.replace("900.0", "0")).unwrap_err().to_string();
        assert!(zero.contains("`fx` is 0") && zero.contains("hint:"), "{zero}");
        assert!(serde_json::from_str::<CameraModel>(&text.replace("1280", "0")).is_err());
        assert!(serde_json::from_str::<CameraModel>(&text.replace("0.1", "-0.1")).is_err());
    }

    #[test]
    fn values_that_are_not_numbers_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(CameraModel::new([640, 480], [bad, 500.0], [320.0, 240.0], [0.0; 5], 0.1).is_err());
            assert!(CameraModel::new([640, 480], [500.0, 500.0], [320.0, 240.0], [0.0; 5], bad).is_err());
        }
        assert!(CameraModel::new([640, 480], [500.0, 500.0], [f64::NAN, 240.0], [0.0; 5], 0.1).is_err());
        assert!(
            CameraModel::new([640, 480], [500.0, 500.0], [320.0, 240.0], [0.0, 0.0, f64::NAN, 0.0, 0.0], 0.1).is_err()
        );
    }

    #[test]
    fn a_lens_that_folds_inside_the_frame_is_refused() {
        let folded = CameraModel::new([1280, 720], [400.0, 400.0], [640.0, 360.0], [-0.9, 0.0, 0.0, 0.0, 0.0], 0.1);
        assert!(matches!(folded, Err(CameraError::Folds { .. })), "{folded:?}");
    }

    proptest! {
        #[test]
        fn undistort_undoes_project(
            x in -0.75f64..0.75, y in -0.45f64..0.45, z in 0.2f64..5.0,
            k1 in -0.3f64..0.3, k2 in -0.05f64..0.1, p1 in -0.005f64..0.005, p2 in -0.005f64..0.005,
        ) {
            let camera = camera([k1, k2, p1, p2, 0.0]);
            let Some(pixel) = camera.project(&(Vector3::new(x, y, 1.0) * z)) else { return Err(TestCaseError::reject("beyond the fold")) };
            let back = camera.undistort(pixel).unwrap();
            prop_assert!((back[0] - x).hypot(back[1] - y) < 1e-8, "{back:?} is not ({x}, {y})");
        }

        #[test]
        fn undistort_never_panics(u in prop::num::f64::ANY, v in prop::num::f64::ANY) {
            let _seen = camera([-0.28, 0.07, 0.0002, -0.0003, 0.0]).undistort([u, v]);
        }
    }
}
