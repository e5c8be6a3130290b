//! Pictures of the board from a connected camera, taken by themselves as the board is held in new ways. Knows no calibration but which
//! views are new.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fieldwright_vision::{detector::TagDetector, frame::GrayFrame};

/// Pictures wanted.
const ENOUGH: usize = 24;
/// Looking for no new view for so long is the end.
const PATIENCE: Duration = Duration::from_secs(40);

/// Takes pictures until there are enough, or no new view has come for a while.
#[cfg(target_os = "linux")]
pub(super) fn pictures(device: &Path, detector: &mut TagDetector) -> anyhow::Result<Vec<(String, GrayFrame)>> {
    use fieldwright_vision::sources::{FrameSource as _, Polled, open_camera};

    let mut camera = open_camera(device, None)?;
    let mut kept: Vec<(String, GrayFrame)> = Vec::new();
    let mut outlines: Vec<Outline> = Vec::new();
    let mut before: Option<Outline> = None;
    let mut newest = Instant::now();
    crate::say(
        "hold the board in view: near and far, in every corner of the frame, tilted each way; be still for a moment each time",
    );
    while kept.len() < ENOUGH && newest.elapsed() < PATIENCE {
        let frame = match camera.poll() {
            Polled::Frame(frame) => frame,
            Polled::Failed(error) if kept.is_empty() => return Err(error.into()),
            Polled::Failed(error) => {
                crate::say(&error.to_string());
                continue;
            }
            Polled::Ended => break,
            Polled::Waiting => {
                std::thread::park_timeout(Duration::from_millis(5));
                continue;
            }
        };
        let outline = outline(detector, &frame.gray);
        let still = outline.zip(before).is_some_and(|(now, then)| apart(&now, &then) < STILL_PX);
        before = outline;
        let Some(outline) = outline.filter(|_| still) else { continue };
        let new = outlines.iter().all(|known| apart(&outline, known) > NEW_SHARE * f64::from(frame.gray.width()));
        if new {
            outlines.push(outline);
            kept.push((format!("picture {}", kept.len() + 1), frame.gray));
            newest = Instant::now();
            crate::say(&format!("{} of {ENOUGH}", kept.len()));
        }
    }
    Ok(kept)
}

/// Elsewhere there is no camera to open.
#[cfg(not(target_os = "linux"))]
pub(super) fn pictures(device: &Path, _: &mut TagDetector) -> anyhow::Result<Vec<(String, GrayFrame)>> {
    let _ = (ENOUGH, PATIENCE);
    anyhow::bail!("cannot open `{}`: cameras are read on Linux only\nhint: give pictures instead", device.display())
}

/// Four points that tell where the board is and how it is held: the corners of its outermost tags.
type Outline = [[f64; 2]; 4];

/// A board that moves less between two frames is held still, pixels.
const STILL_PX: f64 = 1.5;
/// A view is new if a corner has moved by this share of the frame's width.
const NEW_SHARE: f64 = 0.1;

fn apart(a: &Outline, b: &Outline) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).fold(0.0, f64::max)
}

/// Where the seen part of the board ends towards each corner of the frame.
fn outline(detector: &mut TagDetector, frame: &GrayFrame) -> Option<Outline> {
    let corners: Vec<[f64; 2]> = detector
        .detect(frame)
        .iter()
        .filter(|tag| fieldwright_vision::calibrate::Board::with_id(tag.id).is_some())
        .flat_map(|tag| tag.corners_px)
        .collect();
    if corners.len() < 24 {
        return None;
    }
    let farthest = |right: f64, down: f64| {
        let reach = |corner: &[f64; 2]| right * corner[0] + down * corner[1];
        corners.iter().copied().max_by(|a, b| reach(a).total_cmp(&reach(b)))
    };
    Some([farthest(-1.0, -1.0)?, farthest(1.0, -1.0)?, farthest(1.0, 1.0)?, farthest(-1.0, 1.0)?])
}
