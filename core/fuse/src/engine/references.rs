//! How many references to each node the kernel holds: one for each answer with an entry, less what it gave back.

use super::State;
use crate::abi::{BatchForgetIn, ForgetIn, ForgetOne, Opcode};
use crate::codec::{Many, Protocol, Reply, Request};
use crate::problem::Problem;

/// The nodes that a reply hands out, once for each reference.
pub(crate) fn handed_out(reply: &Reply, bytes: &[u8], request: &Request, protocol: &Protocol) -> Vec<u64> {
    match reply {
        Reply::Directory(_) if request.opcode() == Opcode::Readdirplus => {
            // What was sent counts, not what there was to send.
            let Ok(Reply::Directory(sent)) = Reply::decode(bytes, request, protocol) else {
                return Vec::new();
            };
            let counted = sent
                .iter()
                .filter(|entry| entry.name != "." && entry.name != "..");
            counted.filter_map(|entry| Some(entry.entry?.nodeid)).collect()
        }
        other => other.entries(),
    }
}

impl State {
    pub(crate) fn hand_out(&mut self, nodes: &[u64]) {
        for node in nodes {
            *self.references.entry(*node).or_default() += 1;
        }
    }

    pub(crate) fn take_back(&mut self, nodes: &[u64]) {
        for node in nodes {
            self.drop_references(*node, 1);
        }
    }

    /// Counts what a `FORGET` gives back.
    pub(crate) fn forget(&mut self, request: &Request) {
        if let Some(args) = request.args::<ForgetIn>() {
            self.drop_references(request.node(), args.nlookup);
        }
        if request.args::<BatchForgetIn>().is_some()
            && let Some(items) = request.args::<Many<ForgetOne>>()
        {
            for item in &items.0 {
                self.drop_references(item.nodeid, item.nlookup);
            }
        }
    }

    fn drop_references(&mut self, node: u64, count: u64) {
        let held = self.references.get(&node).copied().unwrap_or_default();
        match held.checked_sub(count) {
            Some(0) => {
                self.references.remove(&node);
                self.names.forget(node);
            }
            Some(left) => drop(self.references.insert(node, left)),
            None => {
                self.references.remove(&node);
                self.problems.push(Problem::Forgotten {
                    node,
                    excess: count - held,
                });
            }
        }
    }
}
