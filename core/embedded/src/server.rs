//! Connections: read a frame, serve it, write the answer.
//!
//! A client's requests on one connection are served one after the other, as it sends them. A peer's are served
//! side by side, because many clients' operations share its connection.

mod local;
mod trace;

use std::{io, sync::Arc};

use gkfs_proto::{
    frame::{HEADER_LEN, Op, Request, Response, Status},
    wire::Malformed,
};
use rustix::io::Errno;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, UnixListener},
    sync::Mutex,
};

use crate::fs::{Caller, Fail, Fs};

/// Most requests are shorter; of a longer one the rest goes straight where it belongs.
const READ_AHEAD: usize = 8 * 1024;

/// A reply buffer larger than this is given back after use.
const KEEP: usize = 64 * 1024;

type Reader = BufReader<Box<dyn AsyncRead + Send + Unpin>>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// Where clients come in.
#[derive(Debug)]
pub(crate) enum Door {
    /// For everybody, and told in the hosts file.
    Tcp(TcpListener),
    /// For clients on this machine.
    Local(UnixListener),
}

impl Door {
    async fn accept(&self) -> io::Result<(Reader, Writer)> {
        let (reader, writer): (Box<dyn AsyncRead + Send + Unpin>, Writer) = match self {
            Door::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Without it answers would wait for the client's acknowledgement; a connection that is gone says
                // so when it is read from.
                let _ = stream.set_nodelay(true);
                let (reader, writer) = stream.into_split();
                (Box::new(reader), Box::new(writer))
            }
            Door::Local(listener) => {
                let (reader, writer) = local::split(listener.accept().await?.0.into_std()?)?;
                (Box::new(reader), Box::new(writer))
            }
        };
        // Header and body mostly come together: one call for both.
        Ok((BufReader::with_capacity(READ_AHEAD, reader), writer))
    }
}

/// Accepts connections for ever.
pub(crate) async fn accept(fs: Arc<Fs>, door: Door) {
    loop {
        match door.accept().await {
            Ok((reader, writer)) => {
                tokio::spawn(serve(fs.clone(), reader, writer));
            }
            Err(error) => {
                fs.log.error("accept()", format_args!("{error}"));
                // Out of descriptors, most likely: trying again at once would only fill the log.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(fs: Arc<Fs>, reader: Reader, writer: Writer) {
    let mut connection = Connection {
        fs: fs.clone(),
        reader,
        writer: Arc::new(Mutex::new(writer)),
        body: Vec::new(),
        out: Vec::new(),
    };
    // An end in the middle of a frame is how a killed client looks.
    let _ = connection.run().await;
    fs.delete_orphans().await;
}

struct Connection {
    fs: Arc<Fs>,
    reader: Reader,
    writer: Arc<Mutex<Writer>>,
    body: Vec<u8>,
    out: Vec<u8>,
}

impl Connection {
    async fn run(&mut self) -> io::Result<()> {
        let hello = self.receive().await?;
        self.start_reply();
        let caller = match hello.op {
            Op::Hello => self.fs.welcome(&self.body, &mut self.out),
            _ => Err(Errno::PROTO.into()),
        };
        let (caller, done) = match caller {
            Ok(caller) => (Some(caller), Ok(())),
            Err(fail) => (None, Err(fail)),
        };
        trace::hello(&self.fs.log, caller.as_ref());
        self.answer(hello.tag, done).await?;
        let Some(caller) = caller else { return Ok(()) };
        loop {
            let request = self.receive().await?;
            if request.op == Op::Peer {
                self.serve_aside(&caller, request);
            } else {
                self.serve_now(&caller, request).await?;
            }
        }
    }

    async fn receive(&mut self) -> io::Result<Request> {
        let mut header = [0; HEADER_LEN];
        self.reader.read_exact(&mut header).await?;
        let request = Request::parse(&header).map_err(|bad| {
            self.fs.log.error(
                "receive()",
                format_args!("not a client of this file system: {bad:?}"),
            );
            io::ErrorKind::InvalidData
        })?;
        self.body.resize(request.len, 0);
        self.reader.read_exact(&mut self.body).await?;
        Ok(request)
    }

    fn start_reply(&mut self) {
        if self.out.capacity() > KEEP {
            self.out = Vec::new();
        }
        self.out.clear();
        self.out.resize(HEADER_LEN, 0);
    }

    async fn serve_now(&mut self, caller: &Caller, request: Request) -> io::Result<()> {
        self.start_reply();
        trace::request(&self.fs.log, request.op, &self.body);
        let done = self.fs.serve(caller, request.op, &self.body, &mut self.out).await;
        trace::answer(&self.fs.log, request.op, &done, &self.out[HEADER_LEN..]);
        self.answer(request.tag, done).await
    }

    async fn answer(&mut self, tag: u32, done: Result<(), Fail>) -> io::Result<()> {
        finish(&mut self.out, tag, done).map_err(|_| io::ErrorKind::InvalidData)?;
        self.writer.lock().await.write_all(&self.out).await
    }

    /// Serves a peer's request without keeping the next one waiting.
    fn serve_aside(&mut self, caller: &Caller, request: Request) {
        let (fs, writer, caller) = (self.fs.clone(), self.writer.clone(), caller.clone());
        let body = std::mem::take(&mut self.body);
        tokio::spawn(async move {
            let mut out = vec![0; HEADER_LEN];
            let done = fs.serve(&caller, Op::Peer, &body, &mut out).await;
            if finish(&mut out, request.tag, done).is_ok() {
                // The peer is gone, and whoever asked it too.
                let _ = writer.lock().await.write_all(&out).await;
            }
        });
    }
}

/// Puts the header in front of the reply.
fn finish(out: &mut Vec<u8>, tag: u32, done: Result<(), Fail>) -> Result<(), Malformed> {
    let status = match done {
        Ok(()) => Status::Done,
        Err(Fail::Errno(errno)) => {
            out.truncate(HEADER_LEN);
            Status::Failed(errno.raw_os_error() as u32)
        }
        Err(Fail::Redirect(path)) => {
            out.truncate(HEADER_LEN);
            out.extend(path);
            Status::Redirect
        }
    };
    let len = out.len() - HEADER_LEN;
    Response::encode(status, &(), tag, len, &mut out[..HEADER_LEN])?;
    Ok(())
}
