//! This daemon's line in the hosts file.
//!
//! The number of the line is the daemon's number, by which clients and peers find what it keeps: so no line ever
//! moves. A daemon that stops leaves its line to the others, which answer for their part as long as they run; the
//! last one removes the file. A daemon that starts again on the same root directory takes its old line.

use std::{
    fs::{self, File},
    io::{self, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    time::Duration,
};

use gkfs_proto::hosts;
use rustix::fs::{FlockOperation, flock};

/// How long another daemon may take to show that it still listens, which it does by itself when stopped.
const ALIVE_WITHIN: Duration = Duration::from_millis(200);

/// What a daemon was before it was started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) index: usize,
    pub(crate) port: u16,
}

/// A daemon's place in the hosts file.
#[derive(Debug)]
pub(crate) struct HostsFile {
    path: PathBuf,
}

impl HostsFile {
    /// The file at `path`, whose directory is made if missing.
    pub(crate) fn new(path: &Path) -> io::Result<HostsFile> {
        let path = std::path::absolute(path)?;
        fs::create_dir_all(directory(&path))?;
        Ok(HostsFile { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes this daemon's line, over its old one where that is still there, and returns its number from 0.
    pub(crate) fn register(&self, line: &str, before: Option<Before>) -> io::Result<usize> {
        let _lock = self.lock()?;
        let text = self.text()?;
        let hosts: Vec<_> = hosts::parse(&text).flatten().collect();
        let old = before.filter(|before| {
            hosts
                .get(before.index)
                .is_some_and(|old| old.address.port() == before.port)
        });
        let Some(Before { index, .. }) = old else {
            let missing_end = if text.is_empty() || text.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            let mut file = File::options().append(true).create(true).open(&self.path)?;
            file.write_all(format!("{missing_end}{line}\n").as_bytes())?;
            return Ok(hosts.len());
        };
        let mut lines: Vec<String> = hosts
            .iter()
            .map(|host| format!("{} {}://{}", host.name, host.protocol, host.address))
            .collect();
        lines[index] = line.to_owned();
        self.replace(&(lines.join("\n") + "\n"))?;
        Ok(index)
    }

    /// Removes the file, unless another of its daemons still listens. `me` must not listen any more.
    pub(crate) fn unregister(&self, me: SocketAddr) -> io::Result<()> {
        let _lock = self.lock()?;
        let text = self.text()?;
        let mut hosts: Vec<SocketAddr> = hosts::parse(&text).flatten().map(|host| host.address).collect();
        let mine = hosts.iter().position(|address| *address == me);
        let Some(mine) = mine else { return Ok(()) };
        hosts.swap_remove(mine);
        if hosts.iter().any(listens) {
            return Ok(());
        }
        fs::remove_file(&self.path)
    }

    /// Keeps other daemons from changing the file. The directory is locked, because the file gets replaced.
    fn lock(&self) -> io::Result<File> {
        let dir = File::open(directory(&self.path))?;
        flock(&dir, FlockOperation::LockExclusive)?;
        Ok(dir)
    }

    fn text(&self) -> io::Result<String> {
        match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            text => text,
        }
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let mut new = self.path.clone().into_os_string();
        new.push(format!(".{}", std::process::id()));
        fs::write(&new, text)?;
        fs::rename(&new, &self.path)
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

fn listens(address: &SocketAddr) -> bool {
    TcpStream::connect_timeout(address, ALIVE_WITHIN).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn line(listener: &TcpListener) -> String {
        format!("vm ofi+sockets://{}", listener.local_addr().unwrap())
    }

    #[test]
    fn lines_stay_where_they_are_until_the_last_daemon_stops() {
        let dir = tempfile::tempdir().unwrap();
        let file = HostsFile::new(&dir.path().join("gkfs_hosts.txt")).unwrap();
        let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (first, second, again) = (bind(), bind(), bind());
        assert_eq!(file.register(&line(&first), None).unwrap(), 0);
        assert_eq!(file.register(&line(&second), None).unwrap(), 1);

        let first_address = first.local_addr().unwrap();
        drop(first);
        file.unregister(first_address).unwrap();
        assert_eq!(
            file.text().unwrap().lines().count(),
            2,
            "the second daemon keeps its number"
        );

        let before = Before {
            index: 0,
            port: first_address.port(),
        };
        assert_eq!(file.register(&line(&again), Some(before)).unwrap(), 0);
        assert_eq!(
            file.text().unwrap(),
            format!("{}\n{}\n", line(&again), line(&second))
        );

        let (again_address, second_address) = (again.local_addr().unwrap(), second.local_addr().unwrap());
        drop((again, second));
        file.unregister(second_address).unwrap();
        assert!(!file.path().exists());
        file.unregister(again_address).unwrap();
    }
}
