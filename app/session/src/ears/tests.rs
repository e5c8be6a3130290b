//! The ears' tests: with spoken sound where an engine is installed, and a recognizer that knows what will be said.

use fieldwright_guide::command::heard::Heard as Words;
use fieldwright_voice::{
    input::NoInput,
    noise::{NoiseKind, noise},
    synth::Engine,
};

use super::*;
use crate::sounds::{Surroundings, Words as Said, sound};

/// Answers the first utterance with the first words, and so on.
struct Knows {
    words: VecDeque<&'static str>,
    due: Vec<Event>,
}

impl Recognizer for Knows {
    fn speaking(&mut self, _samples: &[f32]) {}

    fn spoken(&mut self, samples: &[f32]) {
        assert!(samples.len() > 1_600);
        let words = self.words.pop_front().unwrap_or("more than was said");
        self.due.push(Event::Heard(Words::evenly(words, 0.95)));
    }

    fn expect(&mut self, _words: String, _replies: &[String]) {}

    fn forget(&mut self) {}

    fn busy(&self) -> bool {
        false
    }

    fn events(&mut self, _limit: Duration) -> Vec<Event> {
        std::mem::take(&mut self.due)
    }

    fn latest_ms(&self) -> Option<f64> {
        None
    }
}

fn ears(words: &[&'static str]) -> Ears {
    let recognizer = Knows { words: words.iter().copied().collect(), due: Vec::new() };
    Ears::new(Box::new(NoInput("none\nhint: type".to_owned())), Box::new(recognizer), true).keeping()
}

fn installed() -> bool {
    let there = Engine::voice("slt").unwrap().synthesize("test").is_ok();
    if !there {
        eprintln!("skipped: flite is not installed");
    }
    there
}

fn texts(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| if let Event::Heard(heard) = event { Some(heard.text()) } else { None };
    events.iter().filter_map(text).collect()
}

/// Frames of 0.2 s until `until_s`.
fn frames(ears: &mut Ears, from_s: f64, until_s: f64) -> Vec<Event> {
    let mut events = Vec::new();
    let mut now = from_s;
    while now < until_s {
        now += 0.2;
        events.extend(ears.settle(Timestamp(now)));
    }
    events
}

#[test]
fn what_is_played_in_noise_is_one_utterance_each() {
    if !installed() {
        return;
    }
    let mut ears = ears(&["next step", "go back"]);
    let around = Surroundings { snr_db: 5.0, ..Surroundings::default() };
    let mut now = 1.0;
    for text in ["next step", "go back"] {
        let over = ears.play(sound(&Said::Text(text.to_owned()), &around).unwrap(), Timestamp(now));
        let events = frames(&mut ears, now, over.0 + 0.6);
        let spans: Vec<_> =
            ears.take_utterances().iter().map(|one| (one.start_s - now, one.end_s - now, one.level.rms_db())).collect();
        assert_eq!(texts(&events), [text], "{spans:.2?}, sound until {:.2}", over.0 - now);
        assert!(spans.iter().all(|(start, end, _)| end - start < 2.5), "{spans:?}");
        now = over.0 + 1.0;
    }
}

#[test]
fn the_products_own_voice_is_not_heard_and_only_stop_is_believed_over_it() {
    if !installed() {
        return;
    }
    let own = Engine::voice("kal").unwrap();
    let line =
        own.synthesize("Warning. Diesel fuel is flammable. Keep sparks and open flames away from the tank.").unwrap();
    let echo: Vec<f32> = line.iter().map(|sample| sample * 0.3).collect();
    let mut quiet = ears(&["never"]);
    quiet.own_voice(&line, Timestamp(1.0));
    let over = quiet.play(echo.clone(), Timestamp(1.05));
    assert_eq!(texts(&frames(&mut quiet, 1.0, over.0 + 1.0)), Vec::<String>::new(), "its echo is nobody's speech");

    for (said, expected) in [("stop", vec!["stop"]), ("next step", vec![])] {
        let mut loud = ears(&[said]);
        loud.own_voice(&line, Timestamp(1.0));
        let mut both = echo.clone();
        let person = Engine::voice("rms").unwrap().synthesize(said).unwrap();
        for (n, sample) in person.iter().enumerate() {
            both[24_000 + n] += sample * 0.9;
        }
        let over = loud.play(both, Timestamp(1.05));
        let heard = texts(&frames(&mut loud, 1.0, over.0 + 1.0));
        assert_eq!(heard, expected, "{:?}", loud.take_utterances());
    }
}

#[test]
fn each_state_of_a_microphone_is_told() {
    struct Device(InputState, f32);
    impl Input for Device {
        fn take(&mut self, now_s: f64) -> Vec<fieldwright_voice::segment::Block> {
            let samples = noise(NoiseKind::Fan, 3, 3_200).iter().map(|s| (s * self.1).clamp(-1.0, 1.0)).collect();
            vec![fieldwright_voice::segment::Block { at_s: now_s - 0.2, samples }]
        }

        fn state(&self) -> InputState {
            self.0.clone()
        }

        fn lost(&self) -> u64 {
            7
        }
    }
    let open = InputState::Open("mic, 48000 Hz, 2 channels".to_owned());
    for (state, loud, expected) in [
        (open.clone(), 0.01, "mic, 48000 Hz, 2 channels"),
        (open.clone(), 0.0, "silent: mic, 48000 Hz, 2 channels; is it muted?"),
        (open, 2.0, "too loud: mic, 48000 Hz, 2 channels; turn its gain down"),
        (InputState::Unplugged("mic".to_owned()), 0.0, "unplugged: mic; plug it in again, or type"),
        (InputState::Absent("none\nhint: type".to_owned()), 0.0, "none\nhint: type"),
        (InputState::Opening, 0.0, "opening the microphone"),
        (InputState::Ended, 0.0, "the recording is over"),
    ] {
        let recognizer = Knows { words: VecDeque::new(), due: Vec::new() };
        let mut ears = Ears::new(Box::new(Device(state, loud)), Box::new(recognizer), false);
        frames(&mut ears, 0.0, 5.0);
        assert_eq!((ears.status().state.words().as_str(), ears.status().lost), (expected, 7));
    }
}

#[test]
fn the_key_is_heard_and_shown() {
    if !installed() {
        return;
    }
    let mut ears = ears(&["next step"]);
    ears.set_hands_free(false);
    let around = Surroundings { noise: None, ..Surroundings::default() };
    let over = ears.play(sound(&Said::Text("next step".to_owned()), &around).unwrap(), Timestamp(1.0));
    assert_eq!(texts(&frames(&mut ears, 1.0, over.0 + 0.6)), Vec::<String>::new(), "nobody pressed");
    let over = ears.play(sound(&Said::Text("next step".to_owned()), &around).unwrap(), Timestamp(over.0 + 1.0));
    ears.key(true, Timestamp(over.0 - 1.9));
    assert!(ears.status().key);
    frames(&mut ears, over.0 - 2.0, over.0 - 0.5);
    ears.key(false, Timestamp(over.0 - 0.4));
    assert_eq!(texts(&frames(&mut ears, over.0 - 0.5, over.0 + 0.6)), ["next step"]);
}

#[test]
fn an_order_amid_other_speech_is_marked_and_waits_no_longer_than_it_must() {
    if !installed() {
        return;
    }
    let person = Engine::voice("rms").unwrap();
    // With pauses of just this length: the engine's own silence is cut off.
    let said = |texts: &[&str]| {
        let pause = vec![0.0; 6_400];
        let spoken = texts.iter().flat_map(|text| {
            let sound = person.synthesize(text).unwrap();
            let loud = |sample: &f32| sample.abs() > 0.01;
            let (from, to) = (sound.iter().position(loud).unwrap(), sound.iter().rposition(loud).unwrap());
            [&sound[from..to], &pause].concat()
        });
        [vec![0.0; 8_000], spoken.collect(), vec![0.0; 16_000]].concat()
    };
    for (texts, amid) in [
        (vec!["next"], vec![false]),
        (vec!["the truck is ready", "next"], vec![false, true]),
        (vec!["next", "week we leave"], vec![true, true]),
        (vec!["okay", "next step"], vec![true, false]),
        (vec!["go", "to step four", "week we leave"], vec![false, true, true]),
    ] {
        let mut ears = ears(&texts);
        let over = ears.play(said(&texts), Timestamp(1.0));
        let events = frames(&mut ears, 1.0, over.0);
        let marks = |event: &Event| if let Event::Heard(heard) = event { Some(heard.amid) } else { None };
        assert_eq!(events.iter().filter_map(marks).collect::<Vec<_>>(), amid, "{texts:?}");
        assert!(!ears.status().understanding);
    }
}
