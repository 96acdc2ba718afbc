//! Two replies to one operation, without what two file systems may answer differently.

use std::fmt;

use serde_json::{Map, Value};

use crate::client::reply_step;

/// Calls whose return value is a descriptor or the length of something that is not compared as such.
const NUMBERED: [&str; 9] = [
    "open",
    "openat",
    "creat",
    "dup",
    "dup2",
    "dup3",
    "fcntl",
    "getdents",
    "listxattr",
];
/// What of a status is compared, in both of its forms.
const STATUS: [&str; 5] = ["st_mode", "stx_mode", "st_uid", "stx_uid", "st_gid"];
const STATUS_OF_FILES: [&str; 4] = ["st_size", "stx_size", "st_nlink", "stx_nlink"];

/// Fields that differ, with both values: the file system's and the plain directory's.
#[derive(Debug, PartialEq)]
pub(super) struct Difference(Vec<(String, Value, Value)>);

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, here, plain)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{name}={} (plain: {})", short(here), short(plain))?;
        }
        Ok(())
    }
}

/// Whether a file system says that it does not have such a call.
pub(super) fn is_unsupported(reply: &Value) -> bool {
    let errno = reply_step(reply)["errno"].as_i64().unwrap_or(0);
    [libc::ENOTSUP, libc::EOPNOTSUPP, libc::ENOSYS].contains(&(errno as i32))
}

/// Whether a call was carried out.
pub(super) fn succeeded(reply: &Value) -> bool {
    reply_step(reply)["ok"] == true
}

/// What differs, if anything does that counts.
pub(super) fn difference(name: &str, here: &Value, plain: &Value) -> Option<Difference> {
    if is_unsupported(plain) {
        return None;
    }
    let (here, plain) = (normal(name, here), normal(name, plain));
    let fields: Vec<_> = here
        .iter()
        .filter_map(|(field, value)| {
            let other = plain.get(field)?;
            (value != other).then(|| (field.clone(), value.clone(), other.clone()))
        })
        .collect();
    (!fields.is_empty()).then_some(Difference(fields))
}

/// What counts of a reply, flat.
fn normal(name: &str, reply: &Value) -> Map<String, Value> {
    let step = reply_step(reply);
    let mut all = Map::new();
    let failed = step["ok"] == false;
    all.insert("errno".into(), errno(name, reply, &step));
    for (field, value) in reply.as_object().into_iter().flatten() {
        match (field.as_str(), value) {
            ("errnum", _) => {}
            ("dirp", value) => {
                all.insert(
                    "dirp".into(),
                    if value.is_null() {
                        Value::Null
                    } else {
                        "a stream".into()
                    },
                );
            }
            ("retval", Value::Number(_)) if !failed && is_numbered(name) => {}
            // `memcmp` may answer any number.
            ("retval", Value::Number(number)) if name == "file_compare" => {
                all.insert("retval".into(), (number.as_i64() != Some(0)).into());
            }
            ("dirents", Value::Array(entries)) => entries_of(entries, &mut all),
            ("statbuf", Value::Object(status)) if !failed => status_of(status, &mut all),
            ("statfsbuf", Value::Object(status)) if !failed => {
                let blocks = status.get("f_blocks").and_then(Value::as_u64).unwrap_or(0);
                all.insert("f_blocks".into(), if blocks > 0 { "some" } else { "none" }.into());
            }
            // The kernel may list attributes of its own.
            ("names" | "statbuf" | "statfsbuf", _) => {}
            (field, value) => {
                all.insert(field.into(), value.clone());
            }
        }
    }
    all
}

/// A listing has no return value that would tell whether it failed; the real client leaves EAGAIN behind.
fn errno(name: &str, reply: &Value, step: &Value) -> Value {
    let is_empty = reply["dirents"].as_array().is_none_or(Vec::is_empty);
    match reply["errnum"].as_i64() {
        Some(errno) if name == "readdir" && is_empty && errno != i64::from(libc::EAGAIN) => errno.into(),
        _ => step["errno"].clone(),
    }
}

/// A link's length is that of its target, which is compared itself.
fn is_numbered(name: &str) -> bool {
    NUMBERED.contains(&name) || name == "readlink"
}

/// Names with their types, in order; some file systems list `.` and `..`, and some know no types.
fn entries_of(entries: &[Value], all: &mut Map<String, Value>) {
    let mut found: Vec<(String, u64)> = entries
        .iter()
        .map(|entry| {
            let name = &entry["d_name"];
            let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
            (name, entry["d_type"].as_u64().unwrap_or(0))
        })
        .filter(|(name, _)| name != "." && name != "..")
        .collect();
    found.sort();
    let names: Vec<Value> = found.iter().map(|(name, _)| name.clone().into()).collect();
    if !found.is_empty() && found.iter().all(|(_, kind)| *kind != 0) {
        let kinds: Vec<Value> = found.iter().map(|(_, kind)| (*kind).into()).collect();
        all.insert("types".into(), kinds.into());
    }
    all.insert("entries".into(), names.into());
}

fn status_of(status: &Map<String, Value>, all: &mut Map<String, Value>) {
    let mode = status.get("st_mode").or(status.get("stx_mode"));
    let is_file = mode.and_then(Value::as_u64).unwrap_or(0) & 0o170_000 == 0o100_000;
    // Each file system has its own idea of a directory's size and links, and a link's target is longer here than there.
    let of_files: &[&str] = if is_file { &STATUS_OF_FILES } else { &[] };
    for name in STATUS.iter().chain(of_files) {
        if let Some(value) = status.get(*name) {
            all.insert((*name).into(), value.clone());
        }
    }
}

fn short(value: &Value) -> String {
    const LONGEST: usize = 60;
    let bytes: Option<Vec<u8>> = value.as_array().and_then(|all| {
        let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
        all.iter().map(byte).collect()
    });
    let text = match bytes {
        Some(bytes) if !bytes.is_empty() => format!("\"{}\"", bytes.escape_ascii()),
        _ => value.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differs(name: &str, here: Value, plain: Value) -> String {
        difference(name, &here, &plain).map_or(String::new(), |difference| difference.to_string())
    }

    #[test]
    fn what_may_differ_does_not_count() {
        let open = |fd: i64| json!({ "errnum": 0, "retval": fd });
        assert_eq!(differs("open", open(10000), open(3)), "");
        let stat = |ino: u64, size: u64, mode: u64| json!({ "errnum": 0, "retval": 0, "statbuf": { "st_ino": ino, "st_size": size, "st_mode": mode } });
        assert_eq!(differs("stat", stat(1, 5, 0o100_644), stat(2, 5, 0o100_644)), "");
        assert_eq!(
            differs("stat", stat(1, 0, 0o040_755), stat(2, 4096, 0o040_755)),
            ""
        );
        let list = |names: &[&str]| {
            let entries: Vec<Value> = names
                .iter()
                .map(|name| json!({ "d_name": name, "d_type": 8 }))
                .collect();
            json!({ "errnum": 0, "dirents": entries })
        };
        assert_eq!(
            differs("readdir", list(&["b", "a"]), list(&[".", "..", "a", "b"])),
            ""
        );
        let refused = json!({ "errnum": 95, "retval": -1 });
        assert!(is_unsupported(&refused));
        assert_eq!(
            differs("setxattr", json!({ "errnum": 0, "retval": 0 }), refused),
            ""
        );
        // A stale number of a call that succeeded.
        assert_eq!(
            differs(
                "mkdir",
                json!({ "errnum": 11, "retval": 0 }),
                json!({ "errnum": 0, "retval": 0 })
            ),
            ""
        );
    }

    #[test]
    fn what_differs_is_told_with_both_values() {
        let failed = |errno: i32| json!({ "errnum": errno, "retval": -1 });
        assert_eq!(differs("mkdir", failed(2), failed(17)), "errno=2 (plain: 17)");
        let made = json!({ "errnum": 0, "retval": 0 });
        assert!(differs("rmdir", made, failed(39)).contains("retval=0 (plain: -1)"));
        let list = |names: &[&str]| {
            let entries: Vec<Value> = names
                .iter()
                .map(|name| json!({ "d_name": name, "d_type": 8 }))
                .collect();
            json!({ "errnum": 0, "dirents": entries })
        };
        let read = |text: &str| json!({ "errnum": 0, "retval": 2, "buf": text.as_bytes() });
        assert_eq!(
            differs("read", read("a\0"), read("ab")),
            r#"buf="a\x00" (plain: "ab")"#
        );
        assert!(differs("readdir", list(&["a"]), list(&["a", "b"])).contains("entries=[\"a\"]"));
    }
}
