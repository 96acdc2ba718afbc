//! The command in the view: started, outlived and heard out.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use super::Trouble;

/// Runs the command to its end. Returns the exit status to take over, and whether it is a success.
///
/// Signals that end programs are the command's business; this process has a list to print. Meanwhile `look` is called,
/// and again as often as it says how long to wait.
pub(super) fn run(
    command: &[OsString],
    look: impl FnMut() -> Option<Duration>,
) -> Result<(u8, bool), Trouble> {
    // On this thread alone: another one would not be in the view.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Trouble::new)?;
    runtime.block_on(wait(command, look))
}

async fn wait(
    command: &[OsString],
    mut look: impl FnMut() -> Option<Duration>,
) -> Result<(u8, bool), Trouble> {
    let [program, args @ ..] = command else {
        return Err(Trouble::new("no command"));
    };
    let listen = |kind| signal(kind).map_err(Trouble::new);
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut quit = listen(SignalKind::quit())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    let mut child = match tokio::process::Command::new(program).args(args).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("error: cannot start `{}`: {error}", program.to_string_lossy());
            let code = if error.kind() == ErrorKind::NotFound {
                127
            } else {
                126
            };
            return Ok((code, false));
        }
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
            status = child.wait() => return status.map(taken_over).map_err(Trouble::new),
            // A terminal sends these to the command as well.
            _ = interrupt.recv() => {}
            _ = quit.recv() => {}
            _ = terminate.recv() => pass_on(Signal::TERM),
            _ = hang_up.recv() => pass_on(Signal::HUP),
            () = next => pause = look(),
        }
    }
}

fn taken_over(status: ExitStatus) -> (u8, bool) {
    let code = match (status.code(), status.signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 1,
    };
    (u8::try_from(code).unwrap_or(1), status.success())
}
