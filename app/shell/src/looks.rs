//! How surfaces are drawn: physically based on a graphics card, and with `shaders/field.wgsl` where the processor draws.
//! Must not know what the surfaces are.

use bevy::{
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    reflect::TypePath,
    render::render_resource::{AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError},
    shader::ShaderRef,
};

/// Which materials to draw with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Resource)]
pub(crate) enum Looks {
    /// `shaders/field.wgsl`, no shadow map: for software rasterizers, about five times faster.
    #[default]
    Light,
    /// Physically based, with a shadow map: for graphics cards and for pictures that may take their time.
    Full,
}

/// See `shaders/field.wgsl`.
#[derive(Asset, AsBindGroup, Clone, Debug, TypePath)]
#[bind_group_data(DoubleSided)]
pub(crate) struct FieldMaterial {
    #[uniform(0)]
    pub(crate) settings: FieldSettings,
    #[texture(1)]
    #[sampler(2)]
    base_texture: Option<Handle<Image>>,
    alpha_mode: AlphaMode,
    double_sided: bool,
}

/// The uniform of [`FieldMaterial`].
#[derive(Clone, Copy, Debug, ShaderType)]
pub(crate) struct FieldSettings {
    base: Vec4,
    emissive: Vec4,
    surface: Vec4,
    stands: Vec4,
    box_size: Vec4,
}

/// Whether back faces are drawn.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(C)]
pub(crate) struct DoubleSided(bool);

impl From<&FieldMaterial> for DoubleSided {
    fn from(material: &FieldMaterial) -> Self {
        Self(material.double_sided)
    }
}

impl Material for FieldMaterial {
    fn fragment_shader() -> ShaderRef {
        "shaders/field.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        self.alpha_mode
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
        if key.bind_group_data.0 {
            descriptor.primitive.cull_mode = None;
        }
        Ok(())
    }
}

/// Where the equipment's contact shade falls: its place on the floor and its box.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub(crate) struct ContactShade {
    /// Place: x, z of the world (metres) and turn about +Y (radians).
    pub(crate) at: (f32, f32, f32),
    /// Half sizes in x and z, and the height, metres.
    pub(crate) half: (f32, f32, f32),
}

impl FieldSettings {
    /// Where the equipment's contact shade falls.
    pub(crate) fn shade(&mut self, shade: ContactShade) {
        let (x, z, yaw) = shade.at;
        let (half_x, half_z, height) = shade.half;
        self.stands = Vec4::new(x, z, yaw.cos(), yaw.sin());
        self.box_size = Vec4::new(half_x, half_z, height, if half_x > 0.0 { 1.0 } else { 0.0 });
    }
}

impl FieldMaterial {
    /// The light twin of a physically based material.
    pub(crate) fn from_standard(standard: &StandardMaterial, shade: ContactShade) -> Self {
        let base = standard.base_color.to_linear();
        let emissive = standard.emissive;
        let cutoff = if let AlphaMode::Mask(cutoff) = standard.alpha_mode { cutoff } else { -1.0 };
        let mut settings = FieldSettings {
            base: Vec4::new(base.red, base.green, base.blue, base.alpha),
            emissive: Vec4::new(emissive.red, emissive.green, emissive.blue, 1.0),
            surface: Vec4::new(
                standard.perceptual_roughness,
                standard.metallic,
                cutoff,
                if standard.base_color_texture.is_some() { 1.0 } else { 0.0 },
            ),
            stands: Vec4::ZERO,
            box_size: Vec4::ZERO,
        };
        settings.shade(shade);
        Self {
            settings,
            base_texture: standard.base_color_texture.clone(),
            alpha_mode: standard.alpha_mode,
            double_sided: standard.double_sided || standard.cull_mode.is_none(),
        }
    }
}

/// Exchanges the materials of freshly spawned meshes, once each. One twin a material is kept, so that batching still works.
pub(crate) fn dress(
    looks: Res<'_, Looks>,
    shade: Res<'_, ContactShade>,
    mut commands: Commands<'_, '_>,
    standards: Res<'_, Assets<StandardMaterial>>,
    mut fields: ResMut<'_, Assets<FieldMaterial>>,
    mut twins: Local<'_, std::collections::HashMap<AssetId<StandardMaterial>, Handle<FieldMaterial>>>,
    fresh: Query<'_, '_, (Entity, &MeshMaterial3d<StandardMaterial>), Added<MeshMaterial3d<StandardMaterial>>>,
) {
    if *looks == Looks::Full {
        return;
    }
    for (entity, material) in &fresh {
        let Some(standard) = standards.get(&material.0) else { continue };
        let twin =
            twins.entry(material.0.id()).or_insert_with(|| fields.add(FieldMaterial::from_standard(standard, *shade)));
        commands.entity(entity).remove::<MeshMaterial3d<StandardMaterial>>().insert(MeshMaterial3d(twin.clone()));
    }
}
