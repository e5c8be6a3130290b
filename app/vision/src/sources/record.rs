//! Keeps what a source gives, with the head's poses beside it, as a recording that can be calibrated from and played again. Writes on
//! a thread of its own, so that nobody waits for a disk. Must not know what the frames are for.

use std::{path::Path, thread::JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use fieldwright_guide::{
    frames::{Head, Pose, World},
    time::Timestamp,
};

use super::{Frame, FrameSource, Polled, SequenceError, SequenceWriter, SourceError};
use crate::{calibrate::CameraFile, frame::GrayFrame};

/// What waits for the disk at most: a second of frames with the poses between them.
const WAITING: usize = 160;
/// The index is written anew after so many frames, so that little is lost however the recording ends.
const SAVE_EVERY: usize = 30;

enum Item {
    Frame(GrayFrame, Timestamp),
    Head(Timestamp, Pose<World, Head>),
    End,
}

/// Where the head's poses go. Dropping it ends the recording, and waits until all of it is written.
#[derive(Debug)]
pub struct Recorder {
    items: Sender<Item>,
    writer: Option<JoinHandle<()>>,
}

/// A source whose frames are kept.
#[derive(Debug)]
struct Recorded {
    source: Box<dyn FrameSource>,
    items: Sender<Item>,
    trouble: Receiver<SequenceError>,
}

/// The same source, recorded into `folder` from now on, and where the head's poses go, on the frames' clock. When the disk is
/// slower than the camera frames are left out, never waited for.
///
/// # Errors
/// When the folder cannot be made or has a recording already, or no thread can be started.
pub fn record(source: Box<dyn FrameSource>, folder: &Path) -> Result<(Recorder, Box<dyn FrameSource>), SequenceError> {
    let writer = SequenceWriter::create(folder, source.camera().cloned())?;
    // From the first moment it is a recording, if one of nothing.
    writer.save()?;
    let (items, incoming) = bounded(WAITING);
    let (complain, trouble) = bounded(1);
    let path = folder.to_owned();
    let thread = std::thread::Builder::new()
        .name("recorder".to_owned())
        .spawn(move || {
            if let Err(error) = write(writer, &incoming) {
                // One is told already, or nobody is there to be told.
                drop(complain.try_send(error));
            }
        })
        .map_err(|error| SequenceError::File { what: "record", path, message: error.to_string() })?;
    let recorded = Recorded { source, items: items.clone(), trouble };
    Ok((Recorder { items, writer: Some(thread) }, Box::new(recorded)))
}

fn write(mut writer: SequenceWriter, incoming: &Receiver<Item>) -> Result<(), SequenceError> {
    for item in incoming {
        match item {
            Item::Frame(gray, captured) => {
                writer.frame(&gray, captured)?;
                if writer.frames().is_multiple_of(SAVE_EVERY) {
                    writer.save()?;
                }
            }
            Item::Head(at, pose) => writer.head(at, pose),
            Item::End => break,
        }
    }
    writer.save()
}

impl Recorder {
    /// Notes a pose of the head, on the frames' clock.
    pub fn head(&self, at: Timestamp, world_from_head: Pose<World, Head>) {
        // A disk that cannot follow loses poses as it loses frames.
        drop(self.items.try_send(Item::Head(at, world_from_head)));
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // A writer that has given up is not waited for: it has gone already.
        drop(self.items.send(Item::End));
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}

impl FrameSource for Recorded {
    fn camera(&self) -> Option<&CameraFile> {
        self.source.camera()
    }

    fn poll(&mut self) -> Polled {
        if let Ok(error) = self.trouble.try_recv() {
            let (path, message) = match error {
                SequenceError::File { path, message, .. } | SequenceError::Index { path, message } => (path, message),
            };
            return Polled::Failed(SourceError::System {
                path,
                message: format!("the recording has stopped: {message}"),
            });
        }
        let polled = self.source.poll();
        if let Polled::Frame(Frame { gray, captured, .. }) = &polled {
            // A disk that cannot follow loses frames; one that has failed is told above.
            drop(self.items.try_send(Item::Frame(gray.clone(), *captured)));
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use glam::{Quat, Vec3};

    use super::*;
    use crate::sources::{FrameClock, Sequence, pushed_frames};

    #[test]
    fn what_was_seen_and_where_the_head_was_is_kept_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("walk");
        let (sender, source) = pushed_frames(None);
        let (recorder, mut source) = record(Box::new(source), &path).unwrap();
        assert!(Sequence::open(&path).unwrap().is_empty(), "a recording from the first moment");
        for number in 0..4_u8 {
            let gray = GrayFrame::new(2, 1, vec![number, 9]).unwrap();
            let captured = Timestamp(f64::from(number));
            sender.push(Frame { gray, captured, clock: FrameClock::Monotonic, sequence: u64::from(number) });
            assert!(matches!(source.poll(), Polled::Frame(frame) if frame.captured == captured));
            recorder.head(captured, Pose::new(Vec3::X * f32::from(number), Quat::IDENTITY));
        }
        drop(recorder);
        let mut kept = Sequence::open(&path).unwrap();
        assert_eq!((kept.len(), kept.head().len()), (4, 4));
        let Polled::Frame(frame) = kept.poll() else { panic!("no first frame") };
        assert_eq!(frame.gray.pixels(), [0, 9]);
        let (_, source) = pushed_frames(None);
        let refused = record(Box::new(source), &path).err().unwrap().to_string();
        assert!(refused.contains("has a recording already"), "{refused}");
    }
}
