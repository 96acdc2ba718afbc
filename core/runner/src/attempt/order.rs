//! What an attempt is told, and what it tells.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::ByteString;
use crate::caps::Caps;
use crate::discover::{Judge, Node};
use crate::halt::RunClock;
use crate::process::Processes;
use crate::schedule::Job;
use crate::settings::RunSettings;
use crate::worker::{Pool, Source};

/// What all attempts of a run share.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) processes: Processes,
    pub(crate) settings: RunSettings,
    pub(crate) run: String,
    pub(crate) dir: PathBuf,
    pub(crate) cookie: String,
    pub(crate) caps: Caps,
    pub(crate) workers: Pool,
    /// Tells the time of all deadlines.
    pub(crate) clock: RunClock,
}

/// What to run.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) job: Job,
    pub(crate) id: String,
    pub(crate) attempt: u32,
    /// Number of the attempt in the run, for its cookie.
    pub(crate) serial: u64,
    /// Relative to the run's directory.
    pub(crate) dir: String,
    pub(crate) argv: Vec<OsString>,
    pub(crate) cwd: PathBuf,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) timeout: Duration,
    pub(crate) slow: Duration,
    /// Whether its first output tells how many tests it runs.
    pub(crate) libtest: bool,
    /// Whether what it starts is meant to live on until the run ends.
    pub(crate) outlives: bool,
    /// What else than its exit status decides.
    pub(crate) judge: Option<Arc<Judge>>,
    /// The test, and the worker that is to run it; `None` where it is a process of its own.
    pub(crate) shared: Option<(Node, Arc<Source>)>,
}

/// What an attempt reports while it runs.
#[derive(Debug)]
pub(crate) enum News {
    /// Its process runs.
    Started {
        id: String,
        attempt: u32,
        dir: String,
        pid: u32,
        argv: Vec<ByteString>,
    },
    /// It passed its slow mark.
    Slow { id: String },
    /// It failed, and is kept as it is.
    Held {
        id: String,
        attempt: u32,
        reason: String,
    },
    /// It goes on.
    Released { id: String, attempt: u32 },
    /// Its worker found tests that nobody knew; some of them.
    Unknown { group: usize, tests: Vec<String> },
    /// Its worker is done with it; what it started is ending.
    Ending { job: Job },
    /// Its worker is done but for what it shares with the next test, and asks which that is.
    Next {
        group: usize,
        answer: oneshot::Sender<Option<Node>>,
    },
}
