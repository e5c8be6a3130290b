//! The voice of a running session: what is heard goes to the assistant as events, what it says is spoken. Everything it calls works
//! on threads of its own. Must not know keys, buttons, or how any of it is drawn.

use std::path::PathBuf;

use anyhow::Context as _;
use fieldwright_guide::{
    event::{Effect, Event, WorkerState},
    manual::AlertKind,
    overlay::{OverlayScene, StatusItem, StatusLevel},
    time::Timestamp,
};
use fieldwright_session::{
    assistant::Assistant,
    ears::{EarState, EarStatus, Ears},
    models,
    place::{self, ProductFiles},
};
use fieldwright_voice::{
    input::{Input, Recorded},
    queue::Urgency,
    speak::{Mouth, PlayerProcess, Spoke, Synthesizer},
    synth::Engine,
};

/// How a session hears and speaks.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct VoiceArgs {
    /// Microphone to use; else the machine's own choice
    #[arg(long, value_name = "NAME")]
    microphone: Option<String>,
    /// Hear this WAV file in place of a microphone
    #[arg(long, value_name = "FILE", conflicts_with = "microphone")]
    audio: Option<PathBuf>,
    /// Listen for voices, and not only while the key is held
    #[arg(long)]
    hands_free: bool,
    /// Say nothing aloud
    #[arg(long)]
    mute: bool,
}

impl VoiceArgs {
    /// The same for a session that goes on where this one stopped: what was played from a file is over.
    pub(crate) fn again(&self) -> Vec<std::ffi::OsString> {
        let mut words: Vec<std::ffi::OsString> = Vec::new();
        if let Some(name) = &self.microphone {
            words.extend(["--microphone".into(), name.into()]);
        }
        words.extend(self.hands_free.then(|| "--hands-free".into()));
        words.extend(self.mute.then(|| "--mute".into()));
        words
    }
}

/// Ears and mouth of a session.
pub(crate) struct Voice {
    ears: Result<Ears, String>,
    told: bool,
    mouth: Mouth,
    /// Why nothing can be heard of what is said.
    dumb: Option<String>,
    muted: bool,
    hands_free: bool,
}

impl Voice {
    /// Opens what there is. What is missing is told in the status line, and looked for again where it can come back.
    ///
    /// # Errors
    /// When the given file is no sound, or a thread cannot start.
    pub(crate) fn open(files: &ProductFiles, args: &VoiceArgs, always_listens: bool) -> anyhow::Result<Self> {
        let input: Box<dyn Input> = match &args.audio {
            Some(path) => Box::new(Recorded::file(path, 0.0)?),
            None => microphone(args.microphone.clone())?,
        };
        // Where nobody can hold a key, and in a recording, voices are listened for.
        let hands_free = args.hands_free || always_listens || args.audio.is_some();
        let log = place::state_folder(true).join("speech.log");
        let ears =
            models::ear(files, &models::folder(), log).map(|hearing| Ears::new(input, Box::new(hearing), hands_free));
        let engine = Synthesizer::new(Engine::own());
        let mouth =
            Mouth::start(Box::new(engine), Box::new(PlayerProcess::aplay())).context("cannot start speaking")?;
        Ok(Self { ears, told: false, mouth, dumb: None, muted: args.mute, hands_free })
    }

    /// The talk key, pedal or button went down or up. Whoever talks is not talked over.
    pub(crate) fn key(&mut self, down: bool, now: Timestamp) {
        if down {
            self.hush(now);
        }
        if let Ok(ears) = &mut self.ears {
            ears.key(down, now);
        }
    }

    /// Listens for voices too, or for the key only.
    pub(crate) fn toggle_hands_free(&mut self) {
        self.hands_free = !self.hands_free;
        if let Ok(ears) = &mut self.ears {
            ears.set_hands_free(self.hands_free);
        }
    }

    /// Speaks, or not.
    pub(crate) fn toggle_mute(&mut self, now: Timestamp) {
        self.muted = !self.muted;
        if self.muted {
            self.hush(now);
        }
    }

    fn hush(&mut self, now: Timestamp) {
        self.mouth.hush();
        if let Ok(ears) = &mut self.ears {
            ears.hushed(now);
        }
    }

    /// Takes in what was heard since the last call.
    pub(crate) fn listen(&mut self, assistant: &mut Assistant, now: Timestamp) {
        for spoke in self.mouth.poll() {
            match spoke {
                Spoke::Began { samples: Some(samples), .. } => {
                    if let Ok(ears) = &mut self.ears {
                        ears.own_voice(&samples, now);
                    }
                }
                Spoke::Began { .. } | Spoke::Ended { .. } => {}
                Spoke::Mute(why) => self.dumb = Some(why),
            }
        }
        let ears = match &mut self.ears {
            Ok(ears) => ears,
            Err(why) => {
                if !std::mem::replace(&mut self.told, true) {
                    let state = WorkerState::Absent(why.clone());
                    assistant.event(Event::Worker { name: "speech".to_owned(), state }, now);
                }
                return;
            }
        };
        ears.attend(assistant.guidance());
        for event in ears.poll(now) {
            assistant.event(event, now);
        }
    }

    /// Says what was decided to be said. `scene` is what is shown with it.
    pub(crate) fn say(&mut self, effects: &[Effect], scene: &OverlayScene, now: Timestamp) {
        for effect in effects {
            match effect {
                Effect::Say(words) if !self.muted => {
                    let alert = scene.alert.as_ref().filter(|alert| alert.kind != AlertKind::Note);
                    let urgent = alert.is_some_and(|alert| alert.text.iter().any(|line| words.contains(line.as_str())));
                    self.mouth.say(words, if urgent { Urgency::Alert } else { Urgency::Plain });
                }
                Effect::Hush => self.hush(now),
                _ => {}
            }
        }
    }

    /// How it hears; `None` without a speech model.
    pub(crate) fn status(&self) -> Option<EarStatus> {
        self.ears.as_ref().ok().map(Ears::status)
    }

    /// True where voices are listened for.
    pub(crate) fn is_hands_free(&self) -> bool {
        self.hands_free
    }

    /// What the status line says of microphone and loudspeaker.
    pub(crate) fn items(&self) -> Vec<StatusItem> {
        let item = |name: &str, detail: String, level| StatusItem { name: name.to_owned(), detail, level };
        let mut items = Vec::new();
        // What is well stands in the bar alone: the status line is short.
        if let Some(status) = self.status() {
            let lost_s = status.lost as f64 / 16_000.0;
            match &status.state {
                EarState::NoMicrophone(_) | EarState::Unplugged(_) | EarState::Silent(_) | EarState::Clipping(_) => {
                    items.push(item("Microphone", status.state.words(), StatusLevel::Bad));
                }
                _ if lost_s > 0.0 => {
                    items.push(item("Microphone", format!("{lost_s:.1} s of sound lost"), StatusLevel::Bad));
                }
                EarState::Listening(_) | EarState::Ended | EarState::Opening => {}
            }
        }
        match &self.dumb {
            _ if self.muted => items.push(item("Speaking", "muted".to_owned(), StatusLevel::Busy)),
            Some(why) => items.push(item("Speaking", why.clone(), StatusLevel::Bad)),
            None => {}
        }
        items
    }
}

#[cfg(feature = "microphone")]
fn microphone(name: Option<String>) -> anyhow::Result<Box<dyn Input>> {
    let microphone = fieldwright_voice::microphone::Microphone::open(name).context("cannot start listening")?;
    Ok(Box::new(microphone))
}

#[cfg(not(feature = "microphone"))]
fn microphone(_: Option<String>) -> anyhow::Result<Box<dyn Input>> {
    let why = "left out of this build\nhint: cargo build --features microphone, which needs libasound2-dev";
    Ok(Box::new(fieldwright_voice::input::NoInput(why.to_owned())))
}
