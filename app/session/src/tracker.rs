//! The tracker on its thread, and what it tells the session. Must not know where frames come from.

use fieldwright_guide::{
    equipment::Fiducial,
    frames::{CameraCv, Pose, World},
    time::Timestamp,
    tracking::Anchor,
};
use fieldwright_vision::{
    anchor::{AnchorFilter, AnchorSettings},
    camera::CameraModel,
    detector::DetectorSettings,
    frame::GrayFrame,
    tracker::EquipmentTracker,
};

/// What one frame told: a copy of the filter goes with it, so that the anchor ages by the clock between frames.
#[derive(Clone, Debug)]
pub struct Sighting {
    filter: AnchorFilter,
    /// When the frame was captured.
    pub captured: Timestamp,
    /// Fiducials seen in it, by rising id.
    pub tags: Vec<u32>,
    /// What the filter made of it, in words, or why the frame could not be used.
    pub outcome: String,
}

impl Sighting {
    /// The anchor as of `now`.
    pub fn anchor(&self, now: Timestamp) -> Anchor {
        self.filter.anchor(now)
    }
}

/// Detector, solver and filter of one equipment.
#[derive(Debug)]
pub struct Tracker(EquipmentTracker);

impl Tracker {
    /// A tracker that has not found its equipment yet.
    ///
    /// # Errors
    /// In words, when the fiducials cannot be used.
    pub fn new(camera: CameraModel, fiducials: &[Fiducial]) -> Result<Self, String> {
        EquipmentTracker::new(camera, fiducials, DetectorSettings::default(), AnchorSettings::default())
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Looks at a frame.
    pub fn frame(
        &mut self,
        frame: &GrayFrame,
        world_from_camera: &Pose<World, CameraCv>,
        captured: Timestamp,
    ) -> Sighting {
        let (tags, outcome) = match self.0.observe(frame, world_from_camera, captured) {
            Ok(report) => (report.detections.iter().map(|d| d.id).collect(), format!("{:?}", report.outcome)),
            Err(error) => (Vec::new(), error.to_string()),
        };
        Sighting { filter: self.0.filter().clone(), captured, tags, outcome }
    }
}
