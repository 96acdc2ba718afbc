//! The process that has an ordinary user's views: in a user namespace of its own, where he may mount.
//!
//! Only a process with one thread can make one, so it is none that the channel could enter itself; and daemons and
//! clients stay outside, as they would be where there are no views. It is this executable once more, with the word
//! [`WORD`], and ends with its input.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use gkfs_overlay::{CONTAINER_HINT, enter_user_namespace, may_mount};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Failed, Surroundings, Told, Views};
use crate::channel::protocol::OverlayAct;

/// What follows `channel` on the helper's command line.
pub(in crate::channel) const WORD: &str = "views";

/// One line of its input: what a thread of the other process asks, or that it asks no more.
#[derive(Serialize, Deserialize)]
struct Asked {
    test: String,
    thread: String,
    around: Surroundings,
    act: OverlayAct,
}

/// All views of a test are to end.
#[derive(Serialize, Deserialize)]
struct End {
    end: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Asked(Box<Asked>),
    End(End),
}

/// The helper, once it is needed.
#[derive(Default)]
pub(in crate::channel) struct Helper(Mutex<Option<Running>>);

struct Running {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Helper {
    /// Whether the channel cannot make views itself.
    pub(in crate::channel) fn is_needed() -> bool {
        !may_mount()
    }

    /// Where the other process finds the helper's user namespace, and the mounts from which its views are made.
    pub(in crate::channel) fn place(&self) -> io::Result<Value> {
        self.with(|running| Ok(json!({ "pid": running.child.id() })))
    }

    pub(in crate::channel) fn ask(
        &self,
        test: &str,
        thread: &str,
        around: Surroundings,
        act: OverlayAct,
    ) -> Told {
        let asked = Asked {
            test: test.to_owned(),
            thread: thread.to_owned(),
            around,
            act,
        };
        let told = self.with(|running| {
            running.say(&asked)?;
            let mut line = String::new();
            running.answers.read_line(&mut line)?;
            serde_json::from_str(&line).map_err(|error| io::Error::other(format!("it has ended: {error}")))
        });
        told.unwrap_or_else(|error| {
            Told::Error(Failed::internal(format!(
                "the process that has the views: {error}"
            )))
        })
    }

    /// Leaves all views of a test.
    pub(in crate::channel) fn end(&self, test: &str) {
        if let Some(running) = &mut *self.running() {
            // If it has died, so have they.
            let _ = running.say(&End { end: test.to_owned() });
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Running) -> io::Result<T>) -> io::Result<T> {
        let mut running = self.running();
        let running = match &mut *running {
            Some(running) => running,
            none => none.insert(Running::start()?),
        };
        act(running)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn start() -> io::Result<Self> {
        let mut command = Command::new("/proc/self/exe");
        command.args([OsStr::new("channel"), OsStr::new(WORD)]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let gone = || io::Error::other("its streams are not there");
        let asks = child.stdin.take().ok_or_else(gone)?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        let mut running = Self { child, asks, answers };
        // It says so when it is where it belongs.
        let mut line = String::new();
        running.answers.read_line(&mut line)?;
        match line.trim_end() {
            READY => Ok(running),
            why => Err(io::Error::new(io::ErrorKind::Unsupported, why.to_owned())),
        }
    }

    fn say(&mut self, words: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(words)?;
        line.push(b'\n');
        self.asks.write_all(&line)
    }
}

const READY: &str = "ready";

/// The helper itself.
pub(in crate::channel) fn main() -> io::Result<()> {
    let entered = enter_user_namespace();
    let mut out = io::stdout().lock();
    match entered {
        Ok(_) => writeln!(out, "{READY}")?,
        Err(error) => return writeln!(out, "{error}; {CONTAINER_HINT}"),
    }
    let mut views: HashMap<(String, String), Views> = HashMap::new();
    for line in io::stdin().lock().lines() {
        let asked = match serde_json::from_str(&line?).map_err(io::Error::other)? {
            Line::Asked(asked) => *asked,
            Line::End(End { end }) => {
                views.retain(|(test, _), _| *test != end);
                continue;
            }
        };
        let key = (asked.test, asked.thread);
        let started = match views.get(&key) {
            Some(views) => Ok(views.clone()),
            None => Views::start(&asked.around).inspect(|started| drop(views.insert(key, started.clone()))),
        };
        let told = match started {
            Ok(views) => views.ask(asked.act),
            Err(error) => Told::Error(Failed::internal(error)),
        };
        serde_json::to_writer(&mut out, &told)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}
