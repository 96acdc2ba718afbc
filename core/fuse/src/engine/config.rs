//! What a server is started with.

use std::time::Duration;

use crate::abi::{self, Opcode, Opcodes, flags};
use crate::codec::{Protocol, Reply};

/// What answers a request that nothing was said about.
#[derive(Debug)]
pub(crate) enum Last {
    /// `ENOSYS`, and the test has failed: gVisor's way.
    Strict,
    /// This errno, and nothing has failed.
    Errno(i32),
    /// A file system behind the script.
    Backend,
    /// A server elsewhere.
    Relay,
}

/// Changes the handshake's reply.
pub(crate) type Shape = Box<dyn Fn(&mut abi::InitOut) + Send>;

/// What is fixed from the start.
pub(crate) struct Config {
    pub(crate) minor: u32,
    pub(crate) wanted_flags: u64,
    pub(crate) shape_init: Option<Shape>,
    pub(crate) init_reply: Option<Reply>,
    pub(crate) init_bytes: Option<Vec<u8>>,
    pub(crate) hold_init: bool,
    pub(crate) last: Last,
    pub(crate) auto: Opcodes,
    pub(crate) deadline: Duration,
    pub(crate) deadline_errno: i32,
    /// Whether requests that the test has not read fail it.
    pub(crate) must_read: bool,
    pub(crate) keep_log: bool,
    /// Whether the kernel must be able to let all nodes go at the end.
    pub(crate) check_leaks: bool,
    /// What was agreed on when the transcript was recorded that is replayed.
    pub(crate) recorded: Option<Protocol>,
    /// The largest contents of a message that leads to a server elsewhere.
    pub(crate) payload: u32,
}

/// What a server does not leave to a test that says nothing about it.
pub(crate) const AUTO: Opcodes = Opcodes::of(&[
    Opcode::Flush,
    Opcode::Release,
    Opcode::Releasedir,
    Opcode::Forget,
    Opcode::BatchForget,
    Opcode::Interrupt,
    Opcode::Getxattr,
    Opcode::Statx,
    Opcode::Destroy,
]);

impl Default for Config {
    fn default() -> Self {
        Self {
            minor: abi::MINOR,
            wanted_flags: flags::init::ASYNC_READ
                | flags::init::ATOMIC_O_TRUNC
                | flags::init::BIG_WRITES
                | flags::init::MAX_PAGES
                | flags::init::HAS_EXPIRE_ONLY,
            shape_init: None,
            init_reply: None,
            init_bytes: None,
            hold_init: false,
            last: Last::Backend,
            auto: Opcodes::NONE,
            deadline: Duration::from_secs(5),
            deadline_errno: libc::EIO,
            must_read: false,
            keep_log: true,
            check_leaks: false,
            recorded: None,
            payload: u32::MAX,
        }
    }
}
