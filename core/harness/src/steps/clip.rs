//! Keeps a line of the record short: long strings and arrays are cut, with their length and a hash.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_64;

/// The longest line, its newline included.
const LONGEST_LINE: usize = 64 * 1024;
/// A byte string of more bytes is cut to this.
const LONGEST_BYTES: usize = 4 * 1024;
/// An array of more items is cut to this, unless it is one of bytes.
const LONGEST_ARRAY: usize = 256;

/// A byte string as the record writes it: text if it is UTF-8, else `{"b64": …}`; over 4 KiB
/// `{"head": …, "len": …, "xxh3": …}`.
pub fn byte_string(bytes: &[u8]) -> Value {
    if bytes.len() > LONGEST_BYTES {
        let head = &bytes[..LONGEST_BYTES];
        // A character may be cut in two at the end: that alone does not make text binary.
        let head = match std::str::from_utf8(head) {
            Ok(text) => text.into(),
            Err(error) if head.len() - error.valid_up_to() < 4 => {
                text_or_base64(&head[..error.valid_up_to()])
            }
            Err(_) => text_or_base64(head),
        };
        return json!({ "head": head, "len": bytes.len(), "xxh3": format!("{:016x}", xxh3_64(bytes)) });
    }
    text_or_base64(bytes)
}

fn text_or_base64(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({ "b64": STANDARD.encode(bytes) }),
    }
}

/// One line of bounded length: what every line has, and what this step says, which may not name that again.
pub(super) fn line(head: &Head<'_>, fields: &[Field<'_>]) -> String {
    let text = joined(head, fields);
    if text.len() <= LONGEST_LINE {
        return text;
    }
    let cut = json!({ "len": text.len() });
    joined(head, &[Field("cut", Clipped::Value(&cut))])
}

fn joined(head: &Head<'_>, fields: &[Field<'_>]) -> String {
    let line = Line { head, fields };
    // Strings, numbers and maps with strings for keys: nothing of that can fail.
    serde_json::to_string(&line).expect("a step is JSON") + "\n"
}

/// What every line has.
#[derive(Debug, Serialize)]
pub(super) struct Head<'a> {
    pub(super) v: u64,
    pub(super) n: &'a str,
    pub(super) ph: &'a str,
    pub(super) ts: i64,
    pub(super) mono: u64,
    pub(super) pid: u32,
    pub(super) tid: i32,
    pub(super) kind: &'a str,
}

/// The members of [`Head`].
const HEAD: [&str; 8] = ["v", "n", "ph", "ts", "mono", "pid", "tid", "kind"];

/// Something that a step says, under its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a>(pub(super) &'a str, pub(super) Clipped<'a>);

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    head: &'a Head<'a>,
    #[serde(flatten, serialize_with = "members")]
    fields: &'a [Field<'a>],
}

fn members<S: Serializer>(fields: &&[Field<'_>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        fields
            .iter()
            .filter(|Field(name, _)| !HEAD.contains(name))
            .map(|Field(name, value)| (name, value)),
    )
}

/// A value that is cut while it is written: an operation's reply is never copied for its record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clipped<'a> {
    Value(&'a Value),
    Map(&'a Map<String, Value>),
}

impl Serialize for Clipped<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Value(Value::String(text)) if text.len() > LONGEST_BYTES => {
                byte_string(text.as_bytes()).serialize(serializer)
            }
            Self::Value(Value::Array(items)) if items.len() > LONGEST_ARRAY => match as_bytes(items) {
                Some(bytes) => byte_string(&bytes).serialize(serializer),
                None => {
                    let head: Vec<_> = items.iter().take(LONGEST_ARRAY).map(Clipped::Value).collect();
                    CutArray {
                        head,
                        len: items.len(),
                    }
                    .serialize(serializer)
                }
            },
            Self::Value(Value::Array(items)) => serializer.collect_seq(items.iter().map(Clipped::Value)),
            Self::Value(Value::Object(map)) | Self::Map(map) => {
                serializer.collect_map(map.iter().map(|(key, value)| (key, Clipped::Value(value))))
            }
            Self::Value(other) => other.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct CutArray<'a> {
    head: Vec<Clipped<'a>>,
    len: usize,
}

/// What an array of small numbers means: the bytes that a read returned.
fn as_bytes(items: &[Value]) -> Option<Vec<u8>> {
    items
        .iter()
        .map(|item| item.as_u64().and_then(|n| u8::try_from(n).ok()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_strings_are_text_base64_or_a_head() {
        assert_eq!(byte_string(b"plain"), json!("plain"));
        assert_eq!(byte_string(&[0xff, 0xfe]), json!({ "b64": "//4=" }));
        let long = "é".repeat(4000);
        let cut = byte_string(long.as_bytes());
        assert_eq!(cut["len"], 8000);
        assert_eq!(cut["head"].as_str().unwrap().len(), LONGEST_BYTES);
        let odd = format!("x{long}");
        assert_eq!(
            byte_string(odd.as_bytes())["head"].as_str().unwrap().len(),
            LONGEST_BYTES - 1
        );
    }

    #[test]
    fn a_read_of_many_bytes_becomes_a_byte_string() {
        let long = json!({ "buf": vec![b'a'; 100_000], "names": vec!["n"; 300] });
        let clipped = serde_json::to_value(Clipped::Value(&long)).unwrap();
        assert_eq!(clipped["buf"]["len"], 100_000);
        assert_eq!(clipped["names"]["len"], 300);
    }

    #[test]
    fn no_line_is_longer_than_the_limit() {
        let entries: Vec<_> = (0..250)
            .map(|i| json!({ "name": format!("{i}-{}", "x".repeat(1000)) }))
            .collect();
        let entries = Value::from(entries);
        let head = Head {
            v: 1,
            n: "1.1",
            ph: "e",
            ts: 0,
            mono: 0,
            pid: 1,
            tid: 1,
            kind: "op",
        };
        let text = line(&head, &[Field("reply", Clipped::Value(&entries))]);
        assert!(text.len() <= LONGEST_LINE);
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["kind"], "op");
        assert!(read["cut"]["len"].as_u64().unwrap() > LONGEST_LINE as u64);
    }

    #[test]
    fn a_step_cannot_change_what_every_line_has() {
        let head = Head {
            v: 1,
            n: "1.1",
            ph: "i",
            ts: 2,
            mono: 3,
            pid: 4,
            tid: 5,
            kind: "log",
        };
        let other = json!("other");
        let fields = [
            Field("kind", Clipped::Value(&other)),
            Field("text", Clipped::Value(&other)),
        ];
        let read: Value = serde_json::from_str(&line(&head, &fields)).unwrap();
        assert_eq!((&read["kind"], &read["text"]), (&json!("log"), &json!("other")));
        assert_eq!(
            read.as_object().unwrap().len(),
            HEAD.len() + 1,
            "every member of the head is known: {read}"
        );
    }
}
