//! What the cases share: a directory with known files, and a push that says why it cannot be.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use gkfs_overlay::{Builder, Compare, Overlay, Recurse, Relative};
use tempfile::TempDir;

/// Pushes a view, or ends the test with the reason why none can be made here.
macro_rules! view {
    () => {
        view!(gkfs_overlay::Builder::new())
    };
    ($builder:expr) => {
        match $builder.push() {
            Ok(view) => view,
            Err(error) if error.is_unsupported() => {
                eprintln!("SKIP {}: {error}", module_path!());
                return;
            }
            Err(error) => panic!("{error}"),
        }
    };
}
pub(crate) use view;

/// A directory of the real tree:
/// `file`, `empty`, `dir/` with `x` and `sub/y`, `bare/`, `link` to `file`, `dead` to `nothing`, `way` to `dir`.
pub(crate) struct Bed {
    _directory: TempDir,
    path: PathBuf,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().canonicalize().expect("its path");
        let at = |name: &str| path.join(name);
        fs::write(at("file"), "one\n").unwrap();
        fs::write(at("empty"), "").unwrap();
        fs::create_dir_all(at("dir/sub")).unwrap();
        fs::write(at("dir/x"), "x\n").unwrap();
        fs::write(at("dir/sub/y"), "y\n").unwrap();
        fs::create_dir(at("bare")).unwrap();
        symlink("file", at("link")).unwrap();
        symlink("nothing", at("dead")).unwrap();
        symlink("dir", at("way")).unwrap();
        Self {
            _directory: directory,
            path,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The changes below the directory, without its name.
    pub(crate) fn changes(&self, view: &Overlay) -> Vec<String> {
        let changes = view.get_changes(&self.path, Recurse::Yes, Relative::Yes);
        changes.expect("the changes can be read").to_strings()
    }

    /// The same, but only what really differs.
    pub(crate) fn differences(&self, view: &Overlay) -> Vec<String> {
        let all = view
            .changes_by(Compare::Difference)
            .expect("the changes can be read");
        let below = all.only(|path| path.starts_with(&self.path));
        let texts = below.iter().map(|change| change.described());
        texts
            .map(|text| text.replace(self.path.to_str().unwrap(), ""))
            .collect()
    }
}

pub(crate) fn is_root() -> bool {
    rustix_is_root()
}

fn rustix_is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status
        .lines()
        .find(|line| line.starts_with("Uid:"))
        .expect("a user");
    line.split_ascii_whitespace().nth(1) == Some("0")
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path)
        .expect("it is there")
        .permissions()
        .mode()
        & 0o7777
}

pub(crate) fn builder() -> Builder {
    Builder::new()
}

/// Everything below a directory that tells whether something was touched.
pub(crate) fn fingerprint(directory: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(path) = waiting.pop() {
        let Ok(meta) = fs::symlink_metadata(&path) else {
            continue;
        };
        found.push(format!(
            "{} {} {:o} {} {}.{} {}.{}",
            path.display(),
            meta.ino(),
            meta.mode(),
            meta.size(),
            meta.mtime(),
            meta.mtime_nsec(),
            meta.ctime(),
            meta.ctime_nsec()
        ));
        if meta.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            waiting.extend(entries.map(|entry| entry.path()));
        }
    }
    found.sort();
    found
}
