//! A record that does not fill the disk: what attempts leave that have ended.

use std::num::NonZeroU32;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Dispatcher;
use crate::event::{AttemptFinished, Level};
use crate::record::{attempt_dir, remove, tidy};
use crate::schedule::Job;
use crate::settings::Repeat;
use crate::status::Outcome;

impl Dispatcher {
    /// Makes room: logs are compressed, and what tells nothing goes. The run does not wait for it before its end.
    pub(super) fn tidy(&mut self, job: Job, finished: &AttemptFinished) {
        let passed = finished.outcome == Outcome::Passed;
        let dull = matches!(finished.outcome, Outcome::Passed | Outcome::Skipped);
        let low = dull && self.is_low();
        let older = self.older_passed(job, finished);
        let test = &self.plan.discovery.tests[job.test];
        let group = &self.plan.discovery.groups[job.group];
        let dir_of = |attempt| self.bench.dir.join(attempt_dir(&group.name, &test.name, attempt));
        let (dir, older) = (dir_of(finished.attempt), older.map(dir_of));
        self.limit_cores(&finished.id, &dir);
        let roots = self.bench.settings.passed_roots;
        self.tidying.spawn_blocking(move || {
            // What cannot be removed stays; retention says so when its turn comes.
            if let Some(older) = older {
                let _: Result<(), crate::RecordError> = remove(&older);
            }
            if low {
                let _: Result<(), crate::RecordError> = remove(&dir);
            } else {
                tidy(&dir, passed, roots);
            }
        });
        // Those that have ended already are not to pile up.
        while self.tidying.try_join_next().is_some() {}
    }

    /// Waits until everything is as it will stay.
    pub(super) async fn finish_tidying(&mut self) {
        while self.tidying.join_next().await.is_some() {}
    }

    /// Many repetitions must not fill the disk: of a test's attempts that passed the last one is kept. Returns the one
    /// that is dispensable now.
    fn older_passed(&mut self, job: Job, finished: &AttemptFinished) -> Option<u32> {
        let once = self.bench.settings.repeat == Repeat::Times(NonZeroU32::MIN);
        if once || finished.outcome != Outcome::Passed {
            return None;
        }
        let kept = &mut self.passed[job.test];
        let older = (*kept).min(Some(finished.attempt));
        *kept = (*kept).max(Some(finished.attempt));
        older
    }

    /// Lets go of the cores of an attempt for which there is no room beside those of the attempts before it.
    fn limit_cores(&mut self, id: &str, attempt: &Path) {
        let limit = self.bench.settings.cores;
        for (core, size) in cores(attempt) {
            if self.cores.saturating_add(size) <= limit {
                self.cores += size;
                continue;
            }
            // What cannot be removed stays; retention says so when its turn comes.
            let removed = std::fs::remove_file(&core).is_ok();
            if removed && !std::mem::replace(&mut self.cores_are_full, true) {
                let mib = |bytes: u64| bytes.div_ceil(1 << 20);
                let text = format!(
                    "the core of {id} ({} MiB) is not kept, nor others for which there is no room: all cores of a run \
                     may take {} MiB; `retention = {{ cores = \"8GiB\" }}` in the suite file lets them",
                    mib(size),
                    mib(limit)
                );
                self.journal.notice(Level::Warn, text);
            }
        }
    }

    /// Whether so little is free that only what failed is recorded; that is said once.
    fn is_low(&mut self) -> bool {
        let limit = self.bench.settings.low_space;
        let free = free(&self.bench.dir);
        let low = free.is_some_and(|free| free < limit);
        if low && !self.low {
            self.low = true;
            let base = self.bench.settings.base.display();
            let mib = |bytes: u64| bytes >> 20;
            let text = format!(
                "only {} MiB are free at {base}, less than {}: of tests that pass nothing is kept; `gkfs-bench clean` \
                 makes room, or choose another place with --base-temp",
                mib(free.unwrap_or_default()),
                mib(limit)
            );
            self.journal.notice(Level::Warn, text);
        }
        low
    }
}

/// The cores that an attempt left, with the room that each takes: they have holes. The largest is last, so that as many
/// as possible stay.
fn cores(attempt: &Path) -> Vec<(PathBuf, u64)> {
    let entries = std::fs::read_dir(attempt.join("workspace/cores"));
    let mut found: Vec<(PathBuf, u64)> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let meta = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((entry.path(), meta.blocks() * 512))
        })
        .collect();
    found.sort_by_key(|(path, size)| (*size, path.clone()));
    found
}

/// What we may still write there, in bytes; nothing if the system does not know.
fn free(dir: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(dir).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}
