//! The merged view: which lines are shown, and where one is in them.

use std::collections::HashSet;

use super::effect::Purpose;
use super::hits::Hits;
use super::list::List;
use super::logs::{Key, LineRef, Logs};
use super::sources::Kind;
use super::sources::head::Level;

/// How times are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Time {
    /// As on the wall of the machine that ran the test.
    #[default]
    Clock,
    /// Since the first line.
    Start,
    /// Since the line above.
    Delta,
}

impl Time {
    /// Returns the next way.
    pub(crate) fn next(self) -> Time {
        match self {
            Time::Clock => Time::Start,
            Time::Start => Time::Delta,
            Time::Delta => Time::Clock,
        }
    }
}

/// What to go to the next one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// What the search found.
    Match,
    /// Something that failed.
    Error,
    /// A step.
    Step,
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
    /// Whether the client library's calls to itself are left out.
    pub(crate) folded: bool,
    /// How times are shown.
    pub(crate) time: Time,
    /// Lines around each one that a filter finds.
    pub(crate) context: usize,
    /// What is looked for.
    pub(crate) search: Hits,
    /// Whether to go to the first match once there is one.
    pub(crate) seek: bool,
    /// What alone is shown.
    pub(crate) filter: Hits,
    /// The step whose life alone is shown.
    pub(crate) life: Option<Life>,
    /// The lines that are shown.
    pub(crate) rows: Vec<LineRef>,
    /// Where one is in them.
    pub(crate) list: List,
    /// The first column that is shown.
    pub(crate) column: usize,
    /// Whether the cursor stays at the end.
    pub(crate) follow: bool,
    /// How many lines came since the end was left.
    pub(crate) fresh: usize,
    /// How many lines are folded away.
    pub(crate) hidden: usize,
}

impl Default for Timeline {
    fn default() -> Self {
        Timeline {
            off: HashSet::new(),
            only: None,
            level: Level::Trace,
            folded: true,
            time: Time::default(),
            context: 0,
            search: Hits::new(Purpose::Search),
            seek: false,
            filter: Hits::new(Purpose::Filter),
            life: None,
            rows: Vec::new(),
            list: List::default(),
            column: 0,
            follow: false,
            fresh: 0,
            hidden: 0,
        }
    }
}

/// From this height on what is under the cursor is told below.
const CARD_FROM: u16 = 14;
/// How high that is.
const CARD: u16 = 7;

/// Returns how many of so many rows tell what is under the cursor: none where there are few.
pub(crate) fn card_rows(rows: u16) -> u16 {
    if rows >= CARD_FROM { CARD } else { 0 }
}

impl Timeline {
    /// Forgets what was about another test's lines.
    pub(crate) fn clear(&mut self, live: bool) {
        self.rows.clear();
        self.list = List::default();
        self.life = None;
        self.column = 0;
        self.follow = live;
        self.fresh = 0;
        self.search.clear();
        self.filter.clear();
    }

    /// Whether a source's lines are shown.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.only
            .as_deref()
            .map_or(!self.off.contains(name), |only| only == name)
    }

    /// Finds the lines that are shown. The line under the cursor stays there, or the one nearest to it.
    pub(crate) fn rebuild(&mut self, logs: &Logs, height: usize) {
        let anchor = self.rows.get(self.list.cursor).map(|at| logs.key(*at));
        let below_top = self.list.cursor.saturating_sub(self.list.top);
        let before = self.rows.len();
        let shown = self.shown(logs);
        self.rows = if self.filter.query.is_some() {
            self.with_context(&shown)
        } else {
            shown
        };
        self.fresh = if self.follow {
            0
        } else {
            self.fresh + self.rows.len().saturating_sub(before)
        };
        let row = match anchor {
            _ if self.follow => self.rows.len().saturating_sub(1),
            Some(anchor) => self.nearest(logs, anchor),
            None => 0,
        };
        self.list.top = row.saturating_sub(below_top);
        self.list.set(row, self.rows.len(), height);
    }

    fn nearest(&self, logs: &Logs, anchor: Key) -> usize {
        self.rows.partition_point(|at| logs.key(*at) < anchor)
    }

    /// Returns the lines that pass everything but the filter.
    fn shown(&mut self, logs: &Logs) -> Vec<LineRef> {
        let on: Vec<bool> = logs
            .sources
            .iter()
            .map(|source| self.is_on(&source.name))
            .collect();
        let mut hidden = 0;
        let pass = |at: &LineRef| {
            let source = usize::from(at.source);
            let Some(entry) = logs.entry(*at).filter(|_| on[source]) else {
                return false;
            };
            let is_step = logs.sources[source].kind == Kind::Steps;
            let lives = self.life.as_ref().is_none_or(|life| {
                *at == life.step || (!is_step && (life.span.0..=life.span.1).contains(&entry.ts))
            });
            let passes = lives && (is_step || entry.level >= self.level);
            let folded = passes && entry.internal && self.folded;
            hidden += usize::from(folded);
            passes && !folded
        };
        let rows = logs.merged.iter().copied().filter(pass).collect();
        self.hidden = hidden;
        rows
    }

    /// Returns what the filter finds, and the lines around.
    fn with_context(&self, shown: &[LineRef]) -> Vec<LineRef> {
        let mut rows = Vec::new();
        let mut next = 0;
        let is_not = self.filter.query.as_ref().is_some_and(|query| query.is_not);
        for (row, at) in shown.iter().enumerate() {
            if self.filter.contains(*at) != is_not {
                let from = row.saturating_sub(self.context).max(next);
                next = (row + self.context + 1).min(shown.len());
                rows.extend_from_slice(&shown[from.min(next)..next]);
            }
        }
        rows
    }

    /// Returns the next row of a kind, or the one before.
    pub(crate) fn find(&self, logs: &Logs, goal: Goal, forward: bool) -> Option<usize> {
        let is_goal = |row: &usize| {
            let at = self.rows[*row];
            match goal {
                Goal::Match => self.search.contains(at),
                Goal::Error => logs.entry(at).is_some_and(|entry| entry.level == Level::Error),
                Goal::Step => logs.step(at).is_some(),
            }
        };
        let cursor = self.list.cursor.min(self.rows.len());
        if forward {
            (cursor + 1..self.rows.len()).find(is_goal)
        } else {
            (0..cursor).rev().find(is_goal)
        }
    }
}
