//! All sources of an attempt, merged on one clock.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::sources::head::Level;
use super::sources::index::{Cursor, Entry, Growth};
use super::sources::{Kind, Source};
use crate::report::steps::Step;

/// How many lines' texts are kept; more than any screen shows.
const TEXTS: usize = 4096;

/// One line of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LineRef {
    /// The source's index.
    pub(crate) source: u16,
    /// The line's index in it.
    pub(crate) line: u32,
}

/// What is known of the lines of an attempt.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs {
    /// The sources, in the order in which they were found. The first is that of the steps.
    pub(crate) sources: Vec<Source>,
    /// What the harness did.
    pub(crate) steps: Vec<Step>,
    /// All lines in the order of their times.
    pub(crate) merged: Vec<LineRef>,
    texts: HashMap<LineRef, Arc<[u8]>>,
}

/// What the merged order is by. No two lines have the same, so it is one for every order of arrival.
pub(crate) type Key = (i64, Kind, u16, u32);

impl Logs {
    /// Returns a line's entry in its source's index.
    pub(crate) fn entry(&self, at: LineRef) -> Option<&Entry> {
        self.sources
            .get(usize::from(at.source))?
            .entries
            .get(at.line as usize)
    }

    /// Returns a line's place in the merged order.
    pub(crate) fn key(&self, at: LineRef) -> Key {
        let kind = self
            .sources
            .get(usize::from(at.source))
            .map_or(Kind::Stderr, |source| source.kind);
        let ts = self.entry(at).map_or(i64::MAX, |entry| entry.ts);
        (ts, kind, at.source, at.line)
    }

    /// Returns the step that a line is, if it is one.
    pub(crate) fn step(&self, at: LineRef) -> Option<&Step> {
        let source = self.sources.get(usize::from(at.source))?;
        (source.kind == Kind::Steps)
            .then(|| self.steps.get(at.line as usize))
            .flatten()
    }

    /// Returns the index of the source in this file, which it becomes if it is none yet.
    pub(crate) fn source(&mut self, kind: Kind, path: &Path) -> usize {
        let known = self.sources.iter().position(|source| source.path == path);
        known.unwrap_or_else(|| {
            self.sources.push(Source::new(kind, path));
            self.sources.len() - 1
        })
    }

    /// Takes new lines of a source into the merged order. Returns how many.
    pub(crate) fn grow(&mut self, index: usize, growth: Growth) -> usize {
        let Ok(source) = u16::try_from(index) else {
            return 0;
        };
        let restarted = growth.restarted;
        self.sources[index].take(growth);
        if restarted {
            self.merged.retain(|at| at.source != source);
            self.texts.retain(|at, _| at.source != source);
        }
        let lines = u32::try_from(self.sources[index].entries.len()).unwrap_or(u32::MAX);
        let known = std::mem::replace(&mut self.sources[index].placed, lines);
        let news = (known..lines).map(|line| LineRef { source, line });
        self.merge(news.collect())
    }

    /// Takes the steps, all of them: an end changes what its begin said.
    pub(crate) fn set_steps(&mut self, steps: Vec<Step>, path: &Path) {
        let index = self.source(Kind::Steps, path);
        let entries = steps.iter().map(entry).collect();
        self.steps = steps;
        let growth = Growth {
            restarted: true,
            entries,
            cursor: Cursor::default(),
            more: false,
        };
        self.grow(index, growth);
    }

    /// Puts new lines where they belong; a late one into the midst.
    fn merge(&mut self, mut news: Vec<LineRef>) -> usize {
        let count = news.len();
        let last = self.merged.last().map(|at| self.key(*at));
        let late = news
            .first()
            .is_some_and(|first| last.is_some_and(|last| self.key(*first) < last));
        let mut merged = std::mem::take(&mut self.merged);
        merged.append(&mut news);
        if late {
            // Two sorted runs: this costs one pass.
            merged.sort_by_key(|at| self.key(*at));
        }
        self.merged = merged;
        count
    }

    /// Returns a line's bytes, if they were read.
    pub(crate) fn text(&self, at: LineRef) -> Option<&[u8]> {
        self.texts.get(&at).map(AsRef::as_ref)
    }

    /// Keeps the bytes of lines that were read, and forgets those of others when there are many.
    pub(crate) fn keep(&mut self, lines: Vec<(LineRef, Vec<u8>)>) {
        if self.texts.len() + lines.len() > TEXTS {
            self.texts.clear();
        }
        self.texts
            .extend(lines.into_iter().map(|(at, bytes)| (at, bytes.into())));
    }
}

/// Returns a step as a line of its source.
fn entry(step: &Step) -> Entry {
    Entry {
        at: 0,
        ts: step.ts,
        len: 0,
        level: level(step),
        internal: false,
        back: false,
    }
}

fn level(step: &Step) -> Level {
    let says_no = step.fields.get("ok") == Some(&serde_json::Value::Bool(false));
    let died = step.text("outcome").as_deref() == Some("died");
    match step.kind.as_str() {
        "assert" | "fixture" if says_no => Level::Error,
        "daemon" if died => Level::Error,
        // An operation that is refused is often what the test is about.
        "op" if says_no => Level::Warn,
        _ if step.is_open() && step.kind != "daemon" => Level::Warn,
        _ => Level::Info,
    }
}
