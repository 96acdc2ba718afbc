//! From an operation's number to the function that serves it.

use gkfs_proto::{VERSION, frame::Op, msg};
use rustix::io::Errno;

use super::{Fs, caller::Caller, fail::Fail, reply};
use std::os::unix::ffi::OsStrExt;

impl Fs {
    /// Introduces a client and answers it.
    pub(crate) fn welcome(&self, body: &[u8], out: &mut Vec<u8>) -> Result<Caller, Fail> {
        let hello = msg::Hello::decode(body)?;
        if hello.version != VERSION {
            return Err(Errno::PROTONOSUPPORT.into());
        }
        // Whoever comes may know daemons that started after this one.
        self.cluster.refresh(&self.log);
        let welcome = msg::Welcome {
            index: self.cluster.index() as u32,
            mountdir: &self.mountdir,
            rootdir: self.rootdir.as_os_str().as_bytes(),
        };
        reply::put(out, &welcome)?;
        Ok(Caller::new(&hello))
    }

    /// Serves a client's request; the reply's body goes behind what `out` holds.
    pub(crate) async fn serve(
        &self,
        caller: &Caller,
        op: Op,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        match op {
            Op::Hello => self.welcome(body, out).map(drop),
            Op::Forking => {
                self.opens.forking(caller.pid);
                Ok(())
            }
            Op::Stat => self.stat(caller, msg::Stat::decode(body)?, out).await,
            Op::StatNode => self.stat_node(msg::StatNode::decode(body)?, out).await,
            Op::Open => self.open(caller, msg::Open::decode(body)?, out).await,
            Op::Make => self.make(caller, msg::Make::decode(body)?, out).await,
            Op::Symlink => self.symlink(caller, msg::Symlink::decode(body)?, out).await,
            Op::Readlink => self.readlink(caller, msg::Readlink::decode(body)?, out).await,
            Op::Link => self.link(caller, msg::Link::decode(body)?, out).await,
            Op::Unlink => self.unlink(caller, msg::Unlink::decode(body)?).await,
            Op::Rename => self.rename(caller, msg::Rename::decode(body)?).await,
            Op::SetAttr => self.set_attr(caller, msg::SetAttr::decode(body)?, out).await,
            Op::Readdir => self.readdir(caller, msg::Readdir::decode(body)?, out).await,
            Op::PathOf => self.path_of(msg::PathOf::decode(body)?, out).await,
            Op::Statfs => self.statfs(out).await,
            Op::GetXattr => self.get_xattr(caller, msg::GetXattr::decode(body)?, out).await,
            Op::SetXattr => self.set_xattr(caller, msg::SetXattr::decode(body)?, out).await,
            Op::ListXattr => self.list_xattr(caller, msg::ListXattr::decode(body)?, out).await,
            Op::RemoveXattr => {
                self.remove_xattr(caller, msg::RemoveXattr::decode(body)?, out)
                    .await
            }
            Op::Peer => self.serve_peer(body, out).await,
            _ => self.serve_data(caller, op, body, out).await,
        }
    }

    async fn serve_data(&self, caller: &Caller, op: Op, body: &[u8], out: &mut Vec<u8>) -> Result<(), Fail> {
        match op {
            Op::Truncate => self.truncate(caller, msg::Truncate::decode(body)?, out).await,
            Op::Read => self.read(msg::Read::decode(body)?, out),
            Op::Write => {
                let (m, data) = msg::Write::decode_with_data(body)?;
                self.write(caller, m, data, out)
            }
            Op::ReadChunk => self.read_chunk(msg::ReadChunk::decode(body)?, out),
            Op::WriteChunk => {
                let (m, data) = msg::WriteChunk::decode_with_data(body)?;
                self.write_chunk(m, data)
            }
            Op::Grow => self.grow(caller, msg::Grow::decode(body)?, out).await,
            Op::Reserve => self.reserve(caller, msg::Reserve::decode(body)?, out).await,
            Op::Allocate => self.allocate(caller, msg::Allocate::decode(body)?, out).await,
            _ => Err(Errno::NOSYS.into()),
        }
    }

    /// Serves a request that a client sent to a peer, about a node of this daemon.
    pub(super) async fn serve_forwarded(
        &self,
        caller: &Caller,
        op: u32,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Fail> {
        match Op::from_number(op) {
            Some(op) if Fs::is_statfs(op) => reply::put(out, &self.statfs_here()?),
            Some(Op::SetAttr) => self.set_attr(caller, msg::SetAttr::decode(body)?, out).await,
            Some(Op::Readdir) => self.readdir(caller, msg::Readdir::decode(body)?, out).await,
            Some(Op::SetXattr) => self.set_xattr(caller, msg::SetXattr::decode(body)?, out).await,
            Some(Op::RemoveXattr) => {
                self.remove_xattr(caller, msg::RemoveXattr::decode(body)?, out)
                    .await
            }
            Some(op @ (Op::Truncate | Op::Grow | Op::Reserve | Op::Allocate)) => {
                self.serve_data(caller, op, body, out).await
            }
            _ => Err(Errno::NOSYS.into()),
        }
    }
}
