//! The materials of plates and of the marks on them. Must not know what a plate says.

use bevy::{
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    reflect::TypePath,
    render::render_resource::{
        AsBindGroup, BlendState, CompareFunction, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
    },
    shader::ShaderRef,
};

/// See `shaders/plate.wgsl`.
#[derive(Asset, AsBindGroup, Clone, Debug, TypePath)]
pub(crate) struct PlateMaterial {
    /// Share of the picture that is used, opacity.
    #[uniform(0)]
    pub(crate) used: PlateSettings,
    /// The plate's picture.
    #[texture(1)]
    #[sampler(2)]
    pub(crate) picture: Handle<Image>,
}

/// The uniform of [`PlateMaterial`].
#[derive(Clone, Copy, Debug, ShaderType)]
pub(crate) struct PlateSettings {
    pub(crate) used: Vec4,
}

/// See `shaders/mark.wgsl`.
#[derive(Asset, AsBindGroup, Clone, Debug, TypePath)]
pub(crate) struct MarkMaterial {
    #[uniform(0)]
    pub(crate) settings: MarkSettings,
}

/// The uniform of [`MarkMaterial`].
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub(crate) struct MarkSettings {
    pub(crate) color: Vec4,
    pub(crate) half_progress_corner: Vec4,
}

/// Plates are read, whatever stands before them: nothing hides them, and they are drawn after everything else.
fn over_all(descriptor: &mut RenderPipelineDescriptor) {
    if let Some(fragment) = &mut descriptor.fragment {
        for target in fragment.targets.iter_mut().flatten() {
            target.blend = Some(BlendState::PREMULTIPLIED_ALPHA_BLENDING);
        }
    }
    if let Some(depth) = &mut descriptor.depth_stencil {
        depth.depth_write_enabled = Some(false);
        depth.depth_compare = Some(CompareFunction::Always);
    }
}

impl Material for PlateMaterial {
    fn fragment_shader() -> ShaderRef {
        "shaders/plate.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Premultiplied
    }

    fn depth_bias(&self) -> f32 {
        20_000.0
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
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        over_all(descriptor);
        Ok(())
    }
}

impl Material for MarkMaterial {
    fn fragment_shader() -> ShaderRef {
        "shaders/mark.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Premultiplied
    }

    fn depth_bias(&self) -> f32 {
        30_000.0
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
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        over_all(descriptor);
        Ok(())
    }
}
