//! From a command line to a daemon that is ready.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Command;
use std::time::{Instant, SystemTime};

use serde_json::json;

use super::command::{self, DaemonOptions, Place};
use super::inner::Inner;
use super::interface;
use super::lease::{self, Lease};
use super::ready::{LogWatch, Readiness};
use super::running::{Running, with_last_words};
use crate::bench::Bench;
use crate::error::{Error, Result, seconds};
use crate::process::{command_line, tail_of_file};
use crate::steps::Stamp;

/// So many daemons may find their leased port taken by a program that does not lease.
const START_ATTEMPTS: usize = 5;

/// Starts a daemon at a port that nobody has.
pub(super) fn start_somewhere(
    bench: &Bench,
    place: &Place,
    options: &DaemonOptions,
) -> Result<(Running, Lease)> {
    let address = interface::address(&bench.stack.interface)?;
    let mut attempt = 1;
    loop {
        let lease = Lease::take(address)?;
        match start(bench, place, options, &lease) {
            Ok(running) => return Ok((running, lease)),
            Err(error) if attempt == START_ATTEMPTS => return Err(error),
            Err(Error::Daemon { report, .. })
                if report.status.is_some()
                    && (says_taken(place) || !lease::is_free(address, lease.port())) =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The real daemon's words for a port in use, and the system's.
fn says_taken(place: &Place) -> bool {
    let text = tail_of_file(&place.stderr);
    text.contains("Could not initialize hg_class") || text.contains("Address already in use")
}

/// Starts a daemon at the leased port and waits until it is ready.
pub(super) fn start(bench: &Bench, place: &Place, options: &DaemonOptions, lease: &Lease) -> Result<Running> {
    let failed = |source| Error::io("watch the daemon's log", &place.log, source);
    let watch = LogWatch::begin(&place.log).map_err(failed)?;
    let started = Instant::now();
    let mut running = spawn(bench, place, options, lease)?;
    let patience = bench.at_most(options.patience());
    match watch
        .wait(&mut running.process, started + patience)
        .map_err(failed)?
    {
        Readiness::Ready => {
            running.note_ready(bench, place, started.elapsed());
            Ok(running)
        }
        Readiness::Died(status) => {
            let report = Box::new(running.autopsy(bench, place, status));
            running.ended("not ready", status);
            Err(Error::Daemon {
                problem: with_last_words("the daemon ended before it was ready", place),
                report,
            })
        }
        Readiness::TimedOut => {
            let report = Box::new(running.report(place, None));
            running.kill().map_err(failed)?;
            let problem = format!("the daemon was not ready after {}", seconds(patience));
            Err(Error::Daemon { problem, report })
        }
    }
}

/// Starts the process, and its step.
fn spawn(bench: &Bench, place: &Place, options: &DaemonOptions, lease: &Lease) -> Result<Running> {
    let listen = format!("{}:{}", bench.stack.interface, lease.port());
    let (mut command, environ) = command::build(bench, place, options, &listen)?;
    command.stdin(lease.share()?);
    let line = command_line(&command);
    let mut step = json!({
        "index": place.index, "argv": words_of(&command), "env": told(&environ), "listen": listen, "log": place.log,
    });
    let stderr_from = place.stderr.metadata().map_or(0, |meta| meta.len());
    let (stamp, began) = (Stamp::now(), SystemTime::now());
    // What a wrapper starts ends with it.
    let is_wrapped = !bench.stack.wrap.daemon.0.is_empty();
    let process = bench.spawner.spawn(command, is_wrapped)?;
    let program = bench.stack.daemon()?;
    step["child_pid"] = process.pid().into();
    Ok(Running {
        pid_then: process.pid(),
        inner: is_wrapped.then(|| Inner::new(process.pid(), &program)),
        began,
        stderr_from,
        process,
        command: line,
        span: bench.steps.begin_at(stamp, "daemon", step),
    })
}

/// The command line, word by word.
fn words_of(command: &Command) -> Vec<String> {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

/// The variables that are worth a record: what the runner told the test is in its own.
fn told(environ: &BTreeMap<OsString, OsString>) -> serde_json::Map<String, serde_json::Value> {
    environ
        .iter()
        .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"GKFS_BENCH_"))
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into(),
            )
        })
        .collect()
}
