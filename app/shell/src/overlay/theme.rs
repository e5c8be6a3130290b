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

/// The colors of one look: what the overlay is drawn in, by display and by how bright it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Palette {
    /// "Here, this".
    pub(crate) guide: Color,
    /// Done.
    pub(crate) done: Color,
    /// Steps to come.
    pub(crate) rest: Color,
    /// Warnings, and nothing else.
    pub(crate) warning: Color,
    /// Cautions, and nothing else.
    pub(crate) caution: Color,
    /// Notes.
    pub(crate) note: Color,
    /// What does not work.
    pub(crate) off: Color,
    /// Ground of plates.
    pub(crate) plate: Color,
    /// Ground of the banner.
    pub(crate) bar: Color,
    /// A plate within a plate.
    pub(crate) inset: Color,
    /// Hairlines.
    pub(crate) line: Color,
    /// Edge of plates.
    pub(crate) frame: Color,
    /// Words.
    pub(crate) text: Color,
    /// Words of less weight.
    pub(crate) soft: Color,
    /// Words of a step that a warning still gates.
    pub(crate) dimmed: Color,
    /// Words on a ground of an alert's color.
    pub(crate) ink: Color,
    /// False: an alert's head is words in its color, not a ground in its color.
    pub(crate) filled: bool,
    /// A stale pose.
    pub(crate) stale: Color,
    /// "Move this way".
    pub(crate) arrow: Color,
    /// Its edge.
    pub(crate) edge: Color,
    /// Strength of the soft light around a part, 1 on video.
    pub(crate) glow: f32,
}

impl Palette {
    /// On a picture of the world.
    pub(crate) const DAY: Self = Self {
        guide: GUIDE,
        done: DONE,
        rest: Color::srgb(0.2, 0.235, 0.25),
        warning: WARNING,
        caution: CAUTION,
        note: NOTE,
        off: OFF,
        plate: PLATE,
        bar: Color::srgb(0.105, 0.125, 0.135),
        inset: INSET,
        line: LINE,
        frame: Color::srgba(1.0, 1.0, 1.0, 0.10),
        text: TEXT,
        soft: SOFT,
        dimmed: DIMMED,
        ink: Color::srgb(0.05, 0.05, 0.05),
        filled: true,
        stale: Color::srgb(0.76, 0.785, 0.8),
        arrow: Color::srgb(0.98, 0.985, 0.99),
        edge: Color::srgba(0.02, 0.03, 0.035, 0.92),
        glow: 1.0,
    };
    /// On a display that adds light to the world: black is nothing, so grounds are black, edges and words are bright, and nothing
    /// is told by dark on bright.
    pub(crate) const ADDITIVE: Self = Self {
        guide: Color::srgb(0.36, 0.86, 1.0),
        rest: Color::srgb(0.26, 0.3, 0.32),
        warning: Color::srgb(1.0, 0.36, 0.3),
        plate: Color::srgb(0.0, 0.0, 0.0),
        bar: Color::srgb(0.0, 0.0, 0.0),
        inset: Color::srgba(1.0, 1.0, 1.0, 0.0),
        line: Color::srgba(1.0, 1.0, 1.0, 0.4),
        frame: Color::srgb(0.55, 0.72, 0.78),
        text: Color::srgb(1.0, 1.0, 1.0),
        soft: Color::srgb(0.8, 0.87, 0.89),
        dimmed: Color::srgb(0.55, 0.6, 0.62),
        ink: Color::srgb(0.0, 0.0, 0.0),
        filled: false,
        glow: 1.6,
        ..Self::DAY
    };

    /// The same, with so much of its light. Grounds keep their darkness, and red and amber keep more of theirs.
    pub(crate) fn dimmer(self, share: f32) -> Self {
        let less = |color: Color, share: f32| {
            let color = color.to_linear();
            Color::LinearRgba(LinearRgba {
                red: color.red * share,
                green: color.green * share,
                blue: color.blue * share,
                ..color
            })
        };
        let kept = share.sqrt();
        Self {
            guide: less(self.guide, share),
            done: less(self.done, share),
            rest: less(self.rest, share),
            warning: less(self.warning, kept),
            caution: less(self.caution, kept),
            note: less(self.note, share),
            off: less(self.off, share),
            plate: less(self.plate, share),
            bar: less(self.bar, share),
            inset: self.inset.with_alpha(self.inset.alpha() * share),
            line: less(self.line, share),
            frame: less(self.frame, share),
            text: less(self.text, share),
            soft: less(self.soft, share),
            dimmed: less(self.dimmed, share),
            stale: less(self.stale, share),
            arrow: less(self.arrow, share),
            glow: self.glow * share,
            ..self
        }
    }
}

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
    pub(crate) fn new(palette: &Palette, materials: &mut Assets<SignMaterial>) -> Self {
        let mut sign = |kind: f32, color: Color| {
            // On a ground of the alert's color, or in that color.
            let (ink, ground) = if palette.filled { (palette.ink, color) } else { (color, palette.plate) };
            let (ink, ground) = (ink.to_linear(), ground.to_linear());
            materials.add(SignMaterial {
                settings: SignSettings {
                    ink: Vec4::new(ink.red, ink.green, ink.blue, 1.0),
                    ground: Vec4::new(ground.red, ground.green, ground.blue, 1.0),
                    kind: Vec4::new(kind, 0.0, 0.0, 0.0),
                },
            })
        };
        Self { warning: sign(0.0, palette.warning), caution: sign(1.0, palette.caution), note: sign(2.0, palette.note) }
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
    /// The colors.
    pub(crate) palette: Palette,
    /// True in the room: larger places to press, edges instead of shadows.
    pub(crate) room: bool,
    /// Picture height over 800.
    pub(crate) scale: f32,
}

impl Style<'_> {
    /// Least height of what can be pressed: in the room, gloves press it at arm's length and eyes from two metres.
    pub(crate) fn touch(&self) -> f32 {
        if self.room { 64.0 } else { 0.0 }
    }

    /// The shadow under a plate; none in the room, where a plate is as large as its picture.
    pub(crate) fn shadow(&self, weight: f32, blur: f32) -> BoxShadow {
        if self.room {
            return BoxShadow(Vec::new());
        }
        BoxShadow::new(Color::srgba(0.0, 0.0, 0.0, weight), px(0), self.px(4.0), px(0), self.px(blur))
    }

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
