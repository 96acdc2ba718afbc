//! A Unix socket that wakes its daemon only to read.
//!
//! Tokio's own waits for both directions at once, and a Unix socket tells its writer that there is room each time
//! that the other side has read: a wake-up of the daemon for every answer, in the middle of the client's operation.

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, unix::AsyncFd};

use crate::sys;

/// Both halves of a connection, which must not block.
pub(super) fn split(stream: UnixStream) -> io::Result<(Reader, Writer)> {
    let stream = Arc::new(sys::wait_for(stream, Interest::READABLE)?);
    let writer = Writer {
        stream: stream.clone(),
        full: None,
    };
    Ok((Reader(stream), writer))
}

pub(super) struct Reader(Arc<AsyncFd<UnixStream>>);

impl AsyncRead for Reader {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(cx))?;
            let room = buffer.initialize_unfilled();
            if let Ok(done) = ready.try_io(|stream| stream.get_ref().read(room)) {
                return Poll::Ready(done.map(|count| buffer.advance(count)));
            }
        }
    }
}

pub(super) struct Writer {
    stream: Arc<AsyncFd<UnixStream>>,
    /// Waits for room, while there is none: only long answers to a slow reader need it.
    full: Option<AsyncFd<UnixStream>>,
}

impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            if let Some(full) = &self.full {
                let mut ready = ready!(full.poll_write_ready(cx))?;
                if let Ok(done) = ready.try_io(|stream| stream.get_ref().write(bytes)) {
                    drop(ready);
                    self.full = None;
                    return Poll::Ready(done);
                }
                continue;
            }
            let stream = self.stream.get_ref();
            match (&mut &*stream).write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.full = Some(sys::wait_for(stream.try_clone()?, Interest::WRITABLE)?);
                }
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.get_ref().shutdown(Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn pair() -> [(Reader, Writer); 2] {
        let (here, there) = UnixStream::pair().unwrap();
        [here, there].map(|end| {
            end.set_nonblocking(true).unwrap();
            split(end).unwrap()
        })
    }

    #[tokio::test]
    async fn more_than_fits_goes_through_both_ways() {
        let [(mut reader, mut writer), (mut echo_reader, mut echo_writer)] = pair();
        let echo = tokio::spawn(async move {
            tokio::io::copy(&mut echo_reader, &mut echo_writer).await.unwrap();
            echo_writer.shutdown().await.unwrap();
        });
        let sent: Vec<u8> = (0..4_000_000_u32).map(|number| number as u8).collect();
        let bytes = sent.clone();
        let send = tokio::spawn(async move {
            writer.write_all(&bytes).await.unwrap();
            writer.shutdown().await.unwrap();
        });
        let mut got = Vec::new();
        reader.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, sent);
        send.await.unwrap();
        echo.await.unwrap();
    }

    #[tokio::test]
    async fn who_has_gone_is_an_error() {
        let [(mut reader, mut writer), there] = pair();
        drop(there);
        assert_eq!(reader.read(&mut [0; 8]).await.unwrap(), 0);
        let error = writer.write_all(b"word").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
