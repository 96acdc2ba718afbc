//! The door beside TCP: a Unix socket in the abstract name space, for clients on the daemon's own machine.
//!
//! A small request over loopback TCP costs more in the network stack than in the daemon; through a Unix socket it
//! does not. The name follows from the address that the hosts file tells, so that nothing has to be agreed on and a
//! client that finds nobody there (the daemon is on another machine, or in another network namespace) takes TCP.

use core::{
    fmt::{self, Write},
    net::SocketAddr,
};

/// A name in the abstract name space, without the NUL in front of it that the kernel wants.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    // The longest address is `[IPv6%scope]:port`, 65 bytes.
    bytes: [u8; Name::LONGEST],
    len: usize,
}

impl Name {
    /// Bytes that the longest name needs.
    pub const LONGEST: usize = 96;

    /// The name of the daemon that listens on `address`.
    ///
    /// ```
    /// let name = gkfs_proto::local::Name::of("127.0.0.1:4711".parse().unwrap());
    /// assert_eq!(name.as_bytes(), b"gkfs_daemon@127.0.0.1:4711");
    /// ```
    #[must_use]
    pub fn of(address: SocketAddr) -> Name {
        let mut name = Name {
            bytes: [0; Name::LONGEST],
            len: 0,
        };
        // It fits: see LONGEST. Were it cut, both sides would cut it alike.
        let _ = write!(name, "gkfs_daemon@{address}");
        name
    }

    /// The name's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Write for Name {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.len..];
        let len = room.len().min(text.len());
        room[..len].copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        if len < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_address_fits() {
        let address = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535";
        let name = Name::of(address.parse().unwrap());
        assert!(name.as_bytes().ends_with(b"]:65535"));
        assert!(name.as_bytes().len() < Name::LONGEST);
    }
}
