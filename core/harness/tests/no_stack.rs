//! Tests that need no stack: fixtures, parameters, skips, as an author writes them.

use gkfs_harness::prelude::*;
use gkfs_harness::{Error, Result};
use std::sync::Arc;

/// A fixture that asks for another.
struct Scratch {
    workspace: Arc<Workspace>,
    ended: bool,
}

impl Fixture for Scratch {
    fn setup(context: &TestContext) -> Result<Self> {
        Ok(Self {
            workspace: context.fixture::<Workspace>()?,
            ended: false,
        })
    }

    fn teardown(self, _: &TestContext) -> Result<()> {
        assert!(!self.ended);
        Ok(())
    }
}

/// A test without fixtures passes.
#[gkfs_harness::test]
fn nothing() {}

/// Fixtures are given by type, once per test.
#[gkfs_harness::test(tags("fast", "fixtures"))]
fn fixtures_are_shared(scratch: &mut Scratch, workspace: &Workspace) -> TestResult {
    assert_eq!(scratch.workspace.path(), workspace.path());
    scratch.ended = false;
    std::fs::write(workspace.tmpdir().join("f"), "x")?;
    Ok(())
}

/// Each combination of parameters is a test.
#[gkfs_harness::test(params(size = ["0", "1K"], times = [1, 2]))]
fn sizes(size: &str, times: u64, files: &FileFactory) -> TestResult {
    let file = files.create("f", size)?;
    assert_eq!(file.size() * times % 1024, 0);
    Ok(())
}

#[gkfs_harness::test]
#[case::empty(text = "", length = 0)]
#[case(text = "abc", length = 3)]
fn cases(text: &str, length: usize) {
    assert_eq!(text.len(), length);
}

#[gkfs_harness::test]
fn skipped_with_a_reason() {
    skip!("this test is about {}", "skipping");
}

#[gkfs_harness::test(ignore = "fails on purpose: run by tests/outcomes.rs")]
fn fails(workspace: &Workspace) {
    log!(info, "about to fail in {}", workspace.path().display());
    assert_eq!(1 + 1, 3, "arithmetic");
}

#[gkfs_harness::test(ignore = "fails on purpose: run by tests/outcomes.rs")]
fn fails_by_an_error() -> TestResult {
    "x".parse::<u8>()?;
    Ok(())
}

/// Cannot be set up.
struct Broken;

impl Fixture for Broken {
    fn setup(_: &TestContext) -> Result<Self> {
        Err(Error::other("no such luck"))
    }
}

#[gkfs_harness::test(ignore = "fails on purpose: run by tests/outcomes.rs")]
fn cannot_be_set_up(_broken: &Broken) {}

/// Asks for itself.
struct Circular;

impl Fixture for Circular {
    fn setup(context: &TestContext) -> Result<Self> {
        context.fixture::<Self>()?;
        Ok(Self)
    }
}

#[gkfs_harness::test(ignore = "fails on purpose: run by tests/outcomes.rs")]
fn asks_for_itself(_circular: &Circular) {}
