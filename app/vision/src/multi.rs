//! The pose of the whole equipment from all its tags in one picture: every planar solution of every tag is a start, tags that
//! disagree are left out, and the rest are fitted together. Knows nothing of earlier pictures but a guess it may be given.

use fieldwright_guide::frames::{CameraCv, Equipment, Pose};
use nalgebra::{Isometry3, Matrix6, Vector2};

use crate::{
    camera::CameraModel,
    layout::TagLayout,
    pnp::to_pose,
    solve::{self, Fit, Loss, Sight},
    track::Detection,
};

/// The equipment's pose from one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct EquipmentFix {
    /// Maps the equipment's frame into the camera's (OpenCV axes), metres, double precision.
    pub camera_from_equipment: Isometry3<f64>,
    /// Covariance of a small rotation about the camera's axes (radians), then of the translation (metres).
    pub covariance: Matrix6<f64>,
    /// Root mean square reprojection error of the corners used, pixels; 0 where no picture of ours gave the fix.
    pub reprojection_px: f64,
    /// Ids of the tags it rests on.
    pub tags_used: Vec<u32>,
    /// Ids of tags that were seen elsewhere than it says.
    pub tags_rejected: Vec<u32>,
}

impl EquipmentFix {
    /// The pose in the product's own type.
    pub fn pose(&self) -> Pose<CameraCv, Equipment> {
        to_pose(&self.camera_from_equipment)
    }

    /// True if most of the known tags in the picture agree with it.
    pub fn is_majority(&self) -> bool {
        self.tags_used.len() > self.tags_rejected.len()
    }
}

/// Standard deviation of a well seen corner, pixels, the mounting of its tag included; no residual below it is believed.
const NOMINAL_PX: f64 = 0.06;
/// A tag agrees with a pose if its corners are off by no more than this, pixels ...
const GATE_PX: f64 = 1.5;
/// ... plus as many pixels as this tolerance of its mounting spans, metres.
const MOUNTING_TOLERANCE_M: f64 = 0.003;
/// Errors above this count linearly in the joint fit, pixels.
const HUBER_PX: f64 = 1.0;
/// Rotations nearer than this are the same minimum, radians.
const DISTINCT_RAD: f64 = 0.03;
/// Another minimum whose likelihood is within this (squared sigmas) cannot be told from the best.
const EVIDENCE: f64 = 9.0;

/// Solves for the equipment. The first fix is the likeliest; others follow only while the picture cannot tell them apart (one
/// small tag seen nearly head-on). `guess` is where the equipment is expected, if anything is. Empty if no known tag is seen.
pub fn solve_equipment(
    camera: &CameraModel,
    layout: &TagLayout,
    detections: &[Detection],
    guess: Option<&Isometry3<f64>>,
) -> Vec<EquipmentFix> {
    let problem = Problem::new(camera, layout, detections);
    let starts = problem.starts(guess);
    let Some(consensus) =
        starts.iter().filter_map(|start| problem.consensus(start, guess)).min_by(|a, b| a.score.total_cmp(&b.score))
    else {
        return Vec::new();
    };
    let sights = problem.sights_of(&consensus.agreeing);
    let mut minima: Vec<Fit> = Vec::new();
    for start in starts.iter().chain([&consensus.pose]) {
        let Some(fit) = solve::refine(&sights, problem.focal_px, start, Loss { huber_px: HUBER_PX }) else { continue };
        let same = |other: &&mut Fit| {
            fit.camera_from_object.rotation.angle_to(&other.camera_from_object.rotation) < DISTINCT_RAD
        };
        match minima.iter_mut().find(same) {
            Some(known) if known.cost <= fit.cost => {}
            Some(known) => *known = fit,
            None => minima.push(fit),
        }
    }
    minima.retain(|fit| problem.all_face_camera(&consensus.agreeing, &fit.camera_from_object));
    minima.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let Some(best) = minima.first() else { return Vec::new() };
    let degrees_of_freedom = (2 * sights.len()).saturating_sub(6).max(2) as f64;
    let variance = (best.cost / degrees_of_freedom).max(NOMINAL_PX * NOMINAL_PX);
    let limit = best.cost + EVIDENCE * variance;
    minima
        .iter()
        .take_while(|fit| fit.cost <= limit)
        .take(3)
        .filter_map(|fit| {
            Some(EquipmentFix {
                camera_from_equipment: fit.camera_from_object,
                covariance: fit.information.cholesky()?.inverse() * variance,
                reprojection_px: solve::rms_px(&sights, problem.focal_px, &fit.camera_from_object),
                tags_used: problem.ids(&consensus.agreeing, true),
                tags_rejected: problem.ids(&consensus.agreeing, false),
            })
        })
        .collect()
}

/// One known tag in the picture.
struct Seen<'a> {
    detection: &'a Detection,
    equipment_from_tag: Isometry3<f64>,
    sights: [Sight; 4],
}

struct Problem<'a> {
    focal_px: [f64; 2],
    seen: Vec<Seen<'a>>,
}

/// A pose and which tags agree with it.
struct Consensus {
    pose: Isometry3<f64>,
    agreeing: Vec<bool>,
    score: f64,
}

impl<'a> Problem<'a> {
    fn new(camera: &CameraModel, layout: &TagLayout, detections: &'a [Detection]) -> Self {
        let seen = detections.iter().filter_map(|detection| {
            let tag = layout.tag(detection.id)?;
            let weight = 1.0 / (1.0 + (detection.corner_sigma_px / NOMINAL_PX).powi(2));
            let mut sights = [Sight { point: tag.corners_in_equipment[0], ray: Vector2::zeros(), weight }; 4];
            for (index, sight) in sights.iter_mut().enumerate() {
                sight.point = tag.corners_in_equipment[index];
                sight.ray = Vector2::from(camera.undistort(detection.corners_px[index])?);
            }
            Some(Seen { detection, equipment_from_tag: tag.equipment_from_tag, sights })
        });
        Self { focal_px: camera.focal_px(), seen: seen.collect() }
    }

    /// Where each tag alone puts the equipment, and the guess.
    fn starts(&self, guess: Option<&Isometry3<f64>>) -> Vec<Isometry3<f64>> {
        let alone = self.seen.iter().flat_map(|seen| {
            let tag_from_equipment = seen.equipment_from_tag.inverse();
            [Some(seen.detection.best), seen.detection.other]
                .into_iter()
                .flatten()
                .map(move |pose| pose.camera_from_tag * tag_from_equipment)
        });
        guess.copied().into_iter().chain(alone).collect()
    }

    /// Fits all tags from `start`, then only those that agree, and scores the result: each tag costs its squared error in units of
    /// its gate, at most one.
    fn consensus(&self, start: &Isometry3<f64>, guess: Option<&Isometry3<f64>>) -> Option<Consensus> {
        let all = vec![true; self.seen.len()];
        // A start from one tag is already exact for that tag: judge it before the others can pull it away.
        let mut agreeing = self.agreeing(start).0;
        let mut pose = *start;
        if agreeing.iter().filter(|&&agrees| agrees).count() < 2 {
            pose = solve::refine(&self.sights_of(&all), self.focal_px, start, Loss { huber_px: GATE_PX })?
                .camera_from_object;
            let together = self.agreeing(&pose).0;
            if together.iter().any(|&agrees| agrees) {
                agreeing = together;
            } else {
                pose = *start;
            }
        }
        for _ in 0..3 {
            if !agreeing.contains(&true) {
                return None;
            }
            pose = solve::refine(&self.sights_of(&agreeing), self.focal_px, &pose, Loss { huber_px: HUBER_PX })?
                .camera_from_object;
            let next = self.agreeing(&pose).0;
            if next == agreeing {
                break;
            }
            agreeing = next;
        }
        let (agreeing, mut score) = self.agreeing(&pose);
        if let Some(guess) = guess {
            // Where two tags contradict each other and nothing else decides, the one that stayed where it was is right.
            let apart =
                (pose.translation.vector - guess.translation.vector).norm() + pose.rotation.angle_to(&guess.rotation);
            score += 0.2 * (apart / 0.05).min(1.0);
        }
        agreeing.contains(&true).then_some(Consensus { pose, agreeing, score })
    }

    /// Which tags a pose explains, and its score.
    fn agreeing(&self, pose: &Isometry3<f64>) -> (Vec<bool>, f64) {
        let mut score = 0.0;
        let agreeing = self.seen.iter().map(|seen| {
            let depth_m = (pose.rotation * seen.sights[0].point + pose.translation.vector).z;
            let gate_px = GATE_PX + MOUNTING_TOLERANCE_M * self.focal_px[0] / depth_m.max(0.05);
            let ratio = solve::rms_px(&seen.sights, self.focal_px, pose) / gate_px;
            score += ratio.powi(2).min(1.0);
            ratio < 1.0
        });
        (agreeing.collect(), score)
    }

    fn sights_of(&self, chosen: &[bool]) -> Vec<Sight> {
        self.seen.iter().zip(chosen).filter(|&(_, &chosen)| chosen).flat_map(|(seen, _)| seen.sights).collect()
    }

    fn ids(&self, agreeing: &[bool], wanted: bool) -> Vec<u32> {
        self.seen
            .iter()
            .zip(agreeing)
            .filter(|&(_, &agrees)| agrees == wanted)
            .map(|(seen, _)| seen.detection.id)
            .collect()
    }

    /// A printed face that was read cannot be turned away.
    fn all_face_camera(&self, agreeing: &[bool], pose: &Isometry3<f64>) -> bool {
        self.seen.iter().zip(agreeing).filter(|&(_, &agrees)| agrees).all(|(seen, _)| {
            let camera_from_tag = pose * seen.equipment_from_tag;
            (camera_from_tag.rotation * nalgebra::Vector3::z()).dot(&camera_from_tag.translation.vector) < 0.0
        })
    }
}
