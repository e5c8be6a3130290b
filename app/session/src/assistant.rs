//! One assistant at work: the core, and the threads that see, find and think for it. Must not know pictures or windows.
//!
//! The caller's loop never waits here in [`Pace::Live`]: frames, searches and model tasks go to threads over bounded
//! channels and come back through [`Assistant::poll`]. In [`Pace::Lockstep`] `poll` waits until they are idle, so that a
//! scripted run on a virtual clock gives the same events every time.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use fieldwright_guide::{
    applicability::Variant,
    equipment::EquipmentPackage,
    event::{Effect, Event, RequestId, WorkerState},
    frames::{CameraCv, Head, Pose, World},
    guidance::{Guidance, Options, Snapshot},
    manual::Publication,
    model::ModelTask,
    overlay::OverlayScene,
    passage::Found,
    time::Timestamp,
    tracking::Anchor,
};
use fieldwright_library::index::{Library, LibraryError};
use fieldwright_vision::{camera::CameraModel, frame::GrayFrame, markers::MarkerSighting};
use fieldwright_workers::client::{ModelClient, ModelEvent};
use thiserror::Error;

use crate::{
    camera::{CameraEvent, CameraFeed},
    tracker::{Sighting, Tracker},
};

/// Whether the caller's loop may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Never: a person is looking.
    Live,
    /// Until every thread is idle: a script is being played.
    Lockstep,
}

/// Everything that an assistant is started from.
pub struct Config {
    /// The manual.
    pub publication: Arc<Publication>,
    /// Makes its index, on the library's own thread: a session does not wait for it.
    pub library: LibrarySource,
    /// The equipment.
    pub equipment: Arc<EquipmentPackage>,
    /// The camera, as calibrated.
    pub camera: CameraModel,
    /// The model worker, or why there is none.
    pub model: ModelSource,
    /// What is known of the variant.
    pub variant: Variant,
    /// True where equipment and camera are simulated.
    pub simulation: bool,
    /// Where the resume point is kept; `None` keeps it in memory.
    pub state_file: Option<PathBuf>,
    /// May the caller wait?
    pub pace: Pace,
}

/// Makes the index of a manual.
pub type LibrarySource = Box<dyn FnOnce() -> Result<Library, LibraryError> + Send>;

/// Where worded answers come from.
pub enum ModelSource {
    /// A worker process, to be started.
    Worker(Box<dyn Fn() -> ModelClient + Send>),
    /// None; the words say how to get one.
    Absent(String),
}

/// Why an assistant cannot start or go on.
#[derive(Debug, Error)]
pub enum SessionError {
    /// A thread could not be started.
    #[error("cannot start the {name} thread: {source}")]
    Thread {
        /// Which.
        name: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The detector could not be set up.
    #[error("cannot set up tracking: {0}")]
    Tracking(String),
    /// The resume point cannot be read.
    #[error("cannot read the resume point `{path}`: {message}\nhint: start without it by deleting the file")]
    Resume {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

/// See the module's words.
pub struct Assistant {
    guidance: Guidance,
    publication: Arc<Publication>,
    equipment: Arc<EquipmentPackage>,
    options: Options,
    pace: Pace,
    anchor: Anchor,
    sighting: Option<Sighting>,
    vision: Worker<Captured, Sighting>,
    library: Worker<(RequestId, String, Variant), LibraryReply>,
    tracker_camera: CameraModel,
    model: Option<ModelClient>,
    start_model: Option<Box<dyn Fn() -> ModelClient + Send>>,
    model_waiting: BTreeMap<RequestId, Instant>,
    effects: Vec<Effect>,
    snapshot: Option<Snapshot>,
    state_file: Option<PathBuf>,
    record: Option<fs::File>,
    unrecorded: bool,
    last_search_ms: Option<f64>,
    frames_dropped: u64,
}

/// What the library's thread says.
enum LibraryReply {
    /// A search is done.
    Found {
        /// Ties it to its request.
        id: RequestId,
        /// What was found.
        found: Box<Found>,
        /// Milliseconds that it took.
        ms: f64,
    },
    /// The index cannot be made; nothing will be found.
    Failed(String),
}

/// What the tracker is given to look at.
enum Captured {
    /// A camera frame, where the camera then was, and when.
    Frame(GrayFrame, Pose<World, CameraCv>, Timestamp),
    /// Markers that the runtime has located, where the head then was, and when.
    Markers(Vec<MarkerSighting>, Pose<World, Head>, Timestamp),
}

/// How long a model may take over one task, seconds. Beyond it the passage stands.
pub const MODEL_DEADLINE_S: f64 = 20.0;

impl Assistant {
    /// Starts the threads and the model's worker; resumes where the state file says.
    ///
    /// # Errors
    /// When a thread cannot start, the fiducials make no tracker, or the state file is unreadable.
    pub fn start(config: Config, now: Timestamp) -> Result<Self, SessionError> {
        let Config { publication, library, equipment, camera, model, variant, simulation, state_file, pace } = config;
        let options = Options { simulation, variant, ..Options::default() };
        let vision = start_vision(&camera, &equipment)?;
        let library = Worker::start("library", move |requests: &Receiver<(RequestId, String, Variant)>, replies| {
            let library = match library() {
                Ok(library) => library,
                Err(error) => {
                    // Whoever would hear it may be gone already.
                    drop(replies.send(LibraryReply::Failed(error.to_string())));
                    return;
                }
            };
            for (id, query, variant) in requests {
                let started = Instant::now();
                let found = library.find(&query, &variant);
                let ms = started.elapsed().as_secs_f64() * 1e3;
                if replies.send(LibraryReply::Found { id, found: Box::new(found), ms }).is_err() {
                    break;
                }
            }
        })?;
        let mut assistant = Self {
            guidance: Guidance::new(Arc::clone(&publication), Arc::clone(&equipment), options.clone()),
            publication,
            equipment,
            options,
            pace,
            anchor: Anchor::default(),
            sighting: None,
            vision,
            library,
            tracker_camera: camera,
            model: None,
            start_model: None,
            model_waiting: BTreeMap::new(),
            effects: Vec::new(),
            snapshot: None,
            state_file,
            record: None,
            unrecorded: false,
            last_search_ms: None,
            frames_dropped: 0,
        };
        assistant.load_snapshot(now)?;
        match model {
            ModelSource::Absent(why) => assistant.worker_state(WorkerState::Absent(why), now),
            ModelSource::Worker(start) => {
                assistant.model = Some(start());
                assistant.start_model = Some(start);
                assistant.worker_state(WorkerState::Starting, now);
            }
        }
        Ok(assistant)
    }

    /// Takes in what happened.
    pub fn event(&mut self, event: Event, now: Timestamp) {
        let effects = self.guidance.handle(event, now);
        for effect in effects {
            self.carry_out(effect, now);
        }
    }

    /// Hands a camera frame to the tracker. In live pace a frame is dropped while the one before is still being looked at.
    pub fn camera_frame(&mut self, frame: GrayFrame, world_from_camera: Pose<World, CameraCv>, captured: Timestamp) {
        if !self.vision.offer(Captured::Frame(frame, world_from_camera, captured)) {
            self.frames_dropped += 1;
        }
    }

    /// Hands markers that the headset's runtime has located, as of `at`, to the same tracker. In live pace they are dropped while it
    /// is busy.
    pub fn markers(&mut self, sightings: Vec<MarkerSighting>, world_from_head: Pose<World, Head>, at: Timestamp) {
        if !self.vision.offer(Captured::Markers(sightings, world_from_head, at)) {
            self.frames_dropped += 1;
        }
    }

    /// Takes what a camera has: a new frame to the tracker, how the camera is to the status line.
    pub fn camera(&mut self, feed: &mut CameraFeed, now: Timestamp) {
        for event in feed.poll(now) {
            match event {
                CameraEvent::Frame { gray, world_from_camera, captured } => {
                    self.camera_frame(gray, world_from_camera, captured);
                }
                CameraEvent::State(state) => self.event(Event::Worker { name: "camera".to_owned(), state }, now),
            }
        }
    }

    /// Takes in what the threads found. Waits for them in lockstep only.
    pub fn poll(&mut self, now: Timestamp) {
        loop {
            while let Some(sighting) = self.vision.take(self.pace) {
                self.sighting = Some(sighting);
            }
            while let Some(reply) = self.library.take(self.pace) {
                match reply {
                    LibraryReply::Found { id, found, ms } => {
                        self.last_search_ms = Some(ms);
                        self.event(Event::Found { id, found: *found }, now);
                    }
                    LibraryReply::Failed(why) => {
                        let state = WorkerState::Failed(why);
                        self.event(Event::Worker { name: "library".to_owned(), state }, now);
                    }
                }
            }
            self.poll_model(now);
            if self.pace == Pace::Live || (self.library.idle() && self.model_waiting.is_empty()) {
                break;
            }
        }
        // A camera that gives no frames must show: the anchor ages by the clock, not by the next frame.
        let aged = self.sighting.as_ref().map_or(self.anchor, |sighting| sighting.anchor(now));
        self.anchor = aged;
        self.event(Event::Anchored(aged), now);
        self.event(Event::Tick, now);
    }

    /// What to show.
    pub fn scene(&self, now: Timestamp) -> OverlayScene {
        self.guidance.scene(now)
    }

    /// Where the equipment is believed to be.
    pub fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// What the tracker last saw, for the engineer's drawer.
    pub fn sighting(&self) -> Option<&Sighting> {
        self.sighting.as_ref()
    }

    /// Effects for the shell: lines to say, motions to play.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Milliseconds that the latest search took.
    pub fn last_search_ms(&self) -> Option<f64> {
        self.last_search_ms
    }

    /// Camera frames that came while the tracker was busy (live pace only).
    pub fn frames_dropped(&self) -> u64 {
        self.frames_dropped
    }

    /// True while the model works on a task.
    pub fn model_busy(&self) -> bool {
        !self.model_waiting.is_empty()
    }

    /// The core, for what the shell shows to engineers.
    pub fn guidance(&self) -> &Guidance {
        &self.guidance
    }

    /// Waits until the model's worker is ready, has failed, or `limit` has passed; for scripts that need the model from the first word.
    pub fn await_model(&mut self, now: Timestamp, limit: Duration) {
        let started = Instant::now();
        while let Some(model) = &mut self.model {
            let events = model.wait(Duration::from_millis(50));
            let settled = events.iter().any(|event| {
                matches!(
                    event,
                    ModelEvent::State(WorkerState::Ready(_) | WorkerState::Failed(_) | WorkerState::Absent(_))
                )
            });
            for event in events {
                self.model_event(event, now);
            }
            if settled || started.elapsed() > limit {
                break;
            }
        }
    }

    /// Kills the model's worker, as a fault that a script injects; the client restarts it.
    pub fn kill_model(&mut self, now: Timestamp) {
        if let Some(model) = &mut self.model {
            model.kill();
            if self.pace == Pace::Lockstep {
                let events = model.wait(Duration::from_secs(5));
                for event in events {
                    self.model_event(event, now);
                }
            }
        }
    }

    /// What a killed process does when it is started again: a new core from the resume point, a tracker that knows nothing.
    ///
    /// # Errors
    /// As [`Assistant::start`].
    pub fn restart(&mut self, now: Timestamp) -> Result<(), SessionError> {
        self.vision = start_vision(&self.tracker_camera, &self.equipment)?;
        self.anchor = Anchor::default();
        self.sighting = None;
        self.model_waiting.clear();
        self.guidance = Guidance::new(Arc::clone(&self.publication), Arc::clone(&self.equipment), self.options.clone());
        self.load_snapshot(now)?;
        if let Some(start) = &self.start_model {
            self.model = Some(start());
            self.worker_state(WorkerState::Starting, now);
            if self.pace == Pace::Lockstep {
                self.await_model(now, Duration::from_mins(1));
            }
        } else {
            self.worker_state(WorkerState::Absent("no model installed".to_owned()), now);
        }
        Ok(())
    }

    fn load_snapshot(&mut self, now: Timestamp) -> Result<(), SessionError> {
        let snapshot = match (&self.state_file, self.snapshot.take()) {
            (_, Some(snapshot)) => Some(snapshot),
            (Some(path), None) if path.exists() => Some(read_snapshot(path)?),
            _ => None,
        };
        if let Some(snapshot) = snapshot {
            let (guidance, effects) = Guidance::resume(
                Arc::clone(&self.publication),
                Arc::clone(&self.equipment),
                self.options.clone(),
                snapshot,
                now,
            );
            self.guidance = guidance;
            for effect in effects {
                self.carry_out(effect, now);
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect, now: Timestamp) {
        match effect {
            Effect::Search { id, query } => {
                let variant = self.guidance.variant().clone();
                self.library.offer((id, query, variant));
            }
            Effect::AskModel { id, task } => self.ask_model(id, &task, now),
            Effect::Persist => self.persist(),
            Effect::Record(line) => self.record(&line),
            Effect::Say(_) | Effect::Hush | Effect::PlayMotion { .. } => self.effects.push(effect),
        }
    }

    fn ask_model(&mut self, id: RequestId, task: &ModelTask, now: Timestamp) {
        let sent = self.model.as_mut().is_some_and(|model| model.submit(id, task, MODEL_DEADLINE_S));
        if sent {
            self.model_waiting.insert(id, Instant::now());
        } else {
            self.event(Event::ModelReplied { id, reply: None }, now);
        }
    }

    fn poll_model(&mut self, now: Timestamp) {
        let Some(model) = &mut self.model else { return };
        let events = if self.pace == Pace::Lockstep && !self.model_waiting.is_empty() {
            model.wait(Duration::from_millis(100))
        } else {
            model.poll()
        };
        for event in events {
            self.model_event(event, now);
        }
        // The client keeps deadlines too; this is the belt to its braces, so that lockstep always ends.
        let late = Duration::from_secs_f64(MODEL_DEADLINE_S * 1.5);
        let overdue: Vec<RequestId> =
            self.model_waiting.iter().filter(|(_, sent)| sent.elapsed() > late).map(|(id, _)| *id).collect();
        for id in overdue {
            self.model_event(ModelEvent::Reply { id, reply: None }, now);
        }
    }

    fn model_event(&mut self, event: ModelEvent, now: Timestamp) {
        match event {
            ModelEvent::State(state) => self.worker_state(state, now),
            ModelEvent::Reply { id, reply } => {
                self.model_waiting.remove(&id);
                self.event(Event::ModelReplied { id, reply }, now);
            }
        }
    }

    fn worker_state(&mut self, state: WorkerState, now: Timestamp) {
        self.event(Event::Worker { name: "model".to_owned(), state }, now);
    }

    /// Appends to the work record, at once, so that a kill loses nothing. Without a state file there is none.
    fn record(&mut self, line: &str) {
        let Some(path) = self.state_file.as_ref().map(|state| state.with_file_name("record.jsonl")) else { return };
        if self.record.is_none() {
            let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
            self.record = folder.and_then(|()| fs::OpenOptions::new().create(true).append(true).open(&path)).ok();
        }
        let written = self.record.as_mut().map(|file| file.write_all(format!("{line}\n").as_bytes()));
        self.unrecorded = !matches!(written, Some(Ok(())));
    }

    /// True while the work record cannot be written: the disk is full, or its folder is gone.
    pub fn is_unrecorded(&self) -> bool {
        self.unrecorded
    }

    /// Writes the resume point beside its place and renames it, so that a kill leaves the old or the new one.
    fn persist(&mut self) {
        let snapshot = self.guidance.snapshot();
        if let Some(path) = &self.state_file
            && write_snapshot(path, &snapshot).is_err()
        {
            self.unrecorded = true;
        }
        self.snapshot = Some(snapshot);
    }
}

impl fmt::Debug for Assistant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assistant").field("pace", &self.pace).field("anchor", &self.anchor).finish_non_exhaustive()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("publication", &self.publication.id)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worker(_) => f.write_str("Worker"),
            Self::Absent(why) => write!(f, "Absent({why})"),
        }
    }
}

fn start_vision(
    camera: &CameraModel,
    equipment: &EquipmentPackage,
) -> Result<Worker<Captured, Sighting>, SessionError> {
    let mut tracker = Tracker::new(camera.clone(), &equipment.fiducials).map_err(SessionError::Tracking)?;
    Worker::start("vision", move |frames: &Receiver<Captured>, sightings| {
        for captured in frames {
            let sighting = match captured {
                Captured::Frame(frame, world_from_camera, at) => tracker.frame(&frame, &world_from_camera, at),
                Captured::Markers(seen, world_from_head, at) => tracker.markers(&seen, &world_from_head, at),
            };
            if sightings.send(sighting).is_err() {
                break;
            }
        }
    })
}

fn read_snapshot(path: &Path) -> Result<Snapshot, SessionError> {
    let fail = |message: String| SessionError::Resume { path: path.to_owned(), message };
    let bytes = fs::read(path).map_err(|error| fail(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| fail(error.to_string()))
}

fn write_snapshot(path: &Path, snapshot: &Snapshot) -> std::io::Result<()> {
    let bytes = serde_json::to_vec(snapshot).map_err(std::io::Error::other)?;
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let beside = path.with_extension("new");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)
}

/// A thread with one bounded channel in and one out, and a count of what is under way.
struct Worker<Request, Reply> {
    requests: Option<Sender<Request>>,
    replies: Receiver<Reply>,
    under_way: usize,
    thread: Option<JoinHandle<()>>,
}

impl<Request: Send + 'static, Reply: Send + 'static> Worker<Request, Reply> {
    fn start(
        name: &'static str,
        work: impl FnOnce(&Receiver<Request>, Sender<Reply>) + Send + 'static,
    ) -> Result<Self, SessionError> {
        let (requests, incoming) = bounded::<Request>(1);
        let (outgoing, replies) = bounded::<Reply>(4);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&incoming, outgoing))
            .map_err(|source| SessionError::Thread { name, source })?;
        Ok(Self { requests: Some(requests), replies, under_way: 0, thread: Some(thread) })
    }

    /// False when the thread is still busy with earlier requests.
    fn offer(&mut self, request: Request) -> bool {
        let Some(requests) = &self.requests else { return false };
        match requests.try_send(request) {
            Ok(()) => {
                self.under_way += 1;
                true
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// The next reply; in lockstep waits for it while one is under way.
    fn take(&mut self, pace: Pace) -> Option<Reply> {
        let reply = match pace {
            Pace::Live => self.replies.try_recv().ok(),
            Pace::Lockstep if self.under_way > 0 => self.replies.recv().ok(),
            Pace::Lockstep => None,
        };
        if reply.is_some() {
            self.under_way = self.under_way.saturating_sub(1);
        } else if pace == Pace::Lockstep {
            // The thread is gone: nothing more will come.
            self.under_way = 0;
        }
        reply
    }

    fn idle(&self) -> bool {
        self.under_way == 0
    }
}

impl<Request, Reply> Drop for Worker<Request, Reply> {
    fn drop(&mut self) {
        self.requests = None;
        while self.replies.recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed already; there is nothing left to do about it here.
            drop(thread.join());
        }
    }
}
