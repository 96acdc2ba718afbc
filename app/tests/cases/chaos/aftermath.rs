//! What must be true when something was killed.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io;
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gkfs_bench::Exit;
use rustix::fs::{FlockOperation, flock};
use serde_json::Value;

use super::process;
use crate::bed::Bed;

/// Two seconds of an idle machine.
const TURNS: u32 = 200;
const TURN: Duration = Duration::from_millis(10);

/// No process of the run lives two seconds later, and none of its ports is leased. The keeper is waited for too: it
/// goes when it has seen nothing more for a while, so that what was being started just then is not overlooked.
///
/// The two seconds are counted in turns of this process: where others take the processors, they are as much longer
/// for it as for those that clean up.
pub(super) fn leaves_nothing(cookie: &str, dir: &Path) {
    let started = Instant::now();
    let mut turns = 0;
    loop {
        let living = process::of_run(cookie);
        let leased: Vec<Port> = ports(dir).into_iter().filter(Port::is_leased).collect();
        if living.is_empty() && leased.is_empty() {
            println!("nothing left after {:?}", started.elapsed());
            return;
        }
        assert!(
            turns < TURNS,
            "after {:?} there are still {:?} and {leased:?}",
            started.elapsed(),
            living.iter().map(ToString::to_string).collect::<Vec<_>>()
        );
        turns += 1;
        std::thread::sleep(TURN);
    }
}

/// A port that a daemon of the run listened at.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Port(u16);

impl Port {
    /// Whether another test could not have it now: its lease is locked, or somebody listens.
    fn is_leased(&self) -> bool {
        let here = IpAddr::from([127, 0, 0, 1]);
        let user = rustix::process::geteuid().as_raw();
        let lease = PathBuf::from(format!("/tmp/gkfs-bench-ports-{user}/{here}-{}", self.0));
        let locked = match OpenOptions::new().read(true).write(true).open(&lease) {
            Ok(file) => flock(&file, FlockOperation::NonBlockingLockExclusive).is_err(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => panic!("{}: {error}", lease.display()),
        };
        locked || TcpListener::bind((here, self.0)).is_err()
    }
}

/// The ports of the daemons in a record.
fn ports(dir: &Path) -> BTreeSet<Port> {
    let tests = fs::read_dir(dir.join("tests")).into_iter().flatten().flatten();
    let attempts = tests
        .filter_map(|group| fs::read_dir(group.path()).ok())
        .flatten()
        .flatten();
    let steps =
        attempts.filter_map(|test| fs::read_to_string(test.path().join("attempt-1/steps.jsonl")).ok());
    let mut ports = BTreeSet::new();
    for text in steps {
        // What a killed process was writing may end in the middle.
        for step in text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        {
            let listen = step["listen"].as_str().unwrap_or_default();
            if let Some(port) = listen.strip_prefix("lo:") {
                ports.insert(Port(port.parse().expect("a port")));
            }
        }
    }
    ports
}

/// The record opens, and shows the run, and a test of it, in this state.
pub(super) fn shown_as(bed: &Bed, dir: &Path, state: &str) {
    let id = dir.file_name().expect("a run's directory").to_string_lossy();
    let runs = bed.run(&["runs", "--format", "json"]);
    let runs: Value = serde_json::from_str(&runs.out).unwrap_or_else(|_| panic!("json: {}", runs.err));
    let run = runs
        .as_array()
        .expect("runs")
        .iter()
        .find(|run| run["run"] == *id);
    assert_eq!(run.expect("a recorded run")["state"], state);

    let test = bed.run(&["show", "s::00", "--run", &id]);
    assert_eq!(test.exit, Exit::Passed, "{}", test.err);
    assert!(test.out.contains(&format!("run {id} ({state})")), "{}", test.out);
}
