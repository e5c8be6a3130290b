//! What must hold of plates so that they can be read and pressed, checked as they stand: letters at least 20 minutes of arc, on a plate,
//! whole; plates side by side, not one over the other nor over the work; places to press large enough for gloves. Must not know how
//! plates come to stand where they do.

use bevy::prelude::*;
use fieldwright_session::plates::Placed;

use super::{
    boards::{Boards, METRES_PER_PX, SHARPNESS},
    eye::Reader,
    place::{Standing, Targets},
};

/// Height of capitals as a share of the font's size: the same in the three faces of B612 that are shipped.
pub(crate) const CAPITAL: f32 = 0.75;
/// Least height of capitals, minutes of arc.
pub(crate) const LETTERS_ARCMIN: f32 = 20.0;
/// Least size of a place to press: metres, for a gloved finger, and radians, for a ray or a gaze.
const PRESS_M: f32 = 0.022;
const PRESS_RAD: f32 = 2.0 * std::f32::consts::PI / 180.0;

/// Minutes of arc of an x metres high thing at a distance.
pub(crate) fn arcmin(metres: f32, distance: f32) -> f32 {
    (metres / distance).atan().to_degrees() * 60.0
}

/// Everything that is wrong with the plates as they stand, in words; nothing where all is well.
pub(crate) fn faults(world: &mut World) -> Vec<String> {
    let Some(head) = world.resource::<Reader>().world_from_head else { return Vec::new() };
    let eyes = head.translation;
    let mut faults = Vec::new();
    let mut texts = world.query::<(Entity, &TextFont, &ComputedNode, &UiGlobalTransform)>();
    let mut spans = world.query::<(&TextSpan, &TextFont, &ChildOf)>();
    let mut grounds = world.query::<&BackgroundColor>();
    let mut parents = world.query::<&ChildOf>();
    let boards = world.resource::<Boards>();
    let standing = world.resource::<Standing>();
    let shown: Vec<(&Placed, &super::boards::Board)> = standing
        .placed
        .iter()
        .filter_map(|place| boards.0.iter().find(|board| board.name == place.name).map(|board| (place, board)))
        .collect();

    for (place, board) in &shown {
        let Some(root) = board.root else { continue };
        let distance = eyes.distance(place.world_from_plate.translation);
        let whole = Rect::from_corners(Vec2::ZERO, board.size * SHARPNESS).inflate(1.0);
        let mut on_board = |mut entity: Entity| {
            let mut ground = grounds.get(world, entity).is_ok_and(|color| color.0.alpha() > 0.9);
            while entity != root {
                let Ok(parent) = parents.get(world, entity) else { return None };
                entity = parent.parent();
                ground |= grounds.get(world, entity).is_ok_and(|color| color.0.alpha() > 0.9);
            }
            Some(ground)
        };
        let small = |font: &TextFont| {
            let FontSize::Px(pixels) = font.font_size else { return Some(0.0) };
            let height = arcmin(pixels / SHARPNESS * CAPITAL * METRES_PER_PX * place.scale, distance);
            (height < LETTERS_ARCMIN).then_some(height)
        };
        for (entity, font, node, transform) in texts.iter(world) {
            let Some(ground) = on_board(entity) else { continue };
            if let Some(height) = small(font) {
                faults.push(format!("{:?}: letters of {height:.1} minutes of arc at {distance:.2} m", board.name));
            }
            if !ground {
                faults.push(format!("{:?}: words without a plate behind them", board.name));
            }
            let rect = Rect::from_center_size(transform.translation, node.size());
            if !(whole.contains(rect.min) && whole.contains(rect.max)) {
                faults.push(format!("{:?}: words beyond its edge, {rect:?} of {whole:?}", board.name));
            }
        }
        for (_, font, parent) in spans.iter(world) {
            if on_board(parent.parent()).is_some()
                && let Some(height) = small(font)
            {
                faults.push(format!("{:?}: letters of {height:.1} minutes of arc at {distance:.2} m", board.name));
            }
        }
    }
    let seen: Vec<(String, Rect)> = shown
        .iter()
        .map(|(place, board)| {
            (format!("{:?}", board.name), outline(&head, place, board.size * METRES_PER_PX * place.scale))
        })
        .collect();
    for (index, (name, rect)) in seen.iter().enumerate() {
        for (other, its) in &seen[index + 1..] {
            let common = rect.intersect(*its);
            // A thousandth of the view: rounding, not overlapping.
            if common.width() > 1e-3 && common.height() > 1e-3 {
                faults.push(format!("{name} and {other} overlap"));
            }
        }
        if let Some((work, _)) = standing.work
            && in_picture(&head, work).is_some_and(|at| rect.contains(at))
        {
            faults.push(format!("{name} stands over the work"));
        }
    }
    for target in &world.resource::<Targets>().0 {
        let distance = eyes.distance(target.world_from_plate.point(target.center.extend(0.0)));
        let least = target.half.min_element() * 2.0;
        if least < PRESS_M || (least / distance).atan() < PRESS_RAD {
            faults.push(format!(
                "{:?}: {:.0} mm at {distance:.2} m, {:.1} degrees, is too small to press",
                target.action,
                least * 1e3,
                (least / distance).atan().to_degrees()
            ));
        }
    }
    faults
}

/// A point as a picture in front of the head has it: right and up per metre ahead.
fn in_picture(head: &Transform, point: Vec3) -> Option<Vec2> {
    let v = head.rotation.inverse() * (point - head.translation);
    (v.z < -0.01).then(|| Vec2::new(v.x, v.y) / -v.z)
}

/// A plate's outline as the head would see it, looking at its middle: the largest rectangle within, so that leaning plates side by side
/// do not count as overlapping.
fn outline(head: &Transform, place: &Placed, size: Vec2) -> Rect {
    let corner = |x: f32, y: f32| {
        let point = place.world_from_plate.point(Vec3::new(x * size.x, y * size.y, 0.0) * 0.5);
        let v = head.rotation.inverse() * (point - head.translation);
        // Angles rather than a flat picture: plates stand all round.
        Vec2::new(v.x.atan2(-v.z), v.y.atan2(v.xz().length()))
    };
    let (a, b, c, d) = (corner(-1.0, -1.0), corner(1.0, -1.0), corner(-1.0, 1.0), corner(1.0, 1.0));
    Rect { min: Vec2::new(a.x.max(c.x), a.y.max(b.y)), max: Vec2::new(b.x.min(d.x), c.y.min(d.y)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Big-endian numbers of a font file.
    fn number(font: &[u8], at: usize, bytes: usize) -> usize {
        font[at..at + bytes].iter().fold(0, |n, byte| n << 8 | usize::from(*byte))
    }

    #[test]
    fn the_shipped_faces_have_capitals_of_that_height() {
        for face in ["B612-Regular", "B612-Bold", "B612Mono-Regular"] {
            let path = format!("{}/../../assets/fonts/{face}.otf", env!("CARGO_MANIFEST_DIR"));
            let font = std::fs::read(&path).expect("a shipped font");
            let table = |tag: &[u8]| {
                (0..number(&font, 4, 2))
                    .map(|index| 12 + 16 * index)
                    .find(|at| &font[*at..at + 4] == tag)
                    .map(|at| number(&font, at + 8, 4))
                    .expect("a table that every font has")
            };
            let per_em = number(&font, table(b"head") + 18, 2);
            // sCapHeight, in version 2 of the table and later.
            let capital = number(&font, table(b"OS/2") + 88, 2);
            assert!((capital as f32 / per_em as f32 - CAPITAL).abs() < 1e-3, "{face}: {capital} of {per_em}");
        }
    }

    #[test]
    fn the_smallest_letters_of_a_plate_are_large_enough_even_when_the_reader_steps_back() {
        let smallest = 12.0 * CAPITAL * METRES_PER_PX;
        assert!(arcmin(smallest, 1.06) > LETTERS_ARCMIN, "{}", arcmin(smallest, 1.06));
    }
}
