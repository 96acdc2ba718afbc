//! The fake FUSE servers of a test.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gkfs_fuse::{FakeFuse, Fallback, Fault, Model};
use serde_json::{Value, json};

use super::{Place, lock, no_such};
use crate::channel::protocol::{Expect, FuseAct, FuseStart, Refusal};
use crate::channel::server::{Answered, text};
use crate::channel::words::{self, wrong};
use crate::error::Error;
use crate::fuse::Fuse;

/// What the fixture is called in the record.
const FIXTURE: &str = "fake_fuse";

impl Place {
    /// Starts a server, mounted for real. The test is skipped where there can be none.
    pub(in crate::channel) fn start_fuse(&self, start: FuseStart) -> Answered {
        let fuse = Fuse::new(self.bench.steps.clone());
        let mut builder = fuse.builder();
        if start.gvisor {
            builder = builder.gvisor();
        } else if start.strict {
            builder = builder.strict();
        } else if let Some(dir) = start.dir {
            builder = builder.fallback(Fallback::Passthrough(dir));
        } else {
            let files = start.files.into_iter();
            let model = files.fold(Model::new(), |model, (path, contents)| {
                model.file(path, contents.to_vec())
            });
            builder = builder.fallback(Fallback::Model(model));
        }
        if let Some(minor) = start.minor {
            builder = builder.protocol(minor);
        }
        if let Some(seconds) = start.deadline {
            builder = builder
                .deadline(Duration::try_from_secs_f64(seconds).map_err(|error| wrong(error.to_string()))?);
        }
        builder = builder.init_flags(start.init_flags);
        let span = self
            .bench
            .steps
            .begin("fixture", json!({ "name": FIXTURE, "phase": "setup" }));
        let fake = fuse.start(builder);
        // Who verifies is the fixture, in so many words.
        fake.forgive();
        span.end(json!({ "ok": true }));
        let number = self.number();
        let minor = fake.protocol().minor;
        let path = text(fake.path());
        lock(&self.fuses).insert(number, Arc::new(fake));
        Ok(json!({ "fuse": number, "path": path, "minor": minor }))
    }

    /// Says something to a server, or asks it.
    pub(in crate::channel) fn act_on_fuse(&self, number: u64, act: FuseAct) -> Answered {
        let fake = lock(&self.fuses).get(&number).cloned();
        let fake = fake.ok_or_else(|| no_such("fake FUSE server", number))?;
        match act {
            FuseAct::Expect(_) | FuseAct::Fault { .. } | FuseAct::Respond { .. } | FuseAct::Lookup { .. } => {
                say(&fake, act)
            }
            FuseAct::Hold(wanted) => Ok(self.holds(number, expectation(&fake, &wanted)?.hold())),
            FuseAct::Take { .. } | FuseAct::Answer { .. } | FuseAct::Interrupted { .. } => {
                self.act_on_held(act)
            }
            FuseAct::Verify => self
                .in_fixture(Some(FIXTURE), "teardown", || verify(&fake))
                .map(|()| Value::Null)
                .map_err(Refusal::from),
            FuseAct::Stop => {
                // Whoever still talks to it lets it end a moment later.
                lock(&self.fuses).remove(&number);
                self.helds.forget(number);
                Ok(Value::Null)
            }
            act => ask(&fake, act),
        }
    }
}

fn verify(fake: &FakeFuse) -> crate::Result<()> {
    fake.verify().map_err(|error| Error::Fixture {
        name: FIXTURE,
        problem: error.to_string(),
    })
}

/// What is to come, before it is said what comes of it.
fn expectation<'a>(fake: &'a FakeFuse, wanted: &Expect) -> Result<gkfs_fuse::Expect<'a>, Refusal> {
    let (least, most) = wanted.times;
    let mut rule = fake
        .expect(words::opcodes(&wanted.opcodes)?)
        .times(least..=most.unwrap_or(usize::MAX));
    if let Some(place) = &wanted.at {
        rule = rule.said_at(place);
    }
    if let Some(node) = wanted.node {
        rule = rule.node(node);
    }
    if let Some(name) = &wanted.name {
        rule = rule.name(name);
    }
    if let Some(ms) = wanted.delay_ms {
        rule = rule.delay(Duration::from_millis(ms));
    }
    Ok(rule)
}

/// What the test wants of it.
fn say(fake: &FakeFuse, act: FuseAct) -> Answered {
    match act {
        FuseAct::Expect(wanted) => {
            let rule = expectation(fake, &wanted)?;
            match wanted.reply {
                Some(reply) => rule.reply(reply.reply()?),
                None => rule.pass(),
            };
        }
        FuseAct::Fault { rule } => {
            let fault: Fault = rule
                .parse()
                .map_err(|error: gkfs_fuse::NoFault| wrong(error.to_string()))?;
            fake.fault(fault);
        }
        FuseAct::Respond { opcodes, reply } => {
            let done = fake.set_response(words::opcodes(&opcodes)?, reply.reply()?);
            done.map_err(|error| wrong(error.to_string()))?;
        }
        FuseAct::Lookup { name, mode, size } => {
            let node = fake.set_inode_lookup(&name, mode, size);
            return Ok(json!({ "node": node.map_err(|error| wrong(error.to_string()))? }));
        }
        _ => {}
    }
    Ok(Value::Null)
}

/// What the test wants to know, and what the kernel is to be told.
fn ask(fake: &FakeFuse, act: FuseAct) -> Answered {
    let failed = |error: &dyn std::fmt::Display| wrong(error.to_string());
    Ok(match act {
        FuseAct::Next => {
            let request = fake.next_request().map_err(|error| failed(&error))?;
            json!({ "request": words::told(&request) })
        }
        FuseAct::Requests { opcodes } => {
            let wanted = words::opcodes(&opcodes)?;
            let requests: Vec<Value> = fake
                .requests()
                .iter()
                .filter(|request| opcodes.is_empty() || wanted.contains(request.opcode()))
                .map(|request| words::told(request))
                .collect();
            json!({ "requests": requests })
        }
        FuseAct::Counts => json!({
            "unconsumed": fake.unconsumed_requests(), "unsent": fake.unsent_responses(),
            "received_bytes": fake.received_bytes(),
        }),
        FuseAct::InvalEntry { parent, name } => {
            let told = fake.notify().inval_entry(parent, &name);
            told.map_err(|error| failed(&error)).map(|()| Value::Null)?
        }
        FuseAct::InvalInode { node, offset, len } => {
            let told = fake.notify().inval_inode(node, offset, len);
            told.map_err(|error| failed(&error)).map(|()| Value::Null)?
        }
        FuseAct::Save { path } => save(fake, &path)?,
        FuseAct::Abort => {
            fake.abort();
            Value::Null
        }
        FuseAct::Problems => {
            let problems = fake.take_problems();
            json!({ "problems": problems.iter().map(ToString::to_string).collect::<Vec<_>>() })
        }
        _ => Value::Null,
    })
}

fn save(fake: &FakeFuse, path: &PathBuf) -> Answered {
    let saved = fake.transcript().save(path);
    saved
        .map(|()| Value::Null)
        .map_err(|error| wrong(error.to_string()))
}
