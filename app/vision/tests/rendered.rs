//! Rendered tags through the whole path: pixels in, poses out, errors in millimetres and degrees.

mod support;

use fieldwright_vision::{
    detector::{DetectorSettings, TagDetector},
    frame::GrayFrame,
    track::{TrackRow, track_image},
};
use support::{Optics, Placard, Random, distorted, pinhole, place, pose_error, render, true_corners};

fn detector() -> TagDetector {
    TagDetector::new(DetectorSettings::default()).expect("default settings are valid")
}

#[test]
fn an_upright_tag_has_the_axes_of_the_contract() {
    let camera = pinhole();
    let placard = Placard { id: 5, size_m: 0.1, camera_from_tag: place(&camera, [639.5, 359.5], 0.8, 0.0, 0.0, 0.0) };
    let frame = render(&camera, &[placard], Optics::default(), 1);
    let found = track_image(&mut detector(), &frame, &camera).unwrap();
    assert_eq!(found.iter().map(|d| d.id).collect::<Vec<_>>(), [5]);
    let half = 900.0 * 0.05 / 0.8;
    let expected = [[-half, -half], [half, -half], [half, half], [-half, half]];
    for (corner, offset) in found[0].corners_px.iter().zip(expected) {
        assert!(
            (corner[0] - 639.5 - offset[0]).hypot(corner[1] - 359.5 - offset[1]) < 0.25,
            "{:?}",
            found[0].corners_px
        );
    }
    // The print's +Y is up, which is -Y of the camera, and its face looks back at the camera.
    let rotation = found[0].row().camera_from_tag.rotation;
    assert!(rotation[0][0] > 0.99 && rotation[1][1] < -0.99 && rotation[2][2] < -0.99, "{rotation:?}");
    let pose = found[0].camera_from_tag();
    assert!((pose.translation - glam::Vec3::new(0.0, 0.0, 0.8)).length() < 0.002, "{pose:?}");
}

#[test]
fn poses_hold_over_distance_and_tilt_through_a_distorted_lens() {
    let camera = distorted();
    let mut detector = detector();
    let mut random = Random(7);
    for (distance_m, max_mm, max_deg) in [(0.4, 0.15, 0.08), (0.8, 0.6, 0.2), (1.5, 4.0, 0.8)] {
        for tilt_deg in [20.0f64, 40.0, 60.0] {
            let pixel = [random.range(250.0, 1030.0), random.range(200.0, 520.0)];
            let axis = random.range(-3.1, 3.1);
            let roll = random.range(-3.1, 3.1);
            let truth = place(&camera, pixel, distance_m, tilt_deg.to_radians(), axis, roll);
            let placard = Placard { id: 17, size_m: 0.1, camera_from_tag: truth };
            let frame = render(&camera, &[placard], Optics::default(), random.next());
            let found = track_image(&mut detector, &frame, &camera).unwrap();
            assert_eq!(found.len(), 1, "at {distance_m} m, {tilt_deg} degrees");
            for (seen, true_px) in found[0].corners_px.iter().zip(true_corners(&camera, &placard)) {
                let error = (seen[0] - true_px[0]).hypot(seen[1] - true_px[1]);
                assert!(error < 0.12, "corner off by {error} px at {distance_m} m, {tilt_deg} degrees");
            }
            let (mm, deg) = pose_error(&found[0].best.camera_from_tag, &truth);
            assert!(mm < max_mm && deg < max_deg, "{mm} mm, {deg} deg at {distance_m} m, {tilt_deg} degrees");
        }
    }
}

#[test]
fn many_tags_come_by_rising_id_and_each_with_its_own_pose() {
    let camera = distorted();
    let placards: Vec<Placard> = [(9, 300.0, 200.0), (2, 640.0, 360.0), (30, 960.0, 500.0)]
        .map(|(id, u, v)| Placard { id, size_m: 0.1, camera_from_tag: place(&camera, [u, v], 0.9, 0.5, 1.0, 0.2) })
        .to_vec();
    let frame = render(&camera, &placards, Optics::default(), 3);
    let found = track_image(&mut detector(), &frame, &camera).unwrap();
    assert_eq!(found.iter().map(|d| d.id).collect::<Vec<_>>(), [2, 9, 30]);
    for detection in &found {
        let truth = placards.iter().find(|placard| placard.id == detection.id).unwrap();
        let (mm, deg) = pose_error(&detection.best.camera_from_tag, &truth.camera_from_tag);
        assert!(mm < 3.0 && deg < 1.0, "tag {}: {mm} mm, {deg} deg", detection.id);
    }
}

#[test]
fn a_frame_of_another_camera_is_refused() {
    let error =
        track_image(&mut detector(), &GrayFrame::new(640, 480, vec![0; 640 * 480]).unwrap(), &pinhole()).unwrap_err();
    assert!(error.to_string().contains("640x480") && error.to_string().contains("hint:"), "{error}");
}

#[test]
fn hostile_frames_hold_no_tag_and_crash_nothing() {
    let mut random = Random(99);
    for decimate in [1.0, 1.5, 2.0] {
        let mut detector = TagDetector::new(DetectorSettings { decimate, ..DetectorSettings::default() }).unwrap();
        let mut sizes = vec![
            (0, 0),
            (1, 0),
            (1, 1),
            (1280, 1),
            (1, 720),
            (2, 2),
            (3, 3),
            (5, 5),
            (7, 31),
            (31, 31),
            (32, 32),
            (33, 1279),
            (1279, 33),
        ];
        sizes.extend((0..40).map(|_| (1 + random.next() as u32 % 90, 1 + random.next() as u32 % 90)));
        for (width, height) in sizes {
            let len = width as usize * height as usize;
            let noise: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
            let checker: Vec<u8> = (0..len)
                .map(|i| if (i % width as usize / 3 + i / width as usize / 3).is_multiple_of(2) { 0 } else { 255 })
                .collect();
            let stripes: Vec<u8> = (0..len).map(|i| if (i / 2).is_multiple_of(2) { 0 } else { 255 }).collect();
            for pixels in [vec![0; len], vec![255; len], noise, checker, stripes] {
                assert!(
                    detector.detect(&GrayFrame::new(width, height, pixels).unwrap()).is_empty(),
                    "{width}x{height}"
                );
            }
        }
    }
}

#[test]
fn the_printed_line_keeps_its_names() {
    let camera = pinhole();
    let placard = Placard { id: 0, size_m: 0.1, camera_from_tag: place(&camera, [600.0, 300.0], 0.6, 0.4, 0.3, 0.0) };
    let frame = render(&camera, &[placard], Optics::default(), 4);
    let found = track_image(&mut detector(), &frame, &camera).unwrap();
    let line = serde_json::to_value(TrackRow::new("a.png", 8.5, &found)).unwrap();
    assert_eq!(line["image"], "a.png");
    assert_eq!(line["ms"], 8.5);
    let detection = &line["detections"][0];
    assert_eq!(detection["family"], "tag36h11");
    assert_eq!(detection["id"], 0);
    assert_eq!(detection["corners_px"].as_array().unwrap().len(), 4);
    assert_eq!(detection["camera_from_tag"]["rotation"].as_array().unwrap().len(), 3);
    assert_eq!(detection["camera_from_tag"]["translation_m"].as_array().unwrap().len(), 3);
    assert!(detection["reprojection_px"].as_f64().unwrap() < 0.5);
    assert!(detection["ambiguous"].is_boolean());
}

/// A display's curve makes white grow; the border alone would look too small, and the tag too far by one part in a hundred.
#[test]
fn the_response_of_the_sensor_does_not_move_the_tag() {
    let camera = pinhole();
    let mut detector = detector();
    for gamma in [1.0, 1.0 / 2.2] {
        let truth = place(&camera, [700.0, 300.0], 1.5, 0.4, 0.9, 0.3);
        let placard = Placard { id: 41, size_m: 0.1, camera_from_tag: truth };
        let frame = render(&camera, &[placard], Optics { gamma, ..Optics::default() }, 11);
        let found = track_image(&mut detector, &frame, &camera).unwrap();
        let (mm, _) = pose_error(&found[0].best.camera_from_tag, &truth);
        assert!(mm < 2.5, "{mm} mm at gamma {gamma}");
    }
}

/// A finger over a corner hides the tag from the detector; over a cell inside it must not pull the corners along.
#[test]
fn a_smudge_inside_the_print_does_not_pull_the_corners() {
    let camera = pinhole();
    let mut detector = detector();
    let truth = place(&camera, [640.0, 360.0], 0.7, 0.3, 0.9, 0.3);
    let placard = Placard { id: 41, size_m: 0.1, camera_from_tag: truth };
    let mut frame = render(&camera, &[placard], Optics::default(), 12);
    for y in 330..345 {
        frame.pixels_mut()[y * 1280 + 640..y * 1280 + 652].fill(120);
    }
    let found = track_image(&mut detector, &frame, &camera).unwrap();
    assert_eq!(found.len(), 1);
    for (seen, true_px) in found[0].corners_px.iter().zip(true_corners(&camera, &placard)) {
        assert!((seen[0] - true_px[0]).hypot(seen[1] - true_px[1]) < 0.12);
    }
}
