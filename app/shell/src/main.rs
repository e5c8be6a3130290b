//! Overlay harness.
mod looks;
mod overlay;
mod shared;
use std::collections::HashMap;
use bevy::{asset::AssetPlugin, camera::RenderTarget, prelude::*, render::{RenderPlugin, render_resource::{PollType, TextureFormat}, renderer::RenderDevice, view::screenshot::{Screenshot, save_to_disk}}, time::TimeUpdateStrategy, window::ExitCondition, winit::WinitPlugin, world_serialization::WorldInstanceReady};
use fieldwright_guide::{command::Command, equipment::*, frames::Pose, manual::*, overlay::*};
use shared::*;

#[derive(Component)]
struct Real;

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let small = std::env::var("SMALL").is_ok(); let (w, h) = if small { (320, 200) } else { (1280, 800) };
    let mut app = App::new();
    app.add_plugins(DefaultPlugins.set(AssetPlugin { file_path: root.display().to_string(), unapproved_path_mode: bevy::asset::UnapprovedPathMode::Allow, ..default() })
        .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
        .set(RenderPlugin { synchronous_pipeline_compilation: true, ..default() }).disable::<WinitPlugin>());
    app.insert_resource(TimeUpdateStrategy::ManualDuration(std::time::Duration::from_millis(100)));
    app.insert_resource(GlobalAmbientLight { brightness: 900.0, color: Color::srgb(0.85, 0.9, 1.0), ..default() });
    app.insert_resource(ClearColor(Color::srgb(0.62, 0.68, 0.74)));
    app.init_resource::<CurrentScene>().init_resource::<OverlayPose>().init_resource::<PartNodes>();
    app.insert_resource(ManualFigures(root.join("manuals/fgs-5/figures")));
    app.add_plugins(overlay::OverlayPlugin);
    app.add_plugins(MaterialPlugin::<looks::FieldMaterial>::default());
    app.insert_resource(if std::env::var("FULL").is_ok() { looks::Looks::Full } else { looks::Looks::Light });
    app.insert_resource(looks::ContactShade { at: (0.35, -2.0, 0.2), half: (0.78, 0.44, 1.2) });
    app.add_systems(Update, looks::dress);
    app.finish();
    app.cleanup();
    let model: Handle<WorldAsset> = app.world().resource::<AssetServer>().load("assets/equipment/fgs-5/model.glb#Scene0");
    app.insert_resource(EquipmentModel(model.clone()));
    let truth = Transform::from_xyz(0.35, 0.0, -2.0).with_rotation(Quat::from_rotation_y(0.2));
    app.world_mut().spawn((Real, WorldAssetRoot(model), truth)).observe(|ready: On<WorldInstanceReady>, children: Query<&Children>, names: Query<&Name>, mut parts: ResMut<PartNodes>| {
        let mut stack = vec![ready.entity];
        while let Some(e) = stack.pop() { if let Ok(n) = names.get(e) { parts.nodes.entry(n.to_string()).or_insert(e); } if let Ok(c) = children.get(e) { stack.extend(c.iter()); } }
    });
    let setting: Handle<WorldAsset> = app.world().resource::<AssetServer>().load("assets/settings/motor-pool/setting.glb#Scene0");
    if std::env::var("NOSET").is_err() { app.world_mut().spawn(WorldAssetRoot(setting)); }
    app.world_mut().spawn((DirectionalLight { illuminance: 9000.0, shadow_maps_enabled: std::env::var("FULL").is_ok(), ..default() }, Transform::from_xyz(2.0, 5.0, 3.0).looking_at(Vec3::ZERO, Vec3::Y)));
    let image = app.world_mut().resource_mut::<Assets<Image>>().add(Image::new_target_texture(w, h, TextureFormat::Rgba8UnormSrgb, None));
    let equipment: EquipmentPackage = ron::Options::default().from_str(&std::fs::read_to_string(root.join("assets/equipment/fgs-5/equipment.ron")).unwrap()).unwrap();
    let item = a.get(1).cloned().unwrap_or("fuel-filter-element".into());
    let mode = a.get(2).cloned().unwrap_or("gate".into());
    let part = &equipment.parts[&item];
    let view = equipment.views[part.view.as_ref().unwrap()];
    let cam = Transform::from_translation(truth.transform_point(view.eye)).looking_at(truth.transform_point(view.target), Vec3::Y);
    app.world_mut().spawn((ViewCamera, Camera3d::default(),  if std::env::var("NOMSAA").is_ok() { Msaa::Off } else { Msaa::Sample4 }, RenderTarget::Image(image.clone().into()), Projection::Perspective(PerspectiveProjection { fov: 0.82, ..default() }), cam));
    app.world_mut().resource_mut::<OverlayPose>().world_from_equipment = Some(Pose::new(truth.translation + Vec3::splat(0.001), truth.rotation));
    let motion = part.motions.get("remove").or(part.motions.values().next()).copied();
    let p = |t: &str| Span::Plain(t.into());
    let card = Card { work_package: "FGS5-A-28-21-00-00A-921A-A".into(), title: "Fuel filter element - Replace".into(), step: "stp-0006".into(), number: "6".into(), position: (6, 14),
        text: vec![vec![p("Turn the "), Span::Part { item: item.clone(), text: part.name.to_lowercase() }, p(" counterclockwise with the strap filter wrench until it is loose.")]],
        answers: if mode == "fault" { vec!["Yes".into(), "No".into()] } else { vec![] },
        chips: vec![Chip { kind: "tool".into(), text: "strap filter wrench 5GT-104".into() }, Chip { kind: "torque".into(), text: "18 N·m (13 lb-ft)".into() }],
        notes: if mode == "note" { vec!["Approximately 0.3 L of fuel stays in the element.".into()] } else { vec![] }, citation: "FGS5-A-28-21-00-00A-921A-A ¶ 6".into(), edition: "Issue 003 · Mk 1".into(), gated: mode == "gate" };
    let scene = OverlayScene { simulation: true, security: "Unclassified".into(), placement: if mode == "beside" { Placement::BesidePart } else { Placement::OnPart },
        highlights: vec![Highlight { item: item.clone(), node: part.node.clone(), role: HighlightRole::Focus }],
        motion: motion.map(|motion| MotionCue { node: part.node.clone(), motion, reversed: false }),
        label: Some(fieldwright_guide::overlay::Label { node: part.node.clone(), name: part.name.clone(), detail: "FGS5-2821-01 · Mk 1".into() }),
        alert: (mode == "gate").then(|| AlertPanel { kind: AlertKind::Warning, text: vec!["Diesel fuel is flammable. Do not smoke, and keep sparks and flame away. Fuel spray can injure eyes: wear goggles.".into()], position: (1, 2), acknowledge: "Say “I acknowledge the warning”, or press Acknowledge".into(), citation: "FGS5-A-00-00-00-01A-012A-A ¶ warning 3".into() }),
        card: Some(card), answer: (mode == "answer").then(|| AnswerPanel { question: "what torque".into(), text: "Tighten the fuel filter element to 18 N·m (13 lb-ft) with the filter cap socket and the torque wrench.".into(), worded: false, refused: false, pointer: None, support: "exact".into(), citations: vec!["FGS5-A-28-21-00-00A-921A-A ¶ 13".into()], alerts: vec![(AlertKind::Caution, "Do not tighten more than the torque. The thread of the filter head breaks.".into())], pending: true }),
        figure: (mode == "answer").then(|| FigurePanel { icn: "ICN-FGS5-A-282100-A-00006-A-001-01".into(), title: "Fuel filter".into() }),
        status: vec![StatusItem { name: "Anchor".into(), detail: "on part".into(), level: StatusLevel::Good }, StatusItem { name: "Model".into(), detail: "no model: passages only".into(), level: StatusLevel::Bad }, StatusItem { name: "Library".into(), detail: "ready".into(), level: StatusLevel::Good }],
        heard: Some("how do I get this filter off".into()), buttons: vec![fieldwright_guide::overlay::Button { command: Command::Next, label: "Next".into(), enabled: true }], ..default() };
    if std::env::var("NOOV").is_err() { app.world_mut().resource_mut::<CurrentScene>().0 = scene; }
    let pump = |app: &mut App, n: usize| for _ in 0..n { app.update(); app.world().resource::<RenderDevice>().wgpu_device().poll(PollType::Wait { submission_index: None, timeout: None }).unwrap(); };
    for i in 0..200 { let t0 = std::time::Instant::now(); pump(&mut app, 1); if i % 4 == 0 { println!("{i} {:?}", t0.elapsed()); } std::thread::sleep(std::time::Duration::from_millis(150)); if app.world().resource::<PartNodes>().nodes.len() > 5 && i > 8 { break; } }
    pump(&mut app, 12);
    if std::env::var("PRE").is_ok() { let e = { let mut q = app.world_mut().query_filtered::<Entity, With<ViewCamera>>(); q.single(app.world()).unwrap() }; app.world_mut().entity_mut(e).insert(bevy::core_pipeline::prepass::DepthPrepass); }
    pump(&mut app, 2);
    let cpu = || { let s = std::fs::read_to_string("/proc/self/stat").unwrap(); let v: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect(); v[11].parse::<f64>().unwrap() * 10.0 };
    let c0 = cpu();
    let t = std::time::Instant::now();
    pump(&mut app, 4);
    println!("CPU {:.0} ms/frame", (cpu() - c0) / 4.0);
    println!("{:.1} ms/frame; nodes {}", t.elapsed().as_secs_f64() * 250.0, app.world().resource::<PartNodes>().nodes.len());
    app.world_mut().spawn(Screenshot::image(image)).observe(save_to_disk(a.get(3).cloned().unwrap_or("/tmp/ov.png".into())));
    pump(&mut app, 6);
    let _: HashMap<u8, u8> = HashMap::new();
}
