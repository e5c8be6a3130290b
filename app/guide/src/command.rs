//! The closed grammar of commands. It never waits for a model. Must not know how commands reach us.

use serde::{Deserialize, Serialize};

/// What a user can order. The word that acknowledges a warning is not the word that advances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Advance to the next step.
    Next,
    /// Return to the step before.
    Back,
    /// Show and say the step again.
    Repeat,
    /// Go to the step with this number (as displayed: `3`, `3.2`, or the m of "step n of m").
    GoToStep(String),
    /// Show the alerts of this step and procedure again.
    ShowWarning,
    /// Acknowledge the alert shown.
    Acknowledge,
    /// Which tools, supplies and spares?
    Tools,
    /// Which torque?
    Torque,
    /// How many steps are left?
    Remaining,
    /// Show or hide the figure.
    Figure,
    /// Stop talking.
    Stop,
    /// Pause the task.
    Pause,
    /// Resume the task.
    Resume,
    /// Yes.
    Yes,
    /// No.
    No,
}
