//! A suite of scripts on a machine of its own: private home, no configuration of whoever measures.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::noise;

/// The command that is measured.
pub(crate) const EXE: &str = env!("CARGO_BIN_EXE_gkfs-bench");

/// A suite in a temporary directory.
pub(crate) struct Suite {
    place: tempfile::TempDir,
}

impl Suite {
    /// An empty one.
    pub(crate) fn new() -> io::Result<Suite> {
        let place = tempfile::tempdir()?;
        for dir in ["home", "bin", "work/load"] {
            fs::create_dir_all(place.path().join(dir))?;
        }
        Ok(Suite { place })
    }

    /// One with so many noisy tests; each writes `lines` lines, `rate` a second.
    pub(crate) fn noisy(tests: usize, rate: usize, lines: u64) -> io::Result<Suite> {
        let suite = Suite::new()?;
        let noise = std::env::current_exe()?;
        for test in 0..tests {
            let text = format!("exec '{}' {} {rate} {lines}", noise.display(), noise::WORD);
            suite.script(&format!("load/noise_{test}"), &text)?;
        }
        Ok(suite)
    }

    /// The directory in which it is.
    pub(crate) fn dir(&self) -> PathBuf {
        self.place.path().join("work")
    }

    /// Writes a script that is a test.
    pub(crate) fn script(&self, name: &str, text: &str) -> io::Result<()> {
        save(
            &self.dir().join(format!("{name}.sh")),
            &format!("#!/bin/sh\n{text}\n"),
        )
    }

    /// Returns the directory of a test's latest attempt in the last run, once there is one.
    pub(crate) fn attempt(&self, test: &str) -> Option<PathBuf> {
        let tests = self.dir().join(".gkfs-bench/runs/last/tests/load").join(test);
        let attempts = fs::read_dir(tests).ok()?.flatten().map(|entry| entry.path());
        attempts.max_by_key(|path| number(path.file_name()))
    }

    /// The environment of what is measured: a home of its own, programs in `bin`, and the caller's tools.
    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        let home = self.place.path().join("home").into_os_string();
        let mut path = self.place.path().join("bin").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut environment = tools();
        environment.extend([
            ("HOME".into(), home),
            ("PATH".into(), path),
            ("TERM".into(), "xterm-256color".into()),
            // With all its glyphs, as most terminals show them.
            ("LANG".into(), "C.UTF-8".into()),
        ]);
        environment
    }

    /// Waits until no process knows of this suite any more; how long that took, if it came to be.
    pub(crate) fn until_empty(&self, since: Instant, deadline: Duration) -> Option<Duration> {
        let home = self.place.path().join("home");
        while since.elapsed() < deadline {
            if !is_known(&home) {
                return Some(since.elapsed());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

/// Writes a file that may be executed, as editors do: beside, then in its place.
pub(crate) fn save(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("saving");
    fs::write(&beside, text)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o755))?;
    fs::rename(beside, path)
}

/// Where cargo finds the toolchain, what it has fetched and what it has built; it would look for them at home.
fn tools() -> Vec<(OsString, OsString)> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let set = |name: &str| std::env::var_os(name);
    let all = [
        (
            "CARGO_HOME",
            set("CARGO_HOME").or(Some(home.join(".cargo").into())),
        ),
        (
            "RUSTUP_HOME",
            set("RUSTUP_HOME").or(Some(home.join(".rustup").into())),
        ),
        ("RUSTUP_TOOLCHAIN", set("RUSTUP_TOOLCHAIN")),
        ("CARGO_TARGET_DIR", set("CARGO_TARGET_DIR")),
    ];
    let known = all
        .into_iter()
        .filter_map(|(name, value)| Some((name.into(), value?)));
    known.collect()
}

fn number(name: Option<&OsStr>) -> u32 {
    let digits = name
        .and_then(OsStr::to_str)
        .and_then(|name| name.strip_prefix("attempt-"));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Whether any process carries this home in its environment: all that a session starts does.
fn is_known(home: &Path) -> bool {
    let home = home.as_os_str().as_encoded_bytes();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.into_iter().any(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        memchr::memmem::find(&environment, home).is_some()
    })
}
