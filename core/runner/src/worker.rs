//! Programs that run tests of a group one after the other: started when a test needs one, kept until the run ends.
//!
//! Orders and answers are JSON lines over two pipes, which the program takes away from what its tests see as standard
//! input and output. What it prints goes to the attempt's files while a test runs, else to a log of its own in the
//! run's `workers/`.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::attempt::Bench;
use crate::discover::WorkerCommand;
use crate::discover::pytest::{TOLD, files};
use crate::filter::Plan;
use crate::process::{COOKIE, Process};
use crate::record::encode;
use crate::words::last_line_of;

/// A worker that does not go when it has nothing more to do is ended.
const FAREWELL: Duration = Duration::from_secs(5);

/// What the workers of a group are started from.
#[derive(Debug)]
pub(crate) struct Source {
    group: usize,
    name: String,
    command: Arc<WorkerCommand>,
    /// The files with the tests of this run.
    files: BTreeSet<PathBuf>,
    /// What the tests in them are called, where that is known from another time.
    known: Option<BTreeSet<String>>,
}

/// What runs the tests of a plan, by group.
pub(crate) fn sources(plan: &Plan) -> HashMap<usize, Arc<Source>> {
    let groups = plan.discovery.groups.iter().enumerate();
    let sources = groups.filter_map(|(at, group)| {
        let tests = plan.tests.iter().map(|&test| &plan.discovery.tests[test]);
        let tests = tests.filter(|test| test.group == at && test.settled.is_none());
        let files = tests.filter_map(|test| test.file.clone()).collect();
        let command = group.worker.clone()?;
        let source = Source {
            group: at,
            name: group.name.clone(),
            known: command.kept.as_ref().map(|_| known(plan, at, &files)),
            command,
            files,
        };
        Some((at, Arc::new(source)))
    });
    sources.collect()
}

/// What the tests of a group are called that are in some of its files.
fn known(plan: &Plan, group: usize, files: &BTreeSet<PathBuf>) -> BTreeSet<String> {
    let tests = plan.discovery.tests.iter().filter(|test| test.group == group);
    let tests = tests.filter(|test| test.file.as_ref().is_some_and(|file| files.contains(file)));
    tests
        .filter_map(|test| Some(test.node.as_ref()?.id.clone()))
        .collect()
}

/// Workers without a test to run.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Mutex<HashMap<usize, Vec<Worker>>>,
    started: AtomicU64,
}

/// A worker that waits for its next order.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) process: Process,
    orders: pipe::Sender,
    answers: Lines<BufReader<pipe::Receiver>>,
    /// What it and what it forks carry.
    pub(crate) cookie: String,
    /// Processes that are known to belong to it.
    pub(crate) own: Vec<u32>,
    /// What its tests started and what has not ended yet.
    pub(crate) endings: Endings,
    log: PathBuf,
}

/// How many tests of a worker are over whose end is not: what they started ends while the worker runs others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endings(watch::Sender<usize>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Ending(watch::Sender<usize>);

impl Endings {
    pub(crate) fn begin(&self) -> Ending {
        self.0.send_modify(|endings| *endings += 1);
        Ending(self.0.clone())
    }

    /// Waits until there is none.
    pub(crate) async fn over(&self) {
        // The channel is open for as long as this is there.
        let _ = self.0.subscribe().wait_for(|endings| *endings == 0).await;
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.send_modify(|endings| *endings -= 1);
    }
}

/// What a worker says.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It has collected its tests.
    Ready {
        /// Some of those that nobody knew.
        #[serde(default)]
        new: Vec<String>,
    },
    /// It has begun with a test.
    Began,
    /// What comes next? The teardown of what tests share depends on it.
    Next,
    /// It does not know the test.
    Unknown { why: String },
    /// The test is over.
    Done {
        /// Whether nothing went wrong.
        ok: bool,
        /// Whether it made something that is meant to outlive it.
        wide: bool,
        /// Processes that are the interpreter's own.
        keep: Vec<u32>,
        /// Whether the worker can run another one.
        goes_on: bool,
        /// The processes that end what it started while the worker runs others: each tells it by a step.
        #[serde(default)]
        later: Vec<u32>,
    },
    /// Its test stands still in a debugger, which has the user's terminal.
    Debugging,
    /// It does not any more.
    Resumed,
    /// What was shared by tests could not be torn down, after the last of them.
    Late { text: String },
}

impl Pool {
    /// A worker of the group that has nothing to do.
    pub(crate) fn take(&self, source: &Source) -> Option<Worker> {
        self.lock().get_mut(&source.group)?.pop()
    }

    /// A worker has run its test.
    pub(crate) fn put(&self, source: &Source, worker: Worker) {
        self.lock().entry(source.group).or_default().push(worker);
    }

    /// Ends all workers. Returns what went wrong in that.
    pub(crate) async fn close(&self, grace: Duration) -> Vec<String> {
        let idle: Vec<Worker> = self.lock().drain().flat_map(|(_, workers)| workers).collect();
        let mut said = Vec::new();
        for worker in idle {
            said.extend(worker.close(grace.min(FAREWELL)).await);
        }
        said
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<usize, Vec<Worker>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// Starts one; it is ready when it says so.
    pub(crate) fn start(bench: &Bench, source: &Source) -> Result<Self, String> {
        let number = bench.workers.started.fetch_add(1, Ordering::Relaxed) + 1;
        let cookie = format!("{}.w{number}", bench.cookie);
        let dir = bench.dir.join("workers");
        let name = dir.join(format!("{}-{number}", encode(&source.name)));
        let file = |end: &str| name.with_added_extension(end);
        let write = || {
            fs::create_dir_all(&dir)?;
            fs::write(
                file("json"),
                source.told(&file("tmp"), bench.settings.terminal.as_deref()),
            )?;
            File::create(file("log"))
        };
        let log = write().map_err(|error| format!("cannot write {}: {error}", dir.display()))?;
        let start = &source.command.command;
        let words = start
            .argv
            .iter()
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
        let fail = |error: io::Error| format!("cannot start `{words}`: {error}");
        let (program, args) = start
            .argv
            .split_first()
            .ok_or("there is no command line for its worker")?;
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(&start.cwd)
            .env_remove("LD_PRELOAD");
        command.envs(bench.settings.env.iter().map(|(name, value)| (name, value)));
        command.envs(start.env.iter().map(|(name, value)| (name, value)));
        command.env(COOKIE, &cookie).env(TOLD, told_by(&file("json")));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut process = bench.processes.spawn(command).map_err(fail)?;
        let streams = process.take_stdin().zip(process.take_stdout());
        let (stdin, stdout) = streams.ok_or_else(|| fail(io::ErrorKind::BrokenPipe.into()))?;
        let orders = pipe::Sender::from_owned_fd(stdin.into()).map_err(fail)?;
        let answers = pipe::Receiver::from_owned_fd(stdout.into()).map_err(fail)?;
        Ok(Self {
            own: vec![process.pid()],
            process,
            orders,
            answers: BufReader::new(answers).lines(),
            cookie,
            endings: Endings::default(),
            log: file("log"),
        })
    }

    /// Tells it something.
    pub(crate) async fn order(&mut self, order: &Value) -> io::Result<()> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await
    }

    /// What it says next; `None` once it says no more. What is no answer was printed before it was ready.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        loop {
            let line = self.answers.next_line().await.ok()??;
            if let Ok(answer) = serde_json::from_str(&line) {
                return Some(answer);
            }
        }
    }

    /// The last of what it said outside of tests.
    pub(crate) fn last_words(&self) -> String {
        let words = last_line_of(&self.log).unwrap_or_else(|| "it said nothing".to_owned());
        format!("{words} (see {})", self.log.display())
    }

    async fn close(mut self, grace: Duration) -> Vec<String> {
        let mut said = Vec::new();
        // The end of its orders.
        drop(self.orders);
        let ending = async {
            while let Ok(Some(line)) = self.answers.next_line().await {
                if let Ok(Answer::Late { text }) = serde_json::from_str(&line) {
                    said.push(format!("teardown after the last test failed: {text}"));
                }
            }
            let _ = self.process.exited().await;
        };
        let gone = timeout(grace, ending).await.is_ok();
        if !gone {
            self.process.signal(Signal::TERM);
            // Dropping it kills what this does not end.
            let _ = timeout(grace, self.process.exited()).await;
        }
        said
    }
}

impl Source {
    /// What is known of the group's tests from another time is wrong.
    pub(crate) fn forget(&self) {
        if let Some(kept) = &self.command.kept {
            // What is gone already is forgotten.
            let _ = fs::remove_file(kept);
        }
    }

    fn told(&self, tmp: &Path, terminal: Option<&Path>) -> String {
        let mut told = self.command.told.clone();
        told.insert("mode".into(), "work".into());
        told.insert("tmp".into(), json!(tmp.to_string_lossy()));
        told.extend(files(self.files.iter().map(PathBuf::as_path)));
        if let Some(known) = &self.known {
            told.insert("known".into(), json!(known));
        }
        if let Some(terminal) = terminal {
            told.insert("terminal".into(), json!(terminal.to_string_lossy()));
        }
        Value::Object(told).to_string()
    }
}

fn told_by(file: &Path) -> std::ffi::OsString {
    let mut told = std::ffi::OsString::from("@");
    told.push(file);
    told
}
