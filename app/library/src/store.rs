//! Publications on disk: `DIR/publications/ID.json`, written whole or not at all, checked when read. Must not know
//! manuals' own formats, nor the index.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use fieldwright_guide::manual::Publication;
use serde::{Deserialize, Serialize};

/// Version of the file format; a file of another version is read again from the manual.
const VERSION: u32 = 1;

/// Why publications could not be stored or loaded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder cannot be read or written.
    #[error("cannot {what} `{}`: {cause}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        cause: std::io::Error,
    },
    /// A file is not what was written.
    #[error("`{}` is damaged or of another version: {cause}\nhint: import the manual again with --library {}", path.display(), folder.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// The library folder.
        folder: PathBuf,
        /// What is wrong.
        cause: String,
    },
}

/// The file's shape: a version and a checksum around the publication.
#[derive(Serialize, Deserialize)]
struct Raw<P> {
    version: u32,
    work_packages: usize,
    publication: P,
}

/// Writes a publication into the library folder, replacing an older copy; gives the file.
///
/// # Errors
///
/// Where the folder cannot be made or the file cannot be written. The older copy then stands.
pub fn save_publication(folder: &Path, publication: &Publication) -> Result<PathBuf, StoreError> {
    let into = folder.join("publications");
    let io = |what: &'static str, path: &Path| {
        let path = path.to_path_buf();
        move |cause| StoreError::Io { what, path, cause }
    };
    fs::create_dir_all(&into).map_err(io("make the folder", &into))?;
    let path = into.join(format!("{}.json", file_stem(&publication.id)));
    let raw = Raw { version: VERSION, work_packages: publication.work_packages.len(), publication };
    let bytes = serde_json::to_vec(&raw).map_err(|error| StoreError::Io {
        what: "write",
        path: path.clone(),
        cause: std::io::Error::other(error),
    })?;
    // A reader sees the old file or the new one: the name changes only once everything is on the disk.
    let part = into.join(format!(".{}.{}.part", file_stem(&publication.id), std::process::id()));
    let written = fs::File::create(&part).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    if let Err(cause) = written.and_then(|()| fs::rename(&part, &path)) {
        // The part is of no use to anybody; that it cannot be removed either adds nothing to the message.
        drop(fs::remove_file(&part));
        return Err(StoreError::Io { what: "write", path, cause });
    }
    Ok(path)
}

/// Reads every publication of a library folder, by file name. A folder without any gives none.
///
/// # Errors
///
/// Where a file cannot be read or is damaged.
pub fn load_publications(folder: &Path) -> Result<Vec<Publication>, StoreError> {
    let from = folder.join("publications");
    if !from.exists() {
        return Ok(Vec::new());
    }
    let io = |what: &'static str, path: &Path| {
        let path = path.to_path_buf();
        move |cause| StoreError::Io { what, path, cause }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(&from).map_err(io("list", &from))? {
        let path = entry.map_err(io("list", &from))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    let mut publications = Vec::new();
    for path in files {
        let broken = |cause: String| StoreError::Broken { path: path.clone(), folder: folder.to_path_buf(), cause };
        let bytes = fs::read(&path).map_err(io("read", &path))?;
        let raw: Raw<Publication> = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        if raw.version != VERSION {
            return Err(broken(format!("version {} where {VERSION} is read", raw.version)));
        }
        if raw.work_packages != raw.publication.work_packages.len() {
            return Err(broken("work packages are missing".to_owned()));
        }
        publications.push(raw.publication);
    }
    Ok(publications)
}

/// A publication id as a file name: nothing in an id may leave the folder.
fn file_stem(id: &str) -> String {
    let safe: String =
        id.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).collect();
    let trimmed = safe.trim_start_matches('.');
    if trimmed.is_empty() { "publication".to_owned() } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(id: &str) -> Publication {
        Publication {
            id: id.to_owned(),
            title: "A manual".to_owned(),
            format: "s1000d".to_owned(),
            issue: "001-00".to_owned(),
            distribution: None,
            properties: Vec::new(),
            work_packages: Vec::new(),
        }
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().expect("a folder");
        let one = publication("../X 1");
        let path = save_publication(folder.path(), &one).expect("saves");
        assert!(path.starts_with(folder.path().join("publications")), "{path:?}");
        save_publication(folder.path(), &publication("Y")).expect("saves");
        save_publication(folder.path(), &one).expect("saves again");
        let ids: Vec<String> = load_publications(folder.path()).expect("loads").into_iter().map(|p| p.id).collect();
        assert_eq!(ids.len(), 2);
        assert!(ids.contains(&"Y".to_owned()) && ids.contains(&"../X 1".to_owned()));
    }

    #[test]
    fn a_damaged_file_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = save_publication(folder.path(), &publication("X")).expect("saves");
        let whole = fs::read(&path).expect("reads");
        fs::write(&path, &whole[..whole.len() / 2]).expect("writes");
        let error = load_publications(folder.path()).expect_err("damaged").to_string();
        assert!(error.contains("X.json") && error.contains("hint:"), "{error}");
    }

    #[test]
    fn an_empty_folder_holds_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(load_publications(folder.path()).expect("loads").is_empty());
    }
}
