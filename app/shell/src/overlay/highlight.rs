//! Lays the mask over the view, only where something is lit, and tells where that is in the picture. Must not know roles:
//! the mask carries them.

use bevy::{
    prelude::*,
    reflect::TypePath,
    render::render_resource::{AsBindGroup, ShaderType},
    shader::ShaderRef,
};
use fieldwright_guide::overlay::{HighlightRole, Placement};

use super::{
    motion::ShownCue,
    phantom::{Mask, PhantomNodes},
    theme::GUIDE,
};
use crate::shared::{CurrentScene, OverlayPose, ViewCamera};

/// See `shaders/highlight.wgsl`.
#[derive(Asset, AsBindGroup, Clone, Debug, TypePath)]
pub(crate) struct HighlightMaterial {
    #[uniform(0)]
    settings: HighlightSettings,
    #[texture(1)]
    #[sampler(2)]
    mask: Handle<Image>,
}

#[derive(Clone, Copy, Debug, ShaderType)]
struct HighlightSettings {
    color: Vec4,
    window: Vec4,
    texel_opacity_stale: Vec4,
}

impl UiMaterial for HighlightMaterial {
    fn fragment_shader() -> ShaderRef {
        "shaders/highlight.wgsl".into()
    }
}

/// The node that shows the mask.
#[derive(Component)]
pub(crate) struct HighlightNode(Handle<HighlightMaterial>);

/// Where things are in the picture, logical pixels.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub(crate) struct Lit {
    /// The focused part with its motion: what labels must keep clear of.
    pub(crate) focus: Option<Rect>,
    /// The focused part alone: what the leader points at.
    pub(crate) part: Option<Rect>,
    /// Everything lit and its glow: the mask is needed there and nowhere else.
    pub(crate) window: Option<Rect>,
    /// The size of the picture.
    pub(crate) picture: Vec2,
}

/// Pixels around a part that its glow may take.
const GLOW_PX: f32 = 18.0;

/// Finds the lit parts in the picture and lays the mask over them.
pub(crate) fn lay(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, CurrentScene>,
    pose: Res<'_, OverlayPose>,
    found: Res<'_, PhantomNodes>,
    shown: Res<'_, ShownCue>,
    mask: Res<'_, Mask>,
    mut materials: ResMut<'_, Assets<HighlightMaterial>>,
    mut lit: ResMut<'_, Lit>,
    view: Query<'_, '_, (Entity, &Camera, &GlobalTransform), With<ViewCamera>>,
    bodies: Query<'_, '_, (&GlobalTransform, &bevy::camera::primitives::Aabb)>,
    globals: Query<'_, '_, &GlobalTransform>,
    mut nodes: Query<'_, '_, (Entity, &HighlightNode, &mut Node)>,
) {
    let Ok((camera_entity, camera, camera_global)) = view.single() else { return };
    let picture = camera.logical_target_size().unwrap_or(Vec2::new(1280.0, 720.0));
    *lit = Lit { picture, ..Lit::default() };
    let shows = pose.world_from_equipment.is_some() && scene.0.placement != Placement::PanelOnly;
    let mut all: Option<Rect> = None;
    if shows {
        for highlight in &scene.0.highlights {
            let mut rect = None;
            for (global, aabb) in
                found.meshes.get(&highlight.node).into_iter().flatten().filter_map(|e| bodies.get(*e).ok())
            {
                let (center, half) = (Vec3::from(aabb.center), Vec3::from(aabb.half_extents));
                extend(&mut rect, camera, camera_global, global, center - half, center + half);
            }
            if highlight.role == HighlightRole::Focus && lit.part.is_none() {
                lit.part = rect;
                let reach = found.nodes.get(&highlight.node).and_then(|node| globals.get(*node).ok()).zip(shown.reach);
                if let Some((global, (min, max))) = reach {
                    extend(&mut rect, camera, camera_global, global, min, max);
                }
                lit.focus = rect;
            }
            all = union(all, rect);
        }
    }
    let bounds = Rect::from_corners(Vec2::ZERO, picture);
    let window = all.map(|rect| rect.inflate(GLOW_PX).intersect(bounds)).filter(|rect| !rect.is_empty());
    lit.window = window;
    let Some(window) = window else {
        nodes.iter().for_each(|(entity, ..)| commands.entity(entity).despawn());
        return;
    };
    let stale = if scene.0.placement == Placement::BesidePart { 1.0 } else { 0.0 };
    let color = GUIDE.to_linear();
    let settings = HighlightSettings {
        color: Vec4::new(color.red, color.green, color.blue, 1.0),
        window: Vec4::new(
            window.min.x / picture.x,
            window.min.y / picture.y,
            window.width() / picture.x,
            window.height() / picture.y,
        ),
        texel_opacity_stale: Vec4::new(1.0 / mask.size.x as f32, 1.0 / mask.size.y as f32, 1.0, stale),
    };
    let place = Node {
        position_type: PositionType::Absolute,
        left: px(window.min.x),
        top: px(window.min.y),
        width: px(window.width()),
        height: px(window.height()),
        ..default()
    };
    if let Ok((_, node, mut own)) = nodes.single_mut() {
        *own = place;
        if let Some(mut material) = materials.get_mut(&node.0) {
            material.settings = settings;
        }
    } else {
        let material = materials.add(HighlightMaterial { settings, mask: mask.image.clone() });
        commands.spawn((
            HighlightNode(material.clone()),
            MaterialNode(material),
            UiTargetCamera(camera_entity),
            GlobalZIndex(1),
            place,
        ));
    }
}

/// Grows a rectangle by a box as the camera sees it. Corners behind the camera are left out.
fn extend(
    rect: &mut Option<Rect>,
    camera: &Camera,
    camera_global: &GlobalTransform,
    global: &GlobalTransform,
    min: Vec3,
    max: Vec3,
) {
    for corner in 0..8_u8 {
        let pick = |bit: u8, low: f32, high: f32| if corner & bit == 0 { low } else { high };
        let point = Vec3::new(pick(1, min.x, max.x), pick(2, min.y, max.y), pick(4, min.z, max.z));
        if let Ok(pixel) = camera.world_to_viewport(camera_global, global.transform_point(point)) {
            *rect = union(*rect, Some(Rect::from_corners(pixel, pixel)));
        }
    }
}

fn union(a: Option<Rect>, b: Option<Rect>) -> Option<Rect> {
    match (a, b) {
        // `Rect::union` of a point keeps the point.
        (Some(a), Some(b)) => Some(Rect { min: a.min.min(b.min), max: a.max.max(b.max) }),
        (rect, None) | (None, rect) => rect,
    }
}
