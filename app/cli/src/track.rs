//! `fieldwright track`: finds fiducials in pictures and says where they are. Decodes and measures; `fieldwright-vision` does the rest.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context as _, bail};
use fieldwright_vision::{
    calibrate::CameraFile,
    camera::CameraModel,
    detector::{DetectorSettings, TagDetector},
    frame::GrayFrame,
    sources::{FrameSource as _, Polled, Sequence},
    track::{TrackRow, track_image},
};

/// Arguments of `track`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Pictures, PNG or JPEG, taken by the camera
    #[arg(value_name = "IMAGE", required_unless_present_any = ["sequence", "device"])]
    images: Vec<PathBuf>,
    /// A recorded sequence
    #[arg(long, value_name = "DIR", conflicts_with_all = ["images", "device"])]
    sequence: Option<PathBuf>,
    /// A connected camera; Ctrl-C ends it
    #[arg(long, value_name = "/dev/videoN", conflicts_with = "images")]
    device: Option<PathBuf>,
    /// End after so many frames of the connected camera
    #[arg(long, value_name = "N", requires = "device")]
    frames: Option<u64>,
    /// The camera's calibration and the size of the tags (see docs/vision.md) [default: the one in the sequence]
    #[arg(long, value_name = "CAMERA.json", required_unless_present = "sequence")]
    camera: Option<PathBuf>,
    /// One JSON object a picture on standard output
    #[arg(long)]
    json: bool,
}

/// Runs it. A picture that cannot be used is told at the end; the others are answered all the same.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let file = args.camera.as_deref().map(CameraFile::read).transpose()?;
    let mut detector = TagDetector::new(DetectorSettings::default())?;
    let mut failed: Option<anyhow::Error> = None;
    let mut fail = |error: anyhow::Error| {
        if let Some(earlier) = failed.replace(error) {
            crate::say(&format!("error: {earlier:#}"));
        }
    };
    let put = |row: anyhow::Result<TrackRow>, fail: &mut dyn FnMut(anyhow::Error)| -> anyhow::Result<()> {
        match row {
            Ok(row) if args.json => crate::print(&serde_json::to_string(&row)?),
            Ok(row) => tell(&row),
            Err(error) => fail(error),
        }
        Ok(())
    };
    if let Some(folder) = &args.sequence {
        let mut sequence = Sequence::open(folder)?;
        let camera = camera_of(file.as_ref(), &sequence, folder)?;
        while let Some(name) = sequence.next_file().map(str::to_owned) {
            let row = match sequence.poll() {
                Polled::Frame(frame) => seen(&name, &frame.gray, Some(frame.captured.0), &camera, &mut detector),
                Polled::Failed(error) => Err(error.into()),
                Polled::Waiting | Polled::Ended => continue,
            };
            put(row, &mut fail)?;
        }
    } else if let (Some(path), Some(file)) = (&args.device, &file) {
        live(path, file, args.frames, &mut |row| put(row, &mut fail), &mut detector)?;
    } else if let Some(file) = &file {
        for path in &args.images {
            put(track(path, &file.camera, &mut detector), &mut fail)?;
        }
    }
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn camera_of(given: Option<&CameraFile>, sequence: &Sequence, folder: &Path) -> anyhow::Result<CameraModel> {
    match given.or(sequence.camera()) {
        Some(file) => Ok(file.camera.clone()),
        None => bail!("`{}` has no camera calibration\nhint: give one with --camera", folder.display()),
    }
}

type Put<'a> = &'a mut dyn FnMut(anyhow::Result<TrackRow>) -> anyhow::Result<()>;

/// Tracks what a connected camera sees. Trouble with the camera is told on standard error, and it is taken up again.
#[cfg(target_os = "linux")]
fn live(
    path: &Path,
    file: &CameraFile,
    frames: Option<u64>,
    put: Put<'_>,
    detector: &mut TagDetector,
) -> anyhow::Result<()> {
    let mut camera = fieldwright_vision::sources::open_camera(path, Some(file.clone()))?;
    let mut count = 0;
    while frames.is_none_or(|most| count < most) {
        match camera.poll() {
            Polled::Frame(frame) => {
                count += 1;
                let name = format!("{}#{}", path.display(), frame.sequence);
                put(seen(&name, &frame.gray, Some(frame.captured.0), &file.camera, detector))?;
            }
            // A camera that was never there is an error; one that has gone is waited for.
            Polled::Failed(error) if count == 0 => return Err(error.into()),
            Polled::Failed(error) => crate::say(&error.to_string()),
            Polled::Waiting => std::thread::park_timeout(std::time::Duration::from_millis(2)),
            Polled::Ended => break,
        }
    }
    Ok(())
}

/// Elsewhere there is no camera to open.
#[cfg(not(target_os = "linux"))]
fn live(path: &Path, _: &CameraFile, _: Option<u64>, _: Put<'_>, _: &mut TagDetector) -> anyhow::Result<()> {
    bail!("cannot open `{}`: cameras are read on Linux only\nhint: give pictures instead", path.display())
}

fn track(path: &Path, camera: &CameraModel, detector: &mut TagDetector) -> anyhow::Result<TrackRow> {
    let picture = image::ImageReader::open(path)
        .and_then(image::ImageReader::with_guessed_format)
        .with_context(|| format!("cannot read `{}`", path.display()))?
        .decode()
        .map_err(|error| anyhow::anyhow!("cannot decode `{}`: {error}\nhint: PNG and JPEG are read", path.display()))?;
    let frame = GrayFrame::from_image(&picture).with_context(|| format!("cannot use `{}`", path.display()))?;
    seen(&path.display().to_string(), &frame, None, camera, detector)
}

fn seen(
    name: &str,
    frame: &GrayFrame,
    captured_s: Option<f64>,
    camera: &CameraModel,
    detector: &mut TagDetector,
) -> anyhow::Result<TrackRow> {
    let begin = Instant::now();
    let detections = track_image(detector, frame, camera).with_context(|| format!("cannot use `{name}`"))?;
    let ms = begin.elapsed().as_secs_f64() * 1000.0;
    Ok(TrackRow { captured_s, ..TrackRow::new(name, ms, &detections) })
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
