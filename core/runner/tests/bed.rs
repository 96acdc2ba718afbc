//! A directory of scripts, and what becomes of them.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use gkfs_runner::record::{Record, Runs, StackInfo, TestRecord};
use gkfs_runner::settings::GroupSettings;
use gkfs_runner::{
    Build, Discovery, Event, EventKind, Lookup, RunHandle, RunOutcome, RunSettings, Runner, Selection,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Long enough for a loaded machine; only a broken runner ever waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One for all tests of the process, so that they show that runs do not mind each other.
pub(crate) static RUNNER: LazyLock<Runner> = LazyLock::new(|| Runner::new().expect("a runner"));

/// The program of this crate that is a keeper too.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_gkfs-runner");

pub(crate) struct Bed {
    dir: Arc<TempDir>,
    pub(crate) group: GroupSettings,
}

/// A run that has ended.
pub(crate) struct Ended {
    pub(crate) outcome: RunOutcome,
    pub(crate) events: Vec<Event>,
    pub(crate) record: Record,
    /// Keeps the files for as long as somebody may ask for them.
    _dir: Option<Arc<TempDir>>,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let dir = Arc::new(tempfile::tempdir().expect("a temporary directory"));
        fs::create_dir(dir.path().join("g")).expect("the group's directory");
        Self {
            dir,
            group: GroupSettings::default(),
        }
    }

    /// A bed with one script, `t.sh`.
    pub(crate) fn with(code: &str) -> Self {
        let bed = Self::new();
        bed.script("t", code);
        bed
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn base(&self) -> PathBuf {
        self.path(".gkfs-bench")
    }

    pub(crate) fn runs(&self) -> Runs {
        Runs::new(&self.base())
    }

    /// A script of the group `g`, whose directory is `$HERE` to it.
    pub(crate) fn script(&self, name: &str, code: &str) {
        let path = self.path("g").join(format!("{name}.sh"));
        let head = format!("#!/bin/sh\nHERE='{}'\n", self.dir.path().display());
        fs::write(&path, head + code + "\n").expect("a script");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("its mode");
    }

    pub(crate) fn settings(&self) -> RunSettings {
        let keeper: Vec<OsString> = vec![PROGRAM.into(), "keeper".into()];
        let stack = StackInfo {
            name: "plain".into(),
            kind: "plain".into(),
            ..StackInfo::default()
        };
        let suite = self.dir.path().to_owned();
        let settings = RunSettings::new(self.base(), suite, stack, PROGRAM.into(), keeper);
        RunSettings {
            grace: Duration::from_millis(300),
            ..settings
        }
    }

    /// A build command, in the group's directory.
    pub(crate) fn build(&self, command: &str) -> Build {
        Build {
            command: command.to_owned(),
            cwd: self.path("g"),
            log: self.path("build/command.log"),
            keeper: self.settings().keeper,
        }
    }

    pub(crate) async fn discover(&self) -> Discovery {
        let lookup = Lookup {
            dirs: vec![self.path("g")],
            defaults: self.group.clone(),
            logs: self.path("build"),
            ..Lookup::default()
        };
        RUNNER
            .discover(&lookup, &CancellationToken::new(), &mut |_| ())
            .await
            .expect("a discovery")
    }

    pub(crate) async fn start(&self, settings: RunSettings) -> RunHandle {
        let plan = Selection::default()
            .apply(self.discover().await)
            .expect("a selection");
        RUNNER.start(plan, settings).expect("a run")
    }

    pub(crate) async fn run(&self) -> Ended {
        self.run_with(self.settings()).await
    }

    pub(crate) async fn run_with(&self, settings: RunSettings) -> Ended {
        let ended = end(self.start(settings).await).await;
        Ended {
            _dir: Some(self.dir.clone()),
            ..ended
        }
    }
}

/// Sees a run to its end.
pub(crate) async fn end(mut handle: RunHandle) -> Ended {
    let dir = handle.dir.clone();
    let whole = async {
        let mut events = Vec::new();
        while let Some(event) = handle.events.recv().await {
            events.push(event);
        }
        (handle.wait().await.expect("an outcome"), events)
    };
    let (outcome, events) = tokio::time::timeout(PATIENCE, whole)
        .await
        .expect("the run hangs");
    Ended {
        outcome,
        events,
        record: Record::open(&dir).expect("a record"),
        _dir: None,
    }
}

impl Ended {
    /// The only test.
    pub(crate) fn test(&self) -> TestRecord {
        let mut tests = self.record.tests().expect("tests");
        assert_eq!(tests.len(), 1, "{tests:?}");
        tests.remove(0)
    }

    /// Its status and reason, as words.
    pub(crate) fn verdict(&self) -> (&'static str, String) {
        let test = self.test();
        (
            test.status.expect("a verdict").as_str(),
            test.reason.unwrap_or_default(),
        )
    }

    /// An output or another file of an attempt of the only test.
    pub(crate) fn file(&self, attempt: usize, name: &str) -> String {
        let dir = &self.test().attempts[attempt - 1].dir;
        fs::read_to_string(self.record.dir.join(dir).join(name)).expect("a file of the attempt")
    }

    pub(crate) fn count(&self, is: impl Fn(&EventKind) -> bool) -> usize {
        self.events.iter().filter(|event| is(&event.kind)).count()
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process runs (a zombie does not).
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Whether a process is gone, and no zombie either.
pub(crate) fn is_reaped(pid: u32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}

/// The pid that a script wrote to a file, once it did.
pub(crate) async fn pid_in(path: &Path) -> u32 {
    let read = || {
        fs::read_to_string(path)
            .ok()
            .and_then(|text| text.strip_suffix('\n')?.parse().ok())
    };
    eventually("a pid is written", || read().is_some()).await;
    read().expect("a pid")
}
