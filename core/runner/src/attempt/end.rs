//! How an attempt is ended, and all that it left behind.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use super::Attempt;
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
