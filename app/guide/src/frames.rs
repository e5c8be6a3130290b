//! Coordinate frames, and the pose that maps one onto another. Must not know where poses come from.

use std::{fmt, marker::PhantomData};

use glam::{Mat4, Quat, Vec3};
use serde::{Deserialize, Serialize};

/// The room, as the headset reports it: right-handed, +Y up, −Z forward, metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {}

/// The equipment: origin on the ground under its centre, +Y up, +Z out of the service side, metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equipment {}

/// The wearer's head: +X right, +Y up, −Z the way they look, metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {}

/// A camera in OpenCV axes: +X right, +Y down, +Z forward, metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraCv {}

/// The same camera in Bevy axes: +X right, +Y up, −Z forward, metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraBevy {}

/// A fiducial: origin at its centre, +X right, +Y up, +Z out of the printed face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {}

/// Maps points expressed in `From` into `To`. Name variables `to_from_from`, e.g. `camera_from_tag`.
#[derive(Serialize, Deserialize)]
pub struct Pose<To, From> {
    /// Origin of `From`, expressed in `To` (metres).
    pub translation: Vec3,
    /// Unit quaternion.
    pub rotation: Quat,
    #[serde(skip)]
    frames: PhantomData<fn(From) -> To>,
}

impl<To, From> Pose<To, From> {
    /// `rotation` must be a unit quaternion.
    pub fn new(translation: Vec3, rotation: Quat) -> Self {
        Self { translation, rotation, frames: PhantomData }
    }

    /// Both frames coincide.
    pub fn identity() -> Self {
        Self::new(Vec3::ZERO, Quat::IDENTITY)
    }

    /// The pose that undoes this one.
    #[must_use]
    pub fn inverse(&self) -> Pose<From, To> {
        let rotation = self.rotation.inverse();
        Pose::new(-(rotation * self.translation), rotation)
    }

    /// `world_from_camera.then(&camera_from_tag)` is `world_from_tag`.
    #[must_use]
    pub fn then<Inner>(&self, from_inner: &Pose<From, Inner>) -> Pose<To, Inner> {
        Pose::new(
            self.translation + self.rotation * from_inner.translation,
            (self.rotation * from_inner.rotation).normalize(),
        )
    }

    /// Maps a point (metres) from `From` into `To`.
    pub fn point(&self, point_in_from: Vec3) -> Vec3 {
        self.translation + self.rotation * point_in_from
    }

    /// Maps a direction from `From` into `To`; its length is kept.
    pub fn direction(&self, direction_in_from: Vec3) -> Vec3 {
        self.rotation * direction_in_from
    }

    /// The same map as a homogeneous matrix.
    pub fn to_mat4(&self) -> Mat4 {
        Mat4::from_rotation_translation(self.rotation, self.translation)
    }

    /// Distance between origins (metres) and angle between rotations (radians) of two estimates of one pose.
    pub fn difference(&self, other: &Self) -> (f32, f32) {
        (self.translation.distance(other.translation), self.rotation.angle_between(other.rotation))
    }
}

impl<To, From> Clone for Pose<To, From> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<To, From> Copy for Pose<To, From> {}

impl<To, From> PartialEq for Pose<To, From> {
    fn eq(&self, other: &Self) -> bool {
        self.translation == other.translation && self.rotation == other.rotation
    }
}

impl<To, From> fmt::Debug for Pose<To, From> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pose({} m, {})", self.translation, self.rotation)
    }
}

/// Half a turn about X: OpenCV axes and Bevy axes differ only by it.
pub fn bevy_from_cv() -> Pose<CameraBevy, CameraCv> {
    Pose::new(Vec3::ZERO, Quat::from_xyzw(1.0, 0.0, 0.0, 0.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cv_forward_is_bevy_minus_z() {
        let bevy_from_cv = bevy_from_cv();
        assert_eq!(bevy_from_cv.point(Vec3::Z), Vec3::NEG_Z);
        assert_eq!(bevy_from_cv.point(Vec3::Y), Vec3::NEG_Y);
        assert_eq!(bevy_from_cv.point(Vec3::X), Vec3::X);
    }

    proptest! {
        #[test]
        fn inverse_round_trips(
            t in prop::array::uniform3(-10.0f32..10.0),
            e in prop::array::uniform3(-3.1f32..3.1),
            p in prop::array::uniform3(-10.0f32..10.0),
        ) {
            let camera_from_tag: Pose<CameraCv, Tag> =
                Pose::new(t.into(), Quat::from_euler(glam::EulerRot::XYZ, e[0], e[1], e[2]));
            let p = Vec3::from(p);
            let back = camera_from_tag.inverse().point(camera_from_tag.point(p));
            prop_assert!(back.distance(p) < 1e-4);
        }
    }
}
