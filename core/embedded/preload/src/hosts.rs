//! The daemons' addresses, as the kernel wants them.

use crate::{desk::PathBuf, sys::*};
use core::net::SocketAddr;

const MOST: usize = 256;
/// Longest hosts file.
const TEXT: usize = 32 * 1024;

/// A `sockaddr_in` or `sockaddr_in6`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) bytes: [u8; 28],
    /// 16 or 28.
    pub(crate) len: usize,
}

impl Address {
    const EMPTY: Address = Address {
        bytes: [0; 28],
        len: 0,
    };

    fn new(address: SocketAddr) -> Address {
        let mut bytes = [0; 28];
        bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
        let len = match address {
            SocketAddr::V4(v4) => {
                bytes[0] = linux_raw_sys::net::AF_INET as u8;
                bytes[4..8].copy_from_slice(&v4.ip().octets());
                16
            }
            SocketAddr::V6(v6) => {
                bytes[0] = linux_raw_sys::net::AF_INET6 as u8;
                bytes[8..24].copy_from_slice(&v6.ip().octets());
                bytes[24..28].copy_from_slice(&v6.scope_id().to_ne_bytes());
                28
            }
        };
        Address { bytes, len }
    }
}

/// The lines of the hosts file.
pub(crate) struct Hosts {
    addresses: [Address; MOST],
    count: usize,
    protocol: [u8; 32],
    protocol_len: usize,
}

impl Hosts {
    pub(crate) const EMPTY: Hosts = Hosts {
        addresses: [Address::EMPTY; MOST],
        count: 0,
        protocol: [0; 32],
        protocol_len: 0,
    };

    /// How many daemons there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn address(&self, daemon: usize) -> Option<&Address> {
        self.addresses[..self.count].get(daemon)
    }

    /// The RPC protocol that the file names.
    pub(crate) fn protocol(&self) -> &str {
        core::str::from_utf8(&self.protocol[..self.protocol_len]).unwrap_or("")
    }

    /// Where a daemon is by now, if the file still has the same number of lines: one that was started again may
    /// listen elsewhere.
    pub(crate) fn moved(&self, path: &[u8], daemon: usize) -> Option<Address> {
        let mut file = PathBuf::EMPTY;
        file.set(path).ok()?;
        let mut text = [0u8; TEXT];
        let len = read_file(&mut file, &mut text).ok()?;
        let text = core::str::from_utf8(&text[..len]).ok()?;
        let lines = || gkfs_proto::hosts::parse(text);
        let address = Address::new(lines().nth(daemon)?.ok()?.address);
        let elsewhere = Some(&address) != self.address(daemon);
        (lines().count() == self.count && elsewhere).then_some(address)
    }

    /// Reads the file; `None` where it is missing, empty or broken.
    pub(crate) fn load(&mut self, path: &mut PathBuf) -> Option<()> {
        let mut text = [0u8; TEXT];
        let len = read_file(path, &mut text).ok()?;
        let text = core::str::from_utf8(&text[..len]).ok()?;
        for host in gkfs_proto::hosts::parse(text) {
            let host = host.ok()?;
            *self.addresses.get_mut(self.count)? = Address::new(host.address);
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
