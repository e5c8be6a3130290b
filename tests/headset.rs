//! The headset's inputs in a true OpenXR session: Monado runs without a headset, its remote driver moves head, controllers and
//! fingers. Where the runtime is not prepared (`cargo xtask xr-setup`), the tests say so and pass, except in `cargo xtask test`.

use std::{net::TcpStream, process::Stdio, time::Instant};

use anyhow::{Context as _, Result, bail};
use fieldwright_guide::{command::Command, frames::Pose, time::Timestamp};
use fieldwright_scenarios::xr::{
    self,
    remote::{Remote, RemotePose, Sway},
    session::Session,
};
use fieldwright_session::{
    interaction::{ConfirmRegion, HOLD_SECONDS, Inputs, Interaction, Output, SIDES, Side, Source, shoulder},
    targets::{Action, Target},
};
use fieldwright_xtask::xr_runtime::{REMOTE_PORT, Runtime, remote_command};
use glam::{Quat, Vec2, Vec3};

/// The driver that is moved from outside listens on every address; nothing outside the service's own network may reach it.
#[test]
fn the_remote_driver_is_reached_from_its_own_network_only() {
    let Some(tree) = xr::tree() else { return };
    let taken_already = TcpStream::connect(("127.0.0.1", REMOTE_PORT)).is_ok();
    let runtime = Runtime::start(&tree).unwrap();
    let from_here = TcpStream::connect(("127.0.0.1", REMOTE_PORT)).is_ok();
    assert!(taken_already || !from_here, "the driver listens to this machine's network");
    let greeting = remote_command(runtime.pid()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(greeting.stdout.len(), 376, "{}", String::from_utf8_lossy(&greeting.stderr));
}

/// A killed service is gone without a word, and one started again in its place is found at the same address.
#[test]
fn the_service_is_killed_and_comes_back() {
    let Some(tree) = xr::tree() else { return };
    let mut runtime = Runtime::start(&tree).unwrap();
    let (folder, first) = (runtime.folder().to_owned(), runtime.pid());
    runtime.kill().unwrap();
    assert!(std::os::unix::net::UnixStream::connect(folder.join("monado_comp_ipc")).is_err());
    runtime.restart().unwrap();
    assert_ne!(runtime.pid(), first);
    assert!(std::os::unix::net::UnixStream::connect(folder.join("monado_comp_ipc")).is_ok());
    drop(runtime);
    assert!(!folder.exists(), "the service's folder is left behind");
}

/// Head and controllers are where they are put, to a tenth of a millimetre, and both hands have their 26 joints.
#[test]
fn head_controllers_and_hands_are_where_they_are_put() {
    xr::inside("head_controllers_and_hands_are_where_they_are_put", || {
        let mut session = Session::focused()?;
        let mut remote = Remote::connect(xr::service_pid()?)?;
        for step in 0..8 {
            let angle = step as f32 * 0.4 - 1.6;
            let head = RemotePose::at(Vec3::new(0.3 * angle, 1.5, 0.1)).turned(angle);
            let left = RemotePose::looking_at(Vec3::new(-0.3, 1.1, -0.2), Vec3::new(angle, 1.0, -2.0));
            remote.set(|state| {
                state.head = head;
                state.controllers[0].pose = left;
            })?;
            session.until("head and controller in their places", |session| {
                let Some(inputs) = session.read()? else { return Ok(None) };
                let (Some(seen), Some(controller)) = (inputs.head, inputs.controllers[0]) else { return Ok(None) };
                let ahead = left.rotation * Vec3::NEG_Z;
                let there = seen.translation.distance(head.position) < 1e-4
                    && seen.rotation.angle_between(head.rotation) < 1e-3
                    && controller.aim.origin.distance(left.position) < 1e-4
                    && controller.aim.direction.angle_between(ahead) < 1e-3;
                Ok((there && inputs.hands.iter().all(Option::is_some)).then_some(()))
            })?;
        }
        Ok(())
    });
}

/// A head that turns at 60 degrees per second: what the runtime says is a place it has been put at just before.
#[test]
fn a_turning_head_is_followed() {
    xr::inside("a_turning_head_is_followed", || {
        let mut session = Session::focused()?;
        let mut remote = Remote::connect(xr::service_pid()?)?;
        let sway = Sway { middle: RemotePose::at(Vec3::new(0.0, 1.6, 0.0)), reach: 0.5, rate: Sway::FASTEST };
        let started = Instant::now();
        let mut sent: Vec<(f64, Quat)> = Vec::new();
        let mut ages: Vec<f64> = Vec::new();
        session.until("a turn to both sides", |session| {
            let now = started.elapsed().as_secs_f64();
            let pose = sway.at(now);
            remote.set(|state| state.head = pose)?;
            sent.push((now, pose.rotation));
            let Some(head) = session.read()?.and_then(|inputs| inputs.head) else { return Ok(None) };
            let seen = sent.iter().rev().take(40).find(|(_, put)| put.angle_between(head.rotation) < 1e-3);
            match seen {
                Some((at, _)) => ages.push(started.elapsed().as_secs_f64() - at),
                // Before the first packet has arrived the head is elsewhere.
                None if ages.is_empty() => {}
                None => bail!("at {now:.3} s the head is where it has not been put lately: {head:?}"),
            }
            Ok((now > 2.0).then_some(()))
        })?;
        ages.sort_by(f64::total_cmp);
        let median = ages[ages.len() / 2];
        println!("{} poses read back, median age {:.1} ms", ages.len(), median * 1e3);
        anyhow::ensure!(ages.len() > 50 && median < 0.1, "{} poses, median {median} s", ages.len());
        Ok(())
    });
}

/// Every action with each controller, in a true session: the ray on the target, the trigger pulled, let go.
#[test]
fn every_action_by_controller() {
    xr::inside("every_action_by_controller", || {
        let mut play = Play::begin()?;
        for side in SIDES {
            for index in 0..play.targets.len() {
                play.press(Source::Controller(side), index)?;
            }
            play.let_pass(1.0)?;
        }
        Ok(())
    });
}

/// Every action with each hand: fingers put together far from the plate.
#[test]
fn every_action_by_pinch() {
    xr::inside("every_action_by_pinch", || {
        let mut play = Play::begin()?;
        for side in SIDES {
            for index in 0..play.targets.len() {
                play.press(Source::Pinch(side), index)?;
            }
            play.let_pass(1.0)?;
        }
        Ok(())
    });
}

/// Every action with each index finger, through the plate's face.
#[test]
fn every_action_by_touch() {
    xr::inside("every_action_by_touch", || {
        let mut play = Play::begin()?;
        for side in SIDES {
            for index in 0..play.targets.len() {
                play.press(Source::Touch(side), index)?;
            }
            play.let_pass(1.0)?;
        }
        Ok(())
    });
}

/// The next step, an acknowledgement and a carried plate with the head alone.
#[test]
fn a_head_alone_goes_on_acknowledges_and_moves_a_plate() {
    xr::inside("a_head_alone_goes_on_acknowledges_and_moves_a_plate", || {
        let mut play = Play::begin()?;
        play.remote.set(|state| {
            for controller in &mut state.controllers {
                (controller.active, controller.hand) = (false, false);
            }
        })?;
        let next = play.find(&Action::Command(Command::Next));
        play.look_at(play.middle(next))?;
        play.until_done(&Action::Command(Command::Next))?;
        let ack = play.find(&Action::Command(Command::Acknowledge));
        play.look_at(play.middle(ack))?;
        let region = play.until("the place of confirmation", |output| output.confirm.map(|(_, region)| region))?;
        play.none_done()?;
        let ConfirmRegion { world_from_plate, center, .. } = region;
        play.look_at(world_from_plate.point(center.extend(0.0)))?;
        play.until_done(&Action::Command(Command::Acknowledge))?;
        let handle = play.find(&Action::MovePlate);
        let before = play.targets[handle].world_from_plate;
        play.look_at(play.middle(handle))?;
        play.until_done(&Action::MovePlate)?;
        let to = play.middle(handle) + Vec3::new(-0.4, 0.1, 0.0);
        play.look_at(to)?;
        let carried = play.until("the plate comes along", |output| {
            output.carried.map(|c| c.world_from_plate).filter(|now| now.difference(&before).0 > 0.2)
        })?;
        play.until("stillness sets it down", |output| output.carried.is_none().then_some(()))?;
        anyhow::ensure!(carried.difference(&before).0 < 0.6, "{carried:?}");
        play.none_done()
    });
}

/// An acknowledgement let go early is nothing, one whose device is lost is nothing, and one held is one.
#[test]
fn an_acknowledgement_is_held() {
    xr::inside("an_acknowledgement_is_held", || {
        let mut play = Play::begin()?;
        let ack = play.find(&Action::Command(Command::Acknowledge));
        let source = Source::Controller(Side::Right);
        play.aim(source, ack)?;
        play.set_pressed(source, ack, true)?;
        play.until("half of it", |output| output.hold.filter(|hold| hold.done > 0.5))?;
        play.set_pressed(source, ack, false)?;
        play.until("let go", |output| output.hold.is_none().then_some(()))?;
        play.none_done()?;
        play.set_pressed(source, ack, true)?;
        play.until("half of it again", |output| output.hold.filter(|hold| hold.done > 0.5))?;
        play.remote.set(|state| state.controllers[1].active = false)?;
        play.until("the controller is lost", |output| output.hold.is_none().then_some(()))?;
        play.remote.set(|state| state.controllers[1].active = true)?;
        play.until("found again, pressed all the time", |output| {
            output.hovered.iter().any(|hover| hover.source == source && !hover.pressed).then_some(())
        })?;
        play.none_done()?;
        play.set_pressed(source, ack, false)?;
        play.until_input("let go", |inputs| inputs.controllers[1].is_some_and(|c| !c.select))?;
        let let_go = play.now();
        play.set_pressed(source, ack, true)?;
        play.until_done(&Action::Command(Command::Acknowledge))?;
        let held = play.now() - let_go;
        anyhow::ensure!(held >= HOLD_SECONDS, "acknowledged after {held:.2} s");
        Ok(())
    });
}

/// Squeezing takes a plate anywhere on it; the menu button carries plates and blacks out.
#[test]
fn grip_and_menu() {
    xr::inside("grip_and_menu", || {
        let mut play = Play::begin()?;
        let back = play.find(&Action::Command(Command::Back));
        let before = play.targets[back].world_from_plate;
        play.aim(Source::Controller(Side::Left), back)?;
        play.remote.set(|state| state.controllers[0].squeeze = 1.0)?;
        play.until_done(&Action::MovePlate)?;
        let to = play.middle(back) + Vec3::new(0.3, 0.2, 0.0);
        play.point(Side::Left, to)?;
        play.until("the plate comes along", |output| {
            output.carried.filter(|carried| carried.world_from_plate.difference(&before).0 > 0.1)
        })?;
        play.remote.set(|state| state.controllers[0].squeeze = 0.0)?;
        play.until("let go", |output| output.carried.is_none().then_some(()))?;
        play.remote.set(|state| state.controllers[0].b = true)?;
        play.until_input("the menu button", |inputs| inputs.controllers[0].is_some_and(|c| c.menu))?;
        play.remote.set(|state| state.controllers[0].b = false)?;
        play.until_done(&Action::CarryPlates)?;
        play.remote.set(|state| state.controllers[0].b = true)?;
        play.until_done(&Action::Blackout)
    });
}

/// A session, the one who moves its devices, and what comes of it.
struct Play {
    session: Session,
    remote: Remote,
    interaction: Interaction,
    started: Instant,
    targets: Vec<Target>,
    done: Vec<Action>,
    last: Inputs,
    /// From a controller's place to the knuckle and to the tip of the index finger of the hand in it, unturned.
    knuckles: [Vec3; 2],
    tips: [Vec3; 2],
}

const EYE: Vec3 = Vec3::new(0.0, 1.6, 0.0);

impl Play {
    fn begin() -> Result<Self> {
        let mut session = Session::focused()?;
        let mut remote = Remote::connect(xr::service_pid()?)?;
        remote.set(|state| state.head = RemotePose::looking_at(EYE, EYE + Vec3::new(0.0, 1.0, -1.0)))?;
        let last = session.until("both hands", |session| {
            Ok(session.read()?.filter(|inputs| {
                let in_place = |at: usize| {
                    let aim = inputs.controllers[at].map(|c| c.aim.origin);
                    aim.is_some_and(|aim| aim.distance(remote.state.controllers[at].pose.position) < 1e-3)
                };
                inputs.hands.iter().all(Option::is_some) && in_place(0) && in_place(1)
            }))
        })?;
        let place = |at: usize| remote.state.controllers[at].pose.position;
        let hand = |at: usize| last.hands[at].context("both hands were seen");
        let knuckles = [hand(0)?.joints[7] - place(0), hand(1)?.joints[7] - place(1)];
        let tips = [hand(0)?.index_tip() - place(0), hand(1)?.index_tip() - place(1)];
        Ok(Self {
            session,
            remote,
            interaction: Interaction::default(),
            started: Instant::now(),
            targets: targets(),
            done: Vec::new(),
            last,
            knuckles,
            tips,
        })
    }

    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn find(&self, action: &Action) -> usize {
        self.targets.iter().position(|target| target.action == *action).expect("a target for every action")
    }

    fn middle(&self, index: usize) -> Vec3 {
        let target = &self.targets[index];
        target.world_from_plate.point(target.center.extend(0.0))
    }

    /// Frame after frame until `check` gives something. A carried plate comes along.
    fn until<T>(&mut self, what: &str, mut check: impl FnMut(&Output) -> Option<T>) -> Result<T> {
        let Self { session, interaction, started, targets, done, last, .. } = self;
        session
            .until(what, |session| {
                let Some(inputs) = session.read()? else { return Ok(None) };
                let now = Timestamp(started.elapsed().as_secs_f64());
                let output = interaction.update(now, &inputs, targets);
                *last = inputs;
                done.extend(output.actions.iter().cloned());
                if let Some(carried) = &output.carried {
                    for target in targets.iter_mut() {
                        target.world_from_plate = carried.world_from_plate;
                    }
                }
                Ok(check(&output))
            })
            .with_context(|| format!("done so far: {done:?}"))
    }

    fn until_done(&mut self, action: &Action) -> Result<()> {
        if self.done.is_empty() {
            self.until(&format!("{action:?}"), |output| (!output.actions.is_empty()).then_some(()))?;
        }
        let done = std::mem::take(&mut self.done);
        anyhow::ensure!(done == std::slice::from_ref(action), "done: {done:?}, wanted: {action:?}");
        Ok(())
    }

    fn none_done(&self) -> Result<()> {
        anyhow::ensure!(self.done.is_empty(), "done: {:?}, wanted: nothing", self.done);
        Ok(())
    }

    /// Frames for so many seconds: the other hand may do the same again only after a while.
    fn let_pass(&mut self, seconds: f64) -> Result<()> {
        let end = self.now() + seconds;
        let started = self.started;
        self.until("time passes", |_| (started.elapsed().as_secs_f64() > end).then_some(()))
    }

    /// Frames until the devices themselves say so.
    fn until_input(&mut self, what: &str, said: impl Fn(&Inputs) -> bool) -> Result<()> {
        let deadline = self.now() + 30.0;
        while !said(&self.last) {
            self.until("a frame", |_| Some(()))?;
            anyhow::ensure!(self.now() < deadline, "{what}: not within 30 s");
        }
        Ok(())
    }

    /// The whole press, each stage awaited: aimed, pressed, let go.
    fn press(&mut self, source: Source, index: usize) -> Result<()> {
        let action = self.targets[index].action.clone();
        let context = format!("{action:?} by {source:?}");
        self.aim(source, index).context(context.clone())?;
        self.set_pressed(source, index, true).context(context.clone())?;
        if action.is_held_to_confirm() {
            self.until_done(&action).context(context.clone())?;
            self.set_pressed(source, index, false)?;
        } else {
            self.until("pressed", |output| {
                output.hovered.iter().any(|hover| hover.source == source && hover.pressed).then_some(())
            })
            .context(context.clone())?;
            self.set_pressed(source, index, false)?;
            self.until("let go", |output| (!output.hovered.iter().any(|hover| hover.pressed)).then_some(()))
                .context(context.clone())?;
            self.until_done(&action).context(context)?;
        }
        // A carried plate may have moved by what a hand trembles; the next one finds it where it was.
        self.targets = targets();
        self.rest(source)
    }

    /// Aims and waits until the target is meant by this source.
    fn aim(&mut self, source: Source, index: usize) -> Result<()> {
        let middle = self.middle(index);
        match source {
            Source::Controller(side) => self.point(side, middle)?,
            Source::Pinch(side) => {
                self.look_at(middle)?;
                self.hand_for_pinch(side, middle, false)?;
            }
            Source::Touch(side) => self.finger(side, index, 0.05)?,
            Source::Squeeze(_) | Source::Gaze | Source::Menu(_) => bail!("{source:?} is not pressed like this"),
        }
        self.until("aimed", |output| {
            output.hovered.iter().any(|hover| hover.source == source && hover.target == index).then_some(())
        })
    }

    fn set_pressed(&mut self, source: Source, index: usize, pressed: bool) -> Result<()> {
        match source {
            Source::Controller(side) => {
                self.remote.set(|state| state.controllers[at(side)].trigger = if pressed { 1.0 } else { 0.0 })
            }
            Source::Pinch(side) => self.hand_for_pinch(side, self.middle(index), pressed),
            Source::Touch(side) => self.finger(side, index, if pressed { -0.01 } else { 0.05 }),
            Source::Squeeze(_) | Source::Gaze | Source::Menu(_) => bail!("{source:?} is not pressed like this"),
        }
    }

    /// Takes the hand or controller away and waits until it means nothing.
    fn rest(&mut self, source: Source) -> Result<()> {
        self.remote.set(|state| {
            state.head = RemotePose::looking_at(EYE, EYE + Vec3::new(0.0, 1.0, -1.0));
            for (controller, x) in state.controllers.iter_mut().zip([-0.3, 0.3]) {
                controller.pose = RemotePose::looking_at(Vec3::new(x, 1.0, 0.2), Vec3::new(x, -5.0, 1.0));
                controller.curl = [0.0; 5];
                controller.trigger = 0.0;
            }
        })?;
        self.until("at rest", |output| (!output.hovered.iter().any(|hover| hover.source == source)).then_some(()))?;
        self.none_done()
    }

    fn look_at(&mut self, point: Vec3) -> Result<()> {
        self.remote.set(|state| state.head = RemotePose::looking_at(EYE, point))
    }

    /// A controller that points, in no tracked hand.
    fn point(&mut self, side: Side, point: Vec3) -> Result<()> {
        let from = Vec3::new(if side == Side::Left { -0.2 } else { 0.2 }, 1.25, -0.15);
        self.remote.set(|state| {
            let controller = &mut state.controllers[at(side)];
            controller.pose = RemotePose::looking_at(from, point);
            (controller.active, controller.hand) = (true, false);
        })
    }

    /// A hand without a controller, its knuckle on the line from the shoulder.
    fn hand_for_pinch(&mut self, side: Side, point: Vec3, pinched: bool) -> Result<()> {
        let head = self.remote.state.head;
        let from = shoulder(side, &Pose::new(head.position, head.rotation));
        let place = from.lerp(point, 0.45) - self.knuckles[at(side)];
        self.bare_hand(side, place, if pinched { [0.0, 0.0, 0.0, 1.0, 1.0] } else { [0.0; 5] })
    }

    /// An index finger so many metres in front of the target's middle.
    fn finger(&mut self, side: Side, index: usize, front: f32) -> Result<()> {
        let target = &self.targets[index];
        let tip = target.world_from_plate.point(target.center.extend(front));
        self.bare_hand(side, tip - self.tips[at(side)], [1.0, 1.0, 1.0, 0.0, 0.0])
    }

    fn bare_hand(&mut self, side: Side, place: Vec3, curl: [f32; 5]) -> Result<()> {
        self.remote.set(|state| {
            let controller = &mut state.controllers[at(side)];
            controller.pose = RemotePose::at(place);
            controller.curl = curl;
            (controller.active, controller.hand) = (false, true);
        })
    }
}

fn at(side: Side) -> usize {
    usize::from(side == Side::Right)
}

/// A target for every kind of action, on one plate in reach.
fn targets() -> Vec<Target> {
    use Command::{
        Acknowledge, Back, Figure, GoToStep, Next, No, Pause, Remaining, Repeat, Resume, ShowWarning, Stop, Tools,
        Torque, Yes,
    };
    let go_to = GoToStep("3".to_owned());
    let commands = [
        Next,
        Back,
        Repeat,
        go_to,
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
    let others = [
        Action::Choose(0),
        Action::MovePlate,
        Action::PinPlate,
        Action::CarryPlates,
        Action::NextTheme,
        Action::Blackout,
        Action::Talk,
    ];
    let world_from_plate = Pose::new(Vec3::new(0.0, 1.45, -0.65), Quat::from_rotation_y(0.1));
    let actions = commands.map(Action::Command).into_iter().chain(others);
    let target = |(index, action)| {
        let center = Vec2::new((index % 5) as f32 * 0.16 - 0.32, 0.24 - (index / 5) as f32 * 0.12);
        Target { world_from_plate, center, half: Vec2::new(0.04, 0.025), action }
    };
    actions.enumerate().map(target).collect()
}
