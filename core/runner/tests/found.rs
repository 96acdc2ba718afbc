//! What is found in a bed, run, and judged there.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Index;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use gkfs_runner::filter::Plan;
use gkfs_runner::{Discovery, EventKind, Lookup, RunSettings, Selection};
use tokio_util::sync::CancellationToken;

use crate::bed::{Bed, Ended, RUNNER, end};

/// Writes a file below the bed's directory.
pub(crate) fn write(bed: &Bed, path: &str, text: &str) {
    let path = bed.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Writes a script that can be executed.
pub(crate) fn program(bed: &Bed, path: &str, code: &str) -> PathBuf {
    write(bed, path, &format!("#!/bin/sh\n{code}\n"));
    fs::set_permissions(bed.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    bed.path(path)
}

pub(crate) async fn discover(lookup: &Lookup) -> Discovery {
    RUNNER
        .discover(lookup, &CancellationToken::new(), &mut |_| ())
        .await
        .unwrap()
}

pub(crate) fn ids(found: &Discovery) -> Vec<&str> {
    found.tests.iter().map(|test| test.id.as_str()).collect()
}

/// The error of the only group.
pub(crate) fn error(found: &Discovery) -> &str {
    assert_eq!(found.groups.len(), 1);
    found.groups[0].error.as_deref().expect("an error")
}

/// All that is found.
pub(crate) async fn plan(lookup: &Lookup) -> Plan {
    Selection::default().apply(discover(lookup).await).unwrap()
}

/// Runs all that is found.
pub(crate) async fn run(lookup: &Lookup, settings: RunSettings) -> Ended {
    end(RUNNER.start(plan(lookup).await, settings).unwrap()).await
}

/// Statuses with reasons, by the last part of the name.
#[derive(Debug)]
pub(crate) struct Verdicts(BTreeMap<String, (&'static str, String)>);

impl Verdicts {
    pub(crate) fn of(ended: &Ended) -> Self {
        let tests = ended.record.tests().unwrap().into_iter();
        let verdict = |test: gkfs_runner::record::TestRecord| {
            let name = test.id.rsplit("::").next().unwrap().to_owned();
            let status = test.status.expect("a verdict").as_str();
            (name, (status, test.reason.unwrap_or_default()))
        };
        Self(tests.filter(|test| !test.deselected).map(verdict).collect())
    }

    pub(crate) fn is(&self, name: &str) -> (&'static str, &str) {
        let (status, reason) = &self[name];
        (status, reason)
    }
}

impl Index<&str> for Verdicts {
    type Output = (&'static str, String);

    fn index(&self, name: &str) -> &Self::Output {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("{name} in {:?}", self.0))
    }
}

/// The processes in which attempts ran, in their order.
pub(crate) fn pids(ended: &Ended) -> Vec<u32> {
    let pids = ended.events.iter().filter_map(|event| match event.kind {
        EventKind::AttemptStarted { pid, .. } => Some(pid),
        _ => None,
    });
    pids.collect()
}
