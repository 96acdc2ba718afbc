//! How a server is to be.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::abi::{InitOut, Opcodes, flags};
use crate::backend::{Backend, Refuses};
use crate::codec::Reply;
use crate::engine::config::{self, Config, Last};
use crate::event::Event;
use crate::fake::FakeFuse;
use crate::model::Model;
use crate::mount::{Mount, MountOptions, StartError};
use crate::passthrough::Passthrough;
use crate::relay::Relay;
use crate::server::{Memory, Plan};

/// What answers a request that nothing was said about.
#[non_exhaustive]
pub enum Fallback {
    /// Nothing does: it gets `ENOSYS`, and the test fails. gVisor's way.
    Strict,
    /// This errno does, and nothing fails.
    Errno(i32),
    /// A file system in memory does.
    Model(Model),
    /// A directory does.
    Passthrough(PathBuf),
    /// A file system of the test's own does.
    With(Box<dyn Backend>),
    /// A server in another process does: requests go to it as they come, and its answers are handed on as they are. Faults,
    /// delays, expectations and functions of the test come before it. It shakes hands itself:
    /// [`FakeFuse::wait_handshake`] waits for that.
    Relay(Relay),
}

type Observer = Box<dyn FnMut(&Event) + Send>;

/// Builds a [`FakeFuse`].
#[must_use = "nothing is mounted before it is started"]
pub struct Builder {
    pub(crate) config: Config,
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) observer: Option<Observer>,
    pub(crate) plan: Plan,
    pub(crate) relay: Option<Relay>,
    passthrough: Option<PathBuf>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            config: Config::default(),
            backend: Box::new(Model::new()),
            observer: None,
            plan: Plan {
                place: Mount::Detached,
                options: MountOptions::default(),
                workers: 1,
                memory: None,
            },
            relay: None,
            passthrough: None,
        }
    }
}

impl Builder {
    /// As gVisor's framework was: nothing is answered that was not prepared, everything must be read, version 7.14 with
    /// `ATOMIC_O_TRUNC`. What Linux sends beyond gVisor (see [`auto`](Self::auto)) is answered on the side.
    pub fn gvisor(mut self) -> Self {
        self.config.minor = 14;
        self.config.wanted_flags = flags::init::ATOMIC_O_TRUNC | flags::init::BIG_WRITES;
        self.strict()
    }

    /// Nothing is answered that was not prepared, and every request must be read.
    pub fn strict(self) -> Self {
        let mut strict = self.fallback(Fallback::Strict);
        strict.config.auto = config::AUTO;
        strict.config.must_read = true;
        strict
    }

    /// What answers a request that nothing was said about; a file system in memory if this is not called.
    pub fn fallback(mut self, fallback: Fallback) -> Self {
        self.config.last = match fallback {
            Fallback::Strict => Last::Strict,
            Fallback::Errno(errno) => Last::Errno(errno),
            Fallback::Model(_) | Fallback::Passthrough(_) | Fallback::With(_) => Last::Backend,
            Fallback::Relay(_) => Last::Relay,
        };
        self.passthrough = None;
        self.relay = None;
        match fallback {
            Fallback::Strict | Fallback::Errno(_) => self.backend = Box::new(Refuses),
            Fallback::Model(model) => self.backend = Box::new(model),
            Fallback::With(backend) => self.backend = backend,
            Fallback::Passthrough(dir) => self.passthrough = Some(dir),
            Fallback::Relay(relay) => {
                self.config.payload = relay.payload();
                self.relay = Some(relay);
            }
        }
        self
    }

    /// Which opcodes are answered on the side, if nothing was prepared for them: the kernel sends them for reasons of its
    /// own. They are kept apart, in [`FakeFuse::aside`]. [`Opcodes::NONE`] answers none of them.
    pub fn auto(mut self, opcodes: impl Into<Opcodes>) -> Self {
        self.config.auto = opcodes.into();
        self
    }

    /// Whether a request that the test has not read fails it.
    pub const fn must_read(mut self, yes: bool) -> Self {
        self.config.must_read = yes;
        self
    }

    /// Speaks version 7.`minor`.
    pub const fn protocol(mut self, minor: u32) -> Self {
        self.config.minor = minor;
        self
    }

    /// Asks for these flags of [`flags::init`] besides; it gets those that the kernel knows.
    pub const fn init_flags(mut self, flags: u64) -> Self {
        self.config.wanted_flags |= flags;
        self
    }

    /// Does not ask for these flags of [`flags::init`].
    pub const fn without_init_flags(mut self, flags: u64) -> Self {
        self.config.wanted_flags &= !flags;
        self
    }

    /// Changes the handshake's reply as it likes: `max_write`, `max_background` and so on.
    pub fn init(mut self, shape: impl Fn(&mut InitOut) + Send + 'static) -> Self {
        self.config.shape_init = Some(Box::new(shape));
        self
    }

    /// Answers the handshake with this, an error for example.
    pub fn init_reply(mut self, reply: Reply) -> Self {
        self.config.init_reply = Some(reply);
        self
    }

    /// Answers the handshake with these bytes, in which only the number is filled in.
    pub fn init_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.config.init_bytes = Some(bytes.into());
        self
    }

    /// Does not answer the handshake before [`FakeFuse::release_init`] is called.
    pub const fn hold_init(mut self) -> Self {
        self.config.hold_init = true;
        self
    }

    /// Where it is mounted.
    pub fn mount(mut self, place: Mount) -> Self {
        self.plan.place = place;
        self
    }

    /// Largest read that the kernel sends, a mount option.
    pub const fn max_read(mut self, bytes: u32) -> Self {
        self.plan.options.max_read = Some(bytes);
        self
    }

    /// Lets other users in.
    pub const fn allow_other(mut self) -> Self {
        self.plan.options.allow_other = true;
        self
    }

    /// Lets the kernel check permissions.
    pub const fn default_permissions(mut self) -> Self {
        self.plan.options.default_permissions = true;
        self
    }

    /// How many threads read requests, each from a device of its own.
    pub const fn workers(mut self, count: usize) -> Self {
        self.plan.workers = count;
        self
    }

    /// How long a request may stay without an answer. Then the server answers `EIO`, and the test fails: nothing hangs.
    pub const fn deadline(mut self, limit: Duration) -> Self {
        self.config.deadline = limit;
        self
    }

    /// With what it then answers.
    pub const fn deadline_errno(mut self, errno: i32) -> Self {
        self.config.deadline_errno = errno;
        self
    }

    /// Calls this with everything that passes, in order, in a thread of its own that has the test's descriptors.
    pub fn observer(mut self, observer: impl FnMut(&Event) + Send + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Whether what passed is kept, for [`FakeFuse::transcript`], [`FakeFuse::requests`] and the like; a benchmark, or who
    /// only observes, may not want that.
    pub const fn keep_log(mut self, yes: bool) -> Self {
        self.config.keep_log = yes;
        self
    }

    /// Whether the kernel is told at the end, when it is [verified](FakeFuse::verify), that all names are out of date, and must
    /// then give every reference back: what is still held is [leaked](crate::Problem::Leaked).
    pub const fn check_leaks(mut self, yes: bool) -> Self {
        self.config.check_leaks = yes;
        self
    }

    /// Mounts, and shakes hands with the kernel.
    ///
    /// # Errors
    /// This machine or user cannot have a FUSE mount ([`StartError::is_missing`]), or the mount point does not do.
    #[track_caller]
    pub fn start(mut self) -> Result<FakeFuse, StartError> {
        if let Some(dir) = self.passthrough.take() {
            let behind =
                Passthrough::new(&dir).map_err(|errno| StartError::NotADirectory { path: dir, errno })?;
            self.backend = Box::new(behind);
        }
        FakeFuse::start(self)
    }

    /// Starts without a kernel: requests come by [`FakeFuse::call`]. The handshake is taken to be done, with all flags.
    ///
    /// # Errors
    /// No thread can be started.
    #[track_caller]
    pub fn start_without_kernel(mut self) -> Result<FakeFuse, StartError> {
        self.plan.memory = Some(Arc::new(Memory::default()));
        self.start()
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}
