//! Manuals in, passages and citations out. Must not know the state of a repair, nor any model.

mod grade;
pub mod index;
pub mod passages;
mod query;
pub mod question;
pub mod report;
pub mod s1000d;
mod search;
pub mod store;
pub mod synonyms;
pub mod words;
