//! The terminal: taken for the screen, and given back whatever happens.
//!
//! What is switched on is switched off in one place, [`restore`], which may be called twice: by the guard when it
//! is dropped, and by the panic hook before anything is printed. A panic in any thread thus speaks on the normal
//! screen.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

use super::state::State;
use super::view;

/// So much of a frame is written at once: all of it, unless the terminal is enormous.
const FRAME: usize = 256 * 1024;

/// The terminal while it is ours.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    /// Whether it is ours now; the panic hook asks too.
    ours: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter() -> io::Result<Screen> {
        let ours = Arc::new(AtomicBool::new(false));
        let before = std::panic::take_hook();
        let hooked = ours.clone();
        std::panic::set_hook(Box::new(move |info| {
            restore(&hooked);
            before(info);
        }));
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME, io::stdout()));
        let mut screen = Screen {
            terminal: Terminal::new(backend)?,
            ours,
        };
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal again after it was given back.
    pub(super) fn take(&mut self) -> io::Result<()> {
        self.ours.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            cursor::Hide
        )?;
        self.redraw()
    }

    /// Gives the terminal back.
    pub(super) fn leave(&mut self) {
        restore(&self.ours);
    }

    /// Returns columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.terminal
            .size()
            .map_or((0, 0), |size| (size.width, size.height))
    }

    /// Forgets what the terminal shows, so that the next frame is written whole.
    pub(super) fn redraw(&mut self) -> io::Result<()> {
        // `Terminal::clear` would ask the terminal where its cursor is, and wait for an answer that may not come.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Draws a frame: one write, shown at once by terminals that know how.
    pub(super) fn draw(&mut self, state: &State) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| view::draw(state, frame))?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.terminal.backend_mut().flush()
    }

    /// Puts text into the clipboard of the machine the terminal runs on (OSC 52), through ssh too.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        let out = self.terminal.backend_mut();
        write!(out, "\x1b]52;c;{encoded}\x07")?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore(&self.ours);
    }
}

/// Switches off what was switched on, once.
fn restore(ours: &AtomicBool) {
    if !ours.swap(false, Ordering::SeqCst) {
        return;
    }
    // Nothing can be done about a terminal that is gone.
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}
