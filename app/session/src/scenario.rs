//! The scripted repair: what a `.ron` scenario file says. Must not know who plays it.
//!
//! A script is a list of beats in order. A beat takes no time unless it says so; after a beat that does something the
//! player lets one frame pass, so that an `Expect` sees its consequences.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use fieldwright_guide::{
    command::Command,
    frames::{Equipment, Pose, World},
    passage::Support,
};
use fieldwright_voice::synth::Engine;
use glam::{Quat, Vec3};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::sounds::{self, Surroundings, Words};

/// A scenario file, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, for people.
    pub title: String,
    /// Folder name under `assets/equipment`.
    pub equipment: String,
    /// What is known of the variant before the first word, e.g. `{"model": "Mk 1"}`.
    #[serde(default)]
    pub variant: BTreeMap<String, String>,
    /// Where it was read from: files that it names are beside it.
    #[serde(skip)]
    pub path: PathBuf,
    /// How the simulated equipment stands at the start: functional item -> motion already done.
    #[serde(default)]
    pub moved: BTreeMap<String, String>,
    /// Where the equipment stands in the room.
    #[serde(default)]
    pub stands: Stands,
    /// The camera's conditions.
    #[serde(default)]
    pub camera: CameraConditions,
    /// View the head starts in: a key of the equipment's views.
    pub view: String,
    /// What happens, in order.
    pub script: Vec<Beat>,
    /// Bounds on the overlay's registration over the whole run.
    #[serde(default)]
    pub registration: RegistrationBounds,
}

/// Where the equipment stands in the room (ground truth; the tracker is never told).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stands {
    /// Position on the floor: x and z of the world, metres.
    pub at: (f32, f32),
    /// Turn about the world's up axis, degrees.
    pub yaw_deg: f32,
}

impl Stands {
    /// Ground truth, for the renderer and for scoring only.
    pub fn world_from_equipment(&self) -> Pose<World, Equipment> {
        Pose::new(Vec3::new(self.at.0, 0.0, self.at.1), Quat::from_rotation_y(self.yaw_deg.to_radians()))
    }
}

impl Default for Stands {
    fn default() -> Self {
        Self { at: (0.35, -2.0), yaw_deg: 12.0 }
    }
}

/// The simulated camera's conditions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraConditions {
    /// Standard deviation of the sensor's noise, gray levels of 255.
    pub noise: f32,
    /// Standard deviation of the blur, pixels.
    pub blur_px: f32,
    /// Exposure gain; 1 is well exposed.
    pub exposure: f32,
    /// Seed of the noise.
    pub seed: u64,
}

impl Default for CameraConditions {
    fn default() -> Self {
        Self { noise: 2.5, blur_px: 0.6, exposure: 1.0, seed: 7 }
    }
}

/// Bounds on registration; a scenario with tags covered for long may relax nothing but names its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationBounds {
    /// Median over frames with good tracking, millimetres.
    pub median_mm: f32,
    /// 95th percentile, millimetres.
    pub p95_mm: f32,
    /// Median, degrees.
    pub median_deg: f32,
    /// 95th percentile, degrees.
    pub p95_deg: f32,
    /// Largest error while every tag is covered, millimetres.
    pub occluded_mm: f32,
}

impl Default for RegistrationBounds {
    fn default() -> Self {
        Self { median_mm: 2.0, p95_mm: 6.0, median_deg: 0.2, p95_deg: 0.8, occluded_mm: 15.0 }
    }
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Beat {
    /// The head goes to a named view of the equipment, smoothly.
    Look {
        /// Key of the equipment's views.
        view: String,
        /// Seconds it takes.
        over: f32,
    },
    /// The head goes to a free place (equipment frame, metres).
    LookAt {
        /// Eye.
        eye: Vec3,
        /// Point looked at.
        target: Vec3,
        /// Seconds it takes.
        over: f32,
    },
    /// Nothing happens for so many seconds (the head sways as heads do).
    Wait(f32),
    /// The user says or types this.
    Say(String),
    /// The user says this aloud, in a voice and in noise; it goes through the whole spoken path.
    Speak {
        /// Words, to be synthesized.
        #[serde(default)]
        text: String,
        /// Or a WAV file, beside the scenario.
        #[serde(default)]
        wav: String,
        /// One of flite's voices or of espeak-ng's.
        #[serde(default = "default_voice")]
        voice: String,
        /// `generator`, `fan`, `tools`, or empty for a quiet room.
        #[serde(default)]
        noise: String,
        /// By how many decibels the speech is louder than the noise.
        #[serde(default = "default_snr")]
        snr_db: f32,
        /// Level of the speech, decibels of full scale.
        #[serde(default = "default_level")]
        level_db: f32,
    },
    /// The user presses a button.
    Press(Command),
    /// The user chooses from the prompt or the fault-isolation question, by its words.
    Choose(String),
    /// The user does something to a part.
    Act(String),
    /// Goes through so many steps: acknowledges every gate, confirms prompts with their first choice, does the step.
    Follow(u32),
    /// Acknowledges every alert that gates now.
    AcknowledgeAll,
    /// Covers fiducials with a cloth; an empty list covers all.
    CoverTags(Vec<u32>),
    /// Takes every cloth away.
    UncoverTags,
    /// Kills a worker: `model`.
    KillWorker(String),
    /// The camera gives no frames for so many seconds.
    StallCamera(f32),
    /// The process dies and starts again from its resume point.
    Restart,
    /// A picture for the report.
    Shot(String),
    /// What must hold now.
    Expect(Vec<Check>),
}

fn default_voice() -> String {
    "slt".to_owned()
}

fn default_snr() -> f32 {
    20.0
}

fn default_level() -> f32 {
    -26.0
}

impl Beat {
    /// What a [`Beat::Speak`] says and in what surroundings; the file beside the scenario at `path`.
    ///
    /// # Errors
    /// When there is no such voice or noise, or not exactly one of text and file.
    pub fn speech(&self, path: &Path) -> Result<Option<(Words, Surroundings)>, String> {
        let Self::Speak { text, wav, voice, noise, snr_db, level_db } = self else { return Ok(None) };
        let words = match (text.trim(), wav.as_str()) {
            ("", "") => return Err("it says nothing\nhint: give text: or wav:".to_owned()),
            (text, "") => Words::Text(text.to_owned()),
            ("", wav) => Words::File(sounds::beside(path, Path::new(wav))),
            _ => return Err("it has both text: and wav:\nhint: give one of them".to_owned()),
        };
        Engine::voice(voice).map_err(|error| error.to_string())?;
        if !(snr_db.is_finite() && (-20.0..=60.0).contains(snr_db) && (-60.0..=0.0).contains(level_db)) {
            return Err("impossible loudness\nhint: snr_db from -20 to 60, level_db from -60 to 0".to_owned());
        }
        let noise = sounds::noise_named(noise).map_err(|error| error.to_string())?;
        let around = Surroundings { voice: voice.clone(), noise, snr_db: *snr_db, level_db: *level_db, seed: 1 };
        Ok(Some((words, around)))
    }
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Check {
    /// An answer is shown, of at least this grade, and it cites this work package (and this element).
    Answer {
        /// Lowest grade.
        support: Support,
        /// Work package id.
        work_package: String,
        /// Element or paragraph as cited, e.g. `step 4`.
        #[serde(default)]
        element: Option<String>,
        /// Words that the answer or its passage must contain.
        #[serde(default)]
        contains: Vec<String>,
    },
    /// The question is refused; the refusal names this pointer.
    Refused {
        /// Where the manual points; `None` if nowhere.
        pointer: Option<String>,
    },
    /// This work package is being worked on, at this step number.
    Step {
        /// Work package id.
        work_package: String,
        /// Step number as the manual counts it.
        number: String,
    },
    /// No task is being worked on.
    Idle,
    /// An alert of this kind (`warning`, `caution`) gates, and its words contain this.
    Gate {
        /// `warning` or `caution`.
        kind: String,
        /// Words.
        contains: String,
    },
    /// Nothing gates.
    NoGate,
    /// A prompt is shown whose title, lines or choices contain this.
    Prompt(String),
    /// The card's text, chips or notes contain this, verbatim.
    Card(String),
    /// A notice contains this.
    Notice(String),
    /// Nothing shown since the beginning contains this.
    NeverShown(String),
    /// The overlay's focus is this part (functional item), drawn with this motion or none asked.
    Focus {
        /// Functional item number.
        item: String,
        /// True if a motion must be shown.
        #[serde(default)]
        motion: bool,
    },
    /// The overlay's placement: `on-part`, `beside-part` or `panel-only`.
    Placement(String),
    /// The registration error of the focused part is below these bounds now.
    Registration {
        /// Millimetres at the part.
        mm: f32,
        /// Degrees.
        deg: f32,
    },
    /// A status item is at this level: (`Model`, `good|busy|bad`).
    Status(String, String),
    /// Something said since the last expectation contains this.
    Said(String),
}

/// Why a scenario file cannot be played.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// It cannot be read.
    #[error(
        "cannot read scenario `{path}`: {source}\nhint: give the path of a .ron file, e.g. tests/repairs/drain-water-separator.ron"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a scenario.
    #[error(
        "scenario `{path}`, line {line}, column {column}: {message}\nhint: the format is described in docs/scenario-format.md"
    )]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// It names something that the equipment does not have.
    #[error("scenario `{path}`: {message}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong and what there is instead.
        message: String,
    },
}

impl Scenario {
    /// Reads and checks a scenario file's form; [`Scenario::check_against`] checks its names.
    ///
    /// # Errors
    /// When the file cannot be read, is no RON or names unknown fields.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ScenarioError::Read { path: path.to_owned(), source })?;
        let mut scenario: Self = ron::Options::default()
            .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
            .from_str(&text)
            .map_err(|error| ScenarioError::Parse {
                path: path.to_owned(),
                line: error.span.start.line,
                column: error.span.start.col,
                message: error.code.to_string(),
            })?;
        path.clone_into(&mut scenario.path);
        let invalid = |message: String| ScenarioError::Invalid { path: path.to_owned(), message };
        let finite = |value: f32| value.is_finite() && (0.0..=600.0).contains(&value);
        for beat in &scenario.script {
            let seconds = match beat {
                Beat::Look { over, .. } | Beat::LookAt { over, .. } => *over,
                Beat::Wait(seconds) | Beat::StallCamera(seconds) => *seconds,
                _ => 0.0,
            };
            if !finite(seconds) {
                return Err(invalid(format!("`{beat:?}` lasts {seconds} s\nhint: give 0 to 600 seconds")));
            }
            match beat.speech(path).map_err(|why| invalid(format!("`{beat:?}`: {why}")))? {
                Some((Words::File(file), _)) if !file.is_file() => {
                    return Err(invalid(format!(
                        "no recording `{}`\nhint: it is looked for beside the scenario",
                        file.display()
                    )));
                }
                _ => {}
            }
        }
        let camera = scenario.camera;
        if !(camera.noise.is_finite()
            && camera.blur_px.is_finite()
            && camera.exposure.is_finite()
            && camera.exposure > 0.0)
        {
            return Err(invalid("camera conditions must be finite numbers, exposure above 0".to_owned()));
        }
        Ok(scenario)
    }

    /// Checks every name in the script against the equipment.
    ///
    /// # Errors
    /// Names the first view or part that the equipment does not have.
    pub fn check_against(
        &self,
        path: &Path,
        equipment: &fieldwright_guide::equipment::EquipmentPackage,
    ) -> Result<(), ScenarioError> {
        let invalid = |message: String| ScenarioError::Invalid { path: path.to_owned(), message };
        let view = |name: &str| {
            if equipment.views.contains_key(name) {
                return Ok(());
            }
            let known = equipment.views.keys().cloned().collect::<Vec<_>>().join(", ");
            Err(invalid(format!("no view `{name}`\nhint: the equipment has {known}")))
        };
        let item = |name: &str| {
            if equipment.parts.contains_key(name) {
                return Ok(());
            }
            Err(invalid(format!("no part `{name}`\nhint: parts are listed in the equipment's equipment.ron")))
        };
        view(&self.view)?;
        for (name, motion) in &self.moved {
            item(name)?;
            if !equipment.parts[name].motions.contains_key(motion) {
                return Err(invalid(format!("part `{name}` has no motion `{motion}`")));
            }
        }
        for beat in &self.script {
            match beat {
                Beat::Look { view: name, .. } => view(name)?,
                Beat::Act(name) => item(name)?,
                Beat::KillWorker(name) if name != "model" => {
                    return Err(invalid(format!("no worker `{name}`\nhint: the worker is called `model`")));
                }
                Beat::Expect(checks) => {
                    for check in checks {
                        if let Check::Focus { item: name, .. } = check {
                            item(name)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        let dir = std::env::temp_dir().join(format!("fw-scenario-{}-{:x}", std::process::id(), text.len()));
        std::fs::write(&dir, text).unwrap();
        let scenario = Scenario::read(&dir);
        std::fs::remove_file(&dir).unwrap();
        scenario
    }

    #[test]
    fn a_short_script_reads() {
        let scenario = parse(
            r#"Scenario(title: "t", equipment: "fgs-5", variant: {"model": "Mk 1"}, view: "front", script: [
                Say("how do I drain the water separator"),
                Expect([Answer(support: exact, work_package: "X", element: "step 1"), NoGate]),
            ])"#,
        )
        .unwrap();
        assert_eq!(scenario.script.len(), 2);
        assert_eq!(scenario.camera, CameraConditions::default());
    }

    #[test]
    fn speech_has_a_voice_and_surroundings() {
        let beat = r#"Speak(text: "next step", voice: "rms", noise: "generator", snr_db: 5.0)"#;
        let read = |beat: &str| parse(&format!(r#"Scenario(title: "t", equipment: "e", view: "v", script: [{beat}])"#));
        let scenario = read(beat).unwrap();
        let (words, around) = scenario.script[0].speech(&scenario.path).unwrap().unwrap();
        assert_eq!(words, Words::Text("next step".to_owned()));
        assert!(around.voice == "rms" && around.noise.is_some() && (around.snr_db - 5.0).abs() < 1e-6);
        for (beat, expected) in [
            (r"Speak()", "says nothing"),
            (r#"Speak(text: "a", wav: "b.wav")"#, "both"),
            (r#"Speak(text: "a", voice: "nobody")"#, "no voice `nobody`"),
            (r#"Speak(text: "a", noise: "sea")"#, "no noise `sea`"),
            (r#"Speak(text: "a", snr_db: 900.0)"#, "impossible loudness"),
            (r#"Speak(wav: "no-such.wav")"#, "no recording"),
        ] {
            let error = read(beat).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("hint:"), "{error}");
        }
    }

    #[test]
    fn errors_name_the_place() {
        let error = parse("Scenario(title: \"t\",\n equipment: 5)").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        let error = parse(r#"Scenario(title: "t", equipment: "e", view: "v", script: [Wait(-1.0)])"#).unwrap_err();
        assert!(error.to_string().contains("0 to 600"), "{error}");
    }
}
