//! The door beside TCP: a Unix socket in the abstract name space, for clients on the daemon's own machine.
//!
//! A small request over loopback TCP costs more in the network stack than in the daemon; through a Unix socket it
//! does not. The name follows from the address that the hosts file tells, so that nothing has to be agreed on and a
//! client that finds nobody there (the daemon is on another machine, or in another network namespace) takes TCP.

use core::{fmt::Write, net::SocketAddr};

use crate::text::Line;

/// A name in the abstract name space, without the NUL in front of it that the kernel wants.
#[derive(Debug, Clone, Copy)]
pub struct Name(Line<{ Name::LONGEST }>);

impl Name {
    /// Bytes that the longest name needs: its address is `[IPv6%scope]:port`, 65 of them.
    pub const LONGEST: usize = 96;

    /// The name of the daemon that listens on `address`.
    ///
    /// ```
    /// let name = gkfs_proto::local::Name::of("127.0.0.1:4711".parse().unwrap());
    /// assert_eq!(name.as_bytes(), b"gkfs_daemon@127.0.0.1:4711");
    /// ```
    #[must_use]
    pub fn of(address: SocketAddr) -> Name {
        let mut name = Line::new();
        // It fits: see LONGEST. Were it cut, both sides would cut it alike.
        let _ = write!(name, "gkfs_daemon@{address}");
        Name(name)
    }

    /// The name's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
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
