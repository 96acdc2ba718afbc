//! What a client sees of a file system, beside what lies in its daemon's root directory.
//!
//! # Theory of operation
//!
//! A look needs a client under the stack's preload library and, where the attempt is over, a daemon on a copy of what
//! it left. None of these may outlive whoever asked, or wait for ever. So a look is a process of its own: this
//! executable, with [`WORD`] as its first word, the attempt's directory and an empty one to work in. It answers with
//! one line of JSON, a `Look`. When the asking end of its standard input is closed, be it because the asking process
//! has had enough, was killed or is gone, it ends the process that does the work, waits for all that this started, and
//! removes what they made.
//!
//! The daemon of an attempt that still runs is asked, and nothing in its workspace is written.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, pidfd_open, pidfd_send_signal, set_child_subreaper,
};
use serde::{Deserialize, Serialize};

mod join;
mod see;
mod store;

/// The first word that makes this executable a look.
pub const WORD: &str = "look";

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Look {
    /// Files and directories, and chunks that belong to none, by path.
    pub(crate) rows: Vec<Row>,
    /// Whether there is more than was looked at.
    pub(crate) more: bool,
    /// Whether it was a copy, because the attempt is over.
    pub(crate) copy: bool,
}

/// A file or directory, or chunks that belong to none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The path in the file system.
    pub(crate) path: String,
    /// What the client sees.
    pub(crate) seen: Option<Seen>,
    /// What lies in the root directory.
    pub(crate) stored: Option<Stored>,
    /// What does not fit.
    pub(crate) flags: Vec<Flag>,
}

/// What a client sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// As in `st_mode`.
    pub(crate) mode: u32,
    /// In bytes.
    pub(crate) size: u64,
    /// The number of the node.
    pub(crate) node: u64,
    /// The error of looking at it, if that failed; the rest means nothing then.
    pub(crate) errno: i32,
}

impl Seen {
    fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}

/// What lies in the root directory of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    /// The name of the directory of chunks.
    pub(crate) key: String,
    /// How many chunks there are.
    pub(crate) chunks: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Where the last of them ends in the file.
    pub(crate) end: u64,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flag {
    /// Metadata without data: there is no chunk, though the size is not 0.
    NoData,
    /// Data without metadata: no file has these chunks.
    NoMetadata,
    /// So many bytes lie behind the end of the file.
    Beyond(u64),
    /// The data end so many bytes before the file does.
    Short(u64),
    /// Chunks are missing, or not full, in the midst.
    Holes(u64),
    /// The data lie under the name of another path, as after a rename: told by their size alone.
    Elsewhere(String),
    /// The client cannot look at it.
    Refused(i32),
}

impl Flag {
    /// Whether something is certainly wrong; else it may be as it must be.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self, Flag::NoMetadata | Flag::Beyond(_) | Flag::Refused(_))
    }
}

/// The third word where an attempt still runs: then its own daemon is asked.
pub(crate) const LIVE: &str = "live";
/// The third word where it is over.
pub(crate) const OVER: &str = "over";

/// The fourth word of the process that does the work.
const AT_WORK: &str = "at-work";

/// Looks at the attempt in the first of the arguments, working in the second, and prints what was seen.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<PathBuf> = args.map(PathBuf::from).collect();
    match args.as_slice() {
        [attempt, scratch, how] => watched(attempt, scratch, how),
        [attempt, scratch, how, work] if work == Path::new(AT_WORK) => {
            end_with_asker();
            answer(attempt, scratch, how == Path::new(LIVE))
        }
        _ => {
            eprintln!(
                "{WORD}: expected an attempt, an empty directory, and `{LIVE}` or `{OVER}`; the screen starts this"
            );
            ExitCode::from(crate::Exit::Usage as u8)
        }
    }
}

/// Has another process do the work, and removes what was made once that and all that it started has ended.
fn watched(attempt: &Path, scratch: &Path, how: &Path) -> ExitCode {
    match watch(attempt, scratch, how) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cannot look: {error}");
            ExitCode::FAILURE
        }
    }
}

fn watch(attempt: &Path, scratch: &Path, how: &Path) -> io::Result<ExitCode> {
    // Daemons become our children when the one that started them is gone: then they can be waited for.
    set_child_subreaper(Some(getpid()))?;
    let mut work = Command::new(std::env::current_exe()?);
    work.arg(WORD).args([attempt, scratch, how]).arg(AT_WORK);
    let mut work = work.stdin(Stdio::piped()).spawn()?;
    let handle = pidfd_open(Pid::from_child(&work), PidfdFlags::empty())?;
    let given_up = Arc::new(AtomicBool::new(false));
    let said = given_up.clone();
    std::thread::spawn(move || {
        wait_for_end_of_input();
        said.store(true, Ordering::SeqCst);
        // It has ended by itself.
        let _ = pidfd_send_signal(&handle, Signal::KILL);
    });
    // Its input stays open as long as this process lives.
    let input = work.stdin.take();
    let status = work.wait()?;
    while rustix::process::wait(WaitOptions::empty()).is_ok() {}
    drop(input);
    if given_up.load(Ordering::SeqCst) {
        match std::fs::remove_dir_all(scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(match status.code() {
        Some(0) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Looks, and prints what was seen.
fn answer(attempt: &Path, scratch: &Path, live: bool) -> ExitCode {
    let look = match see::look(attempt, scratch, live) {
        Ok(look) => look,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut line = match serde_json::to_vec(&look) {
        Ok(line) => line,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    line.push(b'\n');
    match io::stdout().write_all(&line) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody listens any more.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Ends this process when whoever asked is gone. The harness sees to it that children end with it.
fn end_with_asker() {
    std::thread::spawn(|| {
        wait_for_end_of_input();
        std::process::exit(1);
    });
}

fn wait_for_end_of_input() {
    let mut byte = [0];
    while matches!(io::stdin().read(&mut byte), Ok(1..)) {}
}
