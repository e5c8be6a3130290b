//! Sound in and out: utterances from a microphone, a file or a script, and lines spoken aloud. Must not know any speech model,
//! any manual, or what an utterance means.

pub mod activity;
pub mod echo;
pub mod level;
pub mod noise;
pub mod resample;
pub mod segment;
pub mod synth;
pub mod wav;
