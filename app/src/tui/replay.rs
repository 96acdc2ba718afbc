//! A recorded run as messages: the same that a run sends while it happens.

use std::time::Duration;

use gkfs_runner::event::Level;
use gkfs_runner::record::{Record, Shown};
use tokio::sync::mpsc::UnboundedSender;

use super::msg::{Msg, Opened};

/// How often the record of a run that goes on is looked at.
const AGAIN: Duration = Duration::from_millis(500);

/// Returns all that a record says so far.
pub(crate) fn messages(record: &Record) -> Vec<Msg> {
    let mut messages = vec![Msg::RunOpened(Opened {
        id: record.file.id.clone(),
        dir: record.dir.clone(),
        stack: record.file.stack.clone(),
        live: false,
    })];
    match record.events() {
        Ok(lines) => {
            messages.extend(lines.items.into_iter().map(Msg::Run));
            if lines.unreadable > 0 {
                let text = format!("{} lines of the record cannot be read", lines.unreadable);
                messages.push(Msg::Note(Level::Warn, text));
            }
        }
        Err(error) => messages.push(Msg::Note(Level::Error, error.to_string())),
    }
    if record.is_newer() {
        let text = "a later version wrote this run: parts of it may be missing here";
        messages.push(Msg::Note(Level::Warn, text.to_owned()));
    }
    if record.shown() != Shown::Running {
        // Killed or finished: nothing runs any more, whatever the last line says.
        messages.push(Msg::Done(None));
    }
    messages
}

/// Sends what a record says, and, while its run goes on elsewhere, what it says further.
pub(crate) fn open(record: Record, out: UnboundedSender<Msg>) {
    tokio::task::spawn_blocking(move || {
        let mut next = 0;
        for msg in messages(&record) {
            if let Msg::Run(event) = &msg {
                next = event.seq + 1;
            }
            // Nobody listens once the session is over.
            let _ = out.send(msg);
        }
        if record.shown() == Shown::Running {
            tokio::runtime::Handle::current().spawn(follow(record, next, out));
        } else if record.shown() == Shown::Killed {
            let text = "this run was killed: what it had not finished has no verdict";
            let _ = out.send(Msg::Note(Level::Warn, text.to_owned()));
        }
    });
}

async fn follow(record: Record, mut next: u64, out: UnboundedSender<Msg>) {
    loop {
        tokio::time::sleep(AGAIN).await;
        // The order matters: what is written before the end must be read after it was seen.
        let over = Record::open(&record.dir).is_ok_and(|record| record.shown() != Shown::Running);
        let events = record.events().map(|lines| lines.items).unwrap_or_default();
        for event in events
            .into_iter()
            .filter(|event| event.seq >= next)
            .collect::<Vec<_>>()
        {
            next = event.seq + 1;
            if out.send(Msg::Run(event)).is_err() {
                return;
            }
        }
        if over {
            let _ = out.send(Msg::Done(None));
            return;
        }
    }
}
