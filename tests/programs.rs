//! The programs as a user meets them: what they print, and that bad input ends in one clear message. Needs the folder that
//! `cargo xtask build` prints, in FIELDWRIGHT_BIN; without it each test says so and is skipped.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use fieldwright_scenarios::root;
use fieldwright_session::sounds::{Surroundings, Words, sound};
use fieldwright_voice::{
    noise::{NoiseKind, noise},
    wav::{self, RATE_HZ},
};
use hound::{SampleFormat, WavSpec, WavWriter};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The programs, and folders of their own for what they keep.
struct Machine {
    bin: PathBuf,
    folder: TempDir,
}

/// What a program said and how it ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Machine {
    fn new() -> Option<Self> {
        let Some(bin) = std::env::var_os("FIELDWRIGHT_BIN") else {
            eprintln!("skipped: FIELDWRIGHT_BIN is not set; `cargo xtask build` prints the folder to set it to");
            return None;
        };
        Some(Self { bin: bin.into(), folder: TempDir::new().unwrap() })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn models(&self) -> PathBuf {
        self.path("data/fieldwright/models")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.bin.join("fieldwright"));
        command
            .args(arguments)
            .current_dir(root())
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("WGPU_BACKEND", "vulkan")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }
}

fn ended(output: Output) -> Ended {
    let end = Ended {
        // Ended by a signal is an abort, which no input may cause.
        code: output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}")),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!end.err.contains("panicked at"), "{}", end.err);
    end
}

impl Ended {
    /// It failed with one message that says this, and with a hint.
    fn refused(&self, words: &[&str]) {
        assert_eq!(self.code, 1, "{}{}", self.out, self.err);
        assert_eq!(self.err.matches("error: ").count(), 1, "{}", self.err);
        assert!(self.err.contains("\nhint: "), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "{word}: {}", self.err);
        }
    }

    /// It did its work; its lines of JSON.
    fn lines(&self) -> Vec<Value> {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn has(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "no `{field}` in {value}");
    }
}

/// The beginning of a GGUF file, and nothing more: what a download that broke off leaves.
fn cut_model() -> Vec<u8> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend(1_u64.to_le_bytes());
    bytes.extend(1_u64.to_le_bytes());
    let word = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    word(&mut bytes, "general.architecture");
    bytes.extend(8_u32.to_le_bytes());
    word(&mut bytes, "llama");
    word(&mut bytes, "token_embd.weight");
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(1024_u64.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    bytes
}

#[test]
fn malformed_manuals_are_refused_with_file_and_line() {
    let Some(it) = Machine::new() else { return };
    fs::create_dir(it.path("manual")).unwrap();
    fs::write(it.path("manual/DMC-BAD.XML"), "<dmodule>\n<broken").unwrap();
    let library = it.path("library");
    it.run(&["import", text(&it.path("manual")), "--library", text(&library)]).refused(&["DMC-BAD.XML:"]);
    assert!(!library.join("index").exists(), "nothing half made is left");
}

#[test]
fn import_reports_the_shipped_manual_and_ask_answers_from_it() {
    let Some(it) = Machine::new() else { return };
    let library = it.path("library");
    let lines = it.run(&["import", "manuals/fgs-5", "--library", text(&library), "--json"]).lines();
    has(
        &lines[0],
        &["publication", "title", "by_kind", "steps", "warnings", "cautions", "notes", "passages", "seconds"],
    );
    assert_eq!(lines[0]["format"], "s1000d");
    let question = "what is the torque of the fuel filter element";
    for (model, value) in [("Mk 1", "18 N·m (13 lb-ft)"), ("Mk 2", "22 N·m (16 lb-ft)")] {
        let property = format!("model={model}");
        let arguments = ["ask", question, "--library", text(&library), "--property", &property, "--json"];
        let answer = &it.run(&arguments).lines()[0];
        has(answer, &["id", "question", "support", "refusal", "variant_needed", "alerts", "timings_ms", "model"]);
        assert!(answer["answer"].as_str().unwrap().contains(value), "{answer}");
        let citation = &answer["citations"][0];
        has(citation, &["publication", "kind", "page", "paragraph", "element", "score"]);
        assert_eq!(citation["work_package"], "FGS5-A-28-21-00-00A-921A-A");
        assert!(citation["text"].as_str().unwrap().contains(value));
        assert!(answer["passages"].as_array().unwrap().len() >= 10);
    }
}

#[test]
fn a_damaged_or_missing_model_is_named_and_answers_go_on() {
    let Some(it) = Machine::new() else { return };
    let cut = it.path("cut.gguf");
    fs::write(&cut, cut_model()).unwrap();
    it.run(&["models", "add", text(&cut)]).refused(&["cut.gguf", "damaged"]);
    it.run(&["models", "add", "/nowhere/model.gguf"]).refused(&["/nowhere/model.gguf", "smollm2-135m"]);

    let question = ["ask", "how many liters of oil does the engine take", "--json"];
    let without = it.run(&question);
    assert!(without.err.contains("no model is installed"), "{}", without.err);
    assert_eq!(without.lines()[0]["model"], Value::Null);

    fs::create_dir_all(it.models()).unwrap();
    fs::copy(&cut, it.models().join("cut.gguf")).unwrap();
    let lines = it.run(&["models", "--json"]).lines();
    let listed = lines.iter().find(|line| line["model"] == "cut").unwrap();
    has(listed, &["model", "detail", "hint"]);
    assert_eq!(listed["status"], "broken");
    let damaged = it.run(&question);
    assert!(damaged.err.contains("`cut` is damaged"), "{}", damaged.err);
    assert_eq!(damaged.lines()[0]["answer"], without.lines()[0]["answer"]);
}

#[test]
fn broken_scenarios_are_refused_before_anything_is_drawn() {
    let Some(it) = Machine::new() else { return };
    let file = it.path("broken.ron");
    let scenario = |script: &str| {
        let text =
            format!("Scenario(\n    title: \"t\", equipment: \"fgs-5\", view: \"overview\",\n    script: [{script}])");
        fs::write(&file, text).unwrap();
    };
    scenario("Sey(\"x\")");
    it.run(&["run", text(&file)]).refused(&["broken.ron", "line 3", "Sey"]);
    scenario("Look(view: \"the-moon\", over: 1.0)");
    it.run(&["run", text(&file)]).refused(&["broken.ron", "the-moon", "overview"]);
    it.run(&["run", "/nowhere/at-all.ron"]).refused(&["/nowhere/at-all.ron"]);
}

#[test]
fn a_frame_of_one_pixel_holds_no_fiducial_and_a_wrong_calibration_is_refused() {
    let Some(it) = Machine::new() else { return };
    image::GrayImage::from_pixel(1, 1, image::Luma([128])).save(it.path("one.png")).unwrap();
    let camera = |size: u32| {
        let path = it.path(&format!("camera-{size}.json"));
        let words = format!(
            "{{\"width\":{size},\"height\":{size},\"fx\":1,\"fy\":1,\"cx\":0,\"cy\":0,\"distortion\":[0,0,0,0,0],\"tag_size_m\":0.1}}"
        );
        fs::write(&path, words).unwrap();
        path
    };
    let one = it.path("one.png");
    let line = &it.run(&["track", text(&one), "--camera", text(&camera(1)), "--json"]).lines()[0];
    has(line, &["image", "ms"]);
    assert_eq!(line["detections"], Value::Array(Vec::new()));
    it.run(&["track", text(&one), "--camera", text(&camera(640)), "--json"]).refused(&["one.png", "640x640"]);
    fs::write(it.path("two.png"), b"no picture").unwrap();
    it.run(&["track", text(&it.path("two.png")), "--camera", text(&camera(1)), "--json"]).refused(&["two.png"]);
}

#[test]
fn without_a_vulkan_driver_nothing_is_drawn_and_the_rest_works() {
    let Some(it) = Machine::new() else { return };
    let blind = |arguments: &[&str]| {
        let mut command = it.command(arguments);
        command.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent");
        ended(command.output().unwrap())
    };
    blind(&["run", "tests/repairs/other-equipment.ron"]).refused(&["no Vulkan driver"]);
    let items = blind(&["doctor", "--json"]).lines();
    for item in &items {
        has(item, &["item", "status", "detail", "hint"]);
        assert!(["ok", "missing", "broken"].contains(&item["status"].as_str().unwrap()), "{item}");
    }
    let drawing = items.iter().find(|item| item["item"] == "drawing").unwrap();
    assert_eq!(drawing["status"], "missing");
    assert!(!blind(&["ask", "how do I drain the water separator", "--json"]).lines().is_empty());
}

#[test]
fn wrong_usage_ends_with_2() {
    let Some(it) = Machine::new() else { return };
    for arguments in [&["bogus"][..], &["ask"], &["run"], &["track", "one.png"]] {
        let end = it.run(arguments);
        assert_eq!(end.code, 2, "{arguments:?}: {}", end.err);
        assert!(end.err.contains("Usage: fieldwright"), "{}", end.err);
    }
}

/// Says this in a running generator's noise, as far from it as 20 dB.
fn said(words: &str) -> Vec<f32> {
    let around = Surroundings {
        voice: "awb".to_owned(),
        noise: Some(NoiseKind::Generator),
        snr_db: 20.0,
        ..Surroundings::default()
    };
    sound(&Words::Text(words.to_owned()), &around).unwrap()
}

#[test]
fn recordings_are_heard_as_a_microphone_is() {
    let Some(it) = Machine::new() else { return };
    let two = [said("go back please"), said("where is the fuel filter")].concat();
    let forms = [("8k.wav", 8_000, 1), ("16k.wav", RATE_HZ, 1), ("48k-stereo.wav", 48_000, 2)];
    for (name, sample_rate, channels) in forms {
        let spec = WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut file = WavWriter::create(it.path(name), spec).unwrap();
        for sample in wav::resample(&two, RATE_HZ, sample_rate).unwrap() {
            (0..channels).for_each(|_| file.write_sample((sample * 32_000.0) as i16).unwrap());
        }
        file.finalize().unwrap();
    }
    let hum: Vec<f32> = noise(NoiseKind::Generator, 3, 8 * RATE_HZ as usize).iter().map(|one| one * 0.05).collect();
    wav::write(&it.path("noise.wav"), &hum, RATE_HZ).unwrap();
    let paths: Vec<PathBuf> = ["8k.wav", "16k.wav", "48k-stereo.wav", "noise.wav"].map(|name| it.path(name)).into();
    let mut arguments = vec!["transcribe", "--json"];
    arguments.extend(paths.iter().map(|path| text(path)));
    let lines = it.run(&arguments).lines();
    for (line, (name, rate_hz, channels)) in lines.iter().zip(forms) {
        has(line, &["file", "text", "words", "command", "asked_back", "log", "phrases", "audio_s", "ms", "clipped"]);
        assert_eq!((&line["rate_hz"], &line["channels"]), (&json!(rate_hz), &json!(channels)), "{line}");
        let utterances = line["utterances"].as_array().unwrap();
        assert_eq!(utterances.len(), 2, "{name}: {line}");
        let time = |index: usize, name: &str| utterances[index][name].as_f64().unwrap();
        // One second of surroundings stands before each, and somewhat less after it.
        assert!(time(0, "start_s") < 1.0 && time(0, "end_s") < time(1, "start_s") + 0.3, "{name}: {line}");
        assert!(utterances.iter().all(|one| one["text"].as_str().is_some_and(|text| !text.is_empty())), "{line}");
    }
    assert_eq!(lines[1]["utterances"][0]["command"]["name"], "back", "{}", lines[1]);
    assert_eq!(lines[3]["utterances"].as_array().map(Vec::len), Some(0), "{}", lines[3]);
    assert!(lines[3]["command"].is_null(), "{}", lines[3]);
}
