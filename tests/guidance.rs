//! Guidance over the shipped manual: every task played to its end for every model, and random sessions under watch.

#[path = "../app/guide/tests/common/ops.rs"]
mod ops;
#[path = "../app/guide/tests/common/oracle.rs"]
mod oracle;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use fieldwright_guide::{
    equipment::EquipmentPackage,
    event::{Effect, Event},
    guidance::Options,
    manual::{Body, FaultIsolation, Next, Publication, Span},
    overlay::OverlayScene,
};
use fieldwright_library::{passages::passages, s1000d::read_publication};
use fieldwright_scenarios::root;
use oracle::Watched;
use proptest::prelude::*;

const MODELS: [&str; 2] = ["Mk 1", "Mk 2"];

fn shipped() -> (Arc<Publication>, Arc<EquipmentPackage>) {
    let (publication, _) = read_publication(&root().join("manuals/fgs-5")).expect("the shipped manual can be read");
    let path = root().join("assets/equipment/fgs-5/equipment.ron");
    let words = std::fs::read_to_string(path).expect("the equipment package is there");
    // Options stand bare in the file or in `Some`, as the application reads it.
    let ron = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    let equipment = ron.from_str(&words).or_else(|_| ron::from_str(&words)).expect("the equipment package can be read");
    (Arc::new(publication), Arc::new(equipment))
}

fn session(shipped: &(Arc<Publication>, Arc<EquipmentPackage>), model: &str) -> Watched {
    let variant = [("model".to_owned(), model.to_owned())].into();
    let options = Options { variant, simulation: true, ..Options::default() };
    Watched::new(Arc::clone(&shipped.0), Arc::clone(&shipped.1), options)
}

/// Says no to every task that is only offered, so that one task is played at a time; else goes on.
fn go_on(session: &mut Watched, answer: usize) -> Result<(), String> {
    let offered = session.scene.prompt.as_ref().is_some_and(|prompt| prompt.title.starts_with("Start: "));
    if offered { session.event(&Event::Choose(1), 1.0) } else { session.follow(answer) }
}

#[test]
fn every_procedure_is_played_to_its_end() {
    let shipped = shipped();
    let mut played = 0;
    let mut unmoved: BTreeMap<String, usize> = BTreeMap::new();
    for model in MODELS {
        for work_package in shipped.0.work_packages.iter().filter(|wp| wp.body.procedure().is_some()) {
            let mut session = session(&shipped, model);
            session.event(&Event::StartTask { work_package: work_package.id.clone() }, 1.0).expect("sound");
            if session.guidance.position().is_none() {
                let notice =
                    session.scene.notice.clone().unwrap_or_else(|| panic!("{} did not start", work_package.id));
                assert!(notice.lines[0].contains("does not apply"), "{}: {notice:?}", work_package.id);
                continue;
            }
            let mut steps = BTreeSet::new();
            for count in 0.. {
                assert!(count < 400, "{} for {model} does not end", work_package.id);
                if session.guidance.position().is_none() {
                    break;
                }
                if let Some(card) = session.scene.card.as_ref().filter(|card| !card.gated) {
                    steps.insert(card.step.clone());
                    note_motion(&session.scene, &mut unmoved);
                }
                go_on(&mut session, 0).unwrap_or_else(|words| panic!("{} for {model}: {words}", work_package.id));
            }
            let lines = session.scene.notice.as_ref().map(|notice| notice.lines.clone()).unwrap_or_default();
            assert_eq!(lines, [format!("Task complete: {}.", work_package.title())], "{}", work_package.id);
            assert!(!steps.is_empty());
            played += 1;
        }
    }
    assert!(played >= 60, "only {played} tasks were played");
    // Verbs that move a part must find its motion: what is left here is told to whoever runs the test with --nocapture.
    eprintln!("steps that act on a part and show no motion: {unmoved:#?}");
}

/// Notes the first words of steps whose verb acts on the lit part but which show no motion.
fn note_motion(scene: &OverlayScene, unmoved: &mut BTreeMap<String, usize>) {
    const ACTS: [&str; 14] = [
        "Remove the",
        "Install the",
        "Turn the",
        "Open the",
        "Close the",
        "Loosen the",
        "Tighten the",
        "Press the",
        "Pull the",
        "Push the",
        "Lift the",
        "Disconnect the",
        "Connect the",
        "Set the",
    ];
    let Some(card) = &scene.card else { return };
    let words: String = card.text.first().into_iter().flatten().map(Span::text).collect();
    let direct = card.text.first().is_some_and(|spans| {
        spans.len() > 1
            && ACTS.iter().any(|act| spans[0].text().trim() == *act)
            && matches!(spans[1], Span::Part { .. })
    });
    if direct && scene.motion.is_none() {
        let item = scene.highlights.first().map_or("?", |lit| lit.item.as_str());
        *unmoved.entry(format!("{item}: {}", words.chars().take(70).collect::<String>())).or_default() += 1;
    }
}

#[test]
fn every_answer_of_every_fault_isolation_leads_to_an_end() {
    let shipped = shipped();
    for model in MODELS {
        for work_package in &shipped.0.work_packages {
            let Body::FaultIsolation(fault) = &work_package.body else { continue };
            for (node, path) in paths(fault) {
                let mut session = session(&shipped, model);
                session.event(&Event::StartTask { work_package: work_package.id.clone() }, 1.0).expect("sound");
                let mut answers = path.iter();
                let mut reached = false;
                for count in 0.. {
                    assert!(count < 300, "{} for {model} does not end", work_package.id);
                    let Some(at) = session.guidance.position() else { break };
                    let card = session.scene.card.as_ref().filter(|card| !card.gated && session.scene.prompt.is_none());
                    reached |= at.step == node && card.is_some();
                    let asks = card.is_some_and(|card| !card.answers.is_empty());
                    let answer = if asks { answers.next().copied().unwrap_or(0) } else { 0 };
                    go_on(&mut session, answer).unwrap_or_else(|words| panic!("{}: {words}", work_package.id));
                }
                assert!(reached, "node {node} of {} is not reached by {path:?} for {model}", work_package.id);
            }
        }
    }
}

/// The answers that lead to each node, found in the graph itself; every node has some.
fn paths(fault: &FaultIsolation) -> BTreeMap<String, Vec<usize>> {
    let mut paths = BTreeMap::from([(fault.nodes[0].id.clone(), Vec::new())]);
    let mut open = vec![fault.nodes[0].id.clone()];
    while let Some(id) = open.pop() {
        let node = fault.nodes.iter().find(|node| node.id == id).expect("a node");
        for (index, answer) in node.question.iter().flat_map(|(_, answers)| answers).enumerate() {
            if let Next::Node(next) = &answer.next
                && !paths.contains_key(next)
            {
                let path = paths[&id].iter().copied().chain([index]).collect();
                paths.insert(next.clone(), path);
                open.push(next.clone());
            }
        }
    }
    assert_eq!(paths.len(), fault.nodes.len(), "nodes that no answer leads to");
    paths
}

/// The repair of the shipped scenario: from the fault to the corrective task and back, by words alone.
#[test]
fn cranks_but_does_not_start_to_the_repair() {
    let shipped = shipped();
    let fault = shipped
        .0
        .work_packages
        .iter()
        .find(|wp| wp.title().contains("Cranks but does not start"))
        .expect("the manual has this fault isolation");
    let mut session = session(&shipped, "Mk 2");
    session.event(&Event::StartTask { work_package: fault.id.clone() }, 1.0).expect("sound");
    let mut said = Vec::new();
    for _ in 0..300 {
        let Some(at) = session.guidance.position() else { break };
        let words = match &session.scene {
            scene if scene.alert.is_some() => "acknowledge",
            scene if scene.prompt.as_ref().is_some_and(|p| p.title.contains("Fuel filter element - Replace")) => "yes",
            scene if scene.prompt.as_ref().is_some_and(|p| p.title.starts_with("Start: ")) => "no",
            scene if scene.prompt.is_some() => "yes",
            _ if at.depth > 1 => "okay next",
            scene => match scene.card.as_ref().map(|card| card.text.last().map(|text| spans(text)).unwrap_or_default())
            {
                Some(question) if question.contains("How does the fuel flow") => "no flow",
                Some(question) if question.contains("water or dirt") => "no there isn't",
                Some(question) if question.contains("Is there fuel") => "yes there is",
                Some(question) if question.ends_with('?') => "yes it does",
                _ => "next",
            },
        };
        session.event(&Event::Utterance(words.into()), 1.0).expect("sound");
        said.extend(session.effects.iter().filter_map(|effect| match effect {
            Effect::Say(words) => Some(words.clone()),
            _ => None,
        }));
    }
    assert!(session.guidance.position().is_none(), "it ended");
    let said = said.join("\n");
    assert!(said.contains("22 N·m (16 lb-ft)"), "the torque of the Mk 2 was said");
    assert!(!said.contains("18 N·m (13 lb-ft)"), "that of the Mk 1 was not");
    assert!(said.contains("The fault was a clogged fuel filter element"));
}

fn spans(text: &[Span]) -> String {
    text.iter().map(Span::text).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_session_with_the_shipped_manual_breaks_an_invariant(
        first in any::<bool>(),
        ops in prop::collection::vec(ops::op(), 1..80),
    ) {
        let shipped = SHIPPED.get_or_init(shipped);
        let all = PASSAGES.get_or_init(|| passages(&shipped.0));
        let mut session = session(shipped, MODELS[usize::from(first)]);
        let mut asked = ops::Asked::default();
        for (index, op) in ops.iter().enumerate() {
            let sound = ops::apply(&mut session, op, all, &mut asked).map_err(|words| format!("at {index} {op:?}: {words}"));
            prop_assert_eq!(sound, Ok(()));
        }
    }
}

static SHIPPED: std::sync::OnceLock<(Arc<Publication>, Arc<EquipmentPackage>)> = std::sync::OnceLock::new();
static PASSAGES: std::sync::OnceLock<Vec<fieldwright_guide::passage::Passage>> = std::sync::OnceLock::new();
