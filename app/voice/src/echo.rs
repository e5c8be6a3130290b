//! Keeps the product from hearing itself. It knows what it says and when, so it knows how loud its echo can be: what is no
//! louder than that is not a person. Must not know words.

use std::collections::VecDeque;

use crate::level::rms;

/// How long an echo stays in a room, seconds; also covers what the playback device holds back.
const TAIL_S: f64 = 0.4;
/// By how much a person must be louder than the echo and the room together, as a ratio of powers (6 dB).
const MARGIN: f32 = 4.0;
/// Seconds of the first spoken line in which the echo's loudness is learned, and everything counts as echo.
const LEARN_S: f64 = 0.6;
/// The echo's greatest power over the reference's, until heard: the loudspeaker is no louder at the microphone than in the file.
const FIRST_GAIN: f32 = 1.0;
/// Reference power below which nothing is learned (-45 dB).
const AUDIBLE: f32 = 3e-5;

/// A piece of what the product says: when, and how loud.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Said {
    start_s: f64,
    end_s: f64,
    power: f32,
}

/// What a frame from the microphone is, as far as the product's own voice goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The product is silent.
    Open,
    /// The product speaks, and this is no more than its echo.
    Echo,
    /// The product speaks, and somebody louder than its echo does too.
    Over,
}

/// Judges frames by what the product says meanwhile.
#[derive(Clone, Debug, Default)]
pub struct EchoGate {
    said: VecDeque<Said>,
    /// Echo power over reference power.
    gain: Option<f32>,
    /// Seconds of own voice from which the gain was learned.
    learned_s: f64,
    /// Power of the room without the product's voice.
    floor: f32,
}

impl EchoGate {
    /// The product says these samples (16 kHz) from `start_s` on. Told before they are heard.
    pub fn says(&mut self, start_s: f64, samples: &[f32]) {
        const PIECE_S: f64 = 0.02;
        for (n, piece) in samples.chunks(320).enumerate() {
            let start_s = start_s + n as f64 * PIECE_S;
            self.said.push_back(Said { start_s, end_s: start_s + PIECE_S, power: rms(piece).powi(2) });
        }
    }

    /// The product was silenced at `at_s`: what it had still to say is never heard.
    pub fn hushed(&mut self, at_s: f64) {
        self.said.retain(|said| said.start_s < at_s);
    }

    /// Whether anything the product says can be heard at `at_s`.
    pub fn speaks(&self, at_s: f64) -> bool {
        self.said.iter().any(|said| at_s >= said.start_s && at_s <= said.end_s + TAIL_S)
    }

    /// What the frame that ends at `end_s` is.
    pub fn judge(&mut self, end_s: f64, frame: &[f32]) -> Origin {
        let seconds = frame.len() as f64 / f64::from(crate::wav::RATE_HZ);
        let start_s = end_s - seconds;
        while self.said.front().is_some_and(|said| said.end_s + TAIL_S < start_s) {
            self.said.pop_front();
        }
        let power = rms(frame).powi(2);
        let sounding = self.said.iter().filter(|said| said.start_s <= end_s && said.end_s + TAIL_S >= start_s);
        // A room's answer falls by 60 dB in its reverberation time; 0.35 s of 25 dB is a small hall.
        let reference = sounding
            .map(|said| said.power * 10_f32.powf(-2.5 * ((start_s - said.end_s).max(0.0) / TAIL_S) as f32))
            .fold(None, |most: Option<f32>, power| Some(most.map_or(power, |most| most.max(power))));
        let Some(reference) = reference else {
            // Falls to a quieter room at once, rises to a louder one over a second.
            self.floor = if power < self.floor { power } else { self.floor + (power - self.floor) * seconds as f32 };
            return Origin::Open;
        };
        let gain = self.gain.unwrap_or(FIRST_GAIN);
        let expected = gain * reference + self.floor;
        let over = power > MARGIN * expected;
        if reference > AUDIBLE {
            let measured = ((power - self.floor).max(0.0) / reference).clamp(1e-6, 30.0);
            let known = self.gain.unwrap_or(measured);
            // Quick while it learns; then slow upward, so that a person who speaks over it is not taken for echo.
            let rate = if self.learned_s < LEARN_S {
                6.0
            } else if over {
                0.1
            } else {
                0.7
            };
            let step = (rate * seconds as f32).min(1.0);
            // The echo's crests count, not its mean: fast up, slow down.
            let step = if measured > known { step } else { step * 0.1 };
            self.gain = Some(known + (measured - known) * step);
            self.learned_s += seconds;
        }
        if over && self.learned_s >= LEARN_S { Origin::Over } else { Origin::Echo }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKind, noise};

    /// Speech-like: syllables of noise.
    fn babble(seed: u64, seconds: f32, loud: f32) -> Vec<f32> {
        noise(NoiseKind::Fan, seed, (seconds * 16_000.0) as usize)
            .into_iter()
            .enumerate()
            .map(|(n, sample)| sample * loud * (n as f32 / 16_000.0 * 25.0).sin().max(0.0))
            .collect()
    }

    /// What a microphone hears of `own` through a room, `delay` samples later.
    fn echo(own: &[f32], gain: f32, delay: usize) -> Vec<f32> {
        let mut heard = vec![0.0; own.len() + 8_000];
        for (n, sample) in own.iter().enumerate() {
            for (k, fall) in [(0, 1.0), (700, 0.5), (1_900, 0.3), (3_100, 0.15)] {
                if let Some(place) = heard.get_mut(n + delay + k) {
                    *place += sample * gain * fall;
                }
            }
        }
        heard
    }

    fn shares(gate: &mut EchoGate, from_s: f64, heard: &[f32]) -> (f64, f64) {
        let mut counts = [0_u32; 3];
        for (n, frame) in heard.chunks_exact(256).enumerate() {
            counts[gate.judge(from_s + (n + 1) as f64 * 0.016, frame) as usize] += 1;
        }
        let all = f64::from(counts.iter().sum::<u32>());
        (f64::from(counts[0]) / all, f64::from(counts[2]) / all)
    }

    #[test]
    fn the_products_own_voice_is_echo_at_any_loudness_and_delay() {
        for gain in [0.02, 0.2, 0.8, 2.0] {
            for delay in [0, 800, 3_000] {
                let mut gate = EchoGate::default();
                let own = babble(1, 4.0, 0.1);
                gate.says(10.0, &own);
                let heard = echo(&own, gain, delay);
                let (_, over) = shares(&mut gate, 10.0, &heard[..own.len()]);
                assert!(over < 0.05, "gain {gain}, delay {delay}: {over} of the frames pass");
            }
        }
    }

    #[test]
    fn a_person_who_speaks_over_it_passes() {
        let mut gate = EchoGate::default();
        let own = babble(1, 4.0, 0.1);
        gate.says(0.0, &own);
        let mut heard = echo(&own, 0.2, 800);
        let person = babble(9, 0.6, 0.12);
        for (n, sample) in person.iter().enumerate() {
            heard[32_000 + n] += sample;
        }
        let before = shares(&mut gate, 0.0, &heard[..32_000]);
        let during = shares(&mut gate, 2.0, &heard[32_000..41_600]);
        assert!(before.1 < 0.02 && during.1 > 0.3, "{before:?} {during:?}");
    }

    #[test]
    fn silence_opens_the_gate_again() {
        let mut gate = EchoGate::default();
        gate.says(0.0, &babble(1, 5.0, 0.1));
        assert!(gate.speaks(4.9) && !gate.speaks(5.5));
        gate.hushed(1.0);
        assert!(gate.speaks(1.2) && !gate.speaks(1.6));
        assert_eq!(gate.judge(1.7, &[0.01; 256]), Origin::Open);
    }
}
