//! What is looked for: a pattern to go to, one that lines must have, and one that they must not have.

use super::effect::{Purpose, Wish};
use super::hits::Hits;
use super::logs::{LineRef, Logs};
use super::query::Query;
use super::rows::{Key, Snapshot};
use super::sources::Kind;

/// The most lines that are shown around one that a filter has found.
pub(crate) const MOST_CONTEXT: usize = 50;
/// How many patterns are remembered.
const RECENT: usize = 50;

/// What is looked for in all sources. It stays when another test is shown.
#[derive(Debug, Clone)]
pub(crate) struct Finder {
    /// To go there.
    pub(crate) search: Hits,
    /// To show nothing else.
    pub(crate) only: Hits,
    /// To show all else.
    pub(crate) without: Hits,
    /// Lines around each one that `only` finds.
    pub(crate) context: usize,
    /// From where the first match is being looked for, until it is certain which one that is.
    pub(crate) seek: Option<Key>,
    /// What was looked for before, the newest last.
    recent: Vec<String>,
}

impl Default for Finder {
    fn default() -> Self {
        Finder {
            search: Hits::new(Purpose::Search),
            only: Hits::new(Purpose::Filter),
            without: Hits::new(Purpose::Exclude),
            context: 0,
            seek: None,
            recent: Vec::new(),
        }
    }
}

impl Finder {
    /// Returns what was found for a purpose.
    pub(crate) fn of(&self, purpose: Purpose) -> &Hits {
        match purpose {
            Purpose::Search => &self.search,
            Purpose::Filter => &self.only,
            Purpose::Exclude => &self.without,
        }
    }

    /// The same, to be changed.
    pub(crate) fn of_mut(&mut self, purpose: Purpose) -> &mut Hits {
        match purpose {
            Purpose::Search => &mut self.search,
            Purpose::Filter => &mut self.only,
            Purpose::Exclude => &mut self.without,
        }
    }

    /// Whether anything is filtered.
    pub(crate) fn is_filtering(&self) -> bool {
        self.only.query.is_some() || self.without.query.is_some()
    }

    /// Returns how far the filter has come that has not looked at all lines yet, in percent.
    pub(crate) fn percent(&self, logs: &Logs) -> Option<u64> {
        let filters = [&self.only, &self.without];
        filters.iter().filter_map(|hits| hits.percent(logs)).min()
    }

    /// Remembers a pattern.
    pub(crate) fn remember(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.recent.retain(|known| known != text);
        self.recent.push(text.to_owned());
        let many = self.recent.len().saturating_sub(RECENT);
        self.recent.drain(..many);
    }

    /// Returns a pattern that was remembered: 0 is the last one.
    pub(crate) fn recall(&self, back: usize) -> Option<&str> {
        self.recent.iter().rev().nth(back).map(String::as_str)
    }

    /// Looks for something else, from a place on.
    pub(crate) fn ask(&mut self, purpose: Purpose, query: Option<Query>, from: Option<Key>) {
        // A filter is told from the beginning on, in the order of the lines.
        let origin = from.filter(|_| purpose == Purpose::Search);
        self.of_mut(purpose).ask(query, origin);
        if purpose == Purpose::Search {
            self.seek = self.search.query.as_ref().and(from);
        }
    }

    /// Forgets what was found, of all sources or of one, to look for it again.
    pub(crate) fn forget(&mut self, source: Option<usize>) {
        for hits in [&mut self.search, &mut self.only, &mut self.without] {
            match source {
                Some(source) => hits.forget(source),
                None => hits.clear(),
            }
        }
    }

    /// Looks through what was not looked through yet. Returns the wishes, and whether a filter finds other steps now.
    pub(crate) fn go_on(&mut self, logs: &Logs, lines: &Snapshot, prefix: &[u8]) -> (Vec<Wish>, bool) {
        let steps = logs.sources.iter().position(|source| source.kind == Kind::Steps);
        let (mut wishes, mut is_other) = (Vec::new(), false);
        for hits in [&mut self.search, &mut self.only, &mut self.without] {
            wishes.extend(hits.wish(logs, lines));
            if let Some(source) = steps {
                is_other |= hits.search_steps(source, &logs.steps, prefix) && hits.is_filter();
            }
        }
        (wishes, is_other)
    }

    /// Returns the next line that the search has found behind a place, or before it, of those sources that are on.
    pub(crate) fn next(
        &self,
        from: Key,
        forward: bool,
        lines: &Snapshot,
        on: impl Fn(usize) -> bool,
    ) -> Option<LineRef> {
        let sources = 0..u16::try_from(lines.sources.len()).unwrap_or(u16::MAX);
        let candidates = sources
            .filter(|source| on(usize::from(*source)))
            .filter_map(|source| {
                let line = lines.first(source, from);
                let line = if forward {
                    self.search.next(source, line)
                } else {
                    self.search.previous(source, line)
                }?;
                Some(LineRef { source, line })
            });
        if forward {
            candidates.min_by_key(|at| lines.key(*at))
        } else {
            candidates.max_by_key(|at| lines.key(*at))
        }
    }
}
