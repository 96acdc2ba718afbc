//! A look at a file system, made by another process: whatever that waits for, it waits not here for longer than this.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::look::{LIVE, Look, OVER, WORD};
use crate::tui::drill::effect::LookAsk;

/// Starting a daemon on a copy and a client takes a real GekkoFS two seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// A process that was told to end has this long for it.
const GRACE: Duration = Duration::from_secs(2);
/// No answer is longer, in bytes.
const LONGEST: usize = 64 << 20;

/// Looks. The directory that it works in goes in any case: the other process removes it too, if this one is killed.
pub(super) fn look(ask: &LookAsk) -> Result<Look, String> {
    let made = std::env::temp_dir();
    let scratch = tempfile::Builder::new().prefix("gkfs-look-").tempdir_in(&made);
    let scratch =
        scratch.map_err(|error| format!("cannot make a directory in {}: {error}", made.display()))?;
    let mut command = Command::new(&ask.program);
    command.arg(WORD).arg(&ask.attempt).arg(scratch.path());
    command.arg(OsStr::new(if ask.live { LIVE } else { OVER }));
    let answer = answer(command, &scratch.path().join("stderr"), PATIENCE)?;
    serde_json::from_slice(&answer).map_err(|error| format!("the look answered what is no answer: {error}"))
}

/// Runs a command to its end, or to a deadline. Its standard input is closed when it must end.
fn answer(mut command: Command, stderr: &Path, patience: Duration) -> Result<Vec<u8>, String> {
    let deadline = Instant::now() + patience;
    let failed = |what: &str, error: &io::Error| format!("cannot {what}: {error}");
    let said = File::create(stderr).map_err(|error| failed("keep its messages", &error))?;
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(said)
        // What the terminal sends is for the screen.
        .process_group(0);
    let mut child = command.spawn().map_err(|error| failed("start a look", &error))?;
    let read = read(&mut child, deadline);
    drop(child.stdin.take());
    let ended = end(&mut child);
    match (read, ended) {
        (Ok(None), _) => Err(format!(
            "the file system did not answer within {} s; what it was asked with was ended",
            patience.as_secs()
        )),
        (Err(error), _) | (Ok(Some(_)), Err(error)) => Err(failed("look", &error)),
        (Ok(Some(answer)), Ok(status)) if status.success() => Ok(answer),
        (Ok(Some(_)), Ok(status)) => {
            let said = std::fs::read_to_string(stderr).unwrap_or_default();
            Err(match said.trim() {
                "" => format!("the look ended with {status}"),
                said => said.to_owned(),
            })
        }
    }
}

/// Reads all that a process prints; nothing if that takes longer than it may.
fn read(child: &mut Child, deadline: Instant) -> io::Result<Option<Vec<u8>>> {
    let Some(mut stdout) = child.stdout.take() else {
        return Ok(None);
    };
    let mut answer = Vec::new();
    let mut block = vec![0; 64 * 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut wanted = [PollFd::new(&stdout, PollFlags::IN)];
        match poll(&mut wanted, Some(&left)) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match stdout.read(&mut block)? {
            0 => return Ok(Some(answer)),
            _ if answer.len() > LONGEST => return Err(io::Error::other("it answers without end")),
            len => answer.extend_from_slice(&block[..len]),
        }
    }
}

/// Waits for an end, and brings it about if it does not come.
fn end(child: &mut Child) -> io::Result<ExitStatus> {
    const STEP: Duration = Duration::from_millis(5);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(STEP);
    }
    child.kill()?;
    child.wait()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, patience: Duration) -> Result<Vec<u8>, String> {
        let dir = tempfile::tempdir().expect("temporary directory");
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        answer(command, &dir.path().join("stderr"), patience)
    }

    #[test]
    fn an_answer_comes_back_and_so_does_what_was_wrong() {
        let long = Duration::from_secs(60);
        assert_eq!(shell("echo hello", long), Ok(b"hello\n".to_vec()));
        assert_eq!(shell("echo why >&2; exit 1", long), Err("why".to_owned()));
        let silent = shell("exit 3", long).expect_err("a failure");
        assert!(silent.contains("exit status: 3"), "{silent}");
    }

    #[test]
    fn what_does_not_answer_is_told_and_ended() {
        let error = shell("read end; exec sleep 1000", Duration::from_millis(50)).expect_err("no answer");
        assert!(error.contains("did not answer within"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let ask = LookAsk {
            number: 1,
            program: "/nowhere/gkfs-bench".into(),
            attempt: "/nowhere".into(),
            live: false,
        };
        let error = look(&ask).expect_err("nothing to start");
        assert!(error.contains("cannot start a look"), "{error}");
    }
}
