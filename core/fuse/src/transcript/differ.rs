//! Where two transcripts differ.

use std::fmt;

use similar::{ChangeTag, TextDiff};

use super::Transcript;
use crate::codec::{Reply, Request};

/// A line that only one of two transcripts has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whether it is the other one that has it.
    pub added: bool,
    /// The line, without number and time.
    pub text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", if self.added { '+' } else { '-' }, self.text)
    }
}

impl Transcript {
    /// What the other one has and this has not, and the other way round: requests and replies, without numbers, times and
    /// handles, which differ from run to run.
    pub fn diff(&self, other: &Self) -> Vec<Difference> {
        let (one, two) = (self.comparable(), other.comparable());
        let (one, two): (Vec<&str>, Vec<&str>) = (
            one.iter().map(String::as_str).collect(),
            two.iter().map(String::as_str).collect(),
        );
        let changes = TextDiff::from_slices(&one, &two);
        changes
            .iter_all_changes()
            .filter(|change| change.tag() != ChangeTag::Equal)
            .map(|change| Difference {
                added: change.tag() == ChangeTag::Insert,
                text: change.value().to_string(),
            })
            .collect()
    }

    fn comparable(&self) -> Vec<String> {
        let protocol = self.protocol();
        let mut asked = std::collections::HashMap::new();
        let mut all = Vec::new();
        for line in &self.lines {
            match line.dir.as_str() {
                "request" => {
                    if let Ok(request) = Request::decode(&line.bytes, &protocol) {
                        all.push(plain(&request));
                        asked.insert(line.unique, request);
                    }
                }
                "reply" => {
                    let reply = asked.get(&line.unique).map(|request| {
                        let reply = Reply::decode(&line.bytes, request, &protocol);
                        let text = reply.map_or_else(|error| error.to_string(), |reply| untimed(&reply));
                        format!("← {} {text}", request.opcode())
                    });
                    all.extend(reply);
                }
                "closed" => {}
                _ => all.push(line.text.clone()),
            }
        }
        all
    }
}

/// A request without its number and what a kernel makes up anew each time.
fn plain(request: &Request) -> String {
    let mut text = format!("→ {} node {}", request.opcode(), request.node());
    for (name, value) in request.body.fields() {
        let varies = ["fh", "lock_owner", "unique", "kh", "owner", "pid"].contains(&name.as_str())
            || name.ends_with("time")
            || name.ends_with("timensec");
        if !varies {
            text.push_str(&format!(" {name}={value}"));
        }
    }
    text
}

/// A reply without handles.
fn untimed(reply: &Reply) -> String {
    match reply {
        Reply::Open(open) => format!("a handle, flags {:#x}", open.open_flags),
        Reply::Create(entry, open) => {
            format!("{}, a handle, flags {:#x}", Reply::Entry(*entry), open.open_flags)
        }
        other => other.to_string(),
    }
}
