//! What pytest is asked to collect: one group, or several of one interpreter.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::discover::Rules;
use crate::event::SourceKind;
use crate::settings::GroupSettings;

/// What one pytest collects: usually one group.
#[derive(Debug, Clone)]
pub(in crate::discover) struct Task {
    /// Names of the groups and the files and directories that each is made of.
    pub(in crate::discover) groups: Vec<Part>,
    /// Where pytest is started, and what names are relative to.
    pub(in crate::discover) cwd: PathBuf,
    /// An interpreter that is meant and no other.
    pub(in crate::discover) python: Option<PathBuf>,
    /// Arguments before the files.
    pub(in crate::discover) args: Vec<OsString>,
    pub(in crate::discover) env: Vec<(OsString, OsString)>,
    pub(in crate::discover) source: SourceKind,
}

impl Part {
    /// Whether each test needs a process of its own: a wrapper goes around one, and not around a part of one.
    pub(super) fn is_apart(&self) -> bool {
        !self.settings.wrapper.is_empty()
    }
}

/// One group of a task.
#[derive(Debug, Clone)]
pub(in crate::discover) struct Part {
    pub(in crate::discover) name: String,
    pub(in crate::discover) paths: Vec<PathBuf>,
    /// What its tests' names are relative to.
    pub(in crate::discover) base: PathBuf,
    pub(in crate::discover) settings: GroupSettings,
    /// When each of its tests may run.
    pub(in crate::discover) rules: Rules,
}

impl Task {
    /// A group that is a directory or a file.
    pub(in crate::discover) fn new(name: &str, path: &Path, settings: &GroupSettings) -> Self {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let dir = if path.is_dir() {
            path.as_path()
        } else {
            path.parent().unwrap_or(&path)
        };
        let part = Part {
            name: name.to_owned(),
            base: dir.to_owned(),
            paths: vec![path.clone()],
            settings: settings.clone(),
            rules: Rules::default(),
        };
        Self {
            cwd: configured_above(dir).unwrap_or(dir).to_owned(),
            groups: vec![part],
            python: None,
            args: Vec::new(),
            env: Vec::new(),
            source: SourceKind::Pytest,
        }
    }
}

/// Whether a directory has tests of pytest, by the names that pytest looks for.
pub(in crate::discover) fn has_tests(dir: &Path) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| {
        let is_test = name.starts_with("test_") && name.ends_with(".py") || name.ends_with("_test.py");
        is_test || name == "conftest.py" || name == "pytest.ini"
    })
}

/// The nearest directory, upwards, in which pytest finds its configuration: there its users start it.
fn configured_above(dir: &Path) -> Option<&Path> {
    let says = |dir: &Path, file: &str, word: &str| {
        fs::read_to_string(dir.join(file)).is_ok_and(|text| text.contains(word))
    };
    dir.ancestors().find(|dir| {
        dir.join("pytest.ini").is_file()
            || says(dir, "pyproject.toml", "[tool.pytest")
            || says(dir, "tox.ini", "[pytest]")
            || says(dir, "setup.cfg", "[tool:pytest]")
    })
}
