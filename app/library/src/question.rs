//! What a question wants: a value and of which dimension, a tool, a part number, a task, the cause of a fault, care,
//! a place. Read from its words alone. Must not know the index.

use std::collections::BTreeSet;

use fieldwright_guide::quantity::{Dimension, unit};

use crate::words::{Word, WordKind};

/// What would answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a question can want several things at once")]
pub struct Wanted {
    /// A value of one of these dimensions; empty where the question names none.
    pub dimensions: BTreeSet<Dimension>,
    /// A value or a count at all: how much, how far, which size.
    pub value: bool,
    /// It asks at all, and does not only state.
    pub asks: bool,
    /// A plain number will do: how many, which number.
    pub count: bool,
    /// How often, or after how long.
    pub interval: bool,
    /// A tool or supply.
    pub tool: bool,
    /// A part number.
    pub part_number: bool,
    /// How something is done, by these actions (stems of [`ACTIONS`], by their first word); empty where it names none.
    pub task: bool,
    /// The actions asked for: the first word of a group in [`ACTIONS`].
    pub actions: BTreeSet<&'static str>,
    /// The cause or cure of a fault.
    pub fault: bool,
    /// What to be careful of.
    pub care: bool,
    /// Where something is.
    pub place: bool,
}

/// Actions a maintenance manual titles its tasks with; words of one group mean the same to a title.
pub const ACTIONS: &[&[&str]] = &[
    &["replace", "replac", "change", "chang", "swap", "exchange", "renew", "chuck"],
    &["remove", "remov", "pull", "yank", "disassemble", "disassembl", "dismantle"],
    &["install", "fit", "refit", "mount", "assemble", "assembl", "reinstal"],
    &["adjust", "tension", "tune", "align"],
    &["overhaul", "rebuild", "recondition"],
    &["clean", "wash", "flush"],
    &["drain", "empti", "empty"],
    &["fill", "refill", "refuel"],
    &["bleed", "prime", "purg", "purge", "vent"],
    &["test", "check", "inspect", "examine", "examin", "measure", "measur"],
    &["lubricate", "lubric", "grease", "lube"],
    &["start"],
    &["stop"],
    &["repair", "fix", "mend", "patch"],
    &["charge", "charg"],
    &["connect"],
    &["disconnect"],
    &["lift", "hoist", "sling"],
    &["lockout", "lock"],
];

/// The group of an action's stem.
pub fn action(term: &str) -> Option<&'static str> {
    ACTIONS.iter().find(|group| group.contains(&term)).and_then(|group| group.first().copied())
}

/// Words that name a dimension.
const ASKS_FOR: &[(&str, Dimension)] = &[
    ("torque", Dimension::Torque),
    ("torques", Dimension::Torque),
    ("torqued", Dimension::Torque),
    ("tight", Dimension::Torque),
    ("pressure", Dimension::Pressure),
    ("psi", Dimension::Pressure),
    ("temperature", Dimension::Temperature),
    ("temp", Dimension::Temperature),
    ("hot", Dimension::Temperature),
    ("voltage", Dimension::Voltage),
    ("volts", Dimension::Voltage),
    ("current", Dimension::Current),
    ("amp", Dimension::Current),
    ("amps", Dimension::Current),
    ("resistance", Dimension::Resistance),
    ("ohms", Dimension::Resistance),
    ("ohming", Dimension::Resistance),
    ("frequency", Dimension::Frequency),
    ("hertz", Dimension::Frequency),
    ("speed", Dimension::Speed),
    ("rpm", Dimension::Speed),
    ("quarts", Dimension::Volume),
    ("liters", Dimension::Volume),
    ("weigh", Dimension::Mass),
    ("weight", Dimension::Mass),
    ("heavy", Dimension::Mass),
    ("clearance", Dimension::Length),
    ("gap", Dimension::Length),
    ("diameter", Dimension::Length),
    ("length", Dimension::Length),
    ("thickness", Dimension::Length),
    ("travel", Dimension::Length),
    ("distance", Dimension::Length),
    ("minutes", Dimension::Time),
    ("seconds", Dimension::Time),
];

/// Words after a dimension that still ask for its value.
const VALUE_WORDS: &[&str] = &[
    "reading",
    "spec",
    "specs",
    "specification",
    "setting",
    "limit",
    "range",
    "drop",
    "tighten",
    "tightens",
    "rating",
];

impl Wanted {
    /// True where something is told or asked of a fault or a task, and no value, tool, number, place or care.
    pub fn no_fact(&self) -> bool {
        let fact = self.value || self.tool || self.part_number || self.place || self.care || self.interval;
        !fact && self.dimensions.is_empty()
    }

    /// Reads a question.
    pub fn of(question: &str, words: &[Word]) -> Self {
        let lower = format!(" {} ", question.to_lowercase().replace(['?', ',', '.', '!', ';', ':'], " "));
        let lower = lower.split_whitespace().collect::<Vec<_>>().join(" ");
        let lower = format!(" {lower} ");
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(&format!(" {phrase} ")));
        let mut wanted = Self {
            interval: says(&["how often", "how regular", "how regularly", "when is", "how many hours", "interval"])
                && !says(&["when is it safe"]),
            part_number: says(&[
                "part number",
                "part numbers",
                "part num",
                "part no",
                "nsn",
                "stock number",
                "do i order",
                "order",
            ]) || says(&["what number", "what numbers", "number for", "number on", "which number"]),
            tool: says(&[
                "which tool",
                "what tool",
                "which tools",
                "what tools",
                "which wrench",
                "what wrench",
                "what socket",
                "which socket",
            ]) || says(&["what do i need to", "what do i use", "what is used", "what size socket"]),
            care: says(&[
                "careful",
                "watch for",
                "watch out",
                "gotta watch",
                "warning",
                "warnings",
                "caution",
                "cautions",
                "danger",
                "dangerous",
            ]) || says(&[
                "safe to",
                "is it safe",
                "bite me",
                "losing a hand",
                "be aware",
                "must not",
                "precautions",
            ]),
            place: says(&["where is", "where's", "where are", "where do i find", "located"]),
            fault: says(&[
                "won't",
                "wont",
                "why",
                "does not",
                "doesn't",
                "not start",
                "fault",
                "problem",
                "wrong with",
                "dead",
                "no output",
            ]) || says(&[
                "what now",
                "next action",
                "what do i check",
                "what do i chase",
                "where do i look",
                "what is examined",
                "what do i do",
                "must be replaced",
                "what is the cause",
                "what must be measured",
                "next step",
                "the code",
                "next thing",
                "what is the fix",
            ]),
            ..Self::default()
        };
        let asks = says(&["what", "what's", "which", "how", "at which", "to what", "how's"]);
        for (at, word) in words.iter().enumerate() {
            // `pressure switch` and `speed adjusting screw` name things.
            let names = words
                .get(at + 1)
                .is_some_and(|next| next.kind == WordKind::Plain && !VALUE_WORDS.contains(&next.word.as_str()));
            if let Some((_, dimension)) = ASKS_FOR.iter().find(|(name, _)| *name == word.word).filter(|_| !names) {
                if asks || *dimension == Dimension::Torque {
                    wanted.dimensions.insert(*dimension);
                }
            } else if word.kind == WordKind::Plain
                && word.term.starts_with("unit_")
                && let Some(unit) = unit(&word.word)
            {
                wanted.dimensions.insert(unit.dimension);
            }
        }
        if says(&["foot-pounds", "foot pounds", "ft-lbs", "ft-lb", "newton meters", "what do i torque"]) {
            wanted.dimensions.insert(Dimension::Torque);
        }
        // `How tight is the belt` asks for no torque alone; the passage decides.
        if says(&["which way", "which direction"]) {
            wanted.dimensions.clear();
        }
        if says(&["belt"]) {
            wanted.dimensions.remove(&Dimension::Torque);
            wanted.value |= says(&["how tight", "tension"]);
        }
        // A fault is told with values; it does not ask for one.
        if wanted.fault {
            wanted.dimensions.clear();
        }
        wanted.value |= !wanted.dimensions.is_empty()
            || says(&[
                "how much",
                "how many",
                "how far",
                "how long",
                "how high",
                "how low",
                "how big",
                "how heavy",
                "how deep",
            ])
            || says(&[
                "what size",
                "capacity",
                "which size",
                "what range",
                "between which values",
                "what is the limit",
                "highest",
                "lowest",
                "maximum",
            ])
            || says(&[
                "minimum",
                "how quick",
                "how quickly",
                "how soon",
                "how hot",
                "how fast",
                "how full",
                "how tight",
                "how wide",
            ]);
        if says(&["how long"]) {
            wanted.dimensions.insert(Dimension::Time);
        }
        if says(&["how far"]) {
            wanted.dimensions.extend([Dimension::Length, Dimension::Turns, Dimension::Angle]);
        }
        let how = says(&[
            "how do i",
            "how do you",
            "how do we",
            "how'd i",
            "how'd you",
            "how'd we",
            "how to",
            "how is",
            "how are",
            "how would i",
            "how can i",
            "how does one",
            "how should i",
        ]) || says(&[
            "walk me through",
            "step by step",
            "procedure",
            "what are the steps",
            "which steps",
            "show me how",
        ]);
        // `Down do I replace the fuel filter`: the recognizer, or the wind, took the `how`.
        let other = asks || says(&["when", "where", "why", "who"]) || lower.starts_with(" do ");
        let bare = !other && words.windows(3).any(asks_to_do);
        wanted.task = (how || bare) && !wanted.part_number;
        wanted.asks =
            asks || question.trim_end().ends_with('?') || says(&["when", "where", "why", "who", "tell me", "show me"]);
        wanted.count = says(&["how many", "how often", "after how many"]);
        let fact = wanted.value || wanted.part_number || wanted.tool || wanted.interval || wanted.fault;
        let imperative = !fact && words.first().is_some_and(|word| action(&word.term).is_some());
        if wanted.task || imperative {
            wanted.task = true;
            wanted.actions = asked_actions(words);
        }
        wanted
    }
}

/// True for `do I drain`, an action said by whomever.
fn asks_to_do(said: &[Word]) -> bool {
    let [first, who, does] = said else { return false };
    first.word == "do" && ["i", "you", "we"].contains(&who.word.as_str()) && action(&does.term).is_some()
}

/// The questions in a question (`How do you drain it, and how much is needed?`), and the statements around them; the
/// whole alone where it is one.
pub(crate) fn parts(question: &str) -> Vec<&str> {
    const ASKS: &[&str] = &[
        "how", "what", "what's", "which", "when", "where", "who", "why", "do", "does", "is", "are", "can", "must",
        "at which",
    ];
    let lower = question.to_lowercase();
    if lower.len() != question.len() {
        return vec![question];
    }
    let mut cuts = vec![0];
    for (at, c) in lower.char_indices() {
        let after = lower[at + c.len_utf8()..].trim_start();
        let next = after.strip_prefix("and ").unwrap_or(after);
        let asks = ASKS.iter().any(|word| next.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')));
        let ends = matches!(c, '?' | '.' | ';') && lower[at + 1..].starts_with(char::is_whitespace);
        let joins = matches!(c, ',' | ':') && asks;
        let and = lower[at..].strip_prefix(" and ").is_some_and(|rest| {
            ASKS.iter().take(8).any(|word| rest.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')))
        });
        if ends || joins || and {
            cuts.push(at + c.len_utf8());
        }
    }
    cuts.push(question.len());
    let pieces = cuts.windows(2).filter_map(|cut| question.get(cut[0]..cut[1]));
    pieces.map(str::trim).filter(|part| part.chars().any(char::is_alphanumeric)).collect()
}

/// The actions a title names: there, `Bleeding` is one.
pub(crate) fn titled_actions(words: &[Word]) -> BTreeSet<&'static str> {
    words.iter().filter(|word| word.kind != WordKind::Filler).filter_map(|word| action(&word.term)).collect()
}

/// The actions among these words; `adjusting screw` and `charging alternator` name things, not actions.
pub(crate) fn asked_actions(words: &[Word]) -> BTreeSet<&'static str> {
    words
        .iter()
        .enumerate()
        .filter(|(at, word)| {
            let names =
                word.word.ends_with("ing") && words.get(at + 1).is_some_and(|next| next.kind == WordKind::Plain);
            // `emergency stop button`, `fuel flow test`: the noun before makes a name of it.
            let named = *at > 0 && words.get(at - 1).is_some_and(|before| before.kind == WordKind::Plain);
            word.kind != WordKind::Filler && !names && !named
        })
        .filter_map(|(_, word)| action(&word.term))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Analyzer;

    fn wanted(question: &str) -> Wanted {
        Wanted::of(question, &Analyzer::default().words(question))
    }

    #[test]
    fn questions_in_a_question() {
        assert_eq!(parts("How do you drain it, and how much is needed?").len(), 2);
        assert_eq!(parts("Flush it: how do I get it out and how much goes in?").len(), 3);
        assert_eq!(parts("The pump is shot. How do I rebuild it?"), ["The pump is shot.", "How do I rebuild it?"]);
        assert_eq!(parts("How much is 2.8 L of oil?").len(), 1);
        assert_eq!(parts("Is it İ, and how much?").len(), 1);
    }

    #[test]
    fn kinds_of_questions() {
        assert_eq!(wanted("What is the torque of the drain plug?").dimensions, BTreeSet::from([Dimension::Torque]));
        assert_eq!(wanted("How tight does the fuel filter go?").dimensions, BTreeSet::from([Dimension::Torque]));
        assert!(wanted("How many times can I clean it?").value);
        assert!(wanted("What is the part number of the oil filter?").part_number);
        assert!(wanted("Which tool tightens the element?").tool);
        assert!(wanted("How often is the element replaced?").interval);
        assert!(wanted("What must you be careful of?").care);
        assert!(wanted("It won't start, what now?").fault);
        let how = wanted("How do you replace the thermostat?");
        assert!(how.task && how.actions.contains("replace"));
        assert!(!wanted("What is the torque of the drain plug?").task);
        assert!(wanted("how'd i drain the water separator").task, "as people say it, and a recognizer writes it");
        assert!(wanted("down do i replace the fuel filter").task, "its first word misheard");
        for other in ["do i drain it first", "when do i replace it", "the filter i do not want to replace"] {
            assert!(!wanted(other).task, "{other}");
        }
    }
}
