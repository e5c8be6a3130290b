//! Commands by looking: a target looked at for a while is pressed. Acknowledging takes a second place to look at, so that a
//! warning that is read is not thereby acknowledged. Must not know other devices.

use fieldwright_guide::frames::{Pose, World};
use glam::{Vec2, Vec3};

use super::{
    HeadPose, Ray,
    carry::{Carry, Grip},
    pointing::{TargetId, meant, miss},
};
use crate::targets::{Action, Plate, Target};

/// How long a look must last, seconds: eyes, the head where eyes are not tracked, a warning's acknowledgement.
const DWELL_EYES: f64 = 1.0;
const DWELL_HEAD: f64 = 1.5;
const DWELL_ACKNOWLEDGE: f64 = 1.8;
/// How long the place of confirmation must be looked at, and how long it waits for that.
const CONFIRM_DWELL: f64 = 1.0;
const CONFIRM_WAITS: f64 = 5.0;
/// A blink or a glance aside does not end a look, seconds.
const BLINK: f64 = 0.2;
/// So long away from a target it can be looked at anew.
const REARM: f64 = 0.3;
/// Listening by a look ends by itself, seconds.
const LISTENS: f64 = 20.0;
/// A carried plate is set down when the head has been still so long, within so many radians.
const SETTLE: f64 = 1.2;
const SETTLE_WITHIN: f32 = 0.026;
/// Radians beside a target that still mean it.
const TOLERANCE: f32 = 0.04;
/// The place of confirmation: its gap to the target, and its least half-size, metres.
const CONFIRM_GAP: f32 = 0.03;
const CONFIRM_HALF: Vec2 = Vec2::new(0.04, 0.03);

/// Where a wearer without free hands must look to confirm an acknowledgement: on the target's plate, right of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfirmRegion {
    /// The plate.
    pub world_from_plate: Pose<World, Plate>,
    /// Its centre on the plate, metres.
    pub center: Vec2,
    /// Half its width and height, metres.
    pub half: Vec2,
    /// Done so far, 0 to 1.
    pub progress: f32,
}

impl ConfirmRegion {
    /// The region that belongs to a target; nothing done yet.
    pub fn of(target: &Target) -> Self {
        let half = target.half.min(Vec2::splat(0.06)).max(CONFIRM_HALF);
        let center = target.center + Vec2::X * (target.half.x + CONFIRM_GAP + half.x);
        Self { world_from_plate: target.world_from_plate, center, half, progress: 0.0 }
    }

    fn is_hit(&self, ray: &Ray) -> bool {
        let place = Target {
            world_from_plate: self.world_from_plate,
            center: self.center,
            half: self.half,
            action: Action::PinPlate,
        };
        place.hit(ray.origin, ray.direction).is_some()
    }
}

/// What looking has come to.
#[derive(Debug, Default)]
pub(super) struct Gaze {
    on: Option<TargetId>,
    seconds: f64,
    away: f64,
    /// Pressed already, and still looked at.
    spent: Option<TargetId>,
    armed: Option<Armed>,
    carry: Option<Carried>,
    listening: Option<f64>,
}

#[derive(Debug)]
struct Armed {
    id: TargetId,
    waited: f64,
    seconds: f64,
}

#[derive(Debug)]
struct Carried {
    id: TargetId,
    carry: Carry,
    still: f64,
    anchor: Vec3,
}

enum Confirming {
    Elsewhere,
    Looking,
    Done(Action),
}

/// What a frame's look depends on.
#[derive(Debug)]
pub(super) struct Look<'a> {
    pub(super) ray: Option<Ray>,
    pub(super) by_eyes: bool,
    pub(super) head: Option<&'a HeadPose>,
    /// Something else is in use: no look counts.
    pub(super) blocked: bool,
    /// Seconds since the last frame.
    pub(super) step: f64,
}

impl Gaze {
    pub(super) fn is_listening(&self) -> bool {
        self.listening.is_some()
    }

    pub(super) fn carried(&self) -> Option<Pose<World, Plate>> {
        self.carry.as_ref().map(|c| c.carry.now)
    }

    /// The target that the carried plate was taken by.
    pub(super) fn carried_target(&self, targets: &[Target]) -> Option<usize> {
        self.carry.as_ref().and_then(|c| c.id.find(targets))
    }

    /// The target looked at, and how much of the look is done.
    pub(super) fn dwelling(&self, targets: &[Target], by_eyes: bool) -> Option<(usize, f32)> {
        let id = self.on.as_ref().filter(|id| self.spent.as_ref() != Some(*id))?;
        let index = id.find(targets)?;
        Some((index, (self.seconds / dwell(&id.action, by_eyes)).min(1.0) as f32))
    }

    pub(super) fn confirm(&self, targets: &[Target]) -> Option<(usize, ConfirmRegion)> {
        let armed = self.armed.as_ref()?;
        let index = armed.id.find(targets)?;
        let progress = (armed.seconds / CONFIRM_DWELL).min(1.0) as f32;
        Some((index, ConfirmRegion { progress, ..ConfirmRegion::of(&targets[index]) }))
    }

    /// Begins every look anew: what was looked at is not there any more, or something else has been done.
    pub(super) fn forget(&mut self) {
        self.spent = self.on.clone();
        self.seconds = 0.0;
        self.armed = None;
    }

    pub(super) fn cancel(&mut self) {
        *self = Self::default();
    }

    pub(super) fn update(&mut self, look: &Look<'_>, targets: &[Target]) -> Option<Action> {
        self.listening = self.listening.map(|left| left - look.step).filter(|left| *left > 0.0);
        if look.blocked {
            self.seconds = 0.0;
            self.armed = None;
            self.carry = None;
        }
        if self.carry.is_some() {
            self.carry_on(look);
            return None;
        }
        match self.confirm_by(look, targets) {
            Confirming::Done(action) => return Some(action),
            // What lies under the place of confirmation is not looked at.
            Confirming::Looking => {
                (self.on, self.spent, self.seconds) = (None, None, 0.0);
                return None;
            }
            Confirming::Elsewhere => {}
        }
        self.look_at(look, targets);
        let id = self.on.clone().filter(|id| !look.blocked && self.away <= 0.0 && self.spent.as_ref() != Some(id))?;
        self.seconds += look.step;
        if self.seconds < dwell(&id.action, look.by_eyes) {
            return None;
        }
        self.seconds = 0.0;
        self.spent = Some(id.clone());
        if id.action.is_held_to_confirm() {
            self.armed = Some(Armed { id, waited: 0.0, seconds: 0.0 });
            return None;
        }
        match id.action {
            Action::Talk => {
                self.listening = if self.listening.is_some() { None } else { Some(LISTENS) };
            }
            Action::MovePlate => self.take_up(&id, look, targets),
            _ => {}
        }
        Some(id.action)
    }

    /// Follows the look from target to target, over blinks.
    fn look_at(&mut self, look: &Look<'_>, targets: &[Target]) {
        let hovered = self.on.as_ref().and_then(|id| id.find(targets));
        let index = look.ray.as_ref().and_then(|ray| meant(ray, targets, TOLERANCE, hovered));
        if let Some(index) = index {
            let id = Some(TargetId::of(targets, index));
            self.away = 0.0;
            if self.on != id {
                self.on = id;
                self.seconds = 0.0;
                self.spent = None;
            }
            return;
        }
        self.away += look.step;
        if self.away > BLINK {
            self.seconds = 0.0;
        }
        if self.away > REARM {
            self.on = None;
            self.spent = None;
        }
    }

    /// The second place to look at, once the target itself has been looked at.
    fn confirm_by(&mut self, look: &Look<'_>, targets: &[Target]) -> Confirming {
        let Some(mut armed) = self.armed.take() else { return Confirming::Elsewhere };
        let Some(index) = armed.id.find(targets) else { return Confirming::Elsewhere };
        armed.waited += look.step;
        if armed.waited > CONFIRM_WAITS {
            return Confirming::Elsewhere;
        }
        if !look.ray.as_ref().is_some_and(|ray| ConfirmRegion::of(&targets[index]).is_hit(ray)) {
            armed.seconds = 0.0;
            self.armed = Some(armed);
            return Confirming::Elsewhere;
        }
        armed.seconds += look.step;
        if armed.seconds >= CONFIRM_DWELL {
            return Confirming::Done(armed.id.action);
        }
        self.armed = Some(armed);
        Confirming::Looking
    }

    fn take_up(&mut self, id: &TargetId, look: &Look<'_>, targets: &[Target]) {
        let Some((ray, index)) = carrying_ray(look).zip(id.find(targets)) else { return };
        // The head's own ray may pass beside what the eyes chose: it takes the plate all the same, by its nearest point.
        if miss(&ray, &targets[index]).is_none() {
            return;
        }
        if let Some(carry) = Carry::begin(&Grip::Ray(ray), &targets[index]) {
            self.carry = Some(Carried { id: id.clone(), carry, still: 0.0, anchor: ray.direction });
        }
    }

    fn carry_on(&mut self, look: &Look<'_>) {
        let (Some(ray), Some(mut carried)) = (carrying_ray(look), self.carry.take()) else { return };
        carried.carry.update(&Grip::Ray(ray), look.head);
        if carried.anchor.angle_between(ray.direction) > SETTLE_WITHIN {
            carried.anchor = ray.direction;
            carried.still = 0.0;
        }
        carried.still += look.step;
        if carried.still < SETTLE {
            self.carry = Some(carried);
        } else {
            self.spent = self.on.clone();
        }
    }
}

/// A plate is carried by the head, not by the eyes, which jump.
fn carrying_ray(look: &Look<'_>) -> Option<Ray> {
    look.head.and_then(|head| Ray::new(head.point(Vec3::ZERO), head.direction(Vec3::NEG_Z))).or(look.ray)
}

fn dwell(action: &Action, by_eyes: bool) -> f64 {
    match action.is_held_to_confirm() {
        true => DWELL_ACKNOWLEDGE,
        false if by_eyes => DWELL_EYES,
        false => DWELL_HEAD,
    }
}
