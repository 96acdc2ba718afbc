//! Opening, copying and closing descriptors.

use libc::{
    F_ADD_SEALS, F_DUPFD, F_DUPFD_CLOEXEC, F_GET_SEALS, F_GETFD, F_GETFL, F_GETPIPE_SZ, F_SETFD, F_SETFL,
};

use super::{Close, Creat, Dup, Dup2, Dup3, Fcntl, Open, Openat};
use crate::context::Context;
use crate::execute::{self, Execute};
use crate::reply::{FdReply, StatusReply};
use crate::sys::{Errno, fd};
use crate::{Fd, Operation as _};

/// Commands of fcntl() whose argument is a number; with the others it is a pointer.
const NUMERIC: [i32; 9] = [
    F_DUPFD,
    F_DUPFD_CLOEXEC,
    F_GETFD,
    F_SETFD,
    F_GETFL,
    F_SETFL,
    F_GETPIPE_SZ,
    F_ADD_SEALS,
    F_GET_SEALS,
];

impl Execute for Open {
    fn run(&self, cx: &mut Context) -> FdReply {
        let opened = cx.open(&self.pathname, self.flags, self.mode.unwrap_or(0));
        opened.map(|fd| cx.keep(fd)).into()
    }

    /// Upstream shows the mode even where none was given.
    fn verbose(&self, reply: &FdReply) -> String {
        let shown = Open {
            mode: Some(self.mode.unwrap_or(0)),
            ..self.clone()
        };
        execute::line(Self::NAME, &shown.show_arguments(), reply.retval, reply.errno)
    }
}

impl Execute for Openat {
    fn run(&self, cx: &mut Context) -> FdReply {
        let dirfd = cx.descriptor(Fd(self.dirfd));
        dirfd
            .and_then(|dirfd| fd::openat(dirfd, &self.pathname, self.flags, self.mode.unwrap_or(0)))
            .map(|fd| cx.keep(fd))
            .into()
    }
}

impl Execute for Creat {
    fn run(&self, cx: &mut Context) -> FdReply {
        fd::creat(&self.pathname, self.mode).map(|fd| cx.keep(fd)).into()
    }
}

impl Execute for Close {
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.overwritten(self.fd).and_then(fd::close).into()
    }
}

impl Execute for Dup {
    fn run(&self, cx: &mut Context) -> FdReply {
        cx.descriptor(self.fd)
            .and_then(fd::dup)
            .map(|fd| cx.keep(fd))
            .into()
    }
}

impl Execute for Dup2 {
    fn run(&self, cx: &mut Context) -> FdReply {
        let numbers = cx
            .descriptor(self.fd)
            .and_then(|from| Ok((from, cx.overwritten(self.newfd)?)));
        numbers
            .and_then(|(from, to)| fd::dup2(from, to))
            .map(|fd| cx.keep(fd))
            .into()
    }
}

impl Execute for Dup3 {
    fn run(&self, cx: &mut Context) -> FdReply {
        let numbers = cx
            .descriptor(self.fd)
            .and_then(|from| Ok((from, cx.overwritten(self.newfd)?)));
        numbers
            .and_then(|(from, to)| fd::dup3(from, to, self.flags))
            .map(|fd| cx.keep(fd))
            .into()
    }
}

impl Execute for Fcntl {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let result = cx.descriptor(self.fd).and_then(|fd| {
            if !NUMERIC.contains(&self.cmd) {
                return Err(Errno(libc::EINVAL));
            }
            fd::fcntl(fd, self.cmd, self.arg.unwrap_or(0))
        });
        if let (Ok(fd), F_DUPFD | F_DUPFD_CLOEXEC) = (result, self.cmd) {
            cx.keep(fd as i32);
        }
        result.into()
    }
}
