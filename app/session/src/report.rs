//! What a run leaves behind: JSON lines for programs, a page with a film strip for people, JUnit for CI.
//! Must not know who rendered the pictures.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{aloud::SaidAloud, checks::Verdict, player::Player, registration::RegistrationSummary};

/// One scenario's outcome: the public JSON of `fieldwright run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioReport {
    /// File stem of the scenario.
    pub scenario: String,
    /// What it shows, for people.
    pub title: String,
    /// True when every check held.
    pub passed: bool,
    /// Every check.
    pub checks: Vec<Verdict>,
    /// Registration over the run.
    pub registration: RegistrationSummary,
    /// Latencies of the first question.
    pub latency_ms: LatencyMs,
    /// Main-loop cost outside rendering.
    pub main_loop: MainLoop,
    /// The model that was installed, if any.
    pub model: Option<String>,
    /// Seconds the run took on the wall.
    pub seconds: f64,
    /// Seconds that passed in the scenario.
    pub virtual_seconds: f64,
    /// Pictures, in order: path relative to the report's folder, and caption.
    pub pictures: Vec<Picture>,
    /// What was said aloud, and what was heard of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aloud: Vec<SaidAloud>,
}

/// Milliseconds that the user waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyMs {
    /// From the words to the passage.
    pub question_to_passage: Option<f64>,
    /// From the words to the first overlay.
    pub question_to_overlay: Option<f64>,
}

/// CPU time of the main loop outside rendering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MainLoop {
    /// Frames measured.
    pub frames: usize,
    /// Median, milliseconds.
    pub p50_ms: Option<f32>,
    /// 99th percentile, milliseconds.
    pub p99_ms: Option<f32>,
    /// 99th percentile over the frames in which the model was busy, milliseconds.
    pub p99_model_busy_ms: Option<f32>,
}

/// A picture of the film strip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Path relative to the report's folder.
    pub file: String,
    /// Words under it.
    pub caption: String,
    /// When, seconds of the scenario.
    pub at_s: f64,
}

impl ScenarioReport {
    /// Gathers what a finished player knows.
    pub fn of(player: &Player, stem: &str, extra: RunFacts) -> Self {
        let mut checks = player.verdicts().to_vec();
        checks.extend(player.registration().verdicts());
        if !player.finished() {
            checks.push(Verdict {
                name: "played to its end".to_owned(),
                passed: false,
                expected: "every beat played".to_owned(),
                actual: format!("stopped after {:.0} s", extra.virtual_seconds),
            });
        }
        let latency = player.latency();
        Self {
            scenario: stem.to_owned(),
            title: player.scenario().title.clone(),
            passed: checks.iter().all(|c| c.passed),
            checks,
            registration: player.registration().summary(),
            latency_ms: LatencyMs {
                question_to_passage: latency.question_to_passage,
                question_to_overlay: latency.question_to_overlay,
            },
            main_loop: extra.main_loop,
            model: extra.model,
            seconds: extra.seconds,
            virtual_seconds: extra.virtual_seconds,
            pictures: extra.pictures,
            aloud: player.said_aloud().0.to_vec(),
        }
    }
}

impl ScenarioReport {
    /// Adds checks that somebody else has made.
    pub fn add(&mut self, checks: Vec<Verdict>) {
        self.checks.extend(checks);
        self.passed = self.checks.iter().all(|check| check.passed);
    }
}

/// What the renderer adds.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// Seconds on the wall.
    pub seconds: f64,
    /// Seconds of the scenario.
    pub virtual_seconds: f64,
    /// Film strip.
    pub pictures: Vec<Picture>,
    /// Main-loop cost.
    pub main_loop: MainLoop,
    /// Installed model.
    pub model: Option<String>,
}

/// Writes `index.html`, `report.json` and `junit.xml` into `dir`, which exists; gives the page's path.
///
/// # Errors
/// When a file cannot be written.
pub fn write(dir: &Path, reports: &[ScenarioReport]) -> io::Result<PathBuf> {
    fs::write(dir.join("report.json"), serde_json::to_string_pretty(reports).map_err(io::Error::other)?)?;
    fs::write(dir.join("junit.xml"), junit(reports))?;
    let page = dir.join("index.html");
    fs::write(&page, html(reports))?;
    Ok(page)
}

fn junit(reports: &[ScenarioReport]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for report in reports {
        let failures = report.checks.iter().filter(|c| !c.passed).count();
        write_to(
            &mut xml,
            format_args!(
                "<testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" time=\"{:.3}\">\n",
                escape(&report.scenario),
                report.checks.len(),
                report.seconds
            ),
        );
        for check in &report.checks {
            write_to(
                &mut xml,
                format_args!("<testcase classname=\"{}\" name=\"{}\">", escape(&report.scenario), escape(&check.name)),
            );
            if !check.passed {
                write_to(
                    &mut xml,
                    format_args!(
                        "<failure message=\"expected {}, found {}\"/>",
                        escape(&check.expected),
                        escape(&check.actual)
                    ),
                );
            }
            xml.push_str("</testcase>\n");
        }
        xml.push_str("</testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

const STYLE: &str = "
:root{color-scheme:dark;--bg:#12171a;--plate:#1b2226;--line:#2c363b;--text:#e8eef0;--soft:#9fb0b6;--guide:#4cc9f0;--good:#5fd38a;--bad:#ff4b3e}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 'B612',system-ui,sans-serif}
main{max-width:1240px;margin:0 auto;padding:32px 24px 64px}h1{font-size:28px;margin:0 0 4px}h2{font-size:20px;margin:48px 0 4px}
p.soft{color:var(--soft);margin:0 0 20px}table{border-collapse:collapse;width:100%;background:var(--plate);border-radius:8px;overflow:hidden}
th,td{text-align:left;padding:8px 12px;border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--soft);font-weight:400}td.num{font-variant-numeric:tabular-nums;white-space:nowrap}
.ok{color:var(--good)}.no{color:var(--bad);font-weight:700}a{color:var(--guide)}
.strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(360px,1fr));gap:16px;margin:16px 0}
figure{margin:0;background:var(--plate);border:1px solid var(--line);border-radius:8px;overflow:hidden}figure img{display:block;width:100%;height:auto}
figcaption{padding:8px 12px;color:var(--soft);font-size:14px}figcaption b{color:var(--text);font-weight:400}
details{margin:12px 0}summary{cursor:pointer;color:var(--soft)}td.words{max-width:420px;overflow-wrap:anywhere;font-size:14px}
";

fn html(reports: &[ScenarioReport]) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Fieldwright repair report</title><style>{STYLE}</style><main><h1>Repair report</h1>"
    );
    let passed = reports.iter().filter(|r| r.passed).count();
    write_to(
        &mut page,
        format_args!(
            "<p class=\"soft\">{passed} of {} scenarios passed. SIMULATION: rendered camera, simulated equipment.</p>",
            reports.len()
        ),
    );
    page.push_str("<table><tr><th>Scenario</th><th>Result</th><th>Checks</th><th>Registration, median / 95 %</th><th>While covered</th><th>Question to passage / overlay</th><th>Model</th></tr>");
    for report in reports {
        let held = report.checks.iter().filter(|c| c.passed).count();
        let r = report.registration;
        write_to(
            &mut page,
            format_args!(
                "<tr><td><a href=\"#{id}\">{title}</a></td><td>{result}</td><td class=\"num\">{held} of {all}</td>\
             <td class=\"num\">{} / {} mm<br>{} / {} °</td><td class=\"num\">{} mm</td><td class=\"num\">{} / {} ms</td><td>{model}</td></tr>",
                figure(r.median_mm),
                figure(r.p95_mm),
                figure(r.median_deg),
                figure(r.p95_deg),
                figure(r.max_occluded_mm),
                figure(report.latency_ms.question_to_passage.map(|v| v as f32)),
                figure(report.latency_ms.question_to_overlay.map(|v| v as f32)),
                id = escape(&report.scenario),
                title = escape(&report.title),
                all = report.checks.len(),
                result =
                    if report.passed { "<span class=\"ok\">passed</span>" } else { "<span class=\"no\">failed</span>" },
                model = escape(report.model.as_deref().unwrap_or("none")),
            ),
        );
    }
    page.push_str("</table>");
    for report in reports {
        section(&mut page, report);
    }
    page.push_str("</main></html>\n");
    page
}

fn section(page: &mut String, report: &ScenarioReport) {
    write_to(
        page,
        format_args!(
            "<h2 id=\"{}\">{}</h2><p class=\"soft\">{} s played in {:.0} s; {} frames with good tracking; main loop outside rendering 99 %: {} ms</p><div class=\"strip\">",
            escape(&report.scenario),
            escape(&report.title),
            report.virtual_seconds.round(),
            report.seconds,
            report.registration.frames,
            figure(report.main_loop.p99_ms),
        ),
    );
    for picture in &report.pictures {
        write_to(
            page,
            format_args!(
                "<figure><a href=\"{file}\"><img loading=\"lazy\" src=\"{file}\" alt=\"{caption}\"></a><figcaption>{at:.1} s <b>{caption}</b></figcaption></figure>",
                file = escape(&picture.file),
                caption = escape(&picture.caption),
                at = picture.at_s,
            ),
        );
    }
    let open = if report.passed { "" } else { " open" };
    write_to(
        page,
        format_args!(
            "</div><details{open}><summary>{} checks</summary><table><tr><th></th><th>Check</th><th>Expected</th><th>Found</th></tr>",
            report.checks.len()
        ),
    );
    for check in &report.checks {
        let mark = if check.passed { "<span class=\"ok\">✓</span>" } else { "<span class=\"no\">✗</span>" };
        write_to(
            page,
            format_args!(
                "<tr><td>{mark}</td><td>{}</td><td class=\"words\">{}</td><td class=\"words\">{}</td></tr>",
                escape(&check.name),
                escape(&check.expected),
                escape(&check.actual)
            ),
        );
    }
    page.push_str("</table></details>");
    if !report.aloud.is_empty() {
        aloud(page, report);
    }
}

/// What was said and what was heard of it, a row for each utterance.
fn aloud(page: &mut String, report: &ScenarioReport) {
    write_to(
        page,
        format_args!(
            "<details><summary>{} utterances aloud</summary><table><tr><th>Said</th><th>Heard</th></tr>",
            report.aloud.len()
        ),
    );
    for one in &report.aloud {
        let heard = if one.heard.is_empty() { "–".to_owned() } else { one.heard.join(" / ") };
        write_to(
            page,
            format_args!(
                "<tr><td class=\"words\">{}</td><td class=\"words\">{}</td></tr>",
                escape(&one.said),
                escape(&heard)
            ),
        );
    }
    page.push_str("</table></details>");
}

fn figure(value: Option<f32>) -> String {
    value.map_or_else(|| "–".to_owned(), |v| if v.abs() < 10.0 { format!("{v:.2}") } else { format!("{v:.0}") })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn write_to(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a String takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> ScenarioReport {
        ScenarioReport {
            scenario: "a".into(),
            title: "A <b>".into(),
            passed: false,
            checks: vec![Verdict { name: "n".into(), passed: false, expected: "\"x\"".into(), actual: "<y>".into() }],
            registration: RegistrationSummary {
                frames: 3,
                median_mm: Some(0.5),
                p95_mm: None,
                median_deg: None,
                p95_deg: None,
                max_occluded_mm: None,
            },
            latency_ms: LatencyMs::default(),
            main_loop: MainLoop::default(),
            model: None,
            seconds: 1.0,
            virtual_seconds: 2.0,
            pictures: vec![Picture { file: "a/01.jpg".into(), caption: "c".into(), at_s: 0.1 }],
            aloud: vec![SaidAloud { said: "next".into(), heard: vec!["text".into(), "<hm>".into()] }],
        }
    }

    #[test]
    fn the_public_json_has_its_fields() {
        let json = serde_json::to_value(report()).unwrap();
        for field in ["scenario", "passed", "checks", "registration", "latency_ms", "seconds"] {
            assert!(json.get(field).is_some(), "{field}");
        }
        for field in ["frames", "median_mm", "p95_mm", "median_deg", "p95_deg", "max_occluded_mm"] {
            assert!(json["registration"].get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn words_are_escaped() {
        let dir = tempfile::tempdir().unwrap();
        let page = fs::read_to_string(write(dir.path(), &[report()]).unwrap()).unwrap();
        assert!(page.contains("A &lt;b&gt;") && page.contains("&lt;y&gt;") && page.contains("a/01.jpg"));
        assert!(page.contains("text / &lt;hm&gt;"), "{page}");
        let junit = fs::read_to_string(dir.path().join("junit.xml")).unwrap();
        assert!(junit.contains("expected &quot;x&quot;, found &lt;y&gt;"), "{junit}");
    }
}
