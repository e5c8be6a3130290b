//! What a wearer can touch: places on the plates in the room, and what happens when one is pressed. Whoever draws the plates
//! lists them; whoever reads hands, controllers and eyes tries them. Must not know plates' looks or input devices.

use fieldwright_guide::{
    command::Command,
    event::Event,
    frames::{Pose, World},
};
use glam::{Vec2, Vec3};

/// A plate's own frame: origin at its centre, +X right, +Y up, +Z out of its face towards the reader, metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plate {}

/// One place that can be pressed.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its plate; `center` is in this plate's frame.
    pub world_from_plate: Pose<World, Plate>,
    /// Its centre on the plate, metres.
    pub center: Vec2,
    /// Half its width and height, metres.
    pub half: Vec2,
    /// What pressing it does.
    pub action: Action,
}

/// What a wearer does to the product with a hand, a controller, a gaze or a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A command; [`Command::Acknowledge`] must be held to confirm, whatever presses it.
    Command(Command),
    /// The choice with this index, of the prompt or question shown.
    Choose(usize),
    /// Carries the plate along until it is let go.
    MovePlate,
    /// Pins the plates where they are in the room, or lets them follow again.
    PinPlate,
    /// Plates beside the work, or carried by the body.
    CarryPlates,
    /// The next of day, dim and blackout.
    NextTheme,
    /// Blackout at once, and back.
    Blackout,
    /// Listen while held.
    Talk,
}

impl Action {
    /// True where a press must be held before it counts: a warning is not acknowledged by a twitch.
    pub fn is_held_to_confirm(&self) -> bool {
        matches!(self, Self::Command(Command::Acknowledge))
    }

    /// What the core is told; `None` for what only plates and themes are concerned with.
    pub fn event(&self) -> Option<Event> {
        match self {
            Self::Command(command) => Some(Event::Command(command.clone())),
            Self::Choose(index) => Some(Event::Choose(*index)),
            Self::MovePlate | Self::PinPlate | Self::CarryPlates | Self::NextTheme | Self::Blackout | Self::Talk => {
                None
            }
        }
    }
}

/// What somebody wishes of the overlay itself, said or typed. The whole utterance must be it.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Everything dark, at once.
    Dark,
    /// Light again.
    Light,
    /// Something else that can be pressed, too.
    Do(Action),
}

/// The wish that an utterance is, if it is one. It waits for no model and reaches no manual.
pub fn wish(utterance: &str) -> Option<Wish> {
    let words: Vec<String> = utterance
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !matches!(*word, "please" | "now" | "the"))
        .map(str::to_owned)
        .collect();
    Some(match words.join(" ").as_str() {
        "blackout" | "black out" | "go dark" | "lights out" | "lights off" | "display off" => Wish::Dark,
        "lights on" | "lights" | "end blackout" | "blackout off" | "display on" => Wish::Light,
        "dim" | "dim display" | "brighter" | "brighten display" | "next theme" => Wish::Do(Action::NextTheme),
        "pin plates" | "pin panels" | "unpin plates" | "unpin panels" => Wish::Do(Action::PinPlate),
        "carry plates" | "carry panels" | "follow me" => Wish::Do(Action::CarryPlates),
        _ => return None,
    })
}

impl Target {
    /// Where a ray meets the target: distance along it, metres, and the point on the plate. `direction` is a unit vector.
    pub fn hit(&self, origin: Vec3, direction: Vec3) -> Option<(f32, Vec2)> {
        let plate_from_world = self.world_from_plate.inverse();
        let (from, along) = (plate_from_world.point(origin), plate_from_world.direction(direction));
        // Only from its front: a plate seen from behind is not pressed by accident.
        if from.z <= 0.0 || along.z >= -1e-4 {
            return None;
        }
        let distance = -from.z / along.z;
        let at = (from + along * distance).truncate();
        let off = (at - self.center).abs();
        (off.x <= self.half.x && off.y <= self.half.y).then_some((distance, at))
    }
}

#[cfg(test)]
mod tests {
    use glam::Quat;

    use super::*;

    #[test]
    fn darkness_is_one_utterance_away_and_is_not_ended_by_asking_for_it_twice() {
        for said in ["Blackout!", "black out, please", "lights out now", "Go dark."] {
            assert_eq!(wish(said), Some(Wish::Dark), "{said}");
        }
        assert_eq!(wish("Lights on"), Some(Wish::Light));
        assert_eq!(wish("pin the plates"), Some(Wish::Do(Action::PinPlate)));
        // Questions and commands of the repair are not wishes.
        for said in ["next", "why did the lights go out", "how do I dim the panel lamp", "", "the"] {
            assert_eq!(wish(said), None, "{said}");
        }
    }

    #[test]
    fn rays_hit_from_the_front_and_inside_only() {
        let target = Target {
            world_from_plate: Pose::new(Vec3::new(0.0, 1.5, -1.0), Quat::IDENTITY),
            center: Vec2::new(0.1, 0.0),
            half: Vec2::new(0.05, 0.02),
            action: Action::Command(Command::Next),
        };
        let (distance, at) = target.hit(Vec3::new(0.1, 1.5, 0.0), Vec3::NEG_Z).expect("in front of its middle");
        assert!((distance - 1.0).abs() < 1e-6 && at.distance(Vec2::new(0.1, 0.0)) < 1e-6);
        assert!(target.hit(Vec3::new(0.0, 1.5, 0.0), Vec3::NEG_Z).is_none(), "beside it");
        assert!(target.hit(Vec3::new(0.1, 1.5, -2.0), Vec3::Z).is_none(), "from behind");
        assert!(Action::Command(Command::Acknowledge).is_held_to_confirm());
    }
}
