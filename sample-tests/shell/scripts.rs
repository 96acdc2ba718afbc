//! Lines of shell.

use gkfs_harness::prelude::*;
use sample_tests::{content, create_with};

/// `[ -e … ]` sees what is there and not what is not.
#[gkfs_harness::test(tags("shell"))]
fn if_exists(daemon: &Daemon, client: &Client, shell: &Shell) {
    let mount = daemon.mountdir();
    create_with(client, mount.join("file"), "content");
    let mount = mount.display();
    shell
        .script(format!("[ -e {mount}/file ] && [ ! -e {mount}/missing ]"))
        .assert_success();
}

/// `>>` in a subshell adds to what the file has.
#[gkfs_harness::test(tags("shell", "data", "posix"))]
fn concatenate(daemon: &Daemon, client: &Client, session: &Session, shell: &Shell) {
    let mount = &daemon.mountdir();
    require(session, mount, Cap::Fork);
    create_with(client, mount.join("one"), "one ");
    create_with(client, mount.join("all"), "zero ");
    shell
        .script(format!(
            "cd {} && (cat one >> all; printf two >> all)",
            mount.display()
        ))
        .assert_success();
    assert_eq!(content(client, mount.join("all")), "zero one two");
}

/// A loop that makes, lists and removes.
#[gkfs_harness::test(tags("shell", "directories", "posix"))]
fn make_list_remove(daemon: &Daemon, session: &Session, shell: &Shell) {
    require(session, daemon.mountdir(), Cap::Fork);
    let code = r#"
        set -e
        for name in a b c; do mkdir "$name"; echo "$name" > "$name/file"; done
        test "$(ls | tr '\n' ' ')" = 'a b c '
        rm -r a b c
        test -z "$(ls)"
    "#;
    shell
        .script(format!("cd {} && {{ {code} }}", daemon.mountdir().display()))
        .assert_success();
}

/// The exit status of a script is that of its last command.
#[gkfs_harness::test(tags("shell"), params(status = [0, 1, 42]))]
fn exit_status(status: i32, _daemon: &Daemon, shell: &Shell) {
    assert_eq!(shell.script(format!("exit {status}")).code(), Some(status));
}
