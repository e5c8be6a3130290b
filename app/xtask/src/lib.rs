//! What the tests share with `cargo xtask`: an OpenXR runtime that needs no headset. Must not know the product's code.

pub mod shell;
pub mod xr;
pub mod xr_runtime;
