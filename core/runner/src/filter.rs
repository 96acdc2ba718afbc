//! Which of the tests that were found are run.
//!
//! A [`Selection`] is what the user said: names, paths, a `-k` expression, tags. [`Selection::apply`] holds it against
//! a [`Discovery`] and yields a [`Plan`]. What is off by default (an ignored test, a group with `default = false`) is
//! selected only where something names it: its id or part of it, its path, or its tag.

mod expr;
mod named;
mod names;
mod partition;
mod required;

use std::collections::BTreeSet;
use std::path::PathBuf;

use regex::Regex;
use thiserror::Error;

use crate::discover::{Discovery, Group, Test};

pub use expr::{Expr, ExprError};
pub use names::{Found, NameError};
pub(crate) use names::{find, some_of};
pub use partition::{Partition, PartitionError};
pub(crate) use required::called;

/// What the user asked for. The default selects everything that is on by default.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Ids, groups, leading parts of ids, or parts that only one id has. Any of them selects.
    pub names: Vec<String>,
    /// Directories or source files, absolute. Any of them selects, beside `names`.
    pub paths: Vec<PathBuf>,
    /// `-k`: words are case-insensitive parts of the id or of a tag.
    pub expr: Option<Expr>,
    /// `-t`: words are tags. Any of them selects.
    pub tags: Vec<Expr>,
    /// Only tests whose id matches each of these.
    pub id_patterns: Vec<Regex>,
    /// Only tests that have a tag, for each of these, that matches it.
    pub tag_patterns: Vec<Regex>,
    /// Only these ids, for example those that did not pass last time in the last run.
    pub only: Option<BTreeSet<String>>,
    /// Also what is off by default.
    pub ignored: bool,
    /// Of all that, only this share.
    pub partition: Option<Partition>,
}

/// A selection that cannot be met.
#[derive(Debug, Error)]
pub enum SelectError {
    /// A name that no test has.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A name that no test has, where not all tests are known.
    #[error("{source}; it may be one of `{group}`, which cannot be built or listed: {why}")]
    Unlisted {
        /// What is wrong with the name.
        source: NameError,
        /// The first group whose tests are not known.
        group: String,
        /// The first line of what is wrong with that.
        why: String,
    },
    /// A path without tests.
    #[error("no test in {}", .0.display())]
    Path(PathBuf),
}

/// A discovery, and which of its tests are to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// All that was found.
    pub discovery: Discovery,
    /// Indices into [`Discovery::tests`], ascending.
    pub tests: Vec<usize>,
    /// Indices into [`Discovery::groups`] of the selected groups that could not be built or listed; each counts as
    /// one failed entry.
    pub broken: Vec<usize>,
}

impl Plan {
    /// Whether nothing is to be run, and nothing is known to be broken: pytest's exit status 5.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.broken.is_empty()
    }
}

impl Selection {
    /// Holds the selection against what was found.
    ///
    /// # Errors
    /// When a name matches no test, or several where one was meant, or a path has none.
    pub fn apply(&self, discovery: Discovery) -> Result<Plan, SelectError> {
        let named = self.named(&discovery)?;
        let wants = |test: &Test| self.wants(test, &discovery.groups[test.group], named.as_ref());
        let mut tests: Vec<usize> = (0..discovery.tests.len())
            .filter(|&i| wants(&discovery.tests[i]))
            .collect();
        let mut broken: Vec<usize> = (0..discovery.groups.len())
            .filter(|&i| {
                discovery.groups[i].error.is_some() && self.wants_broken(&discovery.groups[i], named.as_ref())
            })
            .collect();
        if let Some(partition) = self.partition {
            partition.keep_share(&mut broken, tests.len());
            partition.keep_share(&mut tests, 0);
        }
        required::add(&mut tests, &discovery);
        Ok(Plan {
            discovery,
            tests,
            broken,
        })
    }

    fn wants(&self, test: &Test, group: &Group, named: Option<&BTreeSet<String>>) -> bool {
        let by_name = named.is_some_and(|named| named.contains(&test.id));
        let by_tag = self
            .tags
            .iter()
            .any(|expr| expr.holds(&|word| test.tags.iter().any(|tag| tag == word)));
        let on = !test.ignored && group.settings.default;
        (named.is_none() || by_name)
            && (self.tags.is_empty() || by_tag)
            && self
                .expr
                .as_ref()
                .is_none_or(|expr| expr.holds(&|word| has_part(test, word)))
            && self.id_patterns.iter().all(|pattern| pattern.is_match(&test.id))
            && self
                .tag_patterns
                .iter()
                .all(|pattern| test.tags.iter().any(|tag| pattern.is_match(tag)))
            && self.only.as_ref().is_none_or(|only| only.contains(&test.id))
            && (on || self.ignored || by_name || by_tag || self.only.is_some())
    }

    fn wants_broken(&self, group: &Group, named: Option<&BTreeSet<String>>) -> bool {
        let within = |ids: &BTreeSet<String>| ids.contains(&group.name);
        named.is_none_or(within)
            && self.only.as_ref().is_none_or(within)
            && (group.settings.default || self.ignored || named.is_some())
    }
}

/// pytest's meaning of a word in `-k`: part of a name or of a mark, without regard to case.
fn has_part(test: &Test, word: &str) -> bool {
    let word = word.to_lowercase();
    test.id.to_lowercase().contains(&word) || test.tags.iter().any(|tag| tag.to_lowercase().contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::TestCommand;
    use crate::event::SourceKind;
    use crate::settings::GroupSettings;

    fn group(name: &str, default: bool, error: Option<&str>) -> Group {
        Group {
            name: name.into(),
            source: SourceKind::Rust,
            path: PathBuf::from("/s").join(name),
            settings: GroupSettings {
                default,
                ..GroupSettings::default()
            },
            error: error.map(str::to_owned),
            made_of: Vec::new(),
            worker: None,
        }
    }

    fn test(id: &str, group: usize, tags: &[&str], ignored: bool) -> Test {
        Test {
            id: id.into(),
            group,
            name: id.split_once("::").unwrap().1.into(),
            file: None,
            line: None,
            tags: tags.iter().map(|&t| t.into()).collect(),
            description: None,
            ignored,
            timeout: None,
            command: TestCommand {
                argv: vec![],
                cwd: "/".into(),
                env: vec![],
            },
            ..Test::default()
        }
    }

    fn discovery() -> Discovery {
        Discovery {
            groups: vec![
                group("io", true, None),
                group("show", false, None),
                group("bad", true, Some("E0308")),
            ],
            tests: vec![
                test("io::read", 0, &["fast"], false),
                test("io::Write[4k]", 0, &["posix"], false),
                test("io::off", 0, &["fast"], true),
                test("show::leaks", 1, &["wild"], false),
            ],
            log: vec![],
        }
    }

    fn select(selection: &Selection) -> (Vec<usize>, Vec<usize>) {
        let plan = selection.apply(discovery()).unwrap();
        (plan.tests, plan.broken)
    }

    #[test]
    fn without_a_word_everything_that_is_on() {
        assert_eq!(select(&Selection::default()), (vec![0, 1], vec![2]));
        assert_eq!(
            select(&Selection {
                ignored: true,
                ..Selection::default()
            }),
            (vec![0, 1, 2, 3], vec![2])
        );
    }

    #[test]
    fn what_is_off_is_run_when_named() {
        let names = |name: &str| Selection {
            names: vec![name.into()],
            ..Selection::default()
        };
        assert_eq!(select(&names("show")), (vec![3], vec![]));
        assert_eq!(select(&names("io::off")), (vec![2], vec![]));
        assert_eq!(
            select(&Selection {
                tags: vec!["wild".parse().unwrap()],
                ..Selection::default()
            })
            .0,
            [3]
        );
        let path = Selection {
            paths: vec!["/s/show".into()],
            ..Selection::default()
        };
        assert_eq!(select(&path), (vec![3], vec![]));
    }

    #[test]
    fn k_looks_at_names_and_tags_without_case_but_wakes_nothing() {
        let k = |text: &str| Selection {
            expr: Some(text.parse().unwrap()),
            ..Selection::default()
        };
        assert_eq!(select(&k("write")).0, [1]);
        assert_eq!(select(&k("POSIX or read")).0, [0, 1]);
        assert_eq!(select(&k("leaks")).0, [0usize; 0]);
    }

    #[test]
    fn a_broken_group_can_be_named_too() {
        assert_eq!(
            select(&Selection {
                names: vec!["bad".into()],
                ..Selection::default()
            }),
            (vec![], vec![2])
        );
    }

    #[test]
    fn whoever_names_a_test_of_a_broken_group_is_told_of_the_group() {
        let of = |name: &str| Selection {
            names: vec![name.into()],
            ..Selection::default()
        };
        assert_eq!(select(&of("bad::read")), (vec![], vec![2]));
        let elsewhere = of("badly::read").apply(discovery()).unwrap_err().to_string();
        assert_eq!(
            elsewhere,
            "no test matches `badly::read`; the nearest is `io::read`; it may be one of `bad`, which cannot be built or \
             listed: E0308"
        );
    }

    #[test]
    fn a_path_or_name_without_tests_is_an_error() {
        let path = Selection {
            paths: vec!["/elsewhere".into()],
            ..Selection::default()
        };
        assert_eq!(
            path.apply(discovery()).unwrap_err().to_string(),
            "no test in /elsewhere"
        );
        let name = Selection {
            names: vec!["io::raed".into()],
            ..Selection::default()
        };
        let text = name.apply(discovery()).unwrap_err().to_string();
        assert!(text.contains("the nearest is `io::read`"), "{text}");
    }

    #[test]
    fn what_pytest_prints_is_understood_from_anywhere() {
        let node = |id: &str, at: &str| Test {
            node: Some(crate::discover::Node {
                id: at.into(),
                nth: 0,
            }),
            ..test(id, 0, &[], false)
        };
        let discovery = Discovery {
            groups: vec![group("g", true, None)],
            tests: vec![
                node("g::test_a.py::test_b[1]", "sub/test_a.py::test_b[1]"),
                node("g::test_a.py::test_b[2]", "sub/test_a.py::test_b[2]"),
                node("g::test_a.py::test_bc", "sub/test_a.py::test_bc"),
            ],
            ..Discovery::default()
        };
        let count = |name: &str| named::of_node(name, &discovery).len();
        assert_eq!(count("sub/test_a.py::test_b[1]"), 1);
        assert_eq!(count("sub/test_a.py::test_b"), 2);
        assert_eq!(count("test_a.py::test_b"), 2);
        assert_eq!(count("tests/integration/sub/test_a.py::test_bc"), 1);
        assert_eq!(count("est_a.py::test_b"), 0);
        assert_eq!(count("g::test_a"), 0);
    }
}
