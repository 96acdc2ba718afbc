//! What is shown, as plain text on the normal screen, where the terminal's own means of finding and copying reach it.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{Event, EventStream, KeyEventKind};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use futures_util::StreamExt as _;

use super::lend::Trouble;
use super::signals::{Asked, Signals};
use crate::tui::plain::Plain;

/// Writes it, and waits for a key. Ctrl-C ends the writing.
pub(super) async fn print(plain: Plain, signals: &mut Signals) -> (Result<(), Trouble>, Option<Asked>) {
    let enough = Arc::new(AtomicBool::new(false));
    let is_enough = enough.clone();
    // The terminal may take its time.
    let mut writing = tokio::task::spawn_blocking(move || write(&plain, &is_enough));
    let result = loop {
        tokio::select! {
            written = &mut writing => break written.unwrap_or_else(|error| Err(io::Error::other(error))),
            signal = signals.next() => match signal {
                Asked::End("interrupted") => enough.store(true, Ordering::SeqCst),
                Asked::Stop => signals.stop_self(),
                Asked::WentOn => {}
                other => {
                    enough.store(true, Ordering::SeqCst);
                    return (Ok(()), Some(other));
                }
            },
        }
    };
    match result {
        Ok(()) => (Ok(()), any_key(signals).await),
        Err(error) => (Err(format!("cannot write to the terminal: {error}")), None),
    }
}

fn write(plain: &Plain, enough: &AtomicBool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout());
    writeln!(out, "{}", plain.title)?;
    let mut lines = 0_u64;
    for line in plain.lines() {
        if enough.load(Ordering::SeqCst) {
            writeln!(out, "… interrupted")?;
            break;
        }
        writeln!(out, "{line}")?;
        lines += 1;
    }
    let plural = if lines == 1 { "line" } else { "lines" };
    write!(out, "— {lines} {plural}; any key leads back —")?;
    out.flush()
}

/// Waits for any key, with the terminal set so that one is enough.
async fn any_key(signals: &mut Signals) -> Option<Asked> {
    // Where this is not possible, enter has to be pressed.
    let _ = enable_raw_mode();
    let mut events = EventStream::new();
    let asked = loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(Event::Key(key))) if key.kind != KeyEventKind::Release => break None,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break Some(Asked::HangUp),
            },
            signal = signals.next() => match signal {
                Asked::Stop => signals.stop_self(),
                Asked::WentOn => {}
                other => break Some(other),
            },
        }
    };
    drop(events);
    let _ = disable_raw_mode();
    // As above: the terminal may be gone.
    let _ = writeln!(io::stdout());
    asked
}
