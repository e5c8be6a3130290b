//! The life of one worker process, on a thread of its own: start, bound, feed, time, kill, restart.
//! Must not know: what the worker does, who asks.

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, TrySendError};
use fieldwright_guide::event::{RequestId, WorkerState};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::mpsc,
    time::{sleep_until, timeout},
};

use crate::{
    client::{ClientEvent, Waits, WorkerSpec},
    message::{self, Incoming, Request, Said, Task},
};

/// How long a worker may take to end once its input is closed.
const FAREWELL: Duration = Duration::from_millis(300);
/// A log longer than this, in bytes, is begun anew at the next start.
const LONGEST_LOG: u64 = 4 << 20;
/// Added to the worker's niceness, so that it yields to whoever draws.
const NICE: i32 = 5;

/// What a client orders.
#[derive(Debug)]
pub(crate) enum Order<T> {
    /// Do a task.
    Ask(Submitted<T>),
    /// Nobody wants this one any more.
    Cancel(RequestId),
    /// End the worker as a crash would.
    Kill,
}

/// A task on its way to the worker.
#[derive(Debug)]
pub(crate) struct Submitted<T> {
    /// The caller's number.
    pub(crate) id: RequestId,
    /// What to do.
    pub(crate) task: T,
    /// When the caller stops waiting.
    pub(crate) due: Instant,
    /// How many workers died over it.
    pub(crate) tried: u32,
}

/// The last state that found no room in the channel.
pub(crate) type Unseen = Arc<Mutex<Option<WorkerState>>>;

/// How one process's life ended.
enum End {
    /// Our caller is gone.
    Closed,
    /// Starting it again will not help.
    Hopeless(String),
    /// It died, or was killed for being silent or unintelligible.
    Died {
        why: String,
        /// Whether it answered anything: then the next death is the first in a row again.
        worked: bool,
    },
}

/// Runs until the caller drops its sender.
pub(crate) fn run<T: Task>(
    spec: WorkerSpec,
    waits: Waits,
    orders: mpsc::Receiver<Order<T>>,
    events: Sender<ClientEvent<T::Reply>>,
    unseen: Unseen,
) {
    let mut supervisor = Supervisor { spec, waits, orders, events, unseen, queue: VecDeque::new(), busy: None };
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(supervisor.supervise()),
        Err(error) => {
            supervisor.state(WorkerState::Failed(format!("cannot supervise a worker: {error}")));
            while let Some(order) = supervisor.orders.blocking_recv() {
                supervisor.refuse(order);
            }
        }
    }
}

struct Supervisor<T: Task> {
    spec: WorkerSpec,
    waits: Waits,
    orders: mpsc::Receiver<Order<T>>,
    events: Sender<ClientEvent<T::Reply>>,
    unseen: Unseen,
    /// Not sent yet; as many as the caller may have unanswered.
    queue: VecDeque<Submitted<T>>,
    /// What the worker has.
    busy: Option<Submitted<T>>,
}

impl<T: Task> Supervisor<T> {
    async fn supervise(&mut self) {
        let mut deaths = 0;
        let hopeless = loop {
            self.state(WorkerState::Starting);
            match self.live().await {
                End::Closed => return,
                End::Hopeless(why) => break why,
                End::Died { why, worked } => {
                    deaths = if worked { 1 } else { deaths + 1 };
                    self.note(&why);
                    if deaths >= self.waits.deaths_allowed {
                        let log = self.spec.log.display();
                        break format!("{why}, {deaths} times in a row\nhint: see {log}");
                    }
                    self.state(WorkerState::Failed(why));
                    // At once after the first death, then longer each time.
                    let wait = self.waits.first.saturating_mul((1 << (deaths - 1).min(16)) - 1);
                    if !self.rest(wait.min(self.waits.longest)).await {
                        return;
                    }
                }
            }
        };
        self.note(&hopeless);
        self.state(WorkerState::Failed(hopeless));
        for submitted in std::mem::take(&mut self.queue) {
            self.reply(submitted.id, None);
        }
        while let Some(order) = self.orders.recv().await {
            self.refuse(order);
        }
    }

    /// Answers an order that nobody can carry out.
    fn refuse(&self, order: Order<T>) {
        if let Order::Ask(submitted) = order {
            self.reply(submitted.id, None);
        }
    }

    /// One process, from its start to its end. The process is dead when this returns.
    async fn live(&mut self) -> End {
        let mut child = match self.spawn() {
            Ok(child) => child,
            Err(error) => {
                let program = self.spec.program.display();
                return End::Hopeless(format!(
                    "cannot start worker `{program}`: {error}\nhint: build it beside `fieldwright` with `cargo xtask build`"
                ));
            }
        };
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return End::Hopeless("cannot talk to the worker: it has no pipes".to_owned());
        };
        self.bound(&child);
        let (sender, mut answers) = mpsc::channel(4);
        let reader = tokio::spawn(read_all(output, sender));
        let end = self.converse(&mut input, &mut answers).await;
        drop(input);
        let status = match end {
            // A worker that was told to stop may do so by itself; a dead one only has to be collected.
            End::Closed | End::Died { .. } => timeout(FAREWELL, child.wait()).await.ok().and_then(Result::ok),
            End::Hopeless(_) => None,
        };
        if status.is_none() {
            // Fails only where the process is gone already.
            let _gone = child.kill().await.is_err();
        }
        reader.abort();
        match (end, status) {
            (End::Died { why, worked }, Some(status)) => {
                End::Died { why: format!("{why} ({})", describe(status)), worked }
            }
            (end, _) => end,
        }
    }

    /// Waits until it is ready, then serves, one request at a time.
    async fn converse(
        &mut self,
        input: &mut ChildStdin,
        answers: &mut mpsc::Receiver<io::Result<Said<T::Reply>>>,
    ) -> End {
        let load_due = Instant::now() + self.waits.load;
        let mut stage = Stage::Loading;
        let mut worked = false;
        loop {
            if matches!(stage, Stage::Idle)
                && let Some(submitted) = self.queue.pop_front()
            {
                let Submitted { id, due, .. } = submitted;
                let kill_at = due + self.waits.grace;
                let deadline_ms = millis(due.saturating_duration_since(Instant::now()));
                match message::frame(&Request { id, deadline_ms, task: &submitted.task }) {
                    Ok(frame) => {
                        self.busy = Some(submitted);
                        if let Err(why) = send(input, &frame, kill_at).await {
                            self.give_up();
                            return End::Died { why, worked };
                        }
                        stage = Stage::Busy { id, kill_at };
                    }
                    Err(error) => {
                        self.note(&format!("request {id} not sent: {error}"));
                        self.reply(id, None);
                        continue;
                    }
                }
            }
            let first_due = self.queue.iter().map(|submitted| submitted.due).min();
            let kill_at = match stage {
                Stage::Loading => Some(load_due),
                Stage::Idle => None,
                Stage::Busy { kill_at, .. } => Some(kill_at),
            };
            let wake = [first_due, kill_at].into_iter().flatten().min();
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Ask(submitted)) => self.queue.push_back(submitted),
                    Some(Order::Cancel(id)) => {
                        if self.call_off(id)
                            && let Err(why) = send(input, &cancellation(id), Instant::now() + self.waits.grace).await
                        {
                            self.give_up();
                            return End::Died { why, worked };
                        }
                    }
                    Some(Order::Kill) => {
                        self.give_up();
                        return End::Died { why: "worker was killed".to_owned(), worked };
                    }
                    None => return End::Closed,
                },
                answer = answers.recv() => match self.hear(answer, stage) {
                    Heard::Loaded => stage = Stage::Idle,
                    Heard::Over => (stage, worked) = (Stage::Idle, true),
                    Heard::Hopeless(why) => return End::Hopeless(why),
                    Heard::Broken(why) => {
                        self.give_up();
                        return End::Died { why, worked };
                    }
                },
                () = sleep_until(wake.unwrap_or(load_due).into()), if wake.is_some() => {
                    let now = Instant::now();
                    self.expire(now);
                    if kill_at.is_some_and(|kill_at| kill_at <= now) {
                        self.give_up();
                        let what = if matches!(stage, Stage::Loading) { "load its model" } else { "answer" };
                        return End::Died { why: format!("worker did not {what} in time"), worked };
                    }
                },
            }
        }
    }

    /// What an answer means; replies are passed on.
    fn hear(&mut self, answer: Option<io::Result<Said<T::Reply>>>, stage: Stage) -> Heard {
        match (answer, stage) {
            (None, _) => Heard::Broken("worker ended".to_owned()),
            (Some(Err(error)), _) => Heard::Broken(format!("worker is not intelligible: {error}")),
            (Some(Ok(Said::Ready { model })), Stage::Loading) => {
                self.state(WorkerState::Ready(model));
                Heard::Loaded
            }
            (Some(Ok(Said::Useless { message })), Stage::Loading) => Heard::Hopeless(message),
            (Some(Ok(Said::Done { id, reply, trouble })), Stage::Busy { id: owed, .. }) if id == owed => {
                if let Some(trouble) = trouble {
                    self.note(&format!("request {id}: {trouble}"));
                }
                self.busy = None;
                self.reply(id, reply);
                Heard::Over
            }
            (Some(Ok(_)), _) => Heard::Broken("worker answered what it was not asked".to_owned()),
        }
    }

    /// The task that a dying worker had goes to the next one, or is over.
    fn give_up(&mut self) {
        let Some(mut submitted) = self.busy.take() else { return };
        let again = submitted.tried < self.waits.tries_again && Instant::now() < submitted.due;
        if again {
            submitted.tried += 1;
            self.queue.push_front(submitted);
        } else {
            self.reply(submitted.id, None);
        }
    }

    /// Takes a task out of the line. True where the worker has it and can be told.
    fn call_off(&mut self, id: RequestId) -> bool {
        if let Some(at) = self.queue.iter().position(|submitted| submitted.id == id) {
            self.queue.remove(at);
            self.reply(id, None);
        }
        match &mut self.busy {
            Some(submitted) if submitted.id == id => {
                // Should the worker die of it: nobody wants it done again.
                submitted.tried = u32::MAX;
                T::LISTENS
            }
            _ => false,
        }
    }

    /// Answers what has waited too long to be begun.
    fn expire(&mut self, now: Instant) {
        let (late, waiting): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.queue).into_iter().partition(|submitted| submitted.due <= now);
        self.queue = waiting;
        for submitted in late {
            self.reply(submitted.id, None);
        }
    }

    /// Waits before a restart, while requests queue or run out of time. `false` when the caller is gone.
    async fn rest(&mut self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        loop {
            let first_due = self.queue.iter().map(|submitted| submitted.due).min();
            let wake = first_due.map_or(until, |due| due.min(until));
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Ask(submitted)) => self.queue.push_back(submitted),
                    Some(Order::Cancel(id)) => {
                        self.call_off(id);
                    }
                    // It is dead already.
                    Some(Order::Kill) => {}
                    None => return false,
                },
                () = sleep_until(wake.into()) => {
                    let now = Instant::now();
                    self.expire(now);
                    if now >= until {
                        return true;
                    }
                },
            }
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        let log = open_log(&self.spec.log)?;
        Command::new(&self.spec.program)
            .args(&self.spec.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // Threads that wait for others must sleep: spinning ones take the core that draws.
            .env("OMP_WAIT_POLICY", "passive")
            // Without it an engine's abort runs a debugger.
            .env("GGML_NO_BACKTRACE", "1")
            // Arenas reserve address space, which is what is bounded.
            .env("MALLOC_ARENA_MAX", "2")
            .kill_on_drop(true)
            .spawn()
    }

    /// Bounds the child's memory and priority. It has only just begun, and a model takes longer to load than this.
    #[cfg(target_os = "linux")]
    fn bound(&self, child: &Child) {
        use rustix::process::{Pid, Resource, Rlimit, getpriority_process, prlimit, setpriority_process};

        let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) else { return };
        let limit = Rlimit { current: self.spec.memory_bytes, maximum: self.spec.memory_bytes };
        if self.spec.memory_bytes.is_some()
            && let Err(error) = prlimit(Some(pid), Resource::As, limit)
        {
            self.note(&format!("cannot bound the worker's memory: {error}"));
        }
        let nice = getpriority_process(None).unwrap_or(0) + NICE;
        if let Err(error) = setpriority_process(Some(pid), nice.min(19)) {
            self.note(&format!("cannot lower the worker's priority: {error}"));
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn bound(&self, _child: &Child) {
        self.note("the worker's memory and priority are not bounded on this system");
    }

    /// A line in the worker's log. There is nowhere to complain about a log that cannot be written.
    fn note(&self, line: &str) {
        if let Ok(mut log) = open_log(&self.spec.log) {
            let _unwritten = writeln!(log, "supervisor: {line}").is_err();
        }
    }

    /// Where nobody polls, states give way to replies and only the last one is kept.
    fn state(&self, state: WorkerState) {
        // States may take half of the channel; the other half is for the replies that can be owed.
        let crowded = self.events.len() >= self.events.capacity().unwrap_or(usize::MAX) / 2;
        let mut unseen = self.unseen.lock().unwrap_or_else(PoisonError::into_inner);
        *unseen = None;
        if crowded {
            *unseen = Some(state);
        } else {
            self.pass_on(ClientEvent::State(state));
        }
    }

    fn reply(&self, id: RequestId, reply: Option<T::Reply>) {
        self.pass_on(ClientEvent::Reply { id, reply });
    }

    fn pass_on(&self, event: ClientEvent<T::Reply>) {
        match self.events.try_send(event) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => unreachable!("invariant: room for every reply that can be owed"),
        }
    }
}

/// Where a worker stands.
#[derive(Clone, Copy)]
enum Stage {
    Loading,
    Idle,
    Busy { id: RequestId, kill_at: Instant },
}

/// What an answer did to the conversation.
enum Heard {
    Loaded,
    Over,
    Hopeless(String),
    Broken(String),
}

/// The message that calls a task off.
fn cancellation(id: RequestId) -> Vec<u8> {
    message::frame(&Incoming::<()>::Cancel { cancel: id }).expect("invariant: a number is a short message")
}

async fn send(input: &mut ChildStdin, frame: &[u8], due: Instant) -> Result<(), String> {
    let write = async {
        input.write_all(frame).await?;
        input.flush().await
    };
    match tokio::time::timeout_at(due.into(), write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("worker does not listen: {error}")),
        Err(_elapsed) => Err("worker did not take its request in time".to_owned()),
    }
}

/// Decodes answers until the worker closes its output or says something that is not one. A task of its own, since a read
/// must not be cancelled half way.
async fn read_all<R: DeserializeOwned>(mut output: ChildStdout, answers: mpsc::Sender<io::Result<Said<R>>>) {
    while let Some(answer) = read_one(&mut output).await.transpose() {
        let broken = answer.is_err();
        if answers.send(answer).await.is_err() || broken {
            return;
        }
    }
}

async fn read_one<R: DeserializeOwned>(output: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Said<R>>> {
    let mut header = [0; 4];
    match output.read_exact(&mut header).await {
        // A worker that dies does so between its messages as far as anybody can tell.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    };
    let mut body = vec![0; message::checked_length(header)?];
    output.read_exact(&mut body).await?;
    message::parse(&body).map(Some)
}

fn open_log(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let too_long = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > LONGEST_LOG);
    if too_long {
        std::fs::remove_file(path)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(unix)]
fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

#[cfg(not(unix))]
fn describe(status: ExitStatus) -> String {
    status.to_string()
}
