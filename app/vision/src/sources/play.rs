//! Plays a recording at the pace at which it was taken, like a camera: what is not taken in time is lost. Must not know what the
//! frames are for.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{FrameSource as _, Polled, PushedFrames, Sequence, SequenceError, pushed_frames};

/// The recording as a camera that is switched on now. It ends with the last frame; a frame that cannot be read is left out.
///
/// # Errors
/// When no thread can be started.
pub fn play(mut sequence: Sequence) -> Result<PushedFrames, SequenceError> {
    let (sender, source) = pushed_frames(sequence.camera().cloned());
    let path = sequence.folder().to_owned();
    thread::Builder::new()
        .name("recording".to_owned())
        .spawn(move || {
            let began = Instant::now();
            let Some(first) = sequence.first_captured() else { return };
            while sender.is_wanted() {
                match sequence.poll() {
                    Polled::Frame(frame) => {
                        let due = Duration::from_secs_f64(frame.captured.since(first).max(0.0));
                        thread::sleep(due.saturating_sub(began.elapsed()));
                        sender.push(frame);
                    }
                    Polled::Waiting | Polled::Failed(_) => {}
                    Polled::Ended => return,
                }
            }
        })
        .map_err(|error| SequenceError::File { what: "play", path, message: error.to_string() })?;
    Ok(source)
}
