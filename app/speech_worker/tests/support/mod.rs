//! A whisper.cpp model of random numbers, small and of the right form, and the real worker to run it with.

#![expect(clippy::unwrap_used, dead_code, reason = "helpers of tests, not all used by each")]

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use fieldwright_guide::{
    event::WorkerState,
    ggml::{Header, MAGIC, N_FFT, Storage},
};
use fieldwright_workers::{
    client::{Waits, WorkerSpec},
    speech::{Phrases, Sound, SpeechClient, SpeechEvent, SpeechReply, SpeechTask},
};

/// Longer than loading takes on a busy machine.
pub(crate) const LOAD: Duration = Duration::from_secs(30);
/// Tokens in the file; the engine adds its marks itself.
pub(crate) const WORDS: u32 = 50_256;

/// Sizes that load, and are evaluated in milliseconds.
pub(crate) fn sizes() -> Header {
    Header {
        n_vocab: 51_864,
        n_audio_ctx: 1500,
        n_audio_state: 64,
        n_audio_head: 2,
        n_audio_layer: 2,
        n_text_ctx: 448,
        n_text_state: 64,
        n_text_head: 2,
        n_text_layer: 2,
        n_mels: 80,
        ftype: 1,
    }
}

/// The word of a token: letters alone, which the engine does not split.
pub(crate) fn word(index: u32) -> String {
    (0..4).map(|place| char::from(b'a' + (index / 26_u32.pow(place) % 26) as u8)).collect()
}

/// A whole file of these sizes.
pub(crate) fn model(header: &Header) -> Vec<u8> {
    let mut out = Vec::new();
    let put = |out: &mut Vec<u8>, number: u32| out.extend(number.to_le_bytes());
    for number in [MAGIC].into_iter().chain(header.numbers()).chain([header.n_mels, N_FFT]) {
        put(&mut out, number);
    }
    // A triangle for each band is filter enough for noise.
    for band in 0..header.n_mels {
        for bin in 0..N_FFT {
            let center = 2.0 + f64::from(band) * 198.0 / f64::from(header.n_mels);
            let weight = (1.0 - (f64::from(bin) - center).abs() / 2.5).max(0.0) * 0.02;
            out.extend((weight as f32).to_le_bytes());
        }
    }
    put(&mut out, WORDS);
    for index in 0..WORDS {
        let word = if index < 256 { vec![index as u8] } else { format!(" {}", word(index)).into_bytes() };
        put(&mut out, word.len() as u32);
        out.extend(word);
    }
    let mut random = Random(7);
    for (name, shape, storage) in header.tensors() {
        let (kind, bytes) = header.stored(&shape, storage).unwrap();
        for number in [shape.len() as u32, name.len() as u32, kind].into_iter().chain(shape.clone()) {
            put(&mut out, number);
        }
        out.extend(name.as_bytes());
        let count = shape.iter().map(|n| *n as usize).product::<usize>();
        let begin = out.len();
        let norm = name.ends_with("ln.weight") || name.ends_with("ln_post.weight");
        for _ in 0..count {
            let value = if norm { 1.0 } else { random.normal() * 0.05 };
            match storage {
                Storage::Plain => out.extend(value.to_le_bytes()),
                Storage::Weight | Storage::Convolution => out.extend(half(value).to_le_bytes()),
            }
        }
        assert_eq!((out.len() - begin) as u64, bytes, "{name}");
    }
    out
}

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    /// About normal: the sum of three.
    fn normal(&mut self) -> f32 {
        let sum: usize = (0..3).map(|_| self.below(2001)).sum();
        (sum as f32 - 3000.0) / 1000.0
    }
}

/// A number in 16 bits; small ones become zero.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let exponent = ((bits >> 23) & 0xff).cast_signed() - 127 + 15;
    let sign = ((bits >> 16) & 0x8000) as u16;
    if exponent <= 0 { sign } else { sign | (exponent as u16) << 10 | ((bits >> 13) & 0x3ff) as u16 }
}

/// A whole model of random numbers in this folder.
pub(crate) fn written(folder: &Path) -> PathBuf {
    let path = folder.join("random.bin");
    std::fs::write(&path, model(&sizes())).unwrap();
    path
}

pub(crate) fn start(model: &Path, folder: &Path, waits: Waits) -> SpeechClient {
    let spec = WorkerSpec {
        program: env!("CARGO_BIN_EXE_fieldwright-speech").into(),
        arguments: vec![model.display().to_string(), "tested".to_owned()],
        log: folder.join("worker.log"),
        memory_bytes: Some(1 << 30),
    };
    SpeechClient::start_with(spec, Waits { load: LOAD, ..waits })
}

/// How the worker fares with a file: ready, or failed for good.
pub(crate) fn fate(model: &Path, folder: &Path) -> WorkerState {
    let mut client = start(model, folder, Waits { deaths_allowed: 1, ..Waits::default() });
    loop {
        for event in client.wait(LOAD) {
            match event {
                SpeechEvent::State(state @ (WorkerState::Ready(_) | WorkerState::Failed(_))) => return state,
                SpeechEvent::State(_) | SpeechEvent::Reply { .. } => {}
            }
        }
    }
}

/// The reply to a request, and the states that came before it.
pub(crate) fn reply(client: &mut SpeechClient, id: u64) -> (Option<SpeechReply>, Vec<WorkerState>) {
    let mut states = Vec::new();
    loop {
        for event in client.wait(LOAD) {
            match event {
                SpeechEvent::Reply { id: of, reply } if of == id => return (reply, states),
                SpeechEvent::Reply { .. } => {}
                SpeechEvent::State(state) => states.push(state),
            }
        }
    }
}

/// Noise of so many seconds.
pub(crate) fn noise(seconds: f64, seed: u64) -> SpeechTask {
    let mut random = Random(seed);
    let samples = (0..(seconds * 16_000.0) as usize).map(|_| (random.below(16_001) as f32 - 8000.0) as i16).collect();
    task(samples)
}

pub(crate) fn task(samples: Vec<i16>) -> SpeechTask {
    SpeechTask {
        sound: Sound(samples),
        prompt: String::new(),
        phrases: Phrases::default(),
        interim: false,
        whole_window: false,
    }
}
