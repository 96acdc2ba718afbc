//! A client that is a process for each operation, as upstream's harness has it.

mod reply;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::context::TestContext;
use crate::crash::{self, Ended, Written};
use crate::error::{Error, Result};
use crate::fixture::Fixture;
use crate::operations::{Operations, Request};
use crate::oracle::{self, Oracle, Via};
use crate::process::{Finished, Limit};
use crate::stack::Program;
use crate::steps::{Stamp, byte_string};
use crate::sys;

pub(crate) use reply::step as reply_step;

/// Runs each operation in a process of its own, under the stack's preload library.
///
/// The process is the stack's own `gkfs.io`. Its deadline is kept here, outside of the preload library, and its
/// process group is killed at the end of it.
///
/// ```no_run
/// use gkfs_harness::prelude::*;
///
/// #[gkfs_harness::test]
/// fn mkdir_twice(daemon: &Daemon, client: &Client) {
///     let top = daemon.mountdir().join("top");
///     assert_eq!(client.mkdir(&top, 0o777).retval, 0);
///     let reply = client.mkdir(&top, 0o777);
///     assert_eq!((reply.retval, reply.errno), (-1, libc::EEXIST));
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    bench: Bench,
    env: BTreeMap<OsString, OsString>,
    /// Where it is said; else it depends on the operation.
    patience: Option<Duration>,
}

impl Client {
    /// A client of the bench's stack, in its workspace.
    pub fn new(bench: &Bench) -> Self {
        Self {
            bench: bench.clone(),
            env: BTreeMap::new(),
            patience: None,
        }
    }

    /// A client like this one that gives each operation `patience`.
    #[must_use]
    pub fn timeout(&self, patience: Duration) -> Self {
        Self {
            patience: Some(patience),
            ..self.clone()
        }
    }

    /// A client like this one with a further variable, or another value for one.
    #[must_use]
    pub fn env(&self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let mut client = self.clone();
        client.env.insert(name.into(), value.into());
        client
    }

    /// The variables of every operation's process.
    ///
    /// # Errors
    /// The stack has no preload library, or two.
    pub fn environ(&self) -> Result<BTreeMap<OsString, OsString>> {
        environ(&self.bench, &self.env)
    }

    /// A command that runs `program` as a client where clients are started, under what the stack puts around clients.
    ///
    /// # Errors
    /// As [`environ`](Self::environ).
    pub fn command(&self, program: &Path) -> Result<Command> {
        let program = Program {
            path: program.to_owned(),
            called: None,
        };
        let mut command = command(&self.bench, &program, self.environ()?)?;
        // What the harness starts itself may do so anyway.
        sys::may_leave_a_core(&mut command);
        Ok(command)
    }

    /// Finds out what there is about the process of such a command that has ended: a crash of it, or of what it ran, is
    /// recorded with its core and its stack, and so is what a sanitizer or valgrind wrote to its standard error, which is
    /// the file `stderr`.
    pub fn examine(&self, program: &Path, pid: u32, status: ExitStatus, began: SystemTime, stderr: &Path) {
        let who = format!("`{}`", program.file_name().unwrap_or_default().to_string_lossy());
        if let Some(found) = crash::Report::in_file(stderr, 0) {
            found.record(&self.bench, &who, stderr);
        }
        let ended = Ended {
            who,
            name: "client",
            program,
            pid,
            status,
            is_wrapped: !self.bench.stack.wrap.client.0.is_empty(),
            is_shell: true,
            cwd: self.bench.client_dir(),
            began,
            stderr: Written::In(stderr, 0),
        };
        crash::examine(&self.bench, &ended);
    }
}

/// A client's variables: the stack's, and over them its own.
pub(crate) fn environ(
    bench: &Bench,
    own: &BTreeMap<OsString, OsString>,
) -> Result<BTreeMap<OsString, OsString>> {
    let mut environ = bench.stack.client_environ(&bench.workspace)?;
    environ.extend(own.clone());
    Ok(environ)
}

/// A command that runs `program` as a client where clients are started, under what the stack puts around clients.
pub(crate) fn command(
    bench: &Bench,
    program: &Program,
    mut environ: BTreeMap<OsString, OsString>,
) -> Result<Command> {
    let wrapper = &bench.stack.wrap.client;
    let mut path = program.path.clone();
    if let Some(called) = program.called.filter(|_| !wrapper.0.is_empty()) {
        // No wrapper tells a program that it is called otherwise than its file.
        path = under_its_name(bench, &path, called)?;
    }
    let mut command = wrapper.command(&path, &mut environ);
    if let Some(called) = program.called.filter(|_| wrapper.0.is_empty()) {
        command.arg0(called);
    }
    command.current_dir(bench.client_dir()).envs(environ);
    Ok(command)
}

/// A link in the workspace that has the name by which a program knows what it is.
fn under_its_name(bench: &Bench, program: &Path, called: &str) -> Result<PathBuf> {
    let dir = bench.workspace.path().join(".wrapped");
    let link = dir.join(called);
    let made =
        std::fs::create_dir_all(&dir).and_then(|()| match std::os::unix::fs::symlink(program, &link) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        });
    made.map_err(|source| Error::io("link the client", &link, source))?;
    Ok(link)
}

impl Client {
    /// The reply of a client that ended in peace. What there is to find out about another one is.
    fn examined(
        &self,
        name: &str,
        program: &Program,
        done: &Finished,
        began: SystemTime,
        limit: Limit,
    ) -> Result<Value> {
        let who = format!("gkfs.io {name}");
        if !done.timed_out {
            let ended = Ended {
                who: who.clone(),
                name: "gkfs_client",
                program: &program.path,
                pid: done.pid,
                status: done.status,
                is_wrapped: !self.bench.stack.wrap.client.0.is_empty(),
                is_shell: false,
                cwd: self.bench.client_dir(),
                began,
                stderr: Written::Is(&done.stderr),
            };
            // Its step tells of it.
            crash::examine(&self.bench, &ended);
        }
        match crash::Report::keep(&self.bench, &who, "gkfs_client", done.pid, &done.stderr)? {
            Some(found) => Err(Error::Program {
                problem: found.told(&who),
                report: Box::new(done.report()),
            }),
            None => reply::read(name, done, limit.timeout),
        }
    }
}

impl Operations for Client {
    fn perform(&self, request: Request) -> Result<Value> {
        let patience = self.patience.unwrap_or_else(|| request.patience());
        let words = request.words.map_err(|error| Error::Operation {
            name: request.name.clone(),
            problem: error.to_string(),
        })?;
        let program = self.bench.stack.client()?;
        let mut command = command(&self.bench, &program, self.environ()?)?;
        command.arg(&request.name).args(words);

        let limit = Limit::kill_after(self.bench.at_most(patience));
        let mut turn = self.bench.oracle.as_ref().map(Oracle::turn);
        let (stamp, began) = (Stamp::now(), SystemTime::now());
        let started = Instant::now();
        let running = self.bench.spawner.start(command)?;
        let span = self.bench.steps.begin_operation(
            stamp,
            &request.args,
            json!({ "op": request.name, "via": "process", "child_pid": running.pid() }),
        );
        let mut done = running.finish(limit)?;
        if self.bench.stack.wrap.is_on() {
            reply::keep_json(&mut done.stdout);
        }
        let reply = self.examined(&request.name, &program, &done, began, limit);
        let mut end = match &reply {
            Ok(reply) => reply::step(reply),
            Err(error) => json!({ "ok": false, "error": error.to_string() }),
        };
        end["exit"] = done.status.code().into();
        if !done.stderr.is_empty() {
            end["stderr"] = byte_string(&done.stderr);
        }
        end["dur_us"] = (started.elapsed().as_micros() as u64).into();
        let asked = (request.name.as_str(), &request.args);
        oracle::ask(&mut turn, asked, &reply, &Via::Process, &mut end);
        span.end_operation(reply.as_ref().ok(), end);
        reply
    }
}

impl Fixture for Client {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(Self::new(&context.bench()?))
    }
}
