//! Plays a scenario against an assistant, on whatever clock it is given. Must not know rendering: each frame it says
//! where the head is and what happens to the equipment, and is given what the assistant shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use fieldwright_guide::{
    command::Command,
    equipment::EquipmentPackage,
    event::{Effect, Event},
    frames::{Equipment, Head, Pose, World},
    manual::AlertKind,
    overlay::{HighlightRole, OverlayScene},
    time::Timestamp,
    tracking::Tracking,
};
use glam::Vec3;

use crate::{
    aloud::{Aloud, SaidAloud},
    assistant::Assistant,
    checks::{self, Seen, Verdict, evaluate},
    head::{HeadPath, as_reported},
    registration::Registration,
    scenario::{Beat, CameraConditions, Check, Scenario},
    sounds::{Surroundings, Words},
    targets::Action,
};

/// A script that is not understood so often, one after another, is over: it would acknowledge the same warning for ever.
const MOST_IN_VAIN: u32 = 4;

/// What the world looks like in the frame to come.
#[derive(Clone, Debug)]
pub struct FrameInputs {
    /// The moment.
    pub now: Timestamp,
    /// Where the head is.
    pub world_from_head: Pose<World, Head>,
    /// Fiducials under a cloth.
    pub covered_tags: Vec<u32>,
    /// The camera's conditions; `None` while it gives no frames.
    pub camera: Option<CameraConditions>,
}

/// A picture wanted for the report, taken after the frame is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShotRequest {
    /// Words under it.
    pub caption: String,
}

/// A question and how long the user waited.
#[derive(Clone, Copy, Debug, Default)]
pub struct Latency {
    /// Milliseconds from the words to the passage.
    pub question_to_passage: Option<f64>,
    /// Milliseconds from the words to the first overlay that answers them.
    pub question_to_overlay: Option<f64>,
}

/// A scenario being played.
#[derive(Debug)]
pub struct Player {
    scenario: Scenario,
    tempo: Tempo,
    equipment: Arc<EquipmentPackage>,
    world_from_equipment: Pose<World, Equipment>,
    head: HeadPath,
    next_beat: usize,
    wait_until: f64,
    stalled_until: f64,
    covered: Vec<u32>,
    follow: u32,
    follow_started: Option<(String, f64)>,
    acknowledging: bool,
    verdicts: Vec<Verdict>,
    said: Vec<String>,
    shown: BTreeSet<String>,
    registration: Registration,
    asked_at: Option<f64>,
    latency: Latency,
    last_shown: String,
    shot_due: Option<(f64, String)>,
    shots: Vec<ShotRequest>,
    manner: Manner,
    wanted: Option<(Action, f64)>,
    aloud: Option<Aloud>,
    patience_s: f64,
    expecting_since: Option<f64>,
    finished: bool,
}

/// How the script presses buttons and chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// The event is handed to the assistant.
    #[default]
    Direct,
    /// The script says what it wants pressed ([`Player::wanted`]) and waits until a hand, a controller or a gaze has done it
    /// ([`Player::acted`]).
    ByHand,
}

/// Seconds that a wanted press may take before it counts as impossible.
const PRESS_S: f64 = 30.0;

/// For whom it is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tempo {
    /// For checks and pictures: a step stands for two camera frames.
    Brisk,
    /// For people who watch: a step stands as long as it takes to read.
    Watch,
}

/// Frames pass between beats that act, so that the scene settles.
const SETTLE_S: f64 = 0.2;

impl Tempo {
    /// Seconds that what is shown stands before a script goes on.
    fn stands_s(self) -> f64 {
        match self {
            Self::Brisk => 0.4,
            Self::Watch => 3.5,
        }
    }

    /// Seconds after a change of what is shown at which the automatic picture is taken: a ghost is then on its way.
    fn picture_after_s(self) -> f64 {
        match self {
            Self::Brisk => 0.2,
            Self::Watch => 1.0,
        }
    }
}

impl Player {
    /// A player at the first beat.
    pub fn new(scenario: Scenario, equipment: Arc<EquipmentPackage>, tempo: Tempo) -> Self {
        let stands = scenario.stands;
        let world_from_equipment = stands.world_from_equipment();
        let view = equipment.views.get(&scenario.view).copied();
        let (eye, target) = view.map_or((Vec3::new(0.0, 1.5, 2.4), Vec3::Y * 0.6), |v| (v.eye, v.target));
        let bounds = scenario.registration;
        Self {
            head: HeadPath::at(eye, target, world_from_equipment),
            tempo,
            scenario,
            equipment,
            world_from_equipment,
            next_beat: 0,
            wait_until: 1.0,
            stalled_until: 0.0,
            covered: Vec::new(),
            follow: 0,
            follow_started: None,
            acknowledging: false,
            verdicts: Vec::new(),
            said: Vec::new(),
            shown: BTreeSet::new(),
            registration: Registration::new(bounds),
            asked_at: None,
            latency: Latency::default(),
            last_shown: String::new(),
            shot_due: None,
            shots: Vec::new(),
            manner: Manner::Direct,
            wanted: None,
            aloud: None,
            patience_s: 0.0,
            expecting_since: None,
            finished: false,
        }
    }

    /// The same player, pressing buttons in this manner.
    #[must_use]
    pub fn pressing(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    /// The same player, with a mouth: what it speaks, and all that it says and presses where the mouth is for everything, is
    /// heard through these ears.
    #[must_use]
    pub fn speaking(self, aloud: Aloud) -> Self {
        Self { aloud: Some(aloud), ..self }
    }

    /// What the script has said aloud, and how much of it was said again because nothing came of it.
    pub fn said_aloud(&self) -> (&[SaidAloud], u32) {
        self.aloud.as_ref().map_or((&[], 0), |aloud| (&aloud.log, aloud.again))
    }

    /// The mouth, if it has one.
    pub fn mouth(&mut self) -> Option<&mut Aloud> {
        self.aloud.as_mut()
    }

    /// The same player, whose expectations may take so many seconds to come true: in real time, threads and workers take theirs.
    #[must_use]
    pub fn patient(self, seconds: f64) -> Self {
        Self { patience_s: seconds, ..self }
    }

    /// What a hand must press before the script goes on.
    pub fn wanted(&self) -> Option<&Action> {
        self.wanted.as_ref().map(|(action, _)| action)
    }

    /// A hand, a controller or a gaze has done this.
    pub fn acted(&mut self, action: &Action, now: Timestamp) {
        if self.wanted() == Some(action) {
            self.wanted = None;
            self.wait_until = self.wait_until.max(now.0 + SETTLE_S);
        }
    }

    /// The scenario being played.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Ground truth, for the renderer and for scoring only.
    pub fn world_from_equipment(&self) -> Pose<World, Equipment> {
        self.world_from_equipment
    }

    /// What the world looks like at `now`.
    pub fn inputs(&self, now: Timestamp) -> FrameInputs {
        FrameInputs {
            now,
            world_from_head: self.head.pose(now.0),
            covered_tags: self.covered.clone(),
            camera: (now.0 >= self.stalled_until).then_some(self.scenario.camera),
        }
    }

    /// True when every beat has been played.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Pictures wanted of the frame just drawn.
    pub fn take_shots(&mut self) -> Vec<ShotRequest> {
        std::mem::take(&mut self.shots)
    }

    /// The verdicts so far.
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// Registration so far.
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Latencies of the first question.
    pub fn latency(&self) -> Latency {
        self.latency
    }

    /// Notes what was said aloud.
    pub fn heard_effects(&mut self, effects: &[Effect]) {
        self.said.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Say(line) => Some(line.clone()),
            _ => None,
        }));
    }

    /// After the assistant has taken in the frame: scores it, then plays what is due. `wall_s` is a monotonic clock for latencies.
    pub fn advance(&mut self, assistant: &mut Assistant, now: Timestamp, wall_s: f64) {
        self.listen(assistant, now, wall_s);
        let scene = assistant.scene(now);
        self.shown.extend(checks::all_words(&scene));
        self.score(assistant, &scene, now);
        self.measure_latency(assistant, &scene, wall_s);
        self.auto_shot(&scene, now.0);
        if self.speaks(&scene, now) {
            return;
        }
        if let Some((action, since)) = &self.wanted {
            if now.0 - since > PRESS_S {
                let name = format!("press {action:?} by hand");
                self.wanted = None;
                self.fail(&name, format!("pressed within {PRESS_S} s"), "nothing pressed it".to_owned(), now);
            }
            return;
        }
        if self.acknowledging {
            self.acknowledging = self.acknowledge_one(assistant, &scene, now);
            if self.acknowledging {
                return;
            }
        }
        if self.follow > 0 {
            self.follow_one(assistant, &scene, now);
            return;
        }
        if now.0 < self.wait_until {
            return;
        }
        let Some(beat) = self.scenario.script.get(self.next_beat).cloned() else {
            // The last frame's shots are still due.
            self.finished = self.shot_due.is_none();
            return;
        };
        self.next_beat += 1;
        self.play(&beat, assistant, &scene, now, wall_s);
    }

    fn play(&mut self, beat: &Beat, assistant: &mut Assistant, scene: &OverlayScene, now: Timestamp, wall_s: f64) {
        self.wait_until = now.0 + SETTLE_S;
        match beat {
            Beat::Look { view, over } => {
                if let Some(view) = self.equipment.views.get(view) {
                    self.head.go(view.eye, view.target, now.0, f64::from(*over));
                    self.wait_until = self.head.arrives();
                }
            }
            Beat::LookAt { eye, target, over } => {
                self.head.go(*eye, *target, now.0, f64::from(*over));
                self.wait_until = self.head.arrives();
            }
            Beat::Wait(seconds) => self.wait_until = now.0 + f64::from(*seconds),
            Beat::Say(words) if self.speaks_everything() => {
                self.say(Words::Text(words.clone()), None, None, now);
            }
            Beat::Speak { .. } => match beat.speech(&self.scenario.path) {
                Ok(Some((words, around))) => self.say(words, Some(around), None, now),
                Ok(None) => {}
                Err(why) => self.fail("speak", "words".to_owned(), why, now),
            },
            Beat::Say(words) => {
                if self.latency.question_to_overlay.is_none() && fieldwright_guide::command::parse(words).is_none() {
                    self.asked_at = Some(wall_s);
                }
                assistant.event(Event::Utterance(words.clone()), now);
                self.wait_until = now.0 + self.tempo.stands_s();
            }
            Beat::Press(command) => {
                let greyed = scene.buttons.iter().all(|button| button.command != *command || !button.enabled);
                if greyed && self.manner == Manner::ByHand {
                    // No hand can press what is greyed or not there; whoever says it all the same must get nowhere either.
                    assistant.event(Event::Command(command.clone()), now);
                } else {
                    self.act(assistant, scene, Action::Command(command.clone()), now);
                }
            }
            Beat::Choose(words) => {
                if let Some(index) = choice(scene, words) {
                    self.act(assistant, scene, Action::Choose(index), now);
                } else {
                    self.fail(
                        &format!("choose `{words}`"),
                        "a choice with these words".to_owned(),
                        choices(scene).join(" / "),
                        now,
                    );
                }
            }
            Beat::Act(item) => assistant.event(Event::PartActed { item: item.clone() }, now),
            Beat::Follow(steps) => {
                self.follow = *steps;
                self.follow_started = None;
            }
            Beat::AcknowledgeAll => self.acknowledging = true,
            Beat::CoverTags(ids) => {
                self.covered =
                    if ids.is_empty() { self.equipment.fiducials.iter().map(|f| f.id).collect() } else { ids.clone() };
            }
            Beat::UncoverTags => self.covered.clear(),
            Beat::KillWorker(_) => assistant.kill_model(now),
            Beat::StallCamera(seconds) => self.stalled_until = now.0 + f64::from(*seconds),
            Beat::Restart => {
                if let Err(error) = assistant.restart(now) {
                    self.fail("restart", "resumes".to_owned(), error.to_string(), now);
                }
            }
            Beat::Shot(caption) => {
                self.shots.push(ShotRequest { caption: caption.clone() });
                self.shot_due = None;
                self.wait_until = now.0;
            }
            Beat::Expect(expected) => {
                self.wait_until = now.0;
                let verdicts = self.judge(expected, assistant, scene, now);
                let since = *self.expecting_since.get_or_insert(now.0);
                if now.0 - since < self.patience_s && verdicts.iter().any(|verdict| !verdict.passed) {
                    self.next_beat -= 1;
                    return;
                }
                self.expecting_since = None;
                self.said.clear();
                self.verdicts.extend(verdicts);
            }
        }
    }

    fn judge(&self, expected: &[Check], assistant: &Assistant, scene: &OverlayScene, now: Timestamp) -> Vec<Verdict> {
        let focused = focus_node(scene).map(str::to_owned);
        let registration = self.registration.at_part(
            assistant.anchor(),
            &self.truth_as_reported(now),
            self.point_of(focused.as_deref()),
        );
        let seen = Seen { scene, said: &self.said, shown: &self.shown, registration };
        let at = self.expecting_since.unwrap_or(now.0);
        let judged = expected.iter().map(|check| evaluate(check, &seen));
        judged.map(|verdict| Verdict { name: format!("{at:.1} s: {}", verdict.name), ..verdict }).collect()
    }

    /// Where the focused part is, in the equipment's frame: the nearest known point is the target of its view.
    fn point_of(&self, node: Option<&str>) -> Vec3 {
        node.and_then(|node| self.equipment.parts.values().find(|part| part.node == node))
            .and_then(|part| part.view.as_ref())
            .and_then(|view| self.equipment.views.get(view))
            .map_or(Vec3::new(0.0, 0.6, 0.0), |view| view.target)
    }

    /// Where the equipment really is, in the world as the headset believes it: an overlay there sits on the part.
    fn truth_as_reported(&self, now: Timestamp) -> Pose<World, Equipment> {
        as_reported(now.0, &self.world_from_equipment)
    }

    fn score(&mut self, assistant: &Assistant, scene: &OverlayScene, now: Timestamp) {
        let truth = self.truth_as_reported(now);
        let point = self.point_of(focus_node(scene));
        let anchor = assistant.anchor();
        let all_covered =
            !self.covered.is_empty() && self.equipment.fiducials.iter().all(|f| self.covered.contains(&f.id));
        if matches!(anchor.tracking, Tracking::Good) && !all_covered {
            self.registration.good_frame(anchor, &truth, point);
        } else if all_covered {
            self.registration.occluded_frame(anchor, &truth, point);
        }
    }

    fn measure_latency(&mut self, assistant: &Assistant, scene: &OverlayScene, wall_s: f64) {
        let Some(asked) = self.asked_at else { return };
        if self.latency.question_to_passage.is_none() {
            self.latency.question_to_passage = assistant.last_search_ms();
        }
        let answered = scene.answer.is_some() || scene.prompt.is_some() || scene.card.is_some();
        if answered {
            self.latency.question_to_overlay = Some((wall_s - asked) * 1e3);
            self.asked_at = None;
        }
    }

    /// A picture of everything new that is shown: each step, alert, answer, prompt.
    fn auto_shot(&mut self, scene: &OverlayScene, now: f64) {
        let shown = headline(scene);
        if shown != self.last_shown {
            self.last_shown.clone_from(&shown);
            self.shot_due = (!shown.is_empty()).then_some((now + self.tempo.picture_after_s(), shown));
        }
        if let Some((due, caption)) = &self.shot_due
            && now >= *due
        {
            self.shots.push(ShotRequest { caption: caption.clone() });
            self.shot_due = None;
        }
    }

    /// True while there was something to acknowledge.
    fn acknowledge_one(&mut self, assistant: &mut Assistant, scene: &OverlayScene, now: Timestamp) -> bool {
        if now.0 < self.wait_until {
            return true;
        }
        let gating = scene.alert.as_ref().is_some_and(|alert| alert.kind != AlertKind::Note);
        if gating {
            self.wait_until = now.0 + SETTLE_S;
            self.act(assistant, scene, Action::Command(Command::Acknowledge), now);
        }
        gating
    }

    fn follow_one(&mut self, assistant: &mut Assistant, scene: &OverlayScene, now: Timestamp) {
        let key = headline(scene);
        let since = match &self.follow_started {
            Some((shown, since)) if *shown == key => *since,
            _ => {
                self.follow_started = Some((key, now.0));
                now.0
            }
        };
        if now.0 - since < self.tempo.stands_s() {
            return;
        }
        self.follow_started = None;
        if scene.alert.as_ref().is_some_and(|alert| alert.kind != AlertKind::Note) {
            self.act(assistant, scene, Action::Command(Command::Acknowledge), now);
        } else if scene.prompt.is_some() {
            self.act(assistant, scene, Action::Choose(0), now);
        } else if let Some(card) = &scene.card {
            if !card.answers.is_empty() {
                self.fail("follow", "a step".to_owned(), format!("a question: {}", card.answers.join(" / ")), now);
                self.follow = 0;
                return;
            }
            let focus = scene.highlights.iter().find(|h| h.role == HighlightRole::Focus);
            match focus {
                // Nothing sees a hand turn a real part: in a headset the wearer says that it is done.
                Some(focus) if scene.motion.is_some() && self.manner == Manner::Direct && !self.speaks_everything() => {
                    assistant.event(Event::PartActed { item: focus.item.clone() }, now);
                }
                _ => self.act(assistant, scene, Action::Command(Command::Next), now),
            }
            self.follow -= 1;
            self.wait_until = now.0 + SETTLE_S;
        } else {
            self.fail("follow", format!("{} more steps", self.follow), "no task".to_owned(), now);
            self.follow = 0;
        }
    }

    fn act(&mut self, assistant: &mut Assistant, scene: &OverlayScene, action: Action, now: Timestamp) {
        let words = match &action {
            Action::Command(command) => Some(command.phrase()),
            Action::Choose(index) => choices(scene).get(*index).cloned(),
            _ => None,
        };
        if let Some(words) = words.filter(|_| self.speaks_everything()) {
            self.say(Words::Text(words), None, Some(shown(scene)), now);
            return;
        }
        match (self.manner, action.event()) {
            (Manner::Direct, Some(event)) => assistant.event(event, now),
            _ => self.wanted = Some((action, now.0)),
        }
    }

    fn speaks_everything(&self) -> bool {
        self.aloud.as_ref().is_some_and(|aloud| aloud.everything)
    }

    /// Says it aloud; again where `before` is still shown after a while.
    fn say(&mut self, words: Words, around: Option<Surroundings>, before: Option<String>, now: Timestamp) {
        let result = match &mut self.aloud {
            Some(aloud) => {
                let around = around.unwrap_or_else(|| aloud.around().clone());
                aloud.say(words, around, before, now).map_err(|error| error.to_string())
            }
            None => Err("nothing hears it: no speech model\nhint: fieldwright doctor".to_owned()),
        };
        if let Err(why) = result {
            self.fail("speak", "heard".to_owned(), why, now);
        }
    }

    /// What the ears understood goes to the assistant.
    fn listen(&mut self, assistant: &mut Assistant, now: Timestamp, wall_s: f64) {
        let Some(aloud) = &mut self.aloud else { return };
        aloud.ears().attend(assistant.guidance());
        let began = Instant::now();
        let events = aloud.hear(now);
        // In lockstep the wait for the speech worker lies within this call.
        let wall_s = wall_s + began.elapsed().as_secs_f64();
        for event in events {
            if let Event::Heard(heard) = &event
                && self.latency.question_to_overlay.is_none()
                && fieldwright_guide::command::parse(&heard.text()).is_none()
            {
                // From the end of the speech, which is found only after a pause.
                self.asked_at = aloud.take_heard_ms().map(|ms| wall_s - ms / 1e3);
            }
            assistant.event(event, now);
        }
    }

    /// True while the script must wait for what it said aloud.
    fn speaks(&mut self, scene: &OverlayScene, now: Timestamp) -> bool {
        let Some(aloud) = &mut self.aloud else { return false };
        match aloud.busy(&shown(scene), now) {
            Ok(_) if aloud.in_vain >= MOST_IN_VAIN => {
                let actual = format!("nothing came of {} utterances, each said again", aloud.in_vain);
                self.fail("speak", "to be understood".to_owned(), actual, now);
                self.finished = true;
                true
            }
            Ok(busy) => {
                if busy {
                    self.wait_until = now.0 + self.tempo.stands_s();
                }
                busy
            }
            Err(error) => {
                self.fail("speak", "heard".to_owned(), error.to_string(), now);
                false
            }
        }
    }

    fn fail(&mut self, name: &str, expected: String, actual: String, now: Timestamp) {
        self.verdicts.push(Verdict { name: format!("{:.1} s: {name}", now.0), passed: false, expected, actual });
    }

    /// Parts already moved at the start: item -> motion.
    pub fn moved(&self) -> &BTreeMap<String, String> {
        &self.scenario.moved
    }
}

/// Everything that a command or a choice can change.
fn shown(scene: &OverlayScene) -> String {
    format!("{} / {} / {:?}", headline(scene), checks::step_of(scene), choices(scene))
}

/// One line that says what is shown; it changes when a new picture is worth taking.
fn headline(scene: &OverlayScene) -> String {
    if let Some(alert) = scene.alert.as_ref().filter(|a| a.kind != AlertKind::Note) {
        let kind = if alert.kind == AlertKind::Warning { "WARNING" } else { "CAUTION" };
        return format!("{kind} {} of {} ({})", alert.position.0, alert.position.1, alert.citation);
    }
    if let Some(prompt) = &scene.prompt {
        return prompt.title.clone();
    }
    if let Some(answer) = &scene.answer {
        return if answer.pending { String::new() } else { format!("“{}”: {}", answer.question, answer.support) };
    }
    scene.card.as_ref().map_or_else(String::new, |card| {
        let words: String = card.text.iter().flatten().map(fieldwright_guide::manual::Span::text).collect();
        format!("{} {}: {words}", card.title, card.number)
    })
}

fn focus_node(scene: &OverlayScene) -> Option<&str> {
    scene.highlights.iter().find(|h| h.role == HighlightRole::Focus).map(|h| h.node.as_str())
}

fn choices(scene: &OverlayScene) -> &[String] {
    if let Some(prompt) = &scene.prompt {
        &prompt.choices
    } else if let Some(card) = &scene.card {
        &card.answers
    } else {
        &[]
    }
}

fn choice(scene: &OverlayScene, words: &str) -> Option<usize> {
    let choices = choices(scene);
    choices
        .iter()
        .position(|c| c.eq_ignore_ascii_case(words))
        .or_else(|| choices.iter().position(|c| c.to_lowercase().contains(&words.to_lowercase())))
}

/// Re-exported for reports: the words of the card's place.
pub fn step_of(scene: &OverlayScene) -> String {
    checks::step_of(scene)
}
