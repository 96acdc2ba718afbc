//! The harness against real processes: the embedded stack, a bare directory, and daemons and clients that misbehave.

mod bed;
mod channel;
mod client;
mod cluster;
mod crash;
mod daemon;
mod misbehaviour;
mod mounted;
mod session;
mod shared;
mod shell;
