//! Where pictures come from: a V4L2 camera, a recorded sequence, or a simulator that pushes them. All give the same frames, with the
//! time of capture and the camera's model. The only part of this crate that opens files and devices; knows no tags.

mod convert;
#[cfg(target_os = "linux")]
mod device;
mod live;
mod play;
mod pushed;
mod record;
mod sequence;

pub use convert::{ConvertError, PixelLayout, to_gray};
#[cfg(target_os = "linux")]
pub use device::{list_devices, monotonic_now, open_camera};
pub use live::{CaptureDevice, LiveCamera, RawFrame};
pub use play::play;
pub use pushed::{FrameSender, PushedFrames, pushed_frames};
pub use record::{Recorder, record};
pub use sequence::{Sequence, SequenceError, SequenceWriter};

use std::{fmt, path::PathBuf};

use fieldwright_guide::time::Timestamp;
use thiserror::Error;

use crate::{calibrate::CameraFile, frame::GrayFrame};

/// A picture, and when it was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The picture.
    pub gray: GrayFrame,
    /// When it was captured, on [`Self::clock`].
    pub captured: Timestamp,
    /// Which clock that is.
    pub clock: FrameClock,
    /// The source's own count; a gap is a frame lost before it reached us.
    pub sequence: u64,
}

/// The clock of a frame's stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameClock {
    /// `CLOCK_MONOTONIC`, stamped by the driver.
    Monotonic,
    /// `CLOCK_MONOTONIC`, stamped when the frame was in hand, since the driver gave no time: late by the whole latency.
    Arrival,
    /// That of the recording or the simulation.
    Own,
}

/// What a source has at the moment.
#[derive(Debug)]
pub enum Polled {
    /// A new frame.
    Frame(Frame),
    /// Nothing new.
    Waiting,
    /// It has come to its end.
    Ended,
    /// It gives no frames for now, and why. A live camera keeps trying, and frames may follow.
    Failed(SourceError),
}

/// Gives frames. Never waits.
pub trait FrameSource: fmt::Debug {
    /// What is known of the camera: intrinsics, perhaps its place on the head.
    fn camera(&self) -> Option<&CameraFile>;

    /// The next frame, if there is one.
    fn poll(&mut self) -> Polled;
}

/// Why there are no frames.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SourceError {
    /// No such device.
    #[error("camera `{path}`: no such device\nhint: {}", here(.found))]
    NoDevice {
        /// The device asked for.
        path: PathBuf,
        /// Cameras that there are.
        found: Vec<String>,
    },
    /// The user may not open it.
    #[error(
        "camera `{path}`: permission denied\nhint: add yourself to the group `video` (`sudo usermod -aG video $USER`) and log in again"
    )]
    NoPermission {
        /// The device.
        path: PathBuf,
    },
    /// Another program has it.
    #[error("camera `{path}`: in use by another program\nhint: close it; `fuser {path}` names it")]
    Busy {
        /// The device.
        path: PathBuf,
    },
    /// It is something else.
    #[error(
        "camera `{path}`: not a video capture device\nhint: a camera has several nodes, of which one gives pictures; try the others of `/dev/video*`"
    )]
    NotACamera {
        /// The device.
        path: PathBuf,
    },
    /// It offers no format or size that can be used.
    #[error(
        "camera `{path}`: cannot give {wanted}\nhint: it offers {offered}; calibrate the camera at one of these sizes"
    )]
    Unsupported {
        /// The device.
        path: PathBuf,
        /// What was asked for.
        wanted: String,
        /// What it can give.
        offered: String,
    },
    /// It went away while running.
    #[error("camera `{path}`: unplugged\nhint: plug it in again; it is taken up by itself")]
    Unplugged {
        /// The device.
        path: PathBuf,
    },
    /// It gives nothing, though it is there.
    #[error(
        "camera `{path}`: no picture for {seconds} s\nhint: check the cable and the USB bandwidth; a hub shared with the headset may not be enough"
    )]
    Stalled {
        /// The device.
        path: PathBuf,
        /// For how long.
        seconds: u64,
    },
    /// A frame could not be read.
    #[error("camera `{path}`: {message}")]
    BadFrame {
        /// The device or file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// Anything else the system says.
    #[error("camera `{path}`: {message}\nhint: unplug it and plug it in again; `dmesg` may say more")]
    System {
        /// The device.
        path: PathBuf,
        /// The system's words.
        message: String,
    },
}

fn here(found: &[String]) -> String {
    if found.is_empty() {
        "no camera is connected to this machine".to_owned()
    } else {
        format!("there are {}", found.join(", "))
    }
}

impl SourceError {
    /// Names what the system said of a device, while it was `running` or being opened.
    pub fn of(path: &std::path::Path, error: &std::io::Error, running: bool) -> Self {
        let path = path.to_owned();
        // The numbers are those of Linux on every machine: ENXIO 6, EACCES 13, EBUSY 16, ENODEV 19, EINVAL 22, ENOTTY 25.
        match (error.raw_os_error(), error.kind()) {
            (Some(19 | 6), _) if running => Self::Unplugged { path },
            (_, std::io::ErrorKind::TimedOut) if running => Self::Stalled { path, seconds: live::STALL_S },
            (Some(2 | 19 | 6), _) => Self::NoDevice { path, found: Vec::new() },
            (Some(13 | 1), _) => Self::NoPermission { path },
            (Some(16), _) => Self::Busy { path },
            (Some(25), _) => Self::NotACamera { path },
            _ => Self::System { path, message: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io, path::Path};

    use super::*;

    #[test]
    fn what_the_system_says_becomes_a_state_with_a_remedy() {
        let of =
            |errno, running| SourceError::of(Path::new("/dev/video9"), &io::Error::from_raw_os_error(errno), running);
        assert!(matches!(of(2, false), SourceError::NoDevice { .. }));
        assert!(matches!(of(13, false), SourceError::NoPermission { .. }));
        assert!(matches!(of(16, false), SourceError::Busy { .. }));
        assert!(matches!(of(16, true), SourceError::Busy { .. }));
        assert!(matches!(of(25, false), SourceError::NotACamera { .. }));
        assert!(matches!(of(19, true), SourceError::Unplugged { .. }));
        assert!(matches!(of(19, false), SourceError::NoDevice { .. }));
        let stalled = SourceError::of(Path::new("/dev/video9"), &io::Error::from(io::ErrorKind::TimedOut), true);
        assert!(matches!(stalled, SourceError::Stalled { .. }));
        for error in [of(2, false), of(13, false), of(16, false), of(25, false), of(19, true), of(5, true), stalled] {
            let words = error.to_string();
            assert!(words.contains("/dev/video9") && words.contains("hint:"), "{words}");
        }
    }
}
