//! How people in a shop say what the manual says: phrases of a question -> terms of the manual. Data, not code; must
//! not know the index.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::words::{Analyzer, Word, WordKind};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synonym {
    /// Phrases as spoken, lower case.
    pub say: Vec<String>,
    /// Terms of the manual, added to the question and never in place of what was said.
    pub means: Vec<String>,
}

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Synonyms(pub Vec<Synonym>);

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SynonymsError {
    /// The file cannot be read.
    #[error("cannot read `{path}`: {cause}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not a list of synonyms.
    #[error(
        "`{path}` line {line} is no list of synonyms: {cause}\nhint: each entry is (say: [\"turns over\"], means: [\"cranks\"])"
    )]
    Shape {
        /// Which file.
        path: String,
        /// Where.
        line: usize,
        /// What is wrong.
        cause: String,
    },
}

impl Synonyms {
    /// The general list for vehicles, engines and workshops, shipped with the library.
    ///
    /// # Panics
    /// Never: a test reads the shipped list.
    pub fn general() -> Self {
        Self::parse(include_str!("../data/synonyms.ron"), "data/synonyms.ron").expect("the shipped list is tested")
    }

    /// Reads a list from RON.
    ///
    /// # Errors
    /// Where it is no such list; the message names the line.
    pub fn parse(ron: &str, path: &str) -> Result<Self, SynonymsError> {
        ron::from_str(ron).map_err(|error| SynonymsError::Shape {
            path: path.to_owned(),
            line: error.span.start.line,
            cause: error.code.to_string(),
        })
    }

    /// Reads a list from a file.
    ///
    /// # Errors
    /// Where the file cannot be read or is no such list.
    pub fn read(path: &Path) -> Result<Self, SynonymsError> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|cause| SynonymsError::Io { path: name.clone(), cause })?;
        Self::parse(&text, &name)
    }

    /// This list with the lines of another added.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        for line in other.0 {
            if !self.0.contains(&line) {
                self.0.push(line);
            }
        }
        self
    }
}

/// A list, analyzed for matching.
#[derive(Debug, Default)]
pub struct Phrases {
    entries: Vec<Entry>,
}

/// One spoken phrase.
#[derive(Debug)]
struct Entry {
    say: Vec<String>,
    means: Vec<Vec<String>>,
}

/// A phrase found in a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which words of the question it covers.
    pub words: std::ops::Range<usize>,
    /// What the manual may call it: each as its terms.
    pub means: Vec<Vec<String>>,
}

impl Phrases {
    /// Analyzes a list.
    pub fn new(synonyms: &Synonyms, analyzer: &Analyzer) -> Self {
        let mut entries = Vec::new();
        for line in &synonyms.0 {
            let means: Vec<Vec<String>> = line
                .means
                .iter()
                .map(|phrase| {
                    let words = analyzer.words(phrase);
                    let matter = words.iter().filter(|word| !matches!(word.kind, WordKind::Filler | WordKind::Light));
                    matter.map(|word| word.term.clone()).collect::<Vec<_>>()
                })
                .filter(|terms| !terms.is_empty())
                .collect();
            for say in &line.say {
                let say = analyzer.terms(say);
                if !say.is_empty() && !means.is_empty() {
                    entries.push(Entry { say, means: means.clone() });
                }
            }
        }
        // The longest phrase wins where two begin alike.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.say.len()));
        Self { entries }
    }

    /// The phrases said in a question, longest first, none overlapping another.
    pub fn matches(&self, words: &[Word]) -> Vec<Match> {
        let mut taken = vec![false; words.len()];
        let mut matches = Vec::new();
        for entry in &self.entries {
            let length = entry.say.len();
            for start in 0..(words.len() + 1).saturating_sub(length) {
                let range = start..start + length;
                let said = words[range.clone()].iter().zip(&entry.say).all(|(word, say)| word.term == *say);
                if said && !taken[range.clone()].contains(&true) {
                    taken[range.clone()].fill(true);
                    matches.push(Match { words: range, means: entry.means.clone() });
                } else if said && let Some(known) = matches.iter_mut().find(|known| known.words == range) {
                    // Two lists may know the same phrase.
                    for means in &entry.means {
                        if !known.means.contains(means) {
                            known.means.push(means.clone());
                        }
                    }
                }
            }
        }
        matches.sort_by_key(|found| found.words.start);
        matches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_is_read_and_is_lower_case() {
        let general = Synonyms::general();
        assert!(general.0.len() > 30);
        for line in &general.0 {
            assert!(!line.say.is_empty() && !line.means.is_empty());
            assert!(line.say.iter().all(|say| *say == say.to_lowercase()), "{line:?}");
        }
    }

    #[test]
    fn the_longest_phrase_wins() {
        let analyzer = Analyzer::default();
        let list = Synonyms::parse(
            r#"[(say: ["turns over"], means: ["cranks"]), (say: ["turns over but won't start"], means: ["cranks but does not start"])]"#,
            "test",
        )
        .expect("a list");
        let phrases = Phrases::new(&list, &analyzer);
        let long = phrases.matches(&analyzer.words("It turns over but won't start"));
        assert_eq!(long.len(), 1);
        assert_eq!(long[0].means, [["crank", "start"]]);
        let short = phrases.matches(&analyzer.words("The engine turned over twice"));
        assert_eq!(short[0].means, [["crank"]]);
    }

    #[test]
    fn a_broken_list_names_its_line() {
        let error = Synonyms::parse("[\n(say: [\"x\"])\n]", "shop.ron").expect_err("no means").to_string();
        assert!(error.contains("shop.ron") && error.contains("line") && error.contains("hint:"), "{error}");
    }
}
