//! What may be asked of a language model, and what it may say: it chooses and words, it never writes a step.
//! Must not know: engines, processes, prompts.

use serde::{Deserialize, Serialize};

/// A task for the language model. Every text in it was resolved from the manual or typed by the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelTask {
    /// What does the user want? Navigation never comes here: the closed grammar takes it.
    Understand {
        /// The user's words.
        request: String,
    },
    /// Which passages answer the question?
    Select {
        /// The user's words.
        question: String,
        /// Candidate passages, best first.
        passages: Vec<String>,
    },
    /// Which answer of a fault-isolation question did the user give?
    MapReply {
        /// The manual's question.
        question: String,
        /// The manual's answers.
        answers: Vec<String>,
        /// The user's words.
        reply: String,
    },
    /// Word a short answer, every sentence citing a passage by its number.
    Word {
        /// The user's words.
        question: String,
        /// Passages, numbered from 1.
        passages: Vec<String>,
    },
}

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Be guided through a task.
    DoTask,
    /// Find the cause of a fault.
    FindFault,
    /// Know a fact.
    AskFact,
    /// Know where or what a part is.
    FindPart,
    /// Something that is not about the equipment.
    OffTopic,
}

/// The model's reply, already of the right shape (grammar-constrained) and still unverified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelReply {
    /// To [`ModelTask::Understand`].
    Intent(Intent),
    /// To [`ModelTask::Select`]: indices into its passages, best first; empty for none of them.
    Selected(Vec<usize>),
    /// To [`ModelTask::MapReply`]: index into its answers; `None` when the reply fits none.
    Mapped(Option<usize>),
    /// To [`ModelTask::Word`].
    Worded(Vec<WordedSentence>),
}

/// One sentence and the passage it leans on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordedSentence {
    /// The words.
    pub text: String,
    /// Number of the passage, from 1.
    pub passage: usize,
}
