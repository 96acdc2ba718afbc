//! From how a test's process ended to the verdict on the attempt. Pure.
//!
//! In this order:
//!
//! 1. ended because the run was cancelled: *cancelled*;
//! 2. ended at its deadline: *timeout*, naming the step it hung in;
//! 3. the shell's 126 or 127 of a binary that never said a word of libtest's: half a binary, *error*;
//! 4. exit status not 0, or a signal: *error* if a fixture's set-up or teardown failed, else *failed*; *failed* also
//!    where a daemon died unbidden, for that is what the fixture stumbled over;
//! 5. exit status 0, but a daemon died unbidden, or a process or a mount was left behind, or an oracle found a
//!    difference: *failed*;
//! 6. exit status 0, but the binary does not know the test: *error*;
//! 7. exit status 0 and a `skip` step: *skipped*; otherwise *passed*.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use crate::mounts::LeftMount;
use crate::record::Facts;
use crate::status::{Leaked, Outcome};
use crate::words::{Greeting, signal_name};

/// Who ended the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// Itself.
    Itself,
    /// The runner, at this deadline.
    Deadline(Duration),
    /// The runner, because the run was cancelled.
    Cancel,
}

/// All that a verdict needs.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) by: EndedBy,
    /// `None` if the process cannot be ended even by KILL.
    pub(crate) exit: Option<ExitStatus>,
    pub(crate) leaked: &'a [Leaked],
    /// What it left mounted.
    pub(crate) mounts: &'a [LeftMount],
    pub(crate) facts: Facts,
    /// What its output says about a failure.
    pub(crate) last_words: Option<String>,
    /// What a libtest binary said first; `None` for anything else.
    pub(crate) greeting: Option<Greeting>,
}

/// The verdict, and the reason unless it passed.
pub(crate) fn judge(evidence: Evidence<'_>) -> (Outcome, Option<String>) {
    let mounts = describe_mounts(evidence.mounts);
    match (judge_process(evidence), mounts) {
        (verdict @ (Outcome::Cancelled, _), _) | (verdict, None) => verdict,
        ((Outcome::Passed | Outcome::Skipped, _), left) => (Outcome::Failed, left),
        ((outcome, reason), Some(left)) => (outcome, Some(join(reason, left))),
    }
}

fn describe_mounts(mounts: &[LeftMount]) -> Option<String> {
    let texts: Vec<String> = mounts
        .iter()
        .map(|mount| match &mount.stuck {
            None => format!("left a mount at {}, which was unmounted", mount.at.display()),
            Some(why) => format!(
                "left a mount at {at}, which cannot be unmounted ({why}): `umount -l {at}` as root",
                at = mount.at.display()
            ),
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn judge_process(evidence: Evidence<'_>) -> (Outcome, Option<String>) {
    let facts = evidence.facts;
    match (evidence.by, evidence.exit) {
        (EndedBy::Cancel, _) => (Outcome::Cancelled, None),
        (EndedBy::Deadline(after), exit) => {
            let within = facts
                .hanging
                .map(|step| format!(", in {step}"))
                .unwrap_or_default();
            let stuck = if exit.is_none() {
                "; it cannot be killed, it hangs inside the kernel"
            } else {
                ""
            };
            (
                Outcome::Timeout,
                Some(format!("still running after {}{within}{stuck}", seconds(after))),
            )
        }
        (EndedBy::Itself, Some(exit)) if exit.success() => judge_success(
            facts,
            evidence.leaked,
            evidence.greeting == Some(Greeting::NoTest),
        ),
        (EndedBy::Itself, exit) => {
            // What the kernel does not take for a program, `execvp` gives to the shell.
            let by_shell = exit.is_some_and(|exit| matches!(exit.code(), Some(126 | 127)));
            if by_shell && evidence.greeting == Some(Greeting::Silence) {
                let words = evidence.last_words.unwrap_or_default();
                return (
                    Outcome::Error,
                    Some(format!("the test binary is no program, build it again: {words}")),
                );
            }
            judge_failure(facts, exit, evidence.last_words)
        }
    }
}

fn judge_failure(
    facts: Facts,
    exit: Option<ExitStatus>,
    last_words: Option<String>,
) -> (Outcome, Option<String>) {
    if let Some(fixture) = facts.fixture {
        return match facts.died {
            // What was found out about it stands in a step of its own.
            Some(died) if fixture.contains(&died) => (Outcome::Failed, Some(died)),
            Some(died) => {
                let first = fixture.lines().next().unwrap_or_default().to_owned();
                (Outcome::Failed, Some(join(Some(died), first)))
            }
            None => (Outcome::Error, Some(fixture)),
        };
    }
    let how = exit.map_or_else(|| "its exit status was lost".to_owned(), describe);
    let crashed = exit.is_some_and(|exit| exit.signal().is_some());
    let reason = match facts.assertion.or(last_words) {
        Some(words) if crashed => format!("{how}: {words}"),
        Some(words) => words,
        None => how,
    };
    (Outcome::Failed, Some(join(facts.died, reason)))
}

fn judge_success(facts: Facts, leaked: &[Leaked], unknown_test: bool) -> (Outcome, Option<String>) {
    if let Some(died) = facts.died {
        return (Outcome::Failed, Some(died));
    }
    if !leaked.is_empty() {
        let names: Vec<String> = leaked
            .iter()
            .map(|left| format!("`{}` (pid {})", left.cmd, left.pid))
            .collect();
        return (Outcome::Failed, Some(format!("leaked {}", names.join(", "))));
    }
    if let (Some(diverged), None) = (&facts.diverged, &facts.skip) {
        return (Outcome::Failed, Some(diverged.clone()));
    }
    if unknown_test {
        return (
            Outcome::Error,
            Some("the test binary has no such test; it changed since it was listed".to_owned()),
        );
    }
    match facts.skip {
        Some(reason) => (Outcome::Skipped, Some(reason)),
        None => (Outcome::Passed, None),
    }
}

fn join(first: Option<String>, then: String) -> String {
    match first {
        Some(first) => format!("{first}; {then}"),
        None => then,
    }
}

fn describe(exit: ExitStatus) -> String {
    match (exit.code(), exit.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => {
            let core = if exit.core_dumped() { ", core dumped" } else { "" };
            format!("killed by {}{core}", signal_name(signal))
        }
        (None, None) => exit.to_string(),
    }
}

fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 {
        format!("{} s", time.as_secs())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteString;

    const EXIT_1: i32 = 1 << 8;

    fn verdict(by: EndedBy, wait_status: i32, facts: Facts, leaks: bool) -> (Outcome, String) {
        let leaked = [Leaked {
            pid: 7,
            cmd: ByteString::from("sleep 60"),
        }];
        let evidence = Evidence {
            by,
            exit: Some(ExitStatus::from_raw(wait_status)),
            leaked: if leaks { &leaked } else { &[] },
            mounts: &[],
            facts,
            last_words: None,
            greeting: None,
        };
        let (outcome, reason) = judge(evidence);
        (outcome, reason.unwrap_or_default())
    }

    fn facts(set: impl FnOnce(&mut Facts)) -> Facts {
        let mut facts = Facts::default();
        set(&mut facts);
        facts
    }

    #[test]
    fn what_an_oracle_found_fails_a_test_that_asserts_nothing() {
        let found = |facts: &mut Facts| facts.diverged = Some("differs".into());
        let itself = |facts| verdict(EndedBy::Itself, 0, facts, false);
        assert_eq!(itself(facts(found)), (Outcome::Failed, "differs".into()));
        let skipped = facts(|facts| {
            found(facts);
            facts.skip = Some("no such thing".into());
        });
        assert_eq!(itself(skipped).0, Outcome::Skipped);
    }

    #[test]
    fn exit_status_and_signals() {
        let itself = |status| verdict(EndedBy::Itself, status, Facts::default(), false);
        assert_eq!(itself(0), (Outcome::Passed, String::new()));
        assert_eq!(itself(EXIT_1), (Outcome::Failed, "exit status 1".into()));
        assert_eq!(itself(11), (Outcome::Failed, "killed by SIGSEGV (11)".into()));
    }

    #[test]
    fn a_deadline_outranks_what_the_steps_say_and_names_the_call() {
        let hanging = facts(|f| {
            f.hanging = Some("op `read`".into());
            f.skip = Some("no".into());
        });
        let by = EndedBy::Deadline(Duration::from_millis(1500));
        assert_eq!(
            verdict(by, 9, hanging, true),
            (Outcome::Timeout, "still running after 1.5 s, in op `read`".into())
        );
    }

    #[test]
    fn a_fixture_that_failed_is_an_error_and_no_failure() {
        let fixture = || facts(|f| f.fixture = Some("setup of fixture `daemon` failed".into()));
        assert_eq!(
            verdict(EndedBy::Itself, EXIT_1, fixture(), false).0,
            Outcome::Error
        );
        let stumbled = facts(|f| {
            f.fixture = Some("teardown of fixture `daemon` failed".into());
            f.died = Some("daemon 0 died unbidden".into());
        });
        assert_eq!(
            verdict(EndedBy::Itself, EXIT_1, stumbled, false).0,
            Outcome::Failed
        );
        // One that cannot be set up here says `skip`, and the test exits with 0.
        assert_eq!(verdict(EndedBy::Itself, 0, fixture(), false).0, Outcome::Passed);
    }

    #[test]
    fn a_dead_daemon_or_a_leak_fails_what_exited_0() {
        let died = facts(|f| f.died = Some("daemon 0 died unbidden".into()));
        assert_eq!(
            verdict(EndedBy::Itself, 0, died, false),
            (Outcome::Failed, "daemon 0 died unbidden".into())
        );
        let skip = facts(|f| f.skip = Some("no overlay".into()));
        let leak = (Outcome::Failed, "leaked `sleep 60` (pid 7)".into());
        assert_eq!(verdict(EndedBy::Itself, 0, skip.clone(), true), leak);
        assert_eq!(
            verdict(EndedBy::Itself, 0, skip, false),
            (Outcome::Skipped, "no overlay".into())
        );
    }
}
