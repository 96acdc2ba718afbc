//! The daemon as a process: what others see of it, alone and with peers.

mod client;
mod cluster;
#[cfg(feature = "faults")]
mod fault;
mod process;
mod program;
