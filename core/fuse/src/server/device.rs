//! Where answers go: the kernel's device, or memory where there is no kernel.

use std::collections::{HashMap, HashSet};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use zerocopy::FromBytes;

use crate::abi::OutHeader;

/// Takes answers and notifications.
pub(crate) trait Device: Send + Sync {
    /// Writes one, whole.
    fn write(&self, bytes: &[u8]) -> Result<(), Errno>;
    /// Whether a request waits to be read.
    fn has_request(&self) -> bool;
}

impl Device for OwnedFd {
    fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        loop {
            match rustix::io::write(self.as_fd(), bytes) {
                Err(Errno::INTR) => {}
                done => return done.map(drop),
            }
        }
    }

    fn has_request(&self) -> bool {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let mut wanted = [PollFd::new(self, PollFlags::IN)];
        poll(&mut wanted, Some(&now)).is_ok_and(|ready| ready > 0) && wanted[0].revents() == PollFlags::IN
    }
}

/// Stands for the kernel: checks an answer as it does, and keeps it for who asked.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    inner: Mutex<Outstanding>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Outstanding {
    waiting: HashSet<u64>,
    answers: HashMap<u64, Vec<u8>>,
    notifications: Vec<Vec<u8>>,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Outstanding> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that this request will be asked.
    pub(crate) fn ask(&self, unique: u64) {
        self.lock().waiting.insert(unique);
    }

    /// Waits for the answer to it.
    pub(crate) fn answer(&self, unique: u64, limit: Duration) -> Option<Vec<u8>> {
        let end = Instant::now() + limit;
        let mut inner = self.lock();
        loop {
            if let Some(bytes) = inner.answers.remove(&unique) {
                return Some(bytes);
            }
            let left = end.checked_duration_since(Instant::now())?;
            let waited = self.changed.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Everything that was told unasked.
    pub(crate) fn notifications(&self) -> Vec<Vec<u8>> {
        self.lock().notifications.clone()
    }
}

impl Device for Memory {
    fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        let (header, _) = OutHeader::read_from_prefix(bytes).map_err(|_| Errno::INVAL)?;
        if header.len as usize != bytes.len() {
            return Err(Errno::INVAL);
        }
        let mut inner = self.lock();
        if header.unique == 0 {
            inner.notifications.push(bytes.to_vec());
            return Ok(());
        }
        if header.error > 0 || header.error <= -512 {
            return Err(Errno::INVAL);
        }
        if !inner.waiting.remove(&header.unique) {
            return Err(Errno::NOENT);
        }
        inner.answers.insert(header.unique, bytes.to_vec());
        self.changed.notify_all();
        Ok(())
    }

    fn has_request(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::framed;

    #[test]
    fn memory_refuses_what_the_kernel_refuses() {
        let memory = Memory::default();
        memory.ask(4);
        let mut long = framed(0, 4, b"body");
        long.push(0);
        assert_eq!(memory.write(&long), Err(Errno::INVAL));
        assert_eq!(memory.write(&framed(5, 4, &[])), Err(Errno::INVAL));
        assert_eq!(memory.write(&framed(-512, 4, &[])), Err(Errno::INVAL));
        assert_eq!(memory.write(&framed(0, 6, &[])), Err(Errno::NOENT));
        assert_eq!(memory.write(&[0]), Err(Errno::INVAL));
        assert_eq!(memory.write(&framed(-2, 4, &[])), Ok(()));
        assert_eq!(memory.write(&framed(-2, 4, &[])), Err(Errno::NOENT));
        assert_eq!(memory.answer(4, Duration::ZERO), Some(framed(-2, 4, &[])));
    }
}
