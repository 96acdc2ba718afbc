//! The process that operations run in: which descriptors it has opened and what must be put back.

use std::path::Path;

use crate::sys::{self, Errno, Result, dir::Stream};
use crate::{Fd, Target};

/// Virtual descriptors of a GekkoFS client start here, and each open takes the next one.
const FIRST_VIRTUAL: i32 = 10_000;

/// What operations share within one process.
///
/// A process of its own needs no more than [`Context::default`].
#[derive(Debug, Default)]
pub struct Context {
    /// Descriptors of the session itself, which operations must not see.
    hidden: Vec<i32>,
    /// Whether each operation imitates a process of its own.
    imitates: bool,
    /// What the running operation has left open.
    opened: Vec<i32>,
    /// The first virtual descriptor of all.
    first_virtual: Option<i32>,
    /// What the running operation has changed in the process.
    pub(crate) changed: Changed,
}

/// What a session that imitates processes has to put back after an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The working directory.
    pub(crate) directory: bool,
    /// The umask.
    pub(crate) umask: bool,
    /// One of the descriptors 0, 1 and 2.
    pub(crate) standard: bool,
}

impl Context {
    /// A context for operations that imitate a process of their own each.
    pub(crate) fn imitating() -> Self {
        Self {
            imitates: true,
            ..Self::default()
        }
    }

    /// Hides descriptors from operations: to them these numbers are not open (EBADF).
    pub(crate) fn hide(&mut self, fds: impl IntoIterator<Item = i32>) {
        self.hidden.extend(fds);
    }

    /// The number of a descriptor that an operation names.
    pub(crate) fn descriptor(&self, fd: Fd) -> Result<i32> {
        // No process begins with a virtual descriptor. The real client knows that only of numbers that it
        // has never given: asked to close one a second time, it aborts.
        let forgotten = self.imitates && fd.0 >= FIRST_VIRTUAL;
        if forgotten || self.hidden.contains(&fd.0) {
            return Err(Errno(libc::EBADF));
        }
        Ok(fd.0)
    }

    /// The same where the operation takes the number away from what had it.
    pub(crate) fn overwritten(&mut self, fd: Fd) -> Result<i32> {
        let number = self.descriptor(fd)?;
        self.changed.standard |= (0..3).contains(&number);
        Ok(number)
    }

    /// Runs `call` with a descriptor of the target: the one it names, or its path opened for this
    /// call only.
    pub(crate) fn with<T>(
        &mut self,
        target: &Target,
        flags: i32,
        call: impl FnOnce(i32) -> Result<T>,
    ) -> Result<T> {
        match target {
            Target::Fd(fd) => call(self.descriptor(*fd)?),
            Target::Path(path) => {
                let fd = self.open(path, flags, 0)?;
                let result = call(fd);
                // A failed close is not what was asked for; what matters of it comes with fsync.
                let _ = sys::fd::close(fd);
                result
            }
        }
    }

    /// Opens a path; the caller closes it or leaves it open with [`keep`](Self::keep).
    pub(crate) fn open(&mut self, path: &Path, flags: i32, mode: u32) -> Result<i32> {
        let fd = sys::fd::open(path, flags, mode)?;
        self.saw(fd);
        Ok(fd)
    }

    /// Opens a directory stream.
    pub(crate) fn open_dir(&mut self, path: &Path) -> Result<Stream> {
        let stream = Stream::open(path)?;
        self.saw(stream.descriptor());
        Ok(stream)
    }

    /// Leaves a descriptor open, for operations to come.
    pub(crate) fn keep(&mut self, fd: i32) -> i32 {
        self.saw(fd);
        self.opened.push(fd);
        fd
    }

    /// What the operation has left open; forgets it.
    pub(crate) fn take_opened(&mut self) -> Vec<i32> {
        std::mem::take(&mut self.opened)
    }

    /// The number that a process of its own would have got instead of `fd`.
    ///
    /// The kernel gives the lowest free number, and so does nothing need to be done. A GekkoFS client
    /// counts on: the first one stands for all.
    pub(crate) fn relative(&self, fd: i32) -> i32 {
        match self.first_virtual {
            Some(first) if fd >= FIRST_VIRTUAL => first,
            _ => fd,
        }
    }

    fn saw(&mut self, fd: i32) {
        if fd >= FIRST_VIRTUAL {
            self.first_virtual.get_or_insert(fd);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_descriptors_are_not_open() {
        let mut cx = Context::default();
        cx.hide([700, 701]);
        assert_eq!(cx.descriptor(Fd(700)), Err(Errno(libc::EBADF)));
        assert_eq!(cx.descriptor(Fd(3)), Ok(3));
    }

    #[test]
    fn an_imitated_process_has_no_virtual_descriptor() {
        assert_eq!(Context::default().descriptor(Fd(10_000)), Ok(10_000));
        assert_eq!(
            Context::imitating().descriptor(Fd(10_000)),
            Err(Errno(libc::EBADF))
        );
        assert_eq!(Context::imitating().descriptor(Fd(3)), Ok(3));
    }

    #[test]
    fn virtual_numbers_are_told_as_the_first() {
        let mut cx = Context::default();
        assert_eq!(cx.relative(10_004), 10_004, "nothing is known yet");
        cx.keep(10_002);
        assert_eq!(cx.relative(10_007), 10_002);
        assert_eq!(cx.relative(3), 3);
        assert_eq!(cx.take_opened(), [10_002]);
        assert!(cx.take_opened().is_empty());
    }

    #[test]
    fn only_standard_descriptors_need_restoring() {
        let mut cx = Context::default();
        cx.overwritten(Fd(3)).unwrap();
        assert_eq!(cx.changed, Changed::default());
        cx.overwritten(Fd(1)).unwrap();
        assert!(cx.changed.standard);
    }
}
