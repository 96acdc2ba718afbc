//! Everything the plain constructors take, for those who want no macro.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::environment::Environment;
use crate::error::Result;
use crate::oracle::Oracle;
use crate::process::Spawner;
use crate::stack::Stack;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// A stack, a workspace to use it in, a record of what is done, and an owner of the processes.
///
/// ```no_run
/// use gkfs_harness::{Bench, Client, Daemon, Operations, Stack};
///
/// # fn main() -> gkfs_harness::Result<()> {
/// let bench = Bench::temporary(Stack::find()?)?;
/// let daemon = Daemon::start(&bench)?;
/// let reply = Client::new(&bench).mkdir(daemon.mountdir().join("top"), 0o777);
/// assert_eq!(reply.retval, 0);
/// daemon.shutdown()
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Bench {
    pub(crate) stack: Arc<Stack>,
    pub(crate) workspace: Workspace,
    pub(crate) steps: Steps,
    pub(crate) spawner: Spawner,
    pub(crate) environment: Environment,
    pub(crate) oracle: Option<Oracle>,
    /// Where clients are started, if not in the workspace.
    pub(crate) clients_in: Option<PathBuf>,
}

impl Bench {
    /// A bench in a temporary workspace, with `steps.jsonl` in its `logs/`.
    ///
    /// # Errors
    /// The workspace cannot be made.
    pub fn temporary(stack: Stack) -> Result<Self> {
        Self::at(Workspace::temporary()?, stack)
    }

    /// A bench in `workspace`, with `steps.jsonl` in its `logs/`.
    ///
    /// # Errors
    /// The record cannot be opened, or the environment is not understood.
    pub fn at(workspace: Workspace, stack: Stack) -> Result<Self> {
        let bench = Self {
            steps: Steps::create(&workspace.logdir().join("steps.jsonl"))?,
            stack: Arc::new(stack),
            spawner: Spawner::new()?,
            environment: Environment::read()?,
            oracle: None,
            clients_in: None,
            workspace,
        };
        bench.wanted_by_the_environment()
    }

    /// With an oracle, if the runner wants one.
    pub(crate) fn wanted_by_the_environment(self) -> Result<Self> {
        if self.oracle.is_none() && self.environment.wants_oracle()? {
            self.with_oracle()
        } else {
            Ok(self)
        }
    }

    /// The same bench with an oracle: a plain directory in which every operation is done once more, after the stack's,
    /// so that what differs is found without an assertion. On a plain stack there is nothing to compare.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn with_oracle(mut self) -> Result<Self> {
        if !self.stack.is_plain() {
            self.oracle = Some(Oracle::new(&self)?);
        }
        Ok(self)
    }

    /// The first operation to which the stack and the plain directory answered differently, and how.
    pub fn divergence(&self) -> Option<String> {
        self.oracle.as_ref()?.divergence()
    }

    /// How many operations were compared with those in a plain directory.
    pub fn compared(&self) -> u64 {
        self.oracle.as_ref().map_or(0, Oracle::compared)
    }

    /// Has the oracle, if there is one, compare no more.
    pub(crate) fn stop_comparing(&self, why: &str) {
        if let Some(oracle) = &self.oracle {
            oracle.stop(why);
        }
    }

    /// The system under test.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// Where it is used.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The record.
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// Where clients are started. What is put around them may leave files where it is, so that it stays in the workspace.
    pub(crate) fn client_dir(&self) -> &Path {
        let said = self
            .clients_in
            .as_deref()
            .filter(|_| self.stack.wrap.client.0.is_empty());
        said.unwrap_or_else(|| self.workspace.path())
    }

    /// The owner of the processes.
    pub fn spawner(&self) -> &Spawner {
        &self.spawner
    }

    /// `wanted`, cut to what is left of the test's time; more where something is put around the stack's programs.
    pub(crate) fn at_most(&self, wanted: Duration) -> Duration {
        match self.stack.wrap.stretched(wanted) {
            Some(wanted) => self.environment.at_most(wanted),
            None => self.stack.wrap.at_most(wanted),
        }
    }
}
