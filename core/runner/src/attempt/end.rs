//! How an attempt is ended, and all that it left behind.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use super::limits::{Due, Limits};
use super::{Attempt, News, wanted};
use crate::mounts::{self, LeftMount};
use crate::process::{Process, Whose, end_all, find, stat};
use crate::run::CancelKind;
use crate::status::Leaked;
use crate::verdict::EndedBy;
use crate::words::cut;

/// How long a process may take to go after KILL before it counts as stuck inside the kernel.
pub(super) const AFTER_KILL: Duration = Duration::from_secs(5);
/// So much of a command's line says which it is, in a line that names several. In bytes.
const LONGEST_COMMAND: usize = 80;

impl Attempt {
    /// Asks the group to end, and gives it the time of grace, unless the user has none left.
    pub(super) async fn terminate(&self, process: &Process, stop: &mut watch::Receiver<Option<CancelKind>>) {
        process.signal(Signal::TERM);
        let ended = async {
            // That it cannot be waited for is told where its end is judged.
            let _ = process.exited().await;
        };
        self.with_grace(ended, stop).await;
    }

    /// Waits for an end that was asked for, for the time of grace, unless the user has none left.
    pub(super) async fn with_grace(
        &self,
        ended: impl Future<Output = ()>,
        stop: &mut watch::Receiver<Option<CancelKind>>,
    ) {
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
            () = ended => {}
            () = impatient => {}
            () = sleep(self.bench.settings.grace) => {}
        }
    }

    /// Kills the group; whether the process is gone.
    pub(super) async fn kill(&self, process: &Process) -> bool {
        process.signal(Signal::KILL);
        timeout(AFTER_KILL, process.exited()).await.is_ok()
    }

    pub(super) async fn end_leftovers(&self, session: u32, by: EndedBy) -> Vec<Leaked> {
        if self.order.outlives {
            return Vec::new();
        }
        self.end_all(self.leftovers(session), by).await
    }

    /// Whatever is left of the attempt whose process, a zombie by now, made this session.
    pub(super) fn leftovers(&self, session: u32) -> Whose {
        Whose::Attempt {
            cookie: self.cookie.clone(),
            session,
            // A zombie still has its start time.
            since: stat(session).map_or(0, |stat| stat.starttime),
        }
    }

    /// Holds an attempt that is over and did not end well, if that is wanted: what it started and mounted stays as long
    /// as it is held. A test with our fixtures has held itself before that, unless it was its end that went wrong, or
    /// nobody was left to hold anything; one that knows nothing of it cannot hold itself.
    pub(super) async fn keep_what_is_left(
        &self,
        whose: Whose,
        exit: Option<ExitStatus>,
        limits: &mut Limits,
        news: &mpsc::UnboundedSender<News>,
        stop: &mut watch::Receiver<Option<CancelKind>>,
    ) {
        if !limits.may_hold() {
            return;
        }
        let Some(reason) = self.reason_to_look(whose, exit).await else {
            return;
        };
        if !limits.hold_now() {
            return;
        }
        self.tell(Due::Held(reason), news);
        tokio::select! {
            biased;
            _ = wanted(stop) => {}
            // Nothing else is due of one that is held.
            _ = limits.due() => {}
        }
        self.tell(Due::Released, news);
    }

    /// Why somebody would look at it now, in one line: the verdict, and what lives on. `None` where there is nothing to
    /// be seen that is not there later: of a test with our fixtures that is over, no more than of one that passed.
    async fn reason_to_look(&self, whose: Whose, exit: Option<ExitStatus>) -> Option<String> {
        let (outcome, reason) = self.verdict(EndedBy::Itself, exit, &[], &[]);
        let patience = match outcome.is_bad() {
            true => Duration::ZERO,
            false => self.bench.settings.leak_grace,
        };
        let left = match self.order.outlives {
            true => Vec::new(),
            false => left_after(patience, &whose).await,
        };
        let mounts = match whose {
            Whose::Attempt { .. } => {
                let dir = self.dir();
                let below = spawn_blocking(move || mounts::below(&dir)).await;
                below.unwrap_or_default()
            }
            // What is mounted there may be a wider fixture's.
            _ => Vec::new(),
        };
        let lives: Vec<String> = left
            .iter()
            .map(|process| {
                format!(
                    "`{}` (pid {})",
                    cut(process.cmd.to_string(), LONGEST_COMMAND),
                    process.pid
                )
            })
            .chain(mounts.iter().map(|at| format!("a mount at {}", at.display())))
            .collect();
        let knows_of_holding = self.dir().join("steps.jsonl").exists();
        let reason = reason.unwrap_or_default();
        let first = reason.lines().next().unwrap_or_default();
        match (outcome.is_bad(), lives.as_slice()) {
            (false, []) => None,
            (false, some) => Some(format!("it has ended and left {}", some.join(", "))),
            (true, []) => (!knows_of_holding).then(|| format!("{first}; its program has ended")),
            (true, some) => Some(format!(
                "{first}; its program has ended and left {}",
                some.join(", ")
            )),
        }
    }

    /// Ends what the test left behind, and names it. A test that ended by itself leaves its heirs a moment to go.
    pub(super) async fn end_all(&self, whose: Whose, by: EndedBy) -> Vec<Leaked> {
        let patience = if by == EndedBy::Itself {
            self.bench.settings.leak_grace
        } else {
            Duration::ZERO
        };
        if left_after(patience, &whose).await.is_empty() {
            return Vec::new();
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
    pub(super) async fn end_mounts(&self, dir: PathBuf) -> Vec<LeftMount> {
        spawn_blocking(move || mounts::clear(&dir))
            .await
            .unwrap_or_default()
    }
}

/// What is still there when it had a moment to go.
async fn left_after(patience: Duration, whose: &Whose) -> Vec<Leaked> {
    const PACE: Duration = Duration::from_millis(5);
    let since = Instant::now();
    loop {
        let whose = whose.clone();
        // An empty answer of a task that was cancelled: the runner is going away, the keeper takes over.
        let left = spawn_blocking(move || find(&whose)).await.unwrap_or_default();
        if left.is_empty() || since.elapsed() >= patience {
            return left;
        }
        sleep(PACE).await;
    }
}
