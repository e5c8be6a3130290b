//! Whether pictures of the board tell enough: where in the frame corners were, from which sides, and what to do about what is missing.

use nalgebra::Vector3;

use super::intrinsics::ViewResult;

/// Cells of the coverage map, across and down.
pub const GRID: [usize; 2] = [8, 6];

/// What the pictures cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Corners in each cell of the frame, row by row.
    pub corners: [[usize; GRID[0]]; GRID[1]],
    /// Pictures in which the board is tilted by 15 degrees or more.
    pub tilted: usize,
    /// What to do, in words; empty where nothing is missing.
    pub advice: Vec<String>,
}

/// A tilt that tells focal length from distance, radians.
const TILT_RAD: f64 = 0.26;
const ENOUGH_VIEWS: usize = 10;
const ENOUGH_TILTED: usize = 6;
/// Share of the cells that must have corners.
const ENOUGH_CELLS: f64 = 0.75;

impl Coverage {
    pub(super) fn of(size_px: [u32; 2], views: &[ViewResult]) -> Self {
        let mut corners = [[0; GRID[0]]; GRID[1]];
        for corner in views.iter().flat_map(|view| &view.corners) {
            let cell = |axis: usize| {
                let share = (corner.px[axis] + 0.5) / f64::from(size_px[axis]);
                ((share * GRID[axis] as f64) as usize).min(GRID[axis] - 1)
            };
            corners[cell(1)][cell(0)] += 1;
        }
        let tilted = views.iter().filter(|view| view.tilt_rad() >= TILT_RAD).count();
        let mut coverage = Self { corners, tilted, advice: Vec::new() };
        coverage.advice = coverage.advise(views);
        coverage
    }

    /// Share of the frame's cells that have corners, 0 to 1.
    pub fn share(&self) -> f64 {
        let filled = self.corners.iter().flatten().filter(|count| **count > 0).count();
        filled as f64 / (GRID[0] * GRID[1]) as f64
    }

    fn advise(&self, views: &[ViewResult]) -> Vec<String> {
        let mut advice = Vec::new();
        if views.len() < ENOUGH_VIEWS {
            advice
                .push(format!("take more pictures: {} show the board, {ENOUGH_VIEWS} or more are better", views.len()));
        }
        let [right, bottom] = [GRID[0] - 1, GRID[1] - 1];
        let empty: Vec<&str> =
            [("top left", 0, 0), ("top right", right, 0), ("bottom left", 0, bottom), ("bottom right", right, bottom)]
                .into_iter()
                .filter(|(_, column, row)| self.corners[*row][*column] == 0)
                .map(|(name, ..)| name)
                .collect();
        if !empty.is_empty() {
            advice.push(format!("fill the corners: nothing was seen at the {}", empty.join(", ")));
        }
        if self.share() < ENOUGH_CELLS {
            advice.push(format!("move the board about: {:.0} % of the frame was covered", self.share() * 100.0));
        }
        if self.tilted < ENOUGH_TILTED {
            advice.push(format!("tilt the board by 30 to 50 degrees: {} pictures have it tilted", self.tilted));
        }
        // Which way the board's face points, over the views: both across and up and down must vary.
        let normals: Vec<Vector3<f64>> =
            views.iter().map(|view| view.camera_from_board.rotation * Vector3::z()).collect();
        for (axis, words) in [(0, "left and right"), (1, "up and down")] {
            let reach =
                normals.iter().map(|n| n[axis]).fold((0.0f64, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
            if self.tilted >= ENOUGH_TILTED && (reach.0 > -0.2 || reach.1 < 0.2) {
                advice.push(format!("tilt the board both ways {words}"));
            }
        }
        let depths: Vec<f64> = views.iter().map(|view| view.camera_from_board.translation.z).collect();
        let (near, far) =
            depths.iter().fold((f64::INFINITY, 0.0f64), |(near, far), depth| (near.min(*depth), far.max(*depth)));
        if far < 1.3 * near {
            advice.push("hold the board nearer and farther".to_owned());
        }
        advice
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{Isometry3, Translation3, UnitQuaternion};

    use super::*;
    use crate::calibrate::intrinsics::CornerResidual;

    fn view(tilt: [f64; 2], depth: f64, at: [f64; 2]) -> ViewResult {
        let facing = UnitQuaternion::from_euler_angles(std::f64::consts::PI + tilt[0], tilt[1], 0.0);
        let corners = (0..35)
            .map(|index| CornerResidual {
                px: [at[0] + f64::from(index % 7) * 60.0, at[1] + f64::from(index / 7) * 60.0],
                error_px: [0.0; 2],
            })
            .collect();
        ViewResult {
            name: String::new(),
            camera_from_board: Isometry3::from_parts(Translation3::new(0.0, 0.0, depth), facing),
            rms_px: 0.0,
            corners,
        }
    }

    #[test]
    fn says_what_is_missing() {
        let flat: Vec<ViewResult> = (0..5).map(|_| view([0.0; 2], 0.5, [400.0, 200.0])).collect();
        let words = Coverage::of([1280, 720], &flat).advice.join("; ");
        for needed in ["more pictures", "fill the corners", "tilt the board", "move the board", "nearer and farther"] {
            assert!(words.contains(needed), "{needed} is not in: {words}");
        }
        let one_way: Vec<ViewResult> = (0..12).map(|_| view([0.5, 0.0], 0.5, [400.0, 200.0])).collect();
        let words = Coverage::of([1280, 720], &one_way).advice.join("; ");
        assert!(words.contains("left and right"), "{words}");
    }

    #[test]
    fn a_good_set_needs_nothing_more() {
        let mut views = Vec::new();
        for (index, at) in
            [[5.0, 5.0], [880.0, 5.0], [5.0, 460.0], [880.0, 460.0], [450.0, 230.0]].into_iter().enumerate()
        {
            for tilt in [[0.5, 0.0], [-0.5, 0.0], [0.0, 0.5], [0.0, -0.5]] {
                views.push(view(tilt, 0.4 + 0.05 * index as f64, at));
            }
        }
        let coverage = Coverage::of([1280, 720], &views);
        assert!(coverage.advice.is_empty(), "{:?}", coverage.advice);
        assert!(coverage.share() > 0.75 && coverage.tilted == 20);
    }
}
