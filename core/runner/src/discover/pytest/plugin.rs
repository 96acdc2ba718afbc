//! The plugin's files, written where pytest finds them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::RecordError;
use crate::discover::memory::replace;
use crate::error::Doing as _;

/// The plugin's name to Python.
pub(crate) const MODULE: &str = "gkfs_bench_pytest";
/// The variable that tells it what is wanted.
pub(crate) const TOLD: &str = "GKFS_BENCH_PYTEST";

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../python/gkfs_bench_pytest/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = files!["__init__.py" "attempt.py" "collect.py" "inputs.py" "one.py" "steps.py" "terminal.py" "upstream.py" "worker.py"];

/// Where the plugin is, and what else pytest writes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The directory for `PYTHONPATH`.
    path: PathBuf,
    /// The directory for byte code and pytest's cache.
    pub(super) cache: PathBuf,
}

/// Writes the plugin, unless it is there. Its directory is named after its content: one of another version may be in
/// use at the same time.
pub(super) fn install(logs: &Path) -> Result<Place, RecordError> {
    let mut hash = Xxh3::new();
    for (name, text) in FILES {
        hash.update(name.as_bytes());
        hash.update(text.as_bytes());
    }
    let logs = std::path::absolute(logs).unwrap_or_else(|_| logs.to_owned());
    let path = logs.join(format!("python-{:08x}", hash.digest() as u32));
    let dir = path.join(MODULE);
    for (name, text) in FILES {
        let file = dir.join(name);
        if fs::read(&file).is_ok_and(|is| is == text.as_bytes()) {
            continue;
        }
        replace(&file, text.as_bytes()).doing("write", &file)?;
    }
    Ok(Place {
        path,
        cache: logs.join("python-cache"),
    })
}

impl Place {
    /// The variables by which pytest finds the plugin, and by which that keeps byte code elsewhere than beside the tests.
    pub(super) fn env(
        &self,
        before: &[(OsString, OsString)],
        path: Option<&OsString>,
    ) -> Vec<(OsString, OsString)> {
        let said = before.iter().rfind(|(name, _)| name == "PYTHONPATH");
        let said = said.map(|(_, value)| value).or(path);
        let mut ours = self.path.clone().into_os_string();
        if let Some(said) = said.filter(|said| !said.is_empty()) {
            ours.push(":");
            ours.push(said);
        }
        vec![
            ("PYTHONPATH".into(), ours),
            ("GKFS_BENCH_BYTECODE".into(), self.cache.join("bytecode").into()),
            // Until the plugin is there, which says where.
            ("PYTHONDONTWRITEBYTECODE".into(), "1".into()),
        ]
    }
}
