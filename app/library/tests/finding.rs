//! Finding on the shipped manual: what is asked, what must come back, what must be refused.

use std::{path::Path, sync::LazyLock};

use fieldwright_guide::{
    applicability::Variant,
    passage::{Found, Support},
};
use fieldwright_library::{index::Library, s1000d::read_publication, synonyms::Synonyms};

fn manual() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manuals/fgs-5")
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let (publication, _) = read_publication(&manual()).expect("the shipped manual is read");
    let synonyms = Synonyms::read(&manual().join("synonyms.ron")).expect("its synonyms are read");
    Library::in_ram(vec![publication], synonyms).expect("it is indexed")
});

fn ask(question: &str) -> Found {
    LIBRARY.find(question, &Variant::new())
}

fn ask_of(question: &str, model: &str) -> Found {
    LIBRARY.find(question, &Variant::from([("model".to_owned(), model.to_owned())]))
}

fn first_has(found: &Found, count: usize, words: &str) {
    let texts: Vec<&str> = found.hits.iter().take(count).map(|hit| hit.passage.text.as_str()).collect();
    assert!(texts.iter().any(|text| text.contains(words)), "no {words:?} in {texts:#?}");
}

#[test]
fn a_value_of_one_model_is_never_another_s() {
    for (model, own, other) in [("Mk 1", "18 N·m (13 lb-ft)", "22 N·m"), ("Mk 2", "22 N·m (16 lb-ft)", "18 N·m (13")]
    {
        for found in [
            ask_of("To what torque is the fuel filter element tightened?", model),
            ask(&format!("To what torque is the fuel filter element tightened on a {model}?")),
        ] {
            assert_eq!(found.support, Support::Exact);
            assert_eq!(found.variant_needed, None);
            first_has(&found, 3, own);
            for hit in found.hits.iter().filter(|hit| hit.passage.text.contains("fuel filter element")) {
                assert!(!hit.passage.text.contains(other), "{model}: {}", hit.passage.text);
            }
        }
    }
}

#[test]
fn the_model_is_asked_where_the_answer_hangs_on_it() {
    for question in ["To what torque is the fuel filter element tightened?", "What is the tension of the fan belt?"] {
        let found = ask(question);
        let property = found.variant_needed.expect("the answer differs by model");
        assert_eq!(property.name, "model");
        assert_eq!(property.values, ["Mk 1", "Mk 2"]);
    }
    assert_eq!(ask("What is the torque of the oil drain plug?").variant_needed, None);
}

#[test]
fn what_is_only_pointed_to_is_refused_with_the_pointer() {
    let refusal = ask("How do you overhaul the injection pump?").refusal.expect("the overhaul is not loaded");
    assert!(
        refusal.pointer.is_some_and(|pointer| pointer.contains("FGS5-A-28-30-00-00A-530A-A")),
        "{}",
        refusal.reason
    );
}

#[test]
fn other_equipment_and_absent_things_are_refused() {
    for question in [
        "How do you adjust the belt of an MEP-803A generator set?",
        "What is the tire pressure of the M1097 truck?",
        "What is the torque of the cylinder head bolts?",
        "How do you replace the thermostat?",
        "What is the valve clearance of the engine?",
        "Who won the world cup?",
        "",
    ] {
        let found = ask(question);
        assert!(found.refusal.is_some(), "{question:?} got {:?}", found.support);
        assert!(found.support <= Support::Related, "{question:?} got {:?}", found.support);
    }
}

#[test]
fn a_task_is_offered_where_one_is_asked_for() {
    let task = ask("How do I replace the fuel filter element?").task.expect("a procedure");
    assert_eq!((task.work_package.as_str(), task.kind.as_str()), ("FGS5-A-28-21-00-00A-921A-A", "procedure"));
    for question in ["The generator turns over but won't start", "The engine cranks but does not start"] {
        let task = ask(question).task.expect("a fault isolation");
        assert_eq!((task.work_package.as_str(), task.kind.as_str()), ("FGS5-A-28-00-00-00A-420A-A", "fault-isolation"));
    }
    assert_eq!(ask("What is the weight of the generator set?").task, None);
}

#[test]
fn ten_passages_and_a_stable_order() {
    let found = ask("How do I drain the water separator?");
    assert!(found.hits.len() >= 10);
    assert_eq!(ask("How do I drain the water separator?"), found);
    first_has(&found, 5, "water separator");
}

#[test]
fn a_saved_library_answers_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    LIBRARY.save(folder.path()).expect("saves");
    let opened = Library::open(folder.path()).expect("opens");
    for question in ["Bleeder torque?", "Which oil below -18 °C?", "How do you overhaul the injection pump?"] {
        assert_eq!(opened.find(question, &Variant::new()), ask(question), "{question}");
    }
    // A library whose index is damaged is indexed again.
    std::fs::write(folder.path().join("index/meta.json"), "{").expect("writes");
    let again = Library::open(folder.path()).expect("opens");
    assert_eq!(again.find("Bleeder torque?", &Variant::new()), ask("Bleeder torque?"));
    let empty = tempfile::tempdir().expect("a folder");
    let error = Library::open(empty.path()).expect_err("nothing in it").to_string();
    assert!(error.contains("hint:"), "{error}");
}
