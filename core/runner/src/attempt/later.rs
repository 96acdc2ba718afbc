//! The end of a test that its worker does not wait for.
//!
//! A real daemon takes a second or two to end. Where nothing went wrong so far, the worker tells which processes see to
//! that, and runs the next test meanwhile. The attempt is over when each of them has told so, by a step:
//! `{"kind":"fixture","ph":"e","phase":"teardown","later":true,"ok":…}`. What went wrong then is the test's own.

use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::limits::{Due, Limits};
use super::news::NewSteps;
use super::shared::{Done, Stop, exit_of};
use super::{Attempt, News, wanted};
use crate::event::AttemptFinished;
use crate::process::{Whose, stat};
use crate::run::CancelKind;
use crate::status::Leaked;
use crate::verdict::{EndedBy, judge};
use crate::worker::{Source, Worker};

/// How often the steps are looked at.
const PACE: Duration = Duration::from_millis(5);
/// Why there is no more to be told.
const DIED: &str = "what was to end its fixtures has ended itself";

/// A step that tells of an end.
#[derive(Debug, Deserialize)]
struct Step {
    ph: String,
    #[serde(default)]
    later: bool,
    #[serde(default)]
    ok: bool,
}

/// What is waited for.
struct Ends {
    steps: NewSteps<Step>,
    /// Who tells of them.
    by: Vec<u32>,
    /// How many are over.
    told: usize,
    /// Whether all of those went well.
    ok: bool,
}

impl Attempt {
    /// Lets the worker go on, and waits for the end of what the test started.
    pub(super) async fn later(
        &self,
        done: Done,
        mut worker: Worker,
        source: &Source,
        news: &mpsc::UnboundedSender<News>,
        stop: &mut Stop,
        limits: &mut Limits,
    ) -> AttemptFinished {
        let mut leaked = self.end_forks(&mut worker, done.wide, &done.keep).await;
        let ending = worker.endings.begin();
        let last = if done.goes_on {
            self.bench.workers.put(source, worker);
            // Nobody listens any more only when the whole run is being dropped.
            let _ = news.send(News::Ending { job: self.order.job });
            None
        } else {
            Some(worker)
        };
        let mut ends = Ends {
            steps: NewSteps::of(&self.dir()),
            by: done.later,
            told: 0,
            ok: true,
        };
        let by = self.wait_for_ends(&mut ends, news, stop, limits).await;
        if limits.is_held() {
            self.tell(Due::Released, news);
        }
        let duration_us = limits.ran().as_micros() as u64;
        let ok = done.ok && ends.ok && ends.told == ends.by.len();
        let exit = Some(exit_of(ok));
        if by == EndedBy::Itself {
            let cookie = self.cookie.clone();
            self.keep_what_is_left(Whose::Exactly { cookie }, exit, limits, news, stop)
                .await;
        }
        leaked.extend(self.end_own(by).await);
        drop((ending, last));
        let mut evidence = self.evidence(by, exit, &leaked, &[]);
        if ends.told < ends.by.len() {
            evidence.last_words = Some(DIED.to_owned());
        }
        let (outcome, reason) = judge(evidence);
        AttemptFinished {
            leaked,
            duration_us,
            ..self.finished(outcome, reason)
        }
    }

    /// Who brought about the end: only what does so by itself has all of its time.
    async fn wait_for_ends(
        &self,
        ends: &mut Ends,
        news: &mpsc::UnboundedSender<News>,
        stop: &mut Stop,
        limits: &mut Limits,
    ) -> EndedBy {
        loop {
            tokio::select! {
                biased;
                () = ends.over() => return EndedBy::Itself,
                kind = wanted(stop) => {
                    if kind == CancelKind::Stop {
                        // All was asked to end already: there is nothing to do but to wait.
                        self.with_grace(ends.over(), stop).await;
                    }
                    return EndedBy::Cancel;
                }
                due = limits.due() => {
                    if self.tell(due, news) {
                        return EndedBy::Deadline(self.order.timeout);
                    }
                }
            }
        }
    }

    /// Ends what carries the attempt's own cookie. Its worker runs another test by now, whose forks are not looked at.
    async fn end_own(&self, by: EndedBy) -> Vec<Leaked> {
        let cookie = self.cookie.clone();
        let left = self.end_all(Whose::Exactly { cookie }, by).await;
        // What the runner did not let end was left by nobody.
        if by == EndedBy::Itself { left } else { Vec::new() }
    }
}

impl Ends {
    /// Waits until all are over, or nobody will tell any more.
    async fn over(&mut self) {
        while !self.look() {
            sleep(PACE).await;
        }
    }

    fn look(&mut self) -> bool {
        // Before the steps are read: what one that has died had to say stands there.
        let alive = self
            .by
            .iter()
            .any(|&pid| stat(pid).is_some_and(|stat| stat.is_alive()));
        while let Some(step) = self.steps.find(|step| step.later && step.ph == "e") {
            self.told += 1;
            self.ok &= step.ok;
        }
        self.told >= self.by.len() || !alive
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn it_is_over_when_all_have_told_or_none_can() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = File::create(dir.path().join("steps.jsonl")).unwrap();
        let ends = |by: &[u32]| Ends {
            steps: NewSteps::of(dir.path()),
            by: by.to_vec(),
            told: 0,
            ok: true,
        };
        let myself = std::process::id();
        let mut two = ends(&[myself, myself]);
        let mut write = |text: &str| file.write_all(text.as_bytes()).unwrap();
        write("{\"ph\":\"b\",\"later\":true}\n{\"ph\":\"e\",\"ok\":false}\n");
        assert!(!two.look(), "one begins, and another one is not waited for");
        write("{\"ph\":\"e\",\"later\":true,\"ok\":false}\n");
        assert!(!two.look() && !two.ok);
        write("{\"ph\":\"e\",\"later\":true,\"ok\":true}\n");
        assert!(two.look() && !two.ok);
        let mut three = ends(&[u32::MAX; 3]);
        assert!(three.look(), "they are gone");
        assert_eq!(three.told, 2);
    }
}
