//! Servers of others behind ours: one that mounts by itself, and one that takes a descriptor for its device.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, UNIX_EPOCH};

use fuser::{
    Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo, LockOwner, OpenFlags, ReplyAttr,
    ReplyData, ReplyEntry,
};
use gkfs_fuse::abi::{InitIn, InitOut, Opcode, flags};
use gkfs_fuse::behind::{BehindError, Mounting, Server};
use gkfs_fuse::matchers::fails_with_errno;
use gkfs_fuse::{Backend, FakeFuse, Fault, Model, Protocol, Reply, Request, StartError};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use crate::support::until;

/// Tells the test binary where to mount, or which descriptor is its device.
const PLACE: &str = "GKFS_FUSE_TEST_SERVER";
const PATIENCE: Duration = Duration::from_secs(120);
const CONTENTS: &[u8] = b"of another server";

/// A server that knows nothing of us.
struct Theirs;

fn attr(number: INodeNo, kind: FileType, size: u64) -> FileAttr {
    FileAttr {
        ino: number,
        size,
        blocks: 1,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm: 0o755,
        nlink: 1,
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        rdev: 0,
        flags: 0,
        blksize: 4096,
    }
}

fn file() -> FileAttr {
    attr(INodeNo(2), FileType::RegularFile, CONTENTS.len() as u64)
}

impl Filesystem for Theirs {
    fn lookup(&self, _: &fuser::Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match name.to_str() {
            Some("file") => reply.entry(&Duration::ZERO, &file(), Generation(0)),
            _ => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &fuser::Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let attr = match number {
            INodeNo::ROOT => attr(INodeNo::ROOT, FileType::Directory, 0),
            _ => file(),
        };
        reply.attr(&Duration::ZERO, &attr);
    }

    fn read(
        &self,
        _: &fuser::Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        _: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        reply.data(CONTENTS.get(offset as usize..).unwrap_or_default());
    }
}

#[test]
#[ignore = "a server of the other tests"]
fn serves_at_a_place() {
    if let Some(place) = std::env::var_os(PLACE) {
        // How it ends is its own affair.
        let _: std::io::Result<()> = fuser::mount(Theirs, place, &fuser::Config::default());
    }
}

#[test]
#[ignore = "a server of the other tests"]
fn serves_a_descriptor() {
    let number = std::env::var(PLACE).ok().and_then(|text| text.parse().ok());
    if let Some(number) = number {
        // What this process was started with, and nobody else in it uses.
        serve(&descriptor(number));
    }
}

/// A descriptor that this process was started with, by its number alone.
fn descriptor(number: i32) -> OwnedFd {
    let own = pidfd_open(getpid(), PidfdFlags::empty()).expect("ourselves");
    pidfd_getfd(own, number, PidfdGetfdFlags::empty()).expect("an open descriptor")
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
                let spliced = u64::from(asked.flags) & (flags::init::SPLICE_READ | flags::init::SPLICE_WRITE);
                assert_eq!(spliced, 0, "what only the device can do is not offered");
                protocol = Protocol::minor(asked.minor.min(31));
                Reply::Init(InitOut {
                    major: 7,
                    minor: protocol.minor,
                    max_write: 4 << 20,
                    max_background: 16,
                    congestion_threshold: 8,
                    ..InitOut::default()
                })
            }
            None => model.answer(&request, &protocol),
        };
        if let Some(bytes) = reply.encode(&request, &protocol) {
            let written = rustix::io::write(device, &bytes).expect("an answer");
            assert_eq!(written, bytes.len());
        }
    }
}

fn ourselves(role: &str, place: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("our own path"));
    command
        .args(["--exact", &format!("behind::{role}"), "--ignored", "--nocapture"])
        .env(PLACE, place)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// What is behind, and what is before it.
struct Both {
    server: Server,
    fake: FakeFuse,
    _dir: tempfile::TempDir,
}

impl Both {
    fn path(&self) -> PathBuf {
        self.fake.path().join("file")
    }
}

fn met(mounting: Mounting) -> Option<FakeFuse> {
    let builder = FakeFuse::builder().deadline(PATIENCE);
    match mounting.mount(builder) {
        Ok(fake) => {
            fake.forgive();
            fake.wait_handshake(PATIENCE).expect("a handshake");
            Some(fake)
        }
        Err(error) if error.is_missing() => {
            println!("SKIP: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn mounts_itself() -> Option<Both> {
    let dir = tempfile::tempdir().expect("a directory");
    let started = Server::start(ourselves("serves_at_a_place", dir.path()));
    let mut server = match started {
        Ok(server) => server,
        Err(BehindError::Start { source, .. })
            if source.kind() == std::io::ErrorKind::Unsupported
                || source.raw_os_error() == Some(libc::EINVAL)
                || source.raw_os_error() == Some(libc::ENOSYS) =>
        {
            println!("SKIP: system calls cannot be answered here: {source}");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let mounting = server.wait_mount(PATIENCE).expect("a wish to mount");
    let fake = met(mounting)?;
    Some(Both {
        server,
        fake,
        _dir: dir,
    })
}

fn takes_a_descriptor() -> Option<Both> {
    let dir = tempfile::tempdir().expect("a directory");
    let (server, mounting) =
        Server::start_with_device(|number| ourselves("serves_a_descriptor", number.to_string()))
            .expect("a server");
    Some(Both {
        server,
        fake: met(mounting)?,
        _dir: dir,
    })
}

fn both() -> impl Iterator<Item = Both> {
    [mounts_itself as fn() -> Option<Both>, takes_a_descriptor]
        .into_iter()
        .filter_map(|start| start())
}

#[test]
fn what_they_say_is_what_the_caller_sees_and_all_of_it_is_on_record() {
    for both in both() {
        assert_eq!(std::fs::read(both.path()).unwrap(), CONTENTS);
        fails_with_errno(std::fs::metadata(both.fake.path().join("x")), libc::ENOENT);
        let transcript = both.fake.transcript();
        let has = |dir: &str, words: &str| {
            let mut lines = transcript.lines.iter();
            lines.any(|line| line.dir == dir && line.text.contains(words))
        };
        assert!(has("request", "→ INIT") && has("reply", "← INIT"), "{transcript}");
        assert!(has("request", "name=x") && has("reply", "ENOENT"), "{transcript}");
        assert!(has("reply", "of another server"), "{transcript}");
        both.server.stop(Duration::from_secs(20));
        both.fake.stop();
    }
}

#[test]
fn faults_and_delays_come_between() {
    for both in both() {
        // A name that the kernel does not know yet is asked for once; one that it knows twice, if the first answer is bad.
        let faults = both
            .fake
            .fault(Fault::on(Opcode::Lookup).name("file").errno(libc::EIO).times(2));
        let outcomes: Vec<bool> = (0..4)
            .map(|_| std::fs::symlink_metadata(both.path()).is_ok())
            .collect();
        let transcript = both.fake.transcript();
        assert_eq!(outcomes, [false, false, true, true], "{transcript}");
        assert_eq!(faults.count(), 2);
        let delay = Duration::from_millis(60);
        both.fake
            .fault(Fault::on(Opcode::Lookup).name("slow").slow(delay));
        let before = Instant::now();
        fails_with_errno(std::fs::metadata(both.fake.path().join("slow")), libc::ENOENT);
        assert!(before.elapsed() >= delay);
        both.fake.stop();
    }
}

#[test]
fn large_messages_fit_whatever_the_server_agrees_on() {
    let Some(both) = takes_a_descriptor() else { return };
    let contents: Vec<u8> = (0..3_000_000_u32).map(|number| number as u8).collect();
    let path = both.fake.path().join("large");
    std::fs::write(&path, &contents).unwrap();
    assert!(std::fs::read(&path).unwrap() == contents);
    both.fake.stop();
}

#[test]
fn the_death_of_a_server_leaves_nobody_waiting() {
    for both in both() {
        let path = both.path();
        drop(both.server);
        until("the connection has ended", || {
            let error = std::fs::metadata(&path).err();
            error.is_some_and(|error| error.raw_os_error() == Some(libc::ENOTCONN))
        });
        both.fake.stop();
    }
}

#[test]
fn a_server_that_does_not_mount_is_an_error_that_says_so() {
    let ended = |command: Command| {
        let mut server = Server::start(command)?;
        server.wait_mount(PATIENCE).map(drop)
    };
    let mut shell = Command::new("sh");
    shell.args(["-c", "exit 3"]);
    match ended(shell) {
        Err(BehindError::Ended(status)) => assert_eq!(status.code(), Some(3)),
        Err(BehindError::Start { source, .. }) => println!("SKIP: {source}"),
        other => panic!("{other:?}"),
    }
    let error = ended(Command::new("/no/such/server")).unwrap_err();
    assert!(error.to_string().contains("/no/such/server"), "{error}");
    let mut idle = Command::new("sleep");
    idle.arg("600");
    if let Ok(mut server) = Server::start(idle) {
        let limit = Duration::from_millis(50);
        assert!(matches!(server.wait_mount(limit), Err(BehindError::Silent(_))));
    }
}

#[test]
fn a_server_that_says_nothing_is_told_of() {
    let device = Server::start_with_device(|_| {
        let mut command = Command::new("sleep");
        command.arg("600");
        command
    });
    let (_server, mounting) = device.expect("a process");
    let fake = match mounting.mount(FakeFuse::builder()) {
        Ok(fake) => fake,
        Err(error) if error.is_missing() => return println!("SKIP: {error}"),
        Err(error) => panic!("{error}"),
    };
    fake.forgive();
    let silent = fake.wait_handshake(Duration::from_millis(50)).unwrap_err();
    assert!(matches!(silent, StartError::Handshake(_)) && silent.to_string().contains("said nothing"));
    fake.stop();
}

#[test]
#[ignore = "a victim of the other tests"]
fn has_one_behind() {
    if std::env::var_os(PLACE).is_none() {
        return;
    }
    for both in both() {
        println!("behind {}", both.server.pid());
        std::io::stdout().flush().expect("an output");
        std::thread::sleep(Duration::from_secs(36_000));
    }
    println!("behind nothing");
}

/// Killed in whatever way, we take what is behind us along: its device ends.
#[test]
fn a_server_ends_with_us() {
    let mut victim = ourselves("has_one_behind", "");
    let mut victim = victim.stdout(Stdio::piped()).spawn().expect("a victim");
    let out = victim.stdout.take().expect("its output");
    let said = BufReader::new(out).lines().map_while(Result::ok);
    let mut numbers = said.filter_map(|line| line.split_once("behind ").map(|(_, number)| number.to_owned()));
    let number = numbers.next().expect("a server, or none");
    victim.kill().expect("a process to kill");
    victim.wait().expect("a child of ours");
    if number == "nothing" {
        return println!("SKIP: there can be no server behind another one here");
    }
    until("the server has ended", || {
        let state = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        // Who reaps it is none of our business.
        state.is_empty() || state.contains(") Z ")
    });
}
