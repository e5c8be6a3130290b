//! The scripted user's mouth at the product's ear: what a script says is synthesized, heard, understood, and said again where
//! nothing came of it, as people do. Must not know what the words mean.

use fieldwright_guide::{event::Event, time::Timestamp};
use serde::{Deserialize, Serialize};

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
    /// What was said so far.
    pub(crate) log: Vec<SaidAloud>,
    /// Of that, said again.
    pub(crate) again: u32,
    /// Things given up, one after another, after every try.
    pub(crate) in_vain: u32,
    last_heard_ms: Option<f64>,
}

/// Something that a script said, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidAloud {
    /// The words, or the file.
    pub said: String,
    /// What was heard until the next was said: none where nothing was, several where it came in pieces.
    pub heard: Vec<String>,
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
        Self {
            ears,
            around,
            everything,
            lockstep,
            saying: None,
            log: Vec::new(),
            again: 0,
            in_vain: 0,
            last_heard_ms: None,
        }
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
        let around = Surroundings { seed: around.seed.wrapping_add(self.log.len() as u64), ..around };
        let over_s = speak(&mut self.ears, &mut self.log, &words, &around, now)?;
        self.saying = Some(Saying { words, around, over_s, tries: 1, before });
        Ok(())
    }

    /// What was understood; waits for it in lockstep only.
    pub fn hear(&mut self, now: Timestamp) -> Vec<Event> {
        let events = if self.lockstep { self.ears.settle(now) } else { self.ears.poll(now) };
        for event in &events {
            let Event::Heard(heard) = event else { continue };
            self.last_heard_ms = self.ears.latest_ms().map(|ms| ms + END_FOUND_S * 1e3);
            if let Some(last) = self.log.last_mut() {
                last.heard.push(heard.text());
            }
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
            saying.over_s = speak(&mut self.ears, &mut self.log, &saying.words, &saying.around, now)?;
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

/// Makes the sound, plays it into the ears, and notes it; gives when it is over, seconds.
fn speak(
    ears: &mut Ears,
    log: &mut Vec<SaidAloud>,
    words: &Words,
    around: &Surroundings,
    now: Timestamp,
) -> Result<f64, SoundError> {
    let over = ears.play(sound(words, around)?, now);
    log.push(SaidAloud { said: words.to_string(), heard: Vec::new() });
    Ok(over.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fieldwright_voice::{
        input::NoInput,
        wav::{self, RATE_HZ},
    };

    use super::*;
    use crate::ears::Recognizer;

    /// Hears everything, understands nothing.
    struct Deaf;

    impl Recognizer for Deaf {
        fn speaking(&mut self, _: &[f32]) {}
        fn spoken(&mut self, _: &[f32]) {}
        fn expect(&mut self, _: String, _: &[String]) {}
        fn forget(&mut self) {}
        fn busy(&self) -> bool {
            false
        }
        fn events(&mut self, _: Duration) -> Vec<Event> {
            Vec::new()
        }
        fn latest_ms(&self) -> Option<f64> {
            None
        }
    }

    #[test]
    fn what_is_not_understood_is_said_three_times_and_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("next.wav");
        let hum: Vec<f32> = (0..RATE_HZ / 2).map(|i| 0.3 * (i as f32 * 0.2).sin()).collect();
        wav::write(&path, &hum, RATE_HZ).unwrap();
        let ears = Ears::new(Box::new(NoInput("none".to_owned())), Box::new(Deaf), true);
        let quiet = Surroundings { noise: None, ..Surroundings::default() };
        let mut aloud = Aloud::new(ears, quiet.clone(), true, true);
        let mut now = 0.0;
        for given_up in 1..=3 {
            let said = Words::File(path.clone());
            aloud.say(said, quiet.clone(), Some("step 1".to_owned()), Timestamp(now)).unwrap();
            while aloud.busy("step 1", Timestamp(now)).unwrap() {
                now += 0.2;
                assert!(now < 100.0, "it is said for ever");
            }
            assert_eq!((aloud.in_vain, aloud.again), (given_up, 2 * given_up));
        }
        // Something comes of it: it was not in vain.
        aloud.say(Words::File(path), quiet, Some("step 1".to_owned()), Timestamp(now)).unwrap();
        now += 5.0;
        assert!(!aloud.busy("step 2", Timestamp(now)).unwrap());
        assert_eq!((aloud.in_vain, aloud.log.len()), (0, 10));
    }
}
