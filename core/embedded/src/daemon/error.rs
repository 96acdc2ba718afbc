//! Why a daemon did not start.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::store::StoreError;

/// Why a daemon did not start.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A file or directory could not be used.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The metadata store could not be opened.
    #[error("cannot open the metadata store in {}: {source}", path.display())]
    Store {
        /// Its directory.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// Another daemon uses the root directory.
    #[error("{} is in use by another daemon; give each daemon its own --rootdir or --rootdir-suffix", .0.display())]
    InUse(PathBuf),
    /// The address cannot be listened at; the real daemon's words.
    #[error("Failed to initialize the Margo RPC server")]
    Listen,
    /// The data belongs to a daemon with another number.
    #[error(
        "{} holds the data of daemon {was} of its file system, but this is daemon {is} of the hosts file; \
         start the daemons in their order, or use --clean-rootdir", root.display()
    )]
    Moved {
        /// The root directory.
        root: PathBuf,
        /// The number it had.
        was: usize,
        /// The number it would have.
        is: usize,
    },
    /// A fault that does not exist was asked for.
    #[cfg(feature = "faults")]
    #[error(transparent)]
    Fault(#[from] crate::fault::UnknownFault),
}

/// Adds the path to an I/O error.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> DaemonError + '_ {
    |source| DaemonError::File {
        path: path.to_owned(),
        source,
    }
}
