//! All other tests as root and as an ordinary user, eight at a time, and many times over; the machine is what it was.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

use crate::bed::{fingerprint, is_root};
use crate::elsewhere::{MADE, again, told};

const NOBODY: u32 = 65534;

/// Cases of the test with random operations in each round; it has many more where it is run for itself.
const CASES: &str = "25";

/// `ROUNDS` says how often: once unless told. The whole of it is
/// `ROUNDS=100 cargo test -p gkfs-overlay everything_passes -- --nocapture`.
#[test]
fn everything_passes_as_root_and_as_a_user_and_the_machine_is_what_it_was() {
    let test = "cases::user::everything_passes_as_root_and_as_a_user_and_the_machine_is_what_it_was";
    // Where root can have one, in a `/tmp` in which nobody else writes meanwhile.
    if is_root() && told().is_none() && again(test, &["--mount"], &a_tmp_of_its_own(), "there").is_some() {
        return;
    }
    let rounds = env::var("ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds = rounds.unwrap_or(1);
    let (_directory, program) = copy_of_this_program();
    let before = machine();
    let begun = Instant::now();
    for round in 1..=rounds {
        assert_all_pass(&program, None);
        if is_root() {
            assert_all_pass(&program, Some(NOBODY));
        }
        if round % 10 == 0 || round == rounds {
            assert_same(&before, &machine());
            println!(
                "{round} of {rounds} rounds in {:.0?}; {} files and directories are what they were",
                begun.elapsed(),
                before.len()
            );
        }
    }
}

fn assert_same(before: &[String], after: &[String]) {
    let [was, is] = [before, after].map(|lines| lines.iter().collect::<BTreeSet<_>>());
    let changed: Vec<_> = was.symmetric_difference(&is).take(10).collect();
    assert!(changed.is_empty(), "the machine is not what it was: {changed:#?}");
}

/// This program, where another user may start it.
fn copy_of_this_program() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let program = directory.path().join("tests");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    (directory, program)
}

fn assert_all_pass(program: &Path, user: Option<u32>) {
    let mut command = Command::new(program);
    command
        .args(["--test-threads=8", "--skip=cases::user::"])
        .env("PROPTEST_CASES", CASES)
        .env_remove("GKFS_OVERLAY_ELSEWHERE")
        .current_dir("/");
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let output = command.output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{out}\n{err}");
}

/// The places that the suite must leave as they are; of `/tmp` all but where it has its own files.
fn machine() -> Vec<String> {
    let mut found = Vec::new();
    for path in ["/etc", "/usr", "/bin", "/lib", "/tmp"] {
        found.extend(fingerprint(Path::new(path)));
    }
    let run = env::temp_dir();
    let ours = |line: &String| Path::new(line.split(' ').next().unwrap_or_default()).starts_with(&run);
    found.retain(|line| !ours(line));
    found
}

/// This program may lie below the `/tmp` that is covered.
fn a_tmp_of_its_own() -> String {
    format!(
        "exec 9< \"$1\"; shift; mount -t tmpfs -o mode=1777 none /tmp; mkdir -p /tmp/outside/dir /tmp/run; \
         chmod 777 /tmp/run; chown 65534:65534 /tmp/run; cat <&9 > /tmp/run/program; chmod 755 /tmp/run/program; \
         echo known > /tmp/outside/file; ln -s file /tmp/outside/link; export TMPDIR=/tmp/run; \
         echo {MADE} >&2; exec /tmp/run/program \"$@\" 9<&-"
    )
}
