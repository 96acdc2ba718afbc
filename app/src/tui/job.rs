//! One errand of a session: build what is to be built, look for tests, run those that were asked for.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gkfs_runner::discover::{DiscoverError, Discovery, Listener, Lookup};
use gkfs_runner::filter::Plan;
use gkfs_runner::{BuildEnd, CancelKind, Canceller, EventKind, Moment, RunSettings, settings};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::build;
use super::effect::Engine;
use super::msg::{Msg, Opened, Request};
use plan::plan;

mod plan;

/// How often what a build says is looked at.
const LISTEN: Duration = Duration::from_millis(100);
/// What the build of the stack is called in the record.
const STACK: &str = "stack";

/// What errands leave for those after them.
#[derive(Default)]
pub(super) struct Left {
    /// What was found last.
    pub(super) discovery: Option<Arc<Discovery>>,
    /// When the last build began that exited with 0, in microseconds since the epoch.
    pub(super) built_ts: Option<i64>,
    /// Events of that build, for the record of the run that follows.
    log: Vec<(Moment, EventKind)>,
}

/// One errand.
pub(super) struct Job {
    pub(super) engine: Engine,
    pub(super) out: UnboundedSender<Msg>,
    /// Ends what comes before the run.
    pub(super) finding: CancellationToken,
    /// Ends the run.
    pub(super) running: Arc<Mutex<Option<Canceller>>>,
    pub(super) left: Arc<Mutex<Left>>,
}

impl Job {
    pub(super) fn say(&self, msg: Msg) {
        // Nobody has to listen.
        let _ = self.out.send(msg);
    }

    pub(super) async fn carry_out(&self, request: Option<Request>) -> Result<(), String> {
        if request.as_ref().is_some_and(|request| request.build) && !self.build().await? {
            return Ok(());
        }
        tracing::info!("looking for tests");
        self.say(Msg::Finding);
        let load = self.engine.load.clone();
        let loaded = tokio::task::spawn_blocking(move || load())
            .await
            .map_err(|error| error.to_string())??;
        let (lookup, settings) = (loaded.lookup, loaded.settings);
        if let Some(sources) = &self.engine.sources {
            sources.scope(loaded.scope);
        }
        self.say(Msg::Loaded(loaded.news));
        let known = request.as_ref().is_some_and(|request| request.known);
        let discovery = match self.discover(lookup, known).await {
            Ok(discovery) => discovery,
            Err(DiscoverError::Cancelled { .. }) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        tracing::info!(
            groups = discovery.groups.len(),
            tests = discovery.tests.len(),
            "found all there is"
        );
        self.say(Msg::FoundAll);
        self.look_at_age();
        let Some(request) = request.filter(|_| !self.finding.is_cancelled()) else {
            return Ok(());
        };
        let mut discovery = Arc::unwrap_or_clone(discovery);
        let log = std::mem::take(&mut self.left().log);
        discovery.log.splice(0..0, log);
        match plan(&request, discovery)? {
            Some(plan) => self.run(plan, settings(&request), &request).await,
            None => Ok(()),
        }
    }

    /// Says whether the stack's programs are older than what they are made of.
    pub(super) fn look_at_age(&self) {
        let (age, out) = (self.engine.age.clone(), self.out.clone());
        let left = self.left();
        let Some(found) = left.discovery.clone() else {
            return;
        };
        let built = left.built_ts;
        tokio::task::spawn_blocking(move || {
            let dirs = found.groups.iter().map(|group| match group.path.is_dir() {
                true => group.path.clone(),
                false => group.path.parent().unwrap_or(&group.path).to_owned(),
            });
            let why = age(&dirs.collect::<Vec<_>>(), built);
            // Nobody listens once the session is over.
            drop(out.send(Msg::Age(why)));
        });
    }

    /// Builds the stack. Whether tests may be run on it.
    async fn build(&self) -> Result<bool, String> {
        let Some(plan) = (self.engine.builder)()? else {
            return Ok(true);
        };
        let at = Moment::now();
        let said = |msg| self.say(Msg::Build(msg));
        let command = plan.command.clone();
        said(build::Msg::Began {
            command,
            at,
            stack: true,
        });
        let mut read = 0;
        let building = self.engine.runner.build(&plan, &self.finding);
        tokio::pin!(building);
        let end = loop {
            tokio::select! {
                biased;
                end = &mut building => break end.map_err(|error| error.to_string()),
                () = tokio::time::sleep(LISTEN) => self.listen(&plan.log, &mut read),
            }
        };
        self.listen(&plan.log, &mut read);
        let end = end.inspect_err(|why| {
            let how = why.clone();
            said(build::Msg::Ended {
                ok: false,
                how,
                stack: true,
            });
        })?;
        match end {
            BuildEnd::Cancelled => said(build::Msg::Stopped),
            BuildEnd::Failed(how) => said(build::Msg::Ended {
                ok: false,
                how,
                stack: true,
            }),
            BuildEnd::Ok => {
                said(build::Msg::Ended {
                    ok: true,
                    how: String::new(),
                    stack: true,
                });
                let group = || STACK.to_owned();
                let log = Some(plan.log.as_path().into());
                let ended = EventKind::BuildFinished {
                    group: group(),
                    ok: true,
                    log,
                };
                let mut left = self.left();
                left.built_ts = Some(at.ts);
                left.log = vec![
                    (at, EventKind::BuildStarted { group: group() }),
                    (Moment::now(), ended),
                ];
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Passes on what a build has said since.
    fn listen(&self, log: &Path, read: &mut u64) {
        // What it says in a minute of one step must not be one message.
        const MOST: usize = 256 << 10;
        let Ok(file) = File::open(log) else { return };
        let mut bytes = vec![0; MOST];
        while let Ok(count @ 1..) = file.read_at(&mut bytes, *read) {
            *read += count as u64;
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            self.say(Msg::Build(build::Msg::Said(text)));
        }
    }

    async fn discover(&self, mut lookup: Lookup, known: bool) -> Result<Arc<Discovery>, DiscoverError> {
        let sources = self.engine.sources.as_ref();
        lookup.known = sources.filter(|_| known).and_then(|sources| sources.known());
        let began = sources.map(|sources| sources.begin());
        let out = self.out.clone();
        lookup.listener = Some(Listener::new(move |text| {
            // Nobody listens once the session is over.
            let _ = out.send(Msg::Build(build::Msg::Said(text.to_owned())));
        }));
        let mut progress = |kind: &EventKind| {
            self.builds(kind);
            self.say(Msg::Found(Moment::now(), kind.clone()));
        };
        let runner = &self.engine.runner;
        let found = runner.discover(&lookup, &self.finding, &mut progress).await?;
        let found = Arc::new(found);
        if let Some((sources, began)) = sources.zip(began) {
            sources.found(&found, began);
        }
        self.left().discovery = Some(found.clone());
        Ok(found)
    }

    /// What is built for the tests is shown as any other build.
    fn builds(&self, kind: &EventKind) {
        let (at, stack) = (Moment::now(), false);
        match kind {
            EventKind::BuildStarted { group } => {
                let command = format!("build of {group}");
                self.say(Msg::Build(build::Msg::Began { command, at, stack }));
            }
            EventKind::BuildFinished { ok, .. } => {
                let how = if *ok { "" } else { "it failed" }.to_owned();
                self.say(Msg::Build(build::Msg::Ended { ok: *ok, how, stack }));
            }
            _ => {}
        }
    }

    async fn run(&self, plan: Plan, settings: RunSettings, request: &Request) -> Result<(), String> {
        let change = request.change.as_ref().map(|change| settings::Change {
            at: change.at,
            paths: change.paths.iter().cloned().collect(),
        });
        let settings = RunSettings {
            first: request.first.clone(),
            change,
            ..settings
        };
        let stack = settings.stack.clone();
        let started = self.engine.runner.start(plan, settings);
        let mut run = started.map_err(|error| error.to_string())?;
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
                tracing::info!(exit = outcome.exit_code, summary = ?outcome.summary, "the run has ended");
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
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = canceller;
    }

    fn left(&self) -> std::sync::MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
