//! Manuals in, passages and citations out. Must not know the state of a repair, nor any model.

pub mod passages;
pub mod report;
pub mod s1000d;
pub mod store;
