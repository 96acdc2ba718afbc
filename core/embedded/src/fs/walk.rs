//! From a path to the name at its end.

use gkfs_proto::{
    NAME_MAX, PATH_MAX,
    node::{Ino, ROOT_INO},
};
use rustix::io::Errno;

use super::{
    Fs,
    caller::{Caller, EXEC},
    fail::Fail,
};
use crate::store::{
    Entry,
    inode::{DIR, SYMLINK},
};

/// Most symbolic links followed on one path, as in Linux.
const MAX_LINKS: usize = 40;

/// Where a path ends: a name in a directory that exists, whether or not the name does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The directories from the root's child on, with their names; the last is the parent.
    pub(crate) trail: Vec<(Ino, Vec<u8>)>,
    /// The name; empty for the root itself.
    pub(crate) name: Vec<u8>,
    /// What the name stands for.
    pub(crate) entry: Option<Entry>,
}

impl Place {
    /// The directory that holds the name.
    pub(crate) fn dir(&self) -> Ino {
        self.trail.last().map_or(ROOT_INO, |(ino, _)| *ino)
    }

    /// The path without symbolic links.
    pub(crate) fn path(&self) -> Vec<u8> {
        let mut path = Vec::new();
        for (_, name) in &self.trail {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        path.push(b'/');
        path.extend_from_slice(&self.name);
        path
    }

    /// The entry, or `ENOENT`.
    pub(crate) fn existing(&self) -> Result<Entry, Errno> {
        self.entry.ok_or(Errno::NOENT)
    }

    /// Whether this is the mount's root, which has no name to change.
    pub(crate) fn is_root(&self) -> bool {
        self.name.is_empty()
    }
}

/// A walk under way.
struct Walk {
    trail: Vec<(Ino, Vec<u8>)>,
    /// Components still to come, the next one last.
    todo: Vec<Vec<u8>>,
    links: usize,
}

impl Fs {
    /// Walks `path`; a symbolic link at its end is followed where `follow`.
    pub(crate) async fn walk(&self, caller: &Caller, path: &[u8], follow: bool) -> Result<Place, Fail> {
        if path.len() > PATH_MAX {
            return Err(Errno::NAMETOOLONG.into());
        }
        let mut walk = Walk {
            trail: Vec::new(),
            todo: components(path),
            links: 0,
        };
        while let Some(name) = walk.todo.pop() {
            if name == b".." {
                if walk.trail.pop().is_none() {
                    self.leave(&mut walk)?;
                }
                continue;
            }
            if name.len() > NAME_MAX {
                return Err(Errno::NAMETOOLONG.into());
            }
            let dir = walk.trail.last().map_or(ROOT_INO, |(ino, _)| *ino);
            if !caller.is_root() && !caller.may(&self.load(dir).await?.attr, EXEC) {
                return Err(Errno::ACCESS.into());
            }
            let entry = self.lookup(dir, &name).await?;
            let last = walk.todo.is_empty();
            match entry {
                Some(entry) if entry.kind == SYMLINK && (follow || !last) => {
                    self.expand(&mut walk, entry.ino).await?;
                }
                entry if last => {
                    return Ok(Place {
                        trail: walk.trail,
                        name,
                        entry,
                    });
                }
                Some(entry) if entry.kind == DIR => walk.trail.push((entry.ino, name)),
                Some(_) => return Err(Errno::NOTDIR.into()),
                None => return Err(Errno::NOENT.into()),
            }
        }
        // The path ended in `/` or `..`: a directory that the trail already names.
        let (ino, name) = walk.trail.pop().unwrap_or((ROOT_INO, Vec::new()));
        let entry = Some(Entry {
            ino,
            kind: DIR,
            seq: 0,
        });
        Ok(Place {
            trail: walk.trail,
            name,
            entry,
        })
    }

    /// The node at the end of a path.
    pub(crate) async fn find(&self, caller: &Caller, path: &[u8], follow: bool) -> Result<Ino, Fail> {
        Ok(self.walk(caller, path, follow).await?.existing()?.ino)
    }

    /// Puts what a symbolic link holds in its place.
    async fn expand(&self, walk: &mut Walk, link: Ino) -> Result<(), Fail> {
        walk.links += 1;
        if walk.links > MAX_LINKS {
            return Err(Errno::LOOP.into());
        }
        let mut target = self.load(link).await?.target;
        #[cfg(feature = "faults")]
        self.faults.symlink_target(&mut target);
        if target.is_empty() {
            return Err(Errno::NOENT.into());
        }
        if target[0] == b'/' {
            return self.jump(walk, std::mem::take(&mut target));
        }
        walk.todo.extend(components(&target));
        Ok(())
    }

    /// Goes on above the mount's root.
    fn leave(&self, walk: &mut Walk) -> Result<(), Fail> {
        let parent = match self.mountdir.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => self.mountdir[..slash].to_vec(),
            None => Vec::new(),
        };
        self.jump(walk, parent)
    }

    /// Goes on at an absolute path of the machine: inside the mount, or with the client outside.
    fn jump(&self, walk: &mut Walk, base: Vec<u8>) -> Result<(), Fail> {
        let mut path = base;
        for name in walk.todo.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        walk.trail.clear();
        match inside(&path, &self.mountdir) {
            Some(rest) => {
                walk.todo = rest;
                Ok(())
            }
            None if path.is_empty() => Err(Fail::Redirect(b"/".to_vec())),
            None => Err(Fail::Redirect(path)),
        }
    }
}

/// The components of a path, the first one last; empty ones and `.` say nothing.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|&byte| byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
        .rev()
        .map(<[u8]>::to_vec)
        .collect()
}

/// What is left of `path` behind `mountdir`, where it begins with it component by component.
fn inside(path: &[u8], mountdir: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = components(path);
    for name in components(mountdir).iter().rev() {
        if rest.pop().as_ref() != Some(name) {
            return None;
        }
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_inside_by_whole_components() {
        let names = |path: &[u8]| inside(path, b"/tmp/mnt");
        assert_eq!(
            names(b"/tmp//mnt/./a/b"),
            Some(vec![b"b".to_vec(), b"a".to_vec()])
        );
        assert_eq!(names(b"/tmp/mnt/"), Some(vec![]));
        assert_eq!(names(b"/tmp/mnt2/a"), None);
        assert_eq!(names(b"/tmp"), None);
    }
}
