//! Rules of the repository that a program can check. Must not know any product code.

use std::fs;

use fieldwright_scenarios::{files, root};

#[expect(clippy::unwrap_used, reason = "a test helper")]
fn complaints(check: impl Fn(&str, &str) -> Option<String>, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["app", "tests"] {
        for path in files(folder, ending) {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            if let Some(complaint) = check(&name, &text) {
                found.push(format!("{name}: {complaint}"));
            }
        }
    }
    found
}

#[test]
fn every_source_file_says_what_it_is() {
    let found = complaints(|_, text| (!text.starts_with("//!")).then(|| "does not begin with `//!`".to_owned()), ".rs");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn files_stay_readable() {
    let found =
        complaints(|_, text| (text.lines().count() > 1000).then(|| format!("{} lines", text.lines().count())), ".rs");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn tests_neither_sleep_nor_hide() {
    // Put together here so that this file does not find itself.
    let forbidden = [["#[ig", "nore"].concat(), ["#[should", "_panic"].concat(), ["thread::", "sleep"].concat()];
    let found = complaints(
        |path, text| {
            // A watcher of devices and processes may wait between two looks; a test may not.
            let test = path.split('/').any(|part| part == "tests");
            let words = if test { &forbidden[..] } else { &forbidden[..2] };
            words.iter().find(|word| text.contains(word.as_str())).map(|word| format!("has `{word}`"))
        },
        ".rs",
    );
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_machine_path_stands_in_the_repository() {
    let forbidden =
        [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["pypi", ".org"].concat(), ["index.crates", ".io"].concat()];
    let mut found = Vec::new();
    for ending in [".rs", ".md", ".ron", ".toml", ".py", ".wgsl", ".XML", ".sh"] {
        for path in files(".", ending) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            for word in &forbidden {
                if text.contains(word.as_str()) {
                    found.push(format!("{}: {word}", path.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_document_link_leads_somewhere() {
    let mut broken = Vec::new();
    let mut pages = files("docs", ".md");
    pages.push(root().join("README.md"));
    for page in pages {
        let text = fs::read_to_string(&page).unwrap_or_default();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            if !page.parent().unwrap_or(&page).join(file).exists() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
