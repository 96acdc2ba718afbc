//! The record on disk: what is in it, what stays of it, and what is made of a damaged one.

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use gkfs_runner::record::{Retention, Shown};
use gkfs_runner::{EventKind, RecordError, RunError, RunSettings, Selection};

use crate::bed::{Bed, RUNNER};

#[tokio::test]
async fn what_was_seen_live_is_what_is_read_back() {
    let bed = Bed::with("true");
    let ended = bed.run().await;
    let read = ended.record.events().unwrap();
    assert_eq!((read.items, read.unreadable), (ended.events.clone(), 0));
    assert!(
        ended
            .events
            .iter()
            .enumerate()
            .all(|(at, event)| event.seq == at as u64)
    );
    assert!(matches!(
        ended.events[0].kind,
        EventKind::RunStarted { tests: 1, .. }
    ));
    assert!(matches!(
        ended.events.last().unwrap().kind,
        EventKind::RunFinished { exit_code: 0, .. }
    ));
    let file = &ended.record.file;
    assert_eq!(
        (ended.record.shown(), file.exit_code, file.summary.passed),
        (Shown::Finished, Some(0), 1)
    );
    assert_eq!(fs::read_to_string(bed.base().join(".gitignore")).unwrap(), "*\n");
    assert_eq!(bed.runs().open("last").unwrap().file.id, file.id);
}

#[tokio::test]
async fn what_tests_found_the_stack_able_to_do_stands_in_the_record() {
    let step = |name: &str, ok: bool| {
        format!(
            r#"echo '{{"v":1,"n":"1.1","ph":"i","ts":1,"mono":1,"pid":1,"tid":1,"kind":"cap","name":"{name}","ok":{ok}}}' >> $GKFS_BENCH_ATTEMPT_DIR/steps.jsonl;"#
        )
    };
    let bed = Bed::new();
    bed.script("asks", &[step("xattr", true), step("link", true)].concat());
    bed.script("is_refused", &step("xattr", false));
    assert_eq!(bed.run().await.record.file.stack.caps, ["link"]);
}

#[tokio::test]
async fn a_test_is_found_by_a_part_of_its_id() {
    let bed = Bed::new();
    bed.script("read_back", "true");
    bed.script("read_far", "true");
    let record = bed.run().await.record;
    assert_eq!(record.test("back").unwrap().id, "g::read_back");
    assert!(matches!(record.test("read"), Err(RecordError::Ambiguous { ids, .. }) if ids.len() == 2));
    let error = record.test("raed_back").unwrap_err().to_string();
    assert!(error.contains("the nearest is `g::read_back`"), "{error}");
}

#[tokio::test]
async fn a_damaged_record_opens() {
    let ended = Bed::with("true").run().await;
    let record = &ended.record;
    let mut events = OpenOptions::new()
        .append(true)
        .open(record.dir.join("events.jsonl"))
        .unwrap();
    events
        .write_all(
            b"\xffgarbage\n{\"v\":1,\"seq\":99,\"ts\":0,\"mono\":0,\"kind\":\"from_the_future\"}\n{\"v\":",
        )
        .unwrap();
    assert_eq!(record.events().unwrap().unreadable, 2);
    assert_eq!(record.tests().unwrap().len(), 1);
}

#[tokio::test]
async fn old_runs_go_and_the_newest_stays() {
    let bed = Bed::with(
        "mkdir -p $GKFS_BENCH_ATTEMPT_DIR/workspace/shut/in && chmod 0 $GKFS_BENCH_ATTEMPT_DIR/workspace/shut",
    );
    for _ in 0..3 {
        bed.run().await;
    }
    let before = bed.runs().list().len();
    let keep = Retention {
        runs: 1,
        bytes: u64::MAX,
    };
    let named = bed.runs().retain(keep, true).unwrap();
    assert_eq!((before, named.len(), bed.runs().list().len()), (3, 2, 3));
    assert!(named.iter().all(|run| run.bytes > 0));
    assert_eq!(bed.runs().retain(keep, false).unwrap(), named);
    let last = bed.runs().open("last").unwrap();
    assert_eq!(bed.runs().list().len(), 1);
    let settings = RunSettings {
        retention: Retention { runs: 1, bytes: 0 },
        ..bed.settings()
    };
    let newest = bed.run_with(settings).await;
    assert_eq!(
        bed.runs()
            .list()
            .iter()
            .map(|run| run.file.id.clone())
            .collect::<Vec<_>>(),
        [newest.record.file.id]
    );
    assert!(!last.dir.exists());
}

#[tokio::test]
async fn the_last_failed_attempt_of_each_test_and_pinned_runs_stay() {
    // Fails only in the first run, and leaves something that is no failure's.
    let bed = Bed::with("[ -e $HERE/second ] || { touch $HERE/second; exit 1; }");
    bed.script("u", "true");
    let first = bed.run().await.record;
    let pinned = bed.run().await.record;
    pinned.pin(true).unwrap();
    bed.run().await;
    let newest = bed.run().await.record;
    let keep = Retention {
        runs: 1,
        bytes: u64::MAX,
    };
    let named = bed.runs().retain(keep, true).unwrap();
    assert_eq!(bed.runs().retain(keep, false).unwrap(), named);
    assert_eq!((named.len(), named[0].kept, named[1].kept), (2, 1, 0));
    let left: Vec<_> = bed.runs().list().into_iter().map(|run| run.file.id).collect();
    assert_eq!(
        left,
        [first.file.id.clone(), pinned.file.id.clone(), newest.file.id]
    );
    let failed = first.test("g::t").unwrap();
    assert!(first.dir.join(&failed.attempts[0].dir).is_dir());
    assert!(
        !first
            .dir
            .join(&first.test("g::u").unwrap().attempts[0].dir)
            .exists()
    );
    // Nothing is left to be done, until the run is pinned no more and the test has failed once more.
    assert_eq!(bed.runs().retain(keep, false).unwrap(), []);
    pinned.pin(false).unwrap();
    fs::remove_file(bed.path("second")).unwrap();
    let last = bed
        .run_with(RunSettings {
            retention: keep,
            ..bed.settings()
        })
        .await
        .record;
    let left: Vec<_> = bed.runs().list().into_iter().map(|run| run.file.id).collect();
    assert_eq!(left, [last.file.id]);
}

#[tokio::test]
async fn a_run_that_still_runs_is_kept() {
    let bed = Bed::with("while ! [ -e $HERE/go ]; do sleep 0.01; done");
    let handle = bed.start(bed.settings()).await;
    assert_eq!(
        bed.runs().retain(Retention { runs: 0, bytes: 0 }, false).unwrap(),
        []
    );
    fs::write(bed.path("go"), "").unwrap();
    let ended = crate::bed::end(handle).await;
    assert_eq!(ended.verdict().0, "passed");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_one_clear_error() {
    let bed = Bed::with("true");
    fs::write(bed.path("file"), "").unwrap();
    let plan = Selection::default().apply(bed.discover().await).unwrap();
    let settings = RunSettings {
        base: bed.path("file/base"),
        ..bed.settings()
    };
    let error = RUNNER.start(plan, settings).unwrap_err();
    assert!(
        matches!(error, RunError::Record(RecordError::Write { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("--base-temp"), "{error}");
}

#[tokio::test]
async fn an_attempt_whose_directory_cannot_be_made_is_an_error_of_that_test_only() {
    let bed = Bed::new();
    // The first test puts a file where the second one's directory belongs.
    bed.script("a", "echo > \"${GKFS_BENCH_ATTEMPT_DIR%/a/*}/b\"");
    bed.script("b", "true");
    let tests = bed.run().await.record.tests().unwrap();
    assert_eq!(
        (
            tests[0].status.unwrap().as_str(),
            tests[1].status.unwrap().as_str()
        ),
        ("passed", "error")
    );
    assert!(
        tests[1].reason.as_ref().unwrap().starts_with("cannot write "),
        "{tests:?}"
    );
}

#[tokio::test]
async fn without_a_keeper_nothing_is_run() {
    let bed = Bed::with("true");
    let plan = Selection::default().apply(bed.discover().await).unwrap();
    let settings = RunSettings {
        keeper: vec!["/nonexistent/keeper".into()],
        ..bed.settings()
    };
    let error = RUNNER.start(plan, settings).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot start the keeper `/nonexistent/keeper`"),
        "{error}"
    );
}
