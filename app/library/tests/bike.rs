//! The official Bike sample set against what a correct import gives. The set is not part of the project: without it
//! the test says so and does nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fieldwright_guide::passage::Passage;
use fieldwright_library::{
    passages::passages,
    report::{ImportReport, dump, expression},
    s1000d::read_publication,
};
use serde_json::Value;

/// The conventions of the gold for reading text: white space collapsed, none before , . ; : ) nor after an opening bracket.
fn normal(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() && !out.ends_with('(') && !word.starts_with([',', '.', ';', ':', ')']) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Differences found, and how many things were compared.
#[derive(Default)]
struct Score {
    compared: usize,
    wrong: Vec<String>,
}

impl Score {
    fn same(&mut self, what: &str, got: &str, want: &str) {
        self.compared += 1;
        let (got, want) = (normal(got), normal(want));
        if got != want {
            self.wrong.push(format!("{what}\n   got: {got}\n  want: {want}"));
        }
    }

    fn holds(&mut self, what: &str, got: &str, want: &str) {
        self.compared += 1;
        let squeeze = |text: &str| normal(text).replace("; ", " ").replace(": ", " ").to_lowercase();
        if !squeeze(got).contains(squeeze(want).trim_end_matches(['.', ':'])) {
            self.wrong.push(format!(
                "{what}\n  want: {want}\n    in: {}",
                normal(got).chars().take(2000).collect::<String>()
            ));
        }
    }
}

fn compare(score: &mut Score, gold: &Value, got: &Value) {
    let id = text(got, "id");
    for key in ["title", "issue"] {
        score.same(&format!("{id} {key}"), text(got, key), text(gold, key));
    }
    score.same(&format!("{id} date"), text(got, "date"), text(gold, "issue_date"));
    score.same(&format!("{id} issueType"), text(got, "issue_type"), text(gold, "issueType"));
    // The gold counts figures only; here an animation is a figure too.
    let shown: Vec<String> =
        list(got, "figures").iter().map(|f| format!("{} {:?}", text(f, "title"), f["sheets"])).collect();
    for figure in list(gold, "figures") {
        score.holds(
            &format!("{id} figure"),
            &shown.join("\n"),
            &format!("{} {:?}", text(figure, "title"), figure["icn"]),
        );
    }
    let expression = text(&gold["applicability"], "expression");
    if !expression.is_empty() {
        // The brake's table declares `model` and `serialno` anew: here they carry its code, and its spelling.
        let stated = text(got, "applicability_text").replace("BRAKE.", "");
        score.same(&format!("{id} applicability"), &stated, &expression.replace("serialNo", "serialno"));
    }
    if let Some(procedure) = gold.get("procedure") {
        compare_setup(score, id, procedure, got);
        compare_alerts(score, id, procedure, got);
        let (want, have) = (list(procedure, "steps"), list(got, "steps"));
        score.same(&format!("{id} steps"), &have.len().to_string(), &want.len().to_string());
        for (want, have) in want.iter().zip(have) {
            let what = format!("{id} step {}", text(want, "number"));
            score.same(&format!("{what} number"), text(have, "number"), text(want, "number"));
            score.same(&format!("{what} text"), text(have, "text"), text(want, "text"));
            score.same(&format!("{what} title"), text(have, "title"), text(want, "title"));
            score.same(&format!("{what} leaf"), &have["leaf"].to_string(), &want["leaf"].to_string());
            score.same(&format!("{what} depth"), &have["depth"].to_string(), &want["depth"].to_string());
        }
    }
    for procedure in list(gold, "fault_isolation") {
        compare_setup(score, id, procedure, got);
        let have = &got["fault_isolation"];
        score.same(&format!("{id} start"), text(have, "start"), text(procedure, "start"));
        for (want, have) in list(procedure, "nodes").iter().zip(list(have, "nodes")) {
            for key in ["id", "action", "question"] {
                score.same(&format!("{id} node {key}"), text(have, key), text(want, key));
            }
            let answers = |node: &Value| {
                list(node, "answers")
                    .iter()
                    .map(|a| format!("{}>{}", text(a, "answer"), text(a, "next")))
                    .collect::<Vec<_>>()
                    .join("|")
            };
            score.same(&format!("{id} answers"), &answers(have), &answers(want));
        }
    }
    let whole = words(got);
    for block in list(gold, "blocks") {
        if !text(block, "text").is_empty() {
            score.holds(&format!("{id} block"), &whole, text(block, "text"));
        }
        for heading in list(block, "path") {
            score.holds(
                &format!("{id} heading"),
                &whole,
                heading.as_str().unwrap_or_default().trim_start_matches("table: "),
            );
        }
    }
    for entry in list(gold, "repository") {
        for key in ["name", "shortName", "function", "text", "toolNumber", "partNumber"] {
            if !text(entry, key).is_empty() {
                score.holds(&format!("{id} repository {key}"), &whole, text(entry, key));
            }
        }
    }
    for field in list(gold, "fields") {
        score.holds(&format!("{id} field"), &whole, text(field, "descr"));
    }
    if let Some(rows) = gold.pointer("/ipd/rows").and_then(Value::as_array) {
        let have = list(got, "parts");
        score.same(&format!("{id} rows"), &have.len().to_string(), &rows.len().to_string());
        for (want, have) in rows.iter().zip(have) {
            score.same(
                &format!("{id} row"),
                text(have, "figure_item"),
                &format!("{} / {}", text(want, "figure"), text(want, "item")),
            );
            score.same(&format!("{id} row number"), text(have, "part_number"), text(want, "partNumber"));
            score.same(&format!("{id} row name"), text(have, "name"), text(want, "name"));
            score.same(&format!("{id} row quantity"), text(have, "quantity"), text(want, "quantity"));
            score.same(&format!("{id} row manufacturer"), text(have, "manufacturer"), text(want, "manufacturerCode"));
        }
    }
    if let Some(process) = gold.get("process") {
        for step in list(process, "steps") {
            score.holds(&format!("{id} process step"), &whole, text(step, "text"));
        }
        for prompt in list(process, "prompts") {
            score.holds(&format!("{id} prompt"), &whole, prompt.as_str().unwrap_or_default());
        }
    }
}

fn compare_setup(score: &mut Score, id: &str, gold: &Value, got: &Value) {
    let setup = &got["setup"];
    for (kind, key) in [("tool", "tools"), ("supply", "supplies"), ("spare", "spares")] {
        let have: Vec<&Value> = list(setup, "resources").iter().filter(|r| text(r, "kind") == kind).collect();
        let want = list(gold, key);
        score.same(&format!("{id} {key}"), &have.len().to_string(), &want.len().to_string());
        for (want, have) in want.iter().zip(have) {
            let quantity = format!("{} {}", text(want, "quantity"), text(want, "unit"));
            score.same(&format!("{id} {kind} name"), text(have, "name"), text(want, "name"));
            // Where a row has a reference by number only, the gold leaves the part number out.
            if !text(want, "partNumber").is_empty() {
                score.same(&format!("{id} {kind} number"), text(have, "number"), text(want, "partNumber"));
            }
            score.same(
                &format!("{id} {kind} manufacturer"),
                text(have, "manufacturer"),
                text(want, "manufacturerCode"),
            );
            score.same(&format!("{id} {kind} quantity"), text(have, "quantity"), quantity.trim());
            if !text(want, "id").is_empty() {
                score.same(&format!("{id} {kind} id"), text(have, "id"), text(want, "id"));
            }
        }
    }
    let conditions = |value: &Value, key: &str| {
        list(value, key).iter().map(|c| text(c, "text").to_owned()).collect::<Vec<_>>().join("|")
    };
    score.same(&format!("{id} conditions"), &conditions(setup, "conditions"), &conditions(gold, "required_conditions"));
    // Here a condition also names the publication that it leads to.
    score.holds(&format!("{id} close-up"), &conditions(got, "close_up"), &conditions(gold, "close_requirements"));
    let persons = list(setup, "persons");
    score.same(&format!("{id} persons"), &persons.len().to_string(), &list(gold, "persons").len().to_string());
    for (want, have) in list(gold, "persons").iter().zip(persons) {
        let have = have.as_str().unwrap_or_default();
        for want in
            [text(want, "trade"), text(want, "category"), text(want, "skillLevel"), text(&want["estimatedTime"], "raw")]
        {
            score.holds(&format!("{id} person"), have, want);
        }
    }
    for title in list(gold, "tech_info") {
        score.holds(&format!("{id} technical information"), &setup["more"].to_string(), text(title, "title"));
    }
}

fn compare_alerts(score: &mut Score, id: &str, gold: &Value, got: &Value) {
    let want: Vec<String> = list(gold, "warnings_cautions_notes")
        .iter()
        .map(|alert| {
            let scope = if text(alert, "scope") == "safetyRqmts" { "procedure" } else { text(alert, "scope") };
            format!("{} {scope} {}", text(alert, "kind"), text(alert, "text"))
        })
        .collect();
    let have: Vec<String> = list(got, "alerts")
        .iter()
        .map(|alert| format!("{} {} {}", text(alert, "kind"), text(alert, "scope"), text(alert, "text")))
        .collect();
    let sorted = |mut list: Vec<String>| {
        list.sort();
        list.join("\n")
    };
    score.same(&format!("{id} alerts"), &sorted(have), &sorted(want));
}

/// Every shown string of a dumped work package.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text} \n"),
        Value::Array(parts) => parts.iter().map(words).collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "at" | "applicability"))
            .map(|(_, field)| words(field))
            .collect(),
        _ => String::new(),
    }
}

/// The folder of the set, beside the repository or one above.
fn data() -> PathBuf {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if near.exists() { near } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data") }
}

#[test]
fn agrees_with_the_gold() {
    let data = data();
    let Ok(gold) = fs::read_to_string(data.join("bike-import-gold.json")) else {
        println!("skipped: the Bike sample set is not on this machine");
        return;
    };
    let gold: Value = serde_json::from_str(&gold).expect("the gold is JSON");
    let (publication, faults) = read_publication(&data.join("s1000d-bike")).expect("the Bike set reads");
    for fault in &faults {
        println!("{:?} {}:{}: {}", fault.severity, fault.file, fault.line, fault.message);
    }
    let report = ImportReport::new(&publication, &faults, 0.0);
    println!("{}", report.summary().lines().take(2).collect::<Vec<_>>().join("\n"));
    let dump = dump(&publication, &faults);
    let mut score = Score::default();
    let have = list(&dump, "work_packages");
    score.same("work packages", &have.len().to_string(), &list(&gold, "modules").len().to_string());
    score.same("steps", &report.steps.to_string(), &gold["totals"]["proceduralStep_in_procedures"].to_string());
    for module in list(&gold, "modules") {
        let id = text(module, "dmc").trim_start_matches("DMC-").to_owned();
        let id = match module.get("learnCode").and_then(Value::as_str) {
            Some(learn) if !id.ends_with(learn) => format!("{id}-{learn}"),
            _ => id,
        };
        match have.iter().find(|package| text(package, "id") == id) {
            Some(package) => compare(&mut score, module, package),
            None => score.wrong.push(format!("{id} is missing")),
        }
    }
    let share = 1.0 - score.wrong.len() as f64 / score.compared as f64;
    println!("{} compared, {} wrong, {share:.4}", score.compared, score.wrong.len());
    for wrong in &score.wrong {
        println!("- {wrong}");
    }
    assert!(share > 0.999, "only {share:.4} of {} agree", score.compared);
}

/// Every quote that answers a question about the set stands in one passage of its module, and so do the warnings asked for.
#[test]
fn every_quote_is_in_a_passage() {
    let data = data();
    let Ok(questions) = fs::read_to_string(data.join("bike-questions.jsonl")) else {
        println!("skipped: the Bike sample set is not on this machine");
        return;
    };
    let (publication, _) = read_publication(&data.join("s1000d-bike")).expect("the Bike set reads");
    let all = passages(&publication);
    let squeeze = |text: &str| {
        let words: Vec<String> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        words.join(" ")
    };
    let (mut quotes, mut missing) = (0, Vec::new());
    for line in questions.lines().filter(|line| !line.trim().is_empty()) {
        let question: Value = serde_json::from_str(line).expect("a question is JSON");
        for gold in list(&question, "gold") {
            // Every product of the set is a mountain bicycle: that is told to nobody.
            let (dmc, quote) =
                (text(gold, "dmc"), squeeze(&text(gold, "quote").replace("Mountain bicycle Brook", "Brook")));
            quotes += 1;
            let of = || all.iter().filter(|passage| passage.at.work_package == dmc);
            // Quotes of data (a parts row, a task) are its words in the gold's own order, with whom it concerns.
            let holds = |passage: &Passage| {
                let held = squeeze(&format!("{} {}", passage.text, expression(&passage.applicability)));
                held.contains(&quote) || quote.split(' ').all(|word| held.split(' ').any(|other| other == word))
            };
            if !of().any(holds) {
                missing.push(format!(
                    "{} {dmc} {} {}",
                    text(&question, "id"),
                    text(gold, "element"),
                    text(gold, "quote")
                ));
            }
        }
    }
    println!("{quotes} quotes, {} in no passage\n{}", missing.len(), missing.join("\n"));
    assert!(quotes > 0 && missing.is_empty(), "{}", missing.join("\n"));
}
