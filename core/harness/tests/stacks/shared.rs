//! A daemon that outlives the test which started it.

use std::fs;
use std::path::Path;
use std::process::Command;

use gkfs_harness::prelude::*;
use serde_json::Value;

use crate::bed;

/// Leaves a file of one name, which only a directory of the test's own lets it make.
#[gkfs_harness::test(ignore = "needs what a runner says, run by a test below")]
fn uses_the_shared_daemon(daemon: &SharedDaemon, client: &Client) {
    let made = client.open(
        daemon.dir().join("f"),
        libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY,
        0o644,
    );
    assert!(made.retval >= 0, "{made:?}");
    let mut names = client.readdir(daemon.mountdir()).dirents;
    // Not every stack lists these.
    names.retain(|entry| entry.d_name != "." && entry.d_name != "..");
    let names = names.len();
    println!("pid {} directories {names}", daemon.pid().unwrap());
}

/// Runs the test above as a runner would, and returns what it printed.
fn run(bench: &Bench, run: &Path, number: usize) -> String {
    let attempt = run.join(format!("tests/group/test-{number}/attempt-1"));
    fs::create_dir_all(&attempt).unwrap();
    let dirs = std::env::join_paths(&bench.stack().bin_dirs).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "shared::uses_the_shared_daemon",
            "--ignored",
            "--nocapture",
        ])
        .env("GKFS_BENCH_PROTOCOL", "1")
        .env("GKFS_BENCH_STACK", "embedded")
        .env("GKFS_BENCH_BIN_DIRS", dirs)
        .env(
            "GKFS_BENCH_COOKIE",
            format!("shared-daemon-test-{}.{number}", std::process::id()),
        )
        .env("GKFS_BENCH_ATTEMPT_DIR", attempt)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .find_map(|line| Some(line.split_once("pid ")?.1.to_owned()))
        .expect("it prints a line")
}

fn state(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("tests/group/.shared-daemon/daemon.json")).unwrap()).unwrap()
}

fn kill(pid: &str) {
    assert!(
        Command::new("kill")
            .args(["-KILL", pid])
            .status()
            .unwrap()
            .success()
    );
    bed::wait_for_death(pid);
}

#[test]
fn tests_of_a_group_share_one_and_it_belongs_to_the_run() {
    let bench = bed::embedded();
    let dir = tempfile::tempdir().unwrap();
    let [first, second] = [1, 2].map(|number| run(&bench, dir.path(), number));
    let pid = state(dir.path())["pid"].to_string();
    let environ = fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
    kill(&pid);
    assert_eq!(first, format!("{pid} directories 1"));
    assert_eq!(second, format!("{pid} directories 2"));
    let cookie = format!(
        "GKFS_BENCH_COOKIE=shared-daemon-test-{}.shared",
        std::process::id()
    );
    assert!(
        environ.split('\0').any(|variable| variable == cookie),
        "{environ}"
    );

    let third = run(&bench, dir.path(), 3);
    let next = state(dir.path())["pid"].to_string();
    kill(&next);
    assert_ne!(next, pid);
    assert_eq!(third, format!("{next} directories 1"));
}
