//! Choosing rows of a preview, to copy them. No more can be chosen than was read: that is more than can be copied.

use super::preview::{Form, HEX, Preview, Window, parts};
use crate::hex;
use crate::tui::drill::list::Motion;
use crate::tui::drill::text::{LONGEST, columns};

/// Rows that are chosen, by where they begin: in bytes; of JSON, in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui::drill) struct Chosen {
    /// Where it was begun.
    from: u64,
    /// The other end, which moves.
    to: u64,
}

impl Chosen {
    /// Whether a row is among them.
    pub(in crate::tui::drill) fn has(self, row: u64) -> bool {
        (self.from.min(self.to)..=self.from.max(self.to)).contains(&row)
    }

    /// The same in a file that ends there now.
    pub(super) fn within(self, last: u64) -> Chosen {
        Chosen {
            from: self.from.min(last),
            to: self.to.min(last),
        }
    }
}

impl Preview {
    /// Begins to choose rows at the first one that is shown, or chooses none any more.
    pub(in crate::tui::drill) fn choose(&mut self) {
        let here = Chosen {
            from: self.offset,
            to: self.offset,
        };
        let is_read = matches!(self.window, Some(Ok(_)));
        self.chosen = (self.chosen.is_none() && is_read).then_some(here);
    }

    /// Moves the end that moves; of the file so many rows are shown. Returns whether another part must be read.
    pub(in crate::tui::drill) fn go(&mut self, motion: Motion, height: usize) -> bool {
        let (Some(Ok(window)), Some(chosen)) = (&self.window, &mut self.chosen) else {
            return false;
        };
        let page = height.saturating_sub(1).max(1);
        let (rows, down) = match motion {
            Motion::Up => (1, false),
            Motion::Down => (1, true),
            Motion::PageUp => (page, false),
            Motion::PageDown => (page, true),
            Motion::First => (usize::MAX, false),
            Motion::Last => (usize::MAX, true),
        };
        chosen.to = window.walk(chosen.to, rows, down);
        if chosen.to < self.offset || window.rows(self.offset, chosen.to) > page {
            let back = if chosen.to < self.offset { 0 } else { page };
            self.offset = window.walk(chosen.to, back, false);
        }
        self.wants_more()
    }

    /// Returns how many rows are chosen.
    pub(in crate::tui::drill) fn count(&self) -> usize {
        let (Some(Ok(window)), Some(chosen)) = (&self.window, self.chosen) else {
            return 0;
        };
        window.rows(chosen.from.min(chosen.to), chosen.from.max(chosen.to)) + 1
    }

    /// Returns the rows that are chosen as text, or how many bytes they are when not all of them are at hand.
    pub(in crate::tui::drill) fn text(&self) -> Option<Result<String, u64>> {
        let (Some(Ok(window)), Some(chosen)) = (&self.window, self.chosen) else {
            return None;
        };
        let (from, to) = (chosen.from.min(chosen.to), chosen.from.max(chosen.to));
        if !matches!(window.form, Form::Json(_)) && from < window.at {
            return Some(Err(to - from));
        }
        let mut text = String::new();
        let mut at = Some(from);
        while let Some(row) = at.filter(|row| *row <= to) {
            text.push_str(&window.row(row));
            text.push('\n');
            at = window.step(row, true);
        }
        Some(Ok(text))
    }
}

impl Window {
    /// Returns the row after one, or before it.
    pub(in crate::tui::drill) fn step(&self, row: u64, down: bool) -> Option<u64> {
        match &self.form {
            Form::Text if down => self.next(row),
            Form::Text => self.previous(row),
            Form::Hex if down => Some(row + HEX as u64).filter(|next| *next < self.size),
            Form::Hex => row.checked_sub(HEX as u64),
            Form::Json(lines) if down => Some(row + 1).filter(|next| *next < lines.len() as u64),
            Form::Json(_) => row.checked_sub(1),
        }
    }

    /// Returns the row so many rows from one, as far as was read.
    fn walk(&self, row: u64, rows: usize, down: bool) -> u64 {
        let end = self.at + self.bytes.len() as u64;
        let is_read = |row: &u64| match self.form {
            Form::Json(_) => true,
            Form::Text | Form::Hex => (self.at..end).contains(row),
        };
        let mut at = row;
        for _ in 0..rows {
            match self.step(at, down).filter(is_read) {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    /// Returns how many rows lie between two.
    fn rows(&self, from: u64, to: u64) -> usize {
        let (mut at, mut rows) = (from, 0);
        while at < to {
            match self.step(at, true) {
                Some(next) => at = next,
                None => break,
            }
            rows += 1;
        }
        rows
    }

    /// Returns a row as it is shown, however wide that is.
    fn row(&self, row: u64) -> String {
        let bytes = self.from(row);
        match &self.form {
            Form::Text => {
                let text = parts(bytes).next().map_or(&[][..], |part| part.text);
                columns(text, 0, LONGEST)
            }
            Form::Json(lines) => usize::try_from(row)
                .ok()
                .and_then(|row| lines.get(row))
                .cloned()
                .unwrap_or_default(),
            Form::Hex => hex::row(row, &bytes[..bytes.len().min(HEX)]).concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(bytes: &[u8], form: Form) -> Preview {
        let mut preview = Preview::new("f".into(), None);
        preview.window = Some(Ok(Window {
            at: 0,
            bytes: bytes.to_vec(),
            size: bytes.len() as u64,
            form,
        }));
        preview
    }

    #[test]
    fn lines_are_chosen_and_stay_on_the_screen() {
        let text: String = (0..100).map(|line| format!("line {line}\n")).collect();
        let mut preview = preview(text.as_bytes(), Form::Text);
        preview.choose();
        for _ in 0..12 {
            preview.go(Motion::Down, 10);
        }
        assert_eq!(preview.count(), 13);
        // The cursor is on the last of ten rows that are shown.
        assert_eq!(preview.offset, "line 0\n".len() as u64 * 3);
        preview.go(Motion::Last, 10);
        let chosen = preview.text().expect("chosen").expect("at hand");
        assert_eq!(chosen, text);
        preview.go(Motion::First, 10);
        assert_eq!((preview.count(), preview.offset), (1, 0));
        preview.choose();
        assert_eq!(preview.chosen, None);
    }

    #[test]
    fn bytes_are_chosen_by_rows() {
        let mut preview = preview(&[b'A'; 40], Form::Hex);
        preview.choose();
        preview.go(Motion::PageDown, 10);
        let chosen = preview.text().expect("chosen").expect("at hand");
        assert_eq!(chosen.lines().count(), 3);
        assert!(chosen.starts_with("000000  41 41 "), "{chosen}");
        assert!(chosen.ends_with("AAAAAAAA\n"), "{chosen}");
    }

    #[test]
    fn what_was_chosen_is_within_a_file_that_shrinks() {
        let mut preview = preview(b"a\nb\nc\n", Form::Text);
        preview.choose();
        preview.go(Motion::Last, 10);
        preview.take(Ok(Window {
            at: 0,
            bytes: b"a\n".to_vec(),
            size: 2,
            form: Form::Text,
        }));
        assert!(
            preview
                .text()
                .expect("chosen")
                .expect("at hand")
                .starts_with("a\n")
        );
        preview.take(Err("gone".to_owned()));
        assert_eq!((preview.count(), preview.text()), (0, None));
    }
}
