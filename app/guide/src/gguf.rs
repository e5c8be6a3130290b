//! The header of a GGUF model file, read in safe code before any native code sees the file. Must not know engines.
//!
//! Layout: ggml's `docs/gguf.md`, version 3: magic, version, counts, key-values, tensor infos, aligned data.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why a file is no usable model.
#[derive(Debug, Error)]
pub enum GgufError {
    /// It cannot be read.
    #[error("cannot read model `{path}`: {source}\nhint: fieldwright models add smollm2-135m")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its header is not that of a model that can be loaded.
    #[error(
        "model `{path}` is damaged or unsuitable: {problem}\nhint: fetch the file again, or use another one: fieldwright models add PATH"
    )]
    Bad {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// What the header tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// `general.architecture`.
    pub architecture: String,
    /// `general.name`, where there is one.
    pub name: Option<String>,
    /// Layers.
    pub block_count: u64,
    /// Tensors.
    pub tensors: u64,
}

/// No header string or array is longer in any real model.
const MAX_COUNT: u64 = 1 << 22;

/// Reads and checks a file's header: counts, types, and that every tensor lies inside the file.
///
/// # Errors
/// When it cannot be read, or is not a complete GGUF file of a llama-like model.
pub fn check_file(path: &Path) -> Result<Header, GgufError> {
    let read = |source| GgufError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read)?;
    let metadata = file.metadata().map_err(read)?;
    if !metadata.is_file() {
        return Err(GgufError::Bad { path: path.to_owned(), problem: "it is not a file".to_owned() });
    }
    check(&mut BufReader::new(file), metadata.len())
        .map_err(|problem| GgufError::Bad { path: path.to_owned(), problem })
}

/// Checks a GGUF stream of `size` bytes.
///
/// # Errors
/// In words, what is wrong.
pub fn check(stream: &mut (impl Read + Seek), size: u64) -> Result<Header, String> {
    let mut reader = Reader { stream };
    if &reader.bytes::<4>()? != b"GGUF" {
        return Err("it does not begin with GGUF".to_owned());
    }
    let version = reader.u32()?;
    if !(2..=3).contains(&version) {
        return Err(format!("GGUF version {version}, expected 2 or 3"));
    }
    let tensors = reader.count("tensors")?;
    let values = reader.count("key-values")?;
    let mut header = Header { tensors, ..Header::default() };
    let mut alignment = 32_u64;
    let mut epsilon = None;
    for _ in 0..values {
        let key = reader.string()?;
        let value = reader.value()?;
        match (key.as_str(), value) {
            ("general.architecture", Value::Text(text)) => header.architecture = text,
            ("general.name", Value::Text(text)) => header.name = Some(text),
            ("general.alignment", Value::Whole(whole)) => alignment = whole,
            (key, Value::Whole(whole)) if key.ends_with(".block_count") => header.block_count = whole,
            (key, Value::Real(real)) if key.ends_with("layer_norm_rms_epsilon") => epsilon = Some(real),
            _ => {}
        }
    }
    if header.architecture != "llama" {
        return Err(format!("architecture `{}`, expected `llama`", header.architecture));
    }
    if !(1..=512).contains(&header.block_count) {
        return Err(format!("{} layers, expected 1 to 512", header.block_count));
    }
    if epsilon.is_some_and(|e| !e.is_finite() || e <= 0.0) {
        return Err("its normalization constant is not a positive number".to_owned());
    }
    if !(1..=1 << 16).contains(&alignment) {
        return Err(format!("alignment {alignment}"));
    }
    let mut end = 0;
    let mut layers = 0;
    for _ in 0..tensors {
        let name = reader.string()?;
        if let Some(layer) =
            name.strip_prefix("blk.").and_then(|rest| rest.split('.').next()).and_then(|n| n.parse::<u64>().ok())
        {
            layers = layers.max(layer + 1);
        }
        let dimensions = reader.u32()?;
        if dimensions > 4 {
            return Err(format!("tensor `{name}` has {dimensions} dimensions"));
        }
        let mut elements = 1_u64;
        for _ in 0..dimensions {
            elements = elements.checked_mul(reader.u64()?).ok_or("a tensor's size overflows")?;
        }
        let kind = reader.u32()?;
        let offset = reader.u64()?;
        let length = tensor_bytes(kind, elements).ok_or_else(|| format!("tensor `{name}` has unknown type {kind}"))?;
        end = end.max(offset.checked_add(length).ok_or("a tensor's place overflows")?);
    }
    if layers != header.block_count {
        return Err(format!("{} layers announced, tensors of {layers} present", header.block_count));
    }
    let data = reader.stream.stream_position().map_err(|e| e.to_string())?.next_multiple_of(alignment);
    let needed = data.checked_add(end).ok_or("the data's end overflows")?;
    if needed > size {
        return Err(format!("it ends at byte {size}, its tensors at byte {needed}: it was cut off"));
    }
    Ok(header)
}

/// Bytes of so many elements; block sizes from `ggml-common.h`.
fn tensor_bytes(kind: u32, elements: u64) -> Option<u64> {
    let (block, bytes) = match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        23 => (256, 136),
        // Other quantizations exist; their size is at least an eighth of a byte an element.
        16..=19 | 21 | 22 | 29 | 34..=39 => (8, 1),
        _ => return None,
    };
    elements.div_ceil(block).checked_mul(bytes)
}

enum Value {
    Text(String),
    Whole(u64),
    Real(f64),
    Other,
}

struct Reader<'a, R> {
    stream: &'a mut R,
}

impl<R: Read + Seek> Reader<'_, R> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).map_err(|error| format!("the header breaks off ({error})"))?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn count(&mut self, what: &str) -> Result<u64, String> {
        let count = self.u64()?;
        if count > MAX_COUNT { Err(format!("{count} {what}")) } else { Ok(count) }
    }

    fn string(&mut self) -> Result<String, String> {
        let length = self.count("letters in a name")?;
        let mut bytes = vec![0; usize::try_from(length).map_err(|e| e.to_string())?];
        self.stream.read_exact(&mut bytes).map_err(|error| format!("the header breaks off ({error})"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn value(&mut self) -> Result<Value, String> {
        let kind = self.u32()?;
        self.value_of(kind)
    }

    fn value_of(&mut self, kind: u32) -> Result<Value, String> {
        Ok(match kind {
            0 | 7 => Value::Whole(u64::from(self.bytes::<1>()?[0])),
            1 => {
                self.bytes::<1>()?;
                Value::Other
            }
            2 => Value::Whole(u64::from(u16::from_le_bytes(self.bytes()?))),
            3 => {
                self.bytes::<2>()?;
                Value::Other
            }
            4 => Value::Whole(u64::from(self.u32()?)),
            5 => {
                self.bytes::<4>()?;
                Value::Other
            }
            6 => Value::Real(f64::from(f32::from_le_bytes(self.bytes()?))),
            8 => Value::Text(self.string()?),
            9 => {
                let kind = self.u32()?;
                let count = self.count("array elements")?;
                if kind == 9 {
                    return Err("arrays of arrays".to_owned());
                }
                match kind {
                    8 => {
                        for _ in 0..count {
                            self.string()?;
                        }
                    }
                    _ => self.skip(count * fixed_size(kind).ok_or_else(|| format!("value type {kind}"))?)?,
                }
                Value::Other
            }
            10 => Value::Whole(self.u64()?),
            11 => {
                self.bytes::<8>()?;
                Value::Other
            }
            12 => Value::Real(f64::from_le_bytes(self.bytes()?)),
            _ => return Err(format!("value type {kind}")),
        })
    }

    fn skip(&mut self, bytes: u64) -> Result<(), String> {
        let offset = i64::try_from(bytes).map_err(|e| e.to_string())?;
        self.stream.seek(SeekFrom::Current(offset)).map(drop).map_err(|error| error.to_string())
    }
}

fn fixed_size(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn text(out: &mut Vec<u8>, words: &str) {
        out.extend((words.len() as u64).to_le_bytes());
        out.extend(words.as_bytes());
    }

    /// A tiny file of the right form.
    fn model() -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend(1_u64.to_le_bytes());
        out.extend(3_u64.to_le_bytes());
        text(&mut out, "general.architecture");
        out.extend(8_u32.to_le_bytes());
        text(&mut out, "llama");
        text(&mut out, "llama.block_count");
        out.extend(4_u32.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        text(&mut out, "llama.attention.layer_norm_rms_epsilon");
        out.extend(6_u32.to_le_bytes());
        out.extend(1e-5_f32.to_le_bytes());
        text(&mut out, "blk.0.attn_q.weight");
        out.extend(1_u32.to_le_bytes());
        out.extend(8_u64.to_le_bytes());
        out.extend(0_u32.to_le_bytes());
        out.extend(0_u64.to_le_bytes());
        out.resize(out.len().next_multiple_of(32) + 32, 0);
        out
    }

    fn read(bytes: &[u8]) -> Result<Header, String> {
        check(&mut Cursor::new(bytes), bytes.len() as u64)
    }

    #[test]
    fn a_whole_file_passes() {
        let header = read(&model()).unwrap();
        assert_eq!((header.architecture.as_str(), header.block_count, header.tensors), ("llama", 1, 1));
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = model();
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "cut to {length} of {}", whole.len());
        }
    }

    #[test]
    fn other_architectures_and_layers_are_refused() {
        let whole = model();
        let swapped = |from: &[u8], to: &[u8]| {
            let at = whole.windows(from.len()).position(|w| w == from).unwrap();
            let mut bytes = whole.clone();
            bytes[at..at + to.len()].copy_from_slice(to);
            read(&bytes).unwrap_err()
        };
        assert!(swapped(b"llama\x11", b"gptgp").contains("architecture"));
        assert!(swapped(b"block_count\x04\0\0\0\x01", b"block_count\x04\0\0\0\x00").contains("layers"));
    }

    proptest! {
        #[test]
        fn no_mutation_panics(at in 0_usize..200, value in any::<u8>()) {
            let mut bytes = model();
            let at = at % bytes.len();
            bytes[at] = value;
            // Whether it is refused does not matter here: it must come to an end.
            drop(read(&bytes));
        }
    }
}
