//! A true OpenXR session without pictures (`XR_MND_headless`): actions of controllers, the joints of hands, the head. Gives what
//! the product's interaction takes. Must not know what is tested.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use fieldwright_guide::frames::Pose;
use fieldwright_session::interaction::{Controller, Hand, HeadPose, Inputs, Ray, SIDES, Side};
use glam::{Quat, Vec3};
use openxr as xr;

/// Nothing that a session waits for takes longer on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long the runtime is left alone between two looks at it: OpenXR has no event for an input.
const PACE: Duration = Duration::from_millis(5);

/// What a controller of one kind calls its buttons: (interaction profile, select, squeeze, menu).
const PROFILES: &[(&str, &str, Option<&str>, &str)] = &[
    ("/interaction_profiles/khr/simple_controller", "select/click", None, "menu/click"),
    ("/interaction_profiles/valve/index_controller", "trigger/value", Some("squeeze/value"), "b/click"),
];

/// A session with its actions.
#[expect(missing_debug_implementations, reason = "the handles of OpenXR say nothing in a debugger")]
pub struct Session {
    instance: xr::Instance,
    handle: xr::Session<xr::Headless>,
    stage: xr::Space,
    view: xr::Space,
    set: xr::ActionSet,
    aim: xr::Action<xr::Posef>,
    buttons: [xr::Action<bool>; 3],
    hands: [xr::Path; 2],
    aims: [xr::Space; 2],
    trackers: [xr::HandTracker; 2],
    state: xr::SessionState,
}

impl Session {
    /// Opens a session and waits until it has the focus.
    ///
    /// # Errors
    /// When the runtime cannot be loaded, lacks an extension or does not give the focus.
    #[expect(unsafe_code, reason = "OpenXR's loader and session are foreign code")]
    pub fn focused() -> Result<Self> {
        // SAFETY: the tree's loader is a well-formed OpenXR loader.
        let entry = unsafe { xr::Entry::load() }.context("no OpenXR loader")?;
        let available = entry.enumerate_extensions().context("the runtime does not list its extensions")?;
        let mut extensions = xr::ExtensionSet::default();
        for (name, has, wanted) in [
            ("XR_MND_headless", available.mnd_headless, &mut extensions.mnd_headless),
            ("XR_EXT_hand_tracking", available.ext_hand_tracking, &mut extensions.ext_hand_tracking),
            (
                "XR_KHR_convert_timespec_time",
                available.khr_convert_timespec_time,
                &mut extensions.khr_convert_timespec_time,
            ),
        ] {
            if !has {
                bail!("the runtime has no {name}");
            }
            *wanted = true;
        }
        let application = xr::ApplicationInfo {
            application_name: "fieldwright-tests",
            application_version: 1,
            engine_name: "none",
            engine_version: 1,
            api_version: xr::Version::new(1, 0, 0),
        };
        let instance = entry.create_instance(&application, &extensions, &[]).context("no instance")?;
        let system = instance.system(xr::FormFactor::HEAD_MOUNTED_DISPLAY).context("no headset")?;
        // SAFETY: a headless session takes no graphics handles that could be wrong.
        let (session, ..) =
            unsafe { instance.create_session::<xr::Headless>(system, &xr::headless::SessionCreateInfo {}) }
                .context("no session")?;
        let stage = session.create_reference_space(xr::ReferenceSpaceType::STAGE, xr::Posef::IDENTITY)?;
        let view = session.create_reference_space(xr::ReferenceSpaceType::VIEW, xr::Posef::IDENTITY)?;
        let hands = [instance.string_to_path("/user/hand/left")?, instance.string_to_path("/user/hand/right")?];
        let set = instance.create_action_set("main", "Main", 0)?;
        let aim = set.create_action::<xr::Posef>("aim", "Point", &hands)?;
        let button = |name: &str, words: &str| set.create_action::<bool>(name, words, &hands);
        let buttons = [button("select", "Select")?, button("squeeze", "Squeeze")?, button("menu", "Menu")?];
        suggest(&instance, &aim, &buttons)?;
        session.attach_action_sets(&[&set])?;
        let space = |at: usize| aim.create_space(&session, hands[at], xr::Posef::IDENTITY);
        let aims = [space(0)?, space(1)?];
        let trackers = [session.create_hand_tracker(xr::Hand::LEFT)?, session.create_hand_tracker(xr::Hand::RIGHT)?];
        let state = xr::SessionState::UNKNOWN;
        let mut this = Self { instance, handle: session, stage, view, set, aim, buttons, hands, aims, trackers, state };
        this.until("focus", |session| Ok((session.state == xr::SessionState::FOCUSED).then_some(())))?;
        Ok(this)
    }

    /// Handles the runtime's events, then gives what the devices say now. `None` while the session has no focus.
    ///
    /// # Errors
    /// When the runtime is lost.
    pub fn read(&mut self) -> Result<Option<Inputs>> {
        self.events()?;
        if self.state != xr::SessionState::FOCUSED {
            return Ok(None);
        }
        self.handle.sync_actions(&[(&self.set).into()])?;
        let now = self.instance.now()?;
        let mut inputs = Inputs { head: located(&self.view, &self.stage, now)?, ..Inputs::default() };
        for (at, side) in SIDES.into_iter().enumerate() {
            inputs.controllers[at] = self.controller(at, now)?;
            inputs.hands[at] = self.hand(side, now)?;
        }
        Ok(Some(inputs))
    }

    /// Reads until `check` gives something.
    ///
    /// # Errors
    /// When the runtime is lost or it takes too long; `what` is in the error.
    pub fn until<T>(&mut self, what: &str, mut check: impl FnMut(&mut Self) -> Result<Option<T>>) -> Result<T> {
        let started = Instant::now();
        loop {
            self.events()?;
            if let Some(found) = check(self)? {
                return Ok(found);
            }
            if started.elapsed() > DEADLINE {
                bail!("{what}: not within {} s; the session's state is {:?}", DEADLINE.as_secs(), self.state);
            }
            std::thread::park_timeout(PACE);
        }
    }

    /// The interaction profile of a hand's controller; empty where there is none.
    ///
    /// # Errors
    /// When the runtime is lost.
    pub fn profile(&self, side: Side) -> Result<String> {
        let path = self.handle.current_interaction_profile(self.hands[index(side)])?;
        if path == xr::Path::NULL { Ok(String::new()) } else { Ok(self.instance.path_to_string(path)?) }
    }

    fn events(&mut self) -> Result<()> {
        let mut buffer = xr::EventDataBuffer::new();
        while let Some(event) = self.instance.poll_event(&mut buffer)? {
            if let xr::Event::SessionStateChanged(changed) = event {
                self.state = changed.state();
                if self.state == xr::SessionState::READY {
                    self.handle.begin(xr::ViewConfigurationType::PRIMARY_STEREO)?;
                }
            }
        }
        Ok(())
    }

    fn controller(&self, at: usize, now: xr::Time) -> Result<Option<Controller>> {
        if !self.aim.is_active(&self.handle, self.hands[at])? {
            return Ok(None);
        }
        let Some(pose) = located(&self.aims[at], &self.stage, now)? else { return Ok(None) };
        let Some(aim) = Ray::new(pose.point(Vec3::ZERO), pose.direction(Vec3::NEG_Z)) else { return Ok(None) };
        let pressed = |button: &xr::Action<bool>| {
            button.state(&self.handle, self.hands[at]).map(|state| state.is_active && state.current_state)
        };
        let [select, squeeze, menu] = &self.buttons;
        let (select, squeeze, menu) = (pressed(select)?, pressed(squeeze)?, pressed(menu)?);
        Ok(Some(Controller { aim, select, menu, squeeze }))
    }

    fn hand(&self, side: Side, now: xr::Time) -> Result<Option<Hand>> {
        let Some(joints) = self.stage.locate_hand_joints(&self.trackers[index(side)], now)? else { return Ok(None) };
        let tracked = xr::SpaceLocationFlags::POSITION_VALID;
        if !joints.iter().all(|joint| joint.location_flags.contains(tracked)) {
            return Ok(None);
        }
        Ok(Some(Hand { joints: joints.map(|j| vector(j.pose.position)), radii: joints.map(|j| j.radius) }))
    }
}

fn suggest(instance: &xr::Instance, aim: &xr::Action<xr::Posef>, buttons: &[xr::Action<bool>; 3]) -> Result<()> {
    for (profile, select, squeeze, menu) in PROFILES {
        let mut bindings = Vec::new();
        for hand in ["left", "right"] {
            let path = |input: &str| instance.string_to_path(&format!("/user/hand/{hand}/input/{input}"));
            bindings.push(xr::Binding::new(aim, path("aim/pose")?));
            bindings.push(xr::Binding::new(&buttons[0], path(select)?));
            if let Some(squeeze) = squeeze {
                bindings.push(xr::Binding::new(&buttons[1], path(squeeze)?));
            }
            bindings.push(xr::Binding::new(&buttons[2], path(menu)?));
        }
        instance
            .suggest_interaction_profile_bindings(instance.string_to_path(profile)?, &bindings)
            .with_context(|| format!("the runtime refuses {profile}"))?;
    }
    Ok(())
}

/// Where a space is, where both position and rotation are known.
fn located(space: &xr::Space, base: &xr::Space, now: xr::Time) -> Result<Option<HeadPose>> {
    let location = space.locate(base, now)?;
    let whole = xr::SpaceLocationFlags::POSITION_VALID | xr::SpaceLocationFlags::ORIENTATION_VALID;
    if !location.location_flags.contains(whole) {
        return Ok(None);
    }
    let q = location.pose.orientation;
    Ok(Some(Pose::new(vector(location.pose.position), Quat::from_xyzw(q.x, q.y, q.z, q.w).normalize())))
}

fn vector(v: xr::Vector3f) -> Vec3 {
    Vec3::new(v.x, v.y, v.z)
}

fn index(side: Side) -> usize {
    usize::from(side == Side::Right)
}
