//! The terminal: taken for the screen, and given back whatever happens.
//!
//! What is switched on is switched off in one place, in `hold`, which may be asked twice: by the guard when it is
//! dropped, and by the panic hook before anything is printed. A panic in any thread thus speaks on the normal screen,
//! and no thread writes a frame over it.
//!
//! A terminal can be slow, or stopped, or gone. Frames are therefore bytes that wait: the loop passes on what the
//! terminal takes, makes no new frame as long as one waits, and stays ready for all else.

use std::io;
use std::sync::Arc;

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::Terminal;
use ratatui::layout::Rect;
use tokio::io::Interest;
use tokio::net::unix::pipe::Sender;
use tokio_util::sync::CancellationToken;

use super::clipboard::Through;
use super::state::State;
use super::view;
use hold::Hold;
use painter::Painter;

mod hold;
mod painter;

/// The terminal while it is ours.
pub(super) struct Screen {
    terminal: Terminal<Painter>,
    hold: Arc<Hold>,
    /// The same terminal once more, for the runtime to watch: to it, a terminal is like a pipe.
    tty: Sender,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal. A panic in any thread gives it back, and cancels `broken` once the report is out.
    pub(super) fn enter(broken: CancellationToken) -> io::Result<Screen> {
        let hold = Arc::new(Hold::open()?);
        let before = std::panic::take_hook();
        let hooked = Arc::downgrade(&hold);
        std::panic::set_hook(Box::new(move |info| {
            if let Some(hold) = hooked.upgrade() {
                hold.give_back(&[]);
            }
            before(info);
            tracing::error!("{info}");
            broken.cancel();
        }));
        let mut screen = Screen {
            terminal: Terminal::new(Painter::new(hold.clone()))?,
            tty: Sender::from_owned_fd_unchecked(hold.try_clone()?)?,
            hold,
            mouse: false,
        };
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal again after it was given back, or changed by others.
    pub(super) fn take(&mut self) -> io::Result<()> {
        self.hold.take(self.mouse)?;
        self.redraw()
    }

    /// Gives the terminal back; what was copied before still reaches it.
    pub(super) fn leave(&mut self) {
        let last = std::mem::take(&mut self.terminal.backend_mut().bytes);
        self.hold.give_back(&last);
    }

    /// Returns columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.hold.size()
    }

    /// Forgets what the terminal shows, so that the next frame is written whole.
    pub(super) fn redraw(&mut self) -> io::Result<()> {
        let (columns, rows) = self.size();
        self.terminal.resize(Rect::new(0, 0, columns, rows))
    }

    /// Draws a frame, to be shown at once by terminals that know how.
    pub(super) fn draw(&mut self, state: &State) -> io::Result<()> {
        queue!(self.terminal.backend_mut().bytes, BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| view::draw(state, frame))?;
        queue!(self.terminal.backend_mut().bytes, EndSynchronizedUpdate)
    }

    /// Puts text into the clipboard of the machine the terminal runs on.
    pub(super) fn copy(&mut self, text: &str, through: Through) {
        let bytes = &mut self.terminal.backend_mut().bytes;
        bytes.extend_from_slice(&through.copy(text));
    }

    /// Takes the mouse, or gives it back.
    pub(super) fn mouse(&mut self, on: bool) {
        self.mouse = on;
        let bytes = &mut self.terminal.backend_mut().bytes;
        bytes.extend_from_slice(hold::clicks(on));
    }

    /// Whether bytes wait for the terminal.
    pub(super) fn is_behind(&self) -> bool {
        !self.terminal.backend().bytes.is_empty()
    }

    /// Passes on what waits, as the terminal takes it; when nothing waits, waits itself until the terminal is gone.
    /// May be given up at any time and begun again.
    pub(super) async fn serve(&mut self) -> io::Result<()> {
        let bytes = &mut self.terminal.backend_mut().bytes;
        if bytes.is_empty() {
            self.tty.ready(Interest::ERROR).await?;
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        while !bytes.is_empty() {
            self.tty.writable().await?;
            match self.tty.try_io(|| self.hold.write(bytes)) {
                Ok(written) => drop(bytes.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}
