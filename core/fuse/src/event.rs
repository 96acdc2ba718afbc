//! What passed between kernel and server: owned, in order, and all there is to know about a run.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::abi::{NotifyCode, Opcode};
use crate::codec::{Reply, Request};

/// Something that passed, and when.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it was read, or was about to be written.
    pub at: Instant,
    /// What it was.
    pub what: What,
}

/// What passed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum What {
    /// The kernel asked.
    Request(Arc<Request>),
    /// The server answered.
    Reply {
        /// The request it answers.
        request: Arc<Request>,
        /// What it says; bytes that are no reply are [`Reply::Raw`].
        reply: Arc<Reply>,
        /// The bytes that were written.
        bytes: Arc<[u8]>,
    },
    /// The kernel did not take an answer.
    Rejected {
        /// The request it was for.
        request: Arc<Request>,
        /// What `write` said.
        errno: i32,
    },
    /// The server told the kernel something unasked.
    Notify {
        /// What it told.
        code: Option<NotifyCode>,
        /// The bytes that were written.
        bytes: Arc<[u8]>,
        /// What `write` said; 0 if it was taken.
        errno: i32,
    },
    /// Bytes came that are no request.
    Malformed {
        /// What is wrong with them.
        why: String,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// There will be no more: unmounted, aborted or stopped.
    Closed(String),
}

impl What {
    /// `request`, `reply`, `rejected`, `notify`, `malformed` or `closed`.
    pub const fn dir(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Reply { .. } => "reply",
            Self::Rejected { .. } => "rejected",
            Self::Notify { .. } => "notify",
            Self::Malformed { .. } => "malformed",
            Self::Closed(_) => "closed",
        }
    }

    /// The request that it is or answers.
    pub fn request(&self) -> Option<&Arc<Request>> {
        match self {
            Self::Request(request) | Self::Reply { request, .. } | Self::Rejected { request, .. } => {
                Some(request)
            }
            _ => None,
        }
    }

    /// The opcode of that request.
    pub fn opcode(&self) -> Option<Opcode> {
        self.request().map(|request| request.opcode())
    }

    /// The bytes that passed.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Request(request) => request.bytes(),
            Self::Reply { bytes, .. } | Self::Notify { bytes, .. } | Self::Malformed { bytes, .. } => bytes,
            Self::Rejected { .. } | Self::Closed(_) => &[],
        }
    }
}

/// `→ LOOKUP #4 node 1 name=file` and `← LOOKUP #4 ENOENT`.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request) => write!(f, "→ {request}"),
            Self::Reply { request, reply, .. } => {
                write!(f, "← {} #{} {reply}", request.opcode(), request.unique())
            }
            Self::Rejected { request, errno } => {
                let name = crate::errno::name(*errno);
                write!(
                    f,
                    "✗ {} #{}: the kernel refused the answer: {name}",
                    request.opcode(),
                    request.unique()
                )
            }
            Self::Notify { code, bytes, errno } => {
                let name = code.map_or("a notification without a code", NotifyCode::name);
                write!(f, "← {name} {} bytes", bytes.len())?;
                match errno {
                    0 => Ok(()),
                    errno => write!(f, ": refused with {}", crate::errno::name(*errno)),
                }
            }
            Self::Malformed { why, bytes } => write!(f, "→ {} bytes that are no request: {why}", bytes.len()),
            Self::Closed(why) => write!(f, "closed: {why}"),
        }
    }
}
