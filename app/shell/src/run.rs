//! `fieldwright-shell run`: plays scenarios without a window, on a virtual clock, and reports. One path with the window: the
//! same assistant, the same camera pixels, the same overlay. Must not know what a scenario expects.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bevy::math::UVec2;
use fieldwright_guide::{equipment::EquipmentPackage, event::Effect, time::Timestamp};
use fieldwright_session::{
    aloud::Aloud,
    assistant::{Assistant, Pace},
    checks::Verdict,
    head::{as_reported, as_seen},
    place::ProductFiles,
    player::{Player, Tempo},
    report::{MainLoop, Picture, RunFacts, ScenarioReport},
    scenario::{Beat, Scenario},
    sounds::{Surroundings, noise_named},
};

use crate::{
    cpu::ThreadCpu,
    eyes::{EyePair, Moment},
    looks::Looks,
    offscreen::{Offscreen, save},
    setup::{self, Models},
};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Scenario files
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,
    /// Folder for the report; without it no pictures are taken
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// One JSON object a scenario on standard output
    #[arg(long)]
    json: bool,
    /// Play as if no model were installed
    #[arg(long)]
    no_model: bool,
    /// In real time, as in the window: nothing waits for a worker, and two runs differ
    #[arg(long)]
    live: bool,
    /// Say everything aloud, presses and choices too: synthesized, in noise, through the speech model
    #[arg(long)]
    audio: bool,
    /// Whose voice says it: one of flite's or of espeak-ng's
    #[arg(long, value_name = "VOICE", default_value = "slt")]
    voice: String,
    /// In which noise: generator, fan, tools, none
    #[arg(long, value_name = "NOISE", default_value = "generator")]
    noise: String,
    /// By how many decibels speech is louder than the noise
    #[arg(long, value_name = "DB", default_value_t = 10.0, allow_negative_numbers = true)]
    snr: f32,
    /// Physically based materials and shadows in the pictures
    #[arg(long)]
    full: bool,
    /// Fail where a plate could not be read, or a button not pressed, in a headset
    #[arg(long)]
    legible: bool,
    /// Folder for what each picture shows, to be drawn again with `eyes`
    #[arg(long, value_name = "DIR", hide = true)]
    moments: Option<PathBuf>,
    /// Folder with Fieldwright's assets and manuals
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
}

/// Seconds between frames of a scripted run.
const FRAME_S: f64 = 0.2;
/// The camera gives a picture every so many frames: what costs most in a run is to draw what it sees.
const CAMERA_EVERY: usize = 2;
/// A scenario that has not ended by then is stopped and fails.
const LIMIT_S: f64 = 900.0;

/// Plays them all; exit code 1 when one fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let files = ProductFiles::find(args.files.as_deref())?;
    // Every file is read before anything heavy is started: a typo should not cost a minute.
    let mut scenarios = Vec::new();
    for path in &args.scenarios {
        let scenario = Scenario::read(path)?;
        let equipment = setup::read_equipment(&files, &scenario.equipment)?;
        scenario.check_against(path, &equipment)?;
        scenarios.push((path.clone(), scenario, Arc::new(equipment)));
    }
    if let Some(folder) = &args.report {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    crate::require_vulkan()?;
    let looks = if args.full { Looks::Full } else { Looks::Light };
    let models = if args.no_model { Models::None } else { Models::Installed };

    let mut reports = Vec::new();
    let mut renderer: Option<(String, Drawing)> = None;
    let all = scenarios.len();
    for (index, (path, scenario, equipment)) in scenarios.into_iter().enumerate() {
        let stem = path.file_stem().map_or_else(|| "scenario".to_owned(), |s| s.to_string_lossy().into_owned());
        progress(&format!("[{}/{all}] {}", index + 1, scenario.title));
        let player = Player::new(scenario, Arc::clone(&equipment), Tempo::Brisk);
        if renderer.as_ref().is_none_or(|(name, _)| *name != equipment.name) {
            let opened = Offscreen::open(&files, &equipment, player.world_from_equipment(), looks)?;
            renderer = Some((equipment.name.clone(), Drawing { offscreen: opened, eyes: None }));
        }
        let Some((_, drawing)) = &mut renderer else { continue };
        let report = play(player, &stem, drawing, &files, &equipment, &models, args)?;
        outcome(&report, args.json)?;
        reports.push(report);
    }
    if let Some(folder) = &args.report {
        let page = fieldwright_session::report::write(folder, &reports)
            .with_context(|| format!("cannot write the report into {}", folder.display()))?;
        progress(&format!("report: {}", page.display()));
    }
    Ok(if reports.iter().all(|r| r.passed) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What pictures are drawn with.
struct Drawing {
    offscreen: Offscreen,
    /// A headset's eyes, once something was to be read with them.
    eyes: Option<EyePair>,
}

fn play(
    mut player: Player,
    stem: &str,
    Drawing { offscreen, eyes }: &mut Drawing,
    files: &ProductFiles,
    equipment: &Arc<EquipmentPackage>,
    models: &Models,
    args: &Args,
) -> anyhow::Result<ScenarioReport> {
    let report = args.report.as_deref();
    let pace = if args.live { Pace::Live } else { Pace::Lockstep };
    let started = Instant::now();
    offscreen.restage(player.world_from_equipment());
    for (item, motion) in player.moved() {
        if let Some((part, motion)) =
            equipment.parts.get(item).and_then(|part| part.motions.get(motion).map(|m| (part, *m)))
        {
            offscreen.moves().already(&part.node, motion);
        }
    }
    let variant = player.scenario().variant.clone();
    let (config, model) = setup::session(files, equipment, offscreen.camera(), models, variant, pace, None)?;
    let mut assistant = Assistant::start(config, Timestamp(0.0))?;
    let speaks = player.scenario().script.iter().any(|beat| matches!(beat, Beat::Speak { .. }));
    if args.audio || speaks {
        let noise = if args.noise == "none" { "" } else { &args.noise };
        let noise = noise_named(noise)?;
        let around = Surroundings { voice: args.voice.clone(), noise, snr_db: args.snr, ..Surroundings::default() };
        let ears = setup::scripted_ears(files)?;
        player = player.speaking(Aloud::new(ears, around, args.audio, pace == Pace::Lockstep));
    }
    assistant.await_model(Timestamp(0.0), Duration::from_secs(60));
    if let Some(folder) = report {
        std::fs::create_dir_all(folder.join(stem))?;
    }

    let mut pictures = Vec::new();
    let mut moments = 0;
    let mut illegible = Vec::new();
    let mut cpu = ThreadCpu::default();
    let mut now = 0.0;
    let mut frames = 0;
    let ready = Instant::now();
    while !player.finished() && now < LIMIT_S {
        now = match pace {
            Pace::Lockstep => now + FRAME_S,
            Pace::Live => ready.elapsed().as_secs_f64(),
        };
        let at = Timestamp(now);
        let inputs = player.inputs(at);
        frames += 1;
        let frame = match inputs.camera.filter(|_| frames % CAMERA_EVERY == 0) {
            Some(conditions) => {
                Some(offscreen.sense(now, &inputs.world_from_head, &inputs.covered_tags, &conditions)?)
            }
            None => {
                offscreen.pass(now);
                None
            }
        };
        let busy = assistant.model_busy();
        cpu.begin();
        if let Some((frame, world_from_camera)) = frame {
            assistant.camera_frame(frame, as_reported(now, &world_from_camera), at);
        }
        assistant.poll(at);
        let mut effects = assistant.take_effects();
        player.heard_effects(&effects);
        player.advance(&mut assistant, at, started.elapsed().as_secs_f64());
        let busy = busy || assistant.model_busy();
        effects.extend({
            let more = assistant.take_effects();
            player.heard_effects(&more);
            more
        });
        cpu.end(busy);
        move_parts(&effects, equipment, offscreen);
        for shot in player.take_shots() {
            let scene = assistant.scene(at);
            let seen = player.inputs(at).world_from_head;
            let estimate = assistant.anchor().world_from_equipment.map(|estimate| as_seen(now, &estimate));
            if let Some(folder) = &args.moments {
                Moment {
                    equipment: equipment.name.clone(),
                    world_from_equipment: player.world_from_equipment(),
                    world_from_head: seen,
                    estimate,
                    moved: offscreen.moves().list(),
                    scene: scene.clone(),
                }
                .write(&folder.join(format!("{stem}-{:02}.json", moments + 1)))?;
                moments += 1;
            }
            if args.legible {
                let eyes = eyes.get_or_insert_with(|| EyePair::open(offscreen, UVec2::splat(64), 1.4));
                for fault in eyes.faults(offscreen, &seen, scene.clone(), estimate)? {
                    illegible.push(Verdict {
                        name: format!("in a headset at {now:.1} s, {}", shot.caption),
                        passed: false,
                        expected: "every word can be read, every button pressed".to_owned(),
                        actual: fault,
                    });
                }
            }
            let Some(folder) = report else { continue };
            let file = format!("{stem}/{:02}.jpg", pictures.len() + 1);
            let picture = offscreen.view(&seen, scene, estimate)?;
            save(&picture, &folder.join(&file))?;
            pictures.push(Picture { file, caption: shot.caption, at_s: now });
        }
    }
    let (said, again) = player.said_aloud();
    if !said.is_empty() {
        progress(&format!("  aloud: {} utterances, {again} of them said again", said.len()));
    }
    let facts = RunFacts {
        seconds: started.elapsed().as_secs_f64(),
        virtual_seconds: now,
        pictures,
        main_loop: MainLoop {
            frames: cpu.frames(),
            p50_ms: cpu.quantile(0.5),
            p99_ms: cpu.quantile(0.99),
            p99_model_busy_ms: cpu.busy_quantile(0.99),
        },
        model,
    };
    let mut report = ScenarioReport::of(&player, stem, facts);
    report.passed &= illegible.is_empty();
    report.checks.extend(illegible);
    Ok(report)
}

/// What the user did to the equipment shows on the equipment.
fn move_parts(effects: &[Effect], equipment: &EquipmentPackage, offscreen: &mut Offscreen) {
    let now = offscreen.elapsed_s();
    for effect in effects {
        if let Effect::PlayMotion { item, cue: Some(cue) } = effect
            && equipment.parts.contains_key(item)
        {
            offscreen.moves().start(&cue.node, cue.motion, cue.reversed, now);
        }
    }
}

#[expect(clippy::print_stdout, reason = "the JSON line is the command's answer")]
pub(crate) fn outcome(report: &ScenarioReport, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    let held = report.checks.iter().filter(|c| c.passed).count();
    let word = if report.passed { "passed" } else { "FAILED" };
    progress(&format!("  {word}: {held} of {} checks, {:.0} s", report.checks.len(), report.seconds));
    for check in report.checks.iter().filter(|c| !c.passed) {
        progress(&format!("    {}\n      expected {}\n      found    {}", check.name, check.expected, check.actual));
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "progress goes to the person who started it")]
pub(crate) fn progress(line: &str) {
    eprintln!("{line}");
}
