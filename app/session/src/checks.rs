//! Whether what a scenario expects holds: one function from what is shown to a verdict. Must not know who plays it.

use std::collections::BTreeSet;

use fieldwright_guide::{
    manual::AlertKind,
    overlay::{HighlightRole, OverlayScene, Placement, StatusLevel},
    passage::Support,
};
use serde::{Deserialize, Serialize};

use crate::scenario::Check;

/// One check and how it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was checked, with the moment.
    pub name: String,
    /// Whether it held.
    pub passed: bool,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub actual: String,
}

/// What a check may look at.
#[derive(Debug)]
pub struct Seen<'a> {
    /// What is shown.
    pub scene: &'a OverlayScene,
    /// Lines said since the last expectation.
    pub said: &'a [String],
    /// Every text shown since the beginning.
    pub shown: &'a BTreeSet<String>,
    /// Error of the focused part now, (millimetres, degrees); `None` where nothing is anchored or focused.
    pub registration: Option<(f32, f32)>,
}

/// Evaluates one check.
pub fn evaluate(check: &Check, seen: &Seen<'_>) -> Verdict {
    let scene = seen.scene;
    let (name, expected, actual, passed) = match check {
        Check::Answer { support, work_package, element, contains } => {
            answer(scene, *support, work_package, element.as_deref(), contains)
        }
        Check::Refused { pointer } => {
            let actual = scene.answer.as_ref().map_or_else(
                || "no answer panel".to_owned(),
                |a| format!("refused: {}, pointer: {}", a.refused, a.pointer.as_deref().unwrap_or("none")),
            );
            let passed = scene.answer.as_ref().is_some_and(|a| {
                a.refused
                    && match pointer {
                        None => true,
                        Some(want) => {
                            a.pointer.as_deref().is_some_and(|have| have.contains(want.as_str()))
                                && a.text.contains(want.as_str())
                        }
                    }
            });
            ("refused", format!("a refusal naming {}", pointer.as_deref().unwrap_or("no pointer")), actual, passed)
        }
        Check::Step { work_package, number } => {
            let actual = step_of(scene);
            let expected = format!("{work_package} step {number}");
            ("step", expected.clone(), actual.clone(), actual == expected)
        }
        Check::Idle => ("idle", "no step card".to_owned(), step_of(scene), scene.card.is_none()),
        Check::Gate { kind, contains } => {
            let actual = gate_of(scene);
            let passed =
                scene.alert.as_ref().is_some_and(|alert| {
                    kind_name(alert.kind) == kind && alert.text.join(" ").contains(contains.as_str())
                }) && scene.card.as_ref().is_none_or(|card| card.gated);
            ("gate", format!("{kind}: …{contains}…, and the step dimmed"), actual, passed)
        }
        Check::NoGate => {
            let open = scene.alert.as_ref().is_none_or(|alert| alert.kind == AlertKind::Note);
            ("no gate", "no alert gates".to_owned(), gate_of(scene), open)
        }
        Check::Prompt(want) => {
            let actual = scene.prompt.as_ref().map_or_else(
                || "no prompt".to_owned(),
                |p| format!("{} [{}] ({})", p.title, p.lines.join(" | "), p.choices.join(" / ")),
            );
            let passed = scene.prompt.is_some() && actual.contains(want.as_str());
            ("prompt", want.clone(), actual, passed)
        }
        Check::Card(want) => {
            let actual = card_words(scene);
            let passed = actual.contains(want.as_str());
            ("card", want.clone(), actual, passed)
        }
        Check::Notice(want) => {
            let actual = scene.notice.as_ref().map_or_else(|| "no notice".to_owned(), |n| n.lines.join(" | "));
            let passed = scene.notice.is_some() && actual.contains(want.as_str());
            ("notice", want.clone(), actual, passed)
        }
        Check::NeverShown(words) => {
            let found = seen.shown.iter().find(|text| text.contains(words.as_str()));
            let actual = found.cloned().unwrap_or_else(|| "absent".to_owned());
            ("never shown", format!("nothing that says `{words}`"), actual, found.is_none())
        }
        Check::Focus { item, motion } => {
            let focus = scene.highlights.iter().find(|h| h.role == HighlightRole::Focus);
            let actual = focus.map_or_else(
                || "nothing lit".to_owned(),
                |h| format!("{}{}", h.item, if scene.motion.is_some() { " with a motion" } else { "" }),
            );
            let passed = focus.is_some_and(|h| {
                &h.item == item && (!*motion || scene.motion.as_ref().is_some_and(|m| m.node == h.node))
            });
            ("focus", format!("{item}{}", if *motion { " with a motion" } else { "" }), actual, passed)
        }
        Check::Placement(want) => {
            let actual = placement_name(scene.placement).to_owned();
            ("placement", want.clone(), actual.clone(), &actual == want)
        }
        Check::Registration { mm, deg } => {
            let actual = seen
                .registration
                .map_or_else(|| "nothing anchored".to_owned(), |(mm, deg)| format!("{mm:.2} mm, {deg:.3} degrees"));
            let passed = seen.registration.is_some_and(|(is_mm, is_deg)| is_mm <= *mm && is_deg <= *deg);
            ("registration", format!("<= {mm} mm, <= {deg} degrees"), actual, passed)
        }
        Check::Status(item, level) => {
            let found = scene.status.iter().find(|s| &s.name == item);
            let actual =
                found.map_or_else(|| "no such item".to_owned(), |s| format!("{} ({})", level_name(s.level), s.detail));
            ("status", format!("{item}: {level}"), actual, found.is_some_and(|s| level_name(s.level) == level))
        }
        Check::Said(want) => {
            let actual = seen.said.join(" | ");
            let passed = actual.contains(want.as_str());
            ("said", want.clone(), actual, passed)
        }
    };
    Verdict { name: name.to_owned(), passed, expected, actual }
}

fn answer(
    scene: &OverlayScene,
    support: Support,
    work_package: &str,
    element: Option<&str>,
    contains: &[String],
) -> (&'static str, String, String, bool) {
    let place = element.map_or_else(String::new, |e| format!(" ¶ {}", e.strip_prefix("step ").unwrap_or(e)));
    let expected = format!("{support:?} or better, citing {work_package}{place}, saying {contains:?}");
    let Some(answer) = &scene.answer else {
        return ("answer", expected, "no answer panel".to_owned(), false);
    };
    let grade = match answer.support.as_str() {
        "exact" => Support::Exact,
        "partial" => Support::Partial,
        "related" => Support::Related,
        _ => Support::None,
    };
    let cited = answer.citations.iter().any(|citation| match element {
        None => citation.starts_with(work_package),
        Some(_) => citation == &format!("{work_package}{place}"),
    });
    let said = contains.iter().all(|words| answer.text.contains(words.as_str()));
    let actual = format!("{grade:?}: `{}` citing {}", answer.text, answer.citations.join(", "));
    ("answer", expected, actual, !answer.refused && grade >= support && cited && said)
}

/// `WORK-PACKAGE step NUMBER` of the card, or `no task`.
pub fn step_of(scene: &OverlayScene) -> String {
    scene.card.as_ref().map_or_else(|| "no task".to_owned(), |c| format!("{} step {}", c.work_package, c.number))
}

fn gate_of(scene: &OverlayScene) -> String {
    scene.alert.as_ref().map_or_else(
        || "no alert".to_owned(),
        |a| {
            let dimmed =
                scene.card.as_ref().map_or("", |c| if c.gated { ", step dimmed" } else { ", step NOT dimmed" });
            format!("{}: {}{dimmed}", kind_name(a.kind), a.text.join(" "))
        },
    )
}

fn card_words(scene: &OverlayScene) -> String {
    scene.card.as_ref().map_or_else(
        || "no card".to_owned(),
        |card| {
            let mut words: Vec<String> =
                card.text.iter().map(|p| p.iter().map(fieldwright_guide::manual::Span::text).collect()).collect();
            words.extend(card.chips.iter().map(|chip| format!("{} {}", chip.kind, chip.text)));
            words.extend(card.notes.iter().cloned());
            words.extend(card.answers.iter().cloned());
            words.join(" | ")
        },
    )
}

/// Every word that the scene shows, for `NeverShown`.
pub fn all_words(scene: &OverlayScene) -> Vec<String> {
    let mut words = vec![card_words(scene), gate_of(scene)];
    if let Some(answer) = &scene.answer {
        words.push(answer.text.clone());
        words.extend(answer.alerts.iter().map(|(_, text)| text.clone()));
    }
    if let Some(label) = &scene.label {
        words.push(format!("{} {}", label.name, label.detail));
    }
    if let Some(notice) = &scene.notice {
        words.extend(notice.lines.iter().cloned());
    }
    if let Some(prompt) = &scene.prompt {
        words.push(prompt.title.clone());
        words.extend(prompt.lines.iter().cloned());
        words.extend(prompt.choices.iter().cloned());
    }
    words
}

fn kind_name(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Warning => "warning",
        AlertKind::Caution => "caution",
        AlertKind::Note => "note",
    }
}

/// The placement's name in scenario files and reports.
pub fn placement_name(placement: Placement) -> &'static str {
    match placement {
        Placement::OnPart => "on-part",
        Placement::BesidePart => "beside-part",
        Placement::PanelOnly => "panel-only",
    }
}

fn level_name(level: StatusLevel) -> &'static str {
    match level {
        StatusLevel::Good => "good",
        StatusLevel::Busy => "busy",
        StatusLevel::Bad => "bad",
    }
}
