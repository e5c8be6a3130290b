//! A question and its answer, as the command line's JSON has it: what the library found, worded by a model where the
//! verifier lets it pass, else the passage itself. Must not know how a question reached us or how an answer is shown.
//!
//! Retrieval selects; the model only words. Nothing a model says is shown unless the cited passages say it.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use fieldwright_guide::{
    answer::{verify, wordable},
    applicability::Variant,
    event::RequestId,
    manual::AlertKind,
    model::{ModelReply, ModelTask},
    passage::{Hit, Passage, Support},
    quantity::Dimension,
};
use fieldwright_library::index::Library;
use fieldwright_workers::client::{ModelClient, ModelEvent};
use serde::Serialize;

/// A language model that answers tasks one at a time: a worker process, or a script in tests.
pub trait LanguageModel {
    /// Does a task within `deadline_s` seconds; `None` where the model is dead, late or has nothing to say. Never
    /// panics and never waits longer: what it says is not trusted.
    fn ask(&mut self, task: &ModelTask, deadline_s: f64) -> Option<ModelReply>;

    /// Its name, once it is ready.
    fn name(&self) -> Option<String>;
}

/// A worker as a model that is waited for.
#[derive(Debug)]
pub struct WorkerModel {
    client: ModelClient,
    last: RequestId,
}

impl WorkerModel {
    /// Waits for this client's worker.
    pub fn new(client: ModelClient) -> Self {
        Self { client, last: 0 }
    }
}

impl LanguageModel for WorkerModel {
    fn ask(&mut self, task: &ModelTask, deadline_s: f64) -> Option<ModelReply> {
        self.last += 1;
        let wanted = self.last;
        let ends = Instant::now() + Duration::from_secs_f64(deadline_s.max(0.0));
        if !self.client.submit(wanted, task, deadline_s) {
            return None;
        }
        loop {
            let left = ends.checked_duration_since(Instant::now())?;
            for event in self.client.wait(left) {
                if let ModelEvent::Reply { id, reply } = event
                    && id == wanted
                {
                    return reply;
                }
            }
        }
    }

    fn name(&self) -> Option<String> {
        self.client.name().map(str::to_owned)
    }
}

/// A passage in the public JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PassageLine {
    /// Publication id.
    pub publication: String,
    /// Work package id.
    pub work_package: String,
    /// Kind of the work package.
    pub kind: String,
    /// Page of the file, from 1.
    pub page: Option<u32>,
    /// Paragraph number.
    pub paragraph: Option<String>,
    /// Element, e.g. `step 3.2`.
    pub element: Option<String>,
    /// Words, verbatim.
    pub text: String,
    /// Score; only its order within one answer means anything.
    pub score: f32,
}

impl From<&Hit> for PassageLine {
    fn from(hit: &Hit) -> Self {
        let at = &hit.passage.at;
        Self {
            publication: at.publication.clone(),
            work_package: at.work_package.clone(),
            kind: hit.passage.kind.clone(),
            page: at.page,
            paragraph: at.paragraph.clone(),
            element: Some(at.element.clone()).filter(|element| !element.is_empty()),
            text: hit.passage.text.clone(),
            score: hit.score,
        }
    }
}

/// A refusal in the public JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RefusalLine {
    /// One plain sentence.
    pub reason: String,
    /// Where the manual points.
    pub pointer: Option<String>,
    /// What is near it.
    pub found_instead: Vec<PassageLine>,
}

/// A property to ask for in the public JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VariantLine {
    /// The property.
    pub property: String,
    /// Its values.
    pub values: Vec<String>,
}

/// An alert in the public JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertLine {
    /// `warning`, `caution` or `note`.
    pub kind: AlertKind,
    /// Words, verbatim.
    pub text: String,
}

/// A task to offer, in the public JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskLine {
    /// Work package id.
    pub work_package: String,
    /// Its title.
    pub title: String,
    /// `procedure`, `fault-isolation` or `operator-checks`.
    pub kind: String,
}

/// How long it took, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timings {
    /// The search.
    pub search: f64,
    /// The model, waiting included; 0 where it was not asked.
    pub model: f64,
    /// Both, and the verifier.
    pub total: f64,
}

/// An answer: one line of `fieldwright ask --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnswerLine {
    /// The question's id, where it has one.
    pub id: Option<String>,
    /// The user's words.
    pub question: String,
    /// Grade.
    pub support: Support,
    /// Words; `None` for a refusal, and while a variant must be known first.
    pub answer: Option<String>,
    /// What the answer stands on. Never empty under an answer.
    pub citations: Vec<PassageLine>,
    /// What was found, best first.
    pub passages: Vec<PassageLine>,
    /// Set for a refusal.
    pub refusal: Option<RefusalLine>,
    /// Set where the answer depends on what nobody told.
    pub variant_needed: Option<Vec<VariantLine>>,
    /// The alerts that belong to the answer, warnings first, verbatim.
    pub alerts: Vec<AlertLine>,
    /// A task that would do what was asked.
    pub task: Option<TaskLine>,
    /// How long it took.
    pub timings_ms: Timings,
    /// The model that worded the answer; `None` where the passage itself stands.
    pub model: Option<String>,
    /// Why a worded answer was not shown.
    pub rejected: Option<String>,
}

/// Answers questions.
#[expect(missing_debug_implementations, reason = "a model behind a trait has none")]
pub struct Asker<'a> {
    library: &'a Library,
    model: Option<&'a mut dyn LanguageModel>,
    deadline_s: f64,
}

impl<'a> Asker<'a> {
    /// Answers from a library; `model` words answers, each within `deadline_s` seconds.
    pub fn new(library: &'a Library, model: Option<&'a mut dyn LanguageModel>, deadline_s: f64) -> Self {
        Self { library, model, deadline_s }
    }

    /// Answers one question about the equipment of this variant.
    pub fn ask(&mut self, id: Option<&str>, question: &str, variant: &Variant) -> AnswerLine {
        let begun = Instant::now();
        let found = self.library.find(question, variant);
        let cited = self.library.evidence(question, &found);
        let search = milliseconds(begun);
        let mut line = AnswerLine {
            id: id.map(str::to_owned),
            question: question.to_owned(),
            support: found.support,
            answer: None,
            citations: Vec::new(),
            passages: found.hits.iter().map(PassageLine::from).collect(),
            refusal: None,
            variant_needed: None,
            alerts: Vec::new(),
            task: found.task.as_ref().map(|task| TaskLine {
                work_package: task.work_package.clone(),
                title: task.title.clone(),
                kind: task.kind.clone(),
            }),
            timings_ms: Timings { search, ..Timings::default() },
            model: None,
            rejected: None,
        };
        if let Some(refusal) = found.refusal {
            line.refusal = Some(RefusalLine {
                reason: refusal.reason,
                pointer: refusal.pointer,
                found_instead: line.passages.iter().take(3).cloned().collect(),
            });
        } else if let Some(property) = found.variant_needed {
            line.variant_needed = Some(vec![VariantLine { property: property.name, values: property.values }]);
            line.alerts = self.alerts(&found.hits, cited, line.task.as_ref());
        } else {
            self.answer(question, &found.hits, cited, found.value_of.as_ref(), &mut line);
            line.alerts = self.alerts(&found.hits, cited, line.task.as_ref());
        }
        line.timings_ms.total = milliseconds(begun);
        line
    }

    /// Words the answer, or lets the passages stand.
    fn answer(
        &mut self,
        question: &str,
        hits: &[Hit],
        cited: usize,
        value_of: Option<&BTreeSet<Dimension>>,
        line: &mut AnswerLine,
    ) {
        let passages: Vec<Passage> = hits.iter().take(cited).map(|hit| hit.passage.clone()).collect();
        if passages.is_empty() {
            return;
        }
        let verbatim = || passages.iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>().join("\n");
        line.answer = Some(verbatim());
        line.citations = hits.iter().take(cited).map(PassageLine::from).collect();
        let Some(model) = self.model.as_mut().filter(|_| wordable(&passages)) else { return };
        let begun = Instant::now();
        let texts = passages.iter().map(|passage| passage.text.clone()).collect();
        let reply = model.ask(&ModelTask::Word { question: question.to_owned(), passages: texts }, self.deadline_s);
        line.timings_ms.model = milliseconds(begun);
        match reply {
            Some(ModelReply::Worded(sentences)) => match verify(&sentences, &passages, question, value_of) {
                Ok(()) => {
                    let words: Vec<&str> = sentences.iter().map(|sentence| sentence.text.trim()).collect();
                    line.answer = Some(words.join(" "));
                    line.model = model.name();
                }
                Err(rejection) => line.rejected = Some(rejection.to_string()),
            },
            Some(_) => line.rejected = Some("the model answered another task".to_owned()),
            None => line.rejected = Some("the model is dead or late".to_owned()),
        }
    }

    /// The alerts of what is cited, and of the procedure that is offered.
    fn alerts(&self, hits: &[Hit], cited: usize, task: Option<&TaskLine>) -> Vec<AlertLine> {
        let of_task = self.library.passages().iter().filter(|passage| {
            let gates = ["warning ", "caution "].iter().any(|kind| passage.at.element.starts_with(kind));
            gates && task.is_some_and(|task| task.work_package == passage.at.work_package)
        });
        let passages: Vec<&Passage> = hits.iter().take(cited).map(|hit| &hit.passage).chain(of_task).collect();
        Library::alerts_of(&passages).into_iter().map(|(kind, text)| AlertLine { kind, text }).collect()
    }
}

fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use fieldwright_guide::model::WordedSentence;
    use fieldwright_library::{s1000d::read_publication, synonyms::Synonyms};

    use super::*;

    /// A model that says the same whatever it is asked.
    struct Parrot(Option<Vec<WordedSentence>>);

    impl LanguageModel for Parrot {
        fn ask(&mut self, _: &ModelTask, _: f64) -> Option<ModelReply> {
            self.0.clone().map(ModelReply::Worded)
        }

        fn name(&self) -> Option<String> {
            Some("parrot".to_owned())
        }
    }

    fn library() -> Library {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manuals/fgs-5");
        let (publication, _) = read_publication(&folder).expect("the shipped manual is read");
        Library::in_ram(vec![publication], Synonyms::default()).expect("it is indexed")
    }

    const QUESTION: &str = "How much oil does the engine take?";

    fn asked(library: &Library, says: Option<&str>) -> AnswerLine {
        let mut parrot = Parrot(says.map(|text| vec![WordedSentence { text: text.to_owned(), passage: 1 }]));
        Asker::new(library, Some(&mut parrot), 1.0).ask(Some("1"), QUESTION, &Variant::new())
    }

    #[test]
    fn a_worded_answer_stands_only_where_the_passage_says_it() {
        let library = library();
        let verbatim = Asker::new(&library, None, 1.0).ask(None, QUESTION, &Variant::new());
        let text = verbatim.answer.clone().expect("the passage answers");
        assert!(text.contains("2.8 L (3.0 qt)"), "{text}");
        assert!(verbatim.passages.len() >= 10 && !verbatim.citations.is_empty() && verbatim.model.is_none());

        let good = "Remove the oil filler cap and fill 2.8 L of engine oil through the opening.";
        let worded = asked(&library, Some(good));
        assert_eq!(worded.answer.as_deref(), Some(good));
        assert_eq!((worded.model.as_deref(), worded.citations.len()), (Some("parrot"), 1));

        for wrong in ["Fill 2.9 L of engine oil through the opening.", "Do not install the cap.", "Install the cap."] {
            let refused = asked(&library, Some(wrong));
            assert_eq!(refused.answer.as_deref(), Some(text.as_str()));
            assert!(refused.model.is_none() && refused.rejected.is_some(), "{refused:?}");
        }
        assert_eq!(asked(&library, None).answer.as_deref(), Some(text.as_str()));
    }

    #[test]
    fn a_refusal_and_a_variant_have_no_answer() {
        let library = library();
        let mut asker = Asker::new(&library, None, 1.0);
        let refused = asker.ask(None, "What is the tire pressure of the M1097 truck?", &Variant::new());
        assert!(refused.answer.is_none() && refused.citations.is_empty());
        assert!(!refused.refusal.expect("another vehicle").found_instead.is_empty());
        let open = asker.ask(None, "To what torque is the fuel filter element tightened?", &Variant::new());
        assert!(open.answer.is_none() && open.variant_needed.is_some());
        let told = Variant::from([("model".to_owned(), "Mk 2".to_owned())]);
        let closed = asker.ask(None, "To what torque is the fuel filter element tightened?", &told);
        assert!(closed.answer.is_some_and(|answer| answer.contains("22 N·m")));
        assert!(!closed.alerts.is_empty() && closed.alerts[0].kind == AlertKind::Warning);
    }
}
