//! A fake FUSE server as a fixture: all of [`gkfs_fuse`], with what passes in the test's record.
//!
//! ```no_run
//! use gkfs_harness::fuse::abi::Opcode;
//! use gkfs_harness::prelude::*;
//!
//! /// The server has the last word about what is there.
//! #[gkfs_harness::test]
//! fn not_there(fake: &FakeFuse) {
//!     fake.expect(Opcode::Lookup).name("x").errno(libc::EACCES);
//!     assert_eq!(std::fs::metadata(fake.path().join("x")).unwrap_err().raw_os_error(), Some(libc::EACCES));
//! }
//!
//! /// A server as gVisor's framework had it.
//! #[gkfs_harness::test]
//! fn strict(fuse: &Fuse) {
//!     let fake = fuse.start(fuse.builder().gvisor());
//!     // …
//!     fake.verify().unwrap();
//! }
//! # fn main() {}
//! ```

use serde_json::{Value, json};

pub use gkfs_fuse::*;

use crate::context::TestContext;
use crate::error::{Error, Result};
use crate::fixture::{Fixture, name_of};
use crate::outcome::skip;
use crate::steps::{Steps, byte_string};

/// Makes fake FUSE servers whose conversation is in the test's record.
#[derive(Clone, Debug)]
pub struct Fuse {
    steps: Steps,
}

impl Fuse {
    /// One that writes to these steps.
    pub const fn new(steps: Steps) -> Self {
        Self { steps }
    }

    /// A server that is not started yet; see [`Builder`].
    pub fn builder(&self) -> Builder {
        let steps = self.steps.clone();
        FakeFuse::builder().observer(move |event| record(&steps, event))
    }

    /// Starts it. The test is skipped where this machine or user can have no FUSE mount, with the reason and what would help.
    ///
    /// # Panics
    /// The server cannot be started for another reason.
    #[track_caller]
    pub fn start(&self, builder: Builder) -> FakeFuse {
        match builder.start() {
            Ok(fake) => fake,
            Err(error) if error.is_missing() => skip(error.to_string()),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Writes what passed as a step of kind `fuse`.
pub fn record(steps: &Steps, event: &Event) {
    let what = &event.what;
    let mut step = json!({ "dir": what.dir(), "text": what.to_string() });
    if let Some(request) = what.request() {
        step["opcode"] = request.opcode().name().into();
        step["unique"] = request.unique().into();
        step["node"] = request.node().into();
    }
    match what {
        What::Request(request) => {
            let header = &request.header;
            step["caller"] = json!({ "pid": header.pid, "uid": header.uid, "gid": header.gid });
            step["body"] = Value::Object(request.body.fields());
        }
        What::Reply { reply, .. } => step["body"] = Value::Object(reply.fields()),
        What::Rejected { errno, .. } => step["errno"] = (*errno).into(),
        What::Notify { code, errno, .. } => {
            step["opcode"] = code.map(abi::NotifyCode::name).into();
            step["errno"] = (*errno).into();
        }
        _ => {}
    }
    if !what.bytes().is_empty() {
        step["bytes"] = byte_string(what.bytes());
    }
    steps.instant_at(event.at, "fuse", step);
}

impl Fixture for Fuse {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(Self::new(context.steps().clone()))
    }
}

impl Fixture for FakeFuse {
    fn setup(context: &TestContext) -> Result<Self> {
        let fuse = context.fixture::<Fuse>()?;
        Ok(fuse.start(fuse.builder()))
    }

    /// Verifies: what did not come as expected fails the test.
    fn teardown(self, _: &TestContext) -> Result<()> {
        let verdict = self.verify();
        self.stop();
        verdict.map_err(|error| Error::Fixture {
            name: name_of::<Self>(),
            problem: error.to_string(),
        })
    }
}
