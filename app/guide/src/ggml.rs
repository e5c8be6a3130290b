//! The header of a whisper.cpp model file, read in safe code before any native code sees the file: magic, sizes, mel filters,
//! vocabulary, and every tensor to the end of the file. Must not know engines.
//!
//! The native loader believes the file: sizes that are absurd abort it, hang it or crash it. So everything that it would
//! believe is compared with what follows from the sizes.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why a file is no usable speech model.
#[derive(Debug, Error)]
pub enum GgmlError {
    /// It cannot be read.
    #[error(
        "cannot read speech model `{path}`: {source}\nhint: give the path of a whisper.cpp model file (ggml-*.bin)"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a whole whisper.cpp model.
    #[error(
        "speech model `{path}` is damaged or unsuitable: {problem}\nhint: fetch the file again, or use another whisper.cpp model: fieldwright models add PATH"
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
    /// Tokens, the marks among them.
    pub n_vocab: u32,
    /// Positions of sound, 50 a second.
    pub n_audio_ctx: u32,
    /// Width of the encoder.
    pub n_audio_state: u32,
    /// Its heads.
    pub n_audio_head: u32,
    /// Its layers.
    pub n_audio_layer: u32,
    /// Positions of text.
    pub n_text_ctx: u32,
    /// Width of the decoder.
    pub n_text_state: u32,
    /// Its heads.
    pub n_text_head: u32,
    /// Its layers.
    pub n_text_layer: u32,
    /// Bands of the spectrogram.
    pub n_mels: u32,
    /// How the weights are stored, as ggml counts file types.
    pub ftype: u32,
}

/// How the numbers of a tensor are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// As the file type says.
    Weight,
    /// In 16 bits, in 32 where the file type is 32 bits.
    Convolution,
    /// In 32 bits.
    Plain,
}

/// The first four bytes of such a file.
pub const MAGIC: u32 = 0x6767_6d6c;
/// Bins of the spectrum that the mel filters weigh: the engine's own, whatever the file says.
pub const N_FFT: u32 = 201;
/// The longest token in any real vocabulary is far shorter, bytes.
const LONGEST_TOKEN: u32 = 512;
/// (file type, type of a weight, numbers in a block, bytes of a block), from ggml's `ggml.h`.
const FILE_TYPES: [(u32, u32, u64, u64); 12] = [
    (0, 0, 1, 4),
    (1, 1, 1, 2),
    (2, 2, 32, 18),
    (3, 3, 32, 20),
    (7, 8, 32, 34),
    (8, 6, 32, 22),
    (9, 7, 32, 24),
    (10, 10, 256, 84),
    (11, 11, 256, 110),
    (12, 12, 256, 144),
    (13, 13, 256, 176),
    (14, 14, 256, 210),
];

/// True where the file begins as a whisper.cpp model does.
pub fn looks_like(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && u32::from_le_bytes(magic) == MAGIC
}

/// Reads and checks a file from its first byte to its last; the numbers of the tensors are passed over.
///
/// # Errors
/// When it cannot be read, or is not a complete whisper.cpp model.
pub fn check_file(path: &Path) -> Result<Header, GgmlError> {
    let read = |source| GgmlError::Read { path: path.to_owned(), source };
    let bad = |problem| GgmlError::Bad { path: path.to_owned(), problem };
    let file = File::open(path).map_err(read)?;
    let metadata = file.metadata().map_err(read)?;
    if !metadata.is_file() {
        return Err(bad("it is not a file".to_owned()));
    }
    check(&mut BufReader::with_capacity(1 << 16, file), metadata.len()).map_err(bad)
}

/// Checks a stream of `size` bytes.
///
/// # Errors
/// In words, what is wrong.
pub fn check(stream: &mut (impl Read + Seek), size: u64) -> Result<Header, String> {
    let mut reader = Reader { stream };
    if reader.u32()? != MAGIC {
        return Err("it does not begin as a whisper.cpp model does".to_owned());
    }
    let header = reader.header()?;
    header.check()?;
    let (mels, bins) = (reader.u32()?, reader.u32()?);
    if (mels, bins) != (header.n_mels, N_FFT) {
        return Err(format!("mel filters of {mels} × {bins}, expected {} × {N_FFT}", header.n_mels));
    }
    reader.skip(u64::from(mels) * u64::from(bins) * 4)?;
    let words = reader.u32()?;
    if !(50_000..=header.n_vocab).contains(&words) {
        return Err(format!("a vocabulary of {words} words, expected 50000 to {}", header.n_vocab));
    }
    for _ in 0..words {
        let length = reader.u32()?;
        if length > LONGEST_TOKEN {
            return Err(format!("a word of {length} bytes in its vocabulary"));
        }
        reader.skip(u64::from(length))?;
    }
    let mut missing: BTreeMap<String, (Vec<u32>, Storage)> =
        header.tensors().into_iter().map(|(name, shape, storage)| (name, (shape, storage))).collect();
    while reader.position()? < size {
        let (dimensions, length, kind) = (reader.u32()?, reader.u32()?, reader.u32()?);
        if !(1..=3).contains(&dimensions) || length > LONGEST_TOKEN {
            return Err(format!("a tensor of {dimensions} dimensions with a name of {length} bytes"));
        }
        let shape = (0..dimensions).map(|_| reader.u32()).collect::<Result<Vec<_>, _>>()?;
        let name = reader.text(length)?;
        let Some((expected, storage)) = missing.remove(&name) else {
            return Err(format!("tensor `{name}` is not expected, or is there twice"));
        };
        if shape != expected {
            return Err(format!("tensor `{name}` has shape {shape:?}, expected {expected:?}"));
        }
        let (wanted, bytes) = header.stored(&expected, storage)?;
        if kind != wanted {
            return Err(format!("tensor `{name}` is stored as type {kind}, expected {wanted}"));
        }
        reader.skip(bytes)?;
    }
    if let Some(name) = missing.keys().next() {
        return Err(format!("{} tensors are missing, `{name}` among them: it was cut off", missing.len()));
    }
    let end = reader.position()?;
    if end != size {
        return Err(format!("it ends at byte {size}, its tensors at byte {end}: it was cut off"));
    }
    Ok(header)
}

impl Header {
    /// The numbers in the order of the file.
    pub fn numbers(&self) -> [u32; 11] {
        [
            self.n_vocab,
            self.n_audio_ctx,
            self.n_audio_state,
            self.n_audio_head,
            self.n_audio_layer,
            self.n_text_ctx,
            self.n_text_state,
            self.n_text_head,
            self.n_text_layer,
            self.n_mels,
            self.ftype,
        ]
    }

    /// True for a model of many languages.
    pub fn is_multilingual(&self) -> bool {
        self.n_vocab >= 51_865
    }

    /// Every tensor that a file of these sizes holds: name, shape as the file writes it (the fastest dimension first), storage.
    pub fn tensors(&self) -> Vec<(String, Vec<u32>, Storage)> {
        use Storage::{Convolution, Plain, Weight};
        let (audio, text) = (self.n_audio_state, self.n_text_state);
        let mut all = Vec::new();
        let mut put = |name: String, shape: &[u32], storage| all.push((name, shape.to_vec(), storage));
        put("encoder.positional_embedding".into(), &[audio, self.n_audio_ctx], Plain);
        put("encoder.conv1.weight".into(), &[3, self.n_mels, audio], Convolution);
        put("encoder.conv1.bias".into(), &[1, audio], Plain);
        put("encoder.conv2.weight".into(), &[3, audio, audio], Convolution);
        put("encoder.conv2.bias".into(), &[1, audio], Plain);
        put("encoder.ln_post.weight".into(), &[audio], Plain);
        put("encoder.ln_post.bias".into(), &[audio], Plain);
        put("decoder.positional_embedding".into(), &[text, self.n_text_ctx], Plain);
        put("decoder.token_embedding.weight".into(), &[text, self.n_vocab], Weight);
        put("decoder.ln.weight".into(), &[text], Plain);
        put("decoder.ln.bias".into(), &[text], Plain);
        let blocks = [("encoder", self.n_audio_layer, audio, false), ("decoder", self.n_text_layer, text, true)];
        for (part, layers, state, crosses) in blocks {
            for layer in 0..layers {
                let block = format!("{part}.blocks.{layer}");
                for attention in if crosses { &["attn", "cross_attn"][..] } else { &["attn"] } {
                    for matrix in ["query", "key", "value", "out"] {
                        put(format!("{block}.{attention}.{matrix}.weight"), &[state, state], Weight);
                        if matrix != "key" {
                            put(format!("{block}.{attention}.{matrix}.bias"), &[state], Plain);
                        }
                    }
                    put(format!("{block}.{attention}_ln.weight"), &[state], Plain);
                    put(format!("{block}.{attention}_ln.bias"), &[state], Plain);
                }
                put(format!("{block}.mlp.0.weight"), &[state, 4 * state], Weight);
                put(format!("{block}.mlp.0.bias"), &[4 * state], Plain);
                put(format!("{block}.mlp.2.weight"), &[4 * state, state], Weight);
                put(format!("{block}.mlp.2.bias"), &[state], Plain);
                put(format!("{block}.mlp_ln.weight"), &[state], Plain);
                put(format!("{block}.mlp_ln.bias"), &[state], Plain);
            }
        }
        all
    }

    /// Type and bytes of a tensor.
    ///
    /// # Errors
    /// Where the file type is none, or its rows do not come out even.
    pub fn stored(&self, shape: &[u32], storage: Storage) -> Result<(u32, u64), String> {
        let (file, weight, block, bytes) = self.file_type()?;
        let (kind, block, bytes) = match storage {
            Storage::Weight => (weight, block, bytes),
            Storage::Convolution if file != 0 => (1, 1, 2),
            Storage::Convolution | Storage::Plain => (0, 1, 4),
        };
        let row = u64::from(shape.first().copied().unwrap_or_default());
        if !row.is_multiple_of(block) {
            return Err(format!("rows of {row} numbers do not fill blocks of {block}"));
        }
        // At most 4 * 2048 * 2048 or 51,866 * 2,048: no overflow.
        let numbers: u64 = shape.iter().map(|count| u64::from(*count)).product();
        Ok((kind, numbers / block * bytes))
    }

    fn file_type(&self) -> Result<(u32, u32, u64, u64), String> {
        // A thousand for each version of the quantization.
        let (version, kind) = (self.ftype / 1000, self.ftype % 1000);
        FILE_TYPES
            .iter()
            .copied()
            .find(|(file, ..)| *file == kind && version <= 2)
            .ok_or_else(|| format!("file type {} is not known", self.ftype))
    }

    fn check(&self) -> Result<(), String> {
        // The marks' numbers are written into the engine.
        let ranges = [
            ("tokens", self.n_vocab, 51_864, 51_866),
            ("positions of sound", self.n_audio_ctx, 64, 1500),
            ("numbers a position", self.n_audio_state, 32, 2048),
            ("encoder heads", self.n_audio_head, 1, 64),
            ("encoder layers", self.n_audio_layer, 1, 64),
            ("positions of text", self.n_text_ctx, 64, 448),
            ("decoder heads", self.n_text_head, 1, 64),
            ("decoder layers", self.n_text_layer, 1, 64),
            ("mel bands", self.n_mels, 80, 128),
        ];
        for (what, number, least, most) in ranges {
            if !(least..=most).contains(&number) {
                return Err(format!("{number} {what}, expected {least} to {most}"));
            }
        }
        if self.n_audio_state != self.n_text_state {
            return Err(format!("encoder and decoder of widths {} and {}", self.n_audio_state, self.n_text_state));
        }
        for heads in [self.n_audio_head, self.n_text_head] {
            if !self.n_audio_state.is_multiple_of(heads) {
                return Err(format!("{heads} heads do not divide {} numbers", self.n_audio_state));
            }
        }
        self.file_type().map(drop)
    }
}

struct Reader<'a, R> {
    stream: &'a mut R,
}

impl<R: Read + Seek> Reader<'_, R> {
    fn u32(&mut self) -> Result<u32, String> {
        let mut bytes = [0; 4];
        self.stream.read_exact(&mut bytes).map_err(|error| format!("it breaks off ({error})"))?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn header(&mut self) -> Result<Header, String> {
        Ok(Header {
            n_vocab: self.u32()?,
            n_audio_ctx: self.u32()?,
            n_audio_state: self.u32()?,
            n_audio_head: self.u32()?,
            n_audio_layer: self.u32()?,
            n_text_ctx: self.u32()?,
            n_text_state: self.u32()?,
            n_text_head: self.u32()?,
            n_text_layer: self.u32()?,
            n_mels: self.u32()?,
            ftype: self.u32()?,
        })
    }

    fn text(&mut self, length: u32) -> Result<String, String> {
        let mut bytes = vec![0; length as usize];
        self.stream.read_exact(&mut bytes).map_err(|error| format!("it breaks off ({error})"))?;
        String::from_utf8(bytes).map_err(|_no_text| "a tensor's name is no text".to_owned())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), String> {
        let offset = i64::try_from(bytes).map_err(|error| error.to_string())?;
        // Stays inside the buffer where it can: the vocabulary has fifty thousand words.
        if bytes < 4096 {
            let read = std::io::copy(&mut self.stream.by_ref().take(bytes), &mut std::io::sink());
            return match read {
                Ok(read) if read == bytes => Ok(()),
                _ => Err("it breaks off".to_owned()),
            };
        }
        self.stream.seek(SeekFrom::Current(offset)).map(drop).map_err(|error| error.to_string())
    }

    fn position(&mut self) -> Result<u64, String> {
        self.stream.stream_position().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn header() -> Header {
        Header {
            n_vocab: 51_864,
            n_audio_ctx: 64,
            n_audio_state: 32,
            n_audio_head: 2,
            n_audio_layer: 1,
            n_text_ctx: 64,
            n_text_state: 32,
            n_text_head: 2,
            n_text_layer: 1,
            n_mels: 80,
            ftype: 7,
        }
    }

    /// A file of the right form, and where its tensors begin.
    fn model(header: &Header) -> (Vec<u8>, usize) {
        let mut out = MAGIC.to_le_bytes().to_vec();
        let put = |out: &mut Vec<u8>, number: u32| out.extend(number.to_le_bytes());
        for number in header.numbers().into_iter().chain([header.n_mels, N_FFT]) {
            put(&mut out, number);
        }
        out.resize(out.len() + 80 * N_FFT as usize * 4, 0);
        put(&mut out, 50_256);
        for index in 0..50_256_u32 {
            let word = format!("w{index}");
            put(&mut out, word.len() as u32);
            out.extend(word.as_bytes());
        }
        let tensors = out.len();
        for (name, shape, storage) in header.tensors() {
            let (kind, bytes) = header.stored(&shape, storage).unwrap();
            for number in [shape.len() as u32, name.len() as u32, kind].into_iter().chain(shape) {
                put(&mut out, number);
            }
            out.extend(name.as_bytes());
            out.resize(out.len() + bytes as usize, 0);
        }
        (out, tensors)
    }

    fn read(bytes: &[u8]) -> Result<Header, String> {
        check(&mut Cursor::new(bytes), bytes.len() as u64)
    }

    fn with(bytes: &[u8], at: usize, number: u32) -> Result<Header, String> {
        let mut bytes = bytes.to_vec();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        read(&bytes)
    }

    #[test]
    fn whole_files_pass() {
        for ftype in [0, 1, 2, 3, 7, 8, 9, 2007] {
            let header = Header { ftype, ..header() };
            assert_eq!(read(&model(&header).0).as_ref(), Ok(&header));
        }
    }

    #[test]
    fn cuts_and_additions_are_noticed() {
        let (whole, tensors) = model(&header());
        let cuts = (0..400).chain((tensors - 40)..(tensors + 400)).chain((whole.len() - 400)..whole.len());
        for length in cuts.chain((0..whole.len()).step_by(100_003)) {
            assert!(read(&whole[..length]).is_err(), "cut to {length} of {}", whole.len());
        }
        for more in [1, 4, 12, 400] {
            let mut bytes = whole.clone();
            bytes.resize(whole.len() + more, 0);
            assert!(read(&bytes).is_err(), "{more} bytes more");
        }
    }

    /// What aborts, hangs or crashes the native loader, as measured with it.
    #[test]
    fn absurd_numbers_are_refused() {
        let (whole, tensors) = model(&header());
        for (field, number) in [
            (0, 2_000_000_000),
            (0, -5_i32 as u32),
            (0, 4096),
            (1, 2_000_000_000),
            (2, 0),
            (2, 1 << 30),
            (3, 0),
            (3, 5),
            (4, 2_000_000_000),
            (4, u32::MAX),
            (4, 2),
            (6, 64),
            (7, 0),
            (9, 0),
            (10, 99),
            (10, 12),
            (10, 5002),
        ] {
            assert!(with(&whole, 4 + 4 * field, number).is_err(), "field {field} = {number}");
        }
        let mel = 4 + 4 * 11;
        assert!(with(&whole, mel, 1 << 30).is_err() && with(&whole, mel + 4, 1 << 30).is_err());
        let vocabulary = mel + 8 + 80 * 201 * 4;
        for number in [i32::MAX as u32, u32::MAX, 0, 49_999, 51_865] {
            assert!(with(&whole, vocabulary, number).is_err(), "{number} words");
        }
        assert!(with(&whole, vocabulary + 4, u32::MAX).is_err(), "a word of 4 GB");
        for (what, offset, number) in [
            ("9 dimensions", 0, 9),
            ("no dimensions", 0, 0),
            ("a name of 2 GB", 4, 1 << 31),
            ("type 200", 8, 200),
            ("other shape", 12, 31),
        ] {
            assert!(with(&whole, tensors + offset, number).is_err(), "{what}");
        }
    }

    #[test]
    fn other_files_are_told_apart() {
        assert!(read(b"").unwrap_err().contains("breaks off"));
        assert!(read(b"GGUF and more").unwrap_err().contains("does not begin"));
        let error = check_file(Path::new("/nowhere/ggml-base.en.bin")).unwrap_err().to_string();
        assert!(error.contains("ggml-base.en.bin") && error.contains("hint: "), "{error}");
        assert!(check_file(Path::new("/")).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_mutation_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..32)) {
            let (mut bytes, tensors) = model(&header());
            for (index, value, front) in changes {
                let at = if front { index.index(200) } else { tensors + index.index(bytes.len() - tensors) };
                bytes[at] = value;
            }
            // Whether it is refused does not matter here: it must come to an end.
            drop(read(&bytes));
        }
    }
}
