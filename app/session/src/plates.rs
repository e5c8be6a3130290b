//! Where plates stand in the room: beside the work, facing the reader, in front of the equipment, and still. They move only when the
//! reader has gone well away, when the work has, or when they are in the way of work or hands. Must not know what is on them,
//! nor who draws them.

use fieldwright_guide::frames::{Head, Pose, World};
use glam::{Quat, Vec2, Vec3};

use crate::targets::Plate;

/// A plate, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// SIMULATION, security marking.
    Banner,
    /// The warning, caution or note that gates.
    Alert,
    /// An answer or refusal.
    Answer,
    /// A short factual line.
    Notice,
    /// The step, or a question to the reader.
    Card,
    /// Buttons.
    Controls,
    /// How anchor, model and microphone stand, and what was heard.
    Status,
    /// The figure.
    Figure,
    /// The part's name, beside it: placed by `plates_label`.
    Label,
}

impl Name {
    /// Every one, in the order in which they stand from the top of their column.
    pub const ALL: [Self; 9] = [
        Self::Banner,
        Self::Alert,
        Self::Answer,
        Self::Notice,
        Self::Card,
        Self::Controls,
        Self::Status,
        Self::Figure,
        Self::Label,
    ];

    /// The column that it belongs to. A label stands at its part and is in none; for whoever asks it counts with the figure.
    pub fn column(self) -> Column {
        match self {
            Self::Alert | Self::Answer | Self::Notice => Column::Left,
            Self::Banner | Self::Card | Self::Controls | Self::Status => Column::Right,
            Self::Figure | Self::Label => Column::Far,
        }
    }
}

/// Plates stand in columns, each flat and turned to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Left of the work.
    Left,
    /// Right of the work.
    Right,
    /// Beyond the right one.
    Far,
}

impl Column {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Left, Self::Right, Self::Far];
}

/// A plate to be placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Which.
    pub name: Name,
    /// Width and height at a distance of one metre, metres: plates keep their visual angle.
    pub size: Vec2,
}

/// A plate's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Which.
    pub name: Name,
    /// Where.
    pub world_from_plate: Pose<World, Plate>,
    /// What its size at one metre is multiplied by.
    pub scale: f32,
}

/// The equipment's box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Its middle and axes.
    pub world_from_box: Pose<World, Bounds>,
    /// Half sizes, metres.
    pub half: Vec3,
}

/// What the places follow from.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The reader's head.
    pub world_from_head: Pose<World, Head>,
    /// Middle of the part being worked on, with its motion, and its radius, metres.
    pub work: Option<(Vec3, f32)>,
    /// What plates must not stand in.
    pub equipment: Option<Bounds>,
    /// The reader's hands, where they are tracked: a point in each palm.
    pub hands: &'a [Vec3],
}

/// How plates go along with the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// They stand beside the work until it is time to move.
    #[default]
    Work,
    /// They go with the body, not with the head.
    Body,
    /// They stay where they are, whatever happens.
    Pinned,
}

/// Nearest and farthest that plates stand from the eyes, metres: where eyes converge without strain.
pub const DISTANCE_M: (f32, f32) = (0.8, 1.2);
/// In front of equipment that is nearer than that, metres.
const NEAREST_M: f32 = 0.5;
/// Nearer than this no plate is read, metres.
const TOO_NEAR_M: f32 = 0.42;
/// Plates stand so far in front of the equipment, metres.
const CLEAR_M: f32 = 0.06;
/// From the work to a column and from plate to plate, radians.
const GAP_RAD: f32 = 0.05;
/// From the middle of the gaze to a column, where there is no work to stand beside, radians.
const BESIDE_GAZE_RAD: f32 = 0.1;
/// What a label keeps free beside itself, and the widest corridor for one, radians.
const LABEL_MARGIN_RAD: f32 = 0.025;
const WIDEST_RAD: f32 = 0.2;
const STACK_GAP_RAD: f32 = 0.014;
/// Highest and lowest middle of a column, radians over the horizon: eyes rest a little below it.
const ELEVATION_RAD: (f32, f32) = (-0.42, -0.05);
/// How far a column reaches over and under its middle, at one metre, metres.
const HIGHEST: f32 = 0.30;
const LOWEST: f32 = 0.50;
/// Work is in view within so much of the gaze, radians: plates stand beside work that is in view, else where the reader looks.
const IN_VIEW_RAD: (f32, f32) = (0.50, 0.58);
/// Plates that stand beside no work come along when the reader looks so far away from them, radians.
const LOOKED_AWAY_RAD: f32 = 0.75;
/// Work that has gone so far is other work, radians as seen by the reader.
const OTHER_WORK_RAD: f32 = 0.5;
/// A column put somewhere by hand comes back when the reader has left it so far behind, metres.
const LEFT_BEHIND_M: f32 = 2.0;
/// How far the reader goes from where the plates were placed for before they follow, metres: sideways, and up or down.
const LEAVE_M: (f32, f32) = (0.55, 0.4);
/// How long something must be wrong before plates move, seconds.
const PATIENCE_S: f32 = 0.6;
/// Time constant of a move, seconds: 95 % in 150 ms.
const EASE_S: f32 = 0.05;
/// Body-locked plates turn once the head has turned so far, and stop within so much, radians.
const BODY_TURN_RAD: (f32, f32) = (0.6, 0.1);
/// A palm is so large, metres.
const HAND_M: f32 = 0.11;
/// Plates grow when the reader is farther than they are sized for by this factor, and shrink when nearer by that one.
const RESIZE: (f32, f32) = (1.06, 0.75);

/// What plates were placed for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seat {
    /// Where the eyes were.
    eyes: Vec3,
    /// Turn about +Y towards the work, radians; 0 looks along −Z, positive to the left.
    yaw: f32,
    /// Of the columns' middle, radians over the horizon.
    elevation: f32,
    /// From eyes to plates, metres.
    distance: f32,
    /// Angle from the work's direction to a column's near edge, radians.
    aside: [f32; 2],
    /// The work, as it was.
    work: Option<Vec3>,
}

/// How large a column is, at one metre, metres: its width, and its bottom and top from its middle.
#[derive(Clone, Copy, Debug, Default)]
struct Form {
    width: f32,
    bottom: f32,
    top: f32,
}

type Forms = [Form; 3];

impl Form {
    fn of(wanted: &[Wanted], column: Column) -> Self {
        let (plates, height) = stack(wanted, column);
        let width = plates.iter().map(|plate| plate.size.x).fold(0.0, f32::max);
        // The step is what is read most: its card stands at the height of the eyes' rest, what belongs to it above and below.
        let above: f32 =
            plates.iter().take_while(|plate| plate.name != Name::Card).map(|plate| plate.size.y + STACK_GAP_RAD).sum();
        let card = plates.iter().find(|plate| plate.name == Name::Card);
        let top = card.map_or(height * 0.5, |card| above + card.size.y * 0.5);
        let top = top.min(HIGHEST).max(height - LOWEST).min(height.max(HIGHEST));
        Self { width, bottom: top - height, top }
    }

    fn is_empty(&self) -> bool {
        self.width == 0.0
    }
}

/// Keeps plates where they are until they should move.
#[derive(Clone, Debug, Default)]
pub struct Plates {
    follow: Follow,
    seat: Option<Seat>,
    wrong_for_s: f32,
    /// Half the width that is kept free between the columns for a label, radians.
    corridor: f32,
    /// Places of columns that were moved by hand.
    by_hand: [Option<Pose<World, Plate>>; 3],
    shown: [Option<Pose<World, Plate>>; 3],
    sized_for: [f32; 3],
}

impl Plates {
    /// How they follow now.
    pub fn follow(&self) -> Follow {
        self.follow
    }

    /// Beside the work, or carried by the body. Places given by hand are given up.
    pub fn toggle_carried(&mut self) {
        self.follow = if self.follow == Follow::Body { Follow::Work } else { Follow::Body };
        self.by_hand = [None; 3];
        self.seat = None;
    }

    /// Pins them where they are, or lets them follow again.
    pub fn toggle_pinned(&mut self) {
        if self.follow == Follow::Pinned {
            self.follow = Follow::Work;
            self.by_hand = [None; 3];
            self.seat = None;
        } else {
            self.follow = Follow::Pinned;
        }
    }

    /// A hand holds this plate's column: it is put there, and stays there until it follows again.
    pub fn carry(&mut self, column: Column, world_from_column: Pose<World, Plate>) {
        self.by_hand[column as usize] = Some(world_from_column);
        self.shown[column as usize] = Some(world_from_column);
    }

    /// Where a column's middle is now.
    pub fn column(&self, column: Column) -> Option<Pose<World, Plate>> {
        self.shown[column as usize]
    }

    /// The places after `dt` seconds. The order of `wanted` does not matter.
    pub fn place(&mut self, wanted: &[Wanted], around: &Surroundings<'_>, dt: f32) -> Vec<Placed> {
        let forms = Column::ALL.map(|column| Form::of(wanted, column));
        // Room for the longest label of a task, so that columns need not go apart for each.
        let label = wanted.iter().find(|plate| plate.name == Name::Label);
        self.corridor = self
            .corridor
            .max(label.map_or(0.0, |label| (label.size.x * 0.5).atan() + LABEL_MARGIN_RAD))
            .min(WIDEST_RAD);
        self.reseat(&forms, around, dt);
        let Some(seat) = self.seat else { return Vec::new() };
        let eyes = around.world_from_head.translation;
        let mut placed = Vec::new();
        for column in Column::ALL {
            let index = column as usize;
            let (plates, _) = stack(wanted, column);
            let target = self.by_hand[index].unwrap_or_else(|| seat.column(column, &forms));
            let shown = match self.shown[index] {
                Some(shown) if !plates.is_empty() => eased(&shown, &target, dt),
                _ => target,
            };
            self.shown[index] = Some(shown);
            // Letters keep their visual angle: a plate grows in place when the reader steps back from it.
            let away = eyes.distance(shown.translation).max(NEAREST_M);
            let sized = &mut self.sized_for[index];
            if *sized == 0.0 {
                *sized = away;
            }
            let ratio = away / *sized;
            if !(RESIZE.1..=RESIZE.0).contains(&ratio) {
                *sized = away;
            }
            let scale = *sized;
            let mut top = forms[index].top;
            for plate in plates {
                let middle = top - plate.size.y * 0.5;
                top -= plate.size.y + STACK_GAP_RAD;
                let offset = Pose::new(Vec3::new(0.0, middle * scale, 0.0), Quat::IDENTITY);
                placed.push(Placed { name: plate.name, world_from_plate: shown.then(&offset), scale });
            }
        }
        placed
    }

    /// Decides whether plates stay.
    fn reseat(&mut self, forms: &Forms, around: &Surroundings<'_>, dt: f32) {
        if self.follow == Follow::Pinned && self.seat.is_some() {
            return;
        }
        let Some(seat) = self.seat else {
            self.seat = Some(Seat::new(self.follow, self.corridor, forms, around));
            return;
        };
        if self.follow == Follow::Body {
            self.seat = Some(seat.carried(around, dt));
            return;
        }
        self.wrong_for_s = if seat.is_wrong(forms, around) { self.wrong_for_s + dt } else { 0.0 };
        if self.wrong_for_s > PATIENCE_S {
            self.wrong_for_s = 0.0;
            self.seat = Some(Seat::new(self.follow, self.corridor, forms, around));
            let eyes = around.world_from_head.translation;
            for place in &mut self.by_hand {
                *place = place.filter(|place| place.translation.distance(eyes) < LEFT_BEHIND_M);
            }
        }
    }
}

impl Seat {
    fn new(follow: Follow, corridor: f32, forms: &Forms, around: &Surroundings<'_>) -> Self {
        let eyes = around.world_from_head.translation;
        let gaze = around.world_from_head.direction(Vec3::NEG_Z);
        let work =
            around.work.filter(|(at, _)| follow != Follow::Body && gaze.angle_between(*at - eyes) < IN_VIEW_RAD.1);
        let toward = work.map_or(gaze, |(at, _)| at - eyes);
        let yaw = yaw_of(toward).unwrap_or_else(|| yaw_of(gaze).unwrap_or(0.0));
        let rise = (toward.y / toward.length().max(1e-3)).clamp(-1.0, 1.0).asin();
        let elevation = if follow == Follow::Body { -0.2 } else { rise.clamp(ELEVATION_RAD.0, ELEVATION_RAD.1) };
        let (distance, aside) = match work {
            Some((at, radius)) => {
                let away = eyes.distance(at).max(0.3);
                let half = ((radius / away).atan().clamp(0.05, 0.3) + GAP_RAD).max(corridor);
                (away, [half, half])
            }
            None => (DISTANCE_M.0, [BESIDE_GAZE_RAD; 2]),
        };
        let mut seat = Self {
            eyes,
            yaw,
            elevation,
            distance: distance.clamp(DISTANCE_M.0, DISTANCE_M.1),
            aside,
            work: work.map(|(at, _)| at),
        };
        seat.make_way(forms, around);
        seat.come_forward(forms, around);
        seat
    }

    /// A column's middle, turned to the eyes. Columns stand like the leaves of a screen that leans with the line of sight to the
    /// work, so that lines of text run level for whoever looks there.
    fn column(&self, column: Column, forms: &Forms) -> Pose<World, Plate> {
        let half = |column: Column| (forms[column as usize].width * 0.5).atan();
        let angle = match column {
            Column::Left => self.aside[0] + half(Column::Left),
            Column::Right => -self.aside[1] - half(Column::Right),
            Column::Far => -self.aside[1] - 2.0 * half(Column::Right) - GAP_RAD - half(Column::Far),
        };
        let turn =
            Quat::from_rotation_y(self.yaw) * Quat::from_rotation_x(self.elevation) * Quat::from_rotation_y(angle);
        // A plate looks along its +Z: back along the line of sight.
        Pose::new(self.eyes + turn * Vec3::new(0.0, 0.0, -self.distance), turn.normalize())
    }

    /// Columns go outward while hands, or work that is out of view, are where they would stand.
    fn make_way(&mut self, forms: &Forms, around: &Surroundings<'_>) {
        for (side, column) in [Column::Left, Column::Right].into_iter().enumerate() {
            for _ in 0..8 {
                if !self.covers_hand(column, forms, around) && !self.covers_work(column, forms, around) {
                    break;
                }
                self.aside[side] += 0.06;
            }
        }
    }

    /// Plates come nearer until all of them stand in front of the equipment.
    fn come_forward(&mut self, forms: &Forms, around: &Surroundings<'_>) {
        let Some(equipment) = around.equipment else { return };
        let mut distance = self.distance;
        for column in Column::ALL {
            let form = forms[column as usize];
            if form.is_empty() {
                continue;
            }
            let middle = self.column(column, forms);
            for x in [-0.5, 0.0, 0.5] {
                // Often enough that no edge of the equipment slips in between.
                for share in 0..=8 {
                    let y = form.bottom + (form.top - form.bottom) * share as f32 / 8.0;
                    let ray = middle.direction(Vec3::new(x * form.width, y, -1.0));
                    if let Some(share) = equipment.enters(self.eyes, ray) {
                        distance = distance.min(share - CLEAR_M);
                    }
                }
            }
        }
        self.distance = distance.max(NEAREST_M);
    }

    fn covers_hand(&self, column: Column, forms: &Forms, around: &Surroundings<'_>) -> bool {
        let eyes = around.world_from_head.translation;
        around.hands.iter().any(|hand| {
            let reach = HAND_M / eyes.distance(*hand).max(0.2);
            self.covers(column, forms, eyes, *hand, reach)
        })
    }

    fn covers_work(&self, column: Column, forms: &Forms, around: &Surroundings<'_>) -> bool {
        let eyes = around.world_from_head.translation;
        around.work.is_some_and(|(at, radius)| {
            let margin = (radius * 0.5 / eyes.distance(at).max(0.3)).min(0.1);
            self.covers(column, forms, eyes, at, margin)
        })
    }

    /// True where a column stands between the eyes and a point, or within `margin` (radians) of that.
    fn covers(&self, column: Column, forms: &Forms, eyes: Vec3, point: Vec3, margin: f32) -> bool {
        let form = forms[column as usize];
        if form.is_empty() {
            return false;
        }
        let column_from_world = self.column(column, forms).inverse();
        let (from, to) = (column_from_world.point(eyes), column_from_world.point(point));
        let along = to - from;
        if along.z > -1e-4 || from.z <= 0.0 {
            return false;
        }
        let at = (from + along * (-from.z / along.z)) / self.distance;
        at.x.abs() < form.width * 0.5 + margin && at.y > form.bottom - margin && at.y < form.top + margin
    }

    /// True where plates should not stay as they are.
    fn is_wrong(&self, forms: &Forms, around: &Surroundings<'_>) -> bool {
        let eyes = around.world_from_head.translation;
        let gaze = around.world_from_head.direction(Vec3::NEG_Z);
        let gone = eyes - self.eyes;
        if gone.with_y(0.0).length() > LEAVE_M.0 || gone.y.abs() > LEAVE_M.1 {
            return true;
        }
        let looked_away = || {
            let card = self.column(Column::Right, forms).translation;
            gaze.angle_between(card - eyes) > LOOKED_AWAY_RAD
        };
        let same_work = |before: Vec3, now: Vec3| (before - self.eyes).angle_between(now - self.eyes) < OTHER_WORK_RAD;
        match (around.work, self.work) {
            // Other work than that which they stand beside.
            (Some((now, _)), Some(before)) if !same_work(before, now) => return true,
            (Some((at, _)), None) if gaze.angle_between(at - eyes) < IN_VIEW_RAD.0 || looked_away() => return true,
            (None, None) if looked_away() => return true,
            _ => {}
        }
        // The reader has walked right up to them.
        let near = |column: Column| {
            !forms[column as usize].is_empty() && self.column(column, forms).translation.distance(eyes) < TOO_NEAR_M
        };
        if Column::ALL.into_iter().any(|column| near(column) || self.covers_work(column, forms, around)) {
            return true;
        }
        [Column::Left, Column::Right].into_iter().any(|column| self.covers_hand(column, forms, around))
    }

    /// Goes with the body: place at once, direction only after the head has turned well away, and then gently.
    fn carried(mut self, around: &Surroundings<'_>, dt: f32) -> Self {
        self.eyes = around.world_from_head.translation;
        let gaze = yaw_of(around.world_from_head.direction(Vec3::NEG_Z)).unwrap_or(self.yaw);
        let off = wrap(gaze - self.yaw);
        // `work` holds no place while plates are carried; it says whether they are turning.
        let turning = self.work.is_some();
        if off.abs() > BODY_TURN_RAD.0 || (turning && off.abs() > BODY_TURN_RAD.1) {
            self.yaw = wrap(self.yaw + off * (1.0 - (-dt / 0.25).exp()));
            self.work = Some(Vec3::ZERO);
        } else {
            self.work = None;
        }
        self
    }
}

impl Bounds {
    /// Share of `ray` at which it enters the box, if it does ahead of `origin`.
    fn enters(&self, origin: Vec3, ray: Vec3) -> Option<f32> {
        let box_from_world = self.world_from_box.inverse();
        let (from, along) = (box_from_world.point(origin), box_from_world.direction(ray));
        let (mut near, mut far) = (0.0_f32, f32::MAX);
        for axis in 0..3 {
            if along[axis].abs() < 1e-6 {
                if from[axis].abs() > self.half[axis] {
                    return None;
                }
                continue;
            }
            let (a, b) = ((-self.half[axis] - from[axis]) / along[axis], (self.half[axis] - from[axis]) / along[axis]);
            near = near.max(a.min(b));
            far = far.min(a.max(b));
        }
        (near < far && near > 0.0).then_some(near)
    }
}

fn is_in(plate: &Wanted, column: Column) -> bool {
    plate.name != Name::Label && plate.name.column() == column
}

/// The plates of a column from the top, and their height together, at one metre.
fn stack(wanted: &[Wanted], column: Column) -> (Vec<Wanted>, f32) {
    let mut plates: Vec<Wanted> = wanted.iter().filter(|plate| is_in(plate, column)).copied().collect();
    plates.sort_by_key(|plate| plate.name);
    let gaps = plates.len().saturating_sub(1) as f32 * STACK_GAP_RAD;
    let height = plates.iter().map(|plate| plate.size.y).sum::<f32>() + gaps;
    (plates, height)
}

fn eased(from: &Pose<World, Plate>, to: &Pose<World, Plate>, dt: f32) -> Pose<World, Plate> {
    let (apart, turned) = from.difference(to);
    if apart < 5e-4 && turned < 5e-4 {
        return *to;
    }
    let share = 1.0 - (-dt.max(0.0) / EASE_S).exp();
    Pose::new(from.translation.lerp(to.translation, share), from.rotation.slerp(to.rotation, share))
}

/// Turn about +Y that looks along `direction`; `None` for one that is straight up or down.
fn yaw_of(direction: Vec3) -> Option<f32> {
    let flat = direction.with_y(0.0);
    (flat.length() > 1e-3 * direction.length().max(1e-6)).then(|| (-flat.x).atan2(-flat.z))
}

fn wrap(angle: f32) -> f32 {
    let turn = std::f32::consts::TAU;
    (angle + turn * 0.5).rem_euclid(turn) - turn * 0.5
}

#[cfg(test)]
#[path = "plates_tests.rs"]
mod tests;
