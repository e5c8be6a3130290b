//! The contract of the client, on a worker that behaves and on workers that do not. Nothing here sleeps: every wait is for an
//! event that must come.

use std::time::{Duration, Instant};

use fieldwright_guide::{
    event::WorkerState,
    model::{ModelReply, ModelTask},
};
use fieldwright_workers::client::{ModelClient, ModelEvent, WorkerSpec};

fn start(manner: &str) -> (ModelClient, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let client = ModelClient::start(WorkerSpec {
        program: env!("CARGO_BIN_EXE_fieldwright-scripted-worker").into(),
        arguments: vec![manner.to_owned()],
        log: folder.path().join("worker.log"),
        memory_bytes: Some(4 << 30),
    });
    (client, folder)
}

/// Events up to and with the first that is wanted.
fn until(client: &mut ModelClient, wanted: impl Fn(&ModelEvent) -> bool) -> Vec<ModelEvent> {
    let started = Instant::now();
    let mut events = Vec::new();
    while !events.iter().any(&wanted) {
        assert!(started.elapsed() < Duration::from_secs(30), "never came; had {events:?}");
        events.extend(client.wait(Duration::from_millis(200)));
    }
    events
}

fn is_ready(event: &ModelEvent) -> bool {
    matches!(event, ModelEvent::State(WorkerState::Ready(_)))
}

fn is_failed(event: &ModelEvent) -> bool {
    matches!(event, ModelEvent::State(WorkerState::Failed(_)))
}

fn map_reply() -> ModelTask {
    ModelTask::MapReply { question: "q".into(), answers: vec!["a".into(), "b".into()], reply: "r".into() }
}

#[test]
fn a_good_worker_answers() {
    let (mut client, _folder) = start("good");
    until(&mut client, is_ready);
    assert_eq!(client.name(), Some("scripted"));
    assert!(client.submit(3, &map_reply(), 10.0));
    let events = until(&mut client, |e| matches!(e, ModelEvent::Reply { id: 3, .. }));
    assert_eq!(events.last(), Some(&ModelEvent::Reply { id: 3, reply: Some(ModelReply::Mapped(Some(1))) }));
}

#[test]
fn a_hanging_worker_is_killed_at_the_deadline_and_restarted() {
    let (mut client, _folder) = start("hangs");
    until(&mut client, is_ready);
    assert!(client.submit(1, &map_reply(), 0.05));
    let events = until(&mut client, is_failed);
    assert!(events.contains(&ModelEvent::Reply { id: 1, reply: None }), "{events:?}");
    until(&mut client, is_ready);
}

#[test]
fn a_crash_answers_with_nothing_and_restarts() {
    let (mut client, _folder) = start("crashes");
    until(&mut client, is_ready);
    client.submit(9, &map_reply(), 10.0);
    let events = until(&mut client, is_failed);
    assert!(events.contains(&ModelEvent::Reply { id: 9, reply: None }), "{events:?}");
    until(&mut client, is_ready);
}

#[test]
fn a_killed_worker_comes_back() {
    let (mut client, _folder) = start("good");
    until(&mut client, is_ready);
    client.kill();
    until(&mut client, is_failed);
    until(&mut client, is_ready);
    client.submit(4, &map_reply(), 10.0);
    until(&mut client, |e| matches!(e, ModelEvent::Reply { id: 4, reply: Some(_) }));
}

#[test]
fn nonsense_and_floods_end_a_life_not_the_client() {
    for manner in ["nonsense", "floods"] {
        let (mut client, _folder) = start(manner);
        if manner == "floods" {
            until(&mut client, is_ready);
            client.submit(1, &map_reply(), 10.0);
        }
        until(&mut client, is_failed);
        client.submit(2, &map_reply(), 10.0);
        until(&mut client, |e| matches!(e, ModelEvent::Reply { id: 2, reply: None }));
    }
}

#[test]
fn a_useless_worker_is_not_restarted_and_says_why() {
    let (mut client, _folder) = start("useless");
    let events = until(&mut client, is_failed);
    assert_eq!(events.last(), Some(&ModelEvent::State(WorkerState::Failed("no such model".into()))));
    client.submit(5, &map_reply(), 10.0);
    let events = until(&mut client, |e| matches!(e, ModelEvent::Reply { id: 5, reply: None }));
    assert!(!events.iter().any(is_ready));
}

#[test]
fn a_missing_program_is_a_state_not_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = ModelClient::start(WorkerSpec {
        program: folder.path().join("none"),
        arguments: Vec::new(),
        log: folder.path().join("worker.log"),
        memory_bytes: None,
    });
    let events = until(&mut client, is_failed);
    assert!(
        matches!(events.last(), Some(ModelEvent::State(WorkerState::Failed(why))) if why.contains("none")),
        "{events:?}"
    );
}
