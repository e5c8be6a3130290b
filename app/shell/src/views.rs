//! `fieldwright-shell views`: every place to stand, as the user sees it and as the camera sees it, with the tracker's error
//! there. For whoever builds equipment: a place from which too few fiducials are seen shows at once. Must not know scenarios.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use fieldwright_guide::{
    equipment::EquipmentPackage,
    overlay::{OverlayScene, Placement},
    time::Timestamp,
};
use fieldwright_session::{
    head::look_at,
    place::ProductFiles,
    registration::Registration,
    scenario::{CameraConditions, RegistrationBounds, Stands},
    tracker::Tracker,
};

use crate::{
    looks::Looks,
    offscreen::{Offscreen, save},
};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Equipment
    #[arg(long, default_value = "fgs-5")]
    equipment: String,
    /// Folder for the pictures
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only this view
    #[arg(long)]
    view: Option<String>,
    /// Physically based materials and shadows
    #[arg(long)]
    full: bool,
    /// Folder with Fieldwright's assets and manuals
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
}

/// Renders them.
#[expect(clippy::print_stdout, reason = "the table is this command's answer")]
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let files = ProductFiles::find(args.files.as_deref())?;
    let equipment: Arc<EquipmentPackage> = Arc::new(crate::setup::read_equipment(&files, &args.equipment)?);
    let stands = Stands::default();
    let truth = stands.world_from_equipment();
    let looks = if args.full { Looks::Full } else { Looks::Light };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    let mut offscreen = Offscreen::open(&files, &equipment, truth, looks)?;
    let mut now = 0.0;
    println!("{:20} {:>5} {:>8} {:>8} {:>9} {:>9}", "view", "tags", "mm", "degrees", "sense ms", "view ms");
    for (name, view) in equipment.views.iter().filter(|(name, _)| args.view.as_ref().is_none_or(|v| v == *name)) {
        let head = look_at(truth.point(view.eye), truth.point(view.target));
        let mut tracker = Tracker::new(offscreen.camera().clone(), &equipment.fiducials).map_err(anyhow::Error::msg)?;
        let mut registration = Registration::new(RegistrationBounds::default());
        let mut tags = 0;
        let started = std::time::Instant::now();
        for _ in 0..4 {
            now += 0.2;
            let (frame, world_from_camera) = offscreen.sense(now, &head, &[], &CameraConditions::default())?;
            if now < 0.3 || args.view.is_some() {
                image::GrayImage::from_raw(frame.width(), frame.height(), frame.pixels().to_vec())
                    .context("a frame has another size than its pixels")?
                    .save(args.out.join(format!("{name}-camera.png")))?;
            }
            let sighting = tracker.frame(&frame, &world_from_camera, Timestamp(now));
            tags = sighting.tags.len();
            registration.good_frame(&sighting.anchor(Timestamp(now)), &truth, view.target);
        }
        let sense_ms = started.elapsed().as_secs_f64() * 250.0;
        let started = std::time::Instant::now();
        let scene = OverlayScene { placement: Placement::PanelOnly, ..OverlayScene::default() };
        save(&offscreen.view(&head, scene, None)?, &args.out.join(format!("{name}.jpg")))?;
        let view_ms = started.elapsed().as_secs_f64() * 1e3;
        let summary = registration.summary();
        println!(
            "{name:20} {tags:>5} {:>8} {:>8} {sense_ms:>9.0} {view_ms:>9.0}",
            summary.median_mm.map_or_else(|| "-".into(), |v| format!("{v:.2}")),
            summary.median_deg.map_or_else(|| "-".into(), |v| format!("{v:.3}")),
        );
    }
    Ok(())
}
