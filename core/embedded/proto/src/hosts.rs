//! The hosts file: one line a daemon, `<hostname> <protocol>://<address>:<port>`, as GekkoFS writes it.

use core::net::{IpAddr, SocketAddr};

/// One line of the hosts file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host<'a> {
    /// Name of the machine the daemon runs on.
    pub name: &'a str,
    /// RPC protocol, `ofi+sockets` unless chosen otherwise.
    pub protocol: &'a str,
    /// Where the daemon listens.
    pub address: SocketAddr,
}

/// Why a hosts file cannot be used; the line number counts from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadLine(pub usize);

/// The daemons of a hosts file, in order; blank lines and an unterminated last line are passed over, because
/// a daemon may be writing just now.
pub fn parse(text: &str) -> impl Iterator<Item = Result<Host<'_>, BadLine>> {
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    complete
        .split('\n')
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| host(line).ok_or(BadLine(index + 1)))
}

fn host(line: &str) -> Option<Host<'_>> {
    let (name, uri) = line.trim().split_once(' ')?;
    let (protocol, address) = uri.trim().split_once("://")?;
    let (ip, port) = address.rsplit_once(':')?;
    let ip: IpAddr = ip.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    Some(Host {
        name,
        protocol,
        address: SocketAddr::new(ip, port.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn lines_of_the_real_daemon() {
        let hosts: Vec<_> = parse("vm ofi+sockets://127.0.0.1:22398\nvm ofi+sockets://[::1]:9\n").collect();
        let first = hosts[0].unwrap();
        assert_eq!((first.name, first.protocol), ("vm", "ofi+sockets"));
        assert_eq!(first.address, "127.0.0.1:22398".parse().unwrap());
        assert_eq!(hosts[1].unwrap().address, "[::1]:9".parse().unwrap());
    }

    #[test]
    fn a_line_still_being_written_is_not_there_yet() {
        assert_eq!(parse("vm ofi+sockets://127.0.0.1:223").count(), 0);
    }

    #[test]
    fn a_bad_line_is_named() {
        assert_eq!(parse("\nnonsense\n").next(), Some(Err(BadLine(2))));
    }
}
