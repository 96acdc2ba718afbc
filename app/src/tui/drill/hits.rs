//! Where a pattern occurs, as far as was looked: onwards from where one is first, and then what lies before.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::effect::{Find, Purpose, Scope, Wish};
use super::logs::Logs;
use super::query::Query;
use super::rows::{Key, Sieve, Snapshot};
use super::sources::Kind;
use super::sources::lines::Lines;
use super::told;
use crate::report::steps::Step;

/// How much of a file is looked through before anything is told, in bytes: first little, so that something is told at
/// once, and never so much that a search that is not wanted any more is in the way.
const PORTIONS: (u64, u64) = (1 << 20, 16 << 20);

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
    /// From where on it is looked first.
    origin: Option<Key>,
    sources: Vec<Found>,
    /// The steps that were looked through.
    steps: Option<Arc<Vec<Step>>>,
}

/// The lines of one source that have it.
#[derive(Debug, Clone, Default)]
struct Found {
    /// Where it was begun to look.
    start: u32,
    /// How far it was looked, from there.
    onwards: u32,
    /// How far it was looked, from the beginning to where it was begun.
    before: u32,
    /// What was found onwards.
    behind: Arc<Vec<u32>>,
    /// What was found before.
    ahead: Arc<Vec<u32>>,
}

impl Hits {
    /// Nothing is looked for.
    pub(crate) fn new(purpose: Purpose) -> Hits {
        Hits {
            query: None,
            running: false,
            purpose,
            number: 0,
            origin: None,
            sources: Vec::new(),
            steps: None,
        }
    }

    /// Looks for something else, from a place on.
    pub(crate) fn ask(&mut self, query: Option<Query>, origin: Option<Key>) {
        self.query = query;
        self.origin = origin;
        self.clear();
    }

    /// Forgets what was found, to look for it again.
    pub(crate) fn clear(&mut self) {
        self.number += 1;
        self.running = false;
        self.sources.clear();
        self.steps = None;
    }

    /// Forgets what was found in one source, and what is about to be.
    pub(crate) fn forget(&mut self, source: usize) {
        self.number += 1;
        self.running = false;
        if let Some(found) = self.sources.get_mut(source) {
            *found = Found::default();
        }
        self.steps = None;
    }

    /// Whether it decides which lines are shown.
    pub(crate) fn is_filter(&self) -> bool {
        self.purpose != Purpose::Search && self.query.is_some()
    }

    /// Whether all was looked through that lies between where it was begun and a place.
    pub(crate) fn is_past(&self, key: Key, lines: &Snapshot) -> bool {
        (0_u16..).zip(&self.sources).all(|(source, found)| {
            let line = lines.first(source, key);
            line < found.start || line <= found.onwards
        })
    }

    /// Returns how many lines have the pattern.
    pub(crate) fn count(&self) -> usize {
        let all = self.sources.iter();
        all.map(|found| found.ahead.len() + found.behind.len()).sum()
    }

    /// Returns how much was looked through, in percent, while that is not all.
    pub(crate) fn percent(&self, logs: &Logs) -> Option<u64> {
        let sources = self.sources.iter().zip(&logs.sources);
        let files = sources.filter(|(_, source)| source.kind != Kind::Steps);
        let (done, all) = files.fold((0, 0), |(done, all), (found, source)| {
            let onwards = u64::from(found.onwards - found.start);
            (
                done + onwards + u64::from(found.before),
                all + u64::from(source.lines.len()),
            )
        });
        self.running.then(|| (done * 100 / all.max(1)).min(99))
    }

    /// Returns how many of some lines of a source have it.
    pub(crate) fn count_in(&self, source: u16, lines: Range<u32>) -> usize {
        let Some(found) = self.sources.get(usize::from(source)) else {
            return 0;
        };
        let below = |line: u32| found.below(line);
        below(lines.end) - below(lines.start)
    }

    /// Returns the first line from one on that has it.
    pub(crate) fn next(&self, source: u16, line: u32) -> Option<u32> {
        let found = self.sources.get(usize::from(source))?;
        found.nth(found.below(line))
    }

    /// Returns the last line before one that has it.
    pub(crate) fn previous(&self, source: u16, line: u32) -> Option<u32> {
        let found = self.sources.get(usize::from(source))?;
        found.nth(found.below(line).checked_sub(1)?)
    }

    /// Returns what was found for who shows nothing else, or all else.
    pub(crate) fn sieve(&self) -> Option<Sieve> {
        self.query.as_ref()?;
        let sources = self.sources.iter();
        Some(Sieve {
            sources: sources
                .map(|found| (Arc::clone(&found.behind), found.onwards))
                .collect(),
        })
    }

    /// Returns the wish to look through what was not looked through yet, unless one is under way.
    pub(crate) fn wish(&mut self, logs: &Logs, lines: &Snapshot) -> Option<Wish> {
        let query = self.query.clone().filter(|_| !self.running)?;
        let is_first = self.sources.is_empty();
        for number in self.sources.len()..lines.sources.len() {
            let source = u16::try_from(number).ok()?;
            let start = self.origin.map_or(0, |origin| lines.first(source, origin));
            self.sources.push(Found {
                start,
                onwards: start,
                ..Found::default()
            });
        }
        let portion = if is_first { PORTIONS.0 } else { PORTIONS.1 };
        let sources = self.sources.iter().zip(&logs.sources).enumerate();
        let scopes = sources.filter_map(|(number, (found, source))| {
            let source_number = u16::try_from(number).ok()?;
            let range = found.next_range(portion, &lines.sources.get(number)?.1);
            (source.kind != Kind::Steps && !range.is_empty()).then(|| Scope {
                source: source_number,
                path: PathBuf::clone(&source.path),
                lines: source.lines.clone(),
                range,
            })
        });
        let scopes: Vec<Scope> = scopes.collect();
        self.running = !scopes.is_empty();
        self.running.then_some(Wish::Find(Find {
            purpose: self.purpose,
            number: self.number,
            query,
            scopes,
        }))
    }

    /// Looks through the steps at once; their text is known. Returns whether steps that were looked through have other
    /// texts now.
    pub(crate) fn search_steps(&mut self, source: usize, steps: &Arc<Vec<Step>>, prefix: &[u8]) -> bool {
        let is_known = self.steps.as_ref().is_some_and(|known| Arc::ptr_eq(known, steps));
        let (Some(query), Some(found), false) = (&self.query, self.sources.get_mut(source), is_known) else {
            return false;
        };
        let has = |step: &Step| query.is_in(&told::step(step, prefix));
        let lines: Vec<u32> = (0_u32..)
            .zip(steps.iter())
            .filter(|(_, step)| has(step))
            .map(|(line, _)| line)
            .collect();
        let count = u32::try_from(steps.len()).unwrap_or(u32::MAX);
        let known = found.onwards.min(count);
        let until = |lines: &[u32]| lines.partition_point(|line| *line < known);
        let is_other = found.behind[..until(&found.behind)] != lines[..until(&lines)];
        *found = Found {
            onwards: count,
            behind: Arc::new(lines),
            ..Found::default()
        };
        self.steps = Some(Arc::clone(steps));
        is_other
    }

    /// Takes what was found; returns whether it was for this search.
    pub(crate) fn take(&mut self, number: u64, places: Vec<(u16, Range<u32>, Vec<u32>)>) -> bool {
        if number != self.number {
            return false;
        }
        self.running = false;
        for (source, range, lines) in places {
            if let Some(found) = self.sources.get_mut(usize::from(source)) {
                found.take(&range, lines);
            }
        }
        true
    }
}

impl Found {
    /// Returns how many lines before one have it.
    fn below(&self, line: u32) -> usize {
        let below = |lines: &[u32]| lines.partition_point(|found| *found < line);
        below(&self.ahead) + below(&self.behind)
    }

    fn nth(&self, nth: usize) -> Option<u32> {
        let behind = nth.checked_sub(self.ahead.len());
        behind
            .map_or_else(|| self.ahead.get(nth), |nth| self.behind.get(nth))
            .copied()
    }

    /// Returns the lines to look at next.
    fn next_range(&self, portion: u64, lines: &Lines) -> Range<u32> {
        let (from, end) = if self.onwards < lines.len() {
            (self.onwards, lines.len())
        } else {
            (self.before, self.start.min(lines.len()))
        };
        let bytes = lines
            .span(from)
            .map_or(0, |span| span.start.saturating_add(portion));
        let to = lines.at(bytes).map_or(end, |line| line.saturating_add(1));
        from..to.clamp(from, end.max(from))
    }

    fn take(&mut self, range: &Range<u32>, lines: Vec<u32>) {
        if range.start == self.onwards {
            self.onwards = range.end;
            Arc::make_mut(&mut self.behind).extend(lines);
        } else if range.start == self.before {
            self.before = range.end;
            Arc::make_mut(&mut self.ahead).extend(lines);
        }
    }
}
