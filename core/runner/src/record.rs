//! A run as a directory: written while it happens, opened again whenever.
//!
//! ```text
//! .gkfs-bench/
//!   .gitignore
//!   runs/
//!     last -> 20261122T031547Z-1a2b
//!     20261122T031547Z-1a2b/
//!       run.json          what was run, where, on which stack, how it ended     RunFile
//!       events.jsonl      the runner's account, one event a line                crate::Event
//!       tests/<group>/<test>/attempt-1/
//!         stdout.log  stderr.log  steps.jsonl  workspace/
//! ```
//!
//! Lines are appended with one write each, so a reader sees whole lines and at most one unfinished last one.
//! `run.json` is replaced by rename. A run whose file says `running` and whose runner is dead was killed.

mod history;
mod layout;
mod open;
mod retain;
mod run_file;
mod runs;
mod steps;
mod writer;

pub use history::{AttemptRecord, TestRecord};
pub use layout::{attempt_dir, encode};
pub use open::{Lines, Record, Shown};
pub(crate) use retain::remove;
pub use retain::{Removed, Retention};
pub use run_file::{Host, RunFile, RunnerProcess, StackFile, StackInfo, State, Suite};
pub use runs::Runs;
pub(crate) use steps::Facts;
pub(crate) use writer::Writer;
