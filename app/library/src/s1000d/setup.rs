//! Initial setup and close-up: preliminary requirements and requirements after completion. Must not know steps.

use fieldwright_guide::{
    applicability::Applicability,
    manual::{Condition, InitialSetup, Pointer, Resource, Severity, Span, Text},
};

use super::{
    alerts::kind_of,
    ident::referred_code,
    reader::{Reader, resource_kind},
    xml::{Node, attribute, child, elements, find, plain},
};

impl<'a> Reader<'a, '_> {
    /// Reads `preliminaryRqmts`.
    pub(super) fn setup(&mut self, node: Option<Node<'a>>) -> InitialSetup {
        let mut setup = InitialSetup::default();
        let Some(node) = node else { return setup };
        for part in elements(node) {
            match part.tag_name().name() {
                "reqCondGroup" => setup.conditions.extend(self.conditions(part, "condition")),
                "reqPersons" => self.persons(part, &mut setup),
                "reqSupportEquips" | "reqSupplies" | "reqSpares" => self.resources(part, &mut setup),
                "reqSafety" => self.safety(part, &mut setup),
                _ => {
                    let own = self.applicability(part);
                    self.more(part, &own, &mut setup.more);
                }
            }
        }
        setup
    }

    /// Reads a `reqCondGroup`; `kind` names the places.
    pub(super) fn conditions(&mut self, group: Node<'a>, kind: &'static str) -> Vec<Condition> {
        let mut conditions = Vec::new();
        let outer = self.applicability(group);
        for node in elements(group).filter(|node| !node.has_tag_name("noConds")) {
            let element = self.next(kind);
            let applicability = outer.clone().and(self.applicability(node));
            let mut text = match child(node, "reqCond") {
                Some(words) => self.text(words, &element),
                None => self.text(node, &element),
            };
            let by = elements(node).find(|inner| inner.has_tag_name("dmRef")).and_then(referred_code);
            if let Some(reference) = child(node, "dmRef").filter(|_| text.spans.is_empty()) {
                text.spans.push(self.module_reference(reference));
            }
            if let Some(publication) = child(node, "externalPubRef").filter(|_| child(node, "reqCond").is_some()) {
                let words = self.text(publication, &element).plain();
                if !words.is_empty() {
                    text.spans.push(Span::Plain(format!(" ({words})")));
                }
            }
            if let Some(id) = by.as_ref().filter(|id| self.set.titles.get(*id).is_none_or(|title| title.deleted)) {
                self.pointers.push(Pointer { target: id.clone(), text: text.clone() });
            }
            if text.spans.is_empty() {
                continue;
            }
            conditions.push(Condition { text, by, applicability });
        }
        conditions
    }

    /// Reads `closeRqmts` of a procedure.
    pub(super) fn close_up(&mut self, node: Option<Node<'a>>) -> Vec<Condition> {
        let groups = node.into_iter().flat_map(elements).filter(|inner| inner.has_tag_name("reqCondGroup"));
        groups.collect::<Vec<_>>().into_iter().flat_map(|group| self.conditions(group, "close-up")).collect()
    }

    /// Persons as lines, and the estimated time.
    fn persons(&mut self, node: Node<'a>, setup: &mut InitialSetup) {
        let outer = self.applicability(node);
        let mut times: Vec<(String, String)> = Vec::new();
        for person in elements(node).filter(|inner| matches!(inner.tag_name().name(), "person" | "personnel")) {
            let own = outer.clone().and(self.applicability(person));
            let mut words: Vec<String> = Vec::new();
            words.extend(child(person, "trade").map(plain));
            let category = child(person, "personCategory").and_then(|c| attribute(c, "personCategoryCode"));
            words.extend(category.map(str::to_owned));
            let skill = child(person, "personSkill").and_then(|skill| attribute(skill, "skillLevelCode"));
            words.extend(skill.map(skill_words));
            for other in elements(person) {
                if !matches!(other.tag_name().name(), "trade" | "personCategory" | "personSkill" | "estimatedTime") {
                    words.push(plain(other));
                }
            }
            words.retain(|word| !word.is_empty());
            let time = child(person, "estimatedTime").map(Self::with_unit).filter(|time| !time.is_empty());
            let label = attribute(person, "man").unwrap_or_default().to_owned();
            if let Some(time) = &time {
                times.push((label.clone(), time.clone()));
            }
            let number = attribute(person, "numRequired").map(|number| format!("{number} × ")).unwrap_or_default();
            if words.is_empty() && time.is_none() && number.is_empty() {
                continue;
            }
            words.extend(time);
            let who = if label.is_empty() { String::new() } else { format!("{label}: ") };
            let for_whom = self.display(person).or_else(|| self.display(node)).map(|text| format!(" ({text})"));
            let for_whom = for_whom.filter(|_| own != Applicability::Always).unwrap_or_default();
            setup.persons.push(format!("{who}{number}{}{for_whom}", words.join(", ")));
        }
        let first = times.first().map(|(_, time)| time.clone());
        setup.time = if times.iter().all(|(_, time)| Some(time) == first.as_ref()) {
            first
        } else {
            Some(times.iter().map(|(who, time)| format!("{who}: {time}")).collect::<Vec<_>>().join("; "))
        };
    }

    /// The display text of the applicability that an element refers to.
    pub(super) fn display(&self, node: Node<'a>) -> Option<String> {
        let id = attribute(node, "applicRefId")?;
        let target = *self.module.ids.get(id)?;
        child(target, "displayText").map(plain).filter(|text| !text.is_empty())
    }

    /// Tools, supplies and spares, embedded ones after what they come in.
    fn resources(&mut self, node: Node<'a>, setup: &mut InitialSetup) {
        let rows: Vec<Node<'a>> = node.descendants().filter(|inner| resource_kind(*inner).is_some()).collect();
        for row in rows {
            let Some(kind) = resource_kind(row) else { continue };
            let mut applicability = Applicability::Always;
            let mut around: Vec<Node<'a>> = row.ancestors().take_while(|outer| *outer != node).collect();
            around.push(node);
            for outer in around.into_iter().rev() {
                applicability = applicability.and(self.applicability(outer));
            }
            let place = match kind {
                fieldwright_guide::manual::ResourceKind::Tool => "tool",
                fieldwright_guide::manual::ResourceKind::Supply => "supply",
                fieldwright_guide::manual::ResourceKind::Spare => "spare",
            };
            let element = self.next(place);
            let (number, manufacturer) = Self::numbers(row);
            let name = self.resource_name(row).unwrap_or_default();
            if name.is_empty() {
                self.fault(Severity::Warning, row, format!("{place} without a name or a number"));
                continue;
            }
            let item = ["functionalItemRef", "controlIndicatorRef"].iter().find_map(|reference| {
                let reference = find(row, reference)?;
                attribute(reference, "functionalItemNumber").or_else(|| attribute(reference, "controlIndicatorNumber"))
            });
            setup.resources.push(Resource {
                kind,
                id: attribute(row, "id").map_or_else(|| element.replace(' ', "-"), str::to_owned),
                name,
                number,
                manufacturer,
                quantity: child(row, "reqQuantity").map(Self::with_unit).filter(|quantity| !quantity.is_empty()),
                item: item.map(str::to_lowercase),
                applicability,
                at: self.at(row, &element),
            });
            let known = ["name", "identNumber", "reqQuantity", "toolRef", "supplyRef", "partRef", "materialSetRef"];
            for other in elements(row) {
                let name = other.tag_name().name();
                let silent = known.contains(&name) || name == "catalogSeqNumberRef" || resource_kind(other).is_some();
                if !silent && !plain(other).is_empty() {
                    let text = self.text(other, &element);
                    setup.more.push(text);
                }
            }
        }
        for note in node.descendants().filter(|inner| inner.has_tag_name("footnote")) {
            let element = self.next("footnote");
            setup.more.extend(self.texts(note, &element));
        }
    }

    /// Procedure-level alerts: referenced ones first, then those written there.
    fn safety(&mut self, node: Node<'a>, setup: &mut InitialSetup) {
        for rqmts in elements(node).filter(|inner| inner.has_tag_name("safetyRqmts")) {
            self.referenced_alerts(rqmts, "", &mut setup.alerts);
            for inner in elements(rqmts) {
                if kind_of(inner).is_some() {
                    let alert = self.alert(inner, "", &setup.alerts);
                    setup.alerts.extend(alert);
                } else {
                    self.more(inner, &Applicability::Always, &mut setup.more);
                }
            }
        }
    }

    /// Whatever else stands there, a paragraph each. What concerns some variants only says so in words.
    fn more(&mut self, node: Node<'a>, own: &Applicability, into: &mut Vec<Text>) {
        let label = if node.has_tag_name("reqTechInfoGroup") { "Technical information: " } else { "" };
        for inner in elements(node) {
            let element = self.next("setup");
            let for_whom = self.display(inner).or_else(|| self.display(node));
            let mut text = match inner.tag_name().name() {
                "taskDuration" => Text { spans: duration(inner), at: self.at(inner, &element) },
                _ => self.text(inner, &element),
            };
            if text.spans.is_empty() {
                continue;
            }
            if !label.is_empty() {
                text.spans.insert(0, Span::Plain(label.to_owned()));
            }
            let limited = own != &Applicability::Always || self.applicability(inner) != Applicability::Always;
            if let Some(words) = for_whom.filter(|_| limited) {
                text.spans.push(Span::Plain(format!(" ({words})")));
            }
            into.push(text);
        }
        if elements(node).next().is_none() && !plain(node).is_empty() {
            let element = self.next("setup");
            into.extend(self.texts(node, &element));
        }
    }
}

/// `Task duration: start-up 0.1 h, procedure 0.5 h`.
fn duration(node: Node<'_>) -> Vec<Span> {
    let unit = attribute(node, "unitOfMeasure").unwrap_or_default();
    let parts: Vec<String> =
        [("startupDuration", "start-up"), ("procedureDuration", "procedure"), ("closeupDuration", "close-up")]
            .iter()
            .filter_map(|(name, word)| {
                attribute(node, name).map(|value| format!("{word} {value} {unit}").trim_end().to_owned())
            })
            .collect();
    if parts.is_empty() {
        let words = plain(node);
        return if words.is_empty() { Vec::new() } else { vec![Span::Plain(format!("Task duration: {words}"))] };
    }
    vec![Span::Plain(format!("Task duration: {}", parts.join(", ")))]
}

/// The standard's meaning of a skill level code, with the code.
fn skill_words(code: &str) -> String {
    match code {
        "sk01" => "basic (sk01)".to_owned(),
        "sk02" => "intermediate (sk02)".to_owned(),
        "sk03" => "advanced (sk03)".to_owned(),
        other => other.to_owned(),
    }
}
