//! Replies in few words: `reply::attr(Attr::file(0o644))`, `reply::errno(libc::ENOENT)`.

use crate::abi;
use crate::attr::{Attr, Entry};
use crate::codec::{DirEntry, Reply};

/// It failed; `errno` is positive, as in `libc`.
pub const fn errno(errno: i32) -> Reply {
    Reply::Errno(errno)
}

/// It worked.
pub const fn ok() -> Reply {
    Reply::Empty
}

/// It is never answered, but by the server's deadline.
pub const fn nothing() -> Reply {
    Reply::Nothing
}

/// A name's node.
pub const fn entry(entry: Entry) -> Reply {
    Reply::Entry(entry.0)
}

/// A node's attributes, which hold for no time at all.
pub fn attr(attr: Attr) -> Reply {
    Reply::Attr(abi::AttrOut {
        attr: attr.0,
        ..abi::AttrOut::default()
    })
}

/// A handle, with flags of [`fopen`](crate::abi::flags::fopen).
pub const fn open(fh: u64, flags: u32) -> Reply {
    Reply::Open(handle(fh, flags))
}

/// A new file and a handle to it.
pub const fn create(entry: Entry, fh: u64, flags: u32) -> Reply {
    Reply::Create(entry.0, handle(fh, flags))
}

const fn handle(fh: u64, open_flags: u32) -> abi::OpenOut {
    abi::OpenOut {
        fh,
        open_flags,
        backing_id: 0,
    }
}

/// Contents, a link's target or an extended attribute.
pub fn data(bytes: impl Into<Vec<u8>>) -> Reply {
    Reply::Data(bytes.into())
}

/// So many bytes were written.
pub const fn written(size: u32) -> Reply {
    Reply::Written(size)
}

/// A directory's entries; a request gets those it asks for.
pub fn directory(entries: impl IntoIterator<Item = DirEntry>) -> Reply {
    Reply::Directory(entries.into_iter().collect())
}
