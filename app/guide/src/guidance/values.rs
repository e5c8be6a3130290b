//! Which values a property of the equipment can take, as the manual declares or asserts them. Must not know prompts.

use std::collections::BTreeSet;

use super::Guidance;
use crate::{
    applicability::{Applicability, Applies},
    manual::{Body, Publication, Step},
};

impl Guidance {
    /// Values of a property that can be chosen: as declared, else as the manual asserts them. Ranges cannot be chosen:
    /// a value is typed or said.
    pub(super) fn values_of(&self, property: &str) -> Vec<String> {
        let declared = self.publication.properties.iter().find(|p| p.name == property);
        let values = match declared.map(|p| p.values.clone()) {
            Some(values) if !values.is_empty() => values,
            _ => asserted(&self.publication, property).into_iter().collect(),
        };
        if values.iter().any(|value| value.contains('~')) { Vec::new() } else { values }
    }

    /// True where some statement of the manual speaks of this value.
    pub(super) fn known_value(&self, property: &str, value: &str) -> bool {
        let declared = self.publication.properties.iter().filter(|p| p.name == property);
        let mut values: BTreeSet<String> = declared.flat_map(|p| p.values.iter().cloned()).collect();
        values.extend(asserted(&self.publication, property));
        let variant = [(property.to_owned(), value.to_owned())].into();
        let applicability =
            Applicability::Assert { property: property.to_owned(), values: values.into_iter().collect() };
        applicability.applies(&variant) == Applies::Yes
    }
}

/// Every value that the publication asserts of a property, in order.
fn asserted(publication: &Publication, property: &str) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for work_package in &publication.work_packages {
        asserted_values(&work_package.applicability, property, &mut values);
        for alert in &work_package.setup.alerts {
            asserted_values(&alert.applicability, property, &mut values);
        }
        for resource in &work_package.setup.resources {
            asserted_values(&resource.applicability, property, &mut values);
        }
        match &work_package.body {
            Body::Procedure(procedure) | Body::Checks(procedure) => steps(&procedure.steps, property, &mut values),
            Body::FaultIsolation(fault) => {
                for node in &fault.nodes {
                    asserted_values(&node.applicability, property, &mut values);
                }
            }
            Body::Description(blocks) | Body::Common(blocks) => {
                for block in blocks {
                    asserted_values(&block.applicability, property, &mut values);
                }
            }
            Body::PartsList(rows) => {
                for row in rows {
                    asserted_values(&row.applicability, property, &mut values);
                }
            }
        }
    }
    values
}

fn steps(all: &[Step], property: &str, values: &mut BTreeSet<String>) {
    for step in all {
        asserted_values(&step.applicability, property, values);
        for alert in &step.alerts {
            asserted_values(&alert.applicability, property, values);
        }
        steps(&step.children, property, values);
    }
}

/// Values that a property may take: as declared, else as the work packages assert it.
fn asserted_values(applicability: &Applicability, property: &str, values: &mut BTreeSet<String>) {
    match applicability {
        Applicability::Always => {}
        Applicability::Assert { property: name, values: asserted } => {
            if name == property {
                values.extend(asserted.iter().cloned());
            }
        }
        Applicability::All(parts) | Applicability::Any(parts) => {
            for part in parts {
                asserted_values(part, property, values);
            }
        }
    }
}
