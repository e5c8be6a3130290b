//! Measures detection and pose on rendered tags and prints the tables of `docs/vision.md`. The named peer is the AprilTag C
//! library's own `estimate_tag_pose` (orthogonal iteration) on the corners of the same library.
//!
//! `cargo run --release -p fieldwright-vision --example accuracy [-- TAGS_PER_CELL]`

#![allow(clippy::print_stdout, reason = "it prints tables")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use fieldwright_guide::{
    frames::{Equipment, Pose, World},
    time::Timestamp,
    tracking::Tracking,
};
use fieldwright_vision::{
    camera::CameraModel,
    detector::{DetectorSettings, RawDetection, TagDetector},
    track::track_image,
};
use glam::Vec3;
use nalgebra::{Isometry3, Matrix3, Rotation3, SMatrix, SVector, Translation3, UnitQuaternion, Vector2};
use support::{
    Optics, Placard, Random, distorted, pinhole, place, pose_error, quantile, render,
    site::{Site, iso, look_at},
    true_corners,
};

const DISTANCES_M: [f64; 7] = [0.4, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0];
const TILTS_DEG: [f64; 6] = [0.0, 15.0, 30.0, 45.0, 60.0, 70.0];

/// Errors of one method over the tags of a cell.
#[derive(Clone, Default)]
struct Errors {
    px: Vec<f64>,
    mm: Vec<f64>,
    deg: Vec<f64>,
    flips: u32,
}

impl Errors {
    fn add(&mut self, pose: &Isometry3<f64>, truth: &Isometry3<f64>) {
        let (mm, deg) = pose_error(pose, truth);
        self.mm.push(mm);
        self.deg.push(deg);
        self.flips += u32::from(deg > 10.0);
    }

    fn merge(&mut self, other: &Self) {
        self.px.extend(&other.px);
        self.mm.extend(&other.mm);
        self.deg.extend(&other.deg);
        self.flips += other.flips;
    }

    fn pose_text(&mut self) -> String {
        let (mm, mm95) = (quantile(&mut self.mm, 0.5), quantile(&mut self.mm, 0.95));
        let (deg, deg95) = (quantile(&mut self.deg, 0.5), quantile(&mut self.deg, 0.95));
        format!("{mm:.2}/{mm95:.2}, {deg:.3}/{deg95:.3}")
    }

    fn text(&mut self) -> String {
        let (px, px95) = (quantile(&mut self.px, 0.5), quantile(&mut self.px, 0.95));
        let (mm, mm95) = (quantile(&mut self.mm, 0.5), quantile(&mut self.mm, 0.95));
        let (deg, deg95) = (quantile(&mut self.deg, 0.5), quantile(&mut self.deg, 0.95));
        let flips = 100.0 * f64::from(self.flips) / self.mm.len().max(1) as f64;
        format!("{px:.3}/{px95:.3} | {mm:.2}/{mm95:.1} | {deg:.3}/{deg95:.2} | {flips:.1}")
    }
}

#[derive(Clone, Default)]
struct Cell {
    tags: u32,
    found: u32,
    ours: Errors,
    peer: Errors,
}

fn main() {
    let per_cell: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(24);
    registration(per_cell);
    for (name, camera, optics) in [
        ("pinhole, blur 0.7 px, noise 3", pinhole(), Optics::default()),
        ("distorted lens, blur 0.7 px, noise 3", distorted(), Optics::default()),
        ("distorted lens, gamma 1/2.2", distorted(), Optics { gamma: 1.0 / 2.2, ..Optics::default() }),
        (
            "distorted lens, blur 1.2 px, noise 6, smear 3 px",
            distorted(),
            Optics { blur_px: 1.2, noise: 6.0, smear_px: 3.0, ..Optics::default() },
        ),
        ("distorted lens, a quarter of the light", distorted(), Optics { gain: 0.25, ..Optics::default() }),
    ] {
        for decimate in [1.0, 2.0] {
            table(name, &camera, optics, decimate, per_cell);
        }
    }
}

/// Registration of the whole equipment: six tags, a head that walks about, the error at the place looked at.
fn registration(views: u32) {
    let site = Site::new();
    let mut random = Random(77);
    println!("\n### Equipment with six tags, distorted lens: error at the place looked at\n");
    println!(
        "| distance | tags seen | one frame: mm, deg median/p95 | filtered, `Good`: mm, deg median/p95 | `Good` % | claimed sigma mm | ms |\n|---|---|---|---|---|---|---|"
    );
    let (mut all_single, mut all_good) = (Errors::default(), Errors::default());
    for distance_m in [0.6, 1.0, 1.5, 2.0, 2.5] {
        let (mut single, mut good, mut ms, mut tags, mut frames, mut sigma) =
            (Errors::default(), Errors::default(), 0.0, 0, 0u32, Vec::new());
        for _ in 0..views {
            let mut tracker = site.tracker();
            let target = Vec3::new(random.range(-0.5, 0.5) as f32, random.range(0.45, 0.9) as f32, 0.3);
            let target_in_world = site.world_from_equipment.point(target);
            let (yaw, height) = (random.range(-0.7, 0.7) as f32, random.range(0.1, 0.8) as f32);
            for step in 0..8u8 {
                let sway = f32::from(step) * 0.01;
                let direction = Vec3::new(yaw.sin() + sway, height * 0.6, yaw.cos()).normalize();
                let eye = target_in_world + site.world_from_equipment.rotation * direction * distance_m;
                let head = look_at(eye, target_in_world + Vec3::new(sway, -sway, 0.0));
                let frame = site.picture(&head, random.next(), |_| Some(Vec3::ZERO));
                let now = Timestamp(f64::from(step) * 0.05);
                let begin = cpu_ms();
                let report = tracker.observe(&frame, &head, now).expect("sizes agree");
                ms += cpu_ms() - begin;
                frames += 1;
                tags += report.detections.len();
                let error = |pose: &Pose<World, Equipment>| {
                    let (_, deg) = pose_error(&iso(pose), &iso(&site.world_from_equipment));
                    (f64::from(pose.point(target).distance(target_in_world)) * 1000.0, deg)
                };
                if let Some(fix) = report.fixes.first() {
                    let (mm, deg) = error(&head.then(&fix.pose()));
                    single.mm.push(mm);
                    single.deg.push(deg);
                }
                let anchor = tracker.anchor(now);
                if let (Tracking::Good, Some(pose)) = (anchor.tracking, anchor.world_from_equipment) {
                    let (mm, deg) = error(&pose);
                    good.mm.push(mm);
                    good.deg.push(deg);
                    sigma.push(f64::from(anchor.sigma_m) * 1000.0);
                }
            }
        }
        println!(
            "| {distance_m} m | {:.1} | {} | {} | {:.0} | {:.1} | {:.1} |",
            tags as f64 / f64::from(frames),
            single.pose_text(),
            good.pose_text(),
            100.0 * good.mm.len() as f64 / f64::from(frames),
            quantile(&mut sigma, 0.5),
            ms / f64::from(frames)
        );
        all_single.merge(&single);
        all_good.merge(&good);
    }
    println!("| all | | {} | {} | | | |", all_single.pose_text(), all_good.pose_text());
}

fn table(name: &str, camera: &CameraModel, optics: Optics, decimate: f32, per_cell: u32) {
    let mut detector =
        TagDetector::new(DetectorSettings { decimate, ..DetectorSettings::default() }).expect("valid settings");
    let mut random = Random(2024);
    let mut cells = vec![vec![Cell::default(); TILTS_DEG.len()]; DISTANCES_M.len()];
    let mut ms = Vec::new();
    let mut false_tags = 0;
    for (distance_m, row) in DISTANCES_M.into_iter().zip(&mut cells) {
        for (tilt_deg, cell) in TILTS_DEG.into_iter().zip(row) {
            // Four tags to a picture, so that rendering takes bearable time.
            for _ in 0..per_cell.div_ceil(4) {
                let placards = scene(camera, distance_m, tilt_deg, &mut random);
                let frame = render(camera, &placards, optics, random.next());
                let begin = cpu_ms();
                let detections = track_image(&mut detector, &frame, camera).expect("sizes agree");
                ms.push(cpu_ms() - begin);
                let raw = detector.detect(&frame);
                false_tags += detections.iter().filter(|d| !placards.iter().any(|p| p.id == d.id)).count();
                for placard in &placards {
                    cell.tags += 1;
                    let Some(detection) = detections.iter().find(|d| d.id == placard.id) else { continue };
                    cell.found += 1;
                    let truth = true_corners(camera, placard);
                    let px = |corners: &[[f64; 2]; 4]| {
                        let squares =
                            corners.iter().zip(&truth).map(|(a, b)| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2));
                        (squares.sum::<f64>() / 4.0).sqrt()
                    };
                    cell.ours.px.push(px(&detection.corners_px));
                    cell.ours.add(&detection.best.camera_from_tag, &placard.camera_from_tag);
                    if let Some(raw) = raw.iter().find(|raw| raw.id == placard.id) {
                        cell.peer.px.push(px(&raw.corners_px));
                        if let Some(pose) = peer_pose(camera, raw, placard.size_m) {
                            cell.peer.add(&pose, &placard.camera_from_tag);
                        }
                    }
                }
            }
        }
    }
    println!(
        "\n### {name}, decimate {decimate}: {:.1} ms mean, {false_tags} false tags\n",
        ms.iter().sum::<f64>() / ms.len() as f64
    );
    println!("Each cell: corner px median/p95 | mm median/p95 | deg median/p95 | flips %\n");
    println!("| | tags | found % | Fieldwright | AprilTag C pose | ratio mm, deg |\n|---|---|---|---|---|---|");
    for (distance_m, row) in DISTANCES_M.into_iter().zip(&cells) {
        line(&format!("{distance_m} m"), row.iter());
    }
    for (index, tilt_deg) in TILTS_DEG.into_iter().enumerate() {
        line(&format!("{tilt_deg} deg"), cells.iter().map(|row| &row[index]));
    }
    line("all", cells.iter().flatten());
}

/// Milliseconds that this thread has computed; unlike a clock it does not count other programs. Linux only, elsewhere the clock.
fn cpu_ms() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = spent.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanos.unwrap_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e9) / 1e6
}

fn line<'a>(name: &str, cells: impl Iterator<Item = &'a Cell>) {
    let mut sum = Cell::default();
    for cell in cells {
        sum.tags += cell.tags;
        sum.found += cell.found;
        sum.ours.merge(&cell.ours);
        sum.peer.merge(&cell.peer);
    }
    let ratio = |ours: &mut Vec<f64>, peer: &mut Vec<f64>| quantile(ours, 0.5) / quantile(peer, 0.5);
    let (mm, deg) = (ratio(&mut sum.ours.mm, &mut sum.peer.mm), ratio(&mut sum.ours.deg, &mut sum.peer.deg));
    let found = 100.0 * f64::from(sum.found) / f64::from(sum.tags.max(1));
    println!("| {name} | {} | {found:.0} | {} | {} | {mm:.2}, {deg:.2} |", sum.tags, sum.ours.text(), sum.peer.text());
}

/// Four tags, one to each quarter of the picture.
fn scene(camera: &CameraModel, distance_m: f64, tilt_deg: f64, random: &mut Random) -> Vec<Placard> {
    let quarter = |index: u32| {
        let (column, row) = (f64::from(index % 2), f64::from(index / 2));
        [320.0 + 640.0 * column, 180.0 + 360.0 * row]
    };
    (0..4)
        .map(|index| {
            let [u, v] = quarter(index);
            let room = 60.0 * (distance_m - 0.35).clamp(0.0, 1.0);
            let pixel = [u + random.range(-2.5 * room, 2.5 * room), v + random.range(-room, room)];
            let tilt = (tilt_deg + random.range(-3.0, 3.0)).abs().to_radians();
            let (axis, roll) = (random.range(-3.1, 3.1), random.range(-3.1, 3.1));
            let camera_from_tag = place(camera, pixel, distance_m, tilt, axis, roll);
            Placard { id: index * 50 + (random.next() % 50) as u32, size_m: camera.tag_size_m(), camera_from_tag }
        })
        .collect()
}

/// The C library's pose from its own corners. It knows no distortion, so it is given undistorted corners.
#[expect(unsafe_code, reason = "the peer is a C function")]
fn peer_pose(camera: &CameraModel, raw: &RawDetection, tag_size_m: f64) -> Option<Isometry3<f64>> {
    use apriltag_sys as sys;
    let [fx, fy] = camera.focal_px();
    let [cx, cy] = camera.principal_px();
    let mut corners = [[0.0; 2]; 4];
    for (corner, seen) in corners.iter_mut().zip(raw.corners_px) {
        let [x, y] = camera.undistort(seen)?;
        *corner = [fx * x + cx, fy * y + cy];
    }
    // The library's order is bottom-left, bottom-right, top-right, top-left; its tag has Y down.
    let p = [corners[3], corners[2], corners[1], corners[0]];
    let homography = homography([[-1.0, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]], p)?;
    let values: Vec<f64> = (0..9).map(|index| homography[(index / 3, index % 3)]).collect();
    // SAFETY: the matrix is created from nine numbers; the detection refers to it and to nothing else and outlives the call; the
    // returned matrices are read before they are destroyed.
    unsafe {
        let matrix = sys::matd_create_data(3, 3, values.as_ptr());
        let mut detection = sys::apriltag_detection_t {
            family: std::ptr::null_mut(),
            id: 0,
            hamming: 0,
            decision_margin: 0.0,
            H: matrix,
            c: [0.0; 2],
            p,
        };
        let mut info = sys::apriltag_detection_info_t { det: &raw mut detection, tagsize: tag_size_m, fx, fy, cx, cy };
        let mut pose = sys::apriltag_pose_t { R: std::ptr::null_mut(), t: std::ptr::null_mut() };
        sys::estimate_tag_pose(&raw mut info, &raw mut pose);
        sys::matd_destroy(matrix);
        if pose.R.is_null() || pose.t.is_null() {
            return None;
        }
        let rotation = Matrix3::from_fn(|row, column| sys::matd_get(pose.R, row as u32, column as u32));
        let translation =
            Translation3::new(sys::matd_get(pose.t, 0, 0), sys::matd_get(pose.t, 1, 0), sys::matd_get(pose.t, 2, 0));
        sys::matd_destroy(pose.R);
        sys::matd_destroy(pose.t);
        // Half a turn about X: its tag has Y down and Z into the print.
        let turned = rotation * Matrix3::from_diagonal(&nalgebra::Vector3::new(1.0, -1.0, -1.0));
        Some(Isometry3::from_parts(translation, UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix(&turned))))
    }
}

fn homography(from: [[f64; 2]; 4], to: [[f64; 2]; 4]) -> Option<Matrix3<f64>> {
    let mut system = SMatrix::<f64, 8, 8>::zeros();
    let mut right = SVector::<f64, 8>::zeros();
    for (index, ([x, y], to)) in from.into_iter().zip(to.map(Vector2::from)).enumerate() {
        let rows = [[x, y, 1.0, 0.0, 0.0, 0.0, -to.x * x, -to.x * y], [0.0, 0.0, 0.0, x, y, 1.0, -to.y * x, -to.y * y]];
        for (offset, row) in rows.iter().enumerate() {
            for (column, value) in row.iter().enumerate() {
                system[(2 * index + offset, column)] = *value;
            }
            right[2 * index + offset] = to[offset];
        }
    }
    let h = system.lu().solve(&right)?;
    Some(Matrix3::new(h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], 1.0))
}
