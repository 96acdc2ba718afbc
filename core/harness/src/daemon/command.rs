//! A daemon's command line, environment and files, as GekkoFS's own test harness sets them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::bench::Bench;
use crate::error::{Error, Result};

/// The highest level: everything. Versions before 0.9 read another variable than later ones.
const LOG_LEVEL: &str = "100";

/// A real one is ready after 0.3 s on an idle machine.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// What a daemon is started with, beyond what every daemon gets.
#[derive(Clone, Debug)]
pub struct DaemonOptions {
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    backend: OsString,
    statistics: bool,
    patience: Duration,
}

impl Default for DaemonOptions {
    fn default() -> Self {
        Self {
            args: Vec::new(),
            env: BTreeMap::new(),
            backend: "rocksdb".into(),
            statistics: false,
            patience: START_PATIENCE,
        }
    }
}

impl DaemonOptions {
    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Has it keep metadata in another database than `rocksdb`.
    #[must_use]
    pub fn backend(mut self, name: impl Into<OsString>) -> Self {
        self.backend = name.into();
        self
    }

    /// Has it write statistics to `logs/stats.log`. This slows its shutdown down.
    #[must_use]
    pub fn statistics(mut self) -> Self {
        self.statistics = true;
        self
    }

    /// How long it may take to get ready.
    #[must_use]
    pub fn ready_within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn args(&self) -> impl Iterator<Item = String> {
        self.args.iter().map(|arg| arg.to_string_lossy().into_owned())
    }

    pub(super) fn environ(&self) -> &BTreeMap<OsString, OsString> {
        &self.env
    }
}

/// One daemon's files in the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Its number, from 0.
    pub(super) index: usize,
    /// `gkfs_daemon`, `gkfs_daemon-1`: the beginning of its logs' names.
    pub(super) name: String,
    pub(super) root: PathBuf,
    /// Where its metadata is.
    meta: PathBuf,
    pub(super) log: PathBuf,
    pub(super) stdout: PathBuf,
    pub(super) stderr: PathBuf,
}

impl Place {
    /// The only daemon of a workspace.
    pub(crate) fn single(bench: &Bench) -> Self {
        Self::new(bench, 0, bench.workspace.rootdir())
    }

    /// One of several.
    pub(crate) fn of_cluster(bench: &Bench, index: usize) -> Self {
        Self::new(bench, index, bench.workspace.path().join(format!("root-{index}")))
    }

    /// One of several in forwarding mode: they store what any of them is sent in one place, as on a parallel file
    /// system, and name their metadata by themselves.
    pub(crate) fn forwarding(bench: &Bench, index: usize) -> Self {
        Self {
            meta: bench.workspace.path().join("meta"),
            ..Self::new(bench, index, bench.workspace.rootdir())
        }
    }

    fn new(bench: &Bench, index: usize, root: PathBuf) -> Self {
        let name = if index == 0 {
            "gkfs_daemon".to_owned()
        } else {
            format!("gkfs_daemon-{index}")
        };
        let log = |end: &str| bench.workspace.logdir().join(format!("{name}{end}"));
        Self {
            index,
            log: log(".log"),
            stdout: log(".stdout.log"),
            stderr: log(".stderr.log"),
            meta: root.clone(),
            root,
            name,
        }
    }

    pub(super) fn make_directories(&self) -> Result<()> {
        for dir in [&self.root, &self.meta] {
            let made = std::fs::create_dir_all(dir);
            made.map_err(|source| Error::io("make the daemon's directory", dir, source))?;
        }
        Ok(())
    }
}

/// The command that starts a daemon at `listen`, and the variables it sets.
pub(super) fn build(
    bench: &Bench,
    place: &Place,
    options: &DaemonOptions,
    listen: &str,
) -> Result<(Command, BTreeMap<OsString, OsString>)> {
    // It preloads nothing that would have to be carried past a wrapper.
    let mut command = bench
        .stack
        .wrap
        .daemon
        .command(&bench.stack.daemon()?, &mut BTreeMap::new());
    command.current_dir(bench.workspace.path());
    command.arg("--mountdir").arg(bench.workspace.mountdir());
    command
        .arg("--rootdir")
        .arg(&place.root)
        .arg("--metadir")
        .arg(&place.meta);
    command
        .arg("--dbbackend")
        .arg(&options.backend)
        .args(["-l", listen]);
    if options.statistics {
        command.args(["--enable-collection", "--enable-chunkstats", "--output-stats"]);
        command.arg(bench.workspace.logdir().join("stats.log"));
    }
    command.args(&options.args);

    let mut environ = bench.stack.environ();
    environ.insert("GKFS_HOSTS_FILE".into(), bench.workspace.hosts_file().into());
    environ.insert("GKFS_DAEMON_LOG_PATH".into(), place.log.clone().into());
    environ.insert("GKFS_LOG_LEVEL".into(), LOG_LEVEL.into());
    environ.insert("GKFS_DAEMON_LOG_LEVEL".into(), LOG_LEVEL.into());
    environ.extend(options.env.clone());
    command.envs(&environ);
    for (path, is_stdout) in [(&place.stdout, true), (&place.stderr, false)] {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let file = opened.map_err(|source| Error::io("open the daemon's output", path, source))?;
        if is_stdout {
            command.stdout(file)
        } else {
            command.stderr(file)
        };
    }
    Ok((command, environ))
}
