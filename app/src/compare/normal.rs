//! Lines without what differs from attempt to attempt: times, process numbers, ports, addresses, temporary paths.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use regex::bytes::{Captures, Regex, RegexBuilder};
use serde_json::Value;

use crate::report::steps::{self, Step};

/// What differs though nothing else does; the name of a group is what stands in its place. What stands before it and
/// tells what it is, is a group `a`, and stays.
const PATTERNS: &[&str] = &[
    // Two digits of a year are enough for the daemon.
    r"(?P<time>\b(?:\d{4}|\d{2})-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)",
    r"(?P<time2>\b\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\b)",
    // Since the epoch, in milli-, micro- or nanoseconds, or in seconds with a fraction.
    r"(?P<time4>\b1[5-9]\d{8}(?:\d{9}|\d{6}|\d{3}|\.\d+)\b)",
    r#"(?P<a1>\btv_n?sec"?\s*[:=]\s*)(?P<time3>\d+)"#,
    r"(?P<run>\b\d{8}T\d{6}Z-[0-9a-f]{4}\b)",
    r"(?P<address>\b0x[0-9a-f]{7,16}\b)",
    r#"(?P<a2>\bdirp"?\s*[:=]\s*)(?P<address2>\d+)"#,
    r"(?P<a3>\b\d{1,3}(?:\.\d{1,3}){3}:)(?P<port>\d{2,5})\b",
    r#"(?P<a4>\bport['"]?\s*[:=(]?\s*['"]?)(?P<port2>\d{2,5})\b"#,
    r#"(?P<a5>\b(?:pid|tid|ppid|pgid|process|child_pid)['"]?\s*[:=(]?\s*['"]?)(?P<pid>\d+)\b"#,
    r"(?P<a6>\bthread '[^']*' \()(?P<tid>\d+)",
    r"(?P<a7>/proc/)(?P<pid2>\d+)",
    r#"(?P<tmp>(?:/var)?/tmp/[^/\s'",;:)\]]+)"#,
    r"(?P<took>\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|seconds)\b)",
    r"(?P<number>\b\d{2,}\b)",
];

/// A time, and the process or thread that wrote it, as both daemons and clients begin their lines.
const HEAD: &str = r"^\[?(?:\d{4}|\d{2})-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\]? \[?\d+(?:\|\d+)?\]?";

/// What is looked for in every line of every attempt.
#[derive(Debug)]
pub(crate) struct Patterns {
    head: Regex,
    any: Regex,
}

impl Patterns {
    pub(crate) fn new() -> Patterns {
        // Logs are bytes, and their digits those of ASCII.
        let made = |pattern: &str| RegexBuilder::new(pattern).unicode(false).build();
        Patterns {
            head: made(HEAD).expect("a pattern of ours"),
            any: made(&PATTERNS.join("|")).expect("a pattern of ours"),
        }
    }
}

/// Makes the lines of one attempt comparable with those of another.
#[derive(Debug)]
pub(crate) struct Normalizer<'a> {
    patterns: &'a Patterns,
    /// Names of the attempt's directory.
    paths: Vec<Vec<u8>>,
    /// Numbers of processes and ports that the record names, for where nothing else tells what they are.
    numbers: BTreeSet<String>,
}

impl<'a> Normalizer<'a> {
    /// What is known of an attempt from its directory.
    pub(crate) fn of(attempt: &Path, patterns: &'a Patterns) -> Normalizer<'a> {
        let steps = steps::read(&attempt.join("steps.jsonl"));
        Normalizer::new(attempt, &steps, patterns)
    }

    fn new(attempt: &Path, steps: &[Step], patterns: &'a Patterns) -> Normalizer<'a> {
        let real = attempt.canonicalize().ok();
        let dirs = [Some(attempt.to_owned()), real].into_iter().flatten();
        let mut paths: Vec<Vec<u8>> = dirs.map(|dir: PathBuf| dir.into_os_string().into_vec()).collect();
        paths.dedup();
        Normalizer {
            patterns,
            paths,
            numbers: steps.iter().flat_map(numbers).collect(),
        }
    }

    /// Returns a line without what differs from attempt to attempt.
    pub(crate) fn line(&self, bytes: &[u8]) -> String {
        let mut text = strip_colours(bytes).into_owned();
        for path in &self.paths {
            if memchr::memmem::find(&text, path).is_some() {
                text = replaced(&text, path, b"<attempt>");
            }
        }
        let text = self.patterns.head.replace(&text, &b"<time> <pid>"[..]);
        let text = self
            .patterns
            .any
            .replace_all(&text, |found: &Captures<'_>| self.instead(found));
        String::from_utf8_lossy(&text).into_owned()
    }

    fn instead(&self, found: &Captures<'_>) -> Vec<u8> {
        let mut text = Vec::new();
        for name in self.patterns.any.capture_names().flatten() {
            let Some(part) = found.name(name) else { continue };
            let kind = name.trim_end_matches(|char: char| char.is_ascii_digit());
            let is_known =
                || std::str::from_utf8(part.as_bytes()).is_ok_and(|part| self.numbers.contains(part));
            match kind {
                "number" if is_known() => text.extend(b"<id>"),
                "a" | "number" => text.extend(part.as_bytes()),
                kind => text.extend(format!("<{kind}>").as_bytes()),
            }
        }
        text
    }
}

fn replaced(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut new = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, what) {
        new.extend_from_slice(&text[from..at]);
        new.extend_from_slice(with);
        from = at + what.len();
    }
    new.extend_from_slice(&text[from..]);
    new
}

/// Returns the numbers of processes and ports that a step names.
fn numbers(step: &Step) -> Vec<String> {
    let pids = ["child_pid", "pid"].into_iter().filter_map(|name| {
        let number = step.fields.get(name).and_then(Value::as_u64)?;
        Some(number.to_string())
    });
    let port = step
        .text("listen")
        .and_then(|listen| Some(listen.rsplit_once(':')?.1.to_owned()));
    // One digit would be found everywhere.
    pids.chain(port).filter(|number| number.len() > 1).collect()
}

fn strip_colours(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if memchr::memchr(0x1b, bytes).is_none() {
        return bytes.into();
    }
    let plain: Vec<&[u8]> = anstream::adapter::strip_bytes(bytes).collect();
    plain.concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(line: &str) -> String {
        let step = |value: Value| -> Step {
            let text =
                serde_json::json!({ "v": 1, "n": "1.1", "ph": "i", "ts": 1, "mono": 1, "kind": "daemon" });
            let mut whole = text.as_object().expect("an object").clone();
            whole.extend(value.as_object().expect("an object").clone());
            steps::parse(Value::from(whole).to_string().as_bytes()).remove(0)
        };
        let steps = [step(
            serde_json::json!({ "child_pid": 4113, "listen": "lo:36001" }),
        )];
        let attempt = Path::new("/s/.gkfs-bench/runs/R/tests/g/t/attempt-1");
        Normalizer::new(attempt, &steps, &Patterns::new()).line(line.as_bytes())
    }

    #[test]
    fn what_differs_each_time_is_named_instead() {
        for (line, expected) in [
            (
                "[26-11-22 03:05:47.251574] 6320 [I][main] parse_input() on",
                "<time> <pid> [I][main] parse_input() on",
            ),
            (
                "[2026-11-22 03:15:49.220000] [6320|6321] [syscall] mkdir(\"/x\", 0777) = 0",
                "<time> <pid> [syscall] mkdir(\"/x\", 0777) = 0",
            ),
            ("2026-11-22T03:15:49Z hello", "<time> hello"),
            ("at 1795317349230100123, or 1795317349.5", "at <time>, or <time>"),
            ("it is 03:15:49, was 03:15:48.25", "it is <time>, was <time>"),
            ("st_size 1795317349", "st_size 1795317349"),
            ("ptr 0x7f12deadbeef flags 0x241", "ptr <address> flags 0x241"),
            (
                "tcp://127.0.0.1:36001 and lo:36001",
                "tcp://127.0.0.1:<port> and lo:<id>",
            ),
            (
                "pid: 77, tid=78 of 4113 and 4114",
                "pid: <pid>, tid=<pid> of <id> and 4114",
            ),
            (
                "to library. pid '4033' uid '0'",
                "to library. pid '<pid>' uid '0'",
            ),
            (
                "open /s/.gkfs-bench/runs/R/tests/g/t/attempt-1/workspace/mnt/a",
                "open <attempt>/workspace/mnt/a",
            ),
            ("cd /tmp/gkfs-AbC1/mnt/x", "cd <tmp>/mnt/x"),
            ("run 20261122T031547Z-1a2b took 0.03s", "run <run> took <took>"),
            (
                "thread 'main' (91234) panicked at t.rs:6:5:",
                "thread 'main' (<tid>) panicked at t.rs:6:5:",
            ),
            (
                r#""tv_nsec":120,"tv_sec":1795318560,"st_size":7"#,
                r#""tv_nsec":<time>,"tv_sec":<time>,"st_size":7"#,
            ),
            ("\x1b[31mred\x1b[0m", "red"),
            ("errno 17, size 4096, mode 511", "errno 17, size 4096, mode 511"),
        ] {
            assert_eq!(normal(line), expected);
        }
    }
}
