//! What is common to every product there is: a statement that holds for all of them is no question to ask anybody.
//! Must not know XML beyond the product table.

use std::collections::{BTreeMap, BTreeSet};

use fieldwright_guide::{
    applicability::{Applicability, Applies, Property, Variant},
    manual::{Alert, Body, Condition, Step, WorkPackage},
};

use super::{
    set::Set,
    xml::{attribute, elements},
};

/// The products that can stand in front of somebody.
pub(super) struct Fleet {
    /// Each as far as it is described.
    products: Vec<Variant>,
}

impl Fleet {
    /// The products of the product tables; without any, every combination of the declared values that matter.
    pub(super) fn new(set: &Set<'_>, properties: &[Property]) -> Self {
        // A property with one value everywhere tells no product from another.
        let constant: Variant = properties
            .iter()
            .filter(|property| property.values.len() == 1 && !property.values.iter().any(|value| value.contains('~')))
            .filter_map(|property| Some((property.name.clone(), property.values.first()?.clone())))
            .collect();
        let mut products = BTreeSet::new();
        for module in set.modules {
            for product in module.content.descendants().filter(|node| node.has_tag_name("product")) {
                let mut variant = constant.clone();
                for assign in elements(product).filter(|node| node.has_tag_name("assign")) {
                    let ident = attribute(assign, "applicPropertyIdent");
                    let value = attribute(assign, "applicPropertyValue");
                    if let (Some(ident), Some(value)) = (ident, value) {
                        variant.insert(set.properties.name(module.act().as_deref(), ident).name, value.to_owned());
                    }
                }
                products.insert(variant.into_iter().collect::<Vec<_>>());
            }
        }
        let listed: Vec<Variant> = products.into_iter().map(|product| product.into_iter().collect()).collect();
        Self { products: if listed.is_empty() { combinations(properties, &constant) } else { listed } }
    }

    /// Takes statements that hold for the whole fleet out of the work packages.
    pub(super) fn simplify(&self, work_packages: &mut [WorkPackage]) {
        for work_package in work_packages {
            each(work_package, &mut |applicability| *applicability = self.simplified(applicability));
        }
    }

    fn simplified(&self, applicability: &Applicability) -> Applicability {
        let everywhere = self.products.iter().all(|product| applicability.applies(product) == Applies::Yes);
        if everywhere && !self.products.is_empty() {
            return Applicability::Always;
        }
        let parts = |parts: &[Applicability]| parts.iter().map(|part| self.simplified(part)).collect::<Vec<_>>();
        match applicability {
            Applicability::All(all) => {
                let mut kept = parts(all);
                kept.retain(|part| *part != Applicability::Always);
                match kept.len() {
                    0 => Applicability::Always,
                    1 => kept.remove(0),
                    _ => Applicability::All(kept),
                }
            }
            Applicability::Any(any) => {
                let mut kept = parts(any);
                if kept.contains(&Applicability::Always) {
                    return Applicability::Always;
                }
                if kept.len() == 1 { kept.remove(0) } else { Applicability::Any(kept) }
            }
            other => other.clone(),
        }
    }
}

/// Combinations of enumerated values, as long as they are few.
fn combinations(properties: &[Property], constant: &Variant) -> Vec<Variant> {
    let mut all = vec![constant.clone()];
    for property in properties.iter().filter(|property| property.values.len() > 1) {
        if property.values.iter().any(|value| value.contains('~')) || all.len() * property.values.len() > 256 {
            continue;
        }
        all = all
            .iter()
            .flat_map(|variant| {
                property.values.iter().map(|value| {
                    let mut variant: BTreeMap<String, String> = variant.clone();
                    variant.insert(property.name.clone(), value.clone());
                    variant
                })
            })
            .collect();
    }
    if all.len() == 1 && constant.is_empty() { Vec::new() } else { all }
}

/// Calls `f` with every applicability of a work package but the stated one.
fn each(work_package: &mut WorkPackage, f: &mut dyn FnMut(&mut Applicability)) {
    f(&mut work_package.applicability);
    conditions(&mut work_package.setup.conditions, f);
    work_package.setup.resources.iter_mut().for_each(|resource| f(&mut resource.applicability));
    alerts(&mut work_package.setup.alerts, f);
    match &mut work_package.body {
        Body::Procedure(procedure) | Body::Checks(procedure) => {
            steps(&mut procedure.steps, f);
            conditions(&mut procedure.close_up, f);
        }
        Body::FaultIsolation(graph) => {
            for node in &mut graph.nodes {
                f(&mut node.applicability);
                alerts(&mut node.alerts, f);
            }
            conditions(&mut graph.close_up, f);
        }
        Body::Description(blocks) | Body::Common(blocks) => {
            for block in blocks {
                f(&mut block.applicability);
                alerts(&mut block.alerts, f);
            }
        }
        Body::PartsList(rows) => rows.iter_mut().for_each(|row| f(&mut row.applicability)),
    }
}

fn alerts(list: &mut [Alert], f: &mut dyn FnMut(&mut Applicability)) {
    for alert in list {
        f(&mut alert.applicability);
    }
}

fn conditions(list: &mut [Condition], f: &mut dyn FnMut(&mut Applicability)) {
    for condition in list {
        f(&mut condition.applicability);
    }
}

fn steps(list: &mut [Step], f: &mut dyn FnMut(&mut Applicability)) {
    for step in list {
        f(&mut step.applicability);
        alerts(&mut step.alerts, f);
        steps(&mut step.children, f);
    }
}
