//! Who has the terminal: we, or whoever called us.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, queue};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// So long a terminal that takes no bytes is waited for; then it is left as it is.
const PATIENCE: Duration = Duration::from_secs(1);
/// What a terminal that does not know its size is taken for.
const USUAL: (u16, u16) = (80, 24);

/// While the mouse is the terminal's, its wheel shall press the arrow keys, as in a pager. Terminals differ in whether
/// they do that anyway, so how it was is kept in the terminal itself.
const WHEEL: &[u8] = b"\x1b[?1007h";
const SAVE: &[u8] = b"\x1b[?1007s";
const RESTORE: &[u8] = b"\x1b[?1007r";

/// The terminal, with the way back to how it was.
pub(super) struct Hold {
    out: OwnedFd,
    /// How it was set before; `Some` while it is ours. Locked while bytes are written, so that no thread writes a
    /// frame after another has given the terminal back.
    before: Mutex<Option<Termios>>,
}

impl Hold {
    /// Opens the terminal that standard output is.
    ///
    /// It is opened once more, because who must not wait for a slow terminal needs an open file of its own: whether
    /// a write waits is a property of the open file, and that one is shared with the shell.
    pub(super) fn open() -> io::Result<Hold> {
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let again = rustix::fs::open("/proc/self/fd/1", flags, Mode::empty());
        let out = match again {
            Ok(out) => out,
            // The terminal of another user, as after `su`: then writes wait.
            Err(_) => io::stdout().as_fd().try_clone_to_owned()?,
        };
        Ok(Hold {
            out,
            before: Mutex::new(None),
        })
    }

    /// Returns the same open file once more.
    pub(super) fn try_clone(&self) -> io::Result<OwnedFd> {
        self.out.try_clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Termios>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the terminal; also again, when somebody may have changed it meanwhile.
    pub(super) fn take(&self, mouse: bool) -> io::Result<()> {
        let mut before = self.lock();
        let now = tcgetattr(&self.out)?;
        let mut raw = now.clone();
        raw.make_raw();
        tcsetattr(&self.out, OptionalActions::Now, &raw)?;
        if before.is_none() {
            self.write_soon(SAVE);
        }
        before.get_or_insert(now);
        self.write_soon(&enter(mouse)?);
        Ok(())
    }

    /// Gives the terminal back, after `last` bytes; once.
    pub(super) fn give_back(&self, last: &[u8]) {
        // Held to the end: whoever finds that the terminal is not ours may rely on its being given back.
        let mut ours = self.lock();
        let Some(before) = ours.take() else {
            return;
        };
        self.write_soon(last);
        self.write_soon(&leave().unwrap_or_default());
        // Nothing can be done about a terminal that is gone.
        let _ = tcsetattr(&self.out, OptionalActions::Now, &before);
    }

    /// Writes what the terminal takes now. While it is not ours, bytes are for nobody.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        if self.lock().is_none() {
            return Ok(bytes.len());
        }
        Ok(rustix::io::write(&self.out, bytes)?)
    }

    /// Returns columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        match tcgetwinsize(&self.out) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => USUAL,
        }
    }

    /// Writes all of it, unless the terminal takes nothing for too long.
    fn write_soon(&self, mut bytes: &[u8]) {
        let began = Instant::now();
        while !bytes.is_empty() {
            match rustix::io::write(&self.out, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if self.is_ready_within(PATIENCE.saturating_sub(began.elapsed())) => {}
                Err(_) => return,
            }
        }
    }

    fn is_ready_within(&self, time: Duration) -> bool {
        let Some(time) = Timespec::try_from(time).ok().filter(|_| !time.is_zero()) else {
            return false;
        };
        let ready = poll(&mut [PollFd::new(&self.out, PollFlags::OUT)], Some(&time));
        matches!(ready, Ok(1) | Err(Errno::INTR))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.give_back(&[]);
    }
}

fn enter(mouse: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    queue!(bytes, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    bytes.extend_from_slice(WHEEL);
    bytes.extend_from_slice(clicks(mouse));
    Ok(bytes)
}

/// Returns what takes the mouse, or gives it back: clicks and the wheel, but not each cell it moves over.
pub(super) fn clicks(on: bool) -> &'static [u8] {
    if on {
        b"\x1b[?1000h\x1b[?1006h"
    } else {
        b"\x1b[?1006l\x1b[?1000l"
    }
}

/// Switches off whatever can have been switched on.
fn leave() -> io::Result<Vec<u8>> {
    // Ends a sequence that was cut in its middle; the terminal ignores it otherwise.
    let mut bytes = b"\x1b\\".to_vec();
    queue!(
        bytes,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    )?;
    bytes.extend_from_slice(clicks(false));
    bytes.extend_from_slice(RESTORE);
    Ok(bytes)
}
