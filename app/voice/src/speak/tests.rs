//! The mouth's tests: with programs that stand for a sound card, and an engine that gives a tone.

use super::*;

/// A voice that is a hum, as long as its words.
struct Hum;

impl Speaker for Hum {
    fn prepare(&mut self, words: &str) -> Result<Prepared, SpeakError> {
        Ok(Prepared::Samples(Arc::new(vec![0.1; words.len() * 1_600])))
    }
}

/// Takes samples as slowly as a sound card that never ends: until it is ended itself.
fn endless() -> PlayerProcess {
    PlayerProcess::command("sh", &["-c", "cat > /dev/null; exec sleep 60"])
}

/// Takes them at once.
fn instant() -> PlayerProcess {
    PlayerProcess::command("sh", &["-c", "exec cat > /dev/null"])
}

/// Plays until the test lets go.
struct Held(Receiver<()>);
impl Output for Held {
    fn play(&mut self, _samples: &[f32], _hushed: &dyn Fn() -> bool) -> Result<(), SpeakError> {
        self.0.recv_timeout(LONG).expect("the test lets go");
        Ok(())
    }
}

const LONG: Duration = Duration::from_secs(20);

fn texts(mouth: &Mouth, count: usize) -> Vec<String> {
    let mut said = Vec::new();
    while said.len() < count {
        match mouth.wait(LONG) {
            Some(Spoke::Ended { line, .. }) => said.push(line.text),
            Some(Spoke::Mute(why)) => panic!("{why}"),
            Some(Spoke::Began { .. }) => {}
            None => panic!("nothing more is said after {said:?}"),
        }
    }
    said
}

#[test]
fn lines_are_said_in_turn() {
    let mouth = Mouth::start(Box::new(Hum), Box::new(instant())).unwrap();
    assert!(mouth.say("one", Urgency::Plain) && mouth.say("two", Urgency::Plain));
    assert_eq!(texts(&mouth, 2), ["one", "two"]);
}

#[test]
fn an_alert_waits_for_the_line_being_said_only_and_begins_with_its_tone() {
    let (held, hold) = bounded(0);
    let mouth = Mouth::start(Box::new(Hum), Box::new(Held(hold))).unwrap();
    mouth.say("step 1", Urgency::Plain);
    assert!(matches!(mouth.wait(LONG), Some(Spoke::Began { .. })));
    mouth.say("step 2", Urgency::Plain);
    mouth.say("hot", Urgency::Alert);
    for _ in 0..3 {
        held.send_timeout((), LONG).unwrap();
    }
    let mut said = Vec::new();
    while said.len() < 5 {
        said.push(mouth.wait(LONG).unwrap());
    }
    let began: Vec<_> = said
        .iter()
        .filter_map(|spoke| match spoke {
            Spoke::Began { line, samples, .. } => Some((line.text.as_str(), samples.as_ref().map_or(0, |s| s.len()))),
            _ => None,
        })
        .collect();
    assert_eq!(began, [("hot", tone::alert().len() + 3 * 1_600), ("step 2", "step two".len() * 1_600)]);
}

#[test]
fn it_is_silent_within_150_ms_of_a_hush() {
    let mouth = Mouth::start(Box::new(Hum), Box::new(endless())).unwrap();
    let mut worst = Duration::ZERO;
    for round in 0..5 {
        mouth.say(&format!("line {round}"), Urgency::Plain);
        mouth.say(&format!("another {round}"), Urgency::Plain);
        assert!(matches!(mouth.wait(LONG), Some(Spoke::Began { .. })));
        let asked = Instant::now();
        mouth.hush();
        match mouth.wait(LONG) {
            Some(Spoke::Ended { hushed: true, at, .. }) => worst = worst.max(at - asked),
            other => panic!("{other:?}"),
        }
    }
    eprintln!("longest time from hush to silence: {worst:?}");
    assert!(worst < Duration::from_millis(150), "{worst:?}");
    // What waited is forgotten, and the next line is said.
    mouth.say("after", Urgency::Plain);
    assert!(matches!(mouth.wait(LONG), Some(Spoke::Began { line, .. }) if line.text == "after"));
}

#[test]
fn a_program_that_speaks_by_itself_is_silenced_too() {
    let speaker = Dispatcher::command("sh", &["-c", "exec sleep 60"]);
    let mouth = Mouth::start(Box::new(speaker), Box::new(NoOutput)).unwrap();
    mouth.say("line", Urgency::Plain);
    assert!(matches!(mouth.wait(LONG), Some(Spoke::Began { samples: None, .. })));
    let asked = Instant::now();
    mouth.hush();
    assert!(matches!(mouth.wait(LONG), Some(Spoke::Ended { hushed: true, .. })));
    assert!(asked.elapsed() < Duration::from_millis(150));
}

#[test]
fn what_cannot_be_heard_is_told_once_and_the_product_goes_on() {
    let absent = Engine { program: "no-such-speaker".into(), args: vec![] };
    let mouth = Mouth::start(Box::new(Synthesizer::new(absent)), Box::new(NoOutput)).unwrap();
    mouth.say("one", Urgency::Plain);
    mouth.say("two", Urgency::Plain);
    assert!(
        matches!(mouth.wait(LONG), Some(Spoke::Mute(why)) if why.contains("not installed") && why.contains("hint:"))
    );
    let mouth = Mouth::start(Box::new(Hum), Box::new(PlayerProcess::command("false", &[]))).unwrap();
    mouth.say("one", Urgency::Plain);
    assert!(matches!(mouth.wait(LONG), Some(Spoke::Began { .. })));
    assert!(matches!(mouth.wait(LONG), Some(Spoke::Mute(why)) if why.contains("plays nothing")));
}
