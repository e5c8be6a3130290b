//! Motion shown as motion: an arrow round the axis a part turns on, a dashed path where it goes, and a ghost of the part that
//! follows it once every few seconds and then rests. Must not know where the equipment is: all is in the part's own frame.

use std::f32::consts::TAU;

use bevy::{
    asset::RenderAssetUsages,
    camera::visibility::RenderLayers,
    light::{NotShadowCaster, NotShadowReceiver},
    mesh::{Indices, PrimitiveTopology, VertexAttributeValues},
    prelude::*,
};
use fieldwright_guide::{equipment::Motion, overlay::MotionCue};

use super::phantom::{MASK_LAYER, PhantomNodes, Roles};
use crate::shared::{CurrentScene, OverlayPose, ViewCamera};

/// Everything spawned for the present cue.
#[derive(Component)]
pub(crate) struct CueEntity;

/// The moving ghost.
#[derive(Component)]
pub(crate) struct Ghost {
    started: f32,
}

/// What is shown now, so that it is rebuilt only when it changes.
#[derive(Default, Resource)]
pub(crate) struct ShownCue {
    cue: Option<MotionCue>,
    toward: Vec3,
    /// Box around part and cue in the part's frame, for the rectangle that is drawn.
    pub(crate) reach: Option<(Vec3, Vec3)>,
}

/// Seconds of one round of the ghost: it moves, fades and rests.
const ROUND_S: f32 = 3.6;
/// Seconds of a round in which it moves.
pub(crate) const MOVING_S: f32 = 1.5;

/// Where a part is after the share `s` (0 to 1) of a motion, in its own frame.
pub(crate) fn along(motion: &Motion, s: f32) -> Transform {
    match *motion {
        Motion::Turn { axis, angle_rad } => {
            Transform::from_rotation(Quat::from_axis_angle(axis.normalize_or(Vec3::Y), angle_rad * s))
        }
        Motion::Unscrew { axis, turns, distance_m } => {
            let axis = axis.normalize_or(Vec3::Y);
            // The thread takes the first part of the way, free travel the rest.
            let screwed = (s / 0.6).min(1.0);
            let free = ((s - 0.6) / 0.4).clamp(0.0, 1.0);
            let travel = distance_m * (0.25 * screwed + 0.75 * free);
            Transform::from_rotation(Quat::from_axis_angle(axis, turns * TAU * screwed)).with_translation(axis * travel)
        }
        Motion::Slide { axis, distance_m } => Transform::from_translation(axis.normalize_or(Vec3::Y) * distance_m * s),
        Motion::Press { axis, distance_m } => {
            // In and back out.
            let depth = 1.0 - (2.0 * s - 1.0).abs();
            Transform::from_translation(axis.normalize_or(Vec3::Y) * distance_m * depth)
        }
    }
}

/// Builds arrow and ghost when the cue changes, or when the viewer has walked so far round that the arrow should turn.
pub(crate) fn rebuild(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, CurrentScene>,
    pose: Res<'_, OverlayPose>,
    found: Res<'_, PhantomNodes>,
    roles: Res<'_, Roles>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    mut shown: ResMut<'_, ShownCue>,
    globals: Query<'_, '_, &GlobalTransform>,
    bodies: Query<'_, '_, (&Mesh3d, &GlobalTransform)>,
    view: Query<'_, '_, &GlobalTransform, With<ViewCamera>>,
    old: Query<'_, '_, Entity, With<CueEntity>>,
    time: Res<'_, Time>,
) {
    let cue = scene.0.motion.as_ref().filter(|_| pose.world_from_equipment.is_some());
    let node = cue.and_then(|cue| found.nodes.get(&cue.node)).copied();
    let (Some(cue), Some(node)) = (cue, node) else {
        if shown.cue.is_some() {
            old.iter().for_each(|entity| commands.entity(entity).despawn());
            *shown = ShownCue::default();
        }
        return;
    };
    let (Ok(node_global), Ok(eye)) = (globals.get(node), view.single()) else { return };
    let node_from_world = node_global.affine().inverse();
    let eye_in_node = node_from_world.transform_point3(eye.translation());
    let axis = axis_of(&cue.motion);
    let toward = (eye_in_node - axis * eye_in_node.dot(axis)).normalize_or(axis.any_orthonormal_vector());
    if shown.cue.as_ref() == Some(cue) && shown.toward.dot(toward) > 0.94 {
        return;
    }
    let fresh = shown.cue.as_ref() != Some(cue);
    old.iter().for_each(|entity| commands.entity(entity).despawn());

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
    let shape = Shape::of(&points, axis);
    let arrow = arrow_mesh(cue, &shape, axis, toward);
    shown.reach = Some(reach(&points, &arrow));
    let dressed = |material: &Handle<super::phantom::FlatMaterial>| {
        (MeshMaterial3d(material.clone()), RenderLayers::layer(MASK_LAYER), NotShadowCaster, NotShadowReceiver)
    };
    let arrow = commands.spawn((CueEntity, Mesh3d(meshes.add(arrow)), dressed(&roles.arrow))).id();
    let started = if fresh { time.elapsed_secs() } else { time.elapsed_secs() - MOVING_S };
    let ghost = commands
        .spawn((CueEntity, Ghost { started }, Transform::default(), Visibility::Hidden))
        .with_children(|parent| {
            for (mesh, transform) in body {
                parent.spawn((Mesh3d(mesh), transform, dressed(&roles.ghost)));
            }
        })
        .id();
    commands.entity(node).add_children(&[arrow, ghost]);
    shown.cue = Some(cue.clone());
    shown.toward = toward;
}

/// Moves the ghost along, once a round.
pub(crate) fn animate(
    shown: Res<'_, ShownCue>,
    time: Res<'_, Time>,
    mut ghosts: Query<'_, '_, (&Ghost, &mut Transform, &mut Visibility)>,
) {
    let Some(cue) = &shown.cue else { return };
    for (ghost, mut transform, mut visibility) in &mut ghosts {
        (*transform, *visibility) = ghost_at(cue, time.elapsed_secs() - ghost.started);
    }
}

/// Where a cue's ghost is so many seconds after it was first shown, and whether it can be seen.
pub(crate) fn ghost_at(cue: &MotionCue, seconds: f32) -> (Transform, Visibility) {
    let t = seconds.rem_euclid(ROUND_S);
    let s = (t / MOVING_S).clamp(0.0, 1.0);
    let eased = s * s * (3.0 - 2.0 * s);
    let place = along(&cue.motion, if cue.reversed { 1.0 - eased } else { eased });
    (place, if t < MOVING_S + 0.5 { Visibility::Inherited } else { Visibility::Hidden })
}

/// The axis a motion goes along or round, in the part's frame.
pub(crate) fn axis_of(motion: &Motion) -> Vec3 {
    match *motion {
        Motion::Turn { axis, .. }
        | Motion::Unscrew { axis, .. }
        | Motion::Slide { axis, .. }
        | Motion::Press { axis, .. } => axis.normalize_or(Vec3::Y),
    }
}

/// A part's extent about an axis through its origin.
pub(crate) struct Shape {
    low: f32,
    high: f32,
    radius: f32,
    /// Middle of the part off the axis, for parts that do not turn.
    center: Vec3,
}

impl Shape {
    /// Of a part's points in its own frame.
    pub(crate) fn of(points: &[Vec3], axis: Vec3) -> Self {
        let mut shape = Self { low: f32::MAX, high: f32::MIN, radius: 0.0, center: Vec3::ZERO };
        let (mut min, mut max) = (Vec3::MAX, Vec3::MIN);
        for point in points {
            let height = point.dot(axis);
            shape.low = shape.low.min(height);
            shape.high = shape.high.max(height);
            shape.radius = shape.radius.max((*point - axis * height).length());
            min = min.min(*point);
            max = max.max(*point);
        }
        let middle = (min + max) * 0.5;
        shape.center = middle - axis * middle.dot(axis);
        shape
    }
}

/// The arrow of a cue: `toward` points from the axis to whoever looks.
pub(crate) fn arrow_mesh(cue: &MotionCue, shape: &Shape, axis: Vec3, toward: Vec3) -> Mesh {
    let mut build = Builder::default();
    let sign = if cue.reversed { -1.0 } else { 1.0 };
    let stroke = (shape.radius * 0.1).clamp(0.0022, 0.009);
    match cue.motion {
        Motion::Turn { angle_rad, .. } => {
            let sweep = angle_rad.abs().clamp(1.2, 2.6);
            build.arc(axis, toward, shape, (shape.low + shape.high) * 0.5, sweep, (angle_rad * sign).signum(), stroke);
        }
        Motion::Unscrew { turns, distance_m, .. } => {
            build.arc(axis, toward, shape, (shape.low + shape.high) * 0.5, 2.6, (turns * sign).signum(), stroke);
            let from = axis * (shape.high + stroke * 2.0);
            let to = axis * (shape.high + distance_m.clamp(0.05, 0.16));
            build.path(from, to, cue.reversed, stroke);
        }
        Motion::Slide { distance_m, .. } => {
            let from = shape.center + axis * (shape.high + stroke * 2.0);
            let to = shape.center + axis * (shape.high + distance_m.clamp(0.06, 0.25));
            build.path(from, to, cue.reversed, stroke.max(0.004));
        }
        Motion::Press { .. } => {
            let tip = shape.center + axis * (shape.low - 0.006);
            build.path(tip - axis * 0.09, tip, false, stroke.max(0.004));
        }
    }
    build.finish()
}

/// A plain arrow from one point to another.
pub(crate) fn straight_arrow(from: Vec3, to: Vec3, stroke: f32) -> Mesh {
    let mut build = Builder::default();
    let neck = to - (to - from).normalize_or(Vec3::X) * stroke * 6.0;
    build.tube(&[from, neck], stroke);
    build.cone(neck, to, stroke * 2.9);
    build.finish()
}

/// The box around the part and its arrow.
pub(crate) fn reach(points: &[Vec3], arrow: &Mesh) -> (Vec3, Vec3) {
    let (mut min, mut max) = (Vec3::MAX, Vec3::MIN);
    let mut take = |point: Vec3| {
        min = min.min(point);
        max = max.max(point);
    };
    points.iter().copied().for_each(&mut take);
    if let Some(VertexAttributeValues::Float32x3(vertices)) = arrow.attribute(Mesh::ATTRIBUTE_POSITION) {
        vertices.iter().map(|v| Vec3::from(*v)).for_each(&mut take);
    }
    (min, max)
}

/// Tubes and cones into one mesh.
#[derive(Default)]
struct Builder {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    indices: Vec<u32>,
}

const SIDES: u32 = 10;

/// Where a turning arrow ends at most, radians round the axis from the viewer.
const HEAD_AT_RAD: f32 = 0.7;

impl Builder {
    /// An arrow round `axis`, its head toward the viewer and seen from its side. `sense` is +1 for counterclockwise seen from the axis' tip.
    fn arc(&mut self, axis: Vec3, toward: Vec3, shape: &Shape, height: f32, sweep: f32, sense: f32, stroke: f32) {
        let side = axis.cross(toward);
        let radius = shape.radius * 1.16 + stroke * 2.0;
        let at = |angle: f32| axis * height + (toward * angle.cos() + side * angle.sin()) * radius;
        let head = (stroke * 5.5 / radius).min(sweep * 0.45);
        // Farther round, the head would point away and look like a knob.
        let end = (sweep * 0.5).min(HEAD_AT_RAD);
        let start = end - sweep;
        let steps = 40;
        let line: Vec<Vec3> =
            (0..=steps).map(|i| at(sense * (start + (sweep - head) * i as f32 / steps as f32))).collect();
        self.tube(&line, stroke);
        self.cone(at(sense * (end - head)), at(sense * end), stroke * 2.7);
    }

    /// A dashed way from `from` to `to`, with a head at its end (at its start when `reversed`).
    fn path(&mut self, from: Vec3, to: Vec3, reversed: bool, stroke: f32) {
        let (from, to) = if reversed { (to, from) } else { (from, to) };
        let length = from.distance(to);
        let direction = (to - from).normalize_or(Vec3::Y);
        let head = (stroke * 6.0).min(length * 0.5);
        let dash = stroke * 2.6;
        let mut at = 0.0;
        while at + dash * 0.5 < length - head {
            let end = (at + dash).min(length - head);
            self.tube(&[from + direction * at, from + direction * end], stroke);
            at += dash * 1.7;
        }
        self.cone(to - direction * head, to, stroke * 2.7);
    }

    fn tube(&mut self, line: &[Vec3], radius: f32) {
        let base = self.positions.len() as u32;
        for (index, point) in line.iter().enumerate() {
            let before = line[index.saturating_sub(1)];
            let after = line[(index + 1).min(line.len() - 1)];
            let forward = (after - before).normalize_or(Vec3::Y);
            let (u, v) = forward.any_orthonormal_pair();
            for side in 0..SIDES {
                let angle = TAU * side as f32 / SIDES as f32;
                let normal = u * angle.cos() + v * angle.sin();
                self.vertex(*point + normal * radius, normal);
            }
        }
        for ring in 0..line.len().saturating_sub(1) as u32 {
            for side in 0..SIDES {
                let next = (side + 1) % SIDES;
                let (a, b) = (base + ring * SIDES + side, base + ring * SIDES + next);
                self.indices.extend([a, b, a + SIDES, b, b + SIDES, a + SIDES]);
            }
        }
    }

    fn cone(&mut self, foot: Vec3, tip: Vec3, radius: f32) {
        let forward = (tip - foot).normalize_or(Vec3::Y);
        let (u, v) = forward.any_orthonormal_pair();
        let base = self.positions.len() as u32;
        for side in 0..SIDES * 2 {
            let angle = TAU * side as f32 / (SIDES * 2) as f32;
            let normal = u * angle.cos() + v * angle.sin();
            self.vertex(foot + normal * radius, normal);
        }
        self.vertex(tip, forward);
        self.vertex(foot, -forward);
        let (tip, foot) = (base + SIDES * 2, base + SIDES * 2 + 1);
        for side in 0..SIDES * 2 {
            let next = (side + 1) % (SIDES * 2);
            self.indices.extend([base + side, base + next, tip, base + next, base + side, foot]);
        }
    }

    fn vertex(&mut self, position: Vec3, normal: Vec3) {
        self.positions.push(position.to_array());
        self.normals.push(normal.to_array());
    }

    fn finish(self) -> Mesh {
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
            .with_inserted_indices(Indices::U32(self.indices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_turn_counterclockwise_is_right_handed() {
        let motion = Motion::Turn { axis: Vec3::Y, angle_rad: TAU / 4.0 };
        let end = along(&motion, 1.0).transform_point(Vec3::X);
        assert!(end.distance(Vec3::NEG_Z) < 1e-5, "{end}");
    }

    #[test]
    fn unscrewing_ends_at_its_distance_and_pressing_returns() {
        let unscrew = Motion::Unscrew { axis: Vec3::NEG_Y, turns: 3.0, distance_m: 0.2 };
        assert!(along(&unscrew, 1.0).translation.distance(Vec3::new(0.0, -0.2, 0.0)) < 1e-5);
        let press = Motion::Press { axis: Vec3::NEG_Z, distance_m: 0.01 };
        assert!(along(&press, 1.0).translation.length() < 1e-6);
        assert!((along(&press, 0.5).translation.z + 0.01).abs() < 1e-6);
    }

    #[test]
    fn the_arrow_of_a_turn_stands_around_the_part() {
        let shape = Shape { low: -0.1, high: 0.0, radius: 0.05, center: Vec3::ZERO };
        let cue =
            MotionCue { node: "x".into(), motion: Motion::Turn { axis: Vec3::Y, angle_rad: 1.5 }, reversed: false };
        let mesh = arrow_mesh(&cue, &shape, Vec3::Y, Vec3::Z);
        let (min, max) = reach(&[Vec3::ZERO], &mesh);
        assert!(max.z > 0.05 && min.z > -0.02, "in front, toward the viewer: {min} {max}");
    }
}
