//! Random operations in a view and on a plain copy end in the same tree, and the view's changes are the difference.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use gkfs_overlay::{Builder, Compare, Kind};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::bed::view;

const NAMES: [&str; 10] = ["a", "b", "d", "d/a", "d/e", "d/e/f", "g", "g/h", "g/h/i", "l"];

#[derive(Clone, Debug)]
enum Op {
    Write(usize, u8),
    Append(usize, u8),
    Open(usize),
    Mkdir(usize),
    Unlink(usize),
    Rmdir(usize),
    Rmtree(usize),
    Rename(usize, usize),
    Symlink(usize, usize),
    Link(usize, usize),
    Chmod(usize, u32),
    Truncate(usize, u64),
}

fn op() -> impl Strategy<Value = Op> {
    let name = 0..NAMES.len();
    prop_oneof![
        (name.clone(), any::<u8>()).prop_map(|(a, b)| Op::Write(a, b)),
        (name.clone(), any::<u8>()).prop_map(|(a, b)| Op::Append(a, b)),
        name.clone().prop_map(Op::Open),
        name.clone().prop_map(Op::Mkdir),
        name.clone().prop_map(Op::Unlink),
        name.clone().prop_map(Op::Rmdir),
        name.clone().prop_map(Op::Rmtree),
        (name.clone(), name.clone()).prop_map(|(a, b)| Op::Rename(a, b)),
        (name.clone(), name.clone()).prop_map(|(a, b)| Op::Symlink(a, b)),
        (name.clone(), name.clone()).prop_map(|(a, b)| Op::Link(a, b)),
        (name.clone(), prop_oneof![Just(0o600), Just(0o644), Just(0o755)]).prop_map(|(a, m)| Op::Chmod(a, m)),
        (name, 0_u64..5).prop_map(|(a, n)| Op::Truncate(a, n)),
    ]
}

/// Does it, and says whether it could.
fn act(root: &Path, op: &Op) -> bool {
    let at = |name: &usize| root.join(NAMES[*name]);
    let is_dir = |path: &Path| path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
    match op {
        Op::Write(a, byte) => fs::write(at(a), [*byte; 3]).is_ok(),
        Op::Append(a, byte) => OpenOptions::new()
            .append(true)
            .open(at(a))
            .and_then(|mut file| file.write_all(&[*byte]))
            .is_ok(),
        Op::Open(a) => OpenOptions::new().read(true).write(true).open(at(a)).is_ok(),
        Op::Mkdir(a) => fs::create_dir(at(a)).is_ok(),
        Op::Unlink(a) => fs::remove_file(at(a)).is_ok(),
        Op::Rmdir(a) => fs::remove_dir(at(a)).is_ok(),
        Op::Rmtree(a) => is_dir(&at(a)) && fs::remove_dir_all(at(a)).is_ok(),
        // An ordinary user's view cannot move a directory that was there before, and there the kernel refuses to move a
        // link onto another name of itself (EISDIR where a directory was, ESTALE on a tmpfs); so he moves regular files
        // with one name only.
        Op::Rename(a, b) => {
            let plain = |meta: fs::Metadata| meta.is_file() && meta.nlink() == 1;
            let may = crate::bed::is_root() || at(a).symlink_metadata().is_ok_and(plain);
            may && fs::rename(at(a), at(b)).is_ok()
        }
        Op::Symlink(a, b) => symlink(NAMES[*a], at(b)).is_ok(),
        Op::Link(a, b) => fs::hard_link(at(a), at(b)).is_ok(),
        // By its own path: through a link, the mode of what it leads to would change.
        Op::Chmod(a, mode) => {
            let path = at(a);
            let mode = if is_dir(&path) { mode | 0o700 } else { *mode };
            fs::set_permissions(&path, Permissions::from_mode(mode)).is_ok()
        }
        Op::Truncate(a, length) => OpenOptions::new()
            .write(true)
            .open(at(a))
            .and_then(|file| file.set_len(*length))
            .is_ok(),
    }
}

fn plant(root: &Path) {
    for directory in ["d", "d/e", "g", "g/h"] {
        fs::create_dir(root.join(directory)).unwrap();
    }
    for file in ["a", "d/a", "d/e/f", "g/h/i"] {
        fs::write(root.join(file), file).unwrap();
    }
    symlink("d/a", root.join("l")).unwrap();
}

/// Each path with its type, mode and content.
fn tree(root: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let content = if meta.is_dir() {
                waiting.push(path.clone());
                Vec::new()
            } else if meta.is_symlink() {
                fs::read_link(&path)
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes()
            } else {
                fs::read(&path).unwrap()
            };
            let relative = Path::new("/").join(path.strip_prefix(root).unwrap());
            found.insert(relative, (meta.mode(), content));
        }
    }
    found
}

fn difference(
    before: &BTreeMap<PathBuf, (u32, Vec<u8>)>,
    after: &BTreeMap<PathBuf, (u32, Vec<u8>)>,
) -> Vec<(Kind, PathBuf)> {
    let mut all: Vec<(Kind, PathBuf)> = Vec::new();
    for (path, was) in before {
        match after.get(path) {
            None => all.push((Kind::Del, path.clone())),
            Some(is) if is != was => all.push((Kind::Mod, path.clone())),
            Some(_) => {}
        }
    }
    let added = after.keys().filter(|path| !before.contains_key(*path));
    all.extend(added.map(|path| (Kind::Add, path.clone())));
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

fn one(levels: &[Vec<Op>]) -> Result<(), TestCaseError> {
    let (below, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let root = below.path().canonicalize().unwrap();
    plant(&root);
    plant(plain.path());
    let untouched = tree(&root);
    let mut views = Vec::new();
    for ops in levels {
        let before = tree(&root);
        prop_assert_eq!(&before, &tree(plain.path()), "both begin alike");
        let mut builder = Builder::new().compare(Compare::Content);
        if views.is_empty() {
            // The plain copy is to be real.
            builder = builder.pass(plain.path());
        }
        let view = builder.push();
        let view = view.map_err(|error| TestCaseError::fail(error.to_string()))?;
        // A write in an inner view breaks a link of the outer one, as the documentation says.
        let innermost = views.len() + 1 == levels.len();
        for op in ops.iter().filter(|op| innermost || !matches!(op, Op::Link(..))) {
            let (here, there) = (act(&root, op), act(plain.path(), op));
            prop_assert_eq!(here, there, "{:?} succeeds in both or in neither", op);
        }
        let after = tree(&root);
        prop_assert_eq!(&after, &tree(plain.path()), "both end alike");
        let changes = view
            .changes()
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let mut told: Vec<(Kind, PathBuf)> = changes
            .iter()
            .filter_map(|change| {
                let path = change.path.strip_prefix(&root).ok()?;
                Some((change.kind, Path::new("/").join(path)))
            })
            .collect();
        prop_assert_eq!(
            told.len(),
            changes.len(),
            "nothing elsewhere: {:?}",
            changes.to_strings()
        );
        told.sort_by(|a, b| a.1.cmp(&b.1));
        prop_assert_eq!(told, difference(&before, &after));
        views.push(view);
    }
    while let Some(view) = views.pop() {
        view.pop()
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
    prop_assert_eq!(tree(&root), untouched, "nothing reached the tree below");
    Ok(())
}

#[test]
fn changes_are_the_real_difference() {
    drop(view!());
    let ops = proptest::collection::vec(op(), 0..25);
    let levels = proptest::collection::vec(ops, 1..4);
    let config = Config {
        // An ordinary user's view takes longer to make.
        cases: if crate::bed::is_root() { 200 } else { 40 },
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    runner
        .run(&levels, |levels| one(&levels))
        .unwrap_or_else(|error| panic!("{error}"));
}
