//! Monado, software Vulkan and the OpenXR loader of Debian 13, unpacked into a folder of the user's cache: an OpenXR runtime
//! for tests on a machine without a headset. Nothing is installed, mounted or entered as another root; programs run through the
//! unpacked tree's own dynamic loader. Must not know the product's code.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::shell::{heading, output, program, say};

/// The release whose packages are taken: the first Debian with Monado 25.
const SUITE: &str = "trixie";

/// Packages that are asked for; what they depend on comes along.
const PACKAGES: &[&str] = &[
    "monado-service",
    "libopenxr1-monado",
    "libopenxr-loader1",
    "mesa-vulkan-drivers",
    "libvulkan1",
    // Its `ip` brings up the loopback of a network namespace, also where this machine has none.
    "iproute2",
];

/// Raised when the list of packages or the way of unpacking changes, so that an old tree is not taken for a new one.
const TREE_VERSION: u32 = 1;

/// The machines that Debian names so: (Debian's name, folder of libraries, dynamic loader).
const MACHINES: &[(&str, &str, &str)] = &[
    ("amd64", "x86_64-linux-gnu", "usr/lib64/ld-linux-x86-64.so.2"),
    ("arm64", "aarch64-linux-gnu", "usr/lib/ld-linux-aarch64.so.1"),
];

/// An unpacked tree that holds everything an OpenXR session needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    root: PathBuf,
    libraries: PathBuf,
    loader: PathBuf,
}

impl Tree {
    /// The tree that was prepared before: `FIELDWRIGHT_XR_ROOT`, else the one in the cache.
    ///
    /// # Errors
    /// When there is none.
    pub fn find() -> Result<Self> {
        let root = place()?;
        if !root.join(READY).is_file() {
            bail!("no OpenXR runtime for tests at {}\nhint: cargo xtask xr-setup", root.display());
        }
        Self::at(&root)
    }

    /// The tree, prepared now unless it is there: about 175 MB are downloaded once. An interrupted preparation goes on where it
    /// stopped.
    ///
    /// # Errors
    /// When this machine cannot have it: not Debian, no mirror in reach, an unknown processor.
    pub fn prepare() -> Result<Self> {
        heading("OpenXR runtime for tests (Monado and software Vulkan)");
        let root = place()?;
        let parent = root.parent().context("the folder of the runtime has no parent")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        // Its helpers stand beside it under its own name, so that nothing of the user's is taken for ours and removed.
        let beside = |ending: &str| {
            let mut path = root.clone().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        // Two preparations at once would unpack into each other's folder; the second waits and finds it done.
        let lock = fs::File::create(beside(".lock")).context("cannot make the lock file")?;
        lock.lock().context("cannot lock the folder of the runtime")?;
        if root.join(READY).is_file() {
            say(&format!("all there: {}", root.display()));
            return Self::at(&root);
        }
        if fs::read_dir(&root).is_ok_and(|mut entries| entries.next().is_some()) {
            bail!(
                "{} is there already and is not such a runtime\nhint: remove it, or name another folder",
                root.display()
            );
        }
        let apt = Apt::new(&beside(".apt"))?;
        let packages = apt.download()?;
        let unpacked = beside(".part");
        unpack(&packages, &unpacked)?;
        let tree = Self::at(&unpacked)?;
        tree.finish()?;
        fs::rename(&unpacked, &root).with_context(|| format!("cannot move the tree to {}", root.display()))?;
        // The packages are three parts unpacked: 170 MB not needed twice.
        fs::remove_dir_all(&apt.folder).with_context(|| format!("cannot remove {}", apt.folder.display()))?;
        say(&format!("ready: {}", root.display()));
        Self::at(&root)
    }

    fn at(root: &Path) -> Result<Self> {
        let (_, triplet, loader) = machine()?;
        let tree =
            Self { root: root.to_owned(), libraries: root.join("usr/lib").join(triplet), loader: root.join(loader) };
        if !tree.loader.exists() {
            bail!("no dynamic loader at {}\nhint: remove {} and prepare again", tree.loader.display(), root.display());
        }
        Ok(tree)
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What goes before a program's path so that it runs with this tree's C library: Monado's client library needs a newer one
    /// than Debian 12 has, and a process has one C library.
    pub fn prefix(&self) -> Vec<OsString> {
        let folders = ["", "pulseaudio", "blas", "lapack"].map(|sub| self.libraries.join(sub));
        let mut path = OsString::new();
        for folder in folders.iter().chain([&self.root.join("usr/lib")]) {
            if !path.is_empty() {
                path.push(":");
            }
            path.push(folder);
        }
        vec![self.loader.clone().into(), "--library-path".into(), path]
    }

    /// The program, to be run with this tree's libraries.
    pub fn command(&self, program: &Path) -> Command {
        let prefix = self.prefix();
        let mut command = Command::new(&prefix[0]);
        command.args(&prefix[1..]).arg(program);
        command.envs(self.environment());
        command
    }

    /// What a program must know to find the runtime and the driver.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let driver: OsString = self.driver().unwrap_or_default().into();
        vec![
            ("VK_DRIVER_FILES", driver.clone()),
            ("VK_ICD_FILENAMES", driver),
            ("XR_RUNTIME_JSON", self.root.join("usr/share/openxr/1/openxr_monado.json").into()),
            ("WGPU_BACKEND", "vulkan".into()),
        ]
    }

    /// A program of the tree.
    pub fn program(&self, name: &str) -> PathBuf {
        self.root.join("usr/bin").join(name)
    }

    fn driver(&self) -> Option<PathBuf> {
        let folder = self.root.join("usr/share/vulkan/icd.d");
        let mut found = fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok().map(|e| e.path()));
        found.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd")))
    }

    /// Checks that what is needed was in the packages, and marks the tree as ready.
    fn finish(&self) -> Result<()> {
        let loader = self.libraries.join("libopenxr_loader.so.1");
        let monado = self.libraries.join("libopenxr_monado.so");
        for path in [&loader, &monado, &self.program("monado-service"), &self.program("ip")] {
            if !path.exists() {
                bail!("{} is not in Debian's packages any more", path.display());
            }
        }
        if self.driver().is_none() {
            bail!("no software Vulkan driver in Debian's packages any more");
        }
        // Programs open the loader by the name without a version, which Debian ships only for developers.
        let plain = self.libraries.join("libopenxr_loader.so");
        if !plain.exists() {
            std::os::unix::fs::symlink("libopenxr_loader.so.1", &plain).context("cannot link the OpenXR loader")?;
        }
        fs::write(self.root.join(READY), format!("{SUITE} {TREE_VERSION}\n")).context("cannot mark the tree as ready")
    }
}

/// The file that says a tree is whole.
const READY: &str = ".ready";

/// Where the tree is or will be.
fn place() -> Result<PathBuf> {
    let given = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(root) = given("FIELDWRIGHT_XR_ROOT") {
        return Ok(root);
    }
    let cache = given("XDG_CACHE_HOME").or_else(|| given("HOME").map(|home| home.join(".cache")));
    let cache = cache.context("neither XDG_CACHE_HOME nor HOME is set\nhint: set FIELDWRIGHT_XR_ROOT to a folder")?;
    Ok(cache.join(format!("fieldwright/xr/{SUITE}-{TREE_VERSION}")))
}

fn machine() -> Result<(&'static str, &'static str, &'static str)> {
    let name = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => bail!("no OpenXR runtime for tests is known for the processor `{other}`"),
    };
    let found = MACHINES.iter().find(|(debian, ..)| *debian == name);
    found.copied().context("invariant: every name above is in the list")
}

/// Debian's package tool with a state of its own, so that this machine's packages stay as they are.
struct Apt {
    folder: PathBuf,
    configuration: PathBuf,
}

impl Apt {
    fn new(folder: &Path) -> Result<Self> {
        for sub in ["lists/partial", "packages/partial", "state", "cache", "none"] {
            let sub = folder.join(sub);
            fs::create_dir_all(&sub).with_context(|| format!("cannot make {}", sub.display()))?;
        }
        let (architecture, ..) = machine()?;
        let source = debian_source()?;
        let keyring = Path::new("/usr/share/keyrings/debian-archive-keyring.gpg");
        // Without the file, apt checks against the keys that this machine trusts anyway.
        let signed_by = if keyring.is_file() { format!(" signed-by={}", keyring.display()) } else { String::new() };
        let at = |name: &str| folder.join(name).display().to_string();
        fs::write(at("suite.list"), format!("deb [arch={architecture}{signed_by}] {source} {SUITE} main\n"))
            .context("cannot write the source")?;
        // An empty record of what is installed: every dependency is fetched, since none of this machine's is used.
        fs::write(at("status"), "").context("cannot write the record of packages")?;
        let sandbox = if crate::shell::is_root() { "APT::Sandbox::User \"root\";\n" } else { "" };
        let text = format!(
            "#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n\
             #clear Acquire::IndexTargets::deb::DEP-11;\n\
             Dir::State \"{}\";\nDir::State::lists \"{}\";\nDir::State::status \"{}\";\n\
             Dir::Cache \"{}\";\nDir::Cache::archives \"{}\";\n\
             Dir::Etc::sourcelist \"{}\";\nDir::Etc::sourceparts \"{}\";\n\
             Dir::Etc::preferences \"/dev/null\";\nDir::Etc::preferencesparts \"{}\";\n\
             Acquire::Languages \"none\";\nAcquire::Retries \"3\";\nAPT::Install-Recommends \"false\";\n\
             APT::Architecture \"{architecture}\";\n{sandbox}",
            at("state"),
            at("lists"),
            at("status"),
            at("cache"),
            at("packages"),
            at("suite.list"),
            at("none"),
            at("none"),
        );
        let configuration = folder.join("apt.conf");
        fs::write(&configuration, text).context("cannot write apt's configuration")?;
        Ok(Self { folder: folder.to_owned(), configuration })
    }

    /// Every package, in a fixed order.
    fn download(&self) -> Result<Vec<PathBuf>> {
        let started = std::time::Instant::now();
        say(&format!("fetching the list of {SUITE}'s packages from this machine's own mirror"));
        // Without the option, a mirror out of reach is only a warning.
        self.apt(&["-o", "APT::Update::Error-Mode=any", "update"])?;
        say("downloading about 270 packages, 175 MB (kept: an interrupted download goes on)");
        let mut arguments = vec!["-y", "--download-only", "install"];
        arguments.extend(PACKAGES);
        self.apt(&arguments)?;
        let folder = self.folder.join("packages");
        let mut packages: Vec<PathBuf> = fs::read_dir(&folder)
            .with_context(|| format!("cannot read {}", folder.display()))?
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "deb"))
            .collect();
        packages.sort();
        if packages.is_empty() {
            bail!("apt-get left no packages in {}", folder.display());
        }
        say(&format!("  {} packages ({:.0} s)", packages.len(), started.elapsed().as_secs_f64()));
        Ok(packages)
    }

    fn apt(&self, arguments: &[&str]) -> Result<()> {
        let mut command = program("apt-get", &["-q", "-o", "Debug::NoLocking=1", "-c"]);
        command.arg(&self.configuration).args(arguments).env("LC_ALL", "C").env("DEBIAN_FRONTEND", "noninteractive");
        let result = command.output().context("cannot start `apt-get`\nhint: this needs a Debian machine")?;
        if !result.status.success() {
            let words = String::from_utf8_lossy(&result.stderr);
            let mut reasons: Vec<&str> = words.lines().filter(|line| line.starts_with("E:")).take(3).collect();
            if reasons.is_empty() {
                reasons.extend(words.lines().last());
            }
            bail!(
                "cannot get {SUITE}'s packages: {}\nhint: a mirror of Debian must be in reach, and `debian-archive-keyring` \
                 must know {SUITE}'s keys",
                reasons.join("; ")
            );
        }
        Ok(())
    }
}

/// Where this machine gets Debian from: its first source with a component `main` that is neither security nor updates.
fn debian_source() -> Result<String> {
    let mut command = program("apt-get", &["indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(COMPONENT)"]);
    command.arg("Created-By: Packages");
    let listed = output(&mut command).context("this is not a Debian machine, or its apt has no sources")?;
    source_in(&listed)
        .context("this machine's apt names no source of Debian's `main`\nhint: see /etc/apt/sources.list.d")
}

fn source_in(listed: &str) -> Option<String> {
    const RELEASES: [&str; 8] = ["bullseye", "bookworm", "trixie", "forky", "sid", "stable", "oldstable", "testing"];
    listed
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('|');
            Some((fields.next()?, fields.next()?, fields.next()?))
        })
        .find(|(_, release, component)| *component == "main" && RELEASES.contains(release))
        .map(|(uri, ..)| uri.to_owned())
}

/// Unpacks into a fresh folder and leaves out what no program reads.
fn unpack(packages: &[PathBuf], folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let started = std::time::Instant::now();
    for (index, package) in packages.iter().enumerate() {
        if index % 50 == 0 {
            say(&format!("unpacking {} of {} (650 MB in all)", index + 1, packages.len()));
        }
        let status = Command::new("dpkg-deb")
            .arg("-x")
            .args([package, folder])
            .status()
            .context("cannot start `dpkg-deb`\nhint: this needs a Debian machine")?;
        if !status.success() {
            // A half-written file must not stop the next try.
            fs::remove_file(package).with_context(|| format!("cannot remove {}", package.display()))?;
            bail!("cannot unpack {}: {status}\nhint: it is removed; run the command again", package.display());
        }
    }
    for unread in ["doc", "locale", "man", "fonts", "iso-codes"] {
        let unread = folder.join("usr/share").join(unread);
        if unread.exists() {
            fs::remove_dir_all(&unread).with_context(|| format!("cannot remove {}", unread.display()))?;
        }
    }
    say(&format!("  ({:.0} s)", started.elapsed().as_secs_f64()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_own_mirror_is_taken() {
        let listed = "http://a.example/security/|bookworm-security|main|x\nhttp://b.example/node/|nodistro|main\n\
                      http://c.example/debian/|bookworm|non-free\nhttp://c.example/debian/|bookworm|main\n";
        assert_eq!(source_in(listed).as_deref(), Some("http://c.example/debian/"));
        assert_eq!(source_in("http://b.example/node/|nodistro|main\n"), None);
    }
}
