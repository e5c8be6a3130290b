//! Several tags on one equipment: the joint pose, tags that have moved, and the anchor filter while tags are covered.

mod support;

use fieldwright_guide::{
    frames::{Equipment, Pose, World},
    time::Timestamp,
    tracking::Tracking,
};
use fieldwright_vision::{anchor::Outcome, tracker::EquipmentTracker};
use glam::{Quat, Vec3};
use support::{
    Random, quantile,
    site::{Site, look_at},
};

#[expect(clippy::unnecessary_wraps, reason = "it stands where a function that hides tags may stand")]
fn all(_: u32) -> Option<Vec3> {
    Some(Vec3::ZERO)
}

#[test]
fn a_walk_around_the_equipment_stays_registered() {
    let site = Site::new();
    let mut tracker = site.tracker();
    let (mut mm, mut deg) = (Vec::new(), Vec::new());
    for step in 0..24u8 {
        let t = f32::from(step) / 23.0;
        let eye = Vec3::new(-0.7 + 1.8 * t, 1.5 - 0.3 * t, -0.2 + 1.1 * (1.0 - (2.0 * t - 1.0).powi(2)));
        let head = look_at(eye, Vec3::new(0.2 + 0.3 * t, 0.7, -0.9));
        let now = Timestamp(f64::from(step) * 0.1);
        let report = tracker.observe(&site.picture(&head, u64::from(step), all), &head, now).unwrap();
        assert!(report.detections.len() >= 2, "step {step}: {} tags", report.detections.len());
        let anchor = tracker.anchor(now);
        if anchor.tracking == Tracking::Good {
            let (m, d) = site.error(&anchor.world_from_equipment.unwrap());
            mm.push(m);
            deg.push(d);
        }
    }
    assert!(mm.len() >= 20, "only {} frames are good", mm.len());
    let text = format!("median {:.2} mm {:.3} deg", quantile(&mut mm, 0.5), quantile(&mut deg, 0.5));
    assert!(quantile(&mut mm, 0.5) < 2.0 && quantile(&mut deg, 0.5) < 0.2, "{text}");
    assert!(quantile(&mut mm, 0.95) < 6.0 && quantile(&mut deg, 0.95) < 0.8, "{text}");
}

#[test]
fn a_tag_that_was_moved_is_left_out() {
    let site = Site::new();
    let mut tracker = site.tracker();
    let head = look_at(Vec3::new(0.2, 1.4, 0.6), Vec3::new(0.25, 0.7, -0.9));
    let moved = |id| Some(if id == 5 { Vec3::new(0.04, 0.02, 0.0) } else { Vec3::ZERO });
    let report = tracker.observe(&site.picture(&head, 1, moved), &head, Timestamp(0.0)).unwrap();
    assert_eq!(report.outcome, Outcome::Found);
    assert_eq!(report.fixes[0].tags_rejected, [5]);
    let (mm, deg) = site.error(&report_pose(&tracker));
    assert!(mm < 5.0 && deg < 0.3, "{mm} mm {deg} deg");
}

fn report_pose(tracker: &EquipmentTracker) -> Pose<World, Equipment> {
    tracker.anchor(Timestamp(0.0)).world_from_equipment.expect("found")
}

#[test]
fn covered_tags_coast_and_say_so() {
    let site = Site::new();
    let mut tracker = site.tracker();
    assert_eq!(tracker.anchor(Timestamp(0.0)).tracking, Tracking::Lost { since: None });
    let at = |seconds: f32| look_at(Vec3::new(0.1 * seconds, 1.4, 0.4), Vec3::new(0.25, 0.7, -0.9));
    for step in 0..10u8 {
        let seconds = f32::from(step) * 0.1;
        let picture = site.picture(&at(seconds), u64::from(step), all);
        tracker.observe(&picture, &at(seconds), Timestamp(f64::from(seconds))).unwrap();
    }
    assert_eq!(tracker.anchor(Timestamp(0.9)).tracking, Tracking::Good);
    for step in 0..10u8 {
        let seconds = 1.0 + f32::from(step) * 0.5;
        let picture = site.picture(&at(seconds), u64::from(step), |_| None);
        let report = tracker.observe(&picture, &at(seconds), Timestamp(f64::from(seconds))).unwrap();
        assert_eq!(report.outcome, Outcome::NothingSeen);
    }
    let covered = tracker.anchor(Timestamp(5.9));
    assert_eq!(covered.tracking, Tracking::Degraded);
    let (mm, _) = site.error(&covered.world_from_equipment.unwrap());
    assert!(mm < 5.0, "{mm} mm after five seconds");
    let Tracking::Lost { since: Some(since) } = tracker.anchor(Timestamp(500.0)).tracking else { panic!("never lost") };
    assert!(since.0 > 10.0 && since.0 < 70.0, "{since:?}");
    // Uncovered, it is good again at once.
    let report = tracker.observe(&site.picture(&at(6.5), 77, all), &at(6.5), Timestamp(6.5)).unwrap();
    assert_eq!(report.outcome, Outcome::Fused);
    assert_eq!(tracker.anchor(Timestamp(6.5)).tracking, Tracking::Good);
}

#[test]
fn equipment_that_is_really_moved_is_followed_after_it_has_been_doubted() {
    let mut site = Site::new();
    let mut tracker = site.tracker();
    let head = look_at(Vec3::new(0.2, 1.4, 0.6), Vec3::new(0.25, 0.7, -0.9));
    let mut now = 0.0;
    for seed in 0..5 {
        tracker.observe(&site.picture(&head, seed, all), &head, Timestamp(now)).unwrap();
        now += 0.1;
    }
    site.world_from_equipment.translation.x += 0.12;
    let mut outcomes = Vec::new();
    for seed in 10..18 {
        outcomes.push(tracker.observe(&site.picture(&head, seed, all), &head, Timestamp(now)).unwrap().outcome);
        if outcomes.len() == 3 {
            assert_eq!(tracker.anchor(Timestamp(now)).tracking, Tracking::Degraded, "a disputed pose is not good");
        }
        now += 0.1;
    }
    assert_eq!(outcomes[..5], [Outcome::Gated; 5]);
    assert_eq!(outcomes[5], Outcome::Moved);
    assert_eq!(outcomes[6..], [Outcome::Fused; 2]);
    let (mm, _) = site.error(&tracker.anchor(Timestamp(now)).world_from_equipment.unwrap());
    assert!(mm < 4.0, "{mm} mm");
}

#[test]
fn late_frames_and_broken_head_poses_change_nothing() {
    let site = Site::new();
    let mut tracker = site.tracker();
    let head = look_at(Vec3::new(0.2, 1.4, 0.6), Vec3::new(0.25, 0.7, -0.9));
    let picture = site.picture(&head, 1, all);
    assert_eq!(tracker.observe(&picture, &head, Timestamp(f64::NAN)).unwrap().outcome, Outcome::Ignored);
    let broken = Pose::new(Vec3::NAN, Quat::IDENTITY);
    assert_eq!(tracker.observe(&picture, &broken, Timestamp(1.0)).unwrap().outcome, Outcome::Ignored);
    assert_eq!(tracker.observe(&picture, &head, Timestamp(1.0)).unwrap().outcome, Outcome::Found);
    let before = tracker.anchor(Timestamp(1.0));
    for late in [1.0, 0.5, -3.0] {
        assert_eq!(tracker.observe(&picture, &head, Timestamp(late)).unwrap().outcome, Outcome::Ignored);
    }
    assert_eq!(tracker.anchor(Timestamp(1.0)), before);
}

#[test]
fn one_tag_alone_places_the_equipment_but_does_not_claim_to_be_good_from_afar() {
    let site = Site::new();
    let mut tracker = site.tracker();
    let mut random = Random(5);
    let head = look_at(Vec3::new(0.2, 1.4, 1.2), Vec3::new(0.25, 0.7, -0.9));
    let only = |id| (id == 5).then_some(Vec3::ZERO);
    let report = tracker.observe(&site.picture(&head, random.next(), only), &head, Timestamp(0.0)).unwrap();
    assert_eq!(report.detections.len(), 1);
    assert_ne!(tracker.anchor(Timestamp(0.0)).tracking, Tracking::Good);
}
