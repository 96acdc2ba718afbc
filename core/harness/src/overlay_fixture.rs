//! The fixture of tests without side effects: a copy-on-write view, for the test's own thread.

use std::cell::RefCell;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use gkfs_overlay::{Builder, Changes, ReadError};

use crate::context::TestContext;
use crate::daemon::lease;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::fixture::Fixture;
use crate::outcome::skip;
use crate::stack::Stack;
use crate::workspace::Workspace;

mod record;

pub use record::ChangesRecord;

/// A view of the whole file system, private to the test: what its thread, its daemons, clients and commands write stays
/// in it, and vanishes with the test.
///
/// It has all that [`gkfs_overlay::Overlay`] can be asked: `changes()`, `diff()`, `entries()`, `commit(…)`. What had
/// changed when it was asked, and at the end, stands in the record. The test's own workspace, the stack and what the tests of a run share
/// are real, so that everything that looks at a test sees it. Where none can be made, the test is skipped with the reason.
///
/// ```no_run
/// use gkfs_harness::prelude::*;
///
/// #[gkfs_harness::test]
/// fn writes_its_settings(view: &Overlay) -> TestResult {
///     std::fs::write("/etc/example.conf", "on = true")?;
///     assert_eq!(view.changes()?, ["add:/etc/example.conf"]);
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// Tests that an ordinary user is to run need one line more at the top of their program:
/// [`enter_user_namespace_before_main!()`](crate::enter_user_namespace_before_main).
#[derive(Debug)]
pub struct Overlay {
    view: gkfs_overlay::Overlay,
    record: ChangesRecord,
    /// What the record says.
    recorded: RefCell<Changes>,
}

impl Overlay {
    /// Returns what has changed in this view, sorted by path, and writes it to the record: who follows the test on the
    /// screen sees it then.
    ///
    /// # Errors
    /// A changed file or directory cannot be read.
    pub fn changes(&self) -> std::result::Result<Changes, ReadError> {
        let changes = self.view.changes()?;
        if *self.recorded.borrow() != changes {
            self.record.note(&self.view, &changes);
            self.recorded.replace(changes.clone());
        }
        Ok(changes)
    }
}

impl Deref for Overlay {
    type Target = gkfs_overlay::Overlay;

    fn deref(&self) -> &Self::Target {
        &self.view
    }
}

impl Fixture for Overlay {
    fn setup(context: &TestContext) -> Result<Self> {
        // Found now: the embedded stack unpacks itself when it is looked for, which is no doing of the test's. A test
        // that needs none does not mind that there is none.
        let stack = context.stack().ok();
        let passing = surroundings(context.environment(), context.workspace(), stack.as_deref())?;
        let builder = passing.into_iter().fold(Builder::new(), Builder::pass);
        let record = ChangesRecord::beside(context.steps())?;
        match builder.push() {
            Ok(view) => Ok(Self {
                view,
                record,
                recorded: RefCell::default(),
            }),
            Err(error) if error.is_unsupported() => skip(format!("no overlay here: {error}")),
            Err(error) => Err(Error::other(error)),
        }
    }

    fn teardown(self, _context: &TestContext) -> Result<()> {
        let changes = self.view.changes().map_err(Error::other)?;
        self.record.write(&self.view, &changes)?;
        self.view.pop().map_err(|error| Error::other(error.to_string()))?;
        Ok(())
    }
}

/// What must be the same inside of a test's view and outside: beside what its group needs, its workspace and its stack.
pub(crate) fn surroundings(
    environment: &Environment,
    workspace: &Workspace,
    stack: Option<&Stack>,
) -> Result<Vec<PathBuf>> {
    let mut passing = kept_outside(environment)?;
    passing.push(workspace.path().to_owned());
    if let Some(stack) = stack {
        let dirs = stack.bin_dirs.iter().chain(&stack.lib_dirs);
        passing.extend(dirs.filter(|path| usable(path)).cloned());
    }
    Ok(passing)
}

/// What must be the same inside of a view and outside: where the test's group keeps its files, the stack's directories,
/// and the leases of ports, by which tests see each other.
///
/// # Errors
/// The directory of leases cannot be made.
pub fn kept_outside(environment: &Environment) -> Result<Vec<PathBuf>> {
    let mut paths = vec![lease::directory()?];
    if let Some(attempt) = environment.path("GKFS_BENCH_ATTEMPT_DIR") {
        // A daemon that tests share has its directory beside theirs.
        let group = attempt.ancestors().nth(2).unwrap_or(&attempt);
        paths.push(group.to_owned());
    }
    for name in ["GKFS_BENCH_BIN_DIRS", "GKFS_BENCH_LIB_DIRS"] {
        let list = environment
            .path(name)
            .map(PathBuf::into_os_string)
            .unwrap_or_default();
        paths.extend(std::env::split_paths(&list).filter(|path| usable(path)));
    }
    Ok(paths)
}

fn usable(path: &Path) -> bool {
    path.is_absolute() && path != Path::new("/") && path.is_dir()
}
