//! A camera's pixels to gray. Knows the layouts of V4L2, not how they were captured.

use thiserror::Error;
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

use crate::frame::{FrameError, GrayFrame};

/// How a camera lays out its pixels, best for us first: raw gray, raw gray with more bits, planes and pairs whose luma is whole, and
/// compressed last, since compression rounds the edges that the tags are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PixelLayout {
    /// A byte a pixel.
    Grey,
    /// Two bytes a pixel, little endian, of which so many bits are used.
    Deep {
        /// Bits used.
        bits: u32,
    },
    /// A plane of luma, then color.
    Planar,
    /// Luma and color by turns, luma first.
    Yuyv,
    /// Color and luma by turns, color first.
    Uyvy,
    /// JPEG.
    Mjpeg,
}

/// The bytes are no such picture.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConvertError {
    /// Too few bytes, or a size that cannot be.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The compressed picture is broken.
    #[error(
        "broken JPEG frame: {0}\nhint: a few are normal while a camera starts; many mean a bad cable or too little USB bandwidth"
    )]
    Jpeg(String),
    /// The compressed picture has another size than announced.
    #[error(
        "JPEG frame is {actual:?} pixels, expected {expected:?}\nhint: reopen the camera at the size it was calibrated for"
    )]
    WrongSize {
        /// Width and height decoded.
        actual: [usize; 2],
        /// Width and height announced.
        expected: [u32; 2],
    },
}

impl PixelLayout {
    /// All codes that are understood, best first.
    pub const CODES: [[u8; 4]; 11] =
        [*b"GREY", *b"Y10 ", *b"Y12 ", *b"Y16 ", *b"NV12", *b"NV21", *b"YU12", *b"YUYV", *b"UYVY", *b"MJPG", *b"JPEG"];

    /// The layout of a four-character code, as V4L2 names it.
    pub fn of(code: [u8; 4]) -> Option<Self> {
        Some(match &code {
            b"GREY" => Self::Grey,
            b"Y10 " => Self::Deep { bits: 10 },
            b"Y12 " => Self::Deep { bits: 12 },
            b"Y16 " => Self::Deep { bits: 16 },
            b"NV12" | b"NV21" | b"YU12" => Self::Planar,
            b"YUYV" => Self::Yuyv,
            b"UYVY" => Self::Uyvy,
            b"MJPG" | b"JPEG" => Self::Mjpeg,
            _ => return None,
        })
    }

    /// Bytes from one luma to the next, and of the first one; none for JPEG.
    fn step(self) -> Option<(usize, usize)> {
        match self {
            Self::Grey | Self::Planar => Some((1, 0)),
            Self::Deep { .. } | Self::Yuyv => Some((2, 0)),
            Self::Uyvy => Some((2, 1)),
            Self::Mjpeg => None,
        }
    }
}

/// The gray picture in `bytes`, whose rows are `stride` bytes apart (0 where the driver does not say: rows without padding).
///
/// # Errors
/// When the bytes do not hold such a picture.
pub fn to_gray(layout: PixelLayout, size_px: [u32; 2], stride: usize, bytes: &[u8]) -> Result<GrayFrame, ConvertError> {
    let [width, height] = size_px;
    let Some((step, first)) = layout.step() else { return jpeg(size_px, bytes) };
    let row_len = (width as usize).saturating_mul(step);
    let stride = if stride == 0 { row_len } else { stride };
    if step == 1 {
        return Ok(GrayFrame::from_strided(width, height, stride, bytes)?);
    }
    // The size is checked, and so bounded, before anything is allocated.
    let needed = stride.saturating_mul((height as usize).saturating_sub(1)).saturating_add(row_len);
    if stride < row_len || bytes.len() < needed {
        let (expected, actual) = (needed, bytes.len());
        return Err(FrameError::WrongLength { width, height, stride, expected, actual }.into());
    }
    let mut frame = GrayFrame::blank(width, height)?;
    if width == 0 {
        return Ok(frame);
    }
    for (out, row) in frame.pixels_mut().chunks_exact_mut(width as usize).zip(bytes.chunks(stride)) {
        if let PixelLayout::Deep { bits } = layout {
            let shift = bits.saturating_sub(8);
            for (out, pair) in out.iter_mut().zip(row.chunks_exact(2)) {
                *out = (u16::from_le_bytes([pair[0], pair[1]]) >> shift).min(255) as u8;
            }
        } else {
            for (out, luma) in out.iter_mut().zip(row[first..].iter().step_by(2)) {
                *out = *luma;
            }
        }
    }
    Ok(frame)
}

fn jpeg(size_px: [u32; 2], bytes: &[u8]) -> Result<GrayFrame, ConvertError> {
    let fail = |error: zune_jpeg::errors::DecodeErrors| ConvertError::Jpeg(error.to_string());
    let patched = with_tables(bytes);
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::Luma)
        .set_max_width(GrayFrame::MAX_SIDE as usize)
        .set_max_height(GrayFrame::MAX_SIDE as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(patched.as_deref().unwrap_or(bytes)), options);
    decoder.decode_headers().map_err(fail)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    if [width, height] != size_px.map(|side| side as usize) {
        return Err(ConvertError::WrongSize { actual: [width, height], expected: size_px });
    }
    let pixels = decoder.decode().map_err(fail)?;
    Ok(GrayFrame::new(size_px[0], size_px[1], pixels)?)
}

/// Many cameras leave out the Huffman tables, which are always the same in motion JPEG. The decoder fills them in where the frame
/// says that it is one from an AVI file, so that is what is put in front. `None` where the frame has its tables.
fn with_tables(bytes: &[u8]) -> Option<Vec<u8>> {
    const AVI: [u8; 18] = [0xFF, 0xE0, 0, 16, b'A', b'V', b'I', b'1', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    if has_segment(bytes, 0xC4)? {
        return None;
    }
    let mut patched = Vec::with_capacity(bytes.len() + AVI.len());
    patched.extend_from_slice(&bytes[..2]);
    patched.extend_from_slice(&AVI);
    patched.extend_from_slice(&bytes[2..]);
    Some(patched)
}

/// True if a segment of this kind comes before the picture's data; `None` if this is no JPEG.
fn has_segment(bytes: &[u8], wanted: u8) -> Option<bool> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let [0xFF, kind, high, low, ..] = *rest else { return Some(false) };
        if kind == wanted {
            return Some(true);
        }
        // The scan itself begins: no more tables.
        if kind == 0xDA {
            return Some(false);
        }
        rest = rest.get(2 + usize::from(u16::from_be_bytes([high, low]))..)?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A smooth picture, so that compression leaves it nearly as it was.
    fn ramp(x: u32, y: u32) -> u8 {
        (40 + x * 2 + y) as u8
    }

    fn picture(width: u32, height: u32) -> Vec<u8> {
        (0..height).flat_map(|y| (0..width).map(move |x| ramp(x, y))).collect()
    }

    #[test]
    fn every_code_has_a_layout_and_gray_is_preferred() {
        for code in PixelLayout::CODES {
            assert!(PixelLayout::of(code).is_some());
        }
        assert!(PixelLayout::of(*b"H264").is_none());
        let layouts = PixelLayout::CODES.map(|code| PixelLayout::of(code).unwrap());
        assert!(layouts.is_sorted());
    }

    #[test]
    fn luma_is_taken_from_its_place_whatever_the_padding() {
        let (width, height) = (6, 4);
        let gray = picture(width, height);
        for (layout, first) in [(PixelLayout::Yuyv, 0), (PixelLayout::Uyvy, 1)] {
            let stride = 20;
            let mut bytes = vec![99; stride * height as usize];
            for (index, value) in gray.iter().enumerate() {
                bytes[index / 6 * stride + index % 6 * 2 + first] = *value;
            }
            let frame = to_gray(layout, [width, height], stride, &bytes).unwrap();
            assert_eq!(frame.pixels(), gray, "{layout:?}");
        }
        let deep: Vec<u8> = gray.iter().flat_map(|value| (u16::from(*value) << 2 | 3).to_le_bytes()).collect();
        assert_eq!(to_gray(PixelLayout::Deep { bits: 10 }, [width, height], 0, &deep).unwrap().pixels(), gray);
        let mut planar = gray.clone();
        planar.extend(vec![128; 12]);
        assert_eq!(to_gray(PixelLayout::Planar, [width, height], 6, &planar).unwrap().pixels(), gray);
        assert_eq!(to_gray(PixelLayout::Grey, [width, height], 0, &gray).unwrap().pixels(), gray);
    }

    fn jpeg_of(width: u32, height: u32) -> Vec<u8> {
        let rgb: Vec<u8> = picture(width, height).into_iter().flat_map(|value| [value; 3]).collect();
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95)
            .encode(&rgb, width, height, image::ExtendedColorType::Rgb8)
            .unwrap();
        bytes
    }

    /// Removes the tables, as cameras do.
    fn without_tables(bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes[..2].to_vec();
        let mut rest = &bytes[2..];
        while rest[1] != 0xDA {
            let length = 2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
            if rest[1] != 0xC4 {
                out.extend_from_slice(&rest[..length]);
            }
            rest = &rest[length..];
        }
        out.extend_from_slice(rest);
        out
    }

    #[test]
    fn motion_jpeg_is_read_with_its_tables_and_without() {
        let whole = jpeg_of(64, 48);
        let bare = without_tables(&whole);
        assert!(bare.len() < whole.len() && has_segment(&bare, 0xC4) == Some(false));
        for bytes in [&whole, &bare] {
            let frame = to_gray(PixelLayout::Mjpeg, [64, 48], 0, bytes).unwrap();
            let worst = frame.pixels().iter().zip(picture(64, 48)).map(|(a, b)| a.abs_diff(b)).max().unwrap();
            assert!(worst <= 4, "off by {worst}");
        }
        let wrong = to_gray(PixelLayout::Mjpeg, [32, 48], 0, &whole).unwrap_err();
        assert!(wrong.to_string().contains("hint:"), "{wrong}");
    }

    #[test]
    fn short_buffers_are_refused() {
        for layout in [PixelLayout::Grey, PixelLayout::Yuyv, PixelLayout::Deep { bits: 10 }] {
            assert!(to_gray(layout, [64, 48], 0, &[0; 100]).is_err());
            assert!(to_gray(layout, [64, 48], 3, &vec![0; 100_000]).is_err());
            assert!(to_gray(layout, [u32::MAX, u32::MAX], 0, &[0; 100]).is_err());
        }
        assert!(to_gray(PixelLayout::Yuyv, [0, 0], 0, &[]).is_ok());
    }

    proptest! {
        /// A torn or random frame is an error or a picture, never a crash.
        #[test]
        fn broken_jpegs_do_no_harm(cut in 0usize..2000, at in 0usize..2000, with in any::<u8>()) {
            let mut bytes = jpeg_of(64, 48);
            let length = bytes.len();
            bytes[at % length] = with;
            bytes.truncate(cut.min(length));
            if let Ok(frame) = to_gray(PixelLayout::Mjpeg, [64, 48], 0, &bytes) {
                prop_assert_eq!(frame.pixels().len(), 64 * 48);
            }
        }

        #[test]
        fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut framed = vec![0xFF, 0xD8];
            framed.extend(&bytes);
            drop(to_gray(PixelLayout::Mjpeg, [16, 16], 0, &bytes));
            drop(to_gray(PixelLayout::Mjpeg, [16, 16], 0, &framed));
        }
    }
}
