//! Tests of where plates and labels stand.

use proptest::prelude::*;

use super::*;
use crate::{
    head::look_at,
    plates_label::{LabelSpot, LabelSurroundings, OffView, standing},
};

const DT: f32 = 1.0 / 60.0;

/// What a repair shows at most, at one metre.
fn everything() -> Vec<Wanted> {
    let plate = |name, x, y| Wanted { name, size: Vec2::new(x, y) };
    vec![
        plate(Name::Banner, 0.30, 0.025),
        plate(Name::Alert, 0.336, 0.17),
        plate(Name::Card, 0.30, 0.2),
        plate(Name::Controls, 0.30, 0.2),
        plate(Name::Status, 0.28, 0.06),
        plate(Name::Figure, 0.30, 0.25),
    ]
}

fn settle(plates: &mut Plates, wanted: &[Wanted], around: &Surroundings<'_>, seconds: f32) -> Vec<Placed> {
    let mut placed = Vec::new();
    for _ in 0..(seconds / DT) as usize {
        placed = plates.place(wanted, around, DT);
    }
    placed
}

fn size(wanted: &[Wanted], place: &Placed) -> Vec2 {
    wanted.iter().find(|w| w.name == place.name).map_or(Vec2::ZERO, |w| w.size) * place.scale
}

/// True where a plate stands between eyes and point.
fn covers(place: &Placed, size: Vec2, eyes: Vec3, point: Vec3) -> bool {
    let plate_from_world = place.world_from_plate.inverse();
    let (from, to) = (plate_from_world.point(eyes), plate_from_world.point(point));
    let along = to - from;
    if along.z >= 0.0 || from.z <= 0.0 {
        return false;
    }
    let at = from + along * (-from.z / along.z);
    at.x.abs() < size.x * 0.5 && at.y.abs() < size.y * 0.5
}

/// A part at (0, 0.9, 0), and somebody within reach of it or a few steps away, who looks at it.
fn scene() -> impl Strategy<Value = (Vec3, f32, Pose<World, Head>)> {
    (-1.2_f32..1.2, 1.2_f32..1.9, 0.6_f32..2.4, 0.02_f32..0.14).prop_map(|(round, height, away, radius)| {
        let work = Vec3::new(0.0, 0.9, 0.0);
        let eyes = Vec3::new(round.sin() * away, height, round.cos() * away);
        (work, radius, look_at(eyes, work))
    })
}

proptest! {
    #[test]
    fn plates_face_the_reader_beside_the_work_at_a_distance_for_reading((work, radius, head) in scene()) {
        let wanted = everything();
        let around = Surroundings { world_from_head: head, work: Some((work, radius)), equipment: None, hands: &[] };
        let placed = settle(&mut Plates::default(), &wanted, &around, 0.5);
        prop_assert_eq!(placed.len(), wanted.len());
        let eyes = head.translation;
        for place in &placed {
            let at = place.world_from_plate.translation;
            let distance = eyes.distance(at);
            prop_assert!((DISTANCE_M.0 - 0.01..DISTANCE_M.1 * 1.2).contains(&distance), "{:?} at {distance} m", place.name);
            let facing = place.world_from_plate.direction(Vec3::Z).dot((eyes - at).normalize());
            prop_assert!(facing > 0.85, "{:?} turned away: {facing}", place.name);
            prop_assert!(!covers(place, size(&wanted, place), eyes, work), "{:?} over the work", place.name);
        }
        // None over another: their middles are not covered.
        for place in &placed {
            for other in placed.iter().filter(|other| other.name != place.name) {
                let at = other.world_from_plate.translation;
                prop_assert!(!covers(place, size(&wanted, place), eyes, at), "{:?} over {:?}", place.name, other.name);
            }
        }
    }

    #[test]
    fn plates_stand_still_while_the_head_does_what_heads_do(
        (work, radius, head) in scene(),
        shift in prop::array::uniform3(-0.07_f32..0.07),
        turn in -0.25_f32..0.25,
    ) {
        let wanted = everything();
        let around = Surroundings { world_from_head: head, work: Some((work, radius)), equipment: None, hands: &[] };
        let mut plates = Plates::default();
        let before = settle(&mut plates, &wanted, &around, 0.5);
        let moved = Pose::new(head.translation + Vec3::from(shift), Quat::from_rotation_y(turn) * head.rotation);
        let around = Surroundings { world_from_head: moved, ..around };
        let after = settle(&mut plates, &wanted, &around, 3.0);
        for (a, b) in before.iter().zip(&after) {
            // A plate may grow in place, and those under it make room; it does not wander sideways.
            let offset = a.world_from_plate.inverse().point(b.world_from_plate.translation);
            prop_assert!(offset.x.abs() < 1e-3 && offset.z.abs() < 1e-3, "{:?} went {offset}", a.name);
        }
    }

    #[test]
    fn letters_keep_their_visual_angle_wherever_the_reader_steps(
        (work, radius, head) in scene(),
        back in -0.5_f32..0.5,
    ) {
        let wanted = everything();
        let around = Surroundings { world_from_head: head, work: Some((work, radius)), equipment: None, hands: &[] };
        let mut plates = Plates::default();
        settle(&mut plates, &wanted, &around, 0.5);
        let moved = Pose::new(head.point(Vec3::Z * back), head.rotation);
        let placed = settle(&mut plates, &wanted, &Surroundings { world_from_head: moved, ..around }, 2.0);
        for place in placed.iter().filter(|place| place.name == Name::Card) {
            let distance = moved.translation.distance(place.world_from_plate.translation);
            prop_assert!(distance / place.scale < RESIZE.0 + 0.03, "{distance} m for a scale of {}", place.scale);
        }
    }

    #[test]
    fn plates_stand_in_front_of_the_equipment((work, radius, head) in scene()) {
        prop_assume!(head.translation.z > 0.75);
        let equipment =
            Bounds { world_from_box: Pose::new(Vec3::new(0.0, 0.6, -0.4), Quat::IDENTITY), half: Vec3::new(0.8, 0.6, 0.45) };
        let around =
            Surroundings { world_from_head: head, work: Some((work, radius)), equipment: Some(equipment), hands: &[] };
        let mut plates = Plates::default();
        let placed = settle(&mut plates, &everything(), &around, 0.5);
        for place in placed {
            let middle = equipment.world_from_box.inverse().point(place.world_from_plate.translation);
            let inside = (equipment.half - middle.abs()).min_element();
            // Whoever stands with the nose at the equipment reads plates that reach into it.
            let column = plates.column(place.name.column()).expect("it stands").translation;
            let close = head.translation.distance(column) < NEAREST_M + 0.01;
            prop_assert!(inside < 0.0 || close, "{:?} stands {inside} m inside", place.name);
        }
    }

    #[test]
    fn plates_make_way_for_hands(
        (work, radius, head) in scene(),
        at in (-0.3_f32..0.3, -0.2_f32..0.1),
    ) {
        let wanted = everything();
        // Between the reader and the work, as hands are.
        let hand = head.point(Vec3::new(at.0, at.1, -0.5));
        let hands = [hand];
        let around = Surroundings { world_from_head: head, work: Some((work, radius)), equipment: None, hands: &[] };
        let mut plates = Plates::default();
        settle(&mut plates, &wanted, &around, 0.5);
        let placed = settle(&mut plates, &wanted, &Surroundings { hands: &hands, ..around }, 2.0);
        for place in placed.iter().filter(|place| place.name != Name::Figure) {
            prop_assert!(!covers(place, size(&wanted, place), head.translation, hand), "{:?} over a hand", place.name);
        }
    }

    #[test]
    fn a_label_keeps_clear_of_plates_and_does_not_swim(
        (work, radius, head) in scene(),
        shift in prop::array::uniform3(-0.05_f32..0.05),
    ) {
        let wanted = everything();
        let around = Surroundings { world_from_head: head, work: Some((work, radius)), equipment: None, hands: &[] };
        let placed = settle(&mut Plates::default(), &wanted, &around, 0.5);
        let plates = standing(&placed, |place| size(&wanted, place) / place.scale);
        let mut spot = LabelSpot::default();
        let size_at_1m = Vec2::new(0.17, 0.04);
        let mut surroundings = LabelSurroundings {
            eyes: head.translation, part: (work, radius), work: (work, radius), plates: &plates, hands: &[],
        };
        let first = spot.place(size_at_1m, &surroundings, DT);
        let eyes = head.translation;
        let middle = first.world_from_plate.translation;
        prop_assert!(placed.iter().all(|place| !covers(place, size(&wanted, place), eyes, middle)));
        prop_assert!((eyes - middle).normalize().dot(first.world_from_plate.direction(Vec3::Z)) > 0.999);
        surroundings.eyes += Vec3::from(shift);
        for _ in 0..200 {
            let again = spot.place(size_at_1m, &surroundings, DT);
            prop_assert_eq!(again.world_from_plate, first.world_from_plate);
        }
    }
}

#[test]
fn plates_follow_a_reader_who_has_walked_away_and_nobody_else() {
    let wanted = everything();
    let work = Some((Vec3::new(0.0, 0.9, 0.0), 0.05));
    let at = |eyes: Vec3| Surroundings {
        world_from_head: look_at(eyes, Vec3::new(0.0, 0.9, 0.0)),
        work,
        equipment: None,
        hands: &[],
    };
    let mut plates = Plates::default();
    settle(&mut plates, &wanted, &at(Vec3::new(0.0, 1.6, 1.2)), 0.5);
    let before = plates.column(Column::Right).expect("it stands");
    let placed = settle(&mut plates, &wanted, &at(Vec3::new(1.4, 1.6, 0.9)), 3.0);
    assert!(before.difference(&plates.column(Column::Right).expect("it stands")).0 > 0.3);
    for place in placed {
        let distance = place.world_from_plate.translation.distance(Vec3::new(1.4, 1.6, 0.9));
        assert!(distance < 1.4, "{:?} at {distance} m", place.name);
    }
    // Pinned, they stay whatever happens.
    plates.toggle_pinned();
    let pinned = plates.column(Column::Right).expect("it stands");
    settle(&mut plates, &wanted, &at(Vec3::new(-1.4, 1.6, 2.0)), 3.0);
    assert_eq!(plates.column(Column::Right), Some(pinned));
}

#[test]
fn plates_never_stand_in_the_readers_face_nor_over_work_out_of_view() {
    let wanted = everything();
    let mut plates = Plates::default();
    // Nothing to work on yet: they stand where the reader looks.
    let at = |z: f32| Surroundings {
        world_from_head: Pose::new(Vec3::new(0.0, 1.6, z), Quat::IDENTITY),
        work: None,
        equipment: None,
        hands: &[],
    };
    settle(&mut plates, &wanted, &at(2.0), 0.5);
    for step in 0..60 {
        let eyes = at(2.0 - step as f32 * 0.02).world_from_head.translation;
        for place in settle(&mut plates, &wanted, &at(eyes.z), 1.5) {
            assert!(place.world_from_plate.translation.distance(eyes) > 0.4, "{:?} at step {step}", place.name);
        }
    }
    // Work appears low on the right, behind where the card stands, and out of view.
    let around = Surroundings { work: Some((Vec3::new(0.55, 0.75, -0.4), 0.05)), ..at(0.8) };
    let eyes = around.world_from_head.translation;
    for place in settle(&mut plates, &wanted, &around, 2.0) {
        let whole = size(&wanted, &place);
        assert!(!covers(&place, whole, eyes, Vec3::new(0.55, 0.75, -0.4)), "{:?} over the work", place.name);
    }
}

#[test]
fn carried_plates_turn_with_the_body_and_not_with_the_head() {
    let wanted = everything();
    let eyes = Vec3::new(0.0, 1.6, 0.0);
    let turned = |angle: f32| Surroundings {
        world_from_head: Pose::new(eyes, Quat::from_rotation_y(angle)),
        work: None,
        equipment: None,
        hands: &[],
    };
    let mut plates = Plates::default();
    plates.toggle_carried();
    settle(&mut plates, &wanted, &turned(0.0), 1.0);
    let before = plates.column(Column::Right).expect("it stands");
    settle(&mut plates, &wanted, &turned(0.5), 1.0);
    assert_eq!(plates.column(Column::Right), Some(before), "a glance aside moves nothing");
    settle(&mut plates, &wanted, &turned(1.6), 3.0);
    let after = plates.column(Column::Right).expect("it stands").translation - eyes;
    let gaze = Quat::from_rotation_y(1.6) * Vec3::NEG_Z;
    assert!(gaze.angle_between(after) < 0.6, "{}", gaze.angle_between(after));
}

#[test]
fn a_column_put_somewhere_stays_there_until_it_is_left_behind() {
    let wanted = everything();
    let work = Vec3::new(0.0, 0.9, 0.0);
    let at = |eyes: Vec3| Surroundings {
        world_from_head: look_at(eyes, work),
        work: Some((work, 0.05)),
        equipment: None,
        hands: &[],
    };
    let mut plates = Plates::default();
    settle(&mut plates, &wanted, &at(Vec3::new(0.0, 1.6, 1.2)), 0.5);
    let put = Pose::new(Vec3::new(0.7, 1.5, 0.4), Quat::from_rotation_y(-0.5));
    plates.carry(Column::Right, put);
    settle(&mut plates, &wanted, &at(Vec3::new(0.9, 1.6, 1.2)), 2.0);
    assert_eq!(plates.column(Column::Right), Some(put));
    settle(&mut plates, &wanted, &at(Vec3::new(-1.6, 1.6, 2.2)), 2.0);
    assert_ne!(plates.column(Column::Right), Some(put));
}

#[test]
fn the_arrow_shows_the_way_only_to_work_out_of_view_and_follows_softly() {
    let mut arrow = OffView::default();
    let head = |turn: f32| Pose::new(Vec3::new(0.0, 1.6, 0.0), Quat::from_rotation_y(turn));
    let work = Some(Vec3::new(0.0, 1.6, -1.5));
    assert_eq!(arrow.place(&head(0.2), work, DT), None, "in view");
    // Turned to the left: the work is to the right.
    let place = arrow.place(&head(0.9), work, DT).expect("out of view");
    let seen = head(0.9).inverse().point(place.translation);
    assert!(seen.x > 0.1 && seen.y.abs() < 0.05 && seen.z < -0.5, "right of the gaze: {seen}");
    assert!(head(0.9).inverse().direction(place.direction(Vec3::X)).x > 0.8, "it points right");
    // A quick turn of the head does not drag it along at once.
    let dragged = arrow.place(&head(1.2), work, DT).expect("still out of view");
    assert!(dragged.translation.distance(place.translation) < 0.05);
    for _ in 0..120 {
        arrow.place(&head(0.3), work, DT);
    }
    assert_eq!(arrow.place(&head(0.3), work, DT), None, "in view again");
    assert_eq!(OffView::default().place(&head(2.0), None, DT), None, "nothing to show the way to");
}
