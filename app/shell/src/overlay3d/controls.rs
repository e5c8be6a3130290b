//! The plate of buttons: large enough for gloves, and everything that can be said can be pressed. Must not know who presses.

use bevy::{ecs::hierarchy::ChildSpawnerCommands, prelude::*};
use fieldwright_guide::{command::Command, overlay::Button as SceneButton};
use fieldwright_session::{plates::Follow, targets::Action};

use super::theme::{Look, Theme};
use crate::overlay::{
    panels::Pressable,
    theme::{Face, Style},
};

/// Buttons in a row, and the plate's width, pixels of the layout.
const ROW: usize = 4;
const WIDTH: f32 = 430.0;
const GAP: f32 = 8.0;
const EDGE: f32 = 10.0;

/// Builds it.
pub(crate) fn build(
    root: &mut ChildSpawnerCommands<'_>,
    buttons: &[SceneButton],
    follow: Follow,
    look: Look,
    style: &Style<'_>,
) {
    let mut all: Vec<(Action, String, bool, bool)> = buttons
        .iter()
        .map(|button| {
            let main = matches!(button.command, Command::Next | Command::Yes | Command::Resume);
            (Action::Command(button.command.clone()), button.label.clone(), button.enabled, main)
        })
        .collect();
    let mut own = |action: Action, label: &str| all.push((action, label.to_owned(), true, false));
    if look.hears {
        own(Action::Talk, "Talk");
    }
    if look.theme == Theme::Blackout {
        own(Action::Blackout, "Lights");
    } else {
        own(Action::Command(Command::Stop), "Quiet");
        own(Action::MovePlate, "Move");
        own(Action::PinPlate, if follow == Follow::Pinned { "Unpin" } else { "Pin" });
        own(Action::CarryPlates, if follow == Follow::Body { "At work" } else { "Carry" });
        own(Action::NextTheme, if look.theme == Theme::Day { "Dim" } else { "Day" });
        own(Action::Blackout, "Blackout");
    }
    let width = (WIDTH - 2.0 * EDGE - (ROW - 1) as f32 * GAP - 4.0) / ROW as f32;
    root.spawn((
        Node {
            width: style.px(if all.len() < ROW { (width + GAP) * all.len() as f32 + 2.0 * EDGE } else { WIDTH }),
            padding: style.pad(EDGE, EDGE),
            flex_wrap: FlexWrap::Wrap,
            column_gap: style.px(GAP),
            row_gap: style.px(GAP),
            border: UiRect::all(style.px(1.6)),
            border_radius: style.round(10.0),
            ..default()
        },
        BackgroundColor(style.palette.plate),
        BorderColor::all(style.palette.frame),
    ))
    .with_children(|rows| {
        for (action, label, enabled, main) in all {
            button(rows, action, label, width, (enabled, main), style);
        }
    });
}

fn button(
    rows: &mut ChildSpawnerCommands<'_>,
    action: Action,
    label: String,
    width: f32,
    (enabled, main): (bool, bool),
    style: &Style<'_>,
) {
    let palette = &style.palette;
    // Long labels, such as the title of a task to open, take a row of their own.
    let width = if label.chars().count() > 12 { WIDTH - 2.0 * EDGE - 4.0 } else { width };
    let mut button = rows.spawn((
        Node {
            width: style.px(width),
            min_height: style.px(style.touch()),
            padding: style.pad(6.0, 4.0),
            justify_content: JustifyContent::Center,
            align_items: AlignItems::Center,
            border: UiRect::all(style.px(if main && enabled { 2.2 } else { 1.4 })),
            border_radius: style.round(9.0),
            ..default()
        },
        BackgroundColor(palette.inset),
        BorderColor::all(match (enabled, main) {
            (true, true) => palette.guide,
            (true, false) => palette.line,
            (false, _) => palette.line.with_alpha(0.07),
        }),
    ));
    if enabled {
        button.insert(Pressable(action));
    }
    let color = if enabled { palette.text } else { palette.dimmed };
    button.with_children(|button| {
        button.spawn(style.text(label, if main { Face::Bold } else { Face::Regular }, 17.0, color));
    });
}
