//! What a run starts from: equipment, manual, index, model. Must not know how any of it is drawn.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use fieldwright_guide::{applicability::Variant, equipment::EquipmentPackage};
use fieldwright_library::{index::Library, s1000d::read_publication, synonyms::Synonyms};
use fieldwright_session::{
    assistant::{Config, ModelSource, Pace},
    models,
    place::{self, ProductFiles},
};
use fieldwright_vision::camera::CameraModel;
use fieldwright_workers::client::ModelClient;

/// Reads an equipment package.
///
/// # Errors
/// When there is none of this name, or its file is damaged: with file, line and column.
pub(crate) fn read_equipment(files: &ProductFiles, name: &str) -> anyhow::Result<EquipmentPackage> {
    let path = files.equipment(name).join("equipment.ron");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("no equipment `{name}`: cannot read {}", path.display()))?;
    ron::Options::default()
        .from_str(&text)
        .map_err(|error| anyhow::anyhow!("{}, line {}: {}", path.display(), error.span.start.line, error.code))
}

/// Which model to use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Models {
    /// The installed one, if any.
    Installed,
    /// None, whatever is installed.
    None,
}

/// Everything that an assistant starts from, and the name of the model, if there is one.
///
/// # Errors
/// When the manual cannot be read or indexed.
pub(crate) fn session(
    files: &ProductFiles,
    equipment: &Arc<EquipmentPackage>,
    camera: &CameraModel,
    models: &Models,
    variant: Variant,
    pace: Pace,
    state_file: Option<PathBuf>,
) -> anyhow::Result<(Config, Option<String>)> {
    let folder = files.manual(&equipment.manual);
    let (publication, _faults) = read_publication(&folder)?;
    let slang = folder.join("synonyms.ron");
    let synonyms =
        if slang.is_file() { Synonyms::general().with(Synonyms::read(&slang)?) } else { Synonyms::general() };
    let library = Library::in_ram(vec![publication.clone()], synonyms)?;
    let (model, name) = model_source(*models);
    let config = Config {
        publication: Arc::new(publication),
        library,
        equipment: Arc::clone(equipment),
        camera: camera.clone(),
        model,
        variant,
        simulation: true,
        state_file,
        pace,
    };
    Ok((config, name))
}

fn model_source(models: Models) -> (ModelSource, Option<String>) {
    if models == Models::None {
        return (ModelSource::Absent("none wanted".to_owned()), None);
    }
    match models::worker(&models::folder(), place::state_folder(true).join("model.log")) {
        Ok((name, spec)) => (ModelSource::Worker(Box::new(move || ModelClient::start(spec.clone()))), Some(name)),
        Err(why) => (ModelSource::Absent(why), None),
    }
}
