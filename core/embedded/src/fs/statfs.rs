//! Totals of the file system: what the daemons' root file systems have, in chunks.

use gkfs_proto::{
    CHUNK_SIZE,
    frame::{Ask, Op},
    msg::{Statfs, Totals},
};
use rustix::fs::statvfs;

use super::{Fs, fail::Fail, reply};
use crate::{peer::msg::Forward, store::Look};

impl Fs {
    /// Totals of all daemons; what a dead one has is not available.
    pub(super) async fn statfs(&self, out: &mut Vec<u8>) -> Result<(), Fail> {
        self.delete_orphans().await;
        let mut totals = self.statfs_here()?;
        for peer in self.cluster.others() {
            let ask = Forward {
                op: Statfs::OP as u32,
            };
            match peer.ask(&self.me, &ask, b"").await {
                Ok(reply) => add(&mut totals, &Totals::decode(&reply)?),
                Err(fail) => {
                    let text = format_args!("host '{}' is not counted: {fail:?}", peer.index());
                    self.log.error("rpc_srv_get_chunk_stat()", text);
                }
            }
        }
        #[cfg(feature = "faults")]
        let totals = self.faults.totals(totals);
        reply::put(out, &totals)
    }

    /// Totals of this daemon.
    pub(super) fn statfs_here(&self) -> Result<Totals, Fail> {
        let fs = statvfs(&self.rootdir)?;
        let chunks = |blocks: u64| blocks * fs.f_frsize / CHUNK_SIZE;
        Ok(Totals {
            block_size: CHUNK_SIZE,
            blocks: chunks(fs.f_blocks),
            free: chunks(fs.f_bfree),
            available: chunks(fs.f_bavail),
            files: self.store.read()?.count_inodes()?,
        })
    }

    /// Whether a forwarded request is the peer's question for its part of the totals.
    pub(super) fn is_statfs(op: Op) -> bool {
        op == Statfs::OP
    }
}

fn add(sum: &mut Totals, part: &Totals) {
    sum.blocks += part.blocks;
    sum.free += part.free;
    sum.available += part.available;
    sum.files += part.files;
}
