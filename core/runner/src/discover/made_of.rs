//! What a test target is made of: the files that the compiler read, and the packages it depends on by path.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::DiscoverError;
use super::cargo::metadata;
use super::command::Shell;

/// The source files of a test binary, as the compiler listed them beside it; relative ones are relative to the
/// workspace. None where there is no such list.
pub(super) fn files(binary: &Path, workspace: &Path) -> Vec<PathBuf> {
    // Test binaries are named `NAME-HASH`, without an extension that could be cut off.
    let list = fs::read_to_string(binary.with_added_extension("d")).unwrap_or_default();
    let paths = parse(&list).into_iter().map(|path| workspace.join(path));
    paths.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What stands behind the first colon of a make rule that has something there. A space in a name is escaped.
fn parse(list: &str) -> Vec<PathBuf> {
    let rule = list.lines().find_map(|line| Some(line.split_once(": ")?.1));
    let mut words = vec![String::new()];
    let mut letters = rule.unwrap_or_default().chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => words.push(String::new()),
            '\\' => words
                .last_mut()
                .into_iter()
                .for_each(|word| word.extend(letters.next())),
            letter => words.last_mut().into_iter().for_each(|word| word.push(letter)),
        }
    }
    words.retain(|word| !word.is_empty());
    words.into_iter().map(PathBuf::from).collect()
}

/// The directories of all packages that `package` depends on by path, directly or through others, whatever workspace
/// they belong to.
pub(super) async fn dependencies(
    shell: &Shell<'_>,
    known: &Metadata,
    package: &Package,
) -> Result<Vec<PathBuf>, DiscoverError> {
    let mut waiting = by_path(package, true);
    let mut seen: HashSet<PathBuf> = HashSet::new();
    while let Some(dir) = waiting.pop() {
        if !seen.insert(dir.clone()) {
            continue;
        }
        let manifest = dir.join("Cargo.toml");
        if let Some(package) = named(known, &manifest) {
            waiting.extend(by_path(package, false));
            continue;
        }
        // A manifest that cargo cannot read will fail the build, which says so.
        if let Ok(other) = metadata(shell, &manifest).await?
            && let Some(package) = named(&other, &manifest)
        {
            waiting.extend(by_path(package, false));
        }
    }
    let mut dirs: Vec<PathBuf> = seen.into_iter().collect();
    dirs.sort_unstable();
    Ok(dirs)
}

fn named<'a>(metadata: &'a Metadata, manifest: &Path) -> Option<&'a Package> {
    metadata
        .packages
        .iter()
        .find(|package| package.manifest_path == manifest)
}

/// What a package needs only for its own tests is of no concern to others.
fn by_path(package: &Package, tests: bool) -> Vec<PathBuf> {
    package
        .dependencies
        .iter()
        .filter(|dependency| tests || dependency.kind != DependencyKind::Development)
        .filter_map(|dependency| dependency.path.clone())
        .map(|path| path.into_std_path_buf())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_makefile_rule_is_read_with_its_escapes() {
        let list = "/t/deps/io-1.d: tests/io.rs tests/a\\ b/mod.rs\n\n/t/deps/io-1: tests/other.rs\n\ntests/io.rs:\n";
        assert_eq!(
            parse(list),
            [Path::new("tests/io.rs"), Path::new("tests/a b/mod.rs")]
        );
        assert!(parse("").is_empty());
    }
}
