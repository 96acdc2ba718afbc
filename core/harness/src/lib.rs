//! What a test author imports: workspace, daemon, clients, shell, files.
//!
//! A test is a function that names what it needs by type. It runs against a real daemon, and its operations are done by
//! real client processes under the stack's preload library; never by the test itself.
//!
//! ```
//! use gkfs_harness::prelude::*;
//!
//! /// Create a new directory in the file system's root.
//! #[gkfs_harness::test]
//! fn mkdir(daemon: &Daemon, client: &Client) {
//!     let reply = client.mkdir(daemon.mountdir().join("top"), 0o777);
//!     assert_eq!((reply.retval, reply.errno), (0, 0));
//! }
//!
//! // What needs no stack can be used anywhere, as here: the same file each time, with its checksum.
//! let workspace = Workspace::temporary()?;
//! let file = FileFactory::new(&workspace).create("a", "4K")?;
//! assert_eq!((file.size(), file.md5()), (4096, "ac1f854482101e5ecf67407c7e0af61d"));
//! # Ok::<(), gkfs_harness::Error>(())
//! ```
//!
//! # Fixtures
//!
//! An argument `&T` or `&mut T` is a fixture: set up in the order of the arguments, once per test, ended in reverse.
//!
//! | type | what it is | as a plain constructor |
//! |---|---|---|
//! | [`Workspace`] | the test's directory: `logs/ mnt/ root/ tmp/` | `Workspace::temporary()` |
//! | [`Daemon`] | a daemon, ready; `mountdir rootdir logdir cwd interface pid`, `kill stop cont restart` | `Daemon::start(&bench)` |
//! | [`Cluster`], [`ClusterOf<N>`](ClusterOf) | two, or `N`, daemons on one hosts file | `Cluster::start(&bench, 4)` |
//! | [`SharedDaemon`] | a daemon that all tests of a group share | |
//! | [`Client`] | a process for each operation | `Client::new(&bench)` |
//! | [`Session`] | one process for all operations; descriptors stay open | `Session::new(&bench)` |
//! | [`ImitatingSession`] | one process that behaves like a process for each | `Session::imitating_processes(&bench)` |
//! | [`Shell`] | commands and scripts | `Shell::new(&bench)` |
//! | [`FileFactory`] | files with known contents, in `tmp/` | `FileFactory::new(&workspace)` |
//! | [`FakeFuse`](fuse::FakeFuse) | a fake FUSE server, mounted, with a file system in memory behind it | `FakeFuse::builder().start()` |
//! | [`Fuse`](fuse::Fuse) | makes fake FUSE servers of the test's own wishes | |
//! | [`Overlay`] | a view of the whole file system of which only this test's thread writes a copy; set up first | |
//! | [`Stack`] | the system under test | `Stack::find()` |
//! | [`Bench`] | stack, workspace and record together | `Bench::temporary(stack)` |
//!
//! A type of one's own becomes a fixture by implementing [`Fixture`]; it may ask for others.
//!
//! ```
//! use gkfs_harness::prelude::*;
//! use gkfs_harness::Result;
//! use std::path::PathBuf;
//! use std::sync::Arc;
//!
//! /// A directory of the file system with one file in it.
//! struct Populated { client: Arc<Client>, dir: PathBuf }
//!
//! impl Fixture for Populated {
//!     fn setup(context: &TestContext) -> Result<Self> {
//!         let daemon = context.fixture::<Daemon>()?;
//!         let client = context.fixture::<Client>()?;
//!         let dir = daemon.mountdir().join("populated");
//!         client.mkdir(&dir, 0o755);
//!         client.open(dir.join("file"), libc::O_CREAT | libc::O_WRONLY, 0o644);
//!         Ok(Self { client, dir })
//!     }
//!     fn teardown(self, _: &TestContext) -> Result<()> {
//!         self.client.unlink(self.dir.join("file"));
//!         Ok(())
//!     }
//! }
//!
//! #[gkfs_harness::test]
//! fn a_full_directory_stays(fixture: &Populated, client: &Client) {
//!     assert_eq!(client.rmdir(&fixture.dir).errno, libc::ENOTEMPTY);
//! }
//! # fn main() {}
//! ```
//!
//! # Writing a test
//!
//! * Operations are methods of the trait [`Operations`], with the order of arguments of upstream's `gkfs.io`; the reply is
//!   typed: `retval`, `errno` (0 unless the call failed) and `buf`, `dirents`, `statbuf` and so on ([`reply`]).
//!   `reply.data()` of a read is what was read. `client.call("name", &["words"])` is for operations that only the
//!   stack's `gkfs.io` knows. A client that crashes, hangs or prints no reply fails the test;
//!   `client.try_call(op::Mkdir::new(path, 0o777))` returns that as an error instead.
//! * A session takes descriptors where an operation says *file*: `session.pread(session.open(&path, 0, None).fd(), 4, 0)`.
//! * `shell.run("stat", args!["--terse", &path])`, `shell.ls(["-l"])`, `shell.script("…")` return an [`Output`]:
//!   `assert_success()`, `code()`, `stdout()`, `parsed_stdout::<parse::Stat>()?`.
//! * The function returns `()` or [`TestResult`], in which `?` takes any error.
//! * `skip!("reason")` ends the test as skipped; `log!(info, "…")` writes to its record.
//!   [`require`] skips what the stack cannot do: `require(client, &mountdir, Cap::Xattr)`.
//! * `#[gkfs_harness::test(tags("posix"), timeout = "10s", params(size = ["0", "1K"]))]`, `#[case(…)]` and `ignore`: see
//!   [`macro@test`].
//!
//! # Theory of operation
//!
//! The macro makes a function that libtest, and with it every Rust tool, knows how to run; `gkfs-bench` runs each in a
//! process of its own and reads its description from the ELF section `gkfs_tests`. What a runner wants to say comes in
//! variables `GKFS_BENCH_*` ([`Environment`]); what a test did goes into `steps.jsonl` ([`Steps`]), one line each, so that
//! it can be read while the test runs and after it was killed. Without a runner, a test has a temporary workspace, which
//! stays when it fails, and finds its stack by itself ([`stack::NoStack`] names the places).
//!
//! Every process has a deadline outside of the preload library and an owner that takes it along, even when the test is
//! killed with SIGKILL ([`Spawner`]). Readiness is the daemon's own line, seen when it is written. A port is leased by a
//! locked file that the daemon inherits, so that the lease ends with whichever of the two ends last.
//!
//! A test that fails waits before its fixtures end, where the runner asks for that ([`Hold`]). Of a process that crashed the
//! core is kept, and its stack where there is gdb; what a sanitizer or valgrind reports about a daemon or a client fails the
//! test. What the stack's [`Wrap`](stack::Wrap) says is put around daemons and clients; signals still mean the daemon itself.
//!
//! # What it will not do
//!
//! It sets `LD_PRELOAD` on clients only, so a test's own `std::fs` calls see the bare directory under the mount point. It
//! retries no operation, and it knows no stack: the same test runs on any.

// The macro's expansion names this crate; so do its own tests.
extern crate self as gkfs_harness;

mod bench;
mod caps;
pub mod channel;
mod client;
mod cluster;
mod context;
mod crash;
mod daemon;
mod environment;
mod error;
pub mod files;
mod fixture;
pub mod fuse;
mod hold;
mod log;
mod mounts;
mod operations;
mod oracle;
mod outcome;
mod overlay_fixture;
mod panic;
pub mod prelude;
mod process;
pub mod python;
mod run;
mod session;
mod shared;
pub mod shell;
pub mod stack;
pub mod steps;
#[doc(hidden)]
pub mod support;
mod sys;
mod workspace;

pub use bench::Bench;
pub use caps::{Cap, probe, require, supports};
pub use client::Client;
pub use cluster::{Cluster, ClusterOf};
pub use context::{Exclusive, TestContext};
pub use daemon::{Daemon, DaemonOptions};
pub use environment::Environment;
pub use error::{Error, Result};
pub use files::{FileFactory, TestFile};
pub use fixture::Fixture;
pub use gkfs_harness_macros::test;
pub use gkfs_io::{Fd, op, reply};
/// Views of the whole file system without a fixture: `overlay::push()`, `overlay::Builder`.
pub use gkfs_overlay as overlay;
pub use gkfs_overlay::enter_user_namespace_before_main;
pub use hold::Hold;
pub use libc;
pub use log::log;
pub use operations::{Operations, Request};
pub use outcome::{TestError, TestOutcome, TestResult, skip};
pub use overlay_fixture::{ChangesRecord, Overlay, kept_outside};
pub use process::{Finished, Limit, Report, Spawner};
pub use rustix::process::Signal;
pub use session::{ImitatingSession, Session};
pub use shared::SharedDaemon;
pub use shell::{Output, Shell};
pub use stack::Stack;
pub use steps::Steps;
pub use workspace::{HOSTS_FILE, Workspace};
