//! The task that owns a run: it starts attempts, hears what becomes of them, and puts every event in order, first
//! into the record, then to whoever listens.

mod finish;
mod room;
mod rules;
mod stop;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::attempt::{self, Bench, News, Order};
use crate::discover::Settled;
use crate::error::RunError;
use crate::event::{AttemptFinished, Event, EventKind, SourceKind};
use crate::filter::Plan;
use crate::journal::Journal;
use crate::keeper::Keeper;
use crate::record::{Writer, attempt_dir};
use crate::run::{CancelKind, Request, RunOutcome};
use crate::schedule::{Job, Queue};
use crate::settings::Repeat;
use crate::status::{Status, Summary};
use crate::tally::Tally;
use crate::worker::{self, Source};
use stop::Stops;

/// Wishes to end the run, or a test of it, early.
pub(crate) type Requests = mpsc::UnboundedReceiver<Request>;

pub(crate) struct Dispatcher {
    bench: Arc<Bench>,
    plan: Plan,
    /// The plan's tests, in the order in which they start.
    order: Vec<usize>,
    queue: Queue,
    tallies: Vec<Tally>,
    /// Of each test the last attempt that passed; earlier ones are dispensable.
    passed: Vec<Option<u32>>,
    journal: Journal,
    began: Instant,
    summary: Summary,
    rounds: u32,
    attempts: u64,
    failures: usize,
    cancel: Option<CancelKind>,
    by_user: bool,
    /// The run's deadline has passed.
    overdue: bool,
    /// Tests that were skipped where that is not allowed.
    denied: usize,
    /// Tests whose verdict was known before anything ran.
    settled: HashSet<usize>,
    /// Tests that are ended early, while the run goes on.
    stopped: HashSet<usize>,
    stops: Stops,
    /// By group, what runs its tests.
    workers: HashMap<usize, Arc<Source>>,
    /// What is being compressed and removed of attempts that have ended.
    tidying: JoinSet<()>,
    /// Whether it was said that the disk is nearly full.
    low: bool,
    /// What the cores of the attempts so far take, in bytes.
    cores: u64,
    /// Whether it was said that some are not kept.
    cores_are_full: bool,
}

impl Dispatcher {
    pub(crate) fn new(
        bench: Arc<Bench>,
        plan: Plan,
        writer: Writer,
        out: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let tests = plan.discovery.tests.len();
        let order = in_order(&plan, &bench.settings.first);
        Self {
            workers: worker::sources(&plan),
            queue: Queue::new(bench.settings.jobs.get()).with_rules(rules::of(&plan)),
            bench,
            plan,
            order,
            tallies: vec![Tally::default(); tests],
            passed: vec![None; tests],
            journal: Journal::new(writer, out),
            began: Instant::now(),
            summary: Summary::default(),
            rounds: 0,
            attempts: 0,
            failures: 0,
            cancel: None,
            by_user: false,
            overdue: false,
            denied: 0,
            settled: HashSet::new(),
            stopped: HashSet::new(),
            stops: Stops::default(),
            tidying: JoinSet::new(),
            low: false,
            cores: 0,
            cores_are_full: false,
        }
    }

    /// Runs everything, to the last event.
    pub(crate) async fn run(
        mut self,
        mut requests: Requests,
        keeper: Keeper,
    ) -> Result<RunOutcome, RunError> {
        self.journal
            .announce(&mut self.plan, self.bench.settings.change.as_ref());
        self.judge_broken();
        self.judge_settled();
        let (news_in, mut news) = mpsc::unbounded_channel();
        let mut running: JoinSet<(Job, AttemptFinished)> = JoinSet::new();
        let mut listening = true;
        let deadline = after(self.bench.settings.deadline);
        tokio::pin!(deadline);
        loop {
            self.fill();
            while let Some(job) = self.queue.next() {
                if let Some(why) = self.hindered(job) {
                    self.not_run(job, why);
                    continue;
                }
                let order = self.order(job);
                let stop = self.stops.listen(job, self.cancel);
                running.spawn(attempt::run(self.bench.clone(), order, news_in.clone(), stop));
            }
            if running.is_empty() {
                break;
            }
            tokio::select! {
                // What an attempt said is heard before its end.
                biased;
                Some(said) = news.recv() => self.heard(said),
                request = requests.recv(), if listening => match request {
                    Some(Request::Run(kind, why)) => {
                        self.by_user = true;
                        self.cancel(kind, why);
                    }
                    Some(Request::Test(id, why)) => self.cancel_test(id, why),
                    None => listening = false,
                },
                () = &mut deadline, if !self.overdue => self.run_out_of_time(),
                Some(ended) = running.join_next() => match ended {
                    Ok((job, finished)) => self.ended(job, finished),
                    Err(error) => return Err(RunError::Broken { why: error.to_string() }),
                },
            }
        }
        Ok(self.finish(keeper).await)
    }

    /// Groups that could not be built have their verdict before anything is run.
    fn judge_broken(&mut self) {
        for at in std::mem::take(&mut self.plan.broken) {
            let group = &self.plan.discovery.groups[at];
            let (id, reason) = (group.name.clone(), group.error.clone());
            self.verdict(id, 0, 0, Status::Failed, reason);
            self.failures += 1;
        }
        self.check_limit();
    }

    /// So have tests whose verdict is known without running them.
    fn judge_settled(&mut self) {
        for at in self.order.clone() {
            let test = &self.plan.discovery.tests[at];
            let Some(settled) = test.settled.clone() else {
                continue;
            };
            let id = test.id.clone();
            self.settled.insert(at);
            match settled {
                Settled::Skipped(reason) => self.verdict(id, 0, 0, Status::Skipped, Some(reason)),
                Settled::Failed(reason) => {
                    self.verdict(id, 0, 0, Status::Failed, Some(reason));
                    self.failures += 1;
                }
            }
        }
        let settled = &self.settled;
        self.order.retain(|test| !settled.contains(test));
        self.check_limit();
    }

    /// Adds the next repetition when everything of the last has begun.
    fn fill(&mut self) {
        let (limit, ends_early) = match self.bench.settings.repeat {
            Repeat::Times(times) => (Some(times.get()), false),
            Repeat::UntilFail(limit) => (limit.map(NonZeroU32::get), true),
            // The first round is run in any case.
            Repeat::For(time) if self.rounds > 0 && self.began.elapsed() >= time => (Some(0), false),
            Repeat::For(_) => (None, false),
        };
        if ends_early && self.failures > 0 && self.cancel.is_none() {
            self.cancel(CancelKind::Drain, "a test did not pass".to_owned());
        }
        let more = limit.is_none_or(|limit| self.rounds < limit);
        if self.cancel.is_some() || !more || !self.queue.is_drained() {
            return;
        }
        let stopped = &self.stopped;
        for &test in self.order.iter().filter(|test| !stopped.contains(test)) {
            let group = self.plan.discovery.tests[test].group;
            let settings = &self.plan.discovery.groups[group].settings;
            let rules = &self.plan.discovery.tests[test].rules;
            let (serial, exclusive) = (settings.serial, settings.exclusive || rules.exclusive);
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
            timeout: settings.deadlines.of(test
                .timeout
                .or(group.settings.timeout)
                .unwrap_or(settings.timeout)),
            slow: group.settings.slow.unwrap_or(settings.slow),
            libtest: group.source == SourceKind::Rust,
            outlives: test.rules.outlives,
            judge: test.judge.clone(),
            shared: test.node.clone().zip(self.workers.get(&job.group).cloned()),
        }
    }

    fn heard(&mut self, news: News) {
        let kind = match news {
            News::Next { group, answer } => {
                let next = self.queue.next_of(group);
                let node = next.and_then(|job| self.plan.discovery.tests[job.test].node.clone());
                // An attempt that ended meanwhile asks no more.
                let _ = answer.send(node);
                return;
            }
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
            News::Held { id, attempt, reason } => EventKind::AttemptHeld { id, attempt, reason },
            News::Released { id, attempt } => EventKind::AttemptReleased { id, attempt },
        };
        self.journal.now(kind);
    }

    fn ended(&mut self, job: Job, finished: AttemptFinished) {
        self.queue.done(job);
        self.stops.forget(job);
        self.tallies[job.test].duration_us += finished.duration_us;
        let (outcome, reason) = (finished.outcome, finished.reason.clone());
        self.tidy(job, &finished);
        self.journal.now(EventKind::AttemptFinished(finished));
        let retries = self.plan.discovery.groups[job.group]
            .settings
            .retries
            .unwrap_or(self.bench.settings.retries);
        let goes_on = self.cancel.is_none() && !self.stopped.contains(&job.test);
        if outcome.is_bad() && job.failed < retries && goes_on {
            self.queue.push_front(Job {
                failed: job.failed + 1,
                ..job
            });
            return;
        }
        let status = self.tallies[job.test].round(outcome, job.failed, reason);
        self.judged(job, status);
    }

    /// A repetition has its verdict.
    fn judged(&mut self, job: Job, status: Option<Status>) {
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
        self.summary.add(status);
        let deny = self.bench.settings.deny_skips.as_ref();
        if status == Status::Skipped && deny.is_some_and(|deny| deny.denies(reason.as_deref().unwrap_or("")))
        {
            self.denied += 1;
        }
        self.journal.now(EventKind::TestFinished {
            id,
            status,
            attempts,
            reason,
            duration_us,
        });
    }

    fn run_out_of_time(&mut self) {
        self.overdue = true;
        let limit = self.bench.settings.deadline.unwrap_or_default();
        self.cancel(CancelKind::Stop, format!("the run took longer than {limit:?}"));
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
}

/// Ends after `time`, or never.
async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// The tests of a plan as they start: those of the first set, of the second, and so on, and then all others.
fn in_order(plan: &Plan, first: &[BTreeSet<String>]) -> Vec<usize> {
    let mut tests = plan.tests.clone();
    let rank = |&at: &usize| {
        let test = &plan.discovery.tests[at];
        let group = &plan.discovery.groups[test.group].name;
        let has = |set: &BTreeSet<String>| set.contains(&test.id) || set.contains(group);
        first.iter().position(has).unwrap_or(first.len())
    };
    tests.sort_by_cached_key(rank);
    tests
}
