//! A camera on a thread of its own, which opens it, reads it, and opens it again when it has gone away. Knows a device as something
//! that gives raw frames or fails as the system does; the one of V4L2 stands beside.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use fieldwright_guide::time::Timestamp;

use super::{
    Frame, FrameClock, FrameSource, Polled, SourceError,
    convert::{PixelLayout, to_gray},
};
use crate::calibrate::CameraFile;

/// No picture for so long counts as a stall, seconds.
pub(super) const STALL_S: u64 = 2;
/// How long to wait before a lost camera is tried again.
const RETRY: Duration = Duration::from_millis(700);

/// A frame as the device gives it.
#[derive(Clone, Debug)]
pub struct RawFrame<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// How they are laid out.
    pub layout: PixelLayout,
    /// Width and height, pixels.
    pub size_px: [u32; 2],
    /// Bytes from row to row; 0 for rows without padding.
    pub stride: usize,
    /// When it was captured, seconds.
    pub captured: Timestamp,
    /// On which clock.
    pub clock: FrameClock,
    /// The device's count.
    pub sequence: u64,
    /// True if the driver says that the bytes are damaged.
    pub damaged: bool,
}

/// An opened camera.
pub trait CaptureDevice {
    /// The next frame; waits for it, but no longer than [`STALL_S`] seconds.
    ///
    /// # Errors
    /// As the system says; a time-out for a stall.
    fn next(&mut self) -> io::Result<RawFrame<'_>>;
}

type Open = Box<dyn Fn() -> Result<Box<dyn CaptureDevice>, SourceError> + Send>;

#[derive(Default)]
struct Slot {
    frame: Option<Frame>,
    error: Option<SourceError>,
    skipped: u64,
    ended: bool,
}

/// A camera that is read on a thread of its own. Dropping it closes the device.
pub struct LiveCamera {
    path: PathBuf,
    camera: Option<CameraFile>,
    slot: Arc<Mutex<Slot>>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LiveCamera {
    /// Starts reading what `open` opens, again and again while it fails. `path` names the device in messages.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        path: impl Into<PathBuf>,
        camera: Option<CameraFile>,
        open: impl Fn() -> Result<Box<dyn CaptureDevice>, SourceError> + Send + 'static,
    ) -> Result<Self, SourceError> {
        let path = path.into();
        let slot = Arc::new(Mutex::new(Slot::default()));
        let (stop, stopped) = bounded(0);
        let (shared, named): (_, PathBuf) = (Arc::clone(&slot), path.clone());
        let open: Open = Box::new(open);
        let thread = std::thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || work(&named, &open, &shared, &stopped))
            .map_err(|error| SourceError::System { path: path.clone(), message: error.to_string() })?;
        Ok(Self { path, camera, slot, stop: Some(stop), thread: Some(thread) })
    }

    /// Frames that came while the one before had not been taken yet.
    pub fn skipped(&self) -> u64 {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).skipped
    }
}

impl FrameSource for LiveCamera {
    fn camera(&self) -> Option<&CameraFile> {
        self.camera.as_ref()
    }

    fn poll(&mut self) -> Polled {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(frame) = slot.frame.take() {
            return Polled::Frame(frame);
        }
        match (slot.error.take(), slot.ended) {
            (Some(error), _) => Polled::Failed(error),
            (None, true) => Polled::Ended,
            (None, false) => Polled::Waiting,
        }
    }
}

impl fmt::Debug for LiveCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCamera").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Drop for LiveCamera {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It sees the closed channel after its current frame, at the latest after a stall.
            drop(thread.join());
        }
    }
}

fn work(path: &Path, open: &Open, slot: &Mutex<Slot>, stopped: &Receiver<()>) {
    let set = |change: &dyn Fn(&mut Slot)| change(&mut slot.lock().unwrap_or_else(PoisonError::into_inner));
    let mut last: Option<SourceError> = None;
    loop {
        // A library that panics over a device that vanished must not take the pictures with it for good.
        let read = catch_unwind(AssertUnwindSafe(|| read(path, open, slot, stopped)));
        let error = match read {
            Ok(Ok(())) => break,
            Ok(Err(error)) => error,
            Err(_) => SourceError::System { path: path.to_owned(), message: "the driver library failed".to_owned() },
        };
        // The same trouble is told once, not with every attempt.
        if last.as_ref() != Some(&error) {
            set(&|slot| slot.error = Some(error.clone()));
            last = Some(error);
        }
        if !matches!(stopped.recv_timeout(RETRY), Err(RecvTimeoutError::Timeout)) {
            break;
        }
    }
    set(&|slot| slot.ended = true);
}

/// Reads until the source is closed (`Ok`) or the device fails.
fn read(path: &Path, open: &Open, slot: &Mutex<Slot>, stopped: &Receiver<()>) -> Result<(), SourceError> {
    let mut device = open()?;
    let mut broken = 0;
    loop {
        if matches!(stopped.try_recv(), Err(crossbeam_channel::TryRecvError::Disconnected)) {
            return Ok(());
        }
        let raw = match device.next() {
            Ok(raw) => raw,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(SourceError::of(path, &error, true)),
        };
        let gray = if raw.damaged {
            Err("damaged on the way".to_owned())
        } else {
            to_gray(raw.layout, raw.size_px, raw.stride, raw.bytes).map_err(|error| error.to_string())
        };
        let gray = match gray {
            Ok(gray) => gray,
            // One torn frame is skipped; a stream of them is told.
            Err(message) => {
                broken += 1;
                if broken >= MOST_BROKEN {
                    return Err(SourceError::BadFrame { path: path.to_owned(), message });
                }
                continue;
            }
        };
        broken = 0;
        let frame = Frame { gray, captured: raw.captured, clock: raw.clock, sequence: raw.sequence };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.error = None;
        if slot.frame.replace(frame).is_some() {
            slot.skipped += 1;
        }
    }
}

/// Torn frames in a row that are put up with.
const MOST_BROKEN: u32 = 15;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A device that gives frames until its script ends, then fails as the system does.
    struct Scripted {
        frames: Receiver<Vec<u8>>,
        bytes: Vec<u8>,
        count: u64,
        fails_with: i32,
    }

    impl CaptureDevice for Scripted {
        fn next(&mut self) -> io::Result<RawFrame<'_>> {
            self.bytes = self.frames.recv().map_err(|_gone| io::Error::from_raw_os_error(self.fails_with))?;
            self.count += 1;
            Ok(RawFrame {
                bytes: &self.bytes,
                layout: PixelLayout::Yuyv,
                size_px: [2, 1],
                stride: 0,
                captured: Timestamp(self.count as f64),
                clock: FrameClock::Monotonic,
                sequence: self.count,
                damaged: self.bytes.is_empty(),
            })
        }
    }

    /// Polls until something other than waiting; the thread's progress is all that is waited for.
    fn next(camera: &mut LiveCamera) -> Polled {
        loop {
            match camera.poll() {
                Polled::Waiting => std::thread::yield_now(),
                other => return other,
            }
        }
    }

    #[test]
    fn frames_come_unplugging_is_told_and_the_camera_taken_up_again() {
        let (first, one) = bounded(4);
        let (second, two) = bounded(4);
        let opened = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&opened);
        let mut camera = LiveCamera::start("/dev/video7", None, move || {
            let frames = match counter.fetch_add(1, Ordering::SeqCst) {
                0 => one.clone(),
                1 => return Err(SourceError::of(Path::new("/dev/video7"), &io::Error::from_raw_os_error(2), false)),
                _ => two.clone(),
            };
            Ok(Box::new(Scripted { frames, bytes: Vec::new(), count: 0, fails_with: 19 }))
        })
        .unwrap();
        // Torn frames are passed over.
        first.send(Vec::new()).unwrap();
        first.send(vec![5]).unwrap();
        first.send(vec![10, 0, 20, 0]).unwrap();
        let Polled::Frame(frame) = next(&mut camera) else { panic!("a frame was sent") };
        assert_eq!(frame.gray.pixels(), [10, 20]);
        assert_eq!((frame.captured, frame.clock), (Timestamp(3.0), FrameClock::Monotonic));
        drop(first);
        assert!(matches!(next(&mut camera), Polled::Failed(SourceError::Unplugged { .. })));
        assert!(matches!(next(&mut camera), Polled::Failed(SourceError::NoDevice { .. })));
        second.send(vec![30, 0, 40, 0]).unwrap();
        let Polled::Frame(frame) = next(&mut camera) else { panic!("the camera is back") };
        assert_eq!(frame.gray.pixels(), [30, 40]);
        assert_eq!(opened.load(Ordering::SeqCst), 3);
        drop(second);
    }

    #[test]
    fn a_driver_that_panics_is_an_error_and_only_torn_frames_are_told() {
        let mut camera = LiveCamera::start("/dev/video7", None, || panic!("as a driver library might")).unwrap();
        assert!(matches!(next(&mut camera), Polled::Failed(SourceError::System { .. })));
        drop(camera);
        let (torn, frames) = bounded(64);
        for _ in 0..MOST_BROKEN {
            torn.send(vec![1]).unwrap();
        }
        let mut camera = LiveCamera::start("/dev/video7", None, move || {
            Ok(Box::new(Scripted { frames: frames.clone(), bytes: Vec::new(), count: 0, fails_with: 19 }))
        })
        .unwrap();
        assert!(matches!(next(&mut camera), Polled::Failed(SourceError::BadFrame { .. })));
        drop(torn);
    }
}
