//! What effects mean: the one place of the screen that touches the world, beside the terminal.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gkfs_runner::discover::{DiscoverError, Discovery, Lookup};
use gkfs_runner::filter::{Plan, Selection};
use gkfs_runner::{CancelKind, Canceller, EventKind, Moment, RunSettings, Runner};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::copy;
use super::drill;
use super::msg::{Msg, Opened, Request};
use super::watch::Sources;

/// So long the end of what was killed is waited for.
const END: Duration = Duration::from_secs(5);

/// How a run of the session is set up: everything but which tests.
pub(crate) type MakeSettings = Arc<dyn Fn(&Request) -> RunSettings + Send + Sync>;

/// What a session needs to run tests.
#[derive(Clone)]
pub(crate) struct Engine {
    /// Discovers and runs.
    pub(crate) runner: Runner,
    /// Where tests are looked for.
    pub(crate) lookup: Arc<Lookup>,
    /// How they are run.
    pub(crate) settings: MakeSettings,
    /// Who is told where tests are, once that is known.
    pub(crate) sources: Option<Sources>,
}

/// Does the work of effects, and tells what comes of it.
pub(super) struct Worker {
    engine: Option<Engine>,
    out: UnboundedSender<Msg>,
    /// Ends the search that goes on.
    finding: CancellationToken,
    /// Ends the run that goes on.
    running: Arc<std::sync::Mutex<Option<Canceller>>>,
    /// What was begun last.
    job: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn new(engine: Option<Engine>, out: UnboundedSender<Msg>) -> Worker {
        Worker {
            engine,
            out,
            finding: CancellationToken::new(),
            running: Arc::default(),
            job: None,
        }
    }

    /// Looks for tests and, with a request, runs those that it means.
    pub(super) fn start(&mut self, request: Option<Request>) {
        let Some(engine) = self.engine.clone() else {
            return;
        };
        self.finding = CancellationToken::new();
        let job = Job {
            engine,
            out: self.out.clone(),
            finding: self.finding.clone(),
            running: self.running.clone(),
        };
        self.job = Some(tokio::spawn(async move {
            let why = job.carry_out(request).await.err();
            // The session may be over.
            let _ = job.out.send(Msg::Done(why));
        }));
    }

    /// Ends what goes on without further ado. What is not gone in time is left to the run's keeper.
    pub(super) async fn end(&mut self) {
        self.cancel(CancelKind::Kill);
        if let Some(job) = self.job.take() {
            // That it panicked has been reported.
            let _ = tokio::time::timeout(END, job).await;
        }
    }

    /// Ends what goes on.
    pub(super) fn cancel(&self, kind: CancelKind) {
        tracing::info!(?kind, "told to stop");
        self.finding.cancel();
        let running = self
            .running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(run) = &*running {
            let why = match kind {
                CancelKind::Kill => "asked twice to stop",
                _ => "asked to stop",
            };
            run.cancel(kind, why);
        }
    }

    /// Ends these tests, and no others.
    pub(super) fn cancel_tests(&self, ids: &[String]) {
        let running = self
            .running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(run) = &*running {
            ids.iter().for_each(|id| run.cancel_test(id, "asked to stop it"));
        }
    }

    /// Reads lines that are to be copied.
    pub(super) fn collect(&self, lines: drill::Extract) {
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || drop(out.send(Msg::Collected(copy::collect(&lines)))));
    }

    /// Reads what has come to our own log.
    pub(super) fn read_log(&self, file: PathBuf, from: u64) {
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(growth) = crate::log::read(&file, from) {
                let _ = out.send(Msg::OwnLog(growth));
            }
        });
    }

    /// Reads what the drill-down wants to have read, where it may take its time.
    pub(super) fn load(&self, effect: drill::Effect) {
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || drop(out.send(Msg::Drill(drill::load(effect)))));
    }
}

/// One search, with the run that follows.
struct Job {
    engine: Engine,
    out: UnboundedSender<Msg>,
    finding: CancellationToken,
    running: Arc<std::sync::Mutex<Option<Canceller>>>,
}

impl Job {
    fn say(&self, msg: Msg) {
        // Nobody has to listen.
        let _ = self.out.send(msg);
    }

    async fn carry_out(&self, request: Option<Request>) -> Result<(), String> {
        tracing::info!("looking for tests");
        self.say(Msg::Finding);
        let discovery = match self.discover().await {
            Ok(discovery) => discovery,
            Err(DiscoverError::Cancelled { .. }) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        if let Some(sources) = &self.engine.sources {
            sources.found(&discovery);
        }
        tracing::info!(
            groups = discovery.groups.len(),
            tests = discovery.tests.len(),
            "found all there is"
        );
        self.say(Msg::FoundAll);
        let Some(request) = request.filter(|_| !self.finding.is_cancelled()) else {
            return Ok(());
        };
        let plan = plan(&request, discovery)?;
        self.run(plan, (self.engine.settings)(&request)).await
    }

    async fn discover(&self) -> Result<Discovery, DiscoverError> {
        let out = self.out.clone();
        let mut progress = move |kind: &EventKind| drop(out.send(Msg::Found(Moment::now(), kind.clone())));
        let runner = &self.engine.runner;
        runner
            .discover(&self.engine.lookup, &self.finding, &mut progress)
            .await
    }

    async fn run(&self, plan: Plan, settings: RunSettings) -> Result<(), String> {
        let stack = settings.stack.clone();
        let mut run = self
            .engine
            .runner
            .start(plan, settings)
            .map_err(|error| error.to_string())?;
        let canceller = run.canceller();
        // Whoever asked to stop while this began has not been heard yet.
        if self.finding.is_cancelled() {
            canceller.cancel(CancelKind::Stop, "asked to stop");
        }
        self.set(Some(canceller));
        tracing::info!(run = %run.id, dir = %run.dir.display(), "a run begins");
        self.say(Msg::RunOpened(Opened {
            id: run.id.clone(),
            dir: run.dir.clone(),
            stack,
            live: true,
        }));
        while let Some(event) = run.events.recv().await {
            self.say(Msg::Run(event));
        }
        let outcome = run.wait().await;
        match &outcome {
            Ok(outcome) => {
                tracing::info!(exit = outcome.exit_code, summary = ?outcome.summary, "the run has ended")
            }
            Err(error) => tracing::error!(%error, "the run broke"),
        }
        self.set(None);
        match outcome {
            Ok(outcome) => outcome.warning.map_or(Ok(()), Err),
            Err(error) => Err(error.to_string()),
        }
    }

    fn set(&self, canceller: Option<Canceller>) {
        *self
            .running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = canceller;
    }
}

/// Holds a request against what was found.
fn plan(request: &Request, discovery: Discovery) -> Result<Plan, String> {
    let broken = discovery.groups.iter().find(|group| group.error.is_some());
    let broken = broken.map(|group| format!("nothing to run: `{}` could not be built", group.name));
    let selection = Selection {
        only: request.only.as_ref().map(|only| ids(only, &discovery)),
        ..Selection::default()
    };
    let plan = selection.apply(discovery).map_err(|error| error.to_string())?;
    if plan.is_empty() {
        return Err(broken.unwrap_or_else(|| "nothing to run: these tests are gone".to_owned()));
    }
    Ok(plan)
}

/// A group means its tests; those that are off by default only if all of them are.
pub(crate) fn ids(only: &BTreeSet<String>, discovery: &Discovery) -> BTreeSet<String> {
    let mut ids = only.clone();
    for (at, group) in discovery.groups.iter().enumerate() {
        if !only.contains(&group.name) {
            continue;
        }
        let tests = || discovery.tests.iter().filter(|test| test.group == at);
        let all_off = tests().all(|test| test.ignored);
        ids.extend(
            tests()
                .filter(|test| all_off || !test.ignored)
                .map(|test| test.id.clone()),
        );
    }
    ids
}
