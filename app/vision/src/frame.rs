//! An 8-bit gray frame, the only form in which a picture reaches the detector. Knows nothing of where it came from.

use thiserror::Error;

/// A gray picture, row by row without padding; pixel (0, 0) is the top-left one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrayFrame {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

/// Why a frame cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// The buffer and the stated size disagree.
    #[error(
        "frame of {width}x{height} needs {expected} bytes with a stride of {stride}, got {actual}\nhint: pass one byte a pixel"
    )]
    WrongLength {
        /// Stated width in pixels.
        width: u32,
        /// Stated height in pixels.
        height: u32,
        /// Bytes from one row to the next.
        stride: usize,
        /// Bytes that the size calls for.
        expected: usize,
        /// Bytes that were passed.
        actual: usize,
    },
    /// More pixels than the detector accepts.
    #[error(
        "frame of {width}x{height} is too large: at most {max_side} pixels a side and {max_pixels} in all\nhint: scale the frame down"
    )]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Longest side accepted, in pixels.
        max_side: u32,
        /// Most pixels accepted.
        max_pixels: u64,
    },
    /// The frame is not of the size that the camera was calibrated for.
    #[error(
        "frame is {width}x{height} but the camera is calibrated for {camera_width}x{camera_height}\nhint: use the calibration that belongs to this picture size"
    )]
    NotOfThisCamera {
        /// Width of the frame in pixels.
        width: u32,
        /// Height of the frame in pixels.
        height: u32,
        /// Width of the calibrated picture in pixels.
        camera_width: u32,
        /// Height of the calibrated picture in pixels.
        camera_height: u32,
    },
}

impl GrayFrame {
    /// Longest side accepted, in pixels; the detector counts in 16 bits.
    pub const MAX_SIDE: u32 = 16_384;
    /// Most pixels accepted, so that a hostile size cannot exhaust memory.
    pub const MAX_PIXELS: u64 = 64 << 20;

    /// Wraps `pixels`, which must hold `width * height` bytes.
    ///
    /// # Errors
    /// When the length does not fit the size, or the size is beyond the limits above.
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, FrameError> {
        Self::check_size(width, height)?;
        let expected = width as usize * height as usize;
        if pixels.len() != expected {
            return Err(FrameError::WrongLength {
                width,
                height,
                stride: width as usize,
                expected,
                actual: pixels.len(),
            });
        }
        Ok(Self { width, height, pixels })
    }

    /// A black picture, to be written to.
    ///
    /// # Errors
    /// When the size is beyond the limits.
    pub fn blank(width: u32, height: u32) -> Result<Self, FrameError> {
        Self::check_size(width, height)?;
        Ok(Self { width, height, pixels: vec![0; width as usize * height as usize] })
    }

    /// Copies a picture whose rows are `stride` bytes apart.
    ///
    /// # Errors
    /// When the stride is shorter than a row, the buffer too short, or the size beyond the limits.
    pub fn from_strided(width: u32, height: u32, stride: usize, bytes: &[u8]) -> Result<Self, FrameError> {
        Self::check_size(width, height)?;
        let row_len = width as usize;
        let needed = match height {
            0 => 0,
            rows => stride.saturating_mul(rows as usize - 1).saturating_add(row_len),
        };
        if stride < row_len || bytes.len() < needed {
            return Err(FrameError::WrongLength { width, height, stride, expected: needed, actual: bytes.len() });
        }
        let mut pixels = Vec::with_capacity(row_len * height as usize);
        for row in 0..height as usize {
            pixels.extend_from_slice(&bytes[row * stride..row * stride + row_len]);
        }
        Ok(Self { width, height, pixels })
    }

    /// The luma of a decoded picture.
    ///
    /// # Errors
    /// When the size is beyond the limits.
    pub fn from_image(picture: &image::DynamicImage) -> Result<Self, FrameError> {
        Self::check_size(picture.width(), picture.height())?;
        let luma = picture.to_luma8();
        Self::new(luma.width(), luma.height(), luma.into_raw())
    }

    fn check_size(width: u32, height: u32) -> Result<(), FrameError> {
        let pixels = u64::from(width) * u64::from(height);
        if width > Self::MAX_SIDE || height > Self::MAX_SIDE || pixels > Self::MAX_PIXELS {
            return Err(FrameError::TooLarge { width, height, max_side: Self::MAX_SIDE, max_pixels: Self::MAX_PIXELS });
        }
        Ok(())
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels, row by row, to write to.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_length_is_refused_with_both_numbers() {
        let error = GrayFrame::new(4, 3, vec![0; 11]).unwrap_err();
        assert!(error.to_string().contains("needs 12 bytes"), "{error}");
        assert!(error.to_string().contains("got 11"), "{error}");
    }

    #[test]
    fn padding_between_rows_is_dropped() {
        let frame = GrayFrame::from_strided(2, 2, 3, &[1, 2, 99, 3, 4]).unwrap();
        assert_eq!(frame.pixels(), [1, 2, 3, 4]);
        assert!(GrayFrame::from_strided(2, 2, 1, &[0; 9]).is_err());
        assert!(GrayFrame::from_strided(2, 2, 3, &[0; 4]).is_err());
        assert!(GrayFrame::from_strided(2, 2, usize::MAX, &[0; 9]).is_err());
    }

    #[test]
    fn hostile_sizes_are_refused_before_anything_is_allocated() {
        assert!(matches!(GrayFrame::new(u32::MAX, u32::MAX, Vec::new()), Err(FrameError::TooLarge { .. })));
        assert!(matches!(GrayFrame::new(16_385, 1, vec![0; 16_385]), Err(FrameError::TooLarge { .. })));
        assert!(GrayFrame::new(0, 0, Vec::new()).is_ok());
    }
}
