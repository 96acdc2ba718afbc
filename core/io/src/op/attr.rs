//! Permissions, owners, times, and the umask.

use libc::{AT_FDCWD, O_RDONLY, timespec};

use super::{Chmod, Chown, Fchmod, Fchmodat, Umask, Utimensat};
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::StatusReply;
use crate::sys::{fd, path};
use crate::{Fd, Target};

impl Execute for Chmod {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::chmod(&self.pathname, self.mode).into()
    }
}

impl Execute for Fchmod {
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.with(&self.pathname, O_RDONLY, |fd| fd::fchmod(fd, self.mode))
            .into()
    }
}

impl Execute for Fchmodat {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let flags = self.flags.unwrap_or(0);
        let dirfd = cx.descriptor(Fd(self.dirfd));
        dirfd
            .and_then(|dirfd| path::fchmodat(dirfd, &self.pathname, self.mode, flags))
            .into()
    }
}

impl Execute for Chown {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let (owner, group) = (self.owner, self.group);
        match &self.pathname {
            Target::Path(path) => path::chown(path, owner, group).into(),
            Target::Fd(fd) => cx
                .descriptor(*fd)
                .and_then(|fd| fd::fchown(fd, owner, group))
                .into(),
        }
    }
}

impl Execute for Utimensat {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let times = [
            timespec {
                tv_sec: self.atime_sec,
                tv_nsec: self.atime_nsec,
            },
            timespec {
                tv_sec: self.mtime_sec,
                tv_nsec: self.mtime_nsec,
            },
        ];
        let flags = self.flags.unwrap_or(0);
        match &self.pathname {
            Target::Path(path) => path::utimensat(AT_FDCWD, path, times, flags).into(),
            Target::Fd(fd) => cx.descriptor(*fd).and_then(|fd| fd::futimens(fd, times)).into(),
        }
    }
}

impl Execute for Umask {
    /// Answers the old mask.
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.changed.umask = true;
        StatusReply {
            errno: 0,
            retval: path::umask(self.mask).into(),
        }
    }
}
