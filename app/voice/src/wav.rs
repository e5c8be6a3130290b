//! Sound in files: WAV of any common form becomes one channel at 16 kHz. Must not know what is said in it.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use rubato::{Fft, FixedSync, Resampler as _, audioadapter_buffers::direct::InterleavedSlice};
use thiserror::Error;

/// Samples a second of all sound inside the product.
pub const RATE_HZ: u32 = 16_000;
/// The longest file that is read, seconds; longer ones are no utterances, and would take all memory.
pub const LONGEST_S: u64 = 2 * 3600;

/// Why a file gives no sound.
#[derive(Debug, Error)]
pub enum WavError {
    /// It cannot be read or written.
    #[error("cannot open `{path}`: {message}\nhint: give the path of a WAV file")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// It is no WAV file, or is damaged.
    #[error(
        "`{path}` is not a usable WAV file: {message}\nhint: PCM of 8 to 32 bits or 32-bit float, 8 to 192 kHz, 1 to 8 channels"
    )]
    Bad {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

/// Sound of a file, made one channel at 16 kHz.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// Samples between -1 and 1, 16 kHz.
    pub samples: Vec<f32>,
    /// What the file had, samples a second.
    pub rate_hz: u32,
    /// What the file had.
    pub channels: u16,
    /// The part of the file's samples that are at the limit of what it can hold, 0 to 1: above a few thousandths it clips.
    pub clipped: f64,
    /// The loudest sample, 0 to 1.
    pub peak: f32,
}

impl Recording {
    /// Its length, seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(RATE_HZ)
    }
}

/// Reads a WAV file.
///
/// # Errors
/// When it is not there, not a WAV file, cut off in its header, empty, or in a form that is not taken.
pub fn read(path: &Path) -> Result<Recording, WavError> {
    let bad = |message: String| WavError::Bad { path: path.to_owned(), message };
    let open = |message: String| WavError::Open { path: path.to_owned(), message };
    let metadata = std::fs::metadata(path).map_err(|error| open(error.to_string()))?;
    if !metadata.is_file() {
        return Err(open("it is not a file".to_owned()));
    }
    let file = File::open(path).map_err(|error| open(error.to_string()))?;
    let mut reader = WavReader::new(BufReader::new(file)).map_err(|error| bad(words(&error)))?;
    recording(&mut reader).map_err(bad)
}

/// As [`read`], of a file that is in memory already; only the samples, and what is wrong in words.
pub(crate) fn from_bytes(file: impl std::io::Read) -> Result<Vec<f32>, String> {
    let mut reader = WavReader::new(file).map_err(|error| words(&error))?;
    Ok(recording(&mut reader)?.samples)
}

fn recording<R: std::io::Read>(reader: &mut WavReader<R>) -> Result<Recording, String> {
    let WavSpec { channels, sample_rate, bits_per_sample, sample_format } = reader.spec();
    if !(8_000..=192_000).contains(&sample_rate) {
        return Err(format!("{sample_rate} samples a second"));
    }
    if !(1..=8).contains(&channels) {
        return Err(format!("{channels} channels"));
    }
    if u64::from(reader.duration()) > LONGEST_S * u64::from(sample_rate) {
        return Err(format!("longer than {LONGEST_S} s"));
    }
    let interleaved: Vec<f32> = match sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>(),
        SampleFormat::Int => {
            let scale = (1_u64 << (bits_per_sample - 1)) as f32;
            reader.samples::<i32>().map(|sample| sample.map(|sample| sample as f32 / scale)).collect()
        }
    }
    .map_err(|error| words(&error))?;
    if interleaved.is_empty() {
        return Err("it holds no sound".to_owned());
    }
    // The step below one is as loud as whole numbers get.
    let limit = 1.0 - 1.5 / (1_u64 << (bits_per_sample.min(24) - 1)) as f32;
    let clipped = interleaved.iter().filter(|sample| sample.abs() >= limit).count();
    let clipped = clipped as f64 / interleaved.len() as f64;
    let mono: Vec<f32> = interleaved
        .chunks(usize::from(channels))
        .map(|frame| frame.iter().map(|sample| if sample.is_finite() { *sample } else { 0.0 }).sum::<f32>())
        .map(|sum| sum / f32::from(channels))
        .collect();
    let samples = resample(&mono, sample_rate, RATE_HZ)?;
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs())).min(1.0);
    Ok(Recording { samples, rate_hz: sample_rate, channels, clipped, peak })
}

/// One channel at another rate.
///
/// # Errors
/// Where a rate is zero.
pub fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Result<Vec<f32>, String> {
    if from_hz == to_hz || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let trouble = |error: &dyn std::fmt::Display| format!("cannot be resampled from {from_hz} Hz: {error}");
    let mut resampler = Fft::<f32>::new(from_hz as usize, to_hz as usize, 1024, 1, FixedSync::Input)
        .map_err(|error| trouble(&error))?;
    let input = InterleavedSlice::new(samples, 1, samples.len()).map_err(|error| trouble(&error))?;
    let output = resampler.process_all(&input, samples.len(), None).map_err(|error| trouble(&error))?;
    Ok(output.take_data())
}

/// Writes one channel as 16-bit PCM; what is beyond -1 to 1 is clipped.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, samples: &[f32], rate_hz: u32) -> Result<(), WavError> {
    let open = |error: hound::Error| WavError::Open { path: path.to_owned(), message: words(&error) };
    let spec = WavSpec { channels: 1, sample_rate: rate_hz, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(path, spec).map_err(open)?;
    for sample in samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).map_err(open)?;
    }
    writer.finalize().map_err(open)
}

/// Samples as 16-bit little-endian, without a header.
pub(crate) fn to_bytes(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| ((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).to_le_bytes()).collect()
}

fn words(error: &hound::Error) -> String {
    match error {
        // The crate's own kind for a read that fell short is `Other`.
        hound::Error::IoError(error)
            if matches!(error.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::Other) =>
        {
            "it is cut off".to_owned()
        }
        hound::Error::Unsupported => "its form is not supported".to_owned(),
        error => error.to_string().trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, hz: f64, seconds: f64, loud: f64) -> Vec<f32> {
        let count = (f64::from(rate_hz) * seconds) as u32;
        (0..count)
            .map(|n| ((f64::from(n) / f64::from(rate_hz) * hz * std::f64::consts::TAU).sin() * loud) as f32)
            .collect()
    }

    fn power(samples: &[f32]) -> f64 {
        samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64
    }

    /// Writes a file of this form, every channel alike, and reads it.
    fn round_trip(spec: WavSpec, samples: &[f32]) -> Recording {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tone.wav");
        let mut writer = WavWriter::create(&path, spec).unwrap();
        for sample in samples {
            for _ in 0..spec.channels {
                match spec.sample_format {
                    SampleFormat::Float => writer.write_sample(*sample).unwrap(),
                    SampleFormat::Int => {
                        let scale = ((1_u64 << (spec.bits_per_sample - 1)) - 1) as f32;
                        writer.write_sample((sample * scale) as i32).unwrap();
                    }
                }
            }
        }
        writer.finalize().unwrap();
        read(&path).unwrap()
    }

    #[test]
    fn every_common_form_becomes_the_same_sound() {
        for (rate, channels, bits, format) in [
            (16_000, 1, 16, SampleFormat::Int),
            (8_000, 1, 16, SampleFormat::Int),
            (8_000, 1, 8, SampleFormat::Int),
            (48_000, 2, 16, SampleFormat::Int),
            (44_100, 2, 24, SampleFormat::Int),
            (22_050, 1, 32, SampleFormat::Int),
            (96_000, 6, 32, SampleFormat::Float),
            (11_025, 1, 16, SampleFormat::Int),
        ] {
            let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: format };
            let read = round_trip(spec, &tone(rate, 700.0, 1.0, 0.5));
            assert!((read.seconds() - 1.0).abs() < 0.01, "{spec:?}: {} s", read.seconds());
            assert_eq!((read.rate_hz, read.channels), (rate, channels));
            let power = power(&read.samples[800..15_000]);
            assert!((power / 0.125 - 1.0).abs() < 0.04, "{spec:?}: power {power}");
            assert!(read.clipped < 1e-9 && (read.peak - 0.5).abs() < 0.05, "{spec:?}: {read:?}");
        }
    }

    #[test]
    fn what_a_slower_rate_cannot_hold_is_filtered_out() {
        let high = resample(&tone(48_000, 11_000.0, 0.5, 0.8), 48_000, 16_000).unwrap();
        assert!(power(&high[400..]) < 1e-4, "{}", power(&high[400..]));
    }

    #[test]
    fn clipping_and_silence_are_told() {
        let spec = WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let loud: Vec<f32> = tone(16_000, 300.0, 0.5, 3.0).into_iter().map(|s| s.clamp(-1.0, 1.0)).collect();
        let loud = round_trip(spec, &loud);
        assert!(loud.clipped > 0.5 && loud.peak > 0.99, "{} {}", loud.clipped, loud.peak);
        let silent = round_trip(spec, &vec![0.0; 8000]);
        assert!(silent.clipped < 1e-9 && silent.peak < 1e-9);
    }

    #[test]
    fn what_is_no_sound_is_one_clear_error() {
        let folder = tempfile::tempdir().unwrap();
        let check = |name: &str, bytes: &[u8], why: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(why) && error.contains("hint: "), "{error}");
        };
        check("empty.wav", b"", "cut off");
        check("text.wav", b"this is no sound at all, whatever its name says", "not a usable WAV");
        let header = |channels: u16, rate: u32, bits: u16, data: &[u8]| {
            let mut bytes = b"RIFF".to_vec();
            bytes.extend((36 + data.len() as u32).to_le_bytes());
            bytes.extend(b"WAVEfmt ");
            bytes.extend(16_u32.to_le_bytes());
            bytes.extend(1_u16.to_le_bytes());
            bytes.extend(channels.to_le_bytes());
            bytes.extend(rate.to_le_bytes());
            let frame = channels * bits.div_ceil(8);
            bytes.extend((rate * u32::from(frame)).to_le_bytes());
            bytes.extend(frame.to_le_bytes());
            bytes.extend(bits.to_le_bytes());
            bytes.extend(b"data");
            bytes.extend((data.len() as u32).to_le_bytes());
            bytes.extend(data);
            bytes
        };
        check("no-samples.wav", &header(1, 16_000, 16, &[]), "no sound");
        check("slow.wav", &header(1, 4_000, 16, &[0; 8]), "4000 samples a second");
        check("many.wav", &header(9, 16_000, 16, &[0; 18]), "9 channels");
        check("half-header.wav", &header(1, 16_000, 16, &[0; 8])[..30], "cut off");
        for path in [folder.path().join("missing.wav"), folder.path().to_owned()] {
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains("cannot open") && error.contains("hint: "), "{error}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("written.wav");
        let sound = tone(16_000, 500.0, 0.2, 0.7);
        write(&path, &sound, RATE_HZ).unwrap();
        let back = read(&path).unwrap();
        assert!(back.samples.iter().zip(&sound).all(|(a, b)| (a - b).abs() < 1e-3));
        assert!(write(Path::new("/nowhere/x.wav"), &sound, RATE_HZ).is_err());
    }
}
