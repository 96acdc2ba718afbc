//! Replies of a real GekkoFS 0.9.3 client, as it printed them (`golden/upstream.txt`).

use std::ffi::OsString;

use gkfs_io::op;
use gkfs_io::reply::{
    FdReply, OpendirReply, ReadReply, ReaddirReply, Reply, StatReply, StatusReply, StatxReply,
};
use gkfs_io::{Operation, find};
use serde_json::Value;

use crate::support::program;

const SAMPLES: &str = include_str!("../golden/upstream.txt");

struct Sample {
    words: Vec<String>,
    output: String,
    status: i32,
}

fn samples() -> impl Iterator<Item = Sample> {
    SAMPLES.split("\n\n").map(|block| {
        let (command, rest) = block.trim_end().split_once('\n').unwrap();
        let (output, status) = rest.rsplit_once("# rc=").unwrap();
        let words = command.split_whitespace().skip(2).map(str::to_owned).collect();
        Sample {
            words,
            output: output.to_owned(),
            status: status.parse().unwrap(),
        }
    })
}

fn replies(name: &str) -> Vec<Value> {
    let of_name = samples().filter(|sample| sample.words[0] == name);
    of_name
        .filter_map(|sample| serde_json::from_str(&sample.output).ok())
        .collect()
}

fn read<R: Reply>(name: &str, number: usize) -> R {
    serde_json::from_value(replies(name).swap_remove(number)).unwrap()
}

/// Reads a reply as the operation's own type; a stale number must be gone, all else must stay.
fn check<O: Operation>(sample: &Sample) {
    let words: Vec<OsString> = sample.words[1..].iter().map(OsString::from).collect();
    let operation = O::from_words(&words).unwrap();
    assert_eq!(O::from_words(&operation.to_words().unwrap()).unwrap(), operation);
    assert_eq!(O::from_json(&operation.to_json()).unwrap(), operation);

    let mut printed: Value = serde_json::from_str(&sample.output).unwrap();
    let reply: O::Reply = serde_json::from_value(printed.clone()).unwrap();
    if !reply.failed() {
        assert_eq!(reply.errno(), 0, "{}", sample.output);
        printed["errnum"] = 0.into();
    }
    let pretty = serde_json::to_string_pretty(&reply).unwrap();
    assert_eq!(
        pretty,
        serde_json::to_string_pretty(&printed).unwrap(),
        "{:?}",
        sample.words
    );
}

macro_rules! check_by_name {
    ($(
        $name:ident : $Args:ident -> $Reply:ident, $origin:ident, $about:literal
            { $($arg:ident : $kind:ident = $help:literal,)* }
            { $($opt:ident : $opt_kind:ident = $opt_help:literal,)* }
    )*) => {
        fn check_sample(sample: &Sample) {
            match sample.words[0].as_str() {
                $(stringify!($name) => check::<op::$Args>(sample),)*
                other => panic!("no operation {other}"),
            }
        }
    };
}

gkfs_io::for_each_operation!(check_by_name);

#[test]
fn real_replies_are_read_and_written_in_the_same_layout() {
    let mut checked = std::collections::BTreeSet::new();
    for sample in samples().filter(|sample| sample.output.starts_with('{')) {
        check_sample(&sample);
        checked.insert(sample.words[0].clone());
    }
    let upstream = gkfs_io::operations()
        .iter()
        .filter(|operation| operation.upstream);
    assert_eq!(upstream.clone().count(), 30);
    for operation in upstream {
        assert!(
            checked.contains(operation.name),
            "no sample of {}",
            operation.name
        );
    }
}

#[test]
fn a_stale_error_number_of_a_success_is_cleared() {
    assert_eq!(replies("write")[0]["errnum"], 11);
    assert_eq!(
        read::<StatusReply>("write", 0),
        StatusReply { errno: 0, retval: 5 }
    );
    assert_eq!(
        read::<FdReply>("open", 0),
        FdReply {
            errno: 0,
            retval: 10000
        }
    );
    assert_eq!(
        read::<OpendirReply>("opendir", 0),
        OpendirReply {
            dirp: Some(93899755936112),
            errno: 0
        }
    );
}

#[test]
fn the_error_number_of_a_failure_stays() {
    let missing: ReaddirReply = read("readdir", 1);
    assert_eq!((missing.errno, missing.dirents.len()), (2, 0));
    let refused: StatusReply = read("symlink", 0);
    assert_eq!((refused.retval, refused.errno), (-1, libc::ENOTSUP));
    let closed: OpendirReply = serde_json::from_str(r#"{"dirp":null,"errnum":2}"#).unwrap();
    assert_eq!((closed.dirp, closed.errno), (None, 2));
}

#[test]
fn an_empty_directory_of_the_real_client_is_no_failure() {
    let empty: ReaddirReply = serde_json::from_str(r#"{"dirents":[],"errnum":11}"#).unwrap();
    assert!(!empty.failed());
    assert_eq!(empty.errno, 0);
}

#[test]
fn great_numbers_and_random_buffers_are_read() {
    let listed: ReaddirReply = read("readdir", 0);
    assert_eq!(listed.dirents[0].d_ino, 17346040554495440382);
    assert_eq!(listed.dirents[1].d_name, "f");
    let failed: StatReply = read("stat", 1);
    assert_eq!(failed.statbuf.st_atim.tv_sec, -7032335728553815552);
    let status: StatxReply = read("statx", 0);
    assert_eq!((status.statbuf.stx_mode, status.statbuf.stx_size), (33188, 7));
    assert_eq!(read::<ReadReply>("read", 0).data(), b"habloXY");
}

/// The same commands in the same order, on a plain directory.
#[test]
fn our_program_answers_as_the_real_one() {
    let directory = tempfile::tempdir().unwrap();
    let mnt = directory.path().to_str().unwrap();
    let mut second_time = false;
    for sample in samples() {
        if sample.words[0] == "writev" && std::mem::replace(&mut second_time, true) {
            // Between the two recordings the missing files were made.
            for name in ["g", "v", "wr"] {
                std::fs::write(directory.path().join(name), "").unwrap();
            }
        }
        let line = sample.words.join(" ").replace("$MNT", mnt);
        let output = program(directory.path(), &line);
        assert_eq!(output.status.code(), Some(sample.status), "{line}");
        if !sample.output.starts_with('{') {
            continue;
        }
        let ours: Value = serde_json::from_slice(&output.stdout).unwrap();
        compare(&line, &ours, &serde_json::from_str(&sample.output).unwrap());
        assert_eq!(format!("{ours:#}\n").as_bytes(), output.stdout, "layout");
    }
}

/// The same return values, and the same error numbers of failures.
fn compare(line: &str, ours: &Value, theirs: &Value) {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(ours), keys(theirs), "{line}");
    match find(line.split(' ').next().unwrap()).unwrap().name {
        // Numbers from 10000 up; neither "." nor ".."; no symbolic links.
        "open" | "directory_validate" | "symlink" => return,
        _ => assert_eq!(ours.get("retval"), theirs.get("retval"), "{line}"),
    }
    let failed = theirs.get("retval").is_some_and(|retval| *retval == -1);
    assert_eq!(
        ours["errnum"],
        if failed {
            theirs["errnum"].clone()
        } else {
            ours["errnum"].clone()
        },
        "{line}"
    );
    for buffer in ["buf", "buf_0", "buf_1"] {
        assert_eq!(ours.get(buffer), theirs.get(buffer), "{line}");
    }
}
