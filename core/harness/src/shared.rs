//! A daemon that the tests of a group share.
//!
//! Under a runner each test is a process of its own, so the daemon must outlive the one that happens to start it, and end
//! with the run. It therefore carries the run's cookie instead of the test's, in a session of its own; the runner ends it.
//! Which process it is stands in the group's directory, beside a lock that makes one test start it while others wait.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde_json::json;

use crate::bench::Bench;
use crate::client::Client;
use crate::context::TestContext;
use crate::daemon::{Daemon, DaemonOptions};
use crate::error::{Error, Result};
use crate::fixture::Fixture;
use crate::operations::Operations;
use crate::process::{Identity, Report, Spawner};
use crate::stack::Kind;
use crate::workspace::Workspace;

/// The directory beside those of the group's tests.
const DIRECTORY: &str = ".shared-daemon";

/// A daemon that all tests of the group use which ask for it: for those that do nothing to the daemon itself, on a real
/// GekkoFS, where one costs two seconds to start and stop.
///
/// Each test has a [directory](Self::dir) of its own in the file system. Its `Client`, `Session` and `Shell` fixtures
/// find the daemon as they would find a [`Daemon`]. Without a runner there is no group: each test has one of its own.
///
/// ```no_run
/// use gkfs_harness::prelude::*;
///
/// #[gkfs_harness::test]
/// fn mkdir(daemon: &SharedDaemon, client: &Client) {
///     assert_eq!(client.mkdir(daemon.dir().join("d"), 0o755).retval, 0);
/// }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct SharedDaemon {
    workspace: Workspace,
    dir: PathBuf,
    hold: Hold,
}

#[derive(Debug)]
enum Hold {
    /// This test's alone, after all.
    Own(Box<Daemon>),
    /// Another process's child, or soon to be.
    Survivor(Identity),
    /// The stack has no daemon.
    Absent,
}

impl SharedDaemon {
    /// Where clients see the file system, other tests' directories included.
    pub fn mountdir(&self) -> PathBuf {
        self.workspace.mountdir()
    }

    /// This test's own directory in the file system.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the daemon writes its log.
    pub fn logdir(&self) -> PathBuf {
        self.workspace.logdir()
    }

    /// The number of its process; nothing on a plain stack.
    pub fn pid(&self) -> Option<u32> {
        match &self.hold {
            Hold::Own(daemon) => daemon.pid(),
            Hold::Survivor(identity) => Some(identity.pid),
            Hold::Absent => None,
        }
    }

    fn of_group(context: &TestContext, bench: &Bench, group: &Path, cookie: &str) -> Result<Self> {
        let workspace = Workspace::at(group.join(DIRECTORY))?;
        let lock_file = workspace.path().join("lock");
        let locked = File::create(&lock_file).and_then(|lock| {
            flock(&lock, FlockOperation::LockExclusive)?;
            Ok(lock)
        });
        let lock = locked.map_err(|source| Error::io("lock the shared daemon", &lock_file, source))?;
        let hold = if bench.stack.is_plain() {
            Hold::Absent
        } else {
            Hold::Survivor(find_or_start(bench, &workspace, cookie)?)
        };
        drop(lock);
        // The test's own clients look for the hosts file in the test's own workspace.
        let link = context.workspace().hosts_file();
        let linked = symlink(workspace.hosts_file(), &link);
        linked.map_err(|source| Error::io("link the shared hosts file", &link, source))?;
        Self::with_directory(context, bench, workspace, hold)
    }

    fn with_directory(
        context: &TestContext,
        bench: &Bench,
        workspace: Workspace,
        hold: Hold,
    ) -> Result<Self> {
        let name: String = context
            .id()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        // A second attempt must not find what the first one left.
        let attempt = context
            .environment()
            .text("GKFS_BENCH_ATTEMPT")
            .unwrap_or_default();
        let dir = workspace
            .mountdir()
            .join(format!("{name}-{attempt}{}", std::process::id()));
        if let Some(oracle) = &bench.oracle {
            oracle.knows_also(workspace.mountdir());
        }
        let made = Client::new(bench).try_call(gkfs_io::op::Mkdir::new(&dir, 0o777))?;
        if made.retval != 0 {
            let error = std::io::Error::from_raw_os_error(made.errno);
            return Err(Error::io(
                "make the test's directory in the file system",
                &dir,
                error,
            ));
        }
        Ok(Self { workspace, dir, hold })
    }
}

/// The daemon that runs already, or a new one. The lock is held.
fn find_or_start(bench: &Bench, workspace: &Workspace, cookie: &str) -> Result<Identity> {
    let state = workspace.path().join("daemon.json");
    let known: Option<Identity> = fs::read(&state)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    if let Some(identity) = known {
        if identity.is_alive() {
            return Ok(identity);
        }
        let text = "the group's shared daemon has died meanwhile; this test starts another";
        bench
            .steps
            .instant("log", json!({ "level": "warn", "text": text }));
        // What a killed one left would number the new one second.
        let _: std::io::Result<()> = fs::remove_file(workspace.hosts_file());
        let _: std::io::Result<()> = fs::remove_dir_all(workspace.rootdir());
    }
    let starter = Bench {
        workspace: workspace.clone(),
        spawner: Spawner::of_survivors(),
        ..bench.clone()
    };
    let daemon = Daemon::start_with(
        &starter,
        DaemonOptions::default().env("GKFS_BENCH_COOKIE", cookie),
    )?;
    let identity = daemon.pid().and_then(Identity::of);
    let identity = identity.ok_or_else(|| died(workspace))?;
    let written = serde_json::to_vec(&identity).map_err(Error::other)?;
    fs::write(&state, written).map_err(|source| Error::io("write", &state, source))?;
    daemon.leave();
    Ok(identity)
}

fn died(workspace: &Workspace) -> Error {
    let problem = "the group's shared daemon died, in this test or in one beside it".into();
    let logs = workspace.logdir();
    let report = Report::new("gkfs_daemon", None).file("stderr", &logs.join("gkfs_daemon.stderr.log"));
    Error::Daemon {
        problem,
        report: Box::new(report.file("log", &logs.join("gkfs_daemon.log"))),
    }
}

impl Fixture for SharedDaemon {
    fn setup(context: &TestContext) -> Result<Self> {
        let bench = context.bench()?;
        let environment = context.environment();
        let attempt = environment.path("GKFS_BENCH_ATTEMPT_DIR");
        let group = attempt.as_deref().and_then(|attempt| attempt.ancestors().nth(2));
        match (group, environment.cookie_for_run("shared")) {
            // A mount cannot outlive the test that made it.
            (Some(group), Some(cookie)) if bench.stack.kind != Kind::Command => {
                Self::of_group(context, &bench, group, &cookie)
            }
            _ => {
                let daemon = Daemon::start(&bench)?;
                let workspace = bench.workspace.clone();
                Self::with_directory(context, &bench, workspace, Hold::Own(Box::new(daemon)))
            }
        }
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        match self.hold {
            Hold::Own(daemon) => daemon.shutdown(),
            Hold::Survivor(identity) if !identity.is_alive() => Err(died(&self.workspace)),
            Hold::Survivor(_) | Hold::Absent => Ok(()),
        }
    }
}
