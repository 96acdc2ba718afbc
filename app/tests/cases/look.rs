//! What a client sees of a test's file system, beside what lies in its root: of one that is over, and of one that runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bed::Bed;

const PATIENCE: Duration = Duration::from_secs(60);

fn suite(script: &str) -> Bed {
    let bed = Bed::new();
    bed.write(
        "gkfs-bench.toml",
        "version = 1\nretention = { passed-roots = true }\ndefaults = { stack = \"embedded\" }\n[[group]]\nname = \"s\"\nsource = \"script\"\npath = \"s\"\n",
    );
    bed.script("s/writes.sh", script);
    bed
}

/// Returns the only attempt of the last run, once there is one.
fn attempt(bed: &Bed) -> Option<PathBuf> {
    let tests = bed.cwd().join(".gkfs-bench/runs/last/tests/s");
    let test = fs::read_dir(tests).ok()?.flatten().next()?;
    let attempt = test.path().join("attempt-1");
    attempt.canonicalize().ok()
}

fn wait_for<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what} in time");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Begins a look; it ends when the returned input is closed.
fn begin(bed: &Bed, attempt: &Path, how: &str) -> (Child, ChildStdin, PathBuf) {
    let scratch = bed.cwd().join("scratch");
    let words = [attempt.to_str(), scratch.to_str()].map(|word| word.expect("utf-8"));
    let mut child = bed
        .command(&["look", words[0], words[1], how])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a look");
    let stdin = child.stdin.take().expect("it was asked for");
    (child, stdin, scratch)
}

/// Returns what was seen, by path: the row as JSON.
fn look(bed: &Bed, attempt: &Path, how: &str) -> Vec<(String, Value)> {
    let (child, stdin, scratch) = begin(bed, attempt, how);
    let done = child.wait_with_output().expect("it ends");
    drop(stdin);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    nothing_works_in(&scratch);
    fs::remove_dir_all(&scratch).expect("what it worked in");
    let answer: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let rows = answer["rows"].as_array().expect("rows").iter();
    rows.map(|row| (row["path"].as_str().expect("a path").to_owned(), row.clone()))
        .collect()
}

fn paths(rows: &[(String, Value)]) -> Vec<&str> {
    rows.iter().map(|(path, _)| path.as_str()).collect()
}

fn flags<'a>(rows: &'a [(String, Value)], path: &str) -> &'a Value {
    let row = rows.iter().find(|(it, _)| it == path);
    &row.expect("a row").1["flags"]
}

/// No process has a directory on its command line.
fn nothing_works_in(dir: &Path) {
    let dir = dir.to_str().expect("utf-8");
    wait_for("end of what works in it", || {
        let processes = fs::read_dir("/proc").expect("processes").flatten();
        let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        let mut left = lines.filter(|line| String::from_utf8_lossy(line).contains(dir));
        left.next().is_none().then_some(())
    });
}

#[test]
fn of_a_test_that_is_over_a_copy_is_looked_at() {
    let bed = suite(
        r#"echo hello > "$MNT/f" && mkdir "$MNT/d" && head -c 600000 /dev/zero > "$MNT/d/big" && mv "$MNT/f" "$MNT/g""#,
    );
    let run = bed.process(&["run"]);
    assert_eq!(run.exit, gkfs_bench::Exit::Passed, "{}{}", run.out, run.err);
    let attempt = attempt(&bed).expect("an attempt");
    let log = attempt.join("workspace/logs/gkfs_daemon.log");
    let before = fs::metadata(&log).expect("the daemon's log").len();

    let rows = look(&bed, &attempt, "over");
    assert_eq!(paths(&rows), ["/d", "/d/big", "/g"]);
    assert_eq!(flags(&rows, "/d/big"), &serde_json::json!([]));
    assert_eq!(flags(&rows, "/g"), &serde_json::json!([{ "elsewhere": "/f" }]));
    assert_eq!(rows[1].1["stored"]["chunks"], 2);
    assert_eq!(rows[1].1["seen"]["size"], 600_000);
    // What was looked at is as it was.
    assert_eq!(fs::metadata(&log).expect("the daemon's log").len(), before);
    assert!(!attempt.join("workspace/gkfs_hosts.txt").exists());

    let chunks = attempt.join("workspace/root/chunks");
    fs::remove_file(chunks.join("d:big/1")).expect("the last chunk");
    fs::create_dir(chunks.join("lost:file")).expect("a directory");
    fs::write(chunks.join("lost:file/0"), "x").expect("an orphan");
    let rows = look(&bed, &attempt, "over");
    assert_eq!(
        flags(&rows, "/d/big"),
        &serde_json::json!([{ "short": 600_000 - 512 * 1024 }])
    );
    assert_eq!(flags(&rows, "/lost/file"), &serde_json::json!(["no_metadata"]));
}

#[test]
fn of_a_test_that_runs_its_own_daemon_is_asked() {
    let bed =
        suite(r#"echo hello > "$MNT/f"; touch "$TMP/ready"; while [ ! -e "$TMP/go" ]; do sleep 0.05; done"#);
    let mut run = bed
        .command(&["run"])
        .stdout(Stdio::null())
        .spawn()
        .expect("a run");
    let attempt = wait_for("attempt", || {
        attempt(&bed).filter(|attempt| attempt.join("workspace/tmp/ready").exists())
    });
    let rows = look(&bed, &attempt, "live");
    fs::write(attempt.join("workspace/tmp/go"), "").expect("write");
    assert!(
        run.wait().expect("the run ends").success(),
        "the look disturbed the test"
    );
    assert_eq!(paths(&rows), ["/f"]);
    assert_eq!(flags(&rows, "/f"), &serde_json::json!([]));
}

#[test]
fn a_look_ends_with_whoever_asked() {
    let bed = suite(r#"echo hello > "$MNT/f""#);
    bed.process(&["run"]);
    let attempt = attempt(&bed).expect("an attempt");
    for late in [false, true] {
        let (mut child, stdin, scratch) = begin(&bed, &attempt, "over");
        if late {
            wait_for("copy", || scratch.join("root").exists().then_some(()));
        }
        drop(stdin);
        child.wait().expect("it ends");
        nothing_works_in(&scratch);
        assert!(!scratch.exists(), "late: {late}");
    }
}

#[test]
fn a_bare_directory_has_nothing_to_be_looked_at() {
    let bed = suite("true");
    bed.process(&["run", "--stack", "plain"]);
    let attempt = attempt(&bed).expect("an attempt");
    let (child, _stdin, _) = begin(&bed, &attempt, "over");
    let done = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        !done.status.success() && said.contains("has no client of its own"),
        "{said}"
    );
}
