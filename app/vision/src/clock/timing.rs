//! Where the camera was when it took a picture, and how late its pictures come. Knows no runtime and no device.

use std::collections::VecDeque;

use fieldwright_guide::{
    frames::{CameraCv, Head, Pose, World},
    time::Timestamp,
};

use super::{
    offset::ClockOffset,
    ring::{HeadRing, PoseGap},
};

/// A camera fixed to the head: where it sits, and how its clock runs against the head's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraRig {
    /// Where the camera sits on the head.
    pub head_from_camera: Pose<Head, CameraCv>,
    /// To be added to a picture's time to get the head's time, seconds.
    pub clock_offset_s: f64,
}

impl CameraRig {
    /// The moment on the head's clock at which a picture stamped `captured` was taken.
    pub fn head_time(&self, captured: Timestamp) -> Timestamp {
        captured.plus(self.clock_offset_s)
    }

    /// Where the camera was when it took the picture stamped `captured`; give the tracker [`Self::head_time`] with it.
    ///
    /// # Errors
    /// When no head pose is known for that moment.
    pub fn world_from_camera(&self, ring: &HeadRing, captured: Timestamp) -> Result<Pose<World, CameraCv>, PoseGap> {
        Ok(ring.at(self.head_time(captured))?.then(&self.head_from_camera))
    }
}

/// The rhythm and delay of a camera, over its last pictures.
#[derive(Clone, Debug, Default)]
pub struct CameraTiming {
    last: Option<Timestamp>,
    intervals: VecDeque<f64>,
    delays: VecDeque<f64>,
    missed: u64,
    offset: Option<ClockOffset>,
}

impl CameraTiming {
    const REMEMBERED: usize = 60;

    /// Takes in a picture stamped `captured` (already on the head's clock) that was in hand at `arrived` on the same clock.
    pub fn picture(&mut self, captured: Timestamp, arrived: Timestamp) {
        let push = |queue: &mut VecDeque<f64>, value: f64| {
            if value.is_finite() {
                queue.push_back(value);
                if queue.len() > Self::REMEMBERED {
                    queue.pop_front();
                }
            }
        };
        if let Some(last) = self.last.replace(captured)
            && captured > last
        {
            push(&mut self.intervals, captured.since(last));
        }
        push(&mut self.delays, arrived.since(captured));
    }

    /// A picture had to be dropped, or no head pose was known for it.
    pub fn missed(&mut self) {
        self.missed += 1;
    }

    /// The clock offset in use, with its quality.
    pub fn set_offset(&mut self, offset: Option<ClockOffset>) {
        self.offset = offset;
    }

    /// Pictures a second, by the median interval.
    pub fn rate_hz(&self) -> Option<f64> {
        median(&self.intervals).filter(|seconds| *seconds > 0.0).map(|seconds| 1.0 / seconds)
    }

    /// How old a picture is when it arrives, seconds, median.
    pub fn delay_s(&self) -> Option<f64> {
        median(&self.delays)
    }

    /// Pictures that could not be used.
    pub fn missed_count(&self) -> u64 {
        self.missed
    }

    /// In words, for the status line: `30.0 a second, 21 ms old on arrival, clock offset -20.3 ± 0.4 ms`.
    pub fn words(&self) -> String {
        let rhythm = match (self.rate_hz(), self.delay_s()) {
            (Some(rate), Some(delay)) => format!("{rate:.1} a second, {:.0} ms old on arrival", delay * 1e3),
            _ => "waiting for pictures".to_owned(),
        };
        let offset = self
            .offset
            .as_ref()
            .map(|offset| format!("clock offset {:+.1} ± {:.1} ms", offset.seconds * 1e3, offset.sigma_s * 1e3));
        let missed = (self.missed > 0).then(|| format!("{} not used", self.missed));
        [Some(rhythm), offset, missed].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn median(values: &VecDeque<f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use glam::{Quat, Vec3};

    use super::*;

    /// A head that turns at 60 degrees a second: the 20 ms that its pictures are late would be 1.2 degrees, 42 mm at 2 m.
    #[test]
    fn the_pose_is_that_of_the_capture() {
        let head = |t: f64| {
            Pose::new(
                Vec3::new(0.0, 1.6, 0.1 * t as f32),
                Quat::from_rotation_y((t * std::f64::consts::FRAC_PI_3) as f32),
            )
        };
        let mut ring = HeadRing::default();
        for index in 0..90 {
            let at = f64::from(index) / 90.0;
            ring.push(Timestamp(at), head(at));
        }
        let head_from_camera: Pose<Head, CameraCv> =
            Pose::new(Vec3::new(0.03, 0.05, -0.08), Quat::from_xyzw(1.0, 0.0, 0.0, 0.0));
        let rig = CameraRig { head_from_camera, clock_offset_s: -0.020 };
        let (truth, stamped) = (Timestamp(0.5), Timestamp(0.52));
        let found = rig.world_from_camera(&ring, stamped).unwrap();
        let (metres, radians) = found.difference(&head(truth.0).then(&head_from_camera));
        assert!(metres < 1e-5 && radians < 1e-3, "{metres} m, {radians} rad");
        let naive = CameraRig { clock_offset_s: 0.0, ..rig }.world_from_camera(&ring, stamped).unwrap();
        assert!(naive.difference(&found).1.to_degrees() > 1.1);
        assert!(rig.world_from_camera(&ring, Timestamp(5.0)).is_err());
    }

    #[test]
    fn says_how_late_pictures_are() {
        let mut timing = CameraTiming::default();
        assert_eq!(timing.words(), "waiting for pictures");
        for index in 0..100 {
            let at = f64::from(index) / 30.0;
            timing.picture(Timestamp(at), Timestamp(at + 0.021));
        }
        timing.set_offset(Some(ClockOffset {
            seconds: -0.0203,
            sigma_s: 0.0004,
            spread_s: 0.001,
            correlation: 0.99,
            pictures: 300,
            residual_rad: 0.002,
            motion_rad_s: 0.5,
        }));
        assert_eq!(timing.words(), "30.0 a second, 21 ms old on arrival, clock offset -20.3 ± 0.4 ms");
        timing.picture(Timestamp(f64::NAN), Timestamp(1.0));
        timing.missed();
        assert!(timing.words().ends_with("1 not used"));
    }
}
