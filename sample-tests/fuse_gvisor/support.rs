//! What gVisor's `fuse_base` and `fuse_util` give its tests.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use gkfs_harness::fuse::abi::{Opcode, Opcodes, flags};
use gkfs_harness::fuse::{Attr, Builder, reply};
use gkfs_harness::prelude::*;
use rustix::fs::{CWD, Mode, OFlags};

/// The name that most tests use.
pub(crate) const FILE: &str = "test_file";
/// The handle that the server gives.
pub(crate) const FH: u64 = 23;

/// A server as gVisor's tests have it.
pub(crate) fn server(fuse: &Fuse) -> FakeFuse {
    fuse.start(fuse.builder().gvisor())
}

/// The same, changed.
pub(crate) fn server_with(fuse: &Fuse, change: impl FnOnce(Builder) -> Builder) -> FakeFuse {
    fuse.start(change(fuse.builder().gvisor()))
}

/// A path in the file system.
pub(crate) fn at(fake: &FakeFuse, name: &str) -> PathBuf {
    fake.path().join(name)
}

/// gVisor's attributes, of an owner that has a meaning here.
pub(crate) fn attr(fake: &FakeFuse, mode: u32, ino: u64, size: u64) -> Attr {
    let attr = Attr::new(mode, ino, size);
    if fake.is_in_user_namespace() {
        attr.owner(
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        )
    } else {
        attr
    }
}

/// A file of 512 bytes is found under [`FILE`], opened so that every read and write is a request, and its `OPEN` read.
pub(crate) fn open_file(fake: &FakeFuse, flags: OFlags) -> OwnedFd {
    open_sized(fake, flags, 512, flags::fopen::DIRECT_IO)
}

/// The same, of another size and behaviour.
pub(crate) fn open_sized(fake: &FakeFuse, flags: OFlags, size: u64, behaviour: u32) -> OwnedFd {
    fake.set_inode_lookup(FILE, libc::S_IFREG | 0o600, size).unwrap();
    fake.set_response(Opcode::Open, reply::open(FH, behaviour))
        .unwrap();
    let file = rustix::fs::openat(CWD, at(fake, FILE), flags, Mode::empty()).unwrap();
    fake.skip_request().unwrap();
    file
}

/// Whether the kernel that is asked is gVisor's: a group's `wrapper` may see to that. All of its releases say this of
/// themselves.
pub(crate) fn is_gvisor() -> bool {
    rustix::system::uname().version() == c"#1 SMP Sun Jan 10 15:06:54 PST 2016"
}

/// A name that is not there yet: Linux looks it up before it makes it.
pub(crate) fn missing(fake: &FakeFuse) {
    if !is_gvisor() {
        fake.set_response(Opcode::Lookup, reply::errno(libc::ENOENT))
            .unwrap();
    }
}

/// Passes over that `LOOKUP`.
pub(crate) fn skip_lookup(fake: &FakeFuse) {
    if !is_gvisor() {
        assert_eq!(fake.next_request().unwrap().opcode(), Opcode::Lookup);
    }
}

/// What Linux adds to the flags of an open file.
pub(crate) const LARGE: u32 = 0o100_000;

/// The process's umask, looked at without changing it.
pub(crate) fn umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let told = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    // gVisor does not tell it there; a child has the same.
    let told = told.map_or_else(inherited_umask, str::to_owned);
    u32::from_str_radix(told.trim(), 8).unwrap()
}

fn inherited_umask() -> String {
    let told = std::process::Command::new("sh").args(["-c", "umask"]).output();
    String::from_utf8(told.unwrap().stdout).unwrap()
}

/// Requests of one opcode that were answered on the side.
pub(crate) fn aside_one(fake: &FakeFuse, opcode: Opcode) -> std::sync::Arc<gkfs_harness::fuse::Request> {
    let mut all = fake.aside(Opcodes::from(opcode));
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}
