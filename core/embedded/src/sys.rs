//! What needs `unsafe`: memory-mapping the metadata store, and waiting for a descriptor in one direction only.
#![allow(unsafe_code)]

use std::{io, os::unix::net::UnixStream, path::Path};

use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};
use tokio::io::{Interest, unix::AsyncFd};

/// Address space set aside for the store; the file grows with what is in it.
const MAP_SIZE: usize = 16 << 30;

/// Opens or creates the environment in the existing directory `path`.
pub(crate) fn open_env(path: &Path) -> Result<Env<WithoutTls>, heed::Error> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(MAP_SIZE);
    // SAFETY: NO_SYNC only gives up durability across a crash of the machine. The map stays sound as long as
    // nobody else changes the file: a lock on the root directory keeps other daemons away.
    unsafe {
        options.flags(EnvFlags::NO_SYNC);
        options.open(path)
    }
}

/// Lets the runtime wait for `interest` in a socket.
pub(crate) fn wait_for(stream: UnixStream, interest: Interest) -> io::Result<AsyncFd<UnixStream>> {
    // SAFETY: a socket owns its descriptor and always tells the same one, so that what is registered is what is
    // deregistered when this is dropped, before the descriptor is closed.
    unsafe { AsyncFd::register_with_interest(stream, interest) }.map_err(Into::into)
}
