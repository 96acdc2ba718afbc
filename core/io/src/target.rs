//! What an operation works on: a path, or in a session a descriptor that an earlier one opened.

use std::path::{Path, PathBuf};

/// An open descriptor, as [`FdReply::fd`](crate::reply::FdReply::fd) gives it.
///
/// Numbers of a real GekkoFS client start at 10000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fd(pub i32);

impl From<i32> for Fd {
    fn from(number: i32) -> Self {
        Fd(number)
    }
}

/// A path, or a descriptor that is open in the session.
///
/// An operation opens a path for itself and closes it again; a descriptor it leaves open, with
/// whatever position the call gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Opened for this operation only.
    Path(PathBuf),
    /// Opened before, by the same session.
    Fd(Fd),
}

/// Whatever can name a [`Target`]: every kind of path, and [`Fd`].
pub trait IntoTarget {
    /// Converts.
    fn into_target(self) -> Target;
}

impl<P: AsRef<Path>> IntoTarget for P {
    fn into_target(self) -> Target {
        Target::Path(self.as_ref().to_path_buf())
    }
}

impl IntoTarget for Fd {
    fn into_target(self) -> Target {
        Target::Fd(self)
    }
}

impl IntoTarget for Target {
    fn into_target(self) -> Target {
        self
    }
}
