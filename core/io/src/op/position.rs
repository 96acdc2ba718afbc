//! The position of a descriptor.

use libc::O_RDONLY;

use super::Lseek;
use crate::Operation as _;
use crate::codec::show;
use crate::context::Context;
use crate::execute::{self, Execute};
use crate::reply::StatusReply;
use crate::sys::fd;

impl Execute for Lseek {
    fn run(&self, cx: &mut Context) -> StatusReply {
        cx.with(&self.pathname, O_RDONLY, |fd| {
            fd::lseek(fd, self.offset, self.whence)
        })
        .into()
    }

    fn verbose(&self, reply: &StatusReply) -> String {
        let whence = match self.whence {
            libc::SEEK_SET => "SEEK_SET",
            libc::SEEK_CUR => "SEEK_CUR",
            libc::SEEK_END => "SEEK_END",
            _ => "UNKNOWN",
        };
        let target = show::file("pathname", &self.pathname).unwrap_or_default();
        let arguments = format!("{target}, offset='{}', whence='{whence}'", self.offset);
        execute::line(Self::NAME, &arguments, reply.retval, reply.errno)
    }
}
