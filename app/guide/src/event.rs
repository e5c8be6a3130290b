//! Everything that can happen to the core, and everything it can want. The list of events is the recording.
//! Must not know how events arrive or who carries out effects.

use serde::{Deserialize, Serialize};

use crate::{
    command::{Command, heard::Heard},
    model::{ModelReply, ModelTask},
    overlay::MotionCue,
    passage::Found,
    tracking::Anchor,
};

/// Number that ties a reply to its request.
pub type RequestId = u64;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Words that are sure, since they were typed: a command, a choice, or a question.
    Utterance(String),
    /// Speech, with how sure each word is: the same, but what is uncertain is asked back and not acted on.
    Heard(Heard),
    /// What is understood so far of somebody who still speaks: shown, and nothing else.
    Hearing(String),
    /// A command from a button, gaze or hand.
    Command(Command),
    /// A choice of the shown prompt or fault-isolation node, by index.
    Choose(usize),
    /// The user did something to a part (clicked it in the simulator): what the step says.
    PartActed {
        /// Functional item number, lower case.
        item: String,
    },
    /// Start a task.
    StartTask {
        /// Work package id.
        work_package: String,
    },
    /// The variant of the equipment became known.
    VariantKnown {
        /// Property.
        property: String,
        /// Value.
        value: String,
    },
    /// The library answered.
    Found {
        /// Of which request.
        id: RequestId,
        /// What.
        found: Found,
    },
    /// The model answered, or failed to (`None`: no model, dead, late or refused).
    ModelReplied {
        /// Of which request.
        id: RequestId,
        /// What.
        reply: Option<ModelReply>,
    },
    /// The anchor changed.
    Anchored(Anchor),
    /// A worker's state changed.
    Worker {
        /// `model`, `speech` or `library`.
        name: String,
        /// Its state.
        state: WorkerState,
    },
    /// Time passed.
    Tick,
}

/// How a worker is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkerState {
    /// Not installed; the words say how to get it.
    Absent(String),
    /// Starting, or loading its model.
    Starting,
    /// Ready; the words name its model.
    Ready(String),
    /// Dead, and being restarted; the words say why.
    Failed(String),
}

/// What the core wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Search the library; answer with [`Event::Found`].
    Search {
        /// Ties the reply.
        id: RequestId,
        /// The user's words.
        query: String,
    },
    /// Ask the model; answer with [`Event::ModelReplied`].
    AskModel {
        /// Ties the reply.
        id: RequestId,
        /// What.
        task: ModelTask,
    },
    /// Speak this line, verbatim manual text or the product's own short words.
    Say(String),
    /// Stop talking at once.
    Hush,
    /// Play the motion on the simulated equipment: the step was done.
    PlayMotion {
        /// Functional item number, lower case.
        item: String,
        /// How it moves; `None` where the step does not move it (a look, a measurement).
        cue: Option<MotionCue>,
    },
    /// Write the resume point: the state survives a kill.
    Persist,
    /// Append to the work record.
    Record(String),
}
