//! The keeper: a tiny process that ends a run's processes when the runner can no longer do it.
//!
//! The runner holds the writing end of a pipe whose reading end is the keeper's standard input. However the runner
//! ends, the kernel closes the pipe. If the last thing said was a farewell, everything is in order; otherwise the
//! runner was killed, and the keeper kills whatever carries the run's cookie until nothing does. (A parent-death
//! signal would not do: it fires when the *thread* ends that started the child.)
//!
//! The keeper carries no cookie itself, lives in a session of its own, and ignores the signals that end a terminal's
//! programs.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::RunError;
use crate::process::{COOKIE, Process, Processes, Whose, end_all};

/// What a runner says that ends in order.
const FAREWELL: &[u8] = b"done\n";

/// So long nothing of the run may be seen before the keeper believes that nothing is left: a child that the runner
/// had forked but not yet exec'ed when it was killed carries no cookie for a moment.
const QUIET: Duration = Duration::from_millis(300);

/// When the keeper gives up on processes that hang inside the kernel.
const LIMIT: Duration = Duration::from_secs(10);

/// The keeper's program, for a command to offer under the name it gives to
/// [`RunSettings::keeper`](crate::RunSettings::keeper). `args` are the arguments after that name: `--run COOKIE`.
///
/// Exit status: 0 when nothing is left, 1 when something could not be ended, 2 for wrong arguments.
#[must_use]
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let [flag, cookie] = &args[..] else { return usage() };
    let (Some("--run"), Some(cookie)) = (flag.to_str(), cookie.to_str()) else {
        return usage();
    };
    if cookie.is_empty() {
        return usage();
    }
    // Without the handlers the keeper still does its work, it only dies with a terminal that says so.
    let _handlers = ignore_signals();
    let mut said = Vec::new();
    // A pipe that cannot be read has no runner at its other end.
    let _ = io::stdin().read_to_end(&mut said);
    if said == FAREWELL || clean_up(cookie) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn usage() -> ExitCode {
    eprintln!("keeper: expected `--run COOKIE`; the runner starts it, there is no use in doing so by hand");
    ExitCode::from(2)
}

/// Handlers that do nothing, for the signals whose default is to end the process. They hold for as long as the
/// process lives; the runtime they were made in need not run.
fn ignore_signals() -> io::Result<(tokio::runtime::Runtime, Vec<Signal>)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let inside = runtime.enter();
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::quit(),
    ];
    let handlers = kinds.into_iter().map(signal).collect::<io::Result<_>>()?;
    drop(inside);
    Ok((runtime, handlers))
}

/// Kills until nothing is seen for a while. Whether that was reached.
fn clean_up(cookie: &str) -> bool {
    const PACE: Duration = Duration::from_millis(10);
    let whose = Whose::Run {
        cookie: cookie.to_owned(),
    };
    let started = Instant::now();
    let mut last_seen = started;
    while last_seen.elapsed() < QUIET {
        if started.elapsed() > LIMIT {
            return false;
        }
        let (ended, stuck) = end_all(&whose, QUIET);
        if !ended.is_empty() || !stuck.is_empty() {
            last_seen = Instant::now();
        }
        std::thread::sleep(PACE);
    }
    true
}

/// The runner's side of a keeper. Dropped without [`Keeper::dismiss`], it closes the pipe and leaves the rest to it.
#[derive(Debug)]
pub(crate) struct Keeper {
    process: Option<Process>,
}

impl Keeper {
    /// Starts a keeper for the run with this cookie.
    pub(crate) fn start(processes: &Processes, argv: &[OsString], cookie: &str) -> Result<Self, RunError> {
        let fail = |source| RunError::Keeper {
            command: argv
                .iter()
                .map(|arg| arg.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" "),
            source,
        };
        let none = || fail(io::Error::new(io::ErrorKind::InvalidInput, "no command"));
        let (program, args) = argv.split_first().ok_or_else(none)?;
        let mut command = Command::new(program);
        command
            .args(args)
            .arg("--run")
            .arg(cookie)
            .env_remove(COOKIE)
            .current_dir("/");
        // Whoever waits for the end of our output must not wait for the keeper's.
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Ok(Self {
            process: Some(processes.spawn(command).map_err(fail)?),
        })
    }

    /// Says that the run has ended in order, and waits for the keeper to go.
    pub(crate) async fn dismiss(mut self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        let Some(mut process) = self.process.take() else {
            return;
        };
        if let Some(mut pipe) = process.take_stdin() {
            // A keeper that is gone already is fine too.
            let _ = pipe.write_all(FAREWELL);
        }
        let _ = tokio::time::timeout(PATIENCE, process.exited()).await;
        // Dropping the process reaps it, and kills it if it did not go.
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.abandon();
        }
    }
}
