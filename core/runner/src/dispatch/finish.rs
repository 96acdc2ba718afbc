//! The end of a run: what is left is ended, counted and written down.

use std::time::Duration;

use tokio::task::spawn_blocking;

use super::Dispatcher;
use crate::event::Level;
use crate::keeper::Keeper;
use crate::process::{Whose, ask_to_end, end_all};
use crate::record::{Runs, State};
use crate::run::RunOutcome;
use crate::settings::FlakyPolicy;

/// How long what outlives single tests may take to end at the end of the run, first asked, then killed.
const LAST_GRACE: Duration = Duration::from_secs(2);

impl Dispatcher {
    pub(super) async fn finish(mut self, keeper: Keeper) -> RunOutcome {
        for test in self.plan.tests.clone() {
            self.conclude(test);
        }
        for text in self.bench.workers.close(self.bench.settings.grace).await {
            self.journal.notice(Level::Error, text);
        }
        self.end_strays().await;
        self.finish_tidying().await;
        keeper.dismiss().await;
        self.bench.processes.reap_orphans();
        let judged = self
            .plan
            .tests
            .iter()
            .filter(|&&test| self.tallies[test].rounds > 0 || self.settled.contains(&test))
            .count();
        let outcome = RunOutcome {
            summary: self.summary,
            not_run: (self.plan.tests.len() - judged) as u64,
            cancelled: self.by_user,
            exit_code: self.exit_code(),
            warning: None,
        };
        let state = if self.by_user {
            State::Interrupted
        } else {
            State::Finished
        };
        self.journal.found(self.bench.caps.names());
        let recorded = self.journal.finish(state, outcome.summary, outcome.exit_code);
        let settings = &self.bench.settings;
        let (runs, retention) = (Runs::new(&settings.base), settings.retention);
        // Trees of old runs may be large; the other tasks of the program need not wait for that.
        let retained = spawn_blocking(move || runs.retain(retention, false))
            .await
            .unwrap_or_else(|_| Ok(Vec::new()));
        let warning = recorded.err().or(retained.err()).map(|error| error.to_string());
        RunOutcome { warning, ..outcome }
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
            self.journal.notice(
                Level::Warn,
                format!("ended what had outlived its test: {}", names.join(", ")),
            );
        }
    }

    /// pytest's exit status.
    fn exit_code(&self) -> u8 {
        let flaky = self.bench.settings.flaky == FlakyPolicy::Fail && self.summary.flaky > 0;
        if self.by_user {
            2
        } else if self.summary.bad() > 0
            || flaky
            || self.overdue
            || self.denied > 0
            || !self.incomplete.is_empty()
        {
            1
        } else if !self.stopped.is_empty() {
            // What was asked for is not known to be right.
            2
        } else if self.summary.total == 0 {
            5
        } else {
            0
        }
    }
}
