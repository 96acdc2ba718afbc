//! A step in one line.

use serde_json::{Map, Value};

use super::{Step, text};
use crate::report::tail::printable;

/// Longest text of one value, in characters.
const SHOWN: usize = 160;

impl Step {
    /// Returns what happened, in one line without kind and time.
    pub(crate) fn describe(&self) -> String {
        let said = match self.kind.as_str() {
            "op" => self.operation(),
            "shell" => self.shell(),
            "daemon" => self.daemon(),
            "assert" => self.assertion(),
            "fixture" => self.fixture(),
            "log" => format!("{}: {}", self.said("level"), self.said("text")),
            "skip" => self.said("reason"),
            // What passed, as the server says it: `→ LOOKUP #4 node 1 name=file`.
            "fuse" => self.said("text"),
            "cap" => self.capability(),
            "crash" => format!("{} was ended by {}", self.said("who"), self.said("name")),
            "report" => format!(
                "{} in {}: {}",
                self.said("tool"),
                self.said("who"),
                self.said("title")
            ),
            "hold" => format!("held: {}", self.said("reason")),
            "oracle" => self.said("message"),
            "changes" => self.changes(),
            _ => pairs(&self.fields),
        };
        let hanging = if self.is_open() {
            " … no end was recorded"
        } else {
            ""
        };
        let first = said.lines().next().unwrap_or_default();
        format!("{}{hanging}", cut(&printable(first), 2 * SHOWN))
    }

    fn said(&self, field: &str) -> String {
        self.text(field).unwrap_or_default()
    }

    /// How much a view has changed, and the first of it, as tests say it.
    fn changes(&self) -> String {
        const FIRST: usize = 4;
        let list = self.fields.get("list").and_then(Value::as_array);
        let list = list.map(Vec::as_slice).unwrap_or_default();
        let total = self.fields.get("total").and_then(Value::as_u64);
        let total = total.unwrap_or(list.len() as u64);
        let one = |change: &Value| {
            let field = |name| change.get(name).map_or(String::new(), text);
            format!("{}:{}", field("change"), field("path"))
        };
        let first = list.iter().take(FIRST).map(one).collect::<Vec<_>>();
        let more = if total > first.len() as u64 { ", …" } else { "" };
        match total {
            0 => "nothing was changed".to_owned(),
            1 => format!("1 change: {}", first.join(", ")),
            total => format!("{total} changes: {}{more}", first.join(", ")),
        }
    }

    fn capability(&self) -> String {
        match self.text("answer") {
            Some(answer) => format!("{}: no, {answer}", self.said("name")),
            None => format!("{}: yes", self.said("name")),
        }
    }

    fn operation(&self) -> String {
        let args = match self.fields.get("args") {
            Some(Value::Object(args)) => pairs(args),
            Some(Value::Array(args)) => args.iter().map(text).collect::<Vec<_>>().join(", "),
            other => other.map_or(String::new(), text),
        };
        let reply = match self.fields.get("reply") {
            Some(Value::Object(reply)) => format!(" → {}", cut(&pairs(reply), SHOWN)),
            Some(other) if !other.is_null() => format!(" → {}", cut(&text(other), SHOWN)),
            _ => self
                .text("error")
                .map_or(String::new(), |error| format!(" → {error}")),
        };
        let via = match self.text("via").as_deref() {
            Some("session") => " in a session",
            _ => "",
        };
        format!(
            "{}({args}){via}{reply}{}{}",
            self.said("op"),
            self.errno(),
            self.divergence()
        )
    }

    /// How a plain directory answered, where it did so otherwise.
    fn divergence(&self) -> String {
        let differs = self.fields.get("oracle").and_then(|oracle| oracle.get("differs"));
        differs.map_or(String::new(), |differs| format!(" ≠ {}", text(differs)))
    }

    fn errno(&self) -> String {
        let errno = self
            .fields
            .get("errno")
            .and_then(Value::as_i64)
            .and_then(|errno| i32::try_from(errno).ok());
        let Some(errno) = errno.filter(|errno| *errno != 0) else {
            return String::new();
        };
        let text = std::io::Error::from_raw_os_error(errno).to_string();
        format!(" ({})", text.split(" (os error").next().unwrap_or_default())
    }

    fn shell(&self) -> String {
        let command = match self.fields.get("argv") {
            Some(Value::Array(argv)) => argv.iter().map(text).collect::<Vec<_>>().join(" "),
            _ => self.said("script").lines().collect::<Vec<_>>().join("; "),
        };
        let stderr = self
            .text("stderr")
            .filter(|text| !text.is_empty())
            .map_or(String::new(), |text| {
                format!(", stderr: {}", cut(text.trim_end(), SHOWN).replace('\n', " / "))
            });
        format!("{}{}{stderr}", cut(&command, SHOWN), self.end(" → "))
    }

    /// Returns how a process ended, behind `before`; nothing if it did not.
    fn end(&self, before: &str) -> String {
        match (self.text("signal"), self.text("exit")) {
            (Some(signal), _) => format!("{before}signal {signal}"),
            (None, Some(exit)) => format!("{before}exit {exit}"),
            (None, None) => String::new(),
        }
    }

    fn daemon(&self) -> String {
        let name = format!("daemon {}", self.said("index"));
        if let Some(us) = self.fields.get("ready_us").and_then(Value::as_u64) {
            return format!("{name} ready after {:.3} ms", us as f64 / 1000.0);
        }
        if self.instant {
            return format!(
                "{name}{}",
                self.text("signal")
                    .map_or(String::new(), |signal| format!(": {signal}"))
            );
        }
        let listen = self
            .text("listen")
            .map_or(String::new(), |listen| format!(" on {listen}"));
        let outcome = self
            .text("outcome")
            .map_or(String::new(), |outcome| format!(" → {outcome}{}", self.end(", ")));
        format!("{name} (pid {}){listen}{outcome}", self.said("child_pid"))
    }

    fn assertion(&self) -> String {
        let word = if self.is_failed_assert() {
            "failed"
        } else {
            "holds"
        };
        let place = self.place().map_or(String::new(), |at| format!(" at {at}"));
        format!(
            "{word}: {}{place}",
            self.said("message").lines().next().unwrap_or_default()
        )
    }

    fn fixture(&self) -> String {
        let end = match self.fields.get("ok") {
            Some(Value::Bool(false)) => format!(" failed: {}", self.said("error")),
            _ => String::new(),
        };
        format!("{} of {}{end}", self.said("phase"), self.said("name"))
    }
}

/// Returns `a=1 b=2`: what people look for first comes first, a long value is cut, a mode is octal.
fn pairs(map: &Map<String, Value>) -> String {
    let mut shown: Vec<(&String, &Value)> = map
        .iter()
        .filter(|(name, value)| !value.is_null() && name.as_str() != "dur_us")
        .collect();
    shown.sort_by_key(|(name, _)| !(name.starts_with("path") || name.as_str() == "retval"));
    let text = |(name, value): (&String, &Value)| match (name.as_str(), value.as_u64()) {
        ("mode", Some(mode)) => format!("mode=0{mode:o}"),
        _ => format!("{name}={}", cut(&text(value), SHOWN)),
    };
    shown.into_iter().map(text).collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
