//! How single constructs are read, and what happens to manuals with faults. Every fixture is a whole data module.

use fieldwright_guide::{
    applicability::{Applicability, Applies, Variant},
    manual::{Body, Fault, Publication, Severity, Span, Step},
};
use fieldwright_library::{
    passages::passages,
    report::flat,
    s1000d::{read_files, read_publication},
};

/// A data module with this information code, issue and content. The content starts at line 11.
fn module(info: &str, issue: &str, content: &str) -> (String, Vec<u8>) {
    module_with("", info, issue, "new", content)
}

fn module_with(doctype: &str, info: &str, issue: &str, issue_type: &str, content: &str) -> (String, Vec<u8>) {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>{doctype}\n<dmodule>\n<identAndStatusSection>\n<dmAddress><dmIdent>\
         {code}<language languageIsoCode=\"en\" countryIsoCode=\"US\"/>\n<issueInfo issueNumber=\"{issue}\" inWork=\"00\"/>\
         </dmIdent>\n<dmAddressItems><issueDate year=\"2025\" month=\"01\" day=\"02\"/>\n<dmTitle><techName>Thing {info}\
         </techName><infoName>Do</infoName></dmTitle></dmAddressItems></dmAddress>\n<dmStatus issueType=\"{issue_type}\">\
         <security securityClassification=\"01\"/><qualityAssurance><unverified/></qualityAssurance></dmStatus>\n\
         </identAndStatusSection>\n<content>\n{content}\n</content>\n</dmodule>\n",
        code = code(info)
    );
    (format!("DMC-X-A-{info}_{issue}.XML"), xml.into_bytes())
}

fn code(info: &str) -> String {
    format!(
        "<dmCode modelIdentCode=\"X\" systemDiffCode=\"A\" systemCode=\"00\" subSystemCode=\"0\" subSubSystemCode=\"0\" \
         assyCode=\"00\" disassyCode=\"00\" disassyCodeVariant=\"A\" infoCode=\"{info}\" infoCodeVariant=\"A\" \
         itemLocationCode=\"A\"/>"
    )
}

fn id(info: &str) -> String {
    format!("X-A-00-00-00-00A-{info}A-A")
}

fn reference(info: &str) -> String {
    format!("<dmRef><dmRefIdent>{}</dmRefIdent></dmRef>", code(info))
}

fn procedure(steps: &str) -> String {
    format!("<procedure><preliminaryRqmts/><mainProcedure>{steps}</mainProcedure></procedure>")
}

fn read(files: &[(String, Vec<u8>)]) -> (Publication, Vec<Fault>) {
    read_files(files).expect("something is read")
}

fn steps<'p>(publication: &'p Publication, info: &str) -> Vec<&'p Step> {
    let work_package = publication.work_package(&id(info)).expect("the work package");
    let Some(procedure) = work_package.body.procedure() else { panic!("{} has no steps", work_package.id) };
    flat(&procedure.steps).into_iter().map(|(_, step)| step).collect()
}

fn said(step: &Step) -> String {
    step.text.iter().map(fieldwright_guide::manual::Text::plain).collect::<Vec<_>>().join(" | ")
}

const MODELS: &str = "<referencedApplicGroup>\
    <applic id='a1'><assert applicPropertyIdent='model' applicPropertyType='prodattr' applicPropertyValues='Mk 1'/></applic>\
    <applic id='a2'><assert applicPropertyIdent='model' applicPropertyType='prodattr' applicPropertyValues='Mk 2'/></applic>\
    </referencedApplicGroup>";

#[test]
fn a_malformed_file_is_named_with_its_line_and_the_rest_loads() {
    let (name, mut broken) = module("921", "001", &procedure("<proceduralStep><para>Turn.</para>\n</proceduralStepp>"));
    broken.truncate(broken.len() - 3);
    let (publication, faults) = read(&[
        (name.clone(), broken),
        module("720", "001", &procedure("<proceduralStep><para>Push.</para></proceduralStep>")),
    ]);
    assert_eq!(publication.work_packages.len(), 1);
    let fault = faults.iter().find(|fault| fault.severity == Severity::Error).expect("an error");
    assert_eq!((fault.file.as_str(), fault.line), (name.as_str(), 12), "{}", fault.message);
}

#[test]
fn nothing_readable_is_one_error_with_a_hint() {
    let error = read_files(&[("a.XML".to_owned(), b"<dmodule>".to_vec())]).expect_err("nothing").to_string();
    assert!(error.contains("a.XML:1") && error.contains("hint:"), "{error}");
    let folder = tempfile::tempdir().expect("a folder");
    assert!(read_publication(folder.path()).is_err());
    assert!(read_publication(&folder.path().join("missing")).expect_err("missing").to_string().contains("missing"));
}

#[test]
fn no_file_outside_is_opened() {
    let secret = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(secret.path(), "SECRET").expect("writes");
    let doctype = format!(
        "<!DOCTYPE dmodule SYSTEM \"http://example.invalid/x.dtd\" [<!ENTITY s SYSTEM \"file://{0}\"><!ENTITY % p SYSTEM \"{0}\"> %p;\
         <!NOTATION png PUBLIC \"png\"><!ENTITY ICN-1 SYSTEM \"{0}\" NDATA png><!ENTITY nm \"N·m\">]>",
        secret.path().display()
    );
    let content = procedure("<proceduralStep><para>Tighten to 18 &nm; &s;now.</para></proceduralStep>");
    let (publication, faults) = read(&[module_with(&doctype, "921", "001", "new", &content)]);
    assert_eq!(said(steps(&publication, "921")[0]), "Tighten to 18 N·m now.");
    assert!(faults.iter().any(|fault| fault.message.contains("external entity `s`")));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let outside = tempfile::tempdir().expect("another");
    let (name, bytes) = module("921", "001", &procedure("<proceduralStep><para>Outside.</para></proceduralStep>"));
    std::fs::write(outside.path().join(&name), bytes).expect("writes");
    std::os::unix::fs::symlink(outside.path().join(&name), folder.path().join(&name)).expect("links");
    let (name, bytes) = module("720", "001", &procedure("<proceduralStep><para>Inside.</para></proceduralStep>"));
    std::fs::write(folder.path().join(name), bytes).expect("writes");
    let (publication, faults) = read_publication(folder.path()).expect("reads");
    assert_eq!(publication.work_packages.len(), 1);
    assert!(faults.iter().any(|fault| fault.message.contains("link out of the publication")));
}

#[test]
fn the_highest_issue_wins() {
    let step = |word: &str| procedure(&format!("<proceduralStep><para>{word}.</para></proceduralStep>"));
    let (publication, faults) = read(&[
        module("921", "002", &step("New")),
        module("921", "010", &step("Newest")),
        module("921", "001", &step("Old")),
    ]);
    assert_eq!(publication.work_packages.len(), 1);
    assert_eq!(said(steps(&publication, "921")[0]), "Newest.");
    assert_eq!(faults.iter().filter(|fault| fault.message.contains("superseded")).count(), 2);
}

#[test]
fn a_deleted_module_is_named_but_never_quoted() {
    let deleted =
        module_with("", "921", "003", "deleted", &procedure("<proceduralStep><para>Gone.</para></proceduralStep>"));
    let live = format!("<proceduralStep><para>See {}.</para></proceduralStep>", reference("921"));
    let (publication, faults) = read(&[deleted, module("720", "001", &procedure(&live))]);
    let all = passages(&publication);
    assert!(all.iter().all(|passage| !passage.text.contains("Gone")));
    let passage = all.iter().find(|passage| passage.step.is_some()).expect("the live step");
    assert_eq!(passage.text, "See Thing 921 - Do.");
    assert!(passage.pointer.is_some());
    assert!(faults.iter().any(|fault| fault.message.contains("which is deleted")));
}

#[test]
fn a_pointer_names_what_is_not_loaded() {
    let content = format!("<proceduralStep><para>For overhaul, refer to {}.</para></proceduralStep>", reference("530"));
    let (publication, _) = read(&[module("921", "001", &procedure(&content))]);
    let work_package = &publication.work_packages[0];
    assert_eq!(work_package.pointers.len(), 1);
    assert_eq!(work_package.pointers[0].target, id("530"));
    assert_eq!(passages(&publication)[0].pointer.as_deref(), Some(id("530").as_str()));
}

#[test]
fn references_show_the_name_of_their_target() {
    let content = "<procedure><preliminaryRqmts><reqSupportEquips><supportEquipDescrGroup><supportEquipDescr id='t1'>\
        <name>strap wrench</name><toolRef toolNumber='5-1'/><reqQuantity unitOfMeasure='EA'>1</reqQuantity>\
        </supportEquipDescr></supportEquipDescrGroup></reqSupportEquips></preliminaryRqmts><mainProcedure>\
        <proceduralStep id='s1'><para>Turn it with the <internalRef internalRefId='t1'/>\n  (refer to <internalRef internalRefId='f1'/>), as in\
        <internalRef internalRefId='s1'/>, to <quantity quantityType='qty05'>18 N·m</quantity> or <quantity>3 lb-ft</quantity>.</para>\
        <figure id='f1'><title>Filter</title><graphic infoEntityIdent='ICN-1'/></figure></proceduralStep>\
        <proceduralStep><para>Remove the <functionalItemRef functionalItemNumber='FILTER-1'><name>filter</name></functionalItemRef> and <internalRef internalRefId='nowhere'/>.</para></proceduralStep>\
        </mainProcedure></procedure>";
    let (publication, faults) = read(&[module("921", "001", content)]);
    let steps = steps(&publication, "921");
    assert_eq!(said(steps[0]), "Turn it with the strap wrench (refer to Filter), as in step 1, to 18 N·m or 3 lb-ft.");
    assert_eq!(steps[0].figures, ["f1"]);
    let kinds: Vec<&Span> = steps[0].text[0]
        .spans
        .iter()
        .filter(|span| matches!(span, Span::Quantity { kind: fieldwright_guide::manual::QuantityKind::Torque, .. }))
        .collect();
    assert_eq!(kinds.len(), 2);
    assert_eq!(steps[1].text[0].parts().collect::<Vec<_>>(), ["filter-1"]);
    assert!(faults.iter().any(|fault| fault.message.contains("`nowhere` has no target")));
}

#[test]
fn alternatives_and_lines_of_one_model_are_steps_that_can_be_filtered() {
    let content = format!(
        "{MODELS}{}",
        procedure(
            "<proceduralStepAlts><proceduralStep applicRefId='a1'><para>Fill it.</para></proceduralStep>\
             <proceduralStep applicRefId='a2'><para>Keep it dry.</para></proceduralStep></proceduralStepAlts>\
             <proceduralStep id='t'><para>Tighten it.</para><para applicRefId='a1'>To 18 N·m.</para><para applicRefId='a2'>To 22 N·m.</para></proceduralStep>"
        )
    );
    let (publication, _) = read(&[module("921", "001", &content)]);
    let steps = steps(&publication, "921");
    let numbers: Vec<&str> = steps.iter().map(|step| step.number.as_str()).collect();
    assert_eq!(numbers, ["1a", "1b", "2", "2.A", "2.B"]);
    assert_eq!(said(steps[2]), "Tighten it.");
    let mk2 = Variant::from([("model".to_owned(), "Mk 2".to_owned())]);
    let shown: Vec<String> =
        steps.iter().filter(|step| step.applicability.applies(&mk2) == Applies::Yes).map(|step| said(step)).collect();
    assert_eq!(shown, ["Keep it dry.", "Tighten it.", "To 22 N·m."]);
    assert!(
        passages(&publication)
            .iter()
            .all(|passage| !passage.text.contains("18 N·m") || passage.applicability != Applicability::Always)
    );
}

#[test]
fn applicability_that_points_nowhere_holds_for_nobody() {
    let content = procedure("<proceduralStep applicRefId='missing'><para>Turn.</para></proceduralStep>");
    let (publication, faults) = read(&[module("921", "001", &content)]);
    let step = steps(&publication, "921")[0];
    assert!(matches!(step.applicability.applies(&Variant::new()), Applies::Unknown { .. }));
    assert!(faults.iter().any(|fault| fault.message.contains("`missing` is not defined")));
}

#[test]
fn warnings_by_id_come_with_their_text_from_the_repository() {
    let repository = "<commonRepository><warningRepository><warningSpec><warningIdent id='w1' warningIdentNumber='warning-1'/>\
        <warningAndCautionPara>Fuel burns.</warningAndCautionPara></warningSpec></warningRepository></commonRepository>";
    let content = format!(
        "<warningsAndCautionsRef><warningRef id='w001' warningIdentNumber='warning-1'>{0}</warningRef>\
         <warningRef id='w002' warningIdentNumber='warning-9'>{0}</warningRef></warningsAndCautionsRef><procedure>\
         <preliminaryRqmts><reqSafety><safetyRqmts warningRefs='w001'><note><notePara>Take your time.</notePara></note></safetyRqmts></reqSafety></preliminaryRqmts>\
         <mainProcedure><proceduralStep warningRefs='w001 w002'><caution><warningAndCautionPara>Do not spill.</warningAndCautionPara></caution>\
         <para>Drain it.</para></proceduralStep></mainProcedure></procedure>",
        reference("012")
    );
    let (publication, faults) = read(&[module("012", "001", repository), module("221", "001", &content)]);
    let setup = &publication.work_package(&id("221")).expect("it").setup;
    let words: Vec<String> = setup.alerts.iter().map(|alert| alert.text[0].plain()).collect();
    assert_eq!(words, ["Fuel burns.", "Take your time."]);
    assert_eq!(setup.alerts[0].at.work_package, id("012"), "it is cited where its text stands");
    let step = steps(&publication, "221")[0];
    assert_eq!(
        step.alerts.iter().map(|alert| alert.text[0].plain()).collect::<Vec<_>>(),
        ["Fuel burns.", "Do not spill."]
    );
    assert_eq!(said(step), "Drain it.", "an alert is never part of the step's text");
    assert!(faults.iter().any(|fault| fault.message.contains("`w002` has no text")));
}

#[test]
fn lockout_steps_are_marked_with_all_under_them() {
    let content = format!(
        "<controlAuthorityGroup><controlAuthority id='c1' controlAuthorityType='cat51' controlAuthorityValue='LOCKOUT'>\
         <controlAuthorityText><simplePara>Do not omit.</simplePara></controlAuthorityText></controlAuthority>\
         <controlAuthority id='c2' controlAuthorityType='cat01'><controlAuthorityText><simplePara>Inspector signs.</simplePara></controlAuthorityText></controlAuthority>\
         </controlAuthorityGroup>{}",
        procedure(
            "<proceduralStep controlAuthorityRefs='c1'><para>Lock it.</para><proceduralStep><para>Hang the tag.</para></proceduralStep></proceduralStep>\
             <proceduralStep controlAuthorityRefs='c2'><para>Sign.</para></proceduralStep>"
        )
    );
    let (publication, _) = read(&[module("560", "001", &content)]);
    assert_eq!(steps(&publication, "560").iter().map(|step| step.lockout).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn lists_and_tables_keep_their_words() {
    let content = "<description><levelledPara><title>Parts</title><para>It has:<randomList><listItem><para>a cap;</para></listItem>\
        <listItem><para>a cup</para></listItem></randomList></para><table><title>Sizes</title><tgroup cols='2'><colspec colname='a'/><colspec colname='b'/>\
        <thead><row><entry colname='a'><para>Part</para></entry><entry colname='b'><para>Size</para></entry></row></thead>\
        <tbody><row><entry morerows='1'><para>Cap</para></entry><entry><para>1</para></entry></row><row><entry><para>2</para></entry></row></tbody></tgroup></table></levelledPara></description>";
    let (publication, faults) = read(&[module("040", "001", content)]);
    assert!(faults.is_empty(), "{faults:?}");
    let all = passages(&publication);
    let texts: Vec<(&str, &str)> =
        all.iter().map(|passage| (passage.at.element.as_str(), passage.text.as_str())).collect();
    assert_eq!(
        texts,
        [
            ("para 1", "It has: a cap; a cup"),
            ("table 1 row 1", "Part: Cap; Size: 1"),
            ("table 1 row 2", "Part: Cap; Size: 2")
        ]
    );
    assert_eq!(all[1].headings, ["Parts", "Sizes"]);
}

#[test]
fn dropped_words_are_an_error() {
    let content = "<faultIsolation><faultIsolationProcedure><faultDescr><descr>Dead</descr></faultDescr><isolationProcedure>\
        <isolationMainProcedure><oddity>These words have no place</oddity><isolationProcedureEnd id='e'><action>Stop.</action></isolationProcedureEnd>\
        </isolationMainProcedure></isolationProcedure></faultIsolationProcedure></faultIsolation>";
    let (_, faults) = read(&[module("420", "001", content)]);
    let fault = faults.iter().find(|fault| fault.severity == Severity::Error).expect("an error");
    assert!(fault.message.starts_with("5 words dropped") && fault.line == 11, "{fault:?}");
}

#[test]
fn a_fault_graph_has_its_answers_and_its_dead_ends_are_found() {
    let content = format!(
        "<faultIsolation><faultIsolationProcedure><faultDescr><descr>No start</descr></faultDescr><isolationProcedure><isolationMainProcedure>\
         <isolationStep id='n1'><action>Look.</action><isolationStepQuestion>Is it on?</isolationStepQuestion><isolationStepAnswer><yesNoAnswer>\
         <yesAnswer nextActionRefId='n2'/><noAnswer nextActionRefId='n9'/></yesNoAnswer></isolationStepAnswer></isolationStep>\
         <isolationProcedureEnd id='n2'><action>Do {}.</action></isolationProcedureEnd>\
         </isolationMainProcedure></isolationProcedure></faultIsolationProcedure></faultIsolation>",
        reference("921")
    );
    let step = procedure("<proceduralStep><para>Turn.</para></proceduralStep>");
    let (publication, faults) = read(&[module("420", "001", &content), module("921", "001", &step)]);
    let Body::FaultIsolation(graph) = &publication.work_package(&id("420")).expect("it").body else {
        panic!("not a graph")
    };
    let (question, answers) = graph.nodes[0].question.as_ref().expect("a question");
    assert_eq!(question.plain(), "Is it on?");
    assert_eq!(answers[0].next, fieldwright_guide::manual::Next::Node("n2".to_owned()));
    assert_eq!(graph.nodes[1].corrective, [id("921")]);
    assert!(faults.iter().any(|fault| fault.message.contains("leads to `n9`")));
}

#[test]
fn what_holds_for_every_product_is_asked_of_nobody() {
    let act = "<applicCrossRefTable><productAttributeList><productAttribute id='model'><name>Model</name>\
        <enumeration applicPropertyValues='Mk 1|Mk 2'/></productAttribute></productAttributeList></applicCrossRefTable>";
    let both = "<referencedApplicGroup><applic id='b'><evaluate andOr='or'>\
        <assert applicPropertyIdent='model' applicPropertyType='prodattr' applicPropertyValues='Mk 1'/>\
        <assert applicPropertyIdent='model' applicPropertyType='prodattr' applicPropertyValues='Mk 2'/></evaluate></applic></referencedApplicGroup>";
    let content = format!("{both}{}", procedure("<proceduralStep applicRefId='b'><para>Turn.</para></proceduralStep>"));
    let (publication, _) = read(&[module("00W", "001", act), module("921", "001", &content)]);
    assert_eq!(steps(&publication, "921")[0].applicability, Applicability::Always);
    assert_eq!(publication.properties[0].values, ["Mk 1", "Mk 2"]);
}
