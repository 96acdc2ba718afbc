//! The steps of path operations, wherever they have to be done: here directly, else by asking the peer.

use gkfs_proto::{frame::Ask, node::Ino};
use rustix::io::Errno;

use super::{
    Fs,
    caller::{Caller, groups},
    fail::Fail,
    reply,
};
use crate::{
    peer::msg::{
        Cut, Forward, Found, Head, Insert, Load, Lookup, Opened, PeerAsk, Punch, Relink, Remove, RemoveDir,
    },
    store::{
        Entry,
        inode::{Inode, Link},
    },
};

impl Fs {
    /// What a name in a directory stands for.
    pub(crate) async fn lookup(&self, dir: Ino, name: &[u8]) -> Result<Option<Entry>, Fail> {
        match self.cluster.home(dir) {
            None => self.lookup_here(dir, name),
            Some(peer) => {
                let found = peer.ask(&self.me, &Lookup { dir, name }, b"").await?;
                entry(&found)
            }
        }
    }

    /// A node.
    pub(crate) async fn load(&self, ino: Ino) -> Result<Inode, Fail> {
        match self.cluster.home(ino) {
            None => self.load_here(ino),
            Some(peer) => Ok(Inode::decode(&peer.ask(&self.me, &Load { ino }, b"").await?)?),
        }
    }

    /// Adds or replaces a name: [`insert_here`](Fs::insert_here).
    pub(crate) async fn insert(
        &self,
        dir: Ino,
        name: &[u8],
        to: Entry,
        replace: bool,
    ) -> Result<Option<Entry>, Fail> {
        match self.cluster.home(dir) {
            None => self.insert_here(dir, name, to, replace),
            Some(peer) => {
                let Entry { ino, kind, seq } = to;
                let ask = Insert {
                    dir,
                    name,
                    ino,
                    kind,
                    seq,
                    replace,
                };
                entry(&peer.ask(&self.me, &ask, b"").await?)
            }
        }
    }

    /// Takes a name away: [`remove_here`](Fs::remove_here).
    pub(crate) async fn remove(&self, dir: Ino, name: &[u8], ino: Ino) -> Result<(), Fail> {
        match self.cluster.home(dir) {
            None => self.remove_here(dir, name, ino),
            Some(peer) => peer
                .ask(&self.me, &Remove { dir, name, ino }, b"")
                .await
                .map(drop),
        }
    }

    /// Tells a node about its names, and lets its content go with the last one.
    pub(crate) async fn relink(
        &self,
        caller: &Caller,
        ino: Ino,
        lost: Option<Link>,
        got: Option<Link>,
    ) -> Result<(), Fail> {
        match self.cluster.home(ino) {
            None => {
                let inode = self.relink_here(ino, lost, got)?;
                if inode.attr.nlink == 0 {
                    self.last_name_gone(caller, &inode).await?;
                }
                Ok(())
            }
            Some(peer) => {
                let none = || Link {
                    dir: 0,
                    name: Vec::new(),
                };
                let (lost, got) = (lost.unwrap_or_else(none), got.unwrap_or_else(none));
                let ask = Relink {
                    ino,
                    lost_dir: lost.dir,
                    lost_name: &lost.name,
                    got_dir: got.dir,
                    got_name: &got.name,
                };
                peer.ask(caller, &ask, b"").await.map(drop)
            }
        }
    }

    /// Removes the node of an empty directory.
    pub(crate) async fn remove_dir(&self, ino: Ino) -> Result<(), Fail> {
        match self.cluster.home(ino) {
            None => self.remove_dir_here(ino),
            Some(peer) => peer.ask(&self.me, &RemoveDir { ino }, b"").await.map(drop),
        }
    }

    /// A node that `caller` opens: from now on its content outlives its last name.
    pub(crate) async fn opened(&self, caller: &Caller, ino: Ino) -> Result<Inode, Fail> {
        match self.cluster.home(ino) {
            None => {
                self.opens.note(ino, caller.pid);
                self.load_here(ino)
            }
            Some(peer) => Ok(Inode::decode(&peer.ask(caller, &Opened { ino }, b"").await?)?),
        }
    }

    /// Has a request about a node answered by its home, where that is another daemon.
    pub(crate) async fn elsewhere<M: Ask>(
        &self,
        caller: &Caller,
        ino: Ino,
        message: &M,
        out: &mut Vec<u8>,
    ) -> Result<bool, Fail> {
        let Some(peer) = self.cluster.home(ino) else {
            return Ok(false);
        };
        let mut body = Vec::new();
        reply::put(&mut body, message)?;
        out.extend(peer.ask(caller, &Forward { op: M::OP as u32 }, &body).await?);
        Ok(true)
    }

    /// Removes content at `size` and behind, on every daemon.
    pub(crate) async fn cut_everywhere(&self, key: &[u8], size: u64) -> Result<(), Fail> {
        self.chunks.cut(key, size)?;
        self.ask_others(&Cut { key, size }).await
    }

    /// Makes a range read as zeros, on every daemon.
    pub(crate) async fn punch_everywhere(&self, key: &[u8], offset: u64, len: u64) -> Result<(), Fail> {
        self.punch_here(key, offset, len)?;
        self.ask_others(&Punch { key, offset, len }).await
    }

    /// Asks every peer, also after one has failed; the first failure counts.
    async fn ask_others(&self, ask: &impl PeerAsk) -> Result<(), Fail> {
        let mut done = Ok(());
        for peer in self.cluster.others() {
            let answer = peer.ask(&self.me, ask, b"").await;
            if let Err(fail) = &answer {
                let text = format_args!("host '{}' did not take part: {fail:?}", peer.index());
                self.log.error("ask_others()", text);
            }
            done = done.and(answer.map(drop));
        }
        done
    }

    /// Serves a peer's request.
    pub(crate) async fn serve_peer(&self, body: &[u8], out: &mut Vec<u8>) -> Result<(), Fail> {
        let (head, body) = Head::decode_with_data(body)?;
        let caller = Caller {
            pid: head.pid,
            uid: head.uid,
            gid: head.gid,
            groups: groups(head.groups),
        };
        match head.kind {
            Lookup::KIND => {
                let m = Lookup::decode(body)?;
                put_entry(out, self.lookup_here(m.dir, m.name)?)
            }
            Load::KIND => put_inode(out, &self.load_here(Load::decode(body)?.ino)?),
            Insert::KIND => {
                let m = Insert::decode(body)?;
                let to = Entry {
                    ino: m.ino,
                    kind: m.kind,
                    seq: m.seq,
                };
                put_entry(out, self.insert_here(m.dir, m.name, to, m.replace)?)
            }
            Remove::KIND => {
                let m = Remove::decode(body)?;
                self.remove_here(m.dir, m.name, m.ino)
            }
            Relink::KIND => {
                let m = Relink::decode(body)?;
                let (lost, got) = (link(m.lost_dir, m.lost_name), link(m.got_dir, m.got_name));
                self.relink(&caller, m.ino, lost, got).await
            }
            RemoveDir::KIND => self.remove_dir_here(RemoveDir::decode(body)?.ino),
            Opened::KIND => put_inode(out, &self.opened(&caller, Opened::decode(body)?.ino).await?),
            Forward::KIND => {
                let (m, body) = Forward::decode_with_data(body)?;
                self.serve_forwarded(&caller, m.op, body, out).await
            }
            Cut::KIND => {
                let m = Cut::decode(body)?;
                Ok(self.chunks.cut(m.key, m.size)?)
            }
            Punch::KIND => {
                let m = Punch::decode(body)?;
                self.punch_here(m.key, m.offset, m.len)
            }
            _ => Err(Errno::NOSYS.into()),
        }
    }
}

fn link(dir: Ino, name: &[u8]) -> Option<Link> {
    (dir != 0).then(|| Link {
        dir,
        name: name.to_vec(),
    })
}

fn entry(body: &[u8]) -> Result<Option<Entry>, Fail> {
    let Found { ino, kind, seq } = Found::decode(body)?;
    Ok((ino != 0).then_some(Entry { ino, kind, seq }))
}

fn put_entry(out: &mut Vec<u8>, entry: Option<Entry>) -> Result<(), Fail> {
    let Entry { ino, kind, seq } = entry.unwrap_or(Entry {
        ino: 0,
        kind: 0,
        seq: 0,
    });
    reply::put(out, &Found { ino, kind, seq })
}

fn put_inode(out: &mut Vec<u8>, inode: &Inode) -> Result<(), Fail> {
    out.extend(inode.encode()?);
    Ok(())
}
