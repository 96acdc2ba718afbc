//! `run.json`: what was run, where, on which stack, and how it ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ByteString;
use crate::status::Summary;

/// The content of `run.json`. Written whole and put in place by rename, at the start of a run and at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFile {
    /// Version of the format.
    pub v: u32,
    /// The run's id, the name of its directory: UTC start time and four random hexadecimal digits.
    pub id: String,
    /// How far it came.
    pub state: State,
    /// Start, in microseconds since the epoch.
    pub started_ts: i64,
    /// End, in microseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ts: Option<i64>,
    /// Exit status of the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
    /// The command line that started the run.
    #[serde(default)]
    pub argv: Vec<ByteString>,
    /// Where it was given.
    pub cwd: ByteString,
    /// The suite.
    pub suite: Suite,
    /// What was selected, in the words of whoever selected; opaque here.
    #[serde(default)]
    pub selection: serde_json::Value,
    /// The machine.
    pub host: Host,
    /// The process that ran the tests.
    pub runner: RunnerProcess,
    /// Prefix of the `GKFS_BENCH_COOKIE` of every process of this run.
    pub cookie: String,
    /// The system under test.
    pub stack: StackInfo,
    /// The numbers so far.
    #[serde(default)]
    pub summary: Summary,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not at its end. If its runner is dead, it was killed: [`super::Shown::Killed`].
    Running,
    /// At its end, whatever the result.
    Finished,
    /// Cancelled, by the user or by a limit.
    Interrupted,
}

/// The suite of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suite {
    /// Its directory.
    pub root: ByteString,
    /// Its file, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<ByteString>,
}

/// The machine of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Host name.
    pub name: String,
    /// Kernel release.
    pub kernel: String,
    /// Machine, as in `uname -m`.
    pub arch: String,
    /// Processors this process may use.
    pub cpus: u32,
    /// The kernel's boot id: a `pid` and `starttime` mean nothing after a reboot.
    pub boot_id: String,
    /// Name of the local time zone, for sources that write local time.
    pub tz: String,
}

/// Which process runs, or ran, a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerProcess {
    /// Process id.
    pub pid: u32,
    /// Start time, field 22 of `/proc/PID/stat`, so that a reused pid is not taken for it.
    pub starttime: u64,
}

/// The system under test, as header, summary and every report name it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StackInfo {
    /// Its name: `embedded`, `plain`, or a table of the suite file.
    pub name: String,
    /// `gekkofs`, `command` or `plain`.
    pub kind: String,
    /// Directories before `PATH`.
    pub bin_dirs: Vec<ByteString>,
    /// Directories before `LD_LIBRARY_PATH`.
    pub lib_dirs: Vec<ByteString>,
    /// Network interface of the daemons.
    pub interface: String,
    /// Whether it refuses what the real client refuses.
    pub strict: bool,
    /// What the tests that asked found it able to do, at the end of the run.
    pub caps: Vec<String>,
    /// The files it consists of, by name.
    pub files: BTreeMap<String, StackFile>,
}

/// One file of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackFile {
    /// Where it was found.
    pub path: ByteString,
    /// Its GNU build id in hexadecimal, empty where it has none.
    #[serde(default)]
    pub build_id: String,
    /// Size in bytes.
    pub size: u64,
    /// Last change, in microseconds since the epoch.
    pub mtime_ts: i64,
}

impl Host {
    /// The machine this process runs on.
    #[must_use]
    pub fn this() -> Self {
        let uname = rustix::system::uname();
        let text = |field: &std::ffi::CStr| field.to_string_lossy().into_owned();
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self {
            name: text(uname.nodename()),
            kernel: text(uname.release()),
            arch: text(uname.machine()),
            cpus: std::thread::available_parallelism().map_or(1, |cpus| cpus.get() as u32),
            boot_id: boot_id.trim_end().to_owned(),
            tz: jiff::tz::TimeZone::system()
                .iana_name()
                .unwrap_or("UTC")
                .to_owned(),
        }
    }
}

impl RunnerProcess {
    /// This process.
    #[must_use]
    pub fn this() -> Self {
        let pid = std::process::id();
        Self {
            pid,
            starttime: crate::process::stat(pid).map_or(0, |stat| stat.starttime),
        }
    }

    /// Whether it still runs, given the machine and boot it was started on. On another machine nobody can say; a run
    /// that was carried here is not being run. One that nobody has reaped yet is gone all the same.
    #[must_use]
    pub fn is_alive(&self, host: &Host) -> bool {
        let here = Host::this();
        here.boot_id == host.boot_id
            && here.name == host.name
            && crate::process::stat(self.pid)
                .is_some_and(|stat| stat.starttime == self.starttime && stat.is_alive())
    }
}
