//! `--listen`: an interface, an address or a host name, each with a port or without.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs},
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr as UnixAddr, UnixListener},
    },
};

use gkfs_proto::local;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, ipproto, listen, socket_with, sockopt};

/// Connections that wait to be accepted; a burst of clients is normal in tests.
const BACKLOG: i32 = 1024;

/// Listens where `wanted` says; on this machine's name, or else the loopback address, without.
pub(crate) fn open(wanted: Option<&str>, hostname: &str) -> io::Result<TcpListener> {
    let address = match wanted {
        Some(wanted) => resolve(wanted)?,
        None => named(hostname, 0).unwrap_or(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)),
    };
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
    // A daemon that is started again gets its port back while old connections still linger.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &address)?;
    listen(&socket, BACKLOG)?;
    Ok(TcpListener::from(socket))
}

/// Listens for clients on this machine, beside `address`: see [`gkfs_proto::local`].
pub(crate) fn beside(address: SocketAddr) -> io::Result<UnixListener> {
    let name = local::Name::of(address);
    let listener = UnixListener::bind_addr(&UnixAddr::from_abstract_name(name.as_bytes())?)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn resolve(wanted: &str) -> io::Result<SocketAddr> {
    if let Ok(address) = wanted.parse() {
        return Ok(address);
    }
    if let Ok(ip) = wanted.parse() {
        return Ok(SocketAddr::new(ip, 0));
    }
    let (name, port) = match wanted.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().map_err(|_| no_such(wanted))?),
        None => (wanted, 0),
    };
    if let Some(ip) = of_interface(name)? {
        return Ok(SocketAddr::new(ip, port));
    }
    named(name, port).ok_or_else(|| no_such(wanted))
}

/// The address of an interface, IPv4 before IPv6.
fn of_interface(name: &str) -> io::Result<Option<IpAddr>> {
    let mut all: Vec<IpAddr> = if_addrs::get_if_addrs()?
        .into_iter()
        .filter(|interface| interface.name == name)
        .map(|interface| interface.ip())
        .collect();
    all.sort_by_key(IpAddr::is_ipv6);
    Ok(all.into_iter().next())
}

fn named(name: &str, port: u16) -> Option<SocketAddr> {
    let mut all: Vec<SocketAddr> = (name, port).to_socket_addrs().ok()?.collect();
    all.sort_by_key(SocketAddr::is_ipv6);
    all.into_iter().next()
}

fn no_such(wanted: &str) -> io::Error {
    let text =
        format!("'{wanted}' is no interface, address or host name of this machine, with or without a port");
    io::Error::new(io::ErrorKind::AddrNotAvailable, text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn the_ways_to_name_the_loopback_address() {
        for wanted in ["lo", "127.0.0.1", "127.0.0.1:0", "lo:0", "localhost:0"] {
            let listener = open(Some(wanted), "nowhere.invalid").unwrap();
            assert!(listener.local_addr().unwrap().ip().is_loopback(), "{wanted}");
        }
        assert!(open(Some("nosuchif0:80"), "").is_err());
        assert!(open(Some("lo:notaport"), "").is_err());
    }

    #[test]
    fn the_door_beside_is_there_once() {
        let listener = open(Some("lo"), "").unwrap();
        let address = listener.local_addr().unwrap();
        let door = beside(address).unwrap();
        let name = UnixAddr::from_abstract_name(format!("gkfs_daemon@{address}")).unwrap();
        UnixStream::connect_addr(&name).unwrap();
        assert_eq!(beside(address).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(door);
        beside(address).unwrap();
    }

    #[test]
    fn a_taken_port_is_refused() {
        let first = open(Some("lo"), "").unwrap();
        let port = first.local_addr().unwrap().port();
        let second = open(Some(&format!("lo:{port}")), "").unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
    }
}
