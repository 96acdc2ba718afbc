//! A fake FUSE server for tests: mounted for real, it answers what a test says, and has every request of the kernel on
//! record.
//!
//! A test says what it cares about; a file system in memory answers the rest, so that a kernel which asks more than another
//! one breaks no test.
//!
//! ```
//! use gkfs_fuse::abi::{Opcode, WriteIn};
//! use gkfs_fuse::matchers::fails_with_errno;
//! use gkfs_fuse::{FakeFuse, StartError};
//!
//! let fake = match FakeFuse::builder().start() {
//!     Ok(fake) => fake,
//!     Err(error) if error.is_missing() => return Ok(println!("SKIP: {error}")),
//!     Err(error) => return Err(error),
//! };
//! // The disk takes no more than a block at once.
//! fake.expect(Opcode::Write)
//!     .matching(|write: &WriteIn| write.size > 4096)
//!     .times(1..)
//!     .errno(libc::ENOSPC);
//! let file = fake.path().join("file");
//! std::fs::write(&file, [7; 4096]).unwrap();
//! fails_with_errno(std::fs::write(&file, [7; 8192]), libc::ENOSPC);
//! fake.verify().unwrap();
//! # Ok::<(), StartError>(())
//! ```
//!
//! # What can be said
//!
//! | | |
//! |---|---|
//! | [`FakeFuse::expect`] | requests by opcode, node, name and predicate; how often, in which order; answered, held, delayed, broken, or only counted |
//! | [`FakeFuse::set_response`] and its like | gVisor's vocabulary, with its semantics |
//! | [`FakeFuse::on`] | a function of the test's own answers |
//! | [`FakeFuse::fault`] | requests fail or are slow, by a rule and a seed |
//! | [`FakeFuse::notify`] | every notification there is |
//! | [`Builder`] | what stands behind the script, version and flags, the handshake, workers, the deadline, the mount |
//! | [`FakeFuse::transcript`] | everything that passed: to read, save, compare and replay |
//! | [`FakeFuse::leaked`] | which nodes the kernel does not give back |
//! | [`FakeFuse::verify`] | that everything came as expected |
//! | [`matchers`] | how a system call is to end |
//!
//! gVisor's names, for those who look for them: `SetServerResponse` is [`set_response`](FakeFuse::set_response),
//! `SetServerInodeLookup` [`set_inode_lookup`](FakeFuse::set_inode_lookup), `GetServerActualRequest`
//! [`next_request`](FakeFuse::next_request), `SkipServerActualRequest` [`skip_request`](FakeFuse::skip_request),
//! `GetServerNumUnconsumedRequests` [`unconsumed_requests`](FakeFuse::unconsumed_requests), `GetServerNumUnsentResponses`
//! [`unsent_responses`](FakeFuse::unsent_responses), `GetServerTotalReceivedBytes`
//! [`received_bytes`](FakeFuse::received_bytes), `OpenPath` and `CloseFD` [`open_path`](FakeFuse::open_path) and
//! [`close`](FakeFuse::close), `DefaultFuseAttr` [`Attr::new`], `DefaultEntryOut` [`Attr::entry`], and a test whose server
//! was set up as gVisor's starts from [`Builder::gvisor`]. A new `FuseTestCmd` is a function given to
//! [`on`](FakeFuse::on), and a value that it shares with the test.
//!
//! # Theory of operation
//!
//! One thread leaves the process's descriptor table, opens `/dev/fuse`, mounts, and starts workers that share its new table.
//! The rest of the process never has the device. So a test that is killed while it waits for its own server takes the
//! device with it, and the kernel lets it die; with the device in the common table it would sleep for ever.
//!
//! A mount is detached unless a place is asked for: it hangs on a descriptor of the server and is reached by a path below
//! `/proc`. Root mounts by itself; for an ordinary user a child makes a user namespace, mounts there and hands both
//! descriptors over, so that nothing set-uid is needed. A mount at a place has a keeper, a small process that takes it away
//! when the test's process dies.
//!
//! Each request goes through the layers in this order: handshake, faults, expectations, functions of the test, names that
//! are found, prepared replies, the opcodes answered on the side, and what stands behind it all. A request is noted before
//! it is answered, so whoever the answer wakes finds it. [`FakeFuse::settle`] waits for what a call leaves behind.
//!
//! # What it will not do
//!
//! It does not hide what it was not told: an unexpected request is answered and reported. It never lets a caller hang:
//! what nobody answers gets `EIO` at the deadline, a refused reply is followed by `EIO`, and what is held when the server
//! ends gets `EINTR`. It does not judge the file system behind the script.

pub mod abi;
mod alone;
mod attr;
mod backend;
pub mod behind;
mod builder;
mod codec;
mod engine;
pub mod errno;
mod event;
mod fake;
pub mod matchers;
mod model;
mod mount;
mod passthrough;
mod problem;
mod relay;
pub mod reply;
mod server;
mod sys;
mod transcript;

pub use alone::alone;
pub use attr::{Attr, Entry};
pub use backend::Backend;
pub use builder::{Builder, Fallback};
pub use codec::{Body, Data, DecodeError, DirEntry, Many, Name, Protocol, Reply, Request};
pub use engine::corrupt::Corrupt;
pub use engine::fault::{Fault, NoFault};
pub use event::{Event, What};
pub use fake::{
    CallError, Expect, Expectation, FakeFuse, FaultHandle, Held, Hold, Notifier, NotifyError, ServerFailed,
    Times, WaitError,
};
pub use model::Model;
pub use mount::{Mount, StartError, available, may_attach};
pub use passthrough::Passthrough;
pub use problem::{Problem, VerifyError};
pub use relay::Relay;
pub use transcript::{Difference, Line, Transcript, TranscriptError, TranscriptWriter};
