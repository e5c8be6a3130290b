//! What a script says, as sound: synthesized with a voice, in noise, at a level, or read from a file. Must not know what it
//! means or how it is understood.

use std::path::{Path, PathBuf};

use fieldwright_voice::{
    level::speech_rms,
    noise::{NoiseKind, mix, noise},
    spoken::spoken,
    synth::{Engine, SynthError},
    wav::{self, RATE_HZ, WavError},
};
use thiserror::Error;

/// A voice in its surroundings.
#[derive(Clone, Debug, PartialEq)]
pub struct Surroundings {
    /// One of flite's voices, or of espeak-ng's.
    pub voice: String,
    /// What is noisy, if anything.
    pub noise: Option<NoiseKind>,
    /// By how many decibels speech is louder than the noise.
    pub snr_db: f32,
    /// Level of the speech, decibels of full scale.
    pub level_db: f32,
    /// Seed of the noise.
    pub seed: u64,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { voice: "slt".to_owned(), noise: Some(NoiseKind::Generator), snr_db: 10.0, level_db: -26.0, seed: 1 }
    }
}

/// Why a script's sound cannot be made.
#[derive(Debug, Error)]
pub enum SoundError {
    /// It cannot be synthesized.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// Its file cannot be read.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// There is no such noise.
    #[error("{0}")]
    Noise(String),
}

/// Seconds of surroundings before the first word and after the last.
const BEFORE_S: f32 = 1.0;
/// Seconds over which they come: a machine that starts at full noise within a sample would be heard as a word.
const FADE_S: f32 = 0.4;
const AFTER_S: f32 = 0.9;

/// Where the sound of a beat comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// Synthesized.
    Text(String),
    /// Recorded.
    File(PathBuf),
}

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// What is heard: the words in their surroundings, with some of these before and after. 16 kHz mono.
///
/// # Errors
/// When the engine is not installed or fails, or the file cannot be read.
pub fn sound(words: &Words, around: &Surroundings) -> Result<Vec<f32>, SoundError> {
    let speech = match words {
        // As a person says it: `Mk 1` is no letters.
        Words::Text(text) => Engine::voice(&around.voice)?.synthesize(&spoken(text))?,
        Words::File(path) => wav::read(path)?.samples,
    };
    let gain = 10_f32.powf(around.level_db / 20.0) / speech_rms(&speech).max(1e-6);
    let samples = |seconds: f32| (seconds * RATE_HZ as f32) as usize;
    let mut whole = vec![0.0; samples(BEFORE_S)];
    whole.extend(speech.iter().map(|sample| sample * gain));
    whole.extend(vec![0.0; samples(AFTER_S)]);
    // Without a noise, the quietest of rooms, so that nothing is digital silence.
    let (kind, snr_db) = around.noise.map_or((NoiseKind::Fan, 50.0), |kind| (kind, around.snr_db));
    let mut mixed = mix(&whole, &noise(kind, around.seed, whole.len()), snr_db);
    let fade = samples(FADE_S);
    for (place, sample) in mixed.iter_mut().take(fade).enumerate() {
        *sample *= place as f32 / fade as f32;
    }
    Ok(mixed)
}

/// A script's file, relative to the scenario that names it.
pub fn beside(scenario: &Path, file: &Path) -> PathBuf {
    scenario.parent().unwrap_or(Path::new(".")).join(file)
}

/// A name of a noise in a script: empty for none.
///
/// # Errors
/// Names the noises that there are.
pub fn noise_named(name: &str) -> Result<Option<NoiseKind>, SoundError> {
    if name.is_empty() { Ok(None) } else { name.parse().map(Some).map_err(SoundError::Noise) }
}
