//! The phantom: the equipment's model once more, where the tracker believes it to be, seen only by the mask camera.
//! It hides what stands behind it and carries the roles that `shaders/highlight.wgsl` draws. Must not know ground truth:
//! its root is the estimated pose, and only how far parts have been moved is taken over from the scene.

use std::collections::HashMap;

use bevy::{
    camera::{RenderTarget, SubCameraView, Viewport, visibility::RenderLayers},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    light::{NotShadowCaster, NotShadowReceiver},
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    reflect::TypePath,
    render::render_resource::{
        AsBindGroup, BlendComponent, BlendFactor, BlendOperation, BlendState, Extent3d, RenderPipelineDescriptor,
        SpecializedMeshPipelineError, TextureFormat, TextureUsages,
    },
    shader::ShaderRef,
    world_serialization::WorldInstanceReady,
};
use fieldwright_guide::overlay::{HighlightRole, Placement};

use super::highlight::Lit;
use crate::shared::{CurrentScene, EquipmentModel, KnownNodes, OverlayPose, PartNodes, ViewCamera};

/// The layer that only the mask camera sees.
pub(crate) const MASK_LAYER: usize = 7;

/// Writes one role of the mask; see `shaders/flat.wgsl`.
#[derive(Asset, AsBindGroup, Clone, Debug, TypePath)]
#[bind_group_data(Additive)]
pub(crate) struct FlatMaterial {
    #[uniform(0)]
    settings: FlatSettings,
    additive: bool,
}

#[derive(Clone, Copy, Debug, bevy::render::render_resource::ShaderType)]
struct FlatSettings {
    role: Vec4,
    rim: f32,
}

/// Whether a material adds to its channel instead of replacing all of them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(C)]
pub(crate) struct Additive(bool);

impl From<&FlatMaterial> for Additive {
    fn from(material: &FlatMaterial) -> Self {
        Self(material.additive)
    }
}

impl Material for FlatMaterial {
    fn fragment_shader() -> ShaderRef {
        "shaders/flat.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        if self.additive { AlphaMode::Blend } else { AlphaMode::Opaque }
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        // Arrows and ghosts add to their own channel and leave the others as they are.
        let sum = BlendComponent {
            src_factor: BlendFactor::One,
            dst_factor: BlendFactor::One,
            operation: BlendOperation::Add,
        };
        if let Some(fragment) = &mut descriptor.fragment {
            for target in fragment.targets.iter_mut().flatten() {
                target.blend = key.bind_group_data.0.then_some(BlendState { color: sum, alpha: sum });
            }
        }
        descriptor.primitive.cull_mode = None;
        Ok(())
    }
}

/// The materials, one a role.
#[derive(Clone, Debug, Resource)]
pub(crate) struct Roles {
    hide: Handle<FlatMaterial>,
    focus: Handle<FlatMaterial>,
    mentioned: Handle<FlatMaterial>,
    /// For motion arrows.
    pub(crate) arrow: Handle<FlatMaterial>,
    /// For the ghost of a moving part.
    pub(crate) ghost: Handle<FlatMaterial>,
}

/// Samples a pixel of the mask: its edges become the outlines.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct MaskSamples(pub(crate) Msaa);

impl Default for MaskSamples {
    fn default() -> Self {
        Self(Msaa::Sample4)
    }
}

/// The picture of the mask.
#[derive(Clone, Debug, Resource)]
pub(crate) struct Mask {
    /// The texture; as large as the view.
    pub(crate) image: Handle<Image>,
    /// Its size, pixels.
    pub(crate) size: UVec2,
}

/// Root of the phantom.
#[derive(Component)]
pub(crate) struct Phantom;

/// The camera that draws the mask.
#[derive(Component)]
pub(crate) struct MaskCamera;

/// The phantom's own nodes by name, and the meshes that make up each part.
#[derive(Debug, Default, Resource)]
pub(crate) struct PhantomNodes {
    /// Node name -> entity.
    pub(crate) nodes: HashMap<String, Entity>,
    /// Node name -> the part's own mesh entities, without those of parts under it.
    pub(crate) meshes: HashMap<String, Vec<Entity>>,
}

/// Makes the mask's picture, camera and materials.
pub(crate) fn setup(
    mut commands: Commands<'_, '_>,
    mut images: ResMut<'_, Assets<Image>>,
    mut flats: ResMut<'_, Assets<FlatMaterial>>,
    samples: Res<'_, MaskSamples>,
) {
    let mut role = |role: Vec4, rim: f32, additive: bool| {
        flats.add(FlatMaterial { settings: FlatSettings { role, rim }, additive })
    };
    commands.insert_resource(Roles {
        hide: role(Vec4::ZERO, 0.0, false),
        focus: role(Vec4::X, 0.0, false),
        mentioned: role(Vec4::Y, 0.0, false),
        arrow: role(Vec4::Z, 0.0, true),
        ghost: role(Vec4::W, 1.0, true),
    });
    let size = UVec2::new(1280, 720);
    let image = images.add(mask_image(size));
    commands.spawn((
        MaskCamera,
        Camera3d::default(),
        Camera { order: -5, is_active: false, clear_color: ClearColorConfig::Custom(Color::NONE), ..default() },
        RenderTarget::Image(image.clone().into()),
        RenderLayers::layer(MASK_LAYER),
        Tonemapping::None,
        DebandDither::Disabled,
        samples.0,
    ));
    commands.insert_resource(Mask { image, size });
}

fn mask_image(size: UVec2) -> Image {
    let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8Unorm, None);
    image.texture_descriptor.usage |= TextureUsages::TEXTURE_BINDING;
    image
}

/// Spawns the phantom once the model is known.
pub(crate) fn spawn(
    mut commands: Commands<'_, '_>,
    model: Option<Res<'_, EquipmentModel>>,
    phantom: Query<'_, '_, (), With<Phantom>>,
) {
    let Some(model) = model else { return };
    if !phantom.is_empty() {
        return;
    }
    commands.spawn((Phantom, WorldAssetRoot(model.0.clone()), Transform::default(), Visibility::Hidden)).observe(dress);
}

/// Gives the phantom's meshes their material and layer, and finds the part that each belongs to.
fn dress(
    ready: On<'_, '_, WorldInstanceReady>,
    mut commands: Commands<'_, '_>,
    roles: Res<'_, Roles>,
    known: Res<'_, KnownNodes>,
    children: Query<'_, '_, &Children>,
    names: Query<'_, '_, &Name>,
    meshes: Query<'_, '_, (), With<Mesh3d>>,
    mut found: ResMut<'_, PhantomNodes>,
) {
    let mut pending = vec![(ready.entity, None::<String>)];
    while let Some((entity, owner)) = pending.pop() {
        let own = names.get(entity).ok().map(Name::as_str).filter(|name| known.0.contains(*name)).map(str::to_owned);
        if let Some(name) = &own {
            found.nodes.entry(name.clone()).or_insert(entity);
        }
        let owner = own.or(owner);
        if meshes.contains(entity) {
            commands.entity(entity).remove::<MeshMaterial3d<StandardMaterial>>().insert((
                MeshMaterial3d(roles.hide.clone()),
                RenderLayers::layer(MASK_LAYER),
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

/// Puts the phantom where the overlay believes the equipment to be, and its parts where they have been moved to.
pub(crate) fn place(
    pose: Res<'_, OverlayPose>,
    parts: Res<'_, PartNodes>,
    found: Res<'_, PhantomNodes>,
    mut phantom: Query<'_, '_, (&mut Transform, &mut Visibility), With<Phantom>>,
    mut transforms: Query<'_, '_, &mut Transform, Without<Phantom>>,
) {
    let Ok((mut transform, mut visibility)) = phantom.single_mut() else { return };
    let Some(world_from_equipment) = pose.world_from_equipment else {
        *visibility = Visibility::Hidden;
        return;
    };
    *visibility = Visibility::Inherited;
    *transform =
        Transform::from_translation(world_from_equipment.translation).with_rotation(world_from_equipment.rotation);
    for (name, shadow) in &found.nodes {
        let Some(moved) = parts.nodes.get(name).and_then(|entity| transforms.get(*entity).ok()).copied() else {
            continue;
        };
        if let Ok(mut own) = transforms.get_mut(*shadow)
            && *own != moved
        {
            *own = moved;
        }
    }
}

/// Gives each part the role that the scene gives it.
pub(crate) fn assign_roles(
    scene: Res<'_, CurrentScene>,
    found: Res<'_, PhantomNodes>,
    roles: Res<'_, Roles>,
    mut materials: Query<'_, '_, &mut MeshMaterial3d<FlatMaterial>>,
) {
    if !scene.is_changed() && !found.is_changed() {
        return;
    }
    for (name, entities) in &found.meshes {
        let role = scene.0.highlights.iter().find(|h| &h.node == name).map(|h| h.role);
        let wanted = match role {
            Some(HighlightRole::Focus) => &roles.focus,
            Some(HighlightRole::Mentioned) => &roles.mentioned,
            None => &roles.hide,
        };
        for entity in entities {
            if let Ok(mut material) = materials.get_mut(*entity)
                && material.0 != *wanted
            {
                material.0 = wanted.clone();
            }
        }
    }
}

/// Pixels that a lit part may move in the picture from one update to the next.
const TRAVEL_PX: f32 = 64.0;

/// The mask camera sees what the view camera sees, of it what is lit; it rests while there is nothing to light up.
pub(crate) fn follow_view(
    scene: Res<'_, CurrentScene>,
    pose: Res<'_, OverlayPose>,
    view: Query<'_, '_, (&GlobalTransform, &Projection, &Camera), (With<ViewCamera>, Without<MaskCamera>)>,
    mut mask_camera: Query<'_, '_, (&mut Transform, &mut Projection, &mut Camera), With<MaskCamera>>,
    mut mask: ResMut<'_, Mask>,
    lit: Res<'_, Lit>,
    mut images: ResMut<'_, Assets<Image>>,
) {
    let (Ok((transform, projection, view)), Ok((mut own_transform, mut own_projection, mut own))) =
        (view.single(), mask_camera.single_mut())
    else {
        return;
    };
    let shows = !scene.0.highlights.is_empty()
        && scene.0.placement != Placement::PanelOnly
        && pose.world_from_equipment.is_some();
    own.is_active = shows && view.is_active;
    *own_transform = transform.compute_transform();
    *own_projection = projection.clone();
    if let Some(size) = view.physical_target_size()
        && size != mask.size
        && size.min_element() > 0
    {
        if let Some(mut image) = images.get_mut(&mask.image) {
            image.resize(Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 });
        }
        mask.size = size;
    }
    // Where it was lit last: the whole machine is not drawn for one drain cock.
    let bounds = Rect::from_corners(Vec2::ZERO, mask.size.as_vec2());
    let pixels = mask.size.as_vec2() / lit.picture.max(Vec2::ONE);
    let section = lit.window.map(|window| {
        let window = window.inflate(TRAVEL_PX);
        Rect::from_corners(window.min * pixels, window.max * pixels).intersect(bounds)
    });
    let section = section.filter(|rect| !rect.is_empty()).map(|rect| rect.as_urect());
    own.viewport =
        section.map(|rect| Viewport { physical_position: rect.min, physical_size: rect.size(), ..default() });
    own.sub_camera_view =
        section.map(|rect| SubCameraView { full_size: mask.size, offset: rect.min.as_vec2(), size: rect.size() });
}
