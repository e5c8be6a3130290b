//! A session's ear with the real worker: every utterance comes back once, whatever happens to the worker.

mod support;

use std::time::{Duration, Instant};

use fieldwright_guide::{
    command::heard::Heard,
    event::{Event, WorkerState},
};
use fieldwright_session::hearing::Hearing;
use fieldwright_workers::speech;
use support::noise;

/// Events until one is wanted; those before it are given too.
fn until(hearing: &mut Hearing, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    let started = Instant::now();
    while started.elapsed() < Duration::from_mins(1) {
        for event in hearing.wait(Duration::from_secs(1)) {
            let found = wanted(&event);
            seen.push(event);
            if found {
                return seen;
            }
        }
    }
    panic!("never happened; instead: {seen:?}")
}

fn is_ready(event: &Event) -> bool {
    matches!(event, Event::Worker { name, state: WorkerState::Ready(_) } if name == "speech")
}

fn is_heard(event: &Event) -> bool {
    matches!(event, Event::Heard(_))
}

#[test]
fn utterances_are_heard_once_and_in_order_and_interim_text_gives_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = support::written(folder.path());
    let mut hearing = Hearing::new(support::start(&model, folder.path(), speech::waits()));
    until(&mut hearing, is_ready);
    let sound = noise(3.0, 5).sound.to_f32();
    hearing.speaking(&sound[..8000]);
    hearing.speaking(&sound[..16_000]);
    let seen = until(&mut hearing, |event| matches!(event, Event::Hearing(_)));
    assert_eq!(seen.len(), 1, "too short a beginning is passed over: {seen:?}");
    assert!(!hearing.busy());
    // The whole utterance does not wait for the text of its own beginning.
    hearing.speaking(&sound[..40_000]);
    hearing.spoken(&sound);
    hearing.spoken(&noise(1.0, 6).sound.to_f32());
    assert!(hearing.busy());
    let first = until(&mut hearing, is_heard);
    let second = until(&mut hearing, is_heard);
    assert!(first.iter().chain(&second).all(|event| is_heard(event) || matches!(event, Event::Hearing(_))));
    assert!(!hearing.busy() && hearing.latest_ms().is_some());
    // Silence is heard as nothing.
    hearing.spoken(&vec![0.0; 8000]);
    assert_eq!(until(&mut hearing, |event| !is_heard(event)), [Event::Hearing(String::new())]);
}

#[test]
fn an_utterance_under_way_when_the_worker_is_killed_is_heard_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = support::written(folder.path());
    let mut hearing = Hearing::new(support::start(&model, folder.path(), speech::waits()));
    until(&mut hearing, is_ready);
    let sound = noise(4.0, 8).sound.to_f32();
    hearing.spoken(&sound);
    let undisturbed = until(&mut hearing, is_heard).pop();
    hearing.spoken(&sound);
    let killed = Instant::now();
    hearing.kill();
    let seen = until(&mut hearing, is_heard);
    assert!(killed.elapsed() < Duration::from_secs(2), "{:?}", killed.elapsed());
    assert!(seen.iter().any(is_ready), "{seen:?}");
    // The likelihoods of two runs differ in their last digits.
    let text = |event: Option<&Event>| match event {
        Some(Event::Heard(heard)) => heard.text(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text(seen.last()), text(undisturbed.as_ref()));
}

#[test]
fn an_utterance_that_no_worker_can_take_is_told_as_not_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.bin");
    let mut hearing = Hearing::new(support::start(&missing, folder.path(), speech::waits()));
    hearing.spoken(&noise(1.0, 1).sound.to_f32());
    let seen = until(&mut hearing, is_heard);
    assert_eq!(seen.last(), Some(&Event::Heard(Heard::evenly("…", 0.0))));
    let failed = |event: &Event| matches!(event, Event::Worker { state: WorkerState::Failed(why), .. } if why.contains("hint: "));
    assert!(seen.iter().any(failed), "{seen:?}");
}
