//! What is found out about a process that crashed, and what checkers of memory had to say.
//!
//! A daemon or client that a signal ended leaves, if the machine lets it, a core; with gdb there is a backtrace in that.
//! Both join the attempt and are told in a step `crash`. What a sanitizer or valgrind reported is told in a step `report`.
//! All of this is about the failure itself, so reports put these steps before everything else.

mod core_file;
mod reports;

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::bench::Bench;
use crate::process::{Limit, tail_of_file};

pub(crate) use reports::Report;

/// gdb reads the symbols of all libraries, which takes seconds for a large build.
const BACKTRACE_PATIENCE: Duration = Duration::from_secs(60);
/// So many lines of a backtrace are told; the file has all.
const TOLD: usize = 24;
/// Stands around the stack of the thread that crashed.
const MARK: &str = "== stack ==";
/// Where cores are put, in the workspace.
const CORES: &str = "cores";

/// A process that ended.
pub(crate) struct Ended<'a> {
    /// What people call it: `daemon 0`, `gkfs.io mkdir`.
    pub(crate) who: String,
    /// The beginning of the names of what is kept of it.
    pub(crate) name: &'a str,
    pub(crate) program: &'a Path,
    pub(crate) pid: u32,
    pub(crate) status: ExitStatus,
    /// What was started is a wrapper around it, whose status this is.
    pub(crate) is_wrapped: bool,
    /// When it was started.
    pub(crate) began: SystemTime,
    /// Where it wrote its errors.
    pub(crate) stderr: Option<&'a Path>,
}

/// What was found out about a crash, as notes for a message.
pub(crate) type Notes = Vec<(String, String)>;

/// Finds out what there is about a process that a signal ended; nothing about one that ended by itself.
pub(crate) fn examine(bench: &Bench, ended: &Ended<'_>) -> Notes {
    let Some(signal) = ended.signal() else {
        return Vec::new();
    };
    let mut step = json!({
        "ok": false, "who": ended.who, "child_pid": ended.pid, "signal": signal, "name": signal_name(signal),
    });
    let mut notes = Vec::new();
    if dumps_core(signal) {
        let core = keep_core(bench, ended);
        match &core {
            Ok(core) => {
                step["core"] = core.to_string_lossy().into();
                notes.push(("core".to_owned(), core.display().to_string()));
                match backtrace(bench, ended, core) {
                    Ok((file, text)) => {
                        step["backtrace"] = file.to_string_lossy().into();
                        step["text"] = text.as_str().into();
                        notes.insert(0, ("backtrace".to_owned(), text));
                    }
                    Err(problem) => step["problem"] = format!("no backtrace: {problem}").into(),
                }
            }
            Err(problem) => step["problem"] = format!("no core: {problem}").into(),
        }
        if let Some(problem) = step["problem"].as_str() {
            notes.push(("crash".to_owned(), problem.to_owned()));
        }
    }
    if let Some(stderr) = ended.stderr {
        step["stderr"] = tail_of_file(stderr).into();
    }
    bench.steps.instant("crash", step);
    notes
}

impl Ended<'_> {
    /// The signal that ended it. A wrapper that is a shell tells it as a status.
    fn signal(&self) -> Option<i32> {
        let told = self.status.code().filter(|_| self.is_wrapped);
        let told = told
            .and_then(|code| code.checked_sub(128))
            .filter(|signal| dumps_core(*signal));
        self.status.signal().or(told)
    }
}

/// Signals whose default action is to leave a core.
const DUMPING: [i32; 10] = [
    libc::SIGQUIT,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGSEGV,
    libc::SIGSYS,
    libc::SIGXCPU,
    libc::SIGXFSZ,
];

fn dumps_core(signal: i32) -> bool {
    DUMPING.contains(&signal)
}

/// `SIGABRT (6)`.
pub(crate) fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGHUP => "SIGHUP",
        libc::SIGINT => "SIGINT",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGILL => "SIGILL",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGKILL => "SIGKILL",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGTERM => "SIGTERM",
        libc::SIGSYS => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    format!("{name} ({signal})")
}

/// Puts the core into the workspace, or says why there is none and what would change that.
fn keep_core(bench: &Bench, ended: &Ended<'_>) -> Result<PathBuf, String> {
    if !ended.is_wrapped && !ended.status.core_dumped() {
        return Err(core_file::why_none());
    }
    let dir = bench.workspace.path().join(CORES);
    let kept = dir.join(format!("{}.{}", ended.name, ended.pid));
    std::fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let wanted = core_file::Wanted {
        pid: ended.pid,
        cwd: bench.workspace.path(),
        since: ended.began,
    };
    let limit = Limit::kill_after(bench.at_most(BACKTRACE_PATIENCE));
    core_file::keep(&wanted, &kept, &bench.spawner, limit)?;
    Ok(kept)
}

/// Has gdb print the stacks of all threads into a log; the first thread's, which crashed, is returned as well.
fn backtrace(bench: &Bench, ended: &Ended<'_>, core: &Path) -> Result<(PathBuf, String), String> {
    let mut command = Command::new("gdb");
    // What would be fetched over a network comes too late.
    command.args(["-nx", "-q", "-batch"]).env("DEBUGINFOD_URLS", "");
    let mark = format!("echo {MARK}\\n");
    for what in [
        "set pagination off",
        "set width 0",
        &mark,
        "bt",
        &mark,
        "thread apply all bt",
    ] {
        command.args(["-ex", what]);
    }
    command.arg(ended.program).arg(core);
    let patience = bench.at_most(BACKTRACE_PATIENCE);
    let done = bench
        .spawner
        .run(command, Limit::kill_after(patience))
        .map_err(|error| match error {
            crate::Error::Spawn { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                "gdb is not installed".to_owned()
            }
            error => error.to_string(),
        })?;
    let file = bench
        .workspace
        .logdir()
        .join(format!("{}.{}.backtrace.log", ended.name, ended.pid));
    std::fs::write(&file, &done.stdout).map_err(|error| format!("{}: {error}", file.display()))?;
    let text = crashed_thread(&String::from_utf8_lossy(&done.stdout));
    match text {
        Some(text) => Ok((file, text)),
        None if done.timed_out => Err(format!("gdb took longer than {patience:?}")),
        None => {
            let words = String::from_utf8_lossy(&done.stderr);
            Err(format!(
                "gdb: {}",
                words.lines().next().unwrap_or("it found no stack")
            ))
        }
    }
}

/// The stack of the thread that crashed, in what gdb printed.
fn crashed_thread(text: &str) -> Option<String> {
    let stack = text.split(MARK).nth(1)?;
    let frames: Vec<&str> = stack.lines().filter(|line| !line.is_empty()).take(TOLD).collect();
    frames
        .iter()
        .any(|line| line.starts_with('#'))
        .then(|| frames.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crashed_threads_frames_are_told() {
        let text = "Core was generated by `x'.\n#0  raise () at r.c:1\n== stack ==\n#0  raise () at r.c:1\n#1  main () at \
                    m.c:2\n== stack ==\n\nThread 2 (LWP 8):\n#0  poll ()\n";
        let told = crashed_thread(text).unwrap();
        assert_eq!(told, "#0  raise () at r.c:1\n#1  main () at m.c:2");
        assert_eq!(crashed_thread("warning: no symbols\n"), None);
    }

    #[test]
    fn a_shell_around_it_tells_its_signal_by_its_status() {
        let mut ended = Ended {
            who: "daemon 0".into(),
            name: "d",
            program: Path::new("/d"),
            pid: 1,
            status: ExitStatus::from_raw(134 << 8),
            is_wrapped: true,
            began: SystemTime::now(),
            stderr: None,
        };
        assert_eq!(ended.signal(), Some(6));
        ended.is_wrapped = false;
        assert_eq!(ended.signal(), None);
    }
}
