//! How a head moves between views: smooth, and never quite still. Must not know scenarios or cameras.

use fieldwright_guide::frames::{CameraCv, Equipment, Head, Pose, World};
use glam::{Mat3, Quat, Vec3};

/// Where the headset's camera sits on the head: between the eyes and a little above, looking the way the head looks.
/// Calibrated on a real headset; here the simulated one is built so.
pub fn head_from_camera() -> Pose<Head, CameraCv> {
    Pose::new(Vec3::new(0.0, 0.035, -0.06), Quat::from_xyzw(1.0, 0.0, 0.0, 0.0))
}

/// How wrong the simulated headset is about its own place at `now`, seconds: `reported_from_true`, to be put before a true pose.
///
/// Inside-out tracking wanders by millimetres and tenths of a degree over seconds, and an anchor that coasts on it goes along
/// (arXiv 2412.06116 measures such headsets). Here each axis swings by 2.5 mm and 0.1 degrees at periods of 7 to 17 s.
fn tracking_error(now: f64) -> Pose<World, World> {
    let swing = |period_s: f64| ((now / period_s).fract() * std::f64::consts::TAU).sin() as f32;
    let turn = Vec3::new(swing(9.0), swing(17.0), swing(13.0)) * 0.1_f32.to_radians();
    let shift = Vec3::new(swing(11.0), swing(7.0), swing(15.0)) * 0.002_5;
    Pose::new(shift, Quat::from_scaled_axis(turn))
}

/// A true pose in the room as the simulated headset has it at `now`, seconds: what a tracker is told.
pub fn as_reported<T>(now: f64, truth: &Pose<World, T>) -> Pose<World, T> {
    tracking_error(now).then(truth)
}

/// Where in the room something is seen that is drawn at a pose of the headset's world.
pub fn as_seen<T>(now: f64, drawn: &Pose<World, T>) -> Pose<World, T> {
    tracking_error(now).inverse().then(drawn)
}

/// A head at `eye` looking at `target`, upright (world +Y stays up in the picture).
pub fn look_at(eye: Vec3, target: Vec3) -> Pose<World, Head> {
    let backward = (eye - target).try_normalize().unwrap_or(Vec3::Z);
    let right = Vec3::Y.cross(backward).try_normalize().unwrap_or(Vec3::X);
    let up = backward.cross(right);
    Pose::new(eye, Quat::from_mat3(&Mat3::from_cols(right, up, backward)).normalize())
}

/// A head on its way from one place to another.
#[derive(Clone, Copy, Debug)]
pub struct HeadPath {
    from: (Vec3, Vec3),
    to: (Vec3, Vec3),
    started: f64,
    over: f64,
    world_from_equipment: Pose<World, Equipment>,
}

impl HeadPath {
    /// Stands at `eye` looking at `target`, both in the equipment's frame.
    pub fn at(eye: Vec3, target: Vec3, world_from_equipment: Pose<World, Equipment>) -> Self {
        Self { from: (eye, target), to: (eye, target), started: 0.0, over: 0.0, world_from_equipment }
    }

    /// Starts for another place at `now` (seconds), taking `over` seconds.
    pub fn go(&mut self, eye: Vec3, target: Vec3, now: f64, over: f64) {
        self.from = self.place(now);
        self.to = (eye, target);
        self.started = now;
        self.over = over;
    }

    /// When it arrives, seconds.
    pub fn arrives(&self) -> f64 {
        self.started + self.over
    }

    /// The head at `now`, with the sway of a standing person (about 4 mm and 0.3 degrees at 0.3 to 0.7 Hz).
    pub fn pose(&self, now: f64) -> Pose<World, Head> {
        let (eye, target) = self.place(now);
        let t = now as f32;
        let sway = Vec3::new((t * 2.1).sin() * 0.004, (t * 3.3 + 1.0).sin() * 0.002, (t * 1.7 + 2.0).sin() * 0.004);
        let drift = Vec3::new((t * 2.7 + 0.5).sin() * 0.006, (t * 3.9).sin() * 0.004, 0.0);
        look_at(self.world_from_equipment.point(eye + sway), self.world_from_equipment.point(target + drift))
    }

    fn place(&self, now: f64) -> (Vec3, Vec3) {
        if self.over <= 0.0 || now >= self.arrives() {
            return self.to;
        }
        let s = ((now - self.started) / self.over).clamp(0.0, 1.0) as f32;
        // Smoothstep: the head eases out of one view and into the next.
        let s = s * s * (3.0 - 2.0 * s);
        (self.from.0.lerp(self.to.0, s), self.from.1.lerp(self.to.1, s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headset_is_wrong_about_itself_by_a_little_and_never_jumps() {
        let mut largest = (0.0_f32, 0.0_f32);
        for frame in 0..3000 {
            let now = f64::from(frame) / 30.0;
            let (shift_m, turn_rad) = tracking_error(now).difference(&Pose::identity());
            largest = (largest.0.max(shift_m), largest.1.max(turn_rad.to_degrees()));
            let (step_m, _) = tracking_error(now + 1.0 / 30.0).difference(&tracking_error(now));
            assert!(step_m < 0.000_3, "{step_m} m in a frame");
        }
        assert!((0.003..0.004_4).contains(&largest.0), "{} m", largest.0);
        assert!((0.1..0.18).contains(&largest.1), "{} degrees", largest.1);
    }

    #[test]
    fn looks_where_it_is_told() {
        let world_from_head = look_at(Vec3::new(0.0, 1.6, 2.0), Vec3::new(0.0, 0.6, 0.0));
        let forward = world_from_head.direction(Vec3::NEG_Z);
        assert!(forward.distance(Vec3::new(0.0, -1.0, -2.0).normalize()) < 1e-5);
        assert!(world_from_head.direction(Vec3::X).y.abs() < 1e-6, "the horizon is level");
    }

    #[test]
    fn the_camera_looks_forward_too() {
        let world_from_camera = look_at(Vec3::ZERO, Vec3::NEG_Z).then(&head_from_camera());
        assert!(world_from_camera.direction(Vec3::Z).distance(Vec3::NEG_Z) < 1e-6);
        assert!(world_from_camera.direction(Vec3::Y).distance(Vec3::NEG_Y) < 1e-6);
    }

    #[test]
    fn paths_ease_and_arrive() {
        let mut path = HeadPath::at(Vec3::new(0.0, 1.6, 2.0), Vec3::Y, Pose::identity());
        path.go(Vec3::new(1.0, 1.6, 1.0), Vec3::Y, 1.0, 2.0);
        assert!((path.arrives() - 3.0).abs() < 1e-9);
        let near = path.pose(3.5).translation.distance(Vec3::new(1.0, 1.6, 1.0));
        assert!(near < 0.01, "{near}");
    }
}
