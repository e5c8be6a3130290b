//! Answers to questions: a passage with its citation, a refusal, a worded answer that the verifier passed.
//! Must not know how passages are found or words are made.

use std::collections::BTreeSet;

use super::{
    Guidance,
    prompts::{Ask, Then},
};
use crate::{
    answer::{verify, wordable},
    applicability::Applies,
    event::{Effect, RequestId},
    model::{ModelReply, ModelTask},
    overlay::AnswerPanel,
    passage::{Citation, Found, Hit, Passage, Support},
    quantity::Dimension,
    time::Timestamp,
};

/// An answer as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// What is drawn.
    pub panel: AnswerPanel,
    /// The passage that it shows, and that it may be worded from.
    pub passage: Option<Passage>,
    /// See [`Found::value_of`].
    pub value_of: Option<BTreeSet<Dimension>>,
    /// The request for wording and when it was made, while it is under way.
    pub wording: Option<(RequestId, Timestamp)>,
}

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
        let passage = best.passage.clone();
        self.answer_with(query, found.support, found.value_of, passage, now);
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

    /// Shows the passage; where it says more than one thing, the model is asked for the part that answers.
    fn answer_with(
        &mut self,
        question: String,
        support: Support,
        value_of: Option<BTreeSet<Dimension>>,
        passage: Passage,
        now: Timestamp,
    ) {
        let worth_wording = support >= Support::Partial && wordable(std::slice::from_ref(&passage));
        let wording = (worth_wording && self.model_may_answer()).then(|| self.request());
        let panel = AnswerPanel {
            question: question.clone(),
            text: passage.text.clone(),
            worded: false,
            refused: false,
            pointer: passage.pointer.clone(),
            support: support_word(support).to_owned(),
            citations: vec![self.citation(&passage)],
            alerts: passage.alerts.clone(),
            pending: wording.is_some(),
        };
        if let Some(id) = wording {
            let passages = vec![passage.text.clone()];
            self.effects.push(Effect::AskModel { id, task: ModelTask::Word { question, passages } });
        }
        let wording = wording.map(|id| (id, now));
        self.answer = Some(Answer { panel, passage: Some(passage), value_of, wording });
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
        self.answer = Some(Answer { panel, passage: None, value_of: None, wording: None });
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
        match verify(&sentences, answer.passage.as_slice(), &answer.panel.question, answer.value_of.as_ref()) {
            Ok(()) => {
                let words: Vec<&str> = sentences.iter().map(|sentence| sentence.text.trim()).collect();
                answer.panel.text = words.join(" ");
                answer.panel.worded = true;
            }
            Err(rejection) => self.note(now, format!("worded answer not shown: {rejection}")),
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
            _ => self.tell(format!("Say one of: {}.", super::prompts::quoted(&self.fault_answers()))),
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
