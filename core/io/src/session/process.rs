//! The process around a session: where its streams go, and what it puts back.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use libc::{F_DUPFD_CLOEXEC, F_GETFD, O_RDWR};

use crate::error::RequestError;
use crate::sys::{Errno, Result, fd, path};

/// Where the session's own descriptors go, the first that the limits allow: below the 768 that the
/// real client leaves to programs, above what a test opens.
const HIGH: [i32; 4] = [700, 200, 50, 10];

/// The session's streams, out of the operations' way.
pub(super) struct Streams {
    pub(super) requests: File,
    pub(super) answers: File,
    pub(super) standard: Standard,
    pub(super) hidden: Vec<i32>,
}

impl Streams {
    /// Moves stdin and stdout away and leaves `/dev/null` and stderr in their places.
    pub(super) fn take() -> io::Result<Self> {
        Self::move_away().map_err(|Errno(number)| io::Error::from_raw_os_error(number))
    }

    fn move_away() -> Result<Self> {
        let requests = fd::into_file(move_high(0)?);
        let answers = fd::into_file(move_high(1)?);
        let standard = Standard::new()?;
        standard.put_back()?;
        let mut hidden = vec![requests.as_raw_fd(), answers.as_raw_fd()];
        hidden.extend(standard.0.iter().map(AsRawFd::as_raw_fd));
        Ok(Self {
            requests,
            answers,
            standard,
            hidden,
        })
    }
}

fn move_high(number: i32) -> Result<i32> {
    let mut result = Err(Errno(libc::EBADF));
    for floor in HIGH {
        result = fd::fcntl(number, F_DUPFD_CLOEXEC, floor).map(|fd| fd as i32);
        if result.is_ok() {
            break;
        }
    }
    result
}

/// What operations find as descriptors 0, 1 and 2.
pub(super) struct Standard([File; 3]);

impl Standard {
    fn new() -> Result<Self> {
        let null = fd::open(Path::new("/dev/null"), O_RDWR, 0)?;
        let input = move_high(null)?;
        fd::close(null)?;
        // A session without stderr has /dev/null for it, so that no file becomes descriptor 2.
        let errors = if fd::fcntl(2, F_GETFD, 0).is_ok() {
            2
        } else {
            input
        };
        Ok(Self(
            [input, move_high(errors)?, move_high(errors)?].map(fd::into_file),
        ))
    }

    pub(super) fn put_back(&self) -> Result<()> {
        for (number, file) in (0..).zip(&self.0) {
            fd::dup2(file.as_raw_fd(), number)?;
        }
        Ok(())
    }
}

/// The working directory and the umask that the session began with.
pub(super) struct Start {
    directory: Result<PathBuf>,
    umask: u32,
}

impl Start {
    pub(super) fn now() -> Self {
        let umask = path::umask(0);
        path::umask(umask);
        Self {
            directory: path::getcwd(libc::PATH_MAX as u64),
            umask,
        }
    }

    pub(super) fn reset_umask(&self) {
        path::umask(self.umask);
    }

    pub(super) fn go_back(&self) -> std::result::Result<(), RequestError> {
        let directory = self.directory.as_ref();
        let restored = directory
            .map_err(|&errno| errno)
            .and_then(|directory| path::chdir(directory));
        restored.map(drop).map_err(|errno| RequestError::Restore {
            what: directory.map_or_else(
                |_| "the first directory".into(),
                |path| path.display().to_string(),
            ),
            reason: errno.text(),
        })
    }
}
