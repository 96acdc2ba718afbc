//! Commands that discovery runs: their outputs are files, and they can be cancelled.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::NamedTempFile;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::heard::Heard;
use super::{DiscoverError, Listener};
use crate::error::Doing as _;
use crate::process::{Process, Processes};

/// From TERM to KILL for a command that is cancelled.
const GRACE: Duration = Duration::from_secs(2);

/// Runs commands for one package or binary.
pub(super) struct Shell<'a> {
    pub(super) processes: &'a Processes,
    pub(super) cancel: &'a CancellationToken,
    /// Where outputs go.
    pub(super) logs: &'a Path,
}

/// How a command ended, and its outputs, whose files go when this does.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) command: String,
    /// Why there is no exit status: it could not be started, or did not end in time.
    pub(super) status: Result<ExitStatus, String>,
    pub(super) stdout: NamedTempFile,
    pub(super) stderr: NamedTempFile,
}

impl Ran {
    pub(super) fn ok(&self) -> bool {
        self.status.as_ref().is_ok_and(ExitStatus::success)
    }

    /// Command, end and the last of what it said, for an error.
    pub(super) fn failure(&self) -> String {
        const SAID: usize = 8 * 1024;
        let how = match &self.status {
            Ok(status) => format!("`{}` ended with {status}", self.command),
            Err(why) => format!("`{}` {why}", self.command),
        };
        let said = fs::read(self.stderr.path()).unwrap_or_default();
        let said = String::from_utf8_lossy(&said[said.len().saturating_sub(SAID)..])
            .trim()
            .to_owned();
        if said.is_empty() {
            how
        } else {
            format!("{how}\n{said}")
        }
    }
}

impl Shell<'_> {
    /// Runs a command to its end, or until `limit`. While it runs its outputs can be followed, in files whose names
    /// begin with `name`; no two commands share one, whoever else discovers at the same time.
    pub(super) async fn run(
        &self,
        command: Command,
        name: &str,
        limit: Option<Duration>,
    ) -> Result<Ran, DiscoverError> {
        self.run_heard(command, name, limit, None).await
    }

    /// The same, for somebody who wants to hear meanwhile what it prints.
    pub(super) async fn run_heard(
        &self,
        mut command: Command,
        name: &str,
        limit: Option<Duration>,
        listener: Option<&Listener>,
    ) -> Result<Ran, DiscoverError> {
        fs::create_dir_all(self.logs).doing("create", self.logs)?;
        let create = |end: &str| {
            let prefix = format!("{}-", crate::record::encode(name));
            let file = tempfile::Builder::new()
                .prefix(&prefix)
                .suffix(end)
                .tempfile_in(self.logs);
            file.and_then(|file| Ok((file.reopen()?, file)))
                .doing("write", self.logs)
        };
        let ((out, stdout), (err, stderr)) = (create(".out")?, create(".err")?);
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let text = describe(&command);
        let status = match self.processes.spawn(command) {
            Ok(process) => {
                let end = self.wait(process, &text, limit);
                match listener {
                    Some(listener) => {
                        Heard::new(listener, stdout.path(), stderr.path())
                            .until(end)
                            .await?
                    }
                    None => end.await?,
                }
            }
            Err(error) => Err(format!("cannot be started: {error}")),
        };
        Ok(Ran {
            command: text,
            status,
            stdout,
            stderr,
        })
    }

    async fn wait(
        &self,
        mut process: Process,
        command: &str,
        limit: Option<Duration>,
    ) -> Result<Result<ExitStatus, String>, DiscoverError> {
        let late = async {
            match limit {
                Some(limit) => sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        let lost = |error: io::Error| format!("was lost: {error}");
        tokio::select! {
            biased;
            ended = process.exited() => Ok(ended.and_then(|()| process.reap()).map_err(lost)),
            () = self.cancel.cancelled() => {
                end(&process).await;
                Err(DiscoverError::Cancelled { command: command.to_owned() })
            }
            () = late => {
                end(&process).await;
                Ok(Err(format!("did not end within {} s", limit.unwrap_or_default().as_secs())))
            }
        }
    }
}

/// Ends a process with its group; dropping it then reaps it.
async fn end(process: &Process) {
    process.signal(Signal::TERM);
    // Dropping kills what this does not end.
    let _ = timeout(GRACE, process.exited()).await;
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
