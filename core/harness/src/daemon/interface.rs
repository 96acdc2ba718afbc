//! The address of a network interface.

use std::net::{IpAddr, Ipv4Addr};

use if_addrs::{IfAddr, get_if_addrs};

use crate::error::{Error, Result};

/// The first IPv4 address of the interface called `name`.
///
/// # Errors
/// There is no such interface, or it has none.
pub(super) fn address(name: &str) -> Result<IpAddr> {
    let all = get_if_addrs()
        .map_err(|source| Error::io("list the network interfaces", "/sys/class/net", source))?;
    let ipv4: Vec<(String, Ipv4Addr)> = all
        .into_iter()
        .filter_map(|interface| match interface.addr {
            IfAddr::V4(address) => Some((interface.name, address.ip)),
            IfAddr::V6(_) => None,
        })
        .collect();
    match ipv4.iter().find(|(known, _)| known == name) {
        Some((_, address)) => Ok(IpAddr::V4(*address)),
        None => {
            let mut known: Vec<String> = ipv4.into_iter().map(|(name, _)| name).collect();
            known.dedup();
            Err(Error::NoInterface {
                name: name.into(),
                known,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_and_others_are_named() {
        assert_eq!(address("lo").unwrap(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        let error = address("nonesuch0").unwrap_err().to_string();
        assert!(
            error.starts_with("no interface `nonesuch0`") && error.contains("lo"),
            "{error}"
        );
    }
}
