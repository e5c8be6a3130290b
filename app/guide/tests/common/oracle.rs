//! Watches a session from outside, event by event, and says what must never be otherwise.
//!
//! It knows the manual and what was put in and came out; it does not look into guidance. Its own flattening of steps, its
//! own account of acknowledgements, done steps and confirmed conditions are written without the code they check.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use fieldwright_guide::{
    applicability::{Applicability, Applies, Variant},
    command::{
        self, Command,
        heard::{Meaning, understand},
    },
    equipment::EquipmentPackage,
    event::{Effect, Event},
    guidance::{Guidance, Options, Position, Snapshot},
    manual::{Alert, AlertKind, Body, FaultIsolation, Next, Publication, Step, Text, WorkPackage},
    overlay::OverlayScene,
    time::Timestamp,
};

/// What the oracle knows of one open task.
#[derive(Clone, Debug, Default)]
struct Seen {
    work_package: String,
    place: String,
    confirmed: bool,
    done: BTreeSet<String>,
    /// Words of alerts acknowledged since the task or the session began anew, and still in force.
    acknowledged: BTreeSet<String>,
    /// Words of alerts acknowledged since the step was entered.
    fresh: BTreeSet<String>,
    /// Words of alerts said since the task or the session began anew.
    said: BTreeSet<String>,
    /// Nodes that led here.
    trail: Vec<String>,
}

/// One session under watch.
pub(crate) struct Watched {
    pub(crate) guidance: Guidance,
    pub(crate) publication: Arc<Publication>,
    pub(crate) equipment: Arc<EquipmentPackage>,
    options: Options,
    pub(crate) now: f64,
    pub(crate) scene: OverlayScene,
    pub(crate) effects: Vec<Effect>,
    open: Vec<Seen>,
    /// When a command was asked back last.
    asked_back: f64,
    /// Words that only another variant has, by variant.
    foreign: BTreeMap<Variant, BTreeSet<String>>,
}

type Verdict = Result<(), String>;

macro_rules! hold {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            return Err(format!($($words)+));
        }
    };
}

impl Watched {
    pub(crate) fn new(publication: Arc<Publication>, equipment: Arc<EquipmentPackage>, options: Options) -> Self {
        let guidance = Guidance::new(Arc::clone(&publication), Arc::clone(&equipment), options.clone());
        let scene = guidance.scene(Timestamp(0.0));
        Self {
            guidance,
            publication,
            equipment,
            options,
            now: 0.0,
            scene,
            effects: Vec::new(),
            open: Vec::new(),
            asked_back: 0.0,
            foreign: BTreeMap::new(),
        }
    }

    /// Lets `seconds` pass, then handles an event and checks everything.
    pub(crate) fn event(&mut self, event: &Event, seconds: f64) -> Verdict {
        self.now += seconds;
        let before = std::mem::take(&mut self.scene);
        let from = self.guidance.position();
        let variant = self.guidance.variant().clone();
        let long = seconds > self.options.long_pause_s;
        self.effects = self.guidance.handle(event.clone(), Timestamp(self.now));
        self.scene = self.guidance.scene(Timestamp(self.now));
        let to = self.guidance.position();
        let anew = long || variant != *self.guidance.variant();
        let command = match event {
            Event::Command(command) => Some(command.clone()),
            Event::Utterance(words) => command::parse(words),
            Event::Heard(heard) => match understand(heard) {
                Meaning::Certain { command, .. } => Some(command),
                Meaning::Uncertain { .. } => {
                    self.asked_back = self.now;
                    None
                }
                Meaning::Other => None,
            },
            _ => None,
        };
        let command = self.confirmed(event, command, &before);
        self.gate_opens_only_by_acknowledgement(event, command.as_ref(), &before, anew)?;
        self.motions_are_earned(event, &before, anew)?;
        self.account(event, command.as_ref(), &before, from.as_ref(), to.as_ref(), anew);
        self.check(from.as_ref(), command.as_ref(), anew)
    }

    /// The command that a yes to `Did you say “…”?` stands for, while it may still be answered.
    fn confirmed(&self, event: &Event, command: Option<Command>, before: &OverlayScene) -> Option<Command> {
        let asked = before
            .prompt
            .as_ref()
            .and_then(|prompt| prompt.title.strip_prefix("Did you say “").and_then(|rest| rest.strip_suffix("”?")));
        let yes = command == Some(Command::Yes) || matches!(event, Event::Choose(0));
        match asked.filter(|_| yes && self.now - self.asked_back <= 20.0) {
            Some(words) => command::parse(words),
            None => command,
        }
    }

    /// Kills the session and starts another from its written resume point.
    pub(crate) fn restart(&mut self) -> Verdict {
        self.now += 1.0;
        let snapshot = self.guidance.snapshot();
        let written = serde_json::to_string(&snapshot).map_err(|error| error.to_string())?;
        let read: Snapshot = serde_json::from_str(&written).map_err(|error| error.to_string())?;
        let before = self.guidance.position();
        let (resumed, effects) = Guidance::resume(
            Arc::clone(&self.publication),
            Arc::clone(&self.equipment),
            self.options.clone(),
            read,
            Timestamp(self.now),
        );
        let after = resumed.position();
        hold!(resumed.snapshot().variant == snapshot.variant, "the variant is lost");
        let place = |p: &Position| (p.work_package.clone(), p.step.clone(), p.index, p.depth);
        hold!(before.as_ref().map(place) == after.as_ref().map(place), "resumed at {after:?}, not at {before:?}");
        self.guidance = resumed;
        self.effects = effects;
        self.scene = self.guidance.scene(Timestamp(self.now));
        for seen in &mut self.open {
            seen.acknowledged.clear();
            seen.fresh.clear();
            seen.said.clear();
        }
        self.hear();
        self.check(after.as_ref(), None, true)
    }

    /// Whatever goes on: acknowledges what gates, confirms what is asked, does what is shown.
    pub(crate) fn follow(&mut self, answer: usize) -> Verdict {
        let event = if self.scene.alert.is_some() {
            Event::Command(Command::Acknowledge)
        } else if self.scene.prompt.is_some() {
            Event::Choose(0)
        } else if self.scene.answer.is_some() {
            Event::Command(Command::Resume)
        } else if self.scene.card.as_ref().is_some_and(|card| !card.answers.is_empty()) {
            Event::Choose(answer)
        } else {
            Event::Command(Command::Next)
        };
        self.event(&event, 1.0)
    }

    fn gate_opens_only_by_acknowledgement(
        &self,
        event: &Event,
        command: Option<&Command>,
        before: &OverlayScene,
        anew: bool,
    ) -> Verdict {
        let Some(alert) = &before.alert else { return Ok(()) };
        let moves =
            matches!(command, Some(Command::Acknowledge | Command::Back | Command::GoToStep(_) | Command::Pause));
        if anew || moves {
            return Ok(());
        }
        hold!(
            self.scene.alert.as_ref() == Some(alert),
            "{event:?} took away or changed the alert {alert:?}: now {:?}",
            self.scene.alert
        );
        Ok(())
    }

    fn motions_are_earned(&self, event: &Event, before: &OverlayScene, anew: bool) -> Verdict {
        for effect in &self.effects {
            if let Effect::PlayMotion { item, .. } = effect {
                hold!(matches!(event, Event::PartActed { item: acted } if acted == item), "{event:?} moved {item}");
                hold!(!anew && before.alert.is_none(), "{item} moved behind a gate");
                let card = before.card.as_ref().ok_or("a part moved without a card")?;
                // What was asked back for being misheard is passed over by whoever acts.
                let asks = before.prompt.as_ref().is_some_and(|prompt| !prompt.title.starts_with("Did you say “"));
                hold!(!card.gated && !asks, "{item} moved at a gated or asking card");
                hold!(
                    before.highlights.first().is_some_and(|h| &h.item == item),
                    "{item} is not what the step is about"
                );
            }
        }
        Ok(())
    }

    /// Keeps the oracle's own books.
    fn account(
        &mut self,
        event: &Event,
        command: Option<&Command>,
        before: &OverlayScene,
        from: Option<&Position>,
        to: Option<&Position>,
        anew: bool,
    ) {
        if let (Some(seen), Some(Command::Acknowledge), Some(alert), false) =
            (self.open.last_mut(), command, &before.alert, anew)
        {
            seen.acknowledged.insert(alert.text.join(" "));
            seen.fresh.insert(alert.text.join(" "));
        }
        let yes =
            matches!(event, Event::Choose(0) | Event::Utterance(_) | Event::Heard(_)) || command == Some(&Command::Yes);
        let conditions = before.prompt.as_ref().is_some_and(|prompt| prompt.title.contains("required conditions"));
        if yes
            && conditions
            && !matches!(command, Some(Command::No))
            && let Some(seen) = self.open.last_mut()
        {
            // A choice that opens another task, or none, leaves the conditions unconfirmed.
            seen.confirmed |= to.is_some_and(|to| to.at_step && from.is_some_and(|from| from.depth == to.depth));
        }
        let advance = matches!(command, Some(Command::Next | Command::Yes))
            || matches!(event, Event::PartActed { .. } | Event::Choose(_));
        if let (Some(from), Some(seen), true, false) = (from, self.open.last_mut(), advance, anew) {
            let moved = to.is_none_or(|to| to.depth < from.depth || to.index > from.index || !to.at_step);
            if before.card.as_ref().is_some_and(|card| !card.gated && card.step == from.step) && moved {
                seen.done.insert(from.step.clone());
            }
        }
        let depth = to.map_or(0, |to| to.depth);
        if anew {
            // A task of another variant ends, wherever it lies.
            let (publication, variant) = (&self.publication, self.guidance.variant());
            self.open.retain(|seen| {
                let found = publication.work_package(&seen.work_package);
                found.is_some_and(|wp| wp.applicability.applies(variant) == Applies::Yes)
            });
        }
        self.open.truncate(depth);
        // An ended task and a started one in one event are not possible: the stack only grows by one.
        if let Some(to) = to {
            if self.open.len() < depth {
                self.open.push(Seen {
                    work_package: to.work_package.clone(),
                    place: to.step.clone(),
                    ..Seen::default()
                });
            } else if let Some(seen) = self.open.last_mut()
                && seen.work_package != to.work_package
            {
                *seen = Seen { work_package: to.work_package.clone(), place: to.step.clone(), ..Seen::default() };
            }
        }
        if anew {
            for seen in &mut self.open {
                seen.acknowledged.clear();
                seen.fresh.clear();
                seen.said.clear();
            }
        }
        if let Some(to) = to
            && let Some(work_package) = self.publication.work_package(&to.work_package)
            && let Some(seen) = self.open.last_mut()
        {
            let again = matches!(command, Some(Command::Back | Command::GoToStep(_)));
            if seen.place != to.step
                || (again && from.is_some_and(|from| from.step == to.step && from.gated != to.gated))
            {
                // The event that enters a step may not count as an acknowledgement of its alerts; of what was acknowledged
                // before, only what stands around the step is still in force.
                let steps =
                    work_package.body.procedure().map(|procedure| procedure.steps.as_slice()).unwrap_or_default();
                let around = ancestors(steps, &to.step);
                let around = around.iter().flat_map(|id| own_alerts(work_package, id));
                let force: BTreeSet<String> =
                    work_package.setup.alerts.iter().chain(around).map(|alert| words(&alert.text)).collect();
                seen.acknowledged.retain(|words| force.contains(words));
                seen.fresh.clear();
                if command == Some(&Command::Back) {
                    seen.trail.pop();
                } else {
                    seen.trail.push(seen.place.clone());
                }
                seen.place.clone_from(&to.step);
            }
        }
        self.hear();
    }

    fn hear(&mut self) {
        let Some(seen) = self.open.last_mut() else { return };
        for effect in &self.effects {
            if let Effect::Say(said) = effect
                && let Some(alert) = said.strip_prefix("Warning. ").or_else(|| said.strip_prefix("Caution. "))
            {
                seen.said.insert(alert.to_owned());
            }
        }
    }

    /// What holds after every event.
    fn check(&mut self, from: Option<&Position>, command: Option<&Command>, anew: bool) -> Verdict {
        self.scene_is_sound()?;
        self.nothing_foreign()?;
        let Some(at) = self.guidance.position() else {
            hold!(self.scene.card.is_none() && self.scene.alert.is_none(), "a card or an alert without a task");
            return Ok(());
        };
        let publication = Arc::clone(&self.publication);
        let work_package = publication.work_package(&at.work_package).ok_or("no such work package")?;
        let variant = self.guidance.variant().clone();
        hold!(work_package.applicability.applies(&variant) == Applies::Yes, "{} does not apply", at.work_package);
        let seen = self.open.last().ok_or("a task that nobody saw start")?;
        hold!(seen.work_package == at.work_package, "the stack is another: {seen:?}, {at:?}");
        if let Body::FaultIsolation(fault) = &work_package.body {
            edges_are_followed(fault, from, &at, command, anew)?;
        }
        let Some(card) = &self.scene.card else { return Ok(()) };
        hold!(card.step == at.step && card.number == at.number, "card {} at {}", card.step, at.step);
        let procedure = work_package.body.procedure();
        let order = procedure.map(|procedure| order(&procedure.steps, &variant)).unwrap_or_default();
        if procedure.is_some() {
            hold!(order.len() == at.total as usize, "{} steps, not {}", order.len(), at.total);
            let own = order.get(at.index as usize - 1).ok_or("beyond the last step")?;
            hold!(own.0 == at.step, "step {} stands at {}", at.step, at.index);
            let next = matches!(command, Some(Command::Next)) && !anew;
            if let Some(from) = from.filter(|from| next && from.depth == at.depth && from.at_step) {
                hold!(at.index <= from.index + 1, "next went from {} to {}", from.index, at.index);
            }
            for (id, lockout) in order.iter().take(at.index as usize - 1) {
                hold!(!lockout || seen.done.contains(id), "lockout step {id} was skipped to reach {}", at.step);
            }
        }
        if card.gated {
            return Ok(());
        }
        let applies =
            |alert: &&Alert| alert.kind != AlertKind::Note && alert.applicability.applies(&variant) == Applies::Yes;
        let around = procedure.map(|procedure| ancestors(&procedure.steps, &at.step)).unwrap_or_default();
        let own = own_alerts(work_package, &at.step);
        let mut due: Vec<&Alert> = work_package.setup.alerts.iter().collect();
        due.extend(around.iter().flat_map(|id| own_alerts(work_package, id)));
        due.extend(&own);
        for alert in due.into_iter().filter(applies) {
            let alert = words(&alert.text);
            hold!(seen.acknowledged.contains(&alert), "step {} is open, `{alert}` was not acknowledged", at.step);
            hold!(seen.said.contains(&alert), "step {} is open, `{alert}` was not said", at.step);
        }
        for alert in own.into_iter().filter(applies) {
            let alert = words(&alert.text);
            hold!(seen.fresh.contains(&alert), "step {} is open, its own `{alert}` was not asked again", at.step);
        }
        let conditions = work_package.setup.conditions.iter();
        let asks = conditions.filter(|c| c.applicability.applies(&variant) == Applies::Yes).count() > 0;
        hold!(!asks || seen.confirmed, "step {} is open, conditions were not confirmed", at.step);
        Ok(())
    }

    fn scene_is_sound(&self) -> Verdict {
        let scene = &self.scene;
        let paused = scene.prompt.as_ref().is_some_and(|prompt| prompt.title == "The task is paused.");
        if scene.alert.is_some() {
            hold!(scene.prompt.is_none(), "a prompt beside an alert: {:?}", scene.prompt);
            hold!(scene.motion.is_none() && scene.highlights.is_empty(), "a gated step invites to act");
            hold!(scene.label.is_none() && scene.figure.is_none(), "a gated step shows its part");
            hold!(scene.card.as_ref().is_none_or(|card| card.gated), "the card behind an alert is not dimmed");
            hold!(!paused, "an alert while paused");
        }
        if let Some(card) = &scene.card {
            hold!(!card.gated || scene.alert.is_some(), "a dimmed card without its alert");
            hold!(!card.citation.is_empty(), "a card without a citation");
            hold!(scene.answer.is_none() && !paused, "a card beside an answer or a pause");
        }
        if let Some(answer) = &scene.answer {
            hold!(answer.refused || !answer.citations.is_empty(), "an answer without a citation: {answer:?}");
            hold!(!answer.refused || (answer.support == "not in the manual" && !answer.worded), "{answer:?}");
            hold!(!answer.text.is_empty(), "an empty answer");
        }
        hold!(!scene.security.is_empty() && scene.simulation == self.options.simulation, "markings are missing");
        hold!(scene.highlights.iter().all(|h| self.equipment.parts.contains_key(&h.item)), "a part that is not there");
        Ok(())
    }

    /// Nothing shown or said stands in the manual for another variant only, or for one that is not known.
    fn nothing_foreign(&mut self) -> Verdict {
        let variant = self.guidance.variant().clone();
        let publication = Arc::clone(&self.publication);
        let foreign = self.foreign.entry(variant).or_insert_with_key(|variant| foreign(&publication, variant));
        let mut shown: Vec<String> = Vec::new();
        if let Some(card) = &self.scene.card {
            shown.extend(
                card.text.iter().map(|spans| spans.iter().map(fieldwright_guide::manual::Span::text).collect()),
            );
            shown.extend(card.notes.iter().cloned());
        }
        shown.extend(self.scene.alert.iter().map(|alert| alert.text.join(" ")));
        shown.extend(self.scene.prompt.iter().flat_map(|prompt| prompt.lines.iter().cloned()));
        if let Some(found) = shown.iter().find(|words| foreign.contains(*words)) {
            return Err(format!("shown, and of another variant: {found}"));
        }
        Ok(())
    }
}

fn edges_are_followed(
    fault: &FaultIsolation,
    from: Option<&Position>,
    at: &Position,
    command: Option<&Command>,
    anew: bool,
) -> Verdict {
    let Some(from) = from.filter(|from| from.work_package == at.work_package && from.step != at.step) else {
        return Ok(());
    };
    if anew || command == Some(&Command::Back) {
        return Ok(());
    }
    let node = fault.nodes.iter().find(|node| node.id == from.step).ok_or("no such node")?;
    let leads = node.question.iter().flat_map(|(_, answers)| answers);
    let there = leads.filter(|answer| matches!(&answer.next, Next::Node(id) if *id == at.step)).count() > 0;
    hold!(there && !from.gated, "no answer leads from {} to {}", from.step, at.step);
    Ok(())
}

/// Ids of shown steps in the manual's order, and whether each is a lockout step. A flattening of its own.
fn order(steps: &[Step], variant: &Variant) -> Vec<(String, bool)> {
    fn all<'a>(steps: &'a [Step], lockout: bool, variant: &Variant, list: &mut Vec<(&'a Step, bool)>) {
        for step in steps.iter().filter(|step| step.applicability.applies(variant) == Applies::Yes) {
            list.push((step, lockout || step.lockout));
            all(&step.children, lockout || step.lockout, variant, list);
        }
    }
    let mut list = Vec::new();
    all(steps, false, variant, &mut list);
    let last = list.last().map(|(step, _)| step.id.clone());
    list.retain(|(step, _)| {
        let leaf = step.children.is_empty();
        let says = !step.text.is_empty() || (leaf && (step.title.is_some() || step.lockout));
        says || (leaf && Some(&step.id) == last.as_ref())
    });
    list.into_iter().map(|(step, lockout)| (step.id.clone(), lockout)).collect()
}

fn ancestors(steps: &[Step], id: &str) -> Vec<String> {
    for step in steps {
        if step.id == id {
            return Vec::new();
        }
        let inside = step.children.iter().any(|child| contains(child, id));
        if inside {
            let mut above = vec![step.id.clone()];
            above.extend(ancestors(&step.children, id));
            return above;
        }
    }
    Vec::new()
}

fn contains(step: &Step, id: &str) -> bool {
    step.id == id || step.children.iter().any(|child| contains(child, id))
}

fn own_alerts<'a>(work_package: &'a WorkPackage, id: &str) -> Vec<&'a Alert> {
    fn look<'a>(steps: &'a [Step], id: &str) -> Vec<&'a Alert> {
        steps
            .iter()
            .flat_map(|step| if step.id == id { step.alerts.iter().collect() } else { look(&step.children, id) })
            .collect()
    }
    match &work_package.body {
        Body::FaultIsolation(fault) => {
            fault.nodes.iter().filter(|node| node.id == id).flat_map(|node| &node.alerts).collect()
        }
        body => body.procedure().map(|procedure| look(&procedure.steps, id)).unwrap_or_default(),
    }
}

fn words(text: &[Text]) -> String {
    text.iter().map(Text::plain).collect::<Vec<_>>().join(" ")
}

/// Every text that stands somewhere for other variants and nowhere for this one.
fn foreign(publication: &Publication, variant: &Variant) -> BTreeSet<String> {
    let mut all = Texts { variant, yes: BTreeSet::new(), no: BTreeSet::new() };
    for work_package in &publication.work_packages {
        let applies = work_package.applicability.applies(variant) == Applies::Yes;
        all.alerts(&work_package.setup.alerts, applies);
        match &work_package.body {
            Body::FaultIsolation(fault) => {
                for node in &fault.nodes {
                    let applies = applies && all.applies(&node.applicability);
                    all.alerts(&node.alerts, applies);
                    node.actions.iter().for_each(|text| all.put(text, applies));
                }
            }
            body => {
                if let Some(procedure) = body.procedure() {
                    all.steps(&procedure.steps, applies);
                }
            }
        }
    }
    all.no.difference(&all.yes).cloned().collect()
}

struct Texts<'a> {
    variant: &'a Variant,
    yes: BTreeSet<String>,
    no: BTreeSet<String>,
}

impl Texts<'_> {
    fn applies(&self, applicability: &Applicability) -> bool {
        applicability.applies(self.variant) == Applies::Yes
    }

    fn put(&mut self, text: &Text, applies: bool) {
        if applies { &mut self.yes } else { &mut self.no }.insert(text.plain());
    }

    fn alerts(&mut self, alerts: &[Alert], applies: bool) {
        for alert in alerts {
            let applies = applies && self.applies(&alert.applicability);
            if applies { &mut self.yes } else { &mut self.no }.insert(words(&alert.text));
        }
    }

    fn steps(&mut self, steps: &[Step], applies: bool) {
        for step in steps {
            let applies = applies && self.applies(&step.applicability);
            self.alerts(&step.alerts, applies);
            step.text.iter().for_each(|text| self.put(text, applies));
            self.steps(&step.children, applies);
        }
    }
}
