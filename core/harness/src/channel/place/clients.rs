//! The clients of a test: a process for each operation, or a session that behaves like that.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::sync::{Arc, Mutex};

use gkfs_io::ByteString;
use serde_json::json;

use super::{Place, lock, no_such};
use crate::channel::protocol::{Ops, os};
use crate::channel::server::Answered;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::operations::{Operations, Request, table_entry};
use crate::session::Session;

/// These do more to their process than a session could put back.
const ALWAYS_A_PROCESS: [&str; 1] = ["syscall_coverage"];

/// A client.
pub(super) struct Hand {
    client: Client,
    ops: Ops,
    env: BTreeMap<String, String>,
    session: Mutex<Option<Session>>,
}

impl Place {
    /// Makes a client; its first operation starts the first process.
    pub(in crate::channel) fn make_client(&self, env: BTreeMap<String, String>, ops: Ops) -> Answered {
        let mut client = Client::new(&self.bench);
        for (name, value) in &env {
            client = client.env(name, value);
        }
        // Without a library there is nothing to do for it: better said before the first operation.
        client.environ()?;
        let number = self.number();
        let hand = Hand {
            client,
            ops,
            env,
            session: Mutex::default(),
        };
        lock(&self.clients).insert(number, Arc::new(hand));
        Ok(json!({ "client": number }))
    }

    /// Sets variables that neither `env` nor the stack nor our own environment has.
    pub(in crate::channel) fn set_unless_set(
        &self,
        env: &mut BTreeMap<String, String>,
        variables: BTreeMap<String, String>,
    ) -> Result<()> {
        let said = self.bench.stack.client_environ(&self.bench.workspace)?;
        for (name, value) in variables {
            if !said.contains_key(OsStr::new(&name)) && std::env::var_os(&name).is_none() {
                env.entry(name).or_insert(value);
            }
        }
        Ok(())
    }

    /// Carries an operation out.
    pub(in crate::channel) fn operation(&self, number: u64, name: &str, words: &[ByteString]) -> Answered {
        let hand = lock(&self.clients).get(&number).cloned();
        let hand = hand.ok_or_else(|| no_such("client", number))?;
        let words: Vec<_> = words.iter().map(os).collect();
        let request = Request::by_name(name, words);
        if hand.ops == Ops::Session && suits_session(&request) {
            // One that is busy answers another thread of the test; as a process this one need not wait.
            if let Ok(mut session) = hand.session.try_lock() {
                let session = session.get_or_insert_with(|| self.open_session(&hand));
                let reply = session.perform(request)?;
                return Ok(json!({ "reply": reply, "via": "session" }));
            }
        }
        let reply = hand.client.perform(request)?;
        Ok(json!({ "reply": reply, "via": "process" }))
    }

    fn open_session(&self, hand: &Hand) -> Session {
        let session = Session::imitating_processes(&self.bench);
        hand.env
            .iter()
            .fold(session, |session, (name, value)| session.env(name, value))
    }

    /// Ends sessions: what the next operation finds is another file system.
    pub(super) fn forget_sessions(&self) {
        for hand in lock(&self.clients).values() {
            if let Ok(mut session) = hand.session.try_lock() {
                // What it had to say about its end is about a file system that is no more.
                drop(session.take());
            }
        }
    }

    /// Ends the sessions in peace; a client that fails at its end has failed.
    pub(super) fn finish_clients(&self) -> Vec<Error> {
        let clients = std::mem::take(&mut *lock(&self.clients));
        let sessions = clients.values().filter_map(|hand| lock(&hand.session).take());
        sessions.filter_map(|session| session.finish().err()).collect()
    }
}

/// Whether a session does it as a process would: what only the client's own program knows, or refuses, is left to it.
fn suits_session(request: &Request) -> bool {
    let name = request.name.as_str();
    let given = request.words.as_ref().map_or(0, Vec::len);
    !ALWAYS_A_PROCESS.contains(&name)
        && table_entry(name).is_some_and(|entry| {
            let required = entry
                .arguments
                .iter()
                .filter(|argument| argument.required)
                .count();
            (required..=entry.arguments.len()).contains(&given)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_line_would_refuse_is_left_to_a_process() {
        let suits = |name: &str, words: &[&str]| {
            suits_session(&Request::by_name(name, words.iter().map(Into::into).collect()))
        };
        assert!(suits("mkdir", &["/d", "511"]));
        assert!(suits("open", &["/f", "0"]) && suits("open", &["/f", "0", "420"]));
        assert!(!suits("mkdir", &["/d"]));
        assert!(!suits("mkdir", &["/d", "511", "-v"]));
        assert!(!suits("mkdri", &["/d", "511"]));
        assert!(!suits("syscall_coverage", &["/f"]));
    }
}
