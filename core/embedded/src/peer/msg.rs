//! What daemons ask each other: the body of an [`Op::Peer`](gkfs_proto::frame::Op::Peer) request is a [`Head`],
//! then the message of its kind.

use gkfs_proto::{message, wire::Encode};

/// A message to a peer.
pub(crate) trait PeerAsk: Encode {
    /// Its number in [`Head::kind`].
    const KIND: u32;
}

macro_rules! asks {
    ($($(#[$meta:meta])* $name:ident $(<$life:lifetime>)? = $kind:literal {
        $($field:ident: $ty:ty,)*
    })*) => {$(
        message! {
            $(#[$meta])*
            pub(crate) struct $name $(<$life>)? { $($field: $ty,)* }
        }
        impl $(<$life>)? PeerAsk for $name $(<$life>)? {
            const KIND: u32 = $kind;
        }
    )*};
}

message! {
    /// What comes first, and on whose behalf the peer asks.
    pub(crate) struct Head<'a> {
        kind: u32,
        pid: u32,
        uid: u32,
        gid: u32,
        groups: &'a [u8],
    }
}

asks! {
    /// What does a name stand for? Reply: [`Found`].
    Lookup<'a> = 1 { dir: u64, name: &'a [u8], }
    /// A node's record. Reply: its encoding.
    Load = 2 { ino: u64, }
    /// Adds a name to a directory. Reply: [`Found`], what it stood for.
    Insert<'a> = 3 { dir: u64, name: &'a [u8], ino: u64, kind: u32, seq: u64, replace: bool, }
    /// Takes a name out of a directory. Reply: nothing.
    Remove<'a> = 4 { dir: u64, name: &'a [u8], ino: u64, }
    /// Tells a node which name it lost and which it got; directory 0 means none. Reply: nothing.
    Relink<'a> = 5 { ino: u64, lost_dir: u64, lost_name: &'a [u8], got_dir: u64, got_name: &'a [u8], }
    /// Removes the node of an empty directory. Reply: nothing.
    RemoveDir = 6 { ino: u64, }
    /// The caller opens a node. Reply: the node's encoding.
    Opened = 7 { ino: u64, }
    /// Serves a client's request about a node; the request's body follows. Reply: the client's.
    Forward = 8 { op: u32, }
    /// Removes content at `size` and behind. Reply: nothing.
    Cut<'a> = 9 { key: &'a [u8], size: u64, }
    /// Makes a range read as zeros. Reply: nothing.
    Punch<'a> = 10 { key: &'a [u8], offset: u64, len: u64, }
}

message! {
    /// An entry; node 0 means none.
    pub(crate) struct Found {
        ino: u64,
        kind: u32,
        seq: u64,
    }
}
