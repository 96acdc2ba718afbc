//! What can be done at the terminal of a run with a test that is held: a letter and Enter.

use std::io::{self, Read as _};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, getpgrp, kill_process};
use rustix::termios::{QueueSelector, isatty, tcflush, tcgetpgrp};
use tokio::process::Command;

use super::signals::{Asked, Signals};
use crate::Env;
use crate::report::{Results, Screen, held};
use crate::tui::config;
use crate::tui::shell::{self, Programs};

/// Reads letters while something is held.
pub(crate) struct Desk {
    programs: Programs,
}

/// What a letter asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Shell,
    Debugger,
    Continue,
    Nothing,
}

impl Wish {
    fn of(line: &str) -> Wish {
        match line.trim().chars().next() {
            Some('s' | '!') => Wish::Shell,
            Some('g') => Wish::Debugger,
            Some('c') => Wish::Continue,
            _ => Wish::Nothing,
        }
    }
}

impl Desk {
    /// A desk, where somebody can type: else there is only `gkfs-bench continue`.
    pub(crate) fn new(env: &Env) -> Option<Desk> {
        let is_there = isatty(io::stdin()) && isatty(io::stderr());
        is_there.then(|| Desk {
            programs: config::programs(env),
        })
    }

    /// Something is about to be held: what was typed before that is not meant for it.
    pub(crate) fn open(results: &Results) {
        if results.held().is_empty() {
            // Nothing was typed if it cannot be forgotten.
            let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        }
    }

    /// Does what was typed with the test that has been held the longest. Who wants the whole run to end meanwhile is
    /// returned.
    pub(crate) async fn serve(
        &self,
        results: &Results,
        signals: &mut Signals,
        screen: &mut Screen<'_>,
    ) -> io::Result<Option<Asked>> {
        let held = results.held();
        let Some((test, attempt)) = held.first() else {
            return Ok(None);
        };
        let Some(line) = typed()? else { return Ok(None) };
        let dir = results.dir.join(&attempt.dir);
        let (wish, id) = (Wish::of(&line), &test.id);
        let command = match wish {
            Wish::Continue => {
                writeln!(screen.err, "{id} goes on")?;
                if let Err(error) = gkfs_runner::release(&dir) {
                    writeln!(screen.err, "{id} cannot be let go on: {}: {error}", dir.display())?;
                }
                return Ok(None);
            }
            Wish::Shell => shell::command(&self.programs, id, &dir, true),
            Wish::Debugger => shell::debugger(&dir),
            Wish::Nothing => Err("type s, g or c, and Enter; Ctrl-C ends the run".to_owned()),
        };
        let asked = match command {
            Ok((command, greeting)) => {
                writeln!(screen.err, "{greeting}")?;
                screen.err.flush()?;
                lend(command.into(), signals).await
            }
            Err(why) => {
                writeln!(screen.err, "{why}")?;
                return Ok(None);
            }
        };
        match asked {
            Ok(Lent { asked: None, .. }) => {
                held::write(screen.err, id, attempt.held.as_deref().unwrap_or_default(), &dir)?;
            }
            Ok(lent) => return Ok(lent.asked),
            Err(why) => writeln!(screen.err, "{why}")?,
        }
        Ok(None)
    }
}

/// Returns a line that was typed, if there is one. A job in the background is not typed at, and must not read.
fn typed() -> io::Result<Option<String>> {
    let stdin = io::stdin();
    if tcgetpgrp(&stdin).ok() != Some(getpgrp()) {
        return Ok(None);
    }
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut polled, Some(&Timespec::default())) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    // A terminal gives a line at a time.
    let mut bytes = [0; 256];
    let read = stdin.lock().read(&mut bytes)?;
    let line = String::from_utf8_lossy(&bytes[..read]).into_owned();
    Ok((read > 0).then_some(line))
}

/// How a program used the terminal.
pub(crate) struct Lent {
    /// It ended with status 0.
    pub(crate) ok: bool,
    /// Somebody wants us to end; the program was told so.
    pub(crate) asked: Option<Asked>,
}

/// Lets a program have the terminal until it ends.
pub(crate) async fn lend(mut command: Command, signals: &mut Signals) -> Result<Lent, String> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let child = command.kill_on_drop(true).spawn();
    let mut child = child.map_err(|error| format!("cannot start {program}: {error}"))?;
    let (mut asked, mut ok) = (None, false);
    loop {
        tokio::select! {
            status = child.wait() => {
                ok = status.is_ok_and(|status| status.success());
                break;
            }
            signal = signals.next_while_lent(), if asked.is_none() => {
                asked = Some(signal);
                let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
                if let Some(pid) = pid {
                    // It may have ended just now.
                    let _ = kill_process(pid, Signal::HUP);
                }
            }
            // One that does not hear is killed when it is dropped.
            () = tokio::time::sleep(Duration::from_secs(2)), if asked.is_some() => break,
        }
    }
    signals.forget_keys();
    Ok(Lent { ok, asked })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_enough() {
        assert_eq!(Wish::of("s\n"), Wish::Shell);
        assert_eq!(Wish::of(" gdb\n"), Wish::Debugger);
        assert_eq!(Wish::of("continue\n"), Wish::Continue);
        assert_eq!(Wish::of("\n"), Wish::Nothing);
    }
}
