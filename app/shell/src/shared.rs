//! What the shell's plugins share: the scene to draw, the pose to draw it at, the model's nodes. Must not know who fills it in.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use bevy::prelude::*;
use fieldwright_guide::{
    frames::{Equipment, Pose, World as WorldFrame},
    overlay::OverlayScene,
};

/// What to draw.
#[derive(Debug, Default, Resource)]
pub(crate) struct CurrentScene(pub(crate) OverlayScene);

/// Where the overlay believes the equipment to be; `None` before the first fix.
#[derive(Debug, Default, Resource)]
pub(crate) struct OverlayPose {
    /// The estimate, never ground truth.
    pub(crate) world_from_equipment: Option<Pose<WorldFrame, Equipment>>,
}

/// The camera that the user sees through.
#[derive(Component, Debug)]
pub(crate) struct ViewCamera;

/// The equipment's nodes in the rendered world, by name, with their rest places.
#[derive(Debug, Default, Resource)]
pub(crate) struct PartNodes {
    /// Node name -> entity.
    pub(crate) nodes: HashMap<String, Entity>,
    /// Node name -> transform in the model as it was made.
    pub(crate) rest: HashMap<String, Transform>,
}

/// Names of the nodes that are parts or fiducials of the equipment.
#[derive(Debug, Default, Resource)]
pub(crate) struct KnownNodes(pub(crate) HashSet<String>);

/// The equipment's model.
#[derive(Debug, Resource)]
pub(crate) struct EquipmentModel(pub(crate) Handle<WorldAsset>);

/// Folder of the manual's figures.
#[derive(Debug, Resource)]
pub(crate) struct ManualFigures(pub(crate) PathBuf);
