//! Views of the whole file system, for threads of the other process.
//!
//! A view belongs to the thread that pushed it. One of ours does that, and stands in it as long as the view is there; the
//! other process takes its own thread to the same place, by that thread's files under `/proc`, and answers for itself
//! when it comes back. It may do so as whoever may mount may do it, and no other. An ordinary user may in a user
//! namespace: there, a [`helper`] of ours has those threads, and the other process enters it first.

pub(super) mod helper;
mod holder;

use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::thread;

use gkfs_overlay::{PushError, ReadError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::protocol::{OverlayAct, Refusal};
use crate::overlay_fixture::ChangesRecord;
use crate::steps::Steps;
use holder::Holder;

/// What the views of a test stand in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Surroundings {
    /// What is the same in them and outside.
    pub(super) passing: Vec<PathBuf>,
    /// The test's record.
    pub(super) steps: PathBuf,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Ok(Value),
    Error(Failed),
    /// Why no view can be had here.
    Unsupported(String),
}

/// An error that is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Failed {
    kind: FailedKind,
    message: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FailedKind {
    NoView,
    NotFound,
    Overlay,
    Internal,
}

impl Failed {
    pub(super) fn internal(error: impl ToString) -> Self {
        Self {
            kind: FailedKind::Internal,
            message: error.to_string(),
        }
    }
}

impl From<Failed> for Refusal {
    fn from(Failed { kind, message }: Failed) -> Self {
        let kind = match kind {
            FailedKind::NoView => "no_view",
            FailedKind::NotFound => "not_found",
            FailedKind::Overlay => "overlay",
            FailedKind::Internal => return Refusal::internal(message),
        };
        Self {
            kind,
            message,
            hint: None,
        }
    }
}

/// Why something was not done with a view.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Push(#[from] PushError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{0}")]
    Pop(String),
    #[error("no view is pushed on this thread")]
    NoView,
    #[error("`{0}` is no way to compare: copy_up, difference and content are")]
    Compare(String),
    #[error("{} has not changed", .0.display())]
    Unchanged(PathBuf),
    #[error("cannot read {}: {source}", path.display())]
    Content { path: PathBuf, source: std::io::Error },
    #[error("{} has {size} bytes, which is more than is told", path.display())]
    Size { path: PathBuf, size: u64 },
}

impl From<Result<Value, Failure>> for Told {
    fn from(done: Result<Value, Failure>) -> Self {
        let failure = match done {
            Ok(value) => return Self::Ok(value),
            Err(Failure::Push(error)) if error.is_unsupported() => {
                return Self::Unsupported(error.to_string());
            }
            Err(failure) => failure,
        };
        let kind = match failure {
            Failure::NoView => FailedKind::NoView,
            Failure::Unchanged(_) => FailedKind::NotFound,
            _ => FailedKind::Overlay,
        };
        Self::Error(Failed {
            kind,
            message: failure.to_string(),
        })
    }
}

/// The thread that stands in the views of one thread of the other process.
#[derive(Clone)]
pub(super) struct Views {
    asks: Sender<Ask>,
}

struct Ask {
    act: OverlayAct,
    answer: Sender<Told>,
}

impl Views {
    pub(super) fn start(around: &Surroundings) -> crate::error::Result<Self> {
        let record = ChangesRecord::beside(&Steps::create(&around.steps)?)?;
        let passing = around.passing.clone();
        let (asks, asked) = mpsc::channel();
        // A view never leaves its thread: it is made there.
        let serve = move || Holder::new(passing, record).serve(&asked);
        let thread = thread::Builder::new().name("views".into());
        thread.spawn(serve).map_err(crate::error::Error::other)?;
        Ok(Self { asks })
    }

    pub(super) fn ask(&self, act: OverlayAct) -> Told {
        let (answer, told) = mpsc::channel();
        let asked = self.asks.send(Ask { act, answer });
        let told = asked.ok().and_then(|()| told.recv().ok());
        told.unwrap_or_else(|| Told::Error(Failed::internal("the thread that holds the views has ended")))
    }
}
