//! A command that this process runs, outlives and lends its own exit status from.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lent {
    /// The exit status to take over, as shells number it.
    pub(crate) code: u8,
    /// Whether it is a success.
    pub(crate) succeeded: bool,
}

/// Runs the command to its end, on the calling thread.
///
/// Signals that end programs are the command's business; this process has something to do afterwards. A command that
/// cannot be started ends with 127 or 126, and is told of.
/// Meanwhile `look` is called, and again as often as it says how long to wait.
pub(crate) fn run(command: Command, look: impl FnMut() -> Option<Duration>) -> io::Result<Lent> {
    // On this thread alone: another one may not be in the namespace that the command is to be in.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(wait(command, look))
}

async fn wait(command: Command, mut look: impl FnMut() -> Option<Duration>) -> io::Result<Lent> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let program = command.get_program().to_owned();
    let mut child = match tokio::process::Command::from(command).spawn() {
        Ok(child) => child,
        Err(error) => return Ok(not_started(&program, &error)),
    };
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let pass_on = |signal| {
        if let Some(pid) = pid {
            // It may have ended just now.
            let _ = kill_process(pid, signal);
        }
    };
    let mut pause = look();
    loop {
        let next = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            status = child.wait() => return status.map(taken_over),
            // A terminal sends these to the command as well.
            _ = interrupt.recv() => {}
            _ = quit.recv() => {}
            _ = terminate.recv() => pass_on(Signal::TERM),
            _ = hang_up.recv() => pass_on(Signal::HUP),
            () = next => pause = look(),
        }
    }
}

fn not_started(program: &OsStr, error: &io::Error) -> Lent {
    eprintln!("error: cannot start `{}`: {error}", program.to_string_lossy());
    let missing = error.kind() == ErrorKind::NotFound;
    Lent {
        code: if missing { 127 } else { 126 },
        succeeded: false,
    }
}

fn taken_over(status: ExitStatus) -> Lent {
    let code = match (status.code(), status.signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 1,
    };
    Lent {
        code: u8::try_from(code).unwrap_or(1),
        succeeded: status.success(),
    }
}
