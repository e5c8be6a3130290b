//! The plate beside the focused part and the leader that ties them: name first, number small. It keeps clear of the part, of
//! its motion and of the other plates, and does not swim. Must not know meshes.

use bevy::{
    prelude::*,
    reflect::TypePath,
    render::render_resource::{AsBindGroup, ShaderType},
    shader::ShaderRef,
};
use fieldwright_guide::overlay::{Label, Placement};

use super::{
    highlight::Lit,
    panels::{BottomInset, Plate},
    theme::{Face, Faces, GUIDE, PLATE, Palette, SOFT, Signs, Style, TEXT},
};
use crate::shared::{CurrentScene, ViewCamera};

/// See `shaders/leader.wgsl`.
#[derive(Asset, AsBindGroup, Clone, Debug, TypePath)]
pub(crate) struct LeaderMaterial {
    #[uniform(0)]
    settings: LeaderSettings,
}

#[derive(Clone, Copy, Debug, Default, ShaderType)]
struct LeaderSettings {
    color: Vec4,
    part_elbow: Vec4,
    end_width_dashed: Vec4,
}

impl UiMaterial for LeaderMaterial {
    fn fragment_shader() -> ShaderRef {
        "shaders/leader.wgsl".into()
    }
}

/// The label's own entities.
#[derive(Component)]
pub(crate) struct LabelNode;

/// What the label shows and where it stands.
#[derive(Default, Resource)]
pub(crate) struct Standing {
    label: Option<Label>,
    side: usize,
    at: Vec2,
    plate: Option<Entity>,
    leader: Option<(Entity, Handle<LeaderMaterial>)>,
}

/// Where a label may stand, from the part: direction, and whether its plate hangs left of its point.
const SIDES: [(Vec2, bool); 6] = [
    (Vec2::new(0.75, -0.8), false),
    (Vec2::new(-0.75, -0.8), true),
    (Vec2::new(1.0, 0.15), false),
    (Vec2::new(-1.0, 0.15), true),
    (Vec2::new(0.75, 0.85), false),
    (Vec2::new(-0.75, 0.85), true),
];

/// Places and draws the label.
pub(crate) fn stand(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, CurrentScene>,
    lit: Res<'_, Lit>,
    (faces, signs): (Res<'_, Faces>, Res<'_, Signs>),
    inset: Res<'_, BottomInset>,
    mut standing: ResMut<'_, Standing>,
    mut leaders: ResMut<'_, Assets<LeaderMaterial>>,
    view: Query<'_, '_, Entity, With<ViewCamera>>,
    plates: Query<'_, '_, (&ComputedNode, &UiGlobalTransform), With<Plate>>,
    mut nodes: Query<'_, '_, &mut Node, With<LabelNode>>,
) {
    let shows = scene.0.placement != Placement::PanelOnly;
    let (Some(label), Some(part), Some(focus), Ok(camera)) =
        (scene.0.label.as_ref().filter(|_| shows), lit.part, lit.focus, view.single())
    else {
        clear(&mut commands, &mut standing);
        return;
    };
    let scale = lit.picture.y / 800.0;
    let style = Style { faces: &faces, signs: &signs, palette: Palette::DAY, room: false, scale };
    let size = label_size(label, scale);
    let free = Rect::from_corners(Vec2::new(10.0, 36.0 * scale), lit.picture - Vec2::new(10.0, 12.0 + inset.0 * scale));
    let obstacles: Vec<Rect> = plates
        .iter()
        .map(|(node, transform)| {
            let factor = node.inverse_scale_factor();
            Rect::from_center_size(transform.translation * factor, node.size() * factor)
        })
        .collect();
    let new = standing.label.as_ref() != Some(label);
    let place = |side: usize| candidate(side, &part, &focus, size, scale);
    let cost = |side: usize| {
        let (_, plate) = place(side);
        let outside = area(plate) - area(plate.intersect(free));
        let covered: f32 = obstacles.iter().map(|o| area(plate.inflate(6.0).intersect(*o))).sum();
        let on_part = area(plate.intersect(focus));
        outside * 4.0 + covered * 3.0 + on_part * 2.0 + side as f32 * 40.0
    };
    let best = (0..SIDES.len()).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(0);
    // A label changes sides only for a clear gain, so that it does not jump about.
    if new || cost(best) + 1500.0 < cost(standing.side) {
        standing.side = best;
        standing.at = place(best).1.min;
    }
    let (anchor, plate) = place(standing.side);
    // Follows softly; large moves at once.
    let step = plate.min - standing.at;
    standing.at += if step.length() > 120.0 { step } else { step * 0.35 };
    let plate = Rect::from_corners(standing.at, standing.at + size);

    if new || standing.plate.is_none() {
        clear(&mut commands, &mut standing);
        standing.label = Some(label.clone());
        standing.plate = Some(spawn_plate(&mut commands, camera, label, &style, plate));
        let material = leaders.add(LeaderMaterial { settings: LeaderSettings::default() });
        let leader = commands
            .spawn((
                LabelNode,
                MaterialNode(material.clone()),
                UiTargetCamera(camera),
                GlobalZIndex(2),
                Node::default(),
            ))
            .id();
        standing.leader = Some((leader, material));
    }
    let dashed = scene.0.placement == Placement::BesidePart;
    if let Some(entity) = standing.plate
        && let Ok(mut node) = nodes.get_mut(entity)
    {
        node.left = px(plate.min.x);
        node.top = px(plate.min.y);
    }
    let Some((entity, material)) = &standing.leader else { return };
    let (settings, window) = leader(anchor, &plate, SIDES[standing.side].1, dashed, scale);
    if let Some(mut material) = leaders.get_mut(material) {
        material.settings = settings;
    }
    if let Ok(mut node) = nodes.get_mut(*entity) {
        *node = Node {
            position_type: PositionType::Absolute,
            left: px(window.min.x),
            top: px(window.min.y),
            width: px(window.width()),
            height: px(window.height()),
            ..default()
        };
    }
}

fn clear(commands: &mut Commands<'_, '_>, standing: &mut Standing) {
    for entity in standing.plate.take().into_iter().chain(standing.leader.take().map(|(entity, _)| entity)) {
        commands.entity(entity).despawn();
    }
    standing.label = None;
}

/// Where the leader touches the part, and the plate, for one side.
fn candidate(side: usize, part: &Rect, focus: &Rect, size: Vec2, scale: f32) -> (Vec2, Rect) {
    let (direction, hangs_left) = SIDES[side];
    let half = part.size() * 0.5;
    // On the part's own outline rather than at its middle, so that the work spot stays free.
    let anchor = part.center() + direction * half * Vec2::new(0.62, 0.5);
    let reach = focus.size() * 0.5 + Vec2::new(34.0, 30.0) * scale;
    let elbow = focus.center() + direction.signum() * Vec2::new(reach.x, reach.y * direction.y.abs());
    let min = if hangs_left {
        Vec2::new(elbow.x - size.x, elbow.y - size.y * 0.5)
    } else {
        Vec2::new(elbow.x, elbow.y - size.y * 0.5)
    };
    (anchor, Rect::from_corners(min, min + size))
}

/// The leader's points in its own rectangle.
fn leader(anchor: Vec2, plate: &Rect, hangs_left: bool, dashed: bool, scale: f32) -> (LeaderSettings, Rect) {
    let end = Vec2::new(if hangs_left { plate.max.x } else { plate.min.x }, plate.center().y);
    let elbow = end + Vec2::new(if hangs_left { 16.0 } else { -16.0 } * scale, 0.0);
    let window = Rect { min: anchor.min(elbow).min(end), max: anchor.max(elbow).max(end) }.inflate(12.0);
    let color = if dashed { Color::srgb(0.74, 0.77, 0.78) } else { GUIDE }.to_linear();
    let local = |p: Vec2| p - window.min;
    let (a, b, c) = (local(anchor), local(elbow), local(end));
    let settings = LeaderSettings {
        color: Vec4::new(color.red, color.green, color.blue, 1.0),
        part_elbow: Vec4::new(a.x, a.y, b.x, b.y),
        end_width_dashed: Vec4::new(c.x, c.y, 1.1 * scale, if dashed { 1.0 } else { 0.0 }),
    };
    (settings, window)
}

fn spawn_plate(commands: &mut Commands<'_, '_>, camera: Entity, label: &Label, style: &Style<'_>, at: Rect) -> Entity {
    commands
        .spawn((
            LabelNode,
            UiTargetCamera(camera),
            GlobalZIndex(3),
            Node {
                position_type: PositionType::Absolute,
                left: px(at.min.x),
                top: px(at.min.y),
                width: px(at.width()),
                padding: style.pad(12.0, 6.0),
                flex_direction: FlexDirection::Column,
                border_radius: style.round(7.0),
                ..default()
            },
            BackgroundColor(PLATE),
        ))
        .with_children(|plate| {
            plate.spawn(style.text(label.name.clone(), Face::Regular, 19.0, TEXT));
            if !label.detail.is_empty() {
                plate.spawn(style.text(label.detail.clone(), Face::Mono, 13.0, SOFT));
            }
        })
        .id()
}

/// The plate's size from the letters on it: B612 is about half an em wide on average, its mono 0.62.
fn label_size(label: &Label, scale: f32) -> Vec2 {
    let name = label.name.chars().count() as f32 * 19.0 * 0.53;
    let detail = label.detail.chars().count() as f32 * 13.0 * 0.62;
    let height = if label.detail.is_empty() { 38.0 } else { 56.0 };
    Vec2::new(name.max(detail) + 28.0, height) * scale
}

fn area(rect: Rect) -> f32 {
    if rect.is_empty() { 0.0 } else { rect.width() * rect.height() }
}
