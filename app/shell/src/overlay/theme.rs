//! The visual language: colors, type and sizes, each in one place. Must not know what they are used for.
//!
//! Red belongs to warnings alone, amber to cautions alone; cyan says "here, this"; green is done; grey is stale.

use bevy::{
    prelude::*,
    reflect::TypePath,
    render::render_resource::{AsBindGroup, ShaderType},
    shader::ShaderRef,
    text::LineHeight,
};

/// "Here, this".
pub(crate) const GUIDE: Color = Color::srgb(0.298, 0.788, 0.941);
/// Done.
pub(crate) const DONE: Color = Color::srgb(0.373, 0.827, 0.541);
/// Warnings, and nothing else.
pub(crate) const WARNING: Color = Color::srgb(1.0, 0.294, 0.243);
/// Cautions, and nothing else.
pub(crate) const CAUTION: Color = Color::srgb(1.0, 0.722, 0.0);
/// Notes.
pub(crate) const NOTE: Color = Color::srgb(0.62, 0.69, 0.71);
/// What does not work, in the status line: neither red nor amber, which mean other things.
pub(crate) const OFF: Color = Color::srgb(0.74, 0.55, 0.86);
/// Plates: dark and nearly opaque.
pub(crate) const PLATE: Color = Color::srgba(0.082, 0.102, 0.114, 0.975);
/// A plate within a plate.
pub(crate) const INSET: Color = Color::srgba(1.0, 1.0, 1.0, 0.055);
/// Hairlines.
pub(crate) const LINE: Color = Color::srgba(1.0, 1.0, 1.0, 0.16);
/// Words.
pub(crate) const TEXT: Color = Color::srgb(0.945, 0.96, 0.965);
/// Words of less weight.
pub(crate) const SOFT: Color = Color::srgb(0.62, 0.69, 0.71);
/// Words of a step that a warning still gates.
pub(crate) const DIMMED: Color = Color::srgb(0.36, 0.41, 0.43);

/// The faces, loaded once.
#[derive(Clone, Debug, Resource)]
pub(crate) struct Faces {
    /// B612, drawn for cockpit displays.
    pub(crate) regular: Handle<Font>,
    /// Its bold.
    pub(crate) bold: Handle<Font>,
    /// Its fixed-width sister, for citations and numbers.
    pub(crate) mono: Handle<Font>,
}

/// See `shaders/sign.wgsl`.
#[derive(Asset, AsBindGroup, Clone, Debug, TypePath)]
pub(crate) struct SignMaterial {
    #[uniform(0)]
    settings: SignSettings,
}

#[derive(Clone, Copy, Debug, ShaderType)]
struct SignSettings {
    ink: Vec4,
    ground: Vec4,
    kind: Vec4,
}

impl UiMaterial for SignMaterial {
    fn fragment_shader() -> ShaderRef {
        "shaders/sign.wgsl".into()
    }
}

/// The signs of alerts, made once.
#[derive(Clone, Debug, Resource)]
pub(crate) struct Signs {
    /// A filled triangle.
    pub(crate) warning: Handle<SignMaterial>,
    /// An outlined triangle.
    pub(crate) caution: Handle<SignMaterial>,
    /// A ring.
    pub(crate) note: Handle<SignMaterial>,
}

impl Signs {
    /// Makes them.
    pub(crate) fn new(materials: &mut Assets<SignMaterial>) -> Self {
        let mut sign = |kind: f32, ground: Color| {
            let ground = ground.to_linear();
            materials.add(SignMaterial {
                settings: SignSettings {
                    ink: Vec4::new(0.003, 0.003, 0.003, 1.0),
                    ground: Vec4::new(ground.red, ground.green, ground.blue, 1.0),
                    kind: Vec4::new(kind, 0.0, 0.0, 0.0),
                },
            })
        };
        Self { warning: sign(0.0, WARNING), caution: sign(1.0, CAUTION), note: sign(2.0, NOTE) }
    }
}

/// Which face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Running text.
    Regular,
    /// Emphasis and headings.
    Bold,
    /// Citations.
    Mono,
}

/// Type and sizes at the present picture height: laid out for 800 pixels, scaled for others.
#[derive(Clone, Debug)]
pub(crate) struct Style<'a> {
    /// The faces.
    pub(crate) faces: &'a Faces,
    /// The signs.
    pub(crate) signs: &'a Signs,
    /// Picture height over 800.
    pub(crate) scale: f32,
}

impl Style<'_> {
    /// A length laid out for a picture 800 pixels high.
    pub(crate) fn px(&self, length: f32) -> Val {
        Val::Px((length * self.scale).round().max(1.0))
    }

    /// A font of a size laid out for a picture 800 pixels high; never below 12 pixels, which is the legibility floor.
    pub(crate) fn font(&self, face: Face, size: f32) -> TextFont {
        let handle = match face {
            Face::Regular => &self.faces.regular,
            Face::Bold => &self.faces.bold,
            Face::Mono => &self.faces.mono,
        };
        TextFont {
            font: handle.clone().into(),
            font_size: FontSize::Px((size * self.scale).round().max(12.0)),
            ..default()
        }
    }

    /// Words in one face, size and color.
    pub(crate) fn text(
        &self,
        words: impl Into<String>,
        face: Face,
        size: f32,
        color: Color,
    ) -> (Text, TextFont, TextColor, LineHeight) {
        (Text::new(words.into()), self.font(face, size), TextColor(color), LineHeight::RelativeToFont(1.28))
    }

    /// Padding on all sides.
    pub(crate) fn pad(&self, horizontal: f32, vertical: f32) -> UiRect {
        UiRect::axes(self.px(horizontal), self.px(vertical))
    }

    /// Rounded corners.
    pub(crate) fn round(&self, radius: f32) -> BorderRadius {
        BorderRadius::all(self.px(radius))
    }
}
