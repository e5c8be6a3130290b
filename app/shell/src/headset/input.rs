//! What hands, controllers and eyes do, as the runtime has it: actions, hand joints, gaze. Must not know what can be pressed.

use bevy::prelude::*;
use bevy_mod_openxr::{
    helper_traits::ToTransform as _,
    resources::{OxrFrameState, OxrInstance},
    session::OxrSession,
};
use bevy_mod_xr::spaces::{XrPrimaryReferenceSpace, XrSpace};
use fieldwright_session::interaction::{Controller, Hand, Inputs, Ray};

use crate::live::HeadPose;

/// Everything in a frame, but what is shown.
#[derive(Clone, Debug, Default, Resource)]
pub(crate) struct XrInputs(pub(crate) Inputs);

/// Handles of the session's actions.
#[derive(Resource)]
pub(super) struct Actions {
    set: openxr::ActionSet,
    select: openxr::Action<f32>,
    menu: openxr::Action<bool>,
    squeeze: openxr::Action<f32>,
    hands: [openxr::Path; 2],
    aims: [XrSpace; 2],
    gaze: Option<XrSpace>,
    trackers: [Option<openxr::HandTracker>; 2],
}

/// A select or a squeeze counts from here on.
const PRESSED: f32 = 0.6;

/// Profiles with the paths of select, menu and squeeze under a hand. Each runtime takes those that it knows.
const PROFILES: &[(&str, &str, Option<&str>, Option<&str>)] = &[
    ("/interaction_profiles/khr/simple_controller", "select/click", Some("menu/click"), None),
    ("/interaction_profiles/oculus/touch_controller", "trigger/value", None, Some("squeeze/value")),
    ("/interaction_profiles/valve/index_controller", "trigger/value", Some("b/click"), Some("squeeze/value")),
    ("/interaction_profiles/microsoft/motion_controller", "trigger/value", Some("menu/click"), Some("squeeze/click")),
    ("/interaction_profiles/htc/vive_controller", "trigger/value", Some("menu/click"), Some("squeeze/click")),
];

/// Makes the actions and hands them to the session that was just created.
pub(super) fn attach(
    mut commands: Commands<'_, '_>,
    instance: Option<Res<'_, OxrInstance>>,
    session: Option<Res<'_, OxrSession>>,
) {
    let (Some(instance), Some(session)) = (instance, session) else { return };
    match actions(&instance, &session) {
        Ok(actions) => commands.insert_resource(actions),
        Err(error) => bevy::log::error!("hands and controllers cannot be read: {error}"),
    }
}

fn actions(instance: &OxrInstance, session: &OxrSession) -> anyhow::Result<Actions> {
    let set = instance.create_action_set("repair", "Repair", 0)?;
    let hands = [instance.string_to_path("/user/hand/left")?, instance.string_to_path("/user/hand/right")?];
    let aim = set.create_action::<openxr::Posef>("aim", "Point", &hands)?;
    let select = set.create_action::<f32>("select", "Select, hold to confirm", &hands)?;
    let menu = set.create_action::<bool>("menu", "Menu", &hands)?;
    let squeeze = set.create_action::<f32>("squeeze", "Carry a plate", &hands)?;
    for (profile, select_path, menu_path, squeeze_path) in PROFILES {
        let mut bindings = Vec::new();
        for side in ["left", "right"] {
            let path = |rest: &str| instance.string_to_path(&format!("/user/hand/{side}/input/{rest}"));
            bindings.push(openxr::Binding::new(&aim, path("aim/pose")?));
            bindings.push(openxr::Binding::new(&select, path(select_path)?));
            if let Some(menu_path) = menu_path {
                bindings.push(openxr::Binding::new(&menu, path(menu_path)?));
            }
            if let Some(squeeze_path) = squeeze_path {
                bindings.push(openxr::Binding::new(&squeeze, path(squeeze_path)?));
            }
        }
        if *profile == "/interaction_profiles/oculus/touch_controller" {
            // Only the left one has a menu button that an application may use.
            bindings.push(openxr::Binding::new(&menu, instance.string_to_path("/user/hand/left/input/menu/click")?));
        }
        let known = instance.suggest_interaction_profile_bindings(instance.string_to_path(profile)?, &bindings);
        if let Err(error) = known {
            bevy::log::warn!("{profile}: {error}");
        }
    }
    let eyes = instance.exts().ext_eye_gaze_interaction.is_some();
    let look = if eyes { Some(set.create_action::<openxr::Posef>("gaze", "Look", &[])?) } else { None };
    if let Some(look) = &look {
        instance.suggest_interaction_profile_bindings(
            instance.string_to_path("/interaction_profiles/ext/eye_gaze_interaction")?,
            &[openxr::Binding::new(look, instance.string_to_path("/user/eyes_ext/input/gaze_ext/pose")?)],
        )?;
    }
    session.attach_action_sets(&[&set])?;
    let space =
        |action: &openxr::Action<openxr::Posef>, path| session.create_action_space(action, path, Isometry3d::IDENTITY);
    let tracker = |hand| session.create_hand_tracker(hand).ok();
    Ok(Actions {
        aims: [space(&aim, hands[0])?, space(&aim, hands[1])?],
        gaze: look.map(|look| space(&look, openxr::Path::NULL)).transpose()?,
        trackers: [tracker(openxr::HandEXT::LEFT), tracker(openxr::HandEXT::RIGHT)],
        set,
        select,
        menu,
        squeeze,
        hands,
    })
}

/// Reads them all for this frame.
pub(super) fn read(
    actions: Option<Res<'_, Actions>>,
    session: Option<Res<'_, OxrSession>>,
    space: Option<Res<'_, XrPrimaryReferenceSpace>>,
    frame: Option<Res<'_, OxrFrameState>>,
    head: Res<'_, HeadPose>,
    mut inputs: ResMut<'_, XrInputs>,
) {
    let inputs = &mut inputs.0;
    *inputs = Inputs::default();
    let (Some(actions), Some(session), Some(space), Some(frame)) = (actions, session, space, frame) else { return };
    // Before the session has the focus nothing can be read, which is no error.
    if session.sync_actions(&[(&actions.set).into()]).is_err() {
        return;
    }
    let at = frame.predicted_display_time;
    inputs.head = Some(head.0);
    let aim = |own: &XrSpace| {
        let located = session.locate_space(own, &space.0.0, at).ok()?;
        let whole = openxr::SpaceLocationFlags::ORIENTATION_VALID | openxr::SpaceLocationFlags::POSITION_VALID;
        let pose = located.location_flags.contains(whole).then(|| located.pose.to_transform())?;
        Ray::new(pose.translation, pose.rotation * Vec3::NEG_Z)
    };
    for index in 0..2 {
        let path = actions.hands[index];
        let value = |action: &openxr::Action<f32>| {
            action.state(&session, path).ok().filter(|state| state.is_active).map_or(0.0, |state| state.current_state)
        };
        inputs.controllers[index] = aim(&actions.aims[index]).map(|aim| Controller {
            aim,
            select: value(&actions.select) >= PRESSED,
            menu: actions.menu.state(&session, path).is_ok_and(|state| state.is_active && state.current_state),
            squeeze: value(&actions.squeeze) >= PRESSED,
        });
        let joints = actions.trackers[index]
            .as_ref()
            .and_then(|tracker| session.locate_hand_joints(tracker, &space.0.0, at).ok().flatten());
        inputs.hands[index] = joints.and_then(|joints| {
            let valid = joints.iter().all(|j| j.location_flags.contains(openxr::SpaceLocationFlags::POSITION_VALID));
            valid.then(|| Hand {
                joints: joints.map(|joint| joint.pose.to_transform().translation),
                radii: joints.map(|joint| joint.radius),
            })
        });
    }
    inputs.eyes = actions.gaze.as_ref().and_then(aim);
}
