//! A line of a manual as a mechanic would say it: "12 N·m (9 lb-ft)" is "twelve newton meters, nine pound feet". Says
//! everything that is written and nothing else; only the ear's copy is changed, never what is shown. Pure. Must not know engines.

mod numbers;
mod units;

use self::{
    numbers::{cardinal, count, decimal, digits, fraction, pairs},
    units::{ACRONYMS, SIZED, UNITS, Unit, WORDS},
};

/// The line in words that any speech engine reads alike.
pub fn spoken(line: &str) -> String {
    let text: Vec<char> = line.chars().map(plain).collect();
    let mut speller = Speller { text: &text, at: 0, out: String::new() };
    while speller.at < text.len() {
        speller.next();
    }
    tidy(&speller.out)
}

/// One form for characters that are written in several.
fn plain(c: char) -> char {
    match c {
        '\u{a0}' | '\u{2009}' | '\u{202f}' | '\t' | '\n' | '\r' => ' ',
        '‐' | '‑' | '−' => '-',
        '’' => '\'',
        other => other,
    }
}

struct Speller<'a> {
    text: &'a [char],
    at: usize,
    out: String,
}

/// A number as written.
struct Number {
    words: String,
    /// Exactly one of something, so that its unit is not several.
    one: bool,
    end: usize,
}

impl Speller<'_> {
    fn char(&self, at: usize) -> char {
        self.text.get(at).copied().unwrap_or(' ')
    }

    fn slice(&self, from: usize, to: usize) -> String {
        self.text[from.min(self.text.len())..to.min(self.text.len())].iter().collect()
    }

    fn say(&mut self, words: &str) {
        if !self.out.is_empty() && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
        self.out.push_str(words);
        self.out.push(' ');
    }

    fn at_word_start(&self) -> bool {
        self.at == 0 || !self.char(self.at - 1).is_alphanumeric()
    }

    fn next(&mut self) {
        let c = self.char(self.at);
        let known = self.at_word_start()
            && (self.document() || self.stock_number() || self.short_word() || self.part_number() || self.quantity());
        if known {
            return;
        }
        if c.is_ascii_digit() {
            // A number inside something odd: said all the same.
            let end = self.run(self.at, |c| c.is_ascii_digit());
            let words = count(&self.slice(self.at, end));
            self.at = end;
            self.say(&words);
        } else if c.is_alphabetic() {
            self.word();
        } else {
            self.mark(c);
        }
    }

    /// Where a run of such characters that begins at `from` ends.
    fn run(&self, from: usize, like: impl Fn(char) -> bool) -> usize {
        (from..self.text.len()).find(|at| !like(self.text[*at])).unwrap_or(self.text.len())
    }

    /// `TM 9-2815-237-34`, `MIL-STD-40051`.
    fn document(&mut self) -> bool {
        for kind in ["TM", "TB", "FM", "TC", "LO", "DA PAM", "SB", "AR", "MIL-STD", "MIL-PRF", "MIL-DTL"] {
            let from = self.at + kind.chars().count();
            if self.slice(self.at, from) != kind || !matches!(self.char(from), ' ' | '-') {
                continue;
            }
            let end = self.run(from + 1, |c| c.is_ascii_alphanumeric() || c == '-');
            let number = self.slice(from + 1, end);
            let number = number.trim_end_matches('-');
            if !number.starts_with(|c: char| c.is_ascii_digit()) || (!kind.starts_with("MIL") && !number.contains('-'))
            {
                continue;
            }
            let groups: Vec<String> = number.split('-').map(group_in_pairs).collect();
            let name = match kind {
                "MIL-STD" => "mil standard".to_owned(),
                "MIL-PRF" => "mil P R F".to_owned(),
                "MIL-DTL" => "mil D T L".to_owned(),
                other => letters(other),
            };
            let words = if kind.starts_with("MIL") {
                format!("{name} {}", number.split('-').map(group_digits).collect::<Vec<_>>().join(" dash "))
            } else {
                format!("{name} {}", groups.join(" dash "))
            };
            self.at = from + 1 + number.chars().count();
            self.say(&words);
            return true;
        }
        false
    }

    /// A national stock number, `2910-01-234-5678`: digit by digit, with breaths.
    fn stock_number(&mut self) -> bool {
        let end = self.run(self.at, |c| c.is_ascii_digit() || c == '-');
        let number = self.slice(self.at, end);
        let groups: Vec<&str> = number.split('-').collect();
        if groups.iter().map(|group| group.len()).collect::<Vec<_>>() != [4, 2, 3, 4]
            || self.char(end).is_alphanumeric()
        {
            return false;
        }
        let words = groups.iter().map(|group| digits(group)).collect::<Vec<_>>().join(", ");
        self.at = end;
        self.say(&words);
        true
    }

    /// Words that stand for others: `Mk`, `No.`, `P/N`.
    fn short_word(&mut self) -> bool {
        for (written, said) in WORDS {
            let end = self.at + written.chars().count();
            let next = self.char(end);
            if self.slice(self.at, end) != *written
                || (next.is_alphanumeric() && !written.ends_with(['/', '.']))
                || next == '/'
            {
                continue;
            }
            // `No.` before a number only: at the end of a sentence it is the word.
            if written.to_lowercase() == "no."
                && !self.text[end..].iter().find(|c| **c != ' ').is_some_and(char::is_ascii_digit)
            {
                continue;
            }
            let ends_sentence = written.ends_with('.') && self.ends_sentence(end);
            self.at = end;
            self.say(said);
            if ends_sentence {
                self.out.push_str(". ");
            }
            return true;
        }
        false
    }

    /// Letters and digits in one: `M12`, `FGS-5`, `JP-8`, `12345-AB7`.
    fn part_number(&mut self) -> bool {
        let end = self.run(self.at, |c| c.is_ascii_alphanumeric() || c == '-');
        let mut token = self.slice(self.at, end);
        while token.ends_with('-') {
            token.pop();
        }
        let has_digit = token.contains(|c: char| c.is_ascii_digit());
        let has_upper = token.contains(|c: char| c.is_ascii_uppercase());
        let lower = token.chars().filter(char::is_ascii_lowercase).count();
        // `12V` and `5N` are quantities; `12-mm` too.
        if !has_digit || !has_upper || lower > 1 || self.measured(&token) {
            return false;
        }
        let groups: Vec<String> = token.split('-').map(group_of_part).collect();
        let long = token.len() > 6;
        self.at += token.chars().count();
        self.say(&groups.join(if long { ", " } else { " " }));
        true
    }

    /// Whether a token is a number with a unit.
    fn measured(&self, token: &str) -> bool {
        let number = token.chars().take_while(char::is_ascii_digit).count();
        number > 0 && self.unit(self.at + number, false).is_some_and(|(_, end)| end >= self.at + token.chars().count())
    }

    /// A number, a range or a fraction, with its unit.
    fn quantity(&mut self) -> bool {
        let minus = self.char(self.at) == '-' && self.char(self.at + 1).is_ascii_digit();
        let start = self.at + usize::from(minus);
        let Some(number) = self.number(start) else { return false };
        // Three groups or more are no range: a date, a telephone or document number.
        let hyphens = self.run(start, |c| c.is_ascii_digit() || c == '-');
        let grouped = self.slice(start, hyphens);
        if grouped.trim_end_matches('-').matches('-').count() >= 2 {
            let grouped = grouped.trim_end_matches('-');
            let words = grouped.split('-').map(group_in_pairs).collect::<Vec<_>>().join(" dash ");
            self.at = start + grouped.len();
            self.say(&words);
            return true;
        }
        let mut words = if minus { format!("minus {}", number.words) } else { number.words };
        let (mut end, mut one) = (number.end, number.one);
        if let Some((link, second)) = self.second(end) {
            words = format!("{words} {link} {}", second.words);
            (end, one) = (second.end, false);
            // `10 x 20 x 5 mm`
            while let Some((link, third)) = self.second(end).filter(|(link, _)| *link == "by") {
                words = format!("{words} {link} {}", third.words);
                end = third.end;
            }
        }
        self.at = end;
        let attached = self.char(end) == '-';
        if let Some((unit, after)) = self.unit(end, words.contains(" half") || words.contains(" point ")) {
            let said = if one || attached || self.sizes(after) { unit.one } else { unit.many };
            let ends_sentence = self.char(after - 1) == '.' && self.ends_sentence(after);
            let words = thousandths(&words, said).unwrap_or_else(|| format!("{words} {said}"));
            self.at = after;
            self.say(&words);
            if ends_sentence {
                self.out.push_str(". ");
            }
        } else {
            self.say(&words);
        }
        true
    }

    /// The number that begins here.
    fn number(&self, start: usize) -> Option<Number> {
        let mut end = self.run(start, |c| c.is_ascii_digit());
        // `.002`
        let bare_point = end == start && self.char(start) == '.' && self.char(start + 1).is_ascii_digit();
        if end == start && !bare_point {
            return None;
        }
        let mut whole = self.slice(start, end);
        // Thousands: `1,800`
        while !whole.is_empty()
            && whole.len() <= 9
            && self.char(end) == ','
            && self.run(end + 1, |c| c.is_ascii_digit()) == end + 4
        {
            whole.push_str(&self.slice(end + 1, end + 4));
            end += 4;
        }
        if let Some(number) = self.fraction(&whole, end) {
            return Some(number);
        }
        if self.char(end) == '.' && self.char(end + 1).is_ascii_digit() {
            let mut after = self.run(end + 1, |c| c.is_ascii_digit());
            let mut words = decimal(&whole, &self.slice(end + 1, after));
            // `3.2.1`
            while self.char(after) == '.' && self.char(after + 1).is_ascii_digit() {
                let next = self.run(after + 1, |c| c.is_ascii_digit());
                words = format!("{words} point {}", count(&self.slice(after + 1, next)));
                after = next;
            }
            return Some(Number { words, one: false, end: after });
        }
        if let Some((words, after)) = self.glyph(end) {
            return Some(Number { words: format!("{} and {words}", count(&whole)), one: false, end: after });
        }
        Some(Number { words: count(&whole), one: whole == "1", end })
    }

    /// `1/2`, `1 1/2`, `1-1/2` after the first run of digits.
    fn fraction(&self, whole: &str, end: usize) -> Option<Number> {
        let pair = |over: &str, slash: usize| {
            let after = self.run(slash + 1, |c| c.is_ascii_digit());
            let (over, under) = (over.parse().ok()?, self.slice(slash + 1, after).parse().ok()?);
            (self.char(after) != '/').then_some(())?;
            let words = fraction(over, under)
                .filter(|_| over < under && over > 0)
                .unwrap_or_else(|| format!("{} over {}", cardinal(over), cardinal(under)));
            Some((words, after))
        };
        if self.char(end) == '/' && self.char(end + 1).is_ascii_digit() && !whole.starts_with('0') && whole.len() < 7 {
            let (words, after) = pair(whole, end)?;
            return Some(Number { words, one: true, end: after });
        }
        if matches!(self.char(end), ' ' | '-') {
            let over_end = self.run(end + 1, |c| c.is_ascii_digit());
            if over_end > end + 1 && self.char(over_end) == '/' && self.char(over_end + 1).is_ascii_digit() {
                let over = self.slice(end + 1, over_end);
                let (words, after) = pair(&over, over_end)?;
                // A mixed number has a true fraction; `10 12/24 V` has none.
                if !words.contains(" over ") {
                    return Some(Number { words: format!("{} and {words}", count(whole)), one: false, end: after });
                }
            }
        }
        None
    }

    /// A fraction in one character.
    fn glyph(&self, at: usize) -> Option<(String, usize)> {
        let (over, under) = match self.char(at) {
            '½' => (1, 2),
            '¼' => (1, 4),
            '¾' => (3, 4),
            '⅛' => (1, 8),
            '⅜' => (3, 8),
            '⅝' => (5, 8),
            '⅞' => (7, 8),
            '⅓' => (1, 3),
            '⅔' => (2, 3),
            _ => return None,
        };
        Some((fraction(over, under)?, at + 1))
    }

    /// What links this number to a second, and the second.
    fn second(&self, end: usize) -> Option<(&'static str, Number)> {
        let tight = |at: usize| self.number(at);
        match self.char(end) {
            '–' | '—' => tight(end + 1 + usize::from(self.char(end + 1) == ' ')).map(|second| ("to", second)),
            '×' => tight(end + 1 + usize::from(self.char(end + 1) == ' ')).map(|second| ("by", second)),
            '-' => {
                let second = tight(end + 1)?;
                // With a unit it is a range; without one, a paragraph or a figure.
                let link = if self.unit(second.end, false).is_some() { "to" } else { "dash" };
                Some((link, second))
            }
            '/' => tight(end + 1).map(|second| ("over", second)),
            ':' => tight(end + 1).map(|second| ("to", second)),
            ' ' if matches!(self.char(end + 1), 'x' | 'X' | '×') && self.char(end + 2) == ' ' => {
                tight(end + 3).map(|second| ("by", second))
            }
            ' ' if matches!(self.char(end + 1), '–' | '—' | '-') && self.char(end + 2) == ' ' => {
                tight(end + 3).map(|second| ("to", second))
            }
            _ => None,
        }
    }

    /// The unit that stands at `end` or one space or hyphen after it, and where it ends.
    fn unit(&self, end: usize, surely: bool) -> Option<(&'static Unit, usize)> {
        let from = end + usize::from(matches!(self.char(end), ' ' | '-'));
        let mut best: Option<(&'static Unit, usize)> = None;
        for (forms, unit) in UNITS {
            for form in *forms {
                let after = from + form.chars().count();
                let next = self.char(after);
                let whole = !next.is_alphanumeric() || !form.ends_with(|c: char| c.is_alphanumeric());
                if self.slice(from, after) == *form && whole && best.is_none_or(|(_, longest)| after > longest) {
                    best = Some((unit, after));
                }
            }
        }
        if let Some((_, after)) = best {
            // `5 A-frame` and `2 L-shaped` are no quantities.
            let short = after - from == 1 && self.char(from).is_ascii_alphabetic();
            return best.filter(|_| !(short && self.char(after) == '-' && self.char(after + 1).is_alphabetic()));
        }
        // `1 in)`: the word "in" only where no word follows.
        let inch = self.slice(from, from + 2) == "in" && !self.char(from + 2).is_alphanumeric();
        let follows = self.text.get(from + 2..).unwrap_or_default().iter().find(|c| **c != ' ');
        let closed = follows.is_none_or(|c| !c.is_alphanumeric());
        if inch && (closed || surely) {
            return UNITS.iter().find(|(forms, _)| forms.contains(&"inch")).map(|(_, unit)| (unit, from + 2));
        }
        None
    }

    /// Whether the next word is a thing of this size.
    fn sizes(&self, after: usize) -> bool {
        if self.char(after) != ' ' {
            return false;
        }
        let end = self.run(after + 1, |c| c.is_alphabetic() || c == '-');
        SIZED.contains(&self.slice(after + 1, end).to_lowercase().as_str())
    }

    /// Whether a point before `at` also ends the sentence.
    fn ends_sentence(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or_default();
        match rest.iter().find(|c| **c != ' ') {
            None => true,
            Some(c) => rest[0] == ' ' && c.is_uppercase(),
        }
    }

    fn word(&mut self) {
        let end = self.run(self.at, |c| c.is_alphabetic() || c == '\'');
        let word = self.slice(self.at, end);
        let capital = word.chars().count() > 1 && word.chars().all(char::is_uppercase);
        let vowels = word.contains(|c| "AEIOUY".contains(c));
        self.at = end;
        // `M8 x 1.25`
        if word == "x"
            && self.char(end) == ' '
            && self.char(end + 1).is_ascii_digit()
            && self.at >= 2
            && self.char(self.at - 2) == ' '
        {
            self.say("by");
        } else if capital && (ACRONYMS.contains(&word.as_str()) || (!vowels && word.chars().count() <= 6)) {
            self.say(&letters(&word));
        } else if capital {
            self.push(&word.to_lowercase());
        } else if let Some(stem) = word.strip_suffix('s').filter(|stem| ACRONYMS.contains(stem)) {
            self.say(&format!("{}s", letters(stem)));
        } else {
            self.push(&word);
        }
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn mark(&mut self, c: char) {
        self.at += 1;
        let next = self.char(self.at);
        match c {
            '&' => self.say("and"),
            '%' => self.say("percent"),
            '±' => self.say("plus or minus"),
            '+' => self.say("plus"),
            '=' => self.say("equals"),
            '<' => self.say("less than"),
            '>' => self.say("more than"),
            '≤' => self.say("at most"),
            '≥' => self.say("at least"),
            '≈' | '~' => self.say("about"),
            '×' => self.say("by"),
            '#' => self.say("number"),
            '@' => self.say("at"),
            '°' => self.say("degrees"),
            'Ω' => self.say("ohms"),
            '½' | '¼' | '¾' | '⅛' | '⅜' | '⅝' | '⅞' | '⅓' | '⅔' => {
                if let Some((words, _)) = self.glyph(self.at - 1) {
                    let words = self.unit(self.at, true).map_or(words.clone(), |(unit, after)| {
                        self.at = after;
                        format!("{words} {}", unit.one)
                    });
                    self.say(&words);
                }
            }
            '-' if next.is_ascii_digit() => self.say("dash"),
            '-' => self.push(if next.is_alphanumeric() && !self.out.ends_with(' ') { "-" } else { " " }),
            '–' | '—' | '(' | ')' | '[' | ']' | ';' => self.push(", "),
            ':' | ',' | '.' | '!' | '?' | '\'' => self.out.push(c),
            _ => self.push(" "),
        }
    }
}

/// `0.002 in.` is "two thousandths of an inch" to whoever has held a feeler gauge.
fn thousandths(words: &str, unit: &str) -> Option<String> {
    if unit != "inch" && unit != "inches" {
        return None;
    }
    let said = |number: &str| {
        let fraction = number.strip_prefix("zero point ")?;
        let all: Vec<_> = fraction.split(' ').collect();
        if all.len() != 3 || all[0] != "zero" {
            return None;
        }
        let value = all.iter().try_fold(0, |sum, word| Some(sum * 10 + (0..10).find(|n| cardinal(*n) == *word)?))?;
        (value > 0).then(|| (value, cardinal(value)))
    };
    if let Some((low, high)) = words.split_once(" to ") {
        let ((_, low), (_, high)) = (said(low)?, said(high)?);
        return Some(format!("{low} to {high} thousandths of an inch"));
    }
    let (value, number) = said(words)?;
    Some(format!("{number} thousandth{} of an inch", if value == 1 { "" } else { "s" }))
}

/// Letter by letter.
fn letters(word: &str) -> String {
    let all: Vec<String> = word.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).collect();
    all.join(" ")
}

/// Letters one by one; digits as `number` says them.
fn group(group: &str, number: impl Fn(&str) -> String) -> String {
    let mut words = Vec::new();
    let mut rest = group;
    while let Some(first) = rest.chars().next() {
        let digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
        words.push(if digit { number(&rest[..end]) } else { letters(&rest[..end]) });
        rest = &rest[end..];
    }
    words.join(" ")
}

fn group_in_pairs(text: &str) -> String {
    group(text, pairs)
}

fn group_digits(text: &str) -> String {
    group(text, digits)
}

/// Of a part number: up to two digits as a number, more one by one.
fn group_of_part(text: &str) -> String {
    group(text, |run| if run.len() <= 2 && !run.starts_with('0') { count(run) } else { digits(run) })
}

/// Single spaces; marks close to the word before them; no two marks in a row.
fn tidy(out: &str) -> String {
    let mut tidied = String::with_capacity(out.len());
    for c in out.chars() {
        let mark = ".,:!?".contains(c);
        if mark || c == ' ' {
            let last = tidied.chars().next_back();
            if mark {
                while tidied.ends_with(' ') {
                    tidied.pop();
                }
                match tidied.chars().next_back() {
                    None | Some('.' | '!' | '?') => continue,
                    Some(',' | ':') => {
                        tidied.pop();
                    }
                    Some(_) => {}
                }
            } else if last.is_none_or(|last| last == ' ') {
                continue;
            }
        }
        tidied.push(c);
    }
    tidied.trim_end_matches([' ', ',']).to_owned()
}

#[cfg(test)]
mod tests;
