//! The file system against the kernel's: the same random operations must have the same results.

mod oracle;

use std::path::Path;

use gkfs_proto::{
    frame::{Ask, REDIRECT},
    msg::{self, Entry, Listing, Written},
    node::{Attr, Ino, Node, ROOT_INO},
    wire::{Field, Reader, Writer},
};
use rustix::{
    fs::{MemfdFlags, OFlags, memfd_create},
    io::Errno,
};
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::log::Level;

/// A file system of one daemon, without connections.
struct Mount {
    fs: Fs,
    runtime: Runtime,
    caller: Caller,
    root: tempfile::TempDir,
}

const MOUNTDIR: &[u8] = b"/tmp/mnt";

fn open(root: &Path) -> Fs {
    let meta = root.join("metadata");
    std::fs::create_dir_all(&meta).unwrap();
    let fs = Fs::new(Parts {
        store: Store::open(&meta).unwrap(),
        chunks: Chunks::open(&root.join("chunks")).unwrap(),
        cluster: Cluster::new(0, &root.join("hosts")),
        log: Log::open(Path::new("/dev/null"), Level::Off).unwrap(),
        mountdir: MOUNTDIR.to_vec(),
        rootdir: root.to_owned(),
        #[cfg(feature = "faults")]
        faults: crate::fault::Faults::default(),
    });
    fs.unwrap()
}

impl Mount {
    fn new() -> Mount {
        let root = tempfile::tempdir().unwrap();
        Mount {
            fs: open(root.path()),
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            caller: Caller {
                pid: std::process::id(),
                uid: 0,
                gid: 0,
                groups: Vec::new(),
            },
            root,
        }
    }

    fn ask<M: Ask>(&self, message: &M, data: &[u8]) -> Result<Vec<u8>, Fail> {
        let mut body = vec![0; 8192];
        let mut out = Writer::new(&mut body);
        message.encode(&mut out).unwrap();
        let len = out.len();
        body.truncate(len);
        body.extend_from_slice(data);
        let mut reply = Vec::new();
        let done = self.fs.serve(&self.caller, M::OP, &body, &mut reply);
        self.runtime.block_on(done)?;
        Ok(reply)
    }

    fn node<M: Ask>(&self, message: &M) -> Result<Attr, Fail> {
        Ok(Node::decode(&self.ask(message, b"")?)?.attr)
    }

    fn open(&self, path: &str, flags: OFlags) -> Result<Attr, Fail> {
        let (path, flags) = (path.as_bytes(), flags.bits());
        self.node(&msg::Open {
            path,
            flags,
            mode: 0o644,
        })
    }

    fn mkdir(&self, path: &str) -> Result<Attr, Fail> {
        let (path, mode) = (path.as_bytes(), DIR | 0o755);
        self.node(&msg::Make { path, mode, rdev: 0 })
    }

    fn stat(&self, path: &str, follow: bool) -> Result<Attr, Fail> {
        let path = path.as_bytes();
        self.node(&msg::Stat { path, follow })
    }

    fn write(&self, ino: Ino, offset: u64, append: bool, data: &[u8]) -> Result<u64, Fail> {
        let reply = self.ask(&msg::Write { ino, offset, append }, data)?;
        Ok(Written::decode(&reply)?.offset)
    }

    fn read(&self, ino: Ino) -> Result<Vec<u8>, Fail> {
        let len = gkfs_proto::MAX_IO as u32;
        self.ask(&msg::Read { ino, offset: 0, len }, b"")
    }

    fn unlink(&self, path: &str, dir: bool) -> Result<(), Fail> {
        let path = path.as_bytes();
        self.ask(&msg::Unlink { path, dir }, b"").map(drop)
    }

    fn rename(&self, old: &str, new: &str, flags: u32) -> Result<(), Fail> {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        self.ask(&msg::Rename { old, new, flags }, b"").map(drop)
    }

    fn symlink(&self, target: &str, path: &str) -> Result<(), Fail> {
        let (target, path) = (target.as_bytes(), path.as_bytes());
        self.ask(&msg::Symlink { path, target }, b"").map(drop)
    }

    fn link(&self, old: &str, new: &str) -> Result<(), Fail> {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        self.ask(
            &msg::Link {
                old,
                follow: false,
                new,
            },
            b"",
        )
        .map(drop)
    }

    /// Names of a directory in their order, read in pages of `max` bytes; `.` and `..` left out.
    fn list(&self, ino: Ino, max: u32) -> Result<Vec<(String, u8)>, Fail> {
        let (mut names, mut cookie) = (Vec::new(), 0);
        loop {
            let reply = self.ask(&msg::Readdir { ino, cookie, max }, b"")?;
            let mut input = Reader::new(&reply);
            let listing = Listing::take(&mut input)?;
            for _ in 0..listing.count {
                let entry = Entry::take(&mut input)?;
                cookie = entry.cookie;
                names.push((String::from_utf8(entry.name.to_vec()).unwrap(), entry.kind));
            }
            if listing.end {
                names.retain(|(name, _)| name != "." && name != "..");
                return Ok(names);
            }
        }
    }

    fn chunk_dirs(&self) -> Vec<String> {
        let dirs = std::fs::read_dir(self.root.path().join("chunks")).unwrap();
        let mut names: Vec<_> = dirs
            .map(|dir| dir.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn errno<T: std::fmt::Debug>(result: Result<T, Fail>) -> Errno {
    match result {
        Err(Fail::Errno(errno)) => errno,
        other => panic!("{other:?} is no errno"),
    }
}

const CREATE: OFlags = OFlags::CREATE.union(OFlags::RDWR);

#[test]
fn links_that_lead_out_say_where_to() {
    assert_eq!(REDIRECT, 65536);
    let mount = Mount::new();
    mount.mkdir("/d").unwrap();
    mount.symlink("/etc/hosts", "/absolute").unwrap();
    mount.symlink("../../up/x", "/d/relative").unwrap();
    mount.symlink("/tmp/mnt/d", "/inside").unwrap();
    mount.symlink("../../mnt/d", "/d/around").unwrap();
    let to = |path: &[u8]| Fail::Redirect(path.to_vec());
    assert_eq!(mount.stat("/absolute", true), Err(to(b"/etc/hosts")));
    assert_eq!(mount.stat("/d/relative/y", false), Err(to(b"/tmp/up/x/y")));
    assert_eq!(mount.stat("/inside/around/relative", true), Err(to(b"/tmp/up/x")));
    let dir = mount.stat("/d", false).unwrap().ino;
    assert_eq!(mount.stat("/inside/around", true).unwrap().ino, dir);
    assert_eq!(errno(mount.rename("/absolute/x", "/d/y", 0)), Errno::XDEV);
}

#[test]
fn a_renamed_file_keeps_its_chunks_and_the_next_one_gets_others() {
    let mount = Mount::new();
    let first = mount.open("/f", CREATE).unwrap().ino;
    mount.write(first, 0, false, b"first").unwrap();
    mount.rename("/f", "/g", 0).unwrap();
    let second = mount.open("/f", CREATE).unwrap().ino;
    mount.write(second, 0, false, b"second").unwrap();
    assert_eq!(mount.chunk_dirs(), ["f".to_owned(), format!("f~{second:x}")]);
    assert_eq!(mount.read(first).unwrap(), b"first");
    assert_eq!(mount.read(second).unwrap(), b"second");
    mount.rename("/f", "/g", 0).unwrap();
    assert_eq!(
        mount.chunk_dirs(),
        [format!("f~{second:x}")],
        "what was replaced is gone"
    );
}

#[test]
fn an_unlinked_file_stays_while_it_is_open() {
    let mount = Mount::new();
    let ino = mount.open("/f", CREATE).unwrap().ino;
    mount.write(ino, 0, false, b"content").unwrap();
    let file = memfd_create(format!("gkfs:{ino:x}"), MemfdFlags::CLOEXEC).unwrap();
    mount.unlink("/f", false).unwrap();
    assert_eq!(errno(mount.stat("/f", false)), Errno::NOENT);
    assert_eq!(mount.read(ino).unwrap(), b"content");
    assert_eq!(mount.node(&msg::StatNode { ino }).unwrap().nlink, 0);
    assert_eq!(errno(mount.ask(&msg::PathOf { ino }, b"")), Errno::NOENT);
    drop(file);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !mount.chunk_dirs().is_empty() {
        assert!(std::time::Instant::now() < deadline, "the content stays for ever");
        mount.runtime.block_on(mount.fs.delete_orphans());
    }
    assert_eq!(errno(mount.read(ino)), Errno::NOENT);
}

#[test]
fn a_directory_is_listed_in_pages_while_it_is_emptied() {
    let mount = Mount::new();
    let names: Vec<String> = (0..100).map(|n| format!("file-{n:03}")).collect();
    for name in &names {
        mount.open(&format!("/{name}"), CREATE).unwrap();
    }
    let listed: Vec<_> = mount.list(ROOT_INO, 200).unwrap();
    assert_eq!(
        listed.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        names
    );
    let reply = mount
        .ask(
            &msg::Readdir {
                ino: ROOT_INO,
                cookie: 0,
                max: 200,
            },
            b"",
        )
        .unwrap();
    let mut input = Reader::new(&reply);
    let count = Listing::take(&mut input).unwrap().count;
    // The first page begins with `.` and `..`.
    let seen = count as usize - 2;
    let mut cookie = 0;
    for _ in 0..count {
        cookie = Entry::take(&mut input).unwrap().cookie;
    }
    for name in &names[..seen] {
        mount.unlink(&format!("/{name}"), false).unwrap();
    }
    let reply = mount
        .ask(
            &msg::Readdir {
                ino: ROOT_INO,
                cookie,
                max: 200,
            },
            b"",
        )
        .unwrap();
    let mut input = Reader::new(&reply);
    Listing::take(&mut input).unwrap();
    let next = Entry::take(&mut input).unwrap().name.to_vec();
    assert_eq!(next, names[seen].as_bytes());
}

#[test]
fn exchange_and_noreplace() {
    let mount = Mount::new();
    mount.mkdir("/d").unwrap();
    let file = mount.open("/f", CREATE).unwrap().ino;
    assert_eq!(errno(mount.rename("/f", "/d", 1)), Errno::EXIST);
    assert_eq!(errno(mount.rename("/f", "/none", 2)), Errno::NOENT);
    mount.rename("/f", "/d", 2).unwrap();
    assert_eq!(mount.stat("/d", false).unwrap().ino, file);
    assert_eq!(mount.ask(&msg::PathOf { ino: file }, b"").unwrap(), b"/d");
    assert_eq!(errno(mount.rename("/f", "/d", 3)), Errno::INVAL);
    assert_eq!(mount.stat("/", false).unwrap().nlink, 3);
}

#[test]
fn who_may_not_is_told() {
    let mut mount = Mount::new();
    mount.mkdir("/private").unwrap();
    mount.open("/private/f", CREATE).unwrap();
    (mount.caller.uid, mount.caller.gid) = (1000, 1000);
    assert_eq!(errno(mount.open("/private/f", OFlags::WRONLY)), Errno::ACCESS);
    assert_eq!(errno(mount.open("/private/new", CREATE)), Errno::ACCESS);
    assert_eq!(errno(mount.unlink("/private/f", false)), Errno::ACCESS);
    mount.open("/private/f", OFlags::RDONLY).unwrap();
    assert_eq!(mount.mkdir("/own").unwrap().uid, 1000);
}

#[test]
fn what_was_done_is_there_after_a_restart() {
    let mount = Mount::new();
    mount.mkdir("/d").unwrap();
    let ino = mount.open("/d/f", CREATE).unwrap().ino;
    mount.write(ino, 0, false, b"kept").unwrap();
    let Mount { fs, root, .. } = mount;
    drop(fs);
    let again = Mount {
        fs: open(root.path()),
        root,
        ..Mount::new()
    };
    assert_eq!(
        again.read(again.stat("/d/f", true).unwrap().ino).unwrap(),
        b"kept"
    );
}

#[test]
fn long_names_and_paths_are_refused() {
    let mount = Mount::new();
    assert_eq!(
        errno(mount.mkdir(&format!("/{}", "n".repeat(256)))),
        Errno::NAMETOOLONG
    );
    assert_eq!(errno(mount.stat(&"/n".repeat(2100), true)), Errno::NAMETOOLONG);
    mount.symlink("loop", "/loop").unwrap();
    assert_eq!(errno(mount.stat("/loop", true)), Errno::LOOP);
    let deep = format!("/{}", "n".repeat(255));
    let key = {
        let reply = mount.ask(
            &msg::Open {
                path: deep.as_bytes(),
                flags: CREATE.bits(),
                mode: 0o600,
            },
            b"",
        );
        Node::decode(&reply.unwrap()).unwrap().key.len()
    };
    assert_eq!(key, 255);
}

proptest::proptest! {
    #[test]
    fn no_request_makes_the_daemon_panic(op in 0..gkfs_proto::frame::Op::ALL.len(), body: Vec<u8>) {
        let mount = Mount::new();
        let mut reply = Vec::new();
        let op = gkfs_proto::frame::Op::ALL[op];
        // Any answer will do, as long as there is one.
        let _ = mount.runtime.block_on(mount.fs.serve(&mount.caller, op, &body, &mut reply));
    }
}
