//! The headset's camera: a second camera at the head that sees the world without any overlay, and whose picture goes through
//! the simulated lens and sensor. Must not know ground truth of the equipment: pixels are all it gives.

use bevy::{
    camera::RenderTarget,
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    prelude::*,
};
use fieldwright_guide::frames::{CameraCv, Head, Pose, World as WorldFrame, bevy_from_cv};
use fieldwright_session::{head::head_from_camera, scenario::CameraConditions};
use fieldwright_vision::{
    camera::CameraModel,
    frame::GrayFrame,
    sensor::{Exposure, RenderCamera, Sensor},
};

use crate::readback;

/// Marks the sensor's camera.
#[derive(Component, Debug)]
pub(crate) struct SensorCamera;

/// Lens and sensor: rendered pixels in, a gray frame out.
pub(crate) struct Glass {
    sensor: Sensor,
    frames: u64,
}

impl Glass {
    /// Exposes what the camera rendered.
    ///
    /// # Errors
    /// When the picture is not of the rendered size.
    pub(crate) fn expose(&mut self, rgba: &[u8], conditions: &CameraConditions) -> anyhow::Result<GrayFrame> {
        self.frames += 1;
        let exposure = Exposure {
            gain: conditions.exposure,
            blur_px: conditions.blur_px,
            read_noise: conditions.noise,
            ..Exposure::default()
        };
        let seed = conditions.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(self.frames);
        Ok(self.sensor.expose(rgba, &exposure, seed)?)
    }

    /// Starts the noise anew, so that a scenario gives the same pixels whatever was played before it.
    pub(crate) fn rewind(&mut self) {
        self.frames = 0;
    }
}

/// The headset's camera in the rendered world.
pub(crate) struct Eye {
    camera: CameraModel,
    render: RenderCamera,
    /// What the sensor camera renders into.
    pub(crate) target: Handle<Image>,
    /// Its size, pixels.
    pub(crate) size: UVec2,
    entity: Entity,
}

/// The simulated headset camera: 1280 x 720, 71 degrees wide, with the distortion of a plain wide lens.
///
/// # Errors
/// Never with these figures; kept as an error so that another calibration can be put here.
pub(crate) fn calibration() -> anyhow::Result<CameraModel> {
    Ok(CameraModel::new([1280, 720], [900.0, 900.0], [638.2, 361.4], [-0.11, 0.035, 0.0004, -0.0003, -0.004], 0.10)?)
}

impl Eye {
    /// Puts the sensor's camera into the world, switched off.
    pub(crate) fn open(world: &mut World) -> anyhow::Result<Self> {
        let camera = calibration()?;
        let render = RenderCamera::covering(&camera, 1.0)?;
        let size = UVec2::new(render.width, render.height);
        let target = world.resource_mut::<Assets<Image>>().add(readback::target(size));
        let entity = world
            .spawn((
                SensorCamera,
                Camera3d::default(),
                Camera { order: -20, is_active: false, ..default() },
                RenderTarget::Image(target.clone().into()),
                Projection::Perspective(PerspectiveProjection {
                    fov: render.fov_y_rad() as f32,
                    near: 0.05,
                    far: 60.0,
                    ..default()
                }),
                Tonemapping::None,
                DebandDither::Disabled,
                Msaa::Off,
                Transform::default(),
            ))
            .id();
        Ok(Self { camera, render, target, size, entity })
    }

    /// The camera as calibrated, for the tracker.
    pub(crate) fn camera(&self) -> &CameraModel {
        &self.camera
    }

    /// Switches the camera on at a head pose, or off; gives where the camera then is.
    pub(crate) fn look(
        &self,
        world: &mut World,
        world_from_head: &Pose<WorldFrame, Head>,
        on: bool,
    ) -> Pose<WorldFrame, CameraCv> {
        let world_from_camera = world_from_head.then(&head_from_camera());
        // The renderer's camera looks along −Z, ours along +Z.
        let rendered = world_from_camera.then(&bevy_from_cv().inverse());
        let mut camera = world.entity_mut(self.entity);
        if let Some(mut transform) = camera.get_mut::<Transform>() {
            *transform = Transform::from_translation(rendered.translation).with_rotation(rendered.rotation);
        }
        if let Some(mut camera) = camera.get_mut::<Camera>() {
            camera.is_active = on;
        }
        world_from_camera
    }

    /// Its lens and sensor.
    ///
    /// # Errors
    /// When the rendered picture would not cover what the lens sees.
    pub(crate) fn glass(&self) -> anyhow::Result<Glass> {
        Ok(Glass { sensor: Sensor::new(&self.camera, self.render)?, frames: 0 })
    }

    /// A picture as the device gives it, whose rows are padded, as rows without padding.
    pub(crate) fn unpadded(&self, data: &[u8]) -> Vec<u8> {
        let row = self.size.x as usize * 4;
        let stride = (data.len() / self.size.y.max(1) as usize).max(row);
        let mut rows = Vec::with_capacity(data.len());
        for line in data.chunks(stride) {
            rows.extend_from_slice(&line[..row.min(line.len())]);
        }
        rows
    }
}
