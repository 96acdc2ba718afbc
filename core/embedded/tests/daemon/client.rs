//! A client of the daemon's protocol, as plain as can be.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use gkfs_proto::{
    CHUNK_SIZE, MAX_IO, VERSION,
    frame::{Ask, HEADER_LEN, Request, Response, Status},
    msg::{self, Entry, Listing, Welcome, Written},
    node::{self, Attr, Node},
    route,
    wire::{Field, Reader},
};

/// What a request came to: the reply, or an errno.
pub(crate) type Reply = Result<Vec<u8>, i32>;

/// A connection to one daemon.
pub(crate) struct Connection {
    stream: TcpStream,
    pub(crate) welcome: (u32, String),
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        // Longer than any deadline of the daemon's own.
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut connection = Connection {
            stream,
            welcome: (0, String::new()),
        };
        let hello = msg::Hello {
            version: VERSION,
            pid: std::process::id(),
            uid: 0,
            gid: 0,
            groups: b"",
        };
        let reply = connection
            .ask(&hello, b"")?
            .map_err(io::Error::from_raw_os_error)?;
        let welcome = Welcome::decode(&reply).unwrap();
        connection.welcome = (
            welcome.index,
            String::from_utf8(welcome.mountdir.to_vec()).unwrap(),
        );
        Ok(connection)
    }

    pub(crate) fn ask<M: Ask>(&mut self, message: &M, data: &[u8]) -> io::Result<Reply> {
        let mut buffer = [0; 8192];
        let head = Request::encode(message, 1, data.len(), &mut buffer).unwrap();
        self.stream.write_all(&[head, data].concat())?;
        let mut header = [0; HEADER_LEN];
        self.stream.read_exact(&mut header)?;
        let response = Response::parse(&header).unwrap();
        let mut body = vec![0; response.len];
        self.stream.read_exact(&mut body)?;
        Ok(match response.status {
            Status::Done => Ok(body),
            Status::Failed(errno) => Err(errno as i32),
            Status::Redirect => panic!("redirected to {}", body.escape_ascii()),
        })
    }
}

/// Connections to every daemon of a hosts file; None where there is none.
pub(crate) struct Client(pub(crate) Vec<Option<Connection>>);

impl Client {
    pub(crate) fn open(hosts: &[SocketAddr]) -> Client {
        Client(
            hosts
                .iter()
                .map(|address| Connection::open(*address).ok())
                .collect(),
        )
    }

    /// Asks one daemon; a daemon that cannot be reached is `EHOSTDOWN`, as the client library says.
    pub(crate) fn ask<M: Ask>(&mut self, daemon: usize, message: &M, data: &[u8]) -> Reply {
        const EHOSTDOWN: i32 = 112;
        let answer = self.0[daemon]
            .as_mut()
            .map(|connection| connection.ask(message, data));
        answer.and_then(Result::ok).unwrap_or(Err(EHOSTDOWN))
    }

    fn owner(&self, path: &str) -> usize {
        route::path_owner(path.as_bytes(), self.0.len())
    }

    fn node<M: Ask>(&mut self, daemon: usize, message: &M) -> Result<(Attr, Vec<u8>), i32> {
        let reply = self.ask(daemon, message, b"")?;
        let node = Node::decode(&reply).unwrap();
        Ok((node.attr, node.key.to_vec()))
    }

    pub(crate) fn create(&mut self, path: &str) -> Result<(Attr, Vec<u8>), i32> {
        const O_CREAT_RDWR: u32 = 0o102;
        let (owner, path) = (self.owner(path), path.as_bytes());
        let flags = O_CREAT_RDWR;
        self.node(
            owner,
            &msg::Open {
                path,
                flags,
                mode: 0o644,
            },
        )
    }

    pub(crate) fn mkdir(&mut self, path: &str) -> Result<Attr, i32> {
        let (owner, path) = (self.owner(path), path.as_bytes());
        let mode = 0o040_755;
        Ok(self.node(owner, &msg::Make { path, mode, rdev: 0 })?.0)
    }

    pub(crate) fn stat(&mut self, path: &str) -> Result<Attr, i32> {
        let (owner, path) = (self.owner(path), path.as_bytes());
        Ok(self.node(owner, &msg::Stat { path, follow: true })?.0)
    }

    pub(crate) fn unlink(&mut self, path: &str, dir: bool) -> Reply {
        let (owner, path) = (self.owner(path), path.as_bytes());
        self.ask(owner, &msg::Unlink { path, dir }, b"")
    }

    pub(crate) fn rename(&mut self, old: &str, new: &str) -> Reply {
        let owner = self.owner(old);
        let (old, new) = (old.as_bytes(), new.as_bytes());
        self.ask(owner, &msg::Rename { old, new, flags: 0 }, b"")
    }

    pub(crate) fn path_of(&mut self, ino: u64) -> Result<String, i32> {
        let reply = self.ask(node::home(ino), &msg::PathOf { ino }, b"")?;
        Ok(String::from_utf8(reply).unwrap())
    }

    pub(crate) fn list(&mut self, path: &str) -> Result<Vec<String>, i32> {
        let ino = self.stat(path)?.ino;
        let max = MAX_IO as u32;
        let reply = self.ask(node::home(ino), &msg::Readdir { ino, cookie: 0, max }, b"")?;
        let mut input = Reader::new(&reply);
        let listing = Listing::take(&mut input).unwrap();
        assert!(listing.end);
        let mut name = || String::from_utf8(Entry::take(&mut input).unwrap().name.to_vec()).unwrap();
        let mut names: Vec<_> = (0..listing.count).map(|_| name()).collect();
        names.sort();
        Ok(names)
    }

    /// Writes whole chunks to their owners, then the size to the file's home.
    pub(crate) fn write_chunks(&mut self, attr: &Attr, key: &[u8], chunks: u64) -> Result<(), i32> {
        for chunk in 0..chunks {
            let owner = route::chunk_owner(key, chunk, self.0.len());
            let content = vec![chunk as u8 + 1; CHUNK_SIZE as usize];
            self.ask(
                owner,
                &msg::WriteChunk {
                    key,
                    chunk,
                    offset: 0,
                },
                &content,
            )?;
        }
        let (ino, end) = (attr.ino, chunks * CHUNK_SIZE);
        self.ask(node::home(ino), &msg::Grow { ino, end }, b"").map(drop)
    }

    /// Writes at the end of a file, where there is one daemon.
    pub(crate) fn append(&mut self, ino: u64, data: &[u8]) -> Result<u64, i32> {
        let message = msg::Write {
            ino,
            offset: 0,
            append: true,
        };
        Ok(Written::decode(&self.ask(0, &message, data)?).unwrap().offset)
    }

    /// Takes room at the end of a file, where there are several.
    pub(crate) fn reserve(&mut self, ino: u64, len: u64) -> Result<u64, i32> {
        let reply = self.ask(node::home(ino), &msg::Reserve { ino, len }, b"")?;
        Ok(Written::decode(&reply).unwrap().offset)
    }

    /// Content of a file, where there is one daemon.
    pub(crate) fn read(&mut self, ino: u64) -> Reply {
        let len = MAX_IO as u32;
        self.ask(0, &msg::Read { ino, offset: 0, len }, b"")
    }

    pub(crate) fn read_chunk(&mut self, key: &[u8], chunk: u64) -> Reply {
        let owner = route::chunk_owner(key, chunk, self.0.len());
        let len = CHUNK_SIZE as u32;
        self.ask(
            owner,
            &msg::ReadChunk {
                key,
                chunk,
                offset: 0,
                len,
            },
            b"",
        )
    }
}
