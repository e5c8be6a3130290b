//! The equipment's shape in the room where the tracker believes it to be, and the lit parts on it. Every drawing is a child of
//! the part's own mesh, so that it is where the part is for every eye. Must not know ground truth or plates.

use std::collections::HashMap;

use bevy::{
    camera::visibility::RenderLayers,
    light::{NotShadowCaster, NotShadowReceiver},
    prelude::*,
    world_serialization::WorldInstanceReady,
};
use fieldwright_guide::overlay::{HighlightRole, Placement};

use super::{
    eye::{OVERLAY_LAYER, OverlayEye},
    hull,
    lit::{LitMaterial, Pass},
    probe::{self, Probe},
    theme::{Look, Theme, linear},
};
use crate::shared::{CurrentScene, EquipmentModel, KnownNodes, OverlayPose, PartNodes};

/// Root of the shape.
#[derive(Component)]
pub(crate) struct Shape;

/// A drawing on a lit part.
#[derive(Component)]
pub(crate) struct Light;

/// The shape's nodes by name, and the meshes that make up each part.
#[derive(Debug, Default, Resource)]
pub(crate) struct ShapeNodes {
    /// Node name -> entity.
    pub(crate) nodes: HashMap<String, Entity>,
    /// Node name -> the part's own mesh entities, without those of parts under it.
    pub(crate) meshes: HashMap<String, Vec<Entity>>,
}

/// What is lit now, so that it is dressed anew only when that changes.
#[derive(Default, Resource)]
pub(crate) struct LitNow {
    shown: Option<(Vec<(String, HighlightRole)>, bool, Look, bool)>,
}

/// Welded meshes, made once each.
#[derive(Default, Resource)]
pub(crate) struct Welded(HashMap<AssetId<Mesh>, Handle<Mesh>>);

/// The outline, radians across: a thin line at any distance.
const OUTLINE_RAD: f32 = 2.6e-3;
/// And never thinner than this, pixels.
const OUTLINE_PX: f32 = 1.4;
/// How far the soft light reaches, radians, in so many shells.
const GLOW_RAD: f32 = 14e-3;
const GLOW_SHELLS: usize = 6;

/// Spawns the shape once somebody looks and the model is known.
pub(crate) fn spawn(
    mut commands: Commands<'_, '_>,
    model: Option<Res<'_, EquipmentModel>>,
    eyes: Query<'_, '_, (), With<OverlayEye>>,
    shape: Query<'_, '_, (), With<Shape>>,
) {
    let Some(model) = model else { return };
    if eyes.is_empty() || !shape.is_empty() {
        return;
    }
    commands.spawn((Shape, WorldAssetRoot(model.0.clone()), Transform::default(), Visibility::Hidden)).observe(dress);
}

/// What every drawing in the overlay carries.
pub(crate) fn overlay_mesh(mesh: Handle<Mesh>, material: Handle<LitMaterial>) -> impl Bundle {
    (Mesh3d(mesh), MeshMaterial3d(material), RenderLayers::layer(OVERLAY_LAYER), NotShadowCaster, NotShadowReceiver)
}

/// Gives the shape's meshes their material and layer, and finds the part that each belongs to.
fn dress(
    ready: On<'_, '_, WorldInstanceReady>,
    mut commands: Commands<'_, '_>,
    known: Res<'_, KnownNodes>,
    mut materials: ResMut<'_, Assets<LitMaterial>>,
    children: Query<'_, '_, &Children>,
    names: Query<'_, '_, &Name>,
    meshes: Query<'_, '_, (), With<Mesh3d>>,
    mut found: ResMut<'_, ShapeNodes>,
) {
    let hide = materials.add(LitMaterial::new(Pass::Hide, Vec4::ZERO));
    let mut pending = vec![(ready.entity, None::<String>)];
    while let Some((entity, owner)) = pending.pop() {
        let own = names.get(entity).ok().map(Name::as_str).filter(|name| known.0.contains(*name)).map(str::to_owned);
        if let Some(name) = &own {
            found.nodes.entry(name.clone()).or_insert(entity);
        }
        let owner = own.or(owner);
        if meshes.contains(entity) {
            commands.entity(entity).remove::<MeshMaterial3d<StandardMaterial>>().insert((
                MeshMaterial3d(hide.clone()),
                RenderLayers::layer(OVERLAY_LAYER),
                NotShadowCaster,
                NotShadowReceiver,
            ));
            if let Some(owner) = &owner {
                found.meshes.entry(owner.clone()).or_default().push(entity);
            }
        }
        if let Ok(children) = children.get(entity) {
            pending.extend(children.iter().map(|child| (child, owner.clone())));
        }
    }
}

/// Puts the shape where the equipment is believed to be and its parts where they have been moved to. It rests unless something is
/// lit: nothing else needs to be hidden.
pub(crate) fn place(
    scene: Res<'_, CurrentScene>,
    pose: Res<'_, OverlayPose>,
    parts: Res<'_, PartNodes>,
    found: Res<'_, ShapeNodes>,
    mut shape: Query<'_, '_, (&mut Transform, &mut Visibility), With<Shape>>,
    mut transforms: Query<'_, '_, &mut Transform, Without<Shape>>,
) {
    let Ok((mut transform, mut visibility)) = shape.single_mut() else { return };
    let shows = scene.0.placement != Placement::PanelOnly && !scene.0.highlights.is_empty();
    let Some(world_from_equipment) = pose.world_from_equipment.filter(|_| shows) else {
        visibility.set_if_neq(Visibility::Hidden);
        return;
    };
    visibility.set_if_neq(Visibility::Inherited);
    *transform =
        Transform::from_translation(world_from_equipment.translation).with_rotation(world_from_equipment.rotation);
    for (name, own) in &found.nodes {
        let Some(moved) = parts.nodes.get(name).and_then(|entity| transforms.get(*entity).ok()).copied() else {
            continue;
        };
        if let Ok(mut own) = transforms.get_mut(*own) {
            own.set_if_neq(moved);
        }
    }
}

/// Lights up what the scene lights up.
pub(crate) fn light(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, CurrentScene>,
    (look, probe): (Res<'_, Look>, Res<'_, Probe>),
    found: Res<'_, ShapeNodes>,
    (mut now, mut welded): (ResMut<'_, LitNow>, ResMut<'_, Welded>),
    (mut meshes, mut materials): (ResMut<'_, Assets<Mesh>>, ResMut<'_, Assets<LitMaterial>>),
    bodies: Query<'_, '_, &Mesh3d, Without<Light>>,
    old: Query<'_, '_, Entity, With<Light>>,
) {
    if found.meshes.is_empty() {
        return;
    }
    let stale = scene.0.placement == Placement::BesidePart;
    let dark = look.theme == Theme::Blackout;
    let wanted: Vec<(String, HighlightRole)> = if dark || scene.0.placement == Placement::PanelOnly {
        Vec::new()
    } else {
        scene.0.highlights.iter().map(|h| (h.node.clone(), h.role)).collect()
    };
    let wanted = Some((wanted, stale, *look, probe.0));
    if now.shown == wanted {
        return;
    }
    old.iter().for_each(|entity| commands.entity(entity).despawn());
    let Some((lit, ..)) = &wanted else { return };
    let (focus, mentioned) = if probe.0 {
        let [red, green, blue] = probe::COLOR.map(|byte| f32::from(byte) / 255.0);
        let flat = LitMaterial::new(Pass::Flat, Vec4::new(red, green, blue, 1.0));
        (vec![(false, materials.add(flat))], Vec::new())
    } else {
        (
            drawings(HighlightRole::Focus, stale, &look, &mut materials),
            drawings(HighlightRole::Mentioned, stale, &look, &mut materials),
        )
    };
    for (node, role) in lit {
        let drawings = if *role == HighlightRole::Focus { &focus } else { &mentioned };
        for body in found.meshes.get(node).into_iter().flatten() {
            let Ok(Mesh3d(mesh)) = bodies.get(*body) else { continue };
            let grown = welded.of(mesh, &mut meshes);
            for (on_hull, material) in drawings {
                let mesh = if *on_hull { &grown } else { mesh };
                let drawing = commands.spawn((Light, overlay_mesh(mesh.clone(), material.clone()))).id();
                commands.entity(*body).add_child(drawing);
            }
        }
    }
    now.shown = wanted;
}

impl Welded {
    /// The welded twin of a mesh; the mesh itself where it cannot be welded.
    pub(crate) fn of(&mut self, mesh: &Handle<Mesh>, meshes: &mut Assets<Mesh>) -> Handle<Mesh> {
        if let Some(twin) = self.0.get(&mesh.id()) {
            return twin.clone();
        }
        let twin = meshes.get(mesh).and_then(hull::welded).map_or_else(|| mesh.clone(), |twin| meshes.add(twin));
        self.0.insert(mesh.id(), twin.clone());
        twin
    }
}

/// The drawings that light up a part of this role: on the welded mesh or on its own, and with which material.
fn drawings(
    role: HighlightRole,
    stale: bool,
    look: &Look,
    materials: &mut Assets<LitMaterial>,
) -> Vec<(bool, Handle<LitMaterial>)> {
    let palette = look.palette();
    let color = linear(if stale { palette.stale } else { palette.guide });
    let with = |alpha: f32| color.truncate().extend(alpha);
    let mut made = Vec::new();
    let mut add = |on_hull: bool, material: LitMaterial| made.push((on_hull, materials.add(material.dashed(stale))));
    let strength = palette.glow;
    if role == HighlightRole::Focus {
        add(false, LitMaterial::new(Pass::Fill, with(1.0)).rim(0.13, 0.4));
        add(true, LitMaterial::new(Pass::Stamp, Vec4::ZERO));
        for shell in 1..=GLOW_SHELLS {
            let reach = shell as f32 / GLOW_SHELLS as f32;
            let alpha = 0.11 * (1.15 - reach) * strength;
            add(true, LitMaterial::new(Pass::Glow, with(alpha)).grown(OUTLINE_RAD + GLOW_RAD * reach * reach, 0.0));
        }
        let bright = color.truncate().lerp(Vec3::ONE, if stale { 0.1 } else { 0.3 });
        add(true, LitMaterial::new(Pass::Outline, bright.extend(1.0)).grown(OUTLINE_RAD, OUTLINE_PX));
    } else {
        add(false, LitMaterial::new(Pass::Fill, with(1.0)).rim(0.05, 0.15));
        add(true, LitMaterial::new(Pass::StampAlso, Vec4::ZERO));
        add(true, LitMaterial::new(Pass::OutlineAlso, with(0.55)).grown(OUTLINE_RAD * 0.6, 1.0));
    }
    made
}
