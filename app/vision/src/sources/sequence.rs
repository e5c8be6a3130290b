//! A recorded sequence: a folder of pictures with `sequence.json`, which has their times, the camera, and the head poses. Read and
//! written here; knows nothing of what the pictures show.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use fieldwright_guide::{
    frames::{Head, Pose, World},
    time::Timestamp,
};
use glam::{Quat, Vec3};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Frame, FrameClock, FrameSource, Polled, SourceError};
use crate::{
    calibrate::CameraFile,
    clock::{HeadRing, RingLimits},
    frame::GrayFrame,
};

/// Name of the index in the folder.
const INDEX: &str = "sequence.json";
const FORMAT: u32 = 1;

/// A recording cannot be read or written.
#[derive(Debug, Error)]
pub enum SequenceError {
    /// A file cannot be read or written.
    #[error(
        "recorded sequence: cannot {what} `{path}`: {message}\nhint: a sequence is a folder with `sequence.json` and its pictures"
    )]
    File {
        /// Read or write.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        message: String,
    },
    /// The index is not as it should be.
    #[error("recorded sequence `{path}`: {message}\nhint: times are seconds and rise; see docs/vision.md")]
    Index {
        /// The index file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Index {
    format: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    camera: Option<CameraFile>,
    frames: Vec<IndexFrame>,
    #[serde(default)]
    head: Vec<IndexHead>,
}

#[derive(Serialize, Deserialize)]
struct IndexFrame {
    file: String,
    captured_s: f64,
}

#[derive(Serialize, Deserialize)]
struct IndexHead {
    at_s: f64,
    translation_m: [f32; 3],
    /// x, y, z, w.
    rotation: [f32; 4],
}

/// A recording, as a source of frames.
#[derive(Debug)]
pub struct Sequence {
    folder: PathBuf,
    camera: Option<CameraFile>,
    frames: Vec<(String, Timestamp)>,
    head: Vec<(Timestamp, Pose<World, Head>)>,
    next: usize,
}

impl Sequence {
    /// Opens the recording in `folder`.
    ///
    /// # Errors
    /// When the index cannot be read, its times do not rise, or it names a file outside the folder.
    pub fn open(folder: &Path) -> Result<Self, SequenceError> {
        let path = folder.join(INDEX);
        let text = fs::read_to_string(&path).map_err(|error| SequenceError::File {
            what: "read",
            path: path.clone(),
            message: error.to_string(),
        })?;
        let fault = |message: String| SequenceError::Index { path: path.clone(), message };
        let index: Index = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
        if index.format != FORMAT {
            return Err(fault(format!("`format` is {}, expected {FORMAT}", index.format)));
        }
        for (number, frame) in index.frames.iter().enumerate() {
            let inside = Path::new(&frame.file).components().all(|part| matches!(part, Component::Normal(_)));
            if !inside || frame.file.is_empty() {
                return Err(fault(format!("frame {number}: `{}` is not a file of the folder", frame.file)));
            }
            let earlier = number.checked_sub(1).map_or(f64::NEG_INFINITY, |before| index.frames[before].captured_s);
            if !frame.captured_s.is_finite() || frame.captured_s <= earlier {
                return Err(fault(format!("frame {number}: `captured_s` is {}, after {earlier}", frame.captured_s)));
            }
        }
        let mut ring = HeadRing::new(RingLimits { capacity: index.head.len().max(2), ..RingLimits::default() });
        for (number, head) in index.head.iter().enumerate() {
            let pose = Pose::new(Vec3::from(head.translation_m), Quat::from_array(head.rotation));
            if !ring.push(Timestamp(head.at_s), pose) {
                return Err(fault(format!("head pose {number}: times must rise and rotations have unit length")));
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            camera: index.camera,
            frames: index.frames.into_iter().map(|frame| (frame.file, Timestamp(frame.captured_s))).collect(),
            head: ring.samples().copied().collect(),
            next: 0,
        })
    }

    /// The head poses, by rising time.
    pub fn head(&self) -> &[(Timestamp, Pose<World, Head>)] {
        &self.head
    }

    /// The head poses as a ring that reaches over the whole recording.
    pub fn ring(&self) -> HeadRing {
        let mut ring = HeadRing::new(RingLimits { capacity: self.head.len().max(2), ..RingLimits::default() });
        for (at, pose) in &self.head {
            ring.push(*at, *pose);
        }
        ring
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// When its first frame was taken, on its own clock.
    pub fn first_captured(&self) -> Option<Timestamp> {
        self.frames.first().map(|(_, captured)| *captured)
    }

    /// Frames in all.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// True if it has no frames.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// File name of the frame that [`FrameSource::poll`] gives next.
    pub fn next_file(&self) -> Option<&str> {
        self.frames.get(self.next).map(|(file, _)| file.as_str())
    }

    fn read(&self, file: &str) -> Result<GrayFrame, SourceError> {
        let path = self.folder.join(file);
        let bad = |message: String| SourceError::BadFrame { path: path.clone(), message };
        let picture = image::ImageReader::open(&path)
            .and_then(image::ImageReader::with_guessed_format)
            .map_err(|error| bad(error.to_string()))?
            .decode()
            .map_err(|error| bad(error.to_string()))?;
        GrayFrame::from_image(&picture).map_err(|error| bad(error.to_string()))
    }
}

impl FrameSource for Sequence {
    fn camera(&self) -> Option<&CameraFile> {
        self.camera.as_ref()
    }

    fn poll(&mut self) -> Polled {
        let Some((file, captured)) = self.frames.get(self.next) else { return Polled::Ended };
        let sequence = self.next as u64;
        self.next += 1;
        match self.read(file) {
            Ok(gray) => Polled::Frame(Frame { gray, captured: *captured, clock: FrameClock::Own, sequence }),
            Err(error) => Polled::Failed(error),
        }
    }
}

/// Writes a recording.
#[derive(Debug)]
pub struct SequenceWriter {
    folder: PathBuf,
    camera: Option<CameraFile>,
    frames: Vec<(String, Timestamp)>,
    head: Vec<(Timestamp, Pose<World, Head>)>,
}

impl SequenceWriter {
    /// Begins a recording in `folder`, which is made if need be.
    ///
    /// # Errors
    /// When the folder cannot be made or has a recording already.
    pub fn create(folder: &Path, camera: Option<CameraFile>) -> Result<Self, SequenceError> {
        let fail = |message: String| SequenceError::File { what: "write", path: folder.to_owned(), message };
        fs::create_dir_all(folder).map_err(|error| fail(error.to_string()))?;
        if folder.join(INDEX).exists() {
            return Err(fail("it has a recording already".to_owned()));
        }
        Ok(Self { folder: folder.to_owned(), camera, frames: Vec::new(), head: Vec::new() })
    }

    /// Writes a frame. Frames come by rising time; one that does not is left out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn frame(&mut self, gray: &GrayFrame, captured: Timestamp) -> Result<(), SequenceError> {
        if self.frames.last().is_some_and(|(_, last)| captured <= *last) || !captured.0.is_finite() {
            return Ok(());
        }
        let file = format!("frame-{:05}.png", self.frames.len());
        let path = self.folder.join(&file);
        image::save_buffer(&path, gray.pixels(), gray.width(), gray.height(), image::ExtendedColorType::L8)
            .map_err(|error| SequenceError::File { what: "write", path, message: error.to_string() })?;
        self.frames.push((file, captured));
        Ok(())
    }

    /// Notes a head pose. Poses come by rising time; one that does not is left out.
    pub fn head(&mut self, at: Timestamp, world_from_head: Pose<World, Head>) {
        if at.0.is_finite() && self.head.last().is_none_or(|(last, _)| at > *last) {
            self.head.push((at, world_from_head));
        }
    }

    /// Writes the index of all frames and poses so far, in place of an earlier one. Without it the folder is no recording.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self) -> Result<(), SequenceError> {
        let index = Index {
            format: FORMAT,
            camera: self.camera.clone(),
            frames: self
                .frames
                .iter()
                .map(|(file, captured)| IndexFrame { file: file.clone(), captured_s: captured.0 })
                .collect(),
            head: self
                .head
                .iter()
                .map(|(at, pose)| IndexHead {
                    at_s: at.0,
                    translation_m: pose.translation.to_array(),
                    rotation: pose.rotation.to_array(),
                })
                .collect(),
        };
        let path = self.folder.join(INDEX);
        let fail = |message: String| SequenceError::File { what: "write", path: path.clone(), message };
        let text = serde_json::to_string_pretty(&index).map_err(|error| fail(error.to_string()))?;
        // A recording is ended by pulling the plug as often as not: the index is whole at every moment.
        let aside = path.with_extension("part");
        fs::write(&aside, text).and_then(|()| fs::rename(&aside, &path)).map_err(|error| fail(error.to_string()))
    }

    /// Frames written so far.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::CameraModel;

    fn frame(level: u8) -> GrayFrame {
        GrayFrame::new(4, 2, (0..8).map(|index| level + index).collect()).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let camera = CameraFile::new(CameraModel::new([4, 2], [5.0, 5.0], [1.5, 0.5], [0.0; 5], 0.1).unwrap());
        let mut writer = SequenceWriter::create(folder.path(), Some(camera.clone())).unwrap();
        for index in 0..3u8 {
            let at = Timestamp(1000.0 + f64::from(index) / 30.0);
            writer.frame(&frame(index * 50), at).unwrap();
            writer.head(
                at,
                Pose::new(Vec3::new(0.0, 1.6, f32::from(index)), Quat::from_rotation_y(0.1 * f32::from(index))),
            );
        }
        // What goes back in time is left out.
        writer.frame(&frame(0), Timestamp(1.0)).unwrap();
        writer.head(Timestamp(f64::NAN), Pose::identity());
        writer.save().unwrap();
        assert!(SequenceWriter::create(folder.path(), None).is_err(), "a recording is not overwritten");

        let mut read = Sequence::open(folder.path()).unwrap();
        assert_eq!((read.camera(), read.len(), read.head().len()), (Some(&camera), 3, 3));
        assert_eq!(read.next_file(), Some("frame-00000.png"));
        for index in 0..3u8 {
            let Polled::Frame(seen) = read.poll() else { panic!("three frames were written") };
            assert_eq!((seen.gray, seen.sequence), (frame(index * 50), u64::from(index)));
            assert!((seen.captured.0 - 1000.0 - f64::from(index) / 30.0).abs() < 1e-9);
        }
        assert!(matches!(read.poll(), Polled::Ended));
        let middle = read.ring().at(Timestamp(1000.0 + 0.5 / 30.0)).unwrap();
        assert!((middle.translation.z - 0.5).abs() < 1e-3);
    }

    #[test]
    fn faults_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let open = |text: &str| {
            fs::write(folder.path().join(INDEX), text).unwrap();
            Sequence::open(folder.path()).unwrap_err().to_string()
        };
        assert!(Sequence::open(&folder.path().join("none")).unwrap_err().to_string().contains("hint:"));
        for (text, words) in [
            ("{", "EOF"),
            (r#"{"format":2,"frames":[]}"#, "`format` is 2"),
            (r#"{"format":1,"frames":[{"file":"../x.png","captured_s":1}]}"#, "not a file of the folder"),
            (r#"{"format":1,"frames":[{"file":"/x.png","captured_s":1}]}"#, "not a file of the folder"),
            (r#"{"format":1,"frames":[{"file":"a","captured_s":1},{"file":"b","captured_s":1}]}"#, "frame 1"),
            (
                r#"{"format":1,"frames":[],"head":[{"at_s":0,"translation_m":[0,0,0],"rotation":[0,0,0,0]}]}"#,
                "head pose 0",
            ),
        ] {
            let error = open(text);
            assert!(error.contains(words) && error.contains("hint:"), "{error}");
        }
        fs::write(folder.path().join("a.png"), "no picture").unwrap();
        fs::write(folder.path().join(INDEX), r#"{"format":1,"frames":[{"file":"a.png","captured_s":1}]}"#).unwrap();
        let mut broken = Sequence::open(folder.path()).unwrap();
        assert!(matches!(broken.poll(), Polled::Failed(SourceError::BadFrame { .. })));
        assert!(matches!(broken.poll(), Polled::Ended), "and goes on");
    }
}
