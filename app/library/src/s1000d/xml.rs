//! XML in, safely: decodes a file, replaces its DOCTYPE by one that declares internal text entities only, and keeps
//! line numbers true. Must not know S1000D; opens no file and no host.

use std::collections::BTreeMap;

use fieldwright_guide::manual::{Fault, Severity};

/// An element, text or comment of a parsed module.
pub(super) type Node<'a> = roxmltree::Node<'a, 'a>;

/// Largest file read, bytes: real data modules stay far below, and a wrong file must not fill the memory.
const MAX_BYTES: usize = 64 << 20;
/// Most characters that entity references may add to one file.
const MAX_EXPANSION: usize = 1 << 20;
/// Deepest nesting accepted; the readers recurse over elements.
const MAX_DEPTH: u32 = 200;
/// Most nodes in one file.
const MAX_NODES: u32 = 2_000_000;

/// A decoded file whose DOCTYPE has been made harmless.
#[derive(Debug)]
pub(super) struct Source {
    /// File name inside the publication.
    pub(super) file: String,
    /// What the XML parser is given.
    pub(super) text: String,
    /// Offset of each line feed in `text`.
    newlines: Vec<usize>,
    /// What was left out of it, if anything.
    pub(super) remarks: Vec<Fault>,
}

impl Source {
    /// Line of a byte offset, counted from 1.
    pub(super) fn line(&self, offset: usize) -> u32 {
        let line = self.newlines.partition_point(|&newline| newline < offset) + 1;
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// Decodes and neutralizes a file; the error is the fault to report.
    pub(super) fn new(file: &str, bytes: &[u8]) -> Result<Self, Fault> {
        let fault =
            |line: u32, message: String| Fault { severity: Severity::Error, file: file.to_owned(), line, message };
        if bytes.len() > MAX_BYTES {
            return Err(fault(0, format!("file is larger than {} MiB and was not read", MAX_BYTES >> 20)));
        }
        let text = decode(bytes).map_err(|message| fault(0, message))?;
        let mut remarks = Vec::new();
        let text = neutralize(&text, &mut remarks).map_err(|(line, message)| fault(line, message))?;
        let newlines = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at).collect();
        let remarks = remarks
            .into_iter()
            .map(|(line, message)| Fault { severity: Severity::Warning, file: file.to_owned(), line, message })
            .collect();
        Ok(Self { file: file.to_owned(), text, newlines, remarks })
    }

    /// Parses the text; the error is the fault to report.
    pub(super) fn parse(&self) -> Result<roxmltree::Document<'_>, Fault> {
        let fault =
            |line: u32, message: String| Fault { severity: Severity::Error, file: self.file.clone(), line, message };
        let options = roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, entity_resolver: None };
        // The parser recurses into entities only, and those were checked above; nesting it keeps on the heap.
        let document = roxmltree::Document::parse_with_options(&self.text, options).map_err(|error| {
            let line = error.pos().row;
            fault(line, format!("not well-formed XML ({error}); the file was refused"))
        })?;
        let mut depths = vec![0_u32; document.root().descendants().count() + 1];
        for node in document.root().descendants() {
            let depth = node.parent().map_or(0, |parent| depths.get(parent.id().get_usize()).copied().unwrap_or(0) + 1);
            if depth > MAX_DEPTH {
                return Err(fault(
                    self.line(node.range().start),
                    format!("elements are nested deeper than {MAX_DEPTH}; the file was refused"),
                ));
            }
            if let Some(slot) = depths.get_mut(node.id().get_usize()) {
                *slot = depth;
            }
        }
        Ok(document)
    }
}

/// UTF-8, UTF-16 with a byte order mark, or ISO-8859-1 where the declaration says so.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let utf16 = |bytes: &[u8], big: bool| {
        let units = bytes.chunks_exact(2).map(|pair| match pair {
            [a, b] if big => u16::from_be_bytes([*a, *b]),
            [a, b] => u16::from_le_bytes([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units)
            .collect::<Result<String, _>>()
            .map_err(|error| format!("not valid UTF-16 ({error}); the file was refused"))
    };
    match bytes {
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, true),
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, false),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(200)).unwrap_or_default()).to_lowercase();
            if head.contains("iso-8859-1") || head.contains("latin1") || head.contains("us-ascii") {
                return Ok(bytes.iter().map(|&byte| char::from(byte)).collect());
            }
            Err(format!("not valid UTF-8 at byte {}; the file was refused", error.valid_up_to()))
        }
    }
}

/// What an internal subset declares.
#[derive(Default)]
struct Subset {
    /// Internal general entities: name -> (literal value as written, its quote).
    internal: BTreeMap<String, (String, char)>,
    /// External parsed entities: name -> system identifier. Their text is never read.
    external: BTreeMap<String, String>,
    /// True where a parameter entity is used, which is not expanded.
    parameter: bool,
}

/// Replaces the DOCTYPE, keeping the number of lines.
fn neutralize(text: &str, remarks: &mut Vec<(u32, String)>) -> Result<String, (u32, String)> {
    let Some(start) = doctype_start(text) else { return Ok(text.to_owned()) };
    let line_of = |at: usize| {
        u32::try_from(text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count() + 1).unwrap_or(u32::MAX)
    };
    let (end, subset) = read_doctype(text, start)
        .ok_or_else(|| (line_of(start), "DOCTYPE has no end; the file was refused".to_owned()))?;
    if subset.parameter {
        remarks.push((line_of(start), "DOCTYPE uses a parameter entity, which is not expanded".to_owned()));
    }
    let body = text.get(end..).unwrap_or_default();
    let added = expansion(body, &subset.internal)
        .map_err(|name| (line_of(start), format!("entity `{name}` refers to itself; the file was refused")))?;
    if added > MAX_EXPANSION {
        return Err((
            line_of(start),
            format!("entities would add more than {} KiB of text; the file was refused", MAX_EXPANSION >> 10),
        ));
    }
    let mut doctype = String::from("<!DOCTYPE x [");
    for (name, (value, quote)) in &subset.internal {
        let one_line: String = value.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }).collect();
        let quote = quote.to_string();
        doctype.extend(["<!ENTITY ", name, " ", &quote, &one_line, &quote, ">"]);
    }
    for (name, system) in &subset.external {
        if subset.internal.contains_key(name) {
            continue;
        }
        doctype.extend(["<!ENTITY ", name, " \"\">"]);
        if let Some(at) = text.find(&format!("&{name};")) {
            remarks.push((
                line_of(at),
                format!("external entity `{name}` ({system}) is never opened; its text is missing"),
            ));
        }
    }
    doctype.push(']');
    doctype.extend(text.get(start..end).unwrap_or_default().chars().filter(|&c| c == '\n'));
    doctype.push('>');
    Ok(format!("{}{doctype}{body}", text.get(..start).unwrap_or_default()))
}

/// Offset of `<!DOCTYPE` in the prolog.
fn doctype_start(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let skipped = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        at += skipped;
        if rest.starts_with("<!DOCTYPE") {
            return Some(at);
        } else if rest.starts_with("<?") {
            at += rest.find("?>")? + 2;
        } else if rest.starts_with("<!--") {
            at += rest.find("-->")? + 3;
        } else {
            return None;
        }
    }
}

/// Reads from `<!DOCTYPE` to its `>`: the offset after it, and what the internal subset declares.
fn read_doctype(text: &str, start: usize) -> Option<(usize, Subset)> {
    let mut subset = Subset::default();
    let mut inside = false;
    let mut at = start + "<!DOCTYPE".len();
    loop {
        let rest = text.get(at..)?;
        let c = rest.chars().next()?;
        if rest.starts_with("<!--") {
            at += rest.find("-->")? + 3;
        } else if rest.starts_with("<?") {
            at += rest.find("?>")? + 2;
        } else if inside && rest.starts_with("<!") {
            let length = declaration_length(rest)?;
            declaration(rest.get(..length)?, &mut subset);
            at += length;
        } else if c == '"' || c == '\'' {
            at += 1 + rest.get(1..)?.find(c)? + 1;
        } else {
            match c {
                '[' => inside = true,
                ']' => inside = false,
                '>' if !inside => return Some((at + 1, subset)),
                '%' if inside => subset.parameter = true,
                _ => {}
            }
            at += c.len_utf8();
        }
    }
}

/// Length of a markup declaration, quotes respected.
fn declaration_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '>' => return Some(at + 1),
            Some(_) | None => {}
        }
    }
    None
}

/// Notes an entity declaration; others (elements, attributes, notations) say nothing that is needed.
fn declaration(text: &str, subset: &mut Subset) {
    let Some(rest) = text.strip_prefix("<!ENTITY") else { return };
    let rest = rest.trim_start();
    if rest.starts_with('%') {
        return;
    }
    let Some((name, rest)) = rest.split_once(char::is_whitespace) else { return };
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':')) {
        return;
    }
    let rest = rest.trim_start();
    let literals: Vec<(&str, char)> = quoted(rest);
    if rest.starts_with('"') || rest.starts_with('\'') {
        if let Some(&(value, quote)) = literals.first() {
            subset.internal.entry(name.to_owned()).or_insert((value.to_owned(), quote));
        }
    } else {
        // NDATA names a picture: never text. The rest would be text, and is not opened.
        let system = literals.last().map_or("", |&(value, _)| value);
        let unparsed = rest.rsplit(['"', '\'']).next().is_some_and(|tail| tail.contains("NDATA"));
        if !unparsed {
            subset.external.entry(name.to_owned()).or_insert_with(|| system.to_owned());
        }
    }
}

/// Quoted literals in order, each with its quote.
fn quoted(mut rest: &str) -> Vec<(&str, char)> {
    let mut literals = Vec::new();
    while let Some(open) = rest.find(['"', '\'']) {
        let quote = if rest.as_bytes().get(open) == Some(&b'"') { '"' } else { '\'' };
        let Some(tail) = rest.get(open + 1..) else { break };
        let Some(close) = tail.find(quote) else { break };
        literals.push((tail.get(..close).unwrap_or_default(), quote));
        rest = tail.get(close + 1..).unwrap_or_default();
    }
    literals
}

/// How many characters the references in `body` expand to. Fails with the name of an entity that contains itself.
fn expansion(body: &str, entities: &BTreeMap<String, (String, char)>) -> Result<usize, String> {
    let mut sizes = BTreeMap::new();
    let mut total = 0_usize;
    for name in references(body) {
        total = total.saturating_add(size_of(name, entities, &mut sizes, 0)?);
    }
    Ok(total)
}

/// Expanded size of one entity, saturating.
fn size_of<'a>(
    name: &'a str,
    entities: &'a BTreeMap<String, (String, char)>,
    sizes: &mut BTreeMap<&'a str, Option<usize>>,
    depth: u32,
) -> Result<usize, String> {
    match sizes.get(name) {
        Some(Some(size)) => return Ok(*size),
        Some(None) => return Err(name.to_owned()),
        None => {}
    }
    let Some((value, _)) = entities.get(name) else { return Ok(0) };
    // The XML parser stops at ten levels; nothing honest comes near.
    if depth > 8 {
        return Err(name.to_owned());
    }
    sizes.insert(name, None);
    let mut size = value.len();
    for inner in references(value) {
        size = size.saturating_add(size_of(inner, entities, sizes, depth + 1)?);
    }
    sizes.insert(name, Some(size));
    Ok(size)
}

/// Names of general entities referred to, in order.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split('&')
        .skip(1)
        .filter_map(|rest| rest.split_once(';').map(|(name, _)| name))
        .filter(|name| !name.starts_with('#') && name.len() < 200 && !name.contains(char::is_whitespace))
}

/// Child elements.
pub(super) fn elements(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    node.children().filter(Node::is_element)
}

/// First child element of that name.
pub(super) fn child<'a>(node: Node<'a>, name: &str) -> Option<Node<'a>> {
    elements(node).find(|child| child.has_tag_name(name))
}

/// First descendant element of that name, in document order.
pub(super) fn find<'a>(node: Node<'a>, name: &str) -> Option<Node<'a>> {
    node.descendants().find(|inner| inner.has_tag_name(name))
}

/// The child at the end of a path of names.
pub(super) fn path<'a>(node: Node<'a>, names: &[&str]) -> Option<Node<'a>> {
    names.iter().try_fold(node, |node, name| child(node, name))
}

/// An attribute with something in it, without a namespace or in any.
pub(super) fn attribute<'a>(node: Node<'a>, name: &str) -> Option<&'a str> {
    node.attributes().find(|a| a.name() == name).map(|a| a.value().trim()).filter(|value| !value.is_empty())
}

/// All text under a node with white space collapsed.
pub(super) fn plain(node: Node<'_>) -> String {
    let mut words = String::new();
    for text in node.descendants().filter(Node::is_text).filter_map(|text| text.text()) {
        words.push_str(text);
    }
    collapse(&words)
}

/// White space collapsed and trimmed.
pub(super) fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(xml: &str) -> Result<String, String> {
        let source = Source::new("x.xml", xml.as_bytes()).map_err(|fault| fault.message)?;
        let document = source.parse().map_err(|fault| format!("{}: {}", fault.line, fault.message))?;
        Ok(plain(document.root()))
    }

    #[test]
    fn internal_entities_are_expanded_and_unparsed_ones_ignored() {
        let xml = "<!DOCTYPE a [\n<!NOTATION png PUBLIC \"x>\">\n<!-- <!ENTITY u \"no\"> -->\n\
                   <!ENTITY pic SYSTEM \"file:///etc/passwd\" NDATA png>\n<!ENTITY u 'N&#183;m'>]>\n<a>18 &u;</a>";
        assert_eq!(text_of(xml).as_deref(), Ok("18 N·m"));
    }

    #[test]
    fn external_entities_are_never_opened() {
        let xml = "<!DOCTYPE a [<!ENTITY e SYSTEM \"/etc/hostname\">]>\n<a>before &e; after</a>";
        let source = Source::new("x.xml", xml.as_bytes()).expect("harmless");
        assert_eq!(source.remarks.len(), 1);
        assert_eq!(source.remarks[0].line, 2);
        assert_eq!(plain(source.parse().expect("parses").root()), "before after");
    }

    #[test]
    fn entity_bombs_are_refused() {
        let mut xml = String::from("<!DOCTYPE a [<!ENTITY e0 \"0123456789\">");
        for level in 1..8 {
            let inner = format!("&e{};", level - 1).repeat(10);
            xml.extend(["<!ENTITY e", &level.to_string(), " \"", &inner, "\">"]);
        }
        xml.push_str("]><a>&e7;</a>");
        assert!(text_of(&xml).is_err_and(|message| message.contains("KiB")));
        let itself = "<!DOCTYPE a [<!ENTITY e \"&f;\"><!ENTITY f \"&e;\">]><a>&e;</a>";
        assert!(text_of(itself).is_err_and(|message| message.contains("refers to itself")));
    }

    #[test]
    fn lines_stay_true_behind_a_doctype() {
        let xml = "<?xml version=\"1.0\"?>\n<!DOCTYPE a [\n\n]>\n<a>\n<b></c></a>";
        assert!(text_of(xml).is_err_and(|message| message.starts_with("6:")), "{:?}", text_of(xml));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let xml = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(text_of(&xml).is_err());
    }
}
