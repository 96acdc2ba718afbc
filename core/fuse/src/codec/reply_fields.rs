//! A reply name by name, for a record.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::name::bytes_as_json;
use super::{DirEntry, Reply};

impl Reply {
    /// All it says, name by name; an errno by its name.
    pub fn fields(&self) -> Map<String, Value> {
        let value = match self {
            Self::Errno(errno) => json!({ "errno": crate::errno::name(*errno) }),
            Self::Entry(entry) => plain(entry),
            Self::Attr(attr) => plain(attr),
            Self::Statx(statx) => plain(statx),
            Self::Open(open) => plain(open),
            Self::Create(entry, open) => json!({ "entry": plain(entry), "open": plain(open) }),
            Self::Data(data) | Self::Body(data) => json!({ "data": bytes_as_json(data) }),
            Self::Written(size) => json!({ "size": size }),
            Self::Directory(entries) => json!({ "entries": entries.iter().map(entry).collect::<Vec<_>>() }),
            Self::Statfs(sizes) => plain(sizes),
            Self::XattrSize(size) => json!({ "size": size }),
            Self::Lock(lock) => plain(lock),
            Self::Init(init) => plain(init),
            Self::Bmap(block) => json!({ "block": block }),
            Self::Ioctl(out, data) => json!({ "out": plain(out), "data": bytes_as_json(data) }),
            Self::Poll(events) => json!({ "revents": events }),
            Self::Offset(offset) => json!({ "offset": offset }),
            Self::Copied(size) => json!({ "bytes_copied": size }),
            Self::Empty | Self::Raw(_) | Self::Nothing => json!({}),
            Self::Unknown => json!({ "errno": "EIO" }),
        };
        match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

fn plain(value: &impl Serialize) -> Value {
    // Numbers only: nothing of that can fail.
    serde_json::to_value(value).unwrap_or_default()
}

fn entry(entry: &DirEntry) -> Value {
    json!({ "name": entry.name, "ino": entry.ino, "type": entry.kind, "off": entry.off })
}
