//! An oracle: a plain directory in which every operation of a test is done once more.
//!
//! The file system under test is asked first, then the kernel; where their answers differ, the test has found something,
//! whatever it asserts. Only the first difference is told: after it the two have gone different ways.
//!
//! # What is compared
//!
//! Return value and error number, contents, names and types of entries, types, permissions, sizes and link counts, targets.
//! Not compared is what two file systems may answer differently: times, inode and device numbers, blocks, the order of a
//! listing, the numbers of descriptors. Neither is a call that one of them does not support. Times are of two moments, and
//! which of them a call sets is a matter of options with both: a test that cares for one asserts it.
//!
//! # When it stops
//!
//! An oracle that does not know what happened to the file system is no oracle. So it says why and compares no more once a
//! shell command or a script may have changed something, a daemon was killed or stopped, or a client gave no reply. An
//! operation on a path outside of the mount point, or on a descriptor that was not opened under its eyes, is left out.

mod compare;
mod translate;

use std::cell::Cell;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::bench::Bench;
use crate::error::{Error, Result};
use crate::operations::{Operations, Request};
use crate::session::Session;
use crate::stack::Stack;
use crate::steps::Steps;
use crate::workspace::Workspace;
use compare::Difference;
pub(crate) use translate::Descriptors;
use translate::Translation;

/// What switches it on; the only oracle there is is `plain`.
pub(crate) const VARIABLE: &str = "GKFS_BENCH_ORACLE";
/// Its place in the workspace.
const DIRECTORY: &str = "oracle";

/// Does the operations of one test in a plain directory, too. Clones are the same oracle.
#[derive(Clone, Debug)]
pub(crate) struct Oracle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where the plain directory is, with a client that needs no library.
    shadow: Bench,
    steps: Steps,
    /// The test's workspace, whose paths are told without it.
    workspace: PathBuf,
    state: Mutex<State>,
}

/// What goes on, in the order in which it goes on: who holds it is the only one who operates.
#[derive(Debug)]
struct State {
    translation: Translation,
    /// For clients that are a process for each operation.
    processes: Session,
    /// Why nothing is compared any more.
    stopped: Option<String>,
    compared: u64,
    divergence: Option<String>,
}

/// Whose operation it is.
pub(crate) enum Via<'a> {
    /// A process of its own.
    Process,
    /// A session, with its twin in the plain directory.
    Session(&'a Twin),
}

/// A session's counterpart.
#[derive(Debug)]
pub(crate) struct Twin {
    session: Session,
    descriptors: Mutex<Descriptors>,
}

impl Twin {
    /// Ends with the session: another process has nothing open.
    pub(crate) fn finish(&self) {
        // It has no library and no daemon; how it ends says nothing.
        let _: Result<()> = self.session.finish();
        *self.descriptors.lock().unwrap_or_else(PoisonError::into_inner) = Descriptors::default();
    }
}

impl Oracle {
    /// An oracle for the tests of `bench`.
    pub(crate) fn new(bench: &Bench) -> Result<Self> {
        let workspace = Workspace::at(bench.workspace.path().join(DIRECTORY))?;
        let shadow = Bench {
            stack: Arc::new(Stack::plain(bench.stack.session()?.path)),
            workspace,
            steps: Steps::create(Path::new("/dev/null"))?,
            spawner: bench.spawner.clone(),
            environment: bench.environment.clone(),
            oracle: None,
            clients_in: None,
        };
        let state = State {
            translation: Translation::new(bench.workspace.mountdir(), shadow.workspace.mountdir()),
            processes: Session::imitating_processes(&shadow),
            stopped: None,
            compared: 0,
            divergence: None,
        };
        Ok(Self(Arc::new(Inner {
            shadow,
            steps: bench.steps.clone(),
            workspace: bench.workspace.path().to_owned(),
            state: Mutex::new(state),
        })))
    }

    /// Paths below `mountdir` are the file system's, too.
    pub(crate) fn knows_also(&self, mountdir: PathBuf) {
        self.state().translation.add(mountdir);
    }

    /// A counterpart for a session.
    pub(crate) fn twin(&self, imitate: bool) -> Twin {
        let shadow = &self.0.shadow;
        Twin {
            session: if imitate {
                Session::imitating_processes(shadow)
            } else {
                Session::new(shadow)
            },
            descriptors: Mutex::default(),
        }
    }

    /// Waits for its turn: operations that go on side by side have no order that both would share.
    pub(crate) fn turn(&self) -> Turn<'_> {
        Turn {
            oracle: self,
            state: self.state(),
        }
    }

    /// Compares no more, for this reason.
    pub(crate) fn stop(&self, why: &str) {
        self.turn().stop(why);
    }

    /// What was found, if anything was.
    pub(crate) fn divergence(&self) -> Option<String> {
        self.state().divergence.clone()
    }

    /// How many operations were compared.
    pub(crate) fn compared(&self) -> u64 {
        self.state().compared
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    /// How many on this thread only try something out.
    static TRYING: Cell<u32> = const { Cell::new(0) };
}

/// Keeps oracles from looking at what this thread does: what is only tried out is no difference.
#[derive(Debug)]
pub(crate) struct TryingOut(PhantomData<*const ()>);

impl TryingOut {
    pub(crate) fn begin() -> Self {
        TRYING.set(TRYING.get() + 1);
        Self(PhantomData)
    }
}

impl Drop for TryingOut {
    fn drop(&mut self) {
        TRYING.set(TRYING.get() - 1);
    }
}

/// Asks the oracle that has its turn, if there is one, and writes what it found into the end of the operation's step.
pub(crate) fn ask(
    turn: &mut Option<Turn<'_>>,
    (name, args): (&str, &Map<String, Value>),
    reply: &Result<Value>,
    via: &Via<'_>,
    end: &mut Value,
) {
    let never_ran = matches!(
        reply,
        Err(Error::Operation { .. } | Error::UnknownOperation { .. })
    );
    let Some(turn) = turn.as_mut().filter(|_| !never_ran) else {
        return;
    };
    if let Some(said) = turn.ask(name, args, reply.as_ref().ok(), via) {
        end["oracle"] = said;
    }
}

/// The right to operate, on both sides.
pub(crate) struct Turn<'a> {
    oracle: &'a Oracle,
    state: MutexGuard<'a, State>,
}

impl Turn<'_> {
    /// Asks the oracle what the file system under test has answered already. Returns what the operation's step says about
    /// it, if they differ.
    fn ask(
        &mut self,
        name: &str,
        args: &Map<String, Value>,
        reply: Option<&Value>,
        via: &Via<'_>,
    ) -> Option<Value> {
        if self.state.stopped.is_some() || TRYING.get() > 0 {
            return None;
        }
        let Some(reply) = reply else {
            self.stop(&format!("{name} got no reply"));
            return None;
        };
        let mut known = match via {
            Via::Process => None,
            Via::Session(twin) => Some(twin.descriptors.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        let there = self.state.translation.arguments(name, args, known.as_deref());
        let Some(there) = there else {
            drop(known);
            if compare::succeeded(reply) && self.state.translation.touches(name, args) {
                self.stop(&format!("{name} is about a file outside of the file system, too"));
            }
            return None;
        };
        // A call that is not supported has no effect that the other side should have.
        if compare::is_unsupported(reply) {
            return None;
        }
        let request = Request {
            name: name.into(),
            words: Ok(Vec::new()),
            args: there,
        };
        let answered = match via {
            Via::Process => self.state.processes.perform(request),
            Via::Session(twin) => twin.session.perform(request),
        };
        let expected = match answered {
            Ok(answer) => self.state.translation.reply(answer),
            Err(error) => {
                self.stop(&format!("the plain directory gave no reply to {name}: {error}"));
                return None;
            }
        };
        if let Some(known) = &mut known {
            known.learn(name, args, reply, &expected);
        }
        self.state.compared += 1;
        let difference = compare::difference(name, reply, &expected)?;
        self.found(name, args, &difference);
        Some(json!({ "reply": expected, "differs": difference.to_string() }))
    }

    fn found(&mut self, name: &str, args: &Map<String, Value>, difference: &Difference) {
        let args: Vec<String> = args
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let here = format!("{}/", self.oracle.0.workspace.display());
        let text = format!(
            "unlike a plain directory: {name}({}): {difference}",
            args.join(" ")
        )
        .replace(&here, "");
        let step = json!({ "ok": false, "message": text, "compared": self.state.compared });
        self.oracle.0.steps.instant("oracle", step);
        self.state.divergence = Some(text);
        self.state.stopped = Some("it has found a difference".into());
    }

    fn stop(&mut self, why: &str) {
        if self.state.stopped.is_none() && TRYING.get() == 0 {
            let text = format!("the oracle compares no more: {why}");
            let step = json!({ "ok": true, "message": text, "compared": self.state.compared });
            self.oracle.0.steps.instant("oracle", step);
            self.state.stopped = Some(why.into());
        }
    }
}
