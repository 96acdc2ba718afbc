//! Programs that know nothing of the file system: coreutils and shells on the mount.

mod commands;
mod scripts;
