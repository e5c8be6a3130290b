//! Calibration from pixels: boards rendered through the simulated lens and sensor, whose camera is known, and must come back.
//!
//! Bars: focal lengths within 0.05 %, the principal point within 0.3 pixels, and any ray of the frame's middle three quarters within
//! 0.15 pixels of where the true lens puts it.

mod support;

use fieldwright_vision::{
    calibrate::{Board, BoardView, Calibration, Paper, calibrate, see_board},
    camera::CameraModel,
    detector::{DetectorSettings, TagDetector},
    frame::GrayFrame,
    sensor::Exposure,
};
use support::{
    board::{Studio, held},
    distorted,
};

/// As the command line does it: corners by a straight guess, a camera from them, corners again by that camera, and the camera again.
fn calibrate_pictures(frames: &[GrayFrame], board: &Board) -> Calibration {
    let size_px = [frames[0].width(), frames[0].height()];
    let focal = 0.8 * f64::from(size_px[0]);
    let middle = size_px.map(|side| (f64::from(side) - 1.0) / 2.0);
    let mut guess = CameraModel::new(size_px, [focal; 2], middle, [0.0; 5], 0.1).unwrap();
    let mut detector = TagDetector::new(DetectorSettings::default()).unwrap();
    let mut found = None;
    for _ in 0..2 {
        let views: Vec<BoardView> = frames
            .iter()
            .enumerate()
            .map(|(index, frame)| see_board(&mut detector, frame, &guess, board, &format!("{index}")).unwrap())
            .collect();
        let calibration = calibrate(&views, size_px, 0.1).unwrap();
        guess = calibration.camera.clone();
        found = Some(calibration);
    }
    found.unwrap()
}

#[test]
fn the_camera_comes_back_from_rendered_boards() {
    let truth = distorted();
    let board = Board::new(Paper::A4);
    let mut studio = Studio::new(&truth, board, 4);
    let frames: Vec<GrayFrame> = held(18, 7)
        .iter()
        .enumerate()
        .map(|(index, pose)| studio.picture(pose, &Exposure::default(), index as u64))
        .collect();
    let found = calibrate_pictures(&frames, &board);
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
