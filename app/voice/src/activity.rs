//! How likely it is that somebody speaks, frame by frame. Must not know utterances.

use earshot::Detector;

/// Samples a frame: 16 ms.
pub const FRAME: usize = 256;

/// Judges frames of a stream, in order.
pub trait Activity: Send {
    /// How likely it is that somebody speaks in this frame of [`FRAME`] samples at 16 kHz, 0 to 1.
    fn score(&mut self, frame: &[f32; FRAME]) -> f32;
    /// Forgets the stream so far.
    fn reset(&mut self);
}

/// `earshot`: a small network that carries its weights; chosen by measurement (docs/voice.md).
pub struct Earshot(Box<Detector>);

impl Default for Earshot {
    fn default() -> Self {
        Self(Detector::default_boxed())
    }
}

impl std::fmt::Debug for Earshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Earshot")
    }
}

impl Activity for Earshot {
    fn score(&mut self, frame: &[f32; FRAME]) -> f32 {
        self.0.predict_f32(frame).clamp(0.0, 1.0)
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}
