//! The client of a worker: submit, poll, drop. It starts the process, keeps deadlines, kills and restarts it, and never
//! makes its caller wait unless asked to. Must not know the engine, nor what the tasks are.

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

use crate::{
    message::Task,
    supervisor::{self, Order, Submitted, Unseen},
};

/// The client of the language model's worker.
pub type ModelClient = Client<ModelTask>;
/// What it tells.
pub type ModelEvent = ClientEvent<ModelReply>;

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
    /// How often a task whose worker died over it is given to the next one, while its time lasts. A task that kills every
    /// worker must come to an end.
    pub tries_again: u32,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            load: Duration::from_mins(1),
            grace: Duration::from_millis(500),
            first: Duration::from_millis(250),
            longest: Duration::from_secs(15),
            deaths_allowed: 8,
            tries_again: 0,
        }
    }
}

/// What the client tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent<R> {
    /// The worker's state changed.
    State(WorkerState),
    /// A task is done, or will not be (`None`): every task that was submitted gets exactly one of these.
    Reply {
        /// Which.
        id: RequestId,
        /// What, unverified.
        reply: Option<R>,
    },
}

/// Tasks that may be unanswered at a time; further ones are refused at once.
const MOST_OWED: usize = 16;

/// A worker process and the thread that watches it. Dropping it ends both.
#[derive(Debug)]
pub struct Client<T: Task> {
    /// `None` once the worker is being stopped.
    orders: Option<mpsc::Sender<Order<T>>>,
    events: Receiver<ClientEvent<T::Reply>>,
    unseen: Unseen,
    /// Answered here, without the worker.
    refused: VecDeque<RequestId>,
    owed: usize,
    thread: Option<JoinHandle<()>>,
    name: Option<String>,
}

impl<T: Task> Client<T> {
    /// Starts the worker in the background; its states come as events.
    pub fn start(spec: WorkerSpec) -> Self {
        Self::start_with(spec, Waits::default())
    }

    /// As [`Client::start`], with another patience.
    pub fn start_with(spec: WorkerSpec, waits: Waits) -> Self {
        let (orders, incoming) = mpsc::channel(2 * MOST_OWED);
        // Room for every reply that can be owed and for as many states: the supervisor never waits for its caller.
        let (outgoing, events) = bounded(2 * MOST_OWED);
        let unseen = Unseen::default();
        let theirs = Unseen::clone(&unseen);
        let failed = outgoing.clone();
        let thread = std::thread::Builder::new()
            .name("worker client".to_owned())
            .spawn(move || supervisor::run(spec, waits, incoming, outgoing, theirs));
        if let Err(error) = &thread {
            let state = WorkerState::Failed(format!("cannot start a thread for the {}: {error}", T::WORKER));
            // The channel is new, so there is room.
            drop(failed.try_send(ClientEvent::State(state)));
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
    pub fn submit(&mut self, id: RequestId, task: &T, deadline_s: f64) -> bool {
        // Nothing for negative or absurd spans, a day at most.
        let deadline = Duration::try_from_secs_f64(deadline_s).unwrap_or_default().min(Duration::from_hours(24));
        let order = Order::Ask(Submitted { id, task: task.clone(), due: Instant::now() + deadline, tried: 0 });
        let taken = self.owed < MOST_OWED && self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok());
        if taken {
            self.owed += 1;
        } else {
            self.refused.push_back(id);
        }
        taken
    }

    /// Calls a task off: its reply, nothing, comes soon. One that is done already, or that its worker cannot leave, is
    /// answered as it would have been.
    pub fn cancel(&mut self, id: RequestId) {
        if let Some(orders) = &self.orders {
            // A full line means that the worker hangs: the deadline ends the task.
            drop(orders.try_send(Order::Cancel(id)));
        }
    }

    /// What happened since the last call; never waits.
    pub fn poll(&mut self) -> Vec<ClientEvent<T::Reply>> {
        let mut events: Vec<_> = self.refused.drain(..).map(|id| ClientEvent::Reply { id, reply: None }).collect();
        while let Ok(event) = self.events.try_recv() {
            self.note(&event);
            events.push(event);
        }
        let unseen = self.unseen.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(state) = unseen {
            let event = ClientEvent::State(state);
            self.note(&event);
            events.push(event);
        }
        events
    }

    /// As [`Client::poll`], but waits up to `limit` for the first event.
    pub fn wait(&mut self, limit: Duration) -> Vec<ClientEvent<T::Reply>> {
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

    fn note(&mut self, event: &ClientEvent<T::Reply>) {
        match event {
            ClientEvent::State(WorkerState::Ready(name)) => self.name = Some(name.clone()),
            ClientEvent::State(_) => self.name = None,
            ClientEvent::Reply { .. } => self.owed -= 1,
        }
    }
}

impl<T: Task> Drop for Client<T> {
    /// Ends the worker: its input is closed, and it is killed where it does not end within a moment.
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed already, and has ended the child.
            drop(thread.join());
        }
    }
}
