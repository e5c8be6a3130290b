//! Any rate and any number of channels to 16 kHz mono, in pieces of any size. Must not know devices or files.

use std::fmt;

use rubato::{Fft, FixedSync, Indexing, Resampler as _, audioadapter_buffers::direct::SequentialSlice};
use thiserror::Error;

use crate::wav::RATE_HZ;

/// Input frames a step of the resampler; a stream is late by no more than this and its filter.
const STEP: usize = 256;

/// Why a stream of sound cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FormatError {
    /// No microphone gives that and no file should.
    #[error("{rate_hz} samples a second is no rate for speech\nhint: use 8,000 to 192,000 Hz; 16,000 is best")]
    Rate {
        /// The rate.
        rate_hz: u32,
    },
    /// None, or absurdly many.
    #[error("{channels} channels\nhint: use one microphone channel, or up to 32")]
    Channels {
        /// How many.
        channels: u16,
    },
}

/// Turns interleaved frames of one rate into 16 kHz mono. What comes out does not depend on how the input was cut, and is
/// aligned with the input: the filter's delay is taken off the front and given back by [`ToMono16k::finish`].
pub struct ToMono16k {
    channels: usize,
    rate_hz: u32,
    /// Samples of an incomplete frame, until the rest of it comes.
    partial: Vec<f32>,
    /// Mono at the input's rate, not yet resampled.
    waiting: Vec<f32>,
    filter: Option<Fft<f32>>,
    /// Output samples of the filter's delay still to be dropped.
    to_trim: usize,
    frames_in: u64,
    samples_out: u64,
    scratch: Vec<f32>,
}

impl fmt::Debug for ToMono16k {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToMono16k")
            .field("channels", &self.channels)
            .field("rate_hz", &self.rate_hz)
            .field("frames_in", &self.frames_in)
            .field("samples_out", &self.samples_out)
            .finish_non_exhaustive()
    }
}

impl ToMono16k {
    /// A converter for frames of `channels` samples at `rate_hz`.
    ///
    /// # Errors
    /// When no microphone could give that rate or that number of channels.
    pub fn new(rate_hz: u32, channels: u16) -> Result<Self, FormatError> {
        if !(8_000..=192_000).contains(&rate_hz) {
            return Err(FormatError::Rate { rate_hz });
        }
        if !(1..=32).contains(&channels) {
            return Err(FormatError::Channels { channels });
        }
        let mut converter = Self {
            channels: usize::from(channels),
            rate_hz,
            partial: Vec::new(),
            waiting: Vec::new(),
            filter: None,
            to_trim: 0,
            frames_in: 0,
            samples_out: 0,
            scratch: Vec::new(),
        };
        if rate_hz != RATE_HZ {
            let filter = Fft::new(rate_hz as usize, RATE_HZ as usize, STEP, 1, FixedSync::Input)
                .map_err(|_construction| FormatError::Rate { rate_hz })?;
            converter.to_trim = filter.output_delay();
            converter.scratch = vec![0.0; filter.output_frames_max()];
            converter.filter = Some(filter);
        }
        Ok(converter)
    }

    /// Takes interleaved samples, full scale at 1; appends what is ready to `out`. A sample that is no number counts as zero.
    pub fn push(&mut self, interleaved: &[f32], out: &mut Vec<f32>) {
        let before = out.len();
        let mut mono = if self.filter.is_some() { std::mem::take(&mut self.waiting) } else { std::mem::take(out) };
        let held = mono.len();
        if self.channels == 1 {
            mono.extend(interleaved.iter().map(|&sample| sound(sample)));
        } else {
            self.partial.extend_from_slice(interleaved);
            let whole = self.partial.len() / self.channels * self.channels;
            let scale = 1.0 / self.channels as f32;
            mono.extend(
                self.partial[..whole]
                    .chunks_exact(self.channels)
                    .map(|frame| frame.iter().map(|&sample| sound(sample)).sum::<f32>() * scale),
            );
            self.partial.drain(..whole);
        }
        self.frames_in += (mono.len() - held) as u64;
        if self.filter.is_some() {
            self.waiting = mono;
            self.run(out);
        } else {
            *out = mono;
        }
        self.samples_out += (out.len() - before) as u64;
    }

    /// The last samples of a stream that ends here: after it, as many samples have come out as the input lasted.
    pub fn finish(mut self, out: &mut Vec<f32>) {
        if self.filter.is_none() {
            return;
        }
        let due = (self.frames_in as f64 * f64::from(RATE_HZ) / f64::from(self.rate_hz)).round() as u64;
        let mut before = out.len();
        while self.samples_out < due {
            self.waiting.resize(self.waiting.len().next_multiple_of(STEP).max(STEP), 0.0);
            self.run(out);
            self.samples_out += (out.len() - before) as u64;
            before = out.len();
        }
        out.truncate(out.len() - (self.samples_out - due) as usize);
    }

    /// Resamples whole steps of what waits.
    fn run(&mut self, out: &mut Vec<f32>) {
        let Some(filter) = &mut self.filter else { return };
        let mut used = 0;
        while self.waiting.len() - used >= STEP {
            let room = self.scratch.len();
            let input = SequentialSlice::new(&self.waiting[used..used + STEP], 1, STEP);
            let output = SequentialSlice::new_mut(&mut self.scratch, 1, room);
            let (Ok(input), Ok(mut output)) = (input, output) else { break };
            let Ok((taken, made)) = filter.process_into_buffer(&input, &mut output, None::<&Indexing>) else { break };
            used += taken.max(1);
            let skip = self.to_trim.min(made);
            self.to_trim -= skip;
            out.extend(self.scratch[skip..made].iter().map(|sample| sample.clamp(-1.0, 1.0)));
        }
        self.waiting.drain(..used);
    }
}

/// A sample as it can be worked with: a number within full scale.
fn sound(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(rate_hz: u32, channels: u16, input: &[f32]) -> Vec<f32> {
        let mut converter = ToMono16k::new(rate_hz, channels).unwrap();
        let mut out = Vec::new();
        converter.push(input, &mut out);
        converter.finish(&mut out);
        out
    }

    fn tone(rate_hz: u32, hz: f32, seconds: f32) -> Vec<f32> {
        let count = (rate_hz as f32 * seconds) as usize;
        (0..count).map(|n| 0.5 * (std::f32::consts::TAU * hz * n as f32 / rate_hz as f32).sin()).collect()
    }

    #[test]
    fn a_tone_keeps_its_place_and_level_at_every_rate() {
        for rate_hz in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000] {
            let out = whole(rate_hz, 1, &tone(rate_hz, 1_000.0, 0.5));
            assert!(out.len().abs_diff(8_000) <= 1, "{rate_hz}: {}", out.len());
            let expected = tone(RATE_HZ, 1_000.0, 0.5);
            // The filter's delay is known to a whole sample only: up to half of one is left, 31 microseconds.
            let off = |lag: usize| {
                let aligned = out[399 + lag..7_599].iter().zip(&expected[400..7_600]);
                aligned.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            };
            let worst = off(0).min(off(1)).min(off(2));
            assert!(worst < 0.1, "{rate_hz} Hz: off by {worst}");
        }
    }

    #[test]
    fn what_speech_cannot_hold_is_gone_and_not_folded_down() {
        let out = whole(48_000, 1, &tone(48_000, 11_000.0, 0.5));
        let loudest = out[800..7_200].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest < 0.002, "{loudest}");
    }

    #[test]
    fn stereo_is_averaged() {
        let stereo: Vec<f32> = (0..1_000).flat_map(|_| [0.6, 0.2]).collect();
        let out = whole(16_000, 2, &stereo);
        assert_eq!(out.len(), 1_000);
        assert!(out.iter().all(|sample| (sample - 0.4).abs() < 1e-6));
    }

    #[test]
    fn what_is_no_sound_is_refused_or_silenced() {
        assert_eq!(ToMono16k::new(4_000, 1).unwrap_err(), FormatError::Rate { rate_hz: 4_000 });
        assert_eq!(ToMono16k::new(16_000, 0).unwrap_err(), FormatError::Channels { channels: 0 });
        assert_eq!(whole(16_000, 1, &[f32::NAN, 7.0, f32::NEG_INFINITY]), [0.0, 1.0, 0.0]);
    }

    proptest! {
        #[test]
        fn how_it_was_cut_does_not_matter(cuts in proptest::collection::vec(1_usize..700, 1..40), stereo: bool, rate in 0_usize..3) {
            let rate_hz = [8_000, 16_000, 48_000][rate];
            let input = tone(rate_hz, 440.0, 0.25);
            let expected = whole(rate_hz, 1 + u16::from(stereo), &input);
            let mut converter = ToMono16k::new(rate_hz, 1 + u16::from(stereo)).unwrap();
            let mut out = Vec::new();
            let mut rest = &input[..];
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                converter.push(now, &mut out);
                rest = later;
                if rest.is_empty() { break; }
            }
            converter.finish(&mut out);
            prop_assert_eq!(out, expected);
        }
    }
}
