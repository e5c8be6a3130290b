//! Whether an OpenXR runtime with a headset answers, and what it offers. Must not know sessions.

use anyhow::{Context as _, bail};

/// What answered.
#[derive(Clone, Debug)]
pub(crate) struct Runtime {
    /// The runtime and its version.
    pub(crate) name: String,
    /// The headset.
    pub(crate) system: String,
    /// What the world looks like behind what is drawn, as the runtime offers it, its preference first.
    pub(crate) blend_modes: Vec<openxr::EnvironmentBlendMode>,
    /// Width and height of an eye's picture, recommended and largest, pixels.
    pub(crate) sizes: [[u32; 2]; 2],
    /// Passthrough as a layer of its own (`XR_FB_passthrough`).
    pub(crate) passthrough: bool,
    /// Floor-level local space (`XR_EXT_local_floor`).
    pub(crate) local_floor: bool,
}

/// Asks the runtime. Loading a broken runtime can end the process, so this runs in one of its own.
///
/// # Errors
/// When there is no loader, no runtime, or no headset, each with what to do.
pub(crate) fn probe() -> anyhow::Result<Runtime> {
    let entry = load()?;
    let offered = entry
        .enumerate_extensions()
        .map_err(|error| anyhow::anyhow!("no OpenXR runtime answers ({error})"))
        .context("no headset can be used")?;
    if !offered.khr_vulkan_enable2 {
        bail!("the OpenXR runtime does not offer Vulkan (XR_KHR_vulkan_enable2)");
    }
    let mut wanted = openxr::ExtensionSet::default();
    wanted.khr_vulkan_enable2 = true;
    let about = openxr::ApplicationInfo {
        application_name: "Fieldwright",
        application_version: 1,
        engine_name: "Fieldwright",
        engine_version: 1,
        api_version: openxr::Version::new(1, 0, 0),
    };
    let instance = entry
        .create_instance(&about, &wanted, &[])
        .map_err(|error| anyhow::anyhow!("the OpenXR runtime does not answer ({error}): is its service running?"))?;
    let properties = instance.properties().context("the OpenXR runtime does not say what it is")?;
    let system = instance
        .system(openxr::FormFactor::HEAD_MOUNTED_DISPLAY)
        .map_err(|error| anyhow::anyhow!("{} has no headset connected ({error})", properties.runtime_name))?;
    let blend_modes = instance
        .enumerate_environment_blend_modes(system, openxr::ViewConfigurationType::PRIMARY_STEREO)
        .map_err(|error| anyhow::anyhow!("{} has no stereo view ({error})", properties.runtime_name))?;
    let views = instance
        .enumerate_view_configuration_views(system, openxr::ViewConfigurationType::PRIMARY_STEREO)
        .unwrap_or_default();
    let sizes = views.first().map_or([[0; 2]; 2], |view| {
        [
            [view.recommended_image_rect_width, view.recommended_image_rect_height],
            [view.max_image_rect_width, view.max_image_rect_height],
        ]
    });
    Ok(Runtime {
        sizes,
        name: format!("{} {}", properties.runtime_name, properties.runtime_version),
        system: instance.system_properties(system).map(|p| p.system_name).unwrap_or_default(),
        blend_modes,
        passthrough: offered.fb_passthrough,
        local_floor: offered.ext_local_floor,
    })
}

/// One line of JSON: what answered, for `fieldwright doctor`.
#[expect(clippy::print_stdout, reason = "the line is the probe's answer")]
pub(crate) fn print(found: &Runtime) -> std::process::ExitCode {
    let modes: Vec<String> = found.blend_modes.iter().map(|mode| format!("{mode:?}").to_lowercase()).collect();
    println!(
        "{}",
        serde_json::json!({
            "runtime": found.name,
            "headset": found.system,
            "recommended_px": found.sizes[0],
            "largest_px": found.sizes[1],
            "blend_modes": modes,
            "passthrough": found.passthrough,
            "local_floor": found.local_floor,
        })
    );
    std::process::ExitCode::SUCCESS
}

/// Where the loader is asked for: under the name that the renderer uses, and under the one that distributions install.
const LOADERS: [&str; 2] = ["libopenxr_loader.so", "libopenxr_loader.so.1"];

fn load() -> anyhow::Result<openxr::Entry> {
    let mut reason = String::new();
    for name in LOADERS {
        // SAFETY: the system's OpenXR loader is a plain library; its constructors do nothing that this process relies on.
        #[expect(unsafe_code, reason = "opening a shared library")]
        match unsafe { openxr::Entry::load_from(std::path::Path::new(name)) } {
            Ok(entry) => return Ok(entry),
            Err(error) => reason = error.to_string(),
        }
    }
    bail!(
        "the OpenXR loader is not installed ({reason})\nhint: apt-get install libopenxr-loader1, then your headset's runtime"
    )
}

/// The file of a loader that is installed under its versioned name only: the renderer would not find it.
pub(crate) fn versioned_loader() -> Option<std::path::PathBuf> {
    let open = |name: &str| {
        // SAFETY: as in `load`.
        #[expect(unsafe_code, reason = "opening a shared library")]
        unsafe { openxr::Entry::load_from(std::path::Path::new(name)) }.ok()
    };
    if open(LOADERS[0]).is_some() {
        return None;
    }
    let _loaded = open(LOADERS[1])?;
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines()
        .filter_map(|line| line.split_once('/'))
        .map(|(_, path)| std::path::PathBuf::from(format!("/{path}")))
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libopenxr_loader.so")))
}
