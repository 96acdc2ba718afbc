//! `kill -9` of the runner: the keeper takes over, and the record says so.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use gkfs_runner::record::Shown;

use crate::bed::{Bed, PROGRAM, eventually, is_alive, pid_in};

#[tokio::test]
async fn nothing_outlives_a_killed_runner() {
    let bed = Bed::with(
        "trap '' TERM INT HUP\n(setsid sh -c 'trap \"\" TERM; echo $$ > \"$0/deep\"; while :; do sleep 1; done' \"$HERE\" &)\n\
         echo $$ > $HERE/pid\nwhile :; do sleep 1; done",
    );
    let mut runner = Command::new(PROGRAM)
        .args([bed.path("g"), bed.base()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pids = [pid_in(&bed.path("pid")).await, pid_in(&bed.path("deep")).await];
    let record = bed.runs().open("last").unwrap();
    assert_eq!(record.shown(), Shown::Running);
    eventually("the attempt is recorded", || {
        record.tests().unwrap()[0].attempts.len() == 1
    })
    .await;
    runner.kill().unwrap();
    runner.wait().unwrap();
    for pid in pids {
        eventually("the keeper ends what was left", || !is_alive(pid)).await;
    }
    assert_eq!(record.shown(), Shown::Killed);
    assert_eq!(record.tests().unwrap()[0].status, None);
    assert!(record.tests().unwrap()[0].attempts[0].end.is_none());
}

/// Each moment is one of the events that the runner says: before, between and in its tests.
#[tokio::test]
async fn a_runner_may_be_killed_at_any_moment() {
    for moment in 1..9 {
        let bed = Bed::new();
        bed.script("a", "setsid sleep 300 &");
        // The run cannot end before it is killed.
        bed.script("b", "setsid sleep 300 &\nexec sleep 300");
        let mut runner = Command::new(PROGRAM)
            .args([bed.path("g"), bed.base()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(runner.stdout.take().unwrap());
        assert_eq!(said.lines().take(moment).count(), moment);
        runner.kill().unwrap();
        runner.wait().unwrap();
        let record = bed.runs().open("last").unwrap();
        let cookie = record.file.cookie.clone();
        eventually("the keeper ends what was left", || carriers_of(&cookie) == 0).await;
        assert_eq!(record.shown(), Shown::Killed, "after {moment} events");
        assert_eq!(record.events().unwrap().unreadable, 0);
    }
}

#[tokio::test]
async fn a_keeper_goes_with_its_run_and_is_not_deterred_by_signals() {
    let bed = Bed::with("echo $$ > $HERE/pid; while ! [ -e $HERE/go ]; do sleep 0.01; done");
    let handle = bed.start(bed.settings()).await;
    pid_in(&bed.path("pid")).await;
    let cookie = gkfs_runner::record::Record::open(&handle.dir)
        .unwrap()
        .file
        .cookie;
    let keepers = || keepers_of(&cookie);
    eventually("the keeper runs", || keepers().len() == 1).await;
    let keeper = keepers()[0];
    eventually("the keeper ignores SIGTERM", || ignores_term(keeper)).await;
    let pid = rustix::process::Pid::from_raw(keeper as i32).unwrap();
    for signal in [
        rustix::process::Signal::TERM,
        rustix::process::Signal::INT,
        rustix::process::Signal::HUP,
    ] {
        rustix::process::kill_process(pid, signal).unwrap();
    }
    std::fs::write(bed.path("go"), "").unwrap();
    let ended = crate::bed::end(handle).await;
    assert_eq!(ended.verdict().0, "passed");
    assert_eq!(keepers(), [0u32; 0]);
}

#[test]
fn a_keeper_refuses_what_it_does_not_understand() {
    let status = |args: &[&str]| {
        Command::new(PROGRAM)
            .arg("keeper")
            .args(args)
            .stderr(Stdio::null())
            .status()
            .unwrap()
    };
    assert_eq!(status(&[]).code(), Some(2));
    assert_eq!(status(&["--run", ""]).code(), Some(2));
    assert_eq!(status(&["--run", "a", "b"]).code(), Some(2));
}

/// How many processes carry a run's cookie.
fn carriers_of(cookie: &str) -> usize {
    let mark = format!("GKFS_BENCH_COOKIE={cookie}.");
    let environs = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .map(|entry| entry.path().join("environ"));
    let environs = environs.filter_map(|path| std::fs::read(path).ok());
    environs
        .filter(|environ| String::from_utf8_lossy(environ).contains(&mark))
        .count()
}

fn keepers_of(cookie: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_keeper = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&format!("--run\0{cookie}\0"))
    };
    pids.filter(is_keeper).collect()
}

/// Whether the process catches SIGTERM.
fn ignores_term(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0);
    caught & (1 << (15 - 1)) != 0
}
