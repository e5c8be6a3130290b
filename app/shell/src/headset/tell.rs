//! One line of JSON a frame, for programs that watch or drive a headset session (docs/headset.md). Must not decide anything.

use bevy::prelude::*;
use bevy_mod_openxr::resources::OxrViews;
use fieldwright_guide::{
    frames::Pose,
    manual::AlertKind,
    overlay::{HighlightRole, OverlayScene},
    time::Timestamp,
    tracking::Tracking,
};
use fieldwright_session::targets::Target;
use serde_json::{Value, json};

use super::{input::XrInputs, life::Life, press::Pressed, session::Film};
use crate::{
    live::{HeadPose, Live},
    overlay3d::Targets,
    shared::CurrentScene,
};

/// Writes the frame's line.
#[expect(clippy::print_stdout, reason = "a program asked to be told")]
pub(super) fn tell(
    live: NonSend<'_, Live>,
    time: Res<'_, Time>,
    life: Res<'_, Life>,
    head: Res<'_, HeadPose>,
    inputs: Res<'_, XrInputs>,
    views: Option<Res<'_, OxrViews>>,
    (film, scene, targets, pressed): (Res<'_, Film>, Res<'_, CurrentScene>, Res<'_, Targets>, Res<'_, Pressed>),
    mut frame: Local<'_, u64>,
) {
    *frame += 1;
    let now = Timestamp(time.elapsed_secs_f64());
    let anchor = live.assistant.anchor();
    let script = live.player.as_ref().map(|player| {
        json!({
            "head": pose(&player.inputs(now).world_from_head),
            "wants": player.wanted().map(|action| format!("{action:?}")),
            "finished": player.finished(),
        })
    });
    let line = json!({
        "frame": *frame,
        "seconds": now.0,
        "state": life.name(),
        "head": pose(&head.0),
        "eyes": views.map(|views| views.iter().map(eye).collect::<Vec<_>>()),
        "tracking": match anchor.tracking {
            Tracking::Good => "good",
            Tracking::Degraded => "degraded",
            Tracking::Lost { .. } => "lost",
        },
        "world_from_equipment": anchor.world_from_equipment.as_ref().map(pose),
        "truth": (!live.sensing.is_real()).then(|| pose(&film.truth)),
        "shown": shown(&scene.0),
        "targets": targets.0.iter().map(target).collect::<Vec<_>>(),
        "confirm": pressed.output.confirm.map(|(_, region)| {
            region.world_from_plate.point(region.center.extend(0.0)).to_array()
        }),
        "pressed": pressed.output.actions.iter().map(|action| format!("{action:?}")).collect::<Vec<_>>(),
        "controllers": inputs.0.controllers.iter().map(|controller| controller.map(|controller| json!({
            "from": controller.aim.origin.to_array(),
            "along": controller.aim.direction.to_array(),
            "select": controller.select,
        }))).collect::<Vec<_>>(),
        "hands": inputs.0.hands.iter().map(|hand| hand.map(|hand| {
            hand.joints.iter().map(|joint| joint.to_array()).collect::<Vec<_>>()
        })).collect::<Vec<_>>(),
        "script": script,
    });
    println!("{line}");
}

/// What pressing it does, and where it is in the room: its middle, its half width and height, and the way it faces.
fn target(target: &Target) -> Value {
    let plate = &target.world_from_plate;
    json!({
        "action": format!("{:?}", target.action),
        "center": plate.point(target.center.extend(0.0)).to_array(),
        "half": target.half.to_array(),
        "faces": plate.direction(Vec3::Z).to_array(),
    })
}

fn pose<To, From>(pose: &Pose<To, From>) -> Value {
    json!({ "position": pose.translation.to_array(), "rotation": pose.rotation.to_array() })
}

fn eye(view: &openxr::View) -> Value {
    let (p, q, f) = (view.pose.position, view.pose.orientation, view.fov);
    json!({
        "position": [p.x, p.y, p.z],
        "rotation": [q.x, q.y, q.z, q.w],
        "fov_rad": [f.angle_left, f.angle_right, f.angle_up, f.angle_down],
    })
}

/// What a test or an onlooker wants to know of a scene.
fn shown(scene: &OverlayScene) -> Value {
    json!({
        "work_package": scene.card.as_ref().map(|card| &card.work_package),
        "step": scene.card.as_ref().map(|card| &card.number),
        "gate": scene.alert.as_ref().filter(|alert| alert.kind != AlertKind::Note).map(|alert| &alert.text),
        "prompt": scene.prompt.as_ref().map(|prompt| &prompt.title),
        "answer": scene.answer.as_ref().map(|answer| &answer.support),
        "notice": scene.notice.as_ref().map(|notice| &notice.lines),
        "placement": scene.placement,
        "focus": scene.highlights.iter().find(|h| h.role == HighlightRole::Focus).map(|h| &h.node),
    })
}
