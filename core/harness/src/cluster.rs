//! Several daemons that make one file system.

use std::ops::Deref;
use std::path::PathBuf;

use crate::bench::Bench;
use crate::context::TestContext;
use crate::daemon::{Daemon, DaemonOptions, Place};
use crate::error::Result;
use crate::fixture::Fixture;
use crate::outcome::skip;
use crate::stack::Kind;

/// Daemons on one hosts file, numbered from 0: data in `root-N/`, logs `gkfs_daemon.log`, `gkfs_daemon-1.log` and so on.
///
/// As a fixture it has two daemons; [`ClusterOf`] has another number. On a plain stack there is the bare directory.
///
/// ```no_run
/// use gkfs_harness::prelude::*;
///
/// #[gkfs_harness::test]
/// fn one_of_four_is_missed(cluster: &ClusterOf<4>, client: &Client) -> TestResult {
///     let reply = client.mkdir(cluster.mountdir().join("d"), 0o755);
///     assert_eq!(reply.retval, 0);
///     cluster.kill(2)?;
///     cluster.restart(2)
///         .map_err(Into::into)
/// }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct Cluster {
    bench: Bench,
    daemons: Vec<Daemon>,
}

impl Cluster {
    /// Starts `count` daemons, one after the other, so that their numbers are those of the hosts file's lines.
    ///
    /// # Errors
    /// One of them cannot be started; those before it are stopped.
    pub fn start(bench: &Bench, count: usize) -> Result<Self> {
        Self::start_with(bench, count, &DaemonOptions::default())
    }

    /// The same with options for each.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(bench: &Bench, count: usize, options: &DaemonOptions) -> Result<Self> {
        if bench.stack.kind == Kind::Command {
            skip(format!(
                "the stack `{}` is one mount, no cluster",
                bench.stack.name
            ));
        }
        let start = |index| Daemon::start_at(bench, Place::of_cluster(bench, index), options.clone());
        let daemons = (0..count).map(start).collect::<Result<_>>()?;
        Ok(Self {
            bench: bench.clone(),
            daemons,
        })
    }

    /// Where clients see the file system.
    pub fn mountdir(&self) -> PathBuf {
        self.bench.workspace().mountdir()
    }

    /// How many daemons there are, dead ones included.
    #[expect(
        clippy::len_without_is_empty,
        reason = "a cluster of no daemons is nobody's question"
    )]
    pub fn len(&self) -> usize {
        self.daemons.len()
    }

    /// The daemon of that number.
    ///
    /// # Panics
    /// There are fewer.
    #[track_caller]
    pub fn daemon(&self, index: usize) -> &Daemon {
        let count = self.daemons.len();
        self.daemons
            .get(index)
            .unwrap_or_else(|| panic!("no daemon {index} in a cluster of {count}"))
    }

    /// All of them.
    pub fn daemons(&self) -> impl Iterator<Item = &Daemon> {
        self.daemons.iter()
    }

    /// Kills one with SIGKILL.
    ///
    /// # Errors
    /// It had died before.
    #[track_caller]
    pub fn kill(&self, index: usize) -> Result<()> {
        self.daemon(index).kill()
    }

    /// Stops one with SIGSTOP: it lives but answers nobody.
    ///
    /// # Errors
    /// It is not running.
    #[track_caller]
    pub fn stop(&self, index: usize) -> Result<()> {
        self.daemon(index).stop()
    }

    /// Lets one continue.
    ///
    /// # Errors
    /// It is not running.
    #[track_caller]
    pub fn cont(&self, index: usize) -> Result<()> {
        self.daemon(index).cont()
    }

    /// Restarts one with the same data, at the same address and in the same line of the hosts file.
    ///
    /// # Errors
    /// It does not end or does not get ready.
    #[track_caller]
    pub fn restart(&self, index: usize) -> Result<()> {
        self.daemon(index).restart()
    }

    /// Ends all of them in peace. All are ended, whatever fails; the first error is returned.
    ///
    /// # Errors
    /// One had died before, does not end in time, or ends with another status than 0.
    pub fn shutdown(&self) -> Result<()> {
        let ends: Vec<Result<()>> = std::thread::scope(|scope| {
            // A real one takes seconds to end: they end side by side.
            let running: Vec<_> = self
                .daemons
                .iter()
                .map(|daemon| scope.spawn(|| daemon.shutdown()))
                .collect();
            running
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        });
        ends.into_iter().collect()
    }
}

impl Fixture for Cluster {
    fn setup(context: &TestContext) -> Result<Self> {
        Self::start(&context.bench()?, 2)
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        self.shutdown()
    }
}

/// A [`Cluster`] of `N` daemons, as a fixture.
#[derive(Debug)]
pub struct ClusterOf<const N: usize>(Cluster);

impl<const N: usize> Deref for ClusterOf<N> {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        &self.0
    }
}

impl<const N: usize> Fixture for ClusterOf<N> {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(Self(Cluster::start(&context.bench()?, N)?))
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        self.shutdown()
    }
}
