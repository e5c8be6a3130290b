//! Colors of the overlay in the room: by how the display blends, and by how bright the reader wants it. Must not know what is drawn.

use bevy::prelude::*;
use fieldwright_guide::overlay::OverlayScene;
use fieldwright_session::targets::{Action, Wish};

use super::place::Standing;
use crate::overlay::theme::Palette;

/// How the display puts the overlay over the world.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum BlendLook {
    /// The world is drawn, too: the simulator, or a headset without see-through.
    #[default]
    Opaque,
    /// See-through video: the overlay's opacity decides.
    AlphaBlend,
    /// Light is added to the world: black is nothing, and nothing can be darkened.
    Additive,
}

/// How bright.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Theme {
    /// Full.
    #[default]
    Day,
    /// For eyes that are used to the dark.
    Dim,
    /// Everything dark but a warning that gates, the security marking and the way back.
    Blackout,
}

/// How all of it looks.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Resource)]
pub(crate) struct Look {
    /// The display.
    pub(crate) blend: BlendLook,
    /// The reader's wish.
    pub(crate) theme: Theme,
    /// Something listens: to talk is a button.
    pub(crate) hears: bool,
}

impl Look {
    /// The colors of this look.
    pub(crate) fn palette(self) -> Palette {
        let palette = match self.blend {
            // Even a fortieth of a white placard's light would be in the way of the words on a plate.
            BlendLook::Opaque | BlendLook::AlphaBlend => {
                Palette { plate: Palette::DAY.plate.with_alpha(0.998), ..Palette::DAY }
            }
            BlendLook::Additive => Palette::ADDITIVE,
        };
        match self.theme {
            Theme::Day => palette,
            Theme::Dim => palette.dimmer(0.35),
            Theme::Blackout => palette.dimmer(0.12),
        }
    }

    /// The next of day, dim and blackout.
    fn next_theme(&mut self) {
        self.theme = match self.theme {
            Theme::Day => Theme::Dim,
            Theme::Dim => Theme::Blackout,
            Theme::Blackout => Theme::Day,
        };
    }

    /// Blackout at once, and back to day.
    pub(crate) fn toggle_blackout(&mut self) {
        self.theme = if self.theme == Theme::Blackout { Theme::Day } else { Theme::Blackout };
    }
}

/// Does what an action asks of the overlay itself: brightness, and how plates follow. False for an action that is somebody else's.
pub(crate) fn act(action: &Action, look: &mut Look, standing: &mut Standing) -> bool {
    match action {
        Action::NextTheme => look.next_theme(),
        Action::Blackout => look.toggle_blackout(),
        Action::PinPlate => standing.plates.toggle_pinned(),
        Action::CarryPlates => standing.plates.toggle_carried(),
        Action::Command(_) | Action::Choose(_) | Action::MovePlate | Action::Talk => return false,
    }
    true
}

/// Does what somebody wished aloud.
pub(crate) fn grant(wish: &Wish, look: &mut Look, standing: &mut Standing) {
    match wish {
        Wish::Dark => look.theme = Theme::Blackout,
        Wish::Light => look.theme = Theme::Day,
        Wish::Do(action) => {
            // Every wish is the overlay's own.
            act(action, look, standing);
        }
    }
}

/// What is left of a scene in blackout: the marking, a warning that gates, and what was said about what happened.
pub(crate) fn darkened(scene: OverlayScene, look: Look) -> OverlayScene {
    if look.theme != Theme::Blackout {
        return scene;
    }
    OverlayScene {
        simulation: scene.simulation,
        security: scene.security,
        placement: scene.placement,
        alert: scene.alert,
        ..OverlayScene::default()
    }
}

/// A color as shaders take it.
pub(crate) fn linear(color: Color) -> Vec4 {
    let color = color.to_linear();
    Vec4::new(color.red, color.green, color.blue, color.alpha)
}
