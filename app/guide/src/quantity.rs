//! Numbers, units and codes in running text, in one spelling: what two texts must share to say the same value.
//! Must not know whose text it reads.

use serde::{Deserialize, Serialize};

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Tightening torque.
    Torque,
    /// Pressure.
    Pressure,
    /// Length, travel, clearance, thickness.
    Length,
    /// Temperature.
    Temperature,
    /// Voltage.
    Voltage,
    /// Current.
    Current,
    /// Electrical resistance.
    Resistance,
    /// Power, real or apparent.
    Power,
    /// Frequency.
    Frequency,
    /// Speed of turning or of travel.
    Speed,
    /// Volume.
    Volume,
    /// Flow.
    Flow,
    /// Mass or weight.
    Mass,
    /// Force.
    Force,
    /// Duration or interval.
    Time,
    /// A share of a hundred.
    Percent,
    /// Angle.
    Angle,
    /// Turns of a screw or a crank.
    Turns,
}

/// A unit in its one spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The spelling it is compared by, e.g. `N·m`.
    pub name: &'static str,
    /// What it measures.
    pub dimension: Dimension,
}

/// A value or a range, with its unit where the text gives one.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// The value, or the low end.
    pub low: f64,
    /// The high end of a range.
    pub high: Option<f64>,
    /// The unit, in its one spelling; `None` for counts, step numbers and the like.
    pub unit: Option<Unit>,
    /// The words as they stand in the text.
    pub words: String,
}

impl Quantity {
    /// True where both say the same value in the same unit; `18 N·m` is not `18 to 22 N·m`, and not `18`.
    pub fn same_as(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3);
        near(self.low, other.low)
            && match (self.high, other.high) {
                (None, None) => true,
                (Some(a), Some(b)) => near(a, b),
                _ => false,
            }
            && self.unit == other.unit
    }
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A word, lower case.
    Word(String),
    /// A value.
    Quantity(Quantity),
    /// A part number, terminal, thread or other name made of letters and digits, upper case.
    Code(String),
}

/// Reads a text into words, values and codes, in order.
pub fn scan(text: &str) -> Vec<Token> {
    combine(&lex(text))
}

/// The unit that these words name, e.g. `N.m`, `ft-lbs`, `psi`; `None` if they name none.
pub fn unit(words: &str) -> Option<Unit> {
    let spelled: String = words.chars().map(one_spelling).collect();
    let spelled = spelled.trim();
    // Single letters mean a unit in one case only: `12 A` is a current, `5 a` is not.
    if let Some(&(_, name, dimension)) = CASED.iter().find(|(spelling, _, _)| *spelling == spelled) {
        return Some(Unit { name, dimension });
    }
    let lower = spelled.to_lowercase();
    let lower = lower.trim_end_matches('.');
    UNITS
        .iter()
        .find(|(_, _, spellings)| spellings.split('|').any(|spelling| spelling == lower))
        .map(|&(name, dimension, _)| Unit { name, dimension })
}

/// Units whose spelling is told from a word by its case.
const CASED: &[(&str, &str, Dimension)] = &[
    ("V", "V", Dimension::Voltage),
    ("A", "A", Dimension::Current),
    ("W", "W", Dimension::Power),
    ("N", "N", Dimension::Force),
    ("L", "L", Dimension::Volume),
    ("l", "L", Dimension::Volume),
    ("C", "°C", Dimension::Temperature),
    ("F", "°F", Dimension::Temperature),
    ("s", "s", Dimension::Time),
    ("h", "h", Dimension::Time),
    ("m", "m", Dimension::Length),
    ("g", "g", Dimension::Mass),
];

/// Every unit the product compares: its one spelling, what it measures, and how people write it (lower case).
const UNITS: &[(&str, Dimension, &str)] = &[
    (
        "N·m",
        Dimension::Torque,
        "n·m|n.m|n*m|nm|n-m|n m|newton meter|newton meters|newton-meter|newton-meters|newton metre|newton metres|newton-metre|newton-metres",
    ),
    (
        "lb-ft",
        Dimension::Torque,
        "lb-ft|lb·ft|lb.ft|lb ft|lbs-ft|lbf-ft|lbf·ft|lbf ft|ft-lb|ft-lbs|ft·lb|ft.lb|ft lb|ft lbs|ft-lbf|ft·lbf|foot-pound|foot-pounds|foot pound|foot pounds|pound-foot|pound-feet|pound feet|pound foot",
    ),
    (
        "lb-in",
        Dimension::Torque,
        "lb-in|lb·in|lb.in|lb in|lbs-in|lbf-in|lbf·in|in-lb|in-lbs|in·lb|in lb|in lbs|in-lbf|inch-pound|inch-pounds|inch pounds|pound-inch|pound-inches",
    ),
    ("kPa", Dimension::Pressure, "kpa|kilopascal|kilopascals"),
    ("MPa", Dimension::Pressure, "mpa|megapascal|megapascals"),
    ("hPa", Dimension::Pressure, "hpa|hectopascal|hectopascals"),
    ("Pa", Dimension::Pressure, "pa|pascal|pascals"),
    ("psi", Dimension::Pressure, "psi|lb/in²|lb/in2|lbf/in²|pounds per square inch"),
    ("bar", Dimension::Pressure, "bar|bars"),
    ("mbar", Dimension::Pressure, "mbar|millibar|millibars"),
    ("inHg", Dimension::Pressure, "inhg|in.hg|in-hg|in hg"),
    ("inH2O", Dimension::Pressure, "inh2o|in.h2o|in h2o"),
    ("mm", Dimension::Length, "mm|millimeter|millimeters|millimetre|millimetres"),
    ("cm", Dimension::Length, "cm|centimeter|centimeters|centimetre|centimetres"),
    ("m", Dimension::Length, "meter|meters|metre|metres"),
    ("km", Dimension::Length, "km|kilometer|kilometers|kilometre|kilometres"),
    ("µm", Dimension::Length, "µm|um|micron|microns|micrometer|micrometers|micrometre|micrometres"),
    ("in", Dimension::Length, "in|inch|inches|\"|″"),
    ("ft", Dimension::Length, "ft|foot|feet|′"),
    ("mi", Dimension::Length, "mile|miles"),
    ("°C", Dimension::Temperature, "°c|deg c|degree celsius|degrees celsius|degrees c|degree c|celsius"),
    ("°F", Dimension::Temperature, "°f|deg f|degree fahrenheit|degrees fahrenheit|degrees f|degree f|fahrenheit"),
    ("V", Dimension::Voltage, "volt|volts|vac|vdc|v ac|v dc|volts ac|volts dc"),
    ("mV", Dimension::Voltage, "mv|millivolt|millivolts"),
    ("A", Dimension::Current, "amp|amps|ampere|amperes"),
    ("mA", Dimension::Current, "ma|milliamp|milliamps"),
    ("Ω", Dimension::Resistance, "ω|ohm|ohms"),
    ("kΩ", Dimension::Resistance, "kω|kohm|kilohm|kilohms|kilo-ohms"),
    ("MΩ", Dimension::Resistance, "mω|megohm|megohms|mohm"),
    ("W", Dimension::Power, "watt|watts"),
    ("kW", Dimension::Power, "kw|kilowatt|kilowatts"),
    ("kVA", Dimension::Power, "kva"),
    ("hp", Dimension::Power, "hp|horsepower|bhp"),
    ("Hz", Dimension::Frequency, "hz|hertz|cycles per second"),
    ("rpm", Dimension::Speed, "rpm|r/min|rev/min|revolutions per minute|turns per minute"),
    ("mph", Dimension::Speed, "mph|miles per hour"),
    ("km/h", Dimension::Speed, "km/h|kph|kmh"),
    ("L", Dimension::Volume, "liter|liters|litre|litres"),
    ("mL", Dimension::Volume, "ml|milliliter|milliliters|millilitre|millilitres|cc|cm³"),
    ("gal", Dimension::Volume, "gal|gallon|gallons|us gal"),
    ("qt", Dimension::Volume, "qt|qts|quart|quarts"),
    ("pt", Dimension::Volume, "pint|pints"),
    ("fl oz", Dimension::Volume, "fl oz|fluid ounce|fluid ounces"),
    ("L/min", Dimension::Flow, "l/min|liters per minute|litres per minute"),
    ("L/h", Dimension::Flow, "l/h|liters per hour|litres per hour"),
    ("gal/h", Dimension::Flow, "gal/h|gph|gallons per hour"),
    ("kg", Dimension::Mass, "kg|kilogram|kilograms|kilo|kilos"),
    ("g", Dimension::Mass, "gram|grams"),
    ("lb", Dimension::Mass, "lb|lbs|pound|pounds"),
    ("oz", Dimension::Mass, "oz|ounce|ounces"),
    ("N", Dimension::Force, "newton|newtons"),
    ("s", Dimension::Time, "sec|secs|second|seconds"),
    ("min", Dimension::Time, "min|mins|minute|minutes"),
    ("h", Dimension::Time, "hr|hrs|hour|hours"),
    ("d", Dimension::Time, "day|days"),
    ("wk", Dimension::Time, "week|weeks"),
    ("mo", Dimension::Time, "month|months"),
    ("yr", Dimension::Time, "year|years"),
    ("%", Dimension::Percent, "%|percent|per cent"),
    ("°", Dimension::Angle, "°|deg|degree|degrees"),
    ("turn", Dimension::Turns, "turn|turns|revolution|revolutions"),
];

/// One character in its one spelling: dashes, dots, primes, spaces and the degree sign have many.
fn one_spelling(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2022}' | '\u{2219}' | '\u{22c5}' | '\u{2027}' | '\u{30fb}' => '·',
        '\u{ba}' | '\u{2da}' => '°',
        '\u{3bc}' => 'µ',
        '\u{2126}' => 'Ω',
        '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2007}' | '\u{2008}' => ' ',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        other => other,
    }
}

/// A piece before numbers have met their units.
#[derive(Clone, Debug)]
enum Lexeme {
    /// Words keep their case here: a unit may hang on it.
    Word(String),
    /// A number, and its words.
    Number(f64, String),
    /// `-` or `to` between two numbers that stood in one chunk.
    RangeDash,
    /// `/` between numbers that share a unit: `120/240 V`.
    Slash,
    /// A sign that ends a phrase: no number reaches across it for its unit.
    Break,
    Code(String),
}

/// Cuts a text into lexemes.
fn lex(text: &str) -> Vec<Lexeme> {
    let text: String = text.chars().map(one_spelling).collect();
    let mut lexemes = Vec::new();
    for chunk in text.split(|c: char| c.is_whitespace()) {
        let mut rest = chunk;
        while !rest.is_empty() {
            // Brackets and stops inside a chunk part it; a decimal point, a thousands comma and `N.m` do not.
            let cut = rest.char_indices().find(|&(at, c)| {
                matches!(
                    c,
                    '(' | ')' | '[' | ']' | '{' | '}' | ';' | ':' | '!' | '?' | '=' | '×' | '|' | '<' | '>' | '≤' | '≥'
                ) || (matches!(c, '.' | ',')
                    && rest[at + 1..].chars().next().is_none_or(|next| !next.is_alphanumeric()))
            });
            let (piece, after) = match cut {
                Some((at, c)) => (&rest[..at], Some(&rest[at + c.len_utf8()..])),
                None => (rest, None),
            };
            lex_chunk(piece, &mut lexemes);
            let Some(after) = after else { break };
            lexemes.push(Lexeme::Break);
            rest = after;
        }
    }
    lexemes
}

/// One chunk without spaces or brackets.
fn lex_chunk(chunk: &str, out: &mut Vec<Lexeme>) {
    if chunk.len() > 1
        && let Some(inch) = chunk.strip_suffix('"').or_else(|| chunk.strip_suffix('″'))
        && let Some(value) = number(inch)
    {
        out.push(Lexeme::Number(value, inch.to_owned()));
        out.push(Lexeme::Word("in".to_owned()));
        return;
    }
    let chunk = chunk.trim_matches(|c: char| matches!(c, '"' | '\'' | '`' | '*' | '_' | '#' | ','));
    if chunk.is_empty() {
        return;
    }
    if !chunk.chars().any(char::is_numeric) {
        lex_words(chunk, out);
        return;
    }
    if let Some(value) = number(chunk) {
        out.push(Lexeme::Number(value, chunk.to_owned()));
        return;
    }
    // `2-16`, `12-15V`, `120/240`.
    let body_end = chunk
        .char_indices()
        .find(|&(_, c)| c.is_alphabetic() || matches!(c, '°' | '%' | 'Ω' | 'µ'))
        .map_or(chunk.len(), |(at, _)| at);
    let (body, tail) = chunk.split_at(body_end);
    let tail_unit = unit(tail);
    if !body.is_empty() && (tail.is_empty() || tail_unit.is_some()) {
        let body = body.trim_end_matches('-');
        if let Some(value) = number(body) {
            out.push(Lexeme::Number(value, body.to_owned()));
            push_unit(tail, out);
            return;
        }
        if let Some((low, high)) = body.split_once('-').filter(|(low, _)| !low.is_empty())
            && let (Some(a), Some(b)) = (number(low), number(high))
        {
            out.push(Lexeme::Number(a, low.to_owned()));
            out.push(Lexeme::RangeDash);
            out.push(Lexeme::Number(b, high.to_owned()));
            push_unit(tail, out);
            return;
        }
        let parts: Vec<&str> = body.split('/').collect();
        if parts.len() > 1 && parts.iter().all(|part| number(part).is_some()) {
            for (index, part) in parts.into_iter().enumerate() {
                if index > 0 {
                    out.push(Lexeme::Slash);
                }
                out.extend(number(part).map(|value| Lexeme::Number(value, part.to_owned())));
            }
            push_unit(tail, out);
            return;
        }
    }
    out.push(Lexeme::Code(chunk.to_uppercase()));
}

/// The unit that hangs on a number without a space.
fn push_unit(tail: &str, out: &mut Vec<Lexeme>) {
    if !tail.is_empty() {
        out.push(Lexeme::Word(tail.to_owned()));
    }
}

/// A chunk without digits: a unit stays whole, other hyphens and slashes part words.
fn lex_words(chunk: &str, out: &mut Vec<Lexeme>) {
    if matches!(chunk, "-" | "/" | "&" | "+" | "±") {
        if chunk == "-" {
            out.push(Lexeme::RangeDash);
        }
        return;
    }
    if unit(chunk).is_some() {
        out.push(Lexeme::Word(chunk.to_owned()));
        return;
    }
    let lower = chunk.to_lowercase();
    if let Some(value) = number_word(&lower) {
        out.push(Lexeme::Number(value, chunk.to_owned()));
        return;
    }
    // `one-half`, `two-cylinder`, `five-minute`: the parts are read one by one.
    let parts = chunk.split(|c: char| !(c.is_alphabetic() || c == '\'')).filter(|part| !part.is_empty());
    for part in parts {
        match number_word(&part.to_lowercase()) {
            Some(value) => out.push(Lexeme::Number(value, part.to_owned())),
            None => out.push(Lexeme::Word(part.to_owned())),
        }
    }
}

/// Joins numbers with their ranges and units.
fn combine(lexemes: &[Lexeme]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < lexemes.len() {
        match &lexemes[at] {
            Lexeme::Word(word) => tokens.push(Token::Word(word.to_lowercase())),
            Lexeme::Code(code) => tokens.push(Token::Code(code.clone())),
            Lexeme::RangeDash | Lexeme::Slash | Lexeme::Break => {}
            Lexeme::Number(value, words) => {
                let (quantity, next) = quantity_at(lexemes, at, *value, words);
                tokens.push(Token::Quantity(quantity));
                at = next;
                continue;
            }
        }
        at += 1;
    }
    tokens
}

/// Reads a quantity that begins with the number at `at`; returns it and where to go on.
fn quantity_at(lexemes: &[Lexeme], at: usize, value: f64, words: &str) -> (Quantity, usize) {
    let (low, mut next, mut said) = whole_number(lexemes, at, value, words);
    let (mut unit, after_unit) = unit_at(lexemes, next);
    if matches!(lexemes.get(next), Some(Lexeme::Slash)) {
        let mut end = next;
        while let (Some(Lexeme::Slash), Some(Lexeme::Number(..))) = (lexemes.get(end), lexemes.get(end + 1)) {
            end += 2;
        }
        unit = unit_at(lexemes, end).0;
        return (Quantity { low, high: None, unit, words: said }, next + 1);
    }
    if unit.is_some() {
        said = format!("{said} {}", words_of(&lexemes[next..after_unit]));
        next = after_unit;
    }
    let between = at > 0 && matches!(&lexemes[at - 1], Lexeme::Word(word) if word.eq_ignore_ascii_case("between"));
    let joins = match lexemes.get(next) {
        Some(Lexeme::RangeDash) => true,
        Some(Lexeme::Word(word)) => {
            let word = word.to_lowercase();
            matches!(word.as_str(), "to" | "through" | "thru") || (between && word == "and")
        }
        _ => false,
    };
    let mut high = None;
    if joins
        && let Some(Lexeme::Number(second, second_words)) = lexemes.get(next + 1)
        && *second >= low
    {
        let (second, after, second_said) = whole_number(lexemes, next + 1, *second, second_words);
        let (second_unit, after_second_unit) = unit_at(lexemes, after);
        // `12 V to 15 A` is no range.
        if unit.is_none() || second_unit.is_none() || unit == second_unit {
            high = Some(second);
            unit = second_unit.or(unit);
            let unit_words = words_of(&lexemes[after..after_second_unit]);
            said = format!("{said} to {second_said}{}{unit_words}", if unit_words.is_empty() { "" } else { " " });
            next = after_second_unit;
        }
    }
    (Quantity { low, high, unit, words: said }, next)
}

/// `1 1/2`, `one half`, `two hundred`, `twenty five`: a number of several lexemes.
fn whole_number(lexemes: &[Lexeme], at: usize, value: f64, words: &str) -> (f64, usize, String) {
    let mut total = value;
    let mut said = words.to_owned();
    let mut next = at + 1;
    loop {
        // `one and a half`: the joining words are skipped where a part of one follows.
        let joining = lexemes[next.min(lexemes.len())..]
            .iter()
            .take_while(|lexeme| matches!(lexeme, Lexeme::Word(word) if matches!(word.as_str(), "and" | "a")))
            .count();
        let Some(Lexeme::Number(more, more_words)) = lexemes.get(next + joining) else { break };
        if joining > 0 && !(matches!(more_words.as_str(), "half" | "quarter")) {
            break;
        }
        let spelled = |words: &str| words.chars().all(|c| c.is_alphabetic() || c == '-');
        let part_of_one = *more > 0.0 && *more < 1.0;
        let added = joining > 0 || more_words.contains('/') || !more_words.is_ascii();
        let joined = if total.fract() == 0.0 && part_of_one && added {
            total + more
        } else if part_of_one && spelled(words) && spelled(more_words) {
            // `three quarters`, `one half`.
            total * more
        } else if spelled(words) && spelled(more_words) && *more >= 100.0 && total < *more {
            total * more
        } else if spelled(words) && spelled(more_words) && total >= 20.0 && total % 10.0 == 0.0 && *more < 10.0 {
            total + more
        } else {
            break;
        };
        total = joined;
        said = format!("{said} {more_words}");
        next += joining + 1;
    }
    (total, next, said)
}

/// The unit at `at`, of up to three words, and where it ends.
fn unit_at(lexemes: &[Lexeme], at: usize) -> (Option<Unit>, usize) {
    let words: Vec<&str> = lexemes[at.min(lexemes.len())..]
        .iter()
        .take(3)
        .map_while(|lexeme| match lexeme {
            Lexeme::Word(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    for count in (1..=words.len()).rev() {
        if let Some(unit) = unit(&words[..count].join(" ")) {
            // `put 4 in the holes` holds no inches.
            let follows = words.get(count).map(|word| word.to_lowercase());
            let preposition = words[..count] == ["in"]
                && follows.is_some_and(|word| {
                    matches!(word.as_str(), "the" | "a" | "an" | "each" | "this" | "that" | "order" | "its")
                });
            if !preposition {
                return (Some(unit), at + count);
            }
        }
    }
    (None, at)
}

fn words_of(lexemes: &[Lexeme]) -> String {
    let words: Vec<&str> = lexemes
        .iter()
        .filter_map(|lexeme| match lexeme {
            Lexeme::Word(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    words.join(" ")
}

/// Digits, with a sign, a decimal point or comma, thousands commas, or a fraction; `None` for anything else.
fn number(text: &str) -> Option<f64> {
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => (-1.0, body),
        None => (1.0, text.trim_start_matches(['+', '±'])),
    };
    if let Some(&(_, value)) = VULGAR.iter().find(|(c, _)| body.ends_with(*c)) {
        let whole = &body[..body.len() - body.chars().last().map_or(0, char::len_utf8)];
        let whole = if whole.is_empty() { 0.0 } else { digits(whole)? };
        return Some(sign * (whole + value));
    }
    if let Some((top, bottom)) = body.split_once('/') {
        // `120/240 V` names two voltages; a fraction of an inch has a power of two below, a half a 2, and so on.
        let (a, b) = (digits(top)?, digits(bottom)?);
        let fraction = a < b && matches!(bottom, "2" | "3" | "4" | "5" | "6" | "8" | "10" | "16" | "32" | "64");
        return fraction.then_some(sign * a / b);
    }
    digits(body).map(|value| sign * value)
}

const VULGAR: &[(char, f64)] = &[
    ('½', 0.5),
    ('¼', 0.25),
    ('¾', 0.75),
    ('⅛', 0.125),
    ('⅜', 0.375),
    ('⅝', 0.625),
    ('⅞', 0.875),
    ('⅓', 1.0 / 3.0),
    ('⅔', 2.0 / 3.0),
];

/// Unsigned digits with a decimal point or comma, or thousands commas.
fn digits(text: &str) -> Option<f64> {
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return None;
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.') || text.ends_with(['.', ',']) {
        return None;
    }
    let groups: Vec<&str> = text.split(',').collect();
    let thousands = groups.len() > 1
        && (1..=3).contains(&groups[0].len())
        && groups[0] != "0"
        && groups[1..].iter().all(|group| group.split('.').next().is_some_and(|whole| whole.len() == 3));
    if thousands {
        return text.replace(',', "").parse().ok();
    }
    if groups.len() > 2 || (groups.len() == 2 && text.contains('.')) {
        return None;
    }
    text.replace(',', ".").parse().ok()
}

/// The value of a number word.
fn number_word(word: &str) -> Option<f64> {
    const WORDS: &[(&str, f64)] = &[
        ("half", 0.5),
        ("quarter", 0.25),
        ("quarters", 0.25),
        ("zero", 0.0),
        ("one", 1.0),
        ("two", 2.0),
        ("three", 3.0),
        ("four", 4.0),
        ("five", 5.0),
        ("six", 6.0),
        ("seven", 7.0),
        ("eight", 8.0),
        ("nine", 9.0),
        ("ten", 10.0),
        ("eleven", 11.0),
        ("twelve", 12.0),
        ("thirteen", 13.0),
        ("fourteen", 14.0),
        ("fifteen", 15.0),
        ("sixteen", 16.0),
        ("seventeen", 17.0),
        ("eighteen", 18.0),
        ("nineteen", 19.0),
        ("twenty", 20.0),
        ("thirty", 30.0),
        ("forty", 40.0),
        ("fifty", 50.0),
        ("sixty", 60.0),
        ("seventy", 70.0),
        ("eighty", 80.0),
        ("ninety", 90.0),
        ("hundred", 100.0),
        ("thousand", 1000.0),
    ];
    WORDS.iter().find(|(known, _)| *known == word).map(|&(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantities of a text as `low[..high][ unit]`.
    fn check(text: &str, expect: &[&str]) {
        let found: Vec<String> = scan(text)
            .into_iter()
            .filter_map(|token| match token {
                Token::Quantity(q) => Some(format!(
                    "{}{}{}",
                    q.low,
                    q.high.map(|high| format!("..{high}")).unwrap_or_default(),
                    q.unit.map(|unit| format!(" {}", unit.name)).unwrap_or_default()
                )),
                Token::Code(code) => Some(format!("#{code}")),
                Token::Word(_) => None,
            })
            .collect();
        assert_eq!(found, expect, "in {text:?}");
    }

    #[test]
    fn one_torque_in_many_spellings() {
        for text in [
            "18 N·m",
            "18 N•m",
            "18 N.m",
            "18 N*m",
            "18 Nm",
            "18Nm",
            "18 N m",
            "18 newton meters",
            "18.0 N⋅m.",
            "eighteen newton-meters",
        ] {
            check(text, &["18 N·m"]);
        }
        for text in
            ["13 lb-ft", "13 ft-lb", "13 ft-lbs", "13 lb ft", "13 foot pounds", "13 lbf·ft", "thirteen pound-feet"]
        {
            check(text, &["13 lb-ft"]);
        }
        check("Tighten it to 18 N·m (13 lb-ft) with the wrench.", &["18 N·m", "13 lb-ft"]);
    }

    #[test]
    fn ranges_share_their_unit() {
        for text in [
            "25-33 lb-ft",
            "25–33 lb-ft",
            "25 - 33 lb-ft",
            "25 to 33 lb-ft",
            "between 25 and 33 lb-ft",
            "25 lb-ft to 33 lb-ft",
        ] {
            check(text, &["25..33 lb-ft"]);
        }
        check("number 1 and 2", &["1", "2"]);
        check("12 V to 15 A", &["12 V", "15 A"]);
        check("para 4-8", &["4..8"]);
    }

    #[test]
    fn decimals_fractions_signs_and_words() {
        check("0,5 h or 0.5 h or ½ hour or 1/2 hr", &["0.5 h", "0.5 h", "0.5 h", "0.5 h"]);
        check("1,500 rpm and 1500 r/min", &["1500 rpm", "1500 rpm"]);
        check("−20 °C (-4 °F)", &["-20 °C", "-4 °F"]);
        check("1 1/2 in. and 1½ inches and 2\"", &["1.5 in", "1.5 in", "2 in"]);
        check("120/240 V AC, 60 Hz", &["120 V", "240 V", "60 Hz"]);
        check("five minutes; twenty five turns; two hundred hours", &["5 min", "25 turn", "200 h"]);
        check(
            "one and a half turns; half a turn; three quarters of a turn; three-quarter turn",
            &["1.5 turn", "0.5", "0.75", "0.75 turn"],
        );
        check("a 24-V system with two 12 V batteries", &["24 V", "2", "12 V"]);
        check("Install 4 in the holes", &["4"]);
        check("5 µm, 5 μm and 5 microns", &["5 µm", "5 µm", "5 µm"]);
    }

    #[test]
    fn codes_stay_whole() {
        check("element 5G28-2101, M8 bolts, L1, Mk 2", &["#5G28-2101", "#M8", "#L1", "2"]);
        check("tool 5GT-104.", &["#5GT-104"]);
    }

    #[test]
    fn a_range_is_not_its_end() {
        let first = |text: &str| match scan(text).remove(0) {
            Token::Quantity(q) => q,
            other => panic!("{other:?}"),
        };
        assert!(first("18 N·m").same_as(&first("18.0 Nm")));
        assert!(!first("18 N·m").same_as(&first("18 to 22 N·m")));
        assert!(!first("18 N·m").same_as(&first("18 lb-ft")));
        assert!(!first("18").same_as(&first("18 N·m")));
    }
}
