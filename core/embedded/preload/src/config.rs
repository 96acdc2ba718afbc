//! What the environment and the daemon say at the start, fixed for the life of the process.

use crate::{
    desk::PathBuf,
    environment::{Environment, Saved},
    hosts::Hosts,
    log::LogConfig,
    sys::*,
};

/// The process's configuration.
pub(crate) struct Config {
    /// Where the file system is mounted, as the daemon was told.
    pub(crate) mount: PathBuf,
    /// The same place as the kernel calls it; working directories are reported so.
    pub(crate) real: PathBuf,
    /// Whether these two differ, because a symbolic link leads to the mount.
    pub(crate) aliased: bool,
    /// The hosts file, by its full name.
    pub(crate) hosts_file: PathBuf,
    /// The daemons.
    pub(crate) hosts: Hosts,
    /// The daemon that all content goes through, where a forwarding map says so.
    pub(crate) forward: Option<usize>,
    /// `LIBGKFS_STRICT`: refuse what the real client refuses.
    pub(crate) strict: bool,
    /// `LIBGKFS_FD_BASE`: the lowest number of a descriptor in the mount.
    pub(crate) fd_base: usize,
    /// Where and what to log.
    pub(crate) log: LogConfig,
    /// What a child needs in its environment.
    pub(crate) saved: Saved,
    /// Our text: where it starts and how long it is.
    pub(crate) text: (usize, usize),
}

impl Config {
    pub(crate) const EMPTY: Config = Config {
        mount: PathBuf::EMPTY,
        real: PathBuf::EMPTY,
        aliased: false,
        hosts_file: PathBuf::EMPTY,
        hosts: Hosts::EMPTY,
        forward: None,
        strict: false,
        fd_base: 0,
        log: LogConfig::EMPTY,
        saved: Saved::EMPTY,
        text: (0, 0),
    };

    /// Takes over what the environment says.
    pub(crate) fn read(&mut self, environment: &Environment) {
        self.saved.keep(environment);
        self.log.read(environment);
        self.strict = environment
            .get(b"LIBGKFS_STRICT")
            .is_some_and(|value| value != b"" && value != b"0");
        self.fd_base = environment.get(b"LIBGKFS_FD_BASE").and_then(number).unwrap_or(0);
        if self.fd_base > 0 {
            allow_descriptors(self.fd_base);
        }
    }
}

fn number(text: &[u8]) -> Option<usize> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// Raises the soft limit of open files, so that numbers from `base` on exist.
fn allow_descriptors(base: usize) {
    let mut limit = rlimit64 {
        rlim_cur: 0,
        rlim_max: 0,
    };
    if sys!(__NR_prlimit64, 0, RLIMIT_NOFILE, 0, &raw mut limit).is_err() {
        return;
    }
    let wanted = (base as u64 + 1024).min(limit.rlim_max);
    if limit.rlim_cur < wanted {
        limit.rlim_cur = wanted;
        let _ = sys!(__NR_prlimit64, 0, RLIMIT_NOFILE, &raw const limit, 0);
    }
}
