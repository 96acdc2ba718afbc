//! From the lines of all sources to rows: one pass over what is new, wherever it belongs.

use std::sync::Arc;

use super::{Key, Rows, Snapshot};
use crate::tui::drill::logs::LineRef;
use crate::tui::drill::sources::Kind;
use crate::tui::drill::sources::head::Level;
use crate::tui::drill::sources::index::Entry;
use crate::tui::drill::sources::lines::Lines;

/// What is shown of the lines, as a value: with a [`Snapshot`] it says all that rows depend on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pass {
    /// Which sources.
    pub(crate) on: Vec<bool>,
    /// The least grave lines; steps are always shown.
    pub(crate) level: Level,
    /// Whether the client library's calls to itself are folded.
    pub(crate) folds: bool,
    /// From where to where they are not, all the same.
    pub(crate) unfolded: Vec<(Key, Key)>,
    /// A step, and the begin and end of its life.
    pub(crate) life: Option<(LineRef, (i64, i64))>,
    /// Only lines that were found.
    pub(crate) only: Option<Sieve>,
    /// No lines that were found.
    pub(crate) without: Option<Sieve>,
    /// How many lines stand around one that `only` has found.
    pub(crate) context: usize,
}

/// Where a pattern was found, as far as was looked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sieve {
    /// By source: the lines, ascending, and how many lines were looked through.
    pub(crate) sources: Vec<(Arc<Vec<u32>>, u32)>,
}

impl Sieve {
    fn limit(&self, source: usize) -> u32 {
        self.sources.get(source).map_or(0, |(_, searched)| *searched)
    }
}

impl Pass {
    /// Returns how many lines of each source can be placed: with a filter, those that were looked through.
    fn limits(&self, lines: &Snapshot) -> Vec<u32> {
        let sieves = [&self.only, &self.without];
        let limit = |(source, (_, lines)): (usize, &(Kind, Lines))| {
            let searched = sieves.iter().filter_map(|sieve| sieve.as_ref());
            let searched = searched.map(|sieve| sieve.limit(source)).min();
            searched.map_or(lines.len(), |searched| searched.min(lines.len()))
        };
        lines.sources.iter().enumerate().map(limit).collect()
    }

    fn is_on(&self, source: usize) -> bool {
        self.on.get(source).copied().unwrap_or(true)
    }

    fn lives(&self, at: LineRef, is_step: bool, entry: &Entry) -> bool {
        self.life
            .is_none_or(|(step, span)| at == step || (!is_step && (span.0..=span.1).contains(&entry.ts)))
    }
}

/// Where to go on.
enum Plan {
    /// Behind all that was placed.
    Append,
    /// From this place on, behind which lines were placed that come after new ones.
    From(Key),
    /// At the beginning.
    Anew,
}

impl Rows {
    /// Takes the lines that were not looked at yet to where they belong; a late one into the midst.
    pub(crate) fn extend(&mut self, pass: &Pass, lines: &Snapshot) {
        let limits = pass.limits(lines);
        let from = match self.plan(pass, lines, &limits) {
            Plan::Append => self.from(None, lines, &limits),
            Plan::From(key) => {
                let key = self.cut(key, lines);
                self.from(Some(key), lines, &limits)
            }
            Plan::Anew => {
                *self = Rows::default();
                vec![0; limits.len()]
            }
        };
        let heads = from.iter().zip(&limits).enumerate();
        let mut heads: Vec<Head> = heads
            .filter(|(source, (from, limit))| from < limit && pass.is_on(*source))
            .filter_map(|(source, (from, limit))| {
                Head::new(u16::try_from(source).ok()?, *from, *limit, pass, lines)
            })
            .collect();
        self.placed = limits;
        self.merge(&mut heads, pass, lines);
    }

    /// Returns about how many lines [`Rows::extend`] would go over.
    pub(crate) fn due(&self, pass: &Pass, lines: &Snapshot) -> usize {
        let limits = pass.limits(lines);
        let from = match self.plan(pass, lines, &limits) {
            Plan::Append => self.from(None, lines, &limits),
            Plan::From(key) => self.from(Some(key), lines, &limits),
            Plan::Anew => vec![0; limits.len()],
        };
        let due = from.iter().zip(&limits).enumerate();
        due.filter(|(source, _)| pass.is_on(*source))
            .map(|(_, (from, limit))| limit.saturating_sub(*from) as usize)
            .sum()
    }

    fn plan(&self, pass: &Pass, lines: &Snapshot, limits: &[u32]) -> Plan {
        let news = limits.iter().enumerate().filter_map(|(source, limit)| {
            let line = self.placed.get(source).copied().unwrap_or(0);
            let source = u16::try_from(source).ok()?;
            (line < *limit && pass.is_on(usize::from(source))).then(|| lines.key(LineRef { source, line }))
        });
        let last = self
            .runs
            .len()
            .checked_sub(1)
            .and_then(|run| self.last_of(run, lines));
        let last = last.max(self.before.last().map(|(at, _)| lines.key(*at)));
        match (news.min(), last) {
            (Some(first), Some(last)) if first < last && pass.context > 0 => Plan::Anew,
            (Some(first), Some(last)) if first < last => Plan::From(first),
            _ => Plan::Append,
        }
    }

    /// Returns the line of each source at which to go on.
    fn from(&self, key: Option<Key>, lines: &Snapshot, limits: &[u32]) -> Vec<u32> {
        let placed = |source: usize| self.placed.get(source).copied().unwrap_or(0);
        (0..limits.len())
            .map(|source| match (key, u16::try_from(source)) {
                (Some(key), Ok(number)) => lines.first(number, key).min(placed(source)),
                _ => placed(source),
            })
            .collect()
    }

    fn merge(&mut self, heads: &mut Vec<Head<'_>>, pass: &Pass, lines: &Snapshot) {
        while let Some(first) = (0..heads.len()).min_by_key(|head| heads[*head].key) {
            let others = heads.iter().enumerate().filter(|(head, _)| *head != first);
            let bound = others.map(|(_, head)| head.key).min();
            let head = &mut heads[first];
            while head.line < head.limit && bound.is_none_or(|bound| head.key < bound) {
                self.visit(head, pass);
                head.next(lines);
            }
            if head.line >= head.limit {
                heads.swap_remove(first);
            }
        }
    }

    /// Takes a line, if it passes.
    fn visit(&mut self, head: &mut Head<'_>, pass: &Pass) {
        let (at, entry) = (head.at(), head.entry);
        let is_step = head.kind == Kind::Steps;
        let only = head.only.as_mut().is_none_or(|only| only.has(at.line));
        let without = head.without.as_mut().is_some_and(|without| without.has(at.line));
        let passes = pass.lives(at, is_step, &entry) && (is_step || entry.level >= pass.level) && !without;
        if !passes {
            return;
        }
        let key = head.key;
        let folded = move |pass: &Pass| {
            let is_open = || {
                pass.unfolded
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&key))
            };
            entry.internal && pass.folds && !is_open()
        };
        if pass.only.is_none() || pass.context == 0 {
            if only {
                self.push(at, folded(pass));
            }
            return;
        }
        self.with_context(at, only, folded(pass), pass.context);
    }

    /// Takes a line that is found, and those around it.
    fn with_context(&mut self, at: LineRef, found: bool, folded: bool, context: usize) {
        if found {
            for (at, folded) in std::mem::take(&mut self.before) {
                self.push(at, folded);
            }
            self.push(at, folded);
            self.behind = context;
        } else if self.behind > 0 {
            self.behind -= 1;
            self.push(at, folded);
        } else {
            if self.before.len() >= context {
                self.before.remove(0);
            }
            self.before.push((at, folded));
        }
    }

    fn push(&mut self, at: LineRef, folded: bool) {
        if folded {
            self.push_folded(at);
        } else {
            self.push_line(at);
        }
    }
}

/// The next line of a source.
struct Head<'a> {
    source: u16,
    kind: Kind,
    line: u32,
    limit: u32,
    key: Key,
    entry: Entry,
    only: Option<Found<'a>>,
    without: Option<Found<'a>>,
}

impl<'a> Head<'a> {
    fn new(source: u16, line: u32, limit: u32, pass: &'a Pass, lines: &Snapshot) -> Option<Head<'a>> {
        let found = |sieve: &'a Option<Sieve>| {
            let sieve = sieve.as_ref()?;
            Some(Found::new(sieve, source, line))
        };
        let (kind, all) = lines.sources.get(usize::from(source))?;
        Some(Head {
            source,
            kind: *kind,
            line,
            limit,
            key: lines.key(LineRef { source, line }),
            entry: all.get(line)?,
            only: found(&pass.only),
            without: found(&pass.without),
        })
    }

    fn at(&self) -> LineRef {
        LineRef {
            source: self.source,
            line: self.line,
        }
    }

    fn next(&mut self, lines: &Snapshot) {
        self.line += 1;
        if self.line < self.limit
            && let Some(entry) = lines.sources[usize::from(self.source)].1.get(self.line)
        {
            self.entry = entry;
            let ts = if lines.sequential { 0 } else { entry.ts };
            self.key = (ts, self.kind, self.source, self.line);
        }
    }
}

/// The lines of a source that were found, from one on.
struct Found<'a> {
    rest: &'a [u32],
}

impl<'a> Found<'a> {
    fn new(sieve: &'a Sieve, source: u16, line: u32) -> Found<'a> {
        let lines = sieve.sources.get(usize::from(source));
        let lines = lines.map_or(&[][..], |(lines, _)| lines);
        Found {
            rest: &lines[lines.partition_point(|found| *found < line)..],
        }
    }

    /// Whether a line is found; lines are asked for in their order.
    fn has(&mut self, line: u32) -> bool {
        while let Some((first, rest)) = self.rest.split_first() {
            match first.cmp(&line) {
                std::cmp::Ordering::Less => self.rest = rest,
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Greater => return false,
            }
        }
        false
    }
}
