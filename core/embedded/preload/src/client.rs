//! The one piece of state: what the process as a whole knows. Open files are not in it; the kernel keeps those.

use crate::{
    config::Config, high::Descriptor, mapping::Mappings, net::Connections, once::Once, signal::OwnSigsys,
    stacks::Stacks,
};
use core::sync::atomic::{AtomicBool, AtomicU32};

/// Everything that outlives one system call.
pub(crate) struct Client {
    pub(crate) config: Once<Config>,
    pub(crate) stacks: Stacks,
    pub(crate) connections: Connections,
    /// The client log.
    pub(crate) log: Descriptor,
    pub(crate) mappings: Mappings,
    pub(crate) sigsys: OwnSigsys,
    /// The process this memory belongs to. A child that shares memory finds another number in the kernel.
    pub(crate) pid: AtomicU32,
    /// File creation mask; the kernel has no call that only reads it.
    pub(crate) umask: AtomicU32,
    /// Whether this process opened a file in the mount, so that a child may inherit it.
    pub(crate) opened: AtomicBool,
}

/// A signal handler gets no argument to find its state by, so there has to be a static, and this is the only one.
pub(crate) static CLIENT: Client = Client {
    config: Once::wrap(Config::EMPTY),
    stacks: Stacks::new(),
    connections: Connections::new(),
    log: Descriptor::none(),
    mappings: Mappings::new(),
    sigsys: OwnSigsys::new(),
    pid: AtomicU32::new(0),
    umask: AtomicU32::new(0),
    opened: AtomicBool::new(false),
};

/// The configuration, fixed by the constructor before the first call is dispatched.
pub(crate) fn config() -> &'static Config {
    CLIENT.config.get()
}
