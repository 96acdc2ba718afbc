//! The life of a daemon on the embedded stack.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use gkfs_harness::prelude::*;
use rustix::process::{Pid, Signal};

use crate::bed;

#[test]
fn a_daemon_is_ready_when_started_and_gone_when_shut_down() {
    let bench = bed::embedded();
    let daemon = Daemon::start(&bench).unwrap();
    assert!(daemon.is_running() && daemon.pid().is_some());
    assert_eq!(daemon.interface(), "lo");
    assert!(bench.workspace().hosts_file().is_file());
    let log = std::fs::read_to_string(daemon.log_file()).unwrap();
    assert!(log.contains("Startup successful. Daemon is ready."), "{log}");
    daemon.shutdown().unwrap();
    assert!(!daemon.is_running());

    let steps = bed::steps(&bench, "daemon");
    let phases: String = steps.iter().map(|step| step["ph"].as_str().unwrap()).collect();
    assert_eq!(phases, "bie");
    assert_eq!(steps[0]["env"]["GKFS_LOG_LEVEL"], "100");
    assert!(
        steps[0]["argv"]
            .as_array()
            .unwrap()
            .contains(&"--mountdir".into())
    );
    assert_eq!(
        (&steps[2]["outcome"], &steps[2]["exit"]),
        (&"stopped".into(), &0.into())
    );
}

#[test]
fn a_killed_daemon_keeps_its_data_and_its_address() {
    let bench = bed::embedded();
    let daemon = Daemon::start(&bench).unwrap();
    let dir = daemon.mountdir().join("d");
    assert_eq!(Client::new(&bench).mkdir(&dir, 0o755).retval, 0);
    let listen = daemon.listen();
    daemon.kill().unwrap();
    daemon.restart().unwrap();
    assert_eq!(daemon.listen(), listen);
    assert_eq!(Client::new(&bench).stat(&dir).retval, 0);
    daemon.shutdown().unwrap();
}

#[test]
fn a_daemon_that_is_killed_behind_our_back_is_noticed() {
    let bench = bed::embedded();
    let daemon = Daemon::start(&bench).unwrap();
    let pid = daemon.pid().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-ABRT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let status = daemon.wait_for_death(Duration::from_secs(20)).unwrap();
    assert!(!status.success());
    daemon.restart().unwrap();
    let pid = daemon.pid().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-KILL", &pid])
            .status()
            .unwrap()
            .success()
    );
    while daemon.is_running() {
        std::thread::yield_now();
    }
    let error = daemon.shutdown().unwrap_err().to_string();
    assert!(
        error.starts_with("the daemon died, though nobody asked it to"),
        "{error}"
    );
    assert!(
        error.contains("killed by signal 9") && error.contains("Daemon is ready"),
        "{error}"
    );
}

#[test]
fn a_daemon_in_the_midst_of_its_death_is_not_taken_for_one_that_refuses_to_stop() {
    let bench = bed::embedded();
    let daemon = Daemon::start(&bench).unwrap();
    let pid = daemon.pid().unwrap();
    rustix::process::kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::ABORT).unwrap();
    // The signal is on its way, or the kernel writes the core: the process has not ended yet.
    let error = daemon.shutdown().unwrap_err().to_string();
    assert!(
        error.starts_with("the daemon died, though nobody asked it to"),
        "{error}"
    );
    assert_eq!(bed::steps(&bench, "daemon").last().unwrap()["outcome"], "died");
}

#[test]
fn an_unknown_interface_is_named() {
    let bench = bed::embedded();
    let stack = Stack {
        interface: "nonesuch0".into(),
        ..bench.stack().clone()
    };
    let error = Daemon::start(&Bench::at(bench.workspace().clone(), stack).unwrap())
        .unwrap_err()
        .to_string();
    assert!(error.contains("no interface `nonesuch0`"), "{error}");
}

#[test]
fn on_a_plain_stack_there_is_only_the_directory() {
    let daemon = Daemon::start(&bed::plain()).unwrap();
    assert!(daemon.mountdir().is_dir());
    assert_eq!((daemon.pid(), daemon.listen()), (None, None));
    daemon.shutdown().unwrap();
}

/// Holds a daemon until it is killed, for the test below.
#[test]
#[ignore = "ends only when killed, run by a test below"]
fn holds_a_daemon() {
    let daemon = Daemon::start(&bed::embedded()).unwrap();
    println!("pid {}", daemon.pid().unwrap());
    loop {
        std::thread::park();
    }
}

#[test]
fn a_daemon_dies_with_its_test_even_by_sigkill() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "daemon::holds_a_daemon", "--ignored", "--nocapture"]);
    command
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut test = command.spawn().unwrap();
    let lines = BufReader::new(test.stdout.take().unwrap()).lines();
    let pid = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("pid ")?.1.to_owned()))
        .unwrap();
    test.kill().unwrap();
    test.wait().unwrap();
    bed::wait_for_death(&pid);
}
