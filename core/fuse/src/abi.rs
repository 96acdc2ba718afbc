//! The FUSE protocol as it lies in memory: version 7.45, every opcode, structure, flag and notification.
//!
//! Names are those of `linux/fuse.h` without `fuse_` and in Rust's spelling; fields keep theirs. All structures are plain
//! bytes to [`zerocopy`], in the machine's own order, as the kernel writes them.

pub mod flags;
mod opcode;
mod structs;

pub use opcode::{NotifyCode, Opcode, Opcodes};
pub use structs::*;

/// The protocol's major version.
pub const MAJOR: u32 = 7;
/// The newest minor version that this crate knows.
pub const MINOR: u32 = 45;
/// The node of the root.
pub const ROOT: u64 = 1;
/// The smallest buffer that the kernel writes a request into.
pub const MIN_READ_BUFFER: usize = 8192;
/// Set in the number of a request that the kernel sent before.
pub const UNIQUE_RESEND: u64 = 1 << 63;
