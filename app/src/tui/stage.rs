//! The screen without a terminal: keys in, cells out, for pictures, tests and measurements.
//!
//! It drives the very state, update and view of a session. What a session reads on other threads is read here at
//! once, so that what is drawn depends on nothing but the files and the keys.
//!
//! # Example
//!
//! ```
//! use gkfs_bench::tui::{Mode, State, stage::Stage};
//!
//! let mut stage = Stage::new(State::new(Mode::Live, "my suite".into()), (60, 12));
//! stage.press("?");
//! assert!(stage.text().contains("quit"));
//! ```

use std::collections::VecDeque;

use gkfs_runner::record::Record;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::keymap::Chord;
use super::msg::{Effect, Msg};
use super::state::{Mode, State};
use super::update::{settle, update};
use super::{drill, replay, view};

/// A state on a screen that nobody sees.
#[derive(Debug)]
pub struct Stage {
    /// What is shown.
    pub state: State,
}

impl Stage {
    /// A screen of so many columns and rows.
    #[must_use]
    pub fn new(mut state: State, size: (u16, u16)) -> Stage {
        state.size = size;
        let mut stage = Stage { state };
        stage.settle();
        stage
    }

    /// A session that looks at a recorded run.
    #[must_use]
    pub fn of_record(record: &Record, title: &str, size: (u16, u16)) -> Stage {
        let mut stage = Stage::new(State::new(Mode::Recorded, title.to_owned()), size);
        for msg in replay::messages(record) {
            stage.tell(msg);
        }
        stage.settle();
        stage
    }

    /// Takes a message and reads what it wants read; returns the other effects.
    pub fn tell(&mut self, msg: Msg) -> Vec<Effect> {
        let effects = update(&mut self.state, msg);
        self.carry_out(effects)
    }

    /// Presses keys, separated by blanks; returns the effects that are more than reading.
    ///
    /// # Panics
    /// On what is no key.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut others = Vec::new();
        for key in keys.split_whitespace() {
            let chord: Chord = key.parse().unwrap_or_else(|error| panic!("`{key}`: {error}"));
            others.extend(self.tell(Msg::Key(chord.into())));
            others.extend(self.settle());
        }
        others
    }

    /// Brings up to date what follows from the state, as before each frame.
    pub fn settle(&mut self) -> Vec<Effect> {
        let effects = settle(&mut self.state);
        self.carry_out(effects)
    }

    /// Draws a frame.
    #[must_use]
    pub fn draw(&self) -> Buffer {
        let area = Rect::new(0, 0, self.state.size.0, self.state.size.1);
        let mut buffer = Buffer::empty(area);
        view::render(&self.state, area, &mut buffer);
        buffer
    }

    /// Draws a frame as lines of text, without blanks at their ends.
    #[must_use]
    pub fn text(&self) -> String {
        let buffer = self.draw();
        let width = usize::from(buffer.area.width).max(1);
        let lines: Vec<String> = buffer.content.chunks(width).map(line).collect();
        lines.join("\n")
    }

    /// Reads what effects want read, and what follows from that; returns the other effects.
    pub fn carry_out(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut waiting = VecDeque::from(effects);
        let mut others = Vec::new();
        while let Some(effect) = waiting.pop_front() {
            match effect {
                Effect::Drill(effect) => {
                    waiting.extend(update(&mut self.state, Msg::Drill(drill::load(effect))));
                }
                other => others.push(other),
            }
        }
        others
    }
}

fn line(cells: &[ratatui::buffer::Cell]) -> String {
    let (mut text, mut skip) = (String::new(), 0);
    for cell in cells {
        if skip == 0 {
            text.push_str(cell.symbol());
            skip = cell.symbol().width().max(1);
        }
        skip -= 1;
    }
    text.trim_end().to_owned()
}
