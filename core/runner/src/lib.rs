//! Discovers, schedules, runs and records tests of any kind.

pub mod bytes;
mod clock;
pub mod discover;
mod error;
pub mod event;
pub mod filter;
pub mod record;
mod run;
pub mod settings;
pub mod status;

pub use bytes::ByteString;
pub use clock::Moment;
pub use error::{RecordError, RunError};
pub use event::{Event, EventKind};
pub use run::{CancelKind, Canceller, RunHandle, RunOutcome};
pub use settings::{GroupSettings, RunSettings};
pub use status::{Outcome, Status, Summary};
