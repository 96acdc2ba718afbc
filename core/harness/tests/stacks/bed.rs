//! Benches for the tests.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use gkfs_harness::{Bench, Stack};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde_json::Value;

/// The program that is the embedded stack.
pub(crate) fn program() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let target = exe.ancestors().nth(2).unwrap();
    let program = target.join("examples/embedded-stack");
    let hint = "is built by `cargo test -p gkfs-harness`, or by `cargo build -p gkfs-harness --examples`";
    assert!(program.is_file(), "{} {hint}", program.display());
    program
}

/// A bench on the embedded stack.
pub(crate) fn embedded() -> Bench {
    let program = program();
    let answer = Command::new(&program).args(["stack", "path"]).output().unwrap();
    assert!(answer.status.success(), "{answer:?}");
    let dir = String::from_utf8(answer.stdout).unwrap();
    let stack = Stack {
        exe: Some(program),
        ..Stack::flat("embedded", dir.trim_end())
    };
    Bench::temporary(stack).unwrap()
}

/// A bench on a bare directory.
pub(crate) fn plain() -> Bench {
    Bench::temporary(Stack::plain(program())).unwrap()
}

/// A bench on a stack of shell scripts.
pub(crate) fn scripts(programs: &[(&str, &str)]) -> Bench {
    let bench = Bench::temporary(Stack::plain(program())).unwrap();
    let dir = bench.workspace().path().join("stack");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("libgkfs_intercept.so"), "").unwrap();
    for (name, body) in programs {
        // Written by another process: a descriptor of ours would be inherited by what other threads start, and the
        // program would be busy.
        let write = [
            "-c",
            "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\"",
        ];
        let status = Command::new("sh")
            .args(write)
            .arg(dir.join(name))
            .arg(body)
            .status()
            .unwrap();
        assert!(status.success());
    }
    Bench::at(bench.workspace().clone(), Stack::flat("scripts", dir)).unwrap()
}

/// The bench's steps of one kind.
pub(crate) fn steps(bench: &Bench, kind: &str) -> Vec<Value> {
    let text = fs::read_to_string(bench.steps().path()).unwrap();
    let all = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|step| step["kind"] == kind).collect()
}

/// Waits until a process that is nobody's child here has ended, with all its threads.
pub(crate) fn wait_for_death(pid: &str) {
    let Some(number) = pid.parse().ok().and_then(Pid::from_raw) else {
        panic!("{pid} is no process")
    };
    let Ok(process) = pidfd_open(number, PidfdFlags::empty()) else {
        return;
    };
    let patience = Timespec {
        tv_sec: 20,
        tv_nsec: 0,
    };
    let ended = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&patience));
    assert_eq!(ended, Ok(1), "process {pid} lives on");
}
