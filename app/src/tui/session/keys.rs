//! Where keys come from.

use std::io;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;

/// Where keys come from.
pub(super) enum Keys {
    /// From the terminal.
    Read(EventStream),
    /// Another program has them.
    Lent,
    /// The terminal is gone.
    Gone,
}

impl Keys {
    /// Those of the terminal.
    pub(super) fn read() -> Keys {
        Keys::Read(EventStream::new())
    }

    /// Waits for the next; for ever, while they are not ours.
    pub(super) async fn next(&mut self) -> Option<io::Result<Event>> {
        match self {
            Keys::Read(stream) => stream.next().await,
            Keys::Lent | Keys::Gone => std::future::pending().await,
        }
    }

    /// Whether they are ours.
    pub(super) fn are_there(&self) -> bool {
        matches!(self, Keys::Read(_))
    }
}

/// Puts in the terminal's place something on which nothing ever comes. Whoever reads keys would otherwise be told,
/// again and again without a pause, that there is something to read: the end.
pub(super) fn quiet_input() -> io::Result<()> {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    rustix::stdio::dup2_stdin(reader)?;
    // A pipe that nobody can write to any more is at its end, too.
    std::mem::forget(writer);
    Ok(())
}
