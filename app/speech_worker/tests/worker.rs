//! The real worker with a model of random numbers: what it says means nothing, but that it says it, when, and what it
//! survives does.

mod support;

use std::time::{Duration, Instant};

use fieldwright_guide::{command::graph::WordGraph, event::WorkerState};
use fieldwright_workers::{
    client::Waits,
    speech::{self, LikelyPhrase, Phrases, SpeechTask},
};
use support::{noise, reply, start, task};

fn waits() -> Waits {
    // Never killed for being late on a busy machine: what is tested is that it ends by itself.
    Waits { grace: support::LOAD, ..speech::waits() }
}

#[test]
fn an_utterance_becomes_words_in_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = start(&support::written(folder.path()), folder.path(), waits());
    let spoken = noise(2.0, 3);
    client.submit(1, &spoken, 60.0);
    let (first, _) = reply(&mut client, 1);
    let first = first.unwrap();
    assert_eq!(first.text.split_whitespace().count(), first.words.len());
    let mut last = 0.0;
    for word in &first.words {
        assert!(last <= word.start_s && word.start_s <= word.end_s && word.end_s <= 2.0, "{word:?}");
        assert!((0.0..=1.0).contains(&word.confidence), "{word:?}");
        last = word.start_s;
    }
    // The same sound gives the same words; interim text is the first that comes, not the likeliest.
    client.submit(2, &spoken, 60.0);
    assert_eq!(reply(&mut client, 2).0.unwrap().text, first.text);
    assert!(first.words.is_empty() || first.words.last().unwrap().end_s > 1.0, "{:?}", first.words.last());
    client.submit(3, &SpeechTask { interim: true, ..spoken }, 60.0);
    let interim = reply(&mut client, 3).0.unwrap();
    assert!(!interim.text.is_empty() && interim.words.is_empty(), "{interim:?}");
}

#[test]
fn phrases_are_told_beside_the_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = start(&support::written(folder.path()), folder.path(), waits());
    client.submit(1, &noise(2.0, 3), 60.0);
    let plain = reply(&mut client, 1).0.unwrap();
    // Two phrases: what was heard, and another word of the random model.
    let words: Vec<String> = plain.text.split_whitespace().map(str::to_owned).collect();
    let (end, other) = (words.len() as u32, support::word(1017));
    let mut next: Vec<Vec<(String, u32)>> = words.into_iter().zip(1..).map(|edge| vec![edge]).collect();
    next[0].push((other.clone(), end));
    next.push(Vec::new());
    let graph = WordGraph { ends: (0..=end).map(|state| state == end).collect(), next };
    let listening = SpeechTask { phrases: Phrases(graph.into()), ..noise(2.0, 3) };
    client.submit(2, &listening, 60.0);
    let told = reply(&mut client, 2).0.unwrap();
    assert_eq!(told.text, plain.text, "what is listened for bends no words");
    assert!((plain.log, plain.phrases.len()) == (0.0, 0) && told.log < 0.0);
    let texts: Vec<&str> = told.phrases.iter().map(|phrase| phrase.text.as_str()).collect();
    assert!(texts[0] == plain.text && texts[1..].iter().all(|text| *text == other), "{texts:?}");
    assert!((told.phrases[0].log - told.log).abs() < 1e-2, "as likely as the words that it has: {told:?}");
    assert!(told.phrases.is_sorted_by(|a, b| a.log >= b.log) && told.phrases.iter().all(|phrase| phrase.log < 0.0));
    client.submit(3, &listening, 60.0);
    let again = reply(&mut client, 3).0.unwrap().phrases;
    // But for the last digits, which the engine's threads leave open.
    assert_eq!(again.len(), told.phrases.len());
    let same = |(a, b): (&LikelyPhrase, &LikelyPhrase)| a.text == b.text && (a.log - b.log).abs() < 1e-2;
    assert!(
        again.iter().zip(&told.phrases).all(same),
        "what was asked before is remembered: {again:?} {:?}",
        told.phrases
    );
}

#[test]
fn sounds_of_every_kind_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = start(&support::written(folder.path()), folder.path(), waits());
    let silence = task(vec![0; 32_000]);
    let hum = task(vec![3; 16_000]);
    let long_prompt = SpeechTask { prompt: "fuel filter element \u{0}\u{7} µ ".repeat(2000), ..noise(1.0, 4) };
    for (id, (task, silent)) in [
        (silence, true),
        (hum, true),
        (task(Vec::new()), true),
        (task(vec![i16::MIN]), false),
        (task([i16::MIN, i16::MAX].repeat(8000)), false),
        (noise(0.03, 1), false),
        (noise(30.0, 2), false),
        (long_prompt, false),
        (SpeechTask { whole_window: true, ..noise(1.0, 5) }, false),
    ]
    .into_iter()
    .enumerate()
    {
        client.submit(id as u64, &task, 60.0);
        let reply = reply(&mut client, id as u64).0;
        let said = reply.unwrap_or_else(|| panic!("{id}: {task:?} was not answered"));
        assert!(!silent || (said.text.is_empty() && said.no_speech > 0.99), "{id}: {said:?}");
    }
    client.submit(99, &noise(30.1, 2), 60.0);
    assert_eq!(reply(&mut client, 99).0, None, "longer than any model takes");
    let log = std::fs::read_to_string(folder.path().join("worker.log")).unwrap();
    assert!(log.contains("an utterance of 30.1 s, at most 30 s"), "{log}");
    assert!(!log.contains("worker ended"), "it never died: {log}");
}

#[test]
fn a_deadline_ends_the_work_and_not_the_worker() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = start(&support::written(folder.path()), folder.path(), waits());
    client.submit(1, &noise(0.5, 1), 60.0);
    assert!(reply(&mut client, 1).0.is_some());
    let long = SpeechTask { whole_window: true, ..noise(29.0, 1) };
    client.submit(2, &long, 0.05);
    let (late, states) = reply(&mut client, 2);
    assert_eq!((late, states), (None, Vec::new()));
    client.submit(3, &noise(0.5, 1), 60.0);
    let (next, states) = reply(&mut client, 3);
    assert!(next.is_some() && states.is_empty(), "the same process answers the next one: {states:?}");
    let log = std::fs::read_to_string(folder.path().join("worker.log")).unwrap();
    assert!(log.contains("request 2: out of time"), "{log}");
}

#[test]
fn what_is_called_off_ends_soon_and_the_worker_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = start(&support::written(folder.path()), folder.path(), waits());
    client.submit(1, &noise(0.5, 1), 60.0);
    assert!(reply(&mut client, 1).0.is_some());
    let long = SpeechTask { whole_window: true, ..noise(29.0, 1) };
    client.submit(2, &long, 60.0);
    client.submit(3, &long, 60.0);
    client.submit(4, &noise(0.5, 1), 60.0);
    client.cancel(3);
    client.cancel(2);
    let mut answered = std::collections::BTreeMap::new();
    let mut states = Vec::new();
    while answered.len() < 3 {
        for event in client.wait(support::LOAD) {
            match event {
                speech::SpeechEvent::Reply { id, reply } => {
                    assert!(answered.insert(id, reply.is_some()).is_none(), "answered twice: {id}");
                }
                speech::SpeechEvent::State(state) => states.push(state),
            }
        }
    }
    assert_eq!(answered.into_iter().collect::<Vec<_>>(), [(2, false), (3, false), (4, true)]);
    assert_eq!(states, [], "no restart");
    let log = std::fs::read_to_string(folder.path().join("worker.log")).unwrap();
    assert!(log.contains("request 2: called off"), "{log}");
}

#[test]
fn a_worker_killed_in_mid_utterance_is_back_within_two_seconds_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = start(&support::written(folder.path()), folder.path(), waits());
    let spoken = noise(6.0, 9);
    client.submit(1, &spoken, 60.0);
    let whole = reply(&mut client, 1).0.unwrap();
    client.submit(2, &spoken, 60.0);
    let killed = Instant::now();
    client.kill();
    let (again, states) = reply(&mut client, 2);
    let took = killed.elapsed();
    assert_eq!(again.unwrap().text, whole.text, "the utterance is transcribed again");
    assert!(
        matches!(states.as_slice(), [WorkerState::Failed(_), WorkerState::Starting, WorkerState::Ready(_)]),
        "{states:?}"
    );
    assert!(took < Duration::from_secs(2), "{took:?}");
}
