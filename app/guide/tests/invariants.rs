//! The safety invariants over random sessions with the small manual: 10,000 sequences.

mod common;

use common::{
    MARK, REPLACE, equipment, only,
    ops::{Asked, Op, apply, op},
    oracle::Watched,
    publication,
};
use fieldwright_guide::{
    applicability::Applicability, event::Effect, guidance::Options, manual::Provenance, passage::Passage,
};
use proptest::{prelude::*, test_runner::FileFailurePersistence};

fn passages() -> Vec<Passage> {
    let passage = |words: &str, applicability: Applicability| Passage {
        id: format!("{REPLACE}#6"),
        at: Provenance { work_package: REPLACE.into(), element: "step 6".into(), ..Provenance::default() },
        kind: "procedure".into(),
        title: "Fuel filter element - Replace".into(),
        headings: Vec::new(),
        text: words.into(),
        alerts: Vec::new(),
        applicability,
        parts: vec!["fuel-filter-element".into()],
        step: None,
        pointer: None,
    };
    vec![
        passage("Tighten the element to 18 N·m ⟦1⟧. Close the valve.", only("Mk 1")),
        passage("Tighten the element to 22 N·m ⟦2⟧. Close the valve.", only("Mk 2")),
        passage("The element filters the fuel. It is not washed.", Applicability::Always),
    ]
}

/// Plays a session; the words of a broken invariant are its failure.
fn play(known: Option<bool>, ops: &[Op]) -> Result<(), String> {
    let value = known.map(|first| if first { "Mk 1" } else { "Mk 2" });
    let variant = value.map(|value| ("model".to_owned(), value.to_owned())).into_iter().collect();
    let options = Options { variant, simulation: true, ..Options::default() };
    let mut session = Watched::new(publication(), equipment(), options);
    let passages = passages();
    let mut asked = Asked::default();
    for (index, op) in ops.iter().enumerate() {
        apply(&mut session, op, &passages, &mut asked).map_err(|words| format!("at {index} {op:?}: {words}"))?;
        no_foreign_mark(&session).map_err(|words| format!("at {index} {op:?}: {words}"))?;
    }
    Ok(())
}

/// Everything that can be seen or heard, searched for the other variant's mark and for words of a model that were wrong.
fn no_foreign_mark(session: &Watched) -> Result<(), String> {
    let variant = session.guidance.variant().get("model").cloned().unwrap_or_default();
    let mut all = serde_json::to_string(&session.scene).map_err(|error| error.to_string())?;
    for effect in &session.effects {
        if let Effect::Say(words) = effect {
            all.push_str(words);
        }
    }
    for (value, mark) in MARK {
        if value != variant && all.contains(mark) {
            return Err(format!("{mark} is seen or heard with `{variant}`: {all}"));
        }
    }
    if all.contains("81 N") { Err("a wrong value of a model is shown".into()) } else { Ok(()) }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 10_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_session_breaks_an_invariant(
        known in prop::option::weighted(0.8, any::<bool>()),
        ops in prop::collection::vec(op(), 1..60),
    ) {
        prop_assert_eq!(play(known, &ops), Ok(()));
    }
}

/// The random sessions mean something only if they come far: they reach every step, both ends and every kind of prompt.
#[test]
fn the_sessions_reach_everything() {
    use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(op(), 60);
    let mut reached = std::collections::BTreeSet::new();
    let passages = passages();
    for index in 0..1500 {
        let ops = strategy.new_tree(&mut runner).expect("a sequence").current();
        let value = if index % 2 == 0 { "Mk 1" } else { "Mk 2" };
        let variant = [("model".to_owned(), value.to_owned())].into();
        let mut session = Watched::new(publication(), equipment(), Options { variant, ..Options::default() });
        let mut asked = Asked::default();
        for op in &ops {
            if let Err(words) = apply(&mut session, op, &passages, &mut asked) {
                panic!("{words}: {ops:?}");
            }
            let scene = &session.scene;
            if let Some(card) = &scene.card {
                reached.insert(format!("{} {} {}", card.work_package, card.step, card.gated));
            }
            reached.extend(scene.prompt.iter().map(|prompt| prompt.title.clone()));
            reached.extend(scene.answer.iter().map(|a| format!("worded {} refused {}", a.worded, a.refused)));
            reached.extend(scene.notice.iter().flat_map(|notice| notice.lines.clone()));
        }
    }
    for want in [
        "T-28-921 s1 false",
        "T-28-921 s10 false",
        "T-28-921 s5.1 false",
        "T-28-921 s5.2 false",
        "T-28-921 s3.2 true",
        "T-28-420 n1 false",
        "T-28-420 n4 false",
        "T-28-420 n5 false",
        "T-28-420 n6 false",
        "T-28-420 n3 true",
        "T-00-560 s3 false",
        "T-28-231 s2 false",
        "Fuel filter element - Replace: are the required conditions met?",
        "Fuel filter element - Replace: after completion",
        "Engine - Cranks but does not start: after completion",
        "Task complete: Engine - Cranks but does not start.",
        "The task is paused.",
        "Start: Fuel system - Bleed air?",
        "Is your answer “Flow with air bubbles”?",
        "worded true refused false",
        "worded false refused false",
        "worded false refused true",
        "Step 1 is a lockout step and is not done: it cannot be skipped.",
    ] {
        assert!(reached.contains(want), "never reached: {want}");
    }
}
