//! `fieldwright calibrate`: the printed board, a camera's lens, and where the camera sits on the headset. Reads, writes and draws;
//! `fieldwright-vision` calibrates.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use fieldwright_vision::{
    calibrate::{
        Board, BoardSighting, Calibration, CameraFile, Mounting, MountingFit, Paper, calibrate_pictures, find_mounting,
        locate, see_board, which_board,
    },
    detector::{DetectorSettings, TagDetector},
    frame::GrayFrame,
    sources::{FrameSource as _, Polled, Sequence},
};
use serde_json::json;

mod chart;
mod headset_picture;
mod lens_picture;
mod live;
mod print;

/// Arguments of `calibrate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write the board to print, at true size
    Board(BoardArgs),
    /// Find a camera's lens from pictures of the board
    Camera(CameraArgs),
    /// Find where the camera sits on the headset, and its clock, from a recorded sequence of the board
    Headset(HeadsetArgs),
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PaperName {
    A4,
    Letter,
    A3,
}

#[derive(Debug, clap::Args)]
struct BoardArgs {
    /// Paper
    #[arg(long, value_enum, default_value = "a4")]
    paper: PaperName,
    /// Where to write it: a `.pdf` or `.svg` file
    #[arg(long, value_name = "FILE", default_value = "board.pdf")]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
struct CameraArgs {
    /// Pictures of the board, PNG or JPEG, all taken at one size and focus
    #[arg(value_name = "IMAGE", required_unless_present_any = ["sequence", "device"])]
    images: Vec<PathBuf>,
    /// Take the pictures from a recorded sequence
    #[arg(long, value_name = "DIR", conflicts_with_all = ["images", "device"])]
    sequence: Option<PathBuf>,
    /// Take the pictures from a connected camera while you move the board
    #[arg(long, value_name = "/dev/videoN", conflicts_with = "images")]
    device: Option<PathBuf>,
    /// Where to write the calibration
    #[arg(long, value_name = "CAMERA.json")]
    out: PathBuf,
    /// Where to write the picture of the residuals [default: beside the calibration]
    #[arg(long, value_name = "FILE.png")]
    picture: Option<PathBuf>,
    /// Length of the board's 100 mm line as printed, in millimetres
    #[arg(long, value_name = "MM", default_value_t = 100.0)]
    measured_mm: f64,
    /// Side of the tags on the equipment, in metres, which the file carries along
    #[arg(long, value_name = "M", default_value_t = 0.1)]
    tag_size_m: f64,
    /// The result as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct HeadsetArgs {
    /// Folder of the recorded sequence, with head poses
    #[arg(value_name = "DIR")]
    sequence: PathBuf,
    /// The camera's calibration [default: the one in the sequence]
    #[arg(long, value_name = "CAMERA.json")]
    camera: Option<PathBuf>,
    /// Where to write the calibration with the camera's place added [default: over --camera]
    #[arg(long, value_name = "CAMERA.json")]
    out: Option<PathBuf>,
    /// Where to write the picture of the residuals [default: beside the calibration]
    #[arg(long, value_name = "FILE.png")]
    picture: Option<PathBuf>,
    /// Length of the board's 100 mm line as printed, in millimetres
    #[arg(long, value_name = "MM", default_value_t = 100.0)]
    measured_mm: f64,
    /// The result as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Board(args) => board(args)?,
        What::Camera(args) => camera(args)?,
        What::Headset(args) => headset(args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn board(args: &BoardArgs) -> anyhow::Result<()> {
    let board = Board::new(match args.paper {
        PaperName::A4 => Paper::A4,
        PaperName::Letter => Paper::Letter,
        PaperName::A3 => Paper::A3,
    });
    let bytes = match args.out.extension().and_then(|ending| ending.to_str()) {
        Some("pdf") => print::pdf(&board),
        Some("svg") => print::svg(&board).into_bytes(),
        _ => bail!("cannot write `{}`: unknown kind of file\nhint: end it in .pdf or .svg", args.out.display()),
    };
    write(&args.out, &bytes)?;
    crate::say(&format!(
        "wrote {}: print it at 100 % on {}, glue it to something flat, and measure its 100 mm line",
        args.out.display(),
        board.paper().name()
    ));
    Ok(())
}

fn camera(args: &CameraArgs) -> anyhow::Result<()> {
    let mut detector = TagDetector::new(DetectorSettings::default())?;
    let pictures = match (&args.sequence, &args.device) {
        (Some(folder), _) => frames_of(folder)?.into_iter().map(|(name, frame, _)| (name, frame)).collect(),
        (None, Some(device)) => live::pictures(device, &mut detector)?,
        (None, None) => args.images.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?,
    };
    let board = the_board(&mut detector, pictures.iter().map(|(_, frame)| frame), args.measured_mm)?;
    let found = calibrate_pictures(&mut detector, &pictures, &board, args.tag_size_m)?;
    let mut file = CameraFile::new(found.camera.clone());
    file.calibration = Some(found.record());
    let picture = args.picture.clone().unwrap_or_else(|| args.out.with_extension("png"));
    write(&args.out, (serde_json::to_string_pretty(&file)? + "\n").as_bytes())?;
    lens_picture::draw(&found)?.save(&picture)?;
    if args.json {
        crate::print(&camera_row(&found, &file, &board, &picture)?);
    } else {
        tell_camera(&found, &args.out, &picture);
    }
    Ok(())
}

fn headset(args: &HeadsetArgs) -> anyhow::Result<()> {
    let sequence = Sequence::open(&args.sequence)?;
    let file = match (&args.camera, sequence.camera()) {
        (Some(path), _) => CameraFile::read(path)?,
        (None, Some(file)) => file.clone(),
        (None, None) => bail!(
            "`{}` has no camera calibration\nhint: run `fieldwright calibrate camera` first and give its result with --camera",
            args.sequence.display()
        ),
    };
    let out = args.out.clone().or_else(|| args.camera.clone()).unwrap_or_else(|| args.sequence.join("camera.json"));
    let mut detector = TagDetector::new(DetectorSettings::default())?;
    let frames = frames_of(&args.sequence)?;
    let board = the_board(&mut detector, frames.iter().map(|(_, frame, _)| frame), args.measured_mm)?;
    let mut sightings = Vec::new();
    for (name, frame, captured) in &frames {
        let view = see_board(&mut detector, frame, &file.camera, &board, name)
            .with_context(|| format!("cannot use `{name}`"))?;
        if let Some((camera_from_board, _)) = locate(&view, &file.camera) {
            sightings.push(BoardSighting { captured: *captured, camera_from_board });
        }
    }
    let fit = find_mounting(&sightings, sequence.head(), file.clock_offset_s.unwrap_or(0.0))?;
    let mut file = file;
    file.head_from_camera = Some(Mounting::new(&fit.head_from_camera, fit.rms_mm, fit.rms_deg));
    file.clock_offset_s = Some(fit.clock_offset_s);
    let picture = args.picture.clone().unwrap_or_else(|| out.with_extension("png"));
    write(&out, (serde_json::to_string_pretty(&file)? + "\n").as_bytes())?;
    headset_picture::draw(&fit, &board)?.save(&picture)?;
    if args.json {
        crate::print(&headset_row(&fit, &file, frames.len(), &picture)?);
    } else {
        tell_headset(&fit, frames.len(), &out, &picture);
    }
    Ok(())
}

/// Which board the pictures show, at its measured size.
fn the_board<'a>(
    detector: &mut TagDetector,
    mut frames: impl Iterator<Item = &'a GrayFrame>,
    measured_mm: f64,
) -> anyhow::Result<Board> {
    let Some(board) = frames.find_map(|frame| which_board(detector, frame)) else {
        bail!(
            "no calibration board in any picture\nhint: print it with `fieldwright calibrate board`; it must be sharp, flat and evenly lit"
        );
    };
    Ok(board.measured(measured_mm)?)
}

type Recorded = (String, GrayFrame, fieldwright_guide::time::Timestamp);

/// The frames of a recorded sequence; broken ones are told and left out.
fn frames_of(folder: &Path) -> anyhow::Result<Vec<Recorded>> {
    let mut sequence = Sequence::open(folder)?;
    let mut frames = Vec::new();
    while let Some(name) = sequence.next_file().map(str::to_owned) {
        match sequence.poll() {
            Polled::Frame(frame) => frames.push((name, frame.gray, frame.captured)),
            Polled::Failed(error) => crate::say(&format!("left out: {error}")),
            Polled::Waiting | Polled::Ended => {}
        }
    }
    Ok(frames)
}

fn read(path: &Path) -> anyhow::Result<(String, GrayFrame)> {
    let picture = image::ImageReader::open(path)
        .and_then(image::ImageReader::with_guessed_format)
        .with_context(|| format!("cannot read `{}`", path.display()))?
        .decode()
        .map_err(|error| anyhow::anyhow!("cannot decode `{}`: {error}\nhint: PNG and JPEG are read", path.display()))?;
    let frame = GrayFrame::from_image(&picture).with_context(|| format!("cannot use `{}`", path.display()))?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok((name, frame))
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

fn camera_row(found: &Calibration, file: &CameraFile, board: &Board, picture: &Path) -> anyhow::Result<String> {
    let images: Vec<_> = found
        .views
        .iter()
        .map(|view| {
            json!({
                "image": view.name,
                "corners": view.corners.len(),
                "rms_px": view.rms_px,
                "tilt_deg": view.tilt_rad().to_degrees(),
                "distance_m": view.camera_from_board.translation.vector.norm(),
            })
        })
        .collect();
    Ok(serde_json::to_string(&json!({
        "camera": file,
        "board": board.paper().name(),
        "rms_px": found.rms_px,
        "p95_px": found.p95_px,
        "sigma": found.sigma,
        "images": images,
        "dropped_corners": found.dropped,
        "covered": found.coverage.share(),
        "advice": found.coverage.advice,
        "picture": picture,
    }))?)
}

fn tell_camera(found: &Calibration, out: &Path, picture: &Path) {
    let [fx, fy] = found.camera.focal_px();
    let [cx, cy] = found.camera.principal_px();
    let [k1, k2, p1, p2, k3] = found.camera.distortion();
    let s = &found.sigma;
    let corners: usize = found.views.iter().map(|view| view.corners.len()).sum();
    crate::print(&format!("{} pictures, {corners} corners, {} left out", found.views.len(), found.dropped));
    crate::print(&format!(
        "  fx {fx:.2} ± {:.2}   fy {fy:.2} ± {:.2}   cx {cx:.2} ± {:.2}   cy {cy:.2} ± {:.2} px",
        s[0], s[1], s[2], s[3]
    ));
    crate::print(&format!("  k1 {k1:+.4}  k2 {k2:+.4}  p1 {p1:+.5}  p2 {p2:+.5}  k3 {k3:+.4}"));
    crate::print(&format!("  reprojection {:.3} px rms, 95 % within {:.3} px", found.rms_px, found.p95_px));
    let worst = found.views.iter().max_by(|a, b| a.rms_px.total_cmp(&b.rms_px));
    if let Some(worst) = worst {
        crate::print(&format!("  worst picture {}: {:.3} px", worst.name, worst.rms_px));
    }
    for advice in &found.coverage.advice {
        crate::print(&format!("  to do better: {advice}"));
    }
    crate::print(&format!("wrote {} and {}", out.display(), picture.display()));
}

fn headset_row(fit: &MountingFit, file: &CameraFile, frames: usize, picture: &Path) -> anyhow::Result<String> {
    let clock = match &fit.clock {
        Ok(clock) => json!({
            "offset_s": fit.clock_offset_s,
            "sigma_s": clock.sigma_s,
            "spread_s": clock.spread_s,
            "correlation": clock.correlation,
            "refused": null,
        }),
        Err(why) => json!({ "offset_s": fit.clock_offset_s, "refused": why.to_string() }),
    };
    Ok(serde_json::to_string(&json!({
        "camera": file,
        "frames": frames,
        "used": fit.residuals.len(),
        "rms_mm": fit.rms_mm,
        "rms_deg": fit.rms_deg,
        "sigma_mm": fit.sigma_mm,
        "sigma_deg": fit.sigma_deg,
        "clock": clock,
        "picture": picture,
    }))?)
}

fn tell_headset(fit: &MountingFit, frames: usize, out: &Path, picture: &Path) {
    let t = fit.head_from_camera.translation.vector * 1e3;
    let (roll, pitch, yaw) = fit.head_from_camera.rotation.euler_angles();
    crate::print(&format!("{} of {frames} pictures used", fit.residuals.len()));
    crate::print(&format!(
        "  camera on head: {:+.1} mm right, {:+.1} mm up, {:+.1} mm forward (± {:.1} mm, ± {:.2} degrees)",
        t.x, t.y, -t.z, fit.sigma_mm, fit.sigma_deg
    ));
    let degrees = [roll, pitch, yaw].map(f64::to_degrees);
    crate::print(&format!("  turned by {:.2}, {:.2}, {:.2} degrees about X, Y, Z", degrees[0], degrees[1], degrees[2]));
    crate::print(&format!("  remaining: {:.2} mm, {:.3} degrees rms", fit.rms_mm, fit.rms_deg));
    match &fit.clock {
        Ok(clock) => crate::print(&format!(
            "  clock: add {:+.1} ± {:.1} ms to the camera's times (spread {:.1} ms, alike to {:.3})",
            fit.clock_offset_s * 1e3,
            clock.sigma_s * 1e3,
            clock.spread_s * 1e3,
            clock.correlation
        )),
        Err(why) => crate::print(&format!("  clock: not measured, {:+.1} ms kept ({why})", fit.clock_offset_s * 1e3)),
    }
    crate::print(&format!("wrote {} and {}", out.display(), picture.display()));
}
