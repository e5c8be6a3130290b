//! A V4L2 camera. The one place that names the V4L2 library; knows nothing of calibration but the size wanted.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use fieldwright_guide::time::Timestamp;
use moq_v4l::{
    buffer::{Flags as BufferFlags, Type},
    capability::Flags as CapabilityFlags,
    device::Device,
    format::{Format, FourCC},
    framesize::FrameSizeEnum,
    io::{
        mmap::Stream,
        traits::{CaptureStream, Stream as _},
    },
    video::Capture as _,
};

use super::{
    FrameClock, SourceError,
    convert::PixelLayout,
    live::{CaptureDevice, LiveCamera, RawFrame, STALL_S},
};
use crate::calibrate::CameraFile;

/// Opens the camera at `path` (for example `/dev/video0`) in the size it was calibrated for, or in its own where it was not, and
/// reads it on a thread until the result is dropped. A camera that is not there yet is waited for.
///
/// # Errors
/// When no thread can be started; everything else is told by [`super::FrameSource::poll`].
pub fn open_camera(path: &Path, camera: Option<CameraFile>) -> Result<LiveCamera, SourceError> {
    let (named, size_px) = (path.to_owned(), camera.as_ref().map(|file| file.camera.size_px()));
    LiveCamera::start(path, camera, move || Ok(Box::new(V4l2::open(&named, size_px)?) as Box<dyn CaptureDevice>))
}

/// The capture devices of this machine, each with its name: `/dev/video0 (USB Camera)`.
pub fn list_devices() -> Vec<String> {
    let Ok(entries) = std::fs::read_dir("/dev") else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("video")))
        .collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| {
            let capabilities = Device::with_path(path).ok()?.query_caps().ok()?;
            let captures = capabilities.capabilities.contains(CapabilityFlags::VIDEO_CAPTURE);
            captures.then(|| format!("{} ({})", path.display(), capabilities.card))
        })
        .collect()
}

/// Now on `CLOCK_MONOTONIC`, seconds: the clock that V4L2 stamps frames with, and that OpenXR converts its own to.
#[expect(unsafe_code, reason = "the standard library does not give the number")]
pub fn monotonic_now() -> Timestamp {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on every Linux and the pointer is to a local that outlives the call, which only writes it.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    Timestamp(now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9)
}

struct V4l2 {
    /// Taken out when dropped: closing a stream whose device has failed panics in the library.
    stream: Option<Stream<'static>>,
    layout: PixelLayout,
    size_px: [u32; 2],
    stride: usize,
}

impl V4l2 {
    fn open(path: &Path, size_px: Option<[u32; 2]>) -> Result<Self, SourceError> {
        let fail = |error: io::Error| match SourceError::of(path, &error, false) {
            SourceError::NoDevice { path, .. } => SourceError::NoDevice { path, found: list_devices() },
            other => other,
        };
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(SourceError::NoDevice { path: path.to_owned(), found: list_devices() });
        }
        let device = Device::with_path(path).map_err(fail)?;
        let capabilities = device.query_caps().map_err(fail)?;
        if !capabilities.capabilities.contains(CapabilityFlags::VIDEO_CAPTURE | CapabilityFlags::STREAMING) {
            return Err(SourceError::NotACamera { path: path.to_owned() });
        }
        let (layout, format) = choose(&device, size_px).map_err(fail)?.ok_or_else(|| SourceError::Unsupported {
            path: path.to_owned(),
            wanted: size_px.map_or_else(|| "a known format".to_owned(), |[w, h]| format!("{w}x{h} in a known format")),
            offered: offered(&device),
        })?;
        let mut stream = Stream::with_buffers(&device, Type::VideoCapture, 4).map_err(fail)?;
        stream.set_timeout(Duration::from_secs(STALL_S));
        let stride = if layout == PixelLayout::Mjpeg { 0 } else { format.stride as usize };
        Ok(Self { stream: Some(stream), layout, size_px: [format.width, format.height], stride })
    }
}

/// Sets the best format that the device has in this size.
fn choose(device: &Device, size_px: Option<[u32; 2]>) -> io::Result<Option<(PixelLayout, Format)>> {
    let current = device.format()?;
    let [width, height] = size_px.unwrap_or([current.width, current.height]);
    let has: Vec<FourCC> = device.enum_formats()?.into_iter().map(|format| format.fourcc).collect();
    for code in PixelLayout::CODES {
        let (Some(layout), true) = (PixelLayout::of(code), has.contains(&FourCC::new(&code))) else { continue };
        // The driver answers with the nearest it can do, which will not do: a calibration belongs to one size.
        let format = device.set_format(&Format::new(width, height, FourCC::new(&code)))?;
        if [format.width, format.height] == [width, height] && format.fourcc.repr == code {
            return Ok(Some((layout, format)));
        }
    }
    Ok(None)
}

/// The formats and sizes of a device, in words.
fn offered(device: &Device) -> String {
    let formats = device.enum_formats().unwrap_or_default();
    let words: Vec<String> = formats
        .iter()
        .map(|format| {
            let sizes: Vec<String> = device
                .enum_framesizes(format.fourcc)
                .unwrap_or_default()
                .into_iter()
                .map(|size| match size.size {
                    FrameSizeEnum::Discrete(size) => format!("{}x{}", size.width, size.height),
                    FrameSizeEnum::Stepwise(size) => format!("up to {}x{}", size.max_width, size.max_height),
                })
                .collect();
            format!("{} {}", format.fourcc, sizes.join(" "))
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

impl CaptureDevice for V4l2 {
    fn next(&mut self) -> io::Result<RawFrame<'_>> {
        let Some(stream) = &mut self.stream else { return Err(io::Error::from_raw_os_error(libc::ENODEV)) };
        let (buffer, metadata) = CaptureStream::next(stream)?;
        let used = (metadata.bytesused as usize).min(buffer.len());
        let stamped =
            metadata.flags.bits() & BufferFlags::TIMESTAMP_MASK.bits() == BufferFlags::TIMESTAMP_MONOTONIC.bits();
        let driver = metadata.timestamp.sec as f64 + metadata.timestamp.usec as f64 * 1e-6;
        let (captured, clock) = if stamped && driver > 0.0 {
            (Timestamp(driver), FrameClock::Monotonic)
        } else {
            (monotonic_now(), FrameClock::Arrival)
        };
        Ok(RawFrame {
            // Some drivers leave the count of used bytes at nothing for raw formats.
            bytes: if used == 0 { buffer } else { &buffer[..used] },
            layout: self.layout,
            size_px: self.size_px,
            stride: self.stride,
            captured,
            clock,
            sequence: u64::from(metadata.sequence),
            damaged: metadata.flags.contains(BufferFlags::ERROR),
        })
    }
}

impl Drop for V4l2 {
    fn drop(&mut self) {
        if let Some(mut stream) = self.stream.take()
            && stream.stop().is_err()
        {
            // A device that does not even stop has gone; its mappings are left to the end of the process rather than to a panic.
            std::mem::forget(stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::{FrameSource as _, Polled};

    fn failure(path: &str) -> SourceError {
        let mut camera = open_camera(Path::new(path), None).unwrap();
        loop {
            match camera.poll() {
                Polled::Failed(error) => return error,
                Polled::Waiting => std::thread::yield_now(),
                other => panic!("{other:?} from what is no camera"),
            }
        }
    }

    /// The real system calls, on what every Linux has.
    #[test]
    fn what_is_no_camera_is_told_as_such() {
        assert!(matches!(failure("/dev/no-such-camera"), SourceError::NoDevice { .. }));
        assert!(matches!(failure("/dev/null"), SourceError::NotACamera { .. }));
        assert!(matches!(failure("/dev/a\0b"), SourceError::NoDevice { .. }));
    }

    #[test]
    fn the_clock_goes_forward() {
        let first = monotonic_now();
        assert!(first.0 > 0.0 && monotonic_now() >= first);
    }
}
