//! One peer and the connection to it.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use gkfs_proto::{
    MAX_BODY, VERSION,
    frame::{HEADER_LEN, Op, Request, Response, Status},
    msg,
    wire::{Encode, Malformed, Writer},
};
use rustix::io::Errno;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Mutex as AsyncMutex, oneshot},
    time::timeout,
};

use super::{
    msg::{Head, PeerAsk},
    read_hosts,
};
use crate::fs::{Caller, Fail};

/// How long a peer may take to answer before it counts as down.
const DEADLINE: Duration = Duration::from_secs(5);

/// Another daemon.
#[derive(Debug)]
pub(crate) struct Peer {
    index: usize,
    /// None where the hosts file has no such daemon.
    address: Mutex<Option<SocketAddr>>,
    hosts_file: PathBuf,
    link: AsyncMutex<Option<Arc<Link>>>,
}

type Answer = (Status, Vec<u8>);

/// A connection; requests wait for their answers by tag.
#[derive(Debug)]
struct Link {
    writer: AsyncMutex<OwnedWriteHalf>,
    /// None once the connection has ended.
    waiting: Mutex<Option<HashMap<u32, oneshot::Sender<Answer>>>>,
    tag: AtomicU32,
}

impl Peer {
    pub(crate) fn new(index: usize, address: Option<SocketAddr>, hosts_file: &Path) -> Peer {
        Peer {
            index,
            address: Mutex::new(address),
            hosts_file: hosts_file.to_owned(),
            link: AsyncMutex::new(None),
        }
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    fn address(&self) -> Option<SocketAddr> {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says where the daemon is now; whether that is news.
    pub(crate) fn move_to(&self, address: SocketAddr) -> bool {
        let mut known = self.address.lock().unwrap_or_else(PoisonError::into_inner);
        known.replace(address) != Some(address)
    }

    /// Asks, on behalf of `caller`, with `data` behind the message; `EHOSTDOWN` when there is no answer.
    pub(crate) async fn ask<M: PeerAsk>(
        &self,
        caller: &Caller,
        message: &M,
        data: &[u8],
    ) -> Result<Vec<u8>, Fail> {
        let body = body(caller, message, data)?;
        let answer = timeout(DEADLINE, self.exchange(&body)).await;
        match answer {
            Ok(Ok((Status::Done, reply))) => Ok(reply),
            Ok(Ok((Status::Failed(errno), _))) => Err(Errno::from_raw_os_error(errno as i32).into()),
            Ok(Ok((Status::Redirect, path))) => Err(Fail::Redirect(path)),
            Ok(Err(_)) | Err(_) => Err(Errno::HOSTDOWN.into()),
        }
    }

    async fn exchange(&self, body: &[u8]) -> io::Result<Answer> {
        self.link().await?.exchange(body).await
    }

    /// The connection, made anew where it has ended.
    async fn link(&self) -> io::Result<Arc<Link>> {
        let mut slot = self.link.lock().await;
        if let Some(link) = slot.as_ref().filter(|link| link.is_open()) {
            return Ok(link.clone());
        }
        let stream = self.connect().await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let link = Arc::new(Link {
            writer: AsyncMutex::new(writer),
            waiting: Mutex::new(Some(HashMap::new())),
            tag: AtomicU32::new(1),
        });
        tokio::spawn(receive(link.clone(), reader));
        link.introduce().await?;
        *slot = Some(link.clone());
        Ok(link)
    }
}

impl Peer {
    /// Connects to where the daemon was last, or else to where the hosts file says that it is after a restart.
    async fn connect(&self) -> io::Result<TcpStream> {
        let address = self.address().ok_or(io::ErrorKind::NotConnected)?;
        let refused = match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        match read_hosts(&self.hosts_file).get(self.index) {
            Some(&now) if self.move_to(now) => TcpStream::connect(now).await,
            _ => Err(refused),
        }
    }
}

impl Link {
    fn is_open(&self) -> bool {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    async fn introduce(&self) -> io::Result<()> {
        let hello = msg::Hello {
            version: VERSION,
            pid: std::process::id(),
            uid: 0,
            gid: 0,
            groups: b"",
        };
        let mut buffer = [0; 64];
        let frame = Request::encode(&hello, 0, 0, &mut buffer).map_err(too_long)?;
        self.writer.lock().await.write_all(frame).await
    }

    async fn exchange(&self, body: &[u8]) -> io::Result<Answer> {
        let tag = self.tag.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        match &mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(waiting) => waiting.insert(tag, sender),
            None => return Err(io::ErrorKind::NotConnected.into()),
        };
        let mut frame = Vec::with_capacity(HEADER_LEN + body.len());
        for word in [body.len() as u32, Op::Peer as u32, tag] {
            frame.extend_from_slice(&word.to_le_bytes());
        }
        frame.extend_from_slice(body);
        self.writer.lock().await.write_all(&frame).await?;
        receiver.await.map_err(|_| io::ErrorKind::ConnectionReset.into())
    }
}

/// Hands answers to those who wait for them, until the connection ends.
async fn receive(link: Arc<Link>, mut reader: OwnedReadHalf) {
    while let Ok((tag, answer)) = receive_one(&mut reader).await {
        let mut waiting = link.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = waiting.as_mut().and_then(|waiting| waiting.remove(&tag)) {
            // Whoever asked may have given up.
            let _ = sender.send(answer);
        }
    }
    *link.waiting.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

async fn receive_one(reader: &mut OwnedReadHalf) -> io::Result<(u32, Answer)> {
    let mut header = [0; HEADER_LEN];
    reader.read_exact(&mut header).await?;
    let response = Response::parse(&header).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut body = vec![0; response.len];
    reader.read_exact(&mut body).await?;
    Ok((response.tag, (response.status, body)))
}

fn body<M: PeerAsk>(caller: &Caller, message: &M, data: &[u8]) -> Result<Vec<u8>, Malformed> {
    let groups: Vec<u8> = caller
        .groups
        .iter()
        .flat_map(|group| group.to_le_bytes())
        .collect();
    let head = Head {
        kind: M::KIND,
        pid: caller.pid,
        uid: caller.uid,
        gid: caller.gid,
        groups: &groups,
    };
    let mut buffer = vec![0; MAX_BODY.min(16 * 1024 + groups.len())];
    let mut out = Writer::new(&mut buffer);
    head.encode(&mut out)?;
    message.encode(&mut out)?;
    let len = out.len();
    buffer.truncate(len);
    buffer.extend_from_slice(data);
    Ok(buffer)
}

fn too_long(_: Malformed) -> io::Error {
    io::ErrorKind::InvalidInput.into()
}
