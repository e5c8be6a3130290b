//! A small manual and a small machine that hold every case guidance must deal with: two variants, alerts at every level,
//! nested steps, notes, lockout, a fault graph with corrective tasks, conditions that name tasks, content not loaded.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod ops;
pub(crate) mod oracle;

use std::{collections::BTreeMap, sync::Arc};

use fieldwright_guide::{
    applicability::{Applicability, Property},
    equipment::{EquipmentPackage, Motion, Part, PartNumber},
    manual::{
        Alert, AlertKind, Body, Condition, FaultAnswer, FaultIsolation, FaultNode, Figure, InitialSetup, Next,
        Procedure, Provenance, Publication, QuantityKind, Resource, ResourceKind, Span, Step, Text, WorkPackage,
    },
};
use glam::Vec3;

pub(crate) const REPLACE: &str = "T-28-921";
pub(crate) const BLEED: &str = "T-28-231";
pub(crate) const LOCKOUT: &str = "T-00-560";
pub(crate) const FAULT: &str = "T-28-420";
pub(crate) const DESCRIBE: &str = "T-28-042";
pub(crate) const MK1_ONLY: &str = "T-99-111";

/// Words that belong to one variant only carry its mark, so that a scene can be searched for the other's.
pub(crate) const MARK: [(&str, &str); 2] = [("Mk 1", "⟦1⟧"), ("Mk 2", "⟦2⟧")];

pub(crate) fn only(value: &str) -> Applicability {
    Applicability::Assert { property: "model".into(), values: vec![value.into()] }
}

fn at(work_package: &str, element: &str) -> Provenance {
    Provenance {
        publication: "T".into(),
        work_package: work_package.into(),
        element: element.into(),
        file: format!("{work_package}.XML"),
        line: 1,
        ..Provenance::default()
    }
}

/// Plain words with `[item]` for a part, `{tool}` for a tool, `<value>` for a torque, `(#wp)` for a work package.
pub(crate) fn text(work_package: &str, element: &str, words: &str) -> Text {
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = words;
    while let Some(open) = rest.find(['[', '{', '<', '#']) {
        let close = match &rest[open..=open] {
            "[" => ']',
            "{" => '}',
            "<" => '>',
            _ => '#',
        };
        let end = open + 1 + rest[open + 1..].find(close).expect("closed");
        plain.push_str(&rest[..open]);
        if !plain.is_empty() {
            spans.push(Span::Plain(std::mem::take(&mut plain)));
        }
        let inner = rest[open + 1..end].to_owned();
        spans.push(match close {
            ']' => Span::Part { item: inner.clone(), text: inner.replace('-', " ") },
            '}' => Span::Resource { kind: ResourceKind::Tool, id: inner.clone(), text: inner },
            '>' => Span::Quantity { kind: QuantityKind::Torque, text: inner },
            _ => Span::WorkPackage { id: inner.clone(), text: inner },
        });
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        spans.push(Span::Plain(plain));
    }
    Text { spans, at: at(work_package, element) }
}

pub(crate) fn alert(work_package: &str, kind: AlertKind, words: &str, applicability: Applicability) -> Alert {
    Alert { kind, text: vec![text(work_package, "alert", words)], applicability, at: at(work_package, "alert") }
}

fn warning(work_package: &str, words: &str) -> Alert {
    alert(work_package, AlertKind::Warning, words, Applicability::Always)
}

fn caution(work_package: &str, words: &str) -> Alert {
    alert(work_package, AlertKind::Caution, words, Applicability::Always)
}

fn note(work_package: &str, words: &str) -> Alert {
    alert(work_package, AlertKind::Note, words, Applicability::Always)
}

pub(crate) fn step(work_package: &str, number: &str, words: &str) -> Step {
    Step {
        id: format!("s{number}"),
        number: number.into(),
        text: if words.is_empty() { Vec::new() } else { vec![text(work_package, &format!("step {number}"), words)] },
        at: at(work_package, &format!("step {number}")),
        ..Step::default()
    }
}

fn condition(work_package: &str, words: &str, by: Option<&str>) -> Condition {
    Condition {
        text: text(work_package, "condition", words),
        by: by.map(str::to_owned),
        applicability: Applicability::Always,
    }
}

fn tool(work_package: &str, name: &str) -> Resource {
    Resource {
        kind: ResourceKind::Tool,
        id: name.into(),
        name: name.into(),
        number: Some("5GT-110".into()),
        manufacturer: None,
        quantity: Some("1 EA".into()),
        item: None,
        applicability: Applicability::Always,
        at: at(work_package, "tools"),
    }
}

pub(crate) fn work_package(id: &str, title: &str, setup: InitialSetup, body: Body) -> WorkPackage {
    WorkPackage {
        id: id.into(),
        tech_name: title.into(),
        info_name: None,
        issue: "002-00".into(),
        issue_type: "new".into(),
        date: "2025-01-01".into(),
        security: "UNCLASSIFIED".into(),
        verification: "unverified".into(),
        applicability: Applicability::Always,
        stated_applicability: Applicability::default(),
        setup,
        body,
        figures: vec![Figure {
            id: "fig".into(),
            title: "Fuel filter".into(),
            sheets: vec!["ICN-1".into()],
            callouts: Vec::new(),
        }],
        pointers: Vec::new(),
        file: format!("{id}.XML"),
    }
}

fn replace() -> WorkPackage {
    let wp = REPLACE;
    let setup = InitialSetup {
        conditions: vec![
            condition(wp, "The engine is cool", None),
            condition(wp, "The set is locked out", Some(LOCKOUT)),
        ],
        resources: vec![tool(wp, "torque wrench"), tool(wp, "strap wrench")],
        alerts: vec![
            warning(wp, "Diesel fuel is flammable."),
            caution(wp, "Dirt damages the injection pump."),
            note(wp, "Two persons are quicker."),
            alert(wp, AlertKind::Warning, "Mk 1 filters are hot ⟦1⟧.", only("Mk 1")),
        ],
        ..InitialSetup::default()
    };
    let mut lock = step(wp, "1", "Set the [master-switch] to OFF and lock it.");
    lock.lockout = true;
    let mut release = step(wp, "2", "Loosen the [bleed-screw] one turn counterclockwise.");
    release.alerts = vec![warning(wp, "Fuel can spray."), note(wp, "A cloth helps.")];
    let mut group = step(wp, "3", "");
    group.title = Some(text(wp, "step 3", "Remove the element"));
    group.alerts = vec![caution(wp, "Do not bend the lines.")];
    let mut turn = step(wp, "3.1", "Turn the [fuel-filter-element] counterclockwise with the {strap wrench}.");
    turn.figures = vec!["fig".into()];
    let mut off = step(wp, "3.2", "Remove the [fuel-filter-element].");
    off.alerts = vec![caution(wp, "Fuel stays in the element.")];
    group.children = vec![turn, off];
    let mut only_note = step(wp, "4", "");
    only_note.alerts = vec![note(wp, "The new element is in the kit.")];
    let mut parent = step(wp, "5", "Prepare the new element.");
    parent.alerts = vec![warning(wp, "Wear goggles.")];
    let mut fill = step(wp, "5.1", "Fill the new [fuel-filter-element] ⟦1⟧.");
    fill.applicability = only("Mk 1");
    let mut dry = step(wp, "5.2", "Keep the new [fuel-filter-element] dry ⟦2⟧.");
    dry.applicability = only("Mk 2");
    parent.children = vec![fill, dry];
    let mut tight1 =
        step(wp, "6", "Tighten the [fuel-filter-element] to <18 N·m (13 lb-ft)> ⟦1⟧ with the {torque wrench}.");
    tight1.applicability = only("Mk 1");
    tight1.alerts = vec![caution(wp, "Too much torque breaks the seal.")];
    let mut tight2 =
        step(wp, "7", "Tighten the [fuel-filter-element] to <22 N·m (16 lb-ft)> ⟦2⟧ with the {torque wrench}.");
    tight2.applicability = only("Mk 2");
    let mut lock2 = step(wp, "8", "Tag the [master-switch].");
    lock2.lockout = true;
    let mut bleed = step(wp, "9", &format!("Bleed the fuel system, refer to #{BLEED}#."));
    // The same words as for the whole procedure.
    bleed.alerts = vec![warning(wp, "Diesel fuel is flammable.")];
    let mut last = step(wp, "10", "Examine the [fuel-filter-element] for leaks.");
    last.alerts = vec![warning(wp, "The muffler is hot.")];
    let body = Body::Procedure(Procedure {
        steps: vec![lock, release, group, only_note, parent, tight1, tight2, lock2, bleed, last],
        close_up: vec![condition(wp, "Remove the lockout", None), condition(wp, "Record the replacement", None)],
    });
    work_package(wp, "Fuel filter element - Replace", setup, body)
}

fn bleed() -> WorkPackage {
    let wp = BLEED;
    let mut first = step(wp, "1", "Loosen the [bleed-screw].");
    first.alerts = vec![warning(wp, "Fuel can spray out.")];
    let steps = vec![first, step(wp, "2", "Pump until no bubbles come.")];
    work_package(
        wp,
        "Fuel system - Bleed air",
        InitialSetup::default(),
        Body::Procedure(Procedure { steps, close_up: Vec::new() }),
    )
}

fn lockout() -> WorkPackage {
    let wp = LOCKOUT;
    let mut first = step(wp, "1", "Set the [master-switch] to OFF.");
    first.lockout = true;
    let mut second = step(wp, "2", "Attach the padlock.");
    second.lockout = true;
    let mut cover = step(wp, "2.5", "Install the cover ⟦2⟧.");
    cover.lockout = true;
    cover.applicability = only("Mk 2");
    work_package(
        wp,
        "Generator set - Lockout",
        InitialSetup { alerts: vec![warning(wp, "Only the person who locks may unlock.")], ..InitialSetup::default() },
        Body::Procedure(Procedure {
            steps: vec![first, second, cover, step(wp, "3", "Try to start.")],
            close_up: Vec::new(),
        }),
    )
}

/// A question and its answers with the nodes they lead to.
type Asked<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

fn node(id: &str, actions: &str, question: Option<Asked<'_>>) -> FaultNode {
    let wp = FAULT;
    FaultNode {
        id: id.into(),
        number: id.trim_start_matches('n').into(),
        alerts: Vec::new(),
        actions: vec![text(wp, &format!("node {id}"), actions)],
        question: question.map(|(words, answers)| {
            let answers = answers.iter().map(|(text, next)| FaultAnswer {
                text: (*text).into(),
                next: next.map_or(Next::End, |id| Next::Node(id.into())),
            });
            (text(wp, &format!("node {id}"), words), answers.collect())
        }),
        corrective: Vec::new(),
        applicability: Applicability::Always,
        at: at(wp, &format!("node {id}")),
    }
}

fn fault() -> WorkPackage {
    let wp = FAULT;
    let mut nodes = vec![
        node("n1", "Read the [fuel-gauge].", Some(("Is there fuel?", &[("Yes", Some("n2")), ("No", Some("n9"))]))),
        node(
            "n2",
            "Loosen the [bleed-screw] and look at the fuel.",
            Some((
                "How does the fuel flow?",
                &[
                    ("Strong flow without air bubbles", Some("n5")),
                    ("Flow with air bubbles", Some("n3")),
                    ("Weak flow or no flow", Some("n4")),
                ],
            )),
        ),
        node(
            "n3",
            "Bleed the fuel system.",
            Some(("Does the engine start?", &[("Yes", Some("n6")), ("No", Some("n4"))])),
        ),
        node(
            "n4",
            "Replace the element and bleed.",
            Some(("Does the engine start?", &[("Yes", Some("n6")), ("No", Some("n5"))])),
        ),
        node("n5", "Send the set to the depot, refer to #T-28-530#.", None),
        node("n6", "The fault was in the fuel.", None),
        node("n9", "Fill the tank.", None),
        node("n7", "Only here ⟦1⟧.", None),
    ];
    nodes[1].alerts = vec![warning(wp, "Hold a cloth around the screw.")];
    nodes[2].corrective = vec![BLEED.into()];
    nodes[2].alerts = vec![caution(wp, "Do not crank for more than 10 seconds.")];
    nodes[3].corrective = vec![REPLACE.into(), BLEED.into()];
    nodes[4].corrective = vec!["T-28-530".into()];
    nodes[7].applicability = only("Mk 1");
    let setup = InitialSetup {
        conditions: vec![condition(wp, "The starter turns", None)],
        alerts: vec![warning(wp, "The engine can start.")],
        ..InitialSetup::default()
    };
    let close_up = vec![condition(wp, "The engine runs for 5 minutes", None)];
    work_package(
        wp,
        "Engine - Cranks but does not start",
        setup,
        Body::FaultIsolation(FaultIsolation { faults: vec![text(wp, "fault", "It cranks")], nodes, close_up }),
    )
}

pub(crate) fn publication() -> Arc<Publication> {
    let mut mk1 = bleed();
    mk1.id = MK1_ONLY.into();
    mk1.applicability = only("Mk 1");
    mk1.tech_name = "Mk 1 heater".into();
    let describe =
        work_package(DESCRIBE, "Fuel system - Description", InitialSetup::default(), Body::Description(Vec::new()));
    Arc::new(Publication {
        id: "T".into(),
        title: "Test manual".into(),
        format: "s1000d".into(),
        issue: "1".into(),
        distribution: None,
        properties: vec![Property {
            name: "model".into(),
            label: "Model".into(),
            values: vec!["Mk 1".into(), "Mk 2".into()],
        }],
        work_packages: vec![replace(), bleed(), lockout(), fault(), describe, mk1],
    })
}

pub(crate) fn equipment() -> Arc<EquipmentPackage> {
    let part = |name: &str, motions: &[(&str, Motion)], numbers: Vec<PartNumber>| Part {
        node: name.replace('-', "_"),
        name: name.replace('-', " "),
        part_numbers: numbers,
        motions: motions.iter().map(|(key, motion)| ((*key).to_owned(), *motion)).collect(),
        fasteners: None,
        view: None,
    };
    let unscrew = Motion::Unscrew { axis: Vec3::NEG_Y, turns: 3.0, distance_m: 0.16 };
    let turn = Motion::Turn { axis: Vec3::Z, angle_rad: -1.57 };
    let number =
        |model: &str, number: &str| PartNumber { when: Some(("model".into(), model.into())), number: number.into() };
    let parts = [
        part("master-switch", &[("run", turn)], Vec::new()),
        part("bleed-screw", &[("loosen", unscrew)], Vec::new()),
        part(
            "fuel-filter-element",
            &[("remove", unscrew)],
            vec![number("Mk 1", "5G28-2101 ⟦1⟧"), number("Mk 2", "5G28-2142 ⟦2⟧")],
        ),
        part("fuel-gauge", &[], Vec::new()),
    ];
    Arc::new(EquipmentPackage {
        name: "t".into(),
        title: "Test".into(),
        manual: "t".into(),
        model: "model.glb".into(),
        known_as: Vec::new(),
        parts: parts.into_iter().map(|part| (part.node.replace('_', "-"), part)).collect(),
        fiducials: Vec::new(),
        views: BTreeMap::new(),
        step_motions: Vec::new(),
    })
}
