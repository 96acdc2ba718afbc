//! Keeps a line of the record short: long strings and arrays are cut, with their length and a hash.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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

/// Joins the line's own members and the step's fields into one line of bounded length.
pub(super) fn line(mut line: Map<String, Value>, fields: Value) -> String {
    let bare = line.clone();
    match fields {
        Value::Object(fields) => {
            for (key, value) in fields {
                line.entry(key).or_insert_with(|| clip(value));
            }
        }
        Value::Null => {}
        other => {
            line.insert("value".into(), clip(other));
        }
    }
    let text = Value::Object(line).to_string() + "\n";
    if text.len() <= LONGEST_LINE {
        return text;
    }
    let mut bare = bare;
    bare.insert("cut".into(), json!({ "len": text.len() }));
    Value::Object(bare).to_string() + "\n"
}

fn clip(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() > LONGEST_BYTES => byte_string(text.as_bytes()),
        Value::Array(items) if items.len() > LONGEST_ARRAY => match as_bytes(&items) {
            Some(bytes) => byte_string(&bytes),
            None => {
                let len = items.len();
                let head: Vec<Value> = items.into_iter().take(LONGEST_ARRAY).map(clip).collect();
                json!({ "head": head, "len": len })
            }
        },
        Value::Array(items) => items.into_iter().map(clip).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, clip(value))).collect(),
        other => other,
    }
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
        let clipped = clip(json!({ "buf": vec![b'a'; 100_000], "names": vec!["n"; 300] }));
        assert_eq!(clipped["buf"]["len"], 100_000);
        assert_eq!(clipped["names"]["len"], 300);
    }

    #[test]
    fn no_line_is_longer_than_the_limit() {
        let entries: Vec<_> = (0..250)
            .map(|i| json!({ "name": format!("{i}-{}", "x".repeat(1000)) }))
            .collect();
        let mut head = Map::new();
        head.insert("kind".into(), "op".into());
        let text = line(head, json!({ "reply": entries }));
        assert!(text.len() <= LONGEST_LINE);
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["kind"], "op");
        assert!(read["cut"]["len"].as_u64().unwrap() > LONGEST_LINE as u64);
    }
}
