//! An attempt in a worker: the same life in another's process.

use std::collections::HashSet;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::limits::{Due, Limits};
use super::{AFTER_KILL, Attempt, News, prepare, wanted};
use crate::discover::Node;
use crate::event::AttemptFinished;
use crate::mounts::{self, LeftMount};
use crate::process::{Whose, end_all, find};
use crate::record::Facts;
use crate::run::CancelKind;
use crate::status::{Leaked, Outcome};
use crate::verdict::{EndedBy, Evidence, judge};
use crate::words::last_words;
use crate::worker::{Answer, Source, Worker};

/// A worker imports whatever its tests import; what takes longer than this hangs.
const START_LIMIT: Duration = Duration::from_secs(300);
/// Why it does not go on.
const DEBUGGED: &str = "in Python's debugger";
/// The wait status of a test that said no.
const SAID_NO: i32 = 1 << 8;

type Told = mpsc::UnboundedSender<News>;
pub(super) type Stop = watch::Receiver<Option<CancelKind>>;

/// How it went with the worker.
enum End {
    /// The test is over, and the worker is there still.
    Done(Done),
    /// The worker does not know the test.
    Unknown(String),
    /// The worker is gone, or has to go.
    Lost(EndedBy),
}

/// What a worker says when it is done with a test: see [`Answer::Done`].
pub(super) struct Done {
    pub(super) ok: bool,
    pub(super) wide: bool,
    pub(super) keep: Vec<u32>,
    pub(super) goes_on: bool,
    pub(super) later: Vec<u32>,
}

impl Attempt {
    /// Has a worker run the test.
    pub(super) async fn shared(
        &self,
        node: &Node,
        source: &Source,
        news: &Told,
        mut stop: Stop,
    ) -> AttemptFinished {
        if let Err(reason) = prepare(&self.dir()) {
            return self.finished(Outcome::Error, Some(reason));
        }
        let mut worker = match self.worker(source, news, &mut stop).await {
            Ok(Some(worker)) => worker,
            Ok(None) => return self.finished(Outcome::Cancelled, None),
            Err(reason) => return self.finished(Outcome::Error, Some(reason)),
        };
        let mut limits = self.limits();
        self.say_started(worker.process.pid(), news);
        let end = match worker.order(&self.told(node)).await {
            Ok(()) => self.hear(&mut worker, news, &mut stop, &mut limits).await,
            Err(_) => End::Lost(EndedBy::Itself),
        };
        // Its end may be heard of before its step is.
        if limits.is_held() {
            self.tell(Due::Released, news);
        }
        let finished = match end {
            End::Done(done) if !done.later.is_empty() => {
                self.later(done, worker, source, news, &mut stop, &mut limits)
                    .await
            }
            end => {
                self.keep_before(&end, &worker, &mut limits, news, &mut stop)
                    .await;
                let duration_us = limits.ran().as_micros() as u64;
                let finished = self.end(end, worker, source).await;
                AttemptFinished {
                    duration_us,
                    ..finished
                }
            }
        };
        self.bench.processes.reap_orphans();
        finished
    }

    /// An idle worker, or a new one that is ready. `None` where the run is over before that.
    async fn worker(&self, source: &Source, news: &Told, stop: &mut Stop) -> Result<Option<Worker>, String> {
        if let Some(worker) = self.bench.workers.take(source) {
            return Ok(Some(worker));
        }
        let mut worker = Worker::start(&self.bench, source)?;
        let ready = tokio::select! {
            biased;
            _ = wanted(stop) => return Ok(None),
            answer = timeout(START_LIMIT, worker.answer()) => answer,
        };
        match ready {
            Ok(Some(Answer::Ready { new })) => {
                if !new.is_empty() {
                    source.forget();
                    let group = self.order.job.group;
                    let _ = news.send(News::Unknown { group, tests: new });
                }
                Ok(Some(worker))
            }
            Ok(_) => Err(format!("the tests cannot be loaded: {}", worker.last_words())),
            Err(_) => Err(format!(
                "the tests were not loaded within {} s: {}",
                START_LIMIT.as_secs(),
                worker.last_words()
            )),
        }
    }

    fn told(&self, node: &Node) -> Value {
        let env = self.env().into_iter().map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                json!(value.to_string_lossy()),
            )
        });
        json!({
            "run": node.id,
            "nth": node.nth,
            "dir": self.dir().to_string_lossy(),
            "env": Map::from_iter(env),
            // Where nothing may begin after a failure, its end is waited for.
            "overlap": self.bench.settings.may_overlap(),
        })
    }

    /// Listens until the test is over, one way or another.
    async fn hear(&self, worker: &mut Worker, news: &Told, stop: &mut Stop, limits: &mut Limits) -> End {
        loop {
            tokio::select! {
                biased;
                answer = worker.answer() => match answer {
                    Some(Answer::Done { ok, wide, keep, goes_on, later }) => {
                        return End::Done(Done { ok, wide, keep, goes_on, later });
                    }
                    Some(Answer::Unknown { why }) => return End::Unknown(why),
                    Some(Answer::Next) => {
                        let next = self.next(news).await.map(|node| json!([node.id, node.nth]));
                        if worker.order(&json!({ "next": next })).await.is_err() {
                            return End::Lost(EndedBy::Itself);
                        }
                    }
                    Some(Answer::Debugging) => {
                        self.tell(Due::Held(DEBUGGED.to_owned()), news);
                        limits.suspend();
                    }
                    Some(Answer::Resumed) => {
                        self.tell(Due::Released, news);
                        limits.resume();
                    }
                    Some(_) => {}
                    None => return End::Lost(EndedBy::Itself),
                },
                kind = wanted(stop) => {
                    if kind == CancelKind::Stop {
                        self.terminate(&worker.process, stop).await;
                    }
                    return End::Lost(EndedBy::Cancel);
                }
                due = limits.due() => {
                    if self.tell(due, news) {
                        self.terminate(&worker.process, stop).await;
                        return End::Lost(EndedBy::Deadline(self.order.timeout));
                    }
                }
            }
        }
    }

    /// The test that comes next in the group.
    async fn next(&self, news: &Told) -> Option<Node> {
        let (answer, heard) = oneshot::channel();
        let group = self.order.job.group;
        let _ = news.send(News::Next { group, answer });
        // Nobody answers only when the whole run is being dropped.
        heard.await.ok().flatten()
    }

    /// Holds what ended badly without having been held by its worker: what it left running, or a worker that it took with
    /// it.
    async fn keep_before(
        &self,
        end: &End,
        worker: &Worker,
        limits: &mut Limits,
        news: &Told,
        stop: &mut Stop,
    ) {
        let (whose, exit) = match end {
            End::Done(done) => {
                let its = self.of_worker(worker, true, !done.wide, &done.keep);
                (its, Some(exit_of(done.ok)))
            }
            End::Lost(EndedBy::Itself) => {
                // It said no more; a moment later it has ended, unless something else is wrong with it.
                let _ = timeout(AFTER_KILL, worker.process.exited()).await;
                (
                    self.leftovers(worker.process.pid()),
                    worker.process.ended_with().ok(),
                )
            }
            End::Unknown(_) | End::Lost(_) => return,
        };
        self.keep_what_is_left(whose, exit, limits, news, stop).await;
    }

    async fn end(&self, end: End, mut worker: Worker, source: &Source) -> AttemptFinished {
        match end {
            End::Done(done) => {
                let leaked = self.end_shared(&mut worker, done.wide, &done.keep).await;
                let exit = Some(exit_of(done.ok));
                let (outcome, reason) = judge(self.evidence(EndedBy::Itself, exit, &leaked, &[]));
                if done.goes_on {
                    self.bench.workers.put(source, worker);
                }
                AttemptFinished {
                    leaked,
                    ..self.finished(outcome, reason)
                }
            }
            End::Unknown(why) => {
                source.forget();
                self.bench.workers.put(source, worker);
                let mut reason = "there is no such test any more; it changed since it was listed".to_owned();
                if !why.is_empty() {
                    reason = format!("{reason}\n{why}");
                }
                self.finished(Outcome::Error, Some(reason))
            }
            End::Lost(by) => self.lost(worker, by).await,
        }
    }

    /// What the test left running in a worker that lives on.
    async fn end_shared(&self, worker: &mut Worker, wide: bool, keep: &[u32]) -> Vec<Leaked> {
        self.end_in(worker, wide, keep, true).await
    }

    /// The same where what the test started is ending, and will be looked for then.
    pub(super) async fn end_forks(&self, worker: &mut Worker, wide: bool, keep: &[u32]) -> Vec<Leaked> {
        self.end_in(worker, wide, keep, false).await
    }

    async fn end_in(&self, worker: &mut Worker, wide: bool, keep: &[u32], own: bool) -> Vec<Leaked> {
        let its = self.of_worker(worker, own, !wide, keep);
        let leaked = self.end_all(its, EndedBy::Itself).await;
        let mut known = own_of(worker, keep);
        if wide {
            let its = self.of_worker(worker, own, true, keep);
            let found = spawn_blocking(move || find(&its)).await.unwrap_or_default();
            known.extend(found.iter().map(|process| process.pid));
        }
        worker.own = known;
        leaked
    }

    /// What runs of the test in a worker: what it started, if that is meant, and forks of the worker that are no wider
    /// fixture's.
    fn of_worker(&self, worker: &Worker, own: bool, forks: bool, keep: &[u32]) -> Whose {
        Whose::Shared {
            cookie: self.cookie.clone(),
            worker: worker.cookie.clone(),
            session: worker.process.pid(),
            own,
            forks,
            but: own_of(worker, keep),
        }
    }

    /// The worker is gone with the test, or it has to go.
    async fn lost(&self, mut worker: Worker, by: EndedBy) -> AttemptFinished {
        let gone = self.kill(&worker.process).await;
        // It costs one test, and not those before it whose ends are going on.
        worker.endings.over().await;
        let by_force = EndedBy::Deadline(Duration::ZERO);
        let leaked = self.end_leftovers(worker.process.pid(), by_force).await;
        let exactly = Whose::Exactly {
            cookie: worker.cookie.clone(),
        };
        // What its wider fixtures had started ends with it.
        let _ = spawn_blocking(move || end_all(&exactly, AFTER_KILL)).await;
        let exit = if gone { worker.process.reap().ok() } else { None };
        if !gone {
            worker.process.abandon();
        }
        let dir = self.dir();
        let mounts = spawn_blocking(move || mounts::clear(&dir))
            .await
            .unwrap_or_default();
        let (outcome, reason) = match exit.filter(|exit| by == EndedBy::Itself && exit.success()) {
            Some(_) => {
                let why = "the test ended its process (exit status 0), and with it gave no result";
                (Outcome::Failed, Some(why.to_owned()))
            }
            None => judge(self.evidence(by, exit, &leaked, &mounts)),
        };
        let status = exit.map(|exit| (exit.code(), exit.signal()));
        let (exit, signal) = status.unwrap_or_default();
        AttemptFinished {
            exit,
            signal,
            leaked,
            ..self.finished(outcome, reason)
        }
    }

    pub(super) fn evidence<'a>(
        &self,
        by: EndedBy,
        exit: Option<ExitStatus>,
        leaked: &'a [Leaked],
        mounts: &'a [LeftMount],
    ) -> Evidence<'a> {
        let dir = self.dir();
        let mut facts = Facts::read(&dir.join("steps.jsonl"));
        self.bench.caps.add(std::mem::take(&mut facts.caps));
        Evidence {
            by,
            exit,
            leaked,
            mounts,
            facts,
            last_words: last_words(&dir.join("stderr.log")),
            greeting: None,
        }
    }
}

/// The processes that are known to be the worker's own.
fn own_of(worker: &Worker, keep: &[u32]) -> Vec<u32> {
    let known: HashSet<u32> = worker.own.iter().chain(keep).copied().collect();
    known.into_iter().collect()
}

/// As if the test had been a process of its own.
pub(super) fn exit_of(ok: bool) -> ExitStatus {
    ExitStatus::from_raw(if ok { 0 } else { SAID_NO })
}
