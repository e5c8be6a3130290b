//! Damaged model files, given to the real worker: each ends in one clear error or in a model that answers, never in an
//! abort, a crash or a hang of the native code. The mutations start from a model of random numbers made here.

mod support;

use std::{fs, path::Path};

use fieldwright_guide::event::WorkerState;
use support::{Random, WORDS, fate, model, sizes};

/// The error names the file, gives a hint, and the worker said it itself.
fn check_refused(model: &Path, folder: &Path, what: &str) {
    match fate(model, folder) {
        WorkerState::Failed(why) => {
            assert!(!why.contains("in a row"), "{what}: the worker died: {why}");
            assert!(why.contains(&model.display().to_string()) && why.contains("hint: "), "{what}: {why}");
        }
        state => panic!("{what}: {state:?}"),
    }
}

#[test]
fn a_whole_model_loads() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(fate(&support::written(folder.path()), folder.path()), WorkerState::Ready("tested".to_owned()));
}

#[test]
fn files_that_are_no_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = (0_u32..1 << 16).map(|step| (step.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let magic = 0x6767_6d6c_u32.to_le_bytes();
    for (name, bytes) in [
        ("empty.bin", Vec::new()),
        ("noise.bin", noise.clone()),
        ("magic-then-noise.bin", [magic.as_slice(), &noise].concat()),
        ("another-format.bin", [b"GGUF\x03\0\0\0".as_slice(), &noise].concat()),
        ("magic-only.bin", magic.to_vec()),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        check_refused(&path, folder.path(), name);
    }
    check_refused(folder.path(), folder.path(), "a folder");
    check_refused(&folder.path().join("missing.bin"), folder.path(), "a missing file");
}

#[test]
fn cut_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = model(&sizes());
    let path = folder.path().join("cut.bin");
    let cuts = [1, 10, 50, 90, 99].map(|share| whole.len() * share / 100);
    for length in cuts.into_iter().chain([whole.len() - 1, whole.len() - 40]) {
        fs::write(&path, &whole[..length]).unwrap();
        check_refused(&path, folder.path(), &format!("{length} of {} bytes", whole.len()));
    }
}

/// Each of these aborts, crashes or hangs the native loader when it sees it.
#[test]
fn absurd_numbers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = model(&sizes());
    let path = folder.path().join("absurd.bin");
    let check = |at: usize, number: u32, what: &str| {
        let mut bytes = whole.clone();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        fs::write(&path, bytes).unwrap();
        check_refused(&path, folder.path(), what);
    };
    for (field, number) in [
        (0, 2_000_000_000),
        (0, -5_i32 as u32),
        (1, 2_000_000_000),
        (2, 0),
        (2, 1 << 30),
        (3, 0),
        (4, 2_000_000_000),
        (4, 5),
        (4, u32::MAX),
        (9, 0),
        (10, 99),
    ] {
        check(4 + 4 * field, number, &format!("number {field} is {number}"));
    }
    let mel = 48;
    check(mel, 1 << 30, "huge mel filters");
    let vocabulary = mel + 8 + 80 * 201 * 4;
    check(vocabulary, i32::MAX as u32, "a huge vocabulary");
    check(vocabulary + 4, u32::MAX, "a huge word");
}

#[test]
fn random_changes_end_in_an_error_or_in_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let whole = model(&sizes());
    let path = folder.path().join("random.bin");
    let tensors = whole.windows(28).position(|bytes| bytes == b"encoder.positional_embedding").unwrap() - 20;
    let mut random = Random::new(1);
    for round in 0..24 {
        // Numbers in front, the vocabulary, or the tensors.
        let (from, length) = match round % 3 {
            0 => (4, 52),
            1 => (tensors - WORDS as usize, WORDS as usize),
            _ => (tensors, whole.len() - tensors),
        };
        let mut bytes = whole.clone();
        for _ in 0..[1, 4, 32][round % 3] {
            bytes[from + random.below(length)] = random.below(256) as u8;
        }
        fs::write(&path, bytes).unwrap();
        if let WorkerState::Failed(why) = fate(&path, folder.path()) {
            assert!(!why.contains("in a row"), "round {round}: the worker died: {why}");
            assert!(why.contains("hint: "), "round {round}: {why}");
        }
    }
}
