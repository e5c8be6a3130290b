//! Where an utterance begins and ends. A pure machine: samples, key and own voice in, utterances out; what comes out does not
//! depend on how the samples were cut. Must not know devices, clocks or words.

use std::collections::VecDeque;

use crate::{
    activity::{Activity, FRAME},
    echo::{EchoGate, Origin},
    level::Level,
    wav::RATE_HZ,
};

/// Samples of a stream, and when the first of them was heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// When the first sample was heard, seconds on the session's clock.
    pub at_s: f64,
    /// 16 kHz mono.
    pub samples: Vec<f32>,
}

/// How an utterance came to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody was heard to speak.
    Voice,
    /// The key was held.
    Key,
}

/// What somebody said, as sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    /// Counts up; the same as in [`Heard::Started`].
    pub number: u64,
    /// When its first sample was heard, seconds.
    pub start_s: f64,
    /// When its last sample was heard, seconds.
    pub end_s: f64,
    /// When the voice in it was first heard, or the key pressed; and when the voice was last heard, seconds.
    pub voice_s: (f64, f64),
    /// 16 kHz mono, with a little of what was before and after.
    pub samples: Vec<f32>,
    /// How it came to be taken.
    pub cause: Cause,
    /// True if it was cut at the greatest length; the rest follows as another.
    pub cut: bool,
    /// True if the product itself was speaking: only an order to stop is to be believed.
    pub over_own_voice: bool,
    /// How loud.
    pub level: Level,
}

/// What a segmenter tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Somebody began to speak.
    Started {
        /// Of the utterance.
        number: u64,
        /// When the voice was first heard, or the key pressed, seconds.
        at_s: f64,
    },
    /// An utterance is whole.
    Ended(Utterance),
    /// What had started was too short for a word.
    Dropped {
        /// Of the utterance that never was.
        number: u64,
    },
    /// Samples are missing before this moment: the device or this machine was too slow.
    Gap {
        /// How much, seconds.
        seconds: f64,
    },
}

/// When sound counts as speech, and where it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Score from which a frame counts as speech.
    pub on: f32,
    /// Score below which a frame counts as a pause.
    pub off: f32,
    /// The same as a share of the utterance's highest score: clear speech makes a clear pause.
    pub off_of_highest: f32,
    /// Frames of speech among the last [`Settings::within`] that begin an utterance.
    pub needed: usize,
    /// See [`Settings::needed`].
    pub within: usize,
    /// Seconds of pause that end an utterance.
    pub pause_s: f64,
    /// Seconds kept from before the first frame of speech, so that no first syllable is lost.
    pub before_s: f64,
    /// Seconds kept after the last frame of speech.
    pub after_s: f64,
    /// Seconds of speech below which there was no word.
    pub shortest_s: f64,
    /// Seconds after which an utterance is cut.
    pub longest_s: f64,
    /// False if only the key begins an utterance.
    pub hands_free: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // In noise the detector rests at 0.2 to 0.5, and after speech it falls to that over a tenth of a second.
            on: 0.6,
            off: 0.58,
            off_of_highest: 0.74,
            needed: 3,
            within: 6,
            pause_s: 0.25,
            before_s: 0.5,
            after_s: 0.25,
            shortest_s: 0.08,
            longest_s: 15.0,
            hands_free: true,
        }
    }
}

/// Seconds kept from before the key went down: people speak as they press.
const BEFORE_KEY_S: f64 = 0.15;
/// Seconds kept after it was let go.
const AFTER_KEY_S: f64 = 0.2;
/// Clocks drift; below this nothing is missing, seconds.
const DRIFT_S: f64 = 0.06;
/// Below this it is not even worth following, seconds.
const SLIP_S: f64 = 0.01;

/// Finds utterances in a stream.
pub struct Segmenter {
    settings: Settings,
    activity: Box<dyn Activity>,
    gate: EchoGate,
    /// When the stream's sample 0 was heard.
    zero_s: f64,
    /// Samples taken in whole frames so far.
    done: u64,
    /// Less than a frame.
    partial: Vec<f32>,
    /// What was heard lately, for the time before an utterance.
    before: VecDeque<f32>,
    /// Lately: was it speech?
    lately: VecDeque<bool>,
    /// Key changes to come: at which sample, and whether down.
    keys: VecDeque<(u64, bool)>,
    key: Key,
    open: Option<Open>,
    /// Score needed for a while after an utterance.
    raised: f32,
    next_number: u64,
    started: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Up,
    Down,
    /// Let go; what is said until this sample still counts.
    Leaving(u64),
}

/// An utterance under way.
#[derive(Debug)]
struct Open {
    number: u64,
    start: u64,
    /// Of speech.
    first: u64,
    samples: Vec<f32>,
    cause: Cause,
    speech_frames: usize,
    /// Highest score so far.
    highest: f32,
    /// Of speech.
    last: u64,
    /// Frames of speech while the product spoke.
    over: usize,
    /// A rest of one that was cut is kept even if it is short.
    rest: bool,
}

impl std::fmt::Debug for Segmenter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segmenter").field("settings", &self.settings).field("open", &self.open).finish_non_exhaustive()
    }
}

impl Segmenter {
    /// A segmenter that has heard nothing.
    pub fn new(settings: Settings, activity: Box<dyn Activity>) -> Self {
        Self {
            settings,
            activity,
            gate: EchoGate::default(),
            zero_s: 0.0,
            done: 0,
            partial: Vec::new(),
            before: VecDeque::new(),
            lately: VecDeque::new(),
            keys: VecDeque::new(),
            key: Key::Up,
            open: None,
            raised: 0.0,
            next_number: 0,
            started: false,
        }
    }

    /// Its settings.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Listens for voices, or for the key only.
    pub fn set_hands_free(&mut self, hands_free: bool) {
        self.settings.hands_free = hands_free;
    }

    /// The key went down or up at `at_s`. Told before the samples of that moment, or as soon as may be.
    pub fn key(&mut self, at_s: f64, down: bool) {
        let sample = if self.started { ((at_s - self.zero_s) * f64::from(RATE_HZ)).max(0.0) as u64 } else { 0 };
        self.keys.push_back((sample, down));
    }

    /// The product says these samples from `at_s` on; see [`EchoGate::says`].
    pub fn says(&mut self, at_s: f64, samples: &[f32]) {
        self.gate.says(at_s, samples);
    }

    /// The product was silenced.
    pub fn hushed(&mut self, at_s: f64) {
        self.gate.hushed(at_s);
    }

    /// What has been said of an utterance under way.
    pub fn current(&self) -> Option<(u64, &[f32])> {
        self.open.as_ref().map(|open| (open.number, open.samples.as_slice()))
    }

    /// Takes in the next block.
    pub fn push(&mut self, block: &Block, out: &mut Vec<Heard>) {
        if !self.started {
            self.started = true;
            self.zero_s = block.at_s;
        }
        let expected = self.time(self.done + self.partial.len() as u64);
        let missing = block.at_s - expected;
        if missing > DRIFT_S {
            out.push(Heard::Gap { seconds: missing });
            self.skip(missing, out);
        } else if missing.abs() > SLIP_S {
            // The device's clock and ours differ by some parts in ten thousand: followed, so that it never adds up to a gap.
            self.zero_s += missing * 0.1;
        }
        self.partial.extend_from_slice(&block.samples);
        let mut taken = 0;
        while let Some(frame) = self.partial[taken..].first_chunk::<FRAME>().copied() {
            taken += FRAME;
            self.frame(&frame, out);
        }
        self.partial.drain(..taken);
    }

    /// The stream ends: an utterance under way is whole now.
    pub fn finish(&mut self, out: &mut Vec<Heard>) {
        let rest = std::mem::take(&mut self.partial);
        if let Some(open) = &mut self.open {
            open.samples.extend(rest);
        }
        self.close(out, false);
        self.before.clear();
        self.lately.clear();
        self.activity.reset();
        self.started = false;
        self.done = 0;
        self.key = Key::Up;
        self.keys.clear();
    }

    /// Something is missing: a breath of silence stands for a short gap, a long one ends what was being said.
    fn skip(&mut self, missing: f64, out: &mut Vec<Heard>) {
        if missing < 0.3 {
            self.partial.extend(std::iter::repeat_n(0.0, (missing * f64::from(RATE_HZ)) as usize));
            return;
        }
        self.partial.clear();
        self.close(out, false);
        self.before.clear();
        self.lately.clear();
        self.activity.reset();
        self.done += (missing * f64::from(RATE_HZ)) as u64;
    }

    fn time(&self, sample: u64) -> f64 {
        self.zero_s + sample as f64 / f64::from(RATE_HZ)
    }

    fn frame(&mut self, frame: &[f32; FRAME], out: &mut Vec<Heard>) {
        let end = self.done + FRAME as u64;
        let frame = &frame.map(|sample| if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 });
        self.turn_key(end, out);
        let score = self.activity.score(frame);
        let origin = self.gate.judge(self.time(end), frame);
        // The score falls slowly after speech: what ended the last utterance does not begin the next.
        self.raised = (self.raised - 0.002).max(0.0);
        let speech = score >= self.settings.on.max(self.raised) && origin != Origin::Echo;
        self.lately.push_back(speech);
        if self.lately.len() > self.settings.within {
            self.lately.pop_front();
        }
        self.done = end;
        if let Some(open) = &mut self.open {
            open.samples.extend_from_slice(frame);
            open.highest = open.highest.max(score);
            let off = self.settings.off.max(self.settings.off_of_highest * open.highest);
            if score >= off && origin != Origin::Echo {
                open.last = end;
                open.speech_frames += 1;
                open.over += usize::from(origin == Origin::Over);
            }
            self.go_on(end, out);
        } else {
            let found = self.lately.iter().filter(|speech| **speech).count() >= self.settings.needed;
            self.before.extend(frame);
            if found && self.settings.hands_free {
                // From the first of these frames, and a little before it.
                let first = self.lately.iter().position(|speech| *speech).unwrap_or(0);
                let ago = (self.lately.len() - first) * FRAME;
                let over = if origin == Origin::Over { self.settings.needed } else { 0 };
                self.begin(Cause::Voice, ago, samples(self.settings.before_s), out);
                if let Some(open) = &mut self.open {
                    open.speech_frames = self.settings.needed;
                    open.over = over;
                }
            }
            let keep = samples(self.settings.before_s.max(BEFORE_KEY_S)) + (self.settings.within + 1) * FRAME;
            let spare = self.before.len().saturating_sub(keep);
            self.before.drain(..spare);
        }
    }

    /// Whether the utterance under way ends with this frame.
    fn go_on(&mut self, end: u64, out: &mut Vec<Heard>) {
        let Some(open) = &self.open else { return };
        let key = open.cause == Cause::Key;
        let ended = match self.key {
            _ if !key => (end - open.last) as usize >= samples(self.settings.pause_s),
            Key::Down => false,
            Key::Leaving(until) => end >= until,
            Key::Up => true,
        };
        if ended {
            self.key = if key { Key::Up } else { self.key };
            self.close(out, false);
        } else if open.samples.len() >= samples(self.settings.longest_s) {
            let (cause, last, at) = (open.cause, open.last, open.start + open.samples.len() as u64);
            self.close(out, true);
            self.begin(cause, 0, 0, out);
            if let Some(open) = &mut self.open {
                open.start = at;
                open.first = at;
                open.last = last;
                open.rest = true;
            }
        }
    }

    fn turn_key(&mut self, end: u64, out: &mut Vec<Heard>) {
        while let Some((_, down)) = self.keys.pop_front_if(|(at, _)| *at < end) {
            match (down, self.key) {
                (true, Key::Up) => {
                    self.key = Key::Down;
                    if let Some(open) = &mut self.open {
                        open.cause = Cause::Key;
                    } else {
                        self.begin(Cause::Key, 0, samples(BEFORE_KEY_S), out);
                    }
                }
                (true, _) => self.key = Key::Down,
                (false, Key::Down) => self.key = Key::Leaving(end + samples(AFTER_KEY_S) as u64),
                (false, _) => {}
            }
        }
    }

    /// Begins an utterance: its voice `ago` samples before now, and so many samples `before` that are kept too.
    fn begin(&mut self, cause: Cause, ago: usize, before: usize, out: &mut Vec<Heard>) {
        let first = self.done - ago as u64;
        let from = self.before.len().saturating_sub(ago + before);
        let kept: Vec<f32> = self.before.drain(from..).collect();
        self.before.clear();
        let start = self.done - kept.len() as u64;
        let number = self.next_number;
        self.next_number += 1;
        self.open = Some(Open {
            number,
            start,
            first,
            samples: kept,
            cause,
            speech_frames: 0,
            highest: 0.0,
            last: self.done,
            over: 0,
            rest: false,
        });
        out.push(Heard::Started { number, at_s: self.time(first) });
    }

    fn close(&mut self, out: &mut Vec<Heard>, cut: bool) {
        let Some(mut open) = self.open.take() else { return };
        self.lately.clear();
        if !cut {
            self.raised = self.settings.off_of_highest * open.highest + 0.05;
        }
        let too_short = open.speech_frames * FRAME < samples(self.settings.shortest_s);
        let dropped = (open.cause == Cause::Voice && too_short && !cut && !(open.rest && open.speech_frames > 0))
            || open.samples.is_empty();
        if open.cause == Cause::Voice && !cut {
            // The next utterance may begin in the pause, and in a click.
            let said = (open.last.saturating_sub(open.start) as usize).min(open.samples.len());
            self.before.extend(&open.samples[if dropped { 0 } else { said }..]);
            open.samples.truncate(said + samples(self.settings.after_s));
        }
        if dropped {
            out.push(Heard::Dropped { number: open.number });
            return;
        }
        out.push(Heard::Ended(Utterance {
            number: open.number,
            start_s: self.time(open.start),
            end_s: self.time(open.start + open.samples.len() as u64),
            voice_s: (self.time(open.first), self.time(open.last)),
            level: Level::of(&open.samples),
            samples: open.samples,
            cause: open.cause,
            cut,
            over_own_voice: open.cause == Cause::Voice && open.over * 2 >= open.speech_frames.max(1),
        }));
    }
}

fn samples(seconds: f64) -> usize {
    (seconds * f64::from(RATE_HZ)) as usize
}

#[cfg(test)]
#[path = "segment/tests.rs"]
mod tests;
