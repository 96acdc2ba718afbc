//! The client log: one line, one `write`, so that all processes of a test may share one file.

use crate::{
    client::{CLIENT, config},
    desk::PathBuf,
    environment::Environment,
    high,
    sys::*,
};
use core::fmt::{self, Write};
use gkfs_proto::text::{DateTime, Line, levels};

/// Where and what to log.
pub(crate) struct LogConfig {
    levels: u32,
    output: PathBuf,
}

/// Line under which a message stands, and the switch that lets it through.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    Info,
    Critical,
    Error,
    Syscall,
}

impl Level {
    fn switch(self) -> u32 {
        match self {
            Level::Info => levels::INFO,
            Level::Critical => levels::CRITICAL,
            Level::Error => levels::ERRORS,
            Level::Syscall => levels::SYSCALLS | levels::SYSCALLS_AT_ENTRY,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Critical => "critical",
            Level::Error => "error",
            Level::Syscall => "syscall",
        }
    }
}

impl LogConfig {
    pub(crate) const EMPTY: LogConfig = LogConfig {
        levels: 0,
        output: PathBuf::EMPTY,
    };

    /// Takes over `LIBGKFS_LOG`, `LIBGKFS_LOG_OUTPUT`, `LIBGKFS_LOG_PER_PROCESS` and `LIBGKFS_LOG_OUTPUT_TRUNC`.
    pub(crate) fn read(&mut self, environment: &Environment) {
        self.levels = match environment.get(b"LIBGKFS_LOG") {
            Some(text) => levels::parse(text),
            None => levels::DEFAULT,
        };
        if self.levels == 0 {
            return;
        }
        let output = environment
            .get(b"LIBGKFS_LOG_OUTPUT")
            .filter(|path| !path.is_empty());
        // A path too long leaves no place to say so.
        let _ = self.output.absolute(output.unwrap_or(b"/tmp/gkfs_client.log"));
        if is_on(environment, b"LIBGKFS_LOG_PER_PROCESS") {
            // As with the real client the output is a directory then, with a file for each process.
            let _ = sys!(__NR_mkdir, self.output.terminated(), 0o755);
            let mut pid = Line::<16>::new();
            let _ = write!(pid, "/{}", sys!(__NR_getpid).unwrap_or(0));
            let _ = self.output.push(pid.as_bytes());
        }
        if is_on(environment, b"LIBGKFS_LOG_OUTPUT_TRUNC") {
            let _ = sys!(__NR_truncate, self.output.terminated(), 0);
        }
        self.output.terminated();
    }
}

fn is_on(environment: &Environment, name: &[u8]) -> bool {
    environment
        .get(name)
        .is_some_and(|value| !matches!(value, b"" | b"0" | b"off" | b"OFF"))
}

/// Whether lines of a level are wanted.
pub(crate) fn wants(level: Level) -> bool {
    config().log.levels & level.switch() != 0
}

/// Whether system calls are logged before they are carried out, too.
pub(crate) fn wants_entries() -> bool {
    config().log.levels & levels::SYSCALLS_AT_ENTRY != 0
}

/// Logs a line.
pub(crate) fn log(level: Level, text: fmt::Arguments<'_>) {
    if !wants(level) {
        return;
    }
    let mut line = Line::<10240>::new();
    let tid = sys!(__NR_gettid).unwrap_or(0);
    // A line too long is cut; there is nothing better to do with it.
    let _ = write!(line, "[{}] [{tid}] [{}] {text}", now(), level.name());
    line.end_line();
    write_line(line.as_bytes());
}

/// Writes to the file that was opened for an earlier line, if it is still that one.
fn write_line(line: &[u8]) {
    let kept = &CLIENT.log;
    if let Some(fd) = kept.get() {
        let _ = sys!(__NR_write, fd, line.as_ptr(), line.len());
        return;
    }
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
    let path = config().log.output.as_bytes().as_ptr();
    if let Ok(low) = sys!(__NR_open, path, flags, 0o644) {
        let fd = high::lift(low);
        let _ = sys!(__NR_write, fd, line.as_ptr(), line.len());
        if !kept.keep_first(fd) {
            let _ = sys!(__NR_close, fd);
        }
    }
}

fn now() -> DateTime {
    let mut time = [0i64; 2];
    let _ = sys!(__NR_clock_gettime, CLOCK_REALTIME, time.as_mut_ptr());
    DateTime::new(time[0], (time[1] / 1000) as u32)
}

/// Writes to standard error, for what the user must see.
pub(crate) fn complain(text: &str) {
    let _ = sys!(__NR_write, 2, text.as_ptr(), text.len());
}
