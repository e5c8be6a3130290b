//! Which variant a piece of the manual speaks of: and / or / assert, three-valued. Must not know XML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is known of the equipment in front of the user: property -> value, e.g. `model` -> `Mk 2`.
pub type Variant = BTreeMap<String, String>;

/// One named property and the values it can take, as the publication's cross-reference tables declare it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// The name assertions use, e.g. `model`.
    pub name: String,
    /// The name to show, e.g. `Model`.
    pub label: String,
    /// Every declared value, in the order of the table.
    pub values: Vec<String>,
}

/// Where a statement of the manual applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Applicability {
    /// To every variant.
    #[default]
    Always,
    /// Where the property has one of these values. A value `a~b` is an inclusive range.
    Assert {
        /// The property's name.
        property: String,
        /// Accepted values or ranges.
        values: Vec<String>,
    },
    /// Where all hold.
    All(Vec<Applicability>),
    /// Where any holds.
    Any(Vec<Applicability>),
}

/// The three-valued answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Applies {
    /// It speaks of this variant.
    Yes,
    /// It speaks of another.
    No,
    /// It depends on a property that nobody has told us.
    Unknown {
        /// The first such property: the one to ask for.
        property: String,
    },
}

impl Applicability {
    /// Evaluates against what is known (strong Kleene logic).
    pub fn applies(&self, variant: &Variant) -> Applies {
        match self {
            Self::Always => Applies::Yes,
            Self::Assert { property, values } => match variant.get(property) {
                None => Applies::Unknown { property: property.clone() },
                Some(have) if values.iter().any(|want| value_matches(want, have)) => Applies::Yes,
                Some(_) => Applies::No,
            },
            Self::All(parts) => {
                let mut unknown = None;
                for part in parts {
                    match part.applies(variant) {
                        Applies::No => return Applies::No,
                        Applies::Unknown { property } => {
                            unknown.get_or_insert(property);
                        }
                        Applies::Yes => {}
                    }
                }
                unknown.map_or(Applies::Yes, |property| Applies::Unknown { property })
            }
            Self::Any(parts) => {
                let mut unknown = None;
                for part in parts {
                    match part.applies(variant) {
                        Applies::Yes => return Applies::Yes,
                        Applies::Unknown { property } => {
                            unknown.get_or_insert(property);
                        }
                        Applies::No => {}
                    }
                }
                unknown.map_or(Applies::No, |property| Applies::Unknown { property })
            }
        }
    }

    /// Both must hold; `Always` is absorbed.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, x) | (x, Self::Always) => x,
            (Self::All(mut a), b) => {
                a.push(b);
                Self::All(a)
            }
            (a, b) => Self::All(vec![a, b]),
        }
    }
}

/// `want` is one value or an inclusive range `a~b`; numbers compare as numbers, the rest as text, case-insensitively.
fn value_matches(want: &str, have: &str) -> bool {
    if let Some((low, high)) = want.split_once('~') {
        let key = |s: &str| s.trim().trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<f64>();
        return match (key(low), key(high), key(have)) {
            (Ok(low), Ok(high), Ok(have)) => low <= have && have <= high,
            _ => low.trim() <= have && have <= high.trim(),
        };
    }
    want.trim().eq_ignore_ascii_case(have.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mk(value: &str) -> Applicability {
        Applicability::Assert { property: "model".into(), values: vec![value.into()] }
    }

    #[test]
    fn unknown_only_when_it_matters() {
        let other = Applicability::Assert { property: "serial".into(), values: vec!["100~199".into()] };
        let variant = Variant::from([("model".to_owned(), "Mk 1".to_owned())]);
        assert_eq!(mk("Mk 2").and(other.clone()).applies(&variant), Applies::No);
        assert_eq!(Applicability::Any(vec![mk("mk 1"), other.clone()]).applies(&variant), Applies::Yes);
        assert_eq!(mk("Mk 1").and(other.clone()).applies(&variant), Applies::Unknown { property: "serial".into() });
        let with_serial = Variant::from([("serial".to_owned(), "150".to_owned())]);
        assert_eq!(other.applies(&with_serial), Applies::Yes);
    }
}
