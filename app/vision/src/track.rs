//! From one frame to the tags in it, with poses, and the line that `fieldwright track` prints for it. Reads no clock and no
//! file: the caller decodes and measures.

use fieldwright_guide::frames::{CameraCv, Pose, Tag};
use serde::{Deserialize, Serialize};

use crate::{
    camera::CameraModel,
    detector::{FAMILY, TagDetector},
    frame::{FrameError, GrayFrame},
    pnp::{TagPose, solve_tag},
    refine::{Refinement, Response, refine_corners},
};

/// A tag seen in a frame, with its pose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Id in the family.
    pub id: u32,
    /// Top-left, top-right, bottom-right, bottom-left of the print's black border, pixels; (0, 0) is the centre of the top-left
    /// pixel.
    pub corners_px: [[f64; 2]; 4],
    /// Standard deviation of a corner's coordinate, pixels.
    pub corner_sigma_px: f64,
    /// Bits that had to be corrected.
    pub hamming: u32,
    /// Mean distance of the data bits from the threshold, gray levels.
    pub decision_margin: f32,
    /// The pose with the smaller reprojection error.
    pub best: TagPose,
    /// The other pose that a plane allows, where it differs.
    pub other: Option<TagPose>,
    /// True if the picture alone cannot tell `best` from `other`.
    pub ambiguous: bool,
}

impl Detection {
    /// The better pose in the product's own type.
    pub fn camera_from_tag(&self) -> Pose<CameraCv, Tag> {
        self.best.pose()
    }

    /// The form in which the command line prints it.
    pub fn row(&self) -> DetectionRow {
        let rotation = self.best.camera_from_tag.rotation.to_rotation_matrix();
        let translation = self.best.camera_from_tag.translation.vector;
        DetectionRow {
            family: FAMILY.to_owned(),
            id: self.id,
            corners_px: self.corners_px,
            camera_from_tag: PoseRow {
                rotation: std::array::from_fn(|row| std::array::from_fn(|column| rotation[(row, column)])),
                translation_m: [translation.x, translation.y, translation.z],
            },
            reprojection_px: self.best.reprojection_px,
            ambiguous: self.ambiguous,
        }
    }
}

/// Finds the tags of `frame` and solves each for its pose, taking every tag to be of the camera's `tag_size_m`. A frame too small
/// to hold a tag gives none.
///
/// # Errors
/// When the frame is not of the size that the camera was calibrated for.
pub fn track_image(
    detector: &mut TagDetector,
    frame: &GrayFrame,
    camera: &CameraModel,
) -> Result<Vec<Detection>, FrameError> {
    let size_m = camera.tag_size_m();
    track_with_sizes(detector, frame, camera, |_| Some(size_m))
}

/// Like [`track_image`], with the size (metres) of each tag by its id; ids that have none are left out.
///
/// # Errors
/// When the frame is not of the size that the camera was calibrated for.
pub fn track_with_sizes(
    detector: &mut TagDetector,
    frame: &GrayFrame,
    camera: &CameraModel,
    size_of: impl Fn(u32) -> Option<f64>,
) -> Result<Vec<Detection>, FrameError> {
    track_with_response(detector, frame, camera, size_of, &mut Response::default())
}

/// Like [`track_with_sizes`], with what is known of the camera's response, which is improved.
pub(crate) fn track_with_response(
    detector: &mut TagDetector,
    frame: &GrayFrame,
    camera: &CameraModel,
    size_of: impl Fn(u32) -> Option<f64>,
    response: &mut Response,
) -> Result<Vec<Detection>, FrameError> {
    if !camera.fits(frame.width(), frame.height()) {
        let [camera_width, camera_height] = camera.size_px();
        return Err(FrameError::NotOfThisCamera {
            width: frame.width(),
            height: frame.height(),
            camera_width,
            camera_height,
        });
    }
    let mut found = detector.detect(frame);
    // Large tags first: what they tell of the camera's response helps with the small ones.
    found.sort_by(|a, b| area_px(&b.corners_px).total_cmp(&area_px(&a.corners_px)));
    let mut detections: Vec<Detection> = found
        .iter()
        .filter_map(|raw| {
            let tag_size_m = size_of(raw.id)?;
            let cells = detector.cells(raw.id)?;
            let (corners_px, corner_sigma_px) = match refine_corners(frame, camera, &cells, &raw.corners_px, response) {
                Refinement::Refined(refined) => (refined.corners_px, refined.sigma_px),
                Refinement::Unclear => (raw.corners_px, UNREFINED_SIGMA_PX),
                Refinement::NotThePrint => return None,
            };
            let solution = solve_tag(camera, &corners_px, tag_size_m, corner_sigma_px)?;
            Some(Detection {
                id: raw.id,
                corners_px,
                corner_sigma_px,
                hamming: raw.hamming,
                decision_margin: raw.decision_margin,
                best: solution.best,
                other: solution.other,
                ambiguous: solution.ambiguous,
            })
        })
        .collect();
    detections.sort_by_key(|detection| detection.id);
    Ok(detections)
}

/// Uncertainty of corners that only the detector has located, pixels.
const UNREFINED_SIGMA_PX: f64 = 0.3;

fn area_px(corners: &[[f64; 2]; 4]) -> f64 {
    (0..4)
        .map(|index| corners[index][0] * corners[(index + 1) % 4][1] - corners[(index + 1) % 4][0] * corners[index][1])
        .sum()
}

/// One line of `fieldwright track --json`: what was seen in one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackRow {
    /// The image as it was named.
    pub image: String,
    /// Detection and pose of this frame on one thread, milliseconds, without decoding the file.
    pub ms: f64,
    /// When the frame was captured, seconds on its source's clock; absent for pictures without a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_s: Option<f64>,
    /// The tags, by rising id.
    pub detections: Vec<DetectionRow>,
}

/// One tag of a [`TrackRow`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectionRow {
    /// Family, `tag36h11`.
    pub family: String,
    /// Id in the family.
    pub id: u32,
    /// Top-left, top-right, bottom-right, bottom-left of the print's black border, pixels.
    pub corners_px: [[f64; 2]; 4],
    /// The pose of the tag in the camera (OpenCV axes).
    pub camera_from_tag: PoseRow,
    /// Root mean square reprojection error of the corners, pixels.
    pub reprojection_px: f64,
    /// True if the picture allows another pose nearly as well.
    pub ambiguous: bool,
}

/// A pose as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseRow {
    /// Rotation matrix, row by row.
    pub rotation: [[f64; 3]; 3],
    /// Origin of the tag in the camera's frame, metres.
    pub translation_m: [f64; 3],
}

impl TrackRow {
    /// The line for `image`, which took `ms` milliseconds.
    pub fn new(image: impl Into<String>, ms: f64, detections: &[Detection]) -> Self {
        Self { image: image.into(), ms, captured_s: None, detections: detections.iter().map(Detection::row).collect() }
    }
}
