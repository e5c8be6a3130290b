//! When a picture was taken, and where the head then was: the ring of the runtime's head poses, and the offset between the
//! camera's clock and the runtime's. Reads no clock; every moment is an argument.

mod align;
mod offset;
mod ring;
mod timing;

pub(crate) use align::rotation_between;
pub use offset::{ClockOffset, OffsetRefusal, OffsetSettings, Turn, estimate_offset};
pub use ring::{HeadRing, PoseGap, RingLimits};
pub use timing::{CameraRig, CameraTiming};
