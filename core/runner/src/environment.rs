//! What a test process is told: the `GKFS_BENCH_*` variables.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use crate::ByteString;
use crate::process::COOKIE;
use crate::settings::RunSettings;

/// What of an attempt goes into its environment.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    /// The run's id.
    pub(crate) run: &'a str,
    /// The run's directory.
    pub(crate) run_dir: &'a Path,
    /// The attempt's cookie.
    pub(crate) cookie: &'a str,
    /// The test's id.
    pub(crate) test: &'a str,
    /// Number of the attempt, from 1.
    pub(crate) attempt: u32,
    /// Its directory.
    pub(crate) dir: &'a Path,
    /// The file that lets it go on, if it is held when it fails.
    pub(crate) hold: Option<PathBuf>,
    /// When it will be ended, in microseconds since the epoch.
    pub(crate) deadline_ts: i64,
}

/// The protocol's variables.
pub(crate) fn variables(told: &Told<'_>, settings: &RunSettings) -> Vec<(OsString, OsString)> {
    let stack = &settings.stack;
    let pairs: [(&str, &OsStr); 14] = [
        ("GKFS_BENCH_PROTOCOL", "1".as_ref()),
        ("GKFS_BENCH_RUN", told.run.as_ref()),
        (COOKIE, told.cookie.as_ref()),
        ("GKFS_BENCH_TEST", told.test.as_ref()),
        ("GKFS_BENCH_ATTEMPT", &number(told.attempt)),
        ("GKFS_BENCH_ATTEMPT_DIR", told.dir.as_os_str()),
        ("GKFS_BENCH_BIN_DIRS", &colon_list(&stack.bin_dirs)),
        ("GKFS_BENCH_LIB_DIRS", &colon_list(&stack.lib_dirs)),
        ("GKFS_BENCH_INTERFACE", stack.interface.as_ref()),
        ("GKFS_BENCH_STACK", stack.name.as_ref()),
        ("GKFS_BENCH_STRICT", if stack.strict { "1" } else { "0" }.as_ref()),
        ("GKFS_BENCH_EXE", settings.exe.as_os_str()),
        ("GKFS_BENCH_DEADLINE_TS", &number(told.deadline_ts)),
        ("GKFS_BENCH_SEED", &number(settings.seed)),
    ];
    let halted = crate::halt::file(told.run_dir);
    let hold = told
        .hold
        .as_ref()
        .map(|file| ("GKFS_BENCH_HOLD", file.as_os_str()));
    pairs
        .into_iter()
        .chain(hold)
        .chain([(crate::halt::VARIABLE, halted.as_os_str())])
        .map(|(name, value)| (name.into(), value.to_owned()))
        .collect()
}

fn number(number: impl ToString) -> OsString {
    number.to_string().into()
}

fn colon_list(dirs: &[ByteString]) -> OsString {
    OsString::from_vec(
        dirs.iter()
            .map(ByteString::to_bytes)
            .collect::<Vec<_>>()
            .join(&b':'),
    )
}
