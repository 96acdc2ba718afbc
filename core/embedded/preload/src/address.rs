//! Socket addresses, as the kernel wants them.

use core::net::SocketAddr;
use gkfs_proto::local::Name;
use linux_raw_sys::net::{AF_INET, AF_INET6, AF_UNIX};

/// A `sockaddr_un` up to its name: the family and the NUL of the abstract name space.
const BEFORE_NAME: usize = 3;

/// A `sockaddr_in`, `sockaddr_in6` or `sockaddr_un`.
pub(crate) struct Address {
    bytes: [u8; BEFORE_NAME + Name::LONGEST],
    len: usize,
}

impl Address {
    fn new(family: u32, len: usize) -> Address {
        let mut bytes = [0; BEFORE_NAME + Name::LONGEST];
        bytes[0] = family as u8;
        Address { bytes, len }
    }

    /// Where a daemon listens for everybody.
    pub(crate) fn of(address: SocketAddr) -> Address {
        let mut sockaddr = match address {
            SocketAddr::V4(v4) => {
                let mut sockaddr = Address::new(AF_INET, 16);
                sockaddr.bytes[4..8].copy_from_slice(&v4.ip().octets());
                sockaddr
            }
            SocketAddr::V6(v6) => {
                let mut sockaddr = Address::new(AF_INET6, 28);
                sockaddr.bytes[8..24].copy_from_slice(&v6.ip().octets());
                sockaddr.bytes[24..28].copy_from_slice(&v6.scope_id().to_ne_bytes());
                sockaddr
            }
        };
        sockaddr.bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
        sockaddr
    }

    /// Where the same daemon listens for its own machine.
    pub(crate) fn beside(address: SocketAddr) -> Address {
        let name = Name::of(address);
        let name = name.as_bytes();
        let mut sockaddr = Address::new(AF_UNIX, BEFORE_NAME + name.len());
        sockaddr.bytes[BEFORE_NAME..][..name.len()].copy_from_slice(name);
        sockaddr
    }

    pub(crate) fn family(&self) -> u32 {
        self.bytes[0].into()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
