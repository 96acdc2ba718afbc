//! Everything the plain constructors take, for those who want no macro.

use std::sync::Arc;
use std::time::Duration;

use crate::environment::Environment;
use crate::error::Result;
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
        Ok(Self {
            steps: Steps::create(&workspace.logdir().join("steps.jsonl"))?,
            stack: Arc::new(stack),
            spawner: Spawner::new()?,
            environment: Environment::read()?,
            workspace,
        })
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
