//! Size of a file, and its way to the disk.

use libc::{O_RDONLY, O_WRONLY};

use super::{CopyFileRange, Fallocate, Fdatasync, Fsync, Ftruncate, Truncate};
use crate::Target;
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::StatusReply;
use crate::sys::{Errno, Result, fd, path};

impl Execute for Truncate {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::truncate(&self.path, self.length).into()
    }
}

impl Execute for Ftruncate {
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.with(&self.pathname, O_WRONLY, |fd| fd::ftruncate(fd, self.length))
            .into()
    }
}

impl Execute for Fallocate {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let call = |fd| fd::fallocate(fd, self.mode, self.offset, self.length);
        cx.with(&self.pathname, O_WRONLY, call).into()
    }
}

impl Execute for Fsync {
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.with(&self.pathname, O_RDONLY, fd::fsync).into()
    }
}

impl Execute for Fdatasync {
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.with(&self.pathname, O_RDONLY, fd::fdatasync).into()
    }
}

impl Execute for CopyFileRange {
    fn run(&self, cx: &mut Context) -> StatusReply {
        copy(self, cx).into()
    }
}

fn copy(args: &CopyFileRange, cx: &mut Context) -> Result<usize> {
    let count = usize::try_from(args.count).map_err(|_| Errno(libc::EINVAL))?;
    let (from, opened) = match &args.pathname {
        Target::Fd(fd) => (cx.descriptor(*fd)?, None),
        Target::Path(path) => {
            let fd = cx.open(path, O_RDONLY, 0)?;
            (fd, Some(fd))
        }
    };
    let result = cx.with(&args.pathname2, O_WRONLY, |to| {
        let (from, to) = ((from, args.offset_in), (to, args.offset_out));
        fd::copy_file_range(from, to, count, args.flags.unwrap_or(0))
    });
    if let Some(fd) = opened {
        // The source was only read: nothing is lost with its close.
        let _ = fd::close(fd);
    }
    result
}
