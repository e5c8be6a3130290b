//! The equipment package: what binds a manual to a thing (`equipment.ron`). Must not know meshes or files.

use std::collections::BTreeMap;

use glam::{Quat, Vec3};
use serde::{Deserialize, Serialize};

use crate::frames::{Equipment, Pose, Tag};

/// `equipment.ron`, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EquipmentPackage {
    /// Short name, e.g. `fgs-5`.
    pub name: String,
    /// Name to show.
    pub title: String,
    /// Publication it is bound to, its folder name under `manuals/`.
    pub manual: String,
    /// Model file, relative to this file.
    pub model: String,
    /// Words by which people name this equipment, lower case; a question that names other equipment is refused.
    pub known_as: Vec<String>,
    /// Parts by functional item number, lower case.
    pub parts: BTreeMap<String, Part>,
    /// Fiducials on datums that are never removed.
    pub fiducials: Vec<Fiducial>,
    /// Good places to stand, by name.
    pub views: BTreeMap<String, Viewpoint>,
    /// Where the verb and the part of a step do not tell the motion: (`work package id`, `step id`) -> motion.
    pub step_motions: Vec<StepMotion>,
}

/// One part of the equipment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Node in the model that is this part.
    pub node: String,
    /// Name to show on a label.
    pub name: String,
    /// Part number by variant, e.g. `[(Some(("model","Mk 1")), "FGS5-2910-14")]`; `None` for every variant.
    #[serde(default)]
    pub part_numbers: Vec<PartNumber>,
    /// How it moves, by name of the motion (`remove`, `open`, `loosen`, `turn-on`, `press`, ...).
    #[serde(default)]
    pub motions: BTreeMap<String, Motion>,
    /// Fasteners that hold it, verbatim, e.g. `4 × M8 bolt`.
    #[serde(default)]
    pub fasteners: Option<String>,
    /// Place to stand for this part: a key of [`EquipmentPackage::views`].
    #[serde(default)]
    pub view: Option<String>,
}

/// A part number, perhaps of one variant only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartNumber {
    /// Property and value it belongs to; `None` for all.
    #[serde(default)]
    pub when: Option<(String, String)>,
    /// The number.
    pub number: String,
}

/// How a part moves. Axes are in the part node's own frame, right-handed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Motion {
    /// Turns about `axis` through the node's origin by `angle_rad` (counterclockwise positive, seen from the axis' tip).
    Turn {
        /// Unit axis.
        axis: Vec3,
        /// Signed angle, radians.
        angle_rad: f32,
    },
    /// Unscrews: turns about `axis` while advancing along it, and then goes on to `distance_m`.
    Unscrew {
        /// Unit axis, pointing the way it comes off.
        axis: Vec3,
        /// Turns, counterclockwise seen from the axis' tip.
        turns: f32,
        /// Whole travel, metres.
        distance_m: f32,
    },
    /// Slides or lifts along `axis` by `distance_m`.
    Slide {
        /// Unit axis.
        axis: Vec3,
        /// Travel, metres.
        distance_m: f32,
    },
    /// Is pressed and returns.
    Press {
        /// Unit axis, pointing the way it goes.
        axis: Vec3,
        /// Travel, metres.
        distance_m: f32,
    },
}

/// A fiducial fixed to the equipment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fiducial {
    /// Family, `tag36h11`.
    pub family: String,
    /// Id in the family.
    pub id: u32,
    /// Side of the black border, metres.
    pub tag_size_m: f32,
    /// Centre of the tag in the equipment's frame, metres.
    pub translation: Vec3,
    /// Rotation, unit quaternion (x, y, z, w).
    pub rotation: Quat,
    /// Where it is mounted, for people.
    pub mounted_on: String,
}

impl Fiducial {
    /// Where the tag is on the equipment.
    pub fn equipment_from_tag(&self) -> Pose<Equipment, Tag> {
        Pose::new(self.translation, self.rotation)
    }
}

/// A place to stand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Viewpoint {
    /// Eye, in the equipment's frame, metres.
    pub eye: Vec3,
    /// Point looked at, in the equipment's frame, metres.
    pub target: Vec3,
}

/// A motion that a step's words do not tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepMotion {
    /// Work package id.
    pub work_package: String,
    /// Step id.
    pub step: String,
    /// Functional item number, lower case.
    pub item: String,
    /// Key of the part's motions; `None` to show the part at rest.
    pub motion: Option<String>,
    /// True to show the motion backwards (install instead of remove).
    #[serde(default)]
    pub reversed: bool,
}
