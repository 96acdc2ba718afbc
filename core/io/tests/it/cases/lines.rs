//! No line ends a session, whatever is in it.

use std::cell::RefCell;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::Session;

/// Values that arguments may be mistaken for.
///
/// None reaches out of the session's directory, for the session may run as root: no path is absolute
/// or has a dot, and no number is a standard descriptor's. No number is great enough to make many files.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..0i64).prop_map(Value::from),
        (3..40i64).prop_map(Value::from),
        (690..720i64).prop_map(Value::from),
        "[a-c]{1,2}(/[a-c]{0,2})?".prop_map(Value::from),
        "[^./]{0,6}".prop_map(Value::from),
        prop::collection::vec(
            any::<u8>().prop_filter("no path", |byte| !b"./".contains(byte)),
            0..4
        )
        .prop_map(|bytes| json!(bytes)),
        Just(json!({ "b64": "/w==" })),
        Just(json!({ "b64": "no base64" })),
    ]
}

/// Any operation with any values in its arguments' places.
fn request() -> impl Strategy<Value = String> {
    let operations = gkfs_io::operations();
    (0..operations.len(), prop::collection::vec(value(), 8)).prop_map(move |(number, values)| {
        let operation = &operations[number];
        let names = operation
            .arguments
            .iter()
            .map(|argument| argument.name.to_owned());
        let args: serde_json::Map<_, _> = names.zip(values).collect();
        json!({ "n": number, "op": operation.name, "args": args }).to_string()
    })
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let garbage = prop::collection::vec(any::<u8>().prop_filter("one line", |byte| *byte != b'\n'), 1..80);
    let cut = (request(), 0..100usize)
        .prop_map(|(text, percent)| text.as_bytes()[..text.len() * percent / 100].to_vec());
    prop_oneof![3 => request().prop_map(String::into_bytes), 1 => garbage, 1 => cut]
}

fn survives(options: &[&str]) {
    let directory = tempfile::tempdir().unwrap();
    let session = RefCell::new(Session::start(directory.path(), options));
    let config = ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(line in line())| {
        let mut session = session.borrow_mut();
        if !line.trim_ascii().is_empty() {
            session.send(&line);
            let answer = session.receive();
            prop_assert!(answer.reply.is_some() || answer.error.is_some());
        }
        let answer = session.ask("umask", json!({ "mask": 18 }));
        prop_assert!(answer.reply.is_some(), "{answer:?}");
    });
    assert_eq!(session.into_inner().end(), Some(0));
}

#[test]
fn no_line_ends_a_session() {
    survives(&[]);
}

#[test]
fn no_line_ends_a_session_that_imitates_processes() {
    survives(&["--imitate-process"]);
}
