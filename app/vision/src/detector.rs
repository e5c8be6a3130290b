//! Finds AprilTags in a gray frame with the AprilTag C library, behind a safe face. The only file of this crate that may
//! hold `unsafe`. Knows nothing of cameras and poses.
//!
//! The C library aborts the process on frames of a few pixels and on sizes beyond 16 bits, so sizes are checked first.

#![expect(unsafe_code, reason = "the detector is a C library; every call is in this file")]

use std::{fmt, ptr::NonNull, slice};

use apriltag_sys as sys;
use thiserror::Error;

use crate::frame::GrayFrame;

/// The family of every fiducial here.
pub const FAMILY: &str = "tag36h11";
/// Number of ids in the family.
pub const FAMILY_SIZE: u32 = 587;

/// A tag found in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawDetection {
    /// Id in the family.
    pub id: u32,
    /// Top-left, top-right, bottom-right, bottom-left of the print's black border, pixels; (0, 0) is the centre of the top-left
    /// pixel.
    pub corners_px: [[f64; 2]; 4],
    /// Bits that had to be corrected.
    pub hamming: u32,
    /// Mean distance of the data bits from the threshold, gray levels.
    pub decision_margin: f32,
}

/// How to look for tags.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectorSettings {
    /// Quads are searched in a picture this many times smaller (1, 1.5, 2, 3 or 4); bits are read in the full one.
    pub decimate: f32,
    /// Detections with more corrected bits are dropped (0 to 2).
    pub max_hamming: u32,
    /// Detections with less contrast are dropped, gray levels.
    pub min_decision_margin: f32,
    /// Neighborhoods with less contrast are not searched, gray levels. `None` takes it from the frame's own noise, which saves most
    /// of the time: a threshold within the noise finds outlines everywhere.
    pub min_contrast: Option<u8>,
    /// Sharpening before bits are read.
    pub sharpening: f64,
}

impl Default for DetectorSettings {
    fn default() -> Self {
        Self { decimate: 1.0, max_hamming: 1, min_decision_margin: 15.0, min_contrast: None, sharpening: 0.25 }
    }
}

/// Outlines with fewer points are no tag; the smallest that can be read has twice as many.
const MIN_CLUSTER_PIXELS: i32 = 24;

/// The detector could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum DetectorError {
    /// A setting is out of range.
    #[error("tag detector: `{field}` is {value}, expected {expected}\nhint: use the default settings")]
    BadSetting {
        /// The setting.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is accepted.
        expected: &'static str,
    },
    /// The C library gave no detector.
    #[error("tag detector: out of memory\nhint: close other programs")]
    OutOfMemory,
}

/// An AprilTag detector for tag36h11, working on the calling thread.
pub struct TagDetector {
    detector: NonNull<sys::apriltag_detector_t>,
    /// The C detector refers to it, so it is dropped after the detector is destroyed.
    family: Family,
    settings: DetectorSettings,
}

// SAFETY: the C detector holds plain heap memory and, with one thread configured, starts no thread and keeps no
// thread-local state; it may be moved to another thread, and `&mut self` on `detect` keeps it on one at a time.
unsafe impl Send for TagDetector {}
// SAFETY: no method reaches the C detector through a shared reference.
unsafe impl Sync for TagDetector {}

impl fmt::Debug for TagDetector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TagDetector").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl TagDetector {
    /// Smallest side of a frame that is searched, pixels. Smaller ones cannot hold a tag, and some crash the C library.
    pub const MIN_SIDE: u32 = 32;

    /// Makes a detector.
    ///
    /// # Errors
    /// When a setting is out of range, or memory is short.
    pub fn new(settings: DetectorSettings) -> Result<Self, DetectorError> {
        let bad = |field, value, expected| Err(DetectorError::BadSetting { field, value, expected });
        if ![1.0, 1.5, 2.0, 3.0, 4.0].contains(&settings.decimate) {
            return bad("decimate", f64::from(settings.decimate), "1, 1.5, 2, 3 or 4");
        }
        if settings.max_hamming > 2 {
            return bad("max_hamming", f64::from(settings.max_hamming), "0 to 2");
        }
        if !(0.0..=8.0).contains(&settings.sharpening) {
            return bad("sharpening", settings.sharpening, "0 to 8");
        }
        let family = Family::tag36h11().ok_or(DetectorError::OutOfMemory)?;
        // SAFETY: takes no argument; null is handled.
        let mut detector =
            NonNull::new(unsafe { sys::apriltag_detector_create() }).ok_or(DetectorError::OutOfMemory)?;
        // SAFETY: both pointers are live and owned by this value, which destroys the detector before the family.
        unsafe {
            sys::apriltag_detector_add_family_bits(
                detector.as_ptr(),
                family.0.as_ptr(),
                settings.max_hamming.cast_signed(),
            );
            let c = detector.as_mut();
            c.nthreads = 1;
            c.quad_decimate = settings.decimate;
            c.quad_sigma = 0.0;
            c.refine_edges = true;
            c.decode_sharpening = settings.sharpening;
            c.debug = false;
            c.qtp.min_cluster_pixels = MIN_CLUSTER_PIXELS;
        }
        Ok(Self { detector, family, settings })
    }

    /// All tags in the frame, by rising id. A frame smaller than [`Self::MIN_SIDE`] holds none.
    pub fn detect(&mut self, frame: &GrayFrame) -> Vec<RawDetection> {
        if frame.width() < Self::MIN_SIDE || frame.height() < Self::MIN_SIDE {
            return Vec::new();
        }
        // `GrayFrame` bounds both sides by 16384, so the casts hold and no C size overflows.
        let mut image = sys::image_u8_t {
            width: frame.width().cast_signed(),
            height: frame.height().cast_signed(),
            stride: frame.width().cast_signed(),
            buf: frame.pixels().as_ptr().cast_mut(),
        };
        let min_contrast = self.settings.min_contrast.unwrap_or_else(|| noise_range(frame));
        // SAFETY: the detector is live and `self` is borrowed mutably.
        unsafe { self.detector.as_mut() }.qtp.min_white_black_diff = min_contrast.into();
        // SAFETY: `image` describes exactly the frame's buffer, which outlives the call. The C code writes to its input only when
        // it blurs an undecimated picture, and `quad_sigma` is zero. The detector is live and used by this thread alone.
        let found = unsafe { sys::apriltag_detector_detect(self.detector.as_ptr(), &raw mut image) };
        let Some(found) = NonNull::new(found) else { return Vec::new() };
        #[expect(
            clippy::cast_ptr_alignment,
            reason = "the library allocates the array with `malloc` and stores pointers in it"
        )]
        // SAFETY: the library returns an array of `size` detection pointers, which stay valid until it is destroyed below.
        let pointers = unsafe {
            let array = found.as_ref();
            match usize::try_from(array.size) {
                Ok(size) if size > 0 && !array.data.is_null() => {
                    slice::from_raw_parts(array.data.cast::<*const sys::apriltag_detection_t>(), size)
                }
                _ => &[],
            }
        };
        let mut detections: Vec<RawDetection> = pointers
            .iter()
            // SAFETY: each pointer is a live detection, or null.
            .filter_map(|&pointer| unsafe { pointer.as_ref() })
            .filter_map(|found| self.accept(found))
            .collect();
        // SAFETY: destroys the array and the detections in it; nothing refers to them any more.
        unsafe { sys::apriltag_detections_destroy(found.as_ptr()) };
        detections.sort_by(|a, b| a.id.cmp(&b.id).then(b.decision_margin.total_cmp(&a.decision_margin)));
        detections
    }

    /// The cells of a tag, as [`tag_cells`] gives them.
    pub(crate) fn cells(&self, id: u32) -> Option<[[bool; 10]; 10]> {
        self.family.cells(id)
    }

    fn accept(&self, found: &sys::apriltag_detection_t) -> Option<RawDetection> {
        let hamming = u32::try_from(found.hamming).ok()?;
        let trusted =
            hamming <= self.settings.max_hamming && found.decision_margin >= self.settings.min_decision_margin;
        let finite = found.p.iter().flatten().all(|value| value.is_finite());
        // The library lists bottom-left, bottom-right, top-right, top-left, and puts pixel centres at a half.
        let corner = |index: usize| found.p[index].map(|value| value - 0.5);
        (trusted && finite).then_some(RawDetection {
            id: u32::try_from(found.id).ok()?,
            corners_px: [corner(3), corner(2), corner(1), corner(0)],
            hamming,
            decision_margin: found.decision_margin,
        })
    }
}

impl Drop for TagDetector {
    fn drop(&mut self) {
        // SAFETY: created by `apriltag_detector_create` and destroyed once; the family is still live, as the library wants.
        unsafe { sys::apriltag_detector_destroy(self.detector.as_ptr()) };
    }
}

/// Contrast that noise alone reaches in the neighborhood of twelve by twelve pixels which the detector looks at, gray levels: from the
/// median bend of three pixels in a row, which edges hardly touch.
fn noise_range(frame: &GrayFrame) -> u8 {
    const BENDS: usize = 4 * 255 + 1;
    let mut counts = [0u32; BENDS];
    let mut total = 0;
    for row in frame.pixels().chunks_exact(frame.width() as usize).step_by(5) {
        for three in row.windows(3).step_by(4) {
            let bend = 2 * i32::from(three[1]) - i32::from(three[0]) - i32::from(three[2]);
            counts[bend.unsigned_abs() as usize] += 1;
            total += 1;
        }
    }
    let mut below = 0;
    let median = counts.iter().position(|count| {
        below += count;
        2 * below >= total
    });
    // The bend of three normal deviates has a standard deviation of the square root of six; 0.67 of it is the median.
    let sigma = median.unwrap_or(0) as f32 / (0.674_5 * 6.0f32.sqrt());
    (6.5 * sigma + 4.0).clamp(8.0, 45.0) as u8
}

/// The cells of a printed tag, `true` for white: ten rows from the top, ten columns from the left, of which the outer ring is the
/// white quiet zone and the next the black border. `None` if the family has no such id.
pub fn tag_cells(id: u32) -> Option<[[bool; 10]; 10]> {
    Family::tag36h11()?.cells(id)
}

/// The C library's table of tag36h11, owned.
struct Family(NonNull<sys::apriltag_family_t>);

impl Family {
    fn tag36h11() -> Option<Self> {
        // SAFETY: takes no argument; null is handled.
        NonNull::new(unsafe { sys::tag36h11_create() }).map(Self)
    }

    fn cells(&self, id: u32) -> Option<[[bool; 10]; 10]> {
        if id >= FAMILY_SIZE {
            return None;
        }
        // SAFETY: the family is live, and the library demands an id below the family's size only; it reads the family.
        let picture = NonNull::new(unsafe { sys::apriltag_to_image(self.0.as_ptr(), id) })?;
        let mut cells = [[false; 10]; 10];
        // SAFETY: the picture is `stride * height` bytes and lives until it is destroyed here, once.
        unsafe {
            let image = picture.as_ref();
            let (width, height, stride) = (image.width as usize, image.height as usize, image.stride as usize);
            let bytes = slice::from_raw_parts(image.buf, stride * height);
            for (row, line) in cells.iter_mut().enumerate().take(height) {
                for (column, cell) in line.iter_mut().enumerate().take(width) {
                    *cell = bytes[row * stride + column] > 127;
                }
            }
            sys::image_u8_destroy(picture.as_ptr());
        }
        Some(cells)
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        // SAFETY: created by `tag36h11_create`, destroyed once; a detector that used it has been destroyed before (field order
        // in `TagDetector`: its own `drop` runs first).
        unsafe { sys::tag36h11_destroy(self.0.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_has_the_stated_size_and_its_prints_a_black_border() {
        assert!(tag_cells(FAMILY_SIZE).is_none());
        let cells = tag_cells(FAMILY_SIZE - 1).unwrap();
        assert!(cells[0].iter().all(|&white| white) && cells.iter().all(|row| row[9]));
        assert!(cells[1][1..9].iter().all(|&white| !white) && cells[1..9].iter().all(|row| !row[1] && !row[8]));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for settings in [
            DetectorSettings { decimate: 0.0, ..DetectorSettings::default() },
            DetectorSettings { decimate: f32::NAN, ..DetectorSettings::default() },
            DetectorSettings { max_hamming: 3, ..DetectorSettings::default() },
            DetectorSettings { sharpening: f64::NAN, ..DetectorSettings::default() },
        ] {
            assert!(TagDetector::new(settings).unwrap_err().to_string().contains("hint:"));
        }
    }
}
