//! `fieldwright ask` from outside: the shape of its JSON, and what it says when it cannot do its work.

use std::process::{Command, Output};

use serde_json::Value;

fn ask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fieldwright"))
        .arg("ask")
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs")
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

const KEYS: [&str; 11] = [
    "id",
    "question",
    "support",
    "answer",
    "citations",
    "passages",
    "refusal",
    "variant_needed",
    "alerts",
    "timings_ms",
    "model",
];

#[test]
fn the_json_is_the_public_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("questions.jsonl");
    let questions = [
        r#"{"id": "Q1", "question": "What is the torque of the oil drain plug?", "spoken": "Oil pan plug torque?", "other": 1}"#,
        r#"{"id": "Q2", "question": "To what torque is the fuel filter element tightened?"}"#,
        r#"{"id": "Q3", "question": "How do you overhaul the injection pump?"}"#,
    ];
    std::fs::write(&file, questions.join("\n\n")).expect("writes");
    let file = file.to_str().expect("UTF-8");
    let written = lines(&ask(&["--questions", file, "--json", "--no-model"]));
    assert_eq!(written.len(), 3);
    for line in &written {
        for key in KEYS {
            assert!(line.get(key).is_some(), "no `{key}` in {line}");
        }
        assert!(line["passages"].as_array().expect("a list").len() >= 10);
        for key in ["publication", "work_package", "kind", "page", "paragraph", "element", "text", "score"] {
            assert!(line["passages"][0].get(key).is_some(), "no `{key}`");
        }
        for key in ["search", "model", "total"] {
            assert!(line["timings_ms"][key].is_number());
        }
    }
    assert_eq!((written[0]["id"].as_str(), written[0]["support"].as_str()), (Some("Q1"), Some("exact")));
    assert!(written[0]["answer"].as_str().expect("an answer").contains("35 N·m (26 lb-ft)"));
    assert!(!written[0]["citations"].as_array().expect("a list").is_empty());
    assert!(written[1]["answer"].is_null());
    assert_eq!(written[1]["variant_needed"][0]["property"], "model");
    assert_eq!(written[1]["alerts"][0]["kind"], "warning");
    assert!(written[2]["answer"].is_null());
    assert!(written[2]["refusal"]["pointer"].as_str().expect("a pointer").contains("530A"));
    assert!(written[2]["refusal"]["found_instead"].is_array() && written[2]["refusal"]["reason"].is_string());

    let spoken = lines(&ask(&["--questions", file, "--json", "--no-model", "--wording", "spoken"]));
    assert_eq!(spoken[0]["question"], "Oil pan plug torque?");
    assert_eq!(spoken[1]["question"], "To what torque is the fuel filter element tightened?");

    let mark = lines(&ask(&[
        "To what torque is the fuel filter element tightened?",
        "--property",
        "model=\"Mk 2\"",
        "--json",
        "--no-model",
    ]));
    assert!(mark[0]["answer"].as_str().expect("an answer").contains("22 N·m"));
}

#[test]
fn people_read_alerts_before_the_answer() {
    let output = ask(&["What is the torque of the oil drain plug?", "--no-model"]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words:?} in {text}"));
    assert!(at("WARNING") < at("35 N·m"));
    assert!(text.contains("[FGS5-A-") && !text.contains('\x1b'), "{text}");
}

#[test]
fn what_is_wrong_is_said_once() {
    for (arguments, code, words) in [
        (vec!["x", "--library", "/nonexistent"], 1, "hint:"),
        (vec!["x", "--manual", "/nonexistent"], 1, "/nonexistent"),
        (vec!["--questions", "/nonexistent"], 1, "/nonexistent"),
        (vec!["x", "--property", "color=red", "--no-model"], 1, "hint: it declares model"),
        (vec!["x", "--property", "color"], 2, "NAME=VALUE"),
        (vec![], 2, "QUESTION"),
    ] {
        let output = ask(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words) && !said.contains("panicked"), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_answer_that_nobody_reads_any_longer_ends_the_command_quietly() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let ran = Command::new(env!("CARGO_BIN_EXE_fieldwright")).arg("models").stdout(writer).output().expect("runs");
    assert_eq!((ran.status.code(), String::from_utf8_lossy(&ran.stderr).into_owned()), (Some(141), String::new()));
}

#[test]
fn an_answer_for_which_there_is_no_room_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device that is full");
    let ran = Command::new(env!("CARGO_BIN_EXE_fieldwright")).arg("models").stdout(full).output().expect("runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.code() == Some(1) && said.starts_with("error: cannot write the answer"), "{said}");
}
