//! What the shell's plugins share: the scene to draw, the pose to draw it at, the model's nodes.

use std::{collections::HashMap, path::PathBuf};

use bevy::prelude::*;
use fieldwright_guide::{frames::{Equipment, Pose, World}, overlay::OverlayScene};

/// What to draw.
#[derive(Default, Resource)]
pub(crate) struct CurrentScene(pub(crate) OverlayScene);

/// Where the overlay believes the equipment to be.
#[derive(Default, Resource)]
pub(crate) struct OverlayPose { pub(crate) world_from_equipment: Option<Pose<World, Equipment>> }

/// The camera that the user sees through.
#[derive(Component)]
pub(crate) struct ViewCamera;

/// Part nodes of the loaded model by name.
#[derive(Default, Resource)]
pub(crate) struct PartNodes { pub(crate) nodes: HashMap<String, Entity> }

/// The model.
#[derive(Resource)]
pub(crate) struct EquipmentModel(pub(crate) Handle<WorldAsset>);

/// Folder of the manual's figures.
#[derive(Resource)]
pub(crate) struct ManualFigures(pub(crate) PathBuf);
