//! Where the product's own files and the user's files are. Must not know what is in them.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// The folder that holds `assets/`, `manuals/` and `shaders/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFiles {
    root: PathBuf,
}

/// The product's files are not where they should be.
#[derive(Debug, Error)]
#[error(
    "cannot find Fieldwright's files (a folder with `assets/equipment` and `manuals`)\nhint: give it with --files DIR; looked in {0}"
)]
pub struct NotFound(String);

impl ProductFiles {
    /// `explicit` if given; else beside the program or above it, else in the current folder or above it, else where it was built.
    ///
    /// # Errors
    /// When none of them has the files.
    pub fn find(explicit: Option<&Path>) -> Result<Self, NotFound> {
        let is_root = |folder: &Path| folder.join("assets/equipment").is_dir() && folder.join("manuals").is_dir();
        if let Some(folder) = explicit {
            return if is_root(folder) {
                Ok(Self { root: folder.to_owned() })
            } else {
                Err(NotFound(folder.display().to_string()))
            };
        }
        let program = program().and_then(|exe| exe.parent().map(Path::to_owned));
        let current = std::env::current_dir().ok();
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned);
        let starts: Vec<PathBuf> = [program, current, built].into_iter().flatten().collect();
        starts
            .iter()
            .flat_map(|start| start.ancestors())
            .find(|folder| is_root(folder))
            .map(|root| Self { root: root.to_owned() })
            .ok_or_else(|| NotFound(starts.iter().map(|s| s.display().to_string()).collect::<Vec<_>>().join(", ")))
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// An equipment package's folder.
    pub fn equipment(&self, name: &str) -> PathBuf {
        self.root.join("assets/equipment").join(name)
    }

    /// A setting's folder.
    pub fn setting(&self, name: &str) -> PathBuf {
        self.root.join("assets/settings").join(name)
    }

    /// A publication's folder.
    pub fn manual(&self, name: &str) -> PathBuf {
        self.root.join("manuals").join(name)
    }

    /// The fonts' folder.
    pub fn fonts(&self) -> PathBuf {
        self.root.join("assets/fonts")
    }

    /// The shaders' folder.
    pub fn shaders(&self) -> PathBuf {
        self.root.join("shaders")
    }
}

/// The running program's file. Where it was started through a dynamic loader of another place (as in the tests of the headset),
/// the system names that loader, and the program is what the loader was given.
pub fn program() -> Option<PathBuf> {
    let running = std::env::current_exe().ok()?;
    if running.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux")) {
        return std::env::args_os().next().map(PathBuf::from).and_then(|path| path.canonicalize().ok());
    }
    Some(running)
}

/// A sibling program in the folder of the running one.
pub fn sibling(name: &str) -> Option<PathBuf> {
    let path = program()?.parent()?.join(name);
    path.is_file().then_some(path)
}

/// Where resume points, logs and work records are kept; those of simulations apart from real ones.
pub fn state_folder(simulation: bool) -> PathBuf {
    let base = std::env::var_os("XDG_STATE_HOME")
        .filter(|v| !v.is_empty())
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")))
        .unwrap_or_else(std::env::temp_dir);
    base.join("fieldwright").join(if simulation { "simulation" } else { "work" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_folder_is_named() {
        let error = ProductFiles::find(Some(Path::new("/nonexistent"))).unwrap_err().to_string();
        assert!(error.contains("/nonexistent") && error.contains("hint"), "{error}");
    }

    #[test]
    fn simulations_are_kept_apart() {
        assert_ne!(state_folder(true), state_folder(false));
    }
}
