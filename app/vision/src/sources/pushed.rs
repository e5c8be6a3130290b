//! Frames that somebody else makes, as a simulator does: handed over a bounded channel, the newest kept. Knows no renderer.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Frame, FrameSource, Polled};
use crate::calibrate::CameraFile;

/// The end from which frames are taken.
#[derive(Debug)]
pub struct PushedFrames {
    camera: Option<CameraFile>,
    latest: Arc<Mutex<Option<Frame>>>,
}

/// The end at which frames are pushed; when it is dropped, the source has ended.
#[derive(Debug)]
pub struct FrameSender {
    latest: Arc<Mutex<Option<Frame>>>,
}

/// A source and the end to push into. A frame that was not taken in time is replaced by the next.
pub fn pushed_frames(camera: Option<CameraFile>) -> (FrameSender, PushedFrames) {
    let latest = Arc::new(Mutex::new(None));
    (FrameSender { latest: Arc::clone(&latest) }, PushedFrames { camera, latest })
}

impl FrameSender {
    /// Hands over a frame; true if it replaced one that nobody had taken.
    pub fn push(&self, frame: Frame) -> bool {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).replace(frame).is_some()
    }

    /// False once nobody takes frames any more.
    pub fn is_wanted(&self) -> bool {
        Arc::strong_count(&self.latest) > 1
    }
}

impl FrameSource for PushedFrames {
    fn camera(&self) -> Option<&CameraFile> {
        self.camera.as_ref()
    }

    fn poll(&mut self) -> Polled {
        match self.latest.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(frame) => Polled::Frame(frame),
            None if Arc::strong_count(&self.latest) > 1 => Polled::Waiting,
            None => Polled::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use fieldwright_guide::time::Timestamp;

    use super::*;
    use crate::{frame::GrayFrame, sources::FrameClock};

    fn frame(sequence: u64) -> Frame {
        let gray = GrayFrame::new(2, 1, vec![1, 2]).unwrap();
        Frame { gray, captured: Timestamp(sequence as f64), clock: FrameClock::Own, sequence }
    }

    #[test]
    fn the_newest_frame_is_given_and_the_end_is_known() {
        let (sender, mut source) = pushed_frames(None);
        assert!(matches!(source.poll(), Polled::Waiting));
        assert!(!sender.push(frame(1)) && sender.push(frame(2)));
        assert!(matches!(source.poll(), Polled::Frame(frame) if frame.sequence == 2));
        assert!(sender.is_wanted());
        sender.push(frame(3));
        drop(sender);
        assert!(matches!(source.poll(), Polled::Frame(frame) if frame.sequence == 3));
        assert!(matches!(source.poll(), Polled::Ended));
        let (sender, source) = pushed_frames(None);
        drop(source);
        assert!(!sender.is_wanted());
    }
}
