//! Words out of the pieces that a model writes: joined at their spaces, each with its place in the sound and how sure it is.
//! Must not know the engine.

use fieldwright_workers::speech::{RATE_HZ, SpokenWord};

/// A token of text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    /// Its bytes; a letter may be split between two pieces.
    pub(crate) bytes: Vec<u8>,
    /// How likely the model holds it, 0 to 1.
    pub(crate) likelihood: f32,
    /// Where it begins, seconds; below zero where it is not known.
    pub(crate) start_s: f64,
    /// Where it ends.
    pub(crate) end_s: f64,
}

/// True where a piece is of words: letters, digits, and the marks between them.
pub(crate) fn writable(piece: &[u8]) -> bool {
    let mark = |byte: u8| b" '.,?-".contains(&byte);
    !piece.is_empty() && piece.iter().all(|byte| byte.is_ascii_alphanumeric() || mark(*byte))
}

/// Samples of a frame in which loudness is looked at: 20 ms.
const FRAME: usize = 320;
/// A frame with less than this part of the loudest frame's power is no speech.
const QUIET: f32 = 0.02;

/// Where the voice begins and ends in the sound, seconds.
pub(crate) fn voiced(samples: &[f32]) -> (f64, f64) {
    let powers: Vec<f32> = samples.chunks(FRAME).map(|frame| frame.iter().map(|s| s * s).sum()).collect();
    let limit = powers.iter().copied().fold(0.0, f32::max) * QUIET;
    let loud = |power: &f32| *power > limit;
    let seconds = |frames: usize| (frames * FRAME) as f64 / f64::from(RATE_HZ);
    let first = powers.iter().position(loud).unwrap_or(0);
    let last = powers.iter().rposition(loud).map_or(powers.len(), |last| last + 1);
    (seconds(first), seconds(last))
}

/// Gives each piece its part of the voiced time, by its letters. The engine's own times need marks of time in the text,
/// which cost time and words; without them they are no better than this.
pub(crate) fn place(pieces: &mut [Piece], (from_s, to_s): (f64, f64)) {
    let all: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
    let mut before = 0;
    let at = |letters: usize| from_s + (to_s - from_s) * letters as f64 / all.max(1) as f64;
    for piece in pieces {
        piece.start_s = at(before);
        before += piece.bytes.len();
        piece.end_s = at(before);
    }
}

/// The words of an utterance of so many seconds. A word is as sure as its least sure piece.
pub(crate) fn join(pieces: &[Piece], seconds: f64) -> Vec<SpokenWord> {
    let mut groups: Vec<(Vec<u8>, f32, f64, f64)> = Vec::new();
    for piece in pieces {
        let begins = piece.bytes.first().is_some_and(u8::is_ascii_whitespace);
        match groups.last_mut() {
            Some((bytes, likelihood, _, end)) if !begins => {
                bytes.extend(&piece.bytes);
                *likelihood = likelihood.min(piece.likelihood);
                *end = end.max(piece.end_s);
            }
            _ => groups.push((piece.bytes.clone(), piece.likelihood, piece.start_s, piece.end_s)),
        }
    }
    let mut words = Vec::new();
    let mut at = 0.0_f64;
    let mut aside = false;
    for (bytes, likelihood, start, end) in groups {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // The engine's times may be unknown, or not in order: kept inside the sound, and never backwards.
        let start = if start.is_finite() { start.clamp(at, seconds.max(at)) } else { at };
        let end = if end.is_finite() { end.clamp(start, seconds.max(start)) } else { start };
        at = start;
        // Several words in one piece share its time.
        for word in text.split_whitespace() {
            // What stands in brackets is no speech: [BLANK_AUDIO], (engine running).
            aside |= word.starts_with(['[', '(']) || word.contains('♪');
            if aside {
                aside = !word.trim_end_matches(['.', ',']).ends_with([']', ')']) && !word.contains('♪');
                continue;
            }
            words.push(SpokenWord {
                word: word.to_owned(),
                start_s: start,
                end_s: end,
                confidence: if likelihood.is_finite() { likelihood.clamp(0.0, 1.0) } else { 0.0 },
            });
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, likelihood: f32, start_s: f64, end_s: f64) -> Piece {
        Piece { bytes: text.as_bytes().to_vec(), likelihood, start_s, end_s }
    }

    #[test]
    fn pieces_become_words() {
        let pieces = [
            piece(" Fuel", 0.9, 0.2, 0.5),
            piece(" fil", 0.8, 0.5, 0.7),
            piece("ter", 0.4, 0.7, 0.9),
            piece(".", 0.99, 0.9, 1.0),
        ];
        let words = join(&pieces, 1.2);
        let texts: Vec<_> = words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!(texts, ["Fuel", "filter."]);
        assert_eq!((words[1].start_s, words[1].end_s, words[1].confidence), (0.5, 1.0, 0.4));
    }

    #[test]
    fn times_stay_inside_the_sound_and_in_order() {
        let pieces = [
            piece(" a", f32::NAN, -1.0, f64::NAN),
            piece(" b", 2.0, 5.0, 4.0),
            piece(" c", 0.5, 0.1, 9.0),
            piece(" ", 0.5, 0.1, 0.2),
        ];
        let words = join(&pieces, 1.0);
        assert_eq!(words.len(), 3);
        let mut last = 0.0;
        for word in words {
            assert!(last <= word.start_s && word.start_s <= word.end_s && word.end_s <= 1.0, "{word:?}");
            assert!((0.0..=1.0).contains(&word.confidence), "{word:?}");
            last = word.start_s;
        }
    }

    #[test]
    fn pieces_share_the_time_in_which_there_is_a_voice() {
        let mut samples = vec![0.0; 16_000];
        samples[4800..12_800].fill(0.5);
        let voiced = voiced(&samples);
        assert_eq!(voiced, (0.3, 0.8));
        let mut pieces = [piece(" go", 0.9, 0.0, 0.0), piece(" backward", 0.9, 0.0, 0.0)];
        place(&mut pieces, voiced);
        assert!((pieces[0].start_s - 0.3).abs() < 1e-9 && (pieces[1].end_s - 0.8).abs() < 1e-9, "{pieces:?}");
        assert!(pieces[0].end_s > 0.4 && (pieces[0].end_s - pieces[1].start_s).abs() < 1e-9, "{pieces:?}");
        assert_eq!(super::voiced(&[]), (0.0, 0.0));
        place(&mut [], (0.0, 1.0));
    }

    #[test]
    fn remarks_about_sounds_are_no_words() {
        for (said, expect) in [
            (" [BLANK_AUDIO]", ""),
            (" (engine running) next", "next"),
            (" go back [MUSIC PLAYING].", "go back"),
            (" ♪ next", "next"),
            (" [ it never closes", ""),
        ] {
            let texts: Vec<_> = join(&[piece(said, 0.9, 0.0, 1.0)], 1.0).into_iter().map(|word| word.word).collect();
            assert_eq!(texts.join(" "), expect, "{said}");
        }
    }

    #[test]
    fn letters_split_between_pieces_and_broken_ones_are_survived() {
        let pieces = [
            Piece { bytes: vec![b' ', 0xc2], likelihood: 1.0, start_s: 0.0, end_s: 0.1 },
            Piece { bytes: vec![0xb5], likelihood: 1.0, start_s: 0.1, end_s: 0.2 },
            Piece { bytes: vec![b' ', 0xff], likelihood: 1.0, start_s: 0.2, end_s: 0.3 },
        ];
        let texts: Vec<_> = join(&pieces, 1.0).into_iter().map(|word| word.word).collect();
        assert_eq!(texts, ["µ", "\u{fffd}"]);
        assert!(join(&[], 1.0).is_empty());
    }
}
