//! The task that owns a run: it starts attempts, hears what becomes of them, and puts every event in order, first
//! into the record, then to whoever listens.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, spawn_blocking};

use crate::attempt::{self, Bench, News, Order};
use crate::discover::Test;
use crate::error::RunError;
use crate::event::{AttemptFinished, Event, EventKind, Level, SourceKind};
use crate::filter::Plan;
use crate::keeper::Keeper;
use crate::process::{Whose, ask_to_end, end_all};
use crate::record::{Runs, State, Writer, attempt_dir, encode, remove};
use crate::run::{CancelKind, RunOutcome};
use crate::schedule::{Job, Queue};
use crate::settings::{FlakyPolicy, Repeat};
use crate::status::{Outcome, Status, Summary};
use crate::tally::Tally;
use crate::words::cut;
use crate::{ByteString, Moment};

/// The longest text in an event, in bytes, so that its line stays within the record's limit.
const LONGEST_TEXT: usize = 16 * 1024;

/// How long what outlives single tests may take to end at the end of the run, first asked, then killed.
const LAST_GRACE: Duration = Duration::from_secs(2);

/// Requests to end the run early, with their reasons.
pub(crate) type Requests = mpsc::UnboundedReceiver<(CancelKind, String)>;

pub(crate) struct Dispatcher {
    bench: Arc<Bench>,
    plan: Plan,
    queue: Queue,
    tallies: Vec<Tally>,
    /// Directories of passed attempts that a later pass of the same test makes dispensable.
    passed: Vec<Option<PathBuf>>,
    record: Record,
    summary: Summary,
    rounds: u32,
    attempts: u64,
    failures: usize,
    cancel: Option<CancelKind>,
    by_user: bool,
    stop: watch::Sender<Option<CancelKind>>,
}

/// Where events go.
struct Record {
    writer: Writer,
    out: mpsc::UnboundedSender<Event>,
    broken: bool,
}

impl Record {
    fn emit(&mut self, at: Moment, kind: EventKind) {
        let (event, written) = self.writer.event(at, kind);
        // Nobody has to listen.
        let _ = self.out.send(event);
        if let Err(error) = written
            && !self.broken
        {
            self.broken = true;
            let text = format!("the record of this run is incomplete: {error}");
            self.emit(
                Moment::now(),
                EventKind::Notice {
                    level: Level::Error,
                    text,
                },
            );
        }
    }

    fn now(&mut self, kind: EventKind) {
        self.emit(Moment::now(), kind);
    }
}

impl Dispatcher {
    pub(crate) fn new(
        bench: Arc<Bench>,
        plan: Plan,
        writer: Writer,
        out: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let tests = plan.discovery.tests.len();
        Self {
            queue: Queue::new(bench.settings.jobs.get()),
            bench,
            plan,
            tallies: vec![Tally::default(); tests],
            passed: vec![None; tests],
            record: Record {
                writer,
                out,
                broken: false,
            },
            summary: Summary::default(),
            rounds: 0,
            attempts: 0,
            failures: 0,
            cancel: None,
            by_user: false,
            stop: watch::Sender::new(None),
        }
    }

    /// Runs everything, to the last event.
    pub(crate) async fn run(
        mut self,
        mut requests: Requests,
        keeper: Keeper,
    ) -> Result<RunOutcome, RunError> {
        self.announce();
        let (news_in, mut news) = mpsc::unbounded_channel();
        let mut running: JoinSet<(Job, AttemptFinished)> = JoinSet::new();
        let mut listening = true;
        loop {
            self.fill();
            while let Some(job) = self.queue.next() {
                let order = self.order(job);
                running.spawn(attempt::run(
                    self.bench.clone(),
                    order,
                    news_in.clone(),
                    self.stop.subscribe(),
                ));
            }
            if running.is_empty() {
                break;
            }
            tokio::select! {
                // What an attempt said is heard before its end.
                biased;
                Some(said) = news.recv() => self.heard(said),
                request = requests.recv(), if listening => match request {
                    Some((kind, why)) => {
                        self.by_user = true;
                        self.cancel(kind, why);
                    }
                    None => listening = false,
                },
                Some(ended) = running.join_next() => match ended {
                    Ok((job, finished)) => self.ended(job, finished),
                    Err(error) => return Err(RunError::Broken { why: error.to_string() }),
                },
            }
        }
        self.finish(keeper).await
    }

    /// The first events: what was found and what could not be built.
    fn announce(&mut self) {
        let log = std::mem::take(&mut self.plan.discovery.log);
        let began = log.first().map_or_else(Moment::now, |(at, _)| *at);
        let run = self.record.writer.id().to_owned();
        self.record.emit(
            began,
            EventKind::RunStarted {
                run,
                tests: self.plan.tests.len() as u64,
            },
        );
        let selected: std::collections::HashSet<&str> = self
            .plan
            .tests
            .iter()
            .map(|&at| self.plan.discovery.tests[at].id.as_str())
            .collect();
        for (at, mut kind) in log {
            match &mut kind {
                EventKind::TestFound(test) => test.deselected = !selected.contains(test.id.as_str()),
                EventKind::GroupFound {
                    error: Some(error), ..
                } => *error = cut(std::mem::take(error), LONGEST_TEXT),
                EventKind::BuildFinished {
                    group,
                    log: Some(log),
                    ..
                } => self.keep_log(group, log),
                _ => {}
            }
            self.record.emit(at, kind);
        }
        for at in std::mem::take(&mut self.plan.broken) {
            let group = &self.plan.discovery.groups[at];
            let (id, reason) = (group.name.clone(), group.error.clone());
            self.verdict(id, 0, 0, Status::Failed, reason);
            self.failures += 1;
        }
        self.check_limit();
    }

    /// Takes what a build printed into the record, so that the run can be carried away whole.
    fn keep_log(&self, group: &str, log: &mut ByteString) {
        let kept = format!("build/{}.log", encode(group));
        let path = self.bench.dir.join(&kept);
        let copied =
            fs::create_dir_all(self.bench.dir.join("build")).and_then(|()| fs::copy(log.to_path(), path));
        if copied.is_ok() {
            *log = kept.as_str().into();
        }
    }

    /// Adds the next repetition when everything of the last has begun.
    fn fill(&mut self) {
        let (limit, ends_early) = match self.bench.settings.repeat {
            Repeat::Times(times) => (Some(times.get()), false),
            Repeat::UntilFail(limit) => (limit.map(std::num::NonZeroU32::get), true),
        };
        if ends_early && self.failures > 0 && self.cancel.is_none() {
            self.cancel(CancelKind::Drain, "a test did not pass".to_owned());
        }
        let more = limit.is_none_or(|limit| self.rounds < limit);
        if self.cancel.is_some() || !more || !self.queue.is_drained() {
            return;
        }
        for &test in &self.plan.tests {
            let group = self.plan.discovery.tests[test].group;
            let settings = &self.plan.discovery.groups[group].settings;
            let (serial, exclusive) = (settings.serial, settings.exclusive);
            self.queue.push(Job {
                test,
                group,
                round: self.rounds,
                failed: 0,
                serial,
                exclusive,
            });
        }
        self.rounds += 1;
    }

    fn order(&mut self, job: Job) -> Order {
        let test = &self.plan.discovery.tests[job.test];
        let group = &self.plan.discovery.groups[job.group];
        let settings = &self.bench.settings;
        let tally = &mut self.tallies[job.test];
        tally.attempts += 1;
        self.attempts += 1;
        Order {
            job,
            id: test.id.clone(),
            attempt: tally.attempts,
            serial: self.attempts,
            dir: attempt_dir(&group.name, &test.name, tally.attempts),
            argv: group
                .settings
                .wrapper
                .iter()
                .chain(&test.command.argv)
                .cloned()
                .collect(),
            cwd: test.command.cwd.clone(),
            env: test
                .command
                .env
                .iter()
                .chain(&group.settings.env)
                .cloned()
                .collect(),
            timeout: test
                .timeout
                .or(group.settings.timeout)
                .unwrap_or(settings.timeout),
            slow: group.settings.slow.unwrap_or(settings.slow),
            libtest: group.source == SourceKind::Rust,
        }
    }

    fn heard(&mut self, news: News) {
        self.record.now(match news {
            News::Started {
                id,
                attempt,
                dir,
                pid,
                argv,
            } => EventKind::AttemptStarted {
                id,
                attempt,
                dir,
                pid,
                argv,
            },
            News::Slow { id } => EventKind::Slow { id },
        });
    }

    fn ended(&mut self, job: Job, mut finished: AttemptFinished) {
        finished.reason = finished.reason.map(|reason| cut(reason, LONGEST_TEXT));
        self.queue.done(job);
        self.tallies[job.test].duration_us += finished.duration_us;
        let (outcome, reason) = (finished.outcome, finished.reason.clone());
        self.forget_passed(job, &finished);
        self.record.now(EventKind::AttemptFinished(finished));
        let retries = self.plan.discovery.groups[job.group]
            .settings
            .retries
            .unwrap_or(self.bench.settings.retries);
        if outcome.is_bad() && job.failed < retries && self.cancel.is_none() {
            self.queue.push_front(Job {
                failed: job.failed + 1,
                ..job
            });
            return;
        }
        let status = self.tallies[job.test].round(outcome, job.failed, reason);
        if status.is_some_and(Status::is_bad) {
            self.failures += 1;
        }
        if let Repeat::Times(times) = self.bench.settings.repeat
            && self.tallies[job.test].rounds >= times.get()
        {
            self.conclude(job.test);
        }
        self.check_limit();
    }

    /// Repeating without end must not fill the disk: of the attempts that passed the latest is kept.
    fn forget_passed(&mut self, job: Job, finished: &AttemptFinished) {
        if finished.outcome != Outcome::Passed || !matches!(self.bench.settings.repeat, Repeat::UntilFail(_))
        {
            return;
        }
        let test: &Test = &self.plan.discovery.tests[job.test];
        let group = &self.plan.discovery.groups[job.group].name;
        let dir = self
            .bench
            .dir
            .join(attempt_dir(group, &test.name, finished.attempt));
        if let Some(older) = self.passed[job.test].replace(dir) {
            // What cannot be removed stays; retention says so when its turn comes.
            drop(spawn_blocking(move || remove(&older)));
        }
    }

    fn conclude(&mut self, test: usize) {
        let tally = &mut self.tallies[test];
        let (attempts, duration_us) = (tally.attempts, tally.duration_us);
        if let Some((status, reason)) = tally.take_verdict() {
            let id = self.plan.discovery.tests[test].id.clone();
            self.verdict(id, attempts, duration_us, status, reason);
        }
    }

    fn verdict(
        &mut self,
        id: String,
        attempts: u32,
        duration_us: u64,
        status: Status,
        reason: Option<String>,
    ) {
        let reason = reason.map(|reason| cut(reason, LONGEST_TEXT));
        self.summary.add(status);
        self.record.now(EventKind::TestFinished {
            id,
            status,
            attempts,
            reason,
            duration_us,
        });
    }

    fn check_limit(&mut self) {
        if let Some(limit) = self.bench.settings.max_fail
            && self.failures >= limit.get()
            && self.cancel.is_none()
        {
            let tests = if limit.get() == 1 {
                "a test".to_owned()
            } else {
                format!("{limit} tests")
            };
            self.cancel(CancelKind::Drain, format!("{tests} did not pass"));
        }
    }

    fn cancel(&mut self, kind: CancelKind, why: String) {
        if self.cancel >= Some(kind) {
            return;
        }
        self.cancel = Some(kind);
        self.queue.clear();
        self.record.now(EventKind::Cancel { why });
        self.stop.send_replace(Some(kind));
    }

    async fn finish(mut self, keeper: Keeper) -> Result<RunOutcome, RunError> {
        for test in self.plan.tests.clone() {
            self.conclude(test);
        }
        self.end_strays().await;
        keeper.dismiss().await;
        self.bench.processes.reap_orphans();
        let selected = self.plan.tests.len() as u64;
        let judged = self
            .plan
            .tests
            .iter()
            .filter(|&&test| self.tallies[test].rounds > 0)
            .count() as u64;
        let exit_code = self.exit_code();
        let summary = self.summary;
        self.record.now(EventKind::RunFinished { summary, exit_code });
        let state = if self.by_user {
            State::Interrupted
        } else {
            State::Finished
        };
        self.record.writer.finish(state, summary, exit_code)?;
        let settings = &self.bench.settings;
        let (runs, retention) = (Runs::new(&settings.base), settings.retention);
        let retained = spawn_blocking(move || runs.retain(retention, false)).await;
        Ok(RunOutcome {
            summary,
            not_run: selected - judged,
            cancelled: self.by_user,
            exit_code,
            warning: retained.ok().and_then(Result::err).map(|error| error.to_string()),
        })
    }

    /// Ends what outlived its attempt: unseen strays with a notice, what was meant to with patience.
    async fn end_strays(&mut self) {
        let cookie = self.bench.cookie.clone();
        let strays = spawn_blocking(move || {
            let (strays, _) = end_all(
                &Whose::Attempts {
                    cookie: cookie.clone(),
                },
                LAST_GRACE,
            );
            let shared = Whose::Run { cookie };
            ask_to_end(&shared, LAST_GRACE);
            end_all(&shared, LAST_GRACE);
            strays
        });
        let strays = strays.await.unwrap_or_default();
        if !strays.is_empty() {
            let names: Vec<String> = strays
                .iter()
                .map(|left| format!("`{}` (pid {})", left.cmd, left.pid))
                .collect();
            let text = cut(
                format!("ended what had outlived its test: {}", names.join(", ")),
                LONGEST_TEXT,
            );
            self.record.now(EventKind::Notice {
                level: Level::Warn,
                text,
            });
        }
    }

    /// pytest's exit status.
    fn exit_code(&self) -> u8 {
        let flaky = self.bench.settings.flaky == FlakyPolicy::Fail && self.summary.flaky > 0;
        if self.by_user {
            2
        } else if self.summary.bad() > 0 || flaky {
            1
        } else if self.summary.total == 0 {
            5
        } else {
            0
        }
    }
}
