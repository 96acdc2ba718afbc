//! A small GekkoFS that ships in the binary: daemon, store, client library.

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
