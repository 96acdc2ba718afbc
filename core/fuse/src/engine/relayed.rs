//! Requests that a server elsewhere answers: held until its answer comes, and handed on as they are.

use std::sync::Arc;

use zerocopy::FromBytes;

use super::init::{Handshake, agreed};
use super::references::handed_out;
use super::{Decision, Outgoing, State, Then};
use crate::abi::flags::init;
use crate::abi::{InHeader, InitIn, InitOut, NotifyCode, Opcode, OutHeader};
use crate::codec::{Protocol, Reply, Request};
use crate::event::What;
use crate::problem::Problem;

/// What only the device itself can do, and its stand-in cannot.
const DEVICE_ONLY: u64 =
    init::SPLICE_WRITE | init::SPLICE_MOVE | init::SPLICE_READ | init::PASSTHROUGH | init::OVER_IO_URING;
/// A page of the protocol's.
const PAGE: u32 = 4096;
/// As many pages as a message has where nothing is said about it.
const PAGES: u16 = 32;

/// What is to be done with what a server said.
pub(crate) enum Came {
    /// Write this answer.
    Answer(Box<Outgoing>),
    /// Tell the kernel this.
    Notice(Option<NotifyCode>, Vec<u8>),
    /// Nothing now.
    Later,
}

impl State {
    /// Hands a request on. Its answer comes when it comes.
    pub(crate) fn forward(&mut self, request: &Arc<Request>, then: &Then) -> Decision {
        self.send_on(request, request.bytes().into(), then);
        Decision::Later
    }

    /// Hands the handshake on, without what the stand-in for the device cannot do.
    pub(crate) fn forward_init(&mut self, request: Arc<Request>) {
        let mut bytes = request.bytes().to_vec();
        let flags = std::mem::offset_of!(InitIn, flags) + size_of::<InHeader>();
        for (place, without) in [
            (flags, DEVICE_ONLY as u32),
            (flags + 4, (DEVICE_ONLY >> 32) as u32),
        ] {
            if let Some(field) = bytes.get_mut(place..place + 4)
                && let Ok(bits) = u32::read_from_bytes(field)
            {
                field.copy_from_slice(&(bits & !without).to_ne_bytes());
            }
        }
        self.send_on(&request, bytes.into(), &Then::default());
        self.handshake = Handshake::Held(request);
    }

    fn send_on(&mut self, request: &Arc<Request>, bytes: Arc<[u8]>, then: &Then) {
        if request.opcode().is_answered() {
            self.hold(request, None);
            if let Some(pending) = self.pending.get_mut(&request.unique()) {
                pending.delay = then.delay;
            }
        }
        if let Some(forward) = &self.forward {
            // A server that is gone closes the device, which answers everybody.
            let _: Result<(), _> = forward.send(bytes);
        }
    }

    /// A request could not be handed on.
    pub(crate) fn not_sent(&mut self, bytes: &[u8], errno: rustix::io::Errno) -> Came {
        let unique = InHeader::read_from_prefix(bytes).map_or(0, |(header, _)| header.unique);
        let Some(pending) = self.pending.remove(&unique) else {
            return Came::Later;
        };
        self.problems.push(Problem::Malformed(format!(
            "{} does not fit what leads to the server behind: {errno}",
            pending.request
        )));
        self.written(&pending.request, Reply::Errno(libc::EIO))
    }

    /// Takes what the server elsewhere said.
    pub(crate) fn came(&mut self, bytes: &[u8]) -> Came {
        let Ok((header, _)) = OutHeader::read_from_prefix(bytes) else {
            return self.stray(bytes, "an answer without a header");
        };
        if header.unique == 0 {
            let code = u32::try_from(header.error).ok().and_then(NotifyCode::from_number);
            return Came::Notice(code, bytes.to_vec());
        }
        let Some(pending) = self.pending.remove(&header.unique) else {
            if self.closed.is_some() {
                return Came::Later;
            }
            return self.stray(bytes, "an answer that nobody waits for");
        };
        let request = pending.request;
        if request.opcode() == Opcode::Init {
            return self.shaken(&request, bytes);
        }
        let read = Reply::decode(bytes, &request, &self.protocol);
        let reply = read.unwrap_or_else(|_| Reply::Raw(bytes.to_vec()));
        let outgoing = Outgoing {
            entries: handed_out(&reply, bytes, &request, &self.protocol),
            reply: Arc::new(reply),
            bytes: bytes.into(),
            expected_errno: 0,
            request,
        };
        match pending.delay {
            Some(delay) => {
                self.delay(outgoing, delay);
                Came::Later
            }
            None => self.now(outgoing),
        }
    }

    fn now(&mut self, outgoing: Outgoing) -> Came {
        self.sending(&outgoing);
        Came::Answer(Box::new(outgoing))
    }

    fn written(&mut self, request: &Arc<Request>, reply: Reply) -> Came {
        match self.outgoing(request, reply, &Then::default()) {
            Some(outgoing) => self.now(outgoing),
            None => Came::Later,
        }
    }

    /// What belongs to no request is told of. The kernel would refuse it.
    fn stray(&mut self, bytes: &[u8], why: &str) -> Came {
        self.note(What::Malformed {
            why: why.to_owned(),
            bytes: bytes.into(),
        });
        self.problems.push(Problem::Malformed(why.to_owned()));
        Came::Later
    }

    /// The server's half of the handshake: what it agrees on must fit what leads to it.
    fn shaken(&mut self, request: &Arc<Request>, bytes: &[u8]) -> Came {
        let asked = request.args::<InitIn>().copied().unwrap_or_default();
        let protocol = Protocol::minor(asked.minor);
        self.handshake = Handshake::Done(request.clone());
        let reply = match Reply::decode(bytes, request, &protocol) {
            Ok(Reply::Init(out)) => {
                self.protocol = agreed(&asked, &out);
                Reply::Init(self.fitted(out))
            }
            Ok(other) => other,
            Err(_) => Reply::Raw(bytes.to_vec()),
        };
        self.written(request, reply)
    }

    fn fitted(&self, mut out: InitOut) -> InitOut {
        let room = self.config.payload;
        let pages = u16::try_from(room / PAGE).unwrap_or(u16::MAX);
        out.max_write = out.max_write.min(room);
        if out.max_pages != 0 || pages < PAGES {
            out.max_pages = out.max_pages.min(pages);
        }
        out
    }
}
