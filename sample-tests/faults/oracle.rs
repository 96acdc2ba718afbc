//! Operations of many kinds, none of which asserts anything: what is wrong is found by an oracle alone.

use std::path::Path;

use gkfs_embedded::fault::{self, Fault};
use gkfs_harness::{
    Bench, Daemon, DaemonOptions, Environment, Operations, Result, Session, libc, op, stack::Finder,
};

/// Of everything done here, so much must have been compared.
const AT_LEAST: u64 = 40;
/// A chunk of the embedded stack.
const CHUNK: i64 = 512 * 1024;

/// What the oracle finds on a stack with this fault, or on one without.
pub(crate) fn found(fault: Option<Fault>) -> std::result::Result<Option<String>, String> {
    let bench = bench().map_err(|error| error.to_string())?;
    let mut options = DaemonOptions::default();
    if let Some(fault) = fault {
        options = options.env(fault::VARIABLE, fault.name());
    }
    let daemon = Daemon::start_with(&bench, options).map_err(|error| error.to_string())?;
    let done = work(&Session::new(&bench), &daemon.mountdir());
    let found = bench.divergence();
    // A daemon with a fault may end as it likes, and so may what was asked of it; one without may not.
    let ended = daemon.shutdown();
    match (fault, done.and(ended)) {
        (None, Err(error)) => Err(error.to_string()),
        (None, Ok(())) if bench.compared() < AT_LEAST => {
            Err(format!("only {} operations were compared", bench.compared()))
        }
        _ => Ok(found),
    }
}

fn bench() -> Result<Bench> {
    let finder = Finder::new(
        Some(env!("CARGO_MANIFEST_DIR")),
        Some(env!("CARGO_BIN_EXE_gkfs-stack")),
    );
    let nothing_said = Environment::from_lookup(|_| None)?;
    Bench::temporary(finder.find(&nothing_said)?)?.with_oracle()
}

fn work(session: &Session, mnt: &Path) -> Result<()> {
    directories(session, &mnt.join("dirs"))?;
    contents(session, &mnt.join("file"))?;
    chunks(session, &mnt.join("large"))?;
    names(session, mnt)?;
    session.try_call(op::Statfs::new(mnt)).map(drop)
}

fn directories(session: &Session, dir: &Path) -> Result<()> {
    for _ in 0..2 {
        session.try_call(op::Mkdir::new(dir, 0o755))?;
    }
    session.try_call(op::Open::new(dir.join("missing"), libc::O_RDONLY, None))?;
    for name in ["a", "b", "c", "d"] {
        session.try_call(op::Mkdir::new(dir.join(name), 0o700))?;
    }
    session.try_call(op::Readdir::new(dir))?;
    session.try_call(op::Stat::new(dir))?;
    session.try_call(op::Rmdir::new(dir))?;
    session.try_call(op::Rmdir::new(dir.join("a")))?;
    session.try_call(op::Readdir::new(dir)).map(drop)
}

fn contents(session: &Session, file: &Path) -> Result<()> {
    let create = libc::O_CREAT | libc::O_RDWR;
    let fd = session
        .try_call(op::Open::new(file, create | libc::O_EXCL, 0o640))?
        .fd();
    session.try_call(op::Write::new(fd, "0123456789", 10, None))?;
    session.try_call(op::Fstat::new(fd))?;
    session.try_call(op::Lseek::new(fd, 2, libc::SEEK_SET))?;
    session.try_call(op::Read::new(fd, 20))?;
    session.try_call(op::Close::new(fd))?;
    session.try_call(op::Open::new(file, create | libc::O_EXCL, 0o640))?;
    session.try_call(op::Write::new(file, "more", 4, true))?;
    session.try_call(op::Stat::new(file))?;
    session.try_call(op::Pwrite::new(file, "xyz", 3, 5))?;
    session.try_call(op::Pread::new(file, 64, 0))?;
    session.try_call(op::Truncate::new(file, 4))?;
    session.try_call(op::Truncate::new(file, 12))?;
    session.try_call(op::Pread::new(file, 64, 0))?;
    let fd = session
        .try_call(op::Open::new(file, libc::O_WRONLY | libc::O_TRUNC, None))?
        .fd();
    session.try_call(op::Close::new(fd))?;
    session.try_call(op::Stat::new(file)).map(drop)
}

fn chunks(session: &Session, file: &Path) -> Result<()> {
    let opened = session.try_call(op::Open::new(file, libc::O_CREAT | libc::O_RDWR, 0o644))?;
    for at in [0, CHUNK - 2, CHUNK + 7, 2 * CHUNK] {
        session.try_call(op::Pwrite::new(opened.fd(), "chunk", 5, at))?;
    }
    for at in [0, CHUNK - 2, CHUNK + 7, 2 * CHUNK] {
        session.try_call(op::Pread::new(opened.fd(), 8, at))?;
    }
    session.try_call(op::Stat::new(file))?;
    session.try_call(op::Close::new(opened.fd())).map(drop)
}

fn names(session: &Session, mnt: &Path) -> Result<()> {
    let [first, second, third] = ["first", "second", "third"].map(|name| mnt.join(name));
    let opened = session.try_call(op::Open::new(&first, libc::O_CREAT | libc::O_RDWR, 0o600))?;
    session.try_call(op::Write::new(opened.fd(), "named", 5, None))?;
    session.try_call(op::Close::new(opened.fd()))?;
    session.try_call(op::Rename::new(&first, &second))?;
    session.try_call(op::Stat::new(&first))?;
    session.try_call(op::Read::new(&second, 10))?;
    session.try_call(op::Link::new(&second, &third))?;
    session.try_call(op::Stat::new(&second))?;
    session.try_call(op::Unlink::new(&third))?;
    session.try_call(op::Stat::new(&third))?;
    session.try_call(op::Symlink::new(&second, &third))?;
    session.try_call(op::Readlink::new(&third, None))?;
    session.try_call(op::Read::new(&third, 10)).map(drop)
}
