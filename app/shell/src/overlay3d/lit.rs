//! The material of everything in the room that is not a plate: what is drawn when, what it hides, how far it is grown. The order
//! of drawing is what makes outlines follow a part's silhouette and nothing else. Must not know parts or scenes.

use bevy::{
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    reflect::TypePath,
    render::render_resource::{
        AsBindGroup, BlendState, ColorWrites, CompareFunction, Face, RenderPipelineDescriptor, ShaderType,
        SpecializedMeshPipelineError,
    },
    shader::ShaderRef,
};

/// What a drawing does, in the order in which they are drawn.
///
/// A part's fill is drawn against the depth of the equipment's own shape. Then the part is stamped: its silhouette takes the
/// nearest depth there is, so that the grown shapes drawn after it show around it and never across it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub(crate) enum Pass {
    /// The equipment's shape: depth and no color.
    Hide,
    /// The visible surface of a part.
    Fill,
    /// The dark edge of an arrow.
    Edge,
    /// An arrow: opaque, hides what is behind it.
    Solid,
    /// The ghost of a moving part.
    Ghost,
    /// Silhouette of the focused part, nearest depth, no color.
    Stamp,
    /// Soft light around it.
    Glow,
    /// Its outline.
    Outline,
    /// Silhouette of a part also named.
    StampAlso,
    /// Its outline.
    OutlineAlso,
    /// The dark edge of a line.
    LineEdge,
    /// Lines that nothing hides: leaders, rays, the arrow to what is out of view.
    Line,
    /// In the probe's look: a part in one flat color, whatever stands before it.
    Flat,
    /// Over the plates: the dark edge of the arrow to what is out of view, then the arrow, and the end of a ray.
    BeaconEdge,
    Beacon,
    Pointer,
}

/// See `shaders/lit.wgsl`.
#[derive(Asset, AsBindGroup, Clone, Debug, TypePath)]
#[bind_group_data(PassKey)]
pub(crate) struct LitMaterial {
    #[uniform(0)]
    pub(crate) settings: LitSettings,
    pass: Pass,
}

/// The uniform of [`LitMaterial`]; see the shader for what each number is.
#[derive(Clone, Copy, Debug, ShaderType)]
pub(crate) struct LitSettings {
    pub(crate) color: Vec4,
    pub(crate) grow: Vec4,
    pub(crate) shade: Vec4,
    pub(crate) detail: Vec4,
}

/// The pass decides the pipeline.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(C)]
pub(crate) struct PassKey(Pass);

impl From<&LitMaterial> for PassKey {
    fn from(material: &LitMaterial) -> Self {
        Self(material.pass)
    }
}

/// Metres from one dash to the next: they belong to the part, so that both eyes see the same ones.
const DASH_M: f32 = 0.012;

impl LitMaterial {
    /// A material of one color (linear, with opacity), full strength, not grown.
    pub(crate) fn new(pass: Pass, color: Vec4) -> Self {
        let nearest = if matches!(pass, Pass::Stamp | Pass::StampAlso) { 1.0 } else { 0.0 };
        // Fills lie on the very surface whose depth is drawn already; a ten-thousandth of the distance decides.
        let closer = match pass {
            Pass::Fill => 1e-4,
            Pass::Glow | Pass::Outline | Pass::OutlineAlso => 4e-3,
            _ => 0.0,
        };
        Self {
            settings: LitSettings {
                color,
                grow: Vec4::new(0.0, 0.0, closer, nearest),
                shade: Vec4::new(1.0, 0.0, 0.0, 0.0),
                detail: Vec4::new(DASH_M, 0.0, 1.0, 0.0),
            },
            pass,
        }
    }

    /// Grown by an angle, radians, and by so many pixels at least.
    pub(crate) fn grown(mut self, radians: f32, pixels: f32) -> Self {
        self.settings.grow.x = radians;
        self.settings.grow.y = pixels;
        self
    }

    /// Opacity everywhere, and what is added where the surface turns away from the eye.
    pub(crate) fn rim(mut self, everywhere: f32, rim: f32) -> Self {
        self.settings.shade.x = everywhere;
        self.settings.shade.y = rim;
        self
    }

    /// Light and shade on its own form.
    pub(crate) fn shaped(mut self, share: f32) -> Self {
        self.settings.detail.y = share;
        self
    }

    /// Dashed along a line of length one in its own frame.
    pub(crate) fn dashed_along(mut self, dashed: bool) -> Self {
        self.settings.detail.x = 0.08;
        self.settings.detail.z = 0.0;
        self.settings.shade.w = if dashed { 1.0 } else { 0.0 };
        self
    }

    /// Dashed: the pose is stale.
    pub(crate) fn dashed(mut self, dashed: bool) -> Self {
        self.settings.shade.w = if dashed { 1.0 } else { 0.0 };
        self
    }
}

impl Material for LitMaterial {
    fn vertex_shader() -> ShaderRef {
        "shaders/lit.wgsl".into()
    }

    fn fragment_shader() -> ShaderRef {
        "shaders/lit.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        if self.pass == Pass::Hide { AlphaMode::Opaque } else { AlphaMode::Blend }
    }

    fn depth_bias(&self) -> f32 {
        // Sorts, and does nothing else: far more than any distance in a room.
        let over_plates = matches!(self.pass, Pass::BeaconEdge | Pass::Beacon | Pass::Pointer);
        f32::from(self.pass as u8) * 1000.0 + if over_plates { 40_000.0 } else { 0.0 }
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
        let pass = key.bind_group_data.0;
        let colorless = matches!(pass, Pass::Hide | Pass::Stamp | Pass::StampAlso);
        if let Some(fragment) = &mut descriptor.fragment {
            for target in fragment.targets.iter_mut().flatten() {
                target.blend = Some(BlendState::ALPHA_BLENDING);
                target.write_mask = if colorless { ColorWrites::empty() } else { ColorWrites::ALL };
            }
        }
        descriptor.primitive.cull_mode = match pass {
            Pass::Edge | Pass::LineEdge | Pass::BeaconEdge => Some(Face::Front),
            Pass::Fill | Pass::Ghost | Pass::Glow | Pass::Line | Pass::Beacon | Pass::Pointer => Some(Face::Back),
            _ => None,
        };
        if let Some(depth) = &mut descriptor.depth_stencil {
            depth.depth_write_enabled = Some(matches!(pass, Pass::Hide | Pass::Solid | Pass::Stamp | Pass::StampAlso));
            let always = matches!(
                pass,
                Pass::Stamp
                    | Pass::StampAlso
                    | Pass::LineEdge
                    | Pass::Line
                    | Pass::Flat
                    | Pass::BeaconEdge
                    | Pass::Beacon
                    | Pass::Pointer
            );
            depth.depth_compare = Some(if always { CompareFunction::Always } else { CompareFunction::GreaterEqual });
        }
        Ok(())
    }
}
