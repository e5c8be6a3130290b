//! A canvas for the pictures of residuals: panels, lines, dots, arrows and words. Knows no calibration.

use std::path::Path;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _};
use anyhow::Context as _;
use tiny_skia::{Color, FillRule, LineCap, Paint, PathBuilder, Pixmap, Rect, Stroke, Transform};

/// Red, green, blue, opacity.
pub(super) type Ink = [u8; 4];

pub(super) const GROUND: Ink = [13, 18, 24, 255];
pub(super) const PANEL: Ink = [22, 29, 38, 255];
pub(super) const GRID: Ink = [255, 255, 255, 22];
pub(super) const WORDS: Ink = [232, 238, 244, 255];
pub(super) const FAINT: Ink = [140, 153, 166, 255];
pub(super) const ACCENT: Ink = [86, 182, 255, 255];
pub(super) const GOOD: Ink = [94, 208, 140, 255];
pub(super) const POOR: Ink = [255, 178, 64, 255];

/// Which face of type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Face {
    Regular,
    Bold,
}

/// Where a line of words is held.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hold {
    Left,
    Middle,
    Right,
}

/// A picture being drawn; lengths are pixels from the top left.
pub(super) struct Canvas {
    pixmap: Pixmap,
    faces: [FontRef<'static>; 2],
}

impl Canvas {
    /// An empty ground.
    pub(super) fn new(width: u32, height: u32) -> anyhow::Result<Self> {
        let mut pixmap = Pixmap::new(width, height).context("cannot make a picture of that size")?;
        pixmap.fill(color(GROUND));
        let face = |bytes: &'static [u8]| FontRef::try_from_slice(bytes).context("cannot read the built-in font");
        let faces = [
            face(include_bytes!("../../../../assets/fonts/B612-Regular.otf"))?,
            face(include_bytes!("../../../../assets/fonts/B612-Bold.otf"))?,
        ];
        Ok(Self { pixmap, faces })
    }

    /// Writes it as PNG.
    pub(super) fn save(&self, path: &Path) -> anyhow::Result<()> {
        // The ground is opaque, so that premultiplied color is color.
        image::save_buffer_with_format(
            path,
            self.pixmap.data(),
            self.pixmap.width(),
            self.pixmap.height(),
            image::ExtendedColorType::Rgba8,
            image::ImageFormat::Png,
        )
        .with_context(|| format!("cannot write `{}`", path.display()))
    }

    pub(super) fn rect(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], ink: Ink) {
        if let Some(rect) = Rect::from_xywh(x as f32, y as f32, width.max(0.0) as f32, height.max(0.0) as f32) {
            self.pixmap.fill_rect(rect, &paint(ink), Transform::identity(), None);
        }
    }

    /// A panel with round corners and its title; the room inside begins 44 pixels further down.
    pub(super) fn panel(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], title: &str) {
        let radius = 10.0;
        let (left, top, right, bottom) = (x as f32, y as f32, (x + width) as f32, (y + height) as f32);
        let mut path = PathBuilder::new();
        path.move_to(left + radius, top);
        path.line_to(right - radius, top);
        path.quad_to(right, top, right, top + radius);
        path.line_to(right, bottom - radius);
        path.quad_to(right, bottom, right - radius, bottom);
        path.line_to(left + radius, bottom);
        path.quad_to(left, bottom, left, bottom - radius);
        path.line_to(left, top + radius);
        path.quad_to(left, top, left + radius, top);
        path.close();
        if let Some(path) = path.finish() {
            self.pixmap.fill_path(&path, &paint(PANEL), FillRule::Winding, Transform::identity(), None);
        }
        self.words([x + 18.0, y + 28.0], title, Face::Bold, 16.0, WORDS, Hold::Left);
    }

    pub(super) fn line(&mut self, points: &[[f64; 2]], width: f64, ink: Ink) {
        let mut path = PathBuilder::new();
        for (index, [x, y]) in points.iter().enumerate() {
            if index == 0 { path.move_to(*x as f32, *y as f32) } else { path.line_to(*x as f32, *y as f32) }
        }
        if let Some(path) = path.finish() {
            let stroke = Stroke { width: width as f32, line_cap: LineCap::Round, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &paint(ink), &stroke, Transform::identity(), None);
        }
    }

    pub(super) fn dot(&mut self, [x, y]: [f64; 2], radius: f64, ink: Ink) {
        if let Some(path) = PathBuilder::from_circle(x as f32, y as f32, radius as f32) {
            self.pixmap.fill_path(&path, &paint(ink), FillRule::Winding, Transform::identity(), None);
        }
    }

    pub(super) fn ring(&mut self, [x, y]: [f64; 2], radius: f64, width: f64, ink: Ink) {
        if let Some(path) = PathBuilder::from_circle(x as f32, y as f32, radius as f32) {
            let stroke = Stroke { width: width as f32, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &paint(ink), &stroke, Transform::identity(), None);
        }
    }

    /// A line with a head at its end, where it is long enough for one.
    pub(super) fn arrow(&mut self, from: [f64; 2], to: [f64; 2], width: f64, ink: Ink) {
        self.line(&[from, to], width, ink);
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = dx.hypot(dy);
        if length > 6.0 {
            let (ux, uy, head) = (dx / length, dy / length, (0.35 * length).min(6.0));
            let barb = |side: f64| [to[0] - head * (ux + side * 0.5 * uy), to[1] - head * (uy - side * 0.5 * ux)];
            self.line(&[barb(1.0), to, barb(-1.0)], width, ink);
        }
    }

    /// A line of words with its foot at `at`.
    pub(super) fn words(&mut self, at: [f64; 2], text: &str, face: Face, size: f64, ink: Ink, hold: Hold) {
        let font = &self.faces[face as usize];
        let scaled = font.as_scaled(PxScale::from(size as f32));
        let width: f32 = text.chars().map(|letter| scaled.h_advance(scaled.glyph_id(letter))).sum();
        let mut x = at[0] as f32
            - match hold {
                Hold::Left => 0.0,
                Hold::Middle => width / 2.0,
                Hold::Right => width,
            };
        let side = [self.pixmap.width(), self.pixmap.height()].map(u32::cast_signed);
        for letter in text.chars() {
            let id = scaled.glyph_id(letter);
            let glyph = id.with_scale_and_position(PxScale::from(size as f32), ab_glyph::point(x, at[1] as f32));
            x += scaled.h_advance(id);
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            let data = self.pixmap.data_mut();
            outline.draw(|column, row, cover| {
                let (px, py) = (corner.x as i32 + column.cast_signed(), corner.y as i32 + row.cast_signed());
                if (0..side[0]).contains(&px) && (0..side[1]).contains(&py) {
                    let at = (py * side[0] + px) as usize * 4;
                    let share = cover.clamp(0.0, 1.0) * f32::from(ink[3]) / 255.0;
                    for (under, ink) in data[at..at + 3].iter_mut().zip(ink) {
                        *under = (f32::from(*under) * (1.0 - share) + f32::from(ink) * share).round() as u8;
                    }
                }
            });
        }
    }
}

/// Axes of a small plot inside a box: maps values, draws the grid.
pub(super) struct Axes {
    /// Left, top.
    pub(super) at: [f64; 2],
    /// Width, height.
    pub(super) size: [f64; 2],
    /// Least and most across.
    pub(super) across: [f64; 2],
    /// Least and most up.
    pub(super) up: [f64; 2],
}

impl Axes {
    /// Where a value stands.
    pub(super) fn place(&self, x: f64, y: f64) -> [f64; 2] {
        let share = |value: f64, [low, high]: [f64; 2]| ((value - low) / (high - low).max(1e-12)).clamp(-0.02, 1.02);
        [self.at[0] + share(x, self.across) * self.size[0], self.at[1] + (1.0 - share(y, self.up)) * self.size[1]]
    }

    /// Lines across at even values, each with its number.
    pub(super) fn rows(&self, canvas: &mut Canvas, unit: &str) {
        let step = nice((self.up[1] - self.up[0]) / 4.0);
        let mut value = (self.up[0] / step).ceil() * step;
        while value <= self.up[1] + 1e-9 {
            let [left, y] = self.place(self.across[0], value);
            canvas.line(&[[left, y], [left + self.size[0], y]], 1.0, GRID);
            let places = if step < 0.1 { 2 } else { usize::from(step < 1.0) };
            let text = format!("{:.places$}{unit}", value + 0.0);
            canvas.words([left - 8.0, y + 4.0], &text, Face::Regular, 12.0, FAINT, Hold::Right);
            value += step;
        }
    }
}

/// The next of 1, 2, 5 times a power of ten.
pub(super) fn nice(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= value).unwrap_or(value)
}

/// From calm blue over yellow to red, for a share from 0 to 1.
pub(super) fn heat(share: f64, opacity: u8) -> Ink {
    const STOPS: [[f64; 3]; 4] =
        [[72.0, 160.0, 255.0], [92.0, 214.0, 168.0], [255.0, 205.0, 84.0], [255.0, 92.0, 82.0]];
    let at = share.clamp(0.0, 1.0) * 3.0;
    let index = (at as usize).min(2);
    let mix = |part: usize| {
        let (a, b) = (STOPS[index][part], STOPS[index + 1][part]);
        (a + (b - a) * (at - index as f64)).round() as u8
    };
    [mix(0), mix(1), mix(2), opacity]
}

fn color([red, green, blue, opacity]: Ink) -> Color {
    Color::from_rgba8(red, green, blue, opacity)
}

fn paint(ink: Ink) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(color(ink));
    paint
}
