//! Which of a part's motions a step's words mean: the verb whose object is the part, and the way it turns.
//! Must not know meshes or how a motion is drawn.
//!
//! The part's motions are named by `equipment.ron`; [`VERBS`] is the one table from verbs to them. Where words do not
//! tell, nothing is shown, or `step_motions` of the equipment package says it.

use super::Guidance;
use crate::{
    equipment::{Motion, Part},
    manual::{Span, Text},
    overlay::MotionCue,
};

/// Keys of motions, the first that the part has is meant; `true`: shown backwards.
type Wanted = &'static [(&'static str, bool)];

/// Verbs of the manual, and the motions they may mean.
const VERBS: &[(&[&str], Wanted)] = &[
    (
        &["remove", "take", "detach", "withdraw"],
        &[("remove", false), ("pull", false), ("open", false), ("loosen", false)],
    ),
    (&["unscrew"], &[("remove", false), ("loosen", false), ("open", false)]),
    (&["disconnect"], &[("disconnect", false), ("remove", false), ("loosen", false)]),
    (&["connect", "reconnect"], &[("connect", false), ("disconnect", true), ("remove", true)]),
    (
        &["install", "reinstall", "put", "fit", "mount", "attach", "insert", "screw"],
        &[("install", false), ("remove", true), ("close", false), ("open", true)],
    ),
    (&["replace"], &[("remove", false)]),
    (&["open"], &[("open", false), ("close", true), ("turn", false), ("remove", false)]),
    (&["close", "shut"], &[("close", false), ("open", true), ("turn", true)]),
    (&["loosen", "slacken"], &[("loosen", false), ("turn", false), ("remove", false)]),
    (&["tighten", "torque"], &[("tighten", false), ("loosen", true), ("install", false), ("remove", true)]),
    (&["turn", "rotate"], &[("turn", false), ("loosen", false), ("open", false), ("adjust", false), ("remove", false)]),
    (&["press", "push", "depress"], &[("press", false), ("push", false), ("close", false)]),
    (&["release"], &[("release", false), ("pull", false), ("press", true)]),
    (&["pull"], &[("pull", false), ("remove", false), ("lift", false)]),
    (&["lift", "raise"], &[("lift", false), ("remove", false)]),
    (&["move", "swing"], &[("move", false), ("adjust", false), ("turn", false), ("open", false)]),
    (&["adjust"], &[("adjust", false), ("turn", false)]),
    (&["pump", "operate"], &[("pump", false)]),
];

/// The state that `set` puts a control into, and the motions that bring it there.
const STATES: &[(&str, Wanted)] = &[
    ("off", &[("off", false), ("turn-off", false), ("on", true), ("turn-on", true), ("run", true), ("turn", true)]),
    ("on", &[("on", false), ("turn-on", false), ("run", false), ("turn", false)]),
    ("run", &[("run", false), ("on", false), ("turn-on", false), ("turn", false)]),
    ("preheat", &[("preheat", false), ("turn", false)]),
    ("start", &[("start", false), ("turn", false), ("press", false)]),
    ("open", &[("open", false), ("close", true), ("turn", true)]),
    ("closed", &[("close", false), ("open", true), ("turn", false)]),
];

/// Words that may stand between a verb and its object.
const BETWEEN: [&str; 14] =
    ["the", "a", "an", "new", "old", "same", "all", "both", "clean", "dry", "serviceable", "of", "back", "on"];

impl Guidance {
    /// The part that the current step or node is about: as the equipment package says, else the first it names.
    pub(super) fn focus_item(&self) -> Option<String> {
        let (task, work_package) = self.current()?;
        if !task.open() {
            return None;
        }
        if let Some(told) = self.told_motion(&work_package.id, task.place()) {
            return Some(told.item.to_lowercase());
        }
        self.texts_here().iter().flat_map(|text| text.parts()).next().map(str::to_lowercase)
    }

    /// How the part moves in the current step; `None` where it does not, or where words do not tell.
    pub(super) fn motion(&self) -> Option<MotionCue> {
        let (task, work_package) = self.current()?;
        let part = self.equipment.parts.get(&self.focus_item()?)?;
        if let Some(told) = self.told_motion(&work_package.id, task.place()) {
            let motion = *part.motions.get(told.motion.as_ref()?)?;
            return Some(MotionCue { node: part.node.clone(), motion, reversed: told.reversed });
        }
        let text = self.texts_here().into_iter().find(|text| text.parts().next().is_some())?;
        let (motion, reversed) = meant(text, part)?;
        Some(MotionCue { node: part.node.clone(), motion, reversed })
    }

    fn told_motion(&self, work_package: &str, step: &str) -> Option<&crate::equipment::StepMotion> {
        self.equipment.step_motions.iter().find(|told| told.work_package == work_package && told.step == step)
    }
}

/// The motion that a paragraph means for the first part it names, and whether it is shown backwards.
fn meant(text: &Text, part: &Part) -> Option<(Motion, bool)> {
    let at = text.spans.iter().position(|span| matches!(span, Span::Part { .. }))?;
    let before: String = text.spans[..at].iter().map(Span::text).collect();
    let after: String = text.spans[at + 1..].iter().map(Span::text).collect();
    let before = words(sentence_end(&before));
    let after = words(sentence_start(&after));
    let (verb, between) = verb_of(&before)?;
    let new = between.contains(&"new");
    let has = |wanted: Wanted| -> Option<(Motion, bool)> {
        wanted.iter().find_map(|(key, reversed)| part.motions.get(*key).map(|motion| (*motion, *reversed)))
    };
    let counterclockwise = direction(&after);
    if verb == "set" {
        // "Set the switch to OFF, then to RUN" shows the last.
        let state = after
            .windows(2)
            .rev()
            .find_map(|pair| (pair[0] == "to").then(|| STATES.iter().find(|(state, _)| *state == pair[1]))?)?;
        return has(state.1);
    }
    // "Push and turn the cap counterclockwise and remove it": what is done to it in the end.
    let last = after.windows(2).find_map(|pair| (pair[1] == "it").then(|| verb_entry(pair[0]))?);
    // "Turn the new element clockwise": it goes on.
    let installs = verb == "turn" && new && counterclockwise == Some(false);
    let last = last.and_then(has);
    let own = if installs { verb_entry("install") } else { verb_entry(verb) };
    let (motion, reversed) = last.or_else(|| has(own?))?;
    // The manual's own direction decides over the table: turned parts are seen from where their axis points.
    let reversed = match (counterclockwise, natural(&motion)) {
        (Some(said), Some(own)) if last.is_none() => said != own,
        _ => reversed,
    };
    Some((motion, reversed))
}

/// The last verb before the part, with the words between, when nothing else can be its object.
fn verb_of<'a>(before: &[&'a str]) -> Option<(&'a str, Vec<&'a str>)> {
    let at = before.iter().rposition(|word| !BETWEEN.contains(word))?;
    let verb = before[at];
    let negated = at > 0 && matches!(before[at - 1], "not" | "never");
    ((verb == "set" || verb_entry(verb).is_some()) && !negated).then(|| (verb, before[at + 1..].to_vec()))
}

fn verb_entry(verb: &str) -> Option<Wanted> {
    VERBS.iter().find(|(verbs, _)| verbs.contains(&verb)).map(|(_, motions)| *motions)
}

/// The way a sentence turns: counterclockwise, clockwise, or not said.
fn direction(words: &[&str]) -> Option<bool> {
    words.iter().find_map(|word| match *word {
        "counterclockwise" | "anticlockwise" => Some(true),
        "clockwise" => Some(false),
        _ => None,
    })
}

/// True where a motion as given turns counterclockwise; `None` where it does not turn.
fn natural(motion: &Motion) -> Option<bool> {
    match motion {
        Motion::Turn { angle_rad, .. } => Some(*angle_rad > 0.0),
        Motion::Unscrew { turns, .. } => Some(*turns > 0.0),
        Motion::Slide { .. } | Motion::Press { .. } => None,
    }
}

fn sentence_end(text: &str) -> &str {
    text.rsplit_once(". ").map_or(text, |(_, last)| last)
}

fn sentence_start(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first)
}

/// Words without marks, in the case of the first only: states keep theirs lowered for comparison.
fn words(text: &str) -> Vec<&'static str> {
    // The tables are small and closed: words that stand in none of them only matter as being there.
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .map(|word| known(&word.to_lowercase()))
        .collect()
}

/// A word of the tables, or a mark that stands for any other word.
fn known(word: &str) -> &'static str {
    const OTHERS: [&str; 9] =
        ["to", "it", "not", "never", "set", "counterclockwise", "anticlockwise", "clockwise", "and"];
    VERBS
        .iter()
        .flat_map(|(verbs, _)| verbs.iter())
        .chain(STATES.iter().map(|(state, _)| state))
        .chain(BETWEEN.iter())
        .chain(OTHERS.iter())
        .find(|own| **own == word)
        .copied()
        .unwrap_or("·")
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use super::*;

    fn part(motions: &[(&str, Motion)]) -> Part {
        Part {
            node: "n".into(),
            name: "N".into(),
            part_numbers: Vec::new(),
            motions: motions.iter().map(|(key, motion)| ((*key).to_owned(), *motion)).collect(),
            fasteners: None,
            view: None,
        }
    }

    /// `[...]` marks the part in the sentence; the expectation is key and whether backwards.
    fn check(sentence: &str, motions: &[(&str, Motion)], expect: Option<(&str, bool)>) {
        let (before, rest) = sentence.split_once('[').unwrap();
        let (name, after) = rest.split_once(']').unwrap();
        let text = Text {
            spans: vec![
                Span::Plain(before.into()),
                Span::Part { item: "x".into(), text: name.into() },
                Span::Plain(after.into()),
            ],
            ..Text::default()
        };
        let found = meant(&text, &part(motions));
        let expect = expect.map(|(key, reversed)| {
            (motions.iter().find(|(own, _)| *own == key).map(|(_, motion)| *motion).unwrap(), reversed)
        });
        assert_eq!(found, expect, "{sentence}");
    }

    const UNSCREW: Motion = Motion::Unscrew { axis: Vec3::NEG_Y, turns: 3.0, distance_m: 0.16 };
    const LOOSEN: Motion = Motion::Unscrew { axis: Vec3::NEG_Y, turns: 1.0, distance_m: 0.002 };
    const SLIDE: Motion = Motion::Slide { axis: Vec3::Z, distance_m: 0.2 };
    const CW: Motion = Motion::Turn { axis: Vec3::Z, angle_rad: -1.57 };
    const CCW: Motion = Motion::Turn { axis: Vec3::Z, angle_rad: 1.57 };
    const PRESS: Motion = Motion::Press { axis: Vec3::NEG_Z, distance_m: 0.01 };

    #[test]
    fn filters() {
        let filter = [("loosen", LOOSEN), ("remove", UNSCREW)];
        check(
            "Turn the [element] counterclockwise with the strap wrench until it is loose.",
            &filter,
            Some(("loosen", false)),
        );
        check("Remove the [element] by hand. Keep it vertical.", &filter, Some(("remove", false)));
        check("Turn the new [element] clockwise by hand until the gasket touches.", &filter, Some(("remove", true)));
        check("Tighten the [element] to 18 N·m with the socket.", &filter, Some(("loosen", true)));
        check("Fill the new [element] with clean fuel.", &filter, None);
        check("Apply a thin layer of oil to the gasket of the new [element].", &filter, None);
        check("Put the drain pan below the [element].", &filter, None);
    }

    #[test]
    fn valves_switches_and_buttons() {
        let valve = [("close", CW), ("turn", CW)];
        check("Turn the [valve] a quarter turn clockwise to the CLOSED position.", &valve, Some(("turn", false)));
        check("Turn the [valve] a quarter turn counterclockwise to the OPEN position.", &valve, Some(("turn", true)));
        check("Open the [valve] a quarter turn counterclockwise and let it drain.", &valve, Some(("close", true)));
        check("Make sure that the [valve] is in the OPEN position.", &valve, None);
        check("If there is a fire, turn the [valve] a quarter turn clockwise.", &valve, Some(("turn", false)));
        let cock = [("open", CCW), ("turn", CCW)];
        check("Close the [cock] a quarter turn clockwise by hand.", &cock, Some(("open", true)));
        let switch = [("preheat", CW), ("run", CW), ("turn", CW)];
        check("Set the [master switch] to PREHEAT. The lamp must come on.", &switch, Some(("preheat", false)));
        check("Set the [master switch] to OFF, then to RUN.", &switch, Some(("run", false)));
        check("Set the [master switch] to OFF.", &switch, Some(("run", true)));
        let button = [("press", PRESS), ("pull", SLIDE)];
        check("Press the [button] until the engine starts.", &button, Some(("press", false)));
        check("Pull the [button] out to release it.", &button, Some(("pull", false)));
        check("Do not release the [button] until the cause is found.", &button, None);
    }

    #[test]
    fn covers_cables_caps() {
        let cover = [("remove", SLIDE)];
        check("Install the [cover] and tighten the four screws.", &cover, Some(("remove", true)));
        check("Disconnect the [cable] from the post.", &cover, Some(("remove", false)));
        check("Connect the [cable] to the post.", &cover, Some(("remove", true)));
        check("Remove the padlock from the [cable].", &cover, None);
        check("Loosen the clamp nut on the [cable] with a wrench.", &cover, None);
        check(
            "Push and turn the [cap] counterclockwise and remove it.",
            &[("turn", CCW), ("remove", UNSCREW)],
            Some(("remove", false)),
        );
        check("Put a cover on the opening of the [block].", &cover, None);
        check("Lift the [cable] off the post and move it away.", &cover, Some(("remove", false)));
        check("Examine the [cover] for cracks.", &cover, None);
    }
}
