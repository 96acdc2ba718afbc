//! Names of files: links, renames, removals.

use super::{Link, Readlink, Rename, Renameat2, Symlink, Unlink, Unlinkat};
use crate::Fd;
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::{ReadlinkReply, StatusReply};
use crate::sys::path;

/// A path of the greatest length that the kernel knows.
const LONGEST_PATH: u64 = libc::PATH_MAX as u64;

impl Execute for Rename {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::rename(&self.pathname, &self.pathname2).into()
    }
}

impl Execute for Renameat2 {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let from = cx.descriptor(Fd(self.olddirfd));
        let dirs = from.and_then(|from| Ok((from, cx.descriptor(Fd(self.newdirfd))?)));
        let flags = self.flags.unwrap_or(0);
        dirs.and_then(|(from, to)| path::renameat2(from, &self.pathname, to, &self.pathname2, flags))
            .into()
    }
}

impl Execute for Unlink {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::unlink(&self.pathname).into()
    }
}

impl Execute for Unlinkat {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let dirfd = cx.descriptor(Fd(self.dirfd));
        dirfd
            .and_then(|dirfd| path::unlinkat(dirfd, &self.pathname, self.flags))
            .into()
    }
}

impl Execute for Link {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::link(&self.pathname, &self.linkpath).into()
    }
}

impl Execute for Symlink {
    fn run(&self, _cx: &mut Context) -> StatusReply {
        path::symlink(&self.pathname, &self.linkpath).into()
    }
}

impl Execute for Readlink {
    fn run(&self, _cx: &mut Context) -> ReadlinkReply {
        path::readlink(&self.pathname, self.count.unwrap_or(LONGEST_PATH)).into()
    }
}
