//! How a request ends when it is not served.

use gkfs_proto::wire::Malformed;
use rustix::io::Errno;

use crate::store::StoreError;

/// Why a request was not served; every one of them is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fail {
    /// An error of the file system.
    Errno(Errno),
    /// A symbolic link leads out of the mount, to this absolute path.
    Redirect(Vec<u8>),
}

impl From<Errno> for Fail {
    fn from(errno: Errno) -> Self {
        Fail::Errno(errno)
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Fail::Errno(error.into())
    }
}

impl From<std::io::Error> for Fail {
    fn from(error: std::io::Error) -> Self {
        Fail::Errno(Errno::from_io_error(&error).unwrap_or(Errno::IO))
    }
}

impl From<Malformed> for Fail {
    fn from(_: Malformed) -> Self {
        Fail::Errno(Errno::PROTO)
    }
}
