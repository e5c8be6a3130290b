//! The shipped manual reads whole, with no fault but the one place that points out of it on purpose.

use std::path::Path;

use fieldwright_guide::manual::{Body, QuantityKind, Severity, Span};
use fieldwright_library::{passages::passages, report::flat, s1000d::read_publication};

#[test]
fn reads_without_faults() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manuals/fgs-5");
    let (publication, faults) = read_publication(&folder).expect("the shipped manual reads");
    for fault in &faults {
        assert!(
            fault.severity < Severity::Error && fault.message.contains("FGS5-A-28-30-00-00A-530A-A"),
            "{}:{}: {}",
            fault.file,
            fault.line,
            fault.message
        );
    }
    assert!(!faults.is_empty(), "the deliberate pointer is reported");
    assert!(publication.work_packages.len() >= 30);
    assert!(publication.id.starts_with("FGS5-") && publication.id.ends_with("-00001-00"), "{}", publication.id);

    let replace = publication.work_package("FGS5-A-28-21-00-00A-921A-A").expect("the filter procedure");
    let Body::Procedure(procedure) = &replace.body else { panic!("{} is not a procedure", replace.id) };
    let steps = flat(&procedure.steps);
    assert!(steps.iter().any(|(_, step)| step.lockout), "its lockout step is marked");
    let torques: Vec<&str> = steps
        .iter()
        .flat_map(|(_, step)| &step.text)
        .flat_map(|text| &text.spans)
        .filter_map(|span| match span {
            Span::Quantity { kind: QuantityKind::Torque, text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(torques, ["18 N·m (13 lb-ft)", "22 N·m (16 lb-ft)"]);
    assert!(!replace.setup.alerts.is_empty(), "warnings referred to by id have their text");
    assert!(
        steps
            .iter()
            .any(|(_, step)| step.text.iter().any(|text| text.parts().any(|part| part == "fuel-filter-element")))
    );

    let all = passages(&publication);
    let mut ids: Vec<&str> = all.iter().map(|passage| passage.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "passage ids are unique");
    assert!(
        all.iter()
            .any(|passage| passage.pointer.as_deref().is_some_and(|to| to.contains("FGS5-A-28-30-00-00A-530A-A")))
    );
}
