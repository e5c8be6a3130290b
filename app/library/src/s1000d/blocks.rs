//! Descriptive text and everything that has no shape of its own here: headings, paragraphs, tables, and data records
//! as `label: value` lines. No word is left out. Must not know procedures.

use fieldwright_guide::{
    applicability::Applicability,
    manual::{Alert, AlertKind, Block, Span, Text},
};

use super::{
    alerts::kind_of,
    reader::{Reader, content_elements, has_words, is_paragraph},
    records::{is_record, is_reference, label_of, saying},
    text::Line,
    xml::{Node, child, plain},
};

/// Blocks being gathered.
#[derive(Debug, Default)]
struct Out {
    blocks: Vec<Block>,
    alerts: Vec<Alert>,
}

impl Out {
    /// Adds a paragraph under headings: to the last block where it belongs there.
    fn line(&mut self, headings: &[String], outer: &Applicability, line: Line) {
        let applicability = outer.clone().and(line.applicability);
        if self.alerts.is_empty()
            && let Some(last) = self.blocks.last_mut()
            && last.headings == headings
            && last.applicability == applicability
        {
            last.text.push(line.text);
            return;
        }
        self.blocks.push(Block {
            headings: headings.to_vec(),
            alerts: std::mem::take(&mut self.alerts),
            text: vec![line.text],
            applicability,
        });
    }

    /// Alerts that nothing follows stand alone.
    fn settle(&mut self, headings: &[String], applicability: &Applicability) {
        if !self.alerts.is_empty() {
            self.blocks.push(Block {
                headings: headings.to_vec(),
                alerts: std::mem::take(&mut self.alerts),
                text: Vec::new(),
                applicability: applicability.clone(),
            });
        }
    }
}

impl<'a> Reader<'a, '_> {
    /// Reads any content as blocks.
    pub(super) fn blocks(&mut self, content: Node<'a>) -> Vec<Block> {
        let mut out = Out::default();
        self.describe(content, &[], &Applicability::Always, &mut out);
        out.settle(&[], &Applicability::Always);
        out.blocks
    }

    fn describe(&mut self, node: Node<'a>, outer: &[String], around: &Applicability, out: &mut Out) {
        let mut headings = outer.to_vec();
        let title = child(node, "title").filter(|title| !plain(*title).is_empty());
        if let Some(title) = title {
            let element = self.next("heading");
            headings.push(self.text(title, &element).plain());
        }
        let before = out.blocks.iter().map(|block| block.text.len()).sum::<usize>();
        for inner in content_elements(node) {
            let own = around.clone().and(self.applicability(inner));
            let name = inner.tag_name().name();
            // The setup of the whole module is read as one.
            if Some(inner) == title || (name == "preliminaryRqmts" && is_main(node)) {
                continue;
            }
            if kind_of(inner).is_some() {
                let alert = self.block_alert(inner);
                out.alerts.extend(alert);
            } else if let Some(kind) = spec_kind(name) {
                let alert = self.repository_alert(inner, kind);
                out.settle(&headings, around);
                out.alerts.extend(alert);
                out.settle(&headings, &own);
            } else if matches!(name, "figure" | "figureAlts" | "multimedia" | "multimediaAlts") {
                self.figure(inner);
            } else if name == "table" {
                self.described_table(inner, &headings, around, out);
            } else if is_paragraph(inner) || is_text_list(name) || is_reference(name) || has_words(inner) {
                let element = self.next("para");
                let label = if is_paragraph(inner) || is_text_list(name) || is_reference(name) {
                    None
                } else {
                    label_of(inner)
                };
                for (index, mut line) in self.lines(inner, &element).into_iter().enumerate() {
                    if let (0, Some(label)) = (index, &label) {
                        line.text.spans.insert(0, Span::Plain(format!("{label}: ")));
                    }
                    out.line(&headings, &own, line);
                }
            } else if is_record(inner) {
                self.alerts_inside(inner, out);
                let element = self.next("item");
                if let Some(text) = self.record(inner, &element) {
                    out.line(&headings, &own, Line { applicability: Applicability::Always, text });
                }
            } else {
                let before = out.blocks.len();
                self.referenced_alerts(inner, "", &mut out.alerts);
                if let Some(words) = saying(inner) {
                    let element = self.next("item");
                    let text = Text { spans: vec![Span::Plain(words)], at: self.at(inner, &element) };
                    out.line(&headings, &own, Line { applicability: Applicability::Always, text });
                }
                self.describe(inner, &headings, &own, out);
                if out.blocks.len() > before {
                    out.settle(&headings, &own);
                }
            }
        }
        // A heading that nothing follows is still a saying: `Concurrent requirements`, and none are given.
        let after = out.blocks.iter().map(|block| block.text.len()).sum::<usize>();
        if let Some(title) = title.filter(|_| after == before && out.alerts.is_empty()) {
            let element = self.next("para");
            let text = self.text(title, &element);
            out.line(outer, around, Line { applicability: Applicability::Always, text });
        }
    }

    /// An alert of descriptive text, counted over the module.
    fn block_alert(&mut self, node: Node<'a>) -> Option<Alert> {
        let kind = kind_of(node)?;
        let element = self.next(super::alerts::word(kind));
        let applicability = self.applicability(node);
        let text = self.texts(node, &element);
        (!text.is_empty()).then(|| Alert { kind, text, applicability, at: self.at(node, &element) })
    }

    /// Alerts written or referred to inside a record: they precede it.
    fn alerts_inside(&mut self, node: Node<'a>, out: &mut Out) {
        for inner in node.descendants().filter(Node::is_element) {
            self.referenced_alerts(inner, "", &mut out.alerts);
            let alert = self.block_alert(inner);
            out.alerts.extend(alert);
        }
    }

    /// A table: its title is a heading over its rows.
    fn described_table(&mut self, node: Node<'a>, headings: &[String], around: &Applicability, out: &mut Out) {
        let mut headings = headings.to_vec();
        for line in self.lines(node, "table") {
            if line.text.at.element.ends_with(" title") {
                headings.push(line.text.plain());
            } else {
                out.line(&headings, around, line);
            }
        }
    }
}

/// True for the one element that is the module's content proper.
fn is_main(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| parent.has_tag_name("content"))
}

/// The kind of alert that a repository entry is.
fn spec_kind(name: &str) -> Option<AlertKind> {
    match name {
        "warningSpec" => Some(AlertKind::Warning),
        "cautionSpec" => Some(AlertKind::Caution),
        _ => None,
    }
}

/// Lists that stand for themselves.
pub(super) fn is_text_list(name: &str) -> bool {
    matches!(name, "randomList" | "sequentialList" | "definitionList")
}
