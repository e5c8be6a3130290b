//! The offset between two clocks that watched the same head turn: the camera saw a fixed target turn, the runtime felt the head turn.
//! Knows neither pixels nor extrinsics: a rigid body has one angular speed, whichever part of it is asked.

use fieldwright_guide::time::Timestamp;
use nalgebra::UnitQuaternion;
use thiserror::Error;

use super::align::align;

/// An orientation at a moment: of a fixed target in the camera, or of the head in the room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// When, on the clock of whoever measured it.
    pub at: Timestamp,
    /// Which way, against anything that stands still.
    pub rotation: UnitQuaternion<f64>,
}

/// What is searched and what is believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OffsetSettings {
    /// Offsets up to this are tried, seconds.
    pub reach_s: f64,
    /// Pictures farther apart than this tell nothing of the speed between them, seconds.
    pub max_step_s: f64,
    /// Fewest pairs of pictures.
    pub min_pairs: usize,
    /// Least standard deviation of the head's angular speed, radians a second: a head that holds still or turns evenly tells no time.
    pub min_motion_rad_s: f64,
    /// Least correlation of the two speeds.
    pub min_correlation: f64,
    /// Largest uncertainty accepted, seconds.
    pub max_sigma_s: f64,
}

impl Default for OffsetSettings {
    fn default() -> Self {
        Self {
            reach_s: 0.25,
            max_step_s: 0.12,
            min_pairs: 40,
            min_motion_rad_s: 0.08,
            min_correlation: 0.8,
            max_sigma_s: 0.005,
        }
    }
}

/// By how much the clocks differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockOffset {
    /// To be added to a camera's time to get the head's time, seconds. Pictures stamped 20 ms late have -0.020.
    pub seconds: f64,
    /// One-sigma uncertainty, seconds.
    pub sigma_s: f64,
    /// Standard deviation of the offset over parts of the recording, seconds; a drifting clock shows here.
    pub spread_s: f64,
    /// Correlation of the two angular speeds at that offset: 1 is perfect.
    pub correlation: f64,
    /// Pictures it rests on.
    pub pictures: usize,
    /// Root mean square angle that remains between camera and head once aligned, radians.
    pub residual_rad: f64,
    /// Standard deviation of the head's angular speed, radians a second.
    pub motion_rad_s: f64,
}

/// Why the offset is not given.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum OffsetRefusal {
    /// Too little to compare.
    #[error(
        "clock offset: only {pairs} pairs of pictures have the target and a head pose, {needed} are needed\nhint: keep the target in view and record for longer"
    )]
    TooFew {
        /// Pairs found.
        pairs: usize,
        /// Pairs needed.
        needed: usize,
    },
    /// The head hardly turned.
    #[error(
        "clock offset: the head's turning varied by {motion_deg_s:.1} degrees a second, {needed_deg_s:.1} are needed\nhint: look left and right, up and down, at changing speed, with the target in view"
    )]
    TooLittleMotion {
        /// Variation found, degrees a second.
        motion_deg_s: f64,
        /// Variation needed.
        needed_deg_s: f64,
    },
    /// The two do not move alike.
    #[error(
        "clock offset: camera and head turn alike to {correlation:.2} only, at least {needed:.2} is needed\nhint: the target must stand still, the camera must be fixed to the headset"
    )]
    NotAlike {
        /// Best correlation.
        correlation: f64,
        /// Correlation needed.
        needed: f64,
    },
    /// The best offset is at the end of what was searched.
    #[error(
        "clock offset: beyond {reach_ms:.0} ms\nhint: the clocks differ by more than a camera's latency; check that both are the monotonic clock"
    )]
    OutOfReach {
        /// Largest offset tried, milliseconds.
        reach_ms: f64,
    },
    /// It could be several.
    #[error(
        "clock offset: known to {sigma_ms:.1} ms only, {needed_ms:.1} ms is needed\nhint: turn the head faster and less evenly, and record for longer"
    )]
    Vague {
        /// One-sigma uncertainty, milliseconds.
        sigma_ms: f64,
        /// Uncertainty accepted.
        needed_ms: f64,
    },
}

/// Finds the offset at which the turning that the camera saw is the turning that the head made. Both lists by rising time; a
/// picture counts where the head's poses cover it.
///
/// A rough offset comes from correlating the two angular speeds, which needs to know nothing of how the camera is mounted. Then the
/// orientations themselves are aligned: the mounting, the target's orientation and the offset are fitted together, which is ten times
/// finer, since a rate of 40 degrees a second turns a tenth of a degree of noise into 2.5 ms a picture rather than into 40 ms.
///
/// # Errors
/// When there was too little motion, or the two do not agree.
pub fn estimate_offset(
    camera: &[Turn],
    head: &[Turn],
    settings: &OffsetSettings,
) -> Result<ClockOffset, OffsetRefusal> {
    let mut pairs = pairs_of(camera, settings);
    let limit = absurd_speed(head);
    pairs.retain(|pair| pair.speed < limit);
    let too_few = |pairs| OffsetRefusal::TooFew { pairs, needed: settings.min_pairs };
    if pairs.len() < settings.min_pairs {
        return Err(too_few(pairs.len()));
    }
    let rough = coarse(&pairs, head, settings)?;
    let alike = Likeness::at(&pairs, head, rough).filter(|alike| alike.count >= settings.min_pairs);
    let alike = alike.ok_or(too_few(pairs.len()))?;
    if alike.head_deviation < settings.min_motion_rad_s {
        return Err(OffsetRefusal::TooLittleMotion {
            motion_deg_s: alike.head_deviation.to_degrees(),
            needed_deg_s: settings.min_motion_rad_s.to_degrees(),
        });
    }
    if alike.correlation < settings.min_correlation {
        return Err(OffsetRefusal::NotAlike { correlation: alike.correlation, needed: settings.min_correlation });
    }
    if rough.abs() > settings.reach_s - 2.0 * COARSE_STEP_S {
        return Err(OffsetRefusal::OutOfReach { reach_ms: settings.reach_s * 1e3 });
    }
    let vague = |sigma_s: f64| OffsetRefusal::Vague { sigma_ms: sigma_s * 1e3, needed_ms: settings.max_sigma_s * 1e3 };
    let alignment = align(camera, head, rough).ok_or(vague(f64::INFINITY))?;
    let (spread_s, parts) = alignment.spread(camera, head);
    let sigma_s = alignment.sigma_s.max(spread_s / (parts.max(1) as f64).sqrt());
    if sigma_s.is_nan() || sigma_s > settings.max_sigma_s {
        return Err(vague(sigma_s));
    }
    let correlation = Likeness::at(&pairs, head, alignment.offset_s).map_or(alike.correlation, |at| at.correlation);
    Ok(ClockOffset {
        seconds: alignment.offset_s,
        sigma_s,
        spread_s,
        correlation,
        pictures: alignment.pictures,
        residual_rad: alignment.residual_rad,
        motion_rad_s: alike.head_deviation,
    })
}

const COARSE_STEP_S: f64 = 0.004;
/// Speeds are taken over at least this long, so that the noise of two poses does not drown them, seconds.
const PAIR_S: f64 = 0.06;

/// What two pictures saw.
#[derive(Clone, Copy, Debug)]
struct Pair {
    from: f64,
    to: f64,
    speed: f64,
}

fn pairs_of(camera: &[Turn], settings: &OffsetSettings) -> Vec<Pair> {
    let pair = |(index, first): (usize, &Turn)| {
        let second = camera[index + 1..].iter().find(|turn| turn.at.since(first.at) >= PAIR_S)?;
        let seconds = second.at.since(first.at);
        let speed = first.rotation.angle_to(&second.rotation) / seconds;
        (seconds <= settings.max_step_s).then_some(Pair { from: first.at.0, to: second.at.0, speed })
    };
    camera.iter().enumerate().filter_map(pair).collect()
}

/// A camera that turned faster than the head ever did, with some room, did not: its pose flipped. Radians a second.
fn absurd_speed(head: &[Turn]) -> f64 {
    let pairs = pairs_of(head, &OffsetSettings::default());
    let mut speeds: Vec<f64> = pairs.iter().map(|pair| pair.speed).collect();
    speeds.sort_by(f64::total_cmp);
    1.3 * speeds.get(speeds.len() * 98 / 100).copied().unwrap_or(0.0) + 0.3
}

/// The head's mean speed over the pair, moved by the offset; `None` where no poses cover it.
fn head_speed(pair: &Pair, head: &[Turn], offset: f64) -> Option<f64> {
    let from = rotation_at(head, pair.from + offset)?;
    let to = rotation_at(head, pair.to + offset)?;
    Some(from.angle_to(&to) / (pair.to - pair.from))
}

pub(super) fn rotation_at(head: &[Turn], at: f64) -> Option<UnitQuaternion<f64>> {
    let index = head.partition_point(|turn| turn.at.0 < at);
    let (before, after) = (head.get(index.checked_sub(1)?)?, head.get(index)?);
    let gap = after.at.since(before.at);
    if gap > 0.1 {
        return None;
    }
    let turn = before.rotation.rotation_to(&after.rotation).scaled_axis() * ((at - before.at.0) / gap);
    Some(UnitQuaternion::from_scaled_axis(turn) * before.rotation)
}

/// How alike the two speeds are at one offset.
struct Likeness {
    count: usize,
    correlation: f64,
    head_deviation: f64,
}

impl Likeness {
    fn at(pairs: &[Pair], head: &[Turn], offset: f64) -> Option<Self> {
        let both: Vec<(f64, f64)> =
            pairs.iter().filter_map(|pair| Some((head_speed(pair, head, offset)?, pair.speed))).collect();
        if both.len() < 4 {
            return None;
        }
        let n = both.len() as f64;
        let (mean_head, mean_camera) = both.iter().fold((0.0, 0.0), |sum, (h, c)| (sum.0 + h / n, sum.1 + c / n));
        let (hh, cc, hc) = both.iter().fold((0.0, 0.0, 0.0), |sum, (h, c)| {
            let (h, c) = (h - mean_head, c - mean_camera);
            (sum.0 + h * h, sum.1 + c * c, sum.2 + h * c)
        });
        let correlation = if hh > 0.0 && cc > 0.0 { hc / (hh * cc).sqrt() } else { 0.0 };
        Some(Self { count: both.len(), correlation, head_deviation: (hh / n).sqrt() })
    }
}

fn coarse(pairs: &[Pair], head: &[Turn], settings: &OffsetSettings) -> Result<f64, OffsetRefusal> {
    let steps = (settings.reach_s / COARSE_STEP_S).round() as i32;
    let mut best: Option<(f64, f64)> = None;
    let mut most = 0;
    for step in -steps..=steps {
        let offset = f64::from(step) * COARSE_STEP_S;
        let Some(alike) = Likeness::at(pairs, head, offset) else { continue };
        most = most.max(alike.count);
        // An offset that leaves most pictures without head poses may correlate by chance.
        if 2 * alike.count >= pairs.len() && best.is_none_or(|(_, correlation)| alike.correlation > correlation) {
            best = Some((offset, alike.correlation));
        }
    }
    best.map(|(offset, _)| offset).ok_or(OffsetRefusal::TooFew { pairs: most, needed: settings.min_pairs })
}

#[cfg(test)]
mod tests {
    use nalgebra::Vector3;
    use proptest::prelude::*;

    use super::*;

    /// Looks about at up to 60 degrees a second or so, scaled.
    fn head_at(t: f64, scale: f64) -> UnitQuaternion<f64> {
        let yaw = 0.35 * (t * 2.3).sin() + 0.12 * (t * 5.1 + 1.0).sin();
        let pitch = 0.18 * (t * 3.1 + 0.4).sin() + 0.05 * (t * 7.3).cos();
        UnitQuaternion::from_euler_angles(pitch * scale, yaw * scale, 0.05 * (t * 1.7).sin() * scale)
    }

    struct Noise(u64);

    impl Noise {
        fn next(&mut self) -> f64 {
            // The sum of twelve even deviates is near enough to a normal one.
            (0..12)
                .map(|_| {
                    self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (self.0 >> 11) as f64 / (1u64 << 53) as f64
                })
                .sum::<f64>()
                - 6.0
        }

        fn turn(&mut self, sigma_deg: f64) -> UnitQuaternion<f64> {
            let sigma = sigma_deg.to_radians();
            UnitQuaternion::from_scaled_axis(Vector3::new(self.next(), self.next(), self.next()) * sigma)
        }
    }

    /// A recording of `seconds`: head at 90 Hz, camera at 30 Hz whose stamps are `late_s` after the truth.
    fn recording(seconds: f64, late_s: f64, scale: f64, camera_noise_deg: f64, seed: u64) -> (Vec<Turn>, Vec<Turn>) {
        let mut noise = Noise(seed);
        let mounted = UnitQuaternion::from_euler_angles(3.0, 0.1, -0.05);
        let camera = (0..(seconds * 30.0) as u32)
            .map(|index| {
                let truth = 0.5 + f64::from(index) / 30.0;
                let seen = mounted * head_at(truth, scale).inverse() * UnitQuaternion::from_euler_angles(0.3, 0.2, 0.1);
                Turn { at: Timestamp(truth + late_s), rotation: noise.turn(camera_noise_deg) * seen }
            })
            .collect();
        let head = (0..(seconds * 90.0 + 120.0) as u32)
            .map(|index| {
                let at = f64::from(index) / 90.0;
                Turn { at: Timestamp(at), rotation: noise.turn(0.01) * head_at(at, scale) }
            })
            .collect();
        (camera, head)
    }

    #[test]
    fn finds_twenty_milliseconds_within_three() {
        for seed in 0..10 {
            let (camera, head) = recording(10.0, 0.020, 1.0, 0.1, seed);
            let found = estimate_offset(&camera, &head, &OffsetSettings::default()).unwrap();
            assert!((found.seconds + 0.020).abs() < 0.003, "{found:?}");
            assert!(found.sigma_s < 0.002 && found.correlation > 0.97, "{found:?}");
        }
    }

    #[test]
    fn the_stated_uncertainty_is_honest() {
        let errors: Vec<f64> = (0..40)
            .map(|seed| {
                let (camera, head) = recording(6.0, 0.013, 0.6, 0.3, seed);
                let found = estimate_offset(&camera, &head, &OffsetSettings::default()).unwrap();
                (found.seconds + 0.013) / found.sigma_s
            })
            .collect();
        let rms = (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt();
        assert!((0.4..1.8).contains(&rms), "errors are {rms} stated sigmas");
    }

    #[test]
    fn flipped_poses_do_not_move_it() {
        let (mut camera, head) = recording(10.0, 0.020, 1.0, 0.1, 3);
        for turn in camera.iter_mut().skip(7).step_by(31) {
            turn.rotation = UnitQuaternion::from_euler_angles(0.4, 0.0, 0.0) * turn.rotation;
        }
        let found = estimate_offset(&camera, &head, &OffsetSettings::default()).unwrap();
        assert!((found.seconds + 0.020).abs() < 0.003, "{found:?}");
    }

    #[test]
    fn refuses_what_tells_no_time() {
        let settings = OffsetSettings::default();
        let (camera, head) = recording(10.0, 0.020, 0.02, 0.1, 1);
        let still = estimate_offset(&camera, &head, &settings).unwrap_err();
        assert!(matches!(still, OffsetRefusal::TooLittleMotion { .. }), "{still}");
        assert!(still.to_string().contains("hint:"));
        let (camera, head) = recording(1.0, 0.020, 1.0, 0.1, 1);
        assert!(matches!(estimate_offset(&camera, &head, &settings), Err(OffsetRefusal::TooFew { .. })));
        assert!(matches!(estimate_offset(&[], &head, &settings), Err(OffsetRefusal::TooFew { .. })));
        assert!(matches!(estimate_offset(&camera, &[], &settings), Err(OffsetRefusal::TooFew { .. })));
        let (camera, _) = recording(10.0, 0.020, 1.0, 0.1, 1);
        let (_, mut other) = recording(10.0, 0.0, 1.0, 0.1, 1);
        for turn in &mut other {
            turn.rotation =
                UnitQuaternion::from_euler_angles(0.3 * (turn.at.0 * 1.37).sin(), (turn.at.0 * 2.9).cos() * 0.2, 0.0);
        }
        let unlike = estimate_offset(&camera, &other, &settings).unwrap_err();
        assert!(matches!(unlike, OffsetRefusal::NotAlike { .. } | OffsetRefusal::OutOfReach { .. }), "{unlike}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whatever the offset within reach, early or late.
        #[test]
        fn any_offset_comes_back(late in -0.15f64..0.15, scale in 0.5f64..1.3, seed in 0u64..1000) {
            let (camera, head) = recording(8.0, late, scale, 0.1, seed);
            let found = estimate_offset(&camera, &head, &OffsetSettings::default()).unwrap();
            prop_assert!((found.seconds + late).abs() < 0.003, "{found:?}, truth {late}");
        }
    }
}
