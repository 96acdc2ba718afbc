//! Requests that a test in another language answers itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use gkfs_fuse::{Held, Hold};
use serde_json::{Value, json};

use super::{Place, lock};
use crate::channel::protocol::{FuseAct, Refusal};
use crate::channel::server::Answered;
use crate::channel::words::{self, wrong};

/// What is held, by the numbers that the other language knows it by.
#[derive(Default)]
pub(super) struct Helds {
    /// Expectations that hold, each with the number of its server.
    holds: Mutex<BTreeMap<u64, (u64, Hold)>>,
    /// Requests that the test took.
    taken: Mutex<BTreeMap<u64, (u64, Held)>>,
}

impl Helds {
    /// Forgets what a server held that is stopped.
    pub(super) fn forget(&self, fuse: u64) {
        lock(&self.holds).retain(|_, (of, _)| *of != fuse);
        lock(&self.taken).retain(|_, (of, _)| *of != fuse);
    }

    pub(super) fn clear(&self) {
        lock(&self.holds).clear();
        lock(&self.taken).clear();
    }

    fn hold(&self, number: u64) -> Result<(u64, Hold), Refusal> {
        let found = lock(&self.holds).get(&number).cloned();
        found.ok_or_else(|| wrong(format!("nothing is held by number {number}")))
    }

    fn held(&self, number: u64) -> Result<(u64, Held), Refusal> {
        let found = lock(&self.taken).get(&number).cloned();
        found.ok_or_else(|| wrong("this request was answered already"))
    }
}

impl Place {
    /// Notes an expectation that holds. Tells its number.
    pub(super) fn holds(&self, fuse: u64, hold: Hold) -> Value {
        let number = self.number();
        lock(&self.helds.holds).insert(number, (fuse, hold));
        json!({ "hold": number })
    }

    /// Takes requests that are held, asks about them, and answers them.
    pub(super) fn act_on_held(&self, act: FuseAct) -> Answered {
        let failed = |error: gkfs_fuse::WaitError| wrong(error.to_string());
        match act {
            FuseAct::Take { hold } => {
                let (fuse, hold) = self.helds.hold(hold)?;
                let held = hold.wait().map_err(|error| {
                    let wanted = hold.expectation();
                    match error {
                        gkfs_fuse::WaitError::Closed(_) => wrong(format!("{error}; {wanted} did not come")),
                        _ => wrong(format!("{error} of {wanted}")),
                    }
                })?;
                let (number, request) = (self.number(), words::told(held.request()));
                lock(&self.helds.taken).insert(number, (fuse, held));
                Ok(json!({ "held": number, "request": request }))
            }
            FuseAct::Answer { held, reply } => {
                let reply = reply.map(words::ReplyWords::reply).transpose()?;
                let (_, taken) = self.helds.held(held)?;
                lock(&self.helds.taken).remove(&held);
                let done = match reply {
                    Some(reply) => taken.reply(reply),
                    None => taken.release(),
                };
                done.map(|()| Value::Null).map_err(failed)
            }
            FuseAct::Interrupted { held, wait } => {
                let (_, taken) = self.helds.held(held)?;
                if wait {
                    taken.wait_interrupted().map_err(failed)?;
                }
                Ok(json!({ "interrupted": taken.is_interrupted() }))
            }
            _ => Ok(Value::Null),
        }
    }
}
