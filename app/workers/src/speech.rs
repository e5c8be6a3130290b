//! What the speech worker is asked and answers. Sound travels as base64 of 16-bit samples inside the same JSON as all
//! messages: 5 s are 213 kB, written and read in about a millisecond. Must not know any engine.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fieldwright_guide::command::graph::WordGraph;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    client::{Client, Waits},
    message::Task,
};

/// Samples a second that the worker takes, one channel.
pub const RATE_HZ: u32 = 16_000;
/// The longest utterance that is taken, seconds: what the models were made for.
pub const LONGEST_S: f64 = 30.0;

/// How patient the client is with the speech worker: an utterance whose worker died over it is transcribed again, once.
pub fn waits() -> Waits {
    Waits {
        load: Duration::from_secs(30),
        // Parts of the work cannot be interrupted, and the machine may be busy.
        grace: Duration::from_millis(1500),
        tries_again: 1,
        ..Waits::default()
    }
}

/// The client of the speech worker.
pub type SpeechClient = Client<SpeechTask>;
/// What it tells.
pub type SpeechEvent = crate::client::ClientEvent<SpeechReply>;

/// What the speech worker is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeechTask {
    /// One utterance, or as much of it as has been said: 16 kHz, one channel.
    pub sound: Sound,
    /// Words that are likely: of the open work package. Empty for none.
    pub prompt: String,
    /// What is listened for beside free words: each path is told with its likelihood. Empty for nothing.
    #[serde(default)]
    pub phrases: Phrases,
    /// True while the person still speaks: only the text counts, and quickly.
    pub interim: bool,
    /// True to look at the whole 30 s window that the models were trained with, and not only at the utterance: for
    /// comparison.
    #[serde(default)]
    pub whole_window: bool,
}

impl Task for SpeechTask {
    type Reply = SpeechReply;
    const WORKER: &'static str = "speech recognizer";
    const LISTENS: bool = true;
}

/// What it answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpeechReply {
    /// The words, empty where nothing was said.
    pub text: String,
    /// The same, each with its place and how sure it is. Empty for interim text.
    pub words: Vec<SpokenWord>,
    /// How likely it is that nobody spoke, 0 to 1, as the model says.
    pub no_speech: f32,
    /// The natural logarithm of how likely the model holds these words, all of them and the end; 0 where phrases were not looked for.
    #[serde(default)]
    pub log: f32,
    /// The likeliest of the phrases that were listened for, the likeliest first; what is far less likely than the words is left out.
    #[serde(default)]
    pub phrases: Vec<LikelyPhrase>,
    /// Milliseconds that the engine took.
    pub ms: f64,
}

/// Phrases to listen for; shared, since every utterance is looked at for the same ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrases(pub Arc<WordGraph>);

impl Serialize for Phrases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Phrases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WordGraph::deserialize(deserializer).map(|graph| Self(Arc::new(graph)))
    }
}

/// A phrase that may have been said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LikelyPhrase {
    /// Its words.
    pub text: String,
    /// The natural logarithm of its likelihood, as of [`SpeechReply::log`].
    pub log: f32,
}

/// A word in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpokenWord {
    /// The word, with the marks that stand at it.
    pub word: String,
    /// Where it begins, seconds from the beginning of the sound.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// How sure the model is of it, 0 to 1.
    pub confidence: f32,
}

/// Samples, 16 kHz, one channel.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sound(pub Vec<i16>);

impl Sound {
    /// From samples between -1 and 1; what is beyond is clipped, what is no number is silence.
    pub fn from_f32(samples: &[f32]) -> Self {
        Self(samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).collect())
    }

    /// Samples between -1 and 1.
    pub fn to_f32(&self) -> Vec<f32> {
        self.0.iter().map(|sample| f32::from(*sample) / 32_768.0).collect()
    }

    /// Its length, seconds.
    pub fn seconds(&self) -> f64 {
        self.0.len() as f64 / f64::from(RATE_HZ)
    }
}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sound({:.2} s)", self.seconds())
    }
}

impl Serialize for Sound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Sound;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64 of 16-bit samples")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Sound, E> {
                let bytes = STANDARD.decode(text).map_err(E::custom)?;
                let (samples, rest) = bytes.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err(E::custom("half a sample"));
                }
                Ok(Sound(samples.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldwright_guide::command::graph::word_graph;

    use crate::message::{Incoming, Request, frame, read};

    fn task(samples: Vec<i16>) -> SpeechTask {
        SpeechTask {
            sound: Sound(samples),
            prompt: "fuel filter".into(),
            phrases: Phrases(word_graph()),
            interim: false,
            whole_window: false,
        }
    }

    #[test]
    fn sound_and_cancellations_round_trip() {
        let ask = Incoming::Ask(Request { id: 1, deadline_ms: 5, task: task(vec![0, 1, -1, i16::MAX, i16::MIN]) });
        let cancel = Incoming::Cancel { cancel: 1 };
        let mut bytes = frame(&ask).unwrap();
        bytes.extend(frame(&cancel).unwrap());
        let mut stream = bytes.as_slice();
        assert_eq!(read::<Incoming<SpeechTask>>(&mut stream).unwrap(), Some(ask));
        assert_eq!(read::<Incoming<SpeechTask>>(&mut stream).unwrap(), Some(cancel));
    }

    #[test]
    fn the_longest_utterance_fits_a_message() {
        let samples = vec![i16::MIN; (LONGEST_S * f64::from(RATE_HZ)) as usize];
        assert!(frame(&Request { id: u64::MAX, deadline_ms: u64::MAX, task: task(samples) }).is_ok());
    }

    #[test]
    fn damaged_sound_is_an_error() {
        for text in [r#""!""#, r#""AAA=""#, r#""AA==""#, "7"] {
            let read: Result<Sound, _> = serde_json::from_str(text);
            assert_eq!(read.is_ok(), text == r#""AAA=""#, "{text}");
        }
    }

    #[test]
    fn samples_are_clipped_and_silence_replaces_what_is_no_number() {
        let sound = Sound::from_f32(&[0.5, 7.0, -7.0, f32::NAN, f32::INFINITY]);
        assert_eq!(sound.0, [16_384, 32_767, -32_767, 0, 32_767]);
        assert!((sound.to_f32()[0] - 0.5).abs() < 1e-4);
    }
}
