//! The slim bar at the bottom: the question, the commands that make sense now, Mk 1 or Mk 2, cloths. Must not know what a
//! command does.

use bevy::{
    input::keyboard::{Key, KeyboardInput},
    prelude::*,
};
use fieldwright_guide::{command::Command, event::Event};

use crate::{
    live::Live,
    overlay::{
        panels::ChoiceButton,
        theme::{DIMMED, Face, Faces, GUIDE, LINE, PLATE, Palette, SOFT, Signs, Style, TEXT},
    },
    shared::{CurrentScene, ViewCamera},
    stage::Covered,
};

/// What is being typed.
#[derive(Debug, Default, Resource)]
pub(crate) struct Typed {
    words: String,
    /// True while keys go into the field and not into the legs.
    pub(crate) focused: bool,
}

#[derive(Component)]
pub(crate) struct Bar;

#[derive(Component)]
pub(crate) struct Field;

#[derive(Component)]
pub(crate) struct FieldWords;

#[derive(Component)]
pub(crate) struct CommandRow;

/// What a button of the bar does.
#[derive(Clone, Component, Debug)]
pub(crate) enum Does {
    Command(Command),
    Variant(String, String),
    Cloths,
}

pub(super) fn build(mut commands: Commands<'_, '_>) {
    commands
        .spawn((
            Bar,
            GlobalZIndex(20),
            Node {
                position_type: PositionType::Absolute,
                bottom: px(0),
                width: percent(100),
                height: px(56),
                padding: UiRect::axes(px(20), px(9)),
                column_gap: px(12),
                align_items: AlignItems::Center,
                ..default()
            },
            BackgroundColor(PLATE),
        ))
        .with_children(|bar| {
            super::talk::build(bar);
            bar.spawn((
                Button,
                Field,
                Node {
                    width: px(320),
                    height: px(38),
                    padding: UiRect::horizontal(px(14)),
                    align_items: AlignItems::Center,
                    border: UiRect::all(px(1.5)),
                    border_radius: BorderRadius::all(px(8)),
                    overflow: Overflow::clip(),
                    ..default()
                },
                BorderColor::all(LINE),
                BackgroundColor(Color::srgba(0.0, 0.0, 0.0, 0.35)),
            ))
            .with_child((FieldWords, Text::new(""), TextLayout::no_wrap()));
            bar.spawn((
                CommandRow,
                Node { flex_grow: 1.0, column_gap: px(7), align_items: AlignItems::Center, ..default() },
            ));
        });
}

/// Keys into the field; Enter asks, Escape leaves.
pub(super) fn type_words(
    mut live: NonSendMut<'_, Live>,
    time: Res<'_, Time>,
    mut keys: MessageReader<'_, '_, KeyboardInput>,
    mut typed: ResMut<'_, Typed>,
    fields: Query<'_, '_, &Interaction, (With<Field>, Changed<Interaction>)>,
    buttons: Res<'_, ButtonInput<MouseButton>>,
) {
    let on_field = fields.iter().any(|i| *i == Interaction::Pressed);
    if on_field {
        typed.focused = true;
    } else if buttons.just_pressed(MouseButton::Left) {
        typed.focused = false;
    }
    for key in keys.read().filter(|key| key.state.is_pressed()) {
        if !typed.focused {
            if matches!(&key.logical_key, Key::Enter)
                || matches!(&key.logical_key, Key::Character(c) if c.as_str() == "/")
            {
                typed.focused = true;
            }
            continue;
        }
        match &key.logical_key {
            Key::Enter => {
                let words = std::mem::take(&mut typed.words);
                if words.trim().is_empty() {
                    typed.focused = false;
                } else {
                    live.happen(&time, Event::Utterance(words.trim().to_owned()));
                }
            }
            Key::Escape => typed.focused = false,
            Key::Backspace => drop(typed.words.pop()),
            Key::Space => typed.words.push(' '),
            Key::Character(letters) if typed.words.chars().count() < 200 => typed.words.push_str(letters),
            _ => {}
        }
    }
}

/// Presses of the bar's buttons and of the choices on the plates.
pub(super) fn press_buttons(
    mut live: NonSendMut<'_, Live>,
    time: Res<'_, Time>,
    mut covered: ResMut<'_, Covered>,
    does: Query<'_, '_, (&Interaction, &Does), Changed<Interaction>>,
    choices: Query<'_, '_, (&Interaction, &ChoiceButton), Changed<Interaction>>,
) {
    for (_, does) in does.iter().filter(|(interaction, _)| **interaction == Interaction::Pressed) {
        match does {
            Does::Command(command) => live.happen(&time, Event::Command(command.clone())),
            Does::Variant(property, value) => {
                live.happen(&time, Event::VariantKnown { property: property.clone(), value: value.clone() });
            }
            Does::Cloths => {
                covered.0 = if covered.0.is_empty() {
                    live.equipment.fiducials.iter().map(|f| f.id).collect()
                } else {
                    Vec::new()
                };
            }
        }
    }
    for (_, choice) in choices.iter().filter(|(interaction, _)| **interaction == Interaction::Pressed) {
        live.happen(&time, Event::Choose(choice.0));
    }
}

/// The field shows its words, or what it is for.
pub(super) fn show_words(
    typed: Res<'_, Typed>,
    faces: Res<'_, Faces>,
    signs: Res<'_, Signs>,
    time: Res<'_, Time>,
    mut field: Query<'_, '_, &mut BorderColor, With<Field>>,
    mut words: Query<'_, '_, (&mut Text, &mut TextFont, &mut TextColor), With<FieldWords>>,
) {
    let style = Style { faces: &faces, signs: &signs, palette: Palette::DAY, room: false, scale: 1.0 };
    let cursor = if typed.focused && time.elapsed_secs() % 1.0 < 0.5 { "|" } else { "" };
    let (shown, color) = if typed.words.is_empty() && !typed.focused {
        ("Ask: click here, or press /".to_owned(), SOFT)
    } else {
        (format!("{}{cursor}", typed.words), TEXT)
    };
    for (mut text, mut font, mut text_color) in &mut words {
        if text.0 != shown {
            text.0 = shown.clone();
            *font = style.font(Face::Regular, 17.0);
            text_color.0 = color;
        }
    }
    for mut border in &mut field {
        border.set_if_neq(BorderColor::all(if typed.focused { GUIDE } else { LINE }));
    }
}

/// The commands that make sense now, and the rest of the row; built anew when they change.
pub(super) fn show_buttons(
    mut commands: Commands<'_, '_>,
    live: NonSend<'_, Live>,
    scene: Res<'_, CurrentScene>,
    covered: Res<'_, Covered>,
    faces: Res<'_, Faces>,
    signs: Res<'_, Signs>,
    mut shown: Local<'_, String>,
    rows: Query<'_, '_, Entity, With<CommandRow>>,
    bar: Query<'_, '_, Entity, (With<Bar>, Without<UiTargetCamera>)>,
    view: Query<'_, '_, Entity, With<ViewCamera>>,
) {
    if let (Ok(bar), Ok(view)) = (bar.single(), view.single()) {
        commands.entity(bar).insert(UiTargetCamera(view));
    }
    let variant = live.assistant.guidance().variant();
    let model = variant.get("model").cloned();
    let key = format!("{:?}{model:?}{}", scene.0.buttons, covered.0.is_empty());
    if *shown == key {
        return;
    }
    *shown = key;
    let Ok(row) = rows.single() else { return };
    let style = Style { faces: &faces, signs: &signs, palette: Palette::DAY, room: false, scale: 1.0 };
    commands.entity(row).despawn_children().with_children(|row| {
        let mut button = |words: &str, does: Does, enabled: bool, lit: bool| {
            let mut entity = row.spawn((
                Node {
                    padding: UiRect::axes(px(11), px(6)),
                    border: UiRect::all(px(1.3)),
                    border_radius: BorderRadius::all(px(7)),
                    ..default()
                },
                BorderColor::all(if lit { GUIDE } else { LINE }),
            ));
            entity.with_child((
                style.text(words, Face::Regular, 15.0, if enabled { TEXT } else { DIMMED }),
                TextLayout::no_wrap(),
            ));
            if enabled {
                entity.insert((Button, does));
            }
        };
        for wanted in scene.0.buttons.iter().filter(|b| b.enabled).take(8) {
            let main = matches!(wanted.command, Command::Acknowledge | Command::Next);
            button(&wanted.label, Does::Command(wanted.command.clone()), wanted.enabled, main);
        }
        for value in ["Mk 1", "Mk 2"] {
            let chosen = model.as_deref() == Some(value);
            button(value, Does::Variant("model".to_owned(), value.to_owned()), true, chosen);
        }
        button(if covered.0.is_empty() { "Cover tags" } else { "Uncover" }, Does::Cloths, true, false);
    });
}
