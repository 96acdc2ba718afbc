//! What pytest collected last time, for as long as nothing has changed that the collection read.
//!
//! The plugin says which files and directories that were. Kept beside the logs of builds with what it found is the
//! content of each of these files, and the names in each of these directories, as a hash; so are the configuration and
//! the conftests that pytest would take if they were there, the interpreter, its command line and the environment. A
//! collection that asked processes or the network, or that failed for a file, is not kept.
//!
//! What is decided otherwise, by a clock, by chance or by what a file system says of a file that is not read, is not
//! seen here. So a worker says when it finds tests that were not known: the run fails then, and forgets what was kept.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::hash::Hasher as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::Work;
use super::found::{self, Found, Inputs};
use crate::discover::TestCommand;
use crate::discover::memory::replace;

/// What pytest takes from the directories above tests.
const ABOVE: [&str; 8] = [
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    ".pytest.toml",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
    "conftest.py",
];
/// What comes and goes without a meaning: our own directory, and byte code.
const MEANINGLESS: [&str; 2] = [".gkfs-bench", "__pycache__"];
/// Variables that are other ones in each shell.
const VOLATILE: [&str; 5] = ["_", "SHLVL", "OLDPWD", "COLUMNS", "LINES"];

/// The first line of what is kept.
#[derive(Serialize, Deserialize)]
struct Head {
    /// Of all that says what is collected, and of the program that keeps it.
    key: u64,
    files: Vec<(PathBuf, Option<u64>)>,
    dirs: Vec<(PathBuf, Option<u64>)>,
}

/// Where a collection is kept, and what it is one of.
pub(super) struct Known {
    path: PathBuf,
    key: u64,
    /// What is there for us, and says nothing about tests.
    logs: PathBuf,
}

impl Known {
    pub(super) fn of(work: &Work<'_>, start: &TestCommand, told: &str) -> Self {
        let mut hash = Xxh3::new();
        let mut add = |word: &OsStr| {
            hash.write(word.as_bytes());
            hash.write_u8(0);
        };
        add(OsStr::new(env!("CARGO_PKG_VERSION")));
        add(OsStr::new(told));
        start.argv.iter().for_each(|word| add(word));
        add(start.cwd.as_os_str());
        let around = work.lookup.environment.iter();
        let around =
            around.filter(|(name, _)| !VOLATILE.iter().any(|not| name.as_os_str() == OsStr::new(not)));
        let set = start.env.iter().map(|(name, value)| (name, value));
        for (name, value) in around.chain(set) {
            add(name);
            add(value);
        }
        let groups: Vec<&str> = work.task.groups.iter().map(|part| part.name.as_str()).collect();
        let logs = std::path::absolute(&work.lookup.logs).unwrap_or_else(|_| work.lookup.logs.clone());
        let name = xxh3_64(format!("{groups:?} {:?}", start.argv.first()).as_bytes());
        Self {
            path: logs.join(format!("pytest-{name:016x}.jsonl")),
            key: hash.digest(),
            logs,
        }
    }

    /// What was found, if the same would be.
    pub(super) fn recall(&self) -> Option<Found> {
        let text = fs::read_to_string(&self.path).ok()?;
        let (head, rest) = text.split_once('\n')?;
        let head: Head = serde_json::from_str(head).ok()?;
        let is_same = head.key == self.key
            && head.files.iter().all(|(path, hash)| content(path) == *hash)
            && head.dirs.iter().all(|(path, hash)| names(path) == *hash);
        let found = is_same.then(|| found::again(rest)).flatten()?;
        Some(Found {
            kept: Some(self.path.clone()),
            ..found
        })
    }

    /// Keeps what was found, or sees to it that nothing is. That it cannot be kept is no reason to fail.
    pub(super) fn keep(&self, found: &Found, start: &TestCommand, text: &str) {
        let Some(inputs) = found.inputs.as_ref().filter(|_| found.is_whole()) else {
            let _ = fs::remove_file(&self.path);
            return;
        };
        let head = Head {
            key: self.key,
            files: self.files(inputs, found, start),
            dirs: self
                .outside(&inputs.dirs)
                .map(|path| (path.clone(), names(path)))
                .collect(),
        };
        if let Ok(head) = serde_json::to_string(&head) {
            let _ = replace(&self.path, format!("{head}\n{text}").as_bytes());
        }
    }

    fn files(&self, inputs: &Inputs, found: &Found, start: &TestCommand) -> Vec<(PathBuf, Option<u64>)> {
        let mut all: BTreeSet<PathBuf> = self
            .outside(&inputs.files)
            .chain(&found.modules)
            .cloned()
            .collect();
        let interpreter = start.argv.first().map(Path::new);
        all.extend(interpreter.filter(|path| path.is_absolute()).map(Path::to_owned));
        let starts = found.ones.iter().filter_map(|one| one.path.parent());
        let starts: BTreeSet<&Path> = starts.chain([start.cwd.as_path()]).collect();
        let above: BTreeSet<&Path> = starts.iter().flat_map(|dir| dir.ancestors()).collect();
        all.extend(above.iter().flat_map(|dir| ABOVE.map(|name| dir.join(name))));
        all.into_iter()
            .map(|path| {
                let hash = content(&path);
                (path, hash)
            })
            .collect()
    }

    fn outside<'a>(&self, paths: &'a [PathBuf]) -> impl Iterator<Item = &'a PathBuf> {
        paths.iter().filter(|path| !path.starts_with(&self.logs))
    }
}

/// The content of a file; nothing of one that is not there, or is none.
fn content(path: &Path) -> Option<u64> {
    fs::read(path).ok().map(|bytes| xxh3_64(&bytes))
}

/// The names in a directory, with what each of them is.
fn names(path: &Path) -> Option<u64> {
    let entries = fs::read_dir(path).ok()?.flatten();
    let mut names: Vec<_> = entries
        .filter(|entry| !MEANINGLESS.iter().any(|not| entry.file_name() == *not))
        .map(|entry| {
            (
                entry.file_name(),
                entry.file_type().is_ok_and(|kind| kind.is_dir()),
            )
        })
        .collect();
    names.sort_unstable();
    let mut hash = Xxh3::new();
    for (name, is_dir) in names {
        hash.write(name.as_bytes());
        hash.write(if is_dir { b"/\0" } else { b"\0" });
    }
    Some(hash.digest())
}
