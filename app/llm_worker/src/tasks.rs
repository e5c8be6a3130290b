//! The tasks: a prompt and a grammar each, so that a reply of the wrong shape cannot be said. Must not know llama.cpp.
//!
//! Wording is extractive: the grammar lets through only whole sentences of the passages, so that the model chooses what
//! answers and the manual says it. A model of this size invents numbers when it may write freely.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use fieldwright_guide::{
    answer::sentences_of,
    model::{Intent, ModelReply, ModelTask, WordedSentence},
};

use crate::engine::{Engine, deadline};

/// Letters of one passage that a prompt takes; the rest is cut at a sentence.
const PASSAGE_LETTERS: usize = 700;
/// Passages that a prompt takes.
const PASSAGES: usize = 4;

/// Performs a task.
///
/// # Errors
/// When the engine fails, time runs out, or there is nothing to choose from.
pub(crate) fn perform(engine: &mut Engine<'_>, task: &ModelTask, deadline_ms: u64) -> anyhow::Result<ModelReply> {
    let until = deadline(deadline_ms);
    match task {
        ModelTask::Understand { request } => {
            let prompt = chat(
                "You sort requests of a repair technician. Say one word: do (wants to be guided through a task), fault (something \
                 does not work), fact (asks for a value or a fact), part (asks where or what a part is), other.",
                &format!("Request: {}", short(request)),
                "The word is:",
            );
            let word =
                engine.complete(&prompt, r#"root ::= " "? ("do" | "fault" | "fact" | "part" | "other")"#, 6, until)?;
            let intent = match word.trim() {
                "do" => Intent::DoTask,
                "fault" => Intent::FindFault,
                "fact" => Intent::AskFact,
                "part" => Intent::FindPart,
                _ => Intent::OffTopic,
            };
            Ok(ModelReply::Intent(intent))
        }
        ModelTask::Select { question, passages } => {
            let passages = &passages[..passages.len().min(9)];
            let prompt = chat(
                "You choose which passage of a manual answers a question. Say its number, or 0 if none does.",
                &format!("{}\nQuestion: {}", numbered(passages), short(question)),
                "The number is:",
            );
            let digits: Vec<String> = (0..=passages.len()).map(|n| format!("\"{n}\"")).collect();
            let word = engine.complete(&prompt, &format!("root ::= \" \"? ({})", digits.join(" | ")), 4, until)?;
            let number: usize = word.trim().parse().context("not a number")?;
            Ok(ModelReply::Selected(number.checked_sub(1).into_iter().collect()))
        }
        ModelTask::MapReply { question, answers, reply } => {
            if answers.is_empty() {
                bail!("no answers to choose from");
            }
            let mut list = String::new();
            for (index, answer) in answers.iter().enumerate().take(9) {
                writeln!(list, "{}. {answer}", index + 1)?;
            }
            let prompt = chat(
                "A technician answers a question. Say the number of the answer that means the same, or 0 if none does.",
                &format!("Question: {}\nAnswers:\n{list}The technician says: {}", short(question), short(reply)),
                "The number is:",
            );
            let digits: Vec<String> = (0..=answers.len().min(9)).map(|n| format!("\"{n}\"")).collect();
            let word = engine.complete(&prompt, &format!("root ::= \" \"? ({})", digits.join(" | ")), 4, until)?;
            let number: usize = word.trim().parse().context("not a number")?;
            Ok(ModelReply::Mapped(number.checked_sub(1)))
        }
        ModelTask::Word { question, passages } => word(engine, question, passages, until),
    }
}

/// Chooses one or two sentences of the passages.
fn word(
    engine: &mut Engine<'_>,
    question: &str,
    passages: &[String],
    until: std::time::Instant,
) -> anyhow::Result<ModelReply> {
    let cut: Vec<String> = passages.iter().take(PASSAGES).map(|p| cut(p)).collect();
    let sentences: Vec<(usize, String)> = cut
        .iter()
        .enumerate()
        .flat_map(|(index, passage)| sentences_of(passage).map(move |s| (index + 1, s.trim().to_owned())))
        .filter(|(_, sentence)| sentence.chars().count() > 8)
        .collect();
    if sentences.is_empty() {
        bail!("the passages have no sentences");
    }
    let prompt = chat(
        "You answer a technician's question with a sentence of the manual, word for word.",
        &format!("Manual:\n{}\nQuestion: {}", cut.join("\n"), short(question)),
        "Answer:",
    );
    let choices: Vec<String> = sentences.iter().map(|(_, sentence)| literal(sentence)).collect();
    let grammar = format!("root ::= \" \"? one (\" \" one)? \"\\n\"\none ::= {}", choices.join(" | "));
    let limit = 2 * sentences.iter().map(|(_, s)| s.len()).max().unwrap_or(0) / 2 + 40;
    let said = engine.complete(&prompt, &grammar, limit.min(400), until)?;
    let mut rest = said.trim();
    let mut chosen: Vec<WordedSentence> = Vec::new();
    while !rest.is_empty() {
        // The longest fitting sentence first: one may begin like another.
        let next = sentences.iter().filter(|(_, s)| rest.starts_with(s.as_str())).max_by_key(|(_, s)| s.len());
        let Some((passage, sentence)) = next else { break };
        if !chosen.iter().any(|c| &c.text == sentence) {
            chosen.push(WordedSentence { text: sentence.clone(), passage: *passage });
        }
        rest = rest[sentence.len()..].trim_start();
    }
    if chosen.is_empty() {
        bail!("no whole sentence was chosen");
    }
    Ok(ModelReply::Worded(chosen))
}

/// A ChatML prompt with the beginning of the answer already said.
fn chat(system: &str, user: &str, begun: &str) -> String {
    format!(
        "<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n{begun}"
    )
}

fn numbered(passages: &[String]) -> String {
    passages.iter().enumerate().fold(String::new(), |mut list, (index, passage)| {
        list.push_str(&format!("{}. {}\n", index + 1, cut(passage)));
        list
    })
}

/// The beginning of a passage, to the end of a sentence.
fn cut(passage: &str) -> String {
    let mut out = String::new();
    for sentence in sentences_of(passage) {
        if !out.is_empty() && out.len() + sentence.len() > PASSAGE_LETTERS {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(sentence.trim());
    }
    // One endless sentence is cut where a letter ends.
    let end = out.char_indices().map(|(index, _)| index).take_while(|index| *index <= PASSAGE_LETTERS * 2).last();
    if out.len() > PASSAGE_LETTERS * 2 { out[..end.unwrap_or(0)].to_owned() } else { out }
}

/// The user's words, without what could pass for the prompt's own marks.
fn short(words: &str) -> String {
    words.replace("<|", "< |").chars().take(400).collect()
}

/// A string of the grammar.
fn literal(words: &str) -> String {
    let mut out = String::from("\"");
    for letter in words.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_strings_are_escaped() {
        assert_eq!(literal("a \"b\" \\ µ"), r#""a \"b\" \\ µ""#);
    }

    #[test]
    fn passages_are_cut_at_sentences() {
        let long = "One sentence here. ".repeat(100);
        let cut = cut(&long);
        assert!(cut.len() <= PASSAGE_LETTERS && cut.ends_with("here."), "{cut}");
    }

    #[test]
    fn users_cannot_write_the_prompts_marks() {
        assert!(!short("x<|im_end|>").contains("<|"));
    }
}
