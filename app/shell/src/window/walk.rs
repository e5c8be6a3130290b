//! Walking and looking: W A S D, Q and E to crouch and stand, the right mouse button to look, Shift to hurry. Must not know
//! what is looked at.

use bevy::{input::mouse::AccumulatedMouseMotion, prelude::*};
use fieldwright_guide::frames::{Head, Pose, World as WorldFrame};

use super::bar::Typed;
use crate::live::{HeadPose, Live};

/// Where the wearer stands and looks.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct Gait {
    at: Vec3,
    yaw: f32,
    pitch: f32,
}

impl Gait {
    /// Standing as a head pose says.
    pub(crate) fn of(head: &Pose<WorldFrame, Head>) -> Self {
        let (yaw, pitch, _) = head.rotation.to_euler(EulerRot::YXZ);
        Self { at: head.translation, yaw, pitch }
    }
}

/// Metres a second.
const PACE: f32 = 0.9;
/// Radians a pixel of mouse travel.
const TURN: f32 = 0.004;

pub(super) fn walk(
    live: NonSend<'_, Live>,
    time: Res<'_, Time>,
    keys: Res<'_, ButtonInput<KeyCode>>,
    buttons: Res<'_, ButtonInput<MouseButton>>,
    mouse: Res<'_, AccumulatedMouseMotion>,
    typed: Res<'_, Typed>,
    mut gait: ResMut<'_, Gait>,
    mut head: ResMut<'_, HeadPose>,
) {
    if live.is_played() {
        // Whoever takes over stands where the script left them.
        *gait = Gait::of(&head.0);
        return;
    }
    if buttons.pressed(MouseButton::Right) {
        gait.yaw -= mouse.delta.x * TURN;
        gait.pitch = (gait.pitch - mouse.delta.y * TURN).clamp(-1.4, 1.4);
    }
    if !typed.focused {
        let axis = |plus: KeyCode, minus: KeyCode| {
            f32::from(u8::from(keys.pressed(plus))) - f32::from(u8::from(keys.pressed(minus)))
        };
        let turn = axis(KeyCode::ArrowLeft, KeyCode::ArrowRight) * time.delta_secs();
        gait.yaw += turn;
        let facing = Quat::from_rotation_y(gait.yaw);
        let step = facing * Vec3::new(axis(KeyCode::KeyD, KeyCode::KeyA), 0.0, axis(KeyCode::KeyS, KeyCode::KeyW));
        let lift = axis(KeyCode::KeyE, KeyCode::KeyQ) * 0.6;
        let hurry = if keys.pressed(KeyCode::ShiftLeft) { 2.5 } else { 1.0 };
        let travel = (step.normalize_or_zero() + Vec3::Y * lift) * PACE * hurry * time.delta_secs().min(0.25);
        gait.at += travel;
        gait.at.y = gait.at.y.clamp(0.25, 2.1);
    }
    head.0 = Pose::new(gait.at, Quat::from_euler(EulerRot::YXZ, gait.yaw, gait.pitch, 0.0));
}
