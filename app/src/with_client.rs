//! `with-client CMD`: runs a command as a client of an attempt's file system.
//!
//! The shell that a session opens in a workspace is no client itself: what one looks at there are the files that a
//! daemon keeps. Under this name on its `PATH`, our executable becomes the command that follows, with the variables
//! that make it a client of that attempt's stack.
//!
//! A client whose daemon is gone would wait for it, for minutes with some stacks. So the daemon is looked for first.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use gkfs_harness::Workspace;
use gkfs_harness::stack::Kind;
use gkfs_runner::record::Record;

use crate::report::steps::{self, Step};
use crate::stack;

/// The name that makes this executable the program.
pub const NAME: &str = "with-client";
/// Where such clients write their log, beside those of the test.
pub(crate) const LOG: &str = "gkfs_client-shell.log";
/// The variable that names the attempt's directory.
pub(crate) const ATTEMPT: &str = "GKFS_BENCH_SHELL_ATTEMPT";

/// Why a command was not run. The exit statuses are those of `env` and `nohup`.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("Usage: {NAME} COMMAND [ARGUMENT…]")]
    NoCommand,
    #[error("{ATTEMPT} is not set: this works in the shell that `!` opens in a workspace")]
    NoAttempt,
    #[error("there is no workspace {}: the run was removed", .0.display())]
    NoWorkspace(PathBuf),
    #[error("{0}")]
    Record(#[from] gkfs_runner::RecordError),
    #[error("{0}")]
    Stack(#[from] gkfs_harness::Error),
    #[error(
        "no daemon of this attempt lives: they end with their test. Run the test again, and come here while it runs"
    )]
    Gone,
    #[error("cannot start {}: {source}", program.display())]
    Start {
        program: PathBuf,
        source: std::io::Error,
    },
}

impl Problem {
    fn exit(&self) -> u8 {
        match self {
            Problem::Start { source, .. } if source.kind() == std::io::ErrorKind::NotFound => 127,
            Problem::Start { .. } => 126,
            _ => 125,
        }
    }
}

/// Is the program, if it was started under its name; else `None`.
pub fn multicall() -> Option<ExitCode> {
    let mut args = std::env::args_os();
    let name = args.next()?;
    (Path::new(&name).file_name() == Some(OsStr::new(NAME))).then(|| {
        let problem = become_client(args.collect(), std::env::var_os(ATTEMPT));
        eprintln!("{NAME}: {problem}");
        ExitCode::from(problem.exit())
    })
}

/// Becomes the command; it returns only if that is not possible.
fn become_client(argv: Vec<OsString>, attempt: Option<OsString>) -> Problem {
    let command = || -> Result<Command, Problem> {
        let (program, args) = argv.split_first().ok_or(Problem::NoCommand)?;
        let attempt = attempt.ok_or(Problem::NoAttempt)?;
        let mut command = Command::new(program);
        command.args(args).envs(environ(Path::new(&attempt))?);
        Ok(command)
    };
    match command() {
        Ok(mut command) => Problem::Start {
            source: command.exec(),
            program: command.get_program().into(),
        },
        Err(problem) => problem,
    }
}

/// Returns the variables of a client of an attempt's file system.
fn environ(attempt: &Path) -> Result<impl Iterator<Item = (OsString, OsString)>, Problem> {
    let workspace = attempt.join("workspace");
    if !workspace.is_dir() {
        return Err(Problem::NoWorkspace(workspace));
    }
    // <run>/tests/<group>/<test>/attempt-N
    let run = attempt.ancestors().nth(4).unwrap_or(attempt);
    let stack = stack::recorded(&Record::open(run)?.file.stack);
    if stack.kind == Kind::Gekkofs && !a_daemon_lives(attempt) {
        return Err(Problem::Gone);
    }
    let workspace = Workspace::at(workspace)?;
    let mut environ = stack.client_environ(&workspace)?;
    // What somebody does who looks at a test is no part of what the test did.
    if let Some(log) = environ.get_mut(OsStr::new("LIBGKFS_LOG_OUTPUT")) {
        *log = workspace.logdir().join(LOG).into();
    }
    Ok(environ.into_iter())
}

/// Whether any daemon that was started for an attempt still runs.
pub(crate) fn a_daemon_lives(attempt: &Path) -> bool {
    !living_daemons(attempt).is_empty()
}

/// Returns the daemons of an attempt that still run: their numbers in the attempt, and those of their processes.
pub(crate) fn living_daemons(attempt: &Path) -> Vec<(u64, u64)> {
    let steps = steps::read(&attempt.join("steps.jsonl"));
    let daemons = steps
        .iter()
        .filter(|step| step.kind == "daemon" && step.is_open());
    let index = |step: &Step| step.fields.get("index").and_then(serde_json::Value::as_u64);
    // Under a wrapper what was started is not the daemon itself.
    let inner = |index: u64| {
        let pid = |step: &Step| step.fields.get("inner_pid")?.as_u64();
        let is_its = |step: &&Step| step.fields.get("index") == Some(&index.into());
        steps.iter().rev().filter(is_its).find_map(pid)
    };
    daemons
        .filter_map(|step| {
            let index = index(step).unwrap_or(0);
            Some((index, inner(index).or_else(|| pid(step))?))
        })
        .filter(|(_, pid)| is_of(*pid, attempt))
        .collect()
}

fn pid(step: &Step) -> Option<u64> {
    step.fields.get("child_pid")?.as_u64()
}

/// Whether a process is one of the attempt, and not a later one with the same number.
fn is_of(pid: u64, attempt: &Path) -> bool {
    let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    memchr::memmem::find(&words, attempt.as_os_str().as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(argv: &[&str], attempt: Option<&Path>) -> (u8, String) {
        let argv = argv.iter().map(Into::into).collect();
        let problem = become_client(argv, attempt.map(Into::into));
        (problem.exit(), problem.to_string())
    }

    #[test]
    fn what_is_missing_is_said_at_once() {
        assert!(problem(&[], None).1.starts_with("Usage: with-client COMMAND"));
        let (exit, text) = problem(&["ls"], None);
        assert_eq!(exit, 125);
        assert!(text.contains("GKFS_BENCH_SHELL_ATTEMPT is not set"), "{text}");
        let (_, text) = problem(&["ls"], Some(Path::new("/nowhere/attempt-1")));
        assert!(text.contains("/nowhere/attempt-1/workspace"), "{text}");
    }

    #[test]
    fn a_daemon_counts_only_while_it_lives_and_is_of_the_attempt() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let attempt = dir.path();
        let write = |pid: u32, phase: &str| {
            let line = format!(
                r#"{{"v":1,"n":"1.0","ph":"{phase}","ts":1,"mono":1,"pid":1,"tid":1,"kind":"daemon","child_pid":{pid}}}"#
            );
            std::fs::write(attempt.join("steps.jsonl"), line + "\n").expect("write");
        };
        assert!(!a_daemon_lives(attempt));
        // This process lives, but is of no attempt.
        write(std::process::id(), "b");
        assert!(!a_daemon_lives(attempt));
        // It waits for us without a process of its own.
        let mut sleeper = Command::new("sh")
            .args(["-c", "read line", &attempt.display().to_string()])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        write(sleeper.id(), "b");
        // Its command line is not there yet in the moment in which it becomes another program.
        let began = std::time::Instant::now();
        while !a_daemon_lives(attempt) {
            assert!(began.elapsed() < std::time::Duration::from_secs(60), "it lives");
            std::thread::yield_now();
        }
        sleeper.kill().expect("it runs");
        sleeper.wait().expect("a child");
        assert!(!a_daemon_lives(attempt));
    }
}
