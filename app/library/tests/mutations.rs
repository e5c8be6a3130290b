//! Damaged manuals: whatever is done to the files, reading ends, never panics, and gives the same twice.

use std::{fs, path::Path};

use fieldwright_library::{passages::passages, s1000d::read_files};
use proptest::prelude::*;

/// A procedure, a fault isolation and the repositories they lean on.
fn files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manuals/fgs-5");
    let wanted = ["-28-21-00-00A-921A-A", "-79-00-00-00A-420A-A", "-00-00-00-01A-012A-A", "-00W", "-28-00-00-00A-941A"];
    let mut found: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .expect("the shipped manual")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| wanted.iter().any(|part| path.to_string_lossy().contains(part)))
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("reads")))
        .collect();
    found.sort();
    assert_eq!(found.len(), wanted.len());
    found
}

#[derive(Clone, Debug)]
enum Damage {
    Truncate,
    Overwrite(u8),
    Delete(usize),
    Repeat(usize),
    Insert(&'static str),
    Swap(&'static str, &'static str),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Truncate),
        any::<u8>().prop_map(Damage::Overwrite),
        (1usize..3000).prop_map(Damage::Delete),
        (1usize..3000).prop_map(Damage::Repeat),
        prop::sample::select(vec![
            "<",
            ">",
            "&",
            "&amp;",
            "]]>",
            "<!DOCTYPE x [",
            "\"",
            "<para>",
            "</para>",
            "&#0;",
            "\u{feff}"
        ])
        .prop_map(Damage::Insert),
        prop::sample::select(vec![
            ("proceduralStep", "para"),
            ("id=\"", "id=\"stp-0001\" x=\""),
            ("internalRefId=\"", "internalRefId=\"q"),
            ("isolationStep ", "isolationProcedureEnd "),
            ("nextActionRefId", "next"),
            ("<dmCode", "<code"),
            ("applicRefId=\"app-0001\"", "applicRefId=\"app-9\""),
            ("warningIdentNumber=\"warning-003\"", ""),
            ("name>", "title>"),
            ("supportEquipDescr ", "spareDescr "),
            ("catalogSeqNumber", "itemSeqNumber"),
            ("figure", "table"),
            ("title>", "tgroup>"),
            ("levelledPara", "randomList"),
        ])
        .prop_map(|(from, to)| Damage::Swap(from, to)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage, at: f64) {
    let at = ((bytes.len() as f64) * at) as usize;
    match damage {
        Damage::Truncate => bytes.truncate(at),
        Damage::Overwrite(value) => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = *value;
            }
        }
        Damage::Delete(count) => {
            let end = (at + count).min(bytes.len());
            bytes.drain(at..end);
        }
        Damage::Repeat(count) => {
            let end = (at + count).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        Damage::Insert(text) => {
            bytes.splice(at..at, text.bytes());
        }
        Damage::Swap(from, to) => *bytes = String::from_utf8_lossy(bytes).replace(from, to).into_bytes(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_ends_and_repeats(damages in prop::collection::vec((any::<prop::sample::Index>(), damage(), 0.0f64..1.0), 1..4)) {
        let mut files = files();
        for (which, damage, at) in &damages {
            let index = which.index(files.len());
            apply(&mut files[index].1, damage, *at);
        }
        let read = || match read_files(&files) {
            Ok((publication, faults)) => {
                let passages = passages(&publication);
                Ok((publication, faults, passages))
            }
            Err(error) => Err(error.to_string()),
        };
        let (once, again) = (read(), read());
        if let Ok((publication, faults, passages)) = &once {
            let mut ids: Vec<&str> = passages.iter().map(|passage| passage.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), passages.len());
            // A file is read, or a fault says why not.
            let refused = files.iter().filter(|(name, _)| !publication.work_packages.iter().any(|wp| wp.file == *name));
            for (name, _) in refused {
                prop_assert!(faults.iter().any(|fault| fault.file == *name) || !looks_like_a_module(&files, name), "{} vanished", name);
            }
        }
        prop_assert_eq!(once, again);
    }
}

/// Other XML is passed over in silence, on purpose.
fn looks_like_a_module(files: &[(String, Vec<u8>)], name: &str) -> bool {
    files.iter().any(|(file, bytes)| {
        file == name
            && roxmltree::Document::parse_with_options(
                &String::from_utf8_lossy(bytes),
                roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() },
            )
            .is_ok_and(|document| document.root_element().has_tag_name("dmodule"))
    })
}

#[test]
fn the_deepest_nesting_that_is_accepted_is_read() {
    let (name, bytes) = files().into_iter().find(|(name, _)| name.contains("921A-A")).expect("the procedure");
    let text = String::from_utf8(bytes).expect("text");
    for tag in ["para", "proceduralStep", "randomList", "listItem", "levelledPara", "table", "note", "oddity"] {
        let deep = format!("{}words{}<", format!("<{tag}>").repeat(185), format!("</{tag}>").repeat(185));
        let text = text.replacen("<proceduralStep ", &format!("{deep}proceduralStep "), 1);
        let (publication, _) = read_files(&[(name.clone(), text.into_bytes())]).expect("reads");
        assert!(!passages(&publication).is_empty(), "{tag}");
    }
}
