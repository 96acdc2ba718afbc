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
    /// The mount that it lies on.
    parent: u64,
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
    let mounts = all_mounts()?;
    // The number comes unasked; asked for anything, FUSE refuses those whose file system it is not.
    let root = statx(CWD, "/", AtFlags::NO_AUTOMOUNT, StatxFlags::empty());
    let root = root.map_err(PushError::step(|| "look at the root directory"))?;
    Ok(seen(mounts, root.stx_mnt_id))
}

/// Keeps the mounts that one meets at their paths, on the way from the thread's root.
fn seen(mut mounts: Vec<Mount>, root: u64) -> Vec<Mount> {
    mounts.sort_by(|a, b| a.path.cmp(&b.path));
    let mut met: Vec<(&Path, u64)> = vec![(Path::new("/"), root)];
    let mut seen = HashSet::new();
    for same in mounts.chunk_by(|a, b| a.path == b.path) {
        let path = &*same[0].path;
        // What lies on the root is not met there: a lookup begins below it.
        if path == Path::new("/") {
            seen.insert(root);
            continue;
        }
        while met.pop_if(|(above, _)| !path.starts_with(above)).is_some() {}
        let mut top = met.last().map_or(root, |(_, id)| *id);
        while let Some(over) = same.iter().find(|mount| mount.parent == top) {
            top = over.id;
        }
        if same.iter().any(|mount| mount.id == top) {
            met.push((path, top));
            seen.insert(top);
        }
    }
    mounts.retain(|mount| seen.contains(&mount.id));
    mounts
}

/// Returns the mounts below this thread's root, whether a path leads to them or something lies over them.
pub(crate) fn all_mounts() -> Result<Vec<Mount>, PushError> {
    let text = table()?;
    Ok(text.split(|byte| *byte == b'\n').filter_map(parse).collect())
}

fn table() -> Result<Vec<u8>, PushError> {
    let file = "/proc/thread-self/mountinfo";
    // In one piece: for each, the kernel would go through its list from the beginning.
    let mut text = Vec::with_capacity(64 << 10);
    let read = File::open(file).and_then(|mut table| table.read_to_end(&mut text));
    read.map_err(PushError::failed(|| format!("read {file}")))?;
    Ok(text)
}

fn parse(line: &[u8]) -> Option<Mount> {
    let mut words = line.split(|byte| *byte == b' ');
    let mut number = || std::str::from_utf8(words.next()?).ok()?.parse().ok();
    let (id, parent) = (number()?, number()?);
    let path = unescape(words.nth(2)?);
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
        parent,
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
        assert_eq!((mount.id, mount.parent), (36, 27));
        assert_eq!(mount.kind, "ext4");
        assert!(mount.attributes.contains(MountAttrFlags::MOUNT_ATTR_NODEV));
        assert!(!mount.holds_data(), "its file system is read-only");
        assert!(parse(b"").is_none());
    }

    #[test]
    fn a_mount_is_seen_where_nothing_lies_over_it() {
        let table = "1 0 0:1 / / rw - ext4 a rw
                     2 1 0:2 / /covered rw - tmpfs b rw
                     3 2 0:3 / /covered/inside rw - tmpfs c rw
                     4 2 0:4 / /covered rw - tmpfs d rw
                     5 4 0:5 / /covered rw - tmpfs e rw
                     6 5 0:6 / /covered/inside rw - tmpfs f rw
                     7 1 0:7 / /a/b rw - tmpfs g rw
                     8 1 0:8 / / rw - tmpfs h rw
                     9 8 0:9 / /a rw - tmpfs i rw";
        let mounts = || table.lines().filter_map(|line| parse(line.trim().as_bytes()));
        let ids = |root| -> Vec<u64> { seen(mounts().collect(), root).iter().map(|it| it.id).collect() };
        assert_eq!(ids(1), [1, 7, 5, 6]);
        assert_eq!(ids(8), [8, 9], "of a thread whose root lies over the other");
        assert_eq!(ids(10), [0; 0], "of a thread whose root is no mount point");
    }
}
