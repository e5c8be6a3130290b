//! The work record: what happened, what was decided and what was shown, in order, append-only.
//! Must not know where it is kept.

use serde::{Deserialize, Serialize};

use crate::{event::Event, time::Timestamp};

/// One line of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// An event came in. All of these, in order, are the recording of the session.
    Happened {
        /// When.
        at: Timestamp,
        /// What.
        event: Event,
    },
    /// The core decided something that the work record must show: acknowledged, done, skipped, refused.
    Decided {
        /// When.
        at: Timestamp,
        /// What, in plain words.
        words: String,
    },
    /// Something of the manual was put before the user.
    Shown {
        /// When.
        at: Timestamp,
        /// `alert`, `step`, `node`, `prompt`, `answer` or `refusal`.
        kind: String,
        /// The words, verbatim.
        words: String,
        /// Citation, short form; empty for the product's own words.
        citation: String,
    },
}

impl Entry {
    /// One line of JSON, without the line's end.
    ///
    /// # Panics
    /// Never: an entry is plain data with string keys.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.finite()).expect("invariant: an entry is plain data with string keys")
    }

    /// JSON has no infinity, which an anchor without a fix carries as its uncertainty.
    fn finite(&self) -> Self {
        let mut entry = self.clone();
        if let Self::Happened { event: Event::Anchored(anchor), .. } = &mut entry
            && !anchor.sigma_m.is_finite()
        {
            anchor.sigma_m = f32::MAX;
        }
        entry
    }
}

/// The record of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    entries: Vec<Entry>,
}

impl Record {
    /// Appends; nothing is ever changed or taken away.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Every entry, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The events, oldest first, for playing the session again.
    pub fn events(&self) -> impl Iterator<Item = (Timestamp, &Event)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Happened { at, event } => Some((*at, event)),
            Entry::Decided { .. } | Entry::Shown { .. } => None,
        })
    }

    /// As JSON lines.
    pub fn to_json_lines(&self) -> String {
        self.entries.iter().map(|entry| entry.to_json() + "\n").collect()
    }

    /// Reads JSON lines back.
    ///
    /// # Errors
    /// Where a line is no entry; the message names the line, counted from 1.
    pub fn from_json_lines(lines: &str) -> Result<Self, String> {
        let entries = lines
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(index, line)| {
                serde_json::from_str(line).map_err(|error| format!("line {}: no record entry: {error}", index + 1))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{command::Command, tracking::Anchor};

    #[test]
    fn lines_round_trip() {
        let mut record = Record::default();
        record.push(Entry::Happened { at: Timestamp(1.5), event: Event::Command(Command::GoToStep("3.2".into())) });
        record.push(Entry::Happened { at: Timestamp(2.0), event: Event::Anchored(Anchor::default()) });
        record.push(Entry::Shown {
            at: Timestamp(3.0),
            kind: "alert".into(),
            words: "Warning: hot\nsurfaces".into(),
            citation: "A ¶ 1".into(),
        });
        let lines = record.to_json_lines();
        assert_eq!(lines.lines().count(), 3);
        let back = Record::from_json_lines(&lines).unwrap();
        assert_eq!(back.to_json_lines(), lines);
        assert_eq!(back.events().count(), 2);
        assert!(Record::from_json_lines("{\"x\":1}").unwrap_err().starts_with("line 1"));
    }
}
