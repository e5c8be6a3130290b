//! The segmenter's tests: by example, and over any cutting of any stream.

use proptest::prelude::*;

use super::*;

/// Speech is what is loud: so that the machine is tested and not the network.
struct Loud;

impl Activity for Loud {
    fn score(&mut self, frame: &[f32; FRAME]) -> f32 {
        f32::from(u8::from(crate::level::rms(frame) > 0.05))
    }

    fn reset(&mut self) {}
}

fn segmenter(settings: Settings) -> Segmenter {
    Segmenter::new(settings, Box::new(Loud))
}

/// Pieces of so many milliseconds, loud or quiet. Each sample is told apart by its value.
fn stream(pieces: &[(u32, bool)]) -> Vec<f32> {
    let mut samples = Vec::new();
    for (millis, loud) in pieces {
        for _ in 0..millis * 16 {
            let n = samples.len();
            let sign = if n % 2 == 0 { 1.0 } else { -1.0 };
            samples.push(sign * (if *loud { 0.3 } else { 0.001 } + (n % 997) as f32 * 1e-5));
        }
    }
    samples
}

fn hear(segmenter: &mut Segmenter, samples: &[f32], mut cut: impl FnMut() -> usize) -> Vec<Heard> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < samples.len() {
        let end = (at + cut().max(1)).min(samples.len());
        let block = Block { at_s: 5.0 + at as f64 / 16_000.0, samples: samples[at..end].to_vec() };
        segmenter.push(&block, &mut out);
        at = end;
    }
    segmenter.finish(&mut out);
    out
}

fn utterances(heard: &[Heard]) -> Vec<&Utterance> {
    heard.iter().filter_map(|heard| if let Heard::Ended(utterance) = heard { Some(utterance) } else { None }).collect()
}

#[test]
fn an_utterance_has_what_was_said_and_a_little_around_it() {
    let samples = stream(&[(1_000, false), (800, true), (150, false), (500, true), (1_000, false)]);
    let heard = hear(&mut segmenter(Settings::default()), &samples, || 160);
    let all = utterances(&heard);
    assert_eq!(all.len(), 1, "a pause of 150 ms is within an utterance");
    let one = all[0];
    assert!((5.45..=5.55).contains(&one.start_s), "{}", one.start_s);
    assert!((7.6..=7.75).contains(&one.end_s), "{}", one.end_s);
    let from = ((one.start_s - 5.0) * 16_000.0).round() as usize;
    assert_eq!(one.samples, samples[from..from + one.samples.len()]);
    assert!(!one.cut && !one.over_own_voice && one.cause == Cause::Voice);
    assert!(matches!(heard[0], Heard::Started { number: 0, .. }));
}

#[test]
fn the_end_is_found_within_400_ms() {
    let mut segmenter = segmenter(Settings::default());
    let samples = stream(&[(500, false), (700, true), (1_000, false)]);
    let mut out = Vec::new();
    for (n, piece) in samples.chunks(160).enumerate() {
        segmenter.push(&Block { at_s: n as f64 * 0.01, samples: piece.to_vec() }, &mut out);
        if !utterances(&out).is_empty() {
            let found = (n + 1) as f64 * 0.01;
            assert!((1.2..1.5).contains(&found), "{found}");
            return;
        }
    }
    panic!("no end found");
}

#[test]
fn a_click_is_no_word_and_two_utterances_are_two() {
    let samples =
        stream(&[(300, false), (48, true), (900, false), (400, true), (700, false), (400, true), (500, false)]);
    let heard = hear(&mut segmenter(Settings::default()), &samples, || 333);
    let all = utterances(&heard);
    assert_eq!(all.len(), 2);
    assert!(all[0].end_s <= all[1].start_s + Settings::default().after_s, "only what was kept of the pause is in both");
}

#[test]
fn nothing_is_lost_where_a_long_utterance_is_cut() {
    let settings = Settings { longest_s: 2.0, ..Settings::default() };
    let samples = stream(&[(500, false), (5_000, true), (500, false)]);
    let heard = hear(&mut segmenter(settings), &samples, || 1_000);
    let all = utterances(&heard);
    assert_eq!(all.iter().map(|one| one.cut).collect::<Vec<_>>(), [true, true, false]);
    let joined: Vec<f32> = all.iter().flat_map(|one| one.samples.iter().copied()).collect();
    let from = ((all[0].start_s - 5.0) * 16_000.0).round() as usize;
    assert_eq!(joined, samples[from..from + joined.len()]);
    assert!(joined.len() >= 5_300 * 16);
}

#[test]
fn the_key_takes_what_is_said_while_it_is_held_and_nothing_else() {
    let settings = Settings { hands_free: false, ..Settings::default() };
    let samples = stream(&[(500, true), (500, false), (600, true), (900, false), (500, true), (500, false)]);
    let mut segmenter = segmenter(settings);
    let mut out = Vec::new();
    for (n, piece) in samples.chunks(160).enumerate() {
        let now = n as f64 * 0.01;
        if n == 105 {
            segmenter.key(now, true);
        }
        if n == 255 {
            segmenter.key(now, false);
        }
        segmenter.push(&Block { at_s: now, samples: piece.to_vec() }, &mut out);
    }
    let all = utterances(&out);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].cause, Cause::Key);
    assert!((0.85..=0.95).contains(&all[0].start_s), "from a little before the press: {}", all[0].start_s);
    assert!((2.7..=2.8).contains(&all[0].end_s), "until a little after the release: {}", all[0].end_s);
}

#[test]
fn missing_samples_are_told() {
    let mut segmenter = segmenter(Settings::default());
    let mut out = Vec::new();
    let samples = stream(&[(1_000, false)]);
    segmenter.push(&Block { at_s: 0.0, samples: samples.clone() }, &mut out);
    segmenter.push(&Block { at_s: 1.1, samples: samples.clone() }, &mut out);
    segmenter.push(&Block { at_s: 4.1, samples }, &mut out);
    let gaps: Vec<_> = out.iter().filter(|heard| matches!(heard, Heard::Gap { .. })).collect();
    assert_eq!(gaps.len(), 2, "{out:?}");
}

#[test]
fn the_products_own_voice_is_no_utterance_and_a_voice_over_it_is_marked() {
    let own: Vec<f32> = stream(&[(6_000, true)]).iter().map(|sample| sample * 0.8).collect();
    let mut segmenter = segmenter(Settings::default());
    let mut out = Vec::new();
    segmenter.says(1.0, &own);
    // Its echo in the microphone from 1.1 s on; somebody says "stop" at 4 s; somebody speaks after it, at 8.5 s.
    let mut heard = vec![0.001; 10 * 16_000];
    for (n, sample) in own.iter().enumerate() {
        heard[17_600 + n] += sample * 0.3;
    }
    for (n, sample) in stream(&[(500, true)]).iter().enumerate() {
        heard[64_000 + n] += sample;
        heard[136_000 + n] += sample;
    }
    for (n, piece) in heard.chunks(160).enumerate() {
        segmenter.push(&Block { at_s: n as f64 * 0.01, samples: piece.to_vec() }, &mut out);
    }
    segmenter.finish(&mut out);
    let all = utterances(&out);
    assert_eq!(all.iter().map(|one| one.over_own_voice).collect::<Vec<_>>(), [true, false], "{out:?}");
    assert!((3.4..4.1).contains(&all[0].start_s) && (7.9..8.6).contains(&all[1].start_s));
}

proptest! {
    #[test]
    fn how_it_was_cut_does_not_matter(
        pieces in proptest::collection::vec((20_u32..900, any::<bool>()), 1..12),
        cuts in proptest::collection::vec(1_usize..2_000, 1..30),
        hands_free: bool,
        key in (0_u32..4_000, 50_u32..3_000),
    ) {
        let samples = stream(&pieces);
        let settings = Settings { hands_free, longest_s: 1.5, ..Settings::default() };
        let listen = |cut: &mut dyn FnMut() -> usize| {
            let mut segmenter = segmenter(settings);
            // Told in advance, so that the moment is the same for every cutting.
            segmenter.push(&Block { at_s: 5.0, samples: Vec::new() }, &mut Vec::new());
            segmenter.key(5.0 + f64::from(key.0) / 1e3, true);
            segmenter.key(5.0 + f64::from(key.0 + key.1) / 1e3, false);
            hear(&mut segmenter, &samples, cut)
        };
        let whole = listen(&mut || samples.len());
        let mut turn = cuts.iter().cycle();
        let cut = listen(&mut || *turn.next().unwrap());
        prop_assert_eq!(&cut, &whole);
        // Every utterance is a true copy of the stream, in order; only what was kept of the pause may be in two.
        let pause = (settings.after_s * 16_000.0) as usize;
        let mut last = 0;
        for one in utterances(&whole) {
            let from = ((one.start_s - 5.0) * 16_000.0).round() as usize;
            prop_assert!(from + pause >= last, "{} < {}", from, last);
            prop_assert_eq!(&one.samples[..], &samples[from..from + one.samples.len()]);
            prop_assert!(one.samples.len() <= 24_000 + 6_400);
            last = from + one.samples.len();
        }
    }

    #[test]
    fn every_word_is_within_an_utterance(gap in 400_u32..2_000, word in 130_u32..1_200, count in 1_usize..5) {
        let mut pieces = vec![(600, false)];
        for _ in 0..count {
            pieces.extend([(word, true), (gap, false)]);
        }
        let heard = hear(&mut segmenter(Settings::default()), &stream(&pieces), || 512);
        let all = utterances(&heard);
        for n in 0..count as u32 {
            let start = 5.6 + f64::from(n * (word + gap)) / 1e3;
            let end = start + f64::from(word) / 1e3;
            prop_assert!(all.iter().any(|one| one.start_s <= start && one.end_s >= end), "word {n}: {all:?}");
        }
    }
}
