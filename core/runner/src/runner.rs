//! The runner: what discovers and starts runs.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::Moment;
use crate::attempt::Bench;
use crate::caps::Caps;
use crate::dispatch::Dispatcher;
use crate::error::RunError;
use crate::filter::Plan;
use crate::halt::{Halted, Runs};
use crate::keeper::Keeper;
use crate::process::Processes;
use crate::record::{State, Writer};
use crate::run::{Canceller, RunHandle};
use crate::settings::RunSettings;
use crate::status::Summary;
use crate::worker::Pool;

/// pytest's exit status for a runner that broke.
const INTERNAL_ERROR: u8 = 3;

/// Discovers and runs tests. The processes that tests orphan fall to the process that made it, which may have other
/// children, too, and other runners: each reaps what its own tests have left.
#[derive(Debug, Clone)]
pub struct Runner {
    pub(crate) processes: Processes,
    runs: Runs,
}

impl Runner {
    /// Makes this process the one that runs tests.
    ///
    /// # Errors
    /// When the kernel refuses to make this process adopt orphans.
    pub fn new() -> Result<Self, RunError> {
        let processes = Processes::adopting().map_err(|source| RunError::System {
            what: "adopt the orphans of tests",
            source,
        })?;
        Ok(Self {
            processes,
            runs: Runs::default(),
        })
    }

    /// Lets all runs that go on stand still, until what is returned is dropped: the processes of their tests are stopped,
    /// and no time passes for them. For whoever is about to be stopped himself.
    pub fn halt(&self) -> Halted {
        self.runs.halt()
    }

    /// Starts a run on the current tokio runtime. The record and the keeper exist when this returns.
    ///
    /// # Errors
    /// When the record cannot be made or the keeper does not start.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(&self, plan: Plan, settings: RunSettings) -> Result<RunHandle, RunError> {
        let started = plan.discovery.log.first().map_or_else(Moment::now, |(at, _)| *at);
        let writer = Writer::create(&settings, started)?;
        let keeper = match Keeper::start(&self.processes, &settings.keeper, writer.cookie()) {
            Ok(keeper) => keeper,
            Err(error) => {
                writer.finish(State::Interrupted, Summary::default(), INTERNAL_ERROR)?;
                return Err(error);
            }
        };
        let (id, dir) = (writer.id().to_owned(), writer.dir().to_owned());
        let bench = Arc::new(Bench {
            processes: self.processes.clone(),
            settings,
            run: id.clone(),
            dir: dir.clone(),
            cookie: writer.cookie().to_owned(),
            caps: Caps::default(),
            workers: Pool::default(),
            clock: self.runs.clock.clone(),
        });
        let (out, events) = mpsc::unbounded_channel();
        let (requests_in, requests) = mpsc::unbounded_channel();
        self.runs.begun(&bench.cookie, &dir, requests_in.clone());
        let dispatcher = Dispatcher::new(bench, plan, writer, out);
        let task = tokio::spawn(dispatcher.run(requests, keeper));
        Ok(RunHandle {
            id,
            dir,
            events,
            canceller: Canceller {
                requests: requests_in,
            },
            task,
        })
    }
}
