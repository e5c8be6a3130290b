//! `fieldwright transcribe`: recorded speech into words, with the command that it is. Must not know engines.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::anyhow;
use fieldwright_guide::command::{Command, heard::Meaning};
use fieldwright_session::{
    models,
    place::{self, ProductFiles},
    transcriber::{Manner, Transcriber, Transcript},
};
use fieldwright_voice::wav::{self, Recording};
use serde_json::{Value, json};

/// Arguments of `transcribe`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// WAV files: any rate from 8 to 192 kHz, any number of channels
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    ear: Ear,
    /// One JSON object a file on standard output
    #[arg(long)]
    json: bool,
}

/// Which model listens, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Ear {
    /// A whisper.cpp model file instead of the installed one
    #[arg(long)]
    model: Option<PathBuf>,
    /// Words that are likely to be said
    #[arg(long, default_value = "")]
    likely: String,
}

impl Ear {
    /// Starts the worker.
    pub(crate) fn start(&self) -> anyhow::Result<Transcriber> {
        let log = place::state_folder(false).join("speech.log");
        let spec = match &self.model {
            Some(path) => models::speech_worker_of(&models::speech_model_at(path)?, log),
            None => models::speech_worker(&ProductFiles::find(None)?, &models::folder(), log),
        };
        spec.and_then(Transcriber::start).map_err(|why| anyhow!("{why}"))
    }

    /// How recordings are listened to.
    pub(crate) fn manner(&self) -> Manner {
        Manner { likely: self.likely.clone(), whole_window: false }
    }
}

/// Above this share of samples at the limit, a recording is said to clip.
const CLIPS: f64 = 0.002;

/// Runs it. A file that cannot be used is told, and the others are still done.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut transcriber: Option<Transcriber> = None;
    let mut failed = false;
    for file in &args.files {
        // Bad files are told before a model is loaded for them.
        let recording = match wav::read(file) {
            Ok(recording) => recording,
            Err(error) => {
                crate::say(&format!("error: {error}"));
                failed = true;
                continue;
            }
        };
        let ear = match &mut transcriber {
            Some(ear) => ear,
            None => transcriber.insert(args.ear.start()?),
        };
        if recording.clipped > CLIPS {
            let share = recording.clipped * 100.0;
            crate::say(&format!("note: `{}` clips ({share:.1} % of it): turn the microphone down", file.display()));
        }
        let said = ear.transcribe(&recording.samples, &args.ear.manner()).map_err(|why| anyhow!("{why}"))?;
        let line = if args.json { row(file, &recording, &said).to_string() } else { line(file, &said) };
        crate::print(&line);
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn row(file: &Path, recording: &Recording, said: &Transcript) -> Value {
    let (command, asked_back) = match &said.meaning {
        Meaning::Certain { command, confidence } => (Some((command, *confidence)), None),
        Meaning::Uncertain { command, confidence } => (None, Some((command, *confidence))),
        Meaning::Other => (None, None),
    };
    let words: Vec<Value> = said
        .words
        .iter()
        .map(|word| {
            json!({
                "word": word.word,
                "start_s": rounded(word.start_s),
                "end_s": rounded(word.end_s),
                "confidence": rounded(f64::from(word.confidence)),
            })
        })
        .collect();
    json!({
        "file": file.display().to_string(),
        "text": said.text,
        "words": words,
        "command": command.map(named),
        "asked_back": asked_back.map(named),
        "log": rounded(f64::from(said.log)),
        "phrases": said.phrases.iter().map(|one| json!({"text": one.text, "log": rounded(f64::from(one.log))})).collect::<Vec<_>>(),
        "audio_s": rounded(said.audio_s),
        "ms": rounded(said.ms),
        "rate_hz": recording.rate_hz,
        "channels": recording.channels,
        "clipped": rounded(recording.clipped),
    })
}

fn named((command, confidence): (&Command, f32)) -> Value {
    json!({"name": command.name(), "argument": command.argument(), "confidence": rounded(f64::from(confidence))})
}

fn line(file: &Path, said: &Transcript) -> String {
    let meaning = match &said.meaning {
        Meaning::Certain { command, .. } => format!("  [{}]", described(command)),
        Meaning::Uncertain { command, .. } => format!("  [{}?]", described(command)),
        Meaning::Other => String::new(),
    };
    format!("{}: {}{meaning}", file.display(), said.text)
}

fn described(command: &Command) -> String {
    let argument = command.argument().map_or_else(String::new, |argument| format!(" {argument}"));
    format!("{}{argument}", command.name())
}

/// Thousandths are enough.
fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use fieldwright_session::transcriber::Transcript;

    use super::*;

    fn said(meaning: Meaning) -> Value {
        let word = fieldwright_workers::speech::SpokenWord {
            word: "next".to_owned(),
            start_s: 0.25,
            end_s: 0.5,
            confidence: 0.9,
        };
        let transcript = Transcript {
            text: "next".to_owned(),
            words: vec![word],
            log: 0.0,
            phrases: Vec::new(),
            meaning,
            audio_s: 1.0,
            ms: 12.3456,
        };
        let recording = Recording { rate_hz: 8000, channels: 2, ..Recording::default() };
        row(Path::new("a.wav"), &recording, &transcript)
    }

    #[test]
    fn the_json_is_the_public_one() {
        let row = said(Meaning::Certain { command: Command::GoToStep("3.2".into()), confidence: 0.9 });
        for key in ["file", "text", "words", "command", "asked_back", "audio_s", "ms"] {
            assert!(row.get(key).is_some(), "{key}: {row}");
        }
        assert_eq!(row["command"], json!({"name": "go_to_step", "argument": "3.2", "confidence": 0.9}));
        assert_eq!(row["words"][0], json!({"word": "next", "start_s": 0.25, "end_s": 0.5, "confidence": 0.9}));
        assert_eq!((row["ms"].as_f64(), row["rate_hz"].as_u64()), (Some(12.346), Some(8000)));
    }

    #[test]
    fn only_what_is_certain_is_a_command() {
        let doubtful = said(Meaning::Uncertain { command: Command::Next, confidence: 0.3 });
        assert_eq!((&doubtful["command"], &doubtful["asked_back"]["name"]), (&Value::Null, &json!("next")));
        assert_eq!(doubtful["asked_back"]["argument"], Value::Null);
        let none = said(Meaning::Other);
        assert_eq!((&none["command"], &none["asked_back"]), (&Value::Null, &Value::Null));
    }
}
