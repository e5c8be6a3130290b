//! This machine's microphones. A thread of its own opens the device, and opens it again where it was pulled out. Must not know
//! what is heard.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use cpal::{
    ErrorKind, FromSample, Sample as _, SampleFormat, SizedSample, Stream,
    traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _},
};
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::{
    input::{Input, InputState},
    resample::ToMono16k,
    segment::Block,
    wav::RATE_HZ,
};

/// Pieces that wait to be taken; devices give 5 to 20 ms each.
const MOST_WAITING: usize = 256;
/// How often a missing device is looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often an open device is asked whether it is still well.
const LOOK: Duration = Duration::from_millis(100);
/// Clocks that differ by more are set anew, seconds.
const SLACK_S: f64 = 0.25;

/// What the device's thread gives.
enum Piece {
    /// A stream begins, with its rate and channels.
    Format(u32, u16),
    /// Interleaved samples.
    Samples(Vec<f32>),
}

/// A microphone.
pub struct Microphone {
    pieces: Receiver<Piece>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    converter: Option<ToMono16k>,
    rate_hz: u32,
    channels: u16,
    /// Frames lost, of those already told to the segmenter.
    told: u64,
    next_s: Option<f64>,
}

struct Shared {
    state: Mutex<InputState>,
    /// Samples of the device's format that found no room.
    lost: AtomicU64,
    /// The same as 16 kHz samples.
    lost_16k: AtomicU64,
    broken: AtomicBool,
    over: AtomicBool,
}

impl Shared {
    fn set(&self, state: InputState) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

impl fmt::Debug for Microphone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Microphone").field("state", &self.state()).field("lost", &self.lost()).finish_non_exhaustive()
    }
}

/// Names of the microphones that this machine has now.
pub fn devices() -> Vec<String> {
    hush();
    let Ok(devices) = cpal::default_host().input_devices() else { return Vec::new() };
    devices.filter_map(|device| device.id().ok().map(|id| id.to_string())).collect()
}

impl Microphone {
    /// The microphone of this name, or the machine's own choice. What is not there yet is waited for: see its state.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn open(name: Option<String>) -> std::io::Result<Self> {
        let (giving, pieces) = bounded(MOST_WAITING);
        let shared = Arc::new(Shared {
            state: Mutex::new(InputState::Opening),
            lost: AtomicU64::new(0),
            lost_16k: AtomicU64::new(0),
            broken: AtomicBool::new(false),
            over: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("microphone".to_owned())
            .spawn(move || keep_open(name.as_deref(), &giving, &theirs))?;
        Ok(Self {
            pieces,
            shared,
            thread: Some(thread),
            converter: None,
            rate_hz: RATE_HZ,
            channels: 1,
            told: 0,
            next_s: None,
        })
    }
}

impl Input for Microphone {
    fn take(&mut self, now_s: f64) -> Vec<Block> {
        let mut samples = Vec::new();
        let mut fresh = false;
        while let Ok(piece) = self.pieces.try_recv() {
            match piece {
                Piece::Format(rate_hz, channels) => {
                    (self.rate_hz, self.channels) = (rate_hz, channels);
                    self.converter = ToMono16k::new(rate_hz, channels).ok();
                    fresh = true;
                }
                Piece::Samples(piece) => {
                    if let Some(converter) = &mut self.converter {
                        converter.push(&piece, &mut samples);
                    }
                }
            }
        }
        let lost = self.shared.lost.load(Ordering::Relaxed);
        let frames = (lost - self.told) / u64::from(self.channels.max(1));
        self.told = lost;
        let missing_s = frames as f64 / f64::from(self.rate_hz);
        self.shared.lost_16k.fetch_add((missing_s * f64::from(RATE_HZ)) as u64, Ordering::Relaxed);
        if samples.is_empty() {
            return Vec::new();
        }
        // The newest sample was heard about now.
        let length_s = samples.len() as f64 / f64::from(RATE_HZ);
        let by_clock = now_s - length_s;
        let by_count = self.next_s.map(|next| next + missing_s);
        let at_s = by_count.filter(|at| !fresh && (at - by_clock).abs() < SLACK_S).unwrap_or(by_clock);
        // The device's clock is followed, a millisecond at a time.
        self.next_s = Some(at_s + length_s + (by_clock - at_s).clamp(-0.001, 0.001));
        vec![Block { at_s, samples }]
    }

    fn state(&self) -> InputState {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lost(&self) -> u64 {
        self.shared.lost_16k.load(Ordering::Relaxed)
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The device's thread.
fn keep_open(name: Option<&str>, giving: &Sender<Piece>, shared: &Arc<Shared>) {
    let mut was_open = None;
    while !shared.over.load(Ordering::Relaxed) {
        match open(name, giving, shared) {
            Ok((stream, words)) => {
                shared.set(InputState::Open(words.clone()));
                was_open = Some(words);
                shared.broken.store(false, Ordering::Relaxed);
                while !shared.over.load(Ordering::Relaxed) && !shared.broken.load(Ordering::Relaxed) {
                    std::thread::sleep(LOOK);
                }
                drop(stream);
            }
            Err(why) => {
                shared.set(was_open.as_ref().map_or_else(
                    || {
                        InputState::Absent(format!(
                            "none found: {why}\nhint: plug one in, or type; fieldwright doctor names them"
                        ))
                    },
                    |words| InputState::Unplugged(words.clone()),
                ));
                let mut waited = Duration::ZERO;
                while waited < LOOK_AGAIN && !shared.over.load(Ordering::Relaxed) {
                    std::thread::sleep(LOOK);
                    waited += LOOK;
                }
            }
        }
    }
}

/// What ALSA has to say of a device is told by our own state, not written over the user's terminal. For this thread; what was
/// kept of earlier words is dropped.
fn hush() {
    #[cfg(target_os = "linux")]
    drop(alsa::Output::local_error_handler());
}

fn open(name: Option<&str>, giving: &Sender<Piece>, shared: &Arc<Shared>) -> Result<(Stream, String), String> {
    hush();
    let host = cpal::default_host();
    let device = match name {
        None => host.default_input_device().ok_or("this machine has none")?,
        Some(name) => {
            let all = devices().join(", ");
            host.input_devices()
                .map_err(|error| error.to_string())?
                .find(|device| device.id().is_ok_and(|id| id.to_string().contains(name)))
                .ok_or_else(|| format!("none is called `{name}` (there is: {all})"))?
        }
    };
    let config = device.default_input_config().map_err(|error| error.to_string())?;
    let (rate_hz, channels) = (config.sample_rate(), config.channels());
    ToMono16k::new(rate_hz, channels).map_err(|error| error.to_string())?;
    let words = format!(
        "{}, {rate_hz} Hz, {channels} channel{}",
        device.id().map_or_else(|_nameless| "microphone".to_owned(), |id| id.to_string()),
        if channels == 1 { "" } else { "s" }
    );
    let stream = match config.sample_format() {
        SampleFormat::F32 => build::<f32>(&device, &config, giving, shared),
        SampleFormat::I16 => build::<i16>(&device, &config, giving, shared),
        SampleFormat::I32 => build::<i32>(&device, &config, giving, shared),
        SampleFormat::U8 => build::<u8>(&device, &config, giving, shared),
        other => return Err(format!("its format {other} is not supported")),
    }
    .map_err(|error| error.to_string())?;
    // A full line is impossible here: the stream does not run yet and whoever takes is told the format first.
    drop(giving.try_send(Piece::Format(rate_hz, channels)));
    stream.play().map_err(|error| error.to_string())?;
    Ok((stream, words))
}

fn build<T: SizedSample + Send + 'static>(
    device: &cpal::Device,
    config: &cpal::SupportedStreamConfig,
    giving: &Sender<Piece>,
    shared: &Arc<Shared>,
) -> Result<Stream, cpal::Error>
where
    f32: FromSample<T>,
{
    let (giving, counting, failing) = (giving.clone(), Arc::clone(shared), Arc::clone(shared));
    device.build_input_stream(
        config.config(),
        move |data: &[T], _: &cpal::InputCallbackInfo| {
            let samples: Vec<f32> = data.iter().map(|sample| f32::from_sample(*sample)).collect();
            let count = samples.len() as u64;
            if giving.try_send(Piece::Samples(samples)).is_err() {
                counting.lost.fetch_add(count, Ordering::Relaxed);
            }
        },
        move |error: cpal::Error| match error.kind() {
            ErrorKind::Xrun => {
                // How much is not said; one period of a device is about this.
                failing.lost.fetch_add(256, Ordering::Relaxed);
            }
            ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            _ => failing.broken.store(true, Ordering::Relaxed),
        },
        None,
    )
}
