//! Functions and file systems of the test's own: what a new command was in gVisor's framework.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use gkfs_harness::fuse::abi::{Opcode, ReadIn, WriteIn};
use gkfs_harness::fuse::{Attr, Backend, Body, Fallback, Problem, Protocol, Reply, Request, reply};
use gkfs_harness::prelude::*;

/// A command of one's own: the test asks for a number that the server keeps.
#[gkfs_harness::test(tags("fuse"))]
fn a_counter(fake: &FakeFuse) {
    let written = Arc::new(AtomicU64::new(0));
    let count = written.clone();
    fake.on(Opcode::Write, move |request| {
        let size = request.args::<WriteIn>()?.size;
        count.fetch_add(size.into(), Ordering::SeqCst);
        // The file system in memory does the rest.
        None
    });
    fs::write(fake.path().join("a"), "12345").unwrap();
    fs::write(fake.path().join("b"), "678").unwrap();
    assert_eq!(written.load(Ordering::SeqCst), 8);
}

/// A function may answer: contents that change with every read.
#[gkfs_harness::test(tags("fuse"))]
fn computed_contents(fuse: &Fuse) {
    let fake = fuse.start(fuse.builder().fallback(Fallback::Model(
        gkfs_harness::fuse::Model::new().file("file", "................"),
    )));
    fake.on(Opcode::Read, |request| {
        let args = request.args::<ReadIn>()?;
        Some(reply::data(format!("{:016}", args.fh)))
    });
    let first = fs::read_to_string(fake.path().join("file")).unwrap();
    let second = fs::read_to_string(fake.path().join("file")).unwrap();
    assert!(first != second && first.len() == 16);
    fake.verify().unwrap();
}

/// A function that panics fails the test, not the server.
#[gkfs_harness::test(tags("fuse"))]
fn a_panic_is_reported(fake: &FakeFuse) {
    fake.on(Opcode::Mkdir, |_| panic!("not today"));
    assert_eq!(
        fs::create_dir(fake.path().join("a")).unwrap_err().raw_os_error(),
        Some(libc::EIO)
    );
    assert!(fs::metadata(fake.path().join("a")).is_err());
    assert!(matches!(&fake.take_problems()[..], [Problem::Panic(text)] if text == "not today"));
}

/// A file system of one's own: every name is a file that contains its name.
struct Names(Arc<Mutex<Vec<String>>>);

impl Backend for Names {
    fn answer(&mut self, request: &Request, _: &Protocol) -> Reply {
        let mut names = self.0.lock().unwrap();
        let name = |node: u64| names.get(node as usize - 2).cloned().unwrap_or_default();
        match &request.body {
            Body::Lookup { name } => {
                names.push(name.to_string());
                let size = name.as_bytes().len() as u64;
                reply::entry(Attr::file(0o444).ino(names.len() as u64 + 1).size(size).entry())
            }
            Body::Getattr { .. } | Body::Statx { .. } if request.node() == 1 => reply::attr(Attr::dir(0o555)),
            Body::Getattr { .. } | Body::Statx { .. } => {
                let size = name(request.node()).len() as u64;
                reply::attr(Attr::file(0o444).ino(request.node()).size(size))
            }
            Body::Open { .. } => reply::open(0, 0),
            Body::Read { .. } => reply::data(name(request.node())),
            Body::Release { .. } | Body::Flush { .. } => reply::ok(),
            Body::Forget { .. } | Body::BatchForget { .. } | Body::Interrupt { .. } => Reply::Nothing,
            _ => reply::errno(libc::ENOSYS),
        }
    }
}

#[gkfs_harness::test(tags("fuse"))]
fn a_file_system(fuse: &Fuse) {
    let names = Arc::new(Mutex::new(Vec::new()));
    let fake = fuse.start(
        fuse.builder()
            .fallback(Fallback::With(Box::new(Names(names.clone())))),
    );
    assert_eq!(fs::read(fake.path().join("hello")).unwrap(), b"hello");
    assert_eq!(names.lock().unwrap()[..], ["hello"]);
    fake.verify().unwrap();
}
