//! The contract of the model client, on a worker that follows a script: whatever the worker does, every task is answered
//! once, the state tells the truth, and the next task gets its chance. Nothing here sleeps: every wait is for an event.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    collections::VecDeque,
    path::PathBuf,
    time::{Duration, Instant},
};

use fieldwright_guide::{
    event::WorkerState,
    model::{Intent, ModelReply, ModelTask},
};
use fieldwright_workers::client::{ModelClient, ModelEvent, Waits, WorkerSpec};
use tempfile::TempDir;

/// Far longer than anything here takes: reached only by a failing test.
const LONG_S: f64 = 60.0;

struct Fixture {
    folder: TempDir,
    client: ModelClient,
    /// Polled, and not looked at yet.
    events: VecDeque<ModelEvent>,
}

fn start(manner: &str) -> Fixture {
    start_with(manner, |_, _| {})
}

fn start_with(manner: &str, change: impl FnOnce(&mut WorkerSpec, &mut Waits)) -> Fixture {
    let folder = TempDir::new().unwrap();
    let mut spec = WorkerSpec {
        program: PathBuf::from(env!("CARGO_BIN_EXE_fieldwright-scripted-worker")),
        arguments: vec![manner.to_owned(), folder.path().join("marker").display().to_string()],
        log: folder.path().join("logs/worker.log"),
        memory_bytes: Some(1 << 30),
    };
    let mut waits = Waits {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        grace: Duration::from_millis(20),
        ..Waits::default()
    };
    change(&mut spec, &mut waits);
    Fixture { client: ModelClient::start_with(spec, waits), folder, events: VecDeque::new() }
}

impl Fixture {
    /// Waits until `wanted` yields; what happened before that is passed over.
    fn until<T>(&mut self, mut wanted: impl FnMut(&ModelEvent) -> Option<T>) -> T {
        let start = Instant::now();
        let mut seen = Vec::new();
        while start.elapsed().as_secs_f64() < LONG_S {
            while let Some(event) = self.events.pop_front() {
                if let Some(found) = wanted(&event) {
                    return found;
                }
                seen.push(event);
            }
            self.events.extend(self.client.wait(Duration::from_secs(1)));
        }
        panic!("never happened; instead: {seen:?}; log: {}", self.log())
    }

    fn state(&mut self, mut wanted: impl FnMut(&WorkerState) -> bool) -> WorkerState {
        self.until(|event| match event {
            ModelEvent::State(state) if wanted(state) => Some(state.clone()),
            _ => None,
        })
    }

    fn failed(&mut self) -> String {
        match self.state(|state| matches!(state, WorkerState::Failed(_))) {
            WorkerState::Failed(why) => why,
            _ => unreachable!(),
        }
    }

    fn ready(&mut self) {
        self.state(|state| matches!(state, WorkerState::Ready(_)));
    }

    fn ask(&mut self, id: u64, request: &str, deadline_s: f64) -> Option<ModelReply> {
        self.client.submit(id, &understand(request), deadline_s);
        self.reply(id)
    }

    fn reply(&mut self, id: u64) -> Option<ModelReply> {
        self.until(|event| match event {
            ModelEvent::Reply { id: of, reply } if *of == id => Some(reply.clone()),
            _ => None,
        })
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("logs/worker.log")).unwrap_or_default()
    }
}

fn understand(request: &str) -> ModelTask {
    ModelTask::Understand { request: request.to_owned() }
}

const ASK_FACT: Option<ModelReply> = Some(ModelReply::Intent(Intent::AskFact));

#[test]
fn a_well_worker_starts_and_answers() {
    let mut it = start("well");
    assert_eq!(it.state(|_| true), WorkerState::Starting);
    assert_eq!(it.state(|_| true), WorkerState::Ready("scripted".to_owned()));
    assert_eq!(it.client.name(), Some("scripted"));
    assert_eq!(it.ask(7, "how tight", LONG_S), ASK_FACT);
    assert_eq!(it.client.owed(), 0);
}

#[test]
fn tasks_wait_for_a_starting_worker_and_are_answered_in_order() {
    let mut it = start("well");
    for id in 1..=16 {
        assert!(it.client.submit(id, &understand("well"), LONG_S));
    }
    let answered: Vec<u64> = (1..=16)
        .map(|_| {
            it.until(|event| match event {
                ModelEvent::Reply { id, reply: Some(_) } => Some(*id),
                _ => None,
            })
        })
        .collect();
    assert_eq!(answered, (1..=16).collect::<Vec<_>>());
    assert_eq!(it.client.owed(), 0);
}

#[test]
fn a_task_too_many_is_refused_at_once_and_the_others_are_not_disturbed() {
    let mut it = start("well");
    let taken: Vec<bool> = (0..17).map(|id| it.client.submit(id, &understand("well"), LONG_S)).collect();
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 16);
    let mut replies = std::collections::BTreeMap::new();
    while it.client.owed() > 0 {
        for event in it.client.wait(Duration::from_secs(1)) {
            if let ModelEvent::Reply { id, reply } = event {
                assert!(replies.insert(id, reply.is_some()).is_none(), "answered twice: {id}");
            }
        }
    }
    assert_eq!(replies.into_values().collect::<Vec<_>>(), taken);
}

/// Whatever ends the worker: its task is answered with nothing, the state says so, and the next task is answered.
fn check_recovers(request: &str, deadline_s: f64, why: &str) {
    let mut it = start("well");
    it.ready();
    it.client.submit(1, &understand(request), deadline_s);
    let mut reply = None;
    let mut failed = None;
    it.until(|event| {
        match event {
            ModelEvent::Reply { id: 1, reply: of } => reply = Some(of.clone()),
            ModelEvent::State(WorkerState::Failed(words)) => failed = Some(words.clone()),
            _ => {}
        }
        (reply.is_some() && failed.is_some()).then_some(())
    });
    assert_eq!(reply, Some(None), "{request}");
    let failed = failed.unwrap();
    assert!(failed.contains(why), "{request}: {failed}");
    assert_eq!(it.ask(2, "well", LONG_S), ASK_FACT, "{request}: after the restart");
    assert!(it.log().contains(why), "{request}: the log has it too");
}

#[test]
fn a_worker_that_dies_is_restarted() {
    check_recovers("die", LONG_S, "signal 6");
}

#[test]
fn a_worker_that_hangs_is_killed_and_restarted() {
    check_recovers("hang", 0.05, "did not answer in time");
    check_recovers("half", 0.05, "did not answer in time");
}

#[test]
fn a_worker_that_talks_nonsense_is_killed_and_restarted() {
    check_recovers("garbage", LONG_S, "not intelligible");
    check_recovers("flood", LONG_S, "message of 4294967295 bytes");
    check_recovers("print", LONG_S, "not intelligible");
    check_recovers("other-id", LONG_S, "not asked");
    check_recovers("ready-again", LONG_S, "not asked");
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_that_wants_too_much_memory_gets_none() {
    check_recovers("memory", LONG_S, "signal 6");
}

#[test]
fn a_killed_worker_comes_back() {
    let mut it = start("well");
    it.ready();
    it.client.submit(1, &understand("hang"), LONG_S);
    it.client.kill();
    assert_eq!(it.reply(1), None);
    assert!(it.failed().contains("killed"));
    it.ready();
    assert_eq!(it.ask(2, "well", LONG_S), ASK_FACT);
}

#[test]
fn a_worker_that_is_late_by_its_own_word_lives_on() {
    let mut it = start("well");
    it.ready();
    assert_eq!(it.ask(1, "late", LONG_S), None);
    assert_eq!(it.ask(2, "well", LONG_S), ASK_FACT);
    assert_eq!(it.client.name(), Some("scripted"));
    assert!(it.log().contains("request 1: out of time"), "{}", it.log());
}

#[test]
fn a_task_that_was_queued_behind_a_hanging_one_is_answered_in_time() {
    let mut it = start("well");
    it.ready();
    it.client.submit(1, &understand("hang"), 0.2);
    it.client.submit(2, &understand("well"), 0.01);
    it.client.submit(3, &understand("well"), LONG_S);
    assert_eq!(it.reply(2), None, "its time ran out while it waited");
    assert_eq!(it.reply(1), None);
    assert_eq!(it.reply(3), ASK_FACT, "it had time for the restart");
}

#[test]
fn a_task_that_does_not_fit_a_message_is_answered_with_nothing() {
    let mut it = start("well");
    assert_eq!(it.ask(1, &"long ".repeat(1 << 20), LONG_S), None);
    assert_eq!(it.ask(2, "well", LONG_S), ASK_FACT);
}

#[test]
fn a_useless_worker_is_not_started_again_and_says_why() {
    let mut it = start("useless");
    assert_eq!(it.failed(), "no such model");
    assert_eq!(it.ask(2, "well", LONG_S), None);
    assert!(!it.client.poll().iter().any(|event| matches!(event, ModelEvent::State(_))));
}

#[test]
fn a_worker_that_dies_once_while_loading_is_tried_again() {
    let mut it = start("dies-once");
    assert!(it.failed().contains("signal 6"));
    assert_eq!(it.state(|state| *state != WorkerState::Starting), WorkerState::Ready("reborn".to_owned()));
    assert_eq!(it.ask(1, "well", LONG_S), ASK_FACT);
}

#[test]
fn a_worker_that_never_loads_is_given_up() {
    for manner in ["dies", "ends"] {
        let mut it = start_with(manner, |_, waits| waits.deaths_allowed = 3);
        let why = loop {
            let why = it.failed();
            if why.contains("in a row") {
                break why;
            }
        };
        assert!(why.contains("3 times") && why.contains("hint: see "), "{why}");
        assert_eq!(it.ask(1, "well", LONG_S), None);
    }
}

#[test]
fn a_worker_that_hangs_while_loading_is_killed() {
    let mut it = start_with("hangs", |_, waits| waits.load = Duration::from_millis(30));
    assert!(it.failed().contains("did not load its model in time"));
}

#[test]
fn a_missing_program_is_a_state_not_a_panic() {
    let mut it = start_with("well", |spec, _| spec.program = PathBuf::from("/nowhere/fieldwright-llm"));
    let why = it.failed();
    assert!(why.contains("cannot start worker `/nowhere/fieldwright-llm`") && why.contains("hint:"), "{why}");
    assert_eq!(it.ask(1, "well", LONG_S), None);
}

#[test]
fn states_that_nobody_polls_neither_block_nor_hide_the_last_one() {
    let mut it = start_with("dies", |_, waits| waits.deaths_allowed = 40);
    // It goes through all its lives without us: twice as many states as there is room for.
    while !it.log().contains("40 times in a row") {
        std::thread::yield_now();
    }
    // The reply and the last state are told, in either order; no state follows the last.
    it.client.submit(1, &understand("well"), LONG_S);
    let (mut answered, mut last) = (false, None);
    let gave_up = |state: &WorkerState| matches!(state, WorkerState::Failed(why) if why.contains("40 times in a row"));
    it.until(|event| {
        match event {
            ModelEvent::Reply { id, reply } => {
                assert_eq!((*id, reply.as_ref()), (1, None));
                answered = true;
            }
            ModelEvent::State(state) => last = Some(state.clone()),
        }
        (answered && last.as_ref().is_some_and(gave_up)).then_some(())
    });
    assert!(!it.client.poll().iter().any(|event| matches!(event, ModelEvent::State(_))));
    let mut it = start_with("dies", |_, waits| waits.deaths_allowed = 40);
    it.state(|state| matches!(state, WorkerState::Failed(why) if why.contains("40 times in a row")));
}

#[test]
#[cfg(target_os = "linux")]
fn the_worker_is_bounded_and_its_engine_told_to_be_quiet() {
    let mut it = start("bounds");
    // The bound is set just after the start; a worker that reads its own at once may be quicker.
    loop {
        let WorkerState::Ready(words) = it.state(|state| matches!(state, WorkerState::Ready(_))) else {
            unreachable!()
        };
        assert!(words.starts_with("passive 1 "), "{words}");
        if words.contains(&(1_u64 << 30).to_string()) {
            break;
        }
        it.client.kill();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn dropping_the_client_ends_a_hanging_worker() {
    let mut it = start("well");
    it.ready();
    it.client.submit(1, &understand("hang"), LONG_S);
    let marker = it.folder.path().join("marker").display().to_string();
    let alive = || {
        std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("cmdline")).ok())
            .any(|command| command.contains(&marker))
    };
    assert!(alive());
    drop(it);
    assert!(!alive());
}

#[test]
fn a_task_whose_worker_died_is_given_to_the_next_one_where_that_is_wanted() {
    let mut it = start_with("well", |_, waits| waits.tries_again = 1);
    it.ready();
    assert_eq!(it.ask(1, "die-once", LONG_S), ASK_FACT);
    assert_eq!(it.ask(2, "die", LONG_S), None, "what kills every worker comes to an end");
    assert_eq!(it.ask(3, "well", LONG_S), ASK_FACT);
    assert_eq!(it.log().matches("signal 6").count(), 3, "{}", it.log());
}

#[test]
fn what_is_called_off_while_it_waits_is_answered_with_nothing_and_never_asked() {
    let mut it = start("well");
    it.ready();
    it.client.submit(1, &understand("hang"), 0.3);
    it.client.submit(2, &understand("die"), LONG_S);
    it.client.submit(3, &understand("well"), LONG_S);
    it.client.cancel(2);
    // A worker that does not listen goes on with what it has.
    it.client.cancel(1);
    it.client.cancel(99);
    assert_eq!(it.reply(2), None);
    assert_eq!(it.reply(1), None);
    assert_eq!(it.reply(3), ASK_FACT);
    assert!(!it.log().contains("signal 6"), "{}", it.log());
}
