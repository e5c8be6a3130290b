//! Recordings in, words out, one after the other: for files. Must not know where a recording comes from.

use std::time::{Duration, Instant};

use fieldwright_guide::{
    command::{
        graph::word_graph,
        heard::{Meaning, understand},
    },
    event::{RequestId, WorkerState},
};
use fieldwright_workers::{
    client::WorkerSpec,
    speech::{
        self, LONGEST_S, LikelyPhrase, Phrases, RATE_HZ, Sound, SpeechClient, SpeechEvent, SpeechReply, SpeechTask,
        SpokenWord,
    },
};

use crate::hearing::heard;

/// A part may take so long, seconds.
const DEADLINE_S: f64 = 60.0;
/// A longer recording is cut where it is quietest in the last seconds of what fits.
const PART_S: f64 = LONGEST_S - 2.0;
const SEARCH_S: f64 = 8.0;

/// What was said in a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The words; empty where nothing was said.
    pub text: String,
    /// The same in their places.
    pub words: Vec<SpokenWord>,
    /// How likely exactly these words are, and phrases of the grammar beside them: natural logarithms.
    pub log: f32,
    /// See [`Transcript::log`].
    pub phrases: Vec<LikelyPhrase>,
    /// What it means as a command.
    pub meaning: Meaning,
    /// How long the recording is, seconds.
    pub audio_s: f64,
    /// How long it took, from the sound to the words, milliseconds.
    pub ms: f64,
}

/// How a recording is listened to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Words that are likely.
    pub likely: String,
    /// See [`SpeechTask::whole_window`].
    pub whole_window: bool,
}

/// A speech worker at work on recordings.
#[derive(Debug)]
pub struct Transcriber {
    client: SpeechClient,
    next: RequestId,
    name: String,
}

impl Transcriber {
    /// Starts the worker and waits until its model is loaded.
    ///
    /// # Errors
    /// Why it cannot work, with a hint.
    pub fn start(spec: WorkerSpec) -> Result<Self, String> {
        let mut client = SpeechClient::start_with(spec, speech::waits());
        let mut why = "it does not start".to_owned();
        let started = Instant::now();
        while started.elapsed() < Duration::from_mins(2) {
            for event in client.wait(Duration::from_secs(1)) {
                match event {
                    SpeechEvent::State(WorkerState::Ready(name)) => return Ok(Self { client, next: 0, name }),
                    // One that died is tried again; what it says of itself is final.
                    SpeechEvent::State(WorkerState::Failed(words)) if words.contains("hint: ") => {
                        return Err(format!("speech cannot be understood: {words}"));
                    }
                    SpeechEvent::State(WorkerState::Failed(words)) => why = words,
                    SpeechEvent::State(_) | SpeechEvent::Reply { .. } => {}
                }
            }
        }
        Err(format!("speech cannot be understood: {why}\nhint: fieldwright doctor"))
    }

    /// Name of the model.
    pub fn model(&self) -> &str {
        &self.name
    }

    /// The words of a recording, 16 kHz mono.
    ///
    /// # Errors
    /// When the worker cannot do it.
    pub fn transcribe(&mut self, samples: &[f32], manner: &Manner) -> Result<Transcript, String> {
        let started = Instant::now();
        let mut words: Vec<SpokenWord> = Vec::new();
        let (mut log, mut phrases) = (0.0, Vec::new());
        let parts = parts(samples);
        for (from, to) in &parts {
            let offset_s = *from as f64 / f64::from(RATE_HZ);
            let reply = self.part(&samples[*from..*to], manner)?;
            if parts.len() == 1 {
                (log, phrases) = (reply.log, reply.phrases);
            }
            words.extend(reply.words.into_iter().map(|word| SpokenWord {
                start_s: word.start_s + offset_s,
                end_s: word.end_s + offset_s,
                ..word
            }));
        }
        let whole = SpeechReply { words, log, phrases, ..SpeechReply::default() };
        let understood = heard(&whole);
        Ok(Transcript {
            text: understood.text(),
            words: whole.words,
            log: whole.log,
            phrases: whole.phrases,
            meaning: understand(&understood),
            audio_s: samples.len() as f64 / f64::from(RATE_HZ),
            ms: started.elapsed().as_secs_f64() * 1e3,
        })
    }

    fn part(&mut self, samples: &[f32], manner: &Manner) -> Result<SpeechReply, String> {
        self.next += 1;
        let id = self.next;
        let task = SpeechTask {
            sound: Sound::from_f32(samples),
            prompt: manner.likely.clone(),
            phrases: Phrases(word_graph()),
            interim: false,
            whole_window: manner.whole_window,
        };
        self.client.submit(id, &task, DEADLINE_S);
        let mut why = "the worker gave no answer".to_owned();
        loop {
            for event in self.client.wait(Duration::from_secs(1)) {
                match event {
                    SpeechEvent::Reply { id: of, reply } if of == id => {
                        return reply.ok_or(format!("speech was not understood: {why}\nhint: fieldwright doctor"));
                    }
                    SpeechEvent::State(WorkerState::Failed(words)) => why = words,
                    SpeechEvent::State(_) | SpeechEvent::Reply { .. } => {}
                }
            }
        }
    }
}

/// A recording in parts that are short enough, cut where it is quiet.
fn parts(samples: &[f32]) -> Vec<(usize, usize)> {
    let samples_in = |seconds: f64| (seconds * f64::from(RATE_HZ)) as usize;
    let (most, search, frame) = (samples_in(PART_S), samples_in(SEARCH_S), samples_in(0.1));
    let mut parts = Vec::new();
    let mut from = 0;
    while samples.len() - from > most {
        let begin = from + most - search;
        let energy = |at: &usize| samples[*at..*at + frame].iter().map(|sample| sample * sample).sum::<f32>();
        let quietest = (begin..from + most - frame).step_by(frame / 2).min_by(|a, b| energy(a).total_cmp(&energy(b)));
        let to = quietest.unwrap_or(begin) + frame / 2;
        parts.push((from, to));
        from = to;
    }
    parts.push((from, samples.len()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_recordings_are_cut_where_they_are_quiet() {
        let second = RATE_HZ as usize;
        let mut samples = vec![0.5_f32; 70 * second];
        for quiet in [25, 48] {
            samples[quiet * second..quiet * second + second / 2].fill(0.0);
        }
        let parts = parts(&samples);
        assert_eq!((parts[0].0, parts.last().unwrap().1), (0, samples.len()));
        assert!(parts.windows(2).all(|pair| pair[0].1 == pair[1].0), "{parts:?}");
        assert!(parts.iter().all(|(from, to)| to - from <= 28 * second), "{parts:?}");
        for (cut, quiet) in parts.iter().zip([25, 48]) {
            assert!((quiet * second..=quiet * second + second / 2).contains(&cut.1), "{parts:?}");
        }
        assert_eq!(super::parts(&samples[..second]), [(0, second)]);
        assert_eq!(super::parts(&[]), [(0, 0)]);
    }
}
