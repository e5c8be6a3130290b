//! The last head poses that the runtime gave, to be asked for any moment between them. Knows no camera.

use std::collections::VecDeque;

use fieldwright_guide::{
    frames::{Head, Pose, World},
    time::Timestamp,
};
use glam::Quat;
use thiserror::Error;

/// How far the ring may be stretched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RingLimits {
    /// Poses kept; at 90 a second, 180 are two seconds.
    pub capacity: usize,
    /// Two poses farther apart than this have nothing between them, seconds.
    pub max_gap_s: f64,
    /// How far beyond the newest pose its motion may be continued, seconds.
    pub max_ahead_s: f64,
}

impl Default for RingLimits {
    fn default() -> Self {
        // A head at 60 degrees a second that stops within 15 ms is half a degree from where it was extrapolated to.
        Self { capacity: 256, max_gap_s: 0.1, max_ahead_s: 0.015 }
    }
}

/// No head pose is known at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum PoseGap {
    /// The runtime has given no pose yet.
    #[error("no head pose yet\nhint: the headset must be on and tracking")]
    Empty,
    /// The ring has forgotten it.
    #[error(
        "no head pose at {asked_s:.3} s: the oldest kept is of {oldest_s:.3} s\nhint: the picture came too late, or its clock is not the head's; measure the offset with `fieldwright calibrate headset`"
    )]
    TooOld {
        /// The moment asked for, seconds.
        asked_s: f64,
        /// The oldest pose's, seconds.
        oldest_s: f64,
    },
    /// It lies too far ahead.
    #[error(
        "no head pose at {asked_s:.3} s: the newest is of {newest_s:.3} s\nhint: tracking has stalled, or the picture's clock is not the head's"
    )]
    TooNew {
        /// The moment asked for, seconds.
        asked_s: f64,
        /// The newest pose's, seconds.
        newest_s: f64,
    },
    /// It lies in a hole between two poses.
    #[error("no head pose at {asked_s:.3} s: the poses around it are {gap_s:.3} s apart\nhint: tracking had stalled")]
    Hole {
        /// The moment asked for, seconds.
        asked_s: f64,
        /// Seconds between the neighbours.
        gap_s: f64,
    },
}

/// Head poses by rising time.
#[derive(Clone, Debug)]
pub struct HeadRing {
    limits: RingLimits,
    samples: VecDeque<(Timestamp, Pose<World, Head>)>,
}

impl Default for HeadRing {
    fn default() -> Self {
        Self::new(RingLimits::default())
    }
}

impl HeadRing {
    /// An empty ring.
    pub fn new(limits: RingLimits) -> Self {
        Self { limits, samples: VecDeque::with_capacity(limits.capacity.min(4096)) }
    }

    /// Takes in the pose that held (or is predicted to hold) at `at`. False, and nothing is kept, if it is not later than the newest
    /// one or is no number.
    pub fn push(&mut self, at: Timestamp, world_from_head: Pose<World, Head>) -> bool {
        let pose = world_from_head;
        let sound =
            at.0.is_finite() && pose.translation.is_finite() && (pose.rotation.length_squared() - 1.0).abs() < 1e-2;
        if !sound || self.samples.back().is_some_and(|(newest, _)| at <= *newest) {
            return false;
        }
        while self.samples.len() >= self.limits.capacity.max(2) {
            self.samples.pop_front();
        }
        self.samples.push_back((at, Pose::new(pose.translation, pose.rotation.normalize())));
        true
    }

    /// Where the head was at `at`: between two poses on the shortest way at even speed, beyond the newest as it last moved.
    ///
    /// # Errors
    /// When the ring does not reach that moment.
    pub fn at(&self, at: Timestamp) -> Result<Pose<World, Head>, PoseGap> {
        let (Some((oldest, _)), Some((newest, last))) = (self.samples.front(), self.samples.back()) else {
            return Err(PoseGap::Empty);
        };
        let asked_s = at.0;
        // Written so that a moment that is no number is too old.
        if at.0.is_nan() || at < *oldest {
            return Err(PoseGap::TooOld { asked_s, oldest_s: oldest.0 });
        }
        if at > *newest {
            if at.since(*newest) > self.limits.max_ahead_s {
                return Err(PoseGap::TooNew { asked_s, newest_s: newest.0 });
            }
            return Ok(self.ahead(at, *newest, last));
        }
        let index = self.samples.partition_point(|(time, _)| *time < at);
        let (after, to) = &self.samples[index];
        if *after == at || index == 0 {
            return Ok(*to);
        }
        let (before, from) = &self.samples[index - 1];
        let gap_s = after.since(*before);
        if gap_s > self.limits.max_gap_s {
            return Err(PoseGap::Hole { asked_s, gap_s });
        }
        Ok(between(from, to, (at.since(*before) / gap_s) as f32))
    }

    /// The newest pose and its time.
    pub fn newest(&self) -> Option<(Timestamp, Pose<World, Head>)> {
        self.samples.back().copied()
    }

    /// All poses kept, by rising time.
    pub fn samples(&self) -> impl Iterator<Item = &(Timestamp, Pose<World, Head>)> {
        self.samples.iter()
    }

    /// Forgets everything, as after a new session whose clock or origin is another.
    pub fn clear(&mut self) {
        self.samples.clear();
    }

    fn ahead(&self, at: Timestamp, newest: Timestamp, last: &Pose<World, Head>) -> Pose<World, Head> {
        // A base of a few milliseconds, since the noise of two neighbouring poses is multiplied by the reach over the base.
        let base = self
            .samples
            .iter()
            .rev()
            .skip(1)
            .take_while(|(time, _)| newest.since(*time) <= self.limits.max_gap_s)
            .find(|(time, _)| newest.since(*time) >= MIN_BASE_S);
        let Some((before, from)) = base else { return *last };
        between(from, last, (at.since(*before) / newest.since(*before)) as f32)
    }
}

/// Shortest time over which the head's speed is taken for extrapolation, seconds.
const MIN_BASE_S: f64 = 0.008;

/// A share of the way between two poses; beyond 1 the motion goes on.
fn between(from: &Pose<World, Head>, to: &Pose<World, Head>, share: f32) -> Pose<World, Head> {
    let mut turn = to.rotation * from.rotation.inverse();
    if turn.w < 0.0 {
        turn = -turn;
    }
    let rotation = Quat::from_scaled_axis(turn.to_scaled_axis() * share) * from.rotation;
    Pose::new(from.translation + (to.translation - from.translation) * share, rotation.normalize())
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use proptest::prelude::*;

    use super::*;

    fn turning(seconds: f64) -> Pose<World, Head> {
        let t = seconds as f32;
        Pose::new(Vec3::new(0.3 * t, 1.6, -0.1 * t), Quat::from_rotation_y(1.0 * t) * Quat::from_rotation_x(0.2))
    }

    fn filled(rate_hz: f64, count: u32) -> HeadRing {
        let mut ring = HeadRing::default();
        for index in 0..count {
            let at = f64::from(index) / rate_hz;
            assert!(ring.push(Timestamp(at), turning(at)));
        }
        ring
    }

    #[test]
    fn says_why_there_is_no_pose() {
        let ring = filled(90.0, 400);
        let newest = 399.0 / 90.0;
        assert_eq!(HeadRing::default().at(Timestamp(0.0)), Err(PoseGap::Empty));
        assert!(matches!(ring.at(Timestamp(0.1)), Err(PoseGap::TooOld { .. })), "256 of 400 are kept");
        assert!(matches!(ring.at(Timestamp(f64::NAN)), Err(PoseGap::TooOld { .. })));
        assert!(matches!(ring.at(Timestamp(newest + 0.016)), Err(PoseGap::TooNew { .. })));
        assert!(matches!(ring.at(Timestamp(f64::INFINITY)), Err(PoseGap::TooNew { .. })));
        assert!(ring.at(Timestamp(newest + 0.014)).is_ok());
        let mut torn = filled(90.0, 10);
        assert!(torn.push(Timestamp(1.0), turning(1.0)));
        let hole = torn.at(Timestamp(0.5)).unwrap_err();
        assert!(matches!(hole, PoseGap::Hole { .. }) && hole.to_string().contains("hint:"), "{hole}");
        assert_eq!(torn.at(Timestamp(1.0)), Ok(turning(1.0)));
    }

    #[test]
    fn refuses_poses_that_go_back_or_are_none() {
        let mut ring = filled(90.0, 3);
        assert!(!ring.push(Timestamp(0.0), turning(0.0)));
        assert!(!ring.push(Timestamp(f64::NAN), turning(0.0)));
        assert!(!ring.push(Timestamp(9.0), Pose::new(Vec3::NAN, Quat::IDENTITY)));
        assert!(!ring.push(Timestamp(9.0), Pose::new(Vec3::ZERO, Quat::from_xyzw(0.0, 0.0, 0.0, 0.0))));
        assert_eq!(ring.samples().count(), 3);
    }

    #[test]
    fn one_pose_holds_for_a_moment() {
        let mut ring = HeadRing::default();
        ring.push(Timestamp(1.0), turning(0.0));
        assert_eq!(ring.at(Timestamp(1.01)), Ok(turning(0.0)));
    }

    proptest! {
        /// Even motion is met exactly between poses and a little beyond them, whatever the rate.
        #[test]
        fn even_motion_is_followed(rate in 30.0f64..500.0, share in 0.0f64..1.0) {
            let ring = filled(rate, 200);
            let (oldest, newest) = (ring.samples().next().unwrap().0.0, ring.newest().unwrap().0.0);
            let at = oldest + share * (newest + 0.014 - oldest);
            let (metres, radians) = ring.at(Timestamp(at)).unwrap().difference(&turning(at));
            // Single precision multiplied by the reach over the base.
            prop_assert!(metres < 1e-4 && radians < 3e-3, "{metres} m, {radians} rad");
        }

        /// The pose between two lies on the way between them: no longer than the whole, and of unit length.
        #[test]
        fn never_overshoots_between(
            a in prop::array::uniform3(-3.0f32..3.0), b in prop::array::uniform3(-3.0f32..3.0),
            p in prop::array::uniform3(-2.0f32..2.0), q in prop::array::uniform3(-2.0f32..2.0), share in 0.0f64..1.0,
        ) {
            let from = Pose::new(p.into(), Quat::from_euler(glam::EulerRot::XYZ, a[0], a[1], a[2]));
            let to = Pose::new(q.into(), -Quat::from_euler(glam::EulerRot::XYZ, b[0], b[1], b[2]));
            let mut ring = HeadRing::default();
            ring.push(Timestamp(0.0), from);
            ring.push(Timestamp(0.05), to);
            let middle = ring.at(Timestamp(0.05 * share)).unwrap();
            let turn = |x: &Pose<World, Head>, y: &Pose<World, Head>| x.difference(y).1;
            let whole = turn(&from, &to);
            prop_assert!((middle.rotation.length() - 1.0).abs() < 1e-5);
            prop_assert!((turn(&from, &middle) + turn(&middle, &to) - whole).abs() < 5e-3);
            prop_assert!((f64::from(turn(&from, &middle)) - share * f64::from(whole)).abs() < 5e-3);
            prop_assert!(middle.translation.distance(from.translation.lerp(to.translation, share as f32)) < 1e-5);
        }
    }
}
