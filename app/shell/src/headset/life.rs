//! The life of an OpenXR session: worn or not, how the world behind shows, where the wearer's head and eyes are. Must not know
//! what is drawn.

use bevy::prelude::*;
use bevy_mod_openxr::{
    environment_blend_mode::OxrEnvironmentBlendModes,
    exts::OxrEnabledExtensions,
    helper_traits::ToTransform as _,
    poll_events::OxrEventIn,
    resources::{OxrFrameState, OxrInstance, OxrViews},
    session::OxrSession,
};
use bevy_mod_xr::spaces::XrPrimaryReferenceSpace;
use fieldwright_guide::{
    command::Command,
    event::Event,
    frames::{Head, Pose, World as WorldFrame},
};
use fieldwright_vision::sources::monotonic_now;

use crate::live::{HeadPose, Live};

/// How the session stands with its runtime.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct Life {
    /// As the runtime last said.
    pub(crate) state: openxr::SessionState,
    worn: Option<bool>,
    paused_here: bool,
}

impl Default for Life {
    fn default() -> Self {
        Self { state: openxr::SessionState::UNKNOWN, worn: None, paused_here: false }
    }
}

impl Life {
    /// The state's name, lower case.
    pub(crate) fn name(&self) -> &'static str {
        match self.state {
            openxr::SessionState::IDLE => "idle",
            openxr::SessionState::READY => "ready",
            openxr::SessionState::SYNCHRONIZED => "synchronized",
            openxr::SessionState::VISIBLE => "visible",
            openxr::SessionState::FOCUSED => "focused",
            openxr::SessionState::STOPPING => "stopping",
            openxr::SessionState::LOSS_PENDING => "loss-pending",
            openxr::SessionState::EXITING => "exiting",
            _ => "unknown",
        }
    }
}

/// Takes in what the runtime says. A runtime about to be lost is left at once: waiting for it would only freeze the picture.
pub(super) fn follow(event: OxrEventIn<'_>, mut life: ResMut<'_, Life>, mut exit: MessageWriter<'_, AppExit>) {
    match *event {
        openxr::Event::SessionStateChanged(change) => {
            life.state = change.state();
            if life.state == openxr::SessionState::LOSS_PENDING {
                exit.write(AppExit::from_code(super::supervise::RUNTIME_LOST));
            }
        }
        openxr::Event::InstanceLossPending(_) => {
            exit.write(AppExit::from_code(super::supervise::RUNTIME_LOST));
        }
        _ => {}
    }
}

/// Taken off, the repair pauses; put on again, it resumes. A pause that the user asked for stays.
pub(super) fn pause_unworn(mut life: ResMut<'_, Life>, time: Res<'_, Time>, mut live: NonSendMut<'_, Live>) {
    let worn = match life.state {
        openxr::SessionState::FOCUSED | openxr::SessionState::VISIBLE => true,
        openxr::SessionState::SYNCHRONIZED | openxr::SessionState::STOPPING | openxr::SessionState::IDLE => false,
        _ => return,
    };
    if life.worn == Some(worn) {
        return;
    }
    let before = life.worn.replace(worn);
    let working = live.assistant.guidance().position().is_some();
    if !worn && before == Some(true) && working && !live.assistant.guidance().is_paused() {
        life.paused_here = true;
        live.happen(&time, Event::Command(Command::Pause));
    } else if worn && std::mem::take(&mut life.paused_here) {
        live.happen(&time, Event::Command(Command::Resume));
    }
}

/// How what is drawn meets the world behind it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Resource)]
pub(crate) enum Behind {
    /// Nothing shows through: the simulated scene is drawn.
    #[default]
    Simulated,
    /// The real world, covered where something is drawn.
    Covered,
    /// The real world, with light added to it: black is nothing.
    Added,
}

/// Chooses once the session says what it offers.
pub(super) fn choose_behind(
    modes: Option<Res<'_, OxrEnvironmentBlendModes>>,
    extensions: Option<Res<'_, OxrEnabledExtensions>>,
    live: NonSend<'_, Live>,
    mut behind: ResMut<'_, Behind>,
) {
    let Some(modes) = modes else { return };
    let chosen = match modes.blend_mode() {
        openxr::EnvironmentBlendMode::ADDITIVE => Behind::Added,
        openxr::EnvironmentBlendMode::ALPHA_BLEND => Behind::Covered,
        _ if extensions.is_some_and(|e| e.fb_passthrough) => Behind::Covered,
        // Where nothing shows through and the equipment is real, black is the truth.
        _ if live.sensing.is_real() => Behind::Covered,
        _ => Behind::Simulated,
    };
    if *behind != chosen {
        *behind = chosen;
    }
}

/// The wearer's head in this frame: between the eyes as the runtime predicts them for the moment of display. A camera on the
/// headset is told where the head is now instead: what is predicted for later has not been seen by anything.
pub(super) fn take_head(
    instance: Option<Res<'_, OxrInstance>>,
    session: Option<Res<'_, OxrSession>>,
    space: Option<Res<'_, XrPrimaryReferenceSpace>>,
    frame: Option<Res<'_, OxrFrameState>>,
    mut views: ResMut<'_, OxrViews>,
    mut head: ResMut<'_, HeadPose>,
    mut live: NonSendMut<'_, Live>,
) {
    let (Some(session), Some(space), Some(frame)) = (session, space, frame) else { return };
    let located =
        session.locate_views(openxr::ViewConfigurationType::PRIMARY_STEREO, frame.predicted_display_time, &space);
    let Ok((flags, eyes)) = located else { return };
    if !flags.contains(openxr::ViewStateFlags::ORIENTATION_VALID | openxr::ViewStateFlags::POSITION_VALID) {
        return;
    }
    if let Some(middle) = between(&eyes) {
        head.0 = middle;
        *views = OxrViews(eyes);
    }
    if live.sensing.is_real()
        && let Some(Ok(now)) = instance.map(|instance| instance.now())
    {
        // The runtime's clock and the camera's are read one after the other, microseconds apart.
        let monotonic = monotonic_now();
        let located = session.locate_views(openxr::ViewConfigurationType::PRIMARY_STEREO, now, &space);
        if let Ok((flags, eyes)) = located
            // Only a pose that is seen counts for the camera; for drawing an estimate is better than none.
            && flags.contains(openxr::ViewStateFlags::ORIENTATION_TRACKED | openxr::ViewStateFlags::POSITION_TRACKED)
            && let Some(middle) = between(&eyes)
        {
            live.sensing.head_was(monotonic, middle);
        }
    }
}

fn between(eyes: &[openxr::View]) -> Option<Pose<WorldFrame, Head>> {
    let [left, right, ..] = eyes else { return None };
    let (left, right) = (left.pose.to_transform(), right.pose.to_transform());
    let rotation = left.rotation.slerp(right.rotation, 0.5);
    Some(Pose::new((left.translation + right.translation) * 0.5, rotation.normalize()))
}
