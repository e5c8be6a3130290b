//! Every action by every device, what must not happen, and random wearers under watch. Milliseconds each.

use fieldwright_guide::command::Command;
use glam::{Quat, Vec2};
use proptest::prelude::*;

use super::*;

const FRAME: f64 = 1.0 / 72.0;
const EYE: Vec3 = Vec3::new(0.0, 1.6, 0.0);

fn every_command() -> Vec<Command> {
    use Command::{
        Acknowledge, Back, Figure, GoToStep, Next, No, Pause, Remaining, Repeat, Resume, ShowWarning, Stop, Tools,
        Torque, Yes,
    };
    let all = vec![
        Next,
        Back,
        Repeat,
        GoToStep("3".to_owned()),
        ShowWarning,
        Acknowledge,
        Tools,
        Torque,
        Remaining,
        Figure,
        Stop,
        Pause,
        Resume,
        Yes,
        No,
    ];
    // A new command does not compile until it is counted here.
    let count = |command: &Command| match command {
        Next | Back | Repeat | GoToStep(_) | ShowWarning | Acknowledge | Tools | Torque | Remaining | Figure | Stop
        | Pause | Resume | Yes | No => 15,
    };
    assert!(all.iter().all(|command| count(command) == all.len()));
    all
}

fn every_action() -> Vec<Action> {
    let mut all: Vec<Action> = every_command().into_iter().map(Action::Command).collect();
    let others = [
        Action::Choose(0),
        Action::Choose(1),
        Action::MovePlate,
        Action::PinPlate,
        Action::CarryPlates,
        Action::NextTheme,
        Action::Blackout,
        Action::Talk,
    ];
    for action in &others {
        match action {
            Action::Command(_)
            | Action::Choose(_)
            | Action::MovePlate
            | Action::PinPlate
            | Action::CarryPlates
            | Action::NextTheme
            | Action::Blackout
            | Action::Talk => {}
        }
    }
    all.extend(others);
    all
}

/// A target for every action, on one plate turned a little, in reach.
fn targets() -> Vec<Target> {
    let world_from_plate = Pose::new(Vec3::new(0.05, 1.5, -0.6), Quat::from_rotation_y(-0.2));
    let place = |index: usize| Vec2::new((index % 5) as f32 * 0.16 - 0.32, 0.24 - (index / 5) as f32 * 0.12);
    let target = |(index, action): (usize, Action)| Target {
        world_from_plate,
        center: place(index),
        half: Vec2::new(0.04, 0.025),
        action,
    };
    every_action().into_iter().enumerate().map(target).collect()
}

fn ack() -> Action {
    Action::Command(Command::Acknowledge)
}

fn find(targets: &[Target], action: &Action) -> usize {
    targets.iter().position(|t| t.action == *action).unwrap()
}

fn middle(target: &Target) -> Vec3 {
    target.world_from_plate.point(target.center.extend(0.0))
}

fn towards(from: Vec3, to: Vec3) -> Ray {
    Ray::new(from, to - from).unwrap()
}

fn head_at(point: Vec3) -> HeadPose {
    Pose::new(EYE, Quat::from_rotation_arc(Vec3::NEG_Z, (point - EYE).normalize_or(Vec3::NEG_Z)))
}

/// Eyes rest on the far wall unless a test says otherwise.
fn resting() -> Inputs {
    Inputs {
        head: Some(head_at(Vec3::new(0.0, 1.6, -5.0))),
        eyes: Some(towards(EYE, Vec3::new(0.0, 9.0, -2.0))),
        ..Inputs::default()
    }
}

fn controller(at: Vec3, select: bool) -> Controller {
    Controller { aim: towards(Vec3::new(0.2, 1.2, -0.1), at), select, menu: false, squeeze: false }
}

fn hand_with(knuckle: Vec3, tip: Vec3, gap: f32) -> Hand {
    let mut joints = [knuckle + Vec3::new(0.0, -0.05, 0.1); 26];
    joints[7] = knuckle;
    joints[10] = tip;
    joints[5] = tip + Vec3::X * (gap + 0.016);
    Hand { joints, radii: [0.008; 26] }
}

/// A hand that points at `at`, as the pointing is defined.
fn pointing_hand(side: Side, head: &HeadPose, at: Vec3, pinched: bool) -> Hand {
    let shoulder = shoulder(side, head);
    let knuckle = shoulder.lerp(at, 0.5);
    hand_with(knuckle, knuckle + Vec3::Y * 0.03, if pinched { 0.0 } else { 0.05 })
}

/// A hand whose index finger is `front` metres in front of the target's middle.
fn poking_hand(target: &Target, front: f32) -> Hand {
    let tip = target.world_from_plate.point(target.center.extend(front));
    hand_with(tip + Vec3::new(0.0, -0.02, 0.06), tip, 0.06)
}

#[derive(Default)]
struct Wearer {
    interaction: Interaction,
    now: f64,
    done: Vec<Action>,
    last: Output,
}

impl Wearer {
    fn frame(&mut self, inputs: &Inputs, targets: &[Target]) {
        self.now += FRAME;
        self.last = self.interaction.update(Timestamp(self.now), inputs, targets);
        self.done.extend(self.last.actions.clone());
    }

    fn keep(&mut self, seconds: f64, inputs: &Inputs, targets: &[Target]) {
        for _ in 0..(seconds / FRAME).ceil() as usize {
            self.frame(inputs, targets);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Device {
    Controller(usize),
    Pinch(usize),
    Poke(usize),
    Eyes,
    Head,
}

const DEVICES: [Device; 8] = [
    Device::Controller(0),
    Device::Controller(1),
    Device::Pinch(0),
    Device::Pinch(1),
    Device::Poke(0),
    Device::Poke(1),
    Device::Eyes,
    Device::Head,
];

/// The device aimed at the target, pressed or not. Looking has no press.
fn aimed(device: Device, target: &Target, pressed: bool) -> Inputs {
    let mut inputs = resting();
    match device {
        Device::Controller(side) => inputs.controllers[side] = Some(controller(middle(target), pressed)),
        Device::Pinch(side) => {
            let head = head_at(middle(target));
            inputs.head = Some(head);
            inputs.hands[side] = Some(pointing_hand(SIDES[side], &head, middle(target), pressed));
        }
        Device::Poke(side) => inputs.hands[side] = Some(poking_hand(target, if pressed { -0.01 } else { 0.05 })),
        Device::Eyes => inputs.eyes = Some(towards(EYE, middle(target))),
        Device::Head => {
            inputs.eyes = None;
            inputs.head = Some(head_at(middle(target)));
        }
    }
    inputs
}

/// Does the whole gesture on the target.
fn perform(wearer: &mut Wearer, device: Device, targets: &[Target], index: usize) {
    let target = &targets[index];
    let held = target.action.is_held_to_confirm();
    wearer.keep(0.5, &resting(), targets);
    if matches!(device, Device::Eyes | Device::Head) {
        wearer.keep(2.0, &aimed(device, target, false), targets);
        if held {
            let region = wearer.last.confirm.expect("the look at the acknowledgement opens its confirmation").1;
            let place = Target { center: region.center, half: region.half, ..target.clone() };
            wearer.keep(1.2, &aimed(device, &place, false), targets);
        }
    } else {
        wearer.keep(0.2, &aimed(device, target, false), targets);
        wearer.keep(if held { 1.2 } else { 0.15 }, &aimed(device, target, true), targets);
        wearer.keep(0.2, &aimed(device, target, false), targets);
    }
    let mut away = resting();
    if device == Device::Head {
        away.eyes = None;
    }
    wearer.keep(0.5, &away, targets);
}

#[test]
fn every_action_is_done_by_every_device_and_once() {
    let targets = targets();
    for device in DEVICES {
        for (index, target) in targets.iter().enumerate() {
            let mut wearer = Wearer::default();
            perform(&mut wearer, device, &targets, index);
            assert_eq!(wearer.done, std::slice::from_ref(&target.action), "by {device:?}");
        }
    }
}

#[test]
fn an_acknowledgement_let_go_early_is_nothing() {
    let targets = targets();
    let target = &targets[find(&targets, &ack())];
    for device in DEVICES {
        let mut wearer = Wearer::default();
        wearer.keep(0.5, &aimed(device, target, false), &targets);
        wearer.keep(0.9, &aimed(device, target, true), &targets);
        let under_way = wearer.last.hold.or(wearer.last.dwell).expect("progress is shown");
        assert!(under_way.done > 0.7 && under_way.done < 1.0, "{device:?}: {under_way:?}");
        wearer.keep(3.0, &resting(), &targets);
        assert!(wearer.done.is_empty(), "{device:?}: {:?}", wearer.done);
    }
}

#[test]
fn looking_at_a_warning_for_long_does_not_acknowledge_it() {
    let targets = targets();
    let target = &targets[find(&targets, &ack())];
    let mut wearer = Wearer::default();
    wearer.keep(60.0, &aimed(Device::Eyes, target, false), &targets);
    assert!(wearer.done.is_empty());
    wearer.keep(60.0, &aimed(Device::Head, target, false), &targets);
    assert!(wearer.done.is_empty());
}

#[test]
fn tracking_lost_in_a_hold_gives_it_up() {
    let targets = targets();
    let target = &targets[find(&targets, &ack())];
    for device in &DEVICES[..6] {
        let mut wearer = Wearer::default();
        wearer.keep(0.2, &aimed(*device, target, false), &targets);
        wearer.keep(0.8, &aimed(*device, target, true), &targets);
        wearer.frame(&resting(), &targets);
        wearer.keep(2.0, &aimed(*device, target, true), &targets);
        assert!(wearer.done.is_empty(), "{device:?}: found again pressed, it goes on");
    }
}

#[test]
fn a_press_that_began_outside_does_not_fire() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let outside = Vec3::new(0.0, 4.0, -1.0);
    for action in [Action::Command(Command::Next), ack()] {
        let target = &targets[find(&targets, &action)];
        let mut wearer = Wearer::default();
        let mut inputs = resting();
        inputs.controllers[1] = Some(controller(outside, false));
        wearer.keep(0.2, &inputs, &targets);
        inputs.controllers[1] = Some(controller(outside, true));
        wearer.keep(0.2, &inputs, &targets);
        wearer.keep(1.5, &aimed(Device::Controller(1), target, true), &targets);
        wearer.keep(0.3, &aimed(Device::Controller(1), target, false), &targets);
        assert!(wearer.done.is_empty(), "{:?}", wearer.done);
    }
    // And one that began inside and slid off does not either.
    let mut wearer = Wearer::default();
    wearer.keep(0.2, &aimed(Device::Controller(1), next, false), &targets);
    wearer.keep(0.2, &aimed(Device::Controller(1), next, true), &targets);
    let mut inputs = resting();
    inputs.controllers[1] = Some(controller(outside, true));
    wearer.keep(0.2, &inputs, &targets);
    wearer.keep(0.3, &aimed(Device::Controller(1), next, false), &targets);
    assert!(wearer.done.is_empty(), "{:?}", wearer.done);
}

#[test]
fn a_finger_from_behind_does_not_press() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let mut wearer = Wearer::default();
    for step in -20..=20 {
        let mut inputs = resting();
        inputs.hands[1] = Some(poking_hand(next, step as f32 * 0.005));
        wearer.frame(&inputs, &targets);
    }
    assert!(wearer.done.is_empty());
    // Sideways behind the face, too.
    let mut inputs = resting();
    inputs.hands[1] = Some(hand_with(EYE, next.world_from_plate.point(Vec3::new(-0.6, next.center.y, -0.01)), 0.06));
    wearer.keep(0.1, &inputs, &targets);
    for step in 0..60 {
        let at = Vec3::new(-0.6 + step as f32 * 0.02, next.center.y, -0.01);
        inputs.hands[1] = Some(hand_with(EYE, next.world_from_plate.point(at), 0.06));
        wearer.frame(&inputs, &targets);
    }
    assert!(wearer.done.is_empty(), "{:?}", wearer.done);
}

#[test]
fn a_fast_finger_is_not_missed_and_a_trembling_one_counts_once() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let mut wearer = Wearer::default();
    let poke = |wearer: &mut Wearer, fronts: &[f32]| {
        for front in fronts {
            let mut inputs = resting();
            inputs.hands[1] = Some(poking_hand(next, *front));
            wearer.frame(&inputs, &targets);
        }
        std::mem::take(&mut wearer.done)
    };
    assert_eq!(poke(&mut wearer, &[0.09, -0.04, 0.09]).len(), 1, "through the face between two frames");
    wearer.keep(1.0, &resting(), &targets);
    let trembling: Vec<f32> = (0..40).map(|i| if i % 2 == 0 { 0.004 } else { -0.004 }).collect();
    let mut fronts = vec![0.06, 0.03];
    fronts.extend(trembling);
    fronts.extend([0.03, 0.06]);
    assert_eq!(poke(&mut wearer, &fronts).len(), 1);
}

#[test]
fn two_devices_at_once_press_once() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    for (first, second) in [(0, 1), (0, 3), (1, 4), (3, 5), (2, 4)] {
        let (first, second) = (DEVICES[first], DEVICES[second]);
        let both = |pressed_first: bool, pressed_second: bool| {
            let (mut a, b) = (aimed(first, next, pressed_first), aimed(second, next, pressed_second));
            for side in 0..2 {
                a.controllers[side] = a.controllers[side].or(b.controllers[side]);
                a.hands[side] = a.hands[side].or(b.hands[side]);
            }
            a.head = if matches!(second, Device::Pinch(_)) { b.head } else { a.head };
            a
        };
        // Together; the second held on; the second a moment after the first.
        for presses in [[(true, true); 2], [(true, true), (false, true)], [(true, false), (false, true)]] {
            let mut wearer = Wearer::default();
            wearer.keep(0.3, &both(false, false), &targets);
            for (one, other) in presses {
                wearer.keep(0.15, &both(one, other), &targets);
            }
            wearer.keep(0.5, &both(false, false), &targets);
            assert_eq!(wearer.done.len(), 1, "{first:?} and {second:?}: {:?}", wearer.done);
        }
    }
}

#[test]
fn the_other_hand_does_the_same_only_after_a_while() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    for (pause, times) in [(0.3, 1), (1.0, 2)] {
        let mut wearer = Wearer::default();
        for side in 0..2 {
            wearer.keep(0.1, &aimed(Device::Controller(side), next, false), &targets);
            wearer.keep(0.1, &aimed(Device::Controller(side), next, true), &targets);
            wearer.keep(pause, &aimed(Device::Controller(side), next, false), &targets);
        }
        assert_eq!(wearer.done.len(), times, "{pause} s between them");
    }
}

#[test]
fn whoever_presses_also_looks_and_that_is_one() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let mut wearer = Wearer::default();
    let looked = |pressed: bool| {
        let mut inputs = aimed(Device::Controller(1), next, pressed);
        inputs.eyes = Some(towards(EYE, middle(next)));
        inputs
    };
    wearer.keep(0.8, &looked(false), &targets);
    wearer.keep(0.15, &looked(true), &targets);
    wearer.keep(6.0, &looked(false), &targets);
    assert_eq!(wearer.done, [Action::Command(Command::Next)]);
}

#[test]
fn looking_counts_again_a_while_after_a_press() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let back = &targets[find(&targets, &Action::Command(Command::Back))];
    let mut wearer = Wearer::default();
    wearer.keep(0.1, &aimed(Device::Controller(1), next, false), &targets);
    wearer.keep(0.1, &aimed(Device::Controller(1), next, true), &targets);
    wearer.keep(0.1, &aimed(Device::Controller(1), next, false), &targets);
    wearer.keep(1.8, &aimed(Device::Eyes, back, false), &targets);
    assert_eq!(wearer.done.len(), 1, "{:?}", wearer.done);
    wearer.keep(1.0, &aimed(Device::Eyes, back, false), &targets);
    assert_eq!(wearer.done.len(), 2, "{:?}", wearer.done);
}

#[test]
fn a_hand_at_the_plate_stops_the_look() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let mut inputs = aimed(Device::Eyes, next, false);
    inputs.hands[0] = Some(poking_hand(next, 0.08));
    let mut wearer = Wearer::default();
    wearer.keep(5.0, &inputs, &targets);
    assert!(wearer.done.is_empty());
    inputs.hands[0] = Some(poking_hand(next, 0.4));
    wearer.keep(1.5, &inputs, &targets);
    assert_eq!(wearer.done, [Action::Command(Command::Next)], "the hand is away");
}

#[test]
fn a_hand_that_grips_a_tool_neither_presses_nor_stops_the_look() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let mut inputs = aimed(Device::Eyes, next, false);
    let head = inputs.head.unwrap();
    inputs.hands[1] = Some(pointing_hand(Side::Right, &head, Vec3::new(0.0, 0.2, -1.0), true));
    let mut wearer = Wearer::default();
    wearer.keep(1.4, &inputs, &targets);
    assert_eq!(wearer.done, [Action::Command(Command::Next)]);
    // Closing on a bolt that happens to lie behind a plate, seen from the shoulder, with the head turned to the work.
    let mut away = resting();
    let head = head_at(Vec3::new(4.0, 0.5, -1.0));
    away.head = Some(head);
    let mut wearer = Wearer::default();
    for pinched in [false, true, false] {
        away.hands[1] = Some(pointing_hand(Side::Right, &head, middle(next), pinched));
        wearer.keep(0.3, &away, &targets);
    }
    assert!(wearer.done.is_empty(), "{:?}", wearer.done);
}

#[test]
fn fingers_around_a_controller_are_no_pinch() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let back = &targets[find(&targets, &Action::Command(Command::Back))];
    let mut wearer = Wearer::default();
    for pulled in [false, true, false] {
        let mut inputs = aimed(Device::Pinch(1), back, pulled);
        let palm = inputs.hands[1].unwrap().joints[0];
        let aim = towards(palm, middle(next));
        inputs.controllers[1] = Some(Controller { aim, select: pulled, menu: false, squeeze: false });
        wearer.keep(0.2, &inputs, &targets);
    }
    assert_eq!(wearer.done, [Action::Command(Command::Next)]);
}

#[test]
fn what_is_shown_changes_and_the_hold_is_given_up() {
    let targets = targets();
    let target = &targets[find(&targets, &ack())];
    for device in DEVICES {
        let mut wearer = Wearer::default();
        wearer.keep(0.3, &aimed(device, target, false), &targets);
        wearer.keep(0.8, &aimed(device, target, true), &targets);
        let mut other = aimed(device, target, true);
        other.shown = 1;
        wearer.keep(5.0, &other, &targets);
        assert!(wearer.done.is_empty(), "{device:?} acknowledges what came after");
    }
}

#[test]
fn a_stalled_frame_confirms_nothing() {
    let targets = targets();
    let target = &targets[find(&targets, &ack())];
    for device in DEVICES {
        let mut wearer = Wearer::default();
        wearer.keep(0.3, &aimed(device, target, false), &targets);
        wearer.keep(0.3, &aimed(device, target, true), &targets);
        for stall in [0.4, 30.0, -5.0, f64::NAN] {
            wearer.now += stall;
            wearer.frame(&aimed(device, target, true), &targets);
            wearer.now = if wearer.now.is_finite() { wearer.now } else { 100.0 };
        }
        assert!(wearer.done.is_empty(), "{device:?}");
    }
}

#[test]
fn between_two_targets_a_glove_means_the_nearer() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let beside = next.world_from_plate.point((next.center + Vec2::new(0.055, 0.0)).extend(0.0));
    let place = Target { center: next.center + Vec2::new(0.052, 0.0), ..next.clone() };
    let mut wearer = Wearer::default();
    let mut inputs = resting();
    for select in [false, true, false] {
        inputs.controllers[0] = Some(controller(beside, select));
        wearer.keep(0.1, &inputs, &targets);
    }
    assert_eq!(wearer.done, [Action::Command(Command::Next)]);
    let mut wearer = Wearer::default();
    for front in [0.06, 0.02, -0.01, 0.02, 0.06] {
        inputs.controllers[0] = None;
        inputs.hands[0] = Some(poking_hand(&place, front));
        wearer.keep(0.05, &inputs, &targets);
    }
    assert_eq!(wearer.done, [Action::Command(Command::Next)]);
}

fn follow(targets: &mut [Target], carried: &CarriedPlate) {
    for target in targets {
        target.world_from_plate = carried.world_from_plate;
    }
}

#[test]
fn a_plate_goes_where_it_is_carried() {
    let mut targets = targets();
    let index = find(&targets, &Action::MovePlate);
    let start = targets[index].world_from_plate;
    for (squeeze, aim) in [(false, index), (true, find(&targets, &Action::Command(Command::Back)))] {
        let mut wearer = Wearer::default();
        let mut inputs = resting();
        let at = middle(&targets[aim]);
        let mut hold = |wearer: &mut Wearer, targets: &mut Vec<Target>, to: Vec3, pressed: bool| {
            let mut c = controller(to, pressed && !squeeze);
            c.squeeze = pressed && squeeze;
            inputs.controllers[1] = Some(c);
            for _ in 0..10 {
                wearer.frame(&inputs, targets);
                if let Some(carried) = wearer.last.carried {
                    follow(targets, &carried);
                }
            }
        };
        hold(&mut wearer, &mut targets, at, false);
        hold(&mut wearer, &mut targets, at, true);
        let taken = targets[index].world_from_plate;
        let (moved, turned) = taken.difference(&start);
        assert!(moved < 1e-3 && turned < 1e-3, "it does not jump when it is taken: {moved} m, {turned} rad");
        hold(&mut wearer, &mut targets, at + Vec3::new(-0.5, 0.2, 0.0), true);
        assert!(wearer.last.carried.is_some());
        hold(&mut wearer, &mut targets, at + Vec3::new(-0.5, 0.2, 0.0), false);
        assert!(wearer.last.carried.is_none());
        let (moved, _) = targets[index].world_from_plate.difference(&start);
        assert!(moved > 0.2, "{moved}");
        assert_eq!(wearer.done, [Action::MovePlate]);
        targets = self::targets();
    }
}

#[test]
fn a_look_carries_a_plate_and_stillness_sets_it_down() {
    let mut targets = targets();
    let index = find(&targets, &Action::MovePlate);
    let at = middle(&targets[index]);
    let mut wearer = Wearer::default();
    let mut inputs = resting();
    inputs.eyes = None;
    for frame in 0..600 {
        let turned = ((frame - 120) as f32 / 72.0).clamp(0.0, 2.0) * 0.2;
        inputs.head = Some(head_at(EYE + Quat::from_rotation_y(turned) * (at - EYE)));
        wearer.frame(&inputs, &targets);
        if let Some(carried) = wearer.last.carried {
            follow(&mut targets, &carried);
        }
    }
    assert_eq!(wearer.done, [Action::MovePlate]);
    assert!(wearer.last.carried.is_none(), "the head has been still for long");
    let moved = middle(&targets[index]).distance(at);
    let expected = 2.0 * (at - EYE).length() * 0.2f32.sin();
    assert!((moved - expected).abs() < 0.03, "{moved} m, the head turned by {expected} m there");
}

#[test]
fn talk_lasts_while_it_is_held_and_a_second_look_ends_it() {
    let targets = targets();
    let talk = &targets[find(&targets, &Action::Talk)];
    let mut wearer = Wearer::default();
    wearer.keep(0.2, &aimed(Device::Controller(0), talk, false), &targets);
    wearer.keep(8.0, &aimed(Device::Controller(0), talk, true), &targets);
    assert!(wearer.last.talking);
    wearer.frame(&aimed(Device::Controller(0), talk, false), &targets);
    assert!(!wearer.last.talking);
    let mut wearer = Wearer::default();
    wearer.keep(1.2, &aimed(Device::Eyes, talk, false), &targets);
    wearer.keep(3.0, &resting(), &targets);
    assert!(wearer.last.talking, "the eyes go where they are needed");
    wearer.keep(1.2, &aimed(Device::Eyes, talk, false), &targets);
    assert!(!wearer.last.talking);
    wearer.keep(1.0, &resting(), &targets);
    wearer.keep(1.2, &aimed(Device::Eyes, talk, false), &targets);
    wearer.keep(25.0, &resting(), &targets);
    assert!(!wearer.last.talking, "it ends by itself");
}

#[test]
fn the_menu_button_short_and_long() {
    let targets = targets();
    let with = |menu: bool| {
        let mut inputs = resting();
        inputs.controllers[0] = Some(Controller { menu, ..controller(Vec3::new(0.0, 4.0, -1.0), false) });
        inputs
    };
    let mut wearer = Wearer::default();
    for (menu, seconds) in [(false, 0.1), (true, 0.2), (false, 0.2)] {
        wearer.keep(seconds, &with(menu), &targets);
    }
    assert_eq!(wearer.done, [Action::CarryPlates]);
    wearer.keep(3.0, &with(true), &targets);
    wearer.keep(0.2, &with(false), &targets);
    assert_eq!(wearer.done, [Action::CarryPlates, Action::Blackout]);
    wearer.keep(0.2, &with(true), &targets);
    wearer.keep(0.1, &resting(), &targets);
    wearer.keep(0.2, &with(false), &targets);
    assert_eq!(wearer.done.len(), 2, "a lost controller has let go of nothing");
}

#[test]
fn rays_end_on_what_they_mean() {
    let targets = targets();
    let next = &targets[find(&targets, &Action::Command(Command::Next))];
    let mut wearer = Wearer::default();
    wearer.keep(0.1, &aimed(Device::Controller(0), next, false), &targets);
    let ray = wearer.last.rays[0];
    assert!(ray.on_target && ray.to.distance(middle(next)) < 1e-3, "{ray:?}");
    assert_eq!(wearer.last.hovered[0].target, find(&targets, &next.action));
}

/// What a random wearer does for some frames: each device aims at a target (or past all) and is pressed or not, or is lost.
#[derive(Clone, Debug)]
struct Moment {
    frames: usize,
    devices: Vec<(usize, usize, bool)>,
    looks_at: usize,
    shown: u64,
}

fn moments() -> impl Strategy<Value = Vec<Moment>> {
    let device = (0usize..6, 0usize..12, any::<bool>());
    let moment = (1usize..110, prop::collection::vec(device, 0..3), 0usize..12, 0u64..8)
        .prop_map(|(frames, devices, looks_at, shown)| Moment { frames, devices, looks_at, shown: shown / 7 });
    prop::collection::vec(moment, 1..24)
}

/// Few targets, the acknowledgement among them twice as likely as in life.
fn some_target(targets: &[Target], choice: usize) -> Option<&Target> {
    match choice {
        0..=3 => Some(&targets[find(targets, &ack())]),
        4..=6 => Some(&targets[find(targets, &Action::Command(Command::Next))]),
        7 | 8 => Some(&targets[find(targets, &Action::Command(Command::Back))]),
        9 => Some(&targets[find(targets, &Action::Talk)]),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// However devices come, go, press and look: nothing is acknowledged unless one of them was kept on it for a second of
    /// what is shown now, or looked at for long and confirmed; nothing is done twice at once.
    #[test]
    fn a_random_wearer_acknowledges_only_by_holding(moments in moments()) {
        let targets = targets();
        let acknowledgement = &targets[find(&targets, &ack())];
        let region = ConfirmRegion::of(acknowledgement);
        let region = Target { center: region.center, half: region.half, ..acknowledgement.clone() };
        let mut wearer = Wearer::default();
        // Frames in a row in which this device was pressed on the acknowledgement while the same was shown.
        let mut held = [0usize; 6];
        let mut confirmed = 0usize;
        let mut shown = 0;
        let mut last_done: Vec<(Action, f64)> = Vec::new();
        for moment in &moments {
            let mut inputs = resting();
            inputs.shown = moment.shown;
            let mut pressed_on_it = [false; 6];
            for (device, choice, pressed) in &moment.devices {
                let Some(target) = some_target(&targets, *choice) else { continue };
                let from = aimed(DEVICES[*device], target, *pressed);
                for side in 0..2 {
                    if from.controllers[side].is_some() {
                        inputs.controllers[side] = from.controllers[side];
                        pressed_on_it[side] = *pressed && target.action == ack();
                    }
                    if from.hands[side].is_some() {
                        inputs.hands[side] = from.hands[side];
                        pressed_on_it[2 + side] = *pressed && target.action == ack();
                        pressed_on_it[4 + side] = pressed_on_it[2 + side];
                    }
                }
            }
            let looked = if moment.looks_at == 11 { Some(&region) } else { some_target(&targets, moment.looks_at) };
            if let Some(target) = looked {
                inputs.eyes = Some(towards(EYE, middle(target)));
            }
            for _ in 0..moment.frames {
                for (frames, on) in held.iter_mut().zip(pressed_on_it) {
                    *frames = if on && shown == moment.shown { *frames + 1 } else { 0 };
                }
                confirmed = if moment.looks_at == 11 && shown == moment.shown { confirmed + 1 } else { 0 };
                shown = moment.shown;
                wearer.frame(&inputs, &targets);
                prop_assert!(wearer.last.actions.len() <= 1, "{:?}", wearer.last.actions);
                let Some(action) = wearer.last.actions.first().cloned() else { continue };
                if action == ack() {
                    let long = (HOLD_SECONDS / FRAME) as usize - 1;
                    prop_assert!(held.iter().chain([&confirmed]).any(|frames| *frames >= long), "{held:?} {confirmed}");
                }
                let again = last_done.iter().any(|(done, at)| *done == action && wearer.now - at < 0.24);
                prop_assert!(!again, "{action:?} twice at once");
                last_done.push((action, wearer.now));
            }
        }
    }

    /// Devices that say what cannot be do no harm.
    #[test]
    fn nonsense_is_survived(
        numbers in prop::collection::vec(prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(0.0f32), -1e30f32..1e30, -2.0f32..2.0], 24),
        pressed in any::<bool>(),
        frames in 1usize..60,
    ) {
        let targets = targets();
        let v = |i: usize| Vec3::new(numbers[i], numbers[i + 1], numbers[i + 2]);
        let mut wearer = Wearer::default();
        for frame in 0..frames {
            let aim = Ray { origin: v(0), direction: v(3) };
            let hand = hand_with(v(6), v(9), numbers[12]);
            let inputs = Inputs {
                head: Some(Pose::new(v(13), Quat::from_xyzw(numbers[16], numbers[17], numbers[18], numbers[19]))),
                eyes: Some(Ray { origin: v(20), direction: v(3) }),
                controllers: [Some(Controller { aim, select: pressed && frame % 3 == 0, menu: false, squeeze: pressed }), None],
                hands: [None, Some(hand)],
                shown: frame as u64 / 20,
            };
            wearer.frame(&inputs, &targets);
            prop_assert!(!wearer.done.contains(&ack()), "in less than a second");
        }
    }
}
