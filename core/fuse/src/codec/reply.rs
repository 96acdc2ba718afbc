//! A reply: what it says, and the bytes it travels in.

use std::borrow::Cow;
use std::fmt;

use zerocopy::IntoBytes;

use super::{Name, Protocol, Request};
use crate::abi::{self, Opcode, OutHeader, flags};

/// An answer. What does not fit the request is written as it stands: nothing keeps a test from a wrong one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// It failed, with this errno, told as a positive number.
    Errno(i32),
    /// It worked, and there is nothing to say.
    Empty,
    /// A name's node.
    Entry(abi::EntryOut),
    /// A node's attributes; a `STATX` gets them in its own form.
    Attr(abi::AttrOut),
    /// A node's attributes as statx has them.
    Statx(Box<abi::StatxOut>),
    /// A handle.
    Open(abi::OpenOut),
    /// A new node and a handle to it.
    Create(abi::EntryOut, abi::OpenOut),
    /// Contents, a link's target, an extended attribute or their list.
    Data(Vec<u8>),
    /// How many bytes were written.
    Written(u32),
    /// Entries of a directory: those that the request asks for are sent, with attributes for a `READDIRPLUS`.
    Directory(Vec<DirEntry>),
    /// The file system's sizes.
    Statfs(abi::Kstatfs),
    /// How much room an extended attribute or a list needs.
    XattrSize(u32),
    /// The lock in the way.
    Lock(abi::FileLock),
    /// The server's half of the handshake.
    Init(abi::InitOut),
    /// Where a block lies.
    Bmap(u64),
    /// What came of an ioctl.
    Ioctl(abi::IoctlOut, Vec<u8>),
    /// What is ready.
    Poll(u32),
    /// Where data or a hole begins.
    Offset(u64),
    /// How many bytes were copied; in the form that the request wants.
    Copied(u64),
    /// Any bytes behind a right header.
    Body(Vec<u8>),
    /// Any bytes at all, header included; the number is not filled in.
    Raw(Vec<u8>),
    /// None, ever.
    Nothing,
    /// `EIO`, and the test has failed: a replayed transcript has no answer.
    Unknown,
}

/// An entry of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirEntry {
    /// Its name.
    pub name: Name,
    /// Its number.
    pub ino: u64,
    /// Its kind, such as `libc::DT_REG`.
    pub kind: u32,
    /// Where the next entry begins; 0 stands for its place in the list.
    pub off: u64,
    /// Its node, for a `READDIRPLUS`; without one it is listed only.
    pub entry: Option<abi::EntryOut>,
}

impl DirEntry {
    /// An entry that tells a name, a number and a kind.
    pub fn new(name: impl AsRef<[u8]>, ino: u64, kind: u8) -> Self {
        Self {
            name: Name::new(name),
            ino,
            kind: kind.into(),
            ..Self::default()
        }
    }
}

impl Reply {
    /// Writes the reply to `request`; nothing for [`Nothing`](Self::Nothing).
    pub fn encode(&self, request: &Request, protocol: &Protocol) -> Option<Vec<u8>> {
        let body: Cow<'_, [u8]> = match self {
            Self::Nothing => return None,
            Self::Raw(bytes) => return Some(bytes.clone()),
            Self::Errno(errno) => return Some(framed(errno.wrapping_neg(), request.unique(), &[])),
            Self::Unknown => return Some(framed(-libc::EIO, request.unique(), &[])),
            Self::Body(bytes) | Self::Data(bytes) => bytes.as_slice().into(),
            other => other.body(request, protocol).into(),
        };
        Some(framed(0, request.unique(), &body))
    }

    fn body(&self, request: &Request, protocol: &Protocol) -> Vec<u8> {
        let old = protocol.minor < 9;
        let cut = |bytes: &[u8]| bytes[..bytes.len() - if old { 8 } else { 0 }].to_vec();
        match self {
            Self::Entry(entry) => cut(entry.as_bytes()),
            Self::Attr(attr) if request.opcode() == Opcode::Statx => {
                crate::attr::statx_of(attr).as_bytes().to_vec()
            }
            Self::Attr(attr) => cut(attr.as_bytes()),
            Self::Statx(statx) => statx.as_bytes().to_vec(),
            Self::Open(open) => open.as_bytes().to_vec(),
            Self::Create(entry, open) => [cut(entry.as_bytes()), open.as_bytes().to_vec()].concat(),
            Self::Written(size) => [*size, 0].as_bytes().to_vec(),
            Self::Directory(entries) => listing(entries, request),
            Self::Statfs(sizes) => sizes.as_bytes()[..if protocol.minor < 4 { 48 } else { 80 }].to_vec(),
            Self::XattrSize(size) => [*size, 0].as_bytes().to_vec(),
            Self::Lock(lock) => lock.as_bytes().to_vec(),
            Self::Init(init) => init.as_bytes()[..init_size(init)].to_vec(),
            Self::Bmap(number) | Self::Offset(number) => number.as_bytes().to_vec(),
            Self::Ioctl(out, data) => [out.as_bytes(), data].concat(),
            Self::Poll(events) => [*events, 0].as_bytes().to_vec(),
            Self::Copied(size) if request.opcode() == Opcode::CopyFileRange => {
                [u32::try_from(*size).unwrap_or(u32::MAX), 0].as_bytes().to_vec()
            }
            Self::Copied(size) => size.as_bytes().to_vec(),
            _ => Vec::new(),
        }
    }

    /// The node that the kernel holds a reference to when this was its answer.
    pub(crate) fn entries(&self) -> Vec<u64> {
        match self {
            Self::Entry(entry) | Self::Create(entry, _) if entry.nodeid != 0 => vec![entry.nodeid],
            _ => Vec::new(),
        }
    }
}

/// The form of an `INIT` reply follows from the version it names.
fn init_size(init: &abi::InitOut) -> usize {
    match init.minor {
        _ if init.major != abi::MAJOR => 8,
        0..=4 => 8,
        5..=22 => 24,
        _ => 64,
    }
}

pub(crate) fn framed(error: i32, unique: u64, body: &[u8]) -> Vec<u8> {
    let header = OutHeader {
        len: (size_of::<OutHeader>() + body.len()) as u32,
        error,
        unique,
    };
    [header.as_bytes(), body].concat()
}

/// The part of a listing that a request asks for: from its offset, as much as it has room for.
fn listing(entries: &[DirEntry], request: &Request) -> Vec<u8> {
    let args = request.args::<abi::ReadIn>().copied().unwrap_or_default();
    let plus = request.opcode() == Opcode::Readdirplus;
    let mut out = Vec::new();
    let place = |index: usize| match entries[index].off {
        0 => index as u64 + 1,
        off => off,
    };
    // An entry comes after the one whose end is the request's offset.
    let first = match args.offset {
        0 => 0,
        offset => (0..entries.len())
            .find(|index| place(*index) == offset)
            .map_or(entries.len(), |index| index + 1),
    };
    for (index, entry) in entries.iter().enumerate().skip(first) {
        let mut one = Vec::new();
        if plus {
            one.extend_from_slice(entry.entry.unwrap_or_default().as_bytes());
        }
        let head = abi::Dirent {
            ino: entry.ino,
            off: place(index),
            namelen: entry.name.as_bytes().len() as u32,
            kind: entry.kind,
        };
        one.extend_from_slice(head.as_bytes());
        one.extend_from_slice(entry.name.as_bytes());
        one.resize(one.len().next_multiple_of(8), 0);
        if out.len() + one.len() > args.size as usize {
            break;
        }
        out.extend(one);
    }
    out
}

/// `ENOENT`, `node 5 size=3 …`: what it says in a few words.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errno(errno) => f.write_str(&crate::errno::name(*errno)),
            Self::Empty => f.write_str("ok"),
            Self::Entry(entry) => write!(f, "node {} {}", entry.nodeid, attr(&entry.attr)),
            Self::Attr(out) => f.write_str(&attr(&out.attr)),
            Self::Statx(out) => write!(f, "mode=0{:o} size={}", out.stat.mode, out.stat.size),
            Self::Open(open) => f.write_str(&handle(open)),
            Self::Create(entry, open) => {
                write!(f, "node {} {} {}", entry.nodeid, attr(&entry.attr), handle(open))
            }
            Self::Data(data) => write!(f, "{:?}", super::Data(data.clone())),
            Self::Written(size) => write!(f, "{size} bytes written"),
            Self::Directory(entries) => {
                let names: Vec<_> = entries.iter().map(|entry| entry.name.to_string()).collect();
                write!(f, "{} entries: {}", names.len(), names.join(" "))
            }
            Self::Statfs(sizes) => write!(
                f,
                "blocks={} bfree={} bsize={}",
                sizes.blocks, sizes.bfree, sizes.bsize
            ),
            Self::XattrSize(size) => write!(f, "needs {size} bytes"),
            Self::Lock(lock) => write!(f, "lock {}..{} of {}", lock.start, lock.end, lock.pid),
            Self::Init(init) => {
                let bits = u64::from(init.flags) | u64::from(init.flags2) << 32;
                let names = flags::names(flags::init::NAMES, bits);
                write!(
                    f,
                    "{}.{} max_write={} {names}",
                    init.major, init.minor, init.max_write
                )
            }
            Self::Bmap(block) => write!(f, "block {block}"),
            Self::Ioctl(out, data) => write!(f, "result {} and {} bytes", out.result, data.len()),
            Self::Poll(events) => write!(f, "events {events:#x}"),
            Self::Offset(offset) => write!(f, "offset {offset}"),
            Self::Copied(size) => write!(f, "{size} bytes copied"),
            Self::Body(bytes) => write!(f, "a body of {} bytes", bytes.len()),
            Self::Raw(bytes) => write!(f, "{} raw bytes", bytes.len()),
            Self::Nothing => f.write_str("no answer"),
            Self::Unknown => f.write_str("EIO: not in the transcript"),
        }
    }
}

fn attr(attr: &abi::Attr) -> String {
    format!("ino={} mode=0{:o} size={}", attr.ino, attr.mode, attr.size)
}

fn handle(open: &abi::OpenOut) -> String {
    match open.open_flags {
        0 => format!("fh={}", open.fh),
        bits => format!(
            "fh={} {}",
            open.fh,
            flags::names(flags::fopen::NAMES, bits.into())
        ),
    }
}
