//! A test runs as under ctest, and one that calls pytest opens up.

use gkfs_runner::Selection;
use serde_json::json;

use super::{build, settings, sh, test};
use crate::bed::{Bed, RUNNER, end};
use crate::found::{Verdicts, discover, program, run, write};
use crate::python::python;

#[tokio::test]
async fn a_test_runs_as_under_ctest() {
    let bed = Bed::new();
    write(&bed, "b/elsewhere/here", "");
    let elsewhere = bed.path("b/elsewhere");
    let lookup = build(
        &bed,
        &[
            sh(
                "env",
                "test \"$A\" = 'two words' && test \"$B\" = x:y",
                json!({
                "ENVIRONMENT": ["A=two words", "B=y"], "ENVIRONMENT_MODIFICATION": ["B=path_list_prepend:x"] }),
            ),
            sh("dir", "test -e here", json!({ "WORKING_DIRECTORY": elsewhere })),
            sh("fails on purpose", "exit 3", json!({ "WILL_FAIL": true })),
            sh("passes on purpose", "exit 0", json!({ "WILL_FAIL": true })),
            sh("skips", "echo not here; exit 9", json!({ "SKIP_RETURN_CODE": 9 })),
            sh(
                "says",
                "echo all is well; exit 1",
                json!({ "PASS_REGULAR_EXPRESSION": ["is w.ll"] }),
            ),
            sh(
                "says wrong",
                "echo ERROR",
                json!({ "FAIL_REGULAR_EXPRESSION": ["ERR"] }),
            ),
            sh("hangs", "sleep 1000", json!({ "TIMEOUT": 1.0 })),
            sh(
                "wants",
                "exit 0",
                json!({ "REQUIRED_FILES": ["/nonexistent/file"] }),
            ),
        ],
    );
    let ended = run(&lookup, settings(&bed)).await;
    let verdicts = Verdicts::of(&ended);
    for name in ["env", "dir", "fails on purpose", "says"] {
        assert_eq!(verdicts.is(name), ("passed", ""), "{name}");
    }
    assert_eq!(
        verdicts.is("passes on purpose"),
        ("failed", "it passed, but is to fail")
    );
    assert_eq!(verdicts.is("skips"), ("skipped", "not here"));
    assert_eq!(verdicts.is("says wrong"), ("failed", "its output matches `ERR`"));
    assert_eq!(verdicts.is("hangs").0, "timeout");
    assert_eq!(
        verdicts.is("wants"),
        ("failed", "its required file /nonexistent/file does not exist")
    );
}

/// As `catch_discover_tests` registers them: the program with the name of a case, in which Catch2's own signs are escaped.
#[tokio::test]
async fn the_cases_of_a_catch2_program_run_each_for_itself() {
    let bed = Bed::new();
    let code = r#"case "$1" in
        'reads\, then writes') echo "$# $1" ;;
        'a \[tag\]') echo "assertion failed: a == b" >&2; exit 1 ;;
        *) exit 9 ;;
    esac"#;
    let unit = program(&bed, "b/unit", code);
    let unit = unit.to_str().unwrap();
    let cases = ["reads\\, then writes", "a \\[tag\\]"];
    let named = |at: usize, name: &str| test(name, &[unit, cases[at]], json!({ "LABELS": ["unit"] }));
    let lookup = build(&bed, &[named(0, "reads, then writes"), named(1, "a [tag]")]);
    let ended = run(&lookup, settings(&bed)).await;
    let verdicts = Verdicts::of(&ended);
    assert_eq!(verdicts.is("reads, then writes"), ("passed", ""));
    assert_eq!(verdicts.is("a [tag]"), ("failed", "assertion failed: a == b"));
    let tests = ended.record.tests().unwrap();
    assert!(
        tests
            .iter()
            .all(|test| test.group == "unit" && test.tags == ["unit"]),
        "{tests:?}"
    );
}

/// Notes when it begins and ends, and fails when another with the lock runs.
const LOCKED: &str = "mkdir lock || exit 1; sleep 0.05; rmdir lock";

#[tokio::test]
async fn fixtures_order_and_locks_hold() {
    let bed = Bed::new();
    let lookup = build(
        &bed,
        &[
            sh(
                "use",
                "kill -0 $(cat server) && test -e set",
                json!({
                "FIXTURES_REQUIRED": ["srv"], "DEPENDS": ["up"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh(
                "down",
                "kill $(cat server); test -e set",
                json!({
                "FIXTURES_CLEANUP": ["srv"], "DEPENDS": ["use", "up"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh(
                "up",
                "sleep 1000 & echo $! > server; sleep 0.1; touch set",
                json!({
                "FIXTURES_SETUP": ["srv"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh("bad", "exit 1", json!({ "FIXTURES_SETUP": ["no"] })),
            sh(
                "lost",
                "exit 0",
                json!({ "FIXTURES_REQUIRED": ["no"], "DEPENDS": ["bad"] }),
            ),
            sh(
                "l1",
                LOCKED,
                json!({ "RESOURCE_LOCK": ["db"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh(
                "l2",
                LOCKED,
                json!({ "RESOURCE_LOCK": ["db"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
            sh(
                "l3",
                LOCKED,
                json!({ "RESOURCE_LOCK": ["db"], "WORKING_DIRECTORY": bed.path("b") }),
            ),
        ],
    );
    // What a test needs comes with it.
    let named = Selection {
        names: vec![
            "sh::use".into(),
            "sh::l1".into(),
            "sh::l2".into(),
            "sh::l3".into(),
            "sh::lost".into(),
        ],
        ..Selection::default()
    };
    let plan = named.apply(discover(&lookup).await).unwrap();
    let ended = end(RUNNER.start(plan, settings(&bed)).unwrap()).await;
    let verdicts = Verdicts::of(&ended);
    for name in ["up", "use", "down", "l1", "l2", "l3"] {
        assert_eq!(verdicts[name], ("passed", String::new()), "{name}");
    }
    let why = "not run: its fixture could not be set up, `sh::bad` failed";
    assert_eq!(verdicts["lost"], ("error", why.to_owned()));
}

#[tokio::test]
async fn a_test_that_calls_pytest_opens_up() {
    let Some(python) = python() else { return };
    let bed = Bed::new();
    write(
        &bed,
        "t/a/test_one.py",
        "import os\ndef test_env(): assert os.environ['MINE'] == '1'\n",
    );
    write(
        &bed,
        "t/b/test_two.py",
        "def test_two(): pass\ndef test_three(): pass\n",
    );
    let python = python.to_str().unwrap();
    let (cwd, env) = (bed.path("t"), json!(["MINE=1"]));
    let call = |name: &str, dir: &str| {
        let properties = json!({ "WORKING_DIRECTORY": cwd, "ENVIRONMENT": env, "LABELS": [name] });
        test(name, &[python, "-m", "pytest", "-v", "-s", dir], properties)
    };
    let lookup = build(
        &bed,
        &[
            call("first", "a/"),
            sh("plain", "exit 0", json!({})),
            call("second", "b/test_two.py"),
        ],
    );
    let ended = run(&lookup, settings(&bed)).await;
    let tests = ended.record.tests().unwrap();
    let told: Vec<_> = tests
        .iter()
        .map(|test| (test.id.as_str(), test.status.unwrap().as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("sh::plain", "passed"),
            ("first::a/test_one.py::test_env", "passed"),
            ("second::b/test_two.py::test_two", "passed"),
            ("second::b/test_two.py::test_three", "passed"),
        ]
    );
    assert_eq!(tests[1].tags, ["first"]);
}
