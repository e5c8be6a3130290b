//! The pure core of Fieldwright: it decides, and does nothing else.
//!
//! Time, randomness and every input are arguments; there is no file, clock, thread or engine here.
//! Must not know: bevy, llama, tantivy, XML, sockets.

pub mod answer;
pub mod applicability;
pub mod command;
pub mod equipment;
pub mod event;
pub mod frames;
pub mod ggml;
pub mod gguf;
pub mod guidance;
pub mod manual;
pub mod model;
pub mod overlay;
pub mod passage;
pub mod quantity;
pub mod record;
pub mod time;
pub mod tracking;
