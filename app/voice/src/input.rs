//! Where sound comes from: microphone, file and script enter here alike, as 16 kHz mono blocks with the time of their first
//! sample. Must not know what is done with it.

use std::{collections::VecDeque, path::Path};

use crate::{
    segment::Block,
    wav::{self, RATE_HZ, WavError},
};

/// How an input is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputState {
    /// There is none; the words say what to do.
    Absent(String),
    /// It is being opened.
    Opening,
    /// It gives sound; the words name it and its format.
    Open(String),
    /// It was there and is gone; it is looked for again. The words say which.
    Unplugged(String),
    /// A recording that is over.
    Ended,
}

/// A source of sound.
pub trait Input: Send {
    /// What has been heard since the last call, up to `now_s` on the session's clock; never waits.
    fn take(&mut self, now_s: f64) -> Vec<Block>;
    /// How it is now.
    fn state(&self) -> InputState;
    /// Samples lost so far because nobody took them in time, in 16 kHz samples. Counted, never silent.
    fn lost(&self) -> u64;
}

/// Samples a block of recorded sound, as a device would give: 20 ms.
const BLOCK: usize = 320;

/// Recorded and scripted sound: plays what it has been given, each piece from its moment on, with silence between.
#[derive(Clone, Debug)]
pub struct Recorded {
    name: String,
    start_s: f64,
    given: u64,
    /// First sample of each piece on the input's own count, in order.
    pieces: VecDeque<(u64, Vec<f32>)>,
    ends: bool,
}

impl Recorded {
    /// An input that is silent until something is put in; it never ends.
    pub fn script(start_s: f64) -> Self {
        Self { name: "script".to_owned(), start_s, given: 0, pieces: VecDeque::new(), ends: false }
    }

    /// A WAV file that plays from `start_s` on, and ends.
    ///
    /// # Errors
    /// As [`wav::read`].
    pub fn file(path: &Path, start_s: f64) -> Result<Self, WavError> {
        let recording = wav::read(path)?;
        let name = format!("{}, {} Hz, {} channels", path.display(), recording.rate_hz, recording.channels);
        Ok(Self { name, start_s, given: 0, pieces: VecDeque::from([(0, recording.samples)]), ends: true })
    }

    /// Plays these samples from `at_s` on, or after what plays then.
    pub fn put(&mut self, at_s: f64, samples: Vec<f32>) {
        let at = ((at_s - self.start_s).max(0.0) * f64::from(RATE_HZ)).round() as u64;
        let after = self.pieces.back().map_or(self.given, |(first, piece)| first + piece.len() as u64);
        self.pieces.push_back((at.max(after), samples));
    }

    /// When everything put in so far has been played, on the session's clock.
    pub fn over_s(&self) -> f64 {
        let last = self.pieces.back().map_or(self.given, |(first, piece)| first + piece.len() as u64);
        self.start_s + last as f64 / f64::from(RATE_HZ)
    }
}

impl Input for Recorded {
    fn take(&mut self, now_s: f64) -> Vec<Block> {
        let due = ((now_s - self.start_s).max(0.0) * f64::from(RATE_HZ)) as u64;
        let mut blocks = Vec::new();
        while self.given + BLOCK as u64 <= due && self.state() != InputState::Ended {
            let mut samples = vec![0.0; BLOCK];
            let from = self.given;
            for (first, piece) in &self.pieces {
                for (place, sample) in samples.iter_mut().enumerate() {
                    let at = (from + place as u64).checked_sub(*first);
                    *sample += at.and_then(|at| piece.get(at as usize)).copied().unwrap_or(0.0);
                }
                if *first > from + BLOCK as u64 {
                    break;
                }
            }
            blocks.push(Block { at_s: self.start_s + from as f64 / f64::from(RATE_HZ), samples });
            self.given += BLOCK as u64;
            while self.pieces.front().is_some_and(|(first, piece)| first + piece.len() as u64 <= self.given) {
                self.pieces.pop_front();
            }
        }
        blocks
    }

    fn state(&self) -> InputState {
        if self.ends && self.pieces.is_empty() { InputState::Ended } else { InputState::Open(self.name.clone()) }
    }

    fn lost(&self) -> u64 {
        0
    }
}

/// No input at all, and why.
#[derive(Clone, Debug)]
pub struct NoInput(pub String);

impl Input for NoInput {
    fn take(&mut self, _now_s: f64) -> Vec<Block> {
        Vec::new()
    }

    fn state(&self) -> InputState {
        InputState::Absent(self.0.clone())
    }

    fn lost(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_plays_each_piece_at_its_moment() {
        let mut script = Recorded::script(10.0);
        script.put(10.1, vec![0.5; 800]);
        script.put(10.12, vec![0.25; 160]);
        assert!((script.over_s() - 10.16).abs() < 1e-9, "the second follows the first");
        let mut heard = Vec::new();
        for now in 1..=30 {
            for block in script.take(10.0 + f64::from(now) * 0.013) {
                let expected = 10.0 + heard.len() as f64 / 16_000.0;
                assert!((block.at_s - expected).abs() < 1e-9);
                heard.extend(block.samples);
            }
        }
        assert!(heard[..1_600].iter().all(|s| s.abs() < 1e-9) && heard[1_600..2_400].iter().all(|s| *s > 0.4));
        assert!(
            heard[2_400..2_560].iter().all(|s| (*s - 0.25).abs() < 1e-9)
                && heard[2_560..].iter().all(|s| s.abs() < 1e-9)
        );
    }

    #[test]
    fn a_file_ends_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        wav::write(&path, &[0.3; 3_200], RATE_HZ).unwrap();
        let mut file = Recorded::file(&path, 0.0).unwrap();
        assert!(matches!(file.state(), InputState::Open(words) if words.contains("16000 Hz, 1 channels")));
        let heard: usize = file.take(5.0).iter().map(|block| block.samples.len()).sum();
        assert_eq!((heard, file.state()), (3_200, InputState::Ended));
        assert!(Recorded::file(&folder.path().join("none.wav"), 0.0).is_err());
    }
}
