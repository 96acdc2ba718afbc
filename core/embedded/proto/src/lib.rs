//! Frames and routing shared by the embedded GekkoFS daemon and its client library.
//!
//! # Theory of operation
//!
//! Every daemon listens on TCP and writes one line into a shared [hosts file](hosts). A client opens one
//! connection per daemon it needs, by a [shorter way](local) on the same machine, introduces itself with [`msg::Hello`], and then sends one
//! [request frame](frame::Request) at a time; each is answered by one [response frame](frame::Response).
//!
//! The client stays thin: it sends a path operation to the daemon that [owns the path](route::path_owner), and
//! that daemon does what the operation needs, asking its peers where they own a part. Only file contents
//! travel directly: with one daemon through [`msg::Read`] and [`msg::Write`], with several through
//! [`msg::ReadChunk`] and [`msg::WriteChunk`] sent to the [owner of the chunk](route::chunk_owner), so that
//! every daemon serves exactly its share of the data.
//!
//! Paths are absolute within the mount (`/`, `/a/b`), lexically normalised by the sender: no empty, `.` or `..`
//! component and no trailing slash. Symbolic links are followed by the daemon; one that leads out of the mount
//! ends in [`frame::Status::Redirect`] with the path to go on with.
//!
//! The crate is `no_std` and never allocates: the client library uses it inside a signal handler.
//!
//! # Example
//!
//! ```
//! use gkfs_proto::{frame, msg, wire::Encode};
//!
//! let mut buffer = [0; 256];
//! let ask = msg::Stat { path: b"/dir/file", follow: true };
//! let bytes = frame::Request::encode(&ask, 7, 0, &mut buffer).unwrap();
//!
//! let (header, body) = bytes.split_at(frame::HEADER_LEN);
//! let header = frame::Request::parse(header.try_into().unwrap()).unwrap();
//! assert_eq!((header.op, header.tag), (frame::Op::Stat, 7));
//! assert_eq!(msg::Stat::decode(body).unwrap(), ask);
//! ```
#![no_std]

#[cfg(test)]
extern crate std;

pub mod frame;
pub mod hosts;
pub mod local;
pub mod msg;
pub mod node;
pub mod path;
pub mod route;
pub mod text;
pub mod wire;

/// Version of this protocol; a daemon refuses a client of another one with `EPROTONOSUPPORT`.
pub const VERSION: u32 = 1;

/// Bytes in one chunk, as in GekkoFS.
pub const CHUNK_SIZE: u64 = 512 * 1024;

/// Longest path within the mount, in bytes; the kernel's `PATH_MAX` without its NUL.
pub const PATH_MAX: usize = 4095;

/// Longest name of a directory entry, in bytes.
pub const NAME_MAX: usize = 255;

/// Most bytes of file content in one frame; longer reads and writes are split by the client.
pub const MAX_IO: usize = 1024 * 1024;

/// Most bytes in a frame's body, content included; anything longer is a broken or foreign peer.
pub const MAX_BODY: usize = MAX_IO + 64 * 1024;
