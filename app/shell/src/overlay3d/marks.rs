//! What shows where hands, controllers and eyes are on the plates: the place that is meant lights up, how long it has been held runs
//! round it, and a ray leads there. Must not know devices, nor what pressing does.

use bevy::{camera::visibility::RenderLayers, prelude::*};
use fieldwright_guide::frames::{Pose, World as WorldFrame};
use fieldwright_session::{
    interaction::{Output, Progress},
    targets::{Plate, Target},
};

use super::{
    eye::OVERLAY_LAYER,
    lit::{LitMaterial, Pass},
    parts::overlay_mesh,
    plate::{MarkMaterial, MarkSettings},
    theme::{Look, linear},
};

/// A place on a plate that something is on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    /// The plate.
    pub(crate) world_from_plate: Pose<WorldFrame, Plate>,
    /// Its middle on the plate, metres.
    pub(crate) center: Vec2,
    /// Half its width and height, metres.
    pub(crate) half: Vec2,
    /// How far the hold or the look has come, 0 to 1.
    pub(crate) progress: f32,
    /// True while it is pressed.
    pub(crate) pressed: bool,
}

/// Where something points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PointerRay {
    /// From the hand or controller, world, metres.
    pub(crate) from: Vec3,
    /// To the plate, or as far as it is drawn.
    pub(crate) to: Vec3,
    /// True where it meets something that can be pressed.
    pub(crate) on_target: bool,
}

/// What hands, controllers and eyes do now; filled in anew each frame by whoever reads them.
#[derive(Clone, Debug, Default, PartialEq, Resource)]
pub(crate) struct Pressing {
    /// Places that something is on.
    pub(crate) marks: Vec<Mark>,
    /// Rays.
    pub(crate) rays: Vec<PointerRay>,
}

impl Pressing {
    /// What a frame's interaction shows on the targets that it was worked out for.
    pub(crate) fn of(output: &Output, targets: &[Target]) -> Self {
        let done = |index: usize| {
            let of = |progress: &Option<Progress>| progress.filter(|p| p.target == index).map(|p| p.done);
            of(&output.hold).or_else(|| of(&output.dwell)).unwrap_or(0.0)
        };
        let mut marks: Vec<Mark> = Vec::new();
        let looked_at = output.dwell.iter().chain(&output.hold).map(|progress| (progress.target, false));
        for (index, pressed) in output.hovered.iter().map(|hover| (hover.target, hover.pressed)).chain(looked_at) {
            let Some(target) = targets.get(index) else { continue };
            let mark = Mark {
                world_from_plate: target.world_from_plate,
                center: target.center,
                half: target.half,
                progress: done(index),
                pressed,
            };
            let same =
                |other: &&mut Mark| other.world_from_plate == mark.world_from_plate && other.center == mark.center;
            match marks.iter_mut().find(same) {
                Some(other) => other.pressed |= pressed,
                None => marks.push(mark),
            }
        }
        if let Some((_, region)) = &output.confirm {
            marks.push(Mark {
                world_from_plate: region.world_from_plate,
                center: region.center,
                half: region.half,
                progress: region.progress,
                pressed: true,
            });
        }
        let rays = output.rays.iter().map(|ray| PointerRay { from: ray.from, to: ray.to, on_target: ray.on_target });
        Self { marks, rays: rays.collect() }
    }
}

/// Something drawn for a mark or a ray.
#[derive(Component)]
pub(crate) enum Pointer {
    /// The mark with this index.
    Mark(usize, Handle<MarkMaterial>),
    /// The ray with this index.
    Ray(usize),
    /// The dot at its end.
    Dot(usize),
}

/// As many are drawn at once: two hands and a gaze, and a place of confirmation.
const MARKS: usize = 4;
const RAYS: usize = 2;
/// A ray's radius and its dot's, metres.
const RAY_M: f32 = 0.0011;
const DOT_M: f32 = 0.003;

/// Draws them.
pub(crate) fn draw(
    mut commands: Commands<'_, '_>,
    pressing: Res<'_, Pressing>,
    look: Res<'_, Look>,
    (mut meshes, mut lit, mut marks): (
        ResMut<'_, Assets<Mesh>>,
        ResMut<'_, Assets<LitMaterial>>,
        ResMut<'_, Assets<MarkMaterial>>,
    ),
    mut pointers: Query<'_, '_, (&Pointer, &mut Transform, &mut Visibility)>,
) {
    if pointers.is_empty() {
        if !pressing.marks.is_empty() || !pressing.rays.is_empty() {
            spawn(&mut commands, &mut meshes, &mut lit, &mut marks);
        }
        return;
    }
    let palette = look.palette();
    for (pointer, mut transform, mut visibility) in &mut pointers {
        let place = match pointer {
            Pointer::Mark(index, material) => pressing.marks.get(*index).map(|mark| {
                let color = linear(palette.guide.mix(&Color::WHITE, if mark.pressed { 0.5 } else { 0.0 }));
                let settings = MarkSettings {
                    color,
                    half_progress_corner: Vec4::new(
                        mark.half.x,
                        mark.half.y,
                        mark.progress,
                        (mark.half.min_element() * 0.3).min(0.008),
                    ),
                };
                // Touched only when it changes: each change is a transfer to the device.
                if marks.get(material).is_some_and(|now| now.settings != settings)
                    && let Some(mut material) = marks.get_mut(material)
                {
                    material.settings = settings;
                }
                let center = mark.world_from_plate.point(mark.center.extend(0.0015));
                Transform::from_translation(center)
                    .with_rotation(mark.world_from_plate.rotation)
                    .with_scale((mark.half * 2.5).extend(1.0))
            }),
            Pointer::Ray(index) => pressing.rays.get(*index).map(|ray| {
                let along = ray.to - ray.from;
                Transform::from_translation((ray.from + ray.to) * 0.5)
                    .with_rotation(Quat::from_rotation_arc(Vec3::Y, along.normalize_or(Vec3::Y)))
                    .with_scale(Vec3::new(1.0, along.length(), 1.0))
            }),
            Pointer::Dot(index) => {
                pressing.rays.get(*index).filter(|ray| ray.on_target).map(|ray| Transform::from_translation(ray.to))
            }
        };
        visibility.set_if_neq(if place.is_some() { Visibility::Inherited } else { Visibility::Hidden });
        if let Some(place) = place {
            transform.set_if_neq(place);
        }
    }
}

fn spawn(
    commands: &mut Commands<'_, '_>,
    meshes: &mut Assets<Mesh>,
    lit: &mut Assets<LitMaterial>,
    marks: &mut Assets<MarkMaterial>,
) {
    let rectangle = meshes.add(Rectangle::new(1.0, 1.0));
    for index in 0..MARKS {
        let material = marks.add(MarkMaterial { settings: MarkSettings::default() });
        commands.spawn((
            Pointer::Mark(index, material.clone()),
            Mesh3d(rectangle.clone()),
            MeshMaterial3d(material),
            RenderLayers::layer(OVERLAY_LAYER),
            Visibility::Hidden,
        ));
    }
    let thread = meshes.add(Cylinder::new(RAY_M, 1.0));
    let dot = meshes.add(Sphere::new(DOT_M));
    let faint = lit.add(LitMaterial::new(Pass::Line, Vec4::new(0.9, 0.95, 1.0, 0.55)).grown(0.0, 0.5));
    let bright = lit.add(LitMaterial::new(Pass::Pointer, Vec4::ONE));
    for index in 0..RAYS {
        commands.spawn((Pointer::Ray(index), overlay_mesh(thread.clone(), faint.clone()), Visibility::Hidden));
        commands.spawn((Pointer::Dot(index), overlay_mesh(dot.clone(), bright.clone()), Visibility::Hidden));
    }
}
