//! A piece of equipment with tags, seen by a camera that walks about: for tests and for the accuracy example.

use fieldwright_guide::{
    equipment::Fiducial,
    frames::{CameraCv, Equipment, Pose, World},
};
use fieldwright_vision::{
    anchor::AnchorSettings, camera::CameraModel, detector::DetectorSettings, frame::GrayFrame,
    tracker::EquipmentTracker,
};
use glam::{Quat, Vec3};
use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion};

use super::{Optics, Placard, distorted, render};

/// Six tags on the service side of a skid: posts, roof rail, skid and a box that stands out.
pub(crate) fn fiducials() -> Vec<Fiducial> {
    [
        (0, [-0.70, 0.35, 0.40], 0.0),
        (1, [0.70, 0.35, 0.40], 0.0),
        (2, [-0.70, 0.85, 0.40], 0.3),
        (3, [0.70, 0.90, 0.40], -0.3),
        (4, [0.0, 1.15, 0.42], 0.0),
        (5, [0.25, 0.75, 0.30], -0.5),
    ]
    .into_iter()
    .map(|(id, at, yaw)| Fiducial {
        family: "tag36h11".to_owned(),
        id,
        tag_size_m: 0.1,
        translation: at.into(),
        rotation: Quat::from_rotation_y(yaw),
        mounted_on: "frame".to_owned(),
    })
    .collect()
}

pub(crate) fn iso<To, From>(pose: &Pose<To, From>) -> Isometry3<f64> {
    let (t, q) = (pose.translation.as_dvec3(), pose.rotation.as_dquat());
    Isometry3::from_parts(
        Translation3::new(t.x, t.y, t.z),
        UnitQuaternion::from_quaternion(Quaternion::new(q.w, q.x, q.y, q.z)),
    )
}

/// A camera at `eye` that looks at `target`, upright.
pub(crate) fn look_at(eye: Vec3, target: Vec3) -> Pose<World, CameraCv> {
    let forward = (target - eye).normalize_or(Vec3::NEG_Z);
    let right = forward.cross(Vec3::Y).normalize_or(Vec3::X);
    let down = forward.cross(right);
    Pose::new(eye, Quat::from_mat3(&glam::Mat3::from_cols(right, down, forward)))
}

pub(crate) struct Site {
    pub(crate) camera: CameraModel,
    pub(crate) world_from_equipment: Pose<World, Equipment>,
    pub(crate) fiducials: Vec<Fiducial>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let world_from_equipment = Pose::new(Vec3::new(0.3, 0.0, -1.2), Quat::from_rotation_y(0.15));
        Self { camera: distorted(), world_from_equipment, fiducials: fiducials() }
    }

    pub(crate) fn tracker(&self) -> EquipmentTracker {
        EquipmentTracker::new(
            self.camera.clone(),
            &self.fiducials,
            DetectorSettings::default(),
            AnchorSettings::default(),
        )
        .expect("a valid layout")
    }

    /// The picture, with only those tags that `shown` lets through, each perhaps shifted (metres, in its own frame).
    pub(crate) fn picture(
        &self,
        world_from_camera: &Pose<World, CameraCv>,
        seed: u64,
        shown: impl Fn(u32) -> Option<Vec3>,
    ) -> GrayFrame {
        let camera_from_equipment = world_from_camera.inverse().then(&self.world_from_equipment);
        let placards: Vec<Placard> = self
            .fiducials
            .iter()
            .filter_map(|fiducial| {
                let mut placed = fiducial.clone();
                placed.translation += shown(fiducial.id)?;
                let camera_from_tag = camera_from_equipment.then(&placed.equipment_from_tag());
                Some(Placard {
                    id: fiducial.id,
                    size_m: f64::from(fiducial.tag_size_m),
                    camera_from_tag: iso(&camera_from_tag),
                })
            })
            .filter(|placard| placard.camera_from_tag.translation.z > 0.2)
            .collect();
        render(&self.camera, &placards, Optics::default(), seed)
    }

    /// Largest error of three places on the equipment in millimetres, and of the rotation in degrees.
    pub(crate) fn error(&self, estimate: &Pose<World, Equipment>) -> (f64, f64) {
        let places = [Vec3::new(-0.6, 0.4, 0.3), Vec3::new(0.0, 0.6, 0.2), Vec3::new(0.6, 0.8, 0.3)];
        let mm = places.map(|p| estimate.point(p).distance(self.world_from_equipment.point(p)) * 1000.0);
        let (_, angle) = estimate.difference(&self.world_from_equipment);
        (f64::from(mm.into_iter().fold(0.0, f32::max)), f64::from(angle.to_degrees()))
    }
}
