//! A cursor in a list of which a window is shown.

/// Where to go in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// One up.
    Up,
    /// One down.
    Down,
    /// A window up.
    PageUp,
    /// A window down.
    PageDown,
    /// To the first.
    First,
    /// To the last.
    Last,
}

/// A cursor and the first row that was shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct List {
    /// The row under the cursor.
    pub(crate) cursor: usize,
    /// The first row of the window.
    pub(crate) top: usize,
}

impl List {
    /// Moves in a list of `len` rows of which `height` are shown.
    pub(crate) fn go(&mut self, motion: Motion, len: usize, height: usize) {
        let last = len.saturating_sub(1);
        let page = height.saturating_sub(1).max(1);
        self.cursor = match motion {
            Motion::Up => self.cursor.saturating_sub(1),
            Motion::Down => self.cursor + 1,
            Motion::PageUp => self.cursor.saturating_sub(page),
            Motion::PageDown => self.cursor + page,
            Motion::First => 0,
            Motion::Last => last,
        };
        self.set(self.cursor, len, height);
    }

    /// Puts the cursor on a row.
    pub(crate) fn set(&mut self, row: usize, len: usize, height: usize) {
        self.cursor = row.min(len.saturating_sub(1));
        self.top = self.window(len, height);
    }

    /// Returns the first row of a window of `height` rows: where it was, unless the cursor or the list's end moves it.
    pub(crate) fn window(&self, len: usize, height: usize) -> usize {
        let lowest = self.cursor.saturating_sub(height.saturating_sub(1));
        let top = self.top.clamp(lowest, self.cursor.max(lowest));
        top.min(len.saturating_sub(height).max(lowest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_follows_the_cursor_and_no_more() {
        let mut list = List::default();
        list.go(Motion::PageDown, 100, 10);
        assert_eq!((list.cursor, list.top), (9, 0));
        list.go(Motion::Down, 100, 10);
        assert_eq!((list.cursor, list.top), (10, 1));
        list.go(Motion::Last, 100, 10);
        assert_eq!((list.cursor, list.top), (99, 90));
        list.go(Motion::Up, 100, 10);
        assert_eq!((list.cursor, list.top), (98, 90));
        list.go(Motion::Last, 0, 0);
        assert_eq!((list.cursor, list.window(0, 0)), (0, 0));
    }
}
