//! Tests of what speech means as a command.

use proptest::prelude::*;

use super::*;

fn meant(said: &str, confidence: f32) -> Meaning {
    understand(&Heard::evenly(said, confidence))
}

fn certain(said: &str, confidence: f32) -> Option<Command> {
    match meant(said, confidence) {
        Meaning::Certain { command, .. } => Some(command),
        Meaning::Uncertain { .. } | Meaning::Other => None,
    }
}

fn uncertain(said: &str, confidence: f32) -> Option<Command> {
    match meant(said, confidence) {
        Meaning::Uncertain { command, .. } => Some(command),
        Meaning::Certain { .. } | Meaning::Other => None,
    }
}

#[test]
fn what_is_asked_back_is_said_as_the_command_is() {
    let mut all = vec![Command::GoToStep("7".into()), Command::GoToStep("3.2".into())];
    all.extend(super::super::grammar::PHRASES.iter().filter_map(|(_, command)| command.clone()));
    for command in all {
        assert_eq!(parse(&command.phrase()), Some(command));
    }
}

#[test]
fn clear_commands_are_certain_and_doubtful_ones_are_asked_back() {
    for said in ["next", "okay next", "go back please", "what's the torque", "go to step 12"] {
        assert_eq!(certain(said, 0.9), parse(said), "{said}");
        assert_eq!(uncertain(said, 0.3), parse(said), "{said}");
        assert_eq!(meant(said, 0.05), Meaning::Other, "{said}");
    }
}

#[test]
fn amid_other_speech_only_an_order_to_stop_is_obeyed() {
    for said in ["next", "go back", "what's the torque", "i have read the warning", "yes"] {
        let heard = Heard { amid: true, ..Heard::evenly(said, 0.95) };
        let Meaning::Uncertain { command, .. } = understand(&heard) else { panic!("{said}: {:?}", understand(&heard)) };
        assert_eq!(Some(&command), parse(said).as_ref());
    }
    let stop = Heard { amid: true, ..Heard::evenly("stop", 0.95) };
    assert!(matches!(understand(&stop), Meaning::Certain { command: Command::Stop, .. }));
}

#[test]
fn commands_that_were_misheard_are_asked_back() {
    for (said, command) in [
        ("necks step", Command::Next),
        ("what is the talk", Command::Torque),
        ("could you repeet dat", Command::Repeat),
        ("how many stops are left", Command::Remaining),
        ("show me the finger", Command::Figure),
    ] {
        assert_eq!(uncertain(said, 0.45), Some(command), "{said}: {:?}", meant(said, 0.45));
    }
}

#[test]
fn questions_and_other_speech_are_no_commands() {
    for said in super::super::phrases::NOT_COMMANDS {
        if said.split_whitespace().count() > 2 {
            assert_eq!(certain(said, 0.95), None, "{said}: {:?}", meant(said, 0.95));
        }
    }
    for said in ["did you see the game last night", "the coffee is cold again", "tell Joe to bring the truck around"] {
        for sure in [0.3, 0.6, 0.95] {
            assert_eq!(meant(said, sure), Meaning::Other, "{said} {sure}");
        }
    }
}

#[test]
fn an_acknowledgement_is_taken_only_as_it_stands_and_heard_for_sure() {
    for said in ["acknowledge", "I acknowledge the warning", "understood"] {
        assert_eq!(certain(said, 0.9), Some(Command::Acknowledge), "{said}");
        assert_eq!(uncertain(said, 0.7), Some(Command::Acknowledge), "{said}");
    }
    for said in
        ["acknowledges", "a knowledge", "I acknowlege the morning", "eye acknowledge the warming", "under stood"]
    {
        for sure in [0.2, 0.5, 0.8, 1.0] {
            assert_eq!(certain(said, sure), None, "{said} {sure}: {:?}", meant(said, sure));
        }
    }
    // One word that was only guessed is enough to ask again.
    let mut heard = Heard::evenly("I acknowledge the warning", 0.99);
    heard.words[1].confidence = 0.45;
    assert!(!matches!(understand(&heard), Meaning::Certain { .. }));
}

#[test]
fn a_negation_is_never_passed_over() {
    for said in ["do not go to the next step", "I do not acknowledge the warning", "never go back", "not next"] {
        for sure in [0.3, 0.6, 0.95] {
            assert!(!matches!(meant(said, sure), Meaning::Certain { .. }), "{said} {sure}: {:?}", meant(said, sure));
        }
    }
}

/// What was meant by words, with phrases beside them that are so much likelier (natural logarithms).
fn with_phrases(said: &str, confidence: f32, phrases: &[(&str, f32)]) -> Meaning {
    let phrase = |(text, log): &(&str, f32)| HeardPhrase { text: (*text).to_owned(), log: log - 0.2 };
    let phrases = phrases.iter().map(phrase).collect();
    understand(&Heard { log: -0.2, phrases, ..Heard::evenly(said, confidence) })
}

#[test]
fn a_phrase_that_was_likely_beside_the_words_is_asked_back() {
    let next = [("next step please", 6.0), ("next", 2.0)];
    let meant = with_phrases("blue paint tin", 0.4, &next);
    assert!(matches!(meant, Meaning::Uncertain { command: Command::Next, .. }), "{meant:?}");
    assert_eq!(with_phrases("blue paint tin", 0.4, &[("go back", -9.0)]), Meaning::Other);
    // Two commands about as likely: neither. All ways to say one command count together.
    assert_eq!(with_phrases("blue paint tin", 0.4, &[("go back", 5.0), ("pause", 5.0)]), Meaning::Other);
    let one = [("pause", 0.5), ("pause please", 0.5), ("pause the task", 0.5)];
    assert_eq!(with_phrases("blue paint tin", 0.4, &one[..1]), Meaning::Other);
    assert!(matches!(with_phrases("blue paint tin", 0.4, &one), Meaning::Uncertain { .. }));
    assert_eq!(with_phrases("do not touch that tin", 0.4, &[("go back", 50.0)]), Meaning::Other);
}

#[test]
fn words_that_may_as_well_have_been_another_command_are_asked_back() {
    let rival = [("go back", 0.0), ("of course", -0.5)];
    assert!(matches!(with_phrases("go back", 0.9, &rival), Meaning::Uncertain { command: Command::Back, .. }));
    let own = [("go back", 0.0), ("go back please", -0.5), ("of course", -6.0)];
    assert!(matches!(with_phrases("go back", 0.9, &own), Meaning::Certain { command: Command::Back, .. }));
    let both = [("acknowledge", 0.0), ("next", -0.2)];
    assert!(matches!(with_phrases("acknowledge", 0.99, &both), Meaning::Uncertain { .. }));
}

/// What is meant by the first of these phrases (natural logarithms), heard as it stands with this confidence.
fn first_of(confidence: f32, phrases: &[(&str, f32)]) -> Meaning {
    let (said, log) = phrases[0];
    let phrases = phrases.iter().map(|(text, log)| HeardPhrase { text: (*text).to_owned(), log: *log }).collect();
    understand(&Heard { log, phrases, ..Heard::evenly(said, confidence) })
}

fn acted_on(confidence: f32, phrases: &[(&str, f32)]) -> bool {
    matches!(first_of(confidence, phrases), Meaning::Certain { .. })
}

#[test]
fn all_ways_to_say_a_command_count_together_where_no_other_comes_near() {
    let both = [("cancel that", -2.6), ("cancel it", -2.7), ("stop", -8.0)];
    assert!(acted_on(0.4, &both), "one of the two was said");
    assert!(!acted_on(0.4, &both[..1]), "one in fourteen alone");
    assert!(!acted_on(0.4, &[both[0], both[1], ("stop", -2.8)]), "another comes near");
    assert!(!acted_on(0.65, &[("yes", -0.5), ("yes sir", -2.0)]), "to agree binds more");
    assert!(acted_on(0.85, &[("yes", -0.3), ("stop", -6.0)]));
    assert!(acted_on(0.5, &[("yes", -1.0), ("yeah", -0.8)]), "one of the two was said");
    assert!(!acted_on(0.85, &[("yes", -0.3), ("stop", -1.2)]), "and all the more where another comes near");
    assert!(acted_on(0.7, &[("figure", -0.5), ("tools", -1.2)]));
    assert!(!acted_on(0.7, &[("next", -0.5), ("tools", -1.2)]), "a step is done by it");
    assert!(acted_on(0.9, &[("next", -0.3), ("tools", -2.7)]));
    assert!(!acted_on(0.9, &[("go to step four", -0.3), ("tools", -2.7)]), "the work would go on elsewhere");
}

#[test]
fn what_changes_nothing_may_be_doubted_more_where_no_other_command_comes_near() {
    let own = ("thanks please go back", -4.2);
    assert!(acted_on(0.42, &[own, ("stop", -9.0)]));
    assert!(!acted_on(0.42, &[own, ("stop", -6.0)]), "another comes near");
    assert!(!acted_on(0.35, &[own]), "hardly heard");
    assert!(!acted_on(0.42, &[("thanks please go back", -4.7)]), "or hardly likely");
    assert!(!acted_on(0.42, &[("thanks please next step", -4.2)]), "a step is done by it");
    assert!(!matches!(meant("thanks please go back", 0.42), Meaning::Certain { .. }), "no phrases were told");
}

#[test]
fn a_sentence_that_goes_on_is_no_command() {
    let meant = first_of(0.85, &[("step four", -4.5)]);
    assert!(matches!(meant, Meaning::Uncertain { command: Command::GoToStep(_), .. }), "{meant:?}");
}

#[test]
fn ways_to_acknowledge_count_together_and_nothing_else_with_them() {
    let heard = |phrases: &[(&str, f32)]| first_of(0.7, phrases);
    let certain = |meaning: &Meaning| matches!(meaning, Meaning::Certain { command: Command::Acknowledge, .. });
    let both = [("i acknowledge that", -0.9), ("i acknowledged that", -1.8)];
    assert!(certain(&heard(&both)), "{:?}", heard(&both));
    assert!(!certain(&heard(&both[..1])), "alone it is not likely enough");
    assert!(!certain(&heard(&[both[0], both[1], ("i do not think so", -2.5)])), "another command is too likely");
    assert!(!certain(&heard(&[("i acknowledge that", f32::NAN), ("acknowledge", 3.0)])), "no likelihoods at all");
}

#[test]
fn a_reply_that_is_awaited_leads_what_nobody_asked_for() {
    let heard = |text: &str, log: f32, phrases: &[(&str, f32)]| Heard {
        log,
        phrases: phrases.iter().map(|(text, log)| HeardPhrase { text: (*text).to_owned(), log: *log }).collect(),
        ..Heard::evenly(text, 0.6)
    };
    let yes_no = ["Yes".to_owned(), "No".to_owned()];
    let met = ["All are met".to_owned(), "Open: Fuel filter - Replace".to_owned(), "Not met".to_owned()];
    let next = [("next", -0.6), ("yes", -2.0), ("nah", -4.3)];
    assert_eq!(reply(&heard("next", -0.6, &next), &yes_no), Some(0));
    assert_eq!(reply(&heard("next", -0.1, &[("next", -0.1), ("yes", -5.0)]), &yes_no), None, "clearly another word");
    assert_eq!(reply(&heard("next", -0.6, &next), &met), None, "no reply to this");
    assert_eq!(reply(&heard("yes", -1.0, &[("yes", -1.0), ("no", -1.1)]), &yes_no), None, "as well the other reply");
    let phrases = [("alright", -4.2), ("All are met", -3.6)];
    assert_eq!(reply(&heard("all done yet", -2.4, &phrases), &met), Some(0));
    assert_eq!(reply(&heard("rain", -9.0, &[("All are met", -9.0)]), &met), None, "hardly heard at all");
    let turned = [("All are met", -2.0)];
    assert_eq!(reply(&heard("not all are met", -2.0, &turned), &met), None, "a negation is not passed over");
    assert_eq!(reply(&heard("all are met", -2.0, &turned), &met), Some(0));
    assert_eq!(reply(&Heard::evenly("yes", 1.0), &yes_no), None, "no phrases were told");
    assert_eq!(reply(&heard("yes", -1.0, &[("yes", f32::NAN)]), &yes_no), None);
    let done = ["Done".to_owned()];
    assert_eq!(reply(&heard("done", -0.5, &[("done", -0.5), ("next", -0.9)]), &done), Some(0), "its own words");
    assert_eq!(reply(&heard("next", -0.2, &[("next", -0.2), ("done", -4.0)]), &done), None, "next confirms nothing");
    assert_eq!(reply(&heard("next", -0.6, &[("next", -0.6), ("done", -2.0)]), &done), None);
    assert_eq!(
        reply(&heard("next", -0.2, &[("done", -4.0)]), &done),
        None,
        "the words count though no phrase has them"
    );
}

#[test]
fn no_phrase_is_acted_on_beside_other_words() {
    for phrase in ["acknowledge", "i acknowledge the warning", "next", "yes", "go to step four"] {
        for log in [-5.0, 0.0, 5.0, 50.0, 1e30, f32::NAN, f32::INFINITY] {
            let meant = with_phrases("blue paint tin", 0.9, &[(phrase, log)]);
            assert!(!matches!(meant, Meaning::Certain { .. }), "{phrase} {log}: {meant:?}");
        }
    }
}

#[test]
fn odd_confidences_are_survived() {
    for confidence in [f32::NAN, f32::INFINITY, -1.0, 7.0] {
        let _meaning = meant("next step", confidence);
    }
    assert_eq!(understand(&Heard::default()), Meaning::Other);
    assert_eq!(meant("?!", 1.0), Meaning::Other);
}

/// Letters of phrases, changed at random.
fn mangled() -> impl Strategy<Value = (String, f32)> {
    let phrases: Vec<&'static str> = super::super::phrases::HEARD.iter().map(|(said, _)| *said).collect();
    let change = (any::<prop::sample::Index>(), prop::option::of(proptest::char::range('a', 'z')));
    (prop::sample::select(phrases), prop::collection::vec(change, 0..4), 0.0_f32..=1.0).prop_map(
        |(phrase, changes, sure)| {
            let mut letters: Vec<char> = phrase.chars().collect();
            for (at, letter) in changes {
                let at = at.index(letters.len().max(1));
                match letter {
                    Some(letter) if at < letters.len() => letters[at] = letter,
                    _ if at < letters.len() => drop(letters.remove(at)),
                    _ => {}
                }
            }
            (letters.into_iter().collect(), sure)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is misheard: only the words themselves acknowledge, and only when they were heard for sure.
    #[test]
    fn no_mishearing_acknowledges((said, sure) in mangled()) {
        if let Meaning::Certain { command: Command::Acknowledge, confidence } = meant(&said, sure) {
            prop_assert_eq!(parse(&said), Some(Command::Acknowledge));
            prop_assert!(confidence >= 0.8);
        }
    }

    /// What the grammar takes is taken for nothing else.
    #[test]
    fn words_as_they_stand_win((said, sure) in mangled()) {
        if let Some(command) = parse(&said) {
            match meant(&said, sure) {
                Meaning::Certain { command: found, .. } | Meaning::Uncertain { command: found, .. } => {
                    prop_assert_eq!(found, command);
                }
                Meaning::Other => prop_assert!(sure < 0.2),
            }
        }
    }

    /// More confidence never makes a command less certain, unless the words are not the grammar's own.
    #[test]
    fn confidence_only_helps_words_as_they_stand((said, sure) in mangled(), more in 0.0_f32..=1.0) {
        let rank = |meaning: &Meaning| match meaning {
            Meaning::Other => 0,
            Meaning::Uncertain { .. } => 1,
            Meaning::Certain { .. } => 2,
        };
        if parse(&said).is_some() {
            let (low, high) = (sure.min(more), sure.max(more));
            prop_assert!(rank(&meant(&said, low)) <= rank(&meant(&said, high)));
        }
    }
}

#[test]
fn where_there_is_hardly_any_noise_less_certainty_is_enough_but_not_to_acknowledge() {
    let quiet = |said: &str, confidence: f32| Heard { above_noise_db: 25.0, ..Heard::evenly(said, confidence) };
    for said in ["next", "go back", "what's the torque", "go to step 12"] {
        assert_eq!(certain(said, 0.45), None, "{said}");
        assert!(matches!(understand(&quiet(said, 0.45)), Meaning::Certain { .. }), "{said}");
        assert!(matches!(understand(&quiet(said, 0.3)), Meaning::Uncertain { .. }), "{said}");
        let unknown = Heard { above_noise_db: f32::NAN, ..quiet(said, 0.45) };
        assert!(matches!(understand(&unknown), Meaning::Uncertain { .. }), "{said}");
    }
    for said in ["I acknowledge", "that is right"] {
        assert!(matches!(understand(&quiet(said, 0.75)), Meaning::Uncertain { .. }), "{said}");
    }
    // "What does the look like" can only have been one thing; a step is never taken for done so.
    let misheard = |said: &str, phrase: &str, above_noise_db| {
        let phrases = vec![HeardPhrase { text: phrase.into(), log: -1.5 }];
        understand(&Heard { log: -1.0, phrases, above_noise_db, ..Heard::evenly(said, 0.8) })
    };
    let figure = misheard("what does the look like", "what does it look like", 25.0);
    assert!(matches!(figure, Meaning::Certain { command: Command::Figure, .. }), "{figure:?}");
    let figure = misheard("what does the look like", "what does it look like", 5.0);
    assert!(matches!(figure, Meaning::Uncertain { .. } | Meaning::Other), "{figure:?}");
    let next = misheard("continue with the next step", "continue to the next step", 25.0);
    assert!(!matches!(next, Meaning::Certain { .. }), "{next:?}");
    let torque = misheard("how tight should be be", "how tight should it be", 25.0);
    assert!(!matches!(torque, Meaning::Certain { .. }), "another bolt may have been asked about: {torque:?}");
}
