//! What the runner reads of a test's `steps.jsonl`: as little as a verdict needs. The module above says which fields mean what.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::open::parse_lines;
use crate::words::signal_name;

/// What the steps of an attempt say about its verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Why the test cannot run here.
    pub(crate) skip: Option<String>,
    /// The fixture whose set-up or teardown failed, and what it said.
    pub(crate) fixture: Option<String>,
    /// The daemon that died unbidden, and what a checker of memory reported: either fails a test.
    pub(crate) died: Option<String>,
    /// The assertion that failed.
    pub(crate) assertion: Option<String>,
    /// What the test found the file system able or unable to do.
    pub(crate) caps: Vec<(String, bool)>,
    /// How a stack answered otherwise than a plain directory.
    pub(crate) diverged: Option<String>,
    /// What was begun last and never ended.
    pub(crate) hanging: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Step {
    kind: String,
    #[serde(default)]
    ph: String,
    #[serde(default)]
    n: String,
    #[serde(default, deserialize_with = "if_it_fits")]
    name: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    phase: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    op: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    ok: Option<bool>,
    #[serde(default, deserialize_with = "if_it_fits")]
    outcome: Option<String>,
    #[serde(default, deserialize_with = "as_text")]
    error: Option<String>,
    #[serde(default, deserialize_with = "as_text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    tool: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    who: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    title: Option<String>,
    #[serde(default, deserialize_with = "as_text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    file: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    line: Option<u32>,
    #[serde(default, deserialize_with = "if_it_fits")]
    index: Option<u64>,
    #[serde(default, deserialize_with = "if_it_fits")]
    exit: Option<i64>,
    #[serde(default, deserialize_with = "if_it_fits")]
    signal: Option<i64>,
}

/// Steps are not ours: a field that is of another type than here expected says nothing, and its line stays.
fn if_it_fits<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

/// A text, of a long one its beginning: the record cuts it.
fn as_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value.get("head").unwrap_or(&value).as_str().map(str::to_owned))
}

impl Facts {
    /// Reads an attempt's steps. A test without any is fine.
    pub(crate) fn read(steps: &Path) -> Self {
        let bytes = fs::read(steps).unwrap_or_default();
        Self::of(parse_lines(&bytes).items)
    }

    fn of(steps: Vec<Step>) -> Self {
        let mut facts = Self::default();
        let mut open: Vec<Step> = Vec::new();
        for step in steps {
            match step.ph.as_str() {
                "b" => {
                    open.push(step);
                    continue;
                }
                "e" => {
                    let began = open
                        .iter()
                        .position(|begin| begin.n == step.n)
                        .map(|at| open.remove(at));
                    facts.end(&step, began.as_ref());
                }
                _ => {}
            }
            facts.note(step);
        }
        // A daemon runs beside the test; nobody hangs in it.
        facts.hanging = open
            .iter()
            .rfind(|step| step.kind != "daemon")
            .map(Step::describe);
        if facts.fixture.is_none() {
            facts.fixture = open
                .iter()
                .rfind(|step| step.kind == "fixture")
                .map(|step| step.failed(step));
        }
        facts
    }

    fn end(&mut self, end: &Step, begin: Option<&Step>) {
        let said_no = end.ok == Some(false) || end.outcome.as_deref().is_some_and(|outcome| outcome != "ok");
        match end.kind.as_str() {
            "fixture" if said_no && self.fixture.is_none() => {
                self.fixture = Some(begin.unwrap_or(end).failed(end))
            }
            "daemon" if end.outcome.as_deref() == Some("died") && self.died.is_none() => {
                self.died = Some(end.death(begin));
            }
            _ => {}
        }
    }

    fn note(&mut self, step: Step) {
        match step.kind.as_str() {
            "cap" => self.caps.extend(step.name.zip(step.ok)),
            "report" => {
                let part = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
                let (tool, who, title) = (part(step.tool), part(step.who), part(step.title));
                let told = format!("{tool} in {who}: {title}");
                // The first is what the others follow from.
                self.died.get_or_insert(told);
            }
            "skip" => self.skip = Some(step.reason.unwrap_or_else(|| "no reason given".to_owned())),
            "assert" if step.ok == Some(false) => {
                let message = step.message.unwrap_or_else(|| "assertion failed".to_owned());
                let place = step
                    .file
                    .map(|file| format!(" ({file}:{})", step.line.unwrap_or(0)));
                self.assertion = Some(message + place.as_deref().unwrap_or_default());
            }
            "oracle" if step.ok == Some(false) && self.diverged.is_none() => {
                self.diverged = Some(
                    step.message
                        .unwrap_or_else(|| "differs from the oracle".to_owned()),
                );
            }
            _ => {}
        }
    }
}

impl Step {
    fn describe(&self) -> String {
        match self.op.as_ref().or(self.name.as_ref()) {
            Some(name) => format!("{} `{name}`", self.kind),
            None => self.kind.clone(),
        }
    }

    fn failed(&self, end: &Step) -> String {
        let phase = self.phase.as_deref().or(end.phase.as_deref()).unwrap_or("set-up");
        let name = self.name.as_deref().or(end.name.as_deref()).unwrap_or("?");
        let why = end
            .error
            .as_ref()
            .or(end.message.as_ref())
            .map(|why| format!(": {why}"));
        format!("{phase} of fixture `{name}` failed{}", why.unwrap_or_default())
    }

    fn death(&self, begin: Option<&Step>) -> String {
        let index = self.index.or(begin.and_then(|begin| begin.index)).unwrap_or(0);
        let how = match (self.signal, self.exit) {
            (Some(signal), _) => format!(" by {}", signal_name(signal as i32)),
            (None, Some(exit)) => format!(" with exit status {exit}"),
            (None, None) => String::new(),
        };
        format!("daemon {index} died unbidden{how}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(lines: &str) -> Facts {
        Facts::of(parse_lines(lines.as_bytes()).items)
    }

    #[test]
    fn a_fixture_without_an_end_failed() {
        let facts = facts(
            "{\"kind\":\"fixture\",\"ph\":\"b\",\"n\":\"1.1\",\"name\":\"daemon\",\"phase\":\"setup\"}\n",
        );
        assert_eq!(facts.fixture.as_deref(), Some("setup of fixture `daemon` failed"));
    }

    #[test]
    fn a_fixture_that_says_no_failed_and_says_why() {
        let facts = facts(concat!(
            r#"{"kind":"fixture","ph":"b","n":"1.1","name":"daemon","phase":"teardown"}"#,
            "\n",
            r#"{"kind":"fixture","ph":"e","n":"1.1","ok":false,"error":"no port"}"#,
            "\n",
        ));
        assert_eq!(
            facts.fixture.as_deref(),
            Some("teardown of fixture `daemon` failed: no port")
        );
        assert_eq!(facts.hanging, None);
    }

    #[test]
    fn a_long_answer_that_the_record_has_cut_still_says_why() {
        let facts = facts(concat!(
            r#"{"kind":"fixture","ph":"e","n":"1.1","name":"daemon","phase":"teardown","ok":false,"#,
            r#""error":{"head":"aborted\n  and so on","len":9000,"xxh3":"0"}}"#,
            "\n",
        ));
        assert_eq!(
            facts.fixture.as_deref(),
            Some("teardown of fixture `daemon` failed: aborted\n  and so on")
        );
    }

    #[test]
    fn a_daemon_that_runs_is_nothing_to_hang_in() {
        let running = r#"{"kind":"daemon","ph":"b","n":"1.1","index":0}"#;
        assert_eq!(facts(&format!("{running}\n")).hanging, None);
    }

    #[test]
    fn a_field_of_another_type_does_not_hide_its_line() {
        let facts = facts(
            "{\"kind\":\"skip\",\"ph\":\"i\",\"n\":\"1.1\",\"signal\":\"stop\",\"ok\":null,\"reason\":\"no\"}\n",
        );
        assert_eq!(facts.skip.as_deref(), Some("no"));
    }

    #[test]
    fn what_was_probed_is_kept_with_its_answer() {
        let facts = facts(concat!(
            r#"{"kind":"cap","ph":"i","n":"1.1","name":"xattr","ok":false,"answer":"not supported"}"#,
            "\n",
            r#"{"kind":"cap","ph":"i","n":"1.2","name":"link","ok":true,"answer":null}"#,
            "\n",
        ));
        assert_eq!(
            facts.caps,
            [("xattr".to_owned(), false), ("link".to_owned(), true)]
        );
    }

    #[test]
    fn the_last_assertion_the_death_and_the_hanging_call_are_kept() {
        let facts = facts(concat!(
            r#"{"kind":"daemon","ph":"b","n":"1.1","index":2}"#,
            "\n",
            r#"{"kind":"assert","ok":false,"message":"first","file":"a.rs","line":3}"#,
            "\n",
            r#"{"kind":"assert","ok":false,"message":"left != right","file":"a.rs","line":4}"#,
            "\n",
            r#"{"kind":"daemon","ph":"e","n":"1.1","outcome":"died","signal":6}"#,
            "\n",
            r#"{"kind":"op","ph":"b","n":"1.2","op":"read"}"#,
            "\n",
            "not json\n",
        ));
        assert_eq!(facts.assertion.as_deref(), Some("left != right (a.rs:4)"));
        assert_eq!(
            facts.died.as_deref(),
            Some("daemon 2 died unbidden by SIGABRT (6)")
        );
        assert_eq!(facts.hanging.as_deref(), Some("op `read`"));
        assert_eq!(facts.fixture, None);
    }
}
