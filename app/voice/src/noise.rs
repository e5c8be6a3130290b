//! Noises of a place where machines run, made from a seed: to speak into in scenarios and measurements. Must not know what
//! they are mixed with.

use std::{f32::consts::TAU, str::FromStr};

use crate::{level::speech_rms, wav::RATE_HZ};

/// What makes the noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseKind {
    /// A four-cylinder diesel generator at 1,800 rpm, three meters away: firing, knock, exhaust, its cooling fan.
    Generator,
    /// A ventilator: rush of air and the tone of its blades.
    Fan,
    /// Somebody works beside: impact wrench, grinder, dropped spanners, with pauses.
    Tools,
}

impl NoiseKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Generator, Self::Fan, Self::Tools];

    /// Its name in scenario files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Fan => "fan",
            Self::Tools => "tools",
        }
    }
}

impl FromStr for NoiseKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("no noise `{name}`\nhint: the noises are {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// `count` samples of noise, 16 kHz, with a root mean square of 1 (so, loud: scale it).
pub fn noise(kind: NoiseKind, seed: u64, count: usize) -> Vec<f32> {
    let mut random = Random(seed ^ 0x9e37_79b9_7f4a_7c15 ^ ((kind as u64) << 32));
    let mut samples = match kind {
        NoiseKind::Generator => generator(&mut random, count),
        NoiseKind::Fan => fan(&mut random, count),
        NoiseKind::Tools => tools(&mut random, count),
    };
    let power: f32 = samples.iter().map(|sample| sample * sample).sum::<f32>() / count.max(1) as f32;
    let scale = 1.0 / power.sqrt().max(1e-9);
    for sample in &mut samples {
        *sample *= scale;
    }
    samples
}

/// Speech in noise: the noise's power lies `snr_db` below the power of the speech where it is spoken, pauses not counted.
/// The sum is made quieter where it would clip.
pub fn mix(speech: &[f32], noise: &[f32], snr_db: f32) -> Vec<f32> {
    let gain = speech_rms(speech) / 10_f32.powf(snr_db / 20.0);
    let mut sum: Vec<f32> = speech.iter().zip(noise).map(|(speech, noise)| speech + gain * noise).collect();
    let peak = sum.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak > 0.98 {
        for sample in &mut sum {
            *sample *= 0.98 / peak;
        }
    }
    sum
}

/// A small generator of numbers (splitmix64): the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Between -1 and 1.
    fn white(&mut self) -> f32 {
        self.unit() * 2.0 - 1.0
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }
}

/// First-order low pass.
struct LowPass {
    keep: f32,
    held: f32,
}

impl LowPass {
    fn new(hz: f32) -> Self {
        Self { keep: (-TAU * hz / RATE_HZ as f32).exp(), held: 0.0 }
    }

    fn next(&mut self, sample: f32) -> f32 {
        self.held = sample + self.keep * (self.held - sample);
        self.held
    }
}

/// Two-pole resonance: what metal does when struck.
struct Ring {
    a1: f32,
    a2: f32,
    gain: f32,
    y1: f32,
    y2: f32,
}

impl Ring {
    fn new(hz: f32, decay_s: f32) -> Self {
        let radius = (-1.0 / (decay_s * RATE_HZ as f32)).exp();
        let angle = TAU * hz / RATE_HZ as f32;
        Self { a1: 2.0 * radius * angle.cos(), a2: -radius * radius, gain: angle.sin(), y1: 0.0, y2: 0.0 }
    }

    fn next(&mut self, sample: f32) -> f32 {
        let out = self.gain * sample + self.a1 * self.y1 + self.a2 * self.y2;
        self.y2 = self.y1;
        self.y1 = out;
        out
    }
}

fn generator(random: &mut Random, count: usize) -> Vec<f32> {
    // Half orders of the crankshaft at 30 turns a second; the firing is the fourth.
    let orders: Vec<(f32, f32)> = (1..=24)
        .map(|order| {
            let firing = if order % 4 == 0 { 1.0 } else { 0.25 };
            (firing * random.between(0.6, 1.4) / (order as f32).sqrt(), random.unit())
        })
        .collect();
    let (mut exhaust, mut rush, mut wander) = (LowPass::new(350.0), LowPass::new(2_400.0), LowPass::new(0.7));
    let mut block = [Ring::new(1_150.0, 0.003), Ring::new(1_900.0, 0.002), Ring::new(2_800.0, 0.0015)];
    let (mut turn, mut cylinder) = (0.0_f32, 0_usize);
    let strength = [1.0, 0.85, 1.1, 0.9];
    (0..count)
        .map(|_| {
            let speed = 30.0 * (1.0 + 3.0 * wander.next(random.white()));
            let before = turn;
            turn = (turn + speed / RATE_HZ as f32).fract_in(4.0);
            // Each half turn one cylinder fires, never quite like the time before.
            let fired = (before * 2.0) as u32 != (turn * 2.0) as u32;
            let mut knock = 0.0;
            if fired {
                cylinder = (cylinder + 1) % 4;
                knock = strength[cylinder] * random.between(5.0, 9.0);
            }
            let hum: f32 = orders
                .iter()
                .enumerate()
                .map(|(order, (loud, phase))| loud * (TAU * (turn * 0.5 * (order + 1) as f32 + phase)).sin())
                .sum();
            let white = random.white();
            let pulse = 0.6 + 0.4 * (TAU * turn * 2.0).sin();
            let clatter: f32 = block.iter_mut().map(|ring| ring.next(knock + 0.02 * white)).sum();
            0.55 * hum + 4.0 * pulse * exhaust.next(white) + 0.9 * rush.next(white) + 0.28 * clatter
        })
        .collect()
}

fn fan(random: &mut Random, count: usize) -> Vec<f32> {
    let (mut low, mut air, mut wander) = (LowPass::new(180.0), LowPass::new(1_500.0), LowPass::new(0.4));
    let mut turn = 0.0_f32;
    (0..count)
        .map(|_| {
            // Seven blades, 25 turns a second.
            turn = (turn + 25.0 * (1.0 + 2.0 * wander.next(random.white())) / RATE_HZ as f32).fract_in(1.0);
            let blades: f32 = (1..=4).map(|n| (TAU * turn * 7.0 * n as f32).sin() / n as f32).sum();
            let white = random.white();
            0.12 * blades + 2.2 * low.next(white) + 1.0 * air.next(white) + 0.05 * white
        })
        .collect()
}

fn tools(random: &mut Random, count: usize) -> Vec<f32> {
    let mut out = vec![0.0_f32; count];
    let mut hall = LowPass::new(900.0);
    for sample in &mut out {
        *sample = 0.25 * hall.next(random.white());
    }
    let mut at = 0;
    while at < count {
        let pause = (random.between(0.1, 0.9) * RATE_HZ as f32) as usize;
        let length = (random.between(0.3, 1.4) * RATE_HZ as f32) as usize;
        let (start, end) = ((at + pause).min(count), (at + pause + length).min(count));
        match random.next() % 3 {
            0 => wrench(random, &mut out[start..end]),
            1 => grinder(random, &mut out[start..end]),
            _ => spanner(random, &mut out[start..end]),
        }
        at = end.max(at + 1);
    }
    out
}

fn wrench(random: &mut Random, out: &mut [f32]) {
    let mut rings = [Ring::new(random.between(1_800.0, 2_600.0), 0.004), Ring::new(4_100.0, 0.002)];
    let blow = RATE_HZ as usize / 22;
    for (n, sample) in out.iter_mut().enumerate() {
        let hit = if n % blow == 0 { random.between(3.0, 6.0) } else { 0.0 };
        let air = 0.5 * random.white();
        *sample += air + rings.iter_mut().map(|ring| ring.next(hit + 0.1 * air)).sum::<f32>();
    }
}

fn grinder(random: &mut Random, out: &mut [f32]) {
    let hz = random.between(280.0, 420.0);
    let mut sparks = LowPass::new(5_000.0);
    let mut phase = 0.0_f32;
    for (n, sample) in out.iter_mut().enumerate() {
        let load = 1.0 - 0.12 * (n as f32 / RATE_HZ as f32 * 2.0).sin();
        phase = (phase + hz * load / RATE_HZ as f32).fract_in(1.0);
        let whine: f32 = (1..=9).map(|k| (TAU * phase * k as f32).sin() / k as f32).sum();
        *sample += 0.5 * whine + 0.9 * sparks.next(random.white());
    }
}

fn spanner(random: &mut Random, out: &mut [f32]) {
    let mut modes: Vec<Ring> =
        [1.0, 1.62, 2.71].iter().map(|k| Ring::new(k * random.between(1_200.0, 1_500.0), 0.08)).collect();
    let mut next = 0;
    let mut apart = random.between(0.18, 0.35) * RATE_HZ as f32;
    let mut force = 4.0;
    for (n, sample) in out.iter_mut().enumerate() {
        let mut hit = 0.0;
        if n == next {
            hit = force;
            force *= 0.6;
            next += apart as usize + 1;
            apart *= 0.7;
        }
        *sample += modes.iter_mut().map(|ring| ring.next(hit)).sum::<f32>();
    }
}

trait FractIn {
    fn fract_in(self, cycle: f32) -> f32;
}

impl FractIn for f32 {
    /// Kept within one cycle, so that a long noise loses no precision.
    fn fract_in(self, cycle: f32) -> f32 {
        if self >= cycle { self - cycle } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rms;

    #[test]
    fn the_same_seed_is_the_same_noise_and_another_is_not() {
        for kind in NoiseKind::ALL {
            let one = noise(kind, 1, 32_000);
            assert_eq!(one, noise(kind, 1, 32_000));
            let like: f32 = one.iter().zip(noise(kind, 2, 32_000)).map(|(a, b)| a * b).sum::<f32>() / 32_000.0;
            assert!(like.abs() < 0.5, "{kind:?} {like}");
            assert!((rms(&one) - 1.0).abs() < 1e-3 && one.iter().all(|sample| sample.is_finite()), "{kind:?}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for kind in NoiseKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!("sea".parse::<NoiseKind>().unwrap_err().contains("generator, fan, tools"));
    }

    #[test]
    fn a_mix_has_the_ratio_asked_for() {
        let mut speech = vec![0.0; 16_000];
        for (n, sample) in speech.iter_mut().enumerate().take(12_000).skip(4_000) {
            *sample = 0.1 * (n as f32 * 0.2).sin();
        }
        for snr_db in [0.0, 5.0, 10.0, 20.0] {
            let mixed = mix(&speech, &noise(NoiseKind::Fan, 3, 16_000), snr_db);
            let left = rms(&mixed[..4_000]);
            let measured = 20.0 * (0.0707 / left).log10();
            assert!((measured - snr_db).abs() < 1.5, "{snr_db}: {measured}");
        }
    }
}
