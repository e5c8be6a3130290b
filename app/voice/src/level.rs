//! How loud sound is, and whether a microphone's signal is one that speech can be heard in. Must not know devices.

use crate::wav::RATE_HZ;

/// Level of a piece of sound, full scale at 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Loudest sample.
    pub peak: f32,
    /// Root mean square.
    pub rms: f32,
    /// Samples at full scale.
    pub clipped: u32,
}

impl Level {
    /// Of these samples.
    pub fn of(samples: &[f32]) -> Self {
        let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let clipped = samples.iter().filter(|sample| is_full_scale(**sample)).count() as u32;
        Self { peak, rms: rms(samples), clipped }
    }

    /// Root mean square in decibels of full scale; silence is -100.
    pub fn rms_db(&self) -> f32 {
        db(self.rms)
    }
}

/// Root mean square.
pub fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

/// Root mean square of speech where it is spoken: 20 ms pieces within 30 dB of the loudest, so that pauses do not count.
pub fn speech_rms(samples: &[f32]) -> f32 {
    let powers: Vec<f32> = samples.chunks(RATE_HZ as usize / 50).map(|piece| rms(piece).powi(2)).collect();
    let floor = powers.iter().fold(0.0_f32, |most, power| most.max(*power)) * 1e-3;
    let (sum, count) = powers
        .iter()
        .filter(|power| **power > floor)
        .fold((0.0, 0_u32), |(sum, count), power| (sum + power, count + 1));
    (sum / count.max(1) as f32).sqrt()
}

/// Length of what is taken for noise at either end of an utterance, in pieces of 20 ms.
const EDGE: usize = 5;

/// How far the voice of an utterance stands above the noise around it, dB: the loudest quarter of its pieces of 20 ms, over the
/// louder of its first and last tenth of a second, where nobody speaks yet or any more. Whoever speaks there all the same, as where
/// a key was pressed late, makes it less. 0 where it is too short to tell.
pub fn above_noise_db(samples: &[f32]) -> f32 {
    let mut powers: Vec<f32> = samples.chunks_exact(RATE_HZ as usize / 50).map(|piece| rms(piece).powi(2)).collect();
    if powers.len() < 4 * EDGE {
        return 0.0;
    }
    let mean = |powers: &[f32]| powers.iter().sum::<f32>() / powers.len().max(1) as f32;
    let edges = mean(&powers[..EDGE]).max(mean(&powers[powers.len() - EDGE..]));
    powers.sort_by(|a, b| b.total_cmp(a));
    let (loud, faintest) = (mean(&powers[..powers.len() / 4]), powers[powers.len() * 9 / 10]);
    let noise = edges.max(faintest).max(1e-10);
    10.0 * ((loud - noise).max(1e-10) / noise).log10()
}

/// Decibels of full scale, not below -100.
pub fn db(amplitude: f32) -> f32 {
    20.0 * amplitude.max(1e-5).log10()
}

/// Whether a sample stands at full scale, as clipped ones do.
pub fn is_full_scale(sample: f32) -> bool {
    sample.abs() >= 0.999
}

/// Whether speech can be heard in a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Too little heard yet to tell.
    Unknown,
    /// Yes.
    Good,
    /// Nothing but zeros, or as good as: muted, or the cable is out.
    Silent,
    /// It stands at full scale: the gain is too high, and words are torn.
    Clipping,
}

/// Seconds of nothing after which a microphone counts as muted. Any live one has more noise than that.
const SILENT_AFTER_S: f32 = 3.0;
/// Below this a piece is silence, decibels of full scale: one step of 16 bits lies at -90.
const SILENT_DB: f32 = -85.0;
/// The share of samples of a second at full scale that tears words.
const CLIPPED_SHARE: f32 = 0.004;

/// Watches a signal's level.
#[derive(Clone, Debug)]
pub struct Meter {
    shown: Level,
    heard_s: f32,
    silent_s: f32,
    clipped_share: f32,
}

impl Default for Meter {
    fn default() -> Self {
        Self { shown: Level::default(), heard_s: 0.0, silent_s: 0.0, clipped_share: 0.0 }
    }
}

impl Meter {
    /// Takes in the next samples, 16 kHz.
    pub fn push(&mut self, samples: &[f32]) {
        if samples.is_empty() {
            return;
        }
        let seconds = samples.len() as f32 / RATE_HZ as f32;
        let level = Level::of(samples);
        self.heard_s += seconds;
        if db(level.peak) < SILENT_DB {
            self.silent_s += seconds;
        } else {
            self.silent_s = 0.0;
        }
        let share = level.clipped as f32 / samples.len() as f32;
        self.clipped_share += (share - self.clipped_share) * (seconds / 1.0).min(1.0);
        // A needle that jumps up and falls by 20 dB a second.
        let fallen = self.shown.peak * 10_f32.powf(-seconds);
        let smooth = (seconds / 0.1).min(1.0);
        self.shown = Level {
            peak: level.peak.max(fallen),
            rms: self.shown.rms + (level.rms - self.shown.rms) * smooth,
            clipped: level.clipped,
        };
    }

    /// What a needle shows.
    pub fn level(&self) -> Level {
        self.shown
    }

    /// Whether speech can be heard.
    pub fn signal(&self) -> Signal {
        if self.silent_s >= SILENT_AFTER_S {
            Signal::Silent
        } else if self.clipped_share > CLIPPED_SHARE {
            Signal::Clipping
        } else if self.heard_s < 0.5 {
            Signal::Unknown
        } else {
            Signal::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKind, mix, noise};

    fn sine(loud: f32, seconds: f32) -> Vec<f32> {
        (0..(seconds * RATE_HZ as f32) as usize).map(|n| (loud * (n as f32 * 0.3).sin()).clamp(-1.0, 1.0)).collect()
    }

    #[test]
    fn a_voice_is_measured_against_the_noise_around_it() {
        let voice = [vec![0.0; 4_000], sine(0.3, 1.0), vec![0.0; 4_000]].concat();
        for kind in [NoiseKind::Fan, NoiseKind::Generator] {
            let at = |snr_db| above_noise_db(&mix(&voice, &noise(kind, 3, voice.len()), snr_db));
            assert!((16.0..25.0).contains(&at(20.0)), "{kind:?}: {}", at(20.0));
            assert!((2.0..9.0).contains(&at(5.0)), "{kind:?}: {}", at(5.0));
        }
        assert!(above_noise_db(&voice) > 60.0);
        assert!(above_noise_db(&sine(0.3, 1.0)) < 3.0, "nothing is known of the noise where a voice fills all of it");
        assert_eq!((above_noise_db(&[]), above_noise_db(&[0.0; 3_000])), (0.0, 0.0));
        assert!(above_noise_db(&vec![0.0; 16_000]) <= 0.0, "silence");
    }

    fn after(loud: f32, seconds: f32) -> Signal {
        let mut meter = Meter::default();
        sine(loud, seconds).chunks(160).for_each(|piece| meter.push(piece));
        meter.signal()
    }

    #[test]
    fn silence_clipping_and_good_sound_are_told_apart() {
        assert_eq!(after(0.0, 0.2), Signal::Unknown);
        assert_eq!(after(0.0, 2.9), Signal::Good, "a pause is no fault");
        assert_eq!(after(0.0, 3.2), Signal::Silent);
        assert_eq!(after(0.001, 5.0), Signal::Good);
        assert_eq!(after(0.5, 2.0), Signal::Good);
        assert_eq!(after(2.0, 1.0), Signal::Clipping);
    }

    #[test]
    fn clipping_is_over_when_it_is_over() {
        let mut meter = Meter::default();
        sine(3.0, 2.0).chunks(160).for_each(|piece| meter.push(piece));
        assert_eq!(meter.signal(), Signal::Clipping);
        sine(0.3, 8.0).chunks(160).for_each(|piece| meter.push(piece));
        assert_eq!(meter.signal(), Signal::Good);
    }

    #[test]
    fn levels_are_those_of_a_sine() {
        let level = Level::of(&sine(0.5, 1.0));
        assert!((level.peak - 0.5).abs() < 0.01 && (level.rms - 0.3536).abs() < 0.01 && level.clipped == 0);
        assert!((level.rms_db() + 9.03).abs() < 0.1);
        let mut padded = sine(0.5, 1.0);
        padded.extend(vec![0.0; 32_000]);
        assert!((speech_rms(&padded) - 0.3536).abs() < 0.01, "pauses do not count");
    }
}
