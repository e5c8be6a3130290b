//! The whole way from a camera frame to the anchor: detector, joint pose and filter of one equipment and one camera. This is what
//! a shell holds. Knows nothing of where frames and head poses come from.

use fieldwright_guide::{
    equipment::Fiducial,
    frames::{CameraCv, Head, Pose, World},
    time::Timestamp,
    tracking::Anchor,
};
use thiserror::Error;

use crate::{
    anchor::{AnchorFilter, AnchorSettings, Outcome},
    camera::CameraModel,
    detector::{DetectorError, DetectorSettings, FAMILY, TagDetector},
    frame::{FrameError, GrayFrame},
    layout::{LayoutError, TagLayout},
    markers::{MarkerFix, MarkerLayout, MarkerSighting, solve_markers, viewer},
    multi::{EquipmentFix, solve_equipment},
    refine::Response,
    track::{Detection, track_with_response},
};

/// Finds one equipment in the frames of one camera and keeps it.
#[derive(Debug)]
pub struct EquipmentTracker {
    detector: TagDetector,
    camera: CameraModel,
    layout: TagLayout,
    markers: MarkerLayout,
    filter: AnchorFilter,
    response: Response,
}

/// The tracker could not be made.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TrackerError {
    /// The fiducials of the equipment cannot be used.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The detector could not be made.
    #[error(transparent)]
    Detector(#[from] DetectorError),
}

/// What one frame gave.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameReport {
    /// The equipment's tags that were seen, by rising id.
    pub detections: Vec<Detection>,
    /// The poses that explain them, likeliest first.
    pub fixes: Vec<EquipmentFix>,
    /// What the filter made of them.
    pub outcome: Outcome,
}

impl EquipmentTracker {
    /// A tracker for equipment with these fiducials, which has not been found yet.
    ///
    /// # Errors
    /// When the fiducials or the settings cannot be used.
    pub fn new(
        camera: CameraModel,
        fiducials: &[Fiducial],
        detector: DetectorSettings,
        anchor: AnchorSettings,
    ) -> Result<Self, TrackerError> {
        let markers = MarkerLayout::new(fiducials)?;
        let own: Vec<Fiducial> = fiducials.iter().filter(|fiducial| fiducial.family == FAMILY).cloned().collect();
        let layout = TagLayout::new(&own)?;
        let detector = TagDetector::new(detector)?;
        let filter = AnchorFilter::new(&layout, anchor);
        Ok(Self { detector, camera, layout, markers, filter, response: Response::default() })
    }

    /// Takes in a frame captured at `captured` by a camera that was then at `world_from_camera`.
    ///
    /// # Errors
    /// When the frame is not of the size that the camera was calibrated for.
    pub fn observe(
        &mut self,
        frame: &GrayFrame,
        world_from_camera: &Pose<World, CameraCv>,
        captured: Timestamp,
    ) -> Result<FrameReport, FrameError> {
        let size_of = |id| self.layout.tag(id).map(|tag| tag.tag_size_m);
        self.response.fade();
        let detections = track_with_response(&mut self.detector, frame, &self.camera, size_of, &mut self.response)?;
        let guess = self.filter.expected(world_from_camera);
        let fixes = solve_equipment(&self.camera, &self.layout, &detections, guess.as_ref());
        let outcome = self.filter.observe(&fixes, world_from_camera, captured);
        Ok(FrameReport { detections, fixes, outcome })
    }

    /// Takes in markers that the runtime has located itself, as of `at`, with the head then at `world_from_head`. They go through the
    /// same filter as our own pictures, and may come between them.
    pub fn observe_markers(
        &mut self,
        sightings: &[MarkerSighting],
        world_from_head: &Pose<World, Head>,
        at: Timestamp,
    ) -> (MarkerFix, Outcome) {
        let found = solve_markers(&self.markers, sightings, world_from_head);
        let fixes: Vec<EquipmentFix> = found.fix.iter().cloned().collect();
        let outcome = self.filter.observe(&fixes, &viewer(world_from_head), at);
        (found, outcome)
    }

    /// The estimate at `now`.
    pub fn anchor(&self, now: Timestamp) -> Anchor {
        self.filter.anchor(now)
    }

    /// See [`AnchorFilter::set_fresh_s`].
    pub fn set_fresh_s(&mut self, seconds: f64) {
        self.filter.set_fresh_s(seconds);
    }

    /// The filter, for its uncertainties.
    pub fn filter(&self) -> &AnchorFilter {
        &self.filter
    }

    /// The camera it was made for.
    pub fn camera(&self) -> &CameraModel {
        &self.camera
    }

    /// Forgets the equipment.
    pub fn reset(&mut self) {
        self.filter.reset();
    }
}
