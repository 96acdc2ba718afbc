//! The channel's input: lines, until they end or the parent does.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, getppid, pidfd_open};

use crate::process::wait_for;

/// What is read at once.
const BLOCK: usize = 64 << 10;
/// The wait itself has no end; so often the parent is looked at meanwhile.
const BETWEEN: Duration = Duration::from_millis(250);

/// What came.
#[derive(Debug)]
pub(super) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// Nothing more will come.
    Ended,
}

/// A process whose end is waited for.
#[derive(Debug)]
pub(super) struct Parent {
    pid: Pid,
    ended: OwnedFd,
}

impl Parent {
    /// Whether it was killed, and does not end because a thread of it waits for the answer of a fake FUSE server of ours.
    fn is_killed(&self) -> bool {
        const KILL: u64 = 1 << (libc::SIGKILL - 1);
        let path = format!("/proc/{}/status", self.pid.as_raw_nonzero());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        status.lines().any(|line| match line.split_once(":\t") {
            Some(("State", state)) => state.starts_with(['Z', 'X']),
            Some(("SigPnd" | "ShdPnd", set)) => u64::from_str_radix(set, 16).is_ok_and(|set| set & KILL != 0),
            _ => false,
        })
    }
}

/// The process that started this one, to be told of its end; nothing if it lies outside of our pid namespace.
pub(super) fn parent() -> io::Result<Option<Parent>> {
    getppid().map_or(Ok(None), watched)
}

fn watched(pid: Pid) -> io::Result<Option<Parent>> {
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(ended) => Ok(Some(Parent { pid, ended })),
        // It has died already: then the input has ended, too, or nobody is left to write to it.
        Err(Errno::SRCH) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lines of a descriptor.
#[derive(Debug)]
pub(super) struct Input {
    requests: OwnedFd,
    parent: Option<Parent>,
    unread: Vec<u8>,
}

impl Input {
    pub(super) fn new(requests: OwnedFd, parent: Option<Parent>) -> Self {
        Self {
            requests,
            parent,
            unread: Vec::new(),
        }
    }

    /// Waits for the next line. A last one without an end is none: it was cut.
    pub(super) fn next(&mut self) -> io::Result<Line> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.unread[searched..]) {
                let rest = self.unread.split_off(searched + at + 1);
                let mut line = std::mem::replace(&mut self.unread, rest);
                line.pop();
                return Ok(Line::Whole(line));
            }
            searched = self.unread.len();
            if !self.can_read()? {
                return Ok(Line::Ended);
            }
            self.unread.reserve(BLOCK);
            match rustix::io::read(&self.requests, spare_capacity(&mut self.unread)) {
                Ok(0) => return Ok(Line::Ended),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sleeps until there is something to read; `false` if only the parent's end came.
    fn can_read(&self) -> io::Result<bool> {
        let mut wanted = vec![(&self.requests, PollFlags::IN)];
        wanted.extend(self.parent.iter().map(|parent| (&parent.ended, PollFlags::IN)));
        loop {
            match wait_for(&wanted, Instant::now() + BETWEEN)? {
                0 if self.parent.as_ref().is_some_and(Parent::is_killed) => return Ok(false),
                0 => {}
                ready => return Ok(ready & 1 != 0),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn lines_come_whole_and_a_cut_one_not_at_all() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"one\n\ntwo\nthr").unwrap();
        drop(writer);
        let mut input = Input::new(reader.into(), None);
        let mut lines = Vec::new();
        while let Line::Whole(line) = input.next().unwrap() {
            lines.push(String::from_utf8(line).unwrap());
        }
        assert_eq!(lines, ["one", "", "two"]);
    }

    #[test]
    fn the_parents_end_is_the_inputs_end_though_the_pipe_stays_open() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"said before\n").unwrap();
        let mut parent = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let watched = watched(Pid::from_child(&parent)).unwrap();
        parent.kill().unwrap();
        let mut input = Input::new(reader.into(), watched);
        assert!(matches!(input.next().unwrap(), Line::Whole(_)));
        assert!(matches!(input.next().unwrap(), Line::Ended));
        parent.wait().unwrap();
        drop(writer);
    }

    /// Killed while it waits for a fake server that only we can end, it is no zombie before we have.
    #[test]
    fn a_parent_that_waits_for_us_can_be_killed() {
        let fake = match gkfs_fuse::FakeFuse::builder().start() {
            Ok(fake) => fake,
            Err(error) => return println!("SKIP: {error}"),
        };
        let held = fake.expect(gkfs_fuse::abi::Opcode::Lookup).hold();
        let mut parent = Command::new("cat").arg(fake.path().join("x")).spawn().unwrap();
        let held = held.wait().unwrap();
        let (reader, writer) = io::pipe().unwrap();
        let mut input = Input::new(reader.into(), watched(Pid::from_child(&parent)).unwrap());
        parent.kill().unwrap();
        assert!(matches!(input.next().unwrap(), Line::Ended));
        assert!(parent.try_wait().unwrap().is_none(), "it waits for the answer");
        held.reply(gkfs_fuse::reply::errno(libc::EINTR)).unwrap();
        parent.wait().unwrap();
        fake.verify().unwrap();
        drop(writer);
    }
}
