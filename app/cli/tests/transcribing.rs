//! `fieldwright transcribe` and `fieldwright eval` from outside, where they cannot do their work: what they say then.

use std::{
    path::Path,
    process::{Command, Output},
};

fn fieldwright(arguments: &[&str], data: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fieldwright"))
        .args(arguments)
        .env("XDG_DATA_HOME", data)
        .env("XDG_STATE_HOME", data)
        .output()
        .expect("the program runs")
}

/// It failed with this exit code, and said so in words that name the cause and the remedy.
fn check_refused(output: &Output, code: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn files_that_hold_no_sound_are_each_told_and_need_no_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("words.wav");
    std::fs::write(&text, "no sound at all, whatever its name says").expect("writes");
    let (text, missing) = (text.to_string_lossy().into_owned(), "/nowhere/said.wav");
    let output = fieldwright(&["transcribe", "--json", missing, &text], folder.path());
    check_refused(&output, 1, &["cannot open `/nowhere/said.wav`", "words.wav` is not a usable WAV file", "hint: "]);
    let output = fieldwright(&["transcribe", &folder.path().to_string_lossy()], folder.path());
    check_refused(&output, 1, &["it is not a file"]);
}

#[test]
fn wrong_usage_is_told_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    check_refused(&fieldwright(&["transcribe"], folder.path()), 2, &["<FILES>"]);
    check_refused(&fieldwright(&["eval"], folder.path()), 2, &["--audio"]);
}

#[test]
fn a_model_that_is_none_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sound, model) = (folder.path().join("a.wav"), folder.path().join("model.bin"));
    fieldwright_voice::wav::write(&sound, &[0.1; 4000], 16_000).expect("writes");
    std::fs::write(&model, b"lmgg and no more").expect("writes");
    let arguments = ["transcribe", &sound.to_string_lossy(), "--model", &model.to_string_lossy()];
    check_refused(&fieldwright(&arguments, folder.path()), 1, &["speech model", "model.bin", "hint: "]);
}

#[test]
fn a_folder_without_a_list_or_with_a_damaged_one_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_string_lossy().into_owned();
    check_refused(&fieldwright(&["eval", "--audio", &path], folder.path()), 1, &["no list of recordings", "hint: "]);
    let list = folder.path().join("manifest.jsonl");
    std::fs::write(&list, "{\"file\": \"a.wav\", \"text\": \"next\"}\nnot a line\n").expect("writes");
    check_refused(&fieldwright(&["eval", "--audio", &path], folder.path()), 1, &["manifest.jsonl` line 2"]);
    std::fs::write(&list, "\n").expect("writes");
    check_refused(&fieldwright(&["eval", "--audio", &path], folder.path()), 1, &["lists no recordings"]);
}
