//! Which requests a call of the standard library makes, when nothing that was told holds for any time.

use std::fs;

use gkfs_harness::fuse::abi::Opcodes;
use gkfs_harness::fuse::{Fallback, Model, alone};
use gkfs_harness::prelude::*;

/// Newer kernels ask for attributes by `STATX` where the caller wants what only that tells.
const STAT: &str = "GETATTR|STATX";

/// A file system with a file and a directory, and the opcodes of what is done to it.
fn opcodes(fuse: &Fuse, action: impl FnOnce(&std::path::Path) + Send) -> Vec<String> {
    let model = Model::new().file("file", "contents").dir("dir");
    let fake = fuse.start(fuse.builder().fallback(Fallback::Model(model)));
    // Processes that other tests start meanwhile have no copy of what is opened in there, whose closing would be heard.
    alone(|| action(fake.path()));
    let requests = fake.requests();
    fake.verify().unwrap();
    requests
        .iter()
        .map(|request| match Opcodes::STAT.contains(request.opcode()) {
            true => STAT.to_owned(),
            false => request.opcode().to_string(),
        })
        // When a dropped name is forgotten is the kernel's own affair.
        .filter(|opcode| !opcode.contains("FORGET"))
        .collect()
}

#[gkfs_harness::test(tags("fuse"))]
fn stat(fuse: &Fuse) {
    let got = opcodes(fuse, |root| {
        fs::metadata(root.join("file")).unwrap();
    });
    assert_eq!(got, ["LOOKUP", STAT]);
}

#[gkfs_harness::test(tags("fuse"))]
fn open_read_and_close(fuse: &Fuse) {
    let got = opcodes(fuse, |root| {
        let file = fs::File::open(root.join("file")).unwrap();
        let mut buffer = [0; 64];
        assert_eq!(std::io::Read::read(&mut &file, &mut buffer).unwrap(), 8);
    });
    assert_eq!(got, ["LOOKUP", "OPEN", STAT, "READ", "FLUSH", "RELEASE"]);
}

#[gkfs_harness::test(tags("fuse"))]
fn write(fuse: &Fuse) {
    let got = opcodes(fuse, |root| {
        let file = fs::OpenOptions::new()
            .write(true)
            .open(root.join("file"))
            .unwrap();
        std::io::Write::write_all(&mut &file, b"12").unwrap();
    });
    assert_eq!(got, ["LOOKUP", "OPEN", "GETXATTR", "WRITE", "FLUSH", "RELEASE"]);
}

#[gkfs_harness::test(tags("fuse"))]
fn create(fuse: &Fuse) {
    let got = opcodes(fuse, |root| drop(fs::File::create(root.join("new")).unwrap()));
    assert_eq!(got, ["LOOKUP", "CREATE", "FLUSH", "RELEASE"]);
}

#[gkfs_harness::test(tags("fuse"))]
fn names(fuse: &Fuse) {
    let got = opcodes(fuse, |root| {
        fs::create_dir(root.join("new")).unwrap();
        fs::remove_dir(root.join("dir")).unwrap();
        fs::remove_file(root.join("file")).unwrap();
    });
    assert_eq!(got, ["LOOKUP", "MKDIR", "LOOKUP", "RMDIR", "LOOKUP", "UNLINK"]);
}

#[gkfs_harness::test(tags("fuse"))]
fn rename(fuse: &Fuse) {
    let got = opcodes(fuse, |root| {
        fs::rename(root.join("file"), root.join("other")).unwrap()
    });
    let renames = got.last().is_some_and(|last| last.starts_with("RENAME"));
    assert!(
        renames && got[..2] == ["LOOKUP", "LOOKUP"] && got.len() == 3,
        "{got:?}"
    );
}

#[gkfs_harness::test(tags("fuse"))]
fn list(fuse: &Fuse) {
    let got = opcodes(fuse, |root| {
        assert_eq!(fs::read_dir(root.join("dir")).unwrap().count(), 0)
    });
    assert_eq!(
        got,
        ["LOOKUP", "OPENDIR", STAT, "READDIR", "READDIR", "RELEASEDIR"]
    );
}

#[gkfs_harness::test(tags("fuse"))]
fn access(fuse: &Fuse) {
    let got = opcodes(fuse, |root| {
        rustix::fs::access(root.join("file"), rustix::fs::Access::READ_OK).unwrap();
    });
    assert_eq!(got, ["LOOKUP", "ACCESS"]);
}
