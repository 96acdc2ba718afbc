//! The channel's input: lines, until they end or the parent does.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::process::{PidfdFlags, getppid, pidfd_open};

use crate::process::wait_for;

/// What is read at once.
const BLOCK: usize = 64 << 10;
/// The wait itself has no end; this is only how long one call of it may take.
const LONG: Duration = Duration::from_secs(3600);

/// What came.
#[derive(Debug)]
pub(super) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// Nothing more will come.
    Ended,
}

/// The process that started this one, to be told of its end; nothing if it lies outside of our pid namespace.
pub(super) fn parent() -> io::Result<Option<OwnedFd>> {
    let Some(parent) = getppid() else {
        return Ok(None);
    };
    match pidfd_open(parent, PidfdFlags::empty()) {
        Ok(parent) => Ok(Some(parent)),
        // It has died already: then the input has ended, too, or nobody is left to write to it.
        Err(Errno::SRCH) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lines of a descriptor.
#[derive(Debug)]
pub(super) struct Input {
    requests: OwnedFd,
    parent: Option<OwnedFd>,
    unread: Vec<u8>,
}

impl Input {
    pub(super) fn new(requests: OwnedFd, parent: Option<OwnedFd>) -> Self {
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
        wanted.extend(self.parent.iter().map(|parent| (parent, PollFlags::IN)));
        loop {
            match wait_for(&wanted, Instant::now() + LONG)? {
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
        let watched = pidfd_open(rustix::process::Pid::from_child(&parent), PidfdFlags::empty()).unwrap();
        parent.kill().unwrap();
        let mut input = Input::new(reader.into(), Some(watched));
        assert!(matches!(input.next().unwrap(), Line::Whole(_)));
        assert!(matches!(input.next().unwrap(), Line::Ended));
        parent.wait().unwrap();
        drop(writer);
    }
}
