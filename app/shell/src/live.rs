//! A session at work in a running application, window or headset: its camera frames, its decisions, what it shows. Nothing here
//! waits: frames, searches and the model are on threads of their own. Must not know where the head's pose and the user's
//! commands come from.

use std::{sync::Arc, time::Duration};

use bevy::{
    prelude::*,
    render::gpu_readback::{Readback, ReadbackComplete},
};
use crossbeam_channel::{Receiver, Sender, bounded};
use fieldwright_guide::{
    equipment::EquipmentPackage,
    event::{Effect, Event},
    frames::{Head, Pose, World as WorldFrame},
    overlay::{Notice, StatusItem, StatusLevel},
    time::Timestamp,
};
use fieldwright_session::{
    assistant::Assistant,
    head::{as_reported, as_seen, head_from_camera},
    player::{Player, ShotRequest},
    scenario::CameraConditions,
    targets::{Wish, wish},
};
use fieldwright_vision::{
    clock::{CameraRig, CameraTiming, HeadRing},
    frame::GrayFrame,
};

use crate::{
    cpu::ThreadCpu,
    looks::Looks,
    overlay3d::{Look, Standing, darkened, grant},
    sensor_camera::Eye,
    shared::{CurrentScene, OverlayPose},
    stage::{self, Covered, Moves},
};

/// Everything of the session that systems reach; not sent between threads.
pub(crate) struct Live {
    pub(crate) assistant: Assistant,
    /// The script being played, if any.
    pub(crate) player: Option<Player>,
    /// A script that has been played to its end.
    pub(crate) ended: Option<Player>,
    pub(crate) equipment: Arc<EquipmentPackage>,
    /// Whose head it is: the script's, or one that moves by itself.
    pub(crate) head: HeadFrom,
    /// Pictures that the script wants of the frame just shown.
    pub(crate) shots: Vec<ShotRequest>,
    /// What happened before, and until when it is shown, seconds.
    pub(crate) announced: Option<(String, f64)>,
    /// What was decided to be said or done since these were last taken.
    pub(crate) effects: Vec<Effect>,
    /// What was wished of the overlay itself.
    wishes: Vec<Wish>,
    /// Where the head was, for pictures that arrive late.
    ring: HeadRing,
    rig: CameraRig,
    /// The rhythm and delay of the camera, for the engineer's drawer.
    pub(crate) timing: CameraTiming,
    eye: Eye,
    /// A picture being rendered and read back: as of when, and its reader.
    reading: Option<(Timestamp, Entity)>,
    /// A picture in the lens thread: as of when.
    exposing: Option<Timestamp>,
    /// When the last picture was begun.
    begun: Option<Timestamp>,
    lens: Lens,
    pub(crate) cpu: ThreadCpu,
}

/// Who moves the head.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HeadFrom {
    /// The script, while one is played.
    Script,
    /// A person, or a runtime that tracks one.
    Wearer,
}

impl Live {
    /// A session that is about to start.
    ///
    /// # Errors
    /// When the camera's thread cannot start.
    pub(crate) fn new(
        assistant: Assistant,
        player: Option<Player>,
        equipment: Arc<EquipmentPackage>,
        eye: Eye,
        head: HeadFrom,
    ) -> anyhow::Result<Self> {
        let lens = start_lens(&eye)?;
        Ok(Self {
            assistant,
            player,
            ended: None,
            equipment,
            head,
            shots: Vec::new(),
            announced: None,
            effects: Vec::new(),
            wishes: Vec::new(),
            ring: HeadRing::default(),
            rig: CameraRig { head_from_camera: head_from_camera(), clock_offset_s: 0.0 },
            timing: CameraTiming::default(),
            eye,
            reading: None,
            exposing: None,
            begun: None,
            lens,
            cpu: ThreadCpu::default(),
        })
    }

    /// An event of the user's, as of now.
    pub(crate) fn happen(&mut self, time: &Time, event: Event) {
        if let Event::Utterance(words) = &event
            && let Some(wish) = wish(words)
        {
            self.wishes.push(wish);
            return;
        }
        self.assistant.event(event, Timestamp(time.elapsed_secs_f64()));
    }

    /// True while a scenario is being played.
    pub(crate) fn is_played(&self) -> bool {
        self.player.is_some()
    }
}

/// The lens and sensor on a thread of their own: they cost more than a frame of the main loop may.
struct Lens {
    pictures: Sender<(Vec<u8>, CameraConditions)>,
    frames: Receiver<Option<GrayFrame>>,
}

/// A script plays on after a slow frame as if it had taken no longer than this: where the processor draws, heads would otherwise move
/// on for a second while a picture is drawn, as no headset's renderer lets them.
const LONGEST_PLAYED: Duration = Duration::from_millis(100);

/// The session's clock: with a person it is theirs, however slow the drawing is.
pub(crate) fn set_clock(app: &mut App, played: bool) {
    let longest = if played { LONGEST_PLAYED } else { Duration::MAX };
    app.world_mut().resource_mut::<Time<Virtual>>().set_max_delta(longest);
}

/// The wearer's head.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct HeadPose(pub(crate) Pose<WorldFrame, Head>);

/// A picture that came back from the device.
#[derive(Default, Resource)]
pub(crate) struct Arrived(Option<Vec<u8>>);

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

/// One frame of the session: take in, decide, show.
pub(crate) fn drive(world: &mut World) {
    let Some(mut live) = world.remove_non_send::<Live>() else { return };
    let now = Timestamp(world.resource::<Time>().elapsed_secs_f64());
    if let Some(player) = &live.player {
        let inputs = player.inputs(now);
        if live.head == HeadFrom::Script {
            world.resource_mut::<HeadPose>().0 = inputs.world_from_head;
        }
        if world.resource::<Covered>().0 != inputs.covered_tags {
            world.resource_mut::<Covered>().0 = inputs.covered_tags;
        }
    }
    live.ring.push(now, world.resource::<HeadPose>().0);
    let conditions = live.player.as_ref().map_or_else(|| Some(CameraConditions::default()), |p| p.inputs(now).camera);
    sense(world, &mut live, now, conditions);

    live.cpu.begin();
    live.assistant.poll(now);
    let mut effects = live.assistant.take_effects();
    if let Some(mut player) = live.player.take() {
        player.heard_effects(&effects);
        player.advance(&mut live.assistant, now, now.0);
        live.shots.extend(player.take_shots());
        let more = live.assistant.take_effects();
        player.heard_effects(&more);
        effects.extend(more);
        if player.finished() {
            live.ended = Some(player);
        } else {
            live.player = Some(player);
        }
    }
    let mut scene = live.assistant.scene(now);
    if live.assistant.is_unrecorded() {
        let detail = "cannot be written: is the disk full?".to_owned();
        scene.status.push(StatusItem { name: "Record".to_owned(), detail, level: StatusLevel::Bad });
    }
    if let Some((words, until)) = &live.announced {
        if now.0 < *until {
            scene.notice.get_or_insert_with(|| Notice { lines: vec![words.clone()], citation: String::new() });
        } else {
            live.announced = None;
        }
    }
    let busy = live.assistant.model_busy();
    live.cpu.end(busy);

    let started = world.resource::<Time>().elapsed_secs();
    for effect in &effects {
        if let Effect::PlayMotion { cue: Some(cue), .. } = effect {
            world.resource_mut::<Moves>().start(&cue.node, cue.motion, cue.reversed, started);
        }
    }
    world.resource_scope(|world, mut look: Mut<'_, Look>| {
        let mut standing = world.resource_mut::<Standing>();
        live.wishes.drain(..).for_each(|wish| grant(&wish, &mut look, &mut standing));
    });
    let scene = darkened(scene, *world.resource::<Look>());
    if world.resource::<CurrentScene>().0 != scene {
        world.resource_mut::<CurrentScene>().0 = scene;
    }
    let estimate = live.assistant.anchor().world_from_equipment;
    world.resource_mut::<OverlayPose>().world_from_equipment = estimate.map(|estimate| as_seen(now.0, &estimate));
    live.effects.extend(effects);
    world.insert_non_send(live);
}

/// Seconds from picture to picture at least: what a camera gives, and what a processor that also draws can spare.
fn interval_s(looks: Looks) -> f64 {
    match looks {
        Looks::Full => 1.0 / 30.0,
        Looks::Light => 0.3,
    }
}

/// Moves camera pictures along: one in the lens thread, the next being drawn meanwhile.
fn sense(world: &mut World, live: &mut Live, now: Timestamp, conditions: Option<CameraConditions>) {
    let head = world.resource::<HeadPose>().0;
    if let Some(at) = live.exposing
        && let Ok(frame) = live.lens.frames.try_recv()
    {
        live.exposing = None;
        // As with a real camera: the picture is late, and where the head was when it was taken is looked up.
        match (frame, live.rig.world_from_camera(&live.ring, at)) {
            (Some(frame), Ok(pose)) => {
                let taken = live.rig.head_time(at);
                live.timing.picture(taken, now);
                live.assistant.camera_frame(frame, as_reported(taken.0, &pose), taken);
            }
            _ => live.timing.missed(),
        }
    }
    if let Some((at, reader)) = live.reading {
        // The camera has drawn the frame it was switched on for; its later ones would show a later pose.
        live.eye.look(world, &head, false);
        if live.exposing.is_none()
            && let Some(data) = world.resource_mut::<Arrived>().0.take()
        {
            world.despawn(reader);
            live.reading = None;
            let rows = live.eye.unpadded(&data);
            if live.lens.pictures.try_send((rows, conditions.unwrap_or_default())).is_ok() {
                live.exposing = Some(at);
            }
        }
    }
    let due = live.begun.is_none_or(|begun| now.since(begun) >= interval_s(*world.resource::<Looks>()));
    if live.reading.is_none() && due && conditions.is_some() && stage::is_set(world) {
        live.eye.look(world, &head, true);
        let reader = world
            .spawn(Readback::texture(live.eye.target.clone()))
            .observe(|done: On<'_, '_, ReadbackComplete>, mut arrived: ResMut<'_, Arrived>| {
                arrived.0.get_or_insert_with(|| done.data.clone());
            })
            .id();
        live.reading = Some((now, reader));
        live.begun = Some(now);
    }
}
