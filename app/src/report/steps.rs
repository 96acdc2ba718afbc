//! A test's own record, `steps.jsonl`: what the harness did for it, one line each for people.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::tail::printable;

/// Longest text of one step's value, in characters.
const SHOWN: usize = 160;

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
#[derive(Debug, Deserialize)]
struct Line {
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

fn parse(bytes: &[u8]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut open = HashMap::new();
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    for mut line in lines {
        for known in ["v", "pid", "tid"] {
            line.fields.remove(known);
        }
        let key = line.n.to_string();
        match (line.ph.as_str(), open.get(&key)) {
            ("e", Some(index)) => {
                let begun: &mut Step = &mut steps[*index];
                begun.duration_us = Some(line.mono.saturating_sub(begun.mono));
                begun.fields.extend(line.fields);
                open.remove(&key);
            }
            (phase, _) => {
                let instant = phase != "b";
                if !instant {
                    open.insert(key, steps.len());
                }
                let Line {
                    ts,
                    mono,
                    kind,
                    fields,
                    ..
                } = line;
                steps.push(Step {
                    kind,
                    mono,
                    ts,
                    duration_us: None,
                    instant,
                    fields,
                });
            }
        }
    }
    steps
}

impl Step {
    /// Whether this is an assertion that did not hold.
    pub(crate) fn is_failed_assert(&self) -> bool {
        self.kind == "assert" && self.fields.get("ok") == Some(&Value::Bool(false))
    }

    /// Returns a field as text.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        self.fields.get(field).filter(|value| !value.is_null()).map(text)
    }

    /// Returns what happened, in one line without kind and time.
    pub(crate) fn describe(&self) -> String {
        let said = match self.kind.as_str() {
            "op" => self.operation(),
            "shell" => self.shell(),
            "daemon" => self.daemon(),
            "assert" => {
                let word = if self.is_failed_assert() {
                    "failed"
                } else {
                    "holds"
                };
                format!(
                    "{word}: {}{}",
                    self.text("message").unwrap_or_default(),
                    self.place().map_or(String::new(), |at| format!(" at {at}"))
                )
            }
            "log" => format!(
                "{}: {}",
                self.text("level").unwrap_or_default(),
                self.text("text").unwrap_or_default()
            ),
            "fixture" => self.fixture(),
            "skip" => self.text("reason").unwrap_or_default(),
            _ => pairs(&self.fields),
        };
        let hanging = if self.instant || self.duration_us.is_some() {
            ""
        } else {
            " … no end was recorded"
        };
        let first = said.lines().next().unwrap_or_default();
        format!("{}{hanging}", cut(&printable(first), 2 * SHOWN))
    }

    /// Returns `file:line`.
    pub(crate) fn place(&self) -> Option<String> {
        let file = self.text("file")?;
        Some(
            self.text("line")
                .map_or(file.clone(), |line| format!("{file}:{line}")),
        )
    }

    fn operation(&self) -> String {
        let name = self.text("op").unwrap_or_default();
        let args = self.fields.get("args").map_or(String::new(), |args| match args {
            Value::Object(args) => pairs(args),
            Value::Array(args) => args.iter().map(text).collect::<Vec<_>>().join(", "),
            other => text(other),
        });
        let reply = match self.fields.get("reply") {
            Some(Value::Object(reply)) => format!(" → {}", cut(&pairs(reply), SHOWN)),
            Some(other) if !other.is_null() => format!(" → {}", cut(&text(other), SHOWN)),
            _ => String::new(),
        };
        let errno = self
            .fields
            .get("errno")
            .and_then(Value::as_i64)
            .filter(|errno| *errno != 0);
        let errno = errno
            .and_then(|errno| i32::try_from(errno).ok())
            .map_or(String::new(), |errno| {
                let text = std::io::Error::from_raw_os_error(errno).to_string();
                format!(
                    " (errno {errno}: {})",
                    text.split(" (os error").next().unwrap_or_default()
                )
            });
        format!("{name}({args}){reply}{errno}")
    }

    fn shell(&self) -> String {
        let command = match self.fields.get("argv") {
            Some(Value::Array(argv)) => argv.iter().map(text).collect::<Vec<_>>().join(" "),
            _ => self
                .text("script")
                .unwrap_or_default()
                .lines()
                .collect::<Vec<_>>()
                .join("; "),
        };
        let end = self
            .text("signal")
            .map(|signal| format!("signal {signal}"))
            .or(self.text("exit").map(|exit| format!("exit {exit}")));
        let stderr = self.text("stderr").filter(|text| !text.is_empty());
        let stderr = stderr.map_or(String::new(), |text| {
            format!(", stderr: {}", cut(text.trim_end(), SHOWN).replace('\n', " / "))
        });
        format!(
            "{}{}{stderr}",
            cut(&command, SHOWN),
            end.map_or(String::new(), |end| format!(" → {end}"))
        )
    }

    fn fixture(&self) -> String {
        let [phase, name] = ["phase", "name"].map(|field| self.text(field).unwrap_or_default());
        let end = match self.fields.get("ok") {
            Some(Value::Bool(false)) => format!(" failed: {}", self.text("error").unwrap_or_default()),
            _ => String::new(),
        };
        format!("{phase} of {name}{end}")
    }

    fn daemon(&self) -> String {
        let mut fields = self.fields.clone();
        for long in ["argv", "env"] {
            fields.remove(long);
        }
        pairs(&fields)
    }
}

/// Returns `a=1 b=2`; a long value is cut.
fn pairs(map: &Map<String, Value>) -> String {
    let shown = map
        .iter()
        .filter(|(name, value)| !value.is_null() && name.as_str() != "dur_us");
    shown
        .map(|(name, value)| format!("{name}={}", cut(&text(value), SHOWN)))
        .collect::<Vec<_>>()
        .join(" ")
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

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
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
                "mkdir(mode=511 pathname=/m/a) → errnum=17 retval=-1 (errno 17: File exists)",
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
