//! Making a machine ready: Debian packages and the small language model. Says what it will do before it does it.

use std::path::Path;

use anyhow::{Result, bail};
use fieldwright_xtask::xr::Tree;

use crate::{
    build,
    shell::{heading, is_root, program, run, say, succeeds},
};

/// What the product needs, and why: (package, reason).
const PACKAGES: &[(&str, &str)] = &[
    ("build-essential", "compiles the native parts"),
    ("pkg-config", "finds system libraries"),
    ("cmake", "builds llama.cpp"),
    ("clang", "reads llama.cpp's headers"),
    ("libclang-dev", "reads llama.cpp's headers"),
    ("libvulkan1", "draws"),
    ("mesa-vulkan-drivers", "draws without a graphics card"),
    ("libx11-6", "opens a window"),
    ("libx11-xcb1", "opens a window"),
    ("libxcursor1", "opens a window"),
    ("libxi6", "opens a window"),
    ("libxkbcommon0", "reads the keyboard"),
    ("libxkbcommon-x11-0", "reads the keyboard"),
    ("libasound2-dev", "listens to a microphone"),
    ("alsa-utils", "plays what is said aloud"),
    ("espeak-ng", "says it"),
    ("flite", "speaks as the user in tests of the voice"),
    ("xvfb", "tests the window without a screen"),
];

/// All of it: packages, programs, the small model, the runtime for tests of the headset.
pub(crate) fn everything(release: bool) -> Result<()> {
    packages()?;
    let bin = build::all(release)?;
    model(&bin);
    if let Err(error) = Tree::prepare() {
        say(&format!("NO OPENXR RUNTIME, so that the headset cannot be tested here: {error:#}"));
    }
    Ok(())
}

/// Installs the missing Debian packages.
pub(crate) fn packages() -> Result<()> {
    heading("System packages");
    if !succeeds(program("dpkg-query", &["--version"]).env("LC_ALL", "C")) {
        say("This is not a Debian system: nothing is installed for you. Needed, by their Debian names:");
        for (package, reason) in PACKAGES {
            say(&format!("  {package:24} {reason}"));
        }
        return Ok(());
    }
    let mut missing: Vec<&str> =
        PACKAGES.iter().map(|(package, _)| *package).filter(|package| !installed(package)).collect();
    // Any pip will do, not only Debian's.
    if !succeeds(&mut program("python3", &["-m", "pip", "--version"])) {
        missing.push("python3-pip");
    }
    if missing.is_empty() {
        say("all there");
        return Ok(());
    }
    say(&format!("will install with apt-get: {}", missing.join(" ")));
    let mut update = vec!["apt-get", "update", "-qq"];
    let mut install =
        vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"];
    install.extend(&missing);
    if !is_root() {
        if !succeeds(&mut program("sudo", &["--version"])) {
            bail!("neither root nor sudo\nhint: as root, run: apt-get install {}", missing.join(" "));
        }
        update.insert(0, "sudo");
        install.insert(0, "sudo");
    }
    run(&mut program(update[0], &update[1..]))?;
    run(&mut program(install[0], &install[1..]))
}

/// Installs the small model for worded answers. Without a network the product still works, so that this only says so.
pub(crate) fn model(bin: &Path) {
    heading("Language model");
    let result = run(&mut program(bin.join("fieldwright"), &["models", "add", "smollm2-135m"]));
    if let Err(error) = result {
        say(&format!("no model installed ({error:#}); answers will be the manual's passages, not worded ones"));
    }
}

/// Rebuilds what Blender makes.
pub(crate) fn assets() -> Result<()> {
    if !succeeds(&mut program("blender", &["--version"])) {
        bail!("no Blender\nhint: apt-get install blender python3-numpy python3-pil");
    }
    for script in [
        "assets/equipment/fgs-5/make_model.py",
        "assets/settings/motor-pool/make_setting.py",
        "assets/equipment/fgs-5/make_figures.py",
    ] {
        run(&mut program("blender", &["--background", "--factory-startup", "-P", script]))?;
    }
    Ok(())
}

fn installed(package: &str) -> bool {
    let query = ["-W", "-f=${Status}", package];
    program("dpkg-query", &query)
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("install ok installed"))
}
