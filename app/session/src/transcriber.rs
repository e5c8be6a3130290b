//! Recordings in, words out, one after the other: for files. Utterances are found in them as they are at a microphone. Must
//! not know where a recording comes from.

use std::time::{Duration, Instant};

use fieldwright_guide::{
    command::{
        graph::word_graph,
        heard::{Meaning, understand},
    },
    event::{RequestId, WorkerState},
};
use fieldwright_voice::{
    activity::Earshot,
    level::above_noise_db,
    segment::{Block, Heard, Segmenter, Settings},
};
use fieldwright_workers::{
    client::WorkerSpec,
    speech::{
        self, LONGEST_S, LikelyPhrase, Phrases, RATE_HZ, Sound, SpeechClient, SpeechEvent, SpeechReply, SpeechTask,
        SpokenWord,
    },
};

use crate::{hearing::heard, pieces::Pieces};

/// A part may take so long, seconds.
const DEADLINE_S: f64 = 60.0;
/// A longer recording is cut where it is quietest in the last seconds of what fits.
const PART_S: f64 = LONGEST_S - 2.0;
const SEARCH_S: f64 = 8.0;

/// One utterance of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Where in the recording its sound begins and ends, seconds.
    pub start_s: f64,
    /// See [`Said::start_s`].
    pub end_s: f64,
    /// The words; empty where nothing was understood.
    pub text: String,
    /// The same in their places in the recording.
    pub words: Vec<SpokenWord>,
    /// How likely exactly these words are, and phrases of the grammar beside them: natural logarithms.
    pub log: f32,
    /// See [`Said::log`].
    pub phrases: Vec<LikelyPhrase>,
    /// True where it stands amid other speech; see [`crate::pieces`].
    pub amid: bool,
    /// How far the voice stands above the noise, dB.
    pub above_noise_db: f32,
    /// What it means as a command.
    pub meaning: Meaning,
    /// How long it took, from the sound to the words, milliseconds.
    pub ms: f64,
}

/// What was said in a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// Its utterances; none where nobody speaks.
    pub said: Vec<Said>,
    /// How long the recording is, seconds.
    pub audio_s: f64,
}

impl Transcript {
    /// All the words.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.said.iter().map(|one| one.text.as_str()).filter(|text| !text.is_empty()).collect();
        texts.join(" ")
    }

    /// The first command that is certain, else the first that is not.
    pub fn meaning(&self) -> &Meaning {
        let meanings = || self.said.iter().map(|one| &one.meaning);
        meanings()
            .find(|meaning| matches!(meaning, Meaning::Certain { .. }))
            .or_else(|| meanings().find(|meaning| matches!(meaning, Meaning::Uncertain { .. })))
            .unwrap_or(&Meaning::Other)
    }

    /// How long all of it took, from the sound to the words, milliseconds.
    pub fn ms(&self) -> f64 {
        self.said.iter().map(|one| one.ms).sum()
    }
}

/// How a recording is listened to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Words that are likely.
    pub likely: String,
    /// See [`SpeechTask::whole_window`].
    pub whole_window: bool,
    /// Takes all of it for speech, instead of looking for voices in it: one utterance, or more where it is very long.
    pub one_utterance: bool,
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
        let places = if manner.one_utterance { parts(samples) } else { utterances(samples) };
        let mut said = Vec::new();
        let mut pieces = Pieces::default();
        for (n, &Place { from, to, voice_s }) in places.iter().enumerate() {
            let started = Instant::now();
            let offset_s = from as f64 / f64::from(RATE_HZ);
            let mut reply = self.part(&samples[from..to], manner)?;
            for word in &mut reply.words {
                word.start_s += offset_s;
                word.end_s += offset_s;
            }
            let above_noise_db = above_noise_db(&samples[from..to]);
            let mut understood = heard(&reply, above_noise_db);
            let text = understood.text();
            if let Some(voice_s) = voice_s {
                let next = places.get(n + 1).and_then(|next| next.voice_s);
                pieces.mark(&mut understood, voice_s, next.map(|(from_s, _)| from_s), &[]);
            }
            said.push(Said {
                start_s: offset_s,
                end_s: to as f64 / f64::from(RATE_HZ),
                text,
                amid: understood.amid,
                above_noise_db,
                meaning: understand(&understood),
                words: reply.words,
                log: reply.log,
                phrases: reply.phrases,
                ms: started.elapsed().as_secs_f64() * 1e3,
            });
        }
        Ok(Transcript { said, audio_s: samples.len() as f64 / f64::from(RATE_HZ) })
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

/// A part of a recording: the first and one past the last sample, and when its voice is first and last heard, where one was
/// looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    from: usize,
    to: usize,
    voice_s: Option<(f64, f64)>,
}

/// Where voices are heard, as a microphone's ears find them.
fn utterances(samples: &[f32]) -> Vec<Place> {
    let mut segmenter = Segmenter::new(Settings::default(), Box::new(Earshot::default()));
    let mut found = Vec::new();
    segmenter.push(&Block { at_s: 0.0, samples: samples.to_vec() }, &mut found);
    segmenter.finish(&mut found);
    let at = |seconds: f64| ((seconds * f64::from(RATE_HZ)).round() as usize).min(samples.len());
    let place = |heard| match heard {
        Heard::Ended(utterance) => {
            Some(Place { from: at(utterance.start_s), to: at(utterance.end_s), voice_s: Some(utterance.voice_s) })
        }
        Heard::Started { .. } | Heard::Dropped { .. } | Heard::Gap { .. } => None,
    };
    found.into_iter().filter_map(place).collect()
}

/// A recording in parts that are short enough, cut where it is quiet.
fn parts(samples: &[f32]) -> Vec<Place> {
    let samples_in = |seconds: f64| (seconds * f64::from(RATE_HZ)) as usize;
    let (most, search, frame) = (samples_in(PART_S), samples_in(SEARCH_S), samples_in(0.1));
    let mut parts = Vec::new();
    let mut from = 0;
    while samples.len() - from > most {
        let begin = from + most - search;
        let energy = |at: &usize| samples[*at..*at + frame].iter().map(|sample| sample * sample).sum::<f32>();
        let quietest = (begin..from + most - frame).step_by(frame / 2).min_by(|a, b| energy(a).total_cmp(&energy(b)));
        let to = quietest.unwrap_or(begin) + frame / 2;
        parts.push(Place { from, to, voice_s: None });
        from = to;
    }
    parts.push(Place { from, to: samples.len(), voice_s: None });
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
        let spans = |samples: &[f32]| parts(samples).iter().map(|part| (part.from, part.to)).collect::<Vec<_>>();
        let parts = spans(&samples);
        assert_eq!((parts[0].0, parts.last().unwrap().1), (0, samples.len()));
        assert!(parts.windows(2).all(|pair| pair[0].1 == pair[1].0), "{parts:?}");
        assert!(parts.iter().all(|(from, to)| to - from <= 28 * second), "{parts:?}");
        for (cut, quiet) in parts.iter().zip([25, 48]) {
            assert!((quiet * second..=quiet * second + second / 2).contains(&cut.1), "{parts:?}");
        }
        assert_eq!(spans(&samples[..second]), [(0, second)]);
        assert_eq!(spans(&[]), [(0, 0)]);
    }
}
