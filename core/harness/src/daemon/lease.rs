//! Ports that no two tests take at once.
//!
//! A free port can be found but not reserved: between the test's look and the daemon's bind another test could
//! take it. So a port is leased first: a locked file with its address for a name. The daemon has the file for its
//! standard input and thereby holds the lock as long as it lives, whatever becomes of the test.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, TcpListener};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::{Error, Result};

/// Below are the ports of services, above those that the kernel gives to clients.
const RANGE: Range<u16> = 1024..32768;

/// A port that is this process's, and its daemon's, until both have let go.
#[derive(Debug)]
pub(crate) struct Lease {
    file: File,
    path: PathBuf,
    port: u16,
}

impl Lease {
    /// Leases a free port on `address`, beginning anywhere.
    pub(super) fn take(address: IpAddr) -> Result<Self> {
        Self::take_from(&directory()?, address, RANGE)
    }

    fn take_from(directory: &Path, address: IpAddr, range: Range<u16>) -> Result<Self> {
        let count = range.end - range.start;
        // Not a secret, only different for every test: the standard library's hash keys are.
        let start = RandomState::new().hash_one(std::process::id()) % u64::from(count.max(1));
        for step in 0..count {
            let port = range.start + ((start as u32 + u32::from(step)) % u32::from(count)) as u16;
            if let Some(lease) = Self::try_port(directory, address, port)? {
                return Ok(lease);
            }
        }
        Err(Error::NoPort {
            address,
            range,
            leases: directory.to_owned(),
        })
    }

    fn try_port(directory: &Path, address: IpAddr, port: u16) -> Result<Option<Self>> {
        let path = directory.join(format!("{address}-{port}"));
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        let failed = |source| Error::io("open a port's lease", &path, source);
        let file = options.open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(failed(error.into())),
        }
        // Who had it may have removed the name meanwhile: then this is not the file that others will lock.
        if !is_named(&file, &path).map_err(failed)? {
            return Ok(None);
        }
        let lease = Self { file, path, port };
        Ok(is_free(address, port).then_some(lease))
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A descriptor that keeps the lease for whoever inherits it.
    pub(super) fn share(&self) -> Result<File> {
        self.file
            .try_clone()
            .map_err(|source| Error::io("share a port's lease", &self.path, source))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Only who holds the lock removes the name. A daemon that still lives keeps the lock of a nameless file and
        // the port itself, which is checked as well.
        let _: io::Result<()> = fs::remove_file(&self.path);
    }
}

/// Nobody listens there now.
pub(super) fn is_free(address: IpAddr, port: u16) -> bool {
    TcpListener::bind((address, port)).is_ok()
}

fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The directory of all leases of this user: one place whatever TMPDIR says, or tests would not see each other.
pub(crate) fn directory() -> Result<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let path = PathBuf::from(format!("/tmp/gkfs-bench-ports-{user}"));
    let failed = |source| Error::io("use the directory of port leases", &path, source);
    match fs::DirBuilder::new().mode(0o700).create(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    let metadata = fs::symlink_metadata(&path).map_err(failed)?;
    if !metadata.is_dir() || metadata.uid() != user {
        return Err(failed(io::Error::other("it belongs to somebody else")));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_port_is_leased_once_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let lease = Lease::take_from(dir.path(), HERE, RANGE).unwrap();
        let only = lease.port()..lease.port() + 1;
        let error = Lease::take_from(dir.path(), HERE, only.clone())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("no free port on 127.0.0.1 in "), "{error}");
        drop(lease);
        assert_eq!(
            Lease::take_from(dir.path(), HERE, only.clone()).unwrap().port(),
            only.start
        );
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            0,
            "a lease leaves no file"
        );
    }

    #[test]
    fn a_port_in_use_is_not_leased() {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind((HERE, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(Lease::take_from(dir.path(), HERE, port..port + 1).is_err());
    }

    #[test]
    fn who_inherits_the_descriptor_keeps_the_port() {
        let dir = tempfile::tempdir().unwrap();
        let lease = Lease::take_from(dir.path(), HERE, RANGE).unwrap();
        let (inherited, path) = (lease.share().unwrap(), lease.path.clone());
        std::mem::forget(lease);
        // A descriptor of its own, as another test would open: the lock is seen through the inherited one.
        let other = File::open(path).unwrap();
        assert!(flock(&other, FlockOperation::NonBlockingLockExclusive).is_err());
        drop(inherited);
    }

    #[test]
    fn the_range_wraps_around() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lease::take_from(dir.path(), HERE, 20000..20100).unwrap();
        let second = Lease::take_from(dir.path(), HERE, 20000..20100).unwrap();
        assert_ne!(first.port(), second.port());
        assert!((20000..20100).contains(&second.port()));
    }
}
