//! Somebody who wears the headset that nobody wears: holds the head where the script wants it and presses what it waits for, with
//! a controller, with fingers, or by looking. Knows of the product only what its `headset --tell` says.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use fieldwright_xtask::xr_runtime::Runtime;
use glam::{Quat, Vec2, Vec3};
use serde_json::Value;

use super::remote::{Remote, RemotePose};

/// A frame of a software renderer on a busy machine takes no longer than this.
const FRAME_DEADLINE: Duration = Duration::from_secs(90);

/// A script that lasts longer waits for something that does not come.
const MOST_FRAMES: u32 = 2500;

/// With what the wearer presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The right controller's ray and trigger.
    Controller,
    /// The right index finger through the plate's face.
    Finger,
    /// Looking, with the head where the runtime tracks no eyes.
    Look,
}

/// One line of what the session tells.
#[derive(Clone, Debug)]
pub struct Line(pub Value);

/// Something on a plate that can be pressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pressable {
    /// Its middle, metres in the room.
    pub center: Vec3,
    /// Out of the plate, towards the reader.
    pub faces: Vec3,
    /// Half its width and height, metres.
    pub half: Vec2,
}

impl Line {
    /// A field on the way `a/b/c`.
    pub fn at(&self, way: &str) -> &Value {
        way.split('/').fold(&self.0, |value, key| match key.parse::<usize>() {
            Ok(index) => &value[index],
            Err(_) => &value[key],
        })
    }

    /// A word there, or nothing.
    pub fn word(&self, way: &str) -> &str {
        self.at(way).as_str().unwrap_or_default()
    }

    /// Three numbers there.
    pub fn point(&self, way: &str) -> Option<Vec3> {
        let numbers = self.at(way).as_array()?;
        let number = |index: usize| numbers.get(index)?.as_f64().map(|value| value as f32);
        Some(Vec3::new(number(0)?, number(1)?, number(2)?))
    }

    /// A pose there.
    pub fn pose(&self, way: &str) -> Option<RemotePose> {
        let turn = self.at(&format!("{way}/rotation")).as_array()?;
        let number = |index: usize| turn.get(index)?.as_f64().map(|value| value as f32);
        Some(RemotePose {
            position: self.point(&format!("{way}/position"))?,
            rotation: Quat::from_xyzw(number(0)?, number(1)?, number(2)?, number(3)?).normalize(),
        })
    }

    /// Where the thing with this action is, if it can be pressed.
    pub fn pressable(&self, action: &str) -> Option<Pressable> {
        let targets = self.at("targets").as_array()?;
        let index = targets.iter().position(|target| target["action"] == action)?;
        let half = self.at(&format!("targets/{index}/half"));
        let number = |index: usize| half[index].as_f64().map(|value| value as f32);
        Some(Pressable {
            center: self.point(&format!("targets/{index}/center"))?,
            faces: self.point(&format!("targets/{index}/faces"))?,
            half: Vec2::new(number(0)?, number(1)?),
        })
    }
}

/// A running session in a runtime, and the wearer's head and hands.
#[derive(Debug)]
pub struct Wearer {
    shell: Child,
    lines: Receiver<Line>,
    remote: Option<Remote>,
    means: Means,
    pressing: Option<Pressing>,
}

/// A press under way.
#[derive(Clone, Debug, PartialEq)]
struct Pressing {
    action: String,
    at: Vec3,
    frames: u32,
}

impl Pressing {
    /// How often the wearer tries again, frames: a warning is held until it is acknowledged, anything else is let go at once.
    fn round(&self) -> u32 {
        if self.action.contains("Acknowledge") { 60 } else { 9 }
    }

    /// Frames since the wearer began to aim.
    fn phase(&self) -> u32 {
        self.frames % self.round()
    }

    /// True while it is to be pressed: first aimed at, then pressed, then let go, still aimed at.
    fn presses(&self) -> bool {
        (4..self.round() - 2).contains(&self.phase())
    }
}

impl Wearer {
    /// Starts `fieldwright-shell headset --tell` with these arguments in the runtime.
    ///
    /// # Errors
    /// When it cannot be started or the driver cannot be reached.
    pub fn start(runtime: &Runtime, shell: &Path, arguments: &[&str], state: &Path, means: Means) -> Result<Self> {
        let remote = Remote::connect(runtime.pid())?;
        let mut command = runtime.command(shell);
        command.args(["headset", "--tell"]).args(arguments);
        command.env("XDG_STATE_HOME", state).env("WGPU_BACKEND", "vulkan").env_remove("DISPLAY");
        // The renderer notes the stack of every lock it takes where this is set.
        command.env_remove("RUST_BACKTRACE");
        let log = std::fs::File::create(state.join("shell.log")).context("cannot write the session's log")?;
        let mut shell = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start `fieldwright-shell`")?;
        let told = std::fs::File::create(state.join("told.jsonl")).context("cannot keep what the session tells")?;
        let output = shell.stdout.take().context("invariant: its output is piped")?;
        Ok(Self { shell, lines: read(output, told), remote: Some(remote), means, pressing: None })
    }

    /// The next line; `None` when the session has ended.
    ///
    /// # Errors
    /// When nothing comes for long.
    pub fn line(&mut self) -> Result<Option<Line>> {
        match self.lines.recv_timeout(FRAME_DEADLINE) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!("the session has told nothing for {FRAME_DEADLINE:?}"),
        }
    }

    /// Lines until one fits; it fits.
    ///
    /// # Errors
    /// When the session ends, or `limit` frames pass, without one.
    pub fn until(&mut self, what: &str, limit: u32, fits: impl Fn(&Line) -> bool) -> Result<Line> {
        let mut last = String::new();
        for _ in 0..limit {
            let Some(line) = self.line()? else { bail!("the session ended before {what}; the last it told: {last}") };
            if fits(&line) {
                return Ok(line);
            }
            self.follow(&line)?;
            last = line.0.to_string();
        }
        bail!("{limit} frames without {what}; the last: {last}")
    }

    /// Holds the head where the script wants it, and presses what it waits for.
    ///
    /// # Errors
    /// When the driver is gone.
    pub fn follow(&mut self, line: &Line) -> Result<()> {
        let Some(remote) = &mut self.remote else { return Ok(()) };
        let Some(head) = line.pose("script/head") else { return Ok(()) };
        let wants = line.word("script/wants");
        if self.pressing.as_ref().is_some_and(|pressing| pressing.action != wants) {
            // Let go, and leave the plate, for a frame or two.
            self.pressing = None;
            rest(remote, head, self.means);
            return remote.send();
        }
        let Some(target) = Some(wants).filter(|wants| !wants.is_empty()).and_then(|wants| line.pressable(wants)) else {
            rest(remote, head, self.means);
            return remote.send();
        };
        // A plate that has moved meanwhile is aimed at anew.
        let moved = |pressing: &Pressing| pressing.at.distance(target.center) > 0.5 * target.half.min_element();
        if self.pressing.as_ref().is_none_or(moved) {
            self.pressing = Some(Pressing { action: wants.to_owned(), at: target.center, frames: 0 });
        }
        let Some(pressing) = &mut self.pressing else { return Ok(()) };
        pressing.frames += 1;
        let pressing = pressing.clone();
        match self.means {
            Means::Controller => {
                remote.state.head = head;
                let hand = head.position + head.rotation * Vec3::new(0.18, -0.25, -0.2);
                let right = &mut remote.state.controllers[1];
                right.pose = RemotePose::looking_at(hand, target.center);
                right.trigger = if pressing.presses() { 1.0 } else { 0.0 };
            }
            Means::Finger => {
                remote.state.head = head;
                let right = &mut remote.state.controllers[1];
                right.curl = POINTING;
                // The fingertip as the runtime has it, seen from the pose it was given.
                let given = right.pose;
                let tip = line
                    .point("hands/1/10")
                    .map_or(Vec3::ZERO, |tip| given.rotation.inverse() * (tip - given.position));
                let rotation = RemotePose::looking_at(target.center + target.faces, target.center).rotation;
                let depth = match pressing.phase() {
                    0..=2 => 0.08,
                    3 => 0.03,
                    _ if pressing.presses() => -0.012,
                    _ => 0.05,
                };
                right.pose = RemotePose { position: target.center + target.faces * depth - rotation * tip, rotation };
            }
            Means::Look => {
                rest(remote, head, self.means);
                // What needs a confirmation is looked at there, once it has been looked at here.
                let at = line.point("confirm").unwrap_or(target.center);
                remote.state.head = RemotePose { rotation: RemotePose::looking_at(head.position, at).rotation, ..head };
            }
        }
        remote.send()
    }

    /// Plays until the script has ended, doing `each` with every line; the exit code of the session.
    ///
    /// # Errors
    /// When nothing comes for long, or the driver is gone.
    pub fn play(&mut self, mut each: impl FnMut(&Line)) -> Result<Option<i32>> {
        let mut last = None;
        for _ in 0..MOST_FRAMES {
            let Some(line) = self.line()? else {
                return Ok(self.shell.wait().context("cannot wait for the session")?.code());
            };
            each(&line);
            self.follow(&line)?;
            last = Some(line);
        }
        bail!("the script has not ended after {MOST_FRAMES} frames; the last: {last:?}")
    }

    /// The head goes there.
    ///
    /// # Errors
    /// When the driver is gone.
    pub fn look(&mut self, head: RemotePose) -> Result<()> {
        let Some(remote) = &mut self.remote else { return Ok(()) };
        remote.set(|state| state.head = head)
    }

    /// Drops the connection to the driver of a service that is about to be killed.
    pub fn take_off(&mut self) {
        self.remote = None;
    }

    /// Connects to the driver of a service that was started again.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn put_on(&mut self, runtime: &Runtime) -> Result<()> {
        self.remote = Some(Remote::connect(runtime.pid())?);
        Ok(())
    }
}

impl Drop for Wearer {
    fn drop(&mut self) {
        // The parent of the session is asked to end, so that it ends the session too; gone already is as good.
        drop(std::process::Command::new("kill").arg(self.shell.id().to_string()).status());
        drop(self.shell.wait());
    }
}

/// Little finger to thumb: the index finger straight, the others curled.
const POINTING: [f32; 5] = [1.0, 1.0, 1.0, 0.0, 0.5];

/// Hands down, nothing pressed.
fn rest(remote: &mut Remote, head: RemotePose, means: Means) {
    remote.state.head = head;
    for (controller, side) in remote.state.controllers.iter_mut().zip([-1.0, 1.0]) {
        controller.trigger = 0.0;
        controller.curl = [0.0; 5];
        controller.active = means != Means::Look;
        controller.hand = means == Means::Finger;
        let forward = head.rotation * Vec3::NEG_Z;
        let level = Vec3::new(forward.x, 0.0, forward.z).normalize_or(Vec3::NEG_Z);
        let right = level.cross(Vec3::Y);
        controller.pose = RemotePose::looking_at(
            head.position + right * (0.3 * side) - Vec3::Y * 0.6 - level * 0.1,
            head.position + right * (0.3 * side) - Vec3::Y * 1.6 + level * 0.2,
        );
    }
}

/// Every line is kept, for whoever wants to know afterwards what happened.
fn read(output: ChildStdout, mut kept: std::fs::File) -> Receiver<Line> {
    let (told, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { break };
            // A full disk takes the copy, not the test.
            drop(std::io::Write::write_all(&mut kept, format!("{line}\n").as_bytes()));
            // Anything but JSON is not for us.
            if let Ok(value) = serde_json::from_str(&line)
                && told.send(Line(value)).is_err()
            {
                break;
            }
        }
    });
    lines
}
