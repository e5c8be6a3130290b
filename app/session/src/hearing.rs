//! From sound to events: utterances go to the speech worker, and what it heard comes back for guidance. Must not know
//! microphones, nor what is said.
//!
//! While somebody speaks, the growing sound may be handed over for interim text; the whole utterance calls that off. An
//! utterance that the worker lost for good is told as not understood, so that nobody waits for an answer in vain.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use fieldwright_guide::{
    command::{
        graph::{WordGraph, word_graph},
        heard::{Heard, HeardPhrase, HeardWord},
    },
    event::{Event, RequestId, WorkerState},
};
use fieldwright_voice::{level::above_noise_db, spoken::spoken};
use fieldwright_workers::{
    client::WorkerSpec,
    speech::{self, LONGEST_S, Phrases, RATE_HZ, Sound, SpeechClient, SpeechEvent, SpeechReply, SpeechTask},
};

/// How long an utterance may take, seconds: time enough for a worker to die over it, come back and do it again.
pub const UTTERANCE_DEADLINE_S: f64 = 15.0;
/// Interim text that comes later than this is worth nothing, seconds.
const INTERIM_DEADLINE_S: f64 = 1.5;
/// Shorter beginnings are not worth interim text, seconds.
const INTERIM_LEAST_S: f64 = 0.6;

/// The ear of a session.
#[derive(Debug)]
pub struct Hearing {
    client: SpeechClient,
    likely: Option<String>,
    /// What is listened for beside free words: the closed grammar and the replies.
    graph: Arc<WordGraph>,
    /// The replies that are awaited, by how a recognizer writes them.
    replies: BTreeMap<String, String>,
    next: RequestId,
    /// Interim text under way, of the utterance that is being spoken.
    interim: Option<RequestId>,
    /// Whole utterances under way, with when they were handed over and how far their voice stands above the noise, dB.
    whole: BTreeMap<RequestId, (Instant, f32)>,
    latest_ms: Option<f64>,
}

impl Hearing {
    /// Starts the worker in the background; its states come as events.
    pub fn start(spec: WorkerSpec) -> Self {
        Self::new(SpeechClient::start_with(spec, speech::waits()))
    }

    /// With a worker that has been started.
    pub fn new(client: SpeechClient) -> Self {
        Self {
            client,
            likely: None,
            graph: word_graph(),
            replies: BTreeMap::new(),
            next: 0,
            interim: None,
            whole: BTreeMap::new(),
            latest_ms: None,
        }
    }

    /// Gives the model the words that are likely, from now on. One that was not trained with words before the sound does
    /// better without.
    #[must_use]
    pub fn with_likely_words(mut self) -> Self {
        self.likely = Some(String::new());
        self
    }

    /// The words that are likely and the replies that are awaited from now on; see `Guidance::likely_words` and
    /// `Guidance::replies`. The words are passed over where the model does better without.
    pub fn expect(&mut self, words: String, replies: &[String]) {
        if let Some(likely) = &mut self.likely {
            *likely = words;
        }
        let replies: BTreeMap<String, String> =
            replies.iter().map(|reply| (as_written(reply), reply.clone())).collect();
        if replies != self.replies {
            self.graph = if replies.is_empty() {
                word_graph()
            } else {
                Arc::new(word_graph().with(replies.keys().map(String::as_str)))
            };
            self.replies = replies;
        }
    }

    /// As much as has been said, 16 kHz mono; of sound that is too long the end. Passed over while the text of an earlier
    /// part is still awaited, so that it may be called as often as sound comes.
    pub fn speaking(&mut self, samples: &[f32]) {
        let seconds = samples.len() as f64 / f64::from(RATE_HZ);
        if self.interim.is_some() || !self.whole.is_empty() || seconds < INTERIM_LEAST_S {
            return;
        }
        let task = self.task(samples, true);
        let id = self.number();
        if self.client.submit(id, &task, INTERIM_DEADLINE_S) {
            self.interim = Some(id);
        }
    }

    /// A whole utterance, 16 kHz mono; of sound that is too long the end.
    pub fn spoken(&mut self, samples: &[f32]) {
        self.forget();
        let task = self.task(samples, false);
        let id = self.number();
        self.client.submit(id, &task, UTTERANCE_DEADLINE_S);
        self.whole.insert(id, (Instant::now(), above_noise_db(samples)));
    }

    /// What is being said is not for us: its interim text is called off.
    pub fn forget(&mut self) {
        if let Some(id) = self.interim.take() {
            self.client.cancel(id);
        }
    }

    /// True while an utterance is not understood yet.
    pub fn busy(&self) -> bool {
        !self.whole.is_empty()
    }

    /// Milliseconds from the end of the last utterance that was understood to its words.
    pub fn latest_ms(&self) -> Option<f64> {
        self.latest_ms
    }

    /// Kills the worker, as a crash would.
    pub fn kill(&mut self) {
        self.client.kill();
    }

    /// What happened since the last call, for guidance; never waits.
    pub fn poll(&mut self) -> Vec<Event> {
        let events = self.client.poll();
        events.into_iter().filter_map(|event| self.event(event)).collect()
    }

    /// As [`Hearing::poll`], but waits up to `limit` for the first thing that happens.
    pub fn wait(&mut self, limit: Duration) -> Vec<Event> {
        let events = self.client.wait(limit);
        events.into_iter().filter_map(|event| self.event(event)).collect()
    }

    fn event(&mut self, event: SpeechEvent) -> Option<Event> {
        let (id, reply) = match event {
            SpeechEvent::State(state) => return Some(state_event(state)),
            SpeechEvent::Reply { id, reply } => (id, reply),
        };
        if let Some((since, above_noise_db)) = self.whole.remove(&id) {
            let Some(reply) = reply else { return Some(Event::Heard(Heard::evenly("…", 0.0))) };
            self.latest_ms = Some(since.elapsed().as_secs_f64() * 1e3);
            // Nothing was said: what was shown of it so far goes away.
            let mut heard = heard(&reply, above_noise_db);
            for phrase in &mut heard.phrases {
                if let Some(reply) = self.replies.get(&phrase.text) {
                    phrase.text.clone_from(reply);
                }
            }
            return Some(if heard.words.is_empty() { Event::Hearing(String::new()) } else { Event::Heard(heard) });
        }
        if self.interim == Some(id) {
            self.interim = None;
            return reply.filter(|reply| !reply.text.is_empty()).map(|reply| Event::Hearing(reply.text));
        }
        None
    }

    fn task(&self, samples: &[f32], interim: bool) -> SpeechTask {
        let most = (LONGEST_S * f64::from(RATE_HZ)) as usize;
        let kept = &samples[samples.len().saturating_sub(most)..];
        SpeechTask {
            sound: Sound::from_f32(kept),
            prompt: self.likely.clone().unwrap_or_default(),
            phrases: if interim { Phrases::default() } else { Phrases(Arc::clone(&self.graph)) },
            interim,
            whole_window: false,
        }
    }

    fn number(&mut self) -> RequestId {
        self.next += 1;
        self.next
    }
}

/// A line as a recognizer writes what was said: `Mk 1` is `mark one`.
fn as_written(line: &str) -> String {
    let plain: String = spoken(line)
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphabetic() || c == '\'' { c } else { ' ' })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a worker's state is to guidance.
fn state_event(state: WorkerState) -> Event {
    Event::Worker { name: "speech".to_owned(), state }
}

/// A reply as guidance takes it, with how far the voice stood above the noise, dB.
pub fn heard(reply: &SpeechReply, above_noise_db: f32) -> Heard {
    let word = |word: &speech::SpokenWord| HeardWord { word: word.word.clone(), confidence: word.confidence };
    let phrase = |one: &speech::LikelyPhrase| HeardPhrase { text: one.text.clone(), log: one.log };
    Heard {
        words: reply.words.iter().map(word).collect(),
        log: reply.log,
        phrases: reply.phrases.iter().map(phrase).collect(),
        amid: false,
        above_noise_db,
    }
}
