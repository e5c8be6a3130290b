//! `fieldwright track`: finds fiducials in pictures and says where they are. Decodes and measures; `fieldwright-vision` does the rest.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::Context as _;
use fieldwright_vision::{
    camera::CameraModel,
    detector::{DetectorSettings, TagDetector},
    frame::GrayFrame,
    track::{TrackRow, track_image},
};

/// Arguments of `track`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Pictures, PNG or JPEG, taken by the camera
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// The camera's calibration and the size of the tags (see docs/vision.md)
    #[arg(long, value_name = "CAMERA.json")]
    camera: PathBuf,
    /// One JSON object a picture on standard output
    #[arg(long)]
    json: bool,
}

/// Runs it. A picture that cannot be used is told at the end; the others are answered all the same.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let camera = read_camera(&args.camera)?;
    let mut detector = TagDetector::new(DetectorSettings::default())?;
    let mut failed = None;
    for path in &args.images {
        match track(path, &camera, &mut detector) {
            Ok(row) if args.json => crate::print(&serde_json::to_string(&row)?),
            Ok(row) => tell(&row),
            Err(error) => {
                if let Some(earlier) = failed.replace(error) {
                    crate::say(&format!("error: {earlier:#}"));
                }
            }
        }
    }
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn read_camera(path: &Path) -> anyhow::Result<CameraModel> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        anyhow::anyhow!("cannot read the camera's calibration `{path}`: {error}\nhint: its form is in docs/vision.md")
    })?;
    serde_json::from_str(&text).with_context(|| format!("cannot use the camera's calibration `{}`", path.display()))
}

fn track(path: &Path, camera: &CameraModel, detector: &mut TagDetector) -> anyhow::Result<TrackRow> {
    let picture = image::ImageReader::open(path)
        .and_then(image::ImageReader::with_guessed_format)
        .with_context(|| format!("cannot read `{}`", path.display()))?
        .decode()
        .map_err(|error| anyhow::anyhow!("cannot decode `{}`: {error}\nhint: PNG and JPEG are read", path.display()))?;
    let frame = GrayFrame::from_image(&picture).with_context(|| format!("cannot use `{}`", path.display()))?;
    let begin = Instant::now();
    let detections =
        track_image(detector, &frame, camera).with_context(|| format!("cannot use `{}`", path.display()))?;
    let ms = begin.elapsed().as_secs_f64() * 1000.0;
    Ok(TrackRow::new(path.display().to_string(), ms, &detections))
}

fn tell(row: &TrackRow) {
    crate::print(&format!("{}: {} tags in {:.1} ms", row.image, row.detections.len(), row.ms));
    for tag in &row.detections {
        let [x, y, z] = tag.camera_from_tag.translation_m;
        let sure = if tag.ambiguous { ", rotation ambiguous" } else { "" };
        crate::print(&format!(
            "  {} {}: {x:+.4} {y:+.4} {z:+.4} m, {:.3} px{sure}",
            tag.family, tag.id, tag.reprojection_px
        ));
    }
}
