//! The reference check: every reference of a module that leads nowhere, or not where it says, is a fault. It changes
//! nothing; names are resolved where text is read. Must not know kinds of content.

use fieldwright_guide::manual::Severity;

use super::{
    ident::referred_code,
    reader::Reader,
    text::catalog_words,
    xml::{Node, attribute, child, find, path},
};

impl<'a> Reader<'a, '_> {
    /// Checks all references in the content, and those of the status section to other modules.
    pub(super) fn check_references(&mut self) {
        let (content, status) = (self.module.content, self.module.status);
        for node in status.descendants().filter(|node| node.has_tag_name("dmRef")) {
            // Business rules are for who writes the manual: nobody who reads it misses them.
            let rules = node.ancestors().any(|outer| outer.has_tag_name("brexDmRef"));
            let code = referred_code(node).filter(|code| !self.set.titles.contains_key(code));
            if let Some(code) = code {
                let severity = if rules { Severity::Info } else { Severity::Warning };
                self.fault(severity, node, format!("refers to {code}, which is not in the set"));
            }
        }
        let nodes: Vec<Node<'a>> = content.descendants().filter(Node::is_element).collect();
        for node in nodes {
            match node.tag_name().name() {
                "dmRef" => self.check_module(node),
                "toolRef" => self.check_number(node, "tool", "toolNumber", "tool repository"),
                "supplyRef" => self.check_number(node, "supply", "supplyNumber", "supply repository"),
                // A row of a parts list that names its part itself needs no repository.
                "partRef" if node.parent().and_then(|row| path(row, &["partSegment", "itemIdentData"])).is_some() => {}
                "partRef" => self.check_number(node, "part", "partNumberValue", "part repository"),
                "materialSetRef" => self.check_number(node, "set", "materialSetIdent", "service bulletin"),
                "zoneRef" => {
                    if attribute(node, "zoneNumber").is_none() && child(node, "name").is_none() {
                        self.fault(Severity::Info, node, "zone reference without a zone number".to_owned());
                    } else {
                        self.check_number(node, "zone", "zoneNumber", "zone repository");
                    }
                }
                "catalogSeqNumberRef" => self.check_catalog(node),
                "variableRef" => self.check_variable(node),
                "assert" | "externalAssert" => self.check_property(node),
                _ => {}
            }
        }
    }

    fn check_module(&mut self, node: Node<'a>) {
        let Some(code) = referred_code(node) else { return };
        match self.set.titles.get(&code) {
            None => self.fault(Severity::Warning, node, format!("refers to {code}, which is not in the set")),
            Some(title) if title.deleted => {
                self.fault(Severity::Warning, node, format!("refers to {code}, which is deleted"));
            }
            Some(_) => {}
        }
        let asked = path(node, &["dmRefIdent", "issueInfo"]).and_then(|issue| attribute(issue, "issueNumber"));
        let held = self.set.modules.iter().find(|module| module.header.id == code).map(|module| &module.header.issue);
        if let (Some(asked), Some(held)) = (asked, held)
            && !held.starts_with(asked)
        {
            self.fault(
                Severity::Info,
                node,
                format!("refers to issue {asked} of {code}; the set has {}", held.split('-').next().unwrap_or(held)),
            );
        }
        if let Some(href) = attribute(node, "href").and_then(|href| href.strip_prefix("URN:S1000D:DMC-")) {
            let linked = href.split('_').next().unwrap_or(href);
            if linked != code {
                self.fault(
                    Severity::Info,
                    node,
                    format!("link says {linked} where the code says {code}; the code is followed"),
                );
            }
        }
    }

    fn check_number(&mut self, node: Node<'a>, kind: &'static str, name: &str, where_from: &str) {
        let Some(number) = attribute(node, name) else { return };
        if self.set.names.get(kind, number).is_none() && self.set.names.holds(kind) {
            self.fault(Severity::Warning, node, format!("refers to `{number}`, which is in no {where_from}"));
        }
    }

    /// Whether a parts list holds the row that is referred to.
    fn check_catalog(&mut self, node: Node<'a>) {
        let of = |node: Node<'_>, name: &str| attribute(node, name).unwrap_or_default().to_owned();
        let keys = ["figureNumber", "item"];
        let model = attribute(node, "modelIdentCode");
        let lists = self.set.modules.iter().filter(|module| model.is_none_or(|model| module.header.model == model));
        let mut near = false;
        let mut exact = false;
        for row in lists
            .filter_map(|module| find(module.content, "illustratedPartsCatalog"))
            .flat_map(|list| list.descendants())
        {
            if row.has_tag_name("catalogSeqNumber") && keys.iter().all(|key| of(row, key) == of(node, key)) {
                near = true;
                exact |= of(row, "figureNumberVariant") == of(node, "figureNumberVariant");
            }
        }
        if !exact {
            let detail =
                if near { "which matches only without the figure variant" } else { "which is in no parts list" };
            self.fault(Severity::Info, node, format!("refers to {}, {detail}", catalog_words(node)));
        }
    }

    /// Whether an asserted property is declared, in the table that the assertion names or in the module's own.
    fn check_property(&mut self, node: Node<'a>) {
        let Some(ident) = attribute(node, "applicPropertyIdent") else { return };
        let table = child(node, "applicCrossRefTableRef").and_then(referred_code).or_else(|| self.module.act());
        if let Some((severity, message)) = self.set.properties.name(table.as_deref(), ident).remark {
            self.fault(severity, node, message);
        }
    }

    fn check_variable(&mut self, node: Node<'a>) {
        let Some(name) = attribute(node, "variableName") else { return };
        let declared = self
            .module
            .content
            .descendants()
            .any(|other| other.has_tag_name("variable") && attribute(other, "variableName") == Some(name));
        if !declared {
            self.fault(Severity::Info, node, format!("variable `{name}` is not declared"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s1000d::ident::dm_code;

    #[test]
    fn codes_of_references_read_like_those_of_modules() {
        let xml = "<dmRef><dmRefIdent><dmCode modelIdentCode='X' systemDiffCode='A' systemCode='00' subSystemCode='0' \
                   subSubSystemCode='0' assyCode='00' disassyCode='00' disassyCodeVariant='A' infoCode='200' \
                   infoCodeVariant='A' itemLocationCode='T' learnCode='T36' learnEventCode='D'/></dmRefIdent></dmRef>";
        let document = roxmltree::Document::parse(xml).expect("parses");
        let root = document.root_element();
        assert_eq!(referred_code(root).as_deref(), Some("X-A-00-00-00-00A-200A-T-T36D"));
        assert_eq!(find(root, "dmCode").and_then(dm_code), referred_code(root));
    }
}
