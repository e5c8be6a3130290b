//! What a run starts from: equipment, manual, index, model. Must not know how any of it is drawn.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use fieldwright_guide::{applicability::Variant, equipment::EquipmentPackage};
use fieldwright_library::{index::Library, s1000d::read_publication, synonyms::Synonyms};
use fieldwright_session::{
    assistant::{Config, ModelSource, Pace},
    ears::Ears,
    hearing::Hearing,
    models,
    place::{self, ProductFiles},
    scenario::Scenario,
};
use fieldwright_vision::camera::CameraModel;
use fieldwright_voice::input::NoInput;
use fieldwright_workers::client::ModelClient;

use crate::voice::VoiceArgs;

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

/// What a session in a window or a headset is started with.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SessionArgs {
    /// Play this scenario
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) play: Option<PathBuf>,
    /// What is known of the equipment, e.g. model="Mk 1"
    #[arg(long = "property", value_name = "NAME=VALUE")]
    properties: Vec<String>,
    /// Work without a model
    #[arg(long)]
    pub(crate) no_model: bool,
    /// Forget where the last session stopped
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Equipment
    #[arg(long, default_value = "fgs-5")]
    equipment: String,
    /// Folder with Fieldwright's assets and manuals
    #[arg(long, value_name = "DIR")]
    pub(crate) files: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) voice: VoiceArgs,
}

impl SessionArgs {
    /// The same arguments for a session that goes on where this one stopped: without a script, and without forgetting.
    pub(crate) fn again(&self) -> Vec<std::ffi::OsString> {
        let mut words: Vec<std::ffi::OsString> = vec!["--equipment".into(), self.equipment.clone().into()];
        for property in &self.properties {
            words.extend(["--property".into(), property.clone().into()]);
        }
        if self.no_model {
            words.push("--no-model".into());
        }
        if let Some(files) = &self.files {
            words.extend(["--files".into(), files.clone().into_os_string()]);
        }
        words.extend(self.voice.again());
        words
    }
}

/// What those arguments name, read and checked.
pub(crate) struct Opening {
    pub(crate) files: ProductFiles,
    pub(crate) equipment: Arc<EquipmentPackage>,
    pub(crate) scenario: Option<Scenario>,
    pub(crate) variant: Variant,
}

impl Opening {
    /// Reads what the arguments name.
    ///
    /// # Errors
    /// When files are missing or damaged, or a property is none.
    pub(crate) fn of(args: &SessionArgs) -> anyhow::Result<Self> {
        let files = ProductFiles::find(args.files.as_deref())?;
        let scenario = args.play.as_deref().map(Scenario::read).transpose()?;
        let name = scenario.as_ref().map_or(args.equipment.as_str(), |s| s.equipment.as_str());
        let equipment = Arc::new(read_equipment(&files, name)?);
        if let (Some(scenario), Some(path)) = (&scenario, &args.play) {
            scenario.check_against(path, &equipment)?;
        }
        let mut variant: Variant = scenario.as_ref().map(|s| s.variant.clone()).unwrap_or_default();
        for property in &args.properties {
            let Some((name, value)) = property.split_once('=') else {
                anyhow::bail!("`{property}` is no property\nhint: write --property model=\"Mk 1\"");
            };
            variant.insert(name.trim().to_owned(), value.trim().to_owned());
        }
        Ok(Self { files, equipment, scenario, variant })
    }
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
/// When the manual cannot be read.
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
    let manual = publication.clone();
    let (model, name) = model_source(*models);
    let config = Config {
        publication: Arc::new(publication),
        library: Box::new(move || Library::in_ram(vec![manual], synonyms)),
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

/// Ears for a script that speaks: no microphone, the installed speech model, waited for.
///
/// # Errors
/// When there is no speech model, or its worker cannot work.
pub(crate) fn scripted_ears(files: &ProductFiles) -> anyhow::Result<Ears> {
    let log = place::state_folder(true).join("speech.log");
    let spec = models::speech_worker(files, &models::folder(), log).map_err(|why| anyhow::anyhow!("{why}"))?;
    let nobody = NoInput("the script speaks".to_owned());
    let mut ears = Ears::new(Box::new(nobody), Box::new(Hearing::start(spec)), true);
    ears.await_ready(Duration::from_secs(60)).map_err(|why| anyhow::anyhow!("{why}"))?;
    Ok(ears)
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
