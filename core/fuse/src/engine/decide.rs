//! The order in which the layers of a server are asked.

use std::sync::Arc;

use super::config::Last;
use super::fault::Strike;
use super::rule::Action;
use super::{Ask, Decision, Outgoing, State, Then, auto};
use crate::abi::{InHeader, InterruptIn, Opcode, Opcodes};
use crate::attr::Attr;
use crate::codec::{Reply, Request, framed};
use crate::event::What;
use crate::problem::Problem;

impl State {
    /// Decides about the bytes of a request. The handshake comes first, then faults, expectations, functions of the test,
    /// gVisor's names and prepared replies, what is answered on the side, and what stands behind it all.
    pub(crate) fn decide(&mut self, bytes: &[u8]) -> Decision {
        let request = match Request::decode(bytes, &self.protocol) {
            Ok(request) => Arc::new(request),
            Err(error) => return self.malformed(bytes, &error.to_string()),
        };
        if self.priming && Opcodes::STAT.contains(request.opcode()) {
            return self.primed(&request);
        }
        self.note(What::Request(request.clone()));
        let opcode = request.opcode();
        if opcode == Opcode::Init && matches!(self.config.last, Last::Relay) {
            self.forward_init(request);
            return Decision::Later;
        }
        if opcode == Opcode::Init {
            return self
                .shake_hands(request)
                .map_or(Decision::Later, |out| self.answered(out));
        }
        self.forget(&request);
        if let Some(args) = request.args::<InterruptIn>() {
            self.interrupt(args.unique);
        }
        let strike = self.struck(&request);
        if let Some(errno) = strike.errno {
            self.record(&request);
            return self.reply(&request, Reply::Errno(errno), &Then::default());
        }
        let then = Then {
            delay: strike.delay,
            ..Then::default()
        };
        self.expected(&request, then)
    }

    /// Answers the server's own question. No test hears of it.
    fn primed(&self, request: &Arc<Request>) -> Decision {
        let (uid, gid) = (request.header.uid, request.header.gid);
        let reply = crate::reply::attr(Attr::dir(0o755).owner(uid, gid));
        self.outgoing(request, reply, &Then::default())
            .map_or(Decision::Later, Decision::Answer)
    }

    fn struck(&mut self, request: &Request) -> Strike {
        let mut all = Strike::default();
        for strike in self.faults.iter_mut().filter_map(|fault| fault.strike(request)) {
            all.errno = all.errno.or(strike.errno);
            all.delay = all.delay.max(strike.delay);
        }
        all
    }

    /// The expectations.
    fn expected(&mut self, request: &Arc<Request>, mut then: Then) -> Decision {
        let wanted: Vec<usize> = (0..self.rules.len())
            .filter(|index| self.rules[*index].wants(request))
            .collect();
        let open = |index: &&usize| self.rules[**index].seen.len() < self.rules[**index].most;
        let Some(index) = wanted.iter().find(open).copied() else {
            if let Some(index) = wanted.last() {
                let expectation = self.rules[*index].to_string();
                self.problems.push(Problem::TooMany {
                    expectation,
                    got: request.clone(),
                });
            }
            return self.asked(request, then);
        };
        self.check_order(index, request);
        let rule = &mut self.rules[index];
        rule.seen.push(request.clone());
        then.delay = rule.delay.or(then.delay);
        then.corrupt = rule.corrupt.clone();
        then.expected_errno = rule.expected_errno;
        let reply = rule.next_reply();
        match (&rule.action, reply) {
            (Action::Hold, _) => {
                self.record(request);
                self.hold(request, Some(index));
                Decision::Later
            }
            (Action::Reply(_), Some(reply)) => {
                self.record(request);
                self.reply(request, reply, &then)
            }
            _ => self.asked(request, then),
        }
    }

    fn check_order(&mut self, index: usize, request: &Arc<Request>) {
        let rule = &self.rules[index];
        let early = rule.after.iter().find(|before| !self.rules[**before].is_met());
        if let Some(before) = early {
            let problem = Problem::OutOfOrder {
                expectation: rule.to_string(),
                before: self.rules[*before].to_string(),
                got: request.clone(),
            };
            self.problems.push(problem);
        }
    }

    /// Functions of the test; then gVisor's vocabulary.
    pub(crate) fn asked(&mut self, request: &Arc<Request>, then: Then) -> Decision {
        let handlers: Vec<_> = self
            .handlers
            .iter()
            .filter(|(opcodes, _)| opcodes.contains(request.opcode()))
            .map(|(_, handler)| handler.clone())
            .collect();
        if handlers.is_empty() {
            self.scripted(request, then)
        } else {
            Decision::Ask(Ask {
                request: request.clone(),
                handlers,
                then,
            })
        }
    }

    /// Writes a reply now or later; or never.
    pub(crate) fn reply(&mut self, request: &Arc<Request>, reply: Reply, then: &Then) -> Decision {
        let silent = matches!(reply, Reply::Nothing);
        if !request.opcode().is_answered() {
            return Decision::Later;
        }
        match self.outgoing(request, reply, then) {
            Some(outgoing) => match then.delay {
                Some(delay) => {
                    self.delay(outgoing, delay);
                    Decision::Later
                }
                None => self.answered(outgoing),
            },
            None => {
                // An interruption may stay without an answer; whoever waits for anything else gets the deadline's.
                if silent && request.opcode() != Opcode::Interrupt {
                    self.hold(request, None);
                }
                Decision::Later
            }
        }
    }

    pub(crate) fn answered(&mut self, outgoing: Outgoing) -> Decision {
        self.sending(&outgoing);
        Decision::Answer(outgoing)
    }

    /// Notes a reply before it is written, so that whoever it wakes finds it noted.
    pub(crate) fn sending(&mut self, outgoing: &Outgoing) {
        self.hand_out(&outgoing.entries);
        self.names.learn(&outgoing.request, &outgoing.reply);
        self.note(What::Reply {
            request: outgoing.request.clone(),
            reply: outgoing.reply.clone(),
            bytes: outgoing.bytes.clone(),
        });
    }

    pub(crate) fn record(&mut self, request: &Arc<Request>) {
        self.received_bytes += request.bytes().len();
        if self.config.keep_log {
            self.recorded.push(request.clone());
        }
    }

    /// The same, unless it was recorded when it came.
    pub(crate) fn record_once(&mut self, request: &Arc<Request>, then: &Then) {
        if !then.recorded {
            self.record(request);
        }
    }

    pub(crate) fn record_aside(&mut self, request: &Arc<Request>, then: &Then) {
        if self.config.keep_log && !then.recorded {
            self.aside.push(request.clone());
        }
    }

    /// The answer of the auto set.
    pub(crate) fn on_the_side(&mut self, request: &Arc<Request>, then: &Then) -> Decision {
        self.record_aside(request, then);
        self.reply(request, auto::answer(request.opcode()), then)
    }

    /// What cannot be read is answered, as far as that goes, so that nobody waits for it.
    fn malformed(&mut self, bytes: &[u8], why: &str) -> Decision {
        self.note(What::Malformed {
            why: why.to_owned(),
            bytes: bytes.into(),
        });
        self.problems.push(Problem::Malformed(why.to_owned()));
        let head = zerocopy::FromBytes::read_from_prefix(bytes).map(|it: (InHeader, _)| it.0);
        let Ok(header) = head else {
            return Decision::Later;
        };
        if Opcode::from_number(header.opcode).is_some_and(|opcode| !opcode.needs_answer()) {
            return Decision::Later;
        }
        let request = Request::new(
            header.unique,
            header.nodeid,
            crate::Body::Destroy {},
            &self.protocol,
        );
        Decision::Answer(Outgoing {
            request: Arc::new(request),
            reply: Arc::new(Reply::Errno(libc::EIO)),
            bytes: framed(-libc::EIO, header.unique, &[]).into(),
            expected_errno: 0,
            entries: Vec::new(),
        })
    }
}
