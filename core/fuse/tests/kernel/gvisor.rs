//! Another kernel: gVisor's, where there is one.

use std::process::{Command, Stdio};

use crate::rounds::{built, is_of};

/// What a group's `wrapper` says, for gVisor.
const WRAPPER: [&str; 4] = ["runsc", "--network=none", "--fuse", "do"];

#[test]
fn gvisors_tests_pass_in_gvisor() {
    let wrapped = |program: &std::path::Path| {
        let mut command = Command::new(WRAPPER[0]);
        command.args(&WRAPPER[1..]).arg(program).stdin(Stdio::null());
        command
    };
    match wrapped("true".as_ref()).output() {
        Ok(done) if done.status.success() => {}
        Ok(done) => {
            let why = String::from_utf8_lossy(&done.stderr).into_owned();
            return println!("SKIP: `runsc do` does not work here: {why}");
        }
        Err(error) => {
            return println!("SKIP: no `runsc` on PATH, as Debian's package `runsc` has it: {error}");
        }
    }
    let programs = built();
    let group = programs.iter().find(|program| is_of(program, "fuse_gvisor"));
    let done = wrapped(group.expect("the group")).arg("--nocapture").output();
    let done = done.expect("a process");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}{errors}");
    assert!(said.contains("57 passed; 0 failed"), "{said}");
    println!("{} of them skipped", said.matches("SKIP ").count());
}
