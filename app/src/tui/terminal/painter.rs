//! From cells to the bytes that make a terminal show them, collected until they are written.

use std::io;
use std::sync::Arc;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::hold::Hold;

/// A backend that writes into memory: the loop passes on what the terminal takes, when it takes it.
pub(super) struct Painter {
    pub(super) bytes: Vec<u8>,
    hold: Arc<Hold>,
}

impl Painter {
    pub(super) fn new(hold: Arc<Hold>) -> Painter {
        Painter {
            bytes: Vec::new(),
            hold,
        }
    }

    fn writer(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.bytes)
    }
}

impl Backend for Painter {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.writer().draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.writer().hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.writer().show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // To ask the terminal would mean to wait for an answer that may not come; a full screen needs none.
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.writer().set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.writer().clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.writer().clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        let (columns, rows) = self.hold.size();
        Ok(Size::new(columns, rows))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
