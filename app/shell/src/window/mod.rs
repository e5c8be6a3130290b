//! `fieldwright-shell sim`: the window. It walks, types and clicks for the wearer; everything else is the path that the scripted
//! runner takes. Nothing here waits: frames, searches and the model are on threads of their own. Must not know what to show.

mod bar;
mod drawer;
mod hover;
mod pick;
mod talk;
mod walk;

use std::{process::ExitCode, sync::Arc};

use bevy::{prelude::*, render::pipelined_rendering::PipelinedRenderingPlugin, window::PresentMode};
use fieldwright_guide::time::Timestamp;
use fieldwright_session::{
    assistant::{Assistant, Pace},
    head::look_at,
    place,
    player::{Player, Tempo},
    scenario::Stands,
};

use crate::{
    live::{self, HeadFrom, HeadPose, Live},
    looks::Looks,
    offscreen::{VIEW_FOV_RAD, asset_plugin, common},
    overlay::{panels::BottomInset, phantom::MaskSamples},
    overlay3d::Look,
    sensing::{Arrived, Sensing},
    sensor_camera::Eye,
    setup::{self, Models, Opening, SessionArgs},
    shared::ViewCamera,
    stage,
    voice::Voice,
};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    session: SessionArgs,
}

/// Opens the window and runs until it is closed.
///
/// # Errors
/// When files are missing or damaged, or the session cannot start.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let args = &args.session;
    let Opening { files, equipment, scenario, variant } = Opening::of(args)?;
    let driver = crate::require_vulkan()?;
    let looks = if driver.ends_with("(Cpu)") { Looks::Light } else { Looks::Full };
    let player = scenario.map(|s| Player::new(s, Arc::clone(&equipment), Tempo::Watch));
    let stands = player.as_ref().map_or_else(Stands::default, |p| p.scenario().stands);
    let truth = stands.world_from_equipment();

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
    let mut live = Live::new(assistant, player, equipment, Sensing::simulated(eye, false)?, HeadFrom::Script);
    live::set_clock(&mut app, false);
    live.announced = crate::what_happened_before();
    live.voice = Some(Voice::open(&files, &args.voice, false)?);
    app.insert_non_send(live);
    app.add_systems(Startup, bar::build).add_systems(
        Update,
        (
            (bar::type_words, bar::press_buttons, talk::keys, pick::click, walk::walk, black_out, take_over)
                .before(live::drive),
            (live::drive, drop_what_nobody_hears).chain(),
            (bar::show_words, bar::show_buttons, talk::show, drawer::show, hover::show, place_view).after(live::drive),
        ),
    );
    Ok(match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    })
}

/// B: everything dark at once, and back.
fn black_out(keys: Res<'_, ButtonInput<KeyCode>>, typed: Res<'_, bar::Typed>, mut look: ResMut<'_, Look>) {
    if !typed.focused && keys.just_pressed(KeyCode::KeyB) {
        look.toggle_blackout();
    }
}

/// A window takes no pictures for a film strip.
fn drop_what_nobody_hears(mut live: NonSendMut<'_, Live>) {
    live.shots.clear();
    live.effects.clear();
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
