//! `fieldwright-llm MODEL NAME --measure FILE`: how well and how fast the model does each task, in each way it could be
//! done, on cases with known answers, beside what is had without a model. Must not know where cases come from.

use std::{collections::BTreeMap, path::Path, time::Instant};

use anyhow::Context as _;
use fieldwright_guide::{
    answer::verify_text,
    model::{ModelReply, ModelTask, WordedSentence},
};
use llama_cpp_2::{llama_backend::LlamaBackend, model::LlamaModel};

use crate::{
    engine::{Engine, deadline},
    tasks::{self, Way},
};

/// A line of the file: a task, and either the replies that are right or the words that a wording must hold (each
/// perhaps in several spellings, parted by `|`).
#[derive(Debug, serde::Deserialize)]
struct Case {
    task: ModelTask,
    #[serde(default)]
    accept: Vec<ModelReply>,
    #[serde(default)]
    contains: Vec<String>,
}

/// The row of what is had without a model.
const WITHOUT: &str = "without a model";

#[derive(Debug, Default)]
struct Row {
    cases: usize,
    right: usize,
    times_ms: Vec<f64>,
    cpu_ms: f64,
    verified: usize,
}

/// Measures; the table goes to standard output.
///
/// # Errors
/// When a case cannot be read or the engine fails.
#[expect(clippy::print_stdout, reason = "the table is this command's answer")]
pub(crate) fn run(
    backend: &LlamaBackend,
    model: &LlamaModel,
    threads: i32,
    name: &str,
    cases: &Path,
) -> anyhow::Result<()> {
    let mut engine = Engine::new(backend, model, threads)?;
    let text = std::fs::read_to_string(cases).with_context(|| format!("cannot read `{}`", cases.display()))?;
    let mut rows: BTreeMap<(&str, &str), Row> = BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut case: Case = serde_json::from_str(line)
            .with_context(|| format!("`{}` line {}: not a case", cases.display(), index + 1))?;
        if let ModelTask::Word { passages, .. } = &mut case.task {
            // Retrieval chooses the passage; the model is given no other.
            passages.truncate(1);
        }
        let kind = kind(&case.task);
        if let Some(reply) = without(&case.task) {
            let row = rows.entry((kind, WITHOUT)).or_default();
            row.cases += 1;
            row.right += usize::from(agrees(&reply, &case));
        }
        for (way, words) in [(Way::Said, "said"), (Way::Likely, "likely"), (Way::Explains, "explains")] {
            let (started, cpu) = (Instant::now(), cpu_ms());
            let reply = tasks::perform_in(&mut engine, &case.task, way, deadline(60_000));
            let row = rows.entry((kind, words)).or_default();
            row.times_ms.push(started.elapsed().as_secs_f64() * 1e3);
            row.cpu_ms += cpu_ms() - cpu;
            row.cases += 1;
            // A task that fails is answered with nothing, which is never right here.
            let right = reply.as_ref().is_ok_and(|reply| agrees(reply, &case));
            row.right += usize::from(right);
            row.verified += usize::from(right && reply.is_ok_and(|reply| verified(&reply, &case.task)));
        }
    }
    println!("{name}, {threads} thread(s), peak memory {} MB", peak_megabytes());
    println!(
        "{:12} {:16} {:>6} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "task", "way", "cases", "right", "and shown", "median ms", "p95 ms", "CPU ms"
    );
    for ((kind, way), Row { cases, right, mut times_ms, cpu_ms, verified }) in rows {
        times_ms.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = ((times_ms.len() as f64 * share).ceil() as usize).clamp(1, times_ms.len().max(1)) - 1;
            times_ms.get(place).map_or("-".to_owned(), |time_ms| format!("{time_ms:.0}"))
        };
        let share = right as f64 / cases as f64;
        // What is not shown does not matter: a wording counts only where the verifier lets it pass.
        let shown = if kind == "word" && way != WITHOUT {
            format!("{:.2}", verified as f64 / cases as f64)
        } else {
            "-".to_owned()
        };
        let (median, late) = (at(0.5), at(0.95));
        println!(
            "{kind:12} {way:16} {cases:>6} {share:>8.2} {shown:>10} {median:>10} {late:>10} {:>10.0}",
            cpu_ms / cases as f64
        );
    }
    Ok(())
}

/// Whether a wording would be shown. The titles of passages, which may lend words, are not in the cases.
fn verified(reply: &ModelReply, task: &ModelTask) -> bool {
    match (reply, task) {
        (ModelReply::Worded(sentences), ModelTask::Word { passages, .. }) => sentences.iter().all(|sentence| {
            passages
                .get(sentence.passage.wrapping_sub(1))
                .is_some_and(|passage| verify_text(&sentence.text, "", passage).is_ok())
        }),
        _ => false,
    }
}

fn kind(task: &ModelTask) -> &'static str {
    match task {
        ModelTask::Understand { .. } => "understand",
        ModelTask::Select { .. } => "select",
        ModelTask::MapReply { .. } => "map reply",
        ModelTask::Word { .. } => "word",
    }
}

/// What stands where no model answers: the order of retrieval.
fn without(task: &ModelTask) -> Option<ModelReply> {
    match task {
        ModelTask::Understand { .. } => None,
        ModelTask::Select { .. } => Some(ModelReply::Selected(vec![0])),
        ModelTask::MapReply { .. } => Some(ModelReply::Mapped(None)),
        ModelTask::Word { passages, .. } => {
            let first = passages.first()?.clone();
            Some(ModelReply::Worded(vec![WordedSentence { text: first, passage: 1 }]))
        }
    }
}

fn agrees(reply: &ModelReply, case: &Case) -> bool {
    match reply {
        ModelReply::Worded(said) => case.contains.iter().all(|wanted| {
            wanted.split('|').any(|spelling| {
                said.iter().any(|sentence| sentence.text.to_lowercase().contains(&spelling.to_lowercase()))
            })
        }),
        reply => case.accept.contains(reply),
    }
}

/// Processor time of all threads so far, in milliseconds; 0 where the system does not tell. Unlike the clock it is not
/// lengthened by what else the machine does.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name may hold anything, so fields are counted from its end; a tick is 10 ms.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) * 10.0
}

/// The most memory that this process has had in use, in megabytes; 0 where the system does not tell.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or(0_u64) / 1000
}
