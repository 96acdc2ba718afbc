//! Somebody who looks at a test's timeline: what the screen's loop does, without a terminal.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use gkfs_bench::tui::drill::{Drill, Effect, Motion, Msg, Purpose, load, update, view};
use gkfs_bench::tui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const AREA: Rect = Rect {
    x: 0,
    y: 0,
    width: 200,
    height: 50,
};

/// Somebody who looks.
pub(crate) struct Reader {
    drill: Drill,
    theme: Theme,
    buffer: Buffer,
    waiting: VecDeque<Effect>,
    longest: Duration,
}

impl Reader {
    pub(crate) fn new() -> Reader {
        let mut reader = Reader {
            drill: Drill::default(),
            theme: Theme::default(),
            buffer: Buffer::empty(AREA),
            waiting: VecDeque::new(),
            longest: Duration::ZERO,
        };
        reader.tell(Msg::Area(AREA.width, AREA.height));
        reader
    }

    /// Says something to the screen, which is drawn anew. No key is taken meanwhile.
    fn tell(&mut self, msg: Msg) {
        let began = Instant::now();
        self.waiting.extend(update(&mut self.drill, msg));
        self.buffer.reset();
        view(&self.drill, &self.theme, AREA, &mut self.buffer);
        self.longest = self.longest.max(began.elapsed());
    }

    /// Does one thing that the screen wants to have done; `false` if there is none.
    fn work(&mut self) -> bool {
        let Some(effect) = self.waiting.pop_front() else {
            return false;
        };
        let msg = load(effect);
        self.tell(msg);
        true
    }

    /// Does all that is wanted; returns how long that took.
    pub(crate) fn finish(&mut self) -> Duration {
        let began = Instant::now();
        while self.work() {}
        began.elapsed()
    }

    /// Opens an attempt; returns after how long its text was on the screen.
    pub(crate) fn open(&mut self, attempt: &Path) -> Duration {
        let began = Instant::now();
        self.tell(Msg::Show {
            attempt_dir: Some(attempt.to_owned()),
            id: "large::log".to_owned(),
            live: false,
        });
        while !self.shows("[10836]") && self.work() {}
        began.elapsed()
    }

    fn shows(&self, text: &str) -> bool {
        let cells: String = self
            .buffer
            .content
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        cells.contains(text)
    }

    /// Looks for a text that is typed, from the first line on: after how long the first hit is known, and all `hits`.
    pub(crate) fn search(&mut self, text: &str, hits: usize) -> (Duration, Duration) {
        self.clear();
        self.tell(Msg::Go(Motion::First));
        self.finish();
        let began = Instant::now();
        self.ask(Purpose::Search, text);
        while self.drill.found().0 == 0 && self.work() {}
        let first = began.elapsed();
        self.finish();
        assert_eq!(self.drill.found(), (hits, false), "hits of {text}");
        (first, began.elapsed())
    }

    /// Shows only lines with a text, of which there are so many; and all again.
    pub(crate) fn filter(&mut self, text: &str, hits: usize) -> Duration {
        let began = Instant::now();
        self.ask(Purpose::Filter, text);
        self.finish();
        let elapsed = began.elapsed();
        assert_eq!(self.drill.rows(), hits, "rows with {text}");
        self.clear();
        elapsed
    }

    /// Types what to look for, faster than it is found.
    fn ask(&mut self, purpose: Purpose, text: &str) {
        self.tell(Msg::Ask(purpose));
        for letter in text.chars() {
            self.tell(Msg::Typed(letter));
        }
        self.tell(Msg::Accept);
    }

    /// Looks for nothing any more, and shows all lines.
    fn clear(&mut self) {
        for _ in 0..3 {
            self.tell(Msg::Back);
        }
        self.finish();
    }

    /// Shows the library's own lines, too; then there are so many.
    pub(crate) fn unfold(&mut self, lines: usize) -> Duration {
        let began = Instant::now();
        self.tell(Msg::Fold);
        self.finish();
        assert_eq!(self.drill.rows(), lines, "all lines are rows");
        began.elapsed()
    }

    pub(crate) fn rows(&self) -> usize {
        self.drill.rows()
    }

    pub(crate) fn lines(&self) -> usize {
        self.drill.memory().0
    }

    /// How many lines there are, and how many bytes their index and rows take.
    pub(crate) fn memory(&self) -> (usize, usize) {
        self.drill.memory()
    }

    /// The longest time in which no key could be taken since this was asked last.
    pub(crate) fn longest(&mut self) -> Duration {
        std::mem::take(&mut self.longest)
    }
}

/// Returns how many bytes of memory this process holds.
pub(crate) fn resident() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map(|kib| kib << 10)
        .ok_or_else(|| io::Error::other("/proc/self/status tells no VmRSS"))
}
