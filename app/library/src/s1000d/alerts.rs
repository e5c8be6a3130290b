//! Warnings, cautions and notes: inline, and by id through the repositories. Must not know where they gate.

use fieldwright_guide::manual::{Alert, AlertKind, Severity};

use super::{
    ident::referred_code,
    reader::Reader,
    xml::{Node, attribute, child, plain},
};

/// The kind of an alert element.
pub(super) fn kind_of(node: Node<'_>) -> Option<AlertKind> {
    match node.tag_name().name() {
        "warning" => Some(AlertKind::Warning),
        "caution" => Some(AlertKind::Caution),
        "note" => Some(AlertKind::Note),
        _ => None,
    }
}

/// The word of a kind, as places name it.
pub(super) fn word(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Warning => "warning",
        AlertKind::Caution => "caution",
        AlertKind::Note => "note",
    }
}

impl<'a> Reader<'a, '_> {
    /// Adds the alerts that an element's attributes refer to: `warningRefs`, then `cautionRefs`.
    pub(super) fn referenced_alerts(&mut self, node: Node<'a>, prefix: &str, into: &mut Vec<Alert>) {
        for (refs, kind) in [("warningRefs", AlertKind::Warning), ("cautionRefs", AlertKind::Caution)] {
            for id in attribute(node, refs).unwrap_or_default().split_whitespace() {
                match self.alert_by_id(id, kind, prefix, into) {
                    Some(alert) => into.push(alert),
                    None => self.fault(
                        Severity::Warning,
                        node,
                        format!("{} `{id}` has no text: it is in no repository that is loaded", word(kind)),
                    ),
                }
            }
        }
    }

    /// The alert that an id in this module stands for.
    fn alert_by_id(&mut self, id: &str, kind: AlertKind, prefix: &str, before: &[Alert]) -> Option<Alert> {
        let target = *self.module.ids.get(id)?;
        if kind_of(target).is_some() {
            return self.alert(target, prefix, before);
        }
        let number =
            attribute(target, if kind == AlertKind::Warning { "warningIdentNumber" } else { "cautionIdentNumber" });
        let repository = referred_code(target);
        let (owner, spec) = self.set.alert(repository.as_deref(), number.or_else(|| attribute(target, "id"))?)?;
        let mut reader = Reader::new(self.set, owner);
        let alert = reader.repository_alert(spec, kind);
        let applicability = self.applicability(target);
        alert.map(|alert| Alert { applicability: alert.applicability.and(applicability), ..alert })
    }

    /// The alert of a `warningSpec` or `cautionSpec` of this module; it stands at its number.
    pub(super) fn repository_alert(&mut self, spec: Node<'a>, kind: AlertKind) -> Option<Alert> {
        let (ident, number) = match kind {
            AlertKind::Warning => ("warningIdent", "warningIdentNumber"),
            _ => ("cautionIdent", "cautionIdentNumber"),
        };
        let number = child(spec, ident).and_then(|ident| attribute(ident, number)).unwrap_or(word(kind)).to_owned();
        let applicability = self.applicability(spec);
        let text = self.texts(spec, &number);
        (!text.is_empty()).then(|| Alert { kind, text, applicability, at: self.at(spec, &number) })
    }

    /// An inline alert. Its place is `PREFIX warning N`, counted among those `before` it.
    pub(super) fn alert(&mut self, node: Node<'a>, prefix: &str, before: &[Alert]) -> Option<Alert> {
        let kind = kind_of(node)?;
        let count = before.iter().filter(|alert| alert.kind == kind).count() + 1;
        let element = format!("{prefix}{}{} {count}", if prefix.is_empty() { "" } else { " " }, word(kind));
        let applicability = self.applicability(node);
        let text = self.texts(node, &element);
        if text.is_empty() && !plain(node).is_empty() {
            self.fault(Severity::Warning, node, format!("{} without a paragraph", word(kind)));
        }
        (!text.is_empty()).then(|| Alert { kind, text, applicability, at: self.at(node, &element) })
    }
}
