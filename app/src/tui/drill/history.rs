//! The same test in other runs: looked back on, gone back to, and compared.

use std::path::{Path, PathBuf};

use gkfs_runner::status::{Outcome, Status};

use super::list::List;

pub(super) mod diff;
pub(super) mod spaces;

use diff::Diff;

/// Why an attempt is compared with no other.
pub(super) const ALONE: &str = "no other attempt of this test has ended that it could be compared with";

/// What can be done with the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryAct {
    /// Mark the attempt under the cursor.
    Mark,
    /// Compare what is marked.
    Compare,
    /// Compare the attempt that is shown with another one, from their workspaces on.
    CompareThis,
    /// Show a comparison in one column, or in two.
    Columns,
    /// Go to the next difference, or to the one before.
    Next(bool),
    /// Show the next log, or the one before.
    Log(bool),
}

/// The attempt that one comes back to from a past one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Present {
    pub(super) attempt: Option<PathBuf>,
    pub(super) live: bool,
}

/// A test in a recorded run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Past {
    /// The run.
    pub(crate) run: String,
    /// When it began, in microseconds since the epoch.
    pub(crate) started: i64,
    /// The verdict, if there is one.
    pub(crate) status: Option<Status>,
    /// Time of all attempts, in microseconds.
    pub(crate) duration: u64,
    /// Its attempts, in the order in which they began.
    pub(crate) attempts: Vec<Tried>,
    /// Why it did not pass.
    pub(crate) reason: Option<String>,
    /// The stack.
    pub(crate) stack: String,
}

/// An attempt of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tried {
    /// Its number, from 1.
    pub(crate) number: u32,
    /// Its directory.
    pub(crate) dir: PathBuf,
    /// How it ended, if it did.
    pub(crate) outcome: Option<Outcome>,
    /// From spawn to exit, in microseconds.
    pub(crate) duration: u64,
    /// Why it did not pass.
    pub(crate) reason: Option<String>,
    /// How busy the machine was, in words.
    pub(crate) machine: String,
}

impl Past {
    /// Returns the attempt to look at first: the last one that counts against the test, else the last one.
    fn telling(&self) -> Option<&Tried> {
        let is_bad = |tried: &&Tried| tried.outcome.is_some_and(Outcome::is_bad);
        self.attempts.iter().rev().find(is_bad).or(self.attempts.last())
    }
}

/// A row of the tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// The run's index.
    pub(super) run: usize,
    /// The attempt's index; none is the run as a whole.
    pub(super) attempt: Option<usize>,
}

/// The state of the tab.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// What became of it, the newest first; `None` while that is being read.
    pub(super) runs: Option<Vec<Past>>,
    pub(super) rows: Vec<Row>,
    pub(super) list: List,
    pub(super) asked: bool,
    /// Attempts to be compared, two at most.
    pub(super) marks: Vec<PathBuf>,
    pub(super) diff: Option<Diff>,
    /// Whether the attempt that is shown is to be compared as soon as the others are known.
    pub(super) is_awaited: bool,
    /// Whether a comparison is shown in one column even where there is room for two.
    pub(super) one_column: bool,
}

impl History {
    /// Forgets the test, and not how it is looked at.
    pub(super) fn clear(&mut self) {
        *self = History {
            one_column: self.one_column,
            ..History::default()
        };
    }

    /// Whether an attempt is among those that are known, and how it ended.
    pub(super) fn has_ended(&self, dir: &Path) -> bool {
        let all = self.runs.iter().flatten().flat_map(|past| &past.attempts);
        let mut ended = all.filter(|tried| tried.outcome.is_some());
        ended.any(|tried| tried.dir == dir)
    }

    /// Takes what became of the test.
    pub(super) fn take(&mut self, runs: Vec<Past>) {
        self.rows.clear();
        for (run, past) in runs.iter().enumerate() {
            self.rows.push(Row { run, attempt: None });
            if past.attempts.len() > 1 {
                let each = (0..past.attempts.len()).map(|attempt| Row {
                    run,
                    attempt: Some(attempt),
                });
                self.rows.extend(each);
            }
        }
        self.runs = Some(runs);
    }

    /// Returns the attempt that a row stands for.
    pub(super) fn tried(&self, row: Row) -> Option<&Tried> {
        let past = self.runs.as_ref()?.get(row.run)?;
        match row.attempt {
            Some(attempt) => past.attempts.get(attempt),
            None => past.telling(),
        }
    }

    /// Returns the attempt under the cursor.
    pub(super) fn selected(&self) -> Option<&Tried> {
        self.tried(*self.rows.get(self.list.cursor)?)
    }

    /// Marks the attempt under the cursor, or takes its mark away. Of three the oldest mark goes.
    pub(super) fn mark(&mut self) {
        let Some(dir) = self.selected().map(|tried| tried.dir.clone()) else {
            return;
        };
        if let Some(at) = self.marks.iter().position(|mark| *mark == dir) {
            self.marks.remove(at);
            return;
        }
        self.marks.push(dir);
        if self.marks.len() > 2 {
            self.marks.remove(0);
        }
    }

    /// Returns the attempts to be compared, the older one first: what is marked, or one mark and the cursor, or, where
    /// nothing is marked, one that passed and one that failed.
    pub(super) fn pair(&self) -> Option<(PathBuf, PathBuf)> {
        let under = self.selected().map(|tried| tried.dir.clone());
        match self.marks.as_slice() {
            [one, other] => Some(self.by_age(one, other)),
            [one] => under
                .filter(|dir| dir != one)
                .map(|other| self.by_age(one, &other)),
            _ => self.telling(),
        }
    }

    /// Returns an attempt and the one to compare it with, the older one first: one that is marked; else one that ended
    /// the other way, or any other; of several the last one before it, and if there is none, the first one after it.
    pub(super) fn pair_with(&self, this: &Path) -> Option<(PathBuf, PathBuf)> {
        let marked = self.marks.iter().rev().find(|mark| *mark != this).cloned();
        let other = marked.or_else(|| {
            let all: Vec<(PathBuf, bool)> = self.attempts().collect();
            let at = all.iter().position(|(dir, _)| dir == this);
            let passed = at.map(|at| all[at].1);
            let (before, after) = all.split_at(at.unwrap_or(all.len()));
            let nearest = || {
                before
                    .iter()
                    .rev()
                    .chain(after.iter().filter(|(dir, _)| dir != this))
            };
            let otherwise = nearest().find(|(_, other)| passed.is_some_and(|passed| passed != *other));
            Some(otherwise.or_else(|| nearest().next())?.0.clone())
        })?;
        // One that has no verdict yet is the newest.
        let is_known = self.attempts().any(|(dir, _)| dir == this);
        Some(match is_known {
            true => self.by_age(this, &other),
            false => (other, this.to_owned()),
        })
    }

    /// Whether an attempt is known to be the only one.
    pub(super) fn is_the_only(&self, this: Option<&Path>) -> bool {
        self.runs.is_some() && this.is_some_and(|this| self.pair_with(this).is_none())
    }

    fn by_age(&self, one: &Path, other: &Path) -> (PathBuf, PathBuf) {
        let first = self.attempts().find(|(dir, _)| dir == one || dir == other);
        match first {
            Some((dir, _)) if dir == other => (other.to_owned(), one.to_owned()),
            _ => (one.to_owned(), other.to_owned()),
        }
    }

    /// Returns the first attempt that passed and the first that failed: of the run under the cursor, else of all.
    fn telling(&self) -> Option<(PathBuf, PathBuf)> {
        let run = self.rows.get(self.list.cursor).map(|row| row.run);
        let here = self.runs.as_ref().zip(run).and_then(|(runs, run)| runs.get(run));
        let here: Vec<(PathBuf, bool)> = here.map(verdicts).unwrap_or_default();
        let all: Vec<(PathBuf, bool)> = self.attempts().collect();
        crate::compare::telling(&here).or_else(|| crate::compare::telling(&all))
    }

    /// Returns all attempts with a verdict, the oldest first.
    fn attempts(&self) -> impl Iterator<Item = (PathBuf, bool)> + '_ {
        self.runs.iter().flatten().rev().flat_map(verdicts)
    }

    /// Returns what is said of an attempt: its run and its number.
    pub(super) fn label(&self, dir: &Path) -> String {
        let all = self.runs.iter().flatten();
        let mut named = all.flat_map(|past| past.attempts.iter().map(move |tried| (past, tried)));
        let found = named.find(|(_, tried)| tried.dir == dir);
        found.map_or_else(String::new, |(past, tried)| {
            let outcome = tried.outcome.map_or("not finished", word);
            format!("{} attempt {}: {outcome}", past.run, tried.number)
        })
    }

    /// Returns how many of the runs in which it ended it was flaky in, how many it did not pass in, and of how many.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let ended = self.runs.iter().flatten().filter_map(|past| past.status);
        ended.fold((0, 0, 0), |(flaky, bad, all), status| {
            let is_bad = matches!(status, Status::Failed | Status::Error | Status::Timeout);
            let is_flaky = status == Status::Flaky;
            (flaky + usize::from(is_flaky), bad + usize::from(is_bad), all + 1)
        })
    }
}

fn verdicts(past: &Past) -> Vec<(PathBuf, bool)> {
    let verdict = |tried: &Tried| {
        let outcome = tried.outcome?;
        let passed = outcome == Outcome::Passed;
        (passed || outcome.is_bad()).then(|| (tried.dir.clone(), passed))
    };
    past.attempts.iter().filter_map(verdict).collect()
}

/// Returns the word for how an attempt ended.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Error => "error",
        Outcome::Skipped => "skipped",
        Outcome::Timeout => "timeout",
        Outcome::Cancelled => "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of attempts that passed or failed.
    fn past(run: &str, passed: &[bool]) -> Past {
        let attempts = passed.iter().zip(1..).map(|(passed, number)| Tried {
            number,
            dir: format!("{run}/{number}").into(),
            outcome: Some(if *passed { Outcome::Passed } else { Outcome::Failed }),
            duration: 1,
            reason: None,
            machine: String::new(),
        });
        Past {
            run: run.to_owned(),
            started: 0,
            status: None,
            duration: 1,
            attempts: attempts.collect(),
            reason: None,
            stack: String::new(),
        }
    }

    fn pair(history: &History) -> Option<(String, String)> {
        let (left, right) = history.pair()?;
        Some((left.display().to_string(), right.display().to_string()))
    }

    #[test]
    fn an_attempt_is_compared_with_a_marked_one_or_one_that_ended_otherwise() {
        let mut history = History::default();
        let pair = |history: &History, this: &str| {
            let (left, right) = history.pair_with(Path::new(this))?;
            Some([left.display().to_string(), right.display().to_string()])
        };
        let told = |left: &str, right: &str| Some([left.to_owned(), right.to_owned()]);
        history.take(vec![past("only", &[false])]);
        assert_eq!(pair(&history, "only/1"), None);
        assert!(history.is_the_only(Some(Path::new("only/1"))));
        history.take(vec![
            past("new", &[false, false]),
            past("mid", &[true]),
            past("old", &[true, false]),
        ]);
        assert_eq!(
            pair(&history, "new/2"),
            told("mid/1", "new/2"),
            "the last that passed"
        );
        assert_eq!(pair(&history, "mid/1"), told("old/2", "mid/1"));
        assert_eq!(pair(&history, "old/1"), told("old/1", "old/2"), "none before it");
        assert_eq!(
            pair(&history, "runs/now"),
            told("new/2", "runs/now"),
            "it has no verdict yet"
        );
        history.marks = vec!["new/1".into()];
        assert_eq!(pair(&history, "mid/1"), told("mid/1", "new/1"));
        assert_eq!(pair(&history, "new/1"), told("mid/1", "new/1"), "not with itself");
    }

    #[test]
    fn what_is_compared_is_marked_or_told_by_the_verdicts() {
        let mut history = History::default();
        history.take(vec![past("new", &[false, true]), past("old", &[true])]);
        let told = |left: &str, right: &str| Some((left.to_owned(), right.to_owned()));
        // The run under the cursor has both.
        assert_eq!(pair(&history), told("new/2", "new/1"));
        history.list.cursor = 3;
        assert_eq!(
            pair(&history),
            told("old/1", "new/1"),
            "the first of each, over all runs"
        );
        history.mark();
        assert_eq!(pair(&history), None, "an attempt is not compared with itself");
        history.list.cursor = 2;
        assert_eq!(pair(&history), told("old/1", "new/2"));
        history.mark();
        history.list.cursor = 1;
        history.mark();
        assert_eq!(
            pair(&history),
            told("new/1", "new/2"),
            "two marks, the last ones, by age"
        );
        history.mark();
        assert_eq!(history.marks, [PathBuf::from("new/2")]);
    }
}
