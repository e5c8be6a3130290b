//! Whole repairs in a true OpenXR session: the shell in Monado, and a wearer whose head and hands are moved from outside. They need
//! `FIELDWRIGHT_BIN`, the folder that `cargo xtask build` prints, and what `cargo xtask xr-setup` prepares.

use std::path::{Path, PathBuf};

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
    let runtime = Runtime::start(&tree).expect("the test's own runtime and files work");
    let scenario = root().join(format!("tests/repairs/{name}.ron"));
    let report = root().join(format!("report/headset/{name}"));
    let state = fresh(name);
    let (scenario, report) = (scenario.to_string_lossy(), report.to_string_lossy());
    let mut arguments =
        vec!["--play", &*scenario, "--report", &*report, "--json", "--by-hand", "--eye-size", "640x480", "--no-model"];
    // The eyes' pictures are measured in the longest: the median of a few moments would say little.
    if means == Means::Controller {
        arguments.push("--measure");
    }
    let mut wearer =
        Wearer::start(&runtime, &shell, &arguments, &state, means).expect("the test's own runtime and files work");
    let (mut focused, mut pressed, mut outcome) = (0, 0, None::<Line>);
    let code = wearer
        .play(|line| {
            focused += u32::from(line.word("state") == "focused");
            pressed += line.at("pressed").as_array().map_or(0, Vec::len);
            if line.at("scenario").is_string() {
                outcome = Some(line.clone());
            }
        })
        .expect("the test's own runtime and files work");
    let log = std::fs::read_to_string(state.join("shell.log")).unwrap_or_default();
    let outcome = outcome.unwrap_or_else(|| panic!("no outcome; the session's log ends:\n{}", xr::tail(&log, 12)));
    let failed: Vec<&serde_json::Value> = outcome
        .at("checks")
        .as_array()
        .expect("the test's own runtime and files work")
        .iter()
        .filter(|check| check["passed"] == false)
        .collect();
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

/// The runtime dies in the middle of a repair, more than once: the repair is back each time, at the same step, with its warning to
/// acknowledge again, and nothing of the record is lost. `FIELDWRIGHT_KILLS` says how often.
#[test]
fn a_runtime_that_dies() {
    let Some((shell, tree)) = ready() else { return };
    let kills: u32 = std::env::var("FIELDWRIGHT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(2);
    let mut runtime = Runtime::start(&tree).expect("the test's own runtime and files work");
    let state = fresh("runtime-that-dies");
    let scenario = root().join("tests/repairs/drain-water-separator.ron");
    let arguments = ["--play", &scenario.to_string_lossy(), "--by-hand", "--no-model"];
    let mut wearer = Wearer::start(&runtime, &shell, &arguments, &state, Means::Controller)
        .expect("the test's own runtime and files work");
    let at_step = |line: &Line| line.word("state") == "focused" && !line.word("shown/step").is_empty();
    let mut line = wearer
        .until("a step", 900, |line| at_step(line) && line.word("shown/step") == "1")
        .expect("the test's own runtime and files work");
    let mut recorded = lines_of(&record(&state));
    assert!(recorded > 5, "{recorded} lines in the record");
    for kill in 0..kills {
        let step = line.word("shown/step").to_owned();
        // At another moment each time.
        for _ in 0..(kill * 7 + 3) % 11 {
            wearer.line().expect("the test's own runtime and files work");
        }
        wearer.take_off();
        runtime.kill().expect("the test's own runtime and files work");
        wearer
            .until("the parent's word that the runtime is lost", 60, |line| line.word("supervisor") == "lost")
            .expect("the test's own runtime and files work");
        runtime.restart().expect("the test's own runtime and files work");
        wearer.put_on(&runtime).expect("the test's own runtime and files work");
        line =
            wearer.until("the repair in a new session", 200, at_step).expect("the test's own runtime and files work");
        assert_eq!(line.word("shown/step"), step, "after kill {kill}");
        assert!(line.at("shown/notice").to_string().contains("runtime stopped"), "{}", line.at("shown"));
        assert!(line.at("shown/gate").is_array(), "its warnings are shown again: {}", line.at("shown"));
        let now = lines_of(&record(&state));
        assert!(now >= recorded, "the record has lost lines: {recorded}, now {now}");
        recorded = now;
    }
}

/// The work record of a session whose state is kept there; every line of it is whole.
fn record(state: &Path) -> String {
    let path = state.join("fieldwright/simulation/record.jsonl");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn lines_of(record: &str) -> usize {
    for line in record.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "not whole: {line}");
    }
    record.lines().count()
}

/// An empty folder for a session's state, which stays for whoever wants to know afterwards.
fn fresh(name: &str) -> PathBuf {
    let state = root().join(format!("report/headset/{name}/state"));
    if state.exists() {
        std::fs::remove_dir_all(&state).expect("the test's own runtime and files work");
    }
    std::fs::create_dir_all(&state).expect("the test's own runtime and files work");
    state
}
