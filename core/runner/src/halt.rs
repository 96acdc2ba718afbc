//! Runs that stand still, as while the shell that the runner was started from has the terminal: their processes are
//! stopped, and so is the clock of their deadlines.
//!
//! A test can have deadlines of its own. It is told for how long it stood still by a file in the run's directory, which
//! [`VARIABLE`] names.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::process::{Stopped, Whose};
use crate::run::Request;

/// Tells a test where it is written for how long the run stood still so far, in microseconds.
pub(crate) const VARIABLE: &str = "GKFS_BENCH_HALTED";

/// The file of a run in which that is written.
pub(crate) fn file(run: &Path) -> PathBuf {
    run.join("halted")
}

/// A clock that stands still while the runs of this process do.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunClock(Arc<watch::Sender<Halt>>);

/// For how long the runs stood still.
#[derive(Debug, Clone, Copy, Default)]
struct Halt {
    /// Since when they do now.
    since: Option<Instant>,
    /// For how long they did before.
    total: Duration,
}

impl RunClock {
    /// What it shows.
    pub(crate) fn now(&self) -> Instant {
        let halt = *self.0.borrow();
        let now = halt.since.unwrap_or_else(Instant::now);
        now.checked_sub(halt.total).unwrap_or(now)
    }

    /// Waits until it shows this. It may be dropped and asked again.
    pub(crate) async fn until(&self, at: Instant) {
        let mut changes = self.0.subscribe();
        loop {
            let halt = *changes.borrow_and_update();
            if halt.since.is_none() && self.now() >= at {
                return;
            }
            tokio::select! {
                () = sleep_until(at + halt.total), if halt.since.is_none() => {}
                // It is there as long as this is.
                _ = changes.changed() => {}
            }
        }
    }

    fn stop(&self) {
        self.0
            .send_modify(|halt| halt.since = halt.since.or(Some(Instant::now())));
    }

    /// Goes on. Returns for how long it stood still now, and altogether.
    fn go_on(&self) -> (Duration, Duration) {
        let mut told = (Duration::ZERO, Duration::ZERO);
        self.0.send_modify(|halt| {
            let now = halt.since.take().map_or(Duration::ZERO, |since| since.elapsed());
            halt.total += now;
            told = (now, halt.total);
        });
        told
    }
}

/// A run that goes on.
#[derive(Debug)]
struct Going {
    cookie: String,
    dir: PathBuf,
    requests: mpsc::UnboundedSender<Request>,
}

/// The runs of this process that go on, and their clock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    pub(crate) clock: RunClock,
    going: Arc<Mutex<Vec<Going>>>,
}

impl Runs {
    /// A run has begun.
    pub(crate) fn begun(&self, cookie: &str, dir: &Path, requests: mpsc::UnboundedSender<Request>) {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        going.retain(|run| !run.requests.is_closed());
        going.push(Going {
            cookie: cookie.to_owned(),
            dir: dir.to_owned(),
            requests,
        });
    }

    /// Lets all that goes on stand still.
    pub(crate) fn halt(&self) -> Halted {
        // First the clock: nothing may be due because of what follows.
        self.clock.stop();
        let going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        let going = going.iter().filter(|run| !run.requests.is_closed());
        let whose = going.map(|run| Whose::Run {
            cookie: run.cookie.clone(),
        });
        Halted {
            stopped: whose.map(Stopped::stop).collect(),
            runs: self.clone(),
        }
    }
}

/// Runs that stand still. Dropped, they go on.
#[derive(Debug)]
#[must_use = "they go on as soon as this is dropped"]
pub struct Halted {
    stopped: Vec<Stopped>,
    runs: Runs,
}

impl Drop for Halted {
    fn drop(&mut self) {
        let (now, total) = self.runs.clock.go_on();
        let going = self.runs.going.lock().unwrap_or_else(PoisonError::into_inner);
        for run in going.iter().filter(|run| !run.requests.is_closed()) {
            // By a rename, and before anything goes on: no test may find a half of it. What cannot be written costs
            // tests a part of their own deadlines.
            let new = run.dir.join("halted.new");
            let written = fs::write(&new, total.as_micros().to_string());
            let _ = written.and_then(|()| fs::rename(&new, file(&run.dir)));
            // A closed channel means that the run has ended by itself.
            let _ = run.requests.send(Request::Halted(now));
        }
        self.stopped.iter().for_each(Stopped::go_on);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_due_while_the_clock_stands_still() {
        const TIME: Duration = Duration::from_millis(20);
        let clock = RunClock::default();
        clock.stop();
        let (since, stopped) = (Instant::now(), clock.now());
        let at = stopped + Duration::from_millis(1);
        let due = tokio::spawn({
            let clock = clock.clone();
            async move { clock.until(at).await }
        });
        while since.elapsed() < TIME {
            tokio::task::yield_now().await;
        }
        assert!(!due.is_finished() && clock.now() == stopped, "it stands still");
        let (now, total) = clock.go_on();
        assert!(now >= TIME && now == total, "{now:?} {total:?}");
        let patience = Duration::from_secs(60);
        let ended = tokio::time::timeout(patience, due).await;
        ended.expect("it goes on").expect("no panic");
        assert!(clock.now() >= at && Instant::now() - clock.now() >= TIME);
        // Another time is added to that.
        clock.stop();
        assert!(clock.go_on().1 >= total);
    }
}
