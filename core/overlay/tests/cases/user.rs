//! The same tests as an ordinary user, and many times over.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

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
    if !is_root() {
        return;
    }
    let (_directory, program) = copy_of_this_program();
    let before = fingerprint(Path::new("/etc"));
    let output = all_tests(&program, Some(NOBODY));
    assert_passed(&output);
    assert_eq!(fingerprint(Path::new("/etc")), before);
}

#[test]
#[ignore = "takes minutes"]
fn everything_passes_a_hundred_times_and_nothing_changes() {
    let (_directory, program) = copy_of_this_program();
    let before = ["/etc", "/usr", "/bin", "/lib"].map(|path| fingerprint(Path::new(path)));
    for _ in 0..100 {
        assert_passed(&all_tests(&program, None));
        if is_root() {
            assert_passed(&all_tests(&program, Some(NOBODY)));
        }
    }
    let after = ["/etc", "/usr", "/bin", "/lib"].map(|path| fingerprint(Path::new(path)));
    assert!(before == after, "the machine is what it was");
}
