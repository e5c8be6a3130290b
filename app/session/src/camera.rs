//! A camera on the wearer's head: frames from any source, each with the camera's pose at its capture, and how the camera is. Must not
//! know devices or runtimes.

use fieldwright_guide::{
    event::WorkerState,
    frames::{CameraCv, Head, Pose, World},
    time::Timestamp,
};
use fieldwright_vision::{
    clock::{CameraRig, CameraTiming, HeadRing, PoseGap, RingLimits},
    frame::GrayFrame,
    sources::{Frame, FrameSource, Polled, Sequence, SequenceError, play},
};

/// What came of a camera.
#[derive(Debug)]
pub enum CameraEvent {
    /// A frame for the tracker.
    Frame {
        /// The picture.
        gray: GrayFrame,
        /// Where the camera was when it was taken.
        world_from_camera: Pose<World, CameraCv>,
        /// When that was, on the session's clock.
        captured: Timestamp,
    },
    /// The camera is otherwise than before; `Ready` tells rate, delay and clock offset.
    State(WorkerState),
}

/// A source of frames, fixed to a head whose poses are known.
#[derive(Debug)]
pub struct CameraFeed {
    source: Box<dyn FrameSource>,
    rig: CameraRig,
    /// What the source's clock showed when the session's clock was at zero, seconds.
    source_zero_s: f64,
    ring: HeadRing,
    timing: CameraTiming,
    /// A frame newer than the newest head pose, waiting for it.
    waiting: Option<Frame>,
    told: Option<(Timestamp, WorkerState)>,
}

/// How often rate and delay are told anew, seconds.
const TELL_S: f64 = 10.0;

impl CameraFeed {
    /// Frames of `source`, whose clock showed `source_zero_s` when the session's clock was at zero. For a V4L2 camera that is
    /// `monotonic_now()` at the session's start.
    pub fn new(source: Box<dyn FrameSource>, rig: CameraRig, source_zero_s: f64) -> Self {
        Self {
            source,
            rig,
            source_zero_s,
            ring: HeadRing::default(),
            timing: CameraTiming::default(),
            waiting: None,
            told: None,
        }
    }

    /// The frames of a recording at their own pace, with the head's poses that it holds. The session's clock is at zero now, and the
    /// first frame was taken then.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub fn recorded(sequence: Sequence, rig: CameraRig) -> Result<Self, SequenceError> {
        let zero_s = sequence.first_captured().map_or(0.0, |first| rig.head_time(first).0);
        let capacity = sequence.head().len().max(2);
        let mut ring = HeadRing::new(RingLimits { capacity, ..RingLimits::default() });
        for (at, pose) in sequence.head() {
            ring.push(at.plus(-zero_s), *pose);
        }
        Ok(Self { ring, ..Self::new(Box::new(play(sequence)?), rig, zero_s) })
    }

    /// Takes in a pose of the head, on the session's clock.
    pub fn head(&mut self, at: Timestamp, world_from_head: Pose<World, Head>) {
        self.ring.push(at, world_from_head);
    }

    /// Forgets the head's poses, as after a new session whose origin is another.
    pub fn forget_head(&mut self) {
        self.ring.clear();
        self.waiting = None;
    }

    /// Rate, delay and clock offset.
    pub fn timing(&self) -> &CameraTiming {
        &self.timing
    }

    /// The same, to note a measured clock offset with its quality.
    pub fn timing_mut(&mut self) -> &mut CameraTiming {
        &mut self.timing
    }

    /// What came since the last call. Never waits.
    pub fn poll(&mut self, now: Timestamp) -> Vec<CameraEvent> {
        let mut events = Vec::new();
        let frame = match self.source.poll() {
            Polled::Frame(frame) => {
                let captured = self.session_time(&frame);
                self.timing.picture(captured, now);
                if self.waiting.replace(frame).is_some() {
                    self.timing.missed();
                }
                self.waiting.take()
            }
            Polled::Waiting => self.waiting.take(),
            Polled::Failed(error) => {
                self.tell(now, WorkerState::Failed(error.to_string()), true, &mut events);
                None
            }
            Polled::Ended => {
                self.tell(now, WorkerState::Absent("the recording has ended".to_owned()), false, &mut events);
                self.waiting.take()
            }
        };
        if let Some(frame) = frame {
            self.place(frame, now, &mut events);
        }
        events
    }

    fn place(&mut self, frame: Frame, now: Timestamp, events: &mut Vec<CameraEvent>) {
        let captured = self.session_time(&frame);
        match self.ring.at(captured) {
            Ok(world_from_head) => {
                let world_from_camera = world_from_head.then(&self.rig.head_from_camera);
                events.push(CameraEvent::Frame { gray: frame.gray, world_from_camera, captured });
                let words = self.timing.words();
                self.tell(now, WorkerState::Ready(words), false, events);
            }
            // The head's pose of that moment may still come.
            Err(PoseGap::TooNew { .. } | PoseGap::Empty) => self.waiting = Some(frame),
            Err(gap) => {
                self.timing.missed();
                self.tell(now, WorkerState::Failed(gap.to_string()), false, events);
            }
        }
    }

    /// When the frame was taken, on the session's clock.
    fn session_time(&self, frame: &Frame) -> Timestamp {
        self.rig.head_time(frame.captured).plus(-self.source_zero_s)
    }

    /// Tells a state when it is another in kind, or not too often when only its numbers changed.
    fn tell(&mut self, now: Timestamp, state: WorkerState, at_once: bool, events: &mut Vec<CameraEvent>) {
        let due = match &self.told {
            None => true,
            Some((_, told)) if *told == state => false,
            Some((since, told)) => {
                let other = std::mem::discriminant(told) != std::mem::discriminant(&state);
                at_once || other || now.since(*since) >= TELL_S
            }
        };
        if due {
            self.told = Some((now, state.clone()));
            events.push(CameraEvent::State(state));
        }
    }
}

#[cfg(test)]
mod tests {
    use fieldwright_vision::sources::{FrameClock, SequenceWriter, pushed_frames};
    use glam::{Quat, Vec3};

    use super::*;

    fn rig() -> CameraRig {
        let head_from_camera = Pose::new(Vec3::new(0.0, 0.04, -0.07), Quat::from_xyzw(1.0, 0.0, 0.0, 0.0));
        CameraRig { head_from_camera, clock_offset_s: -0.02 }
    }

    /// A head that turns at 60 degrees a second.
    fn head(t: f64) -> Pose<World, Head> {
        Pose::new(Vec3::new(0.0, 1.6, 0.0), Quat::from_rotation_y((t * std::f64::consts::FRAC_PI_3) as f32))
    }

    fn frame(stamp: f64, sequence: u64) -> Frame {
        let gray = GrayFrame::blank(4, 4).unwrap();
        Frame { gray, captured: Timestamp(stamp), clock: FrameClock::Monotonic, sequence }
    }

    #[test]
    fn a_recording_is_played_with_the_poses_that_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SequenceWriter::create(folder.path(), None).unwrap();
        // Its clock showed 700 s when it began; the camera's is 20 ms ahead of the head's.
        for index in 0..60 {
            let at = 699.5 + f64::from(index) / 30.0;
            writer.head(Timestamp(at), head(at - 700.0));
        }
        for index in 0..4_u8 {
            let gray = GrayFrame::new(2, 1, vec![index, 9]).unwrap();
            writer.frame(&gray, Timestamp(700.0 + 0.01 * f64::from(index))).unwrap();
        }
        writer.save().unwrap();
        let mut feed = CameraFeed::recorded(Sequence::open(folder.path()).unwrap(), rig()).unwrap();
        let began = std::time::Instant::now();
        let mut frames = Vec::new();
        let mut over = false;
        while !over {
            assert!(began.elapsed().as_secs() < 20, "the recording does not end");
            for event in feed.poll(Timestamp(began.elapsed().as_secs_f64())) {
                match event {
                    CameraEvent::Frame { gray, world_from_camera, captured } => {
                        let expect = head(captured.0 - 0.02).then(&rig().head_from_camera);
                        assert!(world_from_camera.translation.distance(expect.translation) < 1e-3);
                        frames.push(gray.pixels()[0]);
                    }
                    CameraEvent::State(WorkerState::Absent(_)) => over = true,
                    CameraEvent::State(_) => {}
                }
            }
            std::thread::yield_now();
        }
        assert_eq!(frames.last(), Some(&3), "the last frame is never replaced: {frames:?}");
        assert!(frames.is_sorted());
    }

    #[test]
    fn frames_get_the_pose_of_their_capture_and_wait_for_it() {
        let (sender, source) = pushed_frames(None);
        // The session began when the camera's clock showed 5000 s.
        let mut feed = CameraFeed::new(Box::new(source), rig(), 5000.0);
        for index in 0..45 {
            feed.head(Timestamp(f64::from(index) / 90.0), head(f64::from(index) / 90.0));
        }
        // Taken at 0.4 s, stamped 20 ms late.
        sender.push(frame(5000.42, 1));
        let events = feed.poll(Timestamp(0.43));
        let [CameraEvent::Frame { world_from_camera, captured, .. }, CameraEvent::State(WorkerState::Ready(words))] =
            events.as_slice()
        else {
            panic!("{events:?}")
        };
        assert!((captured.0 - 0.4).abs() < 1e-6);
        let (metres, radians) = world_from_camera.difference(&head(0.4).then(&rig().head_from_camera));
        assert!(metres < 1e-4 && radians < 1e-3, "{metres} m, {radians}");
        assert!(words.contains("30 ms old") || words.contains("waiting"), "{words}");

        // Taken at 0.6 s: no head pose yet, so it waits.
        sender.push(frame(5000.62, 2));
        assert!(feed.poll(Timestamp(0.62)).is_empty());
        for index in 45..60 {
            feed.head(Timestamp(f64::from(index) / 90.0), head(f64::from(index) / 90.0));
        }
        let events = feed.poll(Timestamp(0.65));
        assert!(matches!(events.first(), Some(CameraEvent::Frame { captured, .. }) if (captured.0 - 0.6).abs() < 1e-6));

        // One from before all that is known cannot be used, and that is told.
        sender.push(frame(4000.0, 3));
        assert!(matches!(feed.poll(Timestamp(0.7)).as_slice(), [CameraEvent::State(WorkerState::Failed(_))]));
        drop(sender);
        assert!(matches!(feed.poll(Timestamp(0.8)).as_slice(), [CameraEvent::State(WorkerState::Absent(_))]));
        assert!(feed.poll(Timestamp(0.9)).is_empty(), "the same is not told twice");
        assert!(feed.timing().words().ends_with("not used"), "{}", feed.timing().words());
    }
}
