//! What a tracked hand does: pinching, pointing, poking. Must not know what is pressed by it.

use glam::Vec3;

use super::{
    Hand, HeadPose, Ray, Side,
    pointing::{TargetId, over},
};
use crate::targets::Target;

/// Thumb's and index finger's surfaces nearer than this are pinched, farther than [`PINCH_OPENS`] are not; between them it stays
/// as it was. Metres.
const PINCH_CLOSES: f32 = 0.006;
const PINCH_OPENS: f32 = 0.020;

/// A fingertip presses when it goes through the plate's face, and lets go when it is so far in front of it again, metres.
const POKE_LEAVES: f32 = 0.02;
/// So far behind the face it is no press any more but an arm reaching through.
const POKE_DEEP: f32 = -0.15;
/// Before it can press again, a fingertip must have been so far in front, metres.
const POKE_READY: f32 = 0.015;
/// So far beside a target a gloved fingertip still means it; and so far it may slide while it presses.
const POKE_BESIDE: f32 = 0.015;
const POKE_SLIDES: f32 = 0.04;
/// Nearer to a target than this a hand pokes and does not point, metres.
const POKE_NEAR: f32 = 0.10;

/// A controller so near to the palm is held in it, metres.
const IN_HAND: f32 = 0.15;

/// Joints by their numbers in OpenXR.
const PALM: usize = 0;
const WRIST: usize = 1;
const THUMB_TIP: usize = 5;
const INDEX_PROXIMAL: usize = 7;
const INDEX_TIP: usize = 10;

impl Hand {
    /// The tip of the index finger.
    pub fn index_tip(&self) -> Vec3 {
        self.joints[INDEX_TIP]
    }

    /// Metres between the surfaces of thumb and index finger; negative where a tracker lets them overlap.
    pub fn pinch_gap(&self) -> f32 {
        let between = self.joints[THUMB_TIP].distance(self.joints[INDEX_TIP]);
        between - self.radii[THUMB_TIP] - self.radii[INDEX_TIP]
    }

    /// Where the hand points: from the shoulder through the knuckle of the index finger. It is steady while the fingers close, and
    /// does not need an outstretched finger in a glove. Without a head, from the wrist.
    pub fn ray(&self, side: Side, head: Option<&HeadPose>) -> Option<Ray> {
        let knuckle = self.joints[INDEX_PROXIMAL];
        let from = head.map_or(self.joints[WRIST], |head| shoulder(side, head));
        Ray::new(knuckle, knuckle - from)
    }

    /// A controller at `place` is held in this hand.
    pub(super) fn holds(&self, place: Vec3) -> bool {
        self.joints[PALM].distance(place) < IN_HAND
    }

    pub(super) fn is_finite(&self) -> bool {
        self.joints.iter().all(|j| j.is_finite()) && self.radii.iter().all(|r| r.is_finite())
    }
}

/// Where the shoulder is taken to be. It turns with the head's heading, not with its nod.
pub fn shoulder(side: Side, head: &HeadPose) -> Vec3 {
    let right = head.direction(Vec3::X);
    let right = Vec3::new(right.x, 0.0, right.z).normalize_or(Vec3::X);
    let across = if side == Side::Left { -0.17 } else { 0.17 };
    head.point(Vec3::ZERO) + right * across - Vec3::Y * 0.22
}

/// Whether a hand pinches.
#[derive(Debug, Default)]
pub(super) struct Pinch {
    closed: bool,
}

impl Pinch {
    pub(super) fn update(&mut self, hand: Option<&Hand>) -> bool {
        self.closed = hand.is_some_and(|hand| {
            let gap = hand.pinch_gap();
            if self.closed { gap < PINCH_OPENS } else { gap < PINCH_CLOSES }
        });
        self.closed
    }
}

/// What a fingertip does to the plates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Touch {
    /// The target under the fingertip, in front of it or pressed.
    pub(super) over: Option<usize>,
    /// The fingertip is through the face.
    pub(super) pressed: bool,
}

/// A fingertip that has gone through a plate's face from the front.
#[derive(Debug, Default)]
pub(super) struct Poke {
    last_tip: Option<Vec3>,
    ready: bool,
    pressing: Option<TargetId>,
}

impl Poke {
    pub(super) fn update(&mut self, tip: Option<Vec3>, targets: &[Target]) -> Touch {
        let Some(tip) = tip else {
            *self = Self::default();
            return Touch::default();
        };
        let last_tip = self.last_tip.replace(tip);
        if let Some(index) = self.pressing.as_ref().and_then(|id| id.find(targets)) {
            let (front, beside) = over(tip, &targets[index]);
            if front < POKE_LEAVES && front > POKE_DEEP && beside < POKE_SLIDES {
                return Touch { over: Some(index), pressed: true };
            }
        }
        let let_go = self.pressing.take().is_some();
        // The nearest target under the fingertip, sideways.
        let under = nearest(targets, |target| {
            let (front, beside) = over(tip, target);
            (beside < POKE_BESIDE && front > POKE_DEEP && front < POKE_NEAR).then_some((beside, front))
        });
        let crossed = last_tip.filter(|_| self.ready && !let_go).and_then(|last| crossed(last, tip, targets));
        match under.map(|index| over(tip, &targets[index]).0) {
            Some(front) if front <= 0.0 => self.ready = false,
            // Close to the face it stays as it was: a slow finger is still on its way.
            Some(front) if front <= POKE_READY => {}
            _ => self.ready = true,
        }
        if let Some(index) = crossed {
            self.ready = false;
            self.pressing = Some(TargetId::of(targets, index));
            return Touch { over: Some(index), pressed: true };
        }
        Touch { over: under.filter(|index| over(tip, &targets[*index]).0 > 0.0), pressed: false }
    }
}

/// The target whose face the fingertip has gone through from the front between two frames, however fast.
fn crossed(last: Vec3, tip: Vec3, targets: &[Target]) -> Option<usize> {
    nearest(targets, |target| {
        let (before, after) = (over(last, target).0, over(tip, target).0);
        if before <= 0.0 || after > 0.0 {
            return None;
        }
        let share = before / (before - after);
        let beside = over(last.lerp(tip, share), target).1;
        // Through two plates at once, the first one is meant.
        (beside < POKE_BESIDE).then_some((beside, share))
    })
}

fn nearest(targets: &[Target], key: impl Fn(&Target) -> Option<(f32, f32)>) -> Option<usize> {
    let keyed = targets.iter().enumerate().filter_map(|(index, target)| Some((index, key(target)?)));
    keyed.min_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(index, _)| index)
}
