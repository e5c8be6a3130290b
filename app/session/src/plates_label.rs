//! Where the label of a part stands, and the arrow that shows the way to a part out of view. Both stand in the room and do not swim:
//! a label moves only when it is in the way, the arrow follows the gaze as if on a rubber band. Must not know what they look like.

use fieldwright_guide::frames::{Head, Pose, World};
use glam::{Mat3, Quat, Vec2, Vec3};

use crate::{plates::Placed, targets::Plate};

/// From the part to its label, radians.
const REACH_RAD: f32 = 0.055;
/// A label is so much nearer than its part, so that no part of the equipment seems to stand before it.
const NEARER: f32 = 0.95;
const NEAREST_M: f32 = 0.4;
/// How far the reader goes round a part, radians, or the part goes, metres, before its label is placed anew.
const ROUND_RAD: f32 = 0.35;
const PART_M: f32 = 0.04;
/// How far a head sways without going anywhere, metres.
const SWAY_M: f32 = 0.06;
/// A palm as seen from a metre, radians.
const HAND_RAD: f32 = 0.11;

/// Where a label may stand, from the part: right and up.
const SIDES: [Vec2; 8] = [
    Vec2::new(-0.75, 0.8),
    Vec2::new(0.75, 0.8),
    Vec2::new(-1.0, 0.1),
    Vec2::new(1.0, 0.1),
    Vec2::new(-0.75, -0.85),
    Vec2::new(0.75, -0.85),
    Vec2::new(0.0, 1.0),
    Vec2::new(0.0, -1.0),
];

/// What a label is placed against.
#[derive(Clone, Copy, Debug)]
pub struct LabelSurroundings<'a> {
    /// The reader's eyes.
    pub eyes: Vec3,
    /// The part: middle and radius, metres, and the same with its motion.
    pub part: (Vec3, f32),
    /// Part and motion together: middle and radius, metres.
    pub work: (Vec3, f32),
    /// The plates as they stand, with their width and height, metres.
    pub plates: &'a [(Pose<World, Plate>, Vec2)],
    /// Palms, where they are tracked.
    pub hands: &'a [Vec3],
}

/// A label's place, and its leader.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelPlace {
    /// The plate.
    pub world_from_plate: Pose<World, Plate>,
    /// What its size at one metre is multiplied by.
    pub scale: f32,
    /// Where the leader begins, at the part.
    pub start: Vec3,
    /// Its elbow.
    pub elbow: Vec3,
    /// Where it ends, at the plate's edge.
    pub end: Vec3,
}

/// Keeps a label where it is until it should move.
#[derive(Clone, Debug, Default)]
pub struct LabelSpot {
    stands: Option<Stands>,
    in_the_way_s: f32,
}

#[derive(Clone, Copy, Debug)]
struct Stands {
    side: usize,
    eyes: Vec3,
    part: Vec3,
    size: Vec2,
    place: LabelPlace,
}

impl LabelSpot {
    /// The label is gone.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The place of a label of this size (metres at one metre) after `dt` seconds.
    pub fn place(&mut self, size: Vec2, around: &LabelSurroundings<'_>, dt: f32) -> LabelPlace {
        let best = || {
            let cost = |side: usize| cost(side, size, around);
            (0..SIDES.len()).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(0)
        };
        let fresh = |side: usize| Stands {
            side,
            eyes: around.eyes,
            part: around.part.0,
            size,
            place: candidate(side, size, around),
        };
        let stands = match self.stands {
            Some(before) => {
                let (old, new) = (before.part - before.eyes, before.part - around.eyes);
                let moved = before.part.distance(around.part.0) > PART_M
                    || old.angle_between(new) > ROUND_RAD
                    || old.length() > new.length() * 1.3
                    || new.length() > old.length() * 1.1
                    || before.size.distance(size) > 0.01;
                let blocked = obstruction(&before.place, size, around) > 0.15;
                self.in_the_way_s = if blocked { self.in_the_way_s + dt } else { 0.0 };
                if moved || self.in_the_way_s > 0.6 {
                    self.in_the_way_s = 0.0;
                    let side = best();
                    // Another side only for a clear gain.
                    let keeps = cost(before.side, size, around) < cost(side, size, around) + 0.2;
                    let next = fresh(if keeps { before.side } else { side });
                    // One that is in the way everywhere stays where it is: a step aside that clears nothing is only a twitch.
                    let clears = |place: &LabelPlace| obstruction(place, size, around);
                    if moved || clears(&next.place) + 0.1 < clears(&before.place) { next } else { before }
                } else {
                    before
                }
            }
            None => fresh(best()),
        };
        self.stands = Some(stands);
        stands.place
    }
}

/// Axes of the picture that the eyes see of a point: right, up, and back to the eyes.
fn picture(eyes: Vec3, point: Vec3) -> Mat3 {
    let back = (eyes - point).try_normalize().unwrap_or(Vec3::Z);
    let right = Vec3::Y.cross(back).try_normalize().unwrap_or(Vec3::X);
    Mat3::from_cols(right, back.cross(right), back)
}

fn candidate(side: usize, size: Vec2, around: &LabelSurroundings<'_>) -> LabelPlace {
    let direction = SIDES[side];
    let (work, work_radius) = around.work;
    let away = around.eyes.distance(work).max(0.2);
    let axes = picture(around.eyes, work);
    let scale = (away * NEARER).max(NEAREST_M);
    let half = size * 0.5 * scale;
    // In the plane of the plate: the work's silhouette comes nearer with it.
    let shrunk = scale / away;
    let reach = work_radius * 0.8 * shrunk + REACH_RAD * scale;
    // Straight over or under the part the leader has no elbow, and meets the plate in the middle of its edge.
    let out = if direction.x == 0.0 { Vec2::new(0.0, direction.y) } else { Vec2::new(direction.x.signum(), 0.0) };
    let elbow_at = Vec2::new(out.x * reach * direction.x.abs().max(0.8), direction.y * reach);
    let middle = around.eyes + (work - around.eyes) * shrunk;
    let at = |offset: Vec2| middle + axes.x_axis * offset.x + axes.y_axis * offset.y;
    let stub = 0.012 * scale;
    let end = elbow_at + out * stub;
    let center = at(end + out * half);
    let facing = picture(around.eyes, center);
    let (part, part_radius) = around.part;
    // At the part's near face, off its middle, so that the work spot stays free.
    let lean = axes.x_axis * direction.x * 0.5 + axes.y_axis * direction.y * 0.4 + axes.z_axis * 0.5;
    LabelPlace {
        world_from_plate: Pose::new(center, Quat::from_mat3(&facing).normalize()),
        scale,
        start: part + lean * part_radius * 0.62,
        elbow: at(elbow_at),
        end: at(end),
    }
}

/// How bad a side is: how much is covered there at worst while the head sways, and the later ones a little worse.
fn cost(side: usize, size: Vec2, around: &LabelSurroundings<'_>) -> f32 {
    let place = candidate(side, size, around);
    let from = |sway: Vec3| obstruction(&place, size, &LabelSurroundings { eyes: around.eyes + sway, ..*around });
    let sways = [Vec3::X, Vec3::Y, Vec3::Z].into_iter().flat_map(|axis| [axis * SWAY_M, axis * -SWAY_M]);
    let worst = sways.map(from).fold(from(Vec3::ZERO), f32::max);
    worst + side as f32 * 0.02
}

/// How much of a label is covered by plates and hands as the eyes see it, 0 to about 1 each.
fn obstruction(place: &LabelPlace, size: Vec2, around: &LabelSurroundings<'_>) -> f32 {
    let center = place.world_from_plate.translation;
    let axes = picture(around.eyes, center);
    let seen = |point: Vec3| {
        let v = axes.transpose() * (point - around.eyes);
        // Behind the eyes: nowhere near.
        if v.z > -1e-3 { Vec2::splat(1e3) } else { Vec2::new(v.x, v.y) / -v.z }
    };
    let away = around.eyes.distance(center).max(0.1);
    let half = size * 0.5 * place.scale / away + Vec2::splat(0.01);
    let mut covered = 0.0;
    for (world_from_plate, whole) in around.plates {
        let corner = |x: f32, y: f32| seen(world_from_plate.point(Vec3::new(x * whole.x, y * whole.y, 0.0) * 0.5));
        let corners = [corner(-1.0, -1.0), corner(1.0, -1.0), corner(-1.0, 1.0), corner(1.0, 1.0)];
        let min = corners.iter().fold(Vec2::MAX, |a, b| a.min(*b));
        let max = corners.iter().fold(Vec2::MIN, |a, b| a.max(*b));
        let overlap = (half.min(max) - (-half).max(min)).max(Vec2::ZERO);
        covered += overlap.x * overlap.y / (4.0 * half.x * half.y);
    }
    for hand in around.hands {
        let reach = HAND_RAD / around.eyes.distance(*hand).max(0.2);
        let outside = (seen(*hand).abs() - half).max(Vec2::ZERO).length();
        covered += (1.0 - outside / reach).clamp(0.0, 1.0);
    }
    covered
}

/// The plates' places with their sizes, as [`LabelSurroundings`] takes them.
pub fn standing(placed: &[Placed], size_of: impl Fn(&Placed) -> Vec2) -> Vec<(Pose<World, Plate>, Vec2)> {
    placed.iter().map(|place| (place.world_from_plate, size_of(place) * place.scale)).collect()
}

/// Shows once the work is so far off the gaze, and rests again within so much, radians.
const OUT_OF_VIEW_RAD: (f32, f32) = (0.48, 0.38);
/// Where the arrow stands: off the gaze by this, radians, and so far away, metres.
const ARROW_RAD: f32 = 0.26;
const ARROW_M: f32 = 0.9;
/// Time constant with which it follows, seconds.
const FOLLOW_S: f32 = 0.22;

/// The arrow towards a part out of view.
#[derive(Clone, Copy, Debug, Default)]
pub struct OffView {
    direction: Option<Vec3>,
}

impl OffView {
    /// Where the arrow is after `dt` seconds, its +X pointing the way to turn and its +Z to the eyes; `None` while the work can be
    /// seen.
    pub fn place(
        &mut self,
        world_from_head: &Pose<World, Head>,
        work: Option<Vec3>,
        dt: f32,
    ) -> Option<Pose<World, Plate>> {
        let eyes = world_from_head.translation;
        let gaze = world_from_head.direction(Vec3::NEG_Z);
        let toward = work.and_then(|work| (work - eyes).try_normalize());
        let off = toward.map_or(0.0, |toward| gaze.angle_between(toward));
        let limit = if self.direction.is_some() { OUT_OF_VIEW_RAD.1 } else { OUT_OF_VIEW_RAD.0 };
        let Some(toward) = toward.filter(|_| off > limit) else {
            self.direction = None;
            return None;
        };
        // Right behind the reader every way is as good; the right one is taken.
        let axis = gaze.cross(toward).try_normalize().unwrap_or(Vec3::NEG_Y);
        let wanted = Quat::from_axis_angle(axis, ARROW_RAD.min(off)) * gaze;
        let now = match self.direction {
            Some(before) => {
                let share = 1.0 - (-dt.max(0.0) / FOLLOW_S).exp();
                before.lerp(wanted, share).try_normalize().unwrap_or(wanted)
            }
            None => wanted,
        };
        self.direction = Some(now);
        let back = -now;
        let way = axis.cross(now);
        let right = (way - back * way.dot(back)).try_normalize().unwrap_or(Vec3::X);
        let facing = Mat3::from_cols(right, back.cross(right), back);
        Some(Pose::new(eyes + now * ARROW_M, Quat::from_mat3(&facing).normalize()))
    }
}
