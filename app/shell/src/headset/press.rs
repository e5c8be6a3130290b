//! Hands, controllers and eyes on the plates: what they press is done, where they are is drawn. Must not know devices.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bevy::prelude::*;
use fieldwright_guide::{overlay::OverlayScene, time::Timestamp};
use fieldwright_session::{
    interaction::{CarriedPlate, Interaction, Output},
    targets::Target,
};

use super::input::XrInputs;
use crate::{
    live::Live,
    overlay3d::{Hands, Look, Pressing, Standing, Targets, act},
    shared::CurrentScene,
};

/// What is under way, and what this frame brought.
#[derive(Default, Resource)]
pub(super) struct Pressed {
    interaction: Interaction,
    /// This frame's.
    pub(super) output: Output,
}

/// The middle of the palm is the first of the joints.
const PALM: usize = 0;

/// Tries everything that can be pressed, and does what was pressed.
pub(super) fn press(
    inputs: Res<'_, XrInputs>,
    targets: Res<'_, Targets>,
    scene: Res<'_, CurrentScene>,
    time: Res<'_, Time>,
    mut pressed: ResMut<'_, Pressed>,
    mut look: ResMut<'_, Look>,
    mut standing: ResMut<'_, Standing>,
    (mut hands, mut shown): (ResMut<'_, Hands>, ResMut<'_, Pressing>),
    mut live: NonSendMut<'_, Live>,
) {
    let now = Timestamp(time.elapsed_secs_f64());
    let mut inputs = inputs.0.clone();
    inputs.shown = stands_for(&scene.0);
    hands.0 = inputs.hands.iter().flatten().map(|hand| hand.joints[PALM]).collect();
    let output = pressed.interaction.update(now, &inputs, &targets.0);
    for action in &output.actions {
        if !act(action, &mut look, &mut standing)
            && let Some(event) = action.event()
        {
            live.happen(&time, event);
        }
        if let Some(player) = &mut live.player {
            player.acted(action, now);
        }
    }
    if output.talking != pressed.output.talking
        && let Some(voice) = &mut live.voice
    {
        voice.key(output.talking, now);
    }
    if let Some(carried) = &output.carried {
        carry(carried, &targets.0, &mut standing);
    }
    *shown = Pressing::of(&output, &targets.0);
    pressed.output = output;
}

/// The plate goes where it is carried, and its column with it.
fn carry(carried: &CarriedPlate, targets: &[Target], standing: &mut Standing) {
    let Some(target) = carried.target.and_then(|index| targets.get(index)) else { return };
    let same = |placed: &&fieldwright_session::plates::Placed| placed.world_from_plate == target.world_from_plate;
    let Some(column) = standing.placed.iter().find(same).map(|placed| placed.name.column()) else { return };
    let Some(before) = standing.plates.column(column) else { return };
    let moved = carried.world_from_plate.then(&target.world_from_plate.inverse());
    standing.plates.carry(column, moved.then(&before));
}

/// A number for what is shown: another whenever what a press would mean is another.
fn stands_for(scene: &OverlayScene) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let Some(alert) = &scene.alert {
        (&alert.text, alert.position).hash(&mut hasher);
    }
    scene.card.as_ref().map(|card| (&card.work_package, &card.step, card.gated)).hash(&mut hasher);
    scene.prompt.as_ref().map(|prompt| (&prompt.title, &prompt.choices)).hash(&mut hasher);
    hasher.finish()
}
