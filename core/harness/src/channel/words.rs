//! What is said about a fake FUSE server, as JSON, and what it means.

use std::time::Duration;

use gkfs_fuse::abi::{Opcode, Opcodes};
use gkfs_fuse::{Attr, DirEntry, Entry, Reply, Request, errno, reply};
use gkfs_io::ByteString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::protocol::Refusal;

/// An errno, by name or number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Errno {
    Name(String),
    Number(i32),
}

/// Attributes; what is left out is as in gVisor's `DefaultFuseAttr`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttrWords {
    mode: u32,
    #[serde(default = "two")]
    ino: u64,
    #[serde(default)]
    size: u64,
    nlink: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
    /// The node of an entry; its `ino` if left out.
    node: Option<u64>,
    /// For how many seconds an entry holds.
    #[serde(default)]
    valid: f64,
}

const fn two() -> u64 {
    2
}

/// A reply.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplyWords {
    Ok,
    Nothing,
    Errno(Errno),
    Attr(AttrWords),
    Entry(AttrWords),
    Open {
        #[serde(default)]
        fh: u64,
        #[serde(default)]
        flags: u32,
    },
    Create {
        entry: AttrWords,
        #[serde(default)]
        fh: u64,
        #[serde(default)]
        flags: u32,
    },
    Data(ByteString),
    Body(ByteString),
    Written(u32),
    /// Names, numbers and kinds.
    Listing(Vec<(ByteString, u64, u8)>),
    Offset(u64),
}

impl Errno {
    fn number(&self) -> Result<i32, Refusal> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Name(name) => errno::from_name(name)
                .ok_or_else(|| wrong(format!("`{name}` is no errno; ENOENT is one, and so is 2"))),
        }
    }
}

impl AttrWords {
    fn attr(&self) -> Attr {
        let mut attr = Attr::new(self.mode, self.ino, self.size);
        attr.0.nlink = self.nlink.unwrap_or(attr.0.nlink);
        attr.owner(self.uid.unwrap_or(attr.0.uid), self.gid.unwrap_or(attr.0.gid))
    }

    fn entry(&self) -> Entry {
        let valid = Duration::try_from_secs_f64(self.valid).unwrap_or_default();
        self.attr()
            .entry()
            .node(self.node.unwrap_or(self.ino))
            .valid(valid)
    }
}

impl ReplyWords {
    pub(super) fn reply(self) -> Result<Reply, Refusal> {
        Ok(match self {
            Self::Ok => reply::ok(),
            Self::Nothing => reply::nothing(),
            Self::Errno(errno) => reply::errno(errno.number()?),
            Self::Attr(attr) => reply::attr(attr.attr()),
            Self::Entry(entry) => reply::entry(entry.entry()),
            Self::Open { fh, flags } => reply::open(fh, flags),
            Self::Create { entry, fh, flags } => reply::create(entry.entry(), fh, flags),
            Self::Data(bytes) => reply::data(bytes.to_vec()),
            Self::Body(bytes) => Reply::Body(bytes.to_vec()),
            Self::Written(size) => reply::written(size),
            Self::Listing(entries) => {
                let entry = |(name, ino, kind): (ByteString, u64, u8)| DirEntry::new(&name, ino, kind);
                reply::directory(entries.into_iter().map(entry))
            }
            Self::Offset(offset) => Reply::Offset(offset),
        })
    }
}

/// What may stand for one call, depending on the kernel.
const GROUPS: [(&str, Opcodes); 7] = [
    ("%STAT", Opcodes::STAT),
    ("%RENAME", Opcodes::RENAME),
    ("%LIST", Opcodes::LIST),
    ("%FORGET", Opcodes::FORGET),
    ("%COPY", Opcodes::COPY),
    ("%CLOSE", Opcodes::CLOSE),
    ("%ALL", Opcodes::ALL),
];

/// Opcodes by their names, and those that may stand for one call: `%RENAME` is `RENAME` and `RENAME2`. Where no opcode has
/// its name, a group goes without its mark.
pub(super) fn opcodes(names: &[String]) -> Result<Opcodes, Refusal> {
    let mut all = Opcodes::NONE;
    for name in names {
        let upper = name.to_ascii_uppercase();
        let is_meant = |group: &str| group == upper || group.strip_prefix('%') == Some(&upper);
        let group = || GROUPS.into_iter().find(|(group, _)| is_meant(group));
        let found = Opcode::from_name(name).map(Opcodes::from);
        let found = found.or_else(|| group().map(|(_, opcodes)| opcodes));
        let unknown = || wrong(format!("`{name}` is no opcode; LOOKUP is one, and %STAT some"));
        all = all | found.ok_or_else(unknown)?;
    }
    Ok(all)
}

/// A request as the other language knows it.
pub(super) fn told(request: &Request) -> Value {
    let header = &request.header;
    json!({
        "opcode": request.opcode().name(), "unique": request.unique(), "node": request.node(),
        "pid": header.pid, "uid": header.uid, "gid": header.gid, "body": request.body.fields(),
        "text": request.to_string(),
    })
}

/// What was said cannot be meant.
pub(super) fn wrong(message: impl Into<String>) -> Refusal {
    Refusal {
        kind: "fuse",
        message: message.into(),
        hint: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Reply, Refusal> {
        serde_json::from_value::<ReplyWords>(value)
            .expect("a reply")
            .reply()
    }

    #[test]
    fn replies_are_read() {
        assert_eq!(read(json!({ "errno": "EIO" })), Ok(Reply::Errno(libc::EIO)));
        assert_eq!(read(json!({ "errno": 2 })), Ok(Reply::Errno(libc::ENOENT)));
        assert_eq!(read(json!("ok")), Ok(Reply::Empty));
        assert_eq!(
            read(json!({ "data": { "b64": "/w==" } })),
            Ok(Reply::Data(vec![0xff]))
        );
        let Ok(Reply::Entry(entry)) = read(json!({ "entry": { "mode": 0o100_600, "ino": 7, "valid": 1.5 } }))
        else {
            panic!("an entry");
        };
        assert_eq!((entry.nodeid, entry.entry_valid, entry.attr.uid), (7, 1, 1234));
        let refusal = read(json!({ "errno": "ENOPE" })).unwrap_err();
        assert!(
            refusal.message.contains("`ENOPE` is no errno"),
            "{}",
            refusal.message
        );
    }

    #[test]
    fn opcodes_are_read() {
        let read = |names: &[&str]| opcodes(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            read(&["stat", "FUSE_OPEN"]).unwrap().to_string(),
            "GETATTR|OPEN|STATX"
        );
        assert_eq!(read(&["rename"]).unwrap(), Opcode::Rename.into());
        assert_eq!(read(&["%rename"]).unwrap(), Opcodes::RENAME);
        assert_eq!(
            read(&["%FORGET", "COPY"]).unwrap(),
            Opcodes::FORGET | Opcodes::COPY
        );
        assert!(read(&["%READ"]).is_err());
        assert!(read(&["NOPE"]).unwrap_err().message.contains("NOPE"));
    }
}
