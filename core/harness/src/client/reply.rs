//! From a client process to its reply, or to what went wrong with it.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::operations::table_entry;
use crate::process::{Finished, describe_status};

/// From here on a `gkfs.io` exits with such a status only for words that it does not understand.
const USAGE: i32 = 100;

/// Reads the reply that `done` printed.
pub(super) fn read(name: &str, done: &Finished, limit: Duration) -> Result<Value> {
    let report = || Box::new(done.report());
    if done.timed_out {
        return Err(Error::TimedOut {
            after: limit,
            report: report(),
        });
    }
    if done.status.code().is_some_and(|code| code >= USAGE)
        && let Some(hint) = unknown(name)
    {
        return Err(Error::UnknownOperation {
            name: name.into(),
            hint,
            report: report(),
        });
    }
    let problem = match serde_json::from_slice(&done.stdout) {
        Ok(reply @ Value::Object(_)) if done.status.success() => return Ok(reply),
        _ if done.status.signal().is_some() => format!("the client was {}", describe_status(done.status)),
        Ok(Value::Object(_)) => "the client printed a reply but failed".into(),
        _ if done.stdout.trim_ascii().is_empty() => "the client printed no reply".into(),
        Ok(_) => "the client printed JSON that is no reply".into(),
        Err(error) if error.is_eof() => "the client printed only the beginning of a reply".into(),
        Err(error) => format!("the client printed what is not JSON: {error}"),
    };
    Err(Error::Program {
        problem,
        report: report(),
    })
}

/// Of what a client and its wrapper printed, leaves what the client did: debuggers tell what they do on the same output.
/// A reply may have many lines, and begins one.
pub(super) fn keep_json(stdout: &mut Vec<u8>) {
    let begins = |at: usize| stdout[at] == b'{' && (at == 0 || stdout[at - 1] == b'\n');
    let reply = (0..stdout.len())
        .rev()
        .filter(|&at| begins(at))
        .find_map(|at| whole_object(&stdout[at..]));
    if let Some(reply) = reply {
        *stdout = reply.to_vec();
    }
}

/// The object that some text begins with, if it is whole.
fn whole_object(text: &[u8]) -> Option<&[u8]> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Map<String, Value>>();
    values.next()?.ok()?;
    text.get(..values.byte_offset())
}

/// Why a client may not know `name`; nothing if every client does.
fn unknown(name: &str) -> Option<String> {
    match table_entry(name) {
        Some(entry) if entry.upstream => None,
        Some(_) => Some("this gkfs.io does not know it, but a Session does: it is gkfs-bench's own".into()),
        None => Some("neither the table nor this gkfs.io knows it".into()),
    }
}

/// The end of an `op` step, beside the reply itself.
pub(crate) fn step(reply: &Value) -> Value {
    let number = |name: &str| reply.get(name).and_then(Value::as_i64);
    // As the typed replies have it: an errnum means something only when the call failed.
    let failed = match (number("retval"), reply.get("dirp")) {
        (Some(retval), _) => retval < 0,
        (None, Some(dirp)) => dirp.is_null(),
        (None, None) => false,
    };
    let errno = if failed { number("errnum").unwrap_or(0) } else { 0 };
    json!({ "ok": !failed, "errno": errno })
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    fn finished(stdout: &str, status: i32) -> Finished {
        Finished {
            command: "gkfs.io mkdir /d".into(),
            pid: 1,
            status: ExitStatus::from_raw(status),
            timed_out: false,
            duration: Duration::ZERO,
            stdout: stdout.into(),
            stderr: b"some words\n".to_vec(),
        }
    }

    #[test]
    fn a_reply_is_an_object_from_a_client_that_succeeded() {
        let printed = "{\n  \"errnum\": 11,\n  \"retval\": 0\n}\n";
        let reply = read("mkdir", &finished(printed, 0), Duration::ZERO).unwrap();
        assert_eq!(step(&reply)["errno"], 0);
        assert_eq!(step(&json!({ "retval": -1, "errnum": 17 }))["errno"], 17);
        assert_eq!(step(&json!({ "dirp": null, "errnum": 2 }))["ok"], false);
    }

    #[test]
    fn what_a_debugger_prints_around_a_reply_is_none_of_it() {
        let kept = |text: &str| {
            let mut stdout = text.as_bytes().to_vec();
            keep_json(&mut stdout);
            String::from_utf8(stdout).unwrap()
        };
        let reply =
            "{\n    \"errnum\": 0,\n    \"stat\": {\n        \"mode\": 7\n    },\n    \"retval\": 0\n}";
        let noise = "Using host libthread_db library\n{no reply}\n";
        assert_eq!(
            kept(&format!("{noise}{reply}\n[Inferior 1 exited normally]\n")),
            reply
        );
        assert_eq!(kept("{\"retval\": 0}\n"), "{\"retval\": 0}");
        for nothing in ["", "{\n \"retval\"", "words\n"] {
            assert_eq!(kept(nothing), nothing);
        }
    }

    #[test]
    fn everything_else_is_named_with_command_status_and_outputs() {
        for (stdout, status, part) in [
            ("", 1 << 8, "printed no reply"),
            ("{\"errnum\": 0, ", 0, "only the beginning"),
            ("mkdir() = 0", 0, "not JSON"),
            ("[1]", 0, "no reply"),
            ("{\"retval\": 0}", 9, "killed by signal 9"),
            ("{\"retval\": 0}", 1 << 8, "but failed"),
        ] {
            let error = read("mkdir", &finished(stdout, status), Duration::ZERO)
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{part}: {error}");
            assert!(
                error.contains("gkfs.io mkdir /d") && error.contains("some words"),
                "{error}"
            );
        }
    }

    #[test]
    fn an_unknown_operation_is_told_from_wrong_words() {
        let unknown = |name| read(name, &finished("", 109 << 8), Duration::ZERO).unwrap_err();
        assert!(matches!(unknown("mine"), Error::UnknownOperation { .. }));
        assert!(matches!(unknown("fstat"), Error::UnknownOperation { hint, .. } if hint.contains("Session")));
        assert!(matches!(unknown("mkdir"), Error::Program { .. }));
    }
}
