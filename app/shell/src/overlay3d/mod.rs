//! The overlay in the room: the same scene at the same estimated pose as `overlay` draws over a window's picture, as geometry that any
//! number of eyes sees. It decides nothing. Must not know ground truth, scenarios, windows or OpenXR.
//!
//! A camera becomes an eye with [`attach_overlay_camera`]. What is shown stands in [`CurrentScene`](crate::shared::CurrentScene) and
//! [`OverlayPose`](crate::shared::OverlayPose); colors follow [`Look`]; hands come in through [`Hands`] and [`Pressing`], and
//! [`Targets`] says what they can press. Without an eye nothing is spawned.

mod boards;
mod controls;
mod cue;
mod cull;
mod eye;
mod hull;
mod leader;
mod legible;
mod lit;
mod marks;
mod parts;
mod place;
mod plate;
pub(crate) mod probe;
mod theme;

use bevy::prelude::*;

pub(crate) use self::{
    eye::{OverlayCamera, attach_overlay_camera},
    legible::faults,
    marks::{Mark, PointerRay, Pressing},
    place::{Hands, Standing, Targets},
    theme::{BlendLook, Look, Theme, act, darkened, grant},
};

/// The systems that need the eyes' places of this frame: run whatever moves eyes before it.
#[derive(Clone, Debug, Eq, Hash, PartialEq, SystemSet)]
pub(crate) struct Overlay3dSystems;

/// True once everything that is loaded for the overlay is there.
pub(crate) fn ready(world: &World) -> bool {
    !world.resource::<parts::ShapeNodes>().meshes.is_empty() && world.resource::<boards::Boards>().are_built()
}

/// See the module's words.
#[derive(Debug)]
pub(crate) struct Overlay3dPlugin;

impl Plugin for Overlay3dPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            MaterialPlugin::<lit::LitMaterial>::default(),
            MaterialPlugin::<plate::PlateMaterial>::default(),
            MaterialPlugin::<plate::MarkMaterial>::default(),
        ))
        .init_resource::<eye::Reader>()
        .init_resource::<parts::ShapeNodes>()
        .init_resource::<parts::LitNow>()
        .init_resource::<parts::Welded>()
        .init_resource::<cue::ShownCue>()
        .init_resource::<boards::Boards>()
        .init_resource::<boards::RoomSigns>()
        .init_resource::<Standing>()
        .init_resource::<place::EquipmentBox>()
        .init_resource::<Hands>()
        .init_resource::<Targets>()
        .init_resource::<Look>()
        .init_resource::<Pressing>()
        .init_resource::<probe::Probe>()
        .init_resource::<leader::Leading>()
        .add_systems(Update, (boards::spawn, boards::build).chain())
        .add_systems(
            PostUpdate,
            (
                (eye::spawn, eye::follow, parts::spawn, parts::place, parts::light, cue::rebuild, cue::animate).chain(),
                (
                    place::measure,
                    place::find_work,
                    cull::cull,
                    boards::draw,
                    place::place,
                    leader::dress,
                    leader::lead,
                    place::list_targets,
                    marks::draw,
                )
                    .chain(),
            )
                .chain()
                .in_set(Overlay3dSystems)
                .before(TransformSystems::Propagate),
        );
    }
}
