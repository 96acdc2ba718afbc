//! Are we in a GekkoFS tree? Then its developer means a build of it, never the embedded stack.

use std::fs;
use std::path::{Path, PathBuf};

/// The outermost GekkoFS source or build tree around `dir`.
pub(super) fn around(dir: &Path) -> Option<PathBuf> {
    dir.ancestors()
        .filter(|dir| is_source(dir) || is_build(dir))
        .last()
        .map(Path::to_owned)
}

fn is_source(dir: &Path) -> bool {
    let text = fs::read_to_string(dir.join("CMakeLists.txt"))
        .unwrap_or_default()
        .to_lowercase();
    let mut calls = text
        .split("project")
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('('));
    calls.any(|arguments| arguments.trim_start().starts_with("gekkofs"))
}

fn is_build(dir: &Path) -> bool {
    let cache = fs::read_to_string(dir.join("CMakeCache.txt")).unwrap_or_default();
    cache.lines().any(|line| {
        let line = line.to_lowercase();
        line.starts_with("cmake_project_name:") && line.ends_with("=gekkofs")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_builds_are_recognised_from_below() {
        let dir = tempfile::tempdir().unwrap();
        let (source, build, other) = (dir.path().join("s"), dir.path().join("b"), dir.path().join("o"));
        for dir in [&source.join("tests/mine"), &build.join("src"), &other] {
            fs::create_dir_all(dir).unwrap();
        }
        fs::write(
            source.join("CMakeLists.txt"),
            "cmake_minimum_required(VERSION 3.13)\nproject(\n  GekkoFS\n)",
        )
        .unwrap();
        fs::write(
            build.join("CMakeCache.txt"),
            "CMAKE_PROJECT_NAME:STATIC=GekkoFS\n",
        )
        .unwrap();
        fs::write(other.join("CMakeLists.txt"), "project(mine) # for GekkoFS\n").unwrap();
        assert_eq!(around(&source.join("tests/mine")), Some(source));
        assert_eq!(around(&build.join("src")), Some(build));
        assert_eq!(around(&other), None);
    }
}
