//! The test's own record: one JSON line for each thing done for it, in `steps.jsonl`.
//!
//! Lines are written by one `O_APPEND` write each, so that processes of one test may share the file. A step
//! that takes time has a begin and an end line with the same number: a call that hangs is visible as a begin
//! without an end.

mod clip;

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

pub use clip::byte_string;
use clip::{Clipped, Field, Head};

use crate::error::{Error, Result};

/// The version of the line format.
const FORMAT: u64 = 1;

/// The next step's number: one for the whole process, as several records of it may be one file.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Writes the steps of one test. Clones write to the same file.
#[derive(Clone, Debug)]
pub struct Steps(Arc<Writer>);

#[derive(Debug)]
struct Writer {
    file: File,
    path: PathBuf,
}

impl Steps {
    /// Appends to the file at `path`, which is made if it does not exist.
    ///
    /// # Errors
    /// The file cannot be opened for writing.
    pub fn create(path: &Path) -> Result<Self> {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let file = opened.map_err(|source| Error::io("open the step record", path, source))?;
        Ok(Self(Arc::new(Writer {
            file,
            path: path.to_owned(),
        })))
    }

    /// Where the steps are written.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Records something that takes no time. `fields` is a JSON object.
    pub fn instant(&self, kind: &str, fields: Value) {
        self.write(Stamp::now(), number(), "i", kind, &fields, None);
    }

    /// As [`instant`](Self::instant), of something that was at `at`: it is written behind what happened meanwhile.
    pub(crate) fn instant_at(&self, at: Instant, kind: &str, fields: Value) {
        self.write(Stamp::of(at), number(), "i", kind, &fields, None);
    }

    /// Records the begin of something; [`Span::end`] records its end.
    pub fn begin(&self, kind: &'static str, fields: Value) -> Span {
        self.begin_with(Stamp::now(), kind, &fields, None)
    }

    /// As [`begin`](Self::begin), of something that began at `stamp`: what a process writes first must not seem to
    /// come before it was started, whose number the begin tells.
    pub(crate) fn begin_at(&self, stamp: Stamp, kind: &'static str, fields: Value) -> Span {
        self.begin_with(stamp, kind, &fields, None)
    }

    /// As [`begin_at`](Self::begin_at), for an operation, whose arguments are written without being copied.
    pub(crate) fn begin_operation(&self, stamp: Stamp, args: &Map<String, Value>, fields: Value) -> Span {
        self.begin_with(stamp, "op", &fields, Some(Field("args", Clipped::Map(args))))
    }

    fn begin_with(&self, stamp: Stamp, kind: &'static str, fields: &Value, large: Option<Field<'_>>) -> Span {
        let number = number();
        self.write(stamp, number, "b", kind, fields, large);
        Span {
            steps: self.clone(),
            kind,
            number,
            started: stamp.instant,
            ended: false,
        }
    }

    /// Makes these the steps that [`log!`](macro@crate::log) and failed assertions of the calling thread go to,
    /// until the guard is dropped. The thread of a test has this already; one that a test starts may ask.
    pub fn enter(&self) -> Entered {
        Entered {
            before: CURRENT.replace(Some(self.clone())),
        }
    }

    /// The steps of the calling thread, if it belongs to a test.
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    fn write(
        &self,
        stamp: Stamp,
        number: u64,
        phase: &str,
        kind: &str,
        fields: &Value,
        large: Option<Field<'_>>,
    ) {
        let pid = std::process::id();
        let head = Head {
            v: FORMAT,
            n: &format!("{pid}.{number}"),
            ph: phase,
            ts: stamp.ts,
            mono: stamp.mono,
            pid,
            tid: rustix::thread::gettid().as_raw_nonzero().get(),
            kind,
        };
        let mut all: Vec<Field<'_>> = match fields {
            Value::Object(map) => map
                .iter()
                .map(|(name, value)| Field(name, Clipped::Value(value)))
                .collect(),
            Value::Null => Vec::new(),
            other => vec![Field("value", Clipped::Value(other))],
        };
        all.extend(large);
        let text = clip::line(&head, &all);
        // A full disk must not turn a passing test into a failed one; the runner reports the disk itself.
        let _: io::Result<()> = (&self.0.file).write_all(text.as_bytes());
    }
}

fn number() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

thread_local! {
    static CURRENT: RefCell<Option<Steps>> = const { RefCell::new(None) };
}

/// Keeps a thread's steps in place; see [`Steps::enter`].
#[must_use = "the thread leaves the test's steps when this is dropped"]
#[derive(Debug)]
pub struct Entered {
    before: Option<Steps>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before.take());
    }
}

/// A step that has begun. Dropped without [`end`](Self::end), it ends with `"ok": false`.
#[derive(Debug)]
pub struct Span {
    steps: Steps,
    kind: &'static str,
    number: u64,
    started: Instant,
    ended: bool,
}

impl Span {
    /// Records the end with `fields`, a JSON object; the duration is added.
    pub fn end(mut self, fields: Value) {
        self.finish(fields, None);
    }

    /// As [`end`](Self::end), with an operation's reply if there is one, which is written without being copied.
    pub(crate) fn end_operation(mut self, reply: Option<&Value>, fields: Value) {
        self.finish(fields, reply.map(|reply| Field("reply", Clipped::Value(reply))));
    }

    fn finish(&mut self, mut fields: Value, large: Option<Field<'_>>) {
        self.ended = true;
        if let Value::Object(map) = &mut fields {
            map.entry("dur_us")
                .or_insert_with(|| (self.started.elapsed().as_micros() as u64).into());
        }
        self.steps
            .write(Stamp::now(), self.number, "e", self.kind, &fields, large);
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if !self.ended {
            self.finish(
                json!({ "ok": false, "error": "left by a panic or an early return" }),
                None,
            );
        }
    }
}

/// A moment, on the clocks that the record knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    /// Microseconds since the epoch.
    ts: i64,
    /// Microseconds of `CLOCK_MONOTONIC`.
    mono: u64,
    instant: Instant,
}

impl Stamp {
    /// A moment that has passed.
    fn of(instant: Instant) -> Self {
        let now = Self::now();
        let ago = now.instant.saturating_duration_since(instant).as_micros() as u64;
        Self {
            ts: now.ts - ago as i64,
            mono: now.mono.saturating_sub(ago),
            instant,
        }
    }

    pub(crate) fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        let mono = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        Self {
            ts: since_epoch.map_or(0, |elapsed| elapsed.as_micros() as i64),
            mono: mono.tv_sec as u64 * 1_000_000 + mono.tv_nsec as u64 / 1_000,
            instant: Instant::now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> Vec<Value> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn begin_and_end_share_a_number() {
        let dir = tempfile::tempdir().unwrap();
        let steps = Steps::create(&dir.path().join("steps.jsonl")).unwrap();
        let span = steps.begin("op", json!({ "op": "mkdir" }));
        steps.instant("log", json!({ "level": "info", "text": "between" }));
        span.end(json!({ "ok": true }));
        let lines = lines(steps.path());
        assert_eq!(
            lines
                .iter()
                .map(|l| l["ph"].as_str().unwrap())
                .collect::<String>(),
            "bie"
        );
        assert_eq!(lines[0]["n"], lines[2]["n"]);
        assert_ne!(lines[0]["n"], lines[1]["n"]);
        assert!(lines[2]["mono"].as_u64() >= lines[0]["mono"].as_u64());
        assert!(lines[2]["dur_us"].is_u64());
    }

    #[test]
    fn what_began_earlier_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let steps = Steps::create(&dir.path().join("steps.jsonl")).unwrap();
        let stamp = Stamp::now();
        steps.instant("log", json!({}));
        steps.begin_at(stamp, "shell", json!({})).end(json!({}));
        let mono: Vec<_> = lines(steps.path())
            .iter()
            .map(|line| line["mono"].as_u64())
            .collect();
        assert_eq!(mono[1], Some(stamp.mono));
        assert!(mono[0] >= mono[1] && mono[2] >= mono[0]);
    }

    #[test]
    fn a_forgotten_span_ends_as_not_ok() {
        let dir = tempfile::tempdir().unwrap();
        let steps = Steps::create(&dir.path().join("steps.jsonl")).unwrap();
        drop(steps.begin("shell", json!({})));
        assert_eq!(lines(steps.path())[1]["ok"], false);
    }

    #[test]
    fn threads_enter_and_leave() {
        let dir = tempfile::tempdir().unwrap();
        let steps = Steps::create(&dir.path().join("steps.jsonl")).unwrap();
        assert!(Steps::current().is_none());
        {
            let _entered = steps.enter();
            assert_eq!(Steps::current().unwrap().path(), steps.path());
        }
        assert!(Steps::current().is_none());
    }
}
