//! Identity and status of a data module or publication module: codes, issue, titles, markings. Must not know content.

use super::xml::{Node, attribute, child, find, path, plain};

/// The displayed code of a `dmCode` element, e.g. `FGS5-A-28-21-00-00A-921A-A`.
pub(super) fn dm_code(code: Node<'_>) -> Option<String> {
    let part = |name: &str| attribute(code, name);
    let mut id = format!(
        "{}-{}-{}-{}{}-{}-{}{}-{}{}-{}",
        part("modelIdentCode")?,
        part("systemDiffCode")?,
        part("systemCode")?,
        part("subSystemCode")?,
        part("subSubSystemCode")?,
        part("assyCode")?,
        part("disassyCode")?,
        part("disassyCodeVariant").unwrap_or_default(),
        part("infoCode")?,
        part("infoCodeVariant").unwrap_or_default(),
        part("itemLocationCode")?,
    );
    if let Some(learn) = part("learnCode") {
        id.push('-');
        id.push_str(learn);
        id.push_str(part("learnEventCode").unwrap_or_default());
    }
    Some(id)
}

/// The code that a `dmRef` (or anything holding one `dmCode`) points to.
pub(super) fn referred_code(reference: Node<'_>) -> Option<String> {
    find(reference, "dmCode").and_then(dm_code)
}

/// The displayed code of a `pmCode` element, e.g. `FGS5-0FG5X-00001-00`.
pub(super) fn pm_code(code: Node<'_>) -> Option<String> {
    let part = |name: &str| attribute(code, name);
    Some(format!("{}-{}-{}-{}", part("modelIdentCode")?, part("pmIssuer")?, part("pmNumber")?, part("pmVolume")?))
}

/// `technical name - information name` of a `dmTitle`.
pub(super) fn dm_title(title: Node<'_>) -> Option<String> {
    let tech = child(title, "techName").map(plain).filter(|name| !name.is_empty())?;
    Some(match child(title, "infoName").map(plain).filter(|name| !name.is_empty()) {
        Some(info) => format!("{tech} - {info}"),
        None => tech,
    })
}

/// What the identification and status section says.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// Displayed code.
    pub(super) id: String,
    /// `modelIdentCode`.
    pub(super) model: String,
    /// `en-US`.
    pub(super) language: String,
    /// Issue and in-work number, e.g. `002-00`.
    pub(super) issue: String,
    /// ISO 8601.
    pub(super) date: String,
    /// `new`, `changed`, `deleted`...
    pub(super) issue_type: String,
    /// Technical name, or the title of a publication.
    pub(super) tech_name: String,
    /// Information name.
    pub(super) info_name: Option<String>,
    /// Security marking to show.
    pub(super) security: String,
    /// Verification status.
    pub(super) verification: String,
    /// Distribution statement.
    pub(super) distribution: Option<String>,
}

impl Header {
    /// Reads the header of a `dmodule` or `pm` root; the error says what is missing.
    pub(super) fn read(root: Node<'_>) -> Result<Self, &'static str> {
        let section = child(root, "identAndStatusSection").ok_or("has no identAndStatusSection")?;
        let (address, status, ident) = if root.has_tag_name("pm") {
            ("pmAddress", "pmStatus", "pmIdent")
        } else {
            ("dmAddress", "dmStatus", "dmIdent")
        };
        let address = child(section, address).ok_or("has no address")?;
        let ident = child(address, ident).ok_or("has no identification")?;
        let code = child(ident, "dmCode").or_else(|| child(ident, "pmCode")).ok_or("has no code")?;
        let id = if root.has_tag_name("pm") { pm_code(code) } else { dm_code(code) };
        let id = id.ok_or("has an incomplete code")?;
        let status = child(section, status).ok_or("has no status")?;
        let items = child(address, "dmAddressItems").or_else(|| child(address, "pmAddressItems"));
        let title = items.and_then(|items| child(items, "dmTitle"));
        let tech_name = title
            .and_then(|title| child(title, "techName"))
            .or_else(|| items.and_then(|items| child(items, "pmTitle")))
            .map(plain)
            .unwrap_or_default();
        let info = child(ident, "issueInfo");
        let number = |name: &str| info.and_then(|info| attribute(info, name)).unwrap_or("000");
        Ok(Self {
            id,
            model: attribute(code, "modelIdentCode").unwrap_or_default().to_owned(),
            language: child(ident, "language").map(language).unwrap_or_default(),
            issue: format!("{}-{}", number("issueNumber"), info.and_then(|i| attribute(i, "inWork")).unwrap_or("00")),
            date: items.and_then(|items| child(items, "issueDate")).map(date).unwrap_or_default(),
            issue_type: attribute(status, "issueType").unwrap_or_default().to_owned(),
            tech_name,
            info_name: title.and_then(|title| child(title, "infoName")).map(plain).filter(|name| !name.is_empty()),
            security: child(status, "security").map(security).unwrap_or_default(),
            verification: child(status, "qualityAssurance").map(verification).unwrap_or_default(),
            distribution: path(status, &["dataRestrictions", "restrictionInstructions", "dataDistribution"])
                .map(plain)
                .filter(|words| !words.is_empty()),
        })
    }

    /// Issue as numbers, for comparing.
    pub(super) fn issue_key(&self) -> (u32, u32) {
        let (issue, work) = self.issue.split_once('-').unwrap_or((&self.issue, "0"));
        (issue.parse().unwrap_or(0), work.parse().unwrap_or(0))
    }
}

/// `en-US`.
fn language(node: Node<'_>) -> String {
    let part = |name: &str| attribute(node, name).unwrap_or_default();
    format!("{}-{}", part("languageIsoCode"), part("countryIsoCode"))
}

/// `2012-12-31`.
fn date(node: Node<'_>) -> String {
    let part = |name: &str| attribute(node, name).unwrap_or_default();
    format!("{}-{}-{}", part("year"), part("month"), part("day"))
}

/// The words of a security classification; project-specific codes are shown as they are.
fn security(node: Node<'_>) -> String {
    let mut marking = match attribute(node, "securityClassification").unwrap_or_default() {
        "01" => "UNCLASSIFIED".to_owned(),
        "02" => "RESTRICTED".to_owned(),
        "03" => "CONFIDENTIAL".to_owned(),
        "04" => "SECRET".to_owned(),
        "05" => "TOP SECRET".to_owned(),
        other => format!("SECURITY CLASS {other}"),
    };
    for name in ["commercialClassification", "caveat"] {
        if let Some(code) = attribute(node, name) {
            marking.push_str(" · ");
            marking.push_str(code);
        }
    }
    marking
}

/// `unverified`, `first verification: table top`...
fn verification(node: Node<'_>) -> String {
    let kind = |node: Node<'_>| match attribute(node, "verificationType").unwrap_or_default() {
        "tabtop" => "table top".to_owned(),
        "onobject" => "on object".to_owned(),
        "ttandoo" => "table top and on object".to_owned(),
        other => other.to_owned(),
    };
    if let Some(second) = child(node, "secondVerification") {
        format!("second verification: {}", kind(second))
    } else if let Some(first) = child(node, "firstVerification") {
        format!("first verification: {}", kind(first))
    } else {
        "unverified".to_owned()
    }
}
