//! One thing that passed, live or from a file, with what all that print it want to know.

use std::sync::Arc;
use std::time::Duration;

use gkfs_harness::fuse::abi::{NotifyCode, Opcode};
use gkfs_harness::fuse::{Event, Protocol, Reply, Request, Transcript, What};
use serde_json::{Value, json};

/// A line of a conversation.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Since the first one.
    pub(super) at: Duration,
    /// `request`, `reply`, `rejected`, `notify`, `malformed` or `closed`.
    pub(super) dir: String,
    /// The request that it is or answers.
    pub(super) request: Option<Arc<Request>>,
    /// What was answered, if it is an answer that can be read.
    pub(super) reply: Option<Arc<Reply>>,
    /// What is told unasked.
    pub(super) code: Option<NotifyCode>,
    /// What it says, for people.
    pub(super) text: String,
    /// All of it.
    pub(super) bytes: Vec<u8>,
}

impl Entry {
    /// Of something that passed just now.
    pub(super) fn live(event: &Event, at: Duration) -> Self {
        let what = &event.what;
        let (reply, code) = match what {
            What::Reply { reply, .. } => (Some(reply.clone()), None),
            What::Notify { code, .. } => (None, *code),
            _ => (None, None),
        };
        Self {
            at,
            dir: what.dir().to_owned(),
            request: what.request().cloned(),
            reply,
            code,
            text: what.to_string(),
            bytes: what.bytes().to_vec(),
        }
    }

    /// Of all that a transcript holds.
    pub(super) fn saved(transcript: &Transcript) -> Vec<Self> {
        let protocol = transcript.protocol();
        let mut asked = std::collections::HashMap::new();
        let entry = |line: &gkfs_harness::fuse::Line| {
            if line.dir == "request"
                && let Ok(request) = Request::decode(&line.bytes, &protocol)
            {
                asked.insert(line.unique, Arc::new(request));
            }
            let request = asked.get(&line.unique).cloned();
            Self {
                at: line.at,
                dir: line.dir.clone(),
                reply: request
                    .as_deref()
                    .and_then(|request| read(&line.dir, &line.bytes, request, &protocol)),
                code: notified(&line.dir, &line.bytes),
                request,
                text: line.text.clone(),
                bytes: line.bytes.clone(),
            }
        };
        transcript.lines.iter().map(entry).collect()
    }

    /// What is asked or answered.
    pub(super) fn opcode(&self) -> Option<Opcode> {
        self.request.as_ref().map(|request| request.opcode())
    }

    /// The errno that it answers, if it is one.
    pub(super) fn errno(&self) -> Option<i32> {
        match self.reply.as_deref() {
            Some(Reply::Errno(errno)) => Some(*errno),
            _ => None,
        }
    }

    /// The process that asks.
    pub(super) fn caller(&self) -> Option<u32> {
        let request = self.request.as_ref().filter(|_| self.dir == "request")?;
        (request.header.pid != 0).then_some(request.header.pid)
    }

    /// As one JSON object, with the names that a step of a test has.
    pub(super) fn json(&self, with_bytes: usize) -> Value {
        let mut line = json!({ "us": self.at.as_micros() as u64, "dir": self.dir, "text": self.text });
        if let Some(request) = &self.request {
            line["opcode"] = request.opcode().name().into();
            line["unique"] = request.unique().into();
            line["node"] = request.node().into();
        }
        if let Some(code) = self.code {
            line["opcode"] = code.name().into();
        }
        match (&self.request, &self.reply) {
            (Some(request), None) if self.dir == "request" => {
                let header = &request.header;
                line["caller"] = json!({ "pid": header.pid, "uid": header.uid, "gid": header.gid });
                line["body"] = Value::Object(request.body.fields());
            }
            (_, Some(reply)) => line["body"] = Value::Object(reply.fields()),
            _ => {}
        }
        if with_bytes > 0 && !self.bytes.is_empty() {
            let shown = &self.bytes[..self.bytes.len().min(with_bytes)];
            line["hex"] = shown
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                .into();
        }
        line
    }
}

fn read(dir: &str, bytes: &[u8], request: &Request, protocol: &Protocol) -> Option<Arc<Reply>> {
    let reply = (dir == "reply").then(|| Reply::decode(bytes, request, protocol))?;
    reply.ok().map(Arc::new)
}

/// A notification's code stands where an answer has its error.
fn notified(dir: &str, bytes: &[u8]) -> Option<NotifyCode> {
    let field = bytes.get(4..8).filter(|_| dir == "notify")?;
    NotifyCode::from_number(u32::from_ne_bytes(field.try_into().ok()?))
}
