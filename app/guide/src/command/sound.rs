//! How English words sound, roughly: enough to tell that `necks` may have been `next`. Must not know commands.
//!
//! Letters become phones by a few rules of spelling. What matters is that words which are confused for each other come out
//! near, not that each is right.

/// A sound, named by a letter of its own: vowels `a e i o u`, `S` as in *ship*, `C` as in *chip*, `J` as in *jet*, `T` as
/// in *thin*, the others as they are written.
pub(super) type Phone = u8;

/// Costs are counted in hundredths of a consonant heard as quite another one.
pub(super) type Cost = u32;

/// Consonants that are easily taken for each other.
const ALIKE: [&[u8]; 9] = [b"pb", b"tdT", b"kg", b"fvT", b"szS", b"SCJ", b"mn", b"lrw", b"gJ"];

/// Phones of one word; a number is spelled out first.
pub(super) fn phones(word: &str) -> Vec<Phone> {
    let spelled: String = spelled_out(word);
    let letters: Vec<u8> = spelled.bytes().filter(u8::is_ascii_lowercase).collect();
    let mut out: Vec<Phone> = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let (length, sound) = sound(&letters, at);
        for phone in sound.bytes() {
            // Twice the same is heard once.
            if out.last() != Some(&phone) {
                out.push(phone);
            }
        }
        at += length;
    }
    out
}

/// True for a vowel.
pub(super) fn is_vowel(phone: Phone) -> bool {
    b"aeiou".contains(&phone)
}

/// What it costs to hear a phone that was not said, or to miss one that was.
pub(super) fn lone(phone: Phone) -> Cost {
    match phone {
        b'h' => 30,
        _ if is_vowel(phone) => 50,
        _ => 80,
    }
}

/// What it costs to hear one phone for another.
pub(super) fn swap(said: Phone, heard: Phone) -> Cost {
    if said == heard {
        return 0;
    }
    match (is_vowel(said), is_vowel(heard)) {
        (true, true) => 35,
        (false, false) if ALIKE.iter().any(|group| group.contains(&said) && group.contains(&heard)) => 40,
        (false, false) => 100,
        _ => 120,
    }
}

/// How many letters at this place make which phones.
fn sound(letters: &[u8], at: usize) -> (usize, &'static str) {
    let rest = &letters[at..];
    let begins = |text: &str| rest.starts_with(text.as_bytes());
    let first = at == 0;
    let ends = |length: usize| rest.len() == length;
    let soft = |length: usize| rest.get(length).is_some_and(|next| b"eiy".contains(next));
    for (spelling, sound) in
        [("tion", "Sen"), ("sion", "Sen"), ("ture", "Cer"), ("dge", "J"), ("tch", "C"), ("ght", "t")]
    {
        if begins(spelling) {
            return (spelling.len(), sound);
        }
    }
    if first {
        for (spelling, sound) in [("kn", "n"), ("wr", "r"), ("ps", "s"), ("wh", "w"), ("gu", "g"), ("one", "wan")] {
            if begins(spelling) && (spelling != "gu" || soft(2)) && (spelling != "one" || ends(3)) {
                return (spelling.len(), sound);
            }
        }
    }
    for (spelling, sound) in [
        ("ch", "C"),
        ("sh", "S"),
        ("th", "T"),
        ("ph", "f"),
        ("gh", ""),
        ("ck", "k"),
        ("qu", "kw"),
        ("ee", "i"),
        ("ea", "i"),
        ("ie", "i"),
        ("ei", "e"),
        ("ai", "e"),
        ("ay", "e"),
        ("oo", "u"),
        ("ou", "u"),
        ("ow", "o"),
        ("oa", "o"),
        ("oi", "o"),
        ("oy", "o"),
        ("au", "o"),
        ("aw", "o"),
        ("ew", "u"),
        ("ue", "u"),
    ] {
        if begins(spelling) {
            return (2, sound);
        }
    }
    match rest[0] {
        // Silent at the end of a word that has another vowel.
        b'e' if ends(1) && letters.iter().filter(|letter| b"aeiouy".contains(letter)).count() > 1 => (1, ""),
        b'b' if ends(1) && at > 0 && letters[at - 1] == b'm' => (1, ""),
        b'c' if soft(1) => (1, "s"),
        b'c' | b'q' | b'k' => (1, "k"),
        b'g' if soft(1) && !first => (1, "J"),
        b'g' => (1, "g"),
        b'j' => (1, "J"),
        b'x' if first => (1, "z"),
        b'x' => (1, "ks"),
        b'y' if first => (1, "y"),
        b'y' | b'i' => (1, "i"),
        b'a' => (1, "a"),
        b'e' => (1, "e"),
        b'o' => (1, "o"),
        b'u' => (1, "u"),
        b'h' if first => (1, "h"),
        b'h' => (1, ""),
        b'b' => (1, "b"),
        b'd' => (1, "d"),
        b'f' => (1, "f"),
        b'l' => (1, "l"),
        b'm' => (1, "m"),
        b'n' => (1, "n"),
        b'p' => (1, "p"),
        b'r' => (1, "r"),
        b's' => (1, "s"),
        b't' => (1, "t"),
        b'v' => (1, "v"),
        b'w' => (1, "w"),
        _ => (1, "z"),
    }
}

/// `12` as `twelve`, so that it sounds; other words as they are. `3.2` keeps both its numbers.
fn spelled_out(word: &str) -> String {
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return word.to_lowercase();
    }
    let parts: Vec<String> = word
        .split('.')
        .map(|part| part.parse::<u32>().map_or_else(|_| part.to_lowercase(), super::number::in_words))
        .collect();
    parts.join("point")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(a: &str, b: &str) -> Cost {
        let (a, b) = (phones(a), phones(b));
        let mut row: Vec<Cost> = vec![0];
        for phone in &b {
            row.push(row[row.len() - 1] + lone(*phone));
        }
        for said in &a {
            let mut next = vec![row[0] + lone(*said)];
            for (index, heard) in b.iter().enumerate() {
                let least = (row[index + 1] + lone(*said)).min(next[index] + lone(*heard));
                next.push(least.min(row[index] + swap(*said, *heard)));
            }
            row = next;
        }
        row[b.len()]
    }

    #[test]
    fn words_that_sound_the_same_cost_nothing() {
        for (a, b) in [
            ("know", "no"),
            ("write", "rite"),
            ("3", "three"),
            ("21", "twentyone"),
            ("repeet", "repeat"),
            ("filter", "philter"),
        ] {
            assert_eq!(phones(a), phones(b), "{a} {b}");
        }
    }

    #[test]
    fn what_is_confused_is_nearer_than_what_is_not() {
        for (said, near, far) in [
            ("next", "necks", "torque"),
            ("next", "text", "stop"),
            ("torque", "talk", "tools"),
            ("back", "pack", "stop"),
            ("repeat", "repeats", "resume"),
            ("resume", "presume", "remaining"),
            ("figure", "finger", "filter"),
        ] {
            assert!(
                cost(said, near) < cost(said, far),
                "{said}: {near} {}, {far} {}",
                cost(said, near),
                cost(said, far)
            );
        }
    }

    #[test]
    fn odd_words_are_survived() {
        for word in ["", "e", "--", "µ", "3.", "4294967296", "x", "gh", "Ünïcode"] {
            let _phones = phones(word);
        }
    }
}
