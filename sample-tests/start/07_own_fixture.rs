//! A fixture of your own is a type that says how it is made. It may ask for other fixtures; what a test
//! asks for twice is made once.

use std::path::PathBuf;

use gkfs_harness::Result;
use gkfs_harness::prelude::*;
use sample_tests::{content, create_with};

/// A small project that many tests could begin with.
struct Project {
    directory: PathBuf,
}

impl Fixture for Project {
    fn setup(context: &TestContext) -> Result<Self> {
        let daemon = context.fixture::<Daemon>()?;
        let client = context.fixture::<Client>()?;
        let directory = daemon.mountdir().join("project");
        client.mkdir(&directory, 0o755);
        create_with(&*client, directory.join("README"), "read me");
        Ok(Project { directory })
    }
}

/// The test begins where the fixture ends.
#[gkfs_harness::test]
fn own_fixture(project: &Project, client: &Client) {
    assert_eq!(content(client, project.directory.join("README")), "read me");
}
