//! A build: a command that makes what tests need before they are looked for.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::error::{Doing as _, RunError};
use crate::keeper::Keeper;
use crate::process::{COOKIE, Process, Whose, end_all};
use crate::{Moment, Runner};

/// From TERM to KILL for a build that is cancelled.
const GRACE: Duration = Duration::from_secs(2);

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// A line for `sh`.
    pub command: String,
    /// Where.
    pub cwd: PathBuf,
    /// The file that gets all it prints, replaced at its start.
    pub log: PathBuf,
    /// Command line of the keeper, as in [`RunSettings::keeper`](crate::RunSettings::keeper).
    pub keeper: Vec<OsString>,
}

/// How a build ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildEnd {
    /// Exit status 0.
    Ok,
    /// Another one, or a signal; in words.
    Failed(String),
    /// It was cancelled, and with it everything it had started.
    Cancelled,
}

impl Runner {
    /// Runs a build to its end. It has no deadline: whoever waits for it can cancel it. What a build that ended by
    /// itself leaves running, a compiler's cache for example, is meant to.
    ///
    /// # Errors
    /// When it cannot be started, or its log cannot be written.
    pub async fn build(&self, build: &Build, cancel: &CancellationToken) -> Result<BuildEnd, RunError> {
        let dir = build.log.parent().unwrap_or(&build.log);
        fs::create_dir_all(dir).doing("create", dir)?;
        let out = File::create(&build.log).doing("write", &build.log)?;
        let err = out.try_clone().doing("write", &build.log)?;
        let cookie = format!("gkfs-build-{}-{}", std::process::id(), Moment::now().mono);
        let keeper = Keeper::start(&self.processes, &build.keeper, &cookie)?;
        let mut command = Command::new("sh");
        command.arg("-c").arg(&build.command).current_dir(&build.cwd);
        command.env(COOKIE, &cookie);
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let process = self.processes.spawn(command).map_err(|source| RunError::System {
            what: "start the build",
            source,
        });
        let ended = match process {
            Ok(process) => Ok(follow(process, cookie, cancel).await),
            Err(error) => Err(error),
        };
        keeper.dismiss().await;
        self.processes.reap_orphans();
        ended
    }
}

async fn follow(mut process: Process, cookie: String, cancel: &CancellationToken) -> BuildEnd {
    tokio::select! {
        biased;
        () = cancel.cancelled() => {
            process.signal(Signal::TERM);
            // What does not go when asked is killed, wherever it went.
            let _ = timeout(GRACE, process.exited()).await;
            process.signal(Signal::KILL);
            let whose = Whose::Run { cookie };
            let _ = spawn_blocking(move || end_all(&whose, GRACE)).await;
            BuildEnd::Cancelled
        }
        _ = process.exited() => match process.reap() {
            Ok(status) if status.success() => BuildEnd::Ok,
            Ok(status) => BuildEnd::Failed(status.to_string()),
            Err(error) => BuildEnd::Failed(error.to_string()),
        },
    }
}
