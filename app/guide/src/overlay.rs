//! The overlay scene: what the wearer should see now, as plain data. Must not know bevy, pixels or fonts.

use serde::{Deserialize, Serialize};

use crate::{
    command::Command,
    equipment::Motion,
    manual::{AlertKind, Span},
};

/// Everything drawn over the world in one frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OverlayScene {
    /// True in the simulator and in scenarios: the permanent SIMULATION banner.
    pub simulation: bool,
    /// Security marking, always visible.
    pub security: String,
    /// Where the overlay may claim to be.
    pub placement: Placement,
    /// Parts lit up, in order of importance.
    pub highlights: Vec<Highlight>,
    /// How the focused part moves.
    pub motion: Option<MotionCue>,
    /// The plate beside the focused part.
    pub label: Option<Label>,
    /// The alert gate: above all else, one at a time.
    pub alert: Option<AlertPanel>,
    /// The step or fault-isolation node being worked on; dimmed while an alert gates it.
    pub card: Option<Card>,
    /// A question to the user: variant, required conditions, confirmation, offered task.
    pub prompt: Option<Prompt>,
    /// An answer or refusal to a question.
    pub answer: Option<AnswerPanel>,
    /// The figure panel.
    pub figure: Option<FigurePanel>,
    /// One line of words that answers a command (tools, torque, steps left), verbatim values.
    pub notice: Option<Notice>,
    /// The status line.
    pub status: Vec<StatusItem>,
    /// What was heard or typed last.
    pub heard: Option<String>,
    /// The buttons that make sense now.
    pub buttons: Vec<Button>,
}

/// How near to the part the overlay dares to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// On the part.
    OnPart,
    /// Beside it, with a leader line, drawn grey and dashed.
    BesidePart,
    /// Panels only.
    #[default]
    PanelOnly,
}

/// A part lit up along its own shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Highlight {
    /// Functional item number, lower case.
    pub item: String,
    /// Node of the model.
    pub node: String,
    /// Why.
    pub role: HighlightRole,
}

/// Why a part is lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HighlightRole {
    /// Here, this (cyan, full).
    Focus,
    /// Also named by the step (cyan, faint).
    Mentioned,
}

/// How a part moves, to be drawn as an arrow and a ghost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MotionCue {
    /// Node of the model.
    pub node: String,
    /// The motion, in the node's frame.
    pub motion: Motion,
    /// True when the part goes on instead of coming off.
    pub reversed: bool,
}

/// The plate beside a part: name first, number small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Node of the model that the leader ends on.
    pub node: String,
    /// Name.
    pub name: String,
    /// Number and variant, e.g. `FGS5-2910-14 · Mk 1`.
    pub detail: String,
}

/// A warning, caution or note, verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertPanel {
    /// Its kind: decides word, shape and color.
    pub kind: AlertKind,
    /// Paragraphs, verbatim.
    pub text: Vec<String>,
    /// This one, from 1, and how many gate here.
    pub position: (u32, u32),
    /// How to acknowledge it; empty for a note.
    pub acknowledge: String,
    /// Citation, short form.
    pub citation: String,
}

/// The step card, also used for fault-isolation nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Work package id.
    pub work_package: String,
    /// Its title.
    pub title: String,
    /// Step id in the work package.
    pub step: String,
    /// Step number as the manual counts it.
    pub number: String,
    /// This step from 1, and how many the task has; `(0, 0)` in fault isolation, which has no fixed length.
    pub position: (u32, u32),
    /// Text runs, verbatim: paragraphs in order.
    pub text: Vec<Vec<Span>>,
    /// Answers to choose from, verbatim (fault isolation).
    pub answers: Vec<String>,
    /// Chips: tools, values, supplies.
    pub chips: Vec<Chip>,
    /// Notes of this step, verbatim.
    pub notes: Vec<String>,
    /// Citation, short form.
    pub citation: String,
    /// E.g. `Issue 002 · Mk 1`.
    pub edition: String,
    /// True while a warning or caution gates it: the text is dimmed.
    pub gated: bool,
}

/// A small fact under the step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chip {
    /// E.g. `tool`, `torque`, `supply`, `spare`.
    pub kind: String,
    /// Verbatim, e.g. `18 N·m (13 lb-ft)`.
    pub text: String,
}

/// A question to the user with its choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// What is asked, e.g. `Which model stands in front of you?`.
    pub title: String,
    /// Lines under it, verbatim (e.g. required conditions).
    pub lines: Vec<String>,
    /// Choices; the core understands each of them typed or said.
    pub choices: Vec<String>,
    /// Citation, short form; empty where nothing is cited.
    pub citation: String,
}

/// An answer with its citations, a passage, or a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerPanel {
    /// The question as understood.
    pub question: String,
    /// Words: of a model and verified, or the passage itself, or the reason of a refusal.
    pub text: String,
    /// True when a model worded it (and the verifier passed it).
    pub worded: bool,
    /// True for a refusal.
    pub refused: bool,
    /// Where the manual points, in a refusal.
    pub pointer: Option<String>,
    /// Grade, for people: `exact`, `partial`, `related`, `not in the manual`.
    pub support: String,
    /// Citations, short form, best first. Never empty in an answer.
    pub citations: Vec<String>,
    /// Alerts that belong to the passages: kind and words, verbatim.
    pub alerts: Vec<(AlertKind, String)>,
    /// True while the model is still wording.
    pub pending: bool,
}

/// The figure beside the step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigurePanel {
    /// Information control number: the picture's file stem.
    pub icn: String,
    /// Title, verbatim.
    pub title: String,
}

/// A short factual line after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Lines, values verbatim.
    pub lines: Vec<String>,
    /// Citation, short form; empty where nothing is cited.
    pub citation: String,
}

/// One item of the status line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusItem {
    /// `Anchor`, `Model`, `Library`.
    pub name: String,
    /// Words, e.g. `on part`, `no model: passages only`.
    pub detail: String,
    /// Level.
    pub level: StatusLevel,
}

/// How a status item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusLevel {
    /// Works.
    Good,
    /// Works in part or is busy.
    Busy,
    /// Does not work.
    Bad,
}

/// A button and whether it can be pressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it does.
    pub command: Command,
    /// Its words.
    pub label: String,
    /// False: drawn, but greyed.
    pub enabled: bool,
}
