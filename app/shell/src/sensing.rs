//! What the tracker of a running session sees with: the simulated camera, whose pictures are drawn here, or a real one on the
//! headset. Nothing here waits, but for the lens where a script is played on a processor that draws. Must not know what the
//! pictures are for, nor where the equipment is.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use bevy::{
    prelude::*,
    render::gpu_readback::{Readback, ReadbackComplete},
};
use crossbeam_channel::{Receiver, Sender, bounded};
use fieldwright_guide::{
    event::{Event, WorkerState},
    frames::{Equipment, Head, Pose, World as WorldFrame},
    time::Timestamp,
};
use fieldwright_session::{
    assistant::Assistant,
    camera::CameraFeed,
    head::{as_reported, as_seen, head_from_camera},
    scenario::CameraConditions,
};
use fieldwright_vision::{
    calibrate::CameraFile,
    camera::CameraModel,
    clock::{CameraRig, CameraTiming, HeadRing},
    frame::GrayFrame,
    sources::{FrameSource, Polled, Recorder, Sequence, monotonic_now, open_camera, record},
};

use crate::{live::HeadPose, looks::Looks, sensor_camera::Eye, stage};

/// The longest that a played frame waits for the simulated lens: it takes a fraction of it.
const LENS_DEADLINE: Duration = Duration::from_millis(500);

/// The camera of a session.
pub(crate) enum Sensing {
    /// Drawn.
    Simulated(Box<Simulated>),
    /// On the headset.
    Real(Box<Real>),
}

impl Sensing {
    /// The simulated camera of a world. `waits`: a script is played, and a picture is not to be older than a few frames.
    ///
    /// # Errors
    /// When its thread cannot start.
    pub(crate) fn simulated(eye: Eye, waits: bool) -> anyhow::Result<Self> {
        let lens = start_lens(&eye)?;
        Ok(Self::Simulated(Box::new(Simulated {
            ring: HeadRing::default(),
            rig: CameraRig { head_from_camera: head_from_camera(), clock_offset_s: 0.0 },
            timing: CameraTiming::default(),
            eye,
            reading: None,
            exposing: None,
            begun: None,
            lens,
            waits,
        })))
    }

    /// The rhythm and delay of the camera, for the engineer's drawer.
    pub(crate) fn timing(&self) -> String {
        match self {
            Self::Simulated(simulated) => simulated.timing.words(),
            Self::Real(real) => match &real.feed {
                Feed::Tracked(feed) | Feed::Played(feed) => feed.timing().words(),
                Feed::RecordedOnly(_) => UNMOUNTED.to_owned(),
            },
        }
    }

    /// Moves pictures along, to the assistant.
    pub(crate) fn go_on(
        &mut self,
        world: &mut World,
        assistant: &mut Assistant,
        now: Timestamp,
        conditions: Option<CameraConditions>,
    ) {
        match self {
            Self::Simulated(simulated) => simulated.go_on(world, assistant, now, conditions),
            Self::Real(real) => real.go_on(assistant, now),
        }
    }

    /// Where in the drawn room something is seen that is drawn at a pose of the headset's world: a real headset is as wrong about
    /// the one as about the other.
    pub(crate) fn as_seen(&self, now: Timestamp, drawn: &Pose<WorldFrame, Equipment>) -> Pose<WorldFrame, Equipment> {
        match self {
            Self::Simulated(_) => as_seen(now.0, drawn),
            Self::Real(_) => *drawn,
        }
    }

    /// Takes in where the head was at a moment of `CLOCK_MONOTONIC`. The simulated camera sits on the drawn head instead.
    #[cfg(feature = "xr")]
    pub(crate) fn head_was(&mut self, monotonic: Timestamp, world_from_head: Pose<WorldFrame, Head>) {
        if let Self::Real(real) = self {
            real.head_was(monotonic, world_from_head);
        }
    }

    /// True where a recording plays in place of a camera.
    #[cfg(feature = "xr")]
    pub(crate) fn is_played(&self) -> bool {
        matches!(self, Self::Real(real) if matches!(real.feed, Feed::Played(_)))
    }

    /// True where the equipment is real, and not drawn.
    #[cfg(feature = "xr")]
    pub(crate) fn is_real(&self) -> bool {
        matches!(self, Self::Real(_))
    }
}

/// A picture that came back from the device.
#[derive(Default, Resource)]
pub(crate) struct Arrived(Option<Vec<u8>>);

/// The simulated camera: one picture in the lens thread, the next being drawn meanwhile.
pub(crate) struct Simulated {
    /// Where the head was, for pictures that arrive late.
    ring: HeadRing,
    rig: CameraRig,
    timing: CameraTiming,
    eye: Eye,
    /// A picture being rendered and read back: as of when, and its reader.
    reading: Option<(Timestamp, Entity)>,
    /// A picture in the lens thread: as of when.
    exposing: Option<Timestamp>,
    /// When the last picture was begun.
    begun: Option<Timestamp>,
    lens: Lens,
    waits: bool,
}

/// The lens and sensor on a thread of their own: they cost more than a frame of the main loop may.
struct Lens {
    pictures: Sender<(Vec<u8>, CameraConditions)>,
    frames: Receiver<Option<GrayFrame>>,
}

fn start_lens(eye: &Eye) -> anyhow::Result<Lens> {
    let (pictures, incoming) = bounded::<(Vec<u8>, CameraConditions)>(1);
    let (outgoing, frames) = bounded(1);
    let mut glass = eye.glass()?;
    std::thread::Builder::new().name("lens".to_owned()).spawn(move || {
        for (rgba, conditions) in incoming {
            if outgoing.send(glass.expose(&rgba, &conditions).ok()).is_err() {
                break;
            }
        }
    })?;
    Ok(Lens { pictures, frames })
}

impl Simulated {
    /// Seconds from picture to picture at least: what a camera gives, and what a processor that also draws can spare.
    fn interval_s(&self, looks: Looks) -> f64 {
        match looks {
            Looks::Full => 1.0 / 30.0,
            Looks::Light if self.waits => 0.1,
            Looks::Light => 0.3,
        }
    }

    fn go_on(
        &mut self,
        world: &mut World,
        assistant: &mut Assistant,
        now: Timestamp,
        conditions: Option<CameraConditions>,
    ) {
        let head = world.resource::<HeadPose>().0;
        self.ring.push(now, head);
        self.exposed(assistant, now, Duration::ZERO);
        if let Some((at, reader)) = self.reading {
            // The camera has drawn the frame it was switched on for; its later ones would show a later pose.
            self.eye.look(world, &head, false);
            if self.exposing.is_none()
                && let Some(data) = world.resource_mut::<Arrived>().0.take()
            {
                world.despawn(reader);
                self.reading = None;
                let rows = self.eye.unpadded(&data);
                if self.lens.pictures.try_send((rows, conditions.unwrap_or_default())).is_ok() {
                    self.exposing = Some(at);
                }
                if self.waits {
                    self.exposed(assistant, now, LENS_DEADLINE);
                }
            }
        }
        let interval_s = self.interval_s(*world.resource::<Looks>());
        let due = self.begun.is_none_or(|begun| now.since(begun) >= interval_s);
        if self.reading.is_none() && due && conditions.is_some() && stage::is_set(world) {
            self.eye.look(world, &head, true);
            let reader = world
                .spawn(Readback::texture(self.eye.target.clone()))
                .observe(|done: On<'_, '_, ReadbackComplete>, mut arrived: ResMut<'_, Arrived>| {
                    arrived.0.get_or_insert_with(|| done.data.clone());
                })
                .id();
            self.reading = Some((now, reader));
            self.begun = Some(now);
        }
    }

    /// Hands on what came out of the lens. As with a real camera: the picture is late, and where the head was when it was taken
    /// is looked up.
    fn exposed(&mut self, assistant: &mut Assistant, now: Timestamp, deadline: Duration) {
        let Some(at) = self.exposing else { return };
        let Ok(frame) = self.lens.frames.recv_timeout(deadline) else { return };
        self.exposing = None;
        match (frame, self.rig.world_from_camera(&self.ring, at)) {
            (Some(frame), Ok(pose)) => {
                let taken = self.rig.head_time(at);
                self.timing.picture(taken, now);
                assistant.camera_frame(frame, as_reported(taken.0, &pose), taken);
            }
            _ => self.timing.missed(),
        }
    }
}

/// What is said of a camera whose place on the head is not known.
const UNMOUNTED: &str = "recorded, not tracked: its place on the headset is not calibrated";

/// A camera on the headset.
pub(crate) struct Real {
    feed: Feed,
    /// What `CLOCK_MONOTONIC` showed when the session's clock was at zero, seconds.
    zero_s: f64,
    recorder: Option<Recorder>,
}

enum Feed {
    Tracked(CameraFeed),
    /// With the head's poses of then.
    Played(CameraFeed),
    /// Its place on the head is not known: only good for the recording that it will be found from.
    RecordedOnly(Box<dyn FrameSource>),
}

/// Opens the camera at `device`, calibrated as `file` says, and keeps what it gives in `recording`, if that is wanted. The
/// session's clock is at zero now.
///
/// # Errors
/// When the calibration file cannot be read or does not say where the camera is on the headset (it need not for a recording),
/// or the recording cannot begin.
pub(crate) fn real(device: &Path, file: &Path, recording: Option<&Path>) -> anyhow::Result<(Sensing, CameraModel)> {
    let calibration = CameraFile::read(file)?;
    let (camera, rig) = (calibration.camera.clone(), calibration.rig());
    if rig.is_none() && recording.is_none() {
        anyhow::bail!(
            "{} does not say where the camera sits on the headset\nhint: record with --record DIR, then `fieldwright calibrate headset`",
            file.display()
        );
    }
    let mut source: Box<dyn FrameSource> = Box::new(open_camera(device, Some(calibration))?);
    let mut recorder = None;
    if let Some(folder) = recording {
        let (noting, recorded) = record(source, folder)?;
        (recorder, source) = (Some(noting), recorded);
    }
    let zero_s = monotonic_now().0;
    let feed = match rig {
        Some(rig) => Feed::Tracked(CameraFeed::new(source, rig, zero_s)),
        None => Feed::RecordedOnly(source),
    };
    Ok((Sensing::Real(Box::new(Real { feed, zero_s, recorder })), camera))
}

/// Plays the recording in `folder` in place of a camera, calibrated as `file` says, or as the recording does. The session's clock is
/// at zero now.
///
/// # Errors
/// When the recording or the calibration cannot be read, or one of them lacks what tracking needs.
pub(crate) fn recorded(folder: &Path, file: Option<&Path>) -> anyhow::Result<(Sensing, CameraModel)> {
    let sequence = Sequence::open(folder)?;
    let own = || sequence.camera().cloned();
    let calibration = file.map(CameraFile::read).transpose()?.or_else(own).with_context(|| {
        format!("the recording `{}` has no calibration of its camera\nhint: --calibration FILE", folder.display())
    })?;
    let rig = calibration.rig().with_context(|| {
        let shown = folder.display();
        format!("it is not known where the camera of `{shown}` sat on the headset\nhint: fieldwright calibrate headset {shown}")
    })?;
    anyhow::ensure!(!sequence.is_empty(), "the recording `{}` has no pictures", folder.display());
    anyhow::ensure!(
        !sequence.head().is_empty(),
        "the recording `{0}` does not hold where the head was\nhint: fieldwright track --sequence {0} reads it without",
        folder.display()
    );
    let feed = Feed::Played(CameraFeed::recorded(sequence, rig)?);
    Ok((Sensing::Real(Box::new(Real { feed, zero_s: 0.0, recorder: None })), calibration.camera))
}

impl Real {
    fn go_on(&mut self, assistant: &mut Assistant, now: Timestamp) {
        match &mut self.feed {
            Feed::Tracked(feed) | Feed::Played(feed) => assistant.camera(feed, now),
            Feed::RecordedOnly(source) => {
                let state = match source.poll() {
                    Polled::Failed(error) => WorkerState::Failed(error.to_string()),
                    Polled::Frame(_) => WorkerState::Absent(UNMOUNTED.to_owned()),
                    Polled::Waiting | Polled::Ended => return,
                };
                assistant.event(Event::Worker { name: "camera".to_owned(), state }, now);
            }
        }
    }

    #[cfg(feature = "xr")]
    fn head_was(&mut self, monotonic: Timestamp, world_from_head: Pose<WorldFrame, Head>) {
        if let Feed::Tracked(feed) = &mut self.feed {
            feed.head(monotonic.plus(-self.zero_s), world_from_head);
        }
        if let Some(recorder) = &self.recorder {
            recorder.head(monotonic, world_from_head);
        }
    }
}
