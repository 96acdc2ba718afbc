//! One attempt of a test: its process from start to verdict, and everything it left behind. An attempt in a worker that
//! runs several tests is told in [`shared`].

mod hold;
mod shared;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::caps::Caps;
use crate::discover::{Judge, Node};
use crate::environment::{Told, variables};
use crate::event::AttemptFinished;
use crate::load::Sample;
use crate::mounts::{self, LeftMount};
use crate::process::{Process, Processes, Whose, end_all, find, stat};
use crate::record::Facts;
use crate::run::CancelKind;
use crate::schedule::Job;
use crate::settings::RunSettings;
use crate::status::{Leaked, Outcome};
use crate::verdict::{EndedBy, Evidence, judge};
use crate::words::{greeting, last_words};
use crate::worker::{Pool, Source};
use crate::{ByteString, Moment};

pub use hold::release;
use hold::{Change, Hold};

/// How long a process may take to go after KILL before it counts as stuck inside the kernel.
const AFTER_KILL: Duration = Duration::from_secs(5);

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
    /// Its worker is done but for what it shares with the next test, and asks which that is.
    Next {
        group: usize,
        answer: oneshot::Sender<Option<Node>>,
    },
}

/// Carries out an order. Whatever happens is a result.
pub(crate) async fn run(
    bench: Arc<Bench>,
    order: Order,
    news: mpsc::UnboundedSender<News>,
    stop: watch::Receiver<Option<CancelKind>>,
) -> (Job, AttemptFinished) {
    let job = order.job;
    let attempt = Attempt {
        cookie: match order.outlives {
            // Found when the run ends, and not before.
            true => format!("{}.f{}", bench.cookie, order.serial),
            false => format!("{}.{}", bench.cookie, order.serial),
        },
        bench,
        order,
    };
    let before = Sample::now();
    let shared = attempt.order.shared.clone();
    let mut finished = match shared {
        Some((node, source)) => attempt.shared(&node, &source, &news, stop).await,
        None => match attempt.start() {
            Ok(process) => attempt.follow(process, &news, stop).await,
            Err(reason) => attempt.finished(Outcome::Error, Some(reason)),
        },
    };
    finished.load = before
        .zip(Sample::now())
        .map(|(before, after)| before.until(after));
    (job, finished)
}

struct Attempt {
    bench: Arc<Bench>,
    order: Order,
    cookie: String,
}

impl Attempt {
    fn dir(&self) -> PathBuf {
        self.bench.dir.join(&self.order.dir)
    }

    fn start(&self) -> Result<Process, String> {
        let dir = self.dir();
        let (stdout, stderr) = prepare(&dir)?;
        let (program, args) = self
            .order
            .argv
            .split_first()
            .ok_or("the test has no command line")?;
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.order.cwd);
        // What is preloaded is for the clients of a test, never for the test itself.
        command.env_remove("LD_PRELOAD");
        command.envs(self.env());
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        self.bench.processes.spawn(command).map_err(|error| {
            format!(
                "cannot start `{}` in {}: {error}",
                Path::new(program).display(),
                self.order.cwd.display()
            )
        })
    }

    /// The variables that are set for this attempt.
    fn env(&self) -> Vec<(OsString, OsString)> {
        let dir = self.dir();
        let told = Told {
            run: &self.bench.run,
            cookie: &self.cookie,
            test: &self.order.id,
            attempt: self.order.attempt,
            dir: &dir,
            hold: self.bench.settings.hold.then(|| hold::release_file(&dir)),
            deadline_ts: Moment::now().ts + self.order.timeout.as_micros() as i64,
        };
        let settings = &self.bench.settings;
        let mut env: Vec<_> = settings.env.iter().chain(&self.order.env).cloned().collect();
        env.extend(variables(&told, settings));
        env
    }

    async fn follow(
        &self,
        mut process: Process,
        news: &mpsc::UnboundedSender<News>,
        stop: watch::Receiver<Option<CancelKind>>,
    ) -> AttemptFinished {
        let started = Instant::now();
        self.say_started(process.pid(), news);
        let (by, gone, waited) = self.wait(&process, started, news, stop).await;
        let duration_us = started.elapsed().saturating_sub(waited).as_micros() as u64;
        // Before it is reaped, so that its session's number still means its session.
        let leaked = self.end_leftovers(process.pid(), by).await;
        let exit = if gone { process.reap().ok() } else { None };
        if !gone {
            process.abandon();
        }
        self.bench.processes.reap_orphans();
        let dir = self.dir();
        let mut facts = Facts::read(&dir.join("steps.jsonl"));
        self.bench.caps.add(std::mem::take(&mut facts.caps));
        let mounts = self.end_mounts(dir.clone()).await;
        let judged = self
            .order
            .judge
            .as_ref()
            .zip(exit)
            .filter(|_| by == EndedBy::Itself);
        let judged = judged.map(|(judge, exit)| judge.judge(exit, &dir));
        let why = judged.as_ref().and_then(|judged| judged.why.clone());
        facts.skip = facts
            .skip
            .or(judged.as_ref().and_then(|judged| judged.skip.clone()));
        let evidence = Evidence {
            by,
            exit: judged.map(|judged| judged.exit).or(exit),
            leaked: &leaked,
            mounts: &mounts,
            facts,
            last_words: why.or_else(|| last_words(&dir.join("stderr.log"))),
            greeting: self.order.libtest.then(|| greeting(&dir.join("stdout.log"))),
        };
        let (outcome, reason) = judge(evidence);
        let status = exit.map(|exit| (exit.code(), std::os::unix::process::ExitStatusExt::signal(&exit)));
        let (exit, signal) = status.unwrap_or_default();
        AttemptFinished {
            exit,
            signal,
            duration_us,
            leaked,
            ..self.finished(outcome, reason)
        }
    }

    fn say_started(&self, pid: u32, news: &mpsc::UnboundedSender<News>) {
        let argv = self.order.argv.iter();
        // Nobody listens any more only when the whole run is being dropped.
        let _ = news.send(News::Started {
            id: self.order.id.clone(),
            attempt: self.order.attempt,
            dir: self.order.dir.clone(),
            pid,
            argv: argv.map(|arg| ByteString::from(arg.as_os_str())).collect(),
        });
    }

    /// Waits for the end of the process, and brings it about where that is called for. Who ended it, whether it is gone
    /// at all, and for how long it was held.
    async fn wait(
        &self,
        process: &Process,
        started: Instant,
        news: &mpsc::UnboundedSender<News>,
        mut stop: watch::Receiver<Option<CancelKind>>,
    ) -> (EndedBy, bool, Duration) {
        let mut hold = self.bench.settings.hold.then(|| Hold::new(&self.dir()));
        let mut slow_at = Some(started + self.order.slow);
        let mut deadline = started + self.order.timeout;
        let by = loop {
            let is_held = hold.as_ref().is_some_and(Hold::is_held);
            tokio::select! {
                biased;
                _ = process.exited() => break EndedBy::Itself,
                kind = wanted(&mut stop) => {
                    if kind == CancelKind::Stop {
                        self.terminate(process, &mut stop).await;
                    }
                    break EndedBy::Cancel;
                }
                change = change(&mut hold) => match change {
                    Change::Held(reason) => self.tell_held(news, reason),
                    Change::Released => {
                        self.tell_released(news);
                        // What was held at its deadline has none left; another one has all of its time to end in.
                        let is_overdue = hold.as_ref().is_some_and(|hold| hold.is_overdue);
                        deadline = Instant::now() + if is_overdue { Duration::ZERO } else { self.order.timeout };
                    }
                },
                () = sleep_until(deadline), if !is_held => {
                    if hold.as_mut().is_some_and(Hold::overdue) {
                        let after = self.order.timeout;
                        self.tell_held(news, format!("still running after {after:?}"));
                        continue;
                    }
                    self.terminate(process, &mut stop).await;
                    break EndedBy::Deadline(self.order.timeout);
                }
                () = sleep_until(slow_at.unwrap_or(deadline)), if slow_at.is_some() && !is_held => {
                    slow_at = None;
                    let _ = news.send(News::Slow { id: self.order.id.clone() });
                }
            }
        };
        // Its end may be seen before its step is.
        if hold.as_ref().is_some_and(Hold::is_held) {
            self.tell_released(news);
        }
        let gone = by == EndedBy::Itself || self.kill(process).await;
        (by, gone, hold.map_or(Duration::ZERO, |hold| hold.waited()))
    }

    fn tell_held(&self, news: &mpsc::UnboundedSender<News>, reason: String) {
        let (id, attempt) = (self.order.id.clone(), self.order.attempt);
        let _ = news.send(News::Held { id, attempt, reason });
    }

    fn tell_released(&self, news: &mpsc::UnboundedSender<News>) {
        let (id, attempt) = (self.order.id.clone(), self.order.attempt);
        let _ = news.send(News::Released { id, attempt });
    }

    /// Asks the group to end, and gives it the time of grace, unless the user has none left.
    async fn terminate(&self, process: &Process, stop: &mut watch::Receiver<Option<CancelKind>>) {
        process.signal(Signal::TERM);
        let impatient = async {
            // A closed channel is a runner that is going away: no reason to hurry.
            if stop
                .wait_for(|kind| *kind == Some(CancelKind::Kill))
                .await
                .is_err()
            {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            _ = process.exited() => {}
            () = impatient => {}
            () = sleep(self.bench.settings.grace) => {}
        }
    }

    /// Kills the group; whether the process is gone.
    async fn kill(&self, process: &Process) -> bool {
        process.signal(Signal::KILL);
        timeout(AFTER_KILL, process.exited()).await.is_ok()
    }

    async fn end_leftovers(&self, session: u32, by: EndedBy) -> Vec<Leaked> {
        if self.order.outlives {
            return Vec::new();
        }
        // The process is a zombie still, and has its start time.
        let began = stat(session).map_or(0, |stat| stat.starttime);
        let whose = Whose::Attempt {
            cookie: self.cookie.clone(),
            session,
            since: began,
        };
        self.end_all(whose, by).await
    }

    /// Ends what the test left behind, and names it. A test that ended by itself leaves its heirs a moment to go.
    async fn end_all(&self, whose: Whose, by: EndedBy) -> Vec<Leaked> {
        const PACE: Duration = Duration::from_millis(5);
        let patience = if by == EndedBy::Itself {
            self.bench.settings.leak_grace
        } else {
            Duration::ZERO
        };
        let since = Instant::now();
        loop {
            let whose = whose.clone();
            // An empty answer of a task that was cancelled: the runner is going away, the keeper takes over.
            if spawn_blocking(move || find(&whose))
                .await
                .unwrap_or_default()
                .is_empty()
            {
                return Vec::new();
            }
            if since.elapsed() >= patience {
                break;
            }
            sleep(PACE).await;
        }
        let (mut ended, stuck) = spawn_blocking(move || end_all(&whose, AFTER_KILL))
            .await
            .unwrap_or_default();
        ended.extend(
            stuck
                .into_iter()
                .filter(|process| !ended.iter().any(|other| other.pid == process.pid))
                .collect::<Vec<_>>(),
        );
        ended
    }

    /// Unmounts what the test left mounted, after those who served it are gone.
    async fn end_mounts(&self, dir: PathBuf) -> Vec<LeftMount> {
        spawn_blocking(move || mounts::clear(&dir))
            .await
            .unwrap_or_default()
    }

    fn finished(&self, outcome: Outcome, reason: Option<String>) -> AttemptFinished {
        AttemptFinished {
            id: self.order.id.clone(),
            attempt: self.order.attempt,
            outcome,
            reason,
            exit: None,
            signal: None,
            duration_us: 0,
            leaked: Vec::new(),
            load: None,
        }
    }
}

/// The attempt's directory and its two outputs, or why they cannot be made.
fn prepare(dir: &Path) -> Result<(File, File), String> {
    let open = |name| File::options().append(true).create(true).open(dir.join(name));
    let made = fs::create_dir_all(dir).and_then(|()| Ok((open("stdout.log")?, open("stderr.log")?)));
    made.map_err(|error: io::Error| {
        format!(
            "cannot write {}: {error}; choose another place with --base-temp",
            dir.display()
        )
    })
}

/// Waits for what becomes of an attempt that may be held; of another one nothing does.
async fn change(hold: &mut Option<Hold>) -> Change {
    match hold {
        Some(hold) => hold.change().await,
        None => std::future::pending().await,
    }
}

/// Waits until the running tests are to be ended.
async fn wanted(stop: &mut watch::Receiver<Option<CancelKind>>) -> CancelKind {
    let ending = |kind: &Option<CancelKind>| matches!(kind, Some(CancelKind::Stop | CancelKind::Kill));
    // Its guard must not live on while this waits for ever.
    let kind = stop.wait_for(ending).await.map(|kind| *kind);
    match kind {
        Ok(kind) => kind.unwrap_or(CancelKind::Kill),
        Err(_) => std::future::pending().await,
    }
}
