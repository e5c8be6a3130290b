//! The scripted user's mouth at the product's ear: what a script says is synthesized, heard, understood, and said again where
//! nothing came of it, as people do. Must not know what the words mean.

use fieldwright_guide::{event::Event, time::Timestamp};

use crate::{
    ears::Ears,
    sounds::{SoundError, Surroundings, Words, sound},
};

/// Seconds after the last word until a person says it again.
const PATIENCE_S: f64 = 1.2;
/// Times that a person says the same.
const MOST_TRIES: u32 = 3;
/// Seconds of pause in which the end of an utterance is found, part of every answer's latency.
const END_FOUND_S: f64 = 0.35;

/// See the module's words.
#[derive(Debug)]
pub struct Aloud {
    ears: Ears,
    around: Surroundings,
    /// Everything is said aloud, presses and choices too.
    pub(crate) everything: bool,
    /// May the caller wait for the speech worker?
    lockstep: bool,
    saying: Option<Saying>,
    /// Utterances said by the script.
    pub(crate) said: u32,
    /// Of those, said again.
    pub(crate) again: u32,
    /// Things given up, one after another, after every try.
    pub(crate) in_vain: u32,
    last_heard_ms: Option<f64>,
}

#[derive(Debug)]
struct Saying {
    words: Words,
    around: Surroundings,
    over_s: f64,
    tries: u32,
    /// What was shown before; `None` where it is said once, whatever comes of it.
    before: Option<String>,
}

impl Aloud {
    /// A mouth at these ears; `everything` if presses and choices are said too.
    pub fn new(ears: Ears, around: Surroundings, everything: bool, lockstep: bool) -> Self {
        Self { ears, around, everything, lockstep, saying: None, said: 0, again: 0, in_vain: 0, last_heard_ms: None }
    }

    /// The surroundings where a beat names none.
    pub fn around(&self) -> &Surroundings {
        &self.around
    }

    /// Says this; again where `before` is still shown some time after.
    ///
    /// # Errors
    /// When it cannot be synthesized.
    pub fn say(
        &mut self,
        words: Words,
        around: Surroundings,
        before: Option<String>,
        now: Timestamp,
    ) -> Result<(), SoundError> {
        // Another stretch of the same noise each time.
        let around = Surroundings { seed: around.seed.wrapping_add(u64::from(self.said)), ..around };
        let over = self.ears.play(sound(&words, &around)?, now);
        self.said += 1;
        self.saying = Some(Saying { words, around, over_s: over.0, tries: 1, before });
        Ok(())
    }

    /// What was understood; waits for it in lockstep only.
    pub fn hear(&mut self, now: Timestamp) -> Vec<Event> {
        let events = if self.lockstep { self.ears.settle(now) } else { self.ears.poll(now) };
        if events.iter().any(|event| matches!(event, Event::Heard(_))) {
            self.last_heard_ms = self.ears.latest_ms().map(|ms| ms + END_FOUND_S * 1e3);
        }
        events
    }

    /// Milliseconds from the end of the speech that was just understood to its words; told once.
    pub(crate) fn take_heard_ms(&mut self) -> Option<f64> {
        self.last_heard_ms.take()
    }

    /// True while the script must wait for what it said. `shown` is what is shown now.
    ///
    /// # Errors
    /// When it is said again and cannot be synthesized.
    pub fn busy(&mut self, shown: &str, now: Timestamp) -> Result<bool, SoundError> {
        let Some(saying) = &mut self.saying else { return Ok(false) };
        if now.0 < saying.over_s || self.ears.status().understanding {
            return Ok(true);
        }
        let nothing_came = saying.before.as_deref() == Some(shown);
        if nothing_came && now.0 < saying.over_s + PATIENCE_S {
            return Ok(true);
        }
        if nothing_came && saying.tries < MOST_TRIES {
            saying.tries += 1;
            saying.around.seed = saying.around.seed.wrapping_add(101);
            self.again += 1;
            let samples = sound(&saying.words, &saying.around)?;
            saying.over_s = self.ears.play(samples, now).0;
            return Ok(true);
        }
        self.in_vain = if nothing_came { self.in_vain + 1 } else { 0 };
        self.saying = None;
        Ok(false)
    }

    /// The ears, for reports.
    pub fn ears(&mut self) -> &mut Ears {
        &mut self.ears
    }
}
