//! Measures finding on a gold set: `gold QUESTIONS.jsonl MANUAL [--wording question|spoken] [--misses] [--explain]`.
//!
//! Prints recall at 1 and 5 (a gold passage among the first hits; all of them), the share of answers whose first hits
//! contain every required word, refusals of what the manual does not answer and of what it does, and search times;
//! beside them the same for the peer: BM25 over the passages' words alone, the same stems and the same passages.

use std::{collections::BTreeSet, fs, path::Path, time::Instant};

use anyhow::Context as _;
use fieldwright_guide::{
    applicability::Variant,
    passage::{Found, Hit, Passage},
};
use fieldwright_library::{index::Library, s1000d::read_publication, synonyms::Synonyms};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Question {
    id: String,
    kind: String,
    #[serde(rename = "question")]
    written: String,
    #[serde(default)]
    spoken: String,
    gold: Vec<Gold>,
    must_contain: Vec<String>,
    must_warn: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Gold {
    dmc: String,
    quote: String,
}

#[derive(Debug, Default)]
struct Tally {
    answerable: u32,
    any_at_1: u32,
    any_at_5: u32,
    bears_at_5: u32,
    all_at_5: u32,
    contains: u32,
    contains_cited: u32,
    warned: u32,
    to_warn: u32,
    refused_wrongly: Vec<String>,
    unanswerable: u32,
    refused: u32,
    missed: Vec<String>,
    answered_wrongly: Vec<String>,
    search_ms: Vec<f64>,
}

#[expect(clippy::print_stdout, reason = "this is a measuring tool")]
fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let explain = args.iter().any(|arg| arg == "--explain");
    let misses = args.iter().any(|arg| arg == "--misses");
    let spoken_only = args.iter().position(|arg| arg == "--wording").and_then(|at| args.get(at + 1).cloned());
    args.retain(|arg| !arg.starts_with("--") && Some(arg) != spoken_only.as_ref());
    let [questions, manual] = args.as_slice() else {
        anyhow::bail!("usage: gold QUESTIONS.jsonl MANUAL [--wording question|spoken] [--misses] [--explain]");
    };
    let text = fs::read_to_string(questions).with_context(|| format!("cannot read `{questions}`"))?;
    let questions: Vec<Question> =
        text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect::<Result<_, _>>()?;
    let started = Instant::now();
    let (publication, _) = read_publication(Path::new(manual))?;
    let list = Path::new(manual).join("synonyms.ron");
    let synonyms = if list.exists() { Synonyms::read(&list)? } else { Synonyms::default() };
    let library = Library::in_ram(vec![publication], synonyms)?;
    println!(
        "{}: {} passages, read and indexed in {:.2} s",
        library.publications()[0].id,
        library.passages().len(),
        started.elapsed().as_secs_f64()
    );
    for wording in ["question", "spoken"] {
        if spoken_only.as_deref().is_some_and(|only| only != wording) {
            continue;
        }
        let mut tally = Tally::default();
        let mut peer = Tally::default();
        for question in &questions {
            let words = if wording == "spoken" { &question.spoken } else { &question.written };
            let begun = Instant::now();
            let found = library.find(words, &Variant::new());
            tally.search_ms.push(begun.elapsed().as_secs_f64() * 1000.0);
            let cited = library.evidence(words, &found);
            if explain {
                println!("{} {} {words}\n{}", question.kind, question.id, library.explain(words, &Variant::new()));
            }
            tally.add(question, words, &found, cited);
            let begun = Instant::now();
            let hits = library.find_by_words_alone(words, 20);
            peer.search_ms.push(begun.elapsed().as_secs_f64() * 1000.0);
            let plain = Found { hits, refusal: None, ..found };
            peer.add(question, words, &plain, 1);
        }
        println!("{}", tally.line(&format!("{wording}: fieldwright")));
        println!("{}", peer.line(&format!("{wording}: BM25 over words")));
        if misses {
            for (title, list) in [
                ("not in the first five", &tally.missed),
                ("refused although answerable", &tally.refused_wrongly),
                ("answered although not in the manual", &tally.answered_wrongly),
            ] {
                println!("\n  {title}:");
                for line in list {
                    println!("    {line}");
                }
            }
            println!();
        }
    }
    Ok(())
}

impl Tally {
    fn add(&mut self, question: &Question, words: &str, found: &Found, cited: usize) {
        let brief = |hits: &[Hit]| -> String {
            hits.iter()
                .take(3)
                .map(|hit| format!("\n        {} | {}", hit.passage.id, clip(&hit.passage.text)))
                .collect::<Vec<_>>()
                .concat()
        };
        if question.kind == "unanswerable" {
            self.unanswerable += 1;
            if found.refusal.is_some() {
                self.refused += 1;
            } else {
                self.answered_wrongly.push(format!(
                    "{} {words} [{:?}]{}",
                    question.id,
                    found.support,
                    brief(&found.hits)
                ));
            }
            return;
        }
        self.answerable += 1;
        if let Some(refusal) = &found.refusal {
            self.refused_wrongly.push(format!("{} {words} [{}]{}", question.id, refusal.reason, brief(&found.hits)));
        }
        let rank = |gold: &Gold| found.hits.iter().take(20).position(|hit| holds(&hit.passage, gold));
        let ranks: Vec<Option<usize>> = question.gold.iter().map(rank).collect();
        let within = |limit: usize| ranks.iter().filter(|rank| rank.is_some_and(|rank| rank < limit)).count();
        self.any_at_1 += u32::from(within(1) > 0);
        self.any_at_5 += u32::from(within(5) > 0);
        // The same value often stands in a table as well: a passage with every required word bears the answer too.
        let bears = found.hits.iter().take(5).any(|hit| contains(&hit.passage.text, &question.must_contain));
        self.bears_at_5 += u32::from(bears || within(5) > 0);
        self.all_at_5 += u32::from(within(5) == ranks.len());
        if within(5) == 0 {
            self.missed.push(format!(
                "{} {words} {ranks:?} gold {}{}",
                question.id,
                clip(&question.gold[0].quote),
                brief(&found.hits)
            ));
        }
        let top: String = found.hits.iter().take(5).map(|hit| hit.passage.text.as_str()).collect::<Vec<_>>().join("\n");
        self.contains += u32::from(contains(&top, &question.must_contain));
        let chosen: Vec<&Passage> = found.hits.iter().take(cited).map(|hit| &hit.passage).collect();
        let text: String = chosen.iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>().join("\n");
        self.contains_cited += u32::from(contains(&text, &question.must_contain));
        let alerts: String =
            Library::alerts_of(&chosen).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n");
        for warning in &question.must_warn {
            self.to_warn += 1;
            self.warned += u32::from(contains(&format!("{alerts}\n{text}"), std::slice::from_ref(warning)));
        }
    }

    fn line(&mut self, name: &str) -> String {
        self.search_ms.sort_by(f64::total_cmp);
        let at = |share: f64| {
            self.search_ms.get(((self.search_ms.len() - 1) as f64 * share).round() as usize).copied().unwrap_or(0.0)
        };
        let of = |count: u32, all: u32| format!("{count}/{all} ({:.2})", f64::from(count) / f64::from(all.max(1)));
        format!(
            "{name}: recall@1 {}, recall@5 {}, gold or bearing the answer@5 {}, all gold@5 {}, required words in top 5 {}, in cited {}, alerts {}, refused rightly {}, wrongly {}, search ms p50 {:.1} p95 {:.1}",
            of(self.any_at_1, self.answerable),
            of(self.any_at_5, self.answerable),
            of(self.bears_at_5, self.answerable),
            of(self.all_at_5, self.answerable),
            of(self.contains, self.answerable),
            of(self.contains_cited, self.answerable),
            of(self.warned, self.to_warn),
            of(self.refused, self.unanswerable),
            of(u32::try_from(self.refused_wrongly.len()).unwrap_or(u32::MAX), self.answerable),
            at(0.5),
            at(0.95),
        )
    }
}

/// The words of a text, lower case, letters and digits.
fn plain(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// True where the passage is the gold one: the same work package, and nearly all words of the quote.
fn holds(passage: &Passage, gold: &Gold) -> bool {
    if passage.at.work_package != gold.dmc {
        return false;
    }
    let have: BTreeSet<String> = plain(&passage.text).into_iter().chain(plain(&passage.title)).collect();
    let quote = plain(&gold.quote);
    let kept = quote.iter().filter(|word| have.contains(*word)).count();
    10 * kept >= 9 * quote.len()
}

/// Every required string, `a|b` for either, spelling and dashes aside.
fn contains(text: &str, required: &[String]) -> bool {
    let one_spelling = |text: &str| text.to_lowercase().replace(['–', '—', '‑'], "-").replace(['•', '.'], "·");
    let text = one_spelling(text);
    required.iter().all(|any| any.split('|').any(|one| text.contains(&one_spelling(one))))
}

fn clip(text: &str) -> String {
    text.chars().take(110).collect()
}
