//! Measures voice activity detectors in noise, for docs/voice.md: which utterances are found, whether their beginning is whole,
//! how soon the end is known, and what noise alone sets off. Needs espeak-ng and flite.
//! Run with: cargo run --release -p fieldwright-voice --example activity
#![expect(clippy::print_stdout, reason = "the table is the program's answer")]

use fieldwright_voice::{
    activity::{Activity, Earshot, FRAME},
    level::rms,
    noise::{NoiseKind, mix, noise},
    segment::{Block, Heard, Segmenter, Settings},
    synth::Engine,
};
use nnnoiseless::DenoiseState;

const VOICES: [&str; 4] = ["en-us", "awb", "slt", "rms"];
const SENTENCES: [&str; 5] = [
    "next",
    "go back",
    "show the warning again",
    "what is the torque of the drain plug",
    "how do I remove the fuel filter",
];

/// RNNoise's probability of voice, at the 48 kHz it wants.
struct RnNoise(Box<DenoiseState<'static>>, Vec<f32>);

impl Activity for RnNoise {
    fn score(&mut self, frame: &[f32; FRAME]) -> f32 {
        // Each sample thrice is a poor filter, but its images lie above what the detector's bands weigh.
        self.1.extend(frame.iter().flat_map(|sample| [sample * 32_768.0; 3]));
        let mut score = 0.0_f32;
        let mut out = [0.0; 480];
        let whole = self.1.len() / 480 * 480;
        for piece in self.1[..whole].chunks_exact(480) {
            score = score.max(self.0.process_frame(&mut out, piece));
        }
        self.1.drain(..whole);
        score
    }

    fn reset(&mut self) {
        self.0 = DenoiseState::new();
        self.1.clear();
    }
}

/// Louder than the quietest of the last seconds by 6 dB: what needs no network.
struct Energy(f32);

impl Activity for Energy {
    fn score(&mut self, frame: &[f32; FRAME]) -> f32 {
        let power = rms(frame).powi(2) + 1e-9;
        self.0 = if power < self.0 { 0.7 * self.0 + 0.3 * power } else { self.0 * 1.004 };
        f32::from(u8::from(power > 4.0 * self.0))
    }

    fn reset(&mut self) {
        self.0 = 1.0;
    }
}

fn detector(name: &str) -> Box<dyn Activity> {
    match name {
        "earshot" => Box::new(Earshot::default()),
        "rnnoise" => Box::new(RnNoise(DenoiseState::new(), Vec::new())),
        _ => Box::new(Energy(1.0)),
    }
}

/// Samples, and where each utterance in them begins and ends.
type Labeled = (Vec<f32>, Vec<(usize, usize)>);

/// A stream with its utterances' true beginnings and ends, in samples.
fn stream() -> Result<Labeled, Box<dyn std::error::Error>> {
    let (mut samples, mut truth) = (vec![0.0; 32_000], Vec::new());
    for sentence in SENTENCES {
        for voice in VOICES {
            let said = Engine::voice(voice)?.synthesize(sentence)?;
            let loud: Vec<bool> = {
                let peak = said.chunks(160).map(rms).fold(0.0_f32, f32::max);
                said.chunks(160).map(|piece| rms(piece) > peak * 0.03).collect()
            };
            let first = loud.iter().position(|loud| *loud).unwrap_or(0) * 160;
            let last = (loud.iter().rposition(|loud| *loud).unwrap_or(0) + 1) * 160;
            truth.push((samples.len() + first, samples.len() + last.min(said.len())));
            let scale = 0.06 / rms(&said).max(1e-6);
            samples.extend(said.iter().map(|sample| sample * scale));
            samples.extend(vec![0.0; 20_000]);
        }
    }
    Ok((samples, truth))
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted.get(((sorted.len() as f64 - 1.0) * q).round() as usize).copied().unwrap_or(f64::NAN)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (clean, truth) = stream()?;
    let quiet = vec![0.0; 16_000 * 120];
    println!(
        "| detector | noise | SNR dB | found | whole beginning | in pieces | end p50 ms | end p95 ms | extra utterances |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    // Detectors, or `pause_s=0.3` and `off=0.7` for other settings than the product's.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|one| !one.contains('=')).collect();
    let given = |name: &str, or: f64| {
        let set = std::env::args().find_map(|one| one.strip_prefix(name)?.strip_prefix('=')?.parse().ok());
        set.unwrap_or(or)
    };
    let settings = Settings::default();
    let settings = Settings {
        pause_s: given("pause_s", settings.pause_s),
        off_of_highest: given("off", f64::from(settings.off_of_highest)) as f32,
        ..settings
    };
    for name in ["earshot", "rnnoise", "energy"] {
        if !(chosen.is_empty() || chosen.iter().any(|one| one == name)) {
            continue;
        }
        for kind in NoiseKind::ALL {
            for snr_db in [0.0, 5.0, 10.0, 20.0] {
                let noise_samples = noise(kind, 11, clean.len());
                let heard = mix(&clean, &noise_samples, snr_db);
                let mut segmenter = Segmenter::new(settings, detector(name));
                let mut found = Vec::new();
                let mut out = Vec::new();
                for (n, piece) in heard.chunks(FRAME).enumerate() {
                    segmenter.push(&Block { at_s: (n * FRAME) as f64 / 16_000.0, samples: piece.to_vec() }, &mut out);
                    for heard in out.drain(..) {
                        if let Heard::Ended(one) = heard {
                            found.push((one.start_s, one.end_s, ((n + 1) * FRAME) as f64 / 16_000.0));
                        }
                    }
                }
                let (mut hits, mut whole, mut split, mut delays) = (0_usize, 0_usize, 0_usize, Vec::new());
                let mut used = vec![false; found.len()];
                for (start, end) in &truth {
                    let (start, end) = (*start as f64 / 16_000.0, *end as f64 / 16_000.0);
                    let mut first = true;
                    split += usize::from(found.iter().filter(|one| one.0 < end && one.1 > start).count() > 1);
                    for (n, (from, to, at)) in found.iter().enumerate() {
                        if *from < end && *to > start {
                            used[n] = true;
                            if first {
                                hits += usize::from(to.min(end) - from.max(start) > 0.6 * (end - start));
                                whole += usize::from(*from <= start + 0.02);
                                first = false;
                            }
                            if (to - end).abs() < 0.6 {
                                delays.push((at - end) * 1e3);
                            }
                        }
                    }
                }
                delays.sort_by(f64::total_cmp);
                println!(
                    "| {name} | {} | {snr_db} | {:.2} | {:.2} | {split} | {:.0} | {:.0} | {} |",
                    kind.name(),
                    hits as f64 / truth.len() as f64,
                    whole as f64 / truth.len() as f64,
                    quantile(&delays, 0.5),
                    quantile(&delays, 0.95),
                    used.iter().filter(|used| !**used).count()
                );
            }
        }
        for kind in NoiseKind::ALL {
            let heard: Vec<f32> = noise(kind, 12, quiet.len()).iter().map(|sample| sample * 0.05).collect();
            let mut segmenter = Segmenter::new(settings, detector(name));
            let (mut out, started) = (Vec::new(), std::time::Instant::now());
            segmenter.push(&Block { at_s: 0.0, samples: heard }, &mut out);
            let spent = started.elapsed().as_secs_f64() / 120.0;
            let count = out.iter().filter(|heard| matches!(heard, Heard::Ended(_))).count();
            println!(
                "| {name} | {} alone, 120 s | - | - | - | - | - | - | {count} (cost {:.4} of real time) |",
                kind.name(),
                spent
            );
        }
    }
    Ok(())
}
