//! Whether programs are older than what they are made of: then a verdict is one on something else.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Scope;
use super::place::Place;

/// Returns the newest source of the stack, if it is newer than the stack's newest program and than `built`, when the
/// last build began that went well. (A build need not write every program: none may depend on what changed.) What lies
/// in `groups` is of tests, unless it is named more closely as a source.
pub(crate) fn newer_source(scope: &Scope, groups: &[PathBuf], built: Option<SystemTime>) -> Option<PathBuf> {
    let time = |path: &PathBuf| path.metadata().and_then(|meta| meta.modified()).ok();
    let newest = scope.binaries.iter().filter_map(time).chain(built).max()?;
    let place = Place::new(scope.clone()).ok()?;
    let dirs = scope.sources.iter().filter(|path| path.is_dir());
    let below = dirs.flat_map(|dir| place.below(dir));
    let listed = below
        .filter_map(|dir| std::fs::read_dir(dir).ok())
        .flatten()
        .flatten();
    let files = listed.map(|entry| entry.path()).filter(|path| path.is_file());
    let single = scope.sources.iter().filter(|path| path.is_file()).cloned();
    let nearest = |path: &Path, dirs: &[PathBuf]| {
        let around = dirs.iter().filter(|dir| path.starts_with(dir));
        around.map(|dir| dir.components().count()).max()
    };
    files
        .chain(single)
        .filter(|path| nearest(path, groups) < nearest(path, &scope.sources))
        .filter_map(|path| Some((time(&path)?, path)))
        .filter(|(time, path)| *time > newest && place.file(path) && place.is_source(path))
        .max()
        .map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    fn write(path: &Path, age: u64) {
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        let file = fs::File::create(path).expect("a file");
        let time = SystemTime::now() - Duration::from_secs(age);
        file.set_modified(time).expect("a time");
    }

    #[test]
    fn a_source_newer_than_every_program_makes_them_stale_until_a_build_goes_well() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path();
        for (name, age) in [
            ("bin/gkfs_daemon", 100),
            ("bin/lib.so", 50),
            ("src/old.cpp", 70),
            ("src/README.md", 1),
            ("src/build/CMakeCache.txt", 1),
        ] {
            write(&root.join(name), age);
        }
        let scope = Scope {
            root: root.to_owned(),
            binaries: vec![root.join("bin/gkfs_daemon"), root.join("bin/lib.so")],
            sources: vec![root.join("src")],
            own: root.join(".gkfs-bench"),
            ..Scope::default()
        };
        assert_eq!(newer_source(&scope, &[], None), None);
        write(&root.join("src/deep/new.cpp"), 20);
        assert_eq!(
            newer_source(&scope, &[], None),
            Some(root.join("src/deep/new.cpp"))
        );
        let tests = [root.join("src/deep")];
        assert_eq!(newer_source(&scope, &tests, None), None);
        let built = SystemTime::now() - Duration::from_secs(10);
        assert_eq!(newer_source(&scope, &[], Some(built)), None);
    }
}
