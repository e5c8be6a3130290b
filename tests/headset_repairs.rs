//! Whole repairs in a true OpenXR session: the shell in Monado, and a wearer whose head and hands are moved from outside. They need
//! `FIELDWRIGHT_BIN`, the folder that `cargo xtask build` prints, and what `cargo xtask xr-setup` prepares.

use std::path::PathBuf;

use fieldwright_scenarios::{
    root,
    xr::{
        self,
        wearer::{Line, Means, Wearer},
    },
};
use fieldwright_xtask::{xr::Tree, xr_runtime::Runtime};

/// The shell, and the runtime's tree; `None`, with the reason printed, where they are not there and not required.
fn ready() -> Option<(PathBuf, Tree)> {
    let tree = xr::tree()?;
    let Some(bin) = std::env::var_os("FIELDWRIGHT_BIN") else {
        assert!(std::env::var_os("FIELDWRIGHT_REQUIRE_XR").is_none(), "FIELDWRIGHT_BIN is not set");
        xr::say("\nNOT TESTED: FIELDWRIGHT_BIN is not set; cargo xtask test sets it\n");
        return None;
    };
    Some((PathBuf::from(bin).join("fieldwright-shell"), tree))
}

/// Plays a repair by one means. Everything it expects must hold, and the overlay must be where the part is.
fn repair(name: &str, means: Means) {
    let Some((shell, tree)) = ready() else { return };
    let runtime = Runtime::start(&tree).unwrap();
    let scenario = root().join(format!("tests/repairs/{name}.ron"));
    let report = root().join(format!("report/headset/{name}"));
    let state = report.join("state");
    if state.exists() {
        std::fs::remove_dir_all(&state).unwrap();
    }
    std::fs::create_dir_all(&state).unwrap();
    let (scenario, report) = (scenario.to_string_lossy(), report.to_string_lossy());
    let arguments = ["--play", &scenario, "--report", &report, "--json", "--by-hand", "--measure", "--eye-size", "640x480", "--no-model"];
    let mut wearer = Wearer::start(&runtime, &shell, &arguments, &state, means).unwrap();
    let (mut focused, mut pressed, mut outcome) = (0, 0, None::<Line>);
    let code = wearer
        .play(|line| {
            focused += u32::from(line.word("state") == "focused");
            pressed += line.at("pressed").as_array().map_or(0, Vec::len);
            if line.at("scenario").is_string() {
                outcome = Some(line.clone());
            }
        })
        .unwrap();
    let log = std::fs::read_to_string(state.join("shell.log")).unwrap_or_default();
    let outcome = outcome.unwrap_or_else(|| panic!("no outcome; the session's log ends:\n{}", xr::tail(&log, 12)));
    let failed: Vec<&serde_json::Value> =
        outcome.at("checks").as_array().unwrap().iter().filter(|check| check["passed"] == false).collect();
    assert!(failed.is_empty(), "{means:?}: {failed:#?}");
    assert_eq!(code, Some(0), "{}", xr::tail(&log, 12));
    assert!(focused > 20, "{focused} frames with the focus");
    assert!(pressed > 2, "{pressed} presses by {means:?}");
}

#[test]
fn a_repair_by_controller() {
    repair("drain-water-separator", Means::Controller);
}

#[test]
fn a_repair_by_finger() {
    repair("jump-ahead-and-back", Means::Finger);
}

#[test]
fn a_repair_by_looking() {
    repair("warning-not-acknowledged", Means::Look);
}
