//! Closed matching of a reply with the choices that are open: by words, by number, by yes and no. It takes a choice only
//! when the reply fits it and no other. Must not know what the choices mean.

/// Index of the one choice that the reply means; `None` where it fits none, or more than one.
pub(super) fn matching(reply: &str, choices: &[String]) -> Option<usize> {
    let reply = words(reply);
    let said: Vec<&str> = reply.iter().map(String::as_str).filter(|word| !FILLERS.contains(word)).collect();
    if said.is_empty() {
        return None;
    }
    let choices: Vec<Vec<String>> = choices.iter().map(|choice| words(choice)).collect();
    let only = |fits: &dyn Fn(&[String]) -> bool| -> Option<usize> {
        let mut found = choices.iter().enumerate().filter(|(_, choice)| fits(choice)).map(|(index, _)| index);
        match (found.next(), found.next()) {
            (Some(index), None) => Some(index),
            _ => None,
        }
    };
    let negative = |words: &[&str]| words.iter().any(|word| NEGATIONS.contains(word));
    // The whole choice, as it stands.
    if let Some(index) = only(&|choice| choice.iter().map(String::as_str).eq(reply.iter().map(String::as_str))) {
        return Some(index);
    }
    // Yes and no, with whatever affirms them.
    if let Some(index) = polar(&reply).and_then(|yes| {
        let word = if yes { "yes" } else { "no" };
        only(&|choice| choice.first().is_some_and(|first| first == word))
    }) {
        return Some(index);
    }
    // A part of one choice: "no flow", "air bubbles".
    let part = only(&|choice| {
        let fits = said.iter().all(|word| choice.iter().any(|own| own == word));
        let own: Vec<&str> = choice.iter().map(String::as_str).collect();
        fits && (!negative(&said) || negative(&own))
    });
    if let Some(index) = part {
        return Some(index);
    }
    // One whole choice inside a longer reply: "it is the Mk 2". A negation that the choice has not turns it around.
    let inside = only(&|choice| {
        let own: Vec<&str> = choice.iter().map(String::as_str).filter(|word| !FILLERS.contains(word)).collect();
        let bare = matches!(own.as_slice(), ["yes" | "no"]);
        !own.is_empty() && !bare && contains(&said, &own) && (!negative(&said) || negative(&own))
    });
    if inside.is_some() {
        return inside;
    }
    ordinal(&said).filter(|index| *index < choices.len())
}

const FILLERS: [&str; 21] = [
    "the", "a", "an", "it", "is", "it's", "its", "that", "this", "there", "i", "see", "have", "got", "please", "um",
    "uh", "okay", "ok", "think", "say",
];

const NEGATIONS: [&str; 9] = ["not", "no", "never", "without", "none", "isn't", "doesn't", "don't", "neither"];

/// Lower-case words; number words as digits; `mark` as manuals write it.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’' || c == '.'))
        .map(|word| word.trim_matches(['.', '\'', '’']).replace('’', "'"))
        .filter(|word| !word.is_empty())
        .flat_map(|word| split_unit(&word))
        .map(|word| match word.as_str() {
            "mark" => "mk".to_owned(),
            "zero" => "0".to_owned(),
            "one" => "1".to_owned(),
            "two" => "2".to_owned(),
            "three" => "3".to_owned(),
            "four" => "4".to_owned(),
            "five" => "5".to_owned(),
            "six" => "6".to_owned(),
            "seven" => "7".to_owned(),
            "eight" => "8".to_owned(),
            "nine" => "9".to_owned(),
            "ten" => "10".to_owned(),
            _ => word,
        })
        .collect()
}

/// `mk2` is two words.
fn split_unit(word: &str) -> Vec<String> {
    match word.strip_prefix("mk").or_else(|| word.strip_prefix("mark")) {
        Some(rest) if !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()) => {
            vec!["mk".to_owned(), rest.to_owned()]
        }
        _ => vec![word.to_owned()],
    }
}

/// `yes it does` and `no it doesn't` and their kind, nothing that says more.
fn polar(reply: &[String]) -> Option<bool> {
    const AFTER: [&str; 24] = [
        "it", "there", "they", "does", "doesn't", "do", "don't", "is", "isn't", "are", "aren't", "did", "didn't",
        "was", "has", "hasn't", "not", "sir", "please", "thanks", "thank", "you", "some", "one",
    ];
    let (first, rest) = reply.split_first()?;
    let closed = rest.iter().all(|word| AFTER.contains(&word.as_str()));
    let negated = rest.iter().any(|word| NEGATIONS.contains(&word.as_str()) || word.ends_with("n't"));
    match first.as_str() {
        "yes" | "yeah" | "yep" if closed && !negated => Some(true),
        "no" | "nope" | "nah"
            if closed && (rest.is_empty() || negated || rest.iter().all(|w| !w.starts_with("do"))) =>
        {
            let affirms = rest.iter().any(|word| matches!(word.as_str(), "is" | "does" | "did" | "are")) && !negated;
            (!affirms).then_some(false)
        }
        _ => None,
    }
}

/// True where `part` stands in `whole`, its words in order and together.
fn contains(whole: &[&str], part: &[&str]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

/// `2`, `number 2`, `the second one`, `option 2`, as an index from 0.
fn ordinal(said: &[&str]) -> Option<usize> {
    let said: Vec<&str> =
        said.iter().copied().filter(|word| !matches!(*word, "number" | "option" | "choice" | "answer")).collect();
    let word = match said.as_slice() {
        [word] => word,
        // "the second one"
        [word, "1"] if word.parse::<usize>().is_err() => word,
        _ => return None,
    };
    let number = match *word {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "fifth" => 5,
        "sixth" => 6,
        _ => word.parse::<usize>().ok()?,
    };
    number.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reply: &str, choices: &[&str], expect: Option<usize>) {
        let choices: Vec<String> = choices.iter().map(|&c| c.to_owned()).collect();
        assert_eq!(matching(reply, &choices), expect, "{reply:?} among {choices:?}");
    }

    #[test]
    fn flows_are_told_apart() {
        let flows = ["Strong flow without air bubbles", "Flow with air bubbles", "Weak flow or no flow"];
        check("strong flow without air bubbles", &flows, Some(0));
        check("strong", &flows, Some(0));
        check("flow with bubbles", &flows, Some(1));
        check("there is no flow", &flows, Some(2));
        check("it's weak", &flows, Some(2));
        check("bubbles", &flows, None);
        check("flow", &flows, None);
        check("number three", &flows, Some(2));
        check("the second one", &flows, Some(1));
        check("4", &flows, None);
        check("it is not strong", &flows, None);
        check("nothing comes out", &flows, None);
        check("without", &flows, Some(0));
    }

    #[test]
    fn variants() {
        let models = ["Mk 1", "Mk 2"];
        check("mark two", &models, Some(1));
        check("Mk2", &models, Some(1));
        check("it is the mk 1", &models, Some(0));
        check("one", &models, Some(0));
        check("1", &models, Some(0));
        check("two", &models, Some(1));
        check("not the mark two", &models, None);
        check("mk", &models, None);
        check("mk 1 or mk 2", &models, None);
        check("the first", &models, Some(0));
        check("2", &["Mk 2", "Mk 1"], Some(0));
    }

    #[test]
    fn yes_and_no() {
        let polar = ["Yes", "No"];
        check("yes", &polar, Some(0));
        check("yes it does", &polar, Some(0));
        check("yes there is", &polar, Some(0));
        check("no", &polar, Some(1));
        check("no it doesn't", &polar, Some(1));
        check("no there is not", &polar, Some(1));
        check("no fuel comes out", &polar, None);
        check("yes it does not", &polar, None);
        check("the engine starts", &polar, None);
    }
}
