//! The client of the language-model worker: submit, poll, drop. It starts the process, keeps deadlines, kills and restarts
//! it, and never makes its caller wait unless asked to. Must not know the engine.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::PoisonError,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, bounded};
use fieldwright_guide::{
    event::{RequestId, WorkerState},
    model::{ModelReply, ModelTask},
};
use tokio::sync::mpsc;

use crate::supervisor::{self, Order, Submitted, Unseen};

/// How to start the worker.
#[derive(Clone, Debug)]
pub struct WorkerSpec {
    /// The program.
    pub program: PathBuf,
    /// Its arguments: the model among them.
    pub arguments: Vec<String>,
    /// Where its standard error goes, with a line for each death; it is never shown on the screen.
    pub log: PathBuf,
    /// Bound on its address space, bytes; `None` for none.
    pub memory_bytes: Option<u64>,
}

/// How patient the client is with its worker.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// How long loading may take.
    pub load: Duration,
    /// How long after a request's deadline a silent worker is killed: it should have said that it is late.
    pub grace: Duration,
    /// The first restart follows at once, the second after this; the wait about doubles with each death until a request
    /// is answered.
    pub first: Duration,
    /// The longest wait before a restart.
    pub longest: Duration,
    /// Deaths in a row, with nothing answered between them, after which the worker is not started again.
    pub deaths_allowed: u32,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            load: Duration::from_mins(1),
            grace: Duration::from_millis(500),
            first: Duration::from_millis(250),
            longest: Duration::from_secs(15),
            deaths_allowed: 8,
        }
    }
}

/// What the client tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelEvent {
    /// The worker's state changed.
    State(WorkerState),
    /// A task is done, or will not be (`None`): every task that was submitted gets exactly one of these.
    Reply {
        /// Which.
        id: RequestId,
        /// What, unverified.
        reply: Option<ModelReply>,
    },
}

/// Tasks that may be unanswered at a time; further ones are refused at once.
const MOST_OWED: usize = 16;

/// A worker process and the thread that watches it. Dropping it ends both.
#[derive(Debug)]
pub struct ModelClient {
    /// `None` once the worker is being stopped.
    orders: Option<mpsc::Sender<Order>>,
    events: Receiver<ModelEvent>,
    unseen: Unseen,
    /// Answered here, without the worker.
    refused: VecDeque<RequestId>,
    owed: usize,
    thread: Option<JoinHandle<()>>,
    name: Option<String>,
}

impl ModelClient {
    /// Starts the worker in the background; its states come as events.
    pub fn start(spec: WorkerSpec) -> Self {
        Self::start_with(spec, Waits::default())
    }

    /// As [`ModelClient::start`], with another patience.
    pub fn start_with(spec: WorkerSpec, waits: Waits) -> Self {
        let (orders, incoming) = mpsc::channel(2 * MOST_OWED);
        // Room for every reply that can be owed and for as many states: the supervisor never waits for its caller.
        let (outgoing, events) = bounded(2 * MOST_OWED);
        let unseen = Unseen::default();
        let theirs = Unseen::clone(&unseen);
        let failed = outgoing.clone();
        let thread = std::thread::Builder::new()
            .name("model client".to_owned())
            .spawn(move || supervisor::run(spec, waits, incoming, outgoing, theirs));
        if let Err(error) = &thread {
            let state = WorkerState::Failed(format!("cannot start a thread for the language model: {error}"));
            // The channel is new, so there is room.
            drop(failed.try_send(ModelEvent::State(state)));
        }
        Self {
            orders: thread.is_ok().then_some(orders),
            events,
            unseen,
            refused: VecDeque::new(),
            owed: 0,
            thread: thread.ok(),
            name: None,
        }
    }

    /// Puts a task in line, to be answered within `deadline_s` seconds from now: also while the worker loads or is being
    /// restarted. Never waits. False when it is refused because too many are in line; its reply, nothing, comes all the same.
    pub fn submit(&mut self, id: RequestId, task: &ModelTask, deadline_s: f64) -> bool {
        // Nothing for negative or absurd spans, a day at most.
        let deadline = Duration::try_from_secs_f64(deadline_s).unwrap_or_default().min(Duration::from_hours(24));
        let order = Order::Ask(Submitted { id, task: task.clone(), due: Instant::now() + deadline });
        let taken = self.owed < MOST_OWED && self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok());
        if taken {
            self.owed += 1;
        } else {
            self.refused.push_back(id);
        }
        taken
    }

    /// What happened since the last call; never waits.
    pub fn poll(&mut self) -> Vec<ModelEvent> {
        let mut events: Vec<_> = self.refused.drain(..).map(|id| ModelEvent::Reply { id, reply: None }).collect();
        while let Ok(event) = self.events.try_recv() {
            self.note(&event);
            events.push(event);
        }
        let unseen = self.unseen.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(state) = unseen {
            let event = ModelEvent::State(state);
            self.note(&event);
            events.push(event);
        }
        events
    }

    /// As [`ModelClient::poll`], but waits up to `limit` for the first event.
    pub fn wait(&mut self, limit: Duration) -> Vec<ModelEvent> {
        let mut events = self.poll();
        if events.is_empty()
            && let Ok(event) = self.events.recv_timeout(limit)
        {
            self.note(&event);
            events.push(event);
            events.extend(self.poll());
        }
        events
    }

    /// Name of the loaded model, while it is ready.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Tasks whose reply has not been polled.
    pub fn owed(&self) -> usize {
        self.owed + self.refused.len()
    }

    /// Kills the worker, as a crash would; it is restarted.
    pub fn kill(&mut self) {
        if let Some(orders) = &self.orders {
            // A full line means that the worker hangs, and its deadline will kill it.
            drop(orders.try_send(Order::Kill));
        }
    }

    fn note(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::State(WorkerState::Ready(name)) => self.name = Some(name.clone()),
            ModelEvent::State(_) => self.name = None,
            ModelEvent::Reply { .. } => self.owed -= 1,
        }
    }
}

impl Drop for ModelClient {
    /// Ends the worker: its input is closed, and it is killed where it does not end within a moment.
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed already, and has ended the child.
            drop(thread.join());
        }
    }
}
