//! The eyes that see the overlay. Each eye's camera draws the world, if there is one; a second camera on the same target draws the
//! overlay over it, with a depth of its own: what hides the overlay is the equipment where the tracker believes it to be, and
//! nothing else. Must not know where eyes come from.

use bevy::{
    camera::{CameraOutputMode, Hdr, RenderTarget, visibility::RenderLayers},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    prelude::*,
    render::render_resource::BlendState,
};

/// What only overlay cameras see.
pub(crate) const OVERLAY_LAYER: usize = 8;

/// Put it on a camera that a person sees through, one an eye; see [`attach_overlay_camera`].
#[derive(Clone, Copy, Component, Debug, Default)]
pub(crate) struct OverlayEye;

/// The camera that draws the overlay for an eye.
#[derive(Clone, Copy, Component, Debug)]
pub(crate) struct OverlayCamera {
    /// The eye.
    pub(crate) eye: Entity,
}

/// Where the reader's head is: between the eyes. `None` while nobody looks.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub(crate) struct Reader {
    /// World from head: +X right, +Y up, −Z the way they look.
    pub(crate) world_from_head: Option<Transform>,
}

/// Makes a camera an eye: from the next update on it sees the overlay. Its own target, projection, samples and place are
/// followed; despawning the eye takes the overlay's camera with it.
pub(crate) fn attach_overlay_camera(commands: &mut Commands<'_, '_>, eye: Entity) {
    commands.entity(eye).insert(OverlayEye);
}

/// Spawns the second camera of new eyes.
pub(crate) fn spawn(
    mut commands: Commands<'_, '_>,
    eyes: Query<'_, '_, (Entity, &Camera, &Projection, &RenderTarget, &Msaa, Has<Hdr>), Added<OverlayEye>>,
    #[cfg(feature = "xr")] xr: Query<'_, '_, &bevy_mod_xr::camera::XrCamera>,
) {
    for (eye, camera, projection, target, samples, hdr) in &eyes {
        let mut overlay = commands.spawn((
            OverlayCamera { eye },
            Camera3d::default(),
            Camera { order: camera.order + 1, ..over(camera) },
            projection.clone(),
            target.clone(),
            *samples,
            RenderLayers::layer(OVERLAY_LAYER),
            Tonemapping::None,
            DebandDither::Disabled,
        ));
        if hdr {
            overlay.insert(Hdr);
        }
        // A headset's eyes are moved once more right before they are drawn; this one must move with them.
        #[cfg(feature = "xr")]
        if let Ok(xr) = xr.get(eye) {
            overlay.insert(*xr);
        }
    }
}

/// Draws over what the eye has drawn, and keeps its transparency.
fn over(eye: &Camera) -> Camera {
    Camera {
        is_active: eye.is_active,
        clear_color: ClearColorConfig::None,
        output_mode: CameraOutputMode::Write {
            blend_state: Some(BlendState::REPLACE),
            clear_color: ClearColorConfig::None,
        },
        ..default()
    }
}

/// Overlay cameras go where their eyes go, and end with them.
pub(crate) fn follow(
    mut commands: Commands<'_, '_>,
    mut reader: ResMut<'_, Reader>,
    eyes: Query<'_, '_, (&Camera, &Transform, &Projection, &RenderTarget), (With<OverlayEye>, Without<OverlayCamera>)>,
    mut overlays: Query<
        '_,
        '_,
        (Entity, &OverlayCamera, &mut Camera, &mut Transform, &mut Projection, &mut RenderTarget),
        Without<OverlayEye>,
    >,
) {
    for (entity, overlay, mut camera, mut transform, mut projection, mut target) in &mut overlays {
        let Ok((eye, place, own_projection, own_target)) = eyes.get(overlay.eye) else {
            commands.entity(entity).try_despawn();
            continue;
        };
        camera.is_active = eye.is_active;
        camera.viewport.clone_from(&eye.viewport);
        *transform = *place;
        *projection = own_projection.clone();
        *target = own_target.clone();
    }
    let count = eyes.iter().len() as f32;
    reader.world_from_head = eyes.iter().next().map(|(_, first, ..)| {
        let middle = eyes.iter().map(|(_, place, ..)| place.translation).sum::<Vec3>() / count;
        Transform::from_translation(middle).with_rotation(first.rotation)
    });
}
