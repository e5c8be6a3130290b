//! The key to talk, and the microphone in the bar: how loud it is, and whether it is listened to. Must not know what is said.

use bevy::prelude::*;
use fieldwright_guide::time::Timestamp;
use fieldwright_session::ears::{EarState, EarStatus};

use super::bar::Typed;
use crate::{
    live::Live,
    overlay::theme::{
        CAUTION, DIMMED, DONE, Face, Faces, GUIDE, INSET, LINE, Palette, SOFT, Signs, Style, TEXT, WARNING,
    },
};

/// Hold to talk; a pedal that types this letter does as well.
const TALK: KeyCode = KeyCode::KeyV;
/// Listens for voices, or for the key only.
const HANDS_FREE: KeyCode = KeyCode::KeyH;
/// Speaks, or not.
const MUTE: KeyCode = KeyCode::KeyM;

/// The quietest and the loudest that the needle shows, decibels of full scale.
const QUIET_DB: f32 = -60.0;
const LOUD_DB: f32 = -6.0;

#[derive(Component)]
pub(super) struct Lamp;

#[derive(Component)]
pub(super) struct Needle;

#[derive(Component)]
pub(super) struct Words;

/// Lamp, words and needle, at the left of the bar.
pub(super) fn build(bar: &mut ChildSpawnerCommands<'_>) {
    bar.spawn((
        Node {
            width: px(176),
            height: px(38),
            flex_direction: FlexDirection::Column,
            justify_content: JustifyContent::SpaceBetween,
            padding: UiRect::axes(px(12), px(7)),
            border: UiRect::all(px(1.3)),
            border_radius: BorderRadius::all(px(8)),
            flex_shrink: 0.0,
            overflow: Overflow::clip(),
            ..default()
        },
        BorderColor::all(LINE),
    ))
    .with_children(|chip| {
        chip.spawn(Node { column_gap: px(8), align_items: AlignItems::Center, ..default() }).with_children(|row| {
            row.spawn((
                Lamp,
                Node { width: px(9), height: px(9), border_radius: BorderRadius::MAX, flex_shrink: 0.0, ..default() },
                BackgroundColor(DIMMED),
            ));
            row.spawn((Words, Text::new(""), TextLayout::no_wrap()));
        });
        chip.spawn((
            Node { width: percent(100), height: px(4), border_radius: BorderRadius::MAX, ..default() },
            BackgroundColor(INSET),
        ))
        .with_child((
            Needle,
            Node { width: percent(0), height: percent(100), border_radius: BorderRadius::MAX, ..default() },
            BackgroundColor(SOFT),
        ));
    });
}

/// The keys, where they do not go into the field.
pub(super) fn keys(
    keys: Res<'_, ButtonInput<KeyCode>>,
    typed: Res<'_, Typed>,
    time: Res<'_, Time>,
    mut live: NonSendMut<'_, Live>,
) {
    let now = Timestamp(time.elapsed_secs_f64());
    let Some(voice) = &mut live.voice else { return };
    if keys.just_released(TALK) {
        voice.key(false, now);
    }
    if typed.focused {
        return;
    }
    if keys.just_pressed(TALK) {
        voice.key(true, now);
    }
    if keys.just_pressed(HANDS_FREE) {
        voice.toggle_hands_free();
    }
    if keys.just_pressed(MUTE) {
        voice.toggle_mute(now);
    }
}

/// What the chip says and how the lamp is lit.
fn words(status: Option<&EarStatus>, hands_free: bool) -> (&'static str, Color) {
    let Some(status) = status else { return ("no speech model", DIMMED) };
    match status.state {
        EarState::NoMicrophone(_) => ("no microphone", WARNING),
        EarState::Unplugged(_) => ("unplugged", WARNING),
        EarState::Opening => ("opening", DIMMED),
        _ if status.understanding => ("understanding", GUIDE),
        EarState::Clipping(_) => ("too loud", CAUTION),
        _ if status.key || status.speech => ("listening", DONE),
        EarState::Silent(_) => ("silent: muted?", CAUTION),
        EarState::Ended => ("recording over", DIMMED),
        EarState::Listening(_) if hands_free => ("say it, or hold V", SOFT),
        EarState::Listening(_) => ("hold V to talk", SOFT),
    }
}

/// Lamp, words and needle as the ears are.
pub(super) fn show(
    live: NonSend<'_, Live>,
    faces: Res<'_, Faces>,
    signs: Res<'_, Signs>,
    mut lamp: Query<'_, '_, &mut BackgroundColor, With<Lamp>>,
    mut needle: Query<'_, '_, (&mut Node, &mut BackgroundColor), (With<Needle>, Without<Lamp>)>,
    mut text: Query<'_, '_, (&mut Text, &mut TextFont, &mut TextColor), With<Words>>,
) {
    let Some(voice) = &live.voice else { return };
    let status = voice.status();
    let (words, color) = words(status.as_ref(), voice.is_hands_free());
    let style = Style { faces: &faces, signs: &signs, palette: Palette::DAY, room: false, scale: 1.0 };
    for (mut text, mut font, mut shown) in &mut text {
        if text.0 != words {
            words.clone_into(&mut text.0);
            *font = style.font(Face::Regular, 14.0);
            shown.0 = if color == DIMMED { SOFT } else { TEXT };
        }
    }
    for mut lamp in &mut lamp {
        lamp.set_if_neq(BackgroundColor(color));
    }
    let level = status.map_or(0.0, |status| status.level.rms);
    let db = 20.0 * level.max(1e-6).log10();
    let share = ((db - QUIET_DB) / (LOUD_DB - QUIET_DB)).clamp(0.0, 1.0) * 100.0;
    for (mut node, mut ground) in &mut needle {
        if node.width != percent(share) {
            node.width = percent(share);
        }
        ground.set_if_neq(BackgroundColor(color));
    }
}
