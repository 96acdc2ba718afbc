//! Programs that some tests, or the people who look at them, use.

use std::path::PathBuf;

use super::Finding;
use crate::Env;

/// A program, and what it is good for here.
const TOOLS: [(&str, &str, &str); 4] = [
    ("cargo", "Rust test groups", "https://rustup.rs"),
    ("gdb", "backtraces of crashed daemons", "install the package gdb"),
    (
        "ctest",
        "groups of a CMake build directory",
        "install the package cmake",
    ),
    ("git", "names of the commit under test", "install the package git"),
];

pub(super) fn examine(env: &Env) -> Vec<Finding> {
    TOOLS
        .into_iter()
        .map(|(name, purpose, remedy)| match find(name, env) {
            Some(path) => Finding::good(name, path.display().to_string()),
            None => Finding::lacking(name, format!("not found: no {purpose}"), remedy),
        })
        .collect()
}

pub(super) fn find(name: &str, env: &Env) -> Option<PathBuf> {
    std::env::split_paths(env.var("PATH")?)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}
