//! A renderer without a window, stepped by its driver: the scripted runner, and the picture command. One step renders either
//! the sensor's picture or the user's view, so that nothing is drawn that nobody looks at. Must not know scenarios.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use bevy::{
    app::PluginsState,
    asset::UnapprovedPathMode,
    camera::RenderTarget,
    prelude::*,
    render::{
        RenderPlugin, pipelined_rendering::PipelinedRenderingPlugin, render_resource::PollType, renderer::RenderDevice,
    },
    time::TimeUpdateStrategy,
    window::ExitCondition,
    winit::WinitPlugin,
};
use fieldwright_guide::{
    equipment::EquipmentPackage,
    frames::{CameraCv, Equipment, Head, Pose, World as WorldFrame},
    overlay::OverlayScene,
};
use fieldwright_session::{place::ProductFiles, scenario::CameraConditions};
use fieldwright_vision::{camera::CameraModel, frame::GrayFrame};

use crate::{
    looks::Looks,
    overlay::OverlayPlugin,
    overlay3d::Overlay3dPlugin,
    readback,
    sensor_camera::{Eye, Glass},
    shared::{CurrentScene, ManualFigures, OverlayPose, ViewCamera},
    stage::{self, Covered, Moves, StagePlugin},
};

/// The user's view, as large as the design's sketch.
const VIEW: UVec2 = UVec2::new(1280, 800);

/// Vertical field of view of the user's view, radians.
pub(crate) const VIEW_FOV_RAD: f32 = 0.87;

/// A renderer that does one step at a time.
pub(crate) struct Offscreen {
    app: App,
    eye: Eye,
    glass: Glass,
    view: Entity,
    picture: Handle<Image>,
    now: f64,
}

/// Plugins and resources that a window and an offscreen renderer share.
pub(crate) fn common(app: &mut App, files: &ProductFiles, equipment: &EquipmentPackage) {
    app.init_resource::<CurrentScene>()
        .init_resource::<OverlayPose>()
        .insert_resource(ManualFigures(files.manual(&equipment.manual).join("figures")))
        .add_plugins((StagePlugin, OverlayPlugin, Overlay3dPlugin));
}

/// Where assets are read from: everywhere, since product files and manuals are found at run time.
pub(crate) fn asset_plugin(files: &ProductFiles) -> AssetPlugin {
    AssetPlugin {
        file_path: files.root().to_string_lossy().into_owned(),
        unapproved_path_mode: UnapprovedPathMode::Allow,
        ..default()
    }
}

impl Offscreen {
    /// Starts the renderer and loads the world.
    ///
    /// # Errors
    /// When the model does not load.
    pub(crate) fn open(
        files: &ProductFiles,
        equipment: &Arc<EquipmentPackage>,
        truth: Pose<WorldFrame, Equipment>,
        looks: Looks,
    ) -> anyhow::Result<Self> {
        let mut app = App::new();
        app.add_plugins(
            DefaultPlugins
                .set(asset_plugin(files))
                .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
                .set(RenderPlugin { synchronous_pipeline_compilation: true, ..default() })
                .set(crate::log_plugin())
                .disable::<WinitPlugin>()
                .disable::<PipelinedRenderingPlugin>(),
        );
        app.insert_resource(looks);
        app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
        common(&mut app, files, equipment);
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        stage::set(app.world_mut(), files, equipment, truth);
        let eye = Eye::open(app.world_mut())?;
        let glass = eye.glass()?;
        let picture = app.world_mut().resource_mut::<Assets<Image>>().add(readback::target(VIEW));
        let view = app
            .world_mut()
            .spawn((
                ViewCamera,
                Camera3d::default(),
                Camera { is_active: false, ..default() },
                Msaa::Sample4,
                RenderTarget::Image(picture.clone().into()),
                Projection::Perspective(PerspectiveProjection {
                    fov: VIEW_FOV_RAD,
                    near: 0.05,
                    far: 80.0,
                    ..default()
                }),
                Transform::default(),
            ))
            .id();
        let mut offscreen = Self { app, eye, glass, view, picture, now: 0.0 };
        // Loading happens on other threads; each update takes in what has come.
        for _ in 0..6_000 {
            offscreen.step(0.0);
            if stage::is_set(offscreen.app.world()) {
                // Two more, for what the loaded scenes spawn.
                offscreen.step(0.0);
                offscreen.step(0.0);
                return Ok(offscreen);
            }
            std::thread::yield_now();
        }
        bail!(
            "the equipment's model did not load\nhint: check {}",
            files.equipment(&equipment.name).join(&equipment.model).display()
        )
    }

    /// The camera as calibrated.
    pub(crate) fn camera(&self) -> &CameraModel {
        self.eye.camera()
    }

    /// Begins another run: everything in its place, the equipment where it now stands.
    pub(crate) fn restage(&mut self, truth: Pose<WorldFrame, Equipment>) {
        self.glass.rewind();
        self.now = 0.0;
        let world = self.app.world_mut();
        stage::stand(world, truth);
        world.resource_mut::<Moves>().clear();
        world.resource_mut::<Covered>().0.clear();
        world.resource_mut::<CurrentScene>().0 = OverlayScene::default();
        world.resource_mut::<OverlayPose>().world_from_equipment = None;
    }

    /// The moved parts.
    pub(crate) fn moves(&mut self) -> Mut<'_, Moves> {
        self.app.world_mut().resource_mut::<Moves>()
    }

    /// Seconds that animations have seen.
    pub(crate) fn elapsed_s(&self) -> f32 {
        self.app.world().resource::<Time>().elapsed_secs()
    }

    /// What the headset's camera sees at `now` from a head pose, and where it then was.
    ///
    /// # Errors
    /// When the picture cannot be read back.
    pub(crate) fn sense(
        &mut self,
        now: f64,
        world_from_head: &Pose<WorldFrame, Head>,
        covered: &[u32],
        conditions: &CameraConditions,
    ) -> anyhow::Result<(GrayFrame, Pose<WorldFrame, CameraCv>)> {
        if self.app.world().resource::<Covered>().0 != covered {
            self.app.world_mut().resource_mut::<Covered>().0 = covered.to_vec();
        }
        let world_from_camera = self.eye.look(self.app.world_mut(), world_from_head, true);
        self.step(now - self.now);
        self.now = now;
        let (target, size) = (self.eye.target.clone(), self.eye.size);
        let rgba = readback::rgba(&mut self.app, &target, size)?;
        self.eye.look(self.app.world_mut(), world_from_head, false);
        Ok((self.glass.expose(&rgba, conditions)?, world_from_camera))
    }

    /// Lets time pass without a camera.
    pub(crate) fn pass(&mut self, now: f64) {
        self.step(now - self.now);
        self.now = now;
    }

    /// The user's view with the overlay, eight-bit RGBA.
    ///
    /// # Errors
    /// When the picture cannot be read back.
    pub(crate) fn view(
        &mut self,
        world_from_head: &Pose<WorldFrame, Head>,
        scene: OverlayScene,
        estimate: Option<Pose<WorldFrame, Equipment>>,
    ) -> anyhow::Result<image::RgbImage> {
        let world = self.app.world_mut();
        if world.resource::<CurrentScene>().0 != scene {
            world.resource_mut::<CurrentScene>().0 = scene;
        }
        world.resource_mut::<OverlayPose>().world_from_equipment = estimate;
        let mut view = world.entity_mut(self.view);
        if let Some(mut transform) = view.get_mut::<Transform>() {
            *transform =
                Transform::from_translation(world_from_head.translation).with_rotation(world_from_head.rotation);
        }
        // Plates take two updates to be laid out, and figures and fonts may still be loading: these draw nothing.
        for _ in 0..3 {
            self.step(0.0);
        }
        self.settle_assets();
        self.show(true);
        self.step(0.0);
        self.show(false);
        let picture = self.picture.clone();
        let rgba = readback::rgba(&mut self.app, &picture, VIEW)?;
        let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        image::RgbImage::from_raw(VIEW.x, VIEW.y, rgb).context("the view has another size than its picture")
    }

    /// The world, for drivers that put cameras of their own into it.
    pub(crate) fn world(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// Lets so many seconds pass for everything that moves, in one update; what is active is drawn. The clock of the camera and
    /// the view stands still.
    pub(crate) fn update(&mut self, seconds: f64) {
        self.step(seconds);
    }

    /// Waits for pictures and letters that are on their way, drawing nothing new.
    pub(crate) fn settle(&mut self) {
        self.settle_assets();
    }

    /// A picture that a camera of the driver's drew into, eight-bit RGBA.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub(crate) fn read(&mut self, picture: &Handle<Image>, size: UVec2) -> anyhow::Result<Vec<u8>> {
        readback::rgba(&mut self.app, picture, size)
    }

    fn show(&mut self, on: bool) {
        if let Some(mut camera) = self.app.world_mut().entity_mut(self.view).get_mut::<Camera>() {
            camera.is_active = on;
        }
    }

    /// Waits until no asset is on its way.
    fn settle_assets(&mut self) {
        for _ in 0..400 {
            let assets = self.app.world().resource::<AssetServer>().clone();
            let figures = self
                .app
                .world_mut()
                .query::<&ImageNode>()
                .iter(self.app.world())
                .map(|n| n.image.clone())
                .collect::<Vec<_>>();
            let loading = figures.iter().any(|image| {
                assets.get_load_state(image.id()).is_some_and(|state| matches!(state, bevy::asset::LoadState::Loading))
            });
            if !loading {
                return;
            }
            self.step(0.0);
        }
    }

    fn step(&mut self, seconds: f64) {
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs_f64(seconds.max(0.0))));
        self.app.update();
        let device = self.app.world().resource::<RenderDevice>();
        // An error here is a lost device; the readback that follows reports it.
        drop(device.wgpu_device().poll(PollType::Wait { submission_index: None, timeout: None }));
    }
}

/// Saves a picture, by its ending PNG or JPEG.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn save(picture: &image::RgbImage, path: &Path) -> anyhow::Result<()> {
    let jpeg = path.extension().is_some_and(|e| e == "jpg");
    if jpeg {
        let mut file = std::io::BufWriter::new(
            std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
        );
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 88).encode_image(picture)?;
    } else {
        picture.save(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
