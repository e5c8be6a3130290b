//! Markers that a headset's own runtime has found: one form for all of its extensions, and the fix of the equipment that they give to
//! the anchor's filter. Knows no runtime; whoever speaks to one fills in [`RawMarker`].
//!
//! A runtime says where a marker is, not how well. The accuracies here are assumptions, on the careful side, so that our own camera's
//! fixes outweigh a runtime's where both are at hand.

use std::collections::BTreeMap;

use fieldwright_guide::{
    equipment::Fiducial,
    frames::{CameraCv, Head, Pose, Tag, World},
};
use glam::{Quat, Vec3};
use nalgebra::{Isometry3, Matrix3, Matrix6, Point3, SMatrix, Translation3, Vector3};

use crate::{
    detector::{FAMILY, FAMILY_SIZE},
    layout::{KnownTag, LayoutError, placed},
    multi::EquipmentFix,
    pnp::{from_pose, tag_corners},
    solve::skew,
};

/// Family name of Varjo's own markers in an equipment file.
pub const VARJO_FAMILY: &str = "varjo";

/// An OpenXR extension by which a runtime locates markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerRuntime {
    /// `XR_EXT_spatial_marker_tracking`: among others AprilTags of 36h11, the equipment's own.
    Spatial,
    /// `XR_ML_marker_understanding` (Magic Leap 2): among others AprilTags of 36h11.
    MagicLeap,
    /// `XR_VARJO_marker_tracking`: Varjo's own markers only, which must be mounted beside the tags.
    Varjo,
}

/// How a runtime lays the axes of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerAxes {
    /// +X right, +Y up, +Z out of the print: ours, and that of OpenXR's bounded planes.
    FaceZ,
    /// +X right, +Y out of the print, +Z towards its lower edge, as Android's trackables have it.
    FaceY,
}

/// A marker as a runtime gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawMarker {
    /// Its number in its family.
    pub id: u32,
    /// Where it is, in the session's reference space, metres.
    pub position: Vec3,
    /// Which way, a unit quaternion.
    pub orientation: Quat,
    /// Side of its black border, metres, where the runtime says.
    pub size_m: Option<f64>,
    /// True if the runtime sees it now; false if it remembers where it was.
    pub tracked: bool,
}

/// A marker located by the runtime.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkerSighting {
    /// Its family, as an equipment file names it.
    pub family: String,
    /// Its number in its family.
    pub id: u32,
    /// Where it is.
    pub world_from_marker: Pose<World, Tag>,
    /// Side of its black border, metres, where the runtime says.
    pub size_m: Option<f64>,
    /// How far to trust it, 0 to 1.
    pub confidence: f64,
}

impl MarkerRuntime {
    /// All of them, best first.
    pub const ALL: [Self; 3] = [Self::Spatial, Self::MagicLeap, Self::Varjo];

    /// The extension's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Spatial => "XR_EXT_spatial_marker_tracking",
            Self::MagicLeap => "XR_ML_marker_understanding",
            Self::Varjo => "XR_VARJO_marker_tracking",
        }
    }

    /// The best of those that a runtime offers.
    pub fn choose<'a>(offered: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let offered: Vec<&str> = offered.into_iter().collect();
        Self::ALL.into_iter().find(|runtime| offered.contains(&runtime.extension()))
    }

    /// The family whose markers it finds.
    pub fn family(self) -> &'static str {
        match self {
            Self::Spatial | Self::MagicLeap => FAMILY,
            Self::Varjo => VARJO_FAMILY,
        }
    }

    /// How it lays a marker's axes. The specification says so for the first; for the others it does not, and nobody has tried.
    pub fn axes(self) -> MarkerAxes {
        match self {
            Self::Spatial | Self::MagicLeap | Self::Varjo => MarkerAxes::FaceZ,
        }
    }

    /// What it gave, in our form. `None` where the pose is no number.
    pub fn sighting(self, raw: &RawMarker) -> Option<MarkerSighting> {
        let sound = raw.position.is_finite() && (raw.orientation.length_squared() - 1.0).abs() < 1e-2;
        let confidence = if raw.tracked { 1.0 } else { REMEMBERED };
        sound.then(|| MarkerSighting {
            family: self.family().to_owned(),
            id: raw.id,
            world_from_marker: Pose::new(raw.position, raw.orientation.normalize() * self.axes().of_our_axes()),
            size_m: raw.size_m,
            confidence,
        })
    }
}

impl MarkerAxes {
    /// The turn from our axes of a print to these.
    fn of_our_axes(self) -> Quat {
        match self {
            Self::FaceZ => Quat::IDENTITY,
            // Our +Z, out of the print, is its +Y; our +Y, up, is its -Z.
            Self::FaceY => Quat::from_rotation_x(-std::f32::consts::FRAC_PI_2),
        }
    }
}

/// Confidence in a marker that the runtime only remembers.
const REMEMBERED: f64 = 0.1;
/// One-sigma error of a marker's corner next to the head, metres.
const NEAR_M: f64 = 0.001;
/// And how it grows with distance, metres a metre.
const GROWS: f64 = 0.001;
/// Two markers agree if their corners are nearer than this beyond their errors, metres.
const GATE_M: f64 = 0.01;
/// A marker whose size differs by a larger share is another, or the runtime was told the wrong size and its distance is wrong.
const SIZE_SHARE: f64 = 0.05;
/// Equipment stands: a fix more than so far from upright means that the marker's axes are others than believed, radians.
const UPRIGHT_RAD: f64 = 0.7;

/// All markers of one equipment, of every family, by family and number.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkerLayout {
    markers: BTreeMap<(String, u32), KnownTag>,
}

impl MarkerLayout {
    /// Takes over the fiducials of an equipment package.
    ///
    /// # Errors
    /// When a family is unknown, a marker is listed twice, or its size or place is no usable number.
    pub fn new(fiducials: &[Fiducial]) -> Result<Self, LayoutError> {
        let mut markers = BTreeMap::new();
        for fiducial in fiducials {
            let (id, family) = (fiducial.id, fiducial.family.clone());
            match family.as_str() {
                FAMILY if id >= FAMILY_SIZE => return Err(LayoutError::NoSuchId { id }),
                FAMILY | VARJO_FAMILY => {}
                _ => return Err(LayoutError::WrongFamily { id, family }),
            }
            if markers.insert((family, id), placed(fiducial)?).is_some() {
                return Err(LayoutError::Duplicate { id });
            }
        }
        Ok(Self { markers })
    }
}

/// What a runtime's markers say of the equipment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MarkerFix {
    /// The fix, for the filter; `None` if no known marker was seen or none fits.
    pub fix: Option<EquipmentFix>,
    /// Root mean square distance of the markers' corners from where the fix puts them, metres.
    pub residual_m: f64,
    /// Markers left out, and why.
    pub left_out: Vec<(u32, &'static str)>,
}

/// The camera that a runtime's fix counts as seen from: at the head, looking the way it looks.
pub(crate) fn viewer(world_from_head: &Pose<World, Head>) -> Pose<World, CameraCv> {
    world_from_head.then(&Pose::new(Vec3::ZERO, Quat::from_xyzw(1.0, 0.0, 0.0, 0.0)))
}

struct Seen<'a> {
    known: &'a KnownTag,
    /// Measured corners, as the viewer has them.
    corners: [Vector3<f64>; 4],
    viewer_from_equipment: Isometry3<f64>,
    sigma_m: f64,
}

/// Finds the equipment from the markers that a runtime has located, seen by a head at `world_from_head`. Markers that disagree with most
/// are left out; the corners of the rest are fitted together, each weighed by its distance and confidence.
pub fn solve_markers(
    layout: &MarkerLayout,
    sightings: &[MarkerSighting],
    world_from_head: &Pose<World, Head>,
) -> MarkerFix {
    let mut found = MarkerFix::default();
    let viewer_from_world = from_pose(&viewer(world_from_head)).inverse();
    let mut seen: Vec<Seen<'_>> = Vec::new();
    for sighting in sightings {
        let Some(known) = layout.markers.get(&(sighting.family.clone(), sighting.id)) else { continue };
        match judged(sighting, known, &viewer_from_world) {
            Ok(marker) => seen.push(marker),
            Err(why) => found.left_out.push((sighting.id, why)),
        }
    }
    let up = viewer_from_world.rotation * Vector3::y();
    seen.retain(|marker| {
        let upright = (marker.viewer_from_equipment.rotation * Vector3::y()).angle(&up) < UPRIGHT_RAD;
        if !upright {
            found.left_out.push((marker.known.id, "would lay the equipment on its side"));
        }
        upright
    });
    // The marker with which most agree, and of those the surest.
    let agreeing = |candidate: &Seen<'_>| -> Vec<bool> {
        seen.iter().map(|marker| off_m(marker, &candidate.viewer_from_equipment) < gate_m(marker, candidate)).collect()
    };
    let best = seen.iter().map(|marker| (agreeing(marker), marker.sigma_m)).max_by(|a, b| {
        let count = |flags: &[bool]| flags.iter().filter(|flag| **flag).count();
        count(&a.0).cmp(&count(&b.0)).then(b.1.total_cmp(&a.1))
    });
    let Some((flags, _)) = best else { return found };
    let (used, rejected): (Vec<_>, Vec<_>) = seen.iter().zip(&flags).partition(|(_, agrees)| **agrees);
    let used: Vec<&Seen<'_>> = used.into_iter().map(|(marker, _)| marker).collect();
    let Some((pose, covariance, residual_m)) = fit(&used) else { return found };
    let mut ids: Vec<u32> = used.iter().map(|marker| marker.known.id).collect();
    ids.sort_unstable();
    found.left_out.extend(rejected.iter().map(|(marker, _)| (marker.known.id, "disagrees with the others")));
    found.residual_m = residual_m;
    found.fix = Some(EquipmentFix {
        camera_from_equipment: pose,
        covariance,
        reprojection_px: 0.0,
        tags_used: ids,
        tags_rejected: rejected.iter().map(|(marker, _)| marker.known.id).collect(),
    });
    found
}

fn judged<'a>(
    sighting: &MarkerSighting,
    known: &'a KnownTag,
    viewer_from_world: &Isometry3<f64>,
) -> Result<Seen<'a>, &'static str> {
    let share = |size_m: f64| (size_m / known.tag_size_m - 1.0).abs();
    if sighting.size_m.is_some_and(|size_m| size_m.is_nan() || share(size_m) > SIZE_SHARE) {
        return Err("has another size than the equipment's file says");
    }
    if sighting.confidence.is_nan() || sighting.confidence <= 0.0 {
        return Err("has no confidence");
    }
    let viewer_from_marker = viewer_from_world * from_pose(&sighting.world_from_marker);
    let distance_m = viewer_from_marker.translation.vector.norm();
    if distance_m.is_nan() || distance_m > FARTHEST_M {
        return Err("is too far away to be meant");
    }
    let corners = tag_corners(known.tag_size_m).map(|corner| (viewer_from_marker * Point3::from(corner)).coords);
    Ok(Seen {
        known,
        corners,
        viewer_from_equipment: viewer_from_marker * known.equipment_from_tag.inverse(),
        sigma_m: (NEAR_M + GROWS * distance_m) / sighting.confidence.min(1.0).sqrt(),
    })
}

const FARTHEST_M: f64 = 20.0;

/// Mean distance of a marker's corners from where a pose of the equipment puts them, metres.
fn off_m(marker: &Seen<'_>, viewer_from_equipment: &Isometry3<f64>) -> f64 {
    let expected =
        marker.known.corners_in_equipment.map(|corner| (viewer_from_equipment * Point3::from(corner)).coords);
    expected.iter().zip(&marker.corners).map(|(a, b)| (a - b).norm()).sum::<f64>() / 4.0
}

/// How far apart two markers' opinions may be: a marker's own turn is poorly known and swings what is far from it.
fn gate_m(marker: &Seen<'_>, candidate: &Seen<'_>) -> f64 {
    let apart = (marker.known.equipment_from_tag.translation.vector
        - candidate.known.equipment_from_tag.translation.vector)
        .norm();
    let turn = candidate.sigma_m / candidate.known.tag_size_m;
    GATE_M + 3.0 * (marker.sigma_m + candidate.sigma_m + turn * apart)
}

/// The pose that brings the corners together best (Kabsch, 1976, weighted), its covariance in the viewer's axes, and what remains.
fn fit(markers: &[&Seen<'_>]) -> Option<(Isometry3<f64>, Matrix6<f64>, f64)> {
    let corners = || {
        markers.iter().flat_map(|marker| {
            let weight = 1.0 / (marker.sigma_m * marker.sigma_m);
            marker.corners.iter().zip(&marker.known.corners_in_equipment).map(move |(to, from)| (weight, *to, *from))
        })
    };
    let total: f64 = corners().map(|(weight, ..)| weight).sum();
    let to_middle = corners().map(|(weight, to, _)| to * weight).sum::<Vector3<f64>>() / total;
    let from_middle = corners().map(|(weight, _, from)| from * weight).sum::<Vector3<f64>>() / total;
    let weighted: Vec<(Vector3<f64>, Vector3<f64>)> =
        corners().map(|(weight, to, from)| ((to - to_middle) * weight, from - from_middle)).collect();
    let rotation = crate::clock::rotation_between(&weighted)?;
    let translation = to_middle - rotation * from_middle;
    let pose = Isometry3::from_parts(Translation3::from(translation), rotation);
    let mut information = Matrix6::zeros();
    let mut squares = 0.0;
    for (weight, to, from) in corners() {
        let turned = rotation * from;
        squares += (turned + translation - to).norm_squared();
        let mut jacobian = SMatrix::<f64, 3, 6>::zeros();
        jacobian.fixed_view_mut::<3, 3>(0, 0).copy_from(&-skew(&turned));
        jacobian.fixed_view_mut::<3, 3>(0, 3).copy_from(&Matrix3::identity());
        // The four corners of a marker are wrong together: they count as one.
        information += jacobian.transpose() * jacobian * (weight / 4.0);
    }
    let covariance = information.cholesky()?.inverse();
    Some((pose, covariance, (squares / (4 * markers.len()) as f64).sqrt()))
}

#[cfg(test)]
mod tests {
    use fieldwright_guide::{frames::Equipment, time::Timestamp, tracking::Tracking};
    use proptest::prelude::*;

    use super::*;
    use crate::{
        anchor::{AnchorSettings, Outcome},
        camera::CameraModel,
        detector::DetectorSettings,
        tracker::EquipmentTracker,
    };

    fn fiducials() -> Vec<Fiducial> {
        [
            (FAMILY, 0, [-0.6, 0.4, 0.3]),
            (FAMILY, 1, [0.6, 0.4, 0.3]),
            (FAMILY, 2, [0.0, 0.9, 0.4]),
            (VARJO_FAMILY, 101, [0.3, 0.9, 0.4]),
        ]
        .into_iter()
        .map(|(family, id, at)| Fiducial {
            family: family.to_owned(),
            id,
            tag_size_m: 0.1,
            translation: at.into(),
            rotation: Quat::from_rotation_y(0.1),
            mounted_on: "frame".to_owned(),
        })
        .collect()
    }

    fn stands() -> Pose<World, Equipment> {
        Pose::new(Vec3::new(0.4, 0.0, -1.5), Quat::from_rotation_y(0.3))
    }

    fn head(t: f32) -> Pose<World, Head> {
        Pose::new(
            Vec3::new(0.1 * t.sin(), 1.6, 0.2),
            Quat::from_rotation_y(0.2 * t.cos()) * Quat::from_rotation_x(-0.3),
        )
    }

    /// What a runtime would say of a marker, off by so much.
    fn raw(fiducial: &Fiducial, shift: Vec3, turn: Vec3) -> RawMarker {
        let truth: Pose<World, Tag> = stands().then(&fiducial.equipment_from_tag());
        RawMarker {
            id: fiducial.id,
            position: truth.translation + shift,
            orientation: Quat::from_scaled_axis(turn) * truth.rotation,
            size_m: Some(0.1),
            tracked: true,
        }
    }

    fn sightings(noise: impl Fn(u32) -> (Vec3, Vec3)) -> Vec<MarkerSighting> {
        fiducials()
            .iter()
            .filter(|fiducial| fiducial.family == FAMILY)
            .filter_map(|fiducial| {
                let (shift, turn) = noise(fiducial.id);
                MarkerRuntime::Spatial.sighting(&raw(fiducial, shift, turn))
            })
            .collect()
    }

    fn off(fix: &EquipmentFix, world_from_head: &Pose<World, Head>) -> (f32, f32) {
        viewer(world_from_head).then(&fix.pose()).difference(&stands())
    }

    fn tracker() -> EquipmentTracker {
        let camera = CameraModel::new([640, 480], [500.0, 500.0], [319.5, 239.5], [0.0; 5], 0.1).unwrap();
        EquipmentTracker::new(camera, &fiducials(), DetectorSettings::default(), AnchorSettings::default()).unwrap()
    }

    #[test]
    fn exact_markers_give_the_exact_pose_through_the_filter() {
        let mut tracker = tracker();
        for index in 0..10u8 {
            let t = f32::from(index) * 0.1;
            let exact = sightings(|_| (Vec3::ZERO, Vec3::ZERO));
            let (found, outcome) = tracker.observe_markers(&exact, &head(t), Timestamp(f64::from(t)));
            let fix = found.fix.unwrap();
            let (metres, radians) = off(&fix, &head(t));
            assert!(metres < 1e-4 && radians < 1e-4 && found.residual_m < 1e-5, "{metres} m, {radians}");
            assert_eq!(fix.tags_used, [0, 1, 2]);
            assert_eq!(outcome, if index == 0 { Outcome::Found } else { Outcome::Fused });
        }
        let anchor = tracker.anchor(Timestamp(0.95));
        assert_eq!(anchor.tracking, Tracking::Good);
        assert!(anchor.world_from_equipment.unwrap().difference(&stands()).0 < 1e-3);
        // Nothing seen for long: the anchor ages as with our own camera.
        assert!(matches!(tracker.anchor(Timestamp(100.0)).tracking, Tracking::Lost { .. }));
    }

    #[test]
    fn a_marker_that_lies_is_left_out() {
        let wrong =
            sightings(|id| if id == 1 { (Vec3::new(0.2, 0.0, 0.0), Vec3::ZERO) } else { (Vec3::ZERO, Vec3::ZERO) });
        let found = solve_markers(&MarkerLayout::new(&fiducials()).unwrap(), &wrong, &head(0.0));
        let fix = found.fix.unwrap();
        assert_eq!((fix.tags_used.as_slice(), fix.tags_rejected.as_slice()), ([0, 2].as_slice(), [1].as_slice()));
        assert!(off(&fix, &head(0.0)).0 < 1e-3);
        assert_eq!(found.left_out, [(1, "disagrees with the others")]);
    }

    #[test]
    fn what_cannot_be_believed_is_left_out_with_its_reason() {
        let layout = MarkerLayout::new(&fiducials()).unwrap();
        let mut seen = sightings(|_| (Vec3::ZERO, Vec3::ZERO));
        seen[0].size_m = Some(0.12);
        seen[1].confidence = 0.0;
        // A runtime whose marker lies in the X-Z plane would tip the equipment over.
        seen[2].world_from_marker.rotation *= Quat::from_rotation_x(std::f32::consts::FRAC_PI_2);
        let found = solve_markers(&layout, &seen, &head(0.0));
        assert!(found.fix.is_none() && found.left_out.len() == 3, "{found:?}");
        assert!(found.left_out[2].1.contains("side"));
        let stranger = MarkerSighting { id: 77, ..seen[0].clone() };
        assert_eq!(solve_markers(&layout, &[stranger], &head(0.0)), MarkerFix::default());
        let nowhere = RawMarker { position: Vec3::NAN, ..raw(&fiducials()[0], Vec3::ZERO, Vec3::ZERO) };
        assert!(MarkerRuntime::Spatial.sighting(&nowhere).is_none());
    }

    #[test]
    fn families_and_axes_are_kept_apart() {
        let varjo = MarkerRuntime::Varjo.sighting(&raw(&fiducials()[3], Vec3::ZERO, Vec3::ZERO)).unwrap();
        let layout = MarkerLayout::new(&fiducials()).unwrap();
        let found = solve_markers(&layout, &[varjo], &head(0.0));
        assert_eq!(found.fix.unwrap().tags_used, [101]);
        // Our axes and back: +Y of a FaceY marker is out of the print.
        let turn = MarkerAxes::FaceY.of_our_axes();
        assert!((turn * Vec3::Z).abs_diff_eq(Vec3::Y, 1e-6), "out of the print");
        assert!((turn * Vec3::Y).abs_diff_eq(Vec3::NEG_Z, 1e-6), "up");
        let odd = Fiducial { family: "tag25h9".to_owned(), ..fiducials()[0].clone() };
        assert!(matches!(MarkerLayout::new(&[odd]), Err(LayoutError::WrongFamily { .. })));
        assert_eq!(MarkerRuntime::choose(["XR_KHR_vulkan_enable2"]), None);
        let offered = ["XR_VARJO_marker_tracking", "XR_EXT_spatial_marker_tracking"];
        assert_eq!(MarkerRuntime::choose(offered), Some(MarkerRuntime::Spatial));
    }

    #[test]
    fn a_remembered_marker_weighs_less_than_a_seen_one() {
        let layout = MarkerLayout::new(&fiducials()).unwrap();
        let variance = |tracked| {
            let one = RawMarker { tracked, ..raw(&fiducials()[0], Vec3::ZERO, Vec3::ZERO) };
            let seen = [MarkerRuntime::Spatial.sighting(&one).unwrap()];
            solve_markers(&layout, &seen, &head(0.0)).fix.unwrap().covariance[(3, 3)]
        };
        assert!(variance(false) > 5.0 * variance(true));
    }

    proptest! {
        /// Noise as assumed gives errors as stated: three markers, millimetres and a degree.
        #[test]
        fn noise_is_averaged_and_the_covariance_honest(
            shift in prop::array::uniform3(prop::array::uniform3(-0.004f32..0.004)),
            turn in prop::array::uniform3(prop::array::uniform3(-0.02f32..0.02)),
        ) {
            let noisy = sightings(|id| (Vec3::from(shift[id as usize]), Vec3::from(turn[id as usize])));
            let found = solve_markers(&MarkerLayout::new(&fiducials()).unwrap(), &noisy, &head(0.5));
            let fix = found.fix.unwrap();
            let (metres, radians) = off(&fix, &head(0.5));
            prop_assert!(metres < 0.02 && radians < 0.02, "{metres} m, {radians}");
            let stated = (0..6).map(|index| fix.covariance[(index, index)]).sum::<f64>().sqrt();
            prop_assert!((0.001..0.05).contains(&stated), "{stated}");
        }
    }
}
