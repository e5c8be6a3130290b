//! Guidance: the state machine that guides a person through the manual's own tasks.
//!
//! It decides what is shown, asked, said and done, from events alone; time is an argument. What holds at every moment is
//! written in `docs/guidance.md` and tested over random events. Must not know clocks, windows, engines, indexes.

mod answers;
mod choices;
mod dialogue;
mod fault;
mod gates;
mod hearing;
mod lifecycle;
mod motion;
mod navigate;
mod present;
mod procedure;
mod prompts;
mod queries;
mod resume;
mod scene;
mod task;
mod values;

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

pub use self::resume::Snapshot;
use self::{
    answers::Answer,
    hearing::AskedBack,
    procedure::{AlertKey, alerts_of},
    prompts::Ask,
    task::{Route, Task},
};
use crate::{
    applicability::Variant,
    equipment::EquipmentPackage,
    event::{Effect, Event, RequestId, WorkerState},
    manual::{AlertKind, Publication, Text, WorkPackage},
    overlay::Notice,
    record::{Entry, Record},
    time::Timestamp,
    tracking::Anchor,
};

/// What may be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// True in the simulator and in scenarios.
    pub simulation: bool,
    /// What is known of the equipment before the first word.
    pub variant: Variant,
    /// After so many seconds without the user, or of pause, every alert is acknowledged again.
    pub long_pause_s: f64,
    /// After so many seconds a worded answer no longer replaces its passage.
    pub model_deadline_s: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { simulation: false, variant: Variant::new(), long_pause_s: 900.0, model_deadline_s: 30.0 }
    }
}

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Work package id.
    pub work_package: String,
    /// Step or node id.
    pub step: String,
    /// Its number as the manual counts it.
    pub number: String,
    /// This step from 1; 0 in fault isolation.
    pub index: u32,
    /// How many steps are shown; 0 in fault isolation.
    pub total: u32,
    /// False while alerts, conditions or the close-up stand before or after the steps.
    pub at_step: bool,
    /// True while an alert must be acknowledged.
    pub gated: bool,
    /// How many tasks are open, this one on top.
    pub depth: usize,
}

/// The state of one session with one publication and one piece of equipment.
#[derive(Clone, Debug)]
pub struct Guidance {
    publication: Arc<Publication>,
    equipment: Arc<EquipmentPackage>,
    options: Options,
    variant: Variant,
    /// The task worked on is the last; those before it are returned to.
    tasks: Vec<Task>,
    /// A question of ours that is not part of a task.
    ask: Option<Ask>,
    /// A command that was not heard for sure.
    asked_back: Option<AskedBack>,
    answer: Option<Answer>,
    /// The search that is under way, with the user's words.
    search: Option<(RequestId, String)>,
    /// The reply that the model maps: request, node, the user's words.
    mapping: Option<(RequestId, String, String)>,
    notice: Option<Notice>,
    heard: Option<String>,
    figure_open: bool,
    paused: Option<Timestamp>,
    last_user: Timestamp,
    anchor: Anchor,
    workers: BTreeMap<String, WorkerState>,
    next_request: RequestId,
    /// What was presented last, so that it is said once.
    presented: String,
    record: Record,
    effects: Vec<Effect>,
}

impl Guidance {
    /// A session that has not begun: no task, nothing asked.
    pub fn new(publication: Arc<Publication>, equipment: Arc<EquipmentPackage>, options: Options) -> Self {
        Self {
            variant: options.variant.clone(),
            publication,
            equipment,
            options,
            tasks: Vec::new(),
            ask: None,
            asked_back: None,
            answer: None,
            search: None,
            mapping: None,
            notice: None,
            heard: None,
            figure_open: false,
            paused: None,
            last_user: Timestamp(0.0),
            anchor: Anchor::default(),
            workers: BTreeMap::new(),
            next_request: 1,
            presented: String::new(),
            record: Record::default(),
            effects: Vec::new(),
        }
    }

    /// Takes in one event and says what must be done about it.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let before = self.snapshot();
        self.record_event(&event, now);
        self.watch_long_pause(now);
        self.watch_asked_back(&event, now);
        if by_user(&event) {
            self.last_user = now;
            self.notice = None;
        }
        match event {
            Event::Utterance(words) => self.utterance(&words, now),
            Event::Heard(heard) => self.heard(&heard, now),
            Event::Hearing(words) => self.hearing(&words),
            Event::Command(command) => self.command(command, now),
            Event::Choose(index) => self.choose(index, now),
            Event::PartActed { item } => self.part_acted(&item, now),
            Event::StartTask { work_package } => self.start_task(&work_package, now),
            Event::VariantKnown { property, value } => self.set_variant(&property, &value, now),
            Event::Found { id, found } => self.found(id, found, now),
            Event::ModelReplied { id, reply } => self.model_replied(id, reply, now),
            Event::Anchored(anchor) => self.anchor = anchor,
            Event::Worker { name, state } => {
                self.workers.insert(name, state);
            }
            Event::Tick => {}
        }
        self.watch_model(now);
        self.settle();
        self.present(now);
        if self.snapshot() != before {
            self.effects.push(Effect::Persist);
        }
        std::mem::take(&mut self.effects)
    }

    /// What is known of the equipment.
    pub fn variant(&self) -> &Variant {
        &self.variant
    }

    /// True while the task is paused.
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Where the task stands that is worked on; `None` while there is none.
    pub fn position(&self) -> Option<Position> {
        let (task, work_package) = self.current()?;
        let (number, index, total) = match &task.route {
            Route::Steps { plan, at, .. } => {
                (plan.get(*at).map_or("", |step| step.number.as_str()), *at as u32 + 1, plan.len() as u32)
            }
            Route::Fault { .. } => (task.node(work_package).map_or("", |node| node.number.as_str()), 0, 0),
        };
        Some(Position {
            work_package: task.work_package.clone(),
            step: task.place().to_owned(),
            number: number.to_owned(),
            index,
            total,
            at_step: task.phase == task::Phase::Work,
            gated: !task.queue.is_empty(),
            depth: self.tasks.len(),
        })
    }

    /// What happened and what was shown, in order.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The task worked on and its work package.
    fn current(&self) -> Option<(&Task, &WorkPackage)> {
        let task = self.tasks.last()?;
        Some((task, self.publication.work_package(&task.work_package)?))
    }

    /// The alert that gates now; nothing else is asked, shown in full or done while there is one.
    fn gate(&self) -> Option<&crate::manual::Alert> {
        let (task, work_package) = self.current()?;
        task.gate(work_package)
    }

    /// The words of an alert, for the record.
    fn alert_words(&self, key: &AlertKey) -> String {
        let alert = self.current().and_then(|(_, wp)| alerts_of(wp, &key.owner).get(key.index));
        alert.map_or_else(String::new, |alert| format!("{}: {}", kind_word(alert.kind), joined(&alert.text)))
    }

    /// Puts the product's own words into the notice line.
    fn tell(&mut self, words: impl Into<String>) {
        self.tell_cited(vec![words.into()], String::new());
    }

    /// Puts lines with their citation into the notice.
    fn tell_cited(&mut self, lines: Vec<String>, citation: String) {
        self.notice = Some(Notice { lines, citation });
    }

    fn request(&mut self) -> RequestId {
        let id = self.next_request;
        self.next_request += 1;
        id
    }

    /// Writes what was decided into the record.
    fn note(&mut self, now: Timestamp, words: String) {
        self.write(Entry::Decided { at: now, words });
    }

    fn write(&mut self, entry: Entry) {
        self.effects.push(Effect::Record(entry.to_json()));
        self.record.push(entry);
    }

    fn record_event(&mut self, event: &Event, now: Timestamp) {
        let worth = match event {
            Event::Tick | Event::Hearing(_) => false,
            // Poses come with every frame; only a change of trust is worth a line.
            Event::Anchored(anchor) => {
                std::mem::discriminant(&anchor.tracking) != std::mem::discriminant(&self.anchor.tracking)
            }
            // A camera tells its rate and delay again and again.
            Event::Worker { name, state } if name == "camera" => {
                self.workers.get(name).map(std::mem::discriminant) != Some(std::mem::discriminant(state))
            }
            Event::Worker { name, state } => self.workers.get(name) != Some(state),
            _ => true,
        };
        if worth {
            self.write(Entry::Happened { at: now, event: event.clone() });
        }
    }
}

/// True for what the person did, false for what the machine reports.
fn by_user(event: &Event) -> bool {
    match event {
        Event::Utterance(_)
        | Event::Heard(_)
        | Event::Command(_)
        | Event::Choose(_)
        | Event::PartActed { .. }
        | Event::StartTask { .. }
        | Event::VariantKnown { .. } => true,
        Event::Hearing(_)
        | Event::Found { .. }
        | Event::ModelReplied { .. }
        | Event::Anchored(_)
        | Event::Worker { .. }
        | Event::Tick => false,
    }
}

/// `Warning`, `Caution`, `Note`.
fn kind_word(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Warning => "Warning",
        AlertKind::Caution => "Caution",
        AlertKind::Note => "Note",
    }
}

/// Paragraphs as one line.
fn joined(text: &[Text]) -> String {
    text.iter().map(Text::plain).collect::<Vec<_>>().join(" ")
}
