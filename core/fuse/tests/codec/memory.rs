//! A server without a kernel.

use std::time::Duration;

use gkfs_fuse::abi::{GetattrIn, Opcode, WriteIn};
use gkfs_fuse::{
    Attr, Body, Corrupt, Data, FakeFuse, Fallback, Fault, Model, Name, Problem, Protocol, Reply, Request,
    reply,
};

fn lookup(unique: u64, name: &str) -> Request {
    let body = Body::Lookup {
        name: Name::new(name),
    };
    Request::new(unique, 1, body, &Protocol::default())
}

#[test]
fn the_model_answers_without_a_kernel() {
    let model = Model::new().file("file", "12345");
    let fake = FakeFuse::builder()
        .fallback(Fallback::Model(model))
        .start_without_kernel()
        .unwrap();
    let Ok(Reply::Entry(entry)) = fake.call(&lookup(2, "file")) else {
        panic!("an entry");
    };
    assert_eq!(entry.attr.size, 5);
    assert_eq!(fake.call(&lookup(4, "none")), Ok(Reply::Errno(libc::ENOENT)));
    assert_eq!(fake.references(), [(entry.nodeid, 1)].into());
    let request = Request::new(
        6,
        entry.nodeid,
        Body::Write {
            args: WriteIn {
                offset: 5,
                size: 2,
                ..WriteIn::default()
            },
            data: Data(b"67".to_vec()),
        },
        &Protocol::default(),
    );
    assert_eq!(fake.call(&request), Ok(Reply::Written(2)));
    assert_eq!(fake.transcript().lines.len(), 6);
    fake.verify().unwrap();
}

#[test]
fn script_and_faults_come_before_the_model() {
    let fake = FakeFuse::builder().start_without_kernel().unwrap();
    let fault = fake.fault(Fault::on(Opcode::Lookup).errno(libc::ENOSPC).every(2));
    fake.expect(Opcode::Lookup)
        .name("x")
        .reply(reply::entry(Attr::file(0o600).entry()));
    assert!(matches!(fake.call(&lookup(2, "x")), Ok(Reply::Entry(_))));
    assert_eq!(fake.call(&lookup(4, "x")), Ok(Reply::Errno(libc::ENOSPC)));
    assert_eq!(fault.count(), 1);
    fake.verify().unwrap();
}

#[test]
fn a_deadline_answers() {
    let fake = FakeFuse::builder()
        .deadline(Duration::from_millis(20))
        .start_without_kernel()
        .unwrap();
    fake.expect(Opcode::Getattr).reply(Reply::Nothing);
    let body = Body::Getattr {
        args: GetattrIn::default(),
    };
    let request = Request::new(2, 1, body, &Protocol::default());
    assert_eq!(fake.call(&request), Ok(Reply::Errno(libc::EIO)));
    assert!(matches!(fake.take_problems()[..], [Problem::Deadline(_)]));
}

#[test]
fn what_is_refused_is_mended() {
    let fake = FakeFuse::builder().start_without_kernel().unwrap();
    fake.expect(Opcode::Lookup)
        .times(2)
        .corrupt_reply(reply::ok(), Corrupt::LengthLies(4));
    assert_eq!(fake.call(&lookup(2, "x")), Ok(Reply::Errno(libc::EIO)));
    let problems = fake.take_problems();
    assert!(
        matches!(
            problems[..],
            [Problem::Rejected {
                errno: libc::EINVAL,
                ..
            }]
        ),
        "{problems:?}"
    );
    assert!(fake.verify().is_err(), "it was expected twice");
}
