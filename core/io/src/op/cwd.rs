//! The working directory.

use libc::{O_DIRECTORY, O_RDONLY};

use super::{Chdir, Fchdir, Getcwd, GetcwdValidate};
use crate::ByteString;
use crate::Operation as _;
use crate::context::Context;
use crate::execute::{self, Execute};
use crate::reply::{CwdReply, StatusReply};
use crate::sys::{Result, fd, path};

const LONGEST_PATH: u64 = libc::PATH_MAX as u64;

impl Execute for Chdir {
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.changed.directory = true;
        path::chdir(&self.pathname).into()
    }
}

impl Execute for Fchdir {
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.changed.directory = true;
        cx.with(&self.pathname, O_RDONLY | O_DIRECTORY, fd::fchdir).into()
    }
}

impl Execute for Getcwd {
    fn run(&self, _cx: &mut Context) -> CwdReply {
        getcwd(self.count.unwrap_or(LONGEST_PATH)).into()
    }

    fn verbose(&self, reply: &CwdReply) -> String {
        execute::line(Self::NAME, &self.show_arguments(), &reply.path, reply.errno)
    }
}

impl Execute for GetcwdValidate {
    /// Goes there and tells where it is; whether that is right is for the caller to say.
    fn run(&self, cx: &mut Context) -> CwdReply {
        cx.changed.directory = true;
        path::chdir(&self.pathname)
            .and_then(|_| getcwd(LONGEST_PATH))
            .into()
    }

    fn verbose(&self, reply: &CwdReply) -> String {
        execute::line(Self::NAME, &self.show_arguments(), &reply.path, reply.errno)
    }
}

fn getcwd(count: u64) -> Result<ByteString> {
    path::getcwd(count).map(|path| ByteString::from(path.as_path()))
}
