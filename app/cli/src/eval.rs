//! `fieldwright eval`: measures over whole sets of cases. Speech so far: a folder of recordings with a list of what they say.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, anyhow, bail};
use fieldwright_guide::command::{
    Command,
    heard::{Meaning, words_of},
    parse,
};
use fieldwright_session::transcriber::{Manner, Transcript};
use fieldwright_voice::wav;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::transcribe::Ear;

/// Arguments of `eval`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A folder of WAV files with `list.jsonl` or `manifest.jsonl`
    #[arg(long)]
    audio: PathBuf,
    #[command(flatten)]
    ear: Ear,
    /// Listen again with the whole 30 s window that the models were trained with, to compare
    #[arg(long)]
    whole_window: bool,
    /// One JSON object a recording and one for the whole on standard output
    #[arg(long)]
    json: bool,
    /// Print every recording that was not understood rightly
    #[arg(long)]
    wrong: bool,
}

/// A line of the list.
#[derive(Clone, Debug, Deserialize)]
struct Case {
    /// Name of the file.
    #[serde(alias = "wav")]
    file: String,
    /// What is said; empty for noise.
    text: String,
    /// `question`, `other` (speech that is none of ours), `noise`, or any name for a set of commands.
    #[serde(default)]
    kind: Option<String>,
    /// Name of the command; without it, as the grammar reads the text.
    #[serde(default)]
    command: Option<String>,
    /// Its argument.
    #[serde(default)]
    argument: Option<String>,
    /// Level of the speech above the noise, decibels.
    #[serde(default, alias = "snr")]
    snr_db: Option<f64>,
}

/// What came of the cases of one kind and level.
#[derive(Clone, Debug, Default)]
struct Sum {
    cases: usize,
    words: usize,
    errors: usize,
    commands: usize,
    right: usize,
    asked_back: usize,
    wrong: usize,
    false_accepts: usize,
    audio_s: f64,
    ms: Vec<f64>,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let cases = cases(args)?;
    let mut ear = args.ear.start()?;
    let mut sums: BTreeMap<(String, String), Sum> = BTreeMap::new();
    let mut all = Sum::default();
    let mut whole_ms = Vec::new();
    let mut wrong_acknowledgements = 0;
    for case in &cases {
        let recording = wav::read(&args.audio.join(&case.file))?;
        let said = ear.transcribe(&recording.samples, &args.ear.manner()).map_err(|why| anyhow!("{why}"))?;
        if args.whole_window {
            let manner = Manner { whole_window: true, ..args.ear.manner() };
            let again = ear.transcribe(&recording.samples, &manner).map_err(|why| anyhow!("{why}"))?;
            whole_ms.extend(again.said.iter().map(|one| one.ms));
        }
        let wanted = wanted(case);
        let result = judge(case, wanted.as_ref(), &said);
        wrong_acknowledgements += result.acknowledged_wrongly;
        let level = case.snr_db.map_or_else(|| "-".to_owned(), |db| format!("{db:.0} dB"));
        for sum in [sums.entry((kind(case, wanted.as_ref()), level)).or_default(), &mut all] {
            sum.add(&result, &said);
        }
        if args.json {
            let heard = name(said.meaning());
            let row = json!({
                "file": case.file, "text": case.text, "heard": said.text(), "command": wanted.as_ref().map(Command::name),
                "heard_command": heard, "errors": result.errors, "words": result.words, "ms": said.ms(),
            });
            crate::print(&row.to_string());
        }
        if args.wrong && (result.errors > 0 || result.false_accepts > 0) {
            let meaning = name(said.meaning()).unwrap_or("-");
            crate::say(&format!("{}: “{}” heard as “{}” [{meaning}]", case.file, case.text, said.text()));
        }
    }
    let summary = json!({
        "model": ear.model(),
        "sets": sums.iter().map(|((kind, level), sum)| sum.row(Some((kind, level)))).collect::<Vec<_>>(),
        "all": all.row(None),
        "wrong_acknowledgements": wrong_acknowledgements,
        "whole_window_ms": (!whole_ms.is_empty()).then(|| json!({
            "p50": percentile(&mut whole_ms.clone(), 50),
            "p95": percentile(&mut whole_ms, 95),
        })),
    });
    if args.json {
        crate::print(&summary.to_string());
    } else {
        table(&summary);
    }
    Ok(ExitCode::SUCCESS)
}

fn cases(args: &Args) -> anyhow::Result<Vec<Case>> {
    let folder = &args.audio;
    let list = ["manifest.jsonl", "list.jsonl"].map(|name| folder.join(name)).into_iter().find(|path| path.is_file());
    let Some(list) = list else {
        bail!(
            "no list of recordings in `{}`\nhint: a file manifest.jsonl there, a line for each: \
             {{\"file\",\"text\",\"command\",\"snr\"}}",
            folder.display()
        );
    };
    let text = std::fs::read_to_string(&list).with_context(|| format!("cannot read `{}`", list.display()))?;
    let mut cases = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let case = serde_json::from_str(line);
        cases.push(case.with_context(|| format!("`{}` line {}: no recording", list.display(), index + 1))?);
    }
    if cases.is_empty() {
        bail!("`{}` lists no recordings", list.display());
    }
    Ok(cases)
}

/// The command that a case is.
fn wanted(case: &Case) -> Option<Command> {
    let read = parse(&case.text);
    match &case.command {
        None if matches!(case.kind.as_deref(), Some("question" | "other" | "noise")) => None,
        None => read,
        Some(name) => read.filter(|read| {
            read.name() == name && (case.argument.is_none() || read.argument() == case.argument.as_deref())
        }),
    }
}

fn kind(case: &Case, wanted: Option<&Command>) -> String {
    let guessed = match wanted {
        Some(_) => "command",
        None if case.text.trim().is_empty() => "noise",
        None => "question",
    };
    case.kind.clone().unwrap_or_else(|| guessed.to_owned())
}

/// How one recording was understood.
struct Judged {
    words: usize,
    errors: usize,
    outcome: Outcome,
    /// Utterances that are no command and were taken for one.
    false_accepts: usize,
    acknowledged_wrongly: usize,
}

/// What was made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The command that it is.
    Right,
    /// It was asked back.
    AskedBack,
    /// A command that was taken for none.
    Missed,
    /// A command that was taken for another.
    TakenForAnother,
    /// It is no command.
    NoCommand,
}

fn judge(case: &Case, wanted: Option<&Command>, said: &Transcript) -> Judged {
    let (expected, heard) = (words_of(&case.text), words_of(&said.text()));
    let outcome = match (wanted, said.meaning()) {
        (None, _) => Outcome::NoCommand,
        (Some(wanted), Meaning::Certain { command, .. }) if command == wanted => Outcome::Right,
        (Some(_), Meaning::Certain { .. }) => Outcome::TakenForAnother,
        (Some(wanted), Meaning::Uncertain { command, .. }) if command == wanted => Outcome::AskedBack,
        (Some(_), _) => Outcome::Missed,
    };
    let taken: Vec<&str> = said.said.iter().filter_map(|one| name(&one.meaning)).collect();
    let acknowledged = taken.iter().filter(|name| **name == Command::Acknowledge.name()).count();
    Judged {
        words: expected.len(),
        errors: distance(&expected, &heard),
        outcome,
        false_accepts: if wanted.is_none() { taken.len() } else { 0 },
        acknowledged_wrongly: if wanted == Some(&Command::Acknowledge) { 0 } else { acknowledged },
    }
}

fn name(meaning: &Meaning) -> Option<&'static str> {
    match meaning {
        Meaning::Certain { command, .. } => Some(command.name()),
        Meaning::Uncertain { .. } | Meaning::Other => None,
    }
}

/// Words that must be put in, taken out or changed.
fn distance(expected: &[String], heard: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (index, word) in expected.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (at, other) in heard.iter().enumerate() {
            let changed = diagonal + usize::from(word != other);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[heard.len()]
}

impl Sum {
    fn add(&mut self, judged: &Judged, said: &Transcript) {
        self.cases += 1;
        self.words += judged.words;
        self.errors += judged.errors;
        let is = |outcome| usize::from(judged.outcome == outcome);
        self.commands += 1 - is(Outcome::NoCommand);
        self.right += is(Outcome::Right);
        self.asked_back += is(Outcome::AskedBack);
        self.wrong += is(Outcome::TakenForAnother);
        self.false_accepts += judged.false_accepts;
        self.audio_s += said.audio_s;
        self.ms.extend(said.said.iter().map(|one| one.ms));
    }

    fn row(&self, set: Option<(&str, &str)>) -> Value {
        let share = |part: usize, whole: usize| (whole > 0).then(|| rounded(part as f64 / whole as f64));
        let hours = self.audio_s / 3600.0;
        json!({
            "kind": set.map(|(kind, _)| kind),
            "level": set.map(|(_, level)| level),
            "recordings": self.cases,
            "word_error_rate": share(self.errors, self.words),
            "commands_right": share(self.right, self.commands),
            "commands_asked_back": share(self.asked_back, self.commands),
            "commands_taken_for_others": self.wrong,
            "false_accepts": self.false_accepts,
            "false_accepts_per_hour": (hours > 0.0).then(|| rounded(self.false_accepts as f64 / hours)),
            "audio_s": rounded(self.audio_s),
            "ms": {"p50": percentile(&mut self.ms.clone(), 50), "p95": percentile(&mut self.ms.clone(), 95)},
        })
    }
}

fn percentile(numbers: &mut [f64], percent: usize) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len().checked_sub(1)?;
    numbers.get(last * percent / 100).map(|number| rounded(*number))
}

fn table(summary: &Value) {
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    crate::print(&format!("model: {}", text(&summary["model"])));
    let heads = ["kind", "level", "n", "WER", "right", "asked", "other", "false", "/hour", "p50 ms", "p95 ms"];
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells.iter().map(|cell| format!("{cell:>9}")).collect();
        crate::print(&padded.join(" "));
    };
    line(&heads.map(str::to_owned));
    let sets = summary["sets"].as_array().cloned().unwrap_or_default();
    for row in sets.iter().chain([&summary["all"]]) {
        let kind = if row["kind"].is_null() { "all".to_owned() } else { text(&row["kind"]) };
        line(&[
            kind,
            text(&row["level"]),
            text(&row["recordings"]),
            text(&row["word_error_rate"]),
            text(&row["commands_right"]),
            text(&row["commands_asked_back"]),
            text(&row["commands_taken_for_others"]),
            text(&row["false_accepts"]),
            text(&row["false_accepts_per_hour"]),
            text(&row["ms"]["p50"]),
            text(&row["ms"]["p95"]),
        ]);
    }
    crate::print(&format!("wrong acknowledgements: {}", summary["wrong_acknowledgements"]));
    if !summary["whole_window_ms"].is_null() {
        let whole = &summary["whole_window_ms"];
        crate::print(&format!("with the whole 30 s window: p50 {} ms, p95 {} ms", whole["p50"], whole["p95"]));
    }
}

fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(expected: &str, heard: &str) -> usize {
        distance(&words_of(expected), &words_of(heard))
    }

    #[test]
    fn word_errors_are_counted_without_marks_and_spelling_of_contractions() {
        assert_eq!(count("What's the torque?", "what is the torque"), 0);
        assert_eq!(count("go to step three", "Go to step 3."), 0);
        assert_eq!(count("remove the fuel filter", "remove fuel filters"), 2);
        assert_eq!(count("", "thank you"), 2);
        assert_eq!(count("next", ""), 1);
    }

    #[test]
    fn cases_say_what_they_are() {
        let case = |line: &str| serde_json::from_str::<Case>(line).unwrap();
        let command = case(r#"{"wav":"a.wav","kind":"command","snr_db":5,"text":"okay next"}"#);
        assert_eq!(wanted(&command), Some(Command::Next));
        assert_eq!(kind(&command, wanted(&command).as_ref()), "command");
        let other = case(r#"{"file":"b.wav","kind":"other","text":"next"}"#);
        assert_eq!(wanted(&other), None, "said to somebody else");
        let noise = case(r#"{"file":"c.wav","text":""}"#);
        assert_eq!(kind(&noise, None), "noise");
        let step = case(r#"{"file":"d.wav","text":"go to step four","command":"go_to_step","argument":"4","snr":20}"#);
        assert_eq!(wanted(&step), Some(Command::GoToStep("4".into())));
    }
}
