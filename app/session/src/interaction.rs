//! What a wearer does with controllers, hands and eyes, as actions on the targets in the room. Every action can be done by
//! each of them; a warning is acknowledged only by a gesture of its own. Time is an argument; must not know OpenXR, bevy or how
//! anything looks.
//!
//! Each frame, [`Interaction::update`] takes what the devices say and which targets stand where, and gives the actions done
//! and what is to be drawn: the target meant, the rays, how much of a look or a hold is done, a plate on its way.
//!
//! | | press | hold | carry |
//! |---|---|---|---|
//! | controller | select, ray on the target | kept for a second | squeeze, or select on the plate's handle |
//! | hand, far | thumb and index finger together | kept together | the same, on the handle |
//! | hand, near | index finger through the plate's face | kept there | pushes the plate sideways |
//! | eyes or head | look for a while | look, then look at the place of confirmation | look at the handle, turn the head, keep still |
//!
//! A press counts when it begins on a target and ends on it. Only one press is under way at a time. One that is under way is given
//! up when the device is lost, the target goes, it slides off, or what is shown changes.

mod carry;
mod gaze;
mod hands;
mod pointing;
mod press;
#[cfg(test)]
mod tests;

use fieldwright_guide::{
    frames::{Head, Pose, World},
    time::Timestamp,
};
use glam::Vec3;

use self::{
    carry::Grip,
    gaze::{Gaze, Look},
    hands::{Pinch, Poke, Touch},
    pointing::{TargetId, distance, meant, miss, on_plane, over},
    press::{Contact, Presses},
};
pub use self::{gaze::ConfirmRegion, hands::shoulder};
use crate::targets::{Action, Plate, Target};

/// How long a warning's acknowledgement is held, seconds.
pub const HOLD_SECONDS: f64 = 1.0;
/// A frame longer than this counts as this long: nothing is confirmed by a stall, seconds.
const LONGEST_STEP: f64 = 0.1;
/// After a gap like this whatever was under way is given up: the headset was off, or the picture stood still. Seconds.
const GAP: f64 = 1.5;
/// Radians beside a target that still mean it, for a ray from a hand; and how much more while it is pressed.
const RAY_TOLERANCE: f32 = 0.045;
const RAY_SLIDES: f32 = 0.07;
/// A pinch means only what lies within so many radians of the head's direction: fingers close on bolts and rags, too.
const PINCH_SEEN: f32 = 0.6;
/// So far beside the target a fingertip may slide while it presses, metres. The fingertip's own rules are narrower.
const TOUCH_SLIDES: f32 = 0.04;
/// A hand so near to the target that is looked at is about to use it, metres: looking does nothing then.
const HAND_AT_TARGET: f32 = 0.15;
/// So long after a press looking does nothing: whoever presses also looks there. Seconds.
const QUIET: f64 = 1.5;
/// The menu button held for this long means blackout, seconds.
const MENU_LONG: f64 = 0.6;
/// Drawn length of a ray that meets nothing, metres.
const RAY_DRAWN: f32 = 2.0;

/// The wearer's head in the room.
pub type HeadPose = Pose<World, Head>;

/// Left or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// Both, in the order of every pair here.
pub const SIDES: [Side; 2] = [Side::Left, Side::Right];

/// A half-line in the room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it begins, metres.
    pub origin: Vec3,
    /// A unit vector.
    pub direction: Vec3,
}

impl Ray {
    /// `None` where either is not finite or the direction has no length.
    pub fn new(origin: Vec3, direction: Vec3) -> Option<Self> {
        let direction = direction.try_normalize()?;
        origin.is_finite().then_some(Self { origin, direction })
    }
}

/// A tracked controller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controller {
    /// Where it points.
    pub aim: Ray,
    /// Select or trigger is pressed.
    pub select: bool,
    /// The menu button is pressed.
    pub menu: bool,
    /// The grip is squeezed.
    pub squeeze: bool,
}

/// A tracked hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hand {
    /// The joints in the order of `XrHandJointEXT`, in the room, metres.
    pub joints: [Vec3; 26],
    /// Their radii, metres.
    pub radii: [f32; 26],
}

/// What the devices say in one frame. `None` is not there or not tracked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// The head.
    pub head: Option<HeadPose>,
    /// Where the eyes look. Without it the head's own direction is taken.
    pub eyes: Option<Ray>,
    /// Left and right.
    pub controllers: [Option<Controller>; 2],
    /// Left and right.
    pub hands: [Option<Hand>; 2],
    /// Stands for what is shown: another number whenever the step or the alert shown is another. A press or a look that began
    /// before a change does not count after it, so that nothing is acknowledged unseen.
    pub shown: u64,
}

/// By what an action is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A fingertip on the plate.
    Touch(Side),
    /// A controller's select.
    Controller(Side),
    /// A controller's grip, which takes a plate anywhere.
    Squeeze(Side),
    /// Thumb and index finger together.
    Pinch(Side),
    /// Eyes, or the head instead.
    Gaze,
    /// A controller's menu button.
    Menu(Side),
}

/// A pointer on a target. The target is an index into the list of this frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hover {
    /// Which target.
    pub target: usize,
    /// By what.
    pub source: Source,
    /// A press is under way there.
    pub pressed: bool,
}

/// A ray to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawnRay {
    /// Whose.
    pub source: Source,
    /// Its beginning, metres.
    pub from: Vec3,
    /// Its end, on the plate where it means a target.
    pub to: Vec3,
    /// It means a target.
    pub on_target: bool,
}

/// How much is done, 0 to 1, at the target with this index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Which target.
    pub target: usize,
    /// 0 to 1.
    pub done: f32,
}

/// A plate on its way. When it is not carried any more it stays where it was last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CarriedPlate {
    /// The plate's target that was taken hold of: an index into the list of this frame, `None` if it is gone.
    pub target: Option<usize>,
    /// Where the plate is to be now.
    pub world_from_plate: Pose<World, Plate>,
}

/// What a frame has brought, and what is to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Done in this frame. [`Action::MovePlate`] and [`Action::Talk`] are given when they begin.
    pub actions: Vec<Action>,
    /// Pointers on targets, nearest device first.
    pub hovered: Vec<Hover>,
    /// Rays of controllers and hands.
    pub rays: Vec<DrawnRay>,
    /// A look under way.
    pub dwell: Option<Progress>,
    /// A hold under way.
    pub hold: Option<Progress>,
    /// Where to look to confirm, and the target it confirms.
    pub confirm: Option<(usize, ConfirmRegion)>,
    /// The plate that is carried.
    pub carried: Option<CarriedPlate>,
    /// Listen.
    pub talking: bool,
}

/// Everything that is under way between two frames.
#[derive(Debug, Default)]
pub struct Interaction {
    last: Option<(Timestamp, u64)>,
    presses: Presses,
    gaze: Gaze,
    pinches: [Pinch; 2],
    pokes: [Poke; 2],
    menus: [Menu; 2],
    /// What each source meant in the last frame, so that it does not flicker between two targets.
    hovered: Vec<(Source, TargetId)>,
}

/// What one source points with.
struct Pointer {
    contact: Contact,
    ray: Option<Ray>,
    drawn: bool,
}

impl Interaction {
    /// Takes one frame. `targets` are those that can be pressed now, in any order, but in the same order as long as they stay.
    pub fn update(&mut self, now: Timestamp, inputs: &Inputs, targets: &[Target]) -> Output {
        let step = self.step(now, inputs.shown);
        let inputs = &only_finite(inputs);
        let pointers = self.pointers(inputs, targets);
        let contacts: Vec<Contact> = pointers.iter().map(|p| p.contact.clone()).collect();
        let stays = |contact: &Contact, index: usize| {
            // What is held to confirm is given up as soon as another is meant; a quick press may slide.
            let other = contact.aim.is_some_and(|aim| aim != index) && targets[index].action.is_held_to_confirm();
            !other && stays(contact, &targets[index])
        };
        let mut actions: Vec<Action> = self.presses.update(now, step, &contacts, targets, stays).into_iter().collect();
        if let Some(captured) = &mut self.presses.captured
            && let Some(carry) = &mut captured.carry
            && let Some(contact) = contacts.iter().find(|c| c.source == captured.source)
            && let Some(grip) = &contact.grip
        {
            carry.update(grip, inputs.head.as_ref());
        }
        if !actions.is_empty() {
            self.gaze.forget();
        }
        let look = self.look(now, step, inputs, targets);
        if let Some(action) = self.gaze.update(&look, targets)
            && actions.is_empty()
            && !self.presses.was_just_done(&action, Source::Gaze, now)
        {
            self.presses.note(&action, Source::Gaze, now);
            actions.push(action);
        }
        for (side, menu) in self.menus.iter_mut().enumerate() {
            let pressed = inputs.controllers[side].as_ref().map(|c| c.menu);
            if let Some(action) = menu.update(pressed, step) {
                actions.push(action);
            }
        }
        self.hovered =
            pointers.iter().filter_map(|p| Some((p.contact.source, TargetId::of(targets, p.contact.aim?)))).collect();
        self.output(actions, &pointers, targets, look.by_eyes)
    }

    /// Gives up whatever is under way: the session has lost its input, or another is shown.
    pub fn cancel(&mut self) {
        self.presses.cancel();
        self.gaze.cancel();
        self.pokes = Default::default();
        self.pinches = Default::default();
        self.menus = Default::default();
        self.hovered.clear();
    }

    /// Seconds that count in this frame.
    fn step(&mut self, now: Timestamp, shown: u64) -> f64 {
        let last = self.last.replace((now, shown));
        let Some((before, shown_before)) = last else { return 0.0 };
        let passed = now.since(before);
        if !(0.0..=GAP).contains(&passed) {
            self.cancel();
        }
        if shown != shown_before {
            self.presses.let_go_of_what_was_shown();
            self.gaze.forget();
        }
        if passed.is_finite() { passed.clamp(0.0, LONGEST_STEP) } else { 0.0 }
    }

    /// Every source but the gaze, the nearest to the plate first: it has the first say.
    fn pointers(&mut self, inputs: &Inputs, targets: &[Target]) -> Vec<Pointer> {
        let mut pointers = Vec::with_capacity(8);
        let mut touches = [Touch::default(); 2];
        for (side, at) in [(Side::Left, 0), (Side::Right, 1)] {
            let tip = inputs.hands[at].as_ref().map(Hand::index_tip);
            touches[at] = self.pokes[at].update(tip, targets);
            pointers.push(Pointer {
                contact: Contact {
                    source: Source::Touch(side),
                    tracked: tip.is_some(),
                    pressed: touches[at].pressed,
                    aim: touches[at].over,
                    grip: tip.map(Grip::Fingertip),
                },
                ray: None,
                drawn: false,
            });
        }
        for (side, at) in [(Side::Left, 0), (Side::Right, 1)] {
            let controller = inputs.controllers[at].as_ref();
            let ray = controller.map(|c| c.aim);
            let source = Source::Controller(side);
            let aim = ray.and_then(|ray| meant(&ray, targets, RAY_TOLERANCE, self.hovered_by(source, targets)));
            let handle = aim.and_then(|index| handle_of(targets, index));
            let select = controller.is_some_and(|c| c.select);
            let squeeze = controller.is_some_and(|c| c.squeeze);
            pointers.push(pointer(source, ray, select, aim, true));
            pointers.push(pointer(Source::Squeeze(side), ray, squeeze, handle, false));
        }
        for (side, at) in [(Side::Left, 0), (Side::Right, 1)] {
            let hand = inputs.hands[at].as_ref();
            let ray = hand.and_then(|hand| hand.ray(side, inputs.head.as_ref()));
            // Fingers around a controller are no pinch: its buttons speak for this hand.
            let holds = |hand: &&Hand| inputs.controllers[at].is_some_and(|c| hand.holds(c.aim.origin));
            let ray = ray.filter(|_| !hand.as_ref().is_some_and(holds));
            let pinched = self.pinches[at].update(hand.filter(|_| ray.is_some()));
            let source = Source::Pinch(side);
            // Near a plate the hand pokes: its fingers may touch each other then.
            let near = touches[at].over.is_some();
            let aim = ray
                .filter(|_| !near)
                .and_then(|ray| meant(&ray, targets, RAY_TOLERANCE, self.hovered_by(source, targets)))
                .filter(|index| is_seen(inputs.head.as_ref(), &targets[*index]));
            pointers.push(pointer(source, ray, pinched, aim, !near));
        }
        pointers
    }

    fn hovered_by(&self, source: Source, targets: &[Target]) -> Option<usize> {
        self.hovered.iter().find(|(by, _)| *by == source).and_then(|(_, id)| id.find(targets))
    }

    fn look<'a>(&self, now: Timestamp, step: f64, inputs: &'a Inputs, targets: &[Target]) -> Look<'a> {
        let head = inputs.head.as_ref();
        // Whoever holds a controller presses with it: a head that is turned to read must not press by itself.
        let held = inputs.controllers.iter().any(Option::is_some);
        let by_head =
            head.filter(|_| !held).and_then(|head| Ray::new(head.point(Vec3::ZERO), head.direction(Vec3::NEG_Z)));
        let ray = inputs.eyes.or(by_head);
        let looked_at = ray.as_ref().and_then(|ray| meant(ray, targets, RAY_TOLERANCE, None));
        let hand_there = looked_at.is_some_and(|index| {
            let near = |point: Vec3| distance(point, &targets[index]) < HAND_AT_TARGET;
            inputs.hands.iter().flatten().any(|hand| near(hand.index_tip()))
                || inputs.controllers.iter().flatten().any(|controller| near(controller.aim.origin))
        });
        let blocked = self.presses.captured.is_some() || self.presses.quiet_for(now) < QUIET || hand_there;
        Look { ray, by_eyes: inputs.eyes.is_some(), head, blocked, step }
    }

    fn output(&self, actions: Vec<Action>, pointers: &[Pointer], targets: &[Target], by_eyes: bool) -> Output {
        let captured = self.presses.captured.as_ref();
        let held_at = captured.and_then(|c| c.id.find(targets));
        let mut hovered: Vec<Hover> = Vec::new();
        let mut rays = Vec::new();
        for Pointer { contact, ray, drawn } in pointers {
            let is_captured = captured.is_some_and(|c| c.source == contact.source);
            let target = if is_captured { held_at } else { contact.aim };
            let shown = *drawn || contact.source.is_touch() || is_captured;
            if let Some(target) = target.filter(|_| shown) {
                hovered.push(Hover { target, source: contact.source, pressed: is_captured });
            }
            if let Some(ray) = ray.filter(|_| *drawn) {
                let end = target.and_then(|index| end_on(&ray, &targets[index]));
                rays.push(DrawnRay {
                    source: contact.source,
                    from: ray.origin,
                    to: end.unwrap_or(ray.origin + ray.direction * RAY_DRAWN),
                    on_target: target.is_some(),
                });
            }
        }
        let dwell = self.gaze.dwelling(targets, by_eyes).filter(|(_, done)| *done > 0.0);
        if let Some((target, _)) = dwell {
            hovered.push(Hover { target, source: Source::Gaze, pressed: false });
        }
        let hold = captured.filter(|c| c.id.action.is_held_to_confirm()).and_then(|c| {
            let done = (c.seconds / HOLD_SECONDS).min(1.0) as f32;
            Some(Progress { target: held_at?, done })
        });
        let by_press =
            captured.and_then(|c| Some(CarriedPlate { target: held_at, world_from_plate: c.carry.as_ref()?.now }));
        let by_gaze = || {
            let world_from_plate = self.gaze.carried()?;
            Some(CarriedPlate { target: self.gaze.carried_target(targets), world_from_plate })
        };
        let talk_held = captured.is_some_and(|c| c.id.action == Action::Talk);
        Output {
            actions,
            hovered,
            rays,
            dwell: dwell.map(|(target, done)| Progress { target, done }),
            hold,
            confirm: self.gaze.confirm(targets),
            carried: by_press.or_else(by_gaze),
            talking: talk_held || self.gaze.is_listening(),
        }
    }
}

impl Source {
    fn is_touch(self) -> bool {
        matches!(self, Self::Touch(_))
    }
}

/// The menu button: a short press changes where the plates are, a long one blacks everything out.
#[derive(Debug, Default)]
struct Menu {
    held: Option<f64>,
    /// Seen released since it was last lost or spent.
    ready: bool,
}

impl Menu {
    fn update(&mut self, pressed: Option<bool>, step: f64) -> Option<Action> {
        match pressed {
            None => {
                *self = Self::default();
                None
            }
            Some(true) if self.ready => {
                let held = self.held.map_or(0.0, |held| held + step);
                if held >= MENU_LONG {
                    *self = Self::default();
                    return Some(Action::Blackout);
                }
                self.held = Some(held);
                None
            }
            Some(true) => None,
            Some(false) => {
                self.ready = true;
                self.held.take().map(|_| Action::CarryPlates)
            }
        }
    }
}

fn pointer(source: Source, ray: Option<Ray>, pressed: bool, aim: Option<usize>, drawn: bool) -> Pointer {
    let contact = Contact { source, tracked: ray.is_some(), pressed, aim, grip: ray.map(Grip::Ray) };
    Pointer { contact, ray, drawn }
}

/// Whether a press may still be meant for its target: a hand that presses moves.
fn stays(contact: &Contact, target: &Target) -> bool {
    match &contact.grip {
        Some(Grip::Ray(ray)) => miss(ray, target).is_some_and(|(angle, _)| angle < RAY_TOLERANCE + RAY_SLIDES),
        Some(Grip::Fingertip(tip)) => over(*tip, target).1 < TOUCH_SLIDES,
        None => false,
    }
}

/// Whether the wearer faces the target. Without a head's pose nothing speaks against it.
fn is_seen(head: Option<&HeadPose>, target: &Target) -> bool {
    head.is_none_or(|head| {
        let towards = target.world_from_plate.point(target.center.extend(0.0)) - head.point(Vec3::ZERO);
        towards.angle_between(head.direction(Vec3::NEG_Z)) < PINCH_SEEN
    })
}

/// The handle of the plate that a target is on.
fn handle_of(targets: &[Target], index: usize) -> Option<usize> {
    let plate = targets[index].world_from_plate;
    targets.iter().position(|t| t.action == Action::MovePlate && t.world_from_plate == plate)
}

fn end_on(ray: &Ray, target: &Target) -> Option<Vec3> {
    let (at, _) = on_plane(ray, target)?;
    let at = at.clamp(target.center - target.half, target.center + target.half);
    Some(target.world_from_plate.point(at.extend(0.0)))
}

/// A device that says what cannot be is not there.
fn only_finite(inputs: &Inputs) -> Inputs {
    let whole = |ray: &Ray| ray.origin.is_finite() && ray.direction.is_normalized();
    Inputs {
        head: inputs.head.filter(|head| head.translation.is_finite() && head.rotation.is_normalized()),
        eyes: inputs.eyes.filter(whole),
        controllers: inputs.controllers.map(|c| c.filter(|c| whole(&c.aim))),
        hands: inputs.hands.map(|h| h.filter(Hand::is_finite)),
        shown: inputs.shown,
    }
}
