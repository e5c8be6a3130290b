//! Where the focused part is drawn in each eye's picture, against where it is: for scoring only, never fed back. Must not know who
//! plays what.

use bevy::prelude::*;
use fieldwright_guide::{
    frames::{Equipment, Pose, World as WorldFrame},
    overlay::{OverlayScene, Placement},
    tracking::Tracking,
};
use fieldwright_session::{checks::Verdict, registration::quantile};
use serde_json::{Value, json};

use crate::{
    live::Live,
    overlay3d::probe::{self, InEye, Probe, Region},
    shared::CurrentScene,
};

/// Frames until the probe's look is drawn.
const DRESSED: u8 = 3;

/// One moment, measured in both eyes.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Left and right: from the middle of what is drawn to the middle of the part, millimetres at the part.
    off_mm: [f32; 2],
    /// Horizontal disparity drawn, and of the part itself, pixels.
    disparity_px: [f32; 2],
    /// From the eyes to the part, metres.
    distance_m: f32,
    /// Pixels of one radian.
    pixels_per_rad: f32,
}

/// The measurement under way, and those done.
#[derive(Default, Resource)]
pub(super) struct Measure {
    waited: Option<u8>,
    expected: Vec<InEye>,
    pictures: [Option<image::RgbImage>; 2],
    rows: Vec<Row>,
}

impl Measure {
    /// True while one is under way.
    pub(super) fn busy(&self) -> bool {
        self.waited.is_some()
    }
}

/// Begins one, where something is drawn on a part and its tracking is good.
pub(super) fn begin(world: &mut World) {
    let scene: &OverlayScene = &world.resource::<CurrentScene>().0;
    let drawn = scene.placement == Placement::OnPart && !scene.highlights.is_empty();
    let good = world.get_non_send::<Live>().is_some_and(|live| live.assistant.anchor().tracking == Tracking::Good);
    if drawn && good {
        world.resource_mut::<Measure>().waited = Some(0);
        world.insert_resource(Probe(true));
    }
}

/// Goes on with one: waits for the probe's look, takes both eyes, compares.
pub(super) fn go_on(world: &mut World, truth: &Pose<WorldFrame, Equipment>) {
    let Some(waited) = world.resource::<Measure>().waited else { return };
    if waited < DRESSED {
        world.resource_mut::<Measure>().waited = Some(waited + 1);
        return;
    }
    if waited == DRESSED {
        let expected = probe::focus(world, truth);
        let mut measure = world.resource_mut::<Measure>();
        if expected.len() < 2 {
            // Not whole in both eyes: nothing to compare.
            measure.waited = None;
            world.insert_resource(Probe(false));
            return;
        }
        measure.waited = Some(DRESSED + 1);
        measure.expected = expected;
        measure.pictures = [None, None];
        super::eyes::grab(world, |world, eye, picture| {
            if let Some(slot) = world.resource_mut::<Measure>().pictures.get_mut(eye) {
                *slot = picture;
            }
        });
        return;
    }
    let measure = world.resource::<Measure>();
    let [Some(left), Some(right)] = &measure.pictures else { return };
    let row = compare([left, right], &measure.expected);
    let mut measure = world.resource_mut::<Measure>();
    measure.rows.extend(row);
    measure.waited = None;
    world.insert_resource(Probe(false));
}

fn compare(pictures: [&image::RgbImage; 2], expected: &[InEye]) -> Option<Row> {
    let drawn = [Region::drawn(pictures[0])?.middle, Region::drawn(pictures[1])?.middle];
    let [first, second] = expected else { return None };
    // The left eye sees the part farther to the right.
    let (left, right) =
        if first.silhouette.middle.x >= second.silhouette.middle.x { (first, second) } else { (second, first) };
    let off = |at: Vec2, eye: &InEye| at.distance(eye.silhouette.middle) / eye.pixels_per_rad * eye.distance * 1e3;
    Some(Row {
        off_mm: [off(drawn[0], left), off(drawn[1], right)],
        disparity_px: [drawn[0].x - drawn[1].x, left.silhouette.middle.x - right.silhouette.middle.x],
        distance_m: (left.distance + right.distance) * 0.5,
        pixels_per_rad: left.pixels_per_rad,
    })
}

/// What was measured, for the report and whoever is told.
pub(super) fn summary(measure: &Measure) -> Value {
    json!({
        "measured": measure.rows.iter().map(|row| json!({
            "left_mm": row.off_mm[0],
            "right_mm": row.off_mm[1],
            "disparity_px": row.disparity_px[0],
            "true_disparity_px": row.disparity_px[1],
            "distance_m": row.distance_m,
        })).collect::<Vec<_>>(),
    })
}

/// Bounds in each eye: what the tracker may be off, and a third of a pixel, which the middle of a small part's pixels may be.
const OFF_MM: f32 = 2.0;
const OFF_PX: f32 = 0.34;

/// What must hold of the pictures. A run that measured nothing fails.
pub(super) fn verdicts(measure: &Measure) -> Vec<Verdict> {
    let rows = &measure.rows;
    let pixel_mm = |row: &Row| OFF_PX / row.pixels_per_rad * row.distance_m * 1e3;
    let allowed = quantile(&rows.iter().map(|row| OFF_MM + pixel_mm(row)).collect::<Vec<_>>(), 0.5).unwrap_or(OFF_MM);
    let mut verdicts: Vec<Verdict> = ["left", "right"]
        .into_iter()
        .enumerate()
        .map(|(eye, name)| {
            let median = quantile(&rows.iter().map(|row| row.off_mm[eye]).collect::<Vec<_>>(), 0.5);
            Verdict {
                name: format!("drawn on the part in the {name} eye, median of {}", rows.len()),
                passed: median.is_some_and(|median| median <= allowed),
                expected: format!("<= {allowed:.2} mm"),
                actual: median.map_or_else(|| "nothing measured".to_owned(), |median| format!("{median:.2} mm")),
            }
        })
        .collect();
    let worst = rows
        .iter()
        .map(|row| (row.disparity_px[0] - row.disparity_px[1]).abs())
        .fold(None, |worst: Option<f32>, off| Some(worst.map_or(off, |worst| worst.max(off))));
    verdicts.push(Verdict {
        name: "disparity is right for the part's distance".to_owned(),
        passed: worst.is_some_and(|worst| worst <= 1.0),
        expected: "<= 1 px off".to_owned(),
        actual: worst.map_or_else(|| "nothing measured".to_owned(), |worst| format!("{worst:.2} px off at worst")),
    });
    verdicts
}
