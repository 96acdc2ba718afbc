//! The lines of an attempt while it runs, each told once, as soon as it is whole.
//!
//! What is written at the same time is told in the order of its times. A line that is found late is told late: whoever
//! reads along wants it now, and the order of all is what [`whole`](super::whole) is for.

use std::collections::VecDeque;
use std::path::PathBuf;

use gkfs_runner::record::capsule;

use super::extract::Files;
use super::logs::LineRef;
use super::rows::Row;
use super::sources::Kind;
use super::timeline::Time;
use super::{Drill, Effect, Msg, Wanted, load, update};

/// An attempt that is read along.
pub(crate) struct Growing {
    drill: Drill,
    wanted: Wanted,
    /// How many lines of each source were told, or were not wanted.
    told: Vec<u32>,
    /// Steps that had no end when they came.
    open: Vec<LineRef>,
    began: bool,
}

impl Growing {
    /// Begins with what is there.
    pub(crate) fn new(attempt: PathBuf, wanted: Wanted) -> Growing {
        let mut drill = Drill::default();
        if let Some(there) = capsule::original(&attempt) {
            drill.set_moved(attempt.clone(), there);
        }
        drill.timeline.time = Time::Full;
        let mut growing = Growing {
            drill,
            wanted,
            told: Vec::new(),
            open: Vec::new(),
            began: false,
        };
        growing.settle(Msg::Show {
            attempt_dir: Some(attempt),
            id: String::new(),
            live: true,
        });
        growing
    }

    /// Returns what has come since the last look; with `over`, nobody writes any more, and the rest is told.
    pub(crate) fn look(&mut self, over: bool) -> Vec<String> {
        self.drill.live = !over;
        self.settle(Msg::Poll);
        let mut lines = self.new_lines();
        self.open.retain(|at| {
            let ended = over || self.drill.logs.step(*at).is_none_or(|step| !step.is_open());
            if ended {
                lines.push(*at);
            }
            !ended
        });
        let snapshot = self.drill.logs.snapshot(false);
        lines.sort_by_key(|at| snapshot.key(*at));
        self.forget_early(&mut lines);
        let extract = self.drill.extract(0..0);
        let mut files = Files::default();
        lines
            .iter()
            .map(|at| extract.told(Row::Line(*at), &mut files))
            .collect()
    }

    fn new_lines(&mut self) -> Vec<LineRef> {
        let logs = &self.drill.logs;
        self.told.resize(logs.sources.len(), 0);
        let mut lines = Vec::new();
        for (index, source) in logs.sources.iter().enumerate() {
            let from = std::mem::replace(&mut self.told[index], source.lines.len());
            if self
                .wanted
                .source
                .as_ref()
                .is_some_and(|wanted| *wanted != source.name)
            {
                continue;
            }
            for line in from.min(source.lines.len())..source.lines.len() {
                let at = LineRef {
                    source: index as u16,
                    line,
                };
                let Some(entry) = source.lines.get(line) else {
                    continue;
                };
                let is_open = source.kind == Kind::Steps && logs.step(at).is_some_and(|step| step.is_open());
                if is_open {
                    self.open.push(at);
                } else if entry.level >= self.wanted.level && (self.wanted.internal || !entry.internal) {
                    lines.push(at);
                }
            }
        }
        lines
    }

    /// Of what was there at the beginning only the end may be wanted.
    fn forget_early(&mut self, lines: &mut Vec<LineRef>) {
        let ts = |at: &LineRef| self.drill.logs.entry(*at).map_or(0, |entry| entry.ts);
        let last = lines.last().map(ts);
        if let (false, Some(span), Some(last)) = (self.began, self.wanted.last, last) {
            let since = last.saturating_sub_unsigned(span.as_micros() as u64);
            lines.retain(|at| ts(at) >= since);
        }
        self.began |= !lines.is_empty();
    }

    fn settle(&mut self, msg: Msg) {
        let mut effects: VecDeque<Effect> = update(&mut self.drill, msg).into();
        while let Some(effect) = effects.pop_front() {
            effects.extend(update(&mut self.drill, load(effect)));
        }
    }
}
