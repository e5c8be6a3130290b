//! Motion in the room: arrow, dashed path and ghost of `overlay::motion`, as geometry. Must not know where the equipment is.

use bevy::{mesh::VertexAttributeValues, prelude::*};
use fieldwright_guide::overlay::{MotionCue, Placement};

use super::{
    eye::Reader,
    lit::{LitMaterial, Pass},
    parts::{Light, ShapeNodes, Welded, overlay_mesh},
    probe::Probe,
    theme::{Look, Theme, linear},
};
use crate::{
    overlay::motion::{self, MOVING_S, axis_of},
    shared::{CurrentScene, OverlayPose},
};

/// Everything spawned for the present cue.
#[derive(Component)]
pub(crate) struct CueEntity;

/// The moving ghost.
#[derive(Component)]
pub(crate) struct Ghost {
    started: f32,
}

/// What is shown now.
#[derive(Default, Resource)]
pub(crate) struct ShownCue {
    shown: Option<(MotionCue, bool, Look)>,
    toward: Vec3,
    /// Box around part and cue in the part's frame, metres: plates and labels keep clear of it.
    pub(crate) reach: Option<(Vec3, Vec3)>,
}

/// Builds arrow and ghost when the cue changes, or when the reader has walked so far round that the arrow should turn.
pub(crate) fn rebuild(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, CurrentScene>,
    (pose, look, reader, probe): (Res<'_, OverlayPose>, Res<'_, Look>, Res<'_, Reader>, Res<'_, Probe>),
    found: Res<'_, ShapeNodes>,
    (mut meshes, mut materials, mut welded): (
        ResMut<'_, Assets<Mesh>>,
        ResMut<'_, Assets<LitMaterial>>,
        ResMut<'_, Welded>,
    ),
    mut shown: ResMut<'_, ShownCue>,
    globals: Query<'_, '_, &GlobalTransform>,
    bodies: Query<'_, '_, (&Mesh3d, &GlobalTransform), Without<Light>>,
    old: Query<'_, '_, Entity, With<CueEntity>>,
    time: Res<'_, Time>,
) {
    let stale = scene.0.placement == Placement::BesidePart;
    let dark = look.theme == Theme::Blackout || probe.0;
    let visible = !dark && pose.world_from_equipment.is_some() && scene.0.placement != Placement::PanelOnly;
    let cue = scene.0.motion.as_ref().filter(|_| visible);
    let node = cue.and_then(|cue| found.nodes.get(&cue.node)).copied();
    let (Some(cue), Some(node), Some(head)) = (cue, node, reader.world_from_head) else {
        if shown.shown.is_some() {
            old.iter().for_each(|entity| commands.entity(entity).despawn());
            *shown = ShownCue::default();
        }
        return;
    };
    let Ok(node_global) = globals.get(node) else { return };
    let node_from_world = node_global.affine().inverse();
    let eye_in_node = node_from_world.transform_point3(head.translation);
    let axis = axis_of(&cue.motion);
    let toward = (eye_in_node - axis * eye_in_node.dot(axis)).normalize_or(axis.any_orthonormal_vector());
    let wanted = (cue.clone(), stale, *look);
    if shown.shown.as_ref() == Some(&wanted) && shown.toward.dot(toward) > 0.94 {
        return;
    }
    let fresh = shown.shown.as_ref().is_none_or(|(before, ..)| before != cue);
    let mut points = Vec::new();
    let body: Vec<(Handle<Mesh>, Transform)> = found
        .meshes
        .get(&cue.node)
        .into_iter()
        .flatten()
        .filter_map(|entity| bodies.get(*entity).ok())
        .map(|(mesh, global)| {
            let node_from_mesh = Transform::from_matrix(Mat4::from(node_from_world * global.affine()));
            if let Some(VertexAttributeValues::Float32x3(vertices)) =
                meshes.get(&mesh.0).and_then(|m| m.attribute(Mesh::ATTRIBUTE_POSITION))
            {
                points.extend(vertices.iter().map(|v| node_from_mesh.transform_point(Vec3::from(*v))));
            }
            (mesh.0.clone(), node_from_mesh)
        })
        .collect();
    if points.is_empty() {
        return;
    }
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    let mesh = motion::arrow_mesh(cue, &motion::Shape::of(&points, axis), axis, toward);
    shown.reach = Some(motion::reach(&points, &mesh));
    let mesh = meshes.add(mesh);
    let edge = welded.of(&mesh, &mut meshes);
    let palette = look.palette();
    let color = linear(if stale { palette.stale } else { palette.arrow });
    let solid = materials.add(LitMaterial::new(Pass::Solid, color).shaped(0.35));
    let dark = materials.add(LitMaterial::new(Pass::Edge, linear(palette.edge)).grown(2.0e-3, 1.2));
    let ghost_color = linear(if stale { palette.stale } else { palette.guide });
    let ghostly = materials.add(LitMaterial::new(Pass::Ghost, ghost_color).rim(0.08, 0.75).dashed(stale));
    let arrow = commands.spawn((CueEntity, overlay_mesh(mesh, solid))).id();
    let edge = commands.spawn((CueEntity, overlay_mesh(edge, dark))).id();
    let started = if fresh { time.elapsed_secs() } else { time.elapsed_secs() - MOVING_S };
    let ghost = commands
        .spawn((CueEntity, Ghost { started }, Transform::default(), Visibility::Hidden))
        .with_children(|parent| {
            for (mesh, transform) in body {
                parent.spawn((transform, overlay_mesh(mesh, ghostly.clone())));
            }
        })
        .id();
    commands.entity(node).add_children(&[arrow, edge, ghost]);
    shown.shown = Some(wanted);
    shown.toward = toward;
}

/// Moves the ghost along, once a round.
pub(crate) fn animate(
    shown: Res<'_, ShownCue>,
    time: Res<'_, Time>,
    mut ghosts: Query<'_, '_, (&Ghost, &mut Transform, &mut Visibility)>,
) {
    let Some((cue, ..)) = &shown.shown else { return };
    for (ghost, mut transform, mut visibility) in &mut ghosts {
        (*transform, *visibility) = motion::ghost_at(cue, time.elapsed_secs() - ghost.started);
    }
}
