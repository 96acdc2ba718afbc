//! The write family. A file must exist, as with upstream: `open FILE 66 420` makes one.

use libc::{O_APPEND, O_WRONLY};

use super::{Pwrite, Pwritev, Write, Writev};
use crate::ByteString;
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::StatusReply;
use crate::sys::{Result, fd, zeroed};

/// More buffers than the kernel takes in one call (IOV_MAX is 1024): it answers EINVAL.
const TOO_MANY: u64 = 1025;

impl Execute for Write {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let append = if self.append == Some(true) { O_APPEND } else { 0 };
        let call = |fd| fd::write(fd, &sized(&self.data, self.count)?);
        cx.with(&self.pathname, O_WRONLY | append, call).into()
    }
}

impl Execute for Pwrite {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let call = |fd| fd::pwrite(fd, &sized(&self.data, self.count)?, self.offset);
        cx.with(&self.pathname, O_WRONLY, call).into()
    }
}

impl Execute for Writev {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let buffers = buffers(&self.data_0, &self.data_1, self.count);
        cx.with(&self.pathname, O_WRONLY, |fd| fd::writev(fd, &buffers))
            .into()
    }
}

impl Execute for Pwritev {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let buffers = buffers(&self.data_0, &self.data_1, self.count);
        cx.with(&self.pathname, O_WRONLY, |fd| {
            fd::pwritev(fd, &buffers, self.offset)
        })
        .into()
    }
}

/// Exactly `count` bytes: the data cut, or zeros after it (upstream writes what memory holds there).
fn sized(data: &ByteString, count: u64) -> Result<Vec<u8>> {
    let mut buffer = zeroed(count)?;
    let length = data.len().min(buffer.len());
    buffer[..length].copy_from_slice(&data[..length]);
    Ok(buffer)
}

/// The first `count` of the two buffers; further ones are empty.
fn buffers<'a>(first: &'a ByteString, second: &'a ByteString, count: u64) -> Vec<&'a [u8]> {
    let given = [&first[..], &second[..]].into_iter();
    given
        .chain(std::iter::repeat(&[][..]))
        .take(count.min(TOO_MANY) as usize)
        .collect()
}
