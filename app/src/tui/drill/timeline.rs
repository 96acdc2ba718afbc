//! The merged view: what is chosen of all lines, and where one is in them.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::finder::Finder;
use super::logs::{LineRef, Logs};
use super::reading::Reading;
use super::rows::{Key, Pass, Row, Snapshot};
use super::sources::head::Level;
use super::sources::{Kind, Source};

/// How times are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Time {
    /// As on the wall of the machine that ran the test.
    #[default]
    Clock,
    /// Since the first line.
    Start,
    /// Since the line above.
    Delta,
    /// As in ISO 8601: for other programs, and too long for the screen.
    #[serde(skip)]
    Full,
}

impl Time {
    /// Returns the next way.
    pub(crate) fn next(self) -> Time {
        match self {
            Time::Clock => Time::Start,
            Time::Start => Time::Delta,
            Time::Delta | Time::Full => Time::Clock,
        }
    }
}

/// What to go to the next one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// What the search found.
    Match,
    /// What the test failed by: an assertion, a fixture, a daemon that died, a panic.
    Failure,
    /// A line that says that something failed.
    Error,
    /// A step.
    Step,
    /// A line that was marked.
    Mark,
}

impl Goal {
    /// One word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Goal::Match => "match",
            Goal::Failure => "failure",
            Goal::Error => "error",
            Goal::Step => "step",
            Goal::Mark => "mark",
        }
    }
}

/// The life of a step, to which the view is narrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    /// The step's line.
    pub(crate) step: LineRef,
    /// Its begin and end, in microseconds since the epoch.
    pub(crate) span: (i64, i64),
    /// The step in a few words.
    pub(crate) name: String,
    /// How far below the top of the window it was shown before.
    pub(crate) below: usize,
}

/// The merged view. What a user chose stays when another test is shown.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    /// Sources that are switched off, by name.
    pub(crate) off: HashSet<String>,
    /// The only source, by name.
    pub(crate) only: Option<String>,
    /// The least grave lines that are shown.
    pub(crate) level: Level,
    /// Whether the client library's calls to itself are folded.
    pub(crate) folded: bool,
    /// From where to where they are not, all the same.
    pub(crate) unfolded: Vec<(Key, Key)>,
    /// How times are shown.
    pub(crate) time: Time,
    /// The step whose life alone is shown.
    pub(crate) life: Option<Life>,
    /// Lines to come back to.
    pub(crate) marks: BTreeSet<LineRef>,
    /// Whether the bytes that a step tells of are shown below, in place of what they say, and from which row on.
    pub(crate) bytes: Option<usize>,
    /// The rows, and where one is in them.
    pub(crate) reading: Reading,
}

impl Default for Timeline {
    fn default() -> Self {
        Timeline {
            off: HashSet::new(),
            only: None,
            level: Level::Trace,
            folded: true,
            unfolded: Vec::new(),
            time: Time::default(),
            life: None,
            marks: BTreeSet::new(),
            bytes: None,
            reading: Reading::default(),
        }
    }
}

/// From this height on what is under the cursor is told below.
const CARD_FROM: u16 = 14;
/// How high that is.
const CARD: u16 = 7;

/// Returns how many of so many rows tell what is under the cursor: none where there are few, half where it is bytes.
pub(crate) fn card_rows(rows: u16, bytes: bool) -> u16 {
    match rows {
        CARD_FROM.. if bytes => CARD.max(rows / 2),
        CARD_FROM.. => CARD,
        _ => 0,
    }
}

impl Timeline {
    /// Forgets what was about another test's lines.
    pub(crate) fn clear(&mut self, live: bool) {
        self.reading.clear(live);
        self.life = None;
        self.unfolded.clear();
        self.marks.clear();
    }

    /// Shows the bytes of steps, or does not any more.
    pub(crate) fn show_bytes(&mut self) {
        self.bytes = match self.bytes {
            None => Some(0),
            Some(_) => None,
        };
    }

    /// Goes a few rows on in the bytes, or back.
    pub(crate) fn scroll_bytes(&mut self, down: bool) {
        const ROWS: usize = 8;
        self.bytes = self.bytes.map(|top| match down {
            true => top + ROWS,
            false => top.saturating_sub(ROWS),
        });
    }

    /// Whether a source's lines are shown.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.only
            .as_deref()
            .map_or(!self.off.contains(name), |only| only == name)
    }

    /// Returns what is shown of the lines.
    pub(crate) fn pass(&self, logs: &Logs, finder: &Finder) -> Pass {
        let sources = logs.sources.iter();
        Pass {
            on: sources.map(|source| self.is_on(&source.name)).collect(),
            level: self.level,
            folds: self.folded,
            unfolded: self.unfolded.clone(),
            life: self.life.as_ref().map(|life| (life.step, life.span)),
            only: finder.only.sieve(),
            without: finder.without.sieve(),
            context: finder.context,
        }
    }

    /// Opens the fold under the cursor. Returns whether there is one.
    pub(crate) fn unfold(&mut self, lines: &Snapshot) -> bool {
        let Some(Row::Fold(fold)) = self.reading.here() else {
            return false;
        };
        self.unfolded.push((lines.key(fold.first), lines.key(fold.last)));
        true
    }

    /// Closes what was opened around the cursor. Returns whether anything was.
    pub(crate) fn refold(&mut self, lines: &Snapshot) -> bool {
        let Some(here) = self.reading.here().map(|row| lines.key(row.first())) else {
            return false;
        };
        let before = self.unfolded.len();
        self.unfolded.retain(|(from, to)| !(*from..=*to).contains(&here));
        before != self.unfolded.len()
    }

    /// Returns the row of the last that a test has said on its standard error: of one that did not pass, and does not
    /// say otherwise why, the best there is.
    pub(crate) fn last_words(reading: &Reading, logs: &Logs, lines: &Snapshot) -> Option<usize> {
        let is_stderr = |source: &Source| source.kind == Kind::Stderr;
        let source = logs.sources.iter().position(is_stderr)?;
        let line = logs.sources[source].lines.len().checked_sub(1)?;
        let source = u16::try_from(source).ok()?;
        reading.rows.of(LineRef { source, line }, lines)
    }

    /// Returns the next row of a kind, or the one before.
    pub(crate) fn find(&self, reading: &Reading, logs: &Logs, goal: Goal, forward: bool) -> Option<usize> {
        let is_error = |at: LineRef| logs.entry(at).is_some_and(|entry| entry.level == Level::Error);
        // What a test prints has no level: there an error is a panic.
        let is_failing = |at: LineRef| {
            let kind = logs.sources.get(usize::from(at.source)).map(|source| source.kind);
            matches!(kind, Some(Kind::Steps | Kind::Stdout | Kind::Stderr))
        };
        match goal {
            Goal::Failure => reading.find(forward, |at| is_failing(at) && is_error(at)),
            Goal::Error => reading.find(forward, is_error),
            Goal::Step => reading.find(forward, |at| logs.step(at).is_some()),
            Goal::Mark => reading.find(forward, |at| self.marks.contains(&at)),
            // Where those are, the finder knows.
            Goal::Match => None,
        }
    }
}
