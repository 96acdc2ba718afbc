//! What effects mean: the one place of the screen that touches the world, beside the terminal.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gkfs_runner::discover::Lookup;
use gkfs_runner::event::Level;
use gkfs_runner::{Build, CancelKind, Canceller, RunSettings, Runner};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::copy;
use super::drill;
use super::job::{Job, Left};
use super::msg::{self, Effect, Msg, Request};
use super::tmux;
use crate::watch::{Scope, Sources};

/// So long the end of what was killed is waited for.
const END: Duration = Duration::from_secs(5);

/// How a run of the session is set up: everything but which tests.
pub(crate) type MakeSettings = Box<dyn Fn(&Request) -> RunSettings + Send + Sync>;

/// What a suite file says now.
pub(crate) struct Loaded {
    /// Where tests are looked for.
    pub(crate) lookup: Lookup,
    /// How they are run.
    pub(crate) settings: MakeSettings,
    /// What is watched.
    pub(crate) scope: Scope,
    /// What the screen is told.
    pub(crate) news: msg::Loaded,
}

/// What a session needs to run tests. The suite file is read for each run, so that none is run as it was once said.
#[derive(Clone)]
pub(crate) struct Engine {
    /// Discovers and runs.
    pub(crate) runner: Runner,
    /// Reads the suite file, and looks at the stack.
    pub(crate) load: Arc<dyn Fn() -> Result<Loaded, String> + Send + Sync>,
    /// Says how the stack is built, if it is.
    pub(crate) builder: Arc<dyn Fn() -> Result<Option<Build>, String> + Send + Sync>,
    /// Says why the stack's programs are older than their sources: told where tests are, and when the last build began
    /// that went well, in microseconds since the epoch.
    pub(crate) age: Arc<Age>,
    /// Begins to watch for changes, and tells them.
    pub(crate) watch: Arc<dyn Fn(UnboundedSender<Msg>) -> Result<Sources, String> + Send + Sync>,
    /// Gives tests of pytest the other harness from now on.
    pub(crate) harness: Arc<dyn Fn() -> Result<msg::Switched, String> + Send + Sync>,
    /// Who is told where tests are, once that is known.
    pub(crate) sources: Option<Sources>,
}

/// Why programs are older than the sources in these directories, if they are, after a build at this time.
pub(crate) type Age = dyn Fn(&[PathBuf], Option<i64>) -> Option<String> + Send + Sync;

/// Does the work of effects, and tells what comes of it.
pub(super) struct Worker {
    engine: Option<Engine>,
    out: UnboundedSender<Msg>,
    /// Ends the search that goes on.
    finding: CancellationToken,
    /// Ends the run that goes on.
    running: Arc<Mutex<Option<Canceller>>>,
    left: Arc<Mutex<Left>>,
    /// Where what is too long for a clipboard goes.
    copies: Option<PathBuf>,
    /// What was begun last.
    job: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn new(engine: Option<Engine>, out: UnboundedSender<Msg>, copies: Option<PathBuf>) -> Worker {
        Worker {
            engine,
            out,
            finding: CancellationToken::new(),
            running: Arc::default(),
            left: Arc::default(),
            copies,
            job: None,
        }
    }

    /// Does the work of an effect that has nothing to do with a terminal.
    pub(super) fn work(&mut self, effect: Effect) {
        match effect {
            Effect::Discover => self.start(None),
            Effect::Start(request) => self.start(Some(request)),
            Effect::Watch => self.watch(),
            Effect::SwitchHarness => self.switch_harness(),
            Effect::Cancel(kind) => self.cancel(kind),
            Effect::CancelTests(ids) => self.cancel_tests(&ids),
            Effect::Supersede => self.supersede(),
            Effect::LookAtAge => {
                if let Some(job) = self.errand() {
                    job.look_at_age();
                }
            }
            Effect::Release(attempts) => self.release(&attempts),
            Effect::Drill(effect) => self.load(effect),
            _ => {}
        }
    }

    fn errand(&self) -> Option<Job> {
        Some(Job {
            engine: self.engine.clone()?,
            out: self.out.clone(),
            finding: self.finding.clone(),
            running: self.running.clone(),
            left: self.left.clone(),
        })
    }

    /// Looks for tests and, with a request, runs those that it means.
    fn start(&mut self, request: Option<Request>) {
        self.finding = CancellationToken::new();
        let Some(job) = self.errand() else { return };
        self.job = Some(tokio::spawn(async move {
            let why = job.carry_out(request).await.err();
            // The session may be over.
            job.say(Msg::Done(why));
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

    /// Begins to watch; what was found already is what changes are held against.
    fn watch(&mut self) {
        let Some(engine) = self.engine.as_mut().filter(|engine| engine.sources.is_none()) else {
            return;
        };
        let watching = (engine.watch)(self.out.clone()).map(|sources| {
            let found = self
                .left
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .discovery
                .clone();
            if let Some(found) = found {
                // What changed since it was found nobody knows.
                sources.found(&found, u64::MAX);
            }
            engine.sources = Some(sources);
        });
        // Nobody has to listen.
        let _ = self.out.send(Msg::Watching(watching));
    }

    /// It reads the suite file and writes a file of its own.
    fn switch_harness(&self) {
        let Some(engine) = &self.engine else { return };
        let (switch, out) = (engine.harness.clone(), self.out.clone());
        // Nobody has to listen.
        tokio::task::spawn_blocking(move || drop(out.send(Msg::Switched(switch()))));
    }

    fn running(&self) -> MutexGuard<'_, Option<Canceller>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what goes on.
    fn cancel(&self, kind: CancelKind) {
        tracing::info!(?kind, "told to stop");
        let why = match kind {
            CancelKind::Kill => "asked twice to stop",
            _ => "asked to stop",
        };
        self.ask_to_end(kind, why);
    }

    fn supersede(&self) {
        self.ask_to_end(CancelKind::Stop, "files changed; what they touch is run next");
    }

    fn ask_to_end(&self, kind: CancelKind, why: &str) {
        self.finding.cancel();
        if let Some(run) = &*self.running() {
            run.cancel(kind, why);
        }
    }

    /// Ends these tests, and no others.
    fn cancel_tests(&self, ids: &[String]) {
        if let Some(run) = &*self.running() {
            ids.iter().for_each(|id| run.cancel_test(id, "asked to stop it"));
        }
    }

    /// Lets held attempts go on, whoever runs them.
    fn release(&self, attempts: &[PathBuf]) {
        for attempt in attempts {
            if let Err(error) = gkfs_runner::release(attempt) {
                let text = format!("it cannot be let go on: {}: {error}", attempt.display());
                // Nobody has to listen.
                let _ = self.out.send(Msg::Note(Level::Error, text));
            }
        }
    }

    /// Reads lines that are to be copied.
    pub(super) fn collect(&self, lines: drill::Extract) {
        let (out, file) = (self.out.clone(), self.copies.clone());
        tokio::task::spawn_blocking(move || {
            drop(out.send(Msg::Collected(copy::collect(&lines, file.as_deref()))));
        });
    }

    /// Lets a tmux have what was copied, too.
    pub(super) fn copy_in_tmux(&self, text: String) {
        let out = self.out.clone();
        tokio::spawn(async move {
            if let Some(told) = tmux::copy(text).await {
                // Nobody has to listen.
                let _ = out.send(Msg::Note(Level::Warn, told));
            }
        });
    }

    /// Writes down what is too long to be copied.
    pub(super) fn save(&self, text: String) {
        let (out, file) = (self.out.clone(), self.copies.clone());
        tokio::task::spawn_blocking(move || {
            let told = copy::save(file.as_deref(), std::iter::once(text));
            drop(out.send(Msg::Note(Level::Warn, told)));
        });
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
    fn load(&self, effect: drill::Effect) {
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || drop(out.send(Msg::Drill(drill::load(effect)))));
    }
}
