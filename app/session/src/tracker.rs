//! The tracker on its thread, and what it tells the session. Must not know where frames come from.

use std::collections::VecDeque;

use fieldwright_guide::{
    equipment::Fiducial,
    frames::{CameraCv, Head, Pose, World},
    time::Timestamp,
    tracking::Anchor,
};
use fieldwright_vision::{
    anchor::{AnchorFilter, AnchorSettings},
    camera::CameraModel,
    detector::DetectorSettings,
    frame::GrayFrame,
    markers::MarkerSighting,
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
pub struct Tracker {
    equipment: EquipmentTracker,
    rhythm: Rhythm,
}

impl Tracker {
    /// A tracker that has not found its equipment yet.
    ///
    /// # Errors
    /// In words, when the fiducials cannot be used.
    pub fn new(camera: CameraModel, fiducials: &[Fiducial]) -> Result<Self, String> {
        EquipmentTracker::new(camera, fiducials, DetectorSettings::default(), AnchorSettings::default())
            .map(|equipment| Self { equipment, rhythm: Rhythm::default() })
            .map_err(|error| error.to_string())
    }

    /// Looks at a frame.
    pub fn frame(
        &mut self,
        frame: &GrayFrame,
        world_from_camera: &Pose<World, CameraCv>,
        captured: Timestamp,
    ) -> Sighting {
        if let Some(seconds) = self.rhythm.fresh_s(captured) {
            self.equipment.set_fresh_s(seconds);
        }
        let (tags, outcome) = match self.equipment.observe(frame, world_from_camera, captured) {
            Ok(report) => (report.detections.iter().map(|d| d.id).collect(), format!("{:?}", report.outcome)),
            Err(error) => (Vec::new(), error.to_string()),
        };
        Sighting { filter: self.equipment.filter().clone(), captured, tags, outcome }
    }

    /// Takes in markers that the runtime has located.
    pub fn markers(
        &mut self,
        sightings: &[MarkerSighting],
        world_from_head: &Pose<World, Head>,
        at: Timestamp,
    ) -> Sighting {
        if let Some(seconds) = self.rhythm.fresh_s(at) {
            self.equipment.set_fresh_s(seconds);
        }
        let (found, outcome) = self.equipment.observe_markers(sightings, world_from_head, at);
        let tags = found.fix.map(|fix| fix.tags_used).unwrap_or_default();
        let left_out = found.left_out.iter().map(|(id, why)| format!("{id} {why}"));
        let outcome = std::iter::once(format!("{outcome:?}")).chain(left_out).collect::<Vec<_>>().join("; ");
        Sighting { filter: self.equipment.filter().clone(), captured: at, tags, outcome }
    }
}

/// How often frames come, and so how old a fix may be before it counts as stale. A headset's camera gives thirty a second; a
/// processor that also draws the picture gives two, and its anchor is as true between them, since the equipment stands still.
#[derive(Debug, Default)]
struct Rhythm {
    last: Option<Timestamp>,
    intervals: VecDeque<f64>,
}

impl Rhythm {
    /// Intervals remembered: enough that one stall of the camera does not count as its rhythm.
    const REMEMBERED: usize = 5;
    /// A fix is known up to two intervals after its capture, the next one an interval later still, and one may be missed.
    const INTERVALS: f64 = 4.0;
    /// Bounds of what may count as fresh, seconds.
    const BOUNDS_S: (f64, f64) = (0.4, 2.0);

    /// Seconds that a fix stays fresh, from the median interval; `None` before there is one.
    fn fresh_s(&mut self, captured: Timestamp) -> Option<f64> {
        let interval = self.last.replace(captured).map(|last| captured.since(last)).filter(|s| *s > 0.0);
        if let Some(interval) = interval {
            self.intervals.push_back(interval);
            if self.intervals.len() > Self::REMEMBERED {
                self.intervals.pop_front();
            }
        }
        let mut sorted: Vec<f64> = self.intervals.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = Self::BOUNDS_S;
        // The lower median: where half the intervals are stalls, the short ones are the rhythm.
        sorted.get(sorted.len().saturating_sub(1) / 2).map(|median| (median * Self::INTERVALS).clamp(least, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(times: &[f64]) -> Option<f64> {
        let mut rhythm = Rhythm::default();
        times.iter().map(|t| rhythm.fresh_s(Timestamp(*t))).last().flatten()
    }

    #[test]
    fn what_is_fresh_follows_the_cameras_rhythm() {
        assert_eq!(after(&[0.0]), None);
        assert_eq!(after(&[0.0, 0.033, 0.066]), Some(0.4), "never less than a fast camera's");
        assert_eq!(after(&[0.0, 0.25, 0.5, 0.75]), Some(1.0));
        assert_eq!(after(&[0.0, 4.0, 8.0]), Some(2.0), "whatever the camera, an old fix is old");
    }

    #[test]
    fn a_stall_is_no_rhythm() {
        assert_eq!(after(&[0.0, 0.2, 0.4, 0.6, 5.6]), after(&[0.0, 0.2, 0.4, 0.6]));
        assert_eq!(after(&[1.0, 1.0, 0.5]), None, "time that stands or runs back tells nothing");
    }
}
