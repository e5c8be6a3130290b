//! Running text: references resolved to names, white space collapsed, lists and tables as paragraphs. Nothing is
//! reworded. Must not know steps or setup.

use fieldwright_guide::{
    applicability::Applicability,
    manual::{Pointer, QuantityKind, Severity, Span, Text},
};

use super::{
    ident::{dm_title, pm_code, referred_code},
    reader::{Reader, figure_id, is_paragraph, resource_kind},
    xml::{Node, attribute, child, collapse, elements, find, plain},
};

/// A paragraph, and whom it concerns where it says so itself.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its own applicability.
    pub(super) applicability: Applicability,
    /// Its words.
    pub(super) text: Text,
}

/// Spans being gathered, with white space collapsed across them.
#[derive(Debug, Default)]
struct Spans {
    spans: Vec<Span>,
    space: bool,
}

impl Spans {
    /// Plain words as they stand in the file.
    fn words(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.space = self.space || !self.spans.is_empty();
                continue;
            }
            // Line breaks that editors leave around a reference are not spaces before a full stop or after a bracket.
            let joined = match self.spans.last() {
                Some(Span::Plain(_)) | None => false,
                Some(_) => matches!(c, ',' | '.' | ';' | ':' | ')'),
            };
            let space = std::mem::take(&mut self.space) && !joined;
            if !matches!(self.spans.last(), Some(Span::Plain(_))) {
                self.spans.push(Span::Plain(String::new()));
            }
            if let Some(Span::Plain(plain)) = self.spans.last_mut() {
                if space {
                    plain.push(' ');
                }
                plain.push(c);
            }
        }
    }

    /// A reference; plain ones join the words.
    fn reference(&mut self, span: Span) {
        if span.text().is_empty() {
            return;
        }
        if let Span::Plain(text) = &span {
            self.space |= matches!(self.spans.last(), Some(Span::Plain(plain)) if needs_space(plain));
            self.words(text);
            return;
        }
        let space = std::mem::take(&mut self.space);
        match self.spans.last_mut() {
            Some(Span::Plain(plain)) if (space && !plain.ends_with('(')) || needs_space(plain) => plain.push(' '),
            Some(Span::Plain(_)) | None => {}
            Some(_) if space => self.spans.push(Span::Plain(" ".to_owned())),
            Some(_) => {}
        }
        self.spans.push(span);
    }
}

/// True where a name may not follow directly: `zones:<ref/>` was written for a link that brings its own space.
fn needs_space(plain: &str) -> bool {
    plain.ends_with(|c: char| c.is_alphanumeric() || c == ':')
}

/// Paragraphs being gathered from one element.
#[derive(Debug)]
struct Flow<'a> {
    lines: Vec<Line>,
    spans: Spans,
    /// Place of the paragraph, e.g. `step 4`.
    element: String,
    /// Items met: `step 4 item 2`.
    items: u32,
    /// True while in an item.
    item: bool,
    /// Where the current paragraph began.
    start: Node<'a>,
    applicability: Applicability,
}

impl<'a> Flow<'a> {
    fn new(start: Node<'a>, element: &str) -> Self {
        Self {
            lines: Vec::new(),
            spans: Spans::default(),
            element: element.to_owned(),
            items: 0,
            item: false,
            start,
            applicability: Applicability::Always,
        }
    }
}

impl<'a> Reader<'a, '_> {
    /// The paragraphs of an element. Those of lists stand at `ELEMENT item N`, table rows at `table N row M`.
    pub(super) fn lines(&mut self, node: Node<'a>, element: &str) -> Vec<Line> {
        let mut flow = Flow::new(node, element);
        if node.has_tag_name("table") || is_list(node) {
            self.element(node, &mut flow);
        } else {
            self.walk(node, &mut flow);
        }
        self.flush(&mut flow);
        flow.lines
    }

    /// The same without their own applicability, for places that hold none.
    pub(super) fn texts(&mut self, node: Node<'a>, element: &str) -> Vec<Text> {
        self.lines(node, element).into_iter().map(|line| line.text).collect()
    }

    /// All of an element in one paragraph; further paragraphs follow after a space, items after `; `.
    pub(super) fn text(&mut self, node: Node<'a>, element: &str) -> Text {
        let at = self.at(node, element);
        let mut spans: Vec<Span> = Vec::new();
        for line in self.lines(node, element) {
            if let Some(last) = spans.last() {
                let before = last.text().ends_with([':', ';']);
                let mark = if line.text.at.element.contains(" item ") && !before { "; " } else { " " };
                spans.push(Span::Plain(mark.to_owned()));
            }
            spans.extend(line.text.spans);
        }
        Text { spans: merged(spans), at }
    }

    /// One inline reference by itself.
    pub(super) fn inline(&mut self, node: Node<'a>, element: &str) -> Vec<Span> {
        let mut flow = Flow::new(node, element);
        self.element(node, &mut flow);
        self.flush(&mut flow);
        flow.lines.into_iter().flat_map(|line| line.text.spans).collect()
    }

    /// Ends the current paragraph.
    fn flush(&mut self, flow: &mut Flow<'a>) {
        let Spans { spans, .. } = std::mem::take(&mut flow.spans);
        let spans = merged(spans);
        if spans.iter().all(|span| span.text().trim().is_empty()) {
            return;
        }
        let element = if flow.item { format!("{} item {}", flow.element, flow.items) } else { flow.element.clone() };
        let text = Text { spans, at: self.at(flow.start, &element) };
        self.note_pointers(&text);
        flow.lines.push(Line { applicability: flow.applicability.clone(), text });
    }

    /// Notes the references of a finished paragraph to content that is not loaded.
    fn note_pointers(&mut self, text: &Text) {
        for span in &text.spans {
            if let Span::WorkPackage { id, .. } = span
                && self.set.titles.get(id).is_none_or(|title| title.deleted)
            {
                self.pointers.push(Pointer { target: id.clone(), text: text.clone() });
            }
        }
    }

    fn walk(&mut self, node: Node<'a>, flow: &mut Flow<'a>) {
        for inner in node.children() {
            if inner.is_text() {
                flow.spans.words(inner.text().unwrap_or_default());
            } else if inner.is_element() {
                self.element(inner, flow);
            }
        }
    }

    fn element(&mut self, node: Node<'a>, flow: &mut Flow<'a>) {
        match node.tag_name().name() {
            "internalRef" => self.internal_reference(node, flow),
            "dmRef" => {
                let span = self.module_reference(node);
                flow.spans.reference(span);
            }
            "pmRef" => {
                let title = find(node, "pmTitle").map(plain).filter(|title| !title.is_empty());
                let words = title.or_else(|| find(node, "pmCode").and_then(pm_code)).unwrap_or_default();
                flow.spans.words(&words);
            }
            "externalPubRef" => {
                let words: Vec<String> = ["externalPubCode", "externalPubTitle", "externalPubIssueInfo"]
                    .iter()
                    .filter_map(|name| find(node, name).map(plain))
                    .filter(|words| !words.is_empty())
                    .collect();
                flow.spans.words(&words.join(" "));
            }
            "functionalItemRef" => {
                let span = self.part_reference(node, "item", "functionalItemNumber");
                flow.spans.reference(span);
            }
            "controlIndicatorRef" => {
                let span = self.part_reference(node, "control", "controlIndicatorNumber");
                flow.spans.reference(span);
            }
            "toolRef" | "supplyRef" | "partRef" | "materialSetRef" | "zoneRef" | "circuitBreakerRef"
            | "accessPointRef" => {
                let words = self.numbered_reference(node);
                flow.spans.words(&words);
            }
            "catalogSeqNumberRef" => flow.spans.words(&catalog_words(node)),
            "quantity" => {
                let text = quantity_words(node);
                let kind = if is_torque(node, &text) { QuantityKind::Torque } else { QuantityKind::Other };
                flow.spans.reference(Span::Quantity { kind, text });
            }
            "variableRef" => {
                let name = attribute(node, "variableName").unwrap_or_default();
                flow.spans.words(&format!("{{{name}}}"));
            }
            "manufacturerCode" | "partNumber" | "serialNumber" | "captionLine" => {
                flow.spans.space = !flow.spans.spans.is_empty();
                self.walk(node, flow);
                flow.spans.words(attribute(node, "serialNumberValue").unwrap_or_default());
                flow.spans.space = true;
            }
            "figure" | "figureAlts" | "multimedia" | "foldout" => {
                self.figure(node);
            }
            "symbol" | "indexFlag" | "footnoteRef" | "graphic" | "dmRefAddressItems" => {}
            "table" => {
                self.flush(flow);
                let rows = self.table(node);
                flow.lines.extend(rows);
                flow.start = node;
            }
            "definitionListItem" => self.definition(node, flow),
            "listItem" | "attentionRandomListItem" | "attentionSequentialListItem" => self.item(node, flow),
            "footnote" => {
                self.flush(flow);
                flow.start = node;
                self.walk(node, flow);
                self.flush(flow);
            }
            _ if is_list(node) => {
                self.flush(flow);
                self.walk(node, flow);
                self.flush(flow);
                flow.start = node;
            }
            "title" | "entry" => self.paragraph(node, flow),
            _ if is_paragraph(node) => self.paragraph(node, flow),
            _ => {
                if attribute(node, "applicRefId").is_some() {
                    let words = plain(node);
                    self.fault(
                        Severity::Warning,
                        node,
                        format!(
                            "`{}` inside a sentence has an applicability of its own, which is not kept: `{words}`",
                            node.tag_name().name()
                        ),
                    );
                }
                self.walk(node, flow);
            }
        }
    }

    /// A paragraph inside another element.
    fn paragraph(&mut self, node: Node<'a>, flow: &mut Flow<'a>) {
        self.flush(flow);
        flow.start = node;
        let outer = flow.applicability.clone();
        flow.applicability = outer.clone().and(self.applicability(node));
        self.walk(node, flow);
        self.flush(flow);
        flow.applicability = outer;
    }

    fn item(&mut self, node: Node<'a>, flow: &mut Flow<'a>) {
        self.flush(flow);
        let (outer, outer_item) = (flow.applicability.clone(), flow.item);
        flow.applicability = outer.clone().and(self.applicability(node));
        flow.items += 1;
        flow.item = true;
        flow.start = node;
        self.walk(node, flow);
        self.flush(flow);
        (flow.applicability, flow.item) = (outer, outer_item);
    }

    /// `term: definition` as one item.
    fn definition(&mut self, node: Node<'a>, flow: &mut Flow<'a>) {
        self.flush(flow);
        let outer_item = flow.item;
        flow.items += 1;
        flow.item = true;
        flow.start = node;
        let mut definition = None;
        for inner in elements(node) {
            if inner.has_tag_name("listItemTerm") {
                self.walk(inner, flow);
                flow.spans.words(": ");
            } else {
                definition = Some(inner);
            }
        }
        if let Some(inner) = definition {
            let element = flow.element.clone();
            let mut lines = self.lines(inner, &element).into_iter();
            if let Some(first) = lines.next() {
                flow.spans.space = true;
                for span in first.text.spans {
                    flow.spans.reference(span);
                }
            }
            self.flush(flow);
            flow.lines.extend(lines);
        }
        self.flush(flow);
        flow.item = outer_item;
    }

    fn internal_reference(&mut self, node: Node<'a>, flow: &mut Flow<'a>) {
        let own = plain(node);
        let id = attribute(node, "internalRefId")
            .or_else(|| attribute(node, "href").and_then(|href| href.strip_prefix('#')))
            .unwrap_or_default();
        let Some(&target) = self.module.ids.get(id) else {
            self.fault(Severity::Warning, node, format!("reference to `{id}` has no target in this module"));
            flow.spans.words(if own.is_empty() { id } else { &own });
            return;
        };
        let text = if own.is_empty() { self.name_of(target) } else { Some(own) };
        let Some(text) = text else {
            self.fault(Severity::Warning, node, format!("reference to `{id}`: its target has no name to show"));
            flow.spans.words(id);
            return;
        };
        let id = id.to_owned();
        flow.spans.reference(match target.tag_name().name() {
            "figure" | "figureAlts" | "multimedia" => Span::Figure { id, text },
            "graphic" | "hotspot" => {
                let figure = target.ancestors().find(|node| matches!(node.tag_name().name(), "figure" | "multimedia"));
                Span::Figure { id: figure.map_or(id, figure_id), text }
            }
            "proceduralStep" | "isolationStep" | "isolationProcedureEnd" | "crewDrillStep" => Span::Step { id, text },
            "functionalItemSpec" | "controlIndicatorSpec" => Span::Plain(text),
            _ => match resource_kind(target) {
                Some(kind) => Span::Resource { kind, id, text },
                None => Span::Plain(text),
            },
        });
    }

    /// A reference to another module shows that module's title; one to a module that is not loaded shows the title
    /// the reference gives, and the code.
    pub(super) fn module_reference(&mut self, node: Node<'a>) -> Span {
        let Some(id) = referred_code(node) else {
            self.fault(Severity::Warning, node, "reference to a module without a complete code".to_owned());
            return Span::Plain(plain(node));
        };
        if let Some(title) = self.set.titles.get(&id) {
            return Span::WorkPackage { text: title.title.clone(), id };
        }
        let text = match find(node, "dmTitle").and_then(dm_title) {
            Some(title) => format!("{title} ({id})"),
            None => id.clone(),
        };
        Span::WorkPackage { id, text }
    }

    fn part_reference(&mut self, node: Node<'a>, kind: &'static str, number: &str) -> Span {
        let Some(item) = attribute(node, number) else { return Span::Plain(plain(node)) };
        let own = plain(node);
        let text = if own.is_empty() {
            // A bare reference to an item shows the repository's name, and the number that drawings mark it with.
            let shown = |name: &str| if kind == "item" { format!("{name} ({item})") } else { name.to_owned() };
            self.set.names.get(kind, item).map_or_else(|| item.to_owned(), shown)
        } else {
            own
        };
        Span::Part { item: item.to_lowercase(), text }
    }

    /// The words of a reference by number: its own, the repository's name, or the number.
    fn numbered_reference(&mut self, node: Node<'a>) -> String {
        let own = plain(node);
        if !own.is_empty() {
            return own;
        }
        let (kind, name) = match node.tag_name().name() {
            "toolRef" => ("tool", "toolNumber"),
            "supplyRef" => ("supply", "supplyNumber"),
            "materialSetRef" => ("set", "materialSetIdent"),
            "zoneRef" => return attribute(node, "zoneNumber").map(|zone| format!("zone {zone}")).unwrap_or_default(),
            "circuitBreakerRef" => ("item", "circuitBreakerNumber"),
            "accessPointRef" => ("item", "accessPointNumber"),
            _ => ("part", "partNumberValue"),
        };
        let Some(number) = attribute(node, name) else { return String::new() };
        match self.set.names.get(kind, number) {
            Some(name) => format!("{name} ({number})"),
            None => number.to_owned(),
        }
    }

    /// The rows of a table, each a paragraph `header: cell; header: cell`, its title first.
    fn table(&mut self, table: Node<'a>) -> Vec<Line> {
        let element = self.next("table");
        let outer = self.applicability(table);
        let mut lines = Vec::new();
        if let Some(title) = child(table, "title").filter(|title| !plain(*title).is_empty()) {
            lines.push(Line { applicability: outer.clone(), text: self.text(title, &format!("{element} title")) });
        }
        let mut count = 0;
        for group in table.descendants().filter(|node| node.has_tag_name("tgroup")) {
            let columns = columns(group);
            let mut headers: Vec<String> = vec![String::new(); columns.len().max(1)];
            for row in child(group, "thead").into_iter().flat_map(elements) {
                for (column, entry) in placed(row, &columns, &mut Vec::new()) {
                    let words = self.text(entry, &element).plain();
                    if let Some(header) = headers.get_mut(column) {
                        if !header.is_empty() && !words.is_empty() {
                            header.push(' ');
                        }
                        header.push_str(&words);
                    }
                }
            }
            let mut below: Vec<(u32, Node<'a>)> = Vec::new();
            for body in ["tbody", "tfoot"].iter().filter_map(|name| child(group, name)) {
                for row in elements(body).filter(|row| row.has_tag_name("row")) {
                    count += 1;
                    let at = format!("{element} row {count}");
                    let mut spans = Vec::new();
                    for (column, entry) in placed(row, &columns, &mut below) {
                        let cell = self.text(entry, &at);
                        if cell.spans.is_empty() {
                            continue;
                        }
                        if !spans.is_empty() {
                            spans.push(Span::Plain("; ".to_owned()));
                        }
                        if let Some(header) = headers.get(column).filter(|header| !header.is_empty()) {
                            spans.push(Span::Plain(format!("{header}: ")));
                        }
                        spans.extend(cell.spans);
                    }
                    if spans.is_empty() {
                        continue;
                    }
                    let applicability = outer.clone().and(self.applicability(row));
                    let text = Text { spans: merged(spans), at: self.at(row, &at) };
                    self.note_pointers(&text);
                    lines.push(Line { applicability, text });
                }
            }
        }
        lines
    }
}

/// True for lists.
fn is_list(node: Node<'_>) -> bool {
    matches!(
        node.tag_name().name(),
        "randomList" | "sequentialList" | "definitionList" | "attentionRandomList" | "attentionSequentialList"
    )
}

/// Neighbouring plain runs as one.
fn merged(spans: Vec<Span>) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for span in spans {
        match (all.last_mut(), span) {
            (Some(Span::Plain(last)), Span::Plain(next)) => last.push_str(&next),
            (_, span) => all.push(span),
        }
    }
    all
}

/// Column names of a table group, in order.
fn columns(group: Node<'_>) -> Vec<String> {
    elements(group)
        .filter(|node| node.has_tag_name("colspec"))
        .enumerate()
        .map(|(index, node)| attribute(node, "colname").map_or_else(|| format!("#{index}"), str::to_owned))
        .collect()
}

/// The entries of a row with their columns; entries that span further rows come again in those.
fn placed<'a>(row: Node<'a>, columns: &[String], below: &mut Vec<(u32, Node<'a>)>) -> Vec<(usize, Node<'a>)> {
    let mut cells: Vec<(usize, Node<'a>)> = Vec::new();
    let mut carried: Vec<(usize, u32, Node<'a>)> = Vec::new();
    for (column, slot) in below.iter_mut().enumerate() {
        if slot.0 > 0 {
            slot.0 -= 1;
            carried.push((column, slot.0, slot.1));
        }
    }
    let mut free = 0;
    for entry in elements(row).filter(|node| node.has_tag_name("entry")) {
        let named = attribute(entry, "colname").or_else(|| attribute(entry, "namest"));
        let spanned = attribute(entry, "spanname").and_then(|name| {
            let group = row.ancestors().find(|node| node.has_tag_name("tgroup"))?;
            let spec =
                elements(group).find(|n| n.has_tag_name("spanspec") && attribute(*n, "spanname") == Some(name))?;
            attribute(spec, "namest")
        });
        while carried.iter().any(|&(column, ..)| column == free) {
            free += 1;
        }
        let column = named.or(spanned).and_then(|name| columns.iter().position(|c| c == name)).unwrap_or(free);
        free = column + 1;
        if let Some(more) = attribute(entry, "morerows").and_then(|more| more.parse::<u32>().ok())
            && more > 0
            && column < 1000
        {
            while below.len() <= column {
                below.push((0, entry));
            }
            if let Some(slot) = below.get_mut(column) {
                *slot = (more, entry);
            }
        }
        cells.push((column, entry));
    }
    cells.extend(carried.into_iter().map(|(column, _, entry)| (column, entry)));
    cells.sort_by_key(|&(column, _)| column);
    cells
}

/// The words of a `quantity`: as written, or its values with their units.
pub(super) fn quantity_words(node: Node<'_>) -> String {
    let mut words = String::new();
    for inner in node.descendants() {
        if let (true, Some(text)) = (inner.is_text(), inner.text()) {
            words.push_str(text);
        }
        if inner.has_tag_name("quantityValue") || inner.has_tag_name("quantityTolerance") {
            words.push(' ');
        }
    }
    let has_values = find(node, "quantityValue").is_some();
    if !has_values {
        return collapse(&words);
    }
    let mut all: Vec<String> = Vec::new();
    let unit = |node: Node<'_>| {
        let unit = node.ancestors().find_map(|outer| attribute(outer, "quantityUnitOfMeasure"));
        unit.map(|unit| format!(" {unit}")).unwrap_or_default()
    };
    for inner in node.descendants() {
        let parent = inner.parent().map(|parent| parent.tag_name().name()).unwrap_or_default();
        if inner.is_text() && !matches!(parent, "quantityValue" | "quantityTolerance") {
            all.push(collapse(inner.text().unwrap_or_default()));
        } else if inner.has_tag_name("quantityValue") {
            if let Some(last) = all.last_mut().filter(|last| last.ends_with(char::is_alphanumeric)) {
                last.push(',');
            }
            all.push(format!("{}{}", plain(inner), unit(inner)));
        } else if inner.has_tag_name("quantityTolerance") {
            let sign = match attribute(inner, "quantityToleranceType") {
                Some("plus") => "+",
                Some("minus") => "-",
                _ => "±",
            };
            all.push(format!("{sign}{}{}", plain(inner), unit(inner)));
        }
    }
    all.retain(|word| !word.is_empty());
    all.join(" ")
}

/// A tightening torque: by its type (`qty05`), or by a torque unit in its words.
fn is_torque(node: Node<'_>, text: &str) -> bool {
    if attribute(node, "quantityType") == Some("qty05") {
        return true;
    }
    let units =
        ["n·m", "n•m", "n⋅m", "n.m", "nm", "lb-ft", "lbf-ft", "ft-lb", "lb-in", "in-lb", "lbf·ft", "lbf·in", "kgf·m"];
    let lower = text.to_lowercase();
    lower.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';')).any(|word| {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '–'));
        units.contains(&unit)
    })
}

/// `figure 01A item 010`: what a catalog sequence number reference points to.
pub(super) fn catalog_words(node: Node<'_>) -> String {
    let part = |name: &str| attribute(node, name).unwrap_or_default();
    format!("figure {}{} item {}", part("figureNumber"), part("figureNumberVariant"), part("item"))
}
