//! An oracle at work: where the stack answers otherwise than a plain directory, the failure says so.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::bed::Bed;

fn command(records: &Path, words: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("app lies in the workspace");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkfs-bench"));
    command
        .current_dir(root)
        .args(words)
        .arg("--base-temp")
        .arg(records);
    command.env_remove("GKFS_BENCH_ORACLE");
    command.output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_first_difference_is_marked_in_the_failure_and_in_show() {
    let dir = tempfile::tempdir().expect("a directory");
    let stack = dir.path().join("stack");
    let words = ["stack", "install", stack.to_str().expect("a path")];
    let installed = Command::new(env!("CARGO_BIN_EXE_gkfs-bench"))
        .args(words)
        .output();
    let installed = installed.expect("the command starts");
    if !installed.status.success() {
        println!(
            "SKIP: the embedded stack does not run here: {}",
            text(&installed.stderr)
        );
        return;
    }
    // A client that lies about directories, and does nothing else wrong.
    let (client, honest) = (stack.join("gkfs.io"), stack.join("honest/gkfs.io"));
    fs::create_dir(stack.join("honest")).expect("a directory");
    fs::rename(&client, &honest).expect("a file");
    let lies = format!(
        "#!/bin/sh\n[ \"$1\" != mkdir ] && exec {} \"$@\"\necho '{{\"errnum\":2,\"retval\":-1}}'\n",
        honest.display()
    );
    fs::write(&client, lies).expect("a script");
    fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).expect("its mode");

    let dirs = stack.to_str().expect("a path");
    let words = [
        "run",
        "sample-tests",
        "directories::making::mkdir_existing",
        "--oracle",
        "plain",
        "--bin-dir",
        dirs,
        "--lib-dir",
        dirs,
    ];
    let run = command(dir.path(), &words);
    assert_eq!(run.status.code(), Some(1), "{}", text(&run.stderr));
    let shown = command(dir.path(), &["show", "mkdir_existing"]);
    for told in [text(&run.stdout), text(&shown.stdout)] {
        for part in [
            "unlike a plain directory: mkdir(mode=511 pathname=\"mnt/top\"): errno=2 (plain: 0), retval=-1 (plain: 0)",
            "≠ errno=2 (plain: 0)",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}

#[test]
fn the_oracle_is_not_asked_about_itself() {
    let bed = Bed::new();
    bed.script("s/a.sh", "true");
    let outcome = bed.run(&["run", "--stack", "plain", "--oracle", "plain"]);
    insta::assert_snapshot!(outcome.err, @r"
    error: --oracle plain: the plain stack is the oracle itself
    hint: name another with --stack, or leave --oracle out
    ");
}
