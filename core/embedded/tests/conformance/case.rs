//! What a case is: a file, its language, and what its leading comment asks for.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Two processors under load, a debug build of the daemon: far above what any case takes, far below "it hangs".
const DEADLINE: Duration = Duration::from_secs(40);

/// The language of a case, by the file's extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// Run by the shell that its `#!` line names.
    Shell,
    Perl,
    Python,
    Node,
    Java,
    C,
    Rust,
}

impl Language {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "sh" => Some(Self::Shell),
            "pl" => Some(Self::Perl),
            "py" => Some(Self::Python),
            "mjs" => Some(Self::Node),
            "java" => Some(Self::Java),
            "c" => Some(Self::C),
            "rs" => Some(Self::Rust),
            _ => None,
        }
    }

    /// The program without which no case of this language can run.
    pub(crate) fn tool(self) -> &'static str {
        match self {
            Self::Shell => "sh",
            Self::Perl => "perl",
            Self::Python => "python3",
            Self::Node => "node",
            Self::Java => "java",
            Self::C => "cc",
            Self::Rust => "rustc",
        }
    }
}

/// One program that must behave alike on the kernel's file system and on ours.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// `family::name`, from the path.
    pub(crate) name: String,
    pub(crate) source: PathBuf,
    pub(crate) language: Language,
    /// The `#!` line's program, for shell scripts.
    pub(crate) interpreter: String,
    pub(crate) needs: Vec<String>,
    pub(crate) deadline: Duration,
}

impl Case {
    fn read(family: &str, source: PathBuf) -> Option<Self> {
        let language = Language::of(&source)?;
        let stem = source.file_stem()?.to_string_lossy().into_owned();
        let text = fs::read_to_string(&source).unwrap_or_else(|e| panic!("{}: {e}", source.display()));
        let mut needs = vec![language.tool().to_owned()];
        needs.extend(
            directive(&text, "needs:")
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned),
        );
        let deadline = directive(&text, "deadline:").and_then(|seconds| seconds.parse().ok());
        Some(Self {
            name: format!("{family}::{stem}"),
            language,
            interpreter: interpreter(&text).unwrap_or("sh").to_owned(),
            needs,
            deadline: deadline.map_or(DEADLINE, Duration::from_secs),
            source,
        })
    }
}

/// All cases below `root`, one directory for each family, in order of their names.
pub(crate) fn find(root: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for family in entries(root) {
        let name = family
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        cases.extend(
            entries(&family)
                .into_iter()
                .filter_map(|source| Case::read(&name, source)),
        );
    }
    assert!(!cases.is_empty(), "no cases below {}", root.display());
    cases
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut paths: Vec<_> = listing
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    paths.sort();
    paths
}

/// The rest of the first line, among the leading ten, that has `key`.
fn directive<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .take(10)
        .find_map(|line| Some(line.split_once(key)?.1.trim_end_matches("*/").trim()))
}

fn interpreter(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("#!")?.rsplit('/').next()
}
