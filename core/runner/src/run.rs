//! A run in progress.

use std::path::PathBuf;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::RunError;
use crate::event::Event;
use crate::status::Summary;

/// A run in progress. Dropping it does not end the run; dropping `events` does not slow it.
#[derive(Debug)]
pub struct RunHandle {
    /// The run's id.
    pub id: String,
    /// The run's directory.
    pub dir: PathBuf,
    /// Every event, exactly as recorded, from `run_started` to `run_finished`; then the channel closes.
    pub events: mpsc::UnboundedReceiver<Event>,
    pub(crate) canceller: Canceller,
    pub(crate) task: JoinHandle<Result<RunOutcome, RunError>>,
}

impl RunHandle {
    /// Ends the run early. A stronger kind may follow a weaker one.
    pub fn cancel(&self, kind: CancelKind, why: &str) {
        self.canceller.cancel(kind, why);
    }

    /// Ends one test, and no other; see [`Canceller::cancel_test`].
    pub fn cancel_test(&self, id: &str, why: &str) {
        self.canceller.cancel_test(id, why);
    }

    /// A handle for whoever takes the signals.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// Waits for the end of the run.
    ///
    /// # Errors
    /// When the runner itself broke; tests that fail are in the outcome.
    pub async fn wait(self) -> Result<RunOutcome, RunError> {
        match self.task.await {
            Ok(outcome) => outcome,
            Err(error) => Err(RunError::Broken {
                why: error.to_string(),
            }),
        }
    }
}

/// Cancels a run from anywhere, a signal handler's task for example.
#[derive(Debug, Clone)]
pub struct Canceller {
    pub(crate) requests: mpsc::UnboundedSender<Request>,
}

/// What a run is told: mostly a wish to end something early, with its reason.
#[derive(Debug)]
pub(crate) enum Request {
    /// The whole run.
    Run(CancelKind, String),
    /// The test with this id.
    Test(String, String),
    /// Not to end, but to be told: everything stood still for so long.
    Halted(std::time::Duration),
}

impl Canceller {
    /// Ends the run early; after its end, does nothing.
    pub fn cancel(&self, kind: CancelKind, why: &str) {
        // A closed channel means that the run has ended by itself.
        let _ = self.requests.send(Request::Run(kind, why.to_owned()));
    }

    /// Ends one test, and no other: if it runs it is asked to end (TERM, grace, KILL), and killed when asked for again;
    /// if it waits, or would be repeated or tried again, it is not run any more. It gets no verdict for that, and counts
    /// as not run. A test that has its verdict already, or is not part of the run, is left alone.
    pub fn cancel_test(&self, id: &str, why: &str) {
        // A closed channel means that the run has ended by itself.
        let _ = self.requests.send(Request::Test(id.to_owned(), why.to_owned()));
    }
}

/// How to end a run early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CancelKind {
    /// Start no further test; let the running ones finish.
    Drain,
    /// Start no further test; ask the running ones to end (TERM, grace, KILL). For the first SIGINT and for SIGTERM.
    Stop,
    /// KILL what runs. For the second SIGINT.
    Kill,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOutcome {
    /// The numbers.
    pub summary: Summary,
    /// Selected tests without a verdict, because the run was cancelled first.
    pub not_run: u64,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Something around the run went wrong after its end, for example an old run that could not be removed.
    pub warning: Option<String>,
    /// pytest's exit status: 0 passed, 1 failed, 2 interrupted, 5 no tests.
    pub exit_code: u8,
}
