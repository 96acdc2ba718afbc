//! The session's protocol, and how it imitates processes.

use gkfs_io::op::*;
use gkfs_io::reply::StatusReply;
use gkfs_io::{Fd, Operation as _, RequestError};
use serde_json::json;

use crate::support::{Session, gkfs_io};

fn ok(retval: i64) -> StatusReply {
    StatusReply { errno: 0, retval }
}

#[test]
fn answers_carry_number_reply_and_duration() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    session.send(br#"{"n":18446744073709551615,"op":"mkdir","args":{"pathname":"d","mode":"0700"}}"#);
    let answer = session.receive();
    assert_eq!(answer.n, Some(u64::MAX));
    assert_eq!(answer.reply, Some(json!({ "errnum": 0, "retval": 0 })));
    assert!(answer.dur_us.is_some() && answer.error.is_none() && answer.raw.is_none());
    session.send(br#"  {"op":"rmdir","args":{"pathname":{"b64":"ZA=="}}}  "#);
    assert_eq!(session.receive().reply, Some(json!({ "errnum": 0, "retval": 0 })));
    assert_eq!(session.end(), Some(0));
}

#[test]
fn the_end_of_input_ends_the_session_even_within_a_line() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(Session::start(directory.path(), &[]).end(), Some(0));
    let output = gkfs_io(directory.path()).arg("session").output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
}

#[test]
fn what_is_no_request_is_answered_with_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    for (line, n, kind) in [
        ("{", None, "bad_request"),
        ("\u{fffd}", None, "bad_request"),
        ("[1,2]", None, "bad_request"),
        ("{\"n\":5}", Some(5), "bad_request"),
        ("{\"n\":5,\"op\":\"umask\",\"arg\":{}}", Some(5), "bad_request"),
        ("{\"n\":-5,\"op\":\"umask\",\"args\":{}}", None, "bad_request"),
        ("{\"n\":6,\"op\":\"mkdri\"}", Some(6), "unknown_operation"),
        ("{\"n\":7,\"op\":\"mkdir\"}", Some(7), "bad_argument"),
        (
            "{\"n\":7,\"op\":\"mkdir\",\"args\":{\"pathname\":7,\"mode\":7}}",
            Some(7),
            "bad_argument",
        ),
        (
            "{\"n\":8,\"op\":\"rmdir\",\"args\":{\"pathname\":\"x\",\"mode\":7}}",
            Some(8),
            "bad_argument",
        ),
        (
            "{\"n\":9,\"op\":\"umask\",\"args\":{\"mask\":-1}}",
            Some(9),
            "bad_argument",
        ),
    ] {
        session.send(line.as_bytes());
        let answer = session.receive();
        let refusal = answer.error.unwrap_or_else(|| panic!("{line}"));
        assert_eq!(
            (answer.n, refusal.kind.as_str()),
            (n, kind),
            "{line}: {}",
            refusal.message
        );
        assert_eq!((answer.reply, answer.dur_us), (None, None));
    }
    session.send(b"\xff\xfe");
    assert_eq!(session.receive().error.unwrap().kind, "bad_request");
    session.send(b"");
    assert_eq!(
        session.run(Umask::new(0o022)).errno,
        0,
        "an empty line is nothing"
    );
    assert_eq!(session.end(), Some(0));
}

#[test]
fn messages_name_the_thing_and_the_way_out() {
    let message = |op: &str, args| {
        let directory = tempfile::tempdir().unwrap();
        Session::start(directory.path(), &[])
            .ask(op, args)
            .error
            .unwrap()
            .message
    };
    assert_eq!(
        message("mkdri", json!({})),
        "unknown operation 'mkdri', did you mean 'mkdir'?"
    );
    assert_eq!(message("qwertyuiop", json!({})), "unknown operation 'qwertyuiop'");
    assert_eq!(
        message("mkdir", json!({ "pathname": "x" })),
        "argument 'mode' of mkdir is required, expected a number that fits u32"
    );
    assert_eq!(
        message("mkdir", json!({ "pathname": "x", "mode": "rwx" })),
        "argument 'mode' of mkdir is \"rwx\", expected a number that fits u32"
    );
    assert_eq!(
        message("rmdir", json!({ "path": "x" })),
        "rmdir has no argument 'path', it takes: pathname"
    );
}

#[test]
fn a_process_of_its_own_cannot_be_given_a_descriptor() {
    let error = Read::new(Fd(5), 1).to_words().unwrap_err();
    assert_eq!(
        error,
        RequestError::DescriptorOutsideSession {
            operation: "read",
            argument: "pathname"
        }
    );
    assert_eq!(Read::new("f", 1).to_words().unwrap(), ["f", "1"]);
}

#[test]
fn optional_arguments_keep_their_places_on_a_command_line() {
    assert_eq!(Open::new("f", 66, None).to_words().unwrap(), ["f", "66"]);
    assert_eq!(Open::new("f", 66, 0o644).to_words().unwrap(), ["f", "66", "420"]);
    let gap = Getdents::new("", None, 8);
    assert_eq!(gap.to_words().unwrap(), ["", "", "8"]);
    assert_eq!(Getdents::from_words(&gap.to_words().unwrap()).unwrap(), gap);
    let copy = CopyFileRange::new("a", "b", 3, None, 5, None);
    assert_eq!(copy.to_words().unwrap(), ["a", "b", "3", "", "5"]);
    assert_eq!(
        CopyFileRange::from_words(&copy.to_words().unwrap()).unwrap(),
        copy
    );
    assert_eq!(CopyFileRange::from_json(&copy.to_json()).unwrap(), copy);
}

/// Closing or overwriting what the session itself lives on is no more than EBADF.
#[test]
fn operations_cannot_reach_the_sessions_own_descriptors() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    for number in 3..1024 {
        session.run(Close::new(number));
    }
    for number in 690..720 {
        session.run(Dup2::new(0, number));
        session.run(Write::new(Fd(number), "garbage", 7, None));
    }
    assert_eq!(session.run(Umask::new(0o022)).errno, 0);
    assert_eq!(session.end(), Some(0));
}

#[test]
fn operations_find_usual_standard_descriptors() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &[]);
    assert_eq!(session.run(Read::new(Fd(0), 10)).retval, 0, "/dev/null");
    assert_eq!(session.run(Fcntl::new(1, libc::F_GETFD, None)), ok(0));
    for number in 0..3 {
        assert_eq!(session.run(Close::new(number)), ok(0));
    }
    assert_eq!(session.run(Open::new("/dev/null", 0, None)).retval, 0);
    assert_eq!(session.end(), Some(0));
}

/// Where files may not grow, the kernel would end the process with SIGXFSZ.
#[test]
fn a_limit_of_file_sizes_is_an_error_and_no_signal() {
    let directory = tempfile::tempdir().unwrap();
    let script = format!("ulimit -f 1 && exec {} session", env!("CARGO_BIN_EXE_gkfs-io"));
    let mut session = Session::spawn(
        std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(directory.path()),
    );
    let fd = session.run(Creat::new("f", 0o644)).fd();
    assert_eq!(session.run(Ftruncate::new(fd, 1 << 30)).errno, libc::EFBIG);
    assert_eq!(session.run(Ftruncate::new(fd, 512)), ok(0));
}

#[test]
fn an_imitated_process_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = Session::start(directory.path(), &["--imitate-process"]);
    let first = session.run(Getcwd::new(None)).path;
    let mask = session.run(Umask::new(0o077)).retval;
    assert_eq!(session.run(Umask::new(0o077)), ok(mask));
    assert_eq!(session.run(Mkdir::new("d", 0o777)), ok(0));
    for change in ["d", "/"] {
        assert_eq!(session.run(Chdir::new(change)), ok(0));
        assert_eq!(session.run(Getcwd::new(None)).path, first);
    }
    assert_eq!(
        session.run(GetcwdValidate::new("d")).path.to_string(),
        format!("{first}/d")
    );
    assert_eq!(session.run(Getcwd::new(None)).path, first);
    for _ in 0..3 {
        let opened = session.run(Open::new("f", libc::O_CREAT, 0o644));
        assert_eq!(opened.retval, 3);
        assert_eq!(
            session.run(Lseek::new(opened.fd(), 0, libc::SEEK_CUR)).errno,
            libc::EBADF
        );
    }
    assert_eq!(session.run(Dup2::new(0, 1)).retval, 1);
    assert_eq!(session.run(Close::new(0)), ok(0));
    assert_eq!(
        session.run(Read::new(Fd(0), 1)),
        session.run(Read::new("/dev/null", 1))
    );
    assert_eq!(session.end(), Some(0));
}

#[test]
fn a_directory_that_is_gone_is_told_beside_the_reply() {
    let directory = tempfile::tempdir().unwrap();
    let start = directory.path().join("start");
    std::fs::create_dir(&start).unwrap();
    let mut session = Session::start(&start, &["--imitate-process"]);
    assert_eq!(session.run(Umask::new(0)).errno, 0, "it has started");
    std::fs::remove_dir(&start).unwrap();
    let answer = session.ask("chdir", json!({ "pathname": "/" }));
    assert_eq!(answer.reply, Some(json!({ "errnum": 0, "retval": 0 })));
    let refusal = answer.error.unwrap();
    assert_eq!(refusal.kind, "restore");
    assert!(refusal.message.contains("/start"), "{}", refusal.message);
}
