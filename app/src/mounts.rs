//! Where other file systems are mounted below a test's workspace. Those are not looked into: one whose server is gone would
//! never answer, and one that is under test would see it.

use std::fs;
use std::path::{Path, PathBuf};

/// The mount points below a directory, as paths below the name by which that is called.
#[derive(Debug, Default)]
pub(crate) struct Mounts(Vec<PathBuf>);

impl Mounts {
    /// Asks the kernel, which touches none of them.
    pub(crate) fn below(base: &Path) -> Mounts {
        let text = fs::read("/proc/self/mountinfo").unwrap_or_default();
        // The workspace may be a link to where its test has put it.
        let real = fs::canonicalize(base).unwrap_or_else(|_| base.to_owned());
        Mounts::parse(&text, &real, base)
    }

    /// Reads the kernel's list, in which `base` is called `real`.
    pub(crate) fn parse(text: &[u8], real: &Path, base: &Path) -> Mounts {
        let points = gkfs_runner::mount_points(text).filter_map(|point| {
            let below = point.strip_prefix(real).ok()?;
            (!below.as_os_str().is_empty()).then(|| base.join(below))
        });
        Mounts(points.collect())
    }

    /// Whether something is, or lies in, another file system.
    pub(crate) fn hold(&self, path: &Path) -> bool {
        self.0.iter().any(|point| path.starts_with(point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_mounted_below_counts() {
        let text = b"36 35 98:0 / / rw - ext4 /dev/root rw\n\
                     40 36 0:30 / /runs/a\\040b/workspace/mnt rw - fuse fs rw\n\
                     41 36 0:31 / /runs/a\\040b/workspace rw - tmpfs t rw\n\
                     42 36 0:32 / /elsewhere rw - tmpfs t rw\n";
        let mounts = Mounts::parse(text, Path::new("/runs/a b/workspace"), Path::new("/link"));
        assert_eq!(mounts.0, [PathBuf::from("/link/mnt")]);
        assert!(mounts.hold(Path::new("/link/mnt")) && mounts.hold(Path::new("/link/mnt/x")));
        assert!(!mounts.hold(Path::new("/link/mnt2")) && !mounts.hold(Path::new("/link")));
    }
}
