//! The ears of a session: sound comes in, utterances go to the speech worker, and what was understood comes out as events.
//! Polled once a frame; nothing here waits in live pace. Must not know devices, nor what is said, but for "stop".

use std::{
    collections::VecDeque,
    fmt,
    time::{Duration, Instant},
};

use fieldwright_guide::{
    event::{Event, WorkerState},
    guidance::Guidance,
    time::Timestamp,
};
use fieldwright_voice::{
    activity::Earshot,
    input::{Input, InputState, Recorded},
    level::{Level, Meter, Signal},
    segment::{Cause, Heard, Segmenter, Settings, Utterance},
    wav::RATE_HZ,
};

use crate::{
    hearing::Hearing,
    pieces::{self, Pieces},
};

/// Whatever turns utterances into events: the speech worker, or a script in its place.
pub trait Recognizer {
    /// As much as has been said, 16 kHz mono; wanted as interim text.
    fn speaking(&mut self, samples: &[f32]);
    /// A whole utterance; answered by [`Event::Heard`], or by an empty [`Event::Hearing`] where nothing was said.
    fn spoken(&mut self, samples: &[f32]);
    /// The words that are likely and the replies that are awaited from now on.
    fn expect(&mut self, words: String, replies: &[String]);
    /// What is being said is not for us.
    fn forget(&mut self);
    /// True while an utterance is not understood yet.
    fn busy(&self) -> bool;
    /// What happened since the last call, waiting up to `limit` for the first of it.
    fn events(&mut self, limit: Duration) -> Vec<Event>;
    /// Milliseconds that the last utterance took.
    fn latest_ms(&self) -> Option<f64>;
}

impl Recognizer for Hearing {
    fn speaking(&mut self, samples: &[f32]) {
        Self::speaking(self, samples);
    }

    fn spoken(&mut self, samples: &[f32]) {
        Self::spoken(self, samples);
    }

    fn expect(&mut self, words: String, replies: &[String]) {
        Self::expect(self, words, replies);
    }

    fn forget(&mut self) {
        Self::forget(self);
    }

    fn busy(&self) -> bool {
        Self::busy(self)
    }

    fn events(&mut self, limit: Duration) -> Vec<Event> {
        if limit.is_zero() { self.poll() } else { self.wait(limit) }
    }

    fn latest_ms(&self) -> Option<f64> {
        Self::latest_ms(self)
    }
}

/// Interim text is asked for when so much more has been said, seconds.
const INTERIM_EVERY_S: f64 = 0.7;
/// So long after a voice it is known whether it went on: a voice is noticed a tenth of a second after it began, seconds.
const KNOWN_S: f64 = pieces::BEFORE_S + 0.1;
/// How long lockstep waits for the speech worker.
const SETTLE: Duration = Duration::from_secs(30);

/// How the ears are, in one word for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EarState {
    /// No microphone; the words say what to do.
    NoMicrophone(String),
    /// It was pulled out; it is looked for again.
    Unplugged(String),
    /// Nothing comes from it: muted?
    Silent(String),
    /// It is too loud, and words are torn.
    Clipping(String),
    /// It is being opened.
    Opening,
    /// All is well; the words name the device.
    Listening(String),
    /// A recording that is over.
    Ended,
}

impl EarState {
    /// In words for the status line.
    pub fn words(&self) -> String {
        match self {
            Self::NoMicrophone(why) => why.clone(),
            Self::Unplugged(name) => format!("unplugged: {name}; plug it in again, or type"),
            Self::Silent(name) => format!("silent: {name}; is it muted?"),
            Self::Clipping(name) => format!("too loud: {name}; turn its gain down"),
            Self::Opening => "opening the microphone".to_owned(),
            Self::Listening(name) => name.clone(),
            Self::Ended => "the recording is over".to_owned(),
        }
    }
}

/// What a needle and a status line show.
#[derive(Clone, Debug, PartialEq)]
pub struct EarStatus {
    /// Level now.
    pub level: Level,
    /// State.
    pub state: EarState,
    /// Somebody is being heard to speak.
    pub speech: bool,
    /// The key is held.
    pub key: bool,
    /// An utterance is being understood.
    pub understanding: bool,
    /// Samples lost so far, 16 kHz.
    pub lost: u64,
}

/// See the module's words.
pub struct Ears {
    input: Box<dyn Input>,
    /// Scripted sound, heard in place of the input while it plays.
    script: Option<Recorded>,
    segmenter: Segmenter,
    meter: Meter,
    recognizer: Box<dyn Recognizer>,
    /// The utterances that are being understood.
    parts: VecDeque<Part>,
    /// What the recognizer told and has to wait: an order or a reply, until it is known that nothing follows it.
    waiting: VecDeque<Event>,
    pieces: Pieces,
    /// The replies that are awaited.
    replies: Vec<String>,
    /// When the voice that is being heard began.
    voice_since_s: Option<f64>,
    interim_at: usize,
    begun: bool,
    key: bool,
    utterances: Vec<Utterance>,
    keep: bool,
}

/// What is known of an utterance beside its words.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Said over the product's own voice.
    over: bool,
    /// With the key held: whoever presses it talks to us.
    by_key: bool,
    /// When its voice was first and last heard.
    voice_s: (f64, f64),
}

impl fmt::Debug for Ears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ears").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl Ears {
    /// Ears on this input, with this speech worker.
    pub fn new(input: Box<dyn Input>, recognizer: Box<dyn Recognizer>, hands_free: bool) -> Self {
        let settings = Settings { hands_free, ..Settings::default() };
        Self {
            input,
            script: None,
            segmenter: Segmenter::new(settings, Box::new(Earshot::default())),
            meter: Meter::default(),
            recognizer,
            parts: VecDeque::new(),
            waiting: VecDeque::new(),
            pieces: Pieces::default(),
            replies: Vec::new(),
            voice_since_s: None,
            interim_at: 0,
            begun: false,
            key: false,
            utterances: Vec::new(),
            keep: false,
        }
    }

    /// Keeps the utterances for [`Ears::take_utterances`]: for reports and tests.
    #[must_use]
    pub fn keeping(self) -> Self {
        Self { keep: true, ..self }
    }

    /// What was said since the last call, where it is kept.
    pub fn take_utterances(&mut self) -> Vec<Utterance> {
        std::mem::take(&mut self.utterances)
    }

    /// The push-to-talk key went down or up.
    pub fn key(&mut self, down: bool, now: Timestamp) {
        if self.key != down {
            self.key = down;
            self.segmenter.key(now.0, down);
        }
    }

    /// Once when somebody has begun to speak: what is likely to be said now is told to the recognizer.
    pub fn attend(&mut self, guidance: &Guidance) {
        if std::mem::take(&mut self.begun) {
            self.replies = guidance.replies();
            self.recognizer.expect(guidance.likely_words(), &self.replies);
        }
    }

    /// Listens for voices too, or for the key only.
    pub fn set_hands_free(&mut self, hands_free: bool) {
        self.segmenter.set_hands_free(hands_free);
    }

    /// The product itself begins to say this at `at` (16 kHz).
    pub fn own_voice(&mut self, samples: &[f32], at: Timestamp) {
        self.segmenter.says(at.0, samples);
    }

    /// The product has been silenced.
    pub fn hushed(&mut self, at: Timestamp) {
        self.segmenter.hushed(at.0);
    }

    /// Plays this sound into the ears from now on, after whatever plays already; says when it is over.
    pub fn play(&mut self, samples: Vec<f32>, now: Timestamp) -> Timestamp {
        let script = self.script.get_or_insert_with(|| Recorded::script(now.0));
        script.put(now.0, samples);
        Timestamp(script.over_s())
    }

    /// Milliseconds from the end of the last utterance to its words.
    pub fn latest_ms(&self) -> Option<f64> {
        self.recognizer.latest_ms()
    }

    /// Waits until the recognizer is ready, for scripts: its state as an event.
    ///
    /// # Errors
    /// Why it cannot work.
    pub fn await_ready(&mut self, limit: Duration) -> Result<Vec<Event>, String> {
        let started = Instant::now();
        let mut seen = Vec::new();
        while started.elapsed() < limit {
            for event in self.recognizer.events(Duration::from_millis(200)) {
                seen.push(event.clone());
                match event {
                    Event::Worker { state: WorkerState::Ready(_), .. } => return Ok(seen),
                    Event::Worker { state: WorkerState::Failed(why) | WorkerState::Absent(why), .. }
                        if why.contains("hint: ") =>
                    {
                        return Err(why);
                    }
                    _ => {}
                }
            }
        }
        Err(format!("the speech worker was not ready within {} s\nhint: fieldwright doctor", limit.as_secs()))
    }

    /// What was understood since the last call; never waits.
    pub fn poll(&mut self, now: Timestamp) -> Vec<Event> {
        self.listen(now);
        let events = self.recognizer.events(Duration::ZERO);
        self.passed(events, now)
    }

    /// As [`Ears::poll`], but waits until everything said so far is understood: for scripts on a virtual clock.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Event> {
        let mut events = self.poll(now);
        let started = Instant::now();
        while self.recognizer.busy() && started.elapsed() < SETTLE {
            let more = self.recognizer.events(Duration::from_millis(100));
            events.extend(self.passed(more, now));
        }
        events
    }

    /// How they are.
    pub fn status(&self) -> EarStatus {
        let state = match (self.input.state(), self.meter.signal()) {
            _ if self.script.is_some() => EarState::Listening("script".to_owned()),
            (InputState::Absent(why), _) => EarState::NoMicrophone(why),
            (InputState::Unplugged(name), _) => EarState::Unplugged(name),
            (InputState::Opening, _) => EarState::Opening,
            (InputState::Ended, _) => EarState::Ended,
            (InputState::Open(name), Signal::Silent) => EarState::Silent(name),
            (InputState::Open(name), Signal::Clipping) => EarState::Clipping(name),
            (InputState::Open(name), Signal::Unknown | Signal::Good) => EarState::Listening(name),
        };
        EarStatus {
            level: self.meter.level(),
            state,
            speech: self.segmenter.current().is_some(),
            key: self.key,
            understanding: self.recognizer.busy() || !self.waiting.is_empty(),
            lost: self.input.lost(),
        }
    }

    fn listen(&mut self, now: Timestamp) {
        // The device is emptied in any case, so that what a script replaces is not heard after it.
        let mut blocks = self.input.take(now.0);
        let mut over = false;
        if let Some(script) = &mut self.script {
            blocks = script.take(now.0);
            over = script.over_s() <= now.0;
        }
        let mut heard = Vec::new();
        for block in blocks {
            self.meter.push(&block.samples);
            self.segmenter.push(&block, &mut heard);
        }
        if over {
            // Not a silence after it: noise that vanishes at once would be heard as a word.
            self.script = None;
            self.segmenter.finish(&mut heard);
        }
        if self.script.is_none() && self.input.state() == InputState::Ended {
            self.segmenter.finish(&mut heard);
        }
        for heard in heard {
            match heard {
                Heard::Started { at_s, .. } => {
                    self.begun = true;
                    self.interim_at = 0;
                    self.voice_since_s = Some(at_s);
                }
                Heard::Gap { .. } => self.interim_at = 0,
                Heard::Dropped { .. } => {
                    self.voice_since_s = None;
                    self.recognizer.forget();
                }
                Heard::Ended(utterance) => {
                    self.voice_since_s = None;
                    self.parts.push_back(Part {
                        over: utterance.over_own_voice,
                        by_key: utterance.cause == Cause::Key,
                        voice_s: utterance.voice_s,
                    });
                    self.recognizer.spoken(&utterance.samples);
                    if self.keep {
                        self.utterances.push(utterance);
                    }
                }
            }
        }
        if let Some((_, samples)) = self.segmenter.current()
            && samples.len() >= self.interim_at + (INTERIM_EVERY_S * f64::from(RATE_HZ)) as usize
        {
            self.interim_at = samples.len();
            self.recognizer.speaking(samples);
        }
    }

    /// Over the product's own voice only an order to stop counts: the rest may be its echo. Other orders, and replies that are
    /// awaited, wait until it is known that the speech does not go on.
    fn passed(&mut self, events: Vec<Event>, now: Timestamp) -> Vec<Event> {
        self.waiting.extend(events);
        let mut passed = Vec::new();
        while let Some(event) = self.waiting.pop_front() {
            let whole =
                matches!(&event, Event::Heard(_)) || matches!(&event, Event::Hearing(words) if words.is_empty());
            let part = self.parts.front().copied().filter(|_| whole);
            match (event, part) {
                (Event::Heard(heard), Some(part)) if !part.over && !part.by_key => {
                    let next_s = self.parts.get(1).map(|next| next.voice_s.0).or(self.voice_since_s);
                    // On copies: with the pieces before it, it may be an order that must wait.
                    let (mut pieces, mut marked) = (self.pieces.clone(), heard.clone());
                    pieces.mark(&mut marked, part.voice_s, next_s, &self.replies);
                    let known = next_s.is_some() || now.0 >= part.voice_s.1 + KNOWN_S;
                    if !known && pieces::waits(&marked, &self.replies) {
                        self.waiting.push_front(Event::Heard(heard));
                        break;
                    }
                    self.pieces = pieces;
                    passed.push(Event::Heard(marked));
                }
                (Event::Heard(heard), Some(part)) if part.over && !pieces::stops(&heard) => {
                    passed.push(Event::Hearing(String::new()));
                }
                (event, _) => passed.push(event),
            }
            if whole {
                self.parts.pop_front();
            }
        }
        passed
    }
}

#[cfg(test)]
#[path = "ears/tests.rs"]
mod tests;
