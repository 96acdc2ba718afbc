//! gVisor's vocabulary as the server keeps it: names that are found, and replies in the order they were prepared in.

use std::sync::Arc;

use super::config::Last;
use super::{Ask, Decision, State, Then};
use crate::abi::Opcode;
use crate::codec::{Reply, Request};
use crate::problem::Problem;

impl State {
    pub(crate) fn scripted(&mut self, request: &Arc<Request>, then: Then) -> Decision {
        let opcode = request.opcode();
        // As in gVisor: by the name alone, any number of times, and not recorded.
        if opcode == Opcode::Lookup
            && let Some(entry) = request.name().and_then(|name| self.lookups.get(name))
        {
            let reply = Reply::Entry(*entry);
            self.record_aside(request, &then);
            return self.reply(request, reply, &then);
        }
        if let Some(reply) = self.take_preset(opcode) {
            self.record_once(request, &then);
            return self.reply(request, reply, &then);
        }
        if self.config.auto.contains(opcode) {
            return self.on_the_side(request, &then);
        }
        self.record_once(request, &then);
        if !opcode.is_answered() {
            return self.last(request, then);
        }
        if matches!(self.config.last, Last::Strict) {
            return self.unprepared(request, &then);
        }
        self.last(request, then)
    }

    /// The next prepared reply, if it is for this opcode.
    fn take_preset(&mut self, opcode: Opcode) -> Option<Reply> {
        let (opcodes, _) = self.presets.front()?;
        opcodes
            .contains(opcode)
            .then(|| self.presets.pop_front())?
            .map(|(_, reply)| reply)
    }

    /// As in gVisor: the test has failed, the caller gets `ENOSYS`, and a reply for another opcode is used up.
    fn unprepared(&mut self, request: &Arc<Request>, then: &Then) -> Decision {
        let problem = match self.presets.pop_front() {
            Some((want, _)) => Problem::WrongOpcode {
                want,
                got: request.clone(),
            },
            None => Problem::Unexpected(request.clone()),
        };
        self.problems.push(problem);
        self.reply(request, Reply::Errno(libc::ENOSYS), then)
    }

    /// What stands behind the script.
    fn last(&mut self, request: &Arc<Request>, then: Then) -> Decision {
        match self.config.last {
            Last::Strict => Decision::Later,
            Last::Errno(errno) => self.reply(request, Reply::Errno(errno), &then),
            Last::Relay => self.forward(request, &then),
            Last::Backend => Decision::Ask(Ask {
                request: request.clone(),
                handlers: Vec::new(),
                then,
            }),
        }
    }
}
