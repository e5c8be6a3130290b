//! Measurements, each against a named peer in the same run. Figures go to docs/, never into a test.

use anyhow::Result;

use crate::shell::{cargo, heading, run};

/// Runs every measurement.
pub(crate) fn all() -> Result<()> {
    heading("Search: Fieldwright against plain BM25 over the text (recall, refusals, milliseconds)");
    let questions = ["tests/gold/fgs-5-questions.jsonl", "manuals/fgs-5"];
    run(cargo(&["run", "--release", "-p", "fieldwright-library", "--example", "gold", "--"]).args(questions))?;
    heading("Tracking: Fieldwright against the detector's own pose (millimetres, degrees, milliseconds)");
    run(&mut cargo(&["run", "--release", "-p", "fieldwright-vision", "--example", "accuracy"]))
}
