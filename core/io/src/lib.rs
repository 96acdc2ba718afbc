//! One operation table for file-system clients: the `gkfs.io` program and its session.
//!
//! # What it is
//!
//! GekkoFS tests its client library with a small program, `gkfs.io`: each of its subcommands makes one
//! system call (or a few) and prints the result as JSON. This is that program again, with the same
//! arguments, JSON and exit statuses; with the calls that upstream's lacks; and with a *session*,
//! one process that runs many operations.
//!
//! # Theory of operation
//!
//! Everything comes from one table, [`for_each_operation!`]: a row is an operation's name, its
//! arguments with their kinds and help, and the shape of its reply. From it are generated
//!
//! * the argument structs in [`op`], with their readers and writers for the command line and for
//!   JSON ([`Operation`]);
//! * the list that program and session look names up in ([`operations`], [`find`]);
//! * whatever a caller makes of it: the harness makes a method of each row.
//!
//! What an operation does is written by hand ([`Execute`]), over thin wrappers of single calls. All
//! calls go through symbols of libc: a real GekkoFS client patches libc and cannot see a system call
//! that is made elsewhere.
//!
//! ```
//! use gkfs_io::op::{Mkdir, Stat};
//! use gkfs_io::{Context, Execute, Operation};
//!
//! let directory = tempfile::tempdir()?;
//! let mkdir = Mkdir::new(directory.path().join("top"), 0o755);
//! let mut cx = Context::default();
//!
//! let reply = mkdir.run(&mut cx);
//! assert_eq!((reply.retval, reply.errno), (0, 0));
//! let reply = mkdir.run(&mut cx);
//! assert_eq!((reply.retval, reply.errno), (-1, 17));
//! assert_eq!(serde_json::to_string(&reply)?, r#"{"errnum":17,"retval":-1}"#);
//! assert!(mkdir.verbose(&reply).ends_with("mode=0755) = -1, errno: 17 [File exists]"));
//!
//! // The same operation for another process's command line.
//! assert_eq!(Mkdir::NAME, "mkdir");
//! assert_eq!(mkdir.to_words()?[1], "493");
//!
//! let status = Stat::new(directory.path().join("top")).run(&mut cx).statbuf;
//! assert!(status.is_dir());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where it differs from upstream
//!
//! * `errnum` is 0 on success, and what a failed call did not fill is zeros. Replies of upstream's
//!   program are read all the same, see [`reply`].
//! * A path that fails to open is shown by `-v` like any other failure of the operation, and `-v`
//!   prints no JSON where upstream falls back to it.
//! * `write_validate` compares what it reads (upstream's reads through a descriptor for writing), and
//!   answers 1 for equal, as upstream's tests expect. `file_compare` reads all of both files.
//! * `write` with a count beyond its data writes zeros there, and no buffer is larger than 256 MiB
//!   (ENOMEM).
//! * `open` with a negative number asks the kernel (upstream's exits with 105), and a negative count is
//!   no number (upstream takes it for a very great one).
//! * `syscall_coverage` accepts a call that a POSIX file system does where the real client refuses it.
//!
//! # What it will not do
//!
//! It has no deadline: a call that hangs, hangs, and whoever started the process ends it. (A timer
//! inside would be intercepted with everything else.) It judges no result.

mod argument;
mod bytes;
mod cli;
mod codec;
mod context;
mod error;
mod execute;
mod number;
pub mod op;
mod operation;
mod registry;
pub mod reply;
pub mod session;
mod sys;
mod table;
mod target;

pub use argument::Argument;
pub use bytes::ByteString;
pub use cli::main;
pub use context::Context;
pub use error::RequestError;
pub use execute::Execute;
pub use operation::{ArgumentInfo, Operation};
pub use registry::{OperationInfo, find, operations};
pub use target::{Fd, IntoTarget, Target};
