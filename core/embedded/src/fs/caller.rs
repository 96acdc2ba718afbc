//! On whose behalf a request is served, and what they may do.

use gkfs_proto::{msg, node::Attr};

use crate::store::inode::{DIR, TYPE};

/// Permission to list or read.
pub(crate) const READ: u32 = 4;
/// Permission to change.
pub(crate) const WRITE: u32 = 2;
/// Permission to look names up, or to execute.
pub(crate) const EXEC: u32 = 1;

/// The process behind a connection, as its `Hello` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
}

impl Caller {
    /// Who `hello` says it is.
    pub(crate) fn new(hello: &msg::Hello<'_>) -> Caller {
        Caller {
            pid: hello.pid,
            uid: hello.uid,
            gid: hello.gid,
            groups: groups(hello.groups),
        }
    }

    pub(crate) fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// Whether the caller belongs to a group.
    pub(crate) fn in_group(&self, gid: u32) -> bool {
        self.gid == gid || self.groups.contains(&gid)
    }

    /// Whether the caller owns a node, or may act as if.
    pub(crate) fn owns(&self, attr: &Attr) -> bool {
        self.is_root() || self.uid == attr.uid
    }

    /// Whether all of the permissions `want` are granted.
    pub(crate) fn may(&self, attr: &Attr, want: u32) -> bool {
        if self.is_root() {
            // Root executes what somebody may execute, and searches every directory.
            return want & EXEC == 0 || attr.mode & TYPE == DIR || attr.mode & 0o111 != 0;
        }
        let shift = if self.uid == attr.uid {
            6
        } else if self.in_group(attr.gid) {
            3
        } else {
            0
        };
        attr.mode >> shift & want == want
    }

    /// Whether the caller may remove or rename what `attr` describes in the directory `dir`.
    pub(crate) fn may_remove(&self, dir: &Attr, attr: &Attr) -> bool {
        const STICKY: u32 = 0o1000;
        self.may(dir, WRITE | EXEC) && (dir.mode & STICKY == 0 || self.owns(dir) || self.owns(attr))
    }
}

/// Groups as `Hello` packs them; an incomplete last one is not counted.
pub(crate) fn groups(packed: &[u8]) -> Vec<u32> {
    packed
        .as_chunks()
        .0
        .iter()
        .map(|group| u32::from_le_bytes(*group))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::inode::{FILE, tests::attr};

    fn user(uid: u32, groups: &[u32]) -> Caller {
        Caller {
            pid: 1,
            uid,
            gid: uid,
            groups: groups.to_vec(),
        }
    }

    #[test]
    fn the_first_class_that_fits_decides() {
        let mut file = attr(9, FILE | 0o047);
        (file.uid, file.gid) = (7, 8);
        assert!(
            !user(7, &[8]).may(&file, READ),
            "an owner has the owner's bits only"
        );
        assert!(user(1, &[8]).may(&file, READ));
        assert!(!user(1, &[8]).may(&file, READ | WRITE));
        assert!(user(1, &[]).may(&file, READ | WRITE | EXEC));
    }

    #[test]
    fn a_sticky_directory_protects_what_others_own() {
        let mut dir = attr(1, DIR | 0o1777);
        dir.uid = 5;
        let mut file = attr(2, FILE | 0o666);
        file.uid = 6;
        assert!(!user(7, &[]).may_remove(&dir, &file));
        assert!(user(6, &[]).may_remove(&dir, &file));
        assert!(user(5, &[]).may_remove(&dir, &file));
        assert!(user(0, &[]).may_remove(&dir, &file));
    }

    #[test]
    fn root_cannot_execute_what_nobody_may() {
        assert!(!user(0, &[]).may(&attr(1, FILE | 0o666), EXEC));
        assert!(user(0, &[]).may(&attr(1, DIR), EXEC));
    }
}
