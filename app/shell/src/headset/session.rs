//! One session in the headset, from its first frame until it ends or its runtime dies. Must not know what follows it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bevy::{
    app::ScheduleRunnerPlugin, camera::visibility::RenderLayers, prelude::*,
    render::pipelined_rendering::PipelinedRenderingPlugin, window::ExitCondition, winit::WinitPlugin,
};
use bevy_mod_openxr::{
    add_xr_plugins,
    exts::OxrExtensions,
    features::{fb_passthrough::OxrFbPassthroughPlugin, handtracking::HandTrackingPlugin},
    init::OxrInitPlugin,
    openxr_session_running,
    poll_events::OxrEventHandlerExt as _,
    render::update_views,
    resources::{OxrInstance, OxrSessionConfig},
    session::OxrSession,
    spaces::OxrSpaceExt as _,
    types::{AppInfo, EnvironmentBlendMode, Version},
};
use bevy_mod_xr::{
    camera::XrCamera,
    session::XrSessionCreated,
    spaces::{XrPrimaryReferenceSpace, XrReferenceSpace, XrSpace},
};
use fieldwright_guide::{
    frames::{Equipment, Pose, World as WorldFrame},
    time::Timestamp,
};
use fieldwright_session::{
    assistant::{Assistant, Pace},
    place,
    player::{Manner, Player, Tempo},
    report::{MainLoop, Picture, RunFacts, ScenarioReport, write},
    scenario::Stands,
};

use super::{
    Args,
    eyes::{self, Eyes},
    input::{self, XrInputs},
    life::{self, Behind, Life},
    measure::{self, Measure},
    press::{self, Pressed},
    supervise, tell,
};
use crate::{
    live::{self, HeadFrom, HeadPose, Live},
    looks::Looks,
    offscreen::{asset_plugin, common},
    overlay3d::{BlendLook, Look, Overlay3dSystems, OverlayCamera, attach_overlay_camera},
    sensing::{self, Arrived, Sensing},
    sensor_camera::Eye,
    setup::{self, Models, Opening},
    stage::{self, Moves},
    voice::Voice,
};

/// Seconds that what a script expects may take to come true.
const PATIENCE_S: f64 = 12.0;

/// The played scenario's film strip.
#[derive(Resource)]
pub(super) struct Film {
    /// Where the simulated equipment really stands: for scoring only.
    pub(super) truth: Pose<WorldFrame, Equipment>,
    stem: String,
    report: Option<PathBuf>,
    json: bool,
    model: Option<String>,
    pictures: Vec<Picture>,
    started: Instant,
    measures: bool,
    measures_next: bool,
}

/// Draws until the wearer leaves; an exit code of [`supervise::RUNTIME_LOST`] says that the runtime died.
///
/// # Errors
/// When files are missing or damaged, or the session cannot start.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    log_panics();
    let args = args.clone();
    // The OpenXR plugin panics when its runtime is gone.
    match std::panic::catch_unwind(move || draw(&args)) {
        Ok(result) => result,
        Err(_) => Ok(ExitCode::from(supervise::RUNTIME_LOST)),
    }
}

/// A panic here is most often the end of the runtime: it goes to the log, and the parent says what happened.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write as _;
        let path = supervise::log_file();
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let file = folder.and_then(|()| std::fs::OpenOptions::new().create(true).append(true).open(&path));
        // Nothing is left to tell when not even the log can be written.
        drop(file.and_then(|mut file| writeln!(file, "{panic}")));
    }));
}

fn draw(args: &Args) -> anyhow::Result<ExitCode> {
    let Opening { files, equipment, scenario, variant } = Opening::of(&args.session)?;
    let driver = crate::require_vulkan()?;
    let looks = if driver.ends_with("(Cpu)") { Looks::Light } else { Looks::Full };
    let before = crate::what_happened_before();
    let resumed = before.is_some();
    // A script that lost its runtime is over: what it had reached is the state to go on from.
    let player = scenario.filter(|_| !resumed).map(|s| {
        let manner = if args.by_hand { Manner::ByHand } else { Manner::Direct };
        Player::new(s, Arc::clone(&equipment), Tempo::Brisk).pressing(manner).patient(PATIENCE_S)
    });
    let stands = player.as_ref().map_or_else(Stands::default, |p| p.scenario().stands);
    let truth = stands.world_from_equipment();

    let mut app = App::new();
    app.add_plugins(plugins(&files, looks)).add_plugins(ScheduleRunnerPlugin::run_loop(Duration::ZERO));
    app.add_plugins(OxrFbPassthroughPlugin).insert_resource(OxrSessionConfig {
        blend_mode_preference: vec![
            EnvironmentBlendMode::ALPHA_BLEND,
            EnvironmentBlendMode::ADDITIVE,
            EnvironmentBlendMode::OPAQUE,
        ],
        resolutions: args.eye_size.map(|size| vec![size]),
        ..default()
    });
    if !app.world().contains_resource::<OxrInstance>() {
        // It answered a moment ago: it is treated as one that has died.
        return Ok(ExitCode::from(supervise::RUNTIME_LOST));
    }
    app.insert_resource(looks);
    common(&mut app, &files, &equipment);
    stage::set(app.world_mut(), &files, &equipment, truth);
    let played = player.is_some();
    let (sensing, camera) = match (&args.camera, &args.calibration) {
        (Some(folder), file) if folder.is_dir() => sensing::recorded(folder, file.as_deref())?,
        (Some(device), Some(file)) => {
            // A recording that a dead runtime ended is whole, and stays.
            let folder = args.record.as_ref().map(|folder| if resumed { beside(folder) } else { folder.clone() });
            sensing::real(device, file, folder.as_deref())?
        }
        (Some(device), None) => anyhow::bail!(
            "the camera `{}` needs --calibration FILE\nhint: fieldwright calibrate camera --device {0} --out FILE",
            device.display()
        ),
        (None, _) => {
            let eye = Eye::open(app.world_mut())?;
            let camera = eye.camera().clone();
            (Sensing::simulated(eye, played)?, camera)
        }
    };
    // What was recorded is no work that is done now.
    let simulation = !sensing.is_real() || sensing.is_played();

    let state = place::state_folder(simulation).join("resume.json");
    if !resumed && (args.session.fresh || player.is_some()) {
        // Nothing to forget is as good as forgotten.
        drop(std::fs::remove_file(&state));
    }
    let models = if args.session.no_model { Models::None } else { Models::Installed };
    let (mut config, model) = setup::session(&files, &equipment, &camera, &models, variant, Pace::Live, Some(state))?;
    config.simulation = simulation;
    let assistant = Assistant::start(config, Timestamp(0.0))?;
    if let Some(player) = &player {
        let mut moves = app.world_mut().resource_mut::<Moves>();
        for (item, motion) in player.moved() {
            if let Some((part, motion)) =
                equipment.parts.get(item).and_then(|part| part.motions.get(motion).map(|m| (part, *m)))
            {
                moves.already(&part.node, motion);
            }
        }
    }
    let stem = args.session.play.as_ref().and_then(|path| path.file_stem());
    let film = Film {
        truth,
        stem: stem.map_or_else(|| "session".to_owned(), |stem| stem.to_string_lossy().into_owned()),
        report: args.report.clone().filter(|_| player.is_some()),
        json: args.json,
        model,
        pictures: Vec::new(),
        started: Instant::now(),
        measures: args.measure,
        measures_next: false,
    };
    if let Some(folder) = &film.report {
        let folder = folder.join(&film.stem);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    live::set_clock(&mut app, played);
    let mut live = Live::new(assistant, player, equipment, sensing, HeadFrom::Wearer);
    live.announced = before;
    if !played {
        let voice = Voice::open(&files, &args.session.voice, true)?;
        app.world_mut().resource_mut::<Look>().hears = voice.status().is_some();
        live.voice = Some(voice);
    }
    app.insert_non_send(live);
    app.insert_resource(film)
        .insert_resource(HeadPose(Pose::new(Vec3::new(0.0, 1.6, 0.0), Quat::IDENTITY)))
        .init_resource::<Arrived>()
        .init_resource::<Life>()
        .init_resource::<Behind>()
        .init_resource::<XrInputs>()
        .init_resource::<Eyes>()
        .init_resource::<Pressed>()
        .init_resource::<Measure>()
        .add_oxr_event_handler(life::follow)
        .add_systems(XrSessionCreated, input::attach)
        // Plates are placed for the eyes of this frame.
        .configure_sets(PostUpdate, Overlay3dSystems.after(update_views))
        .add_systems(PreUpdate, (find_floor, life::choose_behind, dress_eyes).chain())
        .add_systems(
            Update,
            (
                (life::take_head, input::read).run_if(openxr_session_running),
                life::pause_unworn,
                press::press,
                live::drive,
                take_pictures,
            )
                .chain(),
        );
    app.add_systems(Last, measure_eyes);
    if args.tell {
        app.add_systems(Last, tell::tell);
    }
    if played {
        app.add_systems(Last, finish);
    }
    Ok(match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    })
}

/// The first folder of this name and a number that is not there yet.
fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut free = (2_u32..).map(|number| folder.with_file_name(format!("{name}-{number}")));
    free.find(|path| !path.exists()).unwrap_or_else(|| folder.to_owned())
}

fn plugins(files: &place::ProductFiles, looks: Looks) -> bevy::app::PluginGroupBuilder {
    let mut extensions = OxrExtensions::default();
    extensions.enable_hand_tracking().enable_fb_passthrough();
    extensions.raw_mut().ext_local_floor = true;
    extensions.raw_mut().ext_eye_gaze_interaction = true;
    extensions.raw_mut().khr_convert_timespec_time = true;
    let mut plugins = add_xr_plugins(DefaultPlugins.set(asset_plugin(files)).set(crate::log_plugin()))
        .set(OxrInitPlugin {
            app_info: AppInfo { name: "Fieldwright".into(), version: Version(0, 1, 0) },
            exts: extensions,
            synchronous_pipeline_compilation: true,
            ..default()
        })
        // Hands are read with everything else that can press, in one place.
        .disable::<HandTrackingPlugin>()
        .disable::<WinitPlugin>()
        .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() });
    if looks == Looks::Light {
        // The processor draws: a frame in advance would only make every picture older.
        plugins = plugins.disable::<PipelinedRenderingPlugin>();
    }
    plugins
}

/// Where the runtime has no stage, the floor under the wearer, or the place where they put the headset on.
fn find_floor(
    mut commands: Commands<'_, '_>,
    session: Option<Res<'_, OxrSession>>,
    space: Option<Res<'_, XrPrimaryReferenceSpace>>,
) {
    let (Some(session), None) = (session, space) else { return };
    let offered = session.enumerate_reference_spaces().unwrap_or_default();
    let kind = [openxr::ReferenceSpaceType::LOCAL_FLOOR, openxr::ReferenceSpaceType::LOCAL]
        .into_iter()
        .find(|kind| offered.contains(kind));
    // A standing person's eyes are about 1.6 m above the floor that this space does not know.
    let down = openxr::Posef {
        orientation: openxr::Quaternionf { w: 1.0, ..Default::default() },
        position: openxr::Vector3f { y: -1.6, ..Default::default() },
    };
    let below = if kind == Some(openxr::ReferenceSpaceType::LOCAL) { down } else { openxr::Posef::IDENTITY };
    let made = kind.map(|kind| openxr::Session::create_reference_space(&session, kind, below));
    if let Some(Ok(space)) = made {
        commands.insert_resource(XrPrimaryReferenceSpace(XrReferenceSpace(XrSpace::from_openxr_space(space))));
    }
}

/// What the runtime's cameras draw with, and what they see: the simulated scene only where no real one shows through.
fn dress_eyes(
    mut commands: Commands<'_, '_>,
    looks: Res<'_, Looks>,
    behind: Res<'_, Behind>,
    mut look: ResMut<'_, Look>,
    mut eyes: Query<'_, '_, (Entity, &mut Camera), (Added<XrCamera>, Without<OverlayCamera>)>,
) {
    for (eye, mut camera) in &mut eyes {
        let samples = if *looks == Looks::Light { Msaa::Off } else { Msaa::Sample4 };
        commands.entity(eye).insert(samples);
        attach_overlay_camera(&mut commands, eye);
        if *behind != Behind::Simulated {
            camera.clear_color = ClearColorConfig::Custom(Color::NONE);
            commands.entity(eye).insert(RenderLayers::none());
        }
    }
    let blend = match *behind {
        Behind::Simulated => BlendLook::Opaque,
        Behind::Covered => BlendLook::AlphaBlend,
        Behind::Added => BlendLook::Additive,
    };
    if look.blend != blend {
        look.blend = blend;
    }
}

/// Pictures for the film strip, one at a time.
fn take_pictures(world: &mut World) {
    if world.resource::<Eyes>().busy() || world.resource::<Measure>().busy() {
        return;
    }
    if std::mem::take(&mut world.resource_mut::<Film>().measures_next) {
        measure::begin(world);
        return;
    }
    let Some(mut live) = world.get_non_send_mut::<Live>() else { return };
    live.effects.clear();
    if live.shots.is_empty() {
        return;
    }
    let shot = live.shots.remove(0);
    let at_s = world.resource::<Time>().elapsed_secs_f64();
    let mut film = world.resource_mut::<Film>();
    let Some(folder) = film.report.clone() else { return };
    let file = format!("{}/{:02}.jpg", film.stem, film.pictures.len() + 1);
    film.pictures.push(Picture { file: file.clone(), caption: shot.caption, at_s });
    film.measures_next = film.measures;
    eyes::ask(world, eyes::Wanted { file: folder.join(file) });
}

fn measure_eyes(world: &mut World) {
    let truth = world.resource::<Film>().truth;
    measure::go_on(world, &truth);
}

/// The end of a played scenario: its report, and the exit code that says whether it passed.
fn finish(
    mut live: NonSendMut<'_, Live>,
    mut film: ResMut<'_, Film>,
    (eyes, measured): (Res<'_, Eyes>, Res<'_, Measure>),
    time: Res<'_, Time>,
    mut exit: MessageWriter<'_, AppExit>,
) {
    if !live.shots.is_empty() || eyes.busy() || measured.busy() || film.measures_next {
        return;
    }
    let Some(player) = live.ended.take() else { return };
    let facts = RunFacts {
        seconds: film.started.elapsed().as_secs_f64(),
        virtual_seconds: time.elapsed_secs_f64(),
        pictures: std::mem::take(&mut film.pictures),
        main_loop: MainLoop {
            frames: live.cpu.frames(),
            p50_ms: live.cpu.quantile(0.5),
            p99_ms: live.cpu.quantile(0.99),
            p99_model_busy_ms: live.cpu.busy_quantile(0.99),
        },
        model: film.model.clone(),
    };
    let mut report = ScenarioReport::of(&player, &film.stem, facts);
    if film.measures {
        crate::run::progress(&measure::summary(&measured).to_string());
        report.add(measure::verdicts(&measured));
    }
    let written = film.report.as_ref().map(|folder| write(folder, std::slice::from_ref(&report)));
    let passed = match (crate::run::outcome(&report, film.json), written, &eyes.trouble) {
        (Ok(()), None | Some(Ok(_)), None) => report.passed,
        (outcome, written, trouble) => {
            for words in [
                outcome.err().map(|error| format!("{error:#}")),
                written.and_then(Result::err).map(|error| format!("cannot write the report: {error}")),
                trouble.clone(),
            ]
            .into_iter()
            .flatten()
            {
                crate::run::progress(&format!("error: {words}"));
            }
            false
        }
    };
    exit.write(if passed { AppExit::Success } else { AppExit::from_code(1) });
}
