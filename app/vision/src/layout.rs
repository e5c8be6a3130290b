//! Which tags are fixed to the equipment, and where. Knows nothing of pictures.

use std::collections::BTreeMap;

use fieldwright_guide::equipment::Fiducial;
use nalgebra::{Isometry3, Point3, Vector3};
use thiserror::Error;

use crate::{
    detector::{FAMILY, FAMILY_SIZE},
    pnp::{from_pose, tag_corners},
};

/// A tag fixed to the equipment.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownTag {
    /// Id in the family.
    pub id: u32,
    /// Side of the black border, metres.
    pub tag_size_m: f64,
    /// Where the tag is on the equipment.
    pub equipment_from_tag: Isometry3<f64>,
    /// Top-left, top-right, bottom-right, bottom-left of the print's black border, in the equipment's frame, metres.
    pub corners_in_equipment: [Vector3<f64>; 4],
}

/// All tags of one equipment, by id.
#[derive(Clone, Debug, PartialEq)]
pub struct TagLayout {
    tags: BTreeMap<u32, KnownTag>,
}

/// Why a list of fiducials cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LayoutError {
    /// There is none.
    #[error("equipment has no fiducials\nhint: list at least two in `equipment.ron`")]
    Empty,
    /// Not the family that the detector reads.
    #[error("fiducial {id} is of family `{family}`\nhint: only `tag36h11` is detected")]
    WrongFamily {
        /// Its id.
        id: u32,
        /// Its family.
        family: String,
    },
    /// No such id in the family.
    #[error("fiducial {id} is not in family `tag36h11`\nhint: ids are 0 to 586")]
    NoSuchId {
        /// Its id.
        id: u32,
    },
    /// The id occurs twice.
    #[error("fiducial {id} is listed twice\nhint: give every tag on the equipment its own id")]
    Duplicate {
        /// The id.
        id: u32,
    },
    /// Its size or place is no usable number.
    #[error(
        "fiducial {id}: {what}\nhint: sizes and places are in metres, the rotation is a unit quaternion (x, y, z, w)"
    )]
    BadPlace {
        /// Its id.
        id: u32,
        /// What is wrong.
        what: &'static str,
    },
}

impl TagLayout {
    /// Takes over the fiducials of an equipment package.
    ///
    /// # Errors
    /// When there is none, one is of another family, listed twice, or its size or place is no usable number.
    pub fn new(fiducials: &[Fiducial]) -> Result<Self, LayoutError> {
        if fiducials.is_empty() {
            return Err(LayoutError::Empty);
        }
        let mut tags = BTreeMap::new();
        for fiducial in fiducials {
            let tag = known_tag(fiducial)?;
            if tags.insert(fiducial.id, tag).is_some() {
                return Err(LayoutError::Duplicate { id: fiducial.id });
            }
        }
        Ok(Self { tags })
    }

    /// The tag of this id.
    pub fn tag(&self, id: u32) -> Option<&KnownTag> {
        self.tags.get(&id)
    }

    /// The tags by rising id.
    pub fn tags(&self) -> impl Iterator<Item = &KnownTag> {
        self.tags.values()
    }
}

fn known_tag(fiducial: &Fiducial) -> Result<KnownTag, LayoutError> {
    let id = fiducial.id;
    if fiducial.family != FAMILY {
        return Err(LayoutError::WrongFamily { id, family: fiducial.family.clone() });
    }
    if id >= FAMILY_SIZE {
        return Err(LayoutError::NoSuchId { id });
    }
    placed(fiducial)
}

/// A fiducial of whatever family, at its place.
pub(crate) fn placed(fiducial: &Fiducial) -> Result<KnownTag, LayoutError> {
    let id = fiducial.id;
    let bad = |what| Err(LayoutError::BadPlace { id, what });
    if !(fiducial.tag_size_m.is_finite() && (1e-3..=10.0).contains(&fiducial.tag_size_m)) {
        return bad("`tag_size_m` is not between 0.001 and 10");
    }
    if !fiducial.translation.is_finite() || fiducial.translation.length() > 1000.0 {
        return bad("`translation` is not a place near the equipment");
    }
    if !fiducial.rotation.is_finite() || (fiducial.rotation.length() - 1.0).abs() > 1e-3 {
        return bad("`rotation` is not of unit length");
    }
    // Decimal places in a file leave a quaternion slightly off unit length.
    let equipment_from_tag = from_pose(&fiducial.equipment_from_tag());
    let tag_size_m = f64::from(fiducial.tag_size_m);
    let corners_in_equipment = tag_corners(tag_size_m).map(|corner| (equipment_from_tag * Point3::from(corner)).coords);
    Ok(KnownTag { id, tag_size_m, equipment_from_tag, corners_in_equipment })
}

#[cfg(test)]
mod tests {
    use glam::{Quat, Vec3};

    use super::*;

    fn fiducial(id: u32) -> Fiducial {
        Fiducial {
            family: FAMILY.to_owned(),
            id,
            tag_size_m: 0.1,
            translation: Vec3::new(0.5, 1.0, 0.4),
            rotation: Quat::IDENTITY,
            mounted_on: "frame post".to_owned(),
        }
    }

    #[test]
    fn corners_are_in_the_equipments_frame() {
        let layout = TagLayout::new(&[fiducial(3)]).unwrap();
        let [top_left, _, bottom_right, _] = layout.tag(3).unwrap().corners_in_equipment;
        assert!((top_left - Vector3::new(0.45, 1.05, 0.4)).norm() < 1e-6);
        assert!((bottom_right - Vector3::new(0.55, 0.95, 0.4)).norm() < 1e-6);
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(TagLayout::new(&[]), Err(LayoutError::Empty));
        assert_eq!(TagLayout::new(&[fiducial(1), fiducial(1)]), Err(LayoutError::Duplicate { id: 1 }));
        assert_eq!(TagLayout::new(&[fiducial(587)]), Err(LayoutError::NoSuchId { id: 587 }));
        let other = Fiducial { family: "tag25h9".to_owned(), ..fiducial(0) };
        assert!(TagLayout::new(&[other]).unwrap_err().to_string().contains("hint:"));
        let flat = Fiducial { rotation: Quat::from_xyzw(0.0, 0.0, 0.0, 0.0), ..fiducial(0) };
        assert!(matches!(TagLayout::new(&[flat]), Err(LayoutError::BadPlace { .. })));
        let lost = Fiducial { translation: Vec3::NAN, ..fiducial(0) };
        assert!(matches!(TagLayout::new(&[lost]), Err(LayoutError::BadPlace { .. })));
    }
}
