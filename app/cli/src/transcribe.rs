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
    transcriber::{Manner, Said, Transcriber, Transcript},
};
use fieldwright_voice::wav::{self, Recording};
use fieldwright_workers::speech::{LikelyPhrase, SpokenWord};
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
    /// Take all of a recording for one utterance, instead of looking for voices in it as at a microphone
    #[arg(long)]
    one_utterance: bool,
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
        Manner { likely: self.likely.clone(), whole_window: false, one_utterance: self.one_utterance }
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

/// The public form: of a recording as a whole, and of its utterances.
fn row(file: &Path, recording: &Recording, transcript: &Transcript) -> Value {
    let (command, asked_back) = commands(transcript.meaning());
    // Of several utterances there is no likelihood of the whole.
    let (log, phrases) = match transcript.said.as_slice() {
        [one] => (one.log, one.phrases.as_slice()),
        _ => (0.0, [].as_slice()),
    };
    json!({
        "file": file.display().to_string(),
        "text": transcript.text(),
        "words": transcript.said.iter().flat_map(|one| &one.words).map(word).collect::<Vec<_>>(),
        "command": command,
        "asked_back": asked_back,
        "log": rounded(f64::from(log)),
        "phrases": phrases.iter().map(phrase).collect::<Vec<_>>(),
        "utterances": transcript.said.iter().map(utterance).collect::<Vec<_>>(),
        "audio_s": rounded(transcript.audio_s),
        "ms": rounded(transcript.ms()),
        "rate_hz": recording.rate_hz,
        "channels": recording.channels,
        "clipped": rounded(recording.clipped),
    })
}

fn utterance(said: &Said) -> Value {
    let (command, asked_back) = commands(&said.meaning);
    json!({
        "start_s": rounded(said.start_s),
        "end_s": rounded(said.end_s),
        "text": said.text,
        "command": command,
        "asked_back": asked_back,
        "amid": said.amid,
        "above_noise_db": rounded(f64::from(said.above_noise_db)),
        "log": rounded(f64::from(said.log)),
        "phrases": said.phrases.iter().map(phrase).collect::<Vec<_>>(),
        "ms": rounded(said.ms),
    })
}

fn phrase(phrase: &LikelyPhrase) -> Value {
    json!({"text": phrase.text, "log": rounded(f64::from(phrase.log))})
}

fn word(word: &SpokenWord) -> Value {
    json!({
        "word": word.word,
        "start_s": rounded(word.start_s),
        "end_s": rounded(word.end_s),
        "confidence": rounded(f64::from(word.confidence)),
    })
}

/// The command that is certain, and the one that is asked back.
fn commands(meaning: &Meaning) -> (Option<Value>, Option<Value>) {
    match meaning {
        Meaning::Certain { command, confidence } => (Some(named(command, *confidence)), None),
        Meaning::Uncertain { command, confidence } => (None, Some(named(command, *confidence))),
        Meaning::Other => (None, None),
    }
}

fn named(command: &Command, confidence: f32) -> Value {
    json!({"name": command.name(), "argument": command.argument(), "confidence": rounded(f64::from(confidence))})
}

fn line(file: &Path, said: &Transcript) -> String {
    let one = |one: &Said| match &one.meaning {
        Meaning::Certain { command, .. } => format!("{} [{}]", one.text, described(command)),
        Meaning::Uncertain { command, .. } => format!("{} [{}?]", one.text, described(command)),
        Meaning::Other => one.text.clone(),
    };
    let texts: Vec<String> = said.said.iter().map(one).filter(|text| !text.is_empty()).collect();
    format!("{}: {}", file.display(), if texts.is_empty() { "(nothing said)".to_owned() } else { texts.join(" | ") })
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
    use super::*;

    fn said(meaning: Meaning) -> Value {
        let word = SpokenWord { word: "next".to_owned(), start_s: 0.25, end_s: 0.5, confidence: 0.9 };
        let one = Said {
            amid: false,
            above_noise_db: 20.0,
            start_s: 0.0,
            end_s: 1.0,
            text: "next".to_owned(),
            words: vec![word],
            log: 0.0,
            phrases: Vec::new(),
            meaning,
            ms: 12.3456,
        };
        let question =
            Said { text: "how tight".to_owned(), meaning: Meaning::Other, words: Vec::new(), ms: 1.0, ..one.clone() };
        let transcript = Transcript { said: vec![question, one], audio_s: 2.0 };
        let recording = Recording { rate_hz: 8000, channels: 2, ..Recording::default() };
        row(Path::new("a.wav"), &recording, &transcript)
    }

    #[test]
    fn the_json_is_the_public_one() {
        let row = said(Meaning::Certain { command: Command::GoToStep("3.2".into()), confidence: 0.9 });
        for key in ["file", "text", "words", "command", "asked_back", "log", "phrases", "audio_s", "ms"] {
            assert!(row.get(key).is_some(), "{key}: {row}");
        }
        assert_eq!(row["command"], json!({"name": "go_to_step", "argument": "3.2", "confidence": 0.9}));
        assert_eq!(row["words"][0], json!({"word": "next", "start_s": 0.25, "end_s": 0.5, "confidence": 0.9}));
        assert_eq!((row["ms"].as_f64(), row["rate_hz"].as_u64()), (Some(13.346), Some(8000)));
        assert_eq!(row["text"], "how tight next");
        assert_eq!(
            (&row["utterances"][0]["command"], &row["utterances"][1]["command"]),
            (&Value::Null, &row["command"])
        );
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
