//! Answers to questions: a passage with its citation, a refusal, a worded answer that the verifier passed.
//! Must not know how passages are found or words are made.

use super::{
    Guidance,
    prompts::{Ask, Then},
};
use crate::{
    answer::verify,
    applicability::Applies,
    event::{Effect, RequestId},
    model::{ModelReply, ModelTask, WordedSentence},
    overlay::AnswerPanel,
    passage::{Citation, Found, Hit, Passage, Support},
    time::Timestamp,
};

/// An answer as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// What is drawn.
    pub panel: AnswerPanel,
    /// The passages it may be worded from; the first one is what it shows.
    pub passages: Vec<Passage>,
    /// The request for wording and when it was made, while it is under way.
    pub wording: Option<(RequestId, Timestamp)>,
}

/// How many citations stand under a passage that is shown as the answer.
const CITED: usize = 1;

impl Guidance {
    /// The library answered.
    pub(super) fn found(&mut self, id: RequestId, found: Found, now: Timestamp) {
        let Some((_, query)) = self.search.take_if(|(asked, _)| *asked == id) else { return };
        if let Some(property) = found.variant_needed.filter(|property| !self.variant.contains_key(&property.name)) {
            self.answer = None;
            self.ask = Some(Ask::Variant { property: property.name, then: Then::Search(query) });
            return;
        }
        if let Some(refusal) = found.refusal {
            self.refuse(query, refusal.reason, refusal.pointer);
            return;
        }
        // The library filters by variant; that nothing of another variant is shown is kept here.
        let hits: Vec<Hit> = found
            .hits
            .into_iter()
            .filter(|hit| hit.passage.applicability.applies(&self.variant) != Applies::No)
            .collect();
        let Some(best) = hits.first().filter(|_| found.support != Support::None) else {
            let reason = format!("The manual for {} has nothing on this.", self.variant_words());
            self.refuse(query, reason, None);
            return;
        };
        if let Applies::Unknown { property } = best.passage.applicability.applies(&self.variant) {
            self.answer = None;
            self.ask = Some(Ask::Variant { property, then: Then::Search(query) });
            return;
        }
        let passages: Vec<Passage> = hits
            .into_iter()
            .map(|hit| hit.passage)
            .filter(|passage| passage.applicability.applies(&self.variant) == Applies::Yes)
            .take(self.options.worded_passages.max(CITED))
            .collect();
        self.answer_with(query, found.support, passages, now);
        self.offer(found.task);
    }

    /// Offers to start the task that would do what was asked.
    fn offer(&mut self, task: Option<crate::passage::TaskRef>) {
        if matches!(self.ask, Some(Ask::Offer(_))) {
            self.ask = None;
        }
        let Some(task) = task else { return };
        let free = !self.tasks.iter().any(|open| open.work_package == task.work_package);
        let playable = self.publication.work_package(&task.work_package).is_some_and(|work_package| {
            super::procedure::playable(work_package) && work_package.applicability.applies(&self.variant) != Applies::No
        });
        if free && playable && self.ask.is_none() {
            self.ask = Some(Ask::Offer(task));
        }
    }

    fn answer_with(&mut self, question: String, support: Support, passages: Vec<Passage>, now: Timestamp) {
        let Some(best) = passages.first() else { return };
        let panel = AnswerPanel {
            question: question.clone(),
            text: best.text.clone(),
            worded: false,
            refused: false,
            pointer: best.pointer.clone(),
            support: support_word(support).to_owned(),
            citations: passages.iter().take(CITED).map(|passage| self.citation(passage)).collect(),
            alerts: best.alerts.clone(),
            pending: false,
        };
        let wording = (support >= Support::Partial && self.model_may_answer()).then(|| self.request());
        if let Some(id) = wording {
            let texts = passages.iter().map(|passage| passage.text.clone()).collect();
            self.effects.push(Effect::AskModel { id, task: ModelTask::Word { question, passages: texts } });
        }
        let pending = wording.is_some();
        self.answer =
            Some(Answer { panel: AnswerPanel { pending, ..panel }, passages, wording: wording.map(|id| (id, now)) });
    }

    fn refuse(&mut self, question: String, reason: String, pointer: Option<String>) {
        if matches!(self.ask, Some(Ask::Offer(_))) {
            self.ask = None;
        }
        let panel = AnswerPanel {
            question,
            text: reason,
            worded: false,
            refused: true,
            pointer,
            support: support_word(Support::None).to_owned(),
            citations: Vec::new(),
            alerts: Vec::new(),
            pending: false,
        };
        self.answer = Some(Answer { panel, passages: Vec::new(), wording: None });
    }

    /// The model answered, or failed to.
    pub(super) fn model_replied(&mut self, id: RequestId, reply: Option<ModelReply>, now: Timestamp) {
        if let Some((_, node, words)) = self.mapping.take_if(|(asked, ..)| *asked == id) {
            self.mapped(&node, &words, reply.as_ref());
            return;
        }
        let Some(answer) = self.answer.as_mut().filter(|answer| answer.wording.is_some_and(|(asked, _)| asked == id))
        else {
            return;
        };
        answer.wording = None;
        answer.panel.pending = false;
        let Some(ModelReply::Worded(sentences)) = reply else { return };
        match verify(&sentences, &answer.passages) {
            Ok(()) => self.word(&sentences),
            Err(rejection) => self.note(now, format!("worded answer not shown: {rejection}")),
        }
    }

    /// Shows the model's words in place of the passage: the verifier passed them.
    fn word(&mut self, sentences: &[WordedSentence]) {
        let mut cited: Vec<usize> = sentences.iter().map(|sentence| sentence.passage).collect();
        cited.dedup();
        let Some(answer) = &self.answer else { return };
        let used: Vec<&Passage> =
            cited.iter().filter_map(|number| answer.passages.get(number.checked_sub(1)?)).collect();
        let mut citations: Vec<String> = Vec::new();
        let mut alerts = Vec::new();
        for passage in used {
            let citation = self.citation(passage);
            if !citations.contains(&citation) {
                citations.push(citation);
            }
            for alert in &passage.alerts {
                if !alerts.contains(alert) {
                    alerts.push(alert.clone());
                }
            }
        }
        if citations.is_empty() {
            return;
        }
        let text = sentences.iter().map(|sentence| sentence.text.trim()).collect::<Vec<_>>().join(" ");
        if let Some(answer) = &mut self.answer {
            answer.panel = AnswerPanel { text, worded: true, citations, alerts, ..answer.panel.clone() };
        }
    }

    /// The model mapped a reply onto an answer: it is asked back, never taken.
    fn mapped(&mut self, node: &str, words: &str, reply: Option<&ModelReply>) {
        let Some((task, work_package)) = self.current() else { return };
        let Some((_, answers)) = task.node(work_package).and_then(|node| node.question.as_ref()) else { return };
        if task.place() != node || !task.open() {
            return;
        }
        match reply {
            Some(ModelReply::Mapped(Some(answer))) if *answer < answers.len() => {
                self.ask = Some(Ask::Mapped { node: node.to_owned(), answer: *answer });
            }
            Some(ModelReply::Mapped(None)) => self.search_for(words.to_owned()),
            _ => {
                let choices: Vec<String> = answers.iter().map(|answer| answer.text.clone()).collect();
                self.tell(format!("Say one of: {}.", super::prompts::quoted(&choices)));
            }
        }
    }

    /// A model that is late no longer changes what is shown.
    pub(super) fn watch_model(&mut self, now: Timestamp) {
        if let Some(answer) = &mut self.answer
            && answer.wording.is_some_and(|(_, since)| now.since(since) > self.options.model_deadline_s)
        {
            answer.wording = None;
            answer.panel.pending = false;
        }
    }

    /// Citation of a passage, short form.
    fn citation(&self, passage: &Passage) -> String {
        let issue = self.publication.work_package(&passage.at.work_package).map(|wp| wp.issue.clone());
        Citation { at: passage.at.clone(), issue: issue.unwrap_or_default() }.short()
    }
}

fn support_word(support: Support) -> &'static str {
    match support {
        Support::Exact => "exact",
        Support::Partial => "partial",
        Support::Related => "related",
        Support::None => "not in the manual",
    }
}
