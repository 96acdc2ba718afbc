//! What needs `unsafe`: memory-mapping the metadata store.
#![allow(unsafe_code)]

use std::path::Path;

use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};

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
