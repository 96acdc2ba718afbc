//! All sources of an attempt: the index of their lines, what their steps were, and the text of what is shown.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::rows::Snapshot;
use super::sources::head::Level;
use super::sources::index::{Cursor, Entry, Growth};
use super::sources::{Kind, Source};
use crate::report::steps::Step;

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

    /// Takes the steps, all of them: an end changes what its begin said. Returns whether they are others than before,
    /// and not only more.
    pub(crate) fn set_steps(&mut self, steps: Vec<Step>, path: &Path) -> bool {
        let index = self.source(Kind::Steps, path);
        let known = self.steps.iter().zip(&steps);
        let are_more =
            self.steps.len() <= steps.len() && known.clone().all(|(old, new)| old.mono == new.mono);
        let lines = &mut self.sources[index].lines;
        if are_more {
            for (line, (old, new)) in known.enumerate() {
                if let (true, Ok(line)) = (level(old) != level(new), u32::try_from(line)) {
                    lines.grade(line, level(new));
                }
            }
        }
        let from = if are_more { self.steps.len() } else { 0 };
        let growth = Growth {
            restarted: !are_more,
            entries: steps[from..].iter().map(entry).collect(),
            cursor: Cursor::default(),
            more: false,
        };
        self.steps = Arc::new(steps);
        self.grow(index, growth);
        !are_more
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
