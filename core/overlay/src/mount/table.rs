//! The table of mounts, as the kernel prints it for a thread.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
use rustix::mount::MountAttrFlags;

use crate::error::PushError;

/// File systems without files of anybody's: a view shows them as they are.
const PSEUDO: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "efivarfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nfsd",
    "nsfs",
    "proc",
    "pstore",
    "resctrl",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "sysfs",
    "tracefs",
];

/// One mount that can be reached by its path.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) id: u64,
    pub(crate) path: PathBuf,
    pub(crate) kind: String,
    pub(crate) attributes: MountAttrFlags,
}

impl Mount {
    /// Whether files in it can be changed by whoever may.
    pub(crate) fn holds_data(&self) -> bool {
        !PSEUDO.contains(&self.kind.as_str()) && !self.attributes.contains(MountAttrFlags::MOUNT_ATTR_RDONLY)
    }
}

/// Returns the mounts that this thread can reach, parents first, each path once.
///
/// A mount that lies below another one that was mounted over it later is left out, as nobody sees it.
pub(crate) fn mount_points() -> Result<Vec<Mount>, PushError> {
    let text = table()?;
    let mut mounts: Vec<Mount> = text.split(|byte| *byte == b'\n').filter_map(parse).collect();
    mounts.retain(|mount| id_at(&mount.path) == Some(mount.id));
    mounts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(mounts)
}

/// Returns the numbers of all mounts of this thread's namespace, whether they can be reached or not.
pub(crate) fn mount_ids() -> Result<HashSet<u64>, PushError> {
    let text = table()?;
    let mounts = text.split(|byte| *byte == b'\n').filter_map(parse);
    Ok(mounts.map(|mount| mount.id).collect())
}

fn table() -> Result<Vec<u8>, PushError> {
    let file = "/proc/thread-self/mountinfo";
    // In one piece: for each, the kernel would go through its list from the beginning.
    let mut text = Vec::with_capacity(64 << 10);
    let read = File::open(file).and_then(|mut table| table.read_to_end(&mut text));
    read.map_err(PushError::failed(format!("read {file}")))?;
    Ok(text)
}

/// Returns the mount points that were not there when the view was made.
pub(crate) fn foreign_mounts(known: &HashSet<u64>) -> Result<Vec<PathBuf>, PushError> {
    let now = mount_points()?;
    let foreign = now.into_iter().filter(|mount| !known.contains(&mount.id));
    Ok(foreign.map(|mount| mount.path).collect())
}

/// Which mount one sees at this path.
fn id_at(path: &Path) -> Option<u64> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    // The number comes unasked; asked for anything, FUSE refuses those whose file system it is not.
    let found = statx(CWD, path, flags, StatxFlags::empty()).ok()?;
    Some(found.stx_mnt_id)
}

fn parse(line: &[u8]) -> Option<Mount> {
    let mut words = line.split(|byte| *byte == b' ');
    let id = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let path = unescape(words.nth(3)?);
    let options = String::from_utf8_lossy(words.next()?).into_owned();
    let mut rest = words.skip_while(|word| *word != b"-").skip(1);
    let kind = String::from_utf8_lossy(rest.next()?).into_owned();
    let of_the_file_system = rest.nth(1).map(String::from_utf8_lossy).unwrap_or_default();
    let mut attributes = MountAttrFlags::empty();
    for option in options.split(',') {
        attributes |= match option {
            "ro" => MountAttrFlags::MOUNT_ATTR_RDONLY,
            "nosuid" => MountAttrFlags::MOUNT_ATTR_NOSUID,
            "nodev" => MountAttrFlags::MOUNT_ATTR_NODEV,
            "noexec" => MountAttrFlags::MOUNT_ATTR_NOEXEC,
            _ => MountAttrFlags::empty(),
        };
    }
    if of_the_file_system.split(',').any(|option| option == "ro") {
        attributes |= MountAttrFlags::MOUNT_ATTR_RDONLY;
    }
    Some(Mount {
        id,
        path: PathBuf::from(OsString::from_vec(path)),
        kind,
        attributes,
    })
}

/// The kernel writes blank, tab, newline and backslash as three octal digits.
fn unescape(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', more @ ..]) => {
                out.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                rest = more;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_is_read() {
        let line = br"36 27 0:31 / /mnt/a\040b\134 rw,nosuid,nodev,relatime master:1 - ext4 /dev/x ro,errors=continue";
        let mount = parse(line).unwrap();
        assert_eq!(mount.path, Path::new(r"/mnt/a b\"));
        assert_eq!((mount.id, mount.kind.as_str()), (36, "ext4"));
        assert!(mount.attributes.contains(MountAttrFlags::MOUNT_ATTR_NODEV));
        assert!(!mount.holds_data(), "its file system is read-only");
        assert!(parse(b"").is_none());
    }
}
