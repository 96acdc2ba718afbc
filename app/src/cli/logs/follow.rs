//! `gkfs-bench logs -f`: a test's lines while it runs.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use gkfs_runner::EventKind;
use gkfs_runner::record::{Record, Shown};

use crate::report::Screen;
use crate::tui::drill::{Growing, Wanted};
use crate::{CommandError, Exit};

/// How often it is looked for new lines: often enough for the eye.
const PACE: Duration = Duration::from_millis(100);

/// What the run's events say about one test.
#[derive(Default)]
struct Progress {
    /// Attempts that were not read yet.
    waiting: VecDeque<PathBuf>,
    /// The attempt that began last.
    began: u32,
    /// How many of those that began have ended.
    ended: usize,
    /// No further attempt begins.
    over: bool,
}

/// Prints the lines of all attempts at a test from now on, to the end of the last.
pub(super) fn follow(
    record: &Record,
    id: &str,
    wanted: &Wanted,
    screen: &mut Screen<'_>,
) -> Result<Exit, CommandError> {
    match lines(record, id, wanted, screen) {
        // Whoever reads has had enough, as `head` has.
        Err(Problem::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Passed),
        Err(Problem::Output(error)) => Err(error.into()),
        Err(Problem::Record(error)) => Err(error.into()),
        Ok(()) => Ok(Exit::Passed),
    }
}

enum Problem {
    Output(io::Error),
    Record(gkfs_runner::RecordError),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        Problem::Output(error)
    }
}

impl From<gkfs_runner::RecordError> for Problem {
    fn from(error: gkfs_runner::RecordError) -> Problem {
        Problem::Record(error)
    }
}

fn lines(record: &Record, id: &str, wanted: &Wanted, screen: &mut Screen<'_>) -> Result<(), Problem> {
    let mut tail = record.tail();
    let mut progress = Progress::default();
    let (mut shown, mut reading, mut said) = (0, None::<Growing>, false);
    loop {
        // Looked at before the events: what a runner said last is there when it is gone.
        let gone = Record::open(&record.dir)?.shown() != Shown::Running;
        for event in tail.read()?.items {
            progress.take(&event.kind, id, record);
        }
        progress.over |= gone;
        if reading.is_none() {
            reading = progress
                .waiting
                .pop_front()
                .map(|dir| Growing::new(dir, wanted.clone()));
        }
        match &mut reading {
            Some(growing) => {
                let over = progress.ended > shown || gone;
                for line in growing.look(over) {
                    writeln!(screen.out, "{line}")?;
                }
                screen.out.flush()?;
                if over {
                    shown += 1;
                    reading = None;
                    continue;
                }
            }
            None if progress.over => return Ok(()),
            None if !said => {
                said = true;
                writeln!(screen.err, "note: {id} has not begun; waiting for it")?;
            }
            None => {}
        }
        std::thread::sleep(PACE);
    }
}

impl Progress {
    fn take(&mut self, event: &EventKind, id: &str, record: &Record) {
        match event {
            EventKind::AttemptStarted {
                id: of, attempt, dir, ..
            } if of == id => {
                self.began = *attempt;
                self.waiting.push_back(record.dir.join(dir));
            }
            // One that never had a process has nothing to tell.
            EventKind::AttemptFinished(end) if end.id == id && end.attempt <= self.began => self.ended += 1,
            EventKind::TestFinished { id: of, .. } if of == id => self.over = true,
            EventKind::TestCancelled { id: of, .. } if of == id => self.over = true,
            EventKind::RunFinished { .. } => self.over = true,
            _ => {}
        }
    }
}
