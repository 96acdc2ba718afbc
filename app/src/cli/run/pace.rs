//! How many tests run at a time and how long each may take, where nobody says.

use std::time::Duration;

use gkfs_harness::Stack;
use gkfs_harness::stack::{EMBEDDED, Kind};

use crate::cli::PythonArgs;
use crate::suite::SuiteConfig;

/// A real daemon is waited for, at its start and at its end, far longer than it computes.
const FOR_EACH_PROCESSOR: usize = 4;

/// What suits a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Tests at a time.
    pub(crate) jobs: usize,
    /// Deadline of an attempt.
    pub(crate) timeout: Duration,
    /// Slow mark of an attempt.
    pub(crate) slow: Duration,
}

impl Pace {
    /// What suits the stack on a machine with so many processors.
    pub(crate) fn of(stack: &Stack, suite: &SuiteConfig, said: PythonArgs, cpus: usize) -> Pace {
        let usual = Pace {
            jobs: cpus,
            timeout: Duration::from_secs(60),
            slow: Duration::from_secs(5),
        };
        if stack.kind != Kind::Gekkofs || stack.name == EMBEDDED {
            return usual;
        }
        // An operation that is a process costs it half a second, and GekkoFS's own harness has no deadlines at all. That
        // one fails when there is much beside it, as it takes the first daemon's word for the second's.
        Pace {
            jobs: if stack.wrap.is_on() || !said.is_ours(suite) {
                cpus
            } else {
                cpus * FOR_EACH_PROCESSOR
            },
            timeout: Duration::from_secs(300),
            slow: Duration::from_secs(20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Harness;

    const SUITE: &str = "version = 1\n[[group]]\nname = \"a\"\nsource = \"script\"\n";

    fn jobs(stack: &Stack, suite: &str, harness: Option<Harness>) -> usize {
        let suite = toml::from_str(suite).expect("a suite");
        let said = PythonArgs {
            harness,
            ..PythonArgs::default()
        };
        Pace::of(stack, &suite, said, 2).jobs
    }

    #[test]
    fn what_waits_for_a_real_daemon_runs_beside_more() {
        let real = Stack::flat("mine", "/opt/mine");
        assert_eq!(jobs(&real, SUITE, None), 8);
        assert_eq!(
            jobs(&real, "version = 1\n", None),
            2,
            "whatever is found may bring a harness"
        );
        assert_eq!(jobs(&real, "version = 1\n", Some(Harness::Ours)), 8);
        let suite = SUITE.replace("script", "pytest");
        assert_eq!(jobs(&real, &suite, Some(Harness::Own)), 2);
        assert_eq!(jobs(&Stack::flat(EMBEDDED, "/x"), SUITE, None), 2);
        assert_eq!(jobs(&Stack::plain("/x"), SUITE, None), 2);
        assert_eq!(jobs(&real, &suite, None), 2);
        assert_eq!(jobs(&real, &format!("{suite}harness = \"ours\"\n"), None), 8);
    }
}
