//! How well the equipment's place is known, and what that allows the overlay to claim. Must not know images.

use serde::{Deserialize, Serialize};

use crate::{
    frames::{Equipment, Pose, World},
    time::Timestamp,
};

/// What the anchor filter says of the equipment's place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Tracking {
    /// Fiducials are in view and agree: draw on the part.
    Good,
    /// Old, few or disagreeing fiducials: draw beside the part, with a leader.
    Degraded,
    /// Not known well enough to point at anything.
    Lost {
        /// When it was last better than lost; `None` if the equipment was never found.
        since: Option<Timestamp>,
    },
}

/// One estimate of where the equipment stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// Where the equipment is; `None` before the first fix.
    pub world_from_equipment: Option<Pose<World, Equipment>>,
    /// How far to trust it.
    pub tracking: Tracking,
    /// One-sigma position uncertainty, metres, at the equipment's centre.
    pub sigma_m: f32,
    /// Fiducials used in the latest fix.
    pub tags_used: u32,
    /// When the latest fix was captured.
    pub last_fix: Option<Timestamp>,
}

impl Default for Anchor {
    fn default() -> Self {
        Self {
            world_from_equipment: None,
            tracking: Tracking::Lost { since: None },
            sigma_m: f32::INFINITY,
            tags_used: 0,
            last_fix: None,
        }
    }
}
