//! The tone before an alert. Must not know what the alert says.

use std::f32::consts::TAU;

use crate::wav::RATE_HZ;

/// Two notes of a fifth that swell and fade: it wakes and does not startle. 0.42 s, below 1,200 Hz, peak 0.35, 16 kHz.
pub fn alert() -> Vec<f32> {
    let note = |hz: f32, seconds: f32| {
        let count = (seconds * RATE_HZ as f32) as usize;
        (0..count).map(move |n| {
            let at = n as f32 / RATE_HZ as f32;
            // 15 ms to swell, 40 ms to fade: no click.
            let envelope = (at / 0.015).min(1.0).min((seconds - at) / 0.04).max(0.0);
            0.25 * envelope * ((TAU * hz * at).sin() + 0.4 * (TAU * 2.0 * hz * at).sin())
        })
    };
    note(440.0, 0.16)
        .chain(note(587.33, 0.22))
        .chain(std::iter::repeat_n(0.0, (0.04 * RATE_HZ as f32) as usize))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;

    #[test]
    fn it_is_short_and_neither_clipped_nor_clicking() {
        let tone = alert();
        let level = Level::of(&tone);
        assert!(tone.len() <= RATE_HZ as usize / 2 && level.peak < 0.4 && level.peak > 0.2 && level.clipped == 0);
        let step = tone.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.2, "{step}");
    }
}
