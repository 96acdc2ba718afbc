//! Reading and writing a file through a shared mapping.

use libc::{O_RDONLY, O_RDWR, PROT_READ, PROT_WRITE};

use super::{MmapRead, MmapWrite};
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::{ReadReply, StatusReply};
use crate::sys::memory::{Mapping, page_size};
use crate::sys::{Errno, LARGEST_BUFFER, Result};

impl Execute for MmapRead {
    /// EFAULT for pages behind the end of the file, where a program would be killed by SIGBUS.
    fn run(&self, cx: &mut Context) -> ReadReply {
        let result = cx.with(&self.pathname, O_RDONLY, |fd| {
            let window = Window::new(self.count, self.offset)?;
            let mapping = Mapping::new(fd, window.length, window.start, PROT_READ)?;
            let data = mapping.read(window.skip, window.count)?;
            mapping.unmap()?;
            Ok((data.len(), data))
        });
        result.into()
    }
}

impl Execute for MmapWrite {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let result = cx.with(&self.pathname, O_RDWR, |fd| {
            let window = Window::new(self.data.len() as u64, self.offset)?;
            let mut mapping = Mapping::new(fd, window.length, window.start, PROT_READ | PROT_WRITE)?;
            let written = mapping.write(window.skip, &self.data)?;
            mapping.sync()?;
            mapping.unmap()?;
            Ok(written)
        });
        result.into()
    }
}

/// A range of a file, widened to the page where a mapping can start.
struct Window {
    start: i64,
    skip: usize,
    count: usize,
    length: usize,
}

impl Window {
    fn new(count: u64, offset: i64) -> Result<Self> {
        if offset < 0 {
            return Err(Errno(libc::EINVAL));
        }
        if count > LARGEST_BUFFER {
            return Err(Errno(libc::ENOMEM));
        }
        let skip = (offset % page_size()) as usize;
        let count = count as usize;
        Ok(Self {
            start: offset - skip as i64,
            skip,
            count,
            length: skip + count,
        })
    }
}
