//! A recorded run as messages: the same that a run sends while it happens.
//!
//! A run that another process makes right now is followed: what its record gets is sent on. When its runner is gone
//! without having said that it ended, it was killed; when its directory is gone, it was removed.

use std::time::Duration;

use gkfs_runner::Event;
use gkfs_runner::event::Level;
use gkfs_runner::record::{Lines, Record, Shown, Tail};
use tokio::sync::mpsc::UnboundedSender;

use super::msg::{Followed, Msg, Opened};

/// How often the record of a run that goes on is looked at.
const AGAIN: Duration = Duration::from_millis(50);
/// How often it is asked whether whoever makes it still lives.
const ALIVE: u32 = 10;

/// Returns all that a record says so far.
pub(crate) fn messages(record: &Record) -> Vec<Msg> {
    let mut messages = vec![opened(record)];
    messages.extend(lines(record.events()));
    messages.extend(notes(record));
    if record.shown() != Shown::Running {
        // Killed or finished: nothing runs any more, whatever the last line says.
        messages.push(Msg::Done(None));
    }
    messages
}

fn opened(record: &Record) -> Msg {
    Msg::RunOpened(Opened {
        id: record.file.id.clone(),
        dir: record.dir.clone(),
        stack: record.file.stack.clone(),
        live: false,
    })
}

fn notes(record: &Record) -> Option<Msg> {
    let text = "a later version wrote this run: parts of it may be missing here";
    record.is_newer().then(|| Msg::Note(Level::Warn, text.to_owned()))
}

fn lines(read: Result<Lines<Event>, gkfs_runner::RecordError>) -> Vec<Msg> {
    match read {
        Ok(lines) => {
            let unreadable = lines.unreadable;
            let mut messages: Vec<Msg> = lines.items.into_iter().map(Msg::Run).collect();
            if unreadable > 0 {
                let text = format!("{unreadable} lines of the record cannot be read");
                messages.push(Msg::Note(Level::Warn, text));
            }
            messages
        }
        Err(error) => vec![Msg::Note(Level::Error, error.to_string())],
    }
}

/// Sends what a record says, and, while its run goes on elsewhere, what it says further.
pub(crate) fn open(record: Record, out: UnboundedSender<Msg>) {
    tokio::task::spawn_blocking(move || {
        let shown = record.shown();
        if shown != Shown::Running {
            for msg in messages(&record).into_iter().chain(killed(shown)) {
                // Nobody listens once the session is over.
                drop(out.send(msg));
            }
            return;
        }
        let (tail, run) = (record.tail(), record.file.id.clone());
        let follower = Follower {
            record,
            tail,
            run,
            out,
        };
        tokio::runtime::Handle::current().spawn(follower.follow());
    });
}

fn killed(shown: Shown) -> Option<Msg> {
    let text = "this run was killed: what it had not finished has no verdict";
    (shown == Shown::Killed).then(|| Msg::Note(Level::Warn, text.to_owned()))
}

/// Follows a run that another process makes.
struct Follower {
    record: Record,
    tail: Tail,
    run: String,
    out: UnboundedSender<Msg>,
}

impl Follower {
    async fn follow(mut self) {
        let mut goes_on = self.say(opened(&self.record))
            && notes(&self.record).into_iter().all(|note| self.say(note))
            && self.tell(Followed::Begins);
        let mut round = 0_u32;
        while goes_on {
            goes_on = self.look(round.is_multiple_of(ALIVE));
            round = round.wrapping_add(1);
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Passes on what is new; whether there may be more, and somebody to hear it.
    fn look(&mut self, at_runner: bool) -> bool {
        // The order matters: what is written before the end must be read after it was seen.
        let shown = match at_runner.then(|| Record::open(&self.record.dir)) {
            Some(Ok(record)) => Some(record.shown()),
            Some(Err(_)) if !self.record.dir.exists() => return self.removed(),
            Some(Err(error)) => {
                self.say(Msg::Note(Level::Error, error.to_string()));
                self.tell(Followed::Over { killed: false });
                return false;
            }
            None => None,
        };
        match self.tail.read() {
            Ok(lines) => {
                if lines.unreadable > 0 {
                    let text = format!("{} lines of the record cannot be read", lines.unreadable);
                    self.say(Msg::Note(Level::Warn, text));
                }
                let mut events = lines.items.into_iter();
                if !events.all(|event| self.tell(Followed::Event(Box::new(event)))) {
                    return false;
                }
            }
            Err(_) if !self.record.dir.exists() => return self.removed(),
            // A run that has only just begun has no events yet.
            Err(_) => {}
        }
        match shown {
            None | Some(Shown::Running) => true,
            Some(shown) => {
                killed(shown).map(|note| self.say(note));
                self.tell(Followed::Over {
                    killed: shown == Shown::Killed,
                });
                false
            }
        }
    }

    fn removed(&self) -> bool {
        let text = format!("{} was removed", self.record.dir.display());
        self.say(Msg::Note(Level::Error, text));
        self.tell(Followed::Over { killed: false });
        false
    }

    fn tell(&self, what: Followed) -> bool {
        let run = self.run.clone();
        self.say(Msg::Followed { run, what })
    }

    fn say(&self, msg: Msg) -> bool {
        self.out.send(msg).is_ok()
    }
}
