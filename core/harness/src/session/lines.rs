//! Lines to and from a process, each with a deadline.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::PollFlags;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;

use crate::process::wait_for;

/// So much room there is for what is read at once: most answers are shorter.
const BLOCK: usize = 4096;
/// One that is about to end gets this long to show its own status.
pub(super) const MOMENT: Duration = Duration::from_millis(100);

/// Why a line did not get through.
pub(super) enum Broken {
    TimedOut,
    Ended,
    Failed(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Errno> for Broken {
    fn from(error: Errno) -> Self {
        Self::Failed(error.into())
    }
}

/// A process's standard input and output.
#[derive(Debug)]
pub(super) struct Lines {
    stdin: OwnedFd,
    stdout: OwnedFd,
    /// What was read beyond the last answer.
    unread: Vec<u8>,
}

impl Lines {
    pub(super) fn new(stdin: OwnedFd, stdout: OwnedFd) -> io::Result<Self> {
        // A process that hangs does not read: the request must not hang with it.
        fcntl_setfl(&stdin, OFlags::NONBLOCK)?;
        Ok(Self {
            stdin,
            stdout,
            unread: Vec::new(),
        })
    }

    /// Writes a line and reads one; `ended` becomes readable with the process's end.
    pub(super) fn ask(&mut self, line: &[u8], ended: &OwnedFd, deadline: Instant) -> Result<Vec<u8>, Broken> {
        self.write(line, ended, deadline)?;
        self.read_line(ended, deadline)
    }

    fn write(&mut self, mut line: &[u8], ended: &OwnedFd, deadline: Instant) -> Result<(), Broken> {
        while !line.is_empty() {
            match rustix::io::write(&self.stdin, line) {
                Ok(count) => line = &line[count..],
                Err(Errno::INTR) => {}
                Err(Errno::PIPE) => return Err(Broken::Ended),
                Err(Errno::AGAIN) => {
                    let wanted = [(&self.stdin, PollFlags::OUT), (ended, PollFlags::IN)];
                    if wait_for(&wanted, deadline)? == 0 {
                        return Err(Broken::TimedOut);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    pub(super) fn read_line(&mut self, ended: &OwnedFd, deadline: Instant) -> Result<Vec<u8>, Broken> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.unread[searched..]) {
                let rest = self.unread.split_off(searched + at + 1);
                return Ok(std::mem::replace(&mut self.unread, rest));
            }
            searched = self.unread.len();
            self.sleep(ended, deadline)?;
            self.unread.reserve(BLOCK);
            match rustix::io::read(&self.stdout, spare_capacity(&mut self.unread)) {
                Ok(0) => return Err(Broken::Ended),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sleeps until there is something to read.
    fn sleep(&self, ended: &OwnedFd, deadline: Instant) -> Result<(), Broken> {
        // The process's end closes the pipe; but a child that it left may keep it open.
        let wanted = [(&self.stdout, PollFlags::IN), (ended, PollFlags::IN)];
        match wait_for(&wanted, deadline)? {
            0 => Err(Broken::TimedOut),
            bits if bits & 1 == 0 => Err(Broken::Ended),
            _ => Ok(()),
        }
    }

    /// What the ended process wrote and nobody read.
    pub(super) fn last_words(&mut self) -> Vec<u8> {
        let mut words = std::mem::take(&mut self.unread);
        let mut block = vec![0; BLOCK];
        while wait_for(&[(&self.stdout, PollFlags::IN)], Instant::now() + MOMENT)
            .is_ok_and(|ready| ready != 0)
        {
            match rustix::io::read(&self.stdout, &mut block) {
                Ok(count) if count > 0 => words.extend_from_slice(&block[..count]),
                _ => break,
            }
        }
        words
    }
}
