//! What the shipped content must be: manual, equipment and scenarios fit each other.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use fieldwright_guide::{
    equipment::{EquipmentPackage, Motion},
    manual::{Body, Fault, Publication, Severity},
};
use fieldwright_library::s1000d::read_publication;
use fieldwright_scenarios::{files, root};
use fieldwright_session::scenario::{Beat, Check, Scenario};
use serde_json::Value;

/// The one module that the manual points to and that is not shipped: its overhaul is done by the maker.
const NOT_LOADED: &str = "FGS5-A-28-30-00-00A-530A-A";

fn folder() -> PathBuf {
    root().join("assets/equipment/fgs-5")
}

fn manual() -> (Publication, Vec<Fault>) {
    read_publication(&root().join("manuals/fgs-5")).unwrap()
}

fn equipment() -> EquipmentPackage {
    let ron = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    let words = fs::read_to_string(folder().join("equipment.ron")).unwrap();
    ron.from_str(&words).or_else(|_| ron::from_str(&words)).unwrap()
}

/// The JSON chunk of the model: <https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html#binary-gltf-layout>.
fn model(equipment: &EquipmentPackage) -> Value {
    let bytes = fs::read(folder().join(&equipment.model)).unwrap();
    let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    serde_json::from_slice(&bytes[20..20 + length]).unwrap()
}

/// Every functional item that any text of the manual names.
fn items(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(item) = fields.get("Part").and_then(|part| part.get("item")).and_then(Value::as_str) {
                found.insert(item.to_owned());
            }
            fields.values().for_each(|inner| items(inner, found));
        }
        Value::Array(inner) => inner.iter().for_each(|inner| items(inner, found)),
        _ => {}
    }
}

#[test]
fn the_manual_is_whole_but_for_what_it_only_points_to() {
    let (publication, faults) = manual();
    let errors: Vec<_> = faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let known: BTreeSet<&str> = publication.work_packages.iter().map(|wp| wp.id.as_str()).collect();
    assert!(!known.contains(NOT_LOADED));
    let pointers = publication.work_packages.iter().flat_map(|wp| &wp.pointers);
    let missing: BTreeSet<&str> =
        pointers.map(|pointer| pointer.target.as_str()).filter(|target| !known.contains(target)).collect();
    assert_eq!(missing, BTreeSet::from([NOT_LOADED]));
}

#[test]
fn the_manual_has_the_breadth_of_a_real_one() {
    let (publication, _) = manual();
    let count = |wanted: fn(&Body) -> bool| publication.work_packages.iter().filter(|wp| wanted(&wp.body)).count();
    assert!(publication.work_packages.len() >= 30);
    assert!(count(|body| matches!(body, Body::FaultIsolation(_))) >= 6);
    assert!(count(|body| body.procedure().is_some()) >= 20);
    assert!(publication.properties.iter().any(|property| property.values.len() >= 2), "two models");
}

#[test]
fn every_part_that_the_manual_names_is_bound_to_a_node_of_the_model() {
    let (publication, _) = manual();
    let equipment = equipment();
    let mut named = BTreeSet::new();
    items(&serde_json::to_value(&publication).unwrap(), &mut named);
    assert!(named.len() >= 40, "{} parts named", named.len());
    let unbound: Vec<_> = named.iter().filter(|item| !equipment.parts.contains_key(*item)).collect();
    assert!(unbound.is_empty(), "no entry in equipment.ron for {unbound:?}");
}

#[test]
fn every_node_that_the_equipment_names_is_in_the_model() {
    let equipment = equipment();
    let model = model(&equipment);
    let nodes: BTreeSet<&str> =
        model["nodes"].as_array().unwrap().iter().filter_map(|node| node["name"].as_str()).collect();
    let missing: Vec<_> = equipment.parts.iter().filter(|(_, part)| !nodes.contains(part.node.as_str())).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let distinct: BTreeSet<&str> = equipment.parts.values().map(|part| part.node.as_str()).collect();
    assert!(distinct.len() >= 40);
    for (item, part) in &equipment.parts {
        assert!(part.view.iter().all(|view| equipment.views.contains_key(view)), "{item}: no view {:?}", part.view);
        for (name, motion) in &part.motions {
            let (Motion::Turn { axis, .. }
            | Motion::Unscrew { axis, .. }
            | Motion::Slide { axis, .. }
            | Motion::Press { axis, .. }) = motion;
            assert!((axis.length() - 1.0).abs() < 1e-3, "{item}: the axis of `{name}` is no unit vector");
        }
    }
}

#[test]
fn part_numbers_of_the_equipment_stand_in_the_manual() {
    let (publication, _) = manual();
    let listed: BTreeSet<&str> = publication
        .work_packages
        .iter()
        .filter_map(|wp| match &wp.body {
            Body::PartsList(rows) => Some(rows),
            _ => None,
        })
        .flatten()
        .map(|row| row.part_number.as_str())
        .collect();
    let equipment = equipment();
    for (item, part) in &equipment.parts {
        for number in &part.part_numbers {
            assert!(listed.contains(number.number.as_str()), "{item}: no parts list has {}", number.number);
        }
    }
}

#[test]
fn fiducials_are_many_distinct_and_well_formed() {
    let fiducials = equipment().fiducials;
    assert!(fiducials.len() >= 8);
    let ids: BTreeSet<u32> = fiducials.iter().map(|fiducial| fiducial.id).collect();
    assert_eq!(ids.len(), fiducials.len());
    for fiducial in &fiducials {
        assert_eq!(fiducial.family, "tag36h11");
        assert!((0.02..0.5).contains(&fiducial.tag_size_m), "{fiducial:?}");
        assert!((fiducial.rotation.length() - 1.0).abs() < 1e-3, "{fiducial:?}");
        assert!(!fiducial.mounted_on.is_empty());
    }
}

#[test]
fn every_figure_is_a_picture() {
    let (publication, _) = manual();
    let mut sheets = 0;
    for sheet in publication.work_packages.iter().flat_map(|wp| &wp.figures).flat_map(|figure| &figure.sheets) {
        let path = root().join("manuals/fgs-5/figures").join(format!("{sheet}.PNG"));
        let (width, height) = image::image_dimensions(&path).unwrap_or_else(|error| panic!("{sheet}: {error}"));
        assert!(width >= 600 && height >= 400, "{sheet}: {width} x {height} cannot be read");
        sheets += 1;
    }
    assert!(sheets >= 10);
}

#[test]
fn every_scenario_checks_the_whole_way_from_the_question_to_the_part() {
    let (publication, _) = manual();
    let equipment = equipment();
    let paths = files("tests/repairs", ".ron");
    assert!(paths.len() >= 8);
    for path in paths {
        let scenario = Scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
        scenario.check_against(&path, &equipment).unwrap_or_else(|error| panic!("{error}"));
        let checks: Vec<&Check> = scenario
            .script
            .iter()
            .filter_map(|beat| match beat {
                Beat::Expect(checks) => Some(checks),
                _ => None,
            })
            .flatten()
            .collect();
        let has = |wanted: fn(&Check) -> bool| checks.iter().any(|check| wanted(check));
        let name = path.display();
        if !has(|check| matches!(check, Check::Refused { .. })) {
            assert!(has(|check| matches!(check, Check::Answer { .. })), "{name}: no answer");
            assert!(has(|check| matches!(check, Check::Step { .. })), "{name}: no step");
            assert!(has(|check| matches!(check, Check::Gate { .. })), "{name}: no gate");
            assert!(has(|check| matches!(check, Check::Focus { .. })), "{name}: no part");
            assert!(has(|check| matches!(check, Check::Registration { .. })), "{name}: no registration");
        }
        for check in checks {
            if let Check::Step { work_package, .. } = check {
                assert!(publication.work_package(work_package).is_some(), "{name}: no work package {work_package}");
            }
        }
    }
}
