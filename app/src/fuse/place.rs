//! Where a traced file system is mounted: at a place that was named, or in a directory of our own, which goes with us. What a
//! tracer left that was killed goes with the next one.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use gkfs_harness::fuse::behind::fusermount;
use gkfs_harness::fuse::{Mount, may_attach};
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, flock, openat, unlinkat};

const PREFIX: &str = "gkfs-trace-";
/// The mount point in our directory, and what stands in there for the programs that mount.
const MOUNT: &str = "mnt";
const PROGRAMS: &str = "bin";
/// So often a name is taken, or a directory by who clears up.
const TRIES: usize = 100;

/// It, as long as the tracer runs.
#[derive(Debug)]
pub(super) struct Place {
    named: Option<PathBuf>,
    ours: Ours,
}

impl Place {
    /// Makes our directory, and clears up behind tracers that could not.
    pub(super) fn choose(named: Option<&Path>) -> io::Result<Self> {
        let base = std::env::temp_dir();
        clear_up(&base);
        Ok(Self {
            named: named.map(std::path::absolute).transpose()?,
            ours: Ours::make(&base)?,
        })
    }

    /// Where it is mounted, or where a server is told to mount.
    pub(super) fn path(&self) -> PathBuf {
        let named = self.named.clone();
        named.unwrap_or_else(|| self.ours.path.join(MOUNT))
    }

    /// An ordinary user has a mount that only descriptors know, unless a place was named: then it is said why not.
    pub(super) fn mount(&self) -> Mount {
        match self.named {
            None if !may_attach() => Mount::Detached,
            _ => Mount::At(self.path()),
        }
    }

    /// A directory with what stands in for the programs that mount: this executable, by their names.
    pub(super) fn programs(&self, exe: &Path) -> io::Result<PathBuf> {
        let dir = self.ours.path.join(PROGRAMS);
        fs::create_dir(&dir)?;
        for name in fusermount::NAMES {
            symlink(exe, dir.join(name))?;
        }
        Ok(dir)
    }
}

/// A directory that is locked while its tracer lives. The kernel unlocks it, however that ends.
#[derive(Debug)]
struct Ours {
    path: PathBuf,
    lock: OwnedFd,
}

impl Ours {
    fn make(base: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            // Others may use what is mounted in there.
            let permissions = Permissions::from_mode(0o711);
            let mut made = tempfile::Builder::new();
            let path = made
                .prefix(PREFIX)
                .permissions(permissions)
                .tempdir_in(base)?
                .keep();
            // A tracer that starts just now may take it for one that was left, before it is locked.
            let ours = locked(&path).and_then(|lock| {
                fs::create_dir(path.join(MOUNT))?;
                Ok(Self { path, lock })
            });
            match ours {
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::WouldBlock) => {}
                ours => return ours,
            }
        }
        Err(io::Error::other(format!(
            "a directory in {} is taken away again and again",
            base.display()
        )))
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        // What cannot be removed now, because a server still has it, the next tracer removes.
        let _: rustix::io::Result<()> = remove(&self.path, &self.lock);
    }
}

fn locked(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let dir = openat(CWD, path, flags, Mode::empty())?;
    flock(&dir, FlockOperation::NonBlockingLockExclusive)?;
    Ok(dir)
}

/// Removes what a tracer makes, by its names, and nothing else: where anything more lies, or is mounted, it stays.
fn remove(path: &Path, dir: &impl AsFd) -> rustix::io::Result<()> {
    let missing = |done| match done {
        Err(rustix::io::Errno::NOENT) => Ok(()),
        done => done,
    };
    missing(unlinkat(dir, MOUNT, AtFlags::REMOVEDIR))?;
    for name in fusermount::NAMES {
        missing(unlinkat(dir, Path::new(PROGRAMS).join(name), AtFlags::empty()))?;
    }
    missing(unlinkat(dir, PROGRAMS, AtFlags::REMOVEDIR))?;
    unlinkat(CWD, path, AtFlags::REMOVEDIR)
}

/// Removes the directories of this user's tracers that are there no more. What that fails for stays, and nobody is told: it is
/// not what they came for.
fn clear_up(base: &Path) {
    let user = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let is_ours = || {
            entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(PREFIX.as_bytes())
                && entry.metadata().is_ok_and(|about| about.uid() == user)
        };
        if is_ours()
            && let Ok(lock) = locked(&entry.path())
        {
            let _: rustix::io::Result<()> = remove(&entry.path(), &lock);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a kill leaves one: unlocked, and there.
    fn left(base: &Path) -> PathBuf {
        let path = base.join(format!("{PREFIX}{}", fs::read_dir(base).unwrap().count()));
        fs::create_dir_all(path.join(MOUNT)).unwrap();
        fs::create_dir(path.join(PROGRAMS)).unwrap();
        symlink("/x", path.join(PROGRAMS).join(fusermount::NAMES[0])).unwrap();
        path
    }

    #[test]
    fn what_was_left_is_removed_and_what_is_in_use_or_holds_more_is_not() {
        let base = tempfile::tempdir().unwrap();
        let live = Ours::make(base.path()).unwrap();
        let (empty, more) = (left(base.path()), left(base.path()));
        fs::write(more.join(MOUNT).join("file"), "somebody's").unwrap();
        let other = base.path().join("other");
        fs::create_dir(&other).unwrap();
        let link = base.path().join(format!("{PREFIX}link"));
        symlink(&other, &link).unwrap();
        clear_up(base.path());
        assert!(!empty.exists() && live.path.join(MOUNT).exists());
        assert!(more.join(MOUNT).join("file").exists() && more.join(PROGRAMS).exists());
        assert!(other.exists() && link.is_symlink());
        let path = live.path.clone();
        drop(live);
        assert!(!path.exists());
    }
}
