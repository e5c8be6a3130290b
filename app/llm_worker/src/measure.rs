//! `fieldwright-llm MODEL NAME --measure FILE`: how well and how fast the model does each task, on cases with known answers.
//! Each line of the file is a case: `{"task": ModelTask, "expect": ModelReply}`. Must not know where cases come from.

use std::{path::Path, time::Instant};

use anyhow::Context as _;
use fieldwright_guide::model::{ModelReply, ModelTask};

use crate::{engine, tasks};

/// Measures; the table goes to standard output.
#[expect(clippy::print_stdout, reason = "the table is this command's answer")]
pub(crate) fn run(model: &Path, name: &str, cases: &Path) -> anyhow::Result<()> {
    let backend = engine::backend()?;
    let mut engine = engine::Engine::load(&backend, model)?;
    let text = std::fs::read_to_string(cases).with_context(|| format!("cannot read {}", cases.display()))?;
    let mut rows: std::collections::BTreeMap<&str, (usize, usize, Vec<f64>)> = std::collections::BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let value: serde_json::Value =
            serde_json::from_str(line).with_context(|| format!("{}, line {}", cases.display(), index + 1))?;
        let task: ModelTask =
            serde_json::from_value(value["task"].clone()).with_context(|| format!("line {}: task", index + 1))?;
        let expect: ModelReply =
            serde_json::from_value(value["expect"].clone()).with_context(|| format!("line {}: expect", index + 1))?;
        let kind = match task {
            ModelTask::Understand { .. } => "understand",
            ModelTask::Select { .. } => "select",
            ModelTask::MapReply { .. } => "map reply",
            ModelTask::Word { .. } => "word",
        };
        let started = Instant::now();
        let reply = tasks::perform(&mut engine, &task, 60_000)?;
        let row = rows.entry(kind).or_default();
        row.2.push(started.elapsed().as_secs_f64() * 1e3);
        row.0 += 1;
        row.1 += usize::from(agrees(&reply, &expect));
    }
    println!("{name}\n{:12} {:>6} {:>8} {:>10} {:>10}", "task", "cases", "right", "median ms", "p95 ms");
    for (kind, (cases, right, mut times)) in rows {
        times.sort_by(f64::total_cmp);
        let at = |q: f64| times[((times.len() as f64 * q).ceil() as usize).clamp(1, times.len()) - 1];
        println!("{kind:12} {cases:>6} {:>8.2} {:>10.0} {:>10.0}", right as f64 / cases as f64, at(0.5), at(0.95));
    }
    Ok(())
}

/// A wording agrees when it contains the expected sentences; the rest must be equal.
fn agrees(reply: &ModelReply, expect: &ModelReply) -> bool {
    match (reply, expect) {
        (ModelReply::Worded(said), ModelReply::Worded(wanted)) => {
            wanted.iter().all(|w| said.iter().any(|s| s.text.contains(&w.text)))
        }
        _ => reply == expect,
    }
}
