//! Applicability: cross-reference tables, inline and referenced statements. Must not know procedures.

use std::collections::{BTreeMap, BTreeSet};

use fieldwright_guide::{
    applicability::{Applicability, Property},
    manual::Severity,
};

use super::{
    ident::referred_code,
    set::Module,
    xml::{Node, attribute, child, elements, path, plain},
};

/// What one applicability cross-reference table (with its conditions) declares.
#[derive(Debug, Default)]
struct Table {
    /// Model identification code of the table.
    model: String,
    /// Declared properties in order.
    properties: Vec<Property>,
}

/// All tables of the publication.
#[derive(Debug, Default)]
pub(super) struct Properties {
    /// By the code of the ACT.
    tables: BTreeMap<String, Table>,
    /// The table whose names stand unqualified: that of the publication's main model.
    main: Option<String>,
}

/// How a name in an assertion was understood.
pub(super) struct Named {
    /// The name to use.
    pub(super) name: String,
    /// What was wrong with it.
    pub(super) remark: Option<(Severity, String)>,
}

impl Properties {
    /// Collects every table; `main_model` is the model identification code of the publication.
    pub(super) fn collect(modules: &[Module<'_>], main_model: &str) -> Self {
        let mut tables = BTreeMap::new();
        for module in modules {
            let Some(act) = path(module.content, &["applicCrossRefTable"]) else { continue };
            let mut table = Table { model: module.header.model.clone(), properties: attributes(act) };
            let of = |name: &str| child(act, name).and_then(referred_code);
            let find =
                |code: Option<String>| code.and_then(|code| modules.iter().find(|other| other.header.id == code));
            if let Some(cct) = find(of("condCrossRefTableRef")) {
                table.properties.extend(conditions(cct.content));
            }
            if let Some(pct) = find(of("productCrossRefTableRef")) {
                assigned(pct.content, &mut table.properties);
            }
            tables.insert(module.header.id.clone(), table);
        }
        let main = tables
            .iter()
            .find(|(_, table)| table.model == main_model)
            .or_else(|| tables.iter().next())
            .map(|(code, _)| code.clone());
        Self { tables, main }
    }

    /// The properties of the publication, those of the main table first.
    pub(super) fn all(&self) -> Vec<Property> {
        let mut all = Vec::new();
        let main = self.main.iter();
        for code in main.chain(self.tables.keys().filter(|code| Some(*code) != self.main.as_ref())) {
            let Some(table) = self.tables.get(code) else { continue };
            for property in &table.properties {
                let name = self.qualified(code, &property.name);
                all.push(Property { name, ..property.clone() });
            }
        }
        all
    }

    /// Understands a property name used in a module whose ACT is `act`.
    pub(super) fn name(&self, act: Option<&str>, ident: &str) -> Named {
        let act = act.filter(|act| self.tables.contains_key(*act)).or(self.main.as_deref());
        let Some((code, table)) = act.and_then(|act| self.tables.get_key_value(act)) else {
            return Named { name: ident.to_owned(), remark: None };
        };
        let declared = |same: &dyn Fn(&str) -> bool| table.properties.iter().find(|property| same(&property.name));
        if declared(&|name| name == ident).is_some() {
            return Named { name: self.qualified(code, ident), remark: None };
        }
        if let Some(property) = declared(&|name| name.eq_ignore_ascii_case(ident)) {
            let remark = format!("applicability property `{ident}` is declared as `{}`; read as that", property.name);
            return Named { name: self.qualified(code, &property.name), remark: Some((Severity::Info, remark)) };
        }
        let remark =
            format!("applicability property `{ident}` is not declared in {code}; it will be asked for by that name");
        Named { name: ident.to_owned(), remark: Some((Severity::Warning, remark)) }
    }

    /// Two tables may declare `model` and mean different things: a name of another table that the main one also
    /// declares carries its model identification code.
    fn qualified(&self, code: &str, name: &str) -> String {
        if self.main.as_deref() == Some(code) {
            return name.to_owned();
        }
        let main = self.main.as_ref().and_then(|main| self.tables.get(main));
        let clash = main.is_some_and(|main| main.properties.iter().any(|property| property.name == name));
        match self.tables.get(code) {
            Some(table) if clash => format!("{}.{name}", table.model),
            _ => name.to_owned(),
        }
    }
}

/// Product attributes of an ACT.
fn attributes(act: Node<'_>) -> Vec<Property> {
    let list = child(act, "productAttributeList");
    let of = |node: Node<'_>| {
        let id = attribute(node, "id")?;
        let label = ["displayName", "name"]
            .iter()
            .find_map(|name| child(node, name).map(plain).filter(|label| !label.is_empty()));
        Some(Property {
            name: id.to_owned(),
            label: label.unwrap_or_else(|| id.to_owned()),
            values: enumerations(node),
        })
    };
    list.into_iter().flat_map(elements).filter_map(of).collect()
}

/// Conditions of a CCT, with the values of their types.
fn conditions(content: Node<'_>) -> Vec<Property> {
    let Some(table) = child(content, "condCrossRefTable") else { return Vec::new() };
    let types: BTreeMap<&str, Vec<String>> = child(table, "condTypeList")
        .into_iter()
        .flat_map(elements)
        .filter_map(|kind| Some((attribute(kind, "id")?, enumerations(kind))))
        .collect();
    let of = |cond: Node<'_>| {
        let id = attribute(cond, "id")?;
        let values = attribute(cond, "condTypeRefId").and_then(|kind| types.get(kind)).cloned().unwrap_or_default();
        let label = child(cond, "name").map(plain).filter(|label| !label.is_empty());
        Some(Property { name: id.to_owned(), label: label.unwrap_or_else(|| id.to_owned()), values })
    };
    child(table, "condList").into_iter().flat_map(elements).filter_map(of).collect()
}

/// Values that the product table assigns, where the ACT lists none.
fn assigned(content: Node<'_>, properties: &mut [Property]) {
    for property in properties.iter_mut().filter(|property| property.values.is_empty()) {
        let mut seen = BTreeSet::new();
        for assign in content.descendants().filter(|node| node.has_tag_name("assign")) {
            let same = attribute(assign, "applicPropertyIdent") == Some(&property.name);
            if let (true, Some(value)) = (same, attribute(assign, "applicPropertyValue"))
                && seen.insert(value)
            {
                property.values.push(value.to_owned());
            }
        }
    }
}

/// Values of `enumeration` elements.
fn enumerations(node: Node<'_>) -> Vec<String> {
    elements(node)
        .filter(|child| child.has_tag_name("enumeration"))
        .filter_map(|child| attribute(child, "applicPropertyValues"))
        .flat_map(values)
        .collect()
}

/// `a|b|c~d` as its alternatives.
pub(super) fn values(text: &str) -> Vec<String> {
    text.split('|').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// Reads an `applic` element. `name` turns a property name into the one to use.
pub(super) fn statement(applic: Node<'_>, name: &mut dyn FnMut(Node<'_>, &str) -> String) -> Applicability {
    let mut parts = elements(applic).filter_map(|node| logic(node, name)).collect::<Vec<_>>();
    match parts.len() {
        0 => Applicability::Always,
        1 => parts.remove(0),
        _ => Applicability::All(parts),
    }
}

/// One `assert` or `evaluate`.
fn logic(node: Node<'_>, name: &mut dyn FnMut(Node<'_>, &str) -> String) -> Option<Applicability> {
    match node.tag_name().name() {
        "assert" => {
            let ident = attribute(node, "applicPropertyIdent")?;
            let values = values(attribute(node, "applicPropertyValues").unwrap_or_default());
            Some(Applicability::Assert { property: name(node, ident), values })
        }
        "evaluate" => {
            let parts: Vec<_> = elements(node).filter_map(|part| logic(part, name)).collect();
            if parts.is_empty() {
                return None;
            }
            Some(match attribute(node, "andOr") {
                Some("or") => Applicability::Any(parts),
                _ => Applicability::All(parts),
            })
        }
        // A computed condition cannot be evaluated here: it is asked for by its own words, never assumed to hold.
        "expression" => {
            let words = node.parent().and_then(|applic| child(applic, "displayText")).map(plain).unwrap_or_default();
            Some(Applicability::Assert { property: format!("condition: {words}"), values: vec!["yes".to_owned()] })
        }
        _ => None,
    }
}

/// Every property a statement asserts, with its values.
pub(super) fn asserted(applicability: &Applicability, into: &mut BTreeMap<String, BTreeSet<String>>) {
    match applicability {
        Applicability::Always => {}
        Applicability::Assert { property, values } => {
            into.entry(property.clone()).or_default().extend(values.iter().cloned());
        }
        Applicability::All(parts) | Applicability::Any(parts) => parts.iter().for_each(|part| asserted(part, into)),
    }
}
