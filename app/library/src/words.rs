//! Text as terms: one analysis for passages, questions and synonyms, so that what is asked meets what is indexed.
//! Must not know the index.

use std::collections::BTreeSet;

use fieldwright_guide::quantity::{self, Quantity, Token};

/// Stems English words; made once, since the tables of the stemmer are large.
pub struct Analyzer {
    stemmer: frostem::Stemmer,
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Analyzer")
    }
}

impl Default for Analyzer {
    fn default() -> Self {
        Self { stemmer: frostem::Stemmer::new(frostem::Algorithm::English) }
    }
}

/// A term with the word it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// What is compared: a stem, a number in digits, a unit in its one spelling, a code in lower case.
    pub term: String,
    /// The word as it was, lower case.
    pub word: String,
    /// What it is.
    pub kind: WordKind,
}

/// What a [`Word`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum WordKind {
    /// A word.
    Plain,
    /// A word that carries no matter: `the`, `how`, `gonna`.
    Filler,
    /// A word that helps to rank and says too little to be missed: `first`, `low`, `before`.
    Light,
    /// A number, perhaps with a unit (the term is the number).
    Number(Quantity),
    /// The number before it with its unit, as one term: `50_hz` is not the 50 of `50 hours`.
    Value,
    /// The unit of the number before it.
    Unit,
    /// A part number or another name of letters and digits.
    Code,
    /// A piece of the code before it.
    CodePart,
}

impl Analyzer {
    /// Every term of a text, in order, with fillers marked.
    pub fn words(&self, text: &str) -> Vec<Word> {
        let mut words = Vec::new();
        for token in quantity::scan(text) {
            match token {
                Token::Word(word) => self.push_word(&word, &mut words),
                Token::Quantity(quantity) => push_quantity(quantity, &mut words),
                Token::Code(code) => push_code(&code, &mut words),
            }
        }
        words
    }

    /// The terms to index: everything, fillers too, so that phrases stay whole.
    pub fn terms(&self, text: &str) -> Vec<String> {
        self.words(text).into_iter().map(|word| word.term).collect()
    }

    /// One word's stem.
    pub fn stem(&self, word: &str) -> String {
        self.stemmer.stem(word).into_owned()
    }

    fn push_word(&self, word: &str, words: &mut Vec<Word>) {
        if let Some(unit) = quantity::unit(word).filter(|_| !word.chars().all(char::is_alphabetic)) {
            words.push(Word { term: unit_term(unit), word: word.to_owned(), kind: WordKind::Plain });
            return;
        }
        let bare = word.trim_matches('\'').replace("'s", "");
        // `how'd`, `the pump'll`: what was shortened is of no matter.
        let bare =
            ["'d", "'ll", "'re", "'ve"].iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(&bare).to_owned();
        if bare.is_empty() {
            return;
        }
        // `how many quarts` meets `3.0 qt`; words that are units only after a number stay words.
        if let Some(unit) = quantity::unit(&bare).filter(|unit| bare.len() > 2 && !NOT_ALONE.contains(&unit.name)) {
            words.push(Word { term: unit_term(unit), word: word.to_owned(), kind: WordKind::Plain });
            return;
        }
        let listed = |list: &str| list.split_whitespace().any(|known| known == bare);
        let kind = if listed(FILLERS) {
            WordKind::Filler
        } else if listed(LIGHT) {
            WordKind::Light
        } else {
            WordKind::Plain
        };
        words.push(Word { term: self.stem(&bare), word: word.to_owned(), kind });
    }
}

fn push_quantity(quantity: Quantity, words: &mut Vec<Word>) {
    let number = |value: f64| format!("{value}");
    let said = quantity.words.to_lowercase();
    let unit = quantity.unit;
    let (low, high) = (quantity.low, quantity.high);
    words.push(Word { term: number(low), word: said.clone(), kind: WordKind::Number(quantity) });
    if let Some(high) = high {
        words.push(Word { term: number(high), word: said.clone(), kind: WordKind::Unit });
    }
    if let Some(whole) = unit {
        let unit = whole.name.to_lowercase();
        words.push(Word { term: format!("{}_{unit}", number(low)), word: said.clone(), kind: WordKind::Value });
        words.push(Word { term: unit_term(whole), word: said, kind: WordKind::Unit });
    }
}

/// A unit as a term: never a word, since `A` is a current and `a` is not.
fn unit_term(unit: quantity::Unit) -> String {
    format!("unit_{}", unit.name.to_lowercase())
}

fn push_code(code: &str, words: &mut Vec<Word>) {
    let lower = code.to_lowercase();
    words.push(Word { term: lower.clone(), word: lower.clone(), kind: WordKind::Code });
    // `5G28-2101` is also asked for as `2101`, `Mk2` as `Mk 2`.
    let mut part = String::new();
    let mut parts = Vec::new();
    for c in lower.chars() {
        let turns = part.chars().last().is_some_and(|last| last.is_ascii_digit() != c.is_ascii_digit());
        if !c.is_alphanumeric() || turns {
            parts.push(std::mem::take(&mut part));
        }
        if c.is_alphanumeric() {
            part.push(c);
        }
    }
    parts.push(part);
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 {
        for part in parts {
            words.push(Word { term: part, word: lower.clone(), kind: WordKind::CodePart });
        }
    }
}

/// True for a word that is chatter where no manual has it.
pub fn is_everyday(word: &str) -> bool {
    static EVERYDAY: std::sync::LazyLock<BTreeSet<&'static str>> = std::sync::LazyLock::new(|| {
        let lines = include_str!("../data/everyday.txt").lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).collect()
    });
    EVERYDAY.contains(word)
}

/// The terms that carry matter, each once.
pub fn matter(words: &[Word]) -> BTreeSet<String> {
    words
        .iter()
        .filter(|word| !matches!(word.kind, WordKind::Filler | WordKind::Light))
        .map(|word| word.term.clone())
        .collect()
}

/// Function words, question words and what people say around a question. Not here: anything that could name a part, an
/// action, a state or a place on the equipment.
const FILLERS: &str = "a an the this that these those it its it's he she they them there there's here of to in on at by for from with into onto \
as and or but if then than so such i i'm i've i'll i'd me my we we're we've you you're you've your our us one's is are be been being was were am isn't \
aren't do does did doesn't don't didn't has have had haven't must should shall will would can can't could couldn't may might \
what what's which who whose whom when where where's why how how's while also just only very too really about \
please tell show give get gets got getting go goes going gonna wanna gotta let let's want need needs needed know make makes made \
times thing things stuff guy guys hey um uh er okay ok yeah yes well now like say says said mean means \
way kind sort any some all every each other another same both either still yet ever again \
no never won't wouldn't shouldn't nothing anything something everything \
work works working job gimme lemme ain't y'all buddy supposed able allowed permitted necessary required correct proper \
do doing done happen happens happened look looking looks see seeing seen come comes \
according given name called manual book page sure anyway folks mine till gets anyone someone";

/// Units whose names are words of their own where no number stands before them.
const NOT_ALONE: &[&str] = &["turn", "s", "bar", "ft", "in", "°", "lb", "g", "mi", "min", "d", "m", "N", "oz", "pt"];

/// Words that are in every manual and change little.
const LIGHT: &str = "without highest lowest maximum minimum largest smallest max min allow much many more most less least lot bit little few enough not use used uses using \
before after during between under over up down out off back put puts take takes find keep hold first last next \
type number value long often far high low big hard good bad old new ready right left until";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        let analyzer = Analyzer::default();
        let terms = |text: &str| analyzer.terms(text);
        assert_eq!(terms("Tightened to 18 N·m"), terms("tightening to 18 Nm"));
        assert_eq!(terms("oil-pressure switches"), terms("oil pressure switch"));
        assert_eq!(terms("five minutes"), terms("5 min"));
        assert!(terms("FGS5-2821-42").contains(&"fgs5-2821-42".to_owned()));
        assert!(terms("FGS5-2821-42").contains(&"2821".to_owned()));
        assert!(terms("the Mk2").windows(2).any(|pair| pair == ["mk", "2"]));
    }

    #[test]
    fn fillers_carry_no_matter() {
        let analyzer = Analyzer::default();
        let words = analyzer.words("How do I drain the water separator?");
        assert_eq!(matter(&words).into_iter().collect::<Vec<_>>(), ["drain", "separ", "water"]);
        let shortened = analyzer.words("how'd I drain it, what'll the water separator do");
        assert_eq!(matter(&shortened), matter(&words));
    }
}
