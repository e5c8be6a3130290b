//! The verifier: a worded answer is shown only when the passages it cites say it.
//!
//! Every sentence cites a passage; every number with its unit, every part number and every tool in it stands in that
//! passage; no word of substance is new; no negation is lost or gained, no condition dropped, no value moved to another
//! thing. What does not pass is not repaired: the passage itself is shown. Must not know models or the index.

use std::{collections::BTreeSet, fmt};

use crate::{
    model::WordedSentence,
    passage::Passage,
    quantity::{Dimension, Quantity, Token, scan},
};

/// Why a worded answer was not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It says nothing.
    Empty,
    /// It is no short answer: this many sentences.
    TooLong(usize),
    /// This passage, numbered from 1, is part of the answer and no sentence cites it.
    LeftOut(usize),
    /// A value was asked for, the passages have it, and no sentence says it.
    Unanswered,
    /// The question has this word, the passages have it, and no sentence has it.
    Misses(String),
    /// A sentence cites a passage that was not given (its number, from 1).
    NoSuchPassage(usize),
    /// A number, or its unit, is not in the cited passage.
    Number(String),
    /// A part number, terminal or thread is not in the cited passage.
    Code(String),
    /// A tool is not in the cited passage.
    Tool(String),
    /// A word of substance is not in the cited passage.
    Word(String),
    /// The sentence and the passage differ in what they negate.
    Negation(String),
    /// A condition of the passage is missing.
    Condition(String),
    /// The value belongs to something else in the passage.
    Moved(String),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the answer is empty"),
            Self::TooLong(count) => write!(f, "the answer has {count} sentences, at most {MAX_SENTENCES} pass"),
            Self::LeftOut(number) => write!(f, "passage {number} is part of the answer and left out"),
            Self::Misses(word) => write!(f, "what the passages say of `{word}` is left out"),
            Self::Unanswered => write!(f, "the value that was asked for is left out"),
            Self::NoSuchPassage(number) => write!(f, "a sentence cites passage {number}, which was not given"),
            Self::Number(words) => write!(f, "the value `{words}` is not in the cited passage"),
            Self::Code(code) => write!(f, "the number `{code}` is not in the cited passage"),
            Self::Tool(tool) => write!(f, "the tool `{tool}` is not in the cited passage"),
            Self::Word(word) => write!(f, "the word `{word}` is not in the cited passage"),
            Self::Negation(sentence) => write!(f, "`{sentence}` differs from the cited passage in what it negates"),
            Self::Condition(word) => write!(f, "the cited passage has a condition (`{word}`) that the answer drops"),
            Self::Moved(words) => write!(f, "the value `{words}` belongs to something else in the cited passage"),
        }
    }
}

impl std::error::Error for Rejection {}

/// More than this is no short answer.
const MAX_SENTENCES: usize = 6;

/// Whether there is anything to word: one sentence is shown as it stands.
pub fn wordable(passages: &[Passage]) -> bool {
    passages.iter().any(|passage| sentences_of(&passage.text).count() > 1)
}

/// Checks a worded answer against the passages that retrieval chose as the answer, numbered from 1: each must be cited.
/// Where a value was asked for ([`crate::passage::Found::value_of`]) and the passages have one, it must be said. What
/// question and passages both name must be named: a sentence beside the point loses what the whole passage says.
///
/// # Errors
/// The first reason for which it may not be shown.
pub fn verify(
    sentences: &[WordedSentence],
    passages: &[Passage],
    question: &str,
    value_of: Option<&BTreeSet<Dimension>>,
) -> Result<(), Rejection> {
    if sentences.iter().all(|sentence| scan(&sentence.text).is_empty()) {
        return Err(Rejection::Empty);
    }
    if sentences.len() > MAX_SENTENCES {
        return Err(Rejection::TooLong(sentences.len()));
    }
    for sentence in sentences {
        let passage = sentence
            .passage
            .checked_sub(1)
            .and_then(|index| passages.get(index))
            .ok_or(Rejection::NoSuchPassage(sentence.passage))?;
        verify_text(&sentence.text, &passage.title, &passage.text)?;
    }
    let cited = |number: usize| sentences.iter().any(|sentence| sentence.passage == number);
    if let Some(number) = (1..=passages.len()).find(|number| !cited(*number)) {
        return Err(Rejection::LeftOut(number));
    }
    let has: Vec<Token> = passages.iter().flat_map(|passage| scan(&passage.text)).collect();
    let says: Vec<Token> = sentences.iter().flat_map(|sentence| scan(&sentence.text)).collect();
    if let Some(asked) = value_of {
        let measures = |token: &Token| match token {
            Token::Quantity(Quantity { unit: Some(unit), .. }) => asked.is_empty() || asked.contains(&unit.dimension),
            _ => false,
        };
        if has.iter().any(measures) && !says.iter().any(measures) {
            return Err(Rejection::Unanswered);
        }
    }
    let (has, says) = (stems(&has), stems(&says));
    let asked = scan(question);
    let missed = asked.iter().filter_map(word_of).filter(|word| is_content(word)).find(|word| {
        let stem = stem(word);
        has.contains(&stem) && !says.contains(&stem)
    });
    missed.map_or(Ok(()), |word| Err(Rejection::Misses(word.to_owned())))
}

/// Checks words against the passage they cite: `title` may lend words, only `text` lends values and conditions.
/// A model may put two sentences into one: each is checked on its own.
///
/// # Errors
/// The first reason for which they may not be shown.
pub fn verify_text(words: &str, title: &str, text: &str) -> Result<(), Rejection> {
    let source = scan(text);
    let title = scan(title);
    for sentence in sentences_of(words) {
        let said = scan(sentence);
        values_stand_in(&said, &source, &title)?;
        words_stand_in(&said, &source, &title)?;
        let span = cited_span(&said, text);
        negation_holds(sentence, &said, &span)?;
        conditions_hold(&said, &span)?;
        values_stay_put(&said, text)?;
    }
    Ok(())
}

/// Numbers with units, and codes.
fn values_stand_in(said: &[Token], source: &[Token], title: &[Token]) -> Result<(), Rejection> {
    for token in said {
        match token {
            Token::Quantity(quantity) => {
                // A title may name a variant or a count ("Mk 2"), never a value with a unit.
                let in_title = quantity.unit.is_none() && holds_quantity(title, quantity);
                if !holds_quantity(source, quantity) && !in_title {
                    return Err(Rejection::Number(quantity.words.clone()));
                }
            }
            Token::Code(code) => {
                let holds =
                    |tokens: &[Token]| tokens.iter().any(|token| matches!(token, Token::Code(known) if known == code));
                if !holds(source) && !holds(title) {
                    return Err(Rejection::Code(code.clone()));
                }
            }
            Token::Word(_) => {}
        }
    }
    Ok(())
}

fn holds_quantity(tokens: &[Token], quantity: &Quantity) -> bool {
    tokens.iter().any(|token| matches!(token, Token::Quantity(known) if known.same_as(quantity)))
}

/// No word of substance may be new.
fn words_stand_in(said: &[Token], source: &[Token], title: &[Token]) -> Result<(), Rejection> {
    let known = stems(source.iter().chain(title));
    let dimensions: BTreeSet<Dimension> = source
        .iter()
        .filter_map(|token| match token {
            Token::Quantity(quantity) => quantity.unit.map(|unit| unit.dimension),
            _ => None,
        })
        .collect();
    for word in said.iter().filter_map(word_of).filter(|word| is_content(word)) {
        if known.contains(&stem(word)) || names_dimension(word, &dimensions) {
            continue;
        }
        let tool = TOOLS.contains(&word) || word.strip_suffix('s').is_some_and(|one| TOOLS.contains(&one));
        return Err(if tool { Rejection::Tool(word.to_owned()) } else { Rejection::Word(word.to_owned()) });
    }
    Ok(())
}

/// The words, in one form each.
fn stems<'a>(tokens: impl IntoIterator<Item = &'a Token>) -> BTreeSet<String> {
    tokens.into_iter().filter_map(word_of).map(stem).collect()
}

/// The sentences of the passage that the answer's sentence draws on: the one that shares most with it, and more while
/// they add words of it.
fn cited_span(said: &[Token], text: &str) -> Vec<Vec<Token>> {
    let mut open: BTreeSet<String> =
        said.iter().filter_map(word_of).filter(|word| is_content(word)).map(stem).collect();
    let mut left: Vec<Vec<Token>> = sentences_of(text).map(scan).collect();
    let mut span = Vec::new();
    while !left.is_empty() {
        let gain = |tokens: &Vec<Token>| {
            let shared = open.intersection(&stems(tokens)).count();
            let values = said.iter().filter(|token| !matches!(token, Token::Word(_)) && tokens.contains(token)).count();
            shared + values
        };
        let Some((best, gained)) =
            left.iter().map(gain).enumerate().max_by_key(|&(index, gain)| (gain, usize::MAX - index))
        else {
            break;
        };
        if gained == 0 && !span.is_empty() {
            break;
        }
        let tokens = left.remove(best);
        for word in tokens.iter().filter_map(word_of) {
            open.remove(&stem(word));
        }
        span.push(tokens);
        if open.is_empty() {
            break;
        }
    }
    span
}

/// As many negations as in what is cited: one more or one fewer turns a sentence over.
fn negation_holds(sentence: &str, said: &[Token], span: &[Vec<Token>]) -> Result<(), Rejection> {
    let count = |tokens: &[Token]| tokens.iter().filter_map(word_of).filter(|word| is_negation(word)).count();
    let cited: usize = span.iter().map(|tokens| count(tokens)).sum();
    if count(said) == cited { Ok(()) } else { Err(Rejection::Negation(sentence.trim().to_owned())) }
}

/// `if`, `unless`, `only` and the like may not be dropped from what is cited.
fn conditions_hold(said: &[Token], span: &[Vec<Token>]) -> Result<(), Rejection> {
    let has = |word: &str| said.iter().filter_map(word_of).any(|known| known == word);
    for word in span.iter().flatten().filter_map(word_of) {
        // `if` and `when` introduce the same condition.
        let kept = has(word) || (word == "if" && has("when"));
        if CONDITIONS.contains(&word) && !kept {
            return Err(Rejection::Condition(word.to_owned()));
        }
    }
    Ok(())
}

/// Where the passage has several values, each keeps to the words around it: more than half of the words that lead to
/// it in the answer lead to it in the passage, and a value said twice in two units stays a pair.
fn values_stay_put(said: &[Token], text: &str) -> Result<(), Rejection> {
    let source: Vec<Vec<Token>> = sentences_of(text).map(scan).collect();
    if source.iter().flatten().filter(|token| is_value(token)).count() < 2 {
        return Ok(());
    }
    for (at, token) in said.iter().enumerate().filter(|(_, token)| is_value(token)) {
        let near = leading_to(said, at);
        let before = at.checked_sub(1).map(|before| &said[before]).filter(|before| is_value(before));
        let fits = source.iter().enumerate().any(|(index, sentence)| {
            sentence.iter().enumerate().filter(|(_, known)| same_value(token, known)).any(|(place, _)| {
                let pairs = before.is_none_or(|before| place > 0 && same_value(before, &sentence[place - 1]));
                // A cell of a table row (`Fastener: Oil drain plug; Torque: 35 N·m`) belongs to the cell before it.
                let mut there = leading_to(sentence, place);
                if let Some(cell) =
                    index.checked_sub(1).map(|before| &source[before]).filter(|_| starts_with_value(sentence, place))
                {
                    there.extend(leading_to(cell, cell.len()));
                }
                let kept = near.iter().filter(|word| there.contains(*word)).count();
                pairs && (near.is_empty() || 2 * kept > near.len())
            })
        });
        if !fits {
            return Err(Rejection::Moved(words_of(token)));
        }
    }
    Ok(())
}

/// A value with a unit, or a code: what can be moved to the wrong thing.
fn is_value(token: &Token) -> bool {
    match token {
        Token::Quantity(quantity) => quantity.unit.is_some(),
        Token::Code(_) => true,
        Token::Word(_) => false,
    }
}

fn same_value(a: &Token, b: &Token) -> bool {
    match (a, b) {
        (Token::Quantity(a), Token::Quantity(b)) => a.same_as(b),
        (Token::Code(a), Token::Code(b)) => a == b,
        _ => false,
    }
}

fn words_of(token: &Token) -> String {
    match token {
        Token::Quantity(quantity) => quantity.words.clone(),
        Token::Code(code) => code.clone(),
        Token::Word(word) => word.clone(),
    }
}

/// True where nothing but the name of what it measures leads to a value in its sentence.
fn starts_with_value(sentence: &[Token], place: usize) -> bool {
    let names = |word: &str| !is_content(word) || DIMENSION_WORDS.iter().any(|(known, _)| *known == word);
    sentence[..place].iter().all(|token| is_value(token) || word_of(token).is_none_or(names))
}

/// The words of substance between the value before this one and this one; those after it where none lead to it.
/// A value said twice in two units (`18 N·m (13 lb-ft)`) is one.
fn leading_to(tokens: &[Token], at: usize) -> BTreeSet<String> {
    let words = |tokens: &mut dyn Iterator<Item = &Token>| -> BTreeSet<String> {
        let named = |word: &&str| {
            is_content(word) && !DIMENSION_WORDS.iter().any(|(known, _)| known == word && *known != "tighten")
        };
        tokens.filter_map(word_of).filter(named).map(stem).collect()
    };
    let back =
        words(&mut tokens[..at].iter().rev().skip_while(|token| is_value(token)).take_while(|token| !is_value(token)));
    if !back.is_empty() {
        return back;
    }
    words(
        &mut tokens
            .get(at + 1..)
            .unwrap_or_default()
            .iter()
            .skip_while(|token| is_value(token))
            .take_while(|token| !is_value(token)),
    )
}

fn word_of(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

/// The sentences of a text: parted at `. ! ? ;` before a capital or the end, so that `6 in. (15 mm)` stays whole.
pub fn sentences_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            if rest.trim().is_empty() {
                return None;
            }
            let end = rest.char_indices().find(|&(at, c)| {
                let after = &rest[at + c.len_utf8()..];
                match c {
                    '.' | '!' | '?' => {
                        let next = after.trim_start();
                        after.starts_with(char::is_whitespace)
                            && next.starts_with(|c: char| c.is_uppercase() || c == '"')
                    }
                    ';' | '\n' => true,
                    _ => false,
                }
            });
            let (sentence, after) = end.map_or((rest, ""), |(at, c)| rest.split_at(at + c.len_utf8()));
            rest = after;
            if !sentence.trim().is_empty() {
                return Some(sentence.trim());
            }
        }
    })
}

/// A word that carries what a sentence is about.
fn is_content(word: &str) -> bool {
    !NEUTRAL.contains(&word) && !is_negation(word) && word.chars().any(char::is_alphabetic)
}

fn is_negation(word: &str) -> bool {
    matches!(word, "not" | "never" | "no" | "cannot" | "without" | "none" | "neither" | "nor" | "unable")
        || word.ends_with("n't")
}

/// Words such as `torque`, which name what a value with a unit is.
fn names_dimension(word: &str, dimensions: &BTreeSet<Dimension>) -> bool {
    DIMENSION_WORDS.iter().any(|(known, dimension)| *known == word && dimensions.contains(dimension))
}

/// A light stem: plural and verb endings go, so that `tightened` meets `tighten`. The same for both texts.
fn stem(word: &str) -> String {
    let word = word.trim_end_matches("'s");
    let mut stem = word.to_owned();
    for (ending, instead, least) in [
        ("ies", "y", 4),
        ("sses", "ss", 5),
        ("xes", "x", 4),
        ("ing", "", 6),
        ("ed", "", 5),
        ("es", "e", 4),
        ("s", "", 4),
    ] {
        if word.len() >= least
            && let Some(body) = word.strip_suffix(ending)
            && !(ending == "s" && (body.ends_with('s') || body.ends_with('u')))
        {
            stem = format!("{body}{instead}");
            break;
        }
    }
    let doubled = stem.chars().rev().take(2).collect::<Vec<_>>();
    if doubled.len() == 2 && doubled[0] == doubled[1] && !matches!(doubled[0], 's' | 'l' | 'e' | 'o') {
        stem.pop();
    }
    stem.trim_end_matches('e').to_owned()
}

/// Words that add nothing to a passage when a sentence is made of it.
const NEUTRAL: &[&str] = &[
    "a",
    "an",
    "the",
    "this",
    "that",
    "these",
    "those",
    "it",
    "its",
    "they",
    "them",
    "there",
    "which",
    "who",
    "what",
    "you",
    "your",
    "is",
    "are",
    "be",
    "been",
    "being",
    "was",
    "were",
    "am",
    "do",
    "does",
    "did",
    "has",
    "have",
    "had",
    "must",
    "should",
    "shall",
    "will",
    "would",
    "can",
    "could",
    "may",
    "might",
    "need",
    "needs",
    "needed",
    "required",
    "requires",
    "require",
    "of",
    "to",
    "in",
    "on",
    "at",
    "by",
    "for",
    "from",
    "with",
    "into",
    "onto",
    "as",
    "and",
    "or",
    "then",
    "so",
    "also",
    "when",
    "while",
    "such",
    "manual",
    "says",
    "according",
    "step",
    "steps",
    "following",
    "follow",
    "using",
    "use",
    "used",
    "called",
    "make",
    "sure",
    "value",
    "answer",
    "yes",
    "if",
    "unless",
    "except",
    "until",
    "only",
    "mk",
    "model",
    "both",
    "each",
    "any",
    "please",
    "ensure",
];

/// Words that bind a sentence to a condition.
const CONDITIONS: &[&str] = &["if", "unless", "except", "until", "only"];

/// What a value with a unit is called.
const DIMENSION_WORDS: &[(&str, Dimension)] = &[
    ("torque", Dimension::Torque),
    ("tighten", Dimension::Torque),
    ("tightened", Dimension::Torque),
    ("pressure", Dimension::Pressure),
    ("length", Dimension::Length),
    ("distance", Dimension::Length),
    ("temperature", Dimension::Temperature),
    ("voltage", Dimension::Voltage),
    ("current", Dimension::Current),
    ("resistance", Dimension::Resistance),
    ("power", Dimension::Power),
    ("frequency", Dimension::Frequency),
    ("speed", Dimension::Speed),
    ("volume", Dimension::Volume),
    ("quantity", Dimension::Volume),
    ("capacity", Dimension::Volume),
    ("weight", Dimension::Mass),
    ("mass", Dimension::Mass),
    ("time", Dimension::Time),
    ("interval", Dimension::Time),
];

/// Head words of tools: a new one is named as such in the reason.
const TOOLS: &[&str] = &[
    "wrench",
    "spanner",
    "socket",
    "screwdriver",
    "driver",
    "pliers",
    "hammer",
    "mallet",
    "multimeter",
    "meter",
    "gauge",
    "gage",
    "caliper",
    "micrometer",
    "puller",
    "press",
    "ratchet",
    "crowbar",
    "bar",
    "lever",
    "knife",
    "scraper",
    "brush",
    "pan",
    "funnel",
    "hoist",
    "jack",
    "sling",
    "clamp",
    "vise",
    "file",
    "saw",
    "drill",
    "punch",
    "chisel",
    "hydrometer",
    "tester",
    "syringe",
    "pump",
    "torch",
    "lamp",
    "goggles",
    "gloves",
    "key",
    "cloth",
    "rag",
    "sandpaper",
];

#[cfg(test)]
mod tests;
