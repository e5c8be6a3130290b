//! Moves the headset that nobody wears: head, controllers and fingers, through Monado's remote driver. Must not know OpenXR or what is
//! tested.
//!
//! The driver takes packets of 376 bytes, each the whole state: eight bytes of header, 128 of the head, 120 for each controller.

use std::{
    f32::consts::PI,
    io::{Read as _, Write as _},
    process::{Child, ChildStdin, Stdio},
};

use anyhow::{Context as _, Result};
use fieldwright_xtask::xr_runtime::remote_command;
use glam::{Quat, Vec3};

/// Bytes of one packet.
pub const PACKET: usize = 376;

/// A pose in the driver's space, which is that of the headset's stage: +Y up, -Z forward, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemotePose {
    /// Where.
    pub position: Vec3,
    /// A unit quaternion.
    pub rotation: Quat,
}

impl RemotePose {
    /// Standing there, looking along -Z.
    pub fn at(position: Vec3) -> Self {
        Self { position, rotation: Quat::IDENTITY }
    }

    /// There, with -Z towards `point`, upright.
    pub fn looking_at(position: Vec3, point: Vec3) -> Self {
        let forward = (point - position).normalize_or(Vec3::NEG_Z);
        let yaw = (-forward.x).atan2(-forward.z);
        let pitch = forward.y.clamp(-1.0, 1.0).asin();
        Self { position, rotation: Quat::from_rotation_y(yaw) * Quat::from_rotation_x(pitch) }
    }

    /// Turned by so many radians about the vertical through its own place, to the left where positive.
    #[must_use]
    pub fn turned(self, yaw: f32) -> Self {
        Self { rotation: Quat::from_rotation_y(yaw) * self.rotation, ..self }
    }
}

/// One controller and the hand that holds it.
#[expect(clippy::struct_excessive_bools, reason = "each is a button or a flag of the packet")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemoteController {
    /// It is there; otherwise it is not tracked.
    pub active: bool,
    /// The hand is tracked.
    pub hand: bool,
    /// Where it is.
    pub pose: RemotePose,
    /// Little finger to thumb, in the driver's own order: 0 is straight, 1 is curled.
    pub curl: [f32; 5],
    /// 0 to 1.
    pub trigger: f32,
    /// 0 to 1.
    pub squeeze: f32,
    /// The system button.
    pub system: bool,
    /// The A button.
    pub a: bool,
    /// The B button.
    pub b: bool,
}

impl RemoteController {
    /// There, in a tracked and open hand, nothing pressed.
    pub fn at(pose: RemotePose) -> Self {
        Self {
            active: true,
            hand: true,
            pose,
            curl: [0.0; 5],
            trigger: 0.0,
            squeeze: 0.0,
            system: false,
            a: false,
            b: false,
        }
    }
}

/// The whole state of the headset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemoteState {
    /// The head.
    pub head: RemotePose,
    /// Left and right.
    pub controllers: [RemoteController; 2],
}

impl Default for RemoteState {
    fn default() -> Self {
        let hand = |x| RemoteController::at(RemotePose::at(Vec3::new(x, 1.3, -0.3)));
        Self { head: RemotePose::at(Vec3::new(0.0, 1.6, 0.0)), controllers: [hand(-0.2), hand(0.2)] }
    }
}

impl RemoteState {
    /// The packet that sets it.
    pub fn packet(&self) -> Vec<u8> {
        let mut packet = Vec::with_capacity(PACKET);
        packet.extend(*b"mndrmt3\0");
        // Two views of their own: field of view, pose, display; not used, since the flag after the head says so.
        for _ in 0..2 {
            numbers(&mut packet, &[0.0; 4]);
            pose(&mut packet, &RemotePose::at(Vec3::ZERO));
            packet.extend([0; 4]);
        }
        pose(&mut packet, &self.head);
        packet.extend([0; 4]);
        for controller in &self.controllers {
            pose(&mut packet, &controller.pose);
            // Linear and angular velocity: at rest.
            numbers(&mut packet, &[0.0; 6]);
            numbers(&mut packet, &controller.curl);
            numbers(&mut packet, &[controller.trigger, controller.squeeze, 0.0]);
            // Thumbstick, trackpad's force and place.
            numbers(&mut packet, &[0.0; 5]);
            let trigger = controller.trigger > 0.9;
            let touched = controller.trigger > 0.0;
            let RemoteController { active, hand, system, a, b, .. } = *controller;
            let flags = [hand, active, system, system, a, a, b, b, trigger, touched, false, false, false];
            packet.extend(flags.map(u8::from));
            packet.extend([0; 3]);
        }
        packet
    }
}

fn numbers(packet: &mut Vec<u8>, values: &[f32]) {
    packet.extend(values.iter().flat_map(|value| value.to_ne_bytes()));
}

fn pose(packet: &mut Vec<u8>, pose: &RemotePose) {
    let (q, p) = (pose.rotation, pose.position);
    numbers(packet, &[q.x, q.y, q.z, q.w, p.x, p.y, p.z]);
}

/// A connection to the driver, and the state it was last given.
#[derive(Debug)]
pub struct Remote {
    relay: Child,
    input: Option<ChildStdin>,
    /// To be changed, then sent.
    pub state: RemoteState,
}

impl Remote {
    /// Connects to the driver of the service with this process number, and has been heard there when this returns.
    ///
    /// # Errors
    /// When the driver cannot be reached.
    pub fn connect(service_pid: u32) -> Result<Self> {
        let mut command = remote_command(service_pid);
        let mut relay = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start `nsenter`\nhint: apt-get install util-linux")?;
        let input = relay.stdin.take();
        let mut greeting = [0; PACKET];
        let mut output = relay.stdout.take().context("invariant: the relay's output is piped")?;
        output.read_exact(&mut greeting).context("Monado's remote driver does not answer")?;
        let mut remote = Self { relay, input, state: RemoteState::default() };
        remote.send()?;
        Ok(remote)
    }

    /// Sends the state as it stands.
    ///
    /// # Errors
    /// When the driver is gone.
    pub fn send(&mut self) -> Result<()> {
        let input = self.input.as_mut().context("the connection to the remote driver is closed")?;
        input.write_all(&self.state.packet()).context("Monado's remote driver is gone")
    }

    /// Changes the state and sends it.
    ///
    /// # Errors
    /// When the driver is gone.
    pub fn set(&mut self, change: impl FnOnce(&mut RemoteState)) -> Result<()> {
        change(&mut self.state);
        self.send()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // The relay ends with its input.
        self.input = None;
        drop(self.relay.wait());
    }
}

/// A head that turns from side to side at a constant rate and turns round at each end: where it is at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sway {
    /// In the middle.
    pub middle: RemotePose,
    /// To each side, radians.
    pub reach: f32,
    /// Radians per second.
    pub rate: f32,
}

impl Sway {
    /// Sixty degrees per second, the fastest at which overlays are judged.
    pub const FASTEST: f32 = PI / 3.0;

    /// Where the head is, `seconds` after it was in the middle turning left.
    pub fn at(&self, seconds: f64) -> RemotePose {
        // A triangle of period four reaches.
        let phase = (f64::from(self.rate) * seconds / f64::from(self.reach)).rem_euclid(4.0) as f32;
        let share = match phase {
            p if p < 1.0 => p,
            p if p < 3.0 => 2.0 - p,
            p => p - 4.0,
        };
        self.middle.turned(self.reach * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_as_long_as_the_driver_wants_and_says_what_it_should() {
        let mut state = RemoteState::default();
        state.head.position = Vec3::new(1.0, 2.0, 3.0);
        state.controllers[1].trigger = 1.0;
        let packet = state.packet();
        assert_eq!(packet.len(), PACKET);
        let number = |at: usize| f32::from_ne_bytes(packet[at..at + 4].try_into().unwrap());
        // Header 8, views 2 * 48, then the head's quaternion 16.
        assert_eq!(Vec3::new(number(120), number(124), number(128)), Vec3::new(1.0, 2.0, 3.0));
        // The right controller's trigger: after pose 28, velocities 24, curls 20.
        assert_eq!(number(136 + 120 + 72).to_bits(), 1f32.to_bits());
        // And its click, the ninth flag after 104 bytes.
        assert_eq!((packet[136 + 120 + 112], packet[136 + 112]), (1, 0));
    }

    #[test]
    fn a_head_sways_at_its_rate() {
        let sway = Sway { middle: RemotePose::at(Vec3::ZERO), reach: 0.5, rate: Sway::FASTEST };
        let mut fastest = 0f32;
        for step in 0..2000 {
            let seconds = f64::from(step) * 0.005;
            let turned = sway.at(seconds).rotation.angle_between(sway.at(seconds + 0.005).rotation);
            fastest = fastest.max(turned / 0.005);
            assert!(sway.at(seconds).rotation.angle_between(Quat::IDENTITY) < 0.501);
        }
        assert!((fastest - Sway::FASTEST).abs() < 0.02, "{fastest}");
    }

    #[test]
    fn looking_at_a_point_has_it_straight_ahead() {
        let pose = RemotePose::looking_at(Vec3::new(0.2, 1.2, 0.1), Vec3::new(-0.4, 1.5, -1.0));
        let ahead = pose.rotation * Vec3::NEG_Z;
        assert!(ahead.angle_between(Vec3::new(-0.6, 0.3, -1.1)) < 1e-3);
    }
}
