//! Running an operation, and telling what came out.

use crate::context::Context;
use crate::operation::Operation;
use crate::reply::Reply;
use crate::sys::Errno;

/// An operation that this process can run.
pub trait Execute: Operation {
    /// Makes the call or calls; a failure is a reply like any other.
    fn run(&self, cx: &mut Context) -> Self::Reply;

    /// The line that `-v` prints instead of JSON, in upstream's words.
    fn verbose(&self, reply: &Self::Reply) -> String {
        let retval = reply.retval().unwrap_or_default();
        line(Self::NAME, &self.show_arguments(), retval, reply.errno())
    }
}

/// `mkdir(pathname="/mnt/d", mode=0777) = -1, errno: 17 [File exists]`
pub(crate) fn line(name: &str, arguments: &str, result: impl std::fmt::Display, errno: i32) -> String {
    format!(
        "{name}({arguments}) = {result}, errno: {errno} [{}]",
        Errno(errno).text()
    )
}
