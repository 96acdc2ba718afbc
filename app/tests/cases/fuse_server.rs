//! `gkfs-bench fuse trace --server`: servers of others, from outside. One is this test program, by each way of mounting; one
//! is made with libfuse 3 where that is.

use std::fs;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Command, Output};

use gkfs_harness::fuse::abi::{InitIn, InitOut};
use gkfs_harness::fuse::{Backend, Model, Protocol, Reply, Request};
use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, mount};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketFlags, SocketType, recvmsg,
    socketpair,
};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use crate::bed::Bed;

/// Tells the test program how to serve, and where.
const HOW: &str = "GKFS_TEST_FUSE_SERVER";
const CONTENTS: &str = "of another server";

/// How a server comes to its device.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// It is told the number of an open one.
    Device,
    /// It opens it, and mounts.
    Mount,
    /// It lets `fusermount3` do both.
    Fusermount,
}

impl Way {
    const ALL: [Way; 3] = [Way::Device, Way::Mount, Way::Fusermount];

    fn place(self) -> &'static str {
        match self {
            Way::Device => "{fd}",
            Way::Mount | Way::Fusermount => "{mnt}",
        }
    }

    /// The command line of this program as a server.
    fn server(self) -> String {
        let own = std::env::current_exe().expect("our own path");
        let own = shell_words::quote(own.to_str().expect("utf-8")).into_owned();
        let place = self.place();
        let test = "cases::fuse_server::serves";
        format!("exec env {HOW}={self:?}:{place} {own} --exact {test} --ignored --nocapture > /dev/null")
    }
}

#[test]
#[ignore = "a server of the other tests"]
fn serves() {
    let Ok(told) = std::env::var(HOW) else { return };
    let (way, place) = told.split_once(':').expect("a way and a place");
    serve(&match way {
        "Device" => inherited(place.parse().expect("a number")),
        "Mount" => mounted(place),
        _ => handed_over(place),
    });
}

/// A server of a few lines: it reads from its device, answers as the model does, and writes.
fn serve(device: &OwnedFd) {
    let mut model = Model::new().file("file", CONTENTS);
    let mut protocol = Protocol::default();
    let mut buffer = vec![0; 1 << 21];
    while let Ok(length @ 1..) = rustix::io::read(device, &mut buffer) {
        let request = Request::decode(&buffer[..length], &protocol).expect("a request");
        let reply = match request.args::<InitIn>() {
            Some(asked) => {
                protocol = Protocol::minor(asked.minor.min(31));
                Reply::Init(InitOut {
                    major: 7,
                    minor: protocol.minor,
                    max_write: 1 << 20,
                    ..InitOut::default()
                })
            }
            None => model.answer(&request, &protocol),
        };
        if let Some(bytes) = reply.encode(&request, &protocol) {
            rustix::io::write(device, &bytes).expect("an answer");
        }
    }
}

/// A descriptor that this process was started with, by its number alone.
fn inherited(number: i32) -> OwnedFd {
    let own = pidfd_open(getpid(), PidfdFlags::empty()).expect("ourselves");
    pidfd_getfd(own, number, PidfdGetfdFlags::empty()).expect("an open descriptor")
}

fn mounted(place: &str) -> OwnedFd {
    let device = rustix::fs::open("/dev/fuse", OFlags::RDWR, Mode::empty()).expect("the device");
    let options = format!("fd={},rootmode=40000,user_id=0,group_id=0\0", device.as_raw_fd());
    let options = std::ffi::CStr::from_bytes_with_nul(options.as_bytes()).expect("no other NUL");
    mount("theirs", place, "fuse", MountFlags::empty(), options).expect("a mount");
    device
}

/// As libfuse does it that may not mount.
fn handed_over(place: &str) -> OwnedFd {
    let (ours, theirs) = socketpair(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::empty(),
        None,
    )
    .expect("a socket");
    let mut helper = Command::new("fusermount3");
    helper
        .args(["-o", "rw,fsname=theirs", "--", place])
        .env("_FUSE_COMMFD", theirs.as_raw_fd().to_string());
    let done = helper.status().expect("a stand-in on PATH");
    assert!(done.success(), "{done}");
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut room);
    recvmsg(
        &ours,
        &mut [IoSliceMut::new(&mut [0])],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )
    .expect("a message");
    let found = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    found.expect("the device")
}

/// Runs `fuse trace` with a server; none if this machine has no FUSE mounts, or cannot answer system calls, which is said.
fn trace(bed: &Bed, server: &str, words: &[&str]) -> Option<Output> {
    let mut command = bed.command(&[&["fuse", "trace", "--server", server], words].concat());
    let done = command.output().expect("the command starts");
    let said = text(&done.stderr);
    let refused = [
        "/dev/fuse (",
        "may not be opened",
        "user namespace",
        "this kernel is older",
        "cannot start the server",
    ];
    if refused.iter().any(|why| said.contains(why)) {
        println!("SKIP fuse: {said}");
        return None;
    }
    Some(done)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is said of each server, by whatever way it is there.
fn is_shown_and_saved(bed: &Bed, server: &str) {
    let words = ["-o", "log", "--save", "talk", "--", "sh", "-c"];
    let script = "cat {mnt}/file; cat {mnt}/none; exit 7";
    let Some(done) = trace(bed, server, &[&words[..], &[script]].concat()) else {
        return;
    };
    let log = fs::read_to_string(bed.cwd().join("log")).unwrap_or_default();
    let said = format!("{server}: {}\n{log}", text(&done.stderr));
    assert_eq!(
        (text(&done.stdout).as_str(), done.status.code()),
        (CONTENTS, Some(7)),
        "{said}"
    );
    let has = |log: &str, parts: &[&str]| {
        let mut lines = log.lines();
        lines.any(|line| parts.iter().all(|part| line.contains(part)))
    };
    let shown = bed
        .command(&["fuse", "show", "talk"])
        .output()
        .expect("it starts");
    for log in [&log, &text(&shown.stdout)] {
        for parts in [
            &["→ INIT"][..],
            &["← INIT", "7."],
            &["→ LOOKUP", "name=file"],
            &["← READ", CONTENTS],
            &["→ LOOKUP", "name=none"],
            &["← LOOKUP", "ENOENT"],
        ] {
            assert!(has(log, parts), "{parts:?} is not in: {said}\n{log}");
        }
    }
    assert!(
        text(&shown.stderr).is_empty(),
        "it is whole: {}",
        text(&shown.stderr)
    );
    is_spoilt(bed, server);
}

/// The same server with faults and delays between it and the kernel.
fn is_spoilt(bed: &Bed, server: &str) {
    let script = "cat {mnt}/file; ls {mnt}/slow";
    let faults = ["--fault", "READ:EIO", "--delay", "LOOKUP:60ms:name=slow"];
    let words = ["--format", "json", "-C", "--", "sh", "-c", script];
    let Some(done) = trace(bed, server, &[&faults[..], &words].concat()) else {
        return;
    };
    let said = format!("{server}: {}", text(&done.stderr));
    assert!(
        done.stdout.is_empty() && said.contains("Input/output error"),
        "{said}"
    );
    let lines: Vec<serde_json::Value> = text(&done.stderr)
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let table = lines.last().expect("a table")["summary"].as_array().expect(&said);
    let row = |name: &str| table.iter().find(|row| row["opcode"] == name).expect(&said);
    let read = row("READ");
    assert!(
        read["calls"].as_u64() >= Some(1) && read["calls"] == read["errors"],
        "{said}"
    );
    let slow = |line: &&serde_json::Value| {
        line["dir"] == "reply" && line["opcode"] == "LOOKUP" && line["dur_us"].as_u64() >= Some(60_000)
    };
    assert!(lines.iter().any(|line| slow(&line)), "{said}");
}

#[test]
fn a_server_is_shown_saved_and_spoilt_however_it_mounts() {
    for way in Way::ALL {
        let bed = Bed::new();
        is_shown_and_saved(&bed, &way.server());
    }
}

#[test]
fn a_servers_death_ends_the_command_and_leaves_nothing() {
    let mut bed = Bed::new();
    let tmp = bed.cwd().join("tmp");
    fs::create_dir(&tmp).unwrap();
    bed.set("TMPDIR", &tmp);
    for way in Way::ALL {
        let server = format!("echo $$ > pid; {}", way.server());
        let script =
            "kill -9 $(cat pid); while cat {mnt}/file 2>/dev/null; do :; done; cat {mnt}/file; exit 3";
        let Some(done) = trace(&bed, &server, &["-o", "log", "--", "sh", "-c", script]) else {
            return;
        };
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(3), "{way:?}: {said}");
        assert!(
            said.contains("not connected") || said.contains("abort"),
            "{way:?}: {said}"
        );
        let log = fs::read_to_string(bed.cwd().join("log")).unwrap();
        assert!(log.contains("closed its device"), "{way:?}: {log}");
        let left: Vec<_> = fs::read_dir(&tmp).unwrap().flatten().collect();
        assert!(left.is_empty(), "{way:?}: {left:?}");
    }
}

/// A file system of a few lines for libfuse 3, with its declarations, as its headers are seldom there.
const LIBFUSE: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char contents[] = "of another server";

static int look(const char *path, struct stat *st, void *fi) {
    memset(st, 0, sizeof *st);
    if (strcmp(path, "/") == 0) { st->st_mode = S_IFDIR | 0755; st->st_nlink = 2; return 0; }
    if (strcmp(path, "/file") != 0) return -ENOENT;
    st->st_mode = S_IFREG | 0444; st->st_nlink = 1; st->st_size = sizeof contents - 1;
    return 0;
}
static int opens(const char *path, void *fi) { return strcmp(path, "/file") ? -ENOENT : 0; }
static int reads(const char *path, char *buf, size_t size, off_t offset, void *fi) {
    size_t length = sizeof contents - 1;
    if ((size_t)offset >= length) return 0;
    if (size > length - offset) size = length - offset;
    memcpy(buf, contents + offset, size);
    return size;
}
/* struct fuse_operations begins so, in every libfuse 3. */
static struct { void *getattr, *others[11], *open, *read; } operations = { look, { 0 }, opens, reads };
int fuse_main_real(int argc, char *argv[], const void *operations, size_t size, void *data);
int main(int argc, char *argv[]) { return fuse_main_real(argc, argv, &operations, sizeof operations, 0); }
"#;

/// The program; none where there is no compiler or library, which is said.
fn libfuse(bed: &Bed) -> Option<PathBuf> {
    let source = bed.write("theirs.c", LIBFUSE);
    let program = bed.cwd().join("theirs");
    let mut compiler = Command::new("cc");
    compiler
        .args(["-w", "-D_FILE_OFFSET_BITS=64", "-o"])
        .args([&program, &source]);
    match compiler.arg("-l:libfuse3.so.3").output() {
        Ok(done) if done.status.success() => Some(program),
        Ok(done) => {
            println!("SKIP fuse: no libfuse 3 here: {}", text(&done.stderr));
            None
        }
        Err(error) => {
            println!("SKIP fuse: no compiler here: {error}");
            None
        }
    }
}

#[test]
fn a_server_of_libfuse_is_shown_saved_and_spoilt_however_it_mounts() {
    let bed = Bed::new();
    let Some(program) = libfuse(&bed) else { return };
    let program = shell_words::quote(program.to_str().expect("utf-8")).into_owned();
    for place in ["{mnt}", "/dev/fd/{fd}"] {
        is_shown_and_saved(&bed, &format!("exec {program} -f {place}"));
    }
}

/// Of tracers that were killed nothing is left behind once another one has begun; of those that live, all.
#[test]
fn what_a_killed_tracer_leaves_goes_with_the_next_one() {
    let mut bed = Bed::new();
    let tmp = bed.cwd().join("tmp");
    fs::create_dir(&tmp).unwrap();
    bed.set("TMPDIR", &tmp);
    let server = Way::Device.server();
    let own = shell_words::quote(env!("CARGO_BIN_EXE_gkfs-bench"));
    let quoted = shell_words::quote(&server);
    // All in one that lives. What a killed one has mounted, a process beside it takes away a moment later.
    let script = format!(
        "{own} fuse trace -o log --server {quoted} -- sh -c 'kill -9 $PPID' 2>/dev/null; ls $TMPDIR | wc -l; \
         until [ $(grep -c $TMPDIR /proc/mounts) -le 1 ]; do :; done; \
         {own} fuse trace -o log -- sh -c 'ls $TMPDIR | wc -l'; ls $TMPDIR | wc -l"
    );
    let Some(done) = trace(&bed, &server, &["-o", "outer", "--", "sh", "-c", &script]) else {
        return;
    };
    let counts = text(&done.stdout);
    // The one that was killed beside the one that lives; the next one in its place; and nobody but the one that lives.
    assert_eq!(
        counts.split_whitespace().collect::<Vec<_>>(),
        ["2", "2", "1"],
        "{}",
        text(&done.stderr)
    );
    assert_eq!(fs::read_dir(&tmp).unwrap().count(), 0);
}
