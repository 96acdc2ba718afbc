//! Where a pattern occurs, as far as was looked.

use std::collections::HashMap;
use std::path::PathBuf;

use super::effect::{Find, Purpose, Wish};
use super::logs::{LineRef, Logs};
use super::query::Query;
use super::sources::Kind;

/// How much is looked through before anything is told, in bytes.
const PORTION: u64 = 64 << 20;

/// The lines with a pattern.
#[derive(Debug, Clone)]
pub(crate) struct Hits {
    /// The pattern; none looks for nothing.
    pub(crate) query: Option<Query>,
    /// Whether a search is under way.
    pub(crate) running: bool,
    purpose: Purpose,
    /// Tells the answers to this search from those to an earlier one.
    number: u64,
    lines: HashMap<u16, Vec<u32>>,
    searched: HashMap<u16, u64>,
}

impl Hits {
    /// Nothing is looked for.
    pub(crate) fn new(purpose: Purpose) -> Hits {
        Hits {
            query: None,
            running: false,
            purpose,
            number: 0,
            lines: HashMap::new(),
            searched: HashMap::new(),
        }
    }

    /// Looks for something else.
    pub(crate) fn ask(&mut self, query: Option<Query>) {
        self.query = query;
        self.clear();
    }

    /// Forgets what was found, to look for it again.
    pub(crate) fn clear(&mut self) {
        self.number += 1;
        self.running = false;
        self.lines.clear();
        self.searched.clear();
    }

    /// Forgets what was found in one source.
    pub(crate) fn forget(&mut self, source: u16) {
        self.lines.remove(&source);
        self.searched.remove(&source);
    }

    /// Whether a line has the pattern.
    pub(crate) fn contains(&self, at: LineRef) -> bool {
        self.lines
            .get(&at.source)
            .is_some_and(|lines| lines.binary_search(&at.line).is_ok())
    }

    /// Returns how many lines have the pattern.
    pub(crate) fn count(&self) -> usize {
        self.lines.values().map(Vec::len).sum()
    }

    /// Looks through the steps at once; their text is known.
    pub(crate) fn search_steps(&mut self, logs: &Logs) {
        let index = logs.sources.iter().position(|source| source.kind == Kind::Steps);
        let (Some(query), Some(Ok(source))) = (&self.query, index.map(u16::try_from)) else {
            return;
        };
        let lines = logs
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| query.is_in(step.describe().as_bytes()) || query.is_in(step.kind.as_bytes()))
            .filter_map(|(line, _)| u32::try_from(line).ok())
            .collect();
        self.lines.insert(source, lines);
    }

    /// Returns the wish to look through what was not looked through yet, unless one is under way.
    pub(crate) fn wish(&mut self, logs: &Logs) -> Option<Wish> {
        let query = self.query.clone().filter(|_| !self.running)?;
        let mut ranges: Vec<(u16, PathBuf, std::ops::Range<u64>)> = Vec::new();
        for (index, source) in logs.sources.iter().enumerate() {
            let Ok(number) = u16::try_from(index) else { break };
            let from = self.searched.get(&number).copied().unwrap_or(0);
            // It ends with a line that is indexed.
            let line = source.line_at(from.saturating_add(PORTION));
            let next = line.and_then(|line| source.entries.get(line as usize + 1));
            let to = next.map_or(source.cursor.end(), |entry| entry.at);
            if source.kind != Kind::Steps && from < to {
                self.searched.insert(number, to);
                ranges.push((number, source.path.clone(), from..to));
            }
        }
        self.running = !ranges.is_empty();
        self.running.then_some(Wish::Find(Find {
            purpose: self.purpose,
            number: self.number,
            query,
            ranges,
        }))
    }

    /// Takes what was found; returns whether it was for this search.
    pub(crate) fn take(&mut self, number: u64, places: Vec<(u16, Vec<u64>)>, logs: &Logs) -> bool {
        if number != self.number {
            return false;
        }
        self.running = false;
        for (number, offsets) in places {
            let Some(source) = logs.sources.get(usize::from(number)) else {
                continue;
            };
            let lines = self.lines.entry(number).or_default();
            lines.extend(offsets.into_iter().filter_map(|offset| source.line_at(offset)));
            lines.dedup();
        }
        true
    }
}
