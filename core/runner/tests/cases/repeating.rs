//! Retries, repetitions, limits, and who may run beside whom.

use std::num::{NonZeroU32, NonZeroUsize};

use gkfs_runner::settings::{Change, FlakyPolicy, Repeat};
use gkfs_runner::{Event, EventKind, Moment, RunSettings, Status};

use crate::bed::{Bed, Ended, eventually};

const SECOND_TIME_LUCKY: &str = "test \"$GKFS_BENCH_ATTEMPT\" = 2";

fn times(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

fn attempts(ended: &Ended) -> usize {
    ended.count(|kind| matches!(kind, EventKind::AttemptStarted { .. }))
}

#[tokio::test]
async fn a_test_that_passes_at_the_second_attempt_is_flaky() {
    let bed = Bed::with(SECOND_TIME_LUCKY);
    let ended = bed
        .run_with(RunSettings {
            retries: 2,
            ..bed.settings()
        })
        .await;
    assert_eq!(ended.verdict().0, "flaky");
    assert_eq!((attempts(&ended), ended.outcome.exit_code), (2, 0));
    let strict = RunSettings {
        retries: 2,
        flaky: FlakyPolicy::Fail,
        ..bed.settings()
    };
    assert_eq!(bed.run_with(strict).await.outcome.exit_code, 1);
}

#[tokio::test]
async fn one_that_never_passes_uses_up_its_attempts() {
    let bed = Bed::with("exit 1");
    let ended = bed
        .run_with(RunSettings {
            retries: 2,
            ..bed.settings()
        })
        .await;
    assert_eq!((ended.verdict().0, attempts(&ended)), ("failed", 3));
    assert!(ended.record.dir.join("tests/g/t/attempt-3/stderr.log").exists());
}

#[tokio::test]
async fn one_bad_repetition_of_many_fails_the_test() {
    let bed = Bed::with(SECOND_TIME_LUCKY);
    let repeat = Repeat::Times(times(4));
    let ended = bed
        .run_with(RunSettings {
            repeat,
            jobs: NonZeroUsize::new(4).unwrap(),
            ..bed.settings()
        })
        .await;
    assert_eq!((ended.verdict().0, attempts(&ended)), ("failed", 4));
    assert_eq!(ended.outcome.summary.total, 1);
}

#[tokio::test]
async fn until_fail_goes_on_until_a_test_fails_and_keeps_the_telling_attempts() {
    let bed = Bed::with("echo x >> $HERE/count; test $(wc -l < $HERE/count) -lt 5");
    let ended = bed
        .run_with(RunSettings {
            repeat: Repeat::UntilFail(None),
            ..bed.settings()
        })
        .await;
    assert_eq!((ended.verdict().0, attempts(&ended)), ("failed", 5));
    assert_eq!(ended.test().telling().unwrap().attempt, 5);
    assert!(ended.record.dir.join("tests/g/t/attempt-5/stdout.log").exists());
    assert_eq!(ended.outcome.exit_code, 1);
}

#[tokio::test]
async fn of_the_attempts_that_passed_the_last_one_is_kept() {
    let bed = Bed::with("true");
    let repeat = Repeat::Times(times(5));
    let ended = bed
        .run_with(RunSettings {
            repeat,
            jobs: NonZeroUsize::new(3).unwrap(),
            ..bed.settings()
        })
        .await;
    let attempts = || {
        std::fs::read_dir(ended.record.dir.join("tests/g/t"))
            .unwrap()
            .flatten()
    };
    eventually("the others are removed", || attempts().count() == 1).await;
    assert_eq!(attempts().next().unwrap().file_name(), "attempt-5");
    assert_eq!(ended.test().telling().unwrap().attempt, 5);
}

#[tokio::test]
async fn until_fail_with_a_limit_ends_without_a_failure() {
    let bed = Bed::with("true");
    let ended = bed
        .run_with(RunSettings {
            repeat: Repeat::UntilFail(Some(times(3))),
            ..bed.settings()
        })
        .await;
    assert_eq!(
        (ended.verdict().0, attempts(&ended), ended.outcome.exit_code),
        ("passed", 3, 0)
    );
}

#[tokio::test]
async fn what_is_urgent_starts_first_and_the_rest_in_its_order() {
    let bed = Bed::new();
    for name in ["a", "b", "c", "d"] {
        bed.script(name, "true");
    }
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let ended = bed
        .run_with(RunSettings {
            first: vec![set(&["g::d", "g::gone"]), set(&["g::c", "g::d"])],
            ..bed.settings()
        })
        .await;
    let started = ended.events.iter().filter_map(|event| match &event.kind {
        EventKind::AttemptStarted { id, .. } => Some(id.as_str()),
        _ => None,
    });
    assert_eq!(started.collect::<Vec<_>>(), ["g::d", "g::c", "g::a", "g::b"]);
}

#[tokio::test]
async fn the_change_that_asked_for_a_run_stands_in_its_record_with_its_time() {
    let bed = Bed::with("true");
    let change = Change {
        at: Moment::now(),
        paths: vec![bed.path("g/t.sh")],
    };
    let ended = bed
        .run_with(RunSettings {
            change: Some(change.clone()),
            ..bed.settings()
        })
        .await;
    let events = ended.record.events().expect("events").items;
    let EventKind::Change { paths } = &events[1].kind else {
        panic!("{:?}", events[1])
    };
    assert_eq!(paths[0].to_path(), change.paths[0]);
    assert_eq!(events[1].at, change.at);
    let began = |event: &&Event| matches!(event.kind, EventKind::AttemptStarted { .. });
    assert!(events.iter().find(began).expect("an attempt").at.mono > change.at.mono);
}

#[tokio::test]
async fn the_limit_of_failures_stops_the_run() {
    let bed = Bed::new();
    for name in ["a", "b", "c"] {
        bed.script(name, "exit 1");
    }
    let ended = bed
        .run_with(RunSettings {
            max_fail: NonZeroUsize::new(2),
            ..bed.settings()
        })
        .await;
    let outcome = &ended.outcome;
    assert_eq!(
        (outcome.summary.failed, outcome.summary.total, outcome.not_run),
        (2, 2, 1)
    );
    assert_eq!((outcome.exit_code, outcome.cancelled), (1, false));
    assert_eq!(ended.count(|kind| matches!(kind, EventKind::Cancel { .. })), 1);
    assert_eq!(ended.record.tests().unwrap()[2].status, None);
}

#[tokio::test]
async fn a_serial_group_runs_one_at_a_time_whatever_j() {
    let mut bed = Bed::new();
    bed.group.serial = true;
    for name in ["a", "b", "c", "d"] {
        bed.script(name, "mkdir $HERE/lock && sleep 0.05 && rmdir $HERE/lock");
    }
    let ended = bed
        .run_with(RunSettings {
            jobs: NonZeroUsize::new(4).unwrap(),
            ..bed.settings()
        })
        .await;
    assert_eq!(
        ended.outcome.summary.passed,
        4,
        "{:?}",
        ended.record.tests().unwrap()
    );
}

#[tokio::test]
async fn tests_run_side_by_side_where_they_may() {
    let bed = Bed::new();
    // Each waits for the other: alone, neither would pass.
    bed.script("a", "touch $HERE/a; while ! [ -e $HERE/b ]; do sleep 0.01; done");
    bed.script("b", "touch $HERE/b; while ! [ -e $HERE/a ]; do sleep 0.01; done");
    let ended = bed
        .run_with(RunSettings {
            jobs: NonZeroUsize::new(2).unwrap(),
            ..bed.settings()
        })
        .await;
    assert!(
        ended
            .record
            .tests()
            .unwrap()
            .iter()
            .all(|test| test.status == Some(Status::Passed))
    );
}

#[tokio::test]
async fn a_wrapper_and_the_groups_environment_reach_the_test() {
    let mut bed = Bed::with("echo $WRAPPED $GROUP");
    bed.group.wrapper = ["env", "WRAPPED=yes"].map(Into::into).to_vec();
    bed.group.env = vec![("GROUP".into(), "too".into())];
    assert_eq!(bed.run().await.file(1, "stdout.log"), "yes too\n");
}
