//! Presses by controllers, pinches and fingertips: one at a time, begun on a target and ended on it. Must not know devices.

use fieldwright_guide::time::Timestamp;

use super::{HOLD_SECONDS, Source, carry::Carry, pointing::TargetId};
use crate::targets::{Action, Target};

/// A press that lasts longer is somebody leaning on the trigger, seconds.
const PRESS_LONGEST: f64 = 3.0;
/// The same action is not taken again from the same source within this time, nor from another within the longer one, seconds.
const AGAIN_SAME: f64 = 0.25;
const AGAIN_OTHER: f64 = 0.8;

/// What one source does in this frame.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) source: Source,
    /// The device is seen and means something by its state.
    pub(super) tracked: bool,
    pub(super) pressed: bool,
    /// The target it means.
    pub(super) aim: Option<usize>,
    /// Where it would carry a plate to.
    pub(super) grip: Option<super::carry::Grip>,
}

/// A press that has begun on a target.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) source: Source,
    pub(super) id: TargetId,
    pub(super) seconds: f64,
    pub(super) carry: Option<Carry>,
}

/// All presses.
#[derive(Debug, Default)]
pub(super) struct Presses {
    pub(super) captured: Option<Captured>,
    /// Sources seen released; a press counts only from one of them.
    released: Vec<Source>,
    fired: Vec<(Action, Source, Timestamp)>,
    last_press: Option<Timestamp>,
}

impl Presses {
    /// Lets go of a press, except one that only carries or listens: what it does is not about what is shown.
    pub(super) fn let_go_of_what_was_shown(&mut self) {
        if self.captured.as_ref().is_some_and(|c| !matches!(c.id.action, Action::MovePlate | Action::Talk)) {
            self.captured = None;
        }
    }

    pub(super) fn cancel(&mut self) {
        self.captured = None;
        self.released.clear();
    }

    /// True if another source did this a moment ago.
    pub(super) fn was_just_done(&self, action: &Action, source: Source, now: Timestamp) -> bool {
        self.fired.iter().any(|(done, by, at)| {
            let again = if *by == source { AGAIN_SAME } else { AGAIN_OTHER };
            done == action && now.since(*at) < again
        })
    }

    pub(super) fn note(&mut self, action: &Action, source: Source, now: Timestamp) {
        self.fired.retain(|(.., at)| now.since(*at) < AGAIN_OTHER);
        self.fired.push((action.clone(), source, now));
    }

    /// Seconds since a target was pressed.
    pub(super) fn quiet_for(&self, now: Timestamp) -> f64 {
        self.last_press.map_or(f64::INFINITY, |at| now.since(at))
    }

    /// Takes the frame's contacts; gives the action done, if any. `stays` tells whether a press may still be meant for its target.
    pub(super) fn update(
        &mut self,
        now: Timestamp,
        step: f64,
        contacts: &[Contact],
        targets: &[Target],
        stays: impl Fn(&Contact, usize) -> bool,
    ) -> Option<Action> {
        // Only what is pressed on a target counts as use: a hand that grips a wrench looks like a pinch all day.
        if self.captured.is_some() {
            self.last_press = Some(now);
        }
        let mut done = self.go_on(step, contacts, targets, stays);
        for contact in contacts {
            let began = contact.pressed && self.released.contains(&contact.source);
            self.released.retain(|source| *source != contact.source);
            if contact.tracked && !contact.pressed {
                self.released.push(contact.source);
            }
            if !began || !contact.tracked || self.captured.is_some() || done.is_some() {
                continue;
            }
            let Some(index) = contact.aim else { continue };
            let id = TargetId::of(targets, index);
            if self.was_just_done(&id.action, contact.source, now) {
                continue;
            }
            let carry = (id.action == Action::MovePlate)
                .then(|| contact.grip.as_ref().and_then(|grip| Carry::begin(grip, &targets[index])))
                .flatten();
            if matches!(id.action, Action::MovePlate | Action::Talk) {
                done = Some((id.action.clone(), contact.source));
            }
            self.captured = Some(Captured { source: contact.source, id, seconds: 0.0, carry });
        }
        let (action, source) = done?;
        self.note(&action, source, now);
        Some(action)
    }

    /// The press that has begun: held, ended or given up.
    fn go_on(
        &mut self,
        step: f64,
        contacts: &[Contact],
        targets: &[Target],
        stays: impl Fn(&Contact, usize) -> bool,
    ) -> Option<(Action, Source)> {
        let mut captured = self.captured.take()?;
        let contact = contacts.iter().find(|contact| contact.source == captured.source).filter(|c| c.tracked)?;
        let index = captured.id.find(targets)?;
        let action = captured.id.action.clone();
        if action == Action::MovePlate || action == Action::Talk {
            if contact.pressed {
                self.captured = Some(captured);
            }
            return None;
        }
        if !stays(contact, index) {
            return None;
        }
        if !contact.pressed {
            return (!action.is_held_to_confirm()).then_some((action, captured.source));
        }
        captured.seconds += step;
        if action.is_held_to_confirm() && captured.seconds >= HOLD_SECONDS {
            return Some((action, captured.source));
        }
        if captured.seconds < PRESS_LONGEST {
            self.captured = Some(captured);
        }
        None
    }
}
