//! Which target a ray or a fingertip means: a glove and a tracked ray are both inexact, so that the nearest target within a
//! tolerance is meant. Must not know presses or time.

use glam::{Vec2, Vec3};

use super::Ray;
use crate::targets::{Action, Target};

/// A target that is meant, as long as targets are listed anew in every frame: what it does, and which one of those that do it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TargetId {
    pub(super) action: Action,
    nth: usize,
}

impl TargetId {
    pub(super) fn of(targets: &[Target], index: usize) -> Self {
        let action = targets[index].action.clone();
        let nth = targets[..index].iter().filter(|t| t.action == action).count();
        Self { action, nth }
    }

    pub(super) fn find(&self, targets: &[Target]) -> Option<usize> {
        let mut same = targets.iter().enumerate().filter(|(_, t)| t.action == self.action).map(|(index, _)| index);
        same.nth(self.nth)
    }
}

/// How far a ray passes from a target: angle in radians, zero inside; distance along the ray in metres. `None` from behind.
pub(super) fn miss(ray: &Ray, target: &Target) -> Option<(f32, f32)> {
    let (at, distance) = on_plane(ray, target)?;
    let nearest = nearest_point(target, at);
    let angle = if nearest == at {
        0.0
    } else {
        let towards = target.world_from_plate.point(nearest.extend(0.0)) - ray.origin;
        // Not by the cosine: single precision loses small angles in it.
        ray.direction.cross(towards).length().atan2(ray.direction.dot(towards))
    };
    (angle.is_finite() && distance.is_finite()).then_some((angle, distance))
}

/// The target that the ray means: inside one, else the nearest within `tolerance` (radians). `hovered` is kept against another
/// that is hardly nearer, so that nothing flickers between two.
pub(super) fn meant(ray: &Ray, targets: &[Target], tolerance: f32, hovered: Option<usize>) -> Option<usize> {
    /// Radians by which another must be nearer.
    const STICKY: f32 = 0.012;
    let mut best: Option<(usize, f32, f32)> = None;
    for (index, target) in targets.iter().enumerate() {
        let Some((angle, distance)) = miss(ray, target) else { continue };
        let kept = hovered == Some(index);
        let allowed = if kept { tolerance + STICKY } else { tolerance };
        if angle > allowed {
            continue;
        }
        let angle = if kept { (angle - STICKY).max(0.0) } else { angle };
        let closer = best.is_none_or(|(_, a, d)| angle < a || (angle <= a && distance < d));
        if closer {
            best = Some((index, angle, distance));
        }
    }
    // Straight on another one is meant, however near the old one is.
    let exact = targets.iter().enumerate().filter_map(|(index, t)| {
        let (angle, distance) = miss(ray, t)?;
        (angle <= 0.0).then_some((index, distance))
    });
    exact.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index).or(best.map(|(index, ..)| index))
}

/// Where a point is over a target: metres in front of the plate (negative behind), and metres beside the target (zero over it).
pub(super) fn over(point: Vec3, target: &Target) -> (f32, f32) {
    let in_plate = target.world_from_plate.inverse().point(point);
    let at = in_plate.truncate();
    (in_plate.z, nearest_point(target, at).distance(at))
}

/// Metres from a point to the nearest of a target.
pub(super) fn distance(point: Vec3, target: &Target) -> f32 {
    let in_plate = target.world_from_plate.inverse().point(point);
    nearest_point(target, in_plate.truncate()).extend(0.0).distance(in_plate)
}

/// Where a ray meets the plane of the target's plate from the front, and how far along.
pub(super) fn on_plane(ray: &Ray, target: &Target) -> Option<(Vec2, f32)> {
    let plate_from_world = target.world_from_plate.inverse();
    let (from, along) = (plate_from_world.point(ray.origin), plate_from_world.direction(ray.direction));
    if from.z <= 0.0 || along.z >= -1e-4 {
        return None;
    }
    let distance = -from.z / along.z;
    let at = (from + along * distance).truncate();
    (at.is_finite() && distance.is_finite()).then_some((at, distance))
}

fn nearest_point(target: &Target, at: Vec2) -> Vec2 {
    at.clamp(target.center - target.half.abs(), target.center + target.half.abs())
}
