//! Extended attributes.

use super::{Getxattr, Listxattr, Removexattr, Setxattr};
use crate::Target;
use crate::context::Context;
use crate::execute::Execute;
use crate::reply::{StatusReply, XattrListReply, XattrReply};
use crate::sys::Result;
use crate::sys::xattr::{self, Of};

/// The most that Linux keeps in one attribute, and in one list of names.
const LARGEST: u64 = 64 * 1024;

impl Execute for Setxattr {
    fn run(&self, cx: &mut Context) -> StatusReply {
        let flags = self.flags.unwrap_or(0);
        of(cx, &self.pathname)
            .and_then(|of| xattr::set(of, &self.name, &self.value, flags))
            .into()
    }
}

impl Execute for Getxattr {
    fn run(&self, cx: &mut Context) -> XattrReply {
        let count = self.count.unwrap_or(LARGEST);
        of(cx, &self.pathname)
            .and_then(|of| xattr::get(of, &self.name, count))
            .into()
    }
}

impl Execute for Listxattr {
    fn run(&self, cx: &mut Context) -> XattrListReply {
        let count = self.count.unwrap_or(LARGEST);
        of(cx, &self.pathname)
            .and_then(|of| xattr::list(of, count))
            .into()
    }
}

impl Execute for Removexattr {
    fn run(&self, cx: &mut Context) -> StatusReply {
        of(cx, &self.pathname)
            .and_then(|of| xattr::remove(of, &self.name))
            .into()
    }
}

fn of<'a>(cx: &Context, target: &'a Target) -> Result<Of<'a>> {
    match target {
        Target::Path(path) => Ok(Of::Path(path)),
        Target::Fd(fd) => cx.descriptor(*fd).map(Of::Fd),
    }
}
