//! Fault isolation: the graph of questions, answers and actions. Must not know how it is walked.

use std::collections::BTreeSet;

use fieldwright_guide::{
    applicability::Applicability,
    manual::{FaultAnswer, FaultIsolation, FaultNode, InitialSetup, Next, Severity, Span, Text},
};

use super::{
    alerts::kind_of,
    reader::{Reader, step_number},
    xml::{Node, attribute, child, elements, find, plain},
};

impl<'a> Reader<'a, '_> {
    /// Reads a `faultIsolation`: its setup and its graph.
    pub(super) fn fault_isolation(&mut self, node: Node<'a>) -> (InitialSetup, FaultIsolation) {
        let mut setup = InitialSetup::default();
        let mut graph = FaultIsolation::default();
        let procedures: Vec<Node<'a>> =
            node.descendants().filter(|inner| inner.has_tag_name("faultIsolationProcedure")).collect();
        for (index, procedure) in procedures.iter().enumerate() {
            for part in elements(*procedure) {
                if !part.has_tag_name("isolationProcedure") {
                    // The description; the fault itself has a code only.
                    let element = self.next("fault");
                    let text = self.text(part, &element);
                    if !text.spans.is_empty() {
                        graph.faults.push(text);
                    }
                    continue;
                }
                let own = self.setup(child(part, "preliminaryRqmts"));
                if index == 0 {
                    setup = own;
                } else {
                    setup.conditions.extend(own.conditions);
                    setup.persons.extend(own.persons);
                    setup.time = setup.time.take().or(own.time);
                    setup.resources.extend(own.resources);
                    setup.alerts.extend(own.alerts);
                    setup.more.extend(own.more);
                }
                if let Some(main) = child(part, "isolationMainProcedure") {
                    self.nodes(main, index, &mut graph.nodes);
                }
                graph.close_up.extend(self.close_up(child(part, "closeRqmts")));
            }
        }
        if procedures.len() > 1 {
            self.fault(
                Severity::Info,
                node,
                format!("{} fault isolation procedures in one module; the first is the entry", procedures.len()),
            );
        }
        self.check_graph(node, &mut graph);
        (setup, graph)
    }

    fn nodes(&mut self, main: Node<'a>, procedure: usize, into: &mut Vec<FaultNode>) {
        let shared = self.applicability(main);
        for node in elements(main) {
            match node.tag_name().name() {
                "isolationStep" | "isolationProcedureEnd" => {
                    let found = self.node(node, procedure, &shared);
                    into.push(found);
                }
                "isolationStepAlts" | "isolationProcedureEndAlts" => {
                    let shared = shared.clone().and(self.applicability(node));
                    for alternative in elements(node) {
                        let found = self.node(alternative, procedure, &shared);
                        into.push(found);
                    }
                }
                "figure" | "multimedia" => {
                    self.figure(node);
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, node: Node<'a>, procedure: usize, shared: &Applicability) -> FaultNode {
        let number =
            if procedure == 0 { step_number(node) } else { format!("{}-{}", procedure + 1, step_number(node)) };
        let element = format!("node {number}");
        let mut found = FaultNode {
            id: attribute(node, "id").map_or_else(|| format!("node-{number}"), str::to_owned),
            alerts: Vec::new(),
            actions: Vec::new(),
            question: None,
            corrective: Vec::new(),
            applicability: shared.clone().and(self.applicability(node)),
            at: self.at(node, &element),
            number,
        };
        self.referenced_alerts(node, &element, &mut found.alerts);
        let mut question = None;
        let mut answers = Vec::new();
        for inner in elements(node) {
            match inner.tag_name().name() {
                "isolationStepQuestion" => question = Some(self.text(inner, &element)),
                "isolationStepAnswer" => answers = self.answers(inner),
                "figure" | "multimedia" => {
                    self.figure(inner);
                }
                _ if kind_of(inner).is_some() => {
                    let alert = self.alert(inner, &element, &found.alerts);
                    found.alerts.extend(alert);
                }
                _ => {
                    let lines = self.lines(inner, &element);
                    for line in lines {
                        if line.applicability != Applicability::Always {
                            self.fault(
                                Severity::Warning,
                                inner,
                                "an action of a fault isolation step has an applicability of its own, which is not kept".to_owned(),
                            );
                        }
                        found.actions.push(line.text);
                    }
                }
            }
        }
        found.corrective = corrective(&found.actions);
        found.question = match (question, answers.is_empty()) {
            (Some(question), false) => Some((question, answers)),
            (Some(question), true) => {
                self.fault(Severity::Warning, node, "question without answers".to_owned());
                found.actions.push(question);
                None
            }
            (None, false) => Some((Text { spans: Vec::new(), at: self.at(node, &element) }, answers)),
            (None, true) => None,
        };
        found
    }

    fn answers(&mut self, node: Node<'a>) -> Vec<FaultAnswer> {
        let mut answers = Vec::new();
        for inner in node.descendants().filter(Node::is_element) {
            let words = match inner.tag_name().name() {
                "yesAnswer" => Some("Yes".to_owned()),
                "noAnswer" => Some("No".to_owned()),
                "choice" => Some(self.text(inner, "answer").plain()),
                _ => None,
            };
            let Some(default) = words else { continue };
            let own = plain(inner);
            let text = if own.is_empty() || inner.has_tag_name("choice") { default } else { own };
            let next = attribute(inner, "nextActionRefId").map_or(Next::End, |id| Next::Node(id.to_owned()));
            answers.push(FaultAnswer { text, next });
        }
        answers
    }

    /// Every answer must lead somewhere, and every node should be reached.
    fn check_graph(&mut self, node: Node<'a>, graph: &mut FaultIsolation) {
        let ids: BTreeSet<String> = graph.nodes.iter().map(|node| node.id.clone()).collect();
        let mut missing = Vec::new();
        for found in &mut graph.nodes {
            for answer in found.question.iter_mut().flat_map(|(_, answers)| answers) {
                if let Next::Node(id) = &answer.next
                    && !ids.contains(id)
                {
                    missing.push((found.number.clone(), id.clone()));
                    answer.next = Next::End;
                }
            }
        }
        for (number, id) in missing {
            let at = find(node, "isolationMainProcedure").unwrap_or(node);
            self.fault(
                Severity::Warning,
                at,
                format!("an answer at node {number} leads to `{id}`, which does not exist"),
            );
        }
        if graph.nodes.is_empty() {
            self.fault(Severity::Warning, node, "fault isolation without steps".to_owned());
        }
    }
}

/// Work packages that the actions name.
fn corrective(actions: &[Text]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for span in actions.iter().flat_map(|action| &action.spans) {
        if let Span::WorkPackage { id, .. } = span
            && !ids.contains(id)
        {
            ids.push(id.clone());
        }
    }
    ids
}
