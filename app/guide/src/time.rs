//! Moments and spans on the session's own clock. Must not know the wall clock.

use serde::{Deserialize, Serialize};

/// A moment, in seconds since the session began. The shell reads a clock; the core is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub f64);

impl Timestamp {
    /// Seconds from `earlier` to `self`; negative if `earlier` is later.
    pub fn since(self, earlier: Self) -> f64 {
        self.0 - earlier.0
    }

    /// The moment `seconds` after this one.
    #[must_use]
    pub fn plus(self, seconds: f64) -> Self {
        Self(self.0 + seconds)
    }
}
