//! The client of the language-model worker: starts the process, keeps deadlines, kills and restarts it, and never makes its
//! caller wait unless asked to. Must not know the engine.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::PathBuf,
    process::Stdio,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use fieldwright_guide::{
    event::{RequestId, WorkerState},
    model::{ModelReply, ModelTask},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::mpsc,
};

use crate::message::{self, Answer, Request};

/// How to start the worker.
#[derive(Clone, Debug)]
pub struct WorkerSpec {
    /// The program.
    pub program: PathBuf,
    /// Its arguments: the model among them.
    pub arguments: Vec<String>,
    /// Where its standard error goes; it is never shown on the screen.
    pub log: PathBuf,
    /// Bound on its address space, bytes; `None` for none.
    pub memory_bytes: Option<u64>,
}

/// What the client tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelEvent {
    /// The worker's state changed.
    State(WorkerState),
    /// A task is done, or will not be (`None`).
    Reply {
        /// Which.
        id: RequestId,
        /// What.
        reply: Option<ModelReply>,
    },
}

/// A worker process and the thread that watches it.
#[derive(Debug)]
pub struct ModelClient {
    orders: Option<mpsc::Sender<Order>>,
    events: Receiver<ModelEvent>,
    thread: Option<JoinHandle<()>>,
    name: Option<String>,
}

#[derive(Debug)]
enum Order {
    Ask(Request),
    Kill,
}

/// Requests that may wait in line.
const LINE: usize = 32;

impl ModelClient {
    /// Starts the worker in the background; its states come as events.
    pub fn start(spec: WorkerSpec) -> Self {
        let (orders, incoming) = mpsc::channel(LINE);
        let (outgoing, events) = bounded(256);
        let thread = std::thread::Builder::new().name("model client".to_owned()).spawn(move || {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(watch(spec, incoming, outgoing)),
                Err(error) => {
                    // Nobody listens any more if this fails.
                    drop(outgoing.send(ModelEvent::State(WorkerState::Failed(error.to_string()))));
                }
            }
        });
        Self { orders: Some(orders), events, thread: thread.ok(), name: None }
    }

    /// Puts a task in line; false when the line is full or the client has given up.
    pub fn submit(&mut self, id: RequestId, task: &ModelTask, deadline_s: f64) -> bool {
        let deadline_ms = (deadline_s * 1e3) as u64;
        let request = Request { id, deadline_ms, task: task.clone() };
        self.orders.as_ref().is_some_and(|orders| orders.try_send(Order::Ask(request)).is_ok())
    }

    /// What happened since the last call; never waits.
    pub fn poll(&mut self) -> Vec<ModelEvent> {
        let events: Vec<ModelEvent> = self.events.try_iter().collect();
        self.note(&events);
        events
    }

    /// As [`ModelClient::poll`], but waits up to `limit` for the first event.
    pub fn wait(&mut self, limit: Duration) -> Vec<ModelEvent> {
        let mut events = match self.events.recv_timeout(limit) {
            Ok(event) => vec![event],
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Vec::new(),
        };
        events.extend(self.events.try_iter());
        self.note(&events);
        events
    }

    /// Name of the loaded model, once it is ready.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Kills the worker, as a crash would; it is restarted.
    pub fn kill(&mut self) {
        if let Some(orders) = &self.orders {
            // A full line means that the worker hangs, and its deadline will kill it.
            drop(orders.try_send(Order::Kill));
        }
    }

    fn note(&mut self, events: &[ModelEvent]) {
        for event in events {
            if let ModelEvent::State(WorkerState::Ready(name)) = event {
                self.name = Some(name.clone());
            }
        }
    }
}

impl Drop for ModelClient {
    fn drop(&mut self) {
        self.orders = None;
        while self.events.recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed already.
            drop(thread.join());
        }
    }
}

/// Waits between restarts, seconds; the last one repeats.
const BACK_OFF_S: [f64; 4] = [0.0, 0.5, 2.0, 10.0];

/// Runs the worker, again and again, until the client is dropped.
async fn watch(spec: WorkerSpec, mut orders: mpsc::Receiver<Order>, events: Sender<ModelEvent>) {
    let mut failures = 0_usize;
    loop {
        if events.send(ModelEvent::State(WorkerState::Starting)).is_err() {
            return;
        }
        let end = match spawn(&spec) {
            Ok(child) => live(child, &mut orders, &events).await,
            Err(error) => End::Died(format!("cannot start `{}`: {error}", spec.program.display()), false),
        };
        let (why, restart) = match end {
            End::Dropped => return,
            End::Useless(why) => (why, false),
            End::Died(why, was_ready) => {
                failures = if was_ready { 1 } else { failures + 1 };
                // A worker that never gets ready will not do so at the tenth try either.
                (why, failures < 6)
            }
        };
        if events.send(ModelEvent::State(WorkerState::Failed(why))).is_err() {
            return;
        }
        let pause = if restart { Some(BACK_OFF_S[(failures - 1).min(BACK_OFF_S.len() - 1)]) } else { None };
        if !refuse_while(pause, &mut orders, &events).await {
            return;
        }
    }
}

enum End {
    /// The client is gone.
    Dropped,
    /// The worker died or was killed; true if it had been ready.
    Died(String, bool),
    /// The worker says that it will never work.
    Useless(String),
}

/// Answers every request with nothing for `pause` seconds, or for ever. False when the client is gone.
async fn refuse_while(pause: Option<f64>, orders: &mut mpsc::Receiver<Order>, events: &Sender<ModelEvent>) -> bool {
    let until = pause.map(|seconds| tokio::time::Instant::now() + Duration::from_secs_f64(seconds));
    loop {
        let order = match until {
            Some(until) => match tokio::time::timeout_at(until, orders.recv()).await {
                Ok(order) => order,
                Err(_elapsed) => return true,
            },
            None => orders.recv().await,
        };
        match order {
            None => return false,
            Some(Order::Kill) => {}
            Some(Order::Ask(request)) => {
                if events.send(ModelEvent::Reply { id: request.id, reply: None }).is_err() {
                    return false;
                }
            }
        }
    }
}

/// One life of the worker.
async fn live(mut child: Child, orders: &mut mpsc::Receiver<Order>, events: &Sender<ModelEvent>) -> End {
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        return End::Died("the worker has no pipes".to_owned(), false);
    };
    let (answers, mut said) = mpsc::channel(8);
    let reader = tokio::spawn(listen(from, answers));
    let mut waiting: BTreeMap<RequestId, Instant> = BTreeMap::new();
    let mut ready = false;
    let end = loop {
        let deadline = waiting.values().min().copied();
        tokio::select! {
            order = orders.recv() => match order {
                None => break End::Dropped,
                Some(Order::Kill) => break End::Died("killed".to_owned(), ready),
                Some(Order::Ask(request)) => {
                    waiting.insert(request.id, Instant::now() + Duration::from_millis(request.deadline_ms));
                    if let Err(error) = send(&mut to, &request).await {
                        break End::Died(format!("the worker takes no requests: {error}"), ready);
                    }
                }
            },
            answer = said.recv() => match answer {
                Some(Ok(Answer::Ready { model })) => {
                    ready = true;
                    if events.send(ModelEvent::State(WorkerState::Ready(model))).is_err() { break End::Dropped; }
                }
                Some(Ok(Answer::Done { id, reply, .. })) => {
                    // An answer that nobody waits for any more is dropped.
                    if waiting.remove(&id).is_some() && events.send(ModelEvent::Reply { id, reply }).is_err() { break End::Dropped; }
                }
                Some(Ok(Answer::Useless { message })) => break End::Useless(message),
                Some(Err(error)) => break End::Died(format!("the worker talks nonsense: {error}"), ready),
                None => {
                    let status = child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
                    break End::Died(format!("the worker ended ({status})"), ready);
                }
            },
            () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now).into()), if deadline.is_some() => {
                break End::Died("a request took too long".to_owned(), ready);
            }
        }
    };
    // It may be gone already, which is what is wanted.
    drop(child.kill().await);
    reader.abort();
    for id in waiting.into_keys() {
        if events.send(ModelEvent::Reply { id, reply: None }).is_err() {
            return End::Dropped;
        }
    }
    end
}

/// Reads whole messages; a read is never cancelled half way, since it has a task of its own.
async fn listen(mut from: ChildStdout, answers: mpsc::Sender<io::Result<Answer>>) {
    loop {
        let mut length = [0; 4];
        if from.read_exact(&mut length).await.is_err() {
            return;
        }
        let answer = match message::checked_length(length) {
            Ok(length) => {
                let mut body = vec![0; length];
                if from.read_exact(&mut body).await.is_err() {
                    return;
                }
                message::parse(&body)
            }
            Err(error) => Err(error),
        };
        let broken = answer.is_err();
        if answers.send(answer).await.is_err() || broken {
            return;
        }
    }
}

async fn send(to: &mut ChildStdin, request: &Request) -> io::Result<()> {
    to.write_all(&message::frame(request)?).await?;
    to.flush().await
}

#[expect(unsafe_code, reason = "limits are set between fork and exec, where only the child can set them")]
fn spawn(spec: &WorkerSpec) -> io::Result<Child> {
    if let Some(folder) = spec.log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut command = Command::new(&spec.program);
    command
        .args(&spec.arguments)
        // Threads that wait must not spin on the core that draws.
        .env("OMP_WAIT_POLICY", "passive")
        // ggml would start a debugger on its own abort.
        .env("GGML_NO_BACKTRACE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(&spec.log)?)
        .kill_on_drop(true);
    let memory = spec.memory_bytes;
    // SAFETY: between fork and exec only async-signal-safe functions may be called; setrlimit and setpriority are.
    unsafe {
        command.pre_exec(move || {
            if let Some(bytes) = memory {
                let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
                if libc::setrlimit(libc::RLIMIT_AS, &raw const limit) != 0 {
                    return Err(io::Error::last_os_error());
                }
            }
            // Drawing goes first; a failure here only costs smoothness.
            let _niceness = libc::setpriority(libc::PRIO_PROCESS, 0, 5);
            Ok(())
        });
    }
    command.spawn()
}
