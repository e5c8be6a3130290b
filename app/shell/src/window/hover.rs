//! A small plate at the pointer that names the part under it, so that nobody clicks in the dark. Must not know what a click does.

use bevy::prelude::*;

use super::pick::{Pointer, tag_of};
use crate::{
    live::Live,
    overlay::theme::{Face, Faces, PLATE, Palette, SOFT, Signs, Style, TEXT},
    shared::{CurrentScene, ViewCamera},
};

/// The plate, while there is one.
#[derive(Component)]
pub(crate) struct Hovered;

/// What is named now, and when the ray was last cast.
#[derive(Debug, Default)]
pub(super) struct Named {
    words: Option<(String, &'static str)>,
    cast: f32,
    /// Where the pointer was last, and when it got there; `None` until it first moves.
    rests: Option<(Vec2, Option<f32>)>,
}

/// A pointer that rests this long is forgotten, and its plate goes out of the way, seconds.
const FORGOTTEN_S: f32 = 3.0;

/// Seconds between rays: a name may trail the pointer a little, the frame may not trail the ray.
const RAY_EVERY_S: f32 = 0.1;
/// How far the plate keeps from the pointer, logical pixels.
const BESIDE: Vec2 = Vec2::new(16.0, 18.0);

pub(super) fn show(
    mut commands: Commands<'_, '_>,
    live: NonSend<'_, Live>,
    scene: Res<'_, CurrentScene>,
    pointer: Pointer<'_, '_>,
    time: Res<'_, Time>,
    mouse: Res<'_, ButtonInput<MouseButton>>,
    faces: Res<'_, Faces>,
    signs: Res<'_, Signs>,
    view: Query<'_, '_, Entity, With<ViewCamera>>,
    mut plates: Query<'_, '_, (Entity, &mut Node), With<Hovered>>,
    mut named: Local<'_, Named>,
) {
    let looking_around = mouse.pressed(MouseButton::Right);
    let now = time.elapsed_secs();
    let cursor = pointer.in_view().filter(|_| !looking_around);
    named.rests = match (cursor, named.rests) {
        (None, _) => None,
        (Some(at), None) => Some((at, None)),
        (Some(at), Some((before, since))) => Some((at, if at == before { since } else { Some(now) })),
    };
    let moved = named.rests.and_then(|(_, since)| since).is_some_and(|since| now - since < FORGOTTEN_S);
    let cursor = cursor.filter(|_| moved);
    let words = match cursor {
        None => None,
        Some(_) if now - named.cast < RAY_EVERY_S => named.words.clone(),
        Some(cursor) => {
            named.cast = now;
            let labelled = scene.0.label.as_ref().map(|label| label.node.as_str());
            // A part that carries its label already is not named twice.
            pointer.node_at(cursor).filter(|node| Some(*node) != labelled).and_then(|node| name(&live, node))
        }
    };
    if words != named.words {
        named.words.clone_from(&words);
        plates.iter().for_each(|(plate, _)| commands.entity(plate).despawn());
        if let (Some((title, how)), Some(cursor), Ok(view)) = (words, cursor, view.single()) {
            let style = Style { faces: &faces, signs: &signs, palette: Palette::DAY, room: false, scale: 1.0 };
            commands
                .spawn((
                    Hovered,
                    UiTargetCamera(view),
                    GlobalZIndex(25),
                    Node {
                        position_type: PositionType::Absolute,
                        left: px(cursor.x + BESIDE.x),
                        top: px(cursor.y + BESIDE.y),
                        padding: UiRect::axes(px(9), px(4)),
                        flex_direction: FlexDirection::Column,
                        border_radius: BorderRadius::all(px(6)),
                        ..default()
                    },
                    BackgroundColor(PLATE),
                ))
                .with_children(|plate| {
                    plate.spawn((style.text(title, Face::Regular, 15.0, TEXT), TextLayout::no_wrap()));
                    if !how.is_empty() {
                        plate.spawn((style.text(how, Face::Mono, 12.0, SOFT), TextLayout::no_wrap()));
                    }
                });
        }
    } else if let Some(cursor) = cursor {
        for (_, mut node) in &mut plates {
            let (left, top) = (px(cursor.x + BESIDE.x), px(cursor.y + BESIDE.y));
            if node.left != left || node.top != top {
                (node.left, node.top) = (left, top);
            }
        }
    }
}

/// A part's name, or a fiducial's and what can be done to it.
fn name(live: &Live, node: &str) -> Option<(String, &'static str)> {
    if let Some(id) = tag_of(node) {
        return Some((format!("Tag {id}"), "C + click: cloth on or off"));
    }
    live.equipment.parts.values().find(|part| part.node == node).map(|part| (part.name.clone(), ""))
}
