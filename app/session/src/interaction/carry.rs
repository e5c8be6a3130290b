//! A plate that is carried along: where it goes as the pointer moves. Must not know who carries it.

use fieldwright_guide::frames::{Pose, World};
use glam::{Quat, Vec3};

use super::{HeadPose, Ray, pointing::on_plane};
use crate::targets::{Plate, Target};

/// A plate is neither carried into the face nor out of reading distance, metres.
const NEAREST: f32 = 0.35;
const FARTHEST: f32 = 2.5;

/// What holds a plate.
#[derive(Clone, Debug)]
pub(super) enum Grip {
    /// A ray that holds it at the distance where it took it.
    Ray(Ray),
    /// A fingertip on its face: it pushes sideways, and drawing it back lets go.
    Fingertip(Vec3),
}

/// A plate taken up.
#[derive(Clone, Debug)]
pub(super) struct Carry {
    /// The plate as it was taken.
    taken: Pose<World, Plate>,
    /// Where it was taken, on the plate.
    at: Vec3,
    /// Along the ray, metres.
    distance: f32,
    /// From the way to the wearer's face to the plate's own direction, when it was taken: it does not jump then.
    turn: Option<Quat>,
    /// Where it is now.
    pub(super) now: Pose<World, Plate>,
}

impl Carry {
    pub(super) fn begin(grip: &Grip, target: &Target) -> Option<Self> {
        let taken = target.world_from_plate;
        let (at, distance) = match grip {
            Grip::Ray(ray) => {
                let (at, distance) = on_plane(ray, target)?;
                (at.extend(0.0), distance.clamp(NEAREST, FARTHEST))
            }
            Grip::Fingertip(tip) => (taken.inverse().point(*tip), 0.0),
        };
        Some(Self { taken, at, distance, turn: None, now: taken })
    }

    pub(super) fn update(&mut self, grip: &Grip, head: Option<&HeadPose>) {
        match grip {
            Grip::Ray(ray) => {
                let held = ray.origin + ray.direction * self.distance;
                let mut rotation = self.taken.rotation;
                if let Some(facing) = head.and_then(|head| facing(held, head.point(Vec3::ZERO))) {
                    let turn = *self.turn.get_or_insert_with(|| facing.inverse() * self.taken.rotation);
                    rotation = (facing * turn).normalize();
                }
                self.now = Pose::new(held - rotation * self.at, rotation);
            }
            Grip::Fingertip(tip) => {
                let mut moved = self.taken.inverse().point(*tip) - self.at;
                moved.z = 0.0;
                self.now = Pose::new(self.taken.point(moved), self.taken.rotation);
            }
        }
    }
}

/// Upright and turned from `place` to `reader`; `None` right above or below.
fn facing(place: Vec3, reader: Vec3) -> Option<Quat> {
    let towards = (reader - place).try_normalize()?;
    let heading = Vec3::new(towards.x, 0.0, towards.z).try_normalize()?;
    let yaw = heading.x.atan2(heading.z);
    Some(Quat::from_rotation_y(yaw) * Quat::from_rotation_x(-towards.y.clamp(-1.0, 1.0).asin()))
}
