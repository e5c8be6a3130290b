//! The verifier against mutations: whatever is changed in a value, it does not pass.

use proptest::prelude::*;

use super::*;

const TITLE: &str = "Fuel filter element - Replace";
const TIGHTEN: &str = "Tighten the fuel filter element to 22 N·m (16 lb-ft) with the Filter cap socket and the Torque wrench, 5 to 60 N·m.";
const BLEED: &str = "Loosen the bleed screw one turn. Tighten the bleed screw to 8 N·m (6 lb-ft). Tighten the element to 18 N·m (13 lb-ft).";
const DRY: &str = "Keep the new fuel filter element (part number 5G28-2142) dry. Do not fill it.";
const STOP: &str =
    "If the oil pressure is less than 140 kPa (20 psi), stop the engine. Do not start it until the fault is found.";

fn passes(sentence: &str, text: &str) {
    assert_eq!(verify_text(sentence, TITLE, text), Ok(()), "{sentence:?} against {text:?}");
}

fn fails(sentence: &str, text: &str, expect: &Rejection) {
    assert_eq!(verify_text(sentence, TITLE, text).as_ref(), Err(expect), "{sentence:?} against {text:?}");
}

#[test]
fn what_the_passage_says_passes() {
    passes("Tighten the fuel filter element to 22 N·m (16 lb-ft).", TIGHTEN);
    passes("The torque is 22 Nm, or 16 ft-lb.", TIGHTEN);
    passes("Use the filter cap socket and the torque wrench.", TIGHTEN);
    passes("You must tighten the bleed screw to 8 N.m.", BLEED);
    passes("Keep element 5G28-2142 dry.", DRY);
    passes("Do not fill it.", DRY);
    passes("If the pressure is less than 20 psi, stop the engine.", STOP);
    passes(TIGHTEN, TIGHTEN);
    passes(BLEED, BLEED);
}

#[test]
fn a_changed_value_unit_or_code_fails() {
    fails("Tighten it to 23 N·m.", TIGHTEN, &Rejection::Number("23 N·m".into()));
    fails("Tighten it to 22 lb-ft.", TIGHTEN, &Rejection::Number("22 lb-ft".into()));
    fails("Tighten it to 22.", TIGHTEN, &Rejection::Number("22".into()));
    fails("The wrench is for 5 N·m.", TIGHTEN, &Rejection::Number("5 N·m".into()));
    fails("Keep element 5G28-2101 dry.", DRY, &Rejection::Code("5G28-2101".into()));
}

#[test]
fn a_new_tool_or_word_fails() {
    fails("Tighten the element with the strap wrench.", TIGHTEN, &Rejection::Word("strap".into()));
    fails("Keep it dry with a hammer.", DRY, &Rejection::Tool("hammer".into()));
    fails("Clean the element with gasoline.", DRY, &Rejection::Word("clean".into()));
    fails("Loosen the fuel filter element.", TIGHTEN, &Rejection::Word("loosen".into()));
}

#[test]
fn a_turned_sentence_fails() {
    assert!(matches!(verify_text("Fill the element.", TITLE, DRY), Err(Rejection::Negation(_))));
    assert!(matches!(verify_text("Do not keep it dry.", TITLE, DRY), Err(Rejection::Negation(_))));
    assert!(matches!(
        verify_text("Never tighten the fuel filter element.", TITLE, TIGHTEN),
        Err(Rejection::Negation(_))
    ));
    fails("Stop the engine.", STOP, &Rejection::Condition("if".into()));
    fails("Do not start it.", STOP, &Rejection::Condition("until".into()));
}

#[test]
fn a_value_stays_with_its_part() {
    fails("Tighten the bleed screw to 18 N·m.", BLEED, &Rejection::Moved("18 N·m".into()));
    passes("Tighten the element to 18 N·m.", BLEED);
}

#[test]
fn a_row_of_a_table_is_read_as_one() {
    let row = "Fastener: Oil drain plug; Torque: 35 N·m (26 lb-ft)";
    passes("The torque of the oil drain plug is 35 Nm.", row);
    passes("The torque of the oil drain plug is 35 N·m (26 lb-ft).", row);
    let rows = "Oil drain plug; Torque: 35 N·m. Lift pump bolts; Torque: 22 N·m.";
    fails("The torque of the oil drain plug is 22 N·m.", rows, &Rejection::Moved("22 N·m".into()));
}

#[test]
fn every_sentence_cites_a_given_passage() {
    let passage = Passage {
        id: "WP#step 14".into(),
        at: crate::manual::Provenance::default(),
        kind: "procedure".into(),
        title: TITLE.into(),
        headings: Vec::new(),
        text: TIGHTEN.into(),
        alerts: Vec::new(),
        applicability: crate::applicability::Applicability::Always,
        parts: Vec::new(),
        step: None,
        pointer: None,
    };
    let worded = |text: &str, passage| WordedSentence { text: text.into(), passage };
    let passages = [passage];
    let verify = |sentences: &[WordedSentence]| verify(sentences, &passages, "how tight", None);
    assert_eq!(verify(&[worded("The torque is 22 N·m.", 1)]), Ok(()));
    assert_eq!(verify(&[worded("The torque is 22 N·m.", 0)]), Err(Rejection::NoSuchPassage(0)));
    assert_eq!(verify(&[worded("The torque is 22 N·m.", 2)]), Err(Rejection::NoSuchPassage(2)));
    assert_eq!(verify(&[]), Err(Rejection::Empty));
    assert_eq!(verify(&[worded(" ", 1)]), Err(Rejection::Empty));
    // Two sentences in one are checked one by one.
    let double = worded("The torque is 22 N·m. Do not use the wrench.", 1);
    assert!(matches!(verify(&[double]), Err(Rejection::Negation(_))));
    // What retrieval chose is all said, and a value that was asked for is there.
    let both = [passages[0].clone(), passages[0].clone()];
    let said = [worded("The torque is 22 N·m.", 1)];
    assert_eq!(super::verify(&said, &both, "", None), Err(Rejection::LeftOut(2)));
    let torque = BTreeSet::from([Dimension::Torque]);
    assert_eq!(super::verify(&said, &passages, "", Some(&torque)), Ok(()));
    let beside = [worded("Tighten the fuel filter element.", 1)];
    assert_eq!(super::verify(&beside, &passages, "", Some(&BTreeSet::new())), Err(Rejection::Unanswered), "any value");
    assert_eq!(super::verify(&beside, &passages, "", Some(&torque)), Err(Rejection::Unanswered));
    // What both name is named.
    let question = "which wrenches tighten the element?";
    assert_eq!(super::verify(&said, &passages, question, None), Err(Rejection::Misses("wrenches".into())));
    let whole = [worded(TIGHTEN, 1)];
    assert_eq!(super::verify(&whole, &passages, question, Some(&torque)), Ok(()));
}

fn spelled_unit() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "N·m", "Nm", "lb-ft", "ft-lb", "psi", "kPa", "°C", "mm", "in.", "V", "A", "rpm", "L", "hours", "minutes", "%",
    ])
}

proptest! {
    /// The value as the passage has it passes, in any spelling of its number; any other number does not.
    #[test]
    fn a_mutated_number_never_passes(value in 1_u32..100_000, other in 1_u32..100_000, unit in spelled_unit(), places in 0_u32..3) {
        let text_of = |value: u32| {
            let scale = 10_u32.pow(places);
            if places == 0 { format!("{value}") } else { format!("{}.{:0width$}", value / scale, value % scale, width = places as usize) }
        };
        let passage = format!("Adjust the belt until the reading is {} {unit}.", text_of(value));
        let answer = |value: u32| format!("Adjust the belt until the reading is {} {unit}.", text_of(value));
        prop_assert_eq!(verify_text(&answer(value), TITLE, &passage), Ok(()));
        prop_assert_eq!(verify_text(&answer(value).replace('.', ","), TITLE, &passage.replace('.', ",")), Ok(()));
        if other != value {
            prop_assert!(matches!(verify_text(&answer(other), TITLE, &passage), Err(Rejection::Number(_))));
        }
    }

    /// Any single digit changed in a real sentence of the manual is caught.
    #[test]
    fn a_changed_digit_never_passes(place in any::<prop::sample::Index>(), digit in 0_u8..10) {
        for text in [TIGHTEN, BLEED, DRY, STOP] {
            let places: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(at, _)| at).collect();
            let at = places[place.index(places.len())];
            let mut bytes = text.as_bytes().to_vec();
            if bytes[at] == b'0' + digit {
                continue;
            }
            bytes[at] = b'0' + digit;
            let changed = String::from_utf8(bytes).expect("a digit replaced by a digit is UTF-8");
            prop_assert!(verify_text(&changed, TITLE, text).is_err(), "{}", changed);
        }
    }

    /// Nothing that comes from a model can make the verifier panic.
    #[test]
    fn any_text_is_read(sentence in "\\PC{0,80}", text in "\\PC{0,160}") {
        drop(verify_text(&sentence, TITLE, &text));
    }
}
