//! Discovers, schedules, runs and records tests of any kind.

mod attempt;
pub mod bytes;
mod clock;
pub mod discover;
mod dispatch;
mod environment;
mod error;
pub mod event;
pub mod filter;
pub mod keeper;
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

pub use bytes::ByteString;
pub use clock::Moment;
pub use discover::{DiscoverError, Discovery, Lookup};
pub use error::{RecordError, RunError};
pub use event::{Event, EventKind};
pub use filter::{Plan, Selection};
pub use run::{CancelKind, Canceller, RunHandle, RunOutcome};
pub use runner::Runner;
pub use settings::{GroupSettings, RunSettings};
pub use status::{Outcome, Status, Summary};
