//! The simulated camera and the tracker against each other: an ideal picture goes through lens and sensor, and the pose must come
//! back. The two share the camera model, and nothing else.

mod support;

use fieldwright_vision::{
    camera::CameraModel,
    detector::{DetectorSettings, TagDetector},
    sensor::{Exposure, RenderCamera, Sensor},
    track::track_image,
};
use support::{Optics, Placard, Random, distorted, place, pose_error, quantile, render};

/// Gray levels that are linear in light, as a renderer's picture: sRGB with alpha.
fn srgb(linear: &[u8]) -> Vec<u8> {
    let curve = |level: u8| {
        let light = f64::from(level) / 255.0;
        let curved = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        (curved * 255.0).round() as u8
    };
    linear.iter().flat_map(|&level| [curve(level), curve(level), curve(level), 255]).collect()
}

/// Median and 95th percentile of the errors (millimetres, degrees) of tags at 0.8 to 1.6 m that were rendered with so many samples.
fn errors(density: f64, samples: usize) -> [f64; 4] {
    let camera = distorted();
    let ideal = RenderCamera::covering(&camera, density).expect("valid by construction");
    let mut sensor = Sensor::new(&camera, ideal).expect("valid by construction");
    let middle = [f64::from(ideal.width) / 2.0 - 0.5, f64::from(ideal.height) / 2.0 - 0.5];
    let pinhole =
        CameraModel::new([ideal.width, ideal.height], [ideal.focal_px; 2], middle, [0.0; 5], camera.tag_size_m())
            .expect("valid by construction");
    let mut detector = TagDetector::new(DetectorSettings::default()).expect("valid by construction");
    let mut random = Random(31);
    let (mut mm, mut deg) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let placards: Vec<Placard> = (0..4)
            .map(|index| {
                let pixel = [
                    340.0 + 600.0 * f64::from(index % 2) + random.range(-90.0, 90.0),
                    200.0 + 320.0 * f64::from(index / 2) + random.range(-40.0, 40.0),
                ];
                let (distance_m, tilt) = (random.range(0.8, 1.6), random.range(0.3, 1.0));
                let (axis, roll) = (random.range(-3.1, 3.1), random.range(-3.1, 3.1));
                let camera_from_tag = place(&camera, pixel, distance_m, tilt, axis, roll);
                Placard { id: index, size_m: 0.1, camera_from_tag }
            })
            .collect();
        let clean = Optics { blur_px: 0.0, noise: 0.0, samples, ..Optics::default() };
        let picture = render(&pinhole, &placards, clean, random.next());
        let frame =
            sensor.expose(&srgb(picture.pixels()), &Exposure::default(), random.next()).expect("valid by construction");
        let found = track_image(&mut detector, &frame, &camera).expect("valid by construction");
        assert_eq!(found.len(), placards.len(), "density {density}, {samples} samples");
        for (detection, placard) in found.iter().zip(&placards) {
            let error = pose_error(&detection.best.camera_from_tag, &placard.camera_from_tag);
            mm.push(error.0);
            deg.push(error.1);
        }
    }
    [quantile(&mut mm, 0.5), quantile(&mut mm, 0.95), quantile(&mut deg, 0.5), quantile(&mut deg, 0.95)]
}

#[test]
fn the_pose_comes_back_through_lens_and_sensor() {
    let [mm, mm_95, deg, deg_95] = errors(1.0, 6);
    println!("antialiased: {mm:.3} mm, {mm_95:.3} mm, {deg:.4} deg, {deg_95:.4} deg");
    assert!(mm < 0.3 && mm_95 < 1.2 && deg < 0.05 && deg_95 < 0.2, "{mm} mm, {mm_95} mm, {deg} deg, {deg_95} deg");
}

#[test]
fn dense_rendering_is_averaged_without_a_shift() {
    let [mm, mm_95, deg, deg_95] = errors(2.0, 1);
    println!("density 2, jagged: {mm:.3} mm, {mm_95:.3} mm, {deg:.4} deg, {deg_95:.4} deg");
    assert!(mm < 0.4 && mm_95 < 1.6 && deg < 0.08 && deg_95 < 0.3, "{mm} mm, {mm_95} mm, {deg} deg, {deg_95} deg");
}

#[test]
fn jagged_edges_cost_accuracy_but_not_the_tag() {
    let [mm, mm_95, deg, deg_95] = errors(1.0, 1);
    println!("density 1, jagged: {mm:.3} mm, {mm_95:.3} mm, {deg:.4} deg, {deg_95:.4} deg");
    assert!(mm < 1.5 && mm_95 < 6.0 && deg < 0.3 && deg_95 < 1.0, "{mm} mm, {mm_95} mm, {deg} deg, {deg_95} deg");
}
