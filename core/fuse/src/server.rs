//! The threads of a server, and what they share.
//!
//! One thread begins with a descriptor table of its own, opens the device there and mounts. It then starts the workers, which
//! share that table and read requests, and becomes the courier: it writes what is written later, and ends it all. The test's
//! process never has the device, so when it is killed the device closes with it, and no caller is left waiting.

mod courier;
mod device;
mod serve;
mod thread;
mod workers;

pub(crate) use courier::Job;
pub(crate) use device::{Device, Memory};
pub(crate) use serve::Shared;
pub(crate) use thread::{Plan, start};
