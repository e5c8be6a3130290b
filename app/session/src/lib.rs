//! One assistant session: the core, the tracker, the library and the workers together, and the scripted repair that
//! plays on it. Must not know bevy, windows or pictures; the shell and the command line both stand on it.

pub mod aloud;
pub mod ask;
pub mod assistant;
pub mod camera;
pub mod checks;
pub mod ears;
pub mod head;
pub mod hearing;
pub mod interaction;
pub mod models;
pub mod pieces;
pub mod place;
pub mod plates;
pub mod plates_label;
pub mod player;
pub mod registration;
pub mod report;
pub mod scenario;
pub mod sounds;
pub mod targets;
pub mod tracker;
pub mod transcriber;
