//! Says lines aloud: a thread that takes them from a queue, has them synthesized, and plays them on an output that can be
//! silenced at once. Must not know what the lines mean.

use std::{
    collections::BTreeMap,
    io::Write as _,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use thiserror::Error;

use crate::{
    queue::{Line, Queue, Urgency},
    spoken::spoken,
    synth::{Engine, SynthError},
    tone,
    wav::{RATE_HZ, to_bytes},
};

/// Whatever can say a line. One at a time; a line is given in words, ready to be spoken.
pub trait Speaker: Send {
    /// Turns the line into samples (16 kHz mono), or says that it plays the sound itself.
    ///
    /// # Errors
    /// Why it cannot, with what to do.
    fn prepare(&mut self, words: &str) -> Result<Prepared, SpeakError>;
}

/// A line that is ready.
#[derive(Debug)]
pub enum Prepared {
    /// Samples to be played.
    Samples(Arc<Vec<f32>>),
    /// The engine plays it itself, and is silenced by ending it.
    Playing(Child),
}

/// Where samples are heard.
pub trait Output: Send {
    /// Plays all of it; returns at the end, or as soon as `hushed` says so, with the sound off.
    ///
    /// # Errors
    /// Why nothing can be heard, with what to do.
    fn play(&mut self, samples: &[f32], hushed: &dyn Fn() -> bool) -> Result<(), SpeakError>;
}

/// Why a line was not heard.
#[derive(Debug, Error)]
pub enum SpeakError {
    /// It could not be synthesized.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// Nothing plays.
    #[error("`{program}` plays nothing: {message}\nhint: check the loudspeaker with: speaker-test -t wav -c 1 -l 1")]
    Play {
        /// The program.
        program: String,
        /// Why.
        message: String,
    },
}

/// espeak-ng, or any other program that prints a WAV file.
#[derive(Debug)]
pub struct Synthesizer {
    engine: Engine,
    /// The product says the same lines again and again.
    known: BTreeMap<String, Arc<Vec<f32>>>,
}

impl Synthesizer {
    /// With this engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine, known: BTreeMap::new() }
    }
}

/// Lines kept: a few megabytes.
const KNOWN: usize = 32;

impl Speaker for Synthesizer {
    fn prepare(&mut self, words: &str) -> Result<Prepared, SpeakError> {
        if let Some(samples) = self.known.get(words) {
            return Ok(Prepared::Samples(Arc::clone(samples)));
        }
        let samples = Arc::new(self.engine.synthesize(words)?);
        if self.known.len() >= KNOWN {
            self.known.pop_first();
        }
        self.known.insert(words.to_owned(), Arc::clone(&samples));
        Ok(Prepared::Samples(samples))
    }
}

/// speech-dispatcher, or any other program that speaks by itself: given the words as its last argument, it ends when they
/// have been said.
#[derive(Debug)]
pub struct Dispatcher {
    program: String,
    args: Vec<String>,
}

impl Dispatcher {
    /// speech-dispatcher's own command.
    pub fn speech_dispatcher() -> Self {
        Self { program: "spd-say".to_owned(), args: vec!["--wait".to_owned(), "--".to_owned()] }
    }

    /// Another program with its first arguments.
    pub fn command(program: &str, args: &[&str]) -> Self {
        Self { program: program.to_owned(), args: args.iter().map(|&arg| arg.to_owned()).collect() }
    }
}

impl Speaker for Dispatcher {
    fn prepare(&mut self, words: &str) -> Result<Prepared, SpeakError> {
        let child = Command::new(&self.program)
            .args(&self.args)
            .arg(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => SpeakError::Synth(SynthError::Absent { program: self.program.clone() }),
                _ => SpeakError::Play { program: self.program.clone(), message: error.to_string() },
            })?;
        Ok(Prepared::Playing(child))
    }
}

/// A program that plays 16-bit mono samples from its standard input, as `aplay` does. It is ended to be silent: the sound
/// card's buffer goes with it.
#[derive(Debug)]
pub struct PlayerProcess {
    program: String,
    args: Vec<String>,
}

impl PlayerProcess {
    /// `aplay` on the default device.
    pub fn aplay() -> Self {
        let rate = RATE_HZ.to_string();
        Self::command("aplay", &["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", &rate, "-"])
    }

    /// Another program.
    pub fn command(program: &str, args: &[&str]) -> Self {
        Self { program: program.to_owned(), args: args.iter().map(|&arg| arg.to_owned()).collect() }
    }
}

/// How often a process that speaks is looked at.
const LOOK: Duration = Duration::from_millis(5);

impl Output for PlayerProcess {
    fn play(&mut self, samples: &[f32], hushed: &dyn Fn() -> bool) -> Result<(), SpeakError> {
        let failed = |message: String| SpeakError::Play { program: self.program.clone(), message };
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => SpeakError::Synth(SynthError::Absent { program: self.program.clone() }),
                _ => failed(error.to_string()),
            })?;
        let bytes = to_bytes(samples);
        let stdin = child.stdin.take();
        // A pipe takes what a device does not: a thread of its own waits for it, so that this one can be called off.
        let feeder = std::thread::spawn(move || {
            if let Some(mut stdin) = stdin {
                // Where the program is ended, so is the pipe.
                drop(stdin.write_all(&bytes));
            }
        });
        let status = finish(&mut child, hushed);
        drop(feeder.join());
        match status {
            None => Ok(()),
            Some(status) if status.success() => Ok(()),
            Some(status) => {
                let mut words = String::new();
                if let Some(mut stderr) = child.stderr.take() {
                    drop(std::io::Read::read_to_string(&mut stderr, &mut words));
                }
                let first = words.lines().next().unwrap_or_default();
                Err(failed(if first.is_empty() { status.to_string() } else { first.to_owned() }))
            }
        }
    }
}

/// Waits until a process ends, or ends it: `None` then.
fn finish(child: &mut Child, hushed: &dyn Fn() -> bool) -> Option<std::process::ExitStatus> {
    loop {
        if hushed() {
            // It may have ended by itself meanwhile.
            drop(child.kill());
            drop(child.wait());
            return None;
        }
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => std::thread::sleep(LOOK),
            Err(_gone) => return None,
        }
    }
}

/// Nothing is heard: for machines without a loudspeaker, and for scripts. Lines take no time.
#[derive(Debug, Default)]
pub struct NoOutput;

impl Output for NoOutput {
    fn play(&mut self, _samples: &[f32], _hushed: &dyn Fn() -> bool) -> Result<(), SpeakError> {
        Ok(())
    }
}

/// What a mouth tells.
#[derive(Clone, Debug)]
pub enum Spoke {
    /// A line begins to be heard now.
    Began {
        /// As written.
        line: Line,
        /// What is heard, where that is known: the echo's reference.
        samples: Option<Arc<Vec<f32>>>,
        /// When.
        at: Instant,
    },
    /// It is over.
    Ended {
        /// As written.
        line: Line,
        /// Whether it was silenced before its end.
        hushed: bool,
        /// When.
        at: Instant,
    },
    /// Lines cannot be heard; the words say why and what to do. Told once for each reason.
    Mute(String),
}

enum Order {
    Say(Line),
    Hush,
}

/// Says lines, on a thread of its own. Dropping it silences it.
#[derive(Debug)]
pub struct Mouth {
    orders: Option<Sender<Order>>,
    told: Receiver<Spoke>,
    /// Counts up at each hush: what was begun under a lower number is to be silent.
    hushes: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Mouth {
    /// A mouth with this voice on this output.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(speaker: Box<dyn Speaker>, output: Box<dyn Output>) -> std::io::Result<Self> {
        let (orders, incoming) = bounded(256);
        let (telling, told) = bounded(256);
        let hushes = Arc::new(AtomicU64::new(0));
        let theirs = Arc::clone(&hushes);
        let thread = std::thread::Builder::new()
            .name("mouth".to_owned())
            .spawn(move || Speaking { speaker, output, telling, hushes: theirs, mute: None }.run(&incoming))?;
        Ok(Self { orders: Some(orders), told, hushes, thread: Some(thread) })
    }

    /// Says a line when its turn comes; never waits. False where too many wait.
    pub fn say(&self, text: &str, urgency: Urgency) -> bool {
        let order = Order::Say(Line { text: text.to_owned(), urgency });
        self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok())
    }

    /// Silences it at once, and forgets what waits.
    pub fn hush(&self) {
        self.hushes.fetch_add(1, Ordering::SeqCst);
        if let Some(orders) = &self.orders {
            // Where the line is full, the number alone silences what is being said.
            drop(orders.try_send(Order::Hush));
        }
    }

    /// What happened since the last call; never waits.
    pub fn poll(&self) -> Vec<Spoke> {
        self.told.try_iter().collect()
    }

    /// The next thing that happens, within `limit`.
    pub fn wait(&self, limit: Duration) -> Option<Spoke> {
        self.told.recv_timeout(limit).ok()
    }
}

impl Drop for Mouth {
    fn drop(&mut self) {
        self.hushes.fetch_add(1, Ordering::SeqCst);
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

struct Speaking {
    speaker: Box<dyn Speaker>,
    output: Box<dyn Output>,
    telling: Sender<Spoke>,
    hushes: Arc<AtomicU64>,
    mute: Option<String>,
}

impl Speaking {
    fn run(mut self, orders: &Receiver<Order>) {
        let mut queue = Queue::default();
        loop {
            let (urgent, number) = (queue.waiting() > 0, self.hushes.load(Ordering::SeqCst));
            if !urgent {
                match orders.recv() {
                    Ok(order) => take(&mut queue, order),
                    Err(_over) => return,
                }
            }
            loop {
                match orders.try_recv() {
                    Ok(order) => take(&mut queue, order),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            // A hush that came meanwhile has been taken from the line, or will be before the next line is said.
            if let Some(line) = queue.begin().cloned() {
                self.say(&line, number.max(self.hushes.load(Ordering::SeqCst)));
                queue.done();
            }
        }
    }

    fn say(&mut self, line: &Line, number: u64) {
        let hushes = Arc::clone(&self.hushes);
        let hushed = move || hushes.load(Ordering::SeqCst) != number;
        let prepared = self.speaker.prepare(&spoken(&line.text));
        if hushed() {
            if let Ok(Prepared::Playing(mut child)) = prepared {
                drop(child.kill());
                drop(child.wait());
            }
            return;
        }
        let result = match prepared {
            Ok(Prepared::Samples(samples)) => {
                let samples = if line.urgency == Urgency::Alert {
                    let mut whole = tone::alert();
                    whole.extend_from_slice(&samples);
                    Arc::new(whole)
                } else {
                    samples
                };
                self.tell(Spoke::Began { line: line.clone(), samples: Some(Arc::clone(&samples)), at: Instant::now() });
                self.output.play(&samples, &hushed)
            }
            Ok(Prepared::Playing(mut child)) => {
                if line.urgency == Urgency::Alert {
                    // The engine has begun; a tone over its first word is better than none, and this output may be mute.
                    drop(self.output.play(&tone::alert(), &hushed));
                }
                self.tell(Spoke::Began { line: line.clone(), samples: None, at: Instant::now() });
                finish(&mut child, &hushed);
                Ok(())
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => {
                self.mute = None;
                self.tell(Spoke::Ended { line: line.clone(), hushed: hushed(), at: Instant::now() });
            }
            Err(error) => {
                let why = error.to_string();
                if self.mute.as_ref() != Some(&why) {
                    self.mute = Some(why.clone());
                    self.tell(Spoke::Mute(why));
                }
            }
        }
    }

    fn tell(&self, spoke: Spoke) {
        // Whoever does not listen misses it; the mouth never waits for that.
        drop(self.telling.try_send(spoke));
    }
}

fn take(queue: &mut Queue, order: Order) {
    match order {
        Order::Say(line) => {
            queue.push(line);
        }
        Order::Hush => queue.hush(),
    }
}

#[cfg(test)]
#[path = "speak/tests.rs"]
mod tests;
