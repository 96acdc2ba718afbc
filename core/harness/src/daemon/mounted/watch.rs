//! Waiting for a file system to be mounted, without polling.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use rustix::event::PollFlags;

use crate::bench::Bench;
use crate::daemon::ready::Events;
use crate::daemon::said::Said;
use crate::mounts;
use crate::process::{Process, wait_for};

/// What can change while one waits for a mount.
pub(super) struct Watch {
    pub(super) at: PathBuf,
    table: mounts::Table,
    logs: Events,
    said: Option<Said>,
}

impl Watch {
    pub(super) fn begin(bench: &Bench, pattern: Option<&str>) -> io::Result<Self> {
        let logs = bench.workspace.logdir();
        Ok(Self {
            at: bench.workspace.mountdir().canonicalize()?,
            table: mounts::Table::open()?,
            logs: Events::of(&logs)?,
            said: pattern.map(|pattern| Said::begin(&logs, pattern)).transpose()?,
        })
    }

    /// Whether the pattern has appeared, if there is one.
    pub(super) fn has_said(&mut self) -> io::Result<bool> {
        self.said.as_mut().map_or(Ok(true), Said::look)
    }

    /// Waits for a change; `false` at the deadline.
    pub(super) fn wait(&self, process: Option<&Process>, deadline: Instant) -> io::Result<bool> {
        let mut wanted = vec![
            (self.table.descriptor(), PollFlags::PRI),
            (self.logs.descriptor(), PollFlags::IN),
        ];
        wanted.extend(process.map(|process| (process.pidfd(), PollFlags::IN)));
        let changed = wait_for(&wanted, deadline)? != 0;
        self.logs.drain()?;
        Ok(changed)
    }
}
