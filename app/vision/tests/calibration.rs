//! Calibration from pixels: boards rendered through the simulated lens and sensor, whose camera is known, and must come back.
//!
//! Bars of the headset: 1 mm, 0.1 degrees, and the clock within 3 ms of a latency of 20 ms, with the head turning at up to 60 degrees a
//! second. Bars of the camera: focal lengths within 0.05 %, the principal point within 0.3 pixels, and any ray of the frame's middle three quarters within
//! 0.15 pixels of where the true lens puts it.

mod support;

use fieldwright_vision::{
    calibrate::{
        Board, BoardSighting, CameraFile, Mounting, Paper, calibrate_pictures, find_mounting, locate, see_board,
        which_board,
    },
    detector::{DetectorSettings, TagDetector},
    sensor::Exposure,
    sources::{FrameSource as _, Polled, Sequence},
};
use support::{
    board::{LATE_S, Studio, head_from_camera, headset_camera, held, record, world_from_head},
    distorted, pose_error,
    site::iso,
};

#[test]
fn the_camera_comes_back_from_rendered_boards() {
    let truth = distorted();
    let board = Board::new(Paper::A4);
    let mut studio = Studio::new(&truth, board, 4);
    let pictures: Vec<_> = held(18, 7)
        .iter()
        .enumerate()
        .map(|(index, pose)| (format!("{index}"), studio.picture(pose, &Exposure::default(), index as u64)))
        .collect();
    let mut detector = TagDetector::new(DetectorSettings::default()).unwrap();
    assert_eq!(which_board(&mut detector, &pictures[0].1), Some(board));
    let found = calibrate_pictures(&mut detector, &pictures, &board, 0.1).unwrap();
    let camera = &found.camera;
    println!(
        "{camera:?}\nsigma {:?}\nrms {:.3} px, p95 {:.3} px, {} dropped",
        found.sigma, found.rms_px, found.p95_px, found.dropped
    );
    for axis in 0..2 {
        let (focal, expected) = (camera.focal_px()[axis], truth.focal_px()[axis]);
        assert!((focal / expected - 1.0).abs() < 0.0005, "focal length {focal}, truth {expected}");
        let (center, expected) = (camera.principal_px()[axis], truth.principal_px()[axis]);
        assert!((center - expected).abs() < 0.3, "principal point {center}, truth {expected}");
    }
    let mut worst = 0.0f64;
    for (right, down) in (0..=20).flat_map(|x| (0..=20).map(move |y| (x, y))) {
        let pixel = [160.0 + 960.0 * f64::from(right) / 20.0, 90.0 + 540.0 * f64::from(down) / 20.0];
        let ray = truth.undistort(pixel).unwrap();
        let seen = camera.distort(ray);
        worst = worst.max((seen[0] - pixel[0]).hypot(seen[1] - pixel[1]));
    }
    println!("worst ray {worst:.3} px");
    assert!(worst < 0.15, "{worst} px");
    assert!(found.rms_px < 0.15 && found.views.len() == 18, "{} px, {} views", found.rms_px, found.views.len());
    assert!(found.coverage.share() > 0.7, "{:?}", found.coverage);
}

#[test]
fn the_cameras_place_and_clock_come_back_from_a_recorded_sequence() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), 90, true);
    let mut sequence = Sequence::open(folder.path()).unwrap();
    let camera = sequence.camera().unwrap().camera.clone();
    assert_eq!(camera, headset_camera());
    let mut detector = TagDetector::new(DetectorSettings::default()).unwrap();
    let mut sightings = Vec::new();
    loop {
        match sequence.poll() {
            Polled::Frame(frame) => {
                let view = see_board(&mut detector, &frame.gray, &camera, &Board::new(Paper::A4), "").unwrap();
                if let Some((camera_from_board, _)) = locate(&view, &camera) {
                    sightings.push(BoardSighting { captured: frame.captured, camera_from_board });
                }
            }
            Polled::Ended => break,
            other => panic!("{other:?} from a whole recording"),
        }
    }
    let fit = find_mounting(&sightings, sequence.head(), 0.0).unwrap();
    let (mm, deg) = pose_error(&fit.head_from_camera, &head_from_camera());
    let late = fit.clock_offset_s + LATE_S;
    println!(
        "{} of 90 used; off by {mm:.2} mm, {deg:.3} degrees, {:.2} ms; remaining {:.2} mm, {:.3} degrees; stated {:.2} mm, {:.3} degrees",
        fit.residuals.len(),
        late * 1e3,
        fit.rms_mm,
        fit.rms_deg,
        fit.sigma_mm,
        fit.sigma_deg
    );
    assert!(mm < 1.0 && deg < 0.1, "{mm} mm, {deg} degrees");
    assert!(late.abs() < 0.003 && fit.clock.is_ok(), "{late} s, {:?}", fit.clock);

    // And so the camera's pose at capture is known from the stamp alone, though the head turned and the stamp is late.
    let mut file = CameraFile::new(camera);
    file.head_from_camera = Some(Mounting::new(&fit.head_from_camera, fit.rms_mm, fit.rms_deg));
    file.clock_offset_s = Some(fit.clock_offset_s);
    let (rig, ring) = (file.rig().unwrap(), sequence.ring());
    let mut worst = (0.0f64, 0.0f64);
    for sighting in &sightings {
        let found = iso(&rig.world_from_camera(&ring, sighting.captured).unwrap());
        let t = sighting.captured.0 - LATE_S - 1000.0;
        let (mm, deg) = pose_error(&found, &(world_from_head(t) * head_from_camera()));
        worst = (worst.0.max(mm), worst.1.max(deg));
    }
    println!("camera at capture: worst {:.2} mm, {:.3} degrees", worst.0, worst.1);
    assert!(worst.0 < 3.0 && worst.1 < 0.2, "{worst:?}");
}
