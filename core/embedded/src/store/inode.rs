//! One node's record, as it is kept under its number.

use gkfs_proto::{
    message,
    node::{Attr, Ino},
    wire::{Field, Malformed, Reader, Writer},
};

/// File type bits of `st_mode`.
pub(crate) const TYPE: u32 = 0o170_000;
/// `st_mode` of a directory.
pub(crate) const DIR: u32 = 0o040_000;
/// `st_mode` of a regular file.
pub(crate) const FILE: u32 = 0o100_000;
/// `st_mode` of a symbolic link.
pub(crate) const SYMLINK: u32 = 0o120_000;

/// A name of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// The directory that holds the name.
    pub(crate) dir: Ino,
    /// The name.
    pub(crate) name: Vec<u8>,
}

/// An extended attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Xattr {
    pub(crate) name: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// A node, wherever its names are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inode {
    /// What `stat` reports, except for the blocks.
    pub(crate) attr: Attr,
    /// Name of its chunk directories; empty unless a regular file.
    pub(crate) key: Vec<u8>,
    /// What a symbolic link holds.
    pub(crate) target: Vec<u8>,
    /// Its names; none for the mount's root, and for a file that is open but unlinked.
    pub(crate) links: Vec<Link>,
    pub(crate) xattrs: Vec<Xattr>,
}

message! {
    struct Head<'a> {
        attr: Attr,
        key: &'a [u8],
        target: &'a [u8],
        links: u32,
        xattrs: u32,
    }
}

message! {
    struct Named<'a> {
        number: u64,
        name: &'a [u8],
        value: &'a [u8],
    }
}

impl Inode {
    pub(crate) fn kind(&self) -> u32 {
        self.attr.mode & TYPE
    }

    pub(crate) fn is_dir(&self) -> bool {
        self.kind() == DIR
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, Malformed> {
        let names = self.links.iter().map(|link| 16 + link.name.len()).sum::<usize>();
        let xattrs = self
            .xattrs
            .iter()
            .map(|x| 16 + x.name.len() + x.value.len())
            .sum::<usize>();
        let mut bytes = vec![0; 128 + self.key.len() + self.target.len() + names + xattrs];
        let mut out = Writer::new(&mut bytes);
        let head = Head {
            attr: self.attr,
            key: &self.key,
            target: &self.target,
            links: u32::try_from(self.links.len()).map_err(|_| Malformed)?,
            xattrs: u32::try_from(self.xattrs.len()).map_err(|_| Malformed)?,
        };
        head.put(&mut out)?;
        for Link { dir, name } in &self.links {
            Named {
                number: *dir,
                name,
                value: b"",
            }
            .put(&mut out)?;
        }
        for Xattr { name, value } in &self.xattrs {
            Named {
                number: 0,
                name,
                value,
            }
            .put(&mut out)?;
        }
        let len = out.len();
        bytes.truncate(len);
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Inode, Malformed> {
        let mut input = Reader::new(bytes);
        let head = Head::take(&mut input)?;
        let mut links = Vec::new();
        for _ in 0..head.links {
            let link = Named::take(&mut input)?;
            links.push(Link {
                dir: link.number,
                name: link.name.to_vec(),
            });
        }
        let mut xattrs = Vec::new();
        for _ in 0..head.xattrs {
            let xattr = Named::take(&mut input)?;
            xattrs.push(Xattr {
                name: xattr.name.to_vec(),
                value: xattr.value.to_vec(),
            });
        }
        Ok(Inode {
            attr: head.attr,
            key: head.key.to_vec(),
            target: head.target.to_vec(),
            links,
            xattrs,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn attr(ino: Ino, mode: u32) -> Attr {
        Attr {
            ino,
            mode,
            nlink: 1,
            uid: 0,
            gid: 0,
            size: 0,
            blocks: 0,
            rdev: 0,
            atime: 1,
            mtime: 2,
            ctime: 3,
            btime: 4,
        }
    }

    proptest! {
        #[test]
        fn a_record_reads_back(
            key: Vec<u8>,
            target: Vec<u8>,
            links: Vec<(u64, Vec<u8>)>,
            xattrs: Vec<(Vec<u8>, Vec<u8>)>,
        ) {
            let inode = Inode {
                attr: attr(7, FILE | 0o644),
                key,
                target,
                links: links.into_iter().map(|(dir, name)| Link { dir, name }).collect(),
                xattrs: xattrs.into_iter().map(|(name, value)| Xattr { name, value }).collect(),
            };
            prop_assert_eq!(Inode::decode(&inode.encode().unwrap()), Ok(inode));
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
            let _ = Inode::decode(&bytes);
        }
    }
}
