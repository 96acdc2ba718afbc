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
//! `run.json` is replaced by rename. A run whose file says `running` and whose runner is dead was killed. JSON Schemas
//! of the three formats are in `schema/` beside this crate's source, a golden run in `tests/golden/`.
//!
//! # What a test's steps say about its verdict
//!
//! `steps.jsonl` is the test's own. A step is opaque here but for these fields:
//!
//! | kind | fields | meaning |
//! |---|---|---|
//! | `skip` | `reason` | with exit status 0 the test is *skipped* |
//! | `fixture` | `ph`, `n`, `name`, `phase`, `ok`, `outcome`, `error` | a begin without its end, or an end with `"ok":false`, is a set-up or teardown that failed: with an exit status other than 0 the test is an *error*; an end with `"later":true` is one that a worker did not wait for |
//! | `daemon` | end: `outcome`, `index`, `exit`, `signal` | `"outcome":"died"` is a daemon that died unbidden: the test *failed*, whatever its exit status |
//! | `report` | `who`, `tool`, `title` | a sanitizer or valgrind found something: the test *failed*, whatever its exit status |
//! | `assert` | `ok`, `message`, `file`, `line` | the last one with `"ok":false` is the reason of a failure |
//! | `cap` | `name`, `ok` | no verdict: what no test of the run was refused stands in the `caps` of `run.json` |
//! | `oracle` | `ok`, `message` | with `"ok":false` the stack answered otherwise than a plain directory: the test *failed* |
//! | any | `ph`, `n`, and `name` or `op` | of a test at its deadline, the last begin without an end is what it hung in, unless it is a daemon |
//!
//! The order of precedence: cancelled, timeout, then for another exit status or a signal error or failed, then for
//! exit status 0 failed (a dead daemon, a leaked process), skipped, passed.

pub mod capsule;
mod history;
mod layout;
mod one_test;
mod open;
mod packed;
mod retain;
mod run_file;
mod runs;
mod steps;
mod tail;
mod tidy;
mod writer;

pub use history::{AttemptRecord, TestRecord};
pub use layout::{attempt_dir, encode};
pub use one_test::OneTest;
pub(crate) use open::parse_lines;
pub use open::{Lines, Record, Shown};
pub use packed::{LogFile, has_log, log_name, pack_log};
pub(crate) use retain::remove;
pub use retain::{Removed, Retention};
pub use run_file::{Host, RunFile, RunnerProcess, StackFile, StackInfo, State, Suite};
pub use runs::Runs;
pub(crate) use steps::Facts;
pub use tail::Tail;
pub(crate) use tidy::tidy;
pub(crate) use writer::Writer;
