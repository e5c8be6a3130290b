//! The set of modules of one publication, and everything one module may look up in another: titles, repositories,
//! warnings by id, applicability by id. Must not know how content becomes the canonical model.

use std::collections::BTreeMap;

use fieldwright_guide::{
    applicability::Applicability,
    manual::{Fault, Severity},
};

use super::{
    applic::{self, Properties},
    ident::{Header, dm_title, referred_code},
    xml::{Node, Source, attribute, child, elements, find, path, plain},
};

/// A parsed data module.
#[derive(Debug)]
pub(super) struct Module<'a> {
    /// Its file.
    pub(super) source: &'a Source,
    /// Its identity and status.
    pub(super) header: Header,
    /// Its `dmStatus`.
    pub(super) status: Node<'a>,
    /// Its `content`.
    pub(super) content: Node<'a>,
    /// Every element with an id.
    pub(super) ids: BTreeMap<&'a str, Node<'a>>,
}

impl<'a> Module<'a> {
    /// Reads header and ids; the error is the fault to report.
    pub(super) fn new(source: &'a Source, root: Node<'a>) -> Result<Self, Fault> {
        let fault = |what: &str| Fault {
            severity: Severity::Error,
            file: source.file.clone(),
            line: source.line(root.range().start),
            message: format!("data module {what}; the file was refused"),
        };
        let header = Header::read(root).map_err(fault)?;
        let content = child(root, "content").ok_or_else(|| fault("has no content"))?;
        let status = path(root, &["identAndStatusSection", "dmStatus"]).ok_or_else(|| fault("has no status"))?;
        let mut ids = BTreeMap::new();
        for node in root.descendants().filter(Node::is_element) {
            if let Some(id) = attribute(node, "id") {
                ids.entry(id).or_insert(node);
            }
        }
        Ok(Self { source, header, status, content, ids })
    }

    /// Line of a node in its file.
    pub(super) fn line(&self, node: Node<'_>) -> u32 {
        self.source.line(node.range().start)
    }

    /// Code of the applicability cross-reference table it names.
    pub(super) fn act(&self) -> Option<String> {
        child(self.status, "applicCrossRefTableRef").and_then(referred_code)
    }
}

/// A module that can be named.
#[derive(Clone, Debug)]
pub(super) struct Title {
    /// `technical name - information name`.
    pub(super) title: String,
    /// True where the module is withdrawn.
    pub(super) deleted: bool,
}

/// Names by number, from the common repositories.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_number: BTreeMap<(&'static str, String), String>,
}

impl Names {
    fn add(&mut self, kind: &'static str, number: Option<&str>, name: Option<String>) {
        if let (Some(number), Some(name)) = (number, name.filter(|name| !name.is_empty())) {
            self.by_number.entry((kind, number.to_lowercase())).or_insert(name);
        }
    }

    /// True where any repository names things of that kind: only then is a missing name a fault.
    pub(super) fn holds(&self, kind: &'static str) -> bool {
        self.by_number.range((kind, String::new())..).next().is_some_and(|((held, _), _)| *held == kind)
    }

    /// The name of a `tool`, `supply`, `part`, `item`, `control`, `zone` or material `set`.
    pub(super) fn get(&self, kind: &'static str, number: &str) -> Option<&str> {
        self.by_number.get(&(kind, number.to_lowercase())).map(String::as_str)
    }
}

/// Everything that modules share.
#[derive(Debug)]
pub(super) struct Set<'a> {
    /// Publication id.
    pub(super) publication: String,
    /// Titles of the loaded modules by code.
    pub(super) titles: BTreeMap<String, Title>,
    /// Names by number.
    pub(super) names: Names,
    /// Warnings and cautions of repositories: (code of the repository, number or id) -> where.
    alerts: BTreeMap<(String, &'a str), (usize, Node<'a>)>,
    /// Applicability of the applicability repositories, by `applicIdentValue`.
    applic: BTreeMap<&'a str, (usize, Node<'a>)>,
    /// Declared properties.
    pub(super) properties: Properties,
    /// The modules in the order of the publication.
    pub(super) modules: &'a [Module<'a>],
}

impl<'a> Set<'a> {
    /// Indexes the modules.
    pub(super) fn new(publication: String, main_model: &str, modules: &'a [Module<'a>]) -> Self {
        let mut set = Self {
            publication,
            titles: BTreeMap::new(),
            names: Names::default(),
            alerts: BTreeMap::new(),
            applic: BTreeMap::new(),
            properties: Properties::collect(modules, main_model),
            modules,
        };
        for (index, module) in modules.iter().enumerate() {
            let title = path(
                module.content.parent().unwrap_or(module.content),
                &["identAndStatusSection", "dmAddress", "dmAddressItems", "dmTitle"],
            )
            .and_then(dm_title)
            .unwrap_or_else(|| module.header.id.clone());
            let deleted = module.header.issue_type == "deleted";
            set.titles.insert(module.header.id.clone(), Title { title, deleted });
            if !deleted {
                set.index(index, module);
            }
        }
        set
    }

    /// Notes what a live module offers to others.
    fn index(&mut self, index: usize, module: &'a Module<'a>) {
        let name_of = |spec: Node<'_>| {
            ["name", "controlIndicatorName", "itemIdentData/shortName", "shortName", "itemIdentData/descrForPart"]
                .iter()
                .chain(&["toolAlts/tool/itemDescr", "supplyAlts/supply/itemDescr", "zoneAlts/zone/itemDescr"])
                .find_map(|at| {
                    path(spec, &at.split('/').collect::<Vec<_>>()).map(plain).filter(|name| !name.is_empty())
                })
        };
        for spec in module.content.descendants().filter(Node::is_element) {
            let ident = |name: &str, number: &str| child(spec, name).and_then(|ident| attribute(ident, number));
            match spec.tag_name().name() {
                "toolSpec" => self.names.add("tool", ident("toolIdent", "toolNumber"), name_of(spec)),
                "supplySpec" => self.names.add("supply", ident("supplyIdent", "supplyNumber"), name_of(spec)),
                "partSpec" => {
                    let name = path(spec, &["itemIdentData", "descrForPart"]).map(plain).or_else(|| name_of(spec));
                    self.names.add("part", ident("partIdent", "partNumberValue"), name);
                }
                "functionalItemSpec" => {
                    self.names.add("item", ident("functionalItemIdent", "functionalItemNumber"), name_of(spec));
                }
                "controlIndicatorSpec" => {
                    self.names.add("control", attribute(spec, "controlIndicatorNumber"), name_of(spec));
                }
                "objectValue" => {
                    // `//@limitUnitType` in the rule's path says whose value it is.
                    let object =
                        spec.parent().and_then(|rule| child(rule, "objectPath")).map(plain).unwrap_or_default();
                    let owner = object.rsplit('@').next().unwrap_or_default().trim();
                    let key = attribute(spec, "valueAllowed").map(|value| format!("{owner}={value}"));
                    self.names.add("code", key.as_deref(), Some(plain(spec)));
                }
                "zoneSpec" => self.names.add("zone", ident("zoneIdent", "zoneNumber"), name_of(spec)),
                "sbSupportEquipSet"
                | "sbSpareSet"
                | "sbSupplySet"
                | "sbIndividualSpare"
                | "sbIndividualSupportEquip" => {
                    let name = child(spec, "name").or_else(|| find(spec, "name")).map(plain);
                    self.names.add("set", attribute(spec, "sbMaterialIdent"), name);
                }
                kind @ ("warningSpec" | "cautionSpec") => {
                    let (ident, number) = if kind == "warningSpec" {
                        ("warningIdent", "warningIdentNumber")
                    } else {
                        ("cautionIdent", "cautionIdentNumber")
                    };
                    let ident = child(spec, ident);
                    let keys = [ident.and_then(|i| attribute(i, number)), ident.and_then(|i| attribute(i, "id"))];
                    for key in keys.into_iter().chain([attribute(spec, "id")]).flatten() {
                        self.alerts.entry((module.header.id.clone(), key)).or_insert((index, spec));
                    }
                }
                "applicSpec" => {
                    let mapped = attribute(spec, "applicMapRefId").and_then(|id| module.ids.get(id)).copied();
                    let node = mapped.or_else(|| child(spec, "applic"));
                    if let (Some(value), Some(node)) = (ident("applicSpecIdent", "applicIdentValue"), node) {
                        self.applic.entry(value).or_insert((index, node));
                    }
                }
                _ => {}
            }
        }
    }

    /// A warning or caution of a repository: its module and its `warningSpec` or `cautionSpec`.
    pub(super) fn alert(&self, repository: Option<&str>, number: &'a str) -> Option<(&'a Module<'a>, Node<'a>)> {
        let found = match repository {
            Some(code) => self.alerts.get(&(code.to_owned(), number)),
            None => self.alerts.iter().find(|((_, key), _)| *key == number).map(|(_, found)| found),
        };
        found.and_then(|&(index, node)| Some((self.modules.get(index)?, node)))
    }

    /// The applicability with this `applicIdentValue`.
    fn repository_applic(&self, value: &str) -> Option<(&'a Module<'a>, Node<'a>)> {
        self.applic.get(value).and_then(|&(index, node)| Some((self.modules.get(index)?, node)))
    }

    /// Reads an `applic`, or an `applicRef` through the repository. Remarks go to `faults`.
    pub(super) fn applicability(&self, module: &Module<'a>, node: Node<'a>, faults: &mut Vec<Fault>) -> Applicability {
        let (owner, applic) = if node.has_tag_name("applicRef") {
            let value = attribute(node, "applicIdentValue").unwrap_or_default();
            match self.repository_applic(value) {
                Some(found) => found,
                None => {
                    return unresolved(module, node, value, faults);
                }
            }
        } else {
            (module, node)
        };
        let act = owner.act();
        let mut remarks = Vec::new();
        let applicability = applic::statement(applic, &mut |at, ident| {
            let named = self.properties.name(act.as_deref(), ident);
            remarks.extend(named.remark.map(|(severity, message)| Fault {
                severity,
                file: owner.source.file.clone(),
                line: owner.line(at),
                message,
            }));
            named.name
        });
        for remark in remarks {
            if !faults.contains(&remark) {
                faults.push(remark);
            }
        }
        applicability
    }

    /// The applicability of a whole module, from its status section.
    pub(super) fn module_applicability(&self, module: &Module<'a>, faults: &mut Vec<Fault>) -> Applicability {
        elements(module.status)
            .find(|node| node.has_tag_name("applic") || node.has_tag_name("applicRef"))
            .map_or(Applicability::Always, |node| self.applicability(module, node, faults))
    }

    /// The applicability that an element's own `applicRefId` names, or its own `applic` child.
    pub(super) fn own_applicability(
        &self,
        module: &Module<'a>,
        node: Node<'a>,
        faults: &mut Vec<Fault>,
    ) -> Applicability {
        let Some(id) = attribute(node, "applicRefId") else { return Applicability::Always };
        match module.ids.get(id) {
            Some(&target) if target.has_tag_name("applic") || target.has_tag_name("applicRef") => {
                self.applicability(module, target, faults)
            }
            _ => unresolved(module, node, id, faults),
        }
    }
}

/// Applicability that points nowhere holds for nobody until somebody says so: it is never assumed.
fn unresolved(module: &Module<'_>, node: Node<'_>, id: &str, faults: &mut Vec<Fault>) -> Applicability {
    faults.push(Fault {
        severity: Severity::Warning,
        file: module.source.file.clone(),
        line: module.line(node),
        message: format!("applicability `{id}` is not defined; what refers to it is not shown to anybody"),
    });
    Applicability::Assert { property: format!("undefined applicability {id}"), values: Vec::new() }
}
