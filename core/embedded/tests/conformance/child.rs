//! One process with a deadline, its output in files, and nothing of it left afterwards.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

/// What a process showed to the outside.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// In words: "exit status: 3", "signal: 6 (SIGABRT)", "still running after 40s".
    pub(crate) ending: String,
}

/// Runs `command` as leader of a process group of its own, and ends that group when the leader is done or late.
///
/// Output goes to files in `logs`: a pipe that a grandchild keeps open could hold us beyond the deadline.
pub(crate) fn run(mut command: Command, logs: &Path, deadline: Duration) -> io::Result<Outcome> {
    let (out, err) = (logs.join("stdout"), logs.join("stderr"));
    command
        .stdin(Stdio::null())
        .stdout(File::create(&out)?)
        .stderr(File::create(&err)?)
        .process_group(0);
    let mut child = command.spawn()?;
    let done = wait_until_dead(&child, deadline);
    // The leader is not reaped yet, so its number cannot have gone to another process.
    let _ = kill_process_group(pid(&child), Signal::KILL);
    let status = child.wait()?;
    let ending = if done? {
        words(status)
    } else {
        format!("still running after {deadline:?}")
    };
    Ok(Outcome {
        stdout: fs::read(out)?,
        stderr: fs::read(err)?,
        ending,
    })
}

/// Whether the child died within `deadline`. It is not reaped.
pub(crate) fn wait_until_dead(child: &Child, deadline: Duration) -> io::Result<bool> {
    let pidfd = pidfd_open(pid(child), PidfdFlags::empty())?;
    let mut watched = [PollFd::new(&pidfd, PollFlags::IN)];
    let timeout = Timespec::try_from(deadline).map_err(io::Error::other)?;
    Ok(poll(&mut watched, Some(&timeout))? == 1)
}

pub(crate) fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

fn words(status: ExitStatus) -> String {
    match status.signal() {
        Some(signal) => format!("signal: {signal}"),
        None => format!("exit status: {}", status.code().unwrap_or_default()),
    }
}
