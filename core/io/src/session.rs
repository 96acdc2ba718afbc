//! A session: one process that runs many operations, asked and answered in JSON lines.
//!
//! `gkfs.io session` reads requests from stdin and writes answers to stdout (see [`protocol`]) until
//! its input ends. A client library costs its start and stop once, not once per operation.
//!
//! Descriptors stay open between operations, and the working directory and the umask stay as an
//! operation left them. With `--imitate-process` each operation finds the process as the first one
//! did: what it opened is closed after it; directory, umask and the descriptors 0, 1 and 2 are put
//! back; and the virtual numbers of a GekkoFS client, which count on from open to open, are told as
//! the first of them.
//!
//! The session's own descriptors are moved far up and hidden: operations see stdin on `/dev/null`,
//! stdout on stderr, and the lowest free number is 3 as in a fresh process. A line that is no request
//! is answered with an error; no line ends the session. (A client library may: the real one aborts when
//! a plain session closes a virtual descriptor twice.)

mod process;
pub mod protocol;
mod serve;

use std::io::{self, BufReader};

use crate::sys;

/// How long the effects of an operation last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Until the session ends.
    Plain,
    /// Until the operation ends, as if each had a process of its own.
    ImitateProcess,
}

/// Serves requests from stdin until it ends.
pub(crate) fn run(mode: Mode) -> io::Result<()> {
    sys::ignore_file_size_signal();
    let streams = process::Streams::take()?;
    let mut session = serve::Session::new(mode, streams.standard);
    session.cx.hide(streams.hidden);
    serve::serve(BufReader::new(streams.requests), streams.answers, &mut session)
}
