//! The rendered world: the equipment in its setting, light and sky, parts that have been moved, cloths over fiducials.
//! It stands for reality; what is known of it comes back only through the camera's pixels. Must not know the overlay.

use std::collections::{HashMap, HashSet};

use bevy::{prelude::*, world_serialization::WorldInstanceReady};
use fieldwright_guide::{
    equipment::{EquipmentPackage, Motion},
    frames::{Equipment, Pose, World as WorldFrame},
};
use fieldwright_session::place::ProductFiles;

use crate::{
    looks::{ContactShade, FieldMaterial, FieldSettings, Looks},
    overlay::motion::along,
    shared::{EquipmentModel, KnownNodes, PartNodes},
};

/// Root of the real equipment.
#[derive(Component, Debug)]
pub(crate) struct EquipmentRoot;

/// A cloth over the fiducial of this id.
#[derive(Component, Debug)]
pub(crate) struct Cloth(u32);

/// Fiducials that are covered now.
#[derive(Debug, Default, Resource)]
pub(crate) struct Covered(pub(crate) Vec<u32>);

/// How far each part has been moved: node -> its move.
#[derive(Debug, Default, Resource)]
pub(crate) struct Moves(HashMap<String, Move>);

#[derive(Clone, Copy, Debug)]
struct Move {
    motion: Motion,
    from: f32,
    to: f32,
    started: f32,
}

/// Seconds that a part takes to move.
const MOVE_S: f32 = 0.8;

/// The equipment's box, half sizes in x and z and height, metres: for the contact shade.
const SHADE_BOX: (f32, f32, f32) = (0.78, 0.45, 1.25);

impl Moves {
    /// Starts a move at `now` (seconds). A reversed one brings the part back.
    pub(crate) fn start(&mut self, node: &str, motion: Motion, reversed: bool, now: f32) {
        let (from, to) = if reversed { (1.0, 0.0) } else { (0.0, 1.0) };
        self.0.insert(node.to_owned(), Move { motion, from, to, started: now });
    }

    /// Everything back in its place.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Every part that stands moved, and how.
    pub(crate) fn list(&self) -> Vec<(String, Motion)> {
        let mut moved: Vec<_> =
            self.0.iter().filter(|(_, step)| step.to > 0.5).map(|(node, step)| (node.clone(), step.motion)).collect();
        moved.sort_by(|a, b| a.0.cmp(&b.0));
        moved
    }

    /// A part that stands moved from the start.
    pub(crate) fn already(&mut self, node: &str, motion: Motion) {
        self.0.insert(node.to_owned(), Move { motion, from: 1.0, to: 1.0, started: f32::MIN });
    }
}

/// The world and what keeps it going.
#[derive(Debug)]
pub(crate) struct StagePlugin;

impl Plugin for StagePlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(MaterialPlugin::<FieldMaterial>::default())
            .init_resource::<PartNodes>()
            .init_resource::<Covered>()
            .init_resource::<Moves>()
            .insert_resource(ClearColor(Color::srgb(0.66, 0.71, 0.76)))
            .insert_resource(GlobalAmbientLight { brightness: 900.0, color: Color::srgb(0.85, 0.9, 1.0), ..default() })
            .add_systems(Update, (crate::looks::dress, lay_cloths, move_parts, stand_shade));
    }
}

/// Puts equipment and setting into the world.
pub(crate) fn set(
    world: &mut World,
    files: &ProductFiles,
    equipment: &EquipmentPackage,
    truth: Pose<WorldFrame, Equipment>,
) {
    let known: HashSet<String> = equipment
        .parts
        .values()
        .map(|part| part.node.clone())
        .chain(equipment.fiducials.iter().map(|f| format!("tag_{}", f.id)))
        .collect();
    world.insert_resource(KnownNodes(known));
    let assets = world.resource::<AssetServer>().clone();
    let scene =
        |path: std::path::PathBuf| -> Handle<WorldAsset> { assets.load(GltfAssetLabel::Scene(0).from_asset(path)) };
    let model = scene(files.equipment(&equipment.name).join(&equipment.model));
    let setting = scene(files.setting("motor-pool").join("setting.glb"));
    world.insert_resource(EquipmentModel(model.clone()));
    world.spawn((EquipmentRoot, WorldAssetRoot(model), Transform::default())).observe(find_nodes);
    world.spawn(WorldAssetRoot(setting));
    let full = *world.resource::<Looks>() == Looks::Full;
    world.spawn((
        DirectionalLight { illuminance: 9_500.0, shadow_maps_enabled: full, ..default() },
        bevy::light::CascadeShadowConfigBuilder { num_cascades: 1, maximum_distance: 9.0, ..default() }.build(),
        Transform::from_xyz(2.5, 5.0, 3.0).looking_at(Vec3::ZERO, Vec3::Y),
    ));
    stand(world, truth);
}

/// Stands the equipment somewhere else.
pub(crate) fn stand(world: &mut World, truth: Pose<WorldFrame, Equipment>) {
    let mut roots = world.query_filtered::<&mut Transform, With<EquipmentRoot>>();
    for mut transform in roots.iter_mut(world) {
        *transform = Transform::from_translation(truth.translation).with_rotation(truth.rotation);
    }
    let (yaw, ..) = truth.rotation.to_euler(EulerRot::YXZ);
    world.insert_resource(ContactShade { at: (truth.translation.x, truth.translation.z, yaw), half: SHADE_BOX });
}

/// True once the equipment's nodes are known.
pub(crate) fn is_set(world: &World) -> bool {
    let parts = world.resource::<PartNodes>();
    !parts.nodes.is_empty() && parts.nodes.len() >= world.resource::<KnownNodes>().0.len().saturating_sub(4)
}

fn find_nodes(
    ready: On<'_, '_, WorldInstanceReady>,
    mut commands: Commands<'_, '_>,
    known: Res<'_, KnownNodes>,
    children: Query<'_, '_, &Children>,
    names: Query<'_, '_, (&Name, &Transform)>,
    mut parts: ResMut<'_, PartNodes>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    mut materials: ResMut<'_, Assets<StandardMaterial>>,
) {
    let cloth = meshes.add(Rectangle::new(0.15, 0.17));
    let canvas = materials.add(StandardMaterial {
        base_color: Color::srgb(0.16, 0.15, 0.12),
        perceptual_roughness: 0.95,
        double_sided: true,
        ..default()
    });
    let mut pending = vec![ready.entity];
    while let Some(entity) = pending.pop() {
        if let Ok((name, transform)) = names.get(entity)
            && known.0.contains(name.as_str())
            && !parts.nodes.contains_key(name.as_str())
        {
            parts.nodes.insert(name.to_string(), entity);
            parts.rest.insert(name.to_string(), *transform);
            if let Some(id) = name.strip_prefix("tag_").and_then(|id| id.parse().ok()) {
                let cloth = commands
                    .spawn((
                        Cloth(id),
                        Mesh3d(cloth.clone()),
                        MeshMaterial3d(canvas.clone()),
                        Transform::from_xyz(0.0, -0.005, 0.006),
                        Visibility::Hidden,
                    ))
                    .id();
                commands.entity(entity).add_child(cloth);
            }
        }
        if let Ok(children) = children.get(entity) {
            pending.extend(children.iter());
        }
    }
}

fn lay_cloths(covered: Res<'_, Covered>, mut cloths: Query<'_, '_, (&Cloth, &mut Visibility)>) {
    if !covered.is_changed() {
        return;
    }
    for (cloth, mut visibility) in &mut cloths {
        *visibility = if covered.0.contains(&cloth.0) { Visibility::Inherited } else { Visibility::Hidden };
    }
}

fn move_parts(
    moves: Res<'_, Moves>,
    parts: Res<'_, PartNodes>,
    time: Res<'_, Time>,
    mut transforms: Query<'_, '_, &mut Transform>,
) {
    for (name, entity) in &parts.nodes {
        let (Some(rest), Ok(mut transform)) = (parts.rest.get(name), transforms.get_mut(*entity)) else { continue };
        let placed = moves.0.get(name).map_or(*rest, |step| {
            let t = ((time.elapsed_secs() - step.started) / MOVE_S).clamp(0.0, 1.0);
            let eased = t * t * (3.0 - 2.0 * t);
            *rest * along(&step.motion, step.from + (step.to - step.from) * eased)
        });
        if *transform != placed {
            *transform = placed;
        }
    }
}

/// The contact shade goes where the equipment goes.
fn stand_shade(shade: Res<'_, ContactShade>, mut fields: ResMut<'_, Assets<FieldMaterial>>) {
    if shade.is_changed() {
        for (_, material) in fields.iter_mut() {
            FieldSettings::shade(&mut material.settings, *shade);
        }
    }
}
