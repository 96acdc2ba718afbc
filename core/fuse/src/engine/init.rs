//! The handshake.

use std::sync::Arc;

use super::{Outgoing, State, Then};
use crate::abi::{InitIn, InitOut, MAJOR};
use crate::codec::{Protocol, Reply, Request};

/// How far it has come.
#[derive(Clone, Debug, Default)]
pub(crate) enum Handshake {
    /// The kernel has not asked.
    #[default]
    Silent,
    /// It has asked and waits.
    Held(Arc<Request>),
    /// It was answered.
    Done(Arc<Request>),
}

impl Handshake {
    /// What the kernel said of itself.
    pub(crate) fn kernel(&self) -> Option<InitIn> {
        match self {
            Self::Silent => None,
            Self::Held(request) | Self::Done(request) => request.args::<InitIn>().copied(),
        }
    }
}

impl State {
    /// Takes an `INIT`. Returns nothing while it is held.
    pub(crate) fn shake_hands(&mut self, request: Arc<Request>) -> Option<Outgoing> {
        if self.config.hold_init {
            self.handshake = Handshake::Held(request);
            return None;
        }
        self.answer_init(request)
    }

    /// Answers it, as configured.
    pub(crate) fn answer_init(&mut self, request: Arc<Request>) -> Option<Outgoing> {
        let asked = request.args::<InitIn>().copied().unwrap_or_default();
        let reply = match (&self.config.init_bytes, &self.config.init_reply) {
            (Some(bytes), _) => Reply::Raw(with_unique(bytes.clone(), request.unique())),
            (None, Some(reply)) => reply.clone(),
            (None, None) => Reply::Init(self.offer(&asked)),
        };
        if let Reply::Init(out) = &reply {
            self.protocol = agreed(&asked, out);
        }
        let outgoing = self.outgoing(&request, reply, &Then::default());
        self.handshake = Handshake::Done(request);
        outgoing
    }

    fn offer(&self, asked: &InitIn) -> InitOut {
        let flags = self.config.wanted_flags & offered(asked);
        let mut out = InitOut {
            major: MAJOR,
            minor: self.config.minor,
            max_readahead: asked.max_readahead.min(128 << 10),
            flags: flags as u32,
            flags2: (flags >> 32) as u32,
            max_background: 64,
            congestion_threshold: 48,
            max_write: 128 << 10,
            time_gran: 1,
            max_pages: 32,
            ..InitOut::default()
        };
        if out.flags2 != 0 {
            out.flags |= crate::abi::flags::init::INIT_EXT as u32;
        }
        if let Some(shape) = &self.config.shape_init {
            shape(&mut out);
        }
        out
    }
}

/// What both sides go by from then on.
pub(crate) fn agreed(asked: &InitIn, out: &InitOut) -> Protocol {
    Protocol {
        minor: out.minor.min(asked.minor),
        kernel_minor: asked.minor,
        flags: (u64::from(out.flags) | u64::from(out.flags2) << 32) & offered(asked),
    }
}

/// The flags that the kernel knows.
pub(crate) fn offered(asked: &InitIn) -> u64 {
    u64::from(asked.flags) | u64::from(asked.flags2) << 32
}

fn with_unique(mut bytes: Vec<u8>, unique: u64) -> Vec<u8> {
    if let Some(place) = bytes.get_mut(8..16) {
        place.copy_from_slice(&unique.to_ne_bytes());
    }
    bytes
}
