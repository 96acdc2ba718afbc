//! The task that owns a run: it starts attempts, hears what becomes of them, and puts every event in order, first
//! into the record, then to whoever listens.

mod finish;
mod judging;
mod orders;
mod room;
mod rules;
mod stop;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::attempt::{self, Bench, News};
use crate::error::RunError;
use crate::event::{AttemptFinished, Event, EventKind, Level};
use crate::filter::Plan;
use crate::halt::RunClock;
use crate::journal::Journal;
use crate::keeper::Keeper;
use crate::record::Writer;
use crate::run::{CancelKind, Request, RunOutcome};
use crate::schedule::{Job, Queue};
use crate::status::Summary;
use crate::tally::Tally;
use crate::worker::{self, Source};
use orders::in_order;
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
    /// Groups of which it was said that they have tests that nobody knew.
    incomplete: HashSet<usize>,
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
            began: bench.clock.now(),
            bench,
            plan,
            order,
            tallies: vec![Tally::default(); tests],
            passed: vec![None; tests],
            journal: Journal::new(writer, out),
            summary: Summary::default(),
            rounds: 0,
            attempts: 0,
            failures: 0,
            cancel: None,
            by_user: false,
            overdue: false,
            denied: 0,
            incomplete: HashSet::new(),
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
        let clock = self.bench.clock.clone();
        let deadline = after(&clock, self.bench.settings.deadline);
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
                    Some(Request::Halted(time)) => self.stood_still(time),
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

    fn heard(&mut self, news: News) {
        let kind = match news {
            News::Next { group, answer } => {
                let next = self.queue.next_of(group);
                let node = next.and_then(|job| self.plan.discovery.tests[job.test].node.clone());
                // An attempt that ended meanwhile asks no more.
                let _ = answer.send(node);
                return;
            }
            News::Unknown { group, tests } => {
                self.not_known(group, &tests);
                return;
            }
            News::Ending { job } => {
                self.queue.ending(job);
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

    /// Tests that are there, and not in the plan: the run is not whole.
    fn not_known(&mut self, group: usize, tests: &[String]) {
        if self.incomplete.insert(group) {
            let name = &self.plan.discovery.groups[group].name;
            let tests = tests.join(", ");
            let text = format!(
                "{name} has tests that no file told of since it was searched, and that are not run: {tests}; run again"
            );
            let level = Level::Error;
            self.journal.now(EventKind::Notice { level, text });
        }
    }

    /// Whoever reads a log finds a gap in it.
    fn stood_still(&mut self, time: Duration) {
        let text = format!("the run was suspended for {time:.1?}: no duration or deadline counts that");
        let level = Level::Warn;
        self.journal.now(EventKind::Notice { level, text });
    }

    fn run_out_of_time(&mut self) {
        self.overdue = true;
        let limit = self.bench.settings.deadline.unwrap_or_default();
        self.cancel(CancelKind::Stop, format!("the run took longer than {limit:?}"));
    }
}

/// Ends after `time`, or never.
async fn after(clock: &RunClock, time: Option<Duration>) {
    match time {
        Some(time) => clock.until(clock.now() + time).await,
        None => std::future::pending().await,
    }
}
