//! One attempt of a test: its process from start to verdict, and everything it left behind. An attempt in a worker that
//! runs several tests is told in [`shared`].

mod end;
mod hold;
mod later;
mod limits;
mod news;
mod order;
mod shared;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::environment::{Told, variables};
use crate::event::AttemptFinished;
use crate::load::Sample;
use crate::mounts::LeftMount;
use crate::process::Process;
use crate::record::Facts;
use crate::run::CancelKind;
use crate::schedule::Job;
use crate::status::{Leaked, Outcome};
use crate::verdict::{EndedBy, Evidence, judge};
use crate::words::{greeting, last_words};
use crate::{ByteString, Moment};

use end::AFTER_KILL;
pub use hold::release;
use limits::{Due, Limits};
pub(crate) use order::{Bench, News, Order};

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
            run_dir: &self.bench.dir,
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
        mut stop: watch::Receiver<Option<CancelKind>>,
    ) -> AttemptFinished {
        let mut limits = self.limits();
        self.say_started(process.pid(), news);
        let (by, gone) = self.wait(&process, &mut limits, news, &mut stop).await;
        if by == EndedBy::Itself {
            let (whose, exit) = (self.leftovers(process.pid()), process.ended_with().ok());
            self.keep_what_is_left(whose, exit, &mut limits, news, &mut stop)
                .await;
        }
        let duration_us = limits.ran().as_micros() as u64;
        // Before it is reaped, so that its session's number still means its session.
        let leaked = self.end_leftovers(process.pid(), by).await;
        let exit = if gone { process.reap().ok() } else { None };
        if !gone {
            process.abandon();
        }
        self.bench.processes.reap_orphans();
        let mounts = self.end_mounts(self.dir()).await;
        let (outcome, reason) = self.verdict(by, exit, &leaked, &mounts);
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

    /// The verdict on a process that has ended, and the reason unless it passed.
    fn verdict(
        &self,
        by: EndedBy,
        exit: Option<ExitStatus>,
        leaked: &[Leaked],
        mounts: &[LeftMount],
    ) -> (Outcome, Option<String>) {
        let dir = self.dir();
        let mut facts = Facts::read(&dir.join("steps.jsonl"));
        self.bench.caps.add(std::mem::take(&mut facts.caps));
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
        judge(Evidence {
            by,
            exit: judged.map(|judged| judged.exit).or(exit),
            leaked,
            mounts,
            facts,
            last_words: why.or_else(|| last_words(&dir.join("stderr.log"))),
            greeting: self.order.libtest.then(|| greeting(&dir.join("stdout.log"))),
        })
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

    fn limits(&self) -> Limits {
        let clock = self.bench.clock.clone();
        Limits::new(clock, &self.order, &self.dir(), self.bench.settings.hold)
    }

    /// Waits for the end of the process, and brings it about where that is called for. Who ended it, and whether it is
    /// gone at all.
    async fn wait(
        &self,
        process: &Process,
        limits: &mut Limits,
        news: &mpsc::UnboundedSender<News>,
        stop: &mut watch::Receiver<Option<CancelKind>>,
    ) -> (EndedBy, bool) {
        let by = loop {
            tokio::select! {
                biased;
                _ = process.exited() => break EndedBy::Itself,
                kind = wanted(stop) => {
                    if kind == CancelKind::Stop {
                        self.terminate(process, stop).await;
                    }
                    break EndedBy::Cancel;
                }
                due = limits.due() => {
                    if self.tell(due, news) {
                        self.terminate(process, stop).await;
                        break EndedBy::Deadline(self.order.timeout);
                    }
                }
            }
        };
        // Its end may be seen before its step is.
        if limits.is_held() {
            self.tell(Due::Released, news);
        }
        let gone = by == EndedBy::Itself || self.kill(process).await;
        (by, gone)
    }

    /// Tells what was due; whether the attempt is to be ended now.
    fn tell(&self, due: Due, news: &mpsc::UnboundedSender<News>) -> bool {
        let (id, attempt) = (self.order.id.clone(), self.order.attempt);
        let told = match due {
            Due::Over => return true,
            Due::Slow => News::Slow { id },
            Due::Held(reason) => News::Held { id, attempt, reason },
            Due::Released => News::Released { id, attempt },
        };
        // Nobody listens any more only when the whole run is being dropped.
        let _ = news.send(told);
        false
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
