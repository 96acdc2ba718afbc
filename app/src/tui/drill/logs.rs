//! All sources of an attempt: the index of their lines, what their steps were, and the text of what is shown.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::effect::NewSteps;
use super::rows::Snapshot;
use super::sources::head::Level;
use super::sources::index::{Entry, Growth};
use super::sources::jumps::Straight;
use super::sources::lines::Lines;
use super::sources::{Kind, Source};
use crate::report::steps::{Open, Step};

/// How many lines' texts are kept, and of how many bytes; more than any screen shows.
const TEXTS: (usize, usize) = (4096, 16 << 20);

/// One line of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    pub(crate) steps: Arc<Vec<Step>>,
    /// Steps that have no end yet.
    open: Open,
    /// How far the machine's clock was set back.
    straight: Straight,
    texts: HashMap<LineRef, Arc<[u8]>>,
    held: usize,
}

impl Logs {
    /// Returns a line's entry in its source's index.
    pub(crate) fn entry(&self, at: LineRef) -> Option<Entry> {
        self.sources.get(usize::from(at.source))?.lines.get(at.line)
    }

    /// Returns the step that a line is, if it is one.
    pub(crate) fn step(&self, at: LineRef) -> Option<&Step> {
        let source = self.sources.get(usize::from(at.source))?;
        (source.kind == Kind::Steps)
            .then(|| self.steps.get(at.line as usize))
            .flatten()
    }

    /// Returns all lines as they are now, by time or one source after the other.
    pub(crate) fn snapshot(&self, sequential: bool) -> Snapshot {
        let sources = self.sources.iter();
        Snapshot {
            sources: sources
                .map(|source| (source.kind, source.lines.clone()))
                .collect(),
            sequential,
        }
    }

    /// Returns the time of the first line of all.
    pub(crate) fn first(&self) -> Option<i64> {
        let firsts = self.sources.iter().filter_map(|source| source.lines.get(0));
        firsts.map(|entry| entry.ts).min()
    }

    /// Returns the sources in the order of their numbers on the screen, which does not depend on who began to write
    /// first: by what they are and how they are called, and last those that nobody has written to.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.sources.len()).collect();
        order.sort_by_key(|at| {
            let source = &self.sources[*at];
            let (kind, is_empty) = (source.kind, source.lines.is_empty());
            let rank = (is_empty, kind != Kind::Steps, kind != Kind::Daemon);
            (rank, kind, source.name.clone())
        });
        order
    }

    /// Returns how many lines there are.
    pub(crate) fn len(&self) -> usize {
        let lines = self.sources.iter().map(|source| source.lines.len() as usize);
        lines.sum()
    }

    /// Returns the index of the source in this file, which it becomes if it is none yet.
    pub(crate) fn source(&mut self, kind: Kind, path: &Path) -> usize {
        let known = self.sources.iter().position(|source| source.path == path);
        known.unwrap_or_else(|| {
            self.sources.push(Source::new(kind, path));
            self.sources.len() - 1
        })
    }

    /// Takes new lines of a source.
    pub(crate) fn grow(&mut self, index: usize, growth: Growth) {
        let Some(source) = self.sources.get_mut(index) else {
            return;
        };
        if growth.restarted {
            self.texts.retain(|at, _| usize::from(at.source) != index);
        }
        source.take(growth);
    }

    /// Takes new lines of the steps' file; an end changes what its begin said.
    pub(crate) fn take_steps(&mut self, news: NewSteps, path: &Path) {
        let index = self.source(Kind::Steps, path);
        let mut steps = std::mem::take(&mut self.steps);
        if news.restarted {
            (self.open, self.straight) = (Open::default(), Straight::default());
            steps = Arc::default();
        }
        let all = Arc::make_mut(&mut steps);
        let known = all.len();
        let ended = self.open.take(news.lines, all);
        self.straight.straighten(&mut all[known..]);
        for step in ended {
            if let Ok(line) = u32::try_from(step) {
                self.sources[index].lines.grade(line, level(&all[step]));
            }
        }
        let mut entries = Lines::default();
        entries.extend(all[known..].iter().map(entry), 0);
        let growth = Growth {
            restarted: news.restarted,
            entries,
            grew: true,
            ..Growth::default()
        };
        self.steps = steps;
        self.grow(index, growth);
    }

    /// Returns a line's bytes, if they were read.
    pub(crate) fn text(&self, at: LineRef) -> Option<&[u8]> {
        self.texts.get(&at).map(AsRef::as_ref)
    }

    /// Keeps the bytes of lines that were read, and forgets those of others when there are many.
    pub(crate) fn keep(&mut self, lines: Vec<(LineRef, Vec<u8>)>) {
        let size: usize = lines.iter().map(|(_, bytes)| bytes.len()).sum();
        if self.texts.len() + lines.len() > TEXTS.0 || self.held + size > TEXTS.1 {
            self.texts.clear();
            self.held = 0;
        }
        self.held += size;
        self.texts
            .extend(lines.into_iter().map(|(at, bytes)| (at, bytes.into())));
    }
}

/// Returns a step as a line of its source.
fn entry(step: &Step) -> Entry {
    Entry {
        at: 0,
        ts: step.ts,
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
