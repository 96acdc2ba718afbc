//! A small GekkoFS that ships in the binary: daemon, store, client library.
//!
//! From outside it is the real one: the same programs and options, hosts file, log, ready line, directory of
//! chunks and exit statuses. Inside it is made for tests: it starts, serves and stops in milliseconds, and
//! does what POSIX asks for where the real one takes liberties.
//!
//! # Theory of operation
//!
//! One executable is all of the stack. [`multicall`] makes it `gkfs_daemon` or `gkfs.io` by the name it is
//! started under, and [`embed`] writes it under these names beside the client library, whose bytes the build
//! script put into it.
//!
//! [`daemon`] reads the options, opens metadata and chunks below the root directory, listens, enters itself
//! into the hosts file, and says that it is ready. The client library (crate `gkfs_proto` tells how they talk) sends
//! an operation to the daemon that owns the path; that one walks the path, checks permissions, and changes
//! directory entries and nodes, asking its peers where they keep a part. Every single change is one transaction
//! of an embedded key-value store, which a `kill -9` of the daemon cannot tear; nothing waits for the disk.
//!
//! * A node lives on the daemon that owned its path when it was made, and its number says so.
//! * A directory entry lives with its directory, so listing a directory asks one daemon, and renaming a
//!   directory moves one entry.
//! * Content lives in files of 512 KiB, `chunks/<path with : for />/<number>`, spread over the daemons by path and
//!   number.
//!
//! # Example
//!
//! ```
//! use std::fs;
//!
//! // What a test's own program does in its first line of `main`.
//! assert!(gkfs_embedded::multicall().is_none(), "this program has a name of its own");
//!
//! let dir = tempfile::tempdir()?;
//! # let exe = std::env::current_exe()?;
//! use gkfs_embedded::embed::{self, How, InstallError};
//! match embed::install(dir.path(), &exe, How::Symlink) {
//!     Ok(stack) => {
//!         assert!(fs::metadata(&stack.library)?.len() > 0);
//!         assert_eq!(fs::read_link(&stack.daemon)?, exe);
//!         assert_eq!(fs::read_link(&stack.client)?, exe);
//!     }
//!     Err(InstallError::Unsupported) => {} // Neither Linux nor x86-64: there is no client library.
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it will not do
//!
//! Be fast with much data, keep anything over a crash of the machine, or replicate: it is for tests. Statistics,
//! the proxy and shared memory of the real daemon are accepted as options and have no effect.

mod chunks;
pub mod daemon;
pub mod embed;
#[cfg(feature = "faults")]
pub mod fault;
mod fs;
mod log;
mod peer;
mod server;
mod store;
mod sys;
mod tool;

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::ExitCode,
};

pub use tool::stack_tool_main;

/// Runs the program that this process was started as, where that is one of the stack's.
///
/// The stack's programs are this executable under other names, so an application calls this first of all. The
/// file name of `argv[0]` decides: `gkfs_daemon` or `gkfs.io`; by any other name the process is the application
/// itself, and the answer is `None`.
pub fn multicall() -> Option<ExitCode> {
    let args = || std::env::args_os();
    let name = args().next()?;
    program(&name, args())
}

fn program(name: &OsStr, args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    match Path::new(name).file_name()?.to_str()? {
        embed::DAEMON => Some(daemon::main(args)),
        embed::CLIENT => Some(gkfs_io::main(args)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides_which_program_runs() {
        let run = |name: &str, option: &str| {
            program(OsStr::new(name), [name, option].map(OsString::from).into_iter())
        };
        assert!(run("/bin/gkfs_daemon", "--version").is_some());
        assert!(run("gkfs.io", "--help").is_some());
        assert!(run("/bin/gkfs-bench", "--help").is_none());
    }
}
