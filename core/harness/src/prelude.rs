//! What most test files need, in one line: `use gkfs_harness::prelude::*;`.

pub use crate::fuse::{FakeFuse, Fuse};
pub use crate::shell::parse;
pub use crate::{
    Bench, Cap, Client, Cluster, ClusterOf, Daemon, DaemonOptions, Fd, FileFactory, Fixture,
    ImitatingSession, Operations, Overlay, Session, SharedDaemon, Shell, Signal, Stack, TestContext,
    TestFile, TestResult, Workspace, args, libc, log, op, require, skip, supports,
};
