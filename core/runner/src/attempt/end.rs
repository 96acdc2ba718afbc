//! How an attempt is ended, and all that it left behind.

use std::path::PathBuf;
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

/// How long a process may take to go after KILL before it counts as stuck inside the kernel.
pub(super) const AFTER_KILL: Duration = Duration::from_secs(5);

impl Attempt {
    /// Asks the group to end, and gives it the time of grace, unless the user has none left.
    pub(super) async fn terminate(&self, process: &Process, stop: &mut watch::Receiver<Option<CancelKind>>) {
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
    fn leftovers(&self, session: u32) -> Whose {
        Whose::Attempt {
            cookie: self.cookie.clone(),
            session,
            // A zombie still has its start time.
            since: stat(session).map_or(0, |stat| stat.starttime),
        }
    }

    /// Holds an attempt whose process has ended badly, if that is wanted: what it started and mounted stays as long as
    /// it is held. A test with our fixtures has held itself before that; one that knows nothing of it cannot.
    pub(super) async fn keep_what_is_left(
        &self,
        process: &Process,
        limits: &mut Limits,
        news: &mpsc::UnboundedSender<News>,
        stop: &mut watch::Receiver<Option<CancelKind>>,
    ) {
        if !limits.may_hold() {
            return;
        }
        let (outcome, reason) = self.verdict(EndedBy::Itself, process.ended_with().ok(), &[], &[]);
        let left = self.leftovers(process.pid());
        let left = spawn_blocking(move || find(&left)).await.unwrap_or_default();
        let knows_of_holding = self.dir().join("steps.jsonl").exists();
        if !outcome.is_bad() || (knows_of_holding && left.is_empty()) || !limits.hold_now() {
            return;
        }
        self.tell(Due::Held(reason_to_look(reason, &left)), news);
        tokio::select! {
            biased;
            _ = wanted(stop) => {}
            // Nothing else is due of one that is held.
            _ = limits.due() => {}
        }
        self.tell(Due::Released, news);
    }

    /// Ends what the test left behind, and names it. A test that ended by itself leaves its heirs a moment to go.
    pub(super) async fn end_all(&self, whose: Whose, by: EndedBy) -> Vec<Leaked> {
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
    pub(super) async fn end_mounts(&self, dir: PathBuf) -> Vec<LeftMount> {
        spawn_blocking(move || mounts::clear(&dir))
            .await
            .unwrap_or_default()
    }
}

/// Why an attempt is held whose process has ended, in one line: the verdict and what lives on.
fn reason_to_look(reason: Option<String>, left: &[Leaked]) -> String {
    let reason = reason.unwrap_or_default();
    let first = reason.lines().next().unwrap_or_default();
    let lives: Vec<String> = left
        .iter()
        .map(|process| format!("`{}` (pid {})", process.cmd, process.pid))
        .collect();
    match lives.as_slice() {
        [] => format!("{first}; its program has ended"),
        some => format!("{first}; its program has ended and left {}", some.join(", ")),
    }
}
