//! Numbers as words. Must not know what they count.

const ONES: [&str; 20] = [
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
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A whole number, as one says it: "one thousand eight hundred".
pub(super) fn cardinal(number: u64) -> String {
    let below_hundred = |n: u64| match (n / 10, n % 10) {
        (0 | 1, _) => ONES[n as usize].to_owned(),
        (tens, 0) => TENS[tens as usize].to_owned(),
        (tens, ones) => format!("{}-{}", TENS[tens as usize], ONES[ones as usize]),
    };
    let rest = |n: u64| if n == 0 { String::new() } else { format!(" {}", cardinal(n)) };
    match number {
        0..=99 => below_hundred(number),
        100..=999 => format!("{} hundred{}", ONES[(number / 100) as usize], rest(number % 100)),
        1_000..=999_999 => format!("{} thousand{}", cardinal(number / 1_000), rest(number % 1_000)),
        1_000_000..=999_999_999 => format!("{} million{}", cardinal(number / 1_000_000), rest(number % 1_000_000)),
        _ => digits(&number.to_string()),
    }
}

/// Digit by digit.
pub(super) fn digits(run: &str) -> String {
    let words: Vec<_> = run.chars().filter_map(|c| c.to_digit(10)).map(|digit| ONES[digit as usize]).collect();
    words.join(" ")
}

/// A run of digits that counts something: leading zeros and very long runs are said digit by digit.
pub(super) fn count(run: &str) -> String {
    let leading_zero = run.len() > 1 && run.starts_with('0');
    match run.parse::<u64>() {
        Ok(number) if !leading_zero && run.len() <= 7 => cardinal(number),
        _ => digits(run),
    }
}

/// A number with its fraction: whole digits and the digits after the point.
pub(super) fn decimal(whole: &str, fraction: &str) -> String {
    let whole = if whole.is_empty() { "zero".to_owned() } else { count(whole) };
    format!("{whole} point {}", digits(fraction))
}

/// A group of a document's number, in pairs as clerks say them: "twenty-eight fifteen", "two thirty-seven".
pub(super) fn pairs(run: &str) -> String {
    let plain = |pair: &str| if pair.starts_with('0') { digits(pair) } else { count(pair) };
    match run.len() {
        1 | 2 => plain(run),
        3 if !run[1..].starts_with('0') => format!("{} {}", digits(&run[..1]), count(&run[1..])),
        4 if !run.starts_with('0') && !run[2..].starts_with('0') => {
            format!("{} {}", count(&run[..2]), count(&run[2..]))
        }
        _ => digits(run),
    }
}

/// A fraction as one says it; `None` for denominators that nobody uses.
pub(super) fn fraction(over: u64, under: u64) -> Option<String> {
    let (one, many) = match under {
        2 => ("half", "halves"),
        3 => ("third", "thirds"),
        4 => ("quarter", "quarters"),
        5 => ("fifth", "fifths"),
        6 => ("sixth", "sixths"),
        8 => ("eighth", "eighths"),
        10 => ("tenth", "tenths"),
        16 => ("sixteenth", "sixteenths"),
        32 => ("thirty-second", "thirty-seconds"),
        64 => ("sixty-fourth", "sixty-fourths"),
        _ => return None,
    };
    Some(format!("{} {}", cardinal(over), if over == 1 { one } else { many }))
}
