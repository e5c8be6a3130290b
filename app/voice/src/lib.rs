//! Sound in and out: utterances from a microphone, a file or a script, and lines spoken aloud. Must not know any speech model,
//! any manual, or what an utterance means.

pub mod activity;
pub mod echo;
pub mod input;
pub mod level;
#[cfg(feature = "microphone")]
pub mod microphone;
pub mod noise;
pub mod queue;
pub mod resample;
pub mod segment;
pub mod speak;
pub mod spoken;
pub mod synth;
pub mod tone;
pub mod wav;
