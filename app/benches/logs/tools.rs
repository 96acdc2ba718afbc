//! What others need for the like of it. The file is in the page cache for all.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Another tool, at one task.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tool {
    /// Count the lines: the least that an index can cost.
    Count,
    /// Show the beginning.
    LessFirst,
    /// Show the end, with its line number.
    LessLast,
    /// Show the first line with a text.
    LessSearch,
    /// Find all lines with a text.
    Grep,
    /// Find all lines with a text.
    Ripgrep,
    /// Index the log, time and level of each line included.
    LnavIndex,
}

/// What came of it.
pub(crate) struct Beside {
    name: &'static str,
    time: Option<Duration>,
}

impl Beside {
    /// Says how long it took, and how our time compares to that.
    pub(crate) fn beside(&self, ours: Duration) -> String {
        match self.time {
            Some(time) => {
                let ratio = ours.as_secs_f64() / time.as_secs_f64();
                format!(
                    "{} {:.0} ms (x{ratio:.2})",
                    self.name,
                    time.as_secs_f64() * 1000.0
                )
            }
            None => format!("{} not installed", self.name),
        }
    }
}

impl Tool {
    const fn name(self) -> &'static str {
        match self {
            Tool::Count => "wc -l",
            Tool::LessFirst => "less",
            Tool::LessLast => "less -N +G",
            Tool::LessSearch => "less +/",
            Tool::Grep => "grep -c",
            Tool::Ripgrep => "rg -c",
            Tool::LnavIndex => "lnav -n",
        }
    }

    /// Does the task on a file.
    pub(crate) fn time(self, file: &Path, subject: &str) -> Beside {
        let search = format!("+/{subject}");
        let time = match self {
            Tool::Count => run("wc", &["-l"], file),
            Tool::Grep => run("grep", &["-c", "-F", subject], file),
            Tool::Ripgrep => run("rg", &["-c", "-F", subject], file),
            Tool::LnavIndex => run(
                "lnav",
                &["-n", "-c", ":goto 100%", "-c", ":hide-file", "-q"],
                file,
            ),
            Tool::LessFirst => less(&[], file),
            Tool::LessLast => less(&["-N", "+G"], file),
            Tool::LessSearch => less(&[&search], file),
        };
        Beside {
            name: self.name(),
            time,
        }
    }
}

/// Runs a program to its end; `None` if it is not there.
fn run(program: &str, args: &[&str], file: &Path) -> Option<Duration> {
    let began = Instant::now();
    let mut command = Command::new(program);
    command.args(args).arg(file).env("LC_ALL", "C.UTF-8");
    // Where its output goes nowhere, grep ends with the first line that it finds.
    command.stdin(Stdio::null()).output().ok()?;
    Some(began.elapsed())
}

/// Runs `less` in a terminal; it is told to quit once it has shown what it was asked for.
fn less(args: &[&str], file: &Path) -> Option<Duration> {
    let size = PtySize {
        rows: 50,
        cols: 200,
        ..PtySize::default()
    };
    let pair = native_pty_system().openpty(size).ok()?;
    let mut command = CommandBuilder::new("less");
    command.args(args);
    command.arg(file);
    command.env("TERM", "xterm");
    let mut keys = pair.master.take_writer().ok()?;
    let mut screen = pair.master.try_clone_reader().ok()?;
    let began = Instant::now();
    let mut child = pair.slave.spawn_command(command).ok()?;
    drop(pair.slave);
    keys.write_all(b"q").ok()?;
    // Somebody has to take what it draws.
    let drawn = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while screen.read(&mut bytes).is_ok_and(|read| read > 0) {}
    });
    child.wait().ok()?;
    let elapsed = began.elapsed();
    drop((keys, pair.master));
    // What it drew is no concern of ours.
    let _ = drawn.join();
    Some(elapsed)
}
