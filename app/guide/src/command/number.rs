//! Step numbers as people say them: `3`, `3.2`, `three point two`, `twenty one`. Must not know commands.

/// The number that these words are, and nothing else, as the manual writes it: `3.2`, `12`, `4a`.
pub(super) fn step_number(words: &[String]) -> Option<String> {
    let mut groups: Vec<Vec<&str>> = vec![Vec::new()];
    for word in words {
        if matches!(word.as_str(), "point" | "dot" | "decimal") {
            groups.push(Vec::new());
        } else {
            groups.last_mut()?.push(word);
        }
    }
    let last = groups.len() - 1;
    let mut numbers: Vec<String> = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        numbers.push(whole(group, index == 0 && last == 0)?);
    }
    Some(numbers.join("."))
}

/// A number without a point. `lone`: the words are the whole number, so that what is heard as `to` or `for` may be one.
fn whole(words: &[&str], lone: bool) -> Option<String> {
    match words {
        [word] => digits(word)
            .or_else(|| units(word).map(|n| n.to_string()))
            .or_else(|| tens(word).map(|n| n.to_string()))
            .or_else(|| {
                let heard = match *word {
                    "to" | "too" => "2",
                    "for" | "fore" => "4",
                    "won" => "1",
                    "ate" => "8",
                    _ => return None,
                };
                lone.then(|| heard.to_owned())
            }),
        // "four a" is a step 4a only where the manual letters its steps; a lone letter follows a digit.
        [word, letter] if letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase()) => {
            let number = digits(word).or_else(|| units(word).map(|n| n.to_string()))?;
            Some(format!("{number}{letter}"))
        }
        [ten, unit] => {
            let (ten, unit) = (tens(ten)?, units(unit).filter(|unit| (1..10).contains(unit))?);
            Some((ten + unit).to_string())
        }
        _ => None,
    }
}

/// `3`, `3.2`, `4a`.
fn digits(word: &str) -> Option<String> {
    let numeral = word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().filter(char::is_ascii_alphabetic).count() <= 1
        && word.chars().all(|c| c.is_ascii_digit() || c == '.' || c.is_ascii_lowercase())
        && !word.ends_with('.')
        && !word.contains("..");
    let ordinal = ["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end));
    (numeral && !ordinal).then(|| word.to_owned())
}

/// A whole number in words, written together: `twentyone`. From a hundred on digit by digit.
pub(super) fn in_words(number: u32) -> String {
    match number {
        0..20 => UNITS[number as usize].to_owned(),
        20..100 if number.is_multiple_of(10) => TENS[number as usize / 10 - 2].to_owned(),
        20..100 => format!("{}{}", TENS[number as usize / 10 - 2], UNITS[number as usize % 10]),
        _ => number.to_string().bytes().map(|digit| UNITS[usize::from(digit - b'0')]).collect(),
    }
}

/// The words of a number below a hundred: `twenty`, `one`.
pub(super) fn apart(number: u32) -> Vec<String> {
    match number {
        21..100 if !number.is_multiple_of(10) => vec![in_words(number / 10 * 10), in_words(number % 10)],
        _ => vec![in_words(number)],
    }
}

/// The words that step numbers are made of.
pub(super) fn words_said() -> impl Iterator<Item = &'static str> {
    UNITS.into_iter().chain(TENS).chain(["point", "a", "b", "c", "d", "e", "f"])
}

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

fn units(word: &str) -> Option<u32> {
    UNITS.iter().position(|own| *own == word).map(|index| index as u32)
}

fn tens(word: &str) -> Option<u32> {
    TENS.iter().position(|own| *own == word).map(|index| (index as u32 + 2) * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoken_numbers() {
        for (said, expect) in [
            ("3", Some("3")),
            ("3.2", Some("3.2")),
            ("three", Some("3")),
            ("three point two", Some("3.2")),
            ("twelve", Some("12")),
            ("twenty one", Some("21")),
            ("twenty", Some("20")),
            ("two point one point four", Some("2.1.4")),
            ("3 point 2", Some("3.2")),
            ("four", Some("4")),
            ("for", Some("4")),
            ("to", Some("2")),
            ("4a", Some("4a")),
            ("four b", Some("4b")),
            ("three two", None),
            ("point", None),
            ("three point", None),
            ("twenty twenty", None),
            ("3rd", None),
            ("wrench", None),
            ("", None),
        ] {
            let words: Vec<String> = said.split_whitespace().map(str::to_owned).collect();
            assert_eq!(step_number(&words).as_deref(), expect, "{said}");
        }
    }
}
