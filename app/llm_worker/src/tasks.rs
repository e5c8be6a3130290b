//! The tasks: how a reply of the right shape is had from a model. Must not know llama.cpp.
//!
//! There are three ways to choose among given answers, and which one serves a task was measured (`docs/models.md`): let
//! the model *say* the answer's number under a grammar; weigh how *likely* each answer is after the question, against
//! how likely it is anyway; or weigh how well each answer *explains* the user's words.
//!
//! A wording is chosen, never composed: whole sentences of the passages that retrieval put first. What it is worth, and
//! whether it may be shown, the verifier decides.

use std::{fmt::Write as _, time::Instant};

use anyhow::{Context as _, bail};
use fieldwright_guide::{
    answer::sentences_of,
    model::{Intent, ModelReply, ModelTask, WordedSentence},
};

use crate::engine::Engine;

/// Letters of one passage that a prompt takes; the rest is cut at a sentence.
const PASSAGE_LETTERS: usize = 700;
/// Answers that can be numbered with one digit.
const MOST_ANSWERS: usize = 9;
/// Letters of the user's words that a prompt takes.
const USER_LETTERS: usize = 400;

/// How an answer is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The model says the answer's number.
    Said,
    /// The answer that the question makes most likely.
    Likely,
    /// The answer that makes the user's words most likely.
    Explains,
}

/// What to choose for, and from.
struct Choice<'a> {
    /// Tells the model its role.
    system: &'a str,
    /// What stands before the user's words.
    before: String,
    /// The user's words.
    words: &'a str,
    /// The answers.
    answers: Vec<&'a str>,
    /// The answers as premises, each followed by what the user would then say.
    premises: Vec<String>,
}

/// Performs a task in the way that was measured best for it.
///
/// # Errors
/// When the engine fails, time runs out, or there is nothing to choose from.
pub(crate) fn perform(engine: &mut Engine<'_>, task: &ModelTask, until: Instant) -> anyhow::Result<ModelReply> {
    let way = match task {
        ModelTask::Understand { .. } | ModelTask::MapReply { .. } | ModelTask::Select { .. } => Way::Explains,
        ModelTask::Word { .. } => Way::Said,
    };
    perform_in(engine, task, way, until)
}

/// Performs a task in a given way.
///
/// # Errors
/// As [`perform`].
pub(crate) fn perform_in(
    engine: &mut Engine<'_>,
    task: &ModelTask,
    way: Way,
    until: Instant,
) -> anyhow::Result<ModelReply> {
    match task {
        ModelTask::Understand { request } => {
            let chosen = choose(engine, &understand(short(request)), way, until)?;
            Ok(ModelReply::Intent(INTENTS[chosen].0))
        }
        ModelTask::Select { question, passages } => {
            let passages: Vec<&str> = passages.iter().take(MOST_ANSWERS).map(|passage| cut(passage)).collect();
            let chosen = choose(engine, &answering(short(question), passages), way, until)?;
            Ok(ModelReply::Selected(vec![chosen]))
        }
        ModelTask::MapReply { question, answers, reply } => {
            let answers: Vec<&str> = answers.iter().take(MOST_ANSWERS).map(String::as_str).collect();
            let chosen = choose(engine, &mapping(question, short(reply), answers), way, until)?;
            // The user is asked whether that was meant, so a guess does no harm.
            Ok(ModelReply::Mapped(Some(chosen)))
        }
        ModelTask::Word { question, passages } => word(engine, short(question), passages, way, until),
    }
}

/// Chooses from each passage the sentence that answers: the manual's own words, whole.
fn word(
    engine: &mut Engine<'_>,
    question: &str,
    passages: &[String],
    way: Way,
    until: Instant,
) -> anyhow::Result<ModelReply> {
    let mut chosen = Vec::new();
    for (index, passage) in passages.iter().enumerate() {
        let sentences: Vec<&str> = sentences_of(cut(passage)).take(MOST_ANSWERS).collect();
        let best =
            if sentences.len() > 1 { choose(engine, &answering(question, sentences.clone()), way, until)? } else { 0 };
        let text = (*sentences.get(best).context("a passage without words")?).to_owned();
        chosen.push(WordedSentence { text, passage: index + 1 });
    }
    Ok(ModelReply::Worded(chosen))
}

/// What each intent is called, and what a user with it would say.
const INTENTS: [(Intent, &str, &str); 5] = [
    (
        Intent::DoTask,
        "be guided through a task",
        "The technician wants to be guided through a job, step by step. The technician says: ",
    ),
    (Intent::FindFault, "find a fault", "Something on the generator does not work. The technician reports the fault: "),
    (Intent::AskFact, "know a fact", "The technician needs a number or a fact from the manual. The technician asks: "),
    (Intent::FindPart, "find a part", "The technician does not know where a part is. The technician asks: "),
    (
        Intent::OffTopic,
        "something else",
        "The technician talks about something that has nothing to do with the generator: ",
    ),
];

fn understand(request: &str) -> Choice<'_> {
    Choice {
        system: "You sort the requests of a technician who repairs a diesel generator.",
        before: "What does the technician want?".to_owned(),
        words: request,
        answers: INTENTS.iter().map(|(_, name, _)| *name).collect(),
        premises: INTENTS.iter().map(|(.., premise)| (*premise).to_owned()).collect(),
    }
}

fn answering<'a>(question: &'a str, texts: Vec<&'a str>) -> Choice<'a> {
    Choice {
        system: "You find the line of a repair manual that answers a technician's question.",
        before: "Which line of the manual answers the question?".to_owned(),
        words: question,
        premises: texts
            .iter()
            .map(|text| format!("The manual says: {text}\nA technician whom this answers asks: "))
            .collect(),
        answers: texts,
    }
}

fn mapping<'a>(question: &str, reply: &'a str, answers: Vec<&'a str>) -> Choice<'a> {
    Choice {
        system: "A technician answers a question about a diesel generator in their own words.",
        before: format!("Question: {question} Which answer means the same as what the technician says?"),
        words: reply,
        premises: answers
            .iter()
            .map(|answer| format!("Question: {question}\nAnswer: {answer}. In their own words the technician says: "))
            .collect(),
        answers,
    }
}

/// The index of the best answer.
fn choose(engine: &mut Engine<'_>, choice: &Choice<'_>, way: Way, until: Instant) -> anyhow::Result<usize> {
    if choice.answers.is_empty() {
        bail!("nothing to choose from");
    }
    if choice.words.trim().is_empty() {
        bail!("no words to go by");
    }
    let weights = match way {
        Way::Said => return said(engine, choice, until),
        Way::Likely => likely(engine, choice, until)?,
        Way::Explains => explains(engine, choice, until)?,
    };
    (0..weights.len()).max_by(|a, b| weights[*a].total_cmp(&weights[*b])).context("nothing to choose from")
}

fn said(engine: &mut Engine<'_>, choice: &Choice<'_>, until: Instant) -> anyhow::Result<usize> {
    let mut list = String::new();
    for (index, answer) in choice.answers.iter().enumerate() {
        writeln!(list, "{}. {answer}", index + 1)?;
    }
    let user = format!("{}\n{list}The technician: {}", choice.before, choice.words);
    let prompt = engine.prompt(choice.system, &user, "The number is");
    let digits: Vec<String> = (1..=choice.answers.len()).map(|number| format!("\" {number}\"")).collect();
    let word = engine.complete(&prompt, &format!("root ::= {}", digits.join(" | ")), 4, until)?;
    let number: usize = word.trim().parse().context("not a number")?;
    number.checked_sub(1).context("numbers begin at 1")
}

fn likely(engine: &mut Engine<'_>, choice: &Choice<'_>, until: Instant) -> anyhow::Result<Vec<f64>> {
    let user = |words: &str| format!("The technician: {words}\n{}", choice.before);
    let asked = engine.prompt(choice.system, &user(choice.words), "");
    let blank = engine.prompt(choice.system, &user("..."), "");
    let mut weights = Vec::new();
    for answer in &choice.answers {
        weights.push(engine.likelihood(&asked, answer, until)?);
    }
    for (weight, answer) in weights.iter_mut().zip(&choice.answers) {
        *weight -= engine.likelihood(&blank, answer, until)?;
    }
    Ok(weights)
}

fn explains(engine: &mut Engine<'_>, choice: &Choice<'_>, until: Instant) -> anyhow::Result<Vec<f64>> {
    let mut weights = Vec::new();
    for premise in &choice.premises {
        let prompt = engine.prompt(choice.system, premise, "");
        weights.push(engine.likelihood(&prompt, choice.words, until)?);
    }
    Ok(weights)
}

/// The beginning of a passage, to the end of a sentence.
fn cut(passage: &str) -> &str {
    let mut end = 0;
    for sentence in sentences_of(passage) {
        let after = sentence.as_ptr() as usize - passage.as_ptr() as usize + sentence.len();
        if after > PASSAGE_LETTERS && end > 0 {
            break;
        }
        end = after;
    }
    first_letters(&passage[..end], 2 * PASSAGE_LETTERS)
}

/// As much of the user's words as is looked at.
fn short(words: &str) -> &str {
    first_letters(words.trim(), USER_LETTERS)
}

fn first_letters(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_are_cut_at_sentences() {
        let long = "One sentence here. ".repeat(100);
        let cut = cut(&long);
        assert!(cut.len() <= PASSAGE_LETTERS && cut.ends_with("here."), "{cut}");
        assert_eq!(super::cut("18 N·m, no end"), "18 N·m, no end");
        assert_eq!(super::cut(&"µ".repeat(5000)).chars().count(), 2 * PASSAGE_LETTERS);
    }

    #[test]
    fn words_are_cut_where_a_letter_ends() {
        assert_eq!(short(" µµ "), "µµ");
        assert_eq!(short(&"µ".repeat(1000)).chars().count(), USER_LETTERS);
    }
}
