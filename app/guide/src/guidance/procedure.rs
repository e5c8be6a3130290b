//! A procedure laid out for one variant: the shown steps in the manual's order, and the alerts that precede each.
//! Must not know who stands where in it.

use serde::{Deserialize, Serialize};

use crate::{
    applicability::{Applicability, Applies, Variant},
    manual::{Alert, AlertKind, Body, Condition, FaultNode, Procedure, Step, WorkPackage},
};

/// Names an alert of a work package: whose it is and which of its alerts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct AlertKey {
    /// Whose it is.
    pub owner: Owner,
    /// Index in the owner's alerts.
    pub index: usize,
}

/// What an alert belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Owner {
    /// The whole work package.
    Setup,
    /// A step, or a fault-isolation node, by its id.
    Step(String),
}

/// One step as it will be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlannedStep {
    /// [`Step::id`].
    pub id: String,
    /// [`Step::number`].
    pub number: String,
    /// Ids of the steps above it, outermost first.
    pub ancestors: Vec<String>,
    /// Steps that hold only alerts and stand before this one: their alerts are shown with it.
    pub carried: Vec<String>,
    /// True for a lockout step, and for every step under one.
    pub lockout: bool,
}

/// Lays a procedure out. Steps of another variant, and steps whose variant is not known, are left out: the caller asks
/// for what [`unknown_property`] names before it comes here.
pub(super) fn plan(procedure: &Procedure, variant: &Variant) -> Vec<PlannedStep> {
    let mut plan = Vec::new();
    let mut carried = Vec::new();
    walk(&procedure.steps, variant, &mut Vec::new(), false, &mut carried, &mut plan);
    // Alerts after the last step have no step to precede; they are shown as a step of their own.
    if let Some(last) = carried.pop() {
        let number = find_step(&procedure.steps, &last).map(|step| step.number.clone()).unwrap_or_default();
        plan.push(PlannedStep { id: last, number, ancestors: Vec::new(), carried, lockout: false });
    }
    plan
}

fn walk(
    steps: &[Step],
    variant: &Variant,
    ancestors: &mut Vec<String>,
    lockout: bool,
    carried: &mut Vec<String>,
    plan: &mut Vec<PlannedStep>,
) {
    for step in steps {
        if step.applicability.applies(variant) != Applies::Yes {
            continue;
        }
        let lockout = lockout || step.lockout;
        let leaf = step.children.is_empty();
        // A group shows nothing of its own: its alerts and its title come with the steps under it.
        if !step.text.is_empty() || (leaf && step.title.is_some()) || (leaf && step.lockout) {
            plan.push(PlannedStep {
                id: step.id.clone(),
                number: step.number.clone(),
                ancestors: ancestors.clone(),
                carried: std::mem::take(carried),
                lockout,
            });
        } else if leaf {
            carried.push(step.id.clone());
        }
        ancestors.push(step.id.clone());
        walk(&step.children, variant, ancestors, lockout, carried, plan);
        ancestors.pop();
    }
}

/// Finds a step anywhere under `steps`.
pub(super) fn find_step<'a>(steps: &'a [Step], id: &str) -> Option<&'a Step> {
    steps.iter().find_map(|step| if step.id == id { Some(step) } else { find_step(&step.children, id) })
}

/// The alerts that an owner has.
pub(super) fn alerts_of<'a>(work_package: &'a WorkPackage, owner: &Owner) -> &'a [Alert] {
    match owner {
        Owner::Setup => &work_package.setup.alerts,
        Owner::Step(id) => match &work_package.body {
            Body::Procedure(procedure) | Body::Checks(procedure) => {
                find_step(&procedure.steps, id).map_or(&[], |step| &step.alerts)
            }
            Body::FaultIsolation(fault) => {
                fault.nodes.iter().find(|node| &node.id == id).map_or(&[], |node| &node.alerts)
            }
            Body::Description(_) | Body::PartsList(_) | Body::Common(_) => &[],
        },
    }
}

/// The warnings and cautions of an owner that concern this variant, in the manual's order.
pub(super) fn gating(work_package: &WorkPackage, owner: &Owner, variant: &Variant) -> Vec<AlertKey> {
    alerts_of(work_package, owner)
        .iter()
        .enumerate()
        .filter(|(_, alert)| alert.kind != AlertKind::Note && alert.applicability.applies(variant) == Applies::Yes)
        .map(|(index, _)| AlertKey { owner: owner.clone(), index })
        .collect()
}

/// The notes of an owner that concern this variant, paragraphs joined, verbatim.
pub(super) fn notes(work_package: &WorkPackage, owner: &Owner, variant: &Variant) -> Vec<String> {
    alerts_of(work_package, owner)
        .iter()
        .filter(|alert| alert.kind == AlertKind::Note && alert.applicability.applies(variant) == Applies::Yes)
        .flat_map(|alert| alert.text.iter().map(crate::manual::Text::plain))
        .collect()
}

/// The conditions that concern this variant.
pub(super) fn conditions<'a>(all: &'a [Condition], variant: &Variant) -> Vec<&'a Condition> {
    all.iter().filter(|condition| condition.applicability.applies(variant) == Applies::Yes).collect()
}

/// What to do after the job, as the body says it.
pub(super) fn close_up(work_package: &WorkPackage) -> &[Condition] {
    match &work_package.body {
        Body::Procedure(procedure) | Body::Checks(procedure) => &procedure.close_up,
        Body::FaultIsolation(fault) => &fault.close_up,
        Body::Description(_) | Body::PartsList(_) | Body::Common(_) => &[],
    }
}

/// True where the work package can be played step by step.
pub(super) fn playable(work_package: &WorkPackage) -> bool {
    !work_package.deleted()
        && matches!(&work_package.body, Body::Procedure(_) | Body::Checks(_) | Body::FaultIsolation(_))
}

/// The first property that anything in this work package depends on and that is not known yet.
///
/// It is asked for before the task starts, so that neither a value nor the count of steps is ever a guess.
pub(super) fn unknown_property(work_package: &WorkPackage, variant: &Variant) -> Option<String> {
    let mut look = Look { variant, unknown: None };
    if look.at(&work_package.applicability) {
        let setup = &work_package.setup;
        look.alerts(&setup.alerts);
        look.conditions(&setup.conditions);
        for resource in &setup.resources {
            look.at(&resource.applicability);
        }
        match &work_package.body {
            Body::Procedure(procedure) | Body::Checks(procedure) => look.steps(&procedure.steps),
            Body::FaultIsolation(fault) => look.nodes(&fault.nodes),
            Body::Description(_) | Body::PartsList(_) | Body::Common(_) => {}
        }
        look.conditions(close_up(work_package));
    }
    look.unknown
}

struct Look<'a> {
    variant: &'a Variant,
    unknown: Option<String>,
}

impl Look<'_> {
    /// False where it does not apply: what stands under it cannot matter then.
    fn at(&mut self, applicability: &Applicability) -> bool {
        match applicability.applies(self.variant) {
            Applies::Yes => true,
            Applies::No => false,
            Applies::Unknown { property } => {
                self.unknown.get_or_insert(property);
                true
            }
        }
    }

    fn alerts(&mut self, alerts: &[Alert]) {
        for alert in alerts {
            self.at(&alert.applicability);
        }
    }

    fn conditions(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            self.at(&condition.applicability);
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            if self.at(&step.applicability) {
                self.alerts(&step.alerts);
                self.steps(&step.children);
            }
        }
    }

    fn nodes(&mut self, nodes: &[FaultNode]) {
        for node in nodes {
            if self.at(&node.applicability) {
                self.alerts(&node.alerts);
            }
        }
    }
}
