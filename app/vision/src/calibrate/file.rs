//! The camera file: intrinsics, where the camera sits on the head, its clock, and how all this was found. A file with the intrinsics
//! alone is one too, and everything that reads intrinsics reads the whole file.

use std::path::{Path, PathBuf};

use fieldwright_guide::frames::{CameraCv, Head, Pose};
use glam::{Quat, Vec3};
use nalgebra::Isometry3;
use serde::{Deserialize, Serialize};

use crate::{camera::CameraModel, clock::CameraRig};

/// See the module's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraFile {
    /// The intrinsics.
    #[serde(flatten)]
    pub camera: CameraModel,
    /// Where the camera sits on the head; absent until calibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_from_camera: Option<Mounting>,
    /// To be added to a picture's time to get the head's time, seconds; absent until measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_s: Option<f64>,
    /// How the intrinsics were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationRecord>,
}

/// A pose as numbers, with what its calibration left over.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawMounting")]
pub struct Mounting {
    /// Origin of the camera in the head's frame (+X right, +Y up, -Z the way the wearer looks), metres.
    pub translation_m: [f64; 3],
    /// Unit quaternion x, y, z, w from the camera's axes (+X right, +Y down, +Z forward) to the head's.
    pub rotation: [f64; 4],
    /// Root mean square residual of the board's place, millimetres.
    pub residual_mm: f64,
    /// Root mean square residual of the board's rotation, degrees.
    pub residual_deg: f64,
}

/// As written; checked on the way in.
#[derive(Deserialize)]
struct RawMounting {
    translation_m: [f64; 3],
    rotation: [f64; 4],
    #[serde(default)]
    residual_mm: f64,
    #[serde(default)]
    residual_deg: f64,
}

impl TryFrom<RawMounting> for Mounting {
    type Error = String;

    fn try_from(raw: RawMounting) -> Result<Self, String> {
        let near = raw.translation_m.iter().all(|metres| metres.abs() <= 1.0);
        if !near {
            return Err(format!(
                "`head_from_camera`: `translation_m` is {:?}, expected metres within 1 of the head\nhint: calibrate again with `fieldwright calibrate headset`",
                raw.translation_m
            ));
        }
        let length = raw.rotation.iter().map(|part| part * part).sum::<f64>().sqrt();
        if length.is_nan() || (length - 1.0).abs() > 1e-3 {
            return Err(format!(
                "`head_from_camera`: `rotation` {:?} has length {length}, expected 1\nhint: the order is x, y, z, w",
                raw.rotation
            ));
        }
        Ok(Self {
            translation_m: raw.translation_m,
            rotation: raw.rotation.map(|part| part / length),
            residual_mm: raw.residual_mm,
            residual_deg: raw.residual_deg,
        })
    }
}

impl Mounting {
    /// From a transform, with what the calibration left over.
    pub fn new(head_from_camera: &Isometry3<f64>, residual_mm: f64, residual_deg: f64) -> Self {
        let (t, q) = (head_from_camera.translation.vector, head_from_camera.rotation);
        Self { translation_m: [t.x, t.y, t.z], rotation: [q.i, q.j, q.k, q.w], residual_mm, residual_deg }
    }

    /// In the product's own type.
    pub fn pose(&self) -> Pose<Head, CameraCv> {
        let [x, y, z, w] = self.rotation.map(|part| part as f32);
        Pose::new(Vec3::from(self.translation_m.map(|metres| metres as f32)), Quat::from_xyzw(x, y, z, w).normalize())
    }
}

/// How a calibration went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationRecord {
    /// Pictures used.
    pub pictures: usize,
    /// Corners used.
    pub corners: usize,
    /// Root mean square reprojection error, pixels.
    pub rms_px: f64,
    /// 95th percentile of the reprojection error, pixels.
    pub p95_px: f64,
    /// One-sigma uncertainty of `fx, fy, cx, cy`, pixels.
    pub sigma_px: [f64; 4],
}

/// Why a camera file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum CameraFileError {
    /// The file cannot be read.
    #[error("cannot read the camera's calibration `{}`: {cause}\nhint: its form is in docs/vision.md", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// What it holds is no calibration.
    #[error("cannot use the camera's calibration `{}`: {cause}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, with line and column.
        cause: serde_json::Error,
    },
}

impl CameraFile {
    /// Intrinsics and nothing else.
    pub fn new(camera: CameraModel) -> Self {
        Self { camera, head_from_camera: None, clock_offset_s: None, calibration: None }
    }

    /// Reads a file, with or without extrinsics.
    ///
    /// # Errors
    /// When it cannot be read, or is no calibration of a camera.
    pub fn read(path: &Path) -> Result<Self, CameraFileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| CameraFileError::Unreadable { path: path.to_owned(), cause })?;
        serde_json::from_str(&text).map_err(|cause| CameraFileError::Unusable { path: path.to_owned(), cause })
    }

    /// Where the camera was when: `None` until the camera's place on the head has been calibrated.
    pub fn rig(&self) -> Option<CameraRig> {
        let head_from_camera = self.head_from_camera?.pose();
        Some(CameraRig { head_from_camera, clock_offset_s: self.clock_offset_s.unwrap_or(0.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{"width":1280,"height":720,"fx":900.0,"fy":905.0,"cx":641.5,"cy":355.0,"distortion":[0.0,0.0,0.0,0.0,0.0],"tag_size_m":0.1}"#;

    #[test]
    fn a_file_of_intrinsics_alone_is_a_camera_file_and_the_other_way_round() {
        let plain: CameraFile = serde_json::from_str(PLAIN).unwrap();
        assert_eq!(serde_json::to_string(&plain).unwrap(), PLAIN, "nothing is added");
        assert!(plain.rig().is_none());
        let mounted = Isometry3::from_parts(
            nalgebra::Translation3::new(0.03, 0.04, -0.07),
            nalgebra::UnitQuaternion::from_euler_angles(3.1, 0.02, -0.01),
        );
        let full = CameraFile {
            head_from_camera: Some(Mounting::new(&mounted, 0.8, 0.05)),
            clock_offset_s: Some(-0.02),
            calibration: Some(CalibrationRecord {
                pictures: 20,
                corners: 2400,
                rms_px: 0.1,
                p95_px: 0.2,
                sigma_px: [0.1; 4],
            }),
            ..plain.clone()
        };
        let text = serde_json::to_string(&full).unwrap();
        assert_eq!(serde_json::from_str::<CameraFile>(&text).unwrap(), full);
        assert_eq!(serde_json::from_str::<CameraModel>(&text).unwrap(), plain.camera);
        let rig = full.rig().unwrap();
        assert!((rig.clock_offset_s + 0.02).abs() < 1e-12);
        assert!((rig.head_from_camera.translation.y - 0.04).abs() < 1e-6);
    }

    #[test]
    fn faults_are_named() {
        let with = |mounting: &str| {
            let text =
                PLAIN.replace("\"tag_size_m\":0.1", &format!("\"tag_size_m\":0.1,\"head_from_camera\":{mounting}"));
            serde_json::from_str::<CameraFile>(&text).unwrap_err().to_string()
        };
        let far = with(r#"{"translation_m":[30,0,0],"rotation":[0,0,0,1]}"#);
        assert!(far.contains("translation_m") && far.contains("hint:"), "{far}");
        let short = with(r#"{"translation_m":[0,0,0],"rotation":[0,0,0,0]}"#);
        assert!(short.contains("rotation") && short.contains("hint:"), "{short}");
        let bad = serde_json::from_str::<CameraFile>(&PLAIN.replace("900.0", "0")).unwrap_err().to_string();
        assert!(bad.contains("`fx` is 0"), "{bad}");
    }
}
