//! `fieldwright-shell eyes`: what both eyes of a headset see at a moment of a repair, drawn without a headset, as each kind of display
//! shows it. For whoever works on the overlay in the room. Must not know scenarios.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use bevy::{
    camera::{RenderTarget, visibility::RenderLayers},
    prelude::*,
};
use fieldwright_guide::{
    equipment::Motion,
    frames::{Equipment, Head, Pose, World as WorldFrame},
    overlay::OverlayScene,
};
use fieldwright_session::place::ProductFiles;
use serde::{Deserialize, Serialize};

use crate::{
    looks::Looks,
    offscreen::{Offscreen, save},
    overlay3d::{
        BlendLook, Look, Mark, PointerRay, Pressing, Targets, Theme, attach_overlay_camera, faults,
        probe::{self, Probe, Region},
        ready,
    },
    readback,
    shared::{CurrentScene, OverlayPose},
};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Moments, as `run --moments` writes them
    #[arg(required = true, value_name = "MOMENT")]
    moments: Vec<PathBuf>,
    /// Folder for the pictures
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The display: opaque, alpha or additive
    #[arg(long, default_value = "opaque")]
    display: Display,
    /// Brightness: day, dim or blackout
    #[arg(long, default_value = "day")]
    theme: Brightness,
    /// Width and height of each eye's picture, pixels
    #[arg(long, default_value_t = 1200)]
    size: u32,
    /// Field of view of each eye, degrees
    #[arg(long, default_value_t = 80.0)]
    fov: f32,
    /// Turn the head, degrees to the left
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    turn: f32,
    /// Measure where the focused part is drawn in each eye, against where it should be
    #[arg(long)]
    probe: bool,
    /// Show a hand's ray on the button with this number, half held
    #[arg(long, value_name = "N")]
    press: Option<usize>,
    /// Folder with Fieldwright's assets and manuals
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Display {
    Opaque,
    Alpha,
    Additive,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Brightness {
    Day,
    Dim,
    Blackout,
}

/// A moment of a repair: what is shown, from where, of which equipment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Its package's name.
    pub(crate) equipment: String,
    /// Where it truly stands.
    pub(crate) world_from_equipment: Pose<WorldFrame, Equipment>,
    /// Where the head truly is.
    pub(crate) world_from_head: Pose<WorldFrame, Head>,
    /// Where the overlay believes the equipment to be, as seen in the room.
    pub(crate) estimate: Option<Pose<WorldFrame, Equipment>>,
    /// Parts that have been moved.
    pub(crate) moved: Vec<(String, Motion)>,
    /// What is shown.
    pub(crate) scene: OverlayScene,
}

impl Moment {
    /// Keeps it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        std::fs::write(path, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not a moment\nhint: `run --moments DIR` writes them", path.display()))
    }
}

/// From eye to eye, metres.
pub(crate) const BETWEEN_EYES_M: f32 = 0.063;

/// Two eyes in the offscreen renderer: what they see of the world, and the overlay.
#[derive(Debug)]
pub(crate) struct EyePair {
    eyes: [Entity; 2],
    worlds: [Entity; 2],
    pictures: [Handle<Image>; 4],
    size: UVec2,
}

impl EyePair {
    /// Puts two eyes into the world. `fov_rad` is each eye's field of view, both ways.
    pub(crate) fn open(offscreen: &mut Offscreen, size: UVec2, fov_rad: f32) -> Self {
        let world = offscreen.world();
        let pictures = std::array::from_fn(|_| world.resource_mut::<Assets<Image>>().add(readback::target(size)));
        let camera = |world: &mut World, picture: &Handle<Image>, order: isize| {
            world
                .spawn((
                    Camera3d::default(),
                    Camera { is_active: false, order, ..default() },
                    Msaa::Sample4,
                    RenderTarget::Image(picture.clone().into()),
                    Projection::Perspective(PerspectiveProjection { fov: fov_rad, near: 0.05, far: 80.0, ..default() }),
                    Transform::default(),
                ))
                .id()
        };
        let eyes = [camera(world, &pictures[0], 0), camera(world, &pictures[1], 0)];
        let worlds = [camera(world, &pictures[2], 0), camera(world, &pictures[3], 0)];
        for eye in eyes {
            attach_overlay_camera(&mut world.commands(), eye);
        }
        world.flush();
        Self { eyes, worlds, pictures, size }
    }

    /// Which of the two an eye is.
    fn index(&self, eye: Entity) -> Option<usize> {
        self.eyes.iter().position(|own| *own == eye)
    }

    /// What each eye sees. Everything has time to come to rest first.
    ///
    /// # Errors
    /// When a picture cannot be read back.
    pub(crate) fn look(
        &self,
        offscreen: &mut Offscreen,
        world_from_head: &Pose<WorldFrame, Head>,
        look: Look,
    ) -> anyhow::Result<[image::RgbImage; 2]> {
        let opaque = look.blend == BlendLook::Opaque;
        let world = offscreen.world();
        if *world.resource::<Look>() != look {
            *world.resource_mut::<Look>() = look;
        }
        for (index, (eye, bare)) in self.eyes.into_iter().zip(self.worlds).enumerate() {
            let side = if index == 0 { -0.5 } else { 0.5 };
            let place = Transform::from_translation(world_from_head.point(Vec3::X * BETWEEN_EYES_M * side))
                .with_rotation(world_from_head.rotation);
            world.entity_mut(eye).insert((place, RenderLayers::from_layers(if opaque { &[0] } else { &[] })));
            world.entity_mut(bare).insert(place);
            if let Some(mut camera) = world.entity_mut(eye).get_mut::<Camera>() {
                camera.clear_color =
                    if opaque { ClearColorConfig::Default } else { ClearColorConfig::Custom(Color::NONE) };
            }
        }
        settle(offscreen)?;
        self.show(offscreen, true, !opaque);
        offscreen.update(0.0);
        self.show(offscreen, false, false);
        let mut seen = Vec::with_capacity(2);
        for index in 0..2 {
            let mut rgba = offscreen.read(&self.pictures[index], self.size)?;
            if !opaque {
                let bare = offscreen.read(&self.pictures[index + 2], self.size)?;
                blend(&mut rgba, &bare, look.blend);
            }
            let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
            seen.push(
                image::RgbImage::from_raw(self.size.x, self.size.y, rgb)
                    .context("an eye has another size than its picture")?,
            );
        }
        <[_; 2]>::try_from(seen).map_err(|_| anyhow::anyhow!("two eyes give two pictures"))
    }

    /// What cannot be read or pressed of a scene when the head is there; draws no picture.
    ///
    /// # Errors
    /// When fonts or the equipment's shape do not load.
    pub(crate) fn faults(
        &self,
        offscreen: &mut Offscreen,
        world_from_head: &Pose<WorldFrame, Head>,
        scene: OverlayScene,
        estimate: Option<Pose<WorldFrame, Equipment>>,
    ) -> anyhow::Result<Vec<String>> {
        let world = offscreen.world();
        world.resource_mut::<CurrentScene>().0 = scene;
        world.resource_mut::<OverlayPose>().world_from_equipment = estimate;
        for eye in self.eyes {
            let place =
                Transform::from_translation(world_from_head.translation).with_rotation(world_from_head.rotation);
            world.entity_mut(eye).insert(place);
        }
        settle(offscreen)?;
        Ok(faults(offscreen.world()))
    }

    fn show(&self, offscreen: &mut Offscreen, eyes: bool, worlds: bool) {
        for (cameras, on) in [(self.eyes, eyes), (self.worlds, worlds)] {
            for entity in cameras {
                if let Some(mut camera) = offscreen.world().entity_mut(entity).get_mut::<Camera>() {
                    camera.is_active = on;
                }
            }
        }
    }
}

/// Gives everything time to load and to come to rest.
fn settle(offscreen: &mut Offscreen) -> anyhow::Result<()> {
    // One for the change to be seen, then until fonts and the equipment's shape have come from their threads.
    offscreen.update(0.1);
    let mut tries = 0;
    while !ready(offscreen.world()) {
        tries += 1;
        anyhow::ensure!(
            tries < 4_000,
            "the overlay did not load\nhint: are `assets/fonts` and the equipment's model whole?"
        );
        std::thread::yield_now();
        offscreen.update(0.1);
    }
    for _ in 0..10 {
        offscreen.update(0.1);
    }
    offscreen.settle();
    offscreen.update(0.1);
    Ok(())
}

/// Of the world's light, what comes through the glass of a display that adds to it: they are tinted for this.
const THROUGH_GLASS: f32 = 0.4;

/// What a display makes of the overlay and the world behind it.
fn blend(overlay: &mut [u8], world: &[u8], look: BlendLook) {
    let linear = |byte: u8| (f32::from(byte) / 255.0).powf(2.2);
    let byte = |value: f32| (value.clamp(0.0, 1.0).powf(1.0 / 2.2) * 255.0).round() as u8;
    for (over, under) in overlay.chunks_exact_mut(4).zip(world.chunks_exact(4)) {
        let kept = if look == BlendLook::Additive { THROUGH_GLASS } else { 1.0 - f32::from(over[3]) / 255.0 };
        for channel in 0..3 {
            over[channel] = byte(linear(over[channel]) + linear(under[channel]) * kept);
        }
    }
}

/// Prints how far the focused part is drawn from where it should be, and the disparity between the eyes.
#[expect(clippy::print_stdout, reason = "the table is this command's answer")]
fn measure(
    eyes: &EyePair,
    offscreen: &mut Offscreen,
    head: &Pose<WorldFrame, Head>,
    moment: &Moment,
) -> anyhow::Result<()> {
    let Some(estimate) = moment.estimate else { return Ok(()) };
    offscreen.world().insert_resource(Probe(true));
    let seen = eyes.look(offscreen, head, Look::default())?;
    let wanted = probe::focus(offscreen.world(), &estimate);
    let truth = probe::focus(offscreen.world(), &moment.world_from_equipment);
    offscreen.world().insert_resource(Probe(false));
    let drawn: Vec<Option<Region>> = seen.iter().map(Region::drawn).collect();
    for (index, (wanted, truth)) in wanted.iter().zip(&truth).enumerate() {
        let Some(drawn) = eyes.index(wanted.eye).and_then(|index| drawn[index]) else { continue };
        let off = |from: Vec2| {
            let pixels = drawn.middle.distance(from);
            (pixels, pixels / truth.pixels_per_rad * truth.distance * 1e3)
        };
        let (of_estimate, of_truth) = (off(wanted.silhouette.middle), off(truth.silhouette.middle));
        println!(
            "eye {index}: drawn {:.2?} px, from the estimate {:.2} px ({:.2} mm), from the truth {:.2} px ({:.2} mm) at {:.2} m",
            drawn.middle, of_estimate.0, of_estimate.1, of_truth.0, of_truth.1, truth.distance
        );
    }
    if let ([Some(left), Some(right)], [first, second]) = (&drawn[..], &truth[..]) {
        let apart = |a: Vec2, b: Vec2| (a.x - b.x).abs();
        println!(
            "disparity {:.2} px, of the truth {:.2} px",
            apart(left.middle, right.middle),
            apart(first.silhouette.middle, second.silhouette.middle)
        );
    }
    Ok(())
}

/// Renders them.
#[expect(clippy::print_stdout, reason = "the pictures' names are this command's answer")]
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let files = ProductFiles::find(args.files.as_deref())?;
    crate::require_vulkan()?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    let look = Look {
        blend: match args.display {
            Display::Opaque => BlendLook::Opaque,
            Display::Alpha => BlendLook::AlphaBlend,
            Display::Additive => BlendLook::Additive,
        },
        theme: match args.theme {
            Brightness::Day => Theme::Day,
            Brightness::Dim => Theme::Dim,
            Brightness::Blackout => Theme::Blackout,
        },
        hears: true,
    };
    let mut open: Option<(String, Offscreen, EyePair)> = None;
    for path in &args.moments {
        let moment = Moment::read(path)?;
        if open.as_ref().is_none_or(|(name, ..)| *name != moment.equipment) {
            let equipment = Arc::new(crate::setup::read_equipment(&files, &moment.equipment)?);
            let mut offscreen = Offscreen::open(&files, &equipment, moment.world_from_equipment, Looks::Light)?;
            let eyes = EyePair::open(&mut offscreen, UVec2::splat(args.size), args.fov.to_radians());
            open = Some((moment.equipment.clone(), offscreen, eyes));
        }
        let Some((_, offscreen, eyes)) = &mut open else { continue };
        let started = std::time::Instant::now();
        offscreen.restage(moment.world_from_equipment);
        for (node, motion) in &moment.moved {
            offscreen.moves().already(node, *motion);
        }
        let world = offscreen.world();
        world.resource_mut::<CurrentScene>().0 = moment.scene.clone();
        world.resource_mut::<OverlayPose>().world_from_equipment = moment.estimate;
        let turned = Quat::from_rotation_y(args.turn.to_radians()) * moment.world_from_head.rotation;
        // Plates are placed for where the reader looks at the work; then the head turns.
        eyes.look(offscreen, &moment.world_from_head, look)?;
        let head = Pose::new(moment.world_from_head.translation, turned);
        if let Some(target) = args.press.and_then(|n| offscreen.world().resource::<Targets>().0.get(n).cloned()) {
            let at = target.world_from_plate.point(target.center.extend(0.0));
            let from = head.point(Vec3::new(0.25, -0.35, -0.3));
            *offscreen.world().resource_mut::<Pressing>() = Pressing {
                marks: vec![Mark {
                    world_from_plate: target.world_from_plate,
                    center: target.center,
                    half: target.half,
                    progress: 0.6,
                    pressed: true,
                }],
                rays: vec![PointerRay { from, to: at, on_target: true }],
            };
        }
        let seen = eyes.look(offscreen, &head, look)?;
        for fault in faults(offscreen.world()) {
            println!("{}: {fault}", path.display());
        }
        if args.probe {
            measure(eyes, offscreen, &head, &moment)?;
        }
        let stem = path.file_stem().map_or_else(|| "moment".to_owned(), |s| s.to_string_lossy().into_owned());
        for (side, picture) in ["left", "right"].into_iter().zip(&seen) {
            let file = args.out.join(format!("{stem}-{side}.png"));
            save(picture, &file)?;
            println!("{} ({:.1} s)", file.display(), started.elapsed().as_secs_f64());
        }
    }
    Ok(())
}
