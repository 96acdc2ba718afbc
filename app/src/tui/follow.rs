//! Whether the files of a running test grow while it is shown.
//!
//! Sizes are asked for, not the kernel's notices: a noisy test would send thousands of them a second, and a file
//! system that knows no notices is no exception. What is read and drawn follows only where something came.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::drill;
use super::msg::Msg;

/// How often sizes are asked for: a line is on the screen long before anybody misses it.
const LOOK: Duration = Duration::from_millis(20);
/// After so many looks the drill-down is told in any case: a directory changes without a log that grows.
const IN_ANY_CASE: u32 = 5;

/// Follows one attempt at a time.
pub(super) struct Follow {
    out: UnboundedSender<Msg>,
    attempt: Option<PathBuf>,
    task: Option<JoinHandle<()>>,
}

impl Follow {
    /// Follows nothing yet.
    pub(super) fn new(out: UnboundedSender<Msg>) -> Follow {
        Follow {
            out,
            attempt: None,
            task: None,
        }
    }

    /// Follows this attempt from now on, or none.
    pub(super) fn only(&mut self, attempt: Option<&Path>) {
        if self.attempt.as_deref() == attempt {
            return;
        }
        self.stop();
        self.attempt = attempt.map(Path::to_owned);
        let task = |attempt| tokio::spawn(follow(attempt, self.out.clone()));
        self.task = self.attempt.clone().map(task);
    }

    fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn follow(attempt: PathBuf, out: UnboundedSender<Msg>) {
    let mut known = Vec::new();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for look in 0_u32.. {
        looks.tick().await;
        // Where waiting harms nobody: the attempt may lie on a file system that does not answer.
        let attempt = attempt.clone();
        let Ok(sizes) = tokio::task::spawn_blocking(move || sizes(&attempt)).await else {
            return;
        };
        let grew = std::mem::replace(&mut known, sizes) != known;
        let told = grew || look % IN_ANY_CASE == 0;
        if told && out.send(Msg::Drill(drill::Msg::Poll)).is_err() {
            return;
        }
    }
}

/// Returns the files in which lines are looked for, with their sizes.
fn sizes(attempt: &Path) -> Vec<(OsString, u64)> {
    let dirs = [attempt.to_owned(), attempt.join("workspace/logs")];
    let entries = dirs
        .iter()
        .filter_map(|dir| std::fs::read_dir(dir).ok())
        .flatten();
    let sizes = entries.flatten().filter_map(|entry| {
        let size = entry.metadata().ok()?.len();
        Some((entry.file_name(), size))
    });
    sizes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_grows_is_told_at_once_and_the_rest_now_and_then() {
        let dir = tempfile::tempdir().expect("a directory");
        let (out, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        let mut follow = Follow::new(out);
        follow.only(Some(dir.path()));
        assert!(matches!(inbox.recv().await, Some(Msg::Drill(drill::Msg::Poll))));
        std::fs::write(dir.path().join("stdout.log"), "a line\n").expect("a file");
        assert!(matches!(inbox.recv().await, Some(Msg::Drill(drill::Msg::Poll))));
        follow.only(None);
        drop(follow);
        // Whoever told is gone, and with it the only sender.
        while inbox.recv().await.is_some() {}
    }
}
