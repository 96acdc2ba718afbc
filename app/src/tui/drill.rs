//! What is known of one test, in six tabs: its timeline, results, workspace, output, history, and
//! what it changed.
//!
//! # Theory of operation
//!
//! An attempt is a directory of files, and stays one while it is shown: [`Drill`] holds an index of their lines and
//! the text of those on the screen, never more. [`update`] takes a [`Msg`] and says in [`Effect`]s what it needs of
//! the disk; [`load`] does that on a thread where waiting harms nobody, and answers with a message. What was asked
//! for a test that is no longer shown is dropped by its generation. [`view`] draws what is there; a line whose text
//! is on its way is drawn without it.
//!
//! `sources` knows how each writer tells the time, `logs` merges them on one clock, and a file for each tab knows
//! what is shown of that. A live attempt is looked at again with each [`Msg::Poll`]; one of last month is, for this
//! code, an attempt that does not grow.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::action::Place;
use super::theme::Theme;

mod act;
mod changes;
mod choices;
mod copy;
mod effect;
mod errno;
mod extent;
mod extract;
mod finder;
mod folds;
mod growing;
mod halves;
mod history;
mod hit;
mod hits;
mod json;
mod kept;
mod list;
mod load;
mod logs;
mod mount;
mod output;
mod prompt;
mod query;
mod reading;
mod results;
mod rows;
mod short;
mod sources;
mod tab;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod told;
mod update;
mod view;
mod whole;
mod workspace;

pub use act::{act, key, why_off};
pub use choices::Choices;
pub use copy::Copied;
pub use effect::{Effect, Loaded, Purpose};
pub use extract::Extract;
pub(crate) use growing::Growing;
pub use history::HistoryAct;
pub use hit::{click, wheel};
pub use list::Motion;
pub use load::load;
pub use results::Act as ResultsAct;
pub(crate) use sources::head::Level;
pub use tab::Tab;
pub(crate) use text::size;
pub use timeline::Goal;
pub use update::{Msg, update};
pub(crate) use whole::{Wanted, whole};

/// What a digit that comes next means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// Switch that source on or off.
    Source,
    /// Show only that source, or all again.
    Only,
}

/// The drill-down of one test.
#[derive(Debug, Clone)]
pub struct Drill {
    /// Goes up with each attempt that is shown.
    generation: u64,
    /// What is shown.
    attempt: Option<PathBuf>,
    /// Of which test.
    id: String,
    /// Whether it still runs.
    live: bool,
    /// Why the test did not pass, if it did not.
    why: Option<String>,
    /// Whether it has the keys.
    has_keys: bool,
    /// What is to be shown, while a past attempt is looked at instead.
    present: Option<history::Present>,
    /// How it is looked at.
    tab: Tab,
    /// How it was looked at before: what stands beside it where there is room for two.
    before: Tab,
    /// Whether only one is to be shown, however much room there is.
    alone: bool,
    /// Columns and rows there are.
    area: (u16, u16),
    logs: logs::Logs,
    run: effect::RunFacts,
    /// How far the steps' file was read, in bytes.
    steps_until: u64,
    /// What is under way.
    busy: Busy,
    finder: finder::Finder,
    timeline: timeline::Timeline,
    results: results::Results,
    workspace: workspace::Workspace,
    /// What a client sees, while somebody looks.
    mount: Option<mount::Mount>,
    /// How often it was looked.
    looks: u64,
    /// This executable, which is what looks.
    program: Option<PathBuf>,
    /// Where the run is and where it was when it was recorded, if it came here in a capsule.
    moved: Option<(PathBuf, PathBuf)>,
    output: output::Output,
    kept: kept::Kept,
    history: history::History,
    changes: changes::Changes,
    /// What is being typed.
    prompt: Option<prompt::Prompt>,
    prefix: Option<Prefix>,
    /// What the last key came to, if that is not to be seen.
    notice: Option<String>,
}

/// What was asked for and has not come yet.
#[derive(Debug, Clone, Copy, Default)]
struct Busy {
    looking: bool,
    /// The files may have grown since they began to be looked at.
    again: bool,
    reading: bool,
    /// Whether the files were looked at once.
    seen: bool,
}

impl Default for Drill {
    fn default() -> Self {
        Drill {
            generation: 0,
            attempt: None,
            id: String::new(),
            live: false,
            why: None,
            has_keys: true,
            present: None,
            tab: Tab::default(),
            before: Tab::Results,
            alone: false,
            area: (80, 24),
            logs: logs::Logs::default(),
            run: effect::RunFacts::default(),
            steps_until: 0,
            busy: Busy::default(),
            finder: finder::Finder::default(),
            timeline: timeline::Timeline::default(),
            results: results::Results::default(),
            workspace: workspace::Workspace::default(),
            mount: None,
            looks: 0,
            program: None,
            moved: None,
            output: output::Output::default(),
            kept: kept::Kept::default(),
            history: history::History::default(),
            changes: changes::Changes::default(),
            prompt: None,
            prefix: None,
            notice: None,
        }
    }
}

impl Drill {
    /// Whether keys are text or a number now, and no commands.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        self.prompt.is_some() || self.prefix.is_some()
    }

    /// Whether one tab has all the room.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Returns why the test that is shown did not pass, as far as that was told.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// Whether it has the keys, as far as that was told.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.has_keys
    }

    /// Returns where one is in it, for keys.
    #[must_use]
    pub fn place(&self) -> Place {
        self.tab.place()
    }

    /// Returns the sources with their numbers and whether they are shown, while a number is waited for.
    #[must_use]
    pub fn numbers(&self) -> Vec<(usize, &str, bool)> {
        if self.prefix.is_none() {
            return Vec::new();
        }
        let sources = self.logs.order().into_iter().take(9);
        let names = sources.map(|source| self.logs.sources[source].name.as_str());
        names
            .zip(1..)
            .map(|(name, number)| (number, name, self.timeline.is_on(name)))
            .collect()
    }

    /// Lets it start this executable, to see what a client sees.
    pub fn set_program(&mut self, program: PathBuf) {
        self.program = Some(program);
    }

    /// Says that what is recorded in `here` was recorded in `there`.
    pub fn set_moved(&mut self, here: PathBuf, there: PathBuf) {
        self.moved = Some((here, there));
    }

    /// Returns the place in the sources that is looked at: where what failed was asserted.
    #[must_use]
    pub fn source(&self) -> Option<(PathBuf, u32)> {
        let excerpt = &self.results.excerpt;
        let found = excerpt.found.as_ref().filter(|_| self.tab == Tab::Results)?;
        let line = excerpt.of.as_ref().map_or(1, |(_, line)| *line);
        Some((found.path.clone(), u32::try_from(line).unwrap_or(1)))
    }

    /// Returns the attempt that is shown of a test, if it is that test: the latest, or a past one.
    #[must_use]
    pub fn attempt_of(&self, id: &str) -> Option<&Path> {
        self.attempt.as_deref().filter(|_| self.id == id)
    }

    /// Returns how many lines are indexed, and how many bytes of memory their index and the rows take.
    #[must_use]
    pub fn memory(&self) -> (usize, usize) {
        let index = self.logs.sources.iter().map(|source| source.lines.memory());
        let rows = [&self.timeline.reading.rows, &self.output.reading.rows].map(|rows| rows.memory());
        (self.logs.len(), index.sum::<usize>() + rows.iter().sum::<usize>())
    }

    /// Returns how many lines the search has found, and whether it goes on.
    #[must_use]
    pub fn found(&self) -> (usize, bool) {
        (self.finder.search.count(), self.finder.search.running)
    }

    /// The lines that one reads: the output's in its tab, else all of them.
    fn reading(&self) -> &reading::Reading {
        match self.tab {
            Tab::Output => &self.output.reading,
            _ => &self.timeline.reading,
        }
    }

    /// The same, to be changed.
    fn reading_mut(&mut self) -> &mut reading::Reading {
        match self.tab {
            Tab::Output => &mut self.output.reading,
            _ => &mut self.timeline.reading,
        }
    }

    /// Whether fewer lines are shown than there are, by a step's life, a filter, a search or a choice.
    fn is_reading_less(&self) -> bool {
        let finder = &self.finder;
        let is_found = finder.is_filtering() || finder.search.query.is_some() || self.is_choosing();
        match self.tab {
            Tab::Timeline => self.timeline.life.is_some() || is_found,
            Tab::Output => is_found,
            _ => false,
        }
    }

    /// All lines as they are now, in the order in which one reads them.
    fn lines(&self) -> rows::Snapshot {
        self.logs.snapshot(self.tab == Tab::Output)
    }

    /// The zone of the machine that ran the test.
    fn zone(&self) -> TimeZone {
        self.run.zone.clone().unwrap_or(TimeZone::UTC)
    }

    /// Whether a source is among those that one reads.
    fn is_on(&self, source: usize) -> bool {
        let Some(source) = self.logs.sources.get(source) else {
            return false;
        };
        match self.tab {
            Tab::Output => matches!(source.kind, sources::Kind::Stdout | sources::Kind::Stderr),
            _ => self.timeline.is_on(&source.name),
        }
    }
}

/// Draws the drill-down. A terminal of any size will do.
pub fn view(drill: &Drill, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    view::draw(drill, theme, area, buffer);
}
