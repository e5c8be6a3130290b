//! Workers: the messages that a worker process understands, and the client that starts, watches and restarts it.
//! Must not know any engine: what a worker does with a message is its own affair.

pub mod client;
pub mod message;
pub mod speech;

mod supervisor;
