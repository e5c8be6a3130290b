//! Text to samples, by an engine that runs as a process of its own. Must not know when or to whom a line is said.

use std::{
    io::{Cursor, Read as _, Write as _},
    process::{Command, Stdio},
    time::Duration,
};

use thiserror::Error;

use crate::wav;

/// A synthesizer: a program that is given text and prints a WAV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// The program, by name or path.
    pub program: String,
    /// Its arguments. `{text}` in one of them stands for the text; where there is none the text goes to standard input.
    pub args: Vec<String>,
}

/// Why a line cannot be synthesized.
#[derive(Debug, Error)]
pub enum SynthError {
    /// The program is not there.
    #[error(
        "`{program}` is not installed, so nothing can be spoken\nhint: install it with: sudo apt install {program}"
    )]
    Absent {
        /// The program.
        program: String,
    },
    /// It ended without sound.
    #[error("`{program}` gave no sound: {message}\nhint: try it by hand: {by_hand}")]
    Failed {
        /// The program.
        program: String,
        /// What it said.
        message: String,
        /// A command to try.
        by_hand: String,
    },
    /// No engine has a voice of this name.
    #[error(
        "no voice `{name}`\nhint: flite has {FLITE_VOICES:?}; any voice of espeak-ng --voices=en is taken too, e.g. en-us"
    )]
    Voice {
        /// The name.
        name: String,
    },
}

/// The voices that the package flite brings.
const FLITE_VOICES: [&str; 5] = ["awb", "kal", "kal16", "rms", "slt"];
/// Seconds a line may take to synthesize: engines need a few hundredths of that.
const LONGEST: Duration = Duration::from_secs(20);

impl Engine {
    /// espeak-ng with a voice, e.g. `en-us`, at `words_per_minute`.
    pub fn espeak(voice: &str, words_per_minute: u32) -> Self {
        let args = ["--stdout", "--stdin", "-v", voice, "-s", &words_per_minute.to_string()];
        Self { program: "espeak-ng".to_owned(), args: args.map(str::to_owned).to_vec() }
    }

    /// The product's own voice, where nothing else is chosen: 160 words a minute, slower than espeak-ng's own 175.
    pub fn own() -> Self {
        Self::espeak("en-us", 160)
    }

    /// By the name of a voice: one of flite's, else one of espeak-ng's.
    ///
    /// # Errors
    /// When it cannot be the name of a voice.
    pub fn voice(name: &str) -> Result<Self, SynthError> {
        if FLITE_VOICES.contains(&name) {
            let args = ["-voice", name, "-t", "{text}", "-o", "/dev/stdout"];
            return Ok(Self { program: "flite".to_owned(), args: args.map(str::to_owned).to_vec() });
        }
        let plausible = name.starts_with("en") || name.starts_with("mb-") || name.starts_with("us-");
        let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_+".contains(c));
        if plausible && letters {
            Ok(Self::espeak(name, 165))
        } else {
            Err(SynthError::Voice { name: name.to_owned() })
        }
    }

    /// From a command line: words divided by spaces, no quotes.
    pub fn command(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Self { program: words.next()?, args: words.collect() })
    }

    /// The text as 16 kHz mono samples.
    ///
    /// # Errors
    /// When the program is not installed, fails or gives no sound.
    pub fn synthesize(&self, text: &str) -> Result<Vec<f32>, SynthError> {
        let failed = |message: String| SynthError::Failed {
            program: self.program.clone(),
            message,
            by_hand: format!("echo test | {} {} > test.wav", self.program, self.args.join(" ")),
        };
        let as_argument = self.args.iter().any(|arg| arg.contains("{text}"));
        let mut child = Command::new(&self.program)
            .args(self.args.iter().map(|arg| arg.replace("{text}", text)))
            .stdin(if as_argument { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => SynthError::Absent { program: self.program.clone() },
                _ => failed(error.to_string()),
            })?;
        if let Some(mut stdin) = child.stdin.take()
            && let Err(error) = stdin.write_all(text.as_bytes())
        {
            // It ended without reading; what it says about that is the better message.
            drop(error);
        }
        // A program that hangs is ended, so that the lines behind this one are still said.
        let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
        let (sent, received) = std::sync::mpsc::sync_channel(1);
        let reader = std::thread::spawn(move || {
            let (mut sound, mut words) = (Vec::new(), String::new());
            let read = stdout.as_mut().map_or(Ok(0), |stdout| stdout.read_to_end(&mut sound));
            drop(stderr.as_mut().map(|stderr| stderr.read_to_string(&mut words)));
            // Nobody waits any more after a timeout.
            drop(sent.send(read.map(|_bytes| (sound, words))));
        });
        let result = received.recv_timeout(LONGEST);
        if result.is_err() {
            drop(child.kill());
        }
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        drop(reader.join());
        let (sound, words) = result
            .map_err(|_late| failed(format!("nothing within {} s", LONGEST.as_secs())))?
            .map_err(|error| failed(error.to_string()))?;
        let words = words.lines().next().unwrap_or_default().to_owned();
        if !status.success() || sound.is_empty() {
            return Err(failed(if words.is_empty() { status.to_string() } else { words }));
        }
        wav::from_bytes(Cursor::new(whole_header(sound))).map_err(failed)
    }
}

/// A program that streams cannot know the length it writes into the header; here it is known.
fn whole_header(mut file: Vec<u8>) -> Vec<u8> {
    if let Some(at) = file.windows(4).take(256).position(|window| window == b"data")
        && file.len() >= at + 8
    {
        let length = u32::try_from(file.len() - at - 8).unwrap_or(u32::MAX);
        // Whole samples only.
        file[at + 4..at + 8].copy_from_slice(&(length & !3).to_le_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rms;

    fn installed(program: &str) -> bool {
        let there = Command::new(program).arg("--version").stdin(Stdio::null()).output().is_ok();
        if !there {
            eprintln!("skipped: {program} is not installed");
        }
        there
    }

    #[test]
    fn every_engine_gives_speech_of_a_plausible_length() {
        for (program, voice) in [("espeak-ng", "en-us"), ("flite", "slt"), ("flite", "kal")] {
            if !installed(program) {
                continue;
            }
            let short = Engine::voice(voice).unwrap().synthesize("next").unwrap();
            let long = Engine::voice(voice).unwrap().synthesize("remove the drain plug from the separator").unwrap();
            let seconds = long.len() as f32 / 16_000.0;
            assert!((1.3..6.0).contains(&seconds) && short.len() * 2 < long.len(), "{voice}: {seconds} s");
            assert!(rms(&long) > 0.01, "{voice}");
        }
    }

    #[test]
    fn what_is_missing_or_fails_says_what_to_do() {
        let absent = Engine { program: "no-such-speaker".into(), args: vec![] };
        let message = absent.synthesize("x").unwrap_err().to_string();
        assert!(message.contains("not installed") && message.contains("hint:"), "{message}");
        let silent = Engine { program: "true".into(), args: vec![] };
        assert!(silent.synthesize("x").unwrap_err().to_string().contains("gave no sound"));
        let noise = Engine { program: "echo".into(), args: vec!["no wav".into()] };
        assert!(noise.synthesize("x").unwrap_err().to_string().contains("gave no sound"));
        let failing = Engine { program: "sh".into(), args: vec!["-c".into(), "echo bad voice >&2; exit 3".into()] };
        assert!(failing.synthesize("x").unwrap_err().to_string().contains("bad voice"));
        assert!(Engine::voice("; rm").unwrap_err().to_string().contains("no voice"));
    }
}
