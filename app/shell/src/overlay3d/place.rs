//! Puts plates where `fieldwright_session::plates` says, and lists what can be pressed on them. Must not know input devices.

use bevy::{camera::primitives::Aabb, prelude::*};
use fieldwright_guide::{
    frames::{Equipment, Pose},
    overlay::Placement,
};
use fieldwright_session::{
    plates::{Bounds, Name, Placed, Plates, Surroundings, Wanted},
    targets::{Plate, Target},
};

use super::{
    boards::{Boards, METRES_PER_PX, SHARPNESS},
    cue::ShownCue,
    eye::Reader,
    parts::ShapeNodes,
    probe::Probe,
};
use crate::{
    overlay::panels::Pressable,
    shared::{CurrentScene, OverlayPose},
};

/// The places, and what they are worked out from.
#[derive(Debug, Default, Resource)]
pub(crate) struct Standing {
    /// Where plates stand, and how they follow.
    pub(crate) plates: Plates,
    /// The places of this frame.
    pub(crate) placed: Vec<Placed>,
    /// The work: the focused part with its motion, middle and radius, metres; for whoever else must keep clear of it.
    pub(crate) work: Option<(Vec3, f32)>,
    /// The focused part alone.
    pub(crate) part: Option<(Vec3, f32)>,
}

/// Where the reader's palms are, world, metres. Whoever tracks hands fills it in.
#[derive(Clone, Debug, Default, Resource)]
pub(crate) struct Hands(pub(crate) Vec<Vec3>);

/// The equipment's box in its own frame: middle and half sizes, metres.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub(crate) struct EquipmentBox(Option<(Vec3, Vec3)>);

/// Every place that can be pressed now. Read by whoever reads hands, controllers and eyes.
#[derive(Clone, Debug, Default, Resource)]
pub(crate) struct Targets(pub(crate) Vec<Target>);

/// Finds the equipment's box once its shape is there.
pub(crate) fn measure(
    found: Res<'_, ShapeNodes>,
    mut own: ResMut<'_, EquipmentBox>,
    root: Query<'_, '_, &GlobalTransform, With<super::parts::Shape>>,
    bodies: Query<'_, '_, (&Aabb, &GlobalTransform)>,
) {
    if own.0.is_some() || found.meshes.is_empty() {
        return;
    }
    let Ok(root) = root.single() else { return };
    let equipment_from_world = root.affine().inverse();
    let (mut min, mut max) = (Vec3::MAX, Vec3::MIN);
    for (aabb, global) in found.meshes.values().flatten().filter_map(|entity| bodies.get(*entity).ok()) {
        let equipment_from_mesh = equipment_from_world * global.affine();
        for corner in corners(Vec3::from(aabb.center), Vec3::from(aabb.half_extents)) {
            let corner = equipment_from_mesh.transform_point3(corner);
            min = min.min(corner);
            max = max.max(corner);
        }
    }
    if min.x < max.x {
        own.0 = Some(((min + max) * 0.5, (max - min) * 0.5));
    }
}

fn corners(center: Vec3, half: Vec3) -> [Vec3; 8] {
    std::array::from_fn(|i| {
        let sign = |bit: usize| if i & bit == 0 { -1.0 } else { 1.0 };
        center + half * Vec3::new(sign(1), sign(2), sign(4))
    })
}

/// Finds the work: the focused part with its motion.
pub(crate) fn find_work(
    scene: Res<'_, CurrentScene>,
    pose: Res<'_, OverlayPose>,
    found: Res<'_, ShapeNodes>,
    cue: Res<'_, ShownCue>,
    mut standing: ResMut<'_, Standing>,
    globals: Query<'_, '_, &GlobalTransform>,
    bodies: Query<'_, '_, (&Aabb, &GlobalTransform)>,
) {
    let shown = pose.world_from_equipment.is_some() && scene.0.placement != Placement::PanelOnly;
    let focus = scene.0.highlights.first().filter(|_| shown);
    let mut span: Option<(Vec3, Vec3)> = None;
    let take = |span: &mut Option<(Vec3, Vec3)>, point: Vec3| {
        let (min, max) = span.get_or_insert((point, point));
        *min = min.min(point);
        *max = max.max(point);
    };
    let ball = |(min, max): (Vec3, Vec3)| ((min + max) * 0.5, min.distance(max) * 0.5);
    standing.part = None;
    if let Some(focus) = focus {
        for (aabb, global) in found.meshes.get(&focus.node).into_iter().flatten().filter_map(|e| bodies.get(*e).ok()) {
            for corner in corners(Vec3::from(aabb.center), Vec3::from(aabb.half_extents)) {
                take(&mut span, global.transform_point(corner));
            }
        }
        standing.part = span.map(ball);
        let reach = found.nodes.get(&focus.node).and_then(|node| globals.get(*node).ok()).zip(cue.reach);
        if let Some((global, (min, max))) = reach {
            for corner in corners((min + max) * 0.5, (max - min) * 0.5) {
                take(&mut span, global.transform_point(corner));
            }
        }
    }
    standing.work = span.map(ball);
}

/// Places every plate that has something to show.
pub(crate) fn place(
    time: Res<'_, Time>,
    (reader, hands, pose, equipment): (Res<'_, Reader>, Res<'_, Hands>, Res<'_, OverlayPose>, Res<'_, EquipmentBox>),
    (boards, probe): (Res<'_, Boards>, Res<'_, Probe>),
    mut standing: ResMut<'_, Standing>,
    mut quads: Query<'_, '_, (&mut Transform, &mut Visibility)>,
) {
    let Some(head) = reader.world_from_head else { return };
    let wanted: Vec<Wanted> = boards
        .0
        .iter()
        .filter(|board| !probe.0 && board.size.min_element() > 0.0)
        .map(|board| Wanted { name: board.name, size: board.size * METRES_PER_PX })
        .collect();
    let bounds = pose.world_from_equipment.zip(equipment.0).map(|(world_from_equipment, (center, half))| {
        let world_from_equipment: Pose<_, Equipment> = world_from_equipment;
        Bounds { world_from_box: world_from_equipment.then(&Pose::new(center, Quat::IDENTITY)), half }
    });
    let around = Surroundings {
        world_from_head: Pose::new(head.translation, head.rotation),
        work: standing.work,
        equipment: bounds,
        hands: &hands.0,
    };
    let dt = time.delta_secs();
    let placed = standing.plates.place(&wanted, &around, dt);
    for board in boards.0.iter().filter(|board| board.name != Name::Label) {
        let Ok((mut transform, mut visibility)) = quads.get_mut(board.quad) else { continue };
        let Some(place) = placed.iter().find(|place| place.name == board.name) else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        visibility.set_if_neq(Visibility::Inherited);
        let size = board.size * METRES_PER_PX * place.scale;
        transform.set_if_neq(Transform {
            translation: place.world_from_plate.translation,
            rotation: place.world_from_plate.rotation,
            scale: size.extend(1.0),
        });
    }
    standing.placed = placed;
}

/// Lists what can be pressed.
pub(crate) fn list_targets(
    boards: Res<'_, Boards>,
    standing: Res<'_, Standing>,
    mut targets: ResMut<'_, Targets>,
    pressables: Query<'_, '_, (Entity, &Pressable, &ComputedNode, &UiGlobalTransform)>,
    parents: Query<'_, '_, &ChildOf>,
) {
    targets.0.clear();
    for (entity, pressable, node, transform) in &pressables {
        let root = parents.root_ancestor(entity);
        let Some(board) = boards.0.iter().find(|board| board.root == Some(root)) else { continue };
        let Some(place) = standing.placed.iter().find(|place| place.name == board.name) else { continue };
        let metres = METRES_PER_PX * place.scale / SHARPNESS;
        let from_corner = transform.translation - board.size * SHARPNESS * 0.5;
        targets.0.push(Target {
            world_from_plate: Pose::<_, Plate>::new(
                place.world_from_plate.translation,
                place.world_from_plate.rotation,
            ),
            center: Vec2::new(from_corner.x, -from_corner.y) * metres,
            half: node.size() * 0.5 * metres,
            action: pressable.0.clone(),
        });
    }
}
