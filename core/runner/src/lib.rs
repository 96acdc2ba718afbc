//! Discovers, schedules, runs and records tests of any kind.
//!
//! To this crate a test is a process, a result is a directory, and everything between is events. It knows processes,
//! files and bytes; what they are about (a file system, a daemon, a client) it does not know. It is the only
//! asynchronous library of the workbench.
//!
//! # Theory of operation
//!
//! [`Runner::discover`] turns directories and declared groups into a [`Discovery`]: cargo packages are built and their
//! binaries asked for their tests, `*.sh` are tests as they are. A [`Selection`] makes a [`Plan`] of it, and
//! [`Runner::start`] carries that out under [`RunSettings`].
//!
//! One task owns a run. It takes tests from a queue that knows slots, serial groups and exclusive tests, starts each
//! attempt as a task of its own, and puts what they report in order: every [`Event`] gets its number, is appended to
//! `events.jsonl` and then sent to [`RunHandle::events`]. Reporters and screens see nothing else, so what is read from
//! the record later is what was seen live. Events carry no output: `stdout.log` and `stderr.log` are files in the
//! attempt's directory, never pipes, so that nothing is lost when a reader is slow, a process is killed, or a leaked
//! child keeps a descriptor.
//!
//! The process of an attempt leads a session and a group of its own and has no terminal. At its deadline the group gets
//! TERM, after a time of grace KILL. Every process that it starts inherits `GKFS_BENCH_COOKIE`, so what is left when it
//! has ended is found by its environment, whatever session it moved to, named, and ended; the test has failed for it.
//! (A process that clears its environment *and* leaves its session is not found.) The runner is the *subreaper* of all
//! this, so orphans fall to it, and it reaps those that bear its mark: a limit which means nothing to the kernel, and
//! which even a zombie shows. Other children of its process it leaves to whoever started them. How exit status, leftovers and the test's own `steps.jsonl` become a
//! verdict is said in the table of [`record`], and decided in one pure function.
//!
//! Starting Python costs more than many tests, so a group may have a *worker*, a program that runs its tests one after
//! the other as it is told to over a pipe. An attempt there has its own directory, outputs, steps, environment, cookie
//! and deadline as any other has. What it starts carries its cookie and must be gone when it ends; what a fixture
//! of a wider scope starts carries the worker's, and may stay until the worker ends. A worker that crashes, hangs or
//! ends itself costs the test that it was running, and nothing else: the next one gets a new worker. What cannot be
//! kept apart is what tests do to the Python process itself (modules, threads, open descriptors); the working
//! directory, the mask of new files and the variables of the attempt are set anew for each.
//!
//! A [`keeper`] outlives a runner that is killed: it holds the other end of a pipe, and when the pipe closes without a
//! farewell it kills whatever carries the run's cookie. The record of such a run says `running`, and its runner is
//! gone: it is shown as *killed*.
//!
//! A failing test is a value, a broken runner an error. A test that cannot be started, a group that cannot be built
//! and a full disk are results or notices; [`RunError`] is for a record that cannot be begun and a keeper that does
//! not start.
//!
//! # Example
//!
//! ```
//! use gkfs_runner::record::{Runs, StackInfo};
//! use gkfs_runner::{Lookup, RunSettings, Runner, Selection, Status};
//! use tokio_util::sync::CancellationToken;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let suite = tempfile::tempdir()?;
//! let dir = suite.path().join("smoke");
//! std::fs::create_dir(&dir)?;
//! std::fs::write(dir.join("good.sh"), "# tags: quick\nexit 0\n")?;
//! std::fs::write(dir.join("bad.sh"), "echo 'no space left' >&2; exit 1\n")?;
//!
//! let base = suite.path().join(".gkfs-bench");
//! // A real command offers `gkfs_runner::keeper::main`; for this it is enough that it waits for its end.
//! let keeper = ["sh", "-c", "cat > /dev/null"].map(Into::into).to_vec();
//! let settings = RunSettings::new(base.clone(), dir.clone(), StackInfo::default(), "true".into(), keeper);
//!
//! let outcome = tokio::runtime::Runtime::new()?.block_on(async {
//!     let runner = Runner::new()?;
//!     let lookup = Lookup { dirs: vec![dir], logs: base.join("build"), ..Lookup::default() };
//!     let found = runner.discover(&lookup, &CancellationToken::new(), &mut |_| ()).await?;
//!     let plan = Selection::default().apply(found)?;
//!     Ok::<_, Box<dyn std::error::Error>>(runner.start(plan, settings)?.wait().await?)
//! })?;
//! assert_eq!((outcome.exit_code, outcome.summary.total), (1, 2));
//!
//! let bad = Runs::new(&base).open("last")?.test("bad")?;
//! assert_eq!((bad.status, bad.reason.as_deref()), (Some(Status::Failed), Some("no space left")));
//! # Ok(())
//! # }
//! ```
//!
//! # What it will not do
//!
//! It draws nothing, reads no configuration and no environment, and handles no signals: whoever does calls
//! [`RunHandle::cancel`]. It does not parse what tests print, but for a reason that fits on a line. It isolates
//! nothing: an isolation is a wrapper put before the test's command line. Linux only.

mod attempt;
mod build;
pub mod bytes;
mod caps;
mod clock;
pub mod discover;
mod dispatch;
mod environment;
mod error;
pub mod event;
pub mod filter;
mod halt;
mod journal;
mod judge;
pub mod keeper;
mod load;
mod mounts;
mod process;
pub mod record;
mod run;
mod runner;
mod schedule;
pub mod settings;
pub mod status;
mod sys;
mod tally;
mod verdict;
mod words;
mod worker;

pub use attempt::release;
pub use build::{Build, BuildEnd};
pub use bytes::ByteString;
pub use clock::Moment;
pub use discover::{DiscoverError, Discovery, Lookup};
pub use error::{RecordError, RunError};
pub use event::{Event, EventKind};
pub use filter::{Plan, Selection};
pub use halt::Halted;
pub use load::Load;
pub use mounts::mount_points;
pub use process::session_of;
pub use run::{CancelKind, Canceller, RunHandle, RunOutcome};
pub use runner::Runner;
pub use settings::{GroupSettings, RunSettings};
pub use status::{Outcome, Status, Summary};
