//! The engineer's drawer, opened with F1: what tracking, search and model are doing. Must not know what is shown to the wearer.

use bevy::prelude::*;

use crate::{
    live::Live,
    overlay::theme::{Face, Faces, PLATE, Palette, Signs, Style, TEXT},
    shared::ViewCamera,
};

/// Whether it is open, and when it was last written.
#[derive(Debug, Default, Resource)]
pub(crate) struct Drawer {
    open: bool,
    written: f32,
}

#[derive(Component)]
pub(crate) struct DrawerNode;

pub(super) fn show(
    mut commands: Commands<'_, '_>,
    live: NonSend<'_, Live>,
    keys: Res<'_, ButtonInput<KeyCode>>,
    time: Res<'_, Time>,
    faces: Res<'_, Faces>,
    signs: Res<'_, Signs>,
    mut drawer: ResMut<'_, Drawer>,
    nodes: Query<'_, '_, Entity, With<DrawerNode>>,
    view: Query<'_, '_, Entity, With<ViewCamera>>,
) {
    let toggled = keys.just_pressed(KeyCode::F1);
    if toggled {
        drawer.open = !drawer.open;
    }
    let due = drawer.open && time.elapsed_secs() - drawer.written > 0.5;
    if !toggled && !due {
        return;
    }
    nodes.iter().for_each(|entity| commands.entity(entity).despawn());
    let (true, Ok(view)) = (drawer.open, view.single()) else { return };
    drawer.written = time.elapsed_secs();
    let anchor = live.assistant.anchor();
    let ms = |value: Option<f32>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2} ms"));
    let sighting = live.assistant.sighting();
    let lines = [
        format!("tracking   {:?}", anchor.tracking),
        format!("sigma      {:.1} mm", anchor.sigma_m * 1e3),
        format!("tags       {}", sighting.map_or_else(String::new, |s| format!("{}  {}", ranges(&s.tags), s.outcome))),
        format!("dropped    {} camera frames", live.assistant.frames_dropped()),
        format!("search     {}", ms(live.assistant.last_search_ms().map(|v| v as f32))),
        format!("model      {}", if live.assistant.model_busy() { "busy" } else { "idle" }),
        format!("main loop  p50 {}  p99 {}", ms(live.cpu.quantile(0.5)), ms(live.cpu.quantile(0.99))),
        format!("frame      {:.0} ms", time.delta_secs() * 1e3),
        format!("camera     {}", live.sensing.timing()),
    ];
    let style = Style { faces: &faces, signs: &signs, palette: Palette::DAY, room: false, scale: 1.0 };
    commands
        .spawn((
            DrawerNode,
            UiTargetCamera(view),
            GlobalZIndex(30),
            Node {
                position_type: PositionType::Absolute,
                right: px(28),
                top: px(40),
                padding: UiRect::all(px(14)),
                flex_direction: FlexDirection::Column,
                border_radius: BorderRadius::all(px(8)),
                max_width: px(560),
                ..default()
            },
            BackgroundColor(PLATE),
        ))
        .with_children(|drawer| {
            for line in lines {
                drawer.spawn(style.text(line, Face::Mono, 13.0, TEXT));
            }
        });
}

/// Rising numbers in short: `0-2 5 7-9`.
fn ranges(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let words: Vec<String> =
        runs.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") }).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_numbers_are_short() {
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), "0-2 5 7-8");
        assert_eq!(ranges(&[]), "none");
        assert_eq!(ranges(&[u32::MAX]), "4294967295");
    }
}
