//! The lines of a session.
//!
//! One request a line, one answer a line, in order:
//!
//! ```text
//! {"n":1,"op":"mkdir","args":{"pathname":"/mnt/d","mode":511}}
//! {"n":1,"reply":{"errnum":0,"retval":0},"dur_us":42}
//! {"n":2,"op":"mkdri","args":{}}
//! {"n":2,"error":{"kind":"unknown_operation","message":"unknown operation 'mkdri', did you mean 'mkdir'?"}}
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::RequestError;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The caller's number for it, which the answer repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// The operation's name.
    pub op: String,
    /// Its arguments by name; a number where a path is wanted is an open descriptor.
    #[serde(default)]
    pub args: Map<String, Value>,
}

/// A [`Request`] of somebody who keeps its parts.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Question<'a> {
    /// The caller's number for it, which the answer repeats.
    pub n: u64,
    /// The operation's name.
    pub op: &'a str,
    /// Its arguments by name.
    pub args: &'a Map<String, Value>,
}

/// What is answered: a reply or an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer<R = Value> {
    /// The request's number, if it could be read.
    pub n: Option<u64>,
    /// The operation's reply, the same JSON object that its own process prints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<R>,
    /// In a session that imitates processes: the descriptor's real number, where the reply tells
    /// another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<i64>,
    /// Why the operation was not run, or (beside a reply, kind `restore`) why the session could not be
    /// put back after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Refusal>,
    /// How long the operation took, without reading the request and writing the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dur_us: Option<u64>,
}

/// Something that is no reply of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A word for programs, see [`RequestError::kind`].
    pub kind: String,
    /// A sentence for people.
    pub message: String,
}

impl From<&RequestError> for Refusal {
    fn from(error: &RequestError) -> Self {
        Self {
            kind: error.kind().to_owned(),
            message: error.to_string(),
        }
    }
}
