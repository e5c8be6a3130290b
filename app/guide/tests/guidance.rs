//! Guidance, told event by event: what a technician meets in a task, checked on the scene.

mod common;

use common::{BLEED, FAULT, LOCKOUT, MK1_ONLY, REPLACE, equipment, only, publication};
use fieldwright_guide::{
    applicability::{Applicability, Property},
    command::{
        Command,
        heard::{Heard, HeardPhrase},
    },
    event::{Effect, Event, WorkerState},
    guidance::{Guidance, Options, Snapshot},
    manual::{AlertKind, Body, Provenance},
    model::{ModelReply, ModelTask, WordedSentence},
    overlay::{HighlightRole, OverlayScene, Placement},
    passage::{Found, Hit, Passage, Refusal, Support, TaskRef},
    time::Timestamp,
    tracking::{Anchor, Tracking},
};

/// A session with its clock: a second passes with every event.
struct Session {
    guidance: Guidance,
    now: f64,
    effects: Vec<Effect>,
}

impl Session {
    fn new(model: Option<&str>) -> Self {
        let variant = model.map(|model| ("model".to_owned(), model.to_owned())).into_iter().collect();
        let options = Options { variant, simulation: true, ..Options::default() };
        Self { guidance: Guidance::new(publication(), equipment(), options), now: 0.0, effects: Vec::new() }
    }

    fn event(&mut self, event: Event) -> &mut Self {
        self.now += 1.0;
        self.effects = self.guidance.handle(event, Timestamp(self.now));
        self
    }

    fn say(&mut self, words: &str) -> &mut Self {
        self.event(Event::Utterance(words.into()))
    }

    fn hear(&mut self, words: &str, confidence: f32) -> &mut Self {
        self.event(Event::Heard(Heard::evenly(words, confidence)))
    }

    fn start(&mut self, id: &str) -> &mut Self {
        self.event(Event::StartTask { work_package: id.into() })
    }

    fn scene(&self) -> OverlayScene {
        self.guidance.scene(Timestamp(self.now))
    }

    /// Acknowledges whatever gates, one at a time.
    fn acknowledge_all(&mut self) -> &mut Self {
        for _ in 0..20 {
            if self.scene().alert.is_none() {
                break;
            }
            self.say("acknowledge");
        }
        self
    }

    /// To the open first step.
    fn begin(&mut self, id: &str) -> &mut Self {
        self.start(id).acknowledge_all();
        if self.scene().prompt.is_some() {
            self.event(Event::Choose(0));
        }
        self.acknowledge_all()
    }

    fn number(&self) -> String {
        self.scene().card.map(|card| card.number).unwrap_or_default()
    }

    fn notice(&self) -> String {
        self.scene().notice.map(|notice| notice.lines.join(" ")).unwrap_or_default()
    }

    fn alert(&self) -> String {
        self.scene().alert.map(|alert| alert.text.join(" ")).unwrap_or_default()
    }

    fn prompt(&self) -> String {
        self.scene().prompt.map(|prompt| prompt.title).unwrap_or_default()
    }

    fn said(&self) -> String {
        let said = self.effects.iter().filter_map(|effect| match effect {
            Effect::Say(words) => Some(words.as_str()),
            _ => None,
        });
        said.collect::<Vec<_>>().join(" | ")
    }

    /// Answers the search that the last event asked for.
    fn found(&mut self, found: Found) -> &mut Self {
        let id = self.effects.iter().find_map(|effect| match effect {
            Effect::Search { id, .. } => Some(*id),
            _ => None,
        });
        let id = id.expect("a search was asked for");
        self.event(Event::Found { id, found })
    }

    fn model_request(&self) -> Option<(u64, ModelTask)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::AskModel { id, task } => Some((*id, task.clone())),
            _ => None,
        })
    }
}

fn passage(id: &str, words: &str) -> Passage {
    Passage {
        id: format!("{id}#1"),
        at: Provenance {
            publication: "T".into(),
            work_package: id.into(),
            element: "step 6".into(),
            ..Default::default()
        },
        kind: "procedure".into(),
        title: "Fuel filter element - Replace".into(),
        headings: Vec::new(),
        text: words.into(),
        alerts: vec![(AlertKind::Caution, "Too much torque breaks the seal.".into())],
        applicability: Applicability::Always,
        parts: vec!["fuel-filter-element".into()],
        step: Some("s6".into()),
        pointer: None,
    }
}

fn found(passages: Vec<Passage>) -> Found {
    Found {
        support: if passages.is_empty() { Support::None } else { Support::Exact },
        hits: passages.into_iter().map(|passage| Hit { passage, score: 1.0 }).collect(),
        refusal: None,
        variant_needed: None,
        task: None,
        value_of: None,
    }
}

fn task(id: &str, title: &str) -> TaskRef {
    TaskRef { work_package: id.into(), title: title.into(), kind: "procedure".into() }
}

#[test]
fn a_procedure_from_the_first_alert_to_the_close_up() {
    let mut s = Session::new(Some("Mk 2"));
    s.start(REPLACE);
    assert_eq!(s.alert(), "Diesel fuel is flammable.");
    assert_eq!(s.said(), "Warning. Diesel fuel is flammable.");
    assert!(s.scene().card.is_none());
    // Neither next, nor yes, nor a choice opens it.
    for event in [
        Event::Command(Command::Next),
        Event::Command(Command::Yes),
        Event::Choose(0),
        Event::PartActed { item: "master-switch".into() },
        Event::Utterance("go to step 3".into()),
    ] {
        s.event(event);
        assert_eq!(s.alert(), "Diesel fuel is flammable.");
    }
    // Nor does what only sounds like an acknowledgement.
    s.say("I don't acknowledge the warning");
    assert!(s.notice().contains("Acknowledge the warning first") && s.alert() == "Diesel fuel is flammable.");
    s.say("I acknowledge the warning");
    assert_eq!((s.alert().as_str(), s.scene().alert.unwrap().position), ("Dirt damages the injection pump.", (2, 2)));
    s.say("acknowledged");
    assert!(s.prompt().contains("required conditions"), "{}", s.prompt());
    assert_eq!(s.scene().prompt.unwrap().choices, ["All are met", "Open: Generator set - Lockout", "Not met"]);
    s.say("next");
    assert!(s.prompt().contains("required conditions"));
    s.say("no");
    assert!(s.notice().contains("does not begin"));
    s.say("yes");
    let card = s.scene().card.unwrap();
    assert_eq!((card.number.as_str(), card.position, card.gated), ("1", (1, 10), false));
    assert_eq!(card.notes, ["Two persons are quicker."]);
    assert_eq!(card.edition, "Issue 002 · Mk 2");
    assert_eq!(card.citation, format!("{REPLACE} ¶ 1"));
    assert_eq!(s.said(), "Note. Two persons are quicker. Step 1. Set the master switch to OFF and lock it.");
    s.say("next");
    assert_eq!(s.alert(), "Fuel can spray.");
    let scene = s.scene();
    assert!(scene.card.as_ref().unwrap().gated && scene.motion.is_none() && scene.highlights.is_empty());
    assert_eq!(scene.card.unwrap().notes, ["A cloth helps."]);
    s.say("acknowledge").say("okay next");
    assert_eq!((s.number().as_str(), s.alert().as_str()), ("3.1", "Do not bend the lines."));
    s.say("understood");
    assert_eq!(s.scene().card.unwrap().title, "Fuel filter element - Replace · Remove the element");
    assert_eq!(s.scene().card.unwrap().chips[0].text, "strap wrench (5GT-110)");
    s.say("done");
    // The group's caution is in force; only the step's own is asked.
    assert_eq!(s.alert(), "Fuel stays in the element.");
    s.say("acknowledge").say("next");
    assert_eq!((s.number().as_str(), s.alert().as_str()), ("5", "Wear goggles."));
    assert_eq!(s.scene().card.unwrap().notes, ["The new element is in the kit."]);
    s.say("acknowledge").say("next");
    assert_eq!((s.number().as_str(), s.alert().as_str()), ("5.2", ""));
    s.say("next");
    assert_eq!(s.number(), "7");
    s.say("what's the torque");
    assert_eq!(s.notice(), "22 N·m (16 lb-ft)");
    assert_eq!(s.scene().notice.unwrap().citation, format!("{REPLACE} ¶ 7"));
    s.say("how many steps are left");
    assert_eq!(s.notice(), "Step 7 of 10: 3 steps left after this one.");
    s.say("next").say("next");
    assert_eq!((s.number().as_str(), s.alert().as_str()), ("9", "Diesel fuel is flammable."));
    s.say("acknowledge").say("next");
    assert_eq!(s.alert(), "The muffler is hot.");
    s.say("acknowledge").say("next");
    assert_eq!(s.prompt(), "Fuel filter element - Replace: after completion");
    s.say("done");
    assert_eq!(s.prompt(), "Fuel filter element - Replace: after completion", "said twice, before it could be read");
    s.now += 5.0;
    s.say("next").say("okay, done");
    assert_eq!(s.prompt(), "Fuel filter element - Replace: after completion", "next is no confirmation");
    s.say("done");
    assert_eq!(s.notice(), "Task complete: Fuel filter element - Replace.");
    assert!(s.guidance.position().is_none() && s.scene().card.is_none());
}

#[test]
fn the_variant_is_asked_before_anything_depends_on_it() {
    let mut s = Session::new(None);
    s.start(REPLACE);
    assert_eq!(s.prompt(), "Which model stands in front of you?");
    assert!(s.scene().alert.is_none() && s.scene().card.is_none() && s.guidance.position().is_none());
    s.say("yes");
    assert!(s.notice().contains("“Mk 1”"));
    s.say("it's a mark two");
    assert_eq!(s.alert(), "Diesel fuel is flammable.");
    assert_eq!(s.guidance.variant().get("model").map(String::as_str), Some("Mk 2"));
    // Not knowing is no value.
    let mut unsure = Session::new(None);
    unsure.start(REPLACE).say("I don't know which one");
    assert!(unsure.notice().contains("“Mk 2”") && unsure.effects.iter().all(|e| !matches!(e, Effect::Search { .. })));
    // A task that does not depend on it starts at once.
    let mut s = Session::new(None);
    s.start(BLEED);
    assert_eq!(s.number(), "1");
    // A task of the other variant does not start.
    let mut s = Session::new(Some("Mk 2"));
    s.start(MK1_ONLY);
    assert!(s.notice().contains("does not apply to Mk 2"), "{}", s.notice());
}

#[test]
fn a_lockout_step_is_not_skipped() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE);
    s.say("go to step 3.2");
    assert!(s.notice().contains("Step 1 is a lockout step"), "{}", s.notice());
    assert_eq!(s.number(), "1");
    s.say("next").acknowledge_all();
    s.say("go to step ten");
    assert!(s.notice().contains("Step 8 is a lockout step"));
    // Jumping ahead asks for the alerts of what was jumped over and of the target.
    s.say("go to step 6");
    assert_eq!(s.number(), "6");
    let mut asked = Vec::new();
    while s.scene().alert.is_some() {
        assert!(s.scene().card.unwrap().gated);
        asked.push(s.alert());
        s.say("acknowledge");
    }
    assert_eq!(
        asked,
        ["Do not bend the lines.", "Fuel stays in the element.", "Wear goggles.", "Too much torque breaks the seal."]
    );
    // Back asks for the step's own again.
    s.say("go back").say("next");
    assert_eq!(s.alert(), "Too much torque breaks the seal.");
}

#[test]
fn parts_that_are_acted_on() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE);
    let lit = s.scene().highlights;
    assert_eq!((lit[0].item.as_str(), lit[0].role), ("master-switch", HighlightRole::Focus));
    assert!(s.scene().motion.unwrap().reversed);
    s.event(Event::PartActed { item: "bleed-screw".into() });
    assert_eq!(s.notice(), "This step is about the master switch.");
    s.event(Event::PartActed { item: "master-switch".into() });
    assert!(
        s.effects.iter().any(
            |e| matches!(e, Effect::PlayMotion { item, cue: Some(cue) } if item == "master-switch" && cue.reversed)
        )
    );
    assert_eq!(s.number(), "2");
    s.event(Event::PartActed { item: "bleed-screw".into() });
    assert!(!s.effects.iter().any(|e| matches!(e, Effect::PlayMotion { .. })), "gated");
    assert!(s.notice().contains("Acknowledge the warning first"));
}

#[test]
fn labels_carry_the_number_of_this_variant() {
    let mut s = Session::new(Some("Mk 2"));
    s.begin(REPLACE).say("next").acknowledge_all().say("next").acknowledge_all();
    let label = s.scene().label.unwrap();
    assert_eq!((label.name.as_str(), label.detail.as_str()), ("fuel filter element", "5G28-2142 ⟦2⟧ · Mk 2"));
    s.event(Event::Anchored(Anchor { tracking: Tracking::Good, ..Anchor::default() }));
    assert_eq!(s.scene().placement, Placement::OnPart);
    s.event(Event::Anchored(Anchor { tracking: Tracking::Degraded, ..Anchor::default() }));
    assert_eq!(s.scene().placement, Placement::BesidePart);
}

#[test]
fn pause_long_pause_and_silence() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE).say("next").acknowledge_all();
    s.say("hold on");
    assert_eq!((s.prompt().as_str(), s.scene().card), ("The task is paused.", None));
    s.say("next");
    assert!(s.notice().contains("Paused"));
    s.say("carry on");
    assert_eq!((s.number().as_str(), s.alert().as_str()), ("2", ""));
    s.say("pause");
    s.now += 1000.0;
    s.say("resume");
    assert_eq!(s.alert(), "Diesel fuel is flammable.");
    s.acknowledge_all();
    assert_eq!(s.number(), "2");
    assert!(!s.scene().card.unwrap().gated);
    // Nobody there for long: the gate is closed when they come back, and their word does not pass it.
    s.now += 1000.0;
    s.say("next");
    assert_eq!((s.number().as_str(), s.alert().as_str()), ("2", "Diesel fuel is flammable."));
}

#[test]
fn a_killed_session_resumes_gated_at_the_same_step() {
    let mut s = Session::new(None);
    s.start(REPLACE).say("Mk 1").acknowledge_all().event(Event::Choose(0)).say("next").acknowledge_all();
    assert!(s.effects.iter().all(|e| !matches!(e, Effect::Persist)), "an acknowledgement is never written down");
    s.say("next");
    assert!(s.effects.iter().any(|e| matches!(e, Effect::Persist)));
    let json = serde_json::to_string(&s.guidance.snapshot()).unwrap();
    let snapshot: Snapshot = serde_json::from_str(&json).unwrap();
    let (resumed, effects) =
        Guidance::resume(publication(), equipment(), Options::default(), snapshot.clone(), Timestamp(3.0));
    assert_eq!(resumed.snapshot(), snapshot);
    assert_eq!(resumed.position().unwrap().step, "s3.1");
    assert!(resumed.position().unwrap().gated);
    assert!(effects.iter().any(|e| matches!(e, Effect::Say(words) if words == "Warning. Diesel fuel is flammable.")));
    let mut s = Session { guidance: resumed, now: 3.0, effects };
    let mut asked = Vec::new();
    while s.scene().alert.is_some() {
        asked.push(s.alert());
        s.say("acknowledge");
    }
    assert_eq!(
        asked,
        [
            "Diesel fuel is flammable.",
            "Dirt damages the injection pump.",
            "Mk 1 filters are hot ⟦1⟧.",
            "Do not bend the lines."
        ]
    );
    assert_eq!(s.number(), "3.1");
}

#[test]
fn a_revised_work_package_starts_again() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE).say("next").acknowledge_all();
    let snapshot = s.guidance.snapshot();
    let mut revised = (*publication()).clone();
    revised.work_packages[0].issue = "003-00".into();
    let (resumed, _) =
        Guidance::resume(revised.into(), equipment(), Options::default(), snapshot.clone(), Timestamp(0.0));
    assert!(!resumed.position().unwrap().at_step);
    assert!(resumed.scene(Timestamp(0.0)).notice.unwrap().lines[0].contains("has changed since"));
    let mut other = (*publication()).clone();
    other.id = "OTHER".into();
    let (resumed, _) = Guidance::resume(other.into(), equipment(), Options::default(), snapshot, Timestamp(0.0));
    assert!(resumed.position().is_none());
}

#[test]
fn fault_isolation_through_its_corrective_tasks() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(FAULT);
    let card = s.scene().card.unwrap();
    assert_eq!((card.number.as_str(), card.position, card.answers.len()), ("1", (0, 0), 2));
    s.say("next");
    assert!(s.notice().contains("Answer the question"));
    s.say("yes there is");
    assert_eq!(s.alert(), "Hold a cloth around the screw.");
    s.event(Event::Choose(2));
    assert_eq!(s.number(), "2", "a gated node takes no answer");
    s.say("acknowledge").say("flow with bubbles");
    assert_eq!((s.number().as_str(), s.alert().as_str()), ("3", "Do not crank for more than 10 seconds."));
    s.say("acknowledge");
    assert_eq!(s.prompt(), "Start: Fuel system - Bleed air?");
    s.say("yes");
    assert_eq!(s.guidance.position().unwrap().depth, 2);
    s.acknowledge_all().say("next").acknowledge_all().say("next");
    assert_eq!((s.number().as_str(), s.prompt().as_str()), ("3", ""), "back at the node, its question open");
    s.say("no it doesn't");
    assert_eq!(s.prompt(), "Start: Fuel filter element - Replace?");
    s.say("no");
    assert_eq!(s.prompt(), "Start: Fuel system - Bleed air?");
    s.say("no");
    assert_eq!((s.number().as_str(), s.prompt().as_str()), ("4", ""));
    s.say("go back").acknowledge_all();
    assert_eq!(s.number(), "3");
    s.say("no").say("yes");
    assert_eq!(s.number(), "6");
    s.say("next");
    assert!(s.prompt().contains("after completion"));
    s.say("yes");
    assert!(s.notice().contains("Task complete"));
}

#[test]
fn a_mapped_reply_is_asked_back() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(FAULT).say("yes").acknowledge_all();
    s.say("it foams when it comes out");
    let (id, ask) = s.model_request().unwrap();
    assert!(matches!(ask, ModelTask::MapReply { .. }));
    s.event(Event::ModelReplied { id, reply: Some(ModelReply::Mapped(Some(1))) });
    assert_eq!(s.number(), "2", "never taken silently");
    assert_eq!(s.prompt(), "Is your answer “Flow with air bubbles”?");
    s.say("no");
    assert_eq!(s.number(), "2");
    s.say("it foams when it comes out");
    let (id, _) = s.model_request().unwrap();
    s.event(Event::ModelReplied { id, reply: Some(ModelReply::Mapped(Some(1))) }).say("yes");
    assert_eq!(s.number(), "3");
    // The manual's own words are taken where a mapped answer was asked back.
    let mut s = Session::new(Some("Mk 1"));
    s.begin(FAULT).say("yes").acknowledge_all().say("it foams when it comes out");
    let (id, _) = s.model_request().unwrap();
    s.event(Event::ModelReplied { id, reply: Some(ModelReply::Mapped(Some(0))) }).say("weak flow");
    assert_eq!(s.number(), "4");
    // Without a model the answers are named.
    let mut s = Session::new(Some("Mk 1"));
    s.event(Event::Worker { name: "model".into(), state: WorkerState::Absent("none".into()) });
    s.begin(FAULT).say("yes").acknowledge_all().say("it foams when it comes out");
    assert!(s.model_request().is_none());
    assert!(s.notice().contains("“Flow with air bubbles”"));
    // A question at the node is a question.
    s.say("what is the fuel pressure?");
    assert!(s.effects.iter().any(|e| matches!(e, Effect::Search { .. })));
}

#[test]
fn a_question_during_a_task_keeps_its_state() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE).say("next").acknowledge_all();
    s.say("what is the torque of the fuel filter?")
        .found(found(vec![passage(REPLACE, "Turn it by hand. Tighten to 18 N·m (13 lb-ft).")]));
    let scene = s.scene();
    let answer = scene.answer.unwrap();
    assert_eq!(answer.citations, [format!("{REPLACE} ¶ 6")]);
    assert!(answer.pending && !answer.worded && scene.card.is_none());
    assert_eq!(scene.highlights[0].item, "fuel-filter-element");
    s.event(Event::ModelReplied { id: 0, reply: None });
    assert!(s.scene().answer.unwrap().pending, "another request's reply changes nothing");
    s.say("next");
    assert_eq!((s.number().as_str(), s.scene().answer), ("2", None), "returned, not advanced");
}

#[test]
fn words_of_a_model_are_shown_only_when_verified() {
    let mut s = Session::new(Some("Mk 1"));
    let words = "Oil the gasket. Tighten the fuel filter element to 18 N·m (13 lb-ft).";
    let mut ask = |reply: &str| {
        s.say("how tight is the filter element").found(found(vec![passage(REPLACE, words)]));
        assert_eq!(s.said(), "", "said when its words stand");
        let (id, _) = s.model_request().unwrap();
        let sentence = WordedSentence { text: reply.into(), passage: 1 };
        s.event(Event::ModelReplied { id, reply: Some(ModelReply::Worded(vec![sentence])) });
        assert!(s.said().starts_with("Caution. Too much torque breaks the seal. "), "{}", s.said());
        s.scene().answer.unwrap()
    };
    let good = ask("Tighten the fuel filter element to 18 N·m.");
    assert!(good.worded && !good.pending && good.citations.len() == 1);
    let bad = ask("Tighten the fuel filter element to 81 N·m.");
    assert!(!bad.worded && !bad.pending);
    assert_eq!(bad.text, words);
    // One sentence is shown as it stands: there is nothing to word.
    s.say("which torque has the filter element of the set")
        .found(found(vec![passage(REPLACE, "Tighten the fuel filter element to 18 N·m.")]));
    assert!(s.model_request().is_none() && !s.scene().answer.unwrap().pending);
    // Late: the passage stands.
    s.say("how tight is the filter element").found(found(vec![passage(REPLACE, words)]));
    let (id, _) = s.model_request().unwrap();
    s.now += 60.0;
    s.event(Event::Tick);
    assert!(!s.scene().answer.unwrap().pending);
    let sentence = WordedSentence { text: "Tighten the fuel filter element to 18 N·m.".into(), passage: 1 };
    s.event(Event::ModelReplied { id, reply: Some(ModelReply::Worded(vec![sentence])) });
    assert!(!s.scene().answer.unwrap().worded);
}

#[test]
fn an_offered_task_starts_on_yes() {
    let mut s = Session::new(Some("Mk 1"));
    let offer =
        Found { task: Some(task(REPLACE, "Fuel filter element - Replace")), ..found(vec![passage(REPLACE, "x")]) };
    s.say("how do I replace the fuel filter").found(offer.clone());
    assert_eq!(s.prompt(), "Start: Fuel filter element - Replace?");
    assert!(s.scene().answer.is_some());
    s.say("no");
    assert_eq!(s.prompt(), "");
    s.say("how do I replace the fuel filter").found(offer).say("yes");
    assert_eq!(s.alert(), "Diesel fuel is flammable.");
    assert!(s.scene().answer.is_none());
}

#[test]
fn refusals_and_variants_of_answers() {
    let mut s = Session::new(None);
    let refusal = Refusal { reason: "The overhaul is not loaded.".into(), pointer: Some("T-28-530".into()) };
    s.say("how do I overhaul the injection pump").found(Found { refusal: Some(refusal), ..found(Vec::new()) });
    let panel = s.scene().answer.unwrap();
    assert!(panel.refused && panel.citations.is_empty());
    assert_eq!(panel.pointer.as_deref(), Some("T-28-530"));
    let model = Property { name: "model".into(), label: "Model".into(), values: vec!["Mk 1".into(), "Mk 2".into()] };
    s.say("what is the torque of the filter").found(Found { variant_needed: Some(model), ..found(Vec::new()) });
    assert_eq!(s.prompt(), "Which model stands in front of you?");
    s.say("mark 1");
    let again = s.effects.iter().find_map(|e| match e {
        Effect::Search { query, .. } => Some(query.clone()),
        _ => None,
    });
    assert_eq!(again.as_deref(), Some("what is the torque of the filter"));
    // A library that forgot the variant does not make the core show it.
    let mut other = passage(REPLACE, "Tighten to 22 N·m ⟦2⟧.");
    other.applicability = only("Mk 2");
    s.found(found(vec![other]));
    assert!(s.scene().answer.unwrap().refused);
    // Nor one whose variant is not known.
    let mut s = Session::new(None);
    let mut unknown = passage(REPLACE, "Tighten to 18 N·m ⟦1⟧.");
    unknown.applicability = only("Mk 1");
    s.say("what is the torque of the filter").found(found(vec![unknown]));
    assert!(s.scene().answer.is_none());
    assert_eq!(s.prompt(), "Which model stands in front of you?");
}

#[test]
fn conditions_open_the_task_that_brings_them_about() {
    let mut s = Session::new(Some("Mk 1"));
    s.start(REPLACE).acknowledge_all().say("open lockout");
    assert_eq!(s.guidance.position().unwrap().work_package, LOCKOUT);
    s.acknowledge_all().say("go to step 3");
    assert!(s.notice().contains("lockout step"));
    s.say("next").say("next").say("next");
    assert!(s.prompt().contains("required conditions"), "{}", s.prompt());
    s.say("all are met").acknowledge_all();
    assert_eq!(s.number(), "1");
}

#[test]
fn a_step_opens_what_it_refers_to() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE);
    for _ in 0..12 {
        if s.number() == "9" {
            break;
        }
        s.say("next").acknowledge_all();
    }
    let open = s.scene().buttons.into_iter().find(|b| b.command == Command::Yes).unwrap();
    assert_eq!(open.label, "Open: Fuel system - Bleed air");
    s.say("open it");
    assert_eq!(s.guidance.position().unwrap().work_package, BLEED);
    s.acknowledge_all().say("next").say("next");
    assert_eq!(s.number(), "9");
    assert!(s.scene().buttons.iter().all(|b| b.command != Command::Yes));
}

#[test]
fn another_variant_lays_the_task_out_anew() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE).say("next").acknowledge_all().say("go to step 6").acknowledge_all();
    assert_eq!(s.number(), "6");
    s.event(Event::VariantKnown { property: "model".into(), value: "Mk 2".into() });
    // What the other variant has and this one never showed comes first.
    assert_eq!(s.number(), "5.2");
    assert_eq!(s.alert(), "Diesel fuel is flammable.");
    s.acknowledge_all().say("next").acknowledge_all();
    assert_eq!(s.number(), "7");
    let scene = serde_json::to_string(&s.scene()).unwrap();
    assert!(scene.contains("22 N·m") && !scene.contains("18 N·m"));
}

#[test]
fn a_property_that_comes_to_matter_is_asked_before_anything_goes_on() {
    let mut manual = (*publication()).clone();
    let bleed = manual.work_packages.iter_mut().find(|wp| wp.id == BLEED).unwrap();
    let Body::Procedure(procedure) = &mut bleed.body else { unreachable!("a procedure") };
    let serial = Applicability::Assert { property: "serial".into(), values: vec!["100~199".into()] };
    procedure.steps[1].applicability = Applicability::Any(vec![only("Mk 1"), serial]);
    let mut s = Session::new(Some("Mk 1"));
    let options = Options { variant: s.guidance.variant().clone(), ..Options::default() };
    s.guidance = Guidance::new(manual.into(), equipment(), options);
    s.begin(BLEED);
    assert_eq!(s.scene().card.unwrap().position, (1, 2));
    s.event(Event::VariantKnown { property: "model".into(), value: "Mk 2".into() }).acknowledge_all();
    assert_eq!(s.prompt(), "Which serial stands in front of you?");
    s.say("next").say("go to step 2").say("banana").say("250");
    assert_eq!((s.prompt().as_str(), s.number().as_str()), ("Which serial stands in front of you?", "1"));
    s.say("150").acknowledge_all();
    assert_eq!((s.prompt().as_str(), s.scene().card.unwrap().position), ("", (1, 2)));
}

#[test]
fn warnings_again_tools_and_figure() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE).say("next").acknowledge_all();
    s.say("show me the warning again");
    assert_eq!(s.alert(), "Diesel fuel is flammable.");
    s.acknowledge_all();
    assert_eq!(s.number(), "2");
    s.say("which tools do I need");
    assert!(s.notice().contains("torque wrench (5GT-110), 1 EA"), "{}", s.notice());
    assert!(!s.scene().notice.unwrap().citation.is_empty());
    s.say("show me the picture");
    assert_eq!(s.scene().figure.unwrap().icn, "ICN-1");
    s.say("hide the picture");
    assert!(s.scene().figure.is_none());
    s.say("torque");
    assert_eq!(s.notice(), "Step 6: 18 N·m (13 lb-ft)");
    s.say("repeat");
    assert!(s.said().contains("Step 2."), "{}", s.said());
    s.say("be quiet");
    assert!(s.effects.contains(&Effect::Hush));
}

#[test]
fn the_record_plays_the_session_again() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(REPLACE).say("next").acknowledge_all().say("next");
    let record = s.guidance.record();
    let events: Vec<_> = record.events().map(|(at, event)| (at, event.clone())).collect();
    let variant = [("model".to_owned(), "Mk 1".to_owned())].into();
    let mut again =
        Guidance::new(publication(), equipment(), Options { variant, simulation: true, ..Options::default() });
    for (at, event) in events {
        again.handle(event, at);
    }
    assert_eq!(again.snapshot(), s.guidance.snapshot());
    assert_eq!(again.scene(Timestamp(s.now)), s.scene());
    assert_eq!(again.record(), record);
}

#[test]
fn speech_heard_for_sure_does_what_typed_words_do() {
    let mut session = Session::new(Some("Mk 2"));
    session.begin(REPLACE);
    let first = session.number();
    session.hear("okay next", 0.9);
    assert_ne!(session.number(), first);
    assert_eq!(session.scene().heard.as_deref(), Some("okay next"));
}

#[test]
fn an_uncertain_command_is_asked_back_and_done_only_after_a_yes() {
    let mut session = Session::new(Some("Mk 2"));
    session.begin(REPLACE);
    let first = session.number();
    session.hear("next step", 0.3);
    assert_eq!((session.number(), session.prompt()), (first.clone(), "Did you say “next step”?".into()));
    assert_eq!(session.said(), "Did you say “next step”?");
    session.hear("no", 0.9);
    assert_eq!(
        (session.number(), session.prompt(), session.notice()),
        (first.clone(), String::new(), "Say it again.".into())
    );
    assert_eq!(session.said(), "", "the step is not said again for it");
    session.hear("necks step", 0.4).hear("yes", 0.4);
    assert_eq!(session.number(), first, "a yes that is uncertain itself is none");
    session.hear("yes", 0.9);
    assert_ne!(session.number(), first);
}

#[test]
fn what_was_asked_back_gives_way_to_another_command_and_is_forgotten() {
    let mut session = Session::new(Some("Mk 2"));
    session.begin(REPLACE);
    let first = session.number();
    session.hear("go to step three point two", 0.3).hear("tools", 0.9);
    assert_eq!((session.prompt(), session.number()), (String::new(), first.clone()));
    session.hear("next step", 0.3);
    session.now += 30.0;
    session.hear("yes", 0.9);
    assert_eq!((session.prompt(), session.number()), (String::new(), first));
    assert_eq!(session.notice(), "Nothing was asked.");
}

#[test]
fn conditions_behind_what_was_asked_back_are_not_confirmed_unseen() {
    let mut session = Session::new(Some("Mk 2"));
    session.start(REPLACE).acknowledge_all();
    assert!(session.prompt().contains("required conditions"), "{}", session.prompt());
    session.hear("go to step three point two", 0.3);
    assert!(session.prompt().starts_with("Did you say"), "{}", session.prompt());
    session.say("all are met");
    assert!(session.prompt().contains("required conditions"), "in view again: {}", session.prompt());
    assert!(session.notice().contains("All are met"), "{}", session.notice());
    session.say("all are met");
    assert!(!session.prompt().contains("required conditions"), "{}", session.prompt());
}

#[test]
fn an_acknowledgement_must_be_heard_for_sure_in_its_own_words() {
    let mut session = Session::new(Some("Mk 2"));
    session.start(REPLACE);
    let alert = session.alert();
    assert!(!alert.is_empty());
    for (words, confidence) in [
        ("I acknowledge the warning", 0.7),
        ("I acknowlege the morning", 0.95),
        ("a knowledge", 0.95),
        ("yes", 0.99),
        ("next step", 0.99),
    ] {
        session.hear(words, confidence);
        assert_eq!((session.alert(), session.prompt()), (alert.clone(), String::new()), "{words}");
        session.hear("yes", 0.99);
        assert_eq!(session.alert(), alert, "yes after {words}");
    }
    session.hear("I acknowledge", 0.7);
    assert!(session.notice().contains("say it again: “I acknowledge”"), "{}", session.notice());
    session.hear("I acknowledge the warning", 0.95);
    assert_ne!(session.alert(), alert);
}

#[test]
fn a_question_is_shown_as_heard_before_it_is_answered_and_noise_asks_nothing() {
    let mut session = Session::new(Some("Mk 2"));
    session.event(Event::Hearing("what is the".into()));
    assert_eq!(session.scene().heard.as_deref(), Some("what is the …"));
    assert!(session.effects.is_empty());
    session.event(Event::Hearing(String::new()));
    assert_eq!(session.scene().heard, None);
    session.hear("what is the torque of the drain plug", 0.8);
    assert_eq!(session.scene().heard.as_deref(), Some("what is the torque of the drain plug"));
    assert!(
        matches!(session.effects.as_slice(), [.., Effect::Search { query, .. }] | [Effect::Search { query, .. }, ..] if query.contains("drain plug"))
    );
    session.hear("thank you for watching", 0.1);
    assert!(!session.effects.iter().any(|effect| matches!(effect, Effect::Search { .. })));
    assert!(session.notice().contains("did not catch"), "{}", session.notice());
}

#[test]
fn a_choice_that_is_only_guessed_is_not_taken() {
    let mut session = Session::new(None);
    session.start(REPLACE);
    assert!(session.prompt().starts_with("Which"), "{}", session.prompt());
    session.hear("mark two", 0.3);
    assert!(session.prompt().starts_with("Which"), "{}", session.prompt());
    session.hear("mark two", 0.8);
    assert!(!session.prompt().starts_with("Which"), "{}", session.prompt());
}

#[test]
fn a_reply_amid_other_speech_is_asked_back() {
    let mut s = Session::new(Some("Mk 1"));
    s.begin(FAULT).say("yes").acknowledge_all();
    let phrase = HeardPhrase { text: "Weak flow or no flow".into(), log: -0.1 };
    let heard = Heard { log: -0.1, phrases: vec![phrase], ..Heard::evenly("weak flow or no flow", 0.95) };
    s.event(Event::Heard(Heard { amid: true, ..heard.clone() }));
    assert_eq!((s.number().as_str(), s.notice().as_str()), ("2", "Did you say Weak flow or no flow? Say it again."));
    s.event(Event::Heard(heard));
    assert_eq!(s.number(), "4");
}

#[test]
fn the_words_of_the_open_task_are_the_likely_ones() {
    let mut session = Session::new(Some("Mk 2"));
    session.begin(REPLACE);
    let words = session.guidance.likely_words();
    assert!(words.starts_with("fuel filter element replace") && words.len() <= 400, "{words}");
}
