//! What a change is about.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gkfs_runner::Moment;

/// One change, however many files it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When the first file changed.
    pub at: Moment,
    /// The files.
    pub paths: BTreeSet<PathBuf>,
    /// What they touch.
    pub touched: Touched,
}

/// What files touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Ids of tests, and names of groups and other beginnings of ids, up to a `::`.
    pub tests: BTreeSet<String>,
    /// Something that cargo builds, or a file that may hold the first tests of a group: tests must be looked for anew.
    pub packages: bool,
    /// The suite file, from which everything else follows.
    pub suite: bool,
    /// The stack's programs.
    pub stack: bool,
    /// The stack's sources: its programs are to be built anew.
    pub build: bool,
}

impl Touched {
    /// Whether no test depends on it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Touched::default()
    }

    /// Whether every test depends on it.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.suite || self.stack || self.build
    }

    /// Whether what is being built would be built in vain.
    #[must_use]
    pub fn outdates_builds(&self) -> bool {
        self.packages || self.suite || self.build
    }

    /// Whether it touches this test of this group.
    #[must_use]
    pub fn touches(&self, id: &str, group: &str) -> bool {
        let begins = |with: &String| {
            id.strip_prefix(with.as_str())
                .is_some_and(|rest| rest.starts_with("::"))
        };
        self.is_everything()
            || self.tests.contains(id)
            || self.tests.contains(group)
            || self.tests.iter().any(begins)
    }

    /// Takes in what another change touches.
    pub fn merge(&mut self, other: Touched) {
        self.tests.extend(other.tests);
        self.packages |= other.packages;
        self.suite |= other.suite;
        self.stack |= other.stack;
        self.build |= other.build;
    }
}
