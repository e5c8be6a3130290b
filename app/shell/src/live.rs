//! A session at work in a running application, window or headset: its camera frames, its decisions, what it shows. Nothing here
//! waits: frames, searches and the model are on threads of their own. Must not know where the head's pose and the user's
//! commands come from.

use std::{sync::Arc, time::Duration};

use bevy::prelude::*;
use fieldwright_guide::{
    equipment::EquipmentPackage,
    event::{Effect, Event},
    frames::{Head, Pose, World as WorldFrame},
    overlay::{Notice, StatusItem, StatusLevel},
    time::Timestamp,
};
use fieldwright_session::{
    assistant::Assistant,
    player::{Player, ShotRequest},
    scenario::CameraConditions,
    targets::{Wish, wish},
};

use crate::{
    cpu::ThreadCpu,
    overlay3d::{Look, Standing, darkened, grant},
    sensing::Sensing,
    shared::{CurrentScene, OverlayPose},
    stage::{Covered, Moves},
    voice::Voice,
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
    /// What the tracker sees with.
    pub(crate) sensing: Sensing,
    /// What it hears and speaks with; a played script speaks for itself.
    pub(crate) voice: Option<Voice>,
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
    pub(crate) fn new(
        assistant: Assistant,
        player: Option<Player>,
        equipment: Arc<EquipmentPackage>,
        sensing: Sensing,
        head: HeadFrom,
    ) -> Self {
        Self {
            assistant,
            player,
            ended: None,
            equipment,
            head,
            shots: Vec::new(),
            announced: None,
            effects: Vec::new(),
            wishes: Vec::new(),
            sensing,
            voice: None,
            cpu: ThreadCpu::default(),
        }
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

/// A script plays on after a slow frame as if it had taken no longer than this: where the processor draws, heads would otherwise move
/// on for a second while a picture is drawn, as no headset's renderer lets them.
const LONGEST_PLAYED: Duration = Duration::from_millis(50);

/// The session's clock: with a person it is theirs, however slow the drawing is.
pub(crate) fn set_clock(app: &mut App, played: bool) {
    let longest = if played { LONGEST_PLAYED } else { Duration::MAX };
    app.world_mut().resource_mut::<Time<Virtual>>().set_max_delta(longest);
}

/// The wearer's head.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct HeadPose(pub(crate) Pose<WorldFrame, Head>);

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
    let conditions = live.player.as_ref().map_or_else(|| Some(CameraConditions::default()), |p| p.inputs(now).camera);
    let Live { sensing, assistant, .. } = &mut live;
    sensing.go_on(world, assistant, now, conditions);

    live.cpu.begin();
    let Live { voice, assistant, .. } = &mut live;
    if let Some(voice) = voice {
        voice.listen(assistant, now);
    }
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
    if let Some(voice) = &mut live.voice {
        voice.say(&effects, &scene, now);
        scene.status.extend(voice.items());
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
    world.resource_mut::<OverlayPose>().world_from_equipment =
        estimate.map(|estimate| live.sensing.as_seen(now, &estimate));
    live.effects.extend(effects);
    world.insert_non_send(live);
}
