//! What the plugin says about a collection.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize};

use super::super::command::Ran;
use super::super::{Node, Settled, Test, TestCommand};
use super::{Part, venv};

/// The oldest pytest whose hooks the plugin knows.
const OLDEST: (u32, u32) = (6, 2);
/// Of a long error, the end says what is wrong.
const LONGEST: usize = 4000;

/// All that a collection found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) ones: Vec<One>,
    /// Files that were imported, and are of no package.
    pub(super) modules: Vec<PathBuf>,
    /// What pytest's names are relative to.
    pub(super) root: PathBuf,
    /// What the collection read, where that decides what it found.
    pub(super) inputs: Option<Inputs>,
    /// Where this was kept, if it was found another time.
    pub(super) kept: Option<PathBuf>,
}

/// What a collection read.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inputs {
    pub(super) files: Vec<PathBuf>,
    pub(super) dirs: Vec<PathBuf>,
}

/// A test, or a file or directory that cannot be collected.
#[derive(Debug)]
pub(super) struct One {
    /// pytest's name for it.
    pub(super) id: String,
    pub(super) path: PathBuf,
    line: Option<u32>,
    tags: Vec<String>,
    locks: Vec<String>,
    doc: Option<String>,
    settled: Option<Settled>,
}

/// A line.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    Head {
        pytest: String,
        rootdir: PathBuf,
    },
    Test {
        id: String,
        path: PathBuf,
        line: Option<u32>,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        locks: Vec<String>,
        doc: Option<String>,
    },
    Broken {
        id: String,
        path: PathBuf,
        text: String,
    },
    Skipped {
        id: String,
        path: PathBuf,
        text: String,
    },
    Internal {
        text: String,
    },
    End {
        modules: Vec<PathBuf>,
        #[serde(default, deserialize_with = "if_known")]
        inputs: Option<Inputs>,
    },
}

/// What is not known is told by another field.
fn if_known<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Inputs>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

/// What the lines come to.
#[derive(Default)]
struct Said {
    found: Found,
    ended: bool,
    /// What is wrong with the whole.
    internal: Option<String>,
    version: Option<String>,
}

/// Reads what was said; or why nothing was, or not all.
pub(super) fn read(out: &Path, ran: &Ran, python: &Path) -> Result<Found, String> {
    let text = fs::read_to_string(out).unwrap_or_default();
    let said = said(&text);
    if let Some(version) = said.version.filter(|version| is_too_old(version)) {
        let (major, minor) = OLDEST;
        let python = python.display();
        return Err(format!(
            "pytest {version} of {python} is too old: {major}.{minor} or later is needed"
        ));
    }
    match said.internal {
        Some(text) => Err(format!("`{}` failed\n{}", ran.command, end_of(&text))),
        None if !said.ended => Err(ran.failure()),
        None => Ok(said.found),
    }
}

/// Reads what was said another time, and was whole then.
pub(super) fn again(text: &str) -> Option<Found> {
    let said = said(text);
    (said.ended && said.internal.is_none()).then_some(said.found)
}

fn said(text: &str) -> Said {
    let Said {
        mut found,
        mut ended,
        mut internal,
        mut version,
    } = Said::default();
    for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        match line {
            Line::Head { pytest, rootdir } => (version, found.root) = (Some(pytest), rootdir),
            Line::Internal { text } => internal = Some(text),
            Line::End { modules, inputs } => (ended, found.modules, found.inputs) = (true, modules, inputs),
            Line::Test {
                id,
                path,
                line,
                tags,
                locks,
                doc,
            } => found.ones.push(One {
                id,
                path,
                line,
                tags,
                locks,
                doc,
                settled: None,
            }),
            Line::Broken { id, text, .. } if id.is_empty() => internal = Some(text),
            Line::Broken { id, path, text } => found.settle(id, path, Settled::Failed(end_of(&text))),
            Line::Skipped { id, path, text } => found.settle(id, path, Settled::Skipped(text)),
        }
    }
    Said {
        found,
        ended,
        internal,
        version,
    }
}

impl Found {
    /// Whether each file could be collected: what is wrong with one may be mended elsewhere than in what was read.
    pub(super) fn is_whole(&self) -> bool {
        let failed = |one: &One| matches!(one.settled, Some(Settled::Failed(_)));
        !self.ones.iter().any(failed)
    }

    fn settle(&mut self, id: String, path: PathBuf, verdict: Settled) {
        // A class in a module that cannot be collected, for example, is told once.
        if self.ones.iter().any(|one| one.id == id) {
            return;
        }
        self.ones.push(One {
            id,
            path,
            line: None,
            tags: Vec::new(),
            locks: Vec::new(),
            doc: None,
            settled: Some(verdict),
        });
    }

    /// A package that one of the files could not import.
    pub(super) fn missing_module(&self) -> Option<String> {
        self.ones.iter().find_map(|one| match &one.settled {
            Some(Settled::Failed(text)) => venv::missing_module(text),
            _ => None,
        })
    }
}

impl One {
    pub(super) fn test(self, part: &Part, nth: usize, alone: TestCommand, root: &Path) -> Test {
        let mut rules = part.rules.clone();
        rules.locks.extend(self.locks);
        Test {
            name: shown(&self.id, root, &part.base),
            file: Some(self.path),
            line: self.line,
            tags: self.tags,
            description: self.doc,
            command: alone,
            node: Some(Node { id: self.id, nth }),
            settled: self.settled,
            rules,
            ..Test::default()
        }
    }
}

/// pytest's name, relative to the group's directory, on one line.
fn shown(id: &str, root: &Path, base: &Path) -> String {
    let (file, rest) = id
        .split_once("::")
        .map_or((id, None), |(file, rest)| (file, Some(rest)));
    let path = root.join(file);
    let file = path
        .strip_prefix(base)
        .map_or_else(|_| file.to_owned(), |path| path.display().to_string());
    let name = rest.map_or(file.clone(), |rest| format!("{file}::{rest}"));
    let mut shown = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter.is_control() {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    shown
}

fn is_too_old(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    (major, minor) < OLDEST
}

/// What is wrong, then where, as far as it fits. pytest puts what is wrong last, behind an `E`.
fn end_of(text: &str) -> String {
    let from = text.ceil_char_boundary(text.len().saturating_sub(LONGEST));
    let end = text[from..].trim();
    let wrong = end
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("E ").map(str::trim));
    match wrong.filter(|wrong| !end.starts_with(wrong)) {
        Some(wrong) => format!("{wrong}\n{end}"),
        None => end.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_relative_to_its_group_and_stays_on_a_line() {
        let name = |id| shown(id, Path::new("/r"), Path::new("/r/t"));
        assert_eq!(
            name("t/a/test_x.py::T::test_y[a/b ü]"),
            "a/test_x.py::T::test_y[a/b ü]"
        );
        assert_eq!(
            name("t/test_x.py::test_y[a\nb\u{1b}]"),
            "test_x.py::test_y[a\\nb\\u{1b}]"
        );
        assert_eq!(name("other/test_x.py"), "other/test_x.py");
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_too_old("5.4.3") && is_too_old("6.1.2") && is_too_old("nonsense"));
        assert!(!is_too_old("6.2.5") && !is_too_old("10.0") && !is_too_old("9.0.0rc1"));
    }
}
