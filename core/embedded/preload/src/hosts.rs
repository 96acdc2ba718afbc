//! The daemons' addresses.

use crate::{desk::PathBuf, sys::*};
use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

const MOST: usize = 256;
const NOWHERE: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));
/// Longest hosts file.
const TEXT: usize = 32 * 1024;

/// The lines of the hosts file.
pub(crate) struct Hosts {
    addresses: [SocketAddr; MOST],
    count: usize,
    protocol: [u8; 32],
    protocol_len: usize,
}

impl Hosts {
    pub(crate) const EMPTY: Hosts = Hosts {
        addresses: [NOWHERE; MOST],
        count: 0,
        protocol: [0; 32],
        protocol_len: 0,
    };

    /// How many daemons there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn address(&self, daemon: usize) -> Option<SocketAddr> {
        self.addresses[..self.count].get(daemon).copied()
    }

    /// The RPC protocol that the file names.
    pub(crate) fn protocol(&self) -> &str {
        core::str::from_utf8(&self.protocol[..self.protocol_len]).unwrap_or("")
    }

    /// Where a daemon is by now, if the file still has the same number of lines: one that was started again may
    /// listen elsewhere.
    pub(crate) fn moved(&self, path: &[u8], daemon: usize) -> Option<SocketAddr> {
        let mut file = PathBuf::EMPTY;
        file.set(path).ok()?;
        let mut text = [0u8; TEXT];
        let len = read_file(&mut file, &mut text).ok()?;
        let text = core::str::from_utf8(&text[..len]).ok()?;
        let lines = || gkfs_proto::hosts::parse(text);
        let address = lines().nth(daemon)?.ok()?.address;
        let elsewhere = Some(address) != self.address(daemon);
        (lines().count() == self.count && elsewhere).then_some(address)
    }

    /// Reads the file; `None` where it is missing, empty or broken.
    pub(crate) fn load(&mut self, path: &mut PathBuf) -> Option<()> {
        let mut text = [0u8; TEXT];
        let len = read_file(path, &mut text).ok()?;
        let text = core::str::from_utf8(&text[..len]).ok()?;
        for host in gkfs_proto::hosts::parse(text) {
            let host = host.ok()?;
            *self.addresses.get_mut(self.count)? = host.address;
            self.count += 1;
            self.protocol_len = host.protocol.len().min(self.protocol.len());
            self.protocol[..self.protocol_len]
                .copy_from_slice(&host.protocol.as_bytes()[..self.protocol_len]);
        }
        (self.count > 0).then_some(())
    }
}

/// Reads a file as far as it fits.
pub(crate) fn read_file(path: &mut PathBuf, text: &mut [u8]) -> Result<usize, Errno> {
    let fd = sys!(__NR_open, path.terminated(), O_RDONLY | O_CLOEXEC)?;
    let mut len = 0;
    let end = loop {
        match sys!(__NR_read, fd, text[len..].as_mut_ptr(), text.len() - len) {
            Ok(0) => break Ok(len),
            Ok(count) => len += count,
            Err(errno) => break Err(errno),
        }
    };
    let _ = sys!(__NR_close, fd);
    end
}
