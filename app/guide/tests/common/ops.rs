//! What a random session is made of. Must not know what guidance makes of it.

use fieldwright_guide::{
    command::{Command, heard::Heard},
    event::{Effect, Event, WorkerState},
    model::{Intent, ModelReply, WordedSentence},
    passage::{Found, Hit, Passage, Refusal, Support, TaskRef},
    tracking::{Anchor, Tracking},
};
use proptest::prelude::*;

use super::oracle::Watched;

/// One thing that happens. Numbers choose among what there is, modulo its count.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Whatever goes on.
    Follow(usize),
    Press(Command),
    Say(usize),
    /// The same, heard with this confidence, and more that is misheard.
    Hear(usize, f32),
    Choose(usize),
    Act(usize),
    Start(usize),
    Variant(bool),
    /// The library answers what was asked last, or a stale request.
    Found {
        passages: Vec<usize>,
        shape: usize,
        stale: bool,
    },
    /// The model answers what was asked last, or a stale request.
    Reply {
        shape: usize,
        stale: bool,
    },
    Anchored(bool),
    Worker(usize),
    /// Seconds without anything, then a tick.
    Wait(u16),
    Restart,
}

/// Words that people say beside commands: choices, replies, questions, noise.
const WORDS: &[&str] = &[
    "acknowledge",
    "I acknowledge the warning",
    "next",
    "okay next",
    "yes",
    "no",
    "mark one",
    "mk 2",
    "all are met",
    "not met",
    "done",
    "end this task",
    "flow with bubbles",
    "weak",
    "no flow",
    "it foams",
    "number two",
    "open lockout",
    "open it",
    "go to step three point two",
    "step 6",
    "go to step 10",
    "step 99",
    "what is the torque of the filter?",
    "how do I replace the filter",
    "hold on",
    "carry on",
    "go back",
    "show me the warning",
    "torque",
    "tools",
    "figure",
    "how many steps are left",
    "be quiet",
    "hm",
    "",
    "tell Joe to wait",
    "what's the torque",
];

/// What recognizers make of commands and of acknowledgements.
const MISHEARD: &[&str] = &[
    "necks step",
    "what is the talk",
    "a knowledge",
    "I acknowlege the morning",
    "repeet dat",
    "go pack",
    "yas",
    "go to step ate",
    "how many stops are left",
    "show me the finger",
    "acknowledged the warming",
    "go to the next tep",
];

const STALE: u64 = 999_999;

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let command = prop_oneof![
        Just(Command::Next),
        Just(Command::Back),
        Just(Command::Repeat),
        Just(Command::ShowWarning),
        Just(Command::Acknowledge),
        Just(Command::Tools),
        Just(Command::Torque),
        Just(Command::Remaining),
        Just(Command::Figure),
        Just(Command::Stop),
        Just(Command::Pause),
        Just(Command::Resume),
        Just(Command::Yes),
        Just(Command::No),
        (0..12_u32).prop_map(|number| Command::GoToStep(number.to_string())),
        Just(Command::GoToStep("3.2".into())),
    ];
    prop_oneof![
        40 => (0..3_usize).prop_map(Op::Follow),
        18 => command.prop_map(Op::Press),
        10 => (0..WORDS.len()).prop_map(Op::Say),
        6 => ((0..WORDS.len() + MISHEARD.len()), prop_oneof![0.0_f32..1.0, Just(0.95)])
            .prop_map(|(index, sure)| Op::Hear(index, sure)),
        5 => (0..4_usize).prop_map(Op::Choose),
        6 => (0..64_usize).prop_map(Op::Act),
        5 => (0..64_usize).prop_map(Op::Start),
        2 => any::<bool>().prop_map(Op::Variant),
        5 => (prop::collection::vec(0..64_usize, 0..4), 0..7_usize, prop::bool::weighted(0.1))
            .prop_map(|(passages, shape, stale)| Op::Found { passages, shape, stale }),
        3 => (0..6_usize, prop::bool::weighted(0.1)).prop_map(|(shape, stale)| Op::Reply { shape, stale }),
        1 => any::<bool>().prop_map(Op::Anchored),
        1 => (0..4_usize).prop_map(Op::Worker),
        2 => prop_oneof![3 => Just(5_u16), 1 => Just(1000_u16)].prop_map(Op::Wait),
        2 => Just(Op::Restart),
    ]
}

/// Carries out one operation.
pub(crate) fn apply(session: &mut Watched, op: &Op, passages: &[Passage], asked: &mut Asked) -> Result<(), String> {
    let tasks: Vec<String> = session.publication.work_packages.iter().map(|wp| wp.id.clone()).collect();
    let mut parts: Vec<String> = session.equipment.parts.keys().cloned().collect();
    parts.push("no-such-part".into());
    let event = match op {
        Op::Follow(answer) => {
            let done = session.follow(*answer);
            asked.listen(&session.effects);
            return done;
        }
        Op::Restart => return session.restart(),
        Op::Wait(seconds) => {
            let done = session.event(&Event::Tick, f64::from(*seconds));
            asked.listen(&session.effects);
            return done;
        }
        Op::Press(command) => Event::Command(command.clone()),
        Op::Say(index) => Event::Utterance(WORDS[*index].into()),
        Op::Hear(index, sure) => {
            let words = WORDS.get(*index).unwrap_or_else(|| &MISHEARD[index - WORDS.len()]);
            session.event(&Event::Hearing((*words).into()), 0.0)?;
            Event::Heard(Heard::evenly(words, *sure))
        }
        Op::Choose(index) => Event::Choose(*index),
        Op::Act(index) => {
            // Half of the time the part that is lit.
            let lit = session.scene.highlights.first().filter(|_| index % 2 == 0).map(|lit| lit.item.clone());
            Event::PartActed { item: lit.unwrap_or_else(|| parts[index % parts.len()].clone()) }
        }
        Op::Start(index) => Event::StartTask {
            work_package: tasks.get(index % (tasks.len() + 1)).cloned().unwrap_or_else(|| "NO-SUCH".into()),
        },
        Op::Variant(first) => {
            Event::VariantKnown { property: "model".into(), value: if *first { "Mk 1" } else { "Mk 2" }.into() }
        }
        Op::Found { passages: chosen, shape, stale } => {
            let hits = chosen
                .iter()
                .filter(|_| !passages.is_empty())
                .map(|index| Hit { passage: passages[index % passages.len()].clone(), score: 1.0 })
                .collect();
            let property = session.publication.properties.first().cloned();
            let task = tasks.get(chosen.first().copied().unwrap_or(0) % tasks.len());
            let refusal = Refusal { reason: "It is not loaded.".into(), pointer: Some("ELSEWHERE".into()) };
            let found = Found {
                hits,
                support: [Support::Exact, Support::Partial, Support::Related, Support::None][shape % 4],
                refusal: (*shape == 4).then_some(refusal),
                variant_needed: property.filter(|_| *shape == 5),
                task: task.filter(|_| shape % 2 == 0).map(|id| TaskRef {
                    work_package: id.clone(),
                    title: id.clone(),
                    kind: "procedure".into(),
                }),
                value_of: None,
            };
            Event::Found { id: if *stale { STALE } else { asked.search }, found }
        }
        Op::Reply { shape, stale } => {
            // Something to map must have been said first.
            if *shape == 1 && session.scene.card.as_ref().is_some_and(|card| card.answers.len() == 3) {
                session.event(&Event::Utterance("it foams".into()), 1.0)?;
                asked.listen(&session.effects);
            }
            let sentence = |text: &str| WordedSentence { text: text.into(), passage: 1 };
            let reply = match shape {
                0 => None,
                1 => Some(ModelReply::Mapped(Some(1))),
                2 => Some(ModelReply::Mapped(None)),
                3 => Some(ModelReply::Worded(vec![sentence("Tighten it to 81 N·m (99 lb-ft).")])),
                4 => Some(ModelReply::Worded(vec![sentence(asked.wording.as_str())])),
                _ => Some(ModelReply::Intent(Intent::OffTopic)),
            };
            Event::ModelReplied { id: if *stale { STALE } else { asked.model }, reply }
        }
        Op::Anchored(good) => Event::Anchored(Anchor {
            tracking: if *good { Tracking::Good } else { Tracking::Degraded },
            ..Anchor::default()
        }),
        Op::Worker(index) => Event::Worker {
            name: "model".into(),
            state: [
                WorkerState::Absent("none".into()),
                WorkerState::Starting,
                WorkerState::Ready("a model".into()),
                WorkerState::Failed("died".into()),
            ][*index]
                .clone(),
        },
    };
    let done = session.event(&event, 1.0);
    asked.listen(&session.effects);
    done
}

/// What guidance asked last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    search: u64,
    model: u64,
    /// A sentence of the passage to be worded: the verifier passes it.
    wording: String,
}

impl Asked {
    fn listen(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Search { id, .. } => self.search = *id,
                Effect::AskModel { id, task } => {
                    self.model = *id;
                    if let fieldwright_guide::model::ModelTask::Word { passages, .. } = task {
                        self.wording = passages.first().cloned().unwrap_or_default();
                    }
                }
                _ => {}
            }
        }
    }
}
