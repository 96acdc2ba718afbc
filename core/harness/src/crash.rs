//! What is found out about a process that crashed, and what checkers of memory had to say.
//!
//! A daemon or client that a signal ended leaves, if the machine lets it, a core; with gdb there is a backtrace in that.
//! Both join the attempt and are told in a step `crash`. What a sanitizer or valgrind reported is told in a step `report`.
//! All of this is about the failure itself, so reports put these steps before everything else.

mod core_file;
mod coredumpctl;
mod reports;
mod told;

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::bench::Bench;
use crate::process::{Limit, end_of_file, tail};

pub(crate) use reports::Report;
use told::Told;

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
    /// It is a shell: its status may tell how something ended that it ran.
    pub(crate) is_shell: bool,
    /// Where it ran.
    pub(crate) cwd: &'a Path,
    /// When it was started.
    pub(crate) began: SystemTime,
    /// What it wrote to its standard error.
    pub(crate) stderr: Written<'a>,
}

/// What a process wrote.
#[derive(Clone, Copy)]
pub(crate) enum Written<'a> {
    /// It is in this file, behind this offset.
    In(&'a Path, u64),
    /// It is this.
    Is(&'a [u8]),
}

impl Written<'_> {
    /// The end of it.
    fn bytes(self) -> Vec<u8> {
        match self {
            // One that cannot be read is of a process that said nothing.
            Written::In(file, from) => end_of_file(file, from).unwrap_or_default(),
            Written::Is(bytes) => bytes.to_vec(),
        }
    }
}

/// What was found out about a crash, as notes for a message.
pub(crate) type Notes = Vec<(String, String)>;

/// Finds out what there is about a process that a signal ended; nothing about one that ended by itself.
pub(crate) fn examine(bench: &Bench, ended: &Ended<'_>) -> Notes {
    let said = ended.stderr.bytes();
    let told = Told::find(ended.status, &String::from_utf8_lossy(&said));
    let Some(signal) = ended.signal().or(told.as_ref().map(|told| told.signal)) else {
        return Vec::new();
    };
    let mut step = json!({
        "ok": false, "who": ended.who, "child_pid": ended.pid, "signal": signal, "name": signal_name(signal),
    });
    let mut notes = Vec::new();
    if let Some(told) = told {
        // It caught the signal and exited: there is no core, but it has told its stack.
        step["text"] = told.stack.as_str().into();
        notes.push(("backtrace".to_owned(), told.stack));
    } else if dumps_core(signal) {
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
    step["stderr"] = tail(&said).into();
    bench.steps.instant("crash", step);
    notes
}

impl Ended<'_> {
    /// The signal that ended it, or what it ran. A shell tells that as a status.
    fn signal(&self) -> Option<i32> {
        let told = self.status.code().filter(|_| self.is_wrapped || self.is_shell);
        let told = told
            .and_then(|code| code.checked_sub(128))
            .filter(|signal| dumps_core(*signal));
        self.status.signal().or(told)
    }

    /// Whether what crashed is something that it ran, and not it itself.
    fn is_another(&self) -> bool {
        self.is_shell && self.status.signal().is_none()
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
    if !ended.is_wrapped && !ended.is_another() && !ended.status.core_dumped() {
        return Err(core_file::why_none());
    }
    let dir = bench.workspace.path().join(CORES);
    let kept = dir.join(format!("{}.{}", ended.name, ended.pid));
    std::fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let wanted = core_file::Wanted {
        pid: (!ended.is_another()).then_some(ended.pid),
        cwd: ended.cwd,
        since: ended.began,
    };
    let limit = Limit::kill_after(patience(bench));
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
    // A shell may have become what it ran.
    match ended.is_shell {
        true => command.args(crashed_program(bench, core)).arg("-c").arg(core),
        false => command.arg(ended.program).arg(core),
    };
    let patience = patience(bench);
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

/// What a core is of, as gdb reads it there; nothing where it does not say.
fn crashed_program(bench: &Bench, core: &Path) -> Option<String> {
    let mut command = Command::new("gdb");
    command
        .args(["-nx", "-q", "-batch", "-c"])
        .arg(core)
        .env("DEBUGINFOD_URLS", "");
    let done = bench
        .spawner
        .run(command, Limit::kill_after(patience(bench)))
        .ok()?;
    program_in(&String::from_utf8_lossy(&done.stdout))
}

/// The first word of the command line that gdb tells: ``Core was generated by `cp a b'.``
fn program_in(text: &str) -> Option<String> {
    let told = text
        .lines()
        .find_map(|line| line.strip_prefix("Core was generated by `"))?;
    let program = told.trim_end_matches("'.").split(' ').next()?;
    (!program.is_empty()).then(|| program.to_owned())
}

/// How long looking at a core may take: of a test's time not all that is left, as the test has to end in it, too.
fn patience(bench: &Bench) -> Duration {
    bench.at_most(BACKTRACE_PATIENCE * 2) / 2
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
            is_shell: false,
            cwd: Path::new("/"),
            began: SystemTime::now(),
            stderr: Written::Is(b""),
        };
        assert_eq!(ended.signal(), Some(6));
        ended.is_wrapped = false;
        assert_eq!(ended.signal(), None);
        ended.is_shell = true;
        assert!(ended.signal() == Some(6) && ended.is_another());
        ended.status = ExitStatus::from_raw(0x86);
        assert!(ended.signal() == Some(6) && !ended.is_another());
    }

    #[test]
    fn gdb_tells_what_a_core_is_of() {
        let text = "[New LWP 7]\nCore was generated by `cp /a b'.\nProgram terminated with signal SIGSEGV.\n";
        assert_eq!(program_in(text).as_deref(), Some("cp"));
        assert_eq!(program_in("Core was generated by `'.\n"), None);
    }
}
