//! How far the overlay sits from the truth: for scoring only, never fed back. Must not know who draws.

use fieldwright_guide::{
    frames::{Equipment, Pose, World},
    tracking::Anchor,
};
use glam::Vec3;
use serde::{Deserialize, Serialize};

use crate::{checks::Verdict, scenario::RegistrationBounds};

/// Errors gathered over a run.
#[derive(Clone, Debug)]
pub struct Registration {
    bounds: RegistrationBounds,
    good_mm: Vec<f32>,
    good_deg: Vec<f32>,
    occluded_mm: Vec<f32>,
}

/// The public summary (`registration` in the run's JSON).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistrationSummary {
    /// Frames with good tracking.
    pub frames: usize,
    /// Median, millimetres.
    pub median_mm: Option<f32>,
    /// 95th percentile, millimetres.
    pub p95_mm: Option<f32>,
    /// Median, degrees.
    pub median_deg: Option<f32>,
    /// 95th percentile, degrees.
    pub p95_deg: Option<f32>,
    /// Largest while every tag was covered, millimetres; `None` where they never were.
    pub max_occluded_mm: Option<f32>,
}

impl Registration {
    /// Nothing gathered yet.
    pub fn new(bounds: RegistrationBounds) -> Self {
        Self { bounds, good_mm: Vec::new(), good_deg: Vec::new(), occluded_mm: Vec::new() }
    }

    /// Error now at `point` (equipment frame): (millimetres, degrees).
    pub fn at_part(&self, anchor: &Anchor, truth: &Pose<World, Equipment>, point: Vec3) -> Option<(f32, f32)> {
        let estimate = anchor.world_from_equipment?;
        let mm = estimate.point(point).distance(truth.point(point)) * 1e3;
        // The half-angle form keeps small angles exact where acos of a dot product near 1 would not.
        let delta = estimate.rotation.inverse() * truth.rotation;
        let deg = (2.0 * delta.xyz().length().min(1.0).asin()).to_degrees();
        Some((mm, deg))
    }

    /// Takes in a frame whose tracking is good.
    pub fn good_frame(&mut self, anchor: &Anchor, truth: &Pose<World, Equipment>, point: Vec3) {
        if let Some((mm, deg)) = self.at_part(anchor, truth, point) {
            self.good_mm.push(mm);
            self.good_deg.push(deg);
        }
    }

    /// Takes in a frame in which every fiducial is covered.
    pub fn occluded_frame(&mut self, anchor: &Anchor, truth: &Pose<World, Equipment>, point: Vec3) {
        match self.at_part(anchor, truth, point) {
            Some((mm, _)) => self.occluded_mm.push(mm),
            // An anchor that was there and is given up is worse than one that is off.
            None if !self.good_mm.is_empty() => self.occluded_mm.push(f32::INFINITY),
            None => {}
        }
    }

    /// The figures.
    pub fn summary(&self) -> RegistrationSummary {
        RegistrationSummary {
            frames: self.good_mm.len(),
            median_mm: quantile(&self.good_mm, 0.5),
            p95_mm: quantile(&self.good_mm, 0.95),
            median_deg: quantile(&self.good_deg, 0.5),
            p95_deg: quantile(&self.good_deg, 0.95),
            max_occluded_mm: quantile(&self.occluded_mm, 1.0),
        }
    }

    /// One verdict a bound; a run without a single good frame fails.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let summary = self.summary();
        let bounds = self.bounds;
        let mut verdicts = vec![
            bound("registration median", summary.median_mm, bounds.median_mm, "mm"),
            bound("registration 95th percentile", summary.p95_mm, bounds.p95_mm, "mm"),
            bound("registration median", summary.median_deg, bounds.median_deg, "degrees"),
            bound("registration 95th percentile", summary.p95_deg, bounds.p95_deg, "degrees"),
        ];
        if summary.max_occluded_mm.is_some() {
            verdicts.push(bound("registration while covered", summary.max_occluded_mm, bounds.occluded_mm, "mm"));
        }
        verdicts
    }
}

fn bound(name: &str, value: Option<f32>, bound: f32, unit: &str) -> Verdict {
    Verdict {
        name: name.to_owned(),
        passed: value.is_some_and(|v| v <= bound),
        expected: format!("<= {bound} {unit}"),
        actual: value.map_or_else(|| "no frame with good tracking".to_owned(), |v| format!("{v:.3} {unit}")),
    }
}

/// Nearest-rank quantile; `None` of nothing.
pub fn quantile(values: &[f32], q: f64) -> Option<f32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Quat;

    #[test]
    fn a_turn_counts_at_the_part() {
        let mut registration = Registration::new(RegistrationBounds::default());
        let truth = Pose::identity();
        let anchor = Anchor {
            world_from_equipment: Some(Pose::new(Vec3::ZERO, Quat::from_rotation_y(0.001))),
            ..Anchor::default()
        };
        registration.good_frame(&anchor, &truth, Vec3::X);
        let summary = registration.summary();
        assert!((summary.median_mm.unwrap() - 1.0).abs() < 1e-2);
        assert!((summary.median_deg.unwrap() - 0.0573).abs() < 1e-3);
    }

    #[test]
    fn no_good_frame_fails() {
        assert!(Registration::new(RegistrationBounds::default()).verdicts().iter().all(|v| !v.passed));
    }

    #[test]
    fn quantiles_are_nearest_rank() {
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 1.0), Some(3.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
