//! The same tests as an ordinary user: the helper in a user namespace mounts, and no program with more rights is there.

use crate::nobody;

#[test]
fn an_ordinary_user_needs_no_helper_program() {
    if let Err(error) = gkfs_fuse::available() {
        return println!("SKIP: {error}");
    }
    let ground = nobody::ground();
    if !nobody::can_be_had(ground.path()) {
        return;
    }
    let program = ground.path().join("tests");
    std::fs::copy(std::env::current_exe().expect("our own path"), &program).expect("a copy");
    let done = nobody::command(ground.path(), &program)
        .args([
            "basics::",
            "behind::",
            "kill::a_",
            "--nocapture",
            "--test-threads=2",
        ])
        .output()
        .expect("a process");
    let said = String::from_utf8_lossy(&done.stdout);
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{errors}");
    assert!(
        said.contains("0 failed") && !said.contains("no user namespace"),
        "{said}"
    );
}
