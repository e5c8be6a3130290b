//! Where the equipment stands in the room, over time: a Kalman filter over the fixes of single pictures, with a gate for what does
//! not fit. Knows no pixels and no clock; every moment is an argument.
//!
//! The state is the error of `world_from_equipment`: a small rotation about the room's axes and a shift of the equipment's origin
//! (Solà, "Quaternion kinematics for the error-state Kalman filter", 2017). The equipment is static: without fixes the pose stays
//! and only its covariance grows.

use fieldwright_guide::{
    frames::{CameraCv, Pose, World},
    time::Timestamp,
    tracking::{Anchor, Tracking},
};
use nalgebra::{Isometry3, Matrix3, Matrix6, Vector3, Vector6};

use crate::{
    layout::TagLayout,
    multi::EquipmentFix,
    pnp::{from_pose, to_pose},
    solve::skew,
};

/// How much the filter believes. The defaults are for a head-worn camera and equipment that stands still.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnchorSettings {
    /// Covariances of fixes are multiplied by this: errors of neighbouring pictures are alike.
    pub fix_inflation: f64,
    /// Standard deviation of the head's place as reported, metres.
    pub head_sigma_m: f64,
    /// Standard deviation of the head's rotation as reported, radians.
    pub head_sigma_rad: f64,
    /// How fast the equipment's place becomes uncertain while it is seen, metres a square root of a second.
    pub drift_m: f64,
    /// The same of its rotation, radians a square root of a second.
    pub drift_rad: f64,
    /// Drift is multiplied by this once no tag has been seen for [`Self::fresh_s`].
    pub coast_factor: f64,
    /// A fix this old is still fresh, seconds.
    pub fresh_s: f64,
    /// Largest one-sigma uncertainty at any tag's place that counts as good, metres.
    pub good_sigma_m: f64,
    /// Largest uncertainty of the rotation that counts as good, radians.
    pub good_sigma_rad: f64,
    /// Uncertainty at any tag's place from which on the equipment is lost, metres.
    pub lost_sigma_m: f64,
    /// The equipment is lost when nothing has been seen for this long, seconds.
    pub lost_after_s: f64,
    /// Squared Mahalanobis distance beyond which a fix does not fit: the 99.9 % point for six degrees of freedom.
    pub gate: f64,
    /// Always allowed by the gate besides the covariances, metres: mounting tolerance.
    pub gate_slack_m: f64,
    /// The same for rotation, radians.
    pub gate_slack_rad: f64,
    /// Number of fixes that must agree elsewhere before the equipment counts as moved.
    pub moved_fixes: u32,
    /// And how long they must keep agreeing, seconds.
    pub moved_s: f64,
}

impl Default for AnchorSettings {
    fn default() -> Self {
        Self {
            fix_inflation: 4.0,
            head_sigma_m: 0.000_5,
            head_sigma_rad: 0.000_3,
            drift_m: 0.000_5,
            drift_rad: 0.000_5,
            coast_factor: 3.0,
            fresh_s: 0.4,
            good_sigma_m: 0.004,
            good_sigma_rad: 0.008,
            lost_sigma_m: 0.03,
            lost_after_s: 60.0,
            gate: 22.46,
            gate_slack_m: 0.002,
            gate_slack_rad: 0.003,
            moved_fixes: 6,
            moved_s: 0.25,
        }
    }
}

/// What became of the fixes of one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No known tag was seen.
    NothingSeen,
    /// The first fix: the equipment is found.
    Found,
    /// The fix refined the estimate.
    Fused,
    /// The fix does not fit what is known and was left out.
    Gated,
    /// Fixes have agreed on another place for long enough: the equipment has been moved, and is now there.
    Moved,
    /// The picture allows several poses and nothing yet tells which.
    Ambiguous,
    /// The picture is older than one already used, or its head pose is no number.
    Ignored,
}

/// The filter.
#[derive(Clone, Debug)]
pub struct AnchorFilter {
    settings: AnchorSettings,
    /// Places at which the uncertainty is judged, in the equipment's frame.
    references: Vec<Vector3<f64>>,
    state: Option<State>,
    /// Where the equipment may have been moved to.
    candidate: Option<Candidate>,
    tags_used: u32,
}

#[derive(Clone, Copy, Debug)]
struct State {
    world_from_equipment: Isometry3<f64>,
    covariance: Matrix6<f64>,
    at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    state: State,
    since: Timestamp,
    fixes: u32,
}

impl AnchorFilter {
    /// A filter for equipment with these tags, which has not been found yet.
    pub fn new(layout: &TagLayout, settings: AnchorSettings) -> Self {
        let references = layout.tags().map(|tag| tag.equipment_from_tag.translation.vector).collect();
        Self { settings, references, state: None, candidate: None, tags_used: 0 }
    }

    /// Where the equipment should appear to a camera at this pose, as a guess for the solver.
    pub fn expected(&self, world_from_camera: &Pose<World, CameraCv>) -> Option<Isometry3<f64>> {
        let state = self.state.as_ref()?;
        is_usable(world_from_camera).then(|| from_pose(world_from_camera).inverse() * state.world_from_equipment)
    }

    /// Takes in the fixes of one picture (likeliest first, as the solver gives them), captured at `captured` by a camera at
    /// `world_from_camera`. Pictures must come in the order of their capture; late ones are ignored.
    pub fn observe(
        &mut self,
        fixes: &[EquipmentFix],
        world_from_camera: &Pose<World, CameraCv>,
        captured: Timestamp,
    ) -> Outcome {
        let late = self.state.is_some_and(|state| captured <= state.at);
        if late || !captured.0.is_finite() || !is_usable(world_from_camera) {
            return Outcome::Ignored;
        }
        let world_from_camera = from_pose(world_from_camera);
        let measured: Vec<State> = fixes.iter().map(|fix| self.measure(fix, &world_from_camera, captured)).collect();
        let Some(first) = measured.first() else { return Outcome::NothingSeen };
        let Some(state) = self.state else { return self.find(fixes, &measured) };

        let state = self.predict(&state, captured);
        let distances = measured.iter().map(|fix| self.distance(&state, fix));
        let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((index, distance)) = nearest
            && distance <= self.settings.gate
            && (fixes[index].is_majority() || fixes[index].tags_used.len() > 1)
        {
            self.candidate = None;
            self.tags_used = fixes[index].tags_used.len() as u32;
            self.state = Some(fuse(&state, &measured[index]));
            return Outcome::Fused;
        }
        self.doubt(first, &fixes[0], fixes.len() > 1, captured)
    }

    /// The estimate at `now`.
    pub fn anchor(&self, now: Timestamp) -> Anchor {
        let Some(state) = &self.state else { return Anchor::default() };
        let sigma_m = self.sigma_m(state, now);
        Anchor {
            world_from_equipment: Some(to_pose(&state.world_from_equipment)),
            tracking: self.tracking(state, now),
            sigma_m: sigma_m as f32,
            tags_used: self.tags_used,
            last_fix: Some(state.at),
        }
    }

    /// The estimate in double precision.
    pub fn world_from_equipment(&self) -> Option<Isometry3<f64>> {
        self.state.map(|state| state.world_from_equipment)
    }

    /// One-sigma uncertainty (metres) of a place on the equipment at `now`, along its worst direction; infinite before the first fix.
    pub fn sigma_at(&self, point_in_equipment: &Vector3<f64>, now: Timestamp) -> f64 {
        self.state.map_or(f64::INFINITY, |state| {
            let state = self.predict(&state, now);
            place_sigma(&state, point_in_equipment)
        })
    }

    /// From now on a fix this old is still fresh, seconds: the anchor of a slow camera is not stale between its frames.
    pub fn set_fresh_s(&mut self, seconds: f64) {
        self.settings.fresh_s = seconds;
    }

    /// Forgets the equipment, for example when another is chosen.
    pub fn reset(&mut self) {
        self.state = None;
        self.candidate = None;
        self.tags_used = 0;
    }

    fn tracking(&self, state: &State, now: Timestamp) -> Tracking {
        let settings = &self.settings;
        let age = now.since(state.at);
        let lost =
            |age: f64| age > settings.lost_after_s || self.sigma_m(state, state.at.plus(age)) > settings.lost_sigma_m;
        if lost(age) {
            // The moment it crossed the limit; uncertainty only grows between fixes, so halving finds it.
            let (mut better, mut worse) = (0.0, age);
            for _ in 0..40 {
                let middle = f64::midpoint(better, worse);
                *(if lost(middle) { &mut worse } else { &mut better }) = middle;
            }
            return Tracking::Lost { since: Some(state.at.plus(better)) };
        }
        let predicted = self.predict(state, now);
        let disputed = self.candidate.is_some_and(|candidate| candidate.fixes > 1);
        let good = age <= settings.fresh_s
            && !disputed
            && self.sigma_m(state, now) <= settings.good_sigma_m
            && worst_sigma(&predicted.covariance.fixed_view::<3, 3>(0, 0).into_owned()) <= settings.good_sigma_rad;
        if good { Tracking::Good } else { Tracking::Degraded }
    }

    /// Worst uncertainty over the places of the tags, metres.
    fn sigma_m(&self, state: &State, now: Timestamp) -> f64 {
        let state = self.predict(state, now);
        self.references.iter().map(|reference| place_sigma(&state, reference)).fold(0.0, f64::max)
    }

    /// The fix as a state of its own: in the room, with the head's uncertainty added.
    fn measure(&self, fix: &EquipmentFix, world_from_camera: &Isometry3<f64>, captured: Timestamp) -> State {
        let world_from_equipment = world_from_camera * fix.camera_from_equipment;
        let turn = world_from_camera.rotation.to_rotation_matrix();
        let mut axes = Matrix6::zeros();
        axes.fixed_view_mut::<3, 3>(0, 0).copy_from(turn.matrix());
        axes.fixed_view_mut::<3, 3>(3, 3).copy_from(turn.matrix());
        let mut covariance = axes * fix.covariance * axes.transpose() * self.settings.fix_inflation;

        // A head that is really turned by w about itself moves what it sees at `reach` by w × reach.
        let reach = world_from_equipment.translation.vector - world_from_camera.translation.vector;
        let lever = -skew(&reach);
        let rotation = Matrix3::identity() * self.settings.head_sigma_rad.powi(2);
        let shift = Matrix3::identity() * self.settings.head_sigma_m.powi(2) + lever * rotation * lever.transpose();
        let mut head = Matrix6::zeros();
        head.fixed_view_mut::<3, 3>(0, 0).copy_from(&rotation);
        head.fixed_view_mut::<3, 3>(3, 3).copy_from(&shift);
        head.fixed_view_mut::<3, 3>(3, 0).copy_from(&(lever * rotation));
        head.fixed_view_mut::<3, 3>(0, 3).copy_from(&(rotation * lever.transpose()));
        covariance += head;
        State { world_from_equipment, covariance, at: captured }
    }

    /// The first fix. Where the picture allows several poses, the one that stands upright is right, if only one does.
    fn find(&mut self, fixes: &[EquipmentFix], measured: &[State]) -> Outcome {
        if !fixes[0].is_majority() {
            return Outcome::Ambiguous;
        }
        let tilt = |state: &State| (state.world_from_equipment.rotation * Vector3::y()).angle(&Vector3::y());
        let mut by_tilt: Vec<(usize, f64)> = measured.iter().map(tilt).enumerate().collect();
        by_tilt.sort_by(|a, b| a.1.total_cmp(&b.1));
        let index = match by_tilt[..] {
            [(index, _)] => index,
            [(index, least), (_, next), ..] if least < UPRIGHT_RAD && next > 2.0 * least + TILT_MARGIN_RAD => index,
            _ => return Outcome::Ambiguous,
        };
        self.state = Some(measured[index]);
        self.tags_used = fixes[index].tags_used.len() as u32;
        self.candidate = None;
        Outcome::Found
    }

    /// A fix that does not fit. Once enough of them agree with each other, they are right.
    fn doubt(&mut self, measured: &State, fix: &EquipmentFix, ambiguous: bool, captured: Timestamp) -> Outcome {
        if ambiguous || !fix.is_majority() {
            return Outcome::Gated;
        }
        let agreeing = self.candidate.filter(|candidate| {
            self.distance(&self.predict(&candidate.state, captured), measured) <= self.settings.gate
        });
        let candidate = match agreeing {
            Some(candidate) => Candidate {
                state: fuse(&self.predict(&candidate.state, captured), measured),
                fixes: candidate.fixes + 1,
                ..candidate
            },
            None => Candidate { state: *measured, since: captured, fixes: 1 },
        };
        // A single tag may itself have been displaced, so it has to insist for longer.
        let patience = if fix.tags_used.len() > 1 { 1 } else { LONE_TAG_PATIENCE };
        let lasted = captured.since(candidate.since) >= self.settings.moved_s * f64::from(patience);
        if candidate.fixes >= self.settings.moved_fixes * patience && lasted {
            self.state = Some(candidate.state);
            self.tags_used = fix.tags_used.len() as u32;
            self.candidate = None;
            return Outcome::Moved;
        }
        self.candidate = Some(candidate);
        Outcome::Gated
    }

    /// The state at a later moment: the same pose, less certain.
    fn predict(&self, state: &State, now: Timestamp) -> State {
        let settings = &self.settings;
        let age = now.since(state.at).max(0.0);
        let coasting = (age - settings.fresh_s).max(0.0);
        let seconds = (age - coasting) + coasting * settings.coast_factor.powi(2);
        // The equipment turns about its middle, not about the origin of its frame.
        let arm = state.world_from_equipment.rotation * self.middle();
        let lever = skew(&arm);
        let rotation = Matrix3::identity() * (settings.drift_rad.powi(2) * seconds);
        let shift = Matrix3::identity() * (settings.drift_m.powi(2) * seconds) + lever * rotation * lever.transpose();
        let mut covariance = state.covariance;
        let mut add = |row, column, block: Matrix3<f64>| {
            let mut view = covariance.fixed_view_mut::<3, 3>(row, column);
            view += block;
        };
        add(0, 0, rotation);
        add(3, 3, shift);
        add(3, 0, lever * rotation);
        add(0, 3, rotation * lever.transpose());
        State { covariance, at: if age > 0.0 { now } else { state.at }, ..*state }
    }

    fn middle(&self) -> Vector3<f64> {
        self.references.iter().sum::<Vector3<f64>>() / self.references.len().max(1) as f64
    }

    /// Squared Mahalanobis distance of a fix from a state.
    fn distance(&self, state: &State, fix: &State) -> f64 {
        let settings = &self.settings;
        let mut spread = state.covariance + fix.covariance;
        let arm = state.world_from_equipment.rotation * self.middle();
        let slack = settings.gate_slack_m.powi(2) + settings.gate_slack_rad.powi(2) * arm.norm_squared();
        for axis in 0..3 {
            spread[(axis, axis)] += settings.gate_slack_rad.powi(2);
            spread[(axis + 3, axis + 3)] += slack;
        }
        let difference = difference(state, fix);
        spread.cholesky().map_or(f64::INFINITY, |factor| difference.dot(&factor.solve(&difference)))
    }
}

/// An equipment within this of upright needs no further proof, radians.
const UPRIGHT_RAD: f64 = 0.2;
/// The other pose must lean at least this much more, radians.
const TILT_MARGIN_RAD: f64 = 0.1;
/// A lone tag must insist this many times longer that the equipment has moved.
const LONE_TAG_PATIENCE: u32 = 6;

/// The Kalman update: both states are measurements of the same six numbers.
fn fuse(state: &State, fix: &State) -> State {
    let spread = state.covariance + fix.covariance;
    let Some(inverse) = spread.cholesky().map(|factor| factor.inverse()) else { return *state };
    let gain = state.covariance * inverse;
    let step = gain * difference(state, fix);
    let keep = Matrix6::identity() - gain;
    // Joseph's form stays symmetric and positive.
    let covariance = keep * state.covariance * keep.transpose() + gain * fix.covariance * gain.transpose();
    State {
        world_from_equipment: crate::solve::perturb(&state.world_from_equipment, &step),
        covariance: (covariance + covariance.transpose()) * 0.5,
        at: fix.at,
    }
}

/// Rotation about the room's axes and shift that take `from` to `to`.
fn difference(from: &State, to: &State) -> Vector6<f64> {
    let turn = (to.world_from_equipment.rotation * from.world_from_equipment.rotation.inverse()).scaled_axis();
    let shift = to.world_from_equipment.translation.vector - from.world_from_equipment.translation.vector;
    Vector6::new(turn.x, turn.y, turn.z, shift.x, shift.y, shift.z)
}

/// One-sigma uncertainty of a place on the equipment along its worst direction, metres.
fn place_sigma(state: &State, point_in_equipment: &Vector3<f64>) -> f64 {
    let lever = -skew(&(state.world_from_equipment.rotation * point_in_equipment));
    let block = |row, column| state.covariance.fixed_view::<3, 3>(row, column).into_owned();
    let cross = lever * block(0, 3);
    worst_sigma(&(lever * block(0, 0) * lever.transpose() + cross + cross.transpose() + block(3, 3)))
}

fn worst_sigma(covariance: &Matrix3<f64>) -> f64 {
    covariance.symmetric_eigenvalues().max().max(0.0).sqrt()
}

fn is_usable<To, From>(pose: &Pose<To, From>) -> bool {
    pose.translation.is_finite() && pose.rotation.is_finite() && (pose.rotation.length() - 1.0).abs() < 1e-2
}
