//! What answers a request that nothing was said about.

use crate::codec::{Protocol, Reply, Request};

/// A file system behind the script.
///
/// It runs in the server's threads, which have a descriptor table of their own: files it opens are its own, files of the
/// test are not there. It is dropped there, too, when the server ends.
pub trait Backend: Send {
    /// Answers a request; [`Reply::Nothing`] to what is not answered.
    fn answer(&mut self, request: &Request, protocol: &Protocol) -> Reply;
}

/// Answers everything with one errno.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refuses;

impl Backend for Refuses {
    fn answer(&mut self, _: &Request, _: &Protocol) -> Reply {
        Reply::Errno(libc::ENOSYS)
    }
}
