//! From camera pixels to the pose of the equipment: fiducial detection, planar and multi-tag pose, the anchor filter,
//! the camera model with its calibration and its clock, the simulated camera's optics, and where frames come from.
//!
//! Everything but [`sources`] is a pure function of its arguments: no clock, no file, no thread. Pixels come in, poses come out, and
//! nothing in this crate knows what the true pose was.

pub mod anchor;
pub mod calibrate;
pub mod camera;
pub mod clock;
pub mod detector;
pub mod frame;
pub mod layout;
pub mod markers;
pub mod multi;
pub mod pnp;
mod refine;
pub mod sensor;
mod solve;
pub mod sources;
pub mod track;
pub mod tracker;
