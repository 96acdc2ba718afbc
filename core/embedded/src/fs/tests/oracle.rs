//! Random operations, done on a directory of the kernel's too.

use std::{collections::BTreeMap, fs, os::unix::fs::MetadataExt, path::Path};

use gkfs_proto::{msg, node::Ino};
use proptest::prelude::*;
use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags},
    io::Errno,
};

use super::{super::fail::Fail, Mount};
use crate::store::inode::{DIR, FILE, SYMLINK, TYPE};

#[derive(Debug, Clone)]
enum Step {
    Mkdir(String),
    Open(String, OFlags),
    Write(String, u64, Vec<u8>),
    Append(String, Vec<u8>),
    Truncate(String, u64),
    Unlink(String),
    Rmdir(String),
    Rename(String, String),
    Link(String, String),
    Symlink(String, String),
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c")], 1..4)
        .prop_map(|names| format!("/{}", names.join("/")))
}

fn step() -> impl Strategy<Value = Step> {
    let data = || proptest::collection::vec(any::<u8>(), 0..20);
    // Offsets around the border of the first chunk.
    let offset = || prop_oneof![0..40u64, 524_280..524_296u64];
    let flags = prop_oneof![
        Just(OFlags::RDONLY),
        Just(OFlags::WRONLY),
        Just(OFlags::RDWR | OFlags::CREATE),
        Just(OFlags::RDWR | OFlags::CREATE | OFlags::EXCL),
        Just(OFlags::RDWR | OFlags::CREATE | OFlags::TRUNC),
        Just(OFlags::RDONLY | OFlags::NOFOLLOW),
        Just(OFlags::RDONLY | OFlags::DIRECTORY),
    ];
    let target = prop_oneof![
        Just("a"),
        Just("b"),
        Just("c"),
        Just("a/b"),
        Just("."),
        Just("./c")
    ];
    prop_oneof![
        3 => path().prop_map(Step::Mkdir),
        4 => (path(), flags).prop_map(|(path, flags)| Step::Open(path, flags)),
        3 => (path(), offset(), data()).prop_map(|(path, at, data)| Step::Write(path, at, data)),
        2 => (path(), data()).prop_map(|(path, data)| Step::Append(path, data)),
        2 => (path(), offset()).prop_map(|(path, size)| Step::Truncate(path, size)),
        2 => path().prop_map(Step::Unlink),
        2 => path().prop_map(Step::Rmdir),
        3 => (path(), path()).prop_map(|(old, new)| Step::Rename(old, new)),
        1 => (path(), path()).prop_map(|(old, new)| Step::Link(old, new)),
        1 => (target, path()).prop_map(|(target, path)| Step::Symlink(target.into(), path)),
    ]
}

impl Step {
    fn on_kernel(&self, base: &Path) -> Result<(), Errno> {
        let at = |path: &str| base.join(&path[1..]);
        let mode = Mode::from_raw_mode(0o644);
        match self {
            Step::Mkdir(path) => rustix::fs::mkdir(at(path), Mode::from_raw_mode(0o755)),
            Step::Open(path, flags) => rustix::fs::open(at(path), *flags, mode).map(drop),
            Step::Write(path, offset, data) => {
                let file = rustix::fs::open(at(path), OFlags::WRONLY, mode)?;
                rustix::io::pwrite(file, data, *offset).map(drop)
            }
            Step::Append(path, data) => {
                let file = rustix::fs::open(at(path), OFlags::WRONLY | OFlags::APPEND, mode)?;
                rustix::io::write(file, data).map(drop)
            }
            Step::Truncate(path, size) => {
                let file = rustix::fs::open(at(path), OFlags::WRONLY, mode)?;
                rustix::fs::ftruncate(file, *size)
            }
            Step::Unlink(path) => rustix::fs::unlink(at(path)),
            Step::Rmdir(path) => rustix::fs::rmdir(at(path)),
            Step::Rename(old, new) => rustix::fs::rename(at(old), at(new)),
            Step::Link(old, new) => rustix::fs::linkat(CWD, at(old), CWD, at(new), AtFlags::empty()),
            Step::Symlink(target, path) => rustix::fs::symlink(target.as_str(), at(path)),
        }
    }

    fn on_mount(&self, mount: &Mount) -> Result<(), Fail> {
        match self {
            Step::Mkdir(path) => mount.mkdir(path).map(drop),
            Step::Open(path, flags) => mount.open(path, *flags).map(drop),
            Step::Write(path, offset, data) => {
                let ino = mount.open(path, OFlags::WRONLY)?.ino;
                mount.write(ino, *offset, false, data).map(drop)
            }
            Step::Append(path, data) => {
                let ino = mount.open(path, OFlags::WRONLY)?.ino;
                mount.write(ino, 0, true, data).map(drop)
            }
            Step::Truncate(path, size) => {
                let ino = mount.open(path, OFlags::WRONLY)?.ino;
                let (path, size) = (b"".as_slice(), *size);
                mount.ask(&msg::Truncate { ino, path, size }, b"").map(drop)
            }
            Step::Unlink(path) => mount.unlink(path, false),
            Step::Rmdir(path) => mount.unlink(path, true),
            Step::Rename(old, new) => mount.rename(old, new, 0),
            Step::Link(old, new) => mount.link(old, new),
            Step::Symlink(target, path) => mount.symlink(target, path),
        }
    }
}

/// What a path is: its type, a file's link count and content, a symbolic link's target.
type Tree = BTreeMap<String, (u32, u64, Vec<u8>)>;

fn kernel_tree(base: &Path, at: &str, tree: &mut Tree) {
    for entry in fs::read_dir(base.join(at.trim_start_matches('/'))).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{at}/{}", entry.file_name().into_string().unwrap());
        let meta = entry.metadata().unwrap();
        let (links, content) = match meta.mode() & TYPE {
            FILE => (meta.nlink(), fs::read(entry.path()).unwrap()),
            SYMLINK => (
                1,
                fs::read_link(entry.path())
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes(),
            ),
            _ => (0, Vec::new()),
        };
        tree.insert(path.clone(), (meta.mode() & TYPE, links, content));
        if meta.is_dir() {
            kernel_tree(base, &path, tree);
        }
    }
}

fn mount_tree(mount: &Mount, at: &str, ino: Ino, tree: &mut Tree) {
    let names = mount.list(ino, 4096).unwrap();
    let dirs = names.iter().filter(|(_, kind)| *kind == 4).count();
    assert_eq!(
        mount.node(&msg::StatNode { ino }).unwrap().nlink as usize,
        2 + dirs,
        "{at}"
    );
    for (name, kind) in names {
        let path = format!("{at}/{name}");
        let attr = mount.stat(&path, false).unwrap();
        assert_eq!(attr.mode & TYPE, u32::from(kind) << 12, "d_type of {path}");
        let (links, content) = match attr.mode & TYPE {
            FILE => (attr.nlink.into(), mount.read(attr.ino).unwrap()),
            SYMLINK => (
                1,
                mount
                    .ask(
                        &msg::Readlink {
                            path: path.as_bytes(),
                        },
                        b"",
                    )
                    .unwrap(),
            ),
            _ => (0, Vec::new()),
        };
        tree.insert(path.clone(), (attr.mode & TYPE, links, content));
        if attr.mode & TYPE == DIR {
            assert_eq!(
                mount.ask(&msg::PathOf { ino: attr.ino }, b"").unwrap(),
                path.as_bytes()
            );
            mount_tree(mount, &path, attr.ino, tree);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn the_kernel_does_the_same(steps in proptest::collection::vec(step(), 1..40)) {
        let base = tempfile::tempdir().unwrap();
        let mount = Mount::new();
        for (number, step) in steps.iter().enumerate() {
            let expected = step.on_kernel(base.path()).map_err(Fail::Errno);
            prop_assert_eq!(step.on_mount(&mount), expected, "step {} of {:#?}", number, steps);
        }
        let (mut expected, mut tree) = (Tree::new(), Tree::new());
        kernel_tree(base.path(), "", &mut expected);
        mount_tree(&mount, "", gkfs_proto::node::ROOT_INO, &mut tree);
        prop_assert_eq!(tree, expected);
    }
}
