//! The label's leader, and the arrow that shows the way to work out of view. Must not know what a label says.

use bevy::prelude::*;
use fieldwright_guide::overlay::Placement;
use fieldwright_session::{
    plates::Name,
    plates_label::{LabelPlace, LabelSpot, LabelSurroundings, OffView, standing},
};

use super::{
    boards::{Boards, METRES_PER_PX},
    eye::Reader,
    lit::{LitMaterial, Pass},
    parts::overlay_mesh,
    place::{Hands, Standing},
    probe::Probe,
    theme::{Look, Theme, linear},
};
use crate::{overlay::motion::straight_arrow, shared::CurrentScene};

/// What leads: a stretch of the leader, the dot on the part, the arrow.
#[derive(Clone, Copy, Component, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    /// From the part to the elbow.
    First,
    /// From the elbow to the plate.
    Second,
    /// On the part.
    Dot,
    /// To the work.
    Arrow,
}

/// Where label and arrow are.
#[derive(Debug, Default, Resource)]
pub(crate) struct Leading {
    spot: LabelSpot,
    off_view: OffView,
    /// The label's place of this frame.
    pub(crate) label: Option<LabelPlace>,
    made_for: Option<(Look, bool)>,
}

/// Half the leader's width and the dot's radius, radians as seen from the eyes.
const LINE_RAD: f32 = 0.9e-3;
const DOT_RAD: f32 = 3.4e-3;
/// The arrow's length and stroke, metres.
const ARROW_M: (f32, f32) = (0.085, 0.0055);

/// Places the label, its leader and the arrow.
pub(crate) fn lead(
    time: Res<'_, Time>,
    (reader, hands, scene, probe): (Res<'_, Reader>, Res<'_, Hands>, Res<'_, CurrentScene>, Res<'_, Probe>),
    boards: Res<'_, Boards>,
    stand: Res<'_, Standing>,
    mut leading: ResMut<'_, Leading>,
    mut transforms: Query<'_, '_, (&mut Transform, &mut Visibility)>,
    leads: Query<'_, '_, (Entity, &Lead)>,
) {
    let Some(head) = reader.world_from_head else { return };
    let dt = time.delta_secs();
    let board = boards.0.iter().find(|board| board.name == Name::Label);
    let size = board.map_or(Vec2::ZERO, |board| board.size * METRES_PER_PX);
    let wanted = !probe.0 && size.min_element() > 0.0 && scene.0.placement != Placement::PanelOnly;
    leading.label = match stand.work.zip(stand.part).filter(|_| wanted) {
        Some((work, part)) => {
            let plates = standing(&stand.placed, |place| {
                let board = boards.0.iter().find(|board| board.name == place.name);
                board.map_or(Vec2::ZERO, |board| board.size * METRES_PER_PX)
            });
            let around = LabelSurroundings { eyes: head.translation, part, work, plates: &plates, hands: &hands.0 };
            Some(leading.spot.place(size, &around, dt))
        }
        None => {
            leading.spot.clear();
            None
        }
    };
    let world_from_head = fieldwright_guide::frames::Pose::new(head.translation, head.rotation);
    let arrow = leading.off_view.place(&world_from_head, stand.work.map(|(at, _)| at), dt);
    let label = leading.label;
    if let Some(board) = board
        && let Ok((mut transform, mut visibility)) = transforms.get_mut(board.quad)
    {
        visibility.set_if_neq(if label.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        if let Some(place) = label {
            transform.set_if_neq(Transform {
                translation: place.world_from_plate.translation,
                rotation: place.world_from_plate.rotation,
                scale: (size * place.scale).extend(1.0),
            });
        }
    }
    for (entity, lead) in &leads {
        let Ok((mut transform, mut visibility)) = transforms.get_mut(entity) else { continue };
        let place = match lead {
            Lead::First => label.map(|place| stretch(place.start, place.elbow, place.scale)),
            Lead::Second => label.map(|place| stretch(place.elbow, place.end, place.scale)),
            Lead::Dot => label
                .map(|place| Transform::from_translation(place.start).with_scale(Vec3::splat(DOT_RAD * place.scale))),
            Lead::Arrow => {
                arrow.map(|place| Transform::from_translation(place.translation).with_rotation(place.rotation))
            }
        };
        visibility.set_if_neq(if place.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        if let Some(place) = place {
            transform.set_if_neq(place);
        }
    }
}

fn stretch(from: Vec3, to: Vec3, distance: f32) -> Transform {
    let along = to - from;
    let thick = LINE_RAD * distance;
    Transform::from_translation((from + to) * 0.5)
        .with_rotation(Quat::from_rotation_arc(Vec3::Y, along.normalize_or(Vec3::Y)))
        .with_scale(Vec3::new(thick, along.length(), thick))
}

/// Makes what leads, anew when the colors change.
pub(crate) fn dress(
    mut commands: Commands<'_, '_>,
    (look, scene, reader): (Res<'_, Look>, Res<'_, CurrentScene>, Res<'_, Reader>),
    mut leading: ResMut<'_, Leading>,
    (mut meshes, mut materials): (ResMut<'_, Assets<Mesh>>, ResMut<'_, Assets<LitMaterial>>),
    old: Query<'_, '_, Entity, With<Lead>>,
) {
    let stale = scene.0.placement == Placement::BesidePart;
    if reader.world_from_head.is_none() || leading.made_for == Some((*look, stale)) {
        return;
    }
    leading.made_for = Some((*look, stale));
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    if look.theme == Theme::Blackout {
        return;
    }
    let palette = look.palette();
    let guide = linear(if stale { palette.stale } else { palette.guide });
    let line = materials.add(LitMaterial::new(Pass::Line, guide).grown(0.0, 0.35).dashed_along(stale));
    let edge = materials.add(LitMaterial::new(Pass::LineEdge, linear(palette.edge.with_alpha(0.5))).grown(1.4e-3, 1.0));
    let thread = meshes.add(Cylinder::new(1.0, 1.0).mesh().resolution(8).without_caps());
    let ball = meshes.add(Sphere::new(1.0).mesh().ico(2).unwrap_or_else(|_| Sphere::new(1.0).mesh().uv(16, 8)));
    for (lead, mesh) in [(Lead::First, &thread), (Lead::Second, &thread), (Lead::Dot, &ball)] {
        commands
            .spawn((lead, overlay_mesh(mesh.clone(), line.clone()), Visibility::Hidden))
            .with_child((overlay_mesh(mesh.clone(), edge.clone()), Transform::default()));
    }
    let (length, stroke) = ARROW_M;
    let arrow = meshes.add(straight_arrow(Vec3::X * length * -0.5, Vec3::X * length * 0.5, stroke));
    let white = materials.add(LitMaterial::new(Pass::Beacon, guide).shaped(0.3));
    let dark = materials.add(LitMaterial::new(Pass::BeaconEdge, linear(palette.edge)).grown(2.4e-3, 1.2));
    commands
        .spawn((Lead::Arrow, overlay_mesh(arrow.clone(), white), Visibility::Hidden))
        .with_child((overlay_mesh(arrow, dark), Transform::default()));
}
