//! The same tests as an ordinary user, and many times over.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use tempfile::TempDir;

use crate::bed::{fingerprint, is_root};

const NOBODY: u32 = 65534;

/// This program, where another user may start it.
fn copy_of_this_program() -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let program = directory.path().join("tests");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    (directory, program)
}

fn all_tests(program: &Path, user: Option<u32>) -> Output {
    let mut command = Command::new(program);
    command
        .args(["--test-threads=8", "--skip=cases::user::"])
        .current_dir("/");
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    command.output().unwrap()
}

fn assert_passed(output: &Output) {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{out}\n{err}");
}

#[test]
fn everything_passes_as_an_ordinary_user() {
    if !is_root() || with_a_tmp_of_its_own("cases::user::everything_passes_as_an_ordinary_user") {
        return;
    }
    let (_directory, program) = copy_of_this_program();
    let before = fingerprint(Path::new("/etc"));
    let output = all_tests(&program, Some(NOBODY));
    assert_passed(&output);
    assert_eq!(fingerprint(Path::new("/etc")), before);
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

/// Runs a test once more, in a mount namespace with a `/tmp` in which nobody else writes or mounts meanwhile. Returns
/// whether it did.
fn with_a_tmp_of_its_own(test: &str) -> bool {
    if !is_root() || env::var_os(OWN_TMP).is_some() {
        return false;
    }
    // This program may lie below the `/tmp` that is covered.
    let script = "exec 9< \"$1\"; shift; mount -t tmpfs -o mode=1777 none /tmp; mkdir -p /tmp/outside/dir /tmp/run; \
                  chmod 777 /tmp/run; chown 65534:65534 /tmp/run; cat <&9 > /tmp/run/program; chmod 755 /tmp/run/program; \
                  echo known > /tmp/outside/file; ln -s file /tmp/outside/link; export TMPDIR=/tmp/run; \
                  echo the place is made >&2; exec /tmp/run/program \"$@\" 9<&-";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-ec", script, "sh"]);
    command.arg(env::current_exe().unwrap());
    command.args(["--exact", "--include-ignored", "--nocapture", test]);
    let Ok(output) = command.env(OWN_TMP, "1").output() else {
        return false;
    };
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    if !err.contains("the place is made") {
        return false;
    }
    assert!(output.status.success(), "{out}{err}");
    print!("{out}");
    true
}

/// Says that `/tmp` is the test's own.
const OWN_TMP: &str = "GKFS_OVERLAY_OWN_TMP";

/// `ROUNDS` says how often, a hundred times unless told.
#[test]
#[ignore = "takes minutes"]
fn everything_passes_a_hundred_times_and_nothing_changes() {
    if with_a_tmp_of_its_own("cases::user::everything_passes_a_hundred_times_and_nothing_changes") {
        return;
    }
    let rounds = env::var("ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100);
    let (_directory, program) = copy_of_this_program();
    let before = machine();
    let begun = Instant::now();
    for round in 1..=rounds {
        assert_passed(&all_tests(&program, None));
        if is_root() {
            assert_passed(&all_tests(&program, Some(NOBODY)));
        }
        if round % 10 == 0 {
            println!("{round} of {rounds} rounds after {:.0?}", begun.elapsed());
        }
    }
    let after = machine();
    if before != after {
        let [was, is] = [&before, &after].map(|lines| lines.iter().collect::<BTreeSet<_>>());
        let changed: Vec<_> = was.symmetric_difference(&is).take(10).collect();
        panic!("the machine is not what it was: {changed:#?}");
    }
    println!("{} files and directories are what they were", before.len());
}
