//! Decides what a request is answered with. Knows no device and no thread: bytes come in, decisions go out.

pub(crate) mod auto;
pub(crate) mod config;
pub(crate) mod corrupt;
pub(crate) mod decide;
pub(crate) mod end;
pub(crate) mod fault;
pub(crate) mod init;
pub(crate) mod names;
pub(crate) mod pending;
pub(crate) mod references;
pub(crate) mod relayed;
pub(crate) mod rule;
pub(crate) mod vocabulary;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::abi::{EntryOut, Opcodes};
use crate::codec::{Name, Protocol, Reply, Request};
use crate::event::{Event, What};
use crate::problem::Problem;
use config::Config;
use pending::Pending;

/// A function of the test's own that may answer.
pub(crate) type Handler = Arc<dyn Fn(&Request) -> Option<Reply> + Send + Sync>;

/// All the server knows.
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) protocol: Protocol,
    pub(crate) log: Vec<Event>,
    /// What the test can read: everything that was not answered on the side.
    pub(crate) recorded: Vec<Arc<Request>>,
    pub(crate) cursor: usize,
    pub(crate) received_bytes: usize,
    pub(crate) aside: Vec<Arc<Request>>,
    pub(crate) presets: VecDeque<(Opcodes, Reply)>,
    pub(crate) lookups: HashMap<Name, EntryOut>,
    pub(crate) next_node: u64,
    pub(crate) rules: Vec<rule::Rule>,
    pub(crate) handlers: Vec<(Opcodes, Handler)>,
    pub(crate) faults: Vec<fault::FaultState>,
    pub(crate) pending: HashMap<u64, Pending>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) references: HashMap<u64, u64>,
    pub(crate) names: names::Names,
    pub(crate) handshake: init::Handshake,
    pub(crate) closed: Option<String>,
    /// Whether the server itself asks, so that the kernel learns whose the root is.
    pub(crate) priming: bool,
    pub(crate) observer: Option<std::sync::mpsc::Sender<Event>>,
    /// Where requests go that a server elsewhere answers.
    pub(crate) forward: Option<std::sync::mpsc::Sender<Arc<[u8]>>>,
}

/// What is to be done with a request.
pub(crate) enum Decision {
    /// Write this reply.
    Answer(Outgoing),
    /// Ask these functions of the test, and if none answers what stands behind the script.
    Ask(Ask),
    /// Nothing now: it is held, delayed or not answered at all.
    Later,
}

pub(crate) struct Ask {
    pub(crate) request: Arc<Request>,
    pub(crate) handlers: Vec<Handler>,
    /// What happens to the answer.
    pub(crate) then: Then,
}

/// What happens to an answer before it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Then {
    pub(crate) corrupt: Option<corrupt::Corrupt>,
    pub(crate) delay: Option<std::time::Duration>,
    pub(crate) expected_errno: i32,
    /// Whether a test has the request on record already.
    pub(crate) recorded: bool,
}

/// Bytes to write, and what the kernel is to say to them.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) request: Arc<Request>,
    pub(crate) reply: Arc<Reply>,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) expected_errno: i32,
    /// The nodes that the kernel holds a reference to once it took this.
    pub(crate) entries: Vec<u64>,
}

impl State {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            protocol: Protocol::minor(config.minor),
            config,
            log: Vec::new(),
            recorded: Vec::new(),
            cursor: 0,
            received_bytes: 0,
            aside: Vec::new(),
            presets: VecDeque::new(),
            lookups: HashMap::new(),
            next_node: 2,
            rules: Vec::new(),
            handlers: Vec::new(),
            faults: Vec::new(),
            pending: HashMap::new(),
            problems: Vec::new(),
            references: HashMap::new(),
            names: names::Names::default(),
            handshake: init::Handshake::default(),
            closed: None,
            priming: false,
            observer: None,
            forward: None,
        }
    }

    pub(crate) fn note(&mut self, what: What) {
        let event = Event {
            at: Instant::now(),
            what,
        };
        if let Some(observer) = &self.observer {
            // An observer that is gone wants to hear no more.
            let _: Result<(), _> = observer.send(event.clone());
        }
        if self.config.keep_log {
            self.log.push(event);
        }
    }

    /// Turns a reply into bytes, broken as wanted.
    pub(crate) fn outgoing(&self, request: &Arc<Request>, reply: Reply, then: &Then) -> Option<Outgoing> {
        let mut bytes = reply.encode(request, &self.protocol)?;
        let entries = references::handed_out(&reply, &bytes, request, &self.protocol);
        let mut reply = reply;
        if let Reply::Directory(_) = reply {
            // What is sent is told, not what there was to send.
            reply = Reply::decode(&bytes, request, &self.protocol).unwrap_or(reply);
        }
        if let Some(corrupt) = &then.corrupt {
            bytes = corrupt.apply(bytes);
            reply = Reply::Raw(bytes.clone());
        }
        Some(Outgoing {
            request: request.clone(),
            reply: Arc::new(reply),
            bytes: bytes.into(),
            expected_errno: then.expected_errno,
            entries,
        })
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("protocol", &self.protocol)
            .field("recorded", &self.recorded.len())
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}
