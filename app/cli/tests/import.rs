//! `fieldwright import` as another program sees it: its JSON, its dump, its exit codes.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

fn manual() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manuals/fgs-5")
}

fn import(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fieldwright")).arg("import").args(arguments).output().expect("the command runs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in plain letters")
}

#[test]
fn one_line_a_publication_and_a_dump() {
    let folder = tempfile::tempdir().expect("a folder");
    let (library, dump) = (folder.path().join("library"), folder.path().join("dump.json"));
    let output = import(&[text(&manual()), "--library", text(&library), "--json", "--dump", text(&dump)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&[u8]> = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 1);
    let line: Value = serde_json::from_slice(lines[0]).expect("JSON");
    let keys: BTreeSet<&str> = line.as_object().expect("an object").keys().map(String::as_str).collect();
    let promised =
        "publication title format work_packages by_kind steps warnings cautions notes passages faults seconds";
    for key in promised.split(' ') {
        assert!(keys.contains(key), "`{key}` is missing");
    }
    for fault in line["faults"].as_array().expect("faults") {
        let keys: Vec<&str> = fault.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["file", "line", "message", "severity"]);
    }
    let dump: Value = serde_json::from_slice(&fs::read(&dump).expect("the dump")).expect("JSON");
    let packages = dump["work_packages"].as_array().expect("work packages");
    assert_eq!(line["work_packages"], packages.len());
    let steps: usize = packages
        .iter()
        .filter(|package| package["kind"] == "procedure")
        .map(|package| package["steps"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(line["steps"], steps);
    let id = line["publication"].as_str().expect("an id");
    assert!(library.join("publications").join(format!("{id}.json")).is_file());
}

#[test]
fn a_malformed_module_is_a_fault_and_nothing_readable_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("DMC-BROKEN.XML");
    fs::write(&broken, "<dmodule>\n<content>\n</dmodule>").expect("writes");
    let output = import(&[text(folder.path()), "--json"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(said.contains("DMC-BROKEN.XML:3") && said.contains("hint:"), "{said}");

    let good = "DMC-FGS5-A-28-21-00-00A-921A-A_003-00_EN-US.XML";
    fs::copy(manual().join(good), folder.path().join(good)).expect("copies");
    let output = import(&[text(folder.path()), "--json"]);
    assert!(output.status.success());
    let line: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(line["work_packages"], 1);
    let faults = line["faults"].as_array().expect("faults");
    assert!(
        faults
            .iter()
            .any(|fault| fault["file"] == "DMC-BROKEN.XML" && fault["severity"] == "error" && fault["line"] == 3)
    );
}

#[test]
fn wrong_usage_and_missing_paths() {
    assert_eq!(import(&[]).status.code(), Some(2));
    let output = import(&["no-such-folder"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-such-folder"));
}
