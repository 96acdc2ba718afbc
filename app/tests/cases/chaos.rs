//! `kill -9` at random moments: of the runner, of a daemon, of a client.
//!
//! The moments differ from time to time; what must be true afterwards does not. `GKFS_CHAOS_SEED` repeats the choices
//! of a run that failed, as far as processes can be made to repeat themselves.

mod aftermath;
mod live;
mod process;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::bed::Bed;
use aftermath::{leaves_nothing, shown_as};
use live::Live;
use process::Kind;

/// Scripts in the suite.
const SCRIPTS: usize = 32;

/// How many daemons, or clients, are killed in one run.
const VICTIMS: usize = 5;

/// Each ends early, and fails, when any of its commands does: a client that was killed does not go unnoticed.
const SCRIPT: &str = r#"set -eu
cd "$MNT"
for i in 1 2 3 4; do
    mkdir "$i"
    head -c 70000 /dev/zero > "$i/one"
    cp "$i/one" "$i/two"
    cmp "$i/one" "$i/two"
    mv "$i/two" "$i/three"
    rm "$i/one"
done
test "$(echo */*)" = '1/three 2/three 3/three 4/three'"#;

/// A suite of scripts on the embedded stack, unless that does not run here.
fn suite() -> Option<Bed> {
    let bed = Bed::new();
    bed.write(
        "gkfs-bench.toml",
        "version = 1\ndefaults = { stack = \"embedded\", timeout = \"120s\" }\n\
         [[group]]\nname = \"s\"\nsource = \"script\"\npath = \"s\"\n",
    );
    for number in 0..SCRIPTS {
        bed.script(&format!("s/{number:02}.sh"), SCRIPT);
    }
    let first = bed.process(&["run", "--format", "json", "s::00"]);
    let result: Value = serde_json::from_str(&first.out).unwrap_or_else(|_| panic!("json: {}", first.err));
    let test = &result["tests"][0];
    match test["status"].as_str() {
        Some("passed") => Some(bed),
        Some("skipped") => {
            println!("SKIP: {}", test["reason"]);
            None
        }
        _ => panic!("{result:#}"),
    }
}

fn random() -> fastrand::Rng {
    let seed = std::env::var("GKFS_CHAOS_SEED").map_or_else(
        |_| fastrand::u64(..),
        |text| text.parse().expect("GKFS_CHAOS_SEED: a number"),
    );
    println!("GKFS_CHAOS_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn start(bed: &Bed) -> Live {
    let command = bed.command(&["run", "--format", "jsonl", "-j", "4"]);
    Live::start(command, &bed.cwd().join(".gkfs-bench"))
}

/// Kills the runner after some of `tests` have begun, and looks at what is left. Returns how many processes it had.
fn kill_runner(mut run: Live, tests: usize, random: &mut fastrand::Rng) -> usize {
    let begun = random.usize(..tests);
    let more = Duration::from_micros(random.u64(..40_000));
    run.wait_for_attempts(begun);
    // No wait for anything: the moment itself is to be a random one.
    std::thread::sleep(more);
    let cookie = run.cookie();
    let alive = process::of_run(&cookie);
    let alive = alive
        .iter()
        .filter(|process| process.kind != Kind::Keeper)
        .count();
    println!(
        "{}: killed after {begun} attempts and {more:?}, with {alive} processes",
        run.id()
    );
    run.kill();
    leaves_nothing(&cookie, run.dir());
    alive
}

#[test]
fn a_killed_runner_leaves_nothing() {
    let Some(bed) = suite() else { return };
    let mut random = random();
    let mut alive = 0;
    for _ in 0..4 {
        let run = start(&bed);
        let dir = run.dir().to_owned();
        // The last tests must not be over before the runner is killed.
        alive += kill_runner(run, SCRIPTS - 8, &mut random);
        shown_as(&bed, &dir, "killed");
    }
    assert!(alive > 0, "no process ever ran when the runner was killed");
}

#[test]
fn a_killed_runner_of_cargo_tests_leaves_nothing() {
    if suite().is_none() {
        return;
    }
    let mut random = random();
    let records = tempfile::tempdir().expect("a temporary directory");
    let mut alive = 0;
    for groups in [
        ["sample-tests/cluster", "sample-tests/session"],
        ["sample-tests/read_write", "sample-tests/shell"],
    ] {
        let mut command = samples(records.path());
        command.args(groups).args(["-j", "4"]);
        alive += kill_runner(Live::start(command, records.path()), 6, &mut random);
    }
    assert!(alive > 0, "no process ever ran when the runner was killed");
}

/// The command that runs samples, with the records elsewhere.
fn samples(records: &Path) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkfs-bench"));
    command
        .current_dir(root.expect("app lies in the workspace"))
        .args(["run", "--format", "jsonl", "--base-temp"])
        .arg(records);
    // Cargo needs this machine's environment; a stack or a runner around these tests is none of theirs.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["GKFS_", "LIBGKFS_"].iter().any(|ours| name.starts_with(ours)) {
            command.env_remove(&*name);
        }
    }
    command
}

/// Kills daemons or clients of a run, each of another test; these tests fail, and no other.
fn kill_some(kind: Kind) {
    let Some(bed) = suite() else { return };
    let mut random = random();
    let mut run = start(&bed);
    let cookie = run.cookie();
    let mut victims = BTreeSet::new();
    while victims.len() < VICTIMS {
        run.wait_for_attempts(random.usize(1..6));
        let victim = loop {
            assert!(
                run.is_alive(),
                "the run ended before {VICTIMS} were killed: {victims:?}"
            );
            match process::kill_one(&cookie, kind, &victims, &mut random) {
                Some(victim) => break victim,
                None => std::thread::yield_now(),
            }
        };
        println!("killed {victim}");
        victims.insert(victim.test);
    }
    let (exit, failed) = run.finish();
    assert_eq!((exit, failed), (Some(1), victims));
    leaves_nothing(&cookie, run.dir());
    shown_as(&bed, run.dir(), "finished");
}

#[test]
fn a_killed_daemon_fails_its_test_and_no_other() {
    kill_some(Kind::Daemon);
}

#[test]
fn a_killed_client_fails_its_test_and_no_other() {
    kill_some(Kind::Client);
}
