//! A client that is one process for many operations.

mod channel;
mod lines;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::client::{command, environ, reply_step};
use crate::context::TestContext;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::operations::{Operations, PATIENCE, Request};
use crate::oracle::{self, Oracle, Turn, Twin, Via};
use crate::steps::Stamp;
use channel::Channel;

/// Runs operations in one process, which keeps descriptors open between them.
///
/// The process is our own `gkfs.io`, under the stack's preload library, and starts with the first operation. On a real
/// GekkoFS a process costs half a second to start and stop; a session pays that once. Where an operation takes a
/// *file*, a descriptor that an earlier one opened does as well:
///
/// ```no_run
/// use gkfs_harness::prelude::*;
///
/// #[gkfs_harness::test]
/// fn position_is_kept(daemon: &Daemon, session: &Session) {
///     let file = daemon.mountdir().join("f");
///     let fd = session.open(&file, libc::O_CREAT | libc::O_RDWR, 0o644).fd();
///     assert_eq!(session.write(fd, "hello", 5, None).retval, 5);
///     assert_eq!(session.lseek(fd, 0, libc::SEEK_CUR).retval, 5);
/// }
/// # fn main() {}
/// ```
///
/// When an operation takes too long the process is killed, and the next operation starts another one, in which
/// nothing is open.
#[derive(Debug)]
pub struct Session {
    bench: Bench,
    env: BTreeMap<OsString, OsString>,
    imitate: bool,
    /// Where it is said; else it depends on the operation.
    patience: Option<Duration>,
    channel: Mutex<Option<Channel>>,
    /// Its counterpart in the oracle's directory.
    twin: OnceLock<Box<Twin>>,
}

impl Session {
    /// A session of the bench's stack, in its workspace.
    pub fn new(bench: &Bench) -> Self {
        Self {
            bench: bench.clone(),
            env: BTreeMap::new(),
            imitate: false,
            patience: None,
            channel: Mutex::new(None),
            twin: OnceLock::new(),
        }
    }

    /// A session that imitates a process for each operation: descriptors are closed, working directory and umask put
    /// back after each. Descriptors are told as numbers from the session's first; the step has the raw one.
    pub fn imitating_processes(bench: &Bench) -> Self {
        Self {
            imitate: true,
            ..Self::new(bench)
        }
    }

    /// Gives each operation `patience`.
    #[must_use]
    pub fn timeout(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Sets a variable of the session's process.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Ends the process, if it was started. A further operation would start another one.
    ///
    /// # Errors
    /// It crashed, failed, or does not end.
    pub fn finish(&self) -> Result<()> {
        match self.channel().take() {
            Some(channel) => {
                if let Some(twin) = self.twin.get() {
                    twin.finish();
                }
                channel.finish(self.bench.at_most(self.patience.unwrap_or(PATIENCE)))
            }
            None => Ok(()),
        }
    }

    fn open(&self) -> Result<Channel> {
        let program = self.bench.stack.session()?;
        let mut command = command(&self.bench, &program, environ(&self.bench, &self.env)?)?;
        command.arg("session");
        if self.imitate {
            command.arg("--imitate-process");
        }
        Channel::open(&self.bench, command)
    }

    fn twin(&self, oracle: &Oracle) -> &Twin {
        self.twin.get_or_init(|| Box::new(oracle.twin(self.imitate)))
    }

    /// What the operation did before it broke is not known.
    fn lost(&self, turn: Option<Turn<'_>>) {
        drop(turn);
        self.bench.stop_comparing("a session gave no reply");
    }

    fn channel(&self) -> MutexGuard<'_, Option<Channel>> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Operations for Session {
    fn perform(&self, request: Request) -> Result<Value> {
        let mut turn = self.bench.oracle.as_ref().map(Oracle::turn);
        let stamp = Stamp::now();
        let started = Instant::now();
        let mut slot = self.channel();
        let mut channel = match slot.take() {
            Some(channel) => channel,
            None => self.open()?,
        };
        let span = self.bench.steps.begin_operation(
            stamp,
            &request.args,
            json!({ "op": request.name, "via": "session", "child_pid": channel.pid() }),
        );
        let patience = self
            .bench
            .at_most(self.patience.unwrap_or_else(|| request.patience()));
        let answer = match channel.ask(&request, Instant::now() + patience, patience) {
            Ok(answer) => answer,
            Err(error) => {
                span.end(json!({ "ok": false, "error": error.to_string() }));
                self.lost(turn);
                return Err(error);
            }
        };
        let (raw, micros) = (answer.raw, answer.dur_us);
        let reply = channel.reply(&request.name, answer);
        *slot = Some(channel);
        let mut end = match &reply {
            Ok(reply) => reply_step(reply),
            Err(error) => json!({ "ok": false, "error": error.to_string() }),
        };
        if let Some(raw) = raw {
            end["raw"] = raw.into();
        }
        if let Some(micros) = micros {
            end["call_us"] = micros.into();
        }
        end["dur_us"] = (started.elapsed().as_micros() as u64).into();
        if let Some(twin) = self.bench.oracle.as_ref().map(|oracle| self.twin(oracle)) {
            let asked = (request.name.as_str(), &request.args);
            oracle::ask(&mut turn, asked, &reply, &Via::Session(twin), &mut end);
        }
        span.end_operation(reply.as_ref().ok(), end);
        reply
    }
}

impl Fixture for Session {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(Self::new(&context.bench()?))
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        self.finish()
    }
}

/// A session that imitates processes, as a fixture: see [`Session::imitating_processes`].
#[derive(Debug)]
pub struct ImitatingSession(Session);

impl Deref for ImitatingSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl Operations for ImitatingSession {
    fn perform(&self, request: Request) -> Result<Value> {
        self.0.perform(request)
    }
}

impl Fixture for ImitatingSession {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(Self(Session::imitating_processes(&context.bench()?)))
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        self.finish()
    }
}
