//! Status of files and file systems, and permission to use them.

use libc::O_RDONLY;

use super::{Access, Faccessat, Fstat, Fstatat, Lstat, Stat, Statfs, Statx};
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::{StatReply, StatfsReply, StatusReply, StatxReply};
use crate::sys::{path, stat};
use crate::{Fd, Target};

impl Execute for Stat {
    fn run(&self, cx: &mut Context) -> StatReply {
        match &self.pathname {
            Target::Path(path) => stat::stat(path).into(),
            Target::Fd(fd) => cx.descriptor(*fd).and_then(stat::fstat).into(),
        }
    }
}

impl Execute for Lstat {
    fn run(&self, _cx: &mut Context) -> StatReply {
        stat::lstat(&self.pathname).into()
    }
}

impl Execute for Fstat {
    fn run(&self, cx: &mut Context) -> StatReply {
        cx.with(&self.pathname, O_RDONLY, stat::fstat).into()
    }
}

impl Execute for Fstatat {
    fn run(&self, cx: &mut Context) -> StatReply {
        let dirfd = cx.descriptor(Fd(self.dirfd));
        dirfd
            .and_then(|dirfd| stat::fstatat(dirfd, &self.pathname, self.flags))
            .into()
    }
}

impl Execute for Statx {
    fn run(&self, cx: &mut Context) -> StatxReply {
        let dirfd = cx.descriptor(Fd(self.dirfd));
        dirfd
            .and_then(|dirfd| stat::statx(dirfd, &self.pathname, self.flags, self.mask))
            .into()
    }
}

impl Execute for Statfs {
    fn run(&self, cx: &mut Context) -> StatfsReply {
        match &self.pathname {
            Target::Path(path) => stat::statfs(path).into(),
            Target::Fd(fd) => cx.descriptor(*fd).and_then(stat::fstatfs).into(),
        }
    }
}

impl Execute for Access {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::access(&self.path, self.mask).into()
    }
}

impl Execute for Faccessat {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let flags = self.flags.unwrap_or(0);
        let dirfd = cx.descriptor(Fd(self.dirfd));
        dirfd
            .and_then(|dirfd| path::faccessat(dirfd, &self.pathname, self.mask, flags))
            .into()
    }
}
