//! `fieldwright-shell sim`: the window. It walks, types and clicks for the wearer; everything else is the path that the scripted
//! runner takes. Nothing here waits: frames, searches and the model are on threads of their own. Must not know what to show.

mod bar;
mod drawer;
mod hover;
mod pick;
mod walk;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use bevy::{
    prelude::*,
    render::{
        gpu_readback::{Readback, ReadbackComplete},
        pipelined_rendering::PipelinedRenderingPlugin,
    },
    window::PresentMode,
};
use crossbeam_channel::{Receiver, Sender, bounded};
use fieldwright_guide::{
    applicability::Variant,
    equipment::EquipmentPackage,
    event::{Effect, Event},
    frames::{CameraCv, Head, Pose, World as WorldFrame},
    time::Timestamp,
};
use fieldwright_session::{
    assistant::{Assistant, Pace},
    head::{as_reported, as_seen, look_at},
    place::{self, ProductFiles},
    player::{Player, Tempo},
    scenario::{CameraConditions, Scenario, Stands},
};
use fieldwright_vision::frame::GrayFrame;

use crate::{
    cpu::ThreadCpu,
    looks::Looks,
    offscreen::{VIEW_FOV_RAD, asset_plugin, common},
    overlay::{panels::BottomInset, phantom::MaskSamples},
    sensor_camera::Eye,
    setup::{self, Models},
    shared::{CurrentScene, OverlayPose, ViewCamera},
    stage::{self, Covered, Moves},
};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Play this scenario until somebody takes over
    #[arg(long, value_name = "SCENARIO")]
    play: Option<PathBuf>,
    /// What is known of the equipment, e.g. model="Mk 1"
    #[arg(long = "property", value_name = "NAME=VALUE")]
    properties: Vec<String>,
    /// Work without a model
    #[arg(long)]
    no_model: bool,
    /// Forget where the last session stopped
    #[arg(long)]
    fresh: bool,
    /// Equipment
    #[arg(long, default_value = "fgs-5")]
    equipment: String,
    /// Folder with Fieldwright's assets and manuals
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
}

/// Everything of the session that systems reach; not sent between threads.
pub(crate) struct Live {
    pub(crate) assistant: Assistant,
    player: Option<Player>,
    pub(crate) equipment: Arc<EquipmentPackage>,
    eye: Eye,
    sensing: Sensing,
    lens: Lens,
    pub(crate) cpu: ThreadCpu,
}

/// Where the next camera frame is on its way.
enum Sensing {
    /// Nothing under way.
    Rest,
    /// Being rendered and read back: where the camera was, and when.
    Reading(Pose<WorldFrame, CameraCv>, Timestamp, Entity),
    /// In the lens thread.
    Exposing(Pose<WorldFrame, CameraCv>, Timestamp),
}

/// The lens and sensor on a thread of their own: they cost more than a frame of the main loop may.
struct Lens {
    pictures: Sender<(Vec<u8>, CameraConditions)>,
    frames: Receiver<Option<GrayFrame>>,
}

/// The wearer's head.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct HeadPose(pub(crate) Pose<WorldFrame, Head>);

/// A picture that came back from the device.
#[derive(Default, Resource)]
struct Arrived(Option<Vec<u8>>);

/// Opens the window and runs until it is closed.
///
/// # Errors
/// When files are missing or damaged, or the session cannot start.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let files = ProductFiles::find(args.files.as_deref())?;
    let scenario = args.play.as_deref().map(Scenario::read).transpose()?;
    let name = scenario.as_ref().map_or(args.equipment.as_str(), |s| s.equipment.as_str());
    let equipment = Arc::new(setup::read_equipment(&files, name)?);
    if let (Some(scenario), Some(path)) = (&scenario, &args.play) {
        scenario.check_against(path, &equipment)?;
    }
    let driver = crate::require_vulkan()?;
    let looks = if driver.ends_with("(Cpu)") { Looks::Light } else { Looks::Full };
    let mut variant: Variant = scenario.as_ref().map(|s| s.variant.clone()).unwrap_or_default();
    for property in &args.properties {
        let Some((name, value)) = property.split_once('=') else {
            anyhow::bail!("`{property}` is no property\nhint: write --property model=\"Mk 1\"");
        };
        variant.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    let player = scenario.map(|s| Player::new(s, Arc::clone(&equipment), Tempo::Watch));
    let stands = player.as_ref().map_or_else(Stands::default, |p| p.scenario().stands);
    let truth = Pose::new(Vec3::new(stands.at.0, 0.0, stands.at.1), Quat::from_rotation_y(stands.yaw_deg.to_radians()));

    let mut plugins = DefaultPlugins
        .set(asset_plugin(&files))
        .set(WindowPlugin {
            primary_window: Some(Window {
                title: format!("Fieldwright simulator: {}", equipment.title),
                resolution: (1280_u32, 800_u32).into(),
                present_mode: PresentMode::AutoNoVsync,
                ..default()
            }),
            ..default()
        })
        .set(crate::log_plugin());
    if looks == Looks::Light {
        // The processor draws: a frame in advance would only make every camera picture older.
        plugins = plugins.disable::<PipelinedRenderingPlugin>();
    }
    let mut app = App::new();
    app.add_plugins(plugins);
    app.insert_resource(looks);
    if looks == Looks::Light {
        // Here every sample costs: with the whole picture as mask, four of them doubled the time of a frame.
        app.insert_resource(MaskSamples(Msaa::Off));
    }
    common(&mut app, &files, &equipment);
    stage::set(app.world_mut(), &files, &equipment, truth);
    let eye = Eye::open(app.world_mut())?;

    let state = place::state_folder(true).join("resume.json");
    if args.fresh || player.is_some() {
        // Nothing to forget is as good as forgotten.
        drop(std::fs::remove_file(&state));
    }
    let models = if args.no_model { Models::None } else { Models::Installed };
    let (config, _) = setup::session(&files, &equipment, eye.camera(), &models, variant, Pace::Live, Some(state))?;
    let assistant = Assistant::start(config, Timestamp(0.0))?;
    let lens = start_lens(&eye)?;

    let view = equipment.views.get("overview").or_else(|| equipment.views.values().next());
    let (at, toward) = view.map_or((Vec3::new(0.0, 1.6, 2.4), Vec3::Y * 0.6), |v| (v.eye, v.target));
    let head = look_at(truth.point(at), truth.point(toward));
    app.insert_resource(HeadPose(head))
        .insert_resource(walk::Gait::of(&head))
        .insert_resource(BottomInset(58.0))
        .init_resource::<Arrived>()
        .init_resource::<bar::Typed>()
        .init_resource::<drawer::Drawer>();
    app.world_mut().spawn((
        ViewCamera,
        Camera3d::default(),
        Msaa::Off,
        Projection::Perspective(PerspectiveProjection { fov: VIEW_FOV_RAD, near: 0.05, far: 80.0, ..default() }),
        Transform::default(),
    ));
    app.insert_non_send(Live {
        assistant,
        player,
        equipment,
        eye,
        sensing: Sensing::Rest,
        lens,
        cpu: ThreadCpu::default(),
    });
    app.add_systems(Startup, bar::build).add_systems(
        Update,
        (
            (bar::type_words, bar::press_buttons, pick::click, walk::walk, take_over).before(drive),
            drive,
            (bar::show_words, bar::show_buttons, drawer::show, hover::show, place_view).after(drive),
        ),
    );
    Ok(match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    })
}

fn start_lens(eye: &Eye) -> anyhow::Result<Lens> {
    let (pictures, incoming) = bounded::<(Vec<u8>, CameraConditions)>(1);
    let (outgoing, frames) = bounded(1);
    let mut glass = eye.glass()?;
    std::thread::Builder::new().name("lens".to_owned()).spawn(move || {
        for (rgba, conditions) in incoming {
            if outgoing.send(glass.expose(&rgba, &conditions).ok()).is_err() {
                break;
            }
        }
    })?;
    Ok(Lens { pictures, frames })
}

/// One frame of the session: take in, decide, show.
fn drive(world: &mut World) {
    let Some(mut live) = world.remove_non_send::<Live>() else { return };
    let now = Timestamp(world.resource::<Time<Real>>().elapsed_secs_f64());
    if let Some(player) = &live.player {
        let inputs = player.inputs(now);
        world.resource_mut::<HeadPose>().0 = inputs.world_from_head;
        if world.resource::<Covered>().0 != inputs.covered_tags {
            world.resource_mut::<Covered>().0 = inputs.covered_tags;
        }
    }
    let conditions = live.player.as_ref().map_or_else(|| Some(CameraConditions::default()), |p| p.inputs(now).camera);
    sense(world, &mut live, now, conditions);

    live.cpu.begin();
    live.assistant.poll(now);
    let mut effects = live.assistant.take_effects();
    if let Some(mut player) = live.player.take() {
        player.heard_effects(&effects);
        player.advance(&mut live.assistant, now, now.0);
        // The pictures of a film strip are not taken in a window.
        drop(player.take_shots());
        effects.extend(live.assistant.take_effects());
        live.player = (!player.finished()).then_some(player);
    }
    let scene = live.assistant.scene(now);
    let busy = live.assistant.model_busy();
    live.cpu.end(busy);

    let started = world.resource::<Time>().elapsed_secs();
    for effect in &effects {
        if let Effect::PlayMotion { cue: Some(cue), .. } = effect {
            world.resource_mut::<Moves>().start(&cue.node, cue.motion, cue.reversed, started);
        }
    }
    if world.resource::<CurrentScene>().0 != scene {
        world.resource_mut::<CurrentScene>().0 = scene;
    }
    let estimate = live.assistant.anchor().world_from_equipment;
    world.resource_mut::<OverlayPose>().world_from_equipment = estimate.map(|estimate| as_seen(now.0, &estimate));
    world.insert_non_send(live);
}

/// Moves the next camera frame along, one leg a frame at most.
fn sense(world: &mut World, live: &mut Live, now: Timestamp, conditions: Option<CameraConditions>) {
    let head = world.resource::<HeadPose>().0;
    live.sensing = match std::mem::replace(&mut live.sensing, Sensing::Rest) {
        Sensing::Rest => {
            if conditions.is_none() || !stage::is_set(world) {
                return;
            }
            let world_from_camera = live.eye.look(world, &head, true);
            let reader = world
                .spawn(Readback::texture(live.eye.target.clone()))
                .observe(|done: On<'_, '_, ReadbackComplete>, mut arrived: ResMut<'_, Arrived>| {
                    arrived.0.get_or_insert_with(|| done.data.clone());
                })
                .id();
            Sensing::Reading(world_from_camera, now, reader)
        }
        Sensing::Reading(pose, at, reader) => {
            // The camera has drawn the frame it was switched on for; its later ones would show a later pose.
            live.eye.look(world, &head, false);
            match world.resource_mut::<Arrived>().0.take() {
                None => Sensing::Reading(pose, at, reader),
                Some(data) => {
                    world.despawn(reader);
                    let rows = live.eye.unpadded(&data);
                    let sent = live.lens.pictures.try_send((rows, conditions.unwrap_or_default()));
                    if sent.is_ok() { Sensing::Exposing(pose, at) } else { Sensing::Rest }
                }
            }
        }
        Sensing::Exposing(pose, at) => match live.lens.frames.try_recv() {
            Ok(frame) => {
                if let Some(frame) = frame {
                    live.assistant.camera_frame(frame, as_reported(at.0, &pose), at);
                }
                Sensing::Rest
            }
            Err(_empty) => Sensing::Exposing(pose, at),
        },
    };
}

/// Any key or button takes over from a played scenario.
fn take_over(world: &mut World) {
    let touched = world.resource::<ButtonInput<KeyCode>>().get_just_pressed().next().is_some()
        || world.resource::<ButtonInput<MouseButton>>().get_just_pressed().next().is_some();
    if touched && let Some(mut live) = world.get_non_send_mut::<Live>() {
        live.player = None;
    }
}

/// The view goes where the head is.
fn place_view(head: Res<'_, HeadPose>, mut view: Query<'_, '_, &mut Transform, With<ViewCamera>>) {
    for mut transform in &mut view {
        *transform = Transform::from_translation(head.0.translation).with_rotation(head.0.rotation);
    }
}

/// An event of the user's, as of now.
pub(crate) fn happen(live: &mut Live, time: &Time<Real>, event: Event) {
    live.assistant.event(event, Timestamp(time.elapsed_secs_f64()));
}

/// True while a scenario is being played.
pub(crate) fn is_played(live: &Live) -> bool {
    live.player.is_some()
}
