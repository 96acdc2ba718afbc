//! A test's own record, `steps.jsonl`: what the harness did for it, one line each for people.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod describe;

/// One thing the harness did: its begin and end in one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Step {
    /// `fixture`, `daemon`, `op`, `shell`, `assert` and so on.
    pub(crate) kind: String,
    /// Begin, on the monotonic clock, in microseconds.
    pub(crate) mono: u64,
    /// Begin, in microseconds since the epoch.
    pub(crate) ts: i64,
    /// How long it took; `None` while it has no end, as when it hangs.
    pub(crate) duration_us: Option<u64>,
    /// Whether it was one moment, without begin and end.
    #[serde(skip)]
    pub(crate) instant: bool,
    /// What else was recorded, the end's fields over the begin's.
    #[serde(flatten)]
    pub(crate) fields: Map<String, Value>,
}

/// A line of the file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Line {
    n: Value,
    ph: String,
    ts: i64,
    mono: u64,
    kind: String,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// Reads the steps of an attempt; none if it wrote none.
///
/// Lines that are no step, such as the last one of a killed test, are passed over.
pub(crate) fn read(path: &Path) -> Vec<Step> {
    fs::read(path).map_or_else(|_| Vec::new(), |bytes| parse(&bytes))
}

/// Reads lines of the file.
pub(crate) fn lines(bytes: &[u8]) -> Vec<Line> {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

/// Reads the steps in the bytes of a record.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    Open::default().take(lines(bytes), &mut steps);
    steps
}

/// Steps that have begun, by what their end will be known by, while more lines come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Open(HashMap<String, usize>);

impl Open {
    /// Takes the next lines. Returns which steps have ended that were there before.
    pub(crate) fn take(&mut self, lines: Vec<Line>, steps: &mut Vec<Step>) -> Vec<usize> {
        let known = steps.len();
        let mut ended = Vec::new();
        for mut line in lines {
            for known in ["v", "pid", "tid"] {
                line.fields.remove(known);
            }
            let key = line.n.to_string();
            let begun = self.0.remove(&key).filter(|_| line.ph == "e");
            if let Some((index, step)) = begun.and_then(|index| Some((index, steps.get_mut(index)?))) {
                step.duration_us = Some(line.mono.saturating_sub(step.mono));
                step.fields.extend(line.fields);
                if index < known {
                    ended.push(index);
                }
                continue;
            }
            let instant = line.ph != "b";
            if !instant {
                self.0.insert(key, steps.len());
            }
            steps.push(Step {
                kind: line.kind,
                mono: line.mono,
                ts: line.ts,
                duration_us: None,
                instant,
                fields: line.fields,
            });
        }
        ended
    }
}

impl Step {
    /// Returns the same with other texts: a path is shortened before it is cut.
    pub(crate) fn with_texts(&self, change: &dyn Fn(&str) -> String) -> Step {
        fn each(value: &mut Value, change: &dyn Fn(&str) -> String) {
            match value {
                Value::String(text) => *text = change(text),
                Value::Array(values) => values.iter_mut().for_each(|value| each(value, change)),
                Value::Object(values) => values.values_mut().for_each(|value| each(value, change)),
                _ => {}
            }
        }
        let mut step = self.clone();
        step.fields.values_mut().for_each(|value| each(value, change));
        step
    }

    /// Whether this is an assertion that did not hold.
    pub(crate) fn is_failed_assert(&self) -> bool {
        self.kind == "assert" && self.fields.get("ok") == Some(&Value::Bool(false))
    }

    /// Whether it tells of a crash, or of what a sanitizer or valgrind found: what other failures follow from.
    pub(crate) fn is_finding(&self) -> bool {
        matches!(self.kind.as_str(), "crash" | "report")
    }

    /// Returns what a finding says beside its one line: a stack or a report, and where all of it is.
    pub(crate) fn finding(&self) -> Vec<String> {
        let text = self.text("text").unwrap_or_default();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.extend(self.text("problem"));
        if self.kind == "crash" {
            let stderr = self
                .text("stderr")
                .filter(|text| text != "(empty)")
                .unwrap_or_default();
            lines.extend(stderr.lines().map(|line| format!("stderr: {line}")));
        }
        for (name, what) in [
            ("core", "core"),
            ("backtrace", "all stacks"),
            ("file", "all of it"),
        ] {
            lines.extend(self.text(name).map(|path| format!("{what}: {path}")));
        }
        lines
    }

    /// Whether it was begun and has no end.
    pub(crate) fn is_open(&self) -> bool {
        !self.instant && self.duration_us.is_none()
    }

    /// Whether it is a set-up or teardown that went well: no news where a failure is told.
    pub(crate) fn is_routine(&self) -> bool {
        self.kind == "fixture" && self.fields.get("ok") == Some(&Value::Bool(true))
    }

    /// Returns a field as text.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        self.fields.get(field).filter(|value| !value.is_null()).map(text)
    }

    /// Returns the bytes that it tells of, as many as were recorded, and how many there were.
    pub(crate) fn bytes(&self) -> Option<(Vec<u8>, usize)> {
        let value = self.fields.get("bytes")?;
        let cut = value.get("head");
        let bytes: gkfs_runner::ByteString = serde_json::from_value(cut.unwrap_or(value).clone()).ok()?;
        let bytes = bytes.to_bytes().into_owned();
        let all = value.get("len").and_then(Value::as_u64);
        Some((bytes.clone(), all.map_or(bytes.len(), |all| all as usize)))
    }

    /// Returns `file:line`.
    pub(crate) fn place(&self) -> Option<String> {
        let file = self.text("file")?;
        Some(
            self.text("line")
                .map_or(file.clone(), |line| format!("{file}:{line}")),
        )
    }
}

/// Returns a recorded value as text; the record's byte strings as what they stand for.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => serde_json::from_value::<gkfs_runner::ByteString>(value.clone())
            .map_or_else(|_| value.to_string(), |bytes| bytes.to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = concat!(
        r#"{"v":1,"n":"9.0","ph":"b","ts":5,"mono":100,"pid":9,"tid":9,"kind":"op","op":"mkdir","args":{"pathname":"/m/a","mode":511},"via":"session"}"#,
        "\n",
        r#"{"v":1,"n":"9.1","ph":"i","ts":6,"mono":150,"pid":9,"tid":9,"kind":"log","level":"info","text":"hello\u001b[31m"}"#,
        "\n",
        r#"{"v":1,"n":"9.0","ph":"e","ts":7,"mono":400,"pid":9,"tid":9,"kind":"op","reply":{"retval":-1,"errnum":17},"ok":false,"errno":17,"dur_us":290}"#,
        "\n",
        r#"{"v":1,"n":"9.2","ph":"b","ts":8,"mono":500,"pid":9,"tid":9,"kind":"shell","argv":["cp","a","b"],"intercept":true}"#,
        "\n",
        r#"{"v":1,"n":"9.3","ph":"i","ts":9,"mono":600,"pid":9,"tid":9,"kind":"assert","ok":false,"message":"1 is not 2","file":"a.rs","line":7}"#,
        "\n",
        r#"{"v":1,"n":"9.4","ph"#,
    );

    #[test]
    fn begin_and_end_are_one_step() {
        let steps = parse(RECORD.as_bytes());
        let kinds: Vec<(&str, Option<u64>)> = steps
            .iter()
            .map(|step| (step.kind.as_str(), step.duration_us))
            .collect();
        assert_eq!(
            kinds,
            [
                ("op", Some(300)),
                ("log", None),
                ("shell", None),
                ("assert", None)
            ]
        );
    }

    #[test]
    fn each_kind_has_its_words() {
        let words: Vec<String> = parse(RECORD.as_bytes()).iter().map(Step::describe).collect();
        assert_eq!(
            words,
            [
                "mkdir(pathname=/m/a mode=0777) in a session → retval=-1 errnum=17 (File exists)",
                "info: hello\\u{1b}[31m",
                "cp a b … no end was recorded",
                "failed: 1 is not 2 at a.rs:7",
            ]
        );
    }

    #[test]
    fn rubbish_is_passed_over() {
        assert_eq!(parse(b"\xff\xfe\n{}\n[1]\n\n"), []);
    }
}
